"""Questions as another plant asks them: ids of its own, words of its own, and what somebody did."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from assistant.answering.registers import Reading, RegisterQuery, Registers, selection
from knowledge.registers import Store
from tests.records import MIRA, TODAY, a_risk, a_store, an_asset, writing


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    made = a_store(tmp_path_factory.mktemp("second"))
    with writing(made) as book:
        book.create("site", {"id": "S-001", "name": "Wels"})
        for number, level in ((1, 2), (2, 1), (3, None)):
            zone = {"id": f"Z-{number:03d}", "name": f"Zone {number}", "target_level": 2, "achieved_level": level, "site": "S-001"}
            book.create("zone", zone)
        book.create("asset", an_asset(id="INV-1058", name="PLC Palletiser", owner="P-003", site="S-001", **{"class": "PLC"}))
        book.create("asset", an_asset(id="INV-1071", name="Historian Wels", owner="P-002", **{"class": "historian"}))
        ends = (
            {"critical": "yes", "contract_end": "2026-04-01"},
            {"critical": "no", "contract_end": "2027-01-01"},
            {"critical": "no", "contract_end": "2026-09-01"},
        )
        for number, name, country, ai in (
            (1, "Netterdam Remote Support", "NL", "no"),
            (2, "Alpen-IT Services", "AT", "yes"),
            (3, "Foresta", "US", "yes"),
        ):
            book.create("supplier", {"id": f"SUP-{number:03d}", "name": name, "country": country, "ai_vendor": ai, **ends[number - 1]})
        book.create("vendor_assessment", {"supplier": "SUP-002", "assessed_on": "2026-01-10", "exit_agreed": "no"})
        costs = (("INV-2001", 10), ("INV-2002", 30), ("INV-2003", 20))
        for id_, cost in costs:
            model = an_asset(id=id_, name=f"Model {id_}", **{"class": "production AI model"}, location="Halle W2", encrypted="no")
            book.create("asset", {**model, "development_cost": cost, "backup_on": "2026-05-01"})
        flows = (("DF-001", "INV-1058", "INV-1071"), ("DF-002", "INV-1071", "INV-1058"))
        for id_, one, other in flows:
            book.create(
                "data_flow",
                {"id": id_, "name": id_, "from_asset": one, "to_asset": other, "encryption": "none" if one == "INV-1058" else ""},
            )
        for number, (state, done) in enumerate((("done", "2026-04-10"), ("done", "2026-02-10"), ("open", None)), 1):
            task = {"id": f"PT-{number:03d}", "name": f"Task {number}", "state": state, "start_date": "2026-01-05", "done_on": done}
            book.create("programme_task", task)
        for number, score in enumerate((1, 2, 3), 1):
            risk = a_risk(
                id=f"R-{number:03d}",
                name=f"Risk {number}",
                current_likelihood=score,
                current_impact=3,
                residual_likelihood=1,
                residual_impact=1,
            )
            book.create(
                "risk",
                {
                    **risk,
                    "due_date": TODAY + timedelta(15 * number),
                    "assets": "INV-1058",
                    "assessed_on": TODAY - timedelta(400 - 150 * number),
                    "review_date": TODAY + timedelta(15 * number),
                },
            )
        book.create("kpi", {"id": "KPI-001", "name": "Overrides"})
        book.create("measurement", {"kpi": "KPI-001", "date": "2026-04-01", "value": 4})
        book.create(
            "access_path",
            {"id": "AP-001", "name": "Extruder", "kind": "remote", "supplier": "SUP-001", "owner": "P-003", "holder": "P-002"},
        )
        for number, (one, other) in enumerate((("Z-001", "Z-002"), ("Z-002", "Z-001")), 1):
            rule = {
                "id": f"FW-{number:03d}",
                "name": f"Rule {number}",
                "from_zone": one,
                "to_zone": other,
                "owner": "P-003",
                "approver": "P-002",
            }
            book.create("firewall_rule", rule)
        for number, (days, status) in enumerate(((-60, "done"), (-20, "cancelled"), (10, "cancelled"), (30, "planned")), 1):
            audit = {"type": "internal", "title": f"Internal audit {number}", "start_date": TODAY + timedelta(days), "status": status}
            book.create("audit", {"id": f"AU-2026-{number:03d}", **audit})
        for number, grade in enumerate(("major", "minor", "observation"), 1):
            book.create("finding", {"id": f"F-2026-{number:03d}", "grade": grade, "title": f"Finding {number}", "site": "S-001"})
        for number, (phase, days) in enumerate((("operation", 20), ("operation", -5), ("retired", None)), 1):
            review = {"next_review": TODAY + timedelta(days)} if days else {"last_review": TODAY - timedelta(900)}
            book.create(
                "ai_system", {"id": f"AI-{number:03d}", "name": f"System {number}", "lifecycle_phase": phase, "purpose": "looks", **review}
            )
        for number, (title, state) in enumerate((("AI literacy", "planned"), ("AI literacy", "done"), ("AI safety", "planned")), 1):
            book.create("training", {"id": f"T-{number:04d}", "title": title, "topic": "ai", "owner": f"P-00{number}", "state": state})
        for id_, applies, why in (("A.5.19", "yes", "contractual"), ("A.5.20", "yes", "risk"), ("A.7.4", "no", "")):
            book.create(
                "control_status", {"id": id_, "applicable": applies, "justification": why, "exclusion_reason": "no rooms of our own"}
            )
        book.create(
            "document", {"number": "MF-P-12", "title": "Model release", "state": "approved", "owner": "Ada Kern", "approver": "Ada Kern"}
        )
    yield made
    made.close()


def read(store: Store, question: str, before: RegisterQuery | None = None) -> RegisterQuery | None:
    found = Registers(store).parse(question, MIRA, TODAY, before)
    assert found is None or (isinstance(found, Reading) and found.whole), (question, found)
    return found.query if isinstance(found, Reading) else None


@pytest.mark.parametrize(
    ("question", "ids"),
    [
        ("who owns INV-1058?", ["INV-1058"]),
        ("Wem gehört INV-1071?", ["INV-1071"]),
        ("which zones are below their target level?", ["Z-002"]),
        ("Zonen unter Zielstufe", ["Z-002"]),
        ("devices in Wels", ["INV-1058"]),
        ("Geräte in Wels", ["INV-1058"]),
        ("Fernzugänge von Netterdam", ["AP-001"]),
        ("access paths held by Ada Kern", ["AP-001"]),
        ("firewall rules approved by Ada Kern", ["FW-001", "FW-002"]),
        ("von Ada Kern genehmigte Firewallregeln", ["FW-001", "FW-002"]),
        ("firewall rules from Z-002", ["FW-002"]),
        ("Firewallregeln von Z-001 nach Z-002", ["FW-001"]),
        ("last internal audit", ["AU-2026-001"]),
        ("Wann ist das nächste interne Audit?", ["AU-2026-004"]),
        ("list all nonconformities", ["F-2026-001", "F-2026-002"]),
        ("Abweichungen in Wels", ["F-2026-001", "F-2026-002"]),
        ("list all findings", ["F-2026-001", "F-2026-002", "F-2026-003"]),
        ("AI systems whose review is overdue", ["AI-002"]),
        ("Welche KI-Systeme werden in den nächsten 90 Tagen geprüft?", ["AI-001"]),
        ("who has not done the AI literacy training?", ["T-0001"]),
        ("controls justified by contract", ["A.5.19"]),
        ("how many controls apply", ["A.5.19", "A.5.20"]),
        ("who are our auditors?", []),
        ("who is an approver?", ["P-003"]),
        ("Wer ist ISMS-Verantwortliche?", ["P-001"]),
        ("what is the purpose of System 1?", ["AI-001"]),
        ("non-critical suppliers", ["SUP-002", "SUP-003"]),
        ("which supplier contract ends next?", ["SUP-003"]),
        ("data flows without encryption", ["DF-001", "DF-002"]),
        ("risks due by the end of May", ["R-001"]),
        ("high risks without acceptance", []),
        ("Risiken ohne Akzeptanz", ["R-001", "R-002", "R-003"]),
        ("how many people do we have in total?", ["P-001", "P-002", "P-003"]),
        ("suppliers in Austria", ["SUP-002"]),
        ("Lieferanten aus den Niederlanden", ["SUP-001"]),
        ("suppliers in Austria that are AI vendors", ["SUP-002"]),
        ("which suppliers are AI vendors?", ["SUP-002", "SUP-003"]),
        ("which vendors have not agreed on an exit?", ["SUP-002"]),
        ("machines in Halle W2", ["INV-2001", "INV-2002", "INV-2003"]),
        ("unencrypted production models", ["INV-2001", "INV-2002", "INV-2003"]),
        ("top 2 assets by development cost", ["INV-2002", "INV-2003"]),
        ("when was Model INV-2001 last backed up?", ["INV-2001"]),
        ("data flows to PLCs", ["DF-002"]),
        ("Datenflüsse von INV-1058", ["DF-001"]),
        ("programme tasks finished in April", ["PT-001"]),
        ("risks assessed this year", ["R-002", "R-003"]),
        ("which risk reviews are due in the next 20 days?", ["R-001"]),
        ("mittlere Risiken", ["R-002", "R-003"]),
        ("Werte von KPI-001", ["ME-00001"]),
        ("internal audits in Wels", []),
        ("accepted actions", []),
        ("Controls, die noch nicht umgesetzt sind", ["A.5.19", "A.5.20"]),
    ],
)
def test_a_question_finds_exactly_its_rows(store: Store, question: str, ids: list[str]) -> None:
    query = read(store, question)
    assert query is not None
    with store.read() as session:
        assert selection.ids(session, MIRA, query) == ids


def test_a_column_is_named_by_what_somebody_did(store: Store) -> None:
    query = read(store, "wer hat MF-P-12 freigegeben?")
    assert query is not None and query.show == ("approver",)


def test_a_pronoun_goes_on_with_the_rows_before(store: Store) -> None:
    query = read(store, "which of them are in Wels?", read(store, "list all findings"))
    assert query is not None and query.entity == "finding" and [one.field for one in query.where] == ["site"]


def test_accepted_before_the_rows_selects_and_is_not_only_shown(store: Store) -> None:
    query = read(store, "accepted actions that are not closed")
    assert query is not None and ("accepted_at", "filled") in [(one.field, one.operator) for one in query.where]


def test_a_grouping_alone_goes_on_with_the_question_before(store: Store) -> None:
    query = read(store, "per site", read(store, "findings in Wels"))
    assert query is not None and (query.entity, query.by) == ("finding", "site")


@pytest.mark.parametrize(
    "question", ["which controls apply to remote access?", "Welche Controls gelten für Fernzugriff?", "who approves a release?"]
)
def test_what_asks_for_a_rule_is_still_left_to_the_documents(store: Store, question: str) -> None:
    assert read(store, question) is None
