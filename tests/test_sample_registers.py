"""The registers of the sample plant hold together: headers, links, people, codes, dates, counts, and the faults planted in them."""

import csv
import json
import re
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from knowledge import controls
from knowledge.registers import derived, risk_method
from knowledge.registers.assets import AI_CLASSES
from knowledge.registers.audits import ACTION_STATES
from knowledge.registers.columns import Kind
from knowledge.registers.descriptions import REGISTERS
from knowledge.registers.risks import AI_CATEGORIES, IMPACT_COLUMNS
from knowledge.registers.values import BadValue, checked, checked_id

PLANT = Path(__file__).parents[1] / "knowledge" / "sample_plant"
FOLDER = PLANT / "registers"
TODAY = date(2026, 11, 24)
TOKEN = re.compile(r"today(?:(?P<count>[+-]\d+)(?P<unit>[dmy]?))?(?:T(?P<time>\d\d:\d\d))?")
ELSEWHERE = {"person", "document", "risk_method", "proposal"}
"""Registers that come from people.csv, from the documents themselves, from risk_method.json, or from working with the product."""
RESTRICTED = "role:isms_manager"
ALL_FILES = sorted(FOLDER.rglob("*.csv"), key=lambda path: path.relative_to(FOLDER).as_posix())
THREATS = {row["atlas_id"]: row["guide_threat"] for row in csv.DictReader((controls.FRAMEWORKS / "atlas.csv").open(encoding="utf-8"))}


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def header(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file).fieldnames or ())


def id_head(register: str) -> str:
    return REGISTERS[register].by_name[REGISTERS[register].id_name].head


@cache
def rows(register: str) -> tuple[dict[str, str], ...]:
    """The rows of a register, each joined with its details."""
    found = read(FOLDER / f"{register}.csv")
    more = FOLDER / "details" / f"{register}.csv"
    if more.exists():
        key = id_head(register)
        details = {row[key]: row for row in read(more)}
        return tuple({**row, **details.get(row[key], {})} for row in found)
    return tuple(found)


@cache
def ids() -> dict[str, set[str]]:
    """What a link may name, by register."""
    known = {name: {row[id_head(name)] for row in rows(name)} for name in files() if name != "measurement"}
    known["person"] = {row["email"] for row in read(PLANT / "people.csv")}
    numbers = (re.match(r"[A-Z]+-[A-Z]+-\d+", path.name) for path in (PLANT / "documents").iterdir())
    known["document"] = {number.group() for number in numbers if number}
    return known


def files() -> list[str]:
    return [path.stem for path in ALL_FILES if path.parent == FOLDER]


def resolved(text: str) -> str:
    """The value with `today-35`, `today+3m` or `today-3T03:30` as the day or moment it stands for."""
    if not (token := TOKEN.fullmatch(text)):
        return text
    days = int(token["count"] or 0) * {"m": 30, "y": 365}.get(token["unit"] or "", 1)
    day = TODAY + timedelta(days=days)
    return datetime.combine(day, time.fromisoformat(token["time"]), UTC).isoformat() if token["time"] else day.isoformat()


def day(row: dict[str, str], name: str) -> date | None:
    return date.fromisoformat(resolved(row[name])[:10]) if row.get(name) else None


def days(row: dict[str, str], name: str) -> int:
    """How many days from now; the value must be there."""
    found = day(row, name)
    assert found, (row, name)
    return (found - TODAY).days


def score(risk: dict[str, str], pair: str) -> int:
    return int(risk[f"{pair}_proba"]) * int(risk[f"{pair}_impact"])


# --- form ----------------------------------------------------------------------------------------------------------


def test_every_register_that_a_plant_keeps_has_its_file() -> None:
    assert set(files()) == set(REGISTERS) - ELSEWHERE


@pytest.mark.parametrize("name", files())
def test_a_file_has_the_plain_header_of_its_register(name: str) -> None:
    found = header(FOLDER / f"{name}.csv")
    assert found[: len(REGISTERS[name].header)] == list(REGISTERS[name].header)
    assert found[len(REGISTERS[name].header) :] in ([], ["audience"])


