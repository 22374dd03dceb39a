"""The company's records: one module a noun, `store` for the database they live in."""

from knowledge.registers.documents import Document, DocumentVersion, Passage, Projection, Vector
from knowledge.registers.people import ROLES, Grant, Person, Token
from knowledge.registers.store import Store, sqlite_url
from knowledge.registers.threads import Event, Thread, Turn

__all__ = [
    "ROLES",
    "Document",
    "DocumentVersion",
    "Event",
    "Grant",
    "Passage",
    "Person",
    "Projection",
    "Store",
    "Thread",
    "Token",
    "Turn",
    "Vector",
    "sqlite_url",
]
