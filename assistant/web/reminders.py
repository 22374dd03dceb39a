"""Pages of reminders: what goes out next, what went out and why, what is in doubt, one's own open items, answers by link, and calendars."""

from collections.abc import Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Query, Request
from fastapi.responses import RedirectResponse
from sqlmodel import Session, col, select
from starlette.responses import Response

from assistant.app import App
from assistant.assurance.reminding import answers, calendars, delivery, notices, reminders
from assistant.assurance.reminding.due import open_items
from assistant.assurance.reminding.reminders import COUNTDOWN_DAYS
from assistant.assurance.reminding.state import state_at
from assistant.identity import Asker
from assistant.web.registers import enter, showing_for
from assistant.web.rendering import Pages
from assistant.web.security import check_form
from assistant.web.showing import Showing
from knowledge.errors import NoSuchRow, RowRefused
from knowledge.registers import REGISTERS, Outbox, Person, Reminder, ReminderAnswer, queries

router = APIRouter(include_in_schema=False)
_Field = Annotated[str, Form(max_length=2_000)]
_SHOWN = 200
KEEPERS = ("isms_manager",)
"""Who sees what went out to everybody, and settles what is in doubt."""


@router.get("/reminders")
def overview(request: Request, state: Annotated[str, Query(max_length=20)] = "") -> Response:
    """What would go out next to the reader, as a dry run says it; to who keeps the reminders what would to all, what is in doubt, and what was said to whom."""
    app, asker = enter(request)
    now, keeps = app.settings.moment(), asker.role in KEEPERS
    planned = app.delivery.preview(now, None if keeps else asker.person_id or "")
    with app.store.read() as session:
        showing = showing_for(request, session)
        nexts = _readable(session, asker, planned, showing)
        context: dict[str, Any] = {"nexts": nexts, "state": state, "as_of": showing.moment(now), "keeps": keeps, "lines": [], "posts": []}
        if keeps:
            context |= _said(session, asker, state)
    context["reached"] = bool(app.channels.mail or app.channels.chat)
    return _render(request, "reminders/overview.html", **context)


def _readable(session: Session, asker: Asker, planned: Sequence[delivery.Planned], showing: Showing) -> list[dict[str, Any]]:
    """The messages with the moment of each, the reader's own first; nothing is said of rows that the reader may not see."""
    named = {(item.register, item.row_id) for one in planned for item in one.items}
    asked = {("document", question.document.number) for one in planned for question in one.questions}
    seen = _visible(session, asker, named | asked)
    return [
        {
            "one": one,
            "at": showing.moment(one.at),
            "items": [
                (item, reminders.why(item.rule, item.step, item.late_days)) for item in one.items if (item.register, item.row_id) in seen
            ],
            "questions": [question for question in one.questions if ("document", question.document.number) in seen],
        }
        for one in sorted(planned, key=lambda one: one.person_id != asker.person_id)
        if any((item.register, item.row_id) in seen for item in one.items)
    ]


def _said(session: Session, asker: Asker, state: str) -> dict[str, Any]:
    """Messages in doubt, and reminders by state, newest first; only those of rows that the reader may see."""
    names = {person.id: person.name for person in session.exec(select(Person)).all()}
    query = select(Reminder).order_by(col(Reminder.id).desc()).limit(_SHOWN)
    rows = session.exec(query.where(Reminder.state == state) if state else query).all()
    seen = _visible(session, asker, {(row.register_name, row.row_id) for row in rows if row.register_name in REGISTERS}, retired=True)
    lines = [
        {"row": row, "name": names.get(row.person_id, row.person_id), "why": reminders.why(row.rule, row.step, row.late_days)}
        for row in rows
        if (row.register_name, row.row_id) in seen
    ]
    wanted = select(Outbox).where(Outbox.kind == delivery.KIND, col(Outbox.state).in_(("doubtful", "failed")))
    posts = session.exec(wanted.order_by(col(Outbox.id).desc()).limit(_SHOWN)).all()
    return {"lines": lines, "posts": [{"post": post, "name": names.get(post.row_id, post.row_id)} for post in posts]}


def _visible(session: Session, asker: Asker, rows: set[tuple[str, str]], retired: bool = False) -> set[tuple[str, str]]:
    """Those of the rows, by register and id, that the reader may see."""
    by_register: dict[str, set[str]] = {}
    for register, id_ in rows:
        by_register.setdefault(register, set()).add(id_)
    return {
        (register, id_)
        for register, ids in by_register.items()
        for id_ in queries.visible_ids(session, asker, register, ids, retired=retired)
    }


@router.post("/reminders/settle")
def settle(request: Request, post: Annotated[int, Form(ge=0, le=2**53)] = 0, arrived: _Field = "", token: _Field = "") -> Response:
    """To the overview, after a person has said that a message arrived, or is to be sent again."""
    app, asker = _keeper(request)
    check_form(request, token)
    with app.store.write() as session:
        found = session.get(Outbox, post)
        if found is None or found.kind != delivery.KIND:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        try:
            delivery.settle(session, app.delivery.posting, found, arrived == "yes", app.settings.moment(), asker.person_id or asker.role)
        except ValueError as error:
            raise HTTPException(HTTPStatus.CONFLICT, str(error)) from error
    return RedirectResponse("/reminders", HTTPStatus.SEE_OTHER)


