"""What is due at a moment: a pure function of what the registers say then, asked of the database a rule at a time.

Nothing is remembered but what was said already (`Reminder`) and answered (`ReminderAnswer`). So it does not matter when, or how
often, this is asked: a timer only wakes whoever asks.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from types import SimpleNamespace
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Select, and_, case, exists, func, literal, not_, null, or_, select
from sqlmodel import Session, col

from assistant import identity
from assistant.assurance import reminders
from assistant.assurance.reminders import COUNTDOWN, MAJORS, RULES, Rule, Rung
from assistant.assurance.working_time import Crew
from assistant.identity import Asker
from knowledge.registers import (
    REGISTERS,
    Audit,
    CorrectiveAction,
    DocumentVersion,
    Finding,
    Isms,
    Person,
    Register,
    Reminder,
    ReminderAnswer,
    Site,
    rights,
    risk_method,
)
from knowledge.registers.derived import Context, Method

Steps = Mapping[str, Sequence[int]]
"""Days before the due day by rule, where the company has set its own."""
_AT_ONCE = 500
_RECENT = timedelta(days=60)


@dataclass(frozen=True)
class Due:
    """One thing to say to one person. `step` is the days before `due_on` (negative after it), `late_days` for how long it should have been said already."""

    rule: str
    register: str
    row_id: str
    due_on: date
    step: int
    person_id: str
    title: str = ""
    late_days: int = 0
    owner: str | None = None
    today: date = date.min
    urgent: bool = False

    @property
    def said(self) -> tuple[str, str, date, int, str]:
        """What tells it from everything else that may be said, but for the channel."""
        return self.rule, self.row_id, self.due_on, self.step, self.person_id


@dataclass
class State:
    """Everything that what is due is worked out from, at one moment."""

    session: Session
    crew: Crew
    now: datetime
    steps: Steps = field(default_factory=dict)
    _askers: dict[str, Asker] = field(default_factory=dict)

    @cached_property
    def method(self) -> Method:
        """The company's risk method."""
        return risk_method.current(self.session)

    def context(self, today: date) -> Context:
        """What computed values are worked out under."""
        return Context(self.method, today)

    def asker(self, person_id: str) -> Asker:
        """The person with the rights of this moment."""
        if person_id not in self._askers:
            self._askers[person_id] = identity.person_asking(self.session, self.crew.people[person_id])
        return self._askers[person_id]

    def may_read(self, person_id: str, register: str, row: Any) -> bool:
        """Whether the person may read a row, given by its audience, owner and author."""
        return rights.may(self.asker(person_id), "read", register, row)


def state(session: Session, now: datetime, steps: Steps) -> State:
    """The state of this moment."""
    people = session.scalars(select(Person)).all()
    head = session.scalar(select(Isms.owner).where(col(Isms.retired_at).is_(None)).limit(1))
    return State(session, Crew(people, session.scalars(select(Site)).all(), now, head), now, steps)


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
    last = {one.said[:3] + (one.person_id,): one for one in sorted(found, key=lambda one: -one.step)}
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
        query = _open_rows(state, rule, rung, state.context(state.now.date())).where(_id(found).in_(some))
        for row in state.session.execute(query):
            if (one := _as_due(state, rule, rung, row)) is not None:
                out[one.row_id, one.person_id] = one
    return out


def open_items(state: State, person_id: str, until: date) -> list[Due]:
    """What a person has open that falls due until a day, what is late included, oldest first."""
    out = []
    context = state.context(state.crew.today(person_id))
    for rule in RULES:
        offset = timedelta(days=rule.offset(context))
        query = _open_rows(state, rule, None, context)
        wanted = query.where(query.selected_columns.recipient == person_id, _until(rule, until - offset))
        out += [one for row in state.session.execute(wanted) if (one := _as_due(state, rule, None, row)) is not None]
    return sorted(out, key=lambda one: (one.due_on, one.row_id))


# --- one rule ----------------------------------------------------------------------------------------------------------


