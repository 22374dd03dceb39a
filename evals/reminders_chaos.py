"""Reminders through three years of a plant and a thousand faults: is every one in one message, taken back, or in doubt where people see it?

    python -m evals.reminders_chaos [--days 1096] [--people 200] [--faults 1000] [--seed 1]

A plant lives on a simulated clock: items come, are moved, closed and reopened; people are away, leave and come; audits are held.
Meanwhile the process is killed before and after posts and around commits, restarted, left off for days; its clock jumps; the mail
server and Slack are away, refuse, ask to wait, or take a message and do not say so. Somebody looks after what is in doubt. Both services
keep a ledger of their own, by which the result is judged, not by what the product believes.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from assistant.assurance.reminding import delivery, due
from assistant.assurance.reminding.delivery import Channels, Delivery
from assistant.assurance.reminding.state import state_at
from connectors.base import ConnectorError, Notice
from knowledge.registers import REGISTERS, Outbox, Reminder, Store, records, sqlite_url
from knowledge.registers.rights import INSTALLATION

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
ZONES = ("Europe/Berlin", "Europe/Warsaw", "America/Mexico_City", "Asia/Shanghai", "Pacific/Auckland")
KINDS = {
    "corrective_action": "due_date",
    "risk": "review_date",
    "evidence": "expires_on",
    "programme_task": "due_date",
    "supplier": "next_assessment",
}
FAULTS = (
    "killed before",
    "killed after",
    "lost",
    "away",
    "busy",
    "refused",
    "killed in commit",
    "killed after commit",
    "clock",
    "off",
    "worker",
)


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Services:
    """A mail server and a Slack with one ledger, and the faults that the next posts meet."""

    ledger: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    away_until: datetime = START
    now: datetime = START
    closed: set[str] = field(default_factory=set)
    after_closure: list[tuple[str, str]] = field(default_factory=list)

    def send(self, to: str, notice: Notice, key: str) -> str:
        """Take a message, unless a fault comes before or after."""
        fault = self.faults.pop() if self.faults else ""
        if self.now < self.away_until or fault == "away":
            raise ConnectorError("away", False)
        if fault == "busy":
            raise ConnectorError("ratelimited", False, wait=120)
        if fault == "refused":
            raise ConnectorError("refused", True)
        if fault == "killed before":
            raise Killed
        self.ledger[key] += 1
        for item in notice.items:
            row = item.text.partition(" · ")[0].partition("\n")[0]
            if row in self.closed:
                self.after_closure.append((key, row))
        if fault == "killed after":
            raise Killed
        if fault == "lost":
            raise ConnectorError("no answer", False, doubtful=True)
        return f"<{key}>"

    post = send

    def find(self, user: str, key: str) -> str | None:
        """Whether Slack has it."""
        if self.now < self.away_until:
            raise ConnectorError("away", False)
        return f"<{key}>" if self.ledger[key] else None

    def run(self, *_: object) -> None:
        """Nobody asks anything here."""

    def stop(self) -> None:
        """Nothing runs."""


class Fragile(Store):
    """A database whose process is killed right before or right after a commit, when it is told so."""

    fault = ""

    @contextmanager
    def write(self, flushed: bool = True) -> Iterator[Session]:
        """As the store's own."""
        fault, self.fault = self.fault, ""
        with super().write(flushed) as session:
            yield session
            if fault == "killed in commit":
                raise Killed
        if fault == "killed after commit":
            raise Killed


