"""Which passage stands in which row, and which rows may be read."""

from collections.abc import Collection, Iterable, Sequence

import numpy as np

from knowledge.registers import Passage

_REMEMBERED = 200
"""Pairs of audiences and kinds whose rows are kept: the same few groups ask again and again."""


class Rows:
    """The passages, numbered in the order they came in. A row that is gone keeps its number, and is not alive."""

    def __init__(self) -> None:
        self.number: dict[str, int] = {}
        """The row of each passage that is there, by its id."""
        self.ids: list[str] = []
        self.sources: list[str] = []
        self.hashes: list[str] = []
        self.audiences = np.zeros(0, object)
        self.alive = np.zeros(0, bool)
        self._kinds = np.zeros(0, "U10")
        self._of_source: dict[str, list[int]] = {}
        self._readable: dict[tuple[frozenset[str], frozenset[str] | None], np.ndarray] = {}

    def __len__(self) -> int:
        return len(self.ids)

    def take_up(self, passages: Sequence[Passage]) -> None:
        """Give passages the next rows."""
        for row, passage in enumerate(passages, len(self.ids)):
            self.number[passage.id] = row
            self._of_source.setdefault(passage.source_id, []).append(row)
        self.ids.extend(passage.id for passage in passages)
        self.sources.extend(passage.source_id for passage in passages)
        self.hashes.extend(passage.hash for passage in passages)
        self._kinds = np.append(self._kinds, np.array([passage.kind for passage in passages], "U10"))
        self.audiences = np.append(self.audiences, np.array([passage.audience for passage in passages], object))
        self.alive = np.append(self.alive, np.ones(len(passages), bool))
        self._readable.clear()

    def remove(self, passage_ids: Iterable[str]) -> None:
        """Let go of passages; ids that are not there are no error."""
        for id_ in passage_ids:
            row = self.number.pop(id_, None)
            if row is not None:
                self.alive[row] = False
        self._readable.clear()

    def of(self, passages: Iterable[Passage]) -> list[int]:
        """Rows of the passages that are there."""
        return [self.number[passage.id] for passage in passages if passage.id in self.number]

    def hashes_of(self, passage_ids: Iterable[str]) -> dict[str, str]:
        """Hashes of the texts of the passages that are there, by their ids."""
        return {id_: self.hashes[self.number[id_]] for id_ in passage_ids if id_ in self.number}

    def holds(self, passage: Passage) -> bool:
        """Whether a passage stands there just as it is."""
        row = self.number.get(passage.id)
        here = None if row is None else (self.hashes[row], self.audiences[row], self._kinds[row], self.sources[row])
        return here == (passage.hash, passage.audience, passage.kind, passage.source_id)

    def readable(self, audiences: frozenset[str], kinds: frozenset[str] | None) -> np.ndarray:
        """Rows that may be read, of these kinds or of all."""
        key = (audiences, kinds)
        if key not in self._readable:
            allowed = self.alive & np.isin(self.audiences.astype(str), list(audiences))
            if kinds is not None:
                allowed &= np.isin(self._kinds, list(kinds))
            if len(self._readable) > _REMEMBERED:
                self._readable.clear()
            self._readable[key] = np.flatnonzero(allowed)
        return self._readable[key]

    def of_sources(self, source_ids: Iterable[str]) -> list[int]:
        """Rows of some sources, one source after the other, also those that are gone."""
        return [row for source_id in source_ids for row in self._of_source.get(source_id, ())]

    def readable_of(self, source_ids: Iterable[str], audiences: Collection[str], kinds: Collection[str]) -> list[int]:
        """Rows of some sources that may be read, one source after the other."""
        rows = [row for row in self.of_sources(source_ids) if self.alive[row]]
        return [row for row in rows if self._kinds[row] in kinds and self.audiences[row] in audiences]
