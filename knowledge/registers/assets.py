"""What the plant has to protect: assets of IT, OT and AI, and the AI systems made of them."""

from datetime import date
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
    decimal,
    integer,
    link,
    links,
    long,
    owner,
    person,
    scale,
    text,
    yes_no,
)  # fmt: skip
from knowledge.registers.rows import Row

ASSET_CLASSES = Codes(
    production_ai_model=(
        "production AI model/production AI models|AI model/AI models|model/models|production model/production models",
        "KI-Modell/KI-Modelle|Modell/Modelle|Produktivmodell/Produktivmodelle",
    ),
    training_dataset=(
        "training dataset/training datasets|training data|dataset/datasets|data set/data sets",
        "Trainingsdatensatz/Trainingsdatensätze|Trainingsdaten|Datensatz/Datensätze",
    ),
    feature_pipeline=(
        "feature pipeline/feature pipelines|feature engineering pipeline/feature engineering pipelines|pipeline/pipelines",
        "Feature-Pipeline/Feature-Pipelines|Pipeline/Pipelines",
    ),
    serving_infrastructure=(
        "serving infrastructure|model serving infrastructure|inference server/inference servers",
        "Modellbereitstellung|Inferenzserver|Serving-Infrastruktur",
    ),
    edge_ai_device=(
        "edge AI device/edge AI devices|edge device/edge devices|edge box/edge boxes|edge unit/edge units|edge computer/edge computers|edge PC/edge PCs",
        "Edge-KI-Gerät/Edge-KI-Geräte|Edge-Gerät/Edge-Geräte|Edge-Box/Edge-Boxen",
    ),
    api_endpoint=(
        "API endpoint/API endpoints|endpoint/endpoints|API/APIs|interface/interfaces",
        "API-Endpunkt/API-Endpunkte|Endpunkt/Endpunkte|Schnittstelle/Schnittstellen",
    ),
    data_storage=(
        "data storage|storage system/storage systems|database/databases|file share/file shares",
        "Datenspeicher|Speichersystem/Speichersysteme|Datenbank/Datenbanken",
    ),
    network=("network/networks|network infrastructure", "Netzwerk/Netzwerke|Netzinfrastruktur"),
    development_environment=(
        "development environment/development environments|dev environment/dev environments",
        "Entwicklungsumgebung/Entwicklungsumgebungen",
    ),
    monitoring=("monitoring system/monitoring systems|monitoring", "Überwachungssystem/Überwachungssysteme|Monitoring"),
    plc=("PLC/PLCs|controller/controllers|programmable logic controller", "SPS|Steuerung/Steuerungen"),
    hmi=("HMI/HMIs|operator panel/operator panels", "HMI|Bedienpanel/Bedienpanels"),
    scada=("SCADA|SCADA system/SCADA systems|control system/control systems", "SCADA|Leitsystem/Leitsysteme"),
    historian=("historian/historians", "Historian|Prozessdatenarchiv"),
    ot_network=(
        "OT network/OT networks|production network/production networks",
        "OT-Netz/OT-Netze|Produktionsnetz/Produktionsnetze|Anlagennetz",
    ),
    cloud_ai_service=("cloud AI service/cloud AI services", "Cloud-KI-Dienst/Cloud-KI-Dienste"),
    supplier_service=(
        "supplier service/supplier services|external service/external services",
        "Lieferantendienst/Lieferantendienste|externer Dienst",
    ),
    intellectual_property=(
        "intellectual property|IP asset/IP assets|recipe/recipes|tooling data",
        "geistiges Eigentum|Rezeptur/Rezepturen|Werkzeugdaten",
    ),
    information=(
        "information|information asset/information assets|records",
        "Information/Informationen|Informationswert/Informationswerte",
    ),
    other=("other", "Sonstiges|andere"),
)
AI_CLASSES = (
    "production_ai_model", "training_dataset", "feature_pipeline", "serving_infrastructure", "edge_ai_device", "api_endpoint", "cloud_ai_service",
)  # fmt: skip
OT_CLASSES = ("plc", "hmi", "scada", "historian", "ot_network")
CLASSIFICATIONS = Codes(
    True,
    public=("public", "öffentlich"),
    internal=("internal", "intern"),
    confidential=("confidential", "vertraulich"),
    strictly_confidential=("strictly confidential|secret|restricted", "streng vertraulich|geheim"),
)
PATCH_CONSTRAINTS = Codes(
    True,
    none=("none", "keine"),
    validated=("validated system|validated", "validiertes System|validiert"),
    vendor_lock=("vendor lock|vendor must patch", "Herstellerbindung"),
    safety=("safety", "Sicherheit von Menschen|Safety"),
    line_stop=("needs a line stop|line stop", "braucht Linienstillstand|Linienstillstand"),
    end_of_life=("end of life|no patches any more", "abgekündigt|keine Updates mehr"),
)
COMPANY_ROLES = Codes(
    True,
    deployer=("deployer|operator|user", "Betreiber|Nutzer"),
    provider=("provider|developer", "Anbieter|Entwickler"),
    importer=("importer", "Einführer|Importeur"),
    distributor=("distributor", "Händler"),
)
AUTONOMY = Codes(
    True,
    advises=("advises|advisory|recommends|decision support", "berät|beratend|empfiehlt"),
    human_in_the_loop=("human in the loop|human approves", "Mensch entscheidet|Mensch gibt frei"),
    human_on_the_loop=("human on the loop|human supervises|supervised", "Mensch überwacht|überwacht"),
    autonomous=("autonomous|fully autonomous|automatic", "autonom|automatisch"),
)
LIFECYCLE = Codes(
    True,
    idea=("idea|concept", "Idee|Konzept"),
    design=("design", "Entwurf"),
    development=("development|in development", "Entwicklung|in Entwicklung"),
    validation=("validation|test|pilot", "Validierung|Test|Pilot"),
    deployment=("deployment|roll-out", "Einführung|Rollout"),
    operation=("operation|in operation|production|live|operational|running|in use", "Betrieb|im Betrieb|in Betrieb|produktiv|im Einsatz"),
    retired=("retired|decommissioned", "stillgelegt|außer Betrieb"),
)


