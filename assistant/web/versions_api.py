"""REST for the life of a document that is written here: its text, suggestions, answers, review, approval, comments, printed form."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from assistant import printing
from assistant.drafting import life, suggestions
from assistant.drafting.kept_statements import Acceptance
from assistant.drafting.life import Version
from assistant.drafting.suggestions import Suggestion
from assistant.web.drafts_api import DEPENDENCIES, SOURCE, As, who
from assistant.web.failures import described
from assistant.web.files import file_of
from assistant.web.security import on_behalf
from assistant.web.shapes import Id, Line, SomeDay, Text
from knowledge.registers import DocumentVersion, records

router = APIRouter(prefix="/api", dependencies=DEPENDENCIES, responses=described(401, 403, 404, 412, 413, 421, 422))
_Id = Annotated[int, Field(ge=1, le=2**53)]
_Revision = Annotated[int, Query(ge=1, le=2**53, description="the revision that was read; another one is refused")]
_Markdown = Annotated[Text, Field(max_length=400_000)]


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


class Accepting(BaseModel):
    """Until when, else as long as the risk method says; which risks, else all of the asker's that wait."""

    model_config = ConfigDict(extra="forbid")

    expires: SomeDay | None = None
    risks: list[Annotated[Line, Field(max_length=64)]] = Field(default=[], max_length=500)


class AcceptanceLine(BaseModel):
    """A risk of a plan; `stands` where its owner has accepted it as the plan shows it, else `state` says why not."""

    risk: str
    name: str
    owner: str
    residual_score: int | None
    state: str
    stands: bool
    accepted_on: str
    expires: str

    @classmethod
    def of(cls, one: Acceptance) -> "AcceptanceLine":
        """The line of an acceptance."""
        return cls(stands=one.stands, **{name: value for name, value in asdict(one).items() if name != "owner_id"})


class Instruction(BaseModel):
    """What is wanted of a section: an answer, a shorter table, another row, or, with a chat model, other words."""

    model_config = ConfigDict(extra="forbid")

    section: Annotated[Line, Field(min_length=1)]
    instruction: Annotated[Text, Field(min_length=1, max_length=2_000)]


class SectionWanted(Instruction):
    """The same for the version in work of a document; with `take` it enters the text at once."""

    take: bool = False
    as_: As = None


class SuggestionLine(BaseModel):
    """A suggestion for a version: `digest` is given back by whoever takes it; `differences` are its lines that come and go."""

    id: int
    state: str
    said: str
    author: str
    at: str
    origin: str
    section: str
    body: str
    answers: dict[str, str]
    sentences: list[dict[str, str]]
    model: str
    digest: str
    differences: list[DifferenceLine]


class SectionMade(BaseModel):
    """The version, and what became of its section."""

    version: int
    suggestion: SuggestionLine


class Choice(BaseModel):
    """Whether a suggestion is taken, and the digest of what was seen."""

    model_config = ConfigDict(extra="forbid")

    take: bool
    digest: Annotated[Line, Field(max_length=64)] = ""


@router.get("/documents/{number:path}/versions", summary="Versions of a document")
def versions(request: Request, number: Id) -> list[VersionLine]:
    """The versions of a document, newest first."""
    app, asker = who(request)
    with app.store.read() as session:
        return [_line(one) for one in life.versions(session, asker, number)]


@router.post("/documents/{number:path}/retirement", summary="Take a document out of force", status_code=204)
def retire(request: Request, number: Id, given: Reason) -> None:
    """No version of it is the company's rule any more."""
    app, asker = who(request)
    app.drafter.retire(asker, number, given.reason)


@router.post("/documents/{number:path}/acknowledgement", summary="Confirm to know a document", status_code=204)
def acknowledge(request: Request, number: Id) -> None:
    """The asker knows the version in force."""
    app, asker = who(request)
    with records.writing(app.store, asker, app.settings.moment(), SOURCE) as book:
        life.acknowledge(book, number)


@router.post("/documents/{number:path}/section", summary="Draft a section of the version in work again")
def section(request: Request, number: Id, given: SectionWanted) -> SectionMade:
    """The suggestion, taken at once where that was asked for."""
    app, _ = who(request)
    version_id, made = app.drafter.section(on_behalf(request, given.as_), number, given.section, given.instruction, given.take)
    return SectionMade(version=version_id, suggestion=_suggestion(made))


@router.get("/versions/{id_}", summary="A version with its text")
def version(request: Request, id_: _Id) -> VersionText:
    """A version that is written here."""
    app, asker = who(request)
    with app.store.read() as session:
        return _text(life.find(session, asker, id_))


@router.put("/versions/{id_}", summary="Write the text of a version")
def write(request: Request, id_: _Id, revision: _Revision, given: Written) -> VersionText:
    """The version with its new text."""
    app, asker = who(request)
    with records.writing(app.store, asker, app.settings.moment(), SOURCE) as book:
        return _text(life.write(book, id_, revision, given.markdown))


@router.post("/versions/{id_}/answers", summary="Answer open points of a draft")
def answer(request: Request, id_: _Id, revision: _Revision, given: Answers) -> VersionText:
    """The version with the answers in its text."""
    app, asker = who(request)
    return _text(app.drafter.answer(asker, id_, revision, given.answers))


