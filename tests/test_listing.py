"""Lists of a register: conditions, order, pages, and nothing that hints at rows one may not see."""

import pytest

from knowledge.errors import RowRefused
from knowledge.registers import REGISTERS, Register, Store, listing
from knowledge.registers.columns import Column, Kind
from knowledge.registers.listing import Wanted
from knowledge.registers.rights import Actor
from tests.records import ADA, CONTEXT, MIRA, a_risk, a_store, an_asset, somebody, writing

STAFF = somebody("staff", "P-009")
SOME_CONTROL = {("iso42001",): "A.6.2.4", ("atlas",): "AML.T0020", ("iec62443",): "iec62443-3-3:SR 1.1"}
KEEPER = somebody("isms_manager", "P-001", "department:legal")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Three risks: R-001 late and high, R-002 low and without an owner, R-003 for the legal department only."""
    made = a_store(tmp_path_factory.mktemp("listing"))
    with writing(made, KEEPER) as book:
        book.create("site", {"name": "Halle"})
        book.create("site", {"name": "Bunker", "audience": "department:legal"})
        book.create("asset", an_asset(site="S-001"))
        book.create("asset", an_asset(name="Vault", audience="department:legal"))
        book.create("risk", a_risk(assets="A-001|A-002", annex_a_controls="8.24", due_date="2026-04-01", site="S-002", category="data"))
        low = {"current_likelihood": 1, "current_impact": 2, "residual_likelihood": 1, "residual_impact": 1}
        book.create("risk", a_risk(name="100% scrap_rate", owner="", category="ot", site="S-001", **low))
        book.create("risk", a_risk(name="Insider", audience="department:legal"))
    return made


def ids(store: Store, *conditions: tuple[str, str], actor: Actor = MIRA, words: str = "", sort: str = "", name: str = "risk") -> list[str]:
    wanted = Wanted(conditions, words, tuple(sort.split(",")) if sort else ())
    with store.read() as session:
        rows, total = listing.page(session, actor, REGISTERS[name], wanted, CONTEXT, 100)
        assert total == len(rows) == listing.count(session, actor, REGISTERS[name], wanted, CONTEXT)
        return [row.id for row in rows]


@pytest.mark.parametrize(
    ("column", "written", "expected"),
    [
        ("owner", "ada@plant.example", ["R-001"]),
        ("owner", "ADA@plant.example", ["R-001"]),
        ("owner", "P-002", ["R-001"]),
        ("owner", "empty:", ["R-002"]),
        ("owner", "ne:P-002", ["R-002"]),
        ("owner", "nobody@plant.example", []),
        ("current_score", "ge:12", ["R-001"]),
        ("current_level", "lt:12", ["R-002"]),
        ("category", "in:data|OT", ["R-001", "R-002"]),
        ("category", "Daten", ["R-001"]),
        ("overdue", "yes", ["R-001"]),
        ("overdue", "no", ["R-002"]),
        ("due_date", "set:", ["R-001"]),
        ("due_date", "le:2026-04-01", ["R-001"]),
        ("name", "contains:0% S", ["R-002"]),
        ("name", "contains:a%", []),
        ("assets", "A-001", ["R-001"]),
        ("assets", "ne:A-001", ["R-002"]),
        ("assets", "empty:", ["R-002"]),
        ("annex_a_controls", "A 8.24", ["R-001"]),
        ("band", "low", ["R-002"]),
        ("site", "S-001", ["R-002"]),
    ],
)
def test_a_condition_finds_its_rows(store: Store, column: str, written: str, expected: list[str]) -> None:
    assert ids(store, (column, written)) == expected


def test_ones_own_rows_are_found_with_me(store: Store) -> None:
    assert ids(store, ("owner", "me"), actor=ADA) == ["R-001"]
    assert ids(store, ("owner", "me"), actor=STAFF) == []


def test_a_hidden_row_is_neither_listed_nor_counted_nor_found_through_links(store: Store) -> None:
    assert ids(store) == ["R-001", "R-002"]
    assert ids(store, actor=KEEPER) == ["R-001", "R-002", "R-003"]
    assert ids(store, words="Insider") == []
    for hidden, absent in (("A-002", "A-999"), ("in:A-002", "in:A-999")):
        assert ids(store, ("assets", hidden)) == ids(store, ("assets", absent)) == []
    assert ids(store, ("site", "S-002")) == ids(store, ("site", "S-999")) == []
    assert ids(store, ("site", "empty:")) == ["R-001"], "a link to a hidden row counts as empty"
    assert ids(store, ("site", "S-002"), actor=KEEPER) == ["R-001"]
    assert ids(store, ("assets", "A-002"), actor=KEEPER) == ["R-001"]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("-current_score", ["R-001", "R-002"]),
        ("current_score", ["R-002", "R-001"]),
        ("name", ["R-002", "R-001"]),
        ("-due_date,id", ["R-001", "R-002"]),
    ],
)
def test_rows_come_in_the_order_asked_for(store: Store, sort: str, expected: list[str]) -> None:
    assert ids(store, sort=sort) == expected


def test_a_page_is_cut_and_the_total_is_of_all(store: Store) -> None:
    with store.read() as session:
        rows, total = listing.page(session, MIRA, REGISTERS["risk"], Wanted(), CONTEXT, 1, 1)
    assert ([row.id for row in rows], total) == (["R-002"], 2)


def test_every_condition_that_cannot_be_read_is_named(store: Store) -> None:
    conditions = [("nothing", "1"), ("due_date", "soon"), ("current_impact", "contains:3"), ("category", "fun")]
    with pytest.raises(RowRefused) as error:
        ids(store, *conditions)
    assert [problem.column for problem in error.value.problems] == ["nothing", "due_date", "current_impact", "category"]
    with pytest.raises(RowRefused, match="no such column to sort by"):
        ids(store, sort="assets")


@pytest.mark.parametrize("name", sorted(REGISTERS))
def test_every_column_of_every_register_can_be_asked(store: Store, name: str) -> None:
    found = REGISTERS[name]
    everything = tuple(
        (column.name, f"{operator}:{a_value(found, column)}") for column in found.columns for operator in listing.operators(found, column)
    )
    sort = tuple(f"-{column.name}" for column in found.columns if not column.listed)
    assert {column for column, _ in everything} == set(found.by_name)
    with store.read() as session:
        for first in range(0, len(everything), 60):  # SQL has a limit to how deep a condition may be
            listing.page(session, STAFF, found, Wanted(everything[first : first + 60], "x", sort[:60]), CONTEXT, 1)


def a_value(found: Register, column: Column) -> str:
    if column.name == "audience":
        return "staff"
    by_kind = {Kind.INTEGER: "1", Kind.DECIMAL: "1", Kind.DATE: "2026-01-01", Kind.DATETIME: "2026-01-01", Kind.BOOLEAN: "yes"}
    control = SOME_CONTROL.get(column.frameworks, "A.8.24")
    return by_kind.get(listing.value_kind(found, column), next(iter(column.codes)) if column.codes else control)
