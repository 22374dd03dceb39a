"""The certification cycle: in which window each audit lies, what is planned in it, and what moves when one is moved.

Rules and their sources (ISO/IEC 17021-1, the certification body's contract comes first):

- Stage 2 is held within 6 months after stage 1, else stage 1 is repeated. Practice leaves 1 to 3 months between the two.
- Majors of stage 2 are verified within 6 months after it, else stage 2 is repeated.
- A certificate runs three years from the decision. Where it names its own last day, that day counts.
- Surveillance 1 is held within 12 months of the decision; then no calendar year between decision and recertification goes without one.
- Recertification is decided before the last day: its audit ends early enough for closing a major (the days that the company's own method
  gives) and for the decision. Afterwards the certificate can be restored within 6 months; later at least a stage 2 is needed.

A date that a person entered counts, inside its window as outside; outside it is warned of. What hangs on an audit follows its date where
it has one, else the day that is suggested: stage 2 on stage 1, surveillance 2 on surveillance 1 and recertification, all on the decision.
"""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from assistant.assurance.auditing.notes import Note
from assistant.assurance.pictures import Bar
from assistant.assurance.plant import Plant
from knowledge.registers.audits import AUDIT_TYPES

TYPES = ("stage_1", "stage_2", "surveillance_1", "surveillance_2", "recertification")
STAGE_GAP, VERIFY_MONTHS, FIRST_MONTHS, YEARS, RESTORE_MONTHS = 6, 6, 12, 3, 6
STATES = {
    "done": ("done", "durchgeführt"), "running": ("running", "läuft"), "planned": ("planned", "geplant"), "past": ("date has passed", "Termin verstrichen"),
    "overdue": ("overdue", "überfällig"), "due": ("to be planned", "zu planen"), "ahead": ("later", "später"),
}  # fmt: skip
"""States of a window, in English and German."""
DECISION_DAYS = 30
"""What a certification body usually takes from closed majors to its decision."""
_EXPECTED_DECISION = 2
"""Months from stage 2 to the decision, where it is still to come."""
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Window:
    """When an audit has to be, and what is planned. `state` is done, running, planned, past, overdue, due or ahead."""

    type: str
    earliest: date | None
    latest: date | None
    suggested: date | None
    planned: date | None = None
    ends: date | None = None
    audit: str = ""
    state: str = "ahead"
    warnings: tuple[Note, ...] = ()

    @property
    def held(self) -> date | None:
        """The day from which what hangs on it counts: its last planned or held day, else the one suggested."""
        return self.ends or self.planned or self.suggested


@dataclass(frozen=True)
class Facts:
    """What the cycle is worked out of. `closing_days` are those in which a major is closed; `open_majors` those of stage 2."""

    audits: Sequence[Any] = ()
    decided_on: date | None = None
    expires_on: date | None = None
    suspended: bool = False
    open_majors: tuple[str, ...] = ()
    closing_days: int = 60


@dataclass(frozen=True)
class Cycle:
    """The windows of one cycle and the days that frame it; `assumed` where the decision is still to come."""

    windows: tuple[Window, ...]
    decided_on: date | None = None
    expires_on: date | None = None
    restore_until: date | None = None
    assumed: bool = False
    warnings: tuple[Note, ...] = ()

    def window(self, type_: str) -> Window | None:
        """The window of an audit of that type."""
        return next((one for one in self.windows if one.type == type_), None)

    def next_audit(self, today: date) -> Window | None:
        """The next audit of the certification body that is still to be held."""
        open_ones = [one for one in self.windows if one.state != "done"]
        return min(open_ones, key=lambda one: one.planned or one.suggested or date.max, default=None)


def facts(plant: Plant) -> Facts:
    """What the registers hold of the cycle that runs on the plant's day."""
    certificates = [one for one in plant.rows("certificate") if "27001" in one.standard and one.issued_on]
    isms = next(iter(plant.rows("isms")), None)
    decisions = [one.issued_on for one in certificates] + ([isms.certified_on] if isms and isms.certified_on else [])
    begun = [day for day in decisions if day <= plant.today]
    decided = max(begun) if begun else min(decisions, default=None)
    current = max((one for one in certificates if one.issued_on == decided), key=lambda one: one.expires_on or date.min, default=None)
    stage_2 = {one.id for one in plant.rows("audit") if one.type == "stage_2"}
    majors = tuple(one.id for one in plant.rows("finding") if one.grade == "major" and one.audit in stage_2 and one.open)
    return Facts(
        plant.rows("audit"),
        decided,
        current.expires_on if current else None,
        bool(current and current.suspended),
        majors,
        plant.context.method.deadlines.get("major", 60),
    )


