"""A register query as SQLAlchemy expressions, filtered by rights before anything is counted; never SQL text."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Select, and_, exists, func, not_, or_, select, union
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import BooleanClauseList
from sqlalchemy.sql.util import ClauseAdapter
from sqlmodel import Session, col

from assistant.answering.registers.query import AGAINST_COLUMN, DATES, NUMERIC, Condition, RegisterQuery, column_of, kind_of, read, ways
from knowledge import controls
from knowledge.errors import BadKnowledge, Problem, RowRefused
from knowledge.registers import REGISTERS, DocumentVersion, Link, Register, derived, queries, risk_method
from knowledge.registers.columns import Column, Kind
from knowledge.registers.listing import Wanted
from knowledge.registers.rights import Actor
from knowledge.registers.values import NONE, control_label

SHOWN = 20
_MANY = 1_000
"""Rows from which on the first page is sooner found by walking along the ids than by sorting all of them."""


@dataclass(frozen=True)
class Selected:
    """What a query found: the rows of its first page as plain values, how many there are, and the groups where it groups."""

    total: int
    rows: list[dict[str, Any]]
    groups: list[tuple[Any, int]]


def run(session: Session, actor: Actor, query: RegisterQuery, limit: int = SHOWN) -> Selected:
    """What the actor may see of the query's rows."""
    found = query.register
    context = _context(session, query)
    where = conditions(actor, query, context)
    if query.first and not query.by:
        # The first few of very many are read, never counted.
        rows = _rows(session, actor, query, context, query.first)
        return Selected(len(rows), rows[:limit], [])
    total = session.execute(select(func.count()).select_from(found.model).where(*where)).scalar_one()
    if query.by:
        return Selected(total, [], _groups(session, actor, query, where, context))
    return Selected(total, _rows(session, actor, query, context, limit, _walks(session, total)) if total else [], [])


def _walks(session: Session, total: int) -> bool:
    """Whether the first page is read along the ids; PostgreSQL counts values itself and decides for itself."""
    return total >= _MANY and session.get_bind().dialect.name == "sqlite"


def ids(session: Session, actor: Actor, query: RegisterQuery) -> list[str]:
    """The ids of every row that the query finds, in its order."""
    context = _context(session, query)
    return list(session.execute(_page(actor, query, context, [queries.id_column(query.register)]).limit(query.first)).scalars())


def page(session: Session, actor: Actor, query: RegisterQuery) -> Select[Any]:
    """The statement that reads the first page, for whoever wants to look at its plan."""
    return _page(actor, query, _context(session, query), [query.register.model]).limit(min(SHOWN, query.first or SHOWN))


def narrowed(session: Session, actor: Actor, found: Register, written: str, wanted: Wanted) -> Wanted:
    """What is wanted of the rows alone that a query finds, given in its canonical form; in its order where none is named. Raises RowRefused."""
    try:
        query = read(written)
        if query.register is not found:
            raise BadKnowledge(f"it asks the register {query.entity}")
    except BadKnowledge as error:
        raise RowRefused([Problem(found.name, "", "query", written[:200], str(error))]) from error
    context = _context(session, query)
    if query.first and not query.by:
        chosen = [queries.id_column(query.register).in_(ids(session, actor, query))]
    else:
        chosen = conditions(actor, query, context)
    return replace(wanted, further=(*wanted.further, *chosen), order=tuple(_order(query, context)))


def conditions(actor: Actor, query: RegisterQuery, context: derived.Context) -> list[ColumnElement[bool]]:
    """What a row must fulfil, what the actor may see among it."""
    found = query.register
    where = [queries.shown(actor, found), *(_condition(actor, found, one, context) for one in query.where)]
    if query.sort:
        by = _expression(found, column_of(found, query.sort.lstrip("-")), context)
        # Rows without the value have no place in the order; with a lower bound the index on the value serves it.
        numbers = kind_of(found, column_of(found, query.sort.lstrip("-"))) in NUMERIC
        where.append(by >= 0 if numbers else by.is_not(None))
    return where


