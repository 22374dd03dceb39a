"""What the registers show of the programme's tasks: a state with its proof, beside the state that somebody typed, which is never changed."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal

from assistant import addresses
from assistant.assurance import readiness
from assistant.assurance.auditing.notes import Note
from assistant.assurance.plant import Plant
from assistant.assurance.readiness import Both
from assistant.assurance.steering.measures import MEASURES
from assistant.assurance.steering.programme import templates

_PROCESSES = {
    "incident": "incidents", "change": "changes", "corrective_action": "corrective actions", "release": "model releases", "audit": "audits",
    "management_review": "management review", "vendor_assessment": "vendor assessments", "training": "training", "evidence": "evidence",
    "measurement": "key figures", "walk_through": "walk-throughs", "access_path": "remote access",
}  # fmt: skip
"""Processes that leave records, by their register."""
_MOST_REASONS = 10
"""How many of the checks that are not met stand beside the task of checking readiness; all of them are on its page."""


Light = Literal["green", "yellow", "red", ""]


class Sentence(Both):
    """What a readiness check says, in both languages."""

    def __str__(self) -> str:
        return self.en


@dataclass(frozen=True)
class Shown:
    """What the registers show of a task: a state of the register's codes, what proves it, and the rows or list behind it.

    `reasons` are what readiness checks say of the same: done for a yes, open for a no.
    """

    state: str
    proof: Note | Sentence
    link: str = ""
    reasons: tuple["Shown", ...] = ()

    @property
    def against(self) -> tuple["Shown", ...]:
        """The reasons why it is not done, or not well."""
        return tuple(one for one in self.reasons if one.state != "done")


def shown(plant: Plant, task: Any, more: Mapping[str, Shown] | None = None) -> Shown | None:
    """What the registers show of a task; None where they show nothing. `more` holds what others work out: what each readiness check says, and `readiness`."""
    template = next((one for one in templates() if one.id == task.template), None)
    rule, given = template.shown_by if template else "", more or {}
    if rule in given:
        return given[rule]
    found = (SHOWN.get(rule) or _document)(plant, task)
    if template is None:
        return _with_checks(found, _against(task, given), 0)
    return _with_checks(found, tuple(given[name] for name in template.checks if name in given), len(template.checks))


def light(task: Any, found: Shown | None) -> Light:
    """The traffic light of a task: `green` where it is shown to be done, `red` where its day is past or it is called done and a check says no, else `yellow`."""
    if task.state == "dropped" or (found is None and not task.overdue):
        return ""
    if found is not None and not found.against and found.state == "done":
        return "green"
    return "red" if task.overdue or (found is not None and found.against and task.state == "done") else "yellow"


def evidence(plant: Plant) -> dict[str, Shown]:
    """What the readiness checks say, by their names, as far as the registers tell its reader; under `readiness` how far the checks are answered."""
    if plant.session is None or plant.actor is None or not plant.rows("programme_task"):
        return {}
    report = readiness.run(plant.session, plant.actor, plant.context)
    told = [one for one in report.results if one.outcome.state != "not_checked"]
    found = {one.check.name: _said(one) for one in told}
    unmet = tuple(found[gap.result.check.name] for gap in report.gaps if gap.result.outcome.state == "no")
    whole = _percent("checked", len(told), len(report.results), "/readiness", str(len(unmet)))
    return {**found, "readiness": replace(whole, reasons=unmet[:_MOST_REASONS])}


def _said(one: readiness.Result) -> Shown:
    words = Sentence(*(f"{asked} {answer}" for asked, answer in zip(one.check.question, one.outcome.said, strict=True)))
    return Shown("done" if one.outcome.state == "yes" else "open", words, f"/readiness#{one.check.name}")


def _against(task: Any, given: Mapping[str, Shown]) -> tuple[Shown, ...]:
    """What speaks against a task of the company's own being done: checks of its clauses and controls that say no, while somebody works on it.

    A yes proves nothing here: the last management review is no proof of the next one.
    """
    if task.state in ("done", "dropped"):
        return ()
    asked, about = readiness.checks(), set(task.controls or ())
    return tuple(one for name, one in given.items() if name in asked and one.state != "done" and about & set(asked[name].requirement))


def _with_checks(found: Shown | None, reasons: tuple[Shown, ...], asked: int) -> Shown | None:
    """What the registers show together with the checks: a no keeps the task from being done, a yes shows that it has begun.

    Where nothing else shows it, it is done once each of the checks that were `asked` says yes.
    """
    if not reasons:
        return found
    against = [one for one in reasons if one.state != "done"]
    state = found.state if found else "done" if len(reasons) == asked and not against else "open"
    if (state == "done" and against) or (state == "open" and len(against) < len(reasons)):
        state = "running"
    first = found or (against or reasons)[0]
    return Shown(state, first.proof, first.link, reasons)


def _document(plant: Plant, task: Any) -> Shown | None:
    """The state of the result document; what was approved before a task of the company's own began is not its result yet."""
    found = plant.row("document", task.result_document)
    if found is None:
        return None
    link, day = addresses.row("document", found.number), date.fromisoformat(str(found.approved_on)) if found.approved_on else None
    told = {"document": f"{found.number} {found.title}", "state": str(found.state).replace("_", " ")}
    if found.state == "approved" and day and not task.template and task.start_date and day < task.start_date:
        return Shown("open", Note("document_before", {**told, "day": day}), link)
    return Shown({"approved": "done", "retired": "dropped"}.get(str(found.state), "running"), Note("document", told), link)


