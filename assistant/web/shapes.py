"""The bodies of REST for each register, made from its description: a row, a new row, a change, a page, a selection."""

from datetime import date
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, create_model

from knowledge.registers import REGISTERS, Register, listing
from knowledge.registers.columns import Column, Kind
from knowledge.registers.values import FIRST_DAY, LAST_DAY, storable

LARGEST_PAGE = 200
LONGEST_QUERY = 10_000


def whole(text: str) -> str:
    """The text. Raises ValueError where it is no Unicode text or holds a NUL, so that it can be stored nowhere."""
    if not storable(text):
        raise ValueError("holds half a character or a NUL, which is no text")
    return text


def said(text: str) -> str:
    """The text, whatever signs it holds: what somebody says gets an answer. Raises ValueError for half a character, which cannot be read."""
    whole(text.replace("\0", ""))
    return text


def whole_inside(given: Any) -> Any:
    """The same for every text in a JSON value, names too."""
    ahead = [given]
    while ahead:
        part = ahead.pop()
        if isinstance(part, str):
            whole(part)
        elif isinstance(part, dict):
            ahead += [*part, *part.values()]
        elif isinstance(part, list):
            ahead += part
    return given


Text = Annotated[str, AfterValidator(whole)]
Said = Annotated[str, AfterValidator(said)]
Line = Annotated[Text, Field(max_length=1_000)]
Id = Annotated[Text, Field(min_length=1, max_length=64)]
Plain = Annotated[dict[str, Any], AfterValidator(whole_inside)]
SomeDay = Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)]
Ids = Annotated[list[Annotated[Text, Field(max_length=1_000)]], Field(max_length=1_000)]
Day = Annotated[Text, WithJsonSchema({"type": "string", "format": "date"})]
Moment = Annotated[Text, WithJsonSchema({"type": "string", "format": "date-time"})]

_WRITTEN: dict[Kind, Any] = {
    Kind.TEXT: Line,
    Kind.LONG: Annotated[Text, Field(max_length=100_000)],
    Kind.TEXTS: Ids,
    Kind.DATE: Day,
    Kind.DATETIME: Moment,
    Kind.BOOLEAN: bool,
    Kind.PERSON: Annotated[Text, Field(max_length=320)],
    Kind.LINK: Annotated[Text, Field(max_length=64)],
    Kind.LINKS: Ids,
    Kind.CONTROLS: Ids,
}
_SHOWN: dict[Kind, Any] = {
    Kind.TEXTS: list[str],
    Kind.LINKS: list[str],
    Kind.CONTROLS: list[str],
    Kind.INTEGER: int | None,
    Kind.DECIMAL: float | None,
    Kind.BOOLEAN: bool | None,
}


class ColumnShape(BaseModel):
    """What may stand in a column of a register."""

    name: str
    heading: str
    kind: str
    label: str
    label_de: str
    required: bool
    writable: bool
    codes: list[str]
    open_codes: bool
    links_to: str
    operators: list[str]


class RegisterShape(BaseModel):
    """A register, its columns, and what the asker may do in it."""

    name: str
    label: str
    label_de: str
    rows: int
    may: list[str]
    columns: list[ColumnShape]


def register_shape(found: Register, rows: int, may: list[str]) -> RegisterShape:
    """What a register says about itself."""
    columns = [
        ColumnShape(
            name=column.name,
            heading=column.head,
            kind=listing.value_kind(found, column).value,
            label=column.words.label("en"),
            label_de=column.words.label("de"),
            required=column.required,
            writable=column in found.writable,
            codes=list(column.codes or ()),
            open_codes=bool(column.codes and column.codes.open),
            links_to=column.register,
            operators=list(listing.operators(found, column)),
        )
        for column in found.columns
    ]
    return RegisterShape(
        name=found.name, label=found.words.plural("en"), label_de=found.words.plural("de"), rows=rows, may=may, columns=columns
    )


@cache
def row(name: str) -> type[BaseModel]:
    """A row as it is read: every column, and its revision."""
    found = REGISTERS[name]
    fields = {column.name: (_shown(found, column), _field(column)) for column in found.columns}
    return _model(found, "", {**fields, "revision": (int, Field(description="counts changes; send it back in If-Match"))})


@cache
def new(name: str) -> type[BaseModel]:
    """A row as it is given when it is made; what is left out gets its default, an id the next number."""
    found = REGISTERS[name]
    needed = {column.name for column in _given(found) if column.required and not column.default}
    if not found.about.prefix:
        needed.add(found.id_name)
    fields = {
        column.name: (_written(column), _field(column))
        if column.name in needed
        else (_written(column) | None, _field(column, default=None))
        for column in (found.by_name[found.id_name], *_given(found))
    }
    return _model(found, "New", fields)


