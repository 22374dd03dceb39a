"""The daily technical work: releases and changes, data flows, access, rules, identities, windows, measures, alerts."""

from datetime import date, datetime
from typing import ClassVar

from knowledge.registers.assets import CLASSIFICATIONS
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
from knowledge.registers.improvement import SEVERITIES
from knowledge.registers.rows import Row

RELEASE_STATES = Codes(
    True,
    planned=("planned", "geplant"),
    validated=("validated", "validiert"),
    approved=("approved", "freigegeben"),
    deployed=("deployed|live|released", "ausgerollt|produktiv"),
    rolled_back=("rolled back", "zurückgenommen"),
    retired=("retired", "stillgelegt"),
)
CHANGE_STATES = Codes(
    True,
    requested=("requested|open", "beantragt|offen"),
    approved=("approved", "genehmigt|freigegeben"),
    done=("done|implemented|closed|carried out", "umgesetzt|erledigt|durchgeführt"),
    rejected=("rejected", "abgelehnt"),
)
ACCESS_KINDS = Codes(
    True,
    remote=("remote access|remote|remote maintenance|dial-in", "Fernzugriff|Fernwartung|Fernzugang"),
    privileged=("privileged access|privileged account|admin access", "privilegierter Zugriff|privilegierter Zugang|Administratorzugriff"),
    session=("session", "Sitzung"),
    exposed_service=("exposed service", "erreichbarer Dienst"),
    user=("user access", "Benutzerzugriff"),
)
IDENTITY_KINDS = Codes(
    True,
    certificate=("certificate/certificates", "Zertifikat/Zertifikate"),
    service_account=("service account/service accounts", "Dienstkonto/Dienstkonten"),
    api_key=("API key/API keys", "API-Schlüssel"),
    model=("model identity", "Modellidentität"),
)
DIRECTIONS = Codes(True, one_way=("one way|push|outbound", "einseitig|ausgehend"), both=("both ways|bidirectional", "beidseitig"))
ALERT_KINDS = Codes(
    True,
    drift=("drift", "Drift"),
    anomaly=("input anomaly|anomaly", "Eingabeanomalie|Anomalie"),
    performance=("performance", "Leistung"),
    access=("access", "Zugriff"),
)
ALERT_STATES = Codes(
    True, open=("open|new", "offen|neu"), checked=("checked|acknowledged", "geprüft|bestätigt"), closed=("closed", "geschlossen")
)


class Change(Row, table=True):
    """A change to a system, a model or a PLC, with its approval."""

    about: ClassVar[About] = about(
        "change",
        "CH",
        "change/changes|change record/change records|change request/change requests",
        "Änderung/Änderungen|Change/Changes|Änderungsantrag/Änderungsanträge",
        yearly=True,
    )
    title: str = text("title|name", "Titel|Name", required=True, index=True)
    description: str = long("description", "Beschreibung")
    assets: ClassVar[Column] = links("asset", "assets|asset", "Assets|Asset")
    requester: str | None = person("requested by|requester", "beantragt von")
    owner: str | None = owner()
    approver: str | None = person("approved by|approver", "genehmigt von|Freigeber")
    approved_on: date | None = day("approved on", "genehmigt am")
    window: str | None = link("maintenance_window", "maintenance window|window", "Wartungsfenster")
    planned_on: date | None = day("planned on|planned for", "geplant am|geplant für")
    done_on: date | None = day("done on", "umgesetzt am")
    state: str = code(CHANGE_STATES, "state|status", "Stand|Status", default="requested")
    rollback: str = long("rollback plan|rollback", "Rückfallplan|Rollback")
    emergency: bool = yes_no("emergency change|emergency", "Notfalländerung|Notfall", unknown=False)


