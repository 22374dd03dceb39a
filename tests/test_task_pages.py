"""Tasks in the browser, over REST, from the webhook's receiver, and on the command line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from assistant.app import Records
from assistant.config import Settings, load
from assistant.errors import WrongSettings
from connectors import webhook
from knowledge.registers import ExternalRef, records
from knowledge.registers.rights import INSTALLATION
from tests.peers.jira import PROJECT, TOKEN, USER, JiraPeer, jira_peer
from tests.records import NOW
from tests.register_web import a_web_plant, browser, program, send
from tests.web import soup, visitor, with_settings

SECRET = "a-shared-secret-of-32-characters"


@pytest.fixture
def peer() -> Iterator[JiraPeer]:
    with jira_peer(lambda: NOW) as made:
        made.older_issues()
        yield made


@pytest.fixture
def app(tmp_path: Path, peer: JiraPeer) -> Iterator[Records]:
    with a_web_plant(tmp_path) as made:
        named = {"tracker": "jira", "jira_url": peer.url, "jira_user": USER, "jira_token": TOKEN, "tracker_project": PROJECT}
        for name, value in named.items():
            setattr(made.settings, name, value)
        with records.writing(made.store, INSTALLATION, NOW, "test") as book:
            for title, audience in (("Doors are locked", "staff"), ("Insider copied recipes", "department:legal")):
                book.create(
                    "corrective_action",
                    {"title": title, "owner": "owner@plant.example", "audience": audience},
                    {"accepted_at": NOW, "accepted_by": "P-003"},
                )
        yield made


def test_the_manager_files_reads_and_comments(app: Records, peer: JiraPeer) -> None:
    client = browser(app, "isms_manager")
    page = send(client, "/tasks", {"step": "file"}, "/tasks")
    assert page.status_code == 200
    assert [issue.fields["summary"] for issue in peer.issues[3:]] == ["CA-2026-001 Doors are locked", "Corrective action CA-2026-002"]
    text = soup(client.get("/tasks").text).get_text(" ", strip=True)
    assert "Doors are locked" in text and "filed" in text and "Insider" not in text and "1 actions" in text
    assert (
        send(client, "/tasks/CA-2026-001", {"step": "comment", "text": "On Monday <b>we</b> test"}, "/tasks/CA-2026-001").status_code == 303
    )
    send(client, "/tasks", {"step": "sync"}, "/tasks")
    assert "On Monday &lt;b&gt;we&lt;/b&gt; test" in client.get("/tasks/CA-2026-001").text
    assert client.get("/tasks/CA-2026-002").status_code == 404
    assert send(browser(app, "staff"), "/tasks", {"step": "file"}, "/tasks").status_code == 403
    assert "Aufgaben zu Korrekturmaßnahmen" in browser(app, "auditor", "de").get("/tasks").text


def test_what_failed_is_shown_first_and_done_again(app: Records, peer: JiraPeer) -> None:
    client = program(app, "isms_manager")
    peer.answers = [(401, {}, {})] * 4
    assert client.post("/api/tasks/file", json={}).json()["filed"] == {"failed": 1}, "nothing is said of the one that is not for their eyes"
    [line] = client.get("/api/tasks").json()
    assert (line["state"], line["id"]) == ("failed", "CA-2026-001")
    assert "ANNEXA_JIRA_TOKEN" in line["error"] and "annexa tasks settle CA-2026-001 --again" in line["to_do"]
    peer.answers = []
    assert client.post("/api/tasks/CA-2026-001/settlement", json={"is": "ISMS-1", "again": True}).status_code == 422
    assert client.post("/api/tasks/CA-2026-002/settlement", json={"again": True}).status_code == 404
    assert program(app, "owner").post("/api/tasks/CA-2026-001/settlement", json={"again": True}).status_code == 403
    assert client.post("/api/tasks/CA-2026-001/settlement", json={"again": True}).json()["state"] == "planned"
    assert client.post("/api/tasks/sync", json={}).json()["filed"] == {"sent": 1}


def test_a_task_that_is_gone_is_filed_anew_from_its_page_and_over_rest(app: Records, peer: JiraPeer) -> None:
    client, rest, path = browser(app, "isms_manager"), program(app, "isms_manager"), "/tasks/CA-2026-001"

    def lose() -> str:
        rest.post("/api/tasks/sync", json={})
        key = rest.get(f"/api{path}").json()["key"]
        peer.delete(key)
        rest.post("/api/tasks/sync", json={})
        return str(key)

    first = lose()
    assert "File a new task in its place" in client.get(path).text
    assert send(client, path, {"step": "again"}, path).status_code == 303
    second = lose()
    assert rest.post(f"/api{path}/settlement", json={"again": True}).json()["state"] == "planned"
    rest.post("/api/tasks/sync", json={})
    shown = rest.get(f"/api{path}").json()
    assert (shown["state"], [was["task"] for was in shown["earlier"]]) == ("filed", [first, second])
    page = soup(browser(app, "auditor").get(path).text)
    assert [first in line.text or second in line.text for line in page.select("section[aria-labelledby=earlier] li")] == [True, True]
    assert "File a new task" not in page.text


@pytest.mark.parametrize(
    ("role", "settles", "comments"),
    [
        ("staff", 403, 403),
        ("owner", 403, 422),
        ("isms_manager", 422, 422),
        ("approver", 403, 403),
        ("auditor", 403, 403),
        ("admin", 403, 403),
    ],
)
def test_who_may_settle_and_comment(app: Records, role: str, settles: int, comments: int) -> None:
    # Nothing is in doubt yet, and there is no task: whoever may is told so.
    client = program(app, role)
    assert client.get("/api/tasks/CA-2026-001").json()["state"] == "planned"
    assert client.get("/api/tasks/CA-2026-002").status_code == 404
    assert client.post("/api/tasks/CA-2026-001/settlement", json={"again": True}).status_code == settles
    assert client.post("/api/tasks/CA-2026-001/comments", json={"text": "x"}).status_code == comments


def signed(client: TestClient, said: Any, secret: str = SECRET, late: int = 0) -> int:
    raw, stamp = json.dumps(said).encode(), str(int(NOW.timestamp()) - late)
    headers = {webhook.TIMESTAMP: stamp, webhook.SIGNATURE: webhook.signature(secret, stamp, raw)}
    status: int = client.post("/hooks/tasks", content=raw, headers=headers).status_code
    return status


def test_a_signed_post_of_the_tracker_is_taken_once(app: Records) -> None:
    with app.store.write() as session:
        session.add(ExternalRef(kind="corrective_action", row_id="CA-2026-001", tracker="webhook", key="SNOW-7"))
    settings: dict[str, Any] = {"tracker": "webhook", "webhook_url": "https://flows.example/in?sig=x", "webhook_secret": SECRET}
    client = visitor(app, **settings)  # type: ignore[arg-type]
    closed = {"id": "e1", "key": "SNOW-7", "state": "done", "comment": {"id": "c1", "author": "Bo", "text": "Done on Friday"}}
    assert signed(client, closed, secret="another-secret-of-32-characters!") == 403
    assert signed(client, closed, late=301) == 403
    assert signed(visitor(app), closed) == 403  # type: ignore[arg-type]
    assert client.post("/hooks/tasks", json=closed).status_code == 403
    assert signed(client, {"id": "e0", "key": "SNOW-8", "state": "done"}) == 409
    assert signed(client, {**closed, "state": "finished"}) == 422
    assert (signed(client, closed), signed(client, closed)) == (204, 409)
    [line] = with_settings(app, **settings).tasks.lines(INSTALLATION, "CA-2026-001")  # type: ignore[arg-type]
    assert (line.state, [remark["text"] for remark in line.remarks]) == ("closed there", ["Done on Friday"])


def test_every_wrong_setting_of_the_tracker_is_listed_and_no_secret_shown() -> None:
    with pytest.raises(WrongSettings) as wrong:
        load(tracker="jira", port="many", jira_url="https://me:hunter2@jira", tracker_project="isms")
    told = str(wrong.value)
    assert all(f"ANNEXA_{name}:" in told for name in ("PORT", "JIRA_URL", "JIRA_TOKEN", "TRACKER_PROJECT"))
    assert "hunter2" not in told
    assert "geheim" not in repr(Settings(jira_token="geheim", webhook_secret="geheim", github_token="geheim"))
