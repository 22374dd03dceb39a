"""What the registers show of the programme's tasks: a state with its proof, beside the state that somebody typed, which is never changed."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from assistant.assurance.measures import MEASURES
from assistant.assurance.plant import Plant
from assistant.assurance.programme import templates

_PROCESSES = {
    "incident": "incidents", "change": "changes", "corrective_action": "corrective actions", "release": "model releases", "audit": "audits",
    "management_review": "management review", "vendor_assessment": "vendor assessments", "training": "training", "evidence": "evidence",
    "measurement": "key figures", "walk_through": "walk-throughs", "access_path": "remote access",
}  # fmt: skip
"""Processes that leave records, by their register."""


@dataclass(frozen=True)
class Shown:
    """What the registers show of a task: a state of the register's codes, what proves it, and the rows or list behind it."""

    state: str
    proof: str
    link: str = ""


def shown(plant: Plant, task: Any, more: Mapping[str, Shown] | None = None) -> Shown | None:
    """What the registers show of a task; None where they show nothing. `more` holds what others work out, such as `readiness`."""
    template = next((one for one in templates() if one.id == task.template), None)
    rule = template.shown_by if template else ""
    if rule in (more or {}):
        return (more or {})[rule]
    return (SHOWN.get(rule) or _document)(plant, task)


def _document(plant: Plant, task: Any) -> Shown | None:
    """The state of the result document; what was approved before a task of the company's own began is not its result yet."""
    found = plant.row("document", task.result_document)
    if found is None:
        return None
    state = {"approved": "done", "retired": "dropped"}.get(str(found.state), "running")
    link, told = f"/registers/document/{found.number}", f"{found.number} {found.title}: {str(found.state).replace('_', ' ')}"
    day = str(found.approved_on or "")
    if state == "done" and not task.template and task.start_date and day < task.start_date.isoformat():
        return Shown("open", f"{told} on {day or 'an unknown day'}, before the task began", link)
    return Shown(state, f"{told}{f' on {day}' if day else ''}", link)


def _plan(plant: Plant, _task: Any) -> Shown:
    tasks = plant.rows("programme_task")
    dated = [one for one in tasks if one.start_date and one.due_date and one.owner]
    return _percent(len(dated), len(tasks), "tasks have dates and an owner", "/registers/programme_task")


def _resources(plant: Plant, task: Any) -> Shown | None:
    roles = plant.rows("governance_role")
    if not roles:
        return _document(plant, task)
    return _percent(len([one for one in roles if one.owner]), len(roles), "offices are held by somebody", "/registers/governance_role")


def _inventory(plant: Plant, _task: Any) -> Shown:
    assets = [one for one in plant.rows("asset") if one.in_scope is not False]
    systems = plant.rows("ai_system")
    whole = [one for one in assets if one.owner and None not in (one.confidentiality, one.integrity, one.availability)]
    linked = [one for one in systems if one.asset]
    return _percent(
        len(whole) + len(linked),
        len(assets) + len(systems),
        "assets have an owner and ratings, AI systems their asset",
        "/registers/asset?owner=empty:",
    )


def _method(plant: Plant, task: Any) -> Shown | None:
    found = plant.rows("risk_method")
    return Shown("done", f"{found[-1].id} {found[-1].name}", "/risk-method") if found else _document(plant, task)


def _threats(plant: Plant, _task: Any) -> Shown:
    risks = plant.rows("risk")
    return _percent(
        len([one for one in risks if one.threats or one.vulnerabilities]),
        len(risks),
        "risks name a threat or a vulnerability",
        "/registers/risk?threats=empty:",
    )


def _evaluation(plant: Plant, _task: Any) -> Shown:
    risks = plant.rows("risk")
    return _percent(
        len([one for one in risks if one.current_score is not None]), len(risks), "risks are scored", "/registers/risk?current_score=empty:"
    )


def _treatment(plant: Plant, _task: Any) -> Shown:
    above = [one for one in plant.rows("risk") if (one.current_score or 0) > plant.context.method.threshold]
    ready = [one for one in above if one.treatment and one.owner and (one.due_date or one.acceptance == "valid")]
    return _percent(
        len(ready),
        len(above),
        "risks above the threshold have treatment, owner and date",
        f"/registers/risk?current_score=gt:{plant.context.method.threshold}",
    )


def _controls(plant: Plant, _task: Any) -> Shown:
    states = Counter(str(one.soa_status) for one in plant.rows("control_status"))
    counted = ", ".join(f"{state.replace('_', ' ')} {n}" for state, n in sorted(states.items()))
    used = sum(states.values()) - states["not_applicable"]
    found = _percent(states["implemented"], used, "applicable controls are implemented", "/registers/control_status/soa")
    return replace(found, proof=f"{found.proof} ({counted})" if counted else found.proof)


