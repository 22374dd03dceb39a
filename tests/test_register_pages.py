"""Pages of the registers: lists, rows, forms, heat map, Statement of Applicability, risk method, journal; all of it without JavaScript."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from assistant.app import Records
from knowledge.registers import REGISTERS, records
from knowledge.registers.rights import INSTALLATION
from tests.records import NOW, TODAY, a_risk, an_asset
from tests.register_web import HIDDEN, KEEPER, a_web_plant, browser, program, send, visiting
from tests.web import soup


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Records]:
    with a_web_plant(tmp_path) as made:
        yield made


def rows(client: TestClient, path: str) -> list[list[str]]:
    """The cells of a page's last table, row by row."""
    reply = client.get(path)
    assert reply.status_code == 200, reply.text
    tables = soup(reply.text).select("main table")
    return [[" ".join(cell.get_text(" ").split()) for cell in line.select("th, td")] for line in tables[-1].select("tbody tr")]


def test_the_overview_counts_what_one_may_read_and_what_is_overdue(app: Records) -> None:
    counted = {row[0]: row[1:] for row in rows(program(app, "staff"), "/registers")}
    assert counted["Risks"] == ["2", "1 overdue"]
    assert counted["Sites"] == ["1", ""]
    german = {row[0] for row in rows(visiting_as(app, "staff", "de"), "/registers")}
    assert "Risiken" in german


def visiting_as(app: Records, who: str, tongue: str) -> TestClient:
    client = program(app, who)
    client.headers["Accept-Language"] = tongue
    return client


def test_a_list_is_searched_filtered_sorted_and_says_as_of_when(app: Records) -> None:
    client = program(app, "staff")
    assert [row[0] for row in rows(client, "/registers/risk")] == ["R-001", "R-003"]
    assert [row[0] for row in rows(client, "/registers/risk?sort=current_score")] == ["R-003", "R-001"]
    assert [row[0] for row in rows(client, "/registers/risk?q=scrap")] == ["R-003"]
    assert [row[0] for row in rows(client, "/registers/risk?owner=P-002&overdue=yes")] == ["R-001"]
    assert [row[0] for row in rows(client, "/registers/risk?current_score=ge:10")] == ["R-001"]
    page = soup(client.get("/registers/risk?q=nothing").text)
    assert "No row fits." in page.text and "As of 4 May 2026" in page.text.replace("May 4, 2026", "4 May 2026")
    wrong = client.get("/registers/risk?due_date=soon")
    assert (wrong.status_code, "write a date as YYYY-MM-DD" in wrong.text) == (422, True)


def test_a_long_list_is_turned_page_by_page(app: Records) -> None:
    with records.writing(app.store, INSTALLATION, NOW) as book:
        for number in range(60):
            book.create("asset", {"name": f"Drive {number}", "class": "PLC"})
    client = program(app, "staff")
    first = soup(client.get("/registers/asset?sort=-id").text)
    following = first.select_one("a[rel=next]")
    assert following and len(first.select("tbody tr")) == 50
    second = rows(client, f"/registers/asset{following['href']}")
    assert [row[0] for row in second][-1] == "A-001" and len(second) == 11


@pytest.mark.parametrize("tongue", ["en", "de"])
def test_a_row_shows_its_fields_links_both_ways_and_worked_out_values(app: Records, tongue: str) -> None:
    text = visiting_as(app, "staff", tongue).get("/registers/risk/R-001").text
    page = soup(text)
    fields = {line.dt.text: line.dd.text.strip() for line in page.select("dl div") if line.dt and line.dd}
    assert fields["Score" if tongue == "en" else "Risikowert"] == "12"
    assert fields["Band" if tongue == "en" else "Stufe"] == ("high" if tongue == "en" else "hoch")
    assert fields["Overdue" if tongue == "en" else "Überfällig"]
    links = {a["href"].split("?")[0]: a.text for a in page.select("main a[href]")}
    assert links["/registers/asset/A-001"] == "A-001"
    assert links["/registers/person/P-002"] == "Owner"
    assert any(href.startswith("/sources/iso27001-2022:A.8.24") for href in links)
    assert "S-002" not in text and "Bunker" not in text
    named_by = soup(visiting_as(app, "staff", tongue).get("/registers/asset/A-001").text).select(".relatives li")
    assert [("R-001" in line.text, "R-002" in line.text) for line in named_by] == [(True, False)]


def test_history_is_shown_to_those_who_read_the_journal(app: Records) -> None:
    assert program(app, "isms_manager").patch("/api/risk/R-001", json={"name": "Poisoned labels"}).status_code == 200
    page = soup(program(app, "auditor").get("/registers/risk/R-001").text)
    line = page.select(".history li")[0]
    assert line.select_one("del").text == "Poisoned images" and line.select_one("ins").text == "Poisoned labels"  # type: ignore[union-attr]
    assert "Isms Manager" in line.text
    assert not soup(program(app, "staff").get("/registers/risk/R-001").text).select(".history")


