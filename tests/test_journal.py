"""The journal: written with the change, refused to be altered, and every alteration found and named."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlmodel import select

from knowledge.errors import JournalBroken, RowRefused
from knowledge.registers import JournalBody, JournalEntry, Store, journal
from tests.engines import Engine
from tests.records import NOW, TODAY, a_risk, a_store, tamper, writing


@pytest.fixture
def store(tmp_path: Path, engine: Engine) -> Iterator[Store]:
    """A plant whose journal has eight entries: three people and five risks."""
    made = a_store(tmp_path, engine)
    for number in range(5):
        with writing(made, now=NOW + timedelta(days=number)) as book:
            book.create("risk", a_risk(name=f"Risk number {number}"))
    yield made
    made.close()


def verdict(store: Store, anchors: list[tuple[int, str]] | None = None) -> journal.Verdict:
    with store.read() as session:
        return journal.verify(session, anchors or [])


def test_every_change_is_written_down_with_who_when_and_what(store: Store) -> None:
    with writing(store) as book:
        book.change("risk", "R-002", {"current_likelihood": 5})
    with store.read() as session:
        entry = session.get(JournalEntry, 9)
        body = session.get(JournalBody, 9)
    assert entry and body
    assert (entry.actor, entry.action, entry.object, entry.at) == ("P-001", "change", "risk R-002", NOW)
    assert body.body == {"before": {"current_likelihood": 3}, "after": {"current_likelihood": 5}}
    assert verdict(store).whole and verdict(store).count == 9


def test_a_change_that_fails_leaves_neither_row_nor_entry(store: Store) -> None:
    def two_risks() -> None:
        with writing(store) as book:
            book.create("risk", a_risk(name="First"))
            book.create("risk", a_risk(name=""))

    with pytest.raises(RowRefused):
        two_risks()
    assert verdict(store).count == 8


@pytest.mark.parametrize(
    "sql", ["UPDATE journal_entry SET actor = 'P-002' WHERE sequence = 4", "DELETE FROM journal_entry WHERE sequence = 4"]
)
def test_the_database_itself_refuses_to_alter_the_chain(store: Store, sql: str) -> None:
    with pytest.raises(DatabaseError, match="the journal is append-only"):
        tamper(store.url, sql, protected=True)


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        ("UPDATE journal_entry SET actor = 'P-002' WHERE sequence = 4", "entry 4 was altered or stands in another place"),
        ("UPDATE journal_entry SET at = '2020-01-01 00:00:00.000000' WHERE sequence = 6", "entry 6 was altered or stands in another place"),
        ("UPDATE journal_body SET body = '{\"after\":{}}' WHERE sequence = 5", "the body of entry 5 was altered"),
        ("DELETE FROM journal_body WHERE sequence = 5", "the body of entry 5 is missing"),
        ("DELETE FROM journal_entry WHERE sequence = 4", "entry 4 is missing"),
        ("DELETE FROM journal_entry WHERE sequence = 1", "entry 1 is missing"),
        ("DELETE FROM journal_entry WHERE sequence = 8", "entry 8 is missing: the journal ends early, its head knows 8 entries"),
        (
            "UPDATE journal_entry SET sequence = 99 WHERE sequence = 4; UPDATE journal_entry SET sequence = 4 WHERE sequence = 5;"
            "UPDATE journal_entry SET sequence = 5 WHERE sequence = 99",
            "entry 4 was altered or stands in another place",
        ),
        (
            "UPDATE journal_head SET start = 3, start_hash = (SELECT hash FROM journal_entry WHERE sequence = 3);"
            "DELETE FROM journal_entry WHERE sequence <= 3",
            "entries up to 3 are missing: no export of them is written down",
        ),
    ],
)
def test_tampering_is_found_and_the_first_entry_named(store: Store, sql: str, problem: str) -> None:
    tamper(store.url, sql)
    assert verdict(store).problem == problem


def test_a_cut_tail_is_found_by_the_anchor_even_when_the_head_was_changed_too(store: Store) -> None:
    whole = verdict(store)
    cut = "DELETE FROM journal_entry WHERE sequence > 6; UPDATE journal_head SET count = 6, hash = (SELECT hash FROM journal_entry WHERE sequence = 6)"
    tamper(store.url, cut)
    assert verdict(store).whole
    assert verdict(store, [(whole.count, whole.hash)]).problem == "entry 7 is missing: an anchor knows 8 entries"


def test_a_chain_written_anew_is_found_by_the_anchor(store: Store, tmp_path: Path) -> None:
    whole = verdict(store)
    (tmp_path / "other").mkdir()
    other = a_store(tmp_path / "other")
    for number in range(5):
        with writing(other, now=NOW + timedelta(days=number)) as book:
            book.create("risk", a_risk(name=f"Harmless {number}"))
    assert verdict(other).whole
    assert verdict(other, [(whole.count, whole.hash)]).problem == "entry 8 is another than when it was anchored: the chain was written anew"


def test_a_body_can_be_forgotten_and_the_chain_still_holds(store: Store) -> None:
    with store.write() as session:
        journal.blank(session, 2)
    with store.read() as session:
        body = session.get(JournalBody, 2)
    assert body and (body.body, body.salt) == (None, None)
    assert verdict(store).whole


def test_old_entries_leave_by_export_and_the_rest_still_verifies(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    later = NOW + timedelta(days=400)
    assert journal.export(store, file, TODAY + timedelta(days=1), "P-001", later) == 5
    assert verdict(store).whole and verdict(store).count == 9
    with store.read() as session:
        assert [entry.sequence for entry in session.exec(select(JournalEntry))] == [6, 7, 8, 9]
    assert journal.verify_export(file).whole and journal.verify_export(file).count == 5
    assert journal.export(store, tmp_path / "more.jsonl", TODAY + timedelta(days=2), "P-001", later) == 1
    assert verdict(store).whole and journal.verify_export(tmp_path / "more.jsonl").whole


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda text: text.replace('"actor":"P-001"', '"actor":"P-002"'), "entry 4 was altered or stands in another place"),
        (lambda text: text.replace("Risk number 0", "Nothing"), "the body of entry 4 was altered"),
        (lambda text: text.rsplit("\n", 2)[0] + "\n", "entry 5 is missing: the file ends early"),
    ],
)
def test_an_altered_export_is_found(store: Store, tmp_path: Path, spoil: Callable[[str], str], problem: str) -> None:
    file = tmp_path / "journal.jsonl"
    journal.export(store, file, TODAY + timedelta(days=1), "installation", NOW)
    file.write_text(spoil(file.read_text("utf-8")), "utf-8")
    assert journal.verify_export(file).problem == problem


def test_an_export_never_overwrites_a_file_and_takes_nothing_out_then(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "taken.jsonl"
    file.write_text("mine", "utf-8")
    with pytest.raises(JournalBroken, match="cannot be written .File exists.; name a new file"):
        journal.export(store, file, TODAY, "P-001", NOW)
    assert file.read_text("utf-8") == "mine" and verdict(store).count == 8


def test_a_broken_journal_is_not_exported(store: Store, tmp_path: Path) -> None:
    tamper(store.url, "UPDATE journal_entry SET actor = 'x' WHERE sequence = 2")
    with pytest.raises(JournalBroken, match=re.escape("entry 2 was altered")):
        journal.export(store, tmp_path / "out.jsonl", TODAY, "P-001", NOW)


def test_two_entries_never_get_the_same_place(store: Store) -> None:
    with pytest.raises(IntegrityError), store.write() as session:
        session.add(JournalEntry(sequence=8, at=NOW, actor="x", action="y", object="z", body_hash="", hash=""))
