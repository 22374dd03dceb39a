"""Questions as another plant asks them: ids of its own, words of its own, and what somebody did."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from assistant.answering.registers import Reading, RegisterQuery, Registers, selection
from knowledge.registers import Store
from tests.records import MIRA, TODAY, a_store, an_asset, somebody, writing

STAFF = somebody("staff")


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
        book.create("supplier", {"id": "SUP-001", "name": "Netterdam Remote Support"})
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
            book.create("ai_system", {"id": f"AI-{number:03d}", "name": f"System {number}", "lifecycle_phase": phase, **review})
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


def test_a_grouping_alone_goes_on_with_the_question_before(store: Store) -> None:
    query = read(store, "per site", read(store, "findings in Wels"))
    assert query is not None and (query.entity, query.by) == ("finding", "site")


@pytest.mark.parametrize(
    "question", ["which controls apply to remote access?", "Welche Controls gelten für Fernzugriff?", "who approves a release?"]
)
def test_what_asks_for_a_rule_is_still_left_to_the_documents(store: Store, question: str) -> None:
    assert read(store, question) is None
