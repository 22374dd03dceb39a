"""Slack: unmodified bolt against the strict local peer, over real HTTP and a real websocket."""

import json
import logging
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from connectors.base import Citation, ConnectorError, Message, Reply
from connectors.slack import FAILED, SEEN, Options, SlackChat, connect
from connectors.slack.blocks import MESSAGE, drawn
from connectors.slack.listeners import asked, plain
from tests.peers.slack import APP_TOKEN, BOT_TOKEN, OUR_BOT, US, Fault, Json, SlackPeer

MANIFEST = yaml.safe_load((Path(__file__).parents[1] / "connectors/slack/manifest.yaml").read_text("utf-8"))
PUBLIC = "https://annexa.plant.example"


def a_citation(number: int = 1, **changed: Any) -> Citation:
    facts = {"title": "Access policy", "locator": "4.2", "quote": "Passwords have 14 characters.", "url": "/sources/p-1"}
    return Citation(number=number, **(facts | changed))


def a_reply(*paragraphs: str, citations: tuple[Citation, ...] = (), notes: tuple[str, ...] = ()) -> Reply:
    return Reply(paragraphs or ("Fourteen characters. [1]",), citations or (a_citation(),), notes, shortened="Shortened.")


@dataclass
class Desk:
    """The handler and the memory of keys: what it was asked, and what it does with a text that was prepared."""

    prepared: dict[str, Callable[[], Reply]] = field(default_factory=dict)
    asked: list[Message] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, message: Message) -> Reply:
        self.asked.append(message)
        return self.prepared.get(message.text, a_reply)()

    def once(self, key: str) -> bool:
        with self.lock:
            known = key in self.keys
            self.keys.add(key)
            return not known

    def heard(self, thread: str) -> list[Message]:
        return [message for message in self.asked if message.thread == thread]


@dataclass
class Office:
    """A peer, a desk, and the chat that joins them."""

    slack: SlackPeer
    desk: Desk
    chat: SlackChat

    def answers(self, event: Json) -> list[Json]:
        """Our messages about an event, once none of them is the sign of waiting any more."""
        thread = event.get("thread_ts") or event["ts"]
        posts: list[Json] = []

        def answered() -> bool:
            posts[:] = self.slack.thread(event["channel"], thread)
            return bool(posts) and all(post["text"] != SEEN for post in posts)

        self.slack.wait(answered)
        return posts

    def settled(self) -> None:
        """Return when a question asked after everything else has been answered, so that what was ignored stays ignored."""
        self.answers(self.slack.direct(self.slack.channel(is_im=True), "anything else?"))


def an_office(slack: SlackPeer) -> Iterator[Office]:
    desk = Desk()
    chat = connect(Options(BOT_TOKEN, APP_TOKEN, slack.api_url, PUBLIC))
    running = threading.Thread(target=chat.run, args=(desk.answer, desk.once))
    running.start()
    try:
        slack.wait(lambda: slack.connections)
        yield Office(slack, desk, chat)
    finally:
        chat.stop()
        running.join(10)
    assert not running.is_alive()


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    with SlackPeer(MANIFEST["oauth_config"]["scopes"]["bot"]) as slack:
        yield from an_office(slack)


