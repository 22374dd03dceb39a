"""Index: add, remove, search. Chroma, the encoder, the keyword index and the fusion stay inside.

SQL is the only truth: passages and their vectors stand there, and everything here can be made again from it without
embedding anything. Access is filtered before ranking: a row that the asker may not read is never scored.
"""

import fcntl
import hashlib
import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice
from operator import mul
from pathlib import Path

import numpy as np
from sqlalchemy import bindparam, func
from sqlmodel import Session, col, select

from knowledge import language
from knowledge.embedding import Encoded, Encoder
from knowledge.index import question as questions
from knowledge.index.classes import Classes
from knowledge.index.dense import EXACT_ROWS, ChromaVectors, ExactVectors
from knowledge.index.keyword import K1, B, Concept, KeywordIndex
from knowledge.index.question import Question
from knowledge.index.recent import Recent
from knowledge.index.tokens import IN_MEMORY, KEPT, TokenVectors
from knowledge.registers import Passage, PassageChange, Projection, Store, Vector

_LIKELY_PARTS = 4
"""Sentences of a passage whose words are compared with the question's: those that match best by their tokens."""
_RANKED_LATE, _PASSAGES_LATE = 40, 24
"""Texts, and passages, whose tokens are compared with the question's."""
# Ranking of sources, set by leaving out one way of asking at a time and looking for its source.
_SOURCE_K1, _SOURCE_B, _SOURCE_DENSE, _SOURCE_VOTES, _SOURCE_CLASS, _SOURCE_LATE, _SOURCES_LATE = 0.8, 0.3, 0.7, 0.7, 0.6, 0.6, 6
_VOTES = np.array([1.0, 0.6, 0.4, 0.3, 0.2, 0.2], np.float32)
_PASSAGES_IN_MEMORY = 20_000
_ONLY_FOUND = frozenset({"question", "example"})
"""Kinds of passages that lead to a source and are never read themselves."""
_FLUSH = 2000
_FITTED = 256
"""Texts whose tokens say which directions are kept."""
_TOGETHER = 500
"""Waiting passages that are embedded in one go: what is lost when the process is killed, and for how long it goes on when it is stopped."""
_LATER, _AT_ONCE = ("register",), 1_000
"""Kinds of passages that may wait for their vectors when the index is opened, where more than so many are missing."""
_CAUGHT_UP = 1000
"""Passages of other processes that are taken up at a time."""
_IN_ORDER = (
    select(Passage).where(Passage.current).order_by(col(Passage.source_id), col(Passage.kind), col(Passage.ordinal), col(Passage.id))
)
_SCHEMA = "2"
_BY_ID = select(Passage).where(col(Passage.id).in_(bindparam("ids", expanding=True)))
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Profile:
    """How the parts of a score are weighed. `dense` beside keywords, then `late` for the token match of the best.

    Of the keywords `k1` and `b` are BM25's; of the meaning `mean` is the share of a text's mean vector beside its nearest passage.
    """

    dense: float
    late: float
    k1: float = K1
    b: float = B
    mean: float = 0.5


PASSAGES = Profile(dense=0.5, late=1.0)
"""For the passages of documents."""
PROFILES = {
    "question": Profile(dense=0.4, late=0.75),
    "requirement": Profile(dense=0.7, late=0.5, k1=1.5, b=0.75, mean=0.75),
}
"""For whole texts. A requirement shares fewer words with the control that meets it than a question with its answer."""
_PAIRED = 2.0
"""How much more adjacent words count there: a whole text holds more of a question's words by chance, seldom two side by side."""
_NEAR, _NEIGHBOURS = 0.25, (1, 2)
"""What the keyword score of the best neighbour adds to a text's own, and how many places away it may stand."""


@dataclass(frozen=True)
class Hit:
    """A passage that was found. `score` orders; `coverage` (0-1), `cosine` and `late` say how well it fits."""

    passage_id: str
    source_id: str
    score: float
    coverage: float
    cosine: float
    late: float = 0.0


@dataclass(frozen=True)
class PartMatch:
    """A heading, sentence or row and how well it fits a question: `late` -1 to 1, `covered` 0 to 1."""

    text: str
    late: float
    covered: float


