"""Questions about the registers, answered exactly: rules (or a chat model) make a typed query, SQL runs it, the canonical form repeats it.

`parse` reads a question, `run` finds what the asker may see of it; `read` and `narrowed` show a list of the same rows. Nothing else of
this package is called from outside.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy import select
from sqlmodel import Session

from assistant.answering.registers import reading, selection
from assistant.answering.registers.names import Names, Vocabulary
from assistant.answering.registers.proposing import propose
from assistant.answering.registers.query import Condition, RegisterQuery, canonical, read
from assistant.answering.registers.reading import Reading, Unclear
from assistant.answering.registers.selection import narrowed
from assistant.answering.registers.vocabulary import label_of
from assistant.answering.registers.wording import Wording
from knowledge.registers import REGISTERS, Audit, Register, Store, queries, rights
from knowledge.registers.columns import Kind
from knowledge.registers.descriptions import naming
from knowledge.registers.rights import Actor

__all__ = [
    "Condition",
    "Line",
    "Reading",
    "RegisterQuery",
    "RegisterResult",
    "Registers",
    "Unclear",
    "canonical",
    "narrowed",
    "propose",
    "read",
]

_EXTERNAL = ("stage_1", "stage_2", "surveillance_1", "surveillance_2", "recertification")
_LINKED, _OF_ONE_COLUMN = 8, 3
_CROWDED = ("person", "site")
"""Rows that very many others name: what names them is a question of its own."""


@dataclass(frozen=True)
class Line:
    """A row as a citation quotes it, and how it is linked to the row that was asked for."""

    register: str
    id: str
    name: str
    quote: str
    relation: str = ""


@dataclass(frozen=True)
class RegisterResult:
    """What a query found, ready to be shown: a table of at most 20 rows, how many there are, the sentence, and what each row rests on."""

    columns: list[str]
    rows: list[list[str]]
    total: int
    sentence: str
    canonical: str
    lines: list[Line]
    linked: list[Line] = field(default_factory=list)


class Registers:
    """The registers of one plant, to be asked. It may be used by several threads."""

    def __init__(self, store: Store) -> None:
        self._store, self._vocabulary = store, Vocabulary(store)

    def parse(self, question: str, actor: Actor, today: date, before: RegisterQuery | None = None) -> Reading | Unclear | None:
        """The query that a question asks for; None for one about rules, documents or the standard.

        A word for the rows of two registers means those of which there are some.
        """
        audit = self._next_audit(actor, today) if "audit" in question.lower() else None
        names = self._vocabulary.names()
        found = reading.parse(question, actor, today, names, before, audit)
        if isinstance(found, Reading) and found.whole and found.others and not self._has_rows(found.query, actor):
            again = (reading.parse(question, actor, today, names, before, audit, other) for other in found.others)
            told = (one for one in again if isinstance(one, Reading) and one.whole and self._has_rows(one.query, actor))
            found = next(told, found)
        return replace(found, missing=self.missing(found.query, actor)) if isinstance(found, Reading) else found

    def missing(self, query: RegisterQuery, actor: Actor) -> tuple[str, ...]:
        """The ids in a query's conditions that name no row which the actor may see; one that is asked for itself says so in its sentence."""
        named = [(target, value) for one in query.where if (target := _target(query, one)) for value in one.values]
        if query.single or not named:
            return ()
        with self._store.read() as session:
            known = {
                target: selection.visible(session, actor, target, {value for _, value in named})
                for target in {target for target, _ in named}
            }
        return tuple(value for target, value in named if value not in known[target])

    def _has_rows(self, query: RegisterQuery, actor: Actor) -> bool:
        with self._store.read() as session:
            return bool(selection.ids(session, actor, query.model_copy(update={"first": 1})))

    def shows_only_own(self, query: RegisterQuery, actor: Actor) -> bool:
        """Whether rows of others would belong to the answer too, which the actor may not read."""
        owned = any(one.operator == "is" and one.values == (actor.person_id,) for one in query.where)
        return not (owned or query.single or rights.sees_everybody(actor, query.entity))

    def run(self, query: RegisterQuery, actor: Actor, tongue: str) -> RegisterResult:
        """What the actor may see of the query's rows, in words of their language."""
        names = self._vocabulary.names()
        with self._store.read() as session:
            wording = Wording(query, tongue, lambda register, id_: _name(session, actor, names, register, id_))
            found = selection.run(session, actor, query)
            if query.by:
                return _grouped(query, wording, found)
            if query.single:
                return _single(session, actor, query, wording, found)
            return _listed(query, wording, found)

    def _next_audit(self, actor: Actor, today: date) -> date | None:
        """The day on which the next audit from outside begins."""
        with self._store.read() as session:
            shown = queries.shown(actor, REGISTERS["audit"])
            columns = Audit.__table__.c  # type: ignore[attr-defined]
            wanted = (
                select(columns.start_date)
                .where(shown, columns.start_date >= today, columns.type.in_(_EXTERNAL))
                .order_by(columns.start_date)
            )
            return session.execute(wanted.limit(1)).scalars().first()


