"""What connectors and their callers hand each other: plain data without markup, and the faces that each kind has."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

Place = Literal["direct", "private", "public"]
"""Who reads along: the asker alone, the members of a private channel or group, or everyone."""


@dataclass(frozen=True)
class Message:
    """Something a person said to the assistant. `thread` names the conversation within `channel`; `key` is unlike any other's."""

    text: str
    user: str
    channel: str
    place: Place
    thread: str
    key: str


@dataclass(frozen=True)
class Citation:
    """A source of a reply. `number` is its mark in the text, `url` is relative to the product's own address."""

    number: int
    title: str
    locator: str
    quote: str
    url: str


@dataclass(frozen=True)
class Reply:
    """What to say: paragraphs with `[n]` marks, the citations of those marks, and notes that stand apart.

    `shortened` is said, in the asker's language, where a place cannot hold all of it.
    """

    paragraphs: tuple[str, ...]
    citations: tuple[Citation, ...] = ()
    notes: tuple[str, ...] = ()
    shortened: str = "[…]"


Handler = Callable[[Message], Reply]
Once = Callable[[str], bool]
"""True the first time it is called with a key, False ever after, also in another process or after a crash."""


class Chat(Protocol):
    """A place where people write to the assistant."""

    def run(self, handler: Handler, once: Once) -> None:
        """Answer each message once with what the handler returns, until `stop`. Raises ConnectorError when it cannot start."""

    def stop(self) -> None:
        """End `run`, after the questions in hand are answered."""


class ConnectorError(Exception):
    """An outside service cannot be used; the text says what to do.

    `permanent` means that trying again will not help, `doubtful` that what was asked for may have been done all the same,
    `wait` is for how many seconds the service asks to be left alone.
    """

    def __init__(self, message: str, permanent: bool, doubtful: bool = False, wait: float | None = None) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.doubtful = doubtful
        self.wait = wait
