"""Templates to pages: language, filters, and what every page shows."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import format_date, format_datetime
from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlmodel import col, select

from assistant import identity
from assistant.answering.shape import Answer, Citation, Claim
from assistant.app import App
from assistant.identity import Asker
from assistant.phrases import LANGUAGES, phrases
from assistant.web.security import Visit, form_token, new_browser, read_cookie, write_cookie
from knowledge.registers import Passage, Person, Store, rights

_TEMPLATES = Path(__file__).with_name("templates")
_DAY = {"en": "d MMMM y", "de": "d. MMMM y"}


class Pages:
    """Renders templates; made once with the web application."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._env = Environment(
            loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )
        self._env.filters["day"] = _day
        self._env.filters["moment"] = lambda moment, tongue: self._moment(moment, tongue, "UTC")
        self._env.globals["quoted"] = quoted
        self._env.globals["place"] = place
        self._env.globals["section"] = section
        self._env.globals["addressed"] = addressed

    def render(self, request: Request, template: str, status: int = 200, tongue: str = "", **context: Any) -> HTMLResponse:
        """A whole page, in `tongue` or the language that the reader prefers; gives a new visitor their cookie."""
        found: Visit = getattr(request.state, "visit", Visit())
        # What is refused before anybody looked at who asks still goes to a browser that has its cookie: its other forms stay good.
        known = found.browser or read_cookie(self._app, request).get("browser", "")
        browser = known or new_browser()
        tongue = tongue or language_of(request)
        response = HTMLResponse(
            self._env.get_template(template).render(self._words(request, tongue, browser) | context), status_code=status
        )
        if not known:
            write_cookie(self._app, request, response, browser, found.chosen)
        response.headers["Content-Language"] = tongue
        response.headers["Vary"] = "Accept-Language, Cookie"
        return response

    def part(self, request: Request, template: str, tongue: str, **context: Any) -> str:
        """A piece of a page, the same that the whole page includes."""
        return self._env.get_template(template).render(self._words(request, tongue, request.state.visit.browser) | context)

    def answer_context(self, request: Request, question: str, answer: Answer) -> dict[str, Any]:
        """What `ask/_answer.html` needs of an answer."""
        asker: Asker = request.state.visit.asker
        return {
            "question": question,
            "answer": answer,
            "spoken": languages_of(self._app.store, answer.citations),
            "as_of": self._moment(answer.as_of, answer.language, time_zone(self._app.store, asker)),
            "raise": _raising(question, answer) if rights.may(asker, "propose", "finding") else "",
        }

    def _words(self, request: Request, tongue: str, browser: str) -> dict[str, Any]:
        settings = self._app.settings
        say = phrases(tongue)
        other = next(other for other in LANGUAGES if other != tongue)
        return {
            "say": say,
            "tongue": tongue,
            "other_tongue": other,
            "in_other_tongue": f"?{urlencode({**request.query_params, 'lang': other})}",
            "link": partial(_link, request, tongue),
            "visit": getattr(request.state, "visit", Visit()),
            "form_token": form_token(self._app, browser),
            "demo": settings.demo,
            "people": identity.people(self._app.store) if settings.demo else [],
            "fixed": self._moment(settings.moment(), tongue, "UTC") if settings.now else "",
        }

    @staticmethod
    def _moment(moment: datetime, tongue: str, zone: str) -> str:
        return f"{format_datetime(moment, f'{_DAY[tongue]}, HH:mm', tzinfo=ZoneInfo(zone), locale=tongue)} ({zone})"


def language_of(request: Request) -> str:
    """`de` or `en`: what the address asks for, else what the browser prefers, else English."""
    asked = request.query_params.get("lang", "")
    return asked if asked in LANGUAGES else _preferred(request)


def languages_of(store: Store, citations: Sequence[Citation]) -> dict[int, str]:
    """Language of each citation's quote by its number; one that is no passage (a query's result) has none."""
    ids = {citation.url.removeprefix("/sources/"): citation.n for citation in citations}
    with store.read() as session:
        rows = session.exec(select(Passage.id, Passage.language).where(col(Passage.id).in_(ids))).all()
    known = dict(rows)
    return {citation.n: known[id_] for citation in citations if (id_ := citation.url.removeprefix("/sources/")) in known}


