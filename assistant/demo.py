"""The demo: the sample plant loaded, five questions of different kinds asked, and how to go on."""

import csv
import os
from datetime import datetime
from pathlib import Path

from sqlmodel import select

from assistant import identity
from assistant.app import App
from assistant.commands.terminal import progress, text_of
from assistant.config import Settings
from assistant.exchange import plant
from knowledge.registers import Asset, Person, Store
from knowledge.registers.rights import INSTALLATION

PLANT = Path(__file__).parents[1] / "knowledge" / "sample_plant"
QUESTIONS = (
    "The weld camera rejects far too many good parts since this morning, when do we have to stop it?",
    "Which evidence does an auditor want to see for our backups of machine programs?",
    "Our old supplier contract cites A.15.1.2, what is that today?",
    "Ein fremder Techniker will seinen USB-Stick an die Presse stecken, was gilt da bei uns?",
    "Can you back-date the minutes of the management review to March?",
)


def run(settings: Settings) -> None:
    """Load the sample plant into the data folder, ask, and print the answers. Works as often as one likes."""
    with progress() as show, App(settings, "annexa demo", show) as app:
        load_people(app.store, PLANT / "people.csv")
        report = app.ingest(PLANT / "documents", progress=show)
        print(
            f"Sample plant: {len(report.loaded)} documents loaded, {len(report.unchanged)} unchanged; {len(app.index)} passages to answer from."
        )
        for name, reason in report.refused:
            print(f"refused  {name}: {reason}")
        load_registers(app.store, PLANT / "registers", settings.moment())
        app.embed_rows(show)
        emil = identity.asker(app.store, "emil.sorg@tessmar.example")
        print("Emil Sorg, shift lead of hall 3, asks five questions. He reads what staff may read.\n")
        for question in QUESTIONS:
            print(f"{'─' * 100}\n? {question}\n\n{text_of(app.answerer.ask(question, emil))}\n")
    here = os.path.relpath(settings.data)
    print(f"{'─' * 100}\nGo on: make serve opens the same plant at http://127.0.0.1:{settings.port}/")
    print(f'       ANNEXA_DATA={here} .venv/bin/annexa ask "how long do we keep PLC backups" --as emil.sorg@tessmar.example')


def load_registers(store: Store, folder: Path, now: datetime) -> None:
    """Load the registers of the plant on the first day; later they stand as people left them."""
    with store.read() as session:
        if session.exec(select(Asset.id)).first():
            return
    reports = plant.load(store, INSTALLATION, folder, now)
    print(f"Its registers: {sum(report.new for report in reports)} rows in {len(reports)} registers.")


def load_people(store: Store, path: Path) -> None:
    """Add the people of a file who are not there yet."""
    with store.read() as session:
        known = set(session.exec(select(Person.email)).all())
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["email"] not in known:
                identity.add_person(
                    store, row["name"], row["email"], row["role"], department=row["department"], plant_manager=row["plant_manager"] == "yes"
                )
