"""A version of a document that is written here, approved: its text frozen, cut into passages, and the rule that it replaces taken back."""

import hashlib

from sqlmodel import Session, col, select

from knowledge import orders, passages
from knowledge.reading import markdown
from knowledge.registers import Document, DocumentText, DocumentVersion, Passage


def content_hash(title: str, text: str) -> str:
    """The hash under which a text is approved."""
    return hashlib.sha256(f"{title}\n{text}".encode()).hexdigest()


def freeze(session: Session, document: Document, version: DocumentVersion, text: DocumentText) -> tuple[list[Passage], list[str]]:
    """(passages that are new, ids of those that no longer count) after the version became the current one; the index takes them up after the commit."""
    gone = _supersede(session, document.number, version)
    content = markdown.of_text(document.number, text.markdown)
    version.text, pieces = passages.cut(content.blocks)
    version.tampered = any(map(orders.addresses_assistants, [version.text, *content.unseen]))
    version.current = True
    session.add(version)
    session.flush()
    fresh = passages.make(
        f"doc:{document.number}@{version.version}", "document", pieces,
        tongue=document.language, audience=document.audience, title=document.title, version_id=version.id,
    )  # fmt: skip
    session.add_all(fresh)
    return fresh, gone


def withdraw(session: Session, number: str) -> list[str]:
    """Ids of the passages that no longer count, after no version of the document is in force."""
    return _supersede(session, number, None)


def _supersede(session: Session, number: str, by: DocumentVersion | None) -> list[str]:
    gone: list[str] = []
    for version in session.exec(select(DocumentVersion).where(DocumentVersion.number == number, DocumentVersion.current)):
        if by is not None and version.id == by.id:
            continue
        version.current = by is None
        version.state = "retired"
        session.add(version)
        for passage in session.exec(select(Passage).where(col(Passage.version_id) == version.id, Passage.current)):
            passage.current = False
            session.add(passage)
            gone.append(passage.id)
    return gone
