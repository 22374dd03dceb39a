"""Slack by Socket Mode: a question is seen at once, and answered once in its thread.

The sign that a question was seen is a message of ours in the thread; the answer takes that message's place, so that there
is never more than one. An update may be tried again without harm. A post may not: where its outcome is in doubt, the
thread is searched for our mark before anything is posted again.
"""

import logging
import re
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from http.client import HTTPException
from typing import Any

from slack_bolt import App, BoltContext
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.error import BoltError
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import ConnectionErrorRetryHandler, RateLimitErrorRetryHandler, ServerErrorRetryHandler

from connectors.base import ConnectorError, Handler, Message, Notice, Once, OnPress, Place, Press
from connectors.slack import notices
from connectors.slack.blocks import Drawn, drawn, sentence
from connectors.slack.listeners import asked

log = logging.getLogger(__name__)

SEEN = ":hourglass_flowing_sand:"
"""Said until the answer is there; a sign and not a sentence, because the asker's language is not known yet."""
FAILED = sentence(
    "Something went wrong on our side and your question was not answered: please ask it again, or tell your ISMS manager. / "
    "Bei uns ist etwas schiefgegangen, und Ihre Frage blieb ohne Antwort: Bitte fragen Sie noch einmal, oder sagen Sie es dem ISMS-Manager."
)
_MARK = "annexa_answer"
_LISTENERS, _ANSWERS = 10, 4
_PING_SECONDS = 3
"""A dead socket is noticed after four or five of these; bolt's own ten keep people waiting for up to a minute."""
_UNDECIDED = {"internal_error", "fatal_error", "request_timeout", "service_unavailable"}
_WRONG_TOKEN = {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "not_allowed_token_type"}
_TROUBLE = (SlackApiError, OSError, HTTPException)


@dataclass(frozen=True)
class Options:
    """How to reach a workspace. `public_url` is where the product's own pages stand; without it sources are not linked."""

    bot_token: str = field(repr=False)
    app_token: str = field(repr=False)
    api_url: str = "https://slack.com/api/"
    public_url: str = ""


def connect(options: Options) -> "SlackChat":
    """The chat of a workspace; nothing is called before `run`."""
    return SlackChat(options)


