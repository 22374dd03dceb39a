"""REST for drafts: risk entries and documents drafted, questionnaires answered, contradictions, statements."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response, Security
from fastapi.security import APIKeyCookie, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field

from assistant import printing
from assistant.app import App
from assistant.drafting import questionnaires
from assistant.drafting.questionnaires import MOST_QUESTIONS, Verdict
from assistant.drafting.risks import RiskDraft
from assistant.drafting.types import document_types
from assistant.drafting.workbooks import STATEMENTS
from assistant.identity import Asker
from assistant.web.failures import described
from assistant.web.files import file_of
from assistant.web.security import SESSION_COOKIE, on_behalf, signed_in
from assistant.web.shapes import Line, Text
from knowledge.errors import Problem, RowRefused

_bearer = HTTPBearer(auto_error=False, description="A token of `annexa token create`.")
_cookie = APIKeyCookie(name=SESSION_COOKIE, auto_error=False, description="A browser that has signed in.")
DEPENDENCIES = [Security(_bearer), Security(_cookie), Depends(signed_in)]
router = APIRouter(
    prefix="/api",
    dependencies=DEPENDENCIES,
    responses=described(401, 403, 404, 412, 413, 421, 422),
)
SOURCE = "REST"
_Id = Annotated[int, Field(ge=1, le=2**53)]
_Revision = Annotated[int, Query(ge=1, le=2**53, description="the revision that was read; another one is refused")]
As = Annotated[
    Annotated[Text, Field(max_length=320)] | None, Field(alias="as", description="who asks; for the owner of the data folder and the demo")
]
_Markdown = Annotated[Text, Field(max_length=400_000)]


class RiskWanted(BaseModel):
    """What could happen, in a sentence; `asset` and `threat` name these where the sentence leaves them open, `keep` makes a proposal of it."""

    model_config = ConfigDict(extra="forbid")

    sentence: Annotated[Text, Field(min_length=1, max_length=2_000)]
    asset: Annotated[Text, Field(max_length=64)] = ""
    threat: Annotated[Text, Field(max_length=120)] = ""
    keep: bool = False
    as_: As = None


class RiskMade(BaseModel):
    """The entry, and the proposal that it is kept as."""

    draft: RiskDraft
    proposal: str = ""


class Questions(BaseModel):
    """Questions of a customer, one by one, or as text with a question a line."""

    model_config = ConfigDict(extra="forbid")

    questions: list[Annotated[Text, Field(min_length=1, max_length=2_000)]] = Field(default=[], max_length=MOST_QUESTIONS)
    text: Annotated[Text, Field(max_length=100_000)] = ""
    as_: As = None


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
    as_: As = None


class QuestionLine(BaseModel):
    """An open question of a draft: the document and version in work, its number and key there, and who can answer it."""

    document: str
    title: str
    version: int
    number: int
    key: str
    question: str
    person: str
    suggest: str


class StatementWanted(BaseModel):
    """The document's number; without one that of the version before, or the next that is free."""

    model_config = ConfigDict(extra="forbid")

    number: Annotated[Text, Field(max_length=64)] = ""
    as_: As = None


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


class ConflictSide(BaseModel):
    """One of two places that contradict each other."""

    source_id: str
    title: str
    heading: str
    quote: str
    url: str
    shown: str


class ConflictLine(BaseModel):
    """A contradiction, or where not `sure` a pair that is worth a look: its kind, both sides, and whether a chat model as second reader struck it out."""

    kind: str
    one: ConflictSide
    other: ConflictSide
    likeness: float
    sure: bool
    struck: bool


class Conflicts(BaseModel):
    """The contradictions in what the asker may read, the surest first."""

    conflicts: list[ConflictLine]


