"""The steps of a corrective action, and what each needs before it may be taken (ISO/IEC 27001:2022, 10.2). Pure: rows and a moment in, what is missing out.

Everybody who moves an action asks `missing` here, through `assistant/assurance/corrective/life.py`; what is changed in any other way cannot touch what a step sets
(`knowledge/registers/steps.py`). A round ends with closing or reopening: in a later one what was done, proved and reviewed before counts no more.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from knowledge.registers.audits import ACTION_STATES
from knowledge.registers.derived import Method

STATES = tuple(ACTION_STATES)
GRACE_DAYS = 7
"""How far back a step may be dated. Actions are gone through once a week in most plants: what was done after one round is recorded in the next. Whoever dates
further back writes history after the fact, and that is what an auditor looks for."""
DATE_OF = {
    "reported": "reported_on",
    "contained": "contained_on",
    "cause_analysed": "analysed_on",
    "action_planned": "planned_on",
    "action_done": "done_on",
    "effectiveness_reviewed": "reviewed_on",
    "closed": "closed_on",
    "reopened": "reopened_on",
}
"""The column that says when a state was reached."""
_IN_ORDER = ("reported_on", "contained_on", "analysed_on", "planned_on", "done_on", "reviewed_on", "closed_on")


@dataclass(frozen=True)
class Proof:
    """A piece of evidence that an action names: its id, and the day that it supports."""

    id: str
    supports_date: date | None


@dataclass(frozen=True)
class Missing:
    """One thing that a step lacks: the column to fill in, and what to say there."""

    column: str
    en: str
    de: str

    def said(self, tongue: str) -> str:
        """The sentence in a language."""
        return self.de if tongue == "de" else self.en


@dataclass(frozen=True)
class Fact:
    """Something that must hold for a step; `holds` is asked with the action as it would be after it, and its evidence."""

    column: str
    en: str
    de: str
    holds: Callable[[Any, Sequence[Proof]], bool]


def _said(column: str, en: str, de: str) -> Fact:
    return Fact(column, en, de, lambda action, _: bool(getattr(action, column)))


CONTAINED = (
    _said("containment", "say what was done at once to contain it", "sagen Sie, was sofort zur Eindämmung getan wurde"),
    _said("contained_by", "name the person who contained it", "nennen Sie, wer es eingedämmt hat"),
)
CAUSE = (
    _said("root_cause", "say what caused it, not what was seen", "nennen Sie die Ursache, nicht was zu sehen war"),
    _said(
        "exists_elsewhere",
        "say whether it exists elsewhere, and where you looked: other lines, sites, models, suppliers",
        "sagen Sie, ob es das auch anderswo gibt und wo nachgesehen wurde: andere Linien, Standorte, Modelle, Lieferanten",
    ),
)
PLANNED = (
    _said("action", "say which action removes the cause", "sagen Sie, welche Maßnahme die Ursache beseitigt"),
    _said("owner", "name the owner of the action", "nennen Sie, wer für die Maßnahme verantwortlich ist"),
    _said("due_date", "give the day by which it is due", "nennen Sie den Tag, an dem sie fällig ist"),
    _said(
        "criterion",
        "fix now by what you will see that it worked",
        "legen Sie jetzt fest, woran Sie erkennen werden, dass sie gewirkt hat",
    ),
)
DONE = (
    _said("done_on", "give the day on which the action was done", "nennen Sie den Tag, an dem die Maßnahme umgesetzt wurde"),
    Fact(
        "criterion_set_at",
        "the criterion was not fixed before the action was done",
        "das Kriterium stand nicht fest, bevor die Maßnahme umgesetzt wurde",
        lambda action, _: _fixed_before(action),
    ),
    Fact(
        "evidence",
        "name evidence that supports a day on or after the action",
        "nennen Sie einen Nachweis, der einen Tag ab der Umsetzung belegt",
        lambda action, proofs: any(proves(action, one) for one in proofs),
    ),
)
REVIEWED = (
    _said("effectiveness_result", "say what the effectiveness check found, against the criterion", "sagen Sie, was die Wirksamkeitsprüfung am Kriterium ergeben hat"),
    _said("reviewer", "name the person who checked the effect", "nennen Sie, wer die Wirksamkeit geprüft hat"),
    Fact(
        "reviewer",
        "the owner does not review their own action; name somebody else",
        "wer für die Maßnahme verantwortlich ist, prüft sie nicht selbst; nennen Sie jemand anderen",
        lambda action, _: not action.reviewer or action.reviewer != action.owner,
    ),
    Fact(
        "reviewed_on",
        "check the effect after the action was done, on a later day",
        "prüfen Sie die Wirkung nach der Umsetzung, an einem späteren Tag",
        lambda action, _: _after_the_action(action),
    ),
    Fact(
        "reviewed_on",
        "it is too early: the review is due on the day that was set for it, so that the effect can be seen",
        "es ist zu früh: die Prüfung ist erst am festgelegten Tag fällig, damit die Wirkung zu sehen ist",
        lambda action, _: not (action.reviewed_on and action.review_due) or action.reviewed_on >= action.review_due,
    ),
)  # fmt: skip
CLOSED = (
    Fact(
        "effectiveness_result",
        "the check says that it did not work; reopen the action",
        "die Prüfung sagt, dass sie nicht gewirkt hat; öffnen Sie die Maßnahme wieder",
        lambda action, _: not failed(action.effectiveness_result),
    ),
)
REOPENED = (_said("reopen_reason", "say why it is reopened", "sagen Sie, warum sie wieder geöffnet wird"),)

_PLANNING = (*CONTAINED, *CAUSE, *PLANNED)
_DOING = (*_PLANNING, *DONE)
_REVIEWING = (*_DOING, *REVIEWED)
TRANSITIONS: Mapping[tuple[str, str], tuple[Fact, ...]] = {
    ("reported", "contained"): CONTAINED,
    ("contained", "cause_analysed"): (*CONTAINED, *CAUSE),
    ("cause_analysed", "action_planned"): _PLANNING,
    ("action_planned", "action_done"): _DOING,
    ("action_done", "effectiveness_reviewed"): _REVIEWING,
    ("effectiveness_reviewed", "closed"): (*_REVIEWING, *CLOSED),
    ("effectiveness_reviewed", "reopened"): REOPENED,
    ("closed", "reopened"): REOPENED,
    ("reopened", "contained"): CONTAINED,
    ("reopened", "cause_analysed"): (*CONTAINED, *CAUSE),
}
"""Which state may follow which, and what it needs: all that earlier steps needed too, so that nothing is taken away again on the way to the end."""


def ways(state: str) -> list[str]:
    """The states that may follow."""
    return [to for start, to in TRANSITIONS if start == state]


_OWN = {
    "contained": ("team", "problem", "containment", "contained_by"),
    "cause_analysed": ("why_1", "why_2", "why_3", "why_4", "why_5", "escape_cause", "root_cause", "exists_elsewhere"),
    "action_planned": ("action", "owner", "due_date", "criterion", "review_due"),
    "action_done": ("evidence",),
    "effectiveness_reviewed": ("reviewer", "effectiveness_result"),
    "closed": ("isms_change", "closing_note"),
    "reopened": ("reopen_reason",),
}


def own_columns(to: str) -> tuple[str, ...]:
    """What is filled in with a step, in the order of a form: its day last."""
    return (*_OWN[to], DATE_OF[to])


def columns(state: str, to: str) -> tuple[str, ...]:
    """All that may be given with a step: its own columns, and those of steps before it that may still lack something."""
    asked = [fact.column for fact in TRANSITIONS.get((state, to), ()) if fact.column != "criterion_set_at"]
    return tuple(dict.fromkeys([*own_columns(to), *asked])) if to in _OWN else ()


def missing(action: Any, to: str, evidence: Sequence[Proof], now: datetime, recorded: Collection[str] | None = None) -> list[Missing]:
    """All that the action, as it would be after the step but for its state, lacks to go there; nothing where it may.

    `recorded` are the columns that the step itself sets, whose days may not lie far back: the step's own day where it is not given.
    """
    facts = TRANSITIONS.get((action.state, to))
    if facts is None:
        return [_no_way(action.state, to)]
    found = [Missing(fact.column, fact.en, fact.de) for fact in facts if not fact.holds(action, evidence)]
    return found + _wrong_days(action, to, now.date(), {DATE_OF[to]} if recorded is None else recorded)


def gaps(action: Any, evidence: Sequence[Proof]) -> list[Missing]:
    """What an action lacks of all that its state says it has: none where its steps were taken here, some where a file brought it so far."""
    came = [facts for (_, to), facts in TRANSITIONS.items() if to == action.state and to != "reopened"]
    facts = max(came, key=len, default=())
    return [Missing(fact.column, fact.en, fact.de) for fact in facts if not fact.holds(action, evidence)]


def stamped(action: Any, to: str, given: Mapping[str, Any], actor: str | None, now: datetime) -> dict[str, Any]:
    """The values that a step sets: those given, its day where none is given, and the person who takes it where it asks for one.

    What a review of an earlier round found is not carried into this one.
    """
    values = {"state": to, DATE_OF[to]: now.date(), **{name: value for name, value in given.items() if value is not None}}
    if to == "contained":
        values.setdefault("contained_by", (action.contained_by if not action.reopened_on else None) or actor)
    if to == "action_planned" and values.get("criterion", action.criterion) and "criterion_set_at" not in values:
        fixed = action.criterion_set_at if values.get("criterion", action.criterion) == action.criterion else None
        values["criterion_set_at"] = fixed or now
    if to == "effectiveness_reviewed":
        stale = action.reopened_on is not None and action.reviewed_on is not None and action.reviewed_on <= action.reopened_on
        values.setdefault("effectiveness_result", "" if stale else action.effectiveness_result)
        values.setdefault("reviewer", (None if stale else action.reviewer) or actor)
    return values


def proves(action: Any, proof: Proof) -> bool:
    """Whether evidence is dated after the action: on its day or later, and in a later round after the reopening."""
    if proof.supports_date is None or action.done_on is None:
        return False
    return proof.supports_date >= action.done_on and (action.reopened_on is None or proof.supports_date > action.reopened_on)


_FAILED = re.compile(
    r"\W*(?:criterion |kriterium )?(?:(?:was |is |wurde )?(?:not|nicht) (?:met|effective|reached|fulfilled|passed|erfüllt|wirksam|erreicht|bestanden)"
    r"|ineffective|unwirksam|failed|fehlgeschlagen)\b",
    re.IGNORECASE,
)


def failed(result: str) -> bool:
    """Whether the result of a check begins by saying that the criterion was not met; all else is for the person who closes."""
    return _FAILED.match(result) is not None


def deadline(grade: str, reported_on: date | None, method: Method) -> date | None:
    """The day by which a finding of that grade is to be closed, by the risk method; None where the method has no days for it."""
    days = method.deadlines.get(grade)
    return None if days is None or reported_on is None else reported_on + timedelta(days=days)


def extension(action: Any, due: date | None, reason: str, approver: str | None, today: date) -> list[Missing]:
    """Why the due day cannot be moved so."""
    found = []
    if action.state == "closed":
        found.append(Missing("state", "it is closed; there is nothing to extend", "sie ist geschlossen; es gibt nichts zu verlängern"))
    if action.due_date is None:
        found.append(Missing("due_date", "it has no due day yet; set one first", "sie hat noch keine Frist; setzen Sie zuerst eine"))
    elif due is None or due <= action.due_date or due <= today:
        found.append(
            Missing(
                "due_date", "the new day lies after the present one and after today", "der neue Tag liegt nach dem jetzigen und nach heute"
            )
        )
    if not reason.strip():
        found.append(Missing("extension_reason", "say why more time is needed", "sagen Sie, warum mehr Zeit nötig ist"))
    if approver is None or approver == action.owner:
        found.append(
            Missing(
                "extension_approver",
                "somebody other than the owner approves it",
                "jemand anderes als die verantwortliche Person genehmigt sie",
            )
        )
    return found


# --- days ---------------------------------------------------------------------------------------------------------


def _wrong_days(action: Any, to: str, today: date, recorded: Collection[str]) -> list[Missing]:
    """Days in the future, before the step that went before, or too far back for what is recorded today."""
    found = []
    for name in [name for name in _IN_ORDER if name in recorded] + (["reopened_on"] if "reopened_on" in recorded else []):
        day = getattr(action, name)
        if day is None:
            continue
        before = max((when for when in _before(action, name) if when is not None), default=None)
        if day > today:
            found.append(Missing(name, f"{day} lies in the future", f"{day} liegt in der Zukunft"))
        elif before is not None and day < before:
            found.append(
                Missing(name, f"{day} lies before the step before it, of {before}", f"{day} liegt vor dem Schritt davor, vom {before}")
            )
        elif day < today - timedelta(days=GRACE_DAYS):
            found.append(
                Missing(
                    name,
                    f"{day} is more than {GRACE_DAYS} days before it is recorded; nothing is back-dated: give the day on which you record it, and tell in the text when it was",
                    f"{day} liegt mehr als {GRACE_DAYS} Tage vor der Erfassung; es wird nicht zurückdatiert: nennen Sie den Tag der Erfassung und im Text, wann es war",
                )
            )  # fmt: skip
    if "due_date" in recorded and action.due_date is not None and action.due_date < today:
        found.append(Missing("due_date", f"{action.due_date} has passed already", f"{action.due_date} ist schon vorbei"))
    return found


def _before(action: Any, name: str) -> list[date | None]:
    """Days of the steps that go before one, in this round; earlier rounds end with the reopening."""
    if name == "reopened_on":
        return [getattr(action, column) for column in _IN_ORDER]
    return [action.reopened_on, *(getattr(action, column) for column in _IN_ORDER[: _IN_ORDER.index(name)])]


def _of_this_round(action: Any, day: date | None) -> bool:
    return day is not None and (action.reopened_on is None or day >= action.reopened_on)


def _fixed_before(action: Any) -> bool:
    """The criterion carries a moment, the action only a day: on the same day it was fixed first, because the step before needed it."""
    return (
        action.criterion_set_at is not None and _of_this_round(action, action.done_on) and action.criterion_set_at.date() <= action.done_on
    )


def _after_the_action(action: Any) -> bool:
    if action.reviewed_on is None or action.done_on is None or action.reviewed_on <= action.done_on:
        return False
    return action.reopened_on is None or bool(action.reviewed_on > action.reopened_on)


def _no_way(state: str, to: str) -> Missing:
    there = {tongue: ", ".join(ACTION_STATES[one].label(tongue) for one in ways(state)) for tongue in ("en", "de")}
    here = {tongue: ACTION_STATES[state].label(tongue) for tongue in ("en", "de")}
    wanted = {tongue: ACTION_STATES[to].label(tongue) if to in ACTION_STATES else to for tongue in ("en", "de")}
    return Missing(
        "state",
        f"it is {here['en']}; from there it goes to {there['en']}, not to {wanted['en']}",
        f"sie ist {here['de']}; von dort führt der Weg nach {there['de']}, nicht nach {wanted['de']}",
    )
