"""The process that parses: reads paths from its standard input, a JSON line each, and answers with JSON lines.

Files come from outside, so parsing has no network, starts no program, writes no file, and has its limits of memory and
time. It knows nothing but this package. An answer is `{"pages": n}`, which asks for more time, then either
`{"reading": ...}` or `{"refused": reason, "name": ..., "metadata": true or false}`.
"""

import importlib
import json
import os
import re
import resource
import sys
from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path
from typing import Any, TextIO

from knowledge.errors import BadMetadata, UnreadableDocument
from knowledge.reading import seconds_for
from knowledge.reading.blocks import Content
from knowledge.reading.kinds import MEDIA_TYPES, kind_of
from knowledge.reading.metadata import metadata, plain

MEMORY_BYTES = 1024**3
CHARACTERS = 20_000_000
_MADE_UP = re.compile(r"(?:word document|powerpoint presentation|powerpoint-präsentation|untitled|unbenannt)$|microsoft ", re.IGNORECASE)
_TOO_LARGE = "it needs more than 1 GB of memory to be read; split it or save it again as a simple PDF"
_DAMAGED = "it is damaged and cannot be read ({}); open it in its program and save it again"
_FORBIDDEN = ("socket.connect", "socket.bind", "socket.sendto", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork")
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


def main() -> None:
    """Answer one request a line until the input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.addaudithook(_refuse)
    for line in sys.stdin:
        _answer(Path(json.loads(line)["path"]), answers)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    """Stop what no parser needs to do. The limit of the process is the real wall; this one catches the careless."""
    if event in _FORBIDDEN or (event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITES):
        raise PermissionError(f"a parser may not do this: {event}")


def _answer(path: Path, answers: TextIO) -> None:
    def say(**values: object) -> None:
        answers.write(json.dumps(values) + "\n")
        answers.flush()

    def pages(count: int) -> None:
        _allow(seconds_for(count))
        say(pages=count)

    _allow(seconds_for(0))
    try:
        say(reading=_read(path, pages))
    except UnreadableDocument as error:
        say(refused=error.reason, name=str(error.path), metadata=isinstance(error, BadMetadata))
    except MemoryError:
        say(refused=_TOO_LARGE, name=path.name, metadata=False)
    except Exception as error:  # the outermost loop: a parser may raise anything over a damaged file
        say(refused=_DAMAGED.format(type(error).__name__), name=path.name, metadata=False)


def _allow(seconds: float) -> None:
    """Let this process compute for so long from now; the parent's clock comes first unless the parent is gone."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime + seconds) + 2, resource.RLIM_INFINITY))


def _read(path: Path, pages: Callable[[int], None]) -> dict[str, Any]:
    kind = kind_of(path)
    content = _content(kind, path, pages)
    if not content.blocks:
        raise UnreadableDocument(path.name, "there is no text in it; a scan or a picture needs text recognition (OCR) first")
    if sum(len(block.text) for block in content.blocks) > CHARACTERS:
        raise UnreadableDocument(path.name, "it holds more than 20 million characters; split it")
    known, remarks = metadata(path, content.front)
    return {
        "blocks": [astuple(block) for block in content.blocks],
        "metadata": plain(known),
        "title": _title(content),
        "media_type": MEDIA_TYPES[kind],
        "remarks": content.remarks + remarks,
        "unseen": content.unseen,
    }


def _title(content: Content) -> str:
    """The title that the file itself gives, unless its program made it up; else its first heading of level 1."""
    if content.title and not _MADE_UP.match(content.title):
        return content.title
    return next((block.text for block in content.blocks if block.kind == "heading" and block.level == 1), "")


def _content(kind: str, path: Path, pages: Callable[[int], None]) -> Content:
    module = importlib.import_module(f"knowledge.reading.{'text' if kind == 'csv' else kind}")
    content: Content
    if kind == "pdf":
        content = module.read(path, pages)
    else:
        pages(path.stat().st_size // 3_000)
        content = module.read_csv(path) if kind == "csv" else module.read(path)
    return content


if __name__ == "__main__":
    main()
