"""Errors to replies: a page for people, `application/problem+json` (RFC 9457) under /api."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import Response

from assistant.errors import ModelFailed, TooManyAttempts, TrackerFailed
from knowledge import errors
from knowledge.errors import AnnexaError

_STATUS: tuple[tuple[type[AnnexaError], HTTPStatus], ...] = (
    (errors.NotAllowed, HTTPStatus.FORBIDDEN),
    (errors.NoSuchRow, HTTPStatus.NOT_FOUND),
    (errors.UnknownRegister, HTTPStatus.NOT_FOUND),
    (errors.BadKnowledge, HTTPStatus.UNPROCESSABLE_ENTITY),
    (errors.ChangedMeanwhile, HTTPStatus.PRECONDITION_FAILED),
    (errors.RowRefused, HTTPStatus.UNPROCESSABLE_ENTITY),
    (errors.UnknownPerson, HTTPStatus.UNPROCESSABLE_ENTITY),
    (errors.UnreadableDocument, HTTPStatus.UNPROCESSABLE_ENTITY),
    (errors.DataFolderBusy, HTTPStatus.CONFLICT),
    (TooManyAttempts, HTTPStatus.TOO_MANY_REQUESTS),
    (ModelFailed, HTTPStatus.BAD_GATEWAY),
    (TrackerFailed, HTTPStatus.BAD_GATEWAY),
    (errors.EncoderUnusable, HTTPStatus.SERVICE_UNAVAILABLE),
)


class RowProblem(BaseModel):
    """One thing that is wrong in a row; `row` is empty for a new one."""

    row: str
    column: str
    value: str
    reason: str


class Problem(BaseModel):
    """What went wrong, in the form of RFC 9457; `errors` names each field of the request that is wrong, `problems` each value of a row."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    reference: str = ""
    errors: list[dict[str, str]] = []
    problems: list[RowProblem] = []


def described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI says about the problems that a route may answer with."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": {"application/problem+json": {"schema": schema}}}
        for status in statuses
    }


def status_of(error: AnnexaError) -> int:
    """The status that fits an error of the family; 500 for one that the request did not cause."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), HTTPStatus.INTERNAL_SERVER_ERROR)


def problem(
    status: int,
    detail: str,
    reference: str = "",
    errors: list[dict[str, str]] | None = None,
    problems: Sequence[RowProblem] = (),
) -> Problem:
    """A problem whose sentence says what to do."""
    return Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail.replace("{reference}", reference),
        reference=reference,
        errors=errors or [],
        problems=list(problems),
    )


def respond(request: Request, status: int, detail: str, reference: str = "") -> Response:
    """A problem under /api, a page elsewhere."""
    if _for_programs(request):
        return _json(problem(status, detail, reference))
    page: Response = request.app.state.pages.render(request, "failure.html", status=status, detail=detail, reference=reference)
    return page


def describe(web: FastAPI) -> None:
    """Have the description of REST hold the form of problems, which `described` refers to, and the answer to what cannot be read at all."""
    written = web.openapi

    def with_problems() -> dict[str, Any]:
        description = written()
        for model in (Problem, RowProblem):
            schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
            schema.pop("$defs", None)
            description["components"]["schemas"][model.__name__] = schema
        for path, operations in description["paths"].items():
            for operation in operations.values() if path.startswith("/api/") else ():
                operation["responses"].setdefault("400", described(400)[400])
        return description

    web.openapi = with_problems  # type: ignore[method-assign]


def install(web: FastAPI) -> None:
    """Have every error of the family, of routing and of validation answered in this form."""

    @web.exception_handler(AnnexaError)
    def _of_the_family(request: Request, error: AnnexaError) -> Response:
        if isinstance(error, errors.RowRefused) and _for_programs(request):
            return _json(problem(422, str(error), problems=[_row_problem(one) for one in error.problems]))
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
            return _json(problem(422, sentence, errors=faults[:20], problems=[_of_field(fault) for fault in error.errors()[:20]]))
        return respond(request, 422, "The form was not sent whole. Load the page again and send it once more.")


_SENTENCES = {
    "Not Found": "There is nothing here, or nothing that you may read.",
    "Method Not Allowed": "This address does not take that kind of request.",
    "There was an error parsing the body": "The body of the request cannot be read: send JSON, in UTF-8.",
}


def _of_field(fault: Mapping[str, Any]) -> RowProblem:
    """A fault of a body's field, in the form of what the registers themselves refuse."""
    place = [str(part) for part in fault["loc"][1:]]
    value = fault["input"] if isinstance(fault["input"], str | int | float) else ""
    return RowProblem(row="", column=place[0] if place else "", value=str(value)[:200], reason=str(fault["msg"]))


def _row_problem(found: errors.Problem) -> RowProblem:
    return RowProblem(row=found.row, column=found.column, value=found.value, reason=found.reason)


def _for_programs(request: Request) -> bool:
    return request.url.path == "/api" or request.url.path.startswith("/api/")


def _json(found: Problem) -> Response:
    told = json.dumps(found.model_dump(), ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "replace"
    )  # half a character can be named, not sent back
    return Response(told, status_code=found.status, media_type="application/problem+json")
