"""How people word questions about the catalogue; what is right is read from the files by plain filters, not by our own code."""

import csv
from collections.abc import Iterable

import pytest

from assistant.answering import catalogue
from knowledge.controls import FRAMEWORKS

Row = dict[str, str]


def rows(name: str) -> list[Row]:
    with (FRAMEWORKS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


ISO = rows("iso27001-2022")
CONTROLS = [row for row in ISO if row["kind"] == "control"]
TYPE, PROPERTY, CONCEPT = "control_type", "security_properties", "cybersecurity_concepts"
CAPABILITY, DOMAIN = "operational_capabilities", "security_domains"


def pick(found: Iterable[Row], **wanted: str) -> set[str]:
    """Ids of the rows whose cells are exactly so."""
    return {row["id"] for row in found if all(row[column] == value for column, value in wanted.items())}


def tagged(column: str, *values: str) -> set[str]:
    return {row["id"] for row in CONTROLS if set(values) <= set(row[column].split(";"))}


def only(column: str, value: str) -> set[str]:
    return {row["id"] for row in CONTROLS if row[column] == value}


def themed(theme: str) -> set[str]:
    return pick(CONTROLS, theme=theme)


def new() -> set[str]:
    return pick(CONTROLS, new_in_2022="yes")


def clauses_below(id_: str) -> set[str]:
    return {row["id"] for row in ISO if row["kind"] == "subclause" and row["id"].startswith(f"{id_}.")}


def requirements_of(group: str) -> set[str]:
    return pick(rows("iec62443-3-3"), kind="requirement", parent_id=group)


def mapped(file: str, id_2022: str, column: str) -> set[str]:
    return {row[column] for row in rows(file) if row["id_2022"] == id_2022}


def old(id_2022: str) -> set[str]:
    return mapped("map-2013-2022", id_2022, "id_2013")


def csf(id_2022: str) -> set[str]:
    return mapped("map-2022-csf", id_2022, "id_csf")


def attacks(**wanted: str) -> set[str]:
    return {row["atlas_id"] for row in rows("atlas") if all(value in row[column].split(";") for column, value in wanted.items())}


QUESTIONS = [
    ("which ones are detective and physical", tagged(TYPE, "Detective") & themed("Physical")),
    ("new and physical?", new() & themed("Physical")),
    ("preventive and corrective?", tagged(TYPE, "Preventive", "Corrective")),
    ("nur detektiv?", only(TYPE, "Detective")),
    ("welche davon sind korrektiv", tagged(TYPE, "Corrective")),
    ("integrity only?", only(PROPERTY, "Integrity")),
    ("which ones are tagged with availability only", only(PROPERTY, "Availability")),
    ("all controls that count as corrective, also mixed ones", tagged(TYPE, "Corrective")),
    ("which ones count as resilience", tagged(DOMAIN, "Resilience")),
    ("controls with concept respond and recover", tagged(CONCEPT, "Respond", "Recover")),
    ("how many contorls have 'Detect' as cybersecurity consept", tagged(CONCEPT, "Detect")),
    ("controls tagged identify but not protect", tagged(CONCEPT, "Identify") - tagged(CONCEPT, "Protect")),
    ("welche Maßnahmen tragen das Konzept Wiederherstellung", tagged(CONCEPT, "Recover")),
    ("which controls fall under the domain protection", tagged(DOMAIN, "Protection")),
    ("Welche Maßnahmen gehören zur Domäne Abwehr", tagged(DOMAIN, "Defence")),
    ("which conrols belong to asset managment", tagged(CAPABILITY, "Asset_management")),
    ("welche gehören zu Supplier relationships security", tagged(CAPABILITY, "Supplier_relationships_security")),
    ("list evrything tagged governance and ecosystem", tagged(DOMAIN, "Governance_and_Ecosystem")),
    ("welche Maßnamen schützen nur Verfügbarkiet", only(PROPERTY, "Availability")),
    ("tagged availability but not integrity", tagged(PROPERTY, "Availability") - tagged(PROPERTY, "Integrity")),
    ("which conrols are prevntive and detectve", tagged(TYPE, "Preventive", "Detective")),
    ("wich phisical controls are new", new() & themed("Physical")),
    ("Präventivmaßnahmen im Thema Personal", tagged(TYPE, "Preventive") & themed("People")),
    ("Verfügbarkeits-Controls", tagged(PROPERTY, "Availability")),
    ("kannst du mir die korrektiven Maßnahmen zeigen", tagged(TYPE, "Corrective")),
    ("i need a list of the organizational detective controls", tagged(TYPE, "Detective") & themed("Organizational")),
    ("wie viele Controls sind 2022 neu dazugekommen", new()),
    ("how many controls has annex a got today", pick(CONTROLS)),
    ("what is in A.7", themed("Physical")),
    ("alles unter A.6", themed("People")),
    ("detective controls in A.8", tagged(TYPE, "Detective") & themed("Technological")),
    ("which controls from A.5.24 to A.5.28 are corrective", tagged(TYPE, "Corrective") & {f"A.5.{n}" for n in range(24, 29)}),
    ("sub-clauses of 9", clauses_below("9")),
    ("sub clauses of 9.2", clauses_below("9.2")),
    ("welche Unterabschnitte hat Abschnitt 8", clauses_below("8")),
    ("which SRs sit under FR 7", requirements_of("FR 7")),
    ("SRs under FR 5 restriced data flow", requirements_of("FR 5")),
    ("welche Anforderungen gehören zu FR 1", requirements_of("FR 1")),
    ("SRs under restricted data flow", requirements_of("FR 5")),
    ("which FRs are there", pick(rows("iec62443-3-3"), kind="foundational-requirement")),
    ("GV.SC subcategories", pick(rows("nist-csf-2.0"), parent_id="GV.SC")),
    ("NIST CSF categories under Govern", pick(rows("nist-csf-2.0"), parent_id="GV")),
    ("2013 controls in A.12", {id_ for id_ in pick(rows("iso27001-2013"), kind="control") if id_.startswith("A.12.")}),
    ("42001 controls under A.6.2", pick(rows("iso42001"), kind="control", parent_id="A.6.2")),
    ("csf 2.0 subcategories for A.8.24", csf("A.8.24")),
    ("CSF-Unterkategorien zu A.8.8", csf("A.8.8")),
    ("A.8.15 in csf", csf("A.8.15")),
    ("was deckt A.8.9 in NIST CSF ab", csf("A.8.9")),
    ("welche 62443-Anforderungen passen zu A.8.2", mapped("map-2022-62443", "A.8.2", "id_62443")),
    ("which 42001 controls go with A.5.19", mapped("map-2022-42001", "A.5.19", "id_42001")),
    ("welche alten Nummern stecken in A.8.32", old("A.8.32")),
    ("which 2013 control became A.8.31", old("A.8.31")),
    ("old ids for A.8.8", old("A.8.8")),
    ("aus welchen 2013er Controls ist A.8.26 geworden", old("A.8.26")),
    ("which attacks do you know in the group denial of service on AI", attacks(guide_threat="Denial of service on AI systems")),
    ("list threats in the group adversarial inputs", attacks(guide_threat="Adversarial inputs")),
    ("Bedrohungen der Gruppe Modellinversion", attacks(guide_threat="Model inversion")),
    ("which threats are ai-specific", attacks(guide_group="AI-specific")),
    ("which threats hit availability", attacks(security_properties_hit="Availability")),
    ("list all amended clauses 2024", pick(ISO, kind="subclause", changed_by_amd1_2024="yes")),
    ("Welche Abschnitte hat die Klima-Änderung 2024 betroffen?", pick(ISO, kind="subclause", changed_by_amd1_2024="yes")),
    ("controls where only the C of CIA is tagged, no I and no A", only(PROPERTY, "Confidentiality")),
    ("Die elf Neuen: welche davon stehen im technologischen Teil?", new() & themed("Technological")),
    ("Was ist 2022 neu dazugekommen und nicht technologisch?", new() - themed("Technological")),
    ("how many of the 93 were not there before", new()),
    ("Which annex A controls did the 2013 edition not have?", new()),
    ("which controls already existed in 2013", pick(CONTROLS) - new()),
    ("Anwendungssicherheitsmaßnahmen", tagged(CAPABILITY, "Application_security")),
    ("Recover-Maßnahmen, aber nur die technologischen", tagged(CONCEPT, "Recover") & themed("Technological")),
    ("controls covering respond and recover", tagged(CONCEPT, "Respond", "Recover")),
    (
        "Maßnahmen, die nicht allen drei Schutzzielen dienen",
        pick(CONTROLS) - tagged(PROPERTY, "Confidentiality", "Integrity", "Availability"),
    ),
    ("Welche Maßnahmen haben mit Verfügbarkeit nichts zu tun?", pick(CONTROLS) - tagged(PROPERTY, "Availability")),
    ("ISO 42001, Gruppe A.7 Daten: zähl die Maßnahmen auf", pick(rows("iso42001"), kind="control", parent_id="A.7")),
    ("controls of 2022 that replace exactly two of 2013", {id_ for id_ in pick(CONTROLS) if len(old(id_)) == 2}),
    ("2022er Maßnahmen, die mindestens vier alte ersetzen", {id_ for id_ in pick(CONTROLS) if len(old(id_)) >= 4}),
    (
        'every control with capability "continuity" or "event management"',
        tagged(CAPABILITY, "Continuity") | tagged(CAPABILITY, "Information_security_event_management"),
    ),
]


@pytest.mark.parametrize(("question", "wanted"), QUESTIONS, ids=[question for question, _ in QUESTIONS])
def test_wording_selects_what_the_files_say(question: str, wanted: set[str]) -> None:
    query = catalogue.parse(question, "en")
    assert query is not None
    result = catalogue.run(query)
    assert wanted, "the filter of the test finds nothing"
    assert ({row[0] for row in result.rows}, result.total) == (wanted, len(wanted))
    assert catalogue.run_canonical(result.canonical) == result


@pytest.mark.parametrize(
    ("question", "id_", "columns"),
    [
        ("is A.8.13 preventive or corrective", "A.8.13", [TYPE]),
        ("which security properties does cabling security protect, C I or A", "A.7.12", [PROPERTY]),
        ("A.5.30 welches Thema und ist die neu?", "A.5.30", ["theme", "new_in_2022"]),
        ("which concepts does threat intelligence carry", "A.5.7", [CONCEPT]),
        ("does A.8.6 protect availability", "A.8.6", [PROPERTY]),
        ("Welche Fähigkeit hat Konfigurationsmanagement", "A.8.9", [CAPABILITY]),
        ("which security domain is web filtering in", "A.8.23", [DOMAIN]),
        ("Welche Maßnahmenart ist A.6.4", "A.6.4", [TYPE]),
        ("is data masking new in 2022", "A.8.11", ["new_in_2022"]),
        ("what attributes does A.8.16 have", "A.8.16", ["theme", TYPE, PROPERTY, CONCEPT, CAPABILITY, DOMAIN, "new_in_2022"]),
    ],
)
def test_attributes_of_one_control_are_a_table_of_its_cells(question: str, id_: str, columns: list[str]) -> None:
    query = catalogue.parse(question, "en")
    assert query is not None
    result = catalogue.run(query)
    [row] = [row for row in CONTROLS if row["id"] == id_]
    assert result.rows == [[id_, row["title"], *(row[column].replace("_", " ").replace(";", ", ") for column in columns)]]
    assert result.source_ids == [f"iso27001-2022:{id_}"]
    assert catalogue.run_canonical(result.canonical) == result


@pytest.mark.parametrize(
    ("question", "about"),
    [
        ("which 2013 control became A.8.31", ("iso27001-2022:A.8.31",)),
        ("csf 2.0 subcategories for A.8.24", ("iso27001-2022:A.8.24",)),
        ("which SRs sit under FR 7", ("iec62443-3-3:FR 7",)),
        ("Welche Unterlagen verlangt 9.2.2", ("iso27001-2022:9.2.2",)),
        ("Which controls are only corrective?", ()),
    ],
)
def test_result_says_which_entries_the_question_named(question: str, about: tuple[str, ...]) -> None:
    query = catalogue.parse(question, "en")
    assert query is not None
    assert catalogue.run(query).about == about


NEAR_MISSES = """
which controls do we need for the new camera
how do I list my assets
what are preventive maintenance rules for spindles
which suppliers are critical
how many USB sticks are red
which new people start on monday
how many people are new
what is availability
was ist Verfügbarkeit
what is governance
what does integrity mean
which defective controls were replaced on line 3
who has physical access to the server room
is the new robot cell physical
which technical people can reset the HMI
how high is the availability of press 2
which type of lock does the cabinet need
which type of badge do visitors get
what kind of information backup do we run
is the physical entry open on sunday
which domain is our mail server in
which domain controller is new
what capability does the new scanner have
which concept do we have for emergency power
Welches Konzept haben wir für Notstrom
Welche Maßnahmen brauchen wir für die neue Kamera
Welche Lieferanten sind kritisch
wie viele Leute sind neu
welche technischen Zeichnungen sind neu
Welche Korrekturmaßnahmen sind offen
wie viele Korrekturmaßnahmen gibt es
Verfügbarkeitskonzept für die Halle 2
Ist A.8.13 bei uns umgesetzt
was bedeutet A.7.4
which evidence do we have for A.8.13
which risks link to A.8.13
what changed in A.8.13 last week
which attacks hit us last year
which threats did the pentest find
are there threats to our camera model
what should I do about phishing
which control valve is new
how many control cabinets are in hall 2
which control panel controls the oven
new controls on the oven panel
what function does the light barrier have
which category is this incident
which requirements does the customer have
which numbers are on the badge
which parts are physical spares
which documents does the supplier need
is the key cabinet tagged
what belongs to asset management
what are the types of USB sticks
only people with badges?
nur Personal?
which preventive measures against dust
which type of cable for cabling security
does the firewall protect availability
what do preventive controls cost
docs for the new oven
which docs are for the gate
what is the new number of the gate
which threats affect the line
controls in the cell
which controls are in the cabinet
what is in the cabinet
everything under the bench
which new docs came in
new and heavy?
which integrity tests are there
only availability of the press counts
which ones are red
which of the new ones is heavy
A.8.24 in the 2013 edition
how many functions are there
categories of waste
what attributes does the part have
AI model 2.1 was replaced by 2.2, who signed that
mandatory documents for forklift drivers
what must be documented when a PLC program is changed
42001 A.11
A.9.1 in 27001:2022
clause 9.2 of 27001:2013
Gibt es in der 2022er Ausgabe ein A.10?
what domain does the camera use
which theme does the intranet have
""".strip().splitlines()


@pytest.mark.parametrize("question", NEAR_MISSES)
def test_near_miss_is_no_query(question: str) -> None:
    assert catalogue.parse(question, "en") is None


@pytest.mark.parametrize(
    ("question", "canonical"),
    [
        ("controls under A.6 of 42001", "catalogue iso42001 | kind control | id under A.6 | in en"),
        ("what belongs to SPE 7 of 62443-2-1", "catalogue iec62443-2-1 | kind requirement | id under SPE 7 | in en"),
        ("27001 controls for DE.CM-01", "catalogue iso27001-2022 | kind control | id maps nist-csf-2.0:DE.CM-01 | in en"),
        ("list the controls with type corrective in section 8", None),
        ("which of the 8.x controls are corrective", None),
        ("A.7.1 through A.7.3", "catalogue iso27001-2022 | kind control | id between A.7.1 or A.7.3 | in en"),
        ("controls tagged #Availability but not #Confidentiality", None),
        ("controls with more than five CSF subcategories", "catalogue iso27001-2022 | kind control | nist-csf-2.0 atleast 6 | in en"),
    ],
)
def test_question_names_the_framework_or_the_theme_in_passing(question: str, canonical: str | None) -> None:
    query = catalogue.parse(question, "en")
    assert query
    result = catalogue.run(query)
    assert result.rows
    assert canonical is None or result.canonical == canonical
    if "8" in question and canonical is None:
        assert {row[0] for row in result.rows} == {"A.8.7", "A.8.13", "A.8.16"}


def test_requirements_against_a_technique_are_those_of_the_threat_table_alone() -> None:
    query = catalogue.parse("which 62443 requirements help against AML.T0020", "en")
    assert query
    assert [row[0] for row in catalogue.run(query).rows] == ["SR 2.1", "SR 3.4"]


def test_words_that_had_no_part_in_a_relation_are_named() -> None:
    query = catalogue.parse("which 62443 requirements map to A.5.17 for the weld robot", "en")
    assert query and query.unused == ("weld", "robot")


def test_value_inside_a_longer_one_is_not_a_condition_of_its_own() -> None:
    query = catalogue.parse("information protection controls in the people theme", "en")
    assert query and [one.field for group in query.where for one in group] == ["operational_capabilities", "theme"]
