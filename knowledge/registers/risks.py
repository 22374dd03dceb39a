"""Risks, and the company's method by which they are judged."""

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, Index
from sqlalchemy import Column as SqlColumn
from sqlmodel import Field

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
    link,
    links,
    long,
    managed,
    moment,
    person,
    scale,
    text,
    texts,
)  # fmt: skip
from knowledge.registers.rows import Row

PAIRS = ("inherent", "current", "residual")
IMPACT_COLUMNS = ("safety", "delivery", "money", "law")
TREATMENTS = Codes(
    modify=("modify|mitigate|reduce|treat|mitigation", "behandeln|mindern|modifizieren|reduzieren"),
    retain=("retain|accept|tolerate|accepted", "akzeptieren|tragen|beibehalten"),
    avoid=("avoid|terminate", "vermeiden"),
    share=("share|transfer", "teilen|übertragen|transferieren|verlagern"),
)
CATEGORIES = Codes(
    data=("data|data risk/data risks", "Daten|Datenrisiko/Datenrisiken"),
    model=("model|model risk/model risks", "Modell|Modellrisiko/Modellrisiken"),
    integration=("integration|integration risk/integration risks", "Integration|Integrationsrisiko/Integrationsrisiken"),
    ot=("OT|OT risk/OT risks|operational technology", "OT|OT-Risiko/OT-Risiken|Betriebstechnik"),
    classic=("classic|IT|classic risk/classic risks|traditional", "klassisch|IT|klassisches Risiko"),
)
AI_CATEGORIES = ("data", "model", "integration")
PRIORITIES = Codes(
    urgent=("urgent|very high|now", "dringend|sehr hoch|sofort"),
    high=("high", "hoch"),
    medium=("medium", "mittel"),
    low=("low", "niedrig|gering"),
)
STRENGTHS = Codes(True, low=("low", "gering|niedrig"), medium=("medium", "mittel"), high=("high", "hoch"))


