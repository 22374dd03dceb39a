"""Tasks of corrective actions in a tracker: each accepted, open action has exactly one, which is filed, followed, and settled by a person where it is in doubt.

Deciding is a row in the outbox, written in the transaction that decides; the rest follows by itself, as often as `file` and `sync` are called and by however many.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlmodel import Session, col, or_, select

from assistant.assurance import outbox
from assistant.assurance.tracking.filing import (
    ACTION,
    CHANGE,
    FILE,
    OPEN_TO_ALL,
    REMARK,
    WHOLE,
    Changing,
    Filing,
    Remarking,
    note,
    number_of,
    ref_of,
    relink,
    wanted,
)
from assistant.assurance.tracking.following import take_over, told_by
from assistant.assurance.tracking.standing import ORDER, Line, accepted, line_of
from assistant.errors import TrackerFailed
from connectors.base import ConnectorError, Refused, TaskRef, TaskState, Tracker
from knowledge.errors import NoSuchRow, Problem, RowRefused
from knowledge.registers import REGISTERS, CorrectiveAction, Event, ExternalComment, ExternalRef, Outbox, Store, queries, records, rights
from knowledge.registers.rights import INSTALLATION, Actor

_LONGEST_REMARK = 10_000
_WATCHED = timedelta(days=90)
"""For how long after its closure an action's task is still looked at."""


@dataclass
class Report:
    """What became of what was due, by outcome, and what was new in the tracker, in words."""

    filed: Counter[str] = field(default_factory=Counter)
    news: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


class _Noting:
    """A sender that also notes which action's entry ended how."""

    def __init__(self, sender: outbox.Sender, ended: list[tuple[str, str]]) -> None:
        self._sender, self._ended = sender, ended
        self.unwanted, self.find, self.send = sender.unwanted, sender.find, sender.send

    def done(self, session: Session, entry: Outbox, now: datetime) -> None:
        """Write down what follows, and note it."""
        self._sender.done(session, entry, now)
        self._ended.append((entry.row_id, entry.state))


class Replayed(Exception):
    """A post that was taken before, or is about no task of ours; the text says which."""