def windows(given: Facts, today: date) -> Cycle:
    """The cycle with the window of each audit, in their order.

    Raises nothing: what does not fit is told in the warnings.
    """
    stages = _stages(given, today)
    decided, assumed = given.decided_on, given.decided_on is None
    if decided is None and not stages:
        return Cycle((), warnings=(Note("nothing"),))
    if decided is None:
        decided = months_after(stages[-1].held or today, _EXPECTED_DECISION)
    expires = given.expires_on or months_after(decided, 12 * YEARS) - _DAY
    restore = months_after(expires, RESTORE_MONTHS)
    later = _after(given, decided, expires, today)
    found = tuple(_judged(one, today) for one in (*stages, *later))
    cycle = Cycle(found, decided, expires, restore, assumed)
    return replace(cycle, warnings=tuple(_about(cycle, given, today)))


def bars(cycle: Cycle, tongue: str) -> list[Bar]:
    """The windows as bars of a timeline, with what is planned as a mark, and the life of the certificate."""
    out = []
    for one in cycle.windows:
        if one.earliest and one.latest:
            state = {"done": "done", "running": "running", "planned": "planned", "overdue": "late", "past": "late"}.get(one.state, "open")
            mark = one.planned or one.suggested
            words = f"{mark.isoformat()}{'' if one.planned else ' ?'}, {STATES[one.state][tongue == 'de']}" if mark else ""
            label = AUDIT_TYPES[one.type].label(tongue)
            out.append(Bar(label[:1].upper() + label[1:], one.earliest, max(one.latest, one.earliest), state, words, mark))
    if cycle.decided_on and cycle.expires_on:
        words = f"{cycle.decided_on.isoformat()} – {cycle.expires_on.isoformat()}{' ?' if cycle.assumed else ''}"
        out.append(Bar("Zertifikat" if tongue == "de" else "Certificate", cycle.decided_on, cycle.expires_on, "running", words))
    return out


