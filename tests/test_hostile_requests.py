"""Requests that nobody sends by mistake: half characters, NULs, days without end, ids that fit no header. Each gets a sentence, none a number of a defect."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from assistant.app import Records
from knowledge.registers import records
from knowledge.registers.rights import INSTALLATION
from tests.records import NOW
from tests.register_web import KEEPER, a_web_plant, browser, form_token, program
from tests.web import owner

AUDIT, REVIEW, TASK, ACTION = "AU-2026-001", "MR-2026-001", "PT-001", "CA-2026-001"
ODD = 'AU-日"1'
ENDLESS = ("9999-12-31", "0001-01-01")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Records]:
    with a_web_plant(tmp_path_factory.mktemp("hostile")) as made:
        with records.writing(made.store, INSTALLATION, NOW) as book:
            book.create("isms", {"name": "ISMS of Plant", "certified_on": "2025-02-10"})
            for id_ in (AUDIT, ODD):
                book.create(
                    "audit", {"id": id_, "title": "=1+1", "type": "surveillance_1", "start_date": "2026-02-01", "end_date": "2026-02-02"}
                )
            book.create("audit", {"id": "AU-SECRET", "title": "Raid", "type": "internal", "audience": "department:legal"})
            book.create("management_review", {"id": REVIEW, "title": "Secret", "audience": "department:legal"})
            book.create("management_review", {"id": ODD, "title": "Open"})
            book.create("programme_task", {"id": TASK, "name": "Scope", "start_date": "2026-04-01", "due_date": "2026-06-01"})
            book.create("corrective_action", {"id": ACTION, "title": "Lock"})
            book.create("corrective_action", {"id": ODD, "title": "Lock"})
        yield made


DAYS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("POST", "/api/cycle/moves", {"type": "decision", "to": "{day}"}),
    ("POST", "/api/cycle/moves", {"type": "surveillance_1", "to": "{day}"}),
    ("POST", "/api/kpis/measurements", {"at": "{day}"}),
    ("POST", "/api/programme", {"start": "{day}"}),
    ("POST", "/api/programme/moves", {"task": TASK, "due": "{day}"}),
    ("POST", f"/api/audits/{AUDIT}/clone", {"start": "{day}"}),
    ("POST", "/api/finding", {"title": "Old", "grade": "minor", "reported_on": "{day}"}),
    ("POST", "/api/certificate", {"number": "C", "standard": "ISO/IEC 27001:2022", "expires_on": "{day}"}),
    ("PATCH", f"/api/audit/{AUDIT}", {"end_date": "{day}"}),
)


@pytest.mark.parametrize("day", ENDLESS)
@pytest.mark.parametrize(("method", "path", "body"), DAYS)
def test_a_day_from_which_nothing_can_be_reckoned_is_refused(app: Records, method: str, path: str, body: dict[str, Any], day: str) -> None:
    sent = {name: value.replace("{day}", day) for name, value in body.items()}
    assert program(app, "isms_manager").request(method, path, json=sent).status_code == 422


@pytest.mark.parametrize(
    "address", ["/audits?move=surveillance_1&to={day}", "/programme?start={day}", f"/programme?task={TASK}&due={{day}}"]
)
def test_a_page_says_how_a_day_is_written(app: Records, address: str) -> None:
    visited = browser(app, "isms_manager", "de")
    for day in (*ENDLESS, "2026-02-30", "soon"):
        reply = visited.get(address.replace("{day}", day))
        assert reply.status_code == 422 and "Jahr-Monat-Tag" in reply.text, day


def test_a_list_may_be_asked_for_days_that_no_row_holds(app: Records) -> None:
    assert program(app, "staff").get("/api/audit?start_date=lt:9999-12-31").json()["total"] >= 2


HALF = (
    ("/api/findings", '{"\\ud800": 1}'),
    ("/api/risk/proposals", '{"values": {"\\ud800": "x"}, "reason": "x"}'),
    ("/api/risk/proposals", '{"values": {"name": "\\ud800"}, "reason": "x"}'),
    ("/api/risk_method/preview", '{"change": {"\\ud800": 1}}'),
    ("/api/risk_method/preview", '{"change": {"threshold": 1e999}}'),
    ("/api/findings", '{"title": "x", "site": "\\u0000"}'),
    ("/api/programme/moves", '{"task": "\\u0000", "due": "2027-01-01"}'),
)


@pytest.mark.parametrize(("path", "body"), HALF)
def test_what_no_database_can_hold_is_refused_by_name(app: Records, path: str, body: str) -> None:
    reply = program(app, "isms_manager").post(path, content=body, headers={"Content-Type": "application/json"})
    assert reply.status_code == 422 and reply.json()["detail"], reply.text


def test_a_body_that_is_no_text_is_answered_as_the_description_says(app: Records) -> None:
    client = program(app, "isms_manager")
    assert client.post("/api/findings", content=b"\xff\xfe{", headers={"Content-Type": "application/json"}).status_code == 400
    described = client.get("/api/openapi.json").json()["paths"]
    assert all("400" in operation["responses"] for path in described.values() for operation in path.values())


@pytest.mark.parametrize(
    "path", ["/actions/%00", f"/actions/{ACTION}%00", "/actions?owner=%00", "/api/finding?site=%00", "/api/kpis?as=%00"]
)
def test_an_address_with_a_nul_is_refused(app: Records, path: str) -> None:
    assert program(app, "isms_manager").get(path).status_code == 400


@pytest.mark.parametrize(
    "kind", ["multipart/form-data; boundary=B; charset=unicode_escape", "multipart/form-data; boundary=B; charset=undefined"]
)
def test_a_form_in_another_encoding_is_refused(app: Records, kind: str) -> None:
    client = browser(app, "isms_manager")
    part = f'--B\r\nContent-Disposition: form-data; name="token"\r\n\r\n{form_token(client, "/kpis")}\r\n'
    body = part + '--B\r\nContent-Disposition: form-data; name="title"\r\n\r\n\\ud800\r\n--B--\r\n'
    for path, status in (("/findings/raise", {415}), ("/questionnaire", {400, 422})):
        assert client.post(path, content=body.encode(), headers={"Content-Type": kind}).status_code in status


def test_a_form_with_a_nul_is_refused(app: Records) -> None:
    client = browser(app, "isms_manager")
    sent = {"step": "decide", "review": "\x00", "title": "x", "token": form_token(client, "/kpis")}
    assert client.post("/reviews", data=sent).status_code == 400


def test_a_questionnaire_that_was_altered_on_its_way_is_asked_for_again(app: Records) -> None:
    client = browser(app, "isms_manager")
    assert client.post("/questionnaire", data={"content": "ÿ", "token": form_token(client, "/kpis")}).status_code == 422


@pytest.mark.parametrize(
    "path", ["/api/audits/{id}/pack", "/api/audits/{id}/pack?form=pdf", "/api/actions/{id}/report", "/api/management-reviews/{id}/print"]
)
def test_a_file_is_named_by_any_id(app: Records, path: str) -> None:
    reply = program(app, "isms_manager").get(path.replace("{id}", quote(ODD, safe="")))
    assert reply.status_code == 200
    assert reply.headers["content-disposition"].isascii() and quote("日") in reply.headers["content-disposition"]


def test_the_number_of_a_version_is_one_that_can_be(app: Records) -> None:
    assert program(app, "staff").get(f"/versions/{10**30}").status_code == 422


def test_an_operator_in_the_place_of_an_id_finds_nothing(app: Records) -> None:
    assert program(app, "auditor").get("/api/audits/contains:AU/pack?form=json").status_code == 404


def test_a_time_zone_that_is_a_folder_is_taken_for_utc(app: Records) -> None:
    assert program(app, "admin").patch("/api/person/P-005", json={"time_zone": "Europe"}).status_code == 200
    assert program(app, "auditor").get(f"/api/audits/{AUDIT}/pack?form=json").status_code == 200


def test_what_is_made_of_a_restricted_audit_or_review_is_for_its_readers(app: Records) -> None:
    keeper, others = program(app, KEEPER), program(app, "isms_manager")
    made = keeper.post("/api/audits/AU-SECRET/samples", json={}).json()["ids"]
    made += keeper.post(f"/api/management-reviews/{REVIEW}/decisions", json={"title": "Sell the hall"}).json()["ids"]
    assert len(made) > 1
    for id_ in made:
        register = "improvement" if id_.startswith("IMP") else "proposal"
        assert (keeper.get(f"/api/{register}/{id_}").status_code, others.get(f"/api/{register}/{id_}").status_code) == (200, 404)
    assert "Sell the hall" not in others.get("/api/management-reviews/inputs").text
    for id_ in (REVIEW, "MR-2026-777"):
        refused = others.post(f"/api/management-reviews/{id_}/decisions", json={"title": "x"})
        assert refused.status_code == 422 and "no such management review" in refused.json()["detail"]


def test_nothing_in_the_archive_is_a_formula_or_leads_elsewhere(app: Records) -> None:
    client = program(app, "isms_manager")
    for id_ in ("=1+1", "@a", "../../up", "EV?1", "EV*1", "ev*1"):
        assert client.post("/api/evidence", json={"id": id_, "title": "=cmd()"}).status_code == 201
    with zipfile.ZipFile(io.BytesIO(client.get(f"/api/audits/{AUDIT}/pack").content)) as opened:
        names = opened.namelist()
        told = "\n".join(opened.read(name).decode("utf-8-sig") for name in names if name.endswith(".csv"))
        kept = {json.loads(opened.read(name))["id"] for name in names if name.startswith("records/evidence/")}
    assert kept == {"=1+1", "@a", "../../up", "EV?1", "EV*1", "ev*1"}, "two ids that make one name are two files"
    assert len({name.casefold() for name in names}) == len(names) and not any(".." in name.split("/") for name in names)
    assert not any(cell.lstrip('"').startswith(("=", "@")) for line in told.splitlines() for cell in line.split(","))


def test_an_old_row_without_end_stops_no_page(app: Records, tmp_path: Path) -> None:
    """Releases before took 9999-12-31, which other systems write where nothing ends."""
    with app.store.write() as session:
        session.connection().exec_driver_sql("UPDATE audit SET end_date = '9999-12-31' WHERE id = 'AU-2026-001'")
    visited, client = browser(app, "isms_manager"), program(app, "isms_manager")
    for path in ("/audits", "/reviews", "/programme", "/kpis", "/readiness"):
        assert visited.get(path).status_code == 200, path
    for path in ("/api/cycle", "/api/audit-programme", "/api/audit-coverage", "/api/pictures/cycle"):
        assert client.get(path).status_code == 200, path


@pytest.mark.parametrize(("at", "status"), [("9999-12-31T23:59:59Z", 422), ("0001-01-01T00:00:00Z", 422), ("2026-05-04T00:00:00", 200)])
def test_reminders_are_looked_at_from_a_moment_that_can_be(app: Records, at: str, status: int) -> None:
    with app.store.write() as session:
        session.connection().exec_driver_sql("UPDATE corrective_action SET due_date = '0001-01-01' WHERE id = 'CA-2026-001'")
    assert owner(app).post("/api/reminders/run", json={"at": at}).status_code == status  # type: ignore[arg-type]
