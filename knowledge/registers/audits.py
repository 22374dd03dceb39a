"""Audits, what they found, what was done about it, and the certificate."""

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import Index

from knowledge.registers.columns import (
    About,
    Codes,
    Column,
    about,
    code,
    computed,
    control_ids,
    day,
    link,
    links,
    long,
    moment,
    owner,
    person,
    text,
    texts,
    yes_no,
)  # fmt: skip
from knowledge.registers.rows import Row

AUDIT_TYPES = Codes(
    internal=("internal audit/internal audits|internal", "internes Audit/interne Audits|intern"),
    stage_1=("stage 1 audit|stage 1|stage one", "Stufe-1-Audit|Stufe 1"),
    stage_2=("stage 2 audit|stage 2|stage two", "Stufe-2-Audit|Stufe 2"),
    surveillance_1=("surveillance audit 1|surveillance 1|first surveillance", "Überwachungsaudit 1|erstes Überwachungsaudit"),
    surveillance_2=("surveillance audit 2|surveillance 2|second surveillance", "Überwachungsaudit 2|zweites Überwachungsaudit"),
    recertification=("recertification audit|recertification|re-certification", "Rezertifizierung|Rezertifizierungsaudit"),
    supplier=("supplier audit", "Lieferantenaudit"),
    customer=("customer audit", "Kundenaudit"),
)
AUDIT_STATES = Codes(
    True,
    planned=("planned|scheduled", "geplant"),
    running=("running|in progress", "läuft|laufen|laufend|in Durchführung"),
    done=("done|completed|closed|finished", "abgeschlossen|durchgeführt|erledigt"),
    cancelled=("cancelled|canceled", "abgesagt"),
)
GRADES = Codes(
    major=("major nonconformity/major nonconformities|major/majors", "Hauptabweichung/Hauptabweichungen|Major"),
    minor=("minor nonconformity/minor nonconformities|minor/minors", "Nebenabweichung/Nebenabweichungen|Minor"),
    observation=("observation/observations", "Beobachtung/Beobachtungen|Hinweis/Hinweise"),
    opportunity=(
        "opportunity for improvement/opportunities for improvement|opportunity/opportunities|OFI",
        "Verbesserungspotenzial/Verbesserungspotenziale|Empfehlung/Empfehlungen",
    ),
    area_of_concern=("area of concern/areas of concern", "Schwachstelle aus Stufe 1|Bereich mit Bedenken"),
)
ACTION_STATES = Codes(
    reported=("reported|open|new", "gemeldet|offen|neu"),
    contained=("contained", "eingedämmt"),
    cause_analysed=("cause analysed|cause analyzed|root cause known", "Ursache ermittelt|Ursache analysiert"),
    action_planned=("action planned|planned", "Maßnahme geplant|geplant"),
    action_done=(
        "action done|done|implemented|waiting for the effectiveness review|awaiting the effectiveness review",
        "Maßnahme umgesetzt|umgesetzt|wartet auf die Wirksamkeitsprüfung|Wirksamkeitsprüfung offen",
    ),
    effectiveness_reviewed=("effectiveness reviewed|reviewed", "Wirksamkeit geprüft"),
    closed=("closed", "geschlossen|abgeschlossen"),
    reopened=("reopened|re-opened|opened again", "wieder geöffnet|wiedereröffnet|wieder aufgemacht|wieder aufgenommen|erneut geöffnet"),
)


class Audit(Row, table=True):
    """One audit, past or planned."""

    about: ClassVar[About] = about(
        "audit", "AU", "audit/audits", "Audit/Audits", yearly=True, header="id,type,title,start_date,end_date,auditor,scope,criteria,status"
    )  # fmt: skip
    type: str = code(AUDIT_TYPES, "type|kind", "Typ|Art", required=True)
    title: str = text("title|name", "Titel|Name", required=True, index=True)
    start_date: date | None = day("start date|starts|start|date|on", "Beginn|Startdatum|Datum")
    end_date: date | None = day("end date|ends|end", "Ende|Enddatum")
    auditor: str = text("auditor|audited by", "Auditor|geprüft von", index=True)
    scope: str = long("scope", "Umfang|Geltungsbereich")
    criteria: str = long("criteria", "Kriterien")
    status: str = code(AUDIT_STATES, "status|state", "Status|Stand", default="planned")
    owner: str | None = owner()
    areas: str = texts("areas|audit areas", "Bereiche|Auditbereiche")
    site: str | None = link("site", "site|plant", "Standort|Werk")
    conclusion: str = long("conclusion|result", "Schlussfolgerung|Ergebnis")
    report: str | None = link("document", "report", "Bericht", to="document.number")
    controls: ClassVar[Column] = control_ids(
        "iso27001-2022", "iso42001", "iec62443", en="covers|clauses and controls", de="deckt ab|Kapitel und Controls"
    )
    cloned_from: str | None = link("audit", "cloned from", "kopiert von")


