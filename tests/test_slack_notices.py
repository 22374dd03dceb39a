"""Reminders in Slack against the strict local peer: posted once, found again, answered by buttons."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from connectors.base import Choice, ConnectorError, Item, Notice, Press
from connectors.slack import Options, SlackChat, connect
from connectors.slack.notices import drawn
from tests.peers.slack import APP_TOKEN, BOT_TOKEN, Fault, Json, SlackPeer
from tests.test_slack import Desk

MANIFEST = yaml.safe_load((Path(__file__).parents[1] / "connectors/slack/manifest.yaml").read_text("utf-8"))
PUBLIC = "https://annexa.plant.example"
ADA = "U0ADA"


def a_choice(action: str, asks: str = "") -> Choice:
    return Choice(action, action.title(), f"rule|register|CA-1|2026-05-04|{action}", asks=asks)


def a_notice(items: int = 1, text: str = "CA-1 · <!channel> *Doors*\ndue & late") -> Notice:
    choices = (a_choice("done"), a_choice("not_mine", "Why?"))
    return Notice("One thing", ("This waits.",), tuple(Item(text, f"{PUBLIC}/registers/a", choices) for _ in range(items)), ("All of it.",))


@pytest.fixture
def slack() -> Iterator[SlackPeer]:
    with SlackPeer(MANIFEST["oauth_config"]["scopes"]["bot"]) as peer:
        peer.hire(ADA)
        yield peer


def chat(slack: SlackPeer) -> SlackChat:
    return connect(Options(BOT_TOKEN, APP_TOKEN, slack.api_url, PUBLIC))


def posts(slack: SlackPeer) -> list[Json]:
    return [
        {"channel": channel, **post}
        for (channel, _), post in slack.messages.items()
        if channel == slack.people[ADA] and "thread_ts" not in post
    ]


def test_a_notice_goes_to_one_person_and_is_found_by_its_key(slack: SlackPeer) -> None:
    here = chat(slack)
    ref = here.post(ADA, a_notice(), "post|P-002|slack|2026-05-04")
    here.post(ADA, a_notice(), "another")
    assert [here.find(ADA, key) for key in ("post|P-002|slack|2026-05-04", "unknown")] == [ref, None]
    (first, _) = posts(slack)
    assert "&lt;!channel&gt;" in first["blocks"][1]["text"]["text"] and f"<{PUBLIC}/registers/a|" in first["blocks"][1]["text"]["text"]
    assert slack.refusals() == []


def test_two_posts_to_one_channel_are_a_second_apart(slack: SlackPeer) -> None:
    here, began = chat(slack), time.monotonic()
    for key in "ab":
        here.post(ADA, a_notice(), key)
    assert time.monotonic() - began >= 1


@pytest.mark.parametrize("items", [1, 12, 60])
@pytest.mark.parametrize("text", ["CA-1 short", "ä" * 5_000, "x\n" * 900])
def test_a_notice_is_taken_however_long_it_is(slack: SlackPeer, items: int, text: str) -> None:
    assert chat(slack).post(ADA, a_notice(items, text), f"{items}{text[:2]}")
    assert slack.refusals() == []


@pytest.mark.parametrize(
    ("method", "fault", "permanent", "doubtful", "wait"),
    [
        ("chat.postMessage", Fault(status=429, retry_after=17), False, False, 17.0),
        ("chat.postMessage", Fault(lost=True, done=True), False, True, None),
        ("chat.postMessage", Fault(lost=True), False, True, None),
        ("chat.postMessage", Fault(status=503), False, True, None),
        ("chat.postMessage", Fault(error="account_inactive"), True, False, None),
        ("chat.postMessage", Fault(error="channel_not_found"), True, False, None),
        ("conversations.open", Fault(error="user_not_found"), True, False, None),
        ("conversations.open", Fault(lost=True), False, False, None),
    ],
)
def test_what_goes_wrong_is_a_wait_a_doubt_or_for_a_person(
    slack: SlackPeer, method: str, fault: Fault, permanent: bool, doubtful: bool, wait: float | None
) -> None:
    slack.fail_next(method, fault)
    with pytest.raises(ConnectorError) as found:
        chat(slack).post(ADA, a_notice(), "key")
    assert (found.value.permanent, found.value.doubtful, found.value.wait) == (permanent, doubtful, wait)
    assert (chat(slack).find(ADA, "key") is not None) is fault.done


def test_buttons_give_way_to_text_where_a_message_would_be_too_long() -> None:
    kinds = [block["type"] for block in drawn(a_notice(20, "x" * 400), PUBLIC).blocks]
    assert kinds.count("section") == 22 and 0 < kinds.count("actions") < 20


def test_a_press_is_handed_over_once_and_a_form_asks_where_a_text_is_needed(slack: SlackPeer) -> None:
    here, desk, pressed = chat(slack), Desk(), []
    seen: set[str] = set()

    def on_press(press: Press) -> str:
        pressed.append(press)
        if press.key in seen:
            return "Answered already."
        seen.add(press.key)
        return f"Noted: {press.action} <{press.text}>"

    running = threading.Thread(target=here.run, args=(desk.answer, desk.once, on_press))
    running.start()
    try:
        slack.wait(lambda: slack.connections)
        here.post(ADA, a_notice(), "key")
        (post,) = posts(slack)
        payload = slack.press(ADA, post, "annexa_done")
        slack.wait(lambda: slack.thread(post["channel"], post["ts"]))
        slack.interact(payload)  # Slack sends it again
        slack.press(ADA, post, "annexa_not_mine")
        slack.wait(lambda: slack.views)
        slack.submit(next(iter(slack.views)), ADA, "Maintenance does them")
        slack.wait(lambda: len(slack.thread(post["channel"], post["ts"])) == 2)
        assert slack.late() == []
    finally:
        here.stop()
        running.join(10)
    assert [one["text"] for one in slack.thread(post["channel"], post["ts"])] == [
        "Noted: done &lt;&gt;",
        "Noted: not_mine &lt;Maintenance does them&gt;",
    ]
    assert [(one.action, one.value.rpartition("|")[2], one.text) for one in pressed] == [
        ("done", "done", ""),
        ("done", "done", ""),
        ("not_mine", "not_mine", "Maintenance does them"),
    ]
    assert slack.refusals() == []
