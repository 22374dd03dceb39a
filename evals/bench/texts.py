"""Policy-like text in any amount: sentences of the sample plant and the guidance, recombined the same way every time."""

import json
import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from assistant.demo import PLANT
from knowledge import language, passages, standards
from knowledge.errors import UnreadableDocument
from knowledge.reading import Reader

CASES = Path(__file__).parents[1] / "cases"
_SECTIONS = 50
"""Sections a file: a procedure of some ten pages."""


def cases() -> list[dict[str, Any]]:
    """Every case of evals/cases, in the order of the files."""
    return [json.loads(line) for path in sorted(CASES.glob("*.jsonl")) for line in path.read_text("utf-8").splitlines()]


def questions(count: int) -> list[str]:
    """Distinct questions of the cases that follow no other, drawn over all kinds."""
    alone = list(dict.fromkeys(case["question"] for case in cases() if "question" in case and not case.get("thread")))
    random.Random(1).shuffle(alone)
    return alone[:count]


def sections(count: int) -> Iterator[tuple[str, str]]:
    """(heading, text) of distinct sections, each short enough to become one passage."""
    draw = random.Random(7)
    headings, pool = _material()
    seen: set[frozenset[str]] = set()
    while len(seen) < count:
        wanted, chosen, length = draw.randint(35, passages.WORDS), [], 0
        while length < wanted:
            sentence = draw.choice(pool)
            if length + len(sentence.split()) > passages.WORDS:
                break
            if sentence not in chosen:
                chosen.append(sentence)
                length += len(sentence.split())
        if chosen and (key := frozenset(chosen)) not in seen:
            seen.add(key)
            yield draw.choice(headings), " ".join(chosen)


def write_folders(root: Path, count: int, folders: int = 1) -> list[Path]:
    """Folders with Markdown files that have that many sections in all; the same for the same numbers."""
    out = [root / f"part-{number + 1}" for number in range(folders)]
    for folder in out:
        folder.mkdir(parents=True, exist_ok=True)
    made = list(sections(count))
    for number, start in enumerate(range(0, count, _SECTIONS), 1):
        lines = [f"---\nnumber: GEN-{number:04d}\ntitle: Generated procedure {number}\nversion: '1'\nstate: approved\naudience: staff\n---"]
        for position, (heading, text) in enumerate(made[start : start + _SECTIONS], 1):
            lines += [f"## {position} {heading}", "", text, ""]
        (out[number % folders] / f"GEN-{number:04d}.md").write_text("\n".join(lines), "utf-8")
    return out


@cache
def _material() -> tuple[list[str], list[str]]:
    """(headings, sentences) of 6 to 40 words of the plant's English documents and of the guidance."""
    texts: list[tuple[str, str]] = [
        (passage.heading.rpartition(" > ")[2], passage.text) for passage in standards.standard_passages() if passage.kind == "control"
    ]
    with Reader() as reader:
        for path in sorted((PLANT / "documents").iterdir()):
            if path.suffix in (".md", ".docx", ".pdf"):
                try:
                    _, pieces = passages.cut(reader.read(path).blocks)
                except UnreadableDocument:
                    continue
                texts += [(piece.heading.rpartition(" > ")[2], piece.text) for piece in pieces]
    sentences = (sentence for _, text in texts for sentence in language.sentences(text))
    usable = sorted({s for s in sentences if 6 <= len(s.split()) <= 40 and s[-1] == "." and s[0].isalpha() and "|" not in s})
    return sorted({heading for heading, _ in texts if 1 < len(heading.split()) < 9 and heading[0].isalpha()}), usable
