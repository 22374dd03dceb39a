"""A question read for search: its language, its words with what they may stand for, and its vectors."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from rapidfuzz import fuzz, process

from knowledge import language
from knowledge.embedding import Encoder
from knowledge.index.keyword import PAIR_WEIGHT, Concept, pairs

_GLOSSED = 0.85
"""Weight of a German term's English meaning beside the term itself."""
_EXPANDED = 0.5
"""Weight of what an abbreviation or a jargon word stands for."""
_MENDED = 0.8
"""Weight of the known word that a misspelt one is taken for."""


@dataclass(frozen=True)
class Question:
    """`vector` [d]; `tokens` [n, d] with `weights` [n], idf of the word each token is in; both None while the dense part is off."""

    text: str
    language: str
    english: str
    concepts: tuple[Concept, ...]
    vector: np.ndarray | None
    tokens: np.ndarray | None
    weights: np.ndarray | None


_CONTEXT = 0.5
"""Weight of the question before beside a follow-up."""


def following(question: Question, before: Question) -> Question:
    """A follow-up read together with the question it follows, which counts less."""
    known = {term for concept in question.concepts for term, _ in concept.alternatives}
    added = [
        replace(concept, weight=concept.weight * _CONTEXT)
        for concept in before.concepts
        if not known & {term for term, _ in concept.alternatives}
    ]
    concepts = (*question.concepts, *added)
    if question.vector is None or before.vector is None:
        return replace(question, concepts=concepts)
    assert question.tokens is not None and before.tokens is not None and question.weights is not None and before.weights is not None
    vector = (1 - _CONTEXT) * question.vector + _CONTEXT * before.vector
    return replace(
        question,
        concepts=concepts,
        vector=vector / np.linalg.norm(vector),
        tokens=np.concatenate([question.tokens, before.tokens]),
        weights=np.concatenate([(1 - _CONTEXT) * question.weights, _CONTEXT * before.weights]),
    )


class Spelling:
    """Known words by first letter and length, to find what a misspelt one was meant to be."""

    def __init__(self, terms: Iterable[str], frequency: Callable[[str], int]) -> None:
        self._by_shape: dict[tuple[str, int], list[str]] = defaultdict(list)
        for term in terms:
            if len(term) > 3 and term.isalpha() and frequency(term) > 1:
                self._by_shape[term[0], len(term)].append(term)

    def mend(self, word: str) -> str | None:
        """The nearest known stem with the same first letter, or None when nothing is near enough."""
        if len(word) < 5 or not word.isalpha():
            return None
        near = [term for length in (-1, 0, 1) for term in self._by_shape.get((word[0], len(word) + length), ())]
        found = process.extractOne(word, near, scorer=fuzz.ratio, score_cutoff=80 if len(word) > 6 else 82)
        return found[0] if found else None


def read_all(
    texts: Sequence[str],
    encoder: Encoder | None,
    frequency: Callable[[str], int],
    idf: Callable[[int], float],
    spelling: Spelling,
    tongue: str | None = None,
) -> list[Question]:
    """The questions as the index searches them, encoded together. `frequency` and `idf` are the keyword index's."""
    found = [_understood(text, frequency, spelling, tongue) for text in texts]
    if encoder is None:
        return found
    encoded = encoder.encode_queries([one.english for one in found])
    return [
        replace(one, vector=made.vector, tokens=made.tokens, weights=_token_weights(one.english, spans, frequency, idf))
        for one, (made, spans) in zip(found, encoded, strict=True)
    ]


def _understood(text: str, frequency: Callable[[str], int], spelling: Spelling, tongue: str | None) -> Question:
    """The question without its vectors."""
    text = language.clean(text)
    tongue = tongue or language.language_of(text)
    glossary = language.the_glossary()
    english = glossary.gloss(text) if tongue == "de" else text
    concepts, mended = _concepts(text, tongue, frequency, spelling)
    for wrong, right in mended.items():
        english = english.replace(wrong, right)
    stems = language.stems(english, "en")
    concepts += [Concept(((pair, 1.0),), PAIR_WEIGHT, True) for pair in dict.fromkeys(pairs(stems))]
    if tongue == "de":
        concepts += [Concept(((pair, 1.0),), PAIR_WEIGHT, True) for pair in dict.fromkeys(pairs(language.stems(text, "de")))]
    return Question(text, tongue, english, tuple(concepts), None, None, None)


def _concepts(text: str, tongue: str, frequency: Callable[[str], int], spelling: Spelling) -> tuple[list[Concept], dict[str, str]]:
    glossary = language.the_glossary()
    concepts: dict[str, Concept] = {}
    mended: dict[str, str] = {}
    times: Counter[str] = Counter()
    for word in language.words(text):
        if glossary.says_nothing(word) if tongue == "de" else word in language.ENGLISH_STOP:
            continue
        stem = language.stem(word, tongue)
        times[stem] += 1
        alternatives = {stem: 1.0}
        if tongue == "en":
            _offer(alternatives, glossary.means(word, "en"), _EXPANDED)
        if tongue == "de" or not frequency(stem):
            _offer(alternatives, glossary.means(word, "de"), _GLOSSED)
        if tongue == "de":
            alternatives.setdefault(language.stem(word, "en"), 0.9)
        if not any(frequency(term) for term in alternatives) and (known := spelling.mend(stem)):
            alternatives[known] = _MENDED
            mended[word] = known
        concepts.setdefault(stem, Concept(tuple(alternatives.items())))
    concepts = {stem: replace(concept, times=times[stem]) for stem, concept in concepts.items()}
    whole = glossary.expand(text, tongue)
    for phrase in dict.fromkeys(whole):
        for stem in language.stems(phrase, "en"):
            if not any(stem == term for concept in concepts.values() for term, _ in concept.alternatives):
                concepts[stem] = Concept(((stem, 1.0),), 0.3)
    return list(concepts.values()), mended


def _offer(alternatives: dict[str, float], meanings: Sequence[str], weight: float) -> None:
    for meaning in meanings:
        found = language.stems(meaning, "en")
        for stem in found:
            share = weight if len(found) == 1 else weight * 0.75
            alternatives[stem] = max(alternatives.get(stem, 0), share)


def _token_weights(text: str, spans: Sequence[tuple[int, int]], frequency: Callable[[str], int], idf: Callable[[int], float]) -> np.ndarray:
    """Weight of each token: idf of its word, little for a stop word; sums to 1."""
    weight_at: dict[int, float] = {}
    for match in language.WORD.finditer(text):
        word = match.group().lower()
        weight = 0.3 if word in language.ENGLISH_STOP else idf(frequency(language.stem(word, "en")))
        weight_at.update(dict.fromkeys(range(match.start(), match.end()), weight))
    weights = np.array([weight_at.get(start, 0.1) for start, _ in spans], np.float32)
    return weights / max(float(weights.sum()), 1e-6)
