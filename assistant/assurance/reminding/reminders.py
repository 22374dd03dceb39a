"""What people are reminded of: one entry a rule, with its date, when it is open, when it is said, and who hears of it when nothing happens.

A rule is data over the registers. `due` asks the database what follows from all rules at a moment; nothing here reads a clock.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, not_, or_, select, true

from assistant.assurance.corrective.actions import GRACE_DAYS
from assistant.assurance.tracking.following import evidence_asked_sql, evidence_open_sql
from knowledge.registers import REGISTERS, derived
from knowledge.registers.derived import Context

Columns = Any
"""The SQL columns of a register, by name."""

COUNTDOWN, MAJORS = "audit_countdown", "audit_majors"
COUNTDOWN_DAYS = (120, 90, 60, 30, 14, 7, 1)
MAJORS_DAYS = (30, 14, 7, 1)


def _again(days: int) -> tuple[int, ...]:
    """Steps from so many days after the due day on: every four weeks for half a year, then every twelve weeks for three years."""
    return (*range(-days, -days - 169, -28), *range(-days - 252, -days - 1_093, -84))


LATE = (-1, -7, -14, *_again(28))
"""Days after the due day, as steps."""
COUNTED = ("stage_1", "stage_2", "surveillance_1", "surveillance_2", "recertification")
"""Types of audit that are counted down to."""
_KPI_DAYS, _YEAR, _DECIDE_DAYS = 92, 365, 7


@dataclass(frozen=True)
class Rung:
    """Who hears of it from `days` after the due day on, and again and again: the owner's `deputy`, the ISMS `manager`, the `plant_manager`."""

    who: str
    days: int

    @property
    def steps(self) -> tuple[int, ...]:
        """The steps at which this one is told."""
        return _again(self.days)


def _all(_columns: Columns, _context: Context) -> ColumnElement[bool]:
    return true()


@dataclass(frozen=True)
class Rule:
    """One thing to be reminded of. `day` names the column of its date (or works it out), to which `offset` days are added.

    `open` is the SQL condition under which it matters; `person` the column of whoever is to act. `en` and `de` name it before its date,
    `done_en` and `done_de` say what shows that it is done.
    """

    name: str
    register: str
    day: str | Callable[[Columns], ColumnElement[Any]]
    en: str
    de: str
    done_en: str
    done_de: str
    open: Callable[[Columns, Context], ColumnElement[bool]] = _all
    steps: tuple[int, ...] = (14, 7, 1, 0)
    ladder: tuple[Rung, ...] = (Rung("manager", 14),)
    person: str = "owner"
    offset: Callable[[Context], int] = field(default=lambda _context: 0)

    def date(self, columns: Columns) -> ColumnElement[Any]:
        """The SQL expression of its date, without the offset."""
        found: ColumnElement[Any] = columns[self.day] if isinstance(self.day, str) else self.day(columns)
        return found


def _open_task(columns: Columns, _context: Context) -> ColumnElement[bool]:
    return columns.state.not_in(("done", "dropped"))


def _accepted(columns: Columns, _context: Context) -> ColumnElement[bool]:
    return and_(columns.accepted_at.is_not(None), columns.acceptance_void_at.is_(None))


def _not_done(columns: Columns, _context: Context) -> ColumnElement[bool]:
    done = columns.done_on.is_not(None)
    return not_(or_(done, columns.state == "done")) if "state" in columns else not_(done)


def _standing(columns: Columns, _context: Context) -> ColumnElement[bool]:
    """An access that goes on; a single session ends by itself, and there is nothing to renew."""
    return or_(columns.kind.is_(None), columns.kind != "session")


def _latest_review(columns: Columns, _context: Context) -> ColumnElement[bool]:
    """The last review that was held, while no other is planned."""
    other = REGISTERS["management_review"].model.__table__.alias()
    newer = and_(other.c.retired_at.is_(None), or_(other.c.state == "planned", other.c.held_on > columns.held_on))
    return and_(columns.state == "done", columns.held_on.is_not(None), not_(exists().where(newer)))


def _latest_internal(columns: Columns, _context: Context) -> ColumnElement[bool]:
    """The last internal audit that was held, while no other is planned."""
    other = REGISTERS["audit"].model.__table__.alias()
    live = and_(other.c.retired_at.is_(None), other.c.type == "internal", other.c.status != "cancelled")
    newer = and_(live, or_(other.c.status.in_(("planned", "running")), other.c.start_date > columns.start_date))
    return and_(columns.type == "internal", columns.status == "done", not_(exists().where(newer)))


