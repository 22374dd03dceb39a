"""The texts that ship: every clause and control has its guidance, in its form, and no sentence stands twice."""

import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

from knowledge import controls, language
from knowledge.registers import Passage, Store
from knowledge.standards import GUIDANCE, NOTES, note, refusals, standard_passages, synchronise
from tests.builders import a_store

HEADINGS = ["Meaning", "In the factory", "Practice", "Evidence", "Mistakes"]
PRONOUN = re.compile(r"(It|Its|This|That|These|Those|They|Them|Their|He|She|His|Her|Such)\b")
FILES = sorted(GUIDANCE.glob("*/*.md"))
PASSAGES = standard_passages()

# framework, kind of entry, how many there are, whether the long form of 120 to 250 words is asked
ASKED = [
    ("iso27001-2022", "subclause", 34, True),
    ("iso27001-2022", "control", 93, True),
    ("iso42001", "control", 38, False),
    ("iec62443-3-3", "requirement", 51, False),
]


def ids(framework: str, kind: str) -> list[str]:
    return [entry.id for entry in controls.catalogue().entries(framework, kind)]


def parts(path: Path) -> tuple[dict[str, dict[str, list[str]]], str]:
    _, front, body = path.read_text("utf-8").split("---\n", 2)
    return yaml.safe_load(front), body


def sentences(body: str) -> list[str]:
    return [sentence for line in body.splitlines() if line and not line.startswith("#") for sentence in language.sentences(line)]


def words(body: str) -> int:
    return sum(len(sentence.split()) for sentence in sentences(body))


@pytest.mark.parametrize(("framework", "kind", "count", "_long"), ASKED)
def test_every_entry_has_guidance(framework: str, kind: str, count: int, _long: bool) -> None:
    there = {path.stem for path in FILES if path.parent.name == framework}
    assert len(ids(framework, kind)) == count
    assert [id_ for id_ in ids(framework, kind) if id_ not in there] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}:{path.stem}")
def test_guidance_is_in_its_form(path: Path) -> None:
    front, body = parts(path)
    assert front["id"] == path.stem and controls.catalogue().get(path.parent.name, path.stem)
    assert re.findall(r"^## (.*)$", body, re.MULTILINE) == HEADINGS
    assert all(section.strip() for section in re.split(r"^## .*$", body, flags=re.MULTILINE)[1:])
    asked = front["questions"]
    assert set(asked) == {"en", "de"} and all(asked.values())
    assert all(isinstance(question, str) and question.strip() for questions in asked.values() for question in questions)


@pytest.mark.parametrize(
    ("framework", "id_"),
    [(framework, id_) for framework, kind, _, long in ASKED if long for id_ in ids(framework, kind)],
    ids=lambda value: value,
)
def test_guidance_of_27001_has_120_to_250_words(framework: str, id_: str) -> None:
    assert 120 <= words(parts(GUIDANCE / framework / f"{id_}.md")[1]) <= 250


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}:{path.stem}")
def test_every_sentence_names_its_subject(path: Path) -> None:
    assert [sentence for sentence in sentences(parts(path)[1]) if PRONOUN.match(sentence)] == []


def test_no_sentence_of_the_guidance_and_the_notes_stands_twice() -> None:
    counted = Counter(sentence for path in (*FILES, *NOTES.glob("*.md")) for sentence in sentences(parts(path)[1]))
    assert [sentence for sentence, times in counted.items() if times > 1] == []


def test_no_way_of_asking_leads_to_two_places_of_one_framework() -> None:
    leads: dict[tuple[str, str], set[str]] = {}
    for passage in PASSAGES:
        if passage.kind == "question":
            framework = passage.source_id.split(":")[0]
            leads.setdefault((framework, passage.text.lower()), set()).add(passage.source_id)
    assert {text: sources for text, sources in leads.items() if len(sources) > 1} == {}


def test_every_way_of_asking_leads_to_a_source() -> None:
    quotable = {passage.source_id for passage in PASSAGES if passage.kind in {"control", "note"}}
    leading = {passage.source_id for passage in PASSAGES if passage.kind == "question"}
    assert leading - quotable == set()


def test_every_note_is_dated_and_says_what_it_depends_on_and_whom_to_ask() -> None:
    sources = {passage.source_id for passage in PASSAGES if passage.kind == "note"}
    assert len(sources) == len(list(NOTES.glob("*.md"))) > 0
    for source in sources:
        found = note(source)
        assert found and re.match(r"20\d\d-\d\d-\d\d$", found.as_of) and found.depends_on and found.ask and found.title
        assert source.startswith("law:")


def test_every_refusal_has_examples_and_answered_questions_near_them_in_both_languages() -> None:
    for entry in refusals():
        for asked in (entry["examples"], entry["answered"]):
            assert set(asked) == {"en", "de"} and all(asked.values())


def test_no_example_teaches_two_things() -> None:
    taught: dict[str, set[str]] = {}
    for passage in PASSAGES:
        if passage.kind == "example":
            taught.setdefault(passage.text.lower(), set()).add(passage.source_id)
    assert {text: sources for text, sources in taught.items() if len(sources) > 1} == {}


def test_ids_are_all_different_and_everything_is_public() -> None:
    assert len({passage.id for passage in PASSAGES}) == len(PASSAGES)
    assert {passage.audience for passage in PASSAGES} == {"public"}


def test_store_is_brought_to_exactly_what_ships(tmp_path: Path) -> None:
    store: Store = a_store(tmp_path)
    fresh, gone = synchronise(store)
    assert len(fresh) == len(PASSAGES) and gone == []
    with store.write() as session:
        session.delete(session.merge(fresh[0]))
        session.add(Passage(**{**fresh[1].model_dump(), "id": "left-from-before"}))
    fresh_again, gone_again = synchronise(store)
    assert [passage.id for passage in fresh_again] == [fresh[0].id] and gone_again == ["left-from-before"]
    assert synchronise(store) == ([], [])
    store.close()


def test_store_that_changed_is_noticed_also_where_the_files_are_remembered(tmp_path: Path) -> None:
    store, remembered = a_store(tmp_path), tmp_path / "index" / "standards"
    fresh, _ = synchronise(store, remembered)
    assert len(fresh) == len(PASSAGES) and synchronise(store, remembered) == ([], [])
    with store.write() as session:
        session.delete(session.merge(fresh[0]))
    assert [passage.id for passage in synchronise(store, remembered)[0]] == [fresh[0].id]
    remembered.write_text("of another version", "utf-8")
    assert synchronise(store, remembered) == ([], [])
    store.close()


def test_german_text_is_read_anew_where_the_glossary_changed(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    german = next(passage for passage in synchronise(store)[0] if passage.language == "de")
    with store.write() as session:  # as an older glossary had left it
        session.get_one(Passage, german.id).hash = "what the old words were"
        session.delete(session.get_one(Passage, next(passage.id for passage in PASSAGES if passage.language == "en")))
    assert {passage.id for passage in synchronise(store)[0]} >= {german.id}
    with store.read() as session:
        assert session.get_one(Passage, german.id).hash == german.hash
