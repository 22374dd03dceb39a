"""Rows as passages: what people wrote in a register is found and quoted like the text of a document, by its readers alone.

The passages of a row are written in the transaction that writes the row; the index takes them up once that is committed.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from types import SimpleNamespace as Sketch
from typing import Any, cast

from sqlalchemy import delete, insert, select
from sqlmodel import Session, col

from knowledge import language, passages
from knowledge.index import Index
from knowledge.reading import Block
from knowledge.registers import REGISTERS, Passage, Register, Store, queries
from knowledge.registers.columns import Kind
from knowledge.registers.store import Rows

KIND = "register"
_PROSE = (Kind.LONG, Kind.TEXTS)
_PORTION = 500


def follow(store: Store, index: Index | None = None, added: Callable[[], None] = lambda: None) -> None:
    """From now on the passages follow the rows that this process writes, and the index its passages.

    Rows are found by their words at once; `added` is called when there are some that wait for their vectors.
    """

    def written(session: Session, rows: Rows) -> Callable[[], None]:
        fresh: list[Sketch] = []
        gone: list[str] = []
        for name, ids in rows.items():
            new, old = _follow(session, REGISTERS[name], sorted(ids))
            fresh += new
            gone += old

        def committed() -> None:
            if index is not None:
                index.remove(gone)
                index.add(cast(list[Passage], fresh), later=True)
            if fresh:
                added()

        return committed

    store.follow = written


def synchronise(store: Store) -> tuple[int, int]:
    """(passages that are new, passages that are gone) after the store holds those of all rows as they are: for rows written before there were any."""
    fresh = gone = 0
    for found in REGISTERS.values():
        with store.read() as session:
            ids = list(session.execute(select(queries.id_column(found))).scalars())
        for start in range(0, len(ids), _PORTION):
            with store.turn(), store.write() as session:
                new, old = _follow(session, found, ids[start : start + _PORTION])
            fresh, gone = fresh + len(new), gone + len(old)
    return fresh, gone


def there(store: Store) -> bool:
    """Whether the store holds passages of rows."""
    with store.read() as session:
        return session.execute(select(col(Passage.id)).where(col(Passage.kind) == KIND).limit(1)).first() is not None


def of_row(found: Register, row: Any) -> list[Sketch]:
    """The passages of one row: a line for each column that holds prose, under its id and name.

    Rows that only their owner reads have none: whom a row belongs to is more than its audience says.
    """
    told = [(column, str(getattr(row, column.name) or "")) for column in _prose(found)]
    prose = " ".join(text for _, text in told)
    if not prose.strip() or row.retired_at:
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
    source = queries.source_of(found, id_)
    return passages.sketched(source, KIND, pieces, tongue=tongue, audience=row.audience, title=f"{id_} {name}".strip())


def _prose(found: Register) -> list[Any]:
    return [] if found.about.personal else [column for column in found.columns if column.kind in _PROSE]


def _follow(session: Session, found: Register, ids: Sequence[str]) -> tuple[list[Sketch], list[str]]:
    """(passages that are new, ids of those that are gone) after the passages of these rows are as the rows are.

    One whose readers, heading or language changed is both: its id follows from its text alone.
    """
    if not _prose(found):
        return [], []
    fresh: list[Sketch] = []
    gone: list[str] = []
    for start in range(0, len(ids), _PORTION):
        some = ids[start : start + _PORTION]
        wanted = {passage.id: passage for passage in _wanted(session, found, some)}
        kept = {one.id: _shown(one) for one in _kept(session, [queries.source_of(found, id_) for id_ in some])}
        gone += [id_ for id_, shown in kept.items() if id_ not in wanted or _shown(wanted[id_]) != shown]
        fresh += [passage for id_, passage in wanted.items() if kept.get(id_) != _shown(passage)]
    _write(session, fresh, gone)
    return fresh, gone


def _wanted(session: Session, found: Register, ids: Sequence[str]) -> Iterator[Sketch]:
    columns = found.model.__table__.c
    needed = {column.name for column in _prose(found)} | {found.id_name, "audience", "retired_at"}
    named = [column for column in columns if column.name in needed | {"name", "title"}]
    for row in session.execute(select(*named).where(columns[found.id_name].in_(ids))):
        yield from of_row(found, row)


def _kept(session: Session, sources: Sequence[str]) -> Sequence[Any]:
    wanted = select(col(Passage.id), col(Passage.hash), col(Passage.audience), col(Passage.language))
    return session.execute(wanted.where(col(Passage.source_id).in_(sources), col(Passage.kind) == KIND)).all()


def _shown(passage: Any) -> tuple[str, str, str]:
    return passage.hash, passage.audience, passage.language


def _write(session: Session, fresh: Sequence[Sketch], gone: Collection[str]) -> None:
    old = list(gone)
    for start in range(0, len(old), _PORTION):
        session.execute(delete(Passage).where(col(Passage.id).in_(old[start : start + _PORTION])))
    for start in range(0, len(fresh), _PORTION):
        session.execute(insert(Passage), [vars(passage) for passage in fresh[start : start + _PORTION]])
