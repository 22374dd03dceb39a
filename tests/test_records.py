"""Writing rows: what is given is checked, ids are handed out, links kept, rights asked, nothing written twice."""

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from assistant.identity import Asker
from knowledge.errors import ChangedMeanwhile, NoSuchRow, NotAllowed, RowRefused
from knowledge.registers import Document, JournalEntry, Link, Risk, Store, queries, records, register
from knowledge.registers.rights import INSTALLATION, Actor
from knowledge.registers.rules import judged_state
from tests.engines import Engine
from tests.records import ADA, CONTEXT, JON, MIRA, NOW, TODAY, a_risk, a_store, an_asset, somebody, writing


@pytest.fixture
def store(tmp_path: Path, engine: Engine) -> Iterator[Store]:
    made = a_store(tmp_path, engine)
    with writing(made) as book:
        book.create("site", {"name": "Halle"})
        book.create("asset", an_asset(site="S-001"))
        book.create("asset", an_asset(name="Labels", **{"class": "training data", "depends_on": "A-001"}))
    yield made
    made.close()


def create(store: Store, name: str, given: dict[str, Any], actor: Actor = MIRA) -> Any:
    with writing(store, actor) as book:
        return book.create(name, given)


def change(store: Store, name: str, id_: str, given: dict[str, Any], actor: Actor = MIRA, now: datetime = NOW, **more: Any) -> Any:
    with writing(store, actor, now) as book:
        return book.change(name, id_, given, **more)


def problems(error: pytest.ExceptionInfo[RowRefused]) -> list[tuple[str, str, str]]:
    return [(problem.column, problem.value, problem.reason) for problem in error.value.problems]


def values(store: Store, name: str, id_: str, actor: Actor = MIRA) -> dict[str, Any]:
    with store.read() as session:
        return queries.values(session, actor, queries.get(session, actor, name, id_))


def test_a_row_gets_the_next_id_and_its_values_in_their_form(store: Store) -> None:
    given = a_risk(
        assets="A-001|A-002",
        annex_a_controls="8.24|a8.3",
        threats="AML.T0020|Model extraction",
        review_date="2026-09-01",
        inherent_impact="5",
        ai_system_ref="",
    )
    assert create(store, "risk", given).id == "R-001"
    found = values(store, "risk", "R-001")
    assert (found["inherent_likelihood"], found["inherent_impact"], found["review_date"]) == (4, 5, "2026-09-01")
    assert found["assets"] == ["A-001", "A-002"]
    assert sorted(found["annex_a_controls"]) == ["A.8.24", "A.8.3"]
    assert sorted(found["threats"]) == ["AML.T0020", "Model extraction"]
    assert (found["owner"], found["source"], found["revision"]) == ("P-002", "test", 1)


@pytest.mark.parametrize(
    ("name", "given", "id_"),
    [
        ("finding", {"title": "Gap", "grade": "minor"}, "F-2026-001"),
        ("corrective_action", {"title": "Do"}, "CA-2026-001"),
        ("supplier", {"name": "Cloudy"}, "SUP-001"),
        ("control_status", {"control": "annex a 8.24"}, "A.8.24"),
        ("control_status", {"control": "iso42001:A.6.2.4"}, "iso42001:A.6.2.4"),
        ("clause_status", {"clause": "clause 6.1.2"}, "6.1.2"),
        ("document", {"number": "IS-POL-01", "title": "Policy"}, "IS-POL-01"),
        ("asset", an_asset(id="PRESS 7"), "PRESS 7"),
    ],
)
def test_ids_are_those_that_people_say(store: Store, name: str, given: dict[str, Any], id_: str) -> None:
    row = create(store, name, given)
    assert getattr(row, register(name).id_name) == id_


def test_a_number_that_a_file_brought_along_is_not_given_out_again(store: Store) -> None:
    create(store, "risk", a_risk(ref_id="R-041"))
    assert create(store, "risk", a_risk()).id == "R-042"
    with writing(store) as book:
        book.retire("risk", "R-042", "A test entry")
    assert create(store, "risk", a_risk()).id == "R-043"


