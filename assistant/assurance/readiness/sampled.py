"""Whether the next audit looks at what a check asks: by the clauses and controls that it covers, or because every audit does."""

import re
from functools import cache
from typing import Any

from assistant.assurance.readiness.check import Check

ALWAYS = ("surveillance", "people")
"""Groups that every audit of a certification body samples."""
_RANGE = re.compile(r"(A\.\d+\.)(\d+)(?:\s*(?:to|bis|-|–)\s*(?:A\.\d+\.)?(\d+))?")


def sampled(audit: Any, check: Check) -> bool:
    """Whether the audit looks at it: always, or because its scope names a control of the check."""
    return check.group in ALWAYS or bool(named(f"{audit.scope} {audit.criteria}") & set(check.requirement))


@cache
def named(text: str) -> frozenset[str]:
    """The controls that a scope names, ranges filled in: `A.5.19 to A.5.21` is three."""
    found: set[str] = set()
    for head, low, high in _RANGE.findall(text):
        found |= {f"{head}{number}" for number in range(int(low), int(high or low) + 1)}
    return frozenset(found)
