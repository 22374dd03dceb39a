"""A questionnaire as a file: where its questions stand, and the same file with answers in it."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from knowledge.errors import UnreadableDocument

Cells = Mapping[tuple[str, int], tuple[str, str]]
"""(sheet, row) -> (answer, comment), both empty where nothing is written."""
_QUESTION = re.compile(r"question|requirement|\bcontrol\b|criteri|frage|anforderung|prüfpunkt|description", re.IGNORECASE)
_ANSWER = re.compile(r"answer|response|yes\s*/\s*no|complian(t|ce)|\bstatus\b|antwort|erfüllt|ja\s*/\s*nein", re.IGNORECASE)
_COMMENT = re.compile(
    r"comment|remark|explanation|detail|evidence|justification|kommentar|bemerkung|erläuterung|begründung|nachweis", re.IGNORECASE
)
_ASKS = re.compile(
    r"\?\s*$|^(do|does|is|are|have|has|how|what|which|who|when|where|describe|provide|please|haben|hat|ist|sind|gibt|wie|wer|was|wann|werden|wird|verfügt|existier)\b",
    re.IGNORECASE,
)
_SCAN = 30
"""Rows of a sheet in which its heads are looked for."""


@dataclass
class Sheet:
    """Where the questions of a sheet stand: rows and columns count from 1, 0 is a column that is not there."""

    name: str
    question: int
    answer: int
    comment: int
    rows: list[tuple[int, str]] = field(default_factory=list)


def read(path: Path) -> list[Sheet]:
    """Where the questions of a workbook or CSV stand. Raises UnreadableDocument where none are found."""
    found = [sheet for name, rows in _tables(path) if (sheet := _layout(name, rows))]
    if not found:
        raise UnreadableDocument(path, "no column of questions was found; name one Question, and one Answer")
    return found


def write(path: Path, out: Path, sheets: Sequence[Sheet], answers: Cells) -> int:
    """Number of rows that were answered, after the file was written again with answers and comments in it; every other cell stays as it was.

    An answer that a person has typed already stays. A missing column for answers or comments is added at the right.
    """
    if path.suffix.lower() == ".csv":
        return _write_csv(path, out, sheets[0], answers)
    from openpyxl import load_workbook

    book = load_workbook(path, keep_vba=False)
    count = 0
    for sheet in sheets:
        page = book[sheet.name]
        last = page.max_column
        answer_at = sheet.answer or last + 1
        comment_at = sheet.comment or max(last, answer_at) + 1
        top = sheet.rows[0][0] - 1
        for column, given, title in ((answer_at, sheet.answer, "Answer"), (comment_at, sheet.comment, "Comment")):
            if not given and top >= 1:
                page.cell(top, column, title)
        for row, _ in sheet.rows:
            made = answers.get((sheet.name, row))
            if made and _fill(page, row, answer_at, comment_at, made):
                count += 1
    book.save(out)
    return count


def _fill(page: Any, row: int, answer_at: int, comment_at: int, made: tuple[str, str]) -> bool:
    from openpyxl.cell import MergedCell

    word, text = made
    if not word or page.cell(row, answer_at).value not in (None, ""):
        return False
    for column, value in ((answer_at, word), (comment_at, text)):
        cell = page.cell(row, column)
        if cell.value in (None, "") and not isinstance(cell, MergedCell):
            cell.value, cell.data_type = value, "s"
    return True


def _write_csv(path: Path, out: Path, sheet: Sheet, answers: Cells) -> int:
    text, dialect = _csv(path)
    rows = [list(row) for row in csv.reader(io.StringIO(text), dialect)]
    width = max(len(row) for row in rows)
    answer_at = sheet.answer or width + 1
    comment_at = sheet.comment or max(width, answer_at) + 1
    count = 0
    for number, row in enumerate(rows, 1):
        row += [""] * (max(answer_at, comment_at) - len(row)) if (sheet.name, number) in answers or number == sheet.rows[0][0] - 1 else []
        if number == sheet.rows[0][0] - 1:
            row[answer_at - 1] = row[answer_at - 1] or "Answer"
            row[comment_at - 1] = row[comment_at - 1] or "Comment"
        made = answers.get((sheet.name, number))
        word, comment = made or ("", "")
        if word and not row[answer_at - 1]:
            row[answer_at - 1] = word
            row[comment_at - 1] = row[comment_at - 1] or _safe(comment)
            count += 1
    made_text = io.StringIO(newline="")
    csv.writer(made_text, dialect).writerows(rows)
    out.write_text(made_text.getvalue(), "utf-8", newline="")
    return count


def _safe(text: str) -> str:
    return f"'{text}" if text[:1] in "=+-@\t\r" else text


def _tables(path: Path) -> list[tuple[str, list[list[str]]]]:
    if path.suffix.lower() == ".csv":
        text, dialect = _csv(path)
        return [("", [list(row) for row in csv.reader(io.StringIO(text), dialect)])]
    if path.suffix.lower() != ".xlsx":
        raise UnreadableDocument(path, "a questionnaire is a workbook (.xlsx) or a CSV file; paste anything else as text")
    from openpyxl import load_workbook

    try:
        book = load_workbook(path, read_only=True, data_only=True)
        return [
            (page.title, [[str(cell if cell is not None else "") for cell in row] for row in page.iter_rows(values_only=True)])
            for page in book.worksheets
        ]
    except Exception as error:  # openpyxl raises whatever the damaged part makes it raise
        raise UnreadableDocument(path, f"it cannot be read as a workbook ({type(error).__name__})") from error


def _csv(path: Path) -> tuple[str, Any]:
    from knowledge.reading.text import decoded

    text = decoded(path)
    try:
        return text, csv.Sniffer().sniff(text[:8000], ",;\t|")
    except csv.Error:
        return text, csv.excel


def _layout(name: str, rows: Sequence[Sequence[str]]) -> Sheet | None:
    """The columns of a sheet: by its heads, else the column in which most cells ask something."""
    for number, row in enumerate(rows[:_SCAN], 1):
        if question := _head(row, _QUESTION, rows[number : number + 20]):
            sheet = Sheet(name, question, _head(row, _ANSWER, ()), _head(row, _COMMENT, ()))
            sheet.rows = [
                (place, cells[question - 1].strip())
                for place, cells in enumerate(rows[number:], number + 1)
                if _is_question(cells, question)
            ]
            if sheet.rows:
                return sheet
    asked = {
        column: [place for place, row in enumerate(rows, 1) if len(row) >= column and _ASKS.search(row[column - 1].strip())]
        for column in range(1, 30)
    }
    column = max(asked, key=lambda one: len(asked[one]))
    if len(asked[column]) < 2:
        return None
    return Sheet(name, column, 0, 0, [(place, rows[place - 1][column - 1].strip()) for place in asked[column]])


def _head(row: Sequence[str], wanted: re.Pattern[str], below: Sequence[Sequence[str]]) -> int:
    """The column with such a head; of several the one with the longest texts below."""
    columns = [place for place, cell in enumerate(row, 1) if 0 < len(cell.split()) <= 6 and wanted.search(cell)]
    if not columns:
        return 0
    return max(columns, key=lambda one: sum(len(cells[one - 1]) for cells in below if len(cells) >= one)) if below else columns[0]


def _is_question(cells: Sequence[str], column: int) -> bool:
    return len(cells) >= column and len(cells[column - 1].split()) > 2
