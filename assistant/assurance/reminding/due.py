"""What is due at a moment: a pure function of what the registers say then, asked of the database a rule at a time.

Nothing is remembered but what was said already (`Reminder`) and answered (`ReminderAnswer`). So it does not matter when, or how
often, this is asked: a timer only wakes whoever asks.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from sqlalchemy import func, not_, select
from sqlmodel import Session, col

from assistant.assurance.reminding import reminders
from assistant.assurance.reminding.conditions import id_of, name_of, open_rows, said, source, until
from assistant.assurance.reminding.reminders import COUNTDOWN, MAJORS, RULES, Rule, Rung
from assistant.assurance.reminding.state import Due, State
from knowledge.registers import REGISTERS, Audit, CorrectiveAction, Finding, Reminder, ReminderAnswer

_AT_ONCE = 500
_RECENT = timedelta(days=60)


def due(state: State, groups: Mapping[tuple[date, date], Sequence[str]] | None = None) -> list[Due]:
    """What is to be said now to those who are at work and was not said yet, one entry a row, rule and person.

    `groups` stands in for those who are at work: (today, the last day before they work again) -> people.
    """
    found: list[Due] = []
    for (today, ahead), people in (state.crew.at_work() if groups is None else groups).items():
        for rule in RULES:
            for rung in (None, *rule.ladder):
                found += _of_rule(state, rule, rung, today, ahead, people)
        found += _of_audits(state, today, ahead, people)
        found += _put_off_until(state, today, people)
    last = {(*one.said[:3], one.person_id): one for one in sorted(found, key=lambda one: -one.step)}
    return sorted(last.values(), key=lambda one: (one.person_id, one.due_on, one.rule, one.row_id))


def standing(state: State, name: str, row_ids: Collection[str]) -> dict[tuple[str, str], Due]:
    """(row, person) -> what still matters of these rows under the name of a rule, whether it was said or not; `step` is 0."""
    if name in (COUNTDOWN, MAJORS):
        return {
            (one.row_id, one.person_id): one
            for audit in _audits(state, name)
            if audit.id in row_ids
            for one in _told_of(state, name, audit)
        }
    rule = reminders.rule_of(name)
    if rule is None:
        return {}
    rung = next((rung for rung in rule.ladder if name.endswith(f".{rung.who}")), None)
    found = REGISTERS[rule.register]
    out: dict[tuple[str, str], Due] = {}
    for some in _portions(sorted(row_ids)):
        query = open_rows(rule, rung, state.context(state.now.date()), _constant(state, rung)).where(id_of(found).in_(some))
        for row in state.session.execute(query):
            if (one := _as_due(state, rule, rung, row)) is not None:
                out[one.row_id, one.person_id] = one
    return out


def open_items(state: State, person_id: str, last: date) -> list[Due]:
    """What a person has open that falls due until a day, what is late included, oldest first."""
    out = []
    context, constant = state.context(state.crew.today(person_id)), _constant(state, None)
    sources = _sources(state, [person_id], moved=False) + _sources(state, [person_id], moved=True)
    for rule in RULES:
        offset = timedelta(days=rule.offset(context))
        query = open_rows(rule, None, context, constant).where(source(rule, None, constant).in_(sources), until(rule, last - offset))
        out += [one for row in state.session.execute(query) if (one := _as_due(state, rule, None, row)) is not None]
    return sorted(out, key=lambda one: (one.due_on, one.row_id))


# --- one rule ----------------------------------------------------------------------------------------------------------


def _of_rule(state: State, rule: Rule, rung: Rung | None, today: date, ahead: date, people: Sequence[str]) -> Iterator[Due]:
    steps = reminders.steps_of(rule, state.steps) if rung is None else rung.steps
    constant, name = _constant(state, rung), name_of(rule, rung)
    offset = timedelta(days=rule.offset(state.context(today)))
    horizon = (ahead if max(steps) >= 0 else today) + timedelta(days=max(steps)) - offset
    query = open_rows(rule, rung, state.context(today), constant).where(until(rule, horizon))
    told = source(rule, rung, constant)
    # Those who hear for others, and dates that are worked out, are few: what they were told is looked up row by row.
    asked = not_(said(rule, name, told, steps, today, ahead))
    for moved in (False, True):
        sources = _sources(state, people, moved)
        if not sources or (rung is not None and rung.who != "deputy" and constant not in sources):
            continue
        some = query.where(told.in_(sources))
        rows = state.session.execute(some if moved or offset else some.where(asked)).all()
        found = [one for row in rows if (one := _as_due(state, rule, rung, row)) is not None]
        before = _said_before(state, name, {one.row_id for one in found}) if moved or offset else {}
        yield from _said_now(state, found, before, steps, today, ahead)


def _said_now(
    state: State, found: Sequence[Due], before: Mapping[tuple[str, date, str], int], steps: Sequence[int], today: date, ahead: date
) -> Iterator[Due]:
    for one in found:
        step = reminders.latest(one.due_on, steps, today, ahead)
        if step is None or before.get((one.row_id, one.due_on, one.person_id), step + 1) <= step or state.put_off(one, today):
            continue
        late = reminders.late_days(one.due_on, step, today, _day(one.changed_at or state.now))
        yield replace(one, step=step, late_days=late, today=today, urgent=today <= one.due_on <= ahead)


def _as_due(state: State, rule: Rule, rung: Rung | None, row: Any) -> Due | None:
    """The row as something to say to whoever hears it; None where they may not read it, or hear of it as its owner already."""
    person = state.crew.hears(row.source)
    readable = SimpleNamespace(audience=row.audience, owner=row.owner, author=row.author)
    if person is None or not state.may_read(person, rule.register, readable):
        return None
    if rung is not None and person == state.crew.hears(row.owner or state.crew.manager):
        return None
    today = state.crew.today(person)
    due_on = _day(row.day) + timedelta(days=rule.offset(state.context(today)))
    return Due(
        name_of(rule, rung), rule.register, row.row_id, due_on, 0, person, str(row.title or ""),
        owner=row.owner, today=today, revision=row.revision, changed_at=max(row.created_at, row.changed_at),
    )  # fmt: skip


def _constant(state: State, rung: Rung | None) -> str | None:
    """Whose it is where the row does not say: the ISMS manager's, on the last rung the plant manager's."""
    crew = state.crew
    one = crew.plant_manager if rung is not None and rung.who == "plant_manager" else crew.manager
    return crew.hears(one)


def _sources(state: State, people: Sequence[str], moved: bool) -> list[str]:
    """Whose things these people hear: their own, or those of others for whom they stand in."""
    if not moved:
        return [id_ for id_ in people if id_ not in state.crew.moved]
    wanted = set(people)
    return [id_ for id_, told in state.crew.moved.items() if told in wanted]


def _said_before(state: State, name: str, row_ids: Collection[str]) -> dict[tuple[str, date, str], int]:
    """(row, date, person) -> the last step that was said of these rows under a rule's name."""
    out: dict[tuple[str, date, str], int] = {}
    for some in _portions(sorted(row_ids)):
        out |= {(row_id, due_on, person): step for row_id, due_on, person, step in state.session.execute(_last_steps(name, some))}
    return out


