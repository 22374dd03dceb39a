"""Calendars to subscribe to: a person's own due dates, audits and reviews, and the plan of the ISMS (RFC 5545).

An address is a secret; only its keyed hash is kept, and it can be revoked. What a calendar shows is worked out anew each time, with
the rights that its owner has then: what is done, cancelled or hidden from them is not in it any more.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from icalendar import Calendar, Event
from sqlmodel import Session, col, select

from assistant import addresses
from assistant.assurance.reminding import reminders
from assistant.assurance.reminding.due import open_items
from assistant.assurance.reminding.state import State
from assistant.identity import Asker
from knowledge.errors import NoSuchRow, NotAllowed
from knowledge.registers import Audit, CalendarLink, ManagementReview, Person, ProgrammeTask, journal, queries
from knowledge.registers.audits import AUDIT_TYPES

_AHEAD = timedelta(days=3 * 366)
MAKES_PLANS = ("isms_manager", "auditor", "approver")
"""Roles that may give the plan out under an address."""


@dataclass(frozen=True)
class Entry:
    """One all-day event, from `first` to `last`, both included."""

    uid: str
    first: date
    last: date
    summary: str
    text: str
    page: str
    revision: int
    changed_at: datetime


class CalendarLinks:
    """Secret addresses of calendars. `key` is the installation's own."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def make(self, session: Session, asker: Asker, person_id: str | None, now: datetime) -> str:
        """The secret of a new address, for a person, or without one for the plan; it is shown once. Raises NotAllowed."""
        by = asker.person_id
        if person_id is None and asker.role not in MAKES_PLANS:
            raise NotAllowed("The plan's calendar is given out by the ISMS manager, an approver or an auditor.")
        if by is None:
            raise NotAllowed("A named person makes an address: sign in, or say who with --as.")
        if person_id is not None and person_id != by:
            raise NotAllowed("Everybody makes the address of their own calendar.")
        secret = secrets.token_urlsafe(32)
        session.add(CalendarLink(person_id=person_id, digest=self._digest(secret), created_by=by, created_at=now))
        journal.append(session, [journal.Entry(by, "calendar link", f"person {person_id or by}", {"calendar": _named(person_id)})], now)
        return secret

    def revoke(self, session: Session, asker: Asker, person_id: str | None, now: datetime) -> int:
        """How many addresses of the asker's own calendar, or of the plan as far as they gave it out, lead nowhere from now on."""
        query = select(CalendarLink).where(
            CalendarLink.person_id == person_id, CalendarLink.created_by == asker.person_id, col(CalendarLink.revoked_at).is_(None)
        )
        found = session.exec(query).all()
        for link in found:
            link.revoked_at = now
            session.add(link)
        if found:
            entry = journal.Entry(
                asker.person_id or asker.role, "calendar revoked", f"person {asker.person_id}", {"calendar": _named(person_id)}
            )
            journal.append(session, [entry], now)
        return len(found)

    def holder(self, session: Session, secret: str) -> CalendarLink:
        """The link of a secret. Raises NoSuchRow for one that is unknown, revoked, or of somebody who has left."""
        link = session.exec(select(CalendarLink).where(CalendarLink.digest == self._digest(secret))).first()
        person = session.get(Person, link.created_by) if link else None
        if link is None or link.revoked_at is not None or person is None or person.retired_at is not None:
            raise NoSuchRow("calendar", "")
        return link

    def active(self, session: Session, asker: Asker) -> dict[str | None, int]:
        """How many addresses of the asker's lead somewhere: by person, None for the plan."""
        query = select(CalendarLink.person_id).where(CalendarLink.created_by == asker.person_id, col(CalendarLink.revoked_at).is_(None))
        out: dict[str | None, int] = {}
        for person_id in session.exec(query).all():
            out[person_id] = out.get(person_id, 0) + 1
        return out

    def _digest(self, secret: str) -> str:
        return hmac.new(self._key, f"calendar {secret}".encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def calendar(state: State, link: CalendarLink, public_url: str) -> bytes:
    """The calendar behind a link, as iCalendar."""
    reader = str(link.created_by)
    entries = [*_planned(state, reader, whole=link.person_id is None), *(_own(state, reader) if link.person_id else ())]
    title = "Annexa" if link.person_id else "Annexa: audits and programme / Audits und Programm"
    return drawn(entries, title, state.crew.hours(reader).zone.key, public_url)


def drawn(entries: list[Entry], title: str, zone: str, public_url: str) -> bytes:
    """Entries as iCalendar: all-day events, whose sequence grows with the row's revision."""
    out = Calendar()
    out.add("prodid", "-//Annexa//Calendar//EN")
    out.add("version", "2.0")
    out.add("method", "PUBLISH")
    out.add("x-wr-calname", title)
    out.add("x-wr-timezone", zone)
    for entry in sorted(entries, key=lambda one: (one.first, one.uid)):
        event = Event()
        event.add("uid", entry.uid)
        event.add("sequence", entry.revision)
        event.add("dtstamp", entry.changed_at.astimezone(UTC))
        event.add("last-modified", entry.changed_at.astimezone(UTC))
        event.add("dtstart", entry.first)
        event.add("dtend", entry.last + timedelta(days=1))
        event.add("summary", _clean(entry.summary))
        event.add("description", _clean(entry.text))
        event.add("transp", "TRANSPARENT")
        if public_url:
            event.add("url", f"{public_url.rstrip('/')}{entry.page}")
        out.add_component(event)
    return out.to_ical()  # type: ignore[no-any-return]


def _own(state: State, person_id: str) -> Iterator[Entry]:
    """What is the person's to do."""
    for one in open_items(state, person_id, state.crew.today(person_id) + _AHEAD):
        rule = reminders.rule_of(one.rule)
        if rule is None or rule.name in ("review_planned", "internal_audit_planned"):
            continue  # these stand there as what they are
        page = addresses.row(one.register, one.row_id)
        summary = f"{one.row_id} {one.title}: {rule.en} / {rule.de}"
        text = f"{rule.done_en}\n{rule.done_de}"
        yield Entry(_uid(rule.name, one.row_id), one.due_on, one.due_on, summary, text, page, one.revision, one.changed_at or state.now)


def _planned(state: State, person_id: str, whole: bool) -> Iterator[Entry]:
    """Audits and management reviews that the person may read; of the programme too in the `whole` plan."""
    session, asker = state.session, state.asker(person_id)
    live = col(Audit.status) != "cancelled"
    for audit in queries.rows(session, asker, "audit", live, col(Audit.start_date).is_not(None)):
        summary = (
            f"{audit.id} {audit.title}: {AUDIT_TYPES[audit.type].label('en')} / {AUDIT_TYPES[audit.type].label('de')}"
            if audit.type in AUDIT_TYPES
            else audit.title
        )
        last = max(audit.end_date or audit.start_date, audit.start_date)
        yield Entry(
            _uid("audit", audit.id),
            audit.start_date,
            last,
            summary,
            audit.scope,
            addresses.row("audit", audit.id),
            audit.revision,
            audit.changed_at,
        )
    for review in queries.rows(session, asker, "management_review", col(ManagementReview.held_on).is_not(None)):
        summary = f"{review.id} {review.title}: management review / Managementbewertung"
        page = addresses.row("management_review", review.id)
        yield Entry(
            _uid("management_review", review.id),
            review.held_on,
            review.held_on,
            summary,
            review.title,
            page,
            review.revision,
            review.changed_at,
        )
    if not whole:
        return
    opened = col(ProgrammeTask.state).not_in(("done", "dropped"))
    for task in queries.rows(session, asker, "programme_task", opened, col(ProgrammeTask.due_date).is_not(None)):
        page = addresses.row("programme_task", task.id)
        yield Entry(
            _uid("programme_task", task.id),
            task.due_date,
            task.due_date,
            f"{task.id} {task.name}",
            task.name,
            page,
            task.revision,
            task.changed_at,
        )


def _uid(kind: str, row_id: str) -> str:
    return f"{kind}.{row_id}@annexa"


def _named(person_id: str | None) -> str:
    return "own" if person_id else "plan"


def _clean(text: str) -> str:
    """The text without control characters, which iCalendar does not take."""
    return "".join(char for char in text if char >= " " or char == "\n")
