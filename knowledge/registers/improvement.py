"""The running of the ISMS and what is learned from it: context, objectives, programme, incidents, reviews, improvements."""

from datetime import date, datetime
from typing import ClassVar

from knowledge.registers.columns import (
    About,
    Codes,
    Column,
    about,
    code,
    computed,
    control_ids,
    day,
    integer,
    link,
    links,
    long,
    moment,
    owner,
    person,
    scale,
    text,
    texts,
    yes_no,
)  # fmt: skip
from knowledge.registers.rows import Row

SEVERITIES = Codes(
    True,
    low=("low|minor", "gering|niedrig"),
    medium=("medium|moderate", "mittel"),
    high=("high|major", "hoch"),
    critical=("critical|severe", "kritisch|schwer"),
)
INCIDENT_STATES = Codes(
    True,
    reported=("reported|open|new", "gemeldet|offen|neu"),
    contained=("contained|in progress", "eingedämmt|in Arbeit"),
    resolved=("resolved", "behoben"),
    closed=("closed", "geschlossen|abgeschlossen"),
)
TASK_STATES = Codes(
    True,
    open=("open|planned|not started", "offen|geplant|nicht begonnen"),
    running=("running|in progress", "läuft|laufen|laufend|in Arbeit"),
    done=("done|completed|closed", "erledigt|abgeschlossen"),
    dropped=("dropped|cancelled", "gestrichen|entfallen"),
)
PHASES = Codes(
    True,
    foundation=("foundation", "Grundlagen"),
    risk_assessment=("risk assessment", "Risikobeurteilung"),
    implementation=("implementation", "Umsetzung"),
    internal_audit=("internal audit", "internes Audit"),
    certification=("certification", "Zertifizierung"),
)
SIDES = Codes(internal=("internal", "intern"), external=("external", "extern"))
REVIEW_STATES = Codes(True, planned=("planned", "geplant"), done=("done|held", "durchgeführt|erledigt"))


class Isms(Row, table=True):
    """The ISMS itself, one row: scope, policy, top management, certification date."""

    about: ClassVar[About] = about("isms", "ISMS", "ISMS", "ISMS")
    name: str = text("name", "Name", required=True)
    scope: str = long("scope", "Geltungsbereich")
    exclusions: str = long("exclusions", "Ausschlüsse")
    policy: str | None = link("document", "policy", "Leitlinie", to="document.number")
    owner: str | None = owner()
    top_management: str | None = person("top management", "oberste Leitung")
    certified_on: date | None = day("certification date|certified on", "Zertifizierungsdatum|zertifiziert am")
    certification_body: str = text("certification body", "Zertifizierungsstelle")
    climate_relevant: bool | None = yes_no("climate change relevant", "Klimawandel relevant")
    climate_decision: str = long("climate decision", "Entscheidung zum Klimawandel")
    climate_decided_on: date | None = day("climate decision on", "Entscheidung zum Klimawandel am")


class Issue(Row, table=True):
    """Something inside or outside that bears on the ISMS (clause 4.1), with its effect."""

    about: ClassVar[About] = about("issue", "IS", "issue/issues|context issue/context issues", "Thema/Themen|Kontextthema/Kontextthemen")
    name: str = text("name|title", "Name|Titel", required=True, index=True)
    side: str = code(SIDES, "internal or external|side", "intern oder extern|Seite")
    description: str = long("description", "Beschreibung")
    rating: int | None = scale("rating", "Bewertung")
    effect: str = long("effect on the ISMS|effect", "Auswirkung auf das ISMS|Auswirkung")
    climate: bool = yes_no("climate change|climate", "Klimawandel|Klima", unknown=False)
    decision: str = long("decision", "Entscheidung")
    decided_on: date | None = day("decided on", "entschieden am")
    owner: str | None = owner()
    review_date: date | None = day("review date|next review", "Überprüfung am|nächste Überprüfung")
    evidence: ClassVar[Column] = links("evidence", "evidence", "Nachweise|Belege")
    people_gap: int | None = integer("people missing", "fehlende Personen", None)
    budget_gap: int | None = integer("budget missing in euro|budget gap", "fehlendes Budget in Euro", None)


class Objective(Row, table=True):
    """An objective of information security and how its attainment is told."""

    about: ClassVar[About] = about("objective", "OBJ", "objective/objectives|goal/goals", "Ziel/Ziele")
    name: str = text("name|title", "Name|Titel", required=True, index=True)
    description: str = long("description", "Beschreibung")
    owner: str | None = owner()
    target: str = text("target", "Zielwert")
    due_date: date | None = day("due date|due|by", "fällig am|fällig|bis")
    kpi: str | None = link("kpi", "KPI|measured by", "Kennzahl|gemessen durch")
    resources: str = long("resources", "Mittel|Ressourcen")
    state: str = code(TASK_STATES, "state|status", "Stand|Status", default="open")
    result: str = long("result", "Ergebnis")
    overdue: ClassVar[Column] = computed("overdue|late", "überfällig")


