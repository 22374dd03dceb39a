"""Answers to open questions of drafts, said in a conversation: a dialogue is what a person says and what comes of it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.answering.shape import Answer
from assistant.contributions import Contributions
from assistant.conversation import as_reply
from assistant.drafting import life, marks, open_points, suggestions
from assistant.drafting.drafter import Drafter
from assistant.drafting.life import Version
from assistant.drafting.threats import Near
from assistant.identity import PUBLIC, Asker
from knowledge.errors import NotAllowed
from knowledge.registers import Store
from tests.records import ADA, JON, MIRA, NOW, a_store, somebody, writing

NUMBER = "IS-PRO-01"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = a_store(tmp_path)
    drafter = a_drafter(made)
    drafter.keep(MIRA, drafter.document(MIRA, "corrective-action-procedure"))
    yield made
    made.close()


def a_drafter(store: Store) -> Drafter:
    return Drafter(store, lambda questions, _: [[] for _ in questions], lambda _: Near(), lambda _: [], lambda _: None, lambda: NOW)


def say(store: Store, text: str, who: Asker = MIRA, thread: str | None = None, channel: str = "") -> Answer | None:
    return Contributions(store, a_drafter(store), lambda: NOW).taken_up(text, who, thread, channel)


def draft(store: Store) -> Version:
    with store.read() as session:
        return life.in_work(session, MIRA, NUMBER)


def number_of(store: Store, key: str) -> int:
    return [point.key for point in open_points.points_of(draft(store).text.draft)].index(key) + 1


def test_an_answer_is_shown_back_and_enters_the_text_when_somebody_who_may_write_says_yes(store: Store) -> None:
    asked = number_of(store, "retention")
    first = say(store, f"for {NUMBER}: the years that closed cases are kept are 7 years")
    assert first and first.status == "clarify" and first.claims[0].text == f"{NUMBER}, question {asked}: “7 years” is suggested."
    assert first.citations[0].quote in draft(store).text.markdown and first.follow_ups == ["Yes", "No"]
    assert asked in marks.asked_in(draft(store).text.markdown), "nothing is in the text yet"
    then = say(store, "yes", thread=first.thread)
    assert then and then.status == "answered" and f"draft of {NUMBER} now" in then.gaps[0]
    assert "7 years" in draft(store).text.markdown and asked not in marks.asked_in(draft(store).text.markdown)


def test_in_german_and_dropped(store: Store) -> None:
    first = say(store, f"für {NUMBER}: {number_of(store, 'retention')}: 7 Jahre nach dem Abschluss des Falls")
    assert first and first.language == "de" and "ist vorgeschlagen" in first.claims[0].text
    then = say(store, "nein", thread=first.thread)
    assert then and "Verworfen" in then.gaps[0]
    assert [one.state for one in suggestions.kept(draft(store).text.draft)] == ["dropped"]


def test_the_list_names_who_can_answer_and_numbers_answer_it(store: Store) -> None:
    listed = say(store, f"which questions are open in {NUMBER}?", ADA)
    assert listed and listed.table and listed.table.columns == ["Document", "No.", "Question", "Who can answer"]
    assert {row[3] for row in listed.table.rows} == {"Mira Voss"}
    place = number_of(store, "report_place")
    then = say(store, f"{place}: the box at gate 3", ADA, listed.thread)
    assert then and f"question {place}: “the box at gate 3”" in then.claims[0].text
    assert "Somebody who may write" in then.gaps[0] and not then.follow_ups
    refused = say(store, "yes", ADA, then.thread)
    assert refused and "may not change" in refused.gaps[0] and "gate 3" not in draft(store).text.markdown
    reply = as_reply(then)
    assert "gate 3" in reply.paragraphs[0] and reply.citations[0].url.startswith("/versions/")


def test_several_answers_at_once_and_who_gave_them_does_not_approve(store: Store) -> None:
    one, other = number_of(store, "wait_major"), number_of(store, "wait_minor")
    first = say(store, f"for {NUMBER}: {one}: 14 days\n{other}: 30 days", JON)
    assert first and len(first.claims) == 2
    [made] = suggestions.kept(draft(store).text.draft)
    a_drafter(store).take_now(MIRA, draft(store).text.version_id, made.id, made.digest)
    assert draft(store).text.written_by == ["P-001", "P-003"]


@pytest.mark.parametrize("said", ["30 days", "the weather is fine today", "make it shorter"])
def test_which_question_is_meant_is_asked_where_it_is_not_plain(store: Store, said: str) -> None:
    told = say(store, f"for {NUMBER}: {said}")
    assert told and told.status == "clarify" and "Which question" in told.gaps[0] and told.table and len(told.table.rows) > 1
    assert suggestions.kept(draft(store).text.draft) == []


@pytest.mark.parametrize(
    "said",
    [
        f"{NUMBER}: who restores programs?",
        "IS-PRO-99: the retention is 30 days",
        "A-012: the owner is Ada",
        "Which risks are open?",
        "yes",
        "3: 30 days",
    ],
)
def test_everything_else_is_a_question_like_any_other(store: Store, said: str) -> None:
    assert say(store, said) is None


@pytest.mark.parametrize("who", [somebody("auditor", "P-002"), replace(MIRA, audiences=PUBLIC), Asker()])
def test_who_may_not_propose_or_not_see_the_draft_changes_nothing(store: Store, who: Asker) -> None:
    told = say(store, f"for {NUMBER}: retention = 7 years", who)
    assert told is None or not told.claims
    assert suggestions.kept(draft(store).text.draft) == []


def test_a_suggestion_in_a_thread_of_somebody_else_is_not_taken(store: Store) -> None:
    first = say(store, f"for {NUMBER}: retention = 7 years")
    assert first
    with pytest.raises(NotAllowed, match="no such conversation"):
        say(store, "yes", ADA, first.thread)


def test_a_suggestion_that_was_taken_on_the_page_is_not_taken_again(store: Store) -> None:
    first = say(store, f"for {NUMBER}: retention = 7 years")
    assert first
    with writing(store) as book:
        [made] = suggestions.kept(draft(store).text.draft)
        suggestions.take(book, draft(store).text.version_id, 1, made.id, made.digest)
    then = say(store, "yes", thread=first.thread)
    assert then and "taken already" in then.gaps[0]
