"""Risk entries drafted from sentences: the right asset, the right threat, everything filled in, nothing made up.

    python -m evals.risks [--split dev|test] [--cases FILE] [--plant FOLDER] [--data FOLDER] [--worst FILE]

Drafts an entry for each case of `evals/cases/risk_sentences.jsonl` over the sample plant. A case without an asset is one in which it has to be asked; a general
threat is named by its id.
Another plant is a folder with `people.csv` and `registers`, as `evals/cases/paper_mill`, with a data folder of its own.
"""

import argparse
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from assistant import config, identity
from assistant.app import App
from assistant.commands.terminal import progress
from assistant.demo import PLANT, load_people, load_registers
from assistant.drafting.risks import Fact, RiskDraft
from knowledge import controls
from knowledge.errors import NoSuchRow
from knowledge.registers import queries, risk_method
from knowledge.registers.derived import Method
from knowledge.registers.rights import Actor
from knowledge.registers.risks import IMPACT_COLUMNS

CASES = Path(__file__).with_name("cases") / "risk_sentences.jsonl"
BARS = {"asset": 0.95, "threat": 0.9, "complete": 1.0, "honest": 1.0}
Json = dict[str, Any]
_PAIRS = ("inherent", "current", "residual")


def cases(split: str | None, file: Path = CASES) -> list[Json]:
    """The cases of a file, of one split or all."""
    return [case for line in file.read_text("utf-8").splitlines() if split in (None, (case := json.loads(line)).get("split"))]


def mark(case: Json, made: RiskDraft, app: App, actor: Actor, method: Method, today: date) -> dict[str, list[str]]:
    """What is wrong with an entry, by measure; an empty list where nothing is."""
    asset = made.asset in case["asset"] if case["asset"] else not made.asset and bool(made.asked)
    threat = not case["threat"] or made.family in case["threat"] or made.threat in case["threat"]
    return {
        "asset": [] if asset else [f"{made.asset or 'asked'} for {'|'.join(case['asset']) or 'asked'}"],
        "threat": [] if threat else [f"{made.family} for {'|'.join(case['threat'])}"],
        "complete": list(_missing(made)),
        "honest": [*_made_up(made, app, actor), *_off_the_method(made, method, today)],
    }


def _missing(made: RiskDraft) -> Iterator[str]:
    row = made.as_row()
    wanted = [
        "name",
        "description",
        "category",
        "treatment",
        "justification",
        "likelihood_reason",
        "impact_reason",
        "due_date",
        "review_date",
    ]
    wanted += [f"{name}_{part}" for name in _PAIRS for part in ("likelihood", "impact", *IMPACT_COLUMNS)]
    if made.asset:
        wanted += ["assets", "owner"]
    if made.family:
        wanted += ["threats", "annex_a_controls"]
    yield from (name for name in wanted if row[name] in (None, "", []))
    yield from (f"{name} has no reason" for name in _PAIRS for one in _judged(made, name) if not one.reason)
    if made.treatment == "modify" and made.family and not made.planned:
        yield "nothing is planned"
    yield from (f"{one.id} has no owner or date" for one in made.planned if made.owner and not (one.owner and one.due_date))


def _made_up(made: RiskDraft, app: App, actor: Actor) -> Iterator[str]:
    """Controls, techniques and facts that do not exist."""
    catalogue = controls.catalogue()
    known = [(controls.ISO_2022, id_) for id_ in (*made.annex_a, *(one.id for one in (*made.existing, *made.planned)))]
    known += [("iso42001", id_.removeprefix("iso42001:")) for id_ in made.iso42001]
    yield from (id_ for framework, id_ in known if catalogue.get(framework, id_) is None)
    text = " ".join((made.statement, made.treatment_reason, *(one.reason for name in _PAIRS for one in _judged(made, name))))
    yield from (id_ for id_ in re.findall(r"\bA\.[5-8]\.\d+\b", text) if catalogue.get(controls.ISO_2022, id_) is None)
    known_threats = [*catalogue.threats(), *catalogue.general_threats()]
    if made.threat and not any(one.id == made.threat for one in known_threats):
        yield made.threat
    for fact in [*made.asked, *(fact for name in _PAIRS for one in _judged(made, name) for fact in one.facts)]:
        yield from [] if _stands(fact, app, actor) else [f"{fact.text} ({fact.source_id})"]


