"""Readiness: each check on a plant where it is yes, one where it is no, one that does not tell; proof, owners, order, answers, rights."""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import event
from sqlmodel import Session

from assistant.assurance import readiness
from assistant.assurance.corrective import findings
from assistant.assurance.readiness import Report, checks
from assistant.assurance.readiness.check import EFFORTS, WEIGHTS, Outcome
from assistant.assurance.readiness.look import Look
from assistant.assurance.readiness.sampled import named
from knowledge import controls
from knowledge.errors import NotAllowed, RowRefused
from knowledge.registers import REGISTERS, Proposal, Store
from knowledge.registers.rights import Actor
from tests.readiness_plants import Rows, day, keep, plants
from tests.readiness_plants.checklist import control, documents
from tests.readiness_plants.findings import RISK
from tests.readiness_plants.plant import PATH
from tests.records import ADA, CONTEXT, MIRA, NOW, a_store, somebody

PLANTS = plants()
STATES = ("yes", "no", "not_checked")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    made = a_store(tmp_path_factory.mktemp("readiness"))
    yield made
    made.close()


@pytest.fixture
def session(store: Store) -> Iterator[Session]:
    """A session whose rows are gone after the test."""
    with store.read() as found:
        yield found
        found.rollback()


def asked(session: Session, name: str, rows: Rows, actor: Actor = MIRA) -> Outcome:
    keep(session, rows)
    return readiness.ask(Look(session, actor, CONTEXT), checks()[name])


def reported(session: Session, rows: Rows, actor: Actor = MIRA) -> Report:
    keep(session, rows)
    return readiness.run(session, actor, CONTEXT)


# --- every check ---------------------------------------------------------------------------------------------------


def test_every_check_has_its_three_plants() -> None:
    assert set(PLANTS) == set(checks())


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", sorted(PLANTS))
def test_a_check_says_what_the_plant_shows(session: Session, name: str, state: str) -> None:
    outcome = asked(session, name, getattr(PLANTS[name], state))
    assert outcome.state == state, outcome
    assert outcome.said.en and outcome.said.de
    if state == "yes":
        assert outcome.proof, "a yes names rows"
        for part in outcome.proof:
            assert part.source.startswith("row:")
            assert part.kind == "good" and re.search(r"\d{4}-\d\d-\d\d", part.said.en + part.said.de), part
    if state == "no":
        assert outcome.short > 0


@pytest.mark.parametrize("name", sorted(PLANTS))
def test_a_check_on_empty_registers_is_not_checked(session: Session, name: str) -> None:
    assert asked(session, name, []).state == "not_checked"


@pytest.mark.parametrize("name", sorted(checks()))
def test_a_check_is_said_in_both_languages_and_names_what_exists(name: str) -> None:
    check = checks()[name]
    for both in (check.question, check.gap, check.todo):
        assert both.en != both.de and both.en and both.de
    assert check.weight in WEIGHTS and check.effort in EFFORTS and check.role
    known = controls.catalogue()
    for id_ in check.requirement:
        assert known.by_source(id_ if ":" in id_ else f"{controls.ISO_2022}:{id_}"), id_


def test_the_guides_checklist_findings_and_surveillance_items_each_have_a_check() -> None:
    asked_for = {item for check in checks().values() for item in check.items}
    assert {f"SR-{number}" for number in (*range(136, 148), *range(153, 183))} <= asked_for


# --- proof ---------------------------------------------------------------------------------------------------------


def test_a_no_shows_the_rows_that_fall_short_and_counts_all(session: Session) -> None:
    rules: Rows = [("firewall_rule", {"name": f"Rule {n}", "owner": "P-002", "expires_on": day(-1 if n < 30 else 60)}) for n in range(50)]
    outcome = asked(session, "firewall_rules_in_force", rules)
    assert (outcome.rows, outcome.short, len(outcome.proof)) == (50, 30, 10)
    assert outcome.said.en == "30 of 50 firewall rules fall short"
    assert {part.kind for part in outcome.proof} == {"gap"}


def test_stale_proof_is_no_yes_and_is_named(session: Session) -> None:
    outcome = asked(session, "restore_tested", PLANTS["restore_tested"].not_checked)
    assert [(part.id, part.kind) for part in outcome.proof] == [("EV-001", "stale")]
    assert "out of date" in outcome.said.en and "veraltet" in outcome.said.de


def test_a_sentence_says_codes_in_its_language(session: Session) -> None:
    outcome = asked(session, "corrective_actions_in_time", PLANTS["corrective_actions_in_time"].no)
    assert "action planned, Ada Kern" in outcome.proof[0].said.en and "Maßnahme geplant" in outcome.proof[0].said.de
    assert outcome.said.en == "1 of 1 corrective actions falls short; 1 not closed"


