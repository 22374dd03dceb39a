"""A question about the registers as a typed query: checked against their descriptions, printed in one canonical form, read back from it."""

import json
import re
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from knowledge.errors import BadKnowledge
from knowledge.registers import REGISTERS, Register
from knowledge.registers.columns import Codes, Column, Kind
from knowledge.registers.controls import IMPLEMENTATION
from knowledge.registers.risks import PRIORITIES

Operator = Literal[
    "is", "not", "at_least", "at_most", "between", "contains", "empty", "filled", "not_since", "less_than", "more_than", "same_as"
]

BANDS = Codes(
    low=("low", "niedrig|gering"),
    medium=("medium", "mittel"),
    high=("high", "hoch"),
    very_high=("very high|critical", "sehr hoch|kritisch"),
)
"""The words of the standard bands; a company's own bands are added by their codes."""
ACCEPTANCE = Codes(
    none=("not accepted|unaccepted", "nicht akzeptiert|nicht angenommen"),
    valid=("accepted|validly accepted", "akzeptiert|angenommen"),
    expired=("expired|acceptance expired|expired acceptance/expired acceptances", "abgelaufen|Akzeptanz abgelaufen|abgelaufene Akzeptanz"),
    void=("void|invalid", "ungültig|hinfällig"),
)
SOA = Codes(
    True,
    **{code: ("|".join(words.en), "|".join(words.de)) for code, words in IMPLEMENTATION.items()},
    never_checked=("never checked|unchecked|not checked|nobody checked", "nie geprüft|ungeprüft|noch nie geprüft|nicht geprüft"),
)
NUMERIC, DATES, TEXTS = (Kind.INTEGER, Kind.DECIMAL), (Kind.DATE, Kind.DATETIME), (Kind.TEXT, Kind.LONG)
AGAINST_COLUMN = ("less_than", "more_than", "same_as")
"""Operators whose value is a column."""
COMPUTED: dict[str, tuple[Kind, Codes | None]] = {
    **{f"risk.{pair}_score": (Kind.INTEGER, None) for pair in ("inherent", "current", "residual")},
    "risk.band": (Kind.CODE, BANDS),
    "risk.priority": (Kind.CODE, PRIORITIES),
    "risk.acceptance": (Kind.CODE, ACCEPTANCE),
    "control_status.soa_status": (Kind.CODE, SOA),
}
"""What a computed column holds, where that is not yes or no."""


class Condition(BaseModel):
    """One thing that every row fulfils: a column, an operator, and one of the values; `not_since` a day is never, or before it.

    `less_than`, `more_than` and `same_as` hold the column against another one of the row, whose name is the value.

    `assets.asset_class` is a column of the rows that a row names; `@supplier` is whatever names or is named by a supplier.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    field: str
    operator: Operator = "is"
    values: tuple[str, ...] = ()


MOST_FIRST = 100
"""How many rows of an order can be asked for at most."""


class RegisterQuery(BaseModel):
    """What to select from one register, how to count, group and sort it, and which day counts as today.

    `sort` is a column, with a minus for the highest first; `show` are columns that were asked for. Unknown registers, columns and codes
    are a ValidationError, so that none reaches SQL.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    entity: str
    where: tuple[Condition, ...] = ()
    show: tuple[str, ...] = ()
    by: str = ""
    sort: str = ""
    first: int | None = Field(default=None, ge=1, le=MOST_FIRST)
    counts: bool = False
    today: date

    @model_validator(mode="after")
    def _known(self) -> "RegisterQuery":
        if self.entity not in REGISTERS:
            raise ValueError(f"{self.entity}: there is no such register; they are {', '.join(REGISTERS)}")
        found = REGISTERS[self.entity]
        for condition in self.where:
            _check(found, condition)
        for name in (*self.show, *([self.by] if self.by else []), *([self.sort.lstrip("-")] if self.sort else [])):
            column_of(found, name)
        if self.by and (column_of(found, self.by).listed or column_of(found, self.by).version):
            raise ValueError(f"{self.by}: a list cannot be grouped by")
        if self.sort and column_of(found, self.sort.lstrip("-")).listed:
            raise ValueError(f"{self.sort}: a list cannot be sorted by")
        return self

    @property
    def register(self) -> Register:
        """The register that is asked."""
        return REGISTERS[self.entity]

    @property
    def single(self) -> bool:
        """Whether it names its one row by id."""
        return any(one.field == self.register.id_name and one.operator == "is" and len(one.values) == 1 for one in self.where)

    def plain(self, entity: str, field: str) -> bool:
        """Whether it asks for the rows of a register that have one value, and for nothing about them."""
        return (
            self.entity == entity
            and {one.field for one in self.where} == {field}
            and not (self.show or self.by or self.sort or self.counts)
        )


