"""The page of readiness: groups of checks with state, proof, what to do and who, and the form for what the registers cannot tell."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from assistant import addresses
from assistant.assurance import readiness
from assistant.assurance.readiness.telling import WORDS
from assistant.web.registers import enter, showing_for
from assistant.web.rendering import Pages
from assistant.web.security import check_form
from knowledge.errors import RowRefused

router = APIRouter(include_in_schema=False)
_COLOURS = {"yes": "good", "no": "bad", "not_checked": "quiet"}
_Field = Annotated[str, Form(max_length=4_000)]


@router.get("/readiness")
def page(
    request: Request,
    group: Annotated[str, Query(max_length=64)] = "",
    state: Annotated[str, Query(pattern="^(yes|no|not_checked)?$")] = "",
) -> Response:
    """Counts, what to do first, and every check; `group` and `state` show a part."""
    return _page(request, group, state)


@router.post("/readiness/{name}")
def act(
    request: Request,
    name: str,
    given: Annotated[str, Form(alias="answer", max_length=10)] = "",
    proof: _Field = "",
    step: Annotated[str, Form(max_length=10)] = "",
    token: _Field = "",
) -> Response:
    """The page again with the answer, or with what is wrong with it; to the proposal, where a finding is proposed."""
    app, asker = enter(request)
    check_form(request, token)
    with app.store.read() as session:
        context = showing_for(request, session).context
    try:
        if step == "propose":
            return RedirectResponse(f"/findings/proposals/{readiness.propose(app.store, asker, name, context, app.settings.moment())}", 303)
        readiness.answer(app.store, asker, name, given, proof, context, app.settings.moment())
    except RowRefused as error:
        faults = {name: "; ".join(problem.reason for problem in error.problems)}
        return _page(request, "", "", faults, {name: (given, proof)})
    return RedirectResponse(f"/readiness#{name}", 303)


def _page(
    request: Request, group: str, state: str, faults: dict[str, str] | None = None, typed: dict[str, tuple[str, str]] | None = None
) -> Response:
    app, asker = enter(request)
    with app.store.read() as session:
        showing = showing_for(request, session)
        report = readiness.run(session, asker, showing.context, group)
    tongue = showing.tongue
    shown = [one for one in report.results if not state or one.outcome.state == state]
    pages: Pages = request.app.state.pages
    return pages.render(
        request,
        "readiness/page.html",
        422 if faults else 200,
        report=report,
        counts=report.counts(),
        titles={name: title.said(tongue) for name, title in readiness.groups().items()},
        shown={name: [one for one in shown if one.check.group == name] for name in report.counts()},
        gaps=[gap for gap in report.gaps if not state or gap.result.outcome.state == state],
        words={code: word.said(tongue) for code, word in WORDS.items()},
        colours=_COLOURS,
        note=readiness.NO_VERDICT.said(tongue),
        chosen=(group, state),
        place=_place,
        may_propose=asker.role == "isms_manager",
        faults=faults or {},
        typed=typed or {},
        as_of=showing.moment(app.settings.moment()),
    )


def _place(part: Any) -> str:
    """Where the row of a proof has its page."""
    return addresses.row(part.register, part.id) if part.register else ""
