"""A file into a register: every row checked, counted, and written with its journal in one transaction, or not at all."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from assistant.exchange import cells, headings, scales, tables
from assistant.exchange.headings import Heading, Headings
from assistant.exchange.tables import Table
from knowledge.errors import NoSuchRow, NotAllowed, Problem, RowRefused, UnreadableDocument
from knowledge.registers import Store, derived, queries, records, rights, risk_method
from knowledge.registers.columns import Column, Kind, fold
from knowledge.registers.descriptions import REGISTERS, Register, register
from knowledge.registers.records import Records
from knowledge.registers.rights import Actor
from knowledge.registers.risks import IMPACT_COLUMNS
from knowledge.registers.values import BadValue, checked

_TITLE_ROWS = 15
"""How far down a sheet the row with the headings may stand."""
_NAME = 120


@dataclass(frozen=True)
class Options:
    """How a file is loaded. `dry_run` writes nothing, `skip_bad` leaves refused rows out instead of refusing the file."""

    dry_run: bool = False
    skip_bad: bool = False
    scale: Path | None = None
    sheet: str = ""


@dataclass(frozen=True)
class Refusal:
    """Why a row was refused: its number in the file, the heading, the value as written, and what to do."""

    row: int
    column: str
    value: str
    reason: str

    def __str__(self) -> str:
        shown = f" is {self.value!r}" if self.value else ""
        return f"row {self.row}, {self.column}{shown}: {self.reason}"


@dataclass
class Report:
    """What became of the rows of a file, or would become in a dry run; `saved` says whether anything was written."""

    register: str
    file: str
    dry_run: bool = False
    saved: bool = False
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    scale: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether every row could be taken."""
        return not self.refused


@dataclass
class Line:
    """A row on its way: its number, its values by column name, the heading and text that each came from."""

    number: int
    values: dict[str, Any]
    texts: dict[str, tuple[str, str]]
    scores: dict[str, str] = field(default_factory=dict)
    raw: dict[str, str] = field(default_factory=dict)


class Undone(Exception):
    """Ends a transaction of which nothing shall stay."""


def import_file(store: Store, actor: Actor, name: str, path: Path, now: datetime, options: Options = Options()) -> Report:
    """What became of each row of a CSV, XLSX or Markdown file. Raises UnreadableDocument, UnknownRegister, NotAllowed.

    A row whose id exists is changed in the columns of the file only; one without an id is known by its name. All rows, their
    links and their journal entries are one transaction.
    """
    found = register(name)
    report = Report(found.name, path.name, options.dry_run)
    return _take(store, actor, found, lines_of(found, path, now, report, options), now, options, report)


def lines_of(
    found: Register,
    path: Path,
    now: datetime,
    report: Report,
    options: Options = Options(),
    written: Callable[[Column, str], str] | None = None,
) -> list[Line]:
    """The rows of a file as lines; remarks, scale and what is wrong in a cell go into the report. `written` replaces texts of cells."""
    table, known = _chosen(found, path, tables.read(path), options.sheet)
    report.remarks += [*table.remarks, *headings.demand_clear(path.name, found, known)]
    if written:
        for heading in known.known:
            for _, texts in table.rows:
                if heading.place < len(texts):
                    texts[heading.place] = written(heading.column, texts[heading.place])
    given = scales.from_file(options.scale) if options.scale else {}
    return _Reading(found, known, table, given, now, report).lines()


def _take(store: Store, actor: Actor, found: Register, lines: Sequence[Line], now: datetime, options: Options, report: Report) -> Report:
    """The report, after the lines went into the register in one transaction."""
    if not (rights.may(actor, "create", found.name) or rights.may(actor, "change", found.name)):
        raise NotAllowed(f"{found.name}: the role {actor.role} may not load rows; ask the ISMS manager, or make a proposal.")
    unread = {refusal.row for refusal in report.refusals}
    bad, known = set(unread), list(report.refusals)
    while True:
        report.refusals = list(known)
        try:
            with records.writing(store, actor, now, f"import {report.file}", history=True) as book:
                loading = Loading(book, found, report)
                loading.load([replace(line, values=dict(line.values)) for line in lines if line.number not in bad])
                loading.fill_in()
                for line in lines:
                    if line.number in unread:
                        loading.examine(line)
                report.refused = len({refusal.row for refusal in report.refusals})
                if loading.late or options.dry_run or (report.refused and not options.skip_bad):
                    raise Undone
                report.saved = True
        except Undone:
            pass
        if not loading.late:
            break
        # A row of which a part was written when it was refused leaves nothing: once more, without it.
        bad |= loading.late
        known += [refusal for refusal in report.refusals if refusal.row in loading.late]
    loading.tell()
    return report


