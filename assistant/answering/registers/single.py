"""A question about one row that it names: some of its columns, or all of it."""

from collections.abc import Sequence
from datetime import date

from assistant.answering.registers.phrases import ROW, Item, tokens_of
from assistant.answering.registers.query import Condition, RegisterQuery
from assistant.answering.registers.subject import ASKS_WHEN, ASKS_WHO, WHOLE
from assistant.answering.registers.vocabulary import EXPIRY, also_called, columns_named, dates_named, due_column, fold, phrases_of, stems
from knowledge.registers import REGISTERS, Register
from knowledge.registers.columns import Kind

_SAID = ("deed", "listing", "owning", "due", "expiry", "expired", "with", "late", "me", "only", "groups", "above")
_TOLD_OF_PEOPLE = {"deputy", "department", "role", "site"}
"""What everybody who works here may ask about a colleague."""
MOST_UNKNOWN = 3


def of_row(question: str, items: Sequence[Item], asked: Item, today: date) -> tuple[RegisterQuery, list[str]] | None:
    """(query, words that it leaves unused); None where something else is asked."""
    known = next((one for one in asked.of("row") if any(item.of("register", one.register) for item in items)), asked.row)
    found = REGISTERS[known.register]
    rest = [item for item in items if item is not asked and (not item.blocked or _is_column(item, found))]
    if any(item.of("row") for item in rest):
        return None
    words = [token for item in rest for token in tokens_of(item.text) if not item.cue("listing")]
    show = columns_named(found, words)
    blocked = any(item.blocked for item in items)
    if not show and blocked:
        return None
    if reverse := _leads_here(found, show, items, asked):
        where = (Condition(field=reverse, values=known.values),)
        return RegisterQuery(entity=found.name, where=where, today=today), []
    asked_for = _asked_columns(question, found, show, rest)
    if asked_for is None or (known.register == "document" and not asked_for):
        return None
    show = asked_for
    left = _left(found, show, rest)
    if found.name == "person" or (not ROW.fullmatch(asked.text) and not show):
        whole = WHOLE.match(question) or not rest
        if not (found.name == "person" and show and _TOLD_OF_PEOPLE.issuperset(show)) and (found.name == "person" or not whole or left):
            return None
    if len(left) > MOST_UNKNOWN or (left and not show):
        return None
    where = (Condition(field=found.id_name, values=known.values),)
    return RegisterQuery(entity=found.name, where=where, show=tuple(show), today=today), left


def _asked_columns(question: str, found: Register, show: list[str], rest: Sequence[Item]) -> list[str] | None:
    """The columns that the question asks for; none for the whole row, None where it asks for what no column says."""
    if ASKS_WHO.match(question) and (did := _did(found, rest)):
        return [did]
    if (not show and ASKS_WHO.match(question)) or any(item.cue("owning") for item in rest):
        show = ["owner"] if "owner" in found.by_name else show
    if (not show or show == [due_column(found)]) and ASKS_WHEN.match(question):
        show = dates_named(found, [token for item in rest for token in tokens_of(item.text)]) or show
    if not show and ASKS_WHEN.match(question):
        show = [due_column(found)] if due_column(found) and any(item.cue("due") for item in rest) else []
        show = show or [name for name in EXPIRY if name in found.by_name and any(item.cue("expiry", "expired") for item in rest)][:1]
        if not show:
            return None
    if show == ["how"]:
        show = ["soa_status" if found.name == "control_status" else "state"]
    return show


def _is_column(item: Item, found: Register) -> bool:
    """Whether a word that else asks for a rule is a column here: the `purpose` of an AI system."""
    return bool(item.of("column", found.name)) and fold(item.text) not in ("how", "wie")


def _did(found: Register, rest: Sequence[Item]) -> str:
    """The column of who did it: `who approved MF-P-12`."""
    names = (name for item in rest for sense in item.of("cue") if sense.column == "deed" for name in sense.values)
    return next((name for name in names if name in found.by_name), "")


def _leads_here(found: Register, show: Sequence[str], items: Sequence[Item], asked: Item) -> str:
    """The column by which rows of the same register name this one: `what depends on X`, where the verb comes before the name."""
    place = items.index(asked)
    for name in show:
        column = found.by_name[name]
        before = [token for item in items[:place] for token in tokens_of(item.text)]
        verbs = [phrase for phrase in column.words.all() if len(tokens_of(phrase)) > 1]
        if column.register == found.name and column.kind in (Kind.LINK, Kind.LINKS) and columns_named(found, before) == [name] and verbs:
            return name
    return ""


def _left(found: Register, show: Sequence[str], rest: Sequence[Item]) -> list[str]:
    """What the question says beyond the row and its columns."""
    columns = [found.by_name[name] for name in show]
    phrases = [phrase for one in columns for phrase in (*phrases_of(one), *also_called(found, one))] + list(found.words.all())
    used = {token for phrase in phrases for word in tokens_of(phrase) for token in (word, *stems(word))}
    return [item.text for item in rest if not item.cue(*_SAID) and not all({word, *stems(word)} & used for word in tokens_of(item.text))]
