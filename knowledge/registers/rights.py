"""Who may do what to which row: the one place that decides. What is not listed here is denied.

Two questions, both must be answered yes: does the role allow the action on this register, and is the actor among the
row's readers? Offices give no readers' labels: a row for `person:x` is hidden from auditor and admin alike.
"""

from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy import ColumnElement, and_, false, or_, true

from knowledge.errors import NoSuchRow, NotAllowed
from knowledge.registers.descriptions import REGISTERS, Register

ACTIONS = ("read", "propose", "create", "change", "retire", "approve")
JOURNAL = "journal"
"""Not a register of rows that people write, but read under the same rules."""


class Actor(Protocol):
    """Who acts: a person, their role, and the labels of what they may read."""

    @property
    def person_id(self) -> str | None: ...
    @property
    def role(self) -> str: ...
    @property
    def audiences(self) -> frozenset[str]: ...


@dataclass(frozen=True)
class Installation:
    """The product itself, or whoever holds the data folder: loads the sample plant, restores a backup. It may do everything."""

    person_id: str | None = None
    role: str = "installation"
    audiences: frozenset[str] = field(default=frozenset())


INSTALLATION = Installation()

ALL, OWN = "all", "own"
_EVERY = frozenset(REGISTERS)
_STEERING = frozenset({"person", "risk_method"})
_WORK = _EVERY - _STEERING

# role -> action -> (registers, whose rows)
RULES: dict[str, dict[str, tuple[frozenset[str], str]]] = {
    "staff": {"read": (_EVERY, ALL), "propose": (_WORK, ALL)},
    "owner": {"read": (_EVERY, ALL), "propose": (_WORK, ALL), "change": (_WORK, OWN), "approve": (frozenset({"risk"}), OWN)},
    "approver": {"read": (_EVERY, ALL), "propose": (_WORK, ALL), "change": (_WORK, OWN), "approve": (_WORK, ALL)},
    "isms_manager": {
        "read": (_EVERY | {JOURNAL}, ALL),
        "propose": (_WORK, ALL),
        "create": (_WORK | {"risk_method"}, ALL),
        "change": (_WORK, ALL),
        "retire": (_WORK, ALL),
        "approve": (_WORK, ALL),
    },
    "auditor": {
        "read": (_EVERY | {JOURNAL}, ALL),
        "create": (frozenset({"finding"}), ALL),
        "change": (frozenset({"finding"}), ALL),
    },
    "admin": {
        "read": (_EVERY | {JOURNAL}, ALL),
        "create": (frozenset({"person"}), ALL),
        "change": (frozenset({"person"}), ALL),
        "retire": (frozenset({"person"}), ALL),
    },
}
_SEES_PERSONAL: dict[str, frozenset[str]] = {"isms_manager": _EVERY, "auditor": _EVERY, "approver": frozenset({"proposal"})}
"""role -> registers where it reads everybody's rows and the others see only their own: an approver decides on what others propose."""


def may(actor: Actor, action: str, register: str, row: Any = None) -> bool:
    """Whether the actor may do that in the register, and to the row where one is given.

    Without a row the answer is whether there can be a row for which it is allowed.
    """
    if actor.role == INSTALLATION.role:
        return True
    if register == JOURNAL:
        return action == "read" and _allowed(actor, action, register) is not None
    whose = _allowed(actor, action, register)
    if whose is None:
        return False
    if row is None:
        return True
    if row.audience not in actor.audiences or (_personal(actor, register) and not _own(actor, row)):
        return False
    if action == "approve" and _wrote(actor, row):
        return False
    return whose == ALL or _own(actor, row)


def demand_overview(actor: Actor, what: str) -> None:
    """Nothing where the actor may have what is drawn from the whole journal, such as an audit pack. Raises NotAllowed."""
    if not may(actor, "read", JOURNAL):
        raise NotAllowed(f"{what}: it is for the ISMS manager, auditors and administrators; ask one of them for it.")


def demand(actor: Actor, action: str, register: str, row: Any = None) -> None:
    """Nothing, when it is allowed. Raises NoSuchRow for a row the actor may not see, else NotAllowed."""
    if may(actor, action, register, row):
        return
    if row is not None and not may(actor, "read", register, row):
        raise NoSuchRow(register, row_id(row))
    what = f"{register} {row_id(row)}" if row is not None else register
    raise NotAllowed(f"{what}: the role {actor.role} may not {action} it; ask the ISMS manager, or make a proposal.")


def visible(actor: Actor, register: Register) -> ColumnElement[bool]:
    """The SQL condition for rows of a register that the actor may read; the same decision as `may(actor, "read", ...)`."""
    if actor.role == INSTALLATION.role:
        return true()
    if _allowed(actor, "read", register.name) is None:
        return false()
    columns = register.model.__table__.c
    readers = columns.audience.in_(sorted(actor.audiences))
    if not _personal(actor, register.name):
        return readers
    mine = [columns[name] == actor.person_id for name in ("owner", "author") if name in columns]
    return and_(readers, or_(*mine)) if actor.person_id else false()


def sees_everybody(actor: Actor, register: str) -> bool:
    """Whether the actor reads the rows of others in the register, not only their own."""
    return actor.role == INSTALLATION.role or not _personal(actor, register)


def row_id(row: Any) -> str:
    """The id that people say for a row."""
    return str(getattr(row, "id", None) or getattr(row, "number", ""))


def _allowed(actor: Actor, action: str, register: str) -> str | None:
    registers, whose = RULES.get(actor.role, {}).get(action, (frozenset(), ALL))
    return whose if register in registers else None


def _personal(actor: Actor, register: str) -> bool:
    return REGISTERS[register].about.personal and register not in _SEES_PERSONAL.get(actor.role, ())


def _own(actor: Actor, row: Any) -> bool:
    """A document names its owner in words, so it says itself which person that is."""
    names = ("owner_person", "author") if hasattr(type(row), "owner_person") else ("owner", "author")
    return actor.person_id is not None and actor.person_id in (getattr(row, name, None) for name in names)


def _wrote(actor: Actor, row: Any) -> bool:
    return actor.person_id is not None and actor.person_id == getattr(row, "author", None)
