"""What a question is after: whether staff ask so for a source, or for something that is not answered, and why not.

Learnt from the examples of `knowledge/refusals` and from every way of asking that the guidance lists. Nearness to one
example separates too little: "how long" beside a system is answered, "how many last year" beside the same system is not.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from sqlmodel import col, select

from assistant.answering import frames
from assistant.answering.refusals import PREFIX
from knowledge import standards
from knowledge.index import Index
from knowledge.index.parts import all_stems
from knowledge.index.question import Question
from knowledge.registers import Passage, Store
from knowledge.regression import Regression

NO_VERDICT = "no_verdict"
# Weights of an example of a refusal, of an answered question that looks like one, and of the shrinkage; set with questions left out.
_EXAMPLE, _ANSWERED, _SHRINKAGE = 4.0, 6.0, 1.5
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
    """What questions are after, learnt from examples: one column for each reason not to answer, and one for all of them."""

    def __init__(self, examples: Sequence[Asked], vectors: np.ndarray | None) -> None:
        labels = [one.source_id.removeprefix(PREFIX) if one.source_id.startswith(PREFIX) else "" for one in examples]
        self._reasons = sorted({label for label in labels if label})
        targets = np.array([[label not in ("", NO_VERDICT), *(label == reason for reason in self._reasons)] for label in labels])
        weights = np.array([_weight(one, label) for one, label in zip(examples, labels, strict=True)])
        self._learnt = Regression([_grams(one.text, one.language) for one in examples], vectors, 2.0 * targets - 1, weights, _SHRINKAGE)

    def of(self, text: str, question: Question) -> Intent:
        """What the question is after; `text` is it with what it follows, in the asker's words."""
        scores = self._learnt.scores(_grams(text, question.language), question.vector)
        by_reason = dict(zip(self._reasons, scores[1:].tolist(), strict=True))
        verdict = by_reason.pop(NO_VERDICT)
        reason = max(by_reason, key=lambda one: by_reason[one])
        shift, named = frames.shift(text, reason)
        return Intent(float(scores[0]) + shift, named, verdict > max(0.0, by_reason[reason]))


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
