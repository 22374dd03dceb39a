"""HTTP to an outside service with a token: what comes back is data, or a ConnectorError whose sentence says what to do.

It speaks with the one host that it was given, follows no redirect to another, waits as long as it is told to, and reads no endless answer. What may
be repeated without harm is tried three times; anything else once, and where its answer was lost the error is `doubtful`.
"""

import json
import random
import re
import ssl
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn
from urllib.parse import urljoin, urlsplit

import certifi
import httpx

from connectors.base import ConnectorError, Refused

LARGEST_ANSWER = 8 << 20
LONGEST = 60.0
"""Seconds for one try, however slowly the answer drips."""
_TRIES, _PAUSE, _REDIRECTS = 3, 0.5, 3
_NOT_REACHED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)


@dataclass(frozen=True)
class Service:
    """What is spoken with: its name for people, its address, the settings that hold address, token and project, and headers with the token."""

    name: str
    url: str
    url_setting: str
    token_setting: str
    project_setting: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: Collection[str] = field(default=(), repr=False)


@dataclass(frozen=True)
class Manner:
    """How patiently a service is spoken with: what counts seconds, what waits for some, and after how many without a word it is given up."""

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    patience: float = 20


class Http:
    """Calls to one service."""

    def __init__(self, service: Service, manner: Manner) -> None:
        self.service = service
        self._base = service.url.rstrip("/")
        self._host = _origin(self._base)
        self._clock, self._sleep, self._quiet_until = manner.clock, manner.sleep, float("-inf")
        trusted = ssl.create_default_context()  # the machine's own authorities: a plant's servers are signed by the plant's
        trusted.load_verify_locations(certifi.where())
        self._client = httpx.Client(
            headers=dict(service.headers),
            timeout=httpx.Timeout(manner.patience, connect=min(10, manner.patience)),
            verify=trusted,
            follow_redirects=False,
        )

    @property
    def name(self) -> str:
        """The service with its host, as sentences call it."""
        return f"{self.service.name} ({urlsplit(self._base).netloc.rpartition('@')[2]})"

    def get(self, path: str, **query: Any) -> Any:
        """What the service says at the path. Raises Refused with its status, ConnectorError."""
        return self.call("GET", path, query=query)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        query: Mapping[str, Any] | None = None,
        repeatable: bool | None = None,
        headers: Mapping[str, str] | None = None,
        raw: bytes | None = None,
    ) -> Any:
        """The answer as data, None for an empty one. `repeatable` says that doing it twice does no harm, as it is with GET and PUT.

        Raises Refused with the status and what is said of each field, ConnectorError.
        """
        again = method in ("GET", "PUT") if repeatable is None else repeatable
        sent = {
            "params": query,
            "headers": dict(headers or {}),
            **({"content": raw} if raw is not None else {"json": body} if body is not None else {}),
        }
        for number in range(1, _TRIES + 1):
            try:
                return self._once(method, f"{self._base}{path}", sent, again)
            except ConnectorError as error:
                if error.permanent or error.wait or not again or number == _TRIES:
                    raise
            self._sleep(_PAUSE * 3 ** (number - 1) * random.uniform(0.8, 1.2))
        raise AssertionError("unreachable")

    def _once(self, method: str, url: str, sent: Mapping[str, Any], again: bool) -> Any:
        if (left := self._quiet_until - self._clock()) > 0:
            raise ConnectorError(f"{self.name} asked to be left alone for another {left:.0f} seconds.", False, wait=left)
        for _ in range(_REDIRECTS + 1):
            reply, raw = self._exchange(method, url, sent, again)
            if not reply.is_redirect:
                return self._read(reply, raw, again)
            url, sent = self._elsewhere(method, url, reply), {**sent, "params": None}
        raise ConnectorError(f"{self.name} sends us round in a circle: check {self.service.url_setting}.", True)

    def _exchange(self, method: str, url: str, sent: Mapping[str, Any], again: bool) -> tuple[httpx.Response, bytes]:
        """The reply and its whole body."""
        until, parts, size = time.monotonic() + LONGEST, [], 0
        try:
            with self._client.stream(method, url, **sent) as reply:
                for part in reply.iter_bytes():
                    size += len(part)
                    if size > LARGEST_ANSWER or time.monotonic() > until:
                        raise ConnectorError(f"{self.name} does not stop answering.", False, doubtful=not again)
                    parts.append(part)
        except _NOT_REACHED as error:
            raise self._not_reached(error) from None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise ConnectorError(
                f"{self.name} did not answer to the end ({type(error).__name__}).", False, doubtful=not again
            ) from None  # the error's own text may hold the address with its query
        return reply, b"".join(parts)

    def _not_reached(self, error: Exception) -> ConnectorError:
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            sentence = "shows a certificate that this machine does not trust: add the authority that signed it to the machine's, or name it in SSL_CERT_FILE."
            return ConnectorError(f"{self.name} {sentence}", False)
        return ConnectorError(
            f"{self.name} cannot be reached ({type(error).__name__}): is {self.service.url_setting} right, and is it up?", False
        )

    def _elsewhere(self, method: str, url: str, reply: httpx.Response) -> str:
        """Where a redirect leads, on the same host and for reading only."""
        target = urljoin(url, reply.headers.get("location", ""))
        if method != "GET" or _origin(target) != self._host:
            where = urlsplit(target).netloc.rpartition("@")[2][:100] or "another place"
            raise ConnectorError(
                f"{self.name} sends us on to {where}, which is not followed, so that the token goes to nobody else: "
                f"set {self.service.url_setting} to the address at which it really answers.",
                True,
            )
        return target

    def _read(self, reply: httpx.Response, raw: bytes, again: bool) -> Any:
        try:
            data = json.loads(raw) if raw.strip() else None
            readable = True
        except ValueError:
            data, readable = None, False
        if reply.is_success and readable:
            return data
        if reply.is_success:
            raise ConnectorError(
                f"{self.name} answered with something that is no data, or half of it: is a sign-in page or a proxy in between?",
                False,
                doubtful=not again,
            )
        self._refuse(reply, data, again)

    def _refuse(self, reply: httpx.Response, data: Any, again: bool) -> NoReturn:
        status, said = reply.status_code, self._said(data)
        wait = _wait(reply.headers, status)
        if status == 429 or (status == 403 and wait is not None):
            wait = 60.0 if wait is None else wait
            self._quiet_until = self._clock() + wait
            raise ConnectorError(f"{self.name} asks to be left alone for {wait:.0f} seconds ({status}).", False, wait=wait)
        if status >= 500 or status == 408:
            error = Refused(f"{self.name} failed ({status}).", status, False, doubtful=not again)
            error.wait = wait
            raise error
        fields = self._fields(data)
        sentences = {
            401: f"does not accept the token: put a valid one into {self.service.token_setting} and start again.",
            403: f"does not allow this to the account of {self.service.token_setting}: have its administrator give it the permission{said}.",
            404: f"knows no such thing, or hides it from the account of {self.service.token_setting}: check {self.service.project_setting or self.service.url_setting}{said}.",
            409: f"says that it was changed meanwhile; it is read again{said}.",
            410: f"says that it is gone{said}.",
        }
        named = f" {', '.join(fields)}" if fields else " what was sent"
        refused = f"refuses{named}{said or (': ' + '; '.join(fields.values()) if fields else '')}."
        raise Refused(f"{self.name} {sentences.get(status, refused)} ({status})", status, status != 409, fields=fields)

    def _fields(self, data: Any) -> dict[str, str]:
        """What is said of each field, in the form of Jira ({field: message}) or of GitHub ([{field, code}])."""
        errors = data.get("errors") if isinstance(data, dict) else None
        if isinstance(errors, dict):
            return {self._clean(name, 60): self._clean(text) for name, text in errors.items()}
        if isinstance(errors, list):
            some = [one for one in errors if isinstance(one, dict)]
            return {self._clean(one.get("field", "")) or "it": self._clean(one.get("message") or one.get("code", "")) for one in some}
        return {}

    def _said(self, data: Any) -> str:
        """The service's own words, after a colon."""
        if not isinstance(data, dict):
            return ""
        words = data.get("errorMessages") if isinstance(data.get("errorMessages"), list) else [data.get("message", "")]
        text = self._clean("; ".join(str(word) for word in words or [] if word))
        return f": {text.rstrip('.')}" if text else ""

    def _clean(self, text: Any, longest: int = 200) -> str:
        """One line of the service's words, without our secrets."""
        line = re.sub(r"[\x00-\x1f\x7f]+", " ", str(text))
        for secret in self.service.secrets:
            line = line.replace(secret, "***") if secret else line
        return line[:longest].strip()


def _origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of an address; empty for what is none."""
    try:
        parts = urlsplit(url)
        return parts.scheme, (parts.hostname or "").lower(), parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    except ValueError:
        return "", "", 0


def _wait(headers: httpx.Headers, status: int) -> float | None:
    """For how many seconds the service asks to be left alone: by Retry-After, in seconds or as a date, or GitHub's moment of reset."""
    asked = headers.get("retry-after", "").strip()
    now = _moment(headers.get("date", "")) or datetime.now(UTC)
    if re.fullmatch(r"\d{1,9}", asked):
        return float(asked)
    if (until := _moment(asked)) is not None:
        return max(0.0, (until - now).total_seconds())
    reset = headers.get("x-ratelimit-reset", "")
    if status in (403, 429) and headers.get("x-ratelimit-remaining") == "0" and re.fullmatch(r"\d{1,12}", reset):
        return max(1.0, int(reset) - now.timestamp())
    return None


def _moment(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
