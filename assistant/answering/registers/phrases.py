"""A question as a list of phrases: ids, places, spans of time, numbers, names in the data, the registers' own words, and words that nothing is known of."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from assistant.answering.registers import idioms, times
from assistant.answering.registers.names import Names
from assistant.answering.registers.query import DATES, kind_of
from assistant.answering.registers.times import Span
from assistant.answering.registers.vocabulary import (
    Lexicon,
    Sense,
    blocked,
    described,
    fillers,
    fold,
    mended,
    smallest,
    spelt_right,
    tokens_of,
    written_out,
)
from knowledge import controls
from knowledge.registers import REGISTERS
from knowledge.registers.rights import Actor

PREFIXES = {found.about.prefix: name for name, found in REGISTERS.items() if found.about.prefix}
ROW = re.compile(
    rf"(?<![\w-])(?P<prefix>{'|'.join(sorted(PREFIXES, key=len, reverse=True))})-(?P<rest>(?:20\d\d-)?\d{{2,5}})(?![\w-])", re.IGNORECASE
)
_ID = re.compile(r"(?<![\w-])[A-Za-z]{1,6}(?:-[A-Za-z0-9]+)*-\d[\w-]*(?![\w-])|(?<![\w-])[A-Z]{1,3}\d{3,}(?:\.\d+)?(?![\w-])")
"""What looks like an id, of our own form or of a company's."""
_STANDARD = re.compile(r"\b(?:ISO(?:/IEC)?|IEC|DIN|EN) ?\d{3,5}(?:-\d+)*\b", re.IGNORECASE)
"""A standard that is none of those whose controls we know: what a certificate is of."""
_PLACE = re.compile(r"\b(?:hall|halle|halls|hallen) (?P<which>[A-Z]?\d+|[A-Z])\b", re.IGNORECASE)
_NUMBER = re.compile(r"\b\d+(?:[.,]\d+)?\b")
_RANGE = re.compile(
    r"\b(?:(?:between|zwischen|from|von) (?P<low>\d+) (?:and|und|to|bis) (?P<high>\d+)|(?P<low2>\d+)\s?[-–]\s?(?P<high2>\d+))\b",
    re.IGNORECASE,
)
_EACH = ("per", "each", "every", "pro", "je", "jede", "jeder", "jedes", "jedem", "jeden")
"""Words behind which even a word that else says little is what rows are counted by: `per plant`."""
_ABBREVIATION = re.compile(r"([A-ZÄÖÜ]{2,})(?:s|n|en)")
_JOINS = re.compile(r"[,/]|\b(?:and|or|und|oder|sowie)\b", re.IGNORECASE)
_OR = re.compile(r"\b(?:or|oder)\b", re.IGNORECASE)
_BUT = re.compile(r"\b(?:but|sondern)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:[.&/][^\W_]+)*")


@dataclass(eq=False)
class Item:
    """A stretch of the question and what it may mean. `joined` says that a comma, an `and` or an `or` stands between it and the one before,
    `either` that it is an `or`.
    """

    text: str
    senses: list[Sense] = field(default_factory=list)
    span: Span | None = None
    number: float | None = None
    upto: float | None = None
    blocked: bool = False
    lead: str = ""
    """The small words before it: `to` of `from Z-002 to Z-003`."""
    joined: bool = False
    either: bool = False
    optional: bool = False
    """Whether it says nothing where the register has no such state: `running` of a task, and of software on a server."""
    length: int = 1

    def cue(self, *names: str) -> bool:
        """Whether it is one of the small words that say how something is wanted."""
        return any(sense.what == "cue" and sense.column in names for sense in self.senses)

    def of(self, what: str, register: str = "") -> list[Sense]:
        """Its meanings of one sort, of one register where that is given."""
        return [sense for sense in self.senses if sense.what == what and (not register or sense.register == register)]

    @property
    def row(self) -> Sense:
        """The row that it names."""
        return self.of("row")[0]

    @property
    def unknown(self) -> bool:
        """Whether nothing is known of it."""
        return not self.senses and self.span is None and self.number is None and not self.blocked

    def apart(self) -> list["Item"]:
        """Its words one by one, as far as they mean something alone."""
        parts = []
        for word in self.text.split():
            if re.fullmatch(_NUMBER, word):
                parts.append(Item(word, number=float(word.replace(",", "."))))
                continue
            senses = described().at([fold(word)], 0)[1]
            if senses and (fold(word) not in fillers() or any(sense.what == "cue" for sense in senses)):
                parts.append(Item(word, senses))
        return parts or [self]


def split(question: str, actor: Actor, today: date, names: Names, audit: date | None) -> list[Item]:
    """What the question is made of, in order; only words that say nothing are left out."""
    text, aside = idioms.plainly(question)
    items = _items(text, actor, today, names, audit)
    items += [Item(aside)] if aside else []
    return [item for item in items if not (item.blocked and _states_what_may_be(item, items))]


