"""Readiness on the sample plant: the faults that its registers hold on purpose are found, each by the check that an auditor would begin with."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
import yaml

from assistant import identity
from assistant.assurance import readiness
from assistant.assurance.readiness import Report
from assistant.demo import PLANT, load_people
from assistant.exchange import plant
from knowledge.registers import Document, DocumentVersion, Store, risk_method
from knowledge.registers.derived import Context
from knowledge.registers.rights import INSTALLATION
from tests.builders import a_store

TODAY = date(2026, 11, 24)
INES, EMIL = "ines.albrecht@tessmar.example", "emil.sorg@tessmar.example"
RESTRICTED = ("INC-2026-007", "AP-016", "R-045", "EV-062", "MR-2026-002", "IS-SEC-01")


def front(path: Path) -> dict[str, str]:
    """What a document of the sample plant says about itself, without its text."""
    text = path.read_text("utf-8")
    return yaml.safe_load(text if path.suffix == ".yaml" else text.split("---\n")[1])  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    made = a_store(tmp_path_factory.mktemp("sample"))
    load_people(made, PLANT / "people.csv")
    known = [front(path) for path in sorted((PLANT / "documents").iterdir()) if path.suffix in (".yaml", ".md")]
    with made.write() as session:
        session.add_all(Document(number=one["number"], title=one["title"], owner=one["owner"], audience=one["audience"]) for one in known)
        session.flush()
        names = ("number", "version", "state", "approved_on", "next_review")
        session.add_all(DocumentVersion(**{name: one[name] for name in names if name in one}) for one in known)
    plant.load(made, INSTALLATION, PLANT / "registers", datetime.combine(TODAY, time(9), UTC))
    yield made
    made.close()


def report(store: Store, who: str) -> Report:
    actor = identity.asker(store, who)
    with store.read() as session:
        return readiness.run(session, actor, Context(risk_method.current(session), TODAY))


@pytest.fixture(scope="module")
def of_ines(store: Store) -> Report:
    return report(store, INES)


PLANTED = {
    "ai_risks_treated": {"R-017", "R-018"},
    "risks_have_owners": {"R-018"},
    "acceptances_valid": {"R-026"},
    "ai_systems_reviewed": {"AI-008", "AI-009"},
    "ai_vendors_assessed": {"SUP-008", "SUP-011"},
    "plant_devices_stand_in_zones": {"A-029"},
    "exclusions_fit_the_scope": {"A.8.30"},
    "controls_checked_in_12_months": {"A.5.32", "A.8.27"},
    "corrective_actions_in_time": {"CA-2026-003"},
    "nothing_belongs_to_leavers": {"AI-009", "A-037", "FW-006", "FW-011", "R-017"},
    "nonconformities_have_actions": {"F-2026-006"},
    "virtual_patches_in_time": {"CM-004"},
    "releases_follow_change_management": {"REL-2025-003", "REL-2026-007"},
    "developers_do_not_release_their_own": {"REL-2026-007"},
    "sensitive_data_encrypted": {"DF-020"},
    "sessions_approved": {"AP-004"},
    "firewall_rules_in_force": {"FW-013"},
    "plant_certificates_valid": {"MI-011"},
    "ways_in_are_controlled": {"AP-009", "AP-014"},
    "documents_inside_their_review": {"IS-PRO-12"},
    "ai_documents_in_force": {"AI-PRO-03"},
    "procedures_match_practice": {"AI-PRO-02", "OT-WI-07"},
    "maintenance_windows_do_not_clash": {"MW-005"},
    "ai_access_is_controlled": {"AP-008", "AP-012"},
    "model_data_encrypted": {"A-005"},
    "flows_pass_conduits": {"DF-020"},
    "staff_trained": {"T-0003", "T-0008"},
}
"""Check -> rows that it has to name; see PLANTED in tests/test_sample_registers.py for what is wrong with them."""


@pytest.mark.parametrize("name", sorted(PLANTED))
def test_a_planted_fault_is_found(of_ines: Report, name: str) -> None:
    outcome = next(one.outcome for one in of_ines.results if one.check.name == name)
    assert outcome.state == "no"
    assert {part.id for part in outcome.proof} >= PLANTED[name]


def test_what_the_plant_has_in_order_is_yes(of_ines: Report) -> None:
    yes = {one.check.name for one in of_ines.results if one.outcome.state == "yes"}
    assert {
        "ai_policy_in_force",
        "management_review_in_12_months",
        "internal_audit_in_12_months",
        "climate_change_decided",
        "certificate_valid",
    } <= yes
    assert {"deployed_models_match_their_release", "statement_of_applicability_is_complete", "masking_where_people_are_shown"} <= yes


def test_a_major_candidate_of_the_next_audit_comes_first(of_ines: Report) -> None:
    first = of_ines.gaps[0]
    assert first.result.check.weight == "major" and first.next_audit and of_ines.audit == date(2027, 1, 3)


def test_restricted_rows_show_to_nobody_who_may_not_read_them(store: Store, of_ines: Report) -> None:
    def told(some: Report) -> str:
        return " ".join(f"{part.id} {part.said.en} {one.outcome.said.en}" for one in some.results for part in one.outcome.proof)

    assert "INC-2026-007" in told(of_ines)
    others = told(report(store, EMIL)) + told(report(store, "lea.hartwig@tessmar.example"))
    assert [id_ for id_ in RESTRICTED if re.search(rf"\b{id_}\b", others)] == []
