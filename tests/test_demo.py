"""The five questions of `make demo`, asked of the sample plant with its documents and registers as it is loaded there."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant import identity
from assistant.answering.shape import Answer
from assistant.app import App
from assistant.config import Settings
from assistant.demo import PLANT, QUESTIONS, load_people, load_registers


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory, shipped: Path) -> Iterator[list[Answer]]:
    """What the shift lead is answered, in the order of the questions."""
    data = Path(shutil.copytree(shipped, tmp_path_factory.mktemp("demo") / "data"))
    with App(Settings(data=data), "pytest") as app:
        load_people(app.store, PLANT / "people.csv")
        app.ingest(PLANT / "documents")
        load_registers(app.store, PLANT / "registers", app.settings.moment())
        app.embed_rows()
        emil = identity.asker(app.store, "emil.sorg@tessmar.example")
        yield [app.answerer.ask(question, emil) for question in QUESTIONS]


def first(answer: Answer, number: int = 3) -> list[str]:
    return [citation.source_id for citation in answer.citations[:number]]


def test_a_rule_of_the_company_is_quoted_first(answers: list[Answer]) -> None:
    assert answers[0].claims and first(answers[0], 1)[0].startswith("doc:")


def test_what_an_auditor_wants_to_see_is_a_question_on_the_standard_not_on_our_registers(answers: list[Answer]) -> None:
    assert answers[1].table is None and "iso27001-2022:A.8.13" in first(answers[1])


def test_an_id_of_2013_is_translated(answers: list[Answer]) -> None:
    assert "iso27001-2022:A.5.20" in first(answers[2]) and answers[2].confidence == "high"


def test_a_german_question_is_answered_in_german_from_the_german_document(answers: list[Answer]) -> None:
    assert answers[3].language == "de" and first(answers[3], 1)[0].startswith("doc:VA-IT-11")


def test_a_forged_date_is_refused(answers: list[Answer]) -> None:
    assert (answers[4].status, answers[4].reason, answers[4].citations) == ("refused", "hide_evidence", [])
