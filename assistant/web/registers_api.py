"""REST over the registers: the same routes for each, made from its description; the risk method, acceptance, proposals, the journal."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Header, Query, Request, Response, Security
from fastapi.security import APIKeyCookie, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from assistant.answering.registers import narrowed
from assistant.app import App
from assistant.assurance.corrective import decisions
from assistant.identity import Asker
from assistant.web import shapes
from assistant.web.failures import described
from assistant.web.security import SESSION_COOKIE, signed_in
from assistant.web.shapes import Line, RegisterShape, Text
from knowledge.errors import ChangedMeanwhile
from knowledge.registers import REGISTERS, Register, history, listing, queries, records, rights, risk_method
from knowledge.registers.derived import Context

SOURCE = "REST"
STEERED = ("risk_method", "proposal")
"""Registers that have their own ways of being written."""

_bearer = HTTPBearer(auto_error=False, description="A token of `annexa token create`.")
_cookie = APIKeyCookie(name=SESSION_COOKIE, auto_error=False, description="A browser that has signed in.")
router = APIRouter(
    prefix="/api",
    dependencies=[Security(_bearer), Security(_cookie), Depends(signed_in)],
    responses=described(401, 403, 413, 421, 422),
)
_Id = shapes.Id


class Proposed(BaseModel):
    """A change that somebody asks for: `values` of the row to make or to change, `reason` why."""

    model_config = ConfigDict(extra="forbid")

    action: Annotated[str, Field(pattern="^(create|change|retire)$")] = "create"
    row: Annotated[Text, Field(max_length=64)] = ""
    values: shapes.Plain = Field(default={}, max_length=200)
    title: Line = ""
    reason: Line = ""


class Decision(BaseModel):
    """Whether a proposal is accepted; `values` stand in place of what was proposed."""

    model_config = ConfigDict(extra="forbid")

    accept: Annotated[bool, Field(strict=True)]
    reason: Line = ""
    values: shapes.Plain | None = Field(default=None, max_length=200)


class Acceptance(BaseModel):
    """Until when a risk is accepted in its present state."""

    model_config = ConfigDict(extra="forbid")

    expires: shapes.Day
    reason: Line = ""


class MethodChange(BaseModel):
    """Parts of the risk method to be changed, in the form in which the present one is read."""

    model_config = ConfigDict(extra="forbid")

    change: shapes.Plain = Field(max_length=20)
    reason: Line = ""


class MethodEffect(BaseModel):
    """A risk whose band, priority or acceptability a change of the method would alter."""

    risk: str
    name: str
    before: dict[str, Any]
    after: dict[str, Any]
    fields: list[str]


class JournalLine(BaseModel):
    """An entry of the journal; `body` holds the values before and after."""

    sequence: int
    at: datetime
    actor: str
    action: str
    object: str
    body: dict[str, Any]
    hash: str


class JournalPage(BaseModel):
    """Entries, newest first; `next` leads to older ones."""

    items: list[JournalLine]
    next: str | None


def _may_create(register: str) -> Callable[[Request], None]:
    """A check that runs before the body is looked at: who may not add rows learns nothing about their form."""

    def check(request: Request) -> None:
        rights.demand(request.state.visit.asker, "create", register)

    return check


# --- what every register has -------------------------------------------------------------------------------------


@router.get("/registers", summary="Every register with its columns")
def registers(request: Request) -> list[RegisterShape]:
    """The registers that the asker may read, how many rows they see in each, and what they may do there."""
    app, asker = _who(request)
    with app.store.read() as session:
        context = context_of(app, session)
        return [
            shapes.register_shape(found, listing.count(session, asker, found, listing.Wanted(), context), _allowed(asker, found))
            for found in REGISTERS.values()
            if rights.may(asker, "read", found.name)
        ]


def _add(found: Register) -> None:
    """The routes of one register."""
    path, words = f"/{found.name}", found.words

    def rows(request: Request, wanted: Any) -> Any:
        app, asker = _who(request)
        rights.demand(asker, "read", found.name)
        with app.store.read() as session:
            context = context_of(app, session)
            chosen = shapes.conditions_of(found, wanted)
            if wanted.query:
                chosen = narrowed(session, asker, found, wanted.query, chosen)
            some, total = listing.page(session, asker, found, chosen, context, wanted.limit, wanted.offset)
            items = _shown(session, asker, found, some, context)
        following = wanted.offset + len(some)
        return shapes.page(found.name)(
            items=items,
            total=total,
            next=_next(request, offset=following) if some and following < total else None,
            as_of=app.settings.moment().isoformat(timespec="seconds"),
        )

    def row(request: Request, response: Response, id_: _Id) -> Any:
        app, asker = _who(request)
        with app.store.read() as session:
            return _one(session, app, asker, found, id_, response)

    def create(request: Request, response: Response, given: Any) -> Any:
        app, asker = _who(request)
        with records.writing(app.store, asker, app.settings.moment(), SOURCE) as book:
            made = rights.row_id(book.create(found.name, given.model_dump(exclude_unset=True)))
        response.headers["Location"] = f"/api{path}/{quote(made, safe='')}"
        with app.store.read() as session:
            return _one(session, app, asker, found, made, response)

    def change(
        request: Request, response: Response, id_: _Id, given: Any, if_match: Annotated[str | None, Header(max_length=100)] = None
    ) -> Any:
        app, asker = _who(request)
        with records.writing(app.store, asker, app.settings.moment(), SOURCE) as book:
            book.change(found.name, id_, given.model_dump(exclude_unset=True), revision=_revision(if_match))
        with app.store.read() as session:
            return _one(session, app, asker, found, id_, response)

    def retire(request: Request, id_: _Id, reason: Annotated[Text, Query(min_length=1, max_length=1_000)]) -> None:
        app, asker = _who(request)
        with records.writing(app.store, asker, app.settings.moment(), SOURCE) as book:
            book.retire(found.name, id_, reason)

    def propose(request: Request, response: Response, given: Proposed) -> Any:
        app, asker = _who(request)
        with records.writing(app.store, asker, app.settings.moment(), SOURCE) as book:
            made = book.propose(found.name, given.action, given.values, given.row, given.title, given.reason).id
        response.headers["Location"] = f"/api/proposal/{made}"
        with app.store.read() as session:
            return _one(session, app, asker, REGISTERS["proposal"], made, response)

    one = f"{path}/{{id_:path}}"
    _route(
        "GET",
        path,
        _typed(rows, wanted=Annotated[shapes.selection(found.name), Query()]),
        f"List {words.plural()}",
        shapes.page(found.name),
    )
    if rights_exist("propose", found):
        _route("POST", f"{path}/proposals", propose, f"Propose a {words.label()}", shapes.row("proposal"), 201, 404)
    if found.name not in STEERED:
        _route("POST", path, _typed(create, given=shapes.new(found.name)), f"Add a {words.label()}", shapes.row(found.name), 201)
        _route(
            "PATCH",
            one,
            _typed(change, given=shapes.change(found.name)),
            f"Change a {words.label()}",
            shapes.row(found.name),
            200,
            404,
            412,
        )
        _route("DELETE", one, retire, f"Take out a {words.label()}", None, 204, 404)
    _route("GET", one, row, f"Read a {words.label()}", shapes.row(found.name), 200, 404)


def rights_exist(action: str, found: Register) -> bool:
    """Whether any role may do that in the register."""
    return any(found.name in rules.get(action, (frozenset(), ""))[0] for rules in rights.RULES.values())


# --- what some have besides ---------------------------------------------------------------------------------------


@router.get("/risk_method/current", summary="Read the risk method in force")
def method(request: Request) -> dict[str, Any]:
    """Scales, bands, threshold and deadlines that count today."""
    app, asker = _who(request)
    rights.demand(asker, "read", "risk_method")
    with app.store.read() as session:
        return risk_method.as_plain(risk_method.current(session))


@router.post("/risk_method/preview", summary="See what a change of the risk method does")
def method_preview(request: Request, given: MethodChange) -> list[MethodEffect]:
    """The risks whose band, priority or acceptability would change; nothing is saved."""
    app, asker = _who(request)
    rights.demand(asker, "create", "risk_method")
    with app.store.read() as session:
        effects = risk_method.preview(session, asker, given.change, context_of(app, session))
    return [MethodEffect(**{**asdict(effect), "fields": list(effect.fields)}) for effect in effects]


@router.post(
    "/risk_method",
    dependencies=[Depends(_may_create("risk_method"))],
    summary="Save a new version of the risk method",
    status_code=201,
    response_model=shapes.row("risk_method"),
)
def method_save(request: Request, response: Response, given: MethodChange) -> Any:
    """The new version; older ones stay."""
    app, asker = _who(request)
    with records.writing(app.store, asker, app.settings.moment(), SOURCE) as book:
        made = risk_method.save(book, given.change, given.reason).id
    with app.store.read() as session:
        return _one(session, app, asker, REGISTERS["risk_method"], made, response)


@router.post("/risk/{id_:path}/acceptance", summary="Accept a risk", response_model=shapes.row("risk"), responses=described(404, 412))
def accept(
    request: Request, response: Response, id_: _Id, given: Acceptance, if_match: Annotated[str | None, Header(max_length=100)] = None
) -> Any:
    """The risk, accepted in exactly its present state until that day; an acceptance that stands is renewed with the risk's ETag in If-Match."""
    app, asker = _who(request)
    with records.writing(app.store, asker, app.settings.moment(), SOURCE) as book:
        book.accept_risk(id_, given.expires, given.reason, _revision(if_match))
    with app.store.read() as session:
        return _one(session, app, asker, REGISTERS["risk"], id_, response)


