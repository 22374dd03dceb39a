"""What connectors and their callers hand each other: plain data without markup, and the faces that each kind has."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
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


@dataclass(frozen=True)
class Choice:
    """Something that may be answered to an item: a button in a chat, a link in a mail.

    `value` comes back with a press, `url` opens the same choice as a page of ours. Where `asks` is not empty, a chat asks for a text under it.
    """

    action: str
    label: str
    value: str
    url: str = ""
    asks: str = ""


@dataclass(frozen=True)
class Item:
    """One thing of a notice: its text, the page that it is about, and what may be answered to it."""

    text: str
    url: str = ""
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True)
class Notice:
    """What the product says of itself to one person: subject, opening, items, closing lines; plain text without markup."""

    subject: str
    opening: tuple[str, ...] = ()
    items: tuple[Item, ...] = ()
    closing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Press:
    """A button that somebody pressed in a chat. `text` is what they wrote where they were asked; `key` is unlike any other's."""

    user: str
    action: str
    value: str
    text: str
    key: str


OnPress = Callable[[Press], str]
"""What is said to whoever pressed, and to nobody else."""


class Chat(Protocol):
    """A place where people write to the assistant, and where it writes to them."""

    def run(self, handler: Handler, once: Once, on_press: OnPress | None = None) -> None:
        """Answer each message once with what the handler returns, and each press once, until `stop`. Raises ConnectorError when it cannot start."""

    def stop(self) -> None:
        """End `run`, after the questions in hand are answered."""

    def post(self, user: str, notice: Notice, key: str) -> str:
        """What the chat calls the direct message that it posted, which carries the key. Raises ConnectorError."""

    def find(self, user: str, key: str) -> str | None:
        """What the chat calls the direct message with that key; None where there is none. Raises ConnectorError."""


class Mail(Protocol):
    """A way to send mail. It cannot be searched: what may have been sent stays in doubt."""

    def send(self, to: str, notice: Notice, key: str) -> str:
        """The Message-ID under which the server took the mail; the same for the same key. Raises ConnectorError, `doubtful` where it may have been taken."""


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


class Refused(ConnectorError):
    """The service answered with an error; `status` is that of HTTP, `fields` what it says about each field."""

    def __init__(self, message: str, status: int, permanent: bool, doubtful: bool = False, fields: dict[str, str] | None = None) -> None:
        super().__init__(message, permanent, doubtful)
        self.status = status
        self.fields = fields or {}


class NotYet(Exception):
    """Whether something was done there cannot be told now; `wait` is when to look again, None where only a person can tell."""

    def __init__(self, message: str, wait: timedelta | None) -> None:
        super().__init__(message)
        self.wait = wait


Progress = Literal["open", "running", "done", "dropped"]
"""How far a task is: not begun, begun, finished, or closed without being done."""


@dataclass(frozen=True)
class Task:
    """Something to be done, as a tracker is to hold it. `key` is ours, unlike any other's, and finds the task again; `owner` is an e-mail."""

    key: str
    title: str
    body: str = ""
    due_on: date | None = None
    owner: str = ""
    labels: tuple[str, ...] = ()
    url: str = ""


@dataclass(frozen=True)
class TaskRef:
    """Where a task lives: the tracker, what it calls the task, and its page there."""

    tracker: str
    key: str
    url: str = ""


@dataclass(frozen=True)
class Remark:
    """A comment on a task; `id` is the tracker's."""

    id: str
    author: str
    text: str
    at: datetime | None = None


@dataclass(frozen=True)
class TaskState:
    """A task as the tracker shows it now. `name` is its own word for the state; `owner` an e-mail, else a name there."""

    state: Progress
    name: str = ""
    owner: str = ""
    due_on: date | None = None
    remarks: tuple[Remark, ...] = ()
    url: str = ""
    moved_to: TaskRef | None = None


@dataclass(frozen=True)
class TaskChange:
    """What a task shall be from now on; what is None or empty stays as it is.

    With `anew` title, text, due day and owner become those of that task, and what it has none of is taken out.
    """

    due_on: date | None = None
    owner: str = ""
    state: Progress | None = None
    anew: Task | None = None


_MARK = re.compile(r"annexa-[0-9a-f]{16}\b")


def marked(text: str) -> bool:
    """Whether a text carries a mark of ours."""
    return bool(_MARK.search(text))


def mark(key: str) -> str:
    """The word by which a key is found again in a place that takes no keys: fit for a label, and standing in no ordinary text."""
    return f"annexa-{hashlib.sha256(key.encode()).hexdigest()[:16]}"


class Tracker(Protocol):
    """A place where tasks are kept. Every call raises ConnectorError where the place cannot be used."""

    @property
    def name(self) -> str:
        """What it is called in settings and in TaskRef."""

    @property
    def pushes(self) -> bool:
        """True where changes there are told to us, and `read` need not be asked."""

    def file(self, task: Task) -> TaskRef:
        """The new task. A ConnectorError is `doubtful` where it may have been made all the same."""

    def find(self, task: Task, since: datetime, now: datetime) -> TaskRef | None:
        """The task of that key that we began to make at `since`; None where it surely was not made. Raises NotYet where that cannot be told."""

    def read(self, ref: TaskRef) -> TaskState | None:
        """The task as it is now; None where it is gone."""

    def change(self, ref: TaskRef, change: TaskChange, key: str) -> None:
        """Make it so; doing it twice under one key changes nothing."""

    def remark(self, ref: TaskRef, text: str, key: str) -> str:
        """The id of our comment with that key: the one that is there, else a new one."""
