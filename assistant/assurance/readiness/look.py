"""What checks ask the registers: rows that the actor may read, counted and judged in SQL, so that a hundred thousand cost a second."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, exists, func, literal, or_, select, union_all
from sqlmodel import Session

from assistant.assurance.readiness.check import Both, Outcome, Proof, State
from knowledge.controls import ISO_2022
from knowledge.errors import AnnexaError
from knowledge.registers import REGISTERS, DocumentVersion, Link, Register, queries
from knowledge.registers.columns import Kind
from knowledge.registers.derived import Context, expression
from knowledge.registers.rights import Actor, sees_everybody

RUNNING = ("deployment", "operation")
"""Phases of an AI system that is in use."""
_GONE = (
    "left", "leaver", "former", "ex-", "resigned", "retired", "ausgeschieden", "ausgetreten", "verlassen", "ehemalig", "uit dienst",
)  # fmt: skip
"""What a word of the department of somebody who has left begins with."""
SHOWN = 10
"""How many rows an outcome shows; all are counted."""
YEAR = 365
EXTERNAL = ("stage_1", "stage_2", "surveillance_1", "surveillance_2", "recertification")
Part = tuple[ColumnElement[bool], Both]
"""A condition, and what it says about a row: columns of the row in braces."""


def table(model: Any) -> Any:
    """The SQL table of a class of rows."""
    return model.__table__


LINKS = table(Link).c


def gone(department: Any) -> ColumnElement[bool]:
    """Whether the department says that the person has left: `left in May`, `Ehemalige`, not `transformers`."""
    words = literal(" ").concat(func.lower(department))
    return or_(*(words.contains(f" {word}") for word in _GONE))


class NotForYou(AnnexaError):
    """The check looks at records of persons, which the ISMS manager and auditors read."""

    def __init__(self, found: Register) -> None:
        super().__init__(f"{found.words.plural()} are read by the ISMS manager and auditors.")
        self.found = found


class Look:
    """The registers as an actor may see them on a day; `context` holds risk method and today."""

    def __init__(self, session: Session, actor: Actor, context: Context) -> None:
        self.session, self.actor, self.context = session, actor, context
        self.today: date = context.today
        self.kept: dict[str, Any] = {}
        """What was read once and serves several checks."""

    def ago(self, days: int = YEAR) -> date:
        """The day that many days before today."""
        return self.today - timedelta(days=days)

    def midnight(self) -> datetime:
        """The beginning of today, UTC."""
        return datetime.combine(self.today, time(), UTC)

    def last_audit(self) -> date | None:
        """The last day of the newest audit of the certification body that is done."""
        audit = self.of("audit")
        ended = func.coalesce(audit.end_date, audit.start_date)
        done = self.first("audit", audit.type.in_(EXTERNAL), audit.status == "done", ended <= self.today, order=ended.desc())
        return (done.end_date or done.start_date) if done else None

    def next_audit(self) -> Any:
        """The next audit of the certification body, or None."""
        audit = self.of("audit")
        return self.first(
            "audit", audit.type.in_(EXTERNAL), audit.status.in_(("planned", "")), audit.start_date >= self.today, order=audit.start_date
        )

    def of(self, name: str) -> Any:
        """The SQL columns of a register."""
        return REGISTERS[name].model.__table__.c

    def computed(self, name: str, column: str) -> ColumnElement[Any]:
        """A computed column as SQL."""
        return expression(name, column, self.context)

    def version(self, column: str) -> Any:
        """A column of a document's current version."""
        versions = table(DocumentVersion).c
        wanted = select(versions[column]).where(versions.number == self.of("document").number, versions.current)
        return wanted.correlate(REGISTERS["document"].model.__table__).scalar_subquery()

    def name_of(self, owner: Any) -> Any:
        """The name of the person in a column, where the actor may see them."""
        people = self.of("person")
        return select(people.name).where(people.id == owner, self.seen("person")).correlate(owner.table).scalar_subquery()

    def seen(self, name: str) -> ColumnElement[bool]:
        """The condition for rows that stand in the register for the actor. Raises NotForYou."""
        found = REGISTERS[name]
        if not sees_everybody(self.actor, name):
            raise NotForYou(found)
        return queries.shown(self.actor, found)

    def ids(self, name: str, *where: Any) -> Any:
        """The ids of rows of a register, as a subquery."""
        return select(queries.id_column(REGISTERS[name])).where(self.seen(name), *where).correlate(None)

    def names(self, name: str, column: str, *where: Any, target: str = "") -> ColumnElement[bool]:
        """Whether a row of the register names, in a list column, a row of another one that fulfils the conditions."""
        found = REGISTERS[name]
        to = self.ids(target or found.by_name[column].register, *where)
        return exists().where(
            LINKS.kind == found.link_kind(column),
            LINKS.from_id == queries.id_column(found),
            LINKS.to_id.in_(to),
        )

    def controlled(self, name: str, column: str, ids: Sequence[str]) -> ColumnElement[bool]:
        """Whether a row names one of these controls in a list column."""
        found = REGISTERS[name]
        wanted = [id_ if ":" in id_ else f"{ISO_2022}:{id_}" for id_ in ids]
        return exists().where(
            LINKS.kind == found.link_kind(column),
            LINKS.from_id == queries.id_column(found),
            LINKS.to_id.in_(wanted),
        )

    def pointed(self, name: str, others: Sequence[tuple[str, str]], *where: Any) -> ColumnElement[bool]:
        """Whether a row is named by visible rows of other registers: (register, column) for each way."""
        key = queries.id_column(REGISTERS[name])
        ways = []
        for other, column in others:
            found = REGISTERS[other]
            if found.by_name[column].listed:
                ways.append(select(LINKS.to_id).where(LINKS.kind == found.link_kind(column), LINKS.from_id.in_(self.ids(other, *where))))
            else:
                ways.append(select(self.of(other)[column]).where(self.seen(other), self.of(other)[column].is_not(None), *where))
        return key.in_(union_all(*ways) if len(ways) > 1 else ways[0])

    # --- judging ---------------------------------------------------------------------------------------------------

    def judge(
        self,
        name: str,
        *among: Any,
        good: Both,
        gaps: Sequence[Part] = (),
        stale: Sequence[Part] = (),
        unknown: Sequence[Part] = (),
        also: Mapping[str, Any] | None = None,
    ) -> Outcome:
        """No where a row has a gap; not checked where one is stale, unknown, or where there is no row; else yes, with `good` of each.

        The first condition that holds speaks for a row. `also` are further values for the sentences. A condition that is NULL does not hold.
        """
        found = REGISTERS[name]
        parts = [(kind, *part) for kind, some in (("gap", gaps), ("stale", stale), ("unknown", unknown)) for part in some]
        mark = case(*((condition, literal(n)) for n, (_, condition, _) in enumerate(parts, 1)), else_=literal(0)) if parts else literal(0)
        where = (self.seen(name), *among)
        counting = select(mark.label("mark"), func.count()).select_from(found.model).where(*where).group_by("mark")
        counts: dict[int, int] = {int(one): int(n) for one, n in self.session.execute(counting)}
        rows, kinds = sum(counts.values()), {0: "good", **{n: kind for n, (kind, _, _) in enumerate(parts, 1)}}
        if not rows:
            return nothing(found)
        short = {kind: sum(n for one, n in counts.items() if kinds[one] == kind) for kind in ("gap", "stale", "unknown")}
        doubtful = short["stale"] + short["unknown"]
        state: State = "no" if short["gap"] else "not_checked" if doubtful else "yes"
        said = {n: sentence for n, (_, _, sentence) in enumerate(parts, 1)} | {0: good}
        some = [n for n in counts if (kinds[n] == "good") == (state == "yes")]
        proof = self._proof(found, where, mark, some, said, kinds, also or {})
        number = short["gap"] or doubtful
        return Outcome(state, headline(found, state, number, rows, short["stale"]), proof, rows, number)

    def periodic(self, name: str, day: str, days: int, *done: Any, good: Both, late: Both) -> Outcome:
        """Yes where the newest row that is done is not older than `days`; no where it is, or where rows are planned and none is done."""
        found, column = REGISTERS[name], self.of(name)[day]
        rows = self.count(name)
        if not rows:
            return nothing(found)
        newest = self.first(name, *done, column.is_not(None), column <= self.today, order=column.desc())
        if newest is None:
            said = Both(
                f"{found.words.plural()}: {rows} recorded, none of them held with all that belongs to it",
                f"{found.words.plural('de')}: {rows} erfasst, keine mit allem, was dazugehört",
            )
            return Outcome("no", said, rows=rows, short=rows)
        current = getattr(newest, day) >= self.ago(days)
        proof = (told(found, newest, good if current else late, "good" if current else "gap"),)
        return Outcome("yes" if current else "no", proof[0].said, proof, rows, 0 if current else 1)

    def count(self, name: str, *where: Any) -> int:
        """How many rows fulfil the conditions."""
        wanted = select(func.count()).select_from(REGISTERS[name].model).where(self.seen(name), *where)
        return int(self.session.execute(wanted).scalar_one())

    def first(self, name: str, *where: Any, order: Any = None) -> Any:
        """The first row that fulfils the conditions, or None."""
        found = REGISTERS[name]
        wanted = select(found.model).where(self.seen(name), *where)
        return self.session.execute(wanted.order_by(order if order is not None else queries.id_column(found)).limit(1)).scalar()

    def rows(self, name: str, *where: Any, order: Any = None, limit: int = SHOWN) -> list[Any]:
        """Some rows that fulfil the conditions."""
        found = REGISTERS[name]
        wanted = select(found.model).where(self.seen(name), *where)
        return list(self.session.execute(wanted.order_by(order if order is not None else queries.id_column(found)).limit(limit)).scalars())

    def highest(self, name: str, column: str, *where: Any) -> Any:
        """The highest value of a column, or None."""
        return self.session.execute(select(func.max(self.of(name)[column])).where(self.seen(name), *where)).scalar()

    def audience(self, name: str, id_: str) -> str:
        """Who may read a row."""
        found = REGISTERS[name]
        wanted = select(self.of(name).audience).where(queries.id_column(found) == id_)
        return str(self.session.execute(wanted).scalar() or "")

    def _proof(
        self,
        found: Register,
        where: Any,
        mark: Any,
        some: list[int],
        said: Mapping[int, Both],
        kinds: Mapping[int, str],
        also: Mapping[str, Any],
    ) -> tuple[Proof, ...]:
        more = [value.label(f"also_{name}") for name, value in also.items()]
        chosen = select(found.model, mark.label("mark"), *more).where(*where, mark.in_(some)).order_by("mark", queries.id_column(found))
        out = []
        for row, number, *values in self.session.execute(chosen.limit(SHOWN)):
            out.append(told(found, row, said[number], kinds[number], dict(zip(also, values, strict=True))))
        return tuple(out)


