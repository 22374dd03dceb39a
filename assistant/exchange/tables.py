"""Files from outside to tables of text: CSV, XLSX and Markdown, with row numbers as a spreadsheet counts them.

What a file may do to us ends here: archives are weighed before they are parsed, formulas are read as the values last
computed, and an apostrophe that our own exports put before a formula is taken off again.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from knowledge.errors import UnreadableDocument
from knowledge.reading.kinds import FILE_BYTES, kind_of

ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".md", ".markdown")
CELL = 1_000_000
"""Characters in one cell; a longer one is a quote that was never closed."""
_NO_TEXT = {b"PK\x03\x04": "an Excel workbook or an archive", b"%PDF-": "a PDF", b"\xd0\xcf\x11\xe0": "an old or protected Office file"}
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ$"
_EMPTY_ROWS = 10_000
"""After so many empty rows a sheet is taken to end: some declare a million."""
_COLUMNS = 500
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_DISARMED = re.compile(r"'+[=+\-@\t\r]")
_XML_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_RULE = re.compile(r"\|?\s*:?-{2,}:?\s*(\|\s*:?-{2,}:?\s*)*\|?")


@dataclass
class Table:
    """Rows of text cells, each with its number in the file; which of them names the columns is not decided here."""

    name: str
    rows: list[tuple[int, list[str]]]
    hidden: bool = False
    remarks: list[str] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)

    def merged_from(self, row: int) -> str:
        """The first range of merged cells that reaches into that row or one below; a merged title above does no harm."""
        return next((cells for cells in self.merged if int(cells.rpartition(":")[2].lstrip(_LETTERS)) >= row), "")


def disarmed(text: str) -> str:
    """The text in a form that no spreadsheet takes for a formula; `armed` gives it back."""
    return f"'{text}" if _FORMULA.match(text) else text


def armed(text: str) -> str:
    """The text before `disarmed`."""
    return text[1:] if _DISARMED.match(text) else text


def read(path: Path) -> list[Table]:
    """The tables of a file that hold anything: one of CSV, one a sheet or Markdown table. Raises UnreadableDocument."""
    if not path.is_file():
        raise UnreadableDocument(path.name, "there is no such file")
    if path.suffix.lower() not in ENDINGS:
        raise UnreadableDocument(path.name, "tables are read from CSV, XLSX and Markdown; save it as one of these")
    if path.suffix.lower() == ".xlsx":
        if kind_of(path) != "xlsx":
            raise UnreadableDocument(path.name, "this is no Excel workbook; save it again as XLSX")
        tables = _workbook(path)
    else:
        text, remarks = _decoded(path)
        tables = _markdown(text) if path.suffix.lower() in (".md", ".markdown") else [_csv(path, text)]
        for table in tables:
            table.remarks += remarks
    tables = [table for table in tables if table.rows]
    if not tables:
        raise UnreadableDocument(path.name, "there is no table in it; the first row names the columns")
    return tables


# --- text ----------------------------------------------------------------------------------------------------------


def _decoded(path: Path) -> tuple[str, list[str]]:
    if path.stat().st_size > FILE_BYTES:
        raise UnreadableDocument(path.name, f"it is larger than {FILE_BYTES // 1024 // 1024} MB; split it")
    raw = path.read_bytes()
    for start, what in _NO_TEXT.items():
        if raw.startswith(start):
            raise UnreadableDocument(path.name, f"its content is {what}; give it the right ending, or save it as CSV")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16"), []
    try:
        return raw.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "replace")
        if "\ufffd" in text or "\x00" in text:
            raise UnreadableDocument(path.name, "it is neither UTF-8 nor Windows-1252; save it as CSV UTF-8") from None
        return text, ["read as Windows-1252, because it is no UTF-8; look at umlauts"]


def _csv(path: Path, text: str) -> Table:
    start = 0
    if match := re.match(r"\s*sep=(.)\r?\n", text):
        delimiter, text, start = match[1], text[match.end() :], 1
    else:
        delimiter = _delimiter(text)
    rows = []
    limit = csv.field_size_limit(CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for number, cells in enumerate(reader, start + 1):
            if any(cell.strip() for cell in cells):
                rows.append((number, [armed(cell) for cell in cells]))
    except csv.Error as error:
        raise UnreadableDocument(
            path.name, f"line {reader.line_num}: {error}; put quotes around a whole cell, and double those inside"
        ) from None
    finally:
        csv.field_size_limit(limit)
    return Table(path.stem, rows)


def _delimiter(text: str) -> str:
    """What stands between cells: the sign that the first filled line has most of, outside quotes."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    bare = re.sub(r'"(?:[^"]|"")*"', "", first)
    return max((",", ";", "\t", "|"), key=bare.count)


def _markdown(text: str) -> list[Table]:
    """The pipe tables of a Markdown text, each under the heading above it."""
    tables: list[Table] = []
    lines = text.splitlines()
    heading, open_ = "", False
    for number, line in enumerate(lines, 1):
        if line.startswith("#"):
            heading = line.strip("# ")
        if "|" not in line:
            open_ = False
        elif _RULE.fullmatch(line.strip()):
            open_ = open_ or (number > 1 and "|" in lines[number - 2])
            if open_ and number > 1:
                tables.append(Table(heading, [(number - 1, _pipe_cells(lines[number - 2]))]))
        elif open_:
            tables[-1].rows.append((number, _pipe_cells(line)))
    return tables


def _pipe_cells(line: str) -> list[str]:
    line = line.strip()
    line = line[1:] if line.startswith("|") else line
    line = line[:-1] if line.endswith("|") and not line.endswith("\\|") else line
    cells = re.split(r"(?<!\\)\|", line)
    return [re.sub(r"<br\s*/?>", "\n", cell.replace("\\|", "|"), flags=re.IGNORECASE).strip().strip("`") for cell in cells]


# --- workbooks -----------------------------------------------------------------------------------------------------


def _workbook(path: Path) -> list[Table]:
    with zipfile.ZipFile(path) as archive:
        if outside := [name for name in archive.namelist() if name.startswith("xl/externalLinks/") and name.endswith(".xml")]:
            raise UnreadableDocument(
                path.name, f"it takes values from {len(outside)} other workbook(s); paste them as values and save it again"
            )
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, KeyError, ValueError, TypeError, zipfile.BadZipFile) as error:
        raise UnreadableDocument(path.name, "it is damaged; open it in Excel and save it again") from error
    try:
        tables = [Table(sheet.title, _cells(path, sheet), sheet.sheet_state != "visible") for sheet in book.worksheets]
        for table, sheet in zip(tables, book.worksheets, strict=True):
            if table.rows and not table.hidden:
                table.merged = _merged(path, sheet, book)
        return tables
    finally:
        book.close()


def _cells(path: Path, sheet: Any) -> list[tuple[int, list[str]]]:
    sheet.reset_dimensions()
    rows, empty = [], 0
    for number, cells in enumerate(sheet.iter_rows(max_col=_COLUMNS), 1):
        texts = [_shown(path, sheet.title, cell) for cell in cells]
        while texts and not texts[-1]:
            texts.pop()
        empty = 0 if texts else empty + 1
        if empty > _EMPTY_ROWS:
            break
        if texts:
            rows.append((number, texts))
    return rows


def _shown(path: Path, sheet: str, cell: Any) -> str:
    """A cell's value as text: dates in ISO form, numbers without a needless fraction."""
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "e":
        raise UnreadableDocument(path.name, f"sheet {sheet!r}, cell {cell.coordinate} shows the error {value}; put its value right")
    if isinstance(value, str):
        return armed(_XML_ESCAPE.sub(lambda match: chr(int(match[1], 16)), value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


def _merged(path: Path, sheet: Any, book: Any) -> list[str]:
    """Ranges of merged cells. Raises UnreadableDocument for a formula that was never computed: a table of values shows nothing there."""
    merged, formulas = _peculiar(book, sheet)
    if formulas:
        plain = load_workbook(path, read_only=True)
        try:
            bare = _empty_formula(plain[sheet.title], sheet)
        finally:
            plain.close()
        if bare:
            raise UnreadableDocument(
                path.name, f"sheet {sheet.title!r}, cell {bare} holds a formula that was never computed; open it in Excel and save it"
            )
    return merged


def _peculiar(book: Any, sheet: Any) -> tuple[list[str], bool]:
    """(ranges of merged cells, whether there are formulas), from the sheet's XML."""
    merged, formulas, before = dict[str, None](), False, b""
    with book._archive.open(sheet._worksheet_path) as part:
        while chunk := part.read(1 << 20):
            window = before + chunk
            merged.update((cells.decode(), None) for cells in re.findall(rb'<(?:\w+:)?mergeCell\s[^>]*ref="([A-Z0-9:]{1,30})"', window))
            formulas = formulas or bool(re.search(rb"<(?:\w+:)?f[ />]", window))
            before = chunk[-200:]
    return list(merged), formulas


def _empty_formula(formulas: Any, values: Any) -> str:
    formulas.reset_dimensions()
    for written, shown in zip(_leading(formulas), _leading(values), strict=False):
        for cell, value in zip(written, shown, strict=False):
            if getattr(cell, "data_type", "") == "f" and value.value is None:
                return str(cell.coordinate)
    return ""


def _leading(sheet: Any) -> Iterator[Sequence[Any]]:
    return islice(sheet.iter_rows(max_col=_COLUMNS), 200_000)
