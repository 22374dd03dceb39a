"""Pages to sign in and out, and to set a password."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from assistant.accounts import SHORTEST
from assistant.app import App
from assistant.errors import TooManyAttempts
from assistant.web.failures import status_of
from assistant.web.rendering import Pages
from assistant.web.security import check_form, write_session
from knowledge.errors import NotAllowed

router = APIRouter(include_in_schema=False)
_Field = Annotated[str, Form(max_length=1_000)]


@router.get("/sign-in")
def page(request: Request, then: str = "/registers") -> Response:
    """The form; `then` is where to go afterwards."""
    return _form(request, then=_inside(then))


@router.post("/sign-in")
def sign_in(request: Request, email: _Field = "", password: _Field = "", then: _Field = "", token: _Field = "") -> Response:
    """On to `then`, signed in; the form with a message where that did not work."""
    app: App = request.app.state.app
    check_form(request, token)
    address = request.client.host if request.client else ""
    try:
        session = app.accounts.sign_in(email, password, address, app.settings.moment())
    except (NotAllowed, TooManyAttempts) as error:
        response = _form(request, 422 if isinstance(error, NotAllowed) else status_of(error), _inside(then), email[:320], str(error))
        if isinstance(error, TooManyAttempts):
            response.headers["Retry-After"] = "900"
        return response
    if old := request.state.visit.session:
        app.accounts.sign_out(old)
    return _gone_on(request, _inside(then), session)


@router.post("/sign-out")
def sign_out(request: Request, token: _Field = "") -> Response:
    """Back to the first page as a visitor."""
    app: App = request.app.state.app
    check_form(request, token)
    if session := request.state.visit.session:
        app.accounts.sign_out(session)
    return _gone_on(request, "/", "")


@router.get("/sign-in/first/{secret}")
def first_page(request: Request, secret: str) -> Response:
    """The form for a first password."""
    return _password_form(request, f"/sign-in/first/{secret}", _holder(request, secret))


@router.post("/sign-in/first/{secret}")
def set_first(request: Request, secret: str, password: _Field = "", again: _Field = "", token: _Field = "") -> Response:
    """To the form for signing in; this one again with a message where the password cannot be taken."""
    app: App = request.app.state.app
    check_form(request, token)
    holder = _holder(request, secret)
    if password != again:
        return _password_form(request, f"/sign-in/first/{secret}", holder, "The two passwords differ.")
    try:
        app.accounts.redeem(secret, password, app.settings.moment())
    except NotAllowed as error:
        return _password_form(request, f"/sign-in/first/{secret}", holder, str(error))
    return RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)


@router.get("/account/password")
def change_page(request: Request) -> Response:
    """The form for another password; 404 for one who has not signed in."""
    return _password_form(request, "/account/password", _own_name(request), change=True)


@router.post("/account/password")
def change(request: Request, present: _Field = "", password: _Field = "", again: _Field = "", token: _Field = "") -> Response:
    """To the form for signing in: all sessions of the person have ended."""
    app: App = request.app.state.app
    check_form(request, token)
    name = _own_name(request)
    if password != again:
        return _password_form(request, "/account/password", name, "The two passwords differ.", change=True)
    try:
        app.accounts.change_password(request.state.visit.asker, present, password, app.settings.moment())
    except NotAllowed as error:
        return _password_form(request, "/account/password", name, str(error), change=True)
    return _gone_on(request, "/sign-in", "")


def _form(request: Request, status: int = 200, then: str = "", email: str = "", fault: str = "") -> Response:
    pages: Pages = request.app.state.pages
    return pages.render(request, "accounts/sign_in.html", status, then=then, email=email, fault=fault)


def _password_form(request: Request, action: str, name: str, fault: str = "", change: bool = False) -> Response:
    pages: Pages = request.app.state.pages
    return pages.render(
        request, "accounts/password.html", 422 if fault else 200, action=action, name=name, fault=fault, change=change, shortest=SHORTEST
    )


def _gone_on(request: Request, to: str, session: str) -> Response:
    response = RedirectResponse(to, HTTPStatus.SEE_OTHER)
    write_session(request.app.state.app, request, response, session)
    return response


def _holder(request: Request, secret: str) -> str:
    app: App = request.app.state.app
    name = app.accounts.holder(secret, app.settings.moment())
    if name is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, "This link was used already, or is too old. Ask an administrator for a new one.")
    return name


def _own_name(request: Request) -> str:
    if not request.state.visit.session:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return str(request.state.visit.asker.name)


def _inside(then: str) -> str:
    """The address, where it is a page of ours; else the registers."""
    return then if then.startswith("/") and not then.startswith(("//", "/\\")) and then.isprintable() else "/registers"