class Plant:
    """The simulated company, its clock, and the process that reminds."""

    def __init__(self, folder: Path, people: int, seed: int) -> None:
        self.chance, self.now = random.Random(seed), START
        self.store = Fragile(sqlite_url(folder / "annexa.db"))
        self.store.migrate()
        self.services = Services()
        self.people = [f"P-{number:03}" for number in range(1, people + 1)]
        self.open: dict[str, str] = {}
        self.met: Counter[str] = Counter()
        self.away_until = START
        self.waiting: list[str] = []
        self._workers = 0
        self._hire()
        self.restart()

    def restart(self) -> None:
        """A new process."""
        self._workers += 1
        channels = Channels(self.services, self.services)
        self.delivery, self.name = (
            Delivery(self.store, channels, lambda _one, _answer: "https://a.example/r/x", "https://a.example"),
            f"w{self._workers}",
        )

    def day(self, faults: list[str]) -> None:
        """One day of the company, with these faults."""
        self._live()
        self.waiting += faults
        if self.now < self.away_until:
            self.now += timedelta(days=1)
            return
        faults, self.waiting = self.waiting, []
        hours = sorted(self.chance.sample(range(24), min(max(2, len(faults)), 12)))
        for hour in hours:
            moment = self.now.replace(hour=hour, minute=self.chance.randint(0, 59))
            self._look(moment, [faults.pop()] if faults else [])
        self.waiting += faults
        self._settle()
        self.now += timedelta(days=1)

    def _look(self, moment: datetime, faults: list[str]) -> None:
        for fault in faults:
            self.met[fault] += 1
            if fault == "clock":
                moment += timedelta(hours=self.chance.choice((-26, -1, 1, 5)))
            elif fault == "off":
                self.away_until = self.now + timedelta(days=self.chance.choice((1, 2, 7, 31)))
                return
            elif fault == "worker":
                self.restart()
            elif fault == "away":
                self.services.away_until = moment + timedelta(hours=self.chance.choice((1, 8, 30)))
            elif fault.endswith("commit"):
                self.store.fault = fault
            else:
                self.services.faults.append(fault)
        self.services.now = moment
        try:
            self.delivery.run(lambda: moment, self.name)
        except Killed:
            self.restart()

    def _live(self) -> None:
        """Items come and go, and so do people."""
        chance = self.chance
        with records.writing(self.store, INSTALLATION, self.now, "chaos") as book:
            for _ in range(chance.randint(0, 3)):
                kind = chance.choice(list(KINDS))
                values: dict[str, Any] = {
                    KINDS[kind]: str(self.now.date() + timedelta(days=chance.randint(-3, 90))),
                    "owner": chance.choice(self.people),
                }
                values |= {"title": "Item"} if kind in ("corrective_action", "evidence") else {"name": "Item"}
                values |= {"state": "action_planned"} if kind == "corrective_action" else {}
                self.open[book.create(kind, values).id] = kind
            book.flush()
            for row_id in chance.sample(sorted(self.open), min(len(self.open), chance.randint(0, 3))):
                self._touch(book.session, row_id)
            for person_id in chance.sample(self.people, 2):
                until = self.now.date() + timedelta(days=chance.randint(-5, 20))
                book.change(
                    "person",
                    person_id,
                    {"absent_from": str(self.now.date()), "absent_until": str(until)}
                    if until > self.now.date()
                    else {"absent_from": "", "absent_until": ""},
                )
            if self.now.day == 1 and self.now.month in (3, 9):
                start = self.now.date() + timedelta(days=150)
                book.create("audit", {"title": "Surveillance", "type": "surveillance_1", "start_date": str(start)})

    def _touch(self, session: Session, row_id: str) -> None:
        kind = self.open[row_id]
        row: Any = session.get_one(REGISTERS[kind].model, row_id)
        step = self.chance.choice(("move", "close", "owner"))
        if step == "move":
            setattr(row, KINDS[kind], self.now.date() + timedelta(days=self.chance.randint(1, 60)))
        elif step == "owner":
            row.owner = self.chance.choice(self.people)
        else:
            row.retired_at = self.now
            self.services.closed.add(row_id)
            del self.open[row_id]
        row.changed_at = self.now
        session.add(row)

    def _settle(self) -> None:
        """Somebody looks into the ledger of the other side for what is in doubt."""
        with self.store.write() as session:
            wanted = select(Outbox).where(Outbox.kind == delivery.KIND, col(Outbox.state).in_(("doubtful", "failed")))
            for post in session.exec(wanted.limit(5)).all():
                arrived = bool(self.services.ledger[post.key])
                delivery.settle(session, self.delivery.posting, post, arrived, self.now, "P-001")

    def _hire(self) -> None:
        with records.writing(self.store, INSTALLATION, START, "chaos") as book:
            for number, id_ in enumerate(self.people):
                role = "isms_manager" if number == 0 else "approver" if number == 1 else "owner"
                zone = ZONES[number % len(ZONES)] if number > 1 else ZONES[0]
                slack = f"U{number:04}" if number % 3 else None
                book.create(
                    "person",
                    {
                        "id": id_,
                        "name": f"Person {number}",
                        "email": f"p{number}@plant.example",
                        "role": role,
                        "plant_manager": number == 1,
                        "time_zone": zone,
                        "slack_id": slack,
                    },
                )
        with records.writing(self.store, INSTALLATION, START, "chaos") as book:
            for number, id_ in enumerate(self.people):
                book.change("person", id_, {"deputy": self.people[(number * 7 + 3) % len(self.people)]})


