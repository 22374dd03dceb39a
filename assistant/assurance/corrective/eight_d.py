"""A corrective action as an 8D report: the same facts in the eight steps that quality people and customers know, for the page and for paper."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from assistant.assurance.corrective import life
from assistant.printing import Head
from knowledge.registers import REGISTERS, queries
from knowledge.registers.audits import ACTION_STATES, GRADES
from knowledge.registers.rights import Actor

TITLES = {
    "en": (
        "D1 Team",
        "D2 Problem",
        "D3 Containment",
        "D4 Root cause",
        "D5 Corrective action chosen",
        "D6 Corrective action done and its effect",
        "D7 Recurrence prevented",
        "D8 Closing",
    ),
    "de": (
        "D1 Team",
        "D2 Problem",
        "D3 Sofortmaßnahme",
        "D4 Grundursache",
        "D5 Gewählte Korrekturmaßnahme",
        "D6 Umgesetzte Korrekturmaßnahme und ihre Wirkung",
        "D7 Wiederholung verhindert",
        "D8 Abschluss",
    ),
}
FIELDS: tuple[tuple[str, ...], ...] = (
    ("team", "owner"),
    ("problem",),
    ("containment", "contained_by", "contained_on"),
    ("why_1", "why_2", "why_3", "why_4", "why_5", "root_cause", "escape_cause", "exists_elsewhere", "analysed_on"),
    ("action", "owner", "due_date", "original_due_date", "extension_reason", "criterion", "criterion_set_at", "review_due", "planned_on"),
    ("done_on", "evidence", "effectiveness_result", "reviewer", "reviewed_on"),
    ("exists_elsewhere", "isms_change"),
    ("closing_note", "closed_on", "reopened_on", "reopen_reason"),
)
"""The columns of an action that each of the eight steps shows."""
_NEEDED = {2: "containment", 3: "root_cause", 4: "action", 5: "effectiveness_result", 7: "closed_on"}


@dataclass(frozen=True)
class Discipline:
    """One of the eight steps: its title and (column, value) of what is known; `open` says that its main fact is not there yet."""

    title: str
    values: tuple[tuple[str, Any], ...]
    open: bool


def disciplines(action: Any, evidence: Sequence[str], tongue: str = "en") -> list[Discipline]:
    """The eight steps of an action, with what is known of each."""
    made = []
    for place, (title, names) in enumerate(zip(TITLES[tongue], FIELDS, strict=True)):
        known = [(name, list(evidence) if name == "evidence" else getattr(action, name)) for name in names]
        needed = _NEEDED.get(place)
        made.append(
            Discipline(
                title,
                tuple((name, value) for name, value in known if value not in (None, "", [])),
                bool(needed) and not getattr(action, needed or ""),
            )
        )
    return made  # fmt: skip


def report(session: Session, actor: Actor, action: Any, now: datetime, tongue: str = "en") -> tuple[str, Head]:
    """(Markdown, head) of the printed report in `en` or `de`, with what the actor may read of its finding and evidence."""
    values = queries.values(session, actor, action)
    finding = life.finding_of(session, actor, action)
    names = {person.id: person.name for person in queries.rows(session, actor, "person")}
    parts = []
    for place, one in enumerate(disciplines(action, values["evidence"], tongue)):
        lines = [_line(name, value, names, tongue) for name, value in one.values]
        if place == 1 and finding is not None:
            lines = [*_problem(finding, queries.values(session, actor, finding)["requirement"], tongue), *lines]
        if one.open:
            lines.append(f"[to decide: {one.title}, {'noch nicht festgehalten' if tongue == 'de' else 'not recorded yet'}]")
        parts.append("\n\n".join([f"## {one.title}", *(lines or ["-"])]))
    return "\n\n".join(parts) + "\n", _head(session, actor, action, names, now, tongue)


def _line(name: str, value: Any, names: dict[str, str], tongue: str) -> str:
    label = REGISTERS[life.ACTION].by_name[name].words.label(tongue)
    if isinstance(value, list) or name == "team":
        value = ", ".join(value if isinstance(value, list) else value.split("|"))
    return f"**{label[:1].upper()}{label[1:]}:** {_plain(_said(value, names))}"


def _problem(finding: Any, requirement: Sequence[str], tongue: str) -> list[str]:
    columns = REGISTERS["finding"].by_name
    grade = GRADES[finding.grade].label(tongue) if finding.grade in GRADES else finding.grade
    facts = [
        (f"{REGISTERS['finding'].words.label(tongue)} {finding.id}", f"{finding.title} ({', '.join([grade, *requirement])})"),
        *((columns[name].words.label(tongue), getattr(finding, name)) for name in ("evidence_seen", "gap")),
    ]
    return [f"**{name[:1].upper()}{name[1:]}:** {_plain(text)}" for name, text in facts if text]


def _said(value: Any, names: dict[str, str]) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    if isinstance(value, date):
        return value.isoformat()
    return names.get(str(value), str(value))


def _plain(text: str) -> str:
    """Text as it stands in Markdown: its marks are letters."""
    return re.sub(r"([\\|<>`*_#\[\]])", r"\\\1", " ".join(text.split()))


def _head(session: Session, actor: Actor, action: Any, names: dict[str, str], now: datetime, tongue: str) -> Head:
    isms = next(iter(queries.rows(session, actor, "isms")), None)
    company = " ".join(isms.name.rsplit(" of ", 1)[-1].split()) if isms is not None else ""
    return Head(
        company=company,
        number=action.id,
        title=f"{'8D-Bericht' if tongue == 'de' else '8D report'}: {action.title}",
        version=str(action.revision),
        state=ACTION_STATES[action.state].label(tongue),
        classification="internal",
        owner=names.get(action.owner or "", ""),
        approver="",
        approved_on=None,
        next_review=None,
        printed_on=now.date(),
        language=tongue,
    )
