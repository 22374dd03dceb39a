"""A Message to a Reply: who asks, what may be used where it is read, and the answer as paragraphs with marks."""

import hashlib
from dataclasses import replace

from sqlalchemy.exc import IntegrityError

from assistant import identity
from assistant.answering.shape import Answer
from assistant.app import App
from assistant.assurance.reminding import answers
from assistant.assurance.reminding.answers import About
from assistant.identity import PUBLIC, VISITOR, Asker
from assistant.phrases import phrases
from connectors.base import Citation, Handler, Message, Once, OnPress, Press, Reply
from knowledge.errors import NoSuchRow, RowRefused
from knowledge.registers import Event, Store


def handlers(app: App) -> tuple[Handler, Once, OnPress]:
    """The functions that a chat needs: one that answers, one that takes up each event once, one for the buttons of reminders."""
    return (lambda message: reply(app, message)), (lambda key: once(app.store, key)), (lambda press: pressed(app, press))


def pressed(app: App, press: Press) -> str:
    """What came of a button, for whoever pressed it; each key counts once."""
    person = identity.slack_person(app.store, press.user)
    if person is None or person.person_id is None:
        return "I do not know who you are here: ask an administrator. / Ich weiß nicht, wer Sie hier sind: Fragen Sie die Administration."
    try:
        about = About.of(person.person_id, press.value)
        said = answers.give(app.store, app.channels, about, press.action, press.text, press.key, app.settings.moment())
    except NoSuchRow:
        return "This cannot be answered any more. / Das lässt sich nicht mehr beantworten."
    except RowRefused as error:
        return "; ".join(problem.reason for problem in error.problems)
    return f"{said.en} / {said.de}"


def once(store: Store, key: str) -> bool:
    """True for the first call with a key; the row is committed before any work, so that a second delivery does nothing."""
    try:
        with store.write() as session:
            session.add(Event(id=key))
    except IntegrityError:
        return False
    return True


def reply(app: App, message: Message) -> Reply:
    """The reply to a message; in a channel only what everyone may read is used."""
    asker = who(app.store, message)
    place = f"{message.channel}/{message.thread}"
    thread = hashlib.sha256(f"{place}/{asker.person_id or message.user}".encode()).hexdigest()[:16]
    return as_reply(app.ask(message.text, asker, thread, channel=place))


def who(store: Store, message: Message) -> Asker:
    """The asker with the rights of the place: their own in a direct message, everyone's in a channel or group."""
    person = identity.slack_person(store, message.user)
    if person is None:
        return VISITOR
    return person if message.place == "direct" else replace(person, audiences=PUBLIC)


def as_reply(answer: Answer) -> Reply:
    """An answer as a chat shows it."""
    say = phrases(answer.language)
    paragraphs = [" ".join([claim.text, *(f"[{n}]" for n in claim.citations)]) for claim in answer.claims]
    if answer.table:
        paragraphs += [" | ".join(row) for row in answer.table.rows[:20]]
    notes = list(answer.gaps)
    if answer.contact:
        notes.append(f"{say('Ask')}: {' · '.join(part for part in (answer.contact.name, answer.contact.role) if part)}")
    notes.append(f"{say(answer.status)} · {say('confidence')}: {say(answer.confidence)} · {say('as of')} {answer.as_of:%Y-%m-%d %H:%M} UTC")
    citations = tuple(
        Citation(one.n, " ".join(part for part in (one.title, one.version) if part), one.locator.section, one.quote, one.url)
        for one in answer.citations
    )
    return Reply(
        tuple(paragraphs or notes[:1]),
        citations,
        tuple(notes if paragraphs else notes[1:]),
        say("[… shortened; the web page shows all of it]"),
    )
