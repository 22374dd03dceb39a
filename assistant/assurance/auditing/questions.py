"""What auditors ask: the questions of `knowledge/rehearsal`, with who is asked and what in the company's own state answers them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

import knowledge
from assistant.assurance.auditing import selection
from assistant.assurance.auditing.selection import Selection
from knowledge import controls
from knowledge.controls import ISO_2022
from knowledge.errors import BadKnowledge
from knowledge.registers.columns import Codes

FOLDER = Path(knowledge.__file__).with_name("rehearsal")
TEXTS = ("en", "de", "good_en", "good_de", "next_en", "next_de")
THEMES = Codes(
    vision=("AI vision line", "KI-Sichtprüfung"),
    release=("model release", "Modellfreigabe"),
    training_data=("training data", "Trainingsdaten"),
    images=("camera images and works council", "Kamerabilder und Betriebsrat"),
    edge=("edge devices", "Edge-Geräte"),
    cloud=("cloud AI and its vendors", "Cloud-KI und ihre Anbieter"),
    plc=("PLC and OT", "SPS und OT"),
    historian=("historian", "Prozessdatenarchiv"),
    network=("networks and zones", "Netze und Zonen"),
    remote=("remote access of integrators", "Fernzugriff von Integratoren"),
    access=("accounts and rights", "Konten und Rechte"),
    change=("changes", "Änderungen"),
    development=("development", "Entwicklung"),
    supplier=("suppliers and contracts", "Lieferanten und Verträge"),
    customer=("customers and law", "Kunden und Recht"),
    incident=("incidents", "Vorfälle"),
    continuity=("outage and restart", "Ausfall und Wiederanlauf"),
    night=("night shift", "Nachtschicht"),
    site=("doors, rooms, cabinets", "Türen, Räume, Schränke"),
    people=("people and skills", "Menschen und Können"),
    documents=("documents", "Dokumente"),
    risk=("risks and treatment", "Risiken und Behandlung"),
    audit=("audits and findings", "Audits und Feststellungen"),
    governance=("leading and steering", "Führung und Steuerung"),
)
ASKED = Codes(
    isms_manager=("ISMS manager", "ISMS-Verantwortliche/r"),
    plant_manager=("plant manager", "Werkleitung"),
    risk_owner=("risk owner", "Risikoeigentümer/in"),
    model_owner=("owner of the AI model", "Modellverantwortliche/r"),
    data_scientist=("data scientist", "Data Scientist"),
    ot_engineer=("OT engineer", "OT-Ingenieur/in"),
    it_admin=("IT administrator", "IT-Administrator/in"),
    shift_lead=("shift lead", "Schichtleitung"),
    operator=("machine operator", "Anlagenbediener/in"),
    maintenance=("maintenance", "Instandhaltung"),
    quality=("quality manager", "Qualitätsleitung"),
    purchasing=("purchasing", "Einkauf"),
    logistics=("logistics planner", "Logistikplanung"),
    hr=("human resources", "Personalabteilung"),
    training_lead=("training lead", "Schulungsleitung"),
    data_protection=("data protection officer", "Datenschutzbeauftragte/r"),
    works_council=("works council", "Betriebsrat"),
    legal=("legal department", "Rechtsabteilung"),
    internal_auditor=("internal auditor", "interne/r Auditor/in"),
    project_lead=("project lead", "Projektleitung"),
    facility=("site security and facilities", "Werkschutz und Gebäude"),
    document_control=("document control", "Dokumentenlenkung"),
    finance=("finance", "Controlling"),
)
_KNOWN = {"id", "for", "about", "who", *TEXTS, "rows", "gaps", "late", "evidence", "document"}


@dataclass(frozen=True)
class Question:
    """One question. `requirements` are clauses and controls, `themes` and `who` are codes.

    Of `rows` there should be some, of `gaps` none (a record lacks what it needs), of `late` none (something is past its day); `evidence` are
    the clauses and controls for which evidence should stand in its register, `document` is what approved documents are asked.
    """

    id: str
    requirements: tuple[str, ...]
    themes: tuple[str, ...]
    who: str
    texts: Mapping[str, str]
    rows: tuple[Selection, ...] = ()
    gaps: tuple[Selection, ...] = ()
    late: tuple[Selection, ...] = ()
    evidence: tuple[str, ...] = ()
    document: str = ""

    def text(self, language: str) -> str:
        """The question, in `de` or `en`."""
        return self.texts[language]

    def good(self, language: str) -> str:
        """What a good answer shows."""
        return self.texts[f"good_{language}"]

    def follow_up(self, language: str) -> str:
        """What is asked next."""
        return self.texts[f"next_{language}"]


@cache
def questions() -> tuple[Question, ...]:
    """All questions, in the order of clauses and controls. Raises BadKnowledge with the file and id of one that is not in its form."""
    found = [_question(path.name, entry) for path in sorted(FOLDER.glob("*.yaml")) for entry in yaml.safe_load(path.read_text("utf-8"))]
    order = {id_: place for place, id_ in enumerate(requirements())}
    return tuple(sorted(found, key=lambda one: order[one.requirements[0]]))


@cache
def requirements() -> Mapping[str, str]:
    """id -> short title of every sub-clause of 4 to 10 and every control of Annex A, in their order."""
    catalogue = controls.catalogue()
    entries = [entry for entry in catalogue.entries(ISO_2022) if entry.kind in ("subclause", "control")]
    return {entry.id: entry.title for entry in sorted(entries, key=lambda entry: (entry.id.startswith("A."), _numbers(entry.id)))}


def within(id_: str, part: str) -> bool:
    """Whether a clause or control lies within a part: `9.2.1` in `9`, `9.2` and `9.2.1`, `A.8.13` in `A`, `A.8` and `A.8.13`."""
    return id_ == part or id_.startswith(f"{part}.")


def chosen(clause: str = "", theme: str = "") -> tuple[Question, ...]:
    """The questions about a clause, control or group of them, and a theme. Raises BadKnowledge for one that there is not."""
    if theme and theme not in THEMES:
        raise BadKnowledge(f"{theme}: there is no such theme; there are {', '.join(THEMES)}.")
    if clause and not any(within(id_, clause) for id_ in requirements()):
        raise BadKnowledge(f"{clause}: this is no clause of 4 to 10 and no control; write 9, 9.2, A.8 or A.8.13.")
    return tuple(
        one
        for one in questions()
        if (not clause or any(within(id_, clause) for id_ in one.requirements)) and (not theme or theme in one.themes)
    )


def _question(file: str, entry: Mapping[str, Any]) -> Question:
    where = f"{file}: {entry.get('id', '?')}"
    wrong = [name for name in entry if name not in _KNOWN] + [name for name in TEXTS if not isinstance(entry.get(name), str)]
    ids = tuple(str(id_) for id_ in entry.get("for", ()))
    wrong += [id_ for id_ in (*ids, *map(str, entry.get("evidence", ()))) if id_ not in requirements()]
    wrong += [theme for theme in entry.get("about", ()) if theme not in THEMES]
    if wrong or not ids or entry.get("who") not in ASKED:
        raise BadKnowledge(f"{where} is not in its form: {', '.join(wrong) or 'for, who'}.")
    lines = {name: tuple(selection.read(line) for line in entry.get(name, ())) for name in ("rows", "gaps", "late")}
    return Question(
        str(entry["id"]), ids, tuple(entry.get("about", ())), entry["who"], {name: entry[name] for name in TEXTS}, **lines,
        evidence=tuple(map(str, entry.get("evidence", ()))), document=entry.get("document", ""),
    )  # fmt: skip


def _numbers(id_: str) -> list[int]:
    return [int(part) for part in id_.removeprefix("A.").split(".")]
