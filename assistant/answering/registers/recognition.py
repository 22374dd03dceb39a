"""Whether a question asks for rows at all, learnt from `examples.yaml` by how it is put: by its small words, and what sort of thing stands where.

The rules of `reading` know what the words mean; this knows how people ask, in words that no rule foresees.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from assistant.answering.registers import phrases
from assistant.answering.registers.names import Names
from assistant.answering.registers.phrases import Item
from assistant.answering.registers.vocabulary import Lexicon, Sense, fold, stem, tokens_of
from knowledge.registers.rights import INSTALLATION
from knowledge.regression import Regression

EXAMPLES = Path(__file__).with_name("examples.yaml")
LIKELY, UNLIKELY = 0.2, -0.4
"""How far a question has to lean to rows, so that they are given though its words may ask for something else, or are not all understood; and how
far to something else, so that none are given though each word of it could be said of rows. Set with examples left out.
"""
_SHRINKAGE = 1.0
_TOLD_APART = ("person", "site", "control")
"""Registers whose rows are named in other questions than those of things: who has something, where it is, what a standard asks."""
_LEARNT_ON = date(2026, 1, 15)
"""Any day: no example names one by its distance from today alone."""


def asks_for_rows(items: Sequence[Item]) -> float:
    """How far the phrases of a question lean to rows, about -1 to 1."""
    return float(_learnt().scores(grams(items), None)[0])


def grams(items: Sequence[Item]) -> list[str]:
    """What of a question says how it asks: its small words, the sorts of its phrases, pairs of both, and the stems of its words."""
    told = ["^", *(word for item in items for word in (*tokens_of(item.lead), *_sort(item))), "$"]
    pairs = (f"{one} {other}" for one, other in zip(told, told[1:], strict=False))
    words = (f"~{stem(token, tongue)}" for item in items for token in _said(item) for tongue in ("en", "de"))
    return sorted({*told, *pairs, *words})


def _said(item: Item) -> list[str]:
    """The words of a phrase, as far as they are not a name."""
    return [] if item.of("row") or item.span or item.number is not None else tokens_of(item.text)


def _sort(item: Item) -> Iterator[str]:
    """What sort of thing a phrase is; a word for how something is wanted, or for a rule, is itself."""
    if item.of("row"):
        yield f"<{item.row.register}>" if item.row.register in _TOLD_APART else "<one>"
    elif item.span or item.number is not None:
        yield "<time>" if item.span else "<number>"
    elif item.blocked or any(sense.what == "cue" for sense in item.senses):
        yield from tokens_of(item.text)
    elif registers := item.of("register"):
        yield "<rows>" if any(sense.plural for sense in registers) else "<row>"
    elif item.of("code"):
        yield "<value>"
    elif item.senses:
        yield "<column>"
    else:
        yield "<unknown>"


def examples() -> Iterator[tuple[str, str]]:
    """(question, register that is meant or nothing) of each example."""
    said = _read()
    yield from ((question, register) for register, some in said["rows"].items() for question in some)
    yield from ((question, "") for question in said["none"])


@cache
def _read() -> dict[str, Any]:
    return dict(yaml.safe_load(EXAMPLES.read_text(encoding="utf-8")))


@cache
def of_examples() -> tuple[list[list[str]], np.ndarray]:
    """The grams of each example, and 1 for rows, -1 for none [n, 1]."""
    names = Names(Lexicon(), {}, {}, ())
    for register, some in _read()["names"].items():
        for name in some:
            names.lexicon.add(name, Sense("row", register, "", (fold(name),)))
    some = [grams(phrases.split(question, INSTALLATION, _LEARNT_ON, names, None)) for question, _ in examples()]
    return some, np.array([[1.0 if register else -1.0] for _, register in examples()])


@cache
def _learnt() -> Regression:
    return learn(*of_examples())


def learn(some: list[list[str]], targets: np.ndarray) -> Regression:
    """What examples teach; rows and the rest count alike, however many examples each has."""
    rows = float((targets > 0).mean())
    weights = np.where(targets[:, 0] > 0, 0.5 / rows, 0.5 / (1 - rows))
    return Regression(some, None, targets, weights, _SHRINKAGE)