def test_what_is_only_planned_proves_nothing(session: Session) -> None:
    later: Rows = [
        ("training", {"title": "ISMS basics", "owner": "P-002", "state": "planned", "due_date": day(30)}),
        ("audit", {"title": "Internal audit", "type": "internal", "status": "planned", "start_date": day(30)}),
    ]
    assert asked(session, "staff_trained", later).state == "not_checked"
    assert readiness.ask(Look(session, MIRA, CONTEXT), checks()["internal_audits_as_planned"]).state == "not_checked"


def test_an_assessment_in_its_own_register_counts_for_the_vendor(session: Session) -> None:
    vendor = ("supplier", {"name": "Nimbra AI", "ai_vendor": True})
    outcome = asked(session, "ai_vendors_assessed", [vendor, ("vendor_assessment", {"supplier": "SUP-001", "assessed_on": day(-20)})])
    assert outcome.state == "yes" and str(day(-20)) in outcome.proof[0].said.en


# --- owners, order, counts -----------------------------------------------------------------------------------------


def test_the_owner_of_the_row_is_proposed(session: Session) -> None:
    report = reported(session, PLANTS["firewall_rules_in_force"].no)
    one = next(one for one in report.results if one.check.name == "firewall_rules_in_force")
    assert (one.owner.person_id, one.owner.name, one.owner.why.en) == ("P-002", "Ada Kern", "owns FW-001")


def test_without_a_row_owner_the_holder_of_the_office_is_proposed(session: Session) -> None:
    office: Rows = [("governance_role", {"name": "OT security engineer", "owner": "P-003"})]
    report = reported(session, [*office, *PLANTS["sessions_approved"].no])
    one = next(one for one in report.results if one.check.name == "sessions_approved")
    assert (one.owner.name, one.owner.why.en) == ("Jon Brandt", "holds the office OT security engineer (GR-001)")


def test_where_nobody_holds_the_office_nobody_is_invented(session: Session) -> None:
    one = next(one for one in reported(session, []).results if one.check.role == "Purchasing")
    assert (one.owner.person_id, one.owner.why.en) == (None, "to be named: Purchasing")


def test_gaps_come_gravest_first_then_what_the_next_audit_samples(session: Session) -> None:
    audit: Rows = [
        (
            "audit",
            {"title": "Surveillance", "type": "surveillance_1", "status": "planned", "start_date": day(40), "scope": "A.8.20 to A.8.22"},
        )
    ]
    report = reported(session, audit)
    ranks = [(WEIGHTS.index(gap.result.check.weight), not gap.next_audit) for gap in report.gaps]
    assert report.audit == day(40) and all(one <= other for one, other in pairwise(ranks))
    sampled = {gap.result.check.name for gap in report.gaps if gap.next_audit}
    assert {"flows_pass_conduits", "management_review_in_12_months"} <= sampled and "risks_have_owners" not in sampled


def test_a_scope_names_ranges_of_controls() -> None:
    assert named("Fixed topics and: A.5.9, A.5.19 to A.5.21, A.8.20 bis A.8.21") == {
        "A.5.9",
        "A.5.19",
        "A.5.20",
        "A.5.21",
        "A.8.20",
        "A.8.21",
    }


def test_counts_add_up_to_all_checks(session: Session) -> None:
    report = reported(session, PLANTS["acceptances_valid"].no)
    assert sum(report.total().values()) == len(checks()) == len(report.results)
    assert sum(sum(some.values()) for some in report.counts().values()) == len(checks())
    assert {gap.result.check.name for gap in report.gaps} == {one.check.name for one in report.results if one.outcome.state != "yes"}


@pytest.mark.parametrize("name", sorted(PLANTS))
def test_a_no_gives_the_facts_of_a_finding_that_lack_nothing(session: Session, name: str) -> None:
    report = reported(session, PLANTS[name].no)
    facts = readiness.seen(next(one for one in report.results if one.check.name == name), report.as_of)
    assert [one.en for one in findings.weak_seen(facts)] == []
    assert facts.origin == f"readiness:{name}" and facts.grade_hint in WEIGHTS