def _of_rule(state: State, rule: Rule, rung: Rung | None, today: date, ahead: date, people: Sequence[str]) -> Iterator[Due]:
    steps = reminders.steps_of(rule, state.steps) if rung is None else rung.steps
    context = state.context(today)
    offset = timedelta(days=rule.offset(context))
    query = _open_rows(state, rule, rung, context)
    recipient = query.selected_columns.recipient
    horizon = (
        max(ahead + timedelta(days=max(steps)), today + timedelta(days=max(steps)))
        if max(steps) >= 0
        else today + timedelta(days=max(steps))
    )
    query = query.where(recipient.in_(people), _until(rule, horizon - offset))
    name = _name(rule, rung)
    if not offset:
        query = query.where(not_(_said(rule, name, recipient, steps, today, ahead)))
    query = query.where(not_(_put_off(rule, name, recipient, today)))
    said = _said_before(state, name) if offset else {}
    for row in state.session.execute(query):
        one = _as_due(state, rule, rung, row)
        step = reminders.latest(one.due_on, steps, today, ahead) if one else None
        if one is None or step is None or said.get((one.row_id, one.due_on, one.person_id), step + 1) <= step:
            continue
        known = max(_day(row.created_at), _day(row.changed_at))
        late = reminders.late_days(one.due_on, step, today, known)
        yield replace(one, step=step, late_days=late, today=today, urgent=today <= one.due_on <= ahead)


def _open_rows(state: State, rule: Rule, rung: Rung | None, context: Context) -> Select[Any]:
    """Rows of a rule that matter: id, date, title, who is to be told (`recipient`), owner, author, audience, when it was made and changed."""
    found = REGISTERS[rule.register]
    columns = found.model.__table__.c
    owner = _owner(rule, columns)
    recipient = _recipient(state.crew, owner, rung)
    day = rule.date(columns)
    author = columns.author if "author" in columns else null()
    query = select(
        _id(found).label("row_id"), day.label("day"), _title(columns).label("title"), owner.label("owner"), author.label("author"),
        columns.audience, columns.created_at, columns.changed_at, recipient.label("recipient"),
    )  # fmt: skip
    if rule.register == "document":
        query = query.join(DocumentVersion, and_(col(DocumentVersion.number) == columns.number, col(DocumentVersion.current)))
        query = query.where(columns.kind == "document")
    if rung is not None:
        query = query.where(recipient != func.coalesce(_told(state.crew, owner), ""))
    return query.where(columns.retired_at.is_(None), day.is_not(None), recipient.is_not(None), rule.open(columns, context))


def _as_due(state: State, rule: Rule, rung: Rung | None, row: Any) -> Due | None:
    """The row as something to say; None where whoever is to be told may not read it."""
    readable = SimpleNamespace(audience=row.audience, owner=row.owner, author=row.author)
    if row.recipient not in state.crew.people or not state.may_read(row.recipient, rule.register, readable):
        return None
    today = state.crew.today(row.recipient)
    due_on = _day(row.day) + timedelta(days=rule.offset(state.context(today)))
    return Due(_name(rule, rung), rule.register, row.row_id, due_on, 0, row.recipient, str(row.title or ""), owner=row.owner, today=today)


def _name(rule: Rule, rung: Rung | None) -> str:
    return f"{rule.name}.{rung.who}" if rung else rule.name


def _owner(rule: Rule, columns: Any) -> ColumnElement[Any]:
    """The id of whoever is to act; a document names its owner by name or e-mail."""
    if rule.register != "document":
        person: ColumnElement[Any] = columns[rule.person]
        return person
    people = Person.__table__.c  # type: ignore[attr-defined]
    named = func.lower(columns.owner)
    fits = or_(func.lower(people.email) == named, func.lower(people.name) == named, func.lower(people.id) == named)
    return (
        select(func.min(people.id))
        .where(columns.owner != "", fits, people.retired_at.is_(None))
        .correlate(columns.owner.table)
        .scalar_subquery()
    )


def _told(crew: Crew, owner: ColumnElement[Any]) -> ColumnElement[Any]:
    """Who hears what is the owner's: they, or whoever stands in; without an owner the ISMS manager."""
    manager = crew.reached(crew.manager) if crew.manager else None
    known = func.coalesce(owner, manager) if manager else owner
    return case(crew.moved, value=known, else_=known) if crew.moved else known


def _recipient(crew: Crew, owner: ColumnElement[Any], rung: Rung | None) -> ColumnElement[Any]:
    if rung is None:
        return _told(crew, owner)
    if rung.who == "deputy":
        deputies = {
            id_: told for id_, person in crew.people.items() if person.deputy in crew.people and (told := crew.reached(str(person.deputy)))
        }
        return case(deputies, value=owner, else_=null()) if deputies else literal(None)
    one = crew.manager if rung.who == "manager" else crew.plant_manager
    return literal(crew.reached(one) if one else None)


def _title(columns: Any) -> Any:
    return next((columns[name] for name in ("title", "name", "document") if name in columns), literal(""))


