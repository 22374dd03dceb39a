"""Local sign-in: passwords, the link for the first one, sessions of browsers, and how often one may try.

Ids of sessions and links are random and kept as keyed hashes only. Attempts are counted in the database, so that neither a
restart nor a second process forgets them.
"""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from pwdlib import PasswordHash
from sqlmodel import Session, col, delete, func, select

from assistant import identity
from assistant.errors import TooManyAttempts
from assistant.identity import Asker
from knowledge.errors import NotAllowed, UnknownPerson
from knowledge.registers import Credential, Person, SignInAttempt, Store, WebSession, journal
from knowledge.registers.rights import INSTALLATION

SHORTEST, LONGEST = 12, 200
IDLE, ABSOLUTE = timedelta(hours=12), timedelta(days=7)
LINK_LASTS = timedelta(hours=24)
WINDOW = timedelta(minutes=15)
PER_ACCOUNT, PER_ADDRESS = 5, 20
WRONG = "E-mail and password do not fit. Try again, or ask an administrator for a new link."
_SEEN_EVERY = timedelta(minutes=5)


class Accounts:
    """Who may sign in, and who has. `key` is the installation's own."""

    def __init__(self, store: Store, secrets_folder: Path) -> None:
        self._store, self._key = store, identity.pepper(secrets_folder)

    def link(self, email: str, now: datetime) -> str:
        """The secret of a link with which the person sets a password, once, within a day. Raises UnknownPerson."""
        secret = secrets.token_urlsafe(32)
        with self._store.write() as session:
            person = _person(session, email)
            if person is None:
                raise UnknownPerson(f"{email}: nobody has that e-mail; add the person first.")
            known = session.get(Credential, person.id) or Credential(person_id=person.id)
            known.link_digest, known.link_expires_at = self._digest(secret), now + LINK_LASTS
            session.add(known)
            journal.append(session, [journal.Entry(INSTALLATION.role, "password link", f"person {person.id}")], now)
        return secret

    def set_password(self, email: str, password: str, now: datetime) -> None:
        """The person has that password, and is signed out everywhere. Raises UnknownPerson, NotAllowed for a password that is too short."""
        hashed = _hashed(password)
        with self._store.write() as session:
            person = _person(session, email)
            if person is None:
                raise UnknownPerson(f"{email}: nobody has that e-mail; add the person first.")
            self._set(session, person.id, hashed, INSTALLATION.role, now)

    def holder(self, secret: str, now: datetime) -> str | None:
        """The name of the person for whom the link is; None for a wrong, used or old one."""
        with self._store.read() as session:
            found = self._linked(session, secret, now)
            return session.get_one(Person, found.person_id).name if found else None

    def redeem(self, secret: str, password: str, now: datetime) -> None:
        """The link's person has that password. Raises NotAllowed for a wrong, used or old link, or a password that is too short."""
        hashed = _hashed(password)
        with self._store.write() as session:
            found = self._linked(session, secret, now)
            if found is None:
                raise NotAllowed("This link was used already, or is too old. Ask an administrator for a new one.")
            self._set(session, found.person_id, hashed, found.person_id, now)

    def change_password(self, asker: Asker, old: str, new: str, now: datetime) -> None:
        """The asker has the new password, and is signed out everywhere. Raises NotAllowed where the old one is wrong."""
        with self._store.read() as session:
            known = session.get(Credential, asker.person_id) if asker.person_id else None
        if known is None or not _fits(old, known.password):
            raise NotAllowed("The present password is not right.")
        hashed = _hashed(new)
        with self._store.write() as session:
            self._set(session, known.person_id, hashed, known.person_id, now)

    def sign_in(self, email: str, password: str, address: str, now: datetime) -> str:
        """The id of a new session. Raises NotAllowed, the same for a wrong password and an unknown e-mail, and TooManyAttempts."""
        handles = (self._digest(f"account {email.strip().casefold()}"), self._digest(f"address {address}"))
        with self._store.write(flushed=False) as session:
            self._count(session, handles, now)
        with self._store.read() as session:
            person = _person(session, email)
            known = session.get(Credential, person.id) if person else None
        if not _fits(password, known.password if known else "") or known is None:
            raise NotAllowed(WRONG)
        id_ = secrets.token_urlsafe(32)
        with self._store.write() as session:
            session.execute(delete(SignInAttempt).where(col(SignInAttempt.handle) == handles[0]))
            mine = select(SignInAttempt.id).where(SignInAttempt.handle == handles[1]).order_by(col(SignInAttempt.id).desc()).limit(1)
            session.execute(delete(SignInAttempt).where(col(SignInAttempt.id).in_(mine)))
            session.execute(delete(WebSession).where(col(WebSession.created_at) < now - ABSOLUTE))
            session.add(WebSession(digest=self._digest(id_), person_id=known.person_id, created_at=now, seen_at=now))
        return id_

    def signed_in(self, id_: str, now: datetime) -> Asker | None:
        """Whose session this is, with the rights of today; None for one that is unknown, idle for too long, too old, or of somebody who left."""
        with self._store.read() as session:
            found = session.get(WebSession, self._digest(id_))
            if found is None or now - found.seen_at > IDLE or now - found.created_at > ABSOLUTE:
                return None
            person = session.get(Person, found.person_id)
            asker = identity.person_asking(session, person) if person and not person.retired_at else None
        if asker and now - found.seen_at > _SEEN_EVERY:
            with self._store.write(flushed=False) as session:
                if kept := session.get(WebSession, found.digest):
                    kept.seen_at = now
                    session.add(kept)
        return asker

    def sign_out(self, id_: str) -> None:
        """The session is over."""
        with self._store.write() as session:
            session.execute(delete(WebSession).where(col(WebSession.digest) == self._digest(id_)))

    def _count(self, session: Session, handles: tuple[str, str], now: datetime) -> None:
        """Note an attempt before it is tried, so that many at once are counted too. Raises TooManyAttempts."""
        session.execute(delete(SignInAttempt).where(col(SignInAttempt.at) < now - WINDOW))
        for handle, most in zip(handles, (PER_ACCOUNT, PER_ADDRESS), strict=True):
            tried = session.exec(select(func.count()).select_from(SignInAttempt).where(SignInAttempt.handle == handle)).one()
            if tried >= most:
                raise TooManyAttempts("Too many sign-ins have failed. Try again in 15 minutes.")
        session.add_all([SignInAttempt(handle=handle, at=now) for handle in handles])

    def _linked(self, session: Session, secret: str, now: datetime) -> Credential | None:
        found = session.exec(select(Credential).where(Credential.link_digest == self._digest(secret))).first()
        return found if found and found.link_expires_at and found.link_expires_at > now else None

    def _set(self, session: Session, person_id: str, hashed: str, actor: str, now: datetime) -> None:
        known = session.get(Credential, person_id) or Credential(person_id=person_id)
        known.password, known.link_digest, known.link_expires_at, known.changed_at = hashed, "", None, now
        session.add(known)
        session.execute(delete(WebSession).where(col(WebSession.person_id) == person_id))
        journal.append(session, [journal.Entry(actor, "password", f"person {person_id}")], now)

    def _digest(self, secret: str) -> str:
        return hmac.new(self._key, secret.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def _person(session: Session, email: str) -> Person | None:
    wanted = select(Person).where(func.lower(Person.email) == email.strip().lower(), col(Person.retired_at).is_(None))
    return session.exec(wanted).first()


def _hashed(password: str) -> str:
    if not SHORTEST <= len(password) <= LONGEST:
        raise NotAllowed(f"A password has {SHORTEST} to {LONGEST} characters; take a sentence that only you know.")
    return _hasher().hash(password.encode("utf-8", "surrogatepass"))


def _fits(password: str, hashed: str) -> bool:
    """Whether the password is the one; takes as long where there is none."""
    written = password[: LONGEST + 1].encode("utf-8", "surrogatepass")
    return _hasher().verify(written, hashed or _nobodys()) and bool(hashed)


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@cache
def _nobodys() -> str:
    return _hasher().hash(secrets.token_urlsafe(16))