class ProgrammeTask(Row, table=True):
    """One task of the programme, in its phase and month."""

    __tablename__ = "programme_task"
    about: ClassVar[About] = about(
        "programme_task",
        "PT",
        "programme task/programme tasks|plan item/plan items|task/tasks|programme",
        "Programmaufgabe/Programmaufgaben|Aufgabe/Aufgaben|Programm",
    )
    name: str = text("name|title", "Name|Titel", required=True, index=True)
    phase: str = code(PHASES, "phase", "Phase")
    month: int | None = integer("month|programme month", "Monat|Programmmonat", 1, 36)
    start_date: date | None = day("start date|start", "Beginn|Start")
    due_date: date | None = day("due date|due|end", "fällig am|fällig|Ende")
    state: str = code(TASK_STATES, "state|status", "Stand|Status", default="open")
    owner: str | None = owner()
    done_on: date | None = day("done on", "erledigt am")
    result_document: str | None = link("document", "result document|result", "Ergebnisdokument|Ergebnis", to="document.number")
    people: int | None = integer("people", "Personen")
    budget: int | None = integer("budget in euro|budget", "Budget in Euro|Budget")
    depends_on: ClassVar[Column] = links("programme_task", "depends on|comes after", "hängt ab von|folgt auf")
    template: str = text("template task", "Vorlage")
    controls: ClassVar[Column] = control_ids("iso27001-2022", "iso42001", "iec62443", en="controls|control", de="Controls|Control")
    notes: str = long("notes", "Notizen")
    overdue: ClassVar[Column] = computed("overdue|late", "überfällig")


class Incident(Row, table=True):
    """An incident, AI incidents too; one that concerns AI is closed only with a lesson."""

    about: ClassVar[About] = about(
        "incident", "INC", "incident/incidents|AI incident/AI incidents|security incident/security incidents", "Vorfall/Vorfälle|Sicherheitsvorfall/Sicherheitsvorfälle|KI-Vorfall/KI-Vorfälle",
        yearly=True, header="id,title,description,severity,status,ai_incident,site,assets,ai_system,detected_at,closed_at,lesson,owner",
    )  # fmt: skip
    title: str = text("title|name", "Titel|Name", required=True, index=True)
    description: str = long("description", "Beschreibung")
    severity: str = code(SEVERITIES, "severity", "Schwere|Schweregrad")
    status: str = code(INCIDENT_STATES, "status|state", "Status|Stand", default="reported")
    ai_incident: bool = yes_no("AI incident|involves AI", "KI-Vorfall|betrifft KI", unknown=False)
    site: str | None = link("site", "site|plant", "Standort|Werk")
    assets: ClassVar[Column] = links("asset", "assets|asset", "Assets|Asset")
    ai_system: str | None = link("ai_system", "AI system", "KI-System")
    detected_at: datetime | None = moment("detected at|detected|found", "erkannt am|entdeckt am")
    closed_at: datetime | None = moment("closed at|closed on", "geschlossen am")
    lesson: str = long("lesson|lessons learned", "Lehre|Erkenntnis")
    owner: str | None = owner()
    started_at: datetime | None = moment("started at|began", "begonnen am")
    reported_at: datetime | None = moment("reported at", "gemeldet am")
    contained_at: datetime | None = moment("contained at", "eingedämmt am")
    reporter: str | None = person("reported by|reporter", "gemeldet von")
    incident_class: str = text("class|kind", "Klasse|Art", index=True)
    access_violation: bool = yes_no("access violation", "Zugriffsverletzung", unknown=False)
    near_miss: bool = yes_no("near miss", "Beinahevorfall", unknown=False)
    authority_notice: str = text("authority notice|reported to authority", "Behördenmeldung")
    notice_due: datetime | None = moment("notice due", "Meldung fällig")
    threats: ClassVar[Column] = control_ids("atlas", "threat", en="threats|threat", de="Bedrohungen|Bedrohung", lenient=True)
    supplier: str | None = link("supplier", "supplier|vendor", "Lieferant|Anbieter")
    evidence: ClassVar[Column] = links("evidence", "evidence", "Nachweise|Belege")
    open: ClassVar[Column] = computed("open|not closed", "offen|nicht geschlossen")