def nothing(found: Register) -> Outcome:
    """Not checked: the register holds nothing that could tell."""
    return Outcome(
        "not_checked",
        Both(
            f"No {found.words.plural()} are recorded that could tell", f"Nichts erfasst, aus dem es hervorginge: {found.words.plural('de')}"
        ),
    )


def headline(found: Register, state: State, number: int, rows: int, stale: int) -> Both:
    """What the rows say in one line."""
    en, de = found.words.plural(), found.words.plural("de")
    if state == "no":
        return Both(f"{number} of {rows} {en} {'falls' if number == 1 else 'fall'} short", f"{de}: {number} von {rows} mit einer Lücke")
    if state == "yes":
        return Both(f"{rows} {en if rows > 1 else found.words.label()} looked at, none falls short", f"{de}: {rows} angesehen, keine Lücke")
    if stale:
        return Both(
            f"{number} of {rows} {en} do not tell; {stale} with proof that is out of date",
            f"{de}: {number} von {rows} ohne Aussage; {stale} mit veraltetem Nachweis",
        )
    return Both(f"{number} of {rows} {en} do not tell", f"{de}: {number} von {rows} ohne Aussage")


def together(*outcomes: Outcome) -> Outcome:
    """One answer from several: no where one says no, else not checked where one could not tell; what found no rows counts only when all did."""
    found = [one for one in outcomes if one.rows] or list(outcomes[:1])
    order: tuple[State, ...] = ("no", "not_checked", "yes")
    state = next(one for one in order if any(outcome.state == one for outcome in found))
    speaking = [one for one in found if one.state == state]
    said = Both("; ".join(one.said.en for one in speaking), "; ".join(one.said.de for one in speaking))
    proof = tuple(part for one in speaking for part in one.proof)
    return Outcome(state, said, proof, sum(one.rows for one in found), sum(one.short for one in speaking))


