"""The parts of a passage, its heading first and then its sentences or rows: what is read of them, and how well each fits a question."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import mul

import numpy as np

from knowledge import language
from knowledge.index.keyword import Concept
from knowledge.registers import Passage

_LIKELY_PARTS = 4
"""Sentences of a passage whose words are compared with the question's: those that match best by their tokens."""


@dataclass(frozen=True)
class PartMatch:
    """A heading, sentence or row and how well it fits a question: `late` -1 to 1, `covered` 0 to 1."""

    text: str
    late: float
    covered: float


def parts_of(passage: Passage) -> list[str]:
    """What the encoder reads of a passage: its heading, then its sentences; a German one in English words."""
    parts = texts_of(passage)
    if passage.language == "de":
        parts = [language.the_glossary().gloss(part) for part in parts]
    return parts


def all_stems(text: str, tongue: str) -> list[str]:
    """What the keyword index reads of a text; a German one in both languages."""
    found = language.stems(text, tongue)
    if tongue == "de":
        found += language.stems(language.the_glossary().gloss(text), "en")
    return found


def texts_of(passage: Passage) -> list[str]:
    """The heading, then the sentences, as they are written."""
    return [passage.heading, *language.sentences(passage.text)]


def match(
    read: Sequence[tuple[Passage, list[str]]], concepts: Sequence[Concept], masses: Sequence[float], late: Mapping[str, np.ndarray]
) -> dict[str, list[PartMatch]]:
    """How well each part of each passage fits, by passage id; `read` are the passages with their parts.

    The match of its tokens, `late` by the passage's hash, beside the share of the question's `masses`, one a concept, that the part's words cover.
    """
    asked: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for number, concept in enumerate(concepts):
        for term, weight in concept.alternatives:
            asked[term].append((number, weight))
    total = sum(masses) or 1.0
    out: dict[str, list[PartMatch]] = {}
    for passage, texts in read:
        fits = late.get(passage.hash, np.zeros(len(texts), np.float32))
        covered = [0.0] * len(texts)
        for number in {0, *np.argsort(-fits)[:_LIKELY_PARTS].tolist()}:
            best = [0.0] * len(masses)
            for term in asked.keys() & _stem_set(texts[number], passage.language):
                for concept_number, weight in asked[term]:
                    best[concept_number] = max(best[concept_number], weight)
            covered[number] = sum(map(mul, masses, best)) / total
        out[passage.id] = list(map(PartMatch, texts, fits.tolist(), covered))
    return out


@lru_cache(maxsize=20_000)
def _stem_set(text: str, tongue: str) -> frozenset[str]:
    return frozenset(all_stems(text, tongue))