@pytest.mark.parametrize(
    ("more", "column", "reason"),
    [
        ({"name": ""}, "name", "it is empty; fill it in"),
        ({"inherent_likelihood": 6}, "inherent_proba", "write a whole number from 1 to 5"),
        ({"inherent_likelihood": "high"}, "inherent_proba", "write a whole number from 1 to 5"),
        ({"inherent_likelihood": 2.5}, "inherent_proba", "write a whole number from 1 to 5"),
        ({"treatment": "pray"}, "treatment", "allowed are modify, retain, avoid, share"),
        ({"review_date": "tomorrow"}, "review_date", "write a date as YYYY-MM-DD"),
        ({"owner": "nobody@plant.example"}, "owner", "nobody has that e-mail, id or name; add the person first"),
        ({"assets": "A-001|A-999"}, "assets", "there is no such asset; write the id of one that exists"),
        ({"annex_a_controls": "A.9.1.1"}, "annex_a_controls", "A.9.1.1 is an id of the withdrawn edition of 2013; today it is A.5.15: write that"),
        ({"annex_a_controls": "A.8.99"}, "annex_a_controls", "A.8.99 is no control of iso27001-2022; write an id such as A.8.24"),
        ({"audience": "everyone"}, "audience", "allowed are public, staff, role:NAME, department:NAME, person:E-MAIL"),
        ({"inherent_level": 20}, "inherent_level", "it is worked out and never written; leave it out"),
        ({"residual_impact": 5, "residual_likelihood": 5}, "justification", "the residual score 25 is above the current 12; say why, or lower it"),
        ({"priority_override": "low"}, "priority_reason", "a priority set by hand needs a reason"),
        ({"current_safety": 5}, "current_impact", "it is 4, but its highest column is 5; the highest counts"),
        ({"ref_id": "R|1"}, "ref_id", "an id has up to 64 characters and none of | ; or comma"),
        ({"ref_id": "R-\u202e1"}, "ref_id", "an id has no characters that cannot be seen; type it again"),
        ({"review_date": "9999-12-31"}, "review_date", "write a day from 1900-01-01 to 2199-12-31, or leave it empty where there is none"),
        ({"name": "half \ud800"}, "name", "it holds half of a character; type it again"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_with_what_to_do(store: Store, more: dict[str, Any], column: str, reason: str) -> None:
    with pytest.raises(RowRefused) as error:
        create(store, "risk", a_risk(**more))
    assert [(problem[0], problem[2]) for problem in problems(error)] == [(column, reason)]
    assert error.value.problems[0].register == "risk"


def test_all_problems_of_a_row_are_said_at_once(store: Store) -> None:
    with pytest.raises(RowRefused) as error:
        create(store, "risk", a_risk(inherent_likelihood=9, treatment="pray", colour="red"))
    assert {problem[0] for problem in problems(error)} == {"colour", "inherent_proba", "treatment"}
    assert "risk (new), inherent_proba is '9': write a whole number from 1 to 5" in str(error.value)


def test_the_impact_is_its_highest_column(store: Store) -> None:
    risk = create(store, "risk", a_risk(current_impact=None, current_safety=2, current_money=4))
    assert risk.current_impact == 4
    assert change(store, "risk", risk.id, {"current_safety": 5}).current_impact == 5


def test_a_residual_above_the_current_stands_with_a_reason(store: Store) -> None:
    given = a_risk(residual_likelihood=5, residual_impact=5, justification="The new line doubles the throughput.")
    assert create(store, "risk", given).id == "R-001"


def test_only_what_differs_is_written(store: Store) -> None:
    create(store, "risk", a_risk(assets="A-001"))
    with store.read() as session:
        before = len(session.exec(select(JournalEntry)).all())
    row = change(store, "risk", "R-001", {"current_likelihood": "3", "assets": ["A-001"], "name": "Poisoned images"})
    assert row.revision == 1
    row = change(store, "risk", "R-001", {"assets": "A-002|A-001"}, now=NOW + timedelta(hours=1))
    assert (row.revision, row.changed_at) == (2, NOW + timedelta(hours=1))
    with store.read() as session:
        assert len(session.exec(select(JournalEntry)).all()) == before + 1
    assert values(store, "risk", "R-001")["assets"] == ["A-001", "A-002"]


def test_somebody_elses_change_is_not_overwritten(store: Store) -> None:
    create(store, "risk", a_risk())
    change(store, "risk", "R-001", {"name": "First"}, revision=1)
    with pytest.raises(ChangedMeanwhile, match="risk R-001: somebody changed it after you opened it"):
        change(store, "risk", "R-001", {"name": "Second"}, revision=1)


def test_a_retired_row_is_gone_from_lists_and_stays_in_the_database(store: Store) -> None:
    create(store, "risk", a_risk())
    with writing(store) as book:
        book.retire("risk", "R-001", "Recorded twice")
    with store.read() as session:
        assert queries.rows(session, MIRA, "risk") == []
        assert session.get(Risk, "R-001") is not None
        with pytest.raises(NoSuchRow):
            queries.get(session, MIRA, "risk", "R-001")


def test_measurements_are_never_changed(store: Store) -> None:
    create(store, "kpi", {"name": "Detection time"})
    row = create(store, "measurement", {"kpi": "KPI-001", "date": "2026-04-01", "value": 4.5})
    with pytest.raises(RowRefused, match="these rows are never changed; add a newer one with a note"):
        change(store, "measurement", row.id, {"value": 3})


def test_an_ai_incident_closes_with_a_lesson(store: Store) -> None:
    create(store, "incident", {"title": "Drift", "ai_incident": "yes"})
    with pytest.raises(RowRefused, match="an AI incident is closed with a lesson"):
        change(store, "incident", "INC-2026-001", {"status": "closed"})
    assert change(store, "incident", "INC-2026-001", {"status": "closed", "lesson": "Watch the lamps."}).status == "closed"


def test_a_period_ends_after_it_begins(store: Store) -> None:
    with pytest.raises(RowRefused, match="end_date: it lies before start date"):
        create(store, "audit", {"type": "internal", "title": "Spring", "start_date": "2026-05-04", "end_date": "2026-05-01"})


def test_two_people_cannot_share_an_e_mail(store: Store) -> None:
    with pytest.raises(RowRefused, match="somebody has that e-mail already"):
        create(store, "person", {"name": "Ada Two", "email": "ADA@plant.example"}, somebody("admin", "P-1"))


def test_a_document_is_described_with_its_version(store: Store) -> None:
    create(store, "document", {"number": "IS-1", "title": "Policy", "version": "2", "state": "approved", "next_review": "2026-10-01"})
    found = values(store, "document", "IS-1")
    assert (found["version"], found["state"], found["next_review"]) == ("2", "approved", "2026-10-01")
    change(store, "document", "IS-1", {"next_review": "2027-10-01"})
    assert values(store, "document", "IS-1")["next_review"] == "2027-10-01"


def test_computed_columns_come_for_many_rows_at_once(store: Store) -> None:
    create(store, "risk", a_risk(due_date="2026-05-03"))
    create(store, "risk", a_risk(current_likelihood=None))
    with store.read() as session:
        found = queries.computed(session, register("risk"), ["R-001", "R-002"], CONTEXT)
    assert found["R-001"] == {
        "inherent_score": 20,
        "current_score": 12,
        "residual_score": 6,
        "owner_email": "ada@plant.example",
        "band": "high",
        "acceptance": "none",
        "priority": "urgent",
        "overdue": True,
    }
    assert (found["R-002"]["current_score"], found["R-002"]["band"], found["R-002"]["overdue"]) == (None, None, False)


# --- rights --------------------------------------------------------------------------------------------------------


def test_an_owner_changes_own_rows_only(store: Store) -> None:
    create(store, "risk", a_risk())
    create(store, "risk", a_risk(owner="P-003"))
    assert change(store, "risk", "R-001", {"name": "Mine"}, ADA).name == "Mine"
    with pytest.raises(NotAllowed, match="risk R-002: the role owner may not change it"):
        change(store, "risk", "R-002", {"name": "Not mine"}, ADA)
    with pytest.raises(NotAllowed, match="the role owner may not create it"):
        create(store, "risk", a_risk(), ADA)


def test_what_one_may_not_see_cannot_be_named_changed_or_told_apart(store: Store) -> None:
    with writing(store, INSTALLATION) as book:
        book.create("asset", an_asset(id="A-900", audience="person:P-009"))
        book.create("risk", a_risk(assets="A-001|A-900"))
    with pytest.raises(RowRefused) as hidden:
        create(store, "risk", a_risk(assets="A-900"))
    with pytest.raises(RowRefused) as absent:
        create(store, "risk", a_risk(assets="A-901"))
    assert problems(hidden)[0][2] == problems(absent)[0][2]
    with pytest.raises(NoSuchRow, match="asset A-900: there is no such row"):
        change(store, "asset", "A-900", {"name": "x"})
    assert values(store, "risk", "R-001")["assets"] == ["A-001"]
    change(store, "risk", "R-001", {"assets": "A-002"})
    assert values(store, "risk", "R-001")["assets"] == ["A-002"]
    assert values(store, "risk", "R-001", INSTALLATION)["assets"] == ["A-002", "A-900"]


def test_nobody_hides_a_row_from_themselves(store: Store) -> None:
    with pytest.raises(NotAllowed, match="choose readers that include you"):
        create(store, "incident", {"title": "Insider", "audience": "person:P-009"})
    assert create(store, "incident", {"title": "Insider", "audience": "role:isms_manager"}).audience == "role:isms_manager"


def test_rows_that_name_a_row_are_found_from_both_kinds_of_link(store: Store) -> None:
    create(store, "risk", a_risk(assets="A-001", annex_a_controls="A.8.24"))
    with store.read() as session:
        naming = [(found.name, column, row.id) for found, column, row in queries.pointing_at(session, MIRA, "asset", "A-001")]
        control = [(found.name, row.id) for found, _, row in queries.pointing_at(session, MIRA, "control", "iso27001-2022:A.8.24")]
    assert naming == [("asset", "depends_on", "A-002"), ("risk", "assets", "R-001")]
    assert control == [("risk", "R-001")]


# --- acceptance ----------------------------------------------------------------------------------------------------


def accept(store: Store, actor: Actor, until: date = TODAY + timedelta(days=365), now: datetime = NOW) -> Risk:
    with writing(store, actor, now) as book:
        risk: Risk = book.accept_risk("R-001", until)
    return risk


def test_a_risk_is_accepted_in_exactly_its_state_and_void_when_that_changes(store: Store) -> None:
    create(store, "risk", a_risk())
    risk = accept(store, ADA)
    assert (risk.accepted_by, risk.accepted_at, risk.acceptance_void_at) == ("P-002", NOW, None)
    assert risk.accepted_state == judged_state(risk)
    assert risk.accepted_state and risk.accepted_state["residual_likelihood"] == 2
    assert change(store, "risk", "R-001", {"review_date": "2026-08-01"}).acceptance_void_at is None
    assert change(store, "risk", "R-001", {"residual_likelihood": 3}).acceptance_void_at == NOW
    assert accept(store, JON).acceptance_void_at is None


@pytest.mark.parametrize(
    "actor", [somebody("staff", "P-002"), somebody("auditor", "P-008"), somebody("admin", "P-008"), somebody("owner", "P-003")]
)
def test_only_its_owner_an_approver_or_the_isms_manager_accepts_a_risk(store: Store, actor: Actor) -> None:
    create(store, "risk", a_risk())
    with pytest.raises(NotAllowed, match="may not approve it"):
        accept(store, actor)


def test_an_acceptance_ends_on_a_day_to_come(store: Store) -> None:
    create(store, "risk", a_risk())
    with pytest.raises(RowRefused, match="an acceptance ends on a day to come"):
        accept(store, ADA, TODAY)


def test_of_two_people_who_accept_a_risk_at_once_the_second_is_told_by_whom_it_is(store: Store) -> None:
    create(store, "risk", a_risk())
    start, ended = threading.Barrier(2), dict[str, str]()

    def accepting(actor: Asker) -> None:
        start.wait(10)
        try:
            accept(store, actor)
            ended[actor.name] = ""
        except RowRefused as error:
            ended[actor.name] = str(error)

    both = [threading.Thread(target=accepting, args=(actor,)) for actor in (ADA, JON)]
    for one in both:
        one.start()
    for one in both:
        one.join(30)
    with store.read() as session:
        kept = session.get_one(Risk, "R-001")
        told = [entry for entry in session.exec(select(JournalEntry)).all() if entry.action == "accept"]
    first, second = sorted(ended, key=lambda name: ended[name])
    by = {"P-002": ("Owner", "Ada Kern"), "P-003": ("Approver", "Jon Brandt")}[str(kept.accepted_by)]
    assert (len(told), first, ended[first]) == (1, by[0], "")
    assert f"accepted already, by {by[1]} on 2026-05-04, until 2027-05-04" in ended[second]


def test_an_acceptance_that_stands_is_renewed_by_who_names_the_revision_that_shows_it(store: Store) -> None:
    create(store, "risk", a_risk())
    with writing(store, ADA) as book:
        shown = book.accept_risk("R-001", TODAY + timedelta(30), revision=1).revision
    for seen in (None, 1):
        with pytest.raises(RowRefused, match="accepted already, by Ada Kern"), writing(store, JON) as book:
            book.accept_risk("R-001", TODAY + timedelta(365), revision=seen)
    with writing(store, JON) as book:
        assert book.accept_risk("R-001", TODAY + timedelta(365), revision=shown).accepted_by == "P-003"
    assert accept(store, ADA, TODAY + timedelta(400), NOW + timedelta(366)).accepted_by == "P-002", "what has run out stands no more"
    change(store, "risk", "R-001", {"residual_likelihood": 3})
    with pytest.raises(ChangedMeanwhile), writing(store, ADA) as book:
        book.accept_risk("R-001", TODAY + timedelta(365), revision=1)


def test_an_acceptance_from_a_file_is_kept_with_the_state_it_came_with(store: Store) -> None:
    given = a_risk(accepted_by="ada@plant.example", accepted_at="2026-03-01", acceptance_expires="2027-03-01")
    risk = create(store, "risk", given)
    assert (risk.accepted_at, risk.accepted_state) == (datetime(2026, 3, 1, tzinfo=UTC), judged_state(risk))


# --- many ----------------------------------------------------------------------------------------------------------


def test_many_rows_are_written_together_with_their_links_and_journal(store: Store) -> None:
    with writing(store) as book:
        book.expect("risk", [f"R-{number}" for number in range(5000)])
        for number in range(5000):
            book.create("risk", a_risk(ref_id=f"R-{number}", assets="A-001|A-002"))
    with store.read() as session:
        assert count(session, Risk) == 5000
        assert count(session, Link) == 10_001
        assert count(session, JournalEntry) == 5006


def count(session: Session, model: Any) -> int:
    return len(session.exec(select(model)).all())


def test_a_failure_after_many_rows_leaves_nothing(store: Store) -> None:
    def load() -> None:
        with records.writing(store, MIRA, NOW) as book:
            for number in range(2500):
                book.create("risk", a_risk(ref_id=f"R-{number}"))
            book.create("risk", a_risk(ref_id="R-7"))

    with pytest.raises(RowRefused, match="that id is not free"):
        load()
    with store.read() as session:
        assert count(session, Risk) == 0


def test_a_document_whose_version_is_refused_leaves_nothing_behind(store: Store) -> None:
    with writing(store) as book, pytest.raises(RowRefused):
        book.create("document", {"number": "X-01", "title": "Half", "approved_on": "yesterday or so"})
    with store.read() as session:
        assert session.get(Document, "X-01") is None
