"""What the assistant proposes, and what goes out to other systems."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlalchemy import Column as SqlColumn
from sqlmodel import Field, SQLModel

from knowledge.registers.columns import About, Codes, about, code, long, moment, person, text
from knowledge.registers.rows import Row, utc_now

PROPOSAL_STATES = Codes(
    open=("open|waiting|pending", "offen|wartet"),
    accepted=("accepted|approved", "angenommen|freigegeben"),
    rejected=("rejected|declined", "abgelehnt"),
    withdrawn=("withdrawn", "zurückgezogen"),
)
ACTIONS = Codes(create=("create|new", "anlegen|neu"), change=("change", "ändern"), retire=("take out|retire", "herausnehmen"))


class Proposal(Row, table=True):
    """A change that somebody, or the assistant, would make; a person with the right accepts, edits or rejects it."""

    about: ClassVar[About] = about(
        "proposal", "PR", "proposal/proposals|draft/drafts", "Vorschlag/Vorschläge|Entwurf/Entwürfe", personal=True
    )
    title: str = text("title|name", "Titel|Name", required=True, index=True)
    register_name: str = text("register|what", "Register|was", head="register", required=True, index=True)
    action: str = code(ACTIONS, "action", "Aktion", default="create")
    row_id: str = text("row", "Zeile", index=True)
    payload: dict[str, Any] = Field(
        default_factory=dict, sa_column=SqlColumn(JSON, nullable=False, info={"internal": "the proposed values"})
    )
    sources: list[Any] = Field(default_factory=list, sa_column=SqlColumn(JSON, nullable=False, info={"internal": "citations it rests on"}))
    reason: str = long("reason", "Begründung")
    author: str | None = person("author|proposed by", "Verfasser|vorgeschlagen von")
    owner: str | None = person("to be decided by|owner", "zu entscheiden von|Verantwortliche/r")
    model: str = text("model", "Modell")
    prompt_hash: str = text("prompt hash", "Hash des Prompts")
    state: str = code(PROPOSAL_STATES, "state|status", "Stand|Status", default="open")
    decided_by: str | None = person("decided by", "entschieden von")
    decided_at: datetime | None = moment("decided at|decided on", "entschieden am")
    decision_reason: str = long("reason for the decision", "Begründung der Entscheidung")


class Outbox(SQLModel, table=True):
    """Something to be done in another system after the commit, at most once: a task to file, a message to post.

    `key` is unique, so that deciding twice is deciding once. `state` is planned, claimed, sent, doubtful, failed or cancelled;
    a claimed one whose `lease_until` has passed may have happened, and is looked for there before anything is done again.
    `ref` is what the other system calls it.
    """

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True, index=True)
    kind: str = Field(index=True)
    register_name: str = ""
    row_id: str = Field(default="", index=True)
    payload: dict[str, Any] = Field(default_factory=dict, sa_column=SqlColumn(JSON, nullable=False))
    state: str = Field(default="planned", index=True)
    attempts: int = 0
    next_try: datetime | None = Field(default=None, index=True)
    lease_until: datetime | None = None
    holder: str = ""
    posted_at: datetime | None = None
    ref: str = ""
    error: str = ""
    created_at: datetime = Field(default_factory=utc_now)
    done_at: datetime | None = None


class ExternalRef(SQLModel, table=True):
    """Where a row lives in a tracker: its key and address there, and what was last seen of it."""

    __tablename__ = "external_ref"
    __table_args__ = (Index("ix_external_ref_row", "kind", "row_id", "tracker", unique=True),)
    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(index=True)
    row_id: str = Field(index=True)
    tracker: str = Field(index=True)
    key: str = Field(index=True)
    url: str = ""
    last_state: str = ""
    seen: dict[str, Any] = Field(default_factory=dict, sa_column=SqlColumn(JSON, nullable=False))
    seen_at: datetime | None = None
    missing_at: datetime | None = None
    created_at: datetime = Field(default_factory=utc_now)


class ExternalComment(SQLModel, table=True):
    """A comment on a task, theirs or ours, kept once by what the tracker calls it."""

    __tablename__ = "external_comment"
    __table_args__ = (UniqueConstraint("ref_id", "external_id"),)
    id: int | None = Field(default=None, primary_key=True)
    ref_id: int = Field(foreign_key="external_ref.id", index=True)
    external_id: str
    ours: bool = False
    author: str = ""
    text: str = ""
    written_at: datetime | None = None
    created_at: datetime = Field(default_factory=utc_now)
