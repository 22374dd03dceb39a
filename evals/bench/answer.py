"""A whole extractive answer beside encoding its question alone, asked in turns over a plant on disk."""

import statistics
import time
from pathlib import Path

from assistant import identity
from assistant.answering.shape import Answer
from assistant.app import App, Progress
from evals.bench import plant, texts
from evals.bench.figures import Figure
from knowledge.embedding import Encoder

_QUESTIONS = 500


def run(data: Path, full: bool = False, progress: Progress | None = None) -> list[Figure]:
    """Figures at 10,000 passages, with `full` at 100,000 too."""
    figures = _measure(data, 10_000, 10_000 if full else 1_000, 3, progress)
    return figures + _measure(data, 100_000, 10_000, 4, progress) if full else figures


def _measure(data: Path, size: int, encoded: int, at_most: float, progress: Progress | None) -> list[Figure]:
    passages = plant.build(data, size, encoded, progress)
    with App(plant.settings(data, size), "evals.bench") as app:
        encoder = Encoder(app.settings.encoder)
        for question in ("how long do we keep backups?", "wie lange heben wir Sicherungen auf?", "who approves remote access of a vendor?"):
            encoder.encode_query(question)
            app.answerer.ask(question, identity.STAFF)
        encoding, answering, searched = [], [], []
        for number, question in enumerate(texts.questions(_QUESTIONS)):
            for which in ("encode", "ask") if number % 2 else ("ask", "encode"):
                start = time.perf_counter()
                if which == "encode":
                    encoder.encode_query(question)
                    encoding.append((time.perf_counter() - start) * 1000)
                else:
                    answer = app.answerer.ask(question, identity.STAFF)
                    answering.append((time.perf_counter() - start) * 1000)
                    searched.append(_by_search(answer))
    alone, whole = statistics.median(encoding), statistics.median(answering)
    quoted = [took for took, by_search in zip(answering, searched, strict=True) if by_search]
    details = {
        "answer_ms_p50": round(whole, 1),
        "answer_ms_p95": round(statistics.quantiles(answering, n=20)[-1], 1),
        "encode_ms_p50": round(alone, 1),
        # Encoding suffers more from neighbours than the rest does, so a busy machine flatters; the fastest tenth does not.
        "ratio_of_p10": round(statistics.quantiles(answering, n=10)[0] / statistics.quantiles(encoding, n=10)[0], 2),
        "questions": len(answering),
        "of_documents": size,
        "in_all": passages,
        "generated_and_encoded": min(encoded, size),
    }
    said = {"answer_ms_p50": round(statistics.median(quoted), 1), "questions": len(quoted)}
    name = f"{size:,} passages: whole answer over encoding the question"
    return [
        Figure("answer", name, whole / alone, at_most=at_most, details=details),
        Figure("answer", f"{name}, questions answered by search only", statistics.median(quoted) / alone, at_most=at_most, details=said),
    ]


def _by_search(answer: Answer) -> bool:
    return answer.table is None and any(citation.url.startswith("/sources/") and citation.locator.end for citation in answer.citations)
