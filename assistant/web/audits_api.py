"""REST for the certification cycle and the audit programme: windows, moves, coverage, proposals, samples, clones, pictures."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response, Security
from fastapi.security import APIKeyCookie, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field

from assistant.app import App
from assistant.assurance import pictures
from assistant.assurance.auditing import audit_programme, coverage, cycle, moving, sampling
from assistant.assurance.auditing.audit_programme import PlannedAudit
from assistant.assurance.auditing.cycle import Cycle
from assistant.assurance.auditing.sampling import Sample
from assistant.assurance.plant import Plant, proposing, reading, writing
from assistant.assurance.steering import programme
from assistant.phrases import phrases
from assistant.web.audits import moved
from assistant.web.failures import described
from assistant.web.security import SESSION_COOKIE, on_behalf, signed_in
from assistant.web.shapes import Id, Line, SomeDay, Text
from knowledge.errors import NoSuchRow, Problem, RowRefused

_bearer = HTTPBearer(auto_error=False, description="A token of `annexa token create`.")
_cookie = APIKeyCookie(name=SESSION_COOKIE, auto_error=False, description="A browser that has signed in.")
router = APIRouter(
    prefix="/api",
    dependencies=[Security(_bearer), Security(_cookie), Depends(signed_in)],
    responses=described(401, 403, 404, 413, 421, 422),
)
SOURCE = "REST"
Tongue = Annotated[Literal["en", "de"], Query(description="the language of words")]
_As = Annotated[str | None, Query(alias="as", max_length=320, description="who asks; for the owner of the data folder and the demo")]
As = Annotated[
    Annotated[Text, Field(max_length=320)] | None, Field(alias="as", description="who asks; for the owner of the data folder and the demo")
]
_PerYear = Annotated[int, Query(ge=1, le=4, description="internal audits a year")]


class WindowLine(BaseModel):
    """When an audit has to be, what is planned, and what is to be warned of."""

    type: str
    earliest: date | None
    latest: date | None
    suggested: date | None
    planned: date | None
    ends: date | None
    audit: str
    state: str
    warnings: list[str]


class CycleShape(BaseModel):
    """The windows of a cycle; `assumed` where the decision is still to come."""

    decided_on: date | None
    expires_on: date | None
    restore_until: date | None
    assumed: bool
    windows: list[WindowLine]
    warnings: list[str]


class MoveWanted(BaseModel):
    """An audit's type, or `decision`, and its new day; `keep` makes proposals of what moves."""

    model_config = ConfigDict(extra="forbid")

    type: Annotated[Text, Field(max_length=40)]
    to: SomeDay
    keep: bool = False
    as_: As = None


class MoveLine(BaseModel):
    """A planned audit that moves with another."""

    type: str
    audit: str
    before: date
    after: date


class MovesMade(BaseModel):
    """What moves, the cycle afterwards, and the proposals where they were asked for."""

    moves: list[MoveLine]
    cycle: CycleShape
    proposals: list[str] = []


class PlannedLine(BaseModel):
    """An internal audit that is proposed."""

    title: str
    quarter: str
    starts: date
    ends: date
    areas: list[str]
    items: list[str]
    auditor: str
    reason: str
    warnings: list[str]


class ProgrammeShape(BaseModel):
    """Proposed internal audits for the rest of the cycle."""

    first: date
    last: date
    audits: list[PlannedLine]
    uncovered: list[str]
    unnamed: list[str]


class ProgrammeWanted(BaseModel):
    """How many audits a year; `enter` writes them under the asker's rights instead of proposing them."""

    model_config = ConfigDict(extra="forbid")

    per_year: Annotated[int, Field(ge=1, le=4)] = 2
    enter: bool = False
    as_: As = None


class Made(BaseModel):
    """Ids of what was made: proposals, or rows."""

    ids: list[str]


class CoverageLine(BaseModel):
    """A clause or control, the audits that look at it, and whether an internal one has."""

    id: str
    title: str
    area: str
    weight: int
    reasons: list[str]
    state: str
    last_done: date | None
    audits: dict[str, str]


class SampleLine(BaseModel):
    """What was drawn, and the seed with which anybody draws the same."""

    kind: str
    question: str
    controls: list[str]
    population: int
    seed: str
    rows: list[dict[str, str]]
    missing: str


