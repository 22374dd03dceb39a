"""Three years of tasks in a tracker that fails: one task an action, and every doubtful one visible, through 1,000 faults, kills, black-outs and clock jumps.

`python -m evals.tasks_chaos [--seed N] [--faults N]` prints the ledger and ends with status 1 where a promise was broken. It takes some minutes; a real HTTP peer, a
fault injector before it, a database in a temporary folder, and a clock that is moved by hand.
"""

import argparse
import random
import sys
import tempfile
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import select

from assistant.assurance.tracking.tasks import Tasks
from connectors import jira
from connectors.base import Task, TaskRef, mark
from connectors.http import Manner
from knowledge.registers import CorrectiveAction, ExternalComment, ExternalRef, Outbox, Store, records, sqlite_url
from knowledge.registers.rights import INSTALLATION
from tests.peers.faults import AFTER, BEFORE, Faults, faults
from tests.peers.jira import PROJECT, TOKEN, USER, JiraPeer, jira_peer

START = datetime(2026, 1, 5, 6, tzinfo=UTC)
DAYS = 3 * 365
PLANT = "chaos"
_QUICK = [one for one in (*AFTER, *BEFORE) if not one.startswith("hang")]


class Killed(BaseException):
    """The process is gone."""


class Fragile(jira.Jira):
    """Jira spoken with by a process that may die before or after each call that changes something."""

    chance: random.Random
    deadly = 0.0
    deaths = 0

    def file(self, task: Task) -> TaskRef:
        """The new issue, where nobody dies."""
        self._die()
        made = super().file(task)
        self._die()
        return made

    def remark(self, ref: TaskRef, text: str, key: str) -> str:
        """The comment, where nobody dies."""
        made = super().remark(ref, text, key)
        self._die()
        return made

    def _die(self) -> None:
        if self.chance.random() < self.deadly:
            self.deaths += 1
            raise Killed


class World:
    """The plant, its tracker, and what happens to both."""

    def __init__(self, seed: int, most: int, store: Store, peer: JiraPeer, between: Faults) -> None:
        self.chance, self.most, self.store, self.peer = random.Random(seed), most, store, peer
        self.now, self.happened, self.black_until = START, Counter[str](), START
        peer.now, between.choose = (lambda: self.now), self.fault
        self.workers = [self._worker(between.url) for _ in range(2)]

    def _worker(self, url: str) -> Tasks:
        manner = Manner(lambda: self.now.timestamp(), lambda _: None, 1)
        tracker = Fragile(jira.Options(url, PROJECT, TOKEN, USER), manner)
        tracker.chance, tracker.deadly = self.chance, 0.02
        return Tasks(self.store, tracker, lambda: self.now, "https://annexa.plant.example", PLANT)

    @property
    def faults(self) -> int:
        """How many faults there were, kills included."""
        return sum(self.happened.values()) + sum(worker.tracker.deaths for worker in self.workers)  # type: ignore[attr-defined]

    def fault(self, method: str, path: str) -> str | None:
        """What the next request meets."""
        if self.now < self.black_until:
            return "500 before"
        if self.faults >= self.most or self.chance.random() > (
            0.4 if method == "POST" and path.endswith(("/issue", "/comment", "/transitions")) else 0.03
        ):
            return None
        fault = self.chance.choice(_QUICK)
        self.happened[fault] += 1
        return fault

    def day(self) -> None:
        """One day of work, with whatever happens on it."""
        midnight = self.now.replace(hour=6) + timedelta(days=1)
        for _ in range(self.chance.randint(1, 3)):
            self._people()
            self.peer.lag = timedelta(seconds=self.chance.choice([0, 30, 120, 600]))
            if self.chance.random() < 0.02:
                self.black_until = self.now + timedelta(minutes=self.chance.choice([10, 90]))
            worker = self.chance.choice(self.workers)
            with suppress(Killed):
                worker.sync() if self.chance.random() < 0.2 else worker.file()
            self.now += timedelta(minutes=self.chance.choice([1, 7, 40, 200, -60]))
        self.now = max(self.now, midnight) if self.chance.random() > 0.01 else self.now + timedelta(days=20)

    def _people(self) -> None:
        """What people do here and there."""
        if self.chance.random() < 0.12:
            with records.writing(self.store, INSTALLATION, self.now, "chaos") as book:
                given = {"title": "Something to mend", "owner": "ada@plant.example", "due_date": self.now.date() + timedelta(days=60)}
                book.create("corrective_action", given, {"accepted_at": self.now})
        if self.chance.random() < 0.1:
            with self.store.write() as session:
                some = session.exec(select(CorrectiveAction).where(CorrectiveAction.state != "closed")).all()
                if some:
                    action = self.chance.choice(some)
                    action.state = self.chance.choice(["contained", "action_planned", "closed"])
                    action.closed_on = self.now.date() if action.state == "closed" else None
                    action.revision += 1
                    session.add(action)
        mine = self.peer.with_label("annexa")
        if mine and self.chance.random() < 0.08:
            issue = self.chance.choice(mine)
            what = self.chance.choice(["comment", "Done", "In Progress", "To Do"])
            self.peer.comment(issue.key, f"Note of {self.now:%Y-%m-%d}") if what == "comment" else self.peer.to_state(issue.key, what)
        self.peer.an_issue()  # the project has other work too

    def settle_down(self) -> None:
        """Two quiet days, after which nothing may be under way any more."""
        self.most = 0
        for worker in self.workers:
            worker.tracker.deadly = 0.0  # type: ignore[attr-defined]
        for _ in range(60):
            self.workers[0].sync()
            self.now += timedelta(hours=1)


