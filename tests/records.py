"""A plant's registers to be written to: a fresh database, its people, and shorthands for rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlmodel import create_engine

from assistant.identity import EVERYBODY, Asker
from knowledge.registers import Store, records
from knowledge.registers.derived import STANDARD, Context
from knowledge.registers.records import Records
from knowledge.registers.rights import INSTALLATION, Actor
from tests import builders
from tests.engines import Engine

NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
TODAY = NOW.date()
CONTEXT = Context(STANDARD, TODAY)


def a_store(folder: Path, engine: Engine | None = None) -> Store:
    """An empty plant with three people: P-001 the ISMS manager, P-002 an owner, P-003 an approver."""
    store = builders.a_store(folder, engine)
    with records.writing(store, INSTALLATION, NOW, "test") as book:
        for name, role in (("Mira Voss", "isms_manager"), ("Ada Kern", "owner"), ("Jon Brandt", "approver")):
            book.create("person", {"name": name, "email": f"{name.split()[0].lower()}@plant.example", "role": role})
    return store


def somebody(role: str, person_id: str | None = None, *labels: str) -> Asker:
    """A person in a role with the labels that the role gives and those named."""
    return Asker(role.title(), person_id, role, frozenset({*EVERYBODY, f"role:{role}", *labels}))


MIRA = somebody("isms_manager", "P-001")
ADA = somebody("owner", "P-002")
JON = somebody("approver", "P-003")


@contextmanager
def writing(store: Store, actor: Actor = MIRA, now: datetime = NOW, history: bool = True) -> Iterator[Records]:
    with records.writing(store, actor, now, "test", history) as book:
        yield book


def tamper(url: str, statements: str, protected: bool = False) -> None:
    """Change the database as somebody would who owns it and knows SQL; what protects the journal is taken off first."""
    engine = create_engine(url)
    triggers = [name for name in ("journal_entry_unchanged", "journal_entry_kept") if engine.dialect.name == "sqlite"]
    dropped = [f"DROP TRIGGER {name}" for name in triggers] or ["DROP TRIGGER journal_entry_kept ON journal_entry"]
    with engine.begin() as connection:
        for statement in ([] if protected else dropped) + statements.split(";"):
            connection.exec_driver_sql(statement)
    engine.dispose()


def a_risk(**more: Any) -> dict[str, Any]:
    """What somebody would type for a risk."""
    return {
        "name": "Poisoned images",
        "description": "Because labels are writable by all, somebody may alter them, leading to cracked parts that pass.",
        "inherent_likelihood": 4,
        "inherent_impact": 5,
        "current_likelihood": 3,
        "current_impact": 4,
        "residual_likelihood": 2,
        "residual_impact": 3,
        "treatment": "modify",
        "category": "data",
        "owner": "ada@plant.example",
        **more,
    }


def an_asset(**more: Any) -> dict[str, Any]:
    return {"name": "Weld camera", "class": "edge AI device", "owner": "P-002", **more}
