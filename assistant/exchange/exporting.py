"""A register to a file: the plain header, then what else its rows hold, so that loading the file gives the same rows again."""

import csv
import io
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from sqlmodel import Session, select

from assistant.exchange.headings import PRODUCT
from assistant.exchange.tables import disarmed
from knowledge.errors import UnreadableDocument
from knowledge.registers import Person, Store, queries, rights
from knowledge.registers.columns import Column, Kind
from knowledge.registers.derived import Context
from knowledge.registers.descriptions import REGISTERS, Register, register
from knowledge.registers.rights import Actor
from knowledge.registers.values import canonical

_PORTION = 1_000
_XLSX_CELL = 32_767
_NOT_XML = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff\ud800-\udfff]|_(?=x[0-9A-Fa-f]{4}_)")
_FIRST_EXCEL_YEAR = 1901

Writer = Callable[[Path, Sequence[Column], Iterable[dict[str, Any]]], None]


def export_file(store: Store, actor: Actor, name: str, path: Path, context: Context) -> int:
    """Number of rows that the file has now; those only that the actor may see. Raises UnreadableDocument, UnknownRegister."""
    found = register(name)
    write = _WRITERS.get(path.suffix.lower())
    if write is None:
        raise UnreadableDocument(path.name, "registers are written as CSV or XLSX; give the file one of these endings")
    rights.demand(actor, "read", found.name)
    with store.read() as session:
        ids = [rights.row_id(row) for row in queries.rows(session, actor, found.name)]
        columns = _columns(session, actor, found, ids)
        with written_whole(path) as out:
            write(out, columns, _values(session, actor, found, columns, ids, context))
    return len(ids)


