"""Small plants for readiness checks: for each check rows on which it is yes, rows on which it is no, and rows that do not tell.

One file a theme holds `PLANTS`; rows are (register, values) in the words of the columns, and go straight into the database, because a
plant that was imported may hold what today's rules refuse.
"""

import importlib
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from sqlmodel import Session

from knowledge.registers import REGISTERS, DocumentVersion, ExternalRef, Link
from knowledge.registers.values import checked
from tests.records import NOW, TODAY

Rows = list[tuple[str, dict[str, Any]]]


class Three(NamedTuple):
    """What stands in the registers where the check is yes, no, and not checked."""

    yes: Rows
    no: Rows
    not_checked: Rows


def day(days: int) -> date:
    """The day so many days from now."""
    return TODAY + timedelta(days=days)


def at(days: int) -> datetime:
    """The moment so many days from now."""
    return NOW + timedelta(days=days)


def three(
    register: str, good: dict[str, Any], bad: dict[str, Any], silent: dict[str, Any] | None = None, around: Rows | None = None
) -> Three:
    """Plants with one row of a register: as it should be, with what is `bad` about it, and `silent`, or without it; `around` is in all of them."""
    rest = around or []
    quiet: Rows = [] if silent is None else [(register, {**good, **silent})]
    return Three([*rest, (register, good)], [*rest, (register, {**good, **bad})], [*rest, *quiet])


def plants() -> dict[str, Three]:
    """Check -> its three plants, of every file of this folder."""
    out: dict[str, Three] = {}
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if path.stem != "__init__":
            found = importlib.import_module(f"{__name__}.{path.stem}").PLANTS
            assert not out.keys() & found.keys()
            out |= found
    return out


def keep(session: Session, rows: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
    """Write the rows; one without an id gets the next of its register."""
    numbers: dict[str, int] = {}
    for name, given in rows:
        if name == "external_ref":
            session.add(ExternalRef(**given))
            continue
        numbers[name] = numbers.get(name, 0) + 1
        _keep(session, name, dict(given), numbers[name])
        session.flush()


def _keep(session: Session, name: str, given: dict[str, Any], number: int) -> None:
    found = REGISTERS[name]
    text = given.pop("text", "") if name == "document" else ""
    id_ = str(given.pop(found.id_name, "") or f"{found.about.prefix}-{number:03d}")
    columns = {
        column.name: given.pop(column.name, given.pop(column.head, None))
        for column in found.columns
        if {column.name, column.head} & given.keys()
    }
    assert not given, f"{name} has no {', '.join(given)}"
    values = {key: checked(found.by_name[key], value, lambda _register, row: row) for key, value in columns.items()}
    plain = {key: value for key, value in values.items() if not (found.by_name[key].listed or found.by_name[key].version)}
    session.add(found.model(**{found.id_name: id_, "created_at": NOW, "changed_at": NOW, **plain}))
    for column in found.lists:
        session.add_all(Link(kind=found.link_kind(column.name), from_id=id_, to_id=to) for to in values.get(column.name) or ())
    if name == "document":
        versions = {key: value for key, value in values.items() if found.by_name[key].version}
        session.add(DocumentVersion(number=id_, text=text, **{"version": "1.0", "state": "approved", **versions}))
