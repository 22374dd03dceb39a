"""Sentences chosen to be quoted, parts of a question, and whose rows a question is about."""

import pytest

from assistant.answering import cues
from assistant.answering.extraction import _may_be_quoted
from assistant.app import App
from tests.test_answers import ask


@pytest.mark.parametrize(
    "sentence",
    [
        "Further: IS-PRO-06, IS-PRO-09; ISO/IEC 27001:2022 A.8.13",
        "IS-POL-01, IS-POL-03, IS-PRO-07, IS-REG-01, VA-IT-11.",
        "ISO/IEC 27001:2022 controls A.5.11, A.6.1 and A.6.5.",
        "Siehe auch IS-PRO-06 und OT-WI-07.",
    ],
)
def test_sentence_that_only_names_other_documents_is_not_quoted(sentence: str) -> None:
    assert not _may_be_quoted(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "An exception follows section 9 of IS-POL-01 and is decided within 5 working days.",
        "System: JH-01 and GW-01 | How often: Weekly and after every change",
        "C1 and C2 stand behind GW-01.",
        "Window of hall 2: Saturday 14:00 to 20:00",
    ],
)
def test_sentence_that_says_something_beside_its_references_is_quoted(sentence: str) -> None:
    assert _may_be_quoted(sentence)


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("Which notebook is for the old controllers and may never be online?", 1),
        ("Which box is locked and is never opened?", 1),
        ("Who approves it and how long does it last?", 2),
        ("May I charge my phone and is it allowed to copy files?", 2),
        ("Wie viele Notebooks haben wir und wo liegen die?", 2),
    ],
)
def test_question_is_parted_only_where_a_new_one_begins(question: str, parts: int) -> None:
    assert len(cues.parts(question)) == parts


@pytest.mark.parametrize(
    "question", ["my open actions", "Which risks do I own?", "Welche Maßnahmen sind von mir?", "was muss ich noch freigeben"]
)
def test_question_about_ones_own_rows_is_known(question: str) -> None:
    assert cues.asks_of_own(question)


def test_person_who_says_i_is_not_asked_who_they_are(app: App) -> None:
    answer = ask(app, "I typed a customer's name into the chat assistant, what now?")
    assert answer.status != "clarify"


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("Tessmar Drive Components GmbH", False),
        ("Item | Value | Item | Value", False),
        ("Class | Internal | Status | Approved", False),
        ("System: LineMES | Backups kept for: 35 days", True),
        ("Jeder Besucher trägt einen Ausweis", True),
        ("All backups are encrypted.", True),
    ],
)
def test_name_or_row_of_heads_is_not_quoted(text: str, quoted: bool) -> None:
    assert _may_be_quoted(text) is quoted
