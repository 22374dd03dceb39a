"""Which register a question asks, or which one row: the first thing in it that can be counted, unless a name or an id says otherwise."""

import re
from collections import Counter
from collections.abc import Sequence

from assistant.answering.registers.phrases import Item, tokens_of
from assistant.answering.registers.query import RegisterQuery, ways
from assistant.answering.registers.vocabulary import Sense, all_there, columns_named, fold
from knowledge import controls
from knowledge.registers import REGISTERS
from knowledge.registers.columns import Kind

_PLAINLY = 1.0
"""How plainly a question has to speak of one register so that it is meant though it is not named: one word that no other register has."""
_SMALL = {"since", "seit", "from", "ab", "bis", "until", "by", "at", "am"}
"""Words that some column is also called by, and that say nothing alone."""
ASKS_WHO = re.compile(r"^\W*(?:who|whose|wer|wem|wen)\b", re.IGNORECASE)
ASKS_WHEN = re.compile(r"^\W*(?:when|wann|until when|bis wann|since when|seit wann|by when)\b", re.IGNORECASE)
WHOLE = re.compile(
    r"^\W*(?:what(?:'s| is)|was ist|show|tell|zeige?|who is|wer ist|which|is|ist|does|what|when|wann|who|wer|status|welche[rnms]?|in|since|how|wie|bis|by)\b|^\W*[A-Z]{1,5}-\d",
    re.IGNORECASE,
)
"""Beginnings of a question that is about a row as a whole, and does not go on with the one before."""
_STATE_OF_CONTROL = re.compile(
    r"^\W*(?:who owns|who is (?:the )?(?:owner|responsible)|wer ist (?:.{0,30}\b)?(?:verantwort|eigent|zuständig)|(?:what(?:'s| is) the |wie ist der |show the )?(?:soa )?(?:status|state|stand)\b|"
    r"(?:is|ist|when was|wann wurde)\b.*\b(?:implemented|umgesetzt|applicable|anwendbar|checked|geprüft)\b)",
    re.IGNORECASE,
)
_OF_ONE_ROW = re.compile(r"\W*(?:in |zu |von )?(?:which|what|welche\w*)\b.*\b(?:is|ist|does|gehört|steht|liegt)\b", re.IGNORECASE)
_OF_THOSE = re.compile(r"\b(?:of (?:them|those|these)|davon|darunter|von (?:denen|diesen))\b", re.IGNORECASE)
_WHERE_IT_STANDS = r"\b(?:in|im) (?:the |our |dem |unserem )?(?=inventory|inventar|soa)"
"""Before the name of a whole register: there a row stands, and is not asked for again."""
_WHAT_IS_THERE = re.compile(r"^\W*(?:what(?:'s| is| are)?|which ones|was|welche) (?:\w+ )?(?:in|at|im|am|on)\b", re.IGNORECASE)
_BETWEEN = re.compile(r"[,;]|\b(?:and|or|und|oder|of|for|with|von|für|mit|the|in)\b")


_MEANT = re.compile(
    r"\b(?P<noun>[\w-]{3,40})\W+(?:i mean|meine? ich)\b|\((?P<bracketed>[\w -]{3,40})\)\W*$|[.:;?!–]\s*(?P<last>[\w-]{3,30})\W*$",
    re.IGNORECASE,
)
"""What is said at the end to be what is asked for: `which contracts run out? suppliers i mean`, `what is due (risks)`."""


