"""Errors to replies: a page for people, `application/problem+json` (RFC 9457) under /api."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import Response

from assistant.errors import ModelFailed, NotAllowed
from knowledge.errors import AnnexaError, DataFolderBusy, EncoderUnusable, UnknownPerson, UnreadableDocument

_STATUS: tuple[tuple[type[AnnexaError], HTTPStatus], ...] = (
    (NotAllowed, HTTPStatus.FORBIDDEN),
    (UnknownPerson, HTTPStatus.UNPROCESSABLE_ENTITY),
    (UnreadableDocument, HTTPStatus.UNPROCESSABLE_ENTITY),
    (DataFolderBusy, HTTPStatus.CONFLICT),
    (ModelFailed, HTTPStatus.BAD_GATEWAY),
    (EncoderUnusable, HTTPStatus.SERVICE_UNAVAILABLE),
)


class Problem(BaseModel):
    """What went wrong, in the form of RFC 9457; `errors` names each field that is wrong."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    reference: str = ""
    errors: list[dict[str, str]] = []


def described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI says about the problems that a route may answer with."""
    schema = Problem.model_json_schema()
    return {
        status: {"description": HTTPStatus(status).phrase, "content": {"application/problem+json": {"schema": schema}}}
        for status in statuses
    }


def status_of(error: AnnexaError) -> int:
    """The status that fits an error of the family; 500 for one that the request did not cause."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), HTTPStatus.INTERNAL_SERVER_ERROR)


def problem(status: int, detail: str, reference: str = "", errors: list[dict[str, str]] | None = None) -> Problem:
    """A problem whose sentence says what to do."""
    return Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail.replace("{reference}", reference),
        reference=reference,
        errors=errors or [],
    )


def respond(request: Request, status: int, detail: str, reference: str = "") -> Response:
    """A problem under /api, a page elsewhere."""
    if _for_programs(request):
        return _json(problem(status, detail, reference))
    page: Response = request.app.state.pages.render(request, "failure.html", status=status, detail=detail, reference=reference)
    return page


def install(web: FastAPI) -> None:
    """Have every error of the family, of routing and of validation answered in this form."""

    @web.exception_handler(AnnexaError)
    def _of_the_family(request: Request, error: AnnexaError) -> Response:
        return respond(request, status_of(error), str(error))

    @web.exception_handler(HTTPException)
    def _of_http(request: Request, error: HTTPException) -> Response:
        response = respond(request, error.status_code, _SENTENCES.get(error.detail, error.detail))
        response.headers.update(error.headers or {})
        return response

    @web.exception_handler(RequestValidationError)
    def _of_validation(request: Request, error: RequestValidationError) -> Response:
        faults = [{"field": ".".join(str(part) for part in fault["loc"]), "message": str(fault["msg"])} for fault in error.errors()]
        sentence = "The request is not in its form: " + "; ".join(f"{fault['field']}: {fault['message']}" for fault in faults[:5])
        if _for_programs(request):
            return _json(problem(422, sentence, errors=faults[:20]))
        return respond(request, 422, "The form was not sent whole. Load the page again and send it once more.")


_SENTENCES = {
    "Not Found": "There is nothing here, or nothing that you may read.",
    "Method Not Allowed": "This address does not take that kind of request.",
    "There was an error parsing the body": "The body of the request cannot be read: send JSON, in UTF-8.",
}


def _for_programs(request: Request) -> bool:
    return request.url.path == "/api" or request.url.path.startswith("/api/")


def _json(found: Problem) -> JSONResponse:
    return JSONResponse(found.model_dump(), status_code=found.status, media_type="application/problem+json")
