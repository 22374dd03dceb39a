"""What is worked out of the registers and never edited apart: Statement of Applicability, risk treatment plan, gap analysis.

Sources: ISO/IEC 27001:2022, 6.1.3 c to f (statement, plan, approval by risk owners), 8.3; the columns are those that auditors ask for.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlmodel import Session

from assistant.drafting.filling import implementation
from knowledge import controls
from knowledge.registers import REGISTERS, derived, queries
from knowledge.registers.derived import Context
from knowledge.registers.rights import Actor
from knowledge.registers.rules import says_nothing

_COMPARED = ("applicable", "justification", "exclusion_reason", "status", "how", "owner", "evidence")


@dataclass(frozen=True)
class SoaRow:
    """One control of Annex A. `reasons` are the risks and duties that ask for it, `problems` what an auditor would object to."""

    control: str
    title: str
    applicable: bool | None
    justification: str
    reasons: tuple[str, ...]
    exclusion_reason: str
    status: str
    how: str
    owner: str
    evidence: tuple[str, ...]
    documents: tuple[str, ...]
    last_checked: date | None
    due_date: date | None
    problems: tuple[str, ...]

    def as_plain(self) -> dict[str, Any]:
        """The row as JSON can carry it: what a version of the statement keeps."""
        row = asdict(self)
        return {**row, "last_checked": str(self.last_checked or ""), "due_date": str(self.due_date or "")}


@dataclass(frozen=True)
class SoaChange:
    """What differs in one control between two versions of the statement."""

    control: str
    field: str
    before: str
    after: str


@dataclass(frozen=True)
class PlanRow:
    """A risk that is treated: what is planned, by whom, until when, what remains, and whether its owner has approved that."""

    risk: str
    name: str
    owner: str
    treatment: str
    current_score: int | None
    band: str
    measures: tuple[str, ...]
    controls: tuple[str, ...]
    due_date: date | None
    residual_score: int | None
    acceptable: bool | None
    approved: str
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Gap:
    """What is missing at a clause or control. `priority` is 1 (a certificate hangs on it) to 3."""

    id: str
    title: str
    state: str
    missing: tuple[str, ...]
    owner: str
    priority: int


class Registers:
    """What the statements read, once: people's names, rows by register, with their values and lists."""

    def __init__(self, session: Session, actor: Actor, context: Context) -> None:
        self.session, self.actor, self.context = session, actor, context
        self._rows: dict[str, list[dict[str, Any]]] = {}
        self._names = {person.id: person.name for person in queries.rows(session, actor, "person")}

    def rows(self, name: str) -> list[dict[str, Any]]:
        """The rows of a register that the actor may see, with what is worked out of them."""
        if name not in self._rows:
            found = REGISTERS[name]
            plain = queries.values_of(self.session, self.actor, found, queries.rows(self.session, self.actor, name))
            worked_out = queries.computed(self.session, found, [row[found.id_name] for row in plain], self.context)
            self._rows[name] = [{**row, **worked_out[row[found.id_name]]} for row in plain]
        return self._rows[name]

    def name(self, person_id: Any) -> str:
        """The name of a person, empty for none."""
        return self._names.get(person_id, "")

    def naming(self, register: str, column: str) -> dict[str, list[str]]:
        """control -> ids of the rows of a register that name it in a list."""
        out: dict[str, list[str]] = defaultdict(list)
        for row in self.rows(register):
            for control in row.get(column) or ():
                out[control].append(row["id"])
        return out


def statement_of_applicability(registers: Registers) -> list[SoaRow]:
    """The 93 controls, in order; a control without a row is undecided and never checked."""
    recorded = {row["id"]: row for row in registers.rows("control_status")}
    risks, duties = registers.naming("risk", "annex_a_controls"), registers.naming("obligation", "controls")
    expired = {row["id"] for row in registers.rows("evidence") if row["expired"]}
    annex = controls.catalogue().entries(controls.ISO_2022, "control")
    return [_soa_row(registers, entry, recorded.get(entry.id, {}), risks[entry.id], duties[entry.id], expired) for entry in annex]