@pytest.fixture(autouse=True)
def nothing_refused_and_nothing_late(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "office" in request.fixturenames:
        slack: SlackPeer = request.getfixturevalue("office").slack
        refused, late = slack.refusals(), slack.late()
        slack.calls.clear()
        assert not late
        assert bool(refused) is ("refusals_are_meant" in request.fixturenames), refused


@pytest.fixture
def refusals_are_meant() -> None:
    """Asked for by a test in which a call of Slack's goes wrong."""


def texts(post: Json) -> str:
    return "\n".join(block["text"]["text"] if "text" in block else block["elements"][0]["text"] for block in post["blocks"])


def lines(reply: Reply, public_url: str = "") -> list[str]:
    return texts({"blocks": drawn(reply, public_url).blocks}).split("\n")


# --- one question, one answer ----------------------------------------------------------------------------------


def test_mention_is_answered_once_in_its_thread_with_its_twin_ignored(office: Office) -> None:
    channel = office.slack.channel()
    event = office.slack.mention(channel, "how long are passwords?")
    (answer,) = office.answers(event)
    office.settled()
    assert office.answers(event) == [answer]
    assert [message.text for message in office.desk.heard(event["ts"])] == ["how long are passwords?"]
    assert texts(answer).split("\n") == [
        "Fourteen characters. [1]",
        f"[1] <{PUBLIC}/sources/p-1|Access policy> · 4.2",
        "> Passwords have 14 characters.",
    ]
    assert (answer["unfurl_links"], answer["unfurl_media"]) == (False, False)


def test_mention_in_a_thread_is_answered_in_that_thread(office: Office) -> None:
    channel = office.slack.channel()
    root = office.slack.write(channel, "Line 3 stands still.")
    event = office.slack.mention(channel, "and for line 3?", thread_ts=root["ts"])
    assert len(office.answers(event)) == 1
    assert office.desk.heard(root["ts"])[0].channel == channel


@pytest.mark.parametrize("in_thread", [False, True])
def test_direct_message_is_answered_with_and_without_a_thread(office: Office, in_thread: bool) -> None:
    channel = office.slack.channel(is_im=True)
    root = office.slack.write(channel, "before")["ts"] if in_thread else ""
    event = office.slack.direct(channel, "who approves a policy?", thread_ts=root)
    assert len(office.answers(event)) == 1
    (message,) = office.desk.heard(root or event["ts"])
    assert (message.place, message.user, message.channel) == ("direct", "U0ASKER", channel)


def test_same_event_sent_four_times_is_answered_once(office: Office) -> None:
    said = office.slack.write(office.slack.channel(is_im=True), "again?")
    event = {"type": "message", "channel_type": "im", **said}
    key = office.slack.deliver(event)
    for retry in (1, 2, 3):
        office.slack.deliver(event, event_id=key, retry=retry)
    assert len(office.answers(event)) == 1
    office.settled()
    assert len(office.answers(event)) == 1
    assert [message.key for message in office.desk.heard(said["ts"])] == [key]


def test_two_questions_at_once_each_get_their_own_answer(office: Office) -> None:
    meeting = threading.Barrier(2, timeout=5)

    def answer(text: str) -> Callable[[], Reply]:
        def wait_for_the_other() -> Reply:
            meeting.wait()
            return a_reply(text)

        return wait_for_the_other

    office.desk.prepared |= {"first?": answer("The first."), "second?": answer("The second.")}
    events = [office.slack.mention(office.slack.channel(), text) for text in ("first?", "second?")]
    assert [post["text"].split("\n")[0] for event in events for post in office.answers(event)] == ["The first.", "The second."]


def test_question_is_acknowledged_at_once_while_the_answer_takes_two_seconds(office: Office) -> None:
    def slowly() -> Reply:
        time.sleep(2)
        return a_reply()

    office.desk.prepared["slow?"] = slowly
    event = office.slack.direct(office.slack.channel(is_im=True), "slow?")
    (envelope,) = [e for e in office.slack.envelopes.values() if e.body["payload"]["event"] == event]
    office.answers(event)
    (sign,), (answer,) = office.slack.said("chat.postMessage"), office.slack.said("chat.update")
    assert sign.fields["text"] == SEEN
    assert envelope.acked_at - envelope.sent_at < 1
    assert sign.at - envelope.sent_at < 1
    assert answer.at - envelope.sent_at >= 2


# --- what is not for us ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "event",
    [
        {"type": "message", "channel_type": "im", "subtype": "message_changed", "message": {"text": "edited", "user": "U0ASKER"}},
        {"type": "message", "channel_type": "im", "subtype": "message_deleted", "deleted_ts": "1.2"},
        {"type": "message", "channel_type": "im", "subtype": "bot_message", "bot_id": "B0OTHER", "text": "from a bot"},
        {"type": "message", "channel_type": "im", "bot_id": "B0OTHER", "user": "U0OTHERBOT", "text": "from a bot"},
        {"type": "message", "channel_type": "im", "bot_id": OUR_BOT, "user": US, "text": "our own"},
        {"type": "message", "channel_type": "im", "user": US, "text": "our own"},
        {"type": "message", "channel_type": "channel", "user": "U0ASKER", "text": "in a thread, to others", "thread_ts": "1.1"},
        {"type": "message", "channel_type": "mpim", "user": "U0ASKER", "text": "to others in the group"},
        {"type": "message", "channel_type": "channel", "subtype": "channel_join", "user": "U0ASKER", "text": "joined"},
        {"type": "app_mention", "user": "U0ASKER", "text": f"<@{US}> edited", "edited": {"user": "U0ASKER", "ts": "1.3"}},
        {"type": "app_mention", "user": "U0OTHERBOT", "bot_id": "B0OTHER", "text": f"<@{US}> from a bot"},
        {"type": "reaction_added", "user": "U0ASKER", "reaction": "eyes"},
        {"type": "member_joined_channel", "user": US},
        {"type": "app_home_opened", "user": "U0ASKER", "tab": "messages"},
    ],
)
def test_event_that_is_no_question_to_us_is_acknowledged_and_ignored(office: Office, event: Json) -> None:
    channel = office.slack.channel(is_im=event.get("channel_type") == "im")
    office.slack.deliver({"channel": channel, "ts": "1.2", "event_ts": "1.2", **event})
    office.settled()
    assert not [message for message in office.desk.asked if message.channel == channel]
    assert not [call for call in office.slack.calls if call.fields.get("channel") == channel]