# --- the table -----------------------------------------------------------------------------------------------------


def _chosen(found: Register, path: Path, read: Sequence[Table], wanted: str) -> tuple[Table, Headings]:
    """The table of the file that holds the register, without its headings and what stands above, and the headings."""
    if wanted:
        read = [table for table in read if table.name.casefold() == wanted.casefold()]
        if not read:
            raise UnreadableDocument(path.name, f"there is no sheet {wanted!r} with anything in it")
    fitting = [(table, *where) for table in read if (where := _headings(found, table))]
    named = [one for one in fitting if fold(one[0].name) in map(fold, (found.name, *found.words.all()))]
    shown = [one for one in fitting if wanted or not one[0].hidden]
    if len(shown) > 1 and len(named) == 1:
        shown = named
    if len(shown) > 1:
        best = max(len(headings.known) for _, _, headings in shown)
        shown = [one for one in shown if len(one[2].known) == best]
    if len(shown) > 1:
        names = ", ".join(repr(table.name) for table, _, _ in shown)
        raise UnreadableDocument(path.name, f"several sheets could be the register {found.name}: {names}; say which with --sheet")
    if not shown and fitting:
        raise UnreadableDocument(path.name, f"the sheet {fitting[0][0].name!r} is hidden; show it in Excel, or name it with --sheet")
    if not shown:
        plain = ",".join(found.header)
        raise UnreadableDocument(path.name, f"no row names columns of the register {found.name}; the plain header is {plain}")
    table, above, known = shown[0]
    if merged := table.merged_from(table.rows[above][0]):
        raise UnreadableDocument(
            path.name, f"sheet {table.name!r} has merged cells ({merged}); a row needs a cell of its own in each column, so split them"
        )
    table.rows = table.rows[above + 1 :]
    if not table.rows:
        raise UnreadableDocument(path.name, "there are no rows below its headings")
    if len(read) > 1:
        table.remarks.append(f"read from the sheet {table.name!r}")
    return table, known


def _headings(found: Register, table: Table) -> tuple[int, Headings] | None:
    """(place of the row that names the columns, what they mean); None where no row does."""
    best: tuple[int, Headings] | None = None
    for number, (_, texts) in enumerate(table.rows[:_TITLE_ROWS]):
        known = headings.match(found, texts)
        if known.known and (best is None or len(known.known) > len(best[1].known)):
            best = number, known
    if best is None:
        return None
    filled = sum(bool(text.strip()) for text in table.rows[best[0]][1])
    return best if len(best[1].known) * 3 >= filled or len(best[1].known) > 3 else None


