"""The certification cycle and the internal audit programme on the command line. Without --as the ISMS manager's role asks."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from assistant import addresses, identity
from assistant.app import Records
from assistant.assurance.auditing import audit_programme, coverage, cycle, moving, sampling
from assistant.assurance.plant import Plant, proposing, reading, writing
from assistant.config import Settings
from assistant.identity import Asker
from assistant.owner import listening, post
from knowledge.errors import NoSuchRow, WrongSchema
from knowledge.registers import Store
from knowledge.registers.audits import AUDIT_TYPES
from knowledge.registers.records import Records as Book

SOURCE = "command line"
ROLE = "isms_manager"


def show(settings: Settings, who: str | None, as_json: bool) -> None:
    """Print the windows of the cycle with what is planned in them; it only reads, so it also runs beside a server."""
    with looking(settings, who) as plant:
        found = cycle.windows(cycle.facts(plant), plant.today)
    if as_json:
        print(json.dumps(_plain(found), ensure_ascii=False))
        return
    print(told(found))


def move(settings: Settings, type_: str, to: date, keep: bool, who: str | None) -> None:
    """Print what moves with an audit; with `keep` make proposals of the new dates."""
    if keep and (owner := listening(settings)):
        reply = post(owner, "/api/cycle/moves", {"type": type_, "to": to.isoformat(), "keep": True, "as": who or ROLE})
        print(
            "\n".join(f"{one['type']} {one['audit']}: {one['before']} -> {one['after']}" for one in reply["moves"])
            or "Nothing else has to move."
        )
        print(f"proposed: {', '.join(reply['proposals'])}")
        return
    with looking(settings, who) as plant:
        given = cycle.facts(plant)
        window = cycle.windows(given, plant.today).window(type_)
        after, moves = moving.moved(given, plant.today, type_, to)
    print("\n".join(f"{_type(one.type)} {one.audit}: {one.before} -> {one.after}" for one in moves) or "Nothing else has to move.")
    print("\n".join(f"  {_type(one.type)}: {note}" for one in after.windows for note in one.warnings))
    if keep:
        audit = window.audit if window else ""
        with kept(settings, who) as (book, _):
            length = window.ends - window.planned if window and window.ends and window.planned else None
            print(
                f"proposed: {', '.join(moving.propose(book, type_, audit, to, to + length if length is not None else None, moves)) or 'nothing'}"
            )
    else:
        print("Nothing was written; --keep makes proposals of it.")


def plan(settings: Settings, per_year: int, keep: bool, enter: bool, who: str | None) -> None:
    """Print the internal audits that would cover the cycle; with `keep` propose them, with `enter` write them under the person's rights."""
    if (keep or enter) and (owner := listening(settings)):
        reply = post(owner, "/api/audit-programme", {"per_year": per_year, "enter": enter, "as": who or ROLE})
        print(f"{'entered' if enter else 'proposed'}: {', '.join(reply['ids']) or 'nothing new'}")
        return
    with looking(settings, who) as plant:
        first, last = span(plant)
        made = audit_programme.plan(plant, first, last, per_year)
    print(f"Internal audits from {first} to {last}:")
    for one in made.audits:
        print(
            f"\n{one.quarter}, week of {one.starts}: {', '.join(area.en for area in one.areas)}\n  auditor: {one.auditor or 'to be named'}"
        )
        print(f"  {', '.join(item.id for item in one.items)}\n  {one.reason}")
    if made.uncovered:
        print(f"\nNo day is left in this cycle for {', '.join(item.id for item in made.uncovered)}.")
    if made.unnamed:
        print(f"\nPlanned without a clause or control, and so covering nothing: {', '.join(made.unnamed)}.")
    if keep or enter:
        with kept(settings, who) if enter else proposed(settings, who, "audit") as (book, plant):
            ids = (audit_programme.enter if enter else audit_programme.propose)(book, made, plant)
        print(f"\n{'entered' if enter else 'proposed'}: {', '.join(ids) or 'nothing new'}")
    else:
        print("\nNothing was written; --keep makes proposals of it, --enter the audits themselves.")


def covered(settings: Settings, who: str | None, never: bool) -> None:
    """Print each clause and control with the audits of the cycle that look at it."""
    with looking(settings, who) as plant:
        found = coverage.coverage(plant, *span(plant))
    for one in found:
        if not never or one.state == "never":
            print(f"{one.item.id:16} {one.state:8} {', '.join(f'{id_} {state}' for id_, state in one.audits.items())}")
    counts = {state: sum(one.state == state for one in found) for state in ("done", "planned", "never")}
    print(f"{len(found)} clauses and controls: {', '.join(f'{n} {state}' for state, n in counts.items())} by internal audits")