@router.post("/versions/{id_}/submission", summary="Submit a version for review")
def submit(request: Request, id_: _Id, revision: _Revision) -> VersionText:
    """The version, in review."""
    app, asker = who(request)
    with records.writing(app.store, asker, app.settings.moment(), SOURCE) as book:
        return _text(life.submit(book, id_, revision))


@router.post("/versions/{id_}/changes", summary="Request changes")
def request_changes(request: Request, id_: _Id, revision: _Revision, given: Reason) -> VersionText:
    """The version, back with its writers."""
    app, asker = who(request)
    with records.writing(app.store, asker, app.settings.moment(), SOURCE) as book:
        return _text(life.request_changes(book, id_, revision, given.reason))


@router.post("/versions/{id_}/approval", summary="Approve a version")
def approve(request: Request, id_: _Id, revision: _Revision) -> VersionText:
    """The version, the company's rule from now on; whoever wrote in it is refused."""
    app, asker = who(request)
    return _text(app.drafter.approve(asker, id_, revision))


@router.get("/versions/{id_}/comments", summary="Comments on a version")
def comments(request: Request, id_: _Id) -> list[Remark]:
    """What was said about its sections, oldest first."""
    app, asker = who(request)
    with app.store.read() as session:
        life.find(session, asker, id_)
        return [Remark(**one.model_dump()) for one in life.comments(session, id_)]


@router.post("/versions/{id_}/comments", summary="Comment on a section", status_code=201)
def comment(request: Request, id_: _Id, given: Said) -> Remark:
    """The remark."""
    app, asker = who(request)
    with records.writing(app.store, asker, app.settings.moment(), SOURCE) as book:
        made = life.comment(book, id_, given.section, given.text)
        book.session.flush()
        return Remark(**made.model_dump())


@router.get("/versions/{id_}/differences/{other}", summary="What changed between two versions")
def differences(request: Request, id_: _Id, other: _Id) -> list[DifferenceLine]:
    """Lines that came and went from the other version to this one."""
    app, asker = who(request)
    with app.store.read() as session:
        now, before = life.find(session, asker, id_), life.find(session, asker, other)
    return [DifferenceLine(**asdict(one)) for one in life.differences(before.text.markdown, now.text.markdown)]


@router.get("/versions/{id_}/print", summary="The printed form", response_class=Response)
def print_version(request: Request, id_: _Id, form: Literal["docx", "pdf"] = "pdf") -> Response:
    """The version as a company document."""
    app, asker = who(request)
    text, head = app.drafter.printed(asker, id_)
    made = printing.docx(text, head) if form == "docx" else printing.pdf(text, head)
    return file_of(made, form, f"{head.number}-{head.version}")


@router.get("/versions/{id_}/acceptances", summary="Who has accepted a risk treatment plan")
def acceptances(request: Request, id_: _Id) -> list[AcceptanceLine]:
    """Each risk of the plan: whether its owner has approved its line and accepts what remains; empty for another document."""
    app, asker = who(request)
    return [AcceptanceLine.of(one) for one in app.drafter.acceptances(asker, id_)]


@router.post("/versions/{id_}/acceptances", summary="Accept one's lines of a risk treatment plan")
def accept(request: Request, id_: _Id, given: Accepting) -> list[AcceptanceLine]:
    """The asker approves the lines of their own risks, and accepts what remains until a day."""
    app, asker = who(request)
    return [AcceptanceLine.of(one) for one in app.drafter.accept(asker, id_, given.expires, given.risks)]


@router.get("/versions/{id_}/suggestions", summary="Suggestions for a version")
def suggested(request: Request, id_: _Id) -> list[SuggestionLine]:
    """What was suggested for it, oldest first."""
    app, asker = who(request)
    with app.store.read() as session:
        return [_suggestion(one) for one in suggestions.kept(life.find(session, asker, id_).text.draft)]


@router.post("/versions/{id_}/suggestions", summary="Draft a section again", status_code=201)
def redraft(request: Request, id_: _Id, given: Instruction) -> SuggestionLine:
    """The section as the instruction wants it, as a suggestion: nothing changes until a person takes it."""
    app, asker = who(request)
    return _suggestion(app.drafter.redraft(asker, id_, given.section, given.instruction))


@router.post("/versions/{id_}/suggestions/{suggestion}/decision", summary="Take or drop a suggestion")
def decide(request: Request, id_: _Id, suggestion: _Id, revision: _Revision, given: Choice) -> VersionText:
    """The version, with the suggestion in its text where it was taken."""
    app, asker = who(request)
    if given.take:
        return _text(app.drafter.take(asker, id_, revision, suggestion, given.digest))
    app.drafter.drop(asker, id_, suggestion)
    return version(request, id_)


def _suggestion(one: Suggestion) -> SuggestionLine:
    return SuggestionLine(
        id=one.id, state=one.state, said=one.said, author=one.author, at=one.at, origin=one.origin, section=one.section, body=one.body,
        answers=dict(one.answers or {}), sentences=[dict(line) for line in one.sentences], model=one.model, digest=one.digest,
        differences=[DifferenceLine(**asdict(line)) for line in one.differences()],
    )  # fmt: skip


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
