"""Plants for the checklist: documents, technical controls, people."""

from typing import Any

from tests.readiness_plants import Rows, Three, at, day, three

POLICY = {"number": "IS-POL-01", "title": "Information Security Policy", "next_review": day(200), "owner": "ada@plant.example"}
SCOPE = {"number": "IS-SCP-01", "title": "ISMS Scope Statement", "next_review": day(200)}
METHOD = {"number": "IS-PRO-08", "title": "Risk Assessment and Treatment Method", "next_review": day(200)}
AI_POLICY = {"number": "IS-POL-02", "title": "AI Security Policy", "next_review": day(200)}
OF_AI = [
    {"number": "IS-PRO-06", "title": "Incident Response Procedure", "next_review": day(100)},
    {"number": "IS-PRO-07", "title": "Supplier and AI Vendor Security", "next_review": day(100)},
    {"number": "AI-PRO-01", "title": "Model Release and Deployment", "next_review": day(100)},
    {"number": "AI-PRO-02", "title": "Training Data Management", "next_review": day(100)},
    {"number": "AI-PRO-03", "title": "AI System Monitoring and Drift", "next_review": day(100)},
]
STEPS = (
    "The shift lead stops the AI model by the stop rule within 15 minutes and falls back to the manual check. Evidence is preserved, "
    "the customer is told within 12 hours, and quality agrees before the restart."
)


def documents(*some: dict[str, Any]) -> Rows:
    return [("document", one) for one in some]


def evidence(*controls: str, **more: Any) -> Rows:
    """A test of each control that passed ten days ago."""
    good = {"title": "Test", "kind": "test", "supports_date": day(-10), "result": "passed", "tester": "Ada Kern", "link": "ISMS folder"}
    return [("evidence", {**good, "control": [one], **more}) for one in controls]


def tests_of(*controls: str) -> Three:
    """Each control tested; the last of them failed; the last of them tested too long ago."""
    rest, last = evidence(*controls[:-1]), controls[-1]
    return Three(
        [*rest, *evidence(last)], [*rest, *evidence(last, result="failed: two of ten")], [*rest, *evidence(last, supports_date=day(-400))]
    )


def control(**more: Any) -> tuple[str, dict[str, Any]]:
    return "control_status", {
        "id": "A.8.13", "applicable": True, "justification": "risk", "implementation_status": "implemented", "how": "nightly", "last_checked": day(-30), **more
    }  # fmt: skip


FLOW = {"name": "Drawings", "data_class": "confidential", "encryption": "TLS 1.3", "allowed": True, "approved_on": day(-90)}
SYSTEM = {"name": "WeldEye", "lifecycle_phase": "operation", "log_source": "SIEM", "log_retention": "12 months", "owner": "P-002"}
AUDIT = {
    "title": "Internal audit",
    "type": "internal",
    "status": "done",
    "start_date": day(-100),
    "end_date": day(-98),
    "auditor": "Jon Brandt",
}
REVIEW = {
    "title": "Management review", "held_on": day(-60), "state": "done", "decisions": "Hire one", "nonconformities": "none open", "audit_results": "five findings", "ai": "two incidents",
}  # fmt: skip
ACTION = {
    "title": "Leavers lose accounts", "owner": "P-002", "state": "closed", "due_date": day(-20), "closed_on": day(-21), "root_cause": "no step in the form",
    "effectiveness_result": "no account left", "reviewer": "P-003", "reviewed_on": day(-22), "evidence": ["EV-001"], "accepted_at": at(-100),
}  # fmt: skip
OPEN = {"title": "Locks", "owner": "P-002", "state": "action_planned", "due_date": day(20), "accepted_at": at(-5)}
FILED: Rows = [("external_ref", {"kind": "corrective_action", "row_id": "CA-001", "tracker": "board", "key": "T-1"})]
OTHER: Rows = [("external_ref", {"kind": "corrective_action", "row_id": "CA-404", "tracker": "board", "key": "T-2"})]

