"""Plants for models, network, identities and patches."""

from tests.readiness_plants import Three, at, day, three
from tests.readiness_plants.checklist import SYSTEM, documents

RELEASE = {
    "version": "3.4", "state": "deployed", "weights_hash": "9b1f", "deployed_hash": "9b1f", "change": "CH-001", "developer": "P-001", "validator": "P-002",
    "validated_on": day(-40), "approver": "P-003", "approved_on": day(-35), "deployed_on": day(-30), "deployer": "P-002", "rollback": "3.3 on the box",
    "adversarial_test": "50 altered images",
}  # fmt: skip
CHANGE = ("change", {"title": "Roll-out of 3.4"})
ZONES = [("zone", {"name": "Office"}), ("zone", {"name": "OT DMZ"}), ("zone", {"name": "K1", "kind": "conduit"})]
FLOW = {"name": "Images", "from_zone": "Z-001", "to_zone": "Z-002", "conduit": "Z-003", "allowed": True, "approved_on": day(-90)}
AI_FLOW = {
    "name": "Series to SpindleWatch", "ai_system": "AI-001", "allowed": True, "approver": "P-003", "approved_on": day(-90), "direction": "one_way",
    "review_date": day(60),
}  # fmt: skip
RULE = {"name": "Logs to the SIEM", "owner": "P-002", "expires_on": day(60), "last_review": day(-30)}
PATH = {
    "name": "Maintenance of W1", "kind": "remote", "mfa": True, "identity_source": "directory", "approver": "P-003", "approved_on": day(-90),
    "expires_on": day(60), "last_review": day(-30), "holder": "P-002",
}  # fmt: skip
IDENTITY = {"name": "Certificate E1", "kind": "certificate", "owner": "P-002", "expires_on": day(60), "rotation_due": day(30)}
MEASURE = {"title": "Gateway before C1", "owner": "P-002", "approver": "P-003", "expires_on": day(60), "review_date": day(30)}
PLC = {"name": "PLC of C3", "class": "plc", "zone": "Z-001", "purdue_level": 1, "patched_on": day(-60), "owner": "P-002"}
WINDOW = {"title": "Weekend", "starts_at": at(5), "ends_at": at(6), "assets": ["A-001"], "owner": "P-002"}
ENDPOINT = {
    "name": "Alarm interface", "class": "api_endpoint", "auth_method": "client certificate", "rate_limit": "10 a minute", "input_check": True,
    "log_source": "SIEM", "rotation_due": day(30), "owner": "P-002",
}  # fmt: skip
MODEL = {"name": "WeldEye 3.4", "class": "production_ai_model", "in_scope": True}
WATCH = {"name": "Dashboard", "class": "monitoring"}
PIPELINE = {"name": "Intake", "class": "feature_pipeline", "signing": True, "scanning": True, "secrets_kept": True}
WRITING = {
    "name": "Set point to C3",
    "to_plc": True,
    "writes": True,
    "protocol": "OPC UA",
    "protection": "SignAndEncrypt",
    "approved_on": day(-90),
}

PLANTS = {
    "deployed_models_match_their_release": three("release", RELEASE, {"deployed_hash": "5f0d"}, {"deployed_hash": ""}, [CHANGE]),
    "releases_follow_change_management": three("release", RELEASE, {"change": None}, None, [CHANGE]),
    "changes_approved_first": three(
        "change",
        {"title": "Film recipe", "state": "done", "done_on": day(-10), "approved_on": day(-20), "requester": "P-002", "approver": "P-003"},
        {"approved_on": day(-5)}, {"approved_on": None},
    ),
    "developers_do_not_release_their_own": three("release", RELEASE, {"approver": "P-001"}, {"developer": None}, [CHANGE]),
    "models_tested_against_manipulation": three("release", RELEASE, {"adversarial_test": "not done"}, {"adversarial_test": ""}, [CHANGE]),
    "training_data_integrity_checked": three(
        "asset", {"name": "WE-DS-07", "class": "training_dataset", "content_hash": "9b1f", "hash_checked_on": day(-4)}, {"content_hash": "none"},
        {"hash_checked_on": day(-120)},
    ),
    "zones_reach_their_level": three(
        "zone", {"name": "Welding", "target_level": 2, "achieved_level": 2}, {"achieved_level": 1}, {"achieved_level": None}
    ),
    "plant_devices_stand_in_zones": three("asset", PLC, {"zone": None}, None, ZONES),
    "flows_pass_conduits": three("data_flow", FLOW, {"conduit": None}, None, ZONES),
    "flows_to_ai_are_approved": three(
        "data_flow", AI_FLOW, {"approver": None}, {"review_date": day(-1)}, [("ai_system", SYSTEM)]
    ),
    "historians_stand_in_the_dmz": three(
        "asset", {"name": "PlantHist", "class": "historian", "zone": "Z-002"}, {"zone": "Z-001"}, {"zone": None}, ZONES
    ),
    "firewall_rules_in_force": three("firewall_rule", RULE, {"expires_on": day(-1)}, {"expires_on": None}),
    "accounts_come_from_a_directory": three("access_path", PATH, {"identity_source": "local account"}, {"identity_source": ""}),
    "machine_identities_rotated": three("machine_identity", IDENTITY, {"rotation_due": day(-1)}, {"rotation_due": None}),
    "plant_certificates_valid": three("machine_identity", IDENTITY, {"expires_on": day(-1)}, {"expires_on": None}),
    "sessions_approved": three("access_path", {**PATH, "kind": "session"}, {"approver": None}, {"approved_on": None}),
    "ways_in_are_controlled": three("access_path", PATH, {"mfa": False}, {"mfa": None}),
    "patch_state_is_known": three("asset", PLC, {"patched_on": day(-500)}, {"patched_on": None}, ZONES),
    "virtual_patches_in_time": three("compensating_measure", MEASURE, {"expires_on": day(-1)}, {"review_date": day(-1)}),
    "ai_updates_follow_a_procedure": three(
        "ai_system", {**SYSTEM, "procedure": "AI-PRO-01"}, {"procedure": None}, None, documents({"number": "AI-PRO-01", "title": "Updates"})
    ),
    "maintenance_windows_do_not_clash": Three(
        [("asset", {**PLC, "zone": None}), ("maintenance_window", WINDOW), ("maintenance_window", {**WINDOW, "starts_at": at(7), "ends_at": at(8)})],
        [("asset", {**PLC, "zone": None}), ("maintenance_window", WINDOW), ("maintenance_window", {**WINDOW, "title": "Special window"})],
        [("maintenance_window", {**WINDOW, "assets": [], "starts_at": at(-7), "ends_at": at(-6)})],
    ),
    "endpoints_are_protected": three("asset", ENDPOINT, {"auth_method": "none"}, {"rate_limit": ""}),
    "ai_assets_are_monitored": Three(
        [("asset", MODEL), ("asset", {**WATCH, "covers": ["A-001"]})], [("asset", MODEL), ("asset", WATCH)], [("asset", MODEL)]
    ),
    "pipelines_are_secured": three("asset", PIPELINE, {"signing": False}, {"secrets_kept": None}),
    "industrial_protocols_protected": three("data_flow", WRITING, {"protection": "none"}, {"protection": ""}),
}  # fmt: skip
