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

from assistant.assurance import reminders
from assistant.assurance.conditions import id_of, name_of, open_rows, put_off, said, until
from assistant.assurance.reminders import COUNTDOWN, MAJORS, RULES, Rule, Rung
from assistant.assurance.state import Due, State
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
        return {(one.row_id, one.person_id): one for one in _audits_standing(state, name) if one.row_id in row_ids}
    rule = reminders.rule_of(name)
    if rule is None:
        return {}
    rung = next((rung for rung in rule.ladder if name.endswith(f".{rung.who}")), None)
    found = REGISTERS[rule.register]
    out: dict[tuple[str, str], Due] = {}
    for some in _portions(sorted(row_ids)):
        query = open_rows(state.crew, rule, rung, state.context(state.now.date())).where(id_of(found).in_(some))
        for row in state.session.execute(query):
            if (one := _as_due(state, rule, rung, row)) is not None:
                out[one.row_id, one.person_id] = one
    return out


def open_items(state: State, person_id: str, last: date) -> list[Due]:
    """What a person has open that falls due until a day, what is late included, oldest first."""
    out = []
    context = state.context(state.crew.today(person_id))
    for rule in RULES:
        offset = timedelta(days=rule.offset(context))
        query = open_rows(state.crew, rule, None, context)
        wanted = query.where(query.selected_columns.recipient == person_id, until(rule, last - offset))
        out += [one for row in state.session.execute(wanted) if (one := _as_due(state, rule, None, row)) is not None]
    return sorted(out, key=lambda one: (one.due_on, one.row_id))


# --- one rule ----------------------------------------------------------------------------------------------------------


def _of_rule(state: State, rule: Rule, rung: Rung | None, today: date, ahead: date, people: Sequence[str]) -> Iterator[Due]:
    steps = reminders.steps_of(rule, state.steps) if rung is None else rung.steps
    context = state.context(today)
    offset = timedelta(days=rule.offset(context))
    query = open_rows(state.crew, rule, rung, context)
    recipient = query.selected_columns.recipient
    horizon = (
        max(ahead + timedelta(days=max(steps)), today + timedelta(days=max(steps)))
        if max(steps) >= 0
        else today + timedelta(days=max(steps))
    )
    query = query.where(recipient.in_(people), until(rule, horizon - offset))
    name = name_of(rule, rung)
    if not offset:
        query = query.where(not_(said(rule, name, recipient, steps, today, ahead)))
    query = query.where(not_(put_off(rule, name, recipient, today)))
    before = _said_before(state, name) if offset else {}
    for row in state.session.execute(query):
        one = _as_due(state, rule, rung, row)
        step = reminders.latest(one.due_on, steps, today, ahead) if one else None
        if one is None or step is None or before.get((one.row_id, one.due_on, one.person_id), step + 1) <= step:
            continue
        known = max(_day(row.created_at), _day(row.changed_at))
        late = reminders.late_days(one.due_on, step, today, known)
        yield replace(one, step=step, late_days=late, today=today, urgent=today <= one.due_on <= ahead)


def _as_due(state: State, rule: Rule, rung: Rung | None, row: Any) -> Due | None:
    """The row as something to say; None where whoever is to be told may not read it."""
    readable = SimpleNamespace(audience=row.audience, owner=row.owner, author=row.author)
    if row.recipient not in state.crew.people or not state.may_read(row.recipient, rule.register, readable):
        return None
    today = state.crew.today(row.recipient)
    due_on = _day(row.day) + timedelta(days=rule.offset(state.context(today)))
    named = str(row.title or "")
    return Due(
        name_of(rule, rung), rule.register, row.row_id, due_on, 0, row.recipient, named,
        owner=row.owner, today=today, revision=row.revision, changed_at=row.changed_at,
    )  # fmt: skip


