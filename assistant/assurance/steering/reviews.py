"""The management review: what 9.3.2 asks for, generated from the registers, each fact with its row; decisions as rows that are carried forward.

An input about which nothing is recorded says so. Decisions are entries of the improvement log that name the review in which they were
taken; those that are open stand first in the next review.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from assistant.assurance.auditing.cycle import months_after
from assistant.assurance.plant import Plant, on
from assistant.assurance.steering import kpis
from assistant.printing import Head
from knowledge.errors import NoSuchRow
from knowledge.registers import rights
from knowledge.registers.records import Records

NOTHING = {"en": "Nothing recorded.", "de": "Nichts erfasst."}
MOST = 30
"""Facts of one input that are told one by one; what is beyond is counted."""


@dataclass(frozen=True)
class Fact:
    """One fact, with the row or list that it stands in."""

    text: str
    source: str = ""


@dataclass(frozen=True)
class Input:
    """One input of 9.3.2: the column of the review that it belongs to, its title, its facts (none: nothing is recorded)."""

    column: str
    clause: str
    title: str
    facts: tuple[Fact, ...]

    def told(self, tongue: str, as_of: date) -> str:
        """The input as it stands in the review's column."""
        head = f"{'Stand' if tongue == 'de' else 'As of'} {as_of.isoformat()}: "
        if not self.facts:
            return head + NOTHING["de" if tongue == "de" else "en"]
        lines = [f"{one.text}{f' [{one.source.removeprefix(_ROW)}]' if one.source.startswith(_ROW) else ''}" for one in self.facts[:MOST]]
        more = len(self.facts) - MOST
        if more > 0:
            lines.append(f"und {more} weitere" if tongue == "de" else f"and {more} more")
        return head + "; ".join(lines) + "."


_ROW = "row:"


def inputs(plant: Plant, since: date | None = None, gaps: Sequence[str] = (), tongue: str = "en") -> list[Input]:
    """Every input in the order of 9.3.2, then AI and policy gaps. `since` is the day of the last review; `gaps` are questions without an answer.

    What changed is told from `since` on; a year back where there was no review.
    """
    first = since or last_held(plant) or months_after(plant.today, -12)
    found = []
    for column, clause, en, de, facts in _INPUTS:
        found.append(Input(column, clause, de if tongue == "de" else en, tuple(facts(plant, first, _Words(tongue)))))
    title = "Fragen ohne Antwort in den Richtlinien" if tongue == "de" else "Questions that no policy answers"
    return [*found, Input("policy_gaps", "9.3.2 g", title, tuple(Fact(one) for one in gaps))]


def last_held(plant: Plant) -> date | None:
    """The day of the last review that was held; a meeting on one matter, which wrote down few inputs, counts only where there is no other."""
    held = [one for one in plant.rows("management_review") if one.state == "done" and one.held_on and one.held_on <= plant.today]
    whole = [one for one in held if sum(bool(getattr(one, column)) for column, *_ in _INPUTS) * 2 >= len(_INPUTS)]
    return max((one.held_on for one in whole or held), default=None)


def values(found: Sequence[Input], tongue: str, as_of: date) -> dict[str, str]:
    """The inputs as columns of a management review."""
    return {one.column: one.told(tongue, as_of) for one in found}


def propose(book: Records, plant: Plant, gaps: Sequence[str] = (), tongue: str = "en", review: str = "") -> str:
    """The id of the proposal that puts the inputs into a review: the one named, the next planned one, else a new one.

    What not every reader of the review may see is left out. Raises NoSuchRow, NotAllowed.
    """
    planned = [one for one in plant.rows("management_review") if one.state == "planned"]
    target = plant.row("management_review", review) if review else min(planned, key=lambda one: one.held_on or date.max, default=None)
    if review and target is None:
        raise NoSuchRow("management_review", review)
    found = inputs(plant.open_to(target.audience if target else "staff"), last_held(plant), gaps, tongue)
    sources = [{"source_id": fact.source} for one in found for fact in one.facts if fact.source.startswith(_ROW)]
    given: dict[str, Any] = dict(values(found, tongue, plant.today))
    id_ = target.id if target else ""
    if not id_:
        given["title"] = f"{'Managementbewertung' if tongue == 'de' else 'Management review'} {plant.today.year}"
    reason = "Generated from the registers; whoever leads the review adds what is not in them."
    made = book.propose("management_review", "change" if id_ else "create", given, id_, reason=reason, provenance={"sources": sources})
    return str(made.id)


