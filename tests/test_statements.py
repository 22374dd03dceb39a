"""What is worked out of the registers: the Statement of Applicability, the treatment plan, the gaps."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assistant.drafting import statements, workbooks
from assistant.drafting.statements import Registers
from knowledge.errors import BadKnowledge, RowRefused
from knowledge.registers import Store
from knowledge.registers.derived import STANDARD, Context
from knowledge.registers.rights import INSTALLATION
from tests.records import a_risk, a_store, writing

TODAY = date(2026, 11, 24)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = a_store(tmp_path)
    yield made
    made.close()


def registers(store: Store) -> Iterator[Registers]:
    with store.read() as session:
        yield Registers(session, INSTALLATION, Context(STANDARD, TODAY))


def line(store: Store, control: str) -> statements.SoaRow:
    made = statements.statement_of_applicability(next(registers(store)))
    assert len(made) == 93
    return next(row for row in made if row.control == control)


def keep(store: Store, register: str, **given: Any) -> Any:
    with writing(store, INSTALLATION) as book:
        return book.create(register, given).id


def test_a_control_without_a_row_is_undecided_and_never_checked(store: Store) -> None:
    row = line(store, "A.8.13")
    assert (row.applicable, row.status) == (None, "never checked")
    assert row.problems == ("nobody has decided whether it applies",)


def test_implemented_without_evidence_is_not_called_implemented(store: Store) -> None:
    keep(store, "control_status", id="A.8.13", applicable=True, implementation_status="implemented", last_checked="2026-10-01")
    row = line(store, "A.8.13")
    assert row.status == "implemented according to the register, no evidence recorded"
    assert "implemented without evidence" in row.problems
    keep(store, "evidence", id="EV-001", title="Restore test", control=["A.8.13"], supports_date="2026-09-01")
    with writing(store, INSTALLATION) as book:
        book.change("control_status", "A.8.13", {"evidence": ["EV-001"]})
    assert line(store, "A.8.13").status == "implemented"


def test_the_justification_is_filled_in_from_risks_and_duties(store: Store) -> None:
    risk = keep(store, "risk", **a_risk(annex_a_controls=["A.8.13"]))
    duty = keep(store, "obligation", name="OEM contract", controls=["A.8.13"])
    row = line(store, "A.8.13")
    assert row.justification == "risk and legal or contract" and row.reasons == (risk, duty)


def test_an_exclusion_that_a_risk_contradicts_is_shown(store: Store) -> None:
    risk = keep(store, "risk", **a_risk(annex_a_controls=["A.8.30"]))
    keep(
        store,
        "control_status",
        id="A.8.30",
        applicable=False,
        exclusion_reason="No software is developed by others for the lines in scope.",
    )
    assert line(store, "A.8.30").problems == (f"excluded, although {risk} asks for it",)


@pytest.mark.parametrize("reason", ["", "n/a", "Not relevant.", "nicht anwendbar", "not applicable for us"])
def test_an_exclusion_without_a_real_reason_is_refused(store: Store, reason: str) -> None:
    keep(store, "control_status", id="A.8.30", applicable=True)
    with pytest.raises(RowRefused, match="say what in the scope"), writing(store, INSTALLATION) as book:
        book.change("control_status", "A.8.30", {"applicable": False, "exclusion_reason": reason})


def test_changes_since_a_kept_version_name_control_and_field(store: Store) -> None:
    before = [row.as_plain() for row in statements.statement_of_applicability(next(registers(store)))]
    keep(store, "control_status", id="A.8.13", applicable=True, implementation_status="planned", last_checked="2026-10-01")
    found = statements.changes(before, statements.statement_of_applicability(next(registers(store))))
    assert [(one.control, one.field, one.before, one.after) for one in found] == [
        ("A.8.13", "applicable", "", "yes"),
        ("A.8.13", "status", "never checked", "planned"),
    ]


def test_the_plan_shows_what_remains_and_is_not_accepted(store: Store) -> None:
    keep(
        store,
        "risk",
        **a_risk(name="High", current_likelihood=4, current_impact=5, residual_likelihood=3, residual_impact=5, treatment="modify"),
    )
    keep(
        store,
        "risk",
        **a_risk(name="Low", current_likelihood=1, current_impact=2, residual_likelihood=1, residual_impact=2, treatment="retain"),
    )
    (row,) = statements.treatment_plan(next(registers(store)))
    assert (row.name, row.residual_score, row.acceptable) == ("High", 15, False)
    assert "what remains is above 9 and not accepted" in row.problems


def test_gaps_put_what_a_certificate_hangs_on_first(store: Store) -> None:
    found = statements.gaps(next(registers(store)))
    assert [gap.priority for gap in found] == sorted(gap.priority for gap in found)
    assert {gap.id for gap in found} >= {"4.1", "9.2.2", "A.5.1"}


@pytest.mark.parametrize("name", workbooks.STATEMENTS)
def test_every_statement_has_its_sheets(store: Store, name: str) -> None:
    sheets = workbooks.statements_of(next(registers(store)), name)
    assert all(len(row) == len(sheet.heads) for sheet in sheets for row in sheet.rows)


def test_a_statement_that_does_not_exist_is_named_with_those_that_do(store: Store) -> None:
    with pytest.raises(BadKnowledge, match="soa, plan, risks, gaps"):
        workbooks.statements_of(next(registers(store)), "all")
