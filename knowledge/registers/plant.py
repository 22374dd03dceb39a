"""Where things stand, and who delivers them: sites, zones, suppliers and their assessments."""

from datetime import date
from typing import ClassVar

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
    owner,
    person,
    text,
    texts,
    yes_no,
)
from knowledge.registers.rows import Row

ZONE_KINDS = Codes(zone=("zone", "Zone"), conduit=("conduit", "Conduit|Leitung|Übergang"))
RESULTS = Codes(
    True,
    passed=("passed|ok|acceptable|approved|good", "bestanden|in Ordnung|geeignet|freigegeben"),
    passed_with_conditions=(
        "passed with conditions|conditional|partly",
        "mit Auflagen|mit Auflagen bestanden|bestanden mit Auflagen|bedingt|teilweise",
    ),
    failed=("failed|not acceptable|rejected", "nicht bestanden|ungeeignet|abgelehnt"),
)


class Site(Row, table=True):
    """A place where the company works."""

    about: ClassVar[About] = about(
        "site",
        "S",
        "site/sites|plant/plants|location/locations|factory/factories",
        "Standort/Standorte|Werk/Werke|Fabrik/Fabriken",
        header="id,name,country,city",
    )
    name: str = text("name", "Name", required=True, index=True)
    country: str = text("country", "Land")
    city: str = text("city|town", "Stadt|Ort")
    holidays: str = text("holiday calendar", "Feiertagskalender")
    closed_days: str = texts("closed on|works holidays", "geschlossen am|Betriebsruhe")


class Zone(Row, table=True):
    """A zone or conduit in the sense of IEC 62443."""

    about: ClassVar[About] = about(
        "zone",
        "Z",
        "zone/zones|network zone/network zones|conduit/conduits",
        "Zone/Zonen|Netzzone/Netzzonen|Conduit/Conduits",
        header="id,name,kind,site,target_level,achieved_level",
    )
    name: str = text("name", "Name", required=True, index=True)
    kind: str = code(ZONE_KINDS, "kind|type", "Art|Typ", default="zone")
    site: str | None = link("site", "site|plant", "Standort|Werk")
    target_level: int | None = integer("target level|SL-T|target security level", "Ziel-Sicherheitsstufe|Zielstufe|SL-T|Soll", 0, 4)
    achieved_level: int | None = integer("achieved level|SL-A|achieved security level", "erreichte Sicherheitsstufe|SL-A|Ist", 0, 4)
    description: str = long("description", "Beschreibung")
    connects: ClassVar[Column] = links("zone", "connects|zones it connects", "verbindet")
    boundary_devices: ClassVar[Column] = links("asset", "boundary devices|firewalls", "Grenzgeräte|Firewalls")
    owner: str | None = owner()
    below_target: ClassVar[Column] = computed("below target level|below target", "unter Zielstufe|unter Ziel-Sicherheitsstufe|unter Soll")


class Supplier(Row, table=True):
    """Somebody who delivers, hosts, maintains or advises; an AI vendor is marked."""

    about: ClassVar[About] = about(
        "supplier",
        "SUP",
        "supplier/suppliers|vendor/vendors|service provider/service providers|AI vendor/AI vendors|supplier contract/supplier contracts|vendor contract/vendor contracts",
        "Lieferant/Lieferanten|Dienstleister|Anbieter|KI-Anbieter|Hersteller|Lieferantenvertrag/Lieferantenverträge",
        header="id,name,service,ai_vendor,critical,owner,contract_end,last_assessment,next_assessment,assessment_result,country",
    )
    name: str = text("name", "Name", required=True, index=True)
    service: str = text("service|delivers", "Leistung|Dienst|liefert")
    ai_vendor: bool = yes_no("AI vendor|delivers AI", "KI-Anbieter|liefert KI", unknown=False)
    critical: bool = yes_no("critical", "kritisch", unknown=False)
    owner: str | None = owner()
    contract_end: date | None = day("contract end|contract ends", "Vertragsende|Vertrag endet")
    last_assessment: date | None = day("last assessment|last assessed|last review", "letzte Bewertung|zuletzt bewertet")
    next_assessment: date | None = day("next assessment|next review", "nächste Bewertung|nächste Prüfung")
    assessment_result: str = code(RESULTS, "assessment result|result", "Bewertungsergebnis|Ergebnis")
    country: str = text("country", "Land")
    contract_start: date | None = day("contract start|since", "Vertragsbeginn|seit")
    in_scope: bool | None = yes_no("in scope|in the ISMS scope", "im Geltungsbereich|im Scope")
    scope_reason: str = long("scope reason|why not in scope", "Begründung des Geltungsbereichs|warum nicht im Scope")
    scope_of_work: str = long("scope of work", "Leistungsumfang")
    tier: str = text("tier", "Stufe", index=True)
    sub_processors: str = texts("sub-processors|subcontractors", "Unterauftragnehmer|Subunternehmer")
    lines: str = texts("lines that stop without it|lines", "Linien, die ohne ihn stehen|Linien")


class VendorAssessment(Row, table=True):
    """One assessment of a supplier or AI vendor: what was asked, what is missing in the contract, what was decided."""

    __tablename__ = "vendor_assessment"
    about: ClassVar[About] = about(
        "vendor_assessment",
        "VA",
        "vendor assessment/vendor assessments|supplier assessment/supplier assessments",
        "Lieferantenbewertung/Lieferantenbewertungen|Anbieterbewertung/Anbieterbewertungen",
        yearly=True,
    )
    supplier: str | None = link("supplier", "supplier|vendor", "Lieferant|Anbieter", required=True)
    assessed_on: date | None = day("assessed on|date", "bewertet am|Datum", required=True)
    assessor: str | None = person("assessor|assessed by", "Bewerter|bewertet von")
    result: str = code(RESULTS, "result", "Ergebnis")
    clauses_covered: str = texts("contract clauses covered|clauses", "abgedeckte Vertragsklauseln")
    clauses_missing: str = texts("missing clauses|contract gaps", "fehlende Klauseln|Vertragslücken")
    trains_on_our_data: bool | None = yes_no("trains on our data|uses our data for training", "trainiert mit unseren Daten")
    incident_notice: bool | None = yes_no("incident notice agreed", "Meldung von Vorfällen vereinbart")
    exit_agreed: bool | None = yes_no("exit agreed", "Ausstieg vereinbart")
    notes: str = long("notes|remarks", "Notizen|Bemerkungen")
    next_due: date | None = day("next due|next assessment", "nächste fällig|nächste Bewertung")
    owner: str | None = owner()
    evidence: ClassVar[Column] = links("evidence", "evidence", "Nachweise|Belege")