def export_all(store: Store, actor: Actor, folder: Path, context: Context, ending: str = ".csv") -> dict[str, int]:
    """Rows of each register that holds any, after the folder has a file of each; `plant.load` reads it back."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnreadableDocument(folder, f"cannot be made ({error.strerror}); give a folder") from error
    counts = {}
    for name in REGISTERS:
        path = folder / f"{name}{ending}"
        if count := export_file(store, actor, name, path, context):
            counts[name] = count
        else:
            path.unlink()
    return counts


def allowed_values(name: str) -> list[str]:
    """The plain header of a register, then what may stand in each column, a line each."""
    found = register(name)
    lines = [",".join([*found.header, *(["audience"] if "audience" in found.by_head and "audience" not in found.header else [])])]
    for head in dict.fromkeys([*found.header, *(column.head for column in found.writable)]):
        lines.append(f"{head}: {_allowed(found.by_head[head])}")
    return lines


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A place to write to that becomes the file when the block ends well; else the file stays as it was."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
    except OSError as error:
        raise UnreadableDocument(path, f"cannot be written ({error.strerror}); give a folder that exists") from error
    os.close(handle)
    part = Path(name)
    try:
        yield part
        part.chmod(0o644)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


# --- what is written -----------------------------------------------------------------------------------------------


def _columns(session: Session, actor: Actor, found: Register, ids: Sequence[str]) -> list[Column]:
    """The plain header, and every further column in which some row holds more than nothing."""
    plain = [found.by_head[head] for head in found.header]
    product = ("source", "created_at", "changed_at", "accepted_state")
    further = [
        column for column in found.columns if column not in plain and column.kind is not Kind.COMPUTED and column.name not in product
    ]
    used: set[str] = set()
    for values in _rows(session, actor, found, ids):
        used |= {column.name for column in further if values.get(column.name) not in (None, "", [], column.default)}
    numbered = [found.id_of(found.about.prefix, number) for number in range(1, len(ids) + 1)]
    if found.id_name not in found.header and found.by_name[found.id_name] not in plain and list(ids) == numbered:
        used.discard(found.id_name)  # loading numbers them the same way
    return [*plain, *(column for column in further if column.name in used), *PRODUCT.get(found.name, ())]


def _rows(session: Session, actor: Actor, found: Register, ids: Sequence[str]) -> Iterator[dict[str, Any]]:
    for start in range(0, len(ids), _PORTION):
        some = queries.rows(session, actor, found.name, queries.id_column(found).in_(ids[start : start + _PORTION]))
        for row, values in zip(some, queries.values_of(session, actor, found, some), strict=True):
            values.update({column.name: canonical(getattr(row, column.name)) for column in PRODUCT.get(found.name, ())})
            yield values
        session.expunge_all()


def _values(
    session: Session, actor: Actor, found: Register, columns: Sequence[Column], ids: Sequence[str], context: Context
) -> Iterator[dict[str, Any]]:
    """The rows with people by e-mail, and with what is worked out where a column asks for it."""
    emails: dict[str, str] = dict(session.exec(select(Person.id, Person.email)).all())
    people = [column.name for column in columns if column.kind is Kind.PERSON]
    asked = [column.name for column in columns if column.kind is Kind.COMPUTED]
    for start in range(0, len(ids), _PORTION):
        some = ids[start : start + _PORTION]
        worked_out = queries.computed(session, found, some, context) if asked else {}
        for values in _rows(session, actor, found, some):
            for name in people:
                values[name] = emails.get(values[name], values[name])
            values.update({name: worked_out[values[found.id_name]][name] for name in asked})
            yield values


def _text(column: Column, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "|".join(map(str, value))
    return (
        repr(value) if isinstance(value, float) and not value.is_integer() else str(int(value)) if isinstance(value, float) else str(value)
    )


def _allowed(column: Column) -> str:
    kinds = {
        Kind.DATE: "a date, YYYY-MM-DD",
        Kind.DATETIME: "a moment, YYYY-MM-DDTHH:MM:SSZ",
        Kind.BOOLEAN: "yes, no" + (" or empty" if column.default is None else ""),
        Kind.PERSON: "a person's e-mail",
        Kind.LINK: f"id of a row of {column.register}",
        Kind.LINKS: f"ids of rows of {column.register}, separated by |",
        Kind.CONTROLS: f"ids of {' or '.join(column.frameworks)}, separated by |",
        Kind.TEXTS: "texts, separated by |",
        Kind.COMPUTED: "worked out, checked where given, never stored",
    }
    if column.name == "audience":
        return "public, staff, role:NAME, department:NAME, person:E-MAIL"
    if column.codes is not None:
        said = ", ".join(column.codes)
        return f"{said}{' or a word of your own' if column.codes.open else ''}{'' if column.default or column.required else ' or empty'}"
    if column.kind in (Kind.INTEGER, Kind.DECIMAL):
        limits = f" from {column.low:g}" if column.low is not None else ""
        limits += f" to {column.high:g}" if column.high is not None else ""
        return f"a {'whole ' if column.kind is Kind.INTEGER else ''}number{limits}"
    return kinds.get(column.kind, "text") + (", needed" if column.required else "")


# --- forms ---------------------------------------------------------------------------------------------------------


def _write_csv(path: Path, columns: Sequence[Column], rows: Iterable[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\r\n")
        out.writerow([column.head for column in columns])
        for values in rows:
            out.writerow([_csv_cell(column, values[column.name]) for column in columns])


def _csv_cell(column: Column, value: Any) -> str:
    text = _text(column, value)
    return text if isinstance(value, int | float) else disarmed(text)


def _write_xlsx(path: Path, columns: Sequence[Column], rows: Iterable[dict[str, Any]]) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Register")
    sheet.freeze_panes = "A2"
    for place, column in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(place)].width = 48 if column.kind is Kind.LONG else 18
    sheet.append([_head(sheet, column) for column in columns])
    last = 1
    try:
        for values in rows:
            sheet.append([_xlsx_cell(sheet, column, values[column.name]) for column in columns])
            last += 1
    except UnreadableDocument:
        book.save(io.BytesIO())  # what was begun must be ended
        raise
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{last}"
    book.save(path)


def _head(sheet: Any, column: Column) -> Any:
    cell = WriteOnlyCell(sheet, column.head)
    cell.font = Font(bold=True)
    return cell


def _xlsx_cell(sheet: Any, column: Column, value: Any) -> Any:
    """Dates and numbers as what they are; every text as text, so that no spreadsheet computes it."""
    if isinstance(value, int | float) and not isinstance(value, bool) and float(f"{value:.16g}") == value:
        return value  # a fraction of 17 digits stands as text: a cell would round it
    text = _text(column, value)
    if not text:
        return None
    if column.kind is Kind.DATE and int(text[:4]) >= _FIRST_EXCEL_YEAR:
        cell = WriteOnlyCell(sheet, date.fromisoformat(text))
        cell.number_format = "yyyy-mm-dd"
        return cell
    text = _NOT_XML.sub(lambda match: f"_x{ord(match[0]):04X}_", disarmed(text))
    if len(text) > _XLSX_CELL:
        raise UnreadableDocument(column.head, f"a text has {len(text)} characters, a cell of Excel holds {_XLSX_CELL}; export as CSV")
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    return cell


_WRITERS: dict[str, Writer] = {".csv": _write_csv, ".xlsx": _write_xlsx}
