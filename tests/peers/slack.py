"""A strict local Slack: Web API over HTTP and Socket Mode over a websocket. It refuses what Slack refuses and records the rest.

Limits and errors are those of Slack's reference; the limit on all blocks of a message is undocumented and was measured.
"""

import itertools
import json
import socket
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

Json = dict[str, Any]

BOT_TOKEN, APP_TOKEN = "xoxb-peer", "xapp-peer"
US, OUR_BOT = "U0US", "B0US"
ACK_SECONDS = 3.0
MESSAGE_CHARACTERS = 13_200
_SCOPES = {
    "auth.test": [],
    "chat.postMessage": ["chat:write"],
    "chat.update": ["chat:write"],
    "reactions.add": ["reactions:write"],
    "conversations.info": ["channels:read", "groups:read", "im:read", "mpim:read"],
    "conversations.replies": ["channels:history", "groups:history", "im:history", "mpim:history"],
    "conversations.history": ["channels:history", "groups:history", "im:history", "mpim:history"],
    "conversations.open": ["im:write"],
    "views.open": [],
}
_FIELDS: dict[str, dict[str, type]] = {
    "apps.connections.open": {},
    "auth.test": {},
    "chat.postMessage": {
        "channel": str, "text": str, "blocks": list, "thread_ts": str, "parse": str, "link_names": bool, "mrkdwn": bool,
        "unfurl_links": bool, "unfurl_media": bool, "reply_broadcast": bool, "metadata": dict,
    },
    "chat.update": {"channel": str, "ts": str, "text": str, "blocks": list, "parse": str, "link_names": bool, "metadata": dict},
    "reactions.add": {"channel": str, "timestamp": str, "name": str},
    "conversations.info": {"channel": str},
    "conversations.replies": {"channel": str, "ts": str, "include_all_metadata": str, "limit": str, "cursor": str},
    "conversations.history": {"channel": str, "include_all_metadata": str, "limit": str, "cursor": str},
    "conversations.open": {"users": str},
    "views.open": {"trigger_id": str, "view": dict},
}  # fmt: skip
_NEEDED = {
    "chat.postMessage": ["channel"],
    "chat.update": ["channel", "ts"],
    "reactions.add": ["channel", "timestamp", "name"],
    "conversations.info": ["channel"],
    "conversations.replies": ["channel", "ts"],
    "conversations.history": ["channel"],
    "conversations.open": ["users"],
    "views.open": ["trigger_id", "view"],
}


class RefusedError(Exception):
    """The call is answered with `ok: false` and this error."""


@dataclass
class Call:
    """A Web API call as it came in, when, and what it was answered."""

    method: str
    fields: Json
    at: float
    status: int = 200
    answer: Json = field(default_factory=dict)


@dataclass
class Envelope:
    """An event on its way: when it was sent and when it was acknowledged."""

    body: Json
    sent_at: float = 0.0
    acked_at: float = 0.0


@dataclass
class Fault:
    """What the next call of a method meets: a status, a Retry-After, or a connection that closes before or after the deed."""

    status: int = 0
    retry_after: int = 0
    lost: bool = False
    done: bool = False
    error: str = ""


