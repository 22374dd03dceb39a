"""Findings and corrective actions over REST and in a browser without JavaScript: what is missing is said, what is stale is refused."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from assistant.app import Records
from assistant.assurance.corrective import findings, life
from knowledge.registers import queries, records
from knowledge.registers.rights import INSTALLATION
from tests.records import NOW, TODAY
from tests.register_web import a_web_plant, browser, program, send
from tests.test_findings import LEAVERS, with_
from tests.web import soup

CA = f"CA-{TODAY.year}-001"
FINDING = f"F-{TODAY.year}-001"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Records]:
    with a_web_plant(tmp_path) as made:
        with records.writing(made.store, INSTALLATION, NOW, "test") as book:
            finding = queries.get(book.session, INSTALLATION, "finding", FINDING)
            finding.owner, finding.reported_on = "P-002", TODAY
            book.session.flush()
            life.start(book, finding)
            book.create("evidence", {"title": "Doors photographed", "supports_date": TODAY})
        yield made


def stands(client: TestClient) -> dict[str, Any]:
    reply = client.get(f"/api/actions/{CA}/transitions")
    assert reply.status_code == 200, reply.text
    return dict(reply.json())


def take(client: TestClient, to: str, revision: int | None = None, **values: Any) -> Any:
    return client.post(
        f"/api/actions/{CA}/transitions", json={"to": to, "values": values, "revision": revision or stands(client)["revision"]}
    )


CAUSE = {"root_cause": "Spring is broken", "exists_elsewhere": "Halls 2 and 3: no"}
PLAN = {"action": "New springs", "criterion": "No open door in 4 weeks"}


def test_rest_tells_the_ways_and_refuses_with_all_that_is_missing(app: Records) -> None:
    owner, manager = program(app, "owner"), program(app, "isms_manager")
    (way,) = stands(owner)["ways"]
    assert (way["to"], way["allowed"], [one["column"] for one in way["missing"]]) == ("contained", True, ["containment"])
    refused = take(owner, "contained")
    assert refused.status_code == 422 and [one["column"] for one in refused.json()["problems"]] == ["containment"]
    assert take(owner, "contained", containment="Guard at the door").json()["state"] == "contained"
    assert take(owner, "cause_analysed", **CAUSE).status_code == 200
    assert take(owner, "action_planned", **PLAN).status_code == 200
    assert take(owner, "action_done").json()["problems"][0]["column"] == "evidence"
    assert take(owner, "action_done", evidence=["EV-001"]).json()["state"] == "action_done"
    assert "evidence" not in {one["column"] for way in stands(owner)["ways"] for one in way["missing"]}
    assert take(owner, "effectiveness_reviewed", effectiveness_result="fine").status_code == 403
    early = take(manager, "effectiveness_reviewed", effectiveness_result="fine")
    assert [one["column"] for one in early.json()["problems"]] == ["reviewed_on"], "the same day shows no effect"


def test_of_two_programs_the_slower_one_gets_409(app: Records) -> None:
    owner, manager = program(app, "owner"), program(app, "isms_manager")
    seen = stands(owner)["revision"]
    assert take(owner, "contained", seen, containment="Guard").status_code == 200
    late = take(manager, "contained", seen, containment="Guard too")
    assert (late.status_code, "somebody changed it" in late.json()["detail"]) == (409, True)


def test_the_register_s_own_routes_get_past_no_step(app: Records) -> None:
    manager = program(app, "isms_manager")
    for change in ({"state": "closed"}, {"done_on": "2026-05-04"}, {"due_date": "2027-01-01"}):
        assert manager.patch(f"/api/corrective_action/{CA}", json=change).status_code == 422, change
    assert manager.post("/api/corrective_action", json={"title": "New", "state": "closed"}).status_code == 422
    assert manager.delete(f"/api/corrective_action/{CA}", params={"reason": "none"}).status_code == 204, "nothing was done about it yet"


def test_an_extension_is_approved_by_whoever_sends_it(app: Records) -> None:
    first = stands(program(app, "approver"))["due_date"]
    wanted = {"due_date": "2027-01-01", "reason": "Springs are late"}
    assert program(app, "owner").post(f"/api/actions/{CA}/extension", json=wanted).status_code == 403
    assert program(app, "approver").post(f"/api/actions/{CA}/extension", json={**wanted, "reason": " "}).status_code == 422
    made = program(app, "approver").post(f"/api/actions/{CA}/extension", json=wanted).json()
    assert (made["due_date"], made["original_due_date"]) == ("2027-01-01", first)
    assert program(app, "approver").post(f"/api/actions/{CA}/acceptance", json={"revision": 1}).status_code == 409
    assert program(app, "approver").post(f"/api/actions/{CA}/acceptance", json={}).json()["accepted"] is True


def seen(**more: Any) -> dict[str, Any]:
    body = {name: getattr(LEAVERS, name) for name in ("title", "evidence_seen", "gap", "origin", "site")}
    return {**body, "requirement": list(LEAVERS.requirement), "grade": "minor", **more}


def test_a_finding_is_proposed_once_edited_and_accepted_with_its_action(app: Records) -> None:
    staff, manager = program(app, "staff"), program(app, "isms_manager")
    first = staff.post("/api/findings/proposals", json=seen()).json()
    assert staff.post("/api/findings", json=seen()).json() == first == {"register": "proposal", "id": "PR-001", "lacking": []}
    (waiting,) = manager.get("/api/findings/proposals").json()
    assert waiting["values"]["title"] == LEAVERS.title
    decided = manager.post("/api/proposal/PR-001/decision", json={"accept": True, "values": {**waiting["values"], "grade": "major"}}).json()
    number = decided["row_id"]
    assert manager.get(f"/api/finding/{number}").json()["grade"] == "major"
    (action,) = manager.get(f"/api/corrective_action?finding={number}").json()["items"]
    assert (action["state"], action["title"]) == ("reported", LEAVERS.title)
    told = manager.get(f"/api/findings/{number}/relatives").json()
    assert told["lacking"] == [] and [one["id"] for one in told["elsewhere"]] == []
    again = manager.post("/api/findings", json=seen(gap="short", origin="other")).json()
    assert again["register"] == "finding" and [one["column"] for one in again["lacking"]] == ["gap"]
    told = manager.get(f"/api/findings/{again['id']}/relatives").json()
    assert ([one["id"] for one in told["repeats"]], told["candidate_for_major"]) == ([number], True)


def test_ages_and_the_printed_report(app: Records) -> None:
    client = program(app, "staff")
    told = client.get("/api/actions/ageing").json()
    assert (told["as_of"], [one["id"] for one in told["ages"]], told["by_owner"][0]["name"]) == (TODAY.isoformat(), [CA], "P-002")
    printed = client.get(f"/api/actions/{CA}/report?form=docx")
    assert printed.status_code == 200 and printed.content[:2] == b"PK" and f"{CA}-8D.docx" in printed.headers["Content-Disposition"]
    assert client.get(f"/api/actions/{CA}/report?lang=de").content[:5] == b"%PDF-"


# --- pages -----------------------------------------------------------------------------------------------------------


def step(client: TestClient, to: str, **typed: str) -> Any:
    page = soup(client.get(f"/actions/{CA}").text)
    form = page.select_one(f"form:has(input[name=to][value={to}])")
    assert form, f"no form to {to}"
    fields = {field["name"]: field.get("value", "") or field.text for field in form.select("input[name], textarea[name]")}
    chosen = {field["name"]: option["value"] for field in form.select("select") if (option := field.select_one("option[selected]"))}
    return client.post(f"/actions/{CA}", data={**fields, **chosen, **typed}, follow_redirects=False)


def test_the_board_shows_each_open_action_in_its_column_and_says_overdue_as_a_word(app: Records) -> None:
    with records.writing(app.store, INSTALLATION, NOW, "test") as book:
        book.create(
            "corrective_action",
            {"title": "Late one", "state": "action_planned", "due_date": "2026-01-01", "reported_on": "2025-11-01", "owner": "P-002"},
        )
    page = soup(program(app, "staff").get("/actions").text)
    (card,) = page.select("#state-action_planned + ul .card")
    assert "Late one" in card.text and "overdue" in card.text and "open for 184 days" in card.text
    assert CA in page.select_one("#state-reported + ul").text  # type: ignore[union-attr]
    assert page.select("svg.bars rect") and "As of" in page.text
    german = program(app, "staff")
    german.headers["Accept-Language"] = "de"
    assert "überfällig" in german.get("/actions").text and "seit 184 Tagen offen" in german.get("/actions").text


@pytest.mark.parametrize(("tongue", "said"), [("en", "say what was done at once"), ("de", "sagen Sie, was sofort")])
def test_an_action_s_page_says_what_is_missing_and_takes_the_step(app: Records, tongue: str, said: str) -> None:
    client = browser(app, "owner", tongue)
    assert said in client.get(f"/actions/{CA}").text
    refused = step(client, "contained")
    fault = soup(refused.text).select_one("#contained-containment-fault")
    assert refused.status_code == 422 and fault and said in fault.text
    done = step(client, "contained", containment="Guard at the door")
    assert (done.status_code, done.headers["Location"]) == (303, f"/actions/{CA}")
    page = soup(client.get(f"/actions/{CA}").text)
    assert "Guard at the door" in page.select_one("section:has(#d3)").text  # type: ignore[union-attr]
    assert [field["value"] for field in page.select("input[name=to]")] == ["cause_analysed", "ask"], (
        "its owner neither accepts nor extends it"
    )
    assert step(client, "ask", due_date="2027-01-01", extension_reason="Springs are late").status_code == 303
    (asked,) = program(app, "isms_manager").get("/api/proposal").json()["items"]
    assert program(app, "isms_manager").post(f"/api/proposal/{asked['id']}/decision", json={"accept": True}).status_code == 200
    assert stands(client)["due_date"] == "2027-01-01"


def test_a_stale_page_gets_409_and_says_so(app: Records) -> None:
    client = browser(app, "owner")
    page = soup(client.get(f"/actions/{CA}").text)
    token = page.select_one("input[name=token]")["value"]  # type: ignore[index]
    assert take(program(app, "owner"), "contained", containment="Guard").status_code == 200
    late = client.post(f"/actions/{CA}", data={"token": token, "revision": "1", "to": "contained", "containment": "Guard too"})
    assert late.status_code == 409 and "somebody changed it" in soup(late.text).select_one("[role=alert]").text  # type: ignore[union-attr]


def test_a_manager_extends_and_accepts_on_the_page(app: Records) -> None:
    client = browser(app, "isms_manager")
    assert step(client, "extend", due_date="2026-01-01", extension_reason="Late").status_code == 422
    assert step(client, "extend", due_date="2027-01-01", extension_reason="Late springs").status_code == 303
    assert step(client, "accept").status_code == 303
    text = soup(client.get(f"/actions/{CA}").text).text
    assert "Late springs" in text and "accepted on" in text


def test_a_finding_is_raised_on_the_page_and_told_what_it_repeats(app: Records) -> None:
    client = browser(app, "isms_manager")
    wrong = send(client, "/findings/raise", {"title": "", "grade": "minor"})
    assert wrong.status_code == 422 and soup(wrong.text).select_one("#title-fault")
    typed = {
        "title": "Doors of hall 3 open",
        "grade": "minor",
        "requirement": "A.7.1, A.7.2",
        "evidence_seen": "Doors",
        "gap": "Doors stand open at night",
        "site": "S-001",
    }
    numbers = []
    for _ in range(2):
        made = send(client, "/findings/raise", typed)
        assert made.status_code == 303, made.text
        numbers.append(made.headers["Location"].rsplit("/", 1)[-1])
    page = soup(client.get(f"/findings/{numbers[1]}").text)
    assert numbers[0] in page.select_one("section:has(#repeats)").text and "candidate for a major" in page.text  # type: ignore[union-attr]
    assert "say what was looked at" in page.select_one("section:has(#lacking)").text  # type: ignore[union-attr]
    assert page.select("section:has(#actions) li a")
    assert {numbers[0], numbers[1]} <= {a.text for a in soup(client.get("/findings").text).select("td a")}


def test_a_proposal_is_mended_and_accepted_on_its_page(app: Records) -> None:
    made = send(browser(app, "staff"), "/findings/raise", {"title": "Doors", "grade": "minor", "gap": "bad"})
    assert made.headers["Location"] == "/registers/proposal/PR-001"
    client = browser(app, "isms_manager")
    page = soup(client.get("/findings/proposals/PR-001").text)
    assert "Before an auditor this text lacks" in page.text
    rejected = send(client, "/findings/proposals/PR-001", {"title": "Doors", "decision": "reject"})
    assert rejected.status_code == 422 and "say why it is rejected" in rejected.text
    done = send(
        client,
        "/findings/proposals/PR-001",
        {"title": "Doors of hall 3", "grade": "observation", "gap": "Doors stand open", "decision": "accept"},
    )
    assert done.status_code == 303, done.text
    assert "Doors of hall 3" in client.get(done.headers["Location"]).text
    begun = send(client, done.headers["Location"], {"title": "Springs"})
    assert begun.headers["Location"] == f"/actions/CA-{TODAY.year}-002"


def test_a_finding_is_raised_from_an_incident_once(app: Records) -> None:
    with records.writing(app.store, INSTALLATION, NOW, "test") as book:
        book.create("incident", {"title": "Door found open", "site": "S-001"})
    client = browser(app, "isms_manager")
    link = soup(client.get(f"/registers/incident/INC-{TODAY.year}-001").text).select_one("a[href^='/findings/raise?']")
    assert link
    form = soup(client.get(str(link["href"])).text).select_one("form.sheet")
    assert form
    fields = {field["name"]: field.get("value", "") or field.text for field in form.select("input[name], textarea[name]")}
    assert (fields["title"], fields["site"], fields["incident"]) == ("Door found open", "S-001", f"INC-{TODAY.year}-001")
    made = [client.post("/findings/raise", data={**fields, "grade": "minor"}, follow_redirects=False).headers["Location"] for _ in range(2)]
    assert made[0] == made[1] == f"/findings/F-{TODAY.year}-002"
    row = client.get(f"/api/finding/F-{TODAY.year}-002").json()
    assert (row["source"], row["incident"]) == (f"incident:INC-{TODAY.year}-001", f"INC-{TODAY.year}-001")


def test_what_came_closed_from_a_file_shows_what_it_lacks(app: Records) -> None:
    with records.writing(app.store, INSTALLATION, NOW, "test") as book:
        book.create("corrective_action", {"title": "Old one", "state": "closed", "closed_on": "2025-03-01"})
    text = soup(program(app, "auditor").get(f"/actions/CA-{TODAY.year}-002").text).select_one("section:has(#gaps)")
    assert text and "name evidence" in text.text


def test_a_restricted_finding_is_nowhere(app: Records) -> None:
    with records.writing(app.store, INSTALLATION, NOW, "test") as book:
        _, id_ = findings.raise_(book, with_(LEAVERS, title="Insider case", site="", audience="department:legal"))
    client = program(app, "isms_manager")
    for path in ("/findings", "/actions", "/api/actions/ageing", "/api/findings/proposals"):
        assert "Insider" not in client.get(path).text and id_ not in client.get(path).text
    assert client.get(f"/findings/{id_}").status_code == 404 == client.get(f"/api/findings/{id_}/relatives").status_code
    assert client.get(f"/actions/CA-{TODAY.year}-002").status_code == 404
