"""REST for drafts: risk entries and documents drafted, the life of a document until it is approved, statements and printed forms."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response, Security
from fastapi.security import APIKeyCookie, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field

from assistant import printing
from assistant.app import App
from assistant.drafting import life, questionnaires
from assistant.drafting.life import Version
from assistant.drafting.questionnaires import MOST_QUESTIONS, Verdict
from assistant.drafting.risks import RiskDraft
from assistant.drafting.types import document_types
from assistant.drafting.workbooks import STATEMENTS
from assistant.identity import Asker
from assistant.web.failures import described
from assistant.web.security import SESSION_COOKIE, on_behalf, signed_in
from assistant.web.shapes import Line, Text
from knowledge.errors import Problem, RowRefused
from knowledge.registers import DocumentVersion, records

_bearer = HTTPBearer(auto_error=False, description="A token of `annexa token create`.")
_cookie = APIKeyCookie(name=SESSION_COOKIE, auto_error=False, description="A browser that has signed in.")
router = APIRouter(
    prefix="/api",
    dependencies=[Security(_bearer), Security(_cookie), Depends(signed_in)],
    responses=described(401, 403, 404, 412, 413, 421, 422),
)
SOURCE = "REST"
_Id = Annotated[int, Field(ge=1, le=2**53)]
_Revision = Annotated[int, Query(ge=1, le=2**53, description="the revision that was read; another one is refused")]
_As = Annotated[
    Annotated[Text, Field(max_length=320)] | None, Field(alias="as", description="who asks; for the owner of the data folder and the demo")
]
_Markdown = Annotated[Text, Field(max_length=400_000)]
_MEDIA = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class RiskWanted(BaseModel):
    """What could happen, in a sentence; `asset` names the asset where the sentence leaves it open, `keep` makes a proposal of it."""

    model_config = ConfigDict(extra="forbid")

    sentence: Annotated[Text, Field(min_length=1, max_length=2_000)]
    asset: Annotated[Text, Field(max_length=64)] = ""
    keep: bool = False
    as_: _As = None


class RiskMade(BaseModel):
    """The entry, and the proposal that it is kept as."""

    draft: RiskDraft
    proposal: str = ""


class Questions(BaseModel):
    """Questions of a customer, one by one, or as text with a question a line."""

    model_config = ConfigDict(extra="forbid")

    questions: list[Annotated[Text, Field(min_length=1, max_length=2_000)]] = Field(default=[], max_length=MOST_QUESTIONS)
    text: Annotated[Text, Field(max_length=100_000)] = ""
    as_: _As = None


class AnswerProposed(BaseModel):
    """A proposed answer with its sources; `ask` says what is missing where it needs information."""

    question: str
    verdict: Verdict
    text: str
    ask: str
    sources: list[dict[str, Any]]


class DocumentWanted(BaseModel):
    """A type of document, what it is for, and answers to its questions by key; `keep` makes a document of it."""

    model_config = ConfigDict(extra="forbid")

    type: Annotated[Text, Field(min_length=1, max_length=100)]
    subject: Annotated[Text, Field(max_length=64)] = ""
    number: Annotated[Text, Field(max_length=64)] = ""
    answers: dict[Line, Annotated[Text, Field(max_length=2_000)]] = Field(default={}, max_length=100)
    keep: bool = False
    as_: _As = None


class DocumentMade(BaseModel):
    """The draft; `version` where it was kept."""

    draft: dict[str, Any]
    version: int | None = None


class TypeLine(BaseModel):
    """A type of document that can be drafted."""

    name: str
    id: str
    title: str
    title_de: str
    kind: str
    controls: list[str]
    about: str
    questions: dict[str, str]


class VersionLine(BaseModel):
    """A version of a document."""

    id: int
    version: str
    state: str
    approved_on: date | None
    approver: str
    current: bool


class VersionText(BaseModel):
    """A version that is written here, whole."""

    id: int
    number: str
    title: str
    version: str
    state: str
    markdown: str
    revision: int
    draft: dict[str, Any]
    written_by: list[str]
    request: str
    approved_by: str | None
    approved_at: datetime | None
    content_hash: str


class Written(BaseModel):
    """The new text of a version."""

    model_config = ConfigDict(extra="forbid")

    markdown: _Markdown


class Answers(BaseModel):
    """Answers to the open points of a draft, by their key."""

    model_config = ConfigDict(extra="forbid")

    answers: dict[Line, Annotated[Text, Field(max_length=2_000)]] = Field(max_length=100)


class Reason(BaseModel):
    """Why."""

    model_config = ConfigDict(extra="forbid")

    reason: Line = ""


class Said(BaseModel):
    """A remark on a section."""

    model_config = ConfigDict(extra="forbid")

    section: Line = ""
    text: Annotated[Text, Field(min_length=1, max_length=10_000)]


class Remark(BaseModel):
    """A remark as it stands; `settled_by` once somebody has settled it."""

    id: int
    section: str
    text: str
    author: str
    created_at: datetime
    settled_by: str | None


class DifferenceLine(BaseModel):
    """A line that came (`+`), went (`-`) or stayed."""

    kind: str
    section: str
    text: str


class ConflictSide(BaseModel):
    """One of two places that contradict each other."""

    source_id: str
    title: str
    heading: str
    quote: str
    url: str
    shown: str


class ConflictLine(BaseModel):
    """A contradiction: its kind, both sides, how sure it is, and whether a chat model as second reader struck it out."""

    kind: str
    one: ConflictSide
    other: ConflictSide
    likeness: float
    struck: bool


class Conflicts(BaseModel):
    """The contradictions in what the asker may read, the surest first."""

    conflicts: list[ConflictLine]


@router.post("/drafts/risk", summary="Draft a risk entry from a sentence")
def draft_risk(request: Request, wanted: RiskWanted) -> RiskMade:
    """A complete entry with its reasons and sources; nothing is written but, where asked for, a proposal."""
    app, _ = _who(request)
    asker = on_behalf(request, wanted.as_)
    made = app.drafter.risk(asker, wanted.sentence, wanted.asset)
    return RiskMade(draft=made, proposal=app.drafter.propose(asker, made) if wanted.keep else "")


@router.post("/questionnaire", summary="Answer a customer's questions")
def questionnaire(request: Request, asked: Questions) -> list[AnswerProposed]:
    """A proposed answer to each question, from approved facts; what nobody has recorded needs information."""
    app, _ = _who(request)
    questions = [*asked.questions, *questionnaires.pasted(asked.text)]
    if not 0 < len(questions) <= MOST_QUESTIONS:
        raise RowRefused([Problem("questionnaire", "", "questions", str(len(questions)), f"give 1 to {MOST_QUESTIONS} questions")])
    return [
        AnswerProposed(
            question=one.question, verdict=one.verdict, text=one.text, ask=one.ask, sources=[source.as_plain() for source in one.sources]
        )
        for one in app.drafter.answers(on_behalf(request, asked.as_), questions)
    ]


@router.post("/drafts/document", summary="Draft a document of a type")
def draft_document(request: Request, wanted: DocumentWanted) -> DocumentMade:
    """The filled skeleton with its sources and open points."""
    app, _ = _who(request)
    asker = on_behalf(request, wanted.as_)
    made = app.drafter.document(asker, wanted.type, wanted.subject, wanted.number, wanted.answers)
    return DocumentMade(draft=made.as_plain(), version=app.drafter.keep(asker, made).version.id if wanted.keep else None)


@router.get("/conflicts", summary="Contradictions between documents and registers")
def conflicts(
    request: Request,
    as_: Annotated[str | None, Query(alias="as", max_length=320, description="who asks; for the owner and the demo")] = None,
) -> Conflicts:
    """What documents, the Statement of Applicability and registers say differently of the same, with both quotes."""
    app, _ = _who(request)
    made = app.drafter.conflicts(on_behalf(request, as_))
    return Conflicts.model_validate({"conflicts": [one.as_plain() for one in made]})


@router.get("/document-types", summary="Types of documents that can be drafted")
def types(request: Request) -> list[TypeLine]:
    """Every type with the questions that people have to answer."""
    _who(request)
    return [
        TypeLine(
            name=one.name, id=one.id, title=one.title, title_de=one.title_de, kind=one.kind, controls=list(one.controls), about=one.about,
            questions={key: question.ask for key, question in one.questions.items()},
        )
        for one in document_types().values()
    ]  # fmt: skip


@router.get("/documents/{number}/versions", summary="Versions of a document")
def versions(request: Request, number: Annotated[str, Field(max_length=64)]) -> list[VersionLine]:
    """The versions of a document, newest first."""
    app, asker = _who(request)
    with app.store.read() as session:
        return [_line(one) for one in life.versions(session, asker, number)]


@router.post("/documents/{number}/retirement", summary="Take a document out of force", status_code=204)
def retire(request: Request, number: Annotated[str, Field(max_length=64)], given: Reason) -> None:
    """No version of it is the company's rule any more."""
    app, asker = _who(request)
    app.drafter.retire(asker, number, given.reason)


