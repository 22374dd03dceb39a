"""Ids in questions: found where they are meant, left alone where a number is something else, explained in every reading."""

import csv
from pathlib import Path

import pytest

from assistant.answering import identifiers
from knowledge import controls

CLASHES = list(csv.DictReader((Path(__file__).parent / "data" / "id_clashes.csv").open(encoding="utf-8")))

SPELLINGS = list(csv.DictReader((Path(__file__).parent / "data" / "id_spellings.csv").open(encoding="utf-8")))
"""Ways to write an id, or a number that is none; ids are parted by semicolons, with a status where it is not found or ambiguous."""


@pytest.mark.parametrize("row", SPELLINGS, ids=lambda row: row["question"])
def test_ids_are_read_however_they_are_spelt(row: dict[str, str]) -> None:
    wanted = [one.strip() for one in row["ids"].split(";") if one.strip()]
    found = [(one.id, one.status) for one in identifiers.find(row["question"])]
    plain = [id_ if status in (identifiers.FOUND, identifiers.AMBIGUOUS) and id_ in wanted else f"{id_} {status}" for id_, status in found]
    assert plain == wanted


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("8.24", [("A.8.24", "found")]),
        ("what is 8.24?", [("A.8.24", "found")]),
        ("Is a8.24 done?", [("A.8.24", "found")]),
        ("A.8.24.", [("A.8.24", "found")]),
        ("Are we A.8.24-compliant", [("A.8.24", "found")]),
        ("explain 27002 8.24", [("A.8.24", "found")]),
        ("Was fordert Maßnahme 8.24?", [("A.8.24", "found")]),
        ("What does A.8.2 say?", [("A.8.2", "ambiguous")]),
        ("A/8.24", [("A.8.24", "found")]),
        ("A.08.24", [("A.8.24", "found")]),
        ("Maßnahme 8,24", [("A.8.24", "found")]),
        ("contrl a.8.24", [("A.8.24", "found")]),
        ("controls 8.25-8.27", [("A.8.25", "found"), ("A.8.26", "found"), ("A.8.27", "found")]),
        ("RS MA-04", [("RS.MA-04", "found")]),
        ("T0020", [("AML.T0020", "found")]),
        ("ticket T0999", []),
        ("CR 1.1", [("CR 1.1", "found")]),
        ("old A.12.4.1", [("A.12.4.1", "withdrawn")]),
        ("A.8.2 in the 2013 edition", [("A.8.2", "withdrawn")]),
        ("Was war A.9.2.3 in der alten Norm?", [("A.9.2.3", "withdrawn")]),
        ("A.10 from the old standard", [("A.10", "withdrawn")]),
        ("ISO 42001 A.8.2", [("A.8.2", "found")]),
        ("What is A.11.2 in ISO 42001?", [("A.11.2", "unknown")]),
        ("42001 A.11.2", [("A.11.2", "unknown")]),
        ("A.8.24 in ISO 27001:2013", [("A.8.24", "unknown")]),
        ("what corresponds to A.8.13 in NIST CSF", [("A.8.13", "found")]),
        ("Which 2013 controls were merged into A.5.14?", [("A.5.14", "found")]),
        ("Which ISO 42001 controls relate to A.5.19", [("A.5.19", "found")]),
        ("A.6.9 and A.7.15", [("A.6.9", "unknown"), ("A.7.15", "unknown")]),
        ("clause 11.2", [("11.2", "unknown")]),
        ("SR 8.1", [("SR 8.1", "unknown")]),
        ("AML.T9999", [("AML.T9999", "unknown")]),
        ("A.19.1.1", [("A.19.1.1", "unknown")]),
        ("A.5.38", [("A.5.38", "unknown")]),
        ("A.8.35", [("A.8.35", "unknown")]),
        ("Is A12 patched?", [("A12", "unclear")]),
        ("clauses 4.1 to 4.4", [("4.1", "found"), ("4.2", "found"), ("4.3", "found"), ("4.4", "found")]),
        ("A.8.15, 8.16 und 8.17", [("A.8.15", "found"), ("A.8.16", "found"), ("A.8.17", "found")]),
        ("was sagt Abschnitt 6.1.2?", [("6.1.2", "found")]),
        ("Kapitel 9.2 der ISO 27001", [("9.2", "found")]),
        ("section 9.2 of ISO 27001", [("9.2", "found")]),
        ("what does ISO 27001 9.2 ask", [("9.2", "found")]),
        ("what does 8.1 require", [("8.1", "ambiguous")]),
        ("clause 8.1", [("8.1", "found")]),
        ("control 8.1", [("A.8.1", "ambiguous")]),
        ("What about 10.1?", [("10.1", "ambiguous")]),
        ("old clause 9.3", [("9.3", "withdrawn")]),
        ("clause 6.1.4 of ISO 42001", [("6.1.4", "found")]),
        ("SR 1.1 RE 1", [("SR 1.1 RE 1", "found")]),
        ("ID.AM-01 and GV.SC", [("ID.AM-01", "found"), ("GV.SC", "found")]),
        ("A,8.24", [("A.8.24", "found")]),
        ("A.8,24 bitte", [("A.8.24", "found")]),
        ("A8-24", [("A.8.24", "found")]),
        ("A.5.07", [("A.5.7", "found")]),
        ("annex-a 8.23", [("A.8.23", "found")]),
        ("control #8.24", [("A.8.24", "found")]),
        ("Abs. 9.3", [("9.3", "found")]),
        ("req. 8.2 of 27001", [("8.2", "ambiguous")]),
        ("9.1 a", [("9.1", "found")]),
        ("10.3 of ISO 27001", [("10.3", "unknown")]),
        ("what was A.5.15 in 2013", [("A.5.15", "found")]),
        ("A.9.1 in 27001:2022", [("A.9.1", "unknown")]),
        ("ISO 27001:2022 A.9.2.3", [("A.9.2.3", "withdrawn")]),
        ("A.8.100", [("A.8.100", "unknown")]),
        ("A.8.15/16", [("A.8.15", "found"), ("A.8.16", "found")]),
        ("A.5.24-26", [("A.5.24", "found"), ("A.5.25", "found"), ("A.5.26", "found")]),
        ("A.5.19,A.5.20", [("A.5.19", "found"), ("A.5.20", "found")]),
        ("SR 1.1, 1.2 and 1.3", [("SR 1.1", "found"), ("SR 1.2", "found"), ("SR 1.3", "found")]),
        ("A.8.13 and 5 more", [("A.8.13", "found")]),
        ("zcr-5", [("ZCR 5", "found")]),
        ("sr 2,4", [("SR 2.4", "found")]),
        ("USER-1.9", [("USER 1.9", "found")]),
        ("net 1.1 in 62443", [("NET 1.1", "found")]),
        ("NET 4.1", [("NET 4.1", "unknown")]),
        ("PR.DS 01, pr.aa05 and PRAA-03", [("PR.DS-01", "found"), ("PR.AA-05", "found"), ("PR.AA-03", "found")]),
        ("ATLAS T0020", [("AML.T0020", "found")]),
        ("A 12", [("A12", "unclear")]),
    ],
)
def test_ids_in_a_question_are_found(question: str, expected: list[tuple[str, str]]) -> None:
    found = identifiers.find(question)
    assert [(mention.id, mention.status) for mention in found] == expected
    assert all(question[mention.start : mention.end] == mention.text for mention in found)


