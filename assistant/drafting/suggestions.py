"""What somebody, or a chat model, suggests for a version that is in work: another body of a section, or answers to its questions.

A suggestion is kept beside the text and changes nothing until a person who may write in the document takes it. Whoever suggested what is
taken has written in the version, and so does not approve it.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from assistant.drafting import life, marks, open_points
from assistant.drafting.life import Difference, Version
from assistant.drafting.open_points import OpenPoint
from assistant.drafting.sources import Cited, Source
from knowledge.errors import ChangedMeanwhile, NoSuchRow, NotAllowed, Problem, RowRefused
from knowledge.registers import rights
from knowledge.registers.records import Records
from knowledge.registers.rights import Actor

Origin = Literal["rules", "model", "person"]
_MOST_OPEN = 50


@dataclass(frozen=True)
class Suggestion:
    """Another `body` for a section that had the body `before`, or `answers` to questions by key; `said` is what was asked for.

    `sources` and `points` are those that the body adds, with numbers after the `known_sources` and `known_points` of the text it was made
    from; `sentences` says what each sentence of a model rests on.
    """

    id: int
    said: str
    author: str
    at: str
    origin: Origin = "rules"
    section: str = ""
    before: str = ""
    body: str = ""
    answers: Mapping[str, str] | None = None
    sources: tuple[Source, ...] = ()
    points: tuple[OpenPoint, ...] = ()
    known_sources: int = 0
    known_points: int = 0
    sentences: tuple[Mapping[str, str], ...] = ()
    model: str = ""
    prompt_hash: str = ""
    state: Literal["open", "taken", "dropped"] = "open"
    decided_by: str = ""

    @property
    def digest(self) -> str:
        """What the person who takes it saw: another text has another digest."""
        return hashlib.sha256(f"{self.before}\0{self.body}\0{sorted((self.answers or {}).items())}".encode()).hexdigest()[:16]

    def differences(self) -> list[Difference]:
        """What it changes, line by line."""
        return life.differences(f"## {self.section}\n\n{self.before}", f"## {self.section}\n\n{self.body}") if self.section else []


def kept(draft: Mapping[str, Any]) -> list[Suggestion]:
    """The suggestions of a version, oldest first."""
    return [
        Suggestion(
            **{
                **one,
                "sources": tuple(Source(**source) for source in one["sources"]),
                "points": tuple(open_points.points_of({"open_points": one["points"]})),
                "sentences": tuple(one["sentences"]),
            }
        )
        for one in draft.get("suggestions", ())
    ]


def suggest(book: Records, version_id: int, made: Suggestion) -> Suggestion:
    """The suggestion as it is kept. Raises NoSuchRow, NotAllowed, RowRefused for a version that is not in work."""
    found = life.find(book.session, book.actor, version_id)
    demand(book.actor, found)
    every = kept(found.text.draft)
    if sum(one.state == "open" for one in every) >= _MOST_OPEN:
        _refuse(found, "suggestion", "too many suggestions wait; take or drop some first")
    new = replace(made, id=len(every) + 1, author=_person(book), at=book.now.isoformat())
    _keep(book, found, [*every, new])
    book.note(
        "suggest", "document", found.document.number, {"version": found.version.version, "suggestion": new.id, "section": new.section}
    )
    return new


def take(book: Records, version_id: int, revision: int, id_: int, digest: str) -> Version:
    """The version with the suggestion in its text; every other section stays as it was, character by character.

    Raises NotAllowed, RowRefused, and ChangedMeanwhile where the section is another one now than it was made from.
    """
    found = life.find(book.session, book.actor, version_id)
    demand(book.actor, found)
    one = _waiting(found, id_)
    if digest != one.digest:
        raise ChangedMeanwhile(f"suggestion {id_}: it is another one than you saw; look at it again.")
    text, draft = with_answers(found, one.answers) if one.answers else _with_body(found, one)
    draft["suggestions"] = [asdict(other) for other in _decided(found, one, "taken", _person(book))]
    return life.write(book, version_id, revision, text, draft, [one.author])


def drop(book: Records, version_id: int, id_: int) -> None:
    """The suggestion is not taken. Raises NotAllowed for somebody who may not write in the document and did not suggest it."""
    found = life.find(book.session, book.actor, version_id)
    demand(book.actor, found)
    one = _waiting(found, id_)
    if one.author != book.actor.person_id:
        rights.demand(book.actor, "change", "document", found.document)
    _keep(book, found, _decided(found, one, "dropped", _person(book)))
    book.note("drop suggestion", "document", found.document.number, {"version": found.version.version, "suggestion": id_})


def with_answers(found: Version, answers: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """(text, what it is made from) of a version with answers by key in the place of their marks. Raises RowRefused for an unknown key."""
    points = open_points.points_of(found.text.draft)
    numbers = {point.key: number for number, point in enumerate(points, 1)}
    if unknown := [key for key in answers if key not in numbers]:
        _refuse(found, "answers", f"there is no open question {', '.join(unknown)}; there are {', '.join(numbers) or 'none'}")
    text, made = found.text.markdown, str(found.text.draft.get("text", ""))
    for key, answer in answers.items():
        text, made = (marks.answered(one, numbers[key], answer) for one in (text, made))
    given = {**found.text.draft.get("answers", {}), **answers}
    return text, {**found.text.draft, "text": made, "answers": given}


def _with_body(found: Version, one: Suggestion) -> tuple[str, dict[str, Any]]:
    section = marks.section(found.text.markdown, one.section)
    if section.body != one.before:
        raise ChangedMeanwhile(f"section {one.section}: it was changed after this was suggested; ask for it again.")
    draft = dict(found.text.draft)
    cited = Cited([Source(**source) for source in draft["sources"]])
    sources = {one.known_sources + place: cited.number(source) for place, source in enumerate(one.sources, 1)}
    points = open_points.points_of(draft)
    questions: dict[int, int] = {}
    for place, point in enumerate(one.points, 1):
        known = [other.key for other in points]
        if point.key not in known:
            points.append(point)
        questions[one.known_points + place] = [other.key for other in points].index(point.key) + 1
    body = marks.renumbered(one.body, sources, questions)
    draft["sources"], draft["open_points"] = [source.as_plain() for source in cited.sources], [asdict(point) for point in points]
    draft["origins"] = {**draft.get("origins", {}), section.heading: one.origin}
    if one.model:
        draft["model"], draft["prompt_hash"] = one.model, one.prompt_hash
    others = [line for line in draft.get("sentences", ()) if line["section"] != section.heading]
    draft["sentences"] = [*others, *({"section": section.heading, **line} for line in one.sentences)]
    made = str(draft.get("text", ""))
    if any(other.heading == section.heading for other in marks.sections(made)):
        draft["text"] = marks.with_body(made, marks.section(made, section.heading), body)
    return marks.with_body(found.text.markdown, section, body), draft


def _decided(found: Version, one: Suggestion, state: Literal["taken", "dropped"], who: str) -> list[Suggestion]:
    return [replace(other, state=state, decided_by=who) if other.id == one.id else other for other in kept(found.text.draft)]


def _waiting(found: Version, id_: int) -> Suggestion:
    one = next((one for one in kept(found.text.draft) if one.id == id_), None)
    if one is None:
        raise NoSuchRow("suggestion", str(id_))
    if one.state != "open":
        _refuse(found, "suggestion", f"it is {one.state} already")
    return one


def demand(actor: Actor, found: Version) -> None:
    """Nothing, where the actor may suggest something for the version now. Raises NotAllowed, RowRefused."""
    rights.demand(actor, "propose", "document", found.document)
    if found.version.state not in life.EDITABLE:
        _refuse(found, "state", f"it is {found.version.state.replace('_', ' ')}; suggestions are for a version that is being written")


def _keep(book: Records, found: Version, every: Sequence[Suggestion]) -> None:
    found.text.draft = {**found.text.draft, "suggestions": [asdict(one) for one in every]}
    book.session.add(found.text)


def _person(book: Records) -> str:
    if book.actor.person_id is None:
        raise NotAllowed("A named person suggests and decides; sign in, or say who with --as.")
    return book.actor.person_id


def _refuse(found: Version, column: str, reason: str) -> None:
    raise RowRefused([Problem("document", found.document.number, column, "", reason)])
