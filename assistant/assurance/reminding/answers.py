"""What people answer to a reminder: Done, later, Not mine, Ask. No answer closes anything; each press and each link counts once.

Links in mails carry what they are about and a signature that expires. Opening one only shows a page, because programs
open links too; the answer is given there.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import func
from sqlmodel import Session, col, select

from assistant import addresses
from assistant.assurance.reminding import delivery, due, notices, reminders
from assistant.assurance.reminding.delivery import Channels
from assistant.assurance.reminding.state import Due, State, state_at
from knowledge.errors import NoSuchRow, Problem, RowRefused
from knowledge.registers import REGISTERS, Person, Reminder, ReminderAnswer, Store, records

LASTS = timedelta(days=30)
MOST_SNOOZES = 3
"""How often one person may put off one thing before its due day and again after it."""
_SILENT_DAYS = 14
"""How long whoever says that it is not theirs hears nothing, so that the ISMS manager can decide."""
_SNOOZES = {"snooze": 1, "snooze_week": 7}
SOURCE = "reminder"


@dataclass(frozen=True)
class About:
    """The reminder that is answered, and whose answer it is."""

    person_id: str
    rule: str
    register: str
    row_id: str
    due_on: date

    @classmethod
    def of(cls, person_id: str, value: str) -> "About":
        """From the value of a button. Raises NoSuchRow where it is not one of ours."""
        parts = value.split("|")
        try:
            rule, register, row_id, day = parts
            return cls(person_id, rule, register, row_id, date.fromisoformat(day))
        except ValueError as error:
            raise NoSuchRow("reminder", value[:64]) from error


class Links:
    """Addresses under which a mail's reader answers. `key` is the installation's own; without an address of our own there are none."""

    def __init__(self, key: bytes, public_url: str) -> None:
        self._signer = URLSafeTimedSerializer(key, salt="annexa.reminder", signer_kwargs={"digest_method": hashlib.sha256})
        self._public_url = public_url.rstrip("/")

    def to(self, one: Due, answer: str) -> str:
        """The address for one answer; empty where we do not know our own."""
        if not self._public_url:
            return ""
        about = [one.person_id, one.rule, one.register, one.row_id, one.due_on.isoformat()]
        return f"{self._public_url}/r/{self._signer.dumps(about)}?answer={answer}"

    def read(self, token: str) -> About:
        """What a link is about. Raises NoSuchRow for one that is altered or too old."""
        try:
            person, rule, register, row_id, day = self._signer.loads(token, max_age=int(LASTS.total_seconds()))
            return About(str(person), str(rule), str(register), str(row_id), date.fromisoformat(str(day)))
        except (BadSignature, ValueError, TypeError) as error:
            raise NoSuchRow("reminder", "") from error


def link_key(token: str, answer: str) -> str:
    """The key under which an answer by a link counts once."""
    return f"link|{hashlib.sha256(token.encode()).hexdigest()}|{answer}"


@dataclass(frozen=True)
class Said:
    """What is told to whoever answered, in English and German, and the page where they go on."""

    en: str
    de: str
    page: str = ""


def give(store: Store, channels: Channels, about: About, answer: str, text: str, key: str, now: datetime) -> Said:
    """What came of an answer. Raises NoSuchRow where nothing of the kind was ever said to the person, RowRefused where a text is missing."""
    if answer not in notices.ANSWERS:
        raise NoSuchRow("answer", answer[:32])
    with store.read() as session:
        person = session.get(Person, about.person_id)
        told = select(Reminder.id).where(
            Reminder.rule == about.rule, Reminder.row_id == about.row_id, Reminder.person_id == about.person_id, Reminder.due_on == about.due_on
        )  # fmt: skip
        if person is None or person.retired_at is not None or session.exec(told).first() is None:
            raise NoSuchRow("reminder", about.row_id)
        asker = state_at(session, now, {}).asker(about.person_id)
    if answer in notices.ASKS and not text.strip():
        reason = notices.ASKS[answer]
        raise RowRefused([Problem("reminder", about.row_id, "text", "", reason)])
    with records.writing(store, asker, now, SOURCE) as book:
        session = book.session
        if session.exec(select(ReminderAnswer.id).where(ReminderAnswer.key == key)).first():
            return Said("This was answered already.", "Das wurde bereits beantwortet.", _page(about))
        state = state_at(session, now, {})
        one = due.standing(state, about.rule, {about.row_id}).get((about.row_id, about.person_id))
        if one is None or one.due_on != about.due_on:
            _keep(session, about, answer, text, key, None, now)
            return Said(
                "This is done, moved or no longer yours: nothing is left to do.",
                "Das ist erledigt, verschoben oder nicht mehr bei Ihnen: Es bleibt nichts zu tun.",
            )
        book.note("answer", about.register, about.row_id, {"reminder": about.rule, "answer": answer, "text": text.strip()})
        return _take(book, state, channels, about, one, answer, text.strip()[:2_000], key, now)


def _take(
    book: records.Records, state: State, channels: Channels, about: About, one: Due, answer: str, text: str, key: str, now: datetime
) -> Said:
    session, today = book.session, state.crew.today(about.person_id)
    if answer == "done":
        _keep(session, about, answer, text, key, None, now)
        rule = reminders.rule_of(about.rule)
        en, de = (rule.done_en, rule.done_de) if rule else ("", "")
        return Said(
            f"Good. It is closed here once the register shows it: {en}",
            f"Gut. Abgeschlossen ist es, sobald das Register es zeigt: {de}",
            _page(about),
        )
    if answer in _SNOOZES:
        return _snooze(session, about, today, _SNOOZES[answer], text, key, now)
    manager = state.crew.hears(state.crew.manager)
    name = state.crew.people[about.person_id].name
    if answer == "not_mine":
        proposal = _propose(book, about, manager, name, text)
        until = today + timedelta(days=_SILENT_DAYS)
        _keep(session, about, answer, text, key, until, now)
        _silence(session, about, "the person says that it is not theirs")
    else:
        proposal = ""
        _keep(session, about, answer, text, key, None, now)
    if manager is None:
        return Said(
            "Noted; there is no ISMS manager to tell.", "Notiert; es gibt keinen ISMS-Manager, dem es gesagt werden könnte.", _page(about)
        )
    word = "says that it is not theirs / sagt, es sei nicht ihre Sache" if answer == "not_mine" else "asks / fragt"
    row = session.get(REGISTERS[about.register].model, about.row_id)
    named = f"{one.row_id} {one.title}" if state.may_read(manager, about.register, row) else one.row_id
    decide = f"\nTo be decided as / Zu entscheiden als {proposal}" if proposal else ""
    wanted = notices.note(f"{name}: {named}", [f"{name} {word}: {named}\n{text}{decide}"])
    delivery.tell(
        session, channels, manager, state.crew.people[manager].slack_id, hashlib.sha256(key.encode()).hexdigest()[:16], wanted, now
    )
    return Said(
        f"Told to the ISMS manager, {state.crew.people[manager].name}.",
        f"An den ISMS-Manager weitergegeben: {state.crew.people[manager].name}.",
        _page(about),
    )


def _snooze(session: Session, about: About, today: date, days: int, text: str, key: str, now: datetime) -> Said:
    before = select(func.count()).select_from(ReminderAnswer).where(
        ReminderAnswer.rule == about.rule, ReminderAnswer.row_id == about.row_id, ReminderAnswer.person_id == about.person_id,
        ReminderAnswer.answer == "snooze", col(ReminderAnswer.until) > about.due_on if today >= about.due_on else col(ReminderAnswer.until) <= about.due_on,
    )  # fmt: skip
    if session.exec(before).one() >= MOST_SNOOZES:
        return Said(
            f"It was put off {MOST_SNOOZES} times already: do it, or ask for another date.",
            f"Es wurde schon {MOST_SNOOZES}-mal verschoben: Erledigen Sie es, oder bitten Sie um ein anderes Datum.",
            _page(about),
        )
    until = notices.latest_snooze(about.due_on, today, days)
    _keep(session, about, "snooze", text, key, until, now)
    _silence(session, about, f"put off until {until}")
    return Said(
        f"You will hear of it again on {notices.shown(until, 'en')}.",
        f"Sie hören am {notices.shown(until, 'de')} wieder davon.",
        _page(about),
    )


def _propose(book: records.Records, about: About, manager: str | None, name: str, text: str) -> str:
    """The id of the proposal to give the row to the ISMS manager, who decides whose it is; empty for a row that has no owner of its own."""
    rule = reminders.rule_of(about.rule)
    found = REGISTERS[about.register]
    column = rule.person if rule else "owner"
    if manager is None or column not in found.by_name or about.register in ("document", "proposal"):
        return ""
    title = f"Not mine: {about.register} {about.row_id} ({name})"
    return str(book.propose(about.register, "change", {column: manager}, about.row_id, title, text).id)


def _keep(session: Session, about: About, answer: str, text: str, key: str, until: date | None, now: datetime) -> None:
    session.add(
        ReminderAnswer(
            key=key, person_id=about.person_id, rule=about.rule, register_name=about.register, row_id=about.row_id,
            answer=answer, until=until, reason=text, created_at=now,
        )
    )  # fmt: skip


def _silence(session: Session, about: About, reason: str) -> None:
    """Take back what is planned and was not said yet."""
    planned = select(Reminder).where(
        Reminder.rule == about.rule, Reminder.row_id == about.row_id, Reminder.person_id == about.person_id, Reminder.state == "planned"
    )
    for reminder in session.exec(planned).all():
        reminder.state, reminder.reason = "cancelled", reason
        session.add(reminder)


def _page(about: About) -> str:
    return addresses.row(about.register, about.row_id)
