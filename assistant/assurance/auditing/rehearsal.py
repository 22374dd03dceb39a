"""The rehearsal of an audit: each question answered from the company's own state, as answered, stale or missing, with what proves it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

from assistant import addresses
from assistant.assurance.auditing.questions import Question, within
from assistant.assurance.auditing.selection import MONTHS, Citation, Look, Selection, stale
from knowledge.registers import REGISTERS
from knowledge.registers.columns import Column, Words

Outcome = Literal["answered", "stale", "missing"]
ORDER: tuple[Outcome, ...] = ("missing", "stale", "answered")
"""The worst first: a question is as good as the worst of its proofs."""
Ask = Callable[[str], Sequence["Quote"]]
Progress = Callable[[int, int], None]

SAID: dict[str, Words] = {
    "rows.answered": Words.of("{n} in the register {register}", "{n} im Register {register}"),
    "rows.stale": Words.of(
        "newest proof in the register {register} is of {day}, older than {months} months",
        "jüngster Beleg im Register {register} ist vom {day}, älter als {months} Monate",
    ),
    "rows.missing": Words.of("no such row in the register {register}", "kein solcher Eintrag im Register {register}"),
    "rows.planned": Words.of(
        "in the register {register} only planned or undated", "im Register {register} nur geplant oder ohne Datum"
    ),
    "gaps.missing": Words.of("{n} in the register {register} speak against it", "{n} im Register {register} sprechen dagegen"),
    "late.stale": Words.of("{n} in the register {register} past their day", "{n} im Register {register} über dem Termin"),
    "evidence.answered": Words.of("evidence for {id}, of {day}", "Nachweis für {id} vom {day}"),
    "evidence.stale": Words.of(
        "evidence for {id} is expired or older than {months} months", "Nachweis für {id} ist abgelaufen oder älter als {months} Monate"
    ),
    "evidence.missing": Words.of("no evidence recorded for {id}", "kein Nachweis für {id} erfasst"),
    "excluded.answered": Words.of("{id} is excluded, with a reason", "{id} ist mit Begründung ausgeschlossen"),
    "excluded.missing": Words.of("{id} is excluded without a reason", "{id} ist ohne Begründung ausgeschlossen"),
    "document.answered": Words.of("an approved document says", "ein freigegebenes Dokument sagt"),
    "document.stale": Words.of("only a document past its review says", "nur ein Dokument über seinem Prüfdatum sagt"),
    "document.draft": Words.of("only a text that is not approved says", "nur ein nicht freigegebener Text sagt"),
    "document.missing": Words.of("no approved document answers: {wanted}", "kein freigegebenes Dokument beantwortet: {wanted}"),
}  # fmt: skip
"""What is said of a proof, by its kind and how it came out."""


@dataclass(frozen=True)
class Quote:
    """Words of a company document; `standing` is approved, expired, or the state of a version that is not approved."""

    citation: Citation
    standing: str


@dataclass(frozen=True)
class Proof:
    """One thing that was looked for: how it came out, in words, with what it rests on and the page that shows it."""

    outcome: Outcome
    said: str
    citations: tuple[Citation, ...] = ()
    url: str = ""


@dataclass(frozen=True)
class Answered:
    """A question with its proofs, and whom to ask about what is missing."""

    question: Question
    outcome: Outcome
    proofs: tuple[Proof, ...]
    contact: str

    @property
    def cited(self) -> bool:
        """Whether anything can be shown to the auditor."""
        return any(proof.citations and proof.outcome == "answered" for proof in self.proofs)


@dataclass(frozen=True)
class Count:
    """How many questions came out how; `cited` are those that can show something, whatever their outcome."""

    answered: int = 0
    stale: int = 0
    missing: int = 0
    cited: int = 0

    @property
    def total(self) -> int:
        return self.answered + self.stale + self.missing


@dataclass(frozen=True)
class Report:
    """What a rehearsal brought: for whom it looked, as of when, and each question in the order of the standard."""

    asker: str
    as_of: datetime
    language: str
    answers: tuple[Answered, ...] = field(default=())

    def missing_first(self) -> list[Answered]:
        """What is not answered, missing before stale."""
        return sorted((one for one in self.answers if one.outcome != "answered"), key=lambda one: ORDER.index(one.outcome))

    def count(self) -> Count:
        """All questions."""
        return _count(self.answers)

    def by_part(self) -> dict[str, Count]:
        """Clauses 4 to 10 and groups A.5 to A.8, then each sub-clause and control that was asked about; a question counts wherever it belongs."""
        ids = dict.fromkeys(id_ for one in self.answers for id_ in one.question.requirements)
        parts = dict.fromkeys(".".join(id_.split(".")[: 2 if id_.startswith("A.") else 1]) for id_ in ids)
        order = sorted(dict.fromkeys([*parts, *ids]), key=_place)
        return {part: _count(one for one in self.answers if any(within(id_, part) for id_ in one.question.requirements)) for part in order}

    def by_theme(self) -> dict[str, Count]:
        """Each theme that was asked about."""
        themes = sorted({theme for one in self.answers for theme in one.question.themes})
        return {theme: _count(one for one in self.answers if theme in one.question.themes) for theme in themes}

    def as_plain(self) -> dict[str, Any]:
        """The report as JSON can carry it."""
        return {
            "asker": self.asker,
            "as_of": self.as_of.isoformat(),
            "language": self.language,
            "count": asdict(self.count()),
            "by_part": {part: asdict(count) for part, count in self.by_part().items()},
            "by_theme": {theme: asdict(count) for theme, count in self.by_theme().items()},
            "answers": [_plain(one, self.language) for one in self.answers],
        }


def rehearse(
    asked: Sequence[Question], ask: Ask, look: Look, asker: str, now: datetime, progress: Progress = lambda done, total: None
) -> Report:
    """Every question answered from the registers as `look` sees them and from the documents that `ask` quotes; nothing is written.

    `progress` hears (done, total) after each question. A proof older than its months, expired evidence, a document past its review or a
    row past its day is stale; a row, evidence or rule that should be there and is not is missing.
    """
    answers = []
    for number, question in enumerate(asked, 1):
        proofs = tuple(_proofs(question, ask, look))
        outcome: Outcome = min((proof.outcome for proof in proofs), key=ORDER.index, default="missing")
        answers.append(Answered(question, outcome, proofs, _contact(question, look)))
        progress(number, len(asked))
    return Report(asker, now, look.language, tuple(answers))


def _proofs(question: Question, ask: Ask, look: Look) -> Iterable[Proof]:
    for selection in question.rows:
        yield _rows(selection, look)
    for name, against in (("gaps.missing", question.gaps), ("late.stale", question.late)):
        yield from (proof for selection in against if (proof := _against(name, selection, look)))
    for id_ in question.evidence:
        yield _excluded(id_, look) or _evidence(id_, look)
    if question.document:
        yield _document(question.document, ask(question.document), look.language)


def _rows(selection: Selection, look: Look) -> Proof:
    """Whether rows are there, and the newest of them is new enough."""
    found = look.select(selection)
    name: str = "rows.answered"
    outcome: Outcome = "answered"
    if not found.total:
        name, outcome = "rows.missing", "missing"
    elif selection.dated and found.newest is None:
        name, outcome = "rows.planned", "missing"
    elif selection.dated and stale(found.newest, look.today, selection.months):
        name, outcome = "rows.stale", "stale"
    said = _say(name, look.language, selection, n=found.total, day=found.newest, months=selection.months)
    return Proof(outcome, said, found.citations, selection.address(look.today))


def _against(name: str, selection: Selection, look: Look) -> Proof | None:
    """What speaks against an answer: rows of which there should be none."""
    found = look.select(selection)
    if not found.total:
        return None
    outcome: Outcome = "missing" if name.startswith("gaps") else "stale"
    said = _say(name, look.language, selection, n=found.total)
    return Proof(outcome, f"{said} ({_condition(selection, look.language)})", found.citations, selection.address(look.today))


def _excluded(id_: str, look: Look) -> Proof | None:
    """The reason of an exclusion, where the Statement of Applicability leaves the control out."""
    row = look.row("control_status", id_) if id_.startswith("A.") else {}
    if row.get("applicable") is not False:
        return None
    reason = str(row.get("exclusion_reason") or "")
    outcome: Outcome = "answered" if reason else "missing"
    citation = Citation(f"row:control_status:{id_}", id_, reason, addresses.source(f"row:control_status:{id_}"))
    return Proof(outcome, SAID[f"excluded.{outcome}"].label(look.language).format(id=id_), (citation,) if reason else ())


def _evidence(id_: str, look: Look) -> Proof:
    """Evidence for a clause or control that is neither expired nor too old; else the newest there is."""
    conditions = (("control", id_),)
    selection = Selection("evidence", (*conditions, ("expired", "no")), "supports_date")
    valid = look.select(selection)
    found = valid if valid.total else look.select(Selection("evidence", conditions, "supports_date"))
    outcome: Outcome = (
        "missing" if not found.total else "stale" if not valid.total or stale(valid.newest, look.today, MONTHS) else "answered"
    )
    said = SAID[f"evidence.{outcome}"].label(look.language).format(id=id_, day=found.newest, months=MONTHS)
    return Proof(outcome, said, found.citations, Selection("evidence", conditions).address(look.today))


def _document(wanted: str, quotes: Sequence[Quote], language: str) -> Proof:
    """What approved documents say to a question; one past its review is stale, one that is not approved does not count."""
    for standing, name, outcome in (("approved", "answered", "answered"), ("expired", "stale", "stale")):
        if chosen := tuple(one.citation for one in quotes if one.standing == standing):
            return Proof(outcome, SAID[f"document.{name}"].label(language), chosen)  # type: ignore[arg-type]
    name = "draft" if quotes else "missing"
    return Proof("missing", SAID[f"document.{name}"].label(language).format(wanted=wanted), tuple(one.citation for one in quotes))


def _contact(question: Question, look: Look) -> str:
    """Who answers here for the clause or control: its owner in the registers; empty where none is named."""
    for id_ in question.requirements:
        row = look.row("control_status" if id_.startswith("A.") else "clause_status", id_)
        if name := look.person(row.get("owner")):
            return name
    return ""


def _say(name: str, language: str, selection: Selection, **facts: Any) -> str:
    words = REGISTERS[selection.register].words.plural(language)
    return SAID[name].label(language).format(register=words, **facts)


def _condition(selection: Selection, language: str) -> str:
    """The conditions in words, for what should not be."""
    columns = REGISTERS[selection.register].by_name
    return "; ".join(
        f"{columns[name].words.label(language)}: {_value(columns[name], value, language)}" for name, value in selection.conditions
    )


_OPERATORS = {
    "empty": ("empty", "leer"),
    "set": ("filled", "gefüllt"),
    "lt": ("before {}", "vor {}"),
    "ge": ("from {}", "ab {}"),
    "ne": ("not {}", "nicht {}"),
    "contains": ("with “{}”", "mit „{}“"),
}
_WORDS = {"yes": ("yes", "ja"), "no": ("no", "nein"), "today": ("today", "heute")}


def _value(column: Column, written: str, language: str) -> str:
    operator, _, value = written.rpartition(":")
    place = int(language == "de")
    said = [
        column.codes[one].label(language) if column.codes and one in column.codes else _WORDS.get(one, (one, one))[place]
        for one in value.split("|")
    ]
    return _OPERATORS.get(operator, ("{}", "{}"))[place].format(", ".join(said))


def _count(some: Iterable[Answered]) -> Count:
    some = list(some)
    totals = {outcome: sum(one.outcome == outcome for one in some) for outcome in ORDER}
    return Count(**totals, cited=sum(one.cited for one in some))


def _place(part: str) -> tuple[bool, bool, list[int]]:
    numbers = [int(one) for one in part.removeprefix("A.").split(".")]
    return part.startswith("A."), len(numbers) > 1, numbers


def _plain(one: Answered, language: str) -> dict[str, Any]:
    question = one.question
    return {
        "id": question.id,
        "requirements": list(question.requirements),
        "themes": list(question.themes),
        "who": question.who,
        "question": question.text(language),
        "good_answer": question.good(language),
        "follow_up": question.follow_up(language),
        "outcome": one.outcome,
        "contact": one.contact,
        "proofs": [
            {
                **asdict(proof),
                "citations": [{**asdict(cited), "day": cited.day.isoformat() if cited.day else None} for cited in proof.citations],
            }
            for proof in one.proofs
        ],
    }
