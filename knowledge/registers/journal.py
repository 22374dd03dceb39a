"""The journal: who did what to which row and when, in a chain of hashes that shows any alteration."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlalchemy import Column as SqlColumn
from sqlmodel import Field, SQLModel

from knowledge.registers.rows import utc_now


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
    seal: str = ""
    changed_at: datetime = Field(default_factory=utc_now)