def test_a_hidden_row_has_the_page_of_one_that_is_not_there(app: Records) -> None:
    for role in ("staff", "owner", "isms_manager", "auditor", "admin"):
        client = program(app, role)
        for path in ("/registers/risk/{}", "/registers/risk/edit/{}"):
            hidden, absent = client.get(path.format("R-002")), client.get(path.format("R-902"))
            assert (hidden.status_code, hidden.text) == (404, absent.text.replace("R-902", "R-002"))
        for path in ("/registers", "/registers/risk", "/registers/risk?q=insider", "/registers/risk/heat-map", "/registers/asset/A-001"):
            assert HIDDEN not in client.get(path).text
    assert HIDDEN in program(app, KEEPER).get("/registers/risk").text


def test_a_form_makes_a_row_and_leads_to_it(app: Records) -> None:
    client = browser(app, "isms_manager")
    page = soup(client.get("/registers/risk/new").text)
    for field in page.select("main form [name]:not([type=hidden]):not(button)"):
        assert page.select_one(f"label[for='{field['id']}']"), field
    made = send(
        client, "/registers/risk/new", {"name": "Flood", "treatment": "avoid", "assets": "A-001", "owner": "P-002"}, "/registers/risk/new"
    )
    assert (made.status_code, made.headers["location"]) == (303, "/registers/risk/R-004")
    assert client.get("/api/risk/R-004").json()["assets"] == ["A-001"]


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(app: Records) -> None:
    client = browser(app, "isms_manager")
    typed = {"name": "", "due_date": "soon", "assets": "A-999", "description": "Because of <b>rain</b>"}
    reply = send(client, "/registers/risk/new", typed, "/registers/risk/new")
    assert reply.status_code == 422
    page = soup(reply.text)
    for name, message in (("name", "it is empty"), ("due_date", "write a date"), ("assets", "there is no such asset")):
        field = page.select_one(f"#{name}")
        assert field and field["aria-invalid"] == "true"
        assert message in page.select_one(f"#{name}-fault").text  # type: ignore[union-attr]
        assert f"{name}-fault" in str(field["aria-describedby"])
    assert page.select_one("#description").text.strip() == typed["description"]  # type: ignore[union-attr]
    assert client.get("/api/risk").json()["total"] == 2


def as_filled(client: TestClient, path: str) -> dict[str, str]:
    """A form as a browser would send it back untouched."""
    out = {}
    for field in soup(client.get(path).text).select("main form [name]"):
        chosen = field.select_one("option[selected]")
        out[str(field["name"])] = (
            str(chosen["value"]) if chosen else field.text if field.name == "textarea" else str(field.get("value", ""))
        )
    return out


def test_saving_an_untouched_form_changes_nothing_not_even_what_one_may_not_see(app: Records) -> None:
    client = browser(app, "isms_manager")
    sent = as_filled(client, "/registers/risk/edit/R-001")
    assert sent["site"] == "", "the site is hidden from this reader"
    assert client.post("/registers/risk/edit/R-001", data=sent, follow_redirects=False).status_code == 303
    kept = program(app, KEEPER).get("/api/risk/R-001").json()
    assert (kept["revision"], kept["site"]) == (1, "S-002")


def test_two_who_change_a_row_at_once_see_both_versions(app: Records) -> None:
    client = browser(app, "isms_manager")
    sent = as_filled(client, "/registers/risk/edit/R-001")
    program(app, "owner").patch("/api/risk/R-001", json={"name": "Theirs"})
    reply = client.post("/registers/risk/edit/R-001", data={**sent, "name": "Mine"}, follow_redirects=False)
    assert reply.status_code == 409
    page = soup(reply.text)
    assert [cell.text for cell in page.select("[role=alert] tbody tr")[0].select("th, td")] == ["Name", "Theirs", "Mine"]
    again = {str(field["name"]): str(field.get("value", "")) for field in page.select("main form input[type=hidden]")}
    assert client.post("/registers/risk/edit/R-001", data={**sent, **again, "name": "Mine"}, follow_redirects=False).status_code == 303
    assert client.get("/api/risk/R-001").json()["name"] == "Mine"


def test_staff_propose_by_the_same_form_and_a_manager_accepts_on_the_page(app: Records) -> None:
    staff, manager = browser(app, "staff"), browser(app, "isms_manager")
    assert "Propose" in soup(staff.get("/registers/risk/new").text).select_one("h1").text  # type: ignore[union-attr]
    made = send(staff, "/registers/risk/new", {"name": "Flood", "why": "the river"}, "/registers/risk/new")
    assert made.headers["location"] == "/registers/proposal/PR-001"
    assert "Flood" in staff.get("/registers/proposal/PR-001").text
    assert send(manager, "/registers/proposal/decide/PR-001", {"decision": "reject"}).status_code == 422
    done = send(manager, "/registers/proposal/decide/PR-001", {"decision": "accept"})
    assert done.headers["location"] == "/registers/risk/R-004"


