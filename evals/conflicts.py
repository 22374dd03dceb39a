"""How many planted contradictions are found, and how many false alarms there are on 100 pages.

    python -m evals.conflicts [--set tuning|pumps|dairy|handbook|kitchens|seats|glass|cartons|cables] [--misses] [--alarms]

`tuning` are the sample plant's documents with the sentences of `cases/conflicts/tuning.yaml` added. The others are companies of their own,
`cases/conflicts/<set>/`: documents, a few rows of registers, and the list of what contradicts what (for the last three also of what only looks
so). Of seats only the figures were seen; what another set gives that had no part in the weighing, `python -m evals.conflict_weights` tells.
A page is 350 words. What is found and not listed counts as a false alarm; pairs that are only worth a look are counted beside it.
"""

import argparse
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from sqlmodel import Session

from assistant.drafting import conflicts
from assistant.drafting.conflicts import Conflict, Side
from assistant.drafting.rulings import Ruling
from assistant.drafting.statements import Registers
from knowledge import passages
from knowledge.embedding import Encoder
from knowledge.reading import Block, Reader
from knowledge.reading.metadata import Metadata
from knowledge.registers import Document, DocumentVersion, Store, records, risk_method, sqlite_url
from knowledge.registers.derived import Context
from knowledge.registers.rights import INSTALLATION

