"""Token vectors of passages, read from SQL and kept in memory while they are asked for, and how well a question's fit them.

Late interaction (Khattab and Zaharia 2020, ColBERT, 3.3): each token of the question takes the token that is nearest to it.
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from sqlalchemy import bindparam, select
from sqlmodel import col

from knowledge.index.recent import Recent
from knowledge.registers import Store, Vector

KEPT = 64
"""Directions on which token vectors are kept: int8 on 64 of 384 is 4.5 kB a passage instead of 53."""
IN_MEMORY = 30_000
"""Passages whose tokens stay in memory: 80 MB where 10,000 are of documents, for the ways of asking are short; 140 MB at most."""
_ROWS = (
    select(col(Vector.hash), col(Vector.tokens), col(Vector.parts))
    .where(col(Vector.encoder) == bindparam("encoder"))
    .where(col(Vector.hash).in_(bindparam("hashes", expanding=True)))
)


class TokenVectors:
    """The tokens of one encoder. Its methods may be called from several threads; they never change what a hash stands for."""

    def __init__(self, store: Store, encoder: str) -> None:
        self._store, self._encoder = store, encoder
        self._recent = Recent(self._read, IN_MEMORY)

    def take_up(self, hashes: Sequence[str]) -> None:
        """Read these before they are asked for."""
        self._recent.get(hashes)

    def late(self, query: np.ndarray, weights: np.ndarray, hashes: Collection[str]) -> dict[str, float]:
        """How well each passage as a whole fits, by hash; one without tokens is left out."""
        found = self._of(hashes)
        if not found:
            return {}
        firsts = np.cumsum([0] + [len(tokens) for tokens, _ in found.values()])[:-1]
        return dict(zip(found, _nearest(query, weights, [tokens for tokens, _ in found.values()], firsts).tolist(), strict=True))

    def late_by_part(self, query: np.ndarray, weights: np.ndarray, parts: Mapping[str, int]) -> dict[str, np.ndarray]:
        """How well each part of each passage fits; `parts` is the number of them by hash. 0 for what the encoder's limit cut off."""
        out = {hash_: np.zeros(count, np.float32) for hash_, count in parts.items()}
        found = self._of(parts)
        if not found:
            return out
        part_of = np.concatenate([numbers for _, numbers in found.values()])
        passage_of = np.repeat(np.arange(len(found)), [len(numbers) for _, numbers in found.values()])
        changes = (np.diff(part_of.astype(np.int64)) != 0) | (np.diff(passage_of) != 0)
        firsts = np.concatenate([[0], np.flatnonzero(changes) + 1])
        fits = _nearest(query, weights, [tokens for tokens, _ in found.values()], firsts)
        hashes = list(found)
        for passage, part, fit in zip(passage_of[firsts].tolist(), part_of[firsts].tolist(), fits.tolist(), strict=True):
            if part < len(out[hashes[passage]]):
                out[hashes[passage]][part] = fit
        return out

    def _of(self, hashes: Collection[str]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """(tokens [n, KEPT] int8, part of each token) by hash, for those that have any."""
        return {hash_: kept for hash_, kept in self._recent.get(hashes).items() if len(kept[0])}

    def _read(self, hashes: Sequence[str]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        with self._store.read() as session:
            rows = session.connection().execute(_ROWS, {"encoder": self._encoder, "hashes": list(hashes)}).all()
        return {hash_: (np.frombuffer(tokens, np.int8).reshape(-1, KEPT), np.frombuffer(parts, np.uint16)) for hash_, tokens, parts in rows}


def _nearest(query: np.ndarray, weights: np.ndarray, tokens: Sequence[np.ndarray], firsts: np.ndarray) -> np.ndarray:
    """Weighted similarity of the query to each run of tokens, which begin at `firsts`; shape [len(firsts)]."""
    import torch  # its threads are awake from the encoding; those of numpy would wait for them

    similarity = (torch.from_numpy(query) @ torch.from_numpy(np.concatenate(tokens).astype(np.float32)).T).numpy()
    nearest: np.ndarray = np.maximum.reduceat(similarity, firsts, axis=1)
    return weights @ nearest / 127
