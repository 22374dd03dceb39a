"""Pages of drafting: a risk from a sentence, documents from their types, side-by-side editing, review and approval, statements."""

import contextlib
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData
from starlette.responses import Response

from assistant.drafting import life, marks, open_points, suggestions
from assistant.drafting.conflicts import KINDS
from assistant.drafting.kept_statements import TYPES
from assistant.drafting.types import document_types
from assistant.drafting.workbooks import STATEMENTS
from assistant.phrases import phrases
from assistant.web.registers import enter, showing_for
from assistant.web.rendering import Pages, language_of
from assistant.web.security import check_form
from assistant.web.showing import day_of
from knowledge.errors import AnnexaError, ChangedMeanwhile, RowRefused
from knowledge.registers import REGISTERS, queries, records, rights

router = APIRouter(include_in_schema=False)
SOURCE = "web"
_Field = Annotated[str, Form(max_length=2_000)]
_Number = Annotated[int, Form(ge=0, le=2**53)]
_Id = Annotated[int, Path(ge=1, le=2**53)]


@router.get("/documents")
def documents(request: Request, conflicts: str = "") -> Response:
    """Documents by state, types that can be drafted, statements to take away; with `conflicts` what contradicts what."""
    app, asker = enter(request)
    found = app.drafter.conflicts(asker) if conflicts else None
    with app.store.read() as session:
        showing = showing_for(request, session)
        rows = showing.rows(REGISTERS["document"], queries.rows(session, asker, "document"))
        work = {
            row["number"]: [
                one for one in life.versions(session, asker, row["number"]) if one.state in ("draft", "in_review", "changes_requested")
            ]
            for row in rows
        }
    kinds = sorted(document_types().values(), key=lambda one: (one.kind, one.title))
    return _render(
        request, "documents/list.html", rows=rows, work=work, kinds=kinds, questions=open_points.by_person(app.drafter.open_questions(asker)), statements=STATEMENTS, kept_statements=TYPES, conflicts=found, kinds_of_conflict=KINDS, may_draft=rights.may(asker, "create", "document"),
        as_of=showing.moment(app.settings.moment()),
    )  # fmt: skip


@router.post("/documents/new")
def begin(
    request: Request, type_: Annotated[str, Form(alias="type", max_length=100)] = "", subject: _Field = "", token: _Field = ""
) -> Response:
    """To the draft of a new document."""
    app, asker = enter(request)
    check_form(request, token)
    version = app.drafter.keep(asker, app.drafter.document(asker, type_, subject.strip())).version
    return _to(f"/versions/{version.id}")


@router.post("/documents/statement")
def keep_statement(request: Request, name: _Field = "", token: _Field = "") -> Response:
    """To the statement as a document."""
    app, asker = enter(request)
    check_form(request, token)
    return _to(f"/versions/{app.drafter.keep_statement(asker, name).text.version_id}")


@router.get("/versions/{id_}")
def version(request: Request, id_: _Id) -> Response:
    """The text beside its sources and questions, what may be done with it, comments, and what changed."""
    return _version(request, id_)


@router.post("/versions/{id_}")
async def save(request: Request, id_: _Id) -> Response:
    """The page again with the new text, or with a message where somebody else was faster."""
    from starlette.concurrency import run_in_threadpool

    form = await request.form()
    reply: Response = await run_in_threadpool(_save, request, id_, form)
    return reply


def _save(request: Request, id_: int, form: FormData) -> Response:
    app, asker = enter(request)
    check_form(request, str(form.get("token", "")))
    revision = _number(form, "revision")
    step = str(form.get("step", "save"))
    try:
        if step == "answer":
            answers = {
                key.removeprefix("answer:"): str(text)[:2_000]
                for key, text in form.items()
                if key.startswith("answer:") and str(text).strip()
            }
            app.drafter.answer(asker, id_, revision, answers)
        elif step == "approve":
            app.drafter.approve(asker, id_, revision)
        elif step == "redraft":
            app.drafter.redraft(asker, id_, str(form.get("section", ""))[:200], str(form.get("instruction", ""))[:2_000])
            return _to(f"/versions/{id_}#suggestions")
        elif step == "take":
            app.drafter.take(asker, id_, revision, _number(form, "suggestion"), str(form.get("digest", ""))[:64])
        elif step == "drop":
            app.drafter.drop(asker, id_, _number(form, "suggestion"))
        elif step == "accept":
            until = str(form.get("expires", ""))[:64]
            app.drafter.accept(asker, id_, day_of(until) if until.strip() else None)
        elif step == "comment":
            with records.writing(app.store, asker, app.settings.moment(), SOURCE) as book:
                life.comment(book, id_, str(form.get("section", ""))[:200], str(form.get("text", ""))[:10_000])
        else:
            _step(request, id_, revision, step, form)
    except RowRefused as error:
        fault = "; ".join(
            f"{problem.row}: {problem.reason}" if problem.register == "risk" else problem.reason for problem in error.problems
        )
        return _version(request, id_, 422, fault, str(form.get("markdown", "")))
    except ValueError as error:
        return _version(request, id_, 422, phrases(language_of(request))(str(error)), str(form.get("markdown", "")))
    except ChangedMeanwhile as error:
        return _version(request, id_, 409, str(error), str(form.get("markdown", "")))
    return _to(f"/versions/{id_}")


