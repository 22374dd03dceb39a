"""The database: engine, sessions, migrations. SQLite with one writer at a time, or PostgreSQL."""

import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, text
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, create_engine

from knowledge.errors import WrongSchema

MIGRATIONS = Path(__file__).with_name("migrations")
_FINISH = "finish"
_TURN = 27001
"""The number of PostgreSQL's advisory lock under which processes take turns."""


Rows = Mapping[str, Collection[str]]
"""Ids by register."""
Follow = Callable[[Session, Rows], Callable[[], None]]


class Store:
    """Sessions on one database. `read()` sees a snapshot; `write()` commits when its block ends well, else nothing of it stays."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url)
        self.shared = not url.startswith("sqlite")
        """Whether other processes may write too."""
        self._writing = threading.Lock()
        self.follow: Follow | None = None
        """Who is told of the rows that a transaction wrote; what comes back is called once they are committed."""

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
            # Before anybody else may write, so that what comes of it keeps the order of the commits.
            for finish in session.info.pop(_FINISH, ()):
                finish()

    def rows_written(self, session: Session, rows: Rows) -> None:
        """Tell whoever follows the rows, inside the transaction that writes them."""
        if self.follow and rows:
            session.info.setdefault(_FINISH, []).append(self.follow(session, rows))

    def migrate(self) -> None:
        """Bring the database to the newest revision. Raises WrongSchema when it is newer than this program, or not Annexa's."""
        from alembic import command
        from alembic.util import CommandError

        try:
            with self.turn(), self.engine.begin() as connection:
                config = _alembic()
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
        except CommandError as error:
            raise WrongSchema(
                f"The database was written by a newer Annexa ({error}). Install that version, or restore a backup."
            ) from error
        except DatabaseError as error:
            raise WrongSchema(
                f"The database cannot be brought to this version ({str(error.orig).strip()}): its tables are not those of a release of Annexa, "
                "or it is damaged. Restore a backup, or name another data folder or database."
            ) from error

    def demand_schema(self) -> None:
        """Nothing where the database is at the newest revision, for commands that only read. Raises WrongSchema."""
        from alembic.migration import MigrationContext
        from alembic.script import ScriptDirectory

        wanted = ScriptDirectory.from_config(_alembic()).get_current_head()
        try:
            with self.engine.connect() as connection:
                found = MigrationContext.configure(connection).get_current_revision()
        except DatabaseError as error:
            raise WrongSchema(f"The database cannot be read ({str(error.orig).strip()}). Restore a backup.") from error
        if found != wanted:
            raise WrongSchema(
                f"The database is at revision {found or 'none'}, this version of Annexa works with {wanted}; "
                "annexa init makes it, or brings an older one up to date."
            )

    @contextmanager
    def turn(self) -> Iterator[None]:
        """One process at a time, for what must not be done twice at once: migrations, the texts that ship, the copy in Chroma."""
        if not self.shared:  # SQLite's data folder has one owner
            yield
            return
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("SELECT pg_advisory_lock(:turn)"), {"turn": _TURN})
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:turn)"), {"turn": _TURN})

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


def _alembic() -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


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
