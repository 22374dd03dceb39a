"""Plants for the Statement of Applicability, what a lead auditor opens with, and contradictions between registers."""

from knowledge import controls
from tests.readiness_plants import Rows, Three, at, day, three
from tests.readiness_plants.checklist import AUDIT, POLICY, SYSTEM, control, documents, evidence
from tests.readiness_plants.findings import RISK
from tests.readiness_plants.plant import PATH, RULE

ALL_93 = [control(id=one.id) for one in controls.catalogue().entries(controls.ISO_2022, "control")]
ACCEPTED = {**RISK, "treatment": "retain", "accepted_at": at(-30), "accepted_by": "P-002", "acceptance_expires": day(300)}
FURNACE = {
    **SYSTEM, "name": "FurnaceTune", "writes_plc": True, "safety_function": False, "human_oversight": "operator confirms", "impact_assessment": "done",
    "autonomy": "human_in_the_loop", "last_review": day(-60),
}  # fmt: skip
IMAGES = {"name": "Weld images", "class": "training_dataset", "personal_data": False}
MASKING_EXCLUDED: Rows = [control(id="A.8.11", applicable=False, exclusion_reason="No images of people are taken anywhere")]
GONE: Rows = [("person", {"id": "P-009", "name": "Ralf Gone", "email": "ralf@plant.example", "department": "Left the company"})]
TRAINED = {"title": "OT security", "owner": "P-002", "state": "done", "done_on": day(-20), "expires_on": day(300)}
CHECKED = ("audit_check", {"audit": "AU-001", "question": "Are rights reviewed?", "owner": "P-002"})
AREA = {
    "name": "Camera",
    "class": "edge_ai_device",
    "owner": "P-002",
    "in_scope": True,
    "confidentiality": 3,
    "integrity": 4,
    "availability": 3,
    "classification": "internal",
}
CLOUD = {
    "name": "Orders to DemandCast", "cloud": True, "data_class": "confidential", "region": "EU", "encryption": "TLS 1.3", "contract": "OB-001", "allowed": True,
    "approved_on": day(-90),
}  # fmt: skip
CERTIFIED = ("certificate", {"number": "C-1", "standard": "ISO/IEC 27001:2022", "issued_on": day(-330), "expires_on": day(765)})
LAW = {"name": "EU AI Act", "owner": "P-002", "review_date": day(60)}

PLANTS = {
    "statement_of_applicability_is_complete": Three(ALL_93, ALL_93[:-1], []),
    "controls_have_a_reason": Three([control()], [control(justification="")], []),
    "statement_in_step_with_risks": Three([control(), ("risk", RISK)], [control(), ("risk", {**RISK, "assessed_on": day(-2)})], [control()]),
    "masking_where_people_are_shown": Three(
        [control(id="A.8.11")],
        [*MASKING_EXCLUDED, ("asset", {**IMAGES, "personal_data": True})],
        [*MASKING_EXCLUDED, ("asset", {**IMAGES, "personal_data": None})],
    ),
    "exclusions_fit_the_scope": Three(
        [control(applicable=False, exclusion_reason="No software is developed by others; checked against all contracts")],
        [control(applicable=False, exclusion_reason="not relevant")],
        [control()],
    ),
    "acceptances_valid": three("risk", ACCEPTED, {"acceptance_expires": day(-1)}, {"acceptance_expires": None}),
    "risks_have_owners": Three([("risk", RISK)], [("risk", {**RISK, "owner": None})], []),
    "risks_rely_on_controls_that_apply": Three(
        [control(), ("risk", {**RISK, "annex_a_controls": ["A.8.13"]})],
        [control(applicable=False), ("risk", {**RISK, "annex_a_controls": ["A.8.13"]})],
        [control(), ("risk", {**RISK, "annex_a_controls": ["A.8.24"]})],
    ),
    "implemented_controls_have_evidence": Three([*evidence("A.8.13"), control()], [control()], []),
    "controls_checked_in_12_months": Three([control()], [control(check_result="not ok: key lost")], [control(last_checked=None)]),
    "ids_of_the_edition_in_force": Three(
        documents({**POLICY, "text": "Logs are kept as A.8.15 asks."}), documents({**POLICY, "text": "Logs are kept as A.12.4.1 asks."}), []
    ),
    "certification_audits_in_their_window": Three(
        [CERTIFIED, ("audit", {**AUDIT, "type": "surveillance_1", "start_date": day(20), "end_date": day(21), "status": "planned"})],
        [CERTIFIED], [("certificate", {**CERTIFIED[1], "issued_on": day(-100)})],
    ),
    "plc_writers_overseen": three("ai_system", FURNACE, {"human_oversight": ""}, {"writes_plc": None}),
    "climate_change_decided": three(
        "isms", {"name": "ISMS", "climate_relevant": True, "climate_decision": "Heat matters", "climate_decided_on": day(-90)},
        {"climate_relevant": None, "climate_decision": "", "climate_decided_on": None},
    ),
    "auditors_do_not_audit_their_own_work": Three(
        [("audit", AUDIT), CHECKED],
        [("audit", {**AUDIT, "auditor": "Ada Kern"}), CHECKED],
        [("audit", {**AUDIT, "auditor": "An outside firm"}), CHECKED],
    ),
    "access_goes_with_training": Three(
        [("access_path", PATH), ("training", TRAINED)],
        [("access_path", PATH), ("training", {**TRAINED, "expires_on": day(-1)})],
        [("access_path", PATH)],
    ),
    "nothing_belongs_to_leavers": Three([*GONE, ("firewall_rule", RULE)], [*GONE, ("firewall_rule", {**RULE, "owner": "P-009"})], GONE),
    "assets_are_complete": three("asset", AREA, {"owner": None}, {"classification": ""}),
    "obligations_reviewed": three("obligation", LAW, {"review_date": day(-1)}, {"review_date": None}),
    "threats_noted_lately": three("threat_note", {"title": "Drivers of edge boxes", "noted_on": day(-20)}, {"noted_on": day(-200)}),
    "cloud_transfers_complete": three("data_flow", CLOUD, {"contract": None}, {"region": ""}, [("obligation", LAW)]),
    "registers_hold_no_duplicates": Three([("asset", AREA)], [("asset", AREA), ("asset", {**AREA, "name": "CAMERA"})], []),
}  # fmt: skip
