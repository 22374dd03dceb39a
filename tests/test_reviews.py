"""The management review: every input of 9.3.2 from the registers, nothing invented, decisions carried forward; the improvement log without duplicates."""

import io
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import docx
import pytest

from assistant import printing
from assistant.assurance.plant import seen_by
from assistant.assurance.steering import improvements, reviews
from knowledge.errors import NotAllowed
from knowledge.registers import REGISTERS
from tests.assured import TODAY, a_plant_of, a_row
from tests.records import ADA, CONTEXT, MIRA, NOW, a_store, somebody, writing

SINCE = date(2025, 5, 20)
OTHER = somebody("isms_manager", "P-003")
"""Who decides about what Mira proposed."""


def by_column(plant: Any, tongue: str = "en", gaps: tuple[str, ...] = ()) -> dict[str, reviews.Input]:
    return {one.column: one for one in reviews.inputs(plant, SINCE, gaps, tongue)}


def test_every_input_is_a_column_of_the_review_and_says_plainly_when_nothing_is_recorded() -> None:
    found = reviews.inputs(a_plant_of())
    assert [one.clause for one in found] == [
        "9.3.2 a",
        "9.3.2 b",
        "9.3.2 c",
        *["9.3.2 d"] * 4,
        "9.3.2 e",
        "9.3.2 f",
        "9.3.2 g",
        "9.3.2 d",
        "9.3.2 g",
    ]
    assert all(REGISTERS["management_review"].column(one.column) for one in found)
    assert {one.told("en", TODAY) for one in found} == {"As of 2026-05-04: Nothing recorded."}
    assert {one.told("de", TODAY) for one in reviews.inputs(a_plant_of(), tongue="de")} == {"Stand 2026-05-04: Nichts erfasst."}


def old(**more: Any) -> dict[str, Any]:
    return {"changed_at": datetime(2024, 1, 1, tzinfo=UTC), "created_at": datetime(2024, 1, 1, tzinfo=UTC), **more}


def test_facts_name_their_row_and_what_is_older_than_the_last_review_is_left_out() -> None:
    plant = a_plant_of(
        issue=[a_row("issue", "IS-1", name="NIS2", effect="reporting"), a_row("issue", "IS-2", name="Old", **old())],
        finding=[a_row("finding", "F-1", grade="minor", title="x", open=True), a_row("finding", "F-2", grade="opportunity", title="Film", reported_on=TODAY, open=False)],
        corrective_action=[a_row("corrective_action", "CA-1", title="Lock", due_date=date(2026, 5, 1))],
        kpi=[a_row("kpi", "KPI-1", name="Detect", unit="h", target=8, direction="down")],
        measurement=[a_row("measurement", "ME-1", kpi="KPI-1", measured_on=TODAY, value=9)],
        risk=[a_row("risk", "R-1", name="Poison", current_likelihood=4, current_impact=4)],
        incident=[a_row("incident", "INC-1", title="Missed pores", ai_incident=True, status="closed", lesson="Ask", detected_at=datetime(2026, 4, 1, tzinfo=UTC))],
        supplier=[a_row("supplier", "SUP-1", name="Nimbra", ai_vendor=True, contract_start=date(2026, 1, 1))],
        ai_system=[a_row("ai_system", "AI-1", name="WeldEye", **old()), a_row("ai_system", "AI-2", name="HallPilot", started_on=date(2026, 2, 1))],
    )  # fmt: skip
    found = by_column(plant, gaps=("May we send photos to the machine maker?",))
    assert [(one.text, one.source) for one in found["context_changes"].facts] == [("NIS2: reporting", "row:IS-1")]
    assert "Lock: reported, -, due 2026-05-01, overdue" in found["nonconformities"].told("en", TODAY)
    assert found["measurements"].facts[0].text == "Detect: 9 h (2026-05-04), target 8: missed"
    assert "Poison: 16, above the threshold 9; no treatment" in found["risks"].facts[1].text
    assert [one.text.split(":")[0] for one in found["ai"].facts] == ["AI incident", "new AI system", "new AI vendor"]
    assert found["policy_gaps"].facts[0].text == "May we send photos to the machine maker?"
    assert by_column(plant, "de")["measurements"].facts[0].text.endswith("Ziel 8: verfehlt")


def test_a_meeting_on_one_matter_is_no_review_and_decisions_written_as_text_are_not_lost() -> None:
    inputs = {one.column: "x" for one in reviews.inputs(a_plant_of()) if one.column != "policy_gaps"}
    rows = [
        a_row("management_review", "MR-1", title="Whole", state="done", held_on=date(2026, 1, 2), decisions="1. Second post", **inputs),
        a_row("management_review", "MR-2", title="Case 1", state="done", held_on=date(2026, 4, 2), risks="R-015"),
    ]
    plant = a_plant_of(management_review=rows)
    assert reviews.last_held(plant) == date(2026, 1, 2)
    assert [one.text for one in reviews.inputs(plant)[0].facts] == ["Whole: 1. Second post (state not recorded)"]
    assert reviews.last_held(a_plant_of(management_review=rows[1:])) == date(2026, 4, 2)