class Risk(Row, table=True):
    """Because of a cause, an event may happen to an asset, leading to a consequence; judged before, with and after measures.

    The impact of a pair is its highest column, where columns are filled; scores and bands are worked out by `derived`.
    """

    about: ClassVar[About] = about(
        "risk", "R", "risk/risks|risk entry/risk entries", "Risiko/Risiken",
        header="ref_id,name,description,inherent_proba,inherent_impact,inherent_level,existing_controls,current_proba,current_impact,current_level,additional_controls,residual_proba,residual_impact,residual_level,treatment,assets,owner,owner_email,threats,vulnerabilities,justification,annex_a_controls,iso42001_controls,ai_system_ref,lifecycle_phase,review_date,accepted_by,accepted_at,category,acceptance_expires",
    )  # fmt: skip
    id: str = managed(Kind.TEXT, "id|number|reference", "Nummer|ID|Kennung", head="ref_id", primary_key=True)
    name: str = text("name|title", "Name|Titel", required=True, index=True)
    description: str = long("statement|description", "Aussage|Beschreibung")
    inherent_likelihood: int | None = scale(
        "inherent likelihood|likelihood before measures",
        "Eintrittswahrscheinlichkeit brutto|inhärente Wahrscheinlichkeit",
        head="inherent_proba",
    )
    inherent_impact: int | None = scale("inherent impact|impact before measures", "Auswirkung brutto|inhärente Auswirkung")
    inherent_score: ClassVar[Column] = computed(
        "inherent score|inherent risk|inherent rating", "Bruttorisiko|inhärenter Wert|Bruttobewertung", head="inherent_level"
    )
    existing_controls: str = texts("existing controls|measures in place", "vorhandene Maßnahmen|bestehende Maßnahmen")
    current_likelihood: int | None = scale(
        "likelihood|current likelihood", "Eintrittswahrscheinlichkeit|Wahrscheinlichkeit", head="current_proba"
    )
    current_impact: int | None = scale("impact|current impact", "Auswirkung|Schadenshöhe")
    current_score: ClassVar[Column] = computed(
        "score|current score|risk score|level|current risk", "Risikowert|aktueller Wert|Wert|Score", head="current_level"
    )
    additional_controls: str = texts("planned measures|additional controls|planned actions", "geplante Maßnahmen|zusätzliche Maßnahmen")
    residual_likelihood: int | None = scale("residual likelihood", "Restwahrscheinlichkeit", head="residual_proba")
    residual_impact: int | None = scale("residual impact", "Restauswirkung")
    residual_score: ClassVar[Column] = computed(
        "residual score|residual risk|residual rating", "Restrisiko|Restwert|Nettorisiko|Restbewertung", head="residual_level"
    )
    treatment: str = code(TREATMENTS, "treatment|treatment option|response", "Behandlung|Behandlungsoption")
    assets: ClassVar[Column] = links("asset", "assets|asset", "Assets|Asset|Werte")
    owner: str | None = person("owner|risk owner|responsible|in charge", "Risikoeigentümer|Verantwortliche/r|Eigentümer|zuständig|Eigner")
    owner_email: ClassVar[Column] = computed("owner's e-mail", "E-Mail der verantwortlichen Person")
    threats: ClassVar[Column] = control_ids("atlas", "threat", en="threats|threat", de="Bedrohungen|Bedrohung", lenient=True)
    vulnerabilities: str = texts("vulnerabilities|weaknesses|vulnerability", "Schwachstellen|Schwachstelle")
    justification: str = long("justification|reason|comment", "Begründung|Kommentar")
    annex_a_controls: ClassVar[Column] = control_ids(
        "iso27001-2022", en="controls|Annex A controls|control", de="Controls|Maßnahmen nach Anhang A|Control"
    )
    iso42001_controls: ClassVar[Column] = control_ids("iso42001", en="ISO 42001 controls", de="Controls nach ISO 42001")
    ai_system: str | None = link("ai_system", "AI system", "KI-System", head="ai_system_ref")
    lifecycle_phase: str = text("lifecycle phase|phase", "Lebenszyklusphase|Phase", index=True)
    review_date: date | None = day("review date|next review|review due", "Überprüfung am|nächste Überprüfung|Prüfdatum")
    accepted_by: str | None = person("accepted by", "akzeptiert von|angenommen von")
    accepted_at: datetime | None = moment("accepted at|accepted on", "akzeptiert am|angenommen am")
    category: str = code(CATEGORIES, "category|kind|type", "Kategorie|Art")
    acceptance_expires: date | None = day("acceptance expires|accepted until", "Akzeptanz läuft ab|akzeptiert bis")
    inherent_safety: int | None = scale("inherent impact on safety", "Auswirkung auf Menschen brutto")
    inherent_delivery: int | None = scale("inherent impact on delivery", "Auswirkung auf Lieferung brutto")
    inherent_money: int | None = scale("inherent impact on money", "Auswirkung auf Geld brutto")
    inherent_law: int | None = scale("inherent impact on law and customer", "Auswirkung auf Recht und Kunde brutto")
    current_safety: int | None = scale("impact on safety|safety impact", "Auswirkung auf Menschen")
    current_delivery: int | None = scale("impact on delivery|delivery impact", "Auswirkung auf Lieferung")
    current_money: int | None = scale("impact on money|financial impact", "Auswirkung auf Geld|finanzielle Auswirkung")
    current_law: int | None = scale("impact on law and customer|legal impact", "Auswirkung auf Recht und Kunde|rechtliche Auswirkung")
    residual_safety: int | None = scale("residual impact on safety", "Restauswirkung auf Menschen")
    residual_delivery: int | None = scale("residual impact on delivery", "Restauswirkung auf Lieferung")
    residual_money: int | None = scale("residual impact on money", "Restauswirkung auf Geld")
    residual_law: int | None = scale("residual impact on law and customer", "Restauswirkung auf Recht und Kunde")
    likelihood_reason: str = long("reason for the likelihood", "Begründung der Wahrscheinlichkeit")
    impact_reason: str = long("reason for the impact", "Begründung der Auswirkung")
    likelihood_reason_residual: str = long("reason for the residual likelihood", "Begründung der Restwahrscheinlichkeit")
    impact_reason_residual: str = long("reason for the residual impact", "Begründung der Restauswirkung")
    site: str | None = link("site", "site|plant", "Standort|Werk")
    due_date: date | None = day("treatment due|due date|due", "Behandlung fällig|fällig am|fällig")
    priority_override: str = code(PRIORITIES, "priority set by hand", "von Hand gesetzte Priorität")
    priority_reason: str = long("reason for the priority", "Begründung der Priorität")
    strength_of_knowledge: str = code(STRENGTHS, "strength of knowledge", "Wissensstand")
    assessed_on: date | None = day("assessed on|last assessed", "bewertet am|zuletzt bewertet")
    assessor: str | None = person("assessor|assessed by", "Bewerter|bewertet von")
    incidents: ClassVar[Column] = links("incident", "past incidents|incidents", "frühere Vorfälle|Vorfälle")
    obligations: ClassVar[Column] = links("obligation", "obligations", "Verpflichtungen|Pflichten")
    accepted_state: dict[str, Any] | None = Field(
        default=None, sa_column=SqlColumn(JSON(none_as_null=True), info={"internal": "the exact state accepted"})
    )
    acceptance_void_at: datetime | None = moment("acceptance void since", "Akzeptanz ungültig seit")
    band: ClassVar[Column] = computed("band|risk level|grade", "Stufe|Risikostufe|Einstufung")
    acceptance: ClassVar[Column] = computed("acceptance|accepted", "Akzeptanz|akzeptiert")
    priority: ClassVar[Column] = computed("priority", "Priorität")
    overdue: ClassVar[Column] = computed("overdue|late", "überfällig|verspätet")


Index("ix_risk_inherent_score", Risk.inherent_likelihood * Risk.inherent_impact)  # type: ignore[operator, arg-type]
Index("ix_risk_current_score", Risk.current_likelihood * Risk.current_impact)  # type: ignore[operator, arg-type]
Index("ix_risk_residual_score", Risk.residual_likelihood * Risk.residual_impact)  # type: ignore[operator, arg-type]


class RiskMethod(Row, table=True):
    """A version of the risk method; the newest one that is not retired counts. Its id is the version, M-001."""

    __tablename__ = "risk_method"
    about: ClassVar[About] = about(
        "risk_method", "M", "risk method/risk methods|risk methodology", "Risikomethode/Risikomethoden|Risikomethodik"
    )
    name: str = text("name", "Name", required=True)
    owner: str | None = person("owner|responsible", "Verantwortliche/r")
    definition: dict[str, Any] = Field(
        default_factory=dict, sa_column=SqlColumn(JSON, nullable=False, info={"internal": "the Method of risk_method.py"})
    )
    reason: str = long("reason for the change|reason", "Begründung der Änderung|Begründung")
    effective_from: date | None = day("in force from|effective from", "gültig ab|in Kraft ab")
