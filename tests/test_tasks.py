"""Tasks of corrective actions: one task an action, whatever breaks; and what is changed on either side reaches the other by a written rule."""

import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from assistant.assurance.outbox import TRIES
from assistant.assurance.tracking.following import Step, awaiting_evidence, steps
from assistant.assurance.tracking.standing import Line
from assistant.assurance.tracking.tasks import Tasks
from connectors import board, jira
from connectors.base import Tracker, mark
from connectors.http import Manner
from knowledge.errors import NotAllowed, RowRefused
from knowledge.registers import CorrectiveAction, ExternalComment, ExternalRef, JournalBody, JournalEntry, Outbox, Proposal, Store
from tests.engines import Engine
from tests.peers.faults import AFTER, BEFORE, faults
from tests.peers.jira import PROJECT, TOKEN, USER, JiraPeer, jira_peer
from tests.records import ADA, MIRA, NOW, a_store, somebody, writing

PLANT = "plant-1"


class Clock:
    """The moment for everybody: the product, its pauses, and the peer."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = a_store(tmp_path)
    yield made
    made.close()


@pytest.fixture
def peer(clock: Clock) -> Iterator[JiraPeer]:
    with jira_peer(clock) as made:
        made.older_issues()
        yield made


def to(url: str, clock: Clock, cloud: bool = True, patience: float = 0.5) -> Tracker:
    manner = Manner(lambda: clock.now.timestamp(), lambda _: None, patience)
    return jira.connect(jira.Options(url, PROJECT, TOKEN, USER if cloud else ""), manner)


def tasks_in(store: Store, tracker: Tracker, clock: Clock) -> Tasks:
    return Tasks(store, tracker, clock, "https://annexa.plant.example", PLANT)


def an_action(store: Store, **more: Any) -> str:
    """An action that somebody has taken on; its id."""
    with writing(store) as book:
        internal = {"accepted_at": NOW, "accepted_by": "P-001", **{name: more.pop(name) for name in ("state", "closed_on") if name in more}}
        given = {
            "title": "Nobody decides own labels",
            "owner": "ada@plant.example",
            "due_date": "2026-07-01",
            "action": "Two people decide",
            **more,
        }
        return str(book.create("corrective_action", given, internal).id)


def change(store: Store, id_: str, **values: Any) -> None:
    """The action as somebody has changed it, whatever way they did."""
    with store.write() as session:
        action = session.get_one(CorrectiveAction, id_)
        for name, value in values.items():
            setattr(action, name, value)
        action.revision += 1
        session.add(action)


def line(tasks: Tasks, id_: str) -> Line:
    return tasks.lines(MIRA, id_)[0]


def made_for(peer: JiraPeer, id_: str) -> int:
    return len(peer.with_label(mark(f"{PLANT}|{id_}")))


def run(tasks: Tasks, clock: Clock, rounds: int, **step: float) -> None:
    for _ in range(rounds):
        tasks.file()
        clock.pass_(**step)


# --- one task an action ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cloud", [True, False], ids=["cloud", "data-center"])
def test_an_accepted_action_is_filed_once_and_linked_both_ways(store: Store, clock: Clock, cloud: bool) -> None:
    id_ = an_action(store)
    with jira_peer(clock, cloud) as peer:
        tasks = tasks_in(store, to(peer.url, clock, cloud), clock)
        assert tasks.file().filed == {"sent": 1}
        assert tasks.file().filed == {}
        [issue] = peer.issues
        assert (issue.fields["summary"], issue.fields["duedate"]) == (f"{id_} Nobody decides own labels", "2026-07-01")
        assert issue.fields["assignee"]["emailAddress"] == "ada@plant.example"
        assert issue.properties["annexa"] == {"key": f"{PLANT}|{id_}"}
        assert f"https://annexa.plant.example/registers/corrective_action/{id_}" in str(issue.fields["description"])
        found = line(tasks, id_)
        assert (found.state, found.key, found.url) == ("filed", "ISMS-1", f"{peer.url}/browse/ISMS-1")
    with store.read() as session:
        assert [entry.object for entry in session.exec(select(JournalEntry).where(JournalEntry.action == "file"))] == [
            f"corrective_action {id_}"
        ]


@pytest.mark.parametrize(
    ("given", "filed"),
    [({"accepted_at": None}, 0), ({"accepted_at": None, "state": "contained"}, 1), ({"state": "closed"}, 0), ({"retired_at": NOW}, 0), ({"state": "reopened"}, 1)],
    ids=["only reported", "begun elsewhere", "closed", "taken out", "reopened"],
)  # fmt: skip
def test_only_what_is_accepted_and_open_is_filed(store: Store, clock: Clock, peer: JiraPeer, given: dict[str, Any], filed: int) -> None:
    id_ = an_action(store)
    change(store, id_, **given)
    tasks_in(store, to(peer.url, clock), clock).file()
    assert made_for(peer, id_) == filed


def test_of_a_restricted_action_only_id_and_link_leave(store: Store, clock: Clock, peer: JiraPeer) -> None:
    id_ = an_action(store, title="Insider copied recipes", action="Search the locker")
    change(store, id_, audience="department:legal")
    tasks = tasks_in(store, to(peer.url, clock), clock)
    tasks.file()
    change(store, id_, state="contained")
    tasks.file()
    issue = peer.issues[-1]
    assert issue.fields["summary"] == f"Corrective action {id_}"
    assert (issue.fields["assignee"], issue.fields["duedate"], issue.comments) == (None, None, [])
    assert "Insider" not in str(vars(issue)) and "locker" not in str(vars(issue))
    assert [one.id for one in tasks.lines(MIRA)] == []


def test_a_field_that_is_off_the_screens_is_told_in_the_text(store: Store, clock: Clock, peer: JiraPeer) -> None:
    peer.off_screen = {"duedate", "assignee"}
    an_action(store)
    assert tasks_in(store, to(peer.url, clock), clock).file().filed == {"sent": 1}
    assert "Due: 2026-07-01" in str(peer.issues[-1].fields["description"]) and "Owner: ada@plant.example" in str(
        peer.issues[-1].fields["description"]
    )


@pytest.mark.parametrize("fault", [*AFTER, *BEFORE])
@pytest.mark.parametrize("lag", [0, 120, 600])
def test_one_task_whatever_happens_to_the_first_try(store: Store, clock: Clock, peer: JiraPeer, fault: str, lag: int) -> None:
    peer.lag = timedelta(seconds=lag)
    id_ = an_action(store)
    broken = iter([fault])
    with faults(peer.url, lambda method, path: next(broken, None) if path.endswith("/issue") else None) as between:
        tasks = tasks_in(store, to(between.url, clock), clock)
        run(tasks, clock, 12, minutes=2)
        if fault == "elsewhere":
            assert (line(tasks, id_).state, "is not followed" in line(tasks, id_).error) == ("failed", True)
            tasks.settle(MIRA, id_, None)
            tasks.file()
    assert made_for(peer, id_) == 1
    assert line(tasks, id_).state == "filed"


@pytest.mark.parametrize("seed", range(2))
def test_two_workers_and_random_faults_make_one_task_each(tmp_path: Path, engine: Engine, clock: Clock, peer: JiraPeer, seed: int) -> None:
    store = a_store(tmp_path, engine)
    chance = random.Random(seed)
    peer.lag = timedelta(minutes=5)
    ids = [an_action(store, title=f"Action {number}") for number in range(6)]
    kinds = [one for one in (*AFTER, *BEFORE) if not one.startswith(("hang", "elsewhere"))]
    with faults(peer.url, lambda method, path: chance.choice([None, None, *kinds])) as between:
        workers = [tasks_in(store, to(between.url, clock), clock) for _ in range(2)]
        for _ in range(90):
            chance.choice(workers).file()
            clock.pass_(minutes=chance.choice([1, 4, 20]))
        found = [line(workers[0], id_) for id_ in ids]
        for id_, one in zip(ids, found, strict=True):
            assert made_for(peer, id_) <= 1
            assert one.state in ("filed", "doubtful", "planned", "looked for", "failed")
            assert made_for(peer, id_) == 1 or one.state != "filed"
    store.close()


def test_where_no_older_issue_can_be_read_the_search_must_have_caught_up(store: Store, clock: Clock) -> None:
    with jira_peer(clock, lag=timedelta(minutes=10)) as peer:  # a project without a past
        id_ = an_action(store)
        broken = iter(["lost"])
        with faults(peer.url, lambda method, path: next(broken, None) if path.endswith("/issue") else None) as between:
            tasks = tasks_in(store, to(between.url, clock), clock)
            run(tasks, clock, 4, minutes=2)
            assert line(tasks, id_).state == "looked for"
            run(tasks, clock, 6, minutes=2)
        assert (made_for(peer, id_), line(tasks, id_).state) == (1, "filed")


def test_what_cannot_be_told_is_for_a_person(store: Store, clock: Clock, peer: JiraPeer) -> None:
    id_ = an_action(store)
    with faults(
        peer.url, lambda method, path: "lost" if path.endswith("/issue") else "500 before" if "search" in path else None
    ) as between:
        tasks = tasks_in(store, to(between.url, clock), clock)
        run(tasks, clock, TRIES + 3, hours=8)
        found = tasks.lines(MIRA)[0]
        assert (found.id, found.state, made_for(peer, id_)) == (id_, "doubtful", 1)
        assert f"annexa tasks settle {id_} --is KEY" in found.to_do
        with pytest.raises(RowRefused, match="no task of that key"):
            tasks.settle(MIRA, id_, "ISMS-99")
        with pytest.raises(NotAllowed):
            tasks.settle(ADA, id_, None)
        tasks.settle(MIRA, id_, peer.issues[-1].key)
        assert (line(tasks, id_).state, line(tasks, id_).key) == ("filed", peer.issues[-1].key)
        with pytest.raises(RowRefused, match="nothing of its task is doubtful"):
            tasks.settle(MIRA, id_, None)


@pytest.mark.parametrize(
    ("status", "body", "headers", "state", "said"),
    [
        (401, {}, {}, "failed", "put a valid one into ANNEXA_JIRA_TOKEN"),
        (403, {"errorMessages": ["You do not have permission to create issues"]}, {}, "failed", "have its administrator give it the permission: You do not"),
        (404, {}, {}, "failed", "check ANNEXA_TRACKER_PROJECT"),
        (400, {"errors": {"customfield_10": "Cost centre is required."}}, {}, "failed", "refuses customfield_10: Cost centre is required."),
        (422, {"message": "Validation failed", "errors": [{"field": "title", "code": "missing"}]}, {}, "failed", "refuses title: Validation failed"),
        (409, {}, {}, "planned", "changed meanwhile"),
        (429, {}, {"Retry-After": "75"}, "planned", "left alone for 75 seconds"),
        (429, {}, {"Retry-After": "Mon, 04 May 2026 09:35:00 GMT", "Date": "Mon, 04 May 2026 09:30:00 GMT"}, "planned", "left alone for 300 seconds"),
        (403, {}, {"X-RateLimit-Remaining": "0", "Retry-After": "60"}, "planned", "left alone for 60 seconds"),
        (503, {}, {}, "looked for", "failed (503)"),
        (302, {}, {"Location": "https://elsewhere.example/x"}, "failed", "sends us on to elsewhere.example, which is not followed"),
    ],
)  # fmt: skip
def test_each_refusal_ends_in_a_retry_or_in_a_sentence(
    store: Store, clock: Clock, peer: JiraPeer, status: int, body: Any, headers: dict[str, str], state: str, said: str
) -> None:
    id_ = an_action(store, owner="")
    tasks = tasks_in(store, to(peer.url, clock), clock)
    peer.answers = [(status, body, headers)]
    tasks.file()
    found = line(tasks, id_)
    assert (found.state, said in found.error) == (state, True), found.error
    assert TOKEN not in found.error
    run(tasks, clock, 5, minutes=6)
    if state == "failed":
        tasks.settle(MIRA, id_, None)
        tasks.file()
    assert made_for(peer, id_) == 1


def test_a_tracker_that_asks_to_be_left_alone_is_left_alone_to_the_second(store: Store, clock: Clock, peer: JiraPeer) -> None:
    ids = [an_action(store, owner="") for _ in range(5)]
    tasks = tasks_in(store, to(peer.url, clock), clock)
    peer.answers = [(429, {}, {"Retry-After": "120"})]
    tasks.file()
    assert len(peer.requests) == 1
    run(tasks, clock, 2, seconds=59.5)
    assert len(peer.requests) == 1
    run(tasks, clock, 4, seconds=30)
    assert [made_for(peer, id_) for id_ in ids] == [1] * 5


def test_the_token_is_in_no_log_message_or_journal(store: Store, clock: Clock, peer: JiraPeer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    id_ = an_action(store)
    tasks = tasks_in(store, to(peer.url, clock), clock)
    peer.answers = [(400, {"errorMessages": [f"header was Basic {TOKEN}"], "errors": {"summary": TOKEN}}, {})] * 2
    tasks.file()
    with store.read() as session:
        errors = [entry.error for entry in session.exec(select(Outbox)).all()]
    assert TOKEN not in f"{errors} {caplog.text} {line(tasks, id_)} {tasks.tracker!r}" and "***" in errors[0]


SCRIPT = """
import sys
from datetime import datetime
from assistant.assurance.tracking.tasks import Tasks
from connectors import jira
from knowledge.registers import Store
database, url, project, token, user, now = sys.argv[1:]
tasks = Tasks(Store(database), jira.connect(jira.Options(url, project, token, user)), lambda: datetime.fromisoformat(now), "https://annexa.plant.example", "plant-1")
tasks.file()
"""


@pytest.mark.parametrize(
    ("path", "when", "lag"), [("assignable", "before", 0), ("/issue", "after", 0), ("/issue", "after", 600), ("/issue", "answered", 600)]
)
def test_one_task_when_the_process_is_killed(store: Store, clock: Clock, peer: JiraPeer, path: str, when: str, lag: int) -> None:
    peer.lag = timedelta(seconds=lag)
    id_ = an_action(store)
    started: list[subprocess.Popen[bytes]] = []

    def kill(method: str, at: str, moment: str) -> None:
        if started and path in at and moment == when.replace("answered", "after"):
            process = started.pop()
            if when == "answered":  # between the answer and the commit, or just after it
                threading.Timer(0.002, process.kill).start()
            else:
                process.kill()

    peer.watch = kill
    arguments = [store.url, peer.url, PROJECT, TOKEN, USER, clock.now.isoformat()]
    process = subprocess.Popen([sys.executable, "-c", SCRIPT, *arguments], cwd=Path(__file__).parents[1])
    started.append(process)
    assert process.wait(60) in (0, -9)
    tasks = tasks_in(store, to(peer.url, clock), clock)
    run(tasks, clock, 12, minutes=3)
    assert (made_for(peer, id_), line(tasks, id_).state) == (1, "filed")


# --- both ways ---------------------------------------------------------------------------------------------------------


@contextmanager
def filed(store: Store, clock: Clock, peer: JiraPeer, **more: Any) -> Iterator[tuple[Tasks, str, str]]:
    """An action with its task: (tasks, action's id, task's key)."""
    id_ = an_action(store, **more)
    tasks = tasks_in(store, to(peer.url, clock), clock)
    tasks.file()
    tasks.sync()
    yield tasks, id_, peer.issues[-1].key


def test_what_is_planned_and_closed_here_is_told_there(store: Store, clock: Clock, peer: JiraPeer) -> None:
    with filed(store, clock, peer, owner="", due_date="") as (tasks, id_, key):
        issue = peer._find(key)
        assert (issue.fields["assignee"], issue.fields["duedate"]) == (None, None)
        change(store, id_, owner="P-002", due_date=datetime(2026, 8, 3).date(), state="action_planned")
        tasks.file()
        tasks.file()
        assert (issue.fields["assignee"]["emailAddress"], issue.fields["duedate"]) == ("ada@plant.example", "2026-08-03")
        assert ["action planned" in str(one["body"]) for one in issue.comments] == [True]
        change(store, id_, state="closed")
        tasks.file()
        assert issue.fields["status"]["name"] == "Done"
        change(store, id_, state="reopened")
        tasks.file()
        assert issue.fields["status"]["name"] == "To Do"


def test_a_task_closed_there_asks_for_the_evidence_once_a_closing(store: Store, clock: Clock, peer: JiraPeer) -> None:
    with filed(store, clock, peer) as (tasks, id_, key):
        issue = peer._find(key)
        for closings in (1, 2):
            peer.to_state(key, "Done")
            for _ in range(3):
                tasks.sync()
            assert sum("evidence" in str(one["body"]) for one in issue.comments) == closings
            assert (line(tasks, id_).state, line(tasks, id_).action_state) == ("closed there", "reported")
            with store.read() as session:
                assert [action.id for action, _, _ in awaiting_evidence(session)] == [id_]
            peer.to_state(key, "In Progress")
            tasks.sync()
        assert issue.fields["status"]["name"] == "In Progress", "nothing is reopened or closed by itself"


def test_comments_reach_the_other_side_once(store: Store, clock: Clock, peer: JiraPeer) -> None:
    with filed(store, clock, peer) as (tasks, id_, key):
        peer.comment(key, "The tool vendor delivers on Friday")
        tasks.remark(ADA, id_, "Thanks, then we test on Monday")
        for _ in range(3):
            tasks.sync()
        assert [(one["author"], one["ours"]) for one in line(tasks, id_).remarks] == [("Ada Kern", False), ("Owner", True)]
        assert sum("test on Monday" in str(one["body"]) for one in peer._find(key).comments) == 1
        with pytest.raises(NotAllowed):
            tasks.remark(somebody("staff"), id_, "x")


@pytest.mark.parametrize("fault", ["lost", "hang after", "500 before", "500 after"])
def test_a_comment_whose_answer_is_lost_is_not_written_twice(store: Store, clock: Clock, peer: JiraPeer, fault: str) -> None:
    id_, broken = an_action(store), iter([fault])
    with faults(peer.url, lambda method, path: next(broken, None) if method == "POST" and path.endswith("/comment") else None) as between:
        tasks = tasks_in(store, to(between.url, clock), clock)
        tasks.file()
        tasks.remark(ADA, id_, "On Monday")
        run(tasks, clock, 5, minutes=2)
    assert len(peer.issues[-1].comments) == 1


def test_a_day_changed_there_is_a_proposal_here_and_put_back_when_rejected(store: Store, clock: Clock, peer: JiraPeer) -> None:
    with filed(store, clock, peer) as (tasks, id_, key):
        issue = peer._find(key)
        issue.fields |= {"duedate": "2026-09-30", "assignee": {"accountId": "id-mira", "emailAddress": "mira@plant.example"}}
        for _ in range(3):
            tasks.sync()
        with store.read() as session:
            made = session.exec(select(Proposal).order_by(Proposal.id)).all()
            assert [(one.row_id, one.payload) for one in made] == [
                (id_, {"due_date": "2026-09-30"}),
                (id_, {"owner": "mira@plant.example"}),
            ]
            assert str(session.get_one(CorrectiveAction, id_).due_date) == "2026-07-01"
        with writing(store) as book:
            book.decide(made[0].id, False, "the audit is before that")
        for _ in range(3):
            tasks.sync()
        assert issue.fields["duedate"] == "2026-07-01"
        with store.read() as session:
            assert len(session.exec(select(Proposal)).all()) == 2


def test_an_extension_here_wins_over_a_day_changed_there(store: Store, clock: Clock, peer: JiraPeer) -> None:
    with filed(store, clock, peer) as (tasks, id_, key):
        peer._find(key).fields["duedate"] = "2026-09-30"
        change(store, id_, due_date=datetime(2026, 8, 1).date())
        tasks.sync()
        assert peer._find(key).fields["duedate"] == "2026-08-01"
        with store.read() as session:
            assert session.exec(select(Proposal)).all() == []


def test_a_task_that_was_moved_is_followed_and_one_that_was_deleted_is_missed(store: Store, clock: Clock, peer: JiraPeer) -> None:
    with filed(store, clock, peer) as (tasks, id_, key):
        peer.move(key, "OPS-12")
        tasks.sync()
        assert (line(tasks, id_).key, line(tasks, id_).state) == ("OPS-12", "filed")
        peer.delete("OPS-12")
        peer.answers = [(404, {}, {}), (404, {}, {})]  # first we are locked out of the whole project
        tasks.sync()
        assert line(tasks, id_).state == "filed"
        with store.write() as session:
            ref = session.exec(select(ExternalRef)).one()
            ref.key = "ISMS-404"
            session.add(ref)
        tasks.sync()
        assert line(tasks, id_).state == "gone"
        change(store, id_, due_date=datetime(2026, 8, 1).date())
        assert tasks.file().filed == {}


def second_for(peer: JiraPeer, id_: str) -> int:
    return len(peer.with_label(mark(f"{PLANT}|2|{id_}")))


def notes(store: Store, action: str) -> list[dict[str, Any]]:
    """What the journal says of that, oldest first."""
    with store.read() as session:
        wanted = select(JournalEntry).where(JournalEntry.action == action).order_by(JournalEntry.sequence)
        return [session.get_one(JournalBody, entry.sequence).body for entry in session.exec(wanted).all()]


def test_a_task_that_was_deleted_is_filed_anew_once_and_the_old_one_is_remembered(store: Store, clock: Clock, peer: JiraPeer) -> None:
    with filed(store, clock, peer) as (tasks, id_, key):
        peer.comment(key, "We begin on Monday")
        tasks.sync()
        peer.delete(key)
        tasks.sync()
        assert "annexa tasks settle CA-2026-001 --again" in line(tasks, id_).to_do
        tasks.settle(MIRA, id_, None)
        with pytest.raises(RowRefused, match="being filed already"):
            tasks.settle(MIRA, id_, None)
        assert (line(tasks, id_).state, second_for(peer, id_)) == ("planned", 0)
        for _ in range(3):
            tasks.sync()
        found = line(tasks, id_)
        assert (found.state, second_for(peer, id_), made_for(peer, id_)) == ("filed", 1, 0)
        assert found.key != key and [was["task"] for was in found.earlier] == [key]
        assert [one["text"].strip() for one in found.remarks] == ["We begin on Monday"], "what was said on the old task stays"
        assert [note.get("in place of", {}).get("task") for note in notes(store, "file")] == [None, key]
        with pytest.raises(RowRefused, match="nothing of its task is doubtful, failed or gone"):
            tasks.settle(MIRA, id_, None)
        change(store, id_, due_date=datetime(2026, 8, 1).date())
        tasks.sync()
        assert peer._find(found.key).fields["duedate"] == "2026-08-01"
        peer.to_state(found.key, "Done")
        tasks.sync()
        assert sum("evidence" in str(one["body"]) for one in peer._find(found.key).comments) == 1


@pytest.mark.parametrize("fault", ["lost", "hang after", "500 after", "500 before"])
def test_one_new_task_whatever_happens_to_the_first_try(store: Store, clock: Clock, peer: JiraPeer, fault: str) -> None:
    with filed(store, clock, peer) as (tasks, id_, key):
        peer.delete(key)
        tasks.sync()
        tasks.settle(MIRA, id_, None)
    broken = iter([fault])
    with faults(peer.url, lambda method, path: next(broken, None) if method == "POST" and path.endswith("/issue") else None) as between:
        tasks = tasks_in(store, to(between.url, clock), clock)
        run(tasks, clock, 10, minutes=3)
        assert (second_for(peer, id_), line(tasks, id_).state) == (1, "filed")


def test_a_task_that_is_back_is_followed_again_and_no_second_one_made(store: Store, clock: Clock, peer: JiraPeer) -> None:
    with filed(store, clock, peer) as (tasks, id_, key):
        issue = peer._find(key)
        peer.delete(key)
        tasks.sync()
        peer.issues.append(issue)
        with pytest.raises(RowRefused, match=f"{key} is there again"):
            tasks.settle(MIRA, id_, None)
        assert (line(tasks, id_).state, line(tasks, id_).key) == ("filed", key)
        peer.delete(key)
        tasks.sync()
        tasks.settle(MIRA, id_, None)
        peer.issues.append(issue)
        tasks.sync()
        assert (line(tasks, id_).key, second_for(peer, id_)) == (key, 0), "restored before the new one was made"
        assert [note["task"] for note in notes(store, "task back")] == [key, key]
        peer.delete(key)
        tasks.sync()
        tasks.settle(MIRA, id_, None)
        tasks.sync()
        assert (line(tasks, id_).state, second_for(peer, id_)) == ("filed", 1)


def test_a_task_that_is_gone_is_another_that_a_person_names(store: Store, clock: Clock, peer: JiraPeer) -> None:
    with filed(store, clock, peer) as (tasks, id_, key):
        peer.delete(key)
        tasks.sync()
        by_hand = peer.an_issue("Lock the doors")
        tasks.settle(MIRA, id_, by_hand.key)
        tasks.sync()
        assert (line(tasks, id_).key, line(tasks, id_).state, second_for(peer, id_)) == (by_hand.key, "filed", 0)
        assert by_hand.fields["duedate"] == "2026-07-01", "what the action says is told there"
        peer.delete(by_hand.key)
        tasks.sync()
        change(store, id_, state="closed")
        with pytest.raises(RowRefused, match="closed or taken out"):
            tasks.settle(MIRA, id_, None)


@pytest.mark.parametrize("cloud", [True, False], ids=["cloud", "data-center"])
def test_the_text_of_a_task_is_made_neutral_once_its_action_is_restricted(store: Store, clock: Clock, cloud: bool) -> None:
    id_ = an_action(store, title="Insider copied recipes", action="Search the locker")
    with jira_peer(clock, cloud) as peer:
        tasks = tasks_in(store, to(peer.url, clock, cloud), clock)
        tasks.file()
        [issue] = peer.issues
        whole = dict(issue.fields)
        assert "locker" in str(whole["description"])
        tasks.remark(ADA, id_, "The locker is next to the press")
        change(store, id_, audience="department:legal")
        for _ in range(3):
            tasks.sync()
        assert issue.fields["summary"] == f"Corrective action {id_}"
        assert f"https://annexa.plant.example/registers/corrective_action/{id_}" in str(issue.fields["description"])
        assert (issue.fields["assignee"], issue.fields["duedate"], issue.comments) == (None, None, [])
        assert "Insider" not in str(vars(issue)) and "locker" not in str(vars(issue))
        assert len([path for method, path in peer.requests if method == "PUT"]) == 3, "title and text, then the day, then the person: once"
        assert [note["text"] for note in notes(store, "replace task text")] == ["neutral"]
        change(store, id_, audience="staff")
        for _ in range(3):
            tasks.sync()
        assert {name: issue.fields[name] for name in ("summary", "description", "duedate", "assignee")} == {
            name: whole[name] for name in ("summary", "description", "duedate", "assignee")
        }
        assert [note["text"] for note in notes(store, "replace task text")] == ["neutral", "whole"]


def test_a_task_that_was_restricted_when_it_was_filed_is_not_written_again(store: Store, clock: Clock, peer: JiraPeer) -> None:
    id_ = an_action(store, title="Insider copied recipes")
    change(store, id_, audience="department:legal")
    tasks = tasks_in(store, to(peer.url, clock), clock)
    for _ in range(3):
        tasks.sync()
    assert not [path for method, path in peer.requests if method == "PUT"] and notes(store, "replace task text") == []


TOLD = {"state": "open", "due_on": "2026-07-01", "owner": "ada@x"}


@pytest.mark.parametrize(
    ("ours", "theirs", "before", "rejected", "follows"),
    [
        ({}, {}, "open", {}, []),
        ({}, {"due_on": "2026-08-01"}, "open", {}, [Step("propose", "due_on", "2026-08-01")]),
        ({}, {"due_on": ""}, "open", {}, []),
        ({"due_on": "2026-07-15"}, {"due_on": "2026-08-01"}, "open", {}, []),
        ({}, {"due_on": "2026-08-01"}, "open", {"due_on": "2026-08-01"}, [Step("restore", "due_on", "2026-07-01")]),
        ({}, {"due_on": "2026-08-02"}, "open", {"due_on": "2026-08-01"}, [Step("propose", "due_on", "2026-08-02")]),
        ({}, {"owner": "mira@x"}, "open", {}, [Step("propose", "owner", "mira@x")]),
        ({}, {"owner": ""}, "open", {}, []),
        ({}, {"state": "running"}, "open", {}, []),
        ({}, {"state": "done"}, "open", {}, [Step("ask")]),
        ({}, {"state": "dropped"}, "running", {}, [Step("ask")]),
        ({}, {"state": "done"}, "done", {}, []),
        ({"state": "done"}, {"state": "done"}, "open", {}, []),
        ({"state": "done"}, {"state": "open"}, "open", {}, []),
    ],
)  # fmt: skip
def test_who_wins(ours: dict[str, str], theirs: dict[str, str], before: str, rejected: dict[str, str], follows: list[Step]) -> None:
    assert steps(TOLD, {**TOLD, **ours}, {**TOLD, **theirs}, before, rejected) == follows


def test_a_task_reopened_there_while_the_action_is_closed_is_closed_again() -> None:
    told = {**TOLD, "state": "done"}
    assert steps(told, told, {**TOLD, "state": "running"}, "done", {}) == [Step("close", "state", "done")]


def test_the_built_in_board_is_the_actions_own_page(store: Store, clock: Clock) -> None:
    id_ = an_action(store)
    tasks = tasks_in(store, board.connect(board.Options()), clock)
    assert tasks.file().filed == {"sent": 1}
    assert (line(tasks, id_).key, line(tasks, id_).url) == (id_, f"https://annexa.plant.example/registers/corrective_action/{id_}")
    change(store, id_, state="closed")
    tasks.sync()
    with store.read() as session:
        assert session.exec(select(ExternalComment)).all() == []


def test_an_action_closed_before_it_was_filed_and_reopened_is_filed(store: Store, clock: Clock, peer: JiraPeer) -> None:
    id_ = an_action(store, owner="")
    tasks = tasks_in(store, to(peer.url, clock), clock)
    tasks.decide_all()
    change(store, id_, state="closed")
    assert tasks.file().filed == {"cancelled": 1}
    change(store, id_, state="reopened")
    tasks.file()
    assert made_for(peer, id_) == 1
