"""Which of Slack's events are questions to us, and what they say."""

import html
import re
from typing import Any

from connectors.base import Message

_SPOKEN = {None, "file_share", "me_message", "thread_broadcast"}
"""Subtypes of a message that a person wrote; every other one tells of an edit, a deletion, a bot or the channel."""
_REFERENCE = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")


def asked(body: dict[str, Any], us: str) -> Message | None:
    """The question in an event, or None where it is not one for us. `us` is our own user id.

    In a channel only a mention is for us: the same text arrives there as `message` too, and that twin is passed over.
    A mention does not say what its channel is, so it counts as public until that has been looked up.
    """
    event = body.get("event", {})
    direct = event.get("type") == "message" and event.get("channel_type") == "im"
    mention = event.get("type") == "app_mention" and not str(event.get("channel", "")).startswith("D")
    if not (direct or mention) or event.get("subtype") not in _SPOKEN:
        return None
    if "edited" in event or "bot_id" in event or event.get("user") in (None, us):
        return None
    return Message(
        text=plain(event.get("text", ""), us),
        user=event["user"],
        channel=event["channel"],
        place="direct" if direct else "public",
        thread=event.get("thread_ts") or event["ts"],
        key=body["event_id"],
    )


def plain(text: str, us: str) -> str:
    """Slack's marked-up text as the person saw it, without the mention of us."""

    def shown(match: re.Match[str]) -> str:
        kind, target, label = match.groups()
        if kind == "@" and target == us:
            return ""
        if kind == "!":
            return label or "@" + target.split("^")[0]
        return (kind if not (label or "").startswith(kind) else "") + (label or target)

    return html.unescape(" ".join(_REFERENCE.sub(shown, text).split(" "))).strip()
