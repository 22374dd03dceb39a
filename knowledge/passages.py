"""A document, a guidance text or a row to Passages: cut at headings and clauses; source, position and audience kept."""

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from knowledge import language
from knowledge.index.parts import parts_of
from knowledge.reading import Block
from knowledge.registers import Passage

WORDS = 110
"""Aim for a passage: long enough to hold a rule with its exception, short enough for the encoder's 256 tokens."""


@dataclass(frozen=True)
class Piece:
    """Part of a text: `text` is `whole[start:end]`, under a heading path such as `4 Access > 4.2 Reviews`."""

    heading: str
    page: int | None
    start: int
    end: int
    text: str


def cut(blocks: Sequence[Block]) -> tuple[str, list[Piece]]:
    """(the whole text, its pieces): one line a block; a piece never crosses a heading and holds about `WORDS` words."""
    lines: list[str] = []
    pieces: list[Piece] = []
    path: list[tuple[int, str]] = []
    pending: list[tuple[int, Block, str]] = []
    offset = 0

    def flush() -> None:
        pieces.extend(_pieces(" > ".join(title for _, title in path), pending))
        pending.clear()

    for block in blocks:
        if not block.text:
            continue
        if block.kind == "heading":
            flush()
            while path and path[-1][0] >= block.level:
                path.pop()
            path.append((block.level, block.text))
        else:
            pending.append((offset, block, block.text))
        lines.append(block.text)
        offset += len(block.text) + 1
    flush()
    return "\n".join(lines), pieces


def _pieces(heading: str, lines: Sequence[tuple[int, Block, str]]) -> Iterator[Piece]:
    """Pieces of one section. Sentences are packed until a piece has `WORDS` words; a new page begins a new piece."""
    units: list[tuple[int, int, int | None, int]] = []
    for offset, block, text in lines:
        long = len(text.split()) > WORDS
        for start, end in language.sentence_spans(text) if long else [(0, len(text))]:
            units.append((offset + start, offset + end, block.page, len(text[start:end].split())))
    offsets = [offset for offset, _, _ in lines]

    def text_of(start: int, end: int) -> str:
        inside = lines[bisect_right(offsets, start) - 1 : bisect_left(offsets, end)]
        return "\n".join(text[max(start - offset, 0) : end - offset] for offset, _, text in inside)

    first, count = 0, 0
    for number, (_start, _end, page, size) in enumerate(units):
        if number > first and (count + size > WORDS or page != units[first][2]):
            yield Piece(heading, units[first][2], units[first][0], units[number - 1][1], text_of(units[first][0], units[number - 1][1]))
            first, count = number, 0
        count += size
    if units:
        yield Piece(heading, units[first][2], units[first][0], units[-1][1], text_of(units[first][0], units[-1][1]))


def make(
    source_id: str,
    kind: str,
    pieces: Iterable[Piece],
    *,
    tongue: str,
    audience: str,
    title: str = "",
    version_id: int | None = None,
) -> list[Passage]:
    """Passages of one source. The id follows from source, place and text, so that links survive a new loading."""
    plain = sketched(source_id, kind, pieces, tongue=tongue, audience=audience, title=title, version_id=version_id)
    return [Passage(**vars(one)) for one in plain]


def sketched(
    source_id: str,
    kind: str,
    pieces: Iterable[Piece],
    *,
    tongue: str,
    audience: str,
    title: str = "",
    version_id: int | None = None,
) -> list[SimpleNamespace]:
    """The same with every column of a passage as an attribute, at a tenth of its cost: for whoever makes very many."""
    out = []
    for ordinal, piece in enumerate(pieces):
        passage = SimpleNamespace(
            id=_digest(source_id, kind, str(ordinal), piece.text),
            source_id=source_id,
            kind=kind,
            version_id=version_id,
            ordinal=ordinal,
            heading=_under(title, piece.heading),
            page=piece.page,
            start=piece.start,
            end=piece.end,
            text=piece.text,
            language=tongue,
            audience=audience,
            current=True,
        )
        passage.hash = hash_of(passage)
        out.append(passage)
    return out


def hash_of(passage: Any) -> str:
    """The name of what the encoder reads of a passage; for a German one it changes with the glossary."""
    return _digest(*parts_of(passage))


def _under(title: str, heading: str) -> str:
    """The heading path below a document's title, which is not said twice where the first heading repeats it."""
    first, _, rest = heading.partition(" > ")
    path = rest if title and title.lower() in first.lower() else heading
    return " > ".join(part for part in (title, path) if part)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:20]
