"""The words of a reminder: what is due and when, what shows that it is done, in English and German, for mail and chat alike."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby

from assistant import addresses
from assistant.assurance.reminding import reminders
from assistant.assurance.reminding.countdown import shown, whole_state
from assistant.assurance.reminding.due import open_items, open_majors
from assistant.assurance.reminding.reminders import COUNTDOWN, MAJORS
from assistant.assurance.reminding.state import Due, State
from connectors.base import Choice, Item, Notice
from knowledge.registers import Audit
from knowledge.registers.open_questions import OpenQuestion

ANSWERS = {
    "done": ("Done", "Erledigt"),
    "snooze": ("Tomorrow", "Morgen"),
    "snooze_week": ("In a week", "In einer Woche"),
    "not_mine": ("Not mine", "Nicht meins"),
    "ask": ("Ask", "Nachfragen"),
}
ASKS = {
    "not_mine": "Why is it not yours, and whose is it? / Warum ist es nicht Ihres, und wessen ist es?",
    "ask": "What do you want to know? / Was möchten Sie wissen?",
}
"""What a person is asked for with these answers."""
ASKED = ("open questions of the draft, which you can answer", "offene Fragen des Entwurfs, die Sie beantworten können")
MOST = 12
"""Items with everything about them in one message; of further ones it says what they are, in a line."""

Link = Callable[[Due, str], str]
"""The address at which a person gives an answer; empty where the product's own address is not known."""


def composed(state: State, person_id: str, items: Sequence[Due], link: Link, public_url: str, digest: bool = True) -> Notice:
    """Everything that is to be said to a person in one message, what is late first; in the `digest` of a day also what drafts ask them."""
    today = state.crew.today(person_id)
    ordered = sorted(items, key=lambda one: (one.rule in (COUNTDOWN, MAJORS), one.due_on, one.row_id))
    late = sum(one.due_on < today for one in ordered)
    further = ordered[MOST:]
    closing = (
        [f"And {len(further)} more / Und {len(further)} weitere:\n" + "\n".join(_short(one, today) for one in further)] if further else []
    )
    if public_url:
        closing.append(f"All of it / Alles: {public_url.rstrip('/')}/reminders/mine")
    return Notice(
        _subject(ordered, late),
        (_greeting(state, person_id, ordered),),
        (
            *(_item(state, person_id, one, today, link, public_url) for one in ordered[:MOST]),
            *(_asked(state.questions.get(person_id, ()), public_url) if digest else ()),
        ),
        tuple(closing),
    )


def when(due_on: date, today: date, language: str) -> str:
    """A day, and how far it is away."""
    days = (due_on - today).days
    if language == "en":
        away = "today" if not days else f"in {_days(days, 'en')}" if days > 0 else f"{_days(-days, 'en')} ago"
    else:
        away = "heute" if not days else f"in {_days(days, 'de')}" if days > 0 else f"vor {_days(-days, 'de')}"
    return f"{shown(due_on, language)}, {away}"


def line(one: Due, today: date, language: str) -> str:
    """What is due and when, in one language; late where it should have been said before."""
    rule = reminders.rule_of(one.rule)
    if rule is None:
        return ""
    named = f"{rule.en if language == 'en' else rule.de} {when(one.due_on, today, language)}"
    if one.late_days:
        named += (
            f" (late by {_days(one.late_days, 'en')})" if language == "en" else f" (um {_days(one.late_days, 'de')} verspätet gemeldet)"
        )
    return named


def _subject(items: Sequence[Due], late: int) -> str:
    number = len(items)
    if number == 1:
        return f"Annexa: {items[0].row_id} {items[0].title}"[:150]
    overdue = f", {late} overdue / überfällig" if late else ""
    return f"Annexa: {number} reminders / {number} Erinnerungen{overdue}"


def _greeting(state: State, person_id: str, items: Sequence[Due]) -> str:
    names = sorted(
        {
            state.crew.people[one.owner].name
            for one in items
            if one.owner in state.crew.people and one.owner != person_id and "." not in one.rule
        }
    )
    for_whom = f"\nYou stand in for / Sie vertreten: {', '.join(names)}" if names else ""
    return f"This waits for you. / Das wartet auf Sie.{for_whom}"


