"""Findings: what their text needs, who proposes and who accepts, what comes back within three years, and where else to look."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from assistant.assurance.corrective import decisions, eight_d, elsewhere, findings, life
from assistant.assurance.corrective.elsewhere import Hit, Plant
from assistant.assurance.seen import Seen
from knowledge.errors import NotAllowed
from knowledge.registers import CorrectiveAction, Finding, Proposal, Store, queries
from knowledge.registers.rights import INSTALLATION
from tests.records import ADA, CONTEXT, JON, MIRA, NOW, TODAY, a_store, somebody, writing

STAFF = somebody("staff", "P-002")
AUDITOR = somebody("auditor", "P-003")
LEAVERS = Seen(
    "Leavers kept registry rights",
    ("A.5.18",),
    "3 of 10 sampled leavers kept rights in the model registry of line 2, seen on 12 May",
    "Rights are to end with the contract; the leaver checklist names the central account only",
    "minor",
    ("row:AC-0001",),
    origin="audit-check:AC-0001",
    site="S-001",
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = a_store(tmp_path)
    with writing(made, INSTALLATION) as book:
        book.create("site", {"name": "Bruchsal"})
        book.create("site", {"name": "Brenova"})
        book.create("supplier", {"name": "Korvik"})
        for name, more in (
            ("E1", {"supplier": "SUP-001", "line": "1"}),
            ("E2", {"supplier": "SUP-001", "line": "2"}),
            ("E3", {"site": "S-002"}),
        ):
            book.create("asset", {"name": name, "class": "edge AI device", **more})
        book.create("asset", {"name": "Press", "class": "PLC"})
    yield made
    made.close()


def with_(seen: Seen, **more: Any) -> Seen:
    return Seen(**{**{name: getattr(seen, name) for name in Seen.__dataclass_fields__}, **more})


# --- the text --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "columns"),
    [
        ({}, []),
        ({"requirement": ()}, ["requirement"]),
        ({"requirement": ("A.9.99",)}, ["requirement"]),
        ({"evidence_seen": "Access reviews missing"}, ["evidence_seen"]),
        ({"evidence_seen": "several leavers still had rights when the auditor looked"}, ["evidence_seen"] * 3),
        ({"evidence_seen": "3 of 10 leavers had rights in the registry of line 2"}, ["evidence_seen"]),
        ({"evidence_seen": "3 von 10 Austritten hatten am 12.05. noch Rechte in Halle 3"}, []),
        ({"gap": "Leavers kept registry rights"}, ["gap"]),
        ({"gap": "bad"}, ["gap"]),
    ],
)
def test_a_weak_text_is_told_what_it_lacks(change: dict[str, Any], columns: list[str]) -> None:
    seen = with_(LEAVERS, **change)
    found = findings.weak(seen.requirement, seen.evidence_seen, seen.gap, seen.title)
    assert [one.column for one in found] == columns
    assert all(one.en != one.de for one in found)


# --- proposing and accepting -----------------------------------------------------------------------------------------


def propose(store: Store, actor: Any = STAFF, **change: Any) -> str:
    with writing(store, actor) as book:
        return str(findings.propose(book, with_(LEAVERS, **change)).id)


def test_the_same_seen_twice_is_one_proposal_until_it_is_decided(store: Store) -> None:
    first = propose(store)
    assert propose(store, JON) == first
    assert propose(store, origin="audit-check:AC-0002") != first
    with store.read() as session:
        kept = session.get_one(Proposal, first)
    assert kept.sources[1]["source_id"] == "row:AC-0001" and kept.author == "P-002"


def test_what_was_accepted_as_an_observation_is_not_proposed_anew_until_somebody_decides_about_it(store: Store) -> None:
    first = propose(store, INSTALLATION, grade_hint="observation")
    with writing(store, history=False) as book:
        finding = decisions.decide(book, first, True).row_id
    assert propose(store, INSTALLATION, grade_hint="observation") == first
    with writing(store) as book:
        book.change("finding", finding, {"decision": "It is left as it is."})
    assert propose(store, INSTALLATION, grade_hint="observation") != first


def test_nobody_keeps_a_finding_of_the_product_from_others_by_proposing_it_for_their_own_eyes(store: Store) -> None:
    hidden = propose(store, somebody("staff", "P-002", "person:P-002"), audience="person:P-002")
    assert propose(store, INSTALLATION) != hidden


def test_who_accepts_may_edit_and_gets_a_finding_with_its_first_action(store: Store) -> None:
    id_ = propose(store)
    with pytest.raises(NotAllowed), writing(store, ADA) as book:
        decisions.decide(book, id_, True)
    with writing(store, MIRA) as book:
        decided = decisions.decide(book, id_, True, given={**_payload(store, id_), "grade": "major"})
    with store.read() as session:
        finding = session.get_one(Finding, decided.row_id)
        (action,) = findings.actions_of(session, MIRA, finding.id)
    assert (finding.grade, finding.site, action.state, action.accepted_at) == ("major", "S-001", "reported", None)
    assert action.due_date == TODAY + timedelta(days=CONTEXT.method.deadlines["major"])
    assert propose(store) == id_, "it is still open, so it is known"


def _payload(store: Store, id_: str) -> dict[str, Any]:
    with store.read() as session:
        return dict(session.get_one(Proposal, id_).payload)


@pytest.mark.parametrize(("grade", "count"), [("major", 1), ("minor", 1), ("area_of_concern", 1), ("observation", 0), ("opportunity", 0)])
def test_a_grade_that_asks_for_it_brings_an_action(store: Store, grade: str, count: int) -> None:
    with writing(store, MIRA) as book:
        register, id_ = findings.raise_(book, with_(LEAVERS, grade_hint=grade))
    with store.read() as session:
        assert register == "finding" and len(findings.actions_of(session, MIRA, id_)) == count


def test_an_auditor_writes_the_finding_and_nothing_else(store: Store) -> None:
    with writing(store, AUDITOR) as book:
        register, id_ = findings.raise_(book, LEAVERS)
    assert (register, id_) == ("finding", f"F-{TODAY.year}-001")
    with store.read() as session:
        assert findings.actions_of(session, MIRA, id_) == []
        finding = queries.get(session, AUDITOR, "finding", id_)
    with pytest.raises(NotAllowed), writing(store, AUDITOR) as book:
        life.start(book, finding)


def test_staff_propose_where_they_may_not_record(store: Store) -> None:
    with writing(store, STAFF) as book:
        assert findings.raise_(book, LEAVERS)[0] == "proposal"
    with store.read() as session:
        assert [one.title for one in findings.proposals(session, MIRA)] == [LEAVERS.title]
        assert queries.rows(session, MIRA, "finding") == []


def test_a_proposal_for_other_eyes_is_not_named_to_whoever_sees_the_same(store: Store) -> None:
    keeper = somebody("isms_manager", "P-001", "department:legal")
    hidden = propose(store, keeper, audience="department:legal")
    assert propose(store, STAFF) != hidden


# --- repeats ---------------------------------------------------------------------------------------------------------


def a_finding(id_: str, days: int, **more: Any) -> Finding:
    return Finding(**{"id": id_, "title": "Leavers kept rights", "grade": "minor", "reported_on": TODAY - timedelta(days=days), **more})


@pytest.mark.parametrize(
    ("other", "theirs", "same"),
    [
        ({"site": "S-001"}, ["A.5.18"], ("A.5.18", "S-001", "words")),
        ({"site": "S-002", "title": "Locks of the cabinet"}, ["A.5.18"], None),
        ({"site": "S-002", "title": "Leaver kept his rights"}, ["A.5.18"], ("A.5.18", "words")),
        ({"asset": "A-001", "title": "Locks of the cabinet"}, ["A.5.18", "A.5.15"], ("A.5.18", "A-001")),
        ({"site": "S-001"}, ["A.5.15"], None),
    ],
)
def test_a_repeat_is_the_same_requirement_and_place_or_words(other: dict[str, Any], theirs: list[str], same: Any) -> None:
    finding = a_finding("F-2", 0, site="S-001", asset="A-001")
    found = findings.repeats(finding, ["A.5.18"], [(a_finding("F-1", 400, **other), theirs)], TODAY)
    assert [one.same for one in found.found] == ([same] if same else [])
    assert found.candidate == bool(same)


@pytest.mark.parametrize(
    ("days", "grade", "count", "candidate"), [(1094, "minor", 1, True), (1096, "minor", 0, False), (30, "observation", 1, False)]
)
def test_only_the_last_three_years_count_and_only_a_repeated_minor_may_become_a_major(
    days: int, grade: str, count: int, candidate: bool
) -> None:
    found = findings.repeats(a_finding("F-2", 0, grade=grade), ["A.5.18"], [(a_finding("F-1", days), ["A.5.18"])], TODAY)
    assert (len(found.found), found.candidate) == (count, candidate)


def test_repeats_are_looked_for_among_what_one_may_read(store: Store) -> None:
    keeper = somebody("isms_manager", "P-001", "department:legal")
    for number, audience in enumerate(("staff", "department:legal", "staff")):
        with writing(store, keeper) as book:
            findings.raise_(book, with_(LEAVERS, audience=audience, origin=f"check {number}"))
    with store.read() as session:
        newest = queries.get(session, MIRA, "finding", f"F-{TODAY.year}-003")
        found = findings.repeats_of(session, MIRA, newest, [], CONTEXT)
    assert [one.finding.id for one in found.found] == [f"F-{TODAY.year}-001"]


# --- elsewhere -------------------------------------------------------------------------------------------------------


def test_the_same_class_and_supplier_on_other_lines_and_sites_are_to_be_looked_at(store: Store) -> None:
    with writing(store, MIRA) as book:
        book.create("finding", {"title": "No patch", "grade": "minor", "asset": "A-001", "site": "S-001", "requirement": "A.8.8"})
        book.create(
            "evidence", {"title": "Patch check", "control": "A.8.8", "assets": "A-003", "supports_date": TODAY - timedelta(days=10)}
        )
    with store.read() as session:
        places = elsewhere.look(session, MIRA, queries.get(session, MIRA, "finding", f"F-{TODAY.year}-001"), TODAY)
    by_id = {place.id: place for place in places}
    assert "also from SUP-001" in by_id["A-002"].said("en") and "on another line: 2" in by_id["A-002"].said("en")
    assert by_id["A-003"].said("de") == "auch Edge-KI-Gerät", "it was checked there, so only its class speaks for it"
    assert "A.8.8 not checked there within a year" in by_id["S-002"].said("en")
    assert "A-004" not in by_id and "A-001" not in by_id


def test_other_models_of_the_vendor_are_to_be_looked_at() -> None:
    systems = [
        SimpleNamespace(id=f"AI-{n}", name=f"N{n}", asset=f"A-{n}", supplier=who, model="yolo", autonomy="advises", writes_plc=None)
        for n, who in ((1, "SUP-1"), (2, "SUP-1"))
    ]
    vendors = [SimpleNamespace(id=f"SUP-{n}", name="V", ai_vendor=n < 3, critical=True) for n in (1, 2, 3)]
    found = elsewhere.places(Hit(supplier="SUP-1"), Plant(systems=systems, suppliers=vendors))
    assert [(place.register, place.id) for place in found] == [("ai_system", "AI-1"), ("ai_system", "AI-2"), ("supplier", "SUP-2")]


# --- the printed 8D --------------------------------------------------------------------------------------------------


def test_the_eight_steps_are_printed_with_their_days_and_what_is_open(store: Store) -> None:
    with writing(store, MIRA) as book:
        findings.raise_(book, LEAVERS)
    with writing(store, MIRA) as book:
        life.move(book, f"CA-{TODAY.year}-001", "contained", {"containment": "Accounts | locked", "team": "Ada Kern"})
    with store.read() as session:
        action = session.get_one(CorrectiveAction, f"CA-{TODAY.year}-001")
        text, head = eight_d.report(session, MIRA, action, NOW)
    assert [line for line in text.splitlines() if line.startswith("## ")] == [f"## {name}" for name in eight_d.TITLES["en"]]
    assert "Accounts \\| locked" in text and "Ada Kern" in text and LEAVERS.gap in text
    assert text.count("[to decide:") == 4
    assert (head.number, head.state, head.title) == (f"CA-{TODAY.year}-001", "contained", "8D report: Leavers kept registry rights")