def column_of(found: Register, name: str) -> Column:
    """The column of a register. Raises ValueError with those that there are."""
    column = found.by_name.get(name)
    if column is None:
        raise ValueError(f"{name}: {found.name} has no such column; it has {', '.join(found.by_name)}")
    return column


def kind_of(found: Register, column: Column) -> Kind:
    """What a column holds; for computed ones what comes out."""
    if column.kind is Kind.COMPUTED:
        return COMPUTED.get(f"{found.name}.{column.name}", (Kind.BOOLEAN, None))[0] if column.name != "owner_email" else Kind.TEXT
    return column.kind


def codes_of(found: Register, column: Column) -> Codes | None:
    """The codes that a column may hold, computed ones too."""
    return column.codes or COMPUTED.get(f"{found.name}.{column.name}", (Kind.TEXT, None))[1]


def comparable(found: Register, one: Column, other: Column) -> bool:
    """Whether two columns hold numbers, or days, so that one can be less than the other."""
    kinds = {kind_of(found, one), kind_of(found, other)}
    return one is not other and (kinds <= set(NUMERIC) or kinds <= set(DATES))


def _check(found: Register, condition: Condition) -> None:
    head, _, rest = condition.field.partition(".")
    if head.startswith("@"):
        target = head[1:]
        if target != "control" and target not in REGISTERS:
            raise ValueError(f"{target}: there is no such register")
        if not ways(found, target):
            raise ValueError(f"{found.name} and {target} are not linked")
        if rest:
            _check(REGISTERS[target], Condition(field=rest, operator=condition.operator, values=condition.values))
        return
    column = column_of(found, head)
    if rest:
        if column.register not in REGISTERS:
            raise ValueError(f"{head} of {found.name} leads to no register")
        if "." in rest or rest.startswith("@"):
            raise ValueError(f"{condition.field}: only one link is followed")
        return _check(REGISTERS[column.register], Condition(field=rest, operator=condition.operator, values=condition.values))
    if condition.operator in ("empty", "filled"):
        return
    if not condition.values or (condition.operator == "between" and len(condition.values) != 2):
        raise ValueError(f"{condition.field} {condition.operator}: a value is missing")
    if condition.operator == "contains" and kind_of(found, column) not in (Kind.TEXT, Kind.LONG, Kind.TEXTS, Kind.CODE):
        raise ValueError(f"{condition.field} contains: it holds no text")
    if condition.operator in AGAINST_COLUMN:
        other = column_of(found, condition.values[0])
        if not comparable(found, column, other):
            raise ValueError(f"{condition.field} and {other.name} of {found.name} are not of one kind")
        return
    for value in condition.values:
        _check_value(found, column, value)


