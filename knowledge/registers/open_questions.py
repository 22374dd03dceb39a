"""What drafts leave to be decided: the questions whose marks stand in their text, and who can answer each. Drafting writes the marks, reminders read them."""

import re
from dataclasses import dataclass

from sqlmodel import Session, col, select

from knowledge.registers.documents import EDITABLE, Document, DocumentText, DocumentVersion

MARK = re.compile(r"\[to decide: question (\d+)(?:, ([^\]]*))?\]")
"""A mark in a text: the number of the question, and where it is missed first the question too."""


@dataclass(frozen=True)
class OpenQuestion:
    """A question of a version that is being written, by its number there; nobody may be known who can answer it."""

    document: Document
    version_id: int
    number: int
    question: str
    person_id: str | None


def asked_in(markdown: str) -> set[int]:
    """Numbers of the questions whose marks stand in a text."""
    return {int(match[1]) for match in MARK.finditer(markdown)}


def open_questions(session: Session) -> list[OpenQuestion]:
    """Everything that is still to be decided in versions that are being written, by document and number."""
    inside = (
        select(Document, DocumentText)
        .join(DocumentVersion, col(DocumentVersion.number) == col(Document.number))
        .join(DocumentText, col(DocumentText.version_id) == col(DocumentVersion.id))
        .where(col(DocumentVersion.state).in_(EDITABLE), col(Document.retired_at).is_(None))
        .order_by(col(Document.number), col(DocumentText.version_id))
    )
    return [
        OpenQuestion(document, text.version_id, number, str(point.get("question", "")), point.get("person_id"))
        for document, text in session.exec(inside).all()
        for number, point in enumerate(text.draft.get("open_points", ()), 1)
        if number in asked_in(text.markdown)
    ]
