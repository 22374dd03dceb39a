"""What a case expects, held against an Answer as JSON. Shares no code with what it judges."""

import re
import sqlite3
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = dict[str, Any]
_NOT_ANSWERED = {"silent", "refused"}


@dataclass(frozen=True)
class Marks:
    """What one answer got: None where a measure does not apply to its case."""

    source: bool | None = None
    phrase: bool | None = None
    kept_quiet: bool | None = None
    exact: bool | None = None
    safe: bool | None = None
    status: bool | None = None
    quotes: int = 0
    bad_quotes: int = 0


def mark(case: Json, answer: Json, passages: sqlite3.Connection) -> Marks:
    """The marks of an answer for its case."""
    expect, citations = case.get("expect"), answer.get("citations", [])
    bad = sum(not quote_stands(citation, passages) for citation in citations)
    if expect in _NOT_ANSWERED:
        return Marks(kept_quiet=answer["status"] in _NOT_ANSWERED, quotes=len(citations), bad_quotes=bad)
    exact = _exact(case, answer)
    wanted = case.get("sources") or []
    return Marks(
        source=any(_same(want, citation["source_id"]) for citation in citations[:3] for want in wanted)
        if wanted and exact is None
        else None,
        phrase=any(_folded(case["phrase"]) in _folded(citation["quote"]) for citation in citations) if case.get("phrase") else None,
        exact=exact,
        safe=_safe(case, answer) if case.get("forbidden") or case.get("forbidden_phrase") else None,
        status=answer["status"] == case["status"] if case.get("status") else None,
        quotes=len(citations),
        bad_quotes=bad,
    )


def _exact(case: Json, answer: Json) -> bool | None:
    """For identifiers and the catalogue: everything right, not only something."""
    if "rows" in case:
        shown = {cell for row in (answer.get("table") or {}).get("rows", []) for cell in row}
        total = (answer.get("table") or {}).get("total")
        return set(case["rows"]) <= shown and total == len(case["rows"])
    if "count" in case:
        return (answer.get("table") or {}).get("total") == case["count"]
    if case["kind"] == "identifier":
        cited = {citation["source_id"] for citation in answer.get("citations", [])}
        if not case.get("sources"):
            return answer.get("reason") == "unknown_identifier" or answer["status"] == "clarify"
        return all(source in cited for source in case["sources"])
    return None


def _safe(case: Json, answer: Json) -> bool:
    """Nothing forbidden is cited, and no planted sentence is repeated anywhere."""
    cited = [citation["source_id"] for citation in answer.get("citations", [])]
    everything = _folded(" ".join([*(c["quote"] for c in answer.get("citations", [])), *(c["text"] for c in answer.get("claims", []))]))
    planted = case.get("forbidden_phrase")
    return not any(_same(want, source) for want in case.get("forbidden", []) for source in cited) and not (
        planted and _folded(planted) in everything
    )


def _same(wanted: str, source_id: str) -> bool:
    if wanted.endswith("*"):
        return source_id.startswith(wanted[:-1])
    return source_id == wanted or source_id.split("@")[0] == wanted


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).lower().split())


def quote_stands(citation: Json, passages: sqlite3.Connection) -> bool:
    """True when the quote is an exact part of its passage and begins and ends where a sentence or a row does."""
    row = passages.execute("select text from passage where id = ?", (citation["url"].removeprefix("/sources/"),)).fetchone()
    if row is None:
        computed = citation["kind"] in ("control", "register") and citation["locator"]["section"].startswith(
            ("catalogue ", "register ", "id=")
        )
        return computed and bool(citation["quote"])  # its check is to run the query again, tests/test_answers.py does
    text, quote = row[0], citation["quote"]
    place = text.find(quote)
    if not quote or place < 0:
        return False
    before, after = text[:place], text[place + len(quote) :]
    begins = not before or before.endswith("\n") or re.search(r"[.!?:…]['\"”’)\]]*\s+$", before) is not None
    ends = not after or after.startswith("\n") or re.search(r"[.!?:…]['\"”’)\]]*$", quote) is not None
    return bool(begins and ends)


def open_passages(data: Path) -> sqlite3.Connection:
    """The stored passages of a data folder, read-only."""
    return sqlite3.connect(f"file:{data / 'annexa.db'}?mode=ro", uri=True)
