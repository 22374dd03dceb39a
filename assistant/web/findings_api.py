"""REST for findings: raise or propose one, what waits for a decision, what one repeats and where else to look, its first action."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request, Security
from fastapi.security import APIKeyCookie, HTTPBearer
from pydantic import BaseModel, Field

from assistant.assurance.corrective import elsewhere, findings, life
from assistant.assurance.seen import Seen
from assistant.web.actions_api import Body, Lack, Made, acting, lacks
from assistant.web.failures import described
from assistant.web.registers_api import context_of
from assistant.web.security import SESSION_COOKIE, signed_in
from assistant.web.shapes import Id, Line, Text
from knowledge.registers import Finding, queries

_bearer = HTTPBearer(auto_error=False, description="A token of `annexa token create`.")
_cookie = APIKeyCookie(name=SESSION_COOKIE, auto_error=False, description="A browser that has signed in.")
router = APIRouter(
    prefix="/api/findings",
    dependencies=[Security(_bearer), Security(_cookie), Depends(signed_in)],
    responses=described(401, 403, 404, 413, 421, 422),
    tags=["findings"],
)
_Named = Annotated[Text, Field(max_length=64)]


class FindingSeen(Body):
    """What was seen that falls short of a requirement; `origin` is the same each time the same is seen."""

    title: Annotated[Text, Field(min_length=1, max_length=1_000)]
    requirement: list[_Named] = Field(default=[], max_length=50)
    evidence_seen: Annotated[Text, Field(max_length=100_000)] = ""
    gap: Annotated[Text, Field(max_length=100_000)] = ""
    grade: Literal["major", "minor", "observation", "opportunity", "area_of_concern"] = "observation"
    sources: list[Annotated[Text, Field(max_length=200)]] = Field(default=[], max_length=50)
    origin: Line = ""
    audit: _Named = ""
    site: _Named = ""
    asset: _Named = ""
    supplier: _Named = ""
    incident: _Named = ""
    owner: Annotated[Text, Field(max_length=320)] = ""
    audience: Line = "staff"

    def seen(self) -> Seen:
        """The same as the rules know it."""
        same = ("title", "evidence_seen", "gap", "origin", "audit", "site", "asset", "supplier", "incident", "owner", "audience")
        more = {name: getattr(self, name) for name in same}
        return Seen(requirement=tuple(self.requirement), grade_hint=self.grade, sources=tuple(self.sources), **more)


class ProposalLine(BaseModel):
    """An open proposal of a finding with its text, and what that lacks."""

    id: str
    title: str
    values: dict[str, Any]
    sources: list[dict[str, Any]]
    reason: str
    author: str | None
    lacking: list[Lack]


class RepeatLine(BaseModel):
    """An earlier finding that this one repeats, and by what."""

    id: str
    title: str
    grade: str
    reported_on: date | None
    same: list[str]


class PlaceLine(BaseModel):
    """Another place to look at, and why."""

    register_: Annotated[str, Field(serialization_alias="register")]
    id: str
    name: str
    why: str
    why_de: str


class Relatives(BaseModel):
    """What a finding lacks, what it repeats, and where else to look; `candidate_for_major` is for a person to decide."""

    lacking: list[Lack]
    repeats: list[RepeatLine]
    candidate_for_major: bool
    elsewhere: list[PlaceLine]


@router.post("", summary="Raise a finding", status_code=201)
def raise_finding(request: Request, wanted: FindingSeen) -> Made:
    """The finding, with its first action where its grade asks for one; a proposal of it where the asker may not record one."""
    with acting(request, wanted) as (_, _, book):
        register, id_ = findings.raise_(book, wanted.seen())
    return Made(register_=register, id=id_, lacking=lacks(findings.weak_seen(wanted.seen())))


@router.get("/proposals", summary="Open proposals of findings")
def proposals(request: Request) -> list[ProposalLine]:
    """Those that the asker may read, newest first."""
    app, asker = request.app.state.app, request.state.visit.asker
    with app.store.read() as session:
        return [
            ProposalLine(
                id=one.id, title=one.title, values=one.payload, sources=[source for source in one.sources if "source_id" in source], reason=one.reason,
                author=one.author, lacking=lacks(findings.weak_payload(one.payload)),
            )
            for one in findings.proposals(session, asker)
        ]  # fmt: skip


@router.post("/proposals", summary="Propose a finding", status_code=201)
def propose(request: Request, wanted: FindingSeen) -> Made:
    """The open proposal; the one that there is already where the same was seen before."""
    with acting(request, wanted) as (_, _, book):
        id_ = findings.propose(book, wanted.seen()).id
    return Made(register_="proposal", id=id_, lacking=lacks(findings.weak_seen(wanted.seen())))


@router.get("/{id_:path}/relatives", summary="What a finding lacks, what it repeats, where else to look")
def relatives(request: Request, id_: Id) -> Relatives:
    """Worked out from what the asker may read."""
    app, asker = request.app.state.app, request.state.visit.asker
    with app.store.read() as session:
        context = context_of(app, session)
        finding: Finding = queries.get(session, asker, findings.FINDING, id_)
        again = findings.repeats_of(session, asker, finding, (), context)
        places = elsewhere.look(session, asker, finding, context.today)
        lacking = findings.weak_row(session, asker, finding)
    return Relatives(
        lacking=lacks(lacking),
        repeats=[RepeatLine(**{name: getattr(one.finding, name) for name in ("id", "title", "grade", "reported_on")}, same=list(one.same)) for one in again.found],
        candidate_for_major=again.candidate,
        elsewhere=[PlaceLine(register_=one.register, id=one.id, name=one.name, why=one.said("en"), why_de=one.said("de")) for one in places],
    )  # fmt: skip


@router.post("/{id_:path}/actions", summary="Begin a corrective action of a finding", status_code=201)
def begin(request: Request, id_: Id, given: Body) -> Made:
    """A new action in state reported, due by the finding's grade."""
    with acting(request, given) as (_, asker, book):
        made = life.start(book, queries.get(book.session, asker, findings.FINDING, id_)).id
    return Made(register_=life.ACTION, id=made)
