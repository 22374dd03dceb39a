"""How a column of a register is declared: its kind, its words in English and German, and the SQL column behind it.

A table says everything about itself once, in its class: `site: str | None = link("site", "site", "Standort")` is the SQL
column, its heading in files, its words in questions and on pages, and the rule for what may stand in it. Lists of
links and computed values have no SQL column; they are class variables of the same form.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlmodel import Field


class Kind(StrEnum):
    """What may stand in a column."""

    TEXT = "text"
    LONG = "long"
    TEXTS = "texts"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    DATETIME = "datetime"
    BOOLEAN = "boolean"
    CODE = "code"
    PERSON = "person"
    LINK = "link"
    LINKS = "links"
    CONTROLS = "controls"
    COMPUTED = "computed"


LISTS = (Kind.LINKS, Kind.CONTROLS)
"""Kinds whose values stand in the table of links, a row each."""


@dataclass(frozen=True)
class Words:
    """What people call a thing, in each language; the first is its label. `site/sites` gives singular and plural."""

    en: tuple[str, ...]
    de: tuple[str, ...]

    @classmethod
    def of(cls, en: str, de: str) -> "Words":
        return cls(tuple(en.split("|")), tuple(de.split("|")))

    def label(self, language: str = "en") -> str:
        """The word on a page or in a table head."""
        return self._first(language).split("/")[0]

    def plural(self, language: str = "en") -> str:
        """The word for several; the singular where nothing else was said."""
        return self._first(language).split("/")[-1]

    def all(self, language: str | None = None) -> tuple[str, ...]:
        """Every word, singular and plural, of one language or of both."""
        chosen = (*self.en, *self.de) if language is None else self.de if language == "de" else self.en
        return tuple(dict.fromkeys(word for both in chosen for word in both.split("/")))

    def _first(self, language: str) -> str:
        return (self.de if language == "de" else self.en)[0]


class Codes(Mapping[str, Words]):
    """Allowed values with their words. An `open` list keeps a value that it does not know as it stands."""

    def __init__(self, open: bool = False, /, **codes: tuple[str, str]) -> None:
        self.open = open
        self._codes = {code: Words.of(*words) for code, words in codes.items()}
        self._meant = {fold(word): code for code, words in self._codes.items() for word in (code, *words.all())}

    def __getitem__(self, code: str) -> Words:
        return self._codes[code]

    def __iter__(self) -> Any:
        return iter(self._codes)

    def __len__(self) -> int:
        return len(self._codes)

    def meant(self, value: str) -> str | None:
        """The code that a code, label or synonym stands for; None where it is unknown and the list is closed."""
        return self._meant.get(fold(value)) or (value.strip() if self.open else None)


@lru_cache(maxsize=20_000)
def fold(word: str) -> str:
    """A word in the form in which codes and headings are compared: `Edge-AI_device` is `edge ai device`."""
    return " ".join(word.casefold().replace("_", " ").replace("-", " ").split())


@dataclass(frozen=True)
class Column:
    """One column of a register: `name` in code, `head` in files."""

    kind: Kind
    words: Words
    head: str = ""
    name: str = ""
    required: bool = False
    low: float | None = None
    high: float | None = None
    codes: Codes | None = None
    register: str = ""
    frameworks: tuple[str, ...] = ()
    lenient: bool = False
    managed: bool = False
    version: bool = False
    default: Any = None

    @property
    def listed(self) -> bool:
        """Whether its values stand in the table of links."""
        return self.kind in LISTS

    def named(self, name: str) -> "Column":
        """The same column under the name it was declared with."""
        return dataclasses.replace(self, name=name, head=self.head or name)


@dataclass(frozen=True)
class About:
    """What a register is: the name in commands and files, the prefix of its ids, its words.

    `yearly` ids carry the year (F-2026-003). `header` is the plain header of files, every column where it is empty. `key`
    names the columns that tell its rows apart in a file. `append_only` rows are never changed, `personal` ones are seen by most
    people only where they are their own.
    """

    name: str
    prefix: str
    words: Words
    yearly: bool = False
    digits: int = 3
    header: tuple[str, ...] = ()
    key: tuple[str, ...] = ("id",)
    append_only: bool = False
    personal: bool = False


def about(name: str, prefix: str, en: str, de: str, header: str = "", key: str = "id", **more: Any) -> About:
    """What a register is, from strings: words split at `|`, header and key at commas."""
    return About(name, prefix, Words.of(en, de), header=tuple(header.split(",")) if header else (), key=tuple(key.split(",")), **more)


# --- declarations ------------------------------------------------------------------------------------------------


def text(
    en: str, de: str, *, head: str = "", required: bool = False, index: bool = False, unique: bool = False, empty: str | None = ""
) -> Any:
    """A line of text; `empty` is what stands there where nobody has said anything."""
    return _sql(Column(Kind.TEXT, Words.of(en, de), head, required=required, default=empty), empty, index, unique=unique)


def long(en: str, de: str, *, head: str = "", required: bool = False) -> Any:
    """Text of any length."""
    return _sql(Column(Kind.LONG, Words.of(en, de), head, required=required, default=""), "", False)


def texts(en: str, de: str, *, head: str = "") -> Any:
    """Several short texts, kept as one with a pipe between them."""
    return _sql(Column(Kind.TEXTS, Words.of(en, de), head, default=""), "", False)


def integer(en: str, de: str, low: int | None = 0, high: int | None = None, *, head: str = "", required: bool = False) -> Any:
    """A whole number."""
    return _sql(Column(Kind.INTEGER, Words.of(en, de), head, low=low, high=high, required=required), None, high is not None)


def scale(en: str, de: str, *, head: str = "", required: bool = False) -> Any:
    """A level from 1 to 5."""
    return integer(en, de, 1, 5, head=head, required=required)


def decimal(en: str, de: str, *, low: float | None = None, required: bool = False) -> Any:
    """A number with a fraction."""
    return _sql(Column(Kind.DECIMAL, Words.of(en, de), low=low, required=required), None, False)


def day(en: str, de: str, *, head: str = "", required: bool = False) -> Any:
    """A date."""
    return _sql(Column(Kind.DATE, Words.of(en, de), head, required=required), None, True)


def moment(en: str, de: str, *, head: str = "", required: bool = False) -> Any:
    """A point in time, UTC."""
    return _sql(Column(Kind.DATETIME, Words.of(en, de), head, required=required), None, True)


def yes_no(en: str, de: str, *, unknown: bool = True) -> Any:
    """Yes or no; where it may be `unknown`, an empty value says that nobody has looked."""
    default = None if unknown else False
    return _sql(Column(Kind.BOOLEAN, Words.of(en, de), default=default), default, True)


def code(codes: Codes, en: str, de: str, *, head: str = "", required: bool = False, default: str = "", index: bool = True) -> Any:
    """One of a list of values."""
    column = Column(Kind.CODE, Words.of(en, de), head, codes=codes, required=required, default=default)
    return _sql(column, default, index)


def person(en: str, de: str, *, head: str = "", required: bool = False) -> Any:
    """A person's id."""
    return _sql(Column(Kind.PERSON, Words.of(en, de), head, register="person", required=required), None, True, "person.id")


