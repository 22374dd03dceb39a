"""From what is due to messages: decided once, said once, in as few messages as can be.

A reminder is a row whose key is unique (rule, register, row, due date, step, person, channel). Reminders of one person travel together:
the post of the day (`post|person|channel|day`) carries all that are planned until it is sent. What comes up later that day waits for
the next one, except what is due before the person works again: it has a post of its own
(`post|person|channel|day|urgent|register:row`). What a message says is written right before it is sent, from the state of that moment: what no longer
matters is dropped, and a message of which nothing is left is not sent.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from assistant.assurance import outbox
from assistant.assurance.outbox import Doubtful
from assistant.assurance.reminding import due, notices
from assistant.assurance.reminding.notices import Link
from assistant.assurance.reminding.state import Due, State, Steps, state_at
from connectors.base import Chat, Choice, ConnectorError, Item, Mail, Notice
from knowledge.registers import Outbox, Reminder, Store, journal
from knowledge.registers.open_questions import OpenQuestion

log = logging.getLogger(__name__)

KIND = "post"
CHAT, MAIL = "slack", "mail"
_AT_ONCE = 500
_OPEN = ("planned", "doubtful", "failed")


@dataclass(frozen=True)
class Channels:
    """How people can be reached; neither where nothing is set up."""

    mail: Mail | None = None
    chat: Chat | None = None

    def of(self, slack_id: str | None) -> str:
        """The channel for somebody: the chat where they are known there, else mail; empty where there is none."""
        return CHAT if self.chat and slack_id else MAIL if self.mail else ""


@dataclass(frozen=True)
class Planned:
    """A message as it would go out: to whom, by what channel, at which moment, what it is made of, and the questions of drafts that it adds."""

    person_id: str
    name: str
    channel: str
    at: datetime
    items: tuple[Due, ...]
    questions: tuple[OpenQuestion, ...] = ()


class Delivery:
    """Plans and sends reminders; may be run at any time and by any number of workers."""

    def __init__(self, store: Store, channels: Channels, link: Link, public_url: str = "", steps: Steps | None = None) -> None:
        self.store, self.channels = store, channels
        self._steps: Steps = steps or {}
        self.posting = Posting(channels, link, public_url, self._steps)

    def run(self, clock: Callable[[], datetime], holder: str) -> Counter[str]:
        """Plan what is due, send what is planned; how many messages ended how. Nothing where there is no channel."""
        if not (self.channels.mail or self.channels.chat):
            return Counter()
        self.plan(clock())
        return outbox.work(self.store, {KIND: self.posting}, clock, holder)

    def plan(self, now: datetime) -> int:
        """How many reminders were decided now; what no longer matters is taken back first."""
        with self.store.read() as session:
            found = due.due(state_at(session, now, self._steps))
        try:
            with self.store.write() as session:
                state = state_at(session, now, self._steps)
                _take_back(state)
                _rest(state)
                return self._decide(state, found)
        except IntegrityError:  # another worker decided the same at the same time
            log.info("reminders were planned by another worker")
            return 0

    def preview(self, now: datetime, person_id: str | None = None) -> list[Planned]:
        """What would go out to each person, or to one of them, at their next hour of work, as things stand."""
        with self.store.read() as session:
            state = state_at(session, now, self._steps)
            crew = state.crew
            starts = {id_: crew.hours(id_).next_start(now) for id_ in crew.people if crew.active(id_) and person_id in (None, id_)}
            groups: dict[tuple[date, date], list[str]] = defaultdict(list)
            for id_, start in starts.items():
                today = crew.hours(id_).day(start)
                groups[today, crew.hours(id_).ahead(today)].append(id_)
            by_person: dict[str, list[Due]] = defaultdict(list)
            for one in due.due(state, groups):
                by_person[one.person_id].append(one)
            people = crew.people
            return [
                Planned(
                    id_,
                    people[id_].name,
                    self.channels.of(people[id_].slack_id),
                    starts[id_],
                    tuple(items),
                    tuple(state.questions.get(id_, ())),
                )
                for id_, items in sorted(by_person.items())
            ]

    def _decide(self, state: State, found: Sequence[Due]) -> int:
        decided = 0
        by_person: dict[str, list[Due]] = defaultdict(list)
        for one in found:
            by_person[one.person_id].append(one)
        for person_id, items in by_person.items():
            channel = self.channels.of(state.crew.people[person_id].slack_id)
            if not channel:
                continue
            today = state.crew.today(person_id)
            digest = _digest(state, person_id, channel, today)
            for one in items:
                key = digest or (_urgent(person_id, channel, today, one) if one.urgent else "")
                if key and _remember(state.session, one, channel, key, state.now):
                    _post(state.session, key, person_id, channel, state.now)
                    decided += 1
        return decided


class Posting:
    """How a message goes out: an outbox.Sender of the kind `post`."""

    def __init__(self, channels: Channels, link: Link, public_url: str, steps: Steps) -> None:
        self._channels, self._link, self._public_url, self._steps = channels, link, public_url, steps

    def unwanted(self, session: Session, entry: Outbox, now: datetime) -> str:
        """Why the message is not to be sent any more; where it still is, its text is written now."""
        state = state_at(session, now, self._steps)
        person = state.crew.people.get(entry.row_id)
        if person is None or person.retired_at is not None:
            return "the person has left"
        to = person.slack_id if entry.payload["channel"] == CHAT else person.email
        if not to:
            return "the person has no address there any more"
        if "note" in entry.payload:
            entry.payload = {**entry.payload, "to": to, "notice": entry.payload["note"]}
            return ""
        kept = list(_still(state, _carried(session, entry)))
        if not kept:
            return "nothing of it matters any more"
        notice = notices.composed(state, person.id, [one for _, one in kept], self._link, self._public_url, _is_digest(entry.key))
        entry.payload = {**entry.payload, "to": to, "notice": asdict(notice), "reminders": [reminder.id for reminder, _ in kept]}
        return ""

    def find(self, entry: Outbox, now: datetime) -> str | None:
        """What the chat calls the message; mail cannot be searched."""
        if entry.payload["channel"] == MAIL or self._channels.chat is None:
            raise Doubtful("It may have been sent: ask the person, or look into the log of the mail server.")
        return self._channels.chat.find(str(entry.payload["to"]), entry.key)

    def send(self, entry: Outbox) -> str:
        """Hand the message over; what the channel calls it."""
        to, notice = str(entry.payload["to"]), _notice(entry.payload["notice"])
        if entry.payload["channel"] == CHAT:
            if self._channels.chat is None:
                raise ConnectorError(
                    "Slack is not set up any more: set SLACK_BOT_TOKEN and SLACK_APP_TOKEN, or take the Slack id out.", True
                )
            return self._channels.chat.post(to, notice, entry.key)
        if self._channels.mail is None:
            raise ConnectorError("Mail is not set up any more: set ANNEXA_SMTP_URL and ANNEXA_MAIL_FROM.", True)
        return self._channels.mail.send(to, notice, entry.key)

    def done(self, session: Session, entry: Outbox, now: datetime) -> None:
        """Write into each reminder what became of the message; mail takes over where the chat has failed for good."""
        said = set(entry.payload.get("reminders", ()))
        for reminder in _carried(session, entry):
            if entry.state == "cancelled" or reminder.id in said:
                reminder.state = entry.state
                reminder.reason = entry.error if entry.state in ("cancelled", "failed") else ""
                session.add(reminder)
        if entry.state == "failed" and entry.payload["channel"] == CHAT and self._channels.mail:
            _by_mail(session, entry, now)


# --- posts -------------------------------------------------------------------------------------------------------------


def settle(session: Session, posting: Posting, entry: Outbox, arrived: bool, now: datetime, actor: str) -> None:
    """A person has looked: the message arrived, or is to be sent now. Raises ValueError for one that is neither doubtful nor failed."""
    outbox.settle(session, entry, posting, "seen by a person" if arrived else None, now)
    told = journal.Entry(actor, "settle message", f"person {entry.row_id}", {"message": entry.key, "arrived": arrived})
    journal.append(session, [told], now)


def tell(session: Session, channels: Channels, person_id: str, slack_id: str | None, key: str, notice: Notice, now: datetime) -> bool:
    """Whether a note to one person was decided, apart from their digest; it goes out once for a key."""
    channel = channels.of(slack_id)
    if not channel:
        return False
    payload = {"channel": channel, "note": asdict(notice)}
    return outbox.plan(session, f"{KIND}|{person_id}|{channel}|note|{key}", KIND, "person", person_id, payload, now)


def _digest(state: State, person_id: str, channel: str, today: date) -> str:
    """The key of the post that takes further reminders of the person today; empty where that one is under way or out."""
    key = f"{KIND}|{person_id}|{channel}|{today}"
    query = select(Outbox).where(Outbox.kind == KIND, Outbox.row_id == person_id).order_by(col(Outbox.id).desc()).limit(50)
    for post in state.session.exec(query).all():
        if not _is_digest(post.key):
            continue
        if post.state == "planned" and post.posted_at is None:
            return post.key if post.payload["channel"] == channel else ""
        if post.state in ("claimed", "planned"):
            return ""
        moment = post.done_at or post.posted_at
        same_day = post.key.endswith(f"|{today}") or (moment is not None and state.crew.hours(person_id).day(moment) == today)
        if same_day and post.state != "cancelled":
            return ""
    return key


def _is_digest(key: str) -> bool:
    """Whether a post is the one of a day; else it is urgent, or a note."""
    return key.count("|") == 3


def _urgent(person_id: str, channel: str, today: date, one: Due) -> str:
    return f"{KIND}|{person_id}|{channel}|{today}|urgent|{one.register}:{one.row_id}"


def _post(session: Session, key: str, person_id: str, channel: str, now: datetime) -> None:
    """The post with that key waits to be sent, also where it was cancelled before anything of it was sent."""
    if outbox.plan(session, key, KIND, "person", person_id, {"channel": channel}, now):
        return
    post = session.exec(select(Outbox).where(Outbox.key == key)).one()
    if post.state == "cancelled" and post.posted_at is None:
        post.state, post.next_try, post.error, post.done_at, post.payload = "planned", now, "", None, {"channel": channel}
        session.add(post)


def _by_mail(session: Session, entry: Outbox, now: datetime) -> None:
    """The same reminders by mail."""
    key = f"{KIND}|{entry.row_id}|{MAIL}|{entry.key.split('|', 3)[3]}"
    if "note" in entry.payload:
        outbox.plan(session, key, KIND, "person", entry.row_id, {"channel": MAIL, "note": entry.payload["note"]}, now)
        return
    if session.exec(select(Outbox.id).where(Outbox.key == key, col(Outbox.state) != "cancelled")).first():
        key += f"|after {entry.id}"
    for old in _carried(session, entry):
        one = Due(old.rule, old.register_name, old.row_id, old.due_on, old.step, old.person_id)
        if _remember(session, one, MAIL, key, now):
            _post(session, key, entry.row_id, MAIL, now)


# --- reminders ---------------------------------------------------------------------------------------------------------


def key_of(one: Due, channel: str) -> str:
    """The key of a reminder."""
    return "|".join((one.rule, one.register, one.row_id, one.due_on.isoformat(), str(one.step), one.person_id, channel))


def _remember(session: Session, one: Due, channel: str, post_key: str, now: datetime) -> bool:
    """Whether the reminder is planned now: it is new, or was taken back unsaid. Earlier steps of the same that still wait give way to it."""
    key = key_of(one, channel)
    known = session.exec(select(Reminder).where(Reminder.key == key)).first()
    if known is not None and known.state != "cancelled":
        return False
    found = known or Reminder(
        key=key, rule=one.rule, register_name=one.register, row_id=one.row_id, due_on=one.due_on, step=one.step, person_id=one.person_id, channel=channel
    )  # fmt: skip
    found.state, found.post_key, found.late_days, found.reason, found.created_at = "planned", post_key, one.late_days, "", now
    session.add(found)
    same = select(Reminder).where(
        Reminder.rule == one.rule, Reminder.row_id == one.row_id, Reminder.person_id == one.person_id, Reminder.channel == channel,
        Reminder.due_on == one.due_on, Reminder.state == "planned", Reminder.step > one.step,
    )  # fmt: skip
    for earlier in session.exec(same).all():
        _cancel(session, earlier, "a later step took its place")
    session.flush()
    return True


def _take_back(state: State) -> None:
    """Cancel what is planned and no longer matters, and what missed its message, so that it may be planned anew."""
    session = state.session
    planned = session.exec(select(Reminder).where(Reminder.state == "planned")).all()
    list(_still(state, planned))
    keys = sorted({reminder.post_key for reminder in planned if reminder.state == "planned"})
    for start in range(0, len(keys), _AT_ONCE):
        ended = select(Outbox.key).where(
            col(Outbox.key).in_(keys[start : start + _AT_ONCE]), col(Outbox.state).not_in(("planned", "claimed"))
        )
        gone = set(session.exec(ended).all())
        for reminder in planned:
            if reminder.post_key in gone and reminder.state == "planned":
                _cancel(session, reminder, "it came too late for its message")


def _rest(state: State) -> None:
    """Let messages to people who are not at work wait until they are."""
    query = select(Outbox).where(
        Outbox.kind == KIND, Outbox.state == "planned", col(Outbox.posted_at).is_(None), col(Outbox.next_try) <= state.now
    )
    for post in state.session.exec(query).all():
        if state.crew.active(post.row_id) and not state.crew.hours(post.row_id).reachable(state.now):
            post.next_try = state.crew.hours(post.row_id).next_start(state.now)
            state.session.add(post)


def _still(state: State, some: Iterable[Reminder]) -> Iterable[tuple[Reminder, Due]]:
    """Those of the reminders that still matter, with what is to be said; the others are cancelled with the reason."""
    by_rule: dict[str, list[Reminder]] = defaultdict(list)
    for reminder in some:
        by_rule[reminder.rule].append(reminder)
    for name, group in by_rule.items():
        found = due.standing(state, name, {reminder.row_id for reminder in group})
        for reminder in group:
            one = found.get((reminder.row_id, reminder.person_id))
            if one is None:
                _cancel(state.session, reminder, "it is done, somebody else's now, or not for the person to read")
            elif one.due_on != reminder.due_on:
                _cancel(state.session, reminder, f"its date moved to {one.due_on}")
            else:
                decided = state.crew.hours(one.person_id).day(reminder.created_at)
                waited = max(0, (one.today - decided).days)
                yield reminder, replace(one, step=reminder.step, late_days=reminder.late_days + waited)


def _carried(session: Session, entry: Outbox) -> Sequence[Reminder]:
    """The reminders of a post that were not said yet, or perhaps not."""
    query = select(Reminder).where(Reminder.post_key == entry.key, col(Reminder.state).in_(_OPEN)).order_by(col(Reminder.id))
    return session.exec(query).all()


def _cancel(session: Session, reminder: Reminder, reason: str) -> None:
    reminder.state, reminder.reason = "cancelled", reason
    session.add(reminder)


def _notice(plain: dict[str, Any]) -> Notice:
    items = tuple(Item(one["text"], one["url"], tuple(Choice(**choice) for choice in one["choices"])) for one in plain["items"])
    return Notice(plain["subject"], tuple(plain["opening"]), items, tuple(plain["closing"]))
