"""How key figures are computed from the registers: a named computation each, with its numerator, its denominator and the rows behind it.

A measure counts what everybody may see who reads the key figure. Those with `dated` look at things that carry their day, and can be worked out again for an
earlier one; the others tell the state of today, and are refused for any other day: nothing is dated back.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import mean, median
from typing import Any

from assistant.assurance.auditing.cycle import months_after
from assistant.assurance.plant import Plant, on


@dataclass(frozen=True)
class Measured:
    """A value with what it is made of. `value` is None where there is nothing to measure. `query` is the list in which the rows stand."""

    value: float | None
    query: str
    rows: tuple[str, ...] = ()
    numerator: float | None = None
    denominator: float | None = None
    sample: int = 0


@dataclass(frozen=True)
class Measure:
    """A computation: its name in the column `measure`, what it says, its unit, the controls it tells of."""

    name: str
    en: str
    de: str
    unit: str
    of: Callable[[Plant, date], Measured]
    controls: tuple[str, ...] = ("9.1",)
    dated: bool = False

    def named(self, tongue: str) -> str:
        """What it says, in a language."""
        return self.de if tongue == "de" else self.en


# --- the guide's four --------------------------------------------------------------------------------------------


def _ai_incidents(plant: Plant, at: date) -> Measured:
    first = _month(at)
    return _count([one for one in plant.rows("incident") if one.ai_incident and _in(one.detected_at, first, at)],
                  f"/registers/incident?ai_incident=yes&detected_at=ge:{first}&detected_at=lt:{at + timedelta(days=1)}")  # fmt: skip


def _detection_hours(plant: Plant, at: date) -> Measured:
    first = months_after(at, -3) + timedelta(days=1)
    some = [one for one in plant.rows("incident") if one.ai_incident and one.started_at and _in(one.detected_at, first, at)]
    hours = [(one.detected_at - one.started_at).total_seconds() / 3600 for one in some]
    query = f"/registers/incident?ai_incident=yes&started_at=set:&detected_at=ge:{first}&detected_at=lt:{at + timedelta(days=1)}"
    return Measured(round(median(hours), 2) if hours else None, query, _sources(some), sample=len(hours))


def _access_violations(plant: Plant, at: date) -> Measured:
    first = _month(at)
    some = [
        one
        for one in plant.rows("incident")
        if one.access_violation and (one.ai_incident or one.ai_system) and _in(one.detected_at, first, at)
    ]
    counted = {one.id for one in some}
    alerts = [one for one in plant.rows("monitoring_alert") if one.kind == "access" and one.ai_system and _in(one.raised_at, first, at)]
    alerts = [one for one in alerts if one.incident not in counted]
    return _count(
        [*some, *alerts], f"/registers/incident?access_violation=yes&detected_at=ge:{first}&detected_at=lt:{at + timedelta(days=1)}"
    )


def _integrity_done(plant: Plant, at: date) -> Measured:
    sets = _datasets(plant)
    return _share([one for one in sets if _in(one.hash_checked_on, _month(at), at)], sets, "/registers/asset?asset_class=training_dataset")


def _integrity_passed(plant: Plant, at: date) -> Measured:
    sets = _datasets(plant)
    failed = {id_ for one in plant.rows("evidence") if _failed(one.result) and _in(one.supports_date, _month(at), at) for id_ in one.assets}
    passed = [one for one in sets if _in(one.hash_checked_on, _month(at), at) and one.id not in failed]
    return _share(passed, sets, "/registers/asset?asset_class=training_dataset")


# --- corrective actions ------------------------------------------------------------------------------------------


def _actions_overdue(plant: Plant, _at: date) -> Measured:
    return _count([one for one in plant.rows("corrective_action") if one.overdue], "/registers/corrective_action?overdue=yes",
                  [one for one in plant.rows("corrective_action") if one.open])  # fmt: skip


def _actions_in_time(plant: Plant, at: date) -> Measured:
    dated = [one for one in plant.rows("corrective_action") if one.due_date]
    closed = [one for one in dated if _in(one.closed_on, _year(at), at)]
    late = [one for one in dated if one.due_date < at and not _by(one.closed_on, at)]
    return _share(
        [one for one in closed if one.closed_on <= one.due_date], [*closed, *late], f"/registers/corrective_action?closed_on=ge:{_year(at)}"
    )


def _closing_days(grade: str) -> Callable[[Plant, date], Measured]:
    def of(plant: Plant, at: date) -> Measured:
        findings = {one.id for one in plant.rows("finding") if one.grade == grade}
        some = [
            one
            for one in plant.rows("corrective_action")
            if one.finding in findings and one.reported_on and _in(one.closed_on, _year(at), at)
        ]
        days = [(one.closed_on - one.reported_on).days for one in some]
        return Measured(
            round(mean(days), 1) if days else None,
            f"/registers/corrective_action?closed_on=ge:{_year(at)}",
            _sources(some),
            sample=len(days),
        )

    return of


# --- controls, documents, people ---------------------------------------------------------------------------------


def _fresh_evidence(plant: Plant, at: date) -> Measured:
    fresh = [
        one for one in plant.rows("evidence") if _in(one.supports_date, _year(at), at) and (one.expires_on is None or one.expires_on >= at)
    ]
    proven = {id_ for one in fresh for id_ in one.control} | {one.id for one in fresh}
    used = [one for one in plant.rows("control_status") if one.applicable is not False and one.implementation_status == "implemented"]
    return _share(
        [one for one in used if one.id in proven or proven & set(one.evidence)],
        used,
        "/registers/control_status?implementation_status=implemented",
    )


def _documents_overdue(plant: Plant, at: date) -> Measured:
    approved = [one for one in plant.rows("document") if one.state == "approved"]
    late = [one for one in approved if one.next_review and date.fromisoformat(str(one.next_review)) < at]
    return _count(late, f"/registers/document?state=approved&next_review=lt:{at}", approved)


def _trained(plant: Plant, at: date) -> Measured:
    done = {one.owner for one in plant.rows("training") if one.state == "done" and _in(one.done_on, _year(at), at)}
    people = plant.rows("person")
    return _share([one for one in people if one.id in done], people, f"/registers/training?state=done&done_on=ge:{_year(at)}")


def _acknowledged(plant: Plant, _at: date) -> Measured:
    asked = plant.rows("acknowledgement")
    return _share([one for one in asked if one.done_on], asked, "/registers/acknowledgement")


# --- risks, operation, suppliers -----------------------------------------------------------------------------------


def _untreated(plant: Plant, _at: date) -> Measured:
    threshold = plant.context.method.threshold
    above = [one for one in plant.rows("risk") if (one.current_score or 0) > threshold]
    return _count(
        [one for one in above if one.acceptance != "valid" and not _planned(one)], f"/registers/risk?current_score=gt:{threshold}", above
    )


def _planned(risk: Any) -> bool:
    """Whether somebody is to treat a risk: how, who, and until when; keeping it needs no day."""
    return bool(risk.treatment and risk.owner and (risk.treatment == "retain" or risk.due_date))


def _acceptances_expired(plant: Plant, _at: date) -> Measured:
    given = [one for one in plant.rows("risk") if one.acceptance != "none"]
    return _count([one for one in given if one.acceptance != "valid"], "/registers/risk?acceptance=in:expired|void", given)


def _virtual_patches_expired(plant: Plant, _at: date) -> Measured:
    some = plant.rows("compensating_measure")
    return _count([one for one in some if one.expired], "/registers/compensating_measure?expired=yes", some)


def _patches_waiting(plant: Plant, _at: date) -> Measured:
    covered = {id_ for one in plant.rows("compensating_measure") if not one.expired for id_ in one.assets}
    waiting = [one for one in plant.rows("asset") if one.patch_constraint not in ("", "none")]
    return _count([one for one in waiting if one.id not in covered], "/registers/asset?patch_constraint=set:", waiting)


def _vendors_current(plant: Plant, at: date) -> Measured:
    wanted = [
        one for one in plant.rows("supplier") if (one.ai_vendor or one.critical) and (one.contract_end is None or one.contract_end >= at)
    ]
    current = [
        one for one in wanted if _in(one.last_assessment, _year(at), at) and (one.next_assessment is None or one.next_assessment >= at)
    ]
    return _share(current, wanted, "/registers/supplier?ai_vendor=yes")


def _restore_tests(plant: Plant, at: date) -> Measured:
    some = [
        one
        for one in plant.rows("evidence")
        if "A.8.13" in one.control and (one.kind == "test" or one.result) and _in(one.supports_date, _year(at), at)
    ]
    return _count(some, f"/registers/evidence?control=A.8.13&supports_date=ge:{_year(at)}")


def _access_reviews(plant: Plant, at: date) -> Measured:
    rows = [*plant.rows("ai_system"), *plant.rows("asset")]
    wanted = [one for one in rows if one.access_review_due or getattr(one, "lifecycle_phase", "") == "operation"]
    return _share(
        [one for one in wanted if one.access_review_due and one.access_review_due >= at],
        wanted,
        f"/registers/ai_system?access_review_due=ge:{at}",
    )


def _ai_reviews(plant: Plant, at: date) -> Measured:
    running = [one for one in plant.rows("ai_system") if one.lifecycle_phase == "operation"]
    return _share(
        [one for one in running if _in(one.last_review, _year(at), at)], running, "/registers/ai_system?lifecycle_phase=operation"
    )


def _hashes(plant: Plant, _at: date) -> Measured:
    known = [one for one in plant.rows("release") if one.state == "deployed" and one.hash_matches is not None]
    return _share([one for one in known if one.hash_matches], known, "/registers/release?state=deployed")


def _identities_expired(plant: Plant, _at: date) -> Measured:
    some = plant.rows("machine_identity")
    return _count([one for one in some if one.expired], "/registers/machine_identity?expired=yes", some)


MEASURES = {
    one.name: one
    for one in (
        Measure("ai_incidents", "Security incidents involving AI, of the month that ends on the day", "Sicherheitsvorfälle mit KI, im Monat bis zum Tag", "incidents", _ai_incidents, ("9.1", "A.5.24"), True),
        Measure("ai_detection_hours", "Median hours from the start of an AI incident to its detection, three months", "Median der Stunden vom Beginn eines KI-Vorfalls bis zur Erkennung, drei Monate", "hours", _detection_hours, ("9.1", "A.8.16"), True),
        Measure("access_violations", "Refused or illegitimate accesses to AI, incidents and alerts of the month", "Verweigerte oder unberechtigte Zugriffe auf KI, Vorfälle und Alarme des Monats", "accesses", _access_violations, ("9.1", "A.8.3"), True),
        Measure("integrity_checks_done", "Training data sets whose hash was compared in the last month", "Trainingsdatensätze, deren Hash im letzten Monat verglichen wurde", "per cent", _integrity_done, ("9.1", "A.8.16")),
        Measure("integrity_checks_passed", "Training data sets whose hash was compared in the last month and agreed", "Trainingsdatensätze, deren Hash im letzten Monat verglichen wurde und stimmte", "per cent", _integrity_passed, ("9.1", "A.8.16")),
        Measure("actions_overdue", "Corrective actions that are overdue", "Überfällige Korrekturmaßnahmen", "actions", _actions_overdue, ("9.1", "10.2")),
        Measure("actions_in_time", "Corrective actions closed by their due date, twelve months", "Fristgerecht geschlossene Korrekturmaßnahmen, zwölf Monate", "per cent", _actions_in_time, ("9.1", "10.2"), True),
        Measure("closing_days_major", "Days from report to closure, major nonconformities, twelve months", "Tage von der Meldung bis zum Abschluss, Hauptabweichungen, zwölf Monate", "days", _closing_days("major"), ("9.1", "10.2"), True),
        Measure("closing_days_minor", "Days from report to closure, minor nonconformities, twelve months", "Tage von der Meldung bis zum Abschluss, Nebenabweichungen, zwölf Monate", "days", _closing_days("minor"), ("9.1", "10.2"), True),
        Measure("closing_days_observation", "Days from report to closure, observations, twelve months", "Tage von der Meldung bis zum Abschluss, Beobachtungen, zwölf Monate", "days", _closing_days("observation"), ("9.1", "10.2"), True),
        Measure("controls_with_fresh_evidence", "Implemented controls with evidence of the last twelve months", "Umgesetzte Controls mit Nachweis der letzten zwölf Monate", "per cent", _fresh_evidence),
        Measure("documents_overdue", "Approved documents past their review date", "Freigegebene Dokumente mit überschrittenem Prüftermin", "documents", _documents_overdue, ("9.1", "7.5.2")),
        Measure("people_trained", "People with a completed training of the last twelve months", "Personen mit abgeschlossener Schulung der letzten zwölf Monate", "per cent", _trained, ("9.1", "A.6.3")),
        Measure("acknowledgement_rate", "Acknowledgements given of those asked for", "Erteilte Kenntnisnahmen von den verlangten", "per cent", _acknowledged, ("9.1", "7.3")),
        Measure("risks_untreated", "Risks above the threshold without acceptance or planned treatment", "Risiken über der Schwelle ohne Akzeptanz oder geplante Behandlung", "risks", _untreated, ("9.1", "6.1.3", "8.3")),
        Measure("acceptances_expired", "Risk acceptances that have expired or are void", "Abgelaufene oder ungültige Risikoakzeptanzen", "acceptances", _acceptances_expired, ("9.1", "8.3")),
        Measure("virtual_patches_expired", "Virtual patches and other compensating measures that have expired", "Abgelaufene virtuelle Patches und andere Ersatzmaßnahmen", "measures", _virtual_patches_expired, ("9.1", "A.8.8")),
        Measure("patches_waiting", "Assets that cannot be patched and have no compensating measure in force", "Assets, die nicht gepatcht werden können und keine gültige Ersatzmaßnahme haben", "assets", _patches_waiting, ("9.1", "A.8.8")),
        Measure("vendor_assessments_current", "AI vendors and critical suppliers assessed in the last twelve months and not due again", "KI-Anbieter und kritische Lieferanten, in den letzten zwölf Monaten bewertet und nicht wieder fällig", "per cent", _vendors_current, ("9.1", "A.5.22")),
        Measure("restore_tests", "Restore tests with evidence in the last twelve months", "Rücksicherungstests mit Nachweis in den letzten zwölf Monaten", "tests", _restore_tests, ("9.1", "A.8.13")),
        Measure("access_reviews_current", "Systems whose access review is not overdue", "Systeme, deren Zugriffsprüfung nicht überfällig ist", "per cent", _access_reviews, ("9.1", "A.5.18")),
        Measure("ai_reviews_current", "AI systems in operation reviewed in the last twelve months", "KI-Systeme im Betrieb, in den letzten zwölf Monaten geprüft", "per cent", _ai_reviews, ("9.1", "A.5.9")),
        Measure("hashes_matching", "Deployed models that run what was released", "Ausgerollte Modelle, die laufen, wie sie freigegeben wurden", "per cent", _hashes, ("9.1", "A.8.9")),
        Measure("identities_expired", "Certificates and keys of machines that have expired", "Abgelaufene Zertifikate und Schlüssel von Maschinen", "identities", _identities_expired, ("9.1", "A.5.16")),
    )
}  # fmt: skip
"""Measures by their name: what may stand in `kpi.measure`."""


# --- small things ------------------------------------------------------------------------------------------------


def _count(some: Sequence[Any], query: str, whole: Sequence[Any] | None = None) -> Measured:
    """How many; with the number out of which where there is one."""
    return Measured(
        float(len(some)),
        query,
        _sources(some),
        len(some),
        len(whole) if whole is not None else None,
        len(whole) if whole is not None else len(some),
    )


def _share(some: Sequence[Any], whole: Sequence[Any], query: str) -> Measured:
    """How many per cent; no value where there is nothing that it could be a part of."""
    value = round(100 * len(some) / len(whole), 2) if whole else None
    held = {one.source for one in some}
    missing = [one for one in whole if one.source not in held]
    return Measured(value, query, _sources(missing), len(some), len(whole), len(whole))


def _sources(rows: Iterable[Any]) -> tuple[str, ...]:
    return tuple(one.source for one in rows)


def _in(value: Any, first: date, last: date) -> bool:
    day = on(value)
    return day is not None and first <= day <= last


def _by(value: Any, last: date) -> bool:
    day = on(value)
    return day is not None and day <= last


def _month(at: date) -> date:
    return months_after(at, -1) + timedelta(days=1)


def _year(at: date) -> date:
    return months_after(at, -12) + timedelta(days=1)


def _datasets(plant: Plant) -> list[Any]:
    return [one for one in plant.rows("asset") if one.asset_class == "training_dataset" and one.in_scope is not False]


def _failed(result: str) -> bool:
    return result.casefold().startswith(("fail", "not ", "nicht ", "missed", "differ", "abweich"))
