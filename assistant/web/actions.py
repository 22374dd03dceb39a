"""Pages of corrective actions: the board by state with how old they are, and an action in its eight steps with what each lacks."""

from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from sqlmodel import col
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.responses import Response

from assistant import addresses
from assistant.assurance.corrective import ageing, decisions, eight_d, findings, life
from assistant.assurance.corrective.actions import DATE_OF, STATES, Missing, gaps, own_columns
from assistant.assurance.corrective.life import StepRefused
from assistant.web.actions_api import ages_of
from assistant.web.registers import enter, showing_for
from assistant.web.rendering import Pages, language_of
from assistant.web.security import check_form
from assistant.web.showing import Piece, Showing, as_typed
from knowledge.errors import ChangedMeanwhile, RowRefused
from knowledge.registers import REGISTERS, CorrectiveAction, derived, queries, records, rights

router = APIRouter(include_in_schema=False)
SOURCE = "web"
_REGISTER = REGISTERS[life.ACTION]
_MOST = 100
"""How many cards a column of the board shows, those due first."""
_LAST_CLOSED = 10
"""How many closed actions the board still shows; all of them stand in the register."""
_BAR = 320
"""Width of the longest bar in the picture, in pixels."""


@router.get("/actions")
def board(request: Request, owner: str = "") -> Response:
    """Actions by state, those of one owner where asked, and how old the open ones are."""
    app, asker = enter(request)
    whose = [CorrectiveAction.owner == (asker.person_id if owner == "me" else owner)] if owner else []
    with app.store.read() as session:
        showing = showing_for(request, session)
        some = queries.rows(session, asker, life.ACTION, CorrectiveAction.state != "closed", *whose)
        some.sort(key=lambda one: (one.due_date or date.max, one.id))
        closed_order = col(CorrectiveAction.closed_on).desc()
        closed = queries.rows(
            session, asker, life.ACTION, CorrectiveAction.state == "closed", *whose, order=closed_order, limit=_LAST_CLOSED
        )
        showing.know({one.owner for one in (*some, *closed) if one.owner})
        ages = ages_of(session, asker, some, app.settings.today())
        old = {one.id: one for one in ages}
        stacks = {state: [one for one in (*some, *closed) if one.state == state] for state in STATES}
        columns = [
            (_state(showing, state), state, len(stack), [_card(showing, one, old) for one in stack[:_MOST]])
            for state, stack in stacks.items()
        ]
        groups = [(by, [_group(showing, by, one) for one in ageing.grouped(ages, by)]) for by in ("grade", "owner")]
    return _render(
        request, "actions/board.html", columns=columns, groups=groups, stretches=_stretches(),
        open_count=len(ages), last_closed=_LAST_CLOSED, mine=owner == "me", as_of=showing.moment(app.settings.moment()),
    )  # fmt: skip


@router.get("/actions/{id_:path}")
def action(request: Request, id_: str) -> Response:
    """The eight steps, what may be done next, and what each step lacks."""
    return _page(request, id_)


@router.post("/actions/{id_:path}")
async def step(request: Request, id_: str) -> Response:
    """To the action after the step; the page again with what is missing, or with what somebody else did meanwhile."""
    reply: Response = await run_in_threadpool(_step, request, id_, await request.form())
    return reply


def _step(request: Request, id_: str, form: FormData) -> Response:
    app, asker = enter(request)
    check_form(request, str(form.get("token", "")))
    written, to = str(form.get("revision", "")), str(form.get("to", ""))[:40]
    revision = int(written) if written.isascii() and written.isdigit() and len(written) < 10 else 0
    given = {name: str(value)[:100_000] for name, value in form.items() if name in _REGISTER.by_name}
    try:
        with records.writing(app.store, asker, app.settings.moment(), SOURCE) as book:
            if to == "extend":
                life.extend(book, id_, given.get("due_date", ""), given.get("extension_reason", ""), revision)
            elif to == "ask":
                decisions.ask_extension(book, id_, given.get("due_date", ""), given.get("extension_reason", ""))
            elif to == "accept":
                life.accept_action(book, id_, revision)
            else:
                life.move(book, id_, to, _changed(book, id_, to, given), revision)
    except StepRefused as error:
        tongue = language_of(request)
        return _page(request, id_, 422, to, given, {one.column: one.said(tongue) for one in reversed(error.missing)})
    except RowRefused as error:
        return _page(request, id_, 422, to, given, {problem.column: problem.reason for problem in error.problems})
    except ChangedMeanwhile as error:
        return _page(request, id_, 409, to, given, {"state": str(error)})
    return RedirectResponse(f"/actions/{addresses.part(id_)}", 303)


def _changed(book: records.Records, id_: str, to: str, given: dict[str, str]) -> dict[str, str]:
    """What was typed anew: the form shows what stands there, and sends all of it back."""
    there = queries.values(book.session, book.actor, queries.get(book.session, book.actor, life.ACTION, id_))
    day = DATE_OF.get(to)
    return {
        name: text
        for name, text in given.items()
        if text.strip() and (name == day or text.replace("\r\n", "\n").strip() != as_typed(there[name]).strip())
    }