def _soa_row(
    registers: Registers, entry: controls.Control, row: Mapping[str, Any], risks: Sequence[str], duties: Sequence[str], expired: set[str]
) -> SoaRow:
    applicable = row.get("applicable")
    evidence = tuple(row.get("evidence") or ())
    kinds = [kind for kind, ids in (("risk", risks), ("legal or contract", duties)) if ids]
    return SoaRow(
        control=entry.id,
        title=entry.title,
        applicable=applicable,
        justification=str(row.get("justification") or " and ".join(kinds)).replace("_", " "),
        reasons=(*risks, *duties),
        exclusion_reason=str(row.get("exclusion_reason") or ""),
        status=implementation(row),
        how=str(row.get("how") or ""),
        owner=registers.name(row.get("owner")),
        evidence=evidence,
        documents=tuple(row.get("documents") or ()),
        last_checked=_day(row.get("last_checked")),
        due_date=_day(row.get("due_date")),
        problems=tuple(_objections(row, risks, duties, evidence, expired)),
    )


def _objections(
    row: Mapping[str, Any], risks: Sequence[str], duties: Sequence[str], evidence: Sequence[str], expired: set[str]
) -> Iterable[str]:
    if row.get("applicable") is None:
        yield "nobody has decided whether it applies"
    elif row["applicable"] is False:
        if says_nothing(str(row.get("exclusion_reason") or "")):
            yield "excluded without a reason that fits the scope"
        if risks or duties:
            yield f"excluded, although {', '.join((*risks, *duties))} asks for it"
        return
    if row.get("implementation_status") == "implemented" and not evidence:
        yield "implemented without evidence"
    if late := [id_ for id_ in evidence if id_ in expired]:
        yield f"evidence has expired: {', '.join(late)}"
    if row and not row.get("last_checked"):
        yield "never checked"
    if row.get("applicable") and not row.get("owner"):
        yield "no owner"


def changes(before: Sequence[Mapping[str, Any]], now: Sequence[SoaRow]) -> list[SoaChange]:
    """What differs between a kept version and the present state, control by control."""
    known = {row["control"]: row for row in before}
    out = []
    for row in now:
        plain, old = row.as_plain(), known.get(row.control, {})
        for name in _COMPARED:
            was, is_ = _told(old.get(name)), _told(plain[name])
            if was != is_:
                out.append(SoaChange(row.control, name, was, is_))
    return out


def treatment_plan(registers: Registers) -> list[PlanRow]:
    """Every risk that is not simply retained, or that lies above the threshold; the highest first."""
    method = registers.context.method
    wanted = [
        row for row in registers.rows("risk") if row["treatment"] not in ("", "retain") or (row["current_score"] or 0) > method.threshold
    ]
    return [_plan_row(registers, row) for row in sorted(wanted, key=lambda row: -(row["current_score"] or 0))]


def _plan_row(registers: Registers, row: Mapping[str, Any]) -> PlanRow:
    context = registers.context
    left = row["residual_score"] or row["current_score"]
    acceptable = None if left is None else left <= context.method.threshold
    measures = tuple(part for part in str(row["additional_controls"] or "").split("|") if part)
    band = context.method.band(row["current_score"])
    due = _day(row["due_date"])
    problems = [
        text
        for wrong, text in (
            (not row["treatment"], "no treatment chosen"),
            (row["treatment"] == "modify" and not measures, "to be modified, but no measure is planned"),
            (not row["owner"], "no owner"),
            (due is None, "no due date"),
            (due is not None and due < context.today, "overdue"),
            (row["residual_score"] is None, "residual risk not assessed"),
            (acceptable is False and row["acceptance"] != "valid", f"what remains is above {context.method.threshold} and not accepted"),
            (row["acceptance"] == "void", "the accepted state has changed since"),
            (row["acceptance"] == "expired", "the acceptance has expired"),
        )
        if wrong
    ]
    approved = (
        f"{registers.name(row['accepted_by'])}, {str(row['accepted_at'])[:10]}" if row["acceptance"] == "valid" else row["acceptance"]
    )
    return PlanRow(
        row["id"], row["name"], registers.name(row["owner"]), row["treatment"], row["current_score"], band.en if band else "", measures,
        tuple(row["annex_a_controls"]), due, row["residual_score"], acceptable, approved, tuple(problems),
    )  # fmt: skip


