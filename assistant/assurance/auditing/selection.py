"""Rows picked from a register by a line of text, and how recent they are: what audit questions and the audit pack rest on.

`audit?type=internal&status=done @end_date 12m` means: rows of `audit` under these conditions (those of a list's address), proving the
day in `end_date`, and worth something for 12 months. `today`, `today-90d` and `today+6m` stand for days.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode

from sqlmodel import Session

from assistant import addresses
from knowledge.errors import BadKnowledge
from knowledge.registers import REGISTERS, Register, listing, queries
from knowledge.registers.columns import Column, Kind
from knowledge.registers.derived import Context
from knowledge.registers.listing import Wanted
from knowledge.registers.rights import Actor

MONTHS = 12
"""How old a proof may be where nothing else is said."""
SHOWN = 3
AT_ONCE = 5_000
"""How many rows are read from the database at a time."""
_LINE = re.compile(r"(\w+)\?(\S.*?)(?:\s+@(\w+)(?:\s+(\d+)m)?)?")
_DAY = re.compile(r"\btoday(?:([+-])(\d+)([dm]))?\b")
_LABELS = ("name", "title", "number", "version")


@dataclass(frozen=True)
class Selection:
    """Conditions on a register's columns; `dated` is the column with the day that a row proves, empty where its being there is enough."""

    register: str
    conditions: tuple[tuple[str, str], ...]
    dated: str = ""
    months: int = MONTHS

    def on(self, today: date) -> tuple[tuple[str, str], ...]:
        """The conditions with the words for days replaced by days."""
        return tuple((name, _DAY.sub(lambda found: _day(found, today), value)) for name, value in self.conditions)

    def address(self, today: date) -> str:
        """The page that shows the same rows."""
        return f"/registers/{self.register}?{urlencode(self.on(today), safe=':|')}"


@dataclass(frozen=True)
class Citation:
    """What an answer rests on: a row or a passage, the words that count, and the day that they prove."""

    source_id: str
    title: str
    quote: str
    url: str
    day: date | None = None


@dataclass(frozen=True)
class Selected:
    """Rows that were found: how many, the newest of them cited, and the newest day up to today that one of them proves."""

    total: int
    citations: tuple[Citation, ...]
    newest: date | None = None


@cache
def read(line: str) -> Selection:
    """The selection that a line says. Raises BadKnowledge for one that says none, or that names a register or column that is not there."""
    found = _LINE.fullmatch(line.strip())
    if found is None or found[1] not in REGISTERS:
        raise BadKnowledge(f"{line}: write register?column=value&column=operator:value @date_column 12m.")
    parts = tuple((name, value) for part in found[2].split("&") for name, _, value in [part.partition("=")])
    columns = REGISTERS[found[1]].by_name
    unknown = [name for name in (*(name for name, _ in parts), found[3]) if name and name not in columns]
    if unknown:
        raise BadKnowledge(f"{line}: {found[1]} has no column {', '.join(unknown)}.")
    return Selection(found[1], parts, found[3] or "", int(found[4] or MONTHS))