def test_more_rows_ask_no_more_queries(store: Store) -> None:
    asked_for: list[str] = []

    def note(*told: object) -> None:
        asked_for.append(str(told[2]))

    def queries_over(number: int) -> int:
        rules: Rows = [("firewall_rule", {"name": f"Rule {n}", "owner": "P-002", "expires_on": day(-1)}) for n in range(number)]
        risks: Rows = [("risk", {**RISK, "name": f"Risk {n}", "treatment": ""}) for n in range(number)]
        with store.read() as session:
            keep(session, [*rules, *risks])
            asked_for.clear()
            readiness.run(session, MIRA, CONTEXT)
            session.rollback()
        return len(asked_for)

    event.listen(store.engine, "before_cursor_execute", note)
    try:
        assert queries_over(20) == queries_over(200)
    finally:
        event.remove(store.engine, "before_cursor_execute", note)


# --- rights --------------------------------------------------------------------------------------------------------


def test_a_restricted_row_neither_counts_nor_shows_for_who_may_not_read_it(session: Session) -> None:
    rows: Rows = [("access_path", {**PATH, "name": "Case team", "mfa": False, "audience": "department:legal"})]
    assert asked(session, "ways_in_are_controlled", rows).state == "not_checked"
    insider = somebody("isms_manager", "P-001", "department:legal")
    assert readiness.ask(Look(session, insider, CONTEXT), checks()["ways_in_are_controlled"]).state == "no"


def test_a_restricted_record_is_no_proof_for_others(session: Session) -> None:
    rows = [
        (name, {**row, "audience": "department:legal"} if name == "evidence" else row)
        for name, row in PLANTS["implemented_controls_have_evidence"].yes
    ]
    assert asked(session, "implemented_controls_have_evidence", rows).state == "no"


def test_a_restricted_document_is_not_named_by_its_acknowledgement(session: Session) -> None:
    policy = ("document", {"number": "IS-SEC-01", "title": "Insiders", "audience": "department:legal"})
    open_ = ("acknowledgement", {"document": "IS-SEC-01", "owner": "P-002", "due_date": day(-5)})
    assert asked(session, "policies_acknowledged", [policy, open_]).state == "not_checked"


@pytest.mark.parametrize("name", ["staff_trained", "policies_acknowledged", "competence_is_there", "access_goes_with_training"])
def test_records_of_persons_are_withheld_from_who_reads_only_their_own(session: Session, name: str) -> None:
    outcome = asked(session, name, PLANTS[name].no, ADA)
    assert outcome.state == "not_checked" and outcome.withheld and not outcome.proof


def test_the_facts_of_a_no_name_its_readers(session: Session) -> None:
    rows: Rows = [("access_path", {**PATH, "name": "Case team", "mfa": False, "audience": "department:legal"})]
    report = reported(session, rows, somebody("isms_manager", "P-001", "department:legal"))
    facts = readiness.seen(next(one for one in report.results if one.check.name == "ways_in_are_controlled"), report.as_of)
    assert facts.audience == "department:legal"


# --- answers of a person -------------------------------------------------------------------------------------------


@pytest.fixture
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    made = a_store(tmp_path_factory.mktemp("answers"))
    yield made
    made.close()


def state_of(store: Store, name: str, days: int = 0) -> tuple[str, bool]:
    with store.read() as session:
        report = readiness.run(session, MIRA, CONTEXT._replace(today=CONTEXT.today + timedelta(days=days)))
    outcome = next(one.outcome for one in report.results if one.check.name == name)
    return outcome.state, outcome.answered


def test_a_persons_answer_counts_where_the_registers_cannot_tell_until_it_is_a_year_old(own: Store) -> None:
    name = "threats_noted_lately"
    readiness.answer(own, MIRA, name, "no", "Looked through the folder of bulletins: none since last year", CONTEXT, NOW)
    assert state_of(own, name) == ("no", True)
    readiness.answer(own, MIRA, name, "yes", "Bulletin 14 of the national team, read on 2 May, folder T", CONTEXT, NOW)
    assert state_of(own, name) == ("yes", True)
    assert state_of(own, name, 365) == ("yes", True)
    assert state_of(own, name, 366) == ("not_checked", False)


def test_an_answer_gives_way_to_what_the_registers_say(own: Store) -> None:
    readiness.answer(own, MIRA, "risks_have_owners", "yes", "Asked around", CONTEXT, NOW)
    with own.write() as session:
        keep(session, PLANTS["risks_have_owners"].no)
    assert state_of(own, "risks_have_owners") == ("no", False)
    with pytest.raises(RowRefused, match="the registers say no"):
        readiness.answer(own, MIRA, "risks_have_owners", "yes", "Asked around", CONTEXT, NOW)


