"""Excel workbooks to blocks: a heading a sheet, a row block a row, values as they were last computed."""

from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from knowledge.reading.blocks import Block, Content, is_form, one_line, row_text
from knowledge.reading.headings import as_heading, line_block

_EMPTY_ROWS = 10_000
"""After so many empty rows a sheet is taken to end: some declare a million."""


def read(path: Path) -> Content:
    """Sheets in their order; hidden sheets are left out with a remark."""
    book = load_workbook(path, read_only=True, data_only=True)
    blocks: list[Block] = []
    remarks: list[str] = []
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            remarks.append(f"the hidden sheet {one_line(sheet.title)!r} was left out")
            continue
        sheet.reset_dimensions()
        rows = _rows(sheet)
        if rows:
            blocks.append(Block("heading", one_line(sheet.title), 1))
            blocks.extend(rows)
    title = one_line(book.properties.title or "")
    book.close()
    return Content(blocks, title=title, remarks=remarks)


def _rows(sheet: Any) -> list[Block]:
    """The filled rows. The first with two filled cells and more names the columns, unless the sheet is a form."""
    rows: list[list[str]] = []
    empty = 0
    for values in sheet.iter_rows(values_only=True):
        cells = [_written(value) for value in values]
        empty = 0 if any(cells) else empty + 1
        if empty > _EMPTY_ROWS:
            break
        if any(cells):
            rows.append(cells)
    first = next((place for place, row in enumerate(rows) if sum(map(bool, row)) > 1), len(rows))
    above = [Block("text", row_text(row)) for row in rows[:first]]
    table = rows[first:]
    if not table or is_form(table):
        return [*above, *(block for row in table for block in _form_line(row))]
    if len(table) == 1:
        return [*above, Block("row", row_text(table[0]))]
    return [*above, *(Block("row", row_text(row, table[0])) for row in table[1:])]


def _form_line(row: Sequence[str]) -> list[Block]:
    """The blocks of a line of a form; a numbered title with its text beside it becomes a section."""
    filled = [cell for cell in row if cell]
    if len(filled) == 2 and (found := as_heading(filled[0])):
        return [Block("heading", filled[0], found[2] + 1, None, found[0]), line_block(filled[1])]
    return [Block("row" if len(filled) > 1 else "text", row_text(filled))]


def _written(value: object) -> str:
    """A cell's value as people write it; dates in ISO form."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.10g}"
    return one_line(str(value))
