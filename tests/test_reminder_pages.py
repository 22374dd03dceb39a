"""Pages of reminders as people use them: what went out, what is in doubt, answers by link, calendars."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar
from sqlmodel import select

from assistant.app import Records
from assistant.assurance.reminding.delivery import Channels, Delivery
from connectors.base import ConnectorError
from knowledge.registers import CorrectiveAction, Outbox, Person, ReminderAnswer, records
from knowledge.registers.rights import INSTALLATION
from tests.records import NOW, TODAY
from tests.register_web import HIDDEN, a_web_plant, browser, program, send, soup, visiting
from tests.test_delivery import Post

ADDRESS = "http://localhost:8300"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Records]:
    with a_web_plant(tmp_path) as made:
        made.settings = made.settings.model_copy(update={"public_url": ADDRESS})
        yield made


def sending(app: Records) -> Post:
    """What takes the place of the mail server from now on."""
    post = Post()
    app.channels = Channels(post)  # type: ignore[misc]
    app.delivery = Delivery(app.store, app.channels, app.links.to, ADDRESS)  # type: ignore[misc]
    return post


def an_action(app: Records, **more: Any) -> str:
    with records.writing(app.store, INSTALLATION, NOW - timedelta(days=90), "test") as book:
        values = {
            "title": "Doors",
            "owner": "owner@plant.example",
            "due_date": str(TODAY + timedelta(days=7)),
            "state": "action_planned",
            **more,
        }
        return str(book.create("corrective_action", values).id)


def the_link(post: Post, answer: str) -> str:
    """The address in the owner's mail for an answer to the corrective action."""
    (notice,) = [notice for to, notice, _ in post.given if to == "owner@plant.example"]
    (item,) = [item for item in notice.items if item.text.startswith("CA-")]
    return next(one.url for one in item.choices if one.action == answer).removeprefix(ADDRESS)


def test_opening_a_link_answers_nothing_and_pressing_it_answers_once(app: Records) -> None:
    post, action = sending(app), an_action(app)
    app.delivery.run(lambda: NOW, "a")
    client = visiting(app)
    link = the_link(post, "not_mine")
    page = soup(client.get(link).text)
    assert action in page.h1.text and page.select_one("input[value=not_mine][checked]")  # type: ignore[union-attr]
    with app.store.read() as session:
        assert session.exec(select(ReminderAnswer)).all() == []
    assert send(client, link.partition("?")[0], {"answer": "not_mine", "text": ""}, link).status_code == 422
    sent = {"answer": "not_mine", "text": "Maintenance does them"}
    said = [soup(send(client, link.partition("?")[0], sent, link).text).select_one("[role=status]").text for _ in range(2)]  # type: ignore[union-attr]
    assert said == ["Told to the ISMS manager, Isms Manager.", "This was answered already."]
    with app.store.read() as session:
        assert [one.answer for one in session.exec(select(ReminderAnswer)).all()] == ["not_mine"]


def test_a_form_from_elsewhere_and_an_altered_link_answer_nothing(app: Records) -> None:
    post = sending(app)
    an_action(app)
    app.delivery.run(lambda: NOW, "a")
    link = the_link(post, "done").partition("?")[0]
    assert visiting(app).post(link, data={"answer": "done"}).status_code == 403
    assert visiting(app).get(link[:-3] + "abc").status_code == 404
    client = visiting(app)
    with app.store.write() as session:
        session.get_one(Person, "P-002").retired_at = NOW
    assert client.get(link).status_code == 404, "who has left answers nothing"


def test_the_manager_sees_what_is_in_doubt_and_settles_it(app: Records) -> None:
    post, action = sending(app), an_action(app)
    post.faults = [ConnectorError("the server did not answer", False, doubtful=True)]
    for minutes in (0, 6):
        app.delivery.run(lambda minutes=minutes: NOW + timedelta(minutes=minutes), "a")  # type: ignore[misc]
    client = browser(app, "isms_manager")
    page = soup(client.get("/reminders").text)
    with app.store.read() as session:
        (doubtful,) = session.exec(select(Outbox).where(Outbox.state == "doubtful")).all()
    assert action in page.text and "Owner" in page.select_one("section li").text  # type: ignore[union-attr]
    assert send(client, "/reminders/settle", {"post": str(doubtful.id), "arrived": "yes"}, "/reminders").status_code == 303
    assert send(client, "/reminders/settle", {"post": str(doubtful.id), "arrived": "yes"}, "/reminders").status_code == 409
    assert soup(client.get("/reminders").text).select("section li") == []
    assert "settle message" in client.get("/journal").text
    sent = soup(client.get("/reminders?state=sent").text)
    assert [row.select("td")[2].text for row in sent.select("tbody tr")].count(action) == 1


