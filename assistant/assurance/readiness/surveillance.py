"""What a surveillance audit looks at every year: operation goes on, review, internal audit, and what is new in AI, its risks, incidents and vendors."""

from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import extract, func, or_, select

from assistant.assurance.readiness.check import HOURS, MAJOR, WEEKS, Both, Outcome, Proof, check
from assistant.assurance.readiness.look import RUNNING, Look, nothing, told
from knowledge.registers import REGISTERS
from knowledge.registers.risks import AI_CATEGORIES

PLACE, TITLE = 9, Both("Surveillance", "Überwachung")
_ACTIVITY = (
    ("evidence", "supports_date"),
    ("measurement", "measured_on"),
    ("change", "done_on"),
    ("walk_through", "walked_on"),
    ("risk", "assessed_on"),
    ("vendor_assessment", "assessed_on"),
    ("management_review", "held_on"),
    ("audit", "start_date"),
    ("finding", "reported_on"),
    ("corrective_action", "done_on"),
    ("improvement", "recorded_on"),
)
"""Dates on which something was done for the ISMS."""
_LESSON_WITHIN = 30


@check(
    ("Does each of the last 12 months show activity of the ISMS?", "Zeigt jeder der letzten zwölf Monate Tätigkeit im ISMS?"),
    ("Months without any record", "Monate ohne Aufzeichnung"),
    (
        "Find what was done in that month and record it with its true date; where nothing was done, say so and why. Never back-date.",
        "Klären, was in dem Monat geschah, und es mit dem wahren Datum erfassen; geschah nichts, das mit Grund sagen. Nie rückdatieren.",
    ),
    requirement="4.4 8.1 9.1",
    items="SR-174",
    role="ISMS manager",
)
def isms_operates_every_month(look: Look) -> Outcome:
    months = list(_months(look.today))
    active = _activity(look, months[0])
    if not active:
        return nothing(REGISTERS["evidence"])
    if empty := [f"{first:%Y-%m}" for first in months if first not in active]:
        said = Both(f"Nothing recorded in {', '.join(empty)}", f"Nichts erfasst in {', '.join(empty)}")
        proof = tuple(Proof("", one, Both(f"{one}: no record", f"{one}: keine Aufzeichnung"), "gap") for one in empty)
        return Outcome("no", said, proof, len(months), len(empty))
    said = Both("Each of the last 12 months shows activity", "Jeder der letzten zwölf Monate zeigt Tätigkeit")
    return Outcome("yes", said, tuple(_first_of(look, *active[first]) for first in months), len(months))


def _activity(look: Look, since: date) -> dict[date, tuple[str, str, date]]:
    """Month -> (register, column, first day) of something that was done in it."""
    active: dict[date, tuple[str, str, date]] = {}
    for name, day in _ACTIVITY:
        column = look.of(name)[day]
        parts = (extract("year", column), extract("month", column))
        wanted = select(func.min(column)).where(look.seen(name), column >= since, column <= look.today).group_by(*parts)
        for first in look.session.execute(wanted).scalars():
            active.setdefault(first.replace(day=1), (name, day, first))
    return active


def _first_of(look: Look, name: str, day: str, on: date) -> Proof:
    row = look.first(name, look.of(name)[day] == on)
    return told(REGISTERS[name], row, Both(f"{on}: {{id}}", f"{on}: {{id}}"), "good")


def _months(today: date) -> Iterator[date]:
    """The first days of the 12 whole months before this one, oldest first."""
    first, found = today.replace(day=1), []
    for _ in range(12):
        first = (first - timedelta(days=1)).replace(day=1)
        found.append(first)
    yield from reversed(found)


@check(
    (
        "Was a management review held in the last 12 months?",
        "Wurde in den letzten zwölf Monaten eine Managementbewertung gehalten?",
    ),
    ("No management review in 12 months", "Keine Managementbewertung in zwölf Monaten"),
    (
        "Hold the review before the audit, with all inputs, and record decisions with owner and day.",
        "Die Bewertung vor dem Audit halten, mit allen Eingaben, und Entscheidungen mit Person und Termin festhalten.",
    ),
    requirement="9.3.1 9.3.2 9.3.3",
    items="SR-175 SR-200 PM-09",
    weight=MAJOR,
    role="Plant manager",
)
def management_review_in_12_months(look: Look) -> Outcome:
    review = look.of("management_review")
    return look.periodic(
        "management_review",
        "held_on",
        365,
        review.state == "done",
        good=Both("{title}: held on {held_on}", "{title}: gehalten am {held_on}"),
        late=Both("{title}: held on {held_on}, over 12 months ago", "{title}: gehalten am {held_on}, vor mehr als zwölf Monaten"),
    )


