"""GitHub Issues against an independent peer, with what it lacks played by a small stand-in: transfers, deletions, secondary limits."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from connectors import github
from connectors.base import ConnectorError, NotYet, Refused, Task, TaskChange, TaskRef, Tracker
from connectors.http import Manner
from tests.peers.faults import faults
from tests.peers.github import PROJECT, TOKEN, github_peer
from tests.peers.serving import Handler, serving

TASK = Task(
    "plant-1|CA-2026-001",
    "CA-2026-001 Doors",
    "Ask @everyone <!-- hidden -->\n\n![x](http://evil)",
    date(2026, 7, 1),
    "ada@plant.example",
    url="https://a.example/1",
)


def tracker(url: str, patience: float = 5) -> Tracker:
    return github.connect(github.Options(PROJECT, TOKEN, url), Manner(sleep=lambda _: None, patience=patience))


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[str]:
    with github_peer(request.config.cache.mkdir("peers"), tmp_path_factory.mktemp("github")) as url:
        yield url


def issues(peer: str) -> list[dict[str, Any]]:
    reply = httpx.get(f"{peer}/repos/{PROJECT}/issues?state=all&per_page=100", headers={"Authorization": f"Bearer {TOKEN}"})
    return list(reply.json())


def test_an_issue_is_made_found_read_changed_and_commented(peer: str) -> None:
    there = tracker(peer)
    began = datetime.now(UTC)
    ref = there.file(TASK)
    assert ref.key == f"{PROJECT}#{issues(peer)[0]['number']}"
    body = issues(peer)[0]["body"]
    assert "@everyone" not in body and "<!-- hidden" not in body and "![x]" not in body and "Due: 2026-07-01" in body
    assert there.find(TASK, began, began + timedelta(minutes=1)) == ref
    state = there.read(ref)
    assert state and (state.state, state.due_on, state.moved_to) == ("open", date(2026, 7, 1), None)
    for _ in range(2):
        there.change(ref, TaskChange(due_on=date(2026, 8, 1), state="done"), "k0")
        assert there.remark(ref, "Now: done", "k1") == there.remark(ref, "Now: done", "k1")
    state = there.read(ref)
    assert state and (state.state, state.name, state.due_on, len(state.remarks)) == ("done", "closed: completed", date(2026, 8, 1), 1)
    there.change(ref, TaskChange(state="open"), "k0")
    there.change(ref, TaskChange(state="dropped"), "k0")
    state = there.read(ref)
    assert state and state.state == "dropped"
    there.change(ref, TaskChange(anew=Task(TASK.key, "Corrective action CA-1", "Stands in Annexa.")), "k2")
    issue = issues(peer)[0]
    assert (issue["title"], issue["assignees"], "2026-08-01" in issue["body"]) == ("Corrective action CA-1", [], False)
    assert there.find(TASK, began, began + timedelta(minutes=1)) == ref, "it is still found by its mark"
    assert there.read(TaskRef("github", f"{PROJECT}#4711")) is None


@pytest.mark.parametrize("fault", ["lost", "reset", "garbage", "half", "500 after", "hang after"])
def test_a_lost_answer_is_doubtful_and_the_issue_is_found(peer: str, fault: str) -> None:
    task = Task(f"plant-1|{fault}", f"Lost by {fault}")
    before = len(issues(peer))
    with faults(peer, lambda method, path: fault if method == "POST" else None) as between:
        there = tracker(between.url, 0.5)
        now = datetime.now(UTC)
        with pytest.raises(ConnectorError) as lost:
            there.file(task)
        assert lost.value.doubtful and not lost.value.permanent
        assert there.find(task, now, now + timedelta(minutes=6)) is not None
        other = Task("plant-1|never", "Never made")
        with pytest.raises(NotYet):
            there.find(other, now, now + timedelta(minutes=1))
        assert there.find(other, now, now + timedelta(minutes=6)) is None
    assert len(issues(peer)) == before + 1


@contextmanager
def answering(answers: dict[str, tuple[int, Any, dict[str, str]]]) -> Iterator[str]:
    """What the independent peer cannot do: an answer for each path."""

    class Fixed(Handler):
        def serve(self) -> None:
            self.body()
            status, body, headers = answers.get(self.path.partition("?")[0], (404, {"message": "Not Found"}, {}))
            self.reply(status, json.dumps(body).encode(), headers)

    with serving(Fixed) as url:
        yield url


ISSUE = {"number": 9, "html_url": "https://github.example/plant/ops/issues/9", "state": "open", "body": ""}
OLD, MOVED = f"/repos/{PROJECT}/issues/5", "/repositories/77/issues/9"


def test_a_transferred_issue_is_followed_on_the_same_host_only() -> None:
    answers = {OLD: (301, {}, {"Location": MOVED}), MOVED: (200, ISSUE, {}), "/repos/plant/ops/issues/9/comments": (200, [], {})}
    with answering(answers) as url:
        state = tracker(url).read(TaskRef("github", f"{PROJECT}#5"))
        assert state and state.moved_to == TaskRef("github", "plant/ops#9", ISSUE["html_url"])  # type: ignore[arg-type]
    with answering({OLD: (301, {}, {"Location": "http://elsewhere.example/x"})}) as url:
        with pytest.raises(ConnectorError, match="elsewhere.example, which is not followed"):
            tracker(url).read(TaskRef("github", f"{PROJECT}#5"))


@pytest.mark.parametrize(("repository", "gone"), [(200, True), (404, False)])
def test_a_deleted_issue_is_told_from_a_repository_that_is_closed_to_us(repository: int, gone: bool) -> None:
    with answering({OLD: (410, {"message": "This issue was deleted"}, {}), f"/repos/{PROJECT}": (repository, {}, {})}) as url:
        if gone:
            assert tracker(url).read(TaskRef("github", f"{PROJECT}#5")) is None
        else:
            with pytest.raises(Refused, match="ANNEXA_TRACKER_PROJECT"):
                tracker(url).read(TaskRef("github", f"{PROJECT}#5"))


def test_a_secondary_limit_is_a_pause_and_no_refusal() -> None:
    limited = (403, {"message": "You have exceeded a secondary rate limit"}, {"Retry-After": "60"})
    with answering({f"/repos/{PROJECT}/issues": limited}) as url:
        with pytest.raises(ConnectorError) as asked:
            tracker(url).file(Task("k", "t"))
        assert (asked.value.permanent, asked.value.doubtful, asked.value.wait) == (False, False, 60.0)
