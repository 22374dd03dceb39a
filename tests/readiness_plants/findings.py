"""Plants for common findings and surveillance."""

from typing import Any

from tests.readiness_plants import Rows, Three, at, day, three
from tests.readiness_plants.checklist import AUDIT, REVIEW, SYSTEM, evidence
from tests.readiness_plants.plant import PATH
from tests.records import TODAY

RISK = {
    "name": "Poisoned labels", "category": "data", "owner": "P-002", "treatment": "modify", "due_date": day(60), "current_likelihood": 3, "current_impact": 4,
    "assessed_on": day(-60), "review_date": day(200),
}  # fmt: skip
VENDOR = {
    "name": "Nimbra AI", "ai_vendor": True, "contract_start": day(-900), "contract_end": day(100), "last_assessment": day(-90), "next_assessment": day(200),
}  # fmt: skip
ASSESSED = {
    "supplier": "SUP-001", "assessed_on": day(-90), "clauses_covered": "notice", "exit_agreed": True, "incident_notice": True, "trains_on_our_data": False,
}  # fmt: skip
MODEL: Rows = [("asset", {"name": "WeldEye 3.4", "class": "production_ai_model", "in_scope": True, "encrypted": True})]
REVIEWED = {**SYSTEM, "last_review": day(-60), "next_review": day(200), "impact_assessment": "done", "in_scope": True}
NEW = {**SYSTEM, "started_on": day(-30), "in_scope": True}
INCIDENT = {
    "title": "Missed pores",
    "ai_incident": True,
    "status": "closed",
    "detected_at": at(-60),
    "closed_at": at(-40),
    "lesson": "Sample by hand",
    "owner": "P-002",
}
KPI = ("kpi", {"name": "AI incidents", "target": 1, "owner": "P-002"})


OVERRIDES = ("kpi", {"name": "Overrides of FurnaceTune", "target": 10, "direction": "down"})


def values(*some: int) -> Rows:
    """Values of the key figure, one a month, the last ten days ago."""
    return [("measurement", {"kpi": "KPI-001", "measured_on": day(-10 - 30 * place), "value": one}) for place, one in enumerate(some)]


def compared(**more: Any) -> Rows:
    """A comparison of the AI inventory with the plant, ten days ago."""
    return evidence("iso42001:A.4.2", title="Inventory against network scan", **more)


def months(*left_out: int) -> Rows:
    """Evidence in each of the 12 months before this one but those left out, 1 being the last."""
    this = TODAY.replace(day=15)
    days = [
        this.replace(year=this.year - (n >= this.month), month=(this.month - n - 1) % 12 + 1) for n in range(1, 13) if n not in left_out
    ]
    return [row for one in days for row in evidence("9.1", supports_date=one)]


INPUTS = dict.fromkeys(
    ("previous_actions", "context_changes", "party_changes", "measurements", "audit_results", "objectives", "feedback", "risks", "improvements"), "seen"
)  # fmt: skip

PLANTS = {
    "ai_systems_in_the_inventory": Three(
        [*MODEL, *compared(), ("ai_system", {**SYSTEM, "asset": "A-001"})], [*MODEL, *compared(), ("ai_system", SYSTEM)], MODEL
    ),
    "ai_systems_in_scope": three("ai_system", {**SYSTEM, "in_scope": True}, {"in_scope": False, "scope_reason": ""}, {"in_scope": None}),
    "ai_risks_treated": three("risk", RISK, {"treatment": ""}, {"current_impact": None}),
    "ai_access_is_controlled": three(
        "ai_system", {**SYSTEM, "role_model": "team trains, quality releases", "access_review_due": day(30)}, {"access_review_due": day(-1)}, {"role_model": ""}
    ),
    "model_data_encrypted": three("asset", MODEL[0][1], {"encrypted": False}, {"encrypted": None}),
    "ai_vendors_assessed": three("supplier", VENDOR, {"last_assessment": None}, {"ai_vendor": False}),
    "ai_vendor_contracts_complete": three(
        "vendor_assessment", ASSESSED, {"clauses_missing": "deletion"}, {"exit_agreed": None}, [("supplier", VENDOR)]
    ),
    "ai_systems_reviewed": three("ai_system", REVIEWED, {"last_review": None, "next_review": None}, {"impact_assessment": ""}),
    "isms_operates_every_month": Three(months(), months(5, 6), []),
    "management_review_in_12_months": three("management_review", REVIEW, {"held_on": day(-366)}),
    "internal_audit_in_12_months": three("audit", AUDIT, {"start_date": day(-366), "end_date": day(-366)}),
    "new_ai_systems_taken_up": Three(
        [("ai_system", NEW), ("risk", {**RISK, "ai_system": "AI-001"})],
        [("ai_system", NEW)],
        [("ai_system", {**NEW, "in_scope": None}), ("risk", {**RISK, "ai_system": "AI-001"})],
    ),
    "ai_risks_reassessed": three("risk", RISK, {"assessed_on": day(-400)}, {"assessed_on": None}),
    "ai_incidents_have_lessons": three("incident", INCIDENT, {"lesson": ""}, {"detected_at": None}),
    "ai_vendor_changes_handled": Three(
        [("supplier", VENDOR)],
        [("supplier", {**VENDOR, "contract_end": day(-10)}), ("access_path", {**PATH, "supplier": "SUP-001"})],
        [("supplier", {**VENDOR, "contract_start": None})],
    ),
    "certificate_valid": three(
        "certificate", {"number": "C-1", "standard": "ISO/IEC 27001:2022", "expires_on": day(400), "scope": "Casting", "soa_version": "3"},
        {"suspended": True}, {"soa_version": ""},
    ),
    "key_figures_measured": Three(
        [KPI, ("measurement", {"kpi": "KPI-001", "measured_on": day(-20), "value": 0})],
        [KPI, ("measurement", {"kpi": "KPI-001", "measured_on": day(-90), "value": 0})],
        [KPI],
    ),
    "missed_figures_acted_on": Three(
        [OVERRIDES, *values(14, 9)], [OVERRIDES, *values(14, 15, 16)], [OVERRIDES],
    ),
    "objectives_on_course": three(
        "objective", {"name": "No standstill", "target": "8 hours", "owner": "P-002", "due_date": day(30), "state": "running"}, {"due_date": day(-1)}, {"due_date": None}
    ),
    "incidents_lead_to_improvements": Three(
        [("incident", INCIDENT), ("improvement", {"title": "Sample by hand", "incident": "INC-001"})],
        [("incident", {**INCIDENT, "ai_incident": False, "lesson": ""})],
        [("incident", INCIDENT)],
    ),
    "peers_compared_in_12_months": three("benchmark", {"title": "Time to detect", "noted_on": day(-90), "origin": "survey"}, {"noted_on": day(-400)}),
    "management_review_covers_its_inputs": three("management_review", {**REVIEW, **INPUTS}, {"ai": ""}),
}  # fmt: skip