@check(
    ("Was an internal audit done in the last 12 months?", "Wurde in den letzten zwölf Monaten ein internes Audit durchgeführt?"),
    ("No internal audit in 12 months", "Kein internes Audit in zwölf Monaten"),
    (
        "Do the internal audit before the surveillance audit, by somebody who does not audit their own work.",
        "Das interne Audit vor dem Überwachungsaudit durchführen, durch jemanden, der nicht die eigene Arbeit prüft.",
    ),
    requirement="9.2.1 9.2.2",
    items="SR-176 SR-198 PM-09",
    weight=MAJOR,
    effort=WEEKS,
    role="Internal auditor",
)
def internal_audit_in_12_months(look: Look) -> Outcome:
    audit = look.of("audit")
    if not look.count("audit", audit.type == "internal"):
        return nothing(REGISTERS["audit"])
    return look.periodic(
        "audit",
        "start_date",
        365,
        audit.type == "internal",
        audit.status == "done",
        good=Both("{title}: {start_date} to {end_date}", "{title}: {start_date} bis {end_date}"),
        late=Both("{title}: {start_date}, over 12 months ago", "{title}: {start_date}, vor mehr als zwölf Monaten"),
    )


@check(
    (
        "Were the AI systems that are new since the last audit taken into scope and into the risk assessment?",
        "Wurden die seit dem letzten Audit neuen KI-Systeme in Geltungsbereich und Risikobeurteilung aufgenommen?",
    ),
    ("New AI systems outside scope or risk assessment", "Neue KI-Systeme außerhalb von Geltungsbereich oder Risikobeurteilung"),
    (
        "Decide on the scope and assess the risks of the new system, and record both before the audit.",
        "Über den Geltungsbereich entscheiden, die Risiken des neuen Systems beurteilen, beides vor dem Audit erfassen.",
    ),
    requirement="4.3 6.1.2 8.2",
    items="SR-178",
    weight=MAJOR,
    role="AI governance lead",
)
def new_ai_systems_taken_up(look: Look) -> Outcome:
    system = look.of("ai_system")
    since = look.last_audit() or look.ago()
    return look.judge(
        "ai_system",
        or_(system.started_on > since, system.lifecycle_phase.in_(("validation", "deployment")) & system.started_on.is_(None)),
        gaps=[
            (
                ~look.pointed("ai_system", [("risk", "ai_system")]),
                Both("{name}, {lifecycle_phase}: no risk names it", "{name}, {lifecycle_phase}: kein Risiko nennt es"),
            )
        ],
        unknown=[
            (
                system.in_scope.is_(None),
                Both("{name}, since {started_on}: scope not decided", "{name}, seit {started_on}: Geltungsbereich nicht entschieden"),
            )
        ],
        good=Both(
            "{name}, since {started_on}: scope decided, risks assessed",
            "{name}, seit {started_on}: Geltungsbereich entschieden, Risiken beurteilt",
        ),
    )


@check(
    ("Was each AI risk looked at in the last 12 months?", "Wurde jedes KI-Risiko in den letzten zwölf Monaten angesehen?"),
    ("AI risks not reassessed", "KI-Risiken nicht neu beurteilt"),
    (
        "Go through the risk with its owner; note what changed since the last audit, old and new level.",
        "Das Risiko durchgehen und festhalten, was sich seit dem letzten Audit änderte, alte und neue Stufe.",
    ),
    requirement="8.2",
    items="SR-179",
)
def ai_risks_reassessed(look: Look) -> Outcome:
    risk = look.of("risk")
    return look.judge(
        "risk",
        or_(risk.category.in_(AI_CATEGORIES), risk.ai_system.is_not(None)),
        gaps=[
            (
                risk.review_date < look.today,
                Both("{name}: review was due on {review_date}", "{name}: Überprüfung war am {review_date} fällig"),
            ),
            (risk.assessed_on < look.ago(), Both("{name}: last assessed on {assessed_on}", "{name}: zuletzt bewertet am {assessed_on}")),
        ],
        unknown=[(risk.assessed_on.is_(None), Both("{name}: day of assessment not recorded", "{name}: Tag der Bewertung nicht erfasst"))],
        good=Both("{name}: assessed on {assessed_on}, next {review_date}", "{name}: bewertet am {assessed_on}, nächste {review_date}"),
    )


@check(
    ("Were AI incidents handled to the end, each with a lesson?", "Wurden KI-Vorfälle zu Ende bearbeitet, jeder mit einer Lehre?"),
    ("AI incidents without a lesson", "KI-Vorfälle ohne Lehre"),
    (
        "Write down the lesson and who carries it into procedure, risk or training.",
        "Die Lehre festhalten und wer sie in Verfahren, Risiko oder Schulung bringt.",
    ),
    requirement="A.5.26 A.5.27 10.1",
    items="SR-044 SR-180 SR-182",
    role="Incident manager",
)
def ai_incidents_have_lessons(look: Look) -> Outcome:
    incident = look.of("incident")
    old = incident.detected_at < look.midnight() - timedelta(days=_LESSON_WITHIN)
    return look.judge(
        "incident",
        incident.ai_incident.is_(True),
        gaps=[
            (
                (incident.lesson == "") & or_(incident.status == "closed", old),
                Both("{title} of {detected_at}: no lesson", "{title} vom {detected_at}: keine Lehre"),
            ),
            (incident.owner.is_(None), Both("{title}: nobody is in charge", "{title}: niemand ist zuständig")),
        ],
        unknown=[
            (incident.detected_at.is_(None), Both("{title}: day of detection not recorded", "{title}: Tag der Entdeckung nicht erfasst"))
        ],
        good=Both("{title} of {detected_at}: {status}; {lesson}", "{title} vom {detected_at}: {status}; {lesson}"),
    )


