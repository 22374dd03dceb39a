"""Rank any passages for any queries with the product's own index and settings: the outside door for measuring.

    python -m evals.rank --passages P.jsonl --queries Q.jsonl --out R.jsonl --k 100 --profile question

A passage is `{"id", "text", "title"?, "section"?, "doc"?}`, a query `{"id", "text"}`, a result
`{"query_id", "ranked": [{"id", "score"}], "ms"}`, best first. The last line printed is JSON. An id is text or a whole
number and comes back as it was given; a passage without text is found by its title, and not at all without one.
"""

import argparse
import json
import re
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from knowledge import language, passages
from knowledge.embedding import Encoder
from knowledge.index import PROFILES, Index
from knowledge.reading import Block
from knowledge.registers import Passage, Store, sqlite_url

NUMBER = re.compile(r"\d\S*")
"""A heading that is a bare number, such as 7.3.1(a): it says nothing of what stands under it, and blurs the vector."""


class TimedEncoder(Encoder):
    """The product's encoder; remembers how long encoding documents took."""

    seconds = 0.0

    def encode_documents(self, texts: Any, progress: Any = None) -> Any:
        """As the product's, timed."""
        source = super().encode_documents(texts, progress)
        while True:
            start = time.perf_counter()
            try:
                item = next(source)
            except StopIteration:
                return
            finally:
                self.seconds += time.perf_counter() - start
            yield item


def to_passages(row: dict[str, Any]) -> list[Passage]:
    """The passages that one line becomes, all of the source that its id names."""
    named = [language.clean(_storable(str(row[key]))) for key in ("doc", "title", "section") if row.get(key)]
    heading = " > ".join(name for name in named if name and not NUMBER.fullmatch(name))
    text = language.clean(row["text"]) or heading
    _, pieces = passages.cut([Block("text", line) for line in text.split("\n") if line])
    return passages.make(str(row["id"]), "document", pieces, tongue=language.language_of(text), audience="public", title=heading)


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The JSON objects of a file, one a line. Raises SystemExit naming file and line where one is not as it should be."""
    rows: list[dict[str, Any]] = []
    line_of: dict[str, int] = {}
    try:
        lines = path.read_bytes().decode("utf-8-sig").split("\n")  # not splitlines: a JSON string may hold U+2028
    except (OSError, UnicodeDecodeError) as error:
        sys.exit(f"{path} cannot be read: {error}")
    for number, line in enumerate(lines, 1):
        if line.strip():
            row = _row(line, f"{path}: line {number}")
            first = line_of.setdefault(str(row["id"]), number)
            if first != number:
                sys.exit(f"{path}: line {number} has the id {row['id']} of line {first}; an id stands for one text")
            rows.append(row)
    return rows


def _row(line: str, where: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        sys.exit(f"{where} is not JSON ({error})")
    if not isinstance(row, dict) or not isinstance(row.get("text"), str) or type(row.get("id")) not in (str, int):
        sys.exit(f"{where} is not an object with an id (text or whole number) and a text")
    row["text"] = _storable(row["text"])
    return row


def _storable(text: str) -> str:
    """The text without halves of surrogate pairs, which JSON can hold and a store cannot."""
    return text.encode("utf-8", "replace").decode()


def build(store: Store, encoder: Encoder, rows: list[dict[str, Any]]) -> Index:
    """An index over the rows, as ingestion makes it."""
    index = Index(store, encoder)
    index.open()
    made = [passage for row in rows for passage in to_passages(row)]
    with store.write() as session:
        session.add_all(made)
    index.add(made, progress=_progress)
    return index


def main(argv: list[str] | None = None) -> None:
    """Run the ranking and print its figures."""
    parser = argparse.ArgumentParser(prog="evals.rank", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=Path, required=True)
    parser.add_argument("--queries", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--k", type=int, default=100, help="texts a query, at most as many as there are")
    parser.add_argument("--profile", choices=sorted(PROFILES), default="question")
    options = parser.parse_args(argv)
    if options.k < 1:
        parser.error("--k is at least 1")
    rows, queries = read_lines(options.passages), read_lines(options.queries)
    given = {str(row["id"]): row["id"] for row in rows}
    encoder = TimedEncoder()
    encoder.encode_query("warm")
    with tempfile.TemporaryDirectory() as folder:
        store = Store(sqlite_url(Path(folder) / "rank.db"))
        store.migrate()
        start = time.perf_counter()
        index = build(store, encoder, rows)
        index_seconds = time.perf_counter() - start
        times = []
        with options.out.open("w", encoding="utf-8") as out:
            for query in queries:
                start = time.perf_counter()
                hits = index.search_texts(index.read(query["text"]), ["public"], limit=options.k, profile=options.profile)
                times.append((time.perf_counter() - start) * 1000)
                ranked = [{"id": given[hit.source_id], "score": round(hit.score, 6)} for hit in hits]
                out.write(json.dumps({"query_id": query["id"], "ranked": ranked, "ms": round(times[-1], 3)}) + "\n")
        store.close()
    print(json.dumps(_figures(len(rows), index_seconds, encoder.seconds, times)))


def _figures(passages_: int, index_seconds: float, encoder_seconds: float, times: list[float]) -> dict[str, float]:
    ordered = sorted(times) or [0.0]
    return {
        "passages": passages_,
        "index_seconds": round(index_seconds, 3),
        "encoder_seconds": round(encoder_seconds, 3),
        "query_ms_p50": round(statistics.median(ordered), 3),
        "query_ms_p95": round(ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))], 3),
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\rindexing {done}/{total}", end="" if done < total else "\n", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