def _last_steps(name: str, row_ids: Sequence[str]) -> Any:
    return (
        select(col(Reminder.row_id), col(Reminder.due_on), col(Reminder.person_id), func.min(col(Reminder.step)))
        .where(col(Reminder.rule) == name, col(Reminder.row_id).in_(row_ids), col(Reminder.state) != "cancelled")
        .group_by(col(Reminder.row_id), col(Reminder.due_on), col(Reminder.person_id))
    )


def _put_off_until(state: State, today: date, people: Sequence[str]) -> Iterator[Due]:
    """What people wanted to hear of again today, where it still matters and nothing was said since."""
    recent = col(ReminderAnswer.until).between(today - _RECENT, today)
    query = select(ReminderAnswer).where(col(ReminderAnswer.answer) == "snooze", recent, col(ReminderAnswer.person_id).in_(people))
    by_rule: dict[str, list[ReminderAnswer]] = {}
    for answer in state.session.scalars(query):
        by_rule.setdefault(answer.rule, []).append(answer)
    for name, answers in by_rule.items():
        ids = {answer.row_id for answer in answers}
        found, before = standing(state, name, ids), _said_before(state, name, ids)
        for answer in answers:
            one = found.get((answer.row_id, answer.person_id))
            if one is None or answer.until is None:
                continue
            step = (one.due_on - answer.until).days
            if before.get((one.row_id, one.due_on, one.person_id), step + 1) > step:
                late = reminders.late_days(one.due_on, step, today, answer.until)
                yield replace(one, step=step, late_days=late, today=today, urgent=one.due_on == today)