@check(
    (
        "Were the changes of AI vendors handled: new ones assessed, ended ones without access?",
        "Wurden Wechsel von KI-Anbietern bearbeitet: neue bewertet, beendete ohne Zugang?",
    ),
    ("AI vendor changes not handled", "Wechsel von KI-Anbietern nicht bearbeitet"),
    (
        "Assess the new vendor before data flows; close the ways in of the one that left, and have our data deleted.",
        "Den neuen Anbieter vor dem Datenfluss bewerten; Zugänge des beendeten schließen und unsere Daten löschen lassen.",
    ),
    requirement="A.5.19 A.5.22 A.5.23",
    items="SR-058 SR-181",
    role="Purchasing",
)
def ai_vendor_changes_handled(look: Look) -> Outcome:
    supplier, path = look.of("supplier"), look.of("access_path")
    since = look.last_audit() or look.ago()
    still_in = look.pointed("supplier", [("access_path", "supplier")], or_(path.expires_on.is_(None), path.expires_on >= look.today))
    return look.judge(
        "supplier",
        supplier.ai_vendor.is_(True),
        gaps=[
            (
                (supplier.contract_start > since) & supplier.last_assessment.is_(None),
                Both("{name}: since {contract_start}, not assessed", "{name}: seit {contract_start}, nicht bewertet"),
            ),
            (
                (supplier.contract_end < look.today) & still_in,
                Both("{name}: contract ended on {contract_end}, access is open", "{name}: Vertrag endete am {contract_end}, Zugang offen"),
            ),
        ],
        unknown=[
            (supplier.contract_start.is_(None), Both("{name}: begin of the contract not recorded", "{name}: Vertragsbeginn nicht erfasst"))
        ],
        good=Both(
            "{name}: contract {contract_start} to {contract_end}, assessed on {last_assessment}",
            "{name}: Vertrag {contract_start} bis {contract_end}, bewertet am {last_assessment}",
        ),
    )


@check(
    (
        "Is the certificate valid, and does it name the scope and the SoA version?",
        "Gilt das Zertifikat, und nennt es Geltungsbereich und SoA-Version?",
    ),
    ("Certificate expired, suspended or incomplete", "Zertifikat abgelaufen, ausgesetzt oder unvollständig"),
    (
        "Speak with the certification body; stop using the mark while it is suspended.",
        "Mit der Zertifizierungsstelle sprechen; das Zeichen nicht verwenden, solange es ausgesetzt ist.",
    ),
    requirement="4.3",
    items="SR-008 SR-205",
    weight=MAJOR,
    effort=HOURS,
)
def certificate_valid(look: Look) -> Outcome:
    one = look.of("certificate")
    return look.judge(
        "certificate",
        one.standard.contains("27001"),
        gaps=[
            (one.suspended.is_(True), Both("{number}: suspended", "{number}: ausgesetzt")),
            (one.expires_on < look.today, Both("{number}: expired on {expires_on}", "{number}: abgelaufen am {expires_on}")),
        ],
        unknown=[
            (
                or_(one.expires_on.is_(None), one.scope == "", one.soa_version == ""),
                Both("{number}: end, scope or SoA version not recorded", "{number}: Ende, Geltungsbereich oder SoA-Version nicht erfasst"),
            )
        ],
        good=Both("{number}: valid until {expires_on}, SoA {soa_version}", "{number}: gültig bis {expires_on}, SoA {soa_version}"),
    )


@check(
    (
        "Was each running AI system reviewed in time, with its impact assessed?",
        "Wurde jedes laufende KI-System rechtzeitig geprüft, mit Folgenabschätzung?",
    ),
    ("AI systems not reviewed", "KI-Systeme nicht geprüft"),
    (
        "Review purpose, oversight, data and impact with the owner, and set the next day.",
        "Zweck, Aufsicht, Daten und Folgen mit der verantwortlichen Person prüfen und den nächsten Termin setzen.",
    ),
    requirement="8.2 A.5.9 iso42001:A.5.2",
    items="SR-115",
    effort=HOURS,
    role="AI governance lead",
)
def ai_systems_reviewed(look: Look) -> Outcome:
    system = look.of("ai_system")
    return look.judge(
        "ai_system",
        system.lifecycle_phase.in_(RUNNING),
        gaps=[
            (
                look.computed("ai_system", "review_overdue"),
                Both(
                    "{name}: last {last_review}, next was due {next_review}",
                    "{name}: zuletzt {last_review}, nächste war fällig {next_review}",
                ),
            ),
            (system.last_review.is_(None), Both("{name}: in use and never reviewed", "{name}: im Einsatz und nie geprüft")),
        ],
        unknown=[(system.impact_assessment == "", Both("{name}: impact not assessed", "{name}: Folgen nicht abgeschätzt"))],
        good=Both("{name}: reviewed on {last_review}, next {next_review}", "{name}: geprüft am {last_review}, nächste {next_review}"),
    )
