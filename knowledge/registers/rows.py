"""What every row has: an id that people can say, who may read it, where it came from, and when it was changed."""

from datetime import UTC, datetime
from typing import ClassVar

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from knowledge.registers.columns import About, Kind, Words, managed

AUDIENCE_WORDS = Words.of("audience|readers|may be read by", "Leserkreis|Zielgruppe|lesbar für")


def utc_now() -> datetime:
    """This moment in UTC."""
    return datetime.now(UTC)


class Row(SQLModel):
    """The part that all registers share. A row that is taken out stays, with the moment in `retired_at`.

    Neither `audience` nor `retired_at` has an index: every list asks for both, nearly all rows fulfil them, and a planner
    would take such an index instead of the one that leads to few rows.
    """

    about: ClassVar[About]

    id: str = managed(Kind.TEXT, "id|number|reference", "Nummer|ID|Kennung", primary_key=True)
    audience: str = managed(Kind.TEXT, "|".join(AUDIENCE_WORDS.en), "|".join(AUDIENCE_WORDS.de), default="staff")
    source: str = managed(Kind.TEXT, "source|came from", "Herkunft|Quelle", head="came_from", default="")
    created_at: datetime = managed(
        Kind.DATETIME, "created|recorded|added", "angelegt|erfasst|erstellt", default_factory=utc_now, index=True
    )
    changed_at: datetime = managed(
        Kind.DATETIME, "changed|updated|last change", "geändert|aktualisiert|letzte Änderung", default_factory=utc_now, index=True
    )
    revision: int = Field(default=1)
    retired_at: datetime | None = Field(default=None)


class Link(SQLModel, table=True):
    """That one row names another in a list: `kind` is `<register>.<column>`, so R-007 has (risk.assets, R-007, A-012).

    One table for every list, because a list is always read from one of its two ends: the primary key serves the way
    there, the second index the way back, and what names a row at all is one query over the kinds that lead to its register. A control
    stands as its source id (`iso27001-2022:A.8.24`).
    """

    __table_args__ = (Index("ix_link_kind_to_id", "kind", "to_id"),)
    kind: str = Field(primary_key=True)
    from_id: str = Field(primary_key=True)
    to_id: str = Field(primary_key=True)


class Numbering(SQLModel, table=True):
    """The highest number given out under a prefix (`A`, `F-2026`); a number is never given twice."""

    prefix: str = Field(primary_key=True)
    last: int = 0