def _number(form: FormData, name: str) -> int:
    """A whole number of a form; 0 for what is none."""
    written = str(form.get(name, ""))
    return int(written) if written.isascii() and written.isdigit() and len(written) < 10 else 0


def _step(request: Request, id_: int, revision: int, step: str, form: FormData) -> None:
    app, asker = enter(request)
    with records.writing(app.store, asker, app.settings.moment(), SOURCE) as book:
        if step == "submit":
            life.submit(book, id_, revision)
        elif step == "changes":
            life.request_changes(book, id_, revision, str(form.get("reason", ""))[:1_000])
        elif step == "settle":
            life.settle(book, _number(form, "comment"))
        else:
            life.write(book, id_, revision, str(form.get("markdown", ""))[:400_000])


@router.get("/drafts/risk")
def risk(request: Request) -> Response:
    """Where a sentence becomes a risk entry."""
    enter(request)
    return _render(request, "drafts/risk.html", sentence="", asset="", threat="", made=None, fault="")


@router.post("/drafts/risk")
def draft_risk(
    request: Request, sentence: _Field = "", asset: _Field = "", threat: _Field = "", step: _Field = "show", token: _Field = ""
) -> Response:
    """The entry with its reasons; with the step `propose` to the proposal of it."""
    app, asker = enter(request)
    check_form(request, token)
    try:
        made = app.drafter.risk(asker, sentence, asset.strip(), threat.strip())
        if step == "propose":
            return _to(f"/registers/proposal/{app.drafter.propose(asker, made)}")
    except RowRefused as error:
        fault = "; ".join(problem.reason for problem in error.problems)
        return _render(request, "drafts/risk.html", 422, sentence=sentence, asset=asset, threat=threat, made=None, fault=fault)
    except AnnexaError as error:
        return _render(request, "drafts/risk.html", 404, sentence=sentence, asset=asset, threat=threat, made=None, fault=str(error))
    return _render(request, "drafts/risk.html", sentence=sentence, asset=asset or made.asset, threat=threat, made=made, fault="")


def _version(request: Request, id_: int, status: int = 200, fault: str = "", typed: str = "") -> Response:
    app, asker = enter(request)
    with app.store.read() as session:
        found = life.find(session, asker, id_)
        showing = showing_for(request, session)
        remarks = life.comments(session, id_)
        every = life.versions(session, asker, found.document.number)
        before = next((one for one in every if one.id is not None and one.id < id_), None)
        changed = life.differences(before.text, found.version.text) if before and found.version.text and before.text else []
        if before and before.id is not None:
            with contextlib.suppress(AnnexaError):  # the version before came from a file
                changed = life.differences(life.find(session, asker, before.id).text.markdown, found.text.markdown)
        names = {person.id: person.name for person in queries.rows(session, asker, "person")}
        writers = [names.get(id_, id_) for id_ in found.text.written_by]
        editable = found.version.state in life.EDITABLE and rights.may(asker, "change", "document", found.document)
        may_approve = (
            found.version.state == "in_review"
            and rights.may(asker, "approve", "document", found.document)
            and asker.person_id not in found.text.written_by
        )
        may_suggest = found.version.state in life.EDITABLE and rights.may(asker, "propose", "document", found.document)
        as_of = showing.moment(app.settings.moment())
    sections = [one.heading for one in marks.sections(found.text.markdown)]
    return _render(
        request, "documents/version.html", status, found=found, text=typed or found.text.markdown, editable=editable, may_approve=may_approve,
        in_review=found.version.state == "in_review", fault=fault, comments=remarks, names=names, writers=writers, every=every, changed=changed, sections=sections,
        sources=found.text.draft.get("sources", []), points=[] if found.version.state == "approved" else found.text.draft.get("open_points", []), may_suggest=may_suggest,
        suggested=[one for one in suggestions.kept(found.text.draft) if one.state == "open"] if may_suggest else [], me=asker.person_id,
        acceptances=app.drafter.acceptances(asker, id_),
        answered=found.text.draft.get("answers", {}), as_of=as_of,
    )  # fmt: skip


def _to(path: str, **query: str) -> Response:
    return RedirectResponse(path + (f"?{urlencode(query)}" if query else ""), 303)


def _render(request: Request, template: str, status: int = 200, **context: Any) -> Response:
    pages: Pages = request.app.state.pages
    return pages.render(request, template, status, **context)
