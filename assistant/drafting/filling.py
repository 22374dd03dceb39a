"""The places of a skeleton filled from registers, approved documents and answers; what nobody has said is left open and asked."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

from sqlmodel import Session, select

from assistant import addresses
from assistant.drafting import marks
from assistant.drafting.marks import one_line, table
from assistant.drafting.open_points import OpenPoint, person_for
from assistant.drafting.sources import Cited, Find, Source
from assistant.drafting.types import PLACE, DocumentType, Question, source_of
from assistant.identity import EVERYBODY
from knowledge import controls
from knowledge.errors import BadKnowledge, NoSuchRow
from knowledge.registers import REGISTERS, Register, derived, listing, queries, register, rights
from knowledge.registers.columns import Column, Kind
from knowledge.registers.derived import Context
from knowledge.registers.listing import Wanted
from knowledge.registers.people import Person
from knowledge.registers.rights import Actor

_MOST_ROWS = 500
_LONGEST_RULE = 240
"""Letters of an approved rule that is told beside a question; a longer one is a link on the page alone."""
_OF_THE_STANDARD = ("control_status", "clause_status")
"""Registers whose ids are controls and clauses."""


@dataclass(frozen=True)
class Shape:
    """How tables of a section are cut: at most so many rows, columns that are added, and columns that are left out, by the words that name them."""

    rows: int = _MOST_ROWS
    more: tuple[str, ...] = ()
    less: tuple[str, ...] = ()


@dataclass(frozen=True)
class Subject:
    """The row that a document is for: an AI system, an asset, a site, a supplier, an audit."""

    register: str
    id: str
    name: str
    owner: str | None


@dataclass
class Filling:
    """What places are filled with; open points and sources collect here. `answers` are those that people gave, by key."""

    session: Session
    actor: Actor
    context: Context
    find: Find
    kind: DocumentType
    subject: Subject | None
    answers: Mapping[str, str]
    built_in: Mapping[str, str]
    owner: Person | None
    cited: Cited = field(default_factory=Cited)
    open_points: list[OpenPoint] = field(default_factory=list)
    shape: Shape = field(default_factory=Shape)
    section: str = ""
    _names: dict[str, str] = field(default_factory=dict)
    _people: dict[str, Person | None] = field(default_factory=dict)
    _told: set[int] = field(default_factory=set)

    def fill(self, section: str, body: str) -> str:
        """The body of a section with every place filled, or marked and noted as an open point."""
        self.section = section
        return marks.notes_below_tables(PLACE.sub(lambda match: self._filled(match[1]), body))

    def _filled(self, place: str) -> str:
        command, _, rest = place.partition(" ")
        if command in _COMMANDS:
            return _COMMANDS[command](self, rest.strip())
        if place in self.answers:
            return self.answers[place]
        if place in self.kind.questions:
            return self._ask(self.kind.questions[place])
        return self.built_in.get(place) or self._open(place, f"What is the {place.replace('_', ' ')} of this document?", "isms_manager")

    # --- open points ------------------------------------------------------------------------------------------------

    def _ask(self, question: Question) -> str:
        return self._open(question.key, question.ask, question.who, question.suggest, self.find(question.ask))

    def _open(self, key: str, question: str, who: str, suggest: str = "", near: Sequence[Source] = ()) -> str:
        """The mark that stands where the fact is missing: with the question where it is first missed, then with its number alone.

        `near` are sentences of approved documents that may answer. One that does so by itself is told with the question: it is the rule until
        somebody decides otherwise.
        """
        if key in self.answers:
            return self.answers[key]
        number = next((number for number, point in enumerate(self.open_points, 1) if point.key == key), 0)
        if not number:
            hint = next(iter(near), None)
            rule = hint if hint and hint.alone and len(hint.quote) <= _LONGEST_RULE else None
            told = f"{question} Approved today: “{marks.readable(rule.quote)}” ({one_line(rule.title)})" if rule else question
            person = self._person(who)
            self.open_points.append(
                OpenPoint(key, question, self.section, person.id if person else None, person.name if person else who, suggest, hint, told)
            )
            number = len(self.open_points)
        point = self.open_points[number - 1]
        first = point.section == self.section and number not in self._told
        self._told.add(number)
        return marks.to_decide(number, point.told or point.question) if first else marks.to_decide(number)

    def _person(self, who: str) -> Person | None:
        if who not in self._people:
            self._people[who] = person_for(self.session, who, self.owner)
        return self._people[who]

    # --- registers --------------------------------------------------------------------------------------------------

    def _select(self, written: str) -> tuple[Register, Wanted, str]:
        """(register, what is wanted of it, the address of the same list) of `risk?current_score=ge:10&sort=-current_score`."""
        name, _, query = written.strip().partition("?")
        found = register(name)
        given = [(key, value) for key, value in parse_qsl(query, keep_blank_values=True) if value != "@subject" or self.subject]
        given = [(key, self.subject.id if value == "@subject" and self.subject else value) for key, value in given]
        given = [(key, value.replace("@today", self.context.today.isoformat())) for key, value in given]
        sort = next((tuple(value.split(",")) for key, value in given if key == "sort"), ())
        conditions = tuple((key, value) for key, value in given if key != "sort")
        return found, Wanted(conditions, sort=sort), f"/registers/{found.name}" + (f"?{urlencode(given)}" if given else "")

    def _rows(self, found: Register, wanted: Wanted, limit: int = _MOST_ROWS) -> tuple[list[dict[str, Any]], int]:
        some, total = listing.page(self.session, self.actor, found, wanted, self.context, limit)
        plain = queries.values_of(self.session, self.actor, found, some)
        worked_out = queries.computed(self.session, found, [getattr(row, found.id_name) for row in some], self.context)
        for values in plain:
            values.update(worked_out.get(str(values[found.id_name]), {}))
        return plain, total

    def _table(self, rest: str) -> str:
        """`register?conditions | column, column | who is asked where there is no row`."""
        chosen, columns, who = _parted(rest, 3)
        found, wanted, url = self._select(chosen)
        shown = self._shown(found, [_column(found, name) for name in columns.split(",")])
        name = found.words.plural()
        if not rights.sees_everybody(self.actor, found.name):
            return self._of_others(found, who)
        rows, total = self._rows(found, wanted, self.shape.rows)
        if found.name in _OF_THE_STANDARD and not wanted.sort:
            rows.sort(key=lambda row: _numbers_apart(str(row[found.id_name])))
        if not rows and not (wanted.conditions and self._rows(found, Wanted(), 1)[1]):
            return self._open(f"register {found.name}", f"The register of {name} is empty; which are there?", who or "isms_manager")
        mark = self._cite(Source(f"register:{found.name}", "register", _capital(name), _number_of(found, total), url, locator=chosen))
        if not rows:
            return f"None: no row of the register of {name} fits, as of {self.context.today.isoformat()}.{mark}"
        lines = [[self._cell(found, column, row[column.name]) for column in shown] for row in rows]
        heads = [_capital(column.words.label()) for column in shown]
        more = f"; the first {len(rows)} of {total}" if total > len(rows) else ""
        return f"{table(heads, lines)}\n\nFrom the register of {name}, as of {self.context.today.isoformat()}{more}.{mark}"

    def _shown(self, found: Register, usual: list[Column]) -> list[Column]:
        """The columns of a table as its shape wants them; never none, and in a document for everybody none that names whom a row is about."""
        if found.about.personal and self.kind.audience in EVERYBODY:
            usual = [column for column in usual if column.kind is not Kind.PERSON]
        left = [column for column in usual if not any(_is_named(column, name) for name in self.shape.less)] or usual
        more = [column for name in self.shape.more if (column := next((one for one in found.columns if _is_named(one, name)), None))]
        return list({column.name: column for column in [*left, *more]}.values())

    def _count(self, rest: str) -> str:
        found, wanted, url = self._select(rest)
        if not rights.sees_everybody(self.actor, found.name):
            return self._of_others(found)
        total = listing.count(self.session, self.actor, found, wanted, self.context)
        name = _capital(found.words.plural())
        return f"{total}{self._cite(Source(f'register:{found.name}', 'register', name, _number_of(found, total), url, locator=rest))}"

    def _of_others(self, found: Register, who: str = "") -> str:
        """What stands for rows about people where whoever drafts sees only their own: neither that there are none nor their number."""
        question = f"The {found.words.plural()} of others are not shown to whoever drafted this; which are there?"
        return self._open(f"register {found.name}", question, who or "isms_manager")

    def _value(self, rest: str) -> str:
        """`register?conditions | column | who is asked where it is empty`: of the first such row."""
        chosen, name, who = _parted(rest, 3)
        found, wanted, _ = self._select(chosen)
        column = _column(found, name)
        rows, _total = self._rows(found, wanted, 1)
        value = self.told(column, rows[0][column.name]) if rows else ""
        if not value:
            return self._open(f"register {chosen} {column.name}", f"{_capital(column.words.label())}: what is it?", who or "isms_manager")
        id_ = str(rows[0][found.id_name])
        title = str(rows[0].get("name") or rows[0].get("title") or found.words.label())
        return value + self._cite(Source(f"row:{id_}", "register", f"{id_} {title}", value, addresses.row(found.name, id_)))

    def _cell(self, found: Register, column: Column, value: Any) -> str:
        """What a table says of a row: as `told`, and the id of a control or clause with its title."""
        entry = (
            controls.catalogue().by_source(source_of(str(value)))
            if found.name in _OF_THE_STANDARD and column.name == found.id_name
            else None
        )
        return one_line(f"{entry.id} {entry.title}") if entry else self.told(column, value)

    def told(self, column: Column, value: Any) -> str:
        """A value as a document says it: people by name, codes by their word, one line without bars."""
        if value in (None, "", []):
            return ""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if column.kind is Kind.PERSON or (column.name in ("owner", "approver") and "@" in str(value)):
            return self._name(str(value))
        if column.kind is Kind.TEXTS:
            return one_line("; ".join(part.strip() for part in str(value).split("|") if part.strip()))
        if column.kind in (Kind.LINK, Kind.LINKS):
            return ", ".join(self._linked(column.register, str(one)) for one in (value if isinstance(value, list) else [value]))
        if isinstance(value, list):
            return ", ".join(one_line(str(one)) for one in value)
        if column.codes and str(value) in column.codes:
            return one_line(column.codes[str(value)].label())
        if column.kind is Kind.DATETIME:
            return str(value)[:16].replace("T", " ").removesuffix(" 00:00")
        return one_line(
            f"{value:g}" if isinstance(value, float) else str(value).replace("_", " ") if column.kind is Kind.COMPUTED else str(value)
        )

    def _name(self, person: str) -> str:
        """The name of a person by id, or by e-mail, as documents name their owners."""
        if person not in self._names:
            found = self.session.get(Person, person) or self.session.exec(select(Person).where(Person.email == person)).first()
            self._names[person] = one_line(found.name) if found else one_line(person)
        return self._names[person]

    def _linked(self, register: str, id_: str) -> str:
        """`Z-003 Weld cells`: the id of a row with its name, as far as the actor may see it."""
        key = f"{register} {id_}"
        if key not in self._names:
            try:
                row = queries.get(self.session, self.actor, register, id_, retired=True)
                self._names[key] = one_line(f"{id_} {getattr(row, 'name', '') or getattr(row, 'title', '')}".strip())
            except NoSuchRow:
                self._names[key] = one_line(id_)
        return self._names[key]

    # --- documents and standards ------------------------------------------------------------------------------------

    def _said(self, rest: str) -> str:
        """`question | who is asked where no approved document answers`."""
        question, who = _parted(rest, 2)
        near = self.find(question)
        found = [source for source in near if source.alone][:2]
        if not found:
            return self._open(f"said {question}", question, who or "isms_manager", near=near)
        return "\n".join(f"> {marks.readable(source.quote)} ({source.title}){self._cite(source)}" for source in found)

    def _controls(self, rest: str) -> str:
        """`A.8.13, A.5.24`: where each stands in the Statement of Applicability, with what proves it."""
        return self._stand([id_.strip() for id_ in rest.split(",")], lambda id_: self._linked("evidence", id_))

    def _soa(self, _rest: str) -> str:
        """All controls of Annex A with their status; evidence by its number, for the lines are many."""
        return self._stand([entry.id for entry in controls.catalogue().entries(controls.ISO_2022, "control")], str)

    def _stand(self, ids: Sequence[str], evidence: Callable[[str], str]) -> str:
        found = REGISTERS["control_status"]
        chosen = f"{found.name}?id=in:{'|'.join(ids)}"
        _, wanted, url = self._select(chosen)
        rows, total = self._rows(found, wanted)
        known = {row["id"]: row for row in rows}
        told = table(
            ["Control", "Title", "Status", "Owner", "Evidence", "Last checked"],
            [self._control(id_, known.get(id_, {}), evidence) for id_ in ids],
        )
        mark = self._cite(
            Source(f"register:{found.name}", "register", _capital(found.words.plural()), _number_of(found, total), url, locator=chosen)
        )
        return f"{told}\n\nFrom the Statement of Applicability, as of {self.context.today.isoformat()}.{mark}"

    def _control(self, id_: str, row: Mapping[str, Any], evidence: Callable[[str], str]) -> list[str]:
        entry = controls.catalogue().by_source(source_of(id_))
        if entry is None:
            raise BadKnowledge(f"{self.kind.name}: there is no control {id_}.")
        return [
            id_,
            entry.title,
            implementation(row),
            self._name(row["owner"]) if row.get("owner") else "",
            ", ".join(evidence(one) for one in row.get("evidence") or []),
            row.get("last_checked") or "never",
        ]

    def _method(self, part: str) -> str:
        """The company's risk method: `likelihood`, `impact`, `bands`, `threshold`, `deadlines` or `treatment`."""
        method = self.context.method
        mark = self._cite(Source("register:risk_method", "register", "Risk method", method.name, "/risk-method"))
        if part == "threshold":
            return f"{method.threshold}{mark}"
        heads, lines = _METHOD_TABLES[part](method)
        return f"{table(heads, lines)}\n\nFrom the risk method in force ({method.name}).{mark}"

    def _cite(self, source: Source) -> str:
        return f"[^{self.cited.number(source)}]"


