"""Whether a question asks for rows, learnt from examples: each example is judged by the others."""

import numpy as np
import pytest

from assistant.answering.registers import recognition
from knowledge.registers import REGISTERS

_PARTS = 20


@pytest.fixture(scope="module")
def judged() -> tuple[np.ndarray, np.ndarray]:
    """The score of each example by those of the other parts, and whether it asks for rows."""
    grams, targets = recognition.of_examples()
    part = np.random.default_rng(0).permutation(len(grams)) % _PARTS
    scores = np.zeros(len(grams))
    for number in range(_PARTS):
        learnt = recognition.learn([grams[one] for one in np.flatnonzero(part != number)], targets[part != number])
        scores[part == number] = [learnt.scores(grams[one], None)[0] for one in np.flatnonzero(part == number)]
    return scores, targets[:, 0] > 0


def test_examples_that_were_left_out_are_told_apart(judged: tuple[np.ndarray, np.ndarray]) -> None:
    scores, rows = judged
    assert ((scores > 0) == rows).mean() > 0.83


def test_few_questions_about_rules_are_taken_for_rows_though_their_words_leave_it_open(judged: tuple[np.ndarray, np.ndarray]) -> None:
    scores, rows = judged
    assert (scores[~rows] > recognition.LIKELY).mean() < 0.12
    assert (scores[rows] < recognition.UNLIKELY).mean() < 0.04


def test_every_register_has_examples_and_none_stands_twice() -> None:
    questions, registers = zip(*recognition.examples(), strict=True)
    assert len(set(questions)) == len(questions)
    assert set(registers) - {""} <= set(REGISTERS)
