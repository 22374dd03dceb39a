"""How an action's task is made, changed and commented in the tracker: what the outbox is told to do, and what is written down once it is done."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from assistant import addresses
from assistant.assurance.outbox import Doubtful
from connectors.base import NotYet, Task, TaskChange, TaskRef, Tracker
from knowledge.registers import CorrectiveAction, ExternalComment, ExternalRef, Finding, Outbox, Person, Store
from knowledge.registers.audits import ACTION_STATES, GRADES
from knowledge.registers.records import Records
from knowledge.registers.rights import INSTALLATION

ACTION = "corrective_action"
FILE, CHANGE, REMARK = "task", "task-change", "task-comment"
OPEN_TO_ALL = ("public", "staff")
"""Readers whose rows may be told to a tracker; of any other row only id and link leave."""
_SETTLED = timedelta(minutes=2)
"""How long a comment that was begun may still be on its way."""
WHOLE, NEUTRAL = "whole", "neutral"
"""What a task's text says: what the action is about, or only where that stands."""
OURS = "Annexa"
"""The author of what the product itself says on a task."""
_CLOSING = "Closing this task does not close the corrective action: it asks for the evidence that the action was done."


def wanted(session: Session, action: CorrectiveAction) -> dict[str, str]:
    """How the task of an action shall be: due day, owner's e-mail, state, the step that the action has reached, and whether its text says what it is about."""
    told = {"due_on": "", "owner": "", "step": "", "state": _state(action), "text": NEUTRAL}
    if action.audience in OPEN_TO_ALL:
        owner = session.get(Person, action.owner) if action.owner else None
        told |= {
            "text": WHOLE,
            "due_on": str(action.due_date or ""),
            "owner": owner.email if owner and not owner.retired_at else "",
            "step": action.state,
        }
    return told


def task_of(session: Session, action: CorrectiveAction, installation: str, address: str, number: int = 1) -> Task:
    """The action as a task. `installation` keeps apart two plants that file into one project, `address` is that of our pages.

    `number` counts the tasks of the action: one that is filed in place of another has a key of its own, and is never taken for that one.
    """
    key = "|".join((installation, *([str(number)] if number > 1 else []), action.id))
    url = address + addresses.row(ACTION, action.id)
    if action.audience not in OPEN_TO_ALL:
        return Task(
            key, f"Corrective action {action.id}", f"What it is about stands in Annexa, for those who may read it.\n\n{_CLOSING}", url=url
        )
    owner = session.get(Person, action.owner) if action.owner else None
    finding = session.get(Finding, action.finding) if action.finding else None
    parts = []
    if finding and finding.audience in OPEN_TO_ALL and not finding.retired_at:
        grade = GRADES[finding.grade].label() if finding.grade in GRADES else finding.grade
        parts += [f"Finding {finding.id} ({grade}): {finding.title}", finding.gap]
    parts += [f"Action: {action.action}" if action.action else "", f"Owner: {owner.name}" if owner else "Owner: to be named", _CLOSING]
    told = wanted(session, action)
    due = date.fromisoformat(told["due_on"]) if told["due_on"] else None
    return Task(key, f"{action.id} {action.title}", "\n\n".join(part for part in parts if part), due, told["owner"], url=url)


def ref_of(session: Session, row_id: str, lock: bool = False) -> ExternalRef | None:
    """Where an action's task is; None where it has none."""
    statement = select(ExternalRef).where(ExternalRef.kind == ACTION, ExternalRef.row_id == row_id).order_by(col(ExternalRef.id))
    return session.exec(statement.with_for_update() if lock else statement).first()


def number_of(ref: ExternalRef | None) -> int:
    """Which of the action's tasks, one after another, the link leads to; 1 where there is none yet."""
    return len(ref.seen.get("earlier", ())) + 1 if ref else 1


def relink(session: Session, held: ExternalRef, ref: TaskRef, told: Mapping[str, str], now: datetime) -> None:
    """The action's task is another from now on; the one before stays in the link's history, and its comments with it."""
    before = {"tracker": held.tracker, "task": held.key, "url": held.url, "gone": held.missing_at.isoformat() if held.missing_at else ""}
    # What was counted goes on being counted: what is asked on the new task is not taken for what was asked on the old one.
    held.seen = {"told": dict(told), "times": held.seen.get("times", 0), "earlier": [*held.seen.get("earlier", ()), before]}
    held.tracker, held.key, held.url, held.last_state, held.seen_at, held.missing_at = ref.tracker, ref.key, ref.url, "", None, None
    session.add(held)
    note(session, now, "file", held.row_id, {"tracker": ref.tracker, "task": ref.key, "url": ref.url, "in place of": before})


