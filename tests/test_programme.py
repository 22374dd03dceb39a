"""The programme of twelve months: dates from a start date, dependencies that hold, state from the registers, moves that push what hangs on them."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.assurance import pictures, readiness
from assistant.assurance.auditing.notes import Note
from assistant.assurance.plant import seen_by
from assistant.assurance.steering import programme, progress
from knowledge.errors import NotAllowed
from knowledge.registers.improvement import PHASES
from tests.assured import TODAY, a_plant_of, a_row
from tests.records import ADA, CONTEXT, MIRA, a_risk, a_store, writing

TYPES = {path.stem for path in (Path(__file__).parents[1] / "knowledge" / "document_types").glob("*.md")}


def task(id_: str, start: date | None = None, due: date | None = None, **more: Any) -> Any:
    return a_row("programme_task", id_, name=id_, start_date=start, due_date=due, **more)


def test_the_template_holds_the_guides_tasks_in_its_five_phases() -> None:
    found = programme.templates()
    assert [one.id for one in found if one.phase not in PHASES] == []
    by_phase = {phase: {one.month for one in found if one.phase == phase} for phase in PHASES}
    assert by_phase == {
        "foundation": {1, 2},
        "risk_assessment": {3, 4},
        "implementation": {5, 7},
        "internal_audit": {9, 10},
        "certification": {11, 12},
    }
    assert {one.document for one in found} - {""} <= TYPES
    assert {one.shown_by for one in found} - {"readiness"} == set(progress.SHOWN)
    assert all(one.least <= one.days and one.en != one.de for one in found)


@settings(max_examples=100, deadline=None)
@given(start=st.dates(date(2024, 1, 1), date(2040, 1, 1)), days=st.integers(1, 700))
def test_no_task_begins_before_what_it_depends_on_and_shifting_the_start_shifts_all(start: date, days: int) -> None:
    made = {one.template.id: one for one in programme.plan(a_plant_of(), start)}
    assert [one.template.id for one in made.values() for id_ in one.template.after if made[id_].due >= one.start] == []
    later = {one.template.id: one for one in programme.plan(a_plant_of(), start + timedelta(days=days))}
    assert all(later[id_].start > one.start or days < 4 for id_, one in made.items())
    assert max(one.due for one in made.values()) < start + timedelta(days=400)


def test_a_later_due_date_pushes_what_hangs_on_it_and_nothing_else() -> None:
    tasks = [
        task("PT-1", date(2026, 5, 1), date(2026, 5, 10)),
        task("PT-2", date(2026, 5, 12), date(2026, 5, 20), depends_on=["PT-1"]),
        task("PT-3", date(2026, 5, 21), date(2026, 5, 25), depends_on=["PT-2"]),
        task("PT-4", date(2026, 5, 1), date(2026, 5, 3)),
        task("PT-5", date(2026, 8, 1), date(2026, 8, 3), depends_on=["PT-3"]),
        task("PT-6", date(2026, 5, 11), date(2026, 5, 11), depends_on=["PT-1"], state="done"),
    ]
    assert [one.task for one in programme.moved(tasks, "PT-1", date(2026, 5, 11))] == ["PT-1"], "there is room"
    found = {one.task: (one.to_start, one.to_due) for one in programme.moved(tasks, "PT-1", date(2026, 5, 20))}
    assert found == {
        "PT-1": (date(2026, 5, 1), date(2026, 5, 20)),
        "PT-2": (date(2026, 5, 21), date(2026, 5, 29)),
        "PT-3": (date(2026, 5, 30), date(2026, 6, 3)),
    }


def test_tasks_that_wait_for_each_other_do_not_hang() -> None:
    tasks = [task("PT-1", TODAY, TODAY, depends_on=["PT-2"]), task("PT-2", TODAY, TODAY, depends_on=["PT-1"])]
    assert {one.task for one in programme.moved(tasks, "PT-1", TODAY + timedelta(days=3))} <= {"PT-1", "PT-2"}


def shown(template: str, plant: dict[str, list[Any]], **more: Any) -> progress.Shown | None:
    return progress.shown(a_plant_of(**plant), task("PT-1", template=template, **more))


@pytest.mark.parametrize(
    ("state", "expected"), [("approved", "done"), ("draft", "running"), ("in_review", "running"), ("retired", "dropped")]
)
def test_scope_is_done_when_its_document_is_approved(state: str, expected: str) -> None:
    found = shown("scope", {"document": [a_row("document", "IS-SCP-01", title="Scope", state=state)]}, result_document="IS-SCP-01")
    assert found and found.state == expected and "IS-SCP-01" in str(found.proof)


@pytest.mark.parametrize(
    ("template", "plant", "state", "proof"),
    [
        ("inventory", {"asset": [a_row("asset", "A-1", owner="P-1", confidentiality=1, integrity=1, availability=1), a_row("asset", "A-2")]}, "running", "50 % (1 of 2)"),
        ("threats", {"risk": [a_row("risk", "R-1", vulnerabilities="open share")]}, "done", "100 %"),
        ("evaluation", {"risk": [a_row("risk", "R-1")]}, "open", "0 % (0 of 1)"),
        ("treatment", {}, "open", "0 % (0 of 0)"),
        ("controls", {"control_status": [a_row("control_status", "A.5.1", soa_status="implemented"), a_row("control_status", "A.5.2", soa_status="planned")]}, "running", "implemented 1, planned 1"),
        ("training", {"person": [a_row("person", "P-1")], "training": [a_row("training", "T-1", owner="P-1", state="done", done_on=TODAY)]}, "done", "100 %"),
        ("processes", {"incident": [a_row("incident", "INC-1")]}, "running", "none yet: changes"),
        ("internal-audit", {"audit": [a_row("audit", "AU-1", type="internal", status="done", start_date=TODAY)]}, "done", "AU-1 done"),
        ("stage-1", {}, "open", "No such audit"),
        ("gap-remediation", {"audit": [a_row("audit", "AU-1", type="stage_1")], "finding": [a_row("finding", "F-1", audit="AU-1", open=True)],
                             "corrective_action": [a_row("corrective_action", "CA-1", finding="F-1")]}, "running", "1 of 1 actions open"),
        ("management-review", {"management_review": [a_row("management_review", "MR-1", state="done", held_on=TODAY)]}, "done", "MR-1 held on 2026-05-04"),
        ("certificate", {"certificate": [a_row("certificate", "CERT-1", number="27-1", standard="ISO/IEC 27001:2022", issued_on=TODAY)]}, "done", "27-1"),
    ],
)  # fmt: skip
def test_the_registers_show_the_state_of_a_task_with_its_proof(template: str, plant: dict[str, list[Any]], state: str, proof: str) -> None:
    found = shown(template, plant)
    assert found and found.state == state and proof in str(found.proof)


def test_what_others_work_out_is_shown_and_a_task_of_ones_own_shows_its_document() -> None:
    given_ = {"readiness": progress.Shown("running", Note("method", {"method": "M-1"}))}
    assert progress.shown(a_plant_of(), task("PT-1", template="readiness"), given_) == given_["readiness"]
    assert progress.shown(a_plant_of(), task("PT-1")) is None


def said(**states: str) -> dict[str, progress.Shown]:
    return {name: progress.Shown(state, progress.Sentence(name, name), f"/readiness#{name}") for name, state in states.items()}


REVIEW = {"management_review": [a_row("management_review", "MR-1", state="done", held_on=TODAY)]}
POLICY = {"document": [a_row("document", "IS-POL-01", title="Policy", state="draft")]}


@pytest.mark.parametrize(
    ("template", "plant", "checks", "state", "light"),
    [
        ("management-review", REVIEW, {}, "done", "green"),
        ("management-review", REVIEW, {"management_review_in_12_months": "done"}, "done", "green"),
        ("management-review", REVIEW, {"management_review_covers_its_inputs": "open"}, "running", "yellow"),
        ("management-review", {}, {"management_review_in_12_months": "open"}, "open", "yellow"),
        ("management-review", {}, {"management_review_in_12_months": "done"}, "running", "yellow"),
        ("policy", {}, {"ai_policy_in_force": "done"}, "done", "green"),
        ("policy", {}, {"ai_policy_in_force": "open"}, "open", "yellow"),
        ("policy", POLICY, {"ai_policy_in_force": "done"}, "running", "yellow"),
        ("policy", {}, {}, None, ""),
        ("scope", {}, {"ai_systems_in_scope": "done"}, "running", "yellow"),
        ("gap-analysis", {}, {"ai_policy_in_force": "open"}, None, ""),
    ],
)
def test_a_readiness_check_is_further_evidence_of_a_tasks_state(
    template: str, plant: dict[str, list[Any]], checks: dict[str, str], state: str | None, light: str
) -> None:
    one = task("PT-1", template=template, result_document="IS-POL-01")
    found = progress.shown(a_plant_of(**plant), one, said(**checks))
    assert (found.state if found else None, progress.light(one, found)) == (state, light)
    if found and template in ("management-review", "policy"):
        assert [(reason.link, reason.state) for reason in found.reasons] == [(f"/readiness#{name}", told) for name, told in checks.items()]


@pytest.mark.parametrize(
    ("state", "given_", "expected", "light"),
    [
        ("running", {"sensitive_data_encrypted": "open"}, "open", "yellow"),
        ("running", {"sensitive_data_encrypted": "done"}, None, ""),
        ("running", {"restore_tested": "open"}, None, ""),
        ("done", {"sensitive_data_encrypted": "open"}, None, ""),
    ],
    ids=["a check of its control says no", "a yes proves nothing", "another control", "done long ago"],
)
def test_a_task_of_ones_own_is_held_against_the_checks_of_its_controls(
    state: str, given_: dict[str, str], expected: str | None, light: str
) -> None:
    one = task("PT-1", state=state, controls=["A.8.24"])
    found = progress.shown(a_plant_of(), one, said(**given_))
    assert (found.state if found else None, progress.light(one, found)) == (expected, light)


def test_a_task_that_is_late_or_called_done_against_the_checks_is_red() -> None:
    more = said(ai_policy_in_force="open")
    for one in (task("PT-1", template="policy", overdue=True), task("PT-1", template="policy", state="done")):
        assert progress.light(one, progress.shown(a_plant_of(), one, more)) == "red"


def test_the_checks_of_the_template_are_checks() -> None:
    assert {name for one in programme.templates() for name in one.checks} <= set(readiness.checks())


def test_what_the_checks_say_comes_from_the_registers(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    with writing(store) as book:
        book.create("programme_task", {"name": "Risks scored", "template": "evaluation", "due_date": "2026-04-01"})
        book.create("programme_task", {"name": "Readiness", "template": "readiness", "due_date": "2026-06-01"})
        book.create("risk", a_risk(owner=""))
    with store.read() as session:
        plant = seen_by(session, MIRA, CONTEXT)
        more, (scored, checked) = progress.evidence(plant), plant.rows("programme_task")
        found, whole = progress.shown(plant, scored, more), progress.shown(plant, checked, more)
    assert found and (found.state, [reason.link for reason in found.against]) == ("running", ["/readiness#risks_have_owners"])
    assert "100 %" in str(found.proof) and progress.light(scored, found) == "red"
    assert whole and whole.link == "/readiness" and "of the readiness checks have an answer" in str(whole.proof)
    assert "/readiness#risks_have_owners" in {reason.link for reason in whole.against}
    store.close()


@pytest.mark.parametrize(("approved", "state"), [("2026-05-03", "open"), ("2026-05-04", "done")])
def test_a_document_that_was_approved_before_a_task_of_ones_own_began_is_not_its_result(approved: str, state: str) -> None:
    document = a_row("document", "IS-1", title="Rules", state="approved", approved_on=approved)
    found = progress.shown(a_plant_of(document=[document]), task("PT-1", TODAY, TODAY, result_document="IS-1"))
    assert found and found.state == state


def test_a_task_that_is_shorter_than_has_been_seen_to_work_is_warned_of() -> None:
    assert "4 days are planned" in str(programme.hurried(task("PT-1", TODAY, TODAY + timedelta(days=3), template="inventory")))
    assert programme.hurried(task("PT-1", TODAY, TODAY + timedelta(days=30), template="inventory")) is None


def test_a_programme_is_proposed_once_or_begun_with_its_dependencies(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    with writing(store) as book:
        plant = seen_by(book.session, MIRA, CONTEXT)
        made = programme.plan(plant, TODAY)
        assert len(programme.propose(book, plant, made)) == len(made)
    with writing(store) as book:
        plant = seen_by(book.session, MIRA, CONTEXT)
        assert programme.propose(book, plant, made) == [] and plant.rows("programme_task") == []
        assert len(programme.begin(book, plant, made, "de")) == len(made)
    with store.read() as session:
        plant = seen_by(session, MIRA, CONTEXT)
        rows = {one.template: one for one in plant.rows("programme_task")}
        assert rows["scope"].name.startswith("Anwendungsbereich") and rows["scope"].depends_on == [rows["gap-analysis"].id]
        assert {one.owner for one in rows.values() if one.template == "scope"} == {"P-001"}
        drawn = pictures.timeline(programme.bars(plant, "de"), TODAY, "Programm", "de")
        assert drawn.count("<rect") == len(made) and "Umsetzung" in drawn and "Mai" in drawn
        shifts = programme.moved(plant.rows("programme_task"), rows["scope"].id, rows["scope"].due_date + timedelta(days=90))
        assert {"policy", "inventory", "certificate"} <= {plant.row("programme_task", one.task).template for one in shifts}
    with writing(store) as book:
        assert len(programme.propose_moves(book, shifts, "shutdown")) == len(shifts)
    with pytest.raises(NotAllowed), writing(store, ADA) as book:
        programme.begin(book, a_plant_of(), made)
    store.close()
