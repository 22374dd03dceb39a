"""A data folder with as many passages as a plant has after years: the sample plant and generated procedures."""

import random
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from sqlmodel import Session, col, func, select

from assistant import config
from assistant.app import App
from assistant.config import Settings
from assistant.demo import PLANT, load_people
from evals.bench import texts
from knowledge import passages
from knowledge.index import KEPT
from knowledge.registers import Document, DocumentVersion, Passage, Store, Vector

_TOGETHER = 5_000


def settings(data: Path, size: int) -> Settings:
    """The settings of the plant's data folder; no language model."""
    return config.load(data=data / f"plant-{size}", model="")


def build(data: Path, size: int, encoded: int, progress: Callable[[str, int, int], None] | None = None) -> int:
    """Number of passages in all, after the plant's folder was filled up to `size` passages of documents; a full one stays.

    Of the generated procedures the first `encoded` passages are ingested as files. Those beyond get the vectors of one
    of them, a little disturbed: what is measured here is finding and answering, not encoding.
    """
    with App(settings(data, size), "evals.bench", progress) as app:
        if _documents(app.store) >= size:
            return len(app.index)
        load_people(app.store, PLANT / "people.csv")
        app.ingest(PLANT / "documents", progress=progress)
        with tempfile.TemporaryDirectory() as folder:
            (generated,) = texts.write_folders(Path(folder), min(encoded, size - _documents(app.store)))
            app.ingest(generated, progress=progress)
        if (missing := size - _documents(app.store)) > 0:
            _add_disturbed(app.store, missing, encoded)
    with App(settings(data, size), "evals.bench", progress) as app:
        app.index.save()
        return len(app.index)


def _add_disturbed(store: Store, count: int, skip: int) -> None:
    draw = np.random.default_rng(3)
    pick = random.Random(5)
    fresh = list(texts.sections(skip + count))[skip:]
    with store.read() as session:
        known = _generated_vectors(session)
    for start in range(0, count, _TOGETHER):
        with store.write() as session:
            for number, first in enumerate(range(start, min(start + _TOGETHER, count), 50), start // 50 + 1):
                version_id = _document(session, f"DIS-{number:05d}")
                some = fresh[first : min(first + 50, count)]
                pieces = [passages.Piece(heading, None, 0, len(text), text) for heading, text in some]
                made = passages.make(f"doc:DIS-{number:05d}@1", "document", pieces, tongue="en", audience="staff", version_id=version_id)
                session.add_all(made)
                session.add_all(_disturbed(passage.hash, pick.choice(known), draw) for passage in made)


def _generated_vectors(session: Session) -> list[Vector]:
    found = session.exec(
        select(Vector)
        .join(Passage, col(Passage.hash) == Vector.hash)
        .where(col(Passage.source_id).startswith("doc:GEN-"))
        .order_by(Vector.hash)
    )
    return list(found.all())


def _document(session: Session, number: str) -> int:
    session.add(Document(number=number, title=f"Generated procedure {number}"))
    session.flush()
    version = DocumentVersion(number=number, version="1", file_name=f"{number}.md")
    session.add(version)
    session.flush()
    assert version.id is not None
    return version.id


def _disturbed(hash_: str, like: Vector, draw: np.random.Generator) -> Vector:
    vector = np.frombuffer(like.vector, np.float32)
    vector = vector + draw.normal(0, 0.35 / np.sqrt(len(vector)), len(vector)).astype(np.float32)
    tokens = np.frombuffer(like.tokens, np.int8).reshape(-1, KEPT)
    tokens = np.clip(tokens + draw.integers(-6, 7, tokens.shape), -127, 127).astype(np.int8)
    return Vector(
        hash=hash_,
        encoder=like.encoder,
        number_type=like.number_type,
        vector=(vector / np.linalg.norm(vector)).astype(np.float32).tobytes(),
        tokens=tokens.tobytes(),
        parts=like.parts,
    )


def _documents(store: Store) -> int:
    with store.read() as session:
        return session.exec(select(func.count()).select_from(Passage).where(Passage.current, Passage.kind == "document")).one()