def test_reminders_of_a_restricted_row_are_seen_by_those_who_may_read_it(app: Records) -> None:
    sending(app)
    with records.writing(app.store, INSTALLATION, NOW - timedelta(days=90), "test") as book:
        book.change("risk", "R-002", {"owner": "keeper@plant.example", "review_date": str(TODAY)})
    app.delivery.run(lambda: NOW, "a")
    assert "R-002" in browser(app, "keeper@plant.example").get("/reminders").text
    hidden = browser(app, "isms_manager").get("/reminders").text
    assert "R-002" not in hidden and HIDDEN not in hidden


@pytest.mark.parametrize("tongue", ["en", "de"])
def test_what_goes_out_next_is_shown_as_a_dry_run_says_it(app: Records, tongue: str) -> None:
    assert app.ownership
    mine, theirs = an_action(app), an_action(app, owner="isms_manager@plant.example", title="Springs")
    run = visiting(app)
    run.headers["Authorization"] = f"Bearer {app.ownership.token}"
    messages = run.post("/api/reminders/run", json={"dry_run": True}).json()["messages"]
    dry = {message["name"]: [(item["row"], item["why"]) for item in message["items"]] for message in messages}

    def shown(who: str) -> dict[str, list[tuple[str, str]]]:
        page = soup(browser(app, who, tongue).get("/reminders").text)
        assert page.select_one(".asof") and "2026" in page.select_one(".asof").text  # type: ignore[union-attr]
        return {
            table.caption.text.split(",")[0]: [(row.a.text, row.select("td")[2].text) for row in table.select("tbody tr")]  # type: ignore[union-attr]
            for table in page.select("section[aria-labelledby=next] table")
        }

    assert shown("owner") == {"Owner": dry["Owner"]} and mine in dict(dry["Owner"]) and theirs not in dict(dry["Owner"])
    assert shown("isms_manager") == {name: items for name, items in dry.items() if name != "Kim Keeper"}
    assert shown("staff") == {name: items for name, items in dry.items() if name == "Staff"}
    assert 'aria-labelledby="said"' not in browser(app, "owner", tongue).get("/reminders").text, "what was said to others is not for them"


@pytest.mark.parametrize(("tongue", "words"), [("en", "corrective action due"), ("de", "Korrekturmaßnahme fällig")])
def test_everybody_sees_their_own_open_items(app: Records, tongue: str, words: str) -> None:
    action = an_action(app)
    page = soup(browser(app, "owner", tongue).get("/reminders/mine").text)
    (row,) = [row for row in page.select("tbody tr") if action in row.text]
    assert words in row.text
    assert action not in browser(app, "staff").get("/reminders/mine").text


# --- calendars ---------------------------------------------------------------------------------------------------------


def an_address(client: Any, which: str = "own") -> str:
    page = soup(send(client, "/calendar", {"step": "make", "which": which}, "/calendar").text)
    code = page.select_one("code")
    return code.text.removeprefix(ADDRESS) if code else ""


def events(text: str) -> dict[str, dict[str, Any]]:
    """uid -> properties of each event; the text is checked line by line as RFC 5545 wants it, then parsed."""
    assert text.endswith("END:VCALENDAR\r\n") and "\n" not in text.replace("\r\n", "")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    unfolded = text.replace("\r\n ", "").split("\r\n")
    depth: list[str] = []
    for line in filter(None, unfolded):
        assert re.match(r"[A-Z-]+(;[A-Z-]+=[^:]+)?:", line), line
        name, _, value = line.partition(":")
        if name == "BEGIN":
            depth.append(value)
        elif name == "END":
            assert depth.pop() == value
    assert not depth
    return {
        str(one["UID"]): {name: one.decoded(name) for name in ("DTSTART", "DTEND", "SUMMARY", "SEQUENCE")}
        for one in Calendar.from_ical(text).walk("VEVENT")
    }


