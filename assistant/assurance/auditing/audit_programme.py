"""The internal audit programme: every clause and every applicable control within the three years, what is riskier earlier and more than once.

Nothing is written here: what is planned becomes proposals that a person accepts. Source: ISO/IEC 27001:2022, 9.2.2; the programme of
internal audits is planned from the importance of what is audited and from the results of earlier audits.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from assistant.assurance.auditing.coverage import Area, Covered, Item, areas, coverage, falls
from assistant.assurance.auditing.cycle import months_after
from assistant.assurance.auditing.notes import Note
from assistant.assurance.plant import Plant
from knowledge.registers import Proposal, queries, rights
from knowledge.registers.records import Records

PER_YEAR = 2
"""Internal audits a year, where nothing else is asked for: small enough to be kept, enough to spread the areas."""
RISKY = 8
"""From this weight on an item is audited twice in the cycle: two risks in an upper band about AI, or one with a finding and more."""
NOTICE_DAYS = 28
"""Days from today to the first audit that is proposed: whoever is audited has to hear of it."""


@dataclass(frozen=True)
class PlannedAudit:
    """An internal audit that is proposed: quarter, areas, items, who may audit, and what is to be warned of."""

    title: str
    starts: date
    ends: date
    areas: tuple[Area, ...]
    items: tuple[Item, ...]
    auditor: str
    warnings: tuple[Note, ...] = ()

    @property
    def quarter(self) -> str:
        """`2027 Q1`."""
        return f"{self.starts.year} Q{(self.starts.month + 2) // 3}"

    @property
    def reason(self) -> str:
        """Why these areas and items now, for whoever decides about the proposal."""
        risky = [f"{one.id}: {', '.join(one.reasons)}" for one in sorted(self.items, key=lambda one: -one.weight) if one.reasons][:8]
        told = f"{len(self.items)} clauses and controls in {len(self.areas)} areas."
        return " ".join([told, *([f"Weightiest: {'; '.join(risky)}."] if risky else []), *(str(note) for note in self.warnings)])


@dataclass(frozen=True)
class Programme:
    """Audits that are proposed for a cycle.

    `uncovered` are items for which no day is left in it; `unnamed` are internal audits that are planned without a clause or control, and
    so cover nothing.
    """

    audits: tuple[PlannedAudit, ...]
    uncovered: tuple[Item, ...] = ()
    unnamed: tuple[str, ...] = ()


def plan(plant: Plant, start: date, end: date, per_year: int = PER_YEAR) -> Programme:
    """Internal audits from today to the end of the cycle, so that every item is looked at that no done or planned one covers yet.

    `start` and `end` are decision and the last day for recertification's audit. The areas with the weightiest items come first; items
    from RISKY on come again a year later; areas that every year needs stand in the last audit of each year.
    """
    slots = _slots(plant.today, max(plant.today + timedelta(days=1), start), end, per_year)
    seen = coverage(plant, start, end)
    open_items = [one.item for one in seen if one.state == "never"]
    unnamed = tuple(_unnamed(plant, start, end))
    if not slots:
        return Programme((), tuple(open_items), unnamed)
    put: dict[int, dict[str, Item]] = defaultdict(dict)
    turn = _turns(open_items, len(slots))
    for item in open_items:
        put[turn[item.area]][item.id] = item
    for one in seen:
        if one.item.weight >= RISKY and (again := _again(one, turn, slots, plant)) is not None:
            put[again][one.item.id] = one.item
    yearly = {one.id for one in areas() if one.yearly}
    for place in _last_of_years(slots):
        put[place].update({one.item.id: one.item for one in seen if one.item.area in yearly and not _audited(one, slots[place], plant)})
    return Programme(tuple(_audit(plant, slots[place], list(put[place].values())) for place in sorted(put) if put[place]), (), unnamed)


def propose(book: Records, programme: Programme, plant: Plant) -> list[str]:
    """Ids of the proposals of these audits, those left out that are proposed or planned already under the same title."""
    rights.demand(book.actor, "propose", "audit")
    known = {one.title for one in plant.rows("audit")} | {str(one.payload.get("title")) for one in _open_proposals(book, "audit")}
    made = []
    for audit in programme.audits:
        if audit.title not in known:
            sources = [{"source_id": source} for source in _sources(plant, audit)]
            proposal = book.propose(
                "audit", "create", values(audit), title=audit.title, reason=audit.reason, provenance={"sources": sources}
            )
            made.append(str(proposal.id))
    return made


def enter(book: Records, programme: Programme, plant: Plant) -> list[str]:
    """Ids of these audits as rows, entered by the person who acts; one that is there under the same title is left out. Raises NotAllowed."""
    rights.demand(book.actor, "create", "audit")
    known = {one.title for one in plant.rows("audit")}
    return [str(book.create("audit", values(one)).id) for one in programme.audits if one.title not in known]


def values(audit: PlannedAudit) -> dict[str, Any]:
    """An audit that is proposed as the columns of the register."""
    return {
        "type": "internal", "title": audit.title, "start_date": audit.starts.isoformat(), "end_date": audit.ends.isoformat(),
        "auditor": audit.auditor, "criteria": "ISO/IEC 27001:2022 and the company's own documents", "status": "planned",
        "scope": f"{', '.join(area.en for area in audit.areas)}: {', '.join(item.id for item in audit.items)}",
        "areas": "|".join(area.en for area in audit.areas), "controls": [item.id for item in audit.items],
    }  # fmt: skip


def independence(plant: Plant, auditor: str, audited: Iterable[str]) -> list[str]:
    """The audited items that belong to who audits: nobody audits their own work (9.2.2 b). The auditor may be named by id, e-mail or name."""
    person = next(
        (
            one
            for one in plant.rows("person")
            if auditor and auditor.casefold() in (one.id.casefold(), one.email.casefold(), one.name.casefold())
        ),
        None,
    )
    if person is None:
        return []
    wanted = set(audited)
    rows = [*plant.rows("control_status"), *plant.rows("clause_status")]
    return sorted(row.id for row in rows if row.id in wanted and row.owner == person.id)


def clone(book: Records, plant: Plant, id_: str, start: date, title: str = "") -> Any:
    """The new audit with the questions of an old one, each unchecked: no sample, result, note or finding is taken over. Raises RowRefused, NotAllowed."""
    rights.demand(book.actor, "create", "audit")
    old = queries.get(book.session, book.actor, "audit", id_)
    source = plant.row("audit", id_)
    length = (old.end_date - old.start_date) if old.start_date and old.end_date else timedelta(0)
    given = {
        "type": old.type, "title": title or f"{old.title} ({start.year})", "start_date": start, "end_date": start + length, "auditor": old.auditor,
        "scope": old.scope, "criteria": old.criteria, "status": "planned", "owner": source.owner if source else None, "areas": old.areas,
        "site": source.site if source else None, "controls": source.controls if source else [], "cloned_from": id_, "audience": old.audience,
    }  # fmt: skip
    made = book.create("audit", given)
    for check in plant.rows("audit_check"):
        if check.audit == id_:
            kept = {
                "area": check.area,
                "question": check.question,
                "controls": check.controls,
                "owner": check.owner,
                "audience": check.audience,
            }
            book.create("audit_check", {"audit": made.id, **kept})
    return made


# --- quarters ----------------------------------------------------------------------------------------------------


def _slots(today: date, first: date, end: date, per_year: int) -> list[tuple[date, date]]:
    """Weeks in which audits could be: one in each of `per_year` quarters of a year, none before the first day or after the end.

    The first leaves time to announce it, unless the cycle is too short for that.
    """
    step = max(12 // max(per_year, 1), 3)
    day = date(first.year, (first.month - 1) // 3 * 3 + 1, 1)
    out: list[tuple[date, date]] = []
    while day <= end:
        begins = _monday(max(day + timedelta(days=35), first, today + timedelta(days=NOTICE_DAYS)))
        fits = begins + timedelta(days=3) <= min(end, months_after(day, 3) - timedelta(days=1))
        out += [(begins, begins + timedelta(days=3))] if fits else []
        day = months_after(day, step if fits else 3)
    if not out and first <= end:
        out.append((first, min(first + timedelta(days=3), end)))
    return out


def _monday(day: date) -> date:
    return day + timedelta(days=-day.weekday() % 7)


def _turns(open_items: Sequence[Item], slots: int) -> dict[str, int]:
    """area -> slot: weightier and AI areas earlier, spread over the first two thirds so that what slips still fits."""
    by_id = {one.id: one for one in areas()}
    weight: dict[str, tuple[int, int, int]] = {}
    for item in open_items:
        best, total, _ = weight.get(item.area, (0, 0, 0))
        weight[item.area] = (max(best, item.weight), total + item.weight, by_id[item.area].ai)
    order = sorted(weight, key=lambda one: (-weight[one][0], -weight[one][2], -weight[one][1], one))
    room = max((2 * slots + 2) // 3, 1)
    return {area: place * room // len(order) for place, area in enumerate(order)}


def _again(one: Covered, turn: Mapping[str, int], slots: Sequence[tuple[date, date]], plant: Plant) -> int | None:
    """The first slot a year after an item's first audit; None where the cycle ends before."""
    if one.state == "never":
        begun = slots[turn[one.item.area]][0]
    else:
        days = [
            audit.start_date for audit in plant.rows("audit") if audit.id in one.audits and audit.type == "internal" and audit.start_date
        ]
        begun = max(days, default=plant.today)
    return next((place for place, (starts, _) in enumerate(slots) if starts >= months_after(begun, 11)), None)


