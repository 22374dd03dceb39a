"""What must be done in another system after a commit: decided once, done at most once, and where that is in doubt shown to a person.

No other system takes a key that makes a post happen once. So each thing to do is a row with a unique key, written in the
transaction that decides it; one worker claims it for a while, does it, and writes down what came of it. A claim that ran
out may have been carried out: it is looked for in the other system before anything is done again, and where that cannot
tell, it is doubtful and a person decides. Nothing is lost, nothing is repeated blindly.
"""

import logging
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import ColumnElement, and_, or_, select
from sqlmodel import Session, col

from connectors.base import ConnectorError
from knowledge.registers import Outbox, Store

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
"""How long a claim holds: longer than a post with all its tries takes."""
TRIES = 12
"""Failed tries, each after a longer pause, until a person is asked: about a day and a half in all."""
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=6)


class Sender(Protocol):
    """How one kind of thing is done in another system."""

    def unwanted(self, session: Session, entry: Outbox, now: datetime) -> str:
        """Why it is not to be done any more, asked right before it is done; empty where it still is."""

    def find(self, entry: Outbox, now: datetime) -> str | None:
        """What the other system calls what was begun at `entry.posted_at`; None where it surely was not done.

        Raises Doubtful where the other system cannot tell, or not yet; ConnectorError where it cannot be asked.
        """

    def send(self, entry: Outbox) -> str:
        """Do it; what the other system calls it. Raises ConnectorError, `doubtful` where it may have been done all the same."""

    def done(self, session: Session, entry: Outbox, now: datetime) -> None:
        """Write down what follows from the entry's state (sent, doubtful, failed or cancelled), in the same transaction."""


@dataclass(frozen=True)
class _Outcome:
    """What came of a try: the state it leads to, and whether it may have been done (`begun`) though nobody can say."""

    state: str
    ref: str = ""
    error: str = ""
    begun: bool = True
    wait: timedelta | None = None
    tried: bool = False


class Doubtful(Exception):
    """Whether it was done cannot be told; the text says why. `wait` is when to look again, None where that will not help."""

    def __init__(self, message: str, wait: timedelta | None = None) -> None:
        super().__init__(message)
        self.wait = wait


def plan(session: Session, key: str, kind: str, register: str, row_id: str, payload: Mapping[str, Any], now: datetime) -> bool:
    """True where this decided it, False where it was decided before; part of the caller's transaction."""
    if session.execute(select(col(Outbox.id)).where(col(Outbox.key) == key)).first():
        return False
    session.add(Outbox(key=key, kind=kind, register_name=register, row_id=row_id, payload=dict(payload), next_try=now, created_at=now))
    session.flush()
    return True


def work(store: Store, senders: Mapping[str, Sender], clock: Callable[[], datetime], holder: str, most: int = 1_000) -> Counter[str]:
    """Do what is due, at most so many; how many ended as sent, later, doubtful, failed, cancelled.

    What another worker has claimed is left to it. May be called by any number of workers and at any time.
    """
    ended: Counter[str] = Counter()
    for _ in range(most):
        claimed = _claim(store, senders, clock(), holder)
        if claimed is None:
            break
        entry, begun = claimed
        sender = senders[entry.kind]
        if entry.state == "cancelled":
            ended["cancelled"] += 1
            continue
        ended[_write(store, sender, entry, _carry_out(sender, entry, begun, clock()), clock())] += 1
    return ended


def settle(session: Session, entry: Outbox, sender: Sender, ref: str | None, now: datetime) -> None:
    """A person has looked at a doubtful or failed one: it was done, and is called `ref` there, or (None) is to be done now.

    Raises ValueError where it is neither.
    """
    if entry.state not in ("doubtful", "failed"):
        raise ValueError(f"{entry.key} is {entry.state}: only what is doubtful or failed is for a person to settle.")
    if ref is not None:
        _end(session, sender, entry, "sent", now, ref=ref)
        return
    entry.state, entry.next_try, entry.attempts, entry.posted_at, entry.error, entry.done_at = "planned", now, 0, None, "", None
    session.add(entry)


