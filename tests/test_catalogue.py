"""Questions about the catalogue: read as an exact query, run, and run again from the printed form."""

import csv

import pytest

from assistant.answering import catalogue
from knowledge.controls import FRAMEWORKS
from knowledge.errors import BadKnowledge

CONTROLS = [row for row in csv.DictReader((FRAMEWORKS / "iso27001-2022.csv").open(encoding="utf-8")) if row["kind"] == "control"]


def answered(question: str, language: str = "en") -> catalogue.CatalogueResult:
    query = catalogue.parse(question, language)
    assert query is not None, question
    return catalogue.run(query)


def ids(question: str) -> list[str]:
    return [row[0] for row in answered(question).rows]


@pytest.mark.parametrize(
    ("question", "total", "canonical"),
    [
        ("Which controls are only corrective?", 5, "iso27001-2022 | kind control | control_type only Corrective"),
        ("how many controls are preventive", 83, "iso27001-2022 | kind control | control_type is Preventive | count"),
        (
            "Which physical controls are not preventive?",
            0,
            "iso27001-2022 | kind control | theme is Physical | control_type lacks Preventive",
        ),
        (
            "physical controls that are not preventive",
            0,
            "iso27001-2022 | kind control | theme is Physical | control_type lacks Preventive",
        ),
        ("Which controls are both detective and corrective?", 3, "iso27001-2022 | kind control | control_type all Detective or Corrective"),
        ("list all detective or corrective controls", 24, "iso27001-2022 | kind control | control_type is Detective or Corrective"),
        ("How many controls does Annex A have?", 93, "iso27001-2022 | kind control | count"),
        ("How many physical controls are there?", 14, "iso27001-2022 | kind control | theme is Physical | count"),
        ("Wie viele Maßnahmen hat Anhang A?", 93, "iso27001-2022 | kind control | count"),
        ("Welche Maßnahmen sind nur korrektiv?", 5, "iso27001-2022 | kind control | control_type only Corrective"),
        ("Welche 2022er Controls haben keinen Vorgänger?", 11, "iso27001-2022 | kind control | iso27001-2013 unlinked -"),
        ("which controls are new in 2022", 11, "iso27001-2022 | kind control | new_in_2022 is yes"),
        ("How many new controls by theme?", 11, "iso27001-2022 | kind control | new_in_2022 is yes | by theme | count"),
        ("new controls by theme", 11, "iso27001-2022 | kind control | new_in_2022 is yes | by theme"),
        ("new technological controls", 7, "iso27001-2022 | kind control | theme is Technological | new_in_2022 is yes"),
        ("what corresponds to A.8.13 in NIST CSF?", 3, "nist-csf-2.0 | kind subcategory | id maps iso27001-2022:A.8.13"),
        ("which 62443 requirements belong to access control", 38, "iec62443 | kind requirement | topic topic Access control"),
        ("which 2013 controls were merged into A.5.14", 3, "iso27001-2013 | kind control | id maps iso27001-2022:A.5.14"),
        ("mapped to GV.SC", 17, "iso27001-2022 | kind subclause or control | id maps nist-csf-2.0:GV.SC"),
        ("which controls are mapped to GV.SC?", 11, "iso27001-2022 | kind control | id maps nist-csf-2.0:GV.SC"),
        ("which ISO 42001 controls relate to A.5.19", 2, "iso42001 | kind control | id maps iso27001-2022:A.5.19"),
        ("which controls help against model poisoning", 20, "iso27001-2022 | kind control | threat answers model poisoning"),
        ("Which ATLAS techniques touch A.8.12", 12, "atlas | kind technique | id maps iso27001-2022:A.8.12"),
        ("which controls mention supplier in their title", 3, "iso27001-2022 | kind control | title contains supplier"),
        ("Which 2013 controls were split?", 1, "iso27001-2013 | kind control | iso27001-2022 links 2"),
        ("which controls merge several 2013 controls", 24, "iso27001-2022 | kind control | iso27001-2013 links 2"),
        ("list of mandatory documents and records", 17, "documents | kind clause document or clause record"),
        ("Which documents are mandatory?", 17, "documents | kind clause document or clause record"),
        ("Welche Dokumente sind verpflichtend?", 17, "documents | kind clause document or clause record"),
        ("which records are required by the clauses", 9, "documents | kind clause record"),
        ("which documents are only required if the control is applicable", 19, "documents | kind control document or control record"),
        ("Which AI-specific documents are required?", 5, "documents | kind AI-specific document"),
        ("Which clauses require documented information?", 14, "iso27001-2022 | kind subclause | documented_information_required is yes"),
        ("Which clauses were changed by Amendment 1:2024?", 2, "iso27001-2022 | kind subclause | changed_by_amd1_2024 is yes"),
        ("list the A.7 controls", 14, "iso27001-2022 | kind control | id under A.7"),
        ("How many controls are in A.8?", 34, "iso27001-2022 | kind control | id under A.8 | count"),
        ("controls from A.8.1 to A.8.9", 9, "iso27001-2022 | kind control | id between A.8.1 or A.8.9"),
        (
            "which controls have the operational capability physical security",
            16,
            "iso27001-2022 | kind control | operational_capabilities is Physical_security",
        ),
        (
            "controls with capability supplier relationships security",
            7,
            "iso27001-2022 | kind control | operational_capabilities is Supplier_relationships_security",
        ),
        ("Which controls protect availability only?", 2, "iso27001-2022 | kind control | security_properties only Availability"),
        ("Which controls support the concept Recover?", 6, "iso27001-2022 | kind control | cybersecurity_concepts is Recover"),
        ("which contorls are detectve", 13, "iso27001-2022 | kind control | control_type is Detective"),
        (
            "Welche physischen Maßnahmen sind nicht präventiv?",
            0,
            "iso27001-2022 | kind control | theme is Physical | control_type lacks Preventive",
        ),
        (
            "Welche Maßnahmen schützen nur die Vertraulichkeit?",
            6,
            "iso27001-2022 | kind control | security_properties only Confidentiality",
        ),
        ("How many controls did the 2013 edition have?", 114, "iso27001-2013 | kind control | count"),
        ("how many requirements does IEC 62443-3-3 have", 51, "iec62443-3-3 | kind requirement | count"),
        ("How many ISO 42001 controls are there?", 38, "iso42001 | kind control | count"),
        ("first 5 detective controls", 13, "iso27001-2022 | kind control | control_type is Detective | first 5"),
        ("Which controls are preventive, sorted by title", 83, "iso27001-2022 | kind control | control_type is Preventive | sort title"),
        ("What does A.12.4.1 correspond to in 2022?", 1, "iso27001-2022 | kind subclause or control | id maps iso27001-2013:A.12.4.1"),
        ("Which NIST CSF subcategories map to A.5.15?", 6, "nist-csf-2.0 | kind subcategory | id maps iso27001-2022:A.5.15"),
        ("what is the 62443 counterpart of A.8.22", 10, "iec62443 | kind requirement | id maps iso27001-2022:A.8.22"),
        ("Welche 62443 Anforderungen entsprechen A.8.22?", 10, "iec62443 | kind requirement | id maps iso27001-2022:A.8.22"),
        ("Which controls have no counterpart in ISO 42001?", 44, "iso27001-2022 | kind control | iso42001 unlinked -"),
        ("How many controls per theme?", 93, "iso27001-2022 | kind control | by theme | count"),
        ("neither preventive nor detective controls", 5, "iso27001-2022 | kind control | control_type lacks Preventive or Detective"),
        ("which controls are in the security domain Resilience", 8, "iso27001-2022 | kind control | security_domains is Resilience"),
        (
            "which controls are tagged Governance_and_Ecosystem",
            27,
            "iso27001-2022 | kind control | security_domains is Governance_and_Ecosystem",
        ),
        (
            "organizational controls without availability",
            0,
            "iso27001-2022 | kind control | theme is Organizational | security_properties lacks Availability",
        ),
        ("which people controls are detective", 1, "iso27001-2022 | kind control | theme is People | control_type is Detective"),
        ("welche Maßnahmen helfen gegen Prompt Injection", 6, "iso27001-2022 | kind control | threat answers prompt injection"),
        ("Which mitigations relate to A.8.24?", 4, "atlas | kind mitigation | id maps iso27001-2022:A.8.24"),
        ("What documents does clause 6.1.3 require?", 3, "documents | kind clause document or clause record | reference is 6.1.3"),
        ("what replaced A.9.2.3?", 1, "iso27001-2022 | kind subclause or control | id maps iso27001-2013:A.9.2.3"),
        ("which 2022 controls replace A.12.6.2", 1, "iso27001-2022 | kind control | id maps iso27001-2013:A.12.6.2"),
        (
            "How many controls are preventive or detective?",
            88,
            "iso27001-2022 | kind control | control_type is Preventive or Detective | count",
        ),
        (
            "Which controls cover integrity and availability but not confidentiality?",
            3,
            "iso27001-2022 | kind control | security_properties all Integrity or Availability | security_properties lacks Confidentiality",
        ),
        ("what corresponds to SR 5.1?", 3, "iso27001-2022 | kind subclause or control | id maps iec62443-3-3:SR 5.1"),
        ("which controls are not new", 82, "iso27001-2022 | kind control | new_in_2022 is no"),
        ("Welche Controls sind neu seit 2022?", 11, "iso27001-2022 | kind control | new_in_2022 is yes"),
        ("Welche technologischen Maßnahmen sind neu?", 7, "iso27001-2022 | kind control | theme is Technological | new_in_2022 is yes"),
        ("Nenne alle personenbezogenen Maßnahmen", 8, "iso27001-2022 | kind control | theme is People"),
        (
            "Wie viele Controls sind detektiv und korrektiv?",
            3,
            "iso27001-2022 | kind control | control_type all Detective or Corrective | count",
        ),
        ("Welche Maßnahmen aus 2013 wurden in A.8.8 zusammengefasst?", 2, "iso27001-2013 | kind control | id maps iso27001-2022:A.8.8"),
        ("Was entspricht A.8.13 in NIST CSF?", 3, "nist-csf-2.0 | kind subcategory | id maps iso27001-2022:A.8.13"),
        ("Welche ATLAS-Techniken betreffen A.8.12?", 12, "atlas | kind technique | id maps iso27001-2022:A.8.12"),
        ("Welche Maßnahmen haben Lieferant im Titel?", 3, "iso27001-2022 | kind control | title contains lieferant"),
        ("Zeig mir die ersten 3 korrektiven Maßnahmen", 14, "iso27001-2022 | kind control | control_type is Corrective | first 3"),
        (
            "Welche Abschnitte verlangen dokumentierte Information?",
            14,
            "iso27001-2022 | kind subclause | documented_information_required is yes",
        ),
        ("Welche Abschnitte wurden durch Amendment 1 geändert?", 2, "iso27001-2022 | kind subclause | changed_by_amd1_2024 is yes"),
        ("Welche Aufzeichnungen fordern die Abschnitte?", 9, "documents | kind clause record"),
        (
            "Welche Dokumente sind nur verpflichtend, wenn die Maßnahme anwendbar ist?",
            19,
            "documents | kind control document or control record",
        ),
        ("Wie viele Anforderungen hat IEC 62443-3-3?", 51, "iec62443-3-3 | kind requirement | count"),
        ("Wie viele 2013er Controls gibt es?", 114, "iso27001-2013 | kind control | count"),
        ("Welche Maßnahmen haben keine Entsprechung in IEC 62443?", 18, "iso27001-2022 | kind control | iec62443 unlinked -"),
        ("What are the successors of A.9.4?", 5, "iso27001-2022 | kind subclause or control | id maps iso27001-2013:A.9.4"),
        ("Which 2013 controls have two successors?", 1, "iso27001-2013 | kind control | iso27001-2022 links 2"),
        (
            "Which controls are organizational and detective?",
            2,
            "iso27001-2022 | kind control | theme is Organizational | control_type is Detective",
        ),
        (
            "Which controls are organizational or detective?",
            48,
            "iso27001-2022 | kind control | theme is Organizational or else control_type is Detective",
        ),
        (
            "Which ISO 42001 controls help against training data poisoning?",
            8,
            "iso42001 | kind control | threat answers training data poisoning",
        ),
        ("Which ATLAS techniques are about prompt injection?", 2, "atlas | kind technique | threat answers prompt injection"),
        ("What is the predecessor of A.8.24?", 2, "iso27001-2013 | kind subclause or control | id maps iso27001-2022:A.8.24"),
        ("How many NIST CSF subcategories are there?", 106, "nist-csf-2.0 | kind subcategory | count"),
        ("what is the counterpart of A.12.4.1 in NIST CSF", 2, "nist-csf-2.0 | kind subcategory | id maps iso27001-2013:A.12.4.1"),
        ('which controls contain the word "access" in the title', 5, "iso27001-2022 | kind control | title contains access"),
        ("List the objectives of the 2013 edition", 35, "iso27001-2013 | kind objective"),
        ("Welche KI-spezifischen Dokumente gibt es?", 5, "documents | kind AI-specific document"),
        (
            "which people controls protect confidentiality but not integrity",
            1,
            "iso27001-2022 | kind control | theme is People | security_properties is Confidentiality | security_properties lacks Integrity",
        ),
        ("list the mandatory documents for ISO 27001", 17, "documents | kind clause document or clause record"),
        (
            "controls that are corrective but not preventive",
            6,
            "iso27001-2022 | kind control | control_type is Corrective | control_type lacks Preventive",
        ),
        ("list the foundational requirements of 62443", 7, "iec62443-3-3 | kind foundational-requirement"),
    ],
)
def test_question_is_an_exact_query_that_runs_again_with_the_same_result(question: str, total: int, canonical: str) -> None:
    result = answered(question)
    assert (result.canonical, result.total) == (f"catalogue {canonical} | in en", total)
    assert catalogue.run_canonical(result.canonical) == result
    assert len(result.source_ids) == len(result.rows)
    assert all(len(row) == len(result.columns) for row in result.rows)


