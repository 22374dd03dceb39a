"""The page of tasks: each open action with its task in the tracker, what is in doubt first, and what a person may say about it."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from assistant import addresses
from assistant.assurance.tracking.standing import TO_DO
from assistant.errors import TrackerFailed
from assistant.web.registers import enter, showing_for
from assistant.web.rendering import Pages
from assistant.web.security import check_form
from knowledge.errors import RowRefused
from knowledge.registers import REGISTERS, rights

router = APIRouter(include_in_schema=False)
ACTION = "corrective_action"
_Field = Annotated[str, Form(max_length=10_000)]


@router.get("/tasks")
def tasks(request: Request) -> Response:
    """Every open action that one may read, with its task."""
    return _page(request)


@router.post("/tasks")
def run(request: Request, step: _Field = "", token: _Field = "") -> Response:
    """The page again, after what is due was filed, or what is new in the tracker was taken over."""
    app, asker = enter(request)
    check_form(request, token)
    report = app.tasks.sync(asker) if step == "sync" else app.tasks.file(asker)
    return _page(request, news=[*report.news, *report.errors])


@router.get("/tasks/{id_:path}")
def task(request: Request, id_: str) -> Response:
    """One action with its task and the comments on it."""
    return _page(request, id_)


@router.post("/tasks/{id_:path}")
def decide(request: Request, id_: str, step: _Field = "", key: _Field = "", text: _Field = "", token: _Field = "") -> Response:
    """Back to the action's task after it was settled or commented; with a message where that cannot be."""
    app, asker = enter(request)
    check_form(request, token)
    try:
        if step == "comment":
            app.tasks.remark(asker, id_, text)
        elif step == "is" and not key.strip():
            return _page(request, id_, 422, "say what the task is called there")
        else:
            app.tasks.settle(asker, id_, key.strip() if step == "is" else None)
    except RowRefused as error:
        return _page(request, id_, 422, "; ".join(problem.reason for problem in error.problems))
    except TrackerFailed as error:
        return _page(request, id_, 502, str(error))
    return RedirectResponse(f"/tasks/{addresses.part(id_)}", 303)


def _page(request: Request, id_: str = "", status: int = 200, fault: str = "", news: list[str] | None = None) -> Response:
    app, asker = enter(request)
    lines = app.tasks.lines(asker, id_)
    with app.store.read() as session:
        showing = showing_for(request, session)
        as_of = showing.moment(app.settings.moment())
        column = REGISTERS[ACTION].by_name["state"]
        states = {line.action_state: showing.code(column, line.action_state) or "" for line in lines}
        advice = {line.id: showing.say(TO_DO[line.advice]).format(**vars(line)) for line in lines if line.advice}
        places = {
            "board": showing.say("these pages"),
            "jira": "Jira",
            "github": "GitHub",
            "webhook": showing.say("the system behind the webhook"),
        }
        context: dict[str, Any] = {"moment": showing.moment, "as_of": as_of, "states": states, "advice": advice}
    pages: Pages = request.app.state.pages
    return pages.render(
        request, "tasks/list.html", status, lines=lines, one=lines[0] if id_ else None, fault=fault, news=news or [], tracker=places[app.tasks.tracker.name],
        may_decide=rights.may(asker, "create", ACTION), may_remark=rights.may(asker, "change", ACTION), **context,
    )  # fmt: skip
