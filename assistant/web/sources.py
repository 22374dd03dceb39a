"""A cited source: the passage marked in its document, guidance or note; a control's own page."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse
from sqlmodel import Session, col, func, select
from starlette.responses import Response

from assistant import addresses
from assistant.app import App
from assistant.identity import VISITOR, Asker
from assistant.web.rendering import Pages
from knowledge import controls, standards
from knowledge.controls import ISO_2013, ISO_2022, NAMES, Control
from knowledge.registers import Document, DocumentVersion, Passage, Person, queries

router = APIRouter(include_in_schema=False)

_PASSAGE_ID = re.compile(r"[0-9a-f]{20}")
_OFFSET = re.compile(r"[0-9]{1,9}")
STANDING = {
    "approved": "Approved and current",
    "expired": "Approved, but its review is overdue",
    "draft": "Draft: nobody has approved it",
    "in_review": "In review: not approved yet",
    "changes_requested": "Sent back for changes: not approved",
    "retired": "Retired: no longer in force",
    "superseded": "Superseded by a newer version",
    "withdrawn": "Taken out: no longer among the company's documents",
}


@dataclass(frozen=True)
class Segment:
    """Part of a line; `mark` is `` for plain text, `passage` inside the cited passage, `quote` inside the quote."""

    text: str
    mark: str


@dataclass(frozen=True)
class Line:
    """A line of a source; `level` is 0 for text, else how deep the heading stands; `opens` where the marked text begins."""

    segments: list[Segment]
    level: int = 0
    opens: bool = False


@dataclass(frozen=True)
class Relative:
    """What an entry has to do with another framework: a heading and the entries there."""

    title: str
    entries: list[Control]


@router.get("/sources/{id_:path}")
def page(request: Request, id_: str, start: str = "", end: str = "") -> Response:
    """The source that a citation names; a row is shown by its own page. What the asker may not read is as absent as what does not exist."""
    app: App = request.app.state.app
    asker: Asker = request.state.visit.asker
    quote = _quote(start, end)
    with app.store.read() as session:
        passage = session.get(Passage, id_) if _PASSAGE_ID.fullmatch(id_) else None
        if passage and (passage.audience not in asker.audiences or passage.kind in ("question", "example")):
            passage = None
        if passage and passage.version_id is not None:
            return _document_page(request, session, passage, quote)
        source_id = passage.source_id if passage else id_
        if source_id.startswith("row:"):
            return _to_row(request, session, source_id)
        return _entry_page(request, session, source_id, passage, quote)


@router.get("/catalogue")
def frameworks(request: Request) -> Response:
    """Every framework that has a file."""
    pages: Pages = request.app.state.pages
    counted = [(framework, title, len(controls.catalogue().entries(framework))) for framework, title in NAMES.items()]
    return pages.render(request, "sources/frameworks.html", counted=counted)


@router.get("/catalogue/{framework}")
def entries(request: Request, framework: str) -> Response:
    """A framework's entries in the order of its file."""
    if framework not in NAMES:
        raise _absent()
    pages: Pages = request.app.state.pages
    return pages.render(request, "sources/framework.html", title=NAMES[framework], entries=controls.catalogue().entries(framework))


def _to_row(request: Request, session: Session, source_id: str) -> Response:
    """To the page of a row, a program to its JSON. A visitor is asked to sign in, whether the row is there or not."""
    asker: Asker = request.state.visit.asker
    if asker.role == VISITOR.role:
        return RedirectResponse(f"/sign-in?{urlencode({'then': request.url.path})}", HTTPStatus.SEE_OTHER)
    found, row_id = queries.cited(session, asker, source_id)
    program = "application/json" in request.headers.get("accept", "")
    return RedirectResponse(
        f"/api/{found.name}/{addresses.part(row_id)}" if program else addresses.row(found.name, row_id), HTTPStatus.SEE_OTHER
    )


def _document_page(request: Request, session: Session, passage: Passage, quote: range) -> Response:
    app: App = request.app.state.app
    pages: Pages = request.app.state.pages
    version = session.get(DocumentVersion, passage.version_id)
    document = session.get(Document, version.number) if version else None
    if version is None or document is None or document.audience not in request.state.visit.asker.audiences:
        raise _absent()
    pieces = session.exec(select(Passage).where(Passage.version_id == version.id).order_by(col(Passage.start))).all()
    newest = session.exec(select(DocumentVersion).where(DocumentVersion.number == document.number, DocumentVersion.current)).first()
    return pages.render(
        request,
        "sources/document.html",
        document=document,
        version=version,
        newest=newest,
        owner=_named(session, document.owner),
        approver=_named(session, version.approver),
        standing=standing(version, newest, app.settings.today()),
        standing_words=STANDING,
        path=_path(passage, document.title),
        passage=passage,
        lines=document_lines(version.text, pieces, range(passage.start, passage.end), quote),
    )


