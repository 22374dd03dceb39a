"""Index: add, remove, search. Chroma, the encoder, the keyword index and the fusion stay inside.

Which passage stands where, and who may read it, is in `rows`; what an encoder has read, in `vectors`; how scores become an order, in `ranking`.

SQL is the only truth: passages and their vectors stand there, and everything here can be made again from it without
embedding anything. Access is filtered before ranking: a row that the asker may not read is never scored.
"""

import fcntl
import hashlib
import logging
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from sqlalchemy import bindparam, func
from sqlmodel import Session, col, select

from knowledge.embedding import Encoder
from knowledge.index import parts
from knowledge.index import question as questions
from knowledge.index.dense import EXACT_ROWS, ChromaVectors, ExactVectors
from knowledge.index.keyword import Concept, KeywordIndex
from knowledge.index.parts import PartMatch, all_stems
from knowledge.index.question import Question
from knowledge.index.ranking import PASSAGES, PROFILES, SOURCES, Grouping, Hit, Profile, best, fuse
from knowledge.index.recent import Recent
from knowledge.index.rows import Rows
from knowledge.index.tokens import IN_MEMORY, KEPT, TokenVectors
from knowledge.index.vectors import StoredVectors
from knowledge.registers import Passage, PassageChange, Store

_RANKED_LATE, _PASSAGES_LATE, _SOURCES_LATE = 40, 24, 6
"""Texts, passages, and sources beyond those that are wanted, whose tokens are compared with the question's."""
_PASSAGES_IN_MEMORY = 20_000
_ONLY_FOUND = frozenset({"question", "example"})
"""Kinds of passages that lead to a source and are never read themselves."""
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
        self._rows = Rows()
        self._keyword = KeywordIndex()
        self._spelling: questions.Spelling | None = None
        self._groupings: dict[tuple[frozenset[str], frozenset[str] | None, Profile], Grouping] = {}
        self._last: tuple[Question, _Scores] | None = None
        self._last_query: tuple[Question, np.ndarray] | None = None
        self._vectors = StoredVectors(store, encoder)
        self._exact: ExactVectors | None = None
        self._tokens = TokenVectors(store, encoder.name)
        self._passages = Recent(self._stored_passages, _PASSAGES_IN_MEMORY)
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
        known = self._vectors.all_known()
        if passages and not known and (others := self._vectors.another_encoder()):
            self.dense_off = f"The index was made with the encoder {others}, the setting is {self._encoder.name}; run annexa reindex."
        self._take_up(passages, self._saved_segment(passages))
        self._passages.take_up({passage.id: passage for passage in passages if passage.kind not in _ONLY_FOUND})
        if not self.dense_off:
            self._vectors.make(self._at_once(passages, known), known, progress)
            self._load_vectors(range(len(self._rows)))
            for start in range(0, min(len(self._rows), IN_MEMORY), 500):
                self._tokens.take_up(self._rows.hashes[start : start + 500])
            if len(self._rows) > self._exact_rows:
                self._connect()

    def add(self, passages: Sequence[Passage], progress: Callable[[int, int], None] | None = None, later: bool = False) -> None:
        """Make committed passages findable. Passages whose text is known already cost no embedding; with `later` the others wait for it."""
        if not passages:
            return
        with self._lock:
            self._take_up([passage for passage in passages if passage.id not in self._rows.number])
            if later:
                self._waiting.update(dict.fromkeys(passage.id for passage in passages))
        if not self.dense_off and not later:
            self._vectors.make(passages, self._vectors.known(passages), progress)
            with self._lock:
                self._load_vectors(self._rows.of(passages))

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
            self._vectors.make(there, self._vectors.known(there))
            with self._lock:
                self._load_vectors(self._rows.of(there))
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
            self._rows.remove(gone)
            for id_ in gone:
                self._waiting.pop(id_, None)
            self._passages.forget(gone)
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
                if self._rows.alive.all():
                    self._keyword.save(self._folder / f"keyword-{_fingerprint(zip(self._rows.ids, self._rows.hashes, strict=True))}.npz")
        self._mirror()

    def vectors(self, passage_ids: Sequence[str]) -> np.ndarray | None:
        """The vectors of some passages, shape [n, dimension], zero for one that has none; None while the dense part is off."""
        with self._lock:
            if self.dense_off or self._exact is None:
                return None
            found = np.zeros((len(passage_ids), self._exact.dimension), np.float32)
            there = [position for position, id_ in enumerate(passage_ids) if id_ in self._rows.number]
            found[there] = self._exact.rows([self._rows.number[passage_ids[position]] for position in there])
            return found

    def vectors_beside(self, passages: Sequence[Passage]) -> np.ndarray | None:
        """The vectors of passages that are not in the index, shape [n, dimension], read once for ever; None while the dense part is off."""
        if self.dense_off:
            return None
        self._vectors.make(passages, self._vectors.known(passages))
        some = list(self._vectors.read([passage.hash for passage in passages]))
        found = np.zeros((len(passages), some[0][1].shape[1]), np.float32)
        for places, vectors in some:
            found[places] = vectors
        return found

    def rebuild(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Make everything again from SQL with this encoder; texts that it has read already are not embedded again."""
        fresh = Index(self._store, self._encoder, exact_rows=self._exact_rows)
        with self._store.read() as session:
            fresh._seen = _newest_change(session)
            passages = session.exec(_IN_ORDER).all()
        fresh._take_up(passages)
        fresh._vectors.make(passages, fresh._vectors.known(passages), progress)
        fresh._load_vectors(range(len(passages)))
        with self._lock:
            kept = (self._store, self._encoder, self._folder, self._chroma_url, self._lock)
            self.__dict__.update(fresh.__dict__)
            self._store, self._encoder, self._folder, self._chroma_url, self._lock = kept
            self.dense_off = None
        self.save()

    def __len__(self) -> int:
        return len(self._rows.number)

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
            rows = self._rows.readable(frozenset(audiences), frozenset(kinds) if kinds is not None else None)
            if within is not None:
                rows = rows[np.isin(rows, self._rows.of_sources(within))]
            if not len(rows):
                return []
            fused = fuse(scores.keyword[rows], scores.cosine[rows], PASSAGES.dense)
            hits = [self._hit(int(rows[i]), float(fused[i]), scores) for i in best(fused, max(limit, _PASSAGES_LATE))]
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
        """The best sources by their whole texts, each by its nearest passage; best first. `profile` is one of PROFILES."""
        weighed = PROFILES[profile]
        with self._lock:
            grouping = self._grouping(frozenset(audiences), frozenset(kinds) if kinds is not None else None, weighed)
            if not len(grouping.names):
                return []
            near = self._cosines(question, audiences)[grouping.rows]
            fused, coverage = grouping.score_texts(question, near)
            if within is not None:
                fused[[name not in within for name in grouping.names]] = -1
            hits = []
            for group in best(fused, max(limit, _RANKED_LATE)):
                position = grouping.best_row(group, near)
                row = int(grouping.rows[position])
                hits.append(
                    Hit(self._rows.ids[row], grouping.names[group], float(fused[group]), float(coverage[group]), float(near[position]))
                )
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
        """
        with self._lock:
            hits = list(islice(self._sources_by_score(question, audiences, kinds, prefer or {}), limit + _SOURCES_LATE))
        return self._rank_late(question, hits, SOURCES.late)[:limit]

    def _sources_by_score(
        self, question: Question, audiences: Collection[str], kinds: Collection[str], prefer: Mapping[str, float]
    ) -> Iterator[Hit]:
        """Sources, best first, before their late match is known; the caller holds the lock."""
        grouping = self._grouping(frozenset(audiences), frozenset(kinds), SOURCES)
        if not len(grouping.names):
            return
        scores = self._scores(question, audiences)
        total, best_of = grouping.score_sources(question, scores.keyword[grouping.rows], scores.cosine[grouping.rows], prefer)
        for group in np.argsort(-total, kind="stable").tolist():
            yield self._hit(int(grouping.rows[best_of[group]]), float(total[group]), scores)

    def _grouping(self, audiences: frozenset[str], kinds: frozenset[str] | None, weighed: Profile) -> Grouping:
        key = (audiences, kinds, weighed)
        if key not in self._groupings:
            if len(self._groupings) > 20:
                self._groupings.clear()
            mixed = weighed is SOURCES and kinds is not None and len(kinds) > 1  # texts beside the ways people ask about them
            rows = self._rows.readable(audiences, kinds)
            self._groupings[key] = Grouping(rows, self._rows.sources, self._keyword, self._exact, weighed, apart=mixed)
        return self._groupings[key]

    def passages(self, ids: Collection[str]) -> dict[str, Passage]:
        """Passages by id, in the order of the ids; they are shared, so only to be read."""
        return self._passages.get(ids)

    def passages_of(self, source_ids: Iterable[str], audiences: Collection[str], kinds: Collection[str]) -> list[Passage]:
        """The sources' passages of these kinds that may be read."""
        self._catch_up()
        with self._lock:
            ids = [self._rows.ids[row] for row in self._rows.readable_of(source_ids, audiences, kinds)]
        return list(self.passages(ids).values())

    def nearness(
        self, question: Question, source_ids: Iterable[str], audiences: Collection[str], kinds: Collection[str]
    ) -> dict[str, float]:
        """Cosine of the nearest passage of each source of which one may be read; nothing while the dense part is off."""
        with self._lock:
            rows = self._rows.readable_of(source_ids, audiences, kinds)
            if question.vector is None or self._exact is None or not rows:
                return {}
            out: dict[str, float] = {}
            for row, cosine in zip(rows, (self._exact.rows(rows) @ question.vector).tolist(), strict=True):
                source = self._rows.sources[row]
                out[source] = max(out.get(source, -1.0), cosine)
            return out

    def match_parts(self, question: Question, passages: Sequence[Passage]) -> dict[str, list[PartMatch]]:
        """How well each part of a passage fits (0 is the heading, then its sentences), by passage id.

        The match of its tokens, weighted by idf, beside the share of the question's idf mass that the part's words cover.
        """
        if not passages:
            return {}
        query = self._projected(question)
        concepts = [concept for concept in question.concepts if not concept.is_pair]
        with self._lock:
            masses = [self._mass(concept) for concept in concepts]
        read = [(passage, parts.texts_of(passage)) for passage in passages]
        late: dict[str, np.ndarray] = {}
        if query is not None and question.weights is not None:
            late = self._tokens.late_by_part(query, question.weights, {passage.hash: len(texts) for passage, texts in read})
        return parts.match(read, concepts, masses, late)

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
                same = [passage for passage in current if self._rows.holds(passage)]
                kept = {passage.id for passage in same}
                self.remove(id_ for id_ in ids if id_ not in kept)
                self._take_up([passage for passage in current if passage.id not in kept])
                self._passages.forget(kept)
                if not self.dense_off:
                    self._load_vectors(self._rows.of(current))

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

    def _take_up(self, passages: Sequence[Passage], keyword: KeywordIndex | None = None) -> None:
        first = len(self._rows)
        self._rows.take_up(passages)
        if keyword is not None:
            self._keyword = keyword
        else:
            documents = [
                (row, all_stems(passage.text, passage.language), all_stems(passage.heading, passage.language))
                for row, passage in enumerate(passages, first)
            ]
            self._keyword.add(documents, self._rows.alive)
        self._spelling = self._last = None
        self._groupings.clear()

    def _load_vectors(self, rows: Sequence[int]) -> None:
        self._last = None
        self._groupings.clear()
        for places, vectors in self._vectors.read([self._rows.hashes[row] for row in rows]):
            if self._exact is None:
                self._exact = ExactVectors(vectors.shape[1], self._encoder.number_type == "bfloat16")
            self._exact.put([rows[place] for place in places], vectors)

    def _scores(self, question: Question, audiences: Collection[str]) -> _Scores:
        if self._last and self._last[0] is question:
            return self._last[1]  # an answer searches company and standards with the same question
        keyword, coverage = self._keyword.scores(question.concepts, len(self._rows))
        scores = _Scores(keyword, coverage, self._cosines(question, audiences))
        self._last = (question, scores)
        return scores

    def _cosines(self, question: Question, audiences: Collection[str]) -> np.ndarray:
        size = len(self._rows)
        if question.vector is None or self._exact is None:
            return np.zeros(size, np.float32)
        if self._chroma is None or size <= self._exact_rows:
            return self._exact.cosines(question.vector, size)
        try:
            nearest = self._chroma.nearest(question.vector, set(audiences) & set(self._rows.audiences.tolist()), 400)
        except Exception:  # whatever Chroma raises
            log.exception("Chroma does not answer; exact search does, until the index is saved again")
            self._chroma = None
            return self._exact.cosines(question.vector, size)
        cosine = np.zeros(size, np.float32)
        for id_, value in nearest.items():
            if id_ in self._rows.number:
                cosine[self._rows.number[id_]] = value
        return cosine

    def _hit(self, row: int, score: float, scores: _Scores) -> Hit:
        return Hit(self._rows.ids[row], self._rows.sources[row], score, float(scores.coverage[row]), float(scores.cosine[row]))

    def _rank_late(self, question: Question, hits: list[Hit], weight: float) -> list[Hit]:
        query = self._projected(question)
        if query is None or not weight or not hits:
            return hits
        head = hits[:_RANKED_LATE]
        with self._lock:
            hash_of = self._rows.hashes_of(hit.passage_id for hit in head)
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
        last = self._last_query
        if last is not None and last[0] is question:
            return last[1]
        projected = None if question.tokens is None else self._vectors.projected(question.tokens)
        if projected is not None:
            self._last_query = (question, projected)
        return projected

    def _stored_passages(self, ids: Sequence[str]) -> dict[str, Passage]:
        with self._store.read() as session:
            return {passage.id: passage for passage in session.exec(_BY_ID, params={"ids": list(ids)})}

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
                wanted: dict[str, dict[str, int]] = {str(audience): {} for audience in set(self._rows.audiences.tolist())}
                for id_, row in self._rows.number.items():
                    wanted[str(self._rows.audiences[row])][id_] = row
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
        if missing := sorted(id_ for id_, row in rows.items() if there.get(id_) != self._rows.hashes[row]):
            with self._lock:
                vectors = self._exact.rows([rows[id_] for id_ in missing])
            self._chroma.put(audience, missing, [self._rows.hashes[rows[id_]] for id_ in missing], vectors)

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
