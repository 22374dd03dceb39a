"""The outbox: each thing is done once, whatever breaks, and what is in doubt is seen."""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from assistant.assurance import outbox
from connectors.base import ConnectorError
from knowledge.registers import Outbox, Store
from tests.engines import Engine

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)


class Killed(BaseException):
    """The process is gone."""


class Elsewhere:
    """Another system with its own ledger, and a sender to it whose process may be killed, or whose answer may be lost."""

    def __init__(self, *, searchable: bool = True) -> None:
        self.ledger: Counter[str] = Counter()
        self.faults: list[object] = []
        self.closed: set[str] = set()
        self.ended: list[tuple[str, str]] = []
        self.searchable = searchable

    def unwanted(self, session: Session, entry: Outbox, now: datetime) -> str:
        return "closed meanwhile" if entry.row_id in self.closed else ""

    def find(self, entry: Outbox, now: datetime) -> str | None:
        if not self.searchable:
            raise outbox.Doubtful("this system cannot be searched")
        if entry.posted_at and now - entry.posted_at < timedelta(minutes=2):
            raise outbox.Doubtful("its search lags", timedelta(minutes=2))
        return f"there-{entry.key}" if self.ledger[entry.key] else None

    def send(self, entry: Outbox) -> str:
        fault = self.faults.pop(0) if self.faults else None
        if fault == "killed before":
            raise Killed
        if isinstance(fault, ConnectorError) and not fault.doubtful:
            raise fault
        self.ledger[entry.key] += 1
        if fault == "killed after":
            raise Killed
        if isinstance(fault, ConnectorError):
            raise fault
        return f"there-{entry.key}"

    def done(self, session: Session, entry: Outbox, now: datetime) -> None:
        self.ended.append((entry.key, entry.state))


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def store(tmp_path: Path, engine: Engine) -> Iterator[Store]:
    store = Store(engine.url(tmp_path))
    store.migrate()
    yield store
    store.close()


def planned(store: Store, *keys: str) -> None:
    with store.write() as session:
        for key in keys:
            outbox.plan(session, key, "task", "corrective_action", key.removeprefix("task|"), {}, NOW)


def entry(store: Store, key: str) -> Outbox:
    with store.read() as session:
        return session.exec(select(Outbox).where(Outbox.key == key)).one()


def run(store: Store, sender: Elsewhere, clock: Clock, rounds: int = 1, step: timedelta = timedelta(minutes=3), holder: str = "a") -> None:
    for _ in range(rounds):
        with suppress(Killed):
            outbox.work(store, {"task": sender}, clock, holder)
        clock.now += step


def test_deciding_twice_is_deciding_once(store: Store) -> None:
    with store.write() as session:
        assert outbox.plan(session, "task|CA-1", "task", "corrective_action", "CA-1", {}, NOW)
        assert not outbox.plan(session, "task|CA-1", "task", "corrective_action", "CA-1", {}, NOW)
    sender = Elsewhere()
    run(store, sender, Clock(), 3)
    assert sender.ledger == {"task|CA-1": 1}
    assert entry(store, "task|CA-1").ref == "there-task|CA-1"


@pytest.mark.parametrize("fault", ["killed before", "killed after", ConnectorError("time-out", False, doubtful=True)], ids=str)
def test_what_may_have_happened_is_looked_for_before_it_is_done_again(store: Store, fault: object) -> None:
    planned(store, "task|CA-1")
    sender, clock = Elsewhere(), Clock()
    sender.faults = [fault]
    run(store, sender, clock, 6)
    assert sender.ledger == {"task|CA-1": 1}
    assert entry(store, "task|CA-1").state == "sent"


