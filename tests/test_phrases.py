"""What the product says itself is said in German to who asks in German."""

import ast
import string
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from assistant.answering import composing, refusals
from assistant.phrases import LOCALE, phrases
from knowledge.standards import refusals as written

ASSISTANT = Path(composing.__file__).parents[1]
TABLES = {"NOTES", "_REFUSED", "_STANDING", "_ROLE_NAMES", "_CONTROL_STATES", "_CONSEQUENCES"}
STATUSES = {"answered", "partial", "silent", "refused", "clarify", "high", "medium", "low"}


def said() -> set[str]:
    """Every phrase that stands in a call of `say`, in a table of phrases, or as the contact of a refusal."""
    found = set(STATUSES)
    for path in ASSISTANT.rglob("*.py"):
        if path.stem == "doctor":
            continue  # its `say` is another one: a check's line for the administrator
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "say":
                found |= {
                    part.value
                    for argument in node.args
                    for part in ast.walk(argument)
                    if isinstance(part, ast.Constant) and isinstance(part.value, str)
                }
            if isinstance(node, ast.Assign) and {getattr(target, "id", "") for target in node.targets} & TABLES:
                found |= {value.value for value in node.value.values if isinstance(value, ast.Constant)}  # type: ignore[attr-defined]
    return found | {entry["contact"] for entry in written() if entry["contact"] and entry["contact"] not in {"isms_manager"}}


@pytest.mark.parametrize("phrase", sorted(phrase for phrase in said() if " " in phrase or phrase in STATUSES))
def test_phrase_has_its_german(phrase: str) -> None:
    german = phrases("de")(phrase)
    assert german != phrase
    names = {name for _, name, _, _ in string.Formatter().parse(phrase) if name}
    assert {name for _, name, _, _ in string.Formatter().parse(german) if name} == names


def test_every_reason_that_refuses_has_its_sentence() -> None:
    assert {entry["reason"] for entry in written()} - {"no_record", "no_verdict"} == set(composing._REFUSED)
    assert all(refusals.by_reason(entry["reason"]).contact for entry in written())


def test_english_is_said_as_it_is_written() -> None:
    assert phrases("en")("The company's own rule") == "The company's own rule"


def test_no_phrase_stands_twice_or_empty_in_the_file() -> None:
    with (LOCALE / "de" / "annexa.po").open("rb") as file:
        messages = [message for message in read_po(file, locale="de", abort_invalid=True) if message.id]
    assert messages and all(message.string for message in messages)
    ids = [line for line in (LOCALE / "de" / "annexa.po").read_text("utf-8").splitlines() if line.startswith("msgid ")]
    assert len(ids) == len(set(ids))