def test_edit_that_still_reads_as_a_message_is_ignored() -> None:
    event = {"type": "message", "channel_type": "im", "user": "U1", "text": "x", "channel": "D1", "ts": "1.2"}
    assert asked({"event_id": "Ev1", "event": event}, US) is not None
    assert asked({"event_id": "Ev1", "event": event | {"edited": {"ts": "1.3"}}}, US) is None


# --- what the handler is told ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "place"), [({}, "public"), ({"is_private": True}, "private"), ({"is_mpim": True, "is_private": True}, "private")]
)
def test_handler_is_told_who_reads_along_and_slack_is_asked_once_for_a_channel(office: Office, facts: dict[str, bool], place: str) -> None:
    channel = office.slack.channel(**facts)
    for _ in range(2):
        event = office.slack.mention(channel, "who reads this?")
        office.answers(event)
        assert office.desk.heard(event["ts"])[0].place == place
    assert len(office.slack.said("conversations.info")) == 1


@pytest.mark.usefixtures("refusals_are_meant")
def test_channel_of_unknown_kind_counts_as_public_until_slack_says_what_it_is(office: Office) -> None:
    channel = office.slack.channel(is_private=True)
    office.slack.fail_next("conversations.info", Fault(error="fatal_error"))
    places = []
    for _ in range(2):
        event = office.slack.mention(channel, "who reads this?")
        office.answers(event)
        places.append(office.desk.heard(event["ts"])[0].place)
    assert places == ["public", "private"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (f"<@{US}> what is A.8.24?", "what is A.8.24?"),
        (f"hello <@{US}>", "hello"),
        ("is 3 &lt; 4 &amp;&amp; 5 &gt; 4?", "is 3 < 4 && 5 > 4?"),
        ("see <https://plant.example/a|the page> and <https://plant.example/b>", "see the page and https://plant.example/b"),
        ("ask <@U123|mira> in <#C1|quality>, <!here> or <!subteam^S1|@shift>", "ask @mira in #quality, @here or @shift"),
        ("two\nlines", "two\nlines"),
    ],
)
def test_markup_of_slack_is_read_as_the_person_saw_it(written: str, read: str) -> None:
    assert plain(written, US) == read


# --- what people see -------------------------------------------------------------------------------------------

HOSTILE = "<!channel> <@U0BOSS> <https://evil.example|click> & </tag> ![x](https://evil.example/?q=1)\u202e\u200b\U000e0041\x07"


def test_text_of_documents_cannot_call_people_or_plant_links(office: Office) -> None:
    citation = a_citation(title=f"T {HOSTILE}", locator=HOSTILE, quote=f"{HOSTILE}\n{HOSTILE}", url="https://evil.example/x")
    office.desk.prepared["hostile?"] = lambda: a_reply(f"{HOSTILE} [1]", citations=(citation,), notes=(HOSTILE,))
    (answer,) = office.answers(office.slack.mention(office.slack.channel(), "hostile?"))
    shown = texts(answer) + answer["text"]
    assert "<" not in shown
    assert not set("\u202e\u200b\U000e0041\x07") & set(shown)
    assert "&lt;!channel&gt; &lt;@U0BOSS&gt; &lt;https://evil.example|click&gt; &amp; &lt;/tag&gt;" in shown
    assert all(part["verbatim"] for block in answer["blocks"] for part in [block.get("text") or block["elements"][0]])
    assert (answer["parse"], answer["link_names"]) == ("none", False)