def _planned_internal(columns: Columns, _context: Context) -> ColumnElement[bool]:
    return and_(columns.type == "internal", columns.status == "planned")


def _last_measured(columns: Columns) -> ColumnElement[Any]:
    """The day of the newest measurement, else the day on which the figure was recorded."""
    measured = REGISTERS["measurement"].model.__table__.c
    newest = select(func.max(measured.measured_on)).where(measured.kpi == columns.id, measured.retired_at.is_(None))
    return func.coalesce(
        newest.correlate(columns.id.table).scalar_subquery(), func.date(columns.created_at), type_=measured.measured_on.type
    )


def _measured_by_people(columns: Columns, _context: Context) -> ColumnElement[bool]:
    return columns.measure == ""


_EXPIRY = (60, 30, 7, 1, 0)
_ACTION_LADDER = (Rung("deputy", 3), Rung("manager", 7), Rung("plant_manager", 21))
_RENEW = (
    "Renew it or take it out, and enter the new date.",
    "Erneuern Sie es oder nehmen Sie es heraus, und tragen Sie das neue Datum ein.",
)
_REVIEW = ("Look at it again, correct what has changed, and enter the next date.", "Prüfen Sie es, berichtigen Sie, was sich geändert hat, und tragen Sie das nächste Datum ein.")  # fmt: skip
_TASK = ("Set its state to done and name the result.", "Setzen Sie den Stand auf erledigt und nennen Sie das Ergebnis.")

