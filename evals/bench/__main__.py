"""Run benchmarks: each figure is a ratio inside one run, in a table and as a line of JSON.

    python -m evals.bench [retrieval|answer|ingest|memory|registers|exchange|drafts ...] [--full] [--collection DIR ...]

Without a name all run, at a size that ends within twelve minutes on two cores. `--full` encodes 10,000 passages and
adds a plant of 100,000, whose further vectors are those of encoded ones, a little disturbed. Plants and vectors are kept
in the data folder for the next run. A collection is a folder with passages.jsonl, queries.jsonl and qrels.json.
"""

import argparse
from pathlib import Path

from assistant.commands.terminal import progress
from evals.bench import answer, drafts, exchange, figures, ingest, memory, registers, retrieval

_NAMES = ("retrieval", "answer", "ingest", "memory", "registers", "exchange", "drafts")


def main(argv: list[str] | None = None) -> None:
    """Run the benchmarks that are named and print their figures, each when it is done."""
    parser = argparse.ArgumentParser(prog="evals.bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(_NAMES))
    parser.add_argument("--full", action="store_true", help="larger sizes, and 100,000 passages")
    parser.add_argument(
        "--collection", type=Path, action="append", default=[], help="measure retrieval over this folder instead of our cases"
    )
    parser.add_argument("--data", type=Path, default=Path("data/bench"), help="where plants and vectors are kept for the next run")
    options = parser.parse_args(argv)
    if unknown := set(options.names) - set(_NAMES):
        parser.error(f"{', '.join(sorted(unknown))}: the benchmarks are {', '.join(_NAMES)}")
    for name in options.names or _NAMES:
        if name == "retrieval":
            figures.show(retrieval.run(options.collection, options.data))
        elif name == "ingest":
            figures.show(ingest.run(options.full))
        elif name == "registers":
            figures.show(registers.run())
        elif name == "exchange":
            figures.show(exchange.run())
        else:
            with progress() as show:
                found = {"answer": answer, "memory": memory, "drafts": drafts}[name].run(options.data, options.full, show)
            figures.show(found)


if __name__ == "__main__":
    main()
