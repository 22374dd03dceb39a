"""Documents, their versions, and the passages that everything quotable is cut into."""

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, LargeBinary
from sqlalchemy import Column as SqlColumn
from sqlalchemy.orm import object_session
from sqlmodel import Field, SQLModel, col, func, or_, select

from knowledge.registers.columns import About, Codes, Column, Kind, about, code, managed, text, texts, version_column
from knowledge.registers.people import Person
from knowledge.registers.rows import utc_now

DOCUMENT_STATES = Codes(
    draft=("draft/drafts", "Entwurf/Entwürfe"),
    in_review=("in review", "in Prüfung"),
    changes_requested=("changes requested", "Änderungen verlangt"),
    approved=("approved|in force", "freigegeben|gültig"),
    retired=("retired|withdrawn", "zurückgezogen|außer Kraft"),
)
LANGUAGES = Codes(True, en=("English", "Englisch"), de=("German", "Deutsch"))
STATES = tuple(DOCUMENT_STATES)
KINDS = ("document", "control", "register", "licensed", "note", "question", "example")


class Document(SQLModel, table=True):
    """A policy, procedure or record of the company, or its licensed copy of a standard.

    In files a document is one line together with its current version. `owner` is a name or an e-mail, as its file says it.
    """

    about: ClassVar[About] = about(
        "document", "", "document/documents|policy/policies|procedure/procedures", "Dokument/Dokumente|Richtlinie/Richtlinien|Verfahren",
        header="number,title,version,state,approved_on,next_review,owner,approver,audience,language,file", key="number",
    )  # fmt: skip
    number: str = managed(Kind.TEXT, "number|id|document number", "Nummer|Dokumentnummer", primary_key=True)
    title: str = text("title|name", "Titel|Name", required=True, empty=None)
    version: ClassVar[Column] = version_column(Kind.TEXT, "version", "Version")
    state: ClassVar[Column] = version_column(Kind.CODE, "state|status", "Stand|Status", codes=DOCUMENT_STATES, default="draft")
    approved_on: ClassVar[Column] = version_column(Kind.DATE, "approved on", "freigegeben am")
    next_review: ClassVar[Column] = version_column(Kind.DATE, "next review|review due|review date", "nächste Prüfung|Prüfung fällig")
    owner: str = text("owner|responsible", "Verantwortliche/r|Eigentümer|zuständig")
    approver: ClassVar[Column] = version_column(Kind.TEXT, "approver|approved by", "Freigeber|freigegeben von")
    audience: str = managed(Kind.TEXT, "audience|readers", "Leserkreis|Zielgruppe", default="staff")
    language: str = code(LANGUAGES, "language", "Sprache", default="en", index=False)
    file_name: ClassVar[Column] = version_column(Kind.TEXT, "file", "Datei", head="file")
    kind: str = Field(default="document", sa_column_kwargs={"info": {"internal": "document, or a licensed standard"}})
    framework: str = Field(default="", sa_column_kwargs={"info": {"internal": "the standard a licensed copy is of"}})
    path: str = Field(default="", index=True, sa_column_kwargs={"info": {"internal": "where its file lies"}})
    shared_standards: str = texts("shared standards|also serves", "gemeinsame Normen|dient auch")
    source: str = managed(Kind.TEXT, "source|came from", "Herkunft|Quelle", head="came_from", default="")
    created_at: datetime = managed(Kind.DATETIME, "created|recorded", "angelegt|erfasst", default_factory=utc_now)
    changed_at: datetime = managed(Kind.DATETIME, "changed|updated", "geändert|aktualisiert", default_factory=utc_now, index=True)
    revision: int = Field(default=1)
    retired_at: datetime | None = Field(default=None)

    @property
    def owner_person(self) -> str | None:
        """The id of the person whom `owner` names: by e-mail, or by a name that nobody else has. None for nobody."""
        session, named = object_session(self), self.owner.strip().lower()
        if session is None or not named:
            return None
        handles = select(Person.id, Person.email).where(col(Person.retired_at).is_(None))
        found = session.execute(handles.where(or_(func.lower(Person.email) == named, func.lower(Person.name) == named))).all()
        by_mail = [id_ for id_, email in found if email.lower() == named]
        return by_mail[0] if by_mail else found[0][0] if len(found) == 1 else None


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


EDITABLE = ("draft", "changes_requested")
"""States of a version in which its text is being written."""


class DocumentText(SQLModel, table=True):
    """The text of a version that is written here, as Markdown, and who did what with it; a version loaded from a file has none.

    `draft` holds what it was made from: type, subject, sources, open points, answers, and the origin of each section. `written_by` are
    the ids of all who wrote in it: none of them approves it. `content_hash` is that of the approved text.
    """

    __tablename__ = "document_text"
    version_id: int = Field(foreign_key="document_version.id", primary_key=True)
    markdown: str = ""
    draft: dict[str, Any] = Field(default_factory=dict, sa_column=SqlColumn(JSON, nullable=False))
    written_by: list[str] = Field(default_factory=list, sa_column=SqlColumn(JSON, nullable=False))
    review_months: int = 12
    submitted_by: str | None = Field(default=None, foreign_key="person.id")
    submitted_at: datetime | None = None
    request: str = ""
    approved_by: str | None = Field(default=None, foreign_key="person.id")
    approved_at: datetime | None = None
    content_hash: str = ""
    created_at: datetime = Field(default_factory=utc_now)
    changed_at: datetime = Field(default_factory=utc_now)
    revision: int = 1


class DocumentComment(SQLModel, table=True):
    """What somebody said about a section of a version, and who settled it."""

    __tablename__ = "document_comment"
    id: int | None = Field(default=None, primary_key=True)
    version_id: int = Field(foreign_key="document_version.id", index=True)
    section: str = ""
    text: str
    author: str = Field(foreign_key="person.id")
    created_at: datetime = Field(default_factory=utc_now)
    settled_by: str | None = Field(default=None, foreign_key="person.id")
    settled_at: datetime | None = None


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


class PassageChange(SQLModel, table=True):
    """When a passage, or its vector, last changed on PostgreSQL: a number that grows from commit to commit. Triggers write it.

    A passage that was taken out keeps its row here.
    """

    __tablename__ = "passage_change"
    passage_id: str = Field(primary_key=True)
    sequence: int = Field(sa_type=BigInteger, index=True)


class Vector(SQLModel, table=True):
    """What one encoder made of one text: float32 vector, int8 token vectors (projected), and the part each token is in."""

    hash: str = Field(primary_key=True)
    encoder: str = Field(primary_key=True)
    number_type: str
    vector: bytes = Field(sa_column=SqlColumn(LargeBinary, nullable=False))
    tokens: bytes = Field(sa_column=SqlColumn(LargeBinary, nullable=False))
    parts: bytes = Field(sa_column=SqlColumn(LargeBinary, nullable=False))


class Projection(SQLModel, table=True):
    """The directions on which an encoder's token vectors are kept, [dimension, kept] float32."""

    encoder: str = Field(primary_key=True)
    dimension: int
    kept: int
    matrix: bytes = Field(sa_column=SqlColumn(LargeBinary, nullable=False))
