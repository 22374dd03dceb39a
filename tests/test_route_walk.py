"""Every route of the registers against every role: what is not written in this table is denied, and a route that is missing here fails."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.routing import Mount

from assistant import identity
from assistant.app import Records
from assistant.drafting import life
from assistant.web import create
from knowledge.registers import REGISTERS, ROLES, records
from knowledge.registers.rights import INSTALLATION
from tests.records import NOW
from tests.register_web import KEEPER, a_web_plant, program, visiting
from tests.test_api import _RULES, _routes
from tests.test_document_life import a_draft

# What each role gets from a route: + it, o where the row is their own, p a proposal instead, - refused. Columns in the order of ROLES.
ORDER = ("staff", "owner", "isms_manager", "approver", "auditor", "admin")
WORK = """
GET    /api/{register}               ++++++
GET    /api/{register}/{id}          ++++++
POST   /api/{register}               --+---
PATCH  /api/{register}/{id}          -o+---
DELETE /api/{register}/{id}          --+---
POST   /api/{register}/proposals     ++++--
"""
TABLE = {
    "work": WORK,
    "finding": WORK.replace("POST   /api/{register}               --+---", "POST   /api/{register}               --+-+-").replace(
        "PATCH  /api/{register}/{id}          -o+---", "PATCH  /api/{register}/{id}          -o+-+-"
    ),
    "person": """
GET    /api/{register}               ++++++
GET    /api/{register}/{id}          ++++++
POST   /api/{register}               -----+
PATCH  /api/{register}/{id}          -----+
DELETE /api/{register}/{id}          -----+
""",
    "risk_method": """
GET    /api/{register}               ++++++
GET    /api/{register}/{id}          ++++++
POST   /api/{register}               --+---
""",
    "proposal": """
