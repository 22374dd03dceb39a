"""The life of a document that is written here: draft, in review, changes requested, approved, retired.

Whoever wrote in a version never approves it; approving freezes text, hash and approver, makes the text the company's rule, retires the version before, and
starts acknowledgements and the review clock. Each step is one transaction of `records.writing`, with its entry in the journal.
"""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlmodel import Session, col, select

from assistant.drafting.documents import Draft
from assistant.drafting.marks import OPEN, without_sources
from knowledge import publishing
from knowledge.errors import ChangedMeanwhile, NoSuchRow, NotAllowed, Problem, RowRefused
from knowledge.registers import Acknowledgement, Document, DocumentComment, DocumentText, DocumentVersion, Passage, Person, queries, rights
from knowledge.registers.documents import EDITABLE as EDITABLE
from knowledge.registers.records import Records
from knowledge.registers.rights import Actor

_DAYS_TO_READ = 30


@dataclass(frozen=True)
class Published:
    """What the index takes up and takes out after the commit."""

    fresh: Sequence[Passage] = ()
    gone: Sequence[str] = ()


@dataclass(frozen=True)
class Version:
    """A version with its text and the document that it is of."""

    document: Document
    version: DocumentVersion
    text: DocumentText


def find(session: Session, actor: Actor, version_id: int) -> Version:
    """The version that is written here. Raises NoSuchRow, the same for one that is not there and one that is not for the actor."""
    version, text = session.get(DocumentVersion, version_id), session.get(DocumentText, version_id)
    if version is None or text is None:
        raise NoSuchRow("document version", str(version_id))
    return Version(queries.get(session, actor, "document", version.number, retired=True), version, text)


def versions(session: Session, actor: Actor, number: str) -> list[DocumentVersion]:
    """The versions of a document, newest first. Raises NoSuchRow."""
    queries.get(session, actor, "document", number, retired=True)
    order = select(DocumentVersion).where(DocumentVersion.number == number).order_by(col(DocumentVersion.id).desc())
    return list(session.exec(order).all())


def in_work(session: Session, actor: Actor, number: str) -> Version:
    """The version of a document that is being written or reviewed. Raises NoSuchRow, and RowRefused where there is none."""
    document = queries.get(session, actor, "document", number)
    version_id = session.exec(_working(document.number)).first()
    _refuse(document.number, version_id is None, "version", "no version of it is in work; draft one first")
    return find(session, actor, version_id)


def all_in_work(session: Session, actor: Actor) -> list[Version]:
    """Every version that is being written, of documents that the actor may see."""
    inside = select(DocumentVersion).join(DocumentText, col(DocumentText.version_id) == DocumentVersion.id)
    found = session.exec(inside.where(col(DocumentVersion.state).in_(EDITABLE)).order_by(DocumentVersion.number)).all()
    seen = queries.visible_ids(session, actor, "document", {version.number for version in found})
    return [find(session, actor, version.id) for version in found if version.number in seen and version.id is not None]


def begin(book: Records, draft: Draft, review_months: int = 12) -> Version:
    """A new document in state draft, or the next version of one that there is. Raises NotAllowed, RowRefused where one is already in work."""
    author = _author(book)
    document = book.session.get(Document, draft.number)
    if document is None:
        owner = book.session.get(Person, draft.owner) if draft.owner else None
        given = {
            "number": draft.number,
            "title": draft.title,
            "owner": owner.name if owner else "",
            "audience": draft.audience,
            "language": draft.language,
        }
        number = book.create("document", given).number
        book.flush()
        document = book.session.get_one(Document, number)
        version = book.session.exec(select(DocumentVersion).where(DocumentVersion.number == number)).one()
        version.version = "1.0"
    else:
        rights.demand(book.actor, "change", "document", document)
        _refuse(
            document.number,
            book.session.exec(_working(document.number)).first(),
            "state",
            "a version of it is in work already; finish that one",
        )
        version = DocumentVersion(number=document.number, version=next_version(book.session, document.number), state="draft", current=False)
    book.session.add(version)
    book.session.flush()
    assert version.id is not None
    text = DocumentText(
        version_id=version.id, markdown=draft.text, draft=draft.as_plain(), written_by=[author], review_months=review_months,
        created_at=book.now, changed_at=book.now,
    )  # fmt: skip
    book.session.add(text)
    book.note("draft", "document", document.number, {"version": version.version, "type": draft.type})
    return Version(document, version, text)