class Tasks:
    """The tasks of a plant in one tracker. `address` is that of our pages, `installation` sets this plant apart from others in the same project."""

    def __init__(self, store: Store, tracker: Tracker, clock: Callable[[], datetime], address: str, installation: str) -> None:
        self._store, self.tracker, self._clock = store, tracker, clock
        self._filing = Filing(store, tracker, installation, address.rstrip("/"))
        self.senders: dict[str, outbox.Sender] = {
            FILE: self._filing,
            CHANGE: Changing(store, tracker, self._filing.task),
            REMARK: Remarking(store, tracker),
        }

    # --- filing and following -------------------------------------------------------------------------------------

    def file(self, actor: Actor = INSTALLATION, most: int = 1_000) -> Report:
        """What came of filing every accepted, open action that has no task, and of telling the tracker what has changed here. Raises NotAllowed."""
        rights.demand(actor, "create", ACTION)
        self.decide_all()
        ended: list[tuple[str, str]] = []
        senders = {kind: _Noting(sender, ended) for kind, sender in self.senders.items()}
        counts = outbox.work(self._store, senders, self._clock, f"tasks-{uuid4().hex[:12]}", most)
        shown = self._visible(actor, {id_ for id_, _ in ended})
        later = {"later": counts["later"]} if counts["later"] and actor.role == INSTALLATION.role else {}
        return Report(Counter(state for id_, state in ended if id_ in shown) + Counter(later))

    def _visible(self, actor: Actor, ids: set[str]) -> set[str]:
        """Those of the actions that the actor may read: of the others nothing is said, nor counted."""
        with self._store.read() as session:
            return queries.visible_ids(session, actor, ACTION, ids, retired=True)

    def decide_all(self) -> int:
        """How many tasks and changes were decided that nobody had decided yet."""
        now, decided = self._clock(), 0
        with records.writing(self._store, INSTALLATION, now, "tracker") as book:
            for action in book.session.exec(select(CorrectiveAction).where(*_to_file())).all():
                decided += decide(book.session, action, now)
            joined = select(ExternalRef, CorrectiveAction).join(CorrectiveAction, col(CorrectiveAction.id) == col(ExternalRef.row_id))
            mine = (ExternalRef.kind == ACTION, ExternalRef.tracker == self.tracker.name, col(ExternalRef.missing_at).is_(None))
            for ref, action in book.session.exec(joined.where(*mine)).all():
                decided += decide_change(book.session, ref, action, now)
        return decided

    def sync(self, actor: Actor = INSTALLATION) -> Report:
        """What is new in the tracker; then what follows of it and whatever else is due. Raises NotAllowed."""
        rights.demand(actor, "create", ACTION)
        report, news, errors = Report(), list[tuple[str, str]](), list[tuple[str, str]]()
        for ref in [] if self.tracker.pushes else self._followed():
            try:
                state = self.tracker.read(TaskRef(ref.tracker, ref.key, ref.url))
            except ConnectorError as error:
                errors.append((ref.row_id, f"{ref.row_id}: {error}"))
                if isinstance(error, Refused) and error.status not in (401, 403):
                    continue
                break  # what cannot be reached, or asks to be left alone, is not asked a thousand times
            with records.writing(self._store, INSTALLATION, self._clock(), self.tracker.name) as book:
                held = ref_of(book.session, ref.row_id, lock=True)
                if held and held.seen.get("told") == ref.seen.get("told"):  # else it was told something since it was read
                    news += [(ref.row_id, one) for one in take_over(book, held, state, self.tracker.name)]
        shown = self._visible(actor, {id_ for id_, _ in (*news, *errors)})
        report.news, report.errors = ([text for id_, text in some if id_ in shown] for some in (news, errors))
        report.filed = self.file(actor).filed
        return report

    def _followed(self) -> list[ExternalRef]:
        """Tasks of open actions, and those of closed ones that are not seen closed there yet, or that somebody might still reopen there."""
        joined = select(ExternalRef).join(CorrectiveAction, col(CorrectiveAction.id) == col(ExternalRef.row_id))
        mine = (ExternalRef.kind == ACTION, ExternalRef.tracker == self.tracker.name, col(CorrectiveAction.retired_at).is_(None))
        recently = self._clock().date() - _WATCHED
        live = or_(
            CorrectiveAction.state != "closed",
            col(CorrectiveAction.closed_on) >= recently,
            col(ExternalRef.last_state).not_in(("done", "dropped")),
        )
        with self._store.read() as session:
            return list(session.exec(joined.where(*mine, live).order_by(col(ExternalRef.seen_at), col(ExternalRef.id))).all())

    def take(self, said: Mapping[str, Any]) -> list[str]:
        """What was new in a post of the tracker, whose signature was checked: {"id", "key" (theirs), "state", "name", "owner", "due_on", "comment"}.

        Raises Replayed for one that was taken before or is about no task of ours, ValueError for one that is not in its form.
        """
        id_, key = str(said.get("id") or ""), str(said.get("key") or "")
        if not id_ or not key or len(id_) > 200:
            raise ValueError('give "id", unlike that of any other post, and "key", your own name of the task')
        with records.writing(self._store, INSTALLATION, self._clock(), self.tracker.name) as book:
            event = f"task|{self.tracker.name}|{id_}"
            if book.session.get(Event, event):
                raise Replayed("this post was taken before")
            statement = select(ExternalRef).where(ExternalRef.tracker == self.tracker.name, ExternalRef.key == key).with_for_update()
            ref = book.session.exec(statement).first()
            if ref is None:
                raise Replayed("no task of ours has that key")
            book.session.add(Event(id=event, taken_at=book.now))
            state = None if said.get("state") == "gone" else told_by(said, ref.seen)
            return take_over(book, ref, state, self.tracker.name)

    # --- what people see and decide -------------------------------------------------------------------------------

    def lines(self, actor: Actor, id_: str = "") -> list[Line]:
        """Every open action that the actor may read with its task, what is in doubt first; of closed ones those that need somebody. With an id that one, with its comments."""
        rights.demand(actor, "read", ACTION)
        now = self._clock()
        with self._store.read() as session:
            found = REGISTERS[ACTION]
            statement = select(CorrectiveAction).where(queries.shown(actor, found))
            statement = statement.where(CorrectiveAction.id == id_) if id_ else statement
            actions = {action.id: action for action in session.exec(statement).all()}
            if id_ and not actions:
                raise NoSuchRow(ACTION, id_)
            refs = {ref.row_id: ref for ref in session.exec(select(ExternalRef).where(ExternalRef.kind == ACTION)).all()}
            entries: dict[str, list[Outbox]] = {}
            for entry in session.exec(select(Outbox).where(col(Outbox.kind).in_(tuple(self.senders))).order_by(col(Outbox.id))).all():
                entries.setdefault(entry.row_id, []).append(entry)
            lines = [
                line_of(action, refs.get(action.id), entries.get(action.id, []), self.tracker.name, now) for action in actions.values()
            ]
            if id_:
                lines = [replace(line, remarks=_remarks(session, refs.get(id_))) for line in lines]
        shown = [line for line in lines if id_ or line.action_state != "closed" or line.state in ORDER[:4]]
        return sorted(shown, key=lambda line: (ORDER.index(line.state), line.id))

    def settle(self, actor: Actor, id_: str, key: str | None) -> None:
        """A person has looked: the task of the action is `key` in the tracker, or (None) whatever is doubtful or failed is to be done again.

        Where the task is gone there, the action gets that other one, or (None) a new one in its place: it never has more than one.
        Raises NotAllowed, NoSuchRow, RowRefused where there is nothing to settle or no such task there, TrackerFailed.
        """
        self._for_deciding(actor, id_)
        state = self._looked_up(key) if key else None
        there = (state.moved_to or TaskRef(self.tracker.name, key, state.url)) if key and state else None
        self._look_for_gone(id_)
        now = self._clock()
        with self._store.write() as session:
            statement = select(Outbox).where(Outbox.row_id == id_, col(Outbox.kind).in_(tuple(self.senders) if there is None else (FILE,)))
            entries = [one for one in session.exec(statement.with_for_update()).all() if one.state in ("doubtful", "failed")]
            held = ref_of(session, id_, lock=True)
            gone = held if held and held.missing_at else None
            if not entries and gone is None:
                raise _refused(id_, "nothing of its task is doubtful, failed or gone; annexa tasks list shows how it stands")
            if there:
                _demand_free(session, id_, self.tracker.name, str(key))
            again = [entry.key for entry in entries]
            if gone and not any(entry.kind == FILE for entry in entries):
                if there:
                    relink(session, gone, there, {}, now)
                else:
                    again.append(_file_anew(session, gone, now))
            for entry in entries:
                done = self._filing.keep(entry, there, {}) if there else None
                outbox.settle(session, entry, self.senders[entry.kind], done, now)
            told = {"by": actor.person_id or actor.role, "is": key or "", "again": [] if there else again}
            note(session, now, "settle task", id_, told)

    def remark(self, actor: Actor, id_: str, text: str) -> None:
        """Have a comment written on the action's task. Raises NotAllowed, NoSuchRow, RowRefused."""
        name = getattr(actor, "name", "") or actor.role
        with records.writing(self._store, INSTALLATION, self._clock(), "tracker") as book:
            action = book.session.get(CorrectiveAction, id_)
            if action is None or action.retired_at:
                raise NoSuchRow(ACTION, id_)
            rights.demand(actor, "change", ACTION, action)
            if not text.strip():
                raise _refused(id_, "there is nothing to say in it; write the comment", "text")
            if action.audience not in OPEN_TO_ALL:
                raise _refused(
                    id_, "only some may read this action, and the tracker's readers are others: nothing about it is written there", "text"
                )
            if ref_of(book.session, id_) is None:
                raise _refused(id_, "it has no task yet; annexa tasks list shows why", "text")
            said = {"text": f"{name}: {text.strip()[:_LONGEST_REMARK]}", "author": name}
            outbox.plan(book.session, f"{REMARK}|{id_}|{uuid4().hex}", REMARK, ACTION, id_, said, book.now)

    def _for_deciding(self, actor: Actor, id_: str) -> None:
        with self._store.read() as session:
            action = session.get(CorrectiveAction, id_)
        if action is None:
            raise NoSuchRow(ACTION, id_)
        rights.demand(actor, "read", ACTION, action)
        rights.demand(actor, "create", ACTION)

    def _look_for_gone(self, id_: str) -> None:
        """Take over what was missed there and is back, so that no second task is made beside it: raises RowRefused then. Raises TrackerFailed."""
        with self._store.read() as session:
            ref = ref_of(session, id_)
        if ref is None or ref.missing_at is None or ref.tracker != self.tracker.name or self.tracker.pushes:
            return
        try:
            state = self.tracker.read(TaskRef(ref.tracker, ref.key, ref.url))
        except ConnectorError as error:
            raise TrackerFailed(str(error)) from error
        if state is not None:
            with records.writing(self._store, INSTALLATION, self._clock(), self.tracker.name) as book:
                if held := ref_of(book.session, id_, lock=True):
                    take_over(book, held, state, self.tracker.name)
            raise _refused(id_, f"its task {ref.key} is there again, and is followed as before")

    def _looked_up(self, key: str) -> TaskState:
        """The task of that key as the tracker shows it; one that is told to us is taken at its word."""
        if self.tracker.pushes:
            return TaskState("open")
        try:
            state = self.tracker.read(TaskRef(self.tracker.name, key))
        except ConnectorError as error:
            raise TrackerFailed(str(error)) from error
        if state is None:
            raise _refused(key, f"{self.tracker.name} has no task of that key, or hides it from us", "is")
        return state


