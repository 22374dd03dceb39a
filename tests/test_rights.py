"""Every register, action and role against the table that says who may do what."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlmodel import select

from assistant.identity import Asker
from knowledge.errors import NoSuchRow, NotAllowed
from knowledge.registers import REGISTERS, ROLES, Document, Person, Proposal, Store
from knowledge.registers.rights import ACTIONS, INSTALLATION, demand, may, visible
from tests import records
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
    sees_all = register not in PERSONAL or role in ("isms_manager", "auditor") or (role, register) == ("approver", "proposal")
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


@pytest.mark.parametrize(
    ("owner", "theirs"),
    [("ada@plant.example", True), ("ADA@plant.example ", True), ("Ada Kern", True), ("Jo Twin", False), ("Kern", False), ("", False)],
)
def test_a_document_belongs_to_the_one_person_whom_its_owner_names(tmp_path: Path, owner: str, theirs: bool) -> None:
    made = a_store(tmp_path)
    with made.write() as session:
        for id_, name, email in (
            ("P-1", "Ada Kern", "ada@plant.example"),
            ("P-2", "Jo Twin", "jo@plant.example"),
            ("P-3", "Jo Twin", "j2@plant.example"),
        ):
            session.add(Person(id=id_, name=name, email=email))
        session.add(Document(number="IS-POL-01", title="Backup", owner=owner))
    with made.read() as session:
        document = session.get_one(Document, "IS-POL-01")
        assert [may(somebody("owner", id_), "change", "document", document) for id_ in ("P-1", "P-2", "P-3")] == [theirs, False, False]
        assert not may(somebody("staff", "P-1"), "change", "document", document)
    made.close()


def test_an_approver_accepts_what_others_proposed_as_it_stands_and_nothing_more(tmp_path: Path) -> None:
    made = records.a_store(tmp_path)
    with records.writing(made, records.ADA) as book:
        first, second, third = (book.propose("asset", "create", records.an_asset(name=name)).id for name in ("Drone", "Crane", "Oven"))
    with pytest.raises(NotAllowed, match="may not create"), records.writing(made, records.JON) as book:
        book.create("asset", records.an_asset())
    with records.writing(made, records.JON) as book:
        row = book.decide(first, True)
        assert book.session.get_one(Proposal, first).decided_by == "P-003" and row.row_id == "A-001"
    with pytest.raises(NotAllowed, match="may not create"), records.writing(made, records.JON) as book:
        book.decide(second, True, given=records.an_asset(name="Another crane"))
    with pytest.raises((NotAllowed, NoSuchRow)), records.writing(made, records.ADA) as book:
        book.decide(third, True)
    with records.writing(made, records.JON) as book:
        own = book.propose("asset", "create", records.an_asset(name="Press")).id
    with pytest.raises(NotAllowed), records.writing(made, records.JON) as book:
        book.decide(own, True)
    made.close()