def ledger(world: World) -> tuple[dict[str, int], list[str]]:
    """The counts of both sides, and every promise that was broken."""
    lines = {line.id: line for line in world.workers[0].lines(INSTALLATION)}
    with world.store.read() as session:
        actions = session.exec(select(CorrectiveAction)).all()
        refs = {ref.row_id: ref for ref in session.exec(select(ExternalRef)).all()}
        entries = session.exec(select(Outbox)).all()
        kept = session.exec(select(ExternalComment)).all()
    broken, counts = [], Counter[str]()
    for action in actions:
        made = world.peer.with_label(mark(f"{PLANT}|{action.id}"))
        counts["issues"] += len(made)
        if len(made) > 1:
            broken.append(f"{action.id} has {len(made)} issues")
        if action.id in refs and (not made or refs[action.id].key != made[0].key):
            broken.append(f"{action.id} is linked to {refs[action.id].key}, which is not its issue")
        if action.state != "closed" and action.id not in refs and lines[action.id].state not in ("doubtful", "failed"):
            broken.append(f"{action.id} is open, has no task, and nobody sees it: {lines[action.id].state}")
        for issue in made:
            texts = Counter(str(one["body"]) for one in issue.comments if "annexa-" in str(one["body"]))
            broken += [f"{issue.key} says the same twice" for text, times in texts.items() if times > 1]
    ours = len(world.peer.with_label("annexa"))
    if ours != counts["issues"]:  # counted without the mark that tells them apart
        broken.append(f"{ours} issues are ours, {counts['issues']} belong to an action")
    counts |= {"actions": len(actions), "linked": len(refs), "comments kept": len(kept), "faults": world.faults}
    counts |= Counter(f"{entry.kind} {entry.state}" for entry in entries)
    return dict(sorted(counts.items())), broken


def run(seed: int, most: int, days: int = DAYS) -> int:
    """0 where every promise was kept."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(sqlite_url(Path(folder) / "annexa.db"))
        store.migrate()
        with records.writing(store, INSTALLATION, START, "chaos") as book:
            book.create("person", {"name": "Ada Kern", "email": "ada@plant.example", "role": "owner"})
        with jira_peer(lambda: START) as peer, faults(peer.url, lambda method, path: None) as between:
            world = World(seed, most, store, peer, between)
            peer.older_issues()
            while world.now < START + timedelta(days=days):
                world.day()
            world.settle_down()
            counts, broken = ledger(world)
        store.close()
    print("\n".join([*(f"{name:<24} {count}" for name, count in counts.items()), *broken, f"{len(broken)} promises broken"]))
    return 1 if broken else 0


def main(arguments: list[str] | None = None) -> Any:
    """Run it as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", type=int, default=1_000)
    parser.add_argument("--days", type=int, default=DAYS)
    given = parser.parse_args(arguments)
    return run(given.seed, given.faults, given.days)


if __name__ == "__main__":
    import logging

    logging.disable(logging.WARNING)
    sys.exit(main())
