"""Reminders under any order of events: items made, moved, closed, reopened; time passing and set back; crashes and restarts."""

import tempfile
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule
from sqlmodel import select

from connectors.base import ConnectorError
from knowledge.registers import Outbox, Reminder
from tests.records import a_store
from tests.test_delivery import MONDAY, Killed, Office

FAULTS = st.sampled_from(["killed before", "killed after", ConnectorError("lost", False, doubtful=True), ConnectorError("away", False)])


class Life(RuleBasedStateMachine):
    """One office; what arrived is judged by what the mail server kept."""

    actions = Bundle("actions")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.office = Office(a_store(Path(self.folder.name)))
        self.closed: set[str] = set()
        self.seen = 0

    def teardown(self) -> None:
        self.office.store.close()
        self.folder.cleanup()

    @rule(target=actions, days=st.integers(-20, 20))
    def make(self, days: int) -> str:
        return self.office.action((self.office.now - MONDAY).days + days)

    @rule(action=actions, days=st.integers(-5, 30))
    def move(self, action: str, days: int) -> None:
        self.office.change(action, due_date=self.office.now.date() + timedelta(days=days))

    @rule(action=actions)
    def close(self, action: str) -> None:
        self.office.change(action, state="closed")
        self.closed.add(action)

    @rule(action=actions)
    def reopen(self, action: str) -> None:
        self.office.change(action, state="reopened")
        self.closed.discard(action)

    @rule(hours=st.sampled_from([1, 8, 24, 24 * 7, 24 * 40, -1, -25]))
    def tick(self, hours: int) -> None:
        self.office.now += timedelta(hours=hours)
        self.run()

    @rule(faults=st.lists(FAULTS, min_size=1, max_size=3))
    def crash(self, faults: list[object]) -> None:
        self.office.mail.faults = faults
        self.run()
        self.office.mail.faults = []

    @rule()
    def plan(self) -> None:
        self.office.delivery.plan(self.office.now)

    @rule(target=actions)
    def restart(self) -> object:
        now = self.office.now
        self.office = Office(self.office.store, mail=self.office.mail)
        self.office.now = now
        return multiple()

    def run(self) -> None:
        with suppress(Killed):
            self.office.delivery.run(lambda: self.office.now, "a")

    @invariant()
    def no_message_arrives_twice(self) -> None:
        keys = [key for _, _, key in self.office.mail.given]
        assert len(keys) == len(set(keys))

    @invariant()
    def nothing_is_said_of_what_is_closed(self) -> None:
        fresh = self.office.mail.texts[self.seen :]
        self.seen += len(fresh)
        assert not [action for action in self.closed for text in fresh if action in text]

    @invariant()
    def every_reminder_is_in_one_message_taken_back_or_visibly_in_doubt(self) -> None:
        given = {key for _, _, key in self.office.mail.given}
        with self.office.store.read() as session:
            posts = {post.key: post for post in session.exec(select(Outbox)).all()}
            for one in session.exec(select(Reminder)).all():
                post = posts[one.post_key]
                assert one.state != "sent" or one.post_key in given
                assert one.state not in ("doubtful", "failed") or post.state in ("doubtful", "failed")
                assert one.state != "planned" or post.state in ("planned", "claimed") or one.post_key in given
            assert all(posts[key].state in ("sent", "doubtful", "claimed", "planned") for key in given)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))