def _context(session: Session, query: RegisterQuery) -> derived.Context:
    return derived.Context(risk_method.current(session), query.today)


def _page(actor: Actor, query: RegisterQuery, context: derived.Context, what: Sequence[Any], many: bool = False) -> Select[Any]:
    where = conditions(actor, query, context)
    return select(*what).where(*(_frequent(where) if many else where)).order_by(*_order(query, context, many))


def _frequent(some: Iterable[ColumnElement[bool]]) -> Iterator[ColumnElement[bool]]:
    """The conditions, each said to be fulfilled by most rows: SQLite cannot know, and would sort what an index gives."""
    for one in some:
        if isinstance(one, BooleanClauseList) and one.operator is operators.and_:
            yield from _frequent(one.clauses)
        else:
            yield func.likely(one, type_=Boolean)


def _order(query: RegisterQuery, context: derived.Context, many: bool = False) -> list[Any]:
    found, key = query.register, queries.id_column(query.register)
    # A planner would walk along the ids to save the sorting, past all the rows that the conditions leave out: good where they leave few out.
    order = [key.concat("") if query.sort or (query.where and not many) else key]
    if query.sort:
        by = _expression(found, column_of(found, query.sort.lstrip("-")), context)
        order.insert(0, by.desc() if query.sort.startswith("-") else by.asc())
    return order


def _rows(
    session: Session, actor: Actor, query: RegisterQuery, context: derived.Context, limit: int, many: bool = False
) -> list[dict[str, Any]]:
    found = query.register
    computed = [column for column in found.columns if column.kind is Kind.COMPUTED]
    what = [found.model, *(_expression(found, column, context).label(column.name) for column in computed)]
    read = session.execute(_page(actor, query, context, what, many).limit(limit)).all()
    plain = queries.values_of(session, actor, found, [row[0] for row in read])
    for values, row in zip(plain, read, strict=True):
        values.update({column.name: row[place] for place, column in enumerate(computed, 1)})
    return plain


def _groups(session: Session, actor: Actor, query: RegisterQuery, where: Sequence[Any], context: derived.Context) -> list[tuple[Any, int]]:
    """(value, number of rows), the largest first; rows whose value the actor may not see are counted with those without one."""
    found, column = query.register, column_of(query.register, query.by)
    by = _expression(found, column, context)
    read = session.execute(select(by, func.count()).select_from(found.model).where(*where).group_by(by)).all()
    told = {value for value, _ in read if value}
    seen = visible(session, actor, column.register, told) if column.register in REGISTERS else told
    counted: dict[Any, int] = {}
    for value, number in read:
        key = value if value in seen or value is False or value == 0 else None
        counted[key] = counted.get(key, 0) + number
    ranked = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0] is None, str(pair[0])))
    if not query.first:
        return ranked
    # Who has the most is somebody, and all who have as many.
    named = [pair for pair in ranked if pair[0] is not None]
    least = min((number for _, number in named[: query.first]), default=0)
    return [pair for pair in named if pair[1] >= least]


def visible(session: Session, actor: Actor, register: str, some: set[str]) -> set[str]:
    """Those of the ids that the actor may see."""
    found = REGISTERS[register]
    key = queries.id_column(found)
    return set(session.execute(select(key).where(key.in_(sorted(some)), queries.shown(actor, found))).scalars())


# --- conditions ------------------------------------------------------------------------------------------------