def _items(text: str, actor: Actor, today: date, names: Names, audit: date | None) -> list[Item]:
    items: list[Item] = []
    place = 0
    special = sorted(_special(text, today, audit, actor, names), key=lambda found: found[0])
    for start, end, item in [*special, (len(text), len(text), None)]:
        if start < place:
            continue
        rest = _words(text[place:start], actor, names, items)
        if item:
            _join(item, rest, items)
            items.append(item)
        place = end
    return items


def _states_what_may_be(item: Item, items: Sequence[Item]) -> bool:
    """`may` before `write to a PLC` is part of what a register says, not a question about what is allowed."""
    following = items[items.index(item) + 1 :][:1]
    modal = re.fullmatch(r"may|can|could|allowed|permitted|darf|dürfen|kann|können|erlaubt", item.text, re.IGNORECASE)
    return bool(modal and following and following[0].length > 1 and following[0].of("column"))


def _special(text: str, today: date, audit: date | None, actor: Actor, names: Names) -> Iterator[tuple[int, int, Item]]:
    """Ids, places, spans of time and ranges of numbers."""
    for match in ROW.finditer(text):
        prefix, rest = match["prefix"].upper(), match["rest"]
        yield *match.span(), Item(match[0], [Sense("row", PREFIXES[prefix], "", (f"{prefix}-{rest}",))])
    for one in controls.spelled(text):
        if one.form not in ("unclear", "bare") and (readings := controls.catalogue().readings(one)):
            # A technique that the catalogue holds by its parts alone may stand in a register as itself.
            whole = [] if any(reading.id.endswith(one.id) for reading in readings) or one.form != "code" else [one.id]
            said = [*whole, *(reading.source_id for reading in readings)] if whole else [readings[0].source_id]
            yield one.start, one.end, Item(text[one.start : one.end], [Sense("row", "control", "", (id_,)) for id_ in said])
        elif one.form == "bare" and re.match(r"[4-9]\.\d|10\.\d", one.id):
            yield one.start, one.end, Item(one.id, [Sense("row", "control", "", (f"iso27001-2022:{one.id}",))])
    for match in _ID.finditer(text):
        if rows := [sense for sense in names.lexicon.senses.get(("", *tokens_of(match[0])), ()) if names.visible(sense, actor)]:
            yield *match.span(), Item(match[0], list(rows))
        elif re.search(r"[A-Z]", match[0]):
            yield *match.span(), Item(match[0])
    for match in _STANDARD.finditer(text):
        yield *match.span(), Item(match[0])
    for match in _PLACE.finditer(text):
        which = match["which"].upper()
        yield *match.span(), Item(match[0], [Sense("code", "asset", "location", (f"hall {which}", f"Halle {which}"))])
    for span in times.find(text, today, audit):
        yield span.start, span.end, Item(text[span.start : span.end], span=span)
    for match in _RANGE.finditer(text):
        low, high = (match["low"], match["high"]) if match["low"] else (match["low2"], match["high2"])
        yield *match.span(), Item(match[0], number=float(low), upto=float(high))


def _words(text: str, actor: Actor, names: Names, items: list[Item]) -> str:
    """Add the phrases of a stretch of words; what stands after the last of them."""
    found = list(_WORD.finditer(text))
    raw = [match.group() for match in found]
    raw = [plural[1] if (plural := _ABBREVIATION.fullmatch(word)) and not described().knows(fold(word)) else word for word in raw]
    tokens = [_spelling(fold(word), raw, place, names) for place, word in enumerate(raw)]
    _deny_first(tokens, raw)
    place, end = 0, 0
    while place < len(tokens):
        length, senses, named = _longest(tokens, raw, place, actor, names)
        if not length and tokens[place] not in fillers() and tokens[place] not in blocked() and (parts := _parted(tokens[place])):
            cut = len(raw[place]) - len(parts[1])
            raw[place : place + 1] = [raw[place][:cut], raw[place][cut:]]
            tokens[place : place + 1], found[place : place + 1] = parts, [found[place]] * len(parts)
            length, senses, named = _longest(tokens, raw, place, actor, names)
        item = _item(tokens, raw, place, length, senses, named)
        if item:
            _join(item, text[end : found[place].start()], items)
            items.append(item)
            end = found[min(place + item.length, len(found)) - 1].end()
        place += item.length if item else 1
    return text[end:]


def _deny_first(tokens: list[str], raw: list[str]) -> None:
    """Put `nicht` before the phrase that it parts: `schreiben nicht in die SPS`."""
    for place in range(1, len(tokens)):
        if tokens[place] in ("nicht", "not"):
            whole = described().at([*tokens[place - 1 : place], *tokens[place + 1 :]], 0)[0]
            if whole > max(1, described().at(tokens, place - 1)[0]):
                for words in (tokens, raw):
                    words[place - 1 : place + 1] = reversed(words[place - 1 : place + 1])


