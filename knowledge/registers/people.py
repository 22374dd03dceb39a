"""People, what they may read, the tokens they use, what they know, and who has which office."""

from datetime import date, datetime
from typing import ClassVar

from sqlmodel import Field, SQLModel

from knowledge.registers.columns import (
    About,
    Codes,
    Column,
    about,
    code,
    computed,
    day,
    integer,
    link,
    links,
    long,
    person,
    text,
    texts,
    yes_no,
)
from knowledge.registers.rows import Row, utc_now

ROLES = ("staff", "owner", "isms_manager", "approver", "auditor", "admin")

ROLE_CODES = Codes(
    staff=("staff|employee|worker", "Beschäftigte|Mitarbeiter|Belegschaft"),
    owner=("owner", "Verantwortliche/r|Eigentümer"),
    isms_manager=("ISMS manager|ISO|CISO|information security officer", "ISMS-Verantwortliche/r|ISB|Informationssicherheitsbeauftragter"),
    approver=("approver", "Freigeber|Freigebende/r"),
    auditor=("auditor", "Auditor"),
    admin=("administrator|admin", "Administrator|Admin"),
)
TOPICS = Codes(
    True,
    isms=("ISMS|ISO 27001", "ISMS|ISO 27001"),
    ot=("OT security|plant security", "OT-Sicherheit|Anlagensicherheit"),
    ai=("AI and machine learning|AI security|AI/ML|AI", "KI und maschinelles Lernen|KI-Sicherheit|KI"),
    privacy=("privacy|data protection", "Datenschutz"),
    awareness=("awareness", "Sensibilisierung|Awareness"),
)
TRAINING_STATES = Codes(
    planned=("planned|assigned|open", "geplant|zugewiesen|offen"),
    done=("done|completed|passed", "abgeschlossen|erledigt|bestanden"),
    missed=("missed|failed", "versäumt|nicht bestanden"),
)
SCREENING = Codes(
    True,
    not_done=("not done|missing|open", "nicht erfolgt|fehlt|offen"),
    in_progress=("in progress", "läuft"),
    done=("done|complete", "erfolgt|abgeschlossen"),
    not_needed=("not needed", "nicht nötig"),
)


class Person(Row, table=True):
    """Somebody who works here or audits us; `id` is said as P-001."""

    about: ClassVar[About] = about(
        "person",
        "P",
        "person/people|employee/employees|colleague/colleagues|headcount|workforce",
        "Person/Personen|Mitarbeiter|Kollege/Kollegen|Beschäftigte|Leute|Kopfzahl",
        header="name,email,role,slack_id,department,plant_manager,deputy,time_zone",
        key="email",
    )
    name: str = text("name", "Name", required=True, index=True)
    email: str = text("e-mail|mail", "E-Mail|Mail", required=True, index=True, unique=True)
    role: str = code(ROLE_CODES, "role", "Rolle", required=True, default="staff")
    slack_id: str | None = text("Slack id", "Slack-Kennung", unique=True, empty=None)
    department: str = text("department|team", "Abteilung|Bereich", index=True)
    plant_manager: bool = yes_no("plant manager", "Werkleiter|Werksleitung", unknown=False)
    deputy: str | None = person("deputy|stand-in", "Vertretung|Stellvertreter")
    time_zone: str = text("time zone", "Zeitzone", empty="Europe/Berlin")
    site: str | None = link("site", "site|plant", "Standort|Werk")
    working_days: str = texts("working days", "Arbeitstage")
    working_hours: str = text("working hours", "Arbeitszeit")
    absent_from: date | None = day("absent from|away from", "abwesend ab|abwesend von")
    absent_until: date | None = day("absent until|away until", "abwesend bis")


class Grant(SQLModel, table=True):
    """An audience label that a person holds beyond what role and department give."""

    __tablename__ = "audience_grant"
    person_id: str = Field(foreign_key="person.id", primary_key=True)
    label: str = Field(primary_key=True)
    granted_at: datetime = Field(default_factory=utc_now)


class Token(SQLModel, table=True):
    """An API token; only the keyed hash of its secret is kept."""

    id: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id", index=True)
    name: str
    digest: str
    created_at: datetime = Field(default_factory=utc_now)
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


class Credential(SQLModel, table=True):
    """A person's password, as an Argon2 hash, and the digest of the link with which they set the first one."""

    person_id: str = Field(foreign_key="person.id", primary_key=True)
    password: str = ""
    link_digest: str = Field(default="", index=True)
    link_expires_at: datetime | None = None
    changed_at: datetime = Field(default_factory=utc_now)


