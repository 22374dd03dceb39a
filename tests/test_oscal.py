"""OSCAL out and in: valid by trestle, nothing lost, no licensed text."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from trestle.core import validator_factory
from trestle.oscal import catalog, component, mapping, poam

from assistant.exchange import Options, oscal
from knowledge.errors import NotAllowed, UnreadableDocument
from knowledge.registers import REGISTERS, Document, DocumentVersion, Passage, Store, queries
from knowledge.registers.rights import INSTALLATION
from tests.records import ADA, MIRA, NOW, a_store, writing

MODELS: dict[str, Any] = {
    "oscal-catalog": catalog.Catalog,
    "oscal-soa": component.ComponentDefinition,
    "oscal-poam": poam.PlanOfActionAndMilestones,
    "oscal-mapping": mapping.MappingCollection,
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    (tmp_path / "one").mkdir()
    made = a_store(tmp_path / "one")
    with writing(made) as book:
        book.create("evidence", {"title": "Review"})
        book.create(
            "control_status",
            {
                "control": "A.8.24",
                "applicable": True,
                "how": 'Two lines,\none "quoted" \\ and =formula',
                "evidence": "EV-001",
                "owner": "P-002",
            },
        )
        book.create(
            "control_status", {"control": "A.5.1", "applicable": False, "exclusion_reason": "No reason", "last_checked": "2026-01-02"}
        )
        book.create("finding", {"title": "Gap", "grade": "minor", "requirement": "A.8.24|SR 5.1", "gap": "Keys\nlie open"})
        book.create("corrective_action", {"title": "Lock", "finding": "F-2026-001", "state": "closed", "due_date": "2026-09-01"})
    with made.write() as session:
        session.add(Document(number="ISO", title="Bought copy", kind="licensed", framework="iso27001-2022"))
        session.flush()
        version = DocumentVersion(number="ISO", version="1")
        session.add(version)
        session.flush()
        common = {"version_id": None, "text": "Our own words on keys.", "kind": "control", "hash": "1"}
        session.add(Passage(id="1", source_id="iso27001-2022:A.8.24", **common))
        licensed = {"version_id": version.id, "text": "Bought words on keys.", "kind": "licensed", "hash": "2"}
        session.add(Passage(id="2", source_id="licensed:iso27001-2022:A.8.24", **licensed))
    yield made
    made.close()


def empty(tmp_path: Path) -> Store:
    (tmp_path / "other").mkdir()
    return a_store(tmp_path / "other")


def values(store: Store, name: str) -> list[dict[str, Any]]:
    with store.read() as session:
        some = queries.values_of(session, INSTALLATION, REGISTERS[name], queries.rows(session, INSTALLATION, name))
    return [{key: value for key, value in row.items() if key not in ("created_at", "changed_at", "source", "revision")} for row in some]


@pytest.mark.parametrize("form", sorted(oscal.FORMS))
def test_every_document_is_valid_by_trestle(store: Store, tmp_path: Path, form: str) -> None:
    assert oscal.write(store, MIRA, form, tmp_path / "out.json", NOW)
    model = MODELS[form].oscal_read(tmp_path / "out.json")
    assert validator_factory.all_validator.AllValidator().model_is_valid(model, True, None)


def test_the_soa_comes_back_whole(store: Store, tmp_path: Path) -> None:
    oscal.write(store, MIRA, "oscal-soa", tmp_path / "soa.json", NOW)
    other = empty(tmp_path)
    with writing(other) as book:
        book.create("evidence", {"title": "Review"})
    assert oscal.load(other, MIRA, "oscal-soa", tmp_path / "soa.json", NOW, Options(dry_run=True)).new == 2
    assert values(other, "control_status") == []
    assert oscal.load(other, MIRA, "oscal-soa", tmp_path / "soa.json", NOW).new == 2
    assert values(other, "control_status") == values(store, "control_status")
    again = oscal.load(other, MIRA, "oscal-soa", tmp_path / "soa.json", NOW)
    assert (again.new, again.changed, again.unchanged, again.refused) == (0, 0, 2, 0)
    other.close()


def test_findings_and_actions_come_back_whole(store: Store, tmp_path: Path) -> None:
    oscal.write(store, MIRA, "oscal-poam", tmp_path / "poam.json", NOW)
    other = empty(tmp_path)
    assert oscal.load(other, MIRA, "oscal-poam", tmp_path / "poam.json", NOW).new == 2
    for name in ("finding", "corrective_action"):
        assert values(other, name) == values(store, name)
    other.close()


def test_a_poam_of_another_tool_becomes_findings_and_actions(store: Store, tmp_path: Path) -> None:
    oscal.write(store, MIRA, "oscal-poam", tmp_path / "poam.json", NOW)
    document = json.loads((tmp_path / "poam.json").read_text("utf-8"))
    inside = document["plan-of-action-and-milestones"]
    for one in (*inside["findings"], *inside["poam-items"]):
        del one["props"]
    (tmp_path / "foreign.json").write_text(json.dumps(document), "utf-8")
    other = empty(tmp_path)
    assert oscal.load(other, MIRA, "oscal-poam", tmp_path / "foreign.json", NOW).new == 2
    (finding,), (action,) = values(other, "finding"), values(other, "corrective_action")
    assert (finding["title"], finding["gap"], finding["grade"]) == ("Gap", "Keys\nlie open", "observation")
    assert (action["title"], action["finding"]) == ("Lock", finding["id"])
    other.close()


def test_licensed_text_never_goes_out(store: Store, tmp_path: Path) -> None:
    oscal.write(store, MIRA, "oscal-catalog", tmp_path / "catalog.json", NOW)
    text = (tmp_path / "catalog.json").read_text("utf-8")
    assert "Our own words on keys." in text and "Bought" not in text
    ids = {control["id"] for group in json.loads(text)["catalog"]["groups"] for control in group["controls"]}
    assert {"a.5.1", "a.8.34", "c.6.1.2"} <= ids


@pytest.mark.parametrize("form", ["oscal-catalog", "oscal-mapping"])
def test_frameworks_are_compared_and_never_stored(store: Store, tmp_path: Path, form: str) -> None:
    oscal.write(store, MIRA, form, tmp_path / "out.json", NOW)
    report = oscal.load(store, MIRA, form, tmp_path / "out.json", NOW)
    assert report.unchanged > 100 and (report.new, report.refused, report.saved) == (0, 0, False)
    altered = (tmp_path / "out.json").read_text("utf-8").replace('"a.5.7"', '"x.5.7"')
    if form == "oscal-catalog":
        (tmp_path / "altered.json").write_text(altered, "utf-8")
        (refusal,) = oscal.load(store, MIRA, form, tmp_path / "altered.json", NOW).refusals
        assert (refusal.value, refusal.column) == ("x.5.7", "id")


def test_one_wrong_row_keeps_the_whole_document_out(store: Store, tmp_path: Path) -> None:
    oscal.write(store, MIRA, "oscal-soa", tmp_path / "soa.json", NOW)
    other = empty(tmp_path)
    report = oscal.load(other, MIRA, "oscal-soa", tmp_path / "soa.json", NOW)
    assert [(refusal.column, refusal.value) for refusal in report.refusals] == [("evidence", "EV-001")]
    assert not report.saved and values(other, "control_status") == []
    assert oscal.load(other, MIRA, "oscal-soa", tmp_path / "soa.json", NOW, Options(skip_bad=True)).saved
    assert [row["id"] for row in values(other, "control_status")] == ["A.5.1"]
    other.close()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "it cannot be read as JSON"),
        ('{"catalog": {}}', "oscal-soa is an OSCAL component-definition, which this file is not"),
        ('{"component-definition": {"uuid": "x"}}', "it is no valid OSCAL component-definition: uuid"),
        ("[" * 100_000, "it cannot be read as JSON"),
    ],
)
def test_what_is_no_such_document_is_refused(store: Store, tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "in.json").write_text(text, "utf-8")
    with pytest.raises(UnreadableDocument, match=reason):
        oscal.load(store, MIRA, "oscal-soa", tmp_path / "in.json", NOW)


def test_who_may_not_write_loads_nothing(store: Store, tmp_path: Path) -> None:
    oscal.write(store, ADA, "oscal-soa", tmp_path / "soa.json", NOW)
    with pytest.raises(NotAllowed, match="control_status: the role owner may not load rows"):
        oscal.load(store, ADA, "oscal-soa", tmp_path / "soa.json", NOW)
