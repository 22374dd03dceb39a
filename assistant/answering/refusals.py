"""What the assistant does not do, and whom it points to instead. The texts stand in `knowledge/refusals`."""

from dataclasses import dataclass
from functools import cache

from knowledge.standards import refusals as written

PREFIX = "refuse:"
"""How the source id of a refusal's examples begins."""


@dataclass(frozen=True)
class Refusal:
    """A reason not to answer; `contact` is a role of ours, or in words the person outside the product."""

    reason: str
    contact: str


def by_reason(reason: str) -> Refusal:
    """The refusal of that reason."""
    return _by_reason()[reason]


@cache
def _by_reason() -> dict[str, Refusal]:
    return {entry["reason"]: Refusal(entry["reason"], entry["contact"]) for entry in written()}
