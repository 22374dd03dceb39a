"""The built-in board: the product's own pages are the tracker, so that nothing is asked of anybody and nothing can get lost on the way."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from connectors.base import Task, TaskChange, TaskRef, TaskState


@dataclass(frozen=True)
class Options:
    """Nothing has to be set."""


def connect(_options: Options) -> "Board":
    """The board."""
    return Board()


class Board:
    """Tasks that live where the rows live: under the row's own page, which each task's `url` is."""

    name: Final = "board"
    pushes: Final = True

    def file(self, task: Task) -> TaskRef:
        """The row's own page."""
        return TaskRef(self.name, task.key.rpartition("|")[2], task.url)

    def find(self, task: Task, since: datetime, now: datetime) -> TaskRef | None:
        """The same: it is always there."""
        return self.file(task)

    def read(self, ref: TaskRef) -> TaskState | None:
        """Nothing beyond what the row itself says; it is not asked."""
        return None

    def change(self, ref: TaskRef, change: TaskChange, key: str) -> None:
        """Nothing: the row is the task."""

    def remark(self, ref: TaskRef, text: str, key: str) -> str:
        """The key: what is said about a row stands beside it."""
        return key
