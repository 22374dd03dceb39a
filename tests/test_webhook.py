"""The signed webhook against a receiver that checks every post and takes each idempotency key once."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from connectors import webhook
from connectors.base import ConnectorError, NotYet, Task, TaskChange, TaskRef
from connectors.http import Manner
from tests.peers.faults import faults
from tests.peers.serving import Handler, serving

SECRET = "a-shared-secret-of-32-characters"
TASK = Task("plant-1|CA-2026-001", "Doors", "Lock them", date(2026, 7, 1), "ada@plant.example", url="https://a.example/1")
NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)


class Receiver:
    """What came in, by idempotency key, and how often each was asked for."""

    def __init__(self, looks_up: bool = True) -> None:
        self.taken: dict[str, dict[str, Any]] = {}
        self.said: list[dict[str, Any]] = []
        self.looks_up = looks_up
        self.url = ""

    def answer(self, said: dict[str, Any], key: str) -> tuple[int, Any]:
        self.said.append(said)
        if said["event"] == "task.find":
            if not self.looks_up:
                return 400, {"message": "unknown event"}
            found = self.taken.get(f"task.create|{said['key']}")
            return 200, {"found": found is not None, **(found or {})}
        return 200, self.taken.setdefault(key, {"key": f"SNOW-{len(self.taken) + 1}", "url": "https://snow.example/1", "id": "c-1"})


@contextmanager
def receiving(receiver: Receiver) -> Iterator[Receiver]:
    class Checking(Handler):
        def serve(self) -> None:
            raw, stamp = self.body(), self.headers.get(webhook.TIMESTAMP, "")
            if self.headers.get(webhook.SIGNATURE) != webhook.signature(SECRET, stamp, raw) or self.path != "/in?flow=7":
                return self.reply(401, b"{}")
            status, body = receiver.answer(json.loads(raw), self.headers[webhook.IDEMPOTENCY])
            return self.reply(status, json.dumps(body).encode())

    with serving(Checking) as address:
        receiver.url = f"{address}/in?flow=7"
        yield receiver


def to(url: str) -> webhook.Webhook:
    return webhook.connect(webhook.Options(url, SECRET), Manner(sleep=lambda _: None, patience=0.5))


def test_a_task_is_told_changed_and_commented_under_one_signature() -> None:
    with receiving(Receiver()) as receiver:
        there = to(receiver.url)
        assert there.file(TASK) == there.file(TASK) == TaskRef("webhook", "SNOW-1", "https://snow.example/1")
        there.change(TaskRef("webhook", "SNOW-1"), TaskChange(state="done"), "k0")
        assert there.remark(TaskRef("webhook", "SNOW-1"), "Hello", "k") == "c-1"
        assert receiver.said[0]["task"]["due_on"] == "2026-07-01"
        assert receiver.said[2]["task"] == {"key": "SNOW-1", "state": "done"}
        there.change(TaskRef("webhook", "SNOW-1"), TaskChange(anew=Task("plant-1|CA-1", "Corrective action CA-1")), "k1")
        told = receiver.said[4]["task"]
        assert (told["key"], told["title"], told["due_on"], told["owner"]) == ("SNOW-1", "Corrective action CA-1", None, None)


@pytest.mark.parametrize("looks_up", [True, False])
def test_a_lost_answer_is_looked_up_or_left_to_a_person(looks_up: bool) -> None:
    with receiving(Receiver(looks_up)) as receiver:
        with faults(receiver.url, lost_once()) as between:
            there = to(f"{between.url}/in?flow=7")
            with pytest.raises(ConnectorError) as lost:
                there.file(TASK)
            assert lost.value.doubtful
            if looks_up:
                assert there.find(TASK, NOW, NOW) == TaskRef("webhook", "SNOW-1", "https://snow.example/1")
                other = Task("plant-1|CA-2", "Other")
                with pytest.raises(NotYet):
                    there.find(other, NOW, NOW + timedelta(minutes=1))
                assert there.find(other, NOW, NOW + timedelta(minutes=6)) is None
            else:
                with pytest.raises(NotYet) as unsure:
                    there.find(TASK, NOW, NOW + timedelta(hours=1))
                assert unsure.value.wait is None


def test_a_wrong_secret_is_said_without_it() -> None:
    with receiving(Receiver()) as receiver:
        there = webhook.connect(webhook.Options(receiver.url, "another-secret-of-32-characters!"))
        with pytest.raises(ConnectorError, match="ANNEXA_WEBHOOK_SECRET") as refused:
            there.file(TASK)
        assert "another-secret" not in str(refused.value) and "flow=7" not in str(refused.value)


def lost_once() -> Callable[[str, str], str | None]:
    broken = iter(["lost"])
    return lambda method, path: next(broken, None)


@pytest.mark.parametrize(
    ("change", "taken"),
    [({}, True), ({"secret": "another-secret"}, False), ({"late": 301}, False), ({"late": -301}, False), ({"raw": b"[]"}, False), ({"raw": b"{"}, False)],
    ids=str,
)  # fmt: skip
def test_a_post_to_us_is_signed_recent_and_an_object(change: dict[str, Any], taken: bool) -> None:
    raw = change.get("raw", b'{"id": "e1"}')
    stamp = str(int(NOW.timestamp()) - change.get("late", 0))
    headers = {"annexa-timestamp": stamp, "ANNEXA-SIGNATURE": webhook.signature(change.get("secret", SECRET), stamp, raw)}
    assert (webhook.opened(SECRET, headers, raw, NOW) is not None) == taken
    assert webhook.opened("", headers, raw, NOW) is None
