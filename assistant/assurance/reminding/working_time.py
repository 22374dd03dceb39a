"""When a person can be reached, what day it is for them, and who stands in for them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from knowledge.registers import Person, Site

_NAMES = (
    ("monday", "montag"), ("tuesday", "dienstag"), ("wednesday", "mittwoch"), ("thursday", "donnerstag"), ("friday", "freitag"),
    ("saturday", "samstag"), ("sunday", "sonntag"),
)  # fmt: skip
_WEEK = frozenset(range(5))
_FROM, _UNTIL = time(8), time(17)
_LONGEST = 60
"""Days to look ahead for a working day."""


@dataclass(frozen=True)
class Hours:
    """When somebody works, in their own time zone; `closed` are days on which the site does not."""

    zone: ZoneInfo
    days: frozenset[int] = _WEEK
    start: time = _FROM
    end: time = _UNTIL
    closed: frozenset[date | str] = frozenset()
    calendar: str = ""

    def day(self, now: datetime) -> date:
        """The date on their calendar."""
        return now.astimezone(self.zone).date()

    def works(self, day: date) -> bool:
        """Whether they work on that day."""
        closed = day in self.closed or f"{day:%m-%d}" in self.closed
        return day.weekday() in self.days and not closed and not _is_holiday(self.calendar, day)

    def reachable(self, now: datetime) -> bool:
        """Whether they are at work at that moment; a shift over midnight belongs to the day on which it begins."""
        there = now.astimezone(self.zone)
        if self.start <= self.end:
            return self.works(there.date()) and self.start <= there.time() < self.end
        began = there.date() if there.time() >= self.start else there.date() - timedelta(days=1)
        return self.works(began) and (there.time() >= self.start or there.time() < self.end)

    def next_start(self, now: datetime) -> datetime:
        """The moment itself where they are at work, else the next beginning of their work, in UTC."""
        if self.reachable(now):
            return now
        for more in range(_LONGEST):
            day = self.day(now) + timedelta(days=more)
            start = datetime.combine(day, self.start, self.zone).astimezone(UTC)
            if self.works(day) and start > now:
                return start
        return now + timedelta(days=_LONGEST)

    def ahead(self, day: date) -> date:
        """The last day before they work again: what falls due until then is said now."""
        for more in range(1, _LONGEST):
            if self.works(day + timedelta(days=more)):
                return day + timedelta(days=more - 1)
        return day


def hours_of(person: Person, site: Site | None) -> Hours:
    """A person's hours; what cannot be read counts as Monday to Friday, 8 to 17, in Berlin."""
    try:
        zone = ZoneInfo(person.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zone = ZoneInfo("Europe/Berlin")
    start, end = _span(person.working_hours)
    return Hours(
        zone,
        _days(person.working_days),
        start,
        end,
        _closed(site.closed_days if site else ""),
        site.holidays.strip() if site else "",
    )


class Crew:
    """Everybody at one moment: who may be told what, on which of their days, and who hears it in their place."""

    def __init__(self, people: Iterable[Person], sites: Iterable[Site], now: datetime, head: str | None = None) -> None:
        self.now, self._head = now, head
        self.people = {person.id: person for person in people}
        self._sites = {site.id: site for site in sites}
        self._hours: dict[str, Hours] = {}

    def hours(self, person_id: str) -> Hours:
        """When the person works."""
        if person_id not in self._hours:
            person = self.people[person_id]
            self._hours[person_id] = hours_of(person, self._sites.get(person.site or ""))
        return self._hours[person_id]

    def today(self, person_id: str) -> date:
        """The date for the person."""
        return self.hours(person_id).day(self.now)

    def active(self, person_id: str | None) -> bool:
        """Whether the person is one of us."""
        return person_id in self.people and self.people[str(person_id)].retired_at is None

    def absent(self, person_id: str) -> bool:
        """Whether the person has said to be away today."""
        person, today = self.people[person_id], self.today(person_id)
        if person.absent_from is None and person.absent_until is None:
            return False
        return (person.absent_from or today) <= today <= (person.absent_until or today)

    def reached(self, person_id: str) -> str | None:
        """Who hears what is for the person: the first of them and their deputies who is here; else the ISMS manager for one who has left.

        Somebody who is away and has no deputy who is here hears it themselves.
        """
        seen: list[str] = []
        one: str | None = person_id
        while one is not None and one in self.people and one not in seen:
            if self.active(one) and not self.absent(one):
                return one
            seen.append(one)
            one = self.people[one].deputy
        here = next((one for one in seen if self.active(one)), None)
        return here or (self.manager if person_id != self.manager else None)

    def hears(self, person_id: str | None) -> str | None:
        """Who hears what is for the person, looked up once for each."""
        if person_id is None or person_id not in self.people:
            return None
        return self.moved.get(person_id, person_id)

    @cached_property
    def manager(self) -> str | None:
        """The ISMS manager: who owns the ISMS where they hold that office, else the first who does."""
        return self._first(lambda person: person.role == "isms_manager", self._head)

    @cached_property
    def plant_manager(self) -> str | None:
        """The plant manager; the first one where there are several."""
        return self._first(lambda person: person.plant_manager)

    @cached_property
    def moved(self) -> dict[str, str | None]:
        """person -> who hears it in their place, for those where that is somebody else."""
        return {id_: other for id_ in self.people if (other := self.reached(id_)) != id_}

    def at_work(self) -> dict[tuple[date, date], list[str]]:
        """(today, the last day before they work again) -> people who can be reached at this moment."""
        out: dict[tuple[date, date], list[str]] = {}
        for id_ in self.people:
            if self.active(id_) and self.hours(id_).reachable(self.now):
                today = self.today(id_)
                out.setdefault((today, self.hours(id_).ahead(today)), []).append(id_)
        return out

    def _first(self, fits: Any, preferred: str | None = None) -> str | None:
        found = [id_ for id_, person in sorted(self.people.items()) if self.active(id_) and fits(person)]
        return preferred if preferred in found else found[0] if found else None


def _days(written: str) -> frozenset[int]:
    """`Mon-Thu|Sat`, `Mo–Fr`: numbers of the days, Monday 0."""
    out: set[int] = set()
    for part in re.split(r"[|,;]", written.casefold()):
        ends = [_number(name.strip(" .")) for name in re.split(r"[-–]", part)]
        if None in ends:
            continue
        first, last = int(ends[0] or 0), int(ends[-1] or 0)
        out |= {(first + more) % 7 for more in range((last - first) % 7 + 1)}
    return frozenset(out) or _WEEK


def _number(name: str) -> int | None:
    """The number of a day by its name or the beginning of it, in English or German."""
    return next((number for number, names in enumerate(_NAMES) if len(name) > 1 and any(full.startswith(name) for full in names)), None)


def _span(written: str) -> tuple[time, time]:
    """`07:30-16:00`."""
    found = re.fullmatch(r"\s*(\d{1,2})[:.]?(\d{2})?\s*[-–]\s*(\d{1,2})[:.]?(\d{2})?\s*", written)
    if found:
        one, first, two, last = (int(part or 0) for part in found.groups())
        if max(one, two) < 24 and max(first, last) < 60 and (one, first) != (two, last):
            return time(one, first), time(two, last)
    return _FROM, _UNTIL


@lru_cache(maxsize=200)
def _closed(written: str) -> frozenset[date | str]:
    """`2026-12-24..2027-01-02|05-01`: each day, and days of every year."""
    out: set[date | str] = set()
    for part in re.split(r"[|,;]", written):
        dates = re.findall(r"\d{4}-\d{2}-\d{2}", part)
        try:
            if dates:
                first, last = date.fromisoformat(dates[0]), date.fromisoformat(dates[-1])
                out |= {first + timedelta(days=more) for more in range(min((last - first).days, 366) + 1)}
            elif re.fullmatch(r"\d{2}-\d{2}", part.strip()):
                out.add(part.strip())
        except ValueError:
            continue
    return frozenset(out)


@lru_cache(maxsize=50)
def _calendar(name: str) -> Mapping[date, str]:
    """The public holidays of a country or a part of it, `DE` or `DE-BW`; none where it is not known."""
    import holidays

    country, _, part = name.partition("-")
    try:
        return holidays.country_holidays(country.upper(), subdiv=part.upper() or None)
    except (NotImplementedError, ValueError):
        return {}


def _is_holiday(name: str, day: date) -> bool:
    return bool(name) and day in _calendar(name)