def _entry_page(request: Request, session: Session, source_id: str, cited: Passage | None, quote: range) -> Response:
    pages: Pages = request.app.state.pages
    control, note = controls.catalogue().by_source(source_id), standards.note(source_id)
    if control is None and note is None:
        raise _absent()
    rows = session.exec(
        select(Passage)
        .where(Passage.source_id == source_id, col(Passage.kind).in_(["control", "note"]), Passage.current)
        .order_by(col(Passage.ordinal))
    ).all()
    readable = [row for row in rows if row.audience in request.state.visit.asker.audiences]
    return pages.render(
        request,
        "sources/entry.html",
        control=control,
        note=note,
        framework=NAMES[control.framework] if control else "",
        cited=cited,
        spoken=readable[0].language if readable else "en",
        lines=[
            line
            for group in (entry_lines(row, before, cited, quote) for before, row in zip([None, *readable], readable, strict=False))
            for line in group
        ],
        relatives=relatives(control) if control else [],
        tags=[
            (name.replace("_", " "), [tag.replace("_", " ") for tag in control.attribute(name)])
            for name in controls.LISTS
            if control.attribute(name)
        ]
        if control
        else [],
    )


def standing(version: DocumentVersion, newest: DocumentVersion | None, today: date) -> str:
    """How far a version can be relied on: its state, or `expired`, `superseded`, `withdrawn`."""
    if not version.current:
        return "superseded" if newest else "withdrawn"
    if version.state == "approved" and version.next_review and version.next_review < today:
        return "expired"
    return version.state


def document_lines(text: str, pieces: Sequence[Passage], cited: range, quote: range) -> list[Line]:
    """The lines of a document's text. Passages cover all of it but its headings, so a line in none of them is one."""
    out: list[Line] = []
    offset, number, opened = 0, 0, False
    for line in text.split("\n"):
        span = range(offset, offset + len(line))
        offset = span.stop + 1
        while number < len(pieces) and pieces[number].end <= span.start:
            number += 1
        inside = number < len(pieces) and pieces[number].start < span.stop
        following = pieces[number].heading.split(" > ") if number < len(pieces) else []
        level = 0 if inside else following.index(line) + 1 if line in following else 1
        opens = not opened and max(cited.start, span.start) < min(cited.stop, span.stop)
        opened = opened or opens
        if line:
            out.append(Line(_segments(line, span.start, cited, quote), level, opens))
    return out


def entry_lines(passage: Passage, before: Passage | None, cited: Passage | None, quote: range) -> list[Line]:
    """The lines of one section of guidance, under its heading where the section before had another."""
    heading = passage.heading.split(" > ")[1:]
    marked = range(passage.start, passage.end) if cited and cited.id == passage.id else range(0)
    out = [Line([Segment(heading[-1], "")], len(heading))] if heading and (before is None or before.heading != passage.heading) else []
    offset = passage.start
    for line in passage.text.split("\n"):
        out.append(Line(_segments(line, offset, marked, quote if marked else range(0)), 0, bool(marked) and offset == passage.start))
        offset += len(line) + 1
    return out


def relatives(control: Control) -> list[Relative]:
    """What belongs to an entry: below it in its own framework, then in each other one."""
    catalogue = controls.catalogue()
    own = [entry for entry in catalogue.entries(control.framework) if entry.parent_id == control.id]
    titles = {ISO_2013: "Took over from ISO/IEC 27001:2013"} if control.framework == ISO_2022 else {}
    if control.framework == ISO_2013:
        titles = {ISO_2022: "Withdrawn; today in ISO/IEC 27001:2022"}
    out = [Relative("Contains", own)] if own else []
    for framework in NAMES:
        if framework != control.framework and (found := [entry for entry, _, _ in catalogue.related(control.source_id, framework)]):
            out.append(Relative(titles.get(framework, NAMES[framework]), found))
    return out


def _segments(line: str, offset: int, cited: range, quote: range) -> list[Segment]:
    cuts = sorted({0, len(line), *(min(max(edge - offset, 0), len(line)) for edge in (cited.start, cited.stop, quote.start, quote.stop))})
    out = []
    for begin, stop in itertools.pairwise(cuts):
        at = offset + begin
        out.append(Segment(line[begin:stop], "quote" if at in quote and at in cited else "passage" if at in cited else ""))
    return out


def _named(session: Session, email: str) -> str:
    """The name of the person with that e-mail; what is no e-mail of ours comes back as it is."""
    return session.exec(select(Person.name).where(func.lower(Person.email) == email.lower())).first() or email


def _path(passage: Passage, title: str) -> list[str]:
    return [part for part in passage.heading.split(" > ") if part != title]


def _quote(start: str, end: str) -> range:
    """The quote's place; empty where the address holds no numbers, for the page is right without it."""
    return range(int(start), int(end)) if _OFFSET.fullmatch(start) and _OFFSET.fullmatch(end) else range(0)


def _absent() -> HTTPException:
    return HTTPException(HTTPStatus.NOT_FOUND)
