"""The page of the management review: its inputs as the registers hold them today, decisions, lessons for the improvement log."""

from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from assistant.answering import threads
from assistant.app import App
from assistant.assurance.plant import proposing, reading, writing
from assistant.assurance.steering import improvements, reviews
from assistant.identity import Asker
from assistant.web.audits import fault_of
from assistant.web.registers import SOURCE, enter
from assistant.web.rendering import Pages, language_of
from assistant.web.security import check_form
from assistant.web.showing import day_of
from knowledge.errors import RowRefused
from knowledge.registers import rights

router = APIRouter(include_in_schema=False)
_Field = Annotated[str, Form(max_length=1_000)]
_MONTH = timedelta(days=31)


@router.get("/reviews")
def page(request: Request, made: Annotated[str, Query(max_length=500)] = "") -> Response:
    """The inputs of 9.3.2 as of now, the reviews that are planned and held, and lessons that are not in the log yet."""
    return _page(request, made)


@router.post("/reviews")
def act(
    request: Request, step: _Field = "", review: _Field = "", title: _Field = "", owner: _Field = "", due: _Field = "", token: _Field = ""
) -> Response:
    """To the page with what was made: the proposal of the inputs, a decision, or proposals of lessons."""
    app, asker = enter(request)
    check_form(request, token)
    try:
        made = _made(app, asker, step, review, title, owner, due, language_of(request))
    except (RowRefused, ValueError) as error:
        return _page(request, "", fault_of(error, language_of(request)))
    return RedirectResponse(f"/reviews?made={','.join(made) or 'none'}", 303)


def _made(app: App, asker: Asker, step: str, review: str, title: str, owner: str, due: str, tongue: str) -> list[str]:
    store, now, gaps = app.store, app.settings.moment(), gaps_of(app, asker)
    if step == "decide":
        with writing(store, asker, now, SOURCE) as (book, _):
            return [reviews.decide(book, review, title, owner, day_of(due) if due else None)]
    if step == "lessons":
        with proposing(store, asker, now, SOURCE, "improvement") as (book, plant):
            return improvements.propose(book, plant, improvements.lessons(plant, gaps), plant.today)
    with proposing(store, asker, now, SOURCE, "management_review") as (book, plant):
        return [reviews.propose(book, plant, gaps, tongue, review)]


def gaps_of(app: App, asker: Asker) -> list[str]:
    """Questions of the last month that no source answered; only for whoever runs the management system."""
    if asker.role != "isms_manager":
        return []
    return threads.unanswered(app.store, app.settings.moment() - _MONTH)


def _page(request: Request, made: str, fault: str = "") -> Response:
    app, asker = enter(request)
    tongue = language_of(request)
    gaps = gaps_of(app, asker)
    with reading(app.store, asker, app.settings.moment()) as plant:
        rows = sorted(plant.rows("management_review"), key=lambda one: one.held_on or date.max, reverse=True)
        context: dict[str, Any] = {
            "inputs": reviews.inputs(plant, None, gaps, tongue), "reviews": rows, "since": reviews.last_held(plant), "lessons": improvements.lessons(plant, gaps),
            "people": plant.rows("person"), "today": plant.today,
        }  # fmt: skip
    pages: Pages = request.app.state.pages
    return pages.render(
        request, "reviews/page.html", 422 if fault else 200, made=made, fault=fault, may_propose=rights.may(asker, "propose", "management_review"),
        may_decide=rights.may(asker, "create", "improvement"), most=reviews.MOST, nothing=reviews.NOTHING[tongue], **context,
    )  # fmt: skip