def _demand_free(session: Session, id_: str, tracker: str, key: str) -> None:
    """Nothing where that task is none of ours yet. Raises RowRefused."""
    other = session.exec(select(ExternalRef).where(ExternalRef.tracker == tracker, ExternalRef.key == key)).first()
    if other:
        raise _refused(id_, f"{key} is the task of {other.row_id} already; name the one that was made for {id_}")


def decide(session: Session, action: CorrectiveAction, now: datetime) -> bool:
    """True where this decided that the action is to have its task; part of the caller's transaction, to be called where an action is accepted."""
    if not accepted(action) or action.state == "closed" or action.retired_at or ref_of(session, action.id):
        return False
    key = f"{FILE}|{action.id}"
    if outbox.plan(session, key, FILE, ACTION, action.id, {}, now):
        return True
    return _planned_again(session, key, now)  # it was closed before it was filed, and is open again


def _file_anew(session: Session, gone: ExternalRef, now: datetime) -> str:
    """The key of the entry that decides that the action gets another task in place of the one that is gone.

    Raises RowRefused where that is decided already, and where nothing is left to be done.
    """
    id_, number = gone.row_id, number_of(gone) + 1
    action = session.get_one(CorrectiveAction, id_)
    if action.state == "closed" or action.retired_at:
        raise _refused(id_, "it is closed or taken out: nothing is left for a task")
    key = f"{FILE}|{id_}|{number}"
    if not outbox.plan(session, key, FILE, ACTION, id_, {"number": number}, now) and not _planned_again(session, key, now):
        raise _refused(id_, "its new task is being filed already; annexa tasks list shows how it stands")
    return key


