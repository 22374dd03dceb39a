"""How much a sentence is like those that speak of each threat: learnt from the examples that ship, by their words and their meaning."""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from knowledge import language
from knowledge.index.question import Question
from knowledge.registers import Passage

_SHRINKAGE = 1.0
"""Of the ridge; set with each example left out."""


class Likeness:
    """A linear reading of sentences: ridge regression over their words, pairs of words and vector, with a column for each threat.

    The words carry what is done, the vector what it means where it is said in other words. Solved through the examples'
    likeness to each other, which are fewer than the features.
    """

    def __init__(self, examples: Sequence[Passage], vectors: np.ndarray | None) -> None:
        grams = [_grams(one.text, one.language) for one in examples]
        counted = Counter(gram for some in grams for gram in some)
        kept = [gram for gram, count in counted.items() if count > 1]
        self._number = {gram: number for number, gram in enumerate(kept)}
        self._idf = np.array([math.log(len(examples) / counted[gram]) for gram in kept])
        self._mean = vectors.mean(axis=0) if vectors is not None else np.zeros(0)
        meant = vectors if vectors is not None else np.zeros((len(examples), 0))
        features = np.array([self._features(some, vector) for some, vector in zip(grams, meant, strict=True)])
        self._threats = sorted({one.source_id for one in examples})
        taught = np.array([[one.source_id == threat for threat in self._threats] for one in examples], float)
        self._base = taught.mean(axis=0)
        alike = features @ features.T + _SHRINKAGE * np.eye(len(examples))
        self._weights = features.T @ np.linalg.solve(alike, taught - self._base)

    def of(self, sentence: Question) -> dict[str, float]:
        """Source id of each threat's examples -> how much the sentence is like them: about 1 for one of them, 0 for one of another threat."""
        vector = sentence.vector if sentence.vector is not None and len(self._mean) else self._mean
        scores = self._base + self._features(_grams(sentence.text, sentence.language), vector) @ self._weights
        return dict(zip(self._threats, scores.tolist(), strict=True))

    def _features(self, grams: Sequence[str], vector: np.ndarray) -> np.ndarray:
        """The known words with what they tell, together of length 1, and what the vector differs from the mean."""
        words = np.zeros(len(self._idf))
        known = [self._number[gram] for gram in grams if gram in self._number]
        words[known] = self._idf[known]
        return np.concatenate([words / max(float(np.linalg.norm(words)), 1e-6), vector - self._mean])


def _grams(text: str, tongue: str) -> list[str]:
    """Words as they stand, stems and pairs of them, a German sentence's in English too; in an order, so that every process learns the same."""
    english = language.the_glossary().gloss(text) if tongue == "de" else text
    stems = language.stems(english, "en")
    german = [f"de:{stem}" for stem in language.stems(text, "de")] if tongue == "de" else []
    pairs = [f"{one} {other}" for one, other in zip(stems, stems[1:], strict=False)]
    return sorted({*stems, *pairs, *german, *(f"={word}" for word in language.words(english))})