def _target(query: RegisterQuery, one: Condition) -> str:
    """The register whose rows a condition names; empty where it names none."""
    if one.operator not in ("is", "not"):
        return ""
    head, _, rest = one.field.partition(".")
    found = query.register
    if rest:
        middle = REGISTERS.get(head[1:] if head.startswith("@") else found.by_name[head].register)
        target = middle.by_name[rest].register if middle else ""
    else:
        target = head[1:] if head.startswith("@") else found.name if head == found.id_name else found.by_name[head].register
    return target if target in REGISTERS else ""


def _listed(query: RegisterQuery, wording: Wording, found: selection.Selected) -> RegisterResult:
    columns = wording.columns()
    lines = [_line(query.register, row, wording.line(row, columns)) for row in found.rows]
    table = [wording.row(row, columns) for row in found.rows]
    heads = [wording.label(column) for column in columns]
    return RegisterResult(heads, table, found.total, wording.list_sentence(found.rows, found.total), canonical(query), lines)


def _grouped(query: RegisterQuery, wording: Wording, found: selection.Selected) -> RegisterResult:
    column = query.register.by_name[query.by]
    table = [[wording.group(column, value), str(number)] for value, number in found.groups[: selection.SHOWN]]
    heads = [wording.label(column), "Anzahl" if wording.german else "Number"]
    return RegisterResult(heads, table, found.total, wording.group_sentence(found.groups, found.total), canonical(query), [])


def _single(session: Session, actor: Actor, query: RegisterQuery, wording: Wording, found: selection.Selected) -> RegisterResult:
    """One row as a table of its columns, with the rows it is linked to."""
    if not found.rows:
        return RegisterResult([], [], 0, wording.one_sentence(None), canonical(query), [])
    row = found.rows[0]
    columns = [column for column in query.register.columns if column.name in query.show or not query.show]
    told = [
        (wording.label(column), wording.cell(column, row.get(column.name)))
        for column in columns
        if column.name not in ("source", "audience")
    ]
    table = [[head, cell] for head, cell in told if cell][: selection.SHOWN]
    heads = ["Feld", "Wert"] if wording.german else ["Field", "Value"]
    line = _line(query.register, row, wording.line(row, wording.columns()))
    linked = [] if query.show else _links(session, actor, query, row, wording)
    return RegisterResult(heads, table, 1, wording.one_sentence(row), canonical(query), [line], linked)


def _links(session: Session, actor: Actor, query: RegisterQuery, row: dict[str, object], wording: Wording) -> list[Line]:
    """Rows that the row names, and rows that name it, one hop away."""
    found, out = query.register, []
    for column in found.columns:
        if column.register in REGISTERS and column.kind in (Kind.LINK, Kind.LINKS) and column.register not in _CROWDED:
            named = row.get(column.name) or []
            for id_ in [named] if isinstance(named, str) else list(named)[:_OF_ONE_COLUMN]:  # type: ignore[call-overload]
                out += _of_rows(session, actor, REGISTERS[column.register], [id_], wording, wording.label(column))
    own = str(row[found.id_name])
    for other, column in naming(found.name):
        if column.version or other is found or found.name in _CROWDED or len(out) >= 2 * _LINKED:
            continue
        condition = selection.names(other, column, [own])
        some = queries.rows(session, actor, other.name, condition, limit=_OF_ONE_COLUMN)
        out += _of_rows(session, actor, other, [getattr(one, other.id_name) for one in some], wording, other.words.label(wording.tongue))
    return list({(line.register, line.id): line for line in out}.values())[:_LINKED]


def _of_rows(session: Session, actor: Actor, found: Register, ids: Sequence[str], wording: Wording, relation: str) -> list[Line]:
    out = []
    for id_ in ids:
        query = RegisterQuery(entity=found.name, where=(Condition(field=found.id_name, values=(id_,)),), today=wording.query.today)
        other = Wording(query, wording.tongue, wording.name_of)
        out += [_line(found, row, other.line(row, other.columns()), relation) for row in selection.run(session, actor, query).rows]
    return out


def _line(found: Register, row: dict[str, object], quote: str, relation: str = "") -> Line:
    id_ = str(row[found.id_name])
    return Line(found.name, id_, str(row.get(label_of(found)) or id_), quote, relation)


def _name(session: Session, actor: Actor, names: Names, register: str, id_: str) -> str:
    """The name of a row that the actor may see."""
    found = REGISTERS.get(register)
    if found is None:
        return ""
    if (register, id_) in names.readers:
        return names.labels[register, id_] if actor.role == "installation" or names.readers[register, id_] in actor.audiences else ""
    row = session.get(found.model, id_)
    return str(getattr(row, label_of(found), "") or "") if row is not None and row.audience in actor.audiences else ""