def _condition(actor: Actor, found: Register, one: Condition, context: derived.Context) -> ColumnElement[bool]:
    head, _, rest = one.field.partition(".")
    inner = Condition(field=rest, operator=one.operator, values=one.values) if rest else None
    if head.startswith("@"):
        return _linked(actor, found, head[1:], one, inner, context)
    column = column_of(found, head)
    if inner:
        return names(found, column, _targets(actor, REGISTERS[column.register], inner, context))
    if one.operator in ("empty", "filled"):
        there = _has(actor, found, column, context)
        return there if one.operator == "filled" else ~there
    if column.listed or column.kind is Kind.LINK:
        named = names(found, column, _named(actor, column, one.values))
        return ~named if one.operator == "not" else named
    value = _expression(found, column, context)
    if column.kind is Kind.COMPUTED and kind_of(found, column) is Kind.BOOLEAN:
        # As it stands, so that the columns inside can be looked up in their indexes.
        return value if (one.values[0] == "yes") != (one.operator == "not") else not_(value)
    if one.operator in AGAINST_COLUMN:
        return _against(value, _expression(found, column_of(found, one.values[0]), context), one.operator)
    return _compared(value, one, kind_of(found, column))


def _linked(
    actor: Actor, found: Register, target: str, one: Condition, inner: Condition | None, context: derived.Context
) -> ColumnElement[bool]:
    """Rows that name, or are named by, rows of the target."""
    parts = []
    for owner, column in ways(found, target):
        if target == "control" and column.name == "id":
            parts.append(queries.id_column(found).in_([control_label(source) for source in _sources(one.values)]))
        elif owner is found:
            if one.operator in ("empty", "filled") and not inner:
                parts.append(_has(actor, found, column, context))
            else:
                parts.append(
                    names(found, column, _targets(actor, REGISTERS[target], inner, context) if inner else _named(actor, column, one.values))
                )
        else:
            parts.append(_named_by(found, owner, column, _some(actor, owner, one, inner, context)))
    key = queries.id_column(found)
    # PostgreSQL reads the whole table for an OR of subqueries, and uses the index of each in a union.
    there = parts[0] if len(parts) == 1 else key.in_(union(*(select(key).where(part).correlate(None) for part in parts)))
    return ~there if (one.operator in ("empty", "not") and not inner) else there


def _some(actor: Actor, other: Register, one: Condition, inner: Condition | None, context: derived.Context) -> Select[Any]:
    """Ids of rows of another register: those that fulfil a condition, those named, or all that the actor may see."""
    if inner:
        return _targets(actor, other, inner, context)
    key = queries.id_column(other)
    wanted = select(key).where(queries.shown(actor, other))
    return (wanted.where(key.in_(one.values)) if one.operator in ("is", "not") else wanted).correlate(None)


def _targets(actor: Actor, target: Register, inner: Condition, context: derived.Context) -> Select[Any]:
    key = queries.id_column(target)
    return select(key).where(queries.shown(actor, target), _condition(actor, target, inner, context)).correlate(None)


def _named(actor: Actor, column: Column, values: Sequence[str]) -> Any:
    """The ids that were named, only those of rows that the actor may see; of controls as their source ids."""
    if column.register not in REGISTERS:
        return _sources(values)
    target = REGISTERS[column.register]
    key = queries.id_column(target)
    return select(key).where(key.in_(values), queries.shown(actor, target)).correlate(None)


def _sources(values: Sequence[str]) -> list[str]:
    """Source ids of controls, however they are written."""
    catalogue = controls.catalogue()
    out: list[str] = []
    for value in values:
        out += [value] if catalogue.by_source(value) else [entry.source_id for entry in catalogue.look_up(value)] + [value]
    return out


def names(found: Register, column: Column, targets: Any) -> ColumnElement[bool]:
    """Rows whose column names one of the targets."""
    if not column.listed:
        return col(getattr(found.model, column.name)).in_(targets)
    kind = found.link_kind(column.name)
    return queries.id_column(found).in_(select(col(Link.from_id)).where(col(Link.kind) == kind, col(Link.to_id).in_(targets)))


