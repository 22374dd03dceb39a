"""How long corrective actions have been open, how late they are and how long nothing has happened, by grade and by owner. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Any

from assistant.assurance.corrective.actions import DATE_OF

STRETCHES = ((0, 30), (31, 60), (61, 90), (91, 180), (181, None))
"""Days open, first and last, that are counted together; the last stretch has no end."""


@dataclass(frozen=True)
class Age:
    """One open action as of a day: days since it was reported, days past its due day (0 where it is not late), days since its last step."""

    id: str
    grade: str
    owner: str
    days_open: int
    days_late: int
    days_still: int


@dataclass(frozen=True)
class Group:
    """Open actions that share a grade or an owner; `stretches` counts them by days open, as STRETCHES parts them."""

    name: str
    count: int
    late: int
    oldest: int
    middle: int
    longest_late: int
    longest_still: int
    stretches: tuple[int, ...]


def ages(actions: Iterable[Any], grades: Mapping[str, str], today: date) -> list[Age]:
    """The age of each action that is not closed, the longest open first; `grades` are the grades of findings by id."""
    found = [age(action, grades.get(action.finding or "", ""), today) for action in actions if action.state != "closed"]
    return sorted(found, key=lambda one: (-one.days_open, one.id))


def age(action: Any, grade: str, today: date) -> Age:
    """The age of one action."""
    begun = action.reported_on or action.created_at.date()
    last = max((day for name in DATE_OF.values() if (day := getattr(action, name)) is not None and day <= today), default=begun)
    late = (today - action.due_date).days if action.due_date else 0
    return Age(action.id, grade, action.owner or "", max((today - begun).days, 0), max(late, 0), max((today - last).days, 0))


def grouped(ages: Sequence[Age], by: str) -> list[Group]:
    """The ages by `grade` or `owner`, the group with the oldest action first."""
    names = dict.fromkeys(getattr(one, by) for one in ages)
    groups = [_group(name, [one for one in ages if getattr(one, by) == name]) for name in names]
    return sorted(groups, key=lambda group: (-group.oldest, group.name))


def _group(name: str, some: Sequence[Age]) -> Group:
    opened = [one.days_open for one in some]
    return Group(
        name,
        len(some),
        sum(one.days_late > 0 for one in some),
        max(opened),
        round(median(opened)),
        max(one.days_late for one in some),
        max(one.days_still for one in some),
        tuple(sum(low <= days and (high is None or days <= high) for days in opened) for low, high in STRETCHES),
    )
