"""The SQL behind what is due: rows of a rule that matter, who is to be told of them, and what was said of them already."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Select, and_, case, exists, func, literal, null, or_, select
from sqlmodel import col

from assistant.assurance.reminders import Rule, Rung
from assistant.assurance.working_time import Crew
from knowledge.registers import REGISTERS, DocumentVersion, Person, Register, Reminder, ReminderAnswer
from knowledge.registers.derived import Context


def open_rows(crew: Crew, rule: Rule, rung: Rung | None, context: Context) -> Select[Any]:
    """Rows of a rule that matter: id, date, title, who is to be told (`recipient`), owner, author, audience, when it was made and changed."""
    found = REGISTERS[rule.register]
    columns = found.model.__table__.c
    owner = _owner(rule, columns)
    recipient = _recipient(crew, owner, rung)
    day = rule.date(columns)
    author = columns.author if "author" in columns else null()
    query = select(
        id_of(found).label("row_id"), day.label("day"), _title(columns).label("title"), owner.label("owner"), author.label("author"),
        columns.audience, columns.created_at, columns.changed_at,
        columns.revision, recipient.label("recipient"),
    )  # fmt: skip
    if rule.register == "document":
        query = query.join(DocumentVersion, and_(col(DocumentVersion.number) == columns.number, col(DocumentVersion.current)))
        query = query.where(columns.kind == "document")
    if rung is not None:
        query = query.where(recipient != func.coalesce(_told(crew, owner), ""))
    return query.where(columns.retired_at.is_(None), day.is_not(None), recipient.is_not(None), rule.open(columns, context))


def until(rule: Rule, last: date) -> ColumnElement[bool]:
    """That the rule's date is not after that day."""
    day = rule.date(REGISTERS[rule.register].model.__table__.c)
    return _before(day, last + timedelta(days=1))


def said(rule: Rule, name: str, recipient: ColumnElement[Any], steps: Sequence[int], today: date, ahead: date) -> ColumnElement[bool]:
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
        col(Reminder.row_id) == id_of(found),
        col(Reminder.due_on) == day,
        col(Reminder.person_id) == recipient,
        col(Reminder.state) != "cancelled",
        col(Reminder.step) <= step_now,
    )


def put_off(rule: Rule, name: str, recipient: ColumnElement[Any], today: date) -> ColumnElement[bool]:
    """That the person wants to hear of it later."""
    return exists().where(
        col(ReminderAnswer.rule) == name,
        col(ReminderAnswer.row_id) == id_of(REGISTERS[rule.register]),
        col(ReminderAnswer.person_id) == recipient,
        col(ReminderAnswer.until) > today,
    )


def id_of(found: Register) -> Any:
    return found.model.__table__.c[found.id_name]


def name_of(rule: Rule, rung: Rung | None) -> str:
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


def _before(day: ColumnElement[Any], limit: date) -> ColumnElement[bool]:
    return day < (datetime.combine(limit, time(), UTC) if isinstance(getattr(day.type, "impl", day.type), DateTime) else limit)
