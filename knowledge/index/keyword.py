"""Keyword index: BM25 over stems and adjacent pairs of stems, one immutable segment and a small delta.

Rows are the positions that `Index` gives its entries. A removed row stays in the postings until the next merge and is
masked by the caller. Source of the weighting: Robertson and Zaragoza 2009, 3.2; k1 and b by measurement.
"""

import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

K1, B = 0.7, 0.85
PAIR_WEIGHT = 0.3
_MERGE_SHARE = 0.1


@dataclass(frozen=True)
class Concept:
    """One idea of a question: terms that may stand for it, each with a weight; the best one counts. `times` it is said."""

    alternatives: tuple[tuple[str, float], ...]
    weight: float = 1.0
    is_pair: bool = False
    times: int = 1


def pairs(stems: Sequence[str]) -> list[str]:
    """Adjacent stems as terms of their own."""
    return [f"{first} {second}" for first, second in pairwise(stems)]


class _Segment:
    """Postings sorted by term: for term t the rows `rows[starts[t]:starts[t + 1]]` with their counts."""

    def __init__(
        self, vocabulary: dict[str, int], terms: np.ndarray, rows: np.ndarray, counts: np.ndarray, lengths: dict[int, float]
    ) -> None:
        order = np.argsort(terms, kind="stable")
        self.vocabulary, self.terms = vocabulary, terms[order]
        self.rows = rows[order].astype(np.intp)  # what numpy indexes with; any other type it would convert for each question
        self.counts, self.lengths = counts[order], lengths
        self.starts = np.searchsorted(self.terms, np.arange(len(vocabulary) + 1))
        self.impact = np.zeros(0, np.float32)

    @classmethod
    def of(cls, documents: Iterable[tuple[int, Sequence[str], Sequence[str]]]) -> "_Segment":
        """A segment of (row, stems, heading stems); the heading counts in the words, not in the length or the pairs."""
        vocabulary: dict[str, int] = {}
        terms: list[int] = []
        rows: list[int] = []
        counts: list[int] = []
        lengths: dict[int, float] = {}
        for row, stems, heading in documents:
            found = Counter(stems)
            found.update(heading)
            found.update(pairs(stems))
            lengths[row] = max(len(stems), 1)
            for term, count in found.items():
                terms.append(vocabulary.setdefault(term, len(vocabulary)))
                counts.append(count)
            rows.extend([row] * len(found))
        return cls(vocabulary, np.array(terms, np.int32), np.array(rows, np.int32), np.array(counts, np.float32), lengths)

    def merged(self, other: "_Segment", alive: np.ndarray) -> "_Segment":
        """Both segments as one, without the rows that are gone."""
        vocabulary = dict(self.vocabulary)
        renamed = np.array([vocabulary.setdefault(term, len(vocabulary)) for term in other.vocabulary], np.int32)
        terms = np.concatenate([self.terms, renamed[other.terms] if len(other.terms) else other.terms])
        rows, counts = np.concatenate([self.rows, other.rows]), np.concatenate([self.counts, other.counts])
        keep = alive[rows]
        lengths = {row: length for row, length in (self.lengths | other.lengths).items() if alive[row]}
        return _Segment(vocabulary, terms[keep], rows[keep], counts[keep], lengths)

    def weigh(self, average: float, size: int, k1: float, b: float) -> None:
        """Compute what a term adds to the score of each of its rows, before idf."""
        lengths = np.zeros(size, np.float32)
        lengths[list(self.lengths)] = list(self.lengths.values())
        norm = k1 * (1 - b + b * lengths[self.rows] / average)
        self.impact = (self.counts * (k1 + 1) / (self.counts + norm)).astype(np.float32)

    def postings(self, term: str) -> tuple[np.ndarray, np.ndarray] | None:
        number = self.vocabulary.get(term)
        if number is None:
            return None
        span = slice(self.starts[number], self.starts[number + 1])
        return self.rows[span], self.impact[span]


