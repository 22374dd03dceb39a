"""REST: who may ask as whom, what is refused and how, and every route walked by every kind of asker."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.routing import Mount, Route

from assistant import identity
from assistant.answering import Answerer
from assistant.answering.shape import Answer
from assistant.app import App
from assistant.web import create
from tests.web import ADDRESS, FIXED, events, moved, owner, passage_of, person, token_of, visitor, with_settings

KEPT = "How long are PLC programs kept?"
VAULT = "Who holds the keys of the zirconium vault?"
MIRA, EMIL = "mira.voss@plant.example", "emil.sorg@plant.example"


def test_an_answer_comes_whole_with_its_sources(app: App) -> None:
    reply = person(app, EMIL).post("/api/ask", json={"question": KEPT})
    answer = Answer.model_validate(reply.json())
    assert answer.status == "answered"
    assert answer.language == "en"
    assert any("18 months" in citation.quote and citation.version == "2.1" for citation in answer.citations)


def test_the_stream_tells_each_claim_with_its_citations_and_ends_with_the_answer(app: App) -> None:
    reply = person(app, EMIL).post("/api/ask/stream", json={"question": KEPT})
    heard = events(reply.text)
    assert heard[0][0] == "status"
    assert heard[-1][0] == "done"
    answer = Answer.model_validate(heard[-1][1])
    claims = [data for name, data in heard if name == "claim"]
    assert [data["claim"]["text"] for data in claims] == [claim.text for claim in answer.claims]
    for data in claims:
        assert {citation["n"] for citation in data["citations"]} == set(data["claim"]["citations"])


def test_a_failure_in_the_stream_is_an_event_with_a_sentence(app: App) -> None:
    thread = person(app, MIRA).post("/api/ask", json={"question": KEPT}).json()["thread"]
    heard = events(person(app, EMIL).post("/api/ask/stream", json={"question": KEPT, "thread": thread}).text)
    assert [name for name, _ in heard] == ["status", "error"]
    assert heard[1][1] == {
        "type": "about:blank",
        "title": "Forbidden",
        "status": 403,
        "detail": heard[1][1]["detail"],
        "reference": "",
        "errors": [],
        "problems": [],
    }


def test_each_asker_is_answered_from_what_they_may_read(app: App) -> None:
    assert "18 months" not in visitor(app).post("/api/ask", json={"question": KEPT}).text
    assert "18 months" in person(app, EMIL).post("/api/ask", json={"question": KEPT}).text
    for email in (EMIL, "ines.wahl@plant.example", "tom.reuter@plant.example"):
        assert "works council" not in person(app, email).post("/api/ask", json={"question": VAULT}).text
    assert "works council" in person(app, MIRA).post("/api/ask", json={"question": VAULT}).text


def test_the_owner_of_the_data_folder_asks_as_anybody_and_else_as_staff(app: App) -> None:
    client = owner(app)
    assert "18 months" in client.post("/api/ask", json={"question": KEPT, "as": None, "thread": None}).text
    assert "works council" not in client.post("/api/ask", json={"question": VAULT}).text
    assert "works council" in client.post("/api/ask", json={"question": VAULT, "as": MIRA}).text
    assert "works council" in client.post("/api/ask", json={"question": VAULT, "as": "isms_manager"}).text
    assert client.post("/api/ask", json={"question": VAULT, "as": "nobody@plant.example"}).status_code == 422


def test_nobody_else_asks_as_another(app: App) -> None:
    for client in (visitor(app), person(app, EMIL), person(app, MIRA)):
        assert client.post("/api/ask", json={"question": VAULT, "as": MIRA}).status_code == 403
        assert client.post("/api/ask/stream", json={"question": VAULT, "as": MIRA}).status_code == 403


def test_in_the_demo_one_may_name_a_sample_person(app: App) -> None:
    client = visitor(app, demo=True)
    assert "works council" in client.post("/api/ask", json={"question": VAULT, "as": MIRA}).text
    assert "works council" not in client.post("/api/ask", json={"question": VAULT}).text


@pytest.mark.parametrize("header", ["Bearer annexa_0_0", "Bearer", "Bearer ", "Basic YTpi", "annexa", "Bearer annexa_a_b_c", "Bearer ä"])
def test_a_wrong_token_is_refused_and_never_taken_for_a_visitor(app: App, header: str) -> None:
    for path in ("/api/health", "/", "/sources/iso27001-2022:A.8.24"):
        reply = visitor(app).get(path, headers={"Authorization": header.encode()})
        assert reply.status_code == 401
        assert reply.headers["www-authenticate"] == "Bearer"


def test_a_revoked_token_is_refused(app: App) -> None:
    from knowledge.registers import Token
    from knowledge.registers.rows import utc_now

    token = identity.create_token(app.store, app.secrets, EMIL, "lost")
    headers = {"Authorization": f"Bearer {token}"}
    assert visitor(app).get("/api/health", headers=headers).status_code == 200
    with app.store.write() as session:
        row = session.get(Token, token.split("_")[1])
        assert row
        row.revoked_at = utc_now()
    assert visitor(app).get("/api/health", headers=headers).status_code == 401


def test_health_says_how_many_passages_and_as_of_when(app: App) -> None:
    found = visitor(app, now=FIXED).get("/api/health").json()
    assert found["status"] == "ok"
    assert found["passages"] == len(app.index)
    assert found["as_of"].startswith("2026-03-02T08:00")


def test_health_says_what_is_degraded(app: App) -> None:
    class HalfAnIndex:
        dense_off = "The index was made with another encoder; run annexa reindex."
        waiting = 0

        def __len__(self) -> int:
            return 3

    half = with_settings(app)
    half.index = HalfAnIndex()  # type: ignore[assignment]
    found = TestClient(create(half), base_url=ADDRESS).get("/api/health").json()
    assert found["status"] == "degraded"
    assert "annexa reindex" in found["detail"]


def test_documents_are_loaded_and_the_index_made_again_for_the_owner_alone(app: App, tmp_path: Path) -> None:
    (tmp_path / "forge.md").write_text(
        "---\nnumber: IS-NEW-1\naudience: public\n---\n# Forge\n\n## Gloves\n\nAt the forge everybody wears aluminised gloves.\n"
    )
    (tmp_path / "empty.md").write_text("")
    for client in (visitor(app), person(app, MIRA), visitor(app, demo=True)):
        assert client.post("/api/ingest", json={"path": str(tmp_path)}).status_code == 403
        assert client.post("/api/reindex").status_code == 403
    report = owner(app).post("/api/ingest", json={"path": str(tmp_path)}).json()
    assert report["loaded"] == ["forge.md"]
    assert report["refused"][0][0] == "empty.md"
    assert owner(app).post("/api/ingest", json={"path": str(tmp_path)}).json()["unchanged"] == ["forge.md"]
    assert owner(app).post("/api/reindex").json() == {"passages": len(app.index)}
    assert "aluminised gloves" in visitor(app).post("/api/ask", json={"question": "Which gloves does one wear at the forge?"}).text


def test_rows_are_loaded_for_the_owner_alone_and_are_found_by_their_words_at_once(app: App, tmp_path: Path) -> None:
    path = tmp_path / "incidents.csv"
    path.write_text(
        "id,title,severity,status,description,audience\n"
        "INC-901,Tarpaulin,low,closed,The turquoise tarpaulin of the loading bay was torn.,staff\n"
        "INC-902,Vault,low,closed,The violet velvet curtain of the vault was torn.,role:isms_manager\n"
    )
    for client in (visitor(app), person(app, MIRA), visitor(app, demo=True)):
        assert client.post("/api/import", json={"register": "incident", "path": str(path)}).status_code == 403
    body = {"register": "incident", "path": str(path)}
    [tried] = owner(app).post("/api/import", json={**body, "dry_run": True}).json()
    assert (tried["register"], tried["new"], tried["saved"]) == ("incident", 2, False)
    before = len(app.index)
    [report] = owner(app).post("/api/import", json=body).json()
    assert (report["new"], report["refused"], report["saved"], len(app.index) - before) == (2, 0, True, 2)
    assert app.index.waiting == visitor(app).get("/api/health").json()["waiting"] == 2
    question = app.index.read("turquoise tarpaulin, violet velvet curtain")
    found = {hit.source_id for hit in app.index.search(question, {"staff"}, {"register"})}
    assert found == {"row:INC-901"}
    app.embed_rows()
    assert app.index.waiting == 0 and app.index.search(question, {"staff"}, {"register"})[0].cosine > 0
    again = owner(app).post("/api/import", json={**body, "as": MIRA})
    assert again.json()[0]["unchanged"] == 2
    refused = owner(app).post("/api/import", json={**body, "as": EMIL})
    assert refused.status_code == 403 and "may not load rows" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("body", "status", "named"),
    [
        ({"register": "risk", "path": "/no/such/file.csv"}, 422, "there is no such file"),
        ({"register": "unicorn", "path": "/no/such/file.csv"}, 404, "unicorn"),
        ({"register": "all", "path": "/no/such/folder"}, 422, "give a folder"),
        ({"register": "risk", "path": "a\x00b"}, 422, "body.path"),
        ({"register": "risk", "path": "x.csv", "scale": "/no/such.json"}, 422, "no such"),
        ({"path": "x.csv"}, 422, "body.register"),
    ],
)
def test_what_cannot_be_imported_is_said_by_name(app: App, body: dict[str, Any], status: int, named: str) -> None:
    reply = owner(app).post("/api/import", json=body)
    assert (reply.status_code, named in reply.json()["detail"]) == (status, True), reply.text


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"path": "/no/such/folder"}, "there is no such file or folder"),
        ({"path": "x", "licensed": "iso9001"}, "body.licensed"),
        ({"path": ""}, "body.path"),
        ({"path": "a\x00b"}, "body.path"),
        ({}, "body.path"),
    ],
)
def test_what_cannot_be_loaded_is_said_by_name(app: App, body: dict[str, Any], named: str) -> None:
    reply = owner(app).post("/api/ingest", json=body)
    assert reply.status_code == 422
    assert named in reply.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"question": 7}',
        b'{"question": "a", "ass": "x"}',
        b'{"question": "\\ud800"}',
        b'{"question": "a", "thread": "\\ud800"}',
        b'{"question": "a", "as": "\\udfff"}',
        b"\xff\xfe",
        b'{"question": "a", "thread": "\\u0000"}',
    ],
)
def test_a_request_that_is_not_in_its_form_is_a_problem_that_names_the_field(app: App, body: bytes) -> None:
    reply = visitor(app).post("/api/ask", content=body, headers={"Content-Type": "application/json"})
    assert reply.status_code == 422
    assert reply.headers["content-type"] == "application/problem+json"
    problem = reply.json()
    assert problem["status"] == 422
    assert problem["title"]
    assert "body" in problem["detail"]


@pytest.mark.parametrize("question", ["", " ", "\u0000", "?" * 4001, "\u202e\u200b", "💥", "A.8.24\r\nevent: done"])
def test_an_odd_question_gets_an_answer_and_not_a_failure(app: App, question: str) -> None:
    assert visitor(app).post("/api/ask", json={"question": question}).status_code == 200
    heard = events(visitor(app).post("/api/ask/stream", json={"question": question}).text)
    assert [name for name, _ in heard][-1] == "done"


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/api/none", 404), ("GET", "/api/ask", 405), ("PUT", "/api/health", 405), ("GET", "/api", 404)]
)
def test_an_unknown_address_or_method_is_a_problem(app: App, method: str, path: str, status: int) -> None:
    reply = visitor(app).request(method, path)
    assert reply.status_code == status
    assert reply.json()["status"] == status


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json"])
def test_the_frameworks_own_pages_are_off(app: App, path: str) -> None:
    assert visitor(app).get(path).status_code == 404


def test_the_description_names_routes_bodies_and_problems(app: App) -> None:
    described = visitor(app).get("/api/openapi.json").json()
    assert {"/api/ask", "/api/ask/stream", "/api/health", "/api/ingest", "/api/reindex", "/api/risk", "/api/risk/{id_}"} <= set(
        described["paths"]
    )
    assert "as" in described["components"]["schemas"]["Asked"]["properties"]
    for status in ("401", "403", "413", "422"):
        assert "application/problem+json" in described["paths"]["/api/ask"]["post"]["responses"][status]["content"]


# --- what is taken at all ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 200),
        ({"Origin": ADDRESS}, 200),
        ({"Origin": "https://annexa.plant.example"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost:9999"}, 403),
        ({"Origin": "http://localhost:8300.evil.example"}, 403),
    ],
)
def test_a_browser_may_send_only_from_our_own_pages(app: App, headers: dict[str, str], status: int) -> None:
    client = visitor(app, public_url="https://annexa.plant.example")
    assert client.post("/api/ask", json={"question": "What is A.8.24?"}, headers=headers).status_code == status
    assert client.get("/api/health", headers=headers).status_code == 200, "reading is no unsafe method"


@pytest.mark.parametrize(
    ("host", "taken"),
    [
        ("localhost", True),
        ("LOCALHOST:1", True),
        ("127.0.0.1:8300", True),
        ("[::1]:8300", True),
        ("annexa.plant.example", True),
        ("evil.example", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example:8300", False),
        ("[", False),
        ("", False),
    ],
)
def test_only_our_own_names_are_answered_to(app: App, host: str, taken: bool) -> None:
    for path in ("/", "/api/health"):
        reply = visitor(app, public_url="https://annexa.plant.example:8443").get(path, headers={"Host": host})
        assert reply.status_code == (200 if taken else 421)
    assert visitor(app, trusted_proxy="10.0.0.9").get("/", headers={"Host": "anything.example"}).status_code == 200


def test_a_body_beyond_one_mebibyte_is_refused_before_it_is_parsed(app: App) -> None:
    def dripping() -> Iterator[bytes]:
        for _ in range(20):
            yield b"x" * 65_536

    for content in (b"x" * (1 << 20) + b"x", dripping()):
        reply = visitor(app).post("/api/ask", content=content, headers={"Content-Type": "application/json"})
        assert reply.status_code == 413
        assert "1 MiB" in reply.json()["detail"]
    just = b'{"question": "' + b"x" * ((1 << 20) - 100) + b'"}'
    assert visitor(app).post("/api/ask", content=just, headers={"Content-Type": "application/json"}).json()["reason"] == "too_long"


@pytest.mark.parametrize("path", ["/", "/api/health", "/api/none", "/sources/none", "/static/annexa.css", "/static/none"])
def test_every_reply_carries_the_headers(app: App, path: str) -> None:
    headers = visitor(app).get(path).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy == {
        "default-src": "'self'",
        "img-src": "'self' data:",
        "object-src": "'none'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
    }
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "strict-transport-security" not in headers
    secure = visitor(app)
    secure.base_url = "https://localhost:8300"
    assert "max-age" in secure.get(path).headers["strict-transport-security"]


def test_the_cookie_is_closed_to_scripts_and_bound_to_the_host_under_https(app: App) -> None:
    plain = visitor(app).get("/").headers["set-cookie"]
    assert plain.startswith("annexa=")
    assert "HttpOnly" in plain
    assert "SameSite=lax" in plain
    secure = visitor(app)
    secure.base_url = "https://localhost:8300"
    assert re.match(r"__Host-annexa=.*Secure", secure.get("/").headers["set-cookie"])


class _Failing(Answerer):
    """Fails with the question in its error, as a database's error does."""

    def __init__(self) -> None:
        """Needs nothing."""

    def ask(self, question: str, *_: Any, **__: Any) -> Answer:
        raise ValueError(f"cannot bind {question}")