def test_a_calendar_shows_ones_own_due_dates_and_the_audits_as_whole_days(app: Records) -> None:
    action = an_action(app, title="Doors, gates; and\nfences äöü " + "x" * 80)
    with records.writing(app.store, INSTALLATION, NOW, "test") as book:
        book.create("audit", {"title": "Surveillance", "type": "surveillance_1", "start_date": "2026-06-01", "end_date": "2026-06-03"})
        book.create("audit", {"title": "Called off", "type": "internal", "start_date": "2026-06-01", "status": "cancelled"})
    reply = visiting(app).get(an_address(browser(app, "owner")))
    assert reply.headers["content-type"] == "text/calendar; charset=utf-8"
    found = events(reply.text)
    due = found[f"action_due.{action}@annexa"]
    assert (due["DTSTART"], due["DTEND"]) == (TODAY + timedelta(days=7), TODAY + timedelta(days=8))
    assert "corrective action due / Korrekturmaßnahme fällig" in due["SUMMARY"]
    (audit,) = [one for uid, one in found.items() if uid.startswith("audit.")]
    assert (audit["DTSTART"], audit["DTEND"]) == (date(2026, 6, 1), date(2026, 6, 4))


def test_a_moved_date_keeps_its_id_with_a_higher_sequence_and_a_closed_one_is_gone(app: Records) -> None:
    action = an_action(app)
    address = an_address(browser(app, "owner"))
    before = events(visiting(app).get(address).text)[f"action_due.{action}@annexa"]
    with records.writing(app.store, INSTALLATION, NOW, "test") as book:
        book.change("corrective_action", action, {"due_date": "2026-05-08"})
    after = events(visiting(app).get(address).text)[f"action_due.{action}@annexa"]
    assert (after["DTSTART"], after["SEQUENCE"] > before["SEQUENCE"]) == (date(2026, 5, 8), True)
    with app.store.write() as session:
        session.get_one(CorrectiveAction, action).state = "closed"
    assert f"action_due.{action}@annexa" not in events(visiting(app).get(address).text)


def test_an_address_is_revoked_and_leads_nowhere_for_who_left(app: Records) -> None:
    client = browser(app, "owner")
    one, other = an_address(client), an_address(browser(app, "staff"))
    assert send(client, "/calendar", {"step": "revoke", "which": "own"}, "/calendar").status_code == 200
    assert [visiting(app).get(address).status_code for address in (one, other, "/calendar/guessed.ics")] == [404, 200, 404]
    with app.store.write() as session:
        session.get_one(Person, "P-001").retired_at = NOW
    assert visiting(app).get(other).status_code == 404


def test_the_plan_is_given_out_by_those_who_keep_it(app: Records) -> None:
    with records.writing(app.store, INSTALLATION, NOW, "test") as book:
        book.create("programme_task", {"name": "Scope", "due_date": "2026-06-01"})
        book.create("programme_task", {"name": HIDDEN, "due_date": "2026-06-01", "audience": "department:legal"})
    assert an_address(browser(app, "owner"), "plan") == ""
    found = events(visiting(app).get(an_address(browser(app, "isms_manager"), "plan")).text)
    assert [one["SUMMARY"] for one in found.values()] == ["PT-001 Scope"]


def test_rest_is_for_the_owner_of_the_data_folder(app: Records) -> None:
    assert app.ownership
    an_action(app)
    client = visiting(app)
    client.headers["Authorization"] = f"Bearer {app.ownership.token}"
    shown = client.post("/api/reminders/run", json={"dry_run": True}).json()
    assert [item["row"] for message in shown["messages"] for item in message["items"] if message["name"] == "Owner"] != []
    assert "no channel" in client.post("/api/reminders/run", json={"dry_run": False}).json()["missing"]
    assert program(app, "isms_manager").post("/api/reminders/run", json={}).status_code == 403


def test_a_calendar_is_given_out_and_taken_back_by_the_process_that_serves(app: Records) -> None:
    assert app.ownership
    client = visiting(app)
    client.headers["Authorization"] = f"Bearer {app.ownership.token}"
    made = client.post("/api/calendars", json={"whose": "owner@plant.example"})
    assert made.status_code == 201
    path = made.json()["url"].removeprefix(ADDRESS)
    assert visiting(app).get(path).text.startswith("BEGIN:VCALENDAR")
    assert client.post("/api/calendars", json={"whose": "owner@plant.example", "plan": True}).status_code == 403
    assert client.post("/api/calendars/revocation", json={"whose": "owner@plant.example"}).json() == {"revoked": 1}
    assert visiting(app).get(path).status_code == 404
    assert program(app, "owner").post("/api/calendars", json={"whose": "owner@plant.example"}).status_code == 403
