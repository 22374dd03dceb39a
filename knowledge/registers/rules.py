"""What must hold inside a row, beyond the kind of each value. Pure: the row before and after in, problems out."""

import re
from collections.abc import Callable, Collection
from datetime import date, datetime
from typing import Any

from knowledge import controls
from knowledge.registers import steps
from knowledge.registers.risks import IMPACT_COLUMNS, PAIRS, Risk
from knowledge.registers.values import BadValue, plain
from knowledge.registers.values import checked_id as _plain_id

Found = list[tuple[str, str]]
"""(column, what is wrong and what to do)"""

ACCEPTANCE = ("accepted_by", "accepted_at", "acceptance_expires")
JUDGED = (
    "name", "description", "treatment", "additional_controls", "due_date", "justification",
    *(f"{pair}_{part}" for pair in PAIRS for part in ("likelihood", "impact", *IMPACT_COLUMNS)),
)  # fmt: skip
"""What somebody accepts when they accept a risk; a change of any of it makes the acceptance void."""


def problems(register: str, before: Any, after: Any, now: datetime) -> Found:
    """What is wrong with a row that shall be written; `before` is None for a new one. Settles what follows from the change."""
    rule = _RULES.get(register)
    return [*_in_order(after), *(rule(before, after, now) if rule else [])]


def closed_to_hand(register: str, before: Any, after: Any, changed: Collection[str]) -> Found:
    """Why what a person or a file changes in a row that is there changes otherwise: a corrective action goes on by its steps."""
    return steps.closed_to_hand(before, after, changed) if register == "corrective_action" else []


def new_by_hand(register: str, row: Any) -> Found:
    """What a new row cannot hold unless it comes with its history from a file."""
    return steps.new_by_hand(row) if register == "corrective_action" else []


def kept(register: str, row: Any) -> Found:
    """Why a row is not taken out."""
    return steps.kept(row) if register == "corrective_action" else []


def complete(register: str, out: dict[str, Any], before: Any, now: datetime) -> None:
    """Fill in what follows from what is given: a risk's impact from its columns, the highest counts; when an action's criterion was fixed."""
    if register == "corrective_action" and before is not None and out.get("criterion", before.criterion) != before.criterion:
        out.setdefault("criterion_set_at", now)
    if register != "risk":
        return
    for pair in PAIRS:
        given = [out.get(f"{pair}_{name}", getattr(before, f"{pair}_{name}", None)) for name in IMPACT_COLUMNS]
        levels = [level for level in given if level is not None]
        if levels and out.get(f"{pair}_impact") is None:
            out[f"{pair}_impact"] = max(levels)


def judged_state(risk: Risk) -> dict[str, Any]:
    """The state of a risk that an acceptance is about, frozen."""
    return {name: plain(getattr(risk, name)) for name in JUDGED if getattr(risk, name) not in (None, "")}


def accepted_already(risk: Risk, by: str, now: datetime) -> Found:
    """Why a risk is not accepted a second time by somebody who has not seen that it is: nothing where no acceptance stands."""
    until = risk.acceptance_expires
    if risk.accepted_at is None or risk.acceptance_void_at is not None or (until is not None and until < now.date()):
        return []
    how_long = f"until {until}" if until else "without an end"
    why = f"it is accepted already, by {by} on {risk.accepted_at.date()}, {how_long}; to renew that, open the risk again and accept it as it is shown"
    return [("accepted_by", why)]


def acceptance_problems(risk: Risk, expires: date | None, now: datetime) -> Found:
    """Why a risk cannot be accepted as it stands."""
    found: Found = []
    if expires is None or expires <= now.date():
        found.append(("acceptance_expires", "an acceptance ends on a day to come; 12 months are usual"))
    if risk.treatment == "":
        found.append(("treatment", "choose modify, retain, avoid or share before the risk is accepted"))
    if risk.current_likelihood is None or risk.current_impact is None:
        found.append(("current_likelihood", "assess likelihood and impact with what is in place before the risk is accepted"))
    return found