class SlackPeer:
    """One workspace with one app in it. `with SlackPeer(scopes) as slack:` serves until the block ends."""

    def __init__(self, scopes: list[str]) -> None:
        self.scopes = set(scopes)
        self.calls: list[Call] = []
        self.envelopes: dict[str, Envelope] = {}
        self.channels: dict[str, Json] = {}
        self.messages: dict[tuple[str, str], Json] = {}
        self.connections: list[ServerConnection] = []
        self._faults: dict[str, list[Fault]] = {}
        self._tickets: set[str] = set()
        self._waiting: list[str] = []
        self._numbers = itertools.count(1)
        self._changed = threading.Condition()
        self._methods: dict[str, Callable[[Json], Json]] = {
            "apps.connections.open": self._connections_open,
            "auth.test": self._auth_test,
            "chat.postMessage": self._post,
            "chat.update": self._update,
            "reactions.add": self._react,
            "conversations.info": self._info,
            "conversations.replies": self._replies,
            "conversations.history": self._history,
            "conversations.open": self._direct_messages,
            "views.open": self._view,
        }
        self.people: dict[str, str] = {}
        """User -> the channel of the app's direct messages with them."""
        self.views: dict[str, Json] = {}
        self._triggers: set[str] = set()

    # --- life --------------------------------------------------------------------------------------------------

    def __enter__(self) -> "SlackPeer":
        self._web = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._web.daemon_threads = True
        self._sockets: Server = serve(self._speak, "127.0.0.1", 0)
        for server in (self._web, self._sockets):
            threading.Thread(target=server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._web.shutdown()
        self._web.server_close()
        self._sockets.shutdown()
        for connection in self.connections:
            connection.close()

    @property
    def api_url(self) -> str:
        """Address of the Web API."""
        return f"http://127.0.0.1:{self._web.server_address[1]}/api/"

    # --- people write ------------------------------------------------------------------------------------------

    def channel(self, **facts: bool) -> str:
        """A new channel; facts as in Slack: is_im, is_mpim, is_private."""
        channel = f"{'D' if facts.get('is_im') else 'C'}{next(self._numbers):04}"
        self.channels[channel] = {"id": channel, "is_im": False, "is_mpim": False, "is_private": False, **facts}
        return channel

    def write(self, channel: str, text: str, thread_ts: str = "") -> Json:
        """A person's message, stored; what its event says, without a type."""
        ts = f"1750000000.{next(self._numbers):06}"
        message = {"user": "U0ASKER", "text": text, "ts": ts, "channel": channel, "event_ts": ts}
        if thread_ts:
            message["thread_ts"] = thread_ts
        self.messages[(channel, ts)] = dict(message)
        return message

    def deliver(self, event: Json, event_id: str = "", retry: int = 0) -> str:
        """Send an event to the app, or keep it for the next connection; its event id."""
        event_id = event_id or f"Ev{next(self._numbers):06}"
        envelope_id = str(uuid.uuid4())
        payload = {
            "token": "unused", "team_id": "T0TEAM", "api_app_id": "A0APP", "type": "event_callback", "event": event,
            "event_id": event_id, "event_time": 1750000000, "authorizations": [{"team_id": "T0TEAM", "user_id": US, "is_bot": True}],
        }  # fmt: skip
        body = {"envelope_id": envelope_id, "type": "events_api", "payload": payload, "accepts_response_payload": False}
        body |= {"retry_attempt": retry, "retry_reason": "timeout" if retry else ""}
        with self._changed:
            self.envelopes[envelope_id] = Envelope(body)
            self._waiting.append(envelope_id)
            self._send_waiting()
        return event_id

    def mention(self, channel: str, text: str, thread_ts: str = "") -> Json:
        """A person mentions the app: both events that Slack sends for it, the mention and its twin. The mention's event."""
        said = self.write(channel, f"<@{US}> {text}", thread_ts)
        kind = "mpim" if self.channels[channel]["is_mpim"] else "group" if self.channels[channel]["is_private"] else "channel"
        mention = {"type": "app_mention", **said}
        self.deliver(mention)
        self.deliver({"type": "message", "channel_type": kind, **said})
        return mention

    def direct(self, channel: str, text: str, thread_ts: str = "") -> Json:
        """A person writes to the app directly; the event."""
        event = {"type": "message", "channel_type": "im", **self.write(channel, text, thread_ts)}
        self.deliver(event)
        return event

    def hire(self, user: str) -> str:
        """Somebody new in the workspace; the channel in which the app writes to them."""
        self.people[user] = self.channel(is_im=True)
        return self.people[user]

    def press(self, user: str, post: Json, action_id: str, action_ts: str = "") -> Json:
        """Somebody presses a button of a message; the payload, which may be sent again as it is."""
        buttons = [element for block in post["blocks"] if block["type"] == "actions" for element in block["elements"]]
        button = next(one for one in buttons if one["action_id"] == action_id)
        trigger = uuid.uuid4().hex
        self._triggers.add(trigger)
        action = {"type": "button", "action_id": action_id, "value": button["value"], "action_ts": action_ts or f"{next(self._numbers)}.0"}
        message = {"ts": post["ts"], "text": post["text"]}
        payload = {
            "type": "block_actions",
            "user": {"id": user},
            "channel": {"id": post["channel"]},
            "message": message,
            "trigger_id": trigger,
            "actions": [action],
        }
        self.interact(payload)
        return payload

    def submit(self, view_id: str, user: str, text: str) -> Json:
        """Somebody fills in the form that the app opened, and sends it."""
        view = self.views.pop(view_id)
        block = view["blocks"][0]
        values = {block["block_id"]: {block["element"]["action_id"]: {"type": "plain_text_input", "value": text}}}
        payload = {"type": "view_submission", "user": {"id": user}, "view": {**view, "id": view_id, "state": {"values": values}}}
        self.interact(payload)
        return payload

    def interact(self, payload: Json) -> None:
        """Send an interaction to the app."""
        envelope_id = str(uuid.uuid4())
        body = {"envelope_id": envelope_id, "type": "interactive", "accepts_response_payload": True}
        body["payload"] = {"team": {"id": "T0TEAM"}, "api_app_id": "A0APP", "token": "unused", **payload}
        with self._changed:
            self.envelopes[envelope_id] = Envelope(body)
            self._waiting.append(envelope_id)
            self._send_waiting()

    # --- trouble -----------------------------------------------------------------------------------------------

    def fail_next(self, method: str, fault: Fault) -> None:
        """The next call of a method meets this fault."""
        self._faults.setdefault(method, []).append(fault)

    def refresh(self) -> None:
        """Tell the app to take a new connection and close the old one, as Slack does every few hours."""
        old = self.connections[-1]
        old.send(json.dumps({"type": "disconnect", "reason": "refresh_requested", "debug_info": {"host": "peer"}}))
        old.close()
        self.wait(lambda: self.connections and self.connections[-1] is not old, 20)

    def cut(self) -> None:
        """Drop the socket without a word."""
        self.connections[-1].socket.shutdown(socket.SHUT_RDWR)

    # --- what happened -----------------------------------------------------------------------------------------

    def thread(self, channel: str, thread_ts: str) -> list[Json]:
        """The app's own messages in a thread, as they stand now."""
        with self._changed:
            return [m for (c, _), m in self.messages.items() if c == channel and m.get("thread_ts") == thread_ts and m["user"] == US]

    def said(self, method: str) -> list[Call]:
        """The calls of a method."""
        with self._changed:
            return [call for call in self.calls if call.method == method]

    def refusals(self) -> list[str]:
        """Every call that was refused or whose answer was lost, and why."""
        with self._changed:
            wrong = [call for call in self.calls if call.status != 200 or not call.answer["ok"]]
            return [f"{call.method}: {call.answer.get('error', 'answer lost')}" for call in wrong]

    def late(self) -> list[str]:
        """Events that were not acknowledged within three seconds of being sent; waits for those that are under way."""

        def open_ones() -> list[Envelope]:
            return [e for e in self.envelopes.values() if e.sent_at and not e.acked_at]

        with self._changed:
            self._changed.wait_for(lambda: not open_ones(), ACK_SECONDS)
            return [key for key, e in self.envelopes.items() if e.sent_at and not 0 < e.acked_at - e.sent_at <= ACK_SECONDS]

    def wait(self, condition: Callable[[], object], seconds: float = 8.0) -> None:
        """Return when the condition holds. Raises AssertionError after that many seconds."""
        with self._changed:
            assert self._changed.wait_for(condition, seconds), f"not within {seconds} s; refused: {self.refusals()}"

    # --- Web API -----------------------------------------------------------------------------------------------

    def answer(self, method: str, token: str, fields: Json) -> tuple[int, Json, int]:
        """(status, body, seconds of Retry-After) for one call; status 0 closes the connection without an answer."""
        with self._changed:
            fault = self._faults[method].pop(0) if self._faults.get(method) else Fault()
            call = Call(method, fields, time.monotonic())
            self.calls.append(call)
            if fault.status or fault.error or (fault.lost and not fault.done):
                call.status, call.answer = fault.status or 200 * (not fault.lost), {"ok": False, "error": fault.error or "ratelimited"}
            else:
                call.answer = self._perform(method, token, fields)
                call.status = 0 if fault.lost else 200
            self._changed.notify_all()
            return call.status, call.answer, fault.retry_after

    def _perform(self, method: str, token: str, fields: Json) -> Json:
        try:
            self._check(method, token, fields)
            return {"ok": True, **self._methods[method](fields)}
        except RefusedError as refused:
            return {"ok": False, "error": str(refused)}

    def _check(self, method: str, token: str, fields: Json) -> None:
        if method not in _FIELDS:
            raise RefusedError("unknown_method")
        if not token:
            raise RefusedError("not_authed")
        if token != (APP_TOKEN if method == "apps.connections.open" else BOT_TOKEN):
            raise RefusedError("not_allowed_token_type" if token in (APP_TOKEN, BOT_TOKEN) else "invalid_auth")
        if missing := set(_SCOPES.get(method, [])) - self.scopes:
            raise RefusedError(f"missing_scope:{','.join(sorted(missing))}")
        for name, value in fields.items():
            if name not in _FIELDS[method]:
                raise RefusedError(f"invalid_arguments:{name}")
            if not isinstance(value, _FIELDS[method][name]):
                raise RefusedError(f"invalid_arguments:{name} is {type(value).__name__}")
        for name in _NEEDED.get(method, []):
            if not fields.get(name):
                raise RefusedError(f"invalid_arguments:{name} is missing")
        if "channel" in fields and fields["channel"] not in self.channels:
            raise RefusedError("channel_not_found")

    def _connections_open(self, _: Json) -> Json:
        ticket = uuid.uuid4().hex
        self._tickets.add(ticket)
        return {"url": f"ws://127.0.0.1:{self._sockets.socket.getsockname()[1]}/link/?ticket={ticket}"}

    def _auth_test(self, _: Json) -> Json:
        return {"url": "https://peer.example/", "team": "Peer", "user": "annexa", "team_id": "T0TEAM", "user_id": US, "bot_id": OUR_BOT}

    def _post(self, fields: Json) -> Json:
        _check_content(fields, 40_000)
        if "thread_ts" in fields and (fields["channel"], fields["thread_ts"]) not in self.messages:
            raise RefusedError("thread_not_found")
        ts = f"1750000001.{next(self._numbers):06}"
        message = {"type": "message", "user": US, "bot_id": OUR_BOT, "ts": ts, **fields}
        self.messages[(fields["channel"], ts)] = message
        return {"channel": fields["channel"], "ts": ts, "message": message}

    def _update(self, fields: Json) -> Json:
        message = self.messages.get((fields["channel"], fields["ts"]))
        if message is None:
            raise RefusedError("message_not_found")
        if message["user"] != US:
            raise RefusedError("cant_update_message")
        _check_content(fields, 4000)
        message |= fields
        return {"channel": fields["channel"], "ts": fields["ts"], "text": message.get("text", "")}

    def _react(self, fields: Json) -> Json:
        message = self.messages.get((fields["channel"], fields["timestamp"]))
        if message is None:
            raise RefusedError("message_not_found")
        if ":" in fields["name"]:
            raise RefusedError("invalid_name")
        if fields["name"] in message.setdefault("reactions", []):
            raise RefusedError("already_reacted")
        message["reactions"].append(fields["name"])
        return {}

    def _info(self, fields: Json) -> Json:
        return {"channel": self.channels[fields["channel"]]}

    def _replies(self, fields: Json) -> Json:
        """One message a page, so that who reads it must follow the cursor."""
        root = fields["ts"]
        if (fields["channel"], root) not in self.messages:
            raise RefusedError("thread_not_found")
        found = [m for (c, ts), m in self.messages.items() if c == fields["channel"] and root in (ts, m.get("thread_ts"))]
        start = int(fields.get("cursor") or 0)
        shown = dict(found[start])
        if fields.get("include_all_metadata") not in ("1", "true"):
            shown.pop("metadata", None)
        more = start + 1 < len(found)
        return {"messages": [shown], "has_more": more, "response_metadata": {"next_cursor": str(start + 1) if more else ""}}

    def _history(self, fields: Json) -> Json:
        """Newest first, one message a page; replies in threads are not in it."""
        found = [m for (c, _), m in self.messages.items() if c == fields["channel"] and "thread_ts" not in m][::-1]
        start = int(fields.get("cursor") or 0)
        shown = [dict(m) for m in found[start : start + 1]]
        for message in shown:
            if fields.get("include_all_metadata") not in ("1", "true"):
                message.pop("metadata", None)
        more = start + 1 < len(found)
        return {"messages": shown, "has_more": more, "response_metadata": {"next_cursor": str(start + 1) if more else ""}}

    def _direct_messages(self, fields: Json) -> Json:
        if fields["users"] not in self.people:
            raise RefusedError("user_not_found")
        return {"channel": {"id": self.people[fields["users"]]}}

    def _view(self, fields: Json) -> Json:
        if fields["trigger_id"] not in self._triggers:
            raise RefusedError("invalid_trigger_id")
        self._triggers.remove(fields["trigger_id"])
        view = fields["view"]
        _check_view(view)
        view_id = f"V{next(self._numbers):04}"
        self.views[view_id] = view
        return {"view": {"id": view_id, **view}}

    # --- Socket Mode -------------------------------------------------------------------------------------------

    def _speak(self, connection: ServerConnection) -> None:
        """One connection: hello, the events that wait, and then the app's acknowledgements."""
        ticket = parse_qs(urlsplit(connection.request.path).query).get("ticket", [""])[0] if connection.request else ""
        with self._changed:
            if ticket not in self._tickets:
                connection.close(1008, "the ticket is unknown or used")
                return
            self._tickets.remove(ticket)
            connection.send(json.dumps({"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A0APP"}, "debug_info": {}}))
            self.connections.append(connection)
            self._send_waiting()
            self._changed.notify_all()
        try:
            for frame in connection:
                answer = json.loads(frame)
                with self._changed:
                    self.envelopes[answer["envelope_id"]].acked_at = time.monotonic()
                    self._changed.notify_all()
        except ConnectionClosed:
            pass
        with self._changed:
            self.connections.remove(connection)

    def _send_waiting(self) -> None:
        while self.connections and self._waiting:
            envelope = self.envelopes[self._waiting[0]]
            try:
                self.connections[-1].send(json.dumps(envelope.body))
            except ConnectionClosed:
                return
            envelope.sent_at = time.monotonic()
            self._waiting.pop(0)


