"""A question read as a register query, by rules; None where it asks for a rule, a text or something else.

The words of the descriptions and the names in the data are found in the question; the first thing that can be counted is what is asked
for, everything else selects. Precision comes first: a question about what must be done is left to the documents, and a word that was not
used is told.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from assistant.answering.registers import times
from assistant.answering.registers.query import Condition, RegisterQuery, codes_of, column_of, kind_of, ways
from assistant.answering.registers.times import Span
from assistant.answering.registers.vocabulary import (
    EXPIRY,
    Lexicon,
    Names,
    Sense,
    blocked,
    described,
    due_column,
    fillers,
    fold,
    mended,
    stem,
    tokens_of,
)
from knowledge import controls
from knowledge.registers import REGISTERS, Register
from knowledge.registers.columns import Column, Kind
from knowledge.registers.rights import Actor

_PREFIXES = {found.about.prefix: name for name, found in REGISTERS.items() if found.about.prefix}
_ROW = re.compile(
    rf"(?<![\w-])(?P<prefix>{'|'.join(sorted(_PREFIXES, key=len, reverse=True))})-(?P<rest>(?:20\d\d-)?\d{{2,5}})(?![\w-])", re.IGNORECASE
)
_PLACE = re.compile(r"\b(?:hall|halle|halls|hallen) (?P<which>\d+|[A-Z])\b", re.IGNORECASE)
_SCORE = re.compile(r"\b\d+(?:[.,]\d+)?\b")
_TO_ME = re.compile(r"\b(?:show|give|tell|list|send|zeige?|gib|nenne?|sage?) (?:me|us|mir|uns)\b", re.IGNORECASE)
_HOW_LONG = re.compile(
    r"\b(?:how many|wie ?viele?) (?:seconds|minutes|hours|days|weeks|months|years|sekunden|minuten|stunden|tagen?|wochen|monaten?|jahren?|times|mal)\b",
    re.IGNORECASE,
)
_STATE_OF_CONTROL = re.compile(
    r"^\W*(?:who owns|who is (?:the )?(?:owner|responsible)|wer ist (?:.{0,30}\b)?(?:verantwort|eigent|zuständig)|(?:what(?:'s| is) the |wie ist der |show the )?(?:soa )?(?:status|state|stand)\b|"
    r"(?:is|ist|when was|wann wurde)\b.*\b(?:implemented|umgesetzt|applicable|anwendbar|checked|geprüft)\b)",
    re.IGNORECASE,
)
_EITHER = re.compile(r"[,/]|\b(?:and|or|und|oder|sowie)\b", re.IGNORECASE)
_DEFINES = re.compile(r"^\W*(?:what(?:'s| is| does)|was (?:ist|heißt|bedeutet)) (?:an? |eine?[nrms]? )", re.IGNORECASE)
_ASKS_WHO = re.compile(r"^\W*(?:who|whose|wer|wem|wen)\b", re.IGNORECASE)
_ASKS_WHEN = re.compile(r"^\W*(?:when|wann|until when|bis wann|since when|seit wann|by when)\b", re.IGNORECASE)
_ASKS_WHETHER = re.compile(r"^\W*(?:is|are|do|does|has|have|ist|sind|hat|haben|gibt)\b", re.IGNORECASE)
_ASKS_FOR_A_LIST = re.compile(
    r"^\W*(?:(?:please|bitte|hi|hey|hallo|hello)\W+)?(?:which|what|list|show|give|how many|number of|are there|do we|welche\w*|was|liste|zeig\w*|nenne?|gib|wie ?viele|anzahl|gibt es|haben wir|all|alle|my|meine?)\b",
    re.IGNORECASE,
)
_OURS = re.compile(r"\b(?:we|our|us|my|mine|i|all|every|the|wir|uns\w*|mein\w*|ich|alle\w*|die|bei uns)\b", re.IGNORECASE)
_OF_THOSE = re.compile(r"\b(?:only|just|nur|davon|darunter|of (?:those|these|them)|among them|from those|of which)\b", re.IGNORECASE)
_PAST = re.compile(
    r"created|changed|reported|detected|done|closed|uploaded|last_|_seen|held|supports|issued|patched|checked|approved|deployed|measured|noted|walked|raised|recorded|assessed_on|accepted_at|starts?ed"
)
_NATURAL = (
    "start_date", "detected_at", "reported_on", "held_on", "measured_on", "assessed_on", "raised_at", "noted_on", "walked_on", "supports_date", "recorded_on",
    "created_at",
)  # fmt: skip
_NEXT = (
    "start_date",
    "starts_at",
    "due_date",
    "next_review",
    "review_date",
    "next_assessment",
    "planned_on",
    "expires_on",
    "contract_end",
    "valid_until",
)
_CUES_FIRST = ("negators", "highest", "lowest", "oldest")
"""Cues that are never a value, though a value is spelt like them: `keine`, `höchsten`."""
_TOP = 5
_MOST_UNKNOWN = 2


@dataclass(frozen=True)
class Reading:
    """A query and the words of the question that it does not use."""

    query: RegisterQuery
    unused: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unclear:
    """A register question that needs a question back; `why` is `who_asks` or `which_row`."""

    why: str
    what: str = ""


@dataclass
class _Item:
    """A stretch of the question and what it may mean."""

    text: str
    senses: list[Sense] = field(default_factory=list)
    span: Span | None = None
    number: float | None = None
    blocked: bool = False
    length: int = 1

    def cue(self, name: str) -> bool:
        return any(sense.what == "cue" and sense.column == name for sense in self.senses)

    def of(self, what: str, register: str = "") -> list[Sense]:
        return [sense for sense in self.senses if sense.what == what and (not register or sense.register == register)]


def parse(
    question: str, actor: Actor, today: date, names: Names, before: RegisterQuery | None = None, audit: date | None = None
) -> Reading | Unclear | None:
    """The query that a question asks for. `before` is the one of the question before, `audit` the day of the next audit."""
    items, unknown = _items(question, actor, today, names, audit)
    return _Reader(question, items, unknown, actor, today, before).read()


# --- the question's parts --------------------------------------------------------------------------------------


def _items(question: str, actor: Actor, today: date, names: Names, audit: date | None) -> tuple[list[_Item], list[str]]:
    """What the question is made of, in order, and the words that nothing is known of."""
    text = _TO_ME.sub(lambda match: match[0].split()[0], question)
    special = sorted(_special(text, today, audit), key=lambda found: found[0])
    items: list[_Item] = []
    unknown: list[str] = []
    place = 0
    for start, end, item in [*special, (len(text), len(text), None)]:
        if start < place:
            continue
        _words(text[place:start], actor, names, items, unknown)
        if item:
            items.append(item)
        place = end
    return [item for item in items if not (item.blocked and _states_what_may_be(item, items))], unknown


def _states_what_may_be(item: _Item, items: Sequence[_Item]) -> bool:
    """`may` before `write to a PLC` is part of what a register says, not a question about what is allowed."""
    place = items.index(item)
    following = items[place + 1] if place + 1 < len(items) else None
    return bool(
        following
        and following.length > 1
        and following.of("column")
        and re.fullmatch(r"may|can|darf|dürfen|kann|können", item.text, re.IGNORECASE)
    )


def _special(text: str, today: date, audit: date | None) -> Iterator[tuple[int, int, _Item]]:
    """Ids, places and spans of time."""
    for match in _ROW.finditer(text):
        prefix, rest = match["prefix"].upper(), match["rest"]
        yield *match.span(), _Item(match[0], [Sense("row", _PREFIXES[prefix], "", (f"{prefix}-{rest}",))])
    for one in controls.spelled(text):
        if one.form != "unclear" and (readings := controls.catalogue().readings(one)) and one.form != "bare":
            yield one.start, one.end, _Item(text[one.start : one.end], [Sense("row", "control", "", (readings[0].source_id,))])
        elif one.form == "bare" and re.match(r"[4-9]\.\d|10\.\d", one.id):
            yield one.start, one.end, _Item(one.id, [Sense("row", "control", "", (f"iso27001-2022:{one.id}",))])
    for match in _PLACE.finditer(text):
        which = match["which"].upper()
        yield *match.span(), _Item(match[0], [Sense("code", "asset", "location", (f"hall {which}", f"Halle {which}"))])
    for span in times.find(text, today, audit):
        yield span.start, span.end, _Item(text[span.start : span.end], span=span)


def _words(text: str, actor: Actor, names: Names, items: list[_Item], unknown: list[str]) -> None:
    """Add the phrases of a stretch of words."""
    raw = re.findall(r"[^\W_]+(?:[.&/][^\W_]+)*", text)
    tokens = [fold(word) for word in raw]
    place = 0
    while place < len(tokens):
        length, senses, named = _longest(tokens, raw, place, actor, names)
        if not length and tokens[place] not in fillers() and tokens[place] not in blocked() and not tokens[place].isdigit():
            better = mended(tokens[place], (described(), names.lexicon))
            if better != tokens[place]:
                tokens[place] = better
                length, senses, named = _longest(tokens, raw, place, actor, names)
        if not length and (parts := _parted(tokens[place])) and tokens[place] not in fillers() | blocked():
            tokens[place : place + 1], raw[place : place + 1] = parts, parts
            length, senses, named = _longest(tokens, raw, place, actor, names)
        token = tokens[place]
        only_column = all(sense.what in ("column", "code") for sense in senses)
        if length == 1 and token in fillers() and not named and all(sense.what != "cue" for sense in senses):
            length = 0 if token not in blocked() else length
        if (length == 0 or (length == 1 and only_column and not named)) and token in blocked():
            items.append(_Item(raw[place], blocked=True))
            length = length or 1
        elif length:
            items.append(
                _Item(
                    " ".join(raw[place : place + length]), senses, blocked=length == 1 and token in blocked() and not named, length=length
                )
            )
        else:
            length = 1
            if re.fullmatch(_SCORE, raw[place]):
                items.append(_Item(raw[place], number=float(raw[place].replace(",", "."))))
            elif (count := times._NUMBERS.get(raw[place].lower())) and count > 1:
                items.append(_Item(raw[place], number=float(count)))
            elif token not in fillers() and len(token) > 1:
                items.append(_Item(raw[place]))
                unknown.append(raw[place])
        place += length


def _parted(token: str) -> list[str]:
    """The two known words of a German compound whose first one is a register: `risikoakzeptanzen` is risiko, akzeptanzen."""
    for cut in range(len(token) - 4, 3, -1):
        for joint in ("", "s", "n"):
            first, rest = token[:cut].removesuffix(joint) if joint else token[:cut], token[cut:]
            if any(sense.what == "register" for sense in described().at([first], 0)[1]) and described().at([rest], 0)[0]:
                return [first, rest]
    return []


def _longest(tokens: list[str], raw: list[str], place: int, actor: Actor, names: Names) -> tuple[int, list[Sense], bool]:
    """(length, senses, whether it is a name) of the longest phrase there; a name wins where it is longer, or is written like one."""
    length, senses = described().at(tokens, place)
    other, rows = names.lexicon.at(tokens, place)
    rows = [sense for sense in rows if sense.what != "row" or names.visible(sense, actor)]
    if rows and (other > length or (other == length and raw[place][:1].isupper() and place > 0)):
        return other, rows, True
    return length, senses, False


# --- reading ---------------------------------------------------------------------------------------------------


class _Reader:
    """Reads one question: what it asks for, then what each further part selects."""

    def __init__(
        self, question: str, items: list[_Item], unknown: list[str], actor: Actor, today: date, before: RegisterQuery | None
    ) -> None:
        self.question, self.items, self.unused, self.actor, self.today, self.before = question, items, list(unknown), actor, today, before
        self.found: Register = REGISTERS["risk"]
        self.where: list[Condition] = []
        self.show: list[str] = []
        self.by, self.sort, self.first = "", "", None  # type: str, str, int | None
        self.counts = any(item.cue("counting") for item in items)
        self.listing = any(item.cue("listing") for item in items)
        self.pending: Column | None = None
        self.negated = self.having = self.grouping = False
        self.compare = ""
        self.extreme = ""
        self.numbers: list[int] = []

    def read(self) -> Reading | Unclear | None:
        if _HOW_LONG.search(self.question):
            return None
        if _DEFINES.match(self.question) and not any(item.of("row") for item in self.items):
            return None
        asked = self._asked_for()
        if asked is None:
            return None
        if any(item.blocked and item is not asked and not (asked.of("row") and fold(item.text) in ("how", "wie")) for item in self.items):
            return None
        if asked.of("row"):
            return self._of_row(asked)
        if _ASKS_WHO.match(self.question) and not self.before:
            return None
        return self._list(asked)

    # --- what is asked for

    def _asked_for(self) -> _Item | None:
        """The item that names the register; for a single row the row itself."""
        nouns = [item for item in self.items if self._noun(item)]
        rows = [item for item in self.items if item.of("row")]
        self._read_as_statement(rows, nouns)
        if len(rows) == 1 and (asked := self._column_of_row(rows[0], nouns)):
            return asked
        others = [
            item for item in nouns if not any(sense.register == row.senses[0].register for row in rows for sense in item.of("register"))
        ]
        goes_on = self.before and not self.listing and not nouns and not _WHOLE.match(self.question)
        if rows and not others and not goes_on and self._row_sense(rows[0]).register != "control" and not self._selects(rows):
            return rows[0]
        entities = [item for item in nouns if item.of("register")]
        if not nouns:
            if self.before:
                item = _Item("", [Sense("register", self.before.entity, noun=True)])
                self.items.insert(0, item)
                return item
            return next((item for item in self.items if self._of_one_register(item)), None)
        first = nouns[0]
        after_negator = self._after_negator(first)
        if after_negator and len(nouns) > 1:
            first = nouns[1]
        if after_negator and self.before and len(nouns) == 1:
            item = _Item("", [Sense("register", self.before.entity, noun=True)])
            self.items.insert(0, item)
            return item
        # `major nonconformities`, `AI risks`, `PLC assets`: a word of kind before the thing itself.
        place = self.items.index(first)
        following = self.items[place + 1] if place + 1 < len(self.items) else None
        if following in entities and self._right_before(first, following):
            mine = {sense.register for sense in first.senses}
            theirs = [sense.register for sense in following.of("register")]
            if not first.of("register") or set(theirs) & mine or fold(first.text) in ("ai", "ki"):
                return following
        if self.before and not first.of("register") and not self.listing:
            entity = self.before.entity
            if any(sense.register == entity or ways(REGISTERS[entity], sense.register) for sense in first.of("code")):
                item = _Item("", [Sense("register", entity, noun=True)])
                self.items.insert(0, item)
                return item
        return first

    def _read_as_statement(self, rows: Sequence[_Item], nouns: Sequence[_Item]) -> None:
        """A control whose owner or state is asked for is its line of the Statement of Applicability."""
        if len(rows) == 1 and not nouns and self._row_sense(rows[0]).register == "control" and _STATE_OF_CONTROL.search(self.question):
            control = controls.catalogue().by_source(self._row_sense(rows[0]).values[0])
            if control is not None and control.framework == controls.ISO_2022:
                register = "control_status" if control.kind == "control" else "clause_status"
                rows[0].senses = [Sense("row", register, "", (control.id,))]

    def _column_of_row(self, row: _Item, nouns: Sequence[_Item]) -> _Item | None:
        """A row whose column is asked for though that column is called like a register: `which zone is GW-01 in`, `when does the contract with X end`."""
        sense = self._row_sense(row)
        found = REGISTERS.get(sense.register)
        if found is None or found.name == "person":
            return None
        words = [token for item in self.items if item is not row for token in tokens_of(item.text)]
        named = self._columns_named(found, words)
        if _ASKS_WHEN.match(self.question) or _ASKS_WHO.match(self.question):
            sizes = [len(tokens_of(phrase)) for name in named for phrase in found.by_name[name].words.all() if _all_there(phrase, words)]
            return row if max(sizes, default=0) > 1 else None
        leads = {found.by_name[name].register for name in named if found.by_name[name].kind is Kind.LINK}
        single = [item for item in nouns if any(one.register in leads for one in item.of("register"))]
        plural = any(item.of("register") and item.of("register")[0].plural for item in nouns)
        return (
            row
            if single
            and not plural
            and re.match(
                r"\W*(?:in |zu |von )?(?:which|what|welche\w*)\b.*\b(?:is|ist|does|gehört|steht|liegt)\b", self.question, re.IGNORECASE
            )
            else None
        )

    def _of_one_register(self, item: _Item) -> bool:
        """Whether it is a column that one register alone has: `which acceptances expire`."""
        columns = item.of("column")
        registers = {sense.register for sense in (*columns, *item.of("code"), *item.of("register"))}
        return bool(columns) and len(registers) == 1 and item in self.items[:3] and (self.listing or bool(_ASKS_WHEN.match(self.question)))

    def _noun(self, item: _Item) -> bool:
        if item.of("row") and not item.of("register"):
            return False
        return any(sense.noun for sense in item.senses if sense.what in ("register", "code"))

    def _selects(self, rows: Sequence[_Item]) -> bool:
        """Whether a name only selects: `Korvik` alone after a list of suppliers was shown, `my` things of a person."""
        return all(self._row_sense(row).register == "person" for row in rows) and not _WHOLE.match(self.question)

    def _after_negator(self, item: _Item) -> bool:
        place = self.items.index(item)
        return place > 0 and self.items[place - 1].cue("negators")

    def _right_before(self, one: _Item, other: _Item) -> bool:
        between = self.question[self.question.find(one.text) + len(one.text) : self.question.find(other.text)]
        return not re.search(r"[,;]|\b(?:and|or|und|oder|of|for|with|von|für|mit|the|in)\b", between)

    def _row_sense(self, item: _Item) -> Sense:
        return item.of("row")[0]

    # --- one row

    def _of_row(self, asked: _Item) -> Reading | Unclear | None:
        """A row that is named by id or name, or some of its columns."""
        sense = self._row_sense(asked)
        known = next((one for one in asked.of("row") if any(item.of("register", one.register) for item in self.items)), sense)
        found = self.found = REGISTERS[known.register]
        rest = [item for item in self.items if item is not asked and not item.blocked]
        if any(item.of("row") for item in rest):
            return None
        words = [token for item in rest for token in tokens_of(item.text) if not item.cue("listing")]
        show = self._columns_named(found, words)
        if not show and any(item.blocked for item in self.items):
            return None
        if (not show and _ASKS_WHO.match(self.question)) or any(item.cue("owning") for item in rest):
            show = ["owner"] if "owner" in found.by_name else show
        if not show and _ASKS_WHEN.match(self.question):
            show = [due_column(found)] if due_column(found) and any(item.cue("due") for item in rest) else []
            show = show or [name for name in EXPIRY if name in found.by_name and any(item.cue("expiry") for item in rest)][:1]
            if not show:
                return None
        if show == ["how"]:
            show = ["soa_status" if found.name == "control_status" else "state"]
        used = {
            token
            for name in show
            for phrase in found.by_name[name].words.all()
            for word in tokens_of(phrase)
            for token in (word, *_stems(word))
        }
        used |= {token for phrase in found.words.all() for word in tokens_of(phrase) for token in (word, *_stems(word))}
        cue_words = ("listing", "owning", "due", "expiry", "with", "late", "me", "only", "groups", "above")
        left = [
            item.text
            for item in rest
            if not any(item.cue(name) for name in cue_words) and not all({word, *_stems(word)} & used for word in tokens_of(item.text))
        ]
        if known.register == "document" and not show:
            return None
        if found.name == "person" or (asked.of("row") and not _ROW.fullmatch(asked.text) and not show):
            whole = _WHOLE.match(self.question) or not rest
            if found.name == "person" or not whole or left:
                return None
        if len(left) > _MOST_UNKNOWN or (left and not show):
            return None
        query = RegisterQuery(
            entity=found.name, where=(Condition(field=found.id_name, values=known.values),), show=tuple(show), today=self.today
        )
        return Reading(query, tuple(left))

    def _columns_named(self, found: Register, words: Sequence[str]) -> list[str]:
        """Columns all of whose words stand in the question, though other words may stand between; the longest phrases first."""
        hits: list[tuple[int, str]] = []
        for column in found.columns:
            if column.name in (found.id_name, "audience", "source", "revision"):
                continue
            sizes = [
                len(tokens)
                for phrase in column.words.all()
                if (tokens := tokens_of(phrase)) and len(phrase) > 1 and not fillers().issuperset(tokens) and _all_there(phrase, words)
            ]
            if sizes:
                hits.append((max(sizes), column.name))
        best = max((size for size, _ in hits), default=0)
        return [name for size, name in hits if size == best][:3]

    # --- a list

    def _list(self, asked: _Item) -> Reading | Unclear | None:
        registers = asked.of("register") or [sense for sense in asked.of("code") if sense.noun] or asked.of("column")
        own = [sense for sense in registers if self.before and sense.register == self.before.entity]
        sense = (own or registers)[0]
        self.found = REGISTERS[sense.register]
        plural = sense.plural
        labels = {fold(word) for tongue in ("en", "de") for word in (self.found.words.label(tongue), self.found.words.plural(tongue))}
        kinds = self._kinds(asked) if fold(asked.text) not in labels else []
        if sense.what == "column":
            column = self.found.by_name[sense.column]
            self.pending = column if kind_of(self.found, column) in (Kind.DATE, Kind.DATETIME) else None
        elif sense.what == "code" or kinds:
            self._code(kinds[0] if kinds else sense)
        else:
            self._mark_itself(asked)
        self.items = [part for item in self.items for part in (self._apart(item) if item is not asked else [item])]
        for place, item in enumerate(self.items):
            if item is asked:
                continue
            following = self.items[place + 1] if place + 1 < len(self.items) else None
            if (unclear := self._take(item, following)) is not None:
                return unclear
        self._flush()
        self._order(plural)
        return self._result()

    def _apart(self, item: _Item) -> list[_Item]:
        """The words of a phrase that only another register knows: `not done` of trainings is a negation and a state."""
        linked = any(
            sense.register == self.found.name or (sense.register in REGISTERS and ways(self.found, sense.register)) for sense in item.senses
        )
        if item.length == 1 or linked or any(sense.what in ("cue", "row") for sense in item.senses):
            return [item]
        parts = []
        for word in item.text.split():
            senses = described().at([fold(word)], 0)[1]
            if senses and (fold(word) not in fillers() or any(sense.what == "cue" for sense in senses)):
                parts.append(_Item(word, senses))
        return parts or [item]

    def _kinds(self, asked: _Item) -> list[Sense]:
        """The kind that a word for the register's rows also is: `conduits` are zones of the kind conduit."""
        said = [_stem_both(token) for token in tokens_of(asked.text)]
        return [
            Sense("code", self.found.name, column.name, (code,))
            for column in self.found.columns
            if column.name in ("kind", "type")
            for code, words in (codes_of(self.found, column) or {}).items()
            if any([_stem_both(token) for token in tokens_of(word)] == said for word in words.all())
        ]

    def _mark_itself(self, asked: _Item) -> None:
        """`AI incidents` and `AI vendors`: the phrase is a word of the register and of its yes-or-no column too."""
        for word in self.found.words.all():
            if tokens_of(word) == tokens_of(asked.text) and word not in (self.found.words.label("en"), self.found.words.label("de")):
                for column in self.found.columns:
                    singular = {tuple(map(_stem_both, tokens_of(phrase))) for phrase in column.words.all()}
                    if kind_of(self.found, column) is Kind.BOOLEAN and tuple(map(_stem_both, tokens_of(asked.text))) in singular:
                        return self._add(Condition(field=column.name, values=("yes",)))

    def _take(self, item: _Item, following: _Item | None) -> Unclear | None:
        if item.span:
            self._time(item.span, item)
        elif item.number is not None:
            self._number(item.number, item, following)
        elif item.of("row"):
            self._row(item)
        elif (any(item.cue(name) for name in _CUES_FIRST) and (following or item.cue("me")) and self._cue(item, following)) or (
            any(sense.what in ("column", "code", "late", "register") for sense in item.senses) and self._phrase(item, following)
        ):
            return None
        elif item.cue("me"):
            return self._me(item)
        elif not self._cue(item, following) and item.senses:
            self.unused.append(item.text)
        return None

    def _cue(self, item: _Item, following: _Item | None) -> bool:
        if item.cue("after") and self.pending is not None and (following is None or not following.of("column", self.found.name)):
            self.negated = True
            self._flush()
            return True
        if item.cue("negators"):
            if fold(item.text) == "out of" and not (following and following.of("column", self.found.name)):
                return True
            self._flush()
            self.negated = True
            return True
        if item.cue("groups") and following and (following.of("column") or following.of("register")):
            self._flush()
            self.grouping = True
            return True
        for name in ("above", "over", "below", "under"):
            if item.cue(name):
                self._compare(name)
                return True
        for name in ("highest", "lowest", "latest", "oldest", "next"):
            if item.cue(name):
                self.extreme = name
                return True
        if item.cue("owning") and "owner" in self.found.by_name:
            self.pending = self.found.by_name["owner"]
            return True
        if item.cue("due") and due_column(self.found):
            self._flush()
            self.pending = self.found.by_name[due_column(self.found)]
            return True
        if item.cue("expiry"):
            name = next((name for name in EXPIRY if name in self.found.by_name), "")
            if name:
                self._flush()
                self.pending = self.found.by_name[name]
            return bool(name)
        if item.cue("restricted"):
            self._add(Condition(field="audience", operator="not", values=("public", "staff")))
            return True
        if item.cue("with"):
            self._flush()
            self.having = True
            return True
        return any(item.cue(name) for name in ("listing", "counting", "only", "groups", "after"))

    # --- words of the registers

    def _phrase(self, item: _Item, following: _Item | None) -> bool:
        """Whether the phrase says something about the register that is asked."""
        name = self.found.name
        codes, columns, late = item.of("code", name), item.of("column", name), item.of("late", name)
        if self.grouping:
            return self._group(item)
        if late:
            self._add(Condition(field=late[0].column, operator="at_most", values=(_yesterday(self.today),)))
            return True
        if codes and not (columns and self._is_column(item, columns, following)):
            self._code(self._best_code(codes))
            return True
        if columns:
            self._column(self._best_column(columns), item, following)
            return True
        if item.of("register", name) and not item.of("code"):
            return True
        return self._one_hop(item, following)

    def _is_column(self, item: _Item, columns: Sequence[Sense], following: _Item | None) -> bool:
        """Whether a word that is a value of one column and the name of another is the name here: something to compare with follows."""
        column = column_of(self.found, columns[0].column)
        if kind_of(self.found, column) is Kind.BOOLEAN and not any(
            sense.column in ("band", "acceptance") for sense in item.of("code", self.found.name)
        ):
            return True
        return bool(
            following and ((following.span and kind_of(self.found, column) in (Kind.DATE, Kind.DATETIME)) or following.number is not None)
        )

    def _best_code(self, codes: Sequence[Sense]) -> Sense:
        """Of the columns that have such a value the one just named, else a computed one, else the first."""
        if self.pending is not None and (mine := [sense for sense in codes if self.pending and sense.column == self.pending.name]):
            return mine[0]
        order = list(self.found.by_name)
        stated = {sense.values for sense in codes if sense.column == "implementation_status"}

        def rank(sense: Sense) -> tuple[int, bool, int]:
            computed = self.found.by_name[sense.column].kind is Kind.COMPUTED and sense.values not in stated
            return -len(sense.values), not computed, order.index(sense.column)

        return min(codes, key=rank)

    def _best_column(self, columns: Sequence[Sense]) -> Column:
        """The column whose own label it is, else the first in order."""
        found = [self.found.by_name[sense.column] for sense in columns]
        wanted = [
            column
            for column in found
            if not self.extreme or kind_of(self.found, column) in (Kind.INTEGER, Kind.DECIMAL, Kind.DATE, Kind.DATETIME)
        ]
        return (wanted or found)[0]

    def _code(self, sense: Sense) -> None:
        if self.pending is not None and self.pending.name != sense.column:
            self._flush()
        self.pending = None
        values = sense.values
        codes = set(codes_of(self.found, self.found.by_name[sense.column]) or ())
        if values == ("open",) and {"running", "done"} <= codes and not self.negated:
            # What runs is open too.
            return self._add(
                Condition(field=sense.column, operator="not", values=tuple(code for code in ("done", "dropped") if code in codes))
            )
        if opposite := self._opposite(sense):
            values, self.negated = opposite, True
        if self.compare in ("above", "over", "below", "under") and sense.column == "band":
            values = self._bands(values[0])
        place = next((i for i, one in enumerate(self.where) if one.field == sense.column and one.operator in ("is", "contains")), None)
        operator = "not" if self.negated else "contains" if sense.column in ("location", "line") else "is"
        if place is not None and not self.negated:
            joined = tuple(dict.fromkeys((*self.where[place].values, *values))) if _EITHER.search(self.question) else values
            # `high nonconformities`: a narrower value replaces the family it belongs to.
            narrower = tuple(value for value in values if value in self.where[place].values)
            self.where[place] = self.where[place].model_copy(update={"values": narrower or joined})
        else:
            self._add(Condition(field=sense.column, operator=operator, values=values))  # type: ignore[arg-type]
        self.negated = self.having = False
        self.compare = ""

    def _opposite(self, sense: Sense) -> tuple[str, ...]:
        """`not implemented` is a value of its own, and means whatever is not implemented."""
        if sense.column not in ("implementation_status", "soa_status") or sense.values != ("not_started",):
            return ()
        if not re.search(r"\b(?:not|nicht) (?:implemented|umgesetzt)", self.question, re.IGNORECASE):
            return ()
        self._add(Condition(field="applicable", operator="not", values=("no",)))
        return ("implemented", "not_applicable")

    def _bands(self, code: str) -> tuple[str, ...]:
        codes = list(codes_of(self.found, self.found.by_name["band"]) or ())
        place = codes.index(code)
        return tuple(
            {"above": codes[place:], "over": codes[place + 1 :], "below": codes[: place + 1], "under": codes[:place]}[self.compare]
            or codes[place:]
        )

    def _column(self, column: Column, item: _Item, following: _Item | None) -> None:
        kind = kind_of(self.found, column)
        if self.pending is not None and self.pending is not column:
            self._flush()
        if kind is Kind.BOOLEAN:
            self._add(Condition(field=column.name, values=("no" if self.negated else "yes",)))
            self.negated = self.having = False
        elif self.extreme in ("highest", "lowest") and kind in (Kind.INTEGER, Kind.DECIMAL):
            self.sort = ("-" if self.extreme == "highest" else "") + column.name
        else:
            self.pending = column

    def _one_hop(self, item: _Item, following: _Item | None) -> bool:
        """A word of another register that this one is linked to: what the rows there are, or that there are any."""
        hops = [sense for sense in item.senses if sense.what == "code" and (sense.noun or sense.column in ("location", "line"))]
        hops += [
            sense
            for sense in item.of("column")
            if item.length > 1 and kind_of(REGISTERS[sense.register], REGISTERS[sense.register].by_name[sense.column]) is Kind.BOOLEAN
        ]
        linked = [sense for sense in hops if sense.register != self.found.name and ways(self.found, sense.register)]
        if linked and not item.of("register"):
            sense = linked[0]
            operator = "contains" if sense.column in ("location", "line") else "is"
            target = f"@{sense.register}.{sense.column}"
            self._add(Condition(field=target, operator=operator, values=sense.values or ("yes",)))  # type: ignore[arg-type]
            return True
        if families := item.of("code", self.found.name):
            self._code(families[0])
            return True
        others = [sense for sense in item.of("register") if sense.register != self.found.name]
        if following and following.of("row") and any(self._row_sense(following).register == sense.register for sense in others):
            return True
        if following and any(sense.register in {other.register for other in others} for sense in following.of("code")):
            return True
        column = next((column for column in self.found.columns for sense in others if column.register == sense.register), None)
        target_register = next((sense.register for sense in others if ways(self.found, sense.register)), "")
        if column is None and not target_register:
            return False
        self._flush()
        field_ = column.name if column is not None and column.listed else f"@{target_register}"
        self._add(Condition(field=field_, operator="empty" if self.negated else "filled"))
        self.negated = self.having = False
        return True

    def _group(self, item: _Item) -> bool:
        self.grouping = False
        columns = [self.found.by_name[sense.column] for sense in item.of("column", self.found.name)]
        columns += [column for sense in item.of("register") for column in self.found.columns if column.register == sense.register]
        usable = [column for column in columns if not column.listed and not column.version]
        if usable:
            self.by = usable[0].name
        return bool(usable)

    # --- values

    def _row(self, item: _Item) -> None:
        senses = item.of("row")
        values = senses[0].values
        if self.pending is not None:
            mine = [sense for sense in senses if self.pending is not None and self.pending.register == sense.register]
            if mine:
                self._add(Condition(field=self.pending.name, operator="not" if self.negated else "is", values=mine[0].values))
                self.pending, self.negated, self.having = None, False, False
                return
            self._flush()
        if senses[0].register == "person":
            name = next((name for name in ("owner", "author", "holder", "auditor") if name in self.found.by_name), "")
            if name:
                values = values if self.found.by_name[name].kind is Kind.PERSON else (item.text,)
                operator = "not" if self.negated else "is" if self.found.by_name[name].kind is Kind.PERSON else "contains"
                self._add(Condition(field=name, operator=operator, values=values))  # type: ignore[arg-type]
                self.negated = False
                return
        for sense in senses:
            own = next(
                (
                    column
                    for column in self.found.columns
                    if column.register == sense.register and column.kind is Kind.LINK and column.name == sense.register
                ),
                None,
            )
            if sense.register == self.found.name:
                self._add(Condition(field=self.found.id_name, operator="not" if self.negated else "is", values=sense.values))
            elif own is not None and sense.register in ("site", "zone"):
                self._add(Condition(field=own.name, operator="not" if self.negated else "is", values=sense.values))
            elif not ways(self.found, sense.register) and (path := self._two_links(sense.register)):
                self._add(Condition(field=path, operator="not" if self.negated else "is", values=sense.values))
            elif ways(self.found, sense.register):
                ids = tuple(one.values[0] for one in senses if one.register == sense.register)
                self._add(Condition(field=f"@{sense.register}", operator="not" if self.negated else "is", values=ids))
            else:
                continue
            self.negated = False
            return
        self.unused.append(item.text)

    def _two_links(self, target: str) -> str:
        """The way to a register over the assets, findings or AI systems that a row is linked to; empty where there is none."""
        for middle in ("asset", "finding", "ai_system"):
            column = next(
                (column for column in REGISTERS[middle].columns if column.register == target and column.kind is not Kind.PERSON), None
            )
            if column is not None and middle != self.found.name and ways(self.found, middle):
                return f"@{middle}.{column.name}"
        return ""

    def _me(self, item: _Item) -> Unclear | None:
        self._flush_unless(Kind.PERSON)
        name = (
            self.pending.name
            if self.pending is not None
            else next((name for name in ("owner", "author", "holder", "reporter") if name in self.found.by_name), "")
        )
        if not name:
            self.unused.append(item.text)
            return None
        if self.actor.person_id is None:
            return Unclear("who_asks")
        column = self.found.by_name[name]
        if column.kind is Kind.PERSON:
            condition = Condition(field=name, operator="not" if self.negated else "is", values=(self.actor.person_id,))
            if condition not in self.where:
                self._add(condition)
        else:
            self.unused.append(item.text)
        self.pending, self.negated = None, False
        return None

    def _time(self, span: Span, item: _Item) -> None:
        dates = (Kind.DATE, Kind.DATETIME)
        self._flush_unless(*dates)
        column = self.pending
        if column is None and any(one.cue("due") for one in self.items) and due_column(self.found):
            column = self.found.by_name[due_column(self.found)]
        if column is None:
            column = self._date_named_later(item)
        if column is None:
            future = span.low is not None and span.low >= self.today
            names = _NEXT if future else (*_NATURAL,)
            column = next((self.found.by_name[name] for name in names if name in self.found.by_name), None)
        if column is None:
            self.unused.append(item.text)
            return
        past = bool(_PAST.search(column.name))
        span = span.signed(past, self.today)
        never = self.negated and past
        if never:
            # `not checked since March`: the last time lies before.
            self._add(
                Condition(
                    field=column.name,
                    operator="at_most",
                    values=(((span.low or self.today) if span.low else span.high or self.today).isoformat(),),
                )
            )
        elif span.low and span.high:
            self._add(Condition(field=column.name, operator="between", values=(span.low.isoformat(), span.high.isoformat())))
        elif span.low:
            self._add(Condition(field=column.name, operator="at_least", values=(span.low.isoformat(),)))
        elif span.high:
            self._add(Condition(field=column.name, operator="at_most", values=(span.high.isoformat(),)))
        if column.name == due_column(self.found) and not past:
            self._still_open()
        self.pending, self.negated, self.having = None, False, False

    def _date_named_later(self, item: _Item) -> Column | None:
        """The date column that follows a span of time: `seit einem Jahr nicht bewertet`; what was read ahead is taken out."""
        for place in range(self.items.index(item) + 1, len(self.items)):
            later = self.items[place]
            if later.cue("negators"):
                self.negated, later.senses = True, []
            for sense in later.of("column", self.found.name):
                column = self.found.by_name[sense.column]
                if kind_of(self.found, column) in (Kind.DATE, Kind.DATETIME):
                    later.senses = []
                    return column
        return None

    def _still_open(self) -> None:
        """What is due is not done yet."""
        done = {"state": ("done", "dropped", "closed"), "status": ("done", "closed")}
        if "open" in self.found.by_name and not any(one.field in ("open", "state") for one in self.where):
            self._add(Condition(field="open", values=("yes",)))
        for name, codes in done.items():
            column = self.found.by_name.get(name)
            known = tuple(code for code in codes if column is not None and column.codes and code in column.codes)
            if known and "open" not in self.found.by_name and not any(one.field == name for one in self.where):
                self._add(Condition(field=name, operator="not", values=known))

    def _compare(self, name: str) -> None:
        """`at least 12` compares what follows, `12 or more` what came before."""
        last = self.where[-1] if self.where else None
        if last is not None and last.operator == "is" and last.field == "band" and name in ("above", "below"):
            self.compare = name
            self.where[-1] = last.model_copy(update={"values": self._bands(last.values[0])})
            self.compare = ""
        elif last is not None and last.operator == "is" and last.values and last.values[0].isdigit() and name in ("above", "below"):
            self.where[-1] = last.model_copy(update={"operator": "at_least" if name == "above" else "at_most"})
        else:
            self.compare = name

    def _number(self, number: float, item: _Item, following: _Item | None) -> None:
        place = self.items.index(item)
        beside = [self.items[near] for near in (place - 1, place + 1) if 0 <= near < len(self.items)]
        if any(one.cue(name) for one in beside for name in ("highest", "lowest", "latest", "oldest", "next")) and not self.compare:
            self.first = int(number)
            return
        numeric = (Kind.INTEGER, Kind.DECIMAL)
        self._flush_unless(*numeric)
        column = self.pending
        if column is None and self.found.name == "risk":
            column = self.found.by_name["current_score"] if self.compare else None
        if column is None:
            self.unused.append(item.text)
            return
        shift = {"over": 1, "under": -1}.get(self.compare, 0)
        operator = {"above": "at_least", "over": "at_least", "below": "at_most", "under": "at_most"}.get(self.compare, "is")
        self._add(Condition(field=column.name, operator=operator, values=(f"{number + shift:g}",)))  # type: ignore[arg-type]
        self.pending, self.compare, self.negated, self.having = None, "", False, False

    def _flush_unless(self, *kinds: Kind) -> None:
        if self.pending is not None and kind_of(self.found, self.pending) not in kinds:
            self._flush()

    def _flush(self) -> None:
        """Settle a column that was named and got no value: nothing stands there, something does, or it is to be shown."""
        column, self.pending = self.pending, None
        if column is None:
            return
        if self.negated:
            self._add(Condition(field=column.name, operator="empty"))
        elif self.having and column.name not in ("owner", "name", "title"):
            self._add(Condition(field=column.name, operator="filled"))
        else:
            self.show.append(column.name)
        self.negated = self.having = False

    def _add(self, condition: Condition) -> None:
        if condition not in self.where:
            self.where.append(condition)

    # --- the end

    def _order(self, plural: bool) -> None:
        if not self.extreme or self.sort:
            if self.sort:
                self.first = self.first or (_TOP if plural else 1)
            return
        names = self.found.by_name
        if self.extreme in ("highest", "lowest"):
            shown = [name for name in self.show if kind_of(self.found, names[name]) in (Kind.INTEGER, Kind.DECIMAL)]
            column = shown[0] if shown else "current_score" if self.found.name == "risk" else ""
            self.sort = f"{'-' if self.extreme == 'highest' else ''}{column}" if column else ""
        elif self.extreme == "next":
            column = next((name for name in _NEXT if name in names), "")
            self.sort = column
            if column and not any(one.field == column for one in self.where):
                self._add(Condition(field=column, operator="at_least", values=(self.today.isoformat(),)))
        else:
            dates = [name for name in self.show if kind_of(self.found, names[name]) in (Kind.DATE, Kind.DATETIME)]
            column = next((name for name in (*dates, *_NATURAL) if name in names), "")
            self.sort = f"{'-' if self.extreme == 'latest' else ''}{column}" if column else ""
            if column == "start_date":
                self._add(Condition(field=column, operator="at_most", values=(self.today.isoformat(),)))
        if not self.sort:
            self.unused.append(self.extreme)
            return
        many = plural and self.extreme in ("highest", "lowest")
        self.first = self.first or (_TOP if many or plural else 1)
        if self.extreme == "next" and plural and not self.numbers:
            self.first = self.first or _TOP

    def _result(self) -> Reading | None:
        if self.before is not None and not self._stands_alone():
            return self._follow(self.before)
        if len(self.unused) > _MOST_UNKNOWN or (self.unused and not self.where and not self.sort and not self.by):
            return None
        if self.unused and not (_ASKS_FOR_A_LIST.match(self.question) or len(self.items) - len(self.unused) > 2 * len(self.unused) + 1):
            return None
        said = bool(self.where or self.sort or self.by or self.counts)
        dates = [name for name in self.show if kind_of(self.found, self.found.by_name[name]) in (Kind.DATE, Kind.DATETIME)]
        if _ASKS_WHEN.match(self.question) and ((not self.sort and not dates) or self.unused):
            return None
        if not said and not (self.listing and _OURS.search(self.question)) and len(self.items) > 2:
            return None
        if not said and re.match(r"\W*(?:what|was) (?:are|is|sind|ist)\b(?! our| unsere)", self.question, re.IGNORECASE):
            return None
        query = RegisterQuery(
            entity=self.found.name, where=tuple(self.where), show=tuple(dict.fromkeys(self.show)), by=self.by, sort=self.sort, first=self.first,
            counts=self.counts, today=self.today,
        )  # fmt: skip
        return Reading(query, tuple(dict.fromkeys(self.unused)))

    def _stands_alone(self) -> bool:
        """Whether the question names what it asks for itself, and does not begin like one that goes on."""
        opens = re.match(
            r"\W*(?:and|und|only|nur|davon|of those|of these|what about|was ist mit|how about|but|aber|just|or|oder)\b",
            self.question,
            re.IGNORECASE,
        )
        named = any(item.of("register", self.found.name) and item.text for item in self.items)
        return named and not opens and not _OF_THOSE.search(self.question)

    def _follow(self, before: RegisterQuery) -> Reading | None:
        """The query before, changed by what this question says."""
        if not (self.where or self.by or self.sort or self.counts or self.show) or len(self.unused) > 1:
            return None
        fields = (
            {one.field for one in self.where}
            if not _OF_THOSE.search(self.question)
            else {one.field for one in self.where if one.operator in ("is", "between")}
        )
        kept = []
        for one in before.where:
            if one.field in fields or (one.field == before.register.id_name and before.single):
                continue
            try:
                RegisterQuery(entity=self.found.name, where=(one,), today=self.today)
            except ValueError:
                continue
            kept.append(one)
        same = before.entity == self.found.name
        query = RegisterQuery(
            entity=self.found.name, where=tuple(dict.fromkeys((*kept, *self.where))), show=tuple(self.show) or (before.show if same else ()),
            by=self.by or (before.by if same and not self.counts else ""), sort=self.sort or (before.sort if same else ""),
            first=self.first or (before.first if same and not self.counts else None), counts=self.counts or (before.counts and not self.listing), today=self.today,
        )  # fmt: skip
        return Reading(query, tuple(dict.fromkeys(self.unused)))


_WHOLE = re.compile(
    r"^\W*(?:what(?:'s| is)|was ist|show|tell|zeige?|who is|wer ist|which|is|ist|does|what|when|wann|who|wer|status|welche[rnms]?|in|since|how|wie|bis|by)\b|^\W*[A-Z]{1,5}-\d",
    re.IGNORECASE,
)


def _stems(word: str) -> tuple[str, str]:
    return stem(word, "en"), stem(word, "de")


def _all_there(phrase: str, words: Sequence[str]) -> bool:
    """Whether each word of a phrase is among the words, in whatever form."""
    there = {stemmed for word in words for stemmed in (word, *_stems(word))}
    return all({word, *_stems(word)} & there for word in tokens_of(phrase))


def _stem_both(word: str) -> str:
    return stem(stem(word, "en"), "de")


def _yesterday(today: date) -> str:
    return date.fromordinal(today.toordinal() - 1).isoformat()


__all__ = ["Lexicon", "Reading", "Unclear", "parse"]
