"""`annexa journal`: verify, anchor, export."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from assistant.commands import journal
from assistant.config import Settings
from knowledge.errors import JournalBroken, NotAllowed, WrongSchema
from tests.records import NOW, TODAY, a_risk, a_store, tamper, writing


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    store = a_store(tmp_path)
    for number in range(3):
        with writing(store, now=NOW + timedelta(days=number)) as book:
            book.create("risk", a_risk(name=f"Risk {number}"))
    store.close()
    return Settings(data=tmp_path, database_url=store.url, now=NOW + timedelta(days=400))


def sql(settings: Settings, statements: str) -> None:
    tamper(settings.url, statements)


def test_a_whole_journal_is_said_to_be_whole(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert journal.verify(settings) == 0
    assert capsys.readouterr().out.startswith("journal: whole, 6 entries, head ")


def test_an_altered_entry_is_named(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    sql(settings, "UPDATE journal_entry SET action = 'retire' WHERE sequence = 5")
    assert journal.verify(settings) == 1
    assert "entry 5 was altered or stands in another place" in capsys.readouterr().err


def test_an_anchor_shows_a_tail_cut_off(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert journal.anchor(settings) == 0
    assert " 6 " in capsys.readouterr().out
    sql(
        settings,
        "DELETE FROM journal_entry WHERE sequence = 6; UPDATE journal_head SET count = 5, hash = (SELECT hash FROM journal_entry WHERE sequence = 5)",
    )
    assert journal.verify(settings) == 1
    assert "entry 6 is missing: an anchor knows 6 entries" in capsys.readouterr().err


def test_an_anchor_that_was_not_signed_here_is_refused(settings: Settings) -> None:
    journal.anchor(settings)
    path = settings.data / journal.ANCHORS
    path.write_text(path.read_text("utf-8").replace(" 6 ", " 5 "), "utf-8")
    with pytest.raises(JournalBroken, match="line 1: this installation did not sign that anchor"):
        journal.verify(settings)


def test_anchors_kept_elsewhere_are_used_when_named(settings: Settings, tmp_path: Path) -> None:
    journal.anchor(settings)
    kept = (settings.data / journal.ANCHORS).rename(tmp_path / "copy.txt")
    assert journal.verify(settings, anchors=kept) == 0
    with pytest.raises(JournalBroken, match="the anchors cannot be read"):
        journal.verify(settings, anchors=tmp_path / "nowhere.txt")


def test_old_entries_are_exported_anchored_and_still_verify(settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "old.jsonl"
    journal.export(settings, file, TODAY + timedelta(days=1), "mira@plant.example")
    assert "5 entries up to 2026-05-05" in capsys.readouterr().out
    assert journal.verify(settings) == 0 and journal.verify(settings, file) == 0


def test_staff_do_not_export_the_journal(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(NotAllowed, match="journal: the role owner may not read it"):
        journal.export(settings, tmp_path / "old.jsonl", date(2026, 12, 31), "ada@plant.example")


def test_without_a_plant_there_is_no_journal(tmp_path: Path) -> None:
    with pytest.raises(WrongSchema, match="The database is at revision none, .* annexa init makes it"):
        journal.verify(Settings(data=tmp_path))
