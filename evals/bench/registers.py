"""Register questions over 100,000 rows, each beside the bare SQL query that returns the same rows, in one run."""

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import insert, text

from assistant.answering.registers import Reading, Registers
from assistant.identity import EVERYBODY, Asker
from evals.bench.figures import Figure
from knowledge.registers import Asset, CorrectiveAction, Link, Person, Risk, Site, Store, sqlite_url
from knowledge.registers.rows import utc_now

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
ROWS = 100_000
_ROUNDS = 15
_READ = "retired_at IS NULL AND audience IN ('public', 'staff')"
QUESTIONS: tuple[tuple[str, str], ...] = (
    ("risks with a score of at least 25", f"SELECT * FROM risk WHERE current_likelihood * current_impact >= 25 AND {_READ} ORDER BY id LIMIT 20"),
    ("the five highest risks", f"SELECT * FROM risk WHERE current_likelihood * current_impact >= 0 AND {_READ} ORDER BY current_likelihood * current_impact DESC, id LIMIT 5"),
    ("risks of Kim Person77", f"SELECT * FROM risk WHERE owner = 'P-077' AND {_READ} ORDER BY id LIMIT 20"),
    ("risks for A-00777", f"SELECT * FROM risk WHERE id IN (SELECT from_id FROM link WHERE kind = 'risk.assets' AND to_id = 'A-00777') AND {_READ}"),
    ("overdue corrective actions of Kim Person33", f"SELECT * FROM corrective_action WHERE owner = 'P-033' AND state != 'closed' AND due_date < '2026-11-24' AND {_READ} ORDER BY id LIMIT 20"),
    ("what is R-04242", "SELECT * FROM risk WHERE id = 'R-04242'"),
    ("how many risks are there", f"SELECT count(*) FROM risk WHERE {_READ}"),
    ("how many corrective actions are overdue", f"SELECT count(*) FROM corrective_action WHERE state != 'closed' AND due_date < '2026-11-24' AND {_READ}"),
    ("risks by treatment", f"SELECT treatment, count(*) FROM risk WHERE {_READ} GROUP BY treatment"),
    ("assets per site", f"SELECT site, count(*) FROM asset WHERE {_READ} GROUP BY site"),
    ("risks without owner", f"SELECT * FROM risk WHERE owner IS NULL AND {_READ} ORDER BY id LIMIT 20"),
    ("corrective actions due within 14 days", f"SELECT * FROM corrective_action WHERE due_date BETWEEN '2026-11-24' AND '2026-12-08' AND {_READ} ORDER BY id LIMIT 20"),
    ("assets at Site 3", f"SELECT * FROM asset WHERE site = 'S-003' AND {_READ} ORDER BY id LIMIT 20"),
    ("assets of Kim Person12 at Site 3", f"SELECT * FROM asset WHERE owner = 'P-012' AND site = 'S-003' AND {_READ} ORDER BY id LIMIT 20"),
    ("risks of assets at Site 3", f"SELECT * FROM risk WHERE id IN (SELECT from_id FROM link WHERE kind = 'risk.assets' AND to_id IN (SELECT id FROM asset WHERE site = 'S-003' AND {_READ})) AND {_READ} ORDER BY id LIMIT 20"),
    ("welche Maßnahmen sind überfällig", f"SELECT * FROM corrective_action WHERE state != 'closed' AND due_date < '2026-11-24' AND {_READ} ORDER BY id LIMIT 20"),
    ("assets without risks", f"SELECT * FROM asset WHERE id NOT IN (SELECT to_id FROM link WHERE kind = 'risk.assets') AND {_READ} ORDER BY id LIMIT 20"),
)  # fmt: skip


def run(rows: int = ROWS) -> list[Figure]:
    """p95 of reading, running and wording each question, over the p95 of its bare SQL; 25 ms are allowed where five times that is less."""
    with TemporaryDirectory() as folder:
        store = Store(sqlite_url(Path(folder) / "annexa.db"))
        store.migrate()
        _fill(store, rows)
        figures = [_figure(store, Registers(store), question, sql, rows) for question, sql in QUESTIONS]
        store.close()
    return figures


def _figure(store: Store, asked: Registers, question: str, sql: str, rows: int) -> Figure:
    asker = Asker(role="staff", audiences=EVERYBODY)

    def answer() -> None:
        found = asked.parse(question, asker, NOW.date())
        assert isinstance(found, Reading) and not found.unused, question
        asked.run(found.query, asker, "en")

    def bare() -> None:
        with store.read() as session:
            session.execute(text(sql)).all()

    ours, theirs = _p95(answer), _p95(bare)
    allowed = max(5 * theirs, 25.0)
    return Figure(
        "registers",
        question,
        ours / allowed,
        at_most=1.0,
        details={"rows": rows, "ms": round(ours, 2), "bare_ms": round(theirs, 2), "allowed_ms": round(allowed, 2)},
    )


def _p95(call: Callable[[], None]) -> float:
    took = []
    for _ in range(_ROUNDS + 1):
        started = time.perf_counter()
        call()
        took.append((time.perf_counter() - started) * 1000)
    return statistics.quantiles(took[1:], n=20)[-1]  # the first one reads the names


def _fill(store: Store, rows: int) -> None:
    today, stamp = NOW.date(), utc_now()
    common: dict[str, Any] = {"audience": "staff", "source": "bench", "created_at": stamp, "changed_at": stamp, "revision": 1}
    with store.write() as session:
        session.execute(
            insert(Person),
            [
                {**common, "id": f"P-{n:03d}", "name": f"Kim Person{n}", "email": f"p{n}@plant.example", "role": "owner"}
                for n in range(1, 201)
            ],
        )
        session.execute(insert(Site), [{**common, "id": f"S-{n:03d}", "name": f"Site {n}"} for n in range(1, 11)])
        for start in range(0, rows, 10_000):
            numbers = range(start + 1, start + 10_001)
            session.execute(
                insert(Asset),
                [
                    {
                        **common,
                        "id": f"A-{n:05d}",
                        "name": f"Asset {n}",
                        "asset_class": "plc",
                        "owner": f"P-{n % 200 + 1:03d}",
                        "site": f"S-{n % 10 + 1:03d}",
                    }
                    for n in numbers
                ],
            )
            session.execute(
                insert(Risk),
                [
                    {**common, "id": f"R-{n:05d}", "name": f"Risk {n}", "owner": f"P-{n % 200 + 1:03d}", "current_likelihood": n % 5 + 1, "current_impact": n // 5 % 5 + 1, "treatment": "modify"}
                    for n in numbers
                ],
            )  # fmt: skip
            session.execute(
                insert(CorrectiveAction),
                [
                    {**common, "id": f"CA-2026-{n:05d}", "title": f"Action {n}", "owner": f"P-{n % 200 + 1:03d}", "state": "closed" if n % 3 else "reported", "due_date": today + timedelta(n % 400 - 200)}
                    for n in numbers
                ],
            )  # fmt: skip
            session.execute(
                insert(Link), [{"kind": "risk.assets", "from_id": f"R-{n:05d}", "to_id": f"A-{(n * 7) % rows + 1:05d}"} for n in numbers]
            )