class _Reading:
    """The rows of a table to lines: texts in the form of the registers, scales translated."""

    def __init__(
        self, found: Register, known: Headings, table: Table, given: Mapping[str, scales.Scale], now: datetime, report: Report
    ) -> None:
        self.found, self.known, self.table, self.report, self.today = found, known, table, report, now.date()
        self.foreign = any(heading.foreign for heading in known.known) or bool(known.left_out)
        self.habits = {heading.place: cells.habit(heading.column, self._column(heading)) for heading in known.known}
        self.scales = self._scales(given)
        self.aliases = headings.aliases(found.name)

    def lines(self) -> list[Line]:
        """One line a row; what is wrong in a row stands in the report."""
        width = 1 + max((heading.place for heading in self.known.known), default=0)
        out = []
        for number, texts in self.table.rows:
            line = Line(number, {}, {})
            if beyond := [text for text in texts[max(width, self._width()) :] if text.strip()]:
                reason = f"it has {len(texts)} cells, the headings are {self._width()}; put quotes around a cell with a separator"
                self._refuse(line, "a cell without a heading", beyond[0], reason)
            for heading in self.known.known:
                if heading.place < len(texts):
                    self._take(line, heading, texts[heading.place])
            self._complete(line)
            out.append(line)
        return out

    def _width(self) -> int:
        return len(self.known.known) + len(self.known.left_out) + len(self.known.unknown)

    def _column(self, heading: Heading) -> Iterator[str]:
        return (texts[heading.place] for _, texts in self.table.rows if heading.place < len(texts))

    def _take(self, line: Line, heading: Heading, text: str) -> None:
        column = heading.column
        if column.kind is Kind.COMPUTED:
            line.scores[column.name] = text.strip()
            line.texts[column.name] = heading.text, text
            return
        if column.name == "audience" and not text.strip():
            return  # an empty cell does not open a restricted row
        side = _side(column)
        line.raw[column.name] = text.strip()
        try:
            if side:
                text = scales.level(text, self.scales.get(side, {}))
            if self.foreign:
                for other, value in headings.following(self.found.name, column, text).items():
                    line.values.setdefault(other, value)
                text = headings.code_of(self.found.name, column, text)
            value = cells.plain(column, text, self.habits[heading.place]) if text.strip() else ""
        except BadValue as error:
            line.texts[column.name] = heading.text, text
            self._refuse(line, heading.text, text, str(error))
            return
        if value and line.values.get(column.name) and column.kind in (Kind.LONG, Kind.TEXTS):
            value = f"{line.values[column.name]}\n{value}"  # two headings of a tool mean the same
        if value or column.name not in line.values:
            line.values[column.name] = value
            line.texts[column.name] = heading.text, text

    def _complete(self, line: Line) -> None:
        """What follows from the rest where a tool does not write it: a name, a day."""
        there = {heading.column.name for heading in self.known.known}
        for name, source in self.aliases.taken.items():
            if name not in there and (text := str(line.values.get(source, "")).strip()):
                line.values[name] = _first_sentence(text)
        for name in self.aliases.today:
            if name not in there:
                line.values[name] = self.today
        email = line.scores.pop("owner_email", "")
        if email and not line.values.get("owner"):
            line.values["owner"], line.texts["owner"] = cells.person(email), line.texts["owner_email"]
        elif email:
            line.scores["owner_email"] = cells.person(email)

    def _scales(self, given: Mapping[str, scales.Scale]) -> dict[str, scales.Scale]:
        out = {}
        columns = {side: [heading for heading in self.known.known if _side(heading.column) == side] for side in scales.SIDES}
        written = {side: {text for heading in some for text in self._column(heading)} for side, some in columns.items()}
        levels = max(scales.size(side, texts) for side, texts in written.items())
        for side, some in columns.items():
            texts = written[side]
            foreign = {text for heading in some if heading.foreign for text in self._column(heading)}
            out[side] = scales.told(side, texts, self.known.ten or _beyond_five(foreign), given.get(side), levels)
            used = {text.strip(): int(level) for text in sorted(texts) if (level := scales.level(text, out[side])) != text and level}
            if used:
                self.report.scale[side] = used
        return out

    def _refuse(self, line: Line, column: str, value: str, reason: str) -> None:
        self.report.refusals.append(Refusal(line.number, column, value.strip()[:200], reason))


def _side(column: Column) -> str:
    """Which side of the matrix a column is on: likelihood, impact, or neither."""
    if column.kind is not Kind.INTEGER or (column.low, column.high) != (1, 5):
        return ""
    if column.name.endswith("_likelihood"):
        return "likelihood"
    return "impact" if column.name.startswith(("inherent_", "current_", "residual_")) else ""


def _beyond_five(texts: set[str]) -> bool:
    """Whether these are the numbers of a scale from 0 to 10."""
    try:
        numbers = [float(text.replace(",", ".")) for text in texts if text.strip()]
    except ValueError:
        return False
    return bool(numbers) and 5 < max(numbers) <= 10 and min(numbers) >= 0


def _first_sentence(text: str) -> str:
    first = text.splitlines()[0].split(". ")[0].rstrip(".")
    return first if len(first) <= _NAME else f"{first[: _NAME - 1].rsplit(' ', 1)[0]}…"


# --- the rows ------------------------------------------------------------------------------------------------------


