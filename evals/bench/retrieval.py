"""Our index beside its peers over the same texts and questions.

Ours goes through `evals.rank`, with the product's settings and no special case. A figure is ours less the strongest
peer's, with the interval that holds 95 % of the differences when the questions are drawn again and again.
"""

import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ir_measures
import numpy as np
from ir_measures import AP, R, nDCG
from rich.console import Console
from rich.table import Table
from sqlalchemy import delete

from assistant.demo import PLANT
from evals import rank
from evals.bench import peers, texts
from evals.bench.figures import Figure
from knowledge import passages, standards
from knowledge.embedding import Encoder
from knowledge.index import PROFILES
from knowledge.reading import Reader
from knowledge.registers import Passage, Store, sqlite_url

_MEASURES = {"nDCG@10": nDCG @ 10, "Recall@10": R @ 10, "MAP@10": AP @ 10}
_AHEAD = {"nDCG@10": 0.02, "Recall@10": 0.02}
_RESAMPLES = 2_000
_NAMES = {None: "", "en": ", English questions", "test": ", test split"}
_CONTROL_KINDS = ("control", "control-de", "clause", "clause-de", "iec62443", "iso42001", "jargon")
Row = dict[str, Any]


@dataclass(frozen=True)
class Collection:
    """Texts `{"id", "text", "title"?, "section"?}`, questions `{"id", "text"}`, and the right ids of each question."""

    name: str
    rows: list[Row]
    questions: list[Row]
    right: dict[str, list[str]]


def run(folders: Sequence[Path] = (), data: Path = Path("data/bench")) -> list[Figure]:
    """Figures over our own cases, or over the collections of the folders when some are given."""
    collections = [from_folder(folder) for folder in folders] if folders else [company(), controls()]
    return [figure for collection in collections for figure in _compare(collection, data)]


def company() -> Collection:
    """Questions over the passages of the sample plant; right is a passage of a named document that holds the phrase."""
    rows = []
    with Reader() as reader:
        for path in sorted((PLANT / "documents").iterdir()):
            if path.suffix == ".yaml":
                continue
            reading = reader.read(path)
            number, title = reading.metadata.number or path.stem, reading.metadata.title or path.stem
            _, pieces = passages.cut(reading.blocks)
            rows += [
                {"id": f"doc:{number}#{place}", "text": piece.text, "title": title, "section": piece.heading}
                for place, piece in enumerate(pieces)
            ]
    right = {}
    for case in _alone():
        if case.get("phrase"):
            wanted = {source.split("@")[0] for source in case["sources"]}
            holding = [row["id"] for row in rows if row["id"].split("#")[0] in wanted and _folded(case["phrase"]) in _folded(row["text"])]
            if holding:
                right[case["id"]] = holding
    return Collection("company documents", rows, _asked(right), right)


def controls() -> Collection:
    """Questions over one text for each clause, control and requirement that has guidance."""
    by_source: dict[str, Row] = {}
    for passage in standards.standard_passages():
        if passage.kind == "control" and not passage.source_id.startswith("atlas"):
            row = by_source.setdefault(passage.source_id, {"id": passage.source_id, "title": passage.heading.split(" > ")[0], "text": ""})
            row["text"] = f"{row['text']}\n{passage.text}".strip()
    right = {}
    for case in _alone():
        if case["kind"] in _CONTROL_KINDS and (known := [source for source in case["sources"] if source in by_source]):
            right[case["id"]] = known
    return Collection("controls by their guidance", list(by_source.values()), _asked(right), right)


def from_folder(folder: Path) -> Collection:
    """A collection of passages.jsonl, queries.jsonl and qrels.json (`{query id: [passage id]}`)."""
    rows, questions = rank.read_lines(folder / "passages.jsonl"), rank.read_lines(folder / "queries.jsonl")
    right = json.loads((folder / "qrels.json").read_text("utf-8"))
    return Collection(folder.name, rows, [question for question in questions if right.get(question["id"])], right)


def _alone() -> list[Row]:
    return [case for case in texts.cases() if case.get("sources") and not case.get("thread")]


def _asked(right: dict[str, list[str]]) -> list[Row]:
    return [
        {"id": case["id"], "text": case["question"], "groups": [case["lang"], case["split"]]}
        for case in texts.cases()
        if case["id"] in right
    ]


def _folded(text: str) -> str:
    return " ".join(text.lower().split())


def _compare(collection: Collection, data: Path) -> list[Figure]:
    encoder = Encoder()
    runs = {**_ours(collection, encoder, data), **_theirs(collection, encoder, data)}
    marks = {name: _marks(collection, ranked) for name, ranked in runs.items()}
    ours = [name for name in runs if name.startswith("ours")]
    others = [name for name in runs if name not in ours]
    _show(collection, marks)
    return [
        _ahead(collection, marks, name, measure, others, group)
        for group in _groups(collection)
        for name in ours
        for measure in (_MEASURES if group is None else _AHEAD)
    ]