class AuditCheck(Row, table=True):
    """One question of an audit, the sample that was drawn for it, and what came out."""

    __tablename__ = "audit_check"
    about: ClassVar[About] = about(
        "audit_check",
        "AC",
        "audit check/audit checks|audit question/audit questions",
        "Auditprüfung/Auditprüfungen|Auditfrage/Auditfragen",
        digits=4,
    )
    audit: str | None = link("audit", "audit", "Audit", required=True)
    area: str = text("area", "Bereich", index=True)
    question: str = long("question", "Frage", required=True)
    controls: ClassVar[Column] = control_ids("iso27001-2022", "iso42001", "iec62443", en="controls|control", de="Controls|Control")
    sample: str = long("sample", "Stichprobe")
    result: str = text("result", "Ergebnis", index=True)
    note: str = long("note", "Notiz")
    finding: str | None = link("finding", "finding", "Feststellung")
    owner: str | None = owner()


class Finding(Row, table=True):
    """A requirement, what was seen, and the gap between the two."""

    about: ClassVar[About] = about(
        "finding", "F", "finding/findings|nonconformity/nonconformities|non-conformity/non-conformities|NC/NCs", "Feststellung/Feststellungen|Abweichung/Abweichungen|Finding/Findings",
        yearly=True, header="id,audit,grade,requirement,title,evidence_seen,gap,site,reported_on,owner",
    )  # fmt: skip
    audit: str | None = link("audit", "audit|raised in", "Audit|festgestellt in")
    grade: str = code(GRADES, "grade|severity|kind", "Einstufung|Schwere|Art", required=True)
    requirement: ClassVar[Column] = control_ids(
        "iso27001-2022", "iso42001", "iec62443", en="requirement|control|clause", de="Anforderung|Control|Kapitel", lenient=True
    )
    title: str = text("title|name", "Titel|Name", required=True, index=True)
    evidence_seen: str = long("evidence seen|seen", "gesehener Nachweis|gesehen")
    gap: str = long("gap", "Lücke|Abweichung")
    site: str | None = link("site", "site|plant", "Standort|Werk")
    reported_on: date | None = day("reported on|found on|date", "gemeldet am|festgestellt am|Datum")
    owner: str | None = owner()
    asset: str | None = link("asset", "asset", "Asset")
    reporter: str | None = person("reported by|reporter|author", "gemeldet von|Verfasser")
    supplier: str | None = link("supplier", "supplier", "Lieferant")
    incident: str | None = link("incident", "incident", "Vorfall")
    decision: str = long("decision", "Entscheidung")
    open: ClassVar[Column] = computed("open|not closed", "offen|nicht geschlossen")


