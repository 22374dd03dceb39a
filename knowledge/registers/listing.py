"""Part of a register: rows chosen by conditions on columns, in an order, a page at a time.

A condition is a column and `operator:value` (`ge:12`, `contains:weld`, `empty:`); a value alone is to be equal. What it says
about rows that the actor may not see is what it would say if they were not there: a link to one of them counts as empty.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Integer, String, false, func, not_, or_
from sqlalchemy.sql.util import ClauseAdapter
from sqlmodel import Session, col, select
from sqlmodel.sql.sqltypes import AutoString

from knowledge.errors import Problem, RowRefused
from knowledge.registers import derived, queries, values
from knowledge.registers.columns import Column, Kind
from knowledge.registers.derived import STANDARD, Context
from knowledge.registers.descriptions import REGISTERS, Register
from knowledge.registers.documents import DocumentVersion
from knowledge.registers.people import Person
from knowledge.registers.rights import Actor, visible
from knowledge.registers.rows import Link
from knowledge.registers.values import BadValue

OPERATORS = ("eq", "ne", "lt", "le", "gt", "ge", "contains", "in", "empty", "set")
_ORDERED = (Kind.INTEGER, Kind.DECIMAL, Kind.DATE, Kind.DATETIME, Kind.TEXT, Kind.CODE)
_WRITTEN = (Kind.TEXT, Kind.LONG, Kind.TEXTS)
_KINDS: dict[type, Kind] = {Integer: Kind.INTEGER, String: Kind.TEXT, AutoString: Kind.TEXT}
"""SQL types of computed columns; every other one says yes or no."""


@dataclass(frozen=True)
class Wanted:
    """What is asked for: conditions as (column, `operator:value`), words to be found in any text, columns to sort by (`-due_date`).

    `further` are conditions that are SQL already, `order` is the order where no column is named.
    """

    conditions: tuple[tuple[str, str], ...] = field(default=())
    words: str = ""
    sort: tuple[str, ...] = field(default=())
    further: tuple[ColumnElement[bool], ...] = field(default=())
    order: tuple[ColumnElement[Any], ...] = field(default=())


def page(
    session: Session, actor: Actor, found: Register, wanted: Wanted, context: Context, limit: int, offset: int = 0
) -> tuple[list[Any], int]:
    """(rows of the page, number of all that fulfil the conditions). Raises RowRefused with every condition that cannot be read."""
    where = conditions(session, actor, found, wanted, context)
    total = session.execute(select(func.count()).select_from(found.model).where(queries.shown(actor, found), *where)).scalar_one()
    order = _order(actor, found, wanted.sort, context) if wanted.sort or not wanted.order else wanted.order
    chosen = select(found.model).where(queries.shown(actor, found), *where).order_by(*order).offset(offset).limit(limit)
    return list(session.exec(chosen).all()), total


def count(session: Session, actor: Actor, found: Register, wanted: Wanted, context: Context) -> int:
    """How many rows fulfil the conditions, of those that the actor may see."""
    where = conditions(session, actor, found, wanted, context)
    return int(session.execute(select(func.count()).select_from(found.model).where(queries.shown(actor, found), *where)).scalar_one())


def conditions(session: Session, actor: Actor, found: Register, wanted: Wanted, context: Context) -> list[ColumnElement[bool]]:
    """What is wanted as SQL. Raises RowRefused with every condition that cannot be read."""
    reader = _Reader(session, actor, found, context)
    out = [reader.condition(name, written) for name, written in wanted.conditions]
    if reader.problems:
        raise RowRefused(reader.problems)
    return [*out, *wanted.further, *(_holds(found, word) for word in wanted.words.split())]


def value_kind(found: Register, column: Column) -> Kind:
    """What kind of value a column shows; for a computed one what its rule works out."""
    if column.kind is not Kind.COMPUTED:
        return column.kind
    return _KINDS.get(type(derived.expression(found.name, column.name, Context(STANDARD, date(2000, 1, 1))).type), Kind.BOOLEAN)


def operators(found: Register, column: Column) -> tuple[str, ...]:
    """The operators that fit a column."""
    kind = value_kind(found, column)
    more = ("lt", "le", "gt", "ge") if kind in _ORDERED else ()
    return ("eq", "ne", *more, *(("contains",) if kind in _WRITTEN else ()), "in", "empty", "set")


class _Reader:
    """Conditions as they are written to SQL, problems collected."""

    def __init__(self, session: Session, actor: Actor, found: Register, context: Context) -> None:
        self.session, self.actor, self.found, self.context = session, actor, found, context
        self.problems: list[Problem] = []

    def condition(self, name: str, written: str) -> ColumnElement[bool]:
        column = self.found.column(name)
        if column is None:
            return self._refuse(name, written, f"there is no such column; there are {', '.join(self.found.by_name)}")
        operator, value = _parted(written)
        if operator not in operators(self.found, column):
            return self._refuse(column.head, written, f"{operator} does not fit here; use {', '.join(operators(self.found, column))}")
        try:
            return self._condition(column, operator, value)
        except BadValue as error:
            return self._refuse(column.head, value, str(error))

    def _condition(self, column: Column, operator: str, value: str) -> ColumnElement[bool]:
        if column.listed:
            return self._of_list(column, operator, value)
        expression = _expression(self.actor, self.found, column, self.context)
        if operator in ("empty", "set"):
            empty = _is_empty(self.found, column, expression)
            return empty if operator == "empty" else not_(empty)
        if operator == "contains":
            return expression.icontains(value, autoescape=True)
        if operator == "in":
            return expression.in_([self._value(column, one) for one in value.split("|")])
        known = self._value(column, value)
        if operator == "ne":
            return or_(expression != known, expression.is_(None))
        compare: Callable[[Any], ColumnElement[bool]] = getattr(expression, f"__{operator}__")
        return compare(known)

    def _of_list(self, column: Column, operator: str, value: str) -> ColumnElement[bool]:
        named = select(Link.from_id).where(Link.kind == self.found.link_kind(column.name))
        if column.kind is Kind.LINKS:
            target = REGISTERS[column.register]
            named = named.where(col(Link.to_id).in_(select(queries.id_column(target)).where(queries.shown(self.actor, target))))
        key = queries.id_column(self.found)
        if operator in ("empty", "set"):
            return key.not_in(named) if operator == "empty" else key.in_(named)
        ids = [id_ for one in value.split("|" if operator == "in" else "\0") for id_ in self._link_ids(column, one)]
        with_one = key.in_(named.where(col(Link.to_id).in_(ids)))
        return not_(with_one) if operator == "ne" else with_one

    def _link_ids(self, column: Column, value: str) -> Sequence[str]:
        return values.checked(column, value, lambda _register, id_: id_) if value.strip() else ("",)

    def _value(self, column: Column, value: str) -> Any:
        kind = value_kind(self.found, column)
        if not value.strip():
            return "" if kind in (*_WRITTEN, Kind.CODE) else None
        if column.kind is Kind.COMPUTED:
            column = Column(kind, column.words)
        return values.checked(column, value, self._resolve)

    def _resolve(self, register: str, written: str) -> str:
        """The id of a person named by e-mail or as `me`, one that the actor may see; any other id as it stands, whether or not it exists."""
        if register != "person":
            return written
        if written == "me":
            return self.actor.person_id or ""
        by_mail = select(Person.id).where(func.lower(Person.email) == written.lower(), visible(self.actor, REGISTERS["person"]))
        return self.session.exec(by_mail).first() or written

    def _refuse(self, name: str, value: str, reason: str) -> ColumnElement[bool]:
        self.problems.append(Problem(self.found.name, "", name, value[:200], reason))
        return false()


def _parted(written: str) -> tuple[str, str]:
    operator, colon, value = written.partition(":")
    return (operator, value) if colon and operator in OPERATORS else ("eq", written)


def _expression(actor: Actor, found: Register, column: Column, context: Context) -> Any:
    """The SQL of a column's value as the actor sees it."""
    if column.kind is Kind.COMPUTED:
        return derived.expression(found.name, column.name, context)
    if column.version:
        current = select(getattr(DocumentVersion, column.name)).where(DocumentVersion.number == found.model.number, DocumentVersion.current)
        return current.limit(1).scalar_subquery()
    expression = found.model.__table__.c[column.name]
    if column.kind is not Kind.LINK:
        return expression
    return _seen(actor, REGISTERS[column.register], expression)