@pytest.mark.parametrize("path", [path for path in ALL_FILES if path.parent != FOLDER], ids=lambda path: path.stem)
def test_details_belong_to_rows_that_exist(path: Path) -> None:
    register = REGISTERS[path.stem]
    key, *columns = header(path)
    assert register.column(key) is not None
    assert not set(columns) & set(register.header)
    assert all(register.column(name) in register.writable for name in columns)
    assert {row[key] for row in read(path)} <= ids()[path.stem]


@pytest.mark.parametrize("path", ALL_FILES, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_every_value_may_stand_in_its_column(path: Path) -> None:
    """Links resolve, e-mails are those of people, codes, numbers, controls and dates are what the product accepts."""
    register = REGISTERS[path.stem]
    wrong = []
    for number, row in enumerate(read(path), start=2):
        for name, value in row.items():
            column = register.column(name)
            assert column, name
            if column.kind is Kind.COMPUTED:
                continue
            if column.kind is Kind.CODE and value and column.codes and value not in column.codes:
                wrong.append((number, name, value, "no code"))
            try:
                checked(column, resolved(value), lambda target, written: written if written in ids()[target] else None)
            except BadValue as bad:
                wrong.append((number, name, value, str(bad)))
    assert not wrong


@pytest.mark.parametrize("name", [name for name in files() if name != "measurement"])
def test_ids_are_unique_and_in_the_form_of_their_register(name: str) -> None:
    about = REGISTERS[name].about
    found = [checked_id(row[id_head(name)]) for row in rows(name)]
    assert len(found) == len(set(found))
    if about.prefix:
        year = r"\d{4}-" if about.yearly else ""
        assert all(re.fullmatch(rf"{about.prefix}-{year}\d{{{about.digits}}}", id_) for id_ in found)


def test_rows_that_are_no_one_elses_business_are_restricted_in_six_registers() -> None:
    restricted = [name for name in files() if any(row.get("audience") == RESTRICTED for row in rows(name))]
    assert len(restricted) >= 6
    assert {row["id"] for row in rows("incident") if row["audience"] == RESTRICTED} == {"INC-2026-007"}


def test_rows_that_staff_may_read_do_not_name_restricted_ones() -> None:
    hidden = {row.get("id") or row["ref_id"] for name in files() for row in rows(name) if row.get("audience") == RESTRICTED}
    named = re.compile("|".join(map(re.escape, sorted(hidden))))
    shown = [row for name in files() for row in rows(name) if row.get("audience") != RESTRICTED]
    assert not [(row, found.group()) for row in shown for value in row.values() if (found := named.search(value or ""))]


# --- counts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("register", "least"),
    [
        ("asset", 80), ("ai_system", 12), ("supplier", 12), ("risk", 45), ("evidence", 40), ("obligation", 15), ("finding", 12),
        ("incident", 8), ("training", 15), ("data_flow", 15), ("access_path", 10), ("firewall_rule", 10), ("machine_identity", 10),
        ("zone", 19), ("programme_task", 15), ("release", 5), ("monitoring_alert", 8), ("compensating_measure", 5),
    ],
)  # fmt: skip
def test_a_register_is_large_enough_to_work_with(register: str, least: int) -> None:
    assert len(rows(register)) >= least


@pytest.mark.parametrize(
    ("register", "count"), [("ai_system", 12), ("risk", 45), ("control_status", 93), ("corrective_action", 12), ("kpi", 12)]
)
def test_a_register_has_the_number_of_rows_that_was_asked_for(register: str, count: int) -> None:
    assert len(rows(register)) == count


def test_twenty_and_more_assets_are_ai_and_every_class_of_ai_is_there() -> None:
    classes = Counter(row["class"] for row in rows("asset"))
    assert sum(classes[name] for name in AI_CLASSES) >= 20
    assert all(classes[name] for name in AI_CLASSES)


def test_each_kpi_was_measured_in_twelve_months() -> None:
    months = defaultdict(list)
    for row in rows("measurement"):
        months[row["kpi"]].append(days(row, "date"))
    assert set(months) == ids()["kpi"]
    assert all(len(found) == len(set(found)) == 12 and -31 <= max(found) < 0 for found in months.values())


