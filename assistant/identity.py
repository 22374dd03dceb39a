"""Who is asking and what they may read: people, roles, tokens."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, func, or_, select

from knowledge.errors import UnknownPerson
from knowledge.registers import ROLES, Grant, Person, Store, Token, journal, records
from knowledge.registers.rights import INSTALLATION
from knowledge.registers.rows import utc_now

PUBLIC = frozenset({"public"})
EVERYBODY = frozenset({"public", "staff"})


@dataclass(frozen=True)
class Asker:
    """A person, or a role on trial; `audiences` are the labels whose texts may be used for the answer."""

    name: str = ""
    person_id: str | None = None
    role: str = "staff"
    audiences: frozenset[str] = field(default=EVERYBODY)


VISITOR = Asker(role="visitor", audiences=PUBLIC)
STAFF = Asker()


def person_asking(session: Session, person: Person) -> Asker:
    """The person with every label they hold: by role, department, name, and by grant."""
    granted = session.exec(select(Grant.label).where(Grant.person_id == person.id)).all()
    labels = {*EVERYBODY, f"role:{person.role}", f"person:{person.email}", f"person:{person.id}", *granted}
    if person.department:
        labels.add(f"department:{person.department}")
    return Asker(person.name, person.id, person.role, frozenset(labels))


def asker(store: Store, handle: str | None) -> Asker:
    """Who an e-mail, an id or a role names; staff without one. Raises UnknownPerson."""
    if not handle:
        return STAFF
    if handle in ROLES:
        return Asker(role=handle, audiences=EVERYBODY | {f"role:{handle}"})
    with store.read() as session:
        lowered = handle.lower()
        named = or_(func.lower(Person.email) == lowered, func.lower(Person.id) == lowered)
        found = session.exec(select(Person).where(named, col(Person.retired_at).is_(None))).first()
        if found is None:
            raise UnknownPerson(f"--as {handle}: nobody has that e-mail or id, and the roles are {', '.join(ROLES)}.")
        return person_asking(session, found)


def add_person(store: Store, name: str, email: str, role: str = "staff", **more: Any) -> Person:
    """A new person with the next id. Raises UnknownPerson for a role that does not exist or an e-mail that is taken."""
    if role not in ROLES:
        raise UnknownPerson(f"role {role}: choose one of {', '.join(ROLES)}.")
    if "@" not in email:
        raise UnknownPerson(f"{email}: this is not an e-mail address.")
    with records.writing(store, INSTALLATION, utc_now(), "annexa person add") as book:
        if book.session.exec(select(Person).where(func.lower(Person.email) == email.lower())).first():
            raise UnknownPerson(f"{email}: somebody has that e-mail already.")
        id_ = book.create("person", {"name": name, "email": email, "role": role, **more}).id
    with store.read() as session:
        return session.get_one(Person, id_)


def grant(store: Store, email: str, label: str) -> None:
    """Let a person read what carries the label. Raises UnknownPerson."""
    with store.write() as session:
        person = session.exec(select(Person).where(func.lower(Person.email) == email.lower())).first()
        if person is None:
            raise UnknownPerson(f"{email}: nobody has that e-mail; add the person first.")
        session.merge(Grant(person_id=person.id, label=label))
        entry = journal.Entry(INSTALLATION.role, "grant", f"person {person.id}", {"label": label})
        journal.append(session, [entry], utc_now())


def people(store: Store) -> list[Person]:
    """Everybody, by id."""
    with store.read() as session:
        return list(session.exec(select(Person).order_by(col(Person.id))).all())


def person_with_role(store: Store, role: str) -> Person | None:
    """The first person who holds a role, to be named as a contact."""
    with store.read() as session:
        return session.exec(select(Person).where(Person.role == role, col(Person.retired_at).is_(None)).order_by(col(Person.id))).first()


def person_name(store: Store, email: str) -> str:
    """The name of the person with that e-mail, or the e-mail itself where nobody has it."""
    with store.read() as session:
        found = session.exec(select(Person.name).where(func.lower(Person.email) == email.lower())).first()
    return found or email


def slack_person(store: Store, slack_id: str) -> Asker | None:
    """The person bound to a Slack user, or None for one who is not bound."""
    with store.read() as session:
        found = session.exec(select(Person).where(Person.slack_id == slack_id, col(Person.retired_at).is_(None))).first()
        return person_asking(session, found) if found else None


# --- tokens ----------------------------------------------------------------------------------------------------


def create_token(store: Store, secrets_folder: Path, email: str, name: str) -> str:
    """A new API token `annexa_<id>_<secret>`, shown once; only its keyed hash is kept. Raises UnknownPerson."""
    with store.write() as session:
        person = session.exec(select(Person).where(func.lower(Person.email) == email.lower())).first()
        if person is None:
            raise UnknownPerson(f"{email}: nobody has that e-mail; add the person first.")
        id_, secret = secrets.token_hex(6), secrets.token_hex(32)
        session.add(Token(id=id_, person_id=person.id, name=name, digest=_digest(secrets_folder, secret)))
    return f"annexa_{id_}_{secret}"


def bearer(store: Store, secrets_folder: Path, token: str) -> Asker | None:
    """The person whose token this is, or None for a wrong or revoked one."""
    parts = token.split("_")
    if len(parts) != 3 or parts[0] != "annexa":
        return None
    with store.read() as session:
        row = session.get(Token, parts[1])
        if row is None or row.revoked_at or not hmac.compare_digest(row.digest, _digest(secrets_folder, parts[2])):
            return None
        person = session.get(Person, row.person_id)
        found = person_asking(session, person) if person and not person.retired_at else None
    with store.write() as session:
        session.merge(Token(**{**row.model_dump(), "last_used_at": utc_now()}))
    return found


def _digest(secrets_folder: Path, secret: str) -> str:
    return hmac.new(pepper(secrets_folder), secret.encode(), hashlib.sha256).hexdigest()


def pepper(secrets_folder: Path) -> bytes:
    """The installation's own key, made at first use and readable by its owner only."""
    path = secrets_folder / "pepper"
    if not path.exists():
        secrets_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        path.write_bytes(secrets.token_bytes(32))
    return path.read_bytes()
