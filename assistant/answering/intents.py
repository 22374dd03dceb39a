"""What a question is after: whether staff ask so for a source, or for something that is not answered, and why not.

Learnt from the examples of `knowledge/refusals` and from every way of asking that the guidance lists. Nearness to one
example separates too little: "how long" beside a system is answered, "how many last year" beside the same system is not.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.sparse import csr_matrix
from sqlmodel import col, select

from assistant.answering import frames
from assistant.answering.refusals import PREFIX
from knowledge import standards
from knowledge.index import Index
from knowledge.index.parts import all_stems
from knowledge.index.question import Question
from knowledge.registers import Passage, Store

NO_VERDICT = "no_verdict"
# Weights of an example of a refusal, of an answered question that looks like one, and of the shrinkage; set with questions left out.
_EXAMPLE, _ANSWERED, _SHRINKAGE = 4.0, 6.0, 1.5
_ROUNDS = 40
_ASKED = ("question", "example")


@dataclass(frozen=True)
class Intent:
    """`refused` is how far the question leans to what is not answered, about -1 to 1; `reason` the likeliest reason."""

    refused: float
    reason: str
    verdict: bool
    """True when it asks whether the company conforms."""


@dataclass(frozen=True)
class Asked:
    """An example of a question, and where it leads."""

    source_id: str
    text: str
    language: str


class Intents:
    """A linear reading of questions: ridge regression over their words, pairs of words, and their vector.

    Words carry how something is asked (how many, who won, may I), the vector what it is about. One column for each reason
    and one for all of them; solved by conjugate gradients (Hestenes and Stiefel 1952), which need no matrix of all features.
    """

    def __init__(self, examples: Sequence[Asked], vectors: np.ndarray | None) -> None:
        labels = [one.source_id.removeprefix(PREFIX) if one.source_id.startswith(PREFIX) else "" for one in examples]
        self._reasons = sorted({label for label in labels if label})
        grams = [_grams(one.text, one.language) for one in examples]
        counted = Counter(gram for some in grams for gram in some)
        kept = {gram: count for gram, count in counted.items() if count > 1}
        self._number = {gram: number for number, gram in enumerate(kept)}
        self._idf = np.log(len(examples) / np.array(list(kept.values()), np.float32))
        rows = [self._words(some) for some in grams]
        ends = np.cumsum([0, *(len(numbers) for numbers, _ in rows)])
        numbers, values = (np.concatenate(column) for column in zip(*rows, strict=True))
        self._mean = vectors.mean(axis=0) if vectors is not None else np.zeros(0, np.float32)
        dense = np.ones((len(examples), 1 + len(self._mean)), np.float32)
        if vectors is not None:
            dense[:, 1:] = vectors - self._mean
        targets = np.array(
            [[label not in ("", NO_VERDICT), *(label == reason for reason in self._reasons)] for label in labels], np.float32
        )
        weights = np.array([_weight(one, label) for one, label in zip(examples, labels, strict=True)], np.float32)
        learnt = _solve(csr_matrix((values, numbers, ends), (len(examples), len(kept))), dense, 2 * targets - 1, weights)
        self._of_word, self._base, self._of_vector = learnt[: len(kept)], learnt[len(kept)], learnt[len(kept) + 1 :]

    def of(self, text: str, question: Question) -> Intent:
        """What the question is after; `text` is it with what it follows, in the asker's words."""
        numbers, values = self._words(_grams(text, question.language))
        scores = self._base + values @ self._of_word[numbers]
        if len(self._mean) and question.vector is not None:
            scores = scores + (question.vector - self._mean) @ self._of_vector
        by_reason = dict(zip(self._reasons, scores[1:].tolist(), strict=True))
        verdict = by_reason.pop(NO_VERDICT)
        reason = max(by_reason, key=lambda one: by_reason[one])
        shift, named = frames.shift(text, reason)
        return Intent(float(scores[0]) + shift, named, verdict > max(0.0, by_reason[reason]))

    def _words(self, grams: Iterable[str]) -> tuple[np.ndarray, np.ndarray]:
        """(number of each known word or pair, its weight), of length 1."""
        numbers = np.array([self._number[gram] for gram in grams if gram in self._number], np.int64)
        values = self._idf[numbers]
        return numbers, values / max(float(np.linalg.norm(values)), 1e-6)


def learn(store: Store, index: Index) -> Intents:
    """What the shipped examples teach with the index's encoder."""
    with store.read() as session:
        rows = session.exec(
            select(Passage.id, Passage.source_id, Passage.text, Passage.language)
            .where(col(Passage.kind).in_(_ASKED))
            .order_by(col(Passage.id))
        ).all()
    if not rows:
        return _from_words()
    return Intents([Asked(*rest) for _, *rest in rows], index.vectors([id_ for id_, *_ in rows]))


@cache
def _from_words() -> Intents:
    """What the examples that ship teach by their words alone: for a store that was never brought to what ships."""
    return Intents([Asked(p.source_id, p.text, p.language) for p in standards.standard_passages() if p.kind in _ASKED], None)


def _weight(one: Asked, label: str) -> float:
    if label and label != NO_VERDICT:
        return _EXAMPLE
    return _ANSWERED if one.source_id.startswith((PREFIX, "answer:")) else 1.0


def _grams(text: str, tongue: str) -> list[str]:
    """Words as they stand, pairs of them, and stems in both languages; in an order, so that every process learns the same."""
    words = re.findall(r"\w+", text.lower().translate(_FOLDED))
    pairs = {f"{one} {other}" for one, other in zip(["^", *words], words, strict=False)}
    return sorted({*words, *pairs, *(f"~{stem}" for stem in all_stems(text, tongue))})


_FOLDED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def _solve(words: csr_matrix, dense: np.ndarray, targets: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Ridge weights of all columns, words first, shape [columns, targets]."""
    width = words.shape[1]
    above, beside = words.T.tocsr(), np.ascontiguousarray(dense.T)

    def back(rows: np.ndarray) -> np.ndarray:
        return np.concatenate([above @ rows, beside @ rows])

    found = np.zeros((width + dense.shape[1], targets.shape[1]), np.float32)
    left = back(weights[:, None] * targets)
    towards, size = left, (left**2).sum(axis=0)
    for _ in range(_ROUNDS):
        moved = back(weights[:, None] * (words @ towards[:width] + dense @ towards[width:])) + _SHRINKAGE * towards
        step = size / np.maximum((towards * moved).sum(axis=0), 1e-12)
        found = found + step * towards
        left = left - step * moved
        before, size = size, (left**2).sum(axis=0)
        towards = left + size / np.maximum(before, 1e-12) * towards
    return found
