"""Reminders on the command line: what would go out and why, sending it, and the secret addresses of calendars."""

import json
from datetime import UTC, datetime
from typing import Any

from assistant import identity, waking
from assistant.app import Records
from assistant.config import Settings
from assistant.errors import WrongSettings
from assistant.owner import listening, post
from knowledge.registers.values import FIRST_DAY, LAST_DAY, plausible


def remind(settings: Settings, at: datetime | None, dry_run: bool, as_json: bool) -> int:
    """Print what would go out, or plan and send it; 1 where a message is in doubt or has failed."""
    moment = (at if at is None or at.tzinfo else at.replace(tzinfo=UTC)) or settings.moment()
    if at is not None and not dry_run:
        raise WrongSettings("remind: --at shows another moment; it goes with --dry-run, because nothing is sent from another time.")
    if not plausible(moment.date()):
        raise WrongSettings(f"remind: --at takes a moment from {FIRST_DAY} to {LAST_DAY}.")
    if owner := listening(settings):
        found = post(owner, "/api/reminders/run", {"at": moment.isoformat() if at else None, "dry_run": dry_run})
    else:
        with Records(settings, "annexa remind") as app:
            found = waking.remind(app, moment, dry_run)
    if as_json:
        print(json.dumps(found))
    else:
        _print(found)
    return 1 if found.get("ended", {}).get("doubtful") or found.get("ended", {}).get("failed") else 0


def calendar_link(settings: Settings, who: str, plan: bool) -> None:
    """Print a new secret address of a person's calendar, or of the plan's."""
    if owner := listening(settings):
        print(post(owner, "/api/calendars", {"whose": who, "plan": plan})["url"])
        return
    with Records(settings, "annexa calendar") as app:
        asker = identity.asker(app.store, who)
        with app.store.write() as session:
            secret = app.calendar_links.make(session, asker, None if plan else asker.person_id, settings.moment())
        print(f"{app.address}/calendar/{secret}.ics")


def calendar_revoke(settings: Settings, who: str, plan: bool) -> None:
    """Take back every such address."""
    if owner := listening(settings):
        number = post(owner, "/api/calendars/revocation", {"whose": who, "plan": plan})["revoked"]
    else:
        with Records(settings, "annexa calendar") as app:
            asker = identity.asker(app.store, who)
            with app.store.write() as session:
                number = app.calendar_links.revoke(session, asker, None if plan else asker.person_id, settings.moment())
    print(f"{number} addresses revoked")


def _print(found: dict[str, Any]) -> None:
    if "messages" not in found:
        ended = ", ".join(f"{number} {state}" for state, number in found["ended"].items()) or "nothing to send"
        print(found["missing"] or ended)
        return
    for message in found["messages"]:
        print(f"{message['at']}  {message['person']} {message['name']}, by {message['channel']}")
        for item in message["items"]:
            print(f"    {item['row']:<14} {item['due_on']}  {item['title'][:50]}  [{item['why']}]")
        for asked in message["questions"]:
            print(f"    {asked['document']:<14} question {asked['number']}: {asked['question'][:80]}  [open in a draft]")
    print(f"{len(found['messages'])} messages, {sum(len(message['items']) for message in found['messages'])} reminders")
