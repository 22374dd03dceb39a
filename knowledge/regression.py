"""What examples teach about a text: ridge regression over its words and its vector, for all that it may be at once."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from scipy.sparse import csr_matrix

_ROUNDS = 40


class Regression:
    """Scores of a text, one for each column of the targets that it was taught.

    Words (or pairs of them, whatever `grams` holds) carry how something is said, the vector what it is about. A word counts that two
    examples have, by how few have it; those of a text are together of length 1. Solved by conjugate gradients (Hestenes and Stiefel
    1952), which need no matrix of all features. The order of a text's grams must not depend on the process, else its last digits do.
    """

    def __init__(
        self, grams: Sequence[Sequence[str]], vectors: np.ndarray | None, targets: np.ndarray, weights: np.ndarray, shrinkage: float
    ) -> None:
        """`vectors` [n, d] or None, `targets` [n, columns], `weights` [n] of the examples."""
        counted = Counter(gram for some in grams for gram in some)
        kept = {gram: count for gram, count in counted.items() if count > 1}
        self._number = {gram: number for number, gram in enumerate(kept)}
        self._idf = np.log(len(grams) / np.array(list(kept.values()), np.float32))
        rows = [self._words(some) for some in grams]
        ends = np.cumsum([0, *(len(numbers) for numbers, _ in rows)])
        numbers, values = (np.concatenate(column) for column in zip(*rows, strict=True))
        self._mean = vectors.mean(axis=0) if vectors is not None else np.zeros(0, np.float32)
        dense = np.ones((len(grams), 1 + len(self._mean)), np.float32)
        if vectors is not None:
            dense[:, 1:] = vectors - self._mean
        words = csr_matrix((values, numbers, ends), (len(grams), len(kept)))
        learnt = _solve(words, dense, targets.astype(np.float32), weights.astype(np.float32), shrinkage)
        self._of_word, self._base, self._of_vector = learnt[: len(kept)], learnt[len(kept)], learnt[len(kept) + 1 :]

    def scores(self, grams: Iterable[str], vector: np.ndarray | None) -> np.ndarray:
        """The score of each column, shape [columns]; without a vector by the words alone."""
        numbers, values = self._words(grams)
        scores: np.ndarray = self._base + values @ self._of_word[numbers]
        return scores + (vector - self._mean) @ self._of_vector if len(self._mean) and vector is not None else scores

    def _words(self, grams: Iterable[str]) -> tuple[np.ndarray, np.ndarray]:
        """(number of each known word, its weight), of length 1."""
        numbers = np.array([self._number[gram] for gram in grams if gram in self._number], np.int64)
        values = self._idf[numbers]
        return numbers, values / max(float(np.linalg.norm(values)), 1e-6)


def _solve(words: csr_matrix, dense: np.ndarray, targets: np.ndarray, weights: np.ndarray, shrinkage: float) -> np.ndarray:
    """Ridge weights of all columns, words first, shape [features, columns]."""
    width = words.shape[1]
    above, beside = words.T.tocsr(), np.ascontiguousarray(dense.T)

    def back(rows: np.ndarray) -> np.ndarray:
        return np.concatenate([above @ rows, beside @ rows])

    found = np.zeros((width + dense.shape[1], targets.shape[1]), np.float32)
    left = back(weights[:, None] * targets)
    towards, size = left, (left**2).sum(axis=0)
    for _ in range(_ROUNDS):
        moved = back(weights[:, None] * (words @ towards[:width] + dense @ towards[width:])) + shrinkage * towards
        step = size / np.maximum((towards * moved).sum(axis=0), 1e-12)
        found = found + step * towards
        left = left - step * moved
        before, size = size, (left**2).sum(axis=0)
        towards = left + size / np.maximum(before, 1e-12) * towards
    return found