def _groups(collection: Collection) -> list[str | None]:
    """All questions; then, where they are marked, the English ones, since no peer reads German, and the split never tuned on."""
    marked = {group for question in collection.questions for group in question.get("groups", ())}
    return [None, *sorted(marked & {"en", "test"})]


def _ours(collection: Collection, encoder: Encoder, data: Path) -> dict[str, list[list[str]]]:
    store = Store(sqlite_url(_cache(collection, data) / "ours.db"))
    store.migrate()
    with store.write() as session:
        session.execute(delete(Passage))  # of an earlier run; the vectors stay
    index = rank.build(store, encoder, collection.rows)
    read = [index.read(str(question["text"])) for question in collection.questions]
    out = {
        f"ours, {profile}": [
            [hit.source_id for hit in index.search_texts(one, ["public"], limit=peers.DEPTH, profile=profile)] for one in read
        ]
        for profile in sorted(PROFILES)
    }
    store.close()
    return out


def _theirs(collection: Collection, encoder: Encoder, data: Path) -> dict[str, list[list[str]]]:
    """The peers read title, section and text; a section that is a bare number such as 7.3.1(a) says nothing to them and is left out."""
    ids = [str(row["id"]) for row in collection.rows]
    read = [
        "\n".join(str(row[key]) for key in ("title", "section", "text") if row.get(key) and not rank.NUMBER.fullmatch(str(row[key])))
        for row in collection.rows
    ]
    path = _cache(collection, data) / "theirs.npz"
    if path.exists():
        with np.load(path) as kept:
            vectors, tokens = kept["vectors"], np.split(kept["tokens"], kept["ends"][:-1])
    else:
        vectors, tokens = peers.encode(encoder, read)
        np.savez(path, vectors=vectors, tokens=np.concatenate(tokens), ends=np.cumsum([len(some) for some in tokens]))
    return dict(peers.Peers(ids, read, vectors, tokens, encoder).rankings([str(question["text"]) for question in collection.questions]))


def _cache(collection: Collection, data: Path) -> Path:
    """Folder of the vectors of these very texts, so that a second run does not encode them again."""
    digest = hashlib.sha256(json.dumps([collection.rows, Encoder().name], sort_keys=True).encode()).hexdigest()[:16]
    folder = data / f"collection-{digest}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _marks(collection: Collection, ranked: Sequence[Sequence[str]]) -> dict[str, np.ndarray]:
    """Each measure's value for each question, in the order of the questions."""
    qrels = {question["id"]: dict.fromkeys(collection.right[question["id"]], 1) for question in collection.questions}
    found = {
        question["id"]: {id_: 1.0 / place for place, id_ in enumerate(some, 1)} or {"none": 0.0}
        for question, some in zip(collection.questions, ranked, strict=True)
    }
    values: dict[str, dict[str, float]] = {str(measure): {} for measure in _MEASURES.values()}
    for metric in ir_measures.iter_calc(list(_MEASURES.values()), qrels, found):
        values[str(metric.measure)][metric.query_id] = metric.value
    return {
        name: np.array([values[str(measure)].get(question["id"], 0.0) for question in collection.questions])
        for name, measure in _MEASURES.items()
    }


def _ahead(
    collection: Collection, marks: dict[str, dict[str, np.ndarray]], name: str, measure: str, others: Sequence[str], group: str | None
) -> Figure:
    asked = np.array([group is None or group in question.get("groups", ()) for question in collection.questions])
    values = {one: marks[one][measure][asked] for one in (name, *others)}
    strongest = max(others, key=lambda other: values[other].mean())
    difference = values[name] - values[strongest]
    draw = np.random.default_rng(11)
    means = difference[draw.integers(0, len(difference), (_RESAMPLES, len(difference)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    details = {
        "ours": round(float(values[name].mean()), 4),
        "theirs": round(float(values[strongest].mean()), 4),
        "strongest": strongest,
        "interval": [round(float(low), 4), round(float(high), 4)],
        "questions": len(difference),
        "texts": len(collection.rows),
    }
    what = f"{collection.name}{_NAMES[group]}: {name}, {measure} ahead by"
    return Figure("retrieval", what, float(difference.mean()), at_least=_AHEAD.get(measure), details=details)


def _show(collection: Collection, marks: dict[str, dict[str, np.ndarray]]) -> None:
    table = Table("method", *_MEASURES, title=f"{collection.name}: {len(collection.rows)} texts, {len(collection.questions)} questions")
    for name, values in marks.items():
        table.add_row(name, *(f"{values[measure].mean():.4f}" for measure in _MEASURES))
    Console(width=120, file=sys.stdout).print(table)