class Release(Row, table=True):
    """A release of a model: version and hash, change, validation, approval, deployment."""

    about: ClassVar[About] = about(
        "release",
        "REL",
        "release/releases|model release/model releases",
        "Release/Releases|Modellfreigabe/Modellfreigaben|Freigabe/Freigaben",
        yearly=True,
    )
    ai_system: str | None = link("ai_system", "AI system", "KI-System")
    asset: str | None = link("asset", "model|asset", "Modell|Asset")
    version: str = text("version", "Version", required=True, index=True)
    weights_hash: str = text("hash|checksum", "Hash|Prüfsumme")
    deployed_hash: str = text("deployed hash", "ausgerollter Hash")
    change: str | None = link("change", "change record|change", "Änderungsnachweis|Änderung")
    state: str = code(RELEASE_STATES, "state|status", "Stand|Status", default="planned")
    owner: str | None = owner()
    developer: str | None = person("developer|developed by", "Entwickler|entwickelt von")
    validation_criteria: str = long("validation criteria", "Validierungskriterien")
    validation_result: str = text("validation result", "Validierungsergebnis")
    validated_on: date | None = day("validated on", "validiert am")
    validator: str | None = person("validated by|signer", "validiert von|Unterzeichner")
    adversarial_test: str = text("adversarial test|security test", "Angriffstest|Sicherheitstest")
    test_report: str | None = link("evidence", "test report", "Testbericht")
    approver: str | None = person("approved by|approver", "freigegeben von|Freigeber")
    approved_on: date | None = day("approved on", "freigegeben am")
    deployed_on: date | None = day("deployed on", "ausgerollt am")
    deployer: str | None = person("deployed by", "ausgerollt von")
    rollback: str = long("rollback plan|rollback", "Rückfallplan|Rollback")
    training_data: ClassVar[Column] = links("asset", "training data", "Trainingsdaten")
    hash_matches: ClassVar[Column] = computed("hash matches", "Hash stimmt")


class DataFlow(Row, table=True):
    """Data that goes from one asset or zone to another: class, way, protection, approval."""

    __tablename__ = "data_flow"
    about: ClassVar[About] = about(
        "data_flow",
        "DF",
        "data flow/data flows|connection/connections|flow/flows|cloud transfer/cloud transfers",
        "Datenfluss/Datenflüsse|Verbindung/Verbindungen|Cloud-Übertragung/Cloud-Übertragungen",
    )
    name: str = text("name|title", "Name|Titel", required=True, index=True)
    data_class: str = code(CLASSIFICATIONS, "data class|class|classification", "Datenklasse|Klasse|Klassifizierung")
    from_asset: str | None = link("asset", "from|from asset", "von|von Asset")
    to_asset: str | None = link("asset", "to|to asset", "nach|nach Asset")
    from_zone: str | None = link("zone", "from zone", "von Zone")
    to_zone: str | None = link("zone", "to zone", "nach Zone")
    conduit: str | None = link("zone", "conduit", "Conduit")
    allowed: bool | None = yes_no("allowed|permitted", "erlaubt")
    allowed_destinations: str = texts("allowed destinations", "erlaubte Ziele")
    direction: str = code(DIRECTIONS, "direction", "Richtung")
    protocol: str = text("protocol", "Protokoll", index=True)
    protection: str = text("protocol protection|security mode", "Protokollschutz|Sicherheitsmodus")
    writes: bool | None = yes_no("write access|writes", "Schreibzugriff|schreibt")
    to_plc: bool | None = yes_no("reaches a PLC|PLC connection", "erreicht eine SPS|SPS-Verbindung")
    encryption: str = text("encryption|encrypted", "Verschlüsselung|verschlüsselt", index=True)
    broker: str = text("broker", "Broker|Vermittler")
    cloud: bool | None = yes_no("to the cloud|cloud", "in die Cloud|Cloud")
    region: str = text("region", "Region")
    contract: str | None = link("obligation", "contract", "Vertrag")
    supplier: str | None = link("supplier", "supplier|vendor", "Lieferant|Anbieter")
    ai_system: str | None = link("ai_system", "AI system", "KI-System")
    owner: str | None = owner()
    approver: str | None = person("approved by", "genehmigt von")
    approved_on: date | None = day("approved on|approval date", "genehmigt am")
    compensating_measure: str | None = link("compensating_measure", "compensating measure", "Ersatzmaßnahme")
    review_date: date | None = day("review date|next review", "Überprüfung am|nächste Überprüfung")


