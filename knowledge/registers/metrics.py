"""Key figures and what was measured."""

from datetime import date
from typing import ClassVar

from knowledge.registers.columns import About, Codes, about, code, day, decimal, link, long, owner, text
from knowledge.registers.rows import Row

DIRECTIONS = Codes(
    True,
    up=("higher is better|up|higher|at least|increase|max|maximize", "höher ist besser|mindestens|steigend"),
    down=("lower is better|down|lower|at most|decrease|min|minimize", "niedriger ist besser|höchstens|fallend"),
)


class Kpi(Row, table=True):
    """A key figure: what it says, how it is worked out, where it should be."""

    about: ClassVar[About] = about(
        "kpi", "KPI", "KPI/KPIs|key figure/key figures|metric/metrics", "Kennzahl/Kennzahlen|KPI/KPIs",
        header="id,name,definition,formula,source,unit,target,direction,owner,action_when_missed",
    )  # fmt: skip
    name: str = text("name|title", "Name|Titel", required=True, index=True)
    definition: str = long("definition", "Definition")
    formula: str = long("formula", "Formel")
    data_source: str = text("source|data source", "Quelle|Datenquelle", head="source")
    unit: str = text("unit", "Einheit")
    target: float | None = decimal("target", "Zielwert|Ziel")
    direction: str = code(DIRECTIONS, "direction", "Richtung")
    owner: str | None = owner()
    action_when_missed: str = long("action when missed", "Maßnahme bei Verfehlen")
    ai_system: str | None = link("ai_system", "AI system", "KI-System")
    threshold: float | None = decimal("threshold|alarm threshold", "Schwelle|Alarmschwelle")
    measure: str = text("computed as", "berechnet als")


class Measurement(Row, table=True):
    """One value of a key figure on one day; never changed, a correction is a newer row with a note."""

    about: ClassVar[About] = about(
        "measurement", "ME", "measurement/measurements|value/values", "Messung/Messungen|Messwert/Messwerte|Wert/Werte",
        header="kpi,date,value,note", key="kpi,measured_on", append_only=True, digits=5,
    )  # fmt: skip
    kpi: str | None = link("kpi", "KPI|key figure", "Kennzahl|KPI", required=True)
    measured_on: date | None = day("date|measured on", "Datum|gemessen am", head="date", required=True)
    value: float | None = decimal("value", "Wert", required=True)
    note: str = long("note|remark", "Notiz|Bemerkung")
    sample_size: float | None = decimal("sample size", "Stichprobengröße", low=0)
    numerator: float | None = decimal("numerator", "Zähler")
    denominator: float | None = decimal("denominator", "Nenner")