def _check_content(fields: Json, longest: int) -> None:
    """Raise RefusedError where Slack would refuse the text, the blocks or the metadata of a message."""
    if not fields.get("text") and not fields.get("blocks"):
        raise RefusedError("no_text")
    if len(fields.get("text", "")) > longest:
        raise RefusedError("msg_too_long")
    if fields.get("parse", "none") not in ("none", "full"):
        raise RefusedError("invalid_arguments:parse")
    if (metadata := fields.get("metadata")) and set(metadata) != {"event_type", "event_payload"}:
        raise RefusedError("invalid_metadata_format")
    blocks = fields.get("blocks", [])
    if len(blocks) > 50:
        raise RefusedError("invalid_blocks:more than 50 items")
    for block in blocks:
        _check_block(block)
    if len(json.dumps(blocks, ensure_ascii=False).encode()) > MESSAGE_CHARACTERS:
        raise RefusedError("msg_blocks_too_long")


def _check_block(block: Json) -> None:
    if block.get("type") == "actions":
        return _check_buttons(block)
    shape = {"section": {"type", "text"}, "context": {"type", "elements"}, "divider": {"type"}}.get(block.get("type", ""))
    if shape is None or set(block) != shape:
        raise RefusedError(f"invalid_blocks:{sorted(block)}")
    elements = [block["text"]] if "text" in block else block.get("elements", [])
    if block["type"] == "context" and not 1 <= len(elements) <= 10:
        raise RefusedError("invalid_blocks:1 to 10 elements")
    for element in elements:
        if element.get("type") not in ("mrkdwn", "plain_text") or not set(element) <= {"type", "text", "verbatim"}:
            raise RefusedError(f"invalid_blocks:{sorted(element)}")
        if not 1 <= len(element["text"].encode("utf-16-le")) // 2 <= 3000:
            raise RefusedError("invalid_blocks:text of 1 to 3000 characters")