def write(
    book: Records, version_id: int, revision: int, markdown: str, made: Mapping[str, Any] | None = None, writers: Sequence[str] = ()
) -> Version:
    """The version with another text, which counts as written by the actor and the `writers`; `made` is what it is made from, where that
    has changed too. Raises RowRefused, NotAllowed, ChangedMeanwhile."""
    found, author = _changing(book, version_id, revision, EDITABLE, "change")
    found.text.markdown = markdown.replace("\r\n", "\n").strip() + "\n"
    if made is not None:
        found.text.draft = dict(made)
    found.text.written_by = list(dict.fromkeys([*found.text.written_by, *writers, author]))
    return _keep(book, found, "write", {})


def submit(book: Records, version_id: int, revision: int) -> Version:
    """The version, in review. Raises RowRefused while something is still to be decided."""
    found, author = _changing(book, version_id, revision, EDITABLE, "change")
    left = found.text.markdown.count(OPEN)
    _refuse(found.document.number, left, "text", f"{left} places still say what is to be decided; answer them or strike them out")
    found.version.state, found.text.submitted_by, found.text.submitted_at, found.text.request = "in_review", author, book.now, ""
    return _keep(book, found, "submit", {})


def request_changes(book: Records, version_id: int, revision: int, reason: str) -> Version:
    """The version, back with its writers. Raises RowRefused without a reason."""
    found, _ = _changing(book, version_id, revision, ("in_review",), "approve")
    _refuse(found.document.number, not reason.strip(), "reason", "say what has to be changed")
    found.version.state, found.text.request = "changes_requested", reason.strip()
    return _keep(book, found, "request changes", {"reason": reason.strip()})


def approve(book: Records, version_id: int, revision: int, beside: Mapping[str, Any] | None = None) -> tuple[Version, Published]:
    """The version in force, and what the index takes up; `beside` is kept with it, such as who has accepted what a plan leaves.

    Raises NotAllowed for one who wrote in it, RowRefused, ChangedMeanwhile.
    """
    found, approver = _changing(book, version_id, revision, ("in_review",), "approve")
    if approver in found.text.written_by:
        raise NotAllowed(f"document {found.document.number}: you wrote in this version, so somebody else approves it.")
    document, version, text = found.document, found.version, found.text
    _refuse(document.number, OPEN in text.markdown, "text", "something is still to be decided in it")
    text.markdown = without_sources(text.markdown)
    text.approved_by, text.approved_at = approver, book.now
    text.content_hash = publishing.content_hash(document.title, text.markdown)
    version.state, version.approver = "approved", book.session.get_one(Person, approver).name
    version.approved_on, version.next_review = book.now.date(), _months_later(book.now.date(), text.review_months)
    fresh, gone = publishing.freeze(book.session, document, version, text)
    _acknowledgements(book, document, version, text)
    text.draft = {**text.draft, **(beside or {})}
    return _keep(book, found, "approve", {"hash": text.content_hash, **(beside or {})}), Published(fresh, gone)


def retire(book: Records, number: str, reason: str) -> Published:
    """What the index takes out after no version of the document is in force. Raises RowRefused without a reason."""
    document = book.session.get(Document, number)
    if document is None:
        raise NoSuchRow("document", number)
    rights.demand(book.actor, "approve", "document", document)
    _refuse(number, not reason.strip(), "reason", "say why it is retired")
    gone = publishing.withdraw(book.session, number)
    book.note("retire version", "document", number, {"reason": reason.strip()})
    return Published(gone=gone)


def comment(book: Records, version_id: int, section: str, text: str) -> DocumentComment:
    """What the actor says about a section. Raises NoSuchRow, RowRefused for nothing said."""
    found = find(book.session, book.actor, version_id)
    _refuse(found.document.number, not text.strip(), "text", "say something")
    made = DocumentComment(version_id=version_id, section=section, text=text.strip(), author=_author(book), created_at=book.now)
    book.session.add(made)
    book.note("comment", "document", found.document.number, {"version": found.version.version, "section": section})
    return made


def comments(session: Session, version_id: int) -> list[DocumentComment]:
    """Comments of a version, oldest first."""
    return list(
        session.exec(select(DocumentComment).where(DocumentComment.version_id == version_id).order_by(col(DocumentComment.id))).all()
    )


def settle(book: Records, comment_id: int) -> DocumentComment:
    """The comment, settled by the actor. Raises NoSuchRow."""
    made = book.session.get(DocumentComment, comment_id)
    if made is None:
        raise NoSuchRow("comment", str(comment_id))
    found = find(book.session, book.actor, made.version_id)
    made.settled_by, made.settled_at = _author(book), book.now
    book.session.add(made)
    book.note("settle comment", "document", found.document.number, {"section": made.section})
    return made


