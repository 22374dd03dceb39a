"""Register questions: exactly the right rows or number, wrong rows without a warning, and what is left to the documents.

    python -m evals.registers [--split dev|test] [--worst FILE]
    python -m evals.registers --registers FOLDER --people FILE --cases FILE --today DATE --data FOLDER

Asks the cases of `evals/cases/registers.jsonl` (written by `evals.register_cases`) of the sample plant, on the day for which they were worked out;
or those of any other plant, whose registers lie in a folder of the same shape, such as those in `evals/cases/plants`.
"""

import argparse
import json
import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, NamedTuple

from assistant import config
from assistant.app import App
from assistant.commands.terminal import progress
from assistant.demo import PLANT, load_people, load_registers
from evals.run import answer

CASES = Path(__file__).with_name("cases") / "registers.jsonl"
TODAY = date(2026, 11, 24)
Json = dict[str, Any]


class Mark(NamedTuple):
    """Whether an answer is right, and whether it is wrong without saying that it may be."""

    right: bool
    misleads: bool


def mark(case: Json, given: Json) -> Mark:
    """The mark of an answer; a near miss is right when the registers leave it alone."""
    # Prose quoted from a row has no query: only an exact answer is judged here.
    from_register = any(citation["locator"]["section"].startswith("register ") for citation in given["citations"])
    if not case["register"]:
        return Mark(not from_register, from_register and given["status"] == "answered")
    right = from_register and _right(case, given)
    return Mark(right, from_register and not right and given["status"] == "answered")


def _right(case: Json, given: Json) -> bool:
    table = given["table"] or {"rows": [], "total": 0}
    said = " ".join(claim["text"] for claim in given["claims"])
    if "number" in case:
        return bool(table["total"] == case["number"]) and bool(case["number"] or re.search(r"\b(?:no|keine)\b", said))
    if "groups" in case:
        return bool([row[-1] for row in table["rows"]] == [str(number) for number in case["groups"]])
    if "row" in case:
        cited = {citation["source_id"].split(":")[-1] for citation in given["citations"]}
        return case["value"] in said and (case["row"] in cited if case["row"] else not table["total"])
    shown = [row[0] for row in table["rows"]]
    if len(case["ids"]) == 1 and not shown:
        return False
    complete = set(shown) == set(case["ids"]) if len(case["ids"]) <= len(shown) else set(shown) <= set(case["ids"])
    return complete and table["total"] == len(case["ids"])


def summarise(results: Iterable[tuple[Json, Mark]]) -> dict[str, str]:
    """Shares by what is measured."""
    counted: dict[str, list[bool]] = defaultdict(list)
    for case, marks in results:
        counted[f"{case['kind']} {case['lang']}"].append(marks.right)
        counted["register questions right" if case["register"] else "near misses left alone"].append(marks.right)
        counted["wrong without a warning"].append(marks.misleads)
    return {name: f"{sum(found)}/{len(found)} = {sum(found) / len(found):.3f}" for name, found in sorted(counted.items())}


def main(argv: list[str] | None = None) -> None:
    """Run the cases and print the shares."""
    parser = argparse.ArgumentParser(prog="evals.registers", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=["dev", "test"])
    parser.add_argument("--registers", type=Path, default=PLANT / "registers")
    parser.add_argument("--people", type=Path, help="the people of the plant; people.csv beside its registers where it is not given")
    parser.add_argument("--cases", type=Path, default=CASES)
    parser.add_argument("--today", type=date.fromisoformat, default=TODAY, help="the day for which the cases were worked out")
    parser.add_argument("--data", type=Path, default=Path("data/eval-registers"))
    parser.add_argument("--worst", type=Path, help="write the cases that were lost, with their answers")
    options = parser.parse_args(argv)
    cases = map(json.loads, options.cases.read_text("utf-8").splitlines())
    chosen = [case for case in cases if options.split in (None, case.get("split"))]
    now = datetime.combine(options.today, time(9), UTC)
    settings = config.load(data=options.data, model="", now=now)
    results, lost = [], []
    with progress() as show, App(settings, "evals", show) as app:
        load_people(app.store, options.people or options.registers.parent / "people.csv")
        app.ingest(PLANT / "documents", progress=show)
        load_registers(app.store, options.registers, now)
        app.embed_rows(show)
        for number, case in enumerate(chosen, 1):
            given = answer(app, case)
            marks = mark(case, given)
            results.append((case, marks))
            if not marks.right:
                queries = [citation["locator"]["section"] for citation in given["citations"][:1] if citation["kind"] == "register"]
                lost.append({"case": case, "status": given["status"], "query": queries, "gaps": given["gaps"], "table": given["table"]})
            show("asking", number, len(chosen))
    print(json.dumps(summarise(results), indent=1))
    if options.worst:
        options.worst.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in lost), "utf-8")


if __name__ == "__main__":
    main()
