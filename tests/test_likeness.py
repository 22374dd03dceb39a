"""What the examples of threats teach by their words, without an encoder."""

from collections import Counter

import pytest

from assistant.drafting import threats
from assistant.drafting.likeness import Likeness
from knowledge import controls, language, standards
from knowledge.index.question import Question

LIKENESS = Likeness(standards.threat_examples(), None)


def a_question(text: str) -> Question:
    return Question(text, language.language_of(text), text, (), None, None, None)


def test_every_threat_of_the_guide_has_a_dozen_examples_in_each_language() -> None:
    guide = {name for row in controls.catalogue().threats() for name in row.attribute("guide_threat")}
    there = Counter((one.source_id, one.language) for one in standards.threat_examples())
    assert {source for source, _ in there} == {f"{standards.THREAT}{name}" for name in guide}
    assert len(there) == 2 * len(guide) and min(there.values()) >= 12


def test_no_example_stands_in_two_threats() -> None:
    assert max(Counter(one.text for one in standards.threat_examples()).values()) == 1


@pytest.mark.parametrize(
    ("sentence", "family"),
    [
        ("the brewing bot recites the salaries that it was shown", threats.INVERSION),
        ("ein Stapel Etiketten im Lernsatz ist mit Absicht falsch markiert", threats.POISONING),
        ("foil on the bottle keeps the camera from seeing the crack", threats.INPUTS),
        ("der Anbieter fällt aus, und es gibt keine Prognose", threats.DENIAL),
    ],
)
def test_a_sentence_is_most_like_the_examples_that_do_the_same(sentence: str, family: str) -> None:
    told = LIKENESS.of(a_question(sentence))
    assert max(told, key=lambda name: told[name]) == family


def test_likeness_decides_where_no_word_names_a_threat() -> None:
    near = threats.Near(examples={threats.DENIAL: 0.6, threats.ACCESS: 0.2})
    told = threats.recognise("something happens to the filler", near)
    assert told and told.family == threats.DENIAL and not told.said