def _documents(plant: Plant, _task: Any) -> Shown:
    states = Counter(str(one.state) for one in plant.rows("document"))
    counted = ", ".join(f"{state.replace('_', ' ')} {n}" for state, n in sorted(states.items()))
    found = _percent(states["approved"], sum(states.values()) - states["retired"], "documents are approved", "/documents")
    return replace(found, proof=f"{found.proof} ({counted})" if counted else found.proof)


def _training(plant: Plant, _task: Any) -> Shown:
    found = MEASURES["people_trained"].of(plant, plant.today)
    return _percent(int(found.numerator or 0), int(found.denominator or 0), "people were trained in the last twelve months", found.query)


def _processes(plant: Plant, _task: Any) -> Shown:
    silent = [name for register, name in _PROCESSES.items() if not plant.rows(register)]
    found = _percent(len(_PROCESSES) - len(silent), len(_PROCESSES), "processes have left a record", "/registers")
    return replace(found, proof=f"{found.proof}; none yet: {', '.join(silent)}" if silent else found.proof)


def _audit(type_: str) -> Callable[[Plant, Any], Shown]:
    def rule(plant: Plant, task: Any) -> Shown:
        first = task.start_date - timedelta(days=60) if task.start_date else date.min
        some = [
            one for one in plant.rows("audit") if one.type == type_ and one.status != "cancelled" and (one.start_date or date.min) >= first
        ]
        best = next((one for state in ("done", "running", "planned") for one in some if one.status == state), None)
        if best is None:
            return Shown("open", "no such audit is recorded", f"/registers/audit?type={type_}")
        grades = Counter(one.grade for one in plant.rows("finding") if one.audit == best.id)
        found = ", ".join(f"{grade.replace('_', ' ')} {n}" for grade, n in sorted(grades.items())) or "no finding"
        told = f"{best.id} {best.status}, {best.start_date or 'no date'}" + (f": {found}" if best.status == "done" else "")
        return Shown({"done": "done", "running": "running"}.get(best.status, "open"), told, f"/registers/audit/{best.id}")

    return rule


def _closed(type_: str) -> Callable[[Plant, Any], Shown]:
    def rule(plant: Plant, _task: Any) -> Shown:
        audits = {one.id for one in plant.rows("audit") if one.type == type_}
        findings = {one.id for one in plant.rows("finding") if one.audit in audits}
        actions = [one for one in plant.rows("corrective_action") if one.finding in findings]
        if not findings:
            return Shown("open", "no finding of such an audit is recorded", f"/registers/audit?type={type_}")
        left = [one.id for one in plant.rows("finding") if one.id in findings and one.open]
        told = f"{len([one for one in actions if one.open])} of {len(actions)} actions open" + (
            f"; findings open: {', '.join(left)}" if left else ""
        )
        return Shown("running" if left else "done", told, "/registers/corrective_action?open=yes")

    return rule


def _review(plant: Plant, task: Any) -> Shown:
    first = task.start_date - timedelta(days=60) if task.start_date else date.min
    held = [one for one in plant.rows("management_review") if one.state == "done" and one.held_on and first <= one.held_on <= plant.today]
    if not held:
        return Shown("open", "none was held since the task began", "/registers/management_review")
    last = max(held, key=lambda one: one.held_on)
    return Shown("done", f"{last.id} held on {last.held_on}", f"/registers/management_review/{last.id}")


def _certificate(plant: Plant, _task: Any) -> Shown:
    found = [one for one in plant.rows("certificate") if "27001" in one.standard and one.issued_on and one.issued_on <= plant.today]
    if not found:
        return Shown("open", "no certificate is recorded", "/registers/certificate")
    last = max(found, key=lambda one: one.issued_on)
    return Shown(
        "done",
        f"{last.number}, issued on {last.issued_on}, SoA {last.soa_version or 'not named'}, until {last.expires_on}",
        f"/registers/certificate/{last.id}",
    )


SHOWN: dict[str, Callable[[Plant, Any], Shown | None]] = {
    "document": _document, "plan": _plan, "resources": _resources, "inventory": _inventory, "method": _method, "threats": _threats,
    "evaluation": _evaluation, "treatment": _treatment, "controls": _controls, "documents": _documents, "training": _training,
    "processes": _processes, "internal_audit": _audit("internal"), "remediation": _closed("internal"), "management_review": _review,
    "stage_1": _audit("stage_1"), "gap_remediation": _closed("stage_1"), "stage_2": _audit("stage_2"), "certificate": _certificate,
}  # fmt: skip


def _percent(part: int, whole: int, what: str, link: str) -> Shown:
    if not whole:
        return Shown("open", f"nothing recorded yet: 0 {what}", link)
    return Shown("done" if part == whole else "running" if part else "open", f"{100 * part // whole} % ({part} of {whole}) {what}", link)