class SampleWanted(BaseModel):
    """The seed of a draw; the audit's id without one."""

    model_config = ConfigDict(extra="forbid")

    seed: Line = ""
    as_: As = None


class CloneWanted(BaseModel):
    """First day and title of a copy."""

    model_config = ConfigDict(extra="forbid")

    start: SomeDay
    title: Line = ""
    as_: As = None


@router.get("/cycle", summary="The certification cycle")
def get_cycle(request: Request, lang: Tongue = "en", as_: _As = None) -> CycleShape:
    """The window of each audit with what is planned in it."""
    app = app_of(request)
    with reading(app.store, on_behalf(request, as_), app.settings.moment()) as plant:
        return shape(cycle.windows(cycle.facts(plant), plant.today), lang)


@router.post("/cycle/moves", summary="What moves with an audit")
def post_moves(request: Request, wanted: MoveWanted) -> MovesMade:
    """The planned audits that leave their window; with `keep` proposals of the new dates."""
    app, asker = app_of(request), on_behalf(request, wanted.as_)
    if wanted.type not in (*cycle.TYPES, moving.DECISION):
        raise RowRefused([Problem("cycle", "", "type", wanted.type, f"choose {', '.join(cycle.TYPES)} or {moving.DECISION}")])
    with reading(app.store, asker, app.settings.moment()) as plant:
        after, moves = moving.moved(cycle.facts(plant), plant.today, wanted.type, wanted.to)
    made: list[str] = []
    if wanted.keep:
        try:
            with writing(app.store, asker, app.settings.moment(), SOURCE) as (book, plant):
                made = moved(book, plant, wanted.type, wanted.to)
        except ValueError as error:
            raise RowRefused([Problem("cycle", "", "type", wanted.type, str(error))]) from error
    lines = [MoveLine(type=one.type, audit=one.audit, before=one.before, after=one.after) for one in moves]
    return MovesMade(moves=lines, cycle=shape(after, "en"), proposals=made)


@router.get("/audit-programme", summary="Proposed internal audits")
def get_programme(request: Request, per_year: _PerYear = 2, lang: Tongue = "en", as_: _As = None) -> ProgrammeShape:
    """Internal audits so that every clause and applicable control is covered in the cycle; nothing is written."""
    app = app_of(request)
    with reading(app.store, on_behalf(request, as_), app.settings.moment()) as plant:
        first, last = span(plant)
        made = audit_programme.plan(plant, first, last, per_year)
    return ProgrammeShape(
        first=first,
        last=last,
        audits=[_planned(one, lang) for one in made.audits],
        uncovered=[one.id for one in made.uncovered],
        unnamed=list(made.unnamed),
    )


@router.post("/audit-programme", summary="Propose or enter the internal audits")
def post_programme(request: Request, wanted: ProgrammeWanted) -> Made:
    """Proposals of these audits, or the audits themselves; what is there under the same title is left out."""
    app, asker = app_of(request), on_behalf(request, wanted.as_)
    store, now = app.store, app.settings.moment()
    if wanted.enter:
        with writing(store, asker, now, SOURCE) as (book, plant):
            return Made(ids=audit_programme.enter(book, audit_programme.plan(plant, *span(plant), wanted.per_year), plant))
    with proposing(store, asker, now, SOURCE, "audit") as (book, plant):
        return Made(ids=audit_programme.propose(book, audit_programme.plan(plant, *span(plant), wanted.per_year), plant))


@router.get("/audit-coverage", summary="What audits cover")
def get_coverage(request: Request, as_: _As = None) -> list[CoverageLine]:
    """Each clause and control with the audits of the cycle that look at it."""
    app = app_of(request)
    with reading(app.store, on_behalf(request, as_), app.settings.moment()) as plant:
        covered = coverage.coverage(plant, *span(plant))
    return [
        CoverageLine(
            id=one.item.id, title=one.item.title, area=one.item.area, weight=one.item.weight, reasons=list(one.item.reasons), state=one.state,
            last_done=one.last_done, audits=dict(one.audits),
        )
        for one in covered
    ]  # fmt: skip