class Filing:
    """Makes the task. What it was made with is kept until the outbox has it written down."""

    def __init__(self, store: Store, tracker: Tracker, installation: str, address: str) -> None:
        self._store, self._tracker, self._installation, self._address = store, tracker, installation, address
        self._made: dict[str, tuple[TaskRef, dict[str, str]]] = {}

    def unwanted(self, session: Session, entry: Outbox, now: datetime) -> str:
        """Closed or taken out meanwhile, or the task that was gone is back: there is nothing left to be done."""
        action = session.get(CorrectiveAction, entry.row_id)
        if action is None or action.retired_at:
            return "taken out of the register meanwhile"
        if action.state == "closed":
            return "closed meanwhile"
        held = ref_of(session, entry.row_id)
        return f"its task {held.key} is there again" if held and not held.missing_at else ""

    def find(self, entry: Outbox, now: datetime) -> str | None:
        """The task, where an earlier try made it."""
        task, _ = self._task(entry)
        try:
            found = self._tracker.find(task, entry.posted_at or now, now)
        except NotYet as unsure:
            raise Doubtful(str(unsure), unsure.wait) from unsure
        return self.keep(entry, found, {}) if found else None

    def send(self, entry: Outbox) -> str:
        """Make it, as the action is now."""
        task, told = self._task(entry)
        return self.keep(entry, self._tracker.file(task), told)

    def keep(self, entry: Outbox, ref: TaskRef, told: dict[str, str]) -> str:
        """What the tracker calls it; where it is and what it was told are kept for `done`."""
        self._made[entry.key] = ref, told
        return ref.key

    def done(self, session: Session, entry: Outbox, now: datetime) -> None:
        """Once it is there, link both ways, and say so in the journal."""
        ref, told = self._made.pop(entry.key, (TaskRef(self._tracker.name, entry.ref), {}))
        if entry.state != "sent":
            return
        held = ref_of(session, entry.row_id, lock=True)
        if held is None:
            seen: dict[str, Any] = {"told": told}
            session.add(
                ExternalRef(kind=ACTION, row_id=entry.row_id, tracker=ref.tracker, key=ref.key, url=ref.url, seen=seen, created_at=now)
            )
            note(session, now, "file", entry.row_id, {"tracker": ref.tracker, "task": ref.key, "url": ref.url})
        elif "number" in entry.payload and held.key != ref.key:
            relink(session, held, ref, told, now)

    def task(self, row_id: str, number: int) -> Task:
        """The action as its task, as things stand."""
        with self._store.read() as session:
            return task_of(session, session.get_one(CorrectiveAction, row_id), self._installation, self._address, number)

    def _task(self, entry: Outbox) -> tuple[Task, dict[str, str]]:
        with self._store.read() as session:
            action = session.get_one(CorrectiveAction, entry.row_id)
            number = int(entry.payload.get("number", 1))
            return task_of(session, action, self._installation, self._address, number), wanted(session, action)


