"""Every register, action and role against the table that says who may do what."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from sqlmodel import select

from assistant.identity import Asker
from knowledge.errors import NoSuchRow, NotAllowed
from knowledge.registers import REGISTERS, ROLES, Person, Store
from knowledge.registers.rights import ACTIONS, INSTALLATION, demand, may, visible
from tests.builders import a_store
from tests.engines import Engine
from tests.records import somebody

# What each role may do with a row that all staff may read: a all rows, o own rows only, - none.
# The columns are read, propose, create, change, retire, approve.
TABLE = """
            work    risk    finding person  risk_method
visitor     ------  ------  ------  ------  ------
staff       aa----  aa----  aa----  a-----  a-----
owner       aa-o--  aa-o-o  aa-o--  a-----  a-----
approver    aa-o-a  aa-o-a  aa-o-a  a-----  a-----
isms_manager aaaaaa aaaaaa  aaaaaa  a-----  a-a---
auditor     a-----  a-----  a-aa--  a-----  a-----
admin       a-----  a-----  a-----  a-aaa-  a-----
"""
PERSONAL = {"training", "competence", "acknowledgement", "proposal"}
_LINES = [line.split() for line in TABLE.strip().splitlines()]
CELLS = {(role, group): marks for role, *row in _LINES[1:] for group, marks in zip(_LINES[0], row, strict=True)}


def mark(role: str, register: str, action: str) -> str:
    group = register if register in ("risk", "finding", "person", "risk_method") else "work"
    return CELLS[role, group][ACTIONS.index(action)]


def a_row(owner: str | None = None, audience: str = "staff") -> Any:
    return SimpleNamespace(id="X-1", owner=owner, audience=audience)


def an_actor(role: str) -> Asker:
    return Asker(role="visitor", audiences=frozenset({"public"})) if role == "visitor" else somebody(role, "P-9")


@pytest.mark.parametrize("register", sorted(REGISTERS))
@pytest.mark.parametrize("role", ["visitor", *ROLES])
def test_each_role_does_what_the_table_says_and_nothing_else(role: str, register: str) -> None:
    actor = an_actor(role)
    sees_all = register not in PERSONAL or role in ("isms_manager", "auditor")
    for action in ACTIONS:
        allowed = mark(role, register, action)
        assert may(actor, action, register) == (allowed != "-"), action
        assert may(actor, action, register, a_row("P-9")) == (allowed in "ao"), action
        assert may(actor, action, register, a_row("P-1")) == (allowed == "a" and sees_all), action
        assert not may(actor, action, register, a_row("P-9", "person:P-1")), action
    assert not may(actor, "delete", register, a_row("P-9"))


@pytest.mark.parametrize("role", ["visitor", *ROLES, "emperor"])
def test_the_journal_is_read_by_three_offices_and_written_by_nobody(role: str) -> None:
    assert may(somebody(role), "read", "journal") == (role in ("isms_manager", "auditor", "admin"))
    assert not any(may(somebody(role), action, "journal") for action in ACTIONS if action != "read")


def test_an_unknown_role_may_nothing() -> None:
    assert not any(may(somebody("emperor", "P-9"), action, register, a_row("P-9")) for action in ACTIONS for register in REGISTERS)


@pytest.mark.parametrize("role", ["auditor", "admin"])
def test_an_office_does_not_open_restricted_rows_but_a_grant_does(role: str) -> None:
    row = a_row(audience="department:legal")
    assert not may(somebody(role, "P-9"), "read", "incident", row)
    assert may(somebody(role, "P-9", "department:legal"), "read", "incident", row)


def test_nobody_approves_what_they_wrote() -> None:
    draft = SimpleNamespace(id="PR-1", author="P-9", owner=None, audience="staff")
    assert not may(somebody("isms_manager", "P-9"), "approve", "proposal", draft)
    assert may(somebody("isms_manager", "P-8"), "approve", "proposal", draft)


def test_a_hidden_row_is_refused_like_one_that_is_not_there() -> None:
    with pytest.raises(NoSuchRow, match="^risk X-1: there is no such row"):
        demand(somebody("isms_manager", "P-9"), "change", "risk", a_row(audience="person:P-1"))
    with pytest.raises(NotAllowed, match="^risk X-1: the role staff may not change it"):
        demand(somebody("staff", "P-9"), "change", "risk", a_row())


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Iterator[Store]:
    made = a_store(tmp_path_factory.mktemp("rights"), engine)
    yield made
    made.close()


@pytest.mark.parametrize("role", ["visitor", *ROLES])
@pytest.mark.parametrize("register", ["risk", "training", "proposal", "person"])
def test_the_condition_in_sql_decides_as_the_function_does(store: Store, role: str, register: str) -> None:
    model = REGISTERS[register].model
    needed = {
        "person": {"name": "n", "email": "e"},
        "proposal": {"title": "t", "register_name": "risk"},
        "training": {"title": "t"},
        "risk": {"name": "n"},
    }
    with store.read() as session:
        session.add_all(Person(id=id_, name=id_, email=id_) for id_ in ("P-1", "P-9"))
        session.flush()
        for number, audience in enumerate(("public", "staff", "role:auditor", "role:isms_manager", "person:P-9", "person:P-1")):
            for owner in ("P-9", "P-1", None):
                more: dict[str, Any] = {**needed[register], "id": f"{number}{owner}", "audience": audience}
                if register == "person":
                    more["email"] = f"{number}{owner}"
                else:
                    more["owner"] = owner
                session.add(model(**more))
        session.flush()
        for actor in (an_actor(role), INSTALLATION):
            shown = {row.id for row in session.exec(select(model).where(visible(actor, REGISTERS[register])))}
            assert shown == {row.id for row in session.exec(select(model)) if may(actor, "read", register, row)}
