"""How passages and sources are ranked: words and meaning weighed against each other, and what a source gains by all its texts.

A score orders what one search finds, and means nothing beside that of another search.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from knowledge.index.classes import Classes
from knowledge.index.dense import ExactVectors
from knowledge.index.keyword import K1, B, KeywordIndex
from knowledge.index.question import Question


@dataclass(frozen=True)
class Profile:
    """How the parts of a score are weighed. `dense` beside keywords, then `late` for the token match of the best.

    Of the keywords `k1` and `b` are BM25's; of the meaning `mean` is the share of a text's mean vector beside its nearest passage.
    """

    dense: float
    late: float
    k1: float = K1
    b: float = B
    mean: float = 0.5


PASSAGES = Profile(dense=0.5, late=1.0)
"""For the passages of documents."""
PROFILES = {
    "question": Profile(dense=0.4, late=0.75),
    "requirement": Profile(dense=0.7, late=0.5, k1=1.5, b=0.75, mean=0.75),
}
"""For whole texts. A requirement shares fewer words with the control that meets it than a question with its answer."""
# Ranking of sources, set by leaving out one way of asking at a time and looking for its source.
SOURCES = Profile(dense=0.7, late=0.6, k1=0.8, b=0.3)
"""For sources: the passages' own scores, of which the best ones vote."""
_SOURCE_VOTES, _SOURCE_CLASS = 0.7, 0.6
VOTES = (1.0, 0.6, 0.4, 0.3, 0.2, 0.2)
"""What the best passage of a source, its second best and so on add to what they say for it together."""
_VOTES = np.array(VOTES, np.float32)
_PAIRED = 2.0
"""How much more adjacent words count in a whole text: it holds more of a question's words by chance, seldom two side by side."""
_NEAR, _NEIGHBOURS = 0.25, (1, 2)
"""What the keyword score of the best neighbour adds to a text's own, and how many places away it may stand."""


@dataclass(frozen=True)
class Hit:
    """A passage that was found. `score` orders; `coverage` (0-1), `cosine` and `late` say how well it fits."""

    passage_id: str
    source_id: str
    score: float
    coverage: float
    cosine: float
    late: float = 0.0


