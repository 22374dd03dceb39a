"""Tasks on the command line: filed, followed, listed, settled; beside a running process that one does it.

Without --as whoever holds the data folder acts, who may do everything; with it rights are asked as everywhere.
"""

import json
from typing import Any

from assistant import addresses, identity
from assistant.app import Records
from assistant.assurance.tracking.tasks import Report
from assistant.config import Settings
from assistant.owner import fetch, listening, post
from knowledge.registers.rights import INSTALLATION, Actor

_BAD = ("doubtful", "failed")


def run(settings: Settings, what: str, who: str | None, as_json: bool) -> int:
    """Exit status 1 where something ended doubtful or failed, or the tracker could not be asked; what came of it is printed. `what` is file or sync."""
    if owner := listening(settings):
        reply: dict[str, Any] = post(owner, f"/api/tasks/{what}", {"as": who})
    else:
        with Records(settings, "annexa tasks") as app:
            actor = _actor(app, who)
            reply = as_plain(app.tasks.file(actor) if what == "file" else app.tasks.sync(actor))
    print(json.dumps(reply, ensure_ascii=False) if as_json else _told(reply))
    return 1 if reply["errors"] or any(reply["filed"].get(state) for state in _BAD) else 0


def show(settings: Settings, who: str | None, as_json: bool) -> None:
    """Print each open action with its task, what a person has to do first."""
    if owner := listening(settings):
        lines = json.loads(fetch(owner, "/api/tasks", {"as": who} if who else {}))
    else:
        with Records(settings, "annexa tasks") as app:
            lines = [line.as_plain() for line in app.tasks.lines(_actor(app, who))]
    if as_json:
        print(json.dumps(lines, ensure_ascii=False, default=str))
        return
    for line in lines:
        there = " ".join(part for part in (line["key"], f"({line['there']})" if line["there"] else "", line["url"]) if part)
        print(f"{line['state']:<12} {line['id']}  {line['title']}{f'  {there}' if there else ''}")
        print("".join(f"             {part}\n" for part in (line["error"], line["to_do"]) if part), end="")
    counts = {state: sum(line["state"] == state for line in lines) for state in dict.fromkeys(line["state"] for line in lines)}
    print(f"{len(lines)} actions: {', '.join(f'{count} {state}' for state, count in counts.items()) or 'none is open'}")


def settle(settings: Settings, id_: str, key: str | None, who: str | None) -> None:
    """Write down what a person found out about a task in doubt, or have what failed done again."""
    if owner := listening(settings):
        post(owner, f"/api/tasks/{addresses.part(id_)}/settlement", {"is": key or "", "again": key is None, "as": who})
    else:
        with Records(settings, "annexa tasks") as app:
            app.tasks.settle(_actor(app, who), id_, key)
    print(f"{id_}: its task is {key}" if key else f"{id_}: will be done again with the next annexa tasks file")


def as_plain(report: Report) -> dict[str, Any]:
    """A report as JSON has it."""
    return {"filed": dict(report.filed), "news": report.news, "errors": report.errors}


def _told(reply: dict[str, Any]) -> str:
    done = ", ".join(f"{count} {state}" for state, count in reply["filed"].items()) or "nothing was due"
    bad = any(reply["filed"].get(state) for state in _BAD)
    return "\n".join([*reply["news"], *reply["errors"], done + ("; annexa tasks list says what to do" if bad else "")])


def _actor(app: Records, who: str | None) -> Actor:
    return identity.asker(app.store, who) if who else INSTALLATION
