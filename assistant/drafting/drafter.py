"""Drafts for one installation: what is asked for in, a proposal or a draft kept in the store out."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta

from sqlmodel import Session

from assistant.drafting import (
    conflicts,
    documents,
    kept_statements,
    life,
    printed,
    questionnaires,
    redrafting,
    rewording,
    risks,
    suggestions,
)
from assistant.drafting.conflicts import Conflict, Encode
from assistant.drafting.documents import Draft
from assistant.drafting.kept_statements import Acceptance
from assistant.drafting.life import Published, Version
from assistant.drafting.matching import Alike
from assistant.drafting.open_points import Asked, points_of, still_open
from assistant.drafting.questionnaires import Controls, Proposed
from assistant.drafting.redrafting import Wordsmith
from assistant.drafting.risks import RiskDraft
from assistant.drafting.sources import Finder
from assistant.drafting.statements import Registers
from assistant.drafting.suggestions import Suggestion
from assistant.drafting.threats import Threats
from assistant.drafting.types import document_type
from assistant.drafting.workbooks import STATEMENTS, statements_of
from assistant.llm import ChatModel
from assistant.printing import Head, Sheet
from knowledge.errors import EncoderUnusable, Problem, RowRefused
from knowledge.registers import Store, queries, records, rights, risk_method
from knowledge.registers.derived import Context
from knowledge.registers.records import Records
from knowledge.registers.rights import Actor

SOURCE = "draft"


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
        sees_restricted: bool = False,
        alike: Alike = lambda *_: {},
        encode: Encode | None = None,
    ) -> None:
        self._store, self._find, self._threats, self._about, self._publish, self._clock = store, find, threats, about, publish, clock
        self._alike, self._encode = alike, encode
        self._model, self._smith = model, Wordsmith(model, sees_restricted)

    def risk(self, actor: Actor, sentence: str, asset: str = "", threat: str = "") -> RiskDraft:
        """The entry that the sentence asks for; nothing is kept. Raises RowRefused for a sentence that says nothing or an unknown threat, NoSuchRow for the asset."""
        if len(sentence.split()) < 3:
            raise RowRefused([Problem("risk", "", "sentence", sentence, "say in a sentence what could happen, and to what")])
        with self._store.read() as session:
            if asset:
                queries.get(session, actor, "asset", asset)
            registers = Registers(session, actor, self._context(session))
            made = risks.draft(registers, sentence, self._threats, asset, self._alike, threat)
        return rewording.reworded(made, self._model) if self._model else made

    def propose(self, actor: Actor, made: RiskDraft) -> str:
        """The id of the proposal that the draft is kept as, for a person to edit, accept or reject. Raises RowRefused while the asset or the threat is open."""
        if not made.asset:
            asked = ", ".join(fact.source_id.removeprefix("row:") for fact in made.asked)
            raise RowRefused([Problem("risk", "", "asset", "", f"say which asset is meant{f', such as {asked}' if asked else ''}")])
        if not made.family:
            near = ", ".join(f"{fact.source_id.partition(':')[2]} ({fact.text})" for fact in made.asked_threats)
            raise RowRefused([Problem("risk", "", "threat", "", f"say which threat is meant{f', such as {near}' if near else ''}")])
        facts = [
            fact.model_dump()
            for pair in (made.inherent, made.current)
            for judged in (pair.likelihood, *pair.impact.values())
            for fact in judged.facts
        ]
        sources = list({fact["source_id"] + fact["text"]: fact for fact in facts}.values())
        with self._writing(actor) as book:
            provenance = {"sources": sources, "model": made.model, "prompt_hash": made.prompt_hash}
            reason = f"Drafted from: {made.sentence}" + "".join(f" Assumed: {one}" for one in made.assumptions)
            return str(book.propose("risk", "create", made.as_row(), title=made.name, reason=reason, provenance=provenance).id)

    def answers(self, actor: Actor, questions: Sequence[str]) -> list[Proposed]:
        """The proposed answer to each question of a customer, from what the actor may read."""
        with self._store.read() as session:
            registers = Registers(session, actor, self._context(session))
            said = self._find(questions, actor)
            return [questionnaires.answer(registers, one, found, self._about(one)) for one, found in zip(questions, said, strict=True)]

    def statement(self, actor: Actor, name: str) -> tuple[list[Sheet], Head]:
        """The sheets of a statement (`soa`, `plan`, `risks`, `gaps`) worked out of the registers as of now, and their head. Raises BadKnowledge."""
        with self._store.read() as session:
            registers = Registers(session, actor, self._context(session))
            since, before = kept_statements.last_approved(session, actor, name) if name in kept_statements.TYPES else ("", [])
            return statements_of(registers, name, since, before), self._head(registers, name)

    def keep_statement(self, actor: Actor, name: str, number: str = "") -> Version:
        """The statement `soa` or `plan` as a document, or the next version of the one that there is. Raises BadKnowledge; as `keep`."""
        rights.demand(actor, "create", "document")
        kind = document_type(kept_statements.type_of(name))
        reading = documents.reader(actor, kind.audience)
        with self._store.read() as session:
            number = number or kept_statements.number_of(session, name)
            answers = kept_statements.answers_for(Registers(session, reading, self._context(session)), name, number)
        made = self.document(actor, kind.name, number=number, answers=answers)
        with self._store.read() as session:
            made = kept_statements.kept(made, Registers(session, reading, self._context(session)), name)
        return self.keep(actor, made)

    def acceptances(self, actor: Actor, version_id: int) -> list[Acceptance]:
        """Who has and who has not accepted their lines of a plan; empty for another document. Raises NoSuchRow."""
        with self._store.read() as session:
            found = life.find(session, actor, version_id)
            return kept_statements.acceptances(Registers(session, actor, self._context(session)), found.text.draft)

    def accept(self, actor: Actor, version_id: int, expires: date | None, risks: Collection[str] = ()) -> list[Acceptance]:
        """The acceptances after the actor's own; without a day they run out as the risk method says. Raises as `kept_statements.accept`."""
        with self._writing(actor) as book:
            context = self._context(book.session)
            found = life.find(book.session, actor, version_id)
            lines = kept_statements.acceptances(Registers(book.session, actor, context), found.text.draft)
            kept_statements.accept(book, found, lines, expires or context.today + timedelta(context.method.acceptance_days), risks)
        return self.acceptances(actor, version_id)

    def _head(self, registers: Registers, name: str) -> Head:
        isms = next(iter(registers.rows("isms")), {})
        today = registers.context.today
        company = documents.company(str(isms.get("name") or ""))
        owner = registers.name(isms.get("owner"))
        return Head(
            company, f"as of {today.isoformat()}", STATEMENTS[name], "-", "from the registers", "internal", owner, "", None, None, today
        )

    def conflicts(self, actor: Actor) -> list[Conflict]:
        """Contradictions in what the actor may read, the surest first; those that the chat model doubts last, marked as struck. Raises EncoderUnusable."""
        if self._encode is None:
            raise EncoderUnusable("Contradictions are found with the encoder, and nothing encodes here.")
        with self._store.read() as session:
            found = conflicts.find(Registers(session, actor, self._context(session)), self._encode)
        return conflicts.read_again(found, self._model) if self._model else found

    def document(self, actor: Actor, name: str, subject: str = "", number: str = "", answers: Mapping[str, str] | None = None) -> Draft:
        """The draft of a type of document; nothing is kept. Raises BadKnowledge, NoSuchRow."""
        kind = document_type(name)
        with self._store.read() as session:
            find = redrafting.searching(self._find, kind, answers or {}, documents.reader(actor, kind.audience))
            made = documents.draft(session, actor, self._context(session), find, kind, subject, number, answers)
        return redrafting.worded(made, self._smith)

    def keep(self, actor: Actor, draft: Draft) -> Version:
        """The draft as a document, or as the next version of the one that has its number. Raises NotAllowed, RowRefused."""
        with self._writing(actor) as book:
            return life.begin(book, draft, document_type(draft.type).review_months)

    def answer(self, actor: Actor, version_id: int, revision: int, answers: Mapping[str, str]) -> Version:
        """The version with these answers in the place of its open points. Raises as `life.write`."""
        given = {key: text for key, text in answers.items() if text.strip()}
        with self._writing(actor) as book:
            text, made = suggestions.with_answers(life.find(book.session, actor, version_id), given)
            return life.write(book, version_id, revision, text, made)

    def redraft(self, actor: Actor, version_id: int, section: str, instruction: str) -> Suggestion:
        """The section drafted again as the instruction says, kept as a suggestion. Raises RowRefused where nobody can follow it."""
        with self._store.read() as session:
            found = life.find(session, actor, version_id)
            suggestions.demand(actor, found)
            kind = document_type(str(found.text.draft.get("type", "")))
            quoting = documents.reader(actor, found.document.audience)
            find = redrafting.searching(self._find, kind, found.text.draft.get("answers", {}), quoting, [instruction])
            made = redrafting.again(session, actor, self._context(session), find, found, section, instruction, self._smith)
        return self.suggest(actor, version_id, made)

    def section(self, actor: Actor, number: str, section: str, instruction: str, take: bool) -> tuple[int, Suggestion]:
        """(version, suggestion) of a section of the version in work of a document; with `take` it is in its text already. Raises as `redraft`, `take`."""
        version_id = self.in_work(actor, number).text.version_id
        made = self.redraft(actor, version_id, section, instruction)
        if take:
            self.take_now(actor, version_id, made.id, made.digest)
        return version_id, made

    def in_work(self, actor: Actor, number: str) -> Version:
        """The version in work of a document. Raises as `life.in_work`."""
        with self._store.read() as session:
            return life.in_work(session, actor, number)

    def open_questions(self, actor: Actor, number: str = "") -> list[Asked]:
        """What is still to be decided in the versions that are being written, of one document or of all that the actor may see."""
        with self._store.read() as session:
            found = [one for one in life.all_in_work(session, actor) if number in ("", one.document.number)]
            return [
                Asked(one.document.number, one.document.title, one.text.version_id, place, point)
                for one in found
                for place, point in still_open(one.text.markdown, points_of(one.text.draft)).items()
            ]

    def may_write(self, actor: Actor, version_id: int) -> bool:
        """Whether the actor may take suggestions for a version."""
        with self._store.read() as session:
            return rights.may(actor, "change", "document", life.find(session, actor, version_id).document)

    def take_now(self, actor: Actor, version_id: int, suggestion: int, digest: str) -> Version:
        """The same as `take`, for the text as it stands now: the digest alone says what was seen."""
        with self._writing(actor) as book:
            revision = life.find(book.session, actor, version_id).text.revision
            return suggestions.take(book, version_id, revision, suggestion, digest)

    def suggest(self, actor: Actor, version_id: int, made: Suggestion) -> Suggestion:
        """The suggestion as it is kept. Raises as `suggestions.suggest`."""
        with self._writing(actor) as book:
            return suggestions.suggest(book, version_id, made)

    def take(self, actor: Actor, version_id: int, revision: int, suggestion: int, digest: str) -> Version:
        """The version with the suggestion in its text. Raises as `suggestions.take`."""
        with self._writing(actor) as book:
            return suggestions.take(book, version_id, revision, suggestion, digest)

    def drop(self, actor: Actor, version_id: int, suggestion: int) -> None:
        """The suggestion is not taken. Raises as `suggestions.drop`."""
        with self._writing(actor) as book:
            suggestions.drop(book, version_id, suggestion)

    def approve(self, actor: Actor, version_id: int, revision: int) -> Version:
        """The version in force and findable. Raises as `life.approve`."""
        with self._writing(actor) as book:
            registers = Registers(book.session, actor, self._context(book.session))
            accepted = kept_statements.acceptances(registers, life.find(book.session, actor, version_id).text.draft)
            beside = {"acceptances": kept_statements.as_plain(accepted)} if accepted else {}
            version, published = life.approve(book, version_id, revision, beside)
        self._publish(published)
        return version

    def printed(self, actor: Actor, version_id: int) -> tuple[str, Head]:
        """(text with its sources as notes and the authorship appendix, head) of a version that is written here. Raises NoSuchRow."""
        with self._store.read() as session:
            found = life.find(session, actor, version_id)
            registers = Registers(session, actor, self._context(session))
            return printed.text_of(found, registers), printed.head_of(session, found, registers)

    def retire(self, actor: Actor, number: str, reason: str) -> None:
        """Take a document out of force. Raises as `life.retire`."""
        with self._writing(actor) as book:
            published = life.retire(book, number, reason)
        self._publish(published)

    def _context(self, session: Session) -> Context:
        return Context(risk_method.current(session), self._clock().date())

    def _writing(self, actor: Actor) -> AbstractContextManager[Records]:
        return records.writing(self._store, actor, self._clock(), SOURCE)
