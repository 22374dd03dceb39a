"""Whether the next audit looks at what a check asks: by the clauses and controls that it covers, or because every audit does."""

import re
from functools import cache
from typing import Any

from sqlalchemy import select

from assistant.assurance.readiness.check import Check
from assistant.assurance.readiness.look import LINKS, Look
from knowledge.controls import ISO_2022

ALWAYS = ("surveillance", "people")
"""Groups that every audit of a certification body samples."""
_RANGE = re.compile(r"(A\.\d+\.)(\d+)(?:\s*(?:to|bis|-|–)\s*(?:A\.\d+\.)?(\d+))?")


def covered(look: Look, audit: Any) -> frozenset[str]:
    """The clauses and controls that an audit covers, by its list and by what its scope names."""
    listed = select(LINKS.to_id).where(LINKS.kind == "audit.controls", LINKS.from_id == audit.id)
    ids = {to.removeprefix(f"{ISO_2022}:") for to in look.session.execute(listed).scalars()}
    return named(f"{audit.scope} {audit.criteria}") | ids


def sampled(check: Check, ids: frozenset[str]) -> bool:
    """Whether an audit that covers these ids looks at it: always, or because one of them is asked for."""
    return check.group in ALWAYS or bool(ids & set(check.requirement))


@cache
def named(text: str) -> frozenset[str]:
    """The controls that a scope names, ranges filled in: `A.5.19 to A.5.21` is three."""
    found: set[str] = set()
    for head, low, high in _RANGE.findall(text):
        found |= {f"{head}{number}" for number in range(int(low), int(high or low) + 1)}
    return frozenset(found)
