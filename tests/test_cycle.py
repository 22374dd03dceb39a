"""The certification cycle: windows follow from the decision, dates of people win and are warned of, moving one moves what hangs on it."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.assurance import pictures
from assistant.assurance.auditing import cycle, moving
from assistant.assurance.auditing.cycle import Facts, months_after
from knowledge.registers.derived import Context
from tests.assured import STANDARD, a_plant_of, a_row

TODAY = date(2026, 5, 4)
DECIDED = date(2026, 3, 20)


def an_audit(type_: str, day: date | None, status: str = "planned", **more: Any) -> Any:
    return a_row(
        "audit", more.pop("id", f"AU-{type_}"), type=type_, title=type_, start_date=day, end_date=more.pop("end", day), status=status
    )


def keys(window: Any) -> list[str]:
    return [note.key for note in window.warnings]


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2025, 8, 31), 6, date(2026, 2, 28)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 1, 15), -1, date(2025, 12, 15)),
    ],
)
def test_months_end_where_the_shorter_month_ends(day: date, months: int, expected: date) -> None:
    assert months_after(day, months) == expected


def test_a_decision_gives_the_windows_of_three_years() -> None:
    found = cycle.windows(Facts(decided_on=DECIDED), TODAY)
    assert (found.expires_on, found.restore_until, found.assumed) == (date(2029, 3, 19), date(2029, 9, 19), False)
    assert [one.type for one in found.windows] == ["surveillance_1", "surveillance_2", "recertification"]
    first, second, recert = found.windows
    assert first.latest == date(2027, 3, 20)
    assert (first.suggested, second.suggested) == (date(2027, 2, 20), date(2028, 2, 20))
    assert recert.latest == date(2029, 3, 19) - timedelta(days=90), "60 days for a major, 30 for the decision"


@settings(max_examples=300, deadline=None)
@given(decided=st.dates(date(2020, 1, 1), date(2040, 12, 31)), closing=st.integers(0, 180))
def test_windows_lie_in_order_and_no_calendar_year_stays_without_surveillance(decided: date, closing: int) -> None:
    found = cycle.windows(Facts(decided_on=decided, closing_days=closing), decided)
    assert found.expires_on and found.restore_until and not found.warnings
    days = [decided]
    for window in found.windows:
        assert window.earliest and window.latest and window.suggested
        assert window.earliest <= window.suggested <= window.latest
        days.append(window.suggested)
    assert days == sorted(set(days)) and days[-1] + timedelta(days=closing + 30) <= found.expires_on
    first, second, recert = found.windows
    assert first.latest == months_after(decided, 12)
    assert second.latest and recert.earliest and second.latest < recert.earliest
    years = {first.suggested.year, second.suggested.year}  # type: ignore[union-attr]
    assert years >= set(range(decided.year + 1, recert.suggested.year)), (years, recert)  # type: ignore[union-attr]


@settings(max_examples=300, deadline=None)
@given(
    decided=st.dates(date(2020, 1, 1), date(2040, 12, 31)),
    first=st.integers(0, 10**6),
    second=st.integers(0, 10**6),
    third=st.integers(0, 10**6),
)
def test_any_dates_inside_the_windows_keep_the_rules(decided: date, first: int, second: int, third: int) -> None:
    """Whatever day a person picks inside each window in turn: in order, a surveillance in each calendar year, decided before the last day."""
    audits: list[Any] = []
    for type_, pick in (("recertification", third), ("surveillance_1", first), ("surveillance_2", second)):
        window = cycle.windows(Facts(audits, decided), decided).window(type_)
        assert window and window.earliest and window.latest
        day = window.earliest + timedelta(days=pick % ((window.latest - window.earliest).days + 1))
        audits.append(an_audit(type_, day))
    found = cycle.windows(Facts(audits, decided), decided)
    assert [note for window in found.windows for note in window.warnings] == [] and found.warnings == ()
    planned = [window.planned for window in found.windows]
    assert planned == sorted(planned)  # type: ignore[type-var]


def test_a_date_outside_its_window_stays_and_is_warned_of() -> None:
    audits = [an_audit("surveillance_1", date(2027, 6, 1)), an_audit("recertification", date(2029, 3, 1))]
    found = cycle.windows(Facts(audits, DECIDED), TODAY)
    first, _, recert = found.windows
    assert (first.planned, keys(first)) == (date(2027, 6, 1), ["late"])
    assert keys(recert) == ["late"] and "decision_late" in [note.key for note in found.warnings]
    assert str(first.warnings[0]) == "It is planned for 2027-06-01, after its window ends on 2027-03-20."


def test_a_year_that_nobody_audits_is_named() -> None:
    audits = [
        an_audit("surveillance_1", date(2026, 11, 2), "done"),
        an_audit("surveillance_2", date(2027, 11, 2)),
        an_audit("recertification", date(2029, 1, 8)),
    ]
    found = cycle.windows(Facts(audits, date(2026, 5, 2), date(2029, 5, 1)), date(2026, 12, 1))
    assert [str(note) for note in found.warnings] == [
        "No surveillance falls into 2028: each calendar year needs one, but for the year of recertification."
    ]


@pytest.mark.parametrize(
    ("stage_2", "expected"),
    [(date(2026, 8, 28), ["assumed"]), (date(2026, 8, 29), ["assumed", "repeat_stage_1"])],
    ids=["six months", "a day more"],
)
def test_stage_1_is_repeated_when_more_than_six_months_pass(stage_2: date, expected: list[str]) -> None:
    audits = [an_audit("stage_1", date(2026, 2, 27), "done", end=date(2026, 2, 28)), an_audit("stage_2", stage_2)]
    found = cycle.windows(Facts(audits), TODAY)
    second = found.window("stage_2")
    assert second and second.latest == date(2026, 8, 28)
    assert [note.key for note in found.warnings] == expected


@pytest.mark.parametrize(("today", "expected"), [(date(2026, 11, 4), "verify"), (date(2026, 11, 5), "repeat_stage_2")])
def test_open_majors_of_stage_2_lead_to_a_new_one_after_six_months(today: date, expected: str) -> None:
    audits = [an_audit("stage_2", date(2026, 5, 1), "done", end=date(2026, 5, 4))]
    found = cycle.windows(Facts(audits, open_majors=("F-2026-001",)), today)
    assert [note.key for note in found.warnings if note.key.startswith(("verify", "repeat"))] == [expected]


@pytest.mark.parametrize(
    ("today", "expected"),
    [(date(2029, 3, 19), []), (date(2029, 3, 20), ["expired"]), (date(2029, 9, 19), ["expired"]), (date(2029, 9, 20), ["gone"])],
)
def test_an_expired_certificate_can_be_restored_for_six_months(today: date, expected: list[str]) -> None:
    assert [note.key for note in cycle.windows(Facts(decided_on=DECIDED), today).warnings] == expected


def test_nothing_recorded_is_said_and_stage_dates_alone_give_an_assumed_decision() -> None:
    assert [note.key for note in cycle.windows(Facts(), TODAY).warnings] == ["nothing"]
    found = cycle.windows(Facts([an_audit("stage_1", date(2026, 6, 1))]), TODAY)
    assert found.assumed and found.decided_on == date(2026, 10, 1) and [one.type for one in found.windows] == list(cycle.TYPES)


def test_moving_the_first_moves_the_second_only_where_it_leaves_its_window() -> None:
    audits = [
        an_audit("stage_1", date(2026, 6, 1)),
        an_audit("stage_2", date(2026, 9, 7), end=date(2026, 9, 10)),
        an_audit("surveillance_1", date(2027, 8, 2)),
    ]
    _, none = moving.moved(Facts(audits), TODAY, "stage_1", date(2026, 6, 15))
    assert none == []
    after, moves = moving.moved(Facts(audits), TODAY, "stage_1", date(2026, 10, 5))
    assert next((one.type, one.before, one.after, one.ends) for one in moves) == (
        "stage_2", date(2026, 9, 7), date(2026, 10, 6), date(2026, 10, 9),
    )  # fmt: skip
    assert not [note for window in after.windows for note in window.warnings]


def test_what_was_held_or_lay_outside_before_is_not_moved() -> None:
    audits = [an_audit("surveillance_1", date(2027, 2, 1), "done"), an_audit("surveillance_2", date(2029, 6, 1))]
    _, moves = moving.moved(Facts(audits, DECIDED), TODAY, moving.DECISION, date(2026, 1, 12))
    assert moves == []


def test_the_registers_say_which_cycle_runs() -> None:
    plant = a_plant_of(
        date(2026, 5, 4),
        certificate=[
            a_row(
                "certificate",
                "CERT-001",
                number="1",
                standard="ISO/IEC 27001:2013",
                issued_on=date(2022, 1, 1),
                expires_on=date(2024, 12, 31),
            ),
            a_row(
                "certificate",
                "CERT-002",
                number="2",
                standard="ISO/IEC 27001:2022",
                issued_on=date(2025, 1, 1),
                expires_on=date(2027, 12, 31),
            ),
            a_row("certificate", "CERT-003", number="3", standard="TISAX", issued_on=date(2026, 2, 1), expires_on=date(2029, 1, 31)),
        ],
        isms=[a_row("isms", "ISMS-001", name="x", certified_on=date(2022, 1, 1))],
        audit=[an_audit("recertification", date(2024, 10, 1), "done"), an_audit("stage_2", date(2021, 11, 1), "done")],
    )
    found = cycle.facts(plant)
    assert (found.decided_on, found.expires_on) == (date(2025, 1, 1), date(2027, 12, 31))
    assert [one.type for one in cycle.windows(found, plant.today).windows] == ["surveillance_1", "surveillance_2", "recertification"]
    assert plant.context == Context(STANDARD, plant.today)


def test_the_picture_has_a_bar_a_window_and_marks_what_is_only_suggested() -> None:
    found = cycle.windows(Facts([an_audit("surveillance_1", date(2027, 2, 1))], DECIDED), TODAY)
    drawn = pictures.timeline(cycle.bars(found, "de"), TODAY, "Zyklus <1>", "de")
    assert (
        drawn.count("<rect") == 4 and "Überwachungsaudit 1" in drawn and "2027-02-01, geplant<" in drawn and "2028-02-20 ?, später" in drawn
    )
    assert "Zyklus &lt;1&gt;" in drawn and "<script" not in drawn and " style=" not in drawn
