"""Registers written to files: nothing is lost, nothing is computed by a spreadsheet, nobody sees what is not for them."""

import csv
import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from assistant.exchange import allowed_values, export_all, export_file, import_file, plant
from assistant.exchange.tables import armed, disarmed
from knowledge.errors import NoSuchRow, NotAllowed, RowRefused, UnknownRegister, UnreadableDocument
from knowledge.registers import REGISTERS, Store, queries, records, risk_method, sqlite_url
from knowledge.registers.columns import Column, Kind
from knowledge.registers.derived import STANDARD
from knowledge.registers.rights import INSTALLATION
from tests.records import ADA, CONTEXT, MIRA, NOW, a_risk, a_store, an_asset, somebody, writing

FORMULAS = ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", "'=x", "''+x", '=HYPERLINK("http://x")', "'quoted'", "-", "="]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = a_store(tmp_path)
    yield made
    made.close()


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def header(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


# --- what a file holds -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(REGISTERS))
def test_an_empty_register_is_its_plain_header(store: Store, tmp_path: Path, name: str) -> None:
    if name == "person":
        name = "site"
    assert export_file(store, MIRA, name, tmp_path / "out.csv", CONTEXT) == 0
    assert header(tmp_path / "out.csv")[: len(REGISTERS[name].header)] == list(REGISTERS[name].header)


def test_a_plain_row_needs_no_further_column(store: Store, tmp_path: Path) -> None:
    with writing(store) as book:
        book.create("asset", an_asset(name="Press", purdue_level=0.5, in_scope=True))
        book.create("risk", a_risk(assets="A-001", review_date=date(2026, 9, 1)))
    export_file(store, MIRA, "asset", tmp_path / "a.csv", CONTEXT)
    export_file(store, MIRA, "risk", tmp_path / "r.csv", CONTEXT)
    export_file(store, MIRA, "person", tmp_path / "p.csv", CONTEXT)
    assert header(tmp_path / "a.csv") == list(REGISTERS["asset"].header)
    assert header(tmp_path / "p.csv") == list(REGISTERS["person"].header)
    (asset,), (risk,) = rows(tmp_path / "a.csv"), rows(tmp_path / "r.csv")
    assert (asset["id"], asset["class"], asset["owner"], asset["purdue_level"], asset["in_scope"]) == (
        "A-001", "edge_ai_device", "ada@plant.example", "0.5", "yes",
    )  # fmt: skip
    assert (risk["inherent_level"], risk["current_level"], risk["residual_level"]) == ("20", "12", "6")
    assert (risk["assets"], risk["owner_email"], risk["review_date"]) == ("A-001", "ada@plant.example", "2026-09-01")


def test_a_column_beyond_the_plain_header_is_written_where_a_row_fills_it(store: Store, tmp_path: Path) -> None:
    with writing(store) as book:
        book.create("asset", an_asset(firmware="4.2", audience="role:isms_manager"))
    export_file(store, MIRA, "asset", tmp_path / "a.csv", CONTEXT)
    assert set(header(tmp_path / "a.csv")) - set(REGISTERS["asset"].header) == {"firmware", "audience"}


def test_rows_and_links_that_are_not_for_the_actor_stay_inside(store: Store, tmp_path: Path) -> None:
    with writing(store, INSTALLATION) as book:
        book.create("asset", an_asset(id="A-001", name="Secret press", audience="person:mira@plant.example"))
        book.create("asset", an_asset(id="A-002", name="Open press", depends_on="A-001"))
    assert export_file(store, ADA, "asset", tmp_path / "a.csv", CONTEXT) == 1
    assert "Secret" not in (tmp_path / "a.csv").read_text("utf-8") and "A-001" not in (tmp_path / "a.csv").read_text("utf-8")
    with pytest.raises(NotAllowed):
        export_file(store, somebody("visitor"), "asset", tmp_path / "b.csv", CONTEXT)


def test_what_cannot_be_written_is_said_and_leaves_the_file_as_it_was(store: Store, tmp_path: Path) -> None:
    with pytest.raises(UnreadableDocument, match=r"out.pdf: registers are written as CSV or XLSX"):
        export_file(store, MIRA, "risk", tmp_path / "out.pdf", CONTEXT)
    with pytest.raises(UnreadableDocument, match=r"cannot be written .*give a folder that exists"):
        export_file(store, MIRA, "risk", tmp_path / "nowhere" / "out.csv", CONTEXT)
    with pytest.raises(UnknownRegister):
        export_file(store, MIRA, "spaceships", tmp_path / "out.csv", CONTEXT)
    (tmp_path / "kept.xlsx").write_bytes(b"before")
    with writing(store) as book:
        book.create("risk", a_risk(description="x" * 40_000))
    with pytest.raises(UnreadableDocument, match=r"description: a text has 40000 characters, a cell of Excel holds 32767; export as CSV"):
        export_file(store, MIRA, "risk", tmp_path / "kept.xlsx", CONTEXT)
    assert (tmp_path / "kept.xlsx").read_bytes() == b"before"
    assert not [name for name in os.listdir(tmp_path) if name.startswith(".")]


@pytest.mark.parametrize("name", sorted(REGISTERS))
def test_every_register_says_what_may_stand_in_its_columns(name: str) -> None:
    first, *lines = allowed_values(name)
    assert first.split(",")[: len(REGISTERS[name].header)] == list(REGISTERS[name].header) and "audience" in first.split(",")
    said = dict(line.split(": ", 1) for line in lines)
    assert {column.head for column in REGISTERS[name].writable} <= said.keys() and all(said.values())


def test_allowed_values_name_the_codes() -> None:
    lines = allowed_values("risk")
    assert "treatment: modify, retain, avoid, share or empty" in lines
    assert "inherent_proba: a whole number from 1 to 5" in lines
    assert "inherent_level: worked out, checked where given, never stored" in lines


# --- formulas ----------------------------------------------------------------------------------------------------


@given(st.text(max_size=20) | st.sampled_from(FORMULAS))
def test_disarming_is_undone_exactly(text: str) -> None:
    assert armed(disarmed(text)) == text
    assert not disarmed(text).startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_no_text_is_a_formula_for_a_spreadsheet(store: Store, tmp_path: Path, ending: str) -> None:
    with writing(store) as book:
        for text in FORMULAS:
            book.create("risk", a_risk(name=text, description=text, existing_controls=text, lifecycle_phase=text))
    path = tmp_path / f"out{ending}"
    export_file(store, MIRA, "risk", path, CONTEXT)
    if ending == ".csv":
        cells = [cell for row in rows(path) for cell in row.values()]
    else:
        sheet = load_workbook(path).active
        assert {cell.data_type for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)} == {"s"}
        cells = [cell.value for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert import_file(store, MIRA, "risk", path, NOW).unchanged == len(FORMULAS)


# --- out and in again --------------------------------------------------------------------------------------------

_TEMPLATE = Path(tempfile.mkdtemp()) / "annexa.db"


def an_empty_plant(folder: Path) -> Store:
    """A store of its own, quickly: migrated once."""
    if not _TEMPLATE.exists():
        made = Store(sqlite_url(_TEMPLATE))
        made.migrate()
        made.close()
    folder.mkdir(parents=True)
    shutil.copy(_TEMPLATE, folder / "annexa.db")
    return Store(sqlite_url(folder / "annexa.db"))


NASTY = st.builds(
    str.__add__,
    st.sampled_from(
        ["", "", "=", "+", "-", "@", "\t", "'", "'=", "|", ";", '"', "\n", "_x000D_", "ä", "today-3", "1,5", "01.02.2026", "yes"]
    ),
    st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
    | st.text("äÖß=+-@'\"|;,\t\n\r_x05F \x0b\x85\u2028", max_size=12),
)


def values_for(column: Column, base: dict[str, list[str]]) -> st.SearchStrategy[Any]:
    """What may stand in a column, the empty value too."""
    ids = st.sampled_from(base.get(column.register) or [""])
    codes = list(column.codes or {})
    of_kind: dict[Kind, st.SearchStrategy[Any]] = {
        Kind.TEXT: NASTY,
        Kind.LONG: NASTY,
        Kind.TEXTS: st.lists(NASTY, max_size=3),
        Kind.INTEGER: st.integers(int(column.low if column.low is not None else -9), int(column.high or 90_000)),
        Kind.DECIMAL: st.floats(column.low or -1e6, 1e6, allow_nan=False),
        Kind.DATE: st.dates(date(1890, 1, 1), date(2100, 1, 1)),
        Kind.DATETIME: st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),
        Kind.BOOLEAN: st.booleans(),
        Kind.CODE: st.sampled_from(codes) | (NASTY if column.codes is not None and column.codes.open else st.sampled_from(codes))
        if codes
        else NASTY,
        Kind.PERSON: ids,
        Kind.LINK: ids,
        Kind.LINKS: st.lists(ids, max_size=3),
        Kind.CONTROLS: st.lists(st.sampled_from(["A.5.1", "A.8.24", "6.1.2"]) if not column.lenient else NASTY, max_size=3),
    }
    if column.frameworks == ("iso42001",):
        return st.sampled_from([None, "iso42001:A.6.2.4"])
    if "iec62443" in column.frameworks and "iso27001-2022" not in column.frameworks:
        return st.none()
    if column.name == "audience":
        return st.sampled_from(["staff", "public", "role:isms_manager", "person:a b@x"])
    if column.required and column.kind in (Kind.TEXT, Kind.LONG):
        return NASTY.map(lambda text: text if text.strip() else "n")
    return of_kind[column.kind] if column.required else st.none() | of_kind[column.kind]


