"""A look at the installation: what is there, what is wrong, what to do."""

import sqlite3
import sys

from sqlmodel import func, select

from assistant.config import Settings
from assistant.ownership import holder
from knowledge.embedding import Encoder
from knowledge.errors import WrongSchema
from knowledge.registers import Passage, Store, Vector

_SAFE_SQLITE = (3, 51, 3)


def examine(settings: Settings) -> int:
    """Print a line for each check; 1 when something needs doing, else 0."""
    wrong = 0

    def say(good: bool, what: str, remedy: str = "") -> None:
        nonlocal wrong
        wrong += not good
        print(f"{'ok   ' if good else 'LOOK '} {what}{'' if good else ': ' + remedy}")

    say(sys.version_info >= (3, 11), f"Python {sys.version.split()[0]}", "3.11 or newer is needed")
    found = tuple(int(part) for part in sqlite3.sqlite_version.split("."))
    print(
        f"{'ok   ' if found >= _SAFE_SQLITE else 'note '} SQLite {sqlite3.sqlite_version}{'' if found >= _SAFE_SQLITE else ' (before 3.51.3; safe here, because one process writes under one lock)'}"
    )
    if settings.on_one_machine and not (settings.data / "annexa.db").exists():
        say(False, f"data folder {settings.data}", "there is no database in it; run annexa init or make demo")
        return 1
    owner = holder(settings.data) if settings.on_one_machine else None
    print(f"ok    data folder {settings.data}, {f'in use by {owner.command} (process {owner.pid})' if owner else 'free'}")
    store = Store(settings.url)
    try:
        store.demand_schema()
    except WrongSchema as error:
        say(False, "database", str(error))
        return 1
    with store.read() as session:
        passages = session.exec(select(func.count()).select_from(Passage).where(Passage.current)).one()
        missing = session.exec(
            select(func.count(func.distinct(Passage.hash))).where(
                Passage.current, ~select(Vector.hash).where(Vector.hash == Passage.hash, Vector.encoder == settings.encoder).exists()
            )
        ).one()
    say(passages > 0, f"{passages} passages", "nothing to answer from; run annexa init")
    say(missing == 0, f"encoder {settings.encoder}", f"{missing} texts are not embedded with it; run annexa reindex")
    if settings.encoder == Encoder().name:
        say(Encoder().dimension == 384, "the packaged encoder loads and is the published one")
    return 1 if wrong else 0