@pytest.mark.parametrize(
    "question",
    [
        "TLS 1.2 on the gateway",
        "Do we use version 8.24 of WinCC?",
        "server 192.168.8.24 is down",
        "the audit is on 12.5.",
        "Termin am 12.5. um 8.30 Uhr",
        "the fine is 8.1 million euro",
        "8.5 % of the budget",
        "Who owns IS-PRO-05?",
        "OPC UA part 4.2",
        "section 4.2 of the backup procedure",
        "Abschnitt 4.2 der Arbeitsanweisung",
        "Kapitel 3.1 in IS-PRO-05",
        "IS-PRO-05 section 4.2",
        "A-012",
        "R-007",
        "F-2026-003",
        "DIN A4 paper",
        "A4 paper in the printer",
        "Python 3.11",
        "OpenSSL 1.1.1",
        "CVSS score is 9.8",
        "between 8.15 and 8.30 am",
        "a 12 month period",
        "A 12 month plan",
        "Ausgang A 4.2 schaltet nicht",
        "12.5.2026",
        "12.05.2026",
        "CSF 2.0",
        "temperature of 8.5 degrees",
        "firmware 5.1 on the PLC",
        "at 9.2 bar",
        "WLAN 2.4 GHz",
        "an average of 8.2 days",
        "line 3.2 stopped",
        "user 1 cannot log in",
        "SR-001",
        "§ 4.2 of our contract with the integrator",
        "IEC 62443-3-3",
        "release 6.1.2 of the MES",
        "Robot 7.1 moves",
        "Die Maschine läuft mit 8.1 bar",
        "Ubuntu 22.04",
        "seit 9.2. krank",
        "10.1.0.5",
        "8:15",
        "€ 8.50",
        "8,24",
        "Raum A.2.14 ist offen",
        "motor A.3.1 trips",
        "gate A7 does not close",
        "can I park the A6 in front of hall 2",
        "how do I print on A4 or A3",
        "our .NET 4.8 app needs admin rights",
        "NET 4.8 framework must be installed",
        "DATA 1 TB disk died",
        "COMP 3.1 compressor fails",
        "SR 71 sensor is broken",
        "Fr 5.12. um 9 Uhr",
        "version 6.1.3 and 6.1.2 of the MES client",
        "PCI DSS requirement 8.2",
        "",
    ],
)
def test_numbers_that_are_something_else_are_left_alone(question: str) -> None:
    assert identifiers.find(question) == []


