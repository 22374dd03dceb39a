"""The life of a corrective action: reported, moved step by step, accepted, extended, closed, reopened.

Each act is one transaction of `records.writing`, with its entry in the journal. What a step needs is asked in `actions`; who may take it is decided here.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session, col, select

from assistant.assurance.corrective import actions
from assistant.assurance.corrective.actions import DATE_OF, Missing, Proof
from assistant.assurance.tracking import tasks
from knowledge.errors import ChangedMeanwhile, NoSuchRow, NotAllowed, Problem, RowRefused
from knowledge.registers import REGISTERS, CorrectiveAction, Evidence, Finding, Link, Person, queries, rights, risk_method, steps
from knowledge.registers.records import Records
from knowledge.registers.rights import Actor

ACTION = "corrective_action"
DEMANDING = ("major", "minor", "area_of_concern")
"""Grades of a finding that ask for a corrective action; of the others a recorded decision is enough."""
_DECIDED = ("closed", "reopened")


class StepRefused(RowRefused):
    """A step lacks something; `missing` says what, in both languages."""

    def __init__(self, action: Any, missing: Sequence[Missing], given: Mapping[str, Any]) -> None:
        super().__init__([_problem(action, one.column, one.en, given) for one in dict.fromkeys(missing)])
        self.missing = tuple(dict.fromkeys(missing))


def move(book: Records, id_: str, to: str, given: Mapping[str, Any], revision: int | None = None) -> CorrectiveAction:
    """The action in its new state, with what is given for the step (columns by name, as people type them).

    Raises RowRefused with all that is missing, NotAllowed, NoSuchRow, and ChangedMeanwhile where the revision is no longer that one.
    """
    action = _find(book, id_)
    if to in DATE_OF:
        demand(book.actor, action, to)
    _demand_fresh(action, revision)
    _refuse(action, [*_not_of_the_step(action, to, given), *_kept(book, action, to, given)], given)
    values = _stamped(book, action, to, given)
    after = action.model_copy(update={name: value for name, value in values.items() if name not in ("state", "evidence")})
    recorded = {name for name in (*DATE_OF.values(), "due_date") if name in values and values[name] != getattr(action, name)} | {
        DATE_OF.get(to, "")
    }
    named = values.get("evidence")
    if lacking := actions.missing(after, to, proofs(book.session, id_, named), book.now, recorded):
        raise StepRefused(action, lacking, given)
    if to == "closed":
        values["closing_note"] = _signed(book, values.get("closing_note", action.closing_note))
    moved: CorrectiveAction = book.change(ACTION, id_, values, step="move")
    return moved


def extend(book: Records, id_: str, due_date: Any, reason: str, revision: int | None = None) -> CorrectiveAction:
    """The action with a later due day, approved by the actor. The first due day is kept. Raises as `move`."""
    action = _find(book, id_)
    rights.demand(book.actor, "approve", ACTION, action)
    _demand_fresh(action, revision)
    due = book.values(ACTION, id_, {"due_date": due_date})["due_date"] if due_date else None
    if found := actions.extension(action, due, reason, book.actor.person_id, book.now.date()):
        raise StepRefused(action, found, {"due_date": due_date, "extension_reason": reason})
    told = f"{book.now.date()}, to {due}: {reason.strip()}"
    values = {
        "due_date": due,
        "original_due_date": action.original_due_date or action.due_date,
        "extension_reason": f"{action.extension_reason}\n{told}".strip(),
        "extension_approver": book.actor.person_id,
    }
    moved: CorrectiveAction = book.change(ACTION, id_, values, step="extend")
    return moved


def accept_action(book: Records, id_: str, revision: int | None = None) -> CorrectiveAction:
    """The action, accepted by the actor: from now on it is to have its task in the tracker. Once accepted it stays so. Raises as `move`."""
    action, person = _find(book, id_), _named(book.actor)
    rights.demand(book.actor, "approve", ACTION, action)
    if action.accepted_at is not None:
        return action
    _demand_fresh(action, revision)
    _refuse(action, [("state", "it is closed; there is nothing to accept")] if action.state == "closed" else [], {})
    accepted: CorrectiveAction = book.change(ACTION, id_, {"accepted_at": book.now, "accepted_by": person}, step="accept")
    tasks.decide(book.session, accepted, book.now)  # in the same transaction: whoever accepts has decided that it is filed
    return accepted


def start(book: Records, finding: Any, title: str = "") -> CorrectiveAction:
    """A new action of a finding in state reported, due by the finding's grade. Raises NotAllowed, RowRefused."""
    reported = finding.reported_on or book.now.date()
    given = {
        "title": title.strip() or finding.title,
        "finding": finding.id,
        "owner": finding.owner,
        "reported_on": reported,
        "due_date": actions.deadline(finding.grade, reported, risk_method.current(book.session)),
        "audience": finding.audience,
        **{name: id_ for name in ("incident", "site") if (id_ := getattr(finding, name)) and book.resolve(name, id_)},
    }
    made: CorrectiveAction = book.create(ACTION, {name: value for name, value in given.items() if value})
    return made


