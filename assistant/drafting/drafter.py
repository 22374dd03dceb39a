"""Drafts for one installation: what is asked for in, a proposal or a draft kept in the store out."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from assistant.drafting import documents, life
from assistant.drafting.documents import Draft
from assistant.drafting.life import Published, Version
from assistant.drafting.sources import Source
from assistant.drafting.types import document_type
from knowledge.registers import Store, records, risk_method
from knowledge.registers.derived import Context
from knowledge.registers.rights import Actor

SOURCE = "draft"


class Finder(Protocol):
    """What finds sentences of approved documents for an actor."""

    def __call__(self, question: str, actor: Actor) -> list[Source]: ...


class Drafter:
    """Drafts documents and keeps them; `publish` takes what is approved into the index. Methods may be called from several threads."""

    def __init__(self, store: Store, find: Finder, publish: Callable[[Published], None], clock: Callable[[], datetime]) -> None:
        self._store, self._find, self._publish, self._clock = store, find, publish, clock

    def document(self, actor: Actor, name: str, subject: str = "", number: str = "", answers: Mapping[str, str] | None = None) -> Draft:
        """The draft of a type of document; nothing is kept. Raises BadKnowledge, NoSuchRow."""
        kind, now = document_type(name), self._clock()
        with self._store.read() as session:
            context = Context(risk_method.current(session), now.date())
            return documents.draft(session, actor, context, lambda question: self._find(question, actor), kind, subject, number, answers)

    def keep(self, actor: Actor, draft: Draft) -> Version:
        """The draft as a document, or as the next version of the one that has its number. Raises NotAllowed, RowRefused."""
        with records.writing(self._store, actor, self._clock(), SOURCE) as book:
            return life.begin(book, draft, document_type(draft.type).review_months)

    def answer(self, actor: Actor, version_id: int, revision: int, answers: Mapping[str, str]) -> Version:
        """The version drafted again with these answers beside those given before. Raises as `life.write`, and where its text was edited since."""
        with self._store.read() as session:
            found = life.find(session, actor, version_id)
        made = found.text.draft
        given = {**made.get("answers", {}), **{key: text for key, text in answers.items() if text.strip()}}
        draft = self.document(actor, made["type"], made["subject"], found.document.number, given)
        text = documents.answered(found.text.markdown, made["text"], draft, made["open_points"])
        with records.writing(self._store, actor, self._clock(), SOURCE) as book:
            return life.write(book, version_id, revision, text, draft)

    def approve(self, actor: Actor, version_id: int, revision: int) -> Version:
        """The version in force and findable. Raises as `life.approve`."""
        with records.writing(self._store, actor, self._clock(), SOURCE) as book:
            version, published = life.approve(book, version_id, revision)
        self._publish(published)
        return version

    def retire(self, actor: Actor, number: str, reason: str) -> None:
        """Take a document out of force. Raises as `life.retire`."""
        with records.writing(self._store, actor, self._clock(), SOURCE) as book:
            published = life.retire(book, number, reason)
        self._publish(published)