def asked_for(question: str, items: list[Item], before: RegisterQuery | None, listing: bool) -> Item | None:
    """The item that names the register; for a single row the row itself. A register that goes without saying is put in front of the items."""
    if (at_once := _what_people_did(question, items) or (None if before else _people(question, items))) is not None:
        return at_once
    if not before:
        _take_apart(items)
    if (meant := _meant(question, items)) is not None:
        return meant
    nouns = [item for item in items if _noun(item)]
    rows = [item for item in items if item.of("row")]
    if len(rows) == 1:
        places = [item for item in nouns if re.search(rf"{_WHERE_IT_STANDS}{re.escape(item.text)}\b", question, re.IGNORECASE)]
        nouns = [item for item in nouns if item not in places]
        items[:] = [item for item in items if item not in places]
    _read_as_statement(question, items, rows, nouns)
    if len(rows) == 1 and _column_of_row(question, items, rows[0], nouns):
        return rows[0]
    if not nouns and len(rows) == 1 and (standing := _what_stands_there(question, items, rows[0])) is not None:
        return standing
    others = [item for item in nouns if not any(sense.register == row.row.register for row in rows for sense in item.of("register"))]
    goes_on = before and not nouns and (bool(_OF_THOSE.search(question)) or (not listing and not WHOLE.match(question)))
    if not nouns and any(item.cue("highest", "lowest") for item in items):
        most = next((item for item in items if _of_one_register(question, items, item, listing)), None)
        if most is not None and all(row.row.register != most.of("column")[0].register for row in rows):
            # `the highest residual risk in Brenova` asks for the risk, not for the place.
            return most
    if rows and not others and not goes_on and rows[0].row.register != "control" and not _selects(question, rows):
        return rows[0]
    if not nouns:
        return (
            _unsaid(items, before)
            if before
            else next((item for item in items if _of_one_register(question, items, item, listing)), None)
            or (_kind_alone(items) if listing or any(item.cue("counting") for item in items) else None)
        )
    first = nouns[0]
    if before and items[0].cue("groups"):
        return _unsaid(items, before)
    if ASKS_WHO.match(question) and (part := next((item for item in nouns if _is_of_people(item)), None)):
        return part
    if _after_negator(items, first):
        if before and len(nouns) == 1:
            return _unsaid(items, before)
        first = nouns[1] if len(nouns) > 1 else first
    # `major nonconformities`, `AI risks`, `PLC assets`: a word of kind before the thing itself.
    following = next(iter(items[items.index(first) + 1 :]), None)
    if following is not None and following in nouns and following.of("register") and _right_before(question, first, following):
        mine = {sense.register for sense in first.senses}
        theirs = [sense.register for sense in following.of("register")]
        if not first.of("register") or set(theirs) & mine or fold(first.text) in ("ai", "ki"):
            return following
    if before and not first.of("register") and not listing:
        entity = before.entity
        if any(sense.register == entity or ways(REGISTERS[entity], sense.register) for sense in first.of("code")):
            return _unsaid(items, before)
    return first


def implied(items: list[Item]) -> Item | None:
    """The register that goes without saying: the one of which the columns, values and titles in the question speak most plainly.

    `who has not done Safe Shop Floor` names no training, but nothing else is done so.
    """
    weights: Counter[str] = Counter()
    for item in items:
        registers = {sense.register for what in ("column", "code", "late", "register") for sense in item.of(what)}
        if not item.optional and not item.cue("me", "with") and fold(item.text) not in _SMALL:
            weights.update({register: 1 / len(registers) for register in registers})
    (first, most), (_, second) = (*weights.most_common(2), ("", 0.0), ("", 0.0))[:2]
    if most < _PLAINLY or second * 2 > most:
        return None
    items.insert(0, Item("", [Sense("register", first, noun=True)]))
    return items[0]


def _meant(question: str, items: Sequence[Item]) -> Item | None:
    """The rows that the end of the question says are meant."""
    match = _MEANT.search(question)
    said = tokens_of(match["noun"] or match["bracketed"] or match["last"]) if match else []
    return next((item for item in reversed(items) if item.of("register") and said and tokens_of(item.text)[-1] == said[-1]), None)


def _take_apart(items: list[Item]) -> None:
    """Where nothing else can be counted, part phrases that hold a register's word: `changes requested by Mira`, though documents have that state."""
    if any(_noun(item) or (item.of("row") and item.row.register != "person") for item in items):
        return
    for place, item in reversed(list(enumerate(items))):
        parts = item.apart() if item.length > 1 else []
        if any(part.of("register") for part in parts):
            items[place : place + 1] = parts


def _what_people_did(question: str, items: list[Item]) -> Item | None:
    """The register that says who has done something: `who has not acknowledged IS-POL-01`, `which employees are not trained`."""
    people = [item for item in items if item.of("register", "person")]
    done = next((item for item in items if item.cue("doing")), None)
    if done is None or not (people or ASKS_WHO.match(question)):
        return None
    register = next(sense.register for sense in done.senses if sense.column == "doing")
    for item in people:
        items.remove(item)
    state = "done" if "state" in REGISTERS[register].by_name else ""
    done.senses = [Sense("code", register, "state", (state,)) if state else Sense("column", register, "done_on")]
    items.insert(0, Item("", [Sense("register", register, noun=True)]))
    return items[0]


def _is_of_people(item: Item) -> bool:
    """Whether each row of the register is one person's part in something."""
    return any(REGISTERS[sense.register].about.personal and "done_on" in REGISTERS[sense.register].by_name for sense in item.of("register"))


def _kind_alone(items: list[Item]) -> Item | None:
    """The register whose rows a place or an office alone means: `what is in hall 2`, `how many auditors do we have`."""
    for register, columns in (("asset", ("location", "line")), ("person", ("role", "department", "plant_manager"))):
        if any(sense.column in columns for item in items for what in ("code", "column") for sense in item.of(what, register)):
            items.insert(0, Item("", [Sense("register", register, noun=True)]))
            return items[0]
    return None


