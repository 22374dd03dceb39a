"""A draft of a risk and of a document beside encoding a question alone, asked in turns over the sample plant, without a chat model."""

import statistics
import time
from collections.abc import Callable
from pathlib import Path

from assistant import identity
from assistant.app import App, Progress
from assistant.config import Settings
from assistant.demo import PLANT, load_people, load_registers
from assistant.drafting.types import document_types
from evals.bench.figures import Figure
from evals.risks import cases
from knowledge.embedding import Encoder

_DOCUMENTS_EVERY = 2
"""Every so many types of documents are drafted: each costs as much as dozens of questions."""


def run(data: Path, full: bool = False, progress: Progress | None = None) -> list[Figure]:
    """The 95th hundredth of drafting over the median of encoding; with `full` every type of document."""
    with App(Settings(data=data / "drafts", model=""), "evals.bench", progress) as app:
        load_people(app.store, PLANT / "people.csv")
        app.ingest(PLANT / "documents", progress=progress)
        load_registers(app.store, PLANT / "registers", app.settings.moment())
        app.embed_rows(progress)
        asker, encoder = identity.asker(app.store, "isms_manager"), Encoder(app.settings.encoder)
        sentences = [str(case["sentence"]) for case in cases(None)][:100]
        types = list(document_types())[:: 1 if full else _DOCUMENTS_EVERY]
        risk = _measured(encoder, sentences, lambda text: app.drafter.risk(asker, text))
        document = _measured(encoder, types, lambda name: app.drafter.document(asker, name))
    return [
        _figure("draft of a risk, p95, over encoding a question", *risk, 20),
        _figure("draft of a document, p95, over encoding a question", *document, 100),
    ]


def _measured(encoder: Encoder, given: list[str], draft: Callable[[str], object]) -> tuple[list[float], list[float]]:
    """(milliseconds of encoding, of drafting) in turns, after both were warmed."""
    encoding, drafting = [], []
    for warm in given[:3]:
        draft(warm)
    for number, one in enumerate(given):
        question = f"who may approve number {number} of the remote accesses, and how long is it kept?"
        for _ in range(5):
            start = time.perf_counter()
            encoder.encode_query(question)
            encoding.append((time.perf_counter() - start) * 1000)
        start = time.perf_counter()
        draft(one)
        drafting.append((time.perf_counter() - start) * 1000)
    return encoding, drafting


def _figure(what: str, encoding: list[float], drafting: list[float], at_most: float) -> Figure:
    alone, p95 = statistics.median(encoding), statistics.quantiles(drafting, n=20)[-1]
    details = {
        "draft_ms_p50": round(statistics.median(drafting), 1),
        "draft_ms_p95": round(p95, 1),
        "encode_ms_p50": round(alone, 1),
        # Encoding suffers more from neighbours than the rest does, so a busy machine flatters; the fastest tenth does not.
        "ratio_of_p10": round(statistics.quantiles(drafting, n=10)[0] / statistics.quantiles(encoding, n=10)[0], 2),
        "drafts": len(drafting),
    }
    return Figure("drafts", what, p95 / alone, at_most=at_most, details=details)