@pytest.mark.parametrize(
    "question",
    [
        "how do we list our assets",
        "What does A.8.2 say?",
        "Which controls are not implemented yet?",
        "which controls apply to the PLC?",
        "Which preventive controls do we have on line 3?",
        "How many open findings are there?",
        "what is access control",
        "Who owns control A.8.13?",
        "What physical controls do we need for the server room?",
        "Which access controls are needed for contractors?",
        "what is the difference between A.8.15 and A.8.16?",
        "Welche Maßnahmen sind überfällig?",
        "which documents are overdue?",
        "How do I report an incident?",
        "What is A.8.2 in the 2013 edition?",
        "Which risks have no owner?",
        "what technical controls protect the historian from ransomware",
        "What does ISO 42001 require for data quality?",
        "List all suppliers",
        "which corrective actions are open",
        "Which requirements apply to passwords?",
        "how many controls are there on the HMI",
        "Is an access control policy mandatory?",
        "which evidence does an auditor want for A.8.13",
        "how many people work in security",
        "was fordert A.8.24?",
        "What are physical security perimeters?",
        "Which controls of the machine stop the press?",
        "What is new in our backup procedure?",
        "Which records must we keep for calibration?",
        "Which documents must visitors sign?",
        "How many controls were changed?",
        "Which controls are about backup?",
        "Which technical controls detect something?",
        "What do you know?",
        "which documents do new employees have to sign",
        "Which control requires backups?",
        "How many people need access to the control room?",
        "Which clauses of the contract cover availability?",
    ],
)
def test_question_about_something_else_is_no_query(question: str) -> None:
    assert catalogue.parse(question, "en") is None


