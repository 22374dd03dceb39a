"""Values that are worked out and never stored: scores, bands, priority, overdue, next review, SoA status.

Each has a pure function of a row and a Context (the method, today) and, beside it, the same as an SQL expression for
filtering and sorting. `tests/test_derived.py` holds the two against each other on random rows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, case, exists, literal, null, or_, select

from knowledge.registers.audits import CorrectiveAction, Finding
from knowledge.registers.descriptions import REGISTERS
from knowledge.registers.people import Person
from knowledge.registers.risks import Risk


@dataclass(frozen=True)
class Band:
    """Scores from `low` up to the next band; `priority` is what a risk in it gets."""

    code: str
    low: int
    en: str
    de: str
    priority: str


@dataclass(frozen=True)
class Method:
    """A version of the risk method. Texts are for the levels 1 to 5, days are whole numbers, `threshold` is the highest score accepted as a rule."""

    name: str
    likelihood: tuple[str, ...]
    impact: dict[str, tuple[str, ...]]
    impact_names: dict[str, str]
    bands: tuple[Band, ...]
    threshold: int
    deadlines: dict[str, int]
    treatment_days: dict[str, int]
    acceptance_days: int = 365
    review_days: int = 365

    def band(self, score: int | None) -> Band | None:
        """The band of a score; None where there is no score."""
        return next((band for band in reversed(self.bands) if score is not None and score >= band.low), None)

    def scores(self, code: str) -> tuple[int, int]:
        """The lowest and highest score of a band: as a range it can use the index on scores."""
        place = next(place for place, band in enumerate(self.bands) if band.code == code)
        above = self.bands[place + 1].low - 1 if place + 1 < len(self.bands) else 25
        return self.bands[place].low, above


class Context(NamedTuple):
    """What values are worked out under."""

    method: Method
    today: date


STANDARD = Method(
    name="Standard method",
    likelihood=(
        "less than once in ten years",
        "once in three to ten years",
        "once in one to three years",
        "several times a year",
        "every month or more often",
    ),
    impact={
        "safety": ("no harm", "first aid", "injury with lost time", "serious injury", "death or lasting harm"),
        "delivery": ("under an hour", "a shift", "a day", "up to a week", "more than a week, or a customer's line stops"),
        "money": (
            "under 10,000 euro", "up to 100,000 euro", "up to 500,000 euro", "up to 2 million euro, or a lead in technology is shared",
            "more than 2 million euro, or a lead in technology is lost",
        ),
        "law": ("none", "a question from a customer", "a complaint or a notice to an authority", "a fine or a lost order", "a lost customer or licence"),
    },
    impact_names={"safety": "Safety", "delivery": "Delivery", "money": "Money", "law": "Law and customer"},
    bands=(
        Band("low", 1, "low", "niedrig", "low"),
        Band("medium", 5, "medium", "mittel", "medium"),
        Band("high", 10, "high", "hoch", "high"),
        Band("very_high", 15, "very high", "sehr hoch", "urgent"),
    ),
    threshold=9,
    deadlines={"major": 60, "minor": 90, "observation": 180, "opportunity": 180, "area_of_concern": 60},
    treatment_days={"low": 365, "medium": 180, "high": 90, "very_high": 30},
)  # fmt: skip
"""What a fresh installation starts with; the company sets its own."""

PRIORITY_ORDER = ("urgent", "high", "medium", "low")

# --- risks -------------------------------------------------------------------------------------------------------


def score(risk: Risk, pair: str) -> int | None:
    """Likelihood times impact of the pair `inherent`, `current` or `residual`, 1-25; None where one of them is missing."""
    likelihood, impact = getattr(risk, f"{pair}_likelihood"), getattr(risk, f"{pair}_impact")
    return None if likelihood is None or impact is None else likelihood * impact


def score_sql(pair: str) -> ColumnElement[Any]:
    columns = _columns("risk")
    return columns[f"{pair}_likelihood"] * columns[f"{pair}_impact"]


def risk_band(risk: Risk, context: Context) -> str | None:
    """The code of the band of the current score."""
    band = context.method.band(score(risk, "current"))
    return band.code if band else None


def risk_band_sql(context: Context) -> ColumnElement[Any]:
    return _by_band(context, lambda band: literal(band.code))


def priority(risk: Risk, context: Context) -> str | None:
    """What was set by hand with a reason, else what the band says, one step higher once the treatment is overdue."""
    if risk.priority_override:
        return risk.priority_override
    band = context.method.band(score(risk, "current"))
    if band is None:
        return None
    return _raised(band.priority) if _past(risk.due_date, context) else band.priority


def priority_sql(context: Context) -> ColumnElement[Any]:
    columns = _columns("risk")
    late = columns.due_date < context.today
    by_band = _by_band(context, lambda band: case((late, literal(_raised(band.priority))), else_=literal(band.priority)))
    return case((columns.priority_override != "", columns.priority_override), else_=by_band)


def acceptable(risk: Risk, context: Context) -> bool | None:
    """Whether what remains (the residual score, where none is set the current one) is at or below the threshold."""
    left = score(risk, "residual") or score(risk, "current")
    return None if left is None else left <= context.method.threshold


def acceptance(risk: Risk, context: Context) -> str:
    """`none`, `valid`, `expired`, or `void` when the state that was accepted has changed since."""
    if risk.accepted_at is None:
        return "none"
    if risk.acceptance_void_at is not None:
        return "void"
    return "expired" if _past(risk.acceptance_expires, context) else "valid"


def acceptance_sql(context: Context) -> ColumnElement[Any]:
    columns = _columns("risk")
    return case(
        (columns.accepted_at.is_(None), literal("none")),
        (columns.acceptance_void_at.is_not(None), literal("void")),
        (columns.acceptance_expires < context.today, literal("expired")),
        else_=literal("valid"),
    )


def risk_overdue(risk: Risk, context: Context) -> bool:
    """Whether its treatment or its review should have been done before today."""
    return _past(risk.due_date, context) or _past(risk.review_date, context)


def risk_overdue_sql(context: Context) -> ColumnElement[Any]:
    columns = _columns("risk")
    return or_(_before(columns.due_date, context), _before(columns.review_date, context))


# --- the other registers -------------------------------------------------------------------------------------------


def action_open(action: CorrectiveAction, _context: Context) -> bool:
    """Every state but `closed`."""
    return action.state != "closed"


def action_open_sql(_context: Context) -> ColumnElement[Any]:
    return _columns("corrective_action").state != "closed"


def action_overdue(action: CorrectiveAction, context: Context) -> bool:
    """Not closed, and due before today."""
    return action.state != "closed" and _past(action.due_date, context)


def action_overdue_sql(context: Context) -> ColumnElement[Any]:
    columns = _columns("corrective_action")
    return and_(columns.state != "closed", _before(columns.due_date, context))


def finding_open_sql(_context: Context) -> ColumnElement[Any]:
    """A finding with an action that is not closed, or a nonconformity or area of concern without any action."""
    actions = CorrectiveAction.__table__.c  # type: ignore[attr-defined]
    of_it = and_(actions.finding == Finding.__table__.c.id, actions.retired_at.is_(None))  # type: ignore[attr-defined]
    needs = _columns("finding").grade.in_(("major", "minor", "area_of_concern"))
    return or_(exists().where(of_it, actions.state != "closed"), and_(needs, ~exists().where(of_it)))


def incident_open(incident: Any, _context: Context) -> bool:
    """Every state but `closed`."""
    return bool(incident.status != "closed")


def incident_open_sql(_context: Context) -> ColumnElement[Any]:
    return _columns("incident").status != "closed"


def next_review(ai_system: Any, context: Context) -> date | None:
    """The day set for the next review, else the last one and the interval of the method; None where there was none."""
    if ai_system.next_review or not ai_system.last_review:
        day: date | None = ai_system.next_review
        return day
    last: date = ai_system.last_review
    return last + timedelta(days=context.method.review_days)


def ai_review_overdue(ai_system: Any, context: Context) -> bool:
    """Whether the next review of a system that is not retired should have been before today."""
    return ai_system.lifecycle_phase != "retired" and _past(next_review(ai_system, context), context)


def ai_review_overdue_sql(context: Context) -> ColumnElement[Any]:
    columns = _columns("ai_system")
    long_ago = context.today - timedelta(days=context.method.review_days)
    unset = and_(columns.next_review.is_(None), _before(columns.last_review, Context(context.method, long_ago)))
    return and_(columns.lifecycle_phase != "retired", or_(_before(columns.next_review, context), unset))


def soa_status(status: Any, _context: Context | None = None) -> str:
    """`not_applicable`, `never_checked` where nobody has looked (which is not "no"), else the state of implementation."""
    if status is not None and status.applicable is False:
        return "not_applicable"
    if status is None or status.last_checked is None:
        return "never_checked"
    return status.implementation_status or "not_started"


def soa_status_sql(_context: Context) -> ColumnElement[Any]:
    columns = _columns("control_status")
    return case(
        (columns.applicable.is_(False), literal("not_applicable")),
        (columns.last_checked.is_(None), literal("never_checked")),
        (columns.implementation_status == "", literal("not_started")),
        else_=columns.implementation_status,
    )


def hash_matches(release: Any, _context: Context) -> bool | None:
    """Whether what runs is what was released; None where one of the two hashes is not known."""
    return bool(release.weights_hash == release.deployed_hash) if release.weights_hash and release.deployed_hash else None


def hash_matches_sql(_context: Context) -> ColumnElement[Any]:
    columns = _columns("release")
    unknown = or_(columns.weights_hash == "", columns.deployed_hash == "")
    return case((unknown, null()), else_=columns.weights_hash == columns.deployed_hash)


def owner_email_sql(_context: Context) -> ColumnElement[Any]:
    people = Person.__table__.c  # type: ignore[attr-defined]
    return select(people.email).where(people.id == _columns("risk").owner).scalar_subquery()


def _overdue_task(row: Any, context: Context) -> bool:
    return row.state not in ("done", "dropped") and _past(row.due_date, context)


def _overdue_task_sql(register: str) -> Callable[[Context], ColumnElement[Any]]:
    def late(context: Context) -> ColumnElement[Any]:
        columns = _columns(register)
        return and_(columns.state.not_in(("done", "dropped")), _before(columns.due_date, context))

    return late


def _expired(row: Any, context: Context) -> bool:
    return _past(row.expires_on, context)


def _expired_sql(register: str) -> Callable[[Context], ColumnElement[Any]]:
    return lambda context: _before(_columns(register).expires_on, context)


class Rule(NamedTuple):
    """How a computed column is worked out; `of` is None where other rows are needed, which only SQL looks at."""

    of: Callable[[Any, Context], Any] | None
    sql: Callable[[Context], ColumnElement[Any]]


def _score_rule(pair: str) -> Rule:
    return Rule(lambda risk, _context: score(risk, pair), lambda _context: score_sql(pair))


def _below_rule(register: str, reached: str, needed: str) -> Rule:
    """Whether a level lies below the one that is needed; no where one of the two is not known."""

    def below(row: Any, _context: Context) -> bool:
        level, wanted = getattr(row, reached), getattr(row, needed)
        return level is not None and wanted is not None and level < wanted

    def below_sql(_context: Context) -> ColumnElement[Any]:
        level, wanted = _columns(register)[reached], _columns(register)[needed]
        return and_(level.is_not(None), wanted.is_not(None), level < wanted)

    return Rule(below, below_sql)


RULES: dict[tuple[str, str], Rule] = {
    **{("risk", f"{pair}_score"): _score_rule(pair) for pair in ("inherent", "current", "residual")},
    ("risk", "band"): Rule(risk_band, risk_band_sql),
    ("risk", "priority"): Rule(priority, priority_sql),
    ("risk", "acceptance"): Rule(acceptance, acceptance_sql),
    ("risk", "overdue"): Rule(risk_overdue, risk_overdue_sql),
    ("risk", "owner_email"): Rule(None, owner_email_sql),
    ("corrective_action", "open"): Rule(action_open, action_open_sql),
    ("corrective_action", "overdue"): Rule(action_overdue, action_overdue_sql),
    ("finding", "open"): Rule(None, finding_open_sql),
    ("incident", "open"): Rule(incident_open, incident_open_sql),
    ("ai_system", "review_overdue"): Rule(ai_review_overdue, ai_review_overdue_sql),
    ("control_status", "soa_status"): Rule(soa_status, soa_status_sql),
    ("release", "hash_matches"): Rule(hash_matches, hash_matches_sql),
    **{(name, "overdue"): Rule(_overdue_task, _overdue_task_sql(name)) for name in ("objective", "programme_task", "improvement")},
    ("zone", "below_target"): _below_rule("zone", "achieved_level", "target_level"),
    ("competence", "below_target"): _below_rule("competence", "level", "needed_level"),
    **{
        (name, "expired"): Rule(_expired, _expired_sql(name))
        for name in ("evidence", "access_path", "firewall_rule", "machine_identity", "compensating_measure")
    },
}
"""(register, computed column) to how it is worked out: one for each column of kind `computed`."""


def expression(register: str, column: str, context: Context) -> ColumnElement[Any]:
    """The SQL expression of a computed column, for filtering, sorting and selecting."""
    return RULES[register, column].sql(context)


def _columns(register: str) -> Any:
    return REGISTERS[register].model.__table__.c


def _past(day: date | None, context: Context) -> bool:
    return day is not None and day < context.today


def _before(column: Any, context: Context) -> ColumnElement[bool]:
    """Before today, and no when there is no day, so that NOT says yes to it."""
    return and_(column.is_not(None), column < context.today)


def _raised(level: str) -> str:
    return PRIORITY_ORDER[max(PRIORITY_ORDER.index(level) - 1, 0)]


def _by_band(context: Context, value: Callable[[Band], ColumnElement[Any]]) -> ColumnElement[Any]:
    """The value of the band that the current score lies in."""
    now = score_sql("current")
    return case(*((now >= band.low, value(band)) for band in reversed(context.method.bands)), else_=null())