GET    /api/{register}               ++++++
GET    /api/{register}/{id}          --+++-
POST   /api/{register}/proposals     ++++--
""",
}
SINGLE = """
GET  /api/registers                       ++++++
GET  /api/journal                         --+-++
GET  /api/risk_method/current             ++++++
POST /api/risk_method/preview             --+---
POST /api/risk/{id_:path}/acceptance           -o++--
POST /api/proposal/{id_:path}/decision         --++--
POST /api/drafts/risk                     ++++++
POST /api/drafts/document                 ++++++
GET  /api/document-types                  ++++++
GET  /api/open-questions                  ++++++
GET  /api/documents/{number:path}/versions     ++++++
POST /api/documents/{number:path}/retirement   --++--
POST /api/documents/{number:path}/acknowledgement  ------
GET  /api/versions/{id_}                  ++++++
PUT  /api/versions/{id_}                  --+---
POST /api/versions/{id_}/answers          --+---
POST /api/versions/{id_}/submission       --+---
POST /api/versions/{id_}/changes          --++--
POST /api/versions/{id_}/approval         --++--
GET  /api/versions/{id_}/acceptances      ++++++
POST /api/versions/{id_}/acceptances      ------
POST /api/statements/{name}               --+---
POST /documents/statement                 ------
GET  /api/versions/{id_}/suggestions      ++++++
POST /api/versions/{id_}/suggestions      ++++--
POST /api/versions/{id_}/suggestions/{suggestion}/decision  --+---
POST /api/documents/{number:path}/section      ++++--
GET  /api/versions/{id_}/comments         ++++++
POST /api/versions/{id_}/comments         ++++++
GET  /api/versions/{id_}/differences/{other}  ++++++
GET  /api/versions/{id_}/print            ++++++
POST /api/questionnaire                   ++++++
POST /api/questionnaire/file              ++++++
GET  /questionnaire                       ++++++
POST /questionnaire                       ------
GET  /api/conflicts                       ++++++
GET  /api/statements/{name}               ++++++
GET  /api/readiness                       ++++++
POST /api/readiness/{name}/answer         --+---
POST /api/readiness/{name}/finding        --+---
GET  /readiness                           ++++++
POST /readiness/{name}                    ------
GET  /api/tasks                           ++++++
POST /api/tasks/file                      --+---
POST /api/tasks/sync                      --+---
GET  /api/tasks/{id_:path}                     ++++++
POST /api/tasks/{id_:path}/settlement          --+---
POST /api/tasks/{id_:path}/comments            -o+---
GET  /tasks                               ++++++
POST /tasks                               ------
GET  /tasks/{id_:path}                         ------
POST /tasks/{id_:path}                         ------
POST /hooks/tasks                         ------
GET  /api/audits/rehearsal                --+-++
GET  /api/audits/{id_:path}/pack               --+-++
GET  /audits/rehearsal                    --+-++
GET  /audits/{id_:path}/pack                   --+-++
GET  /api/actions/ageing                  ++++++
GET  /api/actions/{id_:path}/transitions       ++++++
POST /api/actions/{id_:path}/transitions       -o+---
POST /api/actions/{id_:path}/extension         --++--
POST /api/actions/{id_:path}/acceptance        --++--
GET  /api/actions/{id_:path}/report            ++++++
POST /api/findings                        +++++-
GET  /api/findings/proposals              ++++++
POST /api/findings/proposals              ++++--
GET  /api/findings/{id_:path}/relatives        ++++++
POST /api/findings/{id_:path}/actions          --+---
GET  /actions                             ++++++
GET  /actions/{id_:path}                       ++++++
POST /actions/{id_:path}                       ------
GET  /findings                            ++++++
GET  /findings/raise                      +++++-
POST /findings/raise                      ------
GET  /findings/proposals/{id_:path}            ------
POST /findings/proposals/{id_:path}            ------
GET  /findings/{id_:path}                      ++++++
POST /findings/{id_:path}                      ------
GET  /api/cycle                           ++++++
POST /api/cycle/moves                     ++++++
GET  /api/audit-programme                 ++++++
POST /api/audit-programme                 ++++--
GET  /api/audit-coverage                  ++++++
GET  /api/audits/{id_:path}/samples            ++++++
POST /api/audits/{id_:path}/samples            ++++--
POST /api/audits/{id_:path}/clone              --+---
GET  /api/pictures/{name}                 ++++++
GET  /api/kpis                            ++++++
POST /api/kpis/measurements               --+---
GET  /api/management-reviews/inputs       ++++++
POST /api/management-reviews/inputs       ++++--
POST /api/management-reviews/{id_:path}/decisions  --+---
GET  /api/management-reviews/{id_:path}/print  ++++++
GET  /api/programme                       ++++++
POST /api/programme                       ++++++
POST /api/programme/moves                 ++++++
GET  /api/lessons                         ++++++
POST /api/lessons                         ++++--
GET  /audits                              ++++++
POST /audits                              ------
GET  /kpis                                ++++++
POST /kpis                                ------
GET  /reviews                             ++++++
POST /reviews                             ------
GET  /programme                           ++++++
POST /programme                           ------
GET  /documents                           ++++++
POST /documents/new                       ------
GET  /versions/{id_}                      ++++++
POST /versions/{id_}                      ------
GET  /drafts/risk                         ++++++
POST /drafts/risk                         ------
GET  /registers                           ++++++
GET  /registers/control_status/soa        ++++++
GET  /registers/risk/heat-map             ++++++
GET  /risk-method                         ++++++
POST /risk-method                         ------
GET  /journal                             --+-++
GET  /registers/{name}                    ++++++
GET  /registers/{name}/new                ++++--
POST /registers/{name}/new                ------
GET  /registers/{name}/edit/{id_:path}    ++++--
POST /registers/{name}/edit/{id_:path}    ------
POST /registers/{name}/retire/{id_:path}  ------
POST /registers/proposal/decide/{id_:path}     ------
POST /registers/risk/accept/{id_:path}         ------
GET  /registers/{name}/{id_:path}         ++++++
POST /api/reminders/run                   ------
POST /api/calendars                       ------
POST /api/calendars/revocation            ------
GET  /reminders                           ++++++
POST /reminders/settle                    ------
GET  /reminders/mine                      ++++++
GET  /r/{token}                           ------
POST /r/{token}                           ------
GET  /calendar                            ++++++
POST /calendar                            ------
GET  /calendar/{secret}.ics               ------
GET  /sign-in                             ++++++
POST /sign-in                             ------
POST /sign-out                            ------
GET  /sign-in/first/{secret}              ------
POST /sign-in/first/{secret}              ------
GET  /account/password                    ------
POST /account/password                    ------
"""
"""A form without its token is refused to everybody; what each role may do with one is tested beside the pages."""
VERSION = 1
ACTION, FINDING, AUDIT = "CA-2026-001", "F-2026-001", "AU-2026-001"
FOR_VISITORS = {("GET", "/sign-in")}


def lines(table: str) -> Iterator[tuple[str, str, str]]:
    for line in table.strip().splitlines():
        method, path, marks = line.split()
        assert len(marks) == len(ORDER)
        yield method, path, marks


def group(register: str) -> str:
    return register if register in TABLE else "work"


def written() -> dict[tuple[str, str], str]:
    """(method, path) -> marks, of every route in the table."""
    out = {(method, path): marks for method, path, marks in lines(SINGLE)}
    for register in REGISTERS:
        for method, path, marks in lines(TABLE[group(register)]):
            out[method, path.replace("{register}", register).replace("{id}", "{id_:path}")] = marks
    return out


BODIES: dict[str, Any] = {
    "acceptance": {"expires": "2027-01-01"},
    "decision": {"accept": True},
    "preview": {"change": {"threshold": 3}},
    "clone": {"start": "2027-01-01"},
    "decisions": {"title": "More hands"},
    "programme": {"start": "2027-01-01"},
    "proposals": {"action": "retire", "row": "X-404", "reason": "x"},
    "transitions": {"to": "contained"},
    "extension": {"due_date": "2020-01-01"},
    "findings": {"title": "Seen"},
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Records]:
    with a_web_plant(tmp_path_factory.mktemp("walk")) as made:
        proposed = program(made, "staff").post(
            "/api/asset/proposals", json={"values": {"name": "Drone", "asset_class": "plc"}, "reason": "new"}
        )
        assert proposed.status_code == 201, proposed.text
        begun = {"title": "Springs", "finding": "F-2026-001", "owner": "owner@plant.example"}
        assert program(made, "isms_manager").post("/api/corrective_action", json=begun).status_code == 201
        with records.writing(made.store, identity.asker(made.store, KEEPER), NOW) as book:
            life.begin(book, a_draft())
        with records.writing(made.store, identity.asker(made.store, KEEPER), NOW) as book:
            life.submit(book, VERSION, 1)
        with records.writing(made.store, INSTALLATION, NOW) as book:
            book.create("audit", {"id": AUDIT, "title": "Surveillance", "type": "surveillance_1"})
        yield made


def test_every_route_stands_in_a_table(app: Records) -> None:
    assert tuple(sorted(ORDER)) == tuple(sorted(ROLES))
    assert set(_routes(create(app).routes)) == set(_RULES) | set(written())  # type: ignore[arg-type]
    assert not any(isinstance(route, Mount) and route.path != "/static" for route in create(app).routes)  # type: ignore[arg-type]


@pytest.mark.parametrize("role", ORDER)
def test_a_route_gives_each_role_what_the_table_says(app: Records, role: str) -> None:
    client, place = program(app, role), ORDER.index(role)
    for (method, path), marks in written().items():
        reply = client.request(
            method, filled(path), json=BODIES.get(path.rsplit("/", 1)[-1], {}) if method != "GET" else None, follow_redirects=False
        )
        assert reply.status_code != 500, (method, path, reply.text)
        denied = reply.status_code in (403, 404) and not (path.startswith("/api") and "there is no such row" in reply.text)
        expected = marks[place] == "-"
        if (
            (path.endswith("/{id_:path}") and path.startswith(("/api/", "/registers/{name}/")))
            or path.endswith(("/acceptance", "/decision", "/proposals"))
            or path.startswith(("/api/versions", "/api/tasks/{", "/api/documents"))
        ):
            continue  # these need a row: below
        assert denied == expected, (role, method, path, reply.status_code, reply.text[:300])


@pytest.mark.parametrize("role", ORDER)
@pytest.mark.parametrize("register", ["risk", "finding", "person", "asset", "control_status"])
def test_a_role_does_with_a_row_what_the_table_says(app: Records, role: str, register: str) -> None:
    client, place = program(app, role), ORDER.index(role)
    id_ = {"risk": "R-003", "finding": "F-2026-001", "person": "P-007", "asset": "A-001", "control_status": "A.8.24"}[register]
    mine = register == "asset" and role == "owner"
    for method, path, marks in lines(TABLE[group(register)]):
        if "{id}" not in path and "proposals" not in path:
            continue
        address = path.replace("{register}", register).replace("{id}", id_)
        # A reason that is missing, a revision that is not there: whoever may is told so, and nothing is changed.
        sent: dict[str, Any] = {
            "PATCH": {"json": {}, "headers": {"If-Match": '"99"'}},
            "DELETE": {"params": {"reason": " "}},
            "POST": {"json": {"action": "retire", "row": id_}},
        }.get(method, {})
        status = client.request(method, address, **sent).status_code
        allowed = marks[place] == "+" or (marks[place] == "o" and mine)
        assert status == ({"GET": 200, "PATCH": 412, "DELETE": 422, "POST": 422}[method] if allowed else 403), (method, address)


@pytest.mark.parametrize("role", ORDER)
def test_a_role_decides_what_the_table_says(app: Records, role: str) -> None:
    client, marks = program(app, role), written()
    # An acceptance in the past and a rejection without a reason are refused for what they are, to those who may decide at all.
    for path, own in (("/api/risk/R-001/acceptance", role == "owner"), ("/api/risk/R-003/acceptance", False)):
        mark = marks["POST", "/api/risk/{id_:path}/acceptance"][ORDER.index(role)]
        expected = 422 if mark == "+" or (mark == "o" and own) else 403
        assert client.post(path, json={"expires": "2020-01-01"}).status_code == expected, path
    decision = client.post("/api/proposal/PR-001/decision", json={"accept": False}).status_code
    readable = client.get("/api/proposal/PR-001").status_code == 200
    if marks["POST", "/api/proposal/{id_:path}/decision"][ORDER.index(role)] == "+":
        assert (decision, readable) == (422, True)
    else:
        assert decision == (403 if readable else 404)
        assert readable == (role in ("staff", "auditor")), "its author, and who reads all proposals"


VERSIONS: tuple[tuple[str, str, dict[str, Any], int], ...] = (
    ("GET", "/api/documents/{number:path}/versions", {}, 200),
    ("POST", "/api/documents/{number:path}/retirement", {"json": {"reason": " "}}, 422),
    ("GET", "/api/versions/{id_}", {}, 200),
    ("PUT", "/api/versions/{id_}", {"json": {"markdown": "x"}, "params": {"revision": 99}}, 422),
    ("POST", "/api/versions/{id_}/submission", {"params": {"revision": 99}}, 422),
    ("POST", "/api/versions/{id_}/changes", {"json": {"reason": " "}, "params": {"revision": 2}}, 422),
    ("POST", "/api/versions/{id_}/approval", {"params": {"revision": 99}}, 412),
    ("GET", "/api/versions/{id_}/acceptances", {}, 200),
    ("POST", "/api/versions/{id_}/acceptances", {"json": {}}, 422),
    ("GET", "/api/versions/{id_}/suggestions", {}, 200),
    ("POST", "/api/versions/{id_}/suggestions", {"json": {"section": "Colours", "instruction": "up to date"}}, 422),
    ("POST", "/api/versions/{id_}/suggestions/{suggestion}/decision", {"json": {"take": True}, "params": {"revision": 99}}, 422),
    ("POST", "/api/documents/{number:path}/section", {"json": {"section": "Colours", "instruction": "up to date"}}, 422),
    ("GET", "/api/versions/{id_}/comments", {}, 200),
    ("GET", "/api/versions/{id_}/differences/{other}", {}, 200),
)
"""What each step answers to one who may take it, here with a reason missing, a wrong state or a stale revision, so that nothing is changed."""


@pytest.mark.parametrize("role", ORDER)
def test_a_role_does_with_a_version_what_the_table_says(app: Records, role: str) -> None:
    client, place = program(app, role), ORDER.index(role)
    for method, path, sent, answered in VERSIONS:
        reply = client.request(method, filled(path), **sent)
        allowed = written()[method, path][place] == "+"
        assert (reply.status_code == answered) if allowed else reply.status_code in (403, 412, 422), (method, path, reply.text)
    with app.store.read() as session:
        assert life.find(session, identity.asker(app.store, KEEPER), VERSION).version.state == "in_review"


@pytest.mark.parametrize("role", ORDER)
def test_a_role_accepts_actions_and_proposes_findings_as_the_table_says(app: Records, role: str) -> None:
    client, place, marks = program(app, role), ORDER.index(role), written()
    status = client.post(f"/api/actions/{ACTION}/acceptance", json={"revision": 99}).status_code
    assert status == (409 if marks["POST", "/api/actions/{id_:path}/acceptance"][place] == "+" else 403)
    status = client.post("/api/findings/proposals", json={"title": "Seen", "origin": role}).status_code
    assert status == (201 if marks["POST", "/api/findings/proposals"][place] == "+" else 403)


def test_a_visitor_and_a_wrong_token_get_nothing(app: Records) -> None:
    for client, refused in ((visiting(app), {401, 303, 403, 404}), (visiting(app), {401})):
        if refused == {401}:
            client.headers["Authorization"] = "Bearer annexa_1_1"
        for method, path in written():
            if (method, path) in FOR_VISITORS and refused != {401}:
                continue
            reply = client.request(method, filled(path), json={} if path.startswith("/api") else None, follow_redirects=False)
            assert reply.status_code in refused, (method, path, reply.status_code)
            assert "Poisoned" not in reply.text and "Owner" not in reply.text


def filled(path: str) -> str:
    """A route's path with a row in the place of its parameters."""
    own = {"versions/": str(VERSION), "actions/{": ACTION, "findings/{": FINDING, "findings/proposals/": "PR-001", "audits/{": AUDIT}
    id_ = next((id_ for part, id_ in own.items() if part in path), "R-001")
    values = {
        "name": "soa" if "statements" in path else "risk",
        "id_:path": id_,
        "id_": id_,
        "secret": "x",
        "token": "x",
        "number:path": "IS-POL-07",
        "other": str(VERSION),
        "suggestion": "1",
    }
    return re.sub(r"{([^}]+)}", lambda found: values[found[1]], path)