@pytest.mark.parametrize(
    ("given", "proof", "said"), [("yes", " ", "what proves it"), ("perhaps", "Seen", "yes or no"), ("yes", "x" * 2_001, "limit")]
)
def test_an_answer_needs_yes_or_no_and_its_proof(own: Store, given: str, proof: str, said: str) -> None:
    with pytest.raises(RowRefused, match=said):
        readiness.answer(own, MIRA, "threats_noted_lately", given, proof, CONTEXT, NOW)


@pytest.mark.parametrize("actor", [ADA, somebody("auditor", "P-003"), somebody("isms_manager")], ids=["owner", "auditor", "nobody by name"])
def test_only_the_isms_manager_answers_and_by_name(own: Store, actor: Actor) -> None:
    with pytest.raises(NotAllowed):
        readiness.answer(own, actor, "threats_noted_lately", "yes", "Seen", CONTEXT, NOW)


def test_the_registers_that_checks_ask_are_registers() -> None:
    assert {name for some in PLANTS.values() for rows in some for name, _ in rows} - set(REGISTERS) == {"external_ref"}


# --- findings ------------------------------------------------------------------------------------------------------


def test_a_finding_is_proposed_once_from_what_everybody_may_read(own: Store) -> None:
    hidden = ("firewall_rule", {"name": "Case", "owner": "P-002", "expires_on": day(-1), "audience": "role:isms_manager"})
    with own.write() as session:
        keep(session, [*PLANTS["firewall_rules_in_force"].no, hidden])
    first, second = (readiness.propose(own, MIRA, "firewall_rules_in_force", CONTEXT, NOW) for _ in range(2))
    with own.read() as session:
        made = session.get_one(Proposal, first)
    assert first == second and made.author is None and made.audience == "staff"
    assert "1 of 1 looked at: FW-001" in made.payload["evidence_seen"] and "Case" not in str(made.payload)


def test_nothing_is_proposed_from_restricted_rows_alone_or_from_a_yes(own: Store) -> None:
    hidden = ("firewall_rule", {"name": "Case", "owner": "P-002", "expires_on": day(-1), "audience": "role:isms_manager"})
    with own.write() as session:
        keep(session, [hidden, *PLANTS["risks_have_owners"].yes])
    for name in ("firewall_rules_in_force", "risks_have_owners"):
        with pytest.raises(RowRefused, match="raise the finding by hand"):
            readiness.propose(own, MIRA, name, CONTEXT, NOW)


# --- what a second plant showed ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("department", "state"),
    [
        ("Ehemalige Mitarbeiter", "no"),
        ("Former staff", "no"),
        ("uit dienst 30.11.", "no"),
        ("Transformer assembly", "yes"),
        ("Cleft lips", "yes"),
    ],
)
def test_who_has_left_is_told_by_a_word_of_the_department(session: Session, department: str, state: str) -> None:
    person = {"id": "P-009", "name": "Ralf Gone", "email": "ralf@plant.example", "department": department}
    rows: Rows = [("person", person), ("access_path", {**PATH, "holder": "P-009"})]
    assert asked(session, "nothing_belongs_to_leavers", rows).state == state


def test_access_of_a_supplier_ends_with_the_contract(session: Session) -> None:
    rows: Rows = [("supplier", {"name": "Remote Support", "contract_end": day(-1)}), ("access_path", {**PATH, "supplier": "SUP-001"})]
    outcome = asked(session, "ways_in_are_controlled", rows)
    assert outcome.state == "no" and "the contract has ended" in outcome.proof[0].said.en


def test_a_walk_through_counts_for_a_document_of_whatever_title(session: Session) -> None:
    rows: Rows = [
        *documents({"number": "MF-P-24", "title": "Patching of OT"}),
        ("walk_through", {"document": "MF-P-24", "walked_on": day(-10), "matches": False}),
    ]
    assert asked(session, "procedures_match_practice", rows).state == "no"


def test_ids_of_2013_are_found_in_the_statement_but_not_in_what_a_finding_says_of_others(session: Session) -> None:
    name = "ids_of_the_edition_in_force"
    finding: Rows = [("finding", {"title": "Old ids", "grade": "minor", "evidence_seen": "The list cites A.12.6.1"})]
    assert asked(session, name, finding).state == "yes"
    keep(session, [control(how="As in A.12.6.1")])
    assert [part.id for part in readiness.ask(Look(session, MIRA, CONTEXT), checks()[name]).proof] == ["A.8.13"]


def test_more_is_only_told_after_some_were_shown(session: Session) -> None:
    outcome = asked(session, "climate_change_decided", [("issue", {"name": "Heat", "climate": False})])
    assert outcome.state == "no" and not outcome.proof and outcome.more == 0