class Look:
    """The registers as one actor may see them on one day, in one language; a row that was read is not read again."""

    def __init__(self, session: Session, actor: Actor, context: Context, language: str = "en") -> None:
        self.session, self.actor, self.context, self.language = session, actor, context, language
        self._known: dict[tuple[str, str], dict[str, Any]] = {}

    @property
    def today(self) -> date:
        """The day on which everything is looked at."""
        return self.context.today

    def select(self, selection: Selection) -> Selected:
        """What the selection finds; rows that prove a later day than today are counted and cited, but make nothing newer."""
        found, conditions = REGISTERS[selection.register], selection.on(self.today)
        sort = (f"-{selection.dated}",) if selection.dated else ()
        rows, total = self._page(found, conditions, sort, SHOWN)
        newest = None
        if selection.dated and total:
            until = (*conditions, (selection.dated, f"lt:{self.today + timedelta(days=1)}"))
            past, _ = self._page(found, until, sort, 1)
            newest = _date(self.values(found, past)[0][selection.dated]) if past else None
        named = [name for name, _ in conditions]
        return Selected(total, tuple(self._citation(found, row, named, selection.dated) for row in self.values(found, rows)), newest)

    def row(self, register: str, id_: str) -> dict[str, Any]:
        """The values of one row by column; empty where there is none for this actor."""
        if (register, id_) not in self._known:
            found = REGISTERS[register]
            rows, _ = self._page(found, ((found.id_name, f"eq:{id_}"),), (), 1)
            self._known[register, id_] = self.values(found, rows)[0] if rows else {}
        return self._known[register, id_]

    def rows(self, register: str, *conditions: tuple[str, str], sort: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Values of all rows under conditions, worked out ones included."""
        found, out = REGISTERS[register], list[dict[str, Any]]()
        while True:  # in portions, for a row as the database gives it takes far more room than its values
            some, total = self._page(found, conditions, tuple(sort), AT_ONCE, len(out))
            plain = self.values(found, some)
            more = queries.computed(self.session, found, [row[found.id_name] for row in plain], self.context)
            out += [{**row, **more[row[found.id_name]]} for row in plain]
            if not some or len(out) >= total:
                return out

    def values(self, found: Register, rows: Sequence[Any]) -> list[dict[str, Any]]:
        """Plain values of rows, lists included."""
        return queries.values_of(self.session, self.actor, found, rows)

    def person(self, id_: str | None) -> str:
        """A person's name, empty for nobody."""
        return str(self.row("person", id_).get("name", "")) if id_ else ""

    def shown(self, found: Register, name: str, value: Any) -> str:
        """A value in words of the language: the label of a code, yes or no, the name of a person."""
        column = found.by_name[name]
        if value in (None, "", []):
            return ""
        if isinstance(value, bool):
            return {"de": ("nein", "ja")}.get(self.language, ("no", "yes"))[value]
        if column.kind is Kind.PERSON:
            return self.person(value) or str(value)
        if isinstance(value, list):
            return ", ".join(map(str, value))
        if column.kind is Kind.DATETIME:
            return str(value)[:16].replace("T", " ")
        return _coded(column, str(value), self.language)

    def _page(
        self, found: Register, conditions: Sequence[tuple[str, str]], sort: tuple[str, ...], limit: int, offset: int = 0
    ) -> tuple[list[Any], int]:
        return listing.page(self.session, self.actor, found, Wanted(tuple(conditions), sort=sort), self.context, limit, offset)

    def _citation(self, found: Register, row: dict[str, Any], named: Sequence[str], dated: str) -> Citation:
        id_ = str(row[found.id_name])
        label = next((str(row[name]) for name in _LABELS if row.get(name)), "")
        told = [
            f"{found.by_name[name].words.label(self.language)}: {said}"
            for name in dict.fromkeys(filter(None, (dated, *named)))
            if name in row and name != found.id_name and (said := self.shown(found, name, row[name]))
        ]
        source = queries.source_of(found, id_)
        title = label if label.startswith(id_) else f"{id_} {label}".strip()
        return Citation(source, title, "; ".join(told)[:500], addresses.source(source), _date(row.get(dated)) if dated else None)


def stale(newest: date | None, today: date, months: int) -> bool:
    """Whether a day lies further back than so many months."""
    return newest is None or newest < back(today, months)


def back(day: date, months: int) -> date:
    """The same day so many months earlier, the last of the month where it has none such; negative months lead forward."""
    place = day.year * 12 + day.month - 1 - months
    first_after = date((place + 1) // 12, (place + 1) % 12 + 1, 1)
    return min(date(place // 12, place % 12 + 1, 1) + timedelta(days=day.day - 1), first_after - timedelta(days=1))


def _day(found: re.Match[str], today: date) -> str:
    sign, number, unit = found.groups()
    if not sign:
        return today.isoformat()
    many = int(number) * (1 if sign == "+" else -1)
    return (today + timedelta(days=many) if unit == "d" else back(today, -many)).isoformat()


def _date(value: Any) -> date | None:
    return date.fromisoformat(str(value)[:10]) if value else None


def _coded(column: Column, value: str, language: str) -> str:
    return column.codes[value].label(language) if column.codes and value in column.codes else value
