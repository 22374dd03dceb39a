"""What of a corrective action changes by a step of its life alone, and from which state on. Pure: rows in, problems out.

The steps, and what each needs, stand in `assistant/assurance/corrective/actions.py`. Here is the door that every other way in finds closed: a form, REST, a proposal
that is accepted, a file that names an action which is already there. An action that a file brings along is no change: its history is loaded as it is.
"""

from collections.abc import Collection
from typing import Any

from knowledge.registers.audits import ACTION_STATES

Found = list[tuple[str, str]]
"""(column, what is wrong and what to do)"""

STEPPED = (
    "state", "reported_on", "contained_on", "contained_by", "analysed_on", "planned_on", "criterion_set_at", "done_on", "effectiveness_result",
    "reviewed_on", "closed_on", "closing_note", "original_due_date", "extension_reason", "extension_approver", "reopened_on", "reopen_reason", "accepted_at",
    "accepted_by",
)  # fmt: skip
"""Columns that a step sets, and nobody by hand."""
KEPT_FROM = {
    "owner": "action_done",
    "action": "action_done",
    "criterion": "action_done",
    "review_due": "action_done",
    "reviewer": "effectiveness_reviewed",
}
"""Columns that people fill in while the action goes on, and the state from which they stand: the proof is about them."""
_OF_NEW = ("state", "reported_on")
_ORDER = tuple(ACTION_STATES)


def closed_to_hand(before: Any, after: Any, changed: Collection[str]) -> Found:
    """Why the columns cannot be changed otherwise than by a step."""
    if not changed:
        return []
    if before.state == "closed":
        return [("state", f"{before.id} is closed; reopen it with a reason, then go on")]
    step = f"it changes by a step: annexa action move {before.id}, or its page"
    found = [(name, step) for name in STEPPED if name in changed]
    found += [
        (name, f"it stands since the action was {_said(state)}; reopen the action to change it")
        for name, state in KEPT_FROM.items()
        if name in changed and reached(before.state, state)
    ]
    if "due_date" in changed and before.due_date and (after.due_date is None or after.due_date > before.due_date):
        found.append(("due_date", "a later day is an extension, with a reason and an approver: annexa action extend, or its page"))
    if after.reviewer and after.reviewer == after.owner:
        found.append(("reviewer", "the owner does not review their own action; name somebody else"))
    return found


def new_by_hand(action: Any) -> Found:
    """What a new action cannot have reached yet."""
    found = [
        (name, "a new action has not got there yet; it goes on by its steps")
        for name in STEPPED
        if name not in _OF_NEW and getattr(action, name)
    ]
    if action.state != "reported":
        found.append(("state", "a new action is reported; it goes on by its steps"))
    if action.reviewer and action.reviewer == action.owner:
        found.append(("reviewer", "the owner does not review their own action; name somebody else"))
    return found


def kept(action: Any) -> Found:
    """Why an action is not taken out: what was found and done about it stays on record (ISO/IEC 27001:2022, 10.2)."""
    if action.state == "reported" and action.accepted_at is None:
        return []
    return [("state", "an action that was accepted or has begun is never taken out; bring it to its end, and say in it what came out")]


def reached(state: str, step: str) -> bool:
    """Whether an action in that state has come as far as the step; a reopened one starts again."""
    return state != "reopened" and _ORDER.index(state) >= _ORDER.index(step)


def _said(state: str) -> str:
    return ACTION_STATES[state].label()
