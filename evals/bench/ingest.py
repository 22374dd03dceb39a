"""Ingestion beside the bare encoder, for each number type; and loading again what has not changed."""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from sqlmodel import col, select

from evals.bench import texts
from evals.bench.figures import Figure
from knowledge import ingestion
from knowledge.embedding import Encoded, Encoder
from knowledge.index import Index
from knowledge.index.parts import parts_of
from knowledge.registers import Passage, Store, sqlite_url

_TO_REACH = {"float32": 0.9, "bfloat16": 0.7}
_ROUNDS = 3
_SECONDS = 130
"""For one number type in a short run; half of it is the bare encoder's."""


class TypedEncoder(Encoder):
    """The product's encoder in one number type, whatever the processor has; counts the texts that it reads."""

    def __init__(self, number_type: str) -> None:
        super().__init__()
        import torch

        self._model = self.model.to(getattr(torch, number_type))
        self.read = 0

    def encode_documents(
        self, texts: Sequence[Sequence[str]], progress: Callable[[int], None] | None = None
    ) -> Iterator[tuple[int, Encoded]]:
        """As the product's, counted."""
        self.read += len(texts)
        yield from super().encode_documents(texts, progress)


def run(full: bool = False) -> list[Figure]:
    """Figures of both number types."""
    return [figure for number_type in _TO_REACH for figure in _measure(number_type, 10_000 if full else None)]


def _measure(number_type: str, count: int | None) -> list[Figure]:
    """Figures of one number type; without a count as many passages as the machine reads in the time, 3,000 at most."""
    encoder = TypedEncoder(number_type)
    sample = [f"{heading} {text}" for heading, text in texts.sections(64)]
    _bare(encoder, sample)
    count = count or max(300, min(3_000, round(_SECONDS / 2 / _bare(encoder, sample).wall) // 150 * 150))
    with tempfile.TemporaryDirectory() as folder:
        store = Store(sqlite_url(Path(folder) / "ingest.db"))
        store.migrate()
        index = Index(store, encoder, Path(folder) / "index")
        index.open()
        folders = texts.write_folders(Path(folder) / "in", count, _ROUNDS)
        ours, bare, loaded = [], [], 0
        strings: list[str] = []
        for number, some in enumerate(folders):
            # Which of the two goes first alternates, because the machine is not equally busy all the time. The strings are
            # those of stored passages, so where the bare encoder goes first it reads those of the round before.
            if number % 2:
                bare.append(_bare(encoder, strings))
            taken, strings = _ingest(store, index, some)
            if not number % 2:
                bare.append(_bare(encoder, strings))
            ours.append(taken.over(len(strings)))
            loaded += len(strings)
        embedded = encoder.read
        start = time.perf_counter()
        again = [ingestion.ingest(store, index, some) for some in folders]
        seconds_again = time.perf_counter() - start
        start = time.perf_counter()
        index.save()
        saved = time.perf_counter() - start
        store.close()
    per_passage, per_string = statistics.fmean(one.wall for one in ours), statistics.fmean(one.wall for one in bare)
    in_all = per_passage * loaded
    details = {
        "passages": loaded,
        "ours_per_s": round(1 / per_passage, 1),
        "bare_per_s": round(1 / per_string, 1),
        "by_round": [round(b.wall / o.wall, 3) for o, b in zip(ours, bare, strict=True)],
        "by_processor_time": round(sum(one.processor for one in bare) / sum(one.processor for one in ours), 3),
        "texts_read": embedded,
        "chroma_follows_s": round(saved, 1),
    }
    unchanged = {
        "seconds": round(seconds_again, 3),
        "first_s": round(in_all, 1),
        "files_unchanged": sum(len(report.unchanged) for report in again),
        "files_loaded": sum(len(report.loaded) for report in again),
    }
    return [
        Figure(
            "ingest",
            f"{number_type}: passages per second over the bare encoder",
            per_string / per_passage,
            at_least=_TO_REACH[number_type],
            details=details,
        ),
        Figure(
            "ingest",
            f"{number_type}: loading unchanged files again over the first time",
            seconds_again / in_all,
            at_most=0.05,
            details=unchanged,
        ),
        Figure("ingest", f"{number_type}: texts embedded when nothing changed", float(encoder.read - embedded), at_most=0),
    ]


@dataclass(frozen=True)
class _Taken:
    """Seconds by the clock on the wall, and of this process on all processors: the second is blind to its neighbours."""

    wall: float
    processor: float

    @classmethod
    def by(cls, work: Callable[[], object]) -> Self:
        wall, processor = time.perf_counter(), time.process_time()
        work()
        return cls(time.perf_counter() - wall, time.process_time() - processor)

    def over(self, count: int) -> Self:
        return type(self)(self.wall / count, self.processor / count)


def _ingest(store: Store, index: Index, folder: Path) -> tuple[_Taken, list[str]]:
    """(time until keyword and exact search find the folder's files, the strings that the encoder read of them)."""
    taken = _Taken.by(lambda: ingestion.ingest(store, index, folder))
    with store.read() as session:
        numbers = [f"doc:{path.stem}@1" for path in folder.iterdir()]
        passages = session.exec(select(Passage).where(col(Passage.source_id).in_(numbers))).all()
    return taken, [" ".join(parts_of(passage)) for passage in passages]


def _bare(encoder: Encoder, strings: Sequence[str]) -> _Taken:
    """Time a string that sentence-transformers takes for them."""
    return _Taken.by(lambda: encoder.model.encode(list(strings), batch_size=32, show_progress_bar=False)).over(len(strings))
