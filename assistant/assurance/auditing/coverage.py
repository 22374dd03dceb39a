"""What audits cover: the clauses and controls that have to be audited, the areas they belong to, and which audit looks at which."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

import knowledge
from assistant.assurance.auditing.cycle import YEARS, Cycle, months_after
from assistant.assurance.plant import Plant, texts
from knowledge import controls

_OTHERS = "other-controls"


@dataclass(frozen=True)
class Area:
    """What one auditor looks at in one go, with the ids that belong to it."""

    id: str
    en: str
    de: str
    items: tuple[str, ...]
    ai: bool = False
    yearly: bool = False
    samples: tuple[str, ...] = ()

    def named(self, tongue: str) -> str:
        """Its name in a language."""
        return self.de if tongue == "de" else self.en


@dataclass(frozen=True)
class Item:
    """A clause or control that has to be audited, with its weight and where that comes from."""

    id: str
    title: str
    area: str
    weight: int = 0
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Covered:
    """A line of the coverage matrix: audit -> `planned` or `done`, and the item's own state `done`, `planned` or `never`."""

    item: Item
    audits: Mapping[str, str]
    state: str
    last_done: date | None


def items(plant: Plant) -> list[Item]:
    """Every clause from 4 to 10, every control of Annex A that is not excluded, and controls of other standards that the SoA applies."""
    statuses = {one.id: one for one in plant.rows("control_status")}
    catalogue = controls.catalogue()
    entries = [entry for entry in catalogue.entries(controls.ISO_2022) if entry.kind == "subclause" or entry.id.count(".") == 2]
    wanted = [entry for entry in entries if getattr(statuses.get(entry.id), "applicable", None) is not False]
    known = {entry.id for entry in entries}
    others = [(id_, catalogue.by_source(id_)) for id_, one in sorted(statuses.items()) if id_ not in known and one.applicable]
    home = {id_: area.id for area in areas() for id_ in area.items}
    weights = _weights(plant)
    found = [(entry.id, entry.title, home.get(entry.id, _OTHERS)) for entry in dict.fromkeys(wanted)]
    found += [(id_, entry.title if entry else id_, _OTHERS) for id_, entry in others]
    return [Item(id_, title, area, *_weight(weights[id_])) for id_, title, area in found]


def span(cycle: Cycle, today: date) -> tuple[date, date]:
    """First and last day for which the programme is made: from the decision to the last day for recertification; three years where there is none.

    A certificate that says it runs longer than a cycle is not planned to its end: that is a slip of whoever typed it.
    """
    recert = cycle.window("recertification")
    start, end = cycle.decided_on or today, (recert.latest if recert else None) or today
    end = min(end, months_after(today, 12 * (YEARS + 1)))
    return (start, end) if end > today and not cycle.assumed else (today, months_after(today, 12 * YEARS))


def coverage(plant: Plant, start: date, end: date) -> list[Covered]:
    """Each item with the audits of the days from start to end that look at it; a done audit counts where it names the item or checked it."""
    some = [one for one in plant.rows("audit") if one.status != "cancelled" and falls(one, start, end)]
    checked: dict[str, set[str]] = defaultdict(set)
    asked: dict[str, set[str]] = defaultdict(set)
    for check in plant.rows("audit_check"):
        (checked if check.result else asked)[check.audit or ""].update(check.controls)
    out = []
    for item in items(plant):
        audits = {}
        for audit in some:
            named = names(item.id, audit.controls)
            if audit.status == "done" and (named or names(item.id, checked[audit.id])):
                audits[audit.id] = "done"
            elif named or names(item.id, asked[audit.id] | checked[audit.id]):
                audits[audit.id] = "planned" if audit.status != "done" else "open"
        own = {state for id_, state in audits.items() if _type(some, id_) == "internal"}
        done = [one.end_date or one.start_date for one in some if audits.get(one.id) == "done" and one.type == "internal"]
        state = "done" if "done" in own else "planned" if "planned" in own else "never"
        out.append(Covered(item, audits, state, max(done, default=None)))
    return out


@cache
def areas() -> tuple[Area, ...]:
    """The areas of `knowledge/audit_areas.yaml`, and last the one for controls of other standards."""
    read = yaml.safe_load((Path(knowledge.__file__).with_name("audit_areas.yaml")).read_text("utf-8"))
    found = [
        Area(one["id"], one["en"], one["de"], tuple(id_ for part in one["items"] for id_ in _run(str(part))), bool(one.get("ai")),
             bool(one.get("yearly")), tuple(one.get("samples", ())))
        for one in read
    ]  # fmt: skip
    return (*found, Area(_OTHERS, "controls of other standards", "Controls anderer Normen", (), True))


def names(id_: str, named: Iterable[str]) -> bool:
    """Whether an item, or a clause above it, is among the ids."""
    ids = set(named)
    parts = id_.split(".")
    above = [] if id_.startswith("A.") or ":" in id_ else [".".join(parts[:n]) for n in range(1, len(parts))]
    return id_ in ids or any(one in ids for one in above)


def falls(audit: Any, start: date, end: date) -> bool:
    return audit.start_date is not None and start <= audit.start_date <= end


def sampled(audit: Any) -> list[str]:
    """The kinds of samples that an audit's areas call for, in the order of the areas; all of them where it names none that is known."""
    wanted = {part.casefold() for part in texts(audit.areas)}
    chosen = [area for area in areas() if {area.en.casefold(), area.de.casefold(), area.id} & wanted] or list(areas())
    return list(dict.fromkeys(kind for area in chosen for kind in area.samples))


def _weights(plant: Plant) -> Mapping[str, list[tuple[int, str]]]:
    """item -> (points, why): 3 for a risk in an upper band, 1 for another; 3 for an open finding, 2 for a closed one; 2 where AI is concerned.

    Rows that not everybody may read weigh as others do, without their id: proposals tell why.
    """
    out: dict[str, list[tuple[int, str]]] = defaultdict(list)
    upper = {band.code for band in plant.context.method.bands[-2:]}
    ai = set()
    for risk in plant.rows("risk"):
        for id_ in {*risk.annex_a_controls, *risk.iso42001_controls}:
            out[id_].append((3 if risk.band in upper else 1, _why(risk)))
            if risk.ai_system:
                ai.add(id_)
    for finding in plant.rows("finding"):
        for id_ in finding.requirement:
            out[id_].append((3 if finding.open else 2, _why(finding)))
    for id_ in ai:
        out[id_].append((2, "AI"))
    return out


def _why(row: Any) -> str:
    return str(row.id) if row.audience in ("public", "staff") else "restricted"


def _weight(points: Sequence[tuple[int, str]]) -> tuple[int, tuple[str, ...]]:
    ordered = sorted(points, key=lambda one: (-one[0], one[1]))
    return sum(number for number, _ in points), tuple(dict.fromkeys(why for _, why in ordered))[:6]


def _run(part: str) -> list[str]:
    """`A.5.15-A.5.18` as its four ids."""
    first, _, last = part.partition("-")
    if not last:
        return [first]
    head, _, low = first.rpartition(".")
    return [f"{head}.{number}" for number in range(int(low), int(last.rpartition(".")[2]) + 1)]


def _type(audits: Iterable[Any], id_: str) -> str:
    return next((str(one.type) for one in audits if one.id == id_), "")