def _seen(actor: Actor, target: Register, expression: Any) -> Any:
    """The id that a single link holds, or NULL where its row is not for the actor."""
    other = target.model.__table__.alias()
    readers = ClauseAdapter(other).traverse(visible(actor, target))
    return select(other.c[target.id_name]).where(other.c[target.id_name] == expression, readers).scalar_subquery()


def _is_empty(found: Register, column: Column, expression: Any) -> ColumnElement[bool]:
    if value_kind(found, column) in (*_WRITTEN, Kind.CODE):
        return or_(expression.is_(None), expression == "")
    return expression.is_(None)


def _holds(found: Register, word: str) -> ColumnElement[bool]:
    """Whether any text of a row holds the word."""
    table = found.model.__table__.c
    texts = [table[column.name] for column in found.columns if column.kind in _WRITTEN and not column.version and column.name in table]
    return or_(*(text.icontains(word, autoescape=True) for text in texts))


def _order(actor: Actor, found: Register, sort: Iterable[str], context: Context) -> list[Any]:
    out: list[Any] = []
    problems = []
    for name in sort:
        column = found.column(name.removeprefix("-"))
        if column is None or column.listed:
            problems.append(Problem(found.name, "", "sort", name, "there is no such column to sort by"))
            continue
        expression = _expression(actor, found, column, context)
        out.append(expression.desc().nulls_last() if name.startswith("-") else expression.asc().nulls_last())
    if problems:
        raise RowRefused(problems)
    return [*out, queries.id_column(found)]