@dataclass(frozen=True)
class _Grouping:
    """Sources as groups of rows, in the order they came in: their names, their rows one group after the other, their words.

    `groups` [rows] is the group of each row, `firsts` [names] the position of each group's first row.
    """

    names: list[str]
    rows: np.ndarray
    groups: np.ndarray
    keyword: KeywordIndex
    firsts: np.ndarray
    classes: Classes | None
    weighed: dict[tuple[tuple[str, float], ...], np.ndarray] = field(default_factory=dict)
    lengths: list[np.ndarray] = field(default_factory=list)

    def weights(self, prefer: Mapping[str, float]) -> np.ndarray:
        """The weight of each group: that of the prefix its name begins with, else 1."""
        key = tuple(prefer.items())
        if key not in self.weighed:
            found = [next((weight for prefix, weight in key if name.startswith(prefix)), 1.0) for name in self.names]
            self.weighed[key] = np.array(found, np.float32)
        return self.weighed[key]

    def votes(self, fused: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(votes of the best passages, position of the best one) for each group; the first counts most."""
        wanted = min(len(fused), 400)
        nearest = np.argpartition(-fused, wanted - 1)[:wanted]
        nearest = nearest[np.lexsort((-fused[nearest], self.groups[nearest]))]  # group by group, each with its best first
        groups = self.groups[nearest]
        voters, firsts, sizes = np.unique(groups, return_index=True, return_counts=True)
        place = np.arange(wanted) - np.repeat(firsts, sizes)
        heard = place < len(_VOTES)
        votes = np.bincount(groups[heard], _VOTES[place[heard]] * fused[nearest[heard]], len(self.names)).astype(np.float32)
        best = self.firsts.copy()
        best[voters] = nearest[firsts]
        return votes, best

    def best_row(self, group: int, values: np.ndarray) -> int:
        """Position of the row of a group with the highest of `values` [rows]."""
        first = int(self.firsts[group])
        return first + int(values[first : self.firsts[group + 1] if group + 1 < len(self.firsts) else None].argmax())


@dataclass
class _Scores:
    keyword: np.ndarray
    coverage: np.ndarray
    cosine: np.ndarray


class Index:
    """The passages of a store, searchable. One object a process; its methods may be called from several threads."""

    def __init__(
        self, store: Store, encoder: Encoder, folder: Path | None = None, chroma_url: str | None = None, exact_rows: int = EXACT_ROWS
    ) -> None:
        self._store, self._encoder, self._chroma_url, self._exact_rows = store, encoder, chroma_url, exact_rows
        self._folder = folder / generation(encoder.name) if folder else None
        self._lock = threading.RLock()
        self._ids: list[str] = []
        self._row: dict[str, int] = {}
        self._sources: list[str] = []
        self._rows_of: dict[str, list[int]] = {}
        self._hashes: list[str] = []
        self._kinds = np.zeros(0, "U10")
        self._audiences = np.zeros(0, object)
        self._alive = np.zeros(0, bool)
        self._keyword = KeywordIndex()
        self._spelling: questions.Spelling | None = None
        self._allowed_rows: dict[tuple[frozenset[str], frozenset[str] | None], np.ndarray] = {}
        self._groupings: dict[tuple[frozenset[str], frozenset[str] | None, float, float], _Grouping] = {}
        self._last: tuple[Question, _Scores] | None = None
        self._last_query: tuple[Question, np.ndarray] | None = None
        self._exact: ExactVectors | None = None
        self._tokens = TokenVectors(store, encoder.name)
        self._passages = Recent(self._stored_passages, _PASSAGES_IN_MEMORY)
        self._projection: np.ndarray | None = None
        self._chroma: ChromaVectors | None = None
        self._waiting: dict[str, None] = {}
        self._seen = 0
        self.dense_off: str | None = None
        """Why the dense part is off, or None while it works."""

    # --- filling ------------------------------------------------------------------------------------------------

    def open(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Take up everything that SQL holds; embed what was committed but not embedded when a process died, very many rows excepted.

        Those wait for `embed_waiting`; until then they are found by their words.
        """
        with self._store.read() as session:
            self._seen = _newest_change(session)  # before the passages: what changes in between is taken up twice, never missed
            passages = session.exec(_IN_ORDER).all()
            known = set(session.exec(select(Vector.hash).where(Vector.encoder == self._encoder.name)).all())
            others = session.exec(select(Vector.encoder).where(Vector.encoder != self._encoder.name).limit(1)).first()
        if others and passages and not known:
            self.dense_off = f"The index was made with the encoder {others}, the setting is {self._encoder.name}; run annexa reindex."
        self._take_up(passages, self._saved_segment(passages))
        self._passages.take_up({passage.id: passage for passage in passages if passage.kind not in _ONLY_FOUND})
        if not self.dense_off:
            self._embed(self._at_once(passages, known), known, progress)
            self._load_vectors(range(len(self._ids)))
            for start in range(0, min(len(self._hashes), IN_MEMORY), 500):
                self._tokens.take_up(self._hashes[start : start + 500])
            if len(self._ids) > self._exact_rows:
                self._connect()

    def add(self, passages: Sequence[Passage], progress: Callable[[int, int], None] | None = None, later: bool = False) -> None:
        """Make committed passages findable. Passages whose text is known already cost no embedding; with `later` the others wait for it."""
        if not passages:
            return
        with self._lock:
            self._take_up([passage for passage in passages if passage.id not in self._row])
            if later:
                self._waiting.update(dict.fromkeys(passage.id for passage in passages))
        if not self.dense_off and not later:
            self._embed(passages, self._known_hashes(passages), progress)
            with self._lock:
                self._load_vectors([self._row[passage.id] for passage in passages if passage.id in self._row])

    @property
    def waiting(self) -> int:
        """Number of passages that are found by their words alone, until `embed_waiting` has made their vectors."""
        return len(self._waiting)

    def embed_waiting(self, progress: Callable[[int, int], None] | None = None, stop: Callable[[], bool] = lambda: False) -> None:
        """Make the vectors that passages wait for, some hundred at a time; it ends early, losing nothing, where `stop` says so."""
        done = 0
        while not self.dense_off and not stop():
            with self._lock:
                ids = list(islice(self._waiting, _TOGETHER))
            if not ids:
                return
            there = list(self._stored_passages(ids).values())
            self._embed(there, self._known_hashes(there), None)
            with self._lock:
                self._load_vectors([self._row[passage.id] for passage in there if passage.id in self._row])
                for id_ in ids:
                    self._waiting.pop(id_, None)
                done += len(ids)
                left = len(self._waiting)
            if progress:
                progress(done, done + left)

    def remove(self, passage_ids: Iterable[str]) -> None:
        """Forget passages; their vectors stay in SQL, so that the same text costs nothing when it comes back."""
        gone = list(passage_ids)
        with self._lock:
            for id_ in gone:
                row = self._row.pop(id_, None)
                self._waiting.pop(id_, None)
                if row is not None:
                    self._alive[row] = False
            self._passages.forget(gone)
            self._allowed_rows.clear()
            self._groupings.clear()
            self._last = None

    def save(self) -> None:
        """Write the keyword segment to disk and bring Chroma to the state of SQL; both are caches."""
        if self._folder is None:
            return
        with self._lock:
            self._folder.mkdir(parents=True, exist_ok=True)
            with _alone_in(self._folder):
                for old in self._folder.glob("keyword-*"):
                    old.unlink()
                if self._alive.all():
                    self._keyword.save(self._folder / f"keyword-{_fingerprint(zip(self._ids, self._hashes, strict=True))}.npz")
        self._mirror()

    def vectors(self, passage_ids: Sequence[str]) -> np.ndarray | None:
        """The vectors of some passages, shape [n, dimension], zero for one that has none; None while the dense part is off."""
        with self._lock:
            if self.dense_off or self._exact is None:
                return None
            found = np.zeros((len(passage_ids), self._exact.dimension), np.float32)
            there = [position for position, id_ in enumerate(passage_ids) if id_ in self._row]
            found[there] = self._exact.rows([self._row[passage_ids[position]] for position in there])
            return found

    def rebuild(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Make everything again from SQL with this encoder; texts that it has read already are not embedded again."""
        fresh = Index(self._store, self._encoder, exact_rows=self._exact_rows)
        with self._store.read() as session:
            fresh._seen = _newest_change(session)
            passages = session.exec(_IN_ORDER).all()
        fresh._take_up(passages)
        fresh._embed(passages, fresh._known_hashes(passages), progress)
        fresh._load_vectors(range(len(passages)))
        with self._lock:
            kept = (self._store, self._encoder, self._folder, self._chroma_url, self._lock)
            self.__dict__.update(fresh.__dict__)
            self._store, self._encoder, self._folder, self._chroma_url, self._lock = kept
            self.dense_off = None
        self.save()

    def __len__(self) -> int:
        return len(self._row)

    # --- searching ----------------------------------------------------------------------------------------------

    def read(self, text: str, tongue: str | None = None, before: str = "") -> Question:
        """The question, read and encoded once for any number of searches; `before` is what a follow-up follows."""
        [question] = self.read_all([text], tongue)
        return questions.following(question, self.read(before)) if before else question

    def read_all(self, texts: Sequence[str], tongue: str | None = None) -> list[Question]:
        """Several questions, each as `read` reads it, encoded together."""
        self._catch_up()
        with self._lock:
            if self._spelling is None:
                self._spelling = questions.Spelling(self._keyword.terms(), self._keyword.frequency)
            encoder = None if self.dense_off or self._exact is None else self._encoder
            return questions.read_all(texts, encoder, self._keyword.frequency, self._keyword.idf, self._spelling, tongue)

    def search(
        self,
        question: Question,
        audiences: Collection[str],
        kinds: Collection[str] | None = None,
        limit: int = 10,
        within: Collection[str] | None = None,
    ) -> list[Hit]:
        """The best passages that may be read, best first; `within` limits the search to some sources.

        Scores are comparable inside one search only.
        """
        with self._lock:
            scores = self._scores(question, audiences)
            rows = self._allowed(frozenset(audiences), frozenset(kinds) if kinds is not None else None)
            if within is not None:
                rows = rows[np.isin(rows, [row for source in within for row in self._rows_of.get(source, ())])]
            if not len(rows):
                return []
            fused = _fuse(scores.keyword[rows], scores.cosine[rows], PASSAGES.dense)
            hits = [self._hit(int(rows[i]), float(fused[i]), scores) for i in _best(fused, max(limit, _PASSAGES_LATE))]
        return self._rank_late(question, hits, PASSAGES.late)[:limit]

    def search_texts(
        self,
        question: Question,
        audiences: Collection[str],
        kinds: Collection[str] | None = None,
        limit: int = 10,
        profile: str = "question",
        within: Collection[str] | None = None,
    ) -> list[Hit]:
        """The best sources by their whole texts, each by its nearest passage; best first.

        Words count over the whole text, as often as the question says them, and a little over the texts beside it; meaning
        by the nearest passage and by the mean.
        """
        weighed = PROFILES[profile]
        with self._lock:
            grouping = self._grouping(frozenset(audiences), frozenset(kinds) if kinds is not None else None, weighed.k1, weighed.b)
            if not len(grouping.names):
                return []
            concepts = [replace(one, weight=one.weight * (_PAIRED if one.is_pair else one.times)) for one in question.concepts]
            keyword, coverage = grouping.keyword.scores(concepts, len(grouping.names))
            near = self._cosines(question, audiences)[grouping.rows]
            mean = np.add.reduceat(near, grouping.firsts) / self._lengths(grouping)
            cosine = (1 - weighed.mean) * np.maximum.reduceat(near, grouping.firsts) + weighed.mean * mean
            fused = _fuse(keyword + _NEAR * _best_beside(keyword), cosine, weighed.dense)
            if within is not None:
                fused[[name not in within for name in grouping.names]] = -1
            hits = []
            for group in _best(fused, max(limit, _RANKED_LATE)):
                position = grouping.best_row(group, near)
                row = int(grouping.rows[position])
                hits.append(Hit(self._ids[row], grouping.names[group], float(fused[group]), float(coverage[group]), float(near[position])))
        return self._rank_late(question, [hit for hit in hits if hit.score >= 0], weighed.late)[:limit]

    def search_sources(
        self,
        question: Question,
        audiences: Collection[str],
        kinds: Collection[str],
        limit: int = 10,
        prefer: Mapping[str, float] | None = None,
    ) -> list[Hit]:
        """The best sources (controls, clauses, notes), each by its best passage; best first.

        `prefer` weighs the sources whose id begins so, for a question that names a framework.

        A source is one long document of all its texts and of the ways people ask about it; its passages vote beside it.
        The passages alone find the right source half as often, because a question rarely repeats one of them.
        """
        with self._lock:
            hits = list(islice(self._sources_by_score(question, audiences, kinds, prefer or {}), limit + _SOURCES_LATE))
        return self._rank_late(question, hits, _SOURCE_LATE)[:limit]

    def _sources_by_score(
        self, question: Question, audiences: Collection[str], kinds: Collection[str], prefer: Mapping[str, float]
    ) -> Iterator[Hit]:
        """Sources, best first, before their late match is known; the caller holds the lock."""
        grouping = self._grouping(frozenset(audiences), frozenset(kinds), _SOURCE_K1, _SOURCE_B)
        if not len(grouping.names):
            return
        scores = self._scores(question, audiences)
        whole, _ = grouping.keyword.scores(question.concepts, len(grouping.names))
        fused = _fuse(scores.keyword[grouping.rows], scores.cosine[grouping.rows], _SOURCE_DENSE)
        votes, best = grouping.votes(fused)
        total = _scaled(whole) + _SOURCE_VOTES * _scaled(votes)
        if question.vector is not None and grouping.classes is not None:
            total = total + _SOURCE_CLASS * grouping.classes.likely(question.vector)
        total = total * grouping.weights(prefer)
        for group in np.argsort(-total, kind="stable").tolist():
            yield self._hit(int(grouping.rows[best[group]]), float(total[group]), scores)

    def _grouping(self, audiences: frozenset[str], kinds: frozenset[str] | None, k1: float, b: float) -> "_Grouping":
        key = (audiences, kinds, k1, b)
        if key not in self._groupings:
            rows = self._allowed(audiences, kinds)
            number: dict[str, int] = {}
            groups = np.array([number.setdefault(self._sources[row], len(number)) for row in rows], np.int64)
            order = np.argsort(groups, kind="stable")
            rows, groups = rows[order], groups[order]
            group_of = np.full(len(self._ids), -1, np.int64)
            group_of[rows] = groups
            if len(self._groupings) > 20:
                self._groupings.clear()
            keyword = self._keyword.grouped(group_of, max(len(number), 1), k1, b)
            firsts = np.unique(groups, return_index=True)[1]
            mixed = k1 == _SOURCE_K1 and kinds is not None and len(kinds) > 1  # texts beside the ways people ask about them
            exact = self._exact if mixed and len(number) > 1 else None
            classes = Classes(exact.rows(rows), groups, len(number)) if exact is not None else None
            self._groupings[key] = _Grouping(list(number), rows, groups, keyword, firsts, classes)
        return self._groupings[key]

    def passages(self, ids: Collection[str]) -> dict[str, Passage]:
        """Passages by id, in the order of the ids; they are shared, so only to be read."""
        return self._passages.get(ids)

    def passages_of(self, source_ids: Iterable[str], audiences: Collection[str], kinds: Collection[str]) -> list[Passage]:
        """The sources' passages of these kinds that may be read."""
        self._catch_up()
        with self._lock:
            rows = [row for source_id in source_ids for row in self._rows_of.get(source_id, ()) if self._alive[row]]
            ids = [self._ids[row] for row in rows if self._kinds[row] in kinds and self._audiences[row] in audiences]
        return list(self.passages(ids).values())

    def _lengths(self, grouping: _Grouping) -> np.ndarray:
        """Length of the sum of each group's vectors, by which the sum of its cosines becomes the cosine of its mean."""
        if not grouping.lengths:
            ends = np.append(grouping.firsts[1:], len(grouping.rows))
            found = np.ones(len(grouping.names), np.float32)
            exact = self._exact
            for group in np.flatnonzero(ends - grouping.firsts > 1) if exact is not None else ():
                rows = grouping.rows[grouping.firsts[group] : ends[group]]
                assert exact is not None
                found[group] = max(float(np.linalg.norm(exact.rows(rows).sum(axis=0))), 1e-6)
            grouping.lengths.append(found)
        return grouping.lengths[0]

    def match_parts(self, question: Question, passages: Sequence[Passage]) -> dict[str, list[PartMatch]]:
        """How well each part of a passage fits (0 is the heading, then its sentences), by passage id.

        The match of its tokens, weighted by idf, beside the share of the question's idf mass that the part's words cover.
        """
        if not passages:
            return {}
        query = self._projected(question)
        with self._lock:
            masses = [self._mass(concept) for concept in question.concepts if not concept.is_pair]
        asked: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, concept in enumerate(concept for concept in question.concepts if not concept.is_pair):
            for term, weight in concept.alternatives:
                asked[term].append((number, weight))
        total = sum(masses) or 1.0
        parts = {passage.id: [passage.heading, *language.sentences(passage.text)] for passage in passages}
        late: dict[str, np.ndarray] = {}
        if query is not None and question.weights is not None:
            late = self._tokens.late_by_part(query, question.weights, {passage.hash: len(parts[passage.id]) for passage in passages})
        out: dict[str, list[PartMatch]] = {}
        for passage in passages:
            texts = parts[passage.id]
            fits = late.get(passage.hash, np.zeros(len(texts), np.float32))
            covered = [0.0] * len(texts)
            for number in {0, *np.argsort(-fits)[:_LIKELY_PARTS].tolist()}:
                best = [0.0] * len(masses)
                for term in asked.keys() & _stem_set(texts[number], passage.language):
                    for concept_number, weight in asked[term]:
                        best[concept_number] = max(best[concept_number], weight)
                covered[number] = sum(map(mul, masses, best)) / total
            out[passage.id] = list(map(PartMatch, texts, fits.tolist(), covered))
        return out

    def _mass(self, concept: Concept) -> float:
        known = [self._keyword.idf(n) * weight for term, weight in concept.alternatives if (n := self._keyword.frequency(term))]
        return concept.weight * max(known, default=self._keyword.idf(0))

    # --- inside -------------------------------------------------------------------------------------------------

    def _catch_up(self) -> None:
        """Take up what other processes committed since; one indexed look where nothing did, none on SQLite, which has one process."""
        if not self._store.shared:
            return
        with self._lock:
            while ids := self._changed_since():
                there = self._stored_passages(ids)
                current = [passage for id_ in ids if (passage := there.get(id_)) is not None and passage.current]
                same = [passage for passage in current if self._holds(passage)]
                kept = {passage.id for passage in same}
                self.remove(id_ for id_ in ids if id_ not in kept)
                self._take_up([passage for passage in current if passage.id not in kept])
                self._passages.forget(kept)
                if not self.dense_off:
                    self._load_vectors([self._row[passage.id] for passage in current])

    def _changed_since(self) -> list[str]:
        """Ids of some passages that changed after those seen, which then are seen too; none when all are."""
        changes = (
            select(PassageChange.sequence, PassageChange.passage_id)
            .where(col(PassageChange.sequence) > self._seen)
            .order_by(col(PassageChange.sequence))
            .limit(_CAUGHT_UP)
        )
        with self._store.read() as session:
            found = session.exec(changes).all()
        if found:
            self._seen = found[-1][0]
        return [id_ for _, id_ in found]

    def _at_once(self, passages: Sequence[Passage], known: Collection[str]) -> Sequence[Passage]:
        """The passages that are embedded before anything is answered: all, but for rows of registers where very many are missing."""
        rows = [passage.id for passage in passages if passage.kind in _LATER and passage.hash not in known]
        if len(rows) <= _AT_ONCE:
            return passages
        self._waiting.update(dict.fromkeys(rows))
        return [passage for passage in passages if passage.id not in self._waiting]

    def _holds(self, passage: Passage) -> bool:
        row = self._row.get(passage.id)
        here = None if row is None else (self._hashes[row], self._audiences[row], self._kinds[row], self._sources[row])
        return here == (passage.hash, passage.audience, passage.kind, passage.source_id)

    def _take_up(self, passages: Sequence[Passage], keyword: KeywordIndex | None = None) -> None:
        first = len(self._ids)
        for row, passage in enumerate(passages, first):
            self._row[passage.id] = row
            self._rows_of.setdefault(passage.source_id, []).append(row)
        self._ids.extend(passage.id for passage in passages)
        self._sources.extend(passage.source_id for passage in passages)
        self._hashes.extend(passage.hash for passage in passages)
        self._kinds = np.append(self._kinds, np.array([passage.kind for passage in passages], "U10"))
        self._audiences = np.append(self._audiences, np.array([passage.audience for passage in passages], object))
        self._alive = np.append(self._alive, np.ones(len(passages), bool))
        if keyword is not None:
            self._keyword = keyword
        else:
            documents = [
                (row, all_stems(passage.text, passage.language), all_stems(passage.heading, passage.language))
                for row, passage in enumerate(passages, first)
            ]
            self._keyword.add(documents, self._alive)
        self._spelling = self._last = None
        self._allowed_rows.clear()
        self._groupings.clear()

    def _embed(self, passages: Sequence[Passage], known: Collection[str], progress: Callable[[int, int], None] | None) -> None:
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
                known = _in_chunks(session, Vector.hash, [str(row["hash"]) for row in rows], self._encoder.name)
                if fresh := [row for row in rows if row["hash"] not in known]:
                    session.execute(Vector.__table__.insert(), fresh)  # type: ignore[attr-defined]

    def _known_hashes(self, passages: Sequence[Passage]) -> set[str]:
        with self._store.read() as session:
            return set(_in_chunks(session, Vector.hash, [passage.hash for passage in passages], self._encoder.name))

    def _load_vectors(self, rows: Sequence[int]) -> None:
        if self._projection is None:
            self._projection = self._stored_projection()
        self._last = None
        self._groupings.clear()
        with self._store.read() as session:
            for start in range(0, len(rows), 500):
                chunk = rows[start : start + 500]
                wanted = {self._hashes[row] for row in chunk}
                found = dict(
                    session.exec(
                        select(Vector.hash, Vector.vector).where(Vector.encoder == self._encoder.name, col(Vector.hash).in_(wanted))
                    ).all()
                )
                have = [row for row in chunk if self._hashes[row] in found]
                if have:
                    vectors = np.stack([np.frombuffer(found[self._hashes[row]], np.float32) for row in have])
                    if self._exact is None:
                        self._exact = ExactVectors(vectors.shape[1], self._encoder.number_type == "bfloat16")
                    self._exact.put(have, vectors)

    def _allowed(self, audiences: frozenset[str], kinds: frozenset[str] | None) -> np.ndarray:
        """Rows that may be read; kept until the next change, because the same few groups ask again and again."""
        key = (audiences, kinds)
        if key not in self._allowed_rows:
            allowed = self._alive & np.isin(self._audiences.astype(str), list(audiences))
            if kinds is not None:
                allowed &= np.isin(self._kinds, list(kinds))
            if len(self._allowed_rows) > 200:
                self._allowed_rows.clear()
            self._allowed_rows[key] = np.flatnonzero(allowed)
        return self._allowed_rows[key]

    def _scores(self, question: Question, audiences: Collection[str]) -> _Scores:
        if self._last and self._last[0] is question:
            return self._last[1]  # an answer searches company and standards with the same question
        keyword, coverage = self._keyword.scores(question.concepts, len(self._ids))
        scores = _Scores(keyword, coverage, self._cosines(question, audiences))
        self._last = (question, scores)
        return scores

    def _cosines(self, question: Question, audiences: Collection[str]) -> np.ndarray:
        size = len(self._ids)
        if question.vector is None or self._exact is None:
            return np.zeros(size, np.float32)
        if self._chroma is None or size <= self._exact_rows:
            return self._exact.cosines(question.vector, size)
        try:
            nearest = self._chroma.nearest(question.vector, set(audiences) & set(self._audiences.tolist()), 400)
        except Exception:  # whatever Chroma raises
            log.exception("Chroma does not answer; exact search does, until the index is saved again")
            self._chroma = None
            return self._exact.cosines(question.vector, size)
        cosine = np.zeros(size, np.float32)
        for id_, value in nearest.items():
            if id_ in self._row:
                cosine[self._row[id_]] = value
        return cosine

    def _hit(self, row: int, score: float, scores: _Scores) -> Hit:
        return Hit(self._ids[row], self._sources[row], score, float(scores.coverage[row]), float(scores.cosine[row]))

    def _rank_late(self, question: Question, hits: list[Hit], weight: float) -> list[Hit]:
        query = self._projected(question)
        if query is None or not weight or not hits:
            return hits
        head = hits[:_RANKED_LATE]
        with self._lock:
            hash_of = {hit.passage_id: self._hashes[self._row[hit.passage_id]] for hit in head if hit.passage_id in self._row}
        assert question.weights is not None
        by_hash = self._tokens.late(query, question.weights, set(hash_of.values()))
        late = {id_: by_hash[hash_] for id_, hash_ in hash_of.items() if hash_ in by_hash}
        ranked = [
            Hit(
                h.passage_id, h.source_id, h.score + weight * late.get(h.passage_id, 0.0), h.coverage, h.cosine, late.get(h.passage_id, 0.0)
            )
            for h in head
        ]
        ranked.sort(key=lambda hit: -hit.score)
        return ranked + hits[_RANKED_LATE:]

    def _projected(self, question: Question) -> np.ndarray | None:
        if question.tokens is None or self._projection is None:
            return None
        last = self._last_query
        if last is None or last[0] is not question:
            last = self._last_query = (question, _unit(question.tokens @ self._projection))
        return last[1]

    def _stored_passages(self, ids: Sequence[str]) -> dict[str, Passage]:
        with self._store.read() as session:
            return {passage.id: passage for passage in session.exec(_BY_ID, params={"ids": list(ids)})}

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

    def _saved_segment(self, passages: Sequence[Passage]) -> KeywordIndex | None:
        if self._folder is None:
            return None
        path = self._folder / f"keyword-{_fingerprint((passage.id, passage.hash) for passage in passages)}.npz"
        try:
            return KeywordIndex.load(path, len(passages))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            log.warning("keyword segment %s is damaged (%s), made again", path.name, type(error).__name__)
            return None

    def _mirror(self) -> None:
        """Bring Chroma to the state of SQL: what is missing goes in, what is gone goes out."""
        if self.dense_off or self._exact is None:
            return
        with self._store.turn():  # else an older state would take out what another process has just put in
            self._catch_up()
            self._connect()
            with self._lock:
                wanted: dict[str, dict[str, int]] = {str(audience): {} for audience in set(self._audiences.tolist())}
                for id_, row in self._row.items():
                    wanted[str(self._audiences[row])][id_] = row
            try:
                for audience in sorted(wanted) if self._chroma else ():
                    self._mirror_audience(audience, wanted[audience])
            except Exception:  # whatever Chroma raises, exact search goes on answering
                log.exception("Chroma could not be brought up to date; exact search answers")
                self._chroma = None

    def _mirror_audience(self, audience: str, rows: Mapping[str, int]) -> None:
        assert self._chroma and self._exact
        there = self._chroma.hashes(audience)
        if gone := sorted(there.keys() - rows.keys()):
            self._chroma.drop(audience, gone)
        if missing := sorted(id_ for id_, row in rows.items() if there.get(id_) != self._hashes[row]):
            with self._lock:
                vectors = self._exact.rows([rows[id_] for id_ in missing])
            self._chroma.put(audience, missing, [self._hashes[rows[id_]] for id_ in missing], vectors)

    def _connect(self) -> None:
        """Reach Chroma; while it cannot be reached, exact search answers."""
        if self._chroma is None and self._folder is not None:
            try:
                self._chroma = ChromaVectors(generation(self._encoder.name), self._folder / "chroma", self._chroma_url)
            except Exception:  # whatever Chroma raises
                log.exception("Chroma cannot be opened; exact search answers")


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """The only process that writes segments into a folder, which several may share."""
    with (folder / "turn").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield


def _newest_change(session: Session) -> int:
    return session.exec(select(func.max(PassageChange.sequence))).one() or 0


def _fingerprint(passages: Iterable[tuple[str, str]]) -> str:
    return hashlib.sha256("\n".join(f"{id_} {hash_}" for id_, hash_ in passages).encode()).hexdigest()[:24]


def generation(encoder: str) -> str:
    """Name of the folder that caches for an encoder and this layout live in."""
    return hashlib.sha256(f"{encoder}|{KEPT}|{_SCHEMA}".encode()).hexdigest()[:16]


def parts_of(passage: Passage) -> list[str]:
    """What the encoder reads of a passage: its heading, then its sentences; a German one in English words."""
    parts = [passage.heading, *language.sentences(passage.text)]
    if passage.language == "de":
        parts = [language.the_glossary().gloss(part) for part in parts]
    return parts


def all_stems(text: str, tongue: str) -> list[str]:
    """What the keyword index reads of a text; a German one in both languages."""
    found = language.stems(text, tongue)
    if tongue == "de":
        found += language.stems(language.the_glossary().gloss(text), "en")
    return found


@lru_cache(maxsize=20_000)
def _stem_set(text: str, tongue: str) -> frozenset[str]:
    return frozenset(all_stems(text, tongue))


def _in_chunks(session: Session, column: object, hashes: Sequence[str], encoder: str) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(hashes), 500):
        wanted = hashes[start : start + 500]
        found.update(session.exec(select(column).where(Vector.encoder == encoder, col(Vector.hash).in_(wanted))).all())  # type: ignore[call-overload, arg-type]
    return found


def _fuse(keyword: np.ndarray, cosine: np.ndarray, dense: float) -> np.ndarray:
    """Weighted sum of both scores, each scaled to its own best; fusing ranks measured worse."""
    fused: np.ndarray = np.maximum(cosine, 0)
    fused *= dense / max(float(fused.max()), 1e-6)
    fused += keyword * ((1 - dense) / max(float(keyword.max()), 1e-6))
    return fused


def _scaled(values: np.ndarray) -> np.ndarray:
    return values / max(float(values.max(initial=0)), 1e-6)


def _best(values: np.ndarray, wanted: int) -> list[int]:
    """Positions of the highest values, highest first."""
    wanted = min(wanted, len(values))
    found = np.argpartition(-values, wanted - 1)[:wanted]
    return [int(position) for position in found[np.argsort(-values[found], kind="stable")]]


def _best_beside(values: np.ndarray) -> np.ndarray:
    """The highest value among the neighbours of each place."""
    out = np.zeros_like(values)
    for away in _NEIGHBOURS:
        out[away:] = np.maximum(out[away:], values[:-away])
        out[:-away] = np.maximum(out[:-away], values[away:])
    return out


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-6)
