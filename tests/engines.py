"""The databases that tests run on: SQLite in a file, or PostgreSQL; and a Chroma server.

The servers are started from their installed binaries, on loopback, each in a temporary folder, when a test first needs them.
"""

import atexit
import functools
import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import httpx
import psycopg
import pytest
from psycopg import sql
from sqlmodel import Session, SQLModel, create_engine, insert, select

from knowledge.registers import Store, sqlite_url

_NOBODY = 65534
_PATIENCE = 60.0


class Engine(Protocol):
    """Gives each folder a database of its own."""

    name: str

    def url(self, folder: Path) -> str:
        """Address of the folder's database, which is empty at first."""

    def migrated(self, folder: Path) -> str:
        """Address of the folder's database, made at the newest revision."""

    def take_copy(self, folder: Path, filled: Path) -> str:
        """Address of the folder's database, made with what the SQLite file holds."""


class Sqlite:
    """A file in the folder."""

    name = "sqlite"

    def url(self, folder: Path) -> str:
        folder.mkdir(parents=True, exist_ok=True)
        return sqlite_url(folder / "annexa.db")

    def migrated(self, folder: Path) -> str:
        return self.take_copy(folder, self._empty())

    def take_copy(self, folder: Path, filled: Path) -> str:
        url = self.url(folder)
        shutil.copy(filled, folder / "annexa.db")
        return url

    @staticmethod
    @functools.cache
    def _empty() -> Path:
        folder = Path(tempfile.mkdtemp(prefix="annexa-empty-"))
        atexit.register(shutil.rmtree, folder)
        _migrate(sqlite_url(folder / "annexa.db"))
        return folder / "annexa.db"


class Postgres:
    """A server of our own, on a socket in its folder and a port of loopback; it does not outlive the tests, so nothing waits for the disk."""

    name = "postgres"

    def __init__(self, binaries: Path) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="annexa-postgres-"))
        self._port = free_port()
        os.chmod(self._folder, 0o700)
        if os.geteuid() == 0:  # PostgreSQL does not start as root
            os.chown(self._folder, _NOBODY, _NOBODY)
        data = self._folder / "data"
        self._run([binaries / "initdb", "-D", data, "-U", "annexa", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"])
        quick = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "300"}
        options = [word for name, value in quick.items() for word in ("-c", f"{name}={value}")]
        place = ["-D", str(data), "-h", "127.0.0.1", "-p", str(self._port), "-k", str(self._folder)]
        self._server = subprocess.Popen(
            [str(binaries / "postgres"), *place, *options],
            stdout=subprocess.DEVNULL,
            stderr=(self._folder.parent / f"{self._folder.name}.log").open("wb"),
            **_unprivileged(),
        )
        atexit.register(self._stop)
        until(lambda: self._answers(), self._server, "PostgreSQL")

    def url(self, folder: Path) -> str:
        name = self._name(folder)
        if not self._is_there(name):
            self._create(name)
        return self.address(name)

    def migrated(self, folder: Path) -> str:
        return self._made_as(folder, "migrated", _migrate)

    def take_copy(self, folder: Path, filled: Path) -> str:
        content = hashlib.sha256(filled.read_bytes()).hexdigest()[:24]
        return self._made_as(folder, f"c{content}", lambda url: copy_rows(sqlite_url(filled), url))

    def _made_as(self, folder: Path, template: str, fill: Callable[[str], None]) -> str:
        if not self._is_there(template):
            self._create(template)
            fill(self.address(template))
        name = self._name(folder)
        self._create(name, template)
        return self.address(name)

    def address(self, database: str) -> str:
        return f"postgresql+psycopg://annexa@127.0.0.1:{self._port}/{database}"

    def _name(self, folder: Path) -> str:
        return "t" + hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:24]

    def _is_there(self, database: str) -> bool:
        return self._execute("SELECT 1 FROM pg_database WHERE datname = %s", database)

    def _create(self, name: str, template: str = "template0") -> None:
        self._execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))

    def _execute(self, statement: Any, *values: str) -> bool:
        """Whether there was a row."""
        with psycopg.connect(f"host=127.0.0.1 port={self._port} user=annexa dbname=postgres", autocommit=True) as connection:
            done = connection.execute(statement, values or None)
            return bool(done.description and done.fetchone())

    def _answers(self) -> bool:
        try:
            return self._execute("SELECT 1")
        except psycopg.OperationalError:
            return False

    def _run(self, words: list[Any]) -> None:
        done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, **_unprivileged())
        assert done.returncode == 0, done.stderr

    def _stop(self) -> None:
        self._server.terminate()
        self._server.wait(30)
        shutil.rmtree(self._folder, ignore_errors=True)
        Path(f"{self._folder}.log").unlink(missing_ok=True)


