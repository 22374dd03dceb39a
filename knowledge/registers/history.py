"""What the journal says, as an actor may read it: entries about rows that are not for them are left out, and so are the ids of such rows."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session, col, select

from knowledge.registers import queries, rights
from knowledge.registers.columns import Kind
from knowledge.registers.descriptions import REGISTERS
from knowledge.registers.journal import JournalBody, JournalEntry
from knowledge.registers.rights import Actor

_PORTION = 200
_LONGEST_SEARCH = 50


@dataclass(frozen=True)
class Told:
    """One entry; `body` is empty where it was blanked."""

    sequence: int
    at: datetime
    actor: str
    action: str
    register: str
    row: str
    body: dict[str, Any]
    hash: str


def told(session: Session, actor: Actor, about: str = "", before: int | None = None, limit: int = 50) -> tuple[list[Told], int | None]:
    """(newest entries first, where to go on or None); `about` is `risk R-007`, or empty for all. Raises NotAllowed.

    How many there are in all is not said: it would tell of rows that the actor may not see.
    """
    rights.demand(actor, "read", rights.JOURNAL)
    out: list[Told] = []
    for _ in range(_LONGEST_SEARCH):
        portion = _portion(session, about, before)
        for entry in _readable(session, actor, portion):
            if len(out) == limit:
                return out, out[-1].sequence
            out.append(entry)
        if len(portion) < _PORTION:
            return out, None
        before = portion[-1].sequence
    return out, before


def since(session: Session, actor: Actor, moment: datetime, register: str) -> list[Told]:
    """What was written about the rows of one register after a moment, oldest first. Raises NotAllowed."""
    rights.demand(actor, "read", rights.JOURNAL)
    wanted = (
        select(JournalEntry, JournalBody)
        .join(JournalBody, col(JournalBody.sequence) == col(JournalEntry.sequence), isouter=True)
        .where(col(JournalEntry.at) > moment, col(JournalEntry.object).startswith(f"{register} ", autoescape=True))
        .order_by(col(JournalEntry.sequence))
    )
    return _readable(session, actor, [_entry(entry, body) for entry, body in session.exec(wanted).all()])


def begin(session: Session) -> datetime | None:
    """When the oldest entry that is still here was written; None where there is none."""
    at = session.exec(select(JournalEntry.at).order_by(col(JournalEntry.at)).limit(1)).first()
    return at if at is None or at.tzinfo else at.replace(tzinfo=UTC)


def _portion(session: Session, about: str, before: int | None) -> list[Told]:
    wanted = select(JournalEntry, JournalBody).join(JournalBody, col(JournalBody.sequence) == col(JournalEntry.sequence), isouter=True)
    if about:
        wanted = wanted.where(JournalEntry.object == about)
    if before is not None:
        wanted = wanted.where(col(JournalEntry.sequence) < before)
    found = session.exec(wanted.order_by(col(JournalEntry.sequence).desc()).limit(_PORTION)).all()
    return [_entry(entry, body) for entry, body in found]


def _entry(entry: JournalEntry, body: JournalBody | None) -> Told:
    register, _, row = entry.object.partition(" ")
    at = entry.at if entry.at.tzinfo else entry.at.replace(tzinfo=UTC)
    return Told(entry.sequence, at, entry.actor, entry.action, register, row, (body.body if body else None) or {}, entry.hash)


def _readable(session: Session, actor: Actor, entries: Iterable[Told]) -> list[Told]:
    entries = list(entries)
    named: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        if entry.register in REGISTERS:
            named[entry.register].add(entry.row)
            for register, id_ in _links(entry):
                named[register].add(id_)
    seen = {register: queries.visible_ids(session, actor, register, ids, retired=True) for register, ids in named.items()}
    kept = [entry for entry in entries if entry.register not in REGISTERS or entry.row in seen[entry.register]]
    return [_without_hidden(entry, seen) for entry in kept]


def _links(entry: Told) -> list[tuple[str, str]]:
    """(register, id) of every row of another register that a body names."""
    out = []
    for side in ("before", "after"):
        for name, value in (entry.body.get(side) or {}).items():
            column = REGISTERS[entry.register].by_name.get(name)
            if column and column.kind in (Kind.LINK, Kind.LINKS):
                out += [(column.register, str(id_)) for id_ in (value if isinstance(value, list) else [value]) if id_]
    return out


def _without_hidden(entry: Told, seen: dict[str, set[str]]) -> Told:
    if entry.register not in REGISTERS:
        return entry
    body = dict(entry.body)
    for side in ("before", "after"):
        if isinstance(body.get(side), dict):
            body[side] = {
                name: shown for name, value in body[side].items() if (shown := _shown(entry.register, name, value, seen)) is not None
            }
    return Told(**{**vars(entry), "body": body})


def _shown(register: str, name: str, value: Any, seen: dict[str, set[str]]) -> Any:
    """The value without ids of rows that are not for the actor; None where nothing is left."""
    column = REGISTERS[register].by_name.get(name)
    if column is None or column.kind not in (Kind.LINK, Kind.LINKS):
        return value
    if isinstance(value, list):
        return [id_ for id_ in value if str(id_) in seen.get(column.register, ())]
    return value if str(value) in seen.get(column.register, ()) else None
