"""The SQL behind what is due: rows of a rule that matter, who is to be told of them, and what was said of them already."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Select, String, and_, case, exists, func, literal, not_, null, or_, select
from sqlmodel import col

from assistant.assurance.reminding.reminders import Rule, Rung
from knowledge.registers import REGISTERS, DocumentVersion, Person, Register, Reminder
from knowledge.registers.derived import Context
from knowledge.registers.values import FIRST_DAY, LAST_DAY


def open_rows(rule: Rule, rung: Rung | None, context: Context, constant: str | None) -> Select[Any]:
    """Rows of a rule that matter: id, date, title, whose they are (`source`), owner, author, audience, when it was made and changed.

    `source` is whoever is to be told, were they here: the owner, on a rung the deputy or `constant`; without an owner `constant` too.
    The form of the query depends on the rule alone, so that the database's driver translates it once.
    """
    found = REGISTERS[rule.register]
    columns = found.model.__table__.c
    owner, day = _owner(rule, columns), rule.date(columns)
    author = columns.author if "author" in columns else null()
    query = select(
        id_of(found).label("row_id"), day.label("day"), _title(columns).label("title"), owner.label("owner"), author.label("author"),
        columns.audience, columns.created_at, columns.changed_at, columns.revision, source(rule, rung, constant).label("source"),
    )  # fmt: skip
    if rule.register == "document":
        query = query.join(DocumentVersion, and_(col(DocumentVersion.number) == columns.number, col(DocumentVersion.current)))
        query = query.where(columns.kind == "document")
    # A day such as 9999-12-31, which a document may still bring along, is nothing to count from.
    real = and_(not_(_before(day, FIRST_DAY)), _before(day, LAST_DAY))
    return query.where(columns.retired_at.is_(None), rule.open(columns, context), day.is_not(None), real)


def source(rule: Rule, rung: Rung | None, constant: str | None) -> ColumnElement[Any]:
    """The SQL expression of whoever is to be told, were they here."""
    table = REGISTERS[rule.register].model.__table__
    owner = _owner(rule, table.c)
    if rung is None:
        return func.coalesce(owner, literal(constant, String))
    if rung.who != "deputy":
        return literal(constant, String)
    people = Person.__table__.alias()  # type: ignore[attr-defined]
    return select(people.c.deputy).where(people.c.id == owner).correlate(table).scalar_subquery()


def until(rule: Rule, last: date) -> ColumnElement[bool]:
    """That the rule's date is not after that day."""
    day = rule.date(REGISTERS[rule.register].model.__table__.c)
    return _before(day, last + timedelta(days=1))


def said(rule: Rule, name: str, person: ColumnElement[Any], steps: Sequence[int], today: date, ahead: date) -> ColumnElement[bool]:
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
        col(Reminder.person_id) == person,
        col(Reminder.state) != "cancelled",
        col(Reminder.step) <= step_now,
    )


def id_of(found: Register) -> Any:
    """The SQL column of the ids that people say."""
    return found.model.__table__.c[found.id_name]


def name_of(rule: Rule, rung: Rung | None) -> str:
    """The name that a reminder carries: of the rule, on a rung with who is told."""
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


def _title(columns: Any) -> Any:
    return next((columns[name] for name in ("title", "name", "document") if name in columns), literal(""))


def _before(day: ColumnElement[Any], limit: date) -> ColumnElement[bool]:
    return day < (datetime.combine(limit, time(), UTC) if isinstance(getattr(day.type, "impl", day.type), DateTime) else limit)
