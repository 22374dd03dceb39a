"""A questionnaire that came from outside, read and filled in a process of its own: with limits of memory, time and size, and no network.

`read` and `filled` are called here; the process runs `main`, and knows nothing but the file.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from assistant.drafting import questionnaire_files
from assistant.drafting.questionnaire_files import Cells, Sheet
from knowledge.errors import UnreadableDocument
from knowledge.reading.kinds import kind_of

MEMORY_BYTES = 1024**3
SECONDS = 20
_WRITTEN_BYTES = 20 * 1024 * 1024
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "TMPDIR", "VIRTUAL_ENV")
"""What the process learns of our environment: no setting and no secret."""
_FORBIDDEN = ("socket.connect", "socket.bind", "socket.sendto", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork")


def read(content: bytes, name: str) -> list[Sheet]:
    """Where the questions of an uploaded file stand. Raises UnreadableDocument, with what to do, for one that is refused."""
    with _kept(content, name) as path:
        return [Sheet(**{**one, "rows": [tuple(row) for row in one["rows"]]}) for one in _asked(path, name, {"do": "read"})["sheets"]]


def filled(content: bytes, name: str, sheets: list[Sheet], cells: Cells) -> bytes:
    """The uploaded file with answers in it, every other cell as it was. Raises UnreadableDocument."""
    told = [[*place, *cell] for place, cell in cells.items()]
    with _kept(content, name) as path:
        out = path.with_stem("filled")
        _asked(path, name, {"do": "write", "out": str(out), "sheets": [asdict(one) for one in sheets], "cells": told})
        return out.read_bytes()


class _kept:  # noqa: N801  reads as a function
    """The content under a name of ours, for as long as the block lasts."""

    def __init__(self, content: bytes, name: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="annexa-questionnaire-")
        self._path = Path(self._folder.name) / f"asked{'.csv' if name.lower().endswith('.csv') else '.xlsx'}"
        self._path.write_bytes(content)

    def __enter__(self) -> Path:
        return self._path

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()


def _asked(path: Path, name: str, what: dict[str, Any]) -> dict[str, Any]:
    environment = {key: os.environ[key] for key in _PASSED_ON if key in os.environ}
    environment["PYTHONPATH"] = str(Path(__file__).parents[2])
    command = (sys.executable, "-P", "-m", "assistant.drafting.questionnaire_worker")
    try:
        done = subprocess.run(  # noqa: S603  our own interpreter and module
            command,
            input=json.dumps({"path": str(path), **what}).encode(),
            capture_output=True,
            env=environment,
            timeout=SECONDS + 10,
            check=False,
        )
        reply: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, json.JSONDecodeError) as error:
        raise UnreadableDocument(name, "reading it takes too long or too much memory; split it, or paste its questions") from error
    if "refused" in reply:
        raise UnreadableDocument(name, reply["refused"])
    return reply


def main() -> None:
    """Do what one line of the standard input says, and answer with one line."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_WRITTEN_BYTES, _WRITTEN_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.addaudithook(_refuse)
    wanted = json.loads(sys.stdin.read())
    try:
        print(json.dumps(_done(Path(wanted["path"]), wanted)))
    except UnreadableDocument as error:
        print(json.dumps({"refused": error.reason}))
    except MemoryError:
        print(json.dumps({"refused": "it needs too much memory to be read; split it, or paste its questions"}))
    except Exception as error:  # the outermost loop: a parser may raise anything over a damaged file
        print(json.dumps({"refused": f"it is damaged and cannot be read ({type(error).__name__}); save it again"}))


def _refuse(event: str, _arguments: tuple[Any, ...]) -> None:
    if event in _FORBIDDEN:
        raise PermissionError(f"a parser may not do this: {event}")


def _done(path: Path, wanted: dict[str, Any]) -> dict[str, Any]:
    kind_of(path)
    if wanted["do"] == "read":
        return {"sheets": [asdict(one) for one in questionnaire_files.read(path)]}
    sheets = [Sheet(**one) for one in wanted["sheets"]]
    cells = {(sheet, row): (answer, comment) for sheet, row, answer, comment in wanted["cells"]}
    return {"written": questionnaire_files.write(path, Path(wanted["out"]), sheets, cells)}


if __name__ == "__main__":
    main()
