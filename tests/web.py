"""What the tests of pages and of REST share: clients of each kind of asker, and reading what comes back."""

import copy
import json
import re
from datetime import datetime
from typing import Any

from bs4 import BeautifulSoup
from fastapi.testclient import TestClient
from sqlmodel import select

from assistant import identity
from assistant.app import App
from assistant.web import create
from knowledge.registers import DocumentVersion, Passage

ADDRESS = "http://localhost:8300"


def with_settings(app: App, **changes: Any) -> App:
    """The same App under other settings, such as `demo=True`."""
    other = copy.copy(app)
    other.settings = app.settings.model_copy(update=changes)
    return other


def visitor(app: App, tongue: str = "en", **changes: Any) -> TestClient:
    """A browser of somebody who has not signed in."""
    return TestClient(
        create(with_settings(app, **changes)), base_url=ADDRESS, headers={"Accept-Language": tongue}, raise_server_exceptions=False
    )


def person(app: App, email: str) -> TestClient:
    """A program with the API token of a person."""
    client = visitor(app)
    client.headers["Authorization"] = f"Bearer {identity.create_token(app.store, app.secrets, email, 'test')}"
    return client


def owner(app: App) -> TestClient:
    """The command line of whoever owns the data folder."""
    assert app.ownership
    client = visitor(app)
    client.headers["Authorization"] = f"Bearer {app.ownership.token}"
    return client


def soup(text: str) -> BeautifulSoup:
    """A parsed page."""
    return BeautifulSoup(text, "lxml")


def token_of(client: TestClient) -> str:
    """The form token of a freshly loaded page."""
    field = soup(client.get("/").text).select_one("#ask input[name=token]")
    assert field
    return str(field["value"])


def ask(client: TestClient, question: str, **more: str) -> Any:
    """The reply to the form, as a browser without JavaScript sends it."""
    return client.post("/", data={"question": question, "token": token_of(client), **more})


def moved(client: TestClient, person_id: str) -> TestClient:
    """The demo's browser after choosing a sample person."""
    reply = client.post("/person", data={"as": person_id, "token": token_of(client)}, follow_redirects=False)
    assert reply.status_code == 303, reply.text
    return client


def events(text: str) -> list[tuple[str, Any]]:
    """(name, data) of each event of a stream."""
    return [(name, json.loads(data)) for name, data in re.findall(r"^event: (\w+)\ndata: (.*)$", text, re.MULTILINE)]


def passage_of(app: App, number: str, part: str = "") -> Passage:
    """The passage of a document that holds some words."""
    with app.store.read() as session:
        rows = session.exec(select(Passage).join(DocumentVersion).where(DocumentVersion.number == number)).all()
    return next(row for row in rows if part in row.text)


FIXED = datetime(2026, 3, 2, 8, 0)
