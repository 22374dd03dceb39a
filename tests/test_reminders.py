"""The rules of reminding, and what is due at a moment."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from assistant.assurance.reminding import due, reminders
from assistant.assurance.reminding.reminders import LATE, RULES, countdown, late_days, latest
from assistant.assurance.reminding.state import Due, state_at
from knowledge.registers import REGISTERS, CorrectiveAction, ExternalRef, Outbox, Person, Reminder, ReminderAnswer, Store, records
from knowledge.registers.rights import INSTALLATION
from tests.records import a_store

MONDAY = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
TODAY = MONDAY.date()
STEPS = (14, 7, 1, 0, *LATE)


@pytest.mark.parametrize(
    ("days", "step"),
    [(15, None), (14, 14), (10, 14), (7, 7), (2, 7), (1, 1), (0, 0), (-1, -1), (-6, -1), (-7, -7), (-27, -14), (-28, -28), (-57, -56), (-1_500, min(LATE))],
)  # fmt: skip
def test_of_several_steps_the_latest_that_has_come_counts(days: int, step: int | None) -> None:
    assert latest(TODAY + timedelta(days=days), STEPS, TODAY, TODAY) == step


@pytest.mark.parametrize(
    ("due_on", "today", "ahead", "step"),
    [
        (date(2026, 5, 10), date(2026, 5, 8), date(2026, 5, 10), 0),  # due on Sunday: said on Friday
        (date(2026, 5, 11), date(2026, 5, 8), date(2026, 5, 10), 1),
        (date(2026, 5, 8), date(2026, 5, 8), date(2026, 5, 10), 0),  # due on Friday: not late before Saturday
        (date(2028, 3, 1), date(2028, 2, 29), date(2028, 2, 29), 1),
        (date(2027, 3, 1), date(2027, 2, 28), date(2027, 2, 28), 1),
    ],
)
def test_what_falls_on_a_day_off_is_said_before_it(due_on: date, today: date, ahead: date, step: int) -> None:
    assert latest(due_on, STEPS, today, ahead) == step


@pytest.mark.parametrize(("days", "step"), [(121, None), (120, 120), (61, 90), (60, 60), (2, 7), (1, 1), (0, None), (-3, None)])
def test_the_countdown_to_an_audit_ends_when_it_begins(days: int, step: int | None) -> None:
    assert countdown(TODAY + timedelta(days=days), reminders.COUNTDOWN_DAYS, TODAY, TODAY) == step


@pytest.mark.parametrize(
    ("step", "known", "late"),
    [(7, date(2026, 1, 1), 3), (7, date(2026, 5, 3), 1), (7, TODAY, 0), (0, date(2026, 1, 1), 0)],
)
def test_late_is_counted_from_the_step_or_from_when_it_was_known(step: int, known: date, late: int) -> None:
    assert late_days(TODAY + timedelta(days=4), step, TODAY, known) == late


def test_every_rule_stands_on_a_register_and_says_what_it_is_in_two_languages() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    for rule in RULES:
        columns = REGISTERS[rule.register].model.__table__.c
        assert rule.person in columns and rule.date(columns) is not None
        assert all((rule.en, rule.de, rule.done_en, rule.done_de)) and "." not in rule.name and rule.steps


# --- on a database -----------------------------------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """P-001 manager, P-002 owner, P-003 approver, P-004 plant manager."""
    store = a_store(tmp_path)
    with records.writing(store, INSTALLATION, MONDAY - timedelta(days=400), "test") as book:
        book.create("person", {"name": "Petra Werk", "email": "petra@plant.example", "role": "approver", "plant_manager": "yes"})
    yield store
    store.close()


def add(store: Store, register: str, at: datetime = MONDAY - timedelta(days=400), **values: Any) -> str:
    with records.writing(store, INSTALLATION, at, "test") as book:
        row = book.create(register, values)
        return str(getattr(row, "id", None) or row.number)


def an_action(store: Store, days: int, **more: Any) -> str:
    return add(
        store,
        "corrective_action",
        **{"title": "Doors", "owner": "P-002", "due_date": str(TODAY + timedelta(days=days)), "state": "action_planned", **more},
    )


def said_now(store: Store, now: datetime = MONDAY, **steps: tuple[int, ...]) -> list[Due]:
    with store.read() as session:
        return due.due(state_at(session, now, steps))


def told(found: list[Due]) -> set[tuple[str, str, int, str]]:
    return {(one.rule, one.row_id, one.step, one.person_id) for one in found}


def remember(store: Store, one: Due, state: str = "sent") -> None:
    with store.write() as session:
        session.add(Reminder(
            key="|".join(map(str, one.said)), rule=one.rule, register_name=one.register, row_id=one.row_id, due_on=one.due_on, step=one.step, person_id=one.person_id,
            channel="mail", state=state, created_at=MONDAY,
        ))  # fmt: skip


def change(store: Store, register: str, id_: str, **values: Any) -> None:
    with records.writing(store, INSTALLATION, MONDAY, "test") as book:
        book.change(register, id_, values)


@pytest.mark.parametrize(
    ("register", "values", "rule"),
    [
        ("corrective_action", {"title": "x", "state": "action_done", "review_due": "2026-05-04", "reviewer": "P-002"}, "effectiveness_due"),
        ("document", {"number": "IS-1", "title": "x", "owner": "ada@plant.example", "state": "approved", "next_review": "2026-05-20"}, "document_review"),
        ("document", {"number": "IS-1", "title": "x", "owner": "Ada Kern", "state": "approved", "next_review": "2026-05-20"}, "document_review"),
        ("risk", {"name": "x", "owner": "P-002", "review_date": "2026-05-10"}, "risk_review"),
        ("risk", {"name": "x", "owner": "P-002", "due_date": "2026-05-10"}, "risk_treatment"),
        ("evidence", {"title": "x", "owner": "P-002", "expires_on": "2026-06-20"}, "evidence_expiring"),
        ("training", {"title": "x", "owner": "P-002", "due_date": "2026-05-05"}, "training_open"),
        ("ai_system", {"name": "x", "owner": "P-002", "next_review": "2026-05-30"}, "ai_review"),
        ("ai_system", {"name": "x", "owner": "P-002", "last_review": "2025-05-06"}, "ai_review_by_interval"),
        ("supplier", {"name": "x", "owner": "P-002", "next_assessment": "2026-05-30"}, "vendor_assessment"),
        ("compensating_measure", {"title": "x", "owner": "P-002", "expires_on": "2026-05-30"}, "measure_expiring"),
        ("machine_identity", {"name": "x", "owner": "P-002", "expires_on": "2026-06-30"}, "identity_expiring"),
        ("access_path", {"name": "x", "owner": "P-002", "expires_on": "2026-05-04"}, "access_expiring"),
        ("management_review", {"title": "x", "owner": "P-002", "state": "done", "held_on": "2025-05-20"}, "review_due"),
        ("audit", {"title": "x", "type": "internal", "owner": "P-002", "status": "done", "start_date": "2025-05-20"}, "internal_audit_due"),
        ("kpi", {"name": "x", "owner": "P-002"}, "kpi_measurement"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_each_kind_of_thing_is_said_to_whoever_is_to_act(store: Store, register: str, values: dict[str, Any], rule: str) -> None:
    add(store, register, **values)
    assert {(one.rule, one.person_id) for one in said_now(store) if "." not in one.rule} == {(rule, "P-002")}


@pytest.mark.parametrize(
    ("register", "values"),
    [
        ("corrective_action", {"title": "x", "state": "closed", "due_date": "2026-05-04", "owner": "P-002"}),
        ("document", {"number": "IS-1", "title": "x", "owner": "ada@plant.example", "state": "draft", "next_review": "2026-05-04"}),
        ("training", {"title": "x", "owner": "P-002", "due_date": "2026-05-04", "state": "done", "done_on": "2026-05-01"}),
        ("programme_task", {"name": "x", "owner": "P-002", "due_date": "2026-05-04", "state": "done"}),
        ("control_status", {"id": "A.8.24", "owner": "P-002", "due_date": "2026-05-04", "implementation_status": "implemented"}),
        ("risk", {"name": "x", "owner": "P-002", "due_date": "2026-09-04"}),
        ("audit", {"title": "x", "type": "surveillance_1", "status": "cancelled", "start_date": "2026-05-05"}),
        ("access_path", {"name": "x", "kind": "session", "owner": "P-002", "expires_on": "2026-05-04"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_what_is_done_far_away_or_cancelled_is_silent(store: Store, register: str, values: dict[str, Any]) -> None:
    add(store, register, **values)
    assert said_now(store) == []


def test_the_ladder_goes_from_the_owner_to_deputy_manager_and_plant_manager(store: Store) -> None:
    change(store, "person", "P-002", deputy="P-003")
    action = an_action(store, -22)
    assert told(said_now(store)) == {
        ("action_due", action, -14, "P-002"),
        ("action_due.deputy", action, -3, "P-003"),
        ("action_due.manager", action, -7, "P-001"),
        ("action_due.plant_manager", action, -21, "P-004"),
    }
    change(store, "corrective_action", action, owner="P-001")
    assert ("action_due.manager", "P-001") not in {(one.rule, one.person_id) for one in said_now(store)}, (
        "nobody is told twice of one thing"
    )


def test_a_deputy_is_told_once_of_each_of_several(store: Store) -> None:
    change(store, "person", "P-002", deputy="P-003")
    change(store, "person", "P-003", deputy="P-004")
    one, other = an_action(store, -3), an_action(store, -3, owner="P-003")
    found = said_now(store)
    assert {(each.row_id, each.person_id) for each in found if each.rule == "action_due.deputy"} == {(one, "P-003"), (other, "P-004")}
    for each in found:
        remember(store, each)
    assert said_now(store) == []


def test_what_was_said_is_not_said_again_until_the_next_step_or_another_date(store: Store) -> None:
    action = an_action(store, 7)
    (one,) = said_now(store)
    remember(store, one)
    assert said_now(store) == []
    assert said_now(store, MONDAY - timedelta(days=3)) == [], "also by a clock that was set back"
    assert told(said_now(store, MONDAY + timedelta(days=7))) == {("action_due", action, 0, "P-002")}
    change(store, "corrective_action", action, due_date=str(TODAY + timedelta(days=6)))
    assert [(one.due_on, one.step) for one in said_now(store)] == [(TODAY + timedelta(days=6), 7)]


def test_what_was_taken_back_unsaid_is_said_after_all(store: Store) -> None:
    an_action(store, 7)
    (one,) = said_now(store)
    remember(store, one, "cancelled")
    assert said_now(store) == [one]


@pytest.mark.parametrize("days", [1, 7, 45])
def test_after_a_downtime_the_latest_step_is_said_once_and_marked_late(store: Store, days: int) -> None:
    action = an_action(store, 0)
    back = MONDAY + timedelta(days=days)
    mine = [one for one in said_now(store, back) if one.person_id == "P-002"]
    ladder = latest(TODAY, STEPS, back.date(), back.date())
    assert [(one.row_id, one.step, one.late_days) for one in mine] == [(action, ladder, max(0, days + (ladder or 0)))]


def test_a_restricted_row_is_said_to_nobody_who_may_not_read_it(store: Store) -> None:
    an_action(store, -30, audience="department:legal")
    assert said_now(store) == []
    with store.write() as session:
        session.get_one(Person, "P-002").department = "legal"
    assert {one.person_id for one in said_now(store)} == {"P-002"}


def test_nobody_is_woken_at_night_and_everybody_told_on_their_own_day(store: Store) -> None:
    an_action(store, 0)
    assert said_now(store, MONDAY.replace(hour=3)) == []
    change(store, "person", "P-002", time_zone="Pacific/Auckland")
    before = datetime(2026, 5, 2, 21, tzinfo=UTC)  # Sunday morning in Auckland
    assert said_now(store, before) == []
    assert [one.step for one in said_now(store, datetime(2026, 5, 3, 21, tzinfo=UTC))] == [0], "Monday morning in Auckland"


def test_the_night_in_which_the_clocks_change_makes_nothing_twice(store: Store) -> None:
    add(store, "corrective_action", title="x", owner="P-002", due_date="2026-10-26", state="reported")
    seen: list[tuple[Any, ...]] = []
    moment = datetime(2026, 10, 23, 5, tzinfo=UTC)
    while moment < datetime(2026, 10, 28, tzinfo=UTC):
        for one in said_now(store, moment):
            remember(store, one)
            seen.append((one.step, one.today))
        moment += timedelta(minutes=30)
    assert seen == [(1, date(2026, 10, 23)), (0, date(2026, 10, 26)), (-1, date(2026, 10, 27))]


def test_who_has_no_owner_is_the_managers_and_who_is_away_the_deputys(store: Store) -> None:
    nobodys, away = an_action(store, 1, owner=""), an_action(store, 1)
    change(store, "person", "P-002", deputy="P-003", absent_from="2026-05-01", absent_until="2026-05-08")
    assert told(said_now(store)) == {("action_due", nobodys, 1, "P-001"), ("action_due", away, 1, "P-003")}


def test_what_was_put_off_comes_back_on_its_day(store: Store) -> None:
    action = an_action(store, 7)
    (one,) = said_now(store)
    remember(store, one)
    with store.write() as session:
        session.add(
            ReminderAnswer(
                key="k",
                person_id="P-002",
                rule="action_due",
                register_name="corrective_action",
                row_id=action,
                answer="snooze",
                until=TODAY + timedelta(days=2),
            )
        )
    assert said_now(store, MONDAY + timedelta(days=1)) == []
    assert [(one.row_id, one.step) for one in said_now(store, MONDAY + timedelta(days=2))] == [(action, 5)]


def test_before_an_audit_each_hears_of_their_own_and_the_plant_manager_of_majors(store: Store) -> None:
    audit = add(store, "audit", title="Surveillance", type="surveillance_1", start_date=str(TODAY + timedelta(days=30)), status="planned")
    finding = add(store, "finding", title="No review", grade="major")
    an_action(store, 20, finding=finding)
    assert told(said_now(store)) == {
        ("audit_countdown", audit, 30, "P-001"),
        ("audit_countdown", audit, 30, "P-002"),
        ("audit_majors", audit, 30, "P-004"),
    }
    assert said_now(store, MONDAY, audit_countdown=(20,), audit_majors=(20,)) == [], "the days are a setting"


def test_days_before_the_due_day_are_a_setting_of_each_rule(store: Store) -> None:
    an_action(store, 3)
    assert [one.step for one in said_now(store, action_due=(4, 3))] == [3]
    assert [one.step for one in said_now(store, action_due=(2,))] == []


def closed_there(store: Store, id_: str, asked: datetime, number: int = 1) -> None:
    """The action's task was closed in the tracker, and the evidence asked for."""
    with store.write() as session:
        if number == 1:
            session.add(ExternalRef(kind="corrective_action", row_id=id_, tracker="jira", key=f"ISMS-{id_}", last_state="done"))
        key = f"task-comment|{id_}|evidence {number}"
        session.add(Outbox(key=key, kind="task-comment", register_name="corrective_action", row_id=id_, created_at=asked))


