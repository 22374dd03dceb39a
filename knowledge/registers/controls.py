"""How the company stands to each control and clause: Statement of Applicability, state of the clauses, obligations, evidence."""

from datetime import date
from typing import ClassVar

from knowledge.registers.columns import (
    About,
    Codes,
    Column,
    Kind,
    about,
    code,
    computed,
    control_ids,
    day,
    integer,
    link,
    links,
    long,
    managed,
    owner,
    person,
    text,
    texts,
    yes_no,
)
from knowledge.registers.rows import Row

JUSTIFICATIONS = Codes(
    True,
    legal=("legal|law|legal requirement", "Gesetz|gesetzlich|rechtlich"),
    contractual=("contractual|contract", "Vertrag|vertraglich"),
    risk=("risk|risk assessment", "Risiko|Risikobeurteilung"),
    best_practice=("best practice|good practice", "gute Praxis|Best Practice|bewährte Praxis"),
)
IMPLEMENTATION = Codes(
    True,
    not_started=("not started|not implemented|open|missing", "nicht begonnen|nicht umgesetzt|offen"),
    planned=("planned|to do", "geplant"),
    partly=("partly implemented|partly|partial|partially implemented|in progress", "teilweise umgesetzt|teilweise|in Umsetzung"),
    implemented=("implemented|done|complete|fully implemented|active", "umgesetzt|vollständig umgesetzt|erledigt"),
    under_review=("under review", "in Überprüfung"),
    not_applicable=("not applicable|excluded|n/a", "nicht anwendbar|ausgeschlossen"),
)
CLAUSE_STATES = Codes(
    True,
    not_started=("not started|open", "nicht begonnen|offen"),
    partly=("partly fulfilled|partly|in progress", "teilweise erfüllt|teilweise"),
    fulfilled=("fulfilled|done|met", "erfüllt"),
)
OBLIGATION_KINDS = Codes(
    True,
    law=("law/laws|regulation/regulations|legal", "Gesetz/Gesetze|Verordnung/Verordnungen"),
    contract=("contract/contracts", "Vertrag/Verträge"),
    customer=("customer requirement/customer requirements|customer", "Kundenanforderung/Kundenanforderungen|Kunde"),
    standard=("standard/standards|scheme", "Norm/Normen|Standard"),
    internal=("internal rule/internal rules|internal", "interne Vorgabe/interne Vorgaben|intern"),
)
EVIDENCE_KINDS = Codes(
    True,
    record=("record|records", "Aufzeichnung|Aufzeichnungen"),
    test=("test|test result|access test", "Test|Prüfergebnis"),
    review=("review", "Prüfung|Überprüfung"),
    report=("report", "Bericht"),
    screenshot=("screenshot", "Bildschirmfoto"),
    log=("log|log extract", "Protokoll|Protokollauszug"),
)


class ControlStatus(Row, table=True):
    """One line of the Statement of Applicability; its id is the control. No line, or no `last_checked`, is "never checked", not "no"."""

    __tablename__ = "control_status"
    about: ClassVar[About] = about(
        "control_status", "", "control status/control statuses|control/controls|SoA entry/SoA entries|SoA|Statement of Applicability", "Controlstatus|Control/Controls|SoA-Eintrag/SoA-Einträge|SoA|Erklärung zur Anwendbarkeit",
        header="control,applicable,justification,exclusion_reason,implementation_status,how,owner,evidence,last_checked",
    )  # fmt: skip
    id: str = managed(Kind.TEXT, "control|id", "Control|Nummer", head="control", primary_key=True)
    applicable: bool | None = yes_no("applicable", "anwendbar")
    justification: str = code(JUSTIFICATIONS, "justification|reason for inclusion", "Begründung|Grund der Aufnahme")
    exclusion_reason: str = long("reason for exclusion|exclusion reason|reason", "Ausschlussgrund|Begründung des Ausschlusses|Grund")
    implementation_status: str = code(IMPLEMENTATION, "implementation status|status|state", "Umsetzungsstand|Status|Stand")
    how: str = long("how|how implemented|implementation", "wie|wie umgesetzt|Umsetzung")
    owner: str | None = owner()
    evidence: ClassVar[Column] = links("evidence", "evidence|proof", "Nachweise|Belege|Nachweis")
    last_checked: date | None = day("last checked|checked on", "zuletzt geprüft|geprüft am")
    check_result: str = text("check result|result", "Prüfergebnis|Ergebnis")
    documents: ClassVar[Column] = links("document", "documents|described in", "Dokumente|beschrieben in")
    maturity: int | None = integer("maturity", "Reifegrad", 0, 5)
    due_date: date | None = day("due date|due|to be implemented by", "fällig am|fällig|umzusetzen bis")
    obligations: ClassVar[Column] = links("obligation", "obligations", "Verpflichtungen|Pflichten")
    soa_status: ClassVar[Column] = computed("SoA status", "SoA-Status")


class ClauseStatus(Row, table=True):
    """How far a clause of 4 to 10 is fulfilled; its id is the clause."""

    __tablename__ = "clause_status"
    about: ClassVar[About] = about(
        "clause_status", "", "clause status/clause statuses|clause/clauses", "Kapitelstatus|Normkapitel|Klausel/Klauseln"
    )
    id: str = managed(Kind.TEXT, "clause|id", "Kapitel|Klausel", head="clause", primary_key=True)
    state: str = code(CLAUSE_STATES, "state|status", "Stand|Status", default="not_started")
    how: str = long("how|how fulfilled", "wie|wie erfüllt")
    owner: str | None = owner()
    evidence: ClassVar[Column] = links("evidence", "evidence|proof", "Nachweise|Belege")
    documents: ClassVar[Column] = links("document", "documents", "Dokumente")
    last_checked: date | None = day("last checked|checked on", "zuletzt geprüft|geprüft am")


