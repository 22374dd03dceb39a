"""Pages, REST and commands of the rehearsal and of the audit pack."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pypdf
import pytest

from assistant.app import Records
from assistant.commands import audits
from knowledge.errors import AnnexaError, BadKnowledge
from knowledge.registers import records
from knowledge.registers.rights import INSTALLATION
from tests.records import NOW
from tests.register_web import HIDDEN, KEEPER, a_web_plant, browser, program
from tests.web import soup

AUDIT = "AU-2026-001"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Records]:
    with a_web_plant(tmp_path_factory.mktemp("packs")) as made:
        with records.writing(made.store, INSTALLATION, NOW) as book:
            book.create("audit", {"id": AUDIT, "title": "Surveillance 1", "type": "surveillance_1", "start_date": "2026-06-10"})
            book.create("audit", {"title": "Internal", "type": "internal", "status": "done", "end_date": "2026-03-01"})
        yield made


def test_a_part_is_chosen_and_what_is_missing_comes_before_what_is_answered(app: Records) -> None:
    client = browser(app, "isms_manager")
    assert len(soup(client.get("/audits/rehearsal").text).select("article")) == 0
    page = soup(client.get("/audits/rehearsal", params={"run": "yes", "clause": "9"}).text)
    badges = [badge.text for badge in page.select("article .state .badge:first-child")]
    assert badges and badges == sorted(badges, key=["missing", "stale", "answered"].index)
    assert {"missing", "answered"} <= set(badges)
    cited = {link["href"] for link in page.select("article a") if str(link["href"]).startswith("/sources/")}
    assert any("AU-2026-002" in str(href) for href in cited)


def test_it_is_asked_in_german_where_the_reader_is(app: Records) -> None:
    text = browser(app, "auditor", "de").get("/audits/rehearsal", params={"run": "yes", "clause": "9.2.1"}).text
    assert "Wann war Ihr letztes internes Audit" in text and "Vorzubereiten, Fehlendes zuerst" in text


def test_a_part_that_is_not_there_is_said_beside_the_form(app: Records) -> None:
    reply = browser(app, "isms_manager").get("/audits/rehearsal", params={"run": "yes", "clause": "77"})
    assert reply.status_code == 422 and "no clause of 4 to 10" in soup(reply.text).select_one("[role=alert]").text  # type: ignore[union-attr]
    assert program(app, "isms_manager").get("/api/audits/rehearsal", params={"theme": "weather"}).status_code == 422


def test_rest_gives_the_report_in_each_form(app: Records) -> None:
    client = program(app, "isms_manager")
    told = client.get("/api/audits/rehearsal", params={"clause": "9.2"}).json()
    assert told["count"]["answered"] + told["count"]["stale"] + told["count"]["missing"] == len(told["answers"]) > 5
    assert client.get("/api/audits/rehearsal", params={"clause": "9.2", "form": "pdf"}).content[:4] == b"%PDF"
    assert client.get("/api/audits/rehearsal", params={"clause": "9.2", "form": "docx"}).content[:2] == b"PK"
    assert client.get("/api/audits/rehearsal", params={"clause": "9.2", "form": "md"}).text.startswith("# Rehearsal")


def test_the_page_of_a_pack_says_what_is_missing_and_leads_to_its_files(app: Records) -> None:
    client = browser(app, "isms_manager")
    page = soup(client.get(f"/audits/{AUDIT}/pack").text)
    assert "No management review was held" in page.select_one("#missing").parent.text  # type: ignore[union-attr]
    links = [str(link["href"]) for link in page.select("main .actions a")]
    assert [client.get(href).headers["content-type"] for href in links] == ["application/zip", "application/pdf"]
    assert client.get("/audits/AU-1999-001/pack").status_code == 404


@pytest.mark.parametrize("who", ["isms_manager", "auditor", "admin", KEEPER])
def test_a_risk_for_the_legal_department_counts_in_the_pack_of_its_own_reader_alone(app: Records, who: str) -> None:
    told = program(app, who).get(f"/api/audits/{AUDIT}/pack", params={"form": "json"}).json()
    named = {id_ for one in told["missing"] for id_ in one["ids"]}
    assert ("R-002" in named) is (who == KEEPER)
    with zipfile.ZipFile(io.BytesIO(program(app, who).get(f"/api/audits/{AUDIT}/pack").content)) as opened:
        assert ("R-002" in opened.read("index.html").decode()) is (who == KEEPER)
        assert HIDDEN.encode() not in b"".join(opened.read(name) for name in opened.namelist() if "records" in name) or who == KEEPER


def test_the_command_writes_both_files_once_and_prints_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with a_web_plant(tmp_path / "data") as made:
        settings = made.settings
        with records.writing(made.store, INSTALLATION, NOW) as book:
            book.create("audit", {"id": AUDIT, "title": "Surveillance 1", "type": "surveillance_1", "start_date": "2026-06-10"})
    audits.pack(settings, AUDIT, tmp_path, "en", "isms_manager@plant.example", False)
    assert "1  No internal audit was completed in the last 12 months." in capsys.readouterr().out
    assert pypdf.PdfReader(tmp_path / f"audit-pack-{AUDIT}-2026-05-04.pdf").pages
    assert zipfile.ZipFile(tmp_path / f"audit-pack-{AUDIT}-2026-05-04.zip").testzip() is None
    with pytest.raises(AnnexaError, match="--force"):
        audits.pack(settings, AUDIT, tmp_path, "en", "isms_manager@plant.example", False)
    audits.pack(settings, AUDIT, tmp_path, "de", "isms_manager@plant.example", True)


def test_a_rehearsal_of_nothing_is_refused(app: Records) -> None:
    from assistant import identity

    with pytest.raises(BadKnowledge):
        app.rehearse(identity.asker(app.store, "isms_manager"), "12")