@pytest.mark.parametrize(
    ("question", "language", "said"),
    [
        ("A.12.4.1", "en", 'A.12.4.1 "Event logging" is a 2013 number and withdrawn; its successor is A.8.15 Logging.'),
        (
            "A.12.4.1",
            "de",
            "A.12.4.1 „Event logging“ ist eine Nummer der Ausgabe 2013 und zurückgezogen; Nachfolger ist A.8.15 Protokollierung.",
        ),
        ("A.5.7", "en", 'In ISO/IEC 27001:2022, A.5.7 is the control "Threat intelligence", new in that edition.'),
        (
            "A.8.35",
            "en",
            "A.8.35 does not exist in any standard of the catalogue: A.8 ends with A.8.34 Protection of information systems during audit testing.",
        ),
        ("A12", "en", "A12 can be the asset A-012 of the register or A.12 of a standard: which one do you mean?"),
        ("SR 8.1", "de", "SR 8.1 gibt es nicht in IEC 62443-3-3:2013."),
        (
            "clause 4.1",
            "en",
            'In ISO/IEC 27001:2022, 4.1 is the clause "Understanding the organization and its context", changed by Amendment 1:2024.',
        ),
        ("clause 11.2", "en", "Clause 11.2 does not exist in any standard of the catalogue."),
    ],
)
def test_first_statement_says_what_the_id_is(question: str, language: str, said: str) -> None:
    assert identifiers.explain(identifiers.find(question)[0], language)[0].text == said


def test_merged_control_names_all_it_replaces() -> None:
    said = identifiers.explain(identifiers.find("A.5.14")[0], "en")
    assert {"iso27001-2013:A.13.2.1", "iso27001-2013:A.13.2.2", "iso27001-2013:A.13.2.3"} <= set(said[1].source_ids)
    assert all(title in said[1].text for title in ("Agreements on information transfer", "Electronic messaging"))


def test_swapped_clauses_say_what_they_are_in_the_other_edition() -> None:
    said = [statement.text for statement in identifiers.explain(identifiers.find("clause 10.2")[0], "en")]
    assert "10.2 of the 2022 edition corresponds to 10.1 Nonconformity and corrective action in the 2013 edition." in said
    assert "10.2 of the 2013 edition corresponds to 10.1 Continual improvement in the 2022 edition." in said


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("clash", CLASHES, ids=lambda clash: clash["id"])
def test_clash_is_answered_for_each_reading_2022_first(clash: dict[str, str], language: str) -> None:
    (mention,) = identifiers.find(f"What is {clash['id']}?")
    statements = identifiers.explain(mention, language)
    readings = controls.look_up(clash["id"])
    assert [statement.source_ids[0] for statement in statements[: len(readings)]] == [reading.source_id for reading in readings]
    assert all(reading.named(language) in statement.text for reading, statement in zip(readings, statements, strict=False))
    assert all(controls.catalogue().by_source(source_id) for statement in statements for source_id in statement.source_ids)


@pytest.mark.parametrize(
    ("question", "more"), [("Nachfolger von A.17.1.1", False), ("Maßnahme 8.13 bitte erklären", False), ("fake the proof for A.8.13", True)]
)
def test_what_a_question_says_besides_its_ids(question: str, more: bool) -> None:
    assert identifiers.says_more(identifiers.find(question), question) is more


def test_component_requirement_leads_to_its_system_requirement() -> None:
    said = identifiers.explain(identifiers.find("CR 1.1")[0], "en")[0]
    assert "IEC 62443-4-2" in said.text and said.source_ids == ("iec62443-3-3:SR 1.1",)
