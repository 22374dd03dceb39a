"""How many planted contradictions are found, and how many false alarms there are on 100 pages.

    python -m evals.conflicts [--set tuning|pumps|dairy|handbook] [--misses] [--alarms]

`tuning` are the sample plant's documents with the sentences of `cases/conflicts/tuning.yaml` added. The others are companies of their own,
`cases/conflicts/<set>/`: documents, a few rows of registers, and the list of what contradicts what. Each was held out when it was written;
of the first look at each (pumps 20 of 27, dairy 19 of 28, handbook 17 of 25) the rules were made more general, so that none is unseen now.
A page is 350 words. What is found and not listed counts as a false alarm.
"""

import argparse
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from assistant.drafting import conflicts
from assistant.drafting.conflicts import Conflict
from assistant.drafting.statements import Registers
from knowledge import passages
from knowledge.reading import Block, Reader
from knowledge.reading.metadata import Metadata
from knowledge.registers import Document, DocumentVersion, Store, records, risk_method, sqlite_url
from knowledge.registers.derived import Context
from knowledge.registers.rights import INSTALLATION

CASES = Path(__file__).parent / "cases" / "conflicts"
SAMPLE = Path(conflicts.__file__).parents[2] / "knowledge" / "sample_plant" / "documents"
PAGE = 350
NOW = datetime(2026, 6, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Planted:
    """Two places that contradict each other, each a source and a piece of its sentence."""

    kind: str
    sides: tuple[tuple[str, str], tuple[str, str]]

    def is_found_by(self, conflict: Conflict) -> bool:
        """Whether the conflict names both places."""
        one, other = self.sides
        return any(_at(conflict.one, a) and _at(conflict.other, b) for a, b in ((one, other), (other, one)))


def _at(side: conflicts.Side, place: tuple[str, str]) -> bool:
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
            for register, lines in rows.items():
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
        version = DocumentVersion(number=number, version=meta.version or "1", text=text)
        session.add(version)
        session.flush()
        source = f"doc:{number}@{version.version}"
        session.add_all(passages.make(source, "document", pieces, tongue=tongue, audience="staff", title=title, version_id=version.id))


def found(store: Store) -> tuple[list[Conflict], float]:
    """(conflicts, pages of the documents)."""
    with store.read() as session:
        registers = Registers(session, INSTALLATION, Context(risk_method.current(session), NOW.date()))
        words = sum(len(passage.text.split()) for passage, _ in conflicts.passages_of(session, INSTALLATION))
        return conflicts.find(registers), words / PAGE


def tuning() -> tuple[list[Conflict], float, list[Planted], list[Planted]]:
    """(conflicts found in the sample plant's documents with the planted sentences, pages, what was planted, what contradicts besides)."""
    cases = yaml.safe_load((CASES / "tuning.yaml").read_text("utf-8"))
    added: dict[str, list[Block]] = {}
    for case in cases:
        if "heading" in case:
            added.setdefault(case["in"], []).extend((Block("heading", case["heading"], 2), Block("text", case["says"])))
    with plant(_documents(SAMPLE), added, {}) as store:
        return (*found(store), *_planted(cases))


def company(name: str) -> tuple[list[Conflict], float, list[Planted], list[Planted]]:
    """The same for the documents and registers of another company, where the contradictions stand in the documents."""
    folder = CASES / name
    rows = yaml.safe_load((folder / "registers.yaml").read_text("utf-8"))
    cases = yaml.safe_load((folder / "contradictions.yaml").read_text("utf-8"))
    with plant(_documents(folder), {}, rows) as store:
        return (*found(store), *_planted(cases))


def _planted(cases: Sequence[Mapping[str, Any]]) -> tuple[list[Planted], list[Planted]]:
    """(contradictions that count, further places that the same sentence contradicts, and those that stood there before)."""
    made = [
        (case, Planted(case["kind"], ((case["in"], case.get("says") or case["own"]), (case["against"], case["quote"])))) for case in cases
    ]
    return [one for case, one in made if not case.get("besides")], [one for case, one in made if case.get("besides")]


def _documents(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix != ".yaml")


SETS = {"tuning": tuning, "pumps": lambda: company("pumps"), "dairy": lambda: company("dairy"), "handbook": lambda: company("handbook")}


def main() -> None:
    """Print the figures of one set, and on demand what was missed and what was found beside it."""
    parser = argparse.ArgumentParser(prog="evals.conflicts", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", choices=SETS, default="handbook")
    parser.add_argument("--misses", action="store_true", help="list the planted contradictions that were not found")
    parser.add_argument("--alarms", action="store_true", help="list what was found and not planted")
    wanted = parser.parse_args()
    made, pages, planted, known = SETS[wanted.set]()
    missed = [one for one in planted if not any(one.is_found_by(conflict) for conflict in made)]
    alarms = [conflict for conflict in made if not any(one.is_found_by(conflict) for one in (*planted, *known))]
    print(f"{wanted.set}: {len(planted) - len(missed)} of {len(planted)} found ({(len(planted) - len(missed)) / len(planted):.0%})")
    print(f"false alarms: {len(alarms)} on {pages:.0f} pages, {100 * len(alarms) / pages:.1f} per 100 pages")
    for case in missed if wanted.misses else ():
        print(f"missed {case.kind}: {case.sides[0][0]} {case.sides[0][1]!r} against {case.sides[1][0]} {case.sides[1][1]!r}")
    for conflict in alarms if wanted.alarms else ():
        one, other = conflict.one, conflict.other
        print(
            f"alarm {conflict.likeness} {conflict.kind}: {one.shown} / {other.shown}\n  {one.title}: {one.quote}\n  {other.title}: {other.quote}"
        )


if __name__ == "__main__":
    main()
