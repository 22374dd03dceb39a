"""Pages of findings: what waits for a decision, all of them with their actions, one with what it lacks, repeats and where else to look, raising one."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from sqlmodel import col
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.responses import Response

from assistant import addresses
from assistant.assurance.corrective import decisions, elsewhere, findings, life
from assistant.assurance.corrective.actions import Missing
from assistant.assurance.seen import Seen
from assistant.web.actions import SOURCE
from assistant.web.registers import enter, showing_for
from assistant.web.rendering import Pages
from assistant.web.security import check_form
from assistant.web.showing import Piece, Showing, as_typed
from knowledge.errors import RowRefused
from knowledge.registers import REGISTERS, CorrectiveAction, Finding, queries, records, rights

router = APIRouter(include_in_schema=False)
_REGISTER = REGISTERS[findings.FINDING]
_MOST = 200
RAISED = ("title", "grade", "requirement", "evidence_seen", "gap", "site", "asset", "supplier", "audit", "incident", "owner", "audience")
"""The columns that whoever raises a finding fills in."""
_KEPT = ("origin", "sources")
"""What the form carries along: what it came from, and the sources it rests on, with a pipe between them."""


@router.get("/findings")
def listed(request: Request) -> Response:
    """Open proposals, and the findings newest first with the states of their actions."""
    app, asker = enter(request)
    with app.store.read() as session:
        showing = showing_for(request, session)
        rows = queries.rows(session, asker, findings.FINDING, order=col(Finding.reported_on).desc(), limit=_MOST)
        plain = showing.rows(_REGISTER, rows)
        states: dict[str, list[Piece]] = {}
        for one in queries.rows(session, asker, life.ACTION, CorrectiveAction.finding.in_([row.id for row in rows])):  # type: ignore[union-attr]
            word = showing.code(REGISTERS[life.ACTION].by_name["state"], one.state) or one.state
            states.setdefault(one.finding or "", []).append(Piece(f"{one.id} {word}", f"/actions/{addresses.part(one.id)}"))
        names = ("grade", "requirement", "site", "reported_on", "owner")
        heads = [showing.label(_REGISTER.by_name[name]) for name in names]
        lines = [
            (row, [showing.pieces(_REGISTER, _REGISTER.by_name[name], row[name]) for name in names], states.get(row["id"], []))
            for row in plain
        ]
        waiting = [(one, _said(showing, findings.weak_payload(one.payload))) for one in findings.proposals(session, asker)]
        as_of = showing.moment(app.settings.moment())
    return _render(
        request, "findings/list.html", lines=lines, heads=heads, waiting=waiting, may_raise=_may_raise(asker), most=_MOST, as_of=as_of
    )


@router.get("/findings/raise")
def empty(request: Request) -> Response:
    """The form, with what the address says already, such as the incident. Raises NotAllowed for one who may neither record nor propose a finding."""
    _, asker = enter(request)
    if not _may_raise(asker):
        rights.demand(asker, "create", findings.FINDING)
    said = {name: text[:2_000] for name in (*RAISED, *_KEPT) if (text := request.query_params.get(name))}
    return _form(request, "", {"grade": "minor", "audience": "staff", **said})


@router.post("/findings/raise")
async def raise_(request: Request) -> Response:
    """To the finding, or to the proposal of it; the form with what is wrong."""
    return await run_in_threadpool(_raise, request, await request.form())


@router.get("/findings/proposals/{id_:path}")
def proposal(request: Request, id_: str) -> Response:
    """A proposed finding as a form: what it says can be mended before it is accepted."""
    app, asker = enter(request)
    with app.store.read() as session:
        found = findings.proposal(session, asker, id_)
    return _form(request, id_, {name: as_typed(value) for name, value in found.payload.items()})


@router.post("/findings/proposals/{id_:path}")
async def decide(request: Request, id_: str) -> Response:
    """To the finding that was accepted, or to the list; the form with what is wrong."""
    return await run_in_threadpool(_decide, request, id_, await request.form())


@router.get("/findings/{id_:path}")
def finding(request: Request, id_: str) -> Response:
    """A finding with what its text lacks, its actions, what it repeats, and where else to look."""
    app, asker = enter(request)
    with app.store.read() as session:
        showing = showing_for(request, session)
        model: Finding = queries.get(session, asker, findings.FINDING, id_)
        plain = showing.rows(_REGISTER, [model])[0]
        names = (
            "grade",
            "requirement",
            "audit",
            "site",
            "asset",
            "supplier",
            "incident",
            "reported_on",
            "owner",
            "reporter",
            "decision",
            "open",
        )
        facts = [
            (showing.label(_REGISTER.by_name[name]), showing.pieces(_REGISTER, _REGISTER.by_name[name], plain[name])) for name in names
        ]
        words = REGISTERS[life.ACTION].by_name["state"]
        actions = [(one, showing.code(words, one.state)) for one in findings.actions_of(session, asker, id_)]
        again = findings.repeats_of(session, asker, model, plain["requirement"], showing.context)
        places = [
            (one, addresses.row(one.register, one.id), one.said(showing.tongue))
            for one in elsewhere.look(session, asker, model, showing.context.today)
        ]
        context: dict[str, Any] = {
            "finding": model,
            "facts": [(name, value) for name, value in facts if value],
            "lacking": _said(showing, findings.weak_row(session, asker, model)),
            "actions": actions,
            "repeats": [(one.finding, ", ".join(_mark(showing, mark) for mark in one.same)) for one in again.found],
            "candidate": again.candidate,
            "places": places,
            "may_start": rights.may(asker, "create", life.ACTION),
            "may_change": rights.may(asker, "change", findings.FINDING, model),
            "as_of": showing.moment(app.settings.moment()),
        }
    return _render(request, "findings/finding.html", **context)


@router.post("/findings/{id_:path}")
async def start(request: Request, id_: str) -> Response:
    """To the new corrective action of the finding."""
    return await run_in_threadpool(_start, request, id_, await request.form())


# --- forms ----------------------------------------------------------------------------------------------------------


def _raise(request: Request, form: FormData) -> Response:
    app, asker = enter(request)
    check_form(request, str(form.get("token", "")))
    given = _given(form)
    try:
        with records.writing(app.store, asker, app.settings.moment(), SOURCE) as book:
            register, id_ = findings.raise_(book, _seen(given))
    except RowRefused as error:
        return _form(request, "", given, error)
    return _to(f"/findings/{addresses.part(id_)}" if register == findings.FINDING else addresses.row("proposal", id_))


def _decide(request: Request, id_: str, form: FormData) -> Response:
    app, asker = enter(request)
    check_form(request, str(form.get("token", "")))
    given, accept = _given(form), form.get("decision") == "accept"
    try:
        with records.writing(app.store, asker, app.settings.moment(), SOURCE) as book:
            there = findings.proposal(book.session, asker, id_).payload
            values = {**there, **{name: text for name, text in given.items() if name in RAISED and (text.strip() or there.get(name))}}
            made = decisions.decide(book, id_, accept, str(form.get("reason", ""))[:1_000], values if accept else None)
            target = f"/findings/{addresses.part(made.row_id)}" if accept else "/findings"
    except RowRefused as error:
        return _form(request, id_, given, error)
    return _to(target)


def _start(request: Request, id_: str, form: FormData) -> Response:
    app, asker = enter(request)
    check_form(request, str(form.get("token", "")))
    with records.writing(app.store, asker, app.settings.moment(), SOURCE) as book:
        made = life.start(book, queries.get(book.session, asker, findings.FINDING, id_), str(form.get("title", ""))[:1_000]).id
    return _to(f"/actions/{addresses.part(made)}")


def _form(request: Request, proposal_id: str, values: dict[str, Any], error: RowRefused | None = None) -> Response:
    app, asker = enter(request)
    faults = {problem.column: problem.reason for problem in error.problems} if error else {}
    with app.store.read() as session:
        showing = showing_for(request, session)
        known = {field.name: field for field in showing.fields(_REGISTER, values, faults, new=not proposal_id)}
        found = findings.proposal(session, asker, proposal_id) if proposal_id else None
        asked = [one.strip() for one in str(values.get("requirement", "")).replace("|", ",").split(",") if one.strip()]
        lacking = findings.weak_payload({**values, "requirement": asked}) if values.get("title") else []
        like = Finding(
            id="",
            title=str(values.get("title", "")),
            gap=str(values.get("gap", "")),
            grade=str(values.get("grade", "")),
            site=values.get("site"),
            asset=values.get("asset"),
        )
        again = findings.repeats_of(session, asker, like, asked, showing.context)
        context = {
            "proposal": found,
            "sources": [one for one in found.sources if one.get("url")] if found else [],
            "fields": [known[name] for name in RAISED],
            "kept": {name: values.get(name, "") for name in _KEPT},
            "others": [f"{name}: {said}" for name, said in faults.items() if name not in RAISED],
            "lacking": _said(showing, lacking),
            "repeats": [(one.finding, ", ".join(_mark(showing, mark) for mark in one.same)) for one in again.found],
            "candidate": again.candidate,
            "may_record": rights.may(asker, "create", findings.FINDING),
            "may_decide": found is not None
            and found.state == "open"
            and asker.person_id is not None
            and rights.may(asker, "approve", "proposal", found),
        }
    return _render(request, "findings/form.html", 422 if error else 200, **context)  # fmt: skip


def _given(form: FormData) -> dict[str, str]:
    return {name: str(value)[:100_000] for name in (*RAISED, *_KEPT) if (value := form.get(name)) is not None}


def _seen(given: dict[str, str]) -> Seen:
    asked = tuple(one.strip() for one in given.get("requirement", "").replace("|", ",").split(",") if one.strip())
    more: dict[str, Any] = {name: given.get(name, "").strip() for name in ("audit", "site", "asset", "supplier", "incident", "owner")}
    texts = [given.get(name, "").strip() for name in ("title", "evidence_seen", "gap", "grade")]
    more["sources"] = tuple(one for one in given.get("sources", "").split("|") if one)[:50]
    more["origin"] = given.get("origin", "").strip()[:200]
    return Seen(texts[0], asked, texts[1], texts[2], texts[3], audience=given.get("audience", "").strip() or "staff", **more)


def _may_raise(asker: Any) -> str:
    """Whether the asker records a finding (`do`), proposes one (`propose`), or neither."""
    return "do" if rights.may(asker, "create", findings.FINDING) else "propose" if rights.may(asker, "propose", findings.FINDING) else ""


def _mark(showing: Showing, mark: str) -> str:
    return showing.say("much the same words") if mark == "words" else mark


def _said(showing: Showing, lacking: list[Missing]) -> list[tuple[str, str]]:
    return [(showing.label(_REGISTER.by_name[one.column]), one.said(showing.tongue)) for one in lacking]


def _to(path: str) -> Response:
    return RedirectResponse(path, 303)


def _render(request: Request, template: str, status: int = 200, **context: Any) -> Response:
    pages: Pages = request.app.state.pages
    return pages.render(request, template, status, **context)