def time_zone(store: Store, asker: Asker) -> str:
    """Name of the asker's time zone; UTC for one who is no person here."""
    if asker.person_id:
        with store.read() as session:
            person = session.get(Person, asker.person_id)
        try:
            return ZoneInfo(person.time_zone).key if person else "UTC"
        except (ZoneInfoNotFoundError, ValueError, OSError):  # "Europe" is a folder of the database
            return "UTC"
    return "UTC"


def quoted(claim: Claim, citations: Sequence[Citation], spoken: dict[int, str]) -> list[tuple[str, str]]:
    """A claim's text in pieces, each with the language of the quote that it is; empty for our own words."""
    pieces = [(claim.text, "")]
    for citation in citations:
        if citation.n in claim.citations and citation.n in spoken:
            pieces = [
                part
                for text, tongue in pieces
                for part in ([(text, tongue)] if tongue else _around(text, citation.quote, spoken[citation.n]))
            ]
    return pieces


def place(citation: Citation) -> str:
    """Address of a citation's source, opened at the quote."""
    locator = citation.locator
    query = {"start": locator.start, "end": locator.end} if locator.end > locator.start else {}
    return f"{quote(citation.url, safe='/:@?=&+%')}{'?' if query else ''}{urlencode(query)}"


def section(citation: Citation) -> str:
    """Heading path of a citation without what its title says already."""
    parts = citation.locator.section.split(" > ")
    return " › ".join(part for part in (parts[1:] if citation.kind == "control" else parts) if part not in citation.title)


_SOURCE = re.compile(r"(?<=[:;] )((?:(?![:;] ).)+?) \((/sources/[^\s()]+)\)")


def addressed(text: str) -> list[tuple[str, str]]:
    """A sentence in pieces: the name of a source with its address, all else without one."""
    pieces, end = [], 0
    for match in _SOURCE.finditer(text):
        pieces += [(text[end : match.start()], ""), (match[1], match[2])]
        end = match.end()
    return [piece for piece in [*pieces, (text[end:], "")] if piece[0]]


def _around(text: str, wanted: str, tongue: str) -> list[tuple[str, str]]:
    before, found, after = text.partition(wanted) if wanted else (text, "", "")
    return [piece for piece in ((before, ""), (found, tongue), (after, "")) if piece[0]]


def _raising(question: str, answer: Answer) -> str:
    """What the form of a finding begins with where an answer shows that something falls short; empty for an answer that shows nothing."""
    if answer.status not in ("answered", "partial", "silent"):
        return ""
    named = [citation.source_id for citation in answer.citations]
    asked = [id_.rpartition(":")[2] for id_ in named if id_.startswith("iso27001-2022:")]
    return urlencode(
        {
            "title": question[:200],
            "requirement": "|".join(dict.fromkeys(asked)),
            "sources": "|".join(dict.fromkeys(named)),
            "origin": f"answer:{answer.id}",
        }
    )


def _link(request: Request, tongue: str, path: str, anchor: str = "") -> str:
    """A link that keeps the page's language where the browser would not choose it."""
    if tongue != _preferred(request):
        path += f"{'&' if '?' in path else '?'}lang={tongue}"
    return f"{path}#{anchor}" if anchor else path


def _preferred(request: Request) -> str:
    weighed: list[tuple[float, str]] = []
    for number, part in enumerate(request.headers.get("accept-language", "").split(",")[:20]):
        tag, _, weight = part.strip().partition(";q=")
        try:
            weighed.append((-float(weight or 1) + number / 1000, tag[:2].lower()))
        except ValueError:
            continue
    return next((tag for _, tag in sorted(weighed) if tag in LANGUAGES), "en")


def _day(value: date | None, tongue: str) -> str:
    return format_date(value, _DAY[tongue], locale=tongue) if value else ""
