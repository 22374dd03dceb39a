"""What an auditor would miss, the worst first: pure rules over the rows that somebody may read, on a day."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from assistant.assurance.auditing.selection import back
from knowledge.registers.columns import Words
from knowledge.registers.risks import AI_CATEGORIES

Row = Mapping[str, Any]
Rows = Callable[[str], Sequence[Row]]
EXTERNAL = ("stage_1", "stage_2", "surveillance_1", "surveillance_2", "recertification")
_MOST = 12

SAID: dict[str, tuple[int, Words]] = {
    "audit.none": (1, Words.of("No internal audit was completed in the last 12 months.", "In den letzten 12 Monaten wurde kein internes Audit abgeschlossen.")),
    "review.none": (1, Words.of("No management review was held in the last 12 months.", "In den letzten 12 Monaten fand keine Managementbewertung statt.")),
    "review.after": (2, Words.of("A management review is planned only after this audit begins: {ids}.", "Eine Managementbewertung ist erst nach Beginn dieses Audits geplant: {ids}.")),
    "certificate.over": (1, Words.of("The certificate has expired or is suspended: {ids}.", "Das Zertifikat ist abgelaufen oder ausgesetzt: {ids}.")),
    "major.open": (1, Words.of("Major nonconformities are not closed: {ids}.", "Hauptabweichungen sind nicht geschlossen: {ids}.")),
    "action.overdue": (1, Words.of("Corrective actions are past their date: {ids}.", "Korrekturmaßnahmen sind überfällig: {ids}.")),
    "finding.bare": (1, Words.of("Nonconformities have no corrective action: {ids}.", "Abweichungen haben keine Korrekturmaßnahme: {ids}.")),
    "finding.open": (2, Words.of("Findings of the last audit from outside are still open: {ids}.", "Feststellungen des letzten externen Audits sind noch offen: {ids}.")),
    "action.unproved": (2, Words.of("Actions were closed without evidence or without a result of their effect: {ids}.", "Maßnahmen wurden ohne Nachweis oder ohne Ergebnis der Wirksamkeit geschlossen: {ids}.")),
    "action.own": (2, Words.of("The effect of closed actions was reviewed by their own owner: {ids}.", "Die Wirkung geschlossener Maßnahmen prüfte die verantwortliche Person selbst: {ids}.")),
    "soa.old": (1, Words.of("The Statement of Applicability was last checked on {day}, before risks changed: {ids}.", "Die Erklärung zur Anwendbarkeit wurde zuletzt am {day} geprüft, vor Änderungen an Risiken: {ids}.")),
    "soa.unchecked": (2, Words.of("Applicable controls were never checked: {ids}.", "Anwendbare Controls wurden nie geprüft: {ids}.")),
    "soa.unproved": (2, Words.of("Controls are called implemented without evidence: {ids}.", "Controls gelten ohne Nachweis als umgesetzt: {ids}.")),
    "soa.excluded": (2, Words.of("Controls are excluded without a reason: {ids}.", "Controls sind ohne Begründung ausgeschlossen: {ids}.")),
    "evidence.expired": (2, Words.of("Evidence has expired: {ids}.", "Nachweise sind abgelaufen: {ids}.")),
    "evidence.expiring": (3, Words.of("Evidence expires before the audit: {ids}.", "Nachweise laufen vor dem Audit ab: {ids}.")),
    "risk.untreated": (1, Words.of("AI risks have neither treatment nor owner: {ids}.", "KI-Risiken haben weder Behandlung noch Verantwortliche: {ids}.")),
    "risk.half": (2, Words.of("AI risks lack a treatment or an owner: {ids}.", "KI-Risiken fehlt die Behandlung oder die verantwortliche Person: {ids}.")),
    "risk.accepted": (2, Words.of("Risk acceptances have expired or become void: {ids}.", "Risikoakzeptanzen sind abgelaufen oder ungültig: {ids}.")),
    "risk.overdue": (2, Words.of("Risks are past their treatment or review date: {ids}.", "Risiken sind über Behandlungs- oder Prüftermin: {ids}.")),
    "ai.scope": (1, Words.of("AI systems in operation without a decision on scope: {ids}.", "KI-Systeme im Betrieb ohne Entscheidung über den Geltungsbereich: {ids}.")),
    "ai.review": (2, Words.of("AI systems are past their review or without an owner: {ids}.", "KI-Systeme sind über ihrem Prüftermin oder ohne Verantwortliche: {ids}.")),
    "release.bare": (2, Words.of("Model releases run without a change record or an approver: {ids}.", "Modellfreigaben laufen ohne Änderungsnachweis oder ohne Freigeber: {ids}.")),
    "incident.lesson": (2, Words.of("AI incidents were closed without a lesson: {ids}.", "KI-Vorfälle wurden ohne Lehre geschlossen: {ids}.")),
    "supplier.assessed": (2, Words.of("Critical suppliers and AI vendors were not assessed in the last 12 months: {ids}.", "Kritische Lieferanten und KI-Anbieter wurden in den letzten 12 Monaten nicht bewertet: {ids}.")),
    "document.late": (2, Words.of("Approved documents are past their review: {ids}.", "Freigegebene Dokumente sind über ihrem Prüfdatum: {ids}.")),
    "kpi.silent": (2, Words.of("Key figures were not measured in the last 3 months: {ids}.", "Kennzahlen wurden in den letzten 3 Monaten nicht gemessen: {ids}.")),
    "objective.late": (3, Words.of("Objectives are past their date: {ids}.", "Ziele sind überfällig: {ids}.")),
    "programme.late": (3, Words.of("Tasks of the programme are past their date: {ids}.", "Aufgaben des Programms sind überfällig: {ids}.")),
    "climate.none": (2, Words.of("No dated decision whether climate change is relevant.", "Keine datierte Entscheidung, ob der Klimawandel relevant ist.")),
    "month.empty": (2, Words.of("Months without any trace of the ISMS: {ids}.", "Monate ohne jede Spur des ISMS: {ids}.")),
}  # fmt: skip
"""What is missing, with its weight: 1 a certificate hangs on it, 2 a finding is likely, 3 to be tidied up."""

TRACES = (
    ("evidence", "supports_date"), ("change", "done_on"), ("release", "deployed_on"), ("incident", "detected_at"), ("audit", "end_date"),
    ("management_review", "held_on"), ("measurement", "measured_on"), ("training", "done_on"), ("walk_through", "walked_on"),
    ("corrective_action", "done_on"), ("vendor_assessment", "assessed_on"), ("risk", "assessed_on"),
)  # fmt: skip
"""Dates of rows that show the ISMS at work."""


@dataclass(frozen=True)
class Shortfall:
    """One thing that an auditor would miss: its weight, what to say, and the rows it is about."""

    name: str
    weight: int
    ids: tuple[str, ...] = ()
    register: str = ""
    day: str = ""

    def said(self, language: str) -> str:
        """The sentence, with the first ids."""
        more = f" (+{len(self.ids) - _MOST})" if len(self.ids) > _MOST else ""
        return SAID[self.name][1].label(language).format(ids=", ".join(self.ids[:_MOST]) + more, day=self.day)


def shortfalls(rows: Rows, audit: Row, today: date) -> list[Shortfall]:
    """Everything that an auditor would miss, what a certificate hangs on first."""
    begins = str(audit.get("start_date") or "") or today.isoformat()
    found = [
        *_cycle(rows, begins, today), *_findings(rows, audit), *_statement(rows), *_evidence(rows, begins, today), *_risks(rows),
        *_ai(rows), *_running(rows, today), *_months(rows, today),
    ]  # fmt: skip
    return sorted(found, key=lambda one: one.weight)


def months(rows: Rows, today: date) -> dict[str, dict[str, int]]:
    """month (`2026-03`) -> register -> rows that show work in it, for the last 12 months, oldest first."""
    out: dict[str, dict[str, int]] = {str(back(today.replace(day=1), n))[:7]: {} for n in range(11, -1, -1)}
    for register, column in TRACES:
        for row in rows(register):
            month, day = str(row.get(column) or "")[:7], str(row.get(column) or "")[:10]
            if month in out and day <= today.isoformat():
                out[month][register] = out[month].get(register, 0) + 1
    return out


def last_outside(rows: Rows, audit: Row, today: date) -> Row | None:
    """The last audit from outside that ended before this one begins; None where there was none."""
    begins = str(audit.get("start_date") or "") or today.isoformat()
    ended = [
        row for row in rows("audit")
        if row["type"] in EXTERNAL and row["status"] == "done" and row["id"] != audit.get("id") and "" < _day(row, "end_date", "start_date") < begins
    ]  # fmt: skip
    return max(ended, key=lambda row: _day(row, "end_date", "start_date"), default=None)


def _cycle(rows: Rows, begins: str, today: date) -> Iterator[Shortfall]:
    year = back(today, 12).isoformat()
    internal = [row for row in rows("audit") if row["type"] == "internal" and row["status"] == "done"]
    if not any(year <= _day(row, "end_date", "start_date") <= today.isoformat() for row in internal):
        yield _of("audit.none", (), "audit")
    reviews = rows("management_review")
    if not any(row["state"] == "done" and year <= _day(row, "held_on") <= today.isoformat() for row in reviews):
        yield _of("review.none", (), "management_review")
    yield from _some("review.after", "management_review", reviews, lambda row: row["state"] == "planned" and _day(row, "held_on") >= begins)
    over = [row for row in rows("certificate") if row["suspended"] or "" < _day(row, "expires_on") < today.isoformat()]
    replaced = {row["standard"] for row in rows("certificate") if not row["suspended"] and _day(row, "expires_on") >= today.isoformat()}
    yield from _some("certificate.over", "certificate", over, lambda row: row["standard"] not in replaced)
    if not any(_day(row, "climate_decided_on") for row in rows("isms")):
        yield _of("climate.none", (), "isms")


def _findings(rows: Rows, audit: Row) -> Iterator[Shortfall]:
    findings, actions = rows("finding"), rows("corrective_action")
    with_action = {row["finding"] for row in actions}
    yield from _some("major.open", "finding", findings, lambda row: row["grade"] == "major" and row["open"])
    yield from _some("action.overdue", "corrective_action", actions, lambda row: row["overdue"])
    yield from _some("finding.bare", "finding", findings, lambda row: row["grade"] in ("major", "minor") and row["id"] not in with_action)
    outside = {row["id"] for row in rows("audit") if row["type"] in EXTERNAL and row["id"] != audit.get("id")}
    yield from _some("finding.open", "finding", findings, lambda row: row["audit"] in outside and row["open"])
    yield from _some(
        "action.unproved", "corrective_action", actions,
        lambda row: row["state"] == "closed" and not (row["evidence"] and row["effectiveness_result"]),
    )  # fmt: skip
    yield from _some(
        "action.own", "corrective_action", actions,
        lambda row: row["state"] == "closed" and row.get("reviewer") and row["reviewer"] == row["owner"],
    )  # fmt: skip


def _statement(rows: Rows) -> Iterator[Shortfall]:
    lines = rows("control_status")
    checked = max((_day(row, "last_checked") for row in lines), default="")
    later = [row for row in rows("risk") if checked and max(_day(row, "assessed_on"), _day(row, "accepted_at")) > checked]
    if later:
        yield _of("soa.old", (row["id"] for row in later), "risk", checked)
    yield from _some("soa.unchecked", "control_status", lines, lambda row: row["applicable"] and not row["last_checked"])
    yield from _some(
        "soa.unproved", "control_status", lines,
        lambda row: row["applicable"] and row["implementation_status"] == "implemented" and not row["evidence"],
    )  # fmt: skip
    yield from _some("soa.excluded", "control_status", lines, lambda row: row["applicable"] is False and not row["exclusion_reason"])


def _evidence(rows: Rows, begins: str, today: date) -> Iterator[Shortfall]:
    kept = rows("evidence")
    yield from _some("evidence.expired", "evidence", kept, lambda row: row["expired"])
    yield from _some("evidence.expiring", "evidence", kept, lambda row: today.isoformat() <= _day(row, "expires_on") < begins)
    yield from _some(
        "document.late", "document", rows("document"),
        lambda row: row["state"] == "approved" and "" < _day(row, "next_review") < today.isoformat(),
    )  # fmt: skip


def _risks(rows: Rows) -> Iterator[Shortfall]:
    ai = [row for row in rows("risk") if row["category"] in AI_CATEGORIES]
    yield from _some("risk.untreated", "risk", ai, lambda row: not row["treatment"] and not row["owner"])
    yield from _some("risk.half", "risk", ai, lambda row: bool(row["treatment"]) != bool(row["owner"]))
    yield from _some("risk.accepted", "risk", rows("risk"), lambda row: row["acceptance"] in ("expired", "void"))
    yield from _some("risk.overdue", "risk", rows("risk"), lambda row: row["overdue"])


def _ai(rows: Rows) -> Iterator[Shortfall]:
    running = [row for row in rows("ai_system") if row["lifecycle_phase"] == "operation"]
    yield from _some("ai.scope", "ai_system", running, lambda row: row["in_scope"] is None)
    yield from _some("ai.review", "ai_system", running, lambda row: row["review_overdue"] or not row["owner"])
    yield from _some(
        "release.bare", "release", rows("release"), lambda row: row["state"] == "deployed" and not (row["change"] and row["approver"])
    )
    yield from _some(
        "incident.lesson", "incident", rows("incident"), lambda row: row["ai_incident"] and row["status"] == "closed" and not row["lesson"]
    )


def _running(rows: Rows, today: date) -> Iterator[Shortfall]:
    year, quarter = back(today, 12).isoformat(), back(today, 3).isoformat()
    suppliers = [row for row in rows("supplier") if row["critical"] or row["ai_vendor"]]
    yield from _some("supplier.assessed", "supplier", suppliers, lambda row: _day(row, "last_assessment") < year)
    measured = {row["kpi"] for row in rows("measurement") if _day(row, "measured_on") >= quarter}
    yield from _some("kpi.silent", "kpi", rows("kpi"), lambda row: row["id"] not in measured)
    yield from _some("objective.late", "objective", rows("objective"), lambda row: row["overdue"])
    yield from _some("programme.late", "programme_task", rows("programme_task"), lambda row: row["overdue"])


def _months(rows: Rows, today: date) -> Iterator[Shortfall]:
    empty = [month for month, counts in months(rows, today).items() if not counts and month < today.isoformat()[:7]]
    if empty:
        yield _of("month.empty", empty)


def _some(name: str, register: str, rows: Iterable[Row], wrong: Callable[[Row], Any]) -> Iterator[Shortfall]:
    key = "number" if register == "document" else "id"
    if ids := [str(row[key]) for row in rows if wrong(row)]:
        yield _of(name, ids, register)


def _of(name: str, ids: Iterable[str], register: str = "", day: str = "") -> Shortfall:
    return Shortfall(name, SAID[name][0], tuple(ids), register, day)


def _day(row: Row, *names: str) -> str:
    """The first of the columns that holds a day, as `2026-03-04`; empty where none does."""
    return next((str(row[name])[:10] for name in names if row.get(name)), "")
