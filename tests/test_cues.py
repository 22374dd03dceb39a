"""Parts of a question, and whose rows it is about."""

import pytest

from assistant.answering import cues
from assistant.app import App
from tests.test_answers import ask


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
    ("question", "asked_back"), [("my open risks", True), ("show me my risks", True), ("does an AI decide about my pay", False)]
)
def test_asker_is_asked_for_only_where_rows_of_their_own_are_listed(question: str, asked_back: bool) -> None:
    assert cues.lists_own(question) is asked_back