_COMMANDS: dict[str, Callable[[Filling, str], str]] = {
    "table": Filling._table,
    "count": Filling._count,
    "value": Filling._value,
    "said": Filling._said,
    "controls": Filling._controls,
    "method": Filling._method,
    "soa": Filling._soa,
}


def implementation(row: Mapping[str, Any]) -> str:
    """What may be said of a control's implementation: the recorded state where evidence stands for it, else what is missing.

    Without a check it is "never checked", which is not "no"; without evidence nothing is called implemented.
    """
    status = str(row.get("soa_status") or "never_checked")
    if status in ("implemented", "under_review") and not row.get("evidence"):
        return f"{status.replace('_', ' ')} according to the register, no evidence recorded"
    return status.replace("_", " ")


def _parted(rest: str, parts: int) -> list[str]:
    found = [part.strip() for part in rest.split(" | ")]
    return found + [""] * (parts - len(found))


def _column(found: Register, name: str) -> Column:
    column = found.column(name.strip())
    if column is None:
        raise BadKnowledge(f"register {found.name} has no column {name.strip()}; there are {', '.join(found.by_name)}.")
    return column


def _numbers_apart(id_: str) -> list[str | int]:
    """What ids are sorted by so that A.5.2 comes before A.5.10."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", id_)]


def _is_named(column: Column, words: str) -> bool:
    """Whether words such as `due date` or `fällig am` are this column's."""
    wanted = words.strip().casefold()
    return wanted in (column.name, column.name.replace("_", " "), *(word.casefold() for word in column.words.all()))