def test_two_kpis_miss_their_target_in_the_last_month() -> None:
    last = {row["kpi"]: float(row["value"]) for row in sorted(rows("measurement"), key=lambda row: days(row, "date"))}
    missed = [
        kpi["id"]
        for kpi in rows("kpi")
        if (last[kpi["id"]] < float(kpi["target"]) if kpi["direction"] == "up" else last[kpi["id"]] > float(kpi["target"]))
    ]
    assert missed == ["KPI-007", "KPI-009"]


# --- risks ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("risk", rows("risk"), ids=lambda risk: risk["ref_id"])
def test_a_risk_is_written_and_judged_as_the_method_says(risk: dict[str, str]) -> None:
    assert re.fullmatch(r"Because (of )?.+, .+ may .+, leading to .+\.", risk["description"])
    assert all(int(risk[f"{pair}_level"]) == score(risk, pair) for pair in ("inherent", "current", "residual"))
    assert score(risk, "residual") <= score(risk, "current") <= score(risk, "inherent")
    assert int(risk["current_impact"]) == max(int(risk[f"current_{name}"]) for name in IMPACT_COLUMNS)
    assert risk["likelihood_reason"] and risk["impact_reason"] and risk["assets"] and day(risk, "assessed_on")
    assert risk["owner_email"] == risk["owner"]


@pytest.mark.parametrize("risk", rows("risk"), ids=lambda risk: risk["ref_id"])
def test_a_risk_is_treated_as_its_score_asks(risk: dict[str, str]) -> None:
    if risk["treatment"] == "retain":
        assert score(risk, "current") <= 6 and risk["justification"] and risk["accepted_by"]
    elif risk["treatment"]:
        assert risk["additional_controls"] or risk["treatment"] == "avoid"
    if score(risk, "current") > 6 and risk["treatment"]:
        assert day(risk, "due_date")
    if score(risk, "residual") < score(risk, "current"):
        assert risk["likelihood_reason_residual"] and risk["impact_reason_residual"]


@pytest.mark.parametrize("risk", [risk for risk in rows("risk") if risk["accepted_by"]], ids=lambda risk: risk["ref_id"])
def test_a_risk_is_accepted_by_whom_the_method_names_and_for_no_longer_than_it_allows(risk: dict[str, str]) -> None:
    length = days(risk, "acceptance_expires") - days(risk, "accepted_at")
    assert 0 < length <= 365
    if risk["current_safety"] == "5":
        assert risk["accepted_by"] == "juergen.voss@tessmar.example"
    else:
        assert risk["accepted_by"] == risk["owner"]
    assert days(risk, "accepted_at") >= days(risk, "assessed_on")


def the_method() -> derived.Method:
    return risk_method.changed(derived.STANDARD, json.loads((FOLDER / "risk_method.json").read_text("utf-8")))


def test_a_high_risk_is_treated_in_the_time_that_the_method_gives() -> None:
    method = the_method()
    high = [risk for risk in rows("risk") if score(risk, "current") >= method.bands[2].low and risk["due_date"]]
    late = [
        risk["ref_id"]
        for risk in high
        if (band := method.band(score(risk, "current")))
        and days(risk, "due_date") - days(risk, "assessed_on") > method.treatment_days[band.code]
    ]
    # C1 and C2 wait for new PLCs; until then the plant manager decides every 90 days.
    assert late == ["R-031"]


def test_all_nine_threats_of_the_guide_are_used() -> None:
    used = {THREATS[threat] for risk in rows("risk") for threat in risk["threats"].split("|") if threat in THREATS}
    assert len(set(THREATS.values())) == 9
    assert used == set(THREATS.values())


def test_every_category_and_every_band_of_risk_occurs() -> None:
    method = the_method()
    assert method.threshold == 6
    assert set(Counter(risk["category"] for risk in rows("risk"))) == {*AI_CATEGORIES, "ot", "classic"}
    bands = {band.code for risk in rows("risk") if (band := method.band(score(risk, "current")))}
    assert bands == {band.code for band in method.bands}
    assert {risk["treatment"] for risk in rows("risk")} == {"modify", "retain", "avoid", "share", ""}