def _planned_again(session: Session, key: str, now: datetime) -> bool:
    """True where the entry was cancelled and is planned now."""
    entry = session.exec(select(Outbox).where(Outbox.key == key)).one()
    if entry.state != "cancelled":
        return False
    entry.state, entry.next_try, entry.error, entry.done_at, entry.posted_at = "planned", now, "", None, None
    session.add(entry)
    return True


def decide_change(session: Session, ref: ExternalRef, action: CorrectiveAction, now: datetime) -> bool:
    """True where this decided to tell the tracker what has changed here since it was last told."""
    told = {"state": "open", "due_on": "", "owner": "", "text": WHOLE, **ref.seen.get("told", {})}
    ours = wanted(session, action)
    differing = {name: value for name, value in ours.items() if value != told.get(name, value)}
    if not differing:
        return False
    # The same revision is told once more to another task, and where only the text is still to be written anew.
    number, text = number_of(ref), differing.get("text", "")
    parts = (CHANGE, action.id, str(action.revision), str(number) if number > 1 else "", text)
    return outbox.plan(session, "|".join(part for part in parts if part), CHANGE, ACTION, action.id, differing, now)


def _to_file() -> tuple[Any, ...]:
    """Conditions of the actions that are to have a task and have none."""
    filed = select(ExternalRef.row_id).where(ExternalRef.kind == ACTION)
    decided = select(Outbox.row_id).where(Outbox.kind == FILE, Outbox.state != "cancelled")
    taken_on = or_(col(CorrectiveAction.accepted_at).is_not(None), col(CorrectiveAction.state).not_in(("", "reported")))
    still_open = (CorrectiveAction.state != "closed", col(CorrectiveAction.retired_at).is_(None))
    return (taken_on, *still_open, col(CorrectiveAction.id).not_in(filed), col(CorrectiveAction.id).not_in(decided))


def _remarks(session: Session, ref: ExternalRef | None) -> tuple[dict[str, Any], ...]:
    if ref is None:
        return ()
    found = session.exec(select(ExternalComment).where(ExternalComment.ref_id == ref.id).order_by(col(ExternalComment.id))).all()
    return tuple({"author": one.author, "text": one.text, "ours": one.ours, "at": one.written_at or one.created_at} for one in found)


def _refused(id_: str, reason: str, column: str = "task") -> RowRefused:
    return RowRefused([Problem(ACTION, id_, column, "", reason)])
