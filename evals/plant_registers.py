"""The sample plant's registers, written through the one door that writes rows: `today-30` becomes a date, e-mails become people."""

import csv
import json
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import select

from knowledge.registers import REGISTERS, Person, Register, Store, records, risk_method
from knowledge.registers.columns import Kind
from knowledge.registers.rights import INSTALLATION

_DAY = re.compile(r"today(?:([+-]\d+))?(?:T(\d\d:\d\d))?")
_PEOPLE = re.compile(r"[\w.]+@\S+")
Line = dict[str, str]


def lines(folder: Path, name: str, today: date) -> list[Line]:
    """A register's lines, its details joined in, with dates in place of days from today."""
    joined: dict[str, Line] = {}
    for path in (folder / f"{name}.csv", folder / "details" / f"{name}.csv"):
        if path.exists():
            with path.open(encoding="utf-8", newline="") as file:
                for line in csv.DictReader(file):
                    key = next(iter(line.values()))
                    joined.setdefault(key, {}).update({head: _dated(value or "", today) for head, value in line.items()})
    return list(joined.values())


def load(store: Store, folder: Path, now: datetime) -> int:
    """Number of rows written: first each row without its links, then the links, so that rows may name each other."""
    written = 0
    with records.writing(store, INSTALLATION, now, "sample plant") as book:
        people = {person.email: person.id for person in book.session.exec(select(Person)).all()}
        if (method := folder / "risk_method.json").exists():
            risk_method.save(book, json.loads(method.read_text("utf-8")), "the sample plant's own method")
        plant = {
            found.name: lines(folder, found.name, now.date()) for found in REGISTERS.values() if found.name not in ("person", "document")
        }
        for name, some in plant.items():
            for line in some:
                book.create(name, _values(REGISTERS[name], line, people, linked=False))
                written += 1
        for name, some in plant.items():
            found = REGISTERS[name]
            for line in some:
                if links := _values(found, line, people, linked=True):
                    book.change(name, line[found.by_name[found.id_name].head], links)
    return written


def _dated(value: str, today: date) -> str:
    match = _DAY.fullmatch(value)
    if not match:
        return value
    day = (today + timedelta(days=int(match[1] or 0))).isoformat()
    return f"{day}T{match[2]}:00" if match[2] else day


def _values(found: Register, line: Mapping[str, str], people: Mapping[str, str], linked: bool) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for head, value in line.items():
        column = found.column(head)
        if column is None or column.kind is Kind.COMPUTED or not value:
            continue
        if (column.kind in (Kind.LINK, Kind.LINKS) and not column.required) == linked:
            out[head] = people.get(value, value) if _PEOPLE.fullmatch(value) else value
    return out


def ids_of(some: Iterable[Line]) -> list[str]:
    """The ids of lines, in order."""
    return [next(iter(line.values())) for line in some]
