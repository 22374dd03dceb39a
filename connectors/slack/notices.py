"""Notices as Slack's blocks with buttons, posted to one person; and the buttons that were pressed.

A notice carries its key in the message's metadata. Whether one is there already is told by the history of the direct messages.
"""

import json
import threading
import time
from dataclasses import replace
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from connectors.base import Choice, Item, Notice, Press
from connectors.slack.blocks import BLOCKS, MESSAGE, SECTION, Drawn, clean, clip, escaped, section

PRESSED = "annexa_"
"""How the ids of our buttons and forms begin."""
_MARK = "annexa_notice"
_TEXT = "annexa_text"
_ITEM, _LABEL, _LONGEST, _TITLE = 1_500, 70, 2_000, 24
_PAUSE = 1.0
"""Seconds between two posts to one channel."""
_PAGES = 5


class Notices:
    """Direct messages to people. `client` tries nothing twice: whoever calls decides that."""

    def __init__(self, client: WebClient, public_url: str) -> None:
        self._client, self._public_url = client, public_url
        self._last: dict[str, float] = {}
        self._lock = threading.Lock()

    def post(self, channel: str, notice: Notice, key: str) -> str:
        """Channel and time stamp of the message."""
        self._wait_for(channel)
        shown = drawn(notice, self._public_url)
        posted = self._client.chat_postMessage(
            channel=channel,
            text=shown.text,
            blocks=shown.blocks,
            parse="none",
            link_names=False,
            unfurl_links=False,
            unfurl_media=False,
            metadata={"event_type": _MARK, "event_payload": {"key": key}},
        )
        return f"{channel}/{posted['ts']}"

    def find(self, channel: str, key: str) -> str | None:
        """Channel and time stamp of the message with that key; None where there is none among the newest."""
        cursor = ""
        for _ in range(_PAGES):
            page = self._client.conversations_history(channel=channel, include_all_metadata=True, limit=200, cursor=cursor or None)
            for post in page["messages"]:
                mark = post.get("metadata", {})
                if mark.get("event_type") == _MARK and mark.get("event_payload", {}).get("key") == key:
                    return f"{channel}/{post['ts']}"
            cursor = (page.get("response_metadata") or {}).get("next_cursor", "")
            if not cursor:
                break
        return None

    def channel(self, user: str) -> str:
        """The direct messages with a person."""
        return str(self._client.conversations_open(users=user)["channel"]["id"])

    def _wait_for(self, channel: str) -> None:
        with self._lock:
            left = self._last.get(channel, -_PAUSE) + _PAUSE - time.monotonic()
            self._last[channel] = time.monotonic() + max(left, 0.0)
        if left > 0:
            time.sleep(left)


def drawn(notice: Notice, public_url: str) -> Drawn:
    """The notice as a message that Slack takes: with buttons as far as there is room, from the last item on without."""
    items = tuple(replace(item, text=clip(clean(item.text), _ITEM)) for item in notice.items)
    for buttons in range(len(items), -1, -1):
        blocks = _blocks(replace(notice, items=items), buttons, public_url)
        if _fits(blocks):
            break
    while not _fits(blocks):
        blocks.pop(-2 if len(blocks) > 2 else -1)
    return Drawn(clip(escaped(clean(notice.subject)), SECTION), blocks)


def press_of(body: dict[str, Any]) -> tuple[Press, str, str]:
    """What a button says, what it asks for ("" for nothing), and where its message stands."""
    action = body["actions"][0]
    value, _, asks = str(action.get("value", "")).partition("\n")
    place = f"{body['channel']['id']}/{body['message']['ts']}"
    key = "|".join(("press", body["user"]["id"], place, str(action["action_id"]), str(action["action_ts"])))
    return Press(body["user"]["id"], str(action["action_id"]).removeprefix(PRESSED), value, "", key), asks, place


def form(press: Press, asks: str, place: str) -> dict[str, Any]:
    """The form that asks for a text; it carries what was pressed and where."""
    return {
        "type": "modal",
        "callback_id": PRESSED + press.action,
        "private_metadata": json.dumps({"value": press.value, "place": place}),
        "title": {"type": "plain_text", "text": "Annexa"[:_TITLE]},
        "submit": {"type": "plain_text", "text": "OK"},
        "blocks": [
            {
                "type": "input",
                "block_id": _TEXT,
                "label": {"type": "plain_text", "text": asks[:_LONGEST]},
                "element": {"type": "plain_text_input", "action_id": _TEXT, "multiline": True, "max_length": _LONGEST},
            }
        ],
    }


def written(body: dict[str, Any]) -> tuple[Press, str]:
    """What was written into a form, and where the message stands whose button opened it."""
    view = body["view"]
    held = json.loads(view["private_metadata"])
    text = str(view["state"]["values"][_TEXT][_TEXT].get("value") or "")
    action = str(view["callback_id"]).removeprefix(PRESSED)
    return Press(body["user"]["id"], action, str(held["value"]), text, f"form|{view['id']}"), str(held["place"])


def retry_after(error: SlackApiError) -> float | None:
    """For how many seconds Slack asks to be left alone."""
    wait = str(error.response.headers.get("Retry-After") or error.response.headers.get("retry-after") or "")
    return float(wait) if wait.isdigit() else None


def _blocks(notice: Notice, buttons: int, public_url: str) -> list[dict[str, Any]]:
    out = [section(escaped(clip(clean(text), SECTION))) for text in notice.opening if text.strip()]
    for number, item in enumerate(notice.items):
        out.append(section(_text(item, public_url)))
        if item.choices and number < buttons:
            out.append({"type": "actions", "elements": [_button(choice) for choice in item.choices]})
    return out + [section(escaped(clip(clean(text), SECTION))) for text in notice.closing if text.strip()]


def _text(item: Item, public_url: str) -> str:
    head, _, rest = item.text.partition("\n")
    ours = bool(public_url) and item.url.startswith(public_url.rstrip("/") + "/") and not set(item.url) & set("<>| ")
    shown = f"<{item.url.replace('&', '&amp;')}|{escaped(head)}>" if ours else f"*{escaped(head.replace('*', '∗'))}*"
    return f"{shown}\n{escaped(rest)}".strip()


def _button(choice: Choice) -> dict[str, Any]:
    value = f"{choice.value}\n{choice.asks}" if choice.asks else choice.value
    return {
        "type": "button",
        "action_id": PRESSED + choice.action,
        "text": {"type": "plain_text", "text": choice.label[:_LABEL]},
        "value": value[:_LONGEST],
    }


def _fits(blocks: list[dict[str, Any]]) -> bool:
    return len(blocks) <= BLOCKS and len(json.dumps(blocks, ensure_ascii=False).encode()) <= MESSAGE
