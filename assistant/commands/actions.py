"""Corrective actions on the command line: list them with their age, show one with what its next steps lack, move, extend, accept, print."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlmodel import Session

from assistant import addresses, identity, printing
from assistant.app import Records
from assistant.assurance.corrective import actions as rules
from assistant.assurance.corrective import ageing, eight_d, life
from assistant.config import Settings
from assistant.owner import listening, post
from knowledge.errors import UnreadableDocument, WrongSchema
from knowledge.registers import CorrectiveAction, Store, queries, records
from knowledge.registers.audits import ACTION_STATES
from knowledge.registers.derived import STANDARD, Context, action_overdue
from knowledge.registers.rights import INSTALLATION, Actor

SOURCE = "command line"


def listed(settings: Settings, as_: str | None, as_json: bool) -> None:
    """Print the actions that are not closed, those due first."""
    with reading(settings, as_) as (session, actor):
        rows = queries.rows(session, actor, life.ACTION, CorrectiveAction.state != "closed")
        grades = {one.id: one.grade for one in queries.rows(session, actor, "finding")}
        names = {one.id: one.name for one in queries.rows(session, actor, "person")}
    today = settings.today()
    old = {one.id: one for one in ageing.ages(rows, grades, today)}
    rows.sort(key=lambda one: (one.due_date is None, str(one.due_date), one.id))
    if as_json:
        lines = [{**vars(old[one.id]), "title": one.title, "state": one.state, "due_date": str(one.due_date or "")} for one in rows]
        print(json.dumps({"as_of": today.isoformat(), "actions": lines}, ensure_ascii=False))
        return
    for one in rows:
        late = "  OVERDUE" if action_overdue(one, Context(STANDARD, today)) else ""
        who = names.get(one.owner or "", "nobody")
        print(f"{one.id}  {_said(one.state):<24} due {one.due_date or '-':}  open {old[one.id].days_open} days  {who}: {one.title}{late}")
    print(f"{len(rows)} not closed, as of {today}")


def show(settings: Settings, id_: str, as_: str | None, out: Path | None, as_json: bool) -> None:
    """Print an action and what each next step lacks; with `out` write its 8D report (.docx, .pdf or .md)."""
    now = settings.moment()
    with reading(settings, as_) as (session, actor):
        action: CorrectiveAction = queries.get(session, actor, life.ACTION, id_)
        ways = life.possible(session, actor, action, now)
        gaps = rules.gaps(action, life.proofs(session, id_, None))
        values = queries.values(session, actor, action)
        text, head = eight_d.report(session, actor, action, now)
    if out:
        out.write_bytes(_printed(out, text, head))
        print(f"{out}: 8D report of {id_}")
    elif as_json:
        lacks = {to: [vars(one) for one in found] for to, found in ways.items()}
        print(json.dumps({"action": values, "ways": lacks, "gaps": [vars(one) for one in gaps]}, ensure_ascii=False))
    else:
        print(f"{id_} {action.title}: {_said(action.state)}, due {action.due_date or '-'}\n\n{text}")
        for one in gaps:
            print(f"Its state came from a file without {one.column}: {one.en}")
        for to, found in ways.items():
            print(f"Next {to}: " + ("; ".join(f"{one.column}: {one.en}" for one in found) or "nothing is missing"))


def move(settings: Settings, id_: str, to: str, values: Mapping[str, str], as_: str | None) -> None:
    """Take a step of an action, or say all that it lacks."""
    state = ACTION_STATES.meant(to) or to
    if owner := listening(settings):
        post(owner, f"/api/actions/{addresses.part(id_)}/transitions", {"to": state, "values": dict(values), "as": as_})
    else:
        with _writing(settings, as_) as book:
            life.move(book, id_, state, values)
    print(f"{id_} is {_said(state)}")


def extend(settings: Settings, id_: str, due: str, reason: str, as_: str | None) -> None:
    """Approve a later due day."""
    if owner := listening(settings):
        post(owner, f"/api/actions/{addresses.part(id_)}/extension", {"due_date": due, "reason": reason, "as": as_})
    else:
        with _writing(settings, as_) as book:
            life.extend(book, id_, due, reason)
    print(f"{id_} is due on {due}; the first day stays on record")


def accept(settings: Settings, id_: str, as_: str | None) -> None:
    """Accept an action, so that it is to have its task."""
    if owner := listening(settings):
        post(owner, f"/api/actions/{addresses.part(id_)}/acceptance", {"as": as_})
    else:
        with _writing(settings, as_) as book:
            life.accept_action(book, id_)
    print(f"{id_} is accepted")


@contextmanager
def reading(settings: Settings, as_: str | None) -> Iterator[tuple[Session, Actor]]:
    """A session that only reads, also beside a server, and whoever asks: whoever holds the data folder without `as`."""
    if settings.on_one_machine and not (settings.data / "annexa.db").exists():
        raise WrongSchema(f"{settings.data}: there is no plant yet; make it with annexa init, or set ANNEXA_DATA.")
    store = Store(settings.url)
    try:
        store.demand_schema()
        actor: Actor = identity.asker(store, as_) if as_ else INSTALLATION
        with store.read() as session:
            yield session, actor
    finally:
        store.close()


@contextmanager
def _writing(settings: Settings, as_: str | None) -> Iterator[records.Records]:
    with (
        Records(settings, "annexa action") as app,
        records.writing(app.store, identity.asker(app.store, as_), settings.moment(), SOURCE) as book,
    ):
        yield book


def _printed(out: Path, text: str, head: printing.Head) -> bytes:
    forms: dict[str, Any] = {".docx": printing.docx, ".pdf": printing.pdf, ".md": lambda text, head: f"# {head.title}\n\n{text}".encode()}
    form = forms.get(out.suffix.lower())
    if form is None:
        raise UnreadableDocument(out, "a report is written as .docx, .pdf or .md; name such a file")
    made: bytes = form(text, head)
    return made


def _said(state: str) -> str:
    return ACTION_STATES[state].label() if state in ACTION_STATES else state