PLANTS = {
    "documents_inside_their_review": three("document", POLICY, {"next_review": day(-1)}, {"next_review": None}),
    "mandatory_documents_in_force": Three(documents(POLICY, SCOPE, METHOD), documents(POLICY, SCOPE), []),
    "ai_policy_in_force": Three(
        documents(POLICY, AI_POLICY), documents(POLICY, {**AI_POLICY, "state": "draft"}), documents(POLICY, {**AI_POLICY, "next_review": None})
    ),
    "ai_documents_in_force": Three(documents(AI_POLICY, *OF_AI), documents(AI_POLICY, *OF_AI[:-1]), []),
    "procedures_match_practice": Three(
        [*documents(OF_AI[0]), ("walk_through", {"document": "IS-PRO-06", "walked_on": day(-40), "matches": True})],
        [*documents(OF_AI[0]), ("walk_through", {"document": "IS-PRO-06", "walked_on": day(-40), "matches": False})],
        [*documents(OF_AI[0]), ("walk_through", {"document": "IS-PRO-06", "walked_on": day(-500), "matches": True})],
    ),
    "records_show_compliance": Three(
        [*evidence("A.8.13"), control(evidence=["EV-001"])],
        [*evidence("A.8.13", link=""), control(evidence=["EV-001"])],
        [*evidence("A.8.13", expires_on=day(-1)), control(evidence=["EV-001"])],
    ),
    "ai_incident_procedure_is_complete": Three(
        documents({**OF_AI[0], "text": STEPS}), documents({**OF_AI[0], "text": "Call the control room about the AI model."}), documents(OF_AI[0])
    ),
    "policies_acknowledged": three(
        "acknowledgement", {"document": "IS-POL-01", "owner": "P-002", "version": "1.0", "due_date": day(-5), "done_on": day(-9)}, {"done_on": None},
        around=documents(POLICY),
    ),
    "access_controls_tested": tests_of("A.5.15", "A.5.18", "A.8.2", "A.8.3", "A.8.5"),
    "network_security_verified": tests_of("A.8.20", "A.8.21", "A.8.22"),
    "restore_tested": tests_of("A.8.13"),
    "sensitive_data_encrypted": three("data_flow", FLOW, {"encryption": "none"}, {"encryption": ""}),
    "logging_operational": Three(
        [*evidence("A.8.15"), ("ai_system", SYSTEM)],
        [*evidence("A.8.15"), ("ai_system", {**SYSTEM, "log_source": "none"})],
        [*evidence("A.8.15"), ("ai_system", {**SYSTEM, "log_source": ""})],
    ),
    "ai_systems_have_a_fallback": three(
        "ai_system", {**SYSTEM, "fallback": "Visual inspection within 15 minutes", "recovery_hours": 2}, {"fallback": "none"}, {"fallback": ""}
    ),
    "staff_trained": three(
        "training", {"title": "ISMS basics", "owner": "P-002", "state": "done", "due_date": day(-5), "done_on": day(-9), "expires_on": day(300)},
        {"expires_on": day(-1)}, {"state": "planned", "due_date": None, "done_on": None},
    ),
    "management_commitment_shown": Three(
        [*documents(POLICY), ("management_review", REVIEW)], [*documents(POLICY), ("management_review", {**REVIEW, "held_on": day(-400)})], []
    ),
    "internal_audits_as_planned": three(
        "audit", AUDIT, {"status": "planned"}, {"status": "planned", "start_date": None, "end_date": None}
    ),
    "corrective_actions_in_time": three("corrective_action", OPEN, {"due_date": day(-1)}, {"due_date": None}),
    "nonconformities_have_actions": Three(
        [("finding", {"title": "Doors open", "grade": "minor"}), ("corrective_action", {**OPEN, "finding": "F-001"})],
        [("finding", {"title": "Doors open", "grade": "minor"})],
        [("finding", {"title": "Nice to have", "grade": "observation"})],
    ),
    "accepted_actions_have_a_task": Three(
        [("corrective_action", OPEN), *FILED], [("corrective_action", OPEN), *OTHER], [("corrective_action", OPEN)]
    ),
    "closed_actions_were_effective": three("corrective_action", ACTION, {"reviewer": "P-002"}, {"reviewer": None}, evidence("A.5.18")),
    "trusted_posts_screened": three(
        "governance_role", {"name": "Model developer", "screening": "done", "screened_on": day(-90)}, {"screening": "not_done"}, {"screening": ""}
    ),
    "competence_is_there": three(
        "competence", {"topic": "ot", "owner": "P-002", "level": 3, "needed_level": 3, "shown_by": "course"}, {"level": 2}, {"valid_until": day(-1)}
    ),
    "offices_are_held": three(
        "governance_role", {"name": "AI governance lead", "duties": "keeps the inventory", "owner": "P-002"}, {"owner": None}, {"duties": ""}
    ),
}  # fmt: skip