RULES: tuple[Rule, ...] = (
    Rule("action_due", "corrective_action", "due_date", "corrective action due", "Korrekturmaßnahme fällig",
         "Add evidence that is dated after the action, and take the action to its next state.", "Fügen Sie einen Nachweis an, der nach der Maßnahme datiert ist, und setzen Sie die Maßnahme auf ihren nächsten Stand.",
         open=lambda _c, context: derived.action_open_sql(context), ladder=_ACTION_LADDER),
    Rule("evidence_asked", "corrective_action", evidence_asked_sql, "task closed in the tracker, evidence due", "Aufgabe im Tracker geschlossen, Nachweis fällig",
         "Add evidence that is dated after the action and take the action to done, or reopen its task.", "Fügen Sie einen Nachweis an, der nach der Maßnahme datiert ist, und setzen Sie die Maßnahme auf durchgeführt, oder öffnen Sie ihre Aufgabe wieder.",
         open=lambda c, _context: evidence_open_sql(c), steps=(GRACE_DAYS, 1, 0), ladder=_ACTION_LADDER, offset=lambda _context: GRACE_DAYS),
    Rule("effectiveness_due", "corrective_action", "review_due", "effectiveness check due", "Wirksamkeitsprüfung fällig",
         "Check the criterion that was fixed beforehand and write the result down.", "Prüfen Sie das vorher festgelegte Kriterium und halten Sie das Ergebnis fest.",
         open=lambda c, _context: c.state == "action_done", person="reviewer"),
    Rule("document_review", "document", lambda c: _version().next_review, "document review due", "Überprüfung des Dokuments fällig",
         "Review the document and submit it for approval, also where nothing changes.", "Überprüfen Sie das Dokument und legen Sie es zur Freigabe vor, auch wenn sich nichts ändert.",
         open=lambda _c, _context: _version().state == "approved", steps=(30, 14, 7, 1, 0)),
    Rule("risk_review", "risk", "review_date", "risk review due", "Risikoüberprüfung fällig", *_REVIEW),
    Rule("risk_treatment", "risk", "due_date", "risk treatment due", "Risikobehandlung fällig",
         "Assess the risk with the measure in place, or agree on a new date with the ISMS manager.", "Bewerten Sie das Risiko mit der umgesetzten Maßnahme, oder vereinbaren Sie mit dem ISMS-Manager ein neues Datum.",
         ladder=(Rung("manager", 14), Rung("plant_manager", 42))),
    Rule("acceptance_expiring", "risk", "acceptance_expires", "acceptance of the risk expires", "Risikoakzeptanz läuft ab",
         "Accept the risk anew or treat it.", "Akzeptieren Sie das Risiko erneut oder behandeln Sie es.", open=_accepted, steps=_EXPIRY),
    Rule("evidence_expiring", "evidence", "expires_on", "evidence expires", "Nachweis läuft ab",
         "Record a newer piece of evidence.", "Erfassen Sie einen neueren Nachweis.", steps=_EXPIRY),
    Rule("training_open", "training", "due_date", "training due", "Schulung fällig",
         "Attend the training; the record is made by whoever holds it.", "Nehmen Sie an der Schulung teil; den Eintrag macht, wer sie hält.", open=_not_done),
    Rule("acknowledgement_open", "acknowledgement", "due_date", "document to be read and confirmed by", "Dokument zu lesen und zu bestätigen bis",
         "Read the document and confirm it on its page.", "Lesen Sie das Dokument und bestätigen Sie es auf seiner Seite.", open=_not_done),
    Rule("ai_review", "ai_system", "next_review", "AI system review due", "Prüfung des KI-Systems fällig", *_REVIEW, steps=(30, 14, 7, 1, 0)),
    Rule("ai_review_by_interval", "ai_system", "last_review", "AI system review due", "Prüfung des KI-Systems fällig", *_REVIEW,
         open=lambda c, _context: c.next_review.is_(None), steps=(30, 14, 7, 1, 0), offset=lambda context: context.method.review_days),
    Rule("ai_access_review", "ai_system", "access_review_due", "access review of the AI system due", "Zugriffsprüfung des KI-Systems fällig", *_REVIEW),
    Rule("asset_access_review", "asset", "access_review_due", "access review due", "Zugriffsprüfung fällig", *_REVIEW),
    Rule("key_rotation", "asset", "rotation_due", "change of the key due", "Schlüsselwechsel fällig", *_RENEW, steps=_EXPIRY),
    Rule("vendor_assessment", "supplier", "next_assessment", "vendor assessment due", "Lieferantenbewertung fällig",
         "Record the assessment and its result.", "Erfassen Sie die Bewertung und ihr Ergebnis.", steps=(30, 14, 7, 1, 0)),
    Rule("measure_expiring", "compensating_measure", "expires_on", "compensating measure expires", "Ersatzmaßnahme läuft ab", *_RENEW, steps=_EXPIRY),
    Rule("identity_expiring", "machine_identity", "expires_on", "certificate or key expires", "Zertifikat oder Schlüssel läuft ab", *_RENEW, steps=_EXPIRY),
    Rule("identity_rotation", "machine_identity", "rotation_due", "change of the key due", "Schlüsselwechsel fällig", *_RENEW, steps=_EXPIRY),
    Rule("access_expiring", "access_path", "expires_on", "access expires", "Zugriff läuft ab", *_RENEW, open=_standing, steps=_EXPIRY),
    Rule("access_review", "access_path", "review_date", "access review due", "Zugriffsprüfung fällig", *_REVIEW),
    Rule("firewall_rule_expiring", "firewall_rule", "expires_on", "firewall rule expires", "Firewallregel läuft ab", *_RENEW, steps=_EXPIRY),
    Rule("obligation_review", "obligation", "review_date", "review of the obligation due", "Überprüfung der Verpflichtung fällig", *_REVIEW),
    Rule("control_due", "control_status", "due_date", "control to be implemented by", "Control umzusetzen bis",
         "Say how the control is implemented and name its evidence.", "Sagen Sie, wie das Control umgesetzt ist, und nennen Sie den Nachweis.",
         open=lambda c, _context: and_(or_(c.applicable.is_(None), c.applicable), c.implementation_status.not_in(("implemented", "not_applicable")))),
    Rule("programme_task_due", "programme_task", "due_date", "programme task due", "Programmaufgabe fällig", *_TASK, open=_open_task),
    Rule("objective_due", "objective", "due_date", "objective due", "Ziel fällig", *_TASK, open=_open_task),
    Rule("improvement_due", "improvement", "due_date", "improvement due", "Verbesserung fällig", *_TASK, open=_open_task),
    Rule("review_planned", "management_review", "held_on", "management review planned for", "Managementbewertung geplant für",
         "Record what was decided and set it to held.", "Halten Sie die Beschlüsse fest und setzen Sie sie auf durchgeführt.",
         open=lambda c, _context: c.state == "planned", steps=(30, 14, 7, 1, 0)),
    Rule("review_due", "management_review", "held_on", "next management review due", "nächste Managementbewertung fällig",
         "Plan the review: a management review is due within twelve months of the last one.", "Planen Sie die Bewertung: Sie ist innerhalb von zwölf Monaten nach der letzten fällig.",
         open=_latest_review, steps=(90, 60, 30, 14, 7, 1, 0), ladder=(Rung("manager", 1), Rung("plant_manager", 14)), offset=lambda _context: _YEAR),
    Rule("internal_audit_planned", "audit", "start_date", "internal audit planned for", "internes Audit geplant für",
         "Hold the audit and record its result.", "Führen Sie das Audit durch und halten Sie das Ergebnis fest.", open=_planned_internal, steps=(30, 14, 7, 1, 0)),
    Rule("internal_audit_due", "audit", "start_date", "next internal audit due", "nächstes internes Audit fällig",
         "Plan the next internal audit: one is due within twelve months of the last.", "Planen Sie das nächste interne Audit: Es ist innerhalb von zwölf Monaten nach dem letzten fällig.",
         open=_latest_internal, steps=(90, 60, 30, 14, 7, 1, 0), ladder=(Rung("manager", 1), Rung("plant_manager", 14)), offset=lambda _context: _YEAR),
    Rule("kpi_measurement", "kpi", _last_measured, "measurement of the key figure due", "Messung der Kennzahl fällig",
         "Record a measurement of the quarter.", "Erfassen Sie eine Messung des Quartals.", open=_measured_by_people, steps=(7, 0), offset=lambda _context: _KPI_DAYS),
    Rule("proposal_waiting", "proposal", "created_at", "proposal to be decided by", "Vorschlag zu entscheiden bis",
         "Accept the proposal, change it, or reject it with a reason.", "Nehmen Sie den Vorschlag an, ändern Sie ihn, oder lehnen Sie ihn mit einer Begründung ab.",
         open=lambda c, _context: c.state == "open", steps=(4, 0), ladder=(Rung("manager", 7),), offset=lambda _context: _DECIDE_DAYS),
)  # fmt: skip
"""Every rule; to add one is to add an entry."""

