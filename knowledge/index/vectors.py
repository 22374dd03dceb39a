"""The vectors of texts as SQL keeps them: a text is read once by an encoder, whatever passages hold it.

A text's hash and the encoder's name are the key. Beside the vector of the whole stand those of its tokens, on the directions that tell them apart best.
"""

from collections.abc import Callable, Collection, Iterator, Sequence

import numpy as np
from sqlmodel import Session, col, select

from knowledge.embedding import Encoded, Encoder
from knowledge.index.parts import parts_of
from knowledge.index.tokens import KEPT
from knowledge.registers import Passage, Projection, Store, Vector

_FLUSH = 2000
_FITTED = 256
"""Texts whose tokens say which directions are kept."""
_ASKED = 500
"""Hashes that one query asks for."""


class StoredVectors:
    """The vectors of one encoder. Its methods may be called from several threads; they never change what a hash stands for."""

    def __init__(self, store: Store, encoder: Encoder) -> None:
        self._store, self._encoder = store, encoder
        self._projection: np.ndarray | None = None

    def known(self, passages: Sequence[Passage]) -> set[str]:
        """Hashes of the passages whose text was read already."""
        with self._store.read() as session:
            return _in_chunks(session, [passage.hash for passage in passages], self._encoder.name)

    def all_known(self) -> set[str]:
        """Hashes of all texts that were read."""
        with self._store.read() as session:
            return set(session.exec(select(Vector.hash).where(Vector.encoder == self._encoder.name)).all())

    def another_encoder(self) -> str | None:
        """The name of an encoder that has read texts beside this one, None where there is none."""
        with self._store.read() as session:
            return session.exec(select(Vector.encoder).where(Vector.encoder != self._encoder.name).limit(1)).first()

    def make(self, passages: Sequence[Passage], known: Collection[str], progress: Callable[[int, int], None] | None = None) -> None:
        """Read the texts that are not known, and keep what came of it; `progress` hears how many are done, of how many."""
        missing = list({passage.hash: passage for passage in passages if passage.hash not in known}.values())
        if not missing:
            return
        done = 0
        rows: list[dict[str, object]] = []

        def count(number: int) -> None:
            nonlocal done
            done += number
            if progress:
                progress(done, len(missing))

        for passage, encoded in self._encoded(missing, count):
            assert self._projection is not None
            tokens = np.clip(np.rint(_unit(encoded.tokens @ self._projection) * 127), -127, 127).astype(np.int8)
            rows.append(
                {
                    "hash": passage.hash,
                    "encoder": self._encoder.name,
                    "number_type": self._encoder.number_type,
                    "vector": encoded.vector.tobytes(),
                    "tokens": tokens.tobytes(),
                    "parts": encoded.parts.tobytes(),
                }
            )
            if len(rows) >= _FLUSH:
                self._keep(rows)
                rows = []
        self._keep(rows)

    def read(self, hashes: Sequence[str]) -> Iterator[tuple[list[int], np.ndarray]]:
        """Some hundred texts at a time: the places of those that have a vector, and these vectors, shape [n, dimension]."""
        if self._projection is None:
            self._projection = self._stored_projection()
        with self._store.read() as session:
            for start in range(0, len(hashes), _ASKED):
                chunk = hashes[start : start + _ASKED]
                wanted = select(Vector.hash, Vector.vector).where(Vector.encoder == self._encoder.name, col(Vector.hash).in_(set(chunk)))
                found = dict(session.exec(wanted).all())
                have = [place for place, hash_ in enumerate(chunk, start) if hash_ in found]
                if have:
                    yield have, np.stack([np.frombuffer(found[hashes[place]], np.float32) for place in have])

    def projected(self, tokens: np.ndarray) -> np.ndarray | None:
        """Token vectors on the directions that are kept; None while nothing was read."""
        return None if self._projection is None else _unit(tokens @ self._projection)

    def _encoded(self, passages: Sequence[Passage], count: Callable[[int], None]) -> Iterator[tuple[Passage, Encoded]]:
        """Each passage as the encoder reads it; the projection is there before the first one, fitted to some of them where none is stored."""
        texts = [parts_of(passage) for passage in passages]
        read: dict[int, Encoded] = {}
        if self._projection is None:
            with self._store.turn():
                self._projection = self._stored_projection()
                if self._projection is None:
                    sample = range(0, len(texts), max(1, len(texts) // _FITTED))[:_FITTED]
                    encoded = self._encoder.encode_documents([texts[position] for position in sample], count)
                    read = {sample[place]: one for place, one in encoded}
                    self._projection = self._fit_projection([read[position].tokens for position in sample])
        yield from ((passages[position], one) for position, one in read.items())
        rest = [position for position in range(len(texts)) if position not in read]
        for place, one in self._encoder.encode_documents([texts[position] for position in rest], count):
            yield passages[rest[place]], one

    def _keep(self, rows: list[dict[str, object]]) -> None:
        if rows:
            with self._store.turn(), self._store.write() as session:  # another process may have embedded the same text
                known = _in_chunks(session, [str(row["hash"]) for row in rows], self._encoder.name)
                if fresh := [row for row in rows if row["hash"] not in known]:
                    session.execute(Vector.__table__.insert(), fresh)  # type: ignore[attr-defined]

    def _stored_projection(self) -> np.ndarray | None:
        with self._store.read() as session:
            row = session.get(Projection, self._encoder.name)
        return np.frombuffer(row.matrix, np.float32).reshape(row.dimension, row.kept) if row else None

    def _fit_projection(self, sample: Sequence[np.ndarray]) -> np.ndarray:
        """The directions that keep most of these texts' token vectors; stored with the vectors."""
        tokens = np.concatenate(sample)
        _, _, directions = np.linalg.svd(tokens.T @ tokens / len(tokens))
        kept = min(KEPT, tokens.shape[1])
        matrix = np.ascontiguousarray(directions[:kept].T, np.float32)
        with self._store.write() as session:
            session.merge(Projection(encoder=self._encoder.name, dimension=tokens.shape[1], kept=kept, matrix=matrix.tobytes()))
        return matrix


def _in_chunks(session: Session, hashes: Sequence[str], encoder: str) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(hashes), _ASKED):
        wanted = hashes[start : start + _ASKED]
        found.update(session.exec(select(Vector.hash).where(Vector.encoder == encoder, col(Vector.hash).in_(wanted))).all())
    return found


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-6)
