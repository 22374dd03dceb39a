"""What becomes of a change that somebody made in the tracker: the written rule of who wins, as pure functions, and what is written down."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, exists, type_coerce
from sqlmodel import Session, col, func, select

from assistant.assurance import outbox
from assistant.assurance.tracking.filing import ACTION, CHANGE, OPEN_TO_ALL, OURS, REMARK, wanted
from connectors.base import Remark, TaskState, marked
from knowledge.registers import CorrectiveAction, ExternalComment, ExternalRef, Outbox, Person, Proposal
from knowledge.registers.records import Records

COLUMNS = {"due_on": "due_date", "owner": "owner"}
"""What both sides know, and its column here."""
_LONGEST = 10_000
_EVIDENCE = "evidence"
_ASKED = (
    "This task is closed here, and the corrective action is still open in Annexa. Please add the evidence that the action was done "
    "(a file or a link, with the day that it supports), so that it can be reviewed and closed."
)
_STANDS = "The corrective action is closed in Annexa. If it is not done after all, reopen it there, with the reason; this task follows."


@dataclass(frozen=True)
class Step:
    """What follows from a difference: `propose` their value here, tell them ours again (`restore`), `ask` for the evidence, close it there again (`close`)."""

    do: Literal["propose", "restore", "ask", "close"]
    name: str = ""
    value: str = ""


def steps(
    told: Mapping[str, str], ours: Mapping[str, str], theirs: Mapping[str, str], before: str, rejected: Mapping[str, str]
) -> list[Step]:
    """What follows from what the tracker was `told`, what stands here and what stands there now.

    `before` is the state there when it was last looked at; `rejected` holds their values that a person has refused. Our own changes are not in it: they are told in any case.
    """
    found = []
    for name in COLUMNS:
        here_since, there = ours.get(name, "") != told.get(name, ""), theirs.get(name, "")
        if here_since or not there or there == ours.get(name, "") or ours["state"] != "open":
            continue
        found.append(Step("restore", name, ours.get(name, "")) if rejected.get(name) == there else Step("propose", name, there))
    closed_there = theirs["state"] in ("done", "dropped")
    if closed_there and ours["state"] == "open" and told.get("state", "open") == "open" and before not in ("done", "dropped"):
        found.append(Step("ask"))
    if not closed_there and ours["state"] != "open" and told.get("state") == ours["state"] and before in ("done", "dropped"):
        found.append(Step("close", "state", ours["state"]))
    return found


def take_over(book: Records, ref: ExternalRef, state: TaskState | None, tracker: str) -> list[str]:
    """What was new in the tracker, in words; written down in the transaction of `book`."""
    action = book.session.get(CorrectiveAction, ref.row_id)
    if action is None:
        return []
    if state is None:
        if ref.missing_at:
            return []
        ref.missing_at = book.now
        book.session.add(ref)
        book.note("task gone", ACTION, ref.row_id, {"tracker": tracker, "task": ref.key})
        return [f"{ref.row_id}: {ref.key} is gone there"]
    told = _moved(book, ref, state, tracker)
    if ref.missing_at is not None:
        book.note("task back", ACTION, ref.row_id, {"tracker": tracker, "task": ref.key})
        told.append(f"{ref.row_id}: {ref.key} is there again")
    told += [f"{ref.row_id}: new comment by {one}" for one in _remarks(book, ref, state)]
    theirs = {
        "state": state.state,
        "due_on": str(state.due_on or ""),
        "owner": _email(book.session, state.owner),
    }
    ours, seen = wanted(book.session, action), dict(ref.seen)
    seen["proposed"] = {
        name: value
        for name, value in seen.get("proposed", {}).items()
        if theirs[name.partition(" ")[0]] not in ("", ours[name.partition(" ")[0]])
    }
    if action.audience in OPEN_TO_ALL or theirs["state"] != seen.get("state"):
        for step in steps(seen.get("told", {}), ours, theirs, seen.get("state", "open"), _rejected(book.session, seen)):
            told += _carry_out(book, ref, action, seen, step, tracker)
    if state.state != seen.get("state", "open"):
        told.append(f"{ref.row_id}: {ref.key} is {state.name or state.state} there")
    ref.seen = {**seen, **theirs, "name": state.name, "who": state.owner}
    ref.last_state, ref.seen_at, ref.missing_at = state.state, book.now, None
    book.session.add(ref)
    return told


def _moved(book: Records, ref: ExternalRef, state: TaskState, tracker: str) -> list[str]:
    if state.url and not ref.url:
        ref.url = state.url
    if state.moved_to is None:
        return []
    was = ref.key
    ref.key, ref.url = state.moved_to.key, state.moved_to.url
    book.note("task moved", ACTION, ref.row_id, {"tracker": tracker, "before": was, "after": ref.key})
    return [f"{ref.row_id}: {was} is {ref.key} now"]


def _remarks(book: Records, ref: ExternalRef, state: TaskState) -> list[str]:
    """Authors of the comments that are new and not ours; each is kept once."""
    known = set(book.session.exec(select(ExternalComment.external_id).where(ExternalComment.ref_id == ref.id)).all())
    fresh = {one.id: one for one in state.remarks if one.id not in known and not marked(one.text)}
    for one in fresh.values():
        author, text = one.author[:200], one.text[:_LONGEST]
        book.session.add(
            ExternalComment(ref_id=ref.id or 0, external_id=one.id, author=author, text=text, written_at=one.at, created_at=book.now)
        )
    return [one.author or "somebody" for one in fresh.values()]


def _carry_out(book: Records, ref: ExternalRef, action: CorrectiveAction, seen: dict[str, Any], step: Step, tracker: str) -> list[str]:
    id_ = action.id
    proposed = seen["proposed"]
    if step.do in ("propose", "restore") and proposed.get(f"{step.name} {step.do}") == step.value:
        return []
    if step.do == "propose":
        made = _propose(book, ref, action, step, tracker)
        proposed |= {step.name: step.value, f"{step.name} propose": step.value, f"{step.name} id": made}
        return [f"{id_}: {COLUMNS[step.name].replace('_', ' ')} {step.value} there; proposal {made}"]
    count = seen["times"] = int(seen.get("times", 0)) + 1
    if step.do == "ask":
        outbox.plan(book.session, f"{REMARK}|{id_}|{_EVIDENCE} {count}", REMARK, ACTION, id_, {"text": _ASKED, "author": OURS}, book.now)
        return [f"{id_}: closed there, asked for the evidence"]
    outbox.plan(book.session, f"{CHANGE}|{id_}|again {count}", CHANGE, ACTION, id_, {step.name: step.value}, book.now)
    if step.do == "close":
        outbox.plan(book.session, f"{REMARK}|{id_}|closed {count}", REMARK, ACTION, id_, {"text": _STANDS, "author": OURS}, book.now)
        return [f"{id_}: reopened there though it is closed here; closed there again"]
    proposed[f"{step.name} restore"] = step.value
    return [f"{id_}: their {COLUMNS[step.name].replace('_', ' ')} was rejected; ours is told again"]


def _propose(book: Records, ref: ExternalRef, action: CorrectiveAction, step: Step, tracker: str) -> str:
    column = COLUMNS[step.name]
    value: Any = date.fromisoformat(step.value) if step.name == "due_on" else step.value
    made = book.propose(
        ACTION,
        "change",
        {column: value},
        action.id,
        title=f"{action.id}: {column.replace('_', ' ')} {step.value}, as {ref.key} has it",
        reason=f"It was changed in {tracker} ({ref.key}). Accept it here, or reject it and {tracker} is told ours again.",
    )
    return str(made.id)


def _rejected(session: Session, seen: Mapping[str, Any]) -> dict[str, str]:
    """Their values whose proposal a person has rejected or withdrawn."""
    proposed = seen.get("proposed", {})
    out = {}
    for name in COLUMNS:
        made = session.get(Proposal, proposed[f"{name} id"]) if f"{name} id" in proposed else None
        if made is not None and made.state in ("rejected", "withdrawn"):
            out[name] = str(proposed[name])
    return out


def _email(session: Session, named: str) -> str:
    """The e-mail of the one person here whom the tracker names by e-mail or by name; empty for anybody else."""
    if not named:
        return ""
    lowered = named.casefold()
    same = (func.lower(Person.email) == lowered) | (func.lower(Person.name) == lowered)
    people = session.exec(select(Person).where(same, col(Person.retired_at).is_(None)).limit(2)).all()
    return people[0].email if len(people) == 1 else ""


def told_by(said: Mapping[str, Any], before: Mapping[str, Any]) -> TaskState:
    """What a post of the webhook's receiver says of a task; what it leaves out is as it was. Raises ValueError for what is no state or day."""
    state = TaskState(before.get("state", "open"), str(before.get("name", "")), str(before.get("who", "")), _day(before.get("due_on")))
    if (named := said.get("state")) is not None:
        if named not in ("open", "running", "done", "dropped"):
            raise ValueError("state is open, running, done or dropped")
        state = replace(state, state=named, name=str(said.get("name") or named)[:100])
    if "owner" in said:
        state = replace(state, owner=str(said["owner"] or "")[:320])
    if "due_on" in said:
        state = replace(state, due_on=_day(said["due_on"]))
    if isinstance(comment := said.get("comment"), Mapping) and comment.get("id"):
        remark = Remark(str(comment["id"])[:200], str(comment.get("author", ""))[:200], str(comment.get("text", "")))
        state = replace(state, remarks=(remark,))
    return state


