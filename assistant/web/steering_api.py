"""REST for what steers the management system: key figures, management review, programme, improvement log."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response, Security
from fastapi.security import APIKeyCookie, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field

from assistant import printing
from assistant.assurance.plant import Plant, proposing, reading, writing
from assistant.assurance.steering import improvements, kpis, programme, progress, reviews
from assistant.web.audits_api import As, Made, Tongue, app_of
from assistant.web.failures import described
from assistant.web.files import file_of
from assistant.web.reviews import gaps_of
from assistant.web.security import SESSION_COOKIE, on_behalf, signed_in
from assistant.web.shapes import Id, Line, SomeDay, Text
from knowledge.errors import NoSuchRow

_bearer = HTTPBearer(auto_error=False, description="A token of `annexa token create`.")
_cookie = APIKeyCookie(name=SESSION_COOKIE, auto_error=False, description="A browser that has signed in.")
router = APIRouter(
    prefix="/api",
    dependencies=[Security(_bearer), Security(_cookie), Depends(signed_in)],
    responses=described(401, 403, 404, 413, 421, 422),
)
SOURCE = "REST"
_As = Annotated[str | None, Query(alias="as", max_length=320, description="who asks; for the owner of the data folder and the demo")]


class KpiLine(BaseModel):
    """A key figure with its last value; `verdict` is met, missed, alarm, no_target or no_value."""

    id: str
    name: str
    unit: str
    measure: str
    target: float | None
    direction: str
    value: float | None
    measured_on: date | None
    numerator: float | None
    denominator: float | None
    verdict: str
    points: list[tuple[date, float]]


class MeasureWanted(BaseModel):
    """The day to measure; today without one."""

    model_config = ConfigDict(extra="forbid")

    at: SomeDay | None = None
    as_: As = None


class MeasuredLine(BaseModel):
    """A value that was appended, with what it is made of and the list in which its rows stand."""

    kpi: str
    name: str
    value: float
    numerator: float | None
    denominator: float | None
    sample: int
    query: str
    rows: list[str]
    verdict: str


class SeenLine(BaseModel):
    """What a finding may be raised from."""

    title: str
    requirement: list[str]
    evidence_seen: str
    gap: str
    sources: list[str]


class MeasureMade(BaseModel):
    """What a measuring gave; `left_out` says why a key figure was not measured, `proposed` are open proposals of findings."""

    day: date
    appended: list[MeasuredLine]
    left_out: dict[str, str]
    missed: list[SeenLine]
    proposed: list[str]


class FactLine(BaseModel):
    """A fact with the row or list it stands in."""

    text: str
    source: str


class InputLine(BaseModel):
    """An input of the management review; no facts: nothing is recorded."""

    column: str
    clause: str
    title: str
    facts: list[FactLine]


class InputsWanted(BaseModel):
    """Into which review the inputs are proposed: the next planned one, or a new one, without an id."""

    model_config = ConfigDict(extra="forbid")

    review: Annotated[Text, Field(max_length=64)] = ""
    lang: Literal["en", "de"] = "en"
    as_: As = None


class DecisionWanted(BaseModel):
    """A decision of a review."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[Text, Field(min_length=1, max_length=1_000)]
    owner: Annotated[Text, Field(max_length=320)] = ""
    due: SomeDay | None = None
    description: Annotated[Text, Field(max_length=10_000)] = ""
    as_: As = None


class ReasonLine(BaseModel):
    """What a readiness check says of a task: `done` for a yes, `open` for a no."""

    state: str
    proof: str
    link: str


class ShownLine(BaseModel):
    """What the registers show of a task; `reasons` what readiness checks say of it."""

    state: str
    proof: str
    link: str
    reasons: list[ReasonLine]


class TaskLine(BaseModel):
    """A task of the programme with what the registers show beside the state that was typed; `warning` where it is hurried."""

    id: str
    name: str
    phase: str
    month: int | None
    start: date | None
    due: date | None
    owner: str | None
    state: str
    overdue: bool
    after: list[str]
    shown: ShownLine | None
    light: progress.Light
    warning: str


class StartWanted(BaseModel):
    """The first day of the twelve months; `enter` writes the tasks under the asker's rights instead of proposing them, `keep` proposes them."""

    model_config = ConfigDict(extra="forbid")

    start: SomeDay
    keep: bool = False
    enter: bool = False
    lang: Literal["en", "de"] = "en"
    as_: As = None


class PlanLine(BaseModel):
    """A task of the template with its dates."""

    template: str
    name: str
    phase: str
    start: date
    due: date
    owner: str | None
    after: list[str]


class PlanMade(BaseModel):
    """The plan, and ids of proposals or tasks where they were asked for."""

    tasks: list[PlanLine]
    ids: list[str] = []


class ShiftWanted(BaseModel):
    """A task's new due date; `keep` makes proposals of what moves."""

    model_config = ConfigDict(extra="forbid")

    task: Annotated[Text, Field(max_length=64)]
    due: SomeDay
    reason: Line = ""
    keep: bool = False
    as_: As = None