@router.get("/reminders/mine")
def mine(request: Request) -> Response:
    """What the reader has open and when it is due, what is late first, and what they answered."""
    app, asker = enter(request)
    with app.store.read() as session:
        showing = showing_for(request, session)
        state = state_at(session, app.settings.moment(), app.settings.reminder_steps)
        known = asker.person_id in state.crew.people
        today = state.crew.today(str(asker.person_id)) if known else app.settings.today()
        items = open_items(state, str(asker.person_id), today + timedelta(days=max(COUNTDOWN_DAYS))) if known else []
        given = select(ReminderAnswer).where(ReminderAnswer.person_id == (asker.person_id or "")).order_by(col(ReminderAnswer.id).desc())
        answered = session.exec(given.limit(20)).all()
        as_of = showing.moment(app.settings.moment())
        questions = list(state.questions.get(str(asker.person_id), ()))
    lines = [{"item": item, "rule": reminders.rule_of(item.rule), "late": item.due_on < today} for item in items]
    return _render(request, "reminders/mine.html", lines=lines, questions=questions, answered=answered, names=notices.ANSWERS, as_of=as_of)


@router.get("/r/{token}")
def answer_page(request: Request, token: str, answer: Annotated[str, Query(max_length=20)] = "") -> Response:
    """The form for an answer; opening it changes nothing, because programs open links too."""
    app: App = request.app.state.app
    return _answer_form(request, app.links.read(token), token, answer if answer in notices.ANSWERS else "done")


@router.post("/r/{token}")
def give_answer(
    request: Request, token: str, answer: _Field = "", text: _Field = "", form: Annotated[str, Form(alias="token", max_length=500)] = ""
) -> Response:
    """What came of the answer; the form again where a text is missing."""
    app: App = request.app.state.app
    check_form(request, form)
    about = app.links.read(token)
    try:
        said = answers.give(app.store, app.channels, about, answer, text, answers.link_key(token, answer), app.settings.moment())
    except RowRefused:
        return _answer_form(request, about, token, answer, 422)
    return _render(request, "reminders/answered.html", said=said)


@router.get("/calendar")
def calendar_page(request: Request) -> Response:
    """How many addresses of the reader's calendars lead somewhere, and forms to make and revoke them."""
    return _calendars(request, "")


@router.post("/calendar")
def change_calendars(request: Request, step: _Field = "", which: _Field = "", token: _Field = "") -> Response:
    """The page with the new address, which is shown this once; or without those that were revoked."""
    app, asker = enter(request)
    check_form(request, token)
    now, person_id = app.settings.moment(), None if which == "plan" else asker.person_id
    with app.store.write() as session:
        if step == "revoke":
            app.calendar_links.revoke(session, asker, person_id, now)
            secret = ""
        else:
            secret = app.calendar_links.make(session, asker, person_id, now)
    return _calendars(request, f"{address_of(request)}/calendar/{secret}.ics" if secret else "")


@router.get("/calendar/{secret}.ics")
def calendar(request: Request, secret: str) -> Response:
    """The calendar behind a secret address."""
    app: App = request.app.state.app
    with app.store.read() as session:
        link = app.calendar_links.holder(session, secret)
        state = state_at(session, app.settings.moment(), app.settings.reminder_steps)
        written = calendars.calendar(state, link, address_of(request))
    return Response(written, media_type="text/calendar; charset=utf-8", headers={"Content-Disposition": 'inline; filename="annexa.ics"'})


def _calendars(request: Request, address: str) -> Response:
    app, asker = enter(request)
    with app.store.read() as session:
        active = app.calendar_links.active(session, asker)
    may_plan = asker.role in calendars.MAKES_PLANS and asker.person_id is not None
    return _render(
        request,
        "reminders/calendars.html",
        address=address,
        own=active.get(asker.person_id, 0),
        plan=active.get(None, 0),
        may_plan=may_plan,
    )


def _answer_form(request: Request, about: answers.About, token: str, answer: str, status: int = 200) -> Response:
    app: App = request.app.state.app
    rule = reminders.rule_of(about.rule)
    with app.store.read() as session:
        state = state_at(session, app.settings.moment(), {})
        row = session.get(REGISTERS[about.register].model, about.row_id) if about.register in REGISTERS else None
        if row is None or not state.crew.active(about.person_id) or not state.may_read(about.person_id, about.register, row):
            raise NoSuchRow("reminder", about.row_id)
    named = str(getattr(row, "title", "") or getattr(row, "name", ""))
    return _render(request, "reminders/answer.html", status, about=about, named=named, rule=rule, address=f"/r/{token}", answer=answer, names=notices.ANSWERS, asks=notices.ASKS)  # fmt: skip


def _keeper(request: Request) -> tuple[App, Asker]:
    app, asker = enter(request)
    if asker.role not in KEEPERS:
        raise HTTPException(
            HTTPStatus.FORBIDDEN, "The ISMS manager sees what went out to everybody; your own open items are at /reminders/mine."
        )
    return app, asker


def address_of(request: Request) -> str:
    """Where our pages are: what is set, else where the request came in."""
    app: App = request.app.state.app
    return app.settings.public_url.rstrip("/") or str(request.base_url).rstrip("/")


def _render(request: Request, template: str, status: int = 200, **context: Any) -> Response:
    pages: Pages = request.app.state.pages
    return pages.render(request, template, status, **context)