def test_link_opens_only_below_our_own_address() -> None:
    source = a_citation(url='/sources/p-1?v=2&x=>|<"a b')
    linked = f"[1] <{PUBLIC}/sources/p-1?v=2&amp;x=%3E%7C%3C%22a%20b|Access policy> · 4.2"
    assert linked in lines(a_reply(citations=(source,)), PUBLIC)
    assert "[1] Access policy · 4.2 · /sources/p-1" in lines(a_reply())


def test_each_citation_stands_on_a_line_of_its_own_with_every_line_of_its_quote_marked() -> None:
    citations = (a_citation(1, quote="One.\nTwo."), a_citation(2, title="Visitor rules", locator=""))
    assert lines(a_reply("A [1]. B [2].", citations=citations, notes=("As of today.",))) == [
        "A [1]. B [2].",
        "[1] Access policy · 4.2 · /sources/p-1",
        "> One.",
        "> Two.",
        "[2] Visitor rules · /sources/p-1",
        "> Passwords have 14 characters.",
        "As of today.",
    ]


def many(count: int, **changed: Any) -> tuple[Citation, ...]:
    return tuple(a_citation(number, **changed) for number in range(1, count + 1))


SOURCE = re.compile(r"\[(\d+)\] \S")


@pytest.mark.parametrize(
    ("reply", "is_shortened"),
    [
        (a_reply("word " * 2000 + "[1]"), False),
        (a_reply("word " * 20_000 + "[1]"), True),
        (a_reply("&" * 30_000), True),
        (a_reply("😀" * 20_000), True),
        (a_reply("\n" * 3 + "a\n" * 20_000), True),
        (a_reply("\n\n".join(f"Claim {n}. [{n}]" for n in range(1, 31)), citations=many(30, quote="q " * 900)), True),
        (a_reply("\n\n".join(f"Claim {n}. [{n}]" for n in range(1, 201)), citations=many(200)), True),
        (a_reply("[1]", citations=many(1, quote='<"\\&>\n' * 5000, title="<&>" * 500, locator="&" * 500, url="/" + "&" * 5000)), True),
        (a_reply("".join(f"[{n}]" for n in range(1, 99)), citations=many(98, title="<" * 300, locator='"' * 300, quote="&" * 900)), True),
        (a_reply("Short. [1]", notes=("note " * 10_000,)), True),
    ],
)
def test_long_answer_is_split_and_shortened_but_never_refused(office: Office, reply: Reply, is_shortened: bool) -> None:
    office.desk.prepared["long?"] = lambda: reply
    (answer,) = office.answers(office.slack.mention(office.slack.channel(), "long?"))
    shown = texts(answer)
    assert FAILED.text not in shown
    assert len(json.dumps(answer["blocks"], ensure_ascii=False).encode()) <= MESSAGE
    assert ("Shortened." in shown) is is_shortened
    sections = [block["text"]["text"] for block in answer["blocks"] if block["type"] == "section"]
    listed = [match[1] for section in sections if (match := SOURCE.match(section))]
    marked = {mark for section in sections if not SOURCE.match(section) for mark in re.findall(r"\[(\d+)\]", section)}
    assert sorted(listed) == sorted(marked)


def test_shortened_quote_is_the_beginning_of_the_quote_and_says_so() -> None:
    quote = "Access is reviewed every quarter. " * 300
    line = lines(a_reply(citations=(a_citation(quote=quote),)))[2]
    shown = line.removeprefix("> ").removesuffix(" […]")
    assert line == f"> {shown} […]"
    assert quote.startswith(shown)
    assert len(shown) > 2000


def test_reply_that_says_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="a reply needs a paragraph or a note"):
        drawn(Reply((" ",)), "")