class Loading:
    """Lines into a register through the one door for rows; what names rows further down is filled in at the end."""

    def __init__(self, book: Records, found: Register, report: Report) -> None:
        self.book, self.found, self.report = book, found, report
        self.session, self.actor = book.session, book.actor
        self.outcome: dict[int, str] = {}
        self.late: set[int] = set()
        """Lines that were refused after a part of them was written."""
        self._soft: list[Column] = []
        self._own = [column for column in found.columns if column.register == found.name and not column.required]
        self._names: dict[str, dict[str, str | None]] = {}
        self._seen: dict[str, int] = {}
        self._twins: dict[tuple[str, ...], list[str]] | None = None
        self._claimed: set[str] = set()
        self._later: list[tuple[Line, str, dict[str, Any]]] = []

    def load(self, lines: Sequence[Line], absent: frozenset[str] = frozenset()) -> None:
        """Write every line that holds; `outcome` says what became of each, the report what is wrong with the others.

        What names rows further down, or rows of registers that are still `absent`, is left for `fill_in`.
        """
        self._soft = [column for column in self.found.columns if column.register in absent and not column.required]
        ids = [str(line.values.get(self.found.id_name) or "").strip() for line in lines]
        there = self.book.expect(self.found.name, [id_ for id_ in ids if id_])
        coming = ({id_ for id_ in ids if id_} - set(there)) | {fold(name) for line in lines for name in _names(line)}
        # Rows with an id come first, so that no number that the file brings along is given to a row without one.
        for line, id_ in sorted(zip(lines, ids, strict=True), key=lambda one: not one[1]):
            try:
                self._line(line, id_, there, coming)
            except (RowRefused, NotAllowed, NoSuchRow, BadValue) as error:
                self._refuse(line, error)

    def examine(self, line: Line) -> None:
        """Report what else is wrong with a line that is refused already, so that one look at the report mends all of it."""
        told = {refusal.column for refusal in self.report.refusals if refusal.row == line.number}
        own = {column.name for column in self._own}
        values = {name: value for name, value in line.values.items() if name not in own}
        try:
            self._resolve(values)
            self.book.check(self.found.name, values, str(values.get(self.found.id_name) or "").strip())
        except RowRefused as error:
            self._refuse(line, RowRefused([problem for problem in error.problems if self._place(line, problem)[0] not in told]))
        except (NotAllowed, NoSuchRow, BadValue):
            return

    def fill_in(self) -> None:
        """Write the names of rows that were not there when the rows were written that name them."""
        if self._later:
            self.book.flush()
            self._names.clear()
        for line, id_, values in self._later:
            try:
                self._fill_in(line, id_, values)
            except (RowRefused, NotAllowed, NoSuchRow, BadValue) as error:
                self.late.add(line.number)
                self._refuse(line, error)

    def tell(self) -> None:
        """Count in the report what became of the lines."""
        outcomes = Counter(self.outcome.values())
        self.report.new, self.report.changed, self.report.unchanged = outcomes["new"], outcomes["changed"], outcomes["unchanged"]
        self.report.refused = len({refusal.row for refusal in self.report.refusals})
        self.report.refusals.sort(key=lambda refusal: refusal.row)

    def _line(self, line: Line, id_: str, there: Mapping[str, Any], coming: set[str]) -> None:
        if id_ and (first := self._seen.setdefault(id_, line.number)) != line.number:
            raise BadValue(f"row {first} has that id already; a register has one row an id")
        internal = self._internal(line)
        later = self._defer(line, coming)
        self._resolve(line.values)
        row = there.get(id_) if id_ else None
        if not id_ and (id_ := self._twin(line)):
            row = self.book.expect(self.found.name, [id_])[id_]
        self._check_scores(line, row)
        if row is None:
            row = self.book.create(self.found.name, {name: value for name, value in line.values.items() if value != ""}, internal)
            self.outcome[line.number] = "new"
        else:
            before = row.revision
            row = self.book.change(self.found.name, id_, line.values, internal=internal)
            self.outcome[line.number] = "unchanged" if row.revision == before else "changed"
        if later:
            self._later.append((line, rights.row_id(row), later))

    def _internal(self, line: Line) -> dict[str, Any]:
        """Columns that only the product fills, taken out of a line that comes from another plant."""
        out: dict[str, Any] = {}
        if void := line.values.pop("acceptance_void_at", None):
            out["acceptance_void_at"] = checked(self.found.by_name["acceptance_void_at"], void, self.book.resolve)
        for column in headings.PRODUCT.get(self.found.name, ()):
            if text := line.values.pop(column.name, ""):
                out[column.name] = _json(column, text)
        if self.found.name == "risk_method":
            if "definition" not in out:
                raise BadValue(
                    "the column definition is missing; load a file that annexa export wrote, or change the method in the settings"
                )
            risk_method.changed(derived.STANDARD, out["definition"])
        return out

    def _fill_in(self, line: Line, id_: str, values: dict[str, Any]) -> None:
        self._resolve(values)
        before = self.book.expect(self.found.name, [id_])[id_].revision
        if self.book.change(self.found.name, id_, values).revision != before and self.outcome[line.number] == "unchanged":
            self.outcome[line.number] = "changed"

    # --- which row -------------------------------------------------------------------------------------------------

    def _twin(self, line: Line) -> str:
        """The id of the row that a line without an id is about: the one with the same key, name, or required values."""
        if self.found.id_name in line.values and not self.found.about.prefix:
            return ""
        if self._twins is None:
            self._twins = self._existing()
        key = tuple(self._comparable(name, line.values.get(name)) for name in self._key())
        free = [id_ for id_ in self._twins.get(key, ()) if id_ not in self._claimed] if all(key) else []
        same = [id_ for id_ in free if not self.book.differs(self.found.name, id_, line.values)]
        if not same and self._twins.get(key) and self.found.about.append_only:
            if line.values.get("note"):
                return ""
            raise BadValue("there is another value of that day; rows are never changed, so give the newer one a note that says why")
        if not same and len(free) > 1:
            raise BadValue(f"{', '.join(free[:3])} have that {self._key()[0]}; write the id of the one that is meant")
        chosen = (same or free or [""])[0]
        self._claimed.add(chosen)
        return chosen

    def _key(self) -> tuple[str, ...]:
        """The columns by which a row without an id is known again."""
        if self.found.about.key != ("id",) and self.found.about.key != (self.found.id_name,):
            return self.found.about.key
        named = [name for name in ("name", "title") if name in self.found.by_name]
        return tuple(named[:1]) or tuple(column.name for column in self.found.required)

    def _existing(self) -> dict[tuple[str, ...], list[str]]:
        out: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for row in queries.rows(self.session, self.actor, self.found.name):
            out[tuple(self._comparable(name, getattr(row, name)) for name in self._key())].append(rights.row_id(row))
        return out

    def _comparable(self, name: str, value: Any) -> str:
        column = self.found.by_name[name]
        text = value.isoformat() if isinstance(value, date) else "" if value is None else str(value)
        if text and column.kind is Kind.PERSON:
            return self.book.person(text) or text
        return fold(text)

    # --- values ----------------------------------------------------------------------------------------------------

    def _defer(self, line: Line, coming: set[str]) -> dict[str, Any]:
        """Columns that name rows which are still to come, taken out of the line to be filled in at the end."""
        out = {}
        for column in self._soft:
            if line.values.get(column.name):
                out[column.name] = line.values.pop(column.name)
        for column in self._own:
            text = line.values.get(column.name)
            if text and self._names_of(column, str(text)) & coming:
                out[column.name] = line.values.pop(column.name)
        return out

    def _names_of(self, column: Column, text: str) -> set[str]:
        parts = [part.strip() for part in _split(text, "|\n;,")] if column.listed else [text.strip()]
        return {form for part in parts for form in (part, part.upper(), fold(part))}

    def _resolve(self, values: dict[str, Any]) -> None:
        """Names of rows to ids, in links and lists of links."""
        for name, text in values.items():
            column = self.found.by_name[name]
            if not text or column.kind not in (Kind.LINK, Kind.LINKS) or not isinstance(text, str):
                continue
            values[name] = self._ids(column, text) if column.kind is Kind.LINKS else self._id(column.register, text) or text

    def _ids(self, column: Column, text: str) -> list[str]:
        """Ids of a list: split at pipes and line ends, further only where a part is nobody's name."""
        out = []
        for part in _split(text, "|\n"):
            whole = self._id(column.register, part)
            pieces = (
                [part]
                if whole
                else [piece for semi in _split(part, ";") for piece in ([semi] if self._id(column.register, semi) else _split(semi, ","))]
            )
            out += [self._id(column.register, piece) or piece for piece in pieces]
        return out

    def _id(self, target: str, text: str) -> str | None:
        text = text.strip()
        if self.book.resolve(target, text):
            return text
        if target not in self._names:
            self._names[target] = self._named(target)
        return self._names[target].get(fold(text))

    def _named(self, target: str) -> dict[str, str | None]:
        """Folded name -> id of the rows that the actor may see; None for a name that two of them have."""
        other = REGISTERS[target]
        name = next((name for name in ("name", "title") if name in other.by_name), None)
        out: dict[str, str | None] = {}
        self.book.flush()
        for row in queries.rows(self.session, self.actor, target) if name else ():
            key = fold(getattr(row, name))  # type: ignore[arg-type]
            out[key] = None if key in out else rights.row_id(row)
        return out

    def _check_scores(self, line: Line, row: Any) -> None:
        """Raises BadValue for a score that is not the product of its pair; scores are never stored."""
        for name, text in line.scores.items():
            if name.endswith("_score") and (problem := _wrong_score(line, row, name.removesuffix("_score"), text)):
                self.report.refusals.append(Refusal(line.number, line.texts[name][0], text, problem))
            if name == "owner_email" and self.book.person(text) != self.book.person(str(line.values.get("owner") or "")):
                reason = f"the owner is {line.values.get('owner') or 'nobody'}; one of the two is wrong"
                self.report.refusals.append(Refusal(line.number, line.texts[name][0], text, reason))
        if self.report.refusals and self.report.refusals[-1].row == line.number:
            raise _Told

    def _refuse(self, line: Line, error: Exception) -> None:
        if isinstance(error, RowRefused):
            for problem in error.problems:
                heading, text = self._place(line, problem)
                self.report.refusals.append(Refusal(line.number, heading, text.strip()[:200], problem.reason))
        elif isinstance(error, _Told):
            self.examine(line)
        else:
            heading, text = line.texts.get(self.found.id_name) or ("", "")
            self.report.refusals.append(Refusal(line.number, heading or self.found.by_name[self.found.id_name].head, text, str(error)))

    def _place(self, line: Line, problem: Problem) -> tuple[str, str]:
        """(heading, text) of the cell that a problem is about."""
        column = self.found.column(problem.column)
        return line.texts.get(column.name if column else "", (problem.column, problem.value))


