"""Question in, Answer out: identifiers, exact queries, extraction, generation, verification, threads.

Here it is decided which of them answers; `composing.py` puts together what they found.
"""

import logging
import re
import threading
import time
from collections.abc import Callable, Collection, Sequence

from assistant.answering import (
    catalogue,
    citing,
    composing,
    cues,
    extraction,
    generation,
    identifiers,
    intents,
    refusals,
    registers,
    threads,
)
from assistant.answering.composing import Draft
from assistant.answering.extraction import Found
from assistant.answering.shape import Answer, Citation, Claim, Table
from assistant.config import Settings
from assistant.errors import ModelFailed
from assistant.identity import Asker
from assistant.llm import ChatModel
from assistant.phrases import phrases
from knowledge import language
from knowledge.index import Index
from knowledge.index.question import Question
from knowledge.registers import Store, Turn, queries

log = logging.getLogger(__name__)

LONGEST = 4_000
_LONGEST_CONTEXT = 600

# Fits below which text is not offered as an answer; set with the development questions of evals/cases.
_COMPANY_FITS, _OF_ONE_WORD_FITS, _BESIDE_STANDARD_FITS = 0.3, 0.34, 0.48
_SAYS_PLAINLY = 0.55
"""Fit from which a sentence is put into a draft unasked."""
_PLAINLY = 0.4
_HARMLESS = {"off_topic", "no_record"}
_SPOKEN_OF_BESIDE = 1.3
"""How plainly a document has to speak of what a single row answers, so that it is quoted beside the row."""
_ROW_FITS = 0.5
"""Prose in a row is offered only where it fits well: most rows are asked for by what they are, not by what is written in them."""