def sample(settings: Settings, audit: str, seed: str, keep: bool, who: str | None) -> None:
    """Print samples for an audit with the seed that draws them again; with `keep` propose the questions with them."""
    with looking(settings, who) as plant:
        samples = drawn(plant, audit, seed)
    for one in samples:
        print(f"{one.kind} ({', '.join(one.controls)}): {one.question}\n  {len(one.drawn)} of {one.population}, seed {one.seed}")
        print(
            "".join(
                f"  - {row.source.removeprefix('row:')} {row.title}{f' ({row.because})' if row.because else ''}\n" for row in one.drawn
            ),
            end="",
        )
        print(f"  {one.missing}\n" if one.missing else "")
    if keep and (owner := listening(settings)):
        print(
            f"proposed: {', '.join(post(owner, f'/api/audits/{addresses.part(audit)}/samples', {'seed': seed, 'as': who or ROLE})['ids'])}"
        )
    elif keep:
        with proposed(settings, who, "audit_check") as (book, _):
            print(f"proposed: {', '.join(sampling.propose_checks(book, audit, samples))}")


def clone(settings: Settings, audit: str, start: date, title: str, who: str | None) -> None:
    """Copy an audit with its questions, all of them unchecked."""
    if owner := listening(settings):
        made = post(owner, f"/api/audits/{addresses.part(audit)}/clone", {"start": start.isoformat(), "title": title, "as": who or ROLE})[
            "ids"
        ][0]
    else:
        with kept(settings, who) as (book, plant):
            made = audit_programme.clone(book, plant, audit, start, title).id
    print(f"{made}: copied from {audit}, nothing checked yet")


def told(found: cycle.Cycle) -> str:
    """The cycle as plain text."""
    lines = []
    if found.decided_on:
        assumed = " (assumed)" if found.assumed else ""
        lines.append(f"Decision {found.decided_on}{assumed}, last day {found.expires_on}, can be restored until {found.restore_until}")
    lines += [f"! {note}" for note in found.warnings]
    for one in found.windows:
        what = f"planned {one.planned} {one.audit}" if one.planned else f"suggested {one.suggested}"
        lines.append(f"{_type(one.type):24} {one.earliest} to {one.latest}  {what}  {one.state}")
        lines += [f"    ! {note}" for note in one.warnings]
    return "\n".join(lines)


def span(plant: Plant) -> tuple[date, date]:
    """First and last day of the programme of internal audits."""
    return coverage.span(cycle.windows(cycle.facts(plant), plant.today), plant.today)


def drawn(plant: Plant, id_: str, seed: str) -> list[sampling.Sample]:
    """The samples of an audit, of what happened since the internal audit before it. Raises NoSuchRow."""
    audit = plant.row("audit", id_)
    if audit is None:
        raise NoSuchRow("audit", id_)
    return sampling.draw(plant, coverage.sampled(audit), seed or id_, sampling.since(plant, audit))


@contextmanager
def looking(settings: Settings, who: str | None) -> Iterator[Plant]:
    """The plant as somebody sees it, only read: no lock on the data folder is needed. Raises WrongSchema, UnknownPerson."""
    if settings.on_one_machine and not (settings.data / "annexa.db").exists():
        raise WrongSchema(f"{settings.data}: there is no plant yet; make it with annexa init, or set ANNEXA_DATA.")
    store = Store(settings.url)
    try:
        store.demand_schema()
        with reading(store, asker(store, who), settings.moment()) as plant:
            yield plant
    finally:
        store.close()


@contextmanager
def kept(settings: Settings, who: str | None) -> Iterator[tuple[Book, Plant]]:
    """A book in which somebody writes, and the plant as they see it."""
    with Records(settings, "annexa") as app, writing(app.store, asker(app.store, who), settings.moment(), SOURCE) as found:
        yield found


@contextmanager
def proposed(settings: Settings, who: str | None, register: str) -> Iterator[tuple[Book, Plant]]:
    """A book in which the product proposes what somebody asked for, and the plant as they see it."""
    with Records(settings, "annexa") as app, proposing(app.store, asker(app.store, who), settings.moment(), SOURCE, register) as found:
        yield found


def asker(store: Store, who: str | None) -> Asker:
    """Whom a handle names; the ISMS manager's role without one."""
    return identity.asker(store, who or ROLE)


def _type(code: str) -> str:
    return AUDIT_TYPES[code].label("en")


def _plain(found: cycle.Cycle) -> dict[str, Any]:
    windows = [
        {
            **{name: str(value) if isinstance(value, date) else value for name, value in vars(one).items()},
            "warnings": [str(note) for note in one.warnings],
        }
        for one in found.windows
    ]
    days = {name: str(getattr(found, name) or "") for name in ("decided_on", "expires_on", "restore_until")}
    return {**days, "assumed": found.assumed, "windows": windows, "warnings": [str(note) for note in found.warnings]}
