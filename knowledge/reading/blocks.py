"""Blocks: the lines that a file is made of, and what else a format finds in it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from knowledge.language import clean

RUN_IN = 9
"""Level of a heading that only its bold type gives away: below every numbered or styled one."""


@dataclass(frozen=True)
class Block:
    """One line of a document. `kind` is heading, text, item or row; `level` is 1 and more for headings, the depth for items.

    `text` is clean and without line ends; `page` is the page of a PDF or the number of a slide; `number` is the clause
    number that the line begins with, such as `4.2.1`.
    """

    kind: str
    text: str
    level: int = 0
    page: int | None = None
    number: str = ""


@dataclass
class Content:
    """What a format found in a file. `front` is the front matter as it was written, None where there is none; `unseen` is text
    that stands in the file and that no reader sees: comments and hidden text."""

    blocks: list[Block]
    title: str = ""
    remarks: list[str] = field(default_factory=list)
    front: dict[str, Any] | None = None
    unseen: list[str] = field(default_factory=list)


def one_line(text: str) -> str:
    """The text clean and on one line."""
    return " ".join(clean(text).split())


def row_text(cells: Sequence[str], header: Sequence[str] = ()) -> str:
    """`Header: cell | Header: cell`, or `cell | cell` without a header; empty cells are left out."""
    parts = []
    for place, cell in enumerate(cells):
        cell = one_line(cell).replace(" | ", " / ")
        name = one_line(header[place]).replace(" | ", " / ").rstrip(":") if place < len(header) else ""
        if cell:
            parts.append(f"{name}: {cell}" if name and name != cell else cell)
    return " | ".join(parts)


_FORM_FIELDS = frozenset(
    """document number version class status state owner approved approver author date title valid review revision reviewed classification
    dokument nummer stand klasse eigentümer freigabe freigegeben verantwortlich verfasser ersteller datum titel gültig geprüft prüfung
    klassifizierung geltungsbereich site department abteilung standort next nächste""".split()
)
_SAY_NOTHING = frozenset("item value field feld wert angabe".split())


def table_rows(rows: Sequence[Sequence[str]], *, header: bool | None = None, page: int | None = None) -> list[Block]:
    """Row blocks of a table. `header` says whether the first row names the columns; None: as it looks.

    A table of one column is a frame around text, and its cells become text.
    """
    rows = [[one_line(cell) for cell in row] for row in rows]
    rows = [row for row in rows if any(row)]
    if not rows:
        return []
    if max(len(row) for row in rows) == 1:
        return [Block("text", row[0], page=page) for row in rows]
    named = len(rows) > 1 and (_looks_like_header(rows) if header is None else header)
    names = rows[0] if named and not all(name.lower() in _SAY_NOTHING for name in rows[0]) else []
    return [Block("row", text, page=page) for row in (rows[1:] if named else rows) if (text := row_text(row, names))]


def _looks_like_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: short, filled, each once, and not the first line of a form."""
    first = rows[0]
    if not all(first) or len(set(first)) < len(first):
        return False
    if any(len(cell.split()) > 6 or cell.endswith((".", ":")) or cell[0].isdigit() for cell in first):
        return False
    return not is_form(rows)


def is_form(rows: Sequence[Sequence[str]]) -> bool:
    """Whether a table is a form, a name and its value beside each other: `Owner | M. Feld`."""
    left = [next((cell for cell in row if cell), "") for row in rows]
    fields = sum(cell.endswith(":") or cell.lower().split()[0].rstrip(":") in _FORM_FIELDS for cell in left if cell)
    narrow = max(sum(map(bool, row)) for row in rows) in (2, 4)
    return narrow and fields >= max(2, len(rows) * 0.4)
