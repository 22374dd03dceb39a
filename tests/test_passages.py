"""Cutting: a piece is the text at its place, under its headings, and is named the same every time."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge import passages
from knowledge.language import sentence_spans
from knowledge.passages import WORDS, Piece
from knowledge.reading import Block
from knowledge.reading.blocks import one_line

SENTENCE = "The shift lead checks the press {} times before the first part leaves the cell and writes the result down."

lines = st.one_of(
    st.text(max_size=80),
    st.lists(
        st.sampled_from(["The press stops.", "Wer prüft das?", "See no. 4.2 of IS-1.", "A | B", "e.g. 3 mm", "„Halt!“", "x" * 300]),
        max_size=40,
    ).map(" ".join),
).map(one_line)
blocks = st.builds(
    Block,
    kind=st.sampled_from(["heading", "text", "item", "row"]),
    text=lines,
    level=st.integers(1, 4),
    page=st.one_of(st.none(), st.integers(1, 3)),
)


@given(st.lists(blocks, max_size=30))
@settings(max_examples=150, deadline=None)
def test_every_piece_is_the_text_at_its_place(found: list[Block]) -> None:
    whole, pieces = passages.cut(found)
    for piece in pieces:
        assert whole[piece.start : piece.end] == piece.text
    assert [piece.start for piece in pieces] == sorted(piece.start for piece in pieces)
    for before, after in zip(pieces, pieces[1:], strict=False):
        assert before.end <= after.start


@given(st.lists(blocks, max_size=30))
@settings(max_examples=100, deadline=None)
def test_no_word_below_a_heading_is_lost(found: list[Block]) -> None:
    _, pieces = passages.cut(found)
    assert " ".join(piece.text for piece in pieces).split() == " ".join(block.text for block in found if block.kind != "heading").split()


def test_heading_path_follows_the_levels() -> None:
    _, pieces = passages.cut(
        [
            Block("text", "Before any heading."),
            Block("heading", "4 Access", 1),
            Block("heading", "4.2 Reviews", 2),
            Block("text", "Rights are reviewed."),
            Block("heading", "4.3 Removal", 2),
            Block("text", "Rights are removed."),
            Block("heading", "5 Logs", 1),
            Block("text", "Logs are kept."),
        ]
    )
    assert [piece.heading for piece in pieces] == ["", "4 Access > 4.2 Reviews", "4 Access > 4.3 Removal", "5 Logs"]


def test_piece_never_crosses_a_heading_nor_a_page() -> None:
    _, pieces = passages.cut(
        [
            Block("heading", "1", 1),
            Block("text", "One.", page=1),
            Block("text", "Two.", page=2),
            Block("heading", "2", 1),
            Block("text", "Three.", page=2),
        ]
    )
    assert [(piece.text, piece.page, piece.heading) for piece in pieces] == [("One.", 1, "1"), ("Two.", 2, "1"), ("Three.", 2, "2")]


def test_long_section_is_split_between_sentences() -> None:
    sentences = [SENTENCE.format(number) for number in range(40)]
    whole, pieces = passages.cut([Block("heading", "3 Checks", 1), Block("text", " ".join(sentences))])
    assert len(pieces) > 3
    assert [sentence for piece in pieces for sentence in sentences if sentence in piece.text] == sentences
    spans = sentence_spans(whole)
    for piece in pieces:
        assert piece.start in {start for start, _ in spans} and piece.end in {end for _, end in spans}
        assert len(piece.text.split()) <= WORDS


def test_short_lines_of_a_section_stay_together() -> None:
    _, pieces = passages.cut([Block("text", "A rule."), Block("text", "Its exception.")])
    assert [piece.text for piece in pieces] == ["A rule.\nIts exception."]


def test_sentence_longer_than_a_passage_stays_whole() -> None:
    endless = " ".join(["word"] * (3 * WORDS)) + "."
    assert [piece.text for piece in passages.cut([Block("text", endless)])[1]] == [endless]


def made(text: str = "A rule.", source: str = "doc:P-1@1", heading: str = "1 Rules", **more: str) -> passages.Passage:
    piece = Piece(heading, None, 0, len(text), text)
    return passages.make(source, "document", [piece], **{"tongue": "en", "audience": "staff", **more})[0]  # type: ignore[arg-type]


def test_same_text_at_the_same_place_has_the_same_id() -> None:
    assert made().id == made().id and made().hash == made().hash


@pytest.mark.parametrize("other", [made("Another rule."), made(source="doc:P-1@2"), made(source="doc:P-2@1")])
def test_other_text_or_source_has_another_id(other: passages.Passage) -> None:
    assert made().id != other.id


def test_what_the_encoder_reads_names_the_vector() -> None:
    assert made(source="doc:P-2@1").hash == made().hash
    assert made(heading="2 Others").hash != made().hash
    assert made(title="Policy").heading == "Policy > 1 Rules"


def test_equal_lines_of_one_source_are_passages_of_their_own() -> None:
    pieces = [Piece("", None, start, start + 7, "A rule.") for start in (0, 8)]
    assert len({passage.id for passage in passages.make("doc:P-1@1", "document", pieces, tongue="en", audience="staff")}) == 2


def test_title_is_not_said_twice_in_the_heading_path() -> None:
    pieces = [Piece("IS-PRO-05 Backup > 4 Restore", None, 0, 5, "Text."), Piece("Annex", None, 6, 11, "More.")]
    made = passages.make("doc:IS-PRO-05@1", "document", pieces, tongue="en", audience="staff", title="Backup")
    assert [passage.heading for passage in made] == ["Backup > 4 Restore", "Backup > Annex"]