# --- trouble ---------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("refusals_are_meant")
@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update"])
def test_answer_is_delivered_after_the_pause_that_slack_asks_for(office: Office, method: str) -> None:
    office.slack.fail_next(method, Fault(status=429, retry_after=1))
    event = office.slack.direct(office.slack.channel(is_im=True), "busy?")
    assert len(office.answers(event)) == 1
    first, second = office.slack.said(method)
    assert second.at - first.at >= 1


@pytest.mark.usefixtures("refusals_are_meant")
@pytest.mark.parametrize("fault", [Fault(lost=True), Fault(lost=True, done=True), Fault(status=503, error="service_unavailable")])
@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update"])
def test_lost_reply_of_slack_leads_neither_to_silence_nor_to_a_second_message(office: Office, method: str, fault: Fault) -> None:
    office.slack.fail_next(method, fault)
    event = office.slack.mention(office.slack.channel(), "did it arrive?")
    office.answers(event)
    office.settled()
    (answer,) = office.answers(event)
    assert "Fourteen characters." in answer["text"]


@pytest.mark.usefixtures("refusals_are_meant")
def test_answer_is_posted_when_slack_did_not_take_the_acknowledgement(office: Office) -> None:
    office.slack.fail_next("chat.postMessage", Fault(error="restricted_action"))
    (answer,) = office.answers(office.slack.direct(office.slack.channel(is_im=True), "still there?"))
    assert "Fourteen characters." in answer["text"]


@pytest.mark.usefixtures("refusals_are_meant")
def test_answer_that_slack_refuses_is_replaced_by_one_sentence(office: Office) -> None:
    office.slack.fail_next("chat.update", Fault(error="invalid_blocks"))
    (answer,) = office.answers(office.slack.direct(office.slack.channel(is_im=True), "odd?"))
    assert texts(answer) == FAILED.text


