"""Which date of a register is meant by a span of time, by `overdue`, `expires` or `the latest`, and what is said of it."""

import re
from collections.abc import Sequence
from datetime import date

from assistant.answering.registers.phrases import Item
from assistant.answering.registers.query import DATES, Condition, kind_of
from assistant.answering.registers.times import Span
from assistant.answering.registers.vocabulary import EXPIRY, due_column
from knowledge.registers import Register
from knowledge.registers.columns import Column

PAST = re.compile(
    r"created|changed|reported|detected|done|closed|uploaded|last_|_seen|held|supports|issued|patched|checked|approved|deployed|measured|noted|walked|rotated|reviewed|validated|analysed|contained|reopened|decided|raised|recorded|assessed_on|accepted_at|starts?ed"
)
"""Names of dates of what has happened."""
NATURAL = (
    "start_date", "detected_at", "reported_on", "held_on", "measured_on", "assessed_on", "raised_at", "noted_on", "walked_on", "supports_date", "recorded_on",
    "deployed_on", "done_on", "approved_on", "issued_on", "contract_start", "started_on", "valid_from", "decided_on", "last_assessment",
)  # fmt: skip
"""The date by which rows go of themselves: the first of these that they have. When they were written down is none of them."""
BEGUN = (
    "start_date", "detected_at", "reported_on", "held_on", "measured_on", "raised_at", "noted_on", "supports_date", "recorded_on", "issued_on",
    "contract_start", "started_on", "valid_from",
)  # fmt: skip
"""The date from which the age of rows counts: the first of these that they have."""
NEXT = (
    "start_date", "starts_at", "due_date", "next_review", "review_date", "next_assessment", "planned_on", "expires_on", "contract_end", "valid_until",
)  # fmt: skip
"""The date that is still to come: the first of these that they have."""
AGAIN = ("next_review", "review_date", "next_assessment", "next_due")
"""The date on which rows are to be looked at again: the first of these that they have."""
LATE = ("overdue", "review_overdue")
"""Computed columns that say that a row is late."""
TAKES_PLACE = ("start_date", "starts_at", "held_on")
"""When rows took or take place: such rows are written down before their day."""
_WRITTEN = ("created_at", "changed_at", "retired_at")
"""When a row was written down, which is no date of what it tells of."""
FINISHED = (("done",), ("action_done",), ("closed",))
"""States of what has been done."""
_FINISHED = {"state": ("done", "dropped", "closed"), "status": ("done", "closed")}


def due_again(found: Register, column: Column) -> str:
    """The column that says when what was assessed, reviewed or checked is to be so again; empty for another date, or without one."""
    again = re.search("assess|review|check|audit", column.name)
    return next((name for name in AGAIN if name in found.by_name), "") if again else ""


def is_date(found: Register, name: str) -> bool:
    """Whether a column holds days or moments."""
    return kind_of(found, found.by_name[name]) in DATES


def expiry(found: Register) -> str:
    """The column that says when a row ends, empty where there is none; a document ends with its review."""
    names = (*EXPIRY, "next_review") if found.name == "document" else EXPIRY
    return next((name for name in names if name in found.by_name), "")


def said(found: Register, span: Span, items: Sequence[Item], where: Sequence[Condition]) -> Column | None:
    """The date that words of the question name for a span of time: late, due, ending, or a state that was reached on it."""
    due = due_column(found)
    if span.low is None and due and any(_says_late(found, one) for one in items):
        return found.by_name[due]
    if due and any(one.cue("due") for one in items):
        return found.by_name[due]
    if expiry(found) and any(one.cue("expiry", "expired") for one in items):
        return found.by_name[expiry(found)]
    return reached(found, where)


def reached(found: Register, where: Sequence[Condition]) -> Column | None:
    """The date on which the state was reached that the conditions ask for: `closed on` of what is closed."""
    for one in where:
        if one.field in ("state", "status") and one.operator == "is" and len(one.values) == 1:
            names = (f"{one.values[0]}_{end}".removeprefix("action_") for end in ("on", "at"))
            if name := next((name for name in names if name in found.by_name), ""):
                return found.by_name[name]
    return None


