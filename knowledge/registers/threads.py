"""Conversations, and the outside events that were already taken up."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from knowledge.registers.rows import utc_now


class Thread(SQLModel, table=True):
    """A conversation; it belongs to a person, or to the place where anybody may go on with it (`channel`)."""

    id: str = Field(primary_key=True)
    person_id: str | None = Field(default=None, foreign_key="person.id", index=True)
    channel: str = ""
    created_at: datetime = Field(default_factory=utc_now)


class Turn(SQLModel, table=True):
    """A question and the whole Answer it got, as JSON."""

    id: int | None = Field(default=None, primary_key=True)
    thread_id: str = Field(foreign_key="thread.id", index=True)
    question: str
    understood: str
    answer: str
    asked_at: datetime = Field(default_factory=utc_now)


class Event(SQLModel, table=True):
    """An outside event by its sender's id; the row is inserted before any work, so that a second delivery does nothing."""

    id: str = Field(primary_key=True)
    taken_at: datetime = Field(default_factory=utc_now)