def judge(plant: Plant) -> dict[str, Any]:
    """What the ledgers say beside what the product says; every count under `wrong` must be 0."""
    with plant.store.read() as session:
        posts = {post.key: post for post in session.exec(select(Outbox).where(Outbox.kind == delivery.KIND)).all()}
        states = dict(session.execute(select(Reminder.state, func.count()).group_by(col(Reminder.state))).all())
        sent = session.exec(select(Reminder.post_key).where(Reminder.state == "sent")).all()
        left = due.due(state_at(session, plant.now, {}))
    ledger = plant.services.ledger
    wrong = {
        "messages that arrived twice": sum(number > 1 for number in ledger.values()),
        "reminders called sent whose message did not arrive": sum(not ledger[key] for key in sent),
        "messages that arrived and are neither sent nor in doubt": sum(
            posts[key].state not in ("sent", "doubtful", "claimed") for key in ledger if key in posts
        ),
        "messages of which the product knows nothing": sum(key not in posts for key in ledger),
        "reminders that nobody decided about": states.get("planned", 0),
        "things due and never said": len(left),
        "things said after they were closed": len(plant.services.after_closure),
    }
    return {"reminders": states, "messages": sum(ledger.values()), "faults": dict(plant.met), "wrong": wrong}


def main() -> None:
    """Live through it and print the judgement; exit status 1 where anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("days", 1_096), ("people", 200), ("faults", 1_000), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    wanted = parser.parse_args()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        plant = Plant(Path(folder), wanted.people, wanted.seed)
        when = Counter(plant.chance.randrange(wanted.days) for _ in range(wanted.faults))
        for number in range(wanted.days):
            plant.day([plant.chance.choice(FAULTS) for _ in range(when[number])])
        found = quiet(plant)
        plant.store.close()
    print(f"{wanted.days} days, {wanted.people} people, {sum(plant.met.values())} faults met, {time.perf_counter() - began:.0f} s")
    for name, value in found.items():
        print(f"{name}: {value}" if name != "wrong" else "\n".join(f"{number:>6}  {what}" for what, number in value.items()))
    sys.exit(any(found["wrong"].values()))


def quiet(plant: Plant) -> dict[str, Any]:
    """The judgement after two days without a fault, so that everybody was at work once."""
    plant.away_until = plant.services.away_until = plant.now
    plant.services.faults.clear()
    for hour in range(24 * 7):
        moment = plant.now + timedelta(hours=hour)
        plant.services.now = moment
        plant.delivery.run(lambda moment=moment: moment, "last")  # type: ignore[misc]
        if hour % 24 == 12:
            plant._settle()
    plant.now += timedelta(days=7)
    return judge(plant)


if __name__ == "__main__":
    main()
