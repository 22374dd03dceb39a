"""Lines of a PDF to blocks: paragraphs over line and page ends, headings, items, table rows."""

import re
from collections import Counter
from collections.abc import Sequence

from knowledge.reading.blocks import RUN_IN, Block, one_line, table_rows
from knowledge.reading.headings import BULLET, CLAUSE, LETTERED, as_heading, is_contents_line, line_block
from knowledge.reading.pdf_lines import Line
from knowledge.reading.text import join

_ENDS = (".", "!", "?", ":", ";", ".)", ".”", ".“", '."')
_HYPHENATED = re.compile(r"[^\W\d_]{2,}-[^\W\d_]{2,}")


def blocks_of(lines: Sequence[Line]) -> tuple[list[Block], frozenset[int]]:
    """(blocks, places of the headings that their type proves)."""
    lines = [line for line in lines if not is_contents_line(line.text)]
    body = _body_size(lines)
    known = frozenset(word.lower() for line in lines for word in _HYPHENATED.findall(line.text))
    blocks: list[Block] = []
    fixed: list[int] = []
    for group in _tables_and_paragraphs(lines, body):
        if isinstance(group, _Table):
            cells = [[one_line(join(cell, known)) for cell in row] for row in group.rows]
            blocks.extend(table_rows(cells, header=group.named, page=group.page))
        elif text := one_line(join([line.text for line in group], known)):
            block = _block(text, group, body)
            if block.kind == "heading" and _stands_out(group[0], body):
                fixed.append(len(blocks))
            blocks.append(block)
    return blocks, frozenset(fixed)


def _body_size(lines: Sequence[Line]) -> float:
    """The type size in which most of the text is set."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 10.0


def _stands_out(line: Line, body: float) -> bool:
    return line.bold or line.size > body * 1.12


def _block(text: str, group: Sequence[Line], body: float) -> Block:
    block = line_block(text, page=group[0].page)
    title = len(text.split()) <= 16 and not text.endswith((".", ";", ",", ":")) and any(char.isalpha() for char in text)
    if block.kind == "text" and not block.number and title and _stands_out(group[0], body):
        larger = group[0].size / body
        level = 1 if larger > 1.4 else 2 if larger > 1.12 else RUN_IN
        return Block("heading", text, level, group[0].page)
    return block


class _Table:
    """Rows of cells, a cell being its lines."""

    def __init__(self, rows: list[list[list[str]]], named: bool | None, page: int) -> None:
        self.rows, self.named, self.page = rows, named, page


def _tables_and_paragraphs(lines: Sequence[Line], body: float) -> list["_Table | list[Line]"]:
    groups: list[_Table | list[Line]] = []
    place = 0
    margin = max((len(line.text) * line.size for line in lines), default=0) * 0.82
    while place < len(lines):
        table, after = _table_at(lines, place)
        if table:
            groups.append(table)
            place = after
            continue
        line = lines[place]
        last = groups[-1] if groups else None
        if isinstance(last, list) and not _breaks(last, line, body, margin):
            last.append(line)
        else:
            groups.append([line])
        place += 1
    return groups


def _breaks(group: Sequence[Line], line: Line, body: float, margin: float) -> bool:
    """Whether a new paragraph begins with this line."""
    last = group[-1]
    text = " ".join(part.text for part in group)
    other_type = _stands_out(group[0], body) != _stands_out(line, body) and (group[0].bold or line.bold)
    other_size = max(last.size, line.size) > min(last.size, line.size) * 1.15
    if _begins(line.text) or other_size or other_type:
        return True
    full = len(last.text) * last.size >= margin * 0.8
    if last.page != line.page or line.y > last.y + last.size:
        return text.endswith(_ENDS) or not (line.text[:1].islower() or last.text.endswith("-") or full)
    drop = last.y - line.y
    if drop > max(last.size, line.size) * 1.75:
        return True
    if _stands_out(line, body) and group[0].size > body * 1.12:
        return False
    return text.endswith(_ENDS) and not full and not line.text[:1].islower()


def _begins(text: str) -> bool:
    return bool(BULLET.match(text) or LETTERED.match(text) or CLAUSE.match(text) or as_heading(text))


# --- tables ----------------------------------------------------------------------------------------------------


def _table_at(lines: Sequence[Line], place: int) -> tuple[_Table | None, int]:
    """(a table whose first cell begins at this line, the place after it), or (None, place)."""
    rows: list[list[list[Line]]] = []
    at = place
    while at < len(lines):
        row, after = _row_at(lines, at)
        if len(row) < 2 or (rows and not _fits_below(rows, row)):
            break
        rows.append(row)
        at = after
    if len(rows) < 2:
        return None, place
    columns = sorted({round(cell[0].x) for row in rows for cell in row})
    columns = [x for number, x in enumerate(columns) if number == 0 or x - columns[number - 1] > 6]
    texts = [_by_column(row, columns) for row in rows]
    bold = all(cell[0].bold for cell in rows[0]) and not all(cell[0].bold for cell in rows[1])
    return _Table(texts, True if bold and len(rows) > 1 else None, rows[0][0][0].page), at


def _row_at(lines: Sequence[Line], place: int) -> tuple[list[list[Line]], int]:
    """(cells that stand beside each other from this line on, the place after them). A cell is a stack of lines."""
    row: list[list[Line]] = []
    at = place
    while at < len(lines):
        cell = [lines[at]]
        level = not row or (lines[at].page == row[0][0].page and abs(lines[at].y - row[0][0].y) <= lines[at].size * 0.8)
        if not level or (row and lines[at].x <= row[-1][0].x + 10):
            break
        at += 1
        while at < len(lines) and _same_cell(cell[-1], lines[at]) and len(cell) < 15:
            cell.append(lines[at])
            at += 1
        row.append(cell)
    return row, at


def _same_cell(above: Line, line: Line) -> bool:
    return (
        line.page == above.page
        and abs(line.x - above.x) < 2.5
        and 0 < above.y - line.y < above.size * 1.45
        and abs(line.size - above.size) < 0.3
        and line.bold == above.bold
    )


def _fits_below(rows: Sequence[Sequence[Sequence[Line]]], row: Sequence[Sequence[Line]]) -> bool:
    """Whether a row stands in the columns of those above it, and below them or at the top of the next page."""
    known = [cell[0].x for above in rows for cell in above]
    last = rows[-1][0][0]
    below = row[0][0].page > last.page or row[0][0].y < last.y
    return below and all(any(abs(cell[0].x - x) < 6 for x in known) for cell in row)


def _by_column(row: Sequence[Sequence[Line]], columns: Sequence[int]) -> list[list[str]]:
    cells: list[list[str]] = [[] for _ in columns]
    for cell in row:
        nearest = min(range(len(columns)), key=lambda number: abs(columns[number] - cell[0].x))
        cells[nearest].extend(line.text for line in cell)
    return cells
