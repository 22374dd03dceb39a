"""What several test files share: an App over a small plant, made once a session."""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import xdist

from assistant import identity
from assistant.app import App
from assistant.config import Settings
from knowledge.embedding import Encoder
from knowledge.registers.store import MIGRATIONS
from tests import engines
from tests.builders import Plant, a_plant, a_plant_to_ask

DOCUMENTS = {
    "backup.md": """---
number: IS-PRO-05
title: Backup of machine programs
version: "2.1"
state: approved
approved_on: 2025-03-04
next_review: 2099-03-04
owner: Ada Kern
approver: Mira Voss
audience: staff
language: en
---
# Backup of machine programs

## 1 Scope

This procedure applies to every PLC program of the press shop and the weld cells.

## 2 Rules

### 2.1 How long programs are kept

PLC programs are kept for 18 months after the machine was scrapped. The copy lies in the fire cell of building 7.

### 2.2 Who restores

Only the maintenance lead restores a PLC program, and a second person compares the checksum.
""",
    "visitors.md": """---
number: IS-POL-02
title: Visitors on the shop floor
version: "1"
state: approved
approved_on: 2025-01-10
next_review: 2099-01-10
audience: public
language: en
---
# Visitors on the shop floor

## Badges

Visitors wear a yellow badge and hand in their phone at the gate of hall 3.
""",
    "vault.md": """---
number: IS-CON-09
title: Keys of the vault
version: "1"
state: approved
next_review: 2099-01-10
audience: role:isms_manager
language: en
---
# Keys of the vault

## Custody

The zirconium vault opens only with the two keys that Mira Voss and the works council hold.
""",
    "drones.md": """---
number: IS-DRA-01
title: Inspection drones
version: "0.3"
state: draft
owner: Ada Kern
audience: staff
language: en
---
# Inspection drones

## Flights

Inspection drones fly in hall 9 only while the robots `<b>stand still</b>` & the lights are on.
""",
    "forklifts.md": """---
number: IS-OLD-04
title: Forklift licences
version: "4"
state: approved
approved_on: 2019-05-01
next_review: 2020-05-01
audience: staff
language: en
---
# Forklift licences

## Renewal

A forklift licence is renewed every 27 months by the logistics office.
""",
    "fernwartung.md": """---
number: IS-VA-11
title: Fernwartung der Schweißzellen
version: "1.2"
state: approved
approved_on: 2025-02-01
next_review: 2099-02-01
owner: Jonas Brandt
audience: staff
language: de
---
# Fernwartung der Schweißzellen

## Freigabe

Die Fernwartung der Schweißzellen gibt allein die Schichtleitung frei. Nach vier Stunden wird die Verbindung getrennt.
""",
}
PEOPLE = (
    ("Mira Voss", "mira.voss@plant.example", "isms_manager", "Security"),
    ("Emil Sorg", "emil.sorg@plant.example", "staff", "Hall 3"),
    ("Ines Wahl", "ines.wahl@plant.example", "auditor", ""),
    ("Tom Reuter", "tom.reuter@plant.example", "admin", "IT"),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--postgres", action="store_true", help="run every test on PostgreSQL, not only those of what differs")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--postgres"):
        engines.Chosen.engine = engines.postgres()


def pytest_sessionstart(session: pytest.Session) -> None:
    """Before workers start, the texts that ship are embedded on all processors; then each worker keeps to one of them."""
    if xdist.is_xdist_controller(session):
        with _standards(session.config):
            pass
        os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> engines.Engine:
    """Each database that the product runs on, for tests of what differs between them."""
    return engines.named(request.param)


@pytest.fixture(scope="session")
def shipped(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder to copy from: the texts that ship in `annexa.db`, embedded, and their `index`."""
    with _standards(pytestconfig) as kept:
        return Path(shutil.copytree(kept, tmp_path_factory.mktemp("standards") / "data", ignore=shutil.ignore_patterns("lock", "turn")))


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    """The encoder that ships, loaded once."""
    return Encoder()


@pytest.fixture(scope="session")
def plant(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Iterator[Plant]:
    """The small plant of `a_plant`, answered from its documents alone, without the texts on standards."""
    folder = tmp_path_factory.mktemp("documents")
    with a_plant_to_ask(a_plant(folder), tmp_path_factory.mktemp("data"), encoder) as made:
        yield made


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory, shipped: Path) -> Iterator[App]:
    """An App with the texts that ship, six small documents, and four people."""
    folder = tmp_path_factory.mktemp("plant")
    url = engines.Chosen.engine.take_copy(folder / "data", shipped / "annexa.db")
    shutil.copytree(shipped / "index", folder / "data" / "index")
    settings = Settings(data=folder / "data", database_url=url)
    for name, text in DOCUMENTS.items():
        path = folder / "documents" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    with App(settings, "pytest") as made:
        for name, email, role, department in PEOPLE:
            identity.add_person(made.store, name, email, role, department=department)
        report = made.ingest(folder / "documents")
        assert len(report.loaded) == len(DOCUMENTS), report
        yield made


@contextmanager
def _standards(config: pytest.Config) -> Iterator[Path]:
    """A data folder with the texts that ship, which is kept between runs: embedding them takes a minute or more.

    Texts that changed since are brought up to date when it is opened; a changed schema makes it anew. Runs side by side take turns.
    """
    schema = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(MIGRATIONS.rglob("*.py")))).hexdigest()[:12]
    assert config.cache is not None
    folder = Path(config.cache.mkdir(f"standards-{schema}"))
    with (folder / "turn").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        App(Settings(data=folder), "pytest").close()
        yield folder