def test_failure_ends_in_one_sentence_and_the_log_holds_no_text(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> Reply:
        raise RuntimeError("cannot handle: is the torque secret 4711?")

    caplog.set_level(logging.WARNING, "websockets")  # the peer's own
    caplog.set_level(logging.DEBUG)
    with SlackPeer(MANIFEST["oauth_config"]["scopes"]["bot"]) as slack:
        for office in an_office(slack):
            office.desk.prepared["is the torque secret 4711?"] = fail
            office.desk.keys = _Broken("EvBROKEN")
            channel = slack.channel(is_im=True)
            said = {"type": "message", "channel_type": "im", **slack.write(channel, "is the torque secret 4711, again?")}
            slack.deliver(said, event_id="EvBROKEN")
            for event in (slack.direct(channel, "is the torque secret 4711?"), said):
                (answer,) = office.answers(event)
                assert (answer["text"], texts(answer)) == (FAILED.text, FAILED.text)
    assert caplog.text.count("RuntimeError") == 2
    for secret in ("4711", "torque", BOT_TOKEN, APP_TOKEN):
        assert secret not in caplog.text


class _Broken(set[str]):
    """Keys among which one cannot be looked up, as when the database is away."""

    def __init__(self, broken: str) -> None:
        super().__init__()
        self.broken = broken

    def __contains__(self, key: object) -> bool:
        if key == self.broken:
            raise RuntimeError("is the torque secret 4711")
        return super().__contains__(key)


def test_event_sent_again_on_a_new_connection_is_answered_once(office: Office) -> None:
    said = office.slack.write(office.slack.channel(is_im=True), "before the cut?")
    event = {"type": "message", "channel_type": "im", **said}
    key = office.slack.deliver(event)
    office.answers(event)
    office.slack.refresh()
    office.slack.deliver(event, event_id=key, retry=1)
    office.settled()
    assert len(office.answers(event)) == 1
    assert len(office.desk.heard(said["ts"])) == 1


@pytest.mark.slow
def test_question_asked_while_the_socket_is_cut_is_answered_after_it_is_back(office: Office) -> None:
    old = office.slack.connections[-1]
    office.slack.cut()
    office.slack.wait(lambda: old not in office.slack.connections)
    event = office.slack.direct(office.slack.channel(is_im=True), "during the cut?")
    office.slack.wait(lambda: office.slack.connections, 40)
    assert len(office.answers(event)) == 1


# --- start and end ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("bot", "app"), [("xoxb-wrong", APP_TOKEN), (BOT_TOKEN, "xapp-wrong"), (APP_TOKEN, BOT_TOKEN)])
def test_wrong_token_is_a_permanent_error_that_names_the_settings(bot: str, app: str) -> None:
    desk = Desk()
    with SlackPeer(MANIFEST["oauth_config"]["scopes"]["bot"]) as slack:
        chat = connect(Options(bot, app, slack.api_url))
        with pytest.raises(ConnectorError, match=r"SLACK_BOT_TOKEN.*SLACK_APP_TOKEN") as caught:
            chat.run(desk.answer, desk.once)
    assert caught.value.permanent
    assert "wrong" not in str(caught.value)


def test_slack_that_cannot_be_reached_is_an_error_that_may_pass() -> None:
    with SlackPeer([]) as slack:
        address = slack.api_url
    with pytest.raises(ConnectorError, match="ANNEXA_SLACK_API_URL") as caught:
        connect(Options(BOT_TOKEN, APP_TOKEN, address)).run(Desk().answer, Desk().once)
    assert not caught.value.permanent


def test_stop_waits_for_the_answer_in_hand() -> None:
    with SlackPeer(MANIFEST["oauth_config"]["scopes"]["bot"]) as slack:
        for office in an_office(slack):
            started = threading.Event()

            def slowly(started: threading.Event = started) -> Reply:
                started.set()
                time.sleep(0.5)
                return a_reply()

            office.desk.prepared["last?"] = slowly
            event = slack.direct(slack.channel(is_im=True), "last?")
            assert started.wait(5)
            office.chat.stop()
            assert len(office.answers(event)) == 1


def test_tokens_do_not_show_in_the_options() -> None:
    assert repr(Options(BOT_TOKEN, APP_TOKEN)) == "Options(api_url='https://slack.com/api/', public_url='')"


def test_manifest_asks_for_the_events_that_are_answered_and_for_socket_mode() -> None:
    assert MANIFEST["settings"]["socket_mode_enabled"] is True
    assert MANIFEST["settings"]["event_subscriptions"]["bot_events"] == ["app_mention", "message.im"]
    assert MANIFEST["features"]["app_home"]["messages_tab_read_only_enabled"] is False


# --- the peer itself -------------------------------------------------------------------------------------------


def a_section(text: str) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


@pytest.mark.parametrize(
    ("method", "fields", "error"),
    [
        ("chat.postMessage", {"text": ""}, "no_text"),
        ("chat.postMessage", {"text": "x" * 40_001}, "msg_too_long"),
        ("chat.postMessage", {"text": "x", "color": "red"}, "invalid_arguments"),
        ("chat.postMessage", {"text": "x", "unfurl_links": "no"}, "invalid_arguments"),
        ("chat.postMessage", {"text": "x", "channel": "C9999"}, "channel_not_found"),
        ("chat.postMessage", {"text": "x", "thread_ts": "1.1"}, "thread_not_found"),
        ("chat.postMessage", {"blocks": [a_section("x")] * 51}, "invalid_blocks"),
        ("chat.postMessage", {"blocks": [a_section("x" * 3001)]}, "invalid_blocks"),
        ("chat.postMessage", {"blocks": [a_section("")]}, "invalid_blocks"),
        ("chat.postMessage", {"blocks": [{"type": "banner"}]}, "invalid_blocks"),
        ("chat.postMessage", {"blocks": [a_section("x" * 2900)] * 5}, "msg_blocks_too_long"),
        ("chat.update", {"ts": "1.1", "text": "x"}, "message_not_found"),
        ("conversations.info", {"channel": ""}, "invalid_arguments"),
        ("reactions.add", {"timestamp": "1.1", "name": "eyes"}, "missing_scope"),
        ("chat.shout", {"text": "x"}, "unknown_method"),
        ("apps.connections.open", {}, "not_allowed_token_type"),
    ],
)
def test_peer_refuses_what_slack_refuses(method: str, fields: Json, error: str) -> None:
    with SlackPeer(MANIFEST["oauth_config"]["scopes"]["bot"]) as slack:
        given = fields if method == "apps.connections.open" else {"channel": slack.channel(), **fields}
        with pytest.raises(SlackApiError) as caught:
            WebClient(BOT_TOKEN, base_url=slack.api_url).api_call(method, json=given)
    assert caught.value.response["error"].split(":")[0] == error
