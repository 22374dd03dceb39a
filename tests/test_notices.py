"""The words of reminders: both languages, what is late, whom one stands in for, and the state before an audit."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from assistant.assurance.reminding import notices
from assistant.assurance.reminding.due import due
from assistant.assurance.reminding.state import state_at
from connectors.base import Notice
from knowledge.registers import Store
from tests.records import a_store
from tests.test_reminders import MONDAY, TODAY, add, an_action, change


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = a_store(tmp_path)
    yield store
    store.close()


def the_notice(store: Store, person: str) -> Notice:
    with store.read() as session:
        state = state_at(session, MONDAY, {})
        items = [one for one in due(state) if one.person_id == person]
        return notices.composed(state, person, items, lambda one, answer: f"https://a.example/{one.row_id}/{answer}", "https://a.example")


def text(notice: Notice) -> str:
    return "\n".join([*notice.opening, *(item.text for item in notice.items), *notice.closing])


@pytest.mark.parametrize(
    ("days", "en", "de"),
    [
        (0, "4 May 2026, today", "4. Mai 2026, heute"),
        (1, "5 May 2026, in 1 day", "5. Mai 2026, in 1 Tag"),
        (-14, "20 April 2026, 14 days ago", "20. April 2026, vor 14 Tagen"),
        (666, "29 February 2028, in 666 days", "29. Februar 2028, in 666 Tagen"),
    ],
)
def test_a_day_is_said_with_its_distance_in_both_languages(days: int, en: str, de: str) -> None:
    day = TODAY + timedelta(days=days)
    assert (notices.when(day, TODAY, "en"), notices.when(day, TODAY, "de")) == (en, de)


def test_the_owner_is_told_what_shows_that_it_is_done_and_others_with_whom_it_is(store: Store) -> None:
    action = an_action(store, -8)
    mine, theirs = the_notice(store, "P-002"), the_notice(store, "P-001")
    assert "Add evidence that is dated after the action" in text(mine) and "With / Bei" not in text(mine)
    assert "With / Bei: Ada Kern" in text(theirs)
    assert [choice.action for choice in theirs.items[0].choices] == ["snooze", "snooze_week", "ask"]
    assert mine.items[0].url == f"https://a.example/registers/corrective_action/{action}"


def test_whoever_stands_in_is_told_for_whom(store: Store) -> None:
    an_action(store, 1)
    change(store, "person", "P-002", deputy="P-003", absent_from="2026-05-01", absent_until="2026-05-08")
    assert "You stand in for / Sie vertreten: Ada Kern" in text(the_notice(store, "P-003"))


def test_many_items_are_told_in_a_line_each_from_some_number_on(store: Store) -> None:
    actions = [an_action(store, 1) for _ in range(notices.MOST + 3)]
    found = the_notice(store, "P-002")
    assert (len(found.items), found.subject) == (notices.MOST, "Annexa: 15 reminders / 15 Erinnerungen")
    assert all(action in text(found) for action in actions) and "And 3 more / Und 3 weitere" in text(found)


def test_what_is_missing_or_old_before_an_audit_says_so_with_its_date(store: Store) -> None:
    add(store, "audit", title="Surveillance", type="surveillance_1", start_date=str(TODAY + timedelta(days=30)), status="planned")
    add(store, "audit", title="Internal", type="internal", start_date=str(TODAY - timedelta(days=400)), status="done", owner="P-003")
    kpi = add(store, "kpi", name="Patched", measure="x")
    add(store, "measurement", kpi=kpi, measured_on="2026-01-04", value="5")
    add(store, "evidence", title="Old", expires_on="2026-05-01", owner="P-003")
    said = text(the_notice(store, "P-001"))
    assert "internal audit: last on 30 March 2025, none in the last twelve months" in said
    assert "Managementbewertung: nicht erfasst" in said
    assert "newest measurement 4 January 2026, 120 days old" in said
    assert "1 pieces expired" in said


def test_a_manager_without_the_right_counts_no_restricted_rows(store: Store) -> None:
    add(store, "audit", title="Surveillance", type="surveillance_1", start_date=str(TODAY + timedelta(days=30)), status="planned")
    an_action(store, 100)
    an_action(store, 100, audience="department:legal")
    assert "corrective actions: 1 open" in text(the_notice(store, "P-001"))


@pytest.mark.parametrize(
    ("due_on", "days", "until"),
    [
        (TODAY + timedelta(days=3), 7, TODAY + timedelta(days=3)),
        (TODAY, 7, TODAY + timedelta(days=1)),
        (date(2027, 1, 1), 1, TODAY + timedelta(days=1)),
    ],
)
def test_nothing_is_put_off_past_its_day(due_on: date, days: int, until: date) -> None:
    assert notices.latest_snooze(due_on, TODAY, days) == until
