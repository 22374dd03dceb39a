"""Answer quality by kind of question, over the sample plant.

    python -m evals.run [--split dev|test] [--every N] [--floors] [--worst FILE] [--cases FOLDER]
    python -m evals.run --documents FOLDER --cases FOLDER --data FOLDER

Loads the sample plant into `data/eval` (once), its registers too, as `make demo` does, asks every case of `evals/cases/*.jsonl` and prints
a table by kind; or does so with the documents of another company, without registers. The cases of `evals/cases/others` are by authors who
knew neither the code nor the other cases, in words as far from the sources as they could find.
"""

import argparse
import json
import math
import sys
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from assistant import config, identity
from assistant.answering import threads
from assistant.app import App
from assistant.commands.terminal import progress
from assistant.demo import PLANT, load_people, load_registers
from evals import scorers
from evals.scorers import Marks

CASES = Path(__file__).with_name("cases")
FLOORS = Path(__file__).with_name("baseline.json")
MEASURES = ("source", "phrase", "kept_quiet", "exact", "safe", "status")
Json = dict[str, Any]


def cases(split: str | None, every: int, folder: Path = CASES) -> list[Json]:
    """The cases of a split, each n-th of every kind."""
    by_kind: dict[str, list[Json]] = defaultdict(list)
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            case = json.loads(line)
            if "question" in case and split in (None, case["split"]):
                by_kind[case["kind"]].append(case)
    return [case for some in by_kind.values() for case in some[::every]]


def answer(app: App, case: Json) -> Json:
    """The product's answer to a case, after the questions that came before it."""
    asker = identity.asker(app.store, case.get("as"))
    thread = threads.new_id()
    for earlier in case.get("thread") or []:
        app.answerer.ask(earlier, asker, thread)
    return app.answerer.ask(case["question"], asker, thread).model_dump(mode="json")


def main(argv: list[str] | None = None) -> None:
    """Run the cases, print the table, and with --floors fail where a floor is not held."""
    parser = argparse.ArgumentParser(prog="evals.run", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=["dev", "test"])
    parser.add_argument("--every", type=int, default=1, help="take each n-th case of a kind")
    parser.add_argument("--floors", action="store_true", help="exit 1 where evals/baseline.json is not held")
    parser.add_argument("--worst", type=Path, help="write the cases that lost a mark, with their answers")
    parser.add_argument("--cases", type=Path, default=CASES)
    parser.add_argument("--documents", type=Path, help="of a company in place of the sample plant")
    parser.add_argument("--data", type=Path, default=Path("data/eval"))
    options = parser.parse_args(argv)
    chosen = cases(options.split, options.every, options.cases)
    settings = config.load(data=options.data, model="")
    results: list[tuple[Json, Json, Marks]] = []
    with progress() as show, App(settings, "evals", show) as app:
        load_people(app.store, PLANT / "people.csv")
        app.ingest(options.documents or PLANT / "documents", progress=show)
        if not options.documents:
            load_registers(app.store, PLANT / "registers", settings.moment())
            app.embed_rows(show)
        passages = scorers.open_passages(options.data)
        started = time.perf_counter()
        for number, case in enumerate(chosen, 1):
            given = answer(app, case)
            results.append((case, given, scorers.mark(case, given, passages)))
            show("asking", number, len(chosen))
        took = time.perf_counter() - started
    _print(results)
    summary = summarise(results)
    print(
        json.dumps(
            {"cases": len(chosen), "ms_a_case": round(took / max(len(chosen), 1) * 1000, 1), **{k: v["text"] for k, v in summary.items()}}
        )
    )
    if options.worst:
        options.worst.write_text(
            "\n".join(json.dumps(_lost(*result), ensure_ascii=False) for result in results if _lost(*result)) + "\n", "utf-8"
        )
    if options.floors:
        sys.exit(_below(summary))


def summarise(results: Iterable[tuple[Json, Json, Marks]]) -> dict[str, Json]:
    """Shares over all cases by the names of the issue's table."""
    counted: dict[str, list[bool]] = defaultdict(list)
    for case, given, marks in results:
        german = case["lang"] == "de"
        if marks.source is not None:
            counted["source_in_3"].append(marks.source)
            if german:
                counted["source_in_3_german"].append(marks.source)
        if marks.phrase is not None:
            counted["phrase_in_quote"].append(marks.phrase)
        if case["kind"] == "identifier" and marks.exact is not None:
            counted["identifiers"].append(marks.exact)
        if case["kind"] == "catalogue" and marks.exact is not None:
            counted["catalogue"].append(marks.exact)
        if marks.kept_quiet is not None:
            counted["kept_quiet"].append(marks.kept_quiet)
        elif case.get("expect") == "answered":
            counted["not_refused"].append(given["status"] not in ("refused", "silent"))
        if marks.safe is not None:
            counted["safe"].append(marks.safe)
        counted["quotes_stand"].extend([True] * (marks.quotes - marks.bad_quotes) + [False] * marks.bad_quotes)
    return {
        name: {"share": sum(found) / len(found), "text": f"{sum(found)}/{len(found)} = {sum(found) / len(found):.3f}"}
        for name, found in sorted(counted.items())
    }


def _print(results: list[tuple[Json, Json, Marks]]) -> None:
    table = Table("kind", "cases", *(measure.replace("_", " ") for measure in MEASURES), "bad quotes")
    for kind in sorted({case["kind"] for case, _, _ in results}):
        some = [marks for case, _, marks in results if case["kind"] == kind]
        cells = []
        for measure in MEASURES:
            values = [getattr(marks, measure) for marks in some if getattr(marks, measure) is not None]
            cells.append(f"{sum(values)}/{len(values)}" if values else "")
        table.add_row(kind, str(len(some)), *cells, str(sum(marks.bad_quotes for marks in some) or ""))
    Console(width=120).print(table)


def _lost(case: Json, given: Json, marks: Marks) -> Json | None:
    lost = [name for name, value in asdict(marks).items() if value is False] + (["quotes"] if marks.bad_quotes else [])
    if not lost and not (case.get("expect") == "answered" and given["status"] in ("refused", "silent")):
        return None
    brief = {"status": given["status"], "reason": given["reason"], "cited": [[c["source_id"], c["quote"]] for c in given["citations"]]}
    return {"lost": lost, "case": case, "answer": brief}


def _below(summary: dict[str, Json]) -> int:
    floors: dict[str, float] = json.loads(FLOORS.read_text("utf-8"))
    low = {
        name: (summary[name]["text"], floor)
        for name, floor in floors.items()
        if name in summary and summary[name]["share"] < floor - math.ulp(1)
    }
    for name, (text, floor) in low.items():
        print(f"below its floor: {name} {text}, floor {floor}", file=sys.stderr)
    return 1 if low else 0


if __name__ == "__main__":
    main()