def _id(found: Register) -> Any:
    return found.model.__table__.c[found.id_name]


def _until(rule: Rule, last: date) -> ColumnElement[bool]:
    """That the rule's date is not after that day."""
    day = rule.date(REGISTERS[rule.register].model.__table__.c)
    return _before(day, last + timedelta(days=1))


def _before(day: ColumnElement[Any], limit: date) -> ColumnElement[bool]:
    return day < (datetime.combine(limit, time(), UTC) if isinstance(getattr(day.type, "impl", day.type), DateTime) else limit)


def _said(rule: Rule, name: str, recipient: ColumnElement[Any], steps: Sequence[int], today: date, ahead: date) -> ColumnElement[bool]:
    """That the step which has come, or a later one, was said to the person about this date."""
    found = REGISTERS[rule.register]
    day = rule.date(found.model.__table__.c)
    come = {step: (ahead if step >= 0 else today) + timedelta(days=step) for step in steps}
    # From the last step to the first: the first that has come counts.
    step_now = case(
        *((_before(day, last + timedelta(days=1)), literal(step)) for step, last in sorted(come.items())), else_=literal(max(steps))
    )
    return exists().where(
        col(Reminder.rule) == name,
        col(Reminder.row_id) == _id(found),
        col(Reminder.due_on) == day,
        col(Reminder.person_id) == recipient,
        col(Reminder.state) != "cancelled",
        col(Reminder.step) <= step_now,
    )


def _said_before(state: State, name: str) -> dict[tuple[str, date, str], int]:
    """(row, date, person) -> the last step that was said under a rule's name."""
    query = (
        select(Reminder.row_id, Reminder.due_on, Reminder.person_id, func.min(Reminder.step))
        .where(col(Reminder.rule) == name, col(Reminder.state) != "cancelled")
        .group_by(col(Reminder.row_id), col(Reminder.due_on), col(Reminder.person_id))
    )
    return {(row_id, due_on, person): step for row_id, due_on, person, step in state.session.execute(query)}


def _put_off(rule: Rule, name: str, recipient: ColumnElement[Any], today: date) -> ColumnElement[bool]:
    """That the person wants to hear of it later."""
    return exists().where(
        col(ReminderAnswer.rule) == name,
        col(ReminderAnswer.row_id) == _id(REGISTERS[rule.register]),
        col(ReminderAnswer.person_id) == recipient,
        col(ReminderAnswer.until) > today,
    )


def _put_off_until(state: State, today: date, people: Sequence[str]) -> Iterator[Due]:
    """What people wanted to hear of again today, where it still matters and nothing was said since."""
    recent = col(ReminderAnswer.until).between(today - _RECENT, today)
    query = select(ReminderAnswer).where(col(ReminderAnswer.answer) == "snooze", recent, col(ReminderAnswer.person_id).in_(people))
    by_rule: dict[str, list[ReminderAnswer]] = {}
    for answer in state.session.scalars(query):
        by_rule.setdefault(answer.rule, []).append(answer)
    for name, answers in by_rule.items():
        found, said = standing(state, name, {answer.row_id for answer in answers}), _said_before(state, name)
        for answer in answers:
            one = found.get((answer.row_id, answer.person_id))
            if one is None or answer.until is None:
                continue
            step = (one.due_on - answer.until).days
            if said.get((one.row_id, one.due_on, one.person_id), step + 1) > step:
                late = reminders.late_days(one.due_on, step, today, answer.until)
                yield replace(one, step=step, late_days=late, today=today, urgent=one.due_on == today)


# --- audits ------------------------------------------------------------------------------------------------------------


def _of_audits(state: State, today: date, ahead: date, people: Sequence[str]) -> Iterator[Due]:
    """The countdown to each audit for whoever has something open, and open majors for the plant manager."""
    for name, usual in ((COUNTDOWN, reminders.COUNTDOWN_DAYS), (MAJORS, reminders.MAJORS_DAYS)):
        said = _said_before(state, name)
        days = state.steps.get(name, usual)
        for one in _audits_standing(state, name, people):
            step = reminders.countdown(one.due_on, days, today, ahead)
            if step is not None and said.get((one.row_id, one.due_on, one.person_id), step + 1) > step:
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


def _with_open_items(state: State, until: date) -> set[str | None]:
    """Everybody to whom something falls due until that day."""
    found: set[str | None] = set()
    context = state.context(state.now.date())
    for rule in RULES:
        query = _open_rows(state, rule, None, context).where(_until(rule, until - timedelta(days=rule.offset(context))))
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
