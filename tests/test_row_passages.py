"""Prose in rows is found: passages follow the rows, and only their readers get them."""

from pathlib import Path

from knowledge import row_passages, standards
from knowledge.registers import REGISTERS, Passage
from tests.records import a_risk, a_store, writing


def test_passages_follow_the_rows_as_they_are_written_changed_and_taken_out(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    with writing(store) as book:
        book.create("risk", a_risk(id="R-001", justification="We decided to keep the camera."))
        book.create("competence", {"topic": "ai", "shown_by": "a private matter", "owner": "P-002"})
    fresh, gone = row_passages.synchronise(store)
    assert {passage.source_id for passage in fresh} == {"row:R-001"} and not gone
    assert "We decided to keep the camera." in fresh[0].text and fresh[0].heading == "R-001 Poisoned images"
    assert row_passages.synchronise(store) == ([], [])
    with writing(store) as book:
        book.change("risk", "R-001", {"justification": "We replaced the camera.", "audience": "role:isms_manager"})
    fresh, gone = row_passages.synchronise(store)
    assert [passage.audience for passage in fresh] == ["role:isms_manager"] and len(gone) == 1
    with writing(store) as book:
        book.retire("risk", "R-001", "no longer run")
    assert len(row_passages.synchronise(store)[1]) == 1
    store.close()


def test_what_ships_and_what_stands_in_rows_do_not_displace_each_other(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    with writing(store) as book:
        book.create("risk", a_risk(id="R-001"))
    standards.synchronise(store)
    row_passages.synchronise(store)
    assert standards.synchronise(store) == ([], []) and row_passages.synchronise(store) == ([], [])
    with store.read() as session:
        assert session.get(Passage, row_passages.of_row(REGISTERS["risk"], session.get(REGISTERS["risk"].model, "R-001"))[0].id)
    store.close()
