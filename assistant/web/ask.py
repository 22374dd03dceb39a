"""The page where one asks, and the demo's choice of a person."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from assistant import identity
from assistant.answering import LONGEST
from assistant.answering.shape import Answer, Citation, Claim
from assistant.app import App
from assistant.identity import VISITOR
from assistant.phrases import phrases
from assistant.web.rendering import Pages, language_of, languages_of
from assistant.web.security import check_form, write_cookie
from assistant.web.streaming import stream
from knowledge import language

router = APIRouter(include_in_schema=False)


@router.get("/")
def page(request: Request) -> Response:
    """The empty form."""
    pages: Pages = request.app.state.pages
    return pages.render(request, "ask/page.html", question="", answer=None, thread="", fault="")


@router.post("/")
def answer(
    request: Request, question: Annotated[str, Form()] = "", thread: Annotated[str, Form()] = "", token: Annotated[str, Form()] = ""
) -> Response:
    """The answer and the form to go on; the form with a message beside the field when the question cannot be taken."""
    app: App = request.app.state.app
    pages: Pages = request.app.state.pages
    check_form(request, token)
    if fault := _fault(question):
        return pages.render(request, "ask/page.html", 422, question=question[:LONGEST], answer=None, thread=thread, fault=fault)
    found = app.ask(question, request.state.visit.asker, thread or None)
    context = pages.answer_context(request, question, found) | {"thread": found.thread, "fault": ""}
    return pages.render(request, "ask/page.html", tongue=found.language, **context)


@router.post("/ask/stream")
def answer_stream(
    request: Request, question: Annotated[str, Form()] = "", thread: Annotated[str, Form()] = "", token: Annotated[str, Form()] = ""
) -> Response:
    """The same answer as events: pieces of the page, each claim as it is checked."""
    app: App = request.app.state.app
    pages: Pages = request.app.state.pages
    check_form(request, token)
    if fault := _fault(question):
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, phrases(language_of(request))(fault))
    tongue = language.language_of(question)

    def claim_part(claim: Claim, citations: list[Citation]) -> dict[str, str]:
        spoken = languages_of(app.store, citations)
        return {"html": pages.part(request, "ask/_claim.html", tongue, claim=claim, citations=citations, spoken=spoken, answer_id="")}

    def answer_part(answer: Answer) -> dict[str, Any]:
        context = pages.answer_context(request, question, answer)
        return {"html": pages.part(request, "ask/_answer.html", answer.language, **context), "thread": answer.thread}

    return stream(
        lambda tell: app.ask(question, request.state.visit.asker, thread or None, tell=tell),
        {"text": phrases(tongue)("Reading the sources")},
        claim_part,
        answer_part,
        phrases(language_of(request)),
    )


@router.post("/person")
def choose_person(request: Request, as_: Annotated[str, Form(alias="as")] = "", token: Annotated[str, Form()] = "") -> Response:
    """Back to the page as another of the demo's people. Raises UnknownPerson; 404 outside the demo."""
    app: App = request.app.state.app
    if not app.settings.demo:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    check_form(request, token)
    if as_ != VISITOR.role:
        identity.asker(app.store, as_)
    response = RedirectResponse("/", HTTPStatus.SEE_OTHER)
    write_cookie(app, request, response, request.state.visit.browser, as_)
    return response


def _fault(question: str) -> str:
    cleaned = language.clean(question)
    if not cleaned:
        return "Write a question first."
    return "The question is too long; shorten it to 4,000 characters." if len(cleaned) > LONGEST else ""
