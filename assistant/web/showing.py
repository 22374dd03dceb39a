"""How values of registers look on pages: words of the reader's language, links, states; and how they are typed in forms."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from babel.dates import format_date, format_datetime
from sqlmodel import Session

from assistant import addresses
from assistant.identity import Asker
from knowledge import controls
from knowledge.registers import REGISTERS, Person, Register, listing, queries
from knowledge.registers.columns import Codes, Column, Kind, Words
from knowledge.registers.derived import Context, Method
from knowledge.registers.values import plausible

STATES = ("state", "status", "implementation_status", "assessment_result", "result", "grade")
_FIRST = ("name", "title", "number", "asset_class", "type", "kind", "topic", "owner", "site", "version", "severity", "soa_status", "band")
_LAST = ("current_score", "due_date", "next_review", "review_date", "expires_on", "overdue", "review_overdue", "expired", "open")
_MOST_COLUMNS = 8
_YES_NO = Codes(yes=("yes", "ja"), no=("no", "nein"))
_COMPUTED: dict[str, Codes] = {
    "acceptance": Codes(none=("not accepted", "nicht akzeptiert"), valid=("accepted", "akzeptiert"), expired=("expired", "abgelaufen"), void=("void", "ungültig")),
    "priority": Codes(urgent=("urgent", "dringend"), high=("high", "hoch"), medium=("medium", "mittel"), low=("low", "niedrig")),
    "soa_status": Codes(not_applicable=("not applicable", "nicht anwendbar"), never_checked=("never checked", "nie geprüft"), not_started=("not started", "nicht begonnen")),
}  # fmt: skip
_GOOD = {"done", "closed", "implemented", "approved", "accepted", "valid", "ok", "passed", "conforming", "low", "fulfilled"}
_BAD = {"overdue", "expired", "void", "missed", "rejected", "high", "very_high", "urgent", "major", "failed"}
_WARNING_WHEN_YES = {"overdue", "review_overdue", "expired"}


@dataclass(frozen=True)
class Piece:
    """A word or id on a page: where it leads, and what state it tells of (`good`, `bad`, `quiet`)."""

    text: str
    href: str = ""
    state: str = ""


@dataclass(frozen=True)
class Field:
    """One field of a form, with what was typed and what is wrong with it."""

    name: str
    label: str
    control: str
    value: str
    options: tuple[tuple[str, str], ...] = ()
    required: bool = False
    hint: str = ""
    fault: str = ""
    low: float | None = None
    high: float | None = None


class Showing:
    """How rows look to one reader, in one language; `words` says how our own phrases are said."""

    def __init__(self, session: Session, asker: Asker, context: Context, tongue: str, say: Callable[[str], str]) -> None:
        self.session, self.asker, self.context, self.tongue, self.say = session, asker, context, tongue, say
        self._names: dict[str, str] = {}

    def label(self, column: Column) -> str:
        """The column's name, as the head of a table or the label of a field."""
        word = column.words.label(self.tongue)
        return word[:1].upper() + word[1:]

    def rows(self, found: Register, rows: Sequence[Any]) -> list[dict[str, Any]]:
        """Plain values of rows with what is worked out, and the names of the people in them known."""
        plain = queries.values_of(self.session, self.asker, found, rows)
        more = queries.computed(self.session, found, [one[found.id_name] for one in plain], self.context)
        people = [column.name for column in found.columns if column.kind is Kind.PERSON]
        self.know({one[name] for one in plain for name in people if one[name]})
        return [{**one, **more[one[found.id_name]]} for one in plain]

    def know(self, ids: Iterable[str]) -> None:
        """Read the names of people in one query."""
        wanted = [id_ for id_ in set(ids) if id_ not in self._names]
        for person in queries.rows(self.session, self.asker, "person", Person.id.in_(wanted)) if wanted else []:  # type: ignore[attr-defined]
            self._names[person.id] = person.name

    def name(self, person: str) -> str:
        """What a person is called, once known; else the id."""
        return self._names.get(person, person)

    def pieces(self, found: Register, column: Column, value: Any) -> list[Piece]:
        """A value as words and links; empty where there is none."""
        if value in (None, "", []):
            return []
        if column.name == found.id_name:
            return [Piece(str(value), addresses.row(found.name, str(value)))]
        if column.listed or column.kind is Kind.TEXTS:
            return [self._one(column, one) for one in (value.split("|") if isinstance(value, str) else value)]
        return [self._value(found, column, value)]

    def _one(self, column: Column, value: str) -> Piece:
        if column.kind is Kind.LINKS:
            return Piece(value, addresses.row(column.register, value))
        if column.kind is Kind.CONTROLS and (known := self._control(value)):
            return Piece(f"{known.id} {known.named(self.tongue) or known.title}", addresses.source(known.source_id))
        return Piece(value)

    def _value(self, found: Register, column: Column, value: Any) -> Piece:
        kind = listing.value_kind(found, column)
        if column.kind is Kind.PERSON:
            return Piece(self._names.get(value, value), addresses.row("person", value) if value in self._names else "")
        if column.kind is Kind.LINK:
            return Piece(str(value), addresses.row(column.register, str(value)))
        if kind is Kind.BOOLEAN:
            word = _YES_NO["yes" if value else "no"].label(self.tongue)
            if column.name in _WARNING_WHEN_YES:
                return Piece(self.label(column) if value else word, state="bad" if value else "")
            return Piece(word)
        if kind is Kind.DATE:
            return Piece(self.day(value))
        if kind is Kind.DATETIME:
            return Piece(self.moment(value))
        return self._coded(column, value)

    def _coded(self, column: Column, value: Any) -> Piece:
        words = self.code(column, str(value))
        if words is None:
            return Piece(str(value))
        telling = column.name in (*STATES, *_COMPUTED, "band", "severity")
        return Piece(words, state=state_of(str(value)) if telling else "")

    def code(self, column: Column, value: str) -> str | None:
        """The word for a code; None where the column has none."""
        if column.name == "band" and column.kind is Kind.COMPUTED:
            return band_word(self.context.method, value, self.tongue)
        codes: Mapping[str, Words] | None = _COMPUTED.get(column.name) if column.kind is Kind.COMPUTED else column.codes
        if codes is None:
            return None
        if value not in codes and column.name == "soa_status":
            codes = REGISTERS["control_status"].by_name["implementation_status"].codes or {}
        return codes[value].label(self.tongue) if value in codes else value.replace("_", " ")

    def day(self, value: Any) -> str:
        """A date as people write it."""
        return format_date(value if isinstance(value, date) else date.fromisoformat(str(value)), "medium", locale=self.tongue)

    def moment(self, value: Any) -> str:
        """A moment as people write it, in UTC."""
        at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        return f"{format_datetime(at, 'medium', locale=self.tongue)} (UTC)"

    def _control(self, value: str) -> controls.Control | None:
        catalogue = controls.catalogue()
        found = catalogue.by_source(value)
        return found or next(
            (entry for framework in (controls.ISO_2022, controls.ATLAS) for entry in catalogue.look_up(value, framework)), None
        )

    # --- forms ----------------------------------------------------------------------------------------------------

    def fields(self, found: Register, values: Mapping[str, Any], faults: Mapping[str, str], new: bool) -> list[Field]:
        """The form of a row; `values` are plain or as they were typed, `faults` the message for each column."""
        return [
            self._field(found, column, values.get(column.name), faults.get(column.head, faults.get(column.name, "")))
            for column in typed(found, new)
        ]

    def _field(self, found: Register, column: Column, value: Any, fault: str) -> Field:
        written = as_typed(value)
        options: tuple[tuple[str, str], ...] = ()
        control = {Kind.LONG: "long", Kind.TEXTS: "long", Kind.INTEGER: "number", Kind.DECIMAL: "decimal", Kind.DATE: "date"}.get(
            column.kind, "text"
        )
        if column.kind is Kind.BOOLEAN:
            control, options = "choice", tuple((code, words.label(self.tongue)) for code, words in _YES_NO.items())
        elif column.codes:
            control = "suggest" if column.codes.open else "choice"
            options = tuple((code, words.label(self.tongue)) for code, words in column.codes.items())
        elif column.kind is Kind.PERSON:
            control, options = "choice", tuple(self._people(written))
        if control == "choice" and written and written not in dict(options):
            options = (*options, (written, written))
        hint = self._hint(column)
        return Field(column.name, self.label(column), control, written, options, column.required, hint, fault, column.low, column.high)

    def _people(self, chosen: str) -> list[tuple[str, str]]:
        people = [(person.id, person.name) for person in queries.rows(self.session, self.asker, "person", order=Person.name, limit=500)]
        return people if not chosen or chosen in dict(people) else [*people, (chosen, self._names.get(chosen, chosen))]

    def _hint(self, column: Column) -> str:
        if column.kind is Kind.LINK:
            return self.say("The id of one row: {register}").format(register=REGISTERS[column.register].words.label(self.tongue))
        if column.kind is Kind.LINKS:
            return self.say("Ids, separated by commas: {register}").format(register=REGISTERS[column.register].words.plural(self.tongue))
        if column.kind is Kind.CONTROLS:
            return self.say("Ids such as A.8.24, separated by commas")
        if column.kind is Kind.TEXTS:
            return self.say("One a line")
        if column.kind is Kind.DATETIME:
            return self.say("For example 2026-05-04T09:30Z")
        if column.name == "audience":
            return self.say("Who may read it: public, staff, role:NAME, department:NAME, person:E-MAIL")
        return ""