class WebSession(SQLModel, table=True):
    """A browser that has signed in; only the keyed hash of its id is kept."""

    __tablename__ = "web_session"
    digest: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id", index=True)
    created_at: datetime = Field(default_factory=utc_now)
    seen_at: datetime = Field(default_factory=utc_now)


class SignInAttempt(SQLModel, table=True):
    """A sign-in that failed or is under way: `handle` is the keyed hash of an account or an address."""

    __tablename__ = "sign_in_attempt"
    id: int | None = Field(default=None, primary_key=True)
    handle: str = Field(index=True)
    at: datetime = Field(default_factory=utc_now, index=True)


class GovernanceRole(Row, table=True):
    """An office of the ISMS or of AI governance, who holds it, and whether its holders were screened."""

    __tablename__ = "governance_role"
    about: ClassVar[About] = about(
        "governance_role", "GR", "governance role/governance roles|office/offices", "Governance-Rolle/Governance-Rollen|Amt/Ämter"
    )
    name: str = text("role|name", "Rolle|Name", required=True, index=True)
    duties: str = long("duties|tasks", "Aufgaben|Pflichten")
    ai_team: bool = yes_no("AI team|AI governance", "KI-Team|KI-Governance", unknown=False)
    head_count: int | None = integer("head count|people", "Anzahl Personen|Kopfzahl")
    owner: str | None = person("holder|owner", "Inhaber|Inhaberin")
    screening: str = code(SCREENING, "screening|background check", "Überprüfung|Sicherheitsüberprüfung")
    screened_on: date | None = day("screened on", "überprüft am")


class Competence(Row, table=True):
    """What somebody has shown to know, and by what."""

    about: ClassVar[About] = about(
        "competence", "CO", "competence/competences|skill/skills", "Kompetenz/Kompetenzen|Kenntnis/Kenntnisse", personal=True
    )
    owner: str | None = person("person|owner", "Person|Verantwortliche/r")
    supplier: str | None = link("supplier", "external partner|supplier", "externer Partner|Lieferant")
    topic: str = code(TOPICS, "topic|field", "Thema|Gebiet", required=True)
    level: int | None = integer("level", "Stufe", 1, 5)
    needed_level: int | None = integer("needed level|target level", "nötige Stufe|Zielstufe", 1, 5)
    shown_by: str = long("shown by|proof", "nachgewiesen durch|Nachweis")
    evidence: ClassVar[Column] = links("evidence", "evidence", "Nachweise|Belege")
    valid_until: date | None = day("valid until|expires", "gültig bis|läuft ab")
    below_target: ClassVar[Column] = computed("below needed level|below target level", "unter nötiger Stufe|unter Zielstufe")


class Training(Row, table=True):
    """One person's part in one training."""

    about: ClassVar[About] = about(
        "training",
        "T",
        "training/trainings|training record/training records|course/courses",
        "Schulung/Schulungen|Unterweisung/Unterweisungen",
        personal=True,
        digits=4,
    )
    title: str = text("title|course", "Titel|Kurs", required=True, index=True)
    topic: str = code(TOPICS, "topic|field", "Thema|Gebiet")
    owner: str | None = person("participant|person|owner", "Teilnehmer|Person", required=True)
    due_date: date | None = day("due|due date", "fällig|Fälligkeit|fällig am")
    done_on: date | None = day("done on|completed on", "erledigt am|abgeschlossen am")
    state: str = code(TRAINING_STATES, "state|status", "Status|Stand", default="planned")
    expires_on: date | None = day("repeat by|expires", "zu wiederholen bis|läuft ab")
    evidence: ClassVar[Column] = links("evidence", "evidence", "Nachweise|Belege")
    document: str | None = link("document", "document", "Dokument", to="document.number")


class Acknowledgement(Row, table=True):
    """That somebody has confirmed to know a version of a document, or has yet to."""

    about: ClassVar[About] = about(
        "acknowledgement",
        "ACK",
        "acknowledgement/acknowledgements|confirmation/confirmations",
        "Kenntnisnahme/Kenntnisnahmen|Bestätigung/Bestätigungen",
        personal=True,
        digits=4,
    )
    document: str | None = link("document", "document|policy", "Dokument|Richtlinie", required=True, to="document.number")
    version: str = text("version", "Version")
    owner: str | None = person("person|owner", "Person", required=True)
    due_date: date | None = day("due|due date", "fällig|fällig am")
    done_on: date | None = day("confirmed on|done on", "bestätigt am")