class SlackChat:
    """A Chat in one Slack workspace."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._wire = logging.getLogger(f"{__name__}.wire")
        # Bolt and its client write what people say into their debug lines.
        self._wire.setLevel(max(logging.INFO, log.getEffectiveLevel()))
        limited = RateLimitErrorRetryHandler(max_retry_count=5)
        again = [limited, ConnectionErrorRetryHandler(max_retry_count=2), ServerErrorRetryHandler(max_retry_count=2)]
        base_url = options.api_url.rstrip("/") + "/"
        self._client = WebClient(options.bot_token, base_url=base_url, logger=self._wire, retry_handlers=list(again))
        self._posting = WebClient(options.bot_token, base_url=base_url, logger=self._wire, retry_handlers=[limited])
        quiet = WebClient(options.bot_token, base_url=base_url, logger=self._wire, retry_handlers=[])
        self._notices = notices.Notices(quiet, options.public_url)
        self._places: dict[str, Place] = {}
        self._places_lock = threading.Lock()
        self._stopped = threading.Event()

    def run(self, handler: Handler, once: Once, on_press: OnPress | None = None) -> None:
        """Answer questions and presses of buttons until `stop`; those in hand are finished. Raises ConnectorError when Slack cannot be used."""
        with ThreadPoolExecutor(_ANSWERS, "slack-answer") as answers, ThreadPoolExecutor(_LISTENERS, "slack-listener") as listeners:

            def receive(message: Message) -> None:
                if self._is_new(message, once):
                    answers.submit(self._answer, message, self._acknowledge(message), handler)

            def pressed(press: Press, place: str) -> None:
                if on_press:
                    answers.submit(self._take, press, place, on_press, once)

            socket = self._open(receive, pressed, listeners)
            try:
                self._stopped.wait()
            finally:
                socket.close()  # type: ignore[no-untyped-call]

    def stop(self) -> None:
        """End `run`; may be called from any thread, also before `run`."""
        self._stopped.set()

    def post(self, user: str, notice: Notice, key: str) -> str:
        """Where the direct message to a person stands. Raises ConnectorError, `doubtful` where it may have been posted all the same."""
        try:
            channel = self._notices.channel(user)
        except _TROUBLE as error:
            raise _unposted(error, doubtful=False) from error
        try:
            return self._notices.post(channel, notice, key)
        except _TROUBLE as error:
            raise _unposted(error, doubtful=_in_doubt(error)) from error

    def find(self, user: str, key: str) -> str | None:
        """Where the direct message with a key stands; None where there is none. Raises ConnectorError."""
        try:
            return self._notices.find(self._notices.channel(user), key)
        except _TROUBLE as error:
            raise _unposted(error, doubtful=False) from error

    def _open(
        self, receive: Callable[[Message], None], pressed: Callable[[Press, str], None], listeners: ThreadPoolExecutor
    ) -> SocketModeHandler:
        try:
            # Checks the bot token now: bolt would else do so at the first event, and drop that event where it fails.
            app = App(client=self._client, listener_executor=listeners, logger=self._wire)
        except BoltError as error:
            raise _unusable(error.__context__ or error) from error
        except _TROUBLE as error:
            raise _unusable(error) from error

        # One listener for everything: an event without one is answered as an error and sent again.
        @app.event(re.compile(".*"))
        def listen(body: dict[str, Any], context: BoltContext) -> None:
            if message := asked(body, context.bot_user_id or ""):
                receive(message)

        @app.action(re.compile(notices.PRESSED + ".*"))
        def press(ack: Callable[[], None], body: dict[str, Any]) -> None:
            ack()
            found, asks, place = notices.press_of(body)
            if asks:
                self._ask(body, notices.form(found, asks, place))
            else:
                pressed(found, place)

        @app.view(re.compile(notices.PRESSED + ".*"))
        def send(ack: Callable[[], None], body: dict[str, Any]) -> None:
            ack()
            pressed(*notices.written(body))

        socket = SocketModeHandler(app, self._options.app_token, logger=self._wire, ping_interval=_PING_SECONDS)
        try:
            socket.connect()  # type: ignore[no-untyped-call]
        except _TROUBLE as error:
            socket.close()  # type: ignore[no-untyped-call]
            raise _unusable(error) from error
        return socket

    def _ask(self, body: dict[str, Any], view: dict[str, Any]) -> None:
        try:
            self._client.views_open(trigger_id=body["trigger_id"], view=view)
        except _TROUBLE as error:
            log.warning("a form could not be opened in Slack (%s); the button can be pressed again", _named(error))

    def _take(self, press: Press, place: str, on_press: OnPress, once: Once) -> None:
        """Hand a press over, and say what came of it in the message's thread. The handler counts each key once, so that a repeated press does no harm."""
        try:
            said = sentence(on_press(press))
            if once(press.key):
                channel, _, ts = place.partition("/")
                self._posting.chat_postMessage(
                    channel=channel, thread_ts=ts, text=said.text, blocks=said.blocks, parse="none", link_names=False
                )
        except Exception as error:
            frame = traceback.extract_tb(error.__traceback__)[-1]
            log.error("press %s was not answered: %s at %s:%s", press.key, _named(error), frame.filename, frame.lineno)

    def _is_new(self, message: Message, once: Once) -> bool:
        try:
            return once(message.key)
        except Exception as error:
            _note(message, "could not be recorded", error)
            self._deliver(message, None, FAILED)
            return False

    def _acknowledge(self, message: Message) -> str | None:
        """Time stamp of the message that says we have seen the question, or None where Slack did not take it."""
        try:
            return self._post(message, Drawn(SEEN, []))
        except _TROUBLE as error:
            _note(message, "was not acknowledged", error)
            return None

    def _answer(self, message: Message, ts: str | None, handler: Handler) -> None:
        try:
            if message.place != "direct":
                message = replace(message, place=self._place(message.channel))
            answer = drawn(handler(message), self._options.public_url)
        except Exception as error:
            _note(message, "was not answered", error)
            answer = FAILED
        self._deliver(message, ts, answer)

    def _place(self, channel: str) -> Place:
        """What a channel is, asked of Slack once; public, which shows the least, where Slack does not say."""
        with self._places_lock:
            if channel not in self._places:
                try:
                    about = self._client.conversations_info(channel=channel)["channel"]
                except _TROUBLE as error:
                    log.warning("Slack does not say what channel %s is (%s); it is treated as public", channel, _named(error))
                    return "public"
                closed = about.get("is_private") or about.get("is_mpim") or about.get("is_group")
                self._places[channel] = "private" if closed else "public"
            return self._places[channel]

    def _deliver(self, message: Message, ts: str | None, answer: Drawn) -> None:
        """Put the answer into the thread; where Slack refuses it, the sentence for failures; where that fails too, a log line."""
        try:
            self._put(message, ts, answer)
        except _TROUBLE as error:
            _note(message, "may be without its answer in Slack", error)
            if answer is not FAILED and not _in_doubt(error):
                self._deliver(message, ts, FAILED)

    def _put(self, message: Message, ts: str | None, answer: Drawn) -> None:
        """Put the answer where the acknowledgement stands, which may have arrived unconfirmed; post it where there is none."""
        if ts := ts or self._find(message):
            self._client.chat_update(channel=message.channel, ts=ts, text=answer.text, blocks=answer.blocks, parse="none", link_names=False)
        else:
            self._post(message, answer)

    def _post(self, message: Message, shown: Drawn) -> str:
        """Time stamp of the post in the message's thread, one also where Slack's answer to the first try was lost."""
        try:
            return self._post_once(message, shown)
        except _TROUBLE as error:
            if not _in_doubt(error):
                raise
            return self._find(message) or self._post_once(message, shown)

    def _post_once(self, message: Message, shown: Drawn) -> str:
        posted = self._posting.chat_postMessage(
            channel=message.channel,
            thread_ts=message.thread,
            text=shown.text,
            blocks=shown.blocks or None,
            parse="none",
            link_names=False,
            unfurl_links=False,
            unfurl_media=False,
            metadata={"event_type": _MARK, "event_payload": {"key": message.key}},
        )
        return str(posted["ts"])

    def _find(self, message: Message) -> str | None:
        """Time stamp of our message about this question, known by the key in its metadata."""
        for page in self._client.conversations_replies(channel=message.channel, ts=message.thread, include_all_metadata=True, limit=200):
            for post in page["messages"]:
                mark = post.get("metadata", {})
                if mark.get("event_type") == _MARK and mark.get("event_payload", {}).get("key") == message.key:
                    return str(post["ts"])
        return None


