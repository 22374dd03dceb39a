"""Drafts for one installation: what is asked for in, a proposal or a draft kept in the store out."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from assistant.drafting import conflicts, documents, life, printed, questionnaires, rewording, risks
from assistant.drafting.conflicts import Conflict
from assistant.drafting.documents import Draft
from assistant.drafting.life import Published, Version
from assistant.drafting.questionnaires import Controls, Proposed
from assistant.drafting.risks import RiskDraft
from assistant.drafting.sources import Source
from assistant.drafting.statements import Registers
from assistant.drafting.threats import Threats
from assistant.drafting.types import document_type
from assistant.drafting.workbooks import STATEMENTS, statements_of
from assistant.llm import ChatModel
from assistant.printing import Head, Sheet
from knowledge.errors import Problem, RowRefused
from knowledge.registers import Store, queries, records, risk_method
from knowledge.registers.derived import Context
from knowledge.registers.rights import Actor

SOURCE = "draft"


class Finder(Protocol):
    """What finds sentences of approved documents for an actor."""

    def __call__(self, question: str, actor: Actor) -> list[Source]: ...


class Drafter:
    """Drafts documents and keeps them; `publish` takes what is approved into the index. Methods may be called from several threads."""

    def __init__(
        self,
        store: Store,
        find: Finder,
        threats: Threats,
        about: Controls,
        publish: Callable[[Published], None],
        clock: Callable[[], datetime],
        model: ChatModel | None = None,
    ) -> None:
        self._store, self._find, self._threats, self._about, self._publish, self._clock = store, find, threats, about, publish, clock
        self._model = model

    def risk(self, actor: Actor, sentence: str, asset: str = "") -> RiskDraft:
        """The entry that the sentence asks for; nothing is kept. Raises RowRefused for a sentence that says nothing, NoSuchRow for the asset."""
        if len(sentence.split()) < 3:
            raise RowRefused([Problem("risk", "", "sentence", sentence, "say in a sentence what could happen, and to what")])
        with self._store.read() as session:
            if asset:
                queries.get(session, actor, "asset", asset)
            registers = Registers(session, actor, Context(risk_method.current(session), self._clock().date()))
            made = risks.draft(registers, sentence, self._threats, asset)
        return rewording.reworded(made, self._model) if self._model else made

    def propose(self, actor: Actor, made: RiskDraft) -> str:
        """The id of the proposal that the draft is kept as, for a person to edit, accept or reject. Raises RowRefused while the asset is open."""
        if not made.asset:
            asked = ", ".join(fact.source_id.removeprefix("row:") for fact in made.asked)
            raise RowRefused([Problem("risk", "", "asset", "", f"say which asset is meant{f', such as {asked}' if asked else ''}")])
        facts = [
            fact.model_dump()
            for pair in (made.inherent, made.current)
            for judged in (pair.likelihood, *pair.impact.values())
            for fact in judged.facts
        ]
        sources = list({fact["source_id"] + fact["text"]: fact for fact in facts}.values())
        with records.writing(self._store, actor, self._clock(), SOURCE) as book:
            provenance = {"sources": sources, "model": made.model, "prompt_hash": made.prompt_hash}
            reason = f"Drafted from: {made.sentence}" + "".join(f" Assumed: {one}" for one in made.assumptions)
            return str(book.propose("risk", "create", made.as_row(), title=made.name, reason=reason, provenance=provenance).id)

    def answers(self, actor: Actor, questions: Sequence[str]) -> list[Proposed]:
        """The proposed answer to each question of a customer, from what the actor may read."""
        with self._store.read() as session:
            registers = Registers(session, actor, Context(risk_method.current(session), self._clock().date()))
            return [questionnaires.answer(registers, one, self._find(one, actor), self._about(one)) for one in questions]

    def statement(self, actor: Actor, name: str) -> tuple[list[Sheet], Head]:
        """The sheets of a statement (`soa`, `plan`, `risks`, `gaps`) worked out of the registers as of now, and their head. Raises BadKnowledge."""
        with self._store.read() as session:
            registers = Registers(session, actor, Context(risk_method.current(session), self._clock().date()))
            return statements_of(registers, name), self._head(registers, name)

    def _head(self, registers: Registers, name: str) -> Head:
        isms = next(iter(registers.rows("isms")), {})
        today = registers.context.today
        company = documents.company(str(isms.get("name") or ""))
        owner = registers.name(isms.get("owner"))
        return Head(
            company, f"as of {today.isoformat()}", STATEMENTS[name], "-", "from the registers", "internal", owner, "", None, None, today
        )

    def conflicts(self, actor: Actor) -> list[Conflict]:
        """Contradictions in what the actor may read, the surest first; those that the chat model doubts last, marked as struck."""
        with self._store.read() as session:
            found = conflicts.find(Registers(session, actor, Context(risk_method.current(session), self._clock().date())))
        return conflicts.read_again(found, self._model) if self._model else found

    def document(self, actor: Actor, name: str, subject: str = "", number: str = "", answers: Mapping[str, str] | None = None) -> Draft:
        """The draft of a type of document; nothing is kept. Raises BadKnowledge, NoSuchRow."""
        kind, now = document_type(name), self._clock()
        with self._store.read() as session:
            context = Context(risk_method.current(session), now.date())
            quoting = documents.reader(actor, kind.audience)
            return documents.draft(session, actor, context, lambda question: self._find(question, quoting), kind, subject, number, answers)

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

    def printed(self, actor: Actor, version_id: int) -> tuple[str, Head]:
        """(text with its sources as notes and the authorship appendix, head) of a version that is written here. Raises NoSuchRow."""
        with self._store.read() as session:
            found = life.find(session, actor, version_id)
            registers = Registers(session, actor, Context(risk_method.current(session), self._clock().date()))
            return printed.text_of(found, registers), printed.head_of(session, found, registers)

    def retire(self, actor: Actor, number: str, reason: str) -> None:
        """Take a document out of force. Raises as `life.retire`."""
        with records.writing(self._store, actor, self._clock(), SOURCE) as book:
            published = life.retire(book, number, reason)
        self._publish(published)
