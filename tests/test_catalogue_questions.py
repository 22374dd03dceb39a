"""Questions of auditors, shift leads, trainees and consultants, about the catalogue and its ids.

What is right comes from the files by plain filters, not by our own code.
"""

import csv
from collections import Counter
from collections.abc import Callable

import pytest

from assistant.answering import catalogue, identifiers
from knowledge.controls import FRAMEWORKS

Row = dict[str, str]
Wanted = dict[str, str | tuple[str, ...]]


def rows(name: str) -> list[Row]:
    with (FRAMEWORKS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


ISO = rows("iso27001-2022")
CONTROLS = [row for row in ISO if row["kind"] == "control"]
MOVED = rows("map-2013-2022")
COLUMNS = {
    "theme": "theme",
    "type": "control_type",
    "prop": "security_properties",
    "concept": "cybersecurity_concepts",
    "cap": "operational_capabilities",
    "dom": "security_domains",
}


def parts(cell: str) -> set[str]:
    return set(filter(None, cell.split(";")))


def several(value: str | tuple[str, ...]) -> set[str]:
    return {value} if isinstance(value, str) else set(value)


def ctl(
    no: Wanted | None = None,
    only: Wanted | None = None,
    some: Wanted | None = None,
    n: dict[str, Callable[[int], bool]] | None = None,
    new: bool | None = None,
    **every: str | tuple[str, ...],
) -> set[str]:
    """Ids of the controls with every value, none of `no`, exactly `only`, one of `some`, and as many as `n` says."""
    found = set()
    for row in CONTROLS:
        held = {name: parts(row[column]) for name, column in COLUMNS.items()}
        fits = [several(value) <= held[name] for name, value in every.items()]
        fits += [not several(value) & held[name] for name, value in (no or {}).items()]
        fits += [several(value) == held[name] for name, value in (only or {}).items()]
        fits += [bool(several(value) & held[name]) for name, value in (some or {}).items()]
        fits += [test(len(held[name])) for name, test in (n or {}).items()]
        fits += [(row["new_in_2022"] == "yes") == new] if new is not None else []
        found |= {row["id"]} if all(fits) else set()
    return found


def olds(id_2022: str) -> set[str]:
    return {row["id_2013"] for row in MOVED if row["id_2022"] == id_2022}


def news(id_2013: str) -> set[str]:
    return {row["id_2022"] for row in MOVED if row["id_2013"] == id_2013}


def a42(id_2022: str) -> set[str]:
    return {row["id_42001"] for row in rows("map-2022-42001") if row["id_2022"] == id_2022}


def from42(id_42001: str) -> set[str]:
    return {row["id_2022"] for row in rows("map-2022-42001") if row["id_42001"] == id_42001}


def s62(id_2022: str, part: str = "") -> set[str]:
    found = [row for row in rows("map-2022-62443") if row["id_2022"] == id_2022]
    return {row["id_62443"] for row in found if row["standard_62443"].startswith(f"IEC 62443-{part}")}


def from62(id_62443: str) -> set[str]:
    return {row["id_2022"] for row in rows("map-2022-62443") if row["id_62443"] == id_62443}


def csf(id_2022: str, function: str = "") -> set[str]:
    return {row["id_csf"] for row in rows("map-2022-csf") if row["id_2022"] == id_2022 and row["id_csf"].startswith(function)}


def fromcsf(id_csf: str) -> set[str]:
    return {row["id_2022"] for row in rows("map-2022-csf") if row["id_csf"] == id_csf}


def thr(id_2022: str) -> set[str]:
    return {row["atlas_id"] for row in rows("atlas") if id_2022 in parts(row["controls_27001_2022"])}


def fromthr(atlas_id: str) -> set[str]:
    return set().union(*(parts(row["controls_27001_2022"]) for row in rows("atlas") if row["atlas_id"] == atlas_id))


def docinfo(below: str = "") -> set[str]:
    return {row["id"] for row in ISO if row["documented_information_required"] == "yes" and row["id"].startswith(below)}


def amd() -> set[str]:
    return {row["id"] for row in ISO if row["changed_by_amd1_2024"] == "yes"}


def odom(domain: str) -> set[str]:
    return {row["id"] for row in rows("iso27001-2013") if row["kind"] == "control" and row["id"].startswith(f"{domain}.")}


def succ(domain: str) -> set[str]:
    return set().union(*(news(id_) for id_ in odom(domain)))


def add(domain: str) -> set[str]:
    [row] = [row for row in rows("map-guide-domains") if row["domain_2013"] == domain]
    return parts(row["new_2022_controls_to_add"])


def title(id_: str) -> str:
    return next(row["title"] for row in ISO if row["id"] == id_)


def counterparts(column: str, other: str, name: str) -> Counter[str]:
    """How many different ids of `other` each id of a column of a mapping has."""
    return Counter(one for one, _ in {(row[column], row[other]) for row in rows(name)})


def old_of_each() -> Counter[str]:
    return counterparts("id_2022", "id_2013", "map-2013-2022")


def most(amounts: Counter[str]) -> set[str]:
    return {id_ for id_, number in amounts.items() if number == max(amounts.values())}


def unmapped(name: str) -> set[str]:
    return {row["id"] for row in CONTROLS} - {row["id_2022"] for row in rows(name)}


def kind(framework: str, name: str, under: str = "") -> set[str]:
    return {row["id"] for row in rows(framework) if row["kind"] == name and row["id"].startswith(under)}


QUESTIONS_OF_OTHER_KINDS = [
    ("which control has the most 2013 predecessors", most(old_of_each())),
    ("Welche Maßnahme hat die meisten Vorgänger von 2013?", most(old_of_each())),
    ("which control absorbed the largest number of 2013 controls", most(old_of_each())),
    ("Which current controls were put together from more than one old one?", {id_ for id_, n in old_of_each().items() if n > 1}),
    ("controls that map to more than three old controls", {id_ for id_, n in old_of_each().items() if n > 3}),
    ("which old control ended up in two places", {id_ for id_, n in counterparts("id_2013", "id_2022", "map-2013-2022").items() if n == 2}),
    ("which control has the most operational capabilities", {"A.5.37"}),
    ("welche Maßnahme hat die meisten Gegenstücke in der 42001", {"A.5.9"}),
    ("welche Maßnahmen haben keine Entsprechung im KI-Standard", unmapped("map-2022-42001")),
    ("what does the AI management standard have for A.5.2", a42("A.5.2")),
    ("A.8.22 in IEC sixty-two four four three", s62("A.8.22")),
    ("A.16.1.5 in the current edition", news("A.16.1.5")),
    ("42001 A.6.2.6 in 27001 terms", from42("A.6.2.6")),
    ("do A.5.7 and A.8.16 share a concept", {"A.5.7", "A.8.16"}),
    ("which controls do nothing but correct", ctl(only={"type": "Corrective"})),
    ("controls just for identify", ctl(only={"concept": "Identify"})),
    ("everything but preventive in the technological theme", ctl(theme="Technological", no={"type": "Preventive"})),
    ("physical controls other than preventive-only", ctl(theme="Physical") - ctl(only={"type": "Preventive"})),
    ("controls that help to detect", ctl(concept="Detect")),
    ("Maßnahmen, die beim Wiederherstellen helfen", ctl(concept="Recover")),
    ("organizational controls for responding", ctl(theme="Organizational", concept="Respond")),
    ("org. controls, detect, list", ctl(theme="Organizational", concept="Detect")),
    ("all of section A.6", ctl(theme="People")),
    ("wieviel personenbezogene gibts", ctl(theme="People")),
    ("new ctrls tech theme prev only", ctl(theme="Technological", new=True, only={"type": "Preventive"})),
    ("secure config controls that are new", ctl(cap="Secure_configuration", new=True)),
    ("network security capability: only technological ones", ctl(cap="System_and_network_security", theme="Technological")),
    ("Welche Abschnitte betrifft die Klimaänderung von 2024?", amd()),
    ("amd1 clauses pls", amd()),
    ("Which main clauses does ISO 27001 have?", kind("iso27001-2022", "clause")),
    ("wie viele Domänen hatte die Ausgabe 2013", kind("iso27001-2013", "domain")),
    ("control objectives of domain A.9 in 2013", kind("iso27001-2013", "objective", "A.9.")),
    ("number of the control on web filtering", {"A.8.23"}),
    ("what number has threat intelligence", {"A.5.7"}),
    ("is there a control about clear desk", {"A.7.7"}),
    ("what's the id of the clear desk control", {"A.7.7"}),
    ("which SR is about audit log accessibility", {"SR 6.1"}),
    ("which 42001 control is called AI policy", {"A.2.2"}),
    ("AML.T0020 welche Maßnahmen", fromthr("AML.T0020")),
    ("which FR does SR 3.4 belong to", {"FR 3"}),
]


QUESTIONS = [
    ("which of the eleven new controls only protect confidentiality?", ctl(new=True, only={"prop": "Confidentiality"})),
    ("Welche Maßnahmen wirken gegen AML.T0043?", fromthr("AML.T0043") or fromthr("AML.T0043.000")),
    ("Welche Maßnahmen sind entweder detektiv oder korrektiv?", ctl(some={"type": ("Detective", "Corrective")})),
    ("which new 2022 controls go with the old A.14", add("A.14")),
    ("how many 27001 controls map to SR 2.1", from62("SR 2.1")),
    ("controls with more than one control type in the people theme", ctl(theme="People", n={"type": lambda k: k > 1})),
    ("Welche neuen Maßnahmen ergänzt der Leitfaden bei A.12 von 2013?", add("A.12")),
    ("Welche Angriffe deckt A.8.26 ab?", thr("A.8.26")),
    ("which annex a controls does DE.CM-01 point to", set(fromcsf("DE.CM-01"))),
    ("Welche Klauseln hat das Amendment betroffen?", amd()),
    ("Welche Maßnahmen aus 27001 gehören zu SR 2.1?", from62("SR 2.1")),
    ("how many physical controls are only preventive?", ctl(theme="Physical", only={"type": "Preventive"})),
    ("How many controls protect all three properties?", ctl(n={"prop": lambda k: k == 3})),
    ("Welche Maßnahmen haben mehr als zwei Konzepte?", ctl(n={"concept": lambda k: k > 2})),
    ("controls that do not cover all three of confidentiality, integrity and availability", ctl(n={"prop": lambda k: k < 3})),
    ("Which parts of clause 6 need documented information?", docinfo("6.")),
    ("Nenne mir die Maßnahmen, die nur ein Schutzziel haben", ctl(n={"prop": lambda k: k == 1})),
    ("purely detective technological controls pls", ctl(theme="Technological", only={"type": "Detective"})),
    ("Which controls have only Protect as their concept?", ctl(only={"concept": "Protect"})),
    ("Wie viele physische Maßnahmen sind keine rein präventiven?", ctl(theme="Physical") - ctl(only={"type": "Preventive"})),
    ("Which controls are only detective?", ctl(only={"type": "Detective"})),
    ("Welche Kapitel hat das Amendment 2024 geändert?", amd()),
    ("Maßnahmen mit mindestens drei Fähigkeiten", ctl(n={"cap": lambda k: k >= 3})),
    ("how many clauses did amendment 1 change", amd()),
    ("what in ISO 27001 corresponds to SR 7.3?", from62("SR 7.3")),
    ("how many atlas techniques relate to A.8.24", thr("A.8.24")),
    ("Welche Bedrohungen mindert A.8.12?", thr("A.8.12")),
    ("Welche Maßnahmen schützen nur die Vertraulichkeit?", ctl(only={"prop": "Confidentiality"})),
    ("which ISO 27001 controls are related to 42001 A.7.2?", from42("A.7.2")),
    ("How many controls protect integrity only?", ctl(only={"prop": "Integrity"})),
    ("which security controls guard availability alone", ctl(only={"prop": "Availability"})),
    ("Welche organisatorischen Maßnahmen sind nicht rein präventiv?", ctl(theme="Organizational") - ctl(only={"type": "Preventive"})),
    ("which clauses call for documented information", docinfo()),
    ("how many clauses changed with Amendment 1:2024?", amd()),
    ("Wie viele Kapitel verlangen dokumentierte Information?", docinfo()),
    ("which sub-clauses of clause 8 demand documented information", docinfo("8.")),
    ("how many clauses require documented information", docinfo()),
    ("controls against AML.T0029", fromthr("AML.T0029")),
    ("Wieviele Abschnitte hat Amendment 1 geändert?", amd()),
    ("which clause or control belongs to ZCR 1", from62("ZCR 1")),
    ("Which controls have at least three operational capabilities?", ctl(n={"cap": lambda k: k >= 3})),
    ("Give me the list of new controls that are only preventive", ctl(new=True, only={"type": "Preventive"})),
    ("Gib mir die rein korrektiven Maßnahmen", ctl(only={"type": "Corrective"})),
    ("Which clauses were changed by Amendment 1?", amd()),
    ("Welche Maßnahmen gab es 2013 noch nicht?", ctl(new=True)),
    ("Which controls would you call detective?", ctl(type="Detective")),
    ("type = detective, theme = technological", ctl(theme="Technological", type="Detective")),
    ("A.5.18 was merged from which old ones?", olds("A.5.18")),
    ("Zeige alle Maßnahmen mit Konzept Reagieren", ctl(concept="Respond")),
    ("Which controls have no predecessor in 2013?", ctl(new=True)),
    ("Hi, could someone send me all corrective technological controls?", ctl(theme="Technological", type="Corrective")),
    ("number of technological controls?", ctl(theme="Technological")),
    (
        "Which controls apply the capability Legal and compliance but not Information protection?",
        ctl(cap="Legal_and_compliance", no={"cap": "Information_protection"}),
    ),
    ("Welche technologischen Maßnahmen betreffen die Anwendungssicherheit?", ctl(theme="Technological", cap="Application_security")),
    ("the corrective ones in theme organizational", ctl(theme="Organizational", type="Corrective")),
    ("what did A.13.2.4 turn into", news("A.13.2.4")),
    ("Wohin ist A.14.1.2 gewandert?", news("A.14.1.2")),
    ("What controls fall under both Protection and Resilience domains?", ctl(dom=("Protection", "Resilience"))),
    ("Welche alten Maßnahmen gingen in A.5.29 auf?", olds("A.5.29")),
    ("what are the predecessors of A.5.14", olds("A.5.14")),
    ("technological defence controls", ctl(theme="Technological", dom="Defence")),
    ("Welche 2013er Nummern gehören zu A.5.10?", olds("A.5.10")),
    (
        "organizational controls in the Resilience domain that are not corrective",
        ctl(theme="Organizational", dom="Resilience", no={"type": "Corrective"}),
    ),
    ("count of corrective controls", ctl(type="Corrective")),
    ("what became of 2013 A.12.6.1", news("A.12.6.1")),
    ("which threat and vulnerability management controls exist", ctl(cap="Threat_and_vulnerability_management")),
    ("Which 2013 controls were merged into A.8.32?", olds("A.8.32")),
    ("In how many controls does availability not appear?", ctl(no={"prop": "Availability"})),
    ("supplier relationships security capability: which controls?", ctl(cap="Supplier_relationships_security")),
    ("every organizational control except the preventive ones", ctl(theme="Organizational", no={"type": "Preventive"})),
    ("Welche alten Controls wurden zu A.8.29 zusammengefasst?", olds("A.8.29")),
    ("Which preventive controls recover?", ctl(type="Preventive", concept="Recover")),
    ("How many technological controls don't carry confidentiality?", ctl(theme="Technological", no={"prop": "Confidentiality"})),
]


@pytest.mark.parametrize(
    ("question", "wanted"), [*QUESTIONS, *QUESTIONS_OF_OTHER_KINDS], ids=lambda one: one if isinstance(one, str) else ""
)
def test_question_of_anyone_selects_what_the_files_say(question: str, wanted: set[str]) -> None:
    query = catalogue.parse(question, "en")
    assert query is not None
    result = catalogue.run(query)
    assert wanted, "the filter of the test finds nothing"
    assert ({row[0] for row in result.rows}, result.total) == (wanted, len(wanted))
    assert catalogue.run_canonical(result.canonical) == result


NEAR_MISSES = """
what number has the fire brigade?
which number does the canteen have
Welche Nummer hat der Werkschutz?
is there a control about smoking in hall 3
gibt es eine Maßnahme für den Gabelstapler
who carried out the last control of the conveyor
which controls help the operator recover the robot after an emergency stop
letzte Maßnahme an der Presse erledigt?
what changed in the current edition of our work instruction
the old annex of the building is closed, where do I park
is there a requirement on safety shoes
how many people are on the late shift
what is the number for IT support
which machine has the most failures
which supplier has the most complaints this year
prev. maintenance for line 2, when is it due
the phys. therapist is in on Tuesday?
wie verteilen sich die Schichten auf die Woche
which section is about holidays
name the last person who left
control valve number 8.13 is leaking
number of the control cabinet on line 4
what number has monitoring got on speed dial
which domains does our firewall block
which controls do we need for the new camera
how many USB sticks are red
what are the new rules for visitors
Which preventive maintenance jobs are due this week?
is there a corrective action open for line 3
list all open corrective actions
what are the new passwords rules since 2022
How do I recover a deleted file?
how many cameras protect the gate
Which assets need high availability?
Do we have a policy for cloud services?
who is responsible for access control
what does the standard say about clear desk
which documents are overdue for review
how many findings came from the audit in 2022
How many audits did we do in 2022?
which AI systems are new in 2022
what is the threat level today
can I use ChatGPT for drafting supplier letters
Show me the risks of the technology department
Wie viele Maßnahmen sind bei uns noch offen?
Welche Maßnahmen muss ich bei einem Brand ergreifen?
Welche neuen Regeln gelten für Besucher?
Welche Lieferanten sind kritisch?
Welche Geräte brauchen hohe Verfügbarkeit?
Welche Dokumente sind vertraulich?
Welche Personen dürfen in den Serverraum?
Wie viele Risiken haben keine Maßnahme?
How many controls have we implemented?
Which controls are still open in the statement of applicability?
which controls should I check before the shift starts
what do I do when the detective camera fails
show me the new hires
which corrective measures did we take after the incident
what type of password do I need
which people were trained in 2022
what are the requirements for remote access
Welche Anforderungen stellt der Kunde an uns
was ist heute neu im Werk
which chapters does the manual have
how many documents are missing
which preventive maintenance is required
which categories of data do we process
how do I protect my password
was the backup of line 2 corrective
what controls are in the cockpit of the machine
which threat intelligence feeds do we use
is our data masking good enough
which controls cover robots
Welche Controls brauchen wir für Kameras
what do detective controls look like in practice
Welche technischen Maßnahmen schützen die Steuerungen
how many new machines came in 2022
which detective wrote the report
what are the new features of the MES
which organisational changes are planned
how many controllers are new
what does integrity of training data mean
which identity provider do we use
are there corrective actions for the scratch detection
which asset management tool do we use
how many documents need approval
which physical checks are required before start-up
which recovery time do we have for the MES
what should the people control at the gate
wie viele technische Störungen gab es
Was muss ich bei A12 Papier beachten
welche Anforderungen hat die Maschine an die Verfügbarkeit
which people are corrective action owners
what new machines came this year
who checks the integrity of the backups
how do people recover their password
Welche neuen Kollegen gibt es
wie viele Personen sind in Halle 3
list the physical addresses of the PLCs
""".strip().splitlines()


@pytest.mark.parametrize("question", NEAR_MISSES)
def test_question_about_the_plant_is_no_query(question: str) -> None:
    assert catalogue.parse(question, "en") is None


@pytest.mark.parametrize(
    ("question", "unused"),
    [
        ("Which controls are detective and mapped to PCI DSS?", ("PCI DSS",)),
        ("Which preventive controls correspond to TISAX?", ("TISAX",)),
        ("Welche detektiven Maßnahmen verlangt BSI IT-Grundschutz?", ("BSI IT-Grundschutz",)),
        ("Which NIST CSF subcategories map to A.5.15 and are detective?", ("detective",)),
        ("Which controls are only detective?", ()),
    ],
)
def test_answer_says_which_part_of_the_question_it_did_not_use(question: str, unused: tuple[str, ...]) -> None:
    query = catalogue.parse(question, "en")
    assert query is not None
    result = catalogue.run(query)
    assert query.unused == unused
    assert result.sentence_en.endswith(f"Not taken into account: {', '.join(unused)}.") == bool(unused)
    assert result.sentence_de.endswith(f"Nicht berücksichtigt: {', '.join(unused)}.") == bool(unused)
    assert catalogue.run_canonical(result.canonical) == result


@pytest.mark.parametrize(
    "question",
    [
        "Which controls do not map anywhere?",
        "how many controls has PCI DSS",
        "which controls don't help against phishing",
        "how many controls in 2013 vs 2022",
        "what are the clauses 4 to 10 called",
    ],
)
def test_question_whose_not_or_standard_is_not_understood_is_no_query(question: str) -> None:
    assert catalogue.parse(question, "en") is None


@pytest.mark.parametrize(
    "question",
    [
        "annex a controls without any csf subcategory",
        "did Amendment 1 change any Annex A control",
        "which clauses were changed by the 2024 amendment and require documented information",
    ],
)
def test_question_to_which_nothing_in_the_files_fits_is_answered_with_none(question: str) -> None:
    assert not unmapped("map-2022-csf") and not amd() & docinfo()
    query = catalogue.parse(question, "en")
    assert query is not None and catalogue.run(query).total == 0


@pytest.mark.parametrize(
    ("question", "id_"),
    [("last control of the people theme", "A.6.8"), ("letzte Maßnahme in A.5", "A.5.37"), ("first technological control", "A.8.1")],
)
def test_first_or_last_of_a_theme_is_one_control(question: str, id_: str) -> None:
    query = catalogue.parse(question, "en")
    assert query is not None and [row[0] for row in catalogue.run(query).rows] == [id_]


@pytest.mark.parametrize(
    ("question", "column"),
    [
        ("how many controls are there per theme", "theme"),
        ("wie verteilen sich die Maßnahmen auf die Sicherheitsdomänen", "dom"),
        ("which theme has the fewest controls", "theme"),
        ("which control types exist", "type"),
    ],
)
def test_controls_are_counted_by_the_values_of_an_attribute(question: str, column: str) -> None:
    query = catalogue.parse(question, "en")
    assert query is not None
    result = catalogue.run(query)
    numbers = Counter(value.replace("_", " ") for row in CONTROLS for value in parts(row[COLUMNS[column]]))
    assert {value: int(number) for value, number in result.rows} == numbers
    assert catalogue.run_canonical(result.canonical) == result


def test_requirements_are_counted_by_what_stands_above_them() -> None:
    query = catalogue.parse("how many SRs are there per FR", "en")
    assert query is not None
    numbers = Counter(row["parent_id"] for row in rows("iec62443-3-3") if row["kind"] == "requirement")
    assert {value: int(number) for value, number in catalogue.run(query).rows} == numbers


def test_domain_of_2013_is_translated_with_the_new_controls_beside_it() -> None:
    query = catalogue.parse("Was ist die Domäne A.10 von 2013 heute?", "de")
    assert query is not None
    result = catalogue.run(query)
    assert {row[0] for row in result.rows} == succ("A.10") | add("A.10")
    assert [row[2] for row in result.rows] == ["new in 2022", "merged"]


def explained(question: str) -> str:
    return " ".join(statement.text for mention in identifiers.find(question) for statement in identifiers.explain(mention, "en"))


@pytest.mark.parametrize(
    ("question", "id_"),
    [
        ("ISO/IEC 27001 Annex A.5.9", "A.5.9"),
        ("A.8.20 2013 equivalent", "A.8.20"),
        ("tell me about control a.8.9 pls", "A.8.9"),
        ("control A.7.9 - off-premises?", "A.7.9"),
        ("What is A.5.23?", "A.5.23"),
        ("Annex A 8.16 explain", "A.8.16"),
        ("a.6.7", "A.6.7"),
        ("What does A.8.17 ask of us?", "A.8.17"),
        ("A 5.7", "A.5.7"),
        ("a 8 . 24", "A.8.24"),
        ("A.8. 11", "A.8.11"),
        ("Control A-8.34", "A.8.34"),
        ("Ａ．８．１２", "A.8.12"),
        ("Kontrolle 5.12 bitte", "A.5.12"),
        ("A5.37?", "A.5.37"),
        ("Erklär mir mal A 7.14", "A.7.14"),
        ("8.32 change mgmt", "A.8.32"),
        ("annex a control 5.30", "A.5.30"),
        ("Was bedeutet Maßnahme 7.4?", "A.7.4"),
        ("control 8.24", "A.8.24"),
        ("ISO 27001:2022 A.8.23", "A.8.23"),
        ("A.5.34 - what evidence?", "A.5.34"),
        ("Anhang A 8.30", "A.8.30"),
        ("what does 27001 A 8.34 say", "A.8.34"),
        ("8.24", "A.8.24"),
    ],
)
def test_spelling_of_anyone_finds_the_control_or_clause(question: str, id_: str) -> None:
    said = explained(question)
    assert f"{id_} is the" in said and title(id_) in said


@pytest.mark.parametrize(
    ("question", "id_"),
    [
        ("is A.13.1.1 still current", "A.13.1.1"),
        ("A.11.2.7", "A.11.2.7"),
        ("A.12.6.1", "A.12.6.1"),
        ("A.9.4.3 -> 2022", "A.9.4.3"),
        ("A.18.2.3", "A.18.2.3"),
        ("Gilt A.13.1.3 noch?", "A.13.1.3"),
        ("control 12.6.1 (2013)", "A.12.6.1"),
        ("A.9.2.6 neue Nummer?", "A.9.2.6"),
        ("policy refers to A 15.1.1", "A.15.1.1"),
        ("ISO 27001:2013 Annex A.18.1.4", "A.18.1.4"),
        ("A.9.2.3", "A.9.2.3"),
        ("2013: A.11.2.4", "A.11.2.4"),
        ("A.15.2.1 heute", "A.15.2.1"),
        ("A.11.2.9 still valid?", "A.11.2.9"),
        ("A 12 . 4 . 3", "A.12.4.3"),
        ("A.12.1.3 new number?", "A.12.1.3"),
        ("A.6.1.5 of 2013", "A.6.1.5"),
        ("2013er A.11.1.4", "A.11.1.4"),
        ("neue Nummer von A.8.2.1", "A.8.2.1"),
        ("A.7.2.2 (2013)", "A.7.2.2"),
        ("what is A.14.2.5 called now", "A.14.2.5"),
        ("A 10.1.2", "A.10.1.2"),
    ],
)
def test_id_of_2013_is_said_to_be_withdrawn_and_translated(question: str, id_: str) -> None:
    said = explained(question)
    assert "withdrawn" in said and news(id_)
    assert all(f"{new} {title(new)}" in said for new in news(id_))


@pytest.mark.parametrize(
    ("question", "id_"),
    [
        ("A.5.0", "A.5.0"),
        ("does A.6.10 exist", "A.6.10"),
        ("SR 9.9", "SR 9.9"),
        ("A.5.99", "A.5.99"),
        ("NET 9.9", "NET 9.9"),
        ("SR 1.14", "SR 1.14"),
        ("A.21.1.1", "A.21.1.1"),
        ("GV.XX-01", "GV.XX-01"),
        ("A.19.1", "A.19.1"),
        ("Is there an A.8.35?", "A.8.35"),
        ("A.20.1", "A.20.1"),
        ("A.7.20 Kamera", "A.7.20"),
        ("ZCR 9", "ZCR 9"),
        ("SR 10.1", "SR 10.1"),
        ("what is control 5.38?", "A.5.38"),
        ("clause 13", "13"),
        ("Kapitel 12", "12"),
        ("control 9.15", "A.9.15"),
        ("clause 12.1", "12.1"),
        ("control 8.99", "A.8.99"),
    ],
)
def test_id_that_no_standard_has_is_said_not_to_exist(question: str, id_: str) -> None:
    assert f"{id_.removeprefix('A.')} does not exist" in explained(question)


@pytest.mark.parametrize("question", ["A12", "what is A12?", "a12 please", "A5", "what does A8 mean?", "explain A14", "A9"])
def test_letter_and_number_without_a_dot_is_asked_back(question: str) -> None:
    assert [mention.status for mention in identifiers.find(question)] == ["unclear"]
