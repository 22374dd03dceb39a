"""Rows as an actor may see them: one, its links both ways, and its values in plain form."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_
from sqlmodel import Session, col, select

from knowledge.errors import NoSuchRow
from knowledge.registers import derived
from knowledge.registers.columns import Kind
from knowledge.registers.derived import Context
from knowledge.registers.descriptions import REGISTERS, Register, naming, register
from knowledge.registers.documents import DocumentVersion
from knowledge.registers.rights import Actor, may, visible
from knowledge.registers.rows import Link
from knowledge.registers.values import control_label, plain, storable

_AT_ONCE = 500


def shown(actor: Actor, found: Register) -> ColumnElement[bool]:
    """The SQL condition for the rows that a list shows: not taken out, and for the actor's eyes."""
    parts = [visible(actor, found), found.model.retired_at.is_(None)]
    if found.name == "document":
        parts.append(found.model.kind == "document")
    return and_(*parts)


def rows(session: Session, actor: Actor, name: str, *where: Any, order: Any = None, limit: int | None = None, offset: int = 0) -> list[Any]:
    """Rows of a register that the actor may see, those only that fulfil the conditions."""
    found = register(name)
    wanted: Select[Any] = select(found.model).where(shown(actor, found), *where)
    wanted = wanted.order_by(order if order is not None else id_column(found)).offset(offset)
    return list(session.exec(wanted.limit(limit) if limit is not None else wanted).all())  # type: ignore[call-overload]


def get(session: Session, actor: Actor, name: str, id_: str, retired: bool = False) -> Any:
    """The row with that id. Raises NoSuchRow, the same for one that is not there and one that is not for the actor."""
    found = register(name)
    row = session.get(found.model, id_) if storable(id_) else None
    if row is None or (row.retired_at and not retired) or not may(actor, "read", found.name, row):
        raise NoSuchRow(found.name, id_)
    return row


def source_of(found: Register, id_: str) -> str:
    """The name under which a row is cited: `row:R-007`; `row:risk:7` for an id that does not say by its prefix whose it is."""
    known = not found.about.prefix or id_.startswith(f"{found.about.prefix}-")
    return f"row:{id_}" if known else f"row:{found.name}:{id_}"


def cited(session: Session, actor: Actor, source: str) -> tuple[Register, str]:
    """(register, id) of the row that is cited under that name. Raises NoSuchRow, also for one that is not for the actor."""
    written = source.removeprefix("row:")
    for found in REGISTERS.values():
        for id_ in (written, written.removeprefix(f"{found.name}:")):
            if source_of(found, id_) == source and visible_ids(session, actor, found.name, [id_]):
                return found, id_
    raise NoSuchRow("row", written)


def id_column(found: Register) -> Any:
    """The SQL column of a register's ids."""
    return found.model.__table__.c[found.id_name]


def linked(session: Session, actor: Actor, found: Register, ids: Sequence[str]) -> dict[str, dict[str, list[str]]]:
    """id -> list column -> ids that it names, in order; rows that the actor may not see are left out."""
    out: dict[str, dict[str, list[str]]] = {id_: {} for id_ in ids}
    kinds = {found.link_kind(column.name): column for column in found.lists}
    targets: dict[str, set[str]] = defaultdict(set)
    links: list[Link] = []
    for some in _portions(ids):
        wanted = select(Link).where(col(Link.kind).in_(kinds), col(Link.from_id).in_(some)).order_by(col(Link.to_id))
        links += session.exec(wanted).all()
    for one in links:
        targets[kinds[one.kind].register].add(one.to_id)
    seen = {name: visible_ids(session, actor, name, some) for name, some in targets.items() if name in REGISTERS}
    for one in links:
        column = kinds[one.kind]
        if column.kind is Kind.CONTROLS or one.to_id in seen[column.register]:
            out[one.from_id].setdefault(column.name, []).append(one.to_id)
    return out


