"""What a draft rests on: the quotes of approved documents, the rows of registers, and the controls that it cites."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from knowledge.registers.rights import Actor


@dataclass(frozen=True)
class Source:
    """A citation, in the form that answers give it; `locator` is the place in a text, or the query that a number comes from.

    `alone` is false for a sentence that comes near but does not answer by itself: a person who decides is shown it, a text does not quote it.
    """

    source_id: str
    kind: str
    title: str
    quote: str
    url: str
    version: str = ""
    locator: str = ""
    alone: bool = True

    def as_plain(self) -> dict[str, Any]:
        """The source as JSON can carry it."""
        return asdict(self)


Find = Callable[[str], list[Source]]
"""A question to sentences of the company's approved, current documents that answer it or come near, best first; none where they are silent."""


class Finder(Protocol):
    """What searches approved documents for an actor: for each question the sentences that answer it or come near, in the form of `Find`."""

    def __call__(self, questions: Sequence[str], actor: Actor) -> list[list[Source]]: ...


@dataclass
class Cited:
    """Sources numbered by first use; the same quote of the same source and place keeps its number."""

    sources: list[Source] = field(default_factory=list)

    def number(self, source: Source) -> int:
        """The number of a source, from 1."""
        known = [(one.source_id, one.locator, one.quote) for one in self.sources]
        place = (source.source_id, source.locator, source.quote)
        if place not in known:
            self.sources.append(source)
            return len(self.sources)
        return known.index(place) + 1