@router.post("/documents/{number}/acknowledgement", summary="Confirm to know a document", status_code=204)
def acknowledge(request: Request, number: Annotated[str, Field(max_length=64)]) -> None:
    """The asker knows the version in force."""
    app, asker = _who(request)
    with records.writing(app.store, asker, app.settings.moment(), SOURCE) as book:
        life.acknowledge(book, number)


@router.get("/versions/{id_}", summary="A version with its text")
def version(request: Request, id_: _Id) -> VersionText:
    """A version that is written here."""
    app, asker = _who(request)
    with app.store.read() as session:
        return _text(life.find(session, asker, id_))


@router.put("/versions/{id_}", summary="Write the text of a version")
def write(request: Request, id_: _Id, revision: _Revision, given: Written) -> VersionText:
    """The version with its new text."""
    app, asker = _who(request)
    with records.writing(app.store, asker, app.settings.moment(), SOURCE) as book:
        return _text(life.write(book, id_, revision, given.markdown))


@router.post("/versions/{id_}/answers", summary="Answer open points of a draft")
def answer(request: Request, id_: _Id, revision: _Revision, given: Answers) -> VersionText:
    """The version with the answers in its text."""
    app, asker = _who(request)
    return _text(app.drafter.answer(asker, id_, revision, given.answers))


