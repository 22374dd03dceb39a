"""Readiness on its page, over REST and on the command line."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.__main__ import cli
from assistant.app import Records
from assistant.assurance.readiness import checks
from knowledge.registers import records
from knowledge.registers.rights import INSTALLATION
from tests.readiness_plants import day
from tests.records import NOW
from tests.register_web import a_web_plant, browser, program, send
from tests.web import soup

SILENT = "threats_noted_lately"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Records]:
    with a_web_plant(tmp_path) as made:
        with records.writing(made.store, INSTALLATION, NOW, "test") as book:
            book.create("firewall_rule", {"name": "Old way", "owner": "P-002", "expires_on": day(-1)})
            book.create("access_path", {"name": "Secret way", "kind": "session", "audience": "department:legal"})
        yield made


def test_the_page_shows_state_proof_what_to_do_and_who(app: Records) -> None:
    page = soup(browser(app, "isms_manager").get("/readiness").text)
    article = page.select_one("#firewall_rules_in_force")
    assert article and article.select_one(".badge.bad").text == "no"  # type: ignore[union-attr]
    assert article.select_one("a[href='/registers/firewall_rule/FW-001']")
    assert f"Old way: ended on {day(-1)}" in article.text and "Owner (owns FW-001)" in article.text
    assert "no verdict" in page.text and "As of" in page.text


def test_the_page_in_german_and_in_part(app: Records) -> None:
    page = soup(browser(app, "isms_manager", "de").get("/readiness?group=plant_network&state=no").text)
    assert [article["id"] for article in page.select("details.source")] == ["plant_devices_stand_in_zones", "firewall_rules_in_force"]
    assert f"endete am {day(-1)}" in page.text and "kein Urteil" in page.text


def test_a_restricted_row_shows_to_its_readers_alone(app: Records) -> None:
    assert "Secret way" not in browser(app, "isms_manager").get("/readiness").text
    assert "Secret way" in browser(app, "keeper@plant.example").get("/readiness").text


def test_an_answer_is_kept_with_its_proof(app: Records) -> None:
    client = browser(app, "isms_manager")
    reply = send(client, f"/readiness/{SILENT}", {"answer": "yes", "proof": "Bulletin 14, read on 2 May"}, "/readiness")
    assert (reply.status_code, reply.headers["location"]) == (303, f"/readiness#{SILENT}")
    article = soup(client.get("/readiness").text).select_one(f"#{SILENT}")
    assert article and "Bulletin 14" in article.text and "answered by a person" in article.text
    assert f"readiness {SILENT}" in soup(client.get("/journal").text).text


def test_an_answer_without_proof_comes_back_with_the_message_beside_its_field(app: Records) -> None:
    reply = send(browser(app, "isms_manager"), f"/readiness/{SILENT}", {"answer": "no", "proof": " "}, "/readiness")
    article = soup(reply.text).select_one(f"#{SILENT}")
    assert reply.status_code == 422 and article and "what proves it" in article.select_one(".fault").text  # type: ignore[union-attr]


def test_a_finding_is_proposed_from_a_no_and_waits_for_a_decision(app: Records) -> None:
    client = browser(app, "isms_manager")
    reply = send(client, "/readiness/firewall_rules_in_force", {"step": "propose"}, "/readiness")
    assert reply.status_code == 303 and reply.headers["location"].startswith("/findings/proposals/PR-")
    page = client.get(reply.headers["location"])
    assert page.status_code == 200 and "Firewall rules expired" in page.text
    again = program(app, "isms_manager").post("/api/readiness/firewall_rules_in_force/finding")
    assert (again.status_code, again.json()["proposal"]) == (201, reply.headers["location"].rsplit("/", 1)[-1])


@pytest.mark.parametrize("role", ["staff", "owner", "auditor", "approver", "admin"])
def test_others_have_no_form_and_are_refused(app: Records, role: str) -> None:
    client = browser(app, role)
    assert not soup(client.get("/readiness").text).select("textarea")
    assert send(client, f"/readiness/{SILENT}", {"answer": "yes", "proof": "x"}, "/sign-in").status_code == 403


def test_rest_gives_every_check_with_the_facts_of_a_finding(app: Records) -> None:
    report = program(app, "isms_manager").get("/api/readiness").json()
    assert {one["name"] for one in report["checks"]} == set(checks())
    one = next(one for one in report["checks"] if one["name"] == "firewall_rules_in_force")
    assert (one["state"], one["finding"]["sources"], one["owner"]["name"]) == ("no", ["row:FW-001"], "Owner")
    assert report["total"]["no"] + report["total"]["not_checked"] == len(report["gaps"])


def test_rest_keeps_an_answer_and_refuses_one_that_the_registers_give(app: Records) -> None:
    client = program(app, "isms_manager")
    assert client.post(f"/api/readiness/{SILENT}/answer", json={"answer": "yes", "proof": "Seen"}).status_code == 201
    refused = client.post("/api/readiness/firewall_rules_in_force/answer", json={"answer": "yes", "proof": "Seen"})
    assert refused.status_code == 422 and "the registers say no" in refused.text
    assert client.post("/api/readiness/nothing/answer", json={"answer": "yes", "proof": "Seen"}).status_code == 404
    assert client.get("/api/readiness?group=nothing").status_code == 404


def run(app: Records, *words: str) -> str:
    """What the command prints about the plant."""
    env = {"ANNEXA_DATA": str(app.settings.data), "ANNEXA_DATABASE_URL": app.settings.database_url, "ANNEXA_NOW": NOW.isoformat()}
    return CliRunner(env=env).invoke(cli, ["readiness", *words]).output


def test_the_command_prints_counts_then_gaps_without_a_verdict(app: Records) -> None:
    out = run(app, "--group", "plant_network")
    assert "Counts, no verdict" in out and "FW-001: Old way" in out and "To do" in out and "[no]" in out


def test_the_command_prints_json_on_one_line(app: Records) -> None:
    out = run(app, "--json", "--as", "staff")
    assert len(out.splitlines()) == 1 and json.loads(out)["total"]["no"] >= 1
