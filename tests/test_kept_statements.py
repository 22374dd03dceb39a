"""The Statement of Applicability and the treatment plan as documents with a life, and the owners who accept what a plan leaves."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from assistant.drafting import life, marks, printed
from assistant.drafting.drafter import Drafter
from assistant.drafting.life import Version
from assistant.drafting.statements import Registers
from assistant.drafting.threats import Near
from knowledge.errors import BadKnowledge, NotAllowed, RowRefused
from knowledge.registers import Store, journal
from knowledge.registers.rights import INSTALLATION
from tests.records import ADA, CONTEXT, JON, MIRA, NOW, TODAY, a_risk, a_store, somebody, writing


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = a_store(tmp_path)
    with writing(made, INSTALLATION) as book:
        book.create("person", {"name": "Emil Roth", "email": "emil@plant.example", "role": "owner"})
        book.create("risk", a_risk(due_date="2026-09-01", additional_controls="Second reviewer"))
        book.create("risk", a_risk(name="Scrap", owner="emil@plant.example"))
        book.create("control_status", {"id": "A.8.13", "applicable": "yes", "implementation_status": "planned", "due_date": "2026-08-01"})
        book.create("certificate", {"number": "C-1", "standard": "ISO/IEC 27001:2022", "soa_version": "0.9"})
    yield made
    made.close()


EMIL = somebody("owner", "P-004")


def a_drafter(store: Store) -> Drafter:
    return Drafter(store, lambda questions, _: [[] for _ in questions], lambda _: Near(), lambda _: [], lambda _: None, lambda: NOW)


def approved(store: Store, found: Version) -> Version:
    """The version after its open points were struck out, it was submitted, and another person has approved it."""
    drafter, id_, revision = a_drafter(store), found.text.version_id, found.text.revision
    text = found.text.markdown
    for number in marks.asked_in(text):
        text = marks.answered(text, number, "decided")
    with writing(store) as book:
        life.write(book, id_, revision, text)
        life.submit(book, id_, revision + 1)
    return drafter.approve(JON, id_, revision + 2)


def test_a_statement_kept_again_is_the_next_version_and_says_what_changed_since_the_approved_one(store: Store) -> None:
    drafter = a_drafter(store)
    first = drafter.keep_statement(MIRA, "soa")
    assert "version 1.0; certificate C-1 names version 0.9; no approved version before this one" in first.text.markdown
    assert marks.section(first.text.markdown, "Appendix C: changes since the last approved version").body.startswith("There is no approved")
    done = approved(store, first)
    assert (done.version.state, done.version.approver, bool(done.text.content_hash)) == ("approved", "Jon Brandt", True)
    with writing(store) as book:
        book.change("control_status", "A.8.13", {"owner": "P-002"})
    second = drafter.keep_statement(MIRA, "soa")
    assert (second.document.number, second.version.version) == (first.document.number, "1.1")
    assert (
        "| A.8.13 | owner |   | Ada Kern |"
        in marks.section(second.text.markdown, "Appendix C: changes since the last approved version").body
    )
    assert "1 changes since" in second.text.markdown
    changes = drafter.statement(MIRA, "soa")[0][3]
    assert changes.rows == [("A.8.13", "owner", "", "Ada Kern")] and "1.0" in changes.notes[0]


def test_appendices_hold_every_control_and_what_is_open(store: Store) -> None:
    text = a_drafter(store).keep_statement(MIRA, "soa").text.markdown
    assert marks.section(text, "Appendix A: full justifications").body.count("\n| A.") == 93
    assert (
        "| A.8.13 | never checked | never checked; no owner |   | 2026-08-01 |" in marks.section(text, "Appendix B: open remediation").body
    )


def test_the_author_of_a_statement_does_not_approve_it_and_staff_do_not_keep_one(store: Store) -> None:
    with pytest.raises(NotAllowed):
        a_drafter(store).keep_statement(ADA, "soa")
    with pytest.raises(BadKnowledge, match="not kept as a document"):
        a_drafter(store).keep_statement(MIRA, "gaps")


def test_each_owner_accepts_their_own_lines_and_the_approved_plan_lists_who_has_not(store: Store) -> None:
    drafter = a_drafter(store)
    found = drafter.keep_statement(MIRA, "plan")
    id_ = found.text.version_id
    assert [line.state for line in drafter.acceptances(MIRA, id_)] == ["not accepted", "not accepted"]
    with pytest.raises(NotAllowed, match="R-002 is not yours"):
        drafter.accept(ADA, id_, None, ["R-002"])
    drafter.accept(ADA, id_, None)
    states = {line.risk: (line.stands, line.expires) for line in drafter.acceptances(MIRA, id_)}
    assert states == {"R-001": (True, str(TODAY + timedelta(365))), "R-002": (False, "")}
    with pytest.raises(RowRefused, match="nothing of yours waits"):
        drafter.accept(ADA, id_, None)
    done = approved(store, found)
    assert [line["state"] for line in done.text.draft["acceptances"]] == ["accepted", "not accepted"]
    with store.read() as session:
        paper = printed.text_of(life.find(session, MIRA, id_), Registers(session, MIRA, CONTEXT))
        assert journal.verify(session).whole
    assert "1 of 2 lines were accepted by their owner when the plan was approved on 2026-05-04" in paper


def test_an_acceptance_is_void_once_the_risk_changes_and_for_a_plan_that_shows_it_otherwise(store: Store) -> None:
    drafter = a_drafter(store)
    id_ = drafter.keep_statement(MIRA, "plan").text.version_id
    drafter.accept(ADA, id_, None)
    with writing(store) as book:
        book.change("risk", "R-001", {"additional_controls": "Nothing"})
    assert "changed since this plan" in drafter.acceptances(MIRA, id_)[0].state
    with pytest.raises(RowRefused, match="R-001 changed since this plan was drafted"):
        drafter.accept(ADA, id_, None)


@pytest.mark.parametrize(
    ("expires", "later", "state"), [(date(2026, 8, 1), date(2026, 8, 2), "expired"), (date(2026, 8, 1), TODAY, "accepted")]
)
def test_an_acceptance_runs_out(store: Store, expires: date, later: date, state: str) -> None:
    drafter = a_drafter(store)
    id_ = drafter.keep_statement(MIRA, "plan").text.version_id
    drafter.accept(EMIL, id_, expires)
    then = Drafter(
        store, lambda _q, _a: [], lambda _: Near(), lambda _: [], lambda _: None, lambda: NOW.replace(month=later.month, day=later.day)
    )
    assert next(line.state for line in then.acceptances(MIRA, id_) if line.risk == "R-002") == state


def test_an_acceptance_by_somebody_else_is_not_the_owners(store: Store) -> None:
    drafter = a_drafter(store)
    id_ = drafter.keep_statement(MIRA, "plan").text.version_id
    with writing(store, JON) as book:
        book.accept_risk("R-001", "2027-01-01")
    assert drafter.acceptances(MIRA, id_)[0].state == "accepted by Jon Brandt, who does not own the risk"