def _due(kinds: tuple[str, ...], now: datetime) -> ColumnElement[bool]:
    """What waits and may be tried, and what was claimed by one that has not come back; a lease from beyond its length is of a clock set back."""
    waiting = and_(col(Outbox.state) == "planned", or_(col(Outbox.next_try).is_(None), col(Outbox.next_try) <= now))
    lease = col(Outbox.lease_until)
    abandoned = and_(col(Outbox.state) == "claimed", or_(lease < now, lease > now + LEASE))
    return and_(col(Outbox.kind).in_(kinds), or_(waiting, abandoned))


def _claim(store: Store, senders: Mapping[str, Sender], now: datetime, holder: str) -> tuple[Outbox, bool] | None:
    """The next that is due and whether it was begun before: claimed for us, or cancelled because it no longer matters. None where nothing is due."""
    with store.write() as session:
        statement = select(Outbox).where(_due(tuple(senders), now)).order_by(col(Outbox.next_try), col(Outbox.id)).limit(1)
        entry = session.scalars(statement.with_for_update(skip_locked=True)).first()  # SQLite has one writer and takes no lock
        if entry is None:
            return None
        begun = entry.posted_at is not None
        if not begun and (reason := senders[entry.kind].unwanted(session, entry, now)):
            _end(session, senders[entry.kind], entry, "cancelled", now, error=reason)
        else:
            entry.state, entry.lease_until, entry.holder = "claimed", now + LEASE, holder
            entry.posted_at = entry.posted_at or now  # from here on it may have happened, whatever becomes of this process
            session.add(entry)
        return entry, begun


def _carry_out(sender: Sender, entry: Outbox, begun: bool, now: datetime) -> _Outcome:
    """Look for it where an earlier try may have done it, else do it; what is to be written down."""
    try:
        if not begun:
            return _Outcome("sent", ref=sender.send(entry))
        ref = sender.find(entry, now)
        return _Outcome("sent", ref=ref) if ref else _Outcome("planned", begun=False)
    except Doubtful as doubt:
        return _Outcome("planned" if doubt.wait else "doubtful", begun=True, wait=doubt.wait, error=str(doubt))
    except ConnectorError as error:
        log.warning("%s was not done (%s)", entry.key, error)
        unsure = begun or error.doubtful
        if entry.attempts + 1 >= TRIES or (error.permanent and not unsure):
            return _Outcome("doubtful" if unsure else "failed", begun=unsure, error=str(error), tried=True)
        pause = min(_FIRST_PAUSE * 2**entry.attempts, _LONGEST_PAUSE) * random.uniform(0.8, 1.2)
        wait = max(pause, timedelta(seconds=error.wait or 0))
        return _Outcome("planned", begun=unsure, wait=wait, error=str(error), tried=True)


def _write(store: Store, sender: Sender, ours: Outbox, outcome: _Outcome, now: datetime) -> str:
    """Write the outcome down, unless our claim ran out and another worker has the entry; that it was sent is true in any case."""
    with store.write() as session:
        entry = session.get(Outbox, ours.id, with_for_update=True)
        if entry is None:
            return "left"
        still_ours = (entry.state, entry.holder, entry.lease_until) == ("claimed", ours.holder, ours.lease_until)
        if not still_ours and (entry.state == "sent" or outcome.state != "sent"):
            return "left"
        entry.attempts += outcome.tried
        if outcome.state != "planned":
            _end(session, sender, entry, outcome.state, now, ref=outcome.ref, error=outcome.error)
            return outcome.state
        entry.state, entry.next_try, entry.error = "planned", now + (outcome.wait or timedelta(0)), outcome.error
        entry.lease_until, entry.posted_at = None, entry.posted_at if outcome.begun else None
        session.add(entry)
        return "later"


def _end(session: Session, sender: Sender, entry: Outbox, state: str, now: datetime, ref: str = "", error: str = "") -> None:
    entry.state, entry.ref, entry.error, entry.lease_until = state, ref or entry.ref, error, None
    entry.done_at = now if state in ("sent", "cancelled") else None
    session.add(entry)
    sender.done(session, entry, now)