def _check_value(found: Register, column: Column, value: str) -> None:
    kind = kind_of(found, column)
    codes = codes_of(found, column)
    if kind is Kind.CODE and codes is not None and value not in codes and not codes.open and column.name != "band":
        raise ValueError(f"{value}: {column.name} is one of {', '.join(codes)}")
    if kind in DATES:
        date.fromisoformat(value)
    elif kind in NUMERIC and not _NUMBER.fullmatch(value):
        raise ValueError(f"{value}: {column.name} is a number")
    elif "\0" in value or not value.encode():  # half a character is a ValueError too
        raise ValueError(f"{column.name}: no text holds that")
    elif kind is Kind.BOOLEAN and value not in ("yes", "no"):
        raise ValueError(f"{value}: {column.name} is yes or no")


_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,6})?")


def ways(found: Register, target: str) -> list[tuple[Register, Column]]:
    """The columns by which rows of a register and of the target name each other: its own, and the target's."""
    own = [(found, column) for column in found.columns if column.register == target and not column.version]
    other = REGISTERS.get(target)
    theirs = [(other, column) for column in other.columns if column.register == found.name and not column.version] if other else []
    if target == "control" and found.name in ("control_status", "clause_status"):
        own.append((found, found.by_name["id"]))
    return own + (theirs if other is not found else [])


def way_to(found: Register, target: str) -> str:
    """The field by which rows of another register select: themselves, a place, or one or two links; empty where nothing leads there."""
    if target == found.name:
        return found.id_name
    own = found.by_name.get(target)
    if own is not None and own.register == target and own.kind is Kind.LINK and target in ("site", "zone"):
        return own.name
    return f"@{target}" if ways(found, target) else _over_two_links(found, target)


def _over_two_links(found: Register, target: str) -> str:
    """The way to a register over the assets, findings or AI systems that a row is linked to."""
    for middle in ("asset", "finding", "ai_system"):
        columns = (one for one in REGISTERS[middle].columns if one.register == target and one.kind is not Kind.PERSON)
        column = next(columns, None)
        if column is not None and middle != found.name and ways(found, middle):
            return f"@{middle}.{column.name}"
    return ""


# --- the printed form ------------------------------------------------------------------------------------------

_PLAIN = re.compile(r"[^\s|\"]+")
_VALUE = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s|"]+')


def canonical(query: RegisterQuery) -> str:
    """The query in one line; `read` of it is the same query."""
    parts = [f"register {query.entity}"]
    for one in query.where:
        values = " or ".join(
            value if _PLAIN.fullmatch(value) and value != "or" else json.dumps(value, ensure_ascii=False) for value in one.values
        )
        parts.append(f"where {one.field} {one.operator}{' ' + values if values else ''}")
    if query.show:
        parts.append(f"show {' or '.join(query.show)}")
    for word, value in (("by", query.by), ("sort", query.sort), ("first", query.first)):
        if value:
            parts.append(f"{word} {value}")
    if query.counts:
        parts.append("count")
    return " | ".join([*parts, f"on {query.today.isoformat()}"])


def read(text: str) -> RegisterQuery:
    """The query that a canonical form prints. Raises BadKnowledge."""
    if not text.startswith("register "):
        raise BadKnowledge(f"{text!r}: a register query begins with `register <name>`")
    told: dict[str, object] = {}
    where: list[Condition] = []
    try:
        for part in re.split(r" \| (?=(?:where|show|by|sort|first|count|on)\b)", text):
            word, _, rest = part.partition(" ")
            if word == "where":
                field, operator, *more = rest.split(" ", 2)
                values = [value for value in _VALUE.findall(more[0] if more else "") if value != "or"]
                given = tuple(json.loads(value) if value.startswith('"') else value for value in values)
                where.append(Condition(field=field, operator=operator, values=given))  # type: ignore[arg-type]
            elif word == "show":
                told["show"] = tuple(rest.split(" or "))
            else:
                told[{"register": "entity", "on": "today", "count": "counts"}.get(word, word)] = rest or True
        return RegisterQuery(where=tuple(where), **told)  # type: ignore[arg-type]
    except ValueError as error:
        raise BadKnowledge(f"{text!r}: this is no register query ({error})") from error
