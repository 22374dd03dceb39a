"""Who asks, and which requests are taken at all: tokens, the visitor's cookie, host, origin, size, headers."""

import hmac
import logging
import secrets
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from fastapi import HTTPException, Request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant import identity
from assistant.app import App
from assistant.config import Settings
from assistant.identity import STAFF, VISITOR, Asker
from knowledge.errors import NotAllowed, UnknownPerson

log = logging.getLogger(__name__)

LARGEST_BODY = 1 << 20
SESSION_COOKIE = "annexa-session"
UNEXPECTED = "Something went wrong here. Try again; if it stays, tell the administrator this number: {reference}."
_DAY = 86_400
_TAKES_FILES = ("/api/", "/questionnaire")
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


# --- who asks ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Visit:
    """One request's asker. `local` holds the data folder's own token, `browser` the random id in the visitor's cookie, `session` that of one who signed in."""

    asker: Asker = VISITOR
    local: bool = False
    chosen: str = ""
    browser: str = ""
    session: str = ""


def visit(request: Request) -> Visit:
    """Who asks: an API token, the owner of the data folder, one who signed in, the demo's sample person, else a visitor who sees what is public.

    Raises HTTPException 401 for a token that is not one of ours.
    """
    found = _visit(request.app.state.app, request)
    request.state.visit = found
    return found


def on_behalf(request: Request, as_: str | None) -> Asker:
    """The asker, or whom `as` names. Raises NotAllowed where the request may not speak for others, UnknownPerson."""
    app: App = request.app.state.app
    found: Visit = request.state.visit
    if not as_:
        return found.asker
    if not found.local and not app.settings.demo:
        raise NotAllowed("`as` is for the owner of the data folder and for the demo; use a token of the person who asks.")
    return identity.asker(app.store, as_)


def owner_only(request: Request) -> None:
    """Nothing for the owner of the data folder. Raises NotAllowed for everybody else."""
    if not request.state.visit.local:
        raise NotAllowed("Only the owner of the data folder may do this: send the token that stands in its lock file.")


def signed_in(request: Request) -> None:
    """Nothing for people and roles. Raises HTTPException 401 for a visitor, who has no rights in the registers."""
    if request.state.visit.asker.role == VISITOR.role:
        raise HTTPException(HTTPStatus.UNAUTHORIZED, "Sign in, or send the API token of a person.", {"WWW-Authenticate": "Bearer"})


def _visit(app: App, request: Request) -> Visit:
    header = request.headers.get("authorization")
    if header is not None:
        return _token_visit(app, header)
    cookie = read_cookie(app, request)
    browser, chosen = cookie.get("browser", ""), cookie.get("as", "")
    session = request.cookies.get(session_cookie(request), "")
    if session and (person := app.accounts.signed_in(session, app.settings.moment())):
        return Visit(person, browser=browser, session=session)
    if not app.settings.demo:
        return Visit(VISITOR, browser=browser)
    if chosen == VISITOR.role:
        return Visit(VISITOR, chosen=chosen, browser=browser)
    try:
        return Visit(identity.asker(app.store, chosen), chosen=chosen, browser=browser)
    except UnknownPerson:
        return Visit(STAFF, browser=browser)


def _token_visit(app: App, header: str) -> Visit:
    scheme, _, token = header.partition(" ")
    if scheme.lower() == "bearer":
        if app.ownership and hmac.compare_digest(token.strip().encode(), app.ownership.token.encode()):
            return Visit(STAFF, local=True)
        if found := identity.bearer(app.store, app.secrets, token.strip()):
            return Visit(found)
    raise HTTPException(
        HTTPStatus.UNAUTHORIZED, "This token is not valid here. Make one with: annexa token create.", {"WWW-Authenticate": "Bearer"}
    )


# --- the visitor's cookie and the token of forms -----------------------------------------------------------------


def read_cookie(app: App, request: Request) -> dict[str, str]:
    """What the visitor's cookie holds (`browser`, `as`); empty for none, an altered or an old one."""
    try:
        held = _signer(app, "visitor").loads(request.cookies.get(_cookie_name(request), ""), max_age=_DAY)
    except BadSignature:
        return {}
    return {key: str(value) for key, value in held.items()} if isinstance(held, dict) else {}


def write_cookie(app: App, request: Request, response: Response, browser: str, chosen: str) -> None:
    """Give the visitor their cookie."""
    secure = request.url.scheme == "https"
    value = _signer(app, "visitor").dumps({"browser": browser, "as": chosen})
    response.set_cookie(_cookie_name(request), value, max_age=_DAY, httponly=True, secure=secure, samesite="lax", path="/")


def new_browser() -> str:
    """A random id for a browser."""
    return secrets.token_hex(16)


def form_token(app: App, browser: str) -> str:
    """The token that each form of this browser carries."""
    return str(_signer(app, "form").dumps(browser))


def check_form(request: Request, token: str) -> None:
    """Nothing when the form came from a page that this browser was given. Raises HTTPException 403."""
    app: App = request.app.state.app
    try:
        meant = _signer(app, "form").loads(token, max_age=_DAY)
    except BadSignature:
        meant = ""
    held = request.state.visit.browser
    if not held or not hmac.compare_digest(str(meant).encode(), held.encode()):
        raise HTTPException(HTTPStatus.FORBIDDEN, "This form is too old, or cookies are off. Load the page again and send it once more.")


