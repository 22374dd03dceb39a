"""Figures of a benchmark: a table for people, one line of JSON each for machines."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Figure:
    """One measured ratio; `at_least` or `at_most` is what to reach, `details` are the numbers it is made of."""

    bench: str
    what: str
    ratio: float
    at_least: float | None = None
    at_most: float | None = None
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def reached(self) -> bool | None:
        """Whether the ratio is where it should be; None for one that is only told."""
        if self.at_least is not None:
            return self.ratio >= self.at_least
        return None if self.at_most is None else self.ratio <= self.at_most


def show(figures: Sequence[Figure]) -> None:
    """Print the table, then a line of JSON for each figure."""
    table = Table("bench", "what", "ratio", "to reach", "reached", "made of")
    for figure in figures:
        goal = (
            f"at least {figure.at_least}" if figure.at_least is not None else "" if figure.at_most is None else f"at most {figure.at_most}"
        )
        reached = {True: "yes", False: "NO", None: ""}[figure.reached]
        made_of = ", ".join(f"{name} {value}" for name, value in figure.details.items())
        table.add_row(figure.bench, figure.what, f"{figure.ratio:.3f}", goal, reached, made_of)
    Console(width=160).print(table)
    for figure in figures:
        print(json.dumps(asdict(figure) | {"ratio": round(figure.ratio, 4), "reached": figure.reached}), flush=True)