class Improvement(Row, table=True):
    """An entry of the improvement log: a lesson or idea, where it came from, and its effect."""

    about: ClassVar[About] = about(
        "improvement", "IMP", "improvement/improvements|lesson/lessons", "Verbesserung/Verbesserungen|Lehre/Lehren"
    )
    title: str = text("title|name", "Titel|Name", required=True, index=True)
    description: str = long("description", "Beschreibung")
    recorded_on: date | None = day("recorded on|date", "erfasst am|Datum")
    incident: str | None = link("incident", "incident", "Vorfall")
    audit: str | None = link("audit", "audit", "Audit")
    finding: str | None = link("finding", "finding", "Feststellung")
    review: str | None = link("management_review", "management review|decided in", "Managementbewertung|beschlossen in")
    origin: str = text("origin|from", "Ursprung|von", index=True)
    effect: str = long("effect", "Wirkung")
    state: str = code(TASK_STATES, "state|status", "Stand|Status", default="open")
    owner: str | None = owner()
    due_date: date | None = day("due date|due", "fällig am|fällig")
    overdue: ClassVar[Column] = computed("overdue|late", "überfällig")


class ManagementReview(Row, table=True):
    """A management review: the inputs of 9.3.2 and what was decided."""

    __tablename__ = "management_review"
    about: ClassVar[About] = about(
        "management_review",
        "MR",
        "management review/management reviews",
        "Managementbewertung/Managementbewertungen|Management-Review/Management-Reviews",
        yearly=True,
    )
    title: str = text("title|name", "Titel|Name", required=True, index=True)
    held_on: date | None = day("held on|date", "durchgeführt am|Datum")
    state: str = code(REVIEW_STATES, "state|status", "Stand|Status", default="planned")
    owner: str | None = owner()
    participants: str = texts("participants", "Teilnehmer")
    previous_actions: str = long("status of earlier decisions", "Stand früherer Entscheidungen")
    context_changes: str = long("changes of context", "Änderungen im Kontext")
    party_changes: str = long("changes of interested parties", "Änderungen bei interessierten Parteien")
    nonconformities: str = long("nonconformities and corrective actions", "Abweichungen und Korrekturmaßnahmen")
    measurements: str = long("results of measuring", "Messergebnisse")
    audit_results: str = long("audit results", "Auditergebnisse")
    objectives: str = long("attainment of objectives", "Erreichen der Ziele")
    feedback: str = long("feedback of interested parties", "Rückmeldungen interessierter Parteien")
    risks: str = long("risks and treatment plan", "Risiken und Behandlungsplan")
    improvements: str = long("chances for improvement", "Verbesserungsmöglichkeiten")
    ai: str = long("AI: KPIs, incidents, vendors", "KI: Kennzahlen, Vorfälle, Anbieter")
    policy_gaps: str = long("policy gaps", "Lücken in Richtlinien")
    decisions: str = long("decisions", "Entscheidungen")
    next_review: date | None = day("next review|next management review", "nächste Bewertung")
    document: str | None = link("document", "minutes|document", "Protokoll|Dokument", to="document.number")


class WalkThrough(Row, table=True):
    """A look on the shop floor: does practice match the procedure."""

    __tablename__ = "walk_through"
    about: ClassVar[About] = about(
        "walk_through", "WT", "walk-through/walk-throughs|walkthrough/walkthroughs", "Begehung/Begehungen|Rundgang/Rundgänge"
    )
    document: str | None = link("document", "procedure|document", "Verfahren|Dokument", required=True, to="document.number")
    walked_on: date | None = day("walked on|date", "begangen am|Datum")
    owner: str | None = person("walked by|owner", "begangen von|Verantwortliche/r")
    site: str | None = link("site", "site|plant", "Standort|Werk")
    matches: bool | None = yes_no("practice matches|matches", "Praxis stimmt überein|stimmt")
    seen: str = long("seen", "gesehen")
    finding: str | None = link("finding", "finding", "Feststellung")


class ThreatNote(Row, table=True):
    """News of a threat: where from, when, and whether it bears on us."""

    __tablename__ = "threat_note"
    about: ClassVar[About] = about(
        "threat_note", "TN", "threat note/threat notes|threat intelligence", "Bedrohungsnotiz/Bedrohungsnotizen|Bedrohungslage"
    )
    title: str = text("title|name", "Titel|Name", required=True, index=True)
    noted_on: date | None = day("noted on|date", "notiert am|Datum", required=True)
    origin: str = text("origin|from", "Ursprung|von")
    relevance: str = code(SEVERITIES, "relevance", "Relevanz")
    note: str = long("note", "Notiz")
    threats: ClassVar[Column] = control_ids("atlas", "threat", en="threats|threat", de="Bedrohungen|Bedrohung", lenient=True)
    owner: str | None = owner()


class Benchmark(Row, table=True):
    """How others in the industry do; without an origin it is refused."""

    about: ClassVar[About] = about("benchmark", "B", "benchmark/benchmarks", "Vergleichswert/Vergleichswerte|Benchmark/Benchmarks")
    title: str = text("title|name", "Titel|Name", required=True, index=True)
    noted_on: date | None = day("noted on|date", "notiert am|Datum", required=True)
    origin: str = text("origin|from", "Ursprung|von", required=True)
    note: str = long("note", "Notiz")
    owner: str | None = owner()
