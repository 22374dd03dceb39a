"""How much a sentence is like those that speak of each threat: learnt from the examples that ship, by their words and their meaning."""

from collections.abc import Sequence

import numpy as np

from knowledge import language
from knowledge.index.question import Question
from knowledge.registers import Passage
from knowledge.regression import Regression
from knowledge.standards import THREAT

_SHRINKAGE, NEAREST = 1.0, 0.6
"""How much is held back, and what the nearest example adds among many threats with few examples each. Set with each example left out."""


class Likeness:
    """What sentences fear, learnt from examples, with a column for each threat: the words carry what is done, the vector what it means.

    A threat that is feared in ways that have little in common has no one direction of meaning; `nearest` is what its one nearest example adds.
    """

    def __init__(self, examples: Sequence[Passage], vectors: np.ndarray | None, nearest: float = 0.0) -> None:
        names = [one.source_id.removeprefix(THREAT) for one in examples]
        self._threats = sorted(set(names))
        targets = np.array([[name == threat for threat in self._threats] for name in names])
        self._learnt = Regression(
            [_grams(one.text, one.language) for one in examples], vectors, targets, np.ones(len(examples)), _SHRINKAGE
        )
        self._nearest = nearest
        self._vectors = [vectors[targets[:, column]] for column in range(len(self._threats))] if vectors is not None and nearest else []

    def of(self, sentence: Question) -> dict[str, float]:
        """Threat -> how much the sentence is like its examples: about 1 for one of them, 0 for one of another threat."""
        scores = self._learnt.scores(_grams(sentence.text, sentence.language), sentence.vector)
        if self._vectors and sentence.vector is not None:
            nearest = np.array([(some @ sentence.vector).max() for some in self._vectors])
            scores = scores + self._nearest * (nearest - nearest.mean())
        return dict(zip(self._threats, scores.tolist(), strict=True))


def _grams(text: str, tongue: str) -> list[str]:
    """Words as they stand, stems and pairs of them, a German sentence's in English too; in an order, so that every process learns the same."""
    english = language.the_glossary().gloss(text) if tongue == "de" else text
    stems = language.stems(english, "en")
    german = [f"de:{stem}" for stem in language.stems(text, "de")] if tongue == "de" else []
    pairs = [f"{one} {other}" for one, other in zip(stems, stems[1:], strict=False)]
    return sorted({*stems, *pairs, *german, *(f"={word}" for word in language.words(english))})
