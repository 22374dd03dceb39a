"""The improvement log: lessons of incidents, observations and ideas of audits, and questions without an answer become proposals, each once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from assistant.assurance.plant import Plant
from knowledge.registers import Proposal, queries, rights
from knowledge.registers.records import Records

_LONGEST_TITLE = 200


@dataclass(frozen=True)
class Lesson:
    """Something that could be improved, where it comes from, and whose it would be."""

    title: str
    description: str
    origin: str
    source: str = ""
    incident: str = ""
    finding: str = ""
    audit: str = ""
    owner: str | None = None
    audience: str = "staff"

    @property
    def key(self) -> str:
        """What makes it the same lesson: the incident or finding it comes from, else its words."""
        return self.incident or self.finding or f"{self.origin}: {' '.join(self.title.casefold().split())}"


def lessons(plant: Plant, gaps: Sequence[str] = ()) -> list[Lesson]:
    """What is not in the log yet: lessons of closed incidents, observations and opportunities without an action, questions that nobody could answer."""
    found = [
        Lesson(
            f"Lesson of {one.id}: {one.title}"[:_LONGEST_TITLE],
            one.lesson,
            "incident",
            one.source,
            incident=one.id,
            owner=one.owner,
            audience=one.audience,
        )
        for one in plant.rows("incident")
        if one.lesson
    ]
    acted = {one.finding for one in plant.rows("corrective_action")}
    found += [
        Lesson(one.title[:_LONGEST_TITLE], one.gap or one.evidence_seen, "audit" if one.audit else "finding", one.source, finding=one.id, audit=one.audit or "",
               owner=one.owner, audience=one.audience)
        for one in plant.rows("finding")
        if one.grade in ("observation", "opportunity") and one.id not in acted
    ]  # fmt: skip
    found += [Lesson(f"No policy answers: {one}"[:_LONGEST_TITLE], one, "unanswered question") for one in dict.fromkeys(gaps)]
    there = _keys(plant.rows("improvement"))
    return [one for one in found if one.key not in there]


def propose(book: Records, plant: Plant, found: Sequence[Lesson], today: date) -> list[str]:
    """Ids of the proposals of these lessons; one that was proposed before, whatever became of it, is left out."""
    rights.demand(book.actor, "propose", "improvement")
    before = queries.rows(book.session, book.actor, "proposal", Proposal.register_name == "improvement")
    known = {_key(one.payload) for one in before} | _keys(plant.rows("improvement"))
    made = []
    for one in found:
        if one.key in known:
            continue
        known.add(one.key)
        sources = [{"source_id": one.source}] if one.source else []
        made.append(str(book.propose("improvement", "create", _values(one, today), title=one.title, provenance={"sources": sources}).id))
    return made


def _values(one: Lesson, today: date) -> dict[str, Any]:
    return {
        "title": one.title, "description": one.description, "recorded_on": today.isoformat(), "origin": one.origin, "incident": one.incident,
        "finding": one.finding, "audit": one.audit, "owner": one.owner or "", "state": "open", "audience": one.audience,
    }  # fmt: skip


def _keys(rows: Sequence[Any]) -> set[str]:
    return {_key(vars(one)) for one in rows}


def _key(values: Any) -> str:
    words = " ".join(str(values.get("title") or "").casefold().split())
    return str(values.get("incident") or values.get("finding") or f"{values.get('origin') or ''}: {words}")
