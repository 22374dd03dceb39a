"""A large register file loaded: rows, journal and passages committed and found by their words, how much memory, and again without a change;
and written out."""

import csv
import random
import resource
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from assistant.exchange import Report, export_file, import_file
from evals.bench.figures import Figure
from knowledge import row_passages
from knowledge.embedding import Encoder
from knowledge.index import Index
from knowledge.registers import REGISTERS, Store, journal, records, sqlite_url
from knowledge.registers.derived import STANDARD, Context
from knowledge.registers.rights import INSTALLATION

_ROWS = 50_000
_SECONDS, _BYTES = 60.0, 1.5 * 2**30
_NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
_WORDS = "label press camera weld model drift poison password supplier firmware gateway backup image sensor line hall robot batch recipe key".split()


def run(rows: int = _ROWS) -> list[Figure]:
    """Seconds for loading the rows over what is allowed, and the memory of the process over what is allowed."""
    with tempfile.TemporaryDirectory() as folder:
        path = _written(Path(folder) / "risks.csv", rows)
        store = Store(sqlite_url(Path(folder) / "annexa.db"))
        store.migrate()
        with records.writing(store, INSTALLATION, _NOW, "bench") as book:
            for number in range(20):
                book.create("person", {"name": f"Person {number}", "email": f"p{number}@plant.example"})
            for number in range(1000):
                book.create("asset", {"name": f"Asset {number}", "class": "plc"})
        index = Index(store, Encoder())
        index.open()
        row_passages.follow(store, index)
        first, report = _timed(store, path)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        found_by_words = (
            {hit.source_id for hit in index.search(index.read(f"Risk {rows} of"), {"staff"})} if index.waiting == rows else set()
        )
        second, again = _timed(store, path)
        start = time.perf_counter()
        export_file(store, INSTALLATION, "risk", Path(folder) / "out.csv", Context(STANDARD, _NOW.date()))
        out = time.perf_counter() - start
        with store.read() as session:
            whole = journal.verify(session).whole
        store.close()
    details = {
        "rows": report.new,
        "refused": report.refused,
        "found_by_words": f"row:R-{rows:05d}" in found_by_words,
        "seconds": round(first, 1),
        "again_s": round(second, 1),
        "again_unchanged": again.unchanged,
        "export_s": round(out, 1),
        "journal_whole": whole,
    }
    return [
        Figure("exchange", f"seconds to load {report.new} risks over {_SECONDS:g}", first / _SECONDS, at_most=1, details=details),
        Figure("exchange", "memory over 1.5 GiB", peak / _BYTES, at_most=1, details={"mib": round(peak / 2**20)}),
    ]


def _timed(store: Store, path: Path) -> tuple[float, Report]:
    start = time.perf_counter()
    report = import_file(store, INSTALLATION, "risk", path, _NOW)
    return time.perf_counter() - start, report


def _written(path: Path, count: int) -> Path:
    """A file of risks with the plain header, each with a text of its own, links, controls and dates."""
    drawn = random.Random(7)
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, REGISTERS["risk"].header)
        out.writeheader()
        for number in range(1, count + 1):
            likelihood, impact = drawn.randint(1, 5), drawn.randint(1, 5)
            out.writerow(
                {
                    "ref_id": f"R-{number:05d}",
                    "name": f"Risk {number} of {' '.join(drawn.sample(_WORDS, 4))}",
                    "description": f"Because {' '.join(drawn.sample(_WORDS, 8))}, somebody may alter {' '.join(drawn.sample(_WORDS, 8))}.",
                    "inherent_proba": likelihood,
                    "inherent_impact": impact,
                    "inherent_level": likelihood * impact,
                    "current_proba": likelihood,
                    "current_impact": impact,
                    "current_level": likelihood * impact,
                    "residual_proba": 1,
                    "residual_impact": impact,
                    "treatment": "modify",
                    "assets": f"A-{drawn.randint(1, 999):03d}|A-{drawn.randint(1, 999):03d}",
                    "owner": f"p{drawn.randint(0, 19)}@plant.example",
                    "threats": "AML.T0020",
                    "annex_a_controls": "A.8.24|A.5.1",
                    "review_date": "2026-09-01",
                    "category": "data",
                }
            )
    return path