@router.get("/audits/{id_:path}/samples", summary="Samples for an audit")
def get_samples(
    request: Request, id_: Id, seed: Annotated[str, Query(max_length=200)] = "", lang: Tongue = "en", as_: _As = None
) -> list[SampleLine]:
    """Rows drawn for the audit's areas; the same seed draws the same rows."""
    app = app_of(request)
    with reading(app.store, on_behalf(request, as_), app.settings.moment()) as plant:
        return [sample_line(one, lang) for one in drawn(plant, id_, seed)]


@router.post("/audits/{id_:path}/samples", summary="Propose audit questions with samples")
def post_samples(request: Request, id_: Id, wanted: SampleWanted) -> Made:
    """Proposals of audit questions, each with its sample; results are for the auditor to write."""
    app, asker = app_of(request), on_behalf(request, wanted.as_)
    with proposing(app.store, asker, app.settings.moment(), SOURCE, "audit_check") as (book, plant):
        return Made(ids=sampling.propose_checks(book, id_, drawn(plant, id_, wanted.seed)))


@router.post("/audits/{id_:path}/clone", summary="Copy an audit with its questions unchecked")
def post_clone(request: Request, id_: Id, wanted: CloneWanted) -> Made:
    """The new audit; no sample, result, note or finding is taken over."""
    app, asker = app_of(request), on_behalf(request, wanted.as_)
    with writing(app.store, asker, app.settings.moment(), SOURCE) as (book, plant):
        return Made(ids=[str(audit_programme.clone(book, plant, id_, wanted.start, wanted.title).id)])


@router.get("/pictures/{name}", summary="A timeline as SVG", response_class=Response)
def picture(request: Request, name: Literal["cycle", "programme"], lang: Tongue = "en", as_: _As = None) -> Response:
    """The certification cycle or the programme as a picture."""
    app = app_of(request)
    with reading(app.store, on_behalf(request, as_), app.settings.moment()) as plant:
        if name == "cycle":
            bars, title = cycle.bars(cycle.windows(cycle.facts(plant), plant.today), lang), "Certification cycle"
        else:
            bars, title = programme.bars(plant, lang), "Programme"
        svg = pictures.timeline(bars, plant.today, phrases(lang)(title), lang)
    return Response(svg, media_type="image/svg+xml", headers={"X-Content-Type-Options": "nosniff"})


def app_of(request: Request) -> App:
    """The open App."""
    found: App = request.app.state.app
    return found


def shape(found: Cycle, lang: str) -> CycleShape:
    """The cycle as JSON."""
    lines = [
        WindowLine(**{**vars(one), "warnings": [note.said(lang) for note in one.warnings]})
        for one in found.windows
    ]  # fmt: skip
    return CycleShape(
        decided_on=found.decided_on, expires_on=found.expires_on, restore_until=found.restore_until, assumed=found.assumed, windows=lines,
        warnings=[note.said(lang) for note in found.warnings],
    )  # fmt: skip


def span(plant: Plant) -> tuple[date, date]:
    """First and last day of the programme of internal audits."""
    return coverage.span(cycle.windows(cycle.facts(plant), plant.today), plant.today)


def drawn(plant: Plant, id_: str, seed: str) -> list[Sample]:
    """The samples of an audit. Raises NoSuchRow."""
    audit = plant.row("audit", id_)
    if audit is None:
        raise NoSuchRow("audit", id_)
    return sampling.draw(plant, coverage.sampled(audit), seed.strip() or id_, sampling.since(plant, audit))


def sample_line(one: Sample, lang: str) -> SampleLine:
    """A sample as JSON."""
    rows: list[dict[str, Any]] = [{"source": row.source, "title": row.title, "because": row.because} for row in one.drawn]
    return SampleLine(
        kind=one.kind,
        question=one.asked(lang),
        controls=list(one.controls),
        population=one.population,
        seed=one.seed,
        rows=rows,
        missing=one.missing,
    )


def _planned(one: PlannedAudit, lang: str) -> PlannedLine:
    return PlannedLine(
        title=one.title, quarter=one.quarter, starts=one.starts, ends=one.ends, areas=[area.named(lang) for area in one.areas],
        items=[item.id for item in one.items], auditor=one.auditor, reason=one.reason, warnings=[note.said(lang) for note in one.warnings],
    )  # fmt: skip
