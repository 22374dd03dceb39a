"""Nearest vectors among few and among many rows."""

import numpy as np
import pytest

from knowledge.index.dense import ExactVectors


def vectors(count: int, seed: int) -> np.ndarray:
    """Unit vectors that differ along few directions most, as those of texts do."""
    drawn = np.random.default_rng(seed).standard_normal((count, 384)) * np.linspace(1, 0.05, 384) ** 2
    found: np.ndarray = (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)
    return found


@pytest.mark.parametrize("short", [True, False])
def test_among_many_rows_the_nearest_are_those_of_a_full_comparison(short: bool) -> None:
    held, asked = vectors(6_000, 1), vectors(20, 2)
    exact = ExactVectors(384, short, many=4_000)
    for start in range(0, 6_000, 500):  # it passes the mark on the way
        exact.put(range(start, start + 500), held[start : start + 500])
    for vector in asked:
        found, right = exact.cosines(vector, 6_100), held @ vector
        assert np.argsort(-found[:6_000])[:20].tolist() == np.argsort(-right)[:20].tolist()
        assert np.allclose(np.sort(found)[-20:], np.sort(right)[-20:], atol=1e-5) and not found[6_000:].any()


def test_a_changed_row_is_compared_as_it_is_now() -> None:
    held = vectors(2_000, 3)
    exact = ExactVectors(384, many=1_000)
    exact.put(range(2_000), held)
    exact.put([7], -held[7:8])
    cosine = exact.cosines(held[7], 2_000)
    assert cosine[7] < -0.5 and cosine.argmax() != 7