class _Told(BadValue):
    """The row is refused, and the report says why already."""


def _wrong_score(line: Line, row: Any, pair: str, text: str) -> str:
    """Why a score cannot be right; nothing where it is, or where it is the name of a level of another matrix."""
    try:
        score = float(text.replace(",", "."))
    except ValueError:
        return ""
    names = f"{pair}_likelihood", f"{pair}_impact"
    now = [_now(line, row, name) for name in names]
    now[1] = now[1] or max((str(_now(line, row, f"{pair}_{name}") or "") for name in IMPACT_COLUMNS), default="")
    if any(level in (None, "") for level in now):
        return "there is a score, but likelihood or impact is empty; fill both in, or leave the score out"
    try:
        product = float(now[0]) * float(now[1])
        raw = float(line.raw[names[0]]) * float(line.raw[names[1]]) if all(name in line.raw for name in names) else product
    except (TypeError, ValueError):
        raw = product = float(now[0]) * float(now[1]) if all(str(level).isdigit() for level in now) else score
    if score in (product, raw, raw / 10):
        return ""
    return f"likelihood times impact is {product:g}; one of the three is wrong (a score is worked out, never stored)"


def _json(column: Column, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise BadValue(f"{column.head} is not the JSON that annexa export writes") from None


def _now(line: Line, row: Any, name: str) -> Any:
    """The value that the row has once the line is taken over."""
    return line.values[name] if name in line.values else getattr(row, name, None)


def _names(line: Line) -> list[str]:
    """What other rows may call the row of a line, beside its id."""
    return [str(value) for name in ("name", "title", "email") if (value := line.values.get(name))]


def _split(text: str, between: str) -> list[str]:
    for sign in between[1:]:
        text = text.replace(sign, between[0])
    return [part.strip() for part in text.split(between[0]) if part.strip()]
