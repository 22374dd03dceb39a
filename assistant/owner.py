"""Commands beside a running process: whether one owns the data folder and listens, and what it is asked to do in their place."""

from typing import Any

import httpx

from assistant.config import Settings
from assistant.ownership import Holder, holder
from knowledge.errors import AnnexaError, NotAllowed

_WAIT = httpx.Timeout(600, connect=5)


def listening(settings: Settings) -> Holder | None:
    """The process that owns the data folder and can be asked; None where the command may own it, or must say who does."""
    found = holder(settings.data) if settings.on_one_machine else None
    return found if found and found.port else None


def post(owner: Holder, path: str, body: dict[str, Any]) -> Any:
    """What the owner replies. Raises AnnexaError with its sentence where it refuses, and where it does not answer."""
    return _reply(owner, "POST", path, json=body).json()


def fetch(owner: Holder, path: str, asked: dict[str, str]) -> bytes:
    """A file of the owner's. Raises as `post`."""
    return _reply(owner, "GET", path, params=asked).content


def _reply(owner: Holder, method: str, path: str, **sent: Any) -> httpx.Response:
    scheme = "https" if owner.tls else "http"
    try:
        reply = httpx.request(
            method,
            f"{scheme}://127.0.0.1:{owner.port}{path}",
            headers={"Authorization": f"Bearer {owner.token}"},
            timeout=_WAIT,
            verify=not owner.tls,
            **sent,
        )
    except httpx.HTTPError as error:
        raise AnnexaError(
            f"{owner.command} (process {owner.pid}) owns the data folder but does not answer ({type(error).__name__}). Stop it and try again."
        ) from error
    if reply.is_error:
        detail = reply.json().get("detail", reply.text[:200]) if "json" in reply.headers.get("content-type", "") else reply.text[:200]
        raise (NotAllowed if reply.status_code == 403 else AnnexaError)(str(detail))
    return reply