def test_open_decisions_come_first_in_the_next_review_and_the_next_review_gets_them_as_a_proposal(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    with writing(store) as book:
        book.create("management_review", {"title": "Last year", "held_on": "2025-05-20", "state": "done"})
        book.create("management_review", {"title": "This year", "held_on": "2026-06-01", "state": "planned", "participants": ["Mira Voss"]})
        reviews.decide(book, "MR-2026-001", "Second post for OT", "P-002", date(2026, 4, 1))
        done = reviews.decide(book, "MR-2026-001", "Film for nights", "P-002", None)
    with writing(store) as book:
        book.change("improvement", done, {"state": "done"})
        plant = seen_by(book.session, MIRA, CONTEXT)
        found = reviews.inputs(plant)
        assert [one.text for one in found[0].facts] == [
            "Second post for OT: open, Ada Kern, due 2026-04-01, overdue",
            "Film for nights: done, Ada Kern, due -",
        ]
        proposal = reviews.propose(book, plant)
    with writing(store, OTHER) as book:
        book.decide(proposal, True)
    with store.read() as session:
        plant = seen_by(session, MIRA, CONTEXT)
        review = plant.row("management_review", "MR-2026-002")
        assert review and "Second post for OT: open" in review.previous_actions and review.state == "planned"
        text, head = reviews.printed(plant, plant.row("management_review", "MR-2026-001"))
    words = "\n".join(paragraph.text for paragraph in docx.Document(io.BytesIO(printing.docx(text, head))).paragraphs)
    assert "Decisions (9.3.3)" in words and "Nothing recorded." in words
    assert printing.pdf(text, head).startswith(b"%PDF")
    with pytest.raises(NotAllowed), writing(store, ADA) as book:
        reviews.decide(book, "MR-2026-001", "x", "P-002", None)
    store.close()


def test_what_readers_of_the_review_may_not_see_is_neither_proposed_nor_printed() -> None:
    hidden = {"audience": "department:legal"}
    plant = a_plant_of(
        incident=[a_row("incident", "INC-1", title="Insider", ai_incident=True, detected_at=datetime(2026, 4, 1, tzinfo=UTC), **hidden)],
        risk=[a_row("risk", "R-1", name="Insider", current_likelihood=5, current_impact=5, **hidden)],
        management_review=[
            a_row("management_review", "MR-1", title="For all"),
            a_row("management_review", "MR-2", title="For legal", **hidden),
        ],
    )
    texts = [reviews.printed(plant, review)[0] for review in plant.rows("management_review")]
    assert [text.count("Insider") for text in texts] == [0, 2]
    assert "Insider" in reviews.inputs(plant)[-2].told("en", TODAY), "on one's own page it stands"


def test_lessons_are_proposed_once_from_incidents_audits_and_unanswered_questions(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    with writing(store) as book:
        book.create("audit", {"title": "Of the year", "type": "internal"})
        for title, lesson in (("Pores", "Ask first"), ("Known", "In the log"), ("None", "")):
            book.create("incident", {"title": title, "lesson": lesson, "owner": "P-002"})
        book.create("improvement", {"title": "Log", "incident": "INC-2026-002"})
        for title, grade in (("Doors", "observation"), ("Film", "opportunity"), ("Gap", "minor"), ("Treated", "observation")):
            book.create("finding", {"title": title, "grade": grade, "audit": "AU-2026-001"})
        book.create("corrective_action", {"title": "x", "finding": "F-2026-004"})
    with writing(store) as book:
        plant = seen_by(book.session, MIRA, CONTEXT)
        found = improvements.lessons(plant, ["Sticks of measuring firms?", "Sticks of measuring firms?"])
        assert [(one.origin, one.incident or one.finding) for one in found] == [
            ("incident", "INC-2026-001"), ("audit", "F-2026-001"), ("audit", "F-2026-002"), ("unanswered question", ""),
        ]  # fmt: skip
        first, *_ = improvements.propose(book, plant, found, TODAY)
    with writing(store, OTHER) as book:
        book.decide(first, False, "known already")
    with writing(store) as book:
        plant = seen_by(book.session, MIRA, CONTEXT)
        assert improvements.propose(book, plant, improvements.lessons(plant, ["sticks of  Measuring firms?"]), TODAY) == []
    assert NOW.date() == TODAY
    store.close()