# --- audits and actions ----------------------------------------------------------------------------------------------


def test_the_audit_cycle_is_coherent() -> None:
    audits = {audit["type"]: audit for audit in rows("audit") if audit["status"] == "done"}
    planned = {audit["type"]: audit for audit in rows("audit") if audit["status"] == "planned"}
    certified = days(rows("isms")[0], "certified_on")
    assert days(audits["stage_1"], "end_date") < days(audits["stage_2"], "start_date") < certified
    assert 38 <= days(planned["surveillance_1"], "start_date") <= 42 and days(planned["surveillance_1"], "end_date") <= certified + 365
    assert -160 <= days(audits["internal"], "start_date") <= -140
    assert days(planned["surveillance_1"], "end_date") < days(planned["surveillance_2"], "start_date")
    certificate = next(row for row in rows("certificate") if row["standard"].startswith("ISO/IEC 27001"))
    assert days(certificate, "issued_on") == certified
    assert days(planned["recertification"], "end_date") < days(certificate, "expires_on") <= certified + 3 * 365 + 1
    assert all((days(audit, "start_date") < 0) == (audit["status"] == "done") for audit in rows("audit"))


def test_the_last_management_review_was_eleven_months_ago_and_the_next_is_before_the_audit() -> None:
    open_ones = [row for row in rows("management_review") if row.get("audience") != RESTRICTED]
    assert [days(row, "held_on") for row in open_ones] == [-335, 22]


def test_two_past_audits_and_more_have_findings_of_every_grade() -> None:
    past = {audit["id"] for audit in rows("audit") if audit["status"] == "done"}
    assert len({finding["audit"] for finding in rows("finding")} & past) >= 2
    assert Counter(finding["grade"] for finding in rows("finding"))["major"] == 2
    assert {finding["grade"] for finding in rows("finding")} == {"major", "minor", "observation", "opportunity", "area_of_concern"}


def test_corrective_actions_stand_in_every_state_and_two_answer_a_major() -> None:
    assert {action["state"] for action in rows("corrective_action")} == set(ACTION_STATES)
    grade = {finding["id"]: finding["grade"] for finding in rows("finding")}
    assert [action["id"] for action in rows("corrective_action") if grade[action["finding"]] == "major"] == ["CA-2025-001", "CA-2026-006"]


NEEDED = {
    "contained": ("containment", "contained_on", "contained_by"),
    "cause_analysed": ("root_cause", "exists_elsewhere", "analysed_on"),
    "action_planned": ("action", "owner", "due_date", "criterion", "planned_on", "criterion_set_at", "accepted_by"),
    "action_done": ("done_on", "evidence"),
    "effectiveness_reviewed": ("effectiveness_result", "reviewer", "reviewed_on"),
    "closed": ("closed_on",),
}


@pytest.mark.parametrize("action", rows("corrective_action"), ids=lambda action: action["id"])
def test_an_action_holds_what_its_state_needs_and_its_days_are_in_order(action: dict[str, str]) -> None:
    steps = list(NEEDED)
    if action["state"] in steps:
        for state in steps[: steps.index(action["state"]) + 1]:
            assert all(action[name] for name in NEEDED[state]), state
    order = [
        days(action, name)
        for name in ("reported_on", "contained_on", "analysed_on", "planned_on", "done_on", "reviewed_on", "closed_on")
        if action[name]
    ]
    assert order == sorted(order)
    if action["reviewer"]:
        assert action["reviewer"] != action["owner"]
    if action["done_on"]:
        supported = {row["id"]: days(row, "supports_date") for row in rows("evidence")}
        assert all(supported[id_] >= days(action, "done_on") for id_ in action["evidence"].split("|") if id_)


@pytest.mark.parametrize("action", rows("corrective_action"), ids=lambda action: action["id"])
def test_a_due_day_follows_the_grade_unless_it_was_moved_with_a_reason(action: dict[str, str]) -> None:
    grade = next(finding["grade"] for finding in rows("finding") if finding["id"] == action["finding"])
    first = days(action, "original_due_date" if action["original_due_date"] else "due_date")
    assert first - days(action, "reported_on") == {"major": 60, "minor": 90, "observation": 180}[grade]
    if action["original_due_date"]:
        assert (action["extension_reason"] and action["extension_approver"]) or (action["reopened_on"] and action["reopen_reason"])