class KeywordIndex:
    """Scores of all rows for a question. Not thread-safe: `Index` holds the lock."""

    def __init__(self, k1: float = K1, b: float = B) -> None:
        self._k1, self._b = k1, b
        self._main, self._delta = _Segment.of(()), _Segment.of(())
        self._size = 0
        self._average = 1.0

    @property
    def documents(self) -> int:
        """Number of rows that have postings."""
        return len(self._main.lengths) + len(self._delta.lengths)

    def add(self, documents: Sequence[tuple[int, Sequence[str], Sequence[str]]], alive: np.ndarray) -> None:
        """Take up (row, stems, heading stems); the delta is merged once it exceeds a tenth of the segment."""
        fresh = _Segment.of(documents)
        self._delta = self._delta.merged(fresh, alive) if self._delta.lengths else fresh
        self._size = max(self._size, len(alive))
        if len(self._delta.lengths) > _MERGE_SHARE * len(self._main.lengths):
            self._main, self._delta = self._main.merged(self._delta, alive), _Segment.of(())
            total = sum(self._main.lengths.values())
            self._average = total / max(len(self._main.lengths), 1)
            self._main.weigh(self._average, self._size, self._k1, self._b)
        self._delta.weigh(self._average, self._size, self._k1, self._b)

    def grouped(self, group_of: np.ndarray, groups: int, k1: float, b: float) -> "KeywordIndex":
        """The same words counted for groups of rows, each group one long document; `group_of` is -1 for a row in none."""
        vocabulary: dict[str, int] = {}
        terms, rows, counts = [], [], []
        for segment in (self._main, self._delta):
            renamed = np.array([vocabulary.setdefault(term, len(vocabulary)) for term in segment.vocabulary], np.int64)
            inside = group_of[segment.rows] >= 0
            terms.append(renamed[segment.terms[inside]] if len(renamed) else renamed)
            rows.append(group_of[segment.rows[inside]])
            counts.append(segment.counts[inside])
        key, where = np.unique(np.concatenate(terms) * groups + np.concatenate(rows), return_inverse=True)
        summed = np.bincount(where, np.concatenate(counts), len(key)).astype(np.float32)
        lengths = dict.fromkeys(range(groups), 0.0)
        for segment in (self._main, self._delta):
            for row, length in segment.lengths.items():
                if group_of[row] >= 0:
                    lengths[int(group_of[row])] += length
        index = KeywordIndex(k1, b)
        index._main = _Segment(vocabulary, (key // groups).astype(np.int32), (key % groups).astype(np.int32), summed, lengths)
        index._size = groups
        index._average = max(sum(lengths.values()) / max(groups, 1), 1.0)
        for segment in (index._main, index._delta):
            segment.weigh(index._average, groups, k1, b)
        return index

    def frequency(self, term: str) -> int:
        """Number of rows with the term; rows removed since the last merge still count."""
        return sum(len(found[0]) for segment in (self._main, self._delta) if (found := segment.postings(term)))

    def idf(self, frequency: int) -> float:
        """Inverse document frequency, above 0 also for a term that stands everywhere."""
        return float(np.log1p((self.documents - frequency + 0.5) / (frequency + 0.5)))

    def terms(self) -> Iterable[str]:
        """Every single stem that is known, for the mending of typing errors."""
        return (term for segment in (self._main, self._delta) for term in segment.vocabulary if " " not in term)

    def scores(self, concepts: Sequence[Concept], size: int) -> tuple[np.ndarray, np.ndarray]:
        """(BM25 score, share of the question's idf mass that the row has) for each row; shapes [size]."""
        total, covered = np.zeros(size, np.float32), np.zeros(size, np.float32)
        mass = 0.0
        best, present = np.zeros(size, np.float32), np.zeros(size, np.float32)
        for concept in concepts:
            found = self._found(concept)
            weight_of_concept = max((idf for _, idf, _ in found), default=0.0)
            if not concept.is_pair:
                weight_of_concept = weight_of_concept or self.idf(0)
                mass += weight_of_concept * concept.weight
            if len(found) == 1:  # no row has two of the terms, so nothing need be compared
                ((weight, idf, postings),) = found
                for rows, impact in postings:
                    total[rows] += concept.weight * (idf * impact)
                    if not concept.is_pair:
                        covered[rows] += concept.weight * weight_of_concept * weight
                continue
            for weight, idf, postings in found:
                for rows, impact in postings:
                    best[rows] = np.maximum(best[rows], idf * impact)
                    if not concept.is_pair:
                        present[rows] = np.maximum(present[rows], weight)
            for rows in (rows for _, _, postings in found for rows, _ in postings):
                total[rows] += concept.weight * best[rows]
                best[rows] = 0  # a row that has two of the terms is counted once
                if not concept.is_pair:
                    covered[rows] += concept.weight * weight_of_concept * present[rows]
                    present[rows] = 0
        return total, covered / max(mass, 1e-6)

    def _found(self, concept: Concept) -> list[tuple[float, float, list[tuple[np.ndarray, np.ndarray]]]]:
        """(weight, weighted idf, postings of the segments) of each alternative that stands anywhere."""
        out = []
        for term, weight in concept.alternatives:
            postings = [found for segment in (self._main, self._delta) if (found := segment.postings(term)) and len(found[0])]
            if postings:
                out.append((weight, self.idf(sum(len(rows) for rows, _ in postings)) * weight, postings))
        return out

    def save(self, path: Path) -> None:
        """Write the merged segment, whole or not at all; the delta is not kept, it is made again from SQL."""
        main = self._main
        begun = path.with_suffix(".begun")
        with begun.open("wb") as file:
            np.savez(
                file,
                words=np.array("\n".join(main.vocabulary)),
                terms=main.terms,
                rows=main.rows.astype(np.int32),
                counts=main.counts,
                lengths=np.array(list(main.lengths.items()), np.float64).reshape(-1, 2),
            )
        begun.replace(path)

    @classmethod
    def load(cls, path: Path, size: int) -> "KeywordIndex":
        """The index with the segment of a file. Raises OSError or ValueError for a damaged file."""
        try:
            with np.load(path, allow_pickle=False) as data:
                text = str(data["words"])
                vocabulary = {term: number for number, term in enumerate(text.split("\n") if text else [])}
                lengths = {int(row): float(length) for row, length in data["lengths"]}
                main = _Segment(vocabulary, data["terms"], data["rows"], data["counts"], lengths)
        except (zipfile.BadZipFile, zlib.error, EOFError, KeyError) as error:
            raise ValueError(f"{path.name} is damaged") from error
        index = cls()
        index._main, index._size = main, size
        index._average = sum(lengths.values()) / max(len(lengths), 1)
        main.weigh(index._average, size, K1, B)
        index._delta.weigh(index._average, size, K1, B)
        return index