class Changing:
    """Tells the tracker what has changed here: due day, owner, that it is closed, the step reached. Saying it twice changes nothing.

    Where other people may read the action from now on, its task is written anew, `task` as filing would make it.
    """

    def __init__(self, store: Store, tracker: Tracker, task: Callable[[str, int], Task]) -> None:
        self._store, self._tracker, self._task = store, tracker, task

    def unwanted(self, session: Session, entry: Outbox, now: datetime) -> str:
        """A later change says it all; a task that is gone takes none."""
        later = select(Outbox.id).where(
            Outbox.kind == CHANGE, Outbox.row_id == entry.row_id, col(Outbox.id) > entry.id, col(Outbox.state) != "cancelled"
        )
        if session.exec(later).first():
            return "a later change says it all"
        return _unreachable(session, entry, self._tracker)

    def find(self, entry: Outbox, now: datetime) -> str | None:
        """None: it may be said again, once what was begun has come to its end."""
        _let_settle(entry, now)
        return None

    def send(self, entry: Outbox) -> str:
        """Say it."""
        (ref, number), said = _where(self._store, entry), entry.payload
        due = date.fromisoformat(said["due_on"]) if said.get("due_on") else None
        anew = self._task(entry.row_id, number) if "text" in said else None
        self._tracker.change(ref, TaskChange(due, said.get("owner", ""), said.get("state"), anew), entry.key)
        if said.get("step") in ACTION_STATES:
            self._tracker.remark(ref, f"In Annexa the corrective action is now: {ACTION_STATES[said['step']].label()}.", entry.key)
        return ref.key

    def done(self, session: Session, entry: Outbox, now: datetime) -> None:
        """From now on the tracker has been told."""
        ref = ref_of(session, entry.row_id, lock=True)
        if entry.state != "sent" or ref is None:
            return
        ref.seen = {
            **ref.seen,
            "told": {**ref.seen.get("told", {}), **entry.payload},
            "state": entry.payload.get("state", ref.seen.get("state", "open")),
        }
        session.add(ref)
        note(session, now, "change task", entry.row_id, {"tracker": ref.tracker, "task": ref.key, "told": dict(entry.payload)})
        if "text" in entry.payload:
            note(session, now, "replace task text", entry.row_id, {"tracker": ref.tracker, "task": ref.key, "text": entry.payload["text"]})


class Remarking:
    """Comments the task."""

    def __init__(self, store: Store, tracker: Tracker) -> None:
        self._store, self._tracker = store, tracker

    def unwanted(self, session: Session, entry: Outbox, now: datetime) -> str:
        """A task that is gone takes no comments; what a person said of an action that only some may read by now stays here."""
        action = session.get_one(CorrectiveAction, entry.row_id)
        if action.audience not in OPEN_TO_ALL and entry.payload.get("author") != OURS:
            return "only some may read the action by now"
        return _unreachable(session, entry, self._tracker)

    def find(self, entry: Outbox, now: datetime) -> str | None:
        """None: the tracker is asked for a comment of that key before it is written, once what was begun has come to its end."""
        _let_settle(entry, now)
        return None

    def send(self, entry: Outbox) -> str:
        """Write it."""
        return self._tracker.remark(_where(self._store, entry)[0], str(entry.payload["text"]), entry.key)

    def done(self, session: Session, entry: Outbox, now: datetime) -> None:
        """Keep it beside theirs."""
        ref = ref_of(session, entry.row_id, lock=True)
        if entry.state != "sent" or ref is None or ref.id is None:
            return
        known = select(ExternalComment).where(ExternalComment.ref_id == ref.id, ExternalComment.external_id == entry.ref)
        if session.exec(known).first() is None:
            text, author = str(entry.payload["text"]), str(entry.payload.get("author", ""))
            session.add(
                ExternalComment(ref_id=ref.id, external_id=entry.ref, ours=True, author=author, text=text, written_at=now, created_at=now)
            )


def note(session: Session, now: datetime, action: str, row_id: str, body: Mapping[str, Any]) -> None:
    """Say in the journal what was done about an action's task."""
    book = Records(session, INSTALLATION, now, "tracker")
    book.note(action, ACTION, row_id, body)
    book.flush()


def _state(action: CorrectiveAction) -> str:
    if action.retired_at:
        return "dropped"
    return "done" if action.state == "closed" else "open"


def _unreachable(session: Session, entry: Outbox, tracker: Tracker) -> str:
    ref = ref_of(session, entry.row_id)
    if ref is None or ref.missing_at:
        return "its task is gone there"
    return "" if ref.tracker == tracker.name else f"its task is in {ref.tracker}, which is not the tracker in use"


def _where(store: Store, entry: Outbox) -> tuple[TaskRef, int]:
    """The action's task, and which of its tasks that is."""
    with store.read() as session:
        ref = ref_of(session, entry.row_id)
        assert ref is not None, "asked for in `unwanted`"
        return TaskRef(ref.tracker, ref.key, ref.url), number_of(ref)


def _let_settle(entry: Outbox, now: datetime) -> None:
    age = now - (entry.posted_at or now)
    if age < _SETTLED:
        raise Doubtful("What was begun may still be on its way.", max(_SETTLED - age, timedelta(seconds=10)))