# --- Statement of Applicability --------------------------------------------------------------------------------------


def test_the_statement_has_a_row_for_each_of_the_93_controls_in_order() -> None:
    wanted = [control.id for control in controls.catalogue().entries(controls.ISO_2022, "control")]
    assert [row["control"] for row in rows("control_status")] == wanted


@pytest.mark.parametrize("row", rows("control_status"), ids=lambda row: row["control"])
def test_a_control_is_justified_and_described_or_excluded_with_a_reason(row: dict[str, str]) -> None:
    if row["applicable"] == "yes":
        assert row["justification"] and row["how"] and row["owner"] and not row["exclusion_reason"]
    else:
        assert row["exclusion_reason"] and row["implementation_status"] == "not_applicable"


def test_a_handful_of_controls_is_not_fully_implemented() -> None:
    states = Counter(row["implementation_status"] for row in rows("control_status"))
    assert states["implemented"] > 70 and states["partly"] >= 5 and states["planned"] == 1 and states["not_applicable"] == 2


# --- always something to do, and faults as auditors find them ----------------------------------------------------------

DUE = [
    ("corrective_action", "due_date"), ("risk", "review_date"), ("evidence", "expires_on"), ("training", "due_date"), ("supplier", "next_assessment"),
    ("machine_identity", "expires_on"), ("firewall_rule", "expires_on"), ("compensating_measure", "expires_on"), ("programme_task", "due_date"),
    ("obligation", "review_date"), ("risk", "acceptance_expires"), ("asset", "rotation_due"), ("audit", "start_date"),
]  # fmt: skip


@pytest.mark.parametrize(("least", "most"), [(-3000, -91), (-90, -1), (0, 7), (8, 14), (15, 30), (31, 90), (91, 3000)])
def test_something_is_due_in_every_stretch_of_time(least: int, most: int) -> None:
    at = [days(row, name) for register, name in DUE for row in rows(register) if row.get(name)]
    assert len([when for when in at if least <= when <= most]) >= 5


@pytest.mark.parametrize(("register", "name"), DUE)
def test_a_kind_of_date_has_something_to_come_and_something_past(register: str, name: str) -> None:
    at = [days(row, name) for row in rows(register) if row.get(name)]
    assert min(at) < 0 < max(at)


def ai_without_treatment() -> list[str]:
    return [risk["ref_id"] for risk in rows("risk") if risk["category"] in AI_CATEGORIES and not risk["treatment"]]


def risks_without_owner() -> list[str]:
    return [risk["ref_id"] for risk in rows("risk") if not risk["owner"]]


def expired_acceptances() -> list[str]:
    return [risk["ref_id"] for risk in rows("risk") if risk["acceptance_expires"] and days(risk, "acceptance_expires") < 0]


def systems_never_reviewed() -> list[str]:
    return [system["id"] for system in rows("ai_system") if system["lifecycle_phase"] == "operation" and not system["last_review"]]


def ai_suppliers_never_assessed() -> list[str]:
    return [supplier["id"] for supplier in rows("supplier") if supplier["ai_vendor"] == "yes" and not supplier["last_assessment"]]


def edge_boxes_without_zone() -> list[str]:
    return [
        asset["id"]
        for asset in rows("asset")
        if asset["class"] == "edge_ai_device" and not asset["zone"] and "shelf" not in asset["scope_reason"]
    ]


def excluded_with_a_weak_reason() -> list[str]:
    return [row["control"] for row in rows("control_status") if row["applicable"] == "no" and len(row["exclusion_reason"]) < 20]


def controls_never_checked() -> list[str]:
    return [row["control"] for row in rows("control_status") if row["applicable"] == "yes" and not row["last_checked"]]


def overdue_actions() -> list[str]:
    return [action["id"] for action in rows("corrective_action") if action["state"] != "closed" and days(action, "due_date") < 0]