@functools.cache
def postgres() -> Postgres:
    """The PostgreSQL server of this run. Skips the test where there is none; on the build machine it fails it."""
    binaries = _binaries()
    if binaries is None:
        missing("PostgreSQL is not installed: neither is initdb on the PATH, nor /usr/lib/postgresql/*/bin/initdb there")
    return Postgres(binaries)


@functools.cache
def chroma() -> str:
    """Address of the Chroma server of this run, the one of the chromadb package's own command."""
    binary = Path(sys.executable).parent / "chroma"
    if not binary.exists():
        missing(f"the command chroma of the chromadb package is not beside {sys.executable}")
    folder, port = tempfile.mkdtemp(prefix="annexa-chroma-"), free_port()
    server = subprocess.Popen(
        [str(binary), "run", "--path", folder, "--host", "127.0.0.1", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def stop() -> None:
        server.terminate()
        server.wait(30)
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)
    url = f"http://127.0.0.1:{port}"
    until(lambda: _beats(url), server, "Chroma")
    return url


def named(name: str) -> Engine:
    """The engine of that name."""
    return postgres() if name == Postgres.name else Sqlite()


class Chosen:
    """The engine on which the tests run that are not about one: SQLite, or with `pytest --postgres` PostgreSQL."""

    engine: Engine = Sqlite()


def until(ready: Callable[[], bool], process: "subprocess.Popen[Any]", name: str) -> None:
    """Wait for a server; a test fails that would wait in vain."""
    end = time.monotonic() + _PATIENCE
    while not ready():
        assert process.poll() is None, f"{name} ended with status {process.returncode}"
        assert time.monotonic() < end, f"{name} did not answer within {_PATIENCE:.0f} s"
        time.sleep(0.05)


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def copy_rows(source: str, target: str) -> None:
    """Every row of one database into another, empty one."""
    store = Store(target)
    store.migrate()
    origin, tables = create_engine(source), SQLModel.metadata.sorted_tables
    with Session(origin) as read, store.engine.begin() as write:
        for table in tables:
            if table.name == "journal_head":
                write.execute(table.delete())
            if table.name != "passage_change" and (rows := [row._asdict() for row in read.execute(select(table))]):
                write.execute(insert(table), rows)
    for table in tables:  # PostgreSQL counts on from its own sequence, which rows with given ids do not move
        _count_on(store, table)
    store.close()
    origin.dispose()


def plan(session: Session, statement: Any) -> list[str]:
    """How the database would find the rows, a step a line; `SCAN table` is one that reads a whole table.

    PostgreSQL reads a small table whole unless that is made dear.
    """
    text = statement.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
    if session.get_bind().dialect.name == "sqlite":
        return [row[-1] for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {text}")]
    session.connection().exec_driver_sql("SET LOCAL enable_seqscan = off")
    lines = [row[0] for row in session.connection().exec_driver_sql(f"EXPLAIN {str(text).replace('%', '%%')}")]
    return [re.sub(r".*Seq Scan on (\w+).*", r"SCAN \1", line) for line in lines]


def missing(reason: str) -> None:
    """Skip a test that lacks a program; on the build machine fail it."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def _migrate(url: str) -> None:
    store = Store(url)
    store.migrate()
    store.close()


def _count_on(store: Store, table: Any) -> None:
    key = table.autoincrement_column
    if store.shared and key is not None:
        statement = f"SELECT setval(pg_get_serial_sequence('{table.name}', '{key.name}'), coalesce(max({key.name}), 0) + 1, false) FROM {table.name}"
        with store.engine.begin() as connection:
            connection.exec_driver_sql(statement)


def _binaries() -> Path | None:
    found = [Path(path).resolve().parent for path in [shutil.which("initdb")] if path]
    found += sorted((path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")), key=lambda path: int(path.parent.name))[
        ::-1
    ]
    return next((folder for folder in found if (folder / "postgres").exists()), None)


def _unprivileged() -> dict[str, Any]:
    return {"user": _NOBODY, "group": _NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


def _beats(url: str) -> bool:
    try:
        return httpx.get(f"{url}/api/v2/heartbeat", timeout=2).is_success
    except httpx.HTTPError:
        return False
