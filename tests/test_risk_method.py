"""The risk method: versions, what a change would do, and who may make it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from knowledge.errors import NotAllowed, RowRefused
from knowledge.registers import Store, risk_method
from knowledge.registers.derived import STANDARD, Context
from knowledge.registers.risk_method import as_plain
from tests.records import ADA, CONTEXT, JON, MIRA, NOW, TODAY, a_risk, a_store, somebody, writing

BANDS = as_plain(STANDARD)["bands"]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = a_store(tmp_path)
    with writing(made) as book:
        for likelihood, impact in ((3, 4), (2, 2), (5, 5)):
            pair = {
                "current_likelihood": likelihood,
                "current_impact": impact,
                "residual_likelihood": likelihood,
                "residual_impact": impact,
            }
            book.create("risk", a_risk(**pair))
    return made


def test_a_fresh_installation_has_a_method(tmp_path: Path) -> None:
    with a_store(tmp_path).read() as session:
        assert risk_method.current(session) == STANDARD


def test_a_preview_names_what_changes_and_saves_nothing(store: Store) -> None:
    lower = [*BANDS[:2], {**BANDS[2], "low": 8}, {**BANDS[3], "low": 12}]
    with store.read() as session:
        effects = risk_method.preview(session, MIRA, {"bands": lower, "threshold": 12}, CONTEXT)
        assert risk_method.current(session) == STANDARD
    assert [(effect.risk, effect.fields) for effect in effects] == [("R-001", ("band", "priority", "acceptable"))]
    assert (effects[0].before.band, effects[0].after.band) == ("high", "very_high")
    assert (effects[0].before.acceptable, effects[0].after.acceptable) == (False, True)


def test_a_saved_change_is_what_the_preview_said(store: Store) -> None:
    with writing(store, now=NOW + timedelta(days=1)) as book:
        row = risk_method.save(book, {"threshold": 25}, "The owner asked for it")
    assert (row.id, row.reason) == ("M-001", "The owner asked for it")
    with store.read() as session:
        method = risk_method.current(session)
        assert method.threshold == 25
        effects = risk_method.preview(session, MIRA, {"threshold": 9}, Context(method, TODAY))
    assert [effect.risk for effect in effects] == ["R-001", "R-003"]
    with writing(store, now=NOW + timedelta(days=2)) as book:
        assert risk_method.save(book, {"name": "Ours"}, "A better name").id == "M-002"
    with store.read() as session:
        assert (risk_method.current(session).name, risk_method.current(session).threshold) == ("Ours", 25)


def test_a_preview_speaks_only_of_risks_that_one_may_see(store: Store) -> None:
    with writing(store) as book:
        book.change("risk", "R-001", {"audience": "role:isms_manager"})
    with store.read() as session:
        effects = risk_method.preview(session, ADA, {"threshold": 25}, CONTEXT)
    assert [effect.risk for effect in effects] == ["R-003"]


@pytest.mark.parametrize("actor", [ADA, JON, somebody("auditor", "P-8"), somebody("admin", "P-8"), somebody("staff", "P-8")])
def test_only_the_isms_manager_changes_the_method(store: Store, actor: Any) -> None:
    with pytest.raises(NotAllowed, match="may not create it"), writing(store, actor) as book:
        risk_method.save(book, {"threshold": 5}, "I want to")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"threshold": 0}, "threshold is '0': write a score from 1 to 25"),
        ({"colour": "red"}, "colour is 'red': there is no such part; there are name, likelihood"),
        ({"likelihood": ["a", "b"]}, "give a text for each of the five levels"),
        ({"impact": {"safety": ["a"] * 5}}, "give five texts for each of safety, delivery, money, law"),
        ({"bands": [*BANDS[1:]]}, "bands begin at rising scores, the first at 1"),
        ({"bands": [{**BANDS[0], "priority": "soon"}]}, "the priority of a band is one of urgent, high, medium, low"),
        ({"bands": "low"}, "it is not in the form in which the present one is shown"),
        ({"deadlines": {"major": 0}}, "write a number of days from 1 to 3650"),
    ],
)
def test_a_method_that_does_not_hold_together_is_refused(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(RowRefused) as error:
        risk_method.changed(STANDARD, change)
    assert problem in str(error.value)
