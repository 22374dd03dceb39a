"""What stands before an audit: the whole state for the ISMS manager, one line each in English and German."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from babel.dates import format_date
from sqlalchemy import ColumnElement, and_, exists, func, not_, or_, select

from assistant.assurance.reminding.state import State
from assistant.identity import Asker
from knowledge.registers import REGISTERS, Audit, Link, derived, queries
from knowledge.registers.derived import Context
from knowledge.registers.risks import AI_CATEGORIES

Line = tuple[str, str]
_EXTERNAL = ("stage_1", "stage_2", "surveillance_1", "surveillance_2", "recertification")
_YEAR = timedelta(days=365)


def shown(day: date | None, language: str) -> str:
    """A day in words."""
    return format_date(day, "d MMMM y" if language == "en" else "d. MMMM y", locale=language) if day else ""


def whole_state(state: State, audit: Audit, person_id: str) -> list[Line]:
    """Every line that an auditor will ask for, as far as the person may read; what is missing says so."""
    today = state.crew.today(person_id)
    look = _Look(state, state.asker(person_id), state.context(today))
    since = look.last_external(audit) or today - _YEAR
    return [
        look.actions(),
        look.documents(),
        look.held("audit", "start_date", "internal audit", "internes Audit", lambda c: and_(c.type == "internal", c.status == "done")),
        look.held("management_review", "held_on", "management review", "Managementbewertung", lambda c: c.state == "done"),
        look.since(since, "control_status", "controls changed in the Statement of Applicability", "Controls in der Erklärung zur Anwendbarkeit geändert"),
        look.since(since, "ai_system", "AI systems new", "KI-Systeme neu", "created_at"),
        look.since(since, "risk", "AI risks changed", "KI-Risiken geändert", where=lambda c: c.category.in_(AI_CATEGORIES)),
        look.since(since, "incident", "AI incidents", "KI-Vorfälle", "detected_at", lambda c: c.ai_incident),
        look.since(since, "supplier", "AI vendors changed", "KI-Anbieter geändert", where=lambda c: c.ai_vendor),
        look.evidence(),
        look.measured(),
    ]  # fmt: skip


class _Look:
    """Counts over the rows that one person may read."""

    def __init__(self, state: State, asker: Asker, context: Context) -> None:
        self._state, self._asker, self._context = state, asker, context

    def actions(self) -> Line:
        """Open corrective actions, late ones, those of majors."""
        opened = self._count("corrective_action", lambda _c: derived.action_open_sql(self._context))
        late = self._count("corrective_action", lambda _c: derived.action_overdue_sql(self._context))
        finding = REGISTERS["finding"].model.__table__.c
        major = select(finding.id).where(finding.grade == "major")
        majors = self._count("corrective_action", lambda c: and_(derived.action_open_sql(self._context), c.finding.in_(major)))
        return (
            f"corrective actions: {opened} open, {late} overdue, {majors} of major nonconformities",
            f"Korrekturmaßnahmen: {opened} offen, {late} überfällig, {majors} zu Hauptabweichungen",
        )

    def documents(self) -> Line:
        """Documents past their review."""
        from knowledge.registers import DocumentVersion

        version = DocumentVersion.__table__.c  # type: ignore[attr-defined]

        def past(columns: Any) -> ColumnElement[bool]:
            return exists().where(
                version.number == columns.number, version.current, version.state == "approved", version.next_review < self._context.today
            )

        number = self._count("document", past)
        return f"documents past their review: {number}", f"Dokumente mit überschrittener Prüfung: {number}"

    def held(self, register: str, column: str, en: str, de: str, where: Callable[[Any], Any]) -> Line:
        """When something was last held, and a warning where that is longer ago than twelve months."""
        columns = REGISTERS[register].model.__table__.c
        last: date | None = self._one(register, func.max(columns[column]), where)
        if last is None:
            return f"{en}: none recorded", f"{de}: nicht erfasst"
        if last < self._context.today - _YEAR:
            return (
                f"{en}: last on {shown(last, 'en')}, none in the last twelve months",
                f"{de}: zuletzt am {shown(last, 'de')}, in den letzten zwölf Monaten nicht",
            )
        return f"{en}: {shown(last, 'en')}", f"{de}: {shown(last, 'de')}"

    def since(
        self, day: date, register: str, en: str, de: str, column: str = "changed_at", where: Callable[[Any], Any] | None = None
    ) -> Line:
        """How many rows are new or changed since a day."""
        from datetime import UTC

        moment = datetime.combine(day, time(), UTC)
        number = self._count(register, lambda c: and_(c[column] >= moment, where(c)) if where else c[column] >= moment)
        return f"{en} since {shown(day, 'en')}: {number}", f"{de} seit {shown(day, 'de')}: {number}"

    def evidence(self) -> Line:
        """Implemented controls to which no evidence is linked, and evidence that has expired."""
        link = Link.__table__.c  # type: ignore[attr-defined]
        proved = lambda c: exists().where(link.kind == "control_status.evidence", link.from_id == c.id)  # noqa: E731
        bare = self._count(
            "control_status",
            lambda c: and_(c.implementation_status == "implemented", or_(c.applicable.is_(None), c.applicable), not_(proved(c))),
        )
        expired = self._count("evidence", lambda c: c.expires_on < self._context.today)
        return (
            f"missing evidence: {bare} implemented controls without any, {expired} pieces expired",
            f"fehlende Nachweise: {bare} umgesetzte Controls ohne Nachweis, {expired} Nachweise abgelaufen",
        )

    def measured(self) -> Line:
        """How old the newest measurement is, so that nobody takes old figures for new ones."""
        columns = REGISTERS["measurement"].model.__table__.c
        last: date | None = self._one("measurement", func.max(columns.measured_on), None)
        if last is None:
            return "key figures: nothing was measured", "Kennzahlen: nichts gemessen"
        age = (self._context.today - last).days
        return (
            f"key figures: newest measurement {shown(last, 'en')}, {age} days old",
            f"Kennzahlen: jüngste Messung {shown(last, 'de')}, {age} Tage alt",
        )

    def last_external(self, audit: Audit) -> date | None:
        """The last day of the certification body's audit before this one."""
        columns = REGISTERS["audit"].model.__table__.c
        before = lambda c: and_(c.type.in_(_EXTERNAL), c.status == "done", c.start_date < audit.start_date)  # noqa: E731
        return self._one("audit", func.max(func.coalesce(columns.end_date, columns.start_date, type_=columns.end_date.type)), before)  # type: ignore[no-any-return]

    def _count(self, register: str, where: Callable[[Any], Any]) -> int:
        return int(self._one(register, func.count(), where) or 0)

    def _one(self, register: str, what: Any, where: Callable[[Any], Any] | None) -> Any:
        found = REGISTERS[register]
        query = select(what).select_from(found.model).where(queries.shown(self._asker, found))
        return self._state.session.scalar(query.where(where(found.model.__table__.c)) if where else query)