def decide(book: Records, review: str, title: str, owner: str, due: date | None, description: str = "") -> str:
    """The id of a decision of a review: an open entry of the improvement log, for the readers of the review. Raises RowRefused, NotAllowed."""
    row = book.expect("management_review", [review]).get(review)
    given = {
        "title": title, "description": description, "recorded_on": book.now.date(), "owner": owner, "due_date": due, "state": "open",
        "review": review, "origin": "management review", "audience": row.audience if row and rights.may(book.actor, "read", "management_review", row) else "staff",
    }  # fmt: skip
    return str(book.create("improvement", given).id)


def printed(plant: Plant, review: Any, gaps: Sequence[str] = (), tongue: str = "en") -> tuple[str, Head]:
    """A review as Markdown with its head, for `printing`: what stands in the row where somebody wrote it, else what the registers hold.

    What not every reader of the review may see is left out.
    """
    plant = plant.open_to(review.audience)
    found = inputs(plant, None, gaps, tongue)
    de = tongue == "de"
    by_column = {one.column: one for one in found}
    parts = [f"{'Teilnehmer' if de else 'Participants'}: {', '.join(_entries(review.participants)) or '-'}"]
    for column, clause, en, german, _ in [
        *_INPUTS,
        ("policy_gaps", "9.3.2 g", "Questions that no policy answers", "Fragen ohne Antwort in den Richtlinien", None),
    ]:
        written = str(getattr(review, column) or "")
        parts.append(f"## {german if de else en} ({clause})\n\n{_escaped(written) or _listed(by_column[column], tongue, plant.today)}")
    decisions = [one for one in plant.rows("improvement") if one.review == review.id]
    parts.append(f"## {'Entscheidungen' if de else 'Decisions'} (9.3.3)\n\n{_escaped(review.decisions)}\n\n{_table(plant, decisions, de)}")
    isms = next(iter(plant.rows("isms")), None)
    company = str(isms.name).rsplit(" of ", 1)[-1] if isms else ""
    head = Head(company, review.id, review.title, "1", "draft" if review.state != "done" else "held", "internal", plant.name(review.owner), "", review.held_on,
                review.next_review, plant.today, language=tongue)  # fmt: skip
    return "\n\n".join(parts), head


# --- inputs ------------------------------------------------------------------------------------------------------


class _Words:
    """Our own words in one of two languages."""

    def __init__(self, tongue: str) -> None:
        self.de = tongue == "de"

    def __call__(self, en: str, de: str) -> str:
        return de if self.de else en


def _earlier(plant: Plant, since: date, either: _Words) -> list[Fact]:
    settled = ("done", "dropped")
    decided = [
        one for one in plant.rows("improvement") if one.review and (one.state not in settled or (on(one.changed_at) or since) >= since)
    ]
    decided.sort(key=lambda one: (one.state in settled, one.due_date or date.max, one.id))
    late, due, nobody = either("overdue", "überfällig"), either("due", "fällig"), either("nobody", "niemand")
    facts = [
        Fact(f"{one.title}: {_state(one.state, either)}, {plant.name(one.owner) or nobody}, {due} {one.due_date or '-'}{f', {late}' if one.overdue else ''}", one.source)
        for one in decided
    ]  # fmt: skip
    # Decisions that stand as text in an older review have no state: whoever leads the review says how far they are.
    told = {one.review for one in decided}
    written = [
        one for one in plant.rows("management_review") if one.state == "done" and one.decisions and one.held_on and one.held_on >= since
    ]
    words = either("state not recorded", "Stand nicht erfasst")
    return facts + [Fact(f"{one.title}: {one.decisions} ({words})", one.source) for one in written if one.id not in told]


def _context(plant: Plant, since: date, either: _Words) -> list[Fact]:
    changed = [one for one in plant.rows("issue") if (on(one.changed_at) or since) >= since]
    facts = [Fact(f"{one.name}{f': {one.effect}' if one.effect else ''}", one.source) for one in changed]
    climate = [one for one in plant.rows("isms") if one.climate_relevant is not None]
    relevant = {
        True: either("climate change is relevant", "der Klimawandel ist relevant"),
        False: either("climate change is not relevant", "der Klimawandel ist nicht relevant"),
    }
    return facts + [
        Fact(f"{relevant[one.climate_relevant]}: {one.climate_decision} ({one.climate_decided_on or '-'})", one.source) for one in climate
    ]


def _parties(plant: Plant, since: date, either: _Words) -> list[Fact]:
    parties = [one for one in plant.rows("interested_party") if (on(one.changed_at) or since) >= since]
    duties = [one for one in plant.rows("obligation") if (on(one.changed_at) or since) >= since]
    facts = [Fact(f"{one.name}: {one.expectations}", one.source) for one in parties]
    return facts + [Fact(f"{either('duty', 'Pflicht')} {one.name}: {one.description}", one.source) for one in duties]