def typed(found: Register, new: bool) -> list[Column]:
    """The columns that a form shows: those that a person may fill, the id only where nobody else gives it."""
    by_hand = [column for column in found.writable if column.name != found.id_name]
    return [found.by_name[found.id_name], *by_hand] if new and not found.about.prefix else by_hand


def day_of(text: str) -> date:
    """The day that somebody typed. Raises ValueError with what to type."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        day = date.min
    if not plausible(day):
        raise ValueError("Give the day as year-month-day, such as 2027-03-01.")
    return day


def as_typed(value: Any) -> str:
    """A plain value as it stands in a field of a form."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return "" if value is None else str(value).replace("|", "\n")


def list_columns(found: Register) -> list[Column]:
    """The columns that a list has room for: what it is, whose, where, its state, when it is due."""
    wanted = dict.fromkeys([*_FIRST, *STATES, *_LAST])
    chosen = [found.by_name[name] for name in wanted if name in found.by_name and name != found.id_name][: _MOST_COLUMNS - 1]
    return [found.by_name[found.id_name], *chosen]


def groups(found: Register, showing: Showing) -> list[tuple[str, list[Column]]]:
    """(title, columns) of a row's page."""
    say = showing.say
    of: dict[str, list[Column]] = {
        say("What it is"): [],
        say("Worked out"): [],
        say("People and dates"): [],
        say("Linked"): [],
        say("Record"): [],
    }
    titles = list(of)
    for column in found.columns:
        if column.managed:
            of[titles[4]].append(column)
        elif column.kind is Kind.COMPUTED:
            of[titles[1]].append(column)
        elif column.kind in (Kind.PERSON, Kind.DATE, Kind.DATETIME):
            of[titles[2]].append(column)
        elif column.register:
            of[titles[3]].append(column)
        else:
            of[titles[0]].append(column)
    return [(title, columns) for title, columns in of.items() if columns]


def title_of(found: Register, row: Mapping[str, Any]) -> str:
    """What a row is called; empty where it has no name."""
    return next((str(row[name]) for name in ("name", "title", "question", "how") if row.get(name)), "")


def band_word(method: Method, code: str, tongue: str) -> str:
    """What a band is called."""
    return next((band.de if tongue == "de" else band.en for band in method.bands if band.code == code), code)


def state_of(code: str) -> str:
    """How a code is coloured, besides being a word: `good`, `bad`, `quiet`."""
    return "good" if code in _GOOD else "bad" if code in _BAD else "quiet"