class ShiftLine(BaseModel):
    """A task on other days."""

    task: str
    name: str
    start: date | None
    due: date | None
    to_start: date | None
    to_due: date | None


class ShiftsMade(BaseModel):
    """What moves, and the proposals where they were asked for."""

    shifts: list[ShiftLine]
    proposals: list[str] = []


class LessonLine(BaseModel):
    """A lesson that is not in the improvement log yet."""

    title: str
    description: str
    origin: str
    source: str


class LessonsWanted(BaseModel):
    """For whom lessons are proposed."""

    model_config = ConfigDict(extra="forbid")

    as_: As = None


@router.get("/kpis", summary="Key figures with their course")
def get_kpis(request: Request, as_: _As = None) -> list[KpiLine]:
    """Every key figure, its values, and how the last one stands against the company's target."""
    app = app_of(request)
    with reading(app.store, on_behalf(request, as_), app.settings.moment()) as plant:
        return [
            KpiLine(
                id=one.kpi.id, name=one.kpi.name, unit=one.kpi.unit, measure=one.kpi.measure, target=one.kpi.target, direction=one.kpi.direction,
                value=one.last.value if one.last else None, measured_on=one.last.measured_on if one.last else None,
                numerator=one.last.numerator if one.last else None, denominator=one.last.denominator if one.last else None, verdict=one.verdict,
                points=[(point.day, point.value) for point in one.points],
            )
            for one in kpis.lines(plant)
        ]  # fmt: skip


@router.post("/kpis/measurements", summary="Measure the computed key figures")
def post_measurements(request: Request, wanted: MeasureWanted) -> MeasureMade:
    """A value for each, appended once a day; a second time changes nothing."""
    app, asker = app_of(request), on_behalf(request, wanted.as_)
    with writing(app.store, asker, app.settings.moment(), SOURCE) as (book, plant):
        day = wanted.at or plant.today
        report = kpis.measure(book, plant, day)
        return measured(day, report, kpis.propose(book, report.missed))


@router.get("/management-reviews/inputs", summary="Inputs of the management review")
def get_inputs(request: Request, lang: Tongue = "en", as_: _As = None) -> list[InputLine]:
    """What clause 9.3.2 asks for, from the registers of this moment."""
    app, asker = app_of(request), on_behalf(request, as_)
    with reading(app.store, asker, app.settings.moment()) as plant:
        found = reviews.inputs(plant, None, gaps_of(app, asker), lang)
    return [
        InputLine(
            column=one.column,
            clause=one.clause,
            title=one.title,
            facts=[FactLine(text=fact.text, source=fact.source) for fact in one.facts],
        )
        for one in found
    ]


@router.post("/management-reviews/inputs", summary="Propose the inputs for a review")
def post_inputs(request: Request, wanted: InputsWanted) -> Made:
    """The proposal that puts the inputs into the review."""
    app, asker = app_of(request), on_behalf(request, wanted.as_)
    gaps = gaps_of(app, asker)
    with proposing(app.store, asker, app.settings.moment(), SOURCE, "management_review") as (book, plant):
        return Made(ids=[reviews.propose(book, plant, gaps, wanted.lang, wanted.review)])


@router.post("/management-reviews/{id_:path}/decisions", summary="Record a decision of a review", status_code=201)
def post_decision(request: Request, id_: Id, wanted: DecisionWanted) -> Made:
    """The entry of the improvement log that carries the decision forward."""
    app, asker = app_of(request), on_behalf(request, wanted.as_)
    with writing(app.store, asker, app.settings.moment(), SOURCE) as (book, _):
        return Made(ids=[reviews.decide(book, id_, wanted.title, wanted.owner, wanted.due, wanted.description)])


@router.get("/management-reviews/{id_:path}/print", summary="A review as a document", response_class=Response)
def print_review(request: Request, id_: Id, form: Literal["docx", "pdf"] = "pdf", lang: Tongue = "en") -> Response:
    """The review with its inputs and decisions."""
    app, asker = app_of(request), on_behalf(request, None)
    gaps = gaps_of(app, asker)
    with reading(app.store, asker, app.settings.moment()) as plant:
        review = plant.row("management_review", id_)
        if review is None:
            raise NoSuchRow("management_review", id_)
        text, head = reviews.printed(plant, review, gaps, lang)
    made = printing.docx(text, head) if form == "docx" else printing.pdf(text, head)
    return file_of(made, form, review.id)


@router.get("/programme", summary="The programme")
def get_programme(
    request: Request,
    month: Annotated[int | None, Query(ge=1, le=36, description="only tasks of this month")] = None,
    lang: Tongue = "en",
    as_: _As = None,
) -> list[TaskLine]:
    """Its tasks with what the registers show of them."""
    app = app_of(request)
    with reading(app.store, on_behalf(request, as_), app.settings.moment()) as plant:
        tasks, more = plant.rows("programme_task"), progress.evidence(plant)
        return [task_line(plant, one, tasks, lang, more) for one in tasks if month is None or one.month == month]


