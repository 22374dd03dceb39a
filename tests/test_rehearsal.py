"""The rehearsal: questions that cover the standard and can be answered, and a small plant in which each comes out as it should."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from assistant.assurance.auditing import questions, rehearsal, rehearsal_text, selection
from assistant.assurance.auditing.questions import TEXTS, Question
from assistant.assurance.auditing.rehearsal import Quote, Report
from assistant.assurance.auditing.selection import Citation, Look, back
from knowledge.errors import BadKnowledge
from knowledge.registers import REGISTERS, Store, listing
from knowledge.registers.listing import Wanted
from knowledge.registers.rights import INSTALLATION, Actor
from tests.records import CONTEXT, MIRA, NOW, TODAY, a_risk, a_store, somebody, writing

ALL = questions.questions()
GERMAN = re.compile(
    r"[äöüß]|\b(der|die|das|den|dem|und|wer|wie|was|wo|wann|ist|Sie|nicht|ein|eine|einen|kein|keine|im|am|an|zu|zur|vor|mit|von|auf|oder|hat|es|bei|wurde|aus|wird|sich)\b",
    re.IGNORECASE,
)
ENGLISH = re.compile(r"\b(the|and|is|was|what|who|how|when|where|which|that|you|not|did|does|are|of|in|it|for|a|with|to)\b", re.IGNORECASE)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = a_store(tmp_path)
    yield made
    made.close()


def keep(store: Store, register: str, **given: Any) -> str:
    with writing(store, INSTALLATION) as book:
        return str(book.create(register, given).id)


def a_question(**more: Any) -> Question:
    lines = {name: tuple(selection.read(line) for line in more.pop(name, ())) for name in ("rows", "gaps", "late")}
    texts = {name: f"{name}?" for name in TEXTS}
    return Question(more.pop("id", "9.2/9"), more.pop("requirements", ("9.2",)), ("audit",), "isms_manager", texts, **lines, **more)


def rehearsed(store: Store, *asked: Question, said: list[Quote] | None = None, actor: Actor = MIRA, language: str = "en") -> Report:
    with store.read() as session:
        return rehearsal.rehearse(asked, lambda _: said or [], Look(session, actor, CONTEXT, language), "Mira Voss", NOW)


def outcome(store: Store, question: Question, **more: Any) -> str:
    return rehearsed(store, question, **more).answers[0].outcome


# --- the questions -----------------------------------------------------------------------------------------------


def test_there_are_enough_and_every_clause_and_control_is_asked_about() -> None:
    asked = {id_ for one in ALL for id_ in one.requirements}
    assert len(ALL) >= 230
    assert sorted(asked) == sorted(questions.requirements()) and len(asked) == 34 + 93
    several = {id_: sum(id_ in one.requirements for one in ALL) for id_ in asked if not id_.startswith("A.")}
    assert [id_ for id_, number in several.items() if number < 3] == []


def test_every_theme_and_everybody_who_can_be_asked_has_a_question() -> None:
    assert {theme for one in ALL for theme in one.themes} == set(questions.THEMES)
    assert {one.who for one in ALL} == set(questions.ASKED)


def test_ids_and_texts_stand_once() -> None:
    assert len({one.id for one in ALL}) == len(ALL)
    for name in TEXTS:
        texts = [one.texts[name] for one in ALL]
        assert sorted({text for text in texts if texts.count(text) > 1}) == []


@pytest.mark.parametrize("name", TEXTS)
def test_each_text_is_in_its_language_and_a_sentence(name: str) -> None:
    for one in ALL:
        text = one.texts[name]
        assert (GERMAN if name.endswith("de") else ENGLISH).search(text) or len(text.split()) < 8, (one.id, text)
        assert not (name.endswith("en") and re.search(r"[äöüß]", text)), (one.id, text)
        assert text[0].isupper() and text[-1] in ".?!“" and text == " ".join(text.split()), (one.id, text)


def test_beginnings_do_not_repeat() -> None:
    starts = [" ".join(one.texts["en"].split()[:4]) for one in ALL]
    assert [start for start in set(starts) if starts.count(start) > 3] == []


def test_every_question_says_what_would_answer_it() -> None:
    assert [one.id for one in ALL if not (one.rows or one.evidence or one.document)] == []


LINES = sorted({found for one in ALL for found in (*one.rows, *one.gaps, *one.late)}, key=str)


def test_every_selection_reads_and_can_be_asked(store: Store) -> None:
    with store.read() as session:
        for found in LINES:
            register = REGISTERS[found.register]
            listing.count(session, INSTALLATION, register, Wanted(found.on(TODAY)), CONTEXT)
            assert not found.dated or register.by_name[found.dated].kind in ("date", "datetime"), found
            assert Look(session, INSTALLATION, CONTEXT).select(found).total == 0


@pytest.mark.parametrize("line", ["", "risk", "spaceship?name=x", "risk?colour=red", "audit?type=internal @moonrise"])
def test_a_line_that_selects_nothing_is_refused(line: str) -> None:
    with pytest.raises(BadKnowledge):
        selection.read(line)


@pytest.mark.parametrize(("day", "months", "expected"), [
    ("2026-05-04", 12, "2025-05-04"), ("2026-03-31", 1, "2026-02-28"), ("2024-02-29", 12, "2023-02-28"), ("2026-01-31", -1, "2026-02-28"),
    ("2026-12-01", -1, "2027-01-01"), ("2026-05-31", 0, "2026-05-31"),
])  # fmt: skip
def test_months_back_end_where_the_month_ends(day: str, months: int, expected: str) -> None:
    assert back(date.fromisoformat(day), months).isoformat() == expected


@pytest.mark.parametrize(
    ("clause", "theme", "some"), [("9", "", "9.2.1/1"), ("9.2", "", "9.2.2/1"), ("A.8.13", "", "A.8.13/1"), ("", "historian", "A.8.22/2")]
)
def test_a_part_or_theme_can_be_chosen(clause: str, theme: str, some: str) -> None:
    found = questions.chosen(clause, theme)
    assert some in {one.id for one in found} and len(found) < len(ALL)


@pytest.mark.parametrize(("clause", "theme"), [("11", ""), ("A.9.1", ""), ("", "weather")])
def test_a_part_that_is_not_there_is_refused(clause: str, theme: str) -> None:
    with pytest.raises(BadKnowledge):
        questions.chosen(clause, theme)


# --- a small plant -----------------------------------------------------------------------------------------------

AUDITED = "audit?type=internal&status=done @end_date"


@pytest.mark.parametrize(
    ("days", "status", "expected"),
    [(30, "done", "answered"), (365, "done", "answered"), (400, "done", "stale"), (30, "planned", "missing"), (-30, "done", "missing")],
)
def test_a_record_answers_is_stale_or_is_missing_by_its_day(store: Store, days: int, status: str, expected: str) -> None:
    keep(store, "audit", type="internal", title="Internal audit", status=status, end_date=TODAY - timedelta(days=days))
    assert outcome(store, a_question(rows=[AUDITED])) == expected


def test_an_answer_cites_the_newest_rows_with_their_words(store: Store) -> None:
    keep(store, "audit", type="internal", title="Old one", status="done", end_date="2026-01-10")
    newest = keep(store, "audit", type="internal", title="New one", status="done", end_date="2026-04-10")
    [proof] = rehearsed(store, a_question(rows=[AUDITED])).answers[0].proofs
    assert proof.citations[0].source_id == f"row:{newest}"
    assert proof.citations[0].quote == "end date: 2026-04-10; type: internal audit; status: done"
    assert proof.url.startswith("/registers/audit?type=internal")


def test_rows_that_should_not_be_speak_against_an_answer(store: Store) -> None:
    keep(store, "risk", **a_risk(owner="ada@plant.example", due_date="2026-01-01"))
    question = a_question(rows=["risk?treatment=set:"], late=["risk?overdue=yes"])
    assert outcome(store, question) == "stale"
    keep(store, "risk", **a_risk(name="Nobody's", owner=""))
    report = rehearsed(store, a_question(rows=["risk?treatment=set:"], gaps=["risk?owner=empty:"]), language="de")
    assert report.answers[0].outcome == "missing"
    assert report.answers[0].proofs[1].said == "1 im Register Risiken sprechen dagegen (Risikoeigentümer: leer)"


@pytest.mark.parametrize(("supports", "expires", "expected"), [
    ("2026-03-01", "2027-01-01", "answered"), ("2026-03-01", None, "answered"), ("2026-03-01", "2026-05-01", "stale"), ("2025-02-01", None, "stale"),
    (None, None, "stale"),
])  # fmt: skip
def test_evidence_counts_while_it_is_neither_expired_nor_old(
    store: Store, supports: str | None, expires: str | None, expected: str
) -> None:
    question = a_question(requirements=("A.8.13",), evidence=("A.8.13",))
    assert outcome(store, question) == "missing"
    keep(store, "evidence", title="Restore test", control=["A.8.13"], supports_date=supports, expires_on=expires)
    assert outcome(store, question) == expected


def test_newer_evidence_makes_up_for_expired_one(store: Store) -> None:
    keep(store, "evidence", title="Old", control=["A.8.13"], supports_date="2026-04-20", expires_on="2026-05-01")
    keep(store, "evidence", title="New", control=["A.8.13"], supports_date="2026-04-10")
    assert outcome(store, a_question(evidence=("A.8.13",))) == "answered"


def test_a_control_that_is_excluded_is_answered_by_its_reason(store: Store) -> None:
    keep(store, "control_status", id="A.8.30", applicable=False, exclusion_reason="Nobody outside writes code for us")
    [proof] = rehearsed(store, a_question(evidence=("A.8.30",))).answers[0].proofs
    assert (proof.outcome, proof.citations[0].quote) == ("answered", "Nobody outside writes code for us")


@pytest.mark.parametrize(("standing", "expected"), [("approved", "answered"), ("expired", "stale"), ("draft", "missing"), ("", "missing")])
def test_a_document_counts_by_its_standing(store: Store, standing: str, expected: str) -> None:
    said = [Quote(Citation("doc:PRO-01@1", "PRO-01", "The shift lead decides.", "/sources/1"), standing)] if standing else []
    assert outcome(store, a_question(document="Who decides?"), said=said) == expected


def test_a_question_is_as_good_as_the_worst_of_its_proofs(store: Store) -> None:
    keep(store, "audit", type="internal", title="Internal audit", status="done", end_date="2026-04-10")
    report = rehearsed(store, a_question(rows=[AUDITED, "certificate?scope=set:"]))
    assert [proof.outcome for proof in report.answers[0].proofs] == ["answered", "missing"]
    assert (report.answers[0].outcome, report.answers[0].cited) == ("missing", True)


def test_rows_that_the_asker_may_not_read_answer_nothing(store: Store) -> None:
    keep(store, "audit", type="internal", title="Secret", status="done", end_date="2026-04-10", audience="department:legal")
    assert outcome(store, a_question(rows=[AUDITED])) == "missing"
    assert outcome(store, a_question(rows=[AUDITED]), actor=somebody("isms_manager", "P-001", "department:legal")) == "answered"


def test_the_report_counts_by_part_and_theme_and_names_whom_to_ask(store: Store) -> None:
    keep(store, "clause_status", id="9.2", state="fulfilled", owner="jon@plant.example")
    keep(store, "audit", type="internal", title="Internal audit", status="done", end_date="2026-04-10")
    heard: list[tuple[int, int]] = []
    asked = [a_question(rows=[AUDITED]), a_question(id="9.1/9", requirements=("9.1", "A.8.16"), rows=["kpi?target=set:"])]
    with store.read() as session:
        report = rehearsal.rehearse(
            asked, lambda _: [], Look(session, MIRA, CONTEXT), "Mira", NOW, lambda done, total: heard.append((done, total))
        )
    assert heard == [(1, 2), (2, 2)]
    counts = {part: (count.answered, count.stale, count.missing) for part, count in report.by_part().items()}
    assert counts == {"9": (1, 0, 1), "9.1": (0, 0, 1), "9.2": (1, 0, 0), "A.8": (0, 0, 1), "A.8.16": (0, 0, 1)}
    assert report.by_theme()["audit"].total == 2
    assert [one.question.id for one in report.missing_first()] == ["9.1/9"]
    assert report.answers[0].contact == "Jon Brandt"


@pytest.mark.parametrize("language", ["en", "de"])
def test_all_questions_are_answered_by_an_empty_plant_as_missing_and_the_report_prints(store: Store, language: str) -> None:
    report = rehearsed(store, *ALL, language=language)
    assert (report.count().missing, report.count().total) == (len(ALL), len(ALL))
    text = rehearsal_text.markdown(report)
    first = report.missing_first()[0].question
    assert text.index(first.requirements[0]) < text.index(rehearsal_text.WORDS["by clause"].label(language))
    assert len(report.as_plain()["answers"]) == len(ALL) and rehearsal_text.terminal(report)