def _day(written: Any) -> date | None:
    if written in (None, ""):
        return None
    return date.fromisoformat(str(written)[:10])


def awaiting_evidence(session: Session) -> list[tuple[CorrectiveAction, ExternalRef, datetime | None]]:
    """Open actions whose task was closed in the tracker, with the task and when that was last seen."""
    statement = (
        select(CorrectiveAction, ExternalRef)
        .join(ExternalRef, col(ExternalRef.row_id) == col(CorrectiveAction.id))
        .where(_closed_there(), col(CorrectiveAction.state) != "closed", col(CorrectiveAction.retired_at).is_(None))
        .order_by(col(CorrectiveAction.id))
    )
    return [(action, ref, ref.seen_at) for action, ref in session.exec(statement).all()]


def evidence_open_sql(columns: Any) -> ColumnElement[bool]:
    """That an action waits for its owner's evidence: its task is closed there, and here it is not shown to be done yet."""
    there = exists().where(col(ExternalRef.row_id) == columns.id, _closed_there())
    return and_(there, columns.state.not_in(("action_done", "effectiveness_reviewed", "closed")))


def evidence_asked_sql(columns: Any) -> ColumnElement[Any]:
    """The day on which the evidence was last asked for, once a closing of the task."""
    asked = select(func.max(func.date(col(Outbox.created_at)))).where(
        col(Outbox.kind) == REMARK, col(Outbox.row_id) == columns.id, col(Outbox.key).like(f"{REMARK}|%|{_EVIDENCE} %")
    )
    return type_coerce(asked.correlate(columns.id.table).scalar_subquery(), columns.due_date.type)


def _closed_there() -> ColumnElement[bool]:
    return and_(
        col(ExternalRef.kind) == ACTION, col(ExternalRef.last_state).in_(("done", "dropped")), col(ExternalRef.missing_at).is_(None)
    )
