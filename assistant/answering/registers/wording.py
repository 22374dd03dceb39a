"""A register query and what it found, in words: the sentence, the table, each row as one line, in the asker's language."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from assistant.answering.registers.query import AGAINST_COLUMN, DATES, Condition, RegisterQuery, codes_of, column_of, kind_of
from assistant.answering.registers.vocabulary import due_column, label_of
from knowledge import controls
from knowledge.registers import REGISTERS, Register
from knowledge.registers.columns import Column, Kind

NameOf = Callable[[str, str], str]
"""(register, id) to the name of a row that the asker may see; empty where there is none."""
LISTED = 8
_COLUMNS = 7
_USUAL = ("band", "grade", "type", "asset_class", "severity", "state", "status", "implementation_status", "soa_status", "kind", "owner")
_CELL = 160
_AGAINST = {"less_than": ("below", "unter"), "more_than": ("above", "über"), "same_as": ("the same as", "gleich")}
"""What stands between two columns that are held against each other, in English and German."""


class Wording:
    """How one query is told in one language."""

    def __init__(self, query: RegisterQuery, tongue: str, name_of: NameOf) -> None:
        self.query, self.tongue, self.name_of = query, tongue, name_of
        self.found, self.german = query.register, tongue == "de"

    def columns(self) -> list[Column]:
        """The columns of the table: id and name, what was asked for, what the conditions and the order speak of, then the usual ones."""
        wanted = [label_of(self.found), *self.query.show, *(one.field for one in self.query.where), self.query.sort.lstrip("-")]
        if any(one.field in ("overdue", "open", "review_overdue") for one in self.query.where):
            wanted.append(due_column(self.found))
        names = [
            name
            for name in dict.fromkeys([self.found.id_name, *wanted, *_USUAL])
            if name in self.found.by_name and name not in ("id_", "audience")
        ]
        return [self.found.by_name[name] for name in names][:_COLUMNS]

    def label(self, column: Column) -> str:
        """The head of a column."""
        said = column.words.label(self.tongue)
        return said[:1].upper() + said[1:]

    def cell(self, column: Column, value: Any, found: Register | None = None) -> str:
        """A value as people read it."""
        found = found or self.found
        if isinstance(value, list | tuple):
            return ", ".join(str(one) for one in value)
        if value in (None, ""):
            return ""
        if isinstance(value, bool) or (kind_of(found, column) is Kind.BOOLEAN and value in (0, 1)):
            return ("ja" if value else "nein") if self.german else ("yes" if value else "no")
        if (codes := codes_of(found, column)) and value in codes:
            return codes[value].label(self.tongue)
        if column.kind in (Kind.PERSON, Kind.LINK):
            name = self.name_of(column.register, str(value))
            return name if column.kind is Kind.PERSON and name else f"{value} {name}".strip()
        text = str(value)
        return text[:10] if column.kind is Kind.DATETIME else text.replace("|", "; ")

    def row(self, values: dict[str, Any], columns: Sequence[Column]) -> list[str]:
        """The cells of a row of the table."""
        cells = [self.cell(column, values.get(column.name)) for column in columns]
        return [cell if len(cell) <= _CELL else f"{cell[: _CELL - 1].rstrip()}…" for cell in cells]

    def line(self, values: dict[str, Any], columns: Sequence[Column]) -> str:
        """A row as one line: what a citation quotes."""
        said = [self.cell(column, values.get(column.name)) for column in columns[:2]]
        said += [f"{self.label(column)}: {cell}" for column in columns[2:] if (cell := self.cell(column, values.get(column.name)))]
        return " | ".join(part for part in said if part)

    # --- sentences

    def list_sentence(self, rows: Sequence[dict[str, Any]], total: int) -> str:
        """How many rows there are, what was searched, and the first of them."""
        key, name = self.found.id_name, label_of(self.found)
        known = [f"{row[key]} {row.get(name) or ''}".strip() if len(rows) <= LISTED else str(row[key]) for row in rows[:LISTED]]
        if rows and self.query.show and total <= LISTED:
            known = [f"{one} ({self._fields(row)})" for one, row in zip(known, rows, strict=False)]
        rest = total - len(known)
        listed = ", ".join(known) + (
            f" {'und' if self.german else 'and'} {rest} {'weitere' if self.german else 'more'}" if known and rest > 0 else ""
        )
        head = self.head(total)
        return f"{head}: {listed}." if listed and not self.query.counts else f"{head}."

    def group_sentence(self, groups: Sequence[tuple[Any, int]], total: int) -> str:
        """How many rows there are, and how many in each group."""
        column = column_of(self.found, self.query.by)
        parts = ", ".join(f"{self.group(column, value)} {number}" for value, number in groups[:LISTED])
        most = (", die meisten" if self.german else ", the most") if self.query.first else ""
        return f"{self.head(total)} {'nach' if self.german else 'by'} {self.label(column)}{most}: {parts}."

    def group(self, column: Column, value: Any) -> str:
        """The name of a group."""
        return self.cell(column, value) or ("ohne Angabe" if self.german else "not stated")

    def one_sentence(self, row: dict[str, Any] | None) -> str:
        """What a single row says, or that there is none which the asker may see."""
        id_ = next(one.values[0] for one in self.query.where if one.field == self.found.id_name)
        noun = self.found.words.label(self.tongue)
        if row is None:
            return f"{self.as_of()}: {noun} {id_}: " + (
                "kein solcher Eintrag, den Sie lesen dürfen." if self.german else "no such row that you may read."
            )
        name = row.get(label_of(self.found)) or ""
        return f"{self.as_of()}: {noun} {id_}{' ' + str(name) if name != id_ else ''}: {self._fields(row)}."

    def _fields(self, row: dict[str, Any]) -> str:
        names = self.query.show or tuple(column.name for column in self.columns()[2:])
        said = []
        for name in names:
            column = self.found.by_name[name]
            cell = self.cell(column, row.get(name)) or ("keine Angabe" if self.german else "not stated")
            said.append(f"{self.label(column)} {cell}")
        return "; ".join(said)

    def head(self, total: int) -> str:
        """`As of 24 Nov 2026: 3 risks (Owner Tomasz Wolny)`."""
        noun = self.found.words.label(self.tongue) if total == 1 else self.found.words.plural(self.tongue)
        number = str(total) if total else ("keine" if self.german else "no")
        searched = "; ".join(self.condition(one) for one in self.query.where)
        first = ""
        if self.query.sort:
            label = self.label(column_of(self.found, self.query.sort.lstrip("-")))
            order = (
                ("höchste zuerst" if self.german else "highest first")
                if self.query.sort.startswith("-")
                else ("niedrigste zuerst" if self.german else "lowest first")
            )
            first = f"{label}, {order}"
        inside = "; ".join(part for part in (searched, first) if part)
        return f"{self.as_of()}: {number} {noun}" + (f" ({inside})" if inside else "")

    def as_of(self) -> str:
        """The date of the data."""
        return f"Stand {self.query.today:%d.%m.%Y}" if self.german else f"As of {self.query.today.isoformat()}"

    def condition(self, one: Condition) -> str:
        """A condition as people would say it."""
        head, _, rest = one.field.partition(".")
        if head.startswith("@"):
            target = head[1:]
            noun = REGISTERS[target].words.label(self.tongue) if target in REGISTERS else "Control"
            if rest:
                return f"{noun}: {self._said(REGISTERS[target], REGISTERS[target].by_name[rest], one)}"
            if one.operator in ("empty", "filled"):
                without, linked = ("ohne", "mit") if self.german else ("without", "with")
                return f"{without if one.operator == 'empty' else linked} {noun}"
            names = (" oder " if self.german else " or ").join(self._named(target, value) for value in one.values)
            negation = ("nicht " if self.german else "not ") if one.operator == "not" else ""
            return f"{negation}{'verbunden mit' if self.german else 'linked to'} {noun} {names}"
        column = column_of(self.found, head)
        if rest:
            target_register = REGISTERS[column.register]
            return f"{self.label(column)}: {self._said(target_register, target_register.by_name[rest], one)}"
        return self._said(self.found, column, one)

    def _said(self, found: Register, column: Column, one: Condition) -> str:
        label = self.label(column)
        either = " oder " if self.german else " or "
        values = [] if one.operator in AGAINST_COLUMN else [self._value(found, column, value) for value in one.values]
        if kind_of(found, column) is Kind.BOOLEAN and values:
            yes = (one.values[0] == "yes") != (one.operator == "not")
            return label if yes else f"{'nicht' if self.german else 'not'} {label}"
        if one.operator in AGAINST_COLUMN:
            return f"{label} {_AGAINST[one.operator][self.german]} {self.label(found.by_name[one.values[0]])}"
        words = {
            "is": f"{label} {either.join(values)}",
            "not": f"{label} {'nicht' if self.german else 'not'} {either.join(values)}",
            "contains": f"{label} {'mit' if self.german else 'with'} {either.join(dict.fromkeys(value.casefold() for value in values))}",
            "empty": f"{'ohne' if self.german else 'without'} {label}",
            "filled": f"{'mit' if self.german else 'with'} {label}",
            "not_since": f"{label}: {'nicht seit' if self.german else 'not since'} {values[0] if values else ''}",
            "at_least": f"{label} {'ab' if self.german else 'from'} {values[0] if values else ''}",
            "at_most": f"{label} {'bis' if self.german else 'up to'} {values[0] if values else ''}",
            "between": f"{label} {' bis '.join(values) if self.german else ' to '.join(values)}",
        }
        return words[one.operator]

    def _value(self, found: Register, column: Column, value: str) -> str:
        if kind_of(found, column) in DATES:
            return f"{date.fromisoformat(value):%d.%m.%Y}" if self.german else value
        if column.register and column.listed:
            return self._named(column.register, value)
        return self.cell(column, value, found)

    def _named(self, register: str, value: str) -> str:
        if register == "control":
            control = controls.catalogue().by_source(value)
            return f"{control.id} {control.named(self.tongue)}" if control else value
        return f"{value} {self.name_of(register, value)}".strip()
