"""REST for tasks of corrective actions, and the address to which a tracker posts what has changed there."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Security
from fastapi.security import APIKeyCookie, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from assistant.app import App
from assistant.assurance.tracking.tasks import Replayed, Report
from assistant.web.failures import described
from assistant.web.security import SESSION_COOKIE, on_behalf, signed_in
from assistant.web.shapes import Text
from connectors import webhook
from knowledge.errors import Problem, RowRefused
from knowledge.registers.rights import INSTALLATION, Actor

_bearer = HTTPBearer(auto_error=False, description="A token of `annexa token create`.")
_cookie = APIKeyCookie(name=SESSION_COOKIE, auto_error=False, description="A browser that has signed in.")
router = APIRouter(
    prefix="/api",
    dependencies=[Security(_bearer), Security(_cookie), Depends(signed_in)],
    responses=described(401, 403, 404, 413, 421, 422, 502),
)
hooks = APIRouter(include_in_schema=False)
_Who = Annotated[Text, Field(max_length=320, pattern=r"^[^\x00-\x1f]*$")]
_As = Annotated[_Who | None, Field(alias="as", description="who does it; for the owner of the data folder and the demo")]


class ByWhom(BaseModel):
    """`as` names who does it."""

    model_config = ConfigDict(extra="forbid")

    as_: _As = None


class Settlement(ByWhom):
    """What a person found out: the task `is` that key in the tracker, or what is doubtful, failed or gone is to be done `again`."""

    is_: Annotated[Text, Field(alias="is", max_length=200)] = ""
    again: Annotated[bool, Field(strict=True)] = False


class Remark(ByWhom):
    """A comment to be written on the task."""

    text: Annotated[Text, Field(min_length=1, max_length=10_000)]


class TaskRemark(BaseModel):
    """A comment on a task, theirs or ours."""

    author: str
    text: str
    ours: bool
    at: datetime


class EarlierTask(BaseModel):
    """A task that the action had before the present one, and when it was found to be gone."""

    tracker: str
    task: str
    url: str
    gone: str


class TaskLine(BaseModel):
    """An open action and its task; `to_do` says what a person does next."""

    id: str
    title: str
    action_state: str
    state: str
    tracker: str
    key: str
    url: str
    there: str
    error: str
    advice: str
    next_try: datetime | None
    to_do: str
    remarks: list[TaskRemark]
    earlier: list[EarlierTask]


class Done(BaseModel):
    """How much ended in which state, what was new in the tracker, and what could not be asked of it."""

    filed: dict[str, int]
    news: list[str]
    errors: list[str]


@router.get("/tasks", summary="Open corrective actions with their tasks")
def tasks(request: Request, as_: Annotated[_Who | None, Query(alias="as")] = None) -> list[TaskLine]:
    """Every open action that the asker may read, what is in doubt or failed first."""
    app, actor = _who(request, as_)
    return [TaskLine.model_validate(line.as_plain()) for line in app.tasks.lines(actor)]


@router.post("/tasks/file", summary="File the tasks that are due")
def file(request: Request, by: ByWhom) -> Done:
    """What came of filing every accepted, open action that has no task, and of telling the tracker what has changed here."""
    app, actor = _who(request, by.as_)
    return _done(app.tasks.file(actor))


@router.post("/tasks/sync", summary="Take over what was changed in the tracker")
def sync(request: Request, by: ByWhom) -> Done:
    """What was new there, and what came of what is due."""
    app, actor = _who(request, by.as_)
    return _done(app.tasks.sync(actor))


@router.get("/tasks/{id_:path}", summary="A corrective action with its task and the comments on it")
def task(request: Request, id_: str, as_: Annotated[_Who | None, Query(alias="as")] = None) -> TaskLine:
    """How the task of one action stands."""
    app, actor = _who(request, as_)
    return TaskLine.model_validate(app.tasks.lines(actor, id_)[0].as_plain())


@router.post("/tasks/{id_:path}/settlement", summary="Settle a task that is in doubt, failed or gone")
def settle(request: Request, id_: str, found: Settlement) -> TaskLine:
    """The action with its task after it."""
    app, actor = _who(request, found.as_)
    if bool(found.is_) == found.again:
        raise RowRefused(
            [Problem("corrective_action", id_, "is", found.is_, "give the task's key as `is`, or `again` as true: one of both")]
        )
    app.tasks.settle(actor, id_, found.is_ or None)
    return TaskLine.model_validate(app.tasks.lines(actor, id_)[0].as_plain())


@router.post("/tasks/{id_:path}/comments", status_code=202, summary="Comment the task in the tracker")
def remark(request: Request, id_: str, said: Remark) -> TaskLine:
    """The action with its task; the comment is written there with what is due next."""
    app, actor = _who(request, said.as_)
    app.tasks.remark(actor, id_, said.text)
    return TaskLine.model_validate(app.tasks.lines(actor, id_)[0].as_plain())


@hooks.post("/hooks/tasks")
async def taken(request: Request) -> Response:
    """What the webhook's receiver tells us: 204 when it was taken, 403 without our signature, 409 for what was taken before."""
    raw = await request.body()
    return await run_in_threadpool(_take, request, raw)


def _take(request: Request, raw: bytes) -> Response:
    app: App = request.app.state.app
    secret = app.settings.webhook_secret if app.settings.tracker == "webhook" else ""
    said = webhook.opened(secret, request.headers, raw, app.settings.moment())
    if said is None:
        return JSONResponse({"detail": "This post is not signed as agreed, or is older than five minutes."}, 403)
    try:
        app.tasks.take(said)
    except Replayed as replayed:
        return JSONResponse({"detail": str(replayed)}, 409)
    except ValueError as error:
        return JSONResponse({"detail": str(error)}, 422)
    return Response(status_code=204)


def _who(request: Request, as_: str | None) -> tuple[App, Actor]:
    """The App, and who acts: whoever holds the data folder may do everything."""
    app: App = request.app.state.app
    local: bool = request.state.visit.local
    return app, INSTALLATION if local and not as_ else on_behalf(request, as_)


def _done(report: Report) -> Done:
    said: dict[str, Any] = {"filed": dict(report.filed), "news": report.news, "errors": report.errors}
    return Done(**said)