def _plan(plant: Plant, _task: Any) -> Shown:
    tasks = plant.rows("programme_task")
    return _share("dated", [one for one in tasks if one.start_date and one.due_date and one.owner], tasks, "/registers/programme_task")


def _resources(plant: Plant, task: Any) -> Shown | None:
    roles = plant.rows("governance_role")
    if not roles:
        return _document(plant, task)
    return _share("offices", [one for one in roles if one.owner], roles, "/registers/governance_role")


def _inventory(plant: Plant, _task: Any) -> Shown:
    assets = [one for one in plant.rows("asset") if one.in_scope is not False]
    systems = plant.rows("ai_system")
    whole = [one for one in assets if one.owner and None not in (one.confidentiality, one.integrity, one.availability)]
    return _share("inventory", [*whole, *(one for one in systems if one.asset)], [*assets, *systems], "/registers/asset")


def _method(plant: Plant, task: Any) -> Shown | None:
    found = plant.rows("risk_method")
    return (
        Shown("done", Note("method", {"method": f"{found[-1].id} {found[-1].name}"}), "/risk-method") if found else _document(plant, task)
    )


def _threats(plant: Plant, _task: Any) -> Shown:
    risks = plant.rows("risk")
    return _share("threats", [one for one in risks if one.threats or one.vulnerabilities], risks, "/registers/risk?threats=empty:")


def _evaluation(plant: Plant, _task: Any) -> Shown:
    risks = plant.rows("risk")
    return _share("scored", [one for one in risks if one.current_score is not None], risks, "/registers/risk?current_score=empty:")


def _treatment(plant: Plant, _task: Any) -> Shown:
    threshold = plant.context.method.threshold
    above = [one for one in plant.rows("risk") if (one.current_score or 0) > threshold]
    ready = [one for one in above if one.treatment and one.owner and (one.due_date or one.acceptance == "valid")]
    return _share("treated", ready, above, f"/registers/risk?current_score=gt:{threshold}")


def _controls(plant: Plant, _task: Any) -> Shown:
    rows = plant.rows("control_status")
    used = [one for one in rows if one.soa_status != "not_applicable"]
    counted = _counted(str(one.soa_status) for one in rows)
    return _share("controls", [one for one in used if one.soa_status == "implemented"], used, "/registers/control_status/soa", counted)


def _documents(plant: Plant, _task: Any) -> Shown:
    rows = plant.rows("document")
    used = [one for one in rows if one.state != "retired"]
    return _share(
        "documents", [one for one in used if one.state == "approved"], used, "/documents", _counted(str(one.state) for one in rows)
    )


def _training(plant: Plant, _task: Any) -> Shown:
    found = MEASURES["people_trained"].of(plant, plant.today)
    return _percent("trained", int(found.numerator or 0), int(found.denominator or 0), found.query, "")


def _processes(plant: Plant, _task: Any) -> Shown:
    silent = [name for register, name in _PROCESSES.items() if not plant.rows(register)]
    return _percent("processes", len(_PROCESSES) - len(silent), len(_PROCESSES), "/registers", ", ".join(silent))