def _nonconformities(plant: Plant, since: date, either: _Words) -> list[Fact]:
    found = [one for one in plant.rows("finding") if one.open or (one.reported_on or date.min) >= since]
    grades = Counter(str(one.grade) for one in found)
    facts = (
        [Fact(", ".join(f"{grade.replace('_', ' ')}: {n}" for grade, n in sorted(grades.items())), "/registers/finding")] if found else []
    )
    actions = [one for one in plant.rows("corrective_action") if one.open]
    facts += [
        Fact(f"{one.title}: {one.state.replace('_', ' ')}, {plant.name(one.owner) or '-'}, {either('due', 'fällig')} {one.due_date or '-'}{either(', overdue', ', überfällig') if one.overdue else ''}", one.source)
        for one in sorted(actions, key=lambda one: (not one.overdue, one.due_date or date.max))
    ]  # fmt: skip
    return facts


def _measurements(plant: Plant, _since: date, either: _Words) -> list[Fact]:
    words = {"met": either("met", "erreicht"), "missed": either("missed", "verfehlt"), "alarm": either("beyond the alarm threshold", "jenseits der Alarmschwelle"),
             "no_target": either("no target set", "kein Ziel gesetzt"), "no_value": either("never measured", "nie gemessen")}  # fmt: skip
    out = []
    for line in kpis.lines(plant):
        value = f"{line.last.value:g} {line.kpi.unit} ({line.last.measured_on})" if line.last else "-"
        target = f", {either('target', 'Ziel')} {line.kpi.target:g}" if line.kpi.target is not None else ""
        out.append(Fact(f"{line.kpi.name}: {value}{target}: {words[line.verdict]}", line.kpi.source))
    return out


def _audits(plant: Plant, since: date, either: _Words) -> list[Fact]:
    done = [one for one in plant.rows("audit") if one.status == "done" and (one.end_date or one.start_date or date.min) >= since]
    found = Counter(one.audit for one in plant.rows("finding"))
    return [
        Fact(
            f"{one.title} ({one.start_date}, {one.auditor or '-'}): {found[one.id]} {either('findings', 'Feststellungen')}{f'; {one.conclusion}' if one.conclusion else ''}",
            one.source,
        )
        for one in done
    ]


def _objectives(plant: Plant, _since: date, either: _Words) -> list[Fact]:
    return [
        Fact(f"{one.name}: {_state(one.state, either)}, {either('target', 'Ziel')} {one.target or either('not set', 'nicht gesetzt')}{f', {one.result}' if one.result else ''}{either(', overdue', ', überfällig') if one.overdue else ''}", one.source)
        for one in plant.rows("objective")
    ]  # fmt: skip


def _feedback(plant: Plant, since: date, either: _Words) -> list[Fact]:
    audits = [
        one for one in plant.rows("audit") if one.type == "customer" and one.status == "done" and (one.start_date or date.min) >= since
    ]
    facts = [
        Fact(
            f"{either('customer audit', 'Kundenaudit')} {one.title}: {one.conclusion or either('no conclusion recorded', 'kein Ergebnis erfasst')}",
            one.source,
        )
        for one in audits
    ]
    told = [one for one in plant.rows("incident") if one.authority_notice and (on(one.detected_at) or date.min) >= since]
    return facts + [Fact(f"{one.title}: {one.authority_notice}", one.source) for one in told]


def _risks(plant: Plant, _since: date, either: _Words) -> list[Fact]:
    risks = plant.rows("risk")
    if not risks:
        return []
    threshold = plant.context.method.threshold
    above = [one for one in risks if (one.current_score or 0) > threshold]
    bands = Counter(str(one.band or either("not scored", "nicht bewertet")) for one in risks)
    facts = [
        Fact(
            f"{len(risks)} {either('risks', 'Risiken')}: {', '.join(f'{band.replace(chr(95), chr(32))} {n}' for band, n in sorted(bands.items()))}",
            "/registers/risk",
        )
    ]
    late = either("overdue", "überfällig")
    return facts + [
        Fact(f"{one.name}: {one.current_score}, {either('above the threshold', 'über der Schwelle')} {threshold}; {one.treatment or either('no treatment', 'keine Behandlung')}, {either('acceptance', 'Akzeptanz')}: {one.acceptance}{f', {late}' if one.overdue else ''}", one.source)
        for one in sorted(above, key=lambda one: -one.current_score)
    ]  # fmt: skip


def _chances(plant: Plant, since: date, either: _Words) -> list[Fact]:
    log = [one for one in plant.rows("improvement") if not one.review and one.state in ("open", "running")]
    ideas = [one for one in plant.rows("finding") if one.grade == "opportunity" and (one.reported_on or date.min) >= since]
    return [Fact(f"{one.title}: {_state(one.state, either)}", one.source) for one in log] + [Fact(one.title, one.source) for one in ideas]