def owner() -> Any:
    """Who answers for the row."""
    return person(
        "owner|responsible|in charge|accountable", "Verantwortliche/r|Eigentümer|Verantwortlicher|Verantwortliche|zuständig|Eigner"
    )


def link(register: str, en: str, de: str, *, head: str = "", required: bool = False, to: str = "") -> Any:
    """The id of a row of another register; `to` is its SQL column where that is not `<register>.id`."""
    column = Column(Kind.LINK, Words.of(en, de), head, register=register, required=required)
    return _sql(column, None, True, to or f"{register}.id")


def links(register: str, en: str, de: str, *, head: str = "", required: bool = False) -> Column:
    """Ids of rows of another register."""
    return Column(Kind.LINKS, Words.of(en, de), head, register=register, required=required, default=())


def control_ids(*frameworks: str, en: str, de: str, head: str = "", required: bool = False, lenient: bool = False) -> Column:
    """Ids of controls, clauses or threats of these frameworks; `lenient` keeps what no framework knows as it stands."""
    return Column(
        Kind.CONTROLS, Words.of(en, de), head, frameworks=frameworks, register="control", required=required, lenient=lenient, default=()
    )


def computed(en: str, de: str, *, head: str = "") -> Column:
    """A value that `derived` works out; it is never stored, and checked where a file holds one."""
    return Column(Kind.COMPUTED, Words.of(en, de), head)


def version_column(kind: Kind, en: str, de: str, *, head: str = "", codes: Codes | None = None, default: Any = None) -> Column:
    """A column of a document that stands in its current version."""
    empty = "" if kind is Kind.TEXT else None
    return Column(kind, Words.of(en, de), head, codes=codes, version=True, default=default or empty)


def managed(kind: Kind, en: str, de: str, *, head: str = "", **more: Any) -> Any:
    """A column that every row has: the product fills it in where nobody does."""
    column = Column(kind, Words.of(en, de), head, managed=True, default=more.get("default"))
    return Field(**more, sa_column_kwargs={"info": {"column": column}})


def _sql(column: Column, default: Any, index: bool, foreign_key: str = "", unique: bool = False) -> Any:
    more: dict[str, Any] = {name: value for name, value in {"foreign_key": foreign_key, "unique": unique}.items() if value}
    return Field(default=default, index=index, sa_column_kwargs={"info": {"column": column}}, **more)


def columns_of(model: Any) -> tuple[Column, ...]:
    """The columns of a table class in the order of its class body, what every row has after them."""
    found: dict[str, Column] = {}
    for owner_class in (model, *model.__mro__[1:]):
        for name in getattr(owner_class, "__annotations__", {}):
            declared = vars(owner_class).get(name)
            if not isinstance(declared, Column):
                declared = model.__table__.c[name].info.get("column") if name in model.__table__.c else None
            if declared is not None and name not in found:
                found[name] = declared.named(name)
    return tuple(found.values())
