"""A plant's registers behind the web application: somebody of each role, rows for all, one row for the legal department alone."""

import functools
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fastapi.testclient import TestClient

from assistant import identity
from assistant.app import Records
from assistant.config import Settings
from knowledge.registers import ROLES, records
from knowledge.registers.rights import INSTALLATION
from tests.engines import Chosen, Sqlite
from tests.records import NOW, a_risk, an_asset
from tests.web import soup, visitor

PASSWORD = "seven green forklifts sleep"
HIDDEN = "Insider"
KEEPER = "keeper@plant.example"


def a_web_plant(folder: Path) -> Records:
    """P-001 to P-006 one of each role by name (staff@plant.example ...), P-007 an ISMS manager who may read what is for the legal department.

    R-001 belongs to the owner; R-002 is for the legal department, and so is site S-002; R-003 has nobody.
    """
    url = Chosen.engine.take_copy(folder, Path(_filled().name) / "annexa.db")
    return Records(Settings(data=folder, database_url=url, now=NOW), "pytest")


@functools.cache
def _filled() -> "TemporaryDirectory[str]":
    """The folder of a plant's database that each takes a copy of; it is gone when the tests end."""
    folder = TemporaryDirectory(prefix="annexa-web-plant-")
    with Records(Settings(data=Path(folder.name), database_url=Sqlite().migrated(Path(folder.name)), now=NOW), "pytest") as app:
        _fill(app)
    return folder


def _fill(app: Records) -> None:
    for role in ROLES:
        identity.add_person(app.store, role.replace("_", " ").title(), f"{role}@plant.example", role)
    identity.add_person(app.store, "Kim Keeper", KEEPER, "isms_manager", department="legal")
    with records.writing(app.store, INSTALLATION, NOW, "test") as book:
        book.create("site", {"name": "Halle"})
        book.create("site", {"name": "Bunker", "audience": "department:legal"})
        book.create("asset", an_asset(site="S-001", owner="owner@plant.example"))
        book.create(
            "risk", a_risk(owner="owner@plant.example", assets="A-001", site="S-002", due_date="2026-04-01", annex_a_controls="8.24")
        )
        book.create("risk", a_risk(name=HIDDEN, owner="", audience="department:legal", assets="A-001"))
        book.create(
            "risk", a_risk(name="Scrap", owner="", current_likelihood=1, current_impact=2, residual_likelihood=1, residual_impact=1)
        )
        book.create("finding", {"title": "Doors open", "grade": "minor"})
        book.create(
            "control_status", {"id": "A.8.24", "applicable": "yes", "implementation_status": "implemented", "last_checked": "2026-03-01"}
        )


def visiting(app: Records, tongue: str = "en") -> TestClient:
    """A browser of somebody who has not signed in."""
    return visitor(app, tongue)  # type: ignore[arg-type]


def program(app: Records, who: str) -> TestClient:
    """A program with the API token of a person, named by role or e-mail."""
    client = visiting(app)
    email = who if "@" in who else f"{who}@plant.example"
    client.headers["Authorization"] = f"Bearer {identity.create_token(app.store, app.secrets, email, 'test')}"
    return client


def browser(app: Records, who: str, tongue: str = "en") -> TestClient:
    """A browser in which a person has signed in with their password."""
    email = who if "@" in who else f"{who}@plant.example"
    app.accounts.set_password(email, PASSWORD, app.settings.moment())
    client = visiting(app, tongue)
    reply = signing_in(client, email, PASSWORD)
    assert reply.status_code == 303, reply.text
    return client


def signing_in(client: TestClient, email: str, password: str, then: str = "/registers") -> Any:
    """The reply to the form for signing in."""
    sent = {"email": email, "password": password, "then": then, "token": form_token(client, "/sign-in")}
    return client.post("/sign-in", data=sent, follow_redirects=False)


def form_token(client: TestClient, path: str = "/sign-in") -> str:
    """The token that the forms of a page carry."""
    field = soup(client.get(path).text).select_one("input[name=token]")
    assert field, path
    return str(field["value"])


def send(client: TestClient, path: str, data: dict[str, Any], page: str = "/sign-in") -> Any:
    """The reply to a form, with its token."""
    return client.post(path, data={**data, "token": form_token(client, page)}, follow_redirects=False)
