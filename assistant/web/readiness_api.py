"""REST for readiness: every check with its proof, and answers of a person where the registers cannot tell."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Security
from fastapi.security import APIKeyCookie, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field

from assistant.app import App
from assistant.assurance import readiness
from assistant.assurance.readiness import telling
from assistant.identity import Asker
from assistant.web.failures import described
from assistant.web.registers_api import context_of
from assistant.web.security import SESSION_COOKIE, on_behalf, signed_in
from assistant.web.shapes import Text

_bearer = HTTPBearer(auto_error=False, description="A token of `annexa token create`.")
_cookie = APIKeyCookie(name=SESSION_COOKIE, auto_error=False, description="A browser that has signed in.")
router = APIRouter(
    prefix="/api/readiness",
    dependencies=[Security(_bearer), Security(_cookie), Depends(signed_in)],
    responses=described(401, 403, 404, 413, 421, 422),
)
_Group = Annotated[Text, Query(max_length=64, description="one group of checks only")]
_State = Literal["yes", "no", "not_checked"]


class Said(BaseModel):
    """A sentence in English and German."""

    en: str
    de: str


class ProofLine(BaseModel):
    """A row and what it says; `kind` is good, gap, unknown or stale, `source` empty where a row is missing."""

    source: str
    id: str
    kind: str
    said: Said


class OwnerShape(BaseModel):
    """Who should act; without a person, `why` names the office to be filled."""

    person: str | None
    name: str
    why: Said


class FindingFacts(BaseModel):
    """What a finding could be proposed from; whether it is one, and of which grade, a person decides."""

    title: str
    requirement: list[str]
    evidence_seen: str
    gap: str
    grade_hint: str
    sources: list[str]
    origin: str
    audit: str
    site: str
    asset: str
    supplier: str
    incident: str
    owner: str
    audience: str


class CheckLine(BaseModel):
    """A check with its outcome; `items` are requirements of docs/requirements.md, `finding` is there where the state is no."""

    name: str
    group: str
    question: Said
    state: _State
    said: Said
    answered: bool
    rows: int
    short: int
    proof: list[ProofLine]
    todo: Said
    requirement: list[str]
    items: list[str]
    weight: str
    effort: str
    owner: OwnerShape
    finding: FindingFacts | None


class ReadinessReport(BaseModel):
    """Counts and checks over the rows that the asker may read: no verdict. `gaps` names checks in the order in which to act."""

    as_of: date
    next_audit: date | None
    note: Said
    counts: dict[str, dict[_State, int]]
    total: dict[_State, int]
    checks: list[CheckLine]
    gaps: list[str]


class AnswerGiven(BaseModel):
    """What a person saw where the registers cannot tell; `proof` says what was looked at, when, and where it lies."""

    model_config = ConfigDict(extra="forbid")

    answer: Literal["yes", "no"]
    proof: Annotated[Text, Field(min_length=1, max_length=2_000)]


class FindingProposed(BaseModel):
    """The proposal that waits for a decision."""

    proposal: str


class AnswerKept(BaseModel):
    """The answer as it is kept."""

    check: str
    answer: str
    proof: str
    person: str
    answered_at: datetime


@router.get("", summary="State of every readiness check")
def report(
    request: Request,
    group: _Group = "",
    as_: Annotated[str | None, Query(alias="as", max_length=320, description="who asks; for the owner and the demo")] = None,
) -> ReadinessReport:
    """Each check with its state, proof, what to do and whom to ask, over the rows that the asker may read."""
    app, _ = _who(request)
    asker = on_behalf(request, as_)
    with app.store.read() as session:
        made: dict[str, Any] = telling.plain(readiness.run(session, asker, context_of(app, session), group))
    return ReadinessReport.model_validate(made)


def _may_answer(request: Request) -> None:
    """A check that runs before the body is looked at: who may not answer learns nothing about its form."""
    readiness.who_answers(request.state.visit.asker)


@router.post(
    "/{name}/answer", summary="Answer a check that the registers cannot tell", status_code=201, dependencies=[Depends(_may_answer)]
)
def answer(request: Request, name: Annotated[Text, Field(max_length=100)], given: AnswerGiven) -> AnswerKept:
    """The answer of the ISMS manager with its proof; the latest counts, for a year."""
    app, asker = _who(request)
    with app.store.read() as session:
        context = context_of(app, session)
    row = readiness.answer(app.store, asker, name, given.answer, given.proof, context, app.settings.moment())
    return AnswerKept(check=name, answer=row.answer, proof=row.proof, person=row.person_id, answered_at=row.answered_at)


@router.post("/{name}/finding", summary="Propose a finding from a check that is no", status_code=201, dependencies=[Depends(_may_answer)])
def propose(request: Request, name: Annotated[Text, Field(max_length=100)]) -> FindingProposed:
    """The proposal with the facts that everybody may read; the open one where it was proposed before."""
    app, asker = _who(request)
    with app.store.read() as session:
        context = context_of(app, session)
    return FindingProposed(proposal=readiness.propose(app.store, asker, name, context, app.settings.moment()))


def _who(request: Request) -> tuple[App, Asker]:
    return request.app.state.app, request.state.visit.asker