@pytest.mark.parametrize(
    "column", ["control_type", "security_properties", "cybersecurity_concepts", "operational_capabilities", "security_domains"]
)
def test_every_tag_selects_the_rows_of_the_file(column: str) -> None:
    for value in sorted({value for row in CONTROLS for value in row[column].split(";")}):
        wanted = [row["id"] for row in CONTROLS if value in row[column].split(";")]
        assert ids(f"Which controls are tagged {value}?") == wanted, value


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("Which controls are only corrective?", ["A.5.24", "A.5.26", "A.5.28", "A.5.30", "A.8.13"]),
        ("Which controls are both detective and corrective?", ["A.5.7", "A.8.7", "A.8.16"]),
        ("what corresponds to A.8.13 in NIST CSF?", ["PR.DS-11", "RC.RP-03", "RC.RP-06"]),
        ("which 2013 controls were merged into A.5.14", ["A.13.2.1", "A.13.2.2", "A.13.2.3"]),
        ("Which 2013 controls were split?", ["A.18.2.3"]),
        ("which controls mention supplier in their title", ["A.5.19", "A.5.20", "A.5.22"]),
        ("Welche 2022er Controls haben keinen Vorgänger?", [row["id"] for row in CONTROLS if row["new_in_2022"] == "yes"]),
        ("list the A.7 controls", [row["id"] for row in CONTROLS if row["theme"] == "Physical"]),
        ("Which clauses were changed by Amendment 1:2024?", ["4.1", "4.2"]),
    ],
)
def test_result_lists_exactly_these(question: str, wanted: list[str]) -> None:
    assert ids(question) == wanted