def pointing_at(session: Session, actor: Actor, name: str, id_: str) -> list[tuple[Register, str, Any]]:
    """(register, column, row) for every row that the actor may see and that names this one, in whatever column. `control` is a name too."""
    out: list[tuple[Register, str, Any]] = []
    for found, column in naming(name):
        if column.listed:
            condition = id_column(found).in_(select(Link.from_id).where(Link.kind == found.link_kind(column.name), Link.to_id == id_))
        elif not column.version:
            condition = getattr(found.model, column.name) == id_
        out += [(found, column.name, row) for row in rows(session, actor, found.name, condition)]
    return out


def values(session: Session, actor: Actor, row: Any) -> dict[str, Any]:
    """A row as plain values by column name, lists included, for JSON, files and pages; nothing that the actor may not see."""
    return values_of(session, actor, REGISTERS[row.about.name], [row])[0]


def values_of(session: Session, actor: Actor, found: Register, some: Iterable[Any]) -> list[dict[str, Any]]:
    """`values` of many rows of one register, in two queries for all of them."""
    some = list(some)
    ids = [getattr(row, found.id_name) for row in some]
    links = linked(session, actor, found, ids)
    versions = _versions(session, ids) if found.name == "document" else {}
    hidden = _hidden(session, actor, found, some)
    out = []
    for row, id_ in zip(some, ids, strict=True):
        one: dict[str, Any] = {}
        for column in found.columns:
            if column.listed:
                ids_named = links[id_].get(column.name, [])
                one[column.name] = [control_label(to) for to in ids_named] if column.kind is Kind.CONTROLS else ids_named
            elif column.version:
                one[column.name] = plain(getattr(versions.get(id_), column.name, None))
            elif column.kind is not Kind.COMPUTED:
                value = getattr(row, column.name)
                one[column.name] = None if (column.name, value) in hidden else plain(value)
        one["revision"] = row.revision
        out.append(one)
    return out


def computed(session: Session, found: Register, ids: Sequence[str], context: Context) -> dict[str, dict[str, Any]]:
    """id -> computed column -> value, for rows that the actor was already found to see."""
    names = [column.name for column in found.columns if column.kind is Kind.COMPUTED]
    out: dict[str, dict[str, Any]] = {id_: {} for id_ in ids}
    if not names:
        return out
    wanted = select(id_column(found), *(derived.expression(found.name, name, context) for name in names))  # type: ignore[call-overload]
    for some in _portions(ids):
        for id_, *values_found in session.execute(wanted.where(id_column(found).in_(some))):
            out[id_] = dict(zip(names, values_found, strict=True))
    return out


def visible_ids(session: Session, actor: Actor, name: str, ids: Iterable[str], retired: bool = False) -> set[str]:
    """Those of the ids whose rows the actor may see; with `retired` also rows that were taken out."""
    found = REGISTERS[name]
    condition = visible(actor, found) if retired else shown(actor, found)
    out: set[str] = set()
    for some in _portions(sorted(ids)):
        out |= set(session.exec(select(id_column(found)).where(id_column(found).in_(some), condition)).all())  # type: ignore[call-overload]
    return out


def _hidden(session: Session, actor: Actor, found: Register, some: Sequence[Any]) -> set[tuple[str, str]]:
    """(column, id) of the single links to rows that the actor may not see."""
    out = set()
    for column in found.columns:
        if column.kind is Kind.LINK:
            ids = {value for row in some if (value := getattr(row, column.name))}
            out |= {(column.name, id_) for id_ in ids - visible_ids(session, actor, column.register, ids, retired=True)}
    return out


def _versions(session: Session, numbers: Sequence[str]) -> dict[str, DocumentVersion]:
    found: list[DocumentVersion] = []
    for some in _portions(numbers):
        found += session.exec(select(DocumentVersion).where(col(DocumentVersion.number).in_(some), DocumentVersion.current)).all()
    return {version.number: version for version in found}


def _portions(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))
