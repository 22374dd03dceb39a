"""Findings on the command line: raise one, list what is recorded and what waits for a decision."""

from dataclasses import asdict

from assistant import identity
from assistant.app import Records
from assistant.assurance.corrective import findings
from assistant.assurance.seen import Seen
from assistant.commands.actions import SOURCE, reading
from assistant.config import Settings
from assistant.owner import listening, post
from knowledge.registers import queries, records


def raise_(settings: Settings, seen: Seen, as_: str | None) -> None:
    """Record a finding, or a proposal of it where the person may not; say what its text lacks."""
    if owner := listening(settings):
        given = {name: value for name, value in asdict(seen).items() if name != "grade_hint"}
        reply = post(owner, "/api/findings", {**given, "grade": seen.grade_hint, "as": as_})
        register, id_ = reply["register"], reply["id"]
    else:
        with Records(settings, "annexa finding") as app:
            with records.writing(app.store, identity.asker(app.store, as_), settings.moment(), SOURCE) as book:
                register, id_ = findings.raise_(book, seen)
    print(f"{id_}: recorded" if register == findings.FINDING else f"{id_}: proposed, for the ISMS manager to decide")
    for one in findings.weak_seen(seen):
        print(f"  {one.column}: {one.en}")


def listed(settings: Settings, as_: str | None) -> None:
    """Print the findings, newest first, with their actions, then the proposals that wait."""
    with reading(settings, as_) as (session, actor):
        rows = queries.rows(session, actor, findings.FINDING)
        done = {row.id: findings.actions_of(session, actor, row.id) for row in rows}
        waiting = findings.proposals(session, actor)
    for row in sorted(rows, key=lambda one: (str(one.reported_on or ""), one.id), reverse=True):
        of_it = ", ".join(f"{one.id} {one.state}" for one in done[row.id])
        print(f"{row.id}  {row.reported_on or '-'}  {row.grade:<15} {row.title}{f'  [{of_it}]' if of_it else ''}")
    for one in waiting:
        print(f"{one.id}  proposed    {one.title}")
    print(f"{len(rows)} findings, {len(waiting)} proposed, as of {settings.today()}")
