"""The page of the programme: tasks by phase as a timeline, what the registers show of them, a start, and what moves with a task."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from assistant.app import App
from assistant.assurance import pictures
from assistant.assurance.plant import proposing, reading, writing
from assistant.assurance.steering import programme, progress
from assistant.identity import Asker
from assistant.phrases import phrases
from assistant.web.audits import fault_of
from assistant.web.registers import SOURCE, enter
from assistant.web.rendering import Pages, language_of
from assistant.web.security import check_form
from assistant.web.showing import day_of
from knowledge.errors import RowRefused
from knowledge.registers import rights
from knowledge.registers.improvement import TASK_STATES

router = APIRouter(include_in_schema=False)
_Field = Annotated[str, Form(max_length=1_000)]
_Asked = Annotated[str, Query(max_length=64)]


@router.get("/programme")
def page(
    request: Request, start: _Asked = "", task: _Asked = "", due: _Asked = "", made: Annotated[str, Query(max_length=2_000)] = ""
) -> Response:
    """The programme; with `start` the plan of twelve months from that day, with `task` and `due` what would move."""
    return _page(request, start, task, due, made)


@router.post("/programme")
def act(request: Request, step: _Field = "", start: _Field = "", task: _Field = "", due: _Field = "", token: _Field = "") -> Response:
    """To the page with what was made: proposals of tasks, tasks, or proposals of moves."""
    app, asker = enter(request)
    check_form(request, token)
    try:
        made = _made(app, asker, step, start, task, due, language_of(request))
    except (RowRefused, ValueError) as error:
        return _page(request, "", "", "", "", fault_of(error, language_of(request)))
    return RedirectResponse(f"/programme?made={len(made)}", 303)


def _made(app: App, asker: Asker, step: str, start: str, task: str, due: str, tongue: str) -> list[str]:
    store, now = app.store, app.settings.moment()
    if step == "propose":
        with proposing(store, asker, now, SOURCE, "programme_task") as (book, plant):
            return programme.propose(book, plant, programme.plan(plant, day_of(start)), tongue)
    with writing(store, asker, now, SOURCE) as (book, plant):
        if step == "begin":
            return programme.begin(book, plant, programme.plan(plant, day_of(start)), tongue)
        shifts = programme.moved(plant.rows("programme_task"), task, day_of(due))
        return programme.propose_moves(book, shifts, programme.because(plant, task, day_of(due)))


def _page(request: Request, start: str, task: str, due: str, made: str, fault: str = "") -> Response:
    app, asker = enter(request)
    tongue = language_of(request)
    say = phrases(tongue)
    with reading(app.store, asker, app.settings.moment()) as plant:
        tasks = plant.rows("programme_task")
        planned, shifts = [], []
        try:
            planned = programme.plan(plant, day_of(start)) if start else []
            shifts = programme.moved(tasks, task, day_of(due)) if task and due else []
        except ValueError as error:
            fault = fault or fault_of(error, tongue)
        more = progress.evidence(plant)
        found = {one.id: progress.shown(plant, one, more) for one in tasks}
        ordered = sorted(tasks, key=lambda one: (one.start_date or date.max, one.id))
        context: dict[str, Any] = {
            "tasks": [(one, found[one.id], programme.hurried(one), programme.dependencies(one, tasks)) for one in ordered],
            "lights": {one.id: progress.light(one, found[one.id]) for one in tasks},
            "planned": planned, "shifts": shifts, "names": {one.id: one.name for one in plant.rows("person")}, "today": plant.today,
            "picture": Markup(pictures.timeline(programme.bars(plant, tongue), plant.today, say("Programme"), tongue)),  # noqa: S704 - made by us, every text escaped
        }  # fmt: skip
    pages: Pages = request.app.state.pages
    return pages.render(
        request, "programme/page.html", 422 if fault else 200, made=made, fault=fault, start=start, task=task, due=due,
        state_word=lambda code: TASK_STATES[code].label(tongue) if code in TASK_STATES else code, phase=lambda code: programme.phase_name(code, tongue),
        may_begin=rights.may(asker, "create", "programme_task"), may_propose=rights.may(asker, "propose", "programme_task"), **context,
    )  # fmt: skip