def _ai(plant: Plant, since: date, either: _Words) -> list[Fact]:
    incidents = [one for one in plant.rows("incident") if one.ai_incident and (on(one.detected_at) or date.min) >= since]
    facts = [
        Fact(f"{either('AI incident', 'KI-Vorfall')}: {one.title}, {one.status}{f'; {one.lesson}' if one.lesson else ''}", one.source)
        for one in incidents
    ]
    new = [one for one in plant.rows("ai_system") if (one.started_on or on(one.created_at) or date.min) >= since]
    facts += [Fact(f"{either('new AI system', 'neues KI-System')}: {one.name}", one.source) for one in new]
    for one in plant.rows("supplier"):
        if one.ai_vendor and one.contract_start and one.contract_start >= since:
            facts.append(Fact(f"{either('new AI vendor', 'neuer KI-Anbieter')}: {one.name}", one.source))
        if one.ai_vendor and one.contract_end and since <= one.contract_end <= plant.today:
            facts.append(Fact(f"{either('AI vendor ended', 'KI-Anbieter beendet')}: {one.name} ({one.contract_end})", one.source))
    return facts


_Facts = Callable[[Plant, date, _Words], list[Fact]]
_INPUTS: tuple[tuple[str, str, str, str, Any], ...] = (
    ("previous_actions", "9.3.2 a", "Decisions of earlier reviews", "Entscheidungen früherer Bewertungen", _earlier),
    ("context_changes", "9.3.2 b", "Changes of external and internal issues", "Veränderungen externer und interner Themen", _context),
    ("party_changes", "9.3.2 c", "Changes of interested parties and their needs", "Veränderungen bei interessierten Parteien und ihren Erfordernissen", _parties),
    ("nonconformities", "9.3.2 d", "Nonconformities and corrective actions", "Abweichungen und Korrekturmaßnahmen", _nonconformities),
    ("measurements", "9.3.2 d", "Results of monitoring and measuring", "Ergebnisse von Überwachung und Messung", _measurements),
    ("audit_results", "9.3.2 d", "Results of audits", "Auditergebnisse", _audits),
    ("objectives", "9.3.2 d", "Attainment of objectives", "Erreichen der Ziele", _objectives),
    ("feedback", "9.3.2 e", "Feedback of interested parties", "Rückmeldungen interessierter Parteien", _feedback),
    ("risks", "9.3.2 f", "Risk assessment and treatment plan", "Risikobeurteilung und Behandlungsplan", _risks),
    ("improvements", "9.3.2 g", "Chances for improvement", "Verbesserungsmöglichkeiten", _chances),
    ("ai", "9.3.2 d", "AI: incidents, new systems, vendors", "KI: Vorfälle, neue Systeme, Anbieter", _ai),
)  # fmt: skip


# --- small things ------------------------------------------------------------------------------------------------


_STATES: Mapping[str, tuple[str, str]] = {
    "open": ("open", "offen"),
    "running": ("running", "läuft"),
    "done": ("done", "erledigt"),
    "dropped": ("dropped", "gestrichen"),
}


def _state(code: str, either: _Words) -> str:
    return either(*_STATES.get(code, (code, code)))


def _listed(one: Input, tongue: str, as_of: date) -> str:
    if not one.facts:
        return one.told(tongue, as_of)
    lines = [
        f"- {_escaped(fact.text)}{f' ({fact.source.removeprefix(_ROW)})' if fact.source.startswith(_ROW) else ''}" for fact in one.facts
    ]
    return f"{'Stand' if tongue == 'de' else 'As of'} {as_of.isoformat()}\n\n" + "\n".join(lines)


def _table(plant: Plant, decisions: Sequence[Any], de: bool) -> str:
    if not decisions:
        return NOTHING["de" if de else "en"]
    head = "| Nr. | Entscheidung | Verantwortlich | Fällig | Stand |" if de else "| No. | Decision | Owner | Due | State |"
    either = _Words("de" if de else "en")
    rows = [
        f"| {one.id} | {_escaped(one.title)} | {_escaped(plant.name(one.owner))} | {one.due_date or ''} | {_state(one.state, either)} |"
        for one in decisions
    ]
    return "\n".join([head, "|---|---|---|---|---|", *rows])


def _entries(value: Any) -> list[str]:
    return [part for part in (value.split("|") if isinstance(value, str) else value or ()) if part]


def _escaped(text: str) -> str:
    for sign in "\\`*_[]<>|":
        text = text.replace(sign, f"\\{sign}")
    return text
