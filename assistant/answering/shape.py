"""The one shape of an answer, whoever asks and whichever model wrote it."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

Status = Literal["answered", "partial", "silent", "refused", "clarify"]
Reason = Literal[
    "",
    "no_source",
    "no_record",
    "policy_gap",
    "method_not_recorded",
    "conflict",
    "not_approved",
    "unknown_identifier",
    "ambiguous",
    "empty_question",
    "too_long",
    "off_topic",
    "legal_verdict",
    "hide_evidence",
    "override_safety",
    "personal_data",
    "attack_help",
    "no_verdict",
    "instructions",
]


class Locator(BaseModel):
    """Where a quote stands: heading path, page, and character offsets in the document's text; or the canonical query."""

    section: str = ""
    page: int | None = None
    start: int = 0
    end: int = 0


class Citation(BaseModel):
    """A quote and the source it stands in, word for word."""

    n: int
    source_id: str
    kind: Literal["document", "control", "register", "licensed", "note"]
    title: str
    version: str = ""
    locator: Locator = Field(default_factory=Locator)
    quote: str
    url: str


class Claim(BaseModel):
    """One statement; every statement rests on at least one citation."""

    text: str
    citations: list[int]


class Table(BaseModel):
    """Rows of an exact query; `total` counts all of them, also those not shown."""

    columns: list[str]
    rows: list[list[str]]
    total: int


class Contact(BaseModel):
    """Whom to ask."""

    name: str = ""
    role: str = ""


class Answer(BaseModel):
    """An answer with everything it rests on."""

    id: str
    thread: str
    status: Status
    language: Literal["de", "en"]
    claims: list[Claim] = Field(default_factory=list)
    citations: list[Citation] = Field(default_factory=list)
    table: Table | None = None
    confidence: Literal["high", "medium", "low"] = "low"
    reason: Reason = ""
    gaps: list[str] = Field(default_factory=list)
    follow_ups: list[str] = Field(default_factory=list)
    contact: Contact | None = None
    as_of: datetime
    model: str = ""
    took_ms: int = 0
