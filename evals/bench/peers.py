"""What others would take: BM25, dense search in Chroma, and ways to fuse the two, over the same texts.

Each peer ranks text ids for every question. None of them shares code with our index, apart from the encoder's weights.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import bm25s
import numpy as np
import Stemmer

from knowledge.embedding import Encoder

DEPTH = 100
_STEMMER = Stemmer.Stemmer("english")
_RANK_CONSTANT = 60
_BATCH = 5_000


class Peers:
    """The texts as the peers hold them. `vectors` [n, d] float32, `tokens` a [t, d] float16 array for each text."""

    def __init__(
        self, ids: Sequence[str], texts: Sequence[str], vectors: np.ndarray, tokens: Sequence[np.ndarray], encoder: Encoder
    ) -> None:
        self._ids, self._vectors, self._tokens, self._encoder = list(ids), vectors, tokens, encoder
        self._plain = _Words(texts, k1=1.5, b=0.75)
        self._tuned = _Words(texts, k1=0.7, b=0.85)
        self._pairs = _Words(texts, k1=0.7, b=0.85, pairs=True)
        self._chroma = _in_chroma(self._ids, vectors)

    def rankings(self, questions: Sequence[str]) -> Iterator[tuple[str, list[list[str]]]]:
        """(name of the peer, ids best first for each question)."""
        encoded = [self._encoder.encode_query(question) for question in questions]
        dense = [self._vectors @ one.vector for one, _ in encoded]
        words = [self._plain.scores(question) for question in questions]
        in_chroma = [self._nearest(one.vector) for one, _ in encoded]
        by_words = [_best(scores) for scores in words]

        def named(ranked: Sequence[Sequence[int]]) -> list[list[str]]:
            return [[self._ids[row] for row in some] for some in ranked]

        yield "BM25 (Lucene, stop words, stems)", named(by_words)
        yield "dense in Chroma", named(in_chroma)
        yield "rank fusion, k 60", named([_by_rank(one, other) for one, other in zip(by_words, in_chroma, strict=True)])
        for share in (0.35, 0.7):
            yield f"weighted fusion, {share} dense", named([_best(_fused(w, d, share)) for w, d in zip(words, dense, strict=True)])
        best = [
            self._late(_fused(self._tuned.scores(question) + 0.3 * self._pairs.scores(question), d, 0.35), question, *one)
            for question, d, one in zip(questions, dense, encoded, strict=True)
        ]
        yield "the steps together", named(best)

    def _nearest(self, vector: np.ndarray) -> list[int]:
        found = self._chroma.query(query_embeddings=[vector], n_results=min(DEPTH, len(self._ids)), include=["distances"])
        return [int(id_) for id_ in found["ids"][0]]

    def _late(self, fused: np.ndarray, question: str, encoded: Any, spans: Sequence[tuple[int, int]]) -> list[int]:
        """MaxSim over the best 50, each token of the question weighted by the idf of its word."""
        weights = self._tuned.token_weights(question, spans)
        ranked = _best(fused)
        late = {row: float((encoded.tokens @ self._tokens[row].astype(np.float32).T).max(axis=1) @ weights) for row in ranked[:50]}
        return sorted(ranked[:50], key=lambda row: -(fused[row] + 0.5 * late[row])) + ranked[50:]


class _Words:
    """BM25 of bm25s over stems, or over adjacent pairs of them."""

    def __init__(self, texts: Sequence[str], k1: float, b: float, pairs: bool = False) -> None:
        self._pairs = pairs
        corpus = self._terms(texts)
        self._known = {term for terms in corpus for term in terms}
        self._index = bm25s.BM25(method="lucene", k1=k1, b=b)
        self._index.index(corpus, show_progress=False)
        self._size = len(texts)
        self._frequency: dict[str, int] = {}
        for terms in corpus:
            for term in set(terms):
                self._frequency[term] = self._frequency.get(term, 0) + 1

    def scores(self, question: str) -> np.ndarray:
        """The score of every text, shape [n]."""
        known = [term for term in self._terms([question])[0] if term in self._known]
        return self._index.get_scores(known) if known else np.zeros(self._size, np.float32)

    def token_weights(self, question: str, spans: Sequence[tuple[int, int]]) -> np.ndarray:
        """Weight of each token: idf of the stem of its word, little for a stop word; sums to 1."""
        at = np.full(len(question) + 1, 0.1)
        for start, end in _word_spans(question):
            terms = self._terms([question[start:end]])[0]
            frequency = self._frequency.get(terms[0], 0) if terms else self._size
            at[start:end] = np.log1p((self._size - frequency + 0.5) / (frequency + 0.5)) if terms else 0.3
        weights = at[[min(start, len(question)) for start, _ in spans]]
        return (weights / weights.sum()).astype(np.float32)

    def _terms(self, texts: Sequence[str]) -> list[list[str]]:
        stems = bm25s.tokenize(list(texts), stopwords="en", stemmer=_STEMMER, return_ids=False, show_progress=False)
        if not self._pairs:
            return stems
        return [[f"{first} {second}" for first, second in zip(some, some[1:], strict=False)] or ["\x00"] for some in stems]


def encode(encoder: Encoder, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> tuple[np.ndarray, list[np.ndarray]]:
    """(vectors, token vectors) of texts, each read whole."""
    vectors: list[np.ndarray] = [np.zeros(0)] * len(texts)
    tokens: list[np.ndarray] = [np.zeros(0)] * len(texts)
    for row, one in encoder.encode_documents([[text] for text in texts], progress):
        vectors[row], tokens[row] = one.vector, one.tokens.astype(np.float16)
    return np.stack(vectors), tokens


def _in_chroma(ids: Sequence[str], vectors: np.ndarray) -> Any:
    import chromadb
    from chromadb.config import Settings

    client = chromadb.EphemeralClient(Settings(anonymized_telemetry=False, allow_reset=True))
    client.reset()
    collection = client.create_collection("peer", embedding_function=None, configuration={"hnsw": {"space": "cosine"}})
    for start in range(0, len(ids), _BATCH):
        rows = range(start, min(start + _BATCH, len(ids)))
        collection.upsert(ids=[str(row) for row in rows], embeddings=vectors[rows.start : rows.stop])
    return collection


def _best(scores: np.ndarray) -> list[int]:
    ranked = np.argsort(-scores, kind="stable")[:DEPTH]
    return [int(row) for row in ranked if scores[row] > 0]


def _fused(words: np.ndarray, dense: np.ndarray, share: float) -> np.ndarray:
    """Both scores, each scaled to its best, weighted."""
    return (1 - share) * words / max(float(words.max()), 1e-9) + share * np.maximum(dense, 0) / max(float(dense.max()), 1e-9)


def _by_rank(*rankings: Sequence[int]) -> list[int]:
    """Reciprocal rank fusion, as LangChain's ensemble retriever does it."""
    scores: dict[int, float] = {}
    for ranked in rankings:
        for place, row in enumerate(ranked, 1):
            scores[row] = scores.get(row, 0.0) + 1 / (_RANK_CONSTANT + place)
    return sorted(scores, key=lambda row: -scores[row])


def _word_spans(text: str) -> Iterator[tuple[int, int]]:
    start = None
    for position, character in enumerate(text + " "):
        if character.isalnum():
            start = position if start is None else start
        elif start is not None:
            yield start, position
            start = None
