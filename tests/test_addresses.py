"""Rows from other tools keep their ids, and these hold slashes and other signs of addresses: every page, route and link takes them."""

import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urljoin, urlsplit

import pytest
from fastapi.testclient import TestClient
from icalendar import Calendar

from assistant import addresses
from assistant.app import Records
from assistant.assurance.reminding.delivery import Channels, Delivery
from knowledge.registers import records
from knowledge.registers.rights import INSTALLATION
from tests.records import NOW, TODAY, a_risk
from tests.register_web import a_web_plant, browser, program, send, soup, visiting
from tests.test_delivery import Post

ADDRESS = "https://annexa.plant.example"
ODD = ("OPS/7", "2026/#3/1", "Q?/50%", "weld cam/2")
ACTION, FINDING, AUDIT, RISK = (f"{name}/{number}" for number, name in enumerate(("OPS", "QA#", "IA", "R?"), 1))


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Records]:
    with a_web_plant(tmp_path_factory.mktemp("odd")) as made:
        with records.writing(made.store, INSTALLATION, NOW - timedelta(days=30), "test", history=True) as book:
            book.create("isms", {"name": "ISMS of Lindwerk", "certified_on": "2025-05-20"})
            soon = str(TODAY + timedelta(days=7))
            book.create("finding", {"id": FINDING, "title": "Labels", "grade": "minor", "reported_on": "2026-04-01"})
            action = {"id": ACTION, "title": "Lock", "finding": FINDING, "owner": "isms_manager@plant.example", "due_date": soon}
            book.create("corrective_action", action, {"accepted_at": NOW - timedelta(days=29), "accepted_by": "P-004"})
            book.create("audit", {"id": AUDIT, "title": "Surveillance", "type": "surveillance_1", "start_date": soon, "status": "planned"})
            book.create("risk", a_risk(id=RISK, name="Scrap", owner="isms_manager@plant.example", review_date=soon))
            book.create("management_review", {"id": "MR/1", "title": "Review", "held_on": "2026-04-20", "state": "done"})
        yield made


@pytest.fixture(scope="module")
def client(app: Records) -> TestClient:
    return browser(app, "isms_manager")


@pytest.mark.parametrize("id_", ODD)
def test_an_address_leads_back_to_its_id(app: Records, client: TestClient, id_: str) -> None:
    with records.writing(app.store, INSTALLATION, NOW, "test") as book:
        book.create("asset", {"id": id_, "name": "Camera", "asset_class": "plc"})
    for address in (addresses.row("asset", id_), addresses.source(f"row:asset:{id_}"), f"/api/asset/{addresses.part(id_)}"):
        reply = client.get(address)
        assert (reply.status_code, "Camera" in reply.text) == (200, True), address


PAGES = (
    f"/actions/{addresses.part(ACTION)}",
    f"/findings/{addresses.part(FINDING)}",
    f"/tasks/{addresses.part(ACTION)}",
    f"/audits/{addresses.part(AUDIT)}/pack",
    addresses.row("corrective_action", ACTION),
    addresses.row("finding", FINDING),
    f"/registers/risk/edit/{addresses.part(RISK)}",
    "/actions",
    "/findings",
    "/tasks",
    "/audits",
    "/reviews",
    "/reminders",
    "/reminders/mine",
    "/registers/risk",
)


@pytest.mark.parametrize("page", PAGES)
def test_every_link_of_a_page_to_such_a_row_opens(client: TestClient, page: str) -> None:
    shown = client.get(page)
    assert shown.status_code == 200
    wanted = re.compile("|".join(addresses.part(id_) for id_ in (ACTION, FINDING, AUDIT, RISK, "MR/1")))
    links = {urljoin(page, str(link["href"])) for link in soup(shown.text).select("a[href]") if wanted.search(str(link["href"]))}
    assert links or page in ("/tasks",) or "/edit/" in page
    for link in sorted(links):
        assert client.get(link).status_code == 200, link


def test_forms_and_routes_take_them(app: Records, client: TestClient) -> None:
    rest = program(app, "isms_manager")
    action, risk = addresses.part(ACTION), addresses.part(RISK)
    said = send(client, f"/tasks/{action}", {"step": "again"}, f"/tasks/{action}")
    assert said.status_code == 422 and "nothing of its task" in said.text
    assert send(client, f"/actions/{action}", {"to": "contained", "revision": "1"}, f"/actions/{action}").status_code == 422
    accepted = send(client, f"/registers/risk/accept/{risk}", {"expires": "2027-01-01"}, addresses.row("risk", RISK))
    assert accepted.headers["location"] == f"/registers/risk/{risk}" and client.get(accepted.headers["location"]).status_code == 200
    for path in (
        f"/api/actions/{action}/transitions",
        f"/api/actions/{action}/report?form=docx",
        f"/api/tasks/{action}",
        f"/api/findings/{addresses.part(FINDING)}/relatives",
        f"/api/audits/{addresses.part(AUDIT)}/samples",
        f"/api/audits/{addresses.part(AUDIT)}/pack?form=json",
        "/api/management-reviews/MR/1/print?form=docx",
        f"/api/corrective_action/{action}",
    ):
        assert rest.get(path).status_code == 200, path
    assert rest.post(f"/api/risk/{risk}/acceptance", json={"expires": "2020-01-01"}).status_code == 422
    assert rest.patch(f"/api/finding/{addresses.part(FINDING)}", json={"gap": "None was"}).json()["gap"] == "None was"


def test_links_in_mails_and_calendars_open(app: Records, client: TestClient) -> None:
    post, app.settings = Post(), app.settings.model_copy(update={"public_url": ADDRESS})
    app.delivery = Delivery(app.store, Channels(post), app.links.to, ADDRESS)  # type: ignore[misc]
    app.delivery.run(lambda: NOW, "a")
    [notice] = [notice for to, notice, _ in post.given if to == "isms_manager@plant.example"]
    items = [item for item in notice.items if item.text.startswith((ACTION, RISK))]
    assert len(items) == 2
    for item in items:
        assert opened(client, item.url) == 200, item.url
        assert opened(visiting(app), item.choices[0].url) == 200
    calendar = Calendar.from_ical(client.get(secret(client)).content)
    for event in calendar.walk("VEVENT"):
        assert opened(client, str(event["url"])) == 200, event["url"]
    assert {ACTION, AUDIT} <= {str(event["summary"]).split()[0] for event in calendar.walk("VEVENT")}


def opened(client: TestClient, url: str) -> int:
    parts = urlsplit(url)
    assert not parts.fragment
    return client.get(f"{parts.path}{'?' if parts.query else ''}{parts.query}").status_code


def secret(client: TestClient) -> str:
    """The path of a new address of the reader's own calendar."""
    shown = send(client, "/calendar", {"step": "make", "which": "own"}, "/calendar").text
    found = re.search(r"/calendar/[\w-]+\.ics", shown)
    assert found
    return found[0]