class Asset(Row, table=True):
    """Something of value. What only some classes have (a firmware, a rate limit) is empty for the others."""

    about: ClassVar[About] = about(
        "asset", "A", "asset/assets|equipment|inventory|device/devices|machine/machines", "Asset/Assets|Wert/Werte|Vermögenswert/Vermögenswerte|Anlage/Anlagen|Inventar|Gerät/Geräte|Maschine/Maschinen",
        header="id,name,description,class,confidentiality,integrity,availability,owner,site,zone,purdue_level,in_scope,scope_reason,supplier,depends_on,classification",
    )  # fmt: skip
    name: str = text("name", "Name", required=True, index=True)
    description: str = long("description", "Beschreibung")
    asset_class: str = code(ASSET_CLASSES, "class|type|kind", "Klasse|Typ|Art", head="class", required=True)
    confidentiality: int | None = scale("confidentiality", "Vertraulichkeit")
    integrity: int | None = scale("integrity", "Integrität")
    availability: int | None = scale("availability", "Verfügbarkeit")
    owner: str | None = owner()
    site: str | None = link("site", "site|plant|location", "Standort|Werk")
    zone: str | None = link("zone", "zone|network zone", "Zone|Netzzone")
    purdue_level: float | None = decimal("Purdue level|level", "Purdue-Ebene|Ebene", low=0)
    in_scope: bool | None = yes_no("in scope|in the ISMS scope", "im Geltungsbereich|im Scope")
    scope_reason: str = long("scope reason|why not in scope", "Begründung des Geltungsbereichs|warum nicht im Scope")
    supplier: str | None = link("supplier", "supplier|vendor|delivered by", "Lieferant|Anbieter|geliefert von")
    depends_on: ClassVar[Column] = links("asset", "depends on|needs", "hängt ab von|braucht")
    classification: str = code(CLASSIFICATIONS, "classification|data class", "Klassifizierung|Einstufung")
    version: str = text("version", "Version")
    location: str = text("location|hall|cabinet|room", "Ort|Halle|Schrank|Raum", index=True)
    line: str = text("line|production line", "Linie|Produktionslinie", index=True)
    critical: bool | None = yes_no("critical|business critical", "kritisch|geschäftskritisch")
    development_cost: int | None = integer(
        "development cost in euro|development cost|cost", "Entwicklungskosten in Euro|Entwicklungskosten|Kosten"
    )
    replacement_days: int | None = integer("replacement time in days|replacement time", "Wiederbeschaffung in Tagen|Wiederbeschaffungszeit")
    origin: str = text("origin|where the data comes from", "Herkunft der Daten|Ursprung")
    rights: str = text("rights|rights of use", "Rechte|Nutzungsrechte")
    customer: str = text("customer", "Kunde", index=True)
    contract: str | None = link("obligation", "contract clause|contract", "Vertragsklausel|Vertrag")
    personal_data: bool | None = yes_no("personal data|holds personal data", "personenbezogene Daten|personenbezogen")
    content_hash: str = text("hash|checksum", "Hash|Prüfsumme")
    hash_checked_on: date | None = day("hash checked on|last integrity check", "Hash geprüft am|letzte Integritätsprüfung")
    retention: str = text("retention|kept for", "Aufbewahrung|Aufbewahrungsfrist")
    repository: str = text("repository|code repository", "Repository|Codeablage")
    inputs: ClassVar[Column] = links("asset", "inputs|reads from", "Eingaben|liest aus")
    outputs: ClassVar[Column] = links("asset", "outputs|writes to", "Ausgaben|schreibt nach")
    host: str = text("host|hosted on|server", "Host|gehostet auf|Server")
    patched_on: date | None = day("last patch|patched on", "letzter Patch|gepatcht am")
    patch_constraint: str = code(PATCH_CONSTRAINTS, "patch constraint|why a patch waits", "Patch-Hindernis|warum ein Patch wartet")
    patch_note: str = long("patch note", "Anmerkung zum Patchen")
    capacity: str = text("capacity", "Kapazität")
    firmware: str = text("firmware", "Firmware")
    physical_protection: str = text("physical protection|enclosure", "physischer Schutz|Gehäuse")
    disposal: str = text("disposal state|disposal", "Entsorgungsstand|Entsorgung")
    url_alias: str = text("address|URL alias", "Adresse|URL-Alias")
    exposure: str = text("exposure|reachable from", "Erreichbarkeit|erreichbar aus")
    auth_method: str = text("authentication|authentication method", "Anmeldung|Authentifizierung")
    identity_source: str = text("identity source|account source", "Identitätsquelle|Kontenquelle", index=True)
    key_owner: str | None = person("key owner", "Schlüsselverantwortliche/r")
    rotation_due: date | None = day("key rotation due|rotation due", "Schlüsselwechsel fällig|Wechsel fällig")
    rate_limit: str = text("rate limit", "Ratenbegrenzung|Anfragelimit")
    input_check: bool | None = yes_no("input check|checks input", "Eingabeprüfung|prüft Eingaben")
    encrypted: bool | None = yes_no("encrypted|encrypted at rest", "verschlüsselt|verschlüsselt gespeichert")
    backup_on: date | None = day("last backup|backup", "letzte Sicherung|letztes Backup")
    separated: bool | None = yes_no("separated from production", "von der Produktion getrennt")
    covers: ClassVar[Column] = links("asset", "covers|monitors", "überwacht|deckt ab")
    log_source: str = text("log source|logging", "Protokollquelle|Protokollierung")
    log_retention: str = text("log retention", "Aufbewahrung der Protokolle")
    signing: bool | None = yes_no("signing|signed artefacts", "Signierung|signierte Artefakte")
    scanning: bool | None = yes_no("scanning|dependency scan", "Schwachstellenprüfung|Scan")
    secrets_kept: bool | None = yes_no("secrets in a vault|secrets kept", "Geheimnisse im Tresor")
    access_review_due: date | None = day("access review due|next access review", "Zugriffsprüfung fällig|nächste Zugriffsprüfung")
    update_procedure: str | None = link("document", "update procedure", "Verfahren für Updates", to="document.number")
    iec62443: ClassVar[Column] = control_ids("iec62443", en="IEC 62443|62443 requirements", de="IEC 62443|62443-Anforderungen")


