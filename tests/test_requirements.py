"""docs/requirements.md holds every requirement once, and each thing it points at is there."""

import csv
import re
import shlex
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
import typer

from assistant.__main__ import cli
from assistant.answering import catalogue
from assistant.config import Settings
from assistant.demo import load_people
from assistant.exchange import plant
from knowledge.registers import REGISTERS, Document, Register, Store, listing, register
from knowledge.registers.columns import Kind
from knowledge.registers.derived import STANDARD, Context
from knowledge.registers.listing import Wanted
from knowledge.registers.rights import INSTALLATION
from tests.builders import a_store

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "requirements.md").read_text("utf-8")
SAMPLE = ROOT / "knowledge" / "sample_plant"
TODAY = date(2026, 11, 24)
IDS = [*(f"SR-{number:03d}" for number in range(1, 218)), *(f"PM-{number:02d}" for number in range(1, 16))]
ROWS = [[cell.strip() for cell in line.strip()[1:-1].split(" | ")] for line in TEXT.splitlines() if re.match(r"\| (?:SR|PM)-", line)]
PLANNED_IN = set(re.findall(r"^\| ([A-Z][\w ]+) \| .*$", TEXT.split("| planned in |")[1].split("\n## ")[0], re.MULTILINE))
OPTIONS = re.compile(r"--[a-z][a-z-]*$")


def pointers(cell: str) -> list[str]:
    """What stands in backticks, but for the word planned."""
    return [name for name in re.findall(r"`([^`]+)`", cell) if name != "planned"]


def works(cell: str) -> str:
    """The part of a cell that speaks of what works already."""
    return cell.split("`planned`")[0]


@cache
def commands() -> set[str]:
    """Every command with its group: `ask`, `journal verify`."""
    group = typer.main.get_command(cli)
    found = set()
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        found.update({f"{name} {part}" for part in command.commands} if hasattr(command, "commands") else {name})
    return found


@cache
def names_in(path: str) -> set[str]:
    file = ROOT / path
    return set(re.findall(r"^def (test_\w+)", file.read_text("utf-8"), re.MULTILINE)) if file.exists() else set()


def leads_somewhere(pointer: str) -> bool:
    """Whether what is named exists: a command, a make target, a test, a setting, an option, a register's column, or a path."""
    if pointer.startswith("annexa "):
        words = shlex.split(pointer)[1:]
        return words[0] in commands() or " ".join(words[:2]) in commands()
    if pointer.startswith("make "):
        return re.search(rf"^{re.escape(pointer[5:])}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE) is not None
    if "::" in pointer:
        path, _, name = pointer.partition("::")
        return name in names_in(path)
    if pointer.startswith("ANNEXA_"):
        return pointer.removeprefix("ANNEXA_").lower() in Settings.model_fields
    if OPTIONS.match(pointer):
        files = (ROOT / "assistant" / "__main__.py", *(ROOT / "assistant" / "commandline").glob("*.py"))
        return any(f'"{pointer}"' in file.read_text("utf-8") for file in files)
    if pointer.startswith("/registers/"):
        return listed(pointer)[0].name in REGISTERS
    register, _, column = pointer.partition(".")
    if register in REGISTERS:
        return REGISTERS[register].column(column) is not None
    return (ROOT / pointer).exists()


def listed(address: str) -> tuple[Register, Wanted]:
    """The register and the conditions of a list's address."""
    parts = urlsplit(address)
    asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    words, sort = asked.pop("q", ""), asked.pop("sort", "")
    dated = {name: value.replace("today-6m", "2026-05-24").replace("today", TODAY.isoformat()) for name, value in asked.items()}
    return register(parts.path.split("/")[2]), Wanted(tuple(dated.items()), words, (sort,) if sort else ())


def test_every_id_stands_in_the_list_once_with_all_its_cells() -> None:
    assert [row[0] for row in ROWS] == IDS
    assert [row[0] for row in ROWS if len(row) != 5 or not all(row)] == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_whatever_a_requirement_points_at_is_there(row: list[str]) -> None:
    *_, where, how = row
    assert [pointer for pointer in pointers(where) + pointers(how) if not leads_somewhere(pointer)] == []
    if pointers(works(where)):
        assert any(pointer.startswith(("annexa ", "make ", "tests/")) for pointer in pointers(works(how))), "nothing to run for what works"
    else:
        assert where.startswith("`planned` (")
    said = re.findall(r"`planned`(?: \(([^)]*)\))?", where + how)
    assert set(said) <= PLANNED_IN


@pytest.mark.parametrize(
    "pointer",
    ["annexa fly", "annexa journal burn", "make coffee", "tests/test_index.py::test_nothing", "tests/nowhere.py::test_x", "ANNEXA_MOOD", "--never",
     "risk.colour", "spaceship.name", "knowledge/nowhere.py"],
)  # fmt: skip
def test_a_pointer_at_nothing_is_noticed(pointer: str) -> None:
    assert not leads_somewhere(pointer)


@cache
def filled(register: str) -> set[str]:
    """Headings of the columns in which some row of the sample plant holds something."""
    found = set()
    for path in (SAMPLE / "registers").rglob(f"{register}.csv") if register != "person" else [SAMPLE / "people.csv"]:
        with path.open(encoding="utf-8") as file:
            found |= {head for row in csv.DictReader(file) for head, value in row.items() if value}
    return found


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The sample plant's registers."""
    made = a_store(tmp_path_factory.mktemp("sample"))
    load_people(made, SAMPLE / "people.csv")
    numbers = {found[0] for path in (SAMPLE / "documents").iterdir() if (found := re.match(r"[A-Z]+-[A-Z]+-\d+", path.name))}
    with made.write() as session:
        session.add_all(Document(number=number, title=number) for number in numbers)
    plant.load(made, INSTALLATION, SAMPLE / "registers", datetime.combine(TODAY, time(9), UTC))
    yield made
    made.close()


LISTS = sorted({pointer for row in ROWS for pointer in pointers(row[4]) if pointer.startswith("/registers/") and "?" in pointer})


@pytest.mark.parametrize("address", LISTS)
def test_a_list_that_is_named_has_rows_of_the_sample_plant(store: Store, address: str) -> None:
    found, wanted = listed(address)
    with store.read() as session:
        assert listing.page(session, INSTALLATION, found, wanted, Context(STANDARD, TODAY), 1)[1] > 0


def columns_of(cell: str) -> list[list[str]]:
    """[register, column] for each that is named."""
    return [pointer.split(".") for pointer in pointers(cell) if pointer.split(".")[0] in REGISTERS]


@pytest.mark.parametrize("row", [row for row in ROWS if columns_of(row[3])], ids=lambda row: row[0])
def test_the_sample_plant_fills_every_column_that_a_requirement_names(row: list[str]) -> None:
    found = [(register, column) for register, name in columns_of(row[3]) if (column := REGISTERS[register].column(name))]
    assert [
        (register, column.head) for register, column in found if column.kind is not Kind.COMPUTED and column.head not in filled(register)
    ] == []


def asked() -> list[str]:
    return [shlex.split(pointer)[2] for row in ROWS for pointer in pointers(row[4]) if re.match(r'annexa ask "(?:which|list) ', pointer)]


@pytest.mark.parametrize("question", asked())
def test_a_question_about_the_catalogue_that_is_named_has_an_answer(question: str) -> None:
    query = catalogue.parse(question, "en")
    assert query and catalogue.run(query).total > 2
