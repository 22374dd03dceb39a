"""What the assistant does not do, and whom it points to instead. The texts stand in `knowledge/refusals.yaml`."""

import re
from collections.abc import Sequence
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
    return next((refusal for refusal, pattern in _compiled() if pattern.search(question)), None)


def by_source(source_id: str) -> Refusal | None:
    """The refusal that an example's source id names, or None for any other source."""
    reason = source_id.removeprefix(PREFIX)
    if reason == source_id:
        return None
    return next(refusal for refusal, _ in _compiled() if refusal.reason == reason)


@cache
def _compiled() -> tuple[tuple[Refusal, re.Pattern[str]], ...]:
    return tuple((Refusal(entry["reason"], entry["contact"]), _any_of(entry["patterns"])) for entry in written())


def _any_of(patterns: Sequence[str]) -> re.Pattern[str]:
    """The patterns as one, which is quicker than one by one; without any it matches nothing."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns) or "(?!)", re.IGNORECASE)