def _in_doubt(error: BaseException) -> bool:
    """Whether Slack may have done what it did not confirm."""
    if not isinstance(error, SlackApiError):
        return True
    return error.response.status_code >= 500 or _named(error) in _UNDECIDED | {"unreadable"}


def _named(error: BaseException) -> str:
    """The error in a word: Slack's code, or the name of its type."""
    if not isinstance(error, SlackApiError):
        return type(error).__name__
    code = str(error.response.get("error") or "")
    return code if code.isidentifier() else "unreadable"


def _unusable(error: BaseException) -> ConnectorError:
    name = _named(error)
    if name in _WRONG_TOKEN:
        return ConnectorError(f"Slack refuses a token ({name}): set SLACK_BOT_TOKEN (xoxb-) and SLACK_APP_TOKEN (xapp-) of the app.", True)
    return ConnectorError(f"Slack cannot be reached ({name}): check the network and ANNEXA_SLACK_API_URL.", False)


def _unposted(error: BaseException, doubtful: bool) -> ConnectorError:
    """What a notice that was not posted means: wait, look again, or tell a person."""
    name = _named(error)
    if name in _WRONG_TOKEN:
        return _unusable(error)
    if isinstance(error, SlackApiError) and error.response.status_code == 429:
        return ConnectorError("Slack asks to be left alone for a while (ratelimited).", False, wait=notices.retry_after(error) or 30.0)
    if isinstance(error, SlackApiError) and not _in_doubt(error):
        return ConnectorError(f"Slack refuses the message ({name}): check the person's Slack id and the scopes of the app.", True)
    return ConnectorError(f"Slack did not say whether it took the message ({name}).", False, doubtful=doubtful)


def _note(message: Message, what: str, error: BaseException) -> None:
    """Log where an error arose and what kind it is; never its text, which may repeat what a person wrote."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    log.error("question %s in %s %s: %s at %s:%s", message.key, message.channel, what, _named(error), frame.filename, frame.lineno)
