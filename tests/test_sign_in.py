"""Signing in with a password: sessions that end, attempts that are counted, forms that only our own pages send."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from assistant.accounts import ABSOLUTE, IDLE, LINK_LASTS, PER_ACCOUNT, PER_ADDRESS, WINDOW
from assistant.app import Records
from assistant.errors import TooManyAttempts
from knowledge.errors import NotAllowed, UnknownPerson
from knowledge.registers import Credential, JournalEntry, WebSession, records
from knowledge.registers.rights import INSTALLATION
from tests.records import NOW
from tests.register_web import PASSWORD, a_web_plant, browser, form_token, program, send, signing_in, visiting

OWNER = "owner@plant.example"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Records]:
    with a_web_plant(tmp_path) as made:
        yield made


def test_one_who_signs_in_gets_their_own_rights_until_they_sign_out(app: Records) -> None:
    client = browser(app, "owner")
    page = client.get("/registers")
    assert page.status_code == 200 and "Owner" in page.text
    assert client.get("/api/risk").status_code == 200, "the session counts under /api too"
    assert send(client, "/sign-out", {}, "/registers").status_code == 303
    assert client.get("/api/risk").status_code == 401
    gone = client.get("/registers/risk?owner=me", follow_redirects=False)
    assert (gone.status_code, gone.headers["location"]) == (303, "/sign-in?then=%2Fregisters%2Frisk%3Fowner%3Dme")


def test_the_cookie_is_closed_to_scripts_and_bound_to_the_host_under_https(app: Records) -> None:
    app.accounts.set_password(OWNER, PASSWORD, NOW)
    client = visiting(app)
    client.base_url = "https://localhost:8300"
    cookie = next(value for value in signing_in(client, OWNER, PASSWORD).headers.get_list("set-cookie") if "session" in value)
    assert cookie.startswith("__Host-annexa-session=")
    for part in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
        assert part in cookie
    plain = next(value for value in signing_in(visiting(app), OWNER, PASSWORD).headers.get_list("set-cookie") if "session" in value)
    assert plain.startswith("annexa-session=") and "HttpOnly" in plain


@pytest.mark.parametrize(
    ("email", "password"),
    [
        (OWNER, "wrong password here"),
        ("nobody@plant.example", PASSWORD),
        (OWNER, ""),
        ("", ""),
        ("admin@plant.example", PASSWORD),
    ],
)
def test_a_wrong_password_an_unknown_person_and_one_without_a_password_read_the_same(app: Records, email: str, password: str) -> None:
    app.accounts.set_password(OWNER, PASSWORD, NOW)
    reply = signing_in(visiting(app), email, password)
    assert reply.status_code == 422
    assert "E-mail and password do not fit." in reply.text
    assert "annexa-session" not in str(reply.headers.get_list("set-cookie"))


@pytest.mark.parametrize("email", [OWNER, "nobody@plant.example"])
def test_a_password_with_a_nul_is_refused_before_anybody_looks_whose_it_is(app: Records, email: str) -> None:
    app.accounts.set_password(OWNER, PASSWORD, NOW)
    assert signing_in(visiting(app), email, PASSWORD + "\x00").status_code == 400


def test_attempts_are_counted_for_each_account_also_with_the_right_password(app: Records) -> None:
    app.accounts.set_password(OWNER, PASSWORD, NOW)
    for _ in range(PER_ACCOUNT):
        assert signing_in(visiting(app), OWNER, "wrong password here").status_code == 422
    late = signing_in(visiting(app), OWNER.upper(), PASSWORD)
    assert (late.status_code, late.headers["retry-after"]) == (429, "900")
    with pytest.raises(TooManyAttempts):
        app.accounts.sign_in(OWNER, PASSWORD, "10.0.0.1", NOW + WINDOW)
    assert app.accounts.sign_in(OWNER, PASSWORD, "10.0.0.1", NOW + WINDOW + timedelta(seconds=1))


def test_attempts_are_counted_for_each_address_and_a_success_is_not_held_against_it(app: Records) -> None:
    app.accounts.set_password(OWNER, PASSWORD, NOW)
    for _ in range(2):
        app.accounts.sign_in(OWNER, PASSWORD, "10.0.0.1", NOW)
    for number in range(PER_ADDRESS):
        with pytest.raises(NotAllowed):
            app.accounts.sign_in(f"{number}@plant.example", "x", "10.0.0.1", NOW)
    with pytest.raises(TooManyAttempts):
        app.accounts.sign_in(OWNER, PASSWORD, "10.0.0.1", NOW)
    assert app.accounts.sign_in(OWNER, PASSWORD, "10.0.0.2", NOW)


def test_a_session_ends_when_idle_and_after_a_week_at_last(app: Records) -> None:
    app.accounts.set_password(OWNER, PASSWORD, NOW)
    idle = app.accounts.sign_in(OWNER, PASSWORD, "", NOW)
    assert app.accounts.signed_in(idle, NOW + IDLE)
    assert app.accounts.signed_in(idle, NOW + IDLE + IDLE), "it was used meanwhile"
    assert app.accounts.signed_in(idle, NOW + IDLE * 3 + timedelta(minutes=1)) is None
    busy, at = app.accounts.sign_in(OWNER, PASSWORD, "", NOW), NOW
    while at + IDLE < NOW + ABSOLUTE:
        at += IDLE
        assert app.accounts.signed_in(busy, at)
    assert app.accounts.signed_in(busy, NOW + ABSOLUTE + timedelta(seconds=1)) is None


def test_a_session_ends_with_the_password_and_with_the_person(app: Records) -> None:
    first, second = browser(app, "owner"), browser(app, "staff")
    app.accounts.set_password(OWNER, "another long sentence", NOW)
    assert first.get("/api/risk").status_code == 401
    with records.writing(app.store, INSTALLATION, NOW) as book:
        book.retire("person", "P-001", "left")
    assert second.get("/api/risk").status_code == 401
    assert signing_in(visiting(app), "staff@plant.example", PASSWORD).status_code == 422


def test_a_role_that_changes_counts_at_once(app: Records) -> None:
    client = browser(app, "staff")
    assert client.get("/journal").status_code == 403
    with records.writing(app.store, INSTALLATION, NOW) as book:
        book.change("person", "P-001", {"role": "auditor"})
    assert client.get("/journal").status_code == 200


def test_a_link_sets_a_password_once_and_for_a_day(app: Records) -> None:
    secret = app.accounts.link(OWNER, NOW)
    client = visiting(app)
    path = f"/sign-in/first/{secret}"
    assert "Owner" in client.get(path).text
    assert "differ" in send(client, path, {"password": PASSWORD, "again": "else"}, path).text
    assert send(client, path, {"password": "short", "again": "short"}, path).status_code == 422
    assert send(client, path, {"password": PASSWORD, "again": PASSWORD}, path).headers["location"] == "/sign-in"
    assert client.get(path).status_code == 404
    assert signing_in(client, OWNER, PASSWORD).status_code == 303
    late = app.accounts.link(OWNER, NOW)
    assert app.accounts.holder(late, NOW + LINK_LASTS) is None
    with pytest.raises(NotAllowed):
        app.accounts.redeem(late, PASSWORD, NOW + LINK_LASTS)
    assert app.accounts.holder("", NOW) is None
    with pytest.raises(UnknownPerson):
        app.accounts.link("nobody@plant.example", NOW)


def test_one_changes_ones_password_with_the_present_one(app: Records) -> None:
    client = browser(app, "owner")
    new = "a different sentence"
    path = "/account/password"
    wrong = send(client, path, {"present": "no idea at all", "password": new, "again": new}, path)
    assert (wrong.status_code, "The present password is not right." in wrong.text) == (422, True)
    assert send(client, path, {"present": PASSWORD, "password": new, "again": new}, path).headers["location"] == "/sign-in"
    assert client.get("/api/risk").status_code == 401
    assert signing_in(client, OWNER, new).status_code == 303
    assert program(app, "owner").get(path).status_code == 404, "a token has no session"


@pytest.mark.parametrize(
    "path",
    [
        "/sign-in",
        "/sign-out",
        "/account/password",
        "/registers/risk/new",
        "/registers/risk/edit/R-001",
        "/registers/risk/retire/R-001",
        "/registers/risk/accept/R-001",
        "/registers/proposal/decide/PR-001",
        "/risk-method",
    ],
)
def test_no_form_counts_without_its_token(app: Records, path: str) -> None:
    client = browser(app, "isms_manager")
    old = form_token(client, "/registers/risk/new")
    for token in ("", "x", form_token(visiting(app))):
        reply = client.post(path, data={"token": token, "name": "x", "reason": "x", "expires": "2027-01-01"}, follow_redirects=False)
        assert (reply.status_code, "This form is too old" in reply.text) == (403, True)
    signing_in(client, "isms_manager@plant.example", PASSWORD)
    assert client.post(path, data={"token": old}).status_code == 403, "a form that was loaded before signing in"


@pytest.mark.parametrize(
    "then", ["//evil.example", "https://evil.example", "/\\evil.example", "/\t/evil.example", "javascript:alert(1)", ""]
)
def test_signing_in_leads_to_pages_of_ours_only(app: Records, then: str) -> None:
    app.accounts.set_password(OWNER, PASSWORD, NOW)
    assert signing_in(visiting(app), OWNER, PASSWORD, then).headers["location"] == "/registers"
    assert signing_in(visiting(app), OWNER, PASSWORD, "/registers/risk?q=a").headers["location"] == "/registers/risk?q=a"


def test_neither_passwords_nor_ids_stand_in_the_database_and_the_journal_tells_of_the_change(app: Records) -> None:
    app.accounts.set_password(OWNER, PASSWORD, NOW)
    id_ = app.accounts.sign_in(OWNER, PASSWORD, "", NOW)
    secret = app.accounts.link("staff@plant.example", NOW)
    with app.store.read() as session:
        kept = str([row.model_dump() for row in session.exec(select(Credential)).all()]) + str(
            [row.model_dump() for row in session.exec(select(WebSession)).all()]
        )
        told = session.exec(select(JournalEntry.action).where(JournalEntry.object == "person P-002")).all()
    assert PASSWORD not in kept and id_ not in kept and secret not in kept
    assert "$argon2id$" in kept
    assert "password" in told


@pytest.mark.parametrize("password", ["short", "x" * 201, ""])
def test_a_password_that_is_too_short_or_too_long_is_refused(app: Records, password: str) -> None:
    with pytest.raises(NotAllowed, match="12 to 200 characters"):
        app.accounts.set_password(OWNER, password, NOW)