# --- audits ------------------------------------------------------------------------------------------------------------


def _of_audits(state: State, today: date, ahead: date, people: Sequence[str]) -> Iterator[Due]:
    """The countdown to each audit for whoever has something open, and open majors for the plant manager."""
    for name in (COUNTDOWN, MAJORS):
        days = _countdown_days(state, name)
        for audit in _audits(state, name):
            assert audit.start_date
            step = reminders.countdown(audit.start_date, days, today, ahead)
            if step is None:
                continue
            before = _said_before(state, name, {audit.id})
            left = {id_ for id_ in people if before.get((audit.id, audit.start_date, id_), step + 1) > step}
            late = reminders.late_days(audit.start_date, step, today, audit.changed_at.date())
            for one in _told_of(state, name, audit) if left else ():
                if one.person_id in left:
                    yield replace(one, step=step, late_days=late, today=today)


def _audits(state: State, name: str) -> Sequence[Audit]:
    """Audits that are counted down to now."""
    first = state.now.date() - timedelta(days=1)
    last = first + timedelta(days=max(_countdown_days(state, name), default=0) + 14)
    query = select(Audit).where(
        col(Audit.type).in_(reminders.COUNTED), col(Audit.status) == "planned", col(Audit.retired_at).is_(None), col(Audit.start_date).between(first, last)
    )  # fmt: skip
    return state.session.scalars(query.order_by(col(Audit.start_date))).all()


def _countdown_days(state: State, name: str) -> Sequence[int]:
    return state.steps.get(name, reminders.MAJORS_DAYS if name == MAJORS else reminders.COUNTDOWN_DAYS)


def _told_of(state: State, name: str, audit: Audit) -> Iterator[Due]:
    assert audit.start_date
    crew = state.crew
    if name == MAJORS:
        told = {crew.hears(crew.plant_manager)} if open_majors(state.session) else set()
    else:
        told = {*_with_open_items(state, audit.start_date), crew.hears(crew.manager)}
    for person in sorted(id_ for id_ in told if id_ and state.may_read(id_, "audit", audit)):
        yield Due(name, "audit", audit.id, audit.start_date, 0, person, audit.title, today=crew.today(person))


def _with_open_items(state: State, last: date) -> set[str | None]:
    """Everybody to whom something falls due until that day."""
    found: set[str | None] = set()
    context, constant = state.context(state.now.date()), _constant(state, None)
    for rule in RULES:
        query = open_rows(rule, None, context, constant).where(until(rule, last - timedelta(days=rule.offset(context))))
        found |= set(state.session.scalars(select(query.subquery().c.source).distinct()))
    return {state.crew.hears(one) for one in found}


def open_majors(session: Session) -> int:
    """How many actions of major nonconformities are not closed."""
    query = (
        select(func.count())
        .select_from(CorrectiveAction)
        .join(Finding, col(Finding.id) == col(CorrectiveAction.finding))
        .where(col(Finding.grade) == "major", col(CorrectiveAction.state) != "closed", col(CorrectiveAction.retired_at).is_(None))
    )
    return int(session.scalar(query) or 0)


def _day(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value


def _portions(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))