def test_a_row_is_taken_out_with_a_reason_and_a_risk_accepted_with_a_date(app: Records) -> None:
    manager, owner = browser(app, "isms_manager"), browser(app, "owner")
    late = send(owner, "/registers/risk/accept/R-001", {"expires": "2026-01-01"})
    assert (late.status_code, "a day to come" in late.text) == (422, True)
    assert send(owner, "/registers/risk/accept/R-001", {"expires": "2027-01-01"}).status_code == 303
    assert owner.get("/api/risk/R-001").json()["acceptance"] == "valid"
    second = send(browser(app, "approver"), "/registers/risk/accept/R-001", {"expires": "2027-02-01", "revision": "1"})
    assert (second.status_code, "accepted already, by Owner" in second.text) == (422, True)
    assert soup(second.text).select_one("input[name=revision]")["value"] == "2", (
        "the page shows the acceptance: from here it can be renewed"
    )  # type: ignore[index]
    assert send(manager, "/registers/risk/retire/R-001", {"reason": " "}).status_code == 422
    assert send(manager, "/registers/risk/retire/R-001", {"reason": "double"}).headers["location"] == "/registers/risk"
    assert manager.get("/registers/risk/R-001").status_code == 404


@pytest.mark.parametrize(
    ("pair", "cell", "query"),
    [("current", (4, 3), "current_likelihood=3&current_impact=4"), ("inherent", (5, 4), "inherent_likelihood=4&inherent_impact=5")],
)
def test_each_cell_of_the_heat_map_leads_to_its_risks(app: Records, pair: str, cell: tuple[int, int], query: str) -> None:
    client = program(app, "staff")
    page = soup(client.get(f"/registers/risk/heat-map?pair={pair}").text)
    impact, likelihood = cell
    found = page.select("table.heat tbody tr")[5 - impact].select("td")[likelihood - 1]
    link = found.select_one("a")
    assert link and query in str(link["href"])
    assert int(link.text) == len(rows(client, str(link["href"])))
    assert all(cell.select_one(".hint").text for cell in page.select("table.heat td")), "the band is a word, not only a colour"  # type: ignore[union-attr]
    assert client.get("/registers/risk/heat-map?pair=other").status_code == 422


def test_the_statement_of_applicability_has_every_control_with_a_status(app: Records) -> None:
    lines = rows(program(app, "auditor"), "/registers/control_status/soa")
    assert len(lines) == 93
    status = {line[0]: line[2] for line in lines}
    assert (status["A.8.24"], status["A.5.1"]) == ("implemented", "never checked")


def test_a_change_of_the_risk_method_is_shown_before_it_is_saved(app: Records) -> None:
    client = browser(app, "isms_manager")
    sent = as_filled(client, "/risk-method")
    shown = client.post("/risk-method", data={**sent, "threshold": "3", "step": "preview"})
    assert "R-001" in soup(shown.text).select_one("[role=status]").text  # type: ignore[union-attr]
    assert client.get("/api/risk_method/current").json()["threshold"] == 9
    wrong = client.post("/risk-method", data={**sent, "threshold": "many", "step": "preview"})
    assert (wrong.status_code, "a score from 1 to 25" in wrong.text) == (422, True)
    assert client.post("/risk-method", data={**sent, "threshold": "3", "step": "save"}).status_code == 422, "it needs a reason"
    saved = client.post("/risk-method", data={**sent, "threshold": "3", "reason": "board", "step": "save"}, follow_redirects=False)
    assert saved.status_code == 303
    assert client.get("/api/risk_method/current").json()["threshold"] == 3


def test_the_journal_page_leads_to_rows_and_older_entries(app: Records) -> None:
    page = soup(program(app, "auditor").get("/journal").text)
    assert page.select_one("a[href='/registers/risk/R-001']")
    assert HIDDEN not in page.text


@pytest.mark.parametrize("tongue", ["en", "de"])
@pytest.mark.parametrize(
    "path",
    [
        "/registers",
        "/registers/risk",
        "/registers/risk/R-001",
        "/registers/risk/new",
        "/registers/risk/heat-map",
        "/registers/control_status/soa",
        "/risk-method",
        "/journal",
        "/sign-in",
    ],
)
def test_a_german_page_says_everything_in_german(app: Records, path: str, tongue: str) -> None:
    page = soup(visiting_as(app, "isms_manager", tongue).get(path).text)
    html = page.select_one("html")
    assert html and html["lang"] == tongue
    words = " ".join(node.get_text(" ") for node in page.select("h1, h2, label, th, caption, button, summary, nav"))
    english = {
        "Registers",
        "Search",
        "Show",
        "Rows",
        "Save",
        "Reason",
        "Likelihood",
        "Sign in",
        "Journal entries",
        "Title",
        "Cancel",
        "Change",
    }
    assert tongue == "en" or not english & set(words.split())


