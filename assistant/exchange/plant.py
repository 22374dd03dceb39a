"""A whole plant from a folder: a CSV or XLSX a register, loaded in the order of what names what, in one transaction.

Dates may be written relative to the day of loading: `today`, `today-35`, `today+3m`, `today-1y`, `today-3T03:30`.
"""

import calendar
import json
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from assistant.exchange.importing import Line, Loading, Options, Report, Undone, lines_of
from knowledge.errors import UnreadableDocument
from knowledge.registers import Store, records, risk_method
from knowledge.registers.columns import Column, Kind
from knowledge.registers.descriptions import REGISTERS
from knowledge.registers.records import Records
from knowledge.registers.rights import Actor

_RELATIVE = re.compile(r"today(?:([+-]\d+)([dmy]?))?(?:T(\d{2}:\d{2}))?")


def load(store: Store, actor: Actor, folder: Path, now: datetime, options: Options = Options()) -> list[Report]:
    """What became of the rows of every register that the folder has a file of, or would become in a dry run; of `details/` columns
    of the same rows.

    `risk_method.json`, where it is there, becomes the method first. Raises UnreadableDocument when a row is refused; then nothing
    of the folder is in the database.
    """
    if options.skip_bad or options.sheet:
        raise UnreadableDocument(folder, "a whole folder is loaded with all of its rows; load single files with --skip-bad or --sheet")
    reports: list[Report] = []
    try:
        with records.writing(store, actor, now, f"import {folder.name}", history=True) as book:
            reports = _load(book, folder, now, options)
            if options.dry_run:
                raise Undone
    except Undone:
        return reports
    for report in reports:
        report.saved = True
    return reports


def _load(book: Records, folder: Path, now: datetime, options: Options) -> list[Report]:
    names = [name for name in order() if _files(folder, name)]
    loadings: list[Loading] = []
    _method(book, folder / "risk_method.json")
    for place, name in enumerate(names):
        report, found = Report(name, _files(folder, name)[0].name, options.dry_run), REGISTERS[name]
        read = [lines_of(found, path, now, report, options, _absolute(now.date())) for path in _files(folder, name)]
        loading = Loading(book, found, report)
        loading.load(_joined(name, read), absent=frozenset(names[place + 1 :]))
        loadings.append(loading)
    for loading in loadings:
        loading.fill_in()
        loading.tell()
    if loadings and (others := _others(folder)):
        how = "no register has that name; load each with annexa import REGISTER FILE"
        loadings[-1].report.remarks.append(f"left out: {', '.join(others)}: {how}")
    refusals = [f"{one.report.file}, {refusal}" for one in loadings for refusal in one.report.refusals]
    if refusals and not options.dry_run:
        raise UnreadableDocument(folder, "\n".join(["nothing was loaded, because rows were refused", *refusals[:50]]))
    return [loading.report for loading in loadings]


@cache
def order() -> tuple[str, ...]:
    """Registers, those first that others name; a needed link decides before one that may be filled in later."""
    needs = {
        name: {column.register: column.required for column in found.columns if column.register in REGISTERS and column.register != name}
        for name, found in REGISTERS.items()
    }
    out: list[str] = []
    while left := [name for name in REGISTERS if name not in out]:
        missing = {name: [needs[name][target] for target in needs[name] if target in left] for name in left}
        out.append(min(left, key=lambda name: (any(missing[name]), len(missing[name]))))
    return tuple(out)


def _files(folder: Path, name: str) -> list[Path]:
    places = (place / f"{name}{ending}" for place in (folder, folder / "details") for ending in (".csv", ".xlsx"))
    return [path for path in places if path.exists()]


def _others(folder: Path) -> list[str]:
    """Names of tables in the folder that are called like no register."""
    tables = (path for path in folder.iterdir() if path.suffix.lower() in (".csv", ".xlsx"))
    return sorted(path.name for path in tables if path.name not in {f"{name}{path.suffix}" for name in REGISTERS})


def _method(book: Records, path: Path) -> None:
    if not path.exists():
        return
    wanted = json.loads(path.read_text("utf-8"))
    method = risk_method.current(book.session)
    if risk_method.changed(method, wanted) != method:
        risk_method.save(book, wanted, f"Loaded from {path.name}")


def _joined(name: str, files: Sequence[Sequence[Line]]) -> list[Line]:
    """One line a row, where two files hold columns of it."""
    first, *others = files
    key = REGISTERS[name].id_name
    by_id = {str(line.values.get(key)): line for line in first}
    lines = list(first)
    for line in (line for some in others for line in some):
        known = by_id.get(str(line.values.get(key)))
        if known is None:
            lines.append(line)
            continue
        known.values.update(line.values)
        known.texts.update(line.texts)
        known.raw.update(line.raw)
    return lines


def _absolute(today: date) -> Callable[[Column, str], str]:
    """A function that gives the text of a cell, a relative date in ISO form."""

    def absolute(column: Column, text: str) -> str:
        match = _RELATIVE.fullmatch(text.strip()) if column.kind in (Kind.DATE, Kind.DATETIME) else None
        if match is None:
            return text
        count, unit, time = int(match[1] or 0), match[2] or "d", match[3]
        day = today + timedelta(days=count) if unit == "d" else _months(today, count * (12 if unit == "y" else 1))
        return f"{day.isoformat()}T{time}:00Z" if time else day.isoformat()

    return absolute


def _months(day: date, count: int) -> date:
    """The same day so many months on, the last of the month where there is no such day."""
    years, month = divmod(day.month - 1 + count, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