@router.post(
    "/proposal/{id_:path}/decision", summary="Accept or reject a proposal", response_model=shapes.row("proposal"), responses=described(404)
)
def decide(request: Request, response: Response, id_: _Id, given: Decision) -> Any:
    """The proposal; an accepted one has been carried out."""
    app, asker = _who(request)
    with records.writing(app.store, asker, app.settings.moment(), SOURCE) as book:
        decisions.decide(book, id_, given.accept, given.reason, given.values)
    with app.store.read() as session:
        return _one(session, app, asker, REGISTERS["proposal"], id_, response)


@router.get("/journal", summary="Read the journal")
def journal(
    request: Request,
    about: Annotated[Text, Query(max_length=200, description="a register and an id: risk R-007")] = "",
    before: Annotated[int | None, Query(ge=0, le=2**53)] = None,
    limit: Annotated[int, Query(ge=1, le=shapes.LARGEST_PAGE)] = 50,
) -> JournalPage:
    """Entries about rows that the asker may read, newest first; how many there are in all is not said."""
    app, asker = _who(request)
    with app.store.read() as session:
        found, following = history.told(session, asker, about, before, limit)
    return JournalPage(items=[_line(entry) for entry in found], next=_next(request, before=following) if following is not None else None)


def _line(entry: history.Told) -> JournalLine:
    known = {name: value for name, value in vars(entry).items() if name in JournalLine.model_fields}
    return JournalLine(**known, object=f"{entry.register} {entry.row}".strip())


