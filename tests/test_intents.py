"""What a question is after is learnt alike in every process."""

import os
import subprocess
import sys

_READ = """
from assistant.answering.intents import _from_words
from knowledge.index.question import Question
nothing = Question("Bringt mir der Arbeitskreis bei der IHK was", "de", "", (), None, None, None)
print(_from_words().of(nothing.text, nothing))
"""


def _in_a_process(seed: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", _READ], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
    ).stdout


def test_the_order_in_which_a_process_keeps_words_moves_no_answer() -> None:
    """Near the border of silence the last digit decides, and a question must not be answered in one process and left in another."""
    assert _in_a_process("1") == _in_a_process("2")
