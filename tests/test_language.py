"""Sentences, languages, stems and the glossary."""

import pytest

from knowledge import language
from knowledge.language import Glossary


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One rule. Another rule.", ["One rule.", "Another rule."]),
        ("Keep it for approx. 30 days. Then delete it.", ["Keep it for approx. 30 days.", "Then delete it."]),
        ("See e.g. A.8.24 for keys. Ask IT.", ["See e.g. A.8.24 for keys.", "Ask IT."]),
        ("Version 2.4 applies. It is new.", ["Version 2.4 applies.", "It is new."]),
        ("Nach Abs. 3 gilt dies. Sonst nicht.", ["Nach Abs. 3 gilt dies.", "Sonst nicht."]),
        ("z. B. die SPS. Danach die HMI.", ["z. B. die SPS.", "Danach die HMI."]),
        ("System: PLC | Kept: 90 days. No end\nNext line", ["System: PLC | Kept: 90 days. No end", "Next line"]),
        ("Is it safe? Yes! Go on.", ["Is it safe?", "Yes!", "Go on."]),
        ('He said "stop." Then he left.', ['He said "stop."', "Then he left."]),
        ("4.2. The owner approves. Done", ["4.2. The owner approves.", "Done"]),
        ("Dr. Albrecht signs. Mr. Feld checks.", ["Dr. Albrecht signs.", "Mr. Feld checks."]),
        ("", []),
    ],
)
def test_sentences_end_where_a_reader_sees_them_end(text: str, expected: list[str]) -> None:
    assert language.sentences(text) == expected


@pytest.mark.parametrize(
    ("text", "tongue"),
    [
        ("how long do we keep backups", "en"),
        ("wie lange heben wir die Backups auf", "de"),
        ("Wer darf den Stick einstecken?", "de"),
        ("Who may use the Leitstand PC?", "en"),
        ("USB Stick", "en"),
        ("Schichtübergabe Zugangskarte verloren", "de"),
        ("A.8.24", "en"),
    ],
)
def test_language_of_a_question(text: str, tongue: str) -> None:
    assert language.language_of(text) == tongue


def test_hidden_characters_are_taken_out() -> None:
    assert language.clean("pay\u200bload \U000e0041\U000e0042 x\u202e y\u00ad") == "payload x y"
    assert language.clean("ａ．８．２４ \t  line\r\nnext") == "a.8.24 line\nnext"


@pytest.fixture
def small() -> Glossary:
    glossary = Glossary()
    for term, means in {
        "Fernwartung": ["remote maintenance"],
        "Zugang": ["access"],
        "Schicht": ["shift"],
        "Leiter": ["lead"],
        "Frist": ["deadline"],
    }.items():
        glossary.add(term, "de", means)
    glossary.add("erste Hilfe", "de", ["first aid"])
    glossary.add("PLC", "en", ["programmable logic controller"])
    return glossary


@pytest.mark.parametrize(
    ("word", "means"),
    [
        ("Fernwartung", ("remote maintenance",)),
        ("Fernwartungszugang", ("remote maintenance", "access")),
        ("Schichtleiters", ("shift", "lead")),
        ("Fristen", ("deadline",)),
        ("Quatschwort", ()),
    ],
)
def test_compounds_are_taken_apart(small: Glossary, word: str, means: tuple[str, ...]) -> None:
    assert small.means(word) == means


def test_gloss_reads_german_in_english_words(small: Glossary) -> None:
    assert small.gloss("Der Schichtleiter gibt die Fernwartung frei, erste Hilfe") == (
        "the shift lead the remote maintenance frei first aid"
    )


def test_gloss_keeps_what_a_sentence_denies_and_asks(small: Glossary) -> None:
    assert small.gloss("Wer darf ohne Schichtleiter nicht rein?") == "who may without shift lead not rein"


def test_glossary_that_ships_is_in_its_form() -> None:
    assert language.the_glossary().means("Schichtleiter")
