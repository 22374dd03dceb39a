"""Reading files (in work)."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Block:
    """One line of a document."""
    kind: str
    text: str
    level: int = 0
    page: int | None = None
    number: str = ""