def demand(actor: Actor, action: Any, to: str) -> None:
    """Nothing where the actor may take the step. Raises NotAllowed with who may, NoSuchRow for an action that is not for them."""
    rights.demand(actor, "read", ACTION, action)
    person = _named(actor)
    decides = rights.may(actor, "approve", ACTION, action)
    if to == "effectiveness_reviewed":
        if person == action.owner:
            raise NotAllowed(f"{ACTION} {action.id}: you are its owner; its effect is checked by somebody else.")
        if not decides and person != action.reviewer:
            raise NotAllowed(f"{ACTION} {action.id}: its reviewer records the check, or the ISMS manager or an approver for them.")
    elif to in _DECIDED:
        if not decides and not (to == "reopened" and person == action.reviewer):
            raise NotAllowed(f"{ACTION} {action.id}: the ISMS manager or an approver closes and reopens it; a reviewer may reopen it too.")
        if to == "closed" and person == action.owner:
            raise NotAllowed(f"{ACTION} {action.id}: you are its owner; somebody else closes it.")
    else:
        rights.demand(actor, "change", ACTION, action)


def may_take(actor: Actor, action: Any, to: str) -> bool:
    """Whether `demand` lets the actor pass."""
    try:
        demand(actor, action, to)
    except (NotAllowed, NoSuchRow):
        return False
    return True


def possible(session: Session, actor: Actor, action: Any, now: Any) -> dict[str, list[Missing]]:
    """What each step from here would still lack, were it taken today by the actor with nothing more given."""
    evidence = proofs(session, action.id, None)
    out = {}
    for to in actions.ways(action.state):
        values = actions.stamped(action, to, {}, actor.person_id, now)
        after = action.model_copy(update={name: value for name, value in values.items() if name != "state"})
        out[to] = actions.missing(after, to, evidence, now)
    return out


def proofs(session: Session, id_: str, named: Any) -> list[Proof]:
    """The evidence that an action names, or would name, with the days that it supports; what was taken out proves nothing."""
    ids = named
    if ids is None:
        kind = REGISTERS[ACTION].link_kind("evidence")
        ids = session.exec(select(Link.to_id).where(Link.kind == kind, Link.from_id == id_)).all()
    rows = session.exec(select(Evidence).where(col(Evidence.id).in_(list(ids)), col(Evidence.retired_at).is_(None))).all()
    return [Proof(row.id, row.supports_date) for row in rows]


def finding_of(session: Session, actor: Actor, action: Any) -> Finding | None:
    """The finding that an action answers, where the actor may read it."""
    if not action.finding:
        return None
    try:
        found: Finding = queries.get(session, actor, "finding", action.finding, retired=True)
    except NoSuchRow:
        return None
    return found


# --- parts of a step ------------------------------------------------------------------------------------------------


def _find(book: Records, id_: str) -> CorrectiveAction:
    action: CorrectiveAction = queries.get(book.session, book.actor, ACTION, id_)
    return action


def _demand_fresh(action: CorrectiveAction, revision: int | None) -> None:
    if revision is not None and revision != action.revision:
        raise ChangedMeanwhile(f"{ACTION} {action.id}: somebody changed it after you opened it; look at it again and repeat your step.")


def _stamped(book: Records, action: CorrectiveAction, to: str, given: Mapping[str, Any]) -> dict[str, Any]:
    asked = {name: value for name, value in given.items() if value not in (None, "")}
    typed = book.values(ACTION, action.id, asked) if asked else {}
    return actions.stamped(action, to, {name: value for name, value in typed.items() if name in asked}, _named(book.actor), book.now)


def _not_of_the_step(action: CorrectiveAction, to: str, given: Mapping[str, Any]) -> list[tuple[str, str]]:
    allowed = actions.columns(action.state, to)
    if (action.state, to) not in actions.TRANSITIONS:
        return [(one.column, one.en) for one in actions.missing(action, to, (), action.changed_at)]
    return [(name, f"it does not belong to this step; it takes {', '.join(allowed)}") for name in given if name not in allowed]


def _kept(book: Records, action: CorrectiveAction, to: str, given: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the step would alter of an earlier one, or of what stands by now."""
    filled = {name: value for name, value in given.items() if value not in (None, "") and name in actions.columns(action.state, to)}
    typed = book.values(ACTION, action.id, filled) if filled else {}
    own = actions.own_columns(to) if (action.state, to) in actions.TRANSITIONS else ()
    found = []
    for name in filled:
        before = getattr(action, name, None)
        if before in (None, "") or typed[name] == before:
            continue
        since = steps.KEPT_FROM.get(name)
        if since and steps.reached(action.state, since):
            found.append((name, "it stands; reopen the action to change it"))
        elif name in steps.STEPPED and name not in own:
            found.append((name, "an earlier step has set it"))
        elif name == "due_date" and typed[name] > before:
            found.append((name, "a later day is an extension, with a reason and an approver: annexa action extend, or its page"))
    return found


def _refuse(action: Any, problems: list[tuple[str, str]], given: Mapping[str, Any]) -> None:
    if problems:
        raise RowRefused([_problem(action, column, reason, given) for column, reason in dict.fromkeys(problems)])


def _problem(action: Any, column: str, reason: str, given: Mapping[str, Any]) -> Problem:
    value = given.get(column)
    return Problem(ACTION, action.id, column, "" if value is None else str(value)[:200], reason)


def _signed(book: Records, note: str) -> str:
    """The closing note with the name of whoever closes."""
    person = book.session.get_one(Person, _named(book.actor))
    return f"{note}\nClosed by {person.name} ({person.id}) on {book.now.date()}".strip()


def _named(actor: Actor) -> str:
    if actor.person_id is None:
        raise NotAllowed("A named person takes the steps of a corrective action; sign in, or say who with --as.")
    return actor.person_id
