"""The database: engine, sessions, migrations. SQLite with one writer at a time, or PostgreSQL."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlmodel import Session, create_engine

from knowledge.errors import WrongSchema

MIGRATIONS = Path(__file__).with_name("migrations")


class Store:
    """Sessions on one database. `read()` sees a snapshot; `write()` commits when its block ends well, else nothing of it stays."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url)
        self._writing = threading.Lock()

    @contextmanager
    def read(self) -> Iterator[Session]:
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self, flushed: bool = True) -> Iterator[Session]:
        """A session that may write. What is not `flushed` to the disk may be lost with the power, though never by halves."""
        # One writer a process: SQLite's own waiting is unfair, its worst case above a second.
        with self._writing, self.engine.connect().execution_options(annexa_write="FULL" if flushed else "NORMAL") as connection:
            with Session(connection, expire_on_commit=False) as session:
                yield session
                session.commit()

    def migrate(self) -> None:
        """Bring the database to the newest revision. Raises WrongSchema when it is newer than this program."""
        from alembic import command
        from alembic.config import Config
        from alembic.util import CommandError

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        try:
            with self.engine.begin() as connection:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
        except CommandError as error:
            raise WrongSchema(
                f"The database was written by a newer Annexa ({error}). Install that version, or restore a backup."
            ) from error

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


def sqlite_url(path: Path) -> str:
    """The address of a SQLite file; a path may hold spaces."""
    return f"sqlite:///{path.resolve()}"


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": 30})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        if synchronous := connection.get_execution_options().get("annexa_write"):
            connection.connection.driver_connection.execute(f"PRAGMA synchronous={synchronous}")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:  # cannot fail, so it need not go through the layers that translate errors
            connection.connection.driver_connection.execute("BEGIN")

    return engine