BY_NAME = {rule.name: rule for rule in RULES}


def _version() -> Columns:
    from knowledge.registers import DocumentVersion

    return DocumentVersion.__table__.c  # type: ignore[attr-defined]


def rule_of(name: str) -> Rule | None:
    """The rule behind the name that a reminder carries (`action_due`, `action_due.manager`); None for the countdown to an audit."""
    return BY_NAME.get(name.partition(".")[0])


def why(name: str, step: int, late_days: int) -> str:
    """Why a reminder is said: what is due, at which step, to whom, and whether it comes late."""
    rule = rule_of(name)
    what = rule.en if rule else "audit" if name == COUNTDOWN else "open majors before the audit"
    place = f"{step} days before" if step > 1 else "one day before" if step == 1 else "on the day" if step == 0 else f"{-step} days after"
    _, _, rung = name.partition(".")
    told = f"; told to the {rung.replace('_', ' ')}, because nothing happened" if rung else ""
    late = f"; late by {late_days} days" if late_days else ""
    return f"{what}: {place}{told}{late}"


def steps_of(rule: Rule, wanted: Mapping[str, Sequence[int]]) -> tuple[int, ...]:
    """Every step of a rule, largest first: those before the due day as `wanted` says, or its own; then those after it."""
    before = wanted.get(rule.name, rule.steps)
    return tuple(sorted({*before, *(step for step in LATE if step < min(before, default=0))}, reverse=True))


def latest(due_on: date, steps: Sequence[int], today: date, ahead: date) -> int | None:
    """The last step that has come, of steps from large to small; None before the first.

    Steps up to the due day count as come by `ahead`, the last day before the person works again, so that what falls on a weekend is said on
    Friday; what is late is late by today.
    """
    come = [step for step in steps if due_on - timedelta(days=step) <= (ahead if step >= 0 else today)]
    return come[-1] if come else None


def late_days(due_on: date, step: int, today: date, known: date) -> int:
    """For how many days the step should have been said already; what was entered or moved later (`known`) was not late before that."""
    return max(0, (today - max(due_on - timedelta(days=step), known)).days)


def countdown(start: date, days: Sequence[int], today: date, ahead: date) -> int | None:
    """The step of the countdown to an audit; None before the first, and once the audit has begun."""
    return latest(start, sorted(days, reverse=True), today, ahead) if start > today else None
