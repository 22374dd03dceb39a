"""What a readiness check is: a question that the registers can answer, what proves the answer, and what to do where it is no.

A check is one function in a file of this folder; the file is its group. The folder is the registry: whatever is decorated counts.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Literal, NamedTuple

from knowledge.registers import REGISTERS, queries

if TYPE_CHECKING:
    from assistant.assurance.readiness.look import Look

State = Literal["yes", "no", "not_checked"]
MAJOR, MINOR, OBSERVATION = "major", "minor", "observation"
WEIGHTS = (MAJOR, MINOR, OBSERVATION)
HOURS, DAYS, WEEKS = "hours", "days", "weeks"
EFFORTS = (HOURS, DAYS, WEEKS)


class Both(NamedTuple):
    """A sentence in English and in German."""

    en: str
    de: str

    def said(self, tongue: str) -> str:
        """The sentence in a language."""
        return self.de if tongue == "de" else self.en


@dataclass(frozen=True)
class Proof:
    """A row and what it says about the question. `kind` is good, gap, unknown or stale; `register` is empty where a row is missing."""

    register: str
    id: str
    said: Both
    kind: str = "good"
    owner: str | None = None

    @property
    def source(self) -> str:
        """The row as it is cited, `row:AP-003`; empty where there is none."""
        return queries.source_of(REGISTERS[self.register], self.id) if self.register else ""


@dataclass(frozen=True)
class Outcome:
    """The answer: yes with proof, no with the rows that fall short, or not checked where the registers cannot tell.

    `rows` is how many were looked at, `short` how many fall short or do not tell; `proof` shows the first of them. `answered` where
    a person gave the answer, `withheld` where the asker may not read the records that tell.
    """

    state: State
    said: Both
    proof: tuple[Proof, ...] = ()
    rows: int = 0
    short: int = 0
    answered: bool = False
    withheld: bool = False

    @property
    def more(self) -> int:
        """How many rows fall short, or do not tell, beyond those that the proof shows."""
        kinds = ("gap",) if self.state == "no" else ("stale", "unknown")
        shown = sum(part.kind in kinds for part in self.proof)
        # Where nothing is shown, the sentence itself says what is missing.
        return max(self.short - shown, 0) if self.state != "yes" and shown else 0


@dataclass(frozen=True)
class Check:
    """One question. `requirement` are ids of clauses and controls, `items` those of docs/requirements.md, `role` the office to ask.

    `weight` is the grade at which a lead auditor would begin, `effort` what mending it usually takes.
    """

    name: str
    group: str
    question: Both
    gap: Both
    todo: Both
    requirement: tuple[str, ...]
    items: tuple[str, ...]
    weight: str
    effort: str
    role: str
    ask: Callable[["Look"], Outcome] = field(repr=False, compare=False)


def check(
    question: tuple[str, str],
    gap: tuple[str, str],
    todo: tuple[str, str],
    *,
    requirement: str,
    items: str = "",
    weight: str = MINOR,
    effort: str = DAYS,
    role: str = "ISMS manager",
) -> Callable[[Callable[["Look"], Outcome]], Check]:
    """A function made a check: `requirement` and `items` are ids with spaces between them, texts are (English, German)."""

    def made(ask: Callable[["Look"], Outcome]) -> Check:
        group = ask.__module__.rpartition(".")[2]
        told = (Both(*question), Both(*gap), Both(*todo))
        return Check(ask.__name__, group, *told, tuple(requirement.split()), tuple(items.split()), weight, effort, role, ask)

    return made


@cache
def groups() -> dict[str, Both]:
    """Title of each group by its name, in the order in which an auditor goes through them."""
    return {name: title for name, title, _ in sorted(_read(), key=lambda one: one[2])}


@cache
def checks() -> dict[str, Check]:
    """Every check by its name, group by group."""
    order = list(groups())
    found = [one for module in _modules() for one in vars(module).values() if isinstance(one, Check)]
    return {one.name: one for one in sorted(found, key=lambda one: order.index(one.group))}


def _read() -> list[tuple[str, Both, int]]:
    return [(module.__name__.rpartition(".")[2], module.TITLE, module.PLACE) for module in _modules()]


@cache
def _modules() -> tuple[ModuleType, ...]:
    """The files of this folder that hold checks: those with a title."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem != "__init__")
    found = [importlib.import_module(f"{__package__}.{name}") for name in names]
    return tuple(module for module in found if hasattr(module, "TITLE"))
