"""Which column of a register each heading of a file means: plain headings, those of other tools, and plain words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from rapidfuzz import fuzz, process

from knowledge import registers
from knowledge.errors import UnreadableDocument
from knowledge.registers.columns import Column, Kind, Words, fold
from knowledge.registers.descriptions import REGISTERS, Register

ALIASES = Path(registers.__file__).with_name("aliases.yaml")
PRODUCT = {
    "risk_method": (Column(Kind.LONG, Words.of("definition", "Definition"), "definition", "definition"),),
    "proposal": (
        Column(Kind.LONG, Words.of("payload", "Inhalt"), "payload", "payload"),
        Column(Kind.LONG, Words.of("sources", "Quellen"), "sources", "sources"),
    ),
}
"""Columns of the product's own that stand in files as JSON, so that a register that is taken out comes back whole."""
_TYPING_ERROR = 82
"""Likeness (0-100) from which on an unknown heading is taken for a known one with a typing error."""


@dataclass(frozen=True)
class Aliases:
    """What other tools call the columns of one register; `aliases.yaml` says what each part means."""

    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    left_out: Sequence[str] = ()
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    also: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)
    taken: Mapping[str, str] = field(default_factory=dict)
    today: Sequence[str] = ()
    scale_of: Sequence[str] = ()


@dataclass(frozen=True)
class Heading:
    """A heading of a file: its place, how it is written there, the column, and whether another tool wrote it."""

    place: int
    text: str
    column: Column
    foreign: bool


@dataclass(frozen=True)
class Headings:
    """The headings of a table: those that mean a column, those left out, and those that nobody knows."""

    known: tuple[Heading, ...]
    left_out: tuple[str, ...]
    unknown: tuple[str, ...]
    ten: bool
    """Whether a tool wrote them whose levels run from 0 to 10."""


@cache
def aliases(register: str) -> Aliases:
    """What other tools call the columns of a register."""
    written = _all().get(register, {})
    columns = {_name(register, name): headings for name, headings in written.get("columns", {}).items()}
    parts = {name: written[name] for name in ("left_out", "today", "scale_of", "also") if name in written}
    values = {
        _name(register, name): {fold(foreign): ours for foreign, ours in some.items()} for name, some in written.get("values", {}).items()
    }
    return Aliases(columns=columns, values=values, taken=written.get("from", {}), **parts)


def match(found: Register, cells: Sequence[str]) -> Headings:
    """What the cells of a row mean, taken as headings."""
    meanings, foreign = _meanings(found.name)
    own = {column.head: column for column in PRODUCT.get(found.name, ())}
    told = {_folded(text) for text in aliases(found.name).left_out}
    ten = {_folded(text) for text in aliases(found.name).scale_of}
    known, left_out, unknown = [], [], []
    # Common words last: they count only where nothing plainer names the column.
    for place, text in sorted(enumerate(cells), key=lambda cell: _folded(cell[1]) not in meanings):
        key = _folded(text)
        if key in meanings:
            known.append(Heading(place, text.strip(), found.by_name[meanings[key]], key in foreign))
        elif text.strip() in own:
            known.append(Heading(place, text.strip(), own[text.strip()], False))
        elif key in told:
            left_out.append(text.strip())
        elif key and (column := _common(found, key)) and all(heading.column is not column for heading in known):
            known.append(Heading(place, text.strip(), column, True))
        elif key:
            unknown.append(text.strip())
    return Headings(tuple(known), tuple(left_out), tuple(unknown), any(_folded(text) in ten for text in cells))


def demand_clear(file: str, found: Register, headings: Headings) -> list[str]:
    """Remarks on headings that were left out. Raises UnreadableDocument for two that mean the same, and for typing errors.

    Two of a tool's own may mean the same: the last one that is filled in counts.
    """
    by_column: dict[str, Heading] = {}
    for heading in headings.known:
        other = by_column.get(heading.column.name)
        if other and not _from_one_tool(found, other, heading) and heading.column.kind not in (Kind.LONG, Kind.TEXTS):
            raise UnreadableDocument(
                file, f"the headings {other.text!r} and {heading.text!r} both mean {heading.column.head}; take one of them out"
            )
        by_column[heading.column.name] = heading
    plain = {_folded(head): head for head in (*found.header, *(column.head for column in found.writable))}
    for text in headings.unknown:
        if near := process.extractOne(_folded(text), plain.keys(), scorer=fuzz.ratio, score_cutoff=_TYPING_ERROR):
            head = plain[near[0]]
            raise UnreadableDocument(file, f"the heading {text!r} is unknown; if you mean {head}, write that, else take the column out")
    remarks = []
    if headings.unknown:
        remarks.append(f"unknown headings, left out: {', '.join(headings.unknown)}")
    if headings.left_out:
        remarks.append(f"headings without a place here, left out: {', '.join(headings.left_out)}")
    return remarks


def _from_one_tool(found: Register, *pair: Heading) -> bool:
    """Whether a tool writes both headings: then they say the same in two ways."""
    written = {_folded(text) for text in aliases(found.name).columns.get(pair[0].column.name, ())}
    return all(_folded(heading.text) in written for heading in pair)


def code_of(register: str, column: Column, value: str) -> str:
    """The value, or ours where it is another tool's word for it."""
    return aliases(register).values.get(column.name, {}).get(fold(value), value)


def following(register: str, column: Column, value: str) -> Mapping[str, str]:
    """Values of other columns that follow from a foreign value."""
    for foreign, others in aliases(register).also.get(column.name, {}).items():
        if fold(foreign) == fold(value):
            return others
    return {}


@cache
def _all() -> dict[str, Any]:
    return dict(yaml.safe_load(ALIASES.read_text("utf-8")))


def _common(found: Register, key: str) -> Column | None:
    """The column that people call so in whatever register."""
    named = (name for name, headings in _all()["every"]["columns"].items() if key in map(_folded, headings))
    return next((found.by_name[name] for name in named if name in found.by_name), None)


@cache
def _meanings(register: str) -> tuple[dict[str, str], frozenset[str]]:
    """(folded heading -> name of the column, headings of other tools). Plain ones come before foreign ones, words last."""
    found = REGISTERS[register]
    usable = [column for column in found.columns if column.name not in ("source", "created_at", "changed_at")]
    meanings = {_folded(written): column.name for column in usable for written in (column.name, column.head)}
    meanings.update({_folded(column.head): column.name for column in usable})
    foreign = {_folded(text): name for name, texts in aliases(register).columns.items() for text in texts}
    foreign = {key: name for key, name in foreign.items() if key not in meanings}
    meanings.update(foreign)
    worded: dict[str, set[str]] = {}
    for column in usable:
        for word in column.words.all():
            worded.setdefault(_folded(word), set()).add(column.name)
    left_out = {_folded(text) for text in aliases(register).left_out}
    for key, names in worded.items():
        if key not in meanings and key not in left_out and len(names) == 1:
            meanings[key] = names.copy().pop()
            foreign[key] = meanings[key]
    return meanings, frozenset(foreign)


def _name(register: str, written: str) -> str:
    column = REGISTERS[register].column(written)
    assert column is not None, f"aliases.yaml: {register} has no column {written}"
    return column.name


def _folded(text: str) -> str:
    return fold(text.strip().strip("*").rstrip(":")).replace(" ", "")
