"""The outside door for measuring: what goes in comes back ranked, under its own ids, and what cannot be read is named."""

import json
from pathlib import Path
from typing import Any

import pytest

from evals import rank

PASSAGES: list[dict[str, Any]] = [
    {"id": 7, "text": "Backups of the PLC programs are kept for 90 days.", "title": "Backup", "section": "4.2", "owner": "unknown field"},
    {"id": "de", "text": "Besucher tragen eine Warnweste und werden von einem Mitarbeiter begleitet."},
    {"id": "empty", "text": "  "},
    {"id": "titled", "text": "", "title": "Register of approved cloud services"},
    {"id": "half", "text": "A lost badge \ud83d is reported to the gatehouse \u2028 within 30 minutes.\u0000"},
    {"id": "huge", "text": "The shift lead compares the reject rate of the weld camera.\n" * 400},
]
QUERIES: list[dict[str, Any]] = [
    {"id": 1, "text": "How long do we keep backups?"},
    {"id": 2, "text": "Wer begleitet Besucher?"},
    {"id": 3, "text": "cloud services that are approved"},
    {"id": 4, "text": "Where is a lost badge reported? \ude00"},
    {"id": 5, "text": "weld camera " * 3000},
    {"id": 6, "text": ""},
]


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


@pytest.mark.parametrize("profile", ["question", "requirement"])
def test_every_kind_of_text_is_ranked_under_the_id_it_was_given(tmp_path: Path, profile: str, capsys: pytest.CaptureFixture[str]) -> None:
    passages, queries = written(tmp_path / "p.jsonl", PASSAGES), written(tmp_path / "q.jsonl", QUERIES)
    out = tmp_path / "r.jsonl"
    rank.main(
        ["--passages", str(passages), "--queries", str(queries), "--out", str(out), "--k", "500", "--profile", profile],
    )
    results = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [result["query_id"] for result in results] == [1, 2, 3, 4, 5, 6]
    assert [result["ranked"][0]["id"] for result in results[:5]] == [7, "de", "titled", "half", "huge"]
    for result in results:
        assert {one["id"] for one in result["ranked"]} == {7, "de", "titled", "half", "huge"}
        scores = [one["score"] for one in result["ranked"]]
        assert scores == sorted(scores, reverse=True)
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["passages"] == len(PASSAGES)


def test_collection_of_empty_texts_ranks_nothing(tmp_path: Path) -> None:
    passages, queries = written(tmp_path / "p.jsonl", [{"id": "a", "text": ""}]), written(tmp_path / "q.jsonl", QUERIES[:1])
    rank.main(["--passages", str(passages), "--queries", str(queries), "--out", str(tmp_path / "r.jsonl")])
    assert json.loads((tmp_path / "r.jsonl").read_text("utf-8"))["ranked"] == []


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('{"id": "a", "text": "x"}\n\n{"id": "a", "text": "y"}\n', "line 3 has the id a of line 1"),
        ('{"id": 1, "text": "x"}\n{"id": "1", "text": "y"}\n', "line 2 has the id 1 of line 1"),
        ('{"id": "a"}\n', "line 1 is not an object with an id"),
        ('{"id": "a", "text": null}\n', "line 1 is not an object with an id"),
        ('{"id": null, "text": "x"}\n', "line 1 is not an object with an id"),
        ("[1]\n", "line 1 is not an object with an id"),
        ('{"id": "a", "text": "x"\n', "line 1 is not JSON"),
    ],
)
def test_line_that_is_no_text_with_an_id_of_its_own_is_named(tmp_path: Path, lines: str, said: str) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text(lines, "utf-8")
    with pytest.raises(SystemExit, match=said):
        rank.read_lines(path)


def test_json_string_may_hold_a_line_separator_and_a_file_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text('\ufeff{"id": "a", "text": "one\u2028two"}\r\n', "utf-8")
    assert rank.read_lines(path) == [{"id": "a", "text": "one\u2028two"}]


def test_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"p\.jsonl cannot be read"):
        rank.read_lines(tmp_path / "p.jsonl")
