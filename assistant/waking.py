"""The timers of processes that stay. They only wake what looks at the state of the moment, so a look that failed or came late loses nothing."""

import logging
import threading
from collections.abc import Callable

from assistant import reminders
from assistant.app import Records
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
        ("reminders", lambda: reminders.run(app, app.settings.moment(), False), REMINDERS_EVERY),
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