@router.post("/programme", summary="Plan the twelve months")
def post_programme(request: Request, wanted: StartWanted) -> PlanMade:
    """The tasks of the template from a start date; nothing is written without `keep` or `enter`."""
    app, asker = app_of(request), on_behalf(request, wanted.as_)
    with reading(app.store, asker, app.settings.moment()) as plant:
        planned = programme.plan(plant, wanted.start)
    ids: list[str] = []
    if wanted.enter:
        with writing(app.store, asker, app.settings.moment(), SOURCE) as (book, plant):
            ids = programme.begin(book, plant, planned, wanted.lang)
    elif wanted.keep:
        with proposing(app.store, asker, app.settings.moment(), SOURCE, "programme_task") as (book, plant):
            ids = programme.propose(book, plant, planned, wanted.lang)
    lines = [
        PlanLine(template=one.template.id, name=one.template.named(wanted.lang), phase=one.template.phase, start=one.start, due=one.due, owner=one.owner,
                 after=list(one.template.after))
        for one in planned
    ]  # fmt: skip
    return PlanMade(tasks=lines, ids=ids)


@router.post("/programme/moves", summary="What moves with a task")
def post_shifts(request: Request, wanted: ShiftWanted) -> ShiftsMade:
    """The tasks that are pushed; with `keep` proposals of their new dates."""
    app, asker = app_of(request), on_behalf(request, wanted.as_)
    with reading(app.store, asker, app.settings.moment()) as plant:
        if plant.row("programme_task", wanted.task) is None:
            raise NoSuchRow("programme_task", wanted.task)
        shifts = programme.moved(plant.rows("programme_task"), wanted.task, wanted.due)
    made: list[str] = []
    if wanted.keep:
        with writing(app.store, asker, app.settings.moment(), SOURCE) as (book, plant):
            made = programme.propose_moves(book, shifts, wanted.reason or programme.because(plant, wanted.task, wanted.due))
    return ShiftsMade(shifts=[ShiftLine(**vars(one)) for one in shifts], proposals=made)


@router.get("/lessons", summary="Lessons that are not in the improvement log")
def get_lessons(request: Request, as_: _As = None) -> list[LessonLine]:
    """Lessons of incidents, observations and ideas of audits, and questions that no policy answers."""
    app, asker = app_of(request), on_behalf(request, as_)
    with reading(app.store, asker, app.settings.moment()) as plant:
        found = improvements.lessons(plant, gaps_of(app, asker))
    return [LessonLine(title=one.title, description=one.description, origin=one.origin, source=one.source) for one in found]


@router.post("/lessons", summary="Propose lessons for the improvement log")
def post_lessons(request: Request, wanted: LessonsWanted) -> Made:
    """Proposals, each lesson once."""
    app, asker = app_of(request), on_behalf(request, wanted.as_)
    gaps = gaps_of(app, asker)
    with proposing(app.store, asker, app.settings.moment(), SOURCE, "improvement") as (book, plant):
        return Made(ids=improvements.propose(book, plant, improvements.lessons(plant, gaps), plant.today))


def measured(day: date, report: kpis.Report, proposed: list[str]) -> MeasureMade:
    """A measuring as JSON."""
    lines = [
        MeasuredLine(
            kpi=one.kpi, name=one.name, value=one.measured.value or 0, numerator=one.measured.numerator, denominator=one.measured.denominator,
            sample=one.measured.sample, query=one.measured.query, rows=list(one.measured.rows), verdict=one.verdict,
        )
        for one in report.appended
    ]  # fmt: skip
    seen = [
        SeenLine(
            title=one.title, requirement=list(one.requirement), evidence_seen=one.evidence_seen, gap=one.gap, sources=list(one.sources)
        )
        for one in report.missed
    ]
    return MeasureMade(day=day, appended=lines, left_out=dict(report.left_out), missed=seen, proposed=proposed)


def task_line(plant: Plant, one: Any, tasks: Sequence[Any], lang: str, more: Mapping[str, progress.Shown]) -> TaskLine:
    """A task of the programme as JSON; `more` is what the readiness checks say."""
    found, hurried = progress.shown(plant, one, more), programme.hurried(one)
    shown = None
    if found:
        reasons = [ReasonLine(state=each.state, proof=each.proof.said(lang), link=each.link) for each in found.reasons]
        shown = ShownLine(state=found.state, proof=found.proof.said(lang), link=found.link, reasons=reasons)
    return TaskLine(
        light=progress.light(one, found),
        id=one.id, name=one.name, phase=one.phase, month=one.month, start=one.start_date, due=one.due_date, owner=one.owner, state=one.state,
        overdue=bool(one.overdue), after=programme.dependencies(one, tasks), shown=shown, warning=hurried.said(lang) if hurried else "",
    )  # fmt: skip
