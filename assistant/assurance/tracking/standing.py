"""How the task of an action stands, and what a person does next. Pure: rows and a moment in, a line out."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from assistant.assurance.tracking.filing import FILE
from knowledge.registers import CorrectiveAction, ExternalRef, Outbox

ORDER = ("doubtful", "failed", "gone", "looked for", "planned", "closed there", "filed", "waiting")
"""States of a task, what needs a person first."""


@dataclass(frozen=True)
class Line:
    """An action and its task. `state` is doubtful, failed, gone, looked for, planned, closed there, filed, or waiting (for somebody to accept the action)."""

    id: str
    title: str
    action_state: str
    state: str
    tracker: str = ""
    key: str = ""
    url: str = ""
    there: str = ""
    error: str = ""
    advice: str = ""
    next_try: datetime | None = None
    remarks: tuple[dict[str, Any], ...] = ()
    earlier: tuple[dict[str, str], ...] = ()
    """Tasks that the action had before this one: tracker, task, url, and when it was gone."""

    @property
    def to_do(self) -> str:
        """What a person does next; empty where nothing is for them."""
        return TO_DO[self.advice].format(**vars(self)) if self.advice else ""

    def as_plain(self) -> dict[str, Any]:
        """The line as JSON has it."""
        return {**asdict(self), "to_do": self.to_do}


def line_of(action: CorrectiveAction, ref: ExternalRef | None, entries: Sequence[Outbox], tracker: str, now: datetime) -> Line:
    """How the task of an action stands, by where it is and what the outbox says of it."""
    making = [entry for entry in entries if entry.kind == FILE and entry.state in ("planned", "claimed")] if ref and ref.missing_at else []
    worst = min(making or entries, key=_urgency, default=None)
    state = _state(action, ref, worst, now)
    return Line(
        action.id,
        action.title,
        action.state,
        state,
        ref.tracker if ref else tracker,
        ref.key if ref else "",
        ref.url if ref else "",
        str(ref.seen.get("name") or ref.last_state) if ref else "",
        worst.error if worst and state in ("doubtful", "failed", "looked for", "planned") else "",
        _advice(state, worst),
        worst.next_try if worst and state in ("looked for", "planned") else None,
        earlier=tuple(ref.seen.get("earlier", ())) if ref else (),
    )


def accepted(action: CorrectiveAction) -> bool:
    """Whether somebody has taken the action on: it was accepted here, or it has gone beyond being reported."""
    return action.accepted_at is not None or action.state not in ("", "reported")


def _urgency(entry: Outbox) -> int:
    """Which entry of an action says how it stands, the least first: what a person has to do, then what is under way."""
    if entry.state in ("doubtful", "failed"):
        return ("doubtful", "failed").index(entry.state)
    if entry.state in ("planned", "claimed"):
        return 2 if entry.posted_at else 3
    return 4


def _state(action: CorrectiveAction, ref: ExternalRef | None, worst: Outbox | None, now: datetime) -> str:
    if worst and worst.state in ("doubtful", "failed"):
        return worst.state
    if ref and ref.missing_at and not (worst and worst.kind == FILE and worst.state in ("planned", "claimed")):
        return "gone"
    if worst and worst.state in ("planned", "claimed"):
        begun = worst.posted_at and (worst.state == "planned" or (worst.lease_until or now) < now)
        if begun or worst.kind == FILE:
            return "looked for" if begun else "planned"
    if ref:
        return "closed there" if ref.last_state in ("done", "dropped") and action.state != "closed" else "filed"
    return "planned" if accepted(action) else "waiting"


TO_DO = {
    "look": "Look in {tracker} for a task named {id}. If it is there: annexa tasks settle {id} --is KEY. If it is not: annexa tasks settle {id} --again.",
    "mend": "Do what the message says, then: annexa tasks settle {id} --again.",
    "gone": "Its task {key} was deleted in {tracker}, or moved where we may not look. Have it restored there, or a new one filed in its place: annexa tasks settle {id} --again.",
    "looked for": "Nothing yet: whether it was made is being found out.",
    "closed there": "Add the evidence to the action, then have it reviewed and closed here.",
    "waiting": "Accept the action; its task is filed then.",
}
"""What a person does next, by `Line.advice`."""


def _advice(state: str, worst: Outbox | None) -> str:
    if state == "doubtful" and worst and worst.kind == FILE:
        return "look"
    if state in ("doubtful", "failed"):
        return "mend"
    return state if state in TO_DO else ""