def rows_of_somebody_who_left() -> list[str]:
    gone = {person["email"] for person in read(PLANT / "people.csv") if person["department"] == "Left the company"}
    return [row.get("id") or row["ref_id"] for name in files() for row in rows(name) if row.get("owner") in gone]


def findings_without_action() -> list[str]:
    answered = {action["finding"] for action in rows("corrective_action")}
    return [finding["id"] for finding in rows("finding") if finding["grade"] in ("major", "minor") and finding["id"] not in answered]


def measures_past_their_end() -> list[str]:
    return [measure["id"] for measure in rows("compensating_measure") if days(measure, "expires_on") < 0]


def releases_out_of_order() -> list[str]:
    deployed = [release for release in rows("release") if release["deployed_on"]]
    return [
        release["id"]
        for release in deployed
        if not release["change"] or not release["approver"] or release["developer"] == release["deployer"]
    ]


def plain_flows_of_confidential_data() -> list[str]:
    return [flow["id"] for flow in rows("data_flow") if "confidential" in flow["data_class"] and flow["encryption"] == "none"]


def sessions_without_approval() -> list[str]:
    return [path["id"] for path in rows("access_path") if path["kind"] == "session" and not path["approver"]]


def rules_without_owner() -> list[str]:
    return [rule["id"] for rule in rows("firewall_rule") if not rule["owner"] or not rule["expires_on"]]


def expired_certificates() -> list[str]:
    return [one["id"] for one in rows("machine_identity") if one["expires_on"] and days(one, "expires_on") < 0]


PLANTED: list[tuple[Any, list[str]]] = [
    (ai_without_treatment, ["R-017"]),
    (risks_without_owner, ["R-018"]),
    (expired_acceptances, ["R-026"]),
    (systems_never_reviewed, ["AI-008"]),
    (ai_suppliers_never_assessed, ["SUP-011"]),
    (edge_boxes_without_zone, ["A-029"]),
    (excluded_with_a_weak_reason, ["A.8.30"]),
    (controls_never_checked, ["A.5.32", "A.8.27"]),
    (overdue_actions, ["CA-2026-003"]),
    (rows_of_somebody_who_left, ["AI-009", "A-037", "FW-006", "FW-011", "R-017"]),
    (findings_without_action, ["F-2026-006"]),
    (measures_past_their_end, ["CM-004"]),
    (releases_out_of_order, ["REL-2025-003", "REL-2026-007"]),
    (plain_flows_of_confidential_data, ["DF-020"]),
    (sessions_without_approval, ["AP-004"]),
    (rules_without_owner, ["FW-013"]),
    (expired_certificates, ["MI-011"]),
]


@pytest.mark.parametrize(("fault", "where"), PLANTED, ids=lambda value: getattr(value, "__name__", ""))
def test_a_fault_is_planted_where_an_auditor_would_find_it(fault: Any, where: list[str]) -> None:
    assert fault() == where


def test_training_and_evidence_are_late_too() -> None:
    assert len([row for row in rows("training") if row["state"] != "done" and days(row, "due_date") < 0]) >= 3
    assert len([row for row in rows("evidence") if row["expires_on"] and days(row, "expires_on") < 0]) >= 3


def test_an_ai_incident_that_is_closed_has_a_lesson() -> None:
    concerned = [incident for incident in rows("incident") if incident["ai_incident"] == "yes"]
    assert len(concerned) >= 2 and all(incident["ai_system"] or incident["assets"] for incident in concerned)
    assert all(incident["lesson"] for incident in rows("incident") if incident["status"] == "closed")


@pytest.mark.parametrize("system", ["WeldEye", "CastVision", "SpindleWatch", "FurnaceTune", "DemandCast", "AskShift"])
def test_the_six_systems_of_the_documents_are_in_the_inventory_and_in_scope(system: str) -> None:
    row = next(row for row in rows("ai_system") if row["name"] == system)
    assert row["in_scope"] == "yes" and row["lifecycle_phase"] == "operation"
    assert (row["writes_plc"] == "yes") == (system == "FurnaceTune")
