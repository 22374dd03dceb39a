"""What the assistant does not do, and whom it points to instead. The texts stand in `knowledge/refusals`."""

import re
from dataclasses import dataclass
from functools import cache

from knowledge.standards import refusals as written

PREFIX = "refuse:"


@dataclass(frozen=True)
class Refusal:
    """A reason not to answer; `contact` is a role of ours, or in words the person outside the product."""

    reason: str
    contact: str


def by_pattern(question: str) -> Refusal | None:
    """The refusal whose pattern stands in the question, or None."""
    for refusal, patterns in _compiled():
        if any(pattern.search(question) for pattern in patterns):
            return refusal
    return None


def by_reason(reason: str) -> Refusal:
    """The refusal of that reason."""
    return next(refusal for refusal, _ in _compiled() if refusal.reason == reason)


@cache
def _compiled() -> tuple[tuple[Refusal, tuple[re.Pattern[str], ...]], ...]:
    return tuple(
        (Refusal(entry["reason"], entry["contact"]), tuple(re.compile(pattern, re.IGNORECASE) for pattern in entry["patterns"]))
        for entry in written()
    )