def _number_of(found: Register, total: int) -> str:
    return f"{total} {found.words.label() if total == 1 else found.words.plural()}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _levels(method: derived.Method) -> tuple[list[str], list[list[str]]]:
    return ["Level", "Likelihood"], [[str(level), text] for level, text in enumerate(method.likelihood, 1)]


def _impacts(method: derived.Method) -> tuple[list[str], list[list[str]]]:
    columns = list(method.impact)
    lines = [[str(level + 1), *(method.impact[column][level] for column in columns)] for level in range(5)]
    return ["Level", *(method.impact_names[column] for column in columns)], lines


def _bands(method: derived.Method) -> tuple[list[str], list[list[str]]]:
    lines = [
        [band.en, "{} to {}".format(*method.scores(band.code)), band.priority, f"{method.treatment_days[band.code]} days"]
        for band in method.bands
    ]
    return ["Band", "Score", "Priority", "Treated within"], lines


def _deadlines(method: derived.Method) -> tuple[list[str], list[list[str]]]:
    return ["Grade", "Closed within"], [[grade.replace("_", " "), f"{days} days"] for grade, days in method.deadlines.items()]


_METHOD_TABLES = {"likelihood": _levels, "impact": _impacts, "bands": _bands, "deadlines": _deadlines, "treatment": _bands}