def _people(question: str, items: list[Item]) -> Item | None:
    """The people, where it asks who is in an office, a department or a place, and nothing more: `who works in quality`, `wer ist hier Auditor`."""
    small = ("listing", "me", "groups")
    alone = ASKS_WHO.match(question) and all(
        item.cue(*small)
        or any(sense.column in ("role", "department", "city", "plant_manager") for what in ("code", "column") for sense in item.of(what))
        or (bool(item.of("row")) and item.row.register == "site")
        for item in items
    )
    return _kind_alone(items) if alone else None


def _what_stands_there(question: str, items: list[Item], row: Item) -> Item | None:
    """The assets, where something is said of them that is no matter of the place itself: `what in the clean room has integrity 5`."""
    if row.row.register not in ("site", "zone") or not _WHAT_IS_THERE.match(question):
        return None
    about = [item for item in items if item is not row and (item.of("column", "asset") or item.of("code", "asset"))]
    if not about or any(item.of("column", row.row.register) for item in about):
        return None
    items.insert(0, Item("", [Sense("register", "asset", noun=True)]))
    return items[0]


def _unsaid(items: list[Item], before: RegisterQuery) -> Item:
    item = Item("", [Sense("register", before.entity, noun=True)])
    items.insert(0, item)
    return item


def _noun(item: Item) -> bool:
    if item.of("row") and not item.of("register"):
        return False
    return any(sense.noun for sense in item.senses if sense.what in ("register", "code"))


def _read_as_statement(question: str, items: Sequence[Item], rows: Sequence[Item], nouns: Sequence[Item]) -> None:
    """A control whose owner or state is asked for is its line of the Statement of Applicability."""
    if (
        len(rows) == 1
        and not nouns
        and rows[0].row.register == "control"
        and (_STATE_OF_CONTROL.search(question) or _asks_whose(question, items))
    ):
        control = controls.catalogue().by_source(rows[0].row.values[0])
        if control is not None and control.framework == controls.ISO_2022:
            register = "control_status" if control.kind == "control" else "clause_status"
            rows[0].senses = [Sense("row", register, "", (control.id,))]


def _asks_whose(question: str, items: Sequence[Item]) -> bool:
    return bool(ASKS_WHO.match(question)) and any(item.cue("owning") for item in items)


def _column_of_row(question: str, items: Sequence[Item], row: Item, nouns: Sequence[Item]) -> bool:
    """Whether a row's column is asked for though it is called like a register: `which zone is GW-01 in`, `when does the contract with X end`."""
    found = REGISTERS.get(row.row.register)
    if found is None or found.name == "person":
        return False
    words = [token for item in items if item is not row for token in tokens_of(item.text)]
    words += ["ends", "endet"] if any(item.cue("expiry") for item in items) else []
    named = columns_named(found, words)
    if ASKS_WHEN.match(question) or ASKS_WHO.match(question):
        sizes = [len(tokens_of(phrase)) for name in named for phrase in found.by_name[name].words.all() if all_there(phrase, words)]
        return max(sizes, default=0) > 1
    leads = {found.by_name[name].register for name in named if found.by_name[name].kind is Kind.LINK}
    single = [item for item in nouns if any(one.register in leads for one in item.of("register"))]
    plural = any(item.of("register") and item.of("register")[0].plural for item in nouns)
    single += [item for item in nouns if any(sense.column in named for sense in item.of("column", found.name))]
    return bool(single) and not plural and bool(_OF_ONE_ROW.match(question))


def _of_one_register(question: str, items: Sequence[Item], item: Item, listing: bool) -> bool:
    """Whether it is a column that one register alone has: `which acceptances expire`."""
    columns = item.of("column")
    registers = {sense.register for sense in (*columns, *item.of("code"), *item.of("register"))}
    opens = listing or item is items[0] or bool(ASKS_WHEN.match(question))
    return bool(columns) and len(registers) == 1 and item in items[:3] and opens and not item.optional and fold(item.text) not in _SMALL


def _selects(question: str, rows: Sequence[Item]) -> bool:
    """Whether a name only selects: `Korvik` alone after a list of suppliers was shown, `my` things of a person."""
    return all(row.row.register == "person" for row in rows) and not WHOLE.match(question)


def _after_negator(items: Sequence[Item], item: Item) -> bool:
    place = items.index(item)
    return place > 0 and items[place - 1].cue("negators")


def _right_before(question: str, one: Item, other: Item) -> bool:
    return not _BETWEEN.search(question[question.find(one.text) + len(one.text) : question.find(other.text)])
