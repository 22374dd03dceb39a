"""What moves in the certification cycle when one audit, or the decision, is put on another day."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from assistant.assurance.auditing.cycle import TYPES, Cycle, Facts, windows, within
from knowledge.registers.records import Records

DECISION = "decision"
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Move:
    """A planned audit that leaves its window when another is moved, and the nearest working day inside it."""

    type: str
    audit: str
    before: date
    after: date
    ends: date | None


def moved(given: Facts, today: date, type_: str, to: date) -> tuple[Cycle, list[Move]]:
    """The cycle with one audit (or the `decision`) on another day, and the planned audits that thereby leave their window.

    An audit that stays inside its window keeps its date; one that leaves it goes to the nearest working day inside, and what hangs on it is
    looked at again. What was held is never moved.
    """
    moves: list[Move] = []
    before, audits = given, list(given.audits)
    if type_ == DECISION:
        given = replace(given, decided_on=to, expires_on=None)
    else:
        audits = _with_date(audits, type_, to)
    for name in TYPES[2:] if type_ == DECISION else TYPES[TYPES.index(type_) + 1 :]:
        window = windows(replace(given, audits=audits), today).window(name)
        if window is None or window.planned is None or window.state not in ("planned", "past") or not window.audit:
            continue
        after = _working(window.planned, window.earliest, window.latest)
        if after != window.planned and not _was_outside(before, today, name):
            length = (window.ends - window.planned) if window.ends else None
            moves.append(Move(name, window.audit, window.planned, after, after + length if length is not None else None))
            audits = [_shifted(one, after) if one.id == window.audit else one for one in audits]
    return windows(replace(given, audits=audits), today), moves


def propose(book: Records, type_: str, audit: str, to: date, ends: date | None, moves: Sequence[Move]) -> list[str]:
    """Ids of the proposals that put the audit on its new day, and those after it that leave their window."""
    changes = [(audit, to, ends)] if audit else []
    changes += [(one.audit, one.after, one.ends) for one in moves]
    reason = f"{type_.replace('_', ' ')} on {to.isoformat()}; what hangs on it keeps inside its window."
    return [
        str(
            book.propose(
                "audit",
                "change",
                {"start_date": day, "end_date": last or day},
                id_,
                title=f"Move {id_} to {day.isoformat()}",
                reason=reason,
            ).id
        )
        for id_, day, last in changes
    ]


def _was_outside(given: Facts, today: date, name: str) -> bool:
    """Whether an audit lay outside its window before anything moved: a person put it there, and it stays."""
    window = windows(given, today).window(name)
    return window is not None and any(note.key in ("early", "late") for note in window.warnings)


def _with_date(audits: Sequence[Any], type_: str, to: date) -> list[Any]:
    """The audits with the planned one of a type on another day; where none is planned yet, with a new one."""
    out = [_shifted(one, to) if one.type == type_ and one.status in ("planned", "") else one for one in audits]
    return out if any(one.type == type_ and one.start_date == to for one in out) else [*out, _Dated("", type_, "planned", to, to)]


def _working(day: date, earliest: date | None, latest: date | None) -> date:
    """The day itself inside the window, else the nearest working day in it (any day where there is none)."""
    if (earliest is None or day >= earliest) and (latest is None or day <= latest):
        return day
    inside = within(day, earliest, latest)
    step = DAY if inside == earliest else -DAY
    for tried in (inside + step * n for n in range(7)):
        if tried.weekday() < 5 and (earliest is None or tried >= earliest) and (latest is None or tried <= latest):
            return tried
    return inside


@dataclass(frozen=True)
class _Dated:
    """An audit on another day than the register says."""

    id: str
    type: str
    status: str
    start_date: date | None
    end_date: date | None


def _shifted(audit: Any, to: date) -> _Dated:
    length = (audit.end_date - audit.start_date) if audit.start_date and audit.end_date else timedelta(0)
    return _Dated(audit.id, audit.type, audit.status, to, to + length)