class AiSystem(Row, table=True):
    """A use of AI: what it decides, how far it acts alone, and who looks after it."""

    __tablename__ = "ai_system"
    about: ClassVar[About] = about(
        "ai_system", "AI", "AI system/AI systems|AI application/AI applications|AI", "KI-System/KI-Systeme|KI-Anwendung/KI-Anwendungen|KI",
        header="id,name,asset,purpose,model,version,company_role,autonomy,human_oversight,safety_function,writes_plc,data_sources,deployed_on,lifecycle_phase,last_review,next_review,impact_assessment,owner",
    )  # fmt: skip
    name: str = text("name", "Name", required=True, index=True)
    asset: str | None = link("asset", "asset|model asset", "Asset|Modell-Asset")
    purpose: str = long("purpose|used for", "Zweck|wofür")
    model: str = text("model|algorithm", "Modell|Algorithmus")
    version: str = text("version", "Version")
    company_role: str = code(COMPANY_ROLES, "company role|our role", "Rolle des Unternehmens|unsere Rolle")
    autonomy: str = code(AUTONOMY, "autonomy", "Autonomie")
    human_oversight: str = long("human oversight|who watches it", "menschliche Aufsicht|Aufsicht")
    safety_function: bool | None = yes_no("safety function|safety related", "Sicherheitsfunktion|sicherheitsgerichtet")
    writes_plc: bool | None = yes_no(
        "may write to a PLC|writes to a PLC|can write to a PLC|touches a PLC", "darf in eine SPS schreiben|schreibt in SPS|SPS-Zugriff"
    )
    data_sources: ClassVar[Column] = links("asset", "data sources|data source|fed by", "Datenquellen|Datenquelle|gespeist aus")
    deployed_on: ClassVar[Column] = links("asset", "deployed on|runs on", "läuft auf|ausgebracht auf")
    lifecycle_phase: str = code(LIFECYCLE, "lifecycle phase|phase|stage|gate", "Lebenszyklusphase|Phase")
    last_review: date | None = day("last review|reviewed on", "letzte Prüfung|geprüft am")
    next_review: date | None = day("next review|review due|review date", "nächste Prüfung|Prüfung fällig")
    impact_assessment: str = text("impact assessment|AI impact assessment", "Folgenabschätzung|KI-Folgenabschätzung")
    owner: str | None = owner()
    description: str = long("description", "Beschreibung")
    site: str | None = link("site", "site|plant", "Standort|Werk")
    supplier: str | None = link("supplier", "vendor|supplier|AI vendor", "Anbieter|Lieferant|KI-Anbieter")
    in_scope: bool | None = yes_no("in scope|in the ISMS scope", "im Geltungsbereich|im Scope")
    scope_reason: str = long("scope reason|why not in scope", "Begründung des Geltungsbereichs|warum nicht im Scope")
    writes_to: ClassVar[Column] = links("asset", "writes to|controls", "schreibt nach|steuert")
    critical: bool | None = yes_no("critical", "kritisch")
    hosting: str = text("hosting|hosted at", "Hosting|betrieben bei")
    responsibility_split: str = long("shared duties|responsibility split", "Aufgabenteilung|Verantwortungsteilung")
    fallback: str = long("fallback|manual fallback", "Rückfallebene|Ersatzverfahren")
    recovery_hours: int | None = integer("recovery time in hours|recovery time", "Wiederanlaufzeit in Stunden|Wiederanlaufzeit")
    role_model: str = long("role model|who may do what", "Rollenmodell|wer darf was")
    access_review_due: date | None = day("access review due|next access review", "Zugriffsprüfung fällig|nächste Zugriffsprüfung")
    encrypted: bool | None = yes_no("model encrypted|encrypted", "Modell verschlüsselt|verschlüsselt")
    key_owner: str | None = person("key owner", "Schlüsselverantwortliche/r")
    log_source: str = text("log source|logging", "Protokollquelle|Protokollierung")
    log_retention: str = text("log retention", "Aufbewahrung der Protokolle")
    gate: str = text("current gate|gate", "aktuelles Gate|Gate")
    started_on: date | None = day("in operation since|started on", "im Betrieb seit|gestartet am")
    procedure: str | None = link("document", "procedure|update procedure", "Verfahren|Verfahren für Updates", to="document.number")
    review_overdue: ClassVar[Column] = computed("review overdue|overdue", "Prüfung überfällig|überfällig")