CASES = Path(__file__).parent / "cases" / "conflicts"
SAMPLE = Path(conflicts.__file__).parents[2] / "knowledge" / "sample_plant" / "documents"
PAGE = 350
ENCODE = Encoder().encode_documents
NOW = datetime(2026, 6, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Planted:
    """Two places that contradict each other, each a source and a piece of its sentence."""

    kind: str
    sides: tuple[tuple[str, str], tuple[str, str]]

    def is_between(self, here: Side | Ruling, there: Side | Ruling) -> bool:
        """Whether the two stand in both places."""
        one, other = self.sides
        return any(_at(here, a) and _at(there, b) for a, b in ((one, other), (other, one)))


def _at(side: Side | Ruling, place: tuple[str, str]) -> bool:
    return place[0] in side.source_id and place[1] in side.quote


@contextmanager
def plant(
    documents: Sequence[Path], added: Mapping[str, Sequence[Block]], rows: Mapping[str, Sequence[Mapping[str, Any]]]
) -> Iterator[Store]:
    """A store with the documents, blocks added at their end by number, and rows of registers."""
    with tempfile.TemporaryDirectory() as folder, Reader() as reader:
        store = Store(sqlite_url(Path(folder) / "annexa.db"))
        store.migrate()
        for path in documents:
            reading = reader.read(path)
            _take_up(store, reading.metadata, [*reading.blocks, *added.get(reading.metadata.number or path.stem, ())])
        with records.writing(store, INSTALLATION, NOW, "eval") as book:
            for method in rows.get("risk_method", ()):
                risk_method.save(book, method, "the company's own")
            for register, lines in rows.items():
                if register == "risk_method":
                    continue
                for line in lines:
                    book.create(register, dict(line))
        yield store
        store.close()


def _take_up(store: Store, meta: Metadata, blocks: Sequence[Block]) -> None:
    number, title, tongue = str(meta.number), str(meta.title), meta.language or "en"
    text, pieces = passages.cut(blocks)
    with store.write() as session:
        session.add(Document(number=number, title=title, language=tongue, audience=meta.audience or "staff"))
        session.flush()
        version = DocumentVersion(
            number=number, version=meta.version or "1", text=text, state="retired" if meta.state == "retired" else "approved"
        )
        session.add(version)
        session.flush()
        source = f"doc:{number}@{version.version}"
        session.add_all(passages.make(source, "document", pieces, tongue=tongue, audience="staff", title=title, version_id=version.id))


def _registers(session: Session) -> Registers:
    return Registers(session, INSTALLATION, Context(risk_method.current(session), NOW.date()))


def pages(store: Store) -> float:
    """How many pages the documents have."""
    with store.read() as session:
        return sum(len(passage.text.split()) for passage, _ in conflicts.passages_of(session, INSTALLATION)) / PAGE


def found(store: Store) -> list[Conflict]:
    """The contradictions that the product finds, and the pairs that it calls worth a look."""
    with store.read() as session:
        return conflicts.find(_registers(session), ENCODE)


def said(store: Store) -> list[Ruling]:
    """What documents and registers rule."""
    with store.read() as session:
        return [*conflicts.documents(session, INSTALLATION), *conflicts.rows(_registers(session))]


@contextmanager
def tuning() -> Iterator[tuple[Store, list[Planted], list[Planted]]]:
    """(the sample plant's documents with the planted sentences, what was planted, what contradicts besides)."""
    cases = yaml.safe_load((CASES / "tuning.yaml").read_text("utf-8"))
    added: dict[str, list[Block]] = {}
    for case in cases:
        if "heading" in case:
            added.setdefault(case["in"], []).extend((Block("heading", case["heading"], 2), Block("text", case["says"])))
    with plant(_documents(SAMPLE), added, {}) as store:
        yield (store, *_planted(cases))


@contextmanager
def company(name: str) -> Iterator[tuple[Store, list[Planted], list[Planted]]]:
    """The same for the documents and registers of another company, where the contradictions stand in the documents."""
    folder = CASES / name
    rows = yaml.safe_load((folder / "registers.yaml").read_text("utf-8"))
    cases = yaml.safe_load((folder / "contradictions.yaml").read_text("utf-8"))
    with plant(_documents(folder), {}, rows) as store:
        yield (store, *_planted(cases))


def _planted(cases: Sequence[Mapping[str, Any]]) -> tuple[list[Planted], list[Planted]]:
    """(contradictions that count, further places that the same sentence contradicts, and those that stood there before)."""
    made = [
        (case, Planted(case["kind"], ((case["in"], case.get("says") or case["own"]), (case["against"], case["quote"])))) for case in cases
    ]
    return [one for case, one in made if not case.get("besides")], [one for case, one in made if case.get("besides")]


def _documents(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix != ".yaml")


COMPANIES = ("pumps", "dairy", "handbook", "kitchens", "seats", "glass", "cartons", "cables")
SETS: dict[str, Callable[[], AbstractContextManager[tuple[Store, list[Planted], list[Planted]]]]] = {
    "tuning": tuning,
    **{name: partial(company, name) for name in COMPANIES},
}


def main() -> None:
    """Print the figures of one set, and on demand what was missed and what was found beside it."""
    parser = argparse.ArgumentParser(prog="evals.conflicts", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", choices=SETS, default="handbook")
    parser.add_argument("--misses", action="store_true", help="list the planted contradictions that were not found")
    parser.add_argument("--alarms", action="store_true", help="list what was found and not planted")
    wanted = parser.parse_args()
    with SETS[wanted.set]() as (store, planted, known):
        made, size = found(store), pages(store)
    sure = [conflict for conflict in made if conflict.sure]
    for some, said_of in ((made, "with what is worth a look: "), (sure, "")):
        missed = [one for one in planted if not any(one.is_between(conflict.one, conflict.other) for conflict in some)]
        alarms = [conflict for conflict in some if not any(one.is_between(conflict.one, conflict.other) for one in (*planted, *known))]
        share = (len(planted) - len(missed)) / len(planted)
        print(f"{wanted.set}: {said_of}{len(planted) - len(missed)} of {len(planted)} found ({share:.0%})")
        print(f"false alarms: {len(alarms)} on {size:.0f} pages, {100 * len(alarms) / size:.1f} per 100 pages")
    for case in missed if wanted.misses else ():
        print(f"missed {case.kind}: {case.sides[0][0]} {case.sides[0][1]!r} against {case.sides[1][0]} {case.sides[1][1]!r}")
    for conflict in alarms if wanted.alarms else ():
        one, other = conflict.one, conflict.other
        print(
            f"alarm {conflict.likeness} {conflict.kind}: {one.shown} / {other.shown}\n  {one.title}: {one.quote}\n  {other.title}: {other.quote}"
        )


if __name__ == "__main__":
    main()