class Answerer:
    """Answers questions for one company. Its methods may be called from several threads."""

    def __init__(self, store: Store, index: Index, settings: Settings, model: ChatModel | None = None) -> None:
        self._store, self._index, self._settings, self._model = store, index, settings, model
        self._registers = registers.Registers(store)
        self._learnt: tuple[str | None, intents.Intents] | None = None
        self._learning = threading.Lock()

    def ask(
        self,
        question: str,
        asker: Asker,
        thread: str | None = None,
        channel: str = "",
        tell: Callable[[Claim, list[Citation]], None] | None = None,
    ) -> Answer:
        """The answer, kept in its thread. `tell` hears each claim once it is checked. Raises NotAllowed for a foreign thread."""
        started = time.perf_counter()
        now = self._settings.moment()
        question = language.clean(question[: 2 * LONGEST])
        thread_id, earlier = threads.open_thread(self._store, thread, asker, channel)
        before = threads.follows(question, earlier)
        tongue = language.language_of(question if len(question.split()) > 2 else f"{before} {question}")
        draft = self._draft(question, before, earlier if before else [], tongue, asker)
        answer = Answer(
            id=threads.new_id(),
            thread=thread_id,
            status=draft.status,
            language=tongue,  # type: ignore[arg-type]
            claims=draft.claims,
            citations=draft.citations,
            table=draft.table,
            confidence="high" if draft.fit >= 0.7 else "medium" if draft.fit >= 0.58 else "low",
            reason=draft.reason,  # type: ignore[arg-type]
            gaps=draft.gaps,
            follow_ups=draft.follow_ups,
            contact=draft.contact,
            as_of=now,
            model=draft.model,
        )
        for claim in answer.claims if tell else ():
            assert tell
            tell(claim, [citation for citation in answer.citations if citation.n in claim.citations])
        understood = f"{before} {question}".strip()[-_LONGEST_CONTEXT:]
        threads.keep(self._store, answer, question, understood, asker, channel, now, begun=thread is not None)
        answer.took_ms = round((time.perf_counter() - started) * 1000)
        return answer

    def company_says(self, questions: Sequence[str], asker: Asker, limit: int = 2) -> list[list[tuple[Citation, bool]]]:
        """Sentences of approved, current documents that answer each question, best first: for drafts and questionnaires, which fill in facts.

        Each with whether it answers by itself, so that it may stand in a document; where it does not, a person looks at it first.
        """
        cleaned = [language.clean(one) for one in questions]
        today = self._settings.today()
        return [
            [
                (citing.of_sentence(one), extraction.stands_alone(one, question))
                for one in self._plainly_said(question, read, asker, limit)
                if one.standing(today) == "approved"
            ]
            for question, read in zip(cleaned, self._index.read_all(cleaned), strict=True)
        ]

    def company_quotes(self, question: str, asker: Asker, limit: int = 2) -> list[tuple[Citation, str]]:
        """Sentences of the company's documents that plainly answer, best first, each with its standing; those of approved, current ones where
        there are any, else of expired ones and drafts. Nothing is kept of the question."""
        cleaned, today = language.clean(question), self._settings.today()
        found = self._plainly_said(cleaned, self._index.read(cleaned), asker, limit)
        return [(citing.of_sentence(one), one.standing(today)) for one in found]

    def _plainly_said(self, question: str, read: Question, asker: Asker, limit: int) -> list[Found]:
        company = extraction.from_company(self._store, self._index, read, asker.audiences)
        if not company or not extraction.answerable(company, *self._leaning(question, read), question, read.language):
            return []
        fitting = [found for found in company if found.fit >= _SAYS_PLAINLY]
        approved, others = composing.by_standing(fitting, self._settings.today())
        return composing.best_of_documents(approved or others, limit)

    # --- steps --------------------------------------------------------------------------------------------------

    def _leaning(self, question: str, read: Question) -> tuple[float, str]:
        intent = self._intents().of(question, read)
        return intent.refused, intent.reason

    def _draft(self, question: str, before: str, earlier: list[Turn], tongue: str, asker: Asker) -> Draft:
        draft = Draft(self._store, self._settings.today(), phrases(tongue))
        if self._asked_back(question, draft):
            return draft
        whole = f"{before} {question}".strip()
        mentions, query = identifiers.find(question), catalogue.parse(question, tongue)
        if before and not mentions and not query:
            query = catalogue.parse(whole, tongue)
            mentions = identifiers.find(before) if query or cues.points_back(question) else []
        listed = threads.register_query(earlier)
        elsewhere = query or (before and not listed and (threads.goes_on(question) or cues.points_back(question)))
        asked = None if elsewhere else self._asked_of_registers(question, asker, listed)
        # What was wholly read as a query shows only facts of the catalogue, or rows that the asker may see: there is nothing in it to refuse.
        exact = bool(query and not query.unused) or (isinstance(asked, registers.Reading) and asked.whole)
        if asked and self._better_elsewhere(asked, exact, mentions, question, tongue, asker):
            asked, exact = None, False
        spoken = not mentions or identifiers.says_more(mentions, question)
        if (query or asked or mentions) and not exact and spoken and self._harmful(identifiers.without(mentions, question), tongue, draft):
            return draft
        if query:
            self._run(query, tongue, draft)
            return draft
        if asked:
            self._answer_from_registers(asked, question, tongue, asker, draft)
            self._name(mentions, tongue, draft)
            return draft
        if mentions:
            self._explain(mentions, whole, tongue, asker, draft)
            return draft
        heard = threads.heard(earlier)
        parts, said = cues.parts(question), 0
        for number, part in enumerate(parts):
            leans = number > 0 and cues.leans_back(part)
            if leans and len(draft.claims) == said:
                continue  # it asks more of what nothing is known of
            said = len(draft.claims)
            self._answer_part(part, parts[number - 1] if leans else before, heard, tongue, asker, draft, alone=part == question)
            if draft.status == "refused":
                return draft
        self._in_other_words(whole, tongue, draft)
        draft.conclude()
        if self._index.dense_off:
            draft.gaps.append(self._index.dense_off)
        return draft

    def _intents(self) -> intents.Intents:
        """What the examples teach, learnt at the first question and again after the dense part came or went."""
        with self._learning:
            if self._learnt is None or self._learnt[0] != self._index.dense_off:
                self._learnt = (self._index.dense_off, intents.learn(self._store, self._index))
            return self._learnt[1]

    def _asked_back(self, question: str, draft: Draft) -> bool:
        say = draft.say
        if not re.search(r"\w", question):
            draft.status, draft.reason = "clarify", "empty_question"
            draft.gaps.append(say("There is no question in this. Ask in your own words, for example: how long do we keep backups?"))
        elif len(question) > LONGEST:
            draft.status, draft.reason = "clarify", "too_long"
            draft.gaps.append(say("This is longer than a question. Say in one or two sentences what you want to know."))
        return bool(draft.reason)

    def _better_elsewhere(
        self,
        asked: registers.Reading | registers.Unclear,
        exact: bool,
        mentions: Sequence[identifiers.Mention],
        question: str,
        tongue: str,
        asker: Asker,
    ) -> bool:
        """True where a register question is rather one about an older edition, or one that documents answer in its words."""
        if isinstance(asked, registers.Reading):
            with self._store.read() as session:
                if not queries.rows(session, asker, asked.query.entity, limit=1):
                    return True
            if any(mention.edition or mention.status != identifiers.FOUND or not exact for mention in mentions):
                return not self._registers.run(asked.query, asker, tongue).rows
            if mentions and asked.query.plain("control_status", "@control"):
                return True
        if exact:
            return False
        likely = isinstance(asked, registers.Reading) and asked.likely
        elsewhere = cues.names_standard(identifiers.without(mentions, question)) or (not likely and cues.asks_for_duty(question))
        if isinstance(asked, registers.Reading):
            elsewhere |= cues.about_standard(" ".join(asked.unused)) or (not likely and _mostly_unused(asked, question, tongue))
        if elsewhere and not cues.asks_of_own(question):
            return True
        if isinstance(asked, registers.Unclear):
            if cues.lists_own(question):
                return False
            if not cues.asks_of_own(question) or cues.asks_whether(question):
                return True
        elif asked.unused and not asked.missing and not asked.query.counts and not self._registers.run(asked.query, asker, tongue).rows:
            return True
        if likely:
            return False
        read = self._index.read(question, tongue)
        company = extraction.from_company(self._store, self._index, read, asker.audiences)
        leaning, reason = self._leaning(question, read)
        # A question of which rows are found has a record.
        refused = leaning > (_PLAINLY if reason == "no_record" and isinstance(asked, registers.Reading) else 0)
        return refused or extraction.spoken_of(company) > extraction.PLAINLY_SPOKEN_OF

    def _harmful(self, question: str, tongue: str, draft: Draft) -> bool:
        """Refuse what names identifiers but, read without them, plainly asks for something else."""
        intent = self._intents().of(question, self._index.read(question, tongue))
        if intent.refused > _PLAINLY and intent.reason not in _HARMLESS:
            draft.refuse(refusals.by_reason(intent.reason))
        return bool(draft.reason)

    def _name(self, mentions: Sequence[identifiers.Mention], tongue: str, draft: Draft) -> list[str]:
        """Say what the identifiers are; the ids of the sources that were named come back."""
        sources: list[str] = []
        for mention in mentions:
            for statement in identifiers.explain(mention, tongue):
                cited = [citing.of_entry(source_id) for source_id in statement.source_ids]
                draft.claim(statement.text, [citation for citation in cited if citation])
                sources.extend(statement.source_ids)
        return sources

    def _explain(self, mentions: Sequence[identifiers.Mention], question: str, tongue: str, asker: Asker, draft: Draft) -> None:
        """Say what the identifiers are, and quote what stands behind them."""
        sources = self._name(mentions, tongue, draft)
        for mention in mentions:
            if mention.status == "unknown":
                draft.reason = "unknown_identifier"
            if mention.status == "unclear":
                draft.status, draft.reason = "clarify", "ambiguous"
        draft.fit = 1.0
        read = self._index.read(question, tongue)
        quoted = dict.fromkeys(source for source in sources if source.split(":")[0] in {"iso27001-2022", "iso42001", "iec62443-3-3"})
        for source_id in list(quoted)[:3]:
            for sentences in extraction.from_standards(self._index, read, asker.audiences, within=[source_id])[:1]:
                for found in sentences[: 2 if len(quoted) == 1 else 1]:
                    draft.quote(found)
        if draft.status == "clarify" or draft.reason:
            return
        company = extraction.from_company(self._store, self._index, read, asker.audiences)
        for found in [one for one in company if one.fit >= _COMPANY_FITS][:1]:
            draft.quote(found, draft.say("The company's own text"))
        if self._intents().of(question, read).verdict:
            draft.withhold_verdict()

    def _run(self, query: catalogue.CatalogueQuery, tongue: str, draft: Draft) -> None:
        result = catalogue.run(query)
        sentence = result.sentence_de if tongue == "de" else result.sentence_en
        draft.table = Table(columns=result.columns, rows=result.rows[:100], total=result.total)
        rows = zip([*result.about, *result.source_ids], [*map(citing.title_of_source, result.about), *_rendered(result)], strict=False)
        cited = [citing.computed(source_id, quote, result.canonical) for source_id, quote in list(rows)[:25]]
        cited = cited or [citing.computed("catalogue", sentence, result.canonical)]
        draft.claim(sentence, cited)
        draft.fit = 1.0

    def _asked_of_registers(self, question: str, asker: Asker, listed: str) -> registers.Reading | registers.Unclear | None:
        """The register query of a question: by rules, and where they leave words unused by the chat model, if there is one.

        `listed` is the canonical query of the answer before, which a follow-up changes.
        """
        today, before = self._settings.today(), registers.read(listed) if listed else None
        asked = self._registers.parse(question, asker, today, before)
        if self._model is None or not isinstance(asked, registers.Reading) or not asked.unused:
            return asked
        try:
            proposed = registers.propose(question, today, self._model, before)
        except ModelFailed as error:
            log.warning("%s The question is read by rules.", error)
            return asked
        return registers.Reading(proposed, missing=self._registers.missing(proposed, asker)) if proposed else asked

    def _answer_from_registers(
        self, asked: registers.Reading | registers.Unclear, question: str, tongue: str, asker: Asker, draft: Draft
    ) -> None:
        if isinstance(asked, registers.Unclear):
            draft.status, draft.reason = "clarify", "ambiguous"
            draft.gaps.append(draft.say("I do not know who you are, so I cannot tell what is yours. Sign in, or name the person."))
            return
        result = self._registers.run(asked.query, asker, tongue)
        if result.rows:
            draft.table = Table(columns=result.columns, rows=result.rows, total=result.total)
        cited = [citing.of_row(line, result.canonical) for line in result.lines]
        draft.claim(result.sentence, cited or [citing.of_query(asked.query, result)])
        for line in result.linked:
            draft.claim(f"{line.relation}: {line.id} {line.name}", [citing.of_row(line, result.canonical)])
        draft.fit = 1.0
        if len(result.lines) == 1:
            self._quote_beside_row(question, tongue, asker, draft)
        if asked.unused:
            draft.gaps.append(draft.say("Not understood, and not used for this answer: {words}.").format(words=", ".join(asked.unused)))
        if asked.missing:
            draft.gaps.append(draft.say("No row that you may read has this id: {ids}.").format(ids=", ".join(asked.missing)))
        if only_own := self._registers.shows_only_own(asked.query, asker):
            draft.gaps.append(
                draft.say("Of this register you may read only rows of your own; others are for the ISMS manager and auditors.")
            )
        if only_own or not asked.whole:
            draft.status, draft.fit = "partial", 0.5

    def _quote_beside_row(self, question: str, tongue: str, asker: Asker, draft: Draft) -> None:
        """Quote the company's document that speaks plainly of the same thing as a single row."""
        company = extraction.from_company(self._store, self._index, self._index.read(question, tongue), asker.audiences)
        if extraction.spoken_of(company) >= _SPOKEN_OF_BESIDE:
            draft.quote_company(company[:1], 1)

    def _answer_part(self, part: str, before: str, heard: Collection[str], tongue: str, asker: Asker, draft: Draft, alone: bool) -> None:
        read = extraction.to_the_point(self._index.read(part, tongue, before))
        standard = extraction.from_standards(self._index, read, asker.audiences, heard)
        company = extraction.from_company(self._store, self._index, read, asker.audiences, heard)
        best_standard = standard[0][0].fit if standard else 0.0
        intent = self._intents().of(f"{before} {part}".strip(), read)
        rows = extraction.from_rows(self._index, read, asker.audiences, _ROW_FITS)
        method = cues.asks_for_method(part)
        if not intent.verdict and not extraction.answerable(company, intent.refused, intent.reason, part, tongue):
            draft.near += extraction.nearest(company, standard)
            if intent.reason == "no_record" and (told := [found for found in rows if extraction.tells(found, part)]):
                draft.quote_rows(told)
            elif method and intent.reason in _HARMLESS:
                draft.reason = draft.reason or "method_not_recorded"
            elif intent.reason != "no_record" and (alone or intent.reason != "off_topic"):
                draft.refuse(refusals.by_reason(intent.reason))
            return
        usable = [] if method else standard
        asked = f"{before} {part}" if cues.leans_back(part) and not cues.about_us(part) else part
        of_standard = cues.about_standard(asked) and bool(usable)
        least = _BESIDE_STANDARD_FITS if of_standard else _COMPANY_FITS if len(language.stems(part, tongue)) > 1 else _OF_ONE_WORD_FITS
        chosen = [found for found in company if found.fit >= least]
        best_company = chosen[0].fit if chosen else 0.0
        draft.fit = max(draft.fit, best_company, 0 if method else best_standard)
        if method and not chosen:
            draft.reason = draft.reason or "method_not_recorded"
            draft.near += extraction.nearest(company, standard)
        draft.compose(chosen, usable, 0 if of_standard else extraction.leaning(company, standard), alone)
        if rows and rows[0].fit >= best_company:
            draft.quote_rows(rows)
        draft.report_instructions(company)
        if intent.verdict:
            draft.withhold_verdict()
        if usable and not chosen and cues.about_us(part):
            draft.reason = draft.reason or "policy_gap"
            draft.gaps.append(
                draft.say("No document of the company that you may read answers this; the quotes say what the standards expect.")
            )

    def _in_other_words(self, question: str, tongue: str, draft: Draft) -> None:
        """Put the chat model's claims in the place of the quotes they rest on; what it may not see, and all where it fails, stays quoted."""
        inside, restricted = self._settings.model_inside, self._settings.model_restricted
        sources = [found for found, _ in draft.quoted if generation.may_leave(found, inside, restricted)]
        if self._model is None or not sources:
            return
        try:
            spoken = generation.speak(question, tongue, sources, self._model)
        except ModelFailed as error:
            log.warning("%s The answer is made of quotes.", error)
            return
        if spoken:
            draft.put_in_other_words(spoken, self._model.name)


def _rendered(result: catalogue.CatalogueResult) -> list[str]:
    return [" | ".join(cell for cell in row if cell) for row in result.rows]


def _mostly_unused(asked: registers.Reading, question: str, tongue: str) -> bool:
    """True where a register question would use less than half of the words that say something."""
    unused = sum(len(language.stems(words, tongue)) for words in asked.unused)
    return 2 * unused > len(language.stems(question, tongue))