class Evidence(Row, table=True):
    """Something that proves: a file by its hash or a link, and the date that it supports, apart from the day it was uploaded."""

    about: ClassVar[About] = about(
        "evidence", "EV", "evidence/evidence|proof/proofs|piece of evidence/pieces of evidence", "Nachweis/Nachweise|Beleg/Belege",
        header="id,title,control,supports_date,uploaded_on,expires_on,link,owner",
    )  # fmt: skip
    title: str = text("title|name", "Titel|Name", required=True, index=True)
    control: ClassVar[Column] = control_ids(
        "iso27001-2022", "iso42001", "iec62443", en="control|controls|clause", de="Control|Controls|Kapitel", lenient=True
    )
    supports_date: date | None = day("supports date|date it proves|date", "belegt Datum|Datum")
    uploaded_on: date | None = day("uploaded on|uploaded", "hochgeladen am|hochgeladen")
    expires_on: date | None = day("expires on|valid until|expiry", "läuft ab am|gültig bis|Ablauf")
    link: str = text("link|file|address", "Link|Datei|Adresse")
    owner: str | None = owner()
    kind: str = code(EVIDENCE_KINDS, "kind|type", "Art|Typ")
    result: str = text("result", "Ergebnis")
    tester: str = text("tester|tested by", "Prüfer|geprüft von")
    file_hash: str = text("file hash", "Hash der Datei", index=True)
    description: str = long("description", "Beschreibung")
    assets: ClassVar[Column] = links("asset", "assets|asset", "Assets|Asset")
    expired: ClassVar[Column] = computed("expired", "abgelaufen")


class Obligation(Row, table=True):
    """What a law, a contract or a customer asks for."""

    about: ClassVar[About] = about(
        "obligation",
        "OB",
        "obligation/obligations|legal requirement/legal requirements|contract/contracts|law/laws",
        "Verpflichtung/Verpflichtungen|Pflicht/Pflichten|Rechtsanforderung/Rechtsanforderungen|Vertrag/Verträge",
    )
    name: str = text("name|title", "Name|Titel", required=True, index=True)
    kind: str = code(OBLIGATION_KINDS, "kind|type", "Art|Typ")
    clause: str = text("clause|article|section", "Klausel|Artikel|Abschnitt")
    description: str = long("description|what it asks", "Beschreibung|was sie verlangt")
    party: str | None = link("interested_party", "interested party|customer|party", "interessierte Partei|Kunde|Partei")
    supplier: str | None = link("supplier", "supplier", "Lieferant")
    owner: str | None = owner()
    review_date: date | None = day("review date|next review|review due", "Überprüfung am|nächste Überprüfung")
    valid_from: date | None = day("applies from|valid from", "gilt ab|gültig ab")
    valid_until: date | None = day("valid until|ends", "gültig bis|endet")
    defence: bool = yes_no("defence contract|defence", "Rüstungsvertrag|Verteidigung", unknown=False)
    security_mandatory: bool = yes_no("security mandatory|mandatory security", "Sicherheit verpflichtend", unknown=False)
    tisax: bool = yes_no("TISAX needed|TISAX", "TISAX gefordert|TISAX", unknown=False)
    controls: ClassVar[Column] = control_ids("iso27001-2022", "iso42001", "iec62443", en="controls|control", de="Controls|Control")
    document: str | None = link("document", "source document|document", "Quelldokument|Dokument", to="document.number")
    source_link: str = text("source link", "Quelle im Netz")
    checked_on: date | None = day("facts as of|checked on", "Stand|geprüft am")


class InterestedParty(Row, table=True):
    """Somebody with expectations of our security: customer, authority, neighbour, works council."""

    __tablename__ = "interested_party"
    about: ClassVar[About] = about(
        "interested_party",
        "IP",
        "interested party/interested parties|stakeholder/stakeholders|customer/customers",
        "interessierte Partei/interessierte Parteien|Stakeholder|Kunde/Kunden",
    )
    name: str = text("name", "Name", required=True, index=True)
    kind: str = text("kind|type", "Art|Typ", index=True)
    expectations: str = long("expectations|requirements|needs", "Erwartungen|Anforderungen")
    asks_iso27001: bool | None = yes_no("asks for ISO 27001|requires ISO 27001", "verlangt ISO 27001")
    asks_tisax: bool | None = yes_no("asks for TISAX|requires TISAX", "verlangt TISAX")
    climate: bool | None = yes_no("climate requirements", "Anforderungen zum Klima")
    addressed_by: str = long("addressed by", "berücksichtigt durch")
    document: str | None = link("document", "source document|document", "Quelldokument|Dokument", to="document.number")
    owner: str | None = owner()
    review_date: date | None = day("review date|next review", "Überprüfung am|nächste Überprüfung")
    clauses: str = texts("security clauses|clauses", "Sicherheitsklauseln|Klauseln")
    contact: str | None = person("contact", "Ansprechpartner|Kontakt")