def told(found: Register, row: Any, said: Both, kind: str, also: Mapping[str, Any] | None = None) -> Proof:
    """A row and its sentence, columns filled in."""
    en, de = (one.format_map(_values(found, row, tongue, also or {})) for one, tongue in zip(said, ("en", "de"), strict=True))
    if kind == "good" and not _DAY.search(en):
        en, de = f"{en} (recorded {row.changed_at.date()})", f"{de} (erfasst {row.changed_at.date()})"
    return Proof(found.name, str(getattr(row, found.id_name)), Both(en, de), kind, getattr(row, "owner", None))


def _values(found: Register, row: Any, tongue: str, also: Mapping[str, Any]) -> "_Values":
    """The columns of a row as a sentence of that language shows them, codes as words."""
    out = _Values()
    for column in found.columns:
        if column.version or column.listed or column.kind is Kind.COMPUTED:
            continue
        value = getattr(row, column.name)
        out[column.name] = column.codes[value].label(tongue) if column.codes and value in column.codes else value
    out.update(also)
    return out


_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class _Values(dict[str, Any]):
    """Values as they stand in a sentence: a day for a moment, a dash for nothing."""

    def __getitem__(self, name: str) -> str:
        value = dict.__getitem__(self, name)
        if isinstance(value, datetime):
            value = value.date()
        return "–" if value is None or value == "" else value.isoformat() if isinstance(value, date) else str(value)