@pytest.mark.parametrize("name", sorted(REGISTERS))
def test_every_register_has_its_list_and_form(app: Records, name: str) -> None:
    client = program(app, "admin" if name == "person" else "isms_manager")
    assert client.get(f"/registers/{name}").status_code == 200
    assert client.get(f"/registers/{name}/new").status_code == (403 if name in ("risk_method", "proposal") else 200)


def test_a_visitor_is_sent_to_sign_in(app: Records) -> None:
    for path in ("/registers", "/registers/risk/R-001", "/journal", "/risk-method"):
        reply = visiting(app).get(path, follow_redirects=False)
        assert (reply.status_code, reply.headers["location"].split("?")[0]) == (303, "/sign-in")


def test_today_is_the_day_of_the_installation(app: Records) -> None:
    assert app.settings.today() == TODAY


def test_the_source_of_a_row_leads_to_its_page_and_programs_to_its_json(app: Records) -> None:
    client = program(app, "staff")
    page = client.get("/sources/row:R-001", follow_redirects=False)
    assert (page.status_code, page.headers["location"]) == (303, "/registers/risk/R-001")
    client.headers["Accept"] = "application/json"
    assert client.get("/sources/row:R-001").json()["id"] == "R-001"
    assert client.get("/sources/row:A.8.24", follow_redirects=False).headers["location"] == "/api/control_status/A.8.24"


def test_the_source_of_a_hidden_row_is_as_absent_as_that_of_none(app: Records) -> None:
    hidden, absent = (program(app, "staff").get(f"/sources/row:{id_}") for id_ in ("R-002", "R-999"))
    assert (hidden.status_code, absent.status_code) == (404, 404)
    assert hidden.text.replace("R-002", "R-999") == absent.text
    assert program(app, KEEPER).get("/sources/row:R-002", follow_redirects=False).status_code == 303


def test_a_visitor_signs_in_before_any_row_is_opened(app: Records) -> None:
    for id_ in ("R-001", "R-999"):
        reply = visiting(app).get(f"/sources/row:{id_}", follow_redirects=False)
        assert reply.status_code == 303 and reply.headers["location"].startswith("/sign-in?then=%2Fsources%2Frow%3A")


def test_rows_of_two_registers_with_one_id_have_sources_of_their_own(app: Records) -> None:
    with records.writing(app.store, INSTALLATION, NOW) as book:
        book.create("risk", a_risk(id="7", name="Seven", owner=""))
        book.create("asset", an_asset(id="7"))
    client = program(app, "staff")
    for register in ("risk", "asset"):
        reply = client.get(f"/sources/row:{register}:7", follow_redirects=False)
        assert reply.headers["location"] == f"/registers/{register}/7"


def test_a_list_shows_the_rows_of_the_query_that_an_answer_cites(app: Records) -> None:
    client = program(app, "staff")
    query = "register risk | where current_score at_least 5 | sort -current_score | on 2026-05-04"
    shown = client.get("/registers/risk", params={"query": query})
    assert [line.text for line in soup(shown.text).select("main tbody tr td:first-child")] == ["R-001"]
    assert soup(shown.text).select_one("input[name=query]"), "further filters keep the query"
    assert [row["id"] for row in client.get("/api/risk", params={"query": query}).json()["items"]] == ["R-001"]
    first = "register risk | sort -current_score | first 1 | on 2026-05-04"
    assert [row["id"] for row in client.get("/api/risk", params={"query": first}).json()["items"]] == ["R-001"]


@pytest.mark.parametrize(
    "query",
    [
        "rubbish",
        "register asset | on 2026-05-04",
        "register risk | where current_score at_least inf | on 2026-05-04",
        "register risk | where current_score is 1e5 | on 2026-05-04",
        "register risk | where name is \"\\u0000\" | on 2026-05-04",
        "register risk | where name is \"\\ud800\" | on 2026-05-04",
        "register risk | where current_score contains 1 | on 2026-05-04",
        "register risk | sort assets | on 2026-05-04",
        "register risk | first x | on 2026-05-04",
        "register risk | where assets | on soon",
    ],
)  # fmt: skip
def test_what_is_no_query_of_the_register_is_refused(app: Records, query: str) -> None:
    client = program(app, "staff")
    assert client.get("/registers/risk", params={"query": query}).status_code == 422
    reply = client.get("/api/risk", params={"query": query})
    assert reply.status_code == 422 and reply.json()["problems"][0]["column"] == "query"