def evidence(store: Store, days: int) -> set[tuple[str, int]]:
    """(person, step) of what is said of evidence so many days after Monday."""
    return {(one.person_id, one.step) for one in said_now(store, MONDAY + timedelta(days=days)) if one.rule.startswith("evidence_asked")}


def test_who_closed_a_task_in_the_tracker_is_reminded_of_the_evidence_by_the_ladder(store: Store) -> None:
    change(store, "person", "P-002", deputy="P-003")
    action = an_action(store, 60, state="contained")
    assert evidence(store, 0) == set()
    closed_there(store, action, MONDAY)
    assert evidence(store, 0) == {("P-002", 7)}, "a week is left, for nothing is dated further back"
    assert evidence(store, 7) == {("P-002", 0)}
    assert evidence(store, 7 + 8) == {("P-002", -7), ("P-003", -3), ("P-001", -7)}
    assert ("P-004", -21) in evidence(store, 7 + 22)
    closed_there(store, action, MONDAY + timedelta(days=14), number=2)
    assert evidence(store, 15) == {("P-002", 7)}, "asked for again, after it was open in between"


@pytest.mark.parametrize(
    ("table", "values"),
    [
        (CorrectiveAction, {"state": "action_done"}),
        (CorrectiveAction, {"state": "closed"}),
        (ExternalRef, {"last_state": "running"}),
        (ExternalRef, {"missing_at": MONDAY}),
    ],
    ids=["shown to be done", "closed", "open there again", "gone"],
)
def test_nobody_is_reminded_of_evidence_that_is_there_or_not_asked_for_any_more(store: Store, table: Any, values: dict[str, Any]) -> None:
    action = an_action(store, 60, state="contained")
    closed_there(store, action, MONDAY)
    with store.write() as session:
        row = session.exec(select(table)).one()
        for name, value in values.items():
            setattr(row, name, value)
        session.add(row)
    assert evidence(store, 0) == set()