def test_an_unexpected_failure_is_a_sentence_with_a_number_and_the_log_holds_no_question(
    app: App, caplog: pytest.LogCaptureFixture
) -> None:
    broken = with_settings(app)
    broken.answerer = _Failing()
    client = TestClient(create(broken), base_url=ADDRESS)
    asked = {"question": "Is Kowalski ill?"}
    with caplog.at_level(logging.DEBUG):
        plain = client.post("/api/ask", json=asked)
        streamed = events(client.post("/api/ask/stream", json=asked).text)[-1]
        page = client.post("/", data={**asked, "token": token_of(client)})
    problem = plain.json()
    assert plain.status_code == page.status_code == 500
    assert problem["reference"] in problem["detail"]
    assert streamed[0] == "error"
    assert streamed[1]["reference"] in streamed[1]["detail"]
    assert problem["reference"] in caplog.text
    assert "ValueError" in caplog.text
    assert "test_api.py" in caplog.text
    assert "Kowalski" not in caplog.text + plain.text + str(streamed) + page.text
    assert re.search(r"this number: [0-9a-f]{8}\.", page.text)


# --- every route, every asker --------------------------------------------------------------------------------------

_STAFF = {"person", "auditor", "admin", "owner", "demo", "isms_manager"}
_EVERYBODY = _STAFF | {"visitor"}
_ASKERS = (*sorted(_EVERYBODY), "wrong")