def _said_before(state: State, name: str) -> dict[tuple[str, date, str], int]:
    """(row, date, person) -> the last step that was said under a rule's name."""
    query = (
        select(col(Reminder.row_id), col(Reminder.due_on), col(Reminder.person_id), func.min(col(Reminder.step)))
        .where(col(Reminder.rule) == name, col(Reminder.state) != "cancelled")
        .group_by(col(Reminder.row_id), col(Reminder.due_on), col(Reminder.person_id))
    )
    return {(row_id, due_on, person): step for row_id, due_on, person, step in state.session.execute(query)}


def _put_off_until(state: State, today: date, people: Sequence[str]) -> Iterator[Due]:
    """What people wanted to hear of again today, where it still matters and nothing was said since."""
    recent = col(ReminderAnswer.until).between(today - _RECENT, today)
    query = select(ReminderAnswer).where(col(ReminderAnswer.answer) == "snooze", recent, col(ReminderAnswer.person_id).in_(people))
    by_rule: dict[str, list[ReminderAnswer]] = {}
    for answer in state.session.scalars(query):
        by_rule.setdefault(answer.rule, []).append(answer)
    for name, answers in by_rule.items():
        found, before = standing(state, name, {answer.row_id for answer in answers}), _said_before(state, name)
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
    for name, usual in ((COUNTDOWN, reminders.COUNTDOWN_DAYS), (MAJORS, reminders.MAJORS_DAYS)):
        before = _said_before(state, name)
        days = state.steps.get(name, usual)
        for one in _audits_standing(state, name, people):
            step = reminders.countdown(one.due_on, days, today, ahead)
            if step is not None and before.get((one.row_id, one.due_on, one.person_id), step + 1) > step:
                late = reminders.late_days(one.due_on, step, today, _day(_changed(state, one.row_id)))
                yield replace(one, step=step, late_days=late, today=today)


def _audits_standing(state: State, name: str, people: Sequence[str] | None = None) -> Iterator[Due]:
    first, last = state.now.date() - timedelta(days=1), state.now.date() + timedelta(days=max(reminders.COUNTDOWN_DAYS) + 7)
    query = select(Audit).where(
        col(Audit.type).in_(reminders.COUNTED), col(Audit.status) == "planned", col(Audit.retired_at).is_(None), col(Audit.start_date).between(first, last)
    )  # fmt: skip
    for audit in state.session.scalars(query.order_by(col(Audit.start_date))):
        assert audit.start_date
        if name == MAJORS:
            told = {state.crew.reached(state.crew.plant_manager)} if state.crew.plant_manager and open_majors(state.session) else set()
        else:
            told = _with_open_items(state, audit.start_date)
            told |= {state.crew.reached(state.crew.manager)} if state.crew.manager else set()
        for person in sorted(id_ for id_ in told if id_ and (people is None or id_ in people) and state.may_read(id_, "audit", audit)):
            yield Due(name, "audit", audit.id, audit.start_date, 0, person, audit.title, today=state.crew.today(person))


def _with_open_items(state: State, last: date) -> set[str | None]:
    """Everybody to whom something falls due until that day."""
    found: set[str | None] = set()
    context = state.context(state.now.date())
    for rule in RULES:
        query = open_rows(state.crew, rule, None, context).where(until(rule, last - timedelta(days=rule.offset(context))))
        found |= set(state.session.scalars(select(query.subquery().c.recipient).distinct()))
    return found


def open_majors(session: Session) -> int:
    """How many actions of major nonconformities are not closed."""
    query = (
        select(func.count())
        .select_from(CorrectiveAction)
        .join(Finding, col(Finding.id) == col(CorrectiveAction.finding))
        .where(col(Finding.grade) == "major", col(CorrectiveAction.state) != "closed", col(CorrectiveAction.retired_at).is_(None))
    )
    return int(session.scalar(query) or 0)


def _changed(state: State, audit_id: str) -> datetime:
    return state.session.get_one(Audit, audit_id).changed_at


def _day(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value


def _portions(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))