@router.post("/versions/{id_}/submission", summary="Submit a version for review")
def submit(request: Request, id_: _Id, revision: _Revision) -> VersionText:
    """The version, in review."""
    app, asker = _who(request)
    with records.writing(app.store, asker, app.settings.moment(), SOURCE) as book:
        return _text(life.submit(book, id_, revision))


@router.post("/versions/{id_}/changes", summary="Request changes")
def request_changes(request: Request, id_: _Id, revision: _Revision, given: Reason) -> VersionText:
    """The version, back with its writers."""
    app, asker = _who(request)
    with records.writing(app.store, asker, app.settings.moment(), SOURCE) as book:
        return _text(life.request_changes(book, id_, revision, given.reason))


@router.post("/versions/{id_}/approval", summary="Approve a version")
def approve(request: Request, id_: _Id, revision: _Revision) -> VersionText:
    """The version, the company's rule from now on; whoever wrote in it is refused."""
    app, asker = _who(request)
    return _text(app.drafter.approve(asker, id_, revision))


@router.get("/versions/{id_}/comments", summary="Comments on a version")
def comments(request: Request, id_: _Id) -> list[Remark]:
    """What was said about its sections, oldest first."""
    app, asker = _who(request)
    with app.store.read() as session:
        life.find(session, asker, id_)
        return [Remark(**one.model_dump()) for one in life.comments(session, id_)]


@router.post("/versions/{id_}/comments", summary="Comment on a section", status_code=201)
def comment(request: Request, id_: _Id, given: Said) -> Remark:
    """The remark."""
    app, asker = _who(request)
    with records.writing(app.store, asker, app.settings.moment(), SOURCE) as book:
        made = life.comment(book, id_, given.section, given.text)
        book.session.flush()
        return Remark(**made.model_dump())


@router.get("/versions/{id_}/differences/{other}", summary="What changed between two versions")
def differences(request: Request, id_: _Id, other: _Id) -> list[DifferenceLine]:
    """Lines that came and went from the other version to this one."""
    app, asker = _who(request)
    with app.store.read() as session:
        now, before = life.find(session, asker, id_), life.find(session, asker, other)
    return [DifferenceLine(**asdict(one)) for one in life.differences(before.text.markdown, now.text.markdown)]


@router.get("/versions/{id_}/print", summary="The printed form", response_class=Response)
def print_version(request: Request, id_: _Id, form: Literal["docx", "pdf"] = "pdf") -> Response:
    """The version as a company document."""
    app, asker = _who(request)
    text, head = app.drafter.printed(asker, id_)
    made = printing.docx(text, head) if form == "docx" else printing.pdf(text, head)
    return _file(made, form, f"{head.number}-{head.version}")


@router.get("/statements/{name}", summary="A statement worked out of the registers", response_class=Response)
def statement(request: Request, name: Literal["soa", "plan", "risks", "gaps"]) -> Response:
    """The Statement of Applicability, the treatment plan, the risk register or the gap analysis as a workbook."""
    app, asker = _who(request)
    sheets, head = app.drafter.statement(asker, name)
    return _file(printing.workbook(sheets, head), "xlsx", STATEMENTS[name].lower().replace(" ", "-"))


def _who(request: Request) -> tuple[App, Asker]:
    return request.app.state.app, request.state.visit.asker


def _line(one: DocumentVersion) -> VersionLine:
    assert one.id is not None
    return VersionLine(
        id=one.id, version=one.version, state=one.state, approved_on=one.approved_on, approver=one.approver, current=one.current
    )


def _text(found: Version) -> VersionText:
    text = found.text
    return VersionText(
        id=text.version_id, number=found.document.number, title=found.document.title, version=found.version.version, state=found.version.state,
        markdown=text.markdown, revision=text.revision, draft=text.draft, written_by=text.written_by, request=text.request,
        approved_by=text.approved_by, approved_at=text.approved_at, content_hash=text.content_hash,
    )  # fmt: skip


def _file(made: bytes, form: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"', "X-Content-Type-Options": "nosniff"}
    return Response(made, media_type=_MEDIA[form], headers=headers)
