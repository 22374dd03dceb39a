"""The catalogue of frameworks: counts, spellings, readings, and mappings both ways."""

import csv
from pathlib import Path

import pytest

from knowledge import controls
from knowledge.controls import AI, CSF, FRAMEWORKS, ISO_2013, ISO_2022
from knowledge.errors import BadKnowledge

CLASHES = list(csv.DictReader((Path(__file__).parent / "data" / "id_clashes.csv").open(encoding="utf-8")))


def rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((FRAMEWORKS / name).open(encoding="utf-8")))


def ids(spelling: str) -> list[str]:
    return [entry.source_id for entry in controls.look_up(spelling)]


@pytest.mark.parametrize(
    ("framework", "kind", "number"),
    [
        (ISO_2022, "control", 93),
        (ISO_2022, "clause", 7),
        (ISO_2022, "subclause", 34),
        (ISO_2013, "control", 114),
        (ISO_2013, "domain", 14),
        (ISO_2013, "objective", 35),
        (AI, "control", 38),
        ("iec62443-3-3", "requirement", 51),
        ("iec62443-3-3", "foundational-requirement", 7),
        ("iec62443-2-1", "requirement", 87),
        ("iec62443-3-2", "requirement", 9),
        (CSF, "subcategory", 106),
        ("atlas", "mitigation", 35),
        ("documents", "clause document", 8),
        ("documents", "clause record", 9),
    ],
)
def test_every_framework_is_whole(framework: str, kind: str, number: int) -> None:
    assert len(controls.catalogue().entries(framework, kind)) == number


@pytest.mark.parametrize(("theme", "number"), [("Organizational", 37), ("People", 8), ("Physical", 14), ("Technological", 34)])
def test_themes_of_2022_hold_their_controls(theme: str, number: int) -> None:
    assert sum(entry.attribute("theme") == (theme,) for entry in controls.catalogue().entries(ISO_2022, "control")) == number


def test_eleven_controls_are_new_and_have_no_predecessor() -> None:
    new = [entry for entry in controls.catalogue().entries(ISO_2022, "control") if entry.attribute("new_in_2022") == ("yes",)]
    assert len(new) == 11
    assert [entry for entry in new if controls.predecessors(entry.id)] == []


@pytest.mark.parametrize("framework", [ISO_2022, AI, "iec62443-3-3", "iec62443-3-2"])
def test_every_entry_has_a_german_title(framework: str) -> None:
    assert [row["id"] for row in rows(f"{framework}.csv") if not row["title_de"]] == []


@pytest.mark.parametrize(
    ("spelling", "expected"),
    [
        *(
            (spelling, ["iso27001-2022:A.8.24"])
            for spelling in (
                "8.24",
                "a8.24",
                "A 8.24",
                "Annex A 8.24",
                "Control A.8.24",
                "A.8.24",
                "Ａ．８．２４",
                "A . 8 . 24",
                "Anhang A 8.24",
                "Maßnahme 8.24",
                "ISO 27001 A.8.24",
                "27002 8.24",
                "control 8.24",
                "Annex A.8.24",
                "ISO/IEC 27002:2022 8.24",
                "a.8.24",
                " A.8.24 ",
                "Massnahme A.8.24",
                "A8.24",
            )
        ),
        ("SR1.1", ["iec62443-3-3:SR 1.1"]),
        ("sr 1.1", ["iec62443-3-3:SR 1.1"]),
        ("SR 1.1 RE 1", ["iec62443-3-3:SR 1.1"]),
        ("SR 1.1 RE(1)", ["iec62443-3-3:SR 1.1"]),
        ("FR 5", ["iec62443-3-3:FR 5"]),
        ("USER 1.1", ["iec62443-2-1:USER 1.1"]),
        ("ZCR 3.1", ["iec62443-3-2:ZCR 3.1"]),
        ("AML.T0020", ["atlas:AML.T0020"]),
        ("aml.t0020", ["atlas:AML.T0020"]),
        ("AML.T0115.000", ["atlas:AML.T0019"]),
        ("AML.M0004", ["atlas:AML.M0004"]),
        ("PR.AA-01", ["nist-csf-2.0:PR.AA-01"]),
        ("pr.aa-1", ["nist-csf-2.0:PR.AA-01"]),
        ("GV.SC", ["nist-csf-2.0:GV.SC"]),
        ("clause 6.1.2", ["iso27001-2022:6.1.2"]),
        ("Abschnitt 6.1.2", ["iso27001-2022:6.1.2"]),
        ("Kapitel 9.2", ["iso27001-2022:9.2"]),
        ("§ 9.2", ["iso27001-2022:9.2"]),
        ("clause 9", ["iso27001-2022:9"]),
        ("8.1", ["iso27001-2022:8.1", "iso27001-2022:A.8.1"]),
        ("clause 8.1", ["iso27001-2022:8.1"]),
        ("A.8.1", ["iso27001-2022:A.8.1", "iso27001-2013:A.8.1"]),
        ("control 8.1", ["iso27001-2022:A.8.1", "iso27001-2013:A.8.1"]),
        ("12.4.1", ["iso27001-2013:A.12.4.1"]),
        ("A.8.2", ["iso27001-2022:A.8.2", "iso27001-2013:A.8.2", "iso42001:A.8.2"]),
        ("clause 10.2", ["iso27001-2022:10.2", "iso27001-2013:10.2"]),
        *(
            (spelling, [])
            for spelling in (
                "A-012",
                "R-007",
                "A12",
                "A.8.35",
                "A.5.38",
                "A.6.9",
                "A.7.15",
                "clause 11.2",
                "A.19.1.1",
                "SR 8.1",
                "AML.T9999",
                "",
                "hello",
            )
        ),
    ],
)
def test_spellings_of_one_id_are_the_same_id(spelling: str, expected: list[str]) -> None:
    assert ids(spelling) == expected