def _join(item: Item, between: str, items: Sequence[Item]) -> None:
    """Note how an item hangs together with the one before."""
    item.lead = between
    last = items[-1].text if items and _JOINS.fullmatch(items[-1].text) else ""
    item.joined, item.either = bool(_JOINS.search(f"{last} {between}")) and not _BUT.search(between), bool(_OR.search(f"{last} {between}"))


def _spelling(token: str, raw: Sequence[str], place: int, names: Names) -> str:
    """The word that was meant: itself where it is known or ordinary, else the known one that is nearest."""
    if token in fillers() or token in blocked() or described().knows(token) or token in names.lexicon.words or spelt_right(token):
        return token
    if short := written_out(token):
        return short
    better = mended(token, (described(), names.lexicon))
    return better if better != token or raw[place][:1].isupper() else smallest(token)


def _item(tokens: Sequence[str], raw: Sequence[str], place: int, length: int, senses: list[Sense], named: bool) -> Item | None:
    """The phrase at a place; None for a word that says nothing."""
    token = tokens[place]
    is_cue = any(sense.what == "cue" for sense in senses)
    only_column = all(sense.what in ("column", "code") for sense in senses)
    if length == 1 and token in fillers() and not named and not is_cue and not (place and tokens[place - 1] in _EACH):
        senses = [sense for sense in senses if _says_when_alone(sense) or (sense.what == "code" and sense.column in ("state", "status"))]
        if senses:
            return Item(raw[place], senses, optional=True)
        length = 0
    if token in blocked() and not named and (length == 0 or (length == 1 and (only_column or not senses))):
        return Item(raw[place], senses if length else [], blocked=True)
    if length:
        blocking = length == 1 and token in blocked() and not named
        optional = length == 1 and token in fillers() and any(_says_when_alone(sense) for sense in senses)
        return Item(" ".join(raw[place : place + length]), senses, blocked=blocking, optional=optional, length=length)
    if re.fullmatch(_NUMBER, raw[place]):
        return Item(raw[place], number=float(raw[place].replace(",", ".")))
    if (count := times.NUMBERS.get(raw[place].lower())) and count > 1:
        return Item(raw[place], number=float(count))
    return Item(raw[place]) if token not in fillers() and len(token) > 1 else None


def _says_when_alone(sense: Sense) -> bool:
    """Whether a word that else says little names a date of a register: when an access was `used`."""
    return sense.what == "column" and kind_of(REGISTERS[sense.register], REGISTERS[sense.register].by_name[sense.column]) in DATES


def _parted(token: str) -> list[str]:
    """The two known words of a German compound whose first one is a register: `risikoakzeptanzen` is risiko, akzeptanzen."""
    for cut in range(len(token) - 4, 3, -1):
        for joint in ("", "s", "n"):
            first, rest = token[:cut].removesuffix(joint) if joint else token[:cut], token[cut:]
            if any(sense.what == "register" for sense in described().at([first], 0)[1]) and described().at([rest], 0)[0]:
                return [first, rest]
    return []


def _as_adjective(tokens: Sequence[str], raw: Sequence[str], place: int) -> list[Sense]:
    """The values that a bent German adjective before its noun names, though a noun is spelt like it: `schwere Vorfälle` is no `Schwere`."""
    before_noun = place + 1 < len(raw) and tokens[place + 1] not in fillers() and raw[place].islower()
    if not before_noun or not re.search(r"e[mnrs]?$", tokens[place]):
        return []
    bare = re.sub(r"e[mnrs]?$", "", tokens[place])
    return [sense for sense in described().senses.get(("", bare), ()) if sense.what == "code"]


def _longest(tokens: list[str], raw: list[str], place: int, actor: Actor, names: Names) -> tuple[int, list[Sense], bool]:
    """(length, senses, whether it is a name) of the longest phrase there; a name wins where it is longer, or is written like one."""
    length, senses = described().at(tokens, place)
    if length <= 1 and (values := _as_adjective(tokens, raw, place)):
        length, senses = 1, list(dict.fromkeys([*values, *senses]))
    other, rows = names.lexicon.at(tokens, place)
    rows = [sense for sense in rows if sense.what != "row" or names.visible(sense, actor)]
    if rows and other == length and all(sense.what == "code" for sense in rows):
        # A department may be called like something that we know: `AI`.
        return other, list(dict.fromkeys([*senses, *rows])), raw[place][:1].isupper()
    if rows and (other > length or (other == length and raw[place][:1].isupper() and place > 0)):
        return other, rows, True
    return length, senses, False


__all__ = ["PREFIXES", "ROW", "Item", "Lexicon", "split", "tokens_of"]
