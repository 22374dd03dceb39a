"""Everything that what is due is worked out from, at one moment, and what is said of one thing to one person."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from sqlmodel import Session, col, select

from assistant import identity
from assistant.assurance.reminding.working_time import Crew
from assistant.identity import Asker
from knowledge.registers import Isms, Person, ReminderAnswer, Site, rights, risk_method
from knowledge.registers.derived import Context, Method
from knowledge.registers.open_questions import OpenQuestion, open_questions

Steps = Mapping[str, Sequence[int]]
"""Days before the due day by rule, where the company has set its own."""


@dataclass(frozen=True)
class Due:
    """One thing to say to one person. `step` is the days before `due_on` (negative after it), `late_days` for how long it should have been said already."""

    rule: str
    register: str
    row_id: str
    due_on: date
    step: int
    person_id: str
    title: str = ""
    late_days: int = 0
    owner: str | None = None
    today: date = date.min
    urgent: bool = False
    revision: int = 1
    changed_at: datetime | None = None

    @property
    def said(self) -> tuple[str, str, date, int, str]:
        """What tells it from everything else that may be said, but for the channel."""
        return self.rule, self.row_id, self.due_on, self.step, self.person_id


@dataclass
class State:
    """Everything that what is due is worked out from, at one moment."""

    session: Session
    crew: Crew
    now: datetime
    steps: Steps = field(default_factory=dict)
    _askers: dict[str, Asker] = field(default_factory=dict)

    @cached_property
    def method(self) -> Method:
        """The company's risk method."""
        return risk_method.current(self.session)

    def context(self, today: date) -> Context:
        """What computed values are worked out under."""
        return Context(self.method, today)

    def asker(self, person_id: str) -> Asker:
        """The person with the rights of this moment."""
        if person_id not in self._askers:
            self._askers[person_id] = identity.person_asking(self.session, self.crew.people[person_id])
        return self._askers[person_id]

    @cached_property
    def questions(self) -> dict[str, list[OpenQuestion]]:
        """person -> questions of drafts that they can answer, or hear in another's place; nobody is told of a document that they may not read."""
        out: dict[str, list[OpenQuestion]] = defaultdict(list)
        for one in open_questions(self.session):
            person = self.crew.hears(one.person_id or self.crew.manager)
            if person and self.may_read(person, "document", one.document):
                out[person].append(one)
        return out

    def put_off(self, one: Due, today: date) -> bool:
        """Whether the person wants to hear of it later, or said that it is not theirs."""
        return self._later.get((one.rule, one.row_id, one.person_id), today) > today

    @cached_property
    def _later(self) -> dict[tuple[str, str, str], date]:
        query = (
            select(ReminderAnswer).where(col(ReminderAnswer.until) > self.now.date() - timedelta(days=2)).order_by(col(ReminderAnswer.id))
        )
        return {(one.rule, one.row_id, one.person_id): one.until for one in self.session.exec(query).all() if one.until}

    def may_read(self, person_id: str, register: str, row: Any) -> bool:
        """Whether the person may read a row, given by its audience, owner and author."""
        return rights.may(self.asker(person_id), "read", register, row)


def state_at(session: Session, now: datetime, steps: Steps) -> State:
    """The state of this moment."""
    people = session.scalars(select(Person)).all()
    head = session.scalar(select(Isms.owner).where(col(Isms.retired_at).is_(None)).limit(1))
    return State(session, Crew(people, session.scalars(select(Site)).all(), now, head), now, steps)