def _unnamed(plant: Plant, start: date, end: date) -> Iterable[str]:
    asked = {one.audit for one in plant.rows("audit_check")}
    for audit in plant.rows("audit"):
        if (
            audit.type == "internal"
            and audit.status == "planned"
            and falls(audit, start, end)
            and not audit.controls
            and audit.id not in asked
        ):
            yield audit.id


def _last_of_years(slots: Sequence[tuple[date, date]]) -> list[int]:
    last = {starts.year: place for place, (starts, _) in enumerate(slots)}
    return sorted(last.values())


def _audited(one: Covered, slot: tuple[date, date], plant: Plant) -> bool:
    """Whether an item was or will be looked at in the slot's calendar year by an audit that is recorded already."""
    days = [audit.start_date for audit in plant.rows("audit") if audit.id in one.audits and audit.type == "internal" and audit.start_date]
    return any(day.year == slot[0].year for day in days)


# --- one audit ---------------------------------------------------------------------------------------------------


def _audit(plant: Plant, slot: tuple[date, date], some: Sequence[Item]) -> PlannedAudit:
    chosen = [area for area in areas() if any(item.area == area.id for item in some)]
    auditor, warnings = _auditor(plant, [item.id for item in some])
    quarter = f"{slot[0].year} Q{(slot[0].month + 2) // 3}"
    ordered = sorted(some, key=lambda item: [area.id for area in chosen].index(item.area))
    return PlannedAudit(
        f"Internal audit {quarter}: {chosen[0].en}{' and more' if len(chosen) > 1 else ''}",
        *slot,
        tuple(chosen),
        tuple(ordered),
        auditor,
        warnings,
    )


def _auditor(plant: Plant, audited: Sequence[str]) -> tuple[str, tuple[Note, ...]]:
    """An auditor who owns nothing of it, else the one who owns least, with a warning: who holds the office, else who has the role."""
    offices = {one.owner for one in plant.rows("governance_role") if "audit" in one.name.casefold()}
    people = [one for one in plant.rows("person") if one.id in offices] or [one for one in plant.rows("person") if one.role == "auditor"]
    owned = sorted((len(mine), one.id, one.name, mine) for one in people for mine in (independence(plant, one.id, audited),))
    if not owned:
        return "", (Note("no_auditor"),)
    _, _, name, mine = owned[0]
    return name, (Note("owns", {"name": name, "ids": ", ".join(mine)}),) if mine else ()


def _sources(plant: Plant, audit: PlannedAudit) -> list[str]:
    named = {why for item in audit.items for why in item.reasons}
    rows = [*plant.rows("risk"), *plant.rows("finding")]
    return [row.source for row in rows if row.id in named]


def _open_proposals(book: Records, register: str) -> list[Any]:
    return queries.rows(book.session, book.actor, "proposal", Proposal.register_name == register, Proposal.state == "open")
