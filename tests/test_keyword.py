"""Keyword index: scores, delta and merge, removal, the file it is kept in."""

from pathlib import Path

import numpy as np
import pytest

from knowledge.index.keyword import Concept, KeywordIndex


def concepts(*terms: str) -> list[Concept]:
    return [Concept(((term, 1.0),)) for term in terms]


def filled(*texts: str) -> KeywordIndex:
    index = KeywordIndex()
    index.add([(row, text.split(), []) for row, text in enumerate(texts)], np.ones(len(texts), bool))
    return index


def test_row_with_the_rarer_word_scores_higher() -> None:
    index = filled("backup plc", "backup server", "backup tape")
    scores, covered = index.scores(concepts("backup", "plc"), 3)
    assert scores.argmax() == 0
    assert covered[0] == pytest.approx(1.0)
    assert 0 < covered[1] < 0.5


def test_word_that_nobody_knows_lowers_the_coverage() -> None:
    index = filled("backup plc", "server")
    _, covered = index.scores(concepts("backup", "giraffe"), 2)
    assert 0 < covered[0] < 0.6


def test_best_alternative_counts_once() -> None:
    index = filled("sps program", "controller program")
    one, _ = index.scores([Concept((("sps", 1.0), ("controller", 0.8)))], 2)
    assert one[0] > one[1] > 0


def test_many_small_additions_score_as_one_large_one() -> None:
    texts = [f"word{n % 7} word{n % 5} common" for n in range(60)]
    at_once = filled(*texts)
    bit_by_bit = KeywordIndex()
    for row, text in enumerate(texts):
        bit_by_bit.add([(row, text.split(), [])], np.ones(row + 1, bool))
    wanted = concepts("word3", "word4", "common")
    assert bit_by_bit.scores(wanted, 60)[0] == pytest.approx(at_once.scores(wanted, 60)[0], rel=0.05)


def test_removed_rows_are_gone_after_the_next_merge() -> None:
    index = filled("backup plc", "backup server")
    index.add([(2, ["tape"], [])], np.array([True, False, True]))
    assert index.frequency("server") == 0


def test_saved_segment_scores_the_same(tmp_path: Path) -> None:
    index = filled("backup plc", "backup server", "tape")
    index.save(tmp_path / "k.npz")
    again = KeywordIndex.load(tmp_path / "k.npz", 3)
    assert again.scores(concepts("backup", "tape"), 3)[0] == pytest.approx(index.scores(concepts("backup", "tape"), 3)[0])


def test_damaged_segment_is_an_error_that_the_index_expects(tmp_path: Path) -> None:
    (tmp_path / "k.npz").write_bytes(b"not a segment")
    with pytest.raises((OSError, ValueError, KeyError)):
        KeywordIndex.load(tmp_path / "k.npz", 1)


def test_groups_count_the_words_of_all_their_rows() -> None:
    index = filled("backup plc", "tape", "server")
    grouped = index.grouped(np.array([0, 0, -1]), 1, 1.2, 0.3)
    assert grouped.frequency("tape") == 1
    assert grouped.frequency("server") == 0
