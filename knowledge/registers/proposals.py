"""What the assistant proposes, and what goes out to other systems."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON
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
    """Something to be done outside after the commit, once; `key` is unique, so that deciding twice is deciding once."""

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True, index=True)
    kind: str = Field(index=True)
    payload: dict[str, Any] = Field(default_factory=dict, sa_column=SqlColumn(JSON, nullable=False))
    state: str = Field(default="waiting", index=True)
    attempts: int = 0
    not_before: datetime | None = Field(default=None, index=True)
    claimed_at: datetime | None = None
    done_at: datetime | None = None
    error: str = ""
    created_at: datetime = Field(default_factory=utc_now)


class ExternalRef(SQLModel, table=True):
    """Where a row lives in a tracker: its key and address there, and the state last seen."""

    __tablename__ = "external_ref"
    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(index=True)
    row_id: str = Field(index=True)
    tracker: str = Field(index=True)
    key: str = Field(index=True)
    url: str = ""
    last_state: str = ""
    seen_at: datetime | None = None
    created_at: datetime = Field(default_factory=utc_now)
