"""Values that are worked out: each rule by example, and the function against its SQL on random rows."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select

from knowledge.registers import REGISTERS, ControlStatus, CorrectiveAction, Finding, Person, Risk, derived, queries
from knowledge.registers.columns import Column, Kind
from tests import engines
from tests.builders import a_store
from tests.engines import Engine
from tests.records import CONTEXT, MIRA, TODAY

YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
LEVELS = st.none() | st.integers(1, 5)
DAYS = st.none() | st.sampled_from([TODAY - timedelta(days=n) for n in (-400, -1, 0, 1, 364, 365, 366)])


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Iterator[Session]:
    store = a_store(tmp_path_factory.mktemp("derived"), engine)
    with store.read() as opened:
        yield opened
    store.close()


def random_value(column: Column) -> st.SearchStrategy[Any]:
    """Something that may stand in a column; what no rule looks at stays empty."""
    if column.kind is Kind.INTEGER and column.high == 5:
        return LEVELS
    if column.kind is Kind.DATE:
        return DAYS
    if column.kind is Kind.BOOLEAN:
        return st.sampled_from([True, False] if column.default is False else [True, False, None])
    if column.kind is Kind.CODE:
        return st.sampled_from(["", *list(column.codes or ())])
    return st.just(None)


def random_row(name: str) -> st.SearchStrategy[Any]:
    found = REGISTERS[name]
    fixed = {"id": st.just("X-1"), "name": st.just("n"), "title": st.just("t"), "version": st.just("1")}
    fixed |= {name: st.sampled_from(["", "aa", "bb"]) for name in ("weights_hash", "deployed_hash")}
    moments = {name: st.none() | st.just(CONTEXT.today) for name in ("accepted_at", "acceptance_void_at")}
    parts = {column.name: random_value(column) for column in found.columns if column.name in found.model.__table__.c}
    wanted = {**parts, **{key: value for key, value in {**fixed, **moments}.items() if key in parts}}
    keep = {
        key: value for key, value in wanted.items() if not value.is_empty and key not in ("audience", "source", "created_at", "changed_at")
    }
    return st.fixed_dictionaries(keep).map(
        lambda values: found.model(**{key: moment(key, value) for key, value in values.items() if value is not None})
    )


def moment(key: str, value: Any) -> Any:
    from datetime import UTC, datetime

    return datetime(value.year, value.month, value.day, tzinfo=UTC) if key in ("accepted_at", "acceptance_void_at") and value else value


RULES_BY_REGISTER = {
    name: {column: rule for (other, column), rule in derived.RULES.items() if other == name and rule.of is not None}
    for name in sorted({name for (name, _), rule in derived.RULES.items() if rule.of is not None})
}


@pytest.mark.parametrize("name", RULES_BY_REGISTER)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_functions_and_sql_agree_on_random_rows(session: Session, name: str, data: st.DataObject) -> None:
    row = data.draw(random_row(name))
    rules = RULES_BY_REGISTER[name]
    session.add(row)
    session.flush()
    columns = [rule.sql(CONTEXT).label(column) for column, rule in rules.items()]
    found = session.execute(select(*columns).select_from(type(row))).one()._asdict()
    expected = {column: rule.of(row, CONTEXT) for column, rule in rules.items() if rule.of}
    session.rollback()
    assert {column: bool(value) if isinstance(expected[column], bool) else value for column, value in found.items()} == expected


@pytest.mark.parametrize(
    ("likelihood", "impact", "score", "band"),
    [(None, 5, None, None), (1, 4, 4, "low"), (1, 5, 5, "medium"), (3, 3, 9, "medium"), (2, 5, 10, "high"), (3, 5, 15, "very_high"), (5, 5, 25, "very_high")],
)  # fmt: skip
def test_a_score_is_the_product_and_lies_in_its_band(likelihood: int | None, impact: int, score: int | None, band: str | None) -> None:
    risk = Risk(id="R-1", name="n", current_likelihood=likelihood, current_impact=impact)
    assert (derived.score(risk, "current"), derived.risk_band(risk, CONTEXT)) == (score, band)


def test_a_band_is_a_range_of_scores() -> None:
    assert [CONTEXT.method.scores(band.code) for band in CONTEXT.method.bands] == [(1, 4), (5, 9), (10, 14), (15, 25)]


@pytest.mark.parametrize(
    ("due", "override", "priority"),
    [(None, "", "high"), (TOMORROW, "", "high"), (TODAY, "", "high"), (YESTERDAY, "", "urgent"), (YESTERDAY, "low", "low")],
)
def test_priority_follows_band_and_due_date_unless_set_by_hand(due: date | None, override: str, priority: str) -> None:
    risk = Risk(id="R-1", name="n", current_likelihood=3, current_impact=4, due_date=due, priority_override=override)
    assert derived.priority(risk, CONTEXT) == priority


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (None, "never_checked"),
        (ControlStatus(id="A.5.1"), "never_checked"),
        (ControlStatus(id="A.5.1", applicable=True, implementation_status="implemented"), "never_checked"),
        (ControlStatus(id="A.5.1", applicable=True, implementation_status="partly", last_checked=YESTERDAY), "partly"),
        (ControlStatus(id="A.5.1", last_checked=YESTERDAY), "not_started"),
        (ControlStatus(id="A.5.1", applicable=False), "not_applicable"),
    ],
)
def test_never_checked_is_not_no(status: ControlStatus | None, said: str) -> None:
    assert derived.soa_status(status) == said


@pytest.mark.parametrize(
    ("grade", "states", "is_open"),
    [("major", [], True), ("observation", [], False), ("minor", ["closed"], False), ("minor", ["closed", "reported"], True), ("opportunity", ["contained"], True)],
)  # fmt: skip
def test_a_finding_is_open_until_its_actions_are_closed(session: Session, grade: str, states: list[str], is_open: bool) -> None:
    session.add(Finding(id="F-1", title="t", grade=grade))
    session.flush()
    session.add_all([CorrectiveAction(id=f"CA-{n}", title="t", finding="F-1", state=state) for n, state in enumerate(states)])
    session.flush()
    found = session.execute(select(derived.expression("finding", "open", CONTEXT)).select_from(Finding)).scalar_one()
    session.rollback()
    assert bool(found) is is_open


def test_the_owners_mail_is_looked_up(session: Session) -> None:
    session.add(Person(id="P-1", name="Ada", email="ada@plant.example"))
    session.flush()
    session.add(Risk(id="R-1", name="n", owner="P-1"))
    session.flush()
    found = session.execute(select(derived.expression("risk", "owner_email", CONTEXT)).select_from(Risk)).scalar_one()
    session.rollback()
    assert found == "ada@plant.example"


@pytest.mark.parametrize(
    ("name", "condition", "index"),
    [
        ("risk", lambda: derived.score_sql("current") >= 15, "ix_risk_current_score"),
        ("corrective_action", lambda: derived.expression("corrective_action", "overdue", CONTEXT), "ix_corrective_action_due"),
        ("evidence", lambda: derived.expression("evidence", "expired", CONTEXT), "ix_evidence_expires_on"),
        ("risk", lambda: derived.risk_overdue_sql(CONTEXT), "ix_risk_due_date"),
    ],
)
def test_what_people_often_ask_is_found_by_an_index(session: Session, name: str, condition: Callable[[], Any], index: str) -> None:
    found = REGISTERS[name]
    wanted = select(queries.id_column(found)).where(queries.shown(MIRA, found), condition())
    plan = " ".join(engines.plan(session, wanted))
    session.rollback()
    assert index in plan and "SCAN" not in plan