# (method, path): whom it lets in, what is sent, and the status for those it lets in.
_RULES: dict[tuple[str, str], tuple[set[str], dict[str, Any], int]] = {
    ("GET", "/"): (_EVERYBODY, {}, 200),
    ("POST", "/"): (set(), {"data": {"question": KEPT, "thread": "{thread}"}}, 200),
    ("POST", "/ask/stream"): (set(), {"data": {"question": KEPT, "thread": "{thread}"}}, 200),
    ("POST", "/person"): (set(), {"data": {"as": "P-001"}}, 303),
    ("GET", "/sources/{id_:path}"): ({"isms_manager"}, {}, 200),
    ("GET", "/catalogue"): (_EVERYBODY, {}, 200),
    ("GET", "/catalogue/{framework}"): (_EVERYBODY, {}, 200),
    ("POST", "/api/ask"): ({"isms_manager"}, {"json": {"question": KEPT, "thread": "{thread}"}}, 200),
    ("POST", "/api/ask/stream"): (_EVERYBODY, {"json": {"question": KEPT, "thread": "{thread}"}}, 200),
    ("GET", "/api/health"): (_EVERYBODY, {}, 200),
    ("POST", "/api/ingest"): ({"owner"}, {"json": {"path": "{folder}"}}, 200),
    ("POST", "/api/import"): ({"owner"}, {"json": {"register": "supplier", "path": "{folder}/a.csv"}}, 200),
    ("POST", "/api/reindex"): ({"owner"}, {}, 200),
    ("GET", "/api/openapi.json"): (_EVERYBODY | {"wrong"}, {}, 200),
    ("GET", "/static/{path}"): (_EVERYBODY | {"wrong"}, {}, 200),
}


