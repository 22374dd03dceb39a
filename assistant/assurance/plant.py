"""The registers as one reader may see them on one day: what cycle, key figures, reviews and programme are worked out of."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

from sqlmodel import Session

from knowledge.registers import REGISTERS, Register, Store, queries, records, rights, risk_method
from knowledge.registers.columns import Kind
from knowledge.registers.derived import Context
from knowledge.registers.records import Records
from knowledge.registers.rights import INSTALLATION, Actor
from knowledge.registers.values import plausible

_DATED = (Kind.DATE, Kind.DATETIME)


class Plant:
    """Rows by register, each register read once when it is first asked for.

    A row has its columns as attributes: dates as dates, lists as lists of ids (controls as people say them, `A.8.24`), what is worked out
    too, and `source`, under which it is cited. `session` and `actor` are those that read it, where it comes from a database.
    """

    def __init__(
        self, read: Callable[[str], Sequence[Any]], context: Context, session: Session | None = None, actor: Actor | None = None
    ) -> None:
        self._read, self.context = read, context
        self.session, self.actor = session, actor
        self._rows: dict[str, list[Any]] = {}

    @property
    def today(self) -> date:
        """The day on which everything is worked out."""
        return self.context.today

    def rows(self, register: str) -> list[Any]:
        """The rows of a register, in the order of their ids."""
        if register not in self._rows:
            self._rows[register] = list(self._read(register))
        return self._rows[register]

    def open_to(self, audience: str = "staff") -> "Plant":
        """The plant without the rows that some reader of such an audience may not see: for what is written down for all of them."""
        readers = {"public"} if audience == "public" else {"public", "staff", audience}
        return Plant(lambda name: [row for row in self.rows(name) if row.audience in readers], self.context)

    def row(self, register: str, id_: str | None) -> Any | None:
        """The row with that id; None where there is none for this reader."""
        id_name = REGISTERS[register].id_name
        return next((row for row in self.rows(register) if getattr(row, id_name) == id_), None) if id_ else None

    def name(self, person: str | None) -> str:
        """The name of a person, empty for nobody."""
        found = self.row("person", person)
        return str(found.name) if found else ""


def seen_by(session: Session, actor: Actor, context: Context) -> Plant:
    """The plant as an actor may see it; it reads from the session while that is open."""

    def read(name: str) -> list[Any]:
        found = REGISTERS[name]
        models = queries.rows(session, actor, name)
        plain = queries.values_of(session, actor, found, models)
        more = queries.computed(session, found, [one[found.id_name] for one in plain], context)
        return [
            row_of(found, {**one, **_dates(found, model), **more[one[found.id_name]]}) for one, model in zip(plain, models, strict=True)
        ]

    return Plant(read, context, session, actor)


@contextmanager
def reading(store: Store, actor: Actor, now: datetime) -> Iterator[Plant]:
    """The plant of this moment, to be read."""
    with store.read() as session:
        yield seen_by(session, actor, Context(risk_method.current(session), now.date()))


@contextmanager
def writing(store: Store, actor: Actor, now: datetime, source: str) -> Iterator[tuple[Records, Plant]]:
    """The plant of this moment with the book in which the actor writes; all or nothing is kept."""
    with records.writing(store, actor, now, source) as book:
        yield book, seen_by(book.session, actor, Context(risk_method.current(book.session), now.date()))


@contextmanager
def proposing(store: Store, actor: Actor, now: datetime, source: str, register: str) -> Iterator[tuple[Records, Plant]]:
    """A book in which the product itself proposes what it works out of the plant as the actor sees it.

    Whoever proposes does not decide; so the proposals are the product's, and whoever asked for them may decide. Raises NotAllowed for
    somebody who may not propose.
    """
    rights.demand(actor, "propose", register)
    with records.writing(store, INSTALLATION, now, f"{source}, asked for by {actor.person_id or actor.role}") as book:
        yield book, seen_by(book.session, actor, Context(risk_method.current(book.session), now.date()))


def row_of(found: Register, values: Mapping[str, Any]) -> Any:
    """Values by column as a row with attributes."""
    return SimpleNamespace(**{**values, "source": queries.source_of(found, str(values[found.id_name]))})


def texts(value: Any) -> list[str]:
    """The entries of a column that holds several texts."""
    return [part.strip() for part in (value.split("|") if isinstance(value, str) else value or ()) if part.strip()]


def on(value: date | datetime | None) -> date | None:
    """The day of a date or moment."""
    return value.date() if isinstance(value, datetime) else value


def _dates(found: Register, model: Any) -> dict[str, Any]:
    """Days and moments; one that earlier releases took though nothing can be reckoned from it, such as 9999-12-31, is none."""
    given = {column.name: getattr(model, column.name) for column in found.columns if column.kind in _DATED and not column.version}
    return {name: value if value and plausible(on(value) or date.min) else None for name, value in given.items()}