class CorrectiveAction(Row, table=True):
    """What removes the cause of a finding, from the report to the proof that it works. "Not closed" is every state but `closed`.

    The index serves what is asked most, the overdue ones, together with what every list asks for.
    """

    __tablename__ = "corrective_action"
    __table_args__ = (Index("ix_corrective_action_due", "due_date", "state", "audience", "retired_at"),)
    about: ClassVar[About] = about(
        "corrective_action", "CA", "corrective action/corrective actions|action/actions|measure/measures|CAPA/CAPAs", "Korrekturmaßnahme/Korrekturmaßnahmen|Maßnahme/Maßnahmen",
        yearly=True,
        header="id,finding,title,owner,reported_on,due_date,state,containment,root_cause,exists_elsewhere,action,criterion,evidence,done_on,effectiveness_result,reviewer,closed_on",
    )  # fmt: skip
    finding: str | None = link("finding", "finding", "Feststellung|Abweichung")
    title: str = text("title|name", "Titel|Name", required=True, index=True)
    owner: str | None = owner()
    reported_on: date | None = day("reported on|date", "gemeldet am|Datum")
    due_date: date | None = day("due date|due|deadline", "fällig am|fällig|Frist|Termin")
    state: str = code(ACTION_STATES, "state|status", "Status|Stand", required=True, default="reported")
    containment: str = long("containment|correction", "Sofortmaßnahme|Eindämmung")
    root_cause: str = long("root cause|cause", "Ursache|Grundursache")
    exists_elsewhere: str = long("exists elsewhere|also elsewhere", "auch anderswo|anderswo vorhanden")
    action: str = long("action|what is done", "Maßnahme|was getan wird")
    criterion: str = long("criterion|effectiveness criterion", "Kriterium|Wirksamkeitskriterium")
    evidence: ClassVar[Column] = links("evidence", "evidence|proof", "Nachweise|Belege|Nachweis")
    done_on: date | None = day("done on|implemented on", "umgesetzt am|erledigt am")
    effectiveness_result: str = long("effectiveness result|effectiveness", "Ergebnis der Wirksamkeitsprüfung|Wirksamkeit")
    reviewer: str | None = person("reviewer|reviewed by", "Prüfer|geprüft von")
    closed_on: date | None = day("closed on", "geschlossen am")
    contained_on: date | None = day("contained on", "eingedämmt am")
    contained_by: str | None = person("contained by", "eingedämmt von")
    analysed_on: date | None = day("cause analysed on", "Ursache ermittelt am")
    planned_on: date | None = day("action planned on", "Maßnahme geplant am")
    criterion_set_at: datetime | None = moment("criterion set at", "Kriterium festgelegt am")
    reviewed_on: date | None = day("effectiveness reviewed on", "Wirksamkeit geprüft am")
    review_due: date | None = day("effectiveness review due", "Wirksamkeitsprüfung fällig")
    original_due_date: date | None = day("original due date", "ursprüngliche Frist")
    extension_reason: str = long("reason for the extension", "Begründung der Verlängerung")
    extension_approver: str | None = person("extension approved by", "Verlängerung genehmigt von")
    reopened_on: date | None = day("reopened on", "wieder geöffnet am")
    reopen_reason: str = long("reason for reopening", "Grund der Wiedereröffnung")
    accepted_at: datetime | None = moment("accepted at", "angenommen am")
    accepted_by: str | None = person("accepted by", "angenommen von")
    incident: str | None = link("incident", "incident", "Vorfall")
    risk: str | None = link("risk", "risk", "Risiko")
    isms_change: str = long("change to the ISMS", "Änderung am ISMS")
    site: str | None = link("site", "site|plant", "Standort|Werk")
    team: str = texts("team", "Team")
    problem: str = long("problem description|problem", "Problembeschreibung")
    why_1: str = long("first why|why 1", "erstes Warum|Warum 1")
    why_2: str = long("second why|why 2", "zweites Warum|Warum 2")
    why_3: str = long("third why|why 3", "drittes Warum|Warum 3")
    why_4: str = long("fourth why|why 4", "viertes Warum|Warum 4")
    why_5: str = long("fifth why|why 5", "fünftes Warum|Warum 5")
    escape_cause: str = long("why it was not noticed|escape cause", "warum es nicht auffiel|Ursache des Nichtentdeckens")
    closing_note: str = long("closing note", "Abschlussbemerkung")
    open: ClassVar[Column] = computed("open|not closed", "offen|nicht geschlossen")
    overdue: ClassVar[Column] = computed("overdue|late", "überfällig|verspätet")


class Certificate(Row, table=True):
    """What a certification body has certified, and until when."""

    about: ClassVar[About] = about(
        "certificate",
        "CERT",
        "certificate/certificates|certification/certifications|cert/certs",
        "Zertifikat/Zertifikate|Zertifizierung/Zertifizierungen",
    )
    number: str = text("certificate number|number", "Zertifikatsnummer", required=True, index=True)
    standard: str = text("standard", "Norm", required=True)
    body: str = text("certification body|issued by", "Zertifizierungsstelle|ausgestellt von")
    scope: str = long("scope", "Geltungsbereich")
    soa_version: str = text("SoA version|version of the Statement of Applicability", "SoA-Version|Version der Erklärung zur Anwendbarkeit")
    issued_on: date | None = day("issued on", "ausgestellt am")
    expires_on: date | None = day("expires on|valid until|expiry", "läuft ab am|gültig bis")
    owner: str | None = owner()
    sites: ClassVar[Column] = links("site", "sites|site", "Standorte|Standort")
    document: str | None = link("document", "document", "Dokument", to="document.number")
    suspended: bool = yes_no("suspended", "ausgesetzt", unknown=False)