def _routes(routes: Any) -> Iterator[tuple[str, str]]:
    for route in routes:
        if inner := getattr(route, "original_router", None):
            yield from _routes(inner.routes)
        elif isinstance(route, Mount):
            yield "GET", f"{route.path}/{{path}}"
        elif isinstance(route, Route) or hasattr(route, "methods"):
            yield from ((method, route.path) for method in route.methods if method != "HEAD")
        else:
            raise AssertionError(f"a kind of route this test does not know: {route!r}")


def _client(app: App, asker: str) -> TestClient:
    emails = {"person": EMIL, "auditor": "ines.wahl@plant.example", "admin": "tom.reuter@plant.example", "isms_manager": MIRA}
    if asker in emails:
        return person(app, emails[asker])
    if asker == "wrong":
        client = visitor(app)
        client.headers["Authorization"] = "Bearer annexa_1_1"
        return client
    return {"visitor": visitor, "owner": owner, "demo": lambda app: moved(visitor(app, demo=True), "")}[asker](app)


@pytest.mark.parametrize("asker", _ASKERS)
@pytest.mark.parametrize(("method", "path"), sorted(_RULES))
def test_a_route_gives_each_asker_what_is_theirs_and_nothing_of_another(
    app: App, tmp_path: Path, asker: str, method: str, path: str
) -> None:
    (tmp_path / "a.md").write_text("# A\n\n## B\n\nOne line about anvils.\n")
    (tmp_path / "a.csv").write_text("name\nAnvils and more\n")
    thread = person(app, MIRA).post("/api/ask", json={"question": VAULT}).json()["thread"]
    let_in, sent, status = _RULES[(method, path)]
    places = {"id_": passage_of(app, "IS-CON-09").id, "framework": "iso27001-2022", "path": "annexa.css"}
    body = {kind: {key: value.format(thread=thread, folder=tmp_path) for key, value in fields.items()} for kind, fields in sent.items()}
    reply = _client(app, asker).request(method, path.replace(":path", "").format(**places), follow_redirects=False, **body)
    if asker in let_in:
        assert reply.status_code == status
    else:
        assert reply.status_code in ({401} if asker == "wrong" else {403, 404})
    if asker != "isms_manager":
        assert "works council" not in reply.text
        assert "zirconium" not in reply.text
        assert thread not in reply.text