@pytest.mark.parametrize("clash", CLASHES, ids=lambda clash: clash["id"])
def test_clashing_id_is_read_in_every_edition_2022_first(clash: dict[str, str]) -> None:
    wanted = [
        (framework, clash[column].partition(": ")[2] or clash[column])
        for framework, column in ((ISO_2022, "reading_27001_2022"), (ISO_2013, "reading_27001_2013"), (AI, "reading_42001_2023"))
        if clash[column]
    ]
    found = [(entry.framework, entry.title) for entry in controls.look_up(clash["id"])]
    assert [framework for framework, _ in found] == [framework for framework, _ in wanted]
    assert all(title in (named, named.removeprefix("theme ") + " controls") for (_, title), (_, named) in zip(found, wanted, strict=True))


@pytest.mark.parametrize("pair", rows("map-2013-2022.csv"), ids=lambda pair: f"{pair['id_2013']}-{pair['id_2022']}")
def test_map_of_2013_leads_both_ways(pair: dict[str, str]) -> None:
    assert pair["id_2022"] in [entry.id for entry in controls.successors(pair["id_2013"])]
    assert pair["id_2013"] in [entry.id for entry in controls.predecessors(pair["id_2022"])]
    assert controls.look_up(pair["id_2022"])[0].title == pair["title_2022"]


def test_every_2013_control_has_a_successor() -> None:
    assert [entry.id for entry in controls.catalogue().entries(ISO_2013, "control") if not controls.successors(entry.id)] == []


def test_relation_without_a_map_goes_by_way_of_27001() -> None:
    found = controls.related("iec62443-3-3:SR 7.3", CSF)
    assert "PR.DS-11" in [entry.id for entry, _, _ in found]
    assert all(basis.startswith("by way of") and "A.8.13" in basis for entry, _, basis in found if entry.id == "PR.DS-11")


def test_relation_of_a_group_is_that_of_its_members() -> None:
    assert {"A.5.19", "A.5.20"} <= {entry.id for entry, _, _ in controls.related("nist-csf-2.0:GV.SC", ISO_2022)}
    assert [entry.id for entry in controls.successors("A.10")] == ["A.8.24"]


@pytest.mark.parametrize(
    ("line", "framework", "expected"),
    [
        ("6.1.2 Information security risk assessment", ISO_2022, ["6.1.2"]),
        ("8.24 Use of cryptography", ISO_2022, ["A.8.24"]),
        ("A.5.1 Policies", ISO_2022, ["A.5.1"]),
        ("SR 1.1 - Human user", "iec62443-3-3", ["SR 1.1"]),
        ("See 9.2 for audits", ISO_2022, []),
        ("Introduction", ISO_2022, []),
    ],
)
def test_heading_that_opens_with_an_id_is_that_entry(line: str, framework: str, expected: list[str]) -> None:
    assert [entry.id for entry in controls.catalogue().leading(line, framework)] == expected


def test_mapping_to_an_unknown_id_is_an_error_that_names_file_and_id(tmp_path: Path) -> None:
    for path in FRAMEWORKS.glob("*.csv"):
        (tmp_path / path.name).write_text(path.read_text("utf-8"), "utf-8")
    with (tmp_path / "map-2022-csf.csv").open("a", encoding="utf-8") as file:
        file.write("A.8.99,PR.DS-11,related,own\n")
    with pytest.raises(BadKnowledge, match=r"map-2022-csf\.csv.*A\.8\.99"):
        controls.Catalogue(tmp_path)