def _audit(type_: str) -> Callable[[Plant, Any], Shown]:
    def rule(plant: Plant, task: Any) -> Shown:
        some = [
            one
            for one in plant.rows("audit")
            if one.type == type_ and one.status != "cancelled" and (one.start_date or date.min) >= _begun(task)
        ]
        best = next((one for state in ("done", "running", "planned") for one in some if one.status == state), None)
        if best is None:
            return Shown("open", Note("no_audit"), f"/registers/audit?type={type_}")
        more = _counted(str(one.grade) for one in plant.rows("finding") if one.audit == best.id)
        told = {"audit": best.id, "state": best.status, "day": best.start_date or "-", "more": more}
        return Shown({"done": "done", "running": "running"}.get(best.status, "open"), Note("audit", told), addresses.row("audit", best.id))

    return rule


def _closed(type_: str) -> Callable[[Plant, Any], Shown]:
    def rule(plant: Plant, _task: Any) -> Shown:
        audits = {one.id for one in plant.rows("audit") if one.type == type_}
        findings = [one for one in plant.rows("finding") if one.audit in audits]
        if not findings:
            return Shown("open", Note("no_finding"), f"/registers/audit?type={type_}")
        ids, left = {one.id for one in findings}, [one.id for one in findings if one.open]
        actions = [one for one in plant.rows("corrective_action") if one.finding in ids]
        told = {"part": len([one for one in actions if one.open]), "whole": len(actions), "more": ", ".join(left) or "-"}
        return Shown("running" if left else "done", Note("actions", told), "/registers/corrective_action?open=yes")

    return rule


def _review(plant: Plant, task: Any) -> Shown:
    rows = plant.rows("management_review")
    held = [one for one in rows if one.state == "done" and one.held_on and _begun(task) <= one.held_on <= plant.today]
    if not held:
        return Shown("open", Note("no_review"), "/registers/management_review")
    last = max(held, key=lambda one: one.held_on)
    return Shown("done", Note("review", {"review": last.id, "day": last.held_on}), addresses.row("management_review", last.id))


def _certificate(plant: Plant, _task: Any) -> Shown:
    found = [one for one in plant.rows("certificate") if "27001" in one.standard and one.issued_on and one.issued_on <= plant.today]
    if not found:
        return Shown("open", Note("no_certificate"), "/registers/certificate")
    last = max(found, key=lambda one: one.issued_on)
    told = {"number": last.number, "day": last.issued_on, "soa": last.soa_version or "-", "until": last.expires_on or "-"}
    return Shown("done", Note("certificate", told), addresses.row("certificate", last.id))


SHOWN: dict[str, Callable[[Plant, Any], Shown | None]] = {
    "document": _document, "plan": _plan, "resources": _resources, "inventory": _inventory, "method": _method, "threats": _threats,
    "evaluation": _evaluation, "treatment": _treatment, "controls": _controls, "documents": _documents, "training": _training,
    "processes": _processes, "internal_audit": _audit("internal"), "remediation": _closed("internal"), "management_review": _review,
    "stage_1": _audit("stage_1"), "gap_remediation": _closed("stage_1"), "stage_2": _audit("stage_2"), "certificate": _certificate,
}  # fmt: skip


def _share(key: str, some: Sequence[Any], whole: Sequence[Any], link: str, more: str = "") -> Shown:
    return _percent(key, len(some), len(whole), link, more)


def _percent(key: str, part: int, whole: int, link: str, more: str) -> Shown:
    """How far something is: done where all of it is, open where nothing is or nothing is recorded yet."""
    told = {"percent": 100 * part // whole if whole else 0, "part": part, "whole": whole, "more": more or "-"}
    return Shown("open" if not part else "done" if part == whole else "running", Note(key, told), link)


def _counted(codes: Iterable[str]) -> str:
    return ", ".join(f"{code.replace('_', ' ')} {n}" for code, n in sorted(Counter(codes).items())) or "-"


def _begun(task: Any) -> date:
    """From when on something counts for a task: two months before it begins, for audits and reviews are held when people are free."""
    return task.start_date - timedelta(days=60) if task.start_date else date.min