def _check_buttons(block: Json) -> None:
    if set(block) != {"type", "elements"} or not 1 <= len(block["elements"]) <= 25:
        raise RefusedError("invalid_blocks:actions")
    if len({element.get("action_id") for element in block["elements"]}) != len(block["elements"]):
        raise RefusedError("invalid_blocks:action_id twice")
    for element in block["elements"]:
        if set(element) != {"type", "action_id", "text", "value"} or element["type"] != "button" or element["text"]["type"] != "plain_text":
            raise RefusedError(f"invalid_blocks:{sorted(element)}")
        if not 1 <= len(element["text"]["text"]) <= 75 or len(element["value"]) > 2000 or not 1 <= len(element["action_id"]) <= 255:
            raise RefusedError("invalid_blocks:button too long")


def _check_view(view: Json) -> None:
    """Raise RefusedError where Slack would refuse a modal."""
    if set(view) != {"type", "callback_id", "private_metadata", "title", "submit", "blocks"} or view["type"] != "modal":
        raise RefusedError(f"invalid_arguments:{sorted(view)}")
    if len(view["title"]["text"]) > 24 or len(view["submit"]["text"]) > 24 or len(view["private_metadata"]) > 3000:
        raise RefusedError("invalid_arguments:too long")
    for block in view["blocks"]:
        if block["type"] != "input" or not 1 <= len(block["label"]["text"]) <= 2000 or block["element"]["type"] != "plain_text_input":
            raise RefusedError("invalid_blocks:input")


def _handler(peer: SlackPeer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            kind = self.headers.get("Content-Type", "")
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            fields = json.loads(raw or "{}") if "json" in kind else {name: values[0] for name, values in parse_qs(raw).items()}
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            status, answer, retry_after = peer.answer(parts.path.removeprefix("/api/"), token, query | fields)
            if not status:
                self.close_connection = True
                return
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            if retry_after:
                self.send_header("Retry-After", str(retry_after))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