def acknowledge(book: Records, number: str) -> Acknowledgement:
    """That the actor knows the version in force. Raises NoSuchRow where nothing is asked of them."""
    person = _author(book)
    asked = select(Acknowledgement).where(
        Acknowledgement.document == number,
        Acknowledgement.owner == person,
        col(Acknowledgement.done_on).is_(None),
        col(Acknowledgement.retired_at).is_(None),
    )
    row = book.session.exec(asked).first()
    if row is None:
        raise NoSuchRow("acknowledgement", number)
    row.done_on, row.revision, row.changed_at = book.now.date(), row.revision + 1, book.now
    book.session.add(row)
    book.note("acknowledge", "document", number, {"version": row.version})
    return row


@dataclass(frozen=True)
class Difference:
    """A line that came, went or stayed: `kind` is `+`, `-` or a space; `section` is the heading that it stands under."""

    kind: str
    section: str
    text: str


def differences(before: str, after: str, around: int = 2) -> list[Difference]:
    """What changed from one text to another, with `around` lines of what stayed beside it."""
    out: list[Difference] = []
    lines = list(difflib.ndiff(_lines(before), _lines(after)))
    near = {place + away for place, line in enumerate(lines) if line[0] in "+-" for away in range(-around, around + 1)}
    section = ""
    for place, line in enumerate(lines):
        if line[0] != "?" and (heading := re.match(r"#{2,} +(.*)", line[2:])):
            section = heading[1]
        if place in near and line[0] != "?":
            out.append(Difference(line[0], section, line[2:]))
    return out


# --- steps ----------------------------------------------------------------------------------------------------------


def _changing(book: Records, version_id: int, revision: int, states: tuple[str, ...], action: str) -> tuple[Version, str]:
    author = _author(book)
    found = find(book.session, book.actor, version_id)
    rights.demand(book.actor, action, "document", found.document)
    if found.version.state not in states:
        wanted = " or ".join(state.replace("_", " ") for state in states)
        _refuse(found.document.number, True, "state", f"it is {found.version.state.replace('_', ' ')}, and this needs it to be {wanted}")
    if revision != found.text.revision:
        raise ChangedMeanwhile(
            f"document {found.document.number}: somebody changed it after you opened it; look at it again and repeat your change."
        )
    return found, author


def _keep(book: Records, found: Version, action: str, body: dict[str, Any]) -> Version:
    found.text.revision, found.text.changed_at = found.text.revision + 1, book.now
    found.document.revision, found.document.changed_at = found.document.revision + 1, book.now
    book.session.add_all((found.document, found.version, found.text))
    book.note(action, "document", found.document.number, {"version": found.version.version, **body})
    return replace(found)


def _author(book: Records) -> str:
    if book.actor.person_id is None:
        raise NotAllowed("A named person writes and approves documents; sign in, or say who with --as.")
    return book.actor.person_id


def _refuse(number: str, wrong: object, column: str, reason: str) -> None:
    if wrong:
        raise RowRefused([Problem("document", number, column, "", reason)])


def _working(number: str) -> Any:
    """The ids of versions of a document that are being written or reviewed."""
    states = ("draft", "in_review", "changes_requested")
    inside = select(DocumentVersion.id).join(DocumentText, col(DocumentText.version_id) == DocumentVersion.id)
    return inside.where(DocumentVersion.number == number, col(DocumentVersion.state).in_(states))


def next_version(session: Session, number: str) -> str:
    """The version after the newest one of a document: 1.3 becomes 1.4, 2 becomes 2.1; 1.0 for the first."""
    current = session.exec(
        select(DocumentVersion.version).where(DocumentVersion.number == number).order_by(col(DocumentVersion.id).desc())
    ).first()
    if current is None:
        return "1.0"
    match = re.fullmatch(r"(\d+)(?:\.(\d+))?", current)
    return f"{match[1]}.{int(match[2] or 0) + 1}" if match else f"{current} +1"


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.month - 1 + months, 12)
    last = (date(day.year + year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(day.year + year, month + 1, min(day.day, last))


def _acknowledgements(book: Records, document: Document, version: DocumentVersion, text: DocumentText) -> None:
    """Everybody who works here confirms a policy that everybody may read."""
    if document.audience not in ("public", "staff") or text.draft.get("kind") != "policy":
        return
    people = book.session.exec(select(Person).where(col(Person.retired_at).is_(None))).all()
    for person in people:
        due = book.now.date() + timedelta(days=_DAYS_TO_READ)
        book.follow("acknowledgement", {"document": document.number, "version": version.version, "owner": person.id, "due_date": due})


def _lines(text: str) -> list[str]:
    return [line for line in without_sources(text).splitlines() if line.strip()]
