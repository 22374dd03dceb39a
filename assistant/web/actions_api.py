"""REST for corrective actions: take a step, extend, accept, how old they are, the printed 8D."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Request, Response, Security
from fastapi.security import APIKeyCookie, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from assistant import printing
from assistant.app import App
from assistant.assurance.corrective import actions, ageing, eight_d, life
from assistant.assurance.corrective.actions import Missing
from assistant.identity import Asker
from assistant.web.failures import described
from assistant.web.files import file_of
from assistant.web.security import SESSION_COOKIE, on_behalf, signed_in
from assistant.web.shapes import Day, Id, Line, Text
from knowledge.errors import ChangedMeanwhile
from knowledge.registers import CorrectiveAction, queries, records
from knowledge.registers.records import Records

_bearer = HTTPBearer(auto_error=False, description="A token of `annexa token create`.")
_cookie = APIKeyCookie(name=SESSION_COOKIE, auto_error=False, description="A browser that has signed in.")
router = APIRouter(
    prefix="/api",
    dependencies=[Security(_bearer), Security(_cookie), Depends(signed_in)],
    responses=described(401, 403, 404, 413, 421, 422),
    tags=["corrective actions"],
)
SOURCE = "REST"
_Revision = Annotated[int, Field(ge=1, le=2**53, description="the revision that was read; another one is refused with 409")]
_As = Annotated[
    Annotated[Text, Field(max_length=320)] | None, Field(alias="as", description="who acts; for the owner of the data folder and the demo")
]
_Value = Annotated[Text, Field(max_length=100_000)] | list[Annotated[Text, Field(max_length=64)]] | None


class Body(BaseModel):
    """What is common to all: `as` says who acts."""

    model_config = ConfigDict(extra="forbid")

    as_: _As = None


class StepWanted(Body):
    """A step: the state to go to, and what is filled in with it, by column."""

    to: Line
    revision: _Revision | None = None
    values: dict[Line, _Value] = Field(default={}, max_length=40)


class ExtensionWanted(Body):
    """A later due day; whoever sends it approves it."""

    due_date: Day
    reason: Line = ""
    revision: _Revision | None = None


class Accepted(Body):
    """That an action is accepted, so that its task is filed."""

    revision: _Revision | None = None


class Lack(BaseModel):
    """Something that is missing: the column to fill in, and what to say there."""

    column: str
    en: str
    de: str


class Way(BaseModel):
    """A state that may follow: whether the asker may take the step, what it takes, and what it would lack today."""

    to: str
    allowed: bool
    columns: list[str]
    missing: list[Lack]


class ActionStands(BaseModel):
    """Where an action stands; `gaps` are what its state should have and a file did not bring."""

    id: str
    state: str
    revision: int
    owner: str | None
    due_date: date | None
    original_due_date: date | None
    accepted: bool
    ways: list[Way]
    gaps: list[Lack]


class Made(BaseModel):
    """The row that came of it: a finding, a proposal of one, or a corrective action."""

    register_: Annotated[str, Field(serialization_alias="register")]
    id: str
    lacking: list[Lack] = []


class AgeLine(BaseModel):
    """How old an open action is, in days."""

    id: str
    grade: str
    owner: str
    days_open: int
    days_late: int
    days_still: int


class AgeGroup(BaseModel):
    """Open actions of a grade or an owner; `stretches` counts those open up to 30, 60, 90, 180 days and longer."""

    name: str
    count: int
    late: int
    oldest: int
    middle: int
    longest_late: int
    longest_still: int
    stretches: list[int]


class Ageing(BaseModel):
    """Ages of the open actions that the asker may read, as of a day."""

    as_of: date
    ages: list[AgeLine]
    by_grade: list[AgeGroup]
    by_owner: list[AgeGroup]


@router.get("/actions/ageing", summary="How old the open corrective actions are")
def ages(request: Request) -> Ageing:
    """Days open, late, and since the last step; the same by grade and by owner."""
    app, asker = _who(request)
    with app.store.read() as session:
        rows = queries.rows(session, asker, life.ACTION, CorrectiveAction.state != "closed")
        found = ages_of(session, asker, rows, app.settings.today())
    by_grade, by_owner = (
        [AgeGroup.model_validate({**asdict(one), "stretches": list(one.stretches)}) for one in ageing.grouped(found, by)]
        for by in ("grade", "owner")
    )
    return Ageing(as_of=app.settings.today(), ages=[AgeLine(**asdict(one)) for one in found], by_grade=by_grade, by_owner=by_owner)


@router.get("/actions/{id_:path}/transitions", summary="Which steps an action may take, and what each lacks")
def transitions(request: Request, id_: Id) -> ActionStands:
    """Where it stands, and each way from there."""
    app, asker = _who(request)
    return _stands(app, asker, id_)


@router.post("/actions/{id_:path}/transitions", summary="Take a step of a corrective action", responses=described(409))
def step(request: Request, id_: Id, wanted: StepWanted) -> ActionStands:
    """Where it stands after the step; 422 with all that is missing, 409 where somebody else was faster."""
    with acting(request, wanted) as (app, asker, book):
        life.move(book, id_, wanted.to, wanted.values, wanted.revision)
    return _stands(app, asker, id_)


@router.post("/actions/{id_:path}/extension", summary="Extend the due day of a corrective action", responses=described(409))
def extend(request: Request, id_: Id, wanted: ExtensionWanted) -> ActionStands:
    """Where it stands with its later day, which the asker has approved; its owner is refused."""
    with acting(request, wanted) as (app, asker, book):
        life.extend(book, id_, wanted.due_date, wanted.reason, wanted.revision)
    return _stands(app, asker, id_)


@router.post("/actions/{id_:path}/acceptance", summary="Accept a corrective action", responses=described(409))
def accept(request: Request, id_: Id, wanted: Accepted) -> ActionStands:
    """Where it stands, accepted: from now on it is to have its task."""
    with acting(request, wanted) as (app, asker, book):
        life.accept_action(book, id_, wanted.revision)
    return _stands(app, asker, id_)


@router.get("/actions/{id_:path}/report", summary="The printed 8D report", response_class=Response)
def report(request: Request, id_: Id, form: Literal["docx", "pdf"] = "pdf", lang: Literal["en", "de"] = "en") -> Response:
    """The action in eight steps as a company document."""
    app, asker = _who(request)
    with app.store.read() as session:
        text, head = eight_d.report(session, asker, queries.get(session, asker, life.ACTION, id_), app.settings.moment(), lang)
    made = printing.docx(text, head) if form == "docx" else printing.pdf(text, head)
    return file_of(made, form, f"{head.number}-8D")


def ages_of(session: Session, asker: Asker, rows: list[CorrectiveAction], today: date) -> list[ageing.Age]:
    """Ages of those of the actions that are open, with the grades of their findings."""
    grades = {one.id: one.grade for one in queries.rows(session, asker, "finding")}
    return ageing.ages(rows, grades, today)


@contextmanager
def acting(request: Request, body: Body) -> Iterator[tuple[App, Asker, Records]]:
    """What writes for whoever acts; somebody else's faster change is a conflict."""
    app, _ = _who(request)
    asker = on_behalf(request, body.as_)
    try:
        with records.writing(app.store, asker, app.settings.moment(), SOURCE) as book:
            yield app, asker, book
    except ChangedMeanwhile as error:
        raise HTTPException(HTTPStatus.CONFLICT, str(error)) from error


def _stands(app: App, asker: Asker, id_: str) -> ActionStands:
    with app.store.read() as session:
        action: CorrectiveAction = queries.get(session, asker, life.ACTION, id_)
        lacking = life.possible(session, asker, action, app.settings.moment())
        gaps = actions.gaps(action, life.proofs(session, id_, None))
    ways = [
        Way(to=to, allowed=life.may_take(asker, action, to), columns=list(actions.columns(action.state, to)), missing=lacks(found))
        for to, found in lacking.items()
    ]
    return ActionStands(
        id=action.id, state=action.state, revision=action.revision, owner=action.owner, due_date=action.due_date,
        original_due_date=action.original_due_date, accepted=action.accepted_at is not None, ways=ways, gaps=lacks(gaps),
    )  # fmt: skip


def lacks(found: list[Missing]) -> list[Lack]:
    """What is missing, as REST tells it."""
    return [Lack(**asdict(one)) for one in found]


def _who(request: Request) -> tuple[App, Asker]:
    return request.app.state.app, request.state.visit.asker
