"""Pages of the registers: overview, lists, rows with their links and history, forms, proposals, the Statement of Applicability, the journal."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, HTTPException, Query, Request
from fastapi.responses import RedirectResponse
from sqlmodel import Session
from starlette.datastructures import FormData
from starlette.responses import Response

from assistant import addresses
from assistant.answering.registers import narrowed
from assistant.app import App
from assistant.assurance.corrective import decisions
from assistant.identity import VISITOR, Asker
from assistant.phrases import phrases
from assistant.web import shapes
from assistant.web.registers_api import STEERED, context_of
from assistant.web.rendering import Pages, language_of
from assistant.web.security import check_form
from assistant.web.showing import Piece, Showing, as_typed, groups, list_columns, state_of, title_of, typed
from knowledge import controls
from knowledge.errors import ChangedMeanwhile, NotAllowed, RowRefused, UnknownRegister
from knowledge.registers import REGISTERS, Register, history, listing, queries, records, rights
from knowledge.registers.columns import Kind
from knowledge.registers.listing import Wanted

router = APIRouter(include_in_schema=False)

SOURCE = "web"
PAGE = 50
_NOT_FILTERS = ("q", "query", "sort", "page", "lang")
_LATE = ("overdue", "review_overdue", "expired")
_Field = Annotated[str, Form(max_length=1_000)]


@router.get("/registers")
def overview(request: Request) -> Response:
    """Every register with how many rows it has and how many of them are late."""
    app, asker = enter(request)
    with app.store.read() as session:
        showing = showing_for(request, session)
        counted = []
        for found in REGISTERS.values():
            if rights.may(asker, "read", found.name):
                late = next((name for name in _LATE if name in found.by_name), "")
                late_rows = listing.count(session, asker, found, Wanted(((late, "yes"),)), showing.context) if late else 0
                rows = listing.count(session, asker, found, Wanted(), showing.context)
                counted.append((found, found.words.plural(showing.tongue), rows, late, late_rows))
    counted.sort(key=lambda line: (line[2] == 0, line[1].casefold()))
    return _render(request, "registers/overview.html", counted=counted, as_of=showing.moment(app.settings.moment()))


@router.get("/registers/control_status/soa")
def statement_of_applicability(request: Request) -> Response:
    """The 93 controls, each with where it stands; one about which nothing is recorded was never checked."""
    app, asker = enter(request)
    found = REGISTERS["control_status"]
    entries = [entry for entry in controls.catalogue().entries(controls.ISO_2022) if entry.id.startswith("A.") and entry.id.count(".") == 2]
    with app.store.read() as session:
        showing = showing_for(request, session)
        rows = {row[found.id_name]: row for row in showing.rows(found, queries.rows(session, asker, found.name))}
        column = found.by_name["soa_status"]
        lines = []
        for entry in entries:
            row = rows.get(entry.id, {})
            status = str(row.get("soa_status") or "never_checked")
            cells = [
                showing.pieces(found, found.by_name[name], row.get(name)) for name in ("justification", "owner", "last_checked", "evidence")
            ]
            href = addresses.row(found.name, entry.id) if row else ""
            lines.append((entry, href, Piece(showing.code(column, status) or status, state=state_of(status)), cells))
        totals: dict[str, int] = {}
        for _, _, status_piece, _ in lines:
            totals[status_piece.text] = totals.get(status_piece.text, 0) + 1
        heads = [showing.label(found.by_name[name]) for name in ("justification", "owner", "last_checked", "evidence")]
    return _render(request, "registers/soa.html", lines=lines, totals=totals, heads=heads, as_of=showing.moment(app.settings.moment()))


@router.get("/journal")
def journal(
    request: Request, before: Annotated[int | None, Query(ge=0, le=2**53)] = None, about: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """Who did what, newest first."""
    app, asker = enter(request)
    with app.store.read() as session:
        showing = showing_for(request, session)
        entries, following = history.told(session, asker, about, before)
        showing.know({entry.actor for entry in entries})
        lines = [_told(showing, entry) for entry in entries]
    older = f"/journal?{urlencode({'about': about, 'before': following})}" if following is not None else ""
    return _render(request, "registers/journal.html", lines=lines, older=older, about=about)


@router.get("/registers/{name}")
def rows(request: Request, name: str, page: Annotated[int, Query(ge=1, le=10_000_000)] = 1) -> Response:
    """A list with search, filters, order and pages."""
    app, asker = enter(request)
    found = _register(asker, name)
    asked = request.query_params
    filters = [(key, value) for key, value in asked.multi_items() if key not in _NOT_FILTERS and value]
    some: list[Any] = []
    fault, total = "", 0
    with app.store.read() as session:
        showing = showing_for(request, session)
        sort = tuple(part for part in asked.get("sort", "").split(",") if part)
        wanted = Wanted(tuple(filters), asked.get("q", "")[:1_000], sort)
        try:
            if written := asked.get("query", ""):
                wanted = narrowed(session, asker, found, written[: shapes.LONGEST_QUERY], wanted)
            some, total = listing.page(session, asker, found, wanted, showing.context, PAGE, (page - 1) * PAGE)
        except RowRefused as error:
            fault = "; ".join(f"{problem.column}: {problem.reason}" for problem in error.problems)
        columns = list_columns(found)
        lines = [[showing.pieces(found, column, row[column.name]) for column in columns] for row in showing.rows(found, some)]
        fields = showing.fields(found, dict(filters), {}, new=False)
        context = {
            "found": found,
            "label": found.words.plural(showing.tongue),
            "heads": [(column, showing.label(column), _sorted_by(asked, column)) for column in columns],
            "lines": lines,
            "total": total,
            "first": (page - 1) * PAGE + 1,
            "filters": [field for field in fields if field.name in _filterable(found)],
            "others": [(key, value) for key, value in filters if key not in _filterable(found)],
            "late": next((name for name in _LATE if name in found.by_name), ""),
            "asked": asked,
            "fault": fault,
            "before": _turned(asked, page - 1) if page > 1 else "",
            "after": _turned(asked, page + 1) if page * PAGE < total else "",
            "as_of": showing.moment(app.settings.moment()),
            "make": _way(asker, found, "create"),
        }
    return _render(request, "registers/list.html", 422 if fault else 200, **context)


@router.get("/registers/{name}/new")
def new(request: Request, name: str) -> Response:
    """The empty form."""
    _, asker = enter(request)
    found = _register(asker, name)
    return _form(request, found, "", {column.name: column.default for column in typed(found, True)})


@router.post("/registers/{name}/new")
async def create(request: Request, name: str) -> Response:
    """To the new row, or to the proposal of one; the form with a message beside each field that is wrong."""
    form = await request.form()
    return await _in_thread(_create, request, name, form)


@router.get("/registers/{name}/edit/{id_:path}")
def edit(request: Request, name: str, id_: str) -> Response:
    """The form with what stands there."""
    app, asker = enter(request)
    found = _register(asker, name)
    with app.store.read() as session:
        values = queries.values(session, asker, queries.get(session, asker, found.name, id_))
    return _form(request, found, id_, values, revision=values["revision"])


@router.post("/registers/{name}/edit/{id_:path}")
async def change(request: Request, name: str, id_: str) -> Response:
    """To the changed row, or to the proposal; the form where something is wrong, both versions where somebody else changed it meanwhile."""
    form = await request.form()
    return await _in_thread(_change, request, name, id_, form)


@router.post("/registers/{name}/retire/{id_:path}")
def retire(request: Request, name: str, id_: str, reason: _Field = "", token: _Field = "") -> Response:
    """To the list, without the row; to the proposal where one may only propose it; the row again where no reason was given."""
    app, asker = enter(request)
    check_form(request, token)
    found = _register(asker, name)
    try:
        with records.writing(app.store, asker, app.settings.moment(), SOURCE) as book:
            if _row_way(book.session, asker, found, id_, "retire") == "propose":
                proposal = book.propose(found.name, "retire", {}, id_, reason=reason).id
            else:
                proposal = ""
                book.retire(found.name, id_, reason)
    except RowRefused as error:
        return _row_page(request, found, id_, 422, retire=error.problems[0].reason)
    return _to(addresses.row("proposal", proposal) if proposal else f"/registers/{found.name}")


@router.post("/registers/proposal/decide/{id_:path}")
def decide(request: Request, id_: str, decision: _Field = "", reason: _Field = "", token: _Field = "") -> Response:
    """To the row that an accepted proposal made or changed; the proposal again with a message where it cannot be decided so."""
    app, asker = enter(request)
    check_form(request, token)
    try:
        with records.writing(app.store, asker, app.settings.moment(), SOURCE) as book:
            row = decisions.decide(book, id_, decision == "accept", reason)
            target = (
                addresses.row(row.register_name, row.row_id)
                if row.state == "accepted" and row.action != "retire"
                else addresses.row("proposal", id_)
            )
    except RowRefused as error:
        return _row_page(request, REGISTERS["proposal"], id_, 422, decide="; ".join(problem.reason for problem in error.problems))
    return _to(target)


@router.post("/registers/risk/accept/{id_:path}")
def accept_risk(
    request: Request, id_: str, expires: _Field = "", reason: _Field = "", revision: _Field = "", token: _Field = ""
) -> Response:
    """To the risk, accepted; with a message where it cannot be, or where somebody was faster."""
    app, asker = enter(request)
    check_form(request, token)
    try:
        with records.writing(app.store, asker, app.settings.moment(), SOURCE) as book:
            book.accept_risk(id_, expires, reason, _seen(revision))
    except RowRefused as error:
        return _row_page(request, REGISTERS["risk"], id_, 422, accept="; ".join(problem.reason for problem in error.problems))
    except ChangedMeanwhile as error:
        return _row_page(request, REGISTERS["risk"], id_, 409, accept=str(error))
    return _to(addresses.row("risk", id_))


@router.get("/registers/{name}/{id_:path}")
def row(request: Request, name: str, id_: str) -> Response:
    """All of a row: fields in groups, links both ways, what is worked out, history."""
    _, asker = enter(request)
    return _row_page(request, _register(asker, name), id_, 200)


def enter(request: Request) -> tuple[App, Asker]:
    """The App and who asks. Raises HTTPException: a visitor is sent to sign in."""
    asker: Asker = request.state.visit.asker
    if asker.role == VISITOR.role:
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        raise HTTPException(HTTPStatus.SEE_OTHER, headers={"Location": f"/sign-in?{urlencode({'then': here})}"})
    return request.app.state.app, asker


def showing_for(request: Request, session: Session) -> Showing:
    """How rows look to whoever asks."""
    tongue = language_of(request)
    return Showing(session, request.state.visit.asker, context_of(request.app.state.app, session), tongue, phrases(tongue))


# --- forms -------------------------------------------------------------------------------------------------------


async def _in_thread(act: Any, *arguments: Any) -> Response:
    from starlette.concurrency import run_in_threadpool

    reply: Response = await run_in_threadpool(act, *arguments)
    return reply


def _create(request: Request, name: str, form: FormData) -> Response:
    app, asker = enter(request)
    check_form(request, str(form.get("token", "")))
    found = _register(asker, name)
    given = _given(found, form, new=True)
    filled = {key: value for key, value in given.items() if value.strip()}
    try:
        with records.writing(app.store, asker, app.settings.moment(), SOURCE) as book:
            if _way(asker, found, "create") == "propose":
                made, id_ = "proposal", book.propose(found.name, "create", filled, reason=str(form.get("why", ""))).id
            else:
                made, id_ = found.name, rights.row_id(book.create(found.name, filled))
    except RowRefused as error:
        return _form(request, found, "", given, _faults(error), status=422)
    return _to(addresses.row(made, id_))


def _change(request: Request, name: str, id_: str, form: FormData) -> Response:
    app, asker = enter(request)
    check_form(request, str(form.get("token", "")))
    found = _register(asker, name)
    given = _given(found, form, new=False)
    revision = _seen(str(form.get("revision", ""))) or 0
    target = addresses.row(found.name, id_)
    try:
        with records.writing(app.store, asker, app.settings.moment(), SOURCE) as book:
            now = queries.values(book.session, asker, queries.get(book.session, asker, found.name, id_))
            # Only what was typed anew is given: a link that the person cannot see stays as it is.
            changed = {key: value for key, value in given.items() if _same(value) != _same(as_typed(now[key]))}
            if now["revision"] != revision:
                raise ChangedMeanwhile("Somebody else changed this row after you opened it.")
            if _row_way(book.session, asker, found, id_, "change") == "propose":
                target = addresses.row("proposal", book.propose(found.name, "change", changed, id_, reason=str(form.get("why", ""))).id)
            else:
                book.change(found.name, id_, changed, revision=revision)
    except RowRefused as error:
        return _form(request, found, id_, given, _faults(error), revision, status=422)
    except ChangedMeanwhile:
        return _form(request, found, id_, given, {}, now["revision"], status=409, theirs=now)
    return _to(target)


def _form(
    request: Request,
    found: Register,
    id_: str,
    values: Mapping[str, Any],
    faults: Mapping[str, str] | None = None,
    revision: int = 0,
    status: int = 200,
    theirs: Mapping[str, Any] | None = None,
) -> Response:
    app, asker = enter(request)
    with app.store.read() as session:
        showing = showing_for(request, session)
        way = _row_way(session, asker, found, id_, "change") if id_ else _way(asker, found, "create")
        if not way:
            raise NotAllowed(f"{found.name}: the role {asker.role} may not {'change' if id_ else 'create'} it; ask the ISMS manager.")
        fields = showing.fields(found, values, faults or {}, new=not id_)
        named = {field.name for field in fields} | {column.head for column in typed(found, not id_)}
        differing = [
            (field.label, as_typed(theirs[field.name]), field.value)
            for field in fields
            if theirs is not None and _same(as_typed(theirs[field.name])) != _same(field.value)
        ]
    return _render(
        request,
        "registers/form.html",
        status,
        found=found,
        id_=id_,
        label=found.words.label(showing.tongue),
        fields=fields,
        others=[f"{name}: {reason}" for name, reason in (faults or {}).items() if name not in named],
        faulty=sum(bool(field.fault) for field in fields),
        revision=revision,
        way=way,
        differing=differing,
        both=theirs is not None,
    )


def _given(found: Register, form: FormData, new: bool) -> dict[str, str]:
    return {column.name: str(value)[:200_000] for column in typed(found, new) if (value := form.get(column.name)) is not None}


def _faults(error: RowRefused) -> dict[str, str]:
    out: dict[str, str] = {}
    for problem in error.problems:
        out[problem.column] = f"{out[problem.column]}; {problem.reason}" if problem.column in out else problem.reason
    return out


def _seen(written: str) -> int | None:
    """The revision of the row that the form showed; None where it names none."""
    return int(written) if written.isascii() and written.isdigit() and len(written) < 10 else None


def _same(typed_value: str) -> str:
    """A typed value without what a browser alters: ends of lines, space around."""
    return typed_value.replace("\r\n", "\n").strip()


# --- a row -------------------------------------------------------------------------------------------------------


def _row_page(request: Request, found: Register, id_: str, status: int, **faults: str) -> Response:
    app, asker = enter(request)
    with app.store.read() as session:
        showing = showing_for(request, session)
        model = queries.get(session, asker, found.name, id_)
        plain = showing.rows(found, [model])[0]
        target = f"{found.name} {id_}"
        entries = history.told(session, asker, target, limit=20)[0] if rights.may(asker, "read", rights.JOURNAL) else None
        showing.know({entry.actor for entry in entries or []})
        linked = [
            (
                other,
                other.words.plural(showing.tongue),
                showing.label(other.by_name[column]),
                rights.row_id(one),
                title_of(other, vars(one)),
            )
            for other, column, one in queries.pointing_at(session, asker, *_pointed(found, id_))
        ]
        context = {
            "found": found,
            "id_": id_,
            "label": found.words.label(showing.tongue),
            "title": title_of(found, plain),
            "groups": [
                (
                    title,
                    [
                        (showing.label(column), pieces, column.kind is Kind.LONG)
                        for column in columns
                        if (pieces := showing.pieces(found, column, plain[column.name]))
                    ],
                )
                for title, columns in groups(found, showing)
            ],
            "linked": linked,
            "history": None if entries is None else [_told(showing, entry) for entry in entries],
            "proposed": _proposed(showing, model) if found.name == "proposal" else [],
            "revision": plain["revision"],
            "change": _row_way(session, asker, found, id_, "change"),
            "retire": _row_way(session, asker, found, id_, "retire"),
            "raise": _raising(asker, found, plain),
            "may_accept": found.name == "risk" and asker.person_id is not None and rights.may(asker, "approve", "risk", model),
            "may_decide": found.name == "proposal"
            and model.state == "open"
            and asker.person_id is not None
            and rights.may(asker, "approve", "proposal", model),
            "faults": {"retire": "", "accept": "", "decide": "", **faults},
            "as_of": showing.moment(app.settings.moment()),
        }
    return _render(request, "registers/row.html", status, **context)


def _raising(asker: Asker, found: Register, row: Mapping[str, Any]) -> str:
    """What the form of a finding is told of an incident, a question of an audit or a figure; empty where none is raised from the row."""
    if found.name not in ("incident", "audit_check", "kpi") or not (
        rights.may(asker, "create", "finding") or rights.may(asker, "propose", "finding")
    ):
        return ""
    named = {"incident": {"incident": row["id"]}, "audit_check": {"audit": row.get("audit")}}.get(found.name, {})
    asked = ", ".join(row.get("controls") or []) if found.name == "audit_check" else ""
    more = {"title": title_of(found, row), "requirement": asked, "site": row.get("site"), "evidence_seen": row.get("sample")}
    known = {"origin": f"{found.name}:{row['id']}", "sources": queries.source_of(found, row["id"]), **named, **more}
    return urlencode({name: str(value)[:1_000] for name, value in known.items() if value})


def _pointed(found: Register, id_: str) -> tuple[str, str]:
    """Under which name other rows point at this one: a line of the Statement of Applicability is pointed at as a control."""
    if found.name not in ("control_status", "clause_status"):
        return found.name, id_
    return "control", id_ if ":" in id_ else f"{controls.ISO_2022}:{id_}"


def _proposed(showing: Showing, proposal: Any) -> list[tuple[str, list[Piece]]]:
    target = REGISTERS.get(proposal.register_name)
    named = ((target.column(name) if target else None, name, value) for name, value in (proposal.payload or {}).items())
    return [(showing.label(column) if column else name, [Piece(as_typed(value))]) for column, name, value in named]


def _told(showing: Showing, entry: history.Told) -> dict[str, Any]:
    """An entry of the journal with what it changed, in words."""
    found = REGISTERS.get(entry.register)
    before, after = entry.body.get("before") or {}, entry.body.get("after") or {}
    changes = []
    for name in dict.fromkeys([*before, *after]):
        column = found.by_name.get(name) if found else None
        if found and column:
            pair = [", ".join(piece.text for piece in showing.pieces(found, column, side.get(name))) for side in (before, after)]
            changes.append((showing.label(column), pair[0], pair[1]))
    who = showing.pieces(REGISTERS["finding"], REGISTERS["finding"].by_name["owner"], entry.actor)
    reason = entry.body.get("reason")
    return {
        "at": showing.moment(entry.at),
        "who": who[0] if who else Piece(entry.actor),
        "action": showing.say(entry.action),
        "object": Piece(f"{entry.register} {entry.row}".strip(), addresses.row(entry.register, entry.row) if found else ""),
        "changes": changes,
        "reason": reason if isinstance(reason, str) else "",
    }


# --- small things ------------------------------------------------------------------------------------------------


def _register(asker: Asker, name: str) -> Register:
    """The register of that address. Raises UnknownRegister, also for one that the asker may not read."""
    found = REGISTERS.get(name)
    if found is None or not rights.may(asker, "read", found.name):
        raise UnknownRegister("There is no such register here.")
    return found


def _way(asker: Asker, found: Register, action: str) -> str:
    """Whether the asker may do that (`do`), may only propose it (`propose`), or neither."""
    if found.name in STEERED:
        return ""
    return "do" if rights.may(asker, action, found.name) else "propose" if rights.may(asker, "propose", found.name) else ""


def _row_way(session: Session, asker: Asker, found: Register, id_: str, action: str) -> str:
    """The same for one row. Raises NoSuchRow."""
    model = queries.get(session, asker, found.name, id_)
    if found.name in STEERED:
        return ""
    return "do" if rights.may(asker, action, found.name, model) else "propose" if rights.may(asker, "propose", found.name, model) else ""


def _filterable(found: Register) -> tuple[str, ...]:
    wanted = ("owner", "state", "status", "site", "category", "asset_class", "grade", "severity", "kind")
    return tuple(name for name in wanted if name in found.by_name and not found.by_name[name].version)


def _sorted_by(asked: Mapping[str, str], column: Any) -> str:
    """The address of the list in the order of a column, the other way round where it is so already; empty for lists."""
    if column.listed:
        return ""
    name = f"-{column.name}" if asked.get("sort") == column.name else column.name
    return f"?{urlencode({**{key: value for key, value in asked.items() if key != 'page'}, 'sort': name})}"


def _turned(asked: Any, page: int) -> str:
    return f"?{urlencode([*((key, value) for key, value in asked.multi_items() if key != 'page'), ('page', page)])}"


def _to(path: str) -> Response:
    return RedirectResponse(path, HTTPStatus.SEE_OTHER)


def _render(request: Request, template: str, status: int = 200, **context: Any) -> Response:
    pages: Pages = request.app.state.pages
    return pages.render(request, template, status, **context)
