"""A type of document to a draft of it: every section filled, or marked with what has to be decided and by whom."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from sqlmodel import Session, col, func, select

from assistant.drafting.filling import Filling, OpenPoint, Subject, one_line, person_for
from assistant.drafting.sources import Find, Source
from assistant.drafting.types import DocumentType, source_of
from assistant.identity import EVERYBODY, Asker
from knowledge import controls
from knowledge.errors import NoSuchRow
from knowledge.registers import ROLES, Document, Isms, Person, queries
from knowledge.registers.derived import Context
from knowledge.registers.rights import Actor

_MARK = re.compile(r"\[\^\d+\]")


@dataclass(frozen=True)
class Draft:
    """A document in the making. `text` is Markdown with `[^n]` where a source is cited and `[to decide: ...]` where a fact is missing."""

    type: str
    kind: str
    number: str
    title: str
    language: str
    classification: str
    audience: str
    owner: str | None
    subject: str
    text: str
    sources: tuple[Source, ...]
    open_points: tuple[OpenPoint, ...]
    as_of: date
    answers: Mapping[str, str] = field(default_factory=dict)

    def as_plain(self) -> dict[str, Any]:
        """The draft as JSON can carry it."""
        return {**asdict(self), "as_of": self.as_of.isoformat()}


def draft(
    session: Session,
    actor: Actor,
    context: Context,
    find: Find,
    kind: DocumentType,
    subject: str = "",
    number: str = "",
    answers: Mapping[str, str] | None = None,
) -> Draft:
    """The document of that type, for the whole company or for the row `subject`. Raises NoSuchRow, BadKnowledge."""
    actor = reader(actor, kind.audience)
    about = _subject(session, actor, kind, subject) if subject else None
    owner = person_for(session, kind.owner_role, None) or person_for(session, "isms_manager", None)
    number = number or next_number(session, kind.prefix)
    isms = session.exec(select(Isms)).first()
    filling = Filling(session, actor, context, find, kind, about, {key: one_line(text) for key, text in (answers or {}).items()}, {}, owner)
    filling.built_in = {
        "company": company(isms.name if isms else ""),
        "number": number,
        "version": "1.0",
        "owner": owner.name if owner else "",
        "today": context.today.isoformat(),
        "subject": f"{about.name} ({about.id})" if about else "all that are in the register",
        "subject_id": about.id if about else "",
        "subject_owner": _name(session, about.owner) if about else "each owner",
    }
    parts = [
        f"## {place} {section.heading}\n\n{filling.fill(section.heading, section.body)}" for place, section in enumerate(kind.sections, 1)
    ]
    parts.append(f"## {len(parts) + 1} References\n\n{_references(session, actor, kind, filling.cited.sources)}")
    return Draft(
        type=kind.name,
        kind=kind.kind,
        number=number,
        title=kind.title if about is None else f"{kind.title}: {about.name}",
        language="en",
        classification=kind.classification,
        audience=kind.audience,
        owner=owner.id if owner else None,
        subject=subject,
        text="\n\n".join(parts) + "\n",
        sources=tuple(filling.cited.sources),
        open_points=tuple(filling.open_points),
        as_of=context.today,
        answers=dict(answers or {}),
    )


def answered(edited: str, made: str, again: Draft, before: Sequence[Mapping[str, Any]]) -> str:
    """The text with the answers in it: drafted again where nobody has edited it, else with the marks of the answered questions replaced in it."""
    if edited.strip() == made.strip():
        return again.text
    for place, point in enumerate(before, 1):
        if (text := again.answers.get(point["key"])) is not None:
            told = one_line(text)
            edited = re.sub(rf"\[to decide: question {place}(?:, [^\]]*)?\]", lambda _, told=told: told, edited)  # type: ignore[misc]
    return edited


def without_marks(text: str) -> str:
    """The text without the numbers of its sources: how it is approved, printed and quoted."""
    return _MARK.sub("", text)


def next_number(session: Session, prefix: str) -> str:
    """The next free number `IS-PRO-14` of the company's documents with that prefix."""
    taken = session.exec(select(Document.number).where(func.upper(col(Document.number)).startswith(f"{prefix.upper()}-"))).all()
    used = [int(match[1]) for number in taken if (match := re.fullmatch(rf"{re.escape(prefix)}-(\d+)", number, re.IGNORECASE))]
    return f"{prefix}-{max(used, default=0) + 1:02d}"


def reader(actor: Actor, audience: str) -> Actor:
    """The actor, seeing no more than the document's readers: what only some may read does not enter a text that more may read."""
    role = actor.role if actor.role in ROLES else "isms_manager"
    return Asker(
        person_id=actor.person_id, role=role, audiences=(actor.audiences & EVERYBODY) | ({audience} & actor.audiences) or EVERYBODY
    )


def _subject(session: Session, actor: Actor, kind: DocumentType, id_: str) -> Subject:
    if not kind.about:
        raise NoSuchRow(f"a document of type {kind.name} is for the whole company, so for", id_)
    row = queries.get(session, actor, kind.about, id_)
    return Subject(kind.about, id_, row.name, getattr(row, "owner", None))


def company(name: str) -> str:
    """`Tessmar Drive Components GmbH` out of `Information security management system of Tessmar Drive Components GmbH`."""
    return one_line(name.rsplit(" of ", 1)[-1])


def _name(session: Session, person_id: str | None) -> str:
    person = session.get(Person, person_id) if person_id else None
    return person.name if person else ""


def _references(session: Session, actor: Actor, kind: DocumentType, sources: list[Source]) -> str:
    """The controls that the type carries out, and the documents that the draft quotes."""
    named = [entry for id_ in kind.controls if (entry := controls.catalogue().by_source(source_of(id_)))]
    lines = [f"- {controls.NAMES[entry.framework]}, {entry.id} {entry.title}" for entry in named]
    quoted = dict.fromkeys(source.title for source in sources if source.kind == "document")
    return "\n".join([*lines, *(f"- {one_line(title)}" for title in quoted)])
