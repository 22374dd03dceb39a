"""What a draft misses: its questions, who can answer each, and which of them a sentence answers."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, select

from assistant import verification
from assistant.drafting import marks
from assistant.drafting.sources import Source
from knowledge.registers.people import GovernanceRole, Person

_LEAST_LIKE = 0.5
_NAMED = re.compile(r"^\s*(?:(?:question|frage|q|nr\.?|no\.?)\s*)?#?(\d{1,3})\s*[:=.)]\s+(?=\S)", re.IGNORECASE)
_KEYED = re.compile(r"^\s*([\w.-]+)\s*=\s*(\S.*)$", re.DOTALL)
_SAYS = re.compile(r"\s*[:=]\s+|\s+(?:is|are|will\s+be|shall\s+be|ist|sind|beträgt|betragen|wird|werden|lautet)\s+(?=\S)", re.IGNORECASE)
_ARTICLE = re.compile(r"^\s*(?:the|our|and|die|der|das|unsere?|und)\s+", re.IGNORECASE)


@dataclass(frozen=True)
class OpenPoint:
    """A fact that is missing: its question and who can answer it. `key` is that of the type's question, else what was looked for.

    `hint` is a sentence of an approved document that may answer it already; `told` is what its mark says where the fact is first missed, which is more
    than the question where the hint does answer.
    """

    key: str
    question: str
    section: str
    person_id: str | None
    person: str
    suggest: str = ""
    hint: Source | None = None
    told: str = ""


@dataclass(frozen=True)
class Asked:
    """An open point of a document in work, with its number there."""

    document: str
    title: str
    version_id: int
    number: int
    point: OpenPoint


def points_of(draft: Mapping[str, Any]) -> list[OpenPoint]:
    """The questions of a kept draft, in the order of their numbers."""
    return [OpenPoint(**{**one, "hint": Source(**one["hint"]) if one.get("hint") else None}) for one in draft.get("open_points", ())]


def still_open(markdown: str, points: Sequence[OpenPoint]) -> dict[int, OpenPoint]:
    """number -> question, of those whose marks still stand in the text."""
    there = marks.asked_in(markdown)
    return {number: point for number, point in enumerate(points, 1) if number in there}


def meant(text: str, points: Mapping[int, OpenPoint]) -> tuple[list[int], str]:
    """(numbers of the questions that a sentence may answer, the answer); one number where it is plain which is meant, none for no answer.

    `3: 30 days`, `retention = 30 days`, and `the retention of camera images is 30 days` are answers.
    """
    if (named := _NAMED.match(text)) and int(named[1]) in points:
        return [int(named[1])], text[named.end() :].strip()
    if keyed := _KEYED.match(text):
        found = [number for number, point in points.items() if point.key.casefold() == keyed[1].casefold()]
        if found:
            return found, keyed[2].strip()
    parted = [(_ARTICLE.sub("", text[: match.start()]), text[match.end() :].strip().rstrip(".").strip()) for match in _SAYS.finditer(text)]
    judged = [({number: _likeness(subject, point) for number, point in points.items()}, answer) for subject, answer in parted if answer]
    if not judged or not points:
        return [], ""
    # "what closed cases are kept for is 7 years": the last place at which what goes before is most like a question parts it from its answer.
    likeness, answer = max(reversed(judged), key=lambda one: max(one[0].values()))
    best = max(likeness.values())
    return [number for number, like in likeness.items() if like == best >= _LEAST_LIKE], answer


def _likeness(subject: str, point: OpenPoint) -> float:
    return verification.share_known(subject, f"{point.question} {point.key.replace('_', ' ')}")


def by_person(asked: Iterable[Asked]) -> dict[str, list[Asked]]:
    """Name of the person who can answer -> their questions, in the order in which they came."""
    out: dict[str, list[Asked]] = defaultdict(list)
    for one in asked:
        out[one.point.person].append(one)
    return dict(sorted(out.items()))


def person_for(session: Session, who: str, owner: Person | None) -> Person | None:
    """Who can answer: the holder of the governance role that `who` names, the person with that right or office, else the owner."""
    office = [person for person in session.exec(select(Person)).all() if not person.retired_at]
    if who == "owner":
        return owner
    if who == "plant_manager":
        return next((person for person in office if person.plant_manager), owner)
    if by_role := next((person for person in office if person.role == who), None):
        return by_role
    wanted = set(_words(who))
    best = max(
        (
            (len(wanted & set(_words(role.name))) / len(wanted | set(_words(role.name))), role.owner)
            for role in session.exec(select(GovernanceRole)).all()
            if role.owner and not role.retired_at
        ),
        default=(0.0, None),
        key=lambda pair: pair[0],
    )
    if best[0] >= 0.5:
        return next((person for person in office if person.id == best[1]), owner)
    return next((person for person in office if wanted & set(_words(person.department))), owner)


def _words(text: str) -> list[str]:
    return [word for word in re.findall(r"\w+", text.lower().replace("_", " ")) if word not in ("of", "the", "and", "for")]
