"""Readiness on the command line: counts, gaps in the order in which to act, and answers of a person where the registers cannot tell."""

import json

from assistant import identity
from assistant.app import Records
from assistant.assurance import readiness
from assistant.assurance.readiness import telling
from assistant.config import Settings
from knowledge.errors import WrongSchema
from knowledge.registers import Store, risk_method
from knowledge.registers.derived import Context


def show(settings: Settings, who: str | None, group: str, as_json: bool) -> None:
    """Print the state of every check over the rows that somebody may read. It only reads, so it also runs beside a server."""
    if settings.on_one_machine and not (settings.data / "annexa.db").exists():
        raise WrongSchema(f"{settings.data}: there is no plant yet; make it with annexa init, or set ANNEXA_DATA.")
    store = Store(settings.url)
    try:
        store.demand_schema()
        actor = identity.asker(store, who or "isms_manager")
        with store.read() as session:
            report = readiness.run(session, actor, Context(risk_method.current(session), settings.today()), group)
    finally:
        store.close()
    if as_json:
        print(json.dumps(telling.plain(report), ensure_ascii=False))
        return
    print("\n".join(telling.lines(report)))


def answer(settings: Settings, name: str, given: str, proof: str, who: str | None) -> None:
    """Keep what the ISMS manager answers to a check that the registers cannot tell."""
    with Records(settings, "annexa readiness") as app:
        with app.store.read() as session:
            context = Context(risk_method.current(session), settings.today())
        readiness.answer(app.store, identity.asker(app.store, who), name, given, proof, context, settings.moment())
    print(f"{name}: {given}, kept with its proof; it counts for {readiness.ANSWER_DAYS} days")
