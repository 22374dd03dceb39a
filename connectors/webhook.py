"""A signed webhook as a tracker, for ServiceNow, Planner and whatever else a flow can reach.

We post JSON `{"event", "key", ...}` to one address, with `Annexa-Timestamp` (seconds), `Annexa-Signature` (`v1=` and the HMAC-SHA256, in hexadecimal, of timestamp,
a full stop and the body, under the shared secret) and `Idempotency-Key`. The receiver answers with JSON: to `task.create` with `{"key", "url"}`, its own name for the task,
and the same again when it gets the same idempotency key; to `task.find` with `{"found": true, "key", "url"}` or `{"found": false}`. One that cannot look for a task leaves a lost
answer in doubt, and a person decides. What changes there it posts to us, signed in the same way (`opened`).
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from connectors.base import ConnectorError, NotYet, Refused, Task, TaskChange, TaskRef, TaskState
from connectors.http import Http, Manner, Service

SETTLED = timedelta(minutes=5)
OLDEST = timedelta(minutes=5)
"""How far the moment of a post to us may be from now."""
SIGNATURE, TIMESTAMP, IDEMPOTENCY = "Annexa-Signature", "Annexa-Timestamp", "Idempotency-Key"


@dataclass(frozen=True)
class Options:
    """Where to post, and the secret under which both sides sign."""

    url: str
    secret: str = field(repr=False)


def connect(options: Options, manner: Manner = Manner()) -> "Webhook":
    """The receiver as a tracker; nothing is asked of it yet."""
    return Webhook(options, manner)


class Webhook:
    """One receiver."""

    name: Final = "webhook"
    pushes: Final = True

    def __init__(self, options: Options, manner: Manner) -> None:
        self._secret = options.secret
        parts = urlsplit(options.url)
        self._path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        # An address of a flow often holds a signature of its own: no message shows it.
        service = Service(
            "The webhook",
            f"{parts.scheme}://{parts.netloc}",
            "ANNEXA_WEBHOOK_URL",
            "ANNEXA_WEBHOOK_SECRET",
            secrets=(options.secret, parts.query),
        )
        self._http = Http(service, manner)

    def file(self, task: Task) -> TaskRef:
        """What the receiver calls the new task."""
        return self._ref(self._post("task.create", task.key, {"task": _plain(task)}))

    def find(self, task: Task, since: datetime, now: datetime) -> TaskRef | None:
        """What the receiver says it has under the key."""
        try:
            said = self._post("task.find", task.key, {})
        except Refused as error:
            if not error.permanent:
                raise
            said = None
        found = said.get("found") if isinstance(said, dict) else None
        if found is True:
            return self._ref(said)
        if found is not False:
            raise NotYet("The webhook's receiver cannot say whether it made the task: look for it there.", None)
        if now - since < SETTLED:
            raise NotYet("The webhook's receiver may still be making it.", max(SETTLED - (now - since), timedelta(seconds=30)))
        return None

    def read(self, ref: TaskRef) -> TaskState | None:
        """Nothing: the receiver posts what changes."""
        return None

    def change(self, ref: TaskRef, change: TaskChange, key: str) -> None:
        """Tell the receiver how the task shall be; of one that is written anew all of it, empty where it has nothing."""
        wanted = {"due_on": change.due_on.isoformat() if change.due_on else None, "owner": change.owner or None, "state": change.state}
        said = {name: value for name, value in wanted.items() if value}
        if change.anew:
            said |= _plain(change.anew)
        self._post("task.change", key, {"task": {**said, "key": ref.key}})

    def remark(self, ref: TaskRef, text: str, key: str) -> str:
        """What the receiver calls the comment, else its key."""
        said = self._post("task.comment", key, {"task": {"key": ref.key}, "text": text})
        return str(said["id"]) if isinstance(said, dict) and said.get("id") else key

    def _post(self, event: str, key: str, more: Mapping[str, Any]) -> Any:
        raw = json.dumps({"event": event, "key": key, **more}, ensure_ascii=False).encode()
        stamp = str(int(datetime.now(UTC).timestamp()))
        headers = {
            "Content-Type": "application/json",
            TIMESTAMP: stamp,
            SIGNATURE: signature(self._secret, stamp, raw),
            IDEMPOTENCY: f"{event}|{key}",
        }
        return self._http.call("POST", self._path, headers=headers, raw=raw, repeatable=event == "task.find")

    def _ref(self, said: Any) -> TaskRef:
        key = said.get("key") if isinstance(said, dict) else None
        if not isinstance(key, str | int) or not str(key):
            raise ConnectorError(
                f'{self._http.name} did not say what it calls the task: it answers with {{"key", "url"}}.', False, doubtful=True
            )
        url = str(said.get("url") or "")
        return TaskRef(self.name, str(key)[:200], url if url.startswith(("https://", "http://")) else "")


def signature(secret: str, stamp: str, raw: bytes) -> str:
    """The signature of a body that is sent at a moment."""
    return "v1=" + hmac.new(secret.encode(), stamp.encode() + b"." + raw, hashlib.sha256).hexdigest()


def opened(secret: str, headers: Mapping[str, str], raw: bytes, now: datetime) -> dict[str, Any] | None:
    """What a post to us says; None where it is not signed under our secret, is too old or too new, or is no JSON object."""
    given = {name.lower(): value for name, value in headers.items()}
    stamp, signed = given.get(TIMESTAMP.lower(), ""), given.get(SIGNATURE.lower(), "")
    if not secret or not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12:
        return None
    if not hmac.compare_digest(signature(secret, stamp, raw).encode(), signed.encode()):
        return None
    if abs(now.timestamp() - int(stamp)) > OLDEST.total_seconds():
        return None
    try:
        said = json.loads(raw)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def _plain(task: Task) -> dict[str, Any]:
    return {
        "key": task.key,
        "title": task.title,
        "body": task.body,
        "due_on": task.due_on.isoformat() if task.due_on else None,
        "owner": task.owner or None,
        "labels": list(task.labels),
        "url": task.url,
    }
