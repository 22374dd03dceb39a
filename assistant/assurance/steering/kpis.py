"""Key figures: measured once a day and appended, judged against the company's own target, told where they miss it.

A key figure whose column `measure` names a computation is worked out here; all others are imported, and never touched.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from assistant.assurance.corrective import findings
from assistant.assurance.pictures import Point
from assistant.assurance.plant import Plant
from assistant.assurance.seen import Seen
from assistant.assurance.steering.measures import MEASURES, Measured
from knowledge.errors import Problem, RowRefused
from knowledge.registers import rights
from knowledge.registers.records import Records

Verdict = Literal["met", "missed", "alarm", "no_target", "no_value"]


@dataclass(frozen=True)
class Value:
    """A key figure on one day, with how it stands against its target."""

    kpi: str
    name: str
    day: date
    measured: Measured
    verdict: Verdict


@dataclass(frozen=True)
class Report:
    """What a measuring gave: values that were appended, key figures left out with the reason, and what a finding may be raised from."""

    appended: tuple[Value, ...]
    left_out: tuple[tuple[str, str], ...]
    missed: tuple[Seen, ...]


@dataclass(frozen=True)
class Line:
    """A key figure as a page shows it: its row, its values by day, the last one, and how that stands."""

    kpi: Any
    points: tuple[Point, ...]
    last: Any | None
    verdict: Verdict


def judge(kpi: Any, value: float | None) -> Verdict:
    """How a value stands against target and alarm threshold of the company's row; `no_target` where there is none, or no direction."""
    if value is None:
        return "no_value"
    if kpi.direction not in ("up", "down") or (kpi.target is None and kpi.threshold is None):
        return "no_target"

    def beyond(limit: float | None) -> bool:
        return limit is not None and (value < limit if kpi.direction == "up" else value > limit)

    return "alarm" if beyond(kpi.threshold) else "missed" if beyond(kpi.target) else "met"


def measure(book: Records, plant: Plant, at: date) -> Report:
    """The computed key figures of a day, each appended once a day: a second time changes nothing.

    Raises RowRefused for a day to come; a past day gives only those whose rows carry their day.
    """
    rights.demand(book.actor, "create", "measurement")
    if at > plant.today:
        raise RowRefused([Problem("measurement", "", "date", at.isoformat(), "it is a day to come; measure today or earlier")])
    there = {one.kpi for one in plant.rows("measurement") if one.measured_on == at}
    appended: list[Value] = []
    left: list[tuple[str, str]] = []
    for kpi in plant.rows("kpi"):
        if not kpi.measure:
            continue
        if reason := _reason(kpi, at, plant.today, there):
            left.append((kpi.id, reason))
            continue
        found = MEASURES[kpi.measure].of(plant.open_to(kpi.audience), at)
        if found.value is None:
            left.append((kpi.id, "nothing recorded that could be measured"))
            continue
        _append(book, kpi, at, found)
        appended.append(Value(kpi.id, kpi.name, at, found, judge(kpi, found.value)))
    return Report(tuple(appended), tuple(left), tuple(over(plant, appended)))


def propose(book: Records, missed: Sequence[Seen]) -> list[str]:
    """Ids of the open proposals of findings about figures beyond their limit; what is a finding already gets no second.

    The product proposes, so that the ISMS manager may decide, in the transaction of the measuring: a figure is measured once a day, and would
    be passed over if the process ended in between.
    """
    if not missed:
        return []
    with book.by_the_product("key figures") as product:
        return [str(one.id) for one in (findings.propose(product, seen) for seen in missed) if one.state == "open"]


def over(plant: Plant, values: Sequence[Value]) -> list[Seen]:
    """The facts for a finding about each value that misses its target or is beyond its alarm threshold."""
    out = []
    for one in values:
        if one.verdict not in ("missed", "alarm"):
            continue
        kpi = plant.row("kpi", one.kpi)
        assert kpi is not None and one.measured.value is not None
        limit = kpi.threshold if one.verdict == "alarm" else kpi.target
        word = "at least" if kpi.direction == "up" else "at most"
        parts = (
            f" ({one.measured.numerator:g} of {one.measured.denominator:g})"
            if one.measured.denominator and one.measured.numerator is not None
            else ""
        )
        out.append(
            Seen(
                f"{kpi.name}: {one.measured.value:g} {kpi.unit}".strip(), MEASURES[kpi.measure].controls,
                f"{kpi.id} on {one.day.isoformat()}: {one.measured.value:g} {kpi.unit}{parts}; sample of {one.measured.sample}; {one.measured.query}",
                f"The company's limit is {word} {limit:g} {kpi.unit}. Action when missed: {kpi.action_when_missed or 'none is written down'}.",
                "observation", (kpi.source, *one.measured.rows[:20]), origin=f"kpi:{kpi.id}", owner=kpi.owner or "", audience=kpi.audience,
            )
        )  # fmt: skip
    return out


def lines(plant: Plant, months: int = 24) -> list[Line]:
    """Every key figure with its course, imported ones too."""
    rows = plant.rows("measurement")
    out = []
    for kpi in plant.rows("kpi"):
        # A correction is a newer row for the same day: the last one counts.
        days = {one.measured_on: one for one in sorted(rows, key=lambda one: one.id) if one.kpi == kpi.id and one.measured_on}
        ordered = [days[day] for day in sorted(days)][-months * 31 :]
        last = ordered[-1] if ordered else None
        points = tuple(Point(one.measured_on, one.value) for one in ordered if one.value is not None)
        out.append(Line(kpi, points, last, judge(kpi, last.value if last else None)))
    return out


def _reason(kpi: Any, at: date, today: date, there: set[str | None]) -> str:
    """Why a key figure is not measured on that day; empty where it is."""
    if kpi.measure not in MEASURES:
        return f"{kpi.measure}: there is no such measure; there are {', '.join(MEASURES)}"
    if kpi.id in there:
        return "measured on that day already"
    if at != today and not MEASURES[kpi.measure].dated:
        return "it tells the state of a day and can be measured on that day only"
    return ""


def _append(book: Records, kpi: Any, at: date, found: Measured) -> None:
    given = {
        "kpi": kpi.id, "measured_on": at, "value": found.value, "note": f"computed as {kpi.measure}: {found.query}", "sample_size": found.sample,
        "numerator": found.numerator, "denominator": found.denominator, "audience": kpi.audience,
    }  # fmt: skip
    book.create("measurement", given)
