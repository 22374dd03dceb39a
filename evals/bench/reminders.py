"""How long it takes to know what is due with 100,000 open items, and how much memory that takes.

    python -m evals.bench.reminders [--items 100000]

The items are spread over ten registers and three years; some are said already. Each look is timed: the first of a process, one
after everything was said, and one in the countdown to an audit.
"""

import argparse
import random
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from assistant.assurance.reminding import due
from assistant.assurance.reminding.delivery import key_of
from assistant.assurance.reminding.state import state_at
from knowledge.registers import REGISTERS, Audit, Person, Reminder, Store, sqlite_url

NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
PEOPLE = 200
KINDS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("corrective_action", "due_date", {"title": "Action", "state": "action_planned"}),
    ("risk", "review_date", {"name": "Risk"}),
    ("risk", "due_date", {"name": "Treatment"}),
    ("evidence", "expires_on", {"title": "Evidence"}),
    ("training", "due_date", {"title": "Training", "state": "planned"}),
    ("acknowledgement", "due_date", {"version": "1"}),
    ("ai_system", "next_review", {"name": "System"}),
    ("supplier", "next_assessment", {"name": "Supplier"}),
    ("machine_identity", "expires_on", {"name": "Certificate"}),
    ("programme_task", "due_date", {"name": "Task", "state": "open"}),
)


def filled(folder: Path, items: int) -> Store:
    """A plant with people and that many open items, most of them due in the coming years."""
    store, chance = Store(sqlite_url(folder / "annexa.db")), random.Random(27001)
    store.migrate()
    with store.write() as session:
        roles = {1: "isms_manager", 2: "approver"}
        session.execute(insert(Person), [_person(number, roles.get(number, "owner")) for number in range(1, PEOPLE + 1)])
        session.add(
            Audit(
                id="AU-2026-001", type="surveillance_1", title="Surveillance", start_date=NOW.date() + timedelta(days=200), status="planned"
            )
        )
        for kind, (register, column, values) in enumerate(KINDS):
            model: Any = REGISTERS[register].model
            rows = [
                {**values, "id": f"{model.about.prefix}-{kind}-{number:06}", "owner": f"P-{chance.randint(1, PEOPLE):03}", column: _day(chance), "created_at": NOW - timedelta(days=400), "changed_at": NOW - timedelta(days=400)}
                for number in range(items // len(KINDS))
            ]  # fmt: skip
            for start in range(0, len(rows), 5_000):
                session.execute(insert(model), [model(**row).model_dump() for row in rows[start : start + 5_000]])
    return store


def looks(store: Store) -> Iterator[tuple[str, int, float]]:
    """(what, how many reminders, seconds) of each look."""
    yield "first look", *_timed(store, NOW)
    yield "the same again", *_timed(store, NOW)
    with store.read() as session:
        found = due.due(state_at(session, NOW, {}))
    with store.write() as session:
        session.execute(insert(Reminder), [
            {"key": key_of(one, "mail"), "rule": one.rule, "register_name": one.register, "row_id": one.row_id, "due_on": one.due_on, "step": one.step,
             "person_id": one.person_id, "channel": "mail", "state": "sent", "late_days": 0, "post_key": "", "reason": "", "created_at": NOW}
            for one in found
        ])  # fmt: skip
    yield "all of it said", *_timed(store, NOW)
    with store.write() as session:
        session.get_one(Audit, "AU-2026-001").start_date = NOW.date() + timedelta(days=60)
    yield "countdown to an audit", *_timed(store, NOW)


def _timed(store: Store, now: datetime) -> tuple[int, float]:
    with store.read() as session:
        began = time.perf_counter()
        number = len(due.due(state_at(session, now, {})))
        return number, time.perf_counter() - began


def _person(number: int, role: str) -> dict[str, Any]:
    return Person(
        id=f"P-{number:03}", name=f"Person {number}", email=f"p{number}@plant.example", role=role, plant_manager=number == 2
    ).model_dump()


def _day(chance: random.Random) -> date:
    return NOW.date() + timedelta(days=chance.randint(-60, 1_000))


def main() -> None:
    """Print each look, and how much memory the process took beyond what filling it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=100_000)
    items = parser.parse_args().items
    with tempfile.TemporaryDirectory() as folder:
        store = filled(Path(folder), items)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for what, number, seconds in looks(store):
            print(f"{what:<24} {number:>6} reminders  {seconds:6.2f} s")
        print(f"{items} open items; memory grew by {(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024:.0f} MiB")
        store.close()


if __name__ == "__main__":
    main()