def _page(
    request: Request, id_: str, status: int = 200, to: str = "", typed: dict[str, str] | None = None, faults: dict[str, str] | None = None
) -> Response:
    app, asker = enter(request)
    with app.store.read() as session:
        showing = showing_for(request, session)
        model: CorrectiveAction = queries.get(session, asker, life.ACTION, id_)
        plain = showing.rows(_REGISTER, [model])[0]
        lacking = life.possible(session, asker, model, app.settings.moment())
        ways = [
            {
                **_way(showing, plain, state, found, (typed, faults) if state == to else ({}, {}), app.settings.today()),
                "allowed": life.may_take(asker, model, state),
            }
            for state, found in lacking.items()
        ]
        finding = life.finding_of(session, asker, model)
        missing = gaps(model, life.proofs(session, id_, None))
        steps = [
            (one.title, one.open, [(showing.label(_REGISTER.by_name[name]), showing.pieces(_REGISTER, _REGISTER.by_name[name], plain[name])) for name, _ in one.values])
            for one in eight_d.disciplines(model, plain["evidence"], showing.tongue)
        ]  # fmt: skip
        grade = finding.grade if finding else ""
        context = {
            "action": model,
            "row": plain,
            "state": Piece(_state(showing, model.state), state="good" if model.state == "closed" else "quiet"),
            "steps": steps,
            "finding": finding,
            "grade": _grade(showing, grade),
            "ways": ways,
            "gaps": [(showing.label(_REGISTER.by_name[one.column]), one.said(showing.tongue)) for one in missing],
            "age": ageing.age(model, grade, app.settings.today()) if model.state != "closed" else None,
            "late": derived.action_overdue(model, showing.context),
            "owner": showing.pieces(_REGISTER, _REGISTER.by_name["owner"], plain["owner"]),
            "due": showing.day(model.due_date) if model.due_date else "",
            "accepted": showing.moment(model.accepted_at) if model.accepted_at else "",
            "may_decide": asker.person_id is not None and model.state != "closed" and rights.may(asker, "approve", life.ACTION, model),
            "is_owner": asker.person_id == model.owner,
            "may_ask": model.state != "closed" and rights.may(asker, "propose", life.ACTION, model),
            "may_change": model.state != "closed" and rights.may(asker, "change", life.ACTION, model),
            "to": to,
            "typed": typed or {},
            "faults": faults or {},
            "elsewhere": f"/findings/{addresses.part(finding.id)}#elsewhere" if finding else "",
            "as_of": showing.moment(app.settings.moment()),
        }
    return _render(request, "actions/action.html", status, **context)


def _way(showing: Showing, plain: dict[str, Any], to: str, lacking: list[Missing], sent: tuple[Any, Any], today: date) -> dict[str, Any]:
    """A step with its form: its own columns, and those of earlier steps that lack something; its day is today unless another is typed."""
    typed, faults = sent[0] or {}, sent[1] or {}
    names = [
        name for name in dict.fromkeys([*own_columns(to), *(one.column for one in lacking)]) if name not in ("criterion_set_at", "state")
    ]
    known = {
        field.name: field for field in showing.fields(_REGISTER, {**plain, DATE_OF[to]: today.isoformat(), **typed}, faults, new=False)
    }
    return {
        "to": to,
        "name": _state(showing, to),
        "lacking": [(showing.label(_REGISTER.by_name[one.column]), one.said(showing.tongue)) for one in lacking],
        "fields": [known[name] for name in names],
        "others": [said for name, said in faults.items() if name not in names],
    }


def _card(showing: Showing, row: CorrectiveAction, old: dict[str, ageing.Age]) -> dict[str, Any]:
    age = old.get(row.id)
    return {
        "id": row.id,
        "title": row.title,
        "owner": showing.name(row.owner) if row.owner else showing.say("nobody"),
        "due": showing.day(row.due_date) if row.due_date and row.state != "closed" else "",
        "late": derived.action_overdue(row, showing.context),
        "days": age.days_open if age else None,
        "grade": _grade(showing, age.grade) if age else "",
        "closed": showing.day(row.closed_on) if row.closed_on and row.state == "closed" else "",
    }


def _group(showing: Showing, by: str, group: ageing.Group) -> dict[str, Any]:
    name = _grade(showing, group.name) if by == "grade" else showing.name(group.name) if group.name else showing.say("nobody")
    longest = max(group.count, 1)
    bars, start = [], 0.0
    for place, count in enumerate(group.stretches):
        width = _BAR * count / longest
        bars.append((round(start, 1), round(width, 1), place, count))
        start += width
    return {"name": name or showing.say("no grade"), "group": group, "bars": bars}


def _stretches() -> list[str]:
    return [f"{low}–{high}" if high is not None else f"> {low - 1}" for low, high in ageing.STRETCHES]


def _state(showing: Showing, state: str) -> str:
    return showing.code(_REGISTER.by_name["state"], state) or state


def _grade(showing: Showing, grade: str) -> str:
    return (showing.code(REGISTERS[findings.FINDING].by_name["grade"], grade) or grade) if grade else ""


def _render(request: Request, template: str, status: int = 200, **context: Any) -> Response:
    pages: Pages = request.app.state.pages
    return pages.render(request, template, status, **context)
