"""The journal: who did what to which row and when, in a chain of hashes that shows any alteration."""

import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import JSON, delete, insert, update
from sqlalchemy import Column as SqlColumn
from sqlmodel import Field, Session, SQLModel, col, select

from knowledge.errors import JournalBroken
from knowledge.registers.store import Store
from knowledge.registers.values import canonical, plain


class JournalEntry(SQLModel, table=True):
    """One link of the chain: `hash` covers the entry before, the facts of this one, and the hash of its body."""

    __tablename__ = "journal_entry"
    sequence: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(index=True)
    actor: str = Field(index=True)
    action: str = Field(index=True)
    object: str = Field(index=True)
    body_hash: str
    hash: str


class JournalBody(SQLModel, table=True):
    """What was said in an entry, before and after; it may be blanked (a person's right to erasure) and the chain still holds."""

    __tablename__ = "journal_body"
    sequence: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    salt: str | None = None
    body: dict[str, Any] | None = Field(default=None, sa_column=SqlColumn(JSON(none_as_null=True)))


class JournalHead(SQLModel, table=True):
    """One row: how far the chain has come, and from where on it is kept here (what lies before was exported)."""

    __tablename__ = "journal_head"
    id: int = Field(default=1, primary_key=True)
    count: int = 0
    hash: str = ""
    start: int = 0
    start_hash: str = ""


@dataclass(frozen=True)
class Entry:
    """What is to be written down: who did what to which row, and the values before and after."""

    actor: str
    action: str
    object: str
    body: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """Whether the journal is whole: `problem` names the first entry that was altered, is missing or stands in another place."""

    count: int
    hash: str
    problem: str = ""

    @property
    def whole(self) -> bool:
        return not self.problem


def lock(session: Session) -> JournalHead:
    """The head of the chain, held until the transaction ends: whoever writes rows on PostgreSQL does so one after the other."""
    return session.exec(select(JournalHead).with_for_update()).one()


def append(session: Session, entries: Sequence[Entry], now: datetime) -> None:
    """The entries at the end of the chain, in the transaction of the change that they tell of."""
    if not entries:
        return
    head = lock(session)
    at = now.astimezone(UTC)
    links, bodies = [], []
    for entry in entries:
        head.count += 1
        salt = secrets.token_hex(16)
        facts = _Facts(head.count, at, entry.actor, entry.action, entry.object, _body_hash(salt, entry.body))
        head.hash = facts.hash(head.hash)
        links.append({**facts._asdict(), "hash": head.hash})
        bodies.append({"sequence": head.count, "salt": salt, "body": entry.body})
    session.add(head)
    session.flush()
    session.execute(insert(JournalEntry), links)
    session.execute(insert(JournalBody), bodies)


def verify(session: Session, anchors: Sequence[tuple[int, str]] = ()) -> Verdict:
    """Whether every entry still is what was written. An anchor (count, hash), kept elsewhere, also shows a chain cut off or written anew."""
    head = session.exec(select(JournalHead)).one()
    expected = dict(anchors)
    hash_, sequence, exported = head.start_hash, head.start, head.start == 0
    rows = session.execute(
        select(JournalEntry, JournalBody)
        .join(JournalBody, col(JournalBody.sequence) == col(JournalEntry.sequence), isouter=True)
        .order_by(col(JournalEntry.sequence))
        .execution_options(yield_per=1000)
    )
    for entry, body in rows:
        sequence += 1
        problem = _problem(entry, body, sequence, hash_, expected.get(sequence))
        if problem:
            return Verdict(sequence, hash_, problem)
        hash_ = entry.hash
        exported = exported or (entry.action == EXPORT and entry.object == _exported(head.start, head.start_hash))
    if (sequence, hash_) != (head.count, head.hash):
        return Verdict(sequence, hash_, f"entry {sequence + 1} is missing: the journal ends early, its head knows {head.count} entries")
    if anchors and max(expected) > sequence:
        return Verdict(sequence, hash_, f"entry {sequence + 1} is missing: an anchor knows {max(expected)} entries")
    if not exported:
        return Verdict(sequence, hash_, f"entries up to {head.start} are missing: no export of them is written down")
    return Verdict(sequence, hash_)


def blank(session: Session, sequence: int) -> None:
    """Forget what an entry said (a person's right to erasure); the chain still holds."""
    session.execute(update(JournalBody).where(col(JournalBody.sequence) == sequence).values(body=None, salt=None))