def _item(state: State, person_id: str, one: Due, today: date, link: Link, public_url: str) -> Item:
    page = f"{public_url.rstrip('/')}{addresses.row(one.register, one.row_id)}" if public_url else ""
    if one.rule in (COUNTDOWN, MAJORS):
        return Item(_audit_text(state, person_id, one, today), page, _choices(one, link, ("ask",)))
    rule = reminders.rule_of(one.rule)
    assert rule
    about = [line(one, today, "en"), line(one, today, "de")]
    if "." in one.rule:
        owner = state.crew.people[one.owner].name if one.owner in state.crew.people else "nobody / niemand"
        about.append(f"With / Bei: {owner}")
        return Item("\n".join([_named(one), *about]), page, _choices(one, link, ("snooze", "snooze_week", "ask")))
    return Item("\n".join([_named(one), *about, rule.done_en, rule.done_de]), page, _choices(one, link, tuple(ANSWERS)))


def _choices(one: Due, link: Link, answers: Sequence[str]) -> tuple[Choice, ...]:
    return tuple(Choice(answer, " / ".join(ANSWERS[answer]), value(one), link(one, answer), ASKS.get(answer, "")) for answer in answers)


def value(one: Due) -> str:
    """What tells a reminder apart where it is answered."""
    return "|".join((one.rule, one.register, one.row_id, one.due_on.isoformat()))


def _audit_text(state: State, person_id: str, one: Due, today: date) -> str:
    head = f"{_named(one)}\nbegins {when(one.due_on, today, 'en')} / beginnt {when(one.due_on, today, 'de')}"
    if one.rule == MAJORS:
        number = open_majors(state.session)
        return (
            f"{head}\n{number} actions of major nonconformities are not closed: the certificate depends on them.\n"
            f"{number} Maßnahmen zu Hauptabweichungen sind nicht geschlossen: Davon hängt das Zertifikat ab."
        )
    if person_id == state.crew.hears(state.crew.manager):
        audit = state.session.get_one(Audit, one.row_id)
        return "\n".join([head, *(f"- {en} / {de}" for en, de in whole_state(state, audit, person_id))])
    mine = open_items(state, person_id, one.due_on)
    lines = [f"- {_short(item, today)}" for item in mine[:MOST]]
    more = [f"- … {len(mine) - MOST}"] if len(mine) > MOST else []
    return "\n".join([head, f"Yours until then / Bis dahin bei Ihnen: {len(mine)}", *lines, *more])


def _asked(questions: Sequence[OpenQuestion], public_url: str) -> Iterator[Item]:
    """The open questions of each draft, as many in all as there are items; of further ones it says how many."""
    base = public_url.rstrip("/")
    for version_id, group in groupby(questions[:MOST], key=lambda one: one.version_id):
        some = list(group)
        head = f"{some[0].document.number} · {some[0].document.title}"
        lines = [f"- {one.number}: {one.question}" for one in some]
        page = f"{base}/versions/{version_id}#open" if base else ""
        yield Item("\n".join([head, *ASKED, *lines]), page)
    if (left := len(questions) - MOST) > 0:
        yield Item(
            f"{left} further open questions of drafts / {left} weitere offene Fragen von Entwürfen", f"{base}/documents" if base else ""
        )


def _short(one: Due, today: date) -> str:
    rule = reminders.rule_of(one.rule)
    about = f"{rule.en} / {rule.de}" if rule else "begins / beginnt"
    return f"{_named(one)}: {about} {one.due_on.isoformat()}{' (!)' if one.due_on < today else ''}"


def _named(one: Due) -> str:
    return f"{one.row_id} · {one.title}" if one.title and one.title != one.row_id else one.row_id


def _days(number: int, language: str) -> str:
    if language == "en":
        return f"{number} day" if number == 1 else f"{number} days"
    return f"{number} Tag" if number == 1 else f"{number} Tagen"


def note(subject: str, lines: Sequence[str], url: str = "") -> Notice:
    """Something that is told to a person apart from what is due, such as a colleague's question."""
    return Notice(subject[:150], tuple(lines[:1]), tuple(Item(text, url) for text in lines[1:]))


def latest_snooze(due_on: date, today: date, days: int) -> date:
    """Until when something may be put off: never past its due day, and for one day where that has come."""
    return max(min(today + timedelta(days=days), due_on), today + timedelta(days=1))