def test_prompt_injection_leads_to_the_controls_of_its_threats() -> None:
    wanted: set[str] = set()
    for row in csv.DictReader((FRAMEWORKS / "atlas.csv").open(encoding="utf-8")):
        if "Prompt Injection" in row["atlas_name"]:
            wanted |= set(row["controls_27001_2022"].split(";"))
    assert set(ids("which controls help against prompt injection")) == wanted


def test_sentence_and_heads_are_in_the_language_of_the_question() -> None:
    result = answered("Welche Maßnahmen sind nur korrektiv?", "de")
    assert result.columns == ["Id", "Titel", "Maßnahmenart"]
    assert result.rows[-1] == ["A.8.13", "Sicherung von Informationen (Backup)", "korrektiv"]
    assert result.sentence_de.startswith("5 Maßnahmen von ISO/IEC 27001:2022 (Maßnahmenart nur korrektiv): A.5.24 ")
    assert result.sentence_en.startswith("5 controls of ISO/IEC 27001:2022 (Control type only Corrective): A.5.24 ")


def test_first_n_cuts_the_rows_and_keeps_the_total() -> None:
    result = answered("first 5 detective controls")
    assert (len(result.rows), result.total) == (5, 13)


def test_number_per_theme_is_a_table_of_counts() -> None:
    assert answered("How many new controls by theme?").rows == [["Organizational", "3"], ["Physical", "1"], ["Technological", "7"]]


def test_document_rests_on_the_clause_that_demands_it() -> None:
    result = answered("What documents does clause 6.1.3 require?")
    assert result.source_ids == ["iso27001-2022:6.1.3"] * 3


@pytest.mark.parametrize(
    "text",
    [
        "",
        "catalogue",
        "catalogue iso9001 | kind control | in en",
        "catalogue iso27001-2022 | kind control | theme resembles Physical | in en",
    ],
)
def test_text_that_is_no_query_is_refused(text: str) -> None:
    with pytest.raises(BadKnowledge):
        catalogue.run_canonical(text)
