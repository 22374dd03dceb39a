"""Statements as sheets of a workbook: Statement of Applicability, risk treatment plan, risk register, gap analysis."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from assistant.drafting import statements
from assistant.drafting.statements import Gap, PlanRow, Registers, SoaChange, SoaRow, matrix
from assistant.printing import Sheet
from knowledge.errors import BadKnowledge
from knowledge.registers import queries
from knowledge.registers.derived import Method

STATEMENTS = {"soa": "Statement of Applicability", "plan": "Risk treatment plan", "risks": "Risk register", "gaps": "Gap analysis"}
_COLOURS = ("C8E6C9", "FFF59D", "FFCC80", "EF9A9A")
_PALE = "FFF3CD"
_STATUSES = (
    "Status is worked out from the register: what is recorded, the evidence for it, and when somebody last checked.",
    "never checked: nobody has looked, which is not the same as no. Implemented without evidence is shown as such.",
)


def statements_of(registers: Registers, name: str, since: str = "", before: Sequence[Mapping[str, Any]] = ()) -> list[Sheet]:
    """The sheets of the statement of that name, compared with the rows of its last approved version. Raises BadKnowledge with the names there are."""
    method, today = registers.context.method, registers.context.today
    if name == "soa":
        rows = statements.statement_of_applicability(registers)
        return statement_of_applicability(rows, statements.changes(before, rows) if since else [], since, today)
    if name == "plan":
        return treatment_plan(statements.treatment_plan(registers), method, today)
    if name == "risks":
        return risk_register(registers)
    if name == "gaps":
        return gap_analysis(statements.gaps(registers), today)
    raise BadKnowledge(f"{name}: there is no such statement; there are {', '.join(STATEMENTS)}.")


def statement_of_applicability(rows: Sequence[SoaRow], changed: Sequence[SoaChange], since: str, today: date) -> list[Sheet]:
    """The statement, its full justifications, the open remediation, and what changed since the last approved version."""
    heads = (
        "Control",
        "Title",
        "Applicable",
        "Justification",
        "Risks and duties",
        "Reason for exclusion",
        "Status",
        "How",
        "Documents",
        "Owner",
        "Evidence",
        "Last checked",
    )
    lines = [
        (row.control, row.title, _yes(row.applicable), row.justification, _list(row.reasons), row.exclusion_reason, row.status, row.how,
         _list(row.documents), row.owner, _list(row.evidence), _date(row.last_checked) or "never")
        for row in rows
    ]  # fmt: skip
    fills = {(place, 6): _PALE for place, row in enumerate(rows) if row.problems}
    open_ones = [row for row in rows if row.problems or row.status in ("not started", "planned", "partly")]
    excluded = sum(row.applicable is False for row in rows)
    notes = (f"As of {today.isoformat()}: {len(rows)} controls, {excluded} excluded, {len(open_ones)} with something open.", *_STATUSES)
    why = [(row.control, row.title, row.justification, _list(row.reasons), row.exclusion_reason) for row in rows]
    remedy = [(row.control, row.title, row.status, _list(row.problems), row.owner, _date(row.due_date)) for row in open_ones]
    differing = [(one.control, one.field.replace("_", " "), one.before, one.after) for one in changed]
    return [
        Sheet("Statement of Applicability", heads, lines, notes, fills),
        Sheet("Justifications", ("Control", "Title", "Justification", "Risks and duties", "Reason for exclusion"), why),
        Sheet("Open remediation", ("Control", "Title", "Status", "What is open", "Owner", "Due"), remedy),
        Sheet(
            "Changes",
            ("Control", "What", "Before", "Now"),
            differing,
            (f"Compared with {since}." if since else "There is no approved version yet.",),
        ),
    ]


def treatment_plan(rows: Sequence[PlanRow], method: Method, today: date) -> list[Sheet]:
    """The plan with the owners' approval of what remains."""
    heads = (
        "Risk",
        "Name",
        "Owner",
        "Treatment",
        "Current",
        "Band",
        "Planned measures",
        "Controls",
        "Due",
        "Residual",
        "Within threshold",
        "Approved by owner",
        "Open",
    )
    lines = [
        (row.risk, row.name, row.owner, row.treatment, row.current_score, row.band, _list(row.measures, "; "), _list(row.controls), _date(row.due_date),
         row.residual_score, _yes(row.acceptable), row.approved, _list(row.problems, "; "))
        for row in rows
    ]  # fmt: skip
    fills = {(place, 4): _colour(method, row.current_score) for place, row in enumerate(rows)}
    fills |= {(place, 9): _colour(method, row.residual_score) for place, row in enumerate(rows)}
    notes = (
        f"As of {today.isoformat()}: {len(rows)} risks. A residual score up to {method.threshold} is accepted as a rule, above it by its owner alone.",
    )
    return [Sheet("Risk treatment plan", heads, lines, notes, {place: colour for place, colour in fills.items() if colour})]