def test_where_the_other_system_cannot_tell_a_person_decides(store: Store) -> None:
    planned(store, "task|CA-1")
    sender, clock = Elsewhere(searchable=False), Clock()
    sender.faults = ["killed after"]
    run(store, sender, clock, 6)
    assert (entry(store, "task|CA-1").state, sender.ledger["task|CA-1"]) == ("doubtful", 1)
    with store.write() as session:
        found = session.exec(select(Outbox)).one()
        outbox.settle(session, found, sender, "ABC-7", NOW)
    assert (entry(store, "task|CA-1").state, entry(store, "task|CA-1").ref) == ("sent", "ABC-7")
    with store.write() as session, pytest.raises(ValueError, match="is sent: only what is doubtful or failed"):
        outbox.settle(session, session.exec(select(Outbox)).one(), sender, None, NOW)


def test_what_will_not_get_better_by_waiting_fails_and_may_be_done_anew(store: Store) -> None:
    planned(store, "task|CA-1")
    sender, clock = Elsewhere(), Clock()
    sender.faults = [ConnectorError("the token is refused: set a new one", True)]
    run(store, sender, clock, 2)
    assert (entry(store, "task|CA-1").state, entry(store, "task|CA-1").error) == ("failed", "the token is refused: set a new one")
    with store.write() as session:
        outbox.settle(session, session.exec(select(Outbox)).one(), sender, None, clock.now)
    run(store, sender, clock)
    assert sender.ledger == {"task|CA-1": 1}


def test_a_service_that_asks_to_be_left_alone_is_left_alone_that_long(store: Store) -> None:
    planned(store, "task|CA-1")
    sender, clock = Elsewhere(), Clock()
    sender.faults = [ConnectorError("too many", False, wait=600)]
    run(store, sender, clock, step=timedelta(seconds=599))
    run(store, sender, clock, step=timedelta(seconds=2))
    assert not sender.ledger
    run(store, sender, clock)
    assert sender.ledger == {"task|CA-1": 1}


def test_an_outage_longer_than_all_tries_ends_with_a_person_and_loses_nothing(store: Store) -> None:
    planned(store, "task|CA-1")
    sender, clock = Elsewhere(), Clock()
    sender.faults = [ConnectorError("away", False) for _ in range(99)]
    run(store, sender, clock, 20, timedelta(hours=8))
    assert (entry(store, "task|CA-1").state, entry(store, "task|CA-1").attempts) == ("failed", outbox.TRIES)


def test_what_no_longer_matters_is_not_done(store: Store) -> None:
    planned(store, "task|CA-1")
    sender = Elsewhere()
    sender.closed = {"CA-1"}
    run(store, sender, Clock())
    assert sender.ended == [("task|CA-1", "cancelled")]
    assert entry(store, "task|CA-1").error == "closed meanwhile"


def test_a_clock_set_back_neither_repeats_nor_forgets(store: Store) -> None:
    planned(store, "task|CA-1", "task|CA-2")
    sender, clock = Elsewhere(), Clock()
    sender.faults = ["killed after"]
    run(store, sender, clock)
    clock.now = NOW - timedelta(hours=1)
    run(store, sender, clock, 40)
    assert sender.ledger == {"task|CA-1": 1, "task|CA-2": 1}
    assert {entry(store, key).state for key in sender.ledger} == {"sent"}


@pytest.mark.parametrize("seed", range(6))
def test_through_random_faults_each_is_done_once_or_seen_in_doubt(store: Store, seed: int) -> None:
    chance = random.Random(seed)
    keys = [f"task|CA-{number}" for number in range(20)]
    planned(store, *keys)
    sender, clock = Elsewhere(searchable=bool(seed % 2)), Clock()
    faults = ["killed before", "killed after", ConnectorError("x", False), ConnectorError("x", False, doubtful=True), None]
    sender.faults = [chance.choice(faults) for _ in range(60)]
    for round_ in range(120):
        clock.now += timedelta(minutes=chance.choice((1, 7, -30, 120)))
        run(store, sender, clock, holder=f"worker {round_ % 2}")
    for key in keys:
        assert sender.ledger[key] <= 1
        assert entry(store, key).state in ("sent", "doubtful")
        assert sender.ledger[key] == 1 or entry(store, key).state == "doubtful"
