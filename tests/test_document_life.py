"""A document from its draft to the rule that is quoted, and who may take which step."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlmodel import select

from assistant import identity
from assistant.drafting import life, marks
from assistant.drafting.documents import Draft
from assistant.identity import Asker
from knowledge.errors import ChangedMeanwhile, NotAllowed, RowRefused
from knowledge.registers import Acknowledgement, DocumentVersion, Passage, Store, journal, records, sqlite_url

NOW = datetime(2026, 11, 3, 8, tzinfo=UTC)
TEXT = "## 1 Purpose\n\nPLC programs are kept.\n\n## 2 Rules\n\nThe shift lead keeps a copy for 90 days.[^1]\n"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(sqlite_url(tmp_path / "annexa.db"))
    made.migrate()
    for name, role in (("Mira", "isms_manager"), ("Nora", "isms_manager"), ("Jan", "approver"), ("Emil", "staff")):
        identity.add_person(made, name, f"{name.lower()}@plant.example", role)
    yield made
    made.close()


def asker(store: Store, name: str) -> Asker:
    return identity.asker(store, f"{name}@plant.example")


def a_draft(text: str = TEXT, kind: str = "policy") -> Draft:
    return Draft("backup", kind, "IS-POL-07", "Backup policy", "en", "internal", "staff", None, "", text, (), (), date(2026, 11, 3))


def begun(store: Store, draft: Draft | None = None) -> int:
    with records.writing(store, asker(store, "mira"), NOW) as book:
        found = life.begin(book, draft or a_draft())
        assert found.version.id is not None
        return found.version.id


def submitted(store: Store) -> int:
    id_ = begun(store)
    with records.writing(store, asker(store, "mira"), NOW) as book:
        life.submit(book, id_, 1)
    return id_


def test_a_draft_becomes_the_rule_and_its_readers_are_asked_to_confirm_it(store: Store) -> None:
    id_ = submitted(store)
    with records.writing(store, asker(store, "jan"), NOW) as book:
        found, published = life.approve(book, id_, 2)
    assert [passage.text for passage in published.fresh] == ["PLC programs are kept.", "The shift lead keeps a copy for 90 days."]
    with store.read() as session:
        version = session.get_one(DocumentVersion, id_)
        assert (version.state, version.approver, version.approved_on, version.next_review) == (
            "approved",
            "Jan",
            NOW.date(),
            date(2027, 11, 3),
        )
        assert len(session.exec(select(Acknowledgement)).all()) == 4
        assert journal.verify(session).whole
    assert found.text.content_hash


def test_author_cannot_approve_their_own_text_nor_can_anybody_who_wrote_in_it(store: Store) -> None:
    id_ = begun(store)
    with records.writing(store, asker(store, "nora"), NOW) as book:
        life.write(book, id_, 1, TEXT + "\nMore.\n")
    with records.writing(store, asker(store, "mira"), NOW) as book:
        life.submit(book, id_, 2)
    for name in ("mira", "nora"):
        with pytest.raises(NotAllowed, match="somebody else approves"), records.writing(store, asker(store, name), NOW) as book:
            life.approve(book, id_, 3)


def test_staff_neither_write_nor_approve(store: Store) -> None:
    id_ = submitted(store)
    with pytest.raises(NotAllowed), records.writing(store, asker(store, "emil"), NOW) as book:
        life.approve(book, id_, 2)
    with pytest.raises(NotAllowed), records.writing(store, asker(store, "emil"), NOW) as book:
        life.begin(book, a_draft())


def test_nobody_approves_past_the_review_by_changing_the_register(store: Store) -> None:
    submitted(store)
    with pytest.raises(RowRefused, match="submit it"), records.writing(store, asker(store, "mira"), NOW) as book:
        book.change("document", "IS-POL-07", {"state": "approved", "approver": "Mira"})


def test_a_stale_page_and_a_second_approval_are_refused(store: Store) -> None:
    id_ = submitted(store)
    with pytest.raises(ChangedMeanwhile), records.writing(store, asker(store, "jan"), NOW) as book:
        life.approve(book, id_, 1)
    with records.writing(store, asker(store, "jan"), NOW) as book:
        life.approve(book, id_, 2)
    with pytest.raises(RowRefused, match="it is approved"), records.writing(store, asker(store, "jan"), NOW) as book:
        life.approve(book, id_, 3)


def test_what_is_still_to_be_decided_is_not_submitted(store: Store) -> None:
    id_ = begun(store, a_draft("## 1 Rules\n\nKept for [to decide: question 1, How long?].\n"))
    with pytest.raises(RowRefused, match="1 places"), records.writing(store, asker(store, "mira"), NOW) as book:
        life.submit(book, id_, 1)


def test_a_new_version_leaves_the_old_one_in_force_until_it_is_approved(store: Store) -> None:
    first = submitted(store)
    with records.writing(store, asker(store, "jan"), NOW) as book:
        life.approve(book, first, 2)
    second = begun(store, a_draft(TEXT.replace("90", "30")))
    with store.read() as session:
        assert [version.version for version in life.versions(session, asker(store, "mira"), "IS-POL-07")] == ["1.1", "1.0"]
        assert session.get_one(DocumentVersion, first).current
    with records.writing(store, asker(store, "mira"), NOW) as book:
        life.submit(book, second, 1)
    with records.writing(store, asker(store, "jan"), NOW) as book:
        _, published = life.approve(book, second, 2)
    with store.read() as session:
        assert session.get_one(DocumentVersion, first).state == "retired"
        assert len(published.gone) == 2
        current = session.exec(select(Passage.text).where(Passage.current)).all()
    assert "The shift lead keeps a copy for 30 days." in current and "The shift lead keeps a copy for 90 days." not in current


def test_changes_are_requested_with_a_reason_and_made(store: Store) -> None:
    id_ = submitted(store)
    with pytest.raises(RowRefused, match="what has to be changed"), records.writing(store, asker(store, "jan"), NOW) as book:
        life.request_changes(book, id_, 2, " ")
    with records.writing(store, asker(store, "jan"), NOW) as book:
        life.request_changes(book, id_, 2, "Name the deputy.")
    with records.writing(store, asker(store, "mira"), NOW) as book:
        found = life.write(book, id_, 3, TEXT)
    assert (found.version.state, found.text.request) == ("changes_requested", "Name the deputy.")


def test_differences_name_the_section(store: Store) -> None:
    changed = life.differences(TEXT, TEXT.replace("90 days", "30 days"), 0)
    assert [(one.kind, one.section, one.text) for one in changed] == [
        ("-", "2 Rules", "The shift lead keeps a copy for 90 days."),
        ("+", "2 Rules", "The shift lead keeps a copy for 30 days."),
    ]


def test_marks_of_sources_do_not_enter_the_rule() -> None:
    assert marks.without_sources("Kept for 90 days.[^1] Always.[^12]") == "Kept for 90 days. Always."


def test_a_source_that_is_cited_again_has_one_footnote_in_print() -> None:
    assert marks.noted_once("One.[^4] Two.[^1] One again.[^4]") == "One.[^4] Two.[^1] One again.^1^"