def write_session(app: App, request: Request, response: Response, session: str) -> None:
    """Give the browser its session and a new cookie, so that forms loaded before do not count any more; an empty session takes it away."""
    secure = request.url.scheme == "https"
    response.set_cookie(
        session_cookie(request), session, max_age=None if session else 0, httponly=True, secure=secure, samesite="lax", path="/"
    )
    write_cookie(app, request, response, new_browser(), "")


def session_cookie(request: Request) -> str:
    """The name of the session's cookie; bound to the host under https."""
    return f"__Host-{SESSION_COOKIE}" if request.url.scheme == "https" else SESSION_COOKIE


def _cookie_name(request: Request) -> str:
    return "__Host-annexa" if request.url.scheme == "https" else "annexa"


def _signer(app: App, purpose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(identity.pepper(app.secrets), salt=f"annexa.{purpose}")


# --- what is taken at all ----------------------------------------------------------------------------------------


class Guard:
    """Checks host, origin and size before anything is parsed, sets the headers, and catches what nobody else did.

    `respond(request, status, sentence, reference)` makes the reply for a refusal or a failure.
    """

    def __init__(self, app: ASGIApp, settings: Settings, respond: Callable[[Request, int, str, str], Response]) -> None:
        self._app, self._respond = app, respond
        self._public = urlsplit(settings.public_url)
        self._any_host = bool(settings.trusted_proxy)
        self._hosts = {"localhost", "127.0.0.1", "::1", settings.host.lower(), self._public.hostname or "localhost"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                _set_headers(request, MutableHeaders(scope=message))
            await send(message)

        refusal = self._refusal(request)
        body = None if refusal or scope["method"] in _SAFE_METHODS else await _body(receive)
        if body is not None and body.over:
            refusal = HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The request is larger than 1 MiB."
        elif body is not None and _is_form(request.headers, "application/x-www-form-urlencoded") and body.holds_nul:
            refusal = HTTPStatus.BAD_REQUEST, "The form holds a NUL, which stands in no text."
        if refusal:
            await self._respond(request, *refusal, "")(scope, receive, send_with_headers)
            return
        try:
            await self._app(scope, body.replay(receive) if body else receive, send_with_headers)
        except Exception as error:
            reference = log_failure(error)
            if not started:
                await self._respond(request, 500, UNEXPECTED, reference)(scope, receive, send_with_headers)

    def _refusal(self, request: Request) -> tuple[int, str] | None:
        host = _hostname(request.headers.get("host", ""))
        if not self._any_host and host not in self._hosts:
            return HTTPStatus.MISDIRECTED_REQUEST, "This address is not mine. Use the address that ANNEXA_PUBLIC_URL names, or localhost."
        if request.method not in _SAFE_METHODS and not self._same_origin(request.headers, request.url.scheme):
            return HTTPStatus.FORBIDDEN, "This request came from another web site and was not carried out."
        if "\x00" in request.url.path or "%00" in request.url.query:
            return HTTPStatus.BAD_REQUEST, "The address holds a NUL, which stands in no text."
        if _is_form(request.headers, "multipart/") and not request.url.path.startswith(_TAKES_FILES):
            return HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "This form takes no files. Load the page again and send it once more."
        length = request.headers.get("content-length", "0")
        if not length.isdecimal() or int(length[:20]) > LARGEST_BODY:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The request is larger than 1 MiB."
        return None

    def _same_origin(self, headers: Headers, scheme: str) -> bool:
        """True for a page of ours, and for a program, which sends neither header."""
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if site is not None and site not in {"same-origin", "none"}:
            return False
        if origin is None or (origin == "null" and site == "same-origin"):
            return True  # under no-referrer a browser sends "null" with our own forms
        ours = {f"{scheme}://{headers.get('host', '')}".lower()}
        if self._public.netloc:
            ours.add(f"{self._public.scheme}://{self._public.netloc}".lower())
        return origin.lower() in ours


def log_failure(error: BaseException) -> str:
    """A reference that the log shows beside the traceback; error texts stay out, for they may hold what was asked."""
    reference = secrets.token_hex(4)
    lines: list[str] = []
    cause: BaseException | None = error
    while cause is not None:
        lines += [*traceback.format_tb(cause.__traceback__), f"{type(cause).__module__}.{type(cause).__qualname__}\n"]
        cause = cause.__cause__ or cause.__context__
    log.error("failure %s\n%s", reference, "".join(lines))
    return reference


class _Body:
    """A request's body, read up to the limit; `over` when it is larger."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.size = 0

    @property
    def over(self) -> bool:
        return self.size > LARGEST_BODY

    @property
    def holds_nul(self) -> bool:
        whole = b"".join(message.get("body", b"") for message in self.messages)
        return b"%00" in whole or b"\x00" in whole

    def replay(self, receive: Receive) -> Receive:
        """What was read, then whatever comes after it (the end of the connection)."""
        waiting = iter(self.messages)

        async def again() -> Message:
            message = next(waiting, None)
            return message if message is not None else await receive()

        return again


async def _body(receive: Receive) -> _Body:
    body = _Body()
    more = True
    while more and not body.over:
        message = await receive()
        body.messages.append(message)
        body.size += len(message.get("body", b""))
        more = message["type"] == "http.request" and message.get("more_body", False)
    return body


def _is_form(headers: Headers, kind: str) -> bool:
    return headers.get("content-type", "").strip().lower().startswith(kind)


def _set_headers(request: Request, headers: MutableHeaders) -> None:
    for name, value in _HEADERS.items():
        headers[name] = value
    headers.setdefault("Cache-Control", "no-cache" if request.url.path.startswith("/static/") else "no-store")
    if request.url.scheme == "https":
        headers["Strict-Transport-Security"] = "max-age=31536000"


def _hostname(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""