class AccessPath(Row, table=True):
    """A way in: remote or privileged access, a session, or a service that can be reached."""

    __tablename__ = "access_path"
    about: ClassVar[About] = about(
        "access_path",
        "AP",
        "access path/access paths|remote access/remote accesses|privileged account/privileged accounts|exposed service/exposed services|access/accesses|access right/access rights|account/accounts",
        "Zugriffsweg/Zugriffswege|Zugang/Zugänge|Fernzugriff/Fernzugriffe|Fernzugang/Fernzugänge|privilegierter Zugriff/privilegierte Zugriffe|privilegiertes Konto/privilegierte Konten|erreichbarer Dienst/erreichbare Dienste",
    )
    name: str = text("name|service|account", "Name|Dienst|Konto", required=True, index=True)
    kind: str = code(ACCESS_KINDS, "kind|type", "Art|Typ")
    asset: str | None = link("asset", "asset|to", "Asset|Ziel")
    ai_system: str | None = link("ai_system", "AI system", "KI-System")
    zone: str | None = link("zone", "zone", "Zone")
    holder: str | None = person("holder|account holder", "Inhaber|Kontoinhaber")
    supplier: str | None = link("supplier", "supplier|vendor", "Lieferant|Anbieter")
    owner: str | None = owner()
    mfa: bool | None = yes_no("MFA|multi-factor authentication|second factor", "MFA|Mehrfaktor-Anmeldung|zweiter Faktor")
    identity_source: str = text("identity source", "Identitätsquelle", index=True)
    justification: str = long("justification|reason", "Begründung|Grund")
    approver: str | None = person("approver|approved by", "Freigeber|genehmigt von")
    approved_on: date | None = day("approved on", "genehmigt am")
    expires_on: date | None = day("expires on|expiry|valid until", "läuft ab am|gültig bis")
    last_used: datetime | None = moment("last used|session at", "zuletzt genutzt|Sitzung am")
    last_review: date | None = day("last review|reviewed on", "letzte Prüfung|geprüft am")
    review_date: date | None = day("next review|review due", "nächste Prüfung|Prüfung fällig")
    expired: ClassVar[Column] = computed("expired", "abgelaufen")


class FirewallRule(Row, table=True):
    """A rule that lets traffic pass, with its owner and expiry."""

    __tablename__ = "firewall_rule"
    about: ClassVar[About] = about(
        "firewall_rule",
        "FW",
        "firewall rule/firewall rules|FW rule/FW rules",
        "Firewallregel/Firewallregeln|FW-Regel/FW-Regeln|Firewall-Regel/Firewall-Regeln",
    )
    name: str = text("name", "Name", required=True, index=True)
    from_zone: str | None = link("zone", "from zone|from", "von Zone|von")
    to_zone: str | None = link("zone", "to zone|to", "nach Zone|nach")
    service: str = text("service|port", "Dienst|Port")
    firewall: str | None = link("asset", "firewall", "Firewall")
    data_flow: str | None = link("data_flow", "data flow", "Datenfluss")
    ai_traffic: bool = yes_no("AI traffic", "KI-Verkehr", unknown=False)
    justification: str = long("justification|reason", "Begründung|Grund")
    owner: str | None = owner()
    approver: str | None = person("approved by", "genehmigt von")
    expires_on: date | None = day("expires on|expiry|valid until", "läuft ab am|gültig bis")
    last_review: date | None = day("last review|reviewed on", "letzte Prüfung|geprüft am")
    expired: ClassVar[Column] = computed("expired", "abgelaufen")


