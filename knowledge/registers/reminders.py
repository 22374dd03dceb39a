"""What was decided to be said to whom, what they answered, who may fetch a calendar, and answers to readiness checks."""

from datetime import date, datetime

from sqlmodel import Field, SQLModel

from knowledge.registers.rows import utc_now


class Reminder(SQLModel, table=True):
    """One step of one rule for one row, person and channel; `key` is made of them and unique, so that it is said at most once.

    `step` is the days before the due day (0 on the day, negative after it). `post_key` is the key of the Outbox row whose post carries it.
    `state` is planned, sent, doubtful, failed or cancelled; `reason` says why it was cancelled.
    """

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True, index=True)
    rule: str = Field(index=True)
    register_name: str
    row_id: str = Field(index=True)
    due_on: date
    step: int = 0
    person_id: str = Field(foreign_key="person.id", index=True)
    channel: str
    state: str = Field(default="planned", index=True)
    late_days: int = 0
    post_key: str = Field(default="", index=True)
    reason: str = ""
    created_at: datetime = Field(default_factory=utc_now)


class ReminderAnswer(SQLModel, table=True):
    """What a person answered to a reminder: done, snooze, not_mine or ask; `key` is unique for each press of a button or use of a link."""

    __tablename__ = "reminder_answer"
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True, index=True)
    person_id: str = Field(foreign_key="person.id", index=True)
    rule: str
    register_name: str
    row_id: str = Field(index=True)
    answer: str
    until: date | None = None
    reason: str = ""
    created_at: datetime = Field(default_factory=utc_now)


class CalendarLink(SQLModel, table=True):
    """A secret address of a calendar, of one person or (without one) of the plan; only the keyed hash of the secret is kept."""

    __tablename__ = "calendar_link"
    id: int | None = Field(default=None, primary_key=True)
    person_id: str | None = Field(default=None, foreign_key="person.id", index=True)
    digest: str = Field(unique=True, index=True)
    created_by: str | None = Field(default=None, foreign_key="person.id")
    created_at: datetime = Field(default_factory=utc_now)
    revoked_at: datetime | None = None


class ReadinessAnswer(SQLModel, table=True):
    """What a person answered, with what proves it, to a readiness check that the registers cannot tell; the latest counts."""

    __tablename__ = "readiness_answer"
    id: int | None = Field(default=None, primary_key=True)
    check_name: str = Field(index=True)
    answer: str
    proof: str = ""
    person_id: str = Field(foreign_key="person.id")
    answered_at: datetime = Field(default_factory=utc_now)
