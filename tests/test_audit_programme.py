"""The internal audit programme covers every clause and every applicable control, riskier things earlier; samples can be drawn again."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.assurance.auditing import audit_programme, coverage, sampling
from assistant.assurance.plant import seen_by
from knowledge import controls
from knowledge.errors import NotAllowed
from knowledge.registers import Proposal, queries
from tests.assured import TODAY, a_plant_of, a_row
from tests.records import ADA, CONTEXT, MIRA, NOW, a_store, writing

START, END = date(2026, 5, 1), date(2029, 1, 30)
ANNEX = [entry.id for entry in controls.catalogue().entries(controls.ISO_2022) if entry.id.count(".") == 2 and entry.id.startswith("A.")]
CLAUSES = [entry.id for entry in controls.catalogue().entries(controls.ISO_2022) if entry.kind == "subclause"]


def excluding(some: set[str]) -> list[Any]:
    return [a_row("control_status", id_, applicable=id_ not in some) for id_ in ANNEX]


def test_each_clause_and_control_stands_in_one_area() -> None:
    placed = [id_ for area in coverage.areas() for id_ in area.items]
    assert sorted(placed) == sorted([*CLAUSES, *ANNEX])
    assert {kind for area in coverage.areas() for kind in area.samples} <= set(sampling.KINDS)


@settings(max_examples=40, deadline=None)
@given(
    excluded=st.sets(st.sampled_from(ANNEX), max_size=80),
    today=st.dates(date(2026, 5, 1), date(2029, 1, 20)),
    per_year=st.integers(1, 4),
    heavy=st.lists(st.sampled_from(ANNEX), max_size=6),
)
def test_coverage_is_complete_for_any_set_of_applicable_controls(excluded: set[str], today: date, per_year: int, heavy: list[str]) -> None:
    risks = [a_row("risk", f"R-{n:03d}", annex_a_controls=[id_], current_likelihood=5, current_impact=5) for n, id_ in enumerate(heavy)]
    plant = a_plant_of(today, control_status=excluding(excluded), risk=risks)
    made = audit_programme.plan(plant, START, END, per_year)
    planned = {item.id for audit in made.audits for item in audit.items}
    assert planned == {*CLAUSES, *ANNEX} - excluded
    assert made.uncovered == ()
    assert all(today < audit.starts <= audit.ends <= END for audit in made.audits)
    assert [audit.starts for audit in made.audits] == sorted({audit.starts for audit in made.audits})


def test_what_is_risky_comes_first_and_again_a_year_later() -> None:
    risks = [
        a_row("risk", f"R-{n:03d}", annex_a_controls=["A.7.4"], current_likelihood=5, current_impact=5, ai_system="AI-001")
        for n in range(2)
    ]
    made = audit_programme.plan(a_plant_of(risk=risks), START, END)
    with_it = [place for place, audit in enumerate(made.audits) if "A.7.4" in {item.id for item in audit.items}]
    assert with_it == [0, 2], "two audits a year: a year later is two audits later"
    assert "A.7.4: R-000, R-001, AI" in made.audits[0].reason
    quiet = [place for place, audit in enumerate(made.audits) if "A.7.9" in {item.id for item in audit.items}]
    assert quiet == [0]


def test_what_was_audited_and_is_risky_comes_again_a_year_after_that_and_a_plan_that_names_nothing_covers_nothing() -> None:
    risks = [a_row("risk", f"R-{n:03d}", annex_a_controls=["A.7.4"], current_likelihood=5, current_impact=5) for n in range(3)]
    audits = [
        a_row(
            "audit",
            "AU-1",
            type="internal",
            status="done",
            start_date=date(2026, 5, 2),
            end_date=date(2026, 5, 2),
            controls=["A.7.4", "A.7.9"],
        ),
        a_row("audit", "AU-2", type="internal", status="planned", start_date=date(2026, 9, 2), scope="Whole system"),
    ]
    made = audit_programme.plan(a_plant_of(risk=risks, audit=audits), START, END)
    with_it = [audit.starts for audit in made.audits if "A.7.4" in {item.id for item in audit.items}]
    assert len(with_it) == 1 and with_it[0] >= date(2027, 4, 2)
    assert not any("A.7.9" in {item.id for item in audit.items} for audit in made.audits)
    assert made.unnamed == ("AU-2",)
    assert made.audits[0].starts >= TODAY + timedelta(days=28), "time to announce it"


def test_a_cycle_that_has_ended_leaves_nothing_to_plan() -> None:
    made = audit_programme.plan(a_plant_of(date(2029, 2, 1)), START, END)
    assert made.audits == () and len(made.uncovered) == len(CLAUSES) + len(ANNEX)


def test_each_year_looks_at_risks_and_improvement() -> None:
    made = audit_programme.plan(a_plant_of(), START, END)
    for year in (2026, 2027, 2028):
        asked = {item.id for audit in made.audits if audit.starts.year == year for item in audit.items}
        assert {"9.2.2", "9.3.3", "10.2", "8.2"} <= asked, year


def test_the_matrix_tells_planned_done_and_never_and_counts_only_what_was_checked() -> None:
    audits = [
        a_row(
            "audit",
            "AU-1",
            type="internal",
            status="done",
            start_date=date(2026, 5, 2),
            end_date=date(2026, 5, 3),
            controls=["9.2", "A.5.1"],
        ),
        a_row("audit", "AU-2", type="internal", status="planned", start_date=date(2026, 9, 1), controls=["A.5.1", "A.5.2"]),
        a_row("audit", "AU-3", type="surveillance_1", status="planned", start_date=date(2027, 3, 1), controls=["A.5.3"]),
        a_row("audit", "AU-4", type="internal", status="done", start_date=date(2020, 1, 1), controls=["A.5.4"]),
    ]
    checks = [
        a_row("audit_check", "AC-1", audit="AU-1", question="?", controls=["A.5.5"], result="ok"),
        a_row("audit_check", "AC-2", audit="AU-1", question="?", controls=["A.5.6"]),
    ]
    found = {one.item.id: one for one in coverage.coverage(a_plant_of(audit=audits, audit_check=checks), START, END)}
    states = {id_: found[id_].state for id_ in ("9.2.1", "A.5.1", "A.5.2", "A.5.3", "A.5.4", "A.5.5", "A.5.6")}
    assert states == {
        "9.2.1": "done",
        "A.5.1": "done",
        "A.5.2": "planned",
        "A.5.3": "never",
        "A.5.4": "never",
        "A.5.5": "done",
        "A.5.6": "never",
    }
    assert dict(found["A.5.1"].audits) == {"AU-1": "done", "AU-2": "planned"} and dict(found["A.5.3"].audits) == {"AU-3": "planned"}
    assert found["A.5.1"].last_done == date(2026, 5, 3)


def test_nobody_audits_what_they_own() -> None:
    people = [
        a_row("person", f"P-00{n}", name=name, email=f"{n}@plant.example", role="auditor") for n, name in enumerate(("Lea", "Max"), 1)
    ]
    own = [a_row("control_status", "A.8.13", owner="P-001")]
    made = audit_programme.plan(a_plant_of(person=people, control_status=own), START, END)
    assert {audit.auditor for audit in made.audits if "A.8.13" in {item.id for item in audit.items}} == {"Max"}
    alone = audit_programme.plan(a_plant_of(person=people[:1], control_status=own), START, END)
    assert any("Lea owns A.8.13" in str(warning) for audit in alone.audits for warning in audit.warnings)
    assert audit_programme.independence(a_plant_of(person=people, control_status=own), "lea", ["A.8.13", "A.8.14"]) == ["A.8.13"]
    nobody = audit_programme.plan(a_plant_of(), START, END)
    assert all("No internal auditor is recorded" in str(audit.warnings[0]) and audit.auditor == "" for audit in nobody.audits)


def some_rows(register: str, n: int, **more: Any) -> list[Any]:
    return [a_row(register, f"{register[:2].upper()}-{k:03d}", name=f"{register} {k}", title=f"{register} {k}", **more) for k in range(n)]


def test_a_draw_is_repeated_with_its_seed_and_another_seed_draws_others() -> None:
    plant = a_plant_of(risk=some_rows("risk", 60), supplier=some_rows("supplier", 20))
    first = sampling.draw(plant, ["risks", "suppliers"], "AU-2027-001")
    shuffled = a_plant_of(risk=plant.rows("risk")[::-1], supplier=plant.rows("supplier")[::-1])
    assert sampling.draw(shuffled, ["risks", "suppliers"], "AU-2027-001") == first
    assert sampling.draw(plant, ["risks"], "AU-2027-002")[0].drawn != first[0].drawn
    assert (len(first[0].drawn), first[0].population, first[0].seed) == (5, 60, "AU-2027-001")
    assert "5 of 60, seed AU-2027-001" in first[0].told()


def test_changes_hold_a_model_release_and_a_plc_and_suppliers_a_cloud_ai() -> None:
    plant = a_plant_of(
        asset=[
            a_row("asset", "A-001", name="S7", asset_class="plc"),
            a_row("asset", "A-002", name="Chat", asset_class="cloud_ai_service", supplier="SU-003"),
        ],
        change=[
            *some_rows("change", 50, done_on=date(2026, 4, 1)),
            a_row("change", "CH-777", title="Set points", assets=["A-001"], done_on=date(2026, 4, 2)),
        ],
        release=[a_row("release", "REL-001", version="3.4", deployed_on=date(2026, 3, 1))],
        supplier=[*some_rows("supplier", 30, ai_vendor=False), a_row("supplier", "SU-003", name="Nimbra", ai_vendor=True)],
    )
    changes, suppliers = sampling.draw(plant, ["changes", "suppliers"], "s", date(2026, 1, 1))
    assert {"row:REL-001", "row:CH-777"} <= {one.source for one in changes.drawn}
    assert len(changes.drawn) == 8 and changes.population == 52
    assert [one.because for one in suppliers.drawn if one.title == "Nimbra"] == ["a cloud AI"]
    assert sampling.draw(plant, ["changes"], "s", date(2026, 5, 1))[0].drawn == ()


def test_restricted_rows_weigh_without_their_id_and_are_not_drawn() -> None:
    hidden = [
        a_row(
            "risk", "R-001", name="Insider", annex_a_controls=["A.7.4"], current_likelihood=5, current_impact=5, audience="department:legal"
        )
    ]
    plant = a_plant_of(risk=hidden)
    item = next(one for one in coverage.items(plant) if one.id == "A.7.4")
    assert (item.weight, item.reasons) == (3, ("restricted",))
    assert sampling.draw(plant, ["risks"], "s")[0].population == 0


def test_programme_and_samples_become_proposals_once_and_a_clone_starts_unchecked(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    with writing(store) as book:
        book.create(
            "audit",
            {
                "type": "internal",
                "title": "Of the year",
                "start_date": "2026-02-02",
                "end_date": "2026-02-04",
                "status": "done",
                "controls": ["A.5.1"],
            },
        )
        book.create(
            "audit_check",
            {
                "audit": "AU-2026-001",
                "area": "a",
                "question": "Who may?",
                "controls": ["A.5.1"],
                "sample": "5 of 7",
                "result": "ok",
                "note": "n",
            },
        )
    with writing(store) as book:
        plant = seen_by(book.session, MIRA, CONTEXT)
        made = audit_programme.plan(plant, START, END)
        ids = audit_programme.propose(book, made, plant)
    with writing(store) as book:
        plant = seen_by(book.session, MIRA, CONTEXT)
        assert len(ids) == len(made.audits) and audit_programme.propose(book, made, plant) == []
        assert len(plant.rows("audit")) == 1, "a proposal is no audit"
        sampling.propose_checks(book, "AU-2026-001", sampling.draw(plant, ["edge"], "AU-2026-001"))
        audit_programme.clone(book, plant, "AU-2026-001", date(2027, 2, 1))
    with store.read() as session:
        again = seen_by(session, MIRA, CONTEXT)
        copied = again.row("audit", "AU-2027-001") or again.rows("audit")[-1]
        assert (copied.status, copied.start_date, copied.end_date, copied.cloned_from) == (
            "planned",
            date(2027, 2, 1),
            date(2027, 2, 3),
            "AU-2026-001",
        )
        check = next(one for one in again.rows("audit_check") if one.audit == copied.id)
        assert (check.question, check.sample, check.result, check.note, check.finding) == ("Who may?", "", "", "", None)
        assert {one.state for one in queries.rows(session, MIRA, "proposal", Proposal.register_name == "audit")} == {"open"}
    with pytest.raises(NotAllowed), writing(store, ADA) as book:
        audit_programme.clone(book, seen_by(book.session, ADA, CONTEXT), "AU-2026-001", TODAY)
    assert NOW.date() == TODAY
    store.close()
