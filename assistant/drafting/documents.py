"""A type of document to a draft of it: every section filled, or marked with what has to be decided and by whom."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from sqlmodel import Session, col, func, select

from assistant.drafting import marks, open_points
from assistant.drafting.filling import Filling, Shape, Subject
from assistant.drafting.marks import one_line
from assistant.drafting.open_points import OpenPoint, person_for
from assistant.drafting.sources import Find, Source
from assistant.drafting.types import PLACE, DocumentType, source_of
from assistant.identity import EVERYBODY, Asker
from knowledge import controls
from knowledge.errors import NoSuchRow, Problem, RowRefused
from knowledge.registers import ROLES, Document, Isms, Person, queries
from knowledge.registers.derived import Context
from knowledge.registers.rights import Actor

_USUAL = Shape()


@dataclass(frozen=True)
class Draft:
    """A document in the making. `text` is Markdown with `[^n]` where a source is cited and `[to decide: ...]` where a fact is missing.

    `origins` says which sections are not in the words of the rules, `sentences` what each sentence of a model rests on, and
    `statement` what a statement of the registers said then: its `name` and `rows`.
    """

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
    origins: Mapping[str, str] = field(default_factory=dict)
    sentences: tuple[Mapping[str, str], ...] = ()
    model: str = ""
    prompt_hash: str = ""
    statement: Mapping[str, Any] = field(default_factory=dict)

    def as_plain(self) -> dict[str, Any]:
        """The draft as JSON can carry it."""
        return {**asdict(self), "as_of": self.as_of.isoformat()}


@dataclass(frozen=True)
class Redrafted:
    """A section drafted again: its body, and all sources and open points of the document with those that are new at the end."""

    body: str
    sources: tuple[Source, ...]
    open_points: tuple[OpenPoint, ...]


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
    number = number or next_number(session, kind.prefix)
    filling = _filling(session, reader(actor, kind.audience), context, find, kind, subject, number, answers or {})
    parts = [
        f"## {place} {section.heading}\n\n{filling.fill(section.heading, section.body)}" for place, section in enumerate(kind.sections, 1)
    ]
    parts.append(f"## {len(parts) + 1} References\n\n{_references(kind, filling.cited.sources)}")
    return Draft(
        type=kind.name,
        kind=kind.kind,
        number=number,
        title=kind.title if filling.subject is None else f"{kind.title}: {filling.subject.name}",
        language="en",
        classification=kind.classification,
        audience=kind.audience,
        owner=filling.owner.id if filling.owner else None,
        subject=subject,
        text="\n\n".join(parts) + "\n",
        sources=tuple(filling.cited.sources),
        open_points=tuple(filling.open_points),
        as_of=context.today,
        answers=dict(answers or {}),
    )


def section_again(
    session: Session,
    actor: Actor,
    context: Context,
    find: Find,
    kind: DocumentType,
    made: Mapping[str, Any],
    heading: str,
    subject: str = "",
    shape: Shape = _USUAL,
) -> Redrafted:
    """A section of a kept draft `made`, filled anew from its skeleton. Raises RowRefused for one that the type does not have, NoSuchRow."""
    skeleton = next((section for section in kind.sections if section.heading == marks.title(heading)), None)
    if skeleton is None:
        raise RowRefused(
            [
                Problem(
                    "document",
                    str(made["number"]),
                    "section",
                    heading,
                    "the type has no such section, so only a person or a chat model writes it anew",
                )
            ]
        )
    answers = made.get("answers") or {}
    filling = _filling(session, reader(actor, kind.audience), context, find, kind, subject or made["subject"], made["number"], answers)
    filling.shape = shape
    filling.cited.sources = [Source(**one) for one in made["sources"]]
    filling.open_points = open_points.points_of(made)
    body = filling.fill(skeleton.heading, skeleton.body)
    return Redrafted(body, tuple(filling.cited.sources), tuple(filling.open_points))


def searched(kind: DocumentType, answers: Mapping[str, str], heading: str = "") -> list[str]:
    """What the draft of a type, or of one of its sections, looks up in approved documents: known beforehand, so that it is searched at once."""
    places = [place for one in kind.sections if heading in ("", one.heading) for place in PLACE.findall(one.body)]
    said = [place.removeprefix("said ").split(" | ")[0].strip() for place in places if place.startswith("said ")]
    asked = [kind.questions[place].ask for place in places if place in kind.questions and place not in answers]
    return list(dict.fromkeys([*asked, *said]))


def _filling(
    session: Session,
    actor: Actor,
    context: Context,
    find: Find,
    kind: DocumentType,
    subject: str,
    number: str,
    answers: Mapping[str, str],
) -> Filling:
    about = _subject(session, actor, kind, subject) if subject else None
    owner = person_for(session, kind.owner_role, None) or person_for(session, "isms_manager", None)
    isms = session.exec(select(Isms)).first()
    built_in = {
        "company": company(isms.name if isms else ""),
        "number": number,
        "version": "1.0",
        "owner": owner.name if owner else "",
        "today": context.today.isoformat(),
        "subject": f"{about.name} ({about.id})" if about else "all that are in the register",
        "subject_id": about.id if about else "",
        "subject_owner": _name(session, about.owner) if about else "each owner",
    }
    told = {key: one_line(text) for key, text in answers.items()}
    return Filling(session, actor, context, find, kind, about, told, built_in, owner)


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
    return Subject(kind.about, id_, getattr(row, "name", "") or getattr(row, "title", ""), getattr(row, "owner", None))


def company(name: str) -> str:
    """`Tessmar Drive Components GmbH` out of `Information security management system of Tessmar Drive Components GmbH`."""
    return one_line(name.rsplit(" of ", 1)[-1])


def _name(session: Session, person_id: str | None) -> str:
    person = session.get(Person, person_id) if person_id else None
    return person.name if person else ""


def _references(kind: DocumentType, sources: list[Source]) -> str:
    """The controls that the type carries out, and the documents that the draft quotes."""
    named = [entry for id_ in kind.controls if (entry := controls.catalogue().by_source(source_of(id_)))]
    lines = [f"- {controls.NAMES[entry.framework]}, {entry.id} {entry.title}" for entry in named]
    quoted = dict.fromkeys(source.title for source in sources if source.kind == "document")
    return "\n".join([*lines, *(f"- {one_line(title)}" for title in quoted)])
