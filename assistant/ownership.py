"""One process owns a data folder at a time; a second one is told who, and can reach it where it listens."""

import fcntl
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from knowledge.errors import DataFolderBusy


@dataclass(frozen=True)
class Holder:
    """The process that owns a data folder; `port` is 0 for one that does not listen on loopback."""

    pid: int
    command: str
    port: int
    token: str
    tls: bool = False


class Ownership:
    """The lock on a data folder, held until `release` or the end of the process, however it ends."""

    def __init__(self, folder: Path, command: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "lock"
        self._file: IO[str] = os.fdopen(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600), "r+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.close()
            raise DataFolderBusy(_busy(folder, holder(folder))) from error
        self._command, self.token = command, secrets.token_hex(32)
        self.announce(0)

    def announce(self, port: int, tls: bool = False) -> None:
        """Write who holds the folder and where it can be reached."""
        self._file.seek(0)
        self._file.truncate()
        json.dump(asdict(Holder(os.getpid(), self._command, port, self.token, tls)), self._file)
        self._file.flush()

    def release(self) -> None:
        """Give the folder back."""
        self._file.seek(0)
        self._file.truncate()
        self._file.close()


def holder(folder: Path) -> Holder | None:
    """The process that owns the folder now, or None."""
    path = folder / "lock"
    if not path.exists():
        return None
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            try:
                return Holder(**json.load(file))
            except (json.JSONDecodeError, TypeError):
                return Holder(0, "another process", 0, "")
    return None


def _busy(folder: Path, who: Holder | None) -> str:
    name = f"{who.command} (process {who.pid})" if who else "another process"
    return f"{folder}: this data folder is in use by {name}. Stop it, or ask it: annexa serve answers other commands."