class MachineIdentity(Row, table=True):
    """The identity of a service, device or model: certificate, key or account."""

    __tablename__ = "machine_identity"
    about: ClassVar[About] = about(
        "machine_identity",
        "MI",
        "machine identity/machine identities|service account/service accounts|device certificate/device certificates|machine certificate/machine certificates",
        "Maschinenidentität/Maschinenidentitäten|Dienstkonto/Dienstkonten|Gerätezertifikat/Gerätezertifikate|Maschinenzertifikat/Maschinenzertifikate",
    )
    name: str = text("name", "Name", required=True, index=True)
    kind: str = code(IDENTITY_KINDS, "kind|type", "Art|Typ")
    asset: str | None = link("asset", "asset", "Asset")
    ai_system: str | None = link("ai_system", "AI system", "KI-System")
    issuer: str = text("issuer|issued by", "Aussteller|ausgestellt von")
    owner: str | None = owner()
    issued_on: date | None = day("issued on", "ausgestellt am")
    expires_on: date | None = day("expires on|expiry|valid until", "läuft ab am|gültig bis")
    rotated_on: date | None = day("last rotation|rotated on", "letzter Wechsel|gewechselt am")
    rotation_due: date | None = day("rotation due|next rotation", "Wechsel fällig|nächster Wechsel")
    expired: ClassVar[Column] = computed("expired", "abgelaufen")


class MaintenanceWindow(Row, table=True):
    """A time in which a line may be worked on."""

    __tablename__ = "maintenance_window"
    about: ClassVar[About] = about("maintenance_window", "MW", "maintenance window/maintenance windows", "Wartungsfenster")
    title: str = text("title|name", "Titel|Name", required=True, index=True)
    line: str = text("line", "Linie", index=True)
    site: str | None = link("site", "site|plant", "Standort|Werk")
    starts_at: datetime | None = moment("starts at|start", "Beginn|ab", required=True)
    ends_at: datetime | None = moment("ends at|end", "Ende|bis", required=True)
    assets: ClassVar[Column] = links("asset", "assets|asset", "Assets|Asset")
    owner: str | None = owner()
    approver: str | None = person("approved by", "genehmigt von")
    notes: str = long("notes", "Notizen")


class CompensatingMeasure(Row, table=True):
    """What stands in where a patch or a protection cannot be had, until when."""

    __tablename__ = "compensating_measure"
    about: ClassVar[About] = about(
        "compensating_measure",
        "CM",
        "compensating measure/compensating measures|virtual patch/virtual patches",
        "Ersatzmaßnahme/Ersatzmaßnahmen|kompensierende Maßnahme/kompensierende Maßnahmen|virtueller Patch",
    )
    title: str = text("title|name", "Titel|Name", required=True, index=True)
    description: str = long("description", "Beschreibung")
    instead_of: str = text("instead of", "anstelle von")
    assets: ClassVar[Column] = links("asset", "assets|asset", "Assets|Asset")
    risk: str | None = link("risk", "risk", "Risiko")
    controls: ClassVar[Column] = control_ids("iso27001-2022", "iso42001", "iec62443", en="controls|control", de="Controls|Control")
    owner: str | None = owner()
    approver: str | None = person("approved by", "genehmigt von")
    review_date: date | None = day("review date|next review", "Überprüfung am|nächste Überprüfung")
    expires_on: date | None = day("expires on|expiry|valid until", "läuft ab am|gültig bis")
    expired: ClassVar[Column] = computed("expired", "abgelaufen")


class MonitoringAlert(Row, table=True):
    """An alert of the monitoring, for a model or an asset."""

    __tablename__ = "monitoring_alert"
    about: ClassVar[About] = about(
        "monitoring_alert",
        "AL",
        "monitoring alert/monitoring alerts|alert/alerts",
        "Überwachungsmeldung/Überwachungsmeldungen|Alarm/Alarme",
        digits=4,
    )
    title: str = text("title|name", "Titel|Name", required=True, index=True)
    kind: str = code(ALERT_KINDS, "kind|type", "Art|Typ")
    severity: str = code(SEVERITIES, "severity", "Schwere|Schweregrad")
    raised_at: datetime | None = moment("raised at|at", "ausgelöst am|am", required=True)
    ai_system: str | None = link("ai_system", "AI system|model", "KI-System|Modell")
    asset: str | None = link("asset", "asset", "Asset")
    state: str = code(ALERT_STATES, "state|status", "Stand|Status", default="open")
    owner: str | None = owner()
    note: str = long("note", "Notiz")
    incident: str | None = link("incident", "incident", "Vorfall")
    risk: str | None = link("risk", "risk", "Risiko")
