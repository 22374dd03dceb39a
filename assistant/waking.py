"""The timers of processes that stay. They only wake what looks at the state of the moment, so a look that failed or came late loses nothing."""

import logging
import os
import secrets
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

from assistant.app import Records
from assistant.assurance.reminding import reminders
from assistant.assurance.reminding.delivery import Planned
from assistant.config import Settings

log = logging.getLogger(__name__)

REMINDERS_EVERY, TASKS_EVERY = 30.0, 300.0
"""Seconds between two looks: at what is due to be said, and at what changed in the tracker."""


def worker(settings: Settings) -> None:
    """Send reminders, file and follow tasks until stopped, in a process of its own."""
    with Records(settings, "annexa worker") as app:
        threads = start(app, threading.Event())
        print("Reminders and tasks: waiting; stop with Ctrl-C", flush=True)
        for thread in threads:
            thread.join()


def start(app: Records, stop: threading.Event) -> list[threading.Thread]:
    """Threads that look at reminders and at tasks until `stop` is set. Raises WrongSettings for channels and tracker that are set up wrongly."""
    _ = app.delivery, app.tasks  # wrong settings are said now, not at the first look
    looks: tuple[tuple[str, Callable[[], object], float], ...] = (
        ("reminders", lambda: remind(app, app.settings.moment(), False), REMINDERS_EVERY),
        ("tasks", app.tasks.sync, TASKS_EVERY),
    )
    threads = [threading.Thread(target=wake, args=(name, look, stop, every), name=name, daemon=True) for name, look, every in looks]
    for thread in threads:
        thread.start()
    return threads


def wake(name: str, look: Callable[[], object], stop: threading.Event, every: float) -> None:
    """Look now and then, until stopped."""
    while not stop.is_set():
        try:
            look()
        except Exception:  # the outermost loop: the next look tries again
            log.exception("%s could not be looked at; they are looked at again in %d seconds", name, every)
        stop.wait(every)


def remind(app: Records, moment: datetime, dry_run: bool) -> dict[str, Any]:
    """What would go out at a moment with the reasons, or how the messages ended that were sent now."""
    if dry_run:
        return {"at": moment.isoformat(), "messages": [_plain(one) for one in app.delivery.preview(moment)]}
    clock = app.settings.moment
    ended: Counter[str] = app.delivery.run(clock, _holder()) if app.channels.mail or app.channels.chat else Counter()
    reached = (
        ""
        if app.channels.mail or app.channels.chat
        else "no channel is set up: set ANNEXA_SMTP_URL and ANNEXA_MAIL_FROM, or Slack's tokens"
    )
    return {"at": moment.isoformat(), "ended": dict(ended), "missing": reached}


def _holder() -> str:
    """A name for this process, unlike any other's."""
    return f"{os.getpid()}-{secrets.token_hex(4)}"


def _plain(one: Planned) -> dict[str, Any]:
    return {
        "person": one.person_id,
        "name": one.name,
        "channel": one.channel or "none",
        "at": one.at.isoformat(),
        "items": [
            {
                "rule": item.rule,
                "register": item.register,
                "row": item.row_id,
                "title": item.title,
                "due_on": item.due_on.isoformat(),
                "step": item.step,
                "late_days": item.late_days,
                "why": reminders.why(item.rule, item.step, item.late_days),
            }
            for item in one.items
        ],
        "questions": [
            {"document": asked.document.number, "version": asked.version_id, "number": asked.number, "question": asked.question}
            for asked in one.questions
        ],
    }
