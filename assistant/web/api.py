"""REST under /api: ask, load documents, see how things stand."""

import threading
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter, Depends, Request, Security
from fastapi.responses import StreamingResponse
from fastapi.security import HTTPBearer
from pydantic import BaseModel, ConfigDict, Field, field_validator

from assistant import exchange, identity
from assistant.answering import LONGEST
from assistant.answering.shape import Answer, Citation, Claim
from assistant.app import App
from assistant.exchange import Options
from assistant.identity import Asker
from assistant.phrases import phrases
from assistant.web.failures import described
from assistant.web.security import on_behalf, owner_only
from assistant.web.shapes import Said, Text
from assistant.web.streaming import Tell, stream
from knowledge import controls, language
from knowledge.registers.rights import INSTALLATION, Actor

_bearer = HTTPBearer(auto_error=False, description="A token of `annexa token create`, or the data folder's own from its lock file.")
router = APIRouter(prefix="/api", dependencies=[Security(_bearer)], responses=described(401, 403, 413, 422))
_writing = threading.Lock()


class Asked(BaseModel):
    """A question; `thread` goes on with a conversation, `as` names who asks (owner of the data folder, or demo)."""

    model_config = ConfigDict(extra="forbid")

    question: Said
    thread: Text | None = Field(default=None, max_length=100, pattern=r"^[^\x00-\x1f]*$")
    as_: Text | None = Field(default=None, alias="as", max_length=320, pattern=r"^[^\x00-\x1f]*$")


class Health(BaseModel):
    """How things stand; `detail` says what is degraded."""

    status: Literal["ok", "degraded"]
    passages: int
    as_of: datetime
    detail: str = ""
    waiting: int = Field(default=0, description="passages of rows whose vectors are still to be made; they are found by their words")


class ToLoad(BaseModel):
    """A file or folder on this machine; `licensed` names the standard whose bought copy it is."""

    model_config = ConfigDict(extra="forbid")

    path: Text = Field(min_length=1, max_length=4096, pattern=r"^[^\x00]*$")
    licensed: str | None = Field(default=None, json_schema_extra={"enum": [*controls.NAMES, None]})

    @field_validator("licensed")
    @classmethod
    def _is_framework(cls, value: str | None) -> str | None:
        if value is not None and value not in controls.NAMES:
            raise ValueError(f"must be one of {', '.join(controls.NAMES)}")
        return value


class Loaded(BaseModel):
    """What became of the files, by name; refusals and remarks with their reason."""

    loaded: list[str]
    unchanged: list[str]
    removed: list[str]
    refused: list[tuple[str, str]]
    remarks: list[tuple[str, str]]
    passages: int


class ToImport(BaseModel):
    """A file of this machine and the register it goes into, with the options of `annexa import`; `as` names who loads it."""

    model_config = ConfigDict(extra="forbid")

    register_name: Text = Field(alias="register", min_length=1, max_length=64)
    path: Text = Field(min_length=1, max_length=4096, pattern=r"^[^\x00]*$")
    dry_run: bool = False
    skip_bad: bool = False
    scale: Text | None = Field(default=None, max_length=4096, pattern=r"^[^\x00]*$")
    sheet: Text = Field(default="", max_length=100)
    as_: Text | None = Field(default=None, alias="as", max_length=320, pattern=r"^[^\x00-\x1f]*$")


class Refused(BaseModel):
    """Why a row was refused: its number in the file, the heading, the value as written, and what to do."""

    row: int
    column: str
    value: str
    reason: str


class Imported(BaseModel):
    """What became of the rows of a file, or would become in a dry run; `saved` says whether anything was written."""

    register_name: str = Field(serialization_alias="register", validation_alias="register")
    file: str
    dry_run: bool
    saved: bool
    new: int
    changed: int
    unchanged: int
    refused: int
    refusals: list[Refused]
    remarks: list[str]
    scale: dict[str, dict[str, int]]


class Reindexed(BaseModel):
    """Number of passages in the index that was made again."""

    passages: int


@router.post("/ask", summary="Ask a question")
def ask(request: Request, asked: Asked) -> Answer:
    """The answer: claims, each with citations whose quotes stand word for word in their source."""
    return _ask(request, asked)(None)


@router.post(
    "/ask/stream", summary="Ask a question and follow the answer", response_class=StreamingResponse, responses=described(401, 403, 413, 422)
)
def ask_stream(request: Request, asked: Asked) -> StreamingResponse:
    """Server-sent events: `status`, `claim` (a claim with its citations, once checked), `done` (the whole answer), or `error`."""
    say = phrases(language.language_of(_short(asked.question)))

    def written(claim: Claim, citations: list[Citation]) -> dict[str, Any]:
        return {"claim": claim.model_dump(), "citations": [citation.model_dump() for citation in citations]}

    return stream(_ask(request, asked), {"text": say("Reading the sources")}, written, lambda answer: answer.model_dump(mode="json"))


@router.get("/health", summary="How things stand")
def health(request: Request) -> Health:
    """Whether answers come from the whole index."""
    app: App = request.app.state.app
    detail = app.index.dense_off or ""
    return Health(
        status="degraded" if detail else "ok",
        passages=len(app.index),
        as_of=app.settings.moment(),
        detail=detail,
        waiting=app.index.waiting,
    )


@router.post("/ingest", summary="Load documents of this machine", dependencies=[Depends(owner_only)])
def ingest(request: Request, wanted: ToLoad) -> Loaded:
    """What became of each file. Only for the owner of the data folder."""
    app: App = request.app.state.app
    with _writing:
        return Loaded.model_validate(vars(app.ingest(Path(wanted.path), wanted.licensed)))


@router.post("/import", summary="Load a table of this machine into a register", dependencies=[Depends(owner_only)])
def import_(request: Request, wanted: ToImport) -> list[Imported]:
    """What became of each row, a report for each register. Only for the owner of the data folder."""
    app: App = request.app.state.app
    options = Options(**wanted.model_dump(include={"dry_run", "skip_bad", "sheet"}), scale=Path(wanted.scale) if wanted.scale else None)
    with _writing:
        reports = exchange.load(
            app.store, _importer(app, wanted.as_), wanted.register_name, Path(wanted.path), app.settings.moment(), options
        )
    return [Imported.model_validate(asdict(report)) for report in reports]


def _importer(app: App, as_: str | None) -> Actor:
    return identity.asker(app.store, as_) if as_ else INSTALLATION


@router.post("/reindex", summary="Make the index again", dependencies=[Depends(owner_only)])
def reindex(request: Request) -> Reindexed:
    """The index made again from the database. Only for the owner of the data folder."""
    app: App = request.app.state.app
    with _writing:
        app.reindex()
    return Reindexed(passages=len(app.index))


def _ask(request: Request, asked: Asked) -> Callable[[Tell | None], Answer]:
    app: App = request.app.state.app
    asker: Asker = on_behalf(request, asked.as_)
    question = _short(asked.question)
    return lambda tell: app.ask(question, asker, asked.thread or None, tell=tell)


def _short(question: str) -> str:
    """The question, cut where it is far beyond what is answered: reading a megabyte as one word takes minutes."""
    return language.clean(question)[: LONGEST + 100]
