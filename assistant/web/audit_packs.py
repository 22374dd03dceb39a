"""Pages of the rehearsal and of the audit pack."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from assistant.assurance.auditing import archive, questions
from assistant.assurance.auditing.questions import ASKED, THEMES
from assistant.assurance.auditing.rehearsal_text import WORDS, made
from assistant.web.registers import enter, showing_for
from assistant.web.rendering import Pages, language_of
from knowledge.errors import BadKnowledge
from knowledge.registers import rights

router = APIRouter(include_in_schema=False)
PARTS = ("4", "5", "6", "7", "8", "9", "10", "A.5", "A.6", "A.7", "A.8")


@router.get("/audits/rehearsal")
def rehearsal(
    request: Request,
    clause: Annotated[str, Query(max_length=20)] = "",
    theme: Annotated[str, Query(max_length=40)] = "",
    run: Annotated[str, Query(max_length=3)] = "",
) -> Response:
    """Where a part is chosen; with `run` what is missing first, the counts, and every question with what answers it."""
    app, asker = enter(request)
    rights.demand_overview(asker, "rehearsal")
    tongue, fault, report = language_of(request), "", None
    try:
        report = app.rehearse(asker, clause, theme, tongue) if run else None
    except BadKnowledge as error:
        fault = str(error)
    with app.store.read() as session:
        as_of = showing_for(request, session).moment(app.settings.moment())
    pages: Pages = request.app.state.pages
    return pages.render(
        request, "audits/rehearsal.html", 422 if fault else 200, report=report, told=made(report) if report else "", fault=fault, clause=clause, theme=theme,
        parts=PARTS, themes=[(code, words.label(tongue)) for code, words in THEMES.items()], total=len(questions.questions()),
        asked={code: words.label(tongue) for code, words in ASKED.items()}, titles=questions.requirements(), words={name: one.label(tongue) for name, one in WORDS.items()}, as_of=as_of,
    )  # fmt: skip


@router.get("/audits/{id_:path}/pack")
def pack(request: Request, id_: str) -> Response:
    """What an auditor would miss, the lists of the pack, and the ways to take it away."""
    app, asker = enter(request)
    tongue = language_of(request)
    pages: Pages = request.app.state.pages
    return pages.render(
        request, "audits/pack.html", pack=app.audit_pack(asker, id_, tongue), most=archive.ON_PAPER, left_out=archive.left_out
    )