def checked_id(register: str, written: Any) -> str:
    """The id in its one form; a control or clause as the catalogue spells it. Raises BadValue."""
    id_ = _plain_id(written)
    if register not in ("control_status", "clause_status"):
        return id_
    catalogue = controls.catalogue()
    if (named := catalogue.by_source(id_)) is None:
        named = next(iter(catalogue.look_up(id_, controls.ISO_2022)), None)
    if named is None:
        old = catalogue.look_up(id_, controls.ISO_2013)
        today = ", ".join(entry.id for entry in controls.successors(old[0].id)) if old else ""
        raise BadValue(f"an id of 2013; today it is {today}: write that" if today else "no control has that id; write one such as A.8.24")
    return named.id if named.framework == controls.ISO_2022 else named.source_id


def _risk(before: Risk | None, risk: Risk, now: datetime) -> Found:
    found: Found = []
    for pair in PAIRS:
        levels = [level for name in IMPACT_COLUMNS if (level := getattr(risk, f"{pair}_{name}")) is not None]
        impact = getattr(risk, f"{pair}_impact")
        if levels and impact != max(levels):
            found.append((f"{pair}_impact", f"it is {impact}, but its highest column is {max(levels)}; the highest counts"))
    if _product(risk, "residual") > _product(risk, "current") > 0 and not risk.justification:
        found.append(
            (
                "justification",
                f"the residual score {_product(risk, 'residual')} is above the current {_product(risk, 'current')}; say why, or lower it",
            )
        )
    if risk.priority_override and not risk.priority_reason:
        found.append(("priority_reason", "a priority set by hand needs a reason"))
    if risk.accepted_at and not risk.accepted_by:
        found.append(("accepted_by", "say who accepted the risk"))
    if not found:
        _keep_acceptance(before, risk, now)
    return found


def _keep_acceptance(before: Risk | None, risk: Risk, now: datetime) -> None:
    """Freeze the state that a newly entered acceptance is about; mark an older one void when that state has changed."""
    if risk.accepted_at is None:
        risk.accepted_state, risk.acceptance_void_at = None, None
    elif before is None or any(getattr(before, name) != getattr(risk, name) for name in ACCEPTANCE):
        risk.accepted_state = judged_state(risk)
        if before is not None:  # a new row may come from another plant with an acceptance that was void there
            risk.acceptance_void_at = None
    elif risk.acceptance_void_at is None and judged_state(risk) != risk.accepted_state:
        risk.acceptance_void_at = now


def _product(risk: Risk, pair: str) -> int:
    return (getattr(risk, f"{pair}_likelihood") or 0) * (getattr(risk, f"{pair}_impact") or 0)


def _incident(before: Any, incident: Any, _now: datetime) -> Found:
    closing = before is not None and before.status != "closed" and incident.status == "closed"
    if closing and incident.ai_incident and not incident.lesson:
        return [("lesson", "an AI incident is closed with a lesson; say what was learned")]
    return []


def _control(before: Any, status: Any, _now: datetime) -> Found:
    excluding = before is not None and before.applicable is not False and status.applicable is False
    if excluding and says_nothing(status.exclusion_reason):
        return [("exclusion_reason", 'say what in the scope makes the control unnecessary; "not relevant" is no reason')]
    return []


_EMPTY_REASONS = re.compile(
    r"(not|non)[ -]?(relevant|applicable|needed|required|necessary)|n/?a|none?|nicht (relevant|anwendbar|nötig|erforderlich|zutreffend)|entfällt|keine?|out of scope|no need",
    re.IGNORECASE,
)


def says_nothing(reason: str) -> bool:
    """Whether a reason for an exclusion gives none: it is missing, a stock phrase, or shorter than a reason can be."""
    left = _EMPTY_REASONS.sub(" ", reason)
    return len(re.findall(r"\w{3,}", left)) < 3


def _person(_before: Any, person: Any, _now: datetime) -> Found:
    return [] if "@" in person.email else [("email", "this is not an e-mail address")]


_PERIODS = (("start_date", "end_date"), ("starts_at", "ends_at"), ("started_at", "closed_at"), ("detected_at", "closed_at"))


def _in_order(row: Any) -> Found:
    """Periods that end before they begin."""
    found: Found = []
    for first, last in _PERIODS:
        start, end = getattr(row, first, None), getattr(row, last, None)
        if start and end and end < start:
            found.append((last, f"it lies before {first.replace('_', ' ')}; one of the two is wrong"))
    return found


_RULES: dict[str, Callable[[Any, Any, datetime], Found]] = {
    "risk": _risk,
    "incident": _incident,
    "control_status": _control,
    "person": _person,
}
