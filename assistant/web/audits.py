"""The page of audits: the certification cycle with its windows, the internal audit programme, what it covers, samples and clones."""

from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from assistant.app import App
from assistant.assurance import pictures
from assistant.assurance.auditing import audit_programme, coverage, cycle, moving, sampling
from assistant.assurance.plant import Plant, proposing, reading, writing
from assistant.identity import Asker
from assistant.phrases import phrases
from assistant.web.registers import SOURCE, enter
from assistant.web.rendering import Pages, language_of
from assistant.web.security import check_form
from assistant.web.showing import day_of
from knowledge.errors import AnnexaError, RowRefused
from knowledge.registers import rights
from knowledge.registers.audits import AUDIT_STATES, AUDIT_TYPES

router = APIRouter(include_in_schema=False)
_Field = Annotated[str, Form(max_length=200)]
_Asked = Annotated[str, Query(max_length=40)]
STATES = {**cycle.STATES, "never": ("never", "nie"), "open": ("not checked", "nicht geprüft")}


@router.get("/audits")
def audits(
    request: Request,
    move: _Asked = "",
    to: _Asked = "",
    per_year: Annotated[int, Query(ge=1, le=4)] = 2,
    made: Annotated[str, Query(max_length=500)] = "",
) -> Response:
    """The cycle and the programme; with `move` and `to` what would move with an audit."""
    return _page(request, move, to, per_year, made)


@router.post("/audits")
def act(
    request: Request, step: _Field = "", audit: _Field = "", day: _Field = "", move: _Field = "", seed: _Field = "", per_year: Annotated[int, Form(ge=1, le=4)] = 2, token: _Field = ""
) -> Response:  # fmt: skip
    """To the page with what was made: proposals of audits, of moves or of samples, audits entered, or a clone."""
    app, asker = enter(request)
    check_form(request, token)
    try:
        made = _made(app, asker, step, audit, day, move, seed, per_year)
    except (RowRefused, ValueError) as error:
        return _page(request, move, day, per_year, "", fault_of(error, language_of(request)))
    return RedirectResponse(f"/audits?{urlencode({'made': ','.join(made) or 'none', 'per_year': per_year})}", 303)


def _made(app: App, asker: Asker, step: str, audit: str, day: str, move: str, seed: str, per_year: int) -> list[str]:
    store, now = app.store, app.settings.moment()
    if step == "propose":
        with proposing(store, asker, now, SOURCE, "audit") as (book, plant):
            return audit_programme.propose(book, _programme(plant, per_year), plant)
    if step == "sample":
        with proposing(store, asker, now, SOURCE, "audit_check") as (book, plant):
            row = _row(plant, audit)
            samples = sampling.draw(plant, coverage.sampled(row), seed.strip() or row.id, sampling.since(plant, row))
            return sampling.propose_checks(book, row.id, samples)
    with writing(store, asker, now, SOURCE) as (book, plant):
        if step == "enter":
            return audit_programme.enter(book, _programme(plant, per_year), plant)
        if step == "move":
            return moved(book, plant, move, day_of(day))
        return [str(audit_programme.clone(book, plant, _row(plant, audit).id, day_of(day)).id)]


def _programme(plant: Plant, per_year: int) -> audit_programme.Programme:
    span = coverage.span(cycle.windows(cycle.facts(plant), plant.today), plant.today)
    return audit_programme.plan(plant, *span, per_year)


def _row(plant: Plant, id_: str) -> Any:
    """The audit with that id. Raises ValueError."""
    row = plant.row("audit", id_.strip())
    if row is None:
        raise ValueError(f"{id_.strip() or '-'}: there is no such audit; look at the ids in the register.")
    return row


def moved(book: Any, plant: Plant, type_: str, to: date) -> list[str]:
    """Ids of the proposals that move an audit and what hangs on it. Raises ValueError for one that is not planned."""
    given = cycle.facts(plant)
    window = cycle.windows(given, plant.today).window(type_)
    if type_ != moving.DECISION and (window is None or not window.audit or window.state in ("done", "running")):
        raise ValueError(f"{type_ or '-'}: no such audit is planned that could be moved; enter it in the register first.")
    _, moves = moving.moved(given, plant.today, type_, to)
    length = (window.ends - window.planned) if window and window.ends and window.planned else None
    return moving.propose(book, type_, window.audit if window else "", to, to + length if length is not None else None, moves)


def _page(request: Request, move: str, to: str, per_year: int, made: str, fault: str = "") -> Response:
    app, asker = enter(request)
    tongue = language_of(request)
    with reading(app.store, asker, app.settings.moment()) as plant:
        given = cycle.facts(plant)
        found = cycle.windows(given, plant.today)
        what_if: cycle.Cycle | None = None
        moves: list[moving.Move] = []
        if move in (*cycle.TYPES, moving.DECISION) and to and not fault:
            try:
                what_if, moves = moving.moved(given, plant.today, move, day_of(to))
            except ValueError as error:
                fault = fault_of(error, tongue)
        span = coverage.span(found, plant.today)
        covered = coverage.coverage(plant, *span)
        programme = audit_programme.plan(plant, *span, per_year)
        some = {one.id: one for one in plant.rows("audit") if any(one.id in line.audits for line in covered)}
        context = {
            "cycle": found, "picture": Markup(pictures.timeline(cycle.bars(found, tongue), plant.today, phrases(tongue)("Certification cycle"), tongue)),  # noqa: S704 - made by us, every text escaped
            "what_if": what_if, "moves": moves, "programme": programme, "covered": covered, "columns": sorted(some.values(), key=lambda one: (one.start_date or date.max, one.id)),
            "totals": {state: sum(one.state == state for one in covered) for state in ("done", "planned", "never")}, "per_year": per_year, "span": span,
            "audits": sorted(plant.rows("audit"), key=lambda one: one.start_date or date.max), "today": plant.today,
            "next_pack": next((one.audit for one in found.windows if one.audit and one.state != "done"), ""),
        }  # fmt: skip
    return _render(
        request, "audits/page.html", 422 if fault else 200, fault=fault, made=made, move=move, to=to, told=lambda note: note.said(tongue), area=lambda one: one.named(tongue),
        type_word=lambda code: AUDIT_TYPES[code].label(tongue) if code in AUDIT_TYPES else code, state_word=lambda code: STATES.get(code, (code, code))[tongue == "de"],
        status_word=lambda code: AUDIT_STATES[code].label(tongue) if code in AUDIT_STATES else code,
        may_enter=rights.may(asker, "create", "audit"), may_propose=rights.may(asker, "propose", "audit"), types=cycle.TYPES, **context,
    )  # fmt: skip


def _render(request: Request, template: str, status: int = 200, **context: Any) -> Response:
    pages: Pages = request.app.state.pages
    return pages.render(request, template, status, **context)


def fault_of(error: AnnexaError | ValueError, tongue: str) -> str:
    """What a person is told of a refusal."""
    return "; ".join(one.reason for one in error.problems) if isinstance(error, RowRefused) else phrases(tongue)(str(error))
