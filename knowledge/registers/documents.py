"""Documents, their versions, and the passages that everything quotable is cut into."""

from datetime import date, datetime

from sqlalchemy import Column, LargeBinary
from sqlmodel import Field, SQLModel

from knowledge.registers.people import utc_now

STATES = ("draft", "in_review", "changes_requested", "approved", "retired")
KINDS = ("document", "control", "register", "licensed", "note", "question", "example")


class Document(SQLModel, table=True):
    """A policy, procedure or record of the company, or its licensed copy of a standard."""

    number: str = Field(primary_key=True)
    title: str
    kind: str = "document"
    framework: str = ""
    owner: str = ""
    audience: str = "staff"
    language: str = "en"
    path: str = Field(default="", index=True)
    created_at: datetime = Field(default_factory=utc_now)
    changed_at: datetime = Field(default_factory=utc_now)


class DocumentVersion(SQLModel, table=True):
    """One state of a document; `text` is what passages are cut from, character by character.

    The newest row of a document is its current version; older ones stay, so that what was quoted can still be opened.
    `tampered` says that it holds orders to assistants.
    """

    __tablename__ = "document_version"
    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(foreign_key="document.number", index=True)
    version: str
    state: str = "approved"
    approved_on: date | None = None
    next_review: date | None = None
    approver: str = ""
    file_name: str = ""
    file_hash: str = Field(default="", index=True)
    text: str = ""
    remarks: str = ""
    tampered: bool = False
    current: bool = Field(default=True, index=True)
    loaded_at: datetime = Field(default_factory=utc_now)


class Passage(SQLModel, table=True):
    """A piece of text that can be found and quoted; a `question` only leads to its source and is never quoted.

    `text` is `DocumentVersion.text[start:end]`. `hash` names what the encoder reads (heading and sentences).
    """

    id: str = Field(primary_key=True)
    source_id: str = Field(index=True)
    kind: str = Field(index=True)
    version_id: int | None = Field(default=None, foreign_key="document_version.id", index=True)
    ordinal: int = 0
    heading: str = ""
    page: int | None = None
    start: int = 0
    end: int = 0
    text: str
    language: str = "en"
    audience: str = "staff"
    hash: str = Field(index=True)
    current: bool = Field(default=True, index=True)


class Vector(SQLModel, table=True):
    """What one encoder made of one text: float32 vector, int8 token vectors (projected), and the part each token is in."""

    hash: str = Field(primary_key=True)
    encoder: str = Field(primary_key=True)
    number_type: str
    vector: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    tokens: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    parts: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class Projection(SQLModel, table=True):
    """The directions on which an encoder's token vectors are kept, [dimension, kept] float32."""

    encoder: str = Field(primary_key=True)
    dimension: int
    kept: int
    matrix: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