@st.composite
def rows_of(draw: st.DrawFn, name: str, base: dict[str, list[str]]) -> dict[str, Any]:
    found = REGISTERS[name]
    row = {column.name: draw(values_for(column, base)) for column in found.writable if column.name != found.id_name}
    row |= {"justification": "because", "priority_reason": "because"} if name == "risk" else {}
    if name == "risk":
        row |= {f"{pair}_{part}": None for pair in ("inherent", "current", "residual") for part in ("safety", "delivery", "money", "law")}
    return row


IDS = {"control_status": ("A.5.1", "A.8.24"), "clause_status": ("4.1", "6.1.2"), "document": ("IS-POL-01", "=D 2")}


def fill(store: Store, data: st.DataObject) -> dict[str, list[str]]:
    """Up to two rows in every register, in the order of what names what; those that a rule forbids are left out."""
    base: dict[str, list[str]] = {}
    internal = {"risk_method": {"definition": risk_method.as_plain(STANDARD)}, "proposal": {"payload": {"=a": "ä|\n"}, "sources": []}}
    with records.writing(store, INSTALLATION, NOW, "test") as book:
        for name in plant.order():
            for number in range(2):
                row = data.draw(rows_of(name, base))
                if name in IDS:
                    row[REGISTERS[name].id_name] = IDS[name][number]
                if name == "document":
                    row["version"] = "1.0"
                if name == "person":
                    row |= {"email": f"p{number}@plant.example", "slack_id": None}
                try:
                    made = book.create(name, row, internal=internal.get(name))
                except RowRefused:
                    continue
                base.setdefault(name, []).append(made.number if name == "document" else made.id)
    return base