def context_of(app: App, session: Session) -> Context:
    """What values are worked out under today."""
    return Context(risk_method.current(session), app.settings.today())


# --- how it is put together ---------------------------------------------------------------------------------------


def _who(request: Request) -> tuple[App, Asker]:
    return request.app.state.app, request.state.visit.asker


def _allowed(asker: Asker, found: Register) -> list[str]:
    return [action for action in rights.ACTIONS if rights.may(asker, action, found.name)]


def _one(session: Session, app: App, asker: Asker, found: Register, id_: str, response: Response) -> BaseModel:
    row = queries.get(session, asker, found.name, id_)
    response.headers["ETag"] = f'"{row.revision}"'
    return _shown(session, asker, found, [row], context_of(app, session))[0]


def _shown(session: Session, asker: Asker, found: Register, some: list[Any], context: Context) -> list[BaseModel]:
    plain = queries.values_of(session, asker, found, some)
    worked_out = queries.computed(session, found, [one[found.id_name] for one in plain], context)
    return [shapes.shown(found, {**one, **worked_out[one[found.id_name]]}) for one in plain]


def _revision(if_match: str | None) -> int | None:
    """The revision that If-Match names; None without one or for `*`. Raises ChangedMeanwhile for anything else: it is no revision of the row."""
    written = (if_match or "*").strip().removeprefix("W/").strip('"')
    if written == "*":
        return None
    if not (written.isascii() and written.isdigit()):
        raise ChangedMeanwhile("If-Match does not name a revision of this row; read the row and send its ETag.")
    return int(written)


def _next(request: Request, **changed: int) -> str:
    kept = [(name, value) for name, value in request.query_params.multi_items() if name not in changed]
    return f"{request.url.path}?{urlencode([*kept, *changed.items()])}"


def _typed(endpoint: Callable[..., Any], **annotations: Any) -> Callable[..., Any]:
    endpoint.__annotations__.update(annotations)
    return endpoint


def _route(method: str, path: str, endpoint: Callable[..., Any], summary: str, model: Any, status: int = 200, *more: int) -> None:
    router.add_api_route(
        path,
        endpoint,
        methods=[method],
        summary=summary,
        response_model=model,
        status_code=status,
        responses=described(*more),
        operation_id=f"{endpoint.__name__} {path.strip('/').replace('/{id_:path}', '').replace('/', ' ')}".replace(" ", "_"),
        tags=[path.split("/")[1]],
        dependencies=[Depends(_may_create(path.strip("/")))] if endpoint.__name__ == "create" else None,
    )


for _found in REGISTERS.values():
    _add(_found)