def _named_by(found: Register, other: Register, column: Column, sources: Any) -> ColumnElement[bool]:
    """Rows that are named in a column of another register's rows."""
    key = queries.id_column(found)
    if column.listed:
        return key.in_(select(col(Link.to_id)).where(col(Link.kind) == other.link_kind(column.name), col(Link.from_id).in_(sources)))
    theirs = getattr(other.model, column.name)
    return key.in_(select(theirs).where(queries.id_column(other).in_(sources), col(theirs).is_not(None)).correlate(None))


def _has(actor: Actor, found: Register, column: Column, context: derived.Context) -> ColumnElement[bool]:
    """Whether a row has a value there that the actor may see."""
    if column.listed:
        named = exists().where(col(Link.kind) == found.link_kind(column.name), col(Link.from_id) == queries.id_column(found))
        return named.where(_seen(actor, column, col(Link.to_id))) if column.register in REGISTERS else named
    value = _expression(found, column, context)
    if column.kind is Kind.LINK:
        return and_(value.is_not(None), _seen(actor, column, value))
    text = kind_of(found, column) in (Kind.TEXT, Kind.LONG, Kind.TEXTS, Kind.CODE)
    there = and_(value.is_not(None), value != "") if text else value.is_not(None)
    # `without encryption` is also where somebody wrote that there is none.
    return and_(there, func.lower(value).not_in(NONE)) if column.kind is Kind.TEXT else there


def _seen(actor: Actor, column: Column, value: Any) -> ColumnElement[bool]:
    target = REGISTERS[column.register]
    other = target.model.__table__.alias()
    return exists().where(other.c[target.id_name] == value, ClauseAdapter(other).traverse(queries.shown(actor, target)))


def _expression(found: Register, column: Column, context: derived.Context) -> Any:
    if column.kind is Kind.COMPUTED:
        return derived.expression(found.name, column.name, context)
    if column.version:
        version = getattr(DocumentVersion, column.name)
        return (
            select(version).where(col(DocumentVersion.number) == queries.id_column(found), col(DocumentVersion.current)).scalar_subquery()
        )
    return found.model.__table__.c[column.name]


def _against(value: Any, other: Any, operator: str) -> ColumnElement[bool]:
    """How two columns of a row stand to each other; never where one of them is empty."""
    if operator == "same_as":
        return value == other  # type: ignore[no-any-return]
    return value < other if operator == "less_than" else value > other  # type: ignore[no-any-return]


def _compared(value: Any, one: Condition, kind: Kind) -> ColumnElement[bool]:
    given = [_typed(text, kind) for text in one.values]
    if kind is Kind.BOOLEAN:
        return value.is_(given[0]) if one.operator != "not" else value.is_not(given[0])
    if one.operator == "contains":
        return or_(*(func.lower(value).contains(str(text).lower(), autoescape=True) for text in given))
    if one.operator == "not_since":
        return or_(value.is_(None), value < (_midnight(given[0]) if kind is Kind.DATETIME else given[0]))
    if kind is Kind.DATETIME:
        return _in_moments(value, one, given)
    if one.operator == "between":
        return value.between(given[0], given[1])
    if one.operator in ("at_least", "at_most"):
        return value >= given[0] if one.operator == "at_least" else value <= given[0]
    if one.operator == "not":
        return or_(value.is_(None), value.not_in(given))
    return value == given[0] if len(given) == 1 else value.in_(given)


def _in_moments(value: Any, one: Condition, days: Sequence[date]) -> ColumnElement[bool]:
    """Days of moments: from the first moment of the first day to the last of the last."""
    low, high = _midnight(days[0]), _midnight(days[-1] + timedelta(days=1))
    if one.operator == "at_least":
        return value >= low
    return value < high if one.operator == "at_most" else and_(value >= low, value < high)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _typed(text: str, kind: Kind) -> Any:
    if kind in DATES:
        return date.fromisoformat(text)
    if kind in NUMERIC:
        return float(text) if kind is Kind.DECIMAL or "." in text else int(text)
    return text == "yes" if kind is Kind.BOOLEAN else text
