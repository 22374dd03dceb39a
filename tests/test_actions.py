"""The steps of a corrective action: which may follow which, what each needs, and that there is no way past them."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from assistant import exchange
from assistant.assurance.corrective import actions, decisions, life
from assistant.assurance.corrective.actions import DATE_OF, STATES, TRANSITIONS, Missing, Proof
from assistant.assurance.corrective.ageing import ages, grouped
from knowledge.errors import ChangedMeanwhile, NoSuchRow, NotAllowed, RowRefused
from knowledge.registers import CorrectiveAction, Store, journal, queries
from knowledge.registers.derived import STANDARD
from knowledge.registers.rights import INSTALLATION
from tests.records import ADA, JON, MIRA, NOW, TODAY, a_store, somebody, writing

REVIEWER = somebody("staff", "P-004")
MAY_FOLLOW = """
reported                contained
contained               cause_analysed
cause_analysed          action_planned
action_planned          action_done
action_done             effectiveness_reviewed
effectiveness_reviewed  closed reopened
closed                  reopened
reopened                contained cause_analysed
"""
ALLOWED = {(line.split()[0], to) for line in MAY_FOLLOW.strip().splitlines() for to in line.split()[1:]}


def day(back: int) -> date:
    return TODAY - timedelta(days=back)


def an_action(state: str = "reported", **more: Any) -> CorrectiveAction:
    """An action that lacks nothing: done five days ago, reviewed and closed today."""
    whole = {
        "reported_on": day(30), "contained_on": day(6), "analysed_on": day(6), "planned_on": day(6), "done_on": day(5), "reviewed_on": TODAY, "closed_on": TODAY,
        "containment": "Accounts locked", "contained_by": "P-002", "root_cause": "No step for leavers", "exists_elsewhere": "Looked at KeyRoom: no",
        "action": "Checklist with each system", "owner": "P-002", "due_date": TODAY + timedelta(days=30), "criterion": "No account in 10 samples",
        "criterion_set_at": NOW - timedelta(days=6), "effectiveness_result": "10 of 10 without account", "reviewer": "P-004", "reopen_reason": "It came back",
    }  # fmt: skip
    return CorrectiveAction(**{"id": "CA-2026-001", "title": "Leavers", "state": state, **whole, **more})


EVIDENCE = (Proof("EV-001", day(4)),)


def lacking(action: Any, to: str, evidence: Any = EVIDENCE, now: datetime = NOW) -> list[str]:
    return [one.column for one in actions.missing(action, to, evidence, now)]


def for_step(start: str, to: str, **more: Any) -> CorrectiveAction:
    """An action that has all it needs for a step that is taken today."""
    if start == "reopened":
        more = {"reopened_on": day(1), **more}
    return an_action(start, **{DATE_OF[to]: day(5) if to == "action_done" else TODAY, **more})


# --- the table -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", STATES)
@pytest.mark.parametrize("to", STATES)
def test_each_state_leads_where_the_table_says_and_nowhere_else(start: str, to: str) -> None:
    found = lacking(for_step(start, to), to)
    assert found == ([] if (start, to) in ALLOWED else ["state"])


BROKEN: dict[str, tuple[dict[str, Any], Any]] = {
    "containment": ({"containment": ""}, EVIDENCE),
    "contained_by": ({"contained_by": None}, EVIDENCE),
    "root_cause": ({"root_cause": ""}, EVIDENCE),
    "exists_elsewhere": ({"exists_elsewhere": ""}, EVIDENCE),
    "action": ({"action": ""}, EVIDENCE),
    "owner": ({"owner": None}, EVIDENCE),
    "due_date": ({"due_date": None}, EVIDENCE),
    "criterion": ({"criterion": ""}, EVIDENCE),
    "criterion_set_at": ({"criterion_set_at": NOW - timedelta(days=4)}, EVIDENCE),
    "evidence": ({}, (Proof("EV-001", day(6)), Proof("EV-002", None))),
    "effectiveness_result": ({"effectiveness_result": ""}, EVIDENCE),
    "reviewer": ({"reviewer": "P-002"}, EVIDENCE),
    "reviewed_on": ({"reviewed_on": day(5)}, EVIDENCE),
    "reopen_reason": ({"reopen_reason": ""}, EVIDENCE),
}
NEEDS = [(start, to, fact.column) for (start, to), facts in TRANSITIONS.items() for fact in facts if fact.column != "done_on"]


@pytest.mark.parametrize(("start", "to", "column"), sorted(set(NEEDS)))
def test_a_step_is_refused_for_exactly_the_fact_that_it_lacks(start: str, to: str, column: str) -> None:
    change, evidence = BROKEN[column]
    assert set(lacking(for_step(start, to, **change), to, evidence)) == {column}


@pytest.mark.parametrize(("start", "to"), sorted(ALLOWED))
def test_an_empty_action_is_told_all_that_it_lacks_at_once_in_both_languages(start: str, to: str) -> None:
    found = actions.missing(CorrectiveAction(id="CA-1", title="Empty", state=start), to, (), NOW)
    named = {fact.column for fact in TRANSITIONS[start, to]} - {"reviewed_on", "reviewer"}
    assert {one.column for one in found} >= named - ({"effectiveness_result"} if to == "closed" else set())
    assert all(isinstance(one, Missing) and one.en and one.de and one.en != one.de for one in found)


@pytest.mark.parametrize(
    ("start", "to", "change", "said"),
    [
        ("reported", "contained", {"contained_on": TODAY + timedelta(days=1)}, "lies in the future"),
        ("reported", "contained", {"contained_on": day(8)}, "more than 7 days"),
        ("reported", "contained", {"contained_on": day(7)}, ""),
        ("reported", "contained", {"contained_on": day(6), "reported_on": day(5)}, "before the step before it"),
        ("contained", "cause_analysed", {"analysed_on": day(7)}, "before the step before it"),
        ("action_planned", "action_done", {"done_on": day(7), "planned_on": day(7), "contained_on": day(8), "analysed_on": day(8)}, "criterion was not fixed"),
        ("action_done", "effectiveness_reviewed", {"review_due": TODAY + timedelta(days=1)}, "too early"),
        ("action_done", "effectiveness_reviewed", {"review_due": TODAY}, ""),
        ("effectiveness_reviewed", "closed", {"effectiveness_result": "Not met: 2 of 10 had accounts"}, "did not work"),
        ("effectiveness_reviewed", "closed", {"effectiveness_result": "Kriterium nicht erfüllt, zwei Konten"}, "did not work"),
        ("effectiveness_reviewed", "closed", {"effectiveness_result": "No account was found"}, ""),
        ("closed", "reopened", {"reopened_on": day(1)}, "before the step before it"),
    ],
)  # fmt: skip
def test_days_are_in_order_never_to_come_and_never_back_dated(start: str, to: str, change: dict[str, Any], said: str) -> None:
    found = actions.missing(for_step(start, to, **change), to, EVIDENCE, NOW)
    assert (said in "; ".join(one.en for one in found)) if said else found == []


def test_what_was_proved_before_the_reopening_counts_no_more() -> None:
    old = {"reopened_on": day(3)}
    assert "done_on" not in lacking(an_action("action_planned", **old, done_on=day(3)), "action_done")
    assert "evidence" in lacking(an_action("action_planned", **old, done_on=day(3)), "action_done", (Proof("EV-001", day(3)),))
    assert "evidence" not in lacking(an_action("action_planned", **old, done_on=day(3)), "action_done", (Proof("EV-002", day(2)),))
    again = an_action("action_done", reopened_on=TODAY, done_on=TODAY)
    assert "reviewed_on" in lacking(again, "effectiveness_reviewed", (Proof("EV-002", TODAY + timedelta(days=1)),))
    values = actions.stamped(an_action("action_done", reopened_on=TODAY), "effectiveness_reviewed", {}, "P-004", NOW)
    assert (values["effectiveness_result"], values["reviewer"]) == ("", "P-004"), "the result of the round before is not carried over"


TEXTS = st.sampled_from(["", "said"])
PEOPLE = st.sampled_from([None, "P-002", "P-004"])
MOVES = st.lists(
    st.tuples(
        st.sampled_from(STATES),
        st.fixed_dictionaries(
            dict.fromkeys(
                ("containment", "root_cause", "exists_elsewhere", "action", "criterion", "effectiveness_result", "reopen_reason"), TEXTS
            )
            | dict.fromkeys(("contained_by", "owner", "reviewer"), PEOPLE)
            | {"due_date": st.sampled_from([None, date(2027, 1, 1)])}
        ),
        st.integers(-9, 2),
        st.integers(0, 5),
        st.booleans(),
    ),
    max_size=40,
)


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@drawn(MOVES)
def test_whatever_is_tried_nothing_is_closed_without_every_fact_and_days_only_go_forward(moves: list[Any]) -> None:
    action, evidence, now = CorrectiveAction(id="CA-1", title="Any", reported_on=TODAY), [], NOW
    last = TODAY
    for to, given, shift, passed, proof in moves:
        now += timedelta(days=passed)
        values = actions.stamped(action, to, {**given, DATE_OF[to]: now.date() + timedelta(days=shift)}, None, now)
        more = [Proof(f"EV-{len(evidence)}", now.date())] if proof else []
        after = action.model_copy(update={name: value for name, value in values.items() if name != "state"})
        if actions.missing(after, to, [*evidence, *more], now):
            continue
        evidence += more
        action = after.model_copy(update={"state": to})
        reached = getattr(action, DATE_OF[to])
        assert last <= reached <= now.date() and reached >= now.date() - timedelta(days=actions.GRACE_DAYS)
        last = reached
        if to == "closed":
            assert all(getattr(action, name) for name in BROKEN if name not in ("evidence", "reopen_reason"))
            assert action.reviewer != action.owner and action.done_on and action.reviewed_on > action.done_on
            assert action.criterion_set_at.date() <= action.done_on
            since = max(action.done_on, action.reopened_on + timedelta(days=1)) if action.reopened_on else action.done_on
            assert any(one.supports_date >= since for one in evidence)
            assert action.reopened_on is None or action.done_on >= action.reopened_on < action.reviewed_on


# --- the life in a plant ---------------------------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = a_store(tmp_path)
    with writing(made, INSTALLATION) as book:
        book.create("person", {"name": "Lea Hart", "email": "lea@plant.example", "role": "staff"})
    with writing(made) as book:
        book.create("finding", {"title": "Leavers", "grade": "minor", "reported_on": TODAY, "owner": "P-002"})
    with writing(made) as book:
        life.start(book, queries.get(book.session, MIRA, "finding", "F-2026-001"))
        book.create("evidence", {"title": "Sample of leavers", "supports_date": TODAY + timedelta(days=3)})
    yield made
    made.close()


def move(store: Store, to: str, actor: Any = ADA, later: int = 0, revision: int | None = None, **given: Any) -> CorrectiveAction:
    with writing(store, actor, NOW + timedelta(days=later)) as book:
        return life.move(book, "CA-2026-001", to, given, revision)


def action(store: Store) -> CorrectiveAction:
    with store.read() as session:
        return session.get_one(CorrectiveAction, "CA-2026-001")


PLAN = {"action": "Checklist", "criterion": "No account in 10 samples", "review_due": (TODAY + timedelta(days=10)).isoformat()}


def up_to(store: Store, state: str) -> None:
    taken: list[Callable[[], Any]] = [
        lambda: move(store, "contained", containment="Accounts locked"),
        lambda: move(store, "cause_analysed", root_cause="No step for leavers", exists_elsewhere="KeyRoom: no", why_1="Nobody asked HR"),
        lambda: move(store, "action_planned", **PLAN),
        lambda: move(store, "action_done", later=3, evidence="EV-001"),
        lambda: move(store, "effectiveness_reviewed", actor=JON, later=10, effectiveness_result="10 of 10", reviewer="lea@plant.example"),
        lambda: move(store, "closed", actor=MIRA, later=10, isms_change="Checklist F-AC-02"),
    ]
    for step in taken[: STATES.index(state)]:
        step()


def test_a_minor_gets_its_due_day_from_the_risk_method(store: Store) -> None:
    made = action(store)
    assert (made.state, made.due_date, made.owner) == ("reported", TODAY + timedelta(days=STANDARD.deadlines["minor"]), "P-002")


def test_an_action_goes_its_whole_way_and_the_journal_tells_each_step(store: Store) -> None:
    up_to(store, "closed")
    made = action(store)
    assert (made.state, made.contained_by, made.reviewer, made.closed_on) == ("closed", "P-002", "P-004", TODAY + timedelta(days=10))
    assert made.closing_note == f"Closed by Mira Voss (P-001) on {TODAY + timedelta(days=10)}"
    assert made.criterion_set_at == NOW
    with store.read() as session:
        assert journal.verify(session).whole
        assert actions.gaps(made, life.proofs(session, made.id, None)) == []


def test_a_refusal_names_everything_that_is_missing(store: Store) -> None:
    with pytest.raises(RowRefused) as refused:
        move(store, "contained")
    assert [problem.column for problem in refused.value.problems] == ["containment"]
    with pytest.raises(RowRefused) as refused:
        move(store, "closed", actor=MIRA)
    assert "it goes to contained" in str(refused.value)
    assert action(store).state == "reported"


PAST = [
    {"state": "closed"}, {"state": "contained"}, {"contained_on": "2026-05-01"}, {"done_on": "2026-05-04"}, {"criterion_set_at": "2026-01-01"},
    {"closed_on": "2026-05-04"}, {"due_date": "2027-05-04"}, {"due_date": ""}, {"accepted_by": "P-001"}, {"original_due_date": "2026-01-01"},
    {"effectiveness_result": "fine"}, {"reviewer": "P-002"}, {"reported_on": "2026-01-01"},
]  # fmt: skip


def proposed_and_accepted(store: Store, change: dict[str, Any]) -> None:
    with writing(store, ADA) as book:
        proposed = book.propose("corrective_action", "change", change, "CA-2026-001").id
    with writing(store, MIRA) as book:
        book.decide(proposed, True)


@pytest.mark.parametrize("change", PAST, ids=str)
@pytest.mark.parametrize("actor", [MIRA, ADA, INSTALLATION], ids=["manager", "owner", "installation"])
def test_no_change_by_hand_gets_past_a_step(store: Store, change: dict[str, Any], actor: Any) -> None:
    with pytest.raises(RowRefused), writing(store, actor) as book:
        book.change("corrective_action", "CA-2026-001", change)
    with pytest.raises(RowRefused):
        proposed_and_accepted(store, change)


def test_what_people_fill_in_on_the_way_is_changed_by_hand_until_the_proof_is_about_it(store: Store) -> None:
    with writing(store, ADA) as book:
        book.change("corrective_action", "CA-2026-001", {"criterion": "None in 20", "why_1": "Nobody asked", "due_date": "2026-06-01"})
    assert action(store).criterion_set_at == NOW
    up_to(store, "action_done")
    for column in ("criterion", "action", "owner", "review_due"):
        with pytest.raises(RowRefused, match="it stands since"), writing(store, MIRA) as book:
            book.change("corrective_action", "CA-2026-001", {column: "" if column in ("owner", "review_due") else "Easier"})


def test_the_owner_cannot_hand_the_action_over_to_review_it(store: Store) -> None:
    up_to(store, "action_done")
    with pytest.raises(NotAllowed, match="somebody else"):
        move(store, "effectiveness_reviewed", later=10, effectiveness_result="fine")
    with pytest.raises(RowRefused, match="it stands"):
        move(store, "effectiveness_reviewed", actor=MIRA, later=10, effectiveness_result="fine", owner="P-004", reviewer="P-002")
    with pytest.raises(RowRefused, match="does not review their own"):
        move(store, "effectiveness_reviewed", actor=MIRA, later=10, effectiveness_result="fine", reviewer="P-002")


def test_a_closed_action_is_edited_by_reopening_it_alone_and_never_taken_out(store: Store) -> None:
    up_to(store, "closed")
    with pytest.raises(RowRefused, match="is closed; reopen it"), writing(store) as book:
        book.change("corrective_action", "CA-2026-001", {"root_cause": "Another"})
    with pytest.raises(RowRefused, match="is closed; reopen it"), writing(store) as book:
        book.change("corrective_action", "CA-2026-001", {"evidence": ""})
    with pytest.raises(RowRefused, match="never taken out"), writing(store) as book:
        book.retire("corrective_action", "CA-2026-001", "Not needed")
    with pytest.raises(RowRefused, match="say why it is reopened"):
        move(store, "reopened", actor=MIRA, later=20)
    move(store, "reopened", actor=MIRA, later=20, reopen_reason="An account in July")
    assert action(store).state == "reopened"


def test_a_reopened_action_needs_new_evidence_and_a_new_review(store: Store) -> None:
    up_to(store, "closed")
    move(store, "reopened", actor=MIRA, later=20, reopen_reason="An account in July")
    move(store, "cause_analysed", later=21)
    move(store, "action_planned", later=21, criterion="None in 20", review_due=TODAY + timedelta(days=30))
    with pytest.raises(RowRefused, match="name evidence"):
        move(store, "action_done", later=25)
    with writing(store) as book:
        book.create("evidence", {"id": "EV-002", "title": "New sample", "supports_date": TODAY + timedelta(days=25)})
    move(store, "action_done", later=25, evidence="EV-001|EV-002")
    with pytest.raises(RowRefused, match="say what the effectiveness check found"):
        move(store, "effectiveness_reviewed", actor=JON, later=31)
    move(store, "effectiveness_reviewed", actor=JON, later=31, effectiveness_result="0 of 20")
    assert move(store, "closed", actor=MIRA, later=31).state == "closed"


def test_who_closes_is_a_named_person_with_the_right_and_not_the_owner(store: Store) -> None:
    up_to(store, "effectiveness_reviewed")
    for actor in (ADA, REVIEWER, somebody("auditor", "P-004"), somebody("admin", "P-004")):
        with pytest.raises(NotAllowed):
            move(store, "closed", actor=actor, later=10)
    with pytest.raises(NotAllowed, match="named person"):
        move(store, "closed", actor=somebody("isms_manager"), later=10)
    assert move(store, "closed", actor=JON, later=10).state == "closed"


def test_a_named_reviewer_records_the_check_without_any_other_right(store: Store) -> None:
    up_to(store, "action_done")
    with writing(store) as book:
        book.change("corrective_action", "CA-2026-001", {"reviewer": "P-004"})
    with pytest.raises(NotAllowed):
        move(store, "effectiveness_reviewed", actor=somebody("staff", "P-003"), later=10, effectiveness_result="fine")
    assert move(store, "effectiveness_reviewed", actor=REVIEWER, later=10, effectiveness_result="10 of 10").reviewer == "P-004"


def test_of_two_who_take_a_step_at_once_the_second_is_told(store: Store) -> None:
    seen = action(store).revision
    move(store, "contained", revision=seen, containment="Locked")
    with pytest.raises(ChangedMeanwhile, match="somebody changed it"):
        move(store, "contained", revision=seen, containment="Locked twice")


def test_of_many_at_the_same_moment_one_takes_the_step(store: Store) -> None:
    seen = action(store).revision

    def take(number: int) -> bool:
        try:
            move(store, "contained", revision=seen, containment=f"Locked by {number}")
        except ChangedMeanwhile:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(8))) == 1
    assert action(store).revision == seen + 1


def test_an_extension_has_a_reason_and_another_approver_and_keeps_the_first_day(store: Store) -> None:
    first = action(store).due_date
    assert first

    def extend(actor: Any, due: Any, reason: str) -> CorrectiveAction:
        with writing(store, actor) as book:
            return life.extend(book, "CA-2026-001", due, reason)

    with pytest.raises(NotAllowed):
        extend(ADA, first + timedelta(days=30), "Storage is late")
    for due, reason, said in (
        (first + timedelta(days=30), " ", "why more time"),
        (first, "Late", "lies after"),
        ("", "Late", "lies after"),
    ):
        with pytest.raises(RowRefused, match=said):
            extend(JON, due, reason)
    extend(JON, first + timedelta(days=30), "Storage is late")
    made = extend(MIRA, first + timedelta(days=60), "Still late")
    assert (made.original_due_date, made.due_date, made.extension_approver) == (first, first + timedelta(days=60), "P-001")
    assert "Storage is late" in made.extension_reason and "Still late" in made.extension_reason


def test_a_later_day_is_asked_for_and_whoever_accepts_it_approves_the_extension(store: Store) -> None:
    first = action(store).due_date
    with writing(store, ADA) as book:
        asked = decisions.ask_extension(book, "CA-2026-001", "2027-01-01", "Storage is late").id
    assert action(store).due_date == first
    with writing(store, MIRA) as book:
        decisions.decide(book, asked, True, "Once")
    made = action(store)
    assert (made.due_date, made.original_due_date, made.extension_approver) == (date(2027, 1, 1), first, "P-001")
    assert "Storage is late; Once" in made.extension_reason
    with writing(store, JON) as book:
        again = decisions.ask_extension(book, "CA-2026-001", "2027-02-01", "").id
    with pytest.raises(RowRefused, match="why more time"), writing(store, MIRA) as book:
        decisions.decide(book, again, True)


def test_accepting_is_done_once_by_a_named_person_with_the_right(store: Store) -> None:
    with pytest.raises(NotAllowed), writing(store, ADA) as book:
        life.accept_action(book, "CA-2026-001")
    for later in (0, 1):
        with writing(store, JON, NOW + timedelta(days=later)) as book:
            life.accept_action(book, "CA-2026-001")
    assert (action(store).accepted_by, action(store).accepted_at) == ("P-003", NOW)


def test_an_action_for_other_eyes_is_not_there(store: Store) -> None:
    with writing(store, somebody("isms_manager", "P-001", "department:legal")) as book:
        book.create("corrective_action", {"title": "Insider", "audience": "department:legal"})
    with pytest.raises(NoSuchRow), writing(store, JON) as book:
        life.move(book, "CA-2026-002", "contained", {"containment": "x"})


# --- what was reached elsewhere --------------------------------------------------------------------------------------


def test_a_file_brings_history_along_but_moves_nothing_that_is_here(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "corrective_action.csv"
    file.write_text("id,title,state,owner,done_on,closed_on\nCA-2025-007,Old one,closed,ada@plant.example,2025-02-01,2025-03-01\n", "utf-8")
    assert exchange.import_file(store, MIRA, "corrective_action", file, NOW).new == 1
    with store.read() as session:
        loaded = session.get_one(CorrectiveAction, "CA-2025-007")
        assert (loaded.state, loaded.closed_on) == ("closed", date(2025, 3, 1))
        assert {one.column for one in actions.gaps(loaded, ())} >= {"evidence", "effectiveness_result", "reviewer", "root_cause"}
    assert exchange.import_file(store, MIRA, "corrective_action", file, NOW).unchanged == 1
    file.write_text("id,title,state\nCA-2026-001,Leavers,closed\n", "utf-8")
    for actor in (MIRA, INSTALLATION):
        report = exchange.import_file(store, actor, "corrective_action", file, NOW)
        assert report.refused == 1 and "it changes by a step" in str(report.refusals[0])
    assert action(store).state == "reported"


@pytest.mark.parametrize("change", [{"state": "closed"}, {"accepted_at": "2026-05-01"}, {"owner": "P-002", "reviewer": "P-002"}], ids=str)
def test_a_new_action_by_hand_begins_at_the_beginning(store: Store, change: dict[str, Any]) -> None:
    with pytest.raises(RowRefused), writing(store, MIRA, history=False) as book:
        book.create("corrective_action", {"title": "New", **change})
    with writing(store, MIRA) as book:
        proposed = book.propose("corrective_action", "create", {"title": "New", **change}).id
    with pytest.raises(RowRefused), writing(store, somebody("isms_manager", "P-003"), history=False) as book:
        book.decide(proposed, True)


# --- how old they are ------------------------------------------------------------------------------------------------


def test_ages_tell_days_open_late_and_still_by_grade_and_owner() -> None:
    some = [
        an_action("action_planned", id="CA-1", finding="F-1", due_date=day(2), reported_on=day(40), planned_on=day(6), done_on=None, reviewed_on=None, closed_on=None),
        an_action("reported", id="CA-2", finding="F-2", owner=None, reported_on=day(10), contained_on=None, analysed_on=None, planned_on=None, done_on=None, reviewed_on=None, closed_on=None),
        an_action("closed", id="CA-3", finding="F-1"),
    ]  # fmt: skip
    found = ages(some, {"F-1": "major", "F-2": "minor"}, TODAY)
    assert [(one.id, one.days_open, one.days_late, one.days_still) for one in found] == [("CA-1", 40, 2, 6), ("CA-2", 10, 0, 10)]
    major, minor = grouped(found, "grade")
    assert (major.name, major.count, major.late, major.oldest, major.stretches) == ("major", 1, 1, 40, (0, 1, 0, 0, 0))
    assert [group.name for group in grouped(found, "owner")] == ["P-002", ""]
    assert (minor.middle, minor.longest_late) == (10, 0)
