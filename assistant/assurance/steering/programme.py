"""The programme of twelve months: tasks with dates from a start date, what depends on what, and what moves with a task.

The template is `knowledge/programme.yaml`. What is planned becomes proposals, or rows where the person who asks for it may make them and
says so. What the registers show of a task's state is worked out in `progress`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

import knowledge
from assistant.assurance.auditing.cycle import months_after
from assistant.assurance.auditing.notes import Note
from assistant.assurance.pictures import Bar
from assistant.assurance.plant import Plant
from knowledge.registers import Proposal, queries, rights
from knowledge.registers.columns import Codes
from knowledge.registers.improvement import PHASES, TASK_STATES
from knowledge.registers.records import Records

MONTHS = 12


@dataclass(frozen=True)
class Template:
    """A task of the template; `month` from 1, `day` in it from 1, `days` how long it takes, `least` the shortest that is known to work.

    `checks` are the readiness checks that can show whether it is done.
    """

    id: str
    phase: str
    en: str
    de: str
    month: int
    days: int
    least: int
    owner: str
    day: int = 1
    after: tuple[str, ...] = ()
    document: str = ""
    controls: tuple[str, ...] = ()
    shown_by: str = ""
    checks: tuple[str, ...] = ()

    def named(self, tongue: str) -> str:
        """Its name in a language."""
        return self.de if tongue == "de" else self.en


@dataclass(frozen=True)
class Planned:
    """A task with its dates, and the person who holds the role; no person where nobody does."""

    template: Template
    start: date
    due: date
    owner: str | None


@dataclass(frozen=True)
class Shift:
    """A task on other days than the register says."""

    task: str
    name: str
    start: date | None
    due: date | None
    to_start: date | None
    to_due: date | None


# --- planning ----------------------------------------------------------------------------------------------------


def plan(plant: Plant, start: date) -> list[Planned]:
    """The tasks of the template from a start date, none before what it depends on is due. Shifting the start shifts all of them."""
    out: dict[str, Planned] = {}
    for one in templates():
        begins = months_after(start, one.month - 1) + timedelta(days=one.day - 1)
        ready = [out[id_].due + timedelta(days=1) for id_ in one.after if id_ in out]
        begins = max([begins, *ready])
        out[one.id] = Planned(one, begins, begins + timedelta(days=one.days - 1), _owner(plant, one.owner))
    return sorted(out.values(), key=lambda one: (one.start, one.due))


def propose(book: Records, plant: Plant, planned: Sequence[Planned], tongue: str = "en") -> list[str]:
    """Ids of the proposals of these tasks; a task of the template that is planned or proposed already is left out."""
    rights.demand(book.actor, "propose", "programme_task")
    there = {one.template for one in plant.rows("programme_task")}
    found = queries.rows(book.session, book.actor, "proposal", Proposal.register_name == "programme_task", Proposal.state == "open")
    there |= {str(one.payload.get("template")) for one in found}
    made = []
    for one in planned:
        if one.template.id not in there:
            after = ", ".join(one.template.after) or "nothing"
            proposal = book.propose(
                "programme_task", "create", _values(one, tongue), reason=f"From the template of twelve months; comes after {after}."
            )
            made.append(str(proposal.id))
    return made


def begin(book: Records, plant: Plant, planned: Sequence[Planned], tongue: str = "en") -> list[str]:
    """Ids of these tasks as rows with their dependencies, made by the person who acts. Raises NotAllowed."""
    rights.demand(book.actor, "create", "programme_task")
    ids = {one.template: one.id for one in plant.rows("programme_task") if one.template}
    made = []
    for one in planned:
        if one.template.id not in ids:
            row = book.create(
                "programme_task", {**_values(one, tongue), "depends_on": [ids[id_] for id_ in one.template.after if id_ in ids]}
            )
            ids[one.template.id] = row.id
            made.append(str(row.id))
    return made


def moved(tasks: Sequence[Any], id_: str, due: date) -> list[Shift]:
    """The task with its new due date, and the tasks after it that would begin before it is done, each pushed with its length.

    What is done or dropped stays; a task that has room keeps its dates.
    """
    now: dict[str, tuple[date | None, date | None]] = {one.id: (one.start_date, one.due_date) for one in tasks}
    by_id = {one.id: one for one in tasks}
    if id_ not in by_id:
        return []
    start, before = now[id_]
    length = (before - start) if start and before else None
    now[id_] = (min(start, due) if start and (before is None or due >= before) else due - length if length is not None else start, due)
    for one in _in_order(tasks):
        starts, ends = now[one.id]
        held = [day for before_ in dependencies(one, tasks) if before_ in now and (day := now[before_][1])]
        if one.id == id_ or one.state in ("done", "dropped") or not held or starts is None:
            continue
        ready = max(held) + timedelta(days=1)
        if starts < ready and _hangs_on(one.id, id_, by_id, tasks):
            now[one.id] = (ready, ready + (ends - starts) if ends else None)
    return [
        Shift(one.id, one.name, one.start_date, one.due_date, *now[one.id])
        for one in tasks
        if now[one.id] != (one.start_date, one.due_date)
    ]


def propose_moves(book: Records, shifts: Sequence[Shift], reason: str) -> list[str]:
    """Ids of the proposals that carry these shifts out."""
    return [
        str(
            book.propose(
                "programme_task",
                "change",
                {"start_date": one.to_start, "due_date": one.to_due},
                one.task,
                title=f"Move {one.name}",
                reason=reason,
            ).id
        )
        for one in shifts
    ]


def because(plant: Plant, task: str, due: date) -> str:
    """Why tasks move with another, which is not named where not everybody may read it: those that move have readers of their own."""
    row = plant.row("programme_task", task)
    return f"{task if row and row.audience in ('public', 'staff') else 'A task'} is due on {due}."


def dependencies(task: Any, tasks: Sequence[Any]) -> list[str]:
    """The ids of the tasks that come before: those it names, else those of the template."""
    if task.depends_on:
        return list(task.depends_on)
    after = next((one.after for one in templates() if one.id == task.template), ())
    return [one.id for one in tasks if one.template and one.template in after]


def hurried(task: Any) -> Note | None:
    """A warning where a task has fewer days than it is known to need."""
    known = next((one for one in templates() if one.id == task.template), None)
    if known is None or not task.start_date or not task.due_date:
        return None
    days = (task.due_date - task.start_date).days + 1
    return Note("hurried", {"days": days, "least": known.least, "usual": known.days}) if days < known.least else None


@cache
def templates() -> tuple[Template, ...]:
    """The tasks of the template, each after what it depends on."""
    read = yaml.safe_load(Path(knowledge.__file__).with_name("programme.yaml").read_text("utf-8"))
    given: list[dict[str, Any]] = [{key: tuple(value) if isinstance(value, list) else value for key, value in one.items()} for one in read]
    found = [Template(**one) for one in given]
    placed: list[Template] = []
    while found:
        ready = [one for one in found if all(id_ in {done.id for done in placed} for id_ in one.after)]
        placed += ready
        found = [one for one in found if one not in ready]
        if not ready:
            raise ValueError(f"programme.yaml: {', '.join(one.id for one in found)} wait for each other or for a task that is not there")
    return tuple(placed)


# --- picture -----------------------------------------------------------------------------------------------------


def bars(plant: Plant, tongue: str) -> list[Bar]:
    """The tasks as bars of a timeline, by phase and date."""
    order = list(PHASES)
    some = [one for one in plant.rows("programme_task") if one.start_date or one.due_date]
    some.sort(key=lambda one: (order.index(one.phase) if one.phase in order else len(order), one.start_date or one.due_date, one.id))
    out = []
    for one in some:
        start, end = one.start_date or one.due_date, one.due_date or one.start_date
        state = "late" if one.overdue else "open" if one.state in ("open", "dropped") else one.state
        late = "überfällig" if tongue == "de" else "overdue"
        told = late if one.overdue else TASK_STATES[one.state].label(tongue) if one.state in TASK_STATES else one.state
        words = f"{start.isoformat()} – {end.isoformat()}, {told}"
        out.append(Bar(f"{one.id} {one.name}", start, max(start, end), state, words, group=phase_name(one.phase, tongue)))
    return out


def phase_name(code: str, tongue: str) -> str:
    """The name of a phase."""
    codes: Codes = PHASES
    word = codes[code].label(tongue) if code in codes else "–"
    return word[:1].upper() + word[1:]


# --- small things ------------------------------------------------------------------------------------------------


def _values(one: Planned, tongue: str) -> dict[str, Any]:
    return {
        "name": one.template.named(tongue), "phase": one.template.phase, "month": one.template.month, "start_date": one.start.isoformat(),
        "due_date": one.due.isoformat(), "state": "open", "owner": one.owner or "", "template": one.template.id, "controls": list(one.template.controls),
        "notes": f"Result: {one.template.document.replace('-', ' ')}" if one.template.document else "",
    }  # fmt: skip


def _owner(plant: Plant, role: str) -> str | None:
    """Who holds a role: a role of the product, the top management of the ISMS, or an office whose name has the words in it."""
    people = plant.rows("person")
    if role == "top_management":
        isms = next(iter(plant.rows("isms")), None)
        boss = next((one.id for one in people if one.plant_manager), None)
        return (isms.top_management if isms and isms.top_management else None) or boss
    if found := next((one.id for one in people if one.role == role), None):
        return str(found)
    office = next(
        (one.owner for one in plant.rows("governance_role") if one.owner and role.casefold() in one.name.casefold().split()), None
    )
    return office or next((one.id for one in people if one.role == "isms_manager"), None)


def _in_order(tasks: Sequence[Any]) -> Iterable[Any]:
    """Tasks so that each comes after what it depends on; of those that wait for each other the rest as it stands."""
    left, placed = list(tasks), set[str]()
    while left:
        ready = [
            one for one in left if all(id_ in placed or id_ not in {other.id for other in left} for id_ in dependencies(one, tasks))
        ] or left
        yield from ready
        placed |= {one.id for one in ready}
        left = [one for one in left if one.id not in placed]


def _hangs_on(id_: str, on: str, by_id: Mapping[str, Any], tasks: Sequence[Any]) -> bool:
    """Whether a task comes after another, directly or not."""
    seen, ahead = set[str](), [id_]
    while ahead:
        one = ahead.pop()
        for before in dependencies(by_id[one], tasks) if one in by_id else []:
            if before == on:
                return True
            if before not in seen:
                seen.add(before)
                ahead.append(before)
    return False
