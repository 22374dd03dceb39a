"""Sources told apart by all the ways of asking for them at once.

Linear discriminant analysis (Fisher 1936; Hastie, Tibshirani and Friedman 2009, 4.3): each source is the mean of its texts'
vectors, and directions in which the texts of one source differ among themselves count little. It needs no training
run: a covariance and one solution of a linear system, made again whenever the passages change.
"""

import numpy as np

_SHRUNK = 0.3
"""Share of the mean variance that every direction gets besides its own: there are fewer texts than a covariance needs."""


class Classes:
    """Groups of unit vectors. `vectors` [n, d], `group_of` [n] the number of each one's group; every group has a member."""

    def __init__(self, vectors: np.ndarray, group_of: np.ndarray, groups: int) -> None:
        sizes = np.bincount(group_of, minlength=groups)[:, None].astype(np.float32)
        means = np.zeros((groups, vectors.shape[1]), np.float32)
        np.add.at(means, group_of, vectors)
        means /= np.maximum(sizes, 1)
        within = (vectors - means[group_of]).astype(np.float32)
        covariance = within.T @ within / max(len(vectors) - 1, 1)
        shrunk = covariance + np.eye(len(covariance), dtype=np.float32) * max(_SHRUNK * float(np.trace(covariance)) / len(covariance), 1e-6)
        self._weights = np.linalg.solve(shrunk, means.T).astype(np.float32)
        self._base = -0.5 * (means * self._weights.T).sum(axis=1)

    def likely(self, vector: np.ndarray) -> np.ndarray:
        """How much a vector looks like each group's, shape [groups]: standardised, the most likely one is 1."""
        scores = vector @ self._weights + self._base
        scores = (scores - scores.mean()) / max(float(scores.std()), 1e-6)
        return scores / max(float(scores.max()), 1e-6)
