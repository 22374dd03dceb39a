"""Prose in rows is found: passages are written with the rows, found by their words at once, and only their readers get them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import col

from knowledge import row_passages, standards
from knowledge.errors import NoSuchRow
from knowledge.index import Index
from knowledge.registers import Passage, Store
from tests.builders import WordEncoder
from tests.engines import Engine
from tests.records import a_risk, a_store, an_asset, writing

STAFF = frozenset({"staff"})
CAMERA = "We decided to keep the camera."


@pytest.fixture
def store(tmp_path: Path, engine: Engine) -> Iterator[Store]:
    made = a_store(tmp_path, engine)
    yield made
    made.close()


def an_index(store: Store) -> Index:
    index = Index(store, WordEncoder())  # type: ignore[arg-type]
    index.open()
    row_passages.follow(store, index)
    return index


def found(index: Index, words: str, audiences: frozenset[str] = STAFF) -> list[str]:
    """Sources of the passages that share words with these."""
    return sorted(hit.source_id for hit in index.search(index.read(words), audiences) if hit.coverage)


def kept(store: Store) -> dict[str, Passage]:
    with store.read() as session:
        return {row.source_id: row for row in session.execute(select(Passage).where(col(Passage.kind) == row_passages.KIND)).scalars()}


def test_a_row_is_found_by_its_words_as_soon_as_it_is_committed_and_by_its_meaning_later(store: Store) -> None:
    index = an_index(store)
    with writing(store) as book:
        book.create("risk", a_risk(id="R-001", justification=CAMERA))
        book.create("competence", {"topic": "ai", "shown_by": "a private camera", "owner": "P-002"})
    assert found(index, "decided camera") == ["row:R-001"] and index.waiting == 1
    assert index.search(index.read("decided camera"), STAFF)[0].cosine == 0
    index.embed_waiting()
    assert index.waiting == 0 and index.search(index.read("decided camera"), STAFF)[0].cosine > 0
    assert kept(store)["row:R-001"].heading == "R-001 Poisoned images"


def test_a_changed_row_is_found_by_its_new_words_alone_and_one_taken_out_not_at_all(store: Store) -> None:
    index = an_index(store)
    with writing(store) as book:
        book.create("risk", a_risk(id="R-001", justification=CAMERA))
    with writing(store) as book:
        book.change("risk", "R-001", {"justification": "We replaced the lens."})
    assert found(index, "decided") == [] and found(index, "lens") == ["row:R-001"]
    with writing(store) as book:
        book.change("risk", "R-001", {"name": "Unicorns"})
    assert found(index, "unicorns") == ["row:R-001"], "the name is the heading of its passages"
    with writing(store) as book:
        book.retire("risk", "R-001", "no longer run")
    assert found(index, "lens") == [] and kept(store) == {}


def test_a_row_that_is_withdrawn_from_readers_is_hidden_from_them_though_no_word_of_it_changed(store: Store) -> None:
    index = an_index(store)
    with writing(store) as book:
        book.create("risk", a_risk(id="R-001", justification=CAMERA))
    with writing(store) as book:
        book.change("risk", "R-001", {"audience": "role:isms_manager"})
    assert found(index, "decided") == []
    assert found(index, "decided", frozenset({"role:isms_manager"})) == ["row:R-001"]


def abandon(store: Store) -> None:
    with writing(store) as book:
        book.create("risk", a_risk(id="R-001", justification=CAMERA))
        book.retire("risk", "R-404", "there is no such risk")


def test_what_is_not_committed_is_not_found(store: Store) -> None:
    index = an_index(store)
    with pytest.raises(NoSuchRow):
        abandon(store)
    assert found(index, "decided") == [] and index.waiting == 0


def test_rows_of_two_registers_with_one_id_keep_their_passages_apart(store: Store) -> None:
    index = an_index(store)
    with writing(store) as book:
        book.create("risk", a_risk(id="7", justification=CAMERA))
        book.create("asset", an_asset(id="7", description="It is made of brass."))
    with writing(store) as book:
        book.retire("risk", "7", "no longer run")
    assert found(index, "brass decided") == ["row:asset:7"]


def test_rows_written_without_an_index_are_embedded_when_one_is_opened_but_very_many_wait(store: Store) -> None:
    row_passages.follow(store)
    with writing(store) as book:
        book.create("risk", a_risk(id="R-001", justification=CAMERA))
    assert an_index(store).waiting == 0
    with writing(store) as book:
        for number in range(1_001):
            book.create("asset", an_asset(name=f"Asset {number}", description=f"It stands in place {number}."))
    index = an_index(store)
    assert index.waiting == 1_001 and found(index, "decided camera") == ["row:R-001"]
    index.embed_waiting(stop=lambda: index.waiting < 1_000)
    assert index.waiting == 501, "it can be stopped, and goes on where it was"
    again = an_index(store)
    assert again.waiting == 0, "few are left, so they are made at once"


def test_rows_that_were_written_before_there_were_passages_get_theirs(store: Store) -> None:
    with writing(store) as book:
        book.create("risk", a_risk(id="R-001", justification=CAMERA))
    assert not row_passages.there(store)
    assert row_passages.synchronise(store) == (1, 0) and row_passages.there(store)
    assert row_passages.synchronise(store) == (0, 0)
    with writing(store) as book:
        book.change("risk", "R-001", {"justification": "We replaced the camera.", "audience": "role:isms_manager"})
    assert row_passages.synchronise(store) == (1, 1)
    assert kept(store)["row:R-001"].audience == "role:isms_manager"


def test_what_ships_and_what_stands_in_rows_do_not_displace_each_other(store: Store) -> None:
    with writing(store) as book:
        book.create("risk", a_risk(id="R-001"))
    standards.synchronise(store)
    row_passages.synchronise(store)
    assert standards.synchronise(store) == ([], []) and row_passages.synchronise(store) == (0, 0)
    assert "row:R-001" in kept(store)
