"""Rows as passages: what people wrote in a register is found and quoted like the text of a document, by its readers alone."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from knowledge import language, passages
from knowledge.reading import Block
from knowledge.registers import REGISTERS, Passage, Register, Store
from knowledge.registers.columns import Kind

KIND = "register"
_PROSE = (Kind.LONG, Kind.TEXTS)
_PORTION = 500


def synchronise(store: Store) -> tuple[list[Passage], list[str]]:
    """(passages that are new, ids of those that are gone) after the store holds those of the rows as they are.

    Rows that only their owner reads are left out: whom a row belongs to is more than its audience says.
    """
    with store.turn():
        return _synchronise(store)


def _synchronise(store: Store) -> tuple[list[Passage], list[str]]:
    with store.read() as session:
        wanted = {
            passage.id: passage for found in REGISTERS.values() if not found.about.personal for passage in _of_register(session, found)
        }
        there = set(session.execute(select(col(Passage.id)).where(col(Passage.kind) == KIND)).scalars())
    gone = sorted(there - wanted.keys())
    fresh = [passage for id_, passage in wanted.items() if id_ not in there]
    with store.write() as session:
        for start in range(0, len(gone), _PORTION):
            for passage in session.execute(select(Passage).where(col(Passage.id).in_(gone[start : start + _PORTION]))).scalars():
                session.delete(passage)
        session.add_all(fresh)
    return fresh, gone


def of_row(found: Register, row: Any) -> list[Passage]:
    """The passages of one row: a line for each column that holds prose, under its id and name."""
    told = [(column, str(getattr(row, column.name) or "")) for column in found.columns if column.kind in _PROSE]
    prose = " ".join(text for _, text in told)
    if not prose.strip():
        return []
    tongue = language.language_of(prose)
    blocks = [
        Block("text", f"{column.words.label(tongue).capitalize()}: {' '.join(text.replace('|', '; ').split())}")
        for column, text in told
        if text
    ]
    id_ = str(getattr(row, found.id_name))
    _, pieces = passages.cut(blocks)
    name = str(getattr(row, "name", "") or getattr(row, "title", "") or "")
    return passages.make(f"row:{id_}", KIND, pieces, tongue=tongue, audience=row.audience, title=f"{id_} {name}".strip())


def _of_register(session: Session, found: Register) -> Iterator[Passage]:
    if not any(column.kind in _PROSE for column in found.columns):
        return
    for row in session.execute(select(found.model).where(found.model.retired_at.is_(None))).scalars():
        yield from of_row(found, row)