@router.post("/drafts/risk", summary="Draft a risk entry from a sentence")
def draft_risk(request: Request, wanted: RiskWanted) -> RiskMade:
    """A complete entry with its reasons and sources; nothing is written but, where asked for, a proposal."""
    app, _ = who(request)
    asker = on_behalf(request, wanted.as_)
    made = app.drafter.risk(asker, wanted.sentence, wanted.asset, wanted.threat)
    return RiskMade(draft=made, proposal=app.drafter.propose(asker, made) if wanted.keep else "")


@router.post("/questionnaire", summary="Answer a customer's questions")
def questionnaire(request: Request, asked: Questions) -> list[AnswerProposed]:
    """A proposed answer to each question, from approved facts; what nobody has recorded needs information."""
    app, _ = who(request)
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
    app, _ = who(request)
    asker = on_behalf(request, wanted.as_)
    made = app.drafter.document(asker, wanted.type, wanted.subject, wanted.number, wanted.answers)
    return DocumentMade(draft=made.as_plain(), version=app.drafter.keep(asker, made).version.id if wanted.keep else None)


@router.get("/conflicts", summary="Contradictions between documents and registers")
def conflicts(
    request: Request,
    as_: Annotated[str | None, Query(alias="as", max_length=320, description="who asks; for the owner and the demo")] = None,
) -> Conflicts:
    """What documents, the Statement of Applicability and registers say differently of the same, with both quotes."""
    app, _ = who(request)
    made = app.drafter.conflicts(on_behalf(request, as_))
    return Conflicts.model_validate({"conflicts": [one.as_plain() for one in made]})


@router.get("/open-questions", summary="Open questions of drafts")
def open_questions(
    request: Request,
    mine: bool = False,
    document: Annotated[str, Query(max_length=64)] = "",
    as_: Annotated[str | None, Query(alias="as", max_length=320, description="who asks; for the owner and the demo")] = None,
) -> list[QuestionLine]:
    """What is still to be decided in drafts that the asker may see, and who can answer; `mine` only what they can answer themselves."""
    app, _ = who(request)
    asker = on_behalf(request, as_)
    found = app.drafter.open_questions(asker, document)
    return [
        QuestionLine(
            document=one.document, title=one.title, version=one.version_id, number=one.number, key=one.point.key, question=one.point.question,
            person=one.point.person, suggest=one.point.suggest,
        )
        for one in found
        if not mine or (asker.person_id and one.point.person_id == asker.person_id)
    ]  # fmt: skip


@router.get("/document-types", summary="Types of documents that can be drafted")
def types(request: Request) -> list[TypeLine]:
    """Every type with the questions that people have to answer."""
    who(request)
    return [
        TypeLine(
            name=one.name, id=one.id, title=one.title, title_de=one.title_de, kind=one.kind, controls=list(one.controls), about=one.about,
            questions={key: question.ask for key, question in one.questions.items()},
        )
        for one in document_types().values()
    ]  # fmt: skip


@router.post("/statements/{name}", summary="Keep a statement as a document", status_code=201)
def keep_statement(request: Request, name: Literal["soa", "plan"], given: StatementWanted) -> DocumentMade:
    """The statement as the next version of its document, in state draft, compared with the last approved one."""
    app, _ = who(request)
    found = app.drafter.keep_statement(on_behalf(request, given.as_), name, given.number)
    return DocumentMade(draft=found.text.draft, version=found.text.version_id)


@router.get("/statements/{name}", summary="A statement worked out of the registers", response_class=Response)
def statement(request: Request, name: Literal["soa", "plan", "risks", "gaps"]) -> Response:
    """The Statement of Applicability, the treatment plan, the risk register or the gap analysis as a workbook."""
    app, asker = who(request)
    sheets, head = app.drafter.statement(asker, name)
    return file_of(printing.workbook(sheets, head), "xlsx", STATEMENTS[name].lower().replace(" ", "-"))


def who(request: Request) -> tuple[App, Asker]:
    """The App, and who asks."""
    return request.app.state.app, request.state.visit.asker