def export(store: Store, file: Path, until: date, actor: str, now: datetime) -> int:
    """How many entries of the days up to and including `until` went into the file, one a line, and left the database.

    The file is whole on disk before anything is taken out. Raises JournalBroken when the chain does not hold, or the file exists.
    """
    with store.write() as session:
        head, verdict = lock(session), verify(session)
        if not verdict.whole:
            raise JournalBroken(f"journal: {verdict.problem}; nothing was exported. Restore a backup, or ask who changed the database.")
        end = datetime.combine(until + timedelta(days=1), time.min, UTC)
        last = session.exec(select(JournalEntry).where(col(JournalEntry.at) < end).order_by(col(JournalEntry.sequence).desc())).first()
        if last is None:
            return 0
        gone = last.sequence - head.start
        _write(session, file, head, last.sequence)
        head.start, head.start_hash = last.sequence, last.hash
        append(session, [Entry(actor, EXPORT, _exported(last.sequence, last.hash), {"entries": gone, "until": until.isoformat()})], now)
        session.flush()
        for table in (JournalEntry, JournalBody):
            session.execute(delete(table).where(col(table.sequence) <= last.sequence))
    return gone


def verify_export(file: Path) -> Verdict:
    """Whether an exported file still is what was written. Raises JournalBroken for a file that is no export."""
    try:
        first, *lines = file.read_text("utf-8").splitlines()
        start = json.loads(first)
        sequence, hash_ = int(start["start"]), str(start["start_hash"])
        for line in lines:
            sequence += 1
            raw = json.loads(line)
            entry = JournalEntry(**{**raw, "at": datetime.fromisoformat(raw["at"])})
            body = JournalBody(sequence=sequence, salt=raw.get("salt"), body=raw.get("body"))
            if problem := _problem(entry, body, sequence, hash_, None):
                return Verdict(sequence, hash_, problem)
            hash_ = entry.hash
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise JournalBroken(f"{file.name}: this is no export of the journal ({error}).") from error
    if (sequence, hash_) != (start["last"], start["last_hash"]):
        return Verdict(sequence, hash_, f"entry {sequence + 1} is missing: the file ends early")
    return Verdict(sequence, hash_)


EXPORT = "export"


class _Facts(NamedTuple):
    """What the chain covers of an entry."""

    sequence: int
    at: datetime
    actor: str
    action: str
    object: str
    body_hash: str

    def hash(self, before: str) -> str:
        """The hash of the entry that follows the one with the hash `before`."""
        return sha256(canonical([before, *self._replace(at=plain(self.at))]).encode()).hexdigest()


def _facts(entry: JournalEntry) -> _Facts:
    return _Facts(entry.sequence, entry.at, entry.actor, entry.action, entry.object, entry.body_hash)


def _body_hash(salt: str, body: dict[str, Any]) -> str:
    return sha256(f"{salt}{canonical(body)}".encode()).hexdigest()


def _problem(entry: JournalEntry, body: JournalBody | None, sequence: int, before: str, anchored: str | None) -> str:
    if entry.sequence != sequence:
        return f"entry {sequence} is missing"
    if _facts(entry).hash(before) != entry.hash:
        return f"entry {sequence} was altered or stands in another place"
    if body is None:
        return f"the body of entry {sequence} is missing"
    if body.body is not None and _body_hash(body.salt or "", body.body) != entry.body_hash:
        return f"the body of entry {sequence} was altered"
    if anchored not in (None, entry.hash):
        return f"entry {sequence} is another than when it was anchored: the chain was written anew"
    return ""


def _exported(last: int, hash_: str) -> str:
    return f"journal 1-{last} {hash_}"


def _write(session: Session, file: Path, head: JournalHead, last: int) -> None:
    rows = session.execute(
        select(JournalEntry, JournalBody)
        .join(JournalBody, col(JournalBody.sequence) == col(JournalEntry.sequence))
        .where(col(JournalEntry.sequence) <= last)
        .order_by(col(JournalEntry.sequence))
    ).all()
    first = {"start": head.start, "start_hash": head.start_hash, "last": last, "last_hash": rows[-1][0].hash}
    lines = [
        {**_facts(entry)._asdict(), "at": plain(entry.at), "hash": entry.hash, "salt": body.salt, "body": body.body} for entry, body in rows
    ]
    try:
        with file.open("x", encoding="utf-8") as out:
            out.writelines(canonical(line) + "\n" for line in (first, *lines))
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        raise JournalBroken(f"{file}: cannot be written ({error.strerror}); name a new file in a folder that exists.") from error
