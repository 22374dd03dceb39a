"""The index: what is added is found, what may not be read is never ranked, and every cache can be lost."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from sqlmodel import col, select

from knowledge.index import Index, generation
from knowledge.index.dense import ChromaVectors
from knowledge.registers import Passage, Store, Vector
from tests import engines
from tests.builders import WordEncoder, a_store, keep_passages, some_passages
from tests.engines import Engine

TEXTS = [
    "Backups of the PLC programs are kept for 90 days on the backup server.",
    "Visitors wear an orange vest and are escorted by one employee.",
    "The shift lead compares the reject rate of the weld camera at the start of each shift.",
    "A lost badge is reported to the gatehouse within 30 minutes.",
]
KEYS = "The zirconium vault opens only with the two keys of the works council."
PUBLIC = frozenset({"public"})
EVERYTHING = frozenset({"public", "staff", "role:isms_manager"})


@pytest.fixture
def store(tmp_path: Path, engine: Engine) -> Iterator[Store]:
    made = a_store(tmp_path, engine)
    yield made
    made.close()


def an_index(store: Store, folder: Path | None = None, encoder: WordEncoder | None = None) -> Index:
    index = Index(store, encoder or WordEncoder(), folder)  # type: ignore[arg-type]
    index.open()
    return index


def fill(store: Store, index: Index, texts: list[str], audience: str = "public") -> list[Passage]:
    made = keep_passages(store, some_passages(texts, audience=audience))
    index.add(made)
    return made


def set_current(store: Store, passage_id: str, current: bool) -> None:
    with store.write() as session:
        row = session.get(Passage, passage_id)
        assert row
        row.current = current


def best(index: Index, question: str, audiences: frozenset[str] = PUBLIC) -> str:
    hits = index.search(index.read(question), audiences, limit=1)
    return hits[0].passage_id if hits else ""


def found(index: Index, question: str, audiences: frozenset[str] = PUBLIC) -> set[str]:
    return {hit.passage_id for hit in index.search(index.read(question), audiences, limit=100)}


def test_each_text_is_found_by_its_own_words(store: Store) -> None:
    index = an_index(store)
    made = fill(store, index, TEXTS)
    for passage in made:
        assert best(index, passage.text) == passage.id
    assert len(index) == len(TEXTS)


def test_texts_of_a_first_loading_are_each_embedded_once(store: Store) -> None:
    encoder = WordEncoder()
    texts = [f"Procedure {number} of the paint shop." for number in range(600)]
    made = fill(store, an_index(store, encoder=encoder), texts)
    assert len(encoder.encoded) == len({passage.hash for passage in made}) == 600


def test_texts_beside_the_index_have_vectors_and_are_never_found(store: Store) -> None:
    encoder = WordEncoder()
    index = an_index(store, encoder=encoder)
    fill(store, index, TEXTS)
    beside = some_passages([KEYS, TEXTS[0]])
    vectors, read = index.vectors_beside(beside), encoder.encoded
    again = index.vectors_beside(beside)
    assert vectors is not None and again is not None and np.allclose(np.linalg.norm(vectors, axis=1), 1) and np.array_equal(vectors, again)
    assert encoder.encoded == read and KEYS not in found(index, "zirconium vault")


def test_empty_index_finds_nothing_and_does_not_fail(store: Store) -> None:
    index = an_index(store)
    assert index.search(index.read("anything at all"), PUBLIC) == []
    assert index.search_sources(index.read("anything at all"), PUBLIC, ["document"]) == []


def test_removed_text_is_not_found_and_comes_back_without_embedding(store: Store) -> None:
    encoder = WordEncoder()
    index = an_index(store, encoder=encoder)
    made = fill(store, index, TEXTS)
    set_current(store, made[0].id, False)
    index.remove([made[0].id, "never-there"])
    assert made[0].id not in found(index, TEXTS[0]) and len(index) == len(TEXTS) - 1
    encoder.encoded.clear()
    set_current(store, made[0].id, True)
    index.add([made[0]])
    assert best(index, TEXTS[0]) == made[0].id and encoder.encoded == []


def test_passage_added_twice_counts_once(store: Store) -> None:
    index = an_index(store)
    made = fill(store, index, TEXTS)
    index.add(made)
    assert len(index) == len(TEXTS)
    assert len(index.search(index.read(TEXTS[0]), PUBLIC, limit=100)) == len(TEXTS)


def test_equal_texts_of_two_sources_are_embedded_once(store: Store) -> None:
    encoder = WordEncoder()
    index = an_index(store, encoder=encoder)
    fill(store, index, [TEXTS[0], TEXTS[0]])
    encoder.encoded.clear()
    index.add([])
    with store.read() as session:
        assert len(session.exec(select(Vector)).all()) == 1
    assert len(found(index, TEXTS[0])) == 2


def test_what_may_not_be_read_is_never_ranked(store: Store) -> None:
    index = an_index(store)
    public = fill(store, index, TEXTS)
    secret = keep_passages(store, [_renamed(passage) for passage in some_passages([KEYS], audience="role:isms_manager")])
    index.add(secret)
    question = index.read(KEYS)
    assert {hit.passage_id for hit in index.search(question, PUBLIC, limit=100)} == {passage.id for passage in public}
    assert secret[0].source_id not in {hit.source_id for hit in index.search_sources(question, PUBLIC, ["document"], 100)}
    assert index.search(question, PUBLIC, within=[secret[0].source_id]) == []
    assert index.search(question, frozenset()) == []
    assert index.search(question, EVERYTHING, limit=1)[0].passage_id == secret[0].id


def test_rights_are_asked_again_for_the_same_question(store: Store) -> None:
    index = an_index(store)
    fill(store, index, TEXTS[:1])
    index.add(keep_passages(store, [_renamed(passage) for passage in some_passages([KEYS], audience="staff")]))
    question = index.read(KEYS)
    assert len(index.search(question, EVERYTHING, limit=100)) == 2
    assert len(index.search(question, PUBLIC, limit=100)) == 1
    assert len(index.search(question, EVERYTHING, limit=100)) == 2


def test_only_the_kinds_and_sources_that_are_asked_for_are_ranked(store: Store) -> None:
    index = an_index(store)
    made = fill(store, index, TEXTS)
    question = index.read(TEXTS[0])
    assert index.search(question, PUBLIC, ["note"]) == []
    assert [hit.source_id for hit in index.search(question, PUBLIC, within=[made[2].source_id])] == [made[2].source_id]


def test_nearness_is_told_of_the_sources_that_are_asked_for_and_may_be_read(store: Store) -> None:
    index = an_index(store)
    made = fill(store, index, TEXTS)
    secret = keep_passages(store, [_renamed(passage) for passage in some_passages([KEYS], audience="role:isms_manager")])
    index.add(secret)
    sources = [made[0].source_id, made[1].source_id, secret[0].source_id]
    near = index.nearness(index.read(TEXTS[1]), sources, PUBLIC, ["document"])
    assert set(near) == set(sources[:2]) and near[sources[1]] > 0.9 > near[sources[0]]
    assert index.nearness(index.read(TEXTS[1]), sources, PUBLIC, ["note"]) == {}


def test_best_passage_of_each_source_comes_once(store: Store) -> None:
    index = an_index(store)
    made = some_passages([f"Backups of machine {number} are kept for 90 days." for number in range(6)])
    for passage in made[:4]:
        passage.source_id = "doc:ONE@1"
    index.add(keep_passages(store, made))
    sources = [hit.source_id for hit in index.search_texts(index.read("How long are backups kept?"), PUBLIC)]
    assert sorted(sources) == sorted({"doc:ONE@1", made[4].source_id, made[5].source_id})


def test_text_is_found_by_words_that_stand_in_different_passages_of_it(store: Store) -> None:
    index = an_index(store)
    made = some_passages(["Badges are blue.", "Visitors leave at noon.", "Badges are green.", "Parcels leave at noon."])
    for passage, source in zip(made, ("doc:ONE@1", "doc:ONE@1", "doc:TWO@1", "doc:THREE@1"), strict=True):
        passage.source_id = source
    index.add(keep_passages(store, made))
    assert index.search_texts(index.read("Which badges do visitors have?"), PUBLIC)[0].source_id == "doc:ONE@1"


def test_word_that_a_requirement_repeats_counts_as_often_as_it_is_said(store: Store) -> None:
    index = an_index(store)
    fill(store, index, TEXTS)
    concepts = {concept.alternatives[0][0]: concept.times for concept in index.read("Backups of backup servers; a backup a day.").concepts}
    assert concepts["backup"] == 3
    often = index.search_texts(index.read("badges, backups, badge, badge"), PUBLIC)
    assert often[0].passage_id == index.search_texts(index.read("lost badge"), PUBLIC)[0].passage_id


def test_whole_text_that_may_not_be_read_is_never_ranked(store: Store) -> None:
    index = an_index(store)
    fill(store, index, TEXTS)
    secret = some_passages([KEYS], audience="role:isms_manager")[0]
    secret.source_id = "doc:SECRET@1"
    index.add(keep_passages(store, [secret]))
    question = index.read(KEYS)
    assert "doc:SECRET@1" not in {hit.source_id for hit in index.search_texts(question, PUBLIC, limit=20)}
    assert index.search_texts(question, EVERYTHING, within=["doc:SECRET@1"])[0].source_id == "doc:SECRET@1"
    assert index.search_texts(question, PUBLIC, within=["doc:SECRET@1"]) == []


def test_german_text_is_found_by_an_english_question_and_the_other_way_round(store: Store) -> None:
    index = an_index(store)
    german = keep_passages(store, some_passages(["Passwörter werden nach einer Störung geändert."], tongue="de"))
    index.add(german)
    english = keep_passages(store, [_renamed(passage) for passage in some_passages(["Visitors are escorted.", "Backups are encrypted."])])
    index.add(english)
    assert best(index, "When are passwords changed?") == german[0].id
    assert best(index, "Wie werden Besucher begleitet?") == english[0].id


def test_misspelt_word_is_taken_for_the_known_one(store: Store) -> None:
    index = an_index(store)
    made = fill(store, index, [*TEXTS, "The gatehouse gives out badges."])
    assert best(index, "gatehuose badgse") in {made[3].id, made[4].id}


def test_restart_embeds_nothing_and_finds_the_same(store: Store, tmp_path: Path) -> None:
    index = an_index(store, tmp_path / "index")
    fill(store, index, TEXTS)
    index.save()
    before = [(hit.passage_id, round(hit.score, 4)) for hit in index.search(index.read(TEXTS[2]), PUBLIC)]
    encoder = WordEncoder()
    again = an_index(store, tmp_path / "index", encoder)
    assert encoder.encoded == []
    assert [(hit.passage_id, round(hit.score, 4)) for hit in again.search(again.read(TEXTS[2]), PUBLIC)] == before


def test_what_was_committed_but_not_embedded_is_made_up_for_at_open(store: Store) -> None:
    fill(store, an_index(store), TEXTS[:2])
    late = keep_passages(store, [_renamed(passage) for passage in some_passages(TEXTS[2:])])
    encoder = WordEncoder()
    index = an_index(store, encoder=encoder)
    assert len(encoder.encoded) == len(late)
    for passage in late:
        assert best(index, passage.text) == passage.id


def test_passages_of_old_versions_are_not_taken_up(store: Store) -> None:
    made = some_passages(TEXTS)
    made[0].current = False
    keep_passages(store, made)
    index = an_index(store)
    assert len(index) == len(TEXTS) - 1 and made[0].id not in found(index, TEXTS[0])


def test_with_another_encoder_keywords_answer_and_the_index_says_so_until_it_is_made_again(store: Store) -> None:
    made = fill(store, an_index(store), TEXTS)
    other = WordEncoder(name="other-words")
    index = an_index(store, encoder=other)
    assert index.dense_off and all(word in index.dense_off for word in ("words", "other-words", "annexa reindex"))
    assert other.encoded == [] and best(index, TEXTS[1]) == made[1].id
    index.add(keep_passages(store, [_renamed(passage) for passage in some_passages([KEYS])]))
    assert other.encoded == [] and best(index, KEYS)
    index.rebuild()
    assert index.dense_off is None and len(other.encoded) == len(TEXTS) + 1 + _sampled(other)
    assert index.search(index.read(TEXTS[1]), PUBLIC)[0].cosine > 0.9


def test_making_the_index_again_with_the_same_encoder_embeds_nothing(store: Store, tmp_path: Path) -> None:
    encoder = WordEncoder()
    index = an_index(store, tmp_path / "index", encoder)
    made = fill(store, index, TEXTS)
    encoder.encoded.clear()
    index.rebuild()
    assert encoder.encoded == [] and best(index, TEXTS[3]) == made[3].id


@pytest.mark.parametrize("damage", ["empty", "text", "cut", "flipped"])
def test_damaged_keyword_file_is_made_again(store: Store, tmp_path: Path, damage: str) -> None:
    index = an_index(store, tmp_path / "index")
    made = fill(store, index, TEXTS)
    index.save()
    [path] = (tmp_path / "index").rglob("keyword-*.npz")
    good = path.read_bytes()
    middle = len(good) // 2
    path.write_bytes(
        {"empty": b"", "text": b"no segment at all", "cut": good[:middle], "flipped": good[:300] + bytes(64) + good[364:]}[damage]
    )
    again = an_index(store, tmp_path / "index")
    assert best(again, TEXTS[1]) == made[1].id
    again.save()
    assert len(path.read_bytes()) == len(good)
    assert best(an_index(store, tmp_path / "index"), TEXTS[1]) == made[1].id


def in_chroma(folder: Path, audience: str) -> set[str]:
    return set(ChromaVectors(generation("words"), folder / "index" / generation("words") / "chroma", None).hashes(audience))


def in_sql(store: Store, audience: str) -> set[str]:
    with store.read() as session:
        return set(session.exec(select(Passage.id).where(col(Passage.current), Passage.audience == audience)).all())


def test_chroma_holds_what_sql_holds_by_audience(store: Store, tmp_path: Path) -> None:
    index = an_index(store, tmp_path / "index")
    made = fill(store, index, TEXTS)
    index.add(keep_passages(store, [_renamed(passage) for passage in some_passages([KEYS], audience="role:isms_manager")]))
    index.save()
    assert in_chroma(tmp_path, "public") == in_sql(store, "public") == {passage.id for passage in made}
    assert in_chroma(tmp_path, "role:isms_manager") == in_sql(store, "role:isms_manager")
    set_current(store, made[0].id, False)
    index.remove([made[0].id])
    index.save()
    assert in_chroma(tmp_path, "public") == in_sql(store, "public") and len(in_sql(store, "public")) == len(TEXTS) - 1


@dataclass(frozen=True)
class Served:
    """Where the vectors are: the folder of the index, the address of a Chroma server or none, and an encoder of its own name."""

    folder: Path
    url: str | None
    encoder: WordEncoder

    def open(self, store: Store) -> Index:
        """An index that asks Chroma however few the passages are."""
        index = Index(store, self.encoder, self.folder, self.url, exact_rows=0)  # type: ignore[arg-type]
        index.open()
        return index

    def hashes(self) -> dict[str, str]:
        name = generation(self.encoder.name)
        return ChromaVectors(name, self.folder / name / "chroma", self.url).hashes("public")


@pytest.fixture(params=["embedded", "server"])
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Served:
    return Served(tmp_path / "index", engines.chroma() if request.param == "server" else None, WordEncoder(name=f"words of {tmp_path}"))


def test_chroma_answers_as_exact_search_does(store: Store, served: Served) -> None:
    index = served.open(store)
    made = fill(store, index, TEXTS)
    index.save()
    again = served.open(store)
    exact = an_index(store, encoder=served.encoder)
    for text in TEXTS:
        near, far = (found.search(found.read(text), PUBLIC) for found in (again, exact))
        assert [hit.passage_id for hit in near] == [hit.passage_id for hit in far]
        assert [hit.cosine for hit in near] == pytest.approx([hit.cosine for hit in far], abs=1e-4)
    set_current(store, made[0].id, False)
    again.remove([made[0].id])
    assert made[0].id not in found(again, TEXTS[0])


def test_a_changed_text_under_the_same_id_gets_its_new_vector(store: Store, served: Served) -> None:
    index = served.open(store)
    [passage] = fill(store, index, TEXTS[:1])
    index.save()
    assert served.hashes() == {passage.id: passage.hash}
    with store.write() as session:
        row = session.get(Passage, passage.id)
        assert row
        row.text, row.hash = TEXTS[1], "another"
    changed = served.open(store)
    changed.save()
    assert served.hashes() == {passage.id: "another"}
    assert changed.search(changed.read(TEXTS[1]), PUBLIC)[0].cosine > 0.9


def test_chroma_says_what_it_holds_of_a_large_plant(tmp_path: Path) -> None:
    """More passages than SQLite takes variables in one query, which Chroma makes one each of."""
    size = 33_000
    vectors = ChromaVectors("large", tmp_path, None)
    ids = [f"passage-{number}" for number in range(size)]
    vectors.put("public", ids, [f"text-{number}" for number in range(size)], np.ones((size, 2), np.float32))
    found = vectors.hashes("public")
    assert len(found) == size and found["passage-32999"] == "text-32999"


def test_chroma_server_that_went_away_does_not_stop_answers(store: Store, tmp_path: Path) -> None:
    gone = Served(tmp_path / "index", f"http://127.0.0.1:{engines.free_port()}", WordEncoder())
    index = gone.open(store)
    made = fill(store, index, TEXTS)
    index.save()
    assert best(index, TEXTS[0]) == made[0].id
    assert best(gone.open(store), TEXTS[0]) == made[0].id


def test_damaged_chroma_folder_does_not_stop_answers(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "index" / generation("words") / "chroma"
    folder.mkdir(parents=True)
    (folder / "chroma.sqlite3").write_bytes(b"this is no database" * 100)
    index = an_index(store, tmp_path / "index")
    made = fill(store, index, TEXTS)
    index.save()
    assert best(index, TEXTS[0]) == made[0].id
    assert best(an_index(store, tmp_path / "index"), TEXTS[0]) == made[0].id


def test_each_part_of_a_passage_is_matched_by_itself(store: Store) -> None:
    index = an_index(store)
    made = keep_passages(store, some_passages(["Visitors wear a vest. Backups are kept for 90 days. Doors are locked."]))
    index.add(made)
    heading, *parts = index.match_parts(index.read("How long are backups kept?"), made)[made[0].id]
    assert heading.text == "" and [part.text for part in parts] == [
        "Visitors wear a vest.",
        "Backups are kept for 90 days.",
        "Doors are locked.",
    ]
    assert max(parts, key=lambda part: part.late) is parts[1] and max(parts, key=lambda part: part.covered) is parts[1]


def _renamed(passage: Passage) -> Passage:
    """The passage under a source and an id that `some_passages` gives to no other."""
    passage.source_id, passage.id = f"doc:Z-{passage.hash}@1", f"z{passage.id}"[:20]
    return passage


def _sampled(encoder: WordEncoder) -> int:
    """Texts read once more to fit the directions on which token vectors are kept."""
    return len(encoder.encoded) - len(set(encoder.encoded))
