import pytest

from knowledge.reading.blocks import Block
from knowledge.reading.headings import as_heading, is_contents_line, line_block, settle

HEADINGS = [
    ("4 Access control", ("4", "Access control", 1)),
    ("4. Access control", ("4", "Access control", 1)),
    ("04 Scope", ("04", "Scope", 1)),
    ("4.2 Reviews", ("4.2", "Reviews", 2)),
    ("4.2.1 Reviews of privileged accounts", ("4.2.1", "Reviews of privileged accounts", 3)),
    ("4.2.1. Reviews", ("4.2.1", "Reviews", 3)),
    ("4.2 – Reviews", ("4.2", "Reviews", 2)),
    ("4.2 Responsibilities:", ("4.2", "Responsibilities", 2)),
    ("5.1a Fernzugriff", ("5.1a", "Fernzugriff", 2)),
    ("A.5.15 Access control", ("A.5.15", "Access control", 3)),
    ("A.5 Organizational controls", ("A.5", "Organizational controls", 2)),
    ("A.8.24 Use of cryptography", ("A.8.24", "Use of cryptography", 3)),
    ("§ 7 Fernwartung", ("§ 7", "Fernwartung", 1)),
    ("§7a Ausnahmen", ("§7a", "Ausnahmen", 1)),
    ("IV. Incident handling", ("IV", "Incident handling", 1)),
    ("I. Zweck", ("I", "Zweck", 1)),
    ("XII. Records", ("XII", "Records", 1)),
    ("B. Scope", ("B", "Scope", 2)),
    ("Annex A Reference controls", ("Annex A", "Reference controls", 1)),
    ("Anhang 2: Formulare", ("Anhang 2", "Formulare", 1)),
    ("Section 4.2 Reviews", ("Section 4.2", "Reviews", 2)),
    ("Kapitel 3 – Rollen", ("Kapitel 3", "Rollen", 1)),
    ("Article 15 Accuracy, robustness and cybersecurity", ("Article 15", "Accuracy, robustness and cybersecurity", 1)),
    ("SR 1.1 Human user identification and authentication", ("SR 1.1", "Human user identification and authentication", 3)),
    ("FR 3 – System integrity", ("FR 3", "System integrity", 2)),
    ("AC-2 ACCOUNT MANAGEMENT", ("AC-2", "ACCOUNT MANAGEMENT", 2)),
    ("3.1 Who may open a session", ("3.1", "Who may open a session", 2)),
    ("3.2 What is an AI system and what must it not do?", ("3.2", "What is an AI system and what must it not do?", 2)),
    ("10 Line down at 3 a.m.", ("10", "Line down at 3 a.m.", 1)),
    ("6.3 “Red” sticks", ("6.3", "“Red” sticks", 2)),
    ("  4.2   Reviews ", ("4.2", "Reviews", 2)),
]
NO_HEADINGS = [
    "",
    "4.2",
    "Reviews",
    "4.2.1 The owner shall review access every quarter.",
    "4.2.1 The owner shall review access every quarter",
    "4.2 Der Eigentümer muss die Rechte prüfen",
    "5.1 Access rights are reviewed by the owner every quarter",
    "a) Scope of the procedure",
    "(b) Roles",
    "1) Switch off the robot",
    "30 days after the audit",
    "30 Tage nach dem Audit",
    "2.5 mm Bohrung",
    "24 Hours of logs",
    "12 January 2026",
    "192.168.10.1 Gateway",
    "12.03.2026 Sitzung",
    "2024 was a good year",
    "150 Machines are connected",
    "4.2 Reviews ........................ 12",
    "4.2 Reviews . . . . . . 12",
    "4 | Access",
    "A. Müller",
    "IV. in the evening",
    "3 of the 4 lines;",
    "4.2 reviews every quarter",
    "SQL-2 injection",
    "1.10 " + "Long title " * 20,
]


@pytest.mark.parametrize(("line", "expected"), HEADINGS, ids=[line for line, _ in HEADINGS])
def test_a_numbered_title_is_a_heading_of_the_level_its_number_tells(line: str, expected: tuple[str, str, int]) -> None:
    assert as_heading(line) == expected


@pytest.mark.parametrize("line", NO_HEADINGS)
def test_a_clause_quantity_date_or_item_is_no_heading(line: str) -> None:
    assert as_heading(line) is None


@pytest.mark.parametrize(
    ("text", "kind", "number", "kept"),
    [
        ("4.2.1 The owner shall review access every quarter.", "text", "4.2.1", "4.2.1 The owner shall review access every quarter."),
        ("A.5.15 Rules to control access shall be established.", "text", "A.5.15", "A.5.15 Rules to control access shall be established."),
        ("§ 7 Die Fernwartung wird vorher freigegeben.", "text", "§ 7", "§ 7 Die Fernwartung wird vorher freigegeben."),
        ("a) the name of the owner;", "item", "a", "a) the name of the owner;"),
        ("(iv) the date of the review.", "item", "iv", "(iv) the date of the review."),
        ("3. Lock the gate before you enter the cell.", "item", "3", "3. Lock the gate before you enter the cell."),
        ("• the shift lead;", "item", "", "the shift lead;"),
        ("- the shift lead", "item", "", "the shift lead"),
        ("2026 brings a new audit cycle.", "text", "", "2026 brings a new audit cycle."),
        ("4.2 Reviews", "heading", "4.2", "4.2 Reviews"),
    ],
)
def test_a_paragraph_is_told_by_its_words(text: str, kind: str, number: str, kept: str) -> None:
    block = line_block(text, page=3)

    assert (block.kind, block.number, block.text, block.page) == (kind, number, kept, 3)


@pytest.mark.parametrize("line", ["1 Scope ...... 3", "Purpose………… 4", "2.1 Roles . . . . . . . 5"])
def test_a_line_of_a_table_of_contents_is_known_by_its_leaders(line: str) -> None:
    assert is_contents_line(line)


def test_short_numbered_steps_are_items_and_the_next_section_is_not() -> None:
    steps = ["1. Switch off the robot", "2. Lock the gate", "3. Call the shift lead"]
    lines = ["4 Stopping a cell", *steps, "Then wait for release.", "5 Records", "Kept for a year."]

    blocks = settle([line_block(line) for line in lines])

    assert [block.kind for block in blocks] == ["heading", "item", "item", "item", "text", "heading", "text"]


def test_sections_with_text_between_them_stay_headings() -> None:
    lines = ["1. Scope", "It covers hall 3.", "2. Roles", "The shift lead decides.", "3. Records", "They are kept."]

    assert [block.kind for block in settle([line_block(line) for line in lines])] == ["heading", "text"] * 3


def test_a_proved_heading_is_never_made_an_item() -> None:
    blocks = [Block("heading", "1 Scope", 1, None, "1"), Block("heading", "2 Roles", 1, None, "2")]

    assert settle(blocks, frozenset((0, 1))) == blocks
