"""REST over the registers: lists, rows, writing under the same rules, and nothing that tells of rows one may not see."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.app import Records
from knowledge.registers import REGISTERS, ROLES
from tests.records import a_risk
from tests.register_web import HIDDEN, KEEPER, a_web_plant, program, visiting


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Records]:
    with a_web_plant(tmp_path) as made:
        yield made


def test_every_register_says_what_it_holds_and_what_one_may_do(app: Records) -> None:
    told = {one["name"]: one for one in program(app, "owner").get("/api/registers").json()}
    assert set(told) == set(REGISTERS)
    assert told["risk"]["rows"] == 2
    assert told["risk"]["may"] == ["read", "propose", "change", "approve"]
    band = next(column for column in told["risk"]["columns"] if column["name"] == "current_score")
    assert (band["kind"], band["writable"], band["label_de"]) == ("integer", False, "Risikowert")
    assert "ge" in band["operators"]


def test_a_list_is_filtered_sorted_and_turned(app: Records) -> None:
    client = program(app, "staff")
    page = client.get("/api/risk", params={"sort": "-current_score", "limit": 1}).json()
    assert ([row["id"] for row in page["items"]], page["total"]) == (["R-001"], 2)
    following = client.get(page["next"]).json()
    assert ([row["id"] for row in following["items"]], following["next"]) == (["R-003"], None)
    high = client.get("/api/risk", params={"current_score": ["ge:10", "le:25"], "owner": "owner@plant.example", "overdue": "yes"}).json()
    row = high["items"][0]
    assert (high["total"], row["current_score"], row["overdue"], row["assets"], row["annex_a_controls"]) == (
        1,
        12,
        True,
        ["A-001"],
        ["A.8.24"],
    )
    assert client.get("/api/risk", params={"q": "scrap"}).json()["total"] == 1


@pytest.mark.parametrize("query", ["due_date=soon", "colour=red", "sort=colour", "limit=0", "current_score=contains:3", "overdue=maybe"])
def test_a_condition_that_cannot_be_read_is_a_problem(app: Records, query: str) -> None:
    reply = program(app, "staff").get(f"/api/risk?{query}")
    assert (reply.status_code, reply.headers["content-type"]) == (422, "application/problem+json")
    assert reply.json()["problems"][0]["reason"]


def test_a_row_is_made_read_changed_and_taken_out(app: Records) -> None:
    client = program(app, "isms_manager")
    given = {"name": "Model theft", "owner": "owner@plant.example", "assets": ["A-001"], "vulnerabilities": ["open port", "old key"]}
    made = client.post("/api/risk", json=given)
    assert (made.status_code, made.headers["location"], made.headers["etag"]) == (201, "/api/risk/R-004", '"1"')
    assert (made.json()["owner"], made.json()["vulnerabilities"], made.json()["source"]) == ("P-002", ["open port", "old key"], "REST")
    changed = client.patch("/api/risk/R-004", json={"owner": None, "due_date": "2026-06-01"}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["owner"], changed.json()["revision"]) == (200, None, 2)
    assert client.delete("/api/risk/R-004").status_code == 422
    assert client.delete("/api/risk/R-004", params={"reason": "double"}).status_code == 204
    assert client.get("/api/risk/R-004").status_code == 404
    assert client.delete("/api/risk/R-004", params={"reason": "double"}).status_code == 404


@pytest.mark.parametrize("if_match", ['"9"', "abc", 'W/"9"', "²"])
def test_somebody_elses_change_is_not_overwritten(app: Records, if_match: str) -> None:
    reply = program(app, "owner").patch("/api/risk/R-001", json={"name": "Other"}, headers={"If-Match": if_match.encode()})
    assert reply.status_code == 412
    assert program(app, "owner").get("/api/risk/R-001").json()["name"] == "Poisoned images"


def test_every_problem_of_a_row_is_told_with_its_column(app: Records) -> None:
    client = program(app, "isms_manager")
    core = client.post("/api/risk", json={"name": "x", "owner": "nobody", "due_date": "2026-02-31", "assets": ["A-999"]})
    assert core.status_code == 422
    assert {(one["column"], one["value"]) for one in core.json()["problems"]} == {
        ("owner", "nobody"),
        ("due_date", "2026-02-31"),
        ("assets", "['A-999']"),
    }
    form = client.post("/api/risk", json={"current_impact": 6, "treatment": "fun", "current_score": 3})
    assert {one["column"] for one in form.json()["problems"]} == {"name", "current_impact", "treatment", "current_score"}


def test_a_hidden_row_answers_exactly_like_one_that_is_not_there(app: Records) -> None:
    for role in ROLES:
        client = program(app, role)
        ways: list[tuple[str, str, dict[str, Any]]] = [
            ("GET", "", {}),
            ("PATCH", "", {"json": {"name": "Mine"}}),
            ("PATCH", "", {"json": {"name": "Mine"}, "headers": {"If-Match": '"1"'}}),
            ("DELETE", "?reason=because", {}),
            ("POST", "/acceptance", {"json": {"expires": "2027-01-01"}}),
        ]
        for method, more, sent in ways:
            hidden, absent = (client.request(method, f"/api/risk/{id_}{more}", **sent) for id_ in ("R-002", "R-902"))
            assert (hidden.status_code, hidden.text) == (absent.status_code, absent.text.replace("R-902", "R-002")), (role, method)
            assert hidden.status_code == 404
        for id_ in ("R-002", "R-902"):
            proposal = client.post("/api/risk/proposals", json={"action": "change", "row": id_, "values": {"name": "Mine"}})
            assert proposal.status_code == 404
        for query in ("assets=A-001", f"q={HIDDEN}", "name=contains:nsid", ""):
            found = client.get(f"/api/risk?{query}")
            assert "R-002" not in found.text and HIDDEN not in found.text
        assert client.get("/api/risk").json()["total"] == 2
        assert client.get("/api/risk?site=S-002").json()["total"] == client.get("/api/risk?site=S-902").json()["total"] == 0
        assert client.get("/api/risk/R-001").json()["site"] is None
    assert program(app, KEEPER).get("/api/risk/R-002").json()["name"] == HIDDEN


def test_the_journal_tells_of_no_row_that_one_may_not_see(app: Records) -> None:
    for role in ("isms_manager", "auditor", "admin"):
        text = program(app, role).get("/api/journal?limit=200").text
        assert "risk R-001" in text
        assert HIDDEN not in text and "R-002" not in text and "Bunker" not in text and "S-002" not in text
    assert HIDDEN in program(app, KEEPER).get("/api/journal?limit=200").text
    for role in ("staff", "owner", "approver"):
        assert program(app, role).get("/api/journal").status_code == 403


def test_the_journal_is_read_page_by_page_without_a_total(app: Records) -> None:
    client = program(app, "auditor")
    seen, path = [], "/api/journal?limit=3"
    while path:
        page = client.get(path).json()
        assert set(page) == {"items", "next"}
        seen += [entry["sequence"] for entry in page["items"]]
        path = page["next"]
    assert seen == sorted(set(seen), reverse=True)
    assert len(seen) == len(client.get("/api/journal?limit=200").json()["items"])
    about = client.get("/api/journal?about=risk R-001").json()["items"]
    assert [entry["object"] for entry in about] == ["risk R-001"]


def test_staff_propose_and_the_isms_manager_decides(app: Records) -> None:
    staff = program(app, "staff")
    assert staff.post("/api/risk", json={"name": "Flood"}).status_code == 403
    made = staff.post("/api/risk/proposals", json={"values": {"name": "Flood", "category": "ot"}, "reason": "the river"})
    assert (made.status_code, made.json()["id"], made.json()["state"], made.json()["author"]) == (201, "PR-001", "open", "P-001")
    assert staff.get("/api/risk").json()["total"] == 2
    assert staff.post("/api/proposal/PR-001/decision", json={"accept": True}).status_code == 403
    manager = program(app, "isms_manager")
    assert manager.post("/api/proposal/PR-001/decision", json={"accept": False}).status_code == 422, "a rejection needs a reason"
    decided = manager.post("/api/proposal/PR-001/decision", json={"accept": True}).json()
    assert (decided["state"], decided["row_id"], decided["decided_by"]) == ("accepted", "R-004", "P-003")
    assert staff.get("/api/risk/R-004").json()["category"] == "ot"
    assert manager.post("/api/proposal/PR-001/decision", json={"accept": True}).status_code == 422, "it is decided once"


def test_nobody_decides_their_own_proposal_and_a_wrong_one_is_refused(app: Records) -> None:
    manager = program(app, "isms_manager")
    wrong = manager.post("/api/risk/proposals", json={"action": "change", "row": "R-001", "values": {"current_impact": 9}})
    assert (wrong.status_code, wrong.json()["problems"][0]["column"]) == (422, "current_impact")
    made = manager.post("/api/risk/proposals", json={"action": "retire", "row": "R-001", "reason": "double"}).json()
    assert manager.post(f"/api/proposal/{made['id']}/decision", json={"accept": True}).status_code == 403
    assert program(app, KEEPER).post(f"/api/proposal/{made['id']}/decision", json={"accept": True}).json()["state"] == "accepted"
    assert manager.get("/api/risk/R-001").status_code == 404
    assert program(app, "staff").get(f"/api/proposal/{made['id']}").status_code == 404, "proposals of others are not for everybody"


def test_a_proposal_about_a_restricted_row_is_restricted_too(app: Records) -> None:
    made = program(app, KEEPER).post("/api/risk/proposals", json={"action": "change", "row": "R-002", "values": {"name": "Other"}}).json()
    assert made["audience"] == "department:legal"
    assert program(app, "isms_manager").get(f"/api/proposal/{made['id']}").status_code == 404


def test_a_risk_is_accepted_by_its_owner_for_a_time(app: Records) -> None:
    owner = program(app, "owner")
    assert owner.post("/api/risk/R-001/acceptance", json={"expires": "2026-01-01"}).status_code == 422
    accepted = owner.post("/api/risk/R-001/acceptance", json={"expires": "2027-01-01"}).json()
    assert (accepted["acceptance"], accepted["accepted_by"]) == ("valid", "P-002")
    assert owner.patch("/api/risk/R-001", json={"current_impact": 5}).json()["acceptance"] == "void"
    assert owner.post("/api/risk/R-003/acceptance", json={"expires": "2027-01-01"}).status_code == 403


def test_who_accepts_second_is_told_by_whom_it_is_accepted_and_may_renew_what_they_have_seen(app: Records) -> None:
    owner, approver = program(app, "owner"), program(app, "approver")
    owner.post("/api/risk/R-001/acceptance", json={"expires": "2027-01-01"})
    told = approver.post("/api/risk/R-001/acceptance", json={"expires": "2027-03-01"})
    assert (told.status_code, "by Owner on 2026-05-04, until 2027-01-01" in told.json()["detail"]) == (422, True)
    seen = {"If-Match": approver.get("/api/risk/R-001").headers["ETag"]}
    renewed = approver.post("/api/risk/R-001/acceptance", json={"expires": "2027-03-01"}, headers=seen).json()
    assert (renewed["accepted_by"], renewed["acceptance_expires"]) == ("P-004", "2027-03-01")


def test_a_change_of_the_risk_method_is_shown_before_it_is_saved(app: Records) -> None:
    manager = program(app, "isms_manager")
    assert manager.get("/api/risk_method/current").json()["threshold"] == 9
    effects = manager.post("/api/risk_method/preview", json={"change": {"threshold": 3}}).json()
    assert [(one["risk"], one["fields"]) for one in effects] == [("R-001", ["acceptable"])]
    assert manager.get("/api/risk_method/current").json()["threshold"] == 9
    assert manager.post("/api/risk_method", json={"change": {"threshold": 3}}).status_code == 422, "it needs a reason"
    assert manager.post("/api/risk_method", json={"change": {"threshold": 3}, "reason": "board"}).status_code == 201
    assert manager.get("/api/risk_method/current").json()["threshold"] == 3
    assert manager.post("/api/risk_method/preview", json={"change": {"threshold": "x"}}).status_code == 422


@pytest.mark.parametrize("path", ["/api/registers", "/api/risk", "/api/risk/R-001", "/api/journal", "/api/risk_method/current"])
def test_a_visitor_is_asked_to_sign_in(app: Records, path: str) -> None:
    reply = visiting(app).get(path)
    assert (reply.status_code, reply.headers["www-authenticate"]) == (401, "Bearer")


def test_what_is_given_for_a_control_or_document_needs_its_id(app: Records) -> None:
    client = program(app, "isms_manager")
    assert client.post("/api/control_status", json={}).json()["problems"][0]["column"] == "id"
    assert client.post("/api/control_status", json={"id": "iso42001:A.6.2.4", "applicable": True}).status_code == 201
    assert client.get("/api/control_status/iso42001:A.6.2.4").json()["soa_status"] == "never_checked"
    assert client.post("/api/risk", json=a_risk(id="R-777", owner="P-002")).json()["id"] == "R-777"