def _stands(fact: Fact, app: App, actor: Actor) -> bool:
    if not fact.source_id.startswith("row:"):
        return controls.catalogue().by_source(fact.source_id) is not None
    _, _, register, id_ = fact.url.split("/")
    with app.store.read() as session:
        try:
            return fact.source_id == f"row:{id_}" and queries.get(session, actor, register, id_) is not None
        except NoSuchRow:
            return False


def _off_the_method(made: RiskDraft, method: Method, today: date) -> Iterator[str]:
    """Levels, scores, bands and dates that do not follow from the company's method."""
    for name in _PAIRS:
        pair = getattr(made, name)
        if not all(1 <= one.level <= 5 for one in _judged(made, name)):
            yield f"{name} has a level outside 1 to 5"
        if pair.score != pair.likelihood.level * max(one.level for one in pair.impact.values()):
            yield f"{name} score is not the product"
    if made.residual.score > made.current.score or made.current.score > made.inherent.score:
        yield "the score rises from inherent to current to residual"
    band = method.band(made.current.score)
    if band is None or made.band != band.code or made.due_date != (today + timedelta(days=method.treatment_days[band.code])).isoformat():
        yield "band or due date is not the method's"
    if (made.treatment == "retain") != (made.current.score <= method.threshold):
        yield "treatment does not follow from the threshold"
    sourceless = [column for column, one in made.inherent.impact.items() if one.level > 1 and made.asset and not one.facts]
    yield from (f"impact on {column} has no source" for column in sourceless)


def _judged(made: RiskDraft, name: str) -> list[Any]:
    pair = getattr(made, name)
    return [pair.likelihood, *pair.impact.values()]


def main(argv: list[str] | None = None) -> None:
    """Draft the cases and print the table by threat."""
    parser = argparse.ArgumentParser(prog="evals.risks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=["dev", "test"])
    parser.add_argument("--cases", type=Path, default=CASES, help="sentences as JSON lines with id, sentence, asset and threat")
    parser.add_argument("--plant", type=Path, default=PLANT)
    parser.add_argument("--data", type=Path, default=Path("data/eval-risks"))
    parser.add_argument("--worst", type=Path, help="write the cases that lost a mark, with their entries")
    options = parser.parse_args(argv)
    marks: list[tuple[Json, RiskDraft, dict[str, list[str]]]] = []
    with progress() as show, App(config.load(data=options.data, model=""), "evals", show) as app:
        load_people(app.store, options.plant / "people.csv")
        if (documents := options.plant / "documents").is_dir():
            app.ingest(documents, progress=show)  # its registers name them
        load_registers(app.store, options.plant / "registers", app.settings.moment())
        app.embed_rows(show)
        actor = identity.asker(app.store, "isms_manager")
        with app.store.read() as session:
            method, today = risk_method.current(session), app.settings.moment().date()
        for case in cases(options.split, options.cases):
            made = app.drafter.risk(actor, case["sentence"])
            marks.append((case, made, mark(case, made, app, actor, method, today)))
    _print(marks)
    if options.worst:
        lost = [(case, made, wrong) for case, made, wrong in marks if any(wrong.values())]
        lines = [json.dumps({"wrong": wrong, "case": case, "statement": made.statement}, ensure_ascii=False) for case, made, wrong in lost]
        options.worst.write_text("".join(f"{line}\n" for line in lines), "utf-8")


def _print(marks: list[tuple[Json, RiskDraft, dict[str, list[str]]]]) -> None:
    table = Table("threat", "cases", *BARS)
    groups: dict[str, list[dict[str, list[str]]]] = defaultdict(list)
    for case, _, wrong in marks:
        for group in (case["threat"][0] if case["threat"] else "any", "all"):
            groups[group].append(wrong)
    for group in sorted(groups, key=lambda name: (name == "all", name)):
        some = groups[group]
        right = [sum(not wrong[measure] for wrong in some) for measure in BARS]
        shares = [f"{number}/{len(some)}" + (f" = {number / len(some):.3f}" if group == "all" else "") for number in right]
        table.add_row(group, str(len(some)), *shares)
    table.add_row("to reach", "", *(f"{bar:.2f}" for bar in BARS.values()))
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