class Grouping:
    """Sources as groups of rows, in the order they came in: their `names`, and their `rows` one group after the other."""

    def __init__(
        self, rows: np.ndarray, sources: Sequence[str], keyword: KeywordIndex, exact: ExactVectors | None, weighed: Profile, apart: bool
    ) -> None:
        """Group `rows` by their `sources` [all rows]. `apart` tells the sources apart by all their vectors at once."""
        number: dict[str, int] = {}
        groups = np.array([number.setdefault(sources[row], len(number)) for row in rows], np.int64)
        order = np.argsort(groups, kind="stable")
        self.names = list(number)
        self.rows, self._groups = rows[order], groups[order]
        self._firsts = np.unique(self._groups, return_index=True)[1]
        group_of = np.full(len(sources), -1, np.int64)
        group_of[self.rows] = self._groups
        self._keyword = keyword.grouped(group_of, max(len(number), 1), weighed.k1, weighed.b)
        self._exact, self._weighed = exact, weighed
        told = exact if apart and len(number) > 1 else None
        self._classes = Classes(told.rows(self.rows), self._groups, len(number)) if told is not None else None
        self._preferred: dict[tuple[tuple[str, float], ...], np.ndarray] = {}

    def score_texts(self, question: Question, near: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(score, coverage) of each source by its whole text; `near` [rows] is the cosine of each passage.

        Words count over the whole text, as often as the question says them, and a little over the texts beside it; meaning
        by the nearest passage and by the mean.
        """
        concepts = [replace(one, weight=one.weight * (_PAIRED if one.is_pair else one.times)) for one in question.concepts]
        keyword, coverage = self._keyword.scores(concepts, len(self.names))
        mean = np.add.reduceat(near, self._firsts) / self._lengths
        cosine = (1 - self._weighed.mean) * np.maximum.reduceat(near, self._firsts) + self._weighed.mean * mean
        return fuse(keyword + _NEAR * _best_beside(keyword), cosine, self._weighed.dense), coverage

    def score_sources(
        self, question: Question, keyword: np.ndarray, cosine: np.ndarray, prefer: Mapping[str, float]
    ) -> tuple[np.ndarray, np.ndarray]:
        """(score of each source, position of its best passage); `keyword` and `cosine` [rows] are the passages' own scores.

        A source is one long document of all its texts and of the ways people ask about it; its passages vote beside it.
        The passages alone find the right source half as often, because a question rarely repeats one of them.
        """
        whole, _ = self._keyword.scores(question.concepts, len(self.names))
        votes, best = self._votes(fuse(keyword, cosine, self._weighed.dense))
        total = _scaled(whole) + _SOURCE_VOTES * _scaled(votes)
        if question.vector is not None and self._classes is not None:
            total = total + _SOURCE_CLASS * self._classes.likely(question.vector)
        return total * self._weights(prefer), best

    def best_row(self, group: int, values: np.ndarray) -> int:
        """Position of the row of a group with the highest of `values` [rows]."""
        first = int(self._firsts[group])
        return first + int(values[first : self._firsts[group + 1] if group + 1 < len(self._firsts) else None].argmax())

    @cached_property
    def _lengths(self) -> np.ndarray:
        """Length of the sum of each group's vectors, by which the sum of its cosines becomes the cosine of its mean."""
        ends = np.append(self._firsts[1:], len(self.rows))
        found = np.ones(len(self.names), np.float32)
        exact = self._exact
        for group in np.flatnonzero(ends - self._firsts > 1) if exact is not None else ():
            assert exact is not None
            rows = self.rows[self._firsts[group] : ends[group]]
            found[group] = max(float(np.linalg.norm(exact.rows(rows).sum(axis=0))), 1e-6)
        return found

    def _weights(self, prefer: Mapping[str, float]) -> np.ndarray:
        """The weight of each group: that of the prefix its name begins with, else 1."""
        key = tuple(prefer.items())
        if key not in self._preferred:
            found = [next((weight for prefix, weight in key if name.startswith(prefix)), 1.0) for name in self.names]
            self._preferred[key] = np.array(found, np.float32)
        return self._preferred[key]

    def _votes(self, fused: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(votes of the best passages, position of the best one) for each group; the first counts most."""
        wanted = min(len(fused), 400)
        nearest = np.argpartition(-fused, wanted - 1)[:wanted]
        nearest = nearest[np.lexsort((-fused[nearest], self._groups[nearest]))]  # group by group, each with its best first
        groups = self._groups[nearest]
        voters, firsts, sizes = np.unique(groups, return_index=True, return_counts=True)
        place = np.arange(wanted) - np.repeat(firsts, sizes)
        heard = place < len(_VOTES)
        votes = np.bincount(groups[heard], _VOTES[place[heard]] * fused[nearest[heard]], len(self.names)).astype(np.float32)
        best = self._firsts.copy()
        best[voters] = nearest[firsts]
        return votes, best


def fuse(keyword: np.ndarray, cosine: np.ndarray, dense: float) -> np.ndarray:
    """Weighted sum of both scores, each scaled to its own best; fusing ranks measured worse."""
    fused: np.ndarray = np.maximum(cosine, 0)
    fused *= dense / max(float(fused.max()), 1e-6)
    fused += keyword * ((1 - dense) / max(float(keyword.max()), 1e-6))
    return fused


def best(values: np.ndarray, wanted: int) -> list[int]:
    """Positions of the highest values, highest first."""
    wanted = min(wanted, len(values))
    found = np.argpartition(-values, wanted - 1)[:wanted]
    return [int(position) for position in found[np.argsort(-values[found], kind="stable")]]


def _best_beside(values: np.ndarray) -> np.ndarray:
    """The highest value among the neighbours of each place."""
    out = np.zeros_like(values)
    for away in _NEIGHBOURS:
        out[away:] = np.maximum(out[away:], values[:-away])
        out[:-away] = np.maximum(out[:-away], values[away:])
    return out


def _scaled(values: np.ndarray) -> np.ndarray:
    return values / max(float(values.max(initial=0)), 1e-6)