def months_after(day: date, months: int) -> date:
    """The same day of another month; the last one where that month is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


# --- windows -----------------------------------------------------------------------------------------------------


def _stages(given: Facts, today: date) -> list[Window]:
    """Stage 1 and 2 of the first certification; none where the cycle began with a recertification."""
    before = [one for one in given.audits if given.decided_on is None or (one.start_date or date.max) <= given.decided_on]
    renewed = max(
        (one.start_date for one in before if one.type == "recertification" and one.status == "done" and one.start_date), default=None
    )
    one, two = _chosen(before, "stage_1"), _chosen(before, "stage_2")
    if renewed and not (two and two.start_date and two.start_date > renewed):
        return []
    if given.decided_on is None and not (one and one.start_date) and not (two and two.start_date):
        return []
    decided = given.decided_on
    aim_2 = months_after(decided, -_EXPECTED_DECISION) if decided else None
    first_day = one.start_date if one else None
    aim_2 = aim_2 or (months_after(first_day, 2) if first_day else None)
    second_day = (two.start_date if two else None) or aim_2
    first = Window("stage_1", months_after(second_day, -STAGE_GAP) if second_day else None, second_day - _DAY if second_day else None,
                   months_after(second_day, -2) if second_day else None)  # fmt: skip
    first = _with(first, one)
    end = first.held
    latest = min((day for day in (months_after(end, STAGE_GAP) if end else None, decided) if day), default=None)
    second = _with(Window("stage_2", end + _DAY if end else None, latest, aim_2), two)
    certified = decided is not None and decided <= today
    return [one for one in (first, second) if one.audit or not certified]


def _after(given: Facts, decided: date, expires: date, today: date) -> list[Window]:
    """Surveillance 1 and 2 and recertification of a certificate."""
    audits = [one for one in given.audits if one.start_date is None or one.start_date > decided]
    latest = expires - timedelta(days=given.closing_days + DECISION_DAYS)
    recert = _with(
        Window("recertification", latest - timedelta(days=90), latest, latest - timedelta(days=30)), _chosen(audits, "recertification")
    )
    year = (recert.planned or latest - timedelta(days=30)).year
    first_latest = months_after(decided, FIRST_MONTHS)
    first_earliest = max(decided + _DAY, min(date(year - 2, 1, 1), first_latest))
    first = _with(
        Window(
            "surveillance_1", first_earliest, first_latest, within(months_after(decided, FIRST_MONTHS - 1), first_earliest, first_latest)
        ),
        _chosen(audits, "surveillance_1"),
    )
    held = first.held or first_latest
    before = min(recert.planned or recert.earliest or latest, recert.earliest or latest) - _DAY
    second_latest = max(min(date(held.year + 1, 12, 31), before), held + _DAY)
    second_earliest = min(max(held + _DAY, date(min(year - 1, held.year + 1), 1, 1)), second_latest)
    second = _with(
        Window(
            "surveillance_2",
            second_earliest,
            second_latest,
            within(months_after(decided, 2 * FIRST_MONTHS - 1), second_earliest, second_latest),
        ),
        _chosen(audits, "surveillance_2"),
    )
    return [first, second, recert]


def _chosen(audits: Iterable[Any], type_: str) -> Any | None:
    """The audit that stands for a type: held before planned, then the latest held or the first planned; a cancelled one never."""
    some = [one for one in audits if one.type == type_ and one.status != "cancelled"]
    held = [one for one in some if one.status in ("done", "running")]
    if held:
        return max(held, key=lambda one: one.start_date or date.min)
    return min(some, key=lambda one: one.start_date or date.max, default=None)


def _with(window: Window, audit: Any | None) -> Window:
    if audit is None:
        return window
    state = audit.status if audit.status in ("done", "running") else "planned" if audit.start_date else "ahead"
    return replace(window, planned=audit.start_date, ends=audit.end_date or audit.start_date, audit=audit.id, state=state)


def _judged(window: Window, today: date) -> Window:
    """The window with its state on a day and what is to be warned of."""
    notes: list[Note] = []
    state = window.state
    if window.planned and window.earliest and window.planned < window.earliest:
        notes.append(Note("early", {"day": window.planned, "earliest": window.earliest}))
    if window.planned and window.latest and window.planned > window.latest:
        notes.append(Note("late", {"day": window.planned, "latest": window.latest}))
    if state not in ("done", "running"):
        if window.latest and window.latest < today:
            state = "overdue"
            notes.append(Note("overdue", {"latest": window.latest}))
        elif window.planned and (window.ends or window.planned) < today:
            state = "past"
            notes.append(Note("past", {"day": window.planned}))
        elif not window.planned:
            state = "due" if window.earliest and window.earliest <= today else "ahead"
            notes += [Note("no_date", {"suggested": window.suggested})] if state == "due" and window.suggested else []
    return replace(window, state=state, warnings=tuple(notes))


def _about(cycle: Cycle, given: Facts, today: date) -> Iterable[Note]:
    """What is to be told about the cycle as a whole."""
    one, two = cycle.window("stage_1"), cycle.window("stage_2")
    assert cycle.decided_on and cycle.expires_on and cycle.restore_until
    if cycle.assumed:
        yield Note("assumed", {"day": cycle.decided_on})
    if one and two and one.planned and two.planned and two.planned > months_after(one.ends or one.planned, STAGE_GAP):
        yield Note("repeat_stage_1")
    if two and two.state == "done" and given.open_majors and cycle.assumed and two.held:
        by = months_after(two.held, VERIFY_MONTHS)
        yield Note("repeat_stage_2" if by < today else "verify", {"ids": ", ".join(given.open_majors), "day": by})
    if given.expires_on and given.expires_on > months_after(cycle.decided_on, 12 * YEARS):
        yield Note("too_long", {"day": given.expires_on})
    yield from (Note("year_without", {"year": str(year)}) for year in _years_without(cycle))
    recert = cycle.window("recertification")
    needed = given.closing_days + DECISION_DAYS
    if recert and recert.planned and recert.state != "done" and recert.planned > cycle.expires_on - timedelta(days=needed):
        yield Note("decision_late", {"days": str(needed), "day": cycle.expires_on})
    if today > cycle.expires_on and not cycle.assumed:
        yield Note("expired" if today <= cycle.restore_until else "gone", {"day": cycle.expires_on, "until": cycle.restore_until})
    if given.suspended:
        yield Note("suspended")


def _years_without(cycle: Cycle) -> list[int]:
    """Calendar years between decision and recertification into which no surveillance falls as things are planned."""
    days = {name: window.planned or window.suggested for name in TYPES[2:] if (window := cycle.window(name))}
    assert cycle.decided_on
    recert = days.get("recertification")
    with_one = {day.year for name, day in days.items() if day and name != "recertification"}
    return [year for year in range(cycle.decided_on.year + 1, recert.year if recert else 0) if year not in with_one]


def within(day: date, earliest: date | None, latest: date | None) -> date:
    """The day nearest to a day in a window."""
    day = max(day, earliest) if earliest else day
    return min(day, latest) if latest else day
