"""Reading: a file from outside to blocks of clean text and its metadata. Parsing and its dangers stay inside.

One worker process parses, under limits of memory and time; a file that breaks it or hangs is refused, and a new worker
reads the next. This module loads no parser itself.
"""

import json
import os
import selectors
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any

from knowledge.errors import BadMetadata, UnreadableDocument
from knowledge.reading.blocks import Block
from knowledge.reading.metadata import Metadata, from_plain, side_file

__all__ = ["Block", "Metadata", "Reader", "Reading", "seconds_for", "side_file"]

_WORKER = (sys.executable, "-P", "-m", "knowledge.reading.worker")
_BROKEN = "it broke the reading process, so it is damaged or too large; save it again or split it"
_LATE = "reading it took longer than {:.0f} seconds; split it or save it again as a simple PDF"
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "TMPDIR", "VIRTUAL_ENV")
"""What the worker learns of our environment: no setting and no secret."""


@dataclass(frozen=True)
class Reading:
    """A file read: its blocks in order, its metadata, its media type, remarks on what was left out, and the text that no reader sees."""

    blocks: list[Block]
    metadata: Metadata
    media_type: str
    remarks: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)


def seconds_for(pages: int) -> float:
    """How long a file of so many pages may take."""
    return min(20 + 0.3 * pages, 300)


class Reader:
    """Reads files, one at a time, in a worker that lives until `close`. Threads may share one."""

    def __init__(self, *, command: tuple[str, ...] = _WORKER, patience: float = 1.0) -> None:
        """`command` starts the worker; `patience` scales the time that a file may take."""
        self._command, self._patience = command, patience
        self._worker: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def read(self, path: Path) -> Reading:
        """The blocks and metadata of a file. The title falls back to the document's own, then to its first heading.

        Raises UnreadableDocument with a reason that says what to do, and BadMetadata for front matter or a side file.
        """
        path = Path(path)
        if not path.is_file():
            raise UnreadableDocument(path.name, "there is no such file, or it cannot be opened")
        with self._lock:
            answer = self._ask(path)
        if "reading" not in answer:
            kind = BadMetadata if answer["metadata"] else UnreadableDocument
            raise kind(answer["name"], answer["refused"])
        found = answer["reading"]
        known = from_plain(found["metadata"])
        known = known if known.title or not found["title"] else replace(known, title=found["title"])
        return Reading([Block(*block) for block in found["blocks"]], known, found["media_type"], found["remarks"], found["unseen"])

    def close(self) -> None:
        """End the worker."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        if self._worker is None:
            return
        worker, self._worker = self._worker, None
        worker.kill()
        worker.communicate()

    def _ask(self, path: Path) -> dict[str, Any]:
        """The worker's last word on a file. A worker that dies or is late is ended, and the file refused."""
        try:
            worker = self._started()
            assert worker.stdin is not None
            worker.stdin.write(json.dumps({"path": str(path.absolute())}).encode() + b"\n")
            worker.stdin.flush()
            return self._listen(worker, path)
        except BrokenPipeError as error:
            raise UnreadableDocument(path.name, "the reading process ended; try it again") from error
        finally:
            if self._worker is not None and self._worker.poll() is not None:
                self._end()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._worker is not None and self._worker.poll() is None:
            return self._worker
        self._end()
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        environment["PYTHONPATH"] = str(Path(__file__).parents[2])
        self._worker = subprocess.Popen(  # noqa: S603  our own interpreter and module
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
        )
        return self._worker

    def _listen(self, worker: subprocess.Popen[bytes], path: Path) -> dict[str, Any]:
        assert worker.stdout is not None
        begun, allowed, received = time.monotonic(), seconds_for(0), bytearray()
        with selectors.DefaultSelector() as selector:
            selector.register(worker.stdout, selectors.EVENT_READ)
            while True:
                left = begun + allowed * self._patience - time.monotonic()
                if left <= 0 or not selector.select(left):
                    self._end()
                    raise UnreadableDocument(path.name, _LATE.format(allowed))
                if not (chunk := os.read(worker.stdout.fileno(), 1 << 20)):
                    self._end()
                    raise UnreadableDocument(path.name, _BROKEN)
                received += chunk
                if b"\n" not in chunk:
                    continue
                *complete, rest = received.split(b"\n")
                received = rest
                for answer in map(json.loads, complete):
                    if "pages" not in answer:
                        return dict(answer)
                    allowed = seconds_for(answer["pages"])