@cache
def change(name: str) -> type[BaseModel]:
    """Columns to be changed; an empty value clears one, what is left out stays."""
    found = REGISTERS[name]
    return _model(found, "Change", {column.name: (_written(column) | None, _field(column, default=None)) for column in _given(found)})


@cache
def page(name: str) -> type[BaseModel]:
    """Part of a register."""
    found = REGISTERS[name]
    fields: dict[str, Any] = {
        "items": (list[row(name)], ...),  # type: ignore[misc]
        "total": (int, ...),
        "next": (str | None, ...),
        "as_of": (Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})], ...),
    }
    about = f"Part of the {found.words.plural()}; `next` leads to the following page."
    return create_model(f"{_name(found)}Page", __doc__=about, **fields)


@cache
def selection(name: str) -> type[BaseModel]:
    """The query of a list: a condition for each column, words, order and page."""
    found = REGISTERS[name]
    conditions: dict[str, Any] = {
        column.name: (
            list[Line],
            Field(
                default=[],
                description=f"{column.words.label()}: a value, or {', '.join(f'{one}:' for one in listing.operators(found, column))} before it",
            ),
        )
        for column in found.columns
    }
    return _model(
        found,
        "Selection",
        {
            **conditions,
            "q": (Line, Field(default="", description="words that stand in any text of the row")),
            "query": (
                Annotated[Text, Field(max_length=LONGEST_QUERY)],
                Field(default="", description="the query that an answer cites, `locator.section`: its rows alone"),
            ),
            "sort": (Line, Field(default="", description="columns, separated by commas; -column for the other direction")),
            "limit": (int, Field(default=50, ge=1, le=LARGEST_PAGE)),
            "offset": (int, Field(default=0, ge=0, le=1_000_000_000)),
        },
    )


def shown(found: Register, values: dict[str, Any]) -> BaseModel:
    """Plain values of a row in the shape of `row`; several texts as a list."""
    texts = {column.name: (values[column.name] or "").split("|") for column in found.columns if column.kind is Kind.TEXTS}
    return row(found.name)(**{**values, **{name: [part for part in parts if part] for name, parts in texts.items()}})


def conditions_of(found: Register, asked: BaseModel) -> listing.Wanted:
    """What a selection asks for."""
    given = asked.model_dump()
    chosen = tuple((column.name, one) for column in found.columns for one in given[column.name])
    return listing.Wanted(chosen, given["q"], tuple(part for part in given["sort"].split(",") if part))


def _given(found: Register) -> list[Column]:
    return [column for column in found.writable if column.name != found.id_name]


def _written(column: Column) -> Any:
    if column.kind is Kind.INTEGER:
        low, high = column.low if column.low is not None else -(10**15), column.high if column.high is not None else 10**15
        return Annotated[int, Field(strict=True, ge=int(low), le=int(high))]
    if column.kind is Kind.DECIMAL:
        low = column.low if column.low is not None else -1e15
        return Annotated[float, Field(strict=True, ge=low, le=column.high if column.high is not None else 1e15, allow_inf_nan=False)]
    if column.kind is Kind.CODE:
        assert column.codes is not None
        return Annotated[Text, Field(max_length=100)] if column.codes.open else Literal[("", *column.codes)]
    return _WRITTEN[column.kind]


def _shown(found: Register, column: Column) -> Any:
    return _SHOWN.get(listing.value_kind(found, column), str | None)


def _field(column: Column, **more: Any) -> Any:
    return Field(**more, title=column.words.label(), description=_meant(column))


def _meant(column: Column) -> str:
    if column.kind is Kind.COMPUTED:
        return "worked out, never written"
    if column.kind is Kind.PERSON:
        return "a person's id; e-mail or full name are taken too"
    if column.codes:
        return f"{'usually one of' if column.codes.open else 'one of'} {', '.join(column.codes)}"
    return f"id of {column.register.replace('_', ' ')}" if column.register else column.words.label()


def _model(found: Register, suffix: str, fields: dict[str, Any]) -> type[BaseModel]:
    made: type[BaseModel] = create_model(
        f"{_name(found)}{suffix}", __config__=ConfigDict(extra="forbid"), __doc__=f"{found.words.label().capitalize()}.", **fields
    )
    return made


def _name(found: Register) -> str:
    return found.name.title().replace("_", "")
