"""The company's risk method: what the levels mean, where bands begin, what is accepted, how long things may take.

It is kept in versions; the newest counts. `preview` tells what a change does to the risks before it is saved.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlmodel import Session, col, select

from knowledge.errors import Problem, RowRefused
from knowledge.registers import derived
from knowledge.registers.derived import Band, Context, Method
from knowledge.registers.queries import rows
from knowledge.registers.records import Records
from knowledge.registers.rights import Actor
from knowledge.registers.risks import IMPACT_COLUMNS, Risk, RiskMethod


@dataclass(frozen=True)
class Standing:
    """Where a risk stands under a method."""

    band: str | None
    priority: str | None
    acceptable: bool | None


@dataclass(frozen=True)
class Effect:
    """What a changed method does to one risk."""

    risk: str
    name: str
    before: Standing
    after: Standing
    fields: tuple[str, ...] = field(default=())


def current(session: Session) -> Method:
    """The method in force: the newest version, or the one that a fresh installation comes with."""
    newest = (
        select(RiskMethod)
        .where(col(RiskMethod.retired_at).is_(None))
        .order_by(col(RiskMethod.created_at).desc(), col(RiskMethod.id).desc())
    )
    row = session.exec(newest).first()
    return _method(row.definition) if row else derived.STANDARD


def changed(method: Method, change: Mapping[str, Any]) -> Method:
    """The method with some of its parts changed, given in the form that `as_plain` shows. Raises RowRefused with what is wrong."""
    known = as_plain(method)
    unknown = [name for name in change if name not in known]
    problems = [(name, "there is no such part; there are " + ", ".join(known)) for name in unknown]
    try:
        made = _method({**known, **{name: value for name, value in change.items() if name in known}})
        problems += _problems(made)
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError):
        problems.append(("method", "it is not in the form in which the present one is shown; change values, keep the form"))
    if problems:
        raise RowRefused([Problem("risk_method", "", name, str(change.get(name, ""))[:200], reason) for name, reason in problems])
    return made


def preview(session: Session, actor: Actor, change: Mapping[str, Any], context: Context) -> list[Effect]:
    """The risks, of those that the actor may see, whose band, priority or acceptance the change would alter; nothing is saved."""
    other = Context(changed(context.method, change), context.today)
    effects = []
    for risk in rows(session, actor, "risk"):
        before, after = standing(risk, context), standing(risk, other)
        if before != after:
            fields = tuple(name for name in ("band", "priority", "acceptable") if getattr(before, name) != getattr(after, name))
            effects.append(Effect(risk.id, risk.name, before, after, fields))
    return effects


def save(records: Records, change: Mapping[str, Any], reason: str) -> RiskMethod:
    """The new version of the method. Raises NotAllowed for all but the ISMS manager, RowRefused for a method that does not hold together."""
    method = changed(current(records.session), change)
    if not reason.strip():
        raise RowRefused([Problem("risk_method", "", "reason", "", "say why the method is changed")])
    given = {"name": method.name, "reason": reason, "effective_from": records.now.date(), "owner": records.actor.person_id}
    row: RiskMethod = records.create("risk_method", given, internal={"definition": as_plain(method)})
    return row


def standing(risk: Risk, context: Context) -> Standing:
    """Where a risk stands under the method of the context."""
    return Standing(derived.risk_band(risk, context), derived.priority(risk, context), derived.acceptable(risk, context))


def as_plain(method: Method) -> dict[str, Any]:
    """The method as JSON can carry it."""
    return asdict(method)


def _method(definition: Mapping[str, Any]) -> Method:
    parts = dict(definition)
    parts["bands"] = tuple(Band(**band) for band in parts["bands"])
    parts["likelihood"] = tuple(str(text) for text in parts["likelihood"])
    parts["impact"] = {str(name): tuple(str(text) for text in texts) for name, texts in parts["impact"].items()}
    parts["impact_names"] = {str(name): str(text) for name, text in parts["impact_names"].items()}
    for name in ("deadlines", "treatment_days"):
        parts[name] = {str(key): int(days) for key, days in parts[name].items()}
    for name in ("threshold", "acceptance_days", "review_days"):
        parts[name] = int(parts[name])
    return Method(**parts)


def _problems(method: Method) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if len(method.likelihood) != 5 or not all(method.likelihood):
        found.append(("likelihood", "give a text for each of the five levels"))
    if set(method.impact) != set(IMPACT_COLUMNS) or any(len(texts) != 5 or not all(texts) for texts in method.impact.values()):
        found.append(("impact", f"give five texts for each of {', '.join(IMPACT_COLUMNS)}"))
    found += _band_problems(method.bands)
    if not 1 <= method.threshold <= 25:
        found.append(("threshold", "write a score from 1 to 25"))
    days: Sequence[tuple[str, int]] = (
        *(("deadlines", value) for value in method.deadlines.values()),
        *(("treatment_days", value) for value in method.treatment_days.values()),
        ("acceptance_days", method.acceptance_days),
        ("review_days", method.review_days),
    )
    found += [(name, "write a number of days from 1 to 3650") for name, value in days if not 1 <= value <= 3650]
    return found


def _band_problems(bands: Sequence[Band]) -> list[tuple[str, str]]:
    lows = [band.low for band in bands]
    if not bands or lows != sorted(set(lows)) or lows[0] != 1 or lows[-1] > 25:
        return [("bands", "bands begin at rising scores, the first at 1, the last at 25 at most")]
    if len({band.code for band in bands}) != len(bands) or not all(band.code and band.en and band.de for band in bands):
        return [("bands", "each band has a code of its own and a name in English and German")]
    if any(band.priority not in derived.PRIORITY_ORDER for band in bands):
        return [("bands", f"the priority of a band is one of {', '.join(derived.PRIORITY_ORDER)}")]
    return []