def usual(found: Register, span: Span, today: date) -> Column | None:
    """The date that such rows go by, of what is to come for a span that lies ahead; when a row was written down is none of them."""
    future = span.low is not None and span.low >= today
    usual = next((found.by_name[name] for name in (NEXT if future else NATURAL) if _goes_by(found, name)), None)
    return usual or (None if future else _only_past(found))


def _only_past(found: Register) -> Column | None:
    """The one date on which something happened to the rows, where they have no other: when a control was last checked."""
    past = [column for column in found.columns if is_date(found, column.name) and PAST.search(column.name) and column.name not in _WRITTEN]
    return past[0] if len(past) == 1 else None


def still_to_come(found: Register, column: Column | None, span: Span, today: date) -> Column | None:
    """The date until when something is to be done, where what has been done is named for days that lie ahead: `reviewed in the next 90 days`."""
    ahead = not span.unsigned and span.low is not None and span.low >= today and (span.high is None or span.high > today)
    if column is None or not ahead or not PAST.search(column.name) or column.name in NEXT or not due_column(found):
        return column
    return found.by_name[due_column(found)]


def within(found: Register, column: Column, span: Span, items: Sequence[Item], denied: bool, today: date) -> Condition | None:
    """The condition that a date lies in a span of time; None where that cannot be denied.

    What ends before a day has not ended yet. `not checked since March` is never, or the last time before.
    """
    past = bool(PAST.search(column.name))
    span = span.signed(past, today)
    span = span.behind(today) if past else span.ahead(today)
    low, high = span.low, span.high
    if span.rest and not past and low and low < today:
        low = today
    if column.name == expiry(found) and low is None and any(one.cue("expiry") for one in items) and high and high >= today:
        low = today
    if denied:
        return Condition(field=column.name, operator="not_since", values=((low or high or today).isoformat(),)) if past else None
    if low and high:
        return Condition(field=column.name, operator="between", values=(low.isoformat(), high.isoformat()))
    end = low or high or today
    return Condition(field=column.name, operator="at_least" if low else "at_most", values=(end.isoformat(),))


def unfinished(found: Register, where: Sequence[Condition]) -> Condition | None:
    """The condition that what is due is not done yet; None where the rows have no such state, or the question says one itself."""
    if "open" in found.by_name:
        return None if any(one.field in ("open", "state") for one in where) else Condition(field="open", values=("yes",))
    for name, codes in _FINISHED.items():
        column = found.by_name.get(name)
        known = tuple(code for code in codes if column is not None and column.codes and code in column.codes)
        if known and not any(one.field == name for one in where):
            return Condition(field=name, operator="not", values=known)
    return None


def not_called_off(found: Register, where: Sequence[Condition]) -> Condition | None:
    """The condition that rows took or will take place, where rows may also be cancelled and the question says nothing of it."""
    column = found.by_name.get("status")
    if column is None or "cancelled" not in (column.codes or ()) or any(one.field == "status" for one in where):
        return None
    return Condition(field="status", operator="not", values=("cancelled",))


def ordered_by(found: Register, extreme: str, show: Sequence[str]) -> str:
    """The date in whose order the latest, the oldest or the next rows stand; empty where there is none."""
    likely = (*(one for one in show if not PAST.search(one)), *NEXT) if extreme == "next" else (*show, *NATURAL)
    return next((name for name in likely if (name in show or _goes_by(found, name)) and is_date(found, name)), "")


def _goes_by(found: Register, name: str) -> bool:
    """Whether rows have such a date and go by it: an assessment does by its day, a risk that is assessed again and again does not."""
    return name in found.by_name and (name != "assessed_on" or "assessment" in found.name)


def _says_late(found: Register, item: Item) -> bool:
    return bool(item.of("late", found.name)) or any(one.column in LATE for one in item.of("column", found.name))
