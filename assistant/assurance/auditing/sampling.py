"""Samples for an audit, drawn from the registers so that an auditor can repeat the draw.

The order of a population is that of the SHA-256 of `seed:id`: with the seed that is printed beside a sample and the same register anybody
gets the same rows. Sizes are those that auditors usually take; the auditor may always draw their own.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from assistant.assurance.plant import Plant, on
from knowledge.registers import queries, rights
from knowledge.registers.records import Records


@dataclass(frozen=True)
class Drawn:
    """A row in a sample, and why it had to be in it where it was not chance alone."""

    source: str
    title: str
    because: str = ""


@dataclass(frozen=True)
class Sample:
    """What was drawn of one kind: from how many, which rows, and the question that they answer. `missing` says what the registers do not hold."""

    kind: str
    question: str
    question_de: str
    controls: tuple[str, ...]
    population: int
    drawn: tuple[Drawn, ...]
    seed: str
    missing: str = ""

    def told(self) -> str:
        """The sample as it stands in an audit check."""
        rows = ", ".join(f"{one.source.removeprefix('row:')} {one.title}" for one in self.drawn) or "nothing recorded"
        return f"{rows} ({len(self.drawn)} of {self.population}, seed {self.seed}{f'; {self.missing}' if self.missing else ''})"

    def asked(self, tongue: str) -> str:
        """The question in a language."""
        return self.question_de if tongue == "de" else self.question


def draw(plant: Plant, kinds: Iterable[str], seed: str, since: date | None = None) -> list[Sample]:
    """A sample of each kind; changes, people and incidents are those since a day, where one is given.

    Rows that not everybody may read are not drawn: a sample stands in the audit's questions.
    """
    plant = plant.open_to()
    return [KINDS[kind](plant, seed, since) for kind in kinds if kind in KINDS]


def since(plant: Plant, audit: Any) -> date | None:
    """The day of the internal audit before this one: samples of what happens are taken from then on."""
    days = [
        one.end_date or one.start_date
        for one in plant.rows("audit")
        if one.type == "internal" and one.status == "done" and one.id != audit.id
    ]
    return max((day for day in days if day and (audit.start_date is None or day < audit.start_date)), default=None)


def propose_checks(book: Records, audit: str, samples: Sequence[Sample], area: str = "") -> list[str]:
    """Ids of proposals of audit checks with these samples, for the readers of the audit; their results are for the auditor to write."""
    rights.demand(book.actor, "propose", "audit_check")
    audience = queries.get(book.session, book.actor, "audit", audit).audience
    made = []
    for one in samples:
        given = {
            "audit": audit,
            "area": area or one.kind.replace("_", " "),
            "question": one.question,
            "controls": list(one.controls),
            "sample": one.told(),
            "audience": audience,
        }
        sources = [{"source_id": row.source} for row in one.drawn]
        proposal = book.propose("audit_check", "create", given, title=f"{audit}: {one.question}", provenance={"sources": sources})
        made.append(str(proposal.id))
    return made


def ordered(rows: Iterable[Any], seed: str) -> list[Any]:
    """Rows in the order of the draw."""
    return sorted(rows, key=lambda row: hashlib.sha256(f"{seed}:{_id(row)}".encode()).hexdigest())


# --- kinds -------------------------------------------------------------------------------------------------------


def _risks(plant: Plant, seed: str, _since: date | None) -> Sample:
    upper = {band.code for band in plant.context.method.bands[-2:]}
    rows = plant.rows("risk")
    musts = [
        ("about AI", lambda one: bool(one.ai_system or one.iso42001_controls)),
        ("about OT", lambda one: one.category == "ot"),
        ("in an upper band", lambda one: one.band in upper),
    ]
    return _sample(
        "risks", rows, 5, musts, seed, ("6.1.2", "6.1.3", "8.2", "8.3"),
        "Can each risk be followed from its statement to the measure that works on the line?",
        "Lässt sich jedes Risiko von der Aussage bis zur Maßnahme verfolgen, die an der Linie wirkt?",
    )  # fmt: skip


def _changes(plant: Plant, seed: str, since: date | None) -> Sample:
    plcs = {one.id for one in plant.rows("asset") if one.asset_class == "plc"}
    changes = [one for one in plant.rows("change") if _since(one.done_on or one.planned_on or one.approved_on, since)]
    releases = [one for one in plant.rows("release") if _since(one.deployed_on or one.approved_on, since)]
    released = {one.source for one in releases}
    musts = [
        ("a model release", lambda one: one.source in released),
        ("a change of a PLC", lambda one: bool(plcs & set(getattr(one, "assets", ())))),
    ]
    return _sample(
        "changes", [*changes, *releases], 8, musts, seed, ("A.8.32", "A.8.29", "6.3"),
        "Was each change assessed, tested and approved before it went live, by other people than those who made it?",
        "Wurde jede Änderung vor der Inbetriebnahme bewertet, geprüft und freigegeben, und zwar nicht von denen, die sie gemacht haben?",
    )  # fmt: skip


def _joiners(plant: Plant, seed: str, since: date | None) -> Sample:
    rows = [one for one in plant.rows("person") if _since(on(one.created_at), since)]
    return _sample(
        "joiners", rows, 5, [], seed, ("A.6.1", "A.6.2", "A.6.3", "A.6.5", "A.5.18"),
        "Were joiners screened, instructed and given only the rights of their post, and did leavers lose theirs on the day?",
        "Wurden Neue überprüft, eingewiesen und nur mit den Rechten ihrer Stelle versehen, und verloren Ausgeschiedene ihre Rechte am selben Tag?",
        "leavers stand in no register: ask HR for the list and draw 5 with the same seed",
    )  # fmt: skip


def _suppliers(plant: Plant, seed: str, _since: date | None) -> Sample:
    cloud = {one.supplier for one in plant.rows("asset") if one.asset_class == "cloud_ai_service"}
    musts = [("a cloud AI", lambda one: one.ai_vendor and (one.id in cloud or not cloud)), ("critical", lambda one: one.critical)]
    return _sample(
        "suppliers", plant.rows("supplier"), 3, musts, seed, ("A.5.19", "A.5.20", "A.5.22", "A.5.23"),
        "Was each supplier assessed in the last year, and does the contract hold what the assessment asked for?",
        "Wurde jeder Lieferant im letzten Jahr bewertet, und enthält der Vertrag, was die Bewertung verlangt?",
    )  # fmt: skip


def _incident(plant: Plant, seed: str, since: date | None) -> Sample:
    rows = [one for one in plant.rows("incident") if _since(on(one.detected_at), since)]
    closed = [one for one in rows if not one.open] or rows
    return _sample(
        "incident", closed, 1, [("about AI", lambda one: one.ai_incident)], seed, ("A.5.24", "A.5.26", "A.5.27"),
        "Can one incident be followed from detection to a lesson that changed something?",
        "Lässt sich ein Vorfall von der Erkennung bis zur Lehre verfolgen, die etwas geändert hat?",
    )  # fmt: skip


def _restore(plant: Plant, seed: str, since: date | None) -> Sample:
    rows = [one for one in plant.rows("evidence") if "A.8.13" in one.control and _since(one.supports_date, since)]
    return _sample(
        "restore", rows, 1, [("a test", lambda one: one.kind == "test")], seed, ("A.8.13",),
        "Was a restore tried, from which backup, how long did it take, and who compared the result?",
        "Wurde eine Rücksicherung erprobt: aus welcher Sicherung, wie lange, und wer hat das Ergebnis verglichen?",
    )  # fmt: skip


def _access_review(plant: Plant, seed: str, since: date | None) -> Sample:
    wanted = {"A.5.18", "A.8.2", "A.8.3"}
    rows = [one for one in plant.rows("evidence") if wanted & set(one.control) and _since(one.supports_date, since)]
    registry = [("of the model registry", lambda one: "model" in f"{one.title} {one.description}".casefold())]
    return _sample(
        "access_review", rows, 1, registry, seed, ("A.5.18", "A.8.3"),
        "Who reviewed the rights in the model registry, what was taken away, and when was it gone?",
        "Wer hat die Rechte in der Modellablage geprüft, was wurde entzogen, und wann war es weg?",
    )  # fmt: skip


def _edge(plant: Plant, seed: str, _since: date | None) -> Sample:
    rows = [one for one in plant.rows("asset") if one.asset_class == "edge_ai_device"]
    return _sample(
        "edge", rows, 1, [], seed, ("A.7.8", "A.8.1", "A.8.9"),
        "On the floor: is the cabinet locked, the disk encrypted, no password shared, and does the box run what was released?",
        "In der Halle: Ist der Schrank verschlossen, die Platte verschlüsselt, kein Kennwort geteilt, und läuft, was freigegeben wurde?",
    )  # fmt: skip


def _datasets(plant: Plant, seed: str, _since: date | None) -> Sample:
    rows = [one for one in plant.rows("asset") if one.asset_class == "training_dataset"]
    return _sample(
        "datasets", rows, 3, [("with personal data", lambda one: one.personal_data)], seed, ("A.5.12", "A.8.10", "A.8.11", "A.8.33"),
        "Where does each data set come from, who may write to it, when was its hash compared, and when is it deleted?",
        "Woher kommt jeder Datensatz, wer darf ihn ändern, wann wurde sein Hash verglichen, und wann wird er gelöscht?",
    )  # fmt: skip


KINDS: dict[str, Callable[[Plant, str, date | None], Sample]] = {
    "risks": _risks, "changes": _changes, "joiners": _joiners, "suppliers": _suppliers, "incident": _incident, "restore": _restore,
    "access_review": _access_review, "edge": _edge, "datasets": _datasets,
}  # fmt: skip


def _sample(
    kind: str,
    rows: Sequence[Any],
    size: int,
    musts: Sequence[tuple[str, Callable[[Any], Any]]],
    seed: str,
    controls: tuple[str, ...],
    question: str,
    question_de: str,
    missing: str = "",
) -> Sample:
    """The first rows of the draw, those before that a sample has to hold one of."""
    line = ordered(rows, seed)
    drawn: dict[str, Drawn] = {}
    for because, wanted in musts:
        if row := next((one for one in line if one.source not in drawn and wanted(one)), None):
            drawn.setdefault(row.source, Drawn(row.source, _title(row), because))
    for row in line:
        drawn.setdefault(row.source, Drawn(row.source, _title(row)))
    return Sample(kind, question, question_de, controls, len(line), tuple(list(drawn.values())[:size]), seed, missing)


def _since(day: date | None, since: date | None) -> bool:
    return since is None or (day is not None and day >= since)


def _title(row: Any) -> str:
    return str(getattr(row, "title", None) or getattr(row, "name", None) or getattr(row, "version", ""))


def _id(row: Any) -> str:
    return str(row.source)