def risk_register(registers: Registers) -> list[Sheet]:
    """Method and legend, the matrix before and after treatment, and all risks."""
    method, today = registers.context.method, registers.context.today
    risks = queries.rows(registers.session, registers.actor, "risk")
    heads = (
        "Risk", "Name", "Statement", "Category", "Assets", "Threats", "Inherent", "Existing controls", "Likelihood", "Impact", "Current", "Band",
        "Treatment", "Planned measures", "Residual", "Owner", "Due", "Review", "Acceptance",
    )  # fmt: skip
    lines: list[tuple[Any, ...]] = [
        (row["id"], row["name"], row["description"], row["category"], _list(row["assets"]), _list(row["threats"]), row["inherent_score"],
         _list(str(row["existing_controls"] or "").split("|"), "; "), row["current_likelihood"], row["current_impact"], row["current_score"],
         str(row["band"] or "").replace("_", " "), row["treatment"], _list(str(row["additional_controls"] or "").split("|"), "; "), row["residual_score"],
         registers.name(row["owner"]), row["due_date"] or "", row["review_date"] or "", row["acceptance"])
        for row in registers.rows("risk")
    ]  # fmt: skip
    fills = {
        (place, column): colour for place, line in enumerate(lines) for column in (6, 10, 14) if (colour := _colour(method, line[column]))
    }
    return [
        _method(method),
        _matrix("Matrix before", "inherent", risks, method),
        _matrix("Matrix now", "current", risks, method),
        _matrix("Matrix after", "residual", risks, method),
        Sheet("All risks", heads, lines, (f"As of {today.isoformat()}: {len(lines)} risks, by the method {method.name}.",), fills),
    ]


def gap_analysis(gaps: Sequence[Gap], today: date) -> list[Sheet]:
    """What is missing at clauses and controls, the most urgent first."""
    lines = [(gap.priority, gap.id, gap.title, gap.state, _list(gap.missing, "; "), gap.owner) for gap in gaps]
    notes = (f"As of {today.isoformat()}. Priority 1: a certificate hangs on it; 2: a finding is likely; 3: to be tidied up.",)
    return [Sheet("Gaps", ("Priority", "Id", "Title", "State", "What is missing", "Owner"), lines, notes)]


def _method(method: Method) -> Sheet:
    rows: list[tuple[Any, ...]] = [("Likelihood", level, text, "") for level, text in enumerate(method.likelihood, 1)]
    for name, texts in method.impact.items():
        rows += [(f"Impact: {method.impact_names[name]}", level, text, "") for level, text in enumerate(texts, 1)]
    first = len(rows)
    rows += [
        (
            f"Band: {band.en}",
            "{} to {}".format(*method.scores(band.code)),
            f"treated within {method.treatment_days[band.code]} days",
            band.priority,
        )
        for band in method.bands
    ]
    fills = {(first + place, 0): _COLOURS[min(place, 3)] for place in range(len(method.bands))}
    rows.append(("Acceptance threshold", method.threshold, "the highest score that is accepted as a rule", ""))
    return Sheet(
        "Method and legend",
        ("Part", "Level or score", "Meaning", "Priority"),
        rows,
        (method.name, "The highest impact column counts; scores are likelihood times impact."),
        fills,
    )


def _matrix(title: str, pair: str, risks: Iterable[Any], method: Method) -> Sheet:
    cells = matrix(risks, pair)
    rows = [(f"Impact {impact}", *(_list(cells.get((likelihood, impact), ())) for likelihood in range(1, 6))) for impact in range(5, 0, -1)]
    fills = {(5 - impact, likelihood): _colour(method, likelihood * impact) for impact in range(1, 6) for likelihood in range(1, 6)}
    return Sheet(
        title, ("", *(f"Likelihood {level}" for level in range(1, 6))), rows, (f"Risks by their {pair} likelihood and impact.",), fills
    )


def _colour(method: Method, score: int | None) -> str:
    band = method.band(score)
    return _COLOURS[min(method.bands.index(band), 3)] if band else ""


def _list(some: Iterable[str], between: str = ", ") -> str:
    return between.join(part for part in some if part)


def _yes(value: bool | None) -> str:
    return {True: "yes", False: "no", None: "undecided"}[value]


def _date(day: date | None) -> str:
    return day.isoformat() if day else ""
