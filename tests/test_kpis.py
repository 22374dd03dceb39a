"""Key figures: computed from rows with numerator and denominator, appended once a day, judged by the company's own target."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from assistant.assurance.plant import seen_by
from assistant.assurance.steering import kpis
from assistant.assurance.steering.measures import MEASURES
from knowledge.errors import NotAllowed, RowRefused
from tests.assured import TODAY, a_plant_of, a_row
from tests.records import ADA, CONTEXT, MIRA, a_store, somebody, writing


def at(day: str, hour: int = 8) -> datetime:
    return datetime.fromisoformat(day).replace(hour=hour, tzinfo=UTC)


def incidents() -> list[Any]:
    return [
        a_row("incident", "INC-1", ai_incident=True, started_at=at("2026-04-10", 2), detected_at=at("2026-04-10", 8)),
        a_row(
            "incident", "INC-2", ai_incident=True, started_at=at("2026-04-20", 0), detected_at=at("2026-04-20", 20), access_violation=True
        ),
        a_row("incident", "INC-3", ai_incident=True, started_at=at("2026-02-20", 4), detected_at=at("2026-02-20", 8)),
        a_row("incident", "INC-4", ai_incident=False, detected_at=at("2026-04-21"), access_violation=True),
        a_row("incident", "INC-5", ai_incident=True, detected_at=at("2025-04-21")),
    ]


def action(id_: str, **more: Any) -> Any:
    return a_row("corrective_action", id_, title=id_, **more)


CASES: dict[str, tuple[dict[str, list[Any]], float | None, float | None, float | None]] = {
    "ai_incidents": ({"incident": incidents()}, 2, 2, None),
    "ai_detection_hours": ({"incident": incidents()}, 6, None, None),
    "access_violations": (
        {"incident": incidents(), "monitoring_alert": [
            a_row("monitoring_alert", "AL-1", kind="access", ai_system="AI-001", raised_at=at("2026-04-22")),
            a_row("monitoring_alert", "AL-2", kind="access", ai_system="AI-001", raised_at=at("2026-04-20"), incident="INC-2"),
        ]}, 2, 2, None,
    ),
    "integrity_checks_done": (
        {"asset": [a_row("asset", f"A-00{n}", name="x", asset_class="training_dataset", hash_checked_on=day)
                   for n, day in enumerate((date(2026, 5, 3), date(2026, 4, 5), date(2026, 4, 4), None))]}, 50, 2, 4,
    ),
    "integrity_checks_passed": (
        {"asset": [a_row("asset", f"A-00{n}", name="x", asset_class="training_dataset", hash_checked_on=date(2026, 5, 3)) for n in range(2)],
         "evidence": [a_row("evidence", "EV-1", title="hash", result="failed", supports_date=date(2026, 5, 3), assets=["A-001"])]}, 50, 1, 2,
    ),
    "actions_overdue": ({"corrective_action": [action("CA-1", due_date=date(2026, 5, 3)), action("CA-2", due_date=TODAY), action("CA-3", due_date=date(2026, 5, 1), state="closed")]}, 1, 1, 2),
    "actions_in_time": (
        {"corrective_action": [
            action("CA-1", due_date=date(2026, 2, 1), closed_on=date(2026, 2, 1), state="closed"),
            action("CA-2", due_date=date(2026, 2, 1), closed_on=date(2026, 2, 2), state="closed"),
            action("CA-3", due_date=date(2026, 2, 1)), action("CA-4", due_date=date(2026, 9, 1)),
        ]}, 33.33, 1, 3,
    ),
    "closing_days_major": (
        {"finding": [a_row("finding", "F-1", grade="major"), a_row("finding", "F-2", grade="minor")], "corrective_action": [
            action("CA-1", finding="F-1", reported_on=date(2026, 1, 1), closed_on=date(2026, 1, 31), state="closed"),
            action("CA-2", finding="F-2", reported_on=date(2026, 1, 1), closed_on=date(2026, 4, 30), state="closed"),
        ]}, 30, None, None,
    ),
    "controls_with_fresh_evidence": (
        {"control_status": [a_row("control_status", id_, applicable=True, implementation_status="implemented") for id_ in ("A.5.1", "A.5.2", "A.5.3")],
         "evidence": [a_row("evidence", "EV-1", control=["A.5.1"], supports_date=date(2025, 5, 5)), a_row("evidence", "EV-2", control=["A.5.2"], supports_date=date(2025, 5, 4))]},
        33.33, 1, 3,
    ),
    "documents_overdue": ({"document": [a_row("document", f"IS-{n}", state="approved", next_review=day) for n, day in enumerate(("2026-05-03", "2026-05-04"))]}, 1, 1, 2),
    "people_trained": ({"person": [a_row("person", "P-001"), a_row("person", "P-002")], "training": [a_row("training", "T-1", owner="P-001", state="done", done_on=date(2025, 6, 1))]}, 50, 1, 2),
    "acknowledgement_rate": ({"acknowledgement": [a_row("acknowledgement", "ACK-1", done_on=TODAY), a_row("acknowledgement", "ACK-2")]}, 50, 1, 2),
    "risks_untreated": (
        {"risk": [a_row("risk", "R-1", current_likelihood=4, current_impact=4), a_row("risk", "R-2", current_likelihood=4, current_impact=4, treatment="modify", owner="P-1", due_date=TODAY),
                  a_row("risk", "R-3", current_likelihood=3, current_impact=3)]}, 1, 1, 2,
    ),
    "virtual_patches_expired": ({"compensating_measure": [a_row("compensating_measure", "CM-1", expires_on=date(2026, 5, 3)), a_row("compensating_measure", "CM-2", expires_on=TODAY)]}, 1, 1, 2),
    "vendor_assessments_current": (
        {"supplier": [a_row("supplier", "SUP-1", ai_vendor=True, last_assessment=date(2026, 1, 1)), a_row("supplier", "SUP-2", critical=True), a_row("supplier", "SUP-3")]}, 50, 1, 2,
    ),
    "hashes_matching": ({"release": [a_row("release", "REL-1", version="1", state="deployed", weights_hash="a", deployed_hash="a"), a_row("release", "REL-2", version="2", state="deployed", weights_hash="a", deployed_hash="b")]}, 50, 1, 2),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_measure_counts_what_its_definition_says(name: str) -> None:
    rows, value, numerator, denominator = CASES[name]
    found = MEASURES[name].of(a_plant_of(**rows), TODAY)
    assert (found.value, found.numerator, found.denominator) == (value, numerator, denominator)
    assert found.query.startswith("/registers/")


@pytest.mark.parametrize("name", MEASURES)
def test_a_measure_of_an_empty_plant_is_zero_or_nothing_and_never_an_error(name: str) -> None:
    found = MEASURES[name].of(a_plant_of(), TODAY)
    assert found.value in (0, None) and found.rows == ()


@pytest.mark.parametrize(
    ("target", "threshold", "direction", "value", "verdict"),
    [
        (8, None, "down", 8, "met"), (8, None, "down", 8.1, "missed"), (8, 12, "down", 12.5, "alarm"), (95, None, "up", 95, "met"),
        (95, 90, "up", 94, "missed"), (95, 90, "up", 89, "alarm"), (None, None, "up", 3, "no_target"), (95, None, "", 3, "no_target"), (95, None, "up", None, "no_value"),
    ],
)  # fmt: skip
def test_a_value_is_judged_by_the_companys_row_alone(
    target: float | None, threshold: float | None, direction: str, value: float | None, verdict: str
) -> None:
    assert kpis.judge(a_row("kpi", "KPI-1", target=target, threshold=threshold, direction=direction), value) == verdict


def test_measuring_appends_once_a_day_leaves_imported_ones_alone_and_tells_what_misses(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    with writing(store) as book:
        book.create(
            "kpi",
            {
                "name": "Overdue",
                "measure": "actions_overdue",
                "target": 0,
                "direction": "down",
                "unit": "actions",
                "action_when_missed": "Ask",
            },
        )
        book.create("kpi", {"name": "Imported", "target": 1, "direction": "down"})
        book.create("kpi", {"name": "Typo", "measure": "actions_overdu"})
        book.create("kpi", {"name": "Hours", "measure": "ai_detection_hours"})
        book.create("corrective_action", {"title": "Late", "due_date": "2026-05-01"})
    with writing(store) as book:
        report = kpis.measure(book, seen_by(book.session, MIRA, CONTEXT), TODAY)
    assert [(one.kpi, one.measured.value, one.verdict) for one in report.appended] == [("KPI-001", 1, "missed")]
    assert dict(report.left_out)["KPI-003"].startswith("actions_overdu: there is no such measure")
    assert dict(report.left_out)["KPI-004"] == "nothing recorded that could be measured"
    (seen,) = report.missed
    assert seen.requirement == ("9.1", "10.2") and seen.sources == ("row:KPI-001", "row:CA-2026-001") and "at most 0 actions" in seen.gap
    with writing(store) as book:
        proposed = kpis.propose(book, report.missed)
        assert len(proposed) == 1 and kpis.propose(book, report.missed) == proposed
    with writing(store) as book:
        again = kpis.measure(book, seen_by(book.session, MIRA, CONTEXT), TODAY)
    assert again.appended == () and dict(again.left_out)["KPI-001"] == "measured on that day already"
    with store.read() as session:
        first, imported, *_ = kpis.lines(seen_by(session, MIRA, CONTEXT))
    assert (first.last.value, first.last.numerator, first.last.denominator, first.verdict) == (1, 1, 1, "missed")
    assert (imported.points, imported.verdict) == ((), "no_value")
    store.close()


def test_nothing_is_measured_ahead_and_a_state_is_not_dated_back(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    with writing(store) as book:
        book.create("kpi", {"name": "Overdue", "measure": "actions_overdue"})
        book.create("kpi", {"name": "AI incidents", "measure": "ai_incidents"})
    with writing(store) as book:
        report = kpis.measure(book, seen_by(book.session, MIRA, CONTEXT), date(2026, 4, 1))
    assert [one.kpi for one in report.appended] == ["KPI-002"] and "on that day only" in dict(report.left_out)["KPI-001"]
    with pytest.raises(RowRefused), writing(store) as book:
        kpis.measure(book, seen_by(book.session, MIRA, CONTEXT), date(2026, 5, 5))
    with pytest.raises(NotAllowed), writing(store, ADA) as book:
        kpis.measure(book, seen_by(book.session, ADA, CONTEXT), TODAY)
    store.close()


def test_a_key_figure_does_not_count_what_its_readers_may_not_see(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    keeper = somebody("isms_manager", "P-001", "department:legal")
    with writing(store, keeper) as book:
        book.create("corrective_action", {"title": "Open", "due_date": "2026-05-01"})
        book.create("corrective_action", {"title": "Insider", "due_date": "2026-05-01", "audience": "department:legal"})
        book.create("kpi", {"name": "For all", "measure": "actions_overdue", "target": 0, "direction": "down"})
        book.create("kpi", {"name": "For legal", "measure": "actions_overdue", "audience": "department:legal"})
    with writing(store, keeper) as book:
        report = kpis.measure(book, seen_by(book.session, keeper, CONTEXT), TODAY)
    assert [(one.name, one.measured.value) for one in report.appended] == [("For all", 1), ("For legal", 2)]
    assert report.missed[0].sources == ("row:KPI-001", "row:CA-2026-001")
    store.close()
