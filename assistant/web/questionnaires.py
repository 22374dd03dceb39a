"""A customer's questionnaire: uploaded or pasted, answered as far as approved facts do, and given back as the same file."""

import base64
import re
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import PurePath

import fastapi
from fastapi import APIRouter, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from assistant.app import App
from assistant.drafting import questionnaire_worker, questionnaires
from assistant.drafting.questionnaire_files import Sheet
from assistant.drafting.questionnaires import MOST_QUESTIONS, Proposed
from assistant.identity import Asker
from assistant.web.drafts_api import DEPENDENCIES, who
from assistant.web.failures import described
from assistant.web.files import file_of
from assistant.web.registers import enter
from assistant.web.rendering import Pages
from assistant.web.security import check_form
from knowledge.errors import Problem, RowRefused, UnreadableDocument

router = APIRouter()
_KEPT_BYTES = 600 * 1024
"""Up to here a file stays in the page, so that it need not be chosen again for its answers."""


@dataclass
class Asked:
    """The questions of a file (`content`, `name`, `sheets`) or of a text that was pasted (`pasted`)."""

    name: str = ""
    content: bytes = b""
    sheets: list[Sheet] = field(default_factory=list)
    pasted: list[str] = field(default_factory=list)

    @property
    def places(self) -> list[tuple[str, int, str]]:
        """(sheet, row, question) of each question."""
        return [(sheet.name, row, question) for sheet in self.sheets for row, question in sheet.rows] or [
            ("", 0, one) for one in self.pasted
        ]


@router.get("/questionnaire", include_in_schema=False)
def page(request: Request) -> Response:
    """Where a questionnaire is uploaded or pasted."""
    enter(request)
    return _page(request, Asked())


@router.post("/questionnaire", include_in_schema=False)
async def answer(request: Request) -> Response:
    """The proposed answers with what they rest on; with the step `file` the same file with its answers."""
    try:
        form = await request.form()
    except UnicodeError as error:  # a part that names an odd encoding
        raise HTTPException(HTTPStatus.BAD_REQUEST, "There was an error parsing the body") from error
    uploaded = form.get("file")
    content, name = (await uploaded.read(), uploaded.filename or "") if isinstance(uploaded, UploadFile) else (b"", "")
    reply: Response = await run_in_threadpool(_answer, request, form, content, name)
    return reply


@router.post(
    "/api/questionnaire/file",
    summary="Fill a customer's questionnaire",
    response_class=Response,
    dependencies=DEPENDENCIES,
    responses=described(401, 403, 413, 422),
)
def fill(request: Request, file: fastapi.UploadFile) -> Response:
    """The same workbook or CSV with proposed answers; every other cell as it was, and what nobody has recorded left blank."""
    app, asker = who(request)
    asked = _read(file.file.read(), file.filename or "")
    return _filled(asked, _answered(app, asker, asked))


def _answer(request: Request, form: FormData, content: bytes, name: str) -> Response:
    app, asker = enter(request)
    check_form(request, str(form.get("token", "")))
    text = str(form.get("text", ""))[:100_000].encode("utf-8", "replace").decode().replace("\x00", "")
    try:
        content, name = (content, name) if content else _before(form)
        asked = _read(content, name) if content else Asked(pasted=questionnaires.pasted(text))
        made = _answered(app, asker, asked)
    except UnreadableDocument as error:
        return _page(request, Asked(), text, f"{error.path}: {error.reason}")
    except RowRefused as error:
        return _page(request, Asked(), text, "; ".join(problem.reason for problem in error.problems))
    return _filled(asked, made) if form.get("step") == "file" and asked.sheets else _page(request, asked, text, made=made)


def _before(form: FormData) -> tuple[bytes, str]:
    """(content, name) of the file that was shown before, as the page carries it."""
    try:
        return base64.b64decode(str(form.get("content", "")), validate=True), str(form.get("name", ""))
    except ValueError:
        return b"", ""


def _read(content: bytes, name: str) -> Asked:
    plain = re.sub(r"[^\w. -]", "_", PurePath(name.replace("\\", "/")).name)[-100:] or "questionnaire"
    if not plain.lower().endswith((".xlsx", ".csv")):
        raise UnreadableDocument(plain, "a questionnaire is a workbook (.xlsx) or a CSV file; paste anything else as text")
    return Asked(plain, content, questionnaire_worker.read(content, plain))


def _answered(app: App, asker: Asker, asked: Asked) -> list[Proposed]:
    questions = [question for _, _, question in asked.places]
    if not 0 < len(questions) <= MOST_QUESTIONS:
        reason = f"give 1 to {MOST_QUESTIONS} questions; on the command line annexa questionnaire takes any number"
        raise RowRefused([Problem("questionnaire", "", "questions", str(len(questions)), reason)])
    return app.drafter.answers(asker, questions)


def _filled(asked: Asked, made: list[Proposed]) -> Response:
    cells = {(sheet, row): questionnaires.cells(one) for (sheet, row, _), one in zip(asked.places, made, strict=True)}
    stem, _, form = asked.name.rpartition(".")
    return file_of(questionnaire_worker.filled(asked.content, asked.name, asked.sheets, cells), form.lower(), f"{stem}-answered")


def _page(request: Request, asked: Asked, text: str = "", fault: str = "", made: list[Proposed] | None = None) -> Response:
    pages: Pages = request.app.state.pages
    kept = base64.b64encode(asked.content).decode() if 0 < len(asked.content) <= _KEPT_BYTES else ""
    found = list(zip(asked.places, made or [], strict=bool(made)))
    return pages.render(
        request, "documents/questionnaire.html", 422 if fault else 200, asked=asked, text=text, fault=fault, found=found, kept=kept,
        answered=sum(one.verdict != "needs information" for one in made or []),
    )  # fmt: skip