def contents(store: Store) -> dict[str, list[dict[str, Any]]]:
    """Every register as plain values, without what says when and from where a row came."""
    told = {"created_at", "changed_at", "source", "revision"}
    with store.read() as session:
        found = {}
        for name, one in REGISTERS.items():
            some = queries.rows(session, INSTALLATION, name)
            values = queries.values_of(session, INSTALLATION, one, some)
            found[name] = [{key: value for key, value in row.items() if key not in told} for row in values]
            for row, model in zip(found[name], some, strict=True):
                row |= {key: getattr(model, key) for key in ("definition", "payload", "sources") if hasattr(model, key)}
    return found


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
@settings(max_examples=5, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_goes_out_comes_back_without_a_difference(tmp_path_factory: pytest.TempPathFactory, ending: str, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("out")
    one, other = an_empty_plant(folder / "one"), an_empty_plant(folder / "other")
    base = fill(one, data)
    counts = export_all(one, INSTALLATION, folder / "files", CONTEXT, ending)
    assert counts == {name: len(ids) for name, ids in base.items()}
    plant.load(other, INSTALLATION, folder / "files", NOW)
    assert contents(other) == contents(one)
    again = plant.load(other, INSTALLATION, folder / "files", NOW)
    assert {report.register: report.unchanged for report in again} == counts
    one.close()
    other.close()


def test_a_void_acceptance_stays_void_and_an_id_with_gaps_stays(tmp_path: Path) -> None:
    one, other = an_empty_plant(tmp_path / "one"), an_empty_plant(tmp_path / "other")
    with records.writing(one, INSTALLATION, NOW, "test") as book:
        for id_ in ("P-003", "P-009"):
            book.create("person", {"id": id_, "name": id_, "email": f"{id_}@plant.example", "deputy": "P-003" if id_ == "P-009" else None})
        book.create("risk", a_risk(owner="P-009", accepted_by="P-003", accepted_at="2026-03-01", acceptance_expires="2027-03-01"))
        book.change("risk", "R-001", {"current_likelihood": 2})
    export_all(one, INSTALLATION, tmp_path / "files", CONTEXT)
    plant.load(other, INSTALLATION, tmp_path / "files", NOW)
    assert contents(other) == contents(one)
    with other.read() as session:
        assert queries.computed(session, REGISTERS["risk"], ["R-001"], CONTEXT)["R-001"]["acceptance"] == "void"
        with pytest.raises(NoSuchRow):
            queries.get(session, INSTALLATION, "person", "P-001")