def gaps(registers: Registers) -> list[Gap]:
    """What is missing at every sub-clause and control, the most urgent first; what lacks nothing is left out."""
    soa = {row.control: row for row in statement_of_applicability(registers)}
    clauses = {row["id"]: row for row in registers.rows("clause_status")}
    findings: dict[str, list[str]] = defaultdict(list)
    for row in registers.rows("finding"):
        for requirement in row["requirement"] if row["open"] else ():
            findings[requirement].append(f"{row['grade'].replace('_', ' ')} {row['id']} is open")
    approved = {row["number"] for row in registers.rows("document") if row["state"] == "approved"}
    catalogue = controls.catalogue()
    leaves = [entry for entry in catalogue.entries(controls.ISO_2022, "subclause") if catalogue.within(entry) == [entry]]
    out = [_clause_gap(registers, entry, clauses.get(entry.id, {}), findings[entry.id], approved) for entry in leaves]
    out += [_control_gap(row, findings[row.control]) for row in soa.values()]
    return sorted((gap for gap in out if gap.missing), key=lambda gap: gap.priority)


def _clause_gap(registers: Registers, entry: controls.Control, row: Mapping[str, Any], findings: list[str], approved: set[str]) -> Gap:
    missing = list(findings)
    if row.get("state") != "fulfilled":
        missing.append({"": "never assessed", "partly": "only partly fulfilled"}.get(str(row.get("state") or ""), "not started"))
    if (
        "yes" in entry.attribute("documented_information_required")
        and not set(row.get("documents") or ()) & approved
        and not row.get("evidence")
    ):
        missing.append(f"documented information: {', '.join(entry.attribute('documented_information_name'))}")
    if row.get("state") == "fulfilled" and not row.get("evidence"):
        missing.append("no evidence recorded")
    urgent = 1 if not row or row.get("state") == "not_started" or any("major" in text for text in findings) else 2
    return Gap(
        entry.id,
        entry.title,
        str(row.get("state") or "never assessed").replace("_", " "),
        tuple(missing),
        registers.name(row.get("owner")),
        urgent,
    )


def _control_gap(row: SoaRow, findings: list[str]) -> Gap:
    missing = [*findings, *row.problems]
    if row.applicable and row.status in ("not started", "planned", "partly"):
        missing.append(f"{row.status}{f', due {row.due_date}' if row.due_date else ', without a due date'}")
    needed = bool(row.reasons) or any("major" in text for text in findings)
    return Gap(
        row.control,
        row.title,
        row.status,
        tuple(missing),
        row.owner,
        1 if needed and row.status in ("not started", "never checked") else 2 if needed else 3,
    )


def matrix(risks: Iterable[Any], pair: str) -> dict[tuple[int, int], list[str]]:
    """(likelihood, impact) -> ids of the risks there, for `inherent`, `current` or `residual`."""
    out: dict[tuple[int, int], list[str]] = defaultdict(list)
    for risk in risks:
        if derived.score(risk, pair) is not None:
            out[getattr(risk, f"{pair}_likelihood"), getattr(risk, f"{pair}_impact")].append(risk.id)
    return out


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) and value else value or None


def _told(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value)
    return {None: "", True: "yes", False: "no"}.get(value, str(value)) if value is None or isinstance(value, bool) else str(value)
