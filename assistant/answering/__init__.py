"""Question in, Answer out: identifiers, exact queries, extraction, generation, verification, threads.

Order of an answer: what the company's own rule says, what the standard asks, what the registers show. Every quote is
a whole sentence or row of a stored passage; what has no source is not said.
"""

import logging
import re
import threading
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from assistant.answering import catalogue, extraction, generation, identifiers, intents, refusals, registers, threads
from assistant.answering.extraction import Found
from assistant.answering.shape import Answer, Citation, Claim, Contact, Locator, Status, Table
from assistant.config import Settings
from assistant.errors import ModelFailed
from assistant.identity import Asker, person_name, person_with_role
from assistant.llm import ChatModel
from assistant.phrases import phrases
from knowledge import controls, language, standards
from knowledge.index import Index
from knowledge.index.question import Question
from knowledge.registers import REGISTERS, Document, Store, Turn, queries

log = logging.getLogger(__name__)

LONGEST = 4_000
_LONGEST_CONTEXT = 600
_COMPANY_QUOTES = 5

# Fits below which text is not offered as an answer; set with the development questions of evals/cases.
_COMPANY_FITS, _OF_ONE_WORD_FITS = 0.3, 0.34
_SAYS_PLAINLY = 0.55
"""Fit from which a sentence is put into a draft unasked."""
_NEARLY = 0.72
"""Share of the best sentence's score that the company's other sentences need."""
_PLAINLY = 0.4
_HARMLESS = {"off_topic", "no_record"}
_NAMED = 3
"""Sources that a silence names."""
_HEARD = 3
"""Sources that are heard before any is heard twice: company and standards together."""
_SPOKEN_OF_BESIDE = 1.3
"""How plainly a document has to speak of what a single row answers, so that it is quoted beside the row."""
_ROW_FITS = 0.5
"""Prose in a row is offered only where it fits well: most rows are asked for by what they are, not by what is written in them."""


@dataclass
class _Draft:
    """An answer in the making: claims with their citations, numbered by first use."""

    say: Callable[[str], str]
    status: Status = "answered"
    reason: str = ""
    claims: list[Claim] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)
    quoted: list[tuple[Found, str]] = field(default_factory=list)
    near: list[Found] = field(default_factory=list)
    """What came nearest to a part of the question that is not answered."""
    gaps: list[str] = field(default_factory=list)
    follow_ups: list[str] = field(default_factory=list)
    table: Table | None = None
    contact: Contact | None = None
    fit: float = 0.0
    model: str = ""

    def cite(self, citation: Citation) -> int:
        """Number of a citation; the same quote of the same source keeps its number."""
        for known in self.citations:
            if (known.source_id, known.quote) == (citation.source_id, citation.quote):
                return known.n
        citation.n = len(self.citations) + 1
        self.citations.append(citation)
        return citation.n

    def claim(self, text: str, citations: Iterable[Citation]) -> None:
        """Add a statement, unless all it rests on was said already."""
        before = len(self.citations)
        numbers = [self.cite(citation) for citation in citations]
        if len(self.citations) > before or text not in {claim.text for claim in self.claims}:
            self.claims.append(Claim(text=text, citations=numbers))


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

    def company_says(self, questions: Sequence[str], asker: Asker, limit: int = 2) -> list[list[Citation]]:
        """Sentences of approved, current documents that plainly answer each question, best first: for drafts and questionnaires, which fill in facts."""
        cleaned = [language.clean(one) for one in questions]
        found = [self._plainly_said(one, read, asker, limit) for one, read in zip(cleaned, self._index.read_all(cleaned), strict=True)]
        return [[citation for citation, standing in some if standing == "approved"] for some in found]

    def company_quotes(self, question: str, asker: Asker, limit: int = 2) -> list[tuple[Citation, str]]:
        """Sentences of the company's documents that plainly answer, best first, each with its standing; those of approved, current ones where
        there are any, else of expired ones and drafts. Nothing is kept of the question."""
        cleaned = language.clean(question)
        return self._plainly_said(cleaned, self._index.read(cleaned), asker, limit)

    def _plainly_said(self, question: str, read: Question, asker: Asker, limit: int) -> list[tuple[Citation, str]]:
        company = extraction.from_company(self._store, self._index, read, asker.audiences)
        if not company or not extraction.answerable(company, *self._leaning(question, read)):
            return []
        approved, others = self._by_standing([found for found in company if found.fit >= _SAYS_PLAINLY])
        today = self._settings.today()
        return [(self._citation(found), found.standing(today)) for found in _best_of_documents(approved or others, limit)]

    # --- steps --------------------------------------------------------------------------------------------------

    def _leaning(self, question: str, read: Question) -> tuple[float, str]:
        intent = self._intents().of(question, read)
        return intent.refused, intent.reason

    def _draft(self, question: str, before: str, earlier: list[Turn], tongue: str, asker: Asker) -> _Draft:
        draft = _Draft(phrases(tongue))
        if self._asked_back(question, draft):
            return draft
        whole = f"{before} {question}".strip()
        mentions, query = identifiers.find(question), catalogue.parse(question, tongue)
        if before and not mentions and not query:
            query = catalogue.parse(whole, tongue)
            mentions = identifiers.find(before) if query or _POINTS_BACK.search(question) else []
        listed = threads.register_query(earlier)
        elsewhere = query or (before and not listed and (threads.goes_on(question) or _POINTS_BACK.search(question)))
        asked = None if elsewhere else self._asked_of_registers(question, asker, listed)
        # What was wholly read as a register query shows only rows that the asker may see: there is nothing in it to refuse.
        exact = isinstance(asked, registers.Reading) and asked.whole
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
        parts = _parts(question)
        for number, part in enumerate(parts):
            leading = parts[number - 1] if number and _leans_back(part) else before
            self._answer_part(part, leading, heard, tongue, asker, draft, alone=part == question)
            if draft.status == "refused":
                return draft
        self._in_other_words(whole, tongue, draft)
        self._conclude(draft, asker)
        return draft

    def _intents(self) -> intents.Intents:
        """What the examples teach, learnt at the first question and again after the dense part came or went."""
        with self._learning:
            if self._learnt is None or self._learnt[0] != self._index.dense_off:
                self._learnt = (self._index.dense_off, intents.learn(self._store, self._index))
            return self._learnt[1]

    def _asked_back(self, question: str, draft: _Draft) -> bool:
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
        if (_OF_STANDARD.search(identifiers.without(mentions, question)) or _ASKS_FOR_DUTY.search(question)) and not _MINE.search(question):
            return True
        if isinstance(asked, registers.Unclear):
            if _LISTS_MINE.match(question):
                return False
            if not _MINE.search(question) or _ASKS_YES_OR_NO.match(_parts(question)[-1].rpartition(". ")[2]):
                return True
        elif asked.unused and not asked.missing and not asked.query.counts and not self._registers.run(asked.query, asker, tongue).rows:
            return True
        read = self._index.read(question, tongue)
        company = extraction.from_company(self._store, self._index, read, asker.audiences)
        return self._intents().of(question, read).refused > 0 or extraction.spoken_of(company) > extraction.PLAINLY_SPOKEN_OF

    def _harmful(self, question: str, tongue: str, draft: _Draft) -> bool:
        """Refuse what names identifiers but, read without them, plainly asks for something else."""
        intent = self._intents().of(question, self._index.read(question, tongue))
        if intent.refused > _PLAINLY and intent.reason not in _HARMLESS:
            self._refuse(refusals.by_reason(intent.reason), draft)
        return bool(draft.reason)

    def _refuse(self, refusal: refusals.Refusal, draft: _Draft) -> None:
        draft.status, draft.reason = "refused", refusal.reason
        draft.claims, draft.citations, draft.table = [], [], None
        draft.gaps = [draft.say(_REFUSED[refusal.reason])]
        draft.contact = self._contact(refusal.contact, draft.say)

    def _name(self, mentions: Sequence[identifiers.Mention], tongue: str, draft: _Draft) -> list[str]:
        """Say what the identifiers are; the ids of the sources that were named come back."""
        sources: list[str] = []
        for mention in mentions:
            for statement in identifiers.explain(mention, tongue):
                cited = [self._control_citation(source_id) for source_id in statement.source_ids]
                draft.claim(statement.text, [citation for citation in cited if citation])
                sources.extend(statement.source_ids)
        return sources

    def _explain(self, mentions: Sequence[identifiers.Mention], question: str, tongue: str, asker: Asker, draft: _Draft) -> None:
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
                    self._quote(found, "", draft)
        if draft.status == "clarify" or draft.reason:
            return
        company = extraction.from_company(self._store, self._index, read, asker.audiences)
        for found in [one for one in company if one.fit >= _COMPANY_FITS][:1]:
            self._quote(found, draft.say("The company's own text"), draft)
        if self._intents().of(question, read).verdict:
            self._withhold_verdict(draft)

    def _run(self, query: catalogue.CatalogueQuery, tongue: str, draft: _Draft) -> None:
        result = catalogue.run(query)
        sentence = result.sentence_de if tongue == "de" else result.sentence_en
        draft.table = Table(columns=result.columns, rows=result.rows[:100], total=result.total)
        rows = zip([*result.about, *result.source_ids], [*map(self._control_title, result.about), *_rendered(result)], strict=False)
        cited = [self._computed(source_id, quote, result.canonical) for source_id, quote in list(rows)[:25]]
        cited = cited or [self._computed("catalogue", sentence, result.canonical)]
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
        self, asked: registers.Reading | registers.Unclear, question: str, tongue: str, asker: Asker, draft: _Draft
    ) -> None:
        if isinstance(asked, registers.Unclear):
            draft.status, draft.reason = "clarify", "ambiguous"
            draft.gaps.append(draft.say("I do not know who you are, so I cannot tell what is yours. Sign in, or name the person."))
            return
        result = self._registers.run(asked.query, asker, tongue)
        if result.rows:
            draft.table = Table(columns=result.columns, rows=result.rows, total=result.total)
        cited = [self._row_citation(line, result.canonical) for line in result.lines]
        draft.claim(result.sentence, cited or [self._register_citation(asked.query, result)])
        for line in result.linked:
            draft.claim(f"{line.relation}: {line.id} {line.name}", [self._row_citation(line, result.canonical)])
        draft.fit = 1.0
        if len(result.lines) == 1:
            self._quote_beside_row(question, tongue, asker, draft)
        if asked.unused:
            draft.gaps.append(draft.say("Not understood, and not used for this answer: {words}.").format(words=", ".join(asked.unused)))
        if asked.missing:
            draft.gaps.append(draft.say("No row that you may read has this id: {ids}.").format(ids=", ".join(asked.missing)))
        if not asked.whole:
            draft.status, draft.fit = "partial", 0.5

    def _quote_beside_row(self, question: str, tongue: str, asker: Asker, draft: _Draft) -> None:
        """Quote the company's document that speaks plainly of the same thing as a single row."""
        company = extraction.from_company(self._store, self._index, self._index.read(question, tongue), asker.audiences)
        if extraction.spoken_of(company) >= _SPOKEN_OF_BESIDE:
            self._quote_company(company[:1], draft, 1)

    def _row_citation(self, line: registers.Line, query: str) -> Citation:
        title = line.name if line.name.startswith(line.id) else f"{line.id} {line.name}"
        source = queries.source_of(REGISTERS[line.register], line.id)
        return self._cited_by_query(source, title, line.quote, query, f"/sources/{quote(source, safe=':')}")

    def _register_citation(self, query: registers.RegisterQuery, result: registers.RegisterResult) -> Citation:
        """A number, groups, or that nothing was found: the query itself is the source."""
        name = query.register.words.plural()
        return self._cited_by_query(
            f"register:{query.entity}",
            name[:1].upper() + name[1:],
            result.sentence,
            result.canonical,
            f"/registers/{query.entity}?{urlencode({'query': result.canonical})}",
        )

    def _cited_by_query(self, source_id: str, title: str, quote: str, query: str, url: str) -> Citation:
        return Citation(n=0, source_id=source_id, kind="register", title=title, locator=Locator(section=query), quote=quote, url=url)

    def _answer_part(self, part: str, before: str, heard: Collection[str], tongue: str, asker: Asker, draft: _Draft, alone: bool) -> None:
        read = self._index.read(part, tongue, before)
        standard = extraction.from_standards(self._index, read, asker.audiences, heard)
        company = extraction.from_company(self._store, self._index, read, asker.audiences, heard)
        best_standard = standard[0][0].fit if standard else 0.0
        intent = self._intents().of(f"{before} {part}".strip(), read)
        rows = [found for found in extraction.from_rows(self._index, read, asker.audiences) if found.fit >= _ROW_FITS]
        method = bool(_METHOD.search(part)) and not _ABOUT_STANDARD.search(part)
        if not intent.verdict and not extraction.answerable(company, intent.refused, intent.reason, part):
            draft.near += extraction.nearest(company, standard)
            if intent.reason == "no_record" and (told := [found for found in rows if extraction.tells(found, part)]):
                self._quote_rows(told, draft)
            elif method and intent.reason in _HARMLESS:
                draft.reason = draft.reason or "method_not_recorded"
            elif intent.reason != "no_record" and (alone or intent.reason != "off_topic"):
                self._refuse(refusals.by_reason(intent.reason), draft)
            return
        least = _COMPANY_FITS if len(language.stems(part, tongue)) > 1 else _OF_ONE_WORD_FITS
        chosen = [found for found in company if found.fit >= least]
        best_company = chosen[0].fit if chosen else 0.0
        draft.fit = max(draft.fit, best_company, 0 if method else best_standard)
        usable = [] if method else standard
        if method and not chosen:
            draft.reason = draft.reason or "method_not_recorded"
            draft.near += extraction.nearest(company, standard)
        self._compose(chosen, usable, 0 if _ABOUT_STANDARD.search(part) and usable else extraction.leaning(company, standard), draft)
        if rows and rows[0].fit >= best_company:
            self._quote_rows(rows, draft)
        self._report_instructions(company, draft)
        if intent.verdict:
            self._withhold_verdict(draft)
        if usable and not chosen and _ABOUT_US.search(part):
            draft.reason = draft.reason or "policy_gap"
            draft.gaps.append(
                draft.say("No document of the company that you may read answers this; the quotes say what the standards expect.")
            )

    def _compose(self, chosen: Sequence[Found], usable: Sequence[Sequence[Found]], first: int, draft: _Draft) -> None:
        """Quote `first` documents of the company, then the standards, three sources in all; then what they say besides."""
        told = self._quote_company(chosen, draft, first) if first else []
        self._quote_standards(usable[: _HEARD - min(len(told) or bool(chosen), 2)], draft)
        told = told or self._quote_company(chosen, draft, 1)
        approved, _ = self._by_standing(chosen)
        told = told + self._quote_others(approved, {found.passage.source_id for found, _ in draft.quoted}, draft)
        for found in usable[0][1:2] if usable else ():
            self._quote(found, "", draft)
        said = {found.quote for found in told}
        best = max(told, key=lambda found: found.score, default=None)
        if best and (following := extraction.after(best)) and following.quote not in said:
            self._quote(following, "", draft)
            said.add(following.quote)
        further = _spread([found for found in approved if found.quote not in said], _COMPANY_QUOTES - len(told))
        for number, found in enumerate(further):
            self._quote(found, "" if number else draft.say("Also in the company's documents"), draft)

    def _quote_others(self, approved: Sequence[Found], heard: Collection[str], draft: _Draft) -> list[Found]:
        """Quote further documents where fewer than three sources were heard; what was quoted comes back."""
        others = [found for found in _best_of_documents(approved, _HEARD) if found.passage.source_id not in heard]
        quoted = others[: max(_HEARD - len(heard), 0)]
        for number, found in enumerate(quoted):
            self._quote(found, "" if number else draft.say("Also in the company's documents"), draft)
        return quoted

    def _quote_rows(self, rows: Sequence[Found], draft: _Draft) -> None:
        """Quote what rows of the registers say, as of today."""
        for number, found in enumerate(_best_of_documents(rows, 2)):
            self._quote(found, "" if number else draft.say("What the registers show"), draft)
        draft.fit = max(draft.fit, rows[0].fit)

    def _quote_company(self, chosen: Sequence[Found], draft: _Draft, limit: int) -> list[Found]:
        """Quote the company's sentences, approved and current ones as its rule; what was quoted comes back."""
        approved, others = self._by_standing(chosen)
        unapproved = others[:1] if others and not (approved and approved[0].score >= others[0].score) else []
        told = _best_of_documents(approved, limit - len(unapproved) or 1)
        for number, found in enumerate(told):
            self._quote(found, "" if number else draft.say("The company's own rule"), draft)
        if told and (other := next((found for found in approved[1:5] if extraction.contradiction(told[0], found)), None)):
            self._quote(other, draft.say("Another document of the company says"), draft)
            draft.status, draft.reason = "partial", "conflict"
            draft.gaps.append(self._disagree(told[0], other, draft))
            told.append(other)
        for found in unapproved:
            self._quote(found, draft.say(_STANDING[found.standing(self._settings.today())]), draft)
            told.append(found)
        if unapproved:
            draft.status, draft.reason = "partial", draft.reason or "not_approved"
            draft.gaps.append(
                draft.say("What fits best is not an approved, current text; ask the owner before you rely on it.")
                if approved
                else draft.say("No approved, current document says this; ask the owner before you rely on it.")
            )
            draft.contact = self._owner(unapproved[0].document, draft.say)
        return told

    def _by_standing(self, chosen: Sequence[Found]) -> tuple[list[Found], list[Found]]:
        """(sentences of approved, current documents, all others)."""
        today = self._settings.today()
        approved = [found for found in chosen if found.standing(today) == "approved"]
        return approved, [found for found in chosen if found.standing(today) != "approved"]

    def _quote_standards(self, usable: Sequence[Sequence[Found]], draft: _Draft) -> None:
        """The best sentence of each source."""
        for number, sentences in enumerate(usable):
            label = (
                draft.say("What the law and schemes say")
                if sentences[0].passage.kind == "note"
                else draft.say("What the standard asks, in our words")
            )
            self._quote(sentences[0], "" if number else label, draft)

    def _withhold_verdict(self, draft: _Draft) -> None:
        """Leave the evidence to speak where the question asks whether the company conforms."""
        if draft.claims:
            draft.status, draft.reason = "partial", "no_verdict"
            draft.gaps.append(
                draft.say("I give no verdict on conformity. This is what the sources hold; auditors and the ISMS manager judge.")
            )
            draft.contact = self._contact(refusals.by_reason("no_verdict").contact, draft.say)

    def _report_instructions(self, company: Sequence[Found], draft: _Draft) -> None:
        """Say so where a document that the answer quotes or came near holds orders to assistants."""
        for found in company:
            if found.document and found.version and found.version.tampered:
                note = draft.say("{number} holds text that gives orders to assistants; it was not followed.").format(
                    number=found.document.number
                )
                if note not in draft.gaps:
                    draft.gaps.append(note)

    def _in_other_words(self, question: str, tongue: str, draft: _Draft) -> None:
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
        if not spoken:
            return
        quoted, draft.quoted, draft.claims, draft.citations = draft.quoted, [], [], []
        draft.model, said = self._model.name, set()
        for found, label in quoted:
            mine = [one for one in spoken if one.found.passage.id == found.passage.id]
            if not mine:
                self._quote(found, label, draft)
            elif found.passage.id not in said:
                said.add(found.passage.id)
                for number, one in enumerate(mine):
                    self._quote(one.found, "" if number else label, draft, one.text)

    def _conclude(self, draft: _Draft, asker: Asker) -> None:
        if not draft.claims:
            draft.status = "silent"
            draft.reason = draft.reason or "no_source"
            message = (
                "The company's documents do not state this, and no textbook value stands in for the company's method."
                if draft.reason == "method_not_recorded"
                else "The sources are silent on this."
            )
            draft.gaps = [draft.say(message), *self._nearest(draft)]
            draft.contact = self._contact("isms_manager", draft.say)
        elif draft.reason == "policy_gap":
            draft.contact = draft.contact or self._contact("isms_manager", draft.say)
        if self._index.dense_off:
            draft.gaps.append(self._index.dense_off)

    def _nearest(self, draft: _Draft) -> list[str]:
        """A sentence that names what comes nearest, each with the address that opens it; none where there is nothing to read."""
        named: dict[str, Found] = {}
        for found in draft.near:
            named.setdefault(found.passage.source_id, found)
        places = [f"{self._title(found)}{_section(found)} (/sources/{found.passage.id})" for found in named.values()]
        return [draft.say("Nearest to it, but no answer: {sources}.").format(sources="; ".join(places[:_NAMED]))] if places else []

    # --- parts of an answer -------------------------------------------------------------------------------------

    def _quote(self, found: Found, label: str, draft: _Draft, words: str = "") -> None:
        """Add a sentence as a claim: quoted, or in a chat model's words."""
        draft.quoted.append((found, label))
        citation = self._citation(found)
        text = words or f"“{found.quote}”"
        draft.claim(f"{label}: {text}" if label else text, [citation])

    def _citation(self, found: Found) -> Citation:
        passage = found.passage
        return Citation(
            n=0,
            source_id=passage.source_id,
            kind=passage.kind,  # type: ignore[arg-type]
            title=self._title(found),
            version=found.version.version if found.version else "",
            locator=Locator(section=passage.heading, page=passage.page, start=passage.start + found.start, end=passage.start + found.end),
            quote=found.quote,
            url=f"/sources/{passage.id}",
        )

    def _title(self, found: Found) -> str:
        if found.document:
            return (
                f"{found.document.number} {found.document.title}"
                if found.document.number not in found.document.title
                else found.document.title
            )
        if found.passage.kind == "register":
            return found.passage.heading
        if note := standards.note(found.passage.source_id):
            return f"{note.title} ({note.as_of})"
        return self._control_title(found.passage.source_id)

    def _control_title(self, source_id: str) -> str:
        control = controls.catalogue().by_source(source_id)
        return f"{control.id} {control.title}" if control else source_id

    def _control_citation(self, source_id: str) -> Citation | None:
        control = controls.catalogue().by_source(source_id)
        if control is None:
            return None
        return self._computed(source_id, f"{control.id} {control.title}", f"id={control.id}; framework={control.framework}")

    def _computed(self, source_id: str, quote: str, query: str) -> Citation:
        """A citation of a look-up or an exact query: it is checked by running the query again."""
        locator = Locator(section=query)
        return Citation(
            n=0,
            source_id=source_id,
            kind="control",
            title=self._control_title(source_id),
            locator=locator,
            quote=quote,
            url=f"/sources/{source_id}",
        )

    def _disagree(self, one: Found, other: Found, draft: _Draft) -> str:
        assert one.document and other.document
        draft.contact = self._owner(one.document, draft.say)
        return draft.say("{one} and {other} say different things; ask which one holds.").format(
            one=one.document.number, other=other.document.number
        )

    def _owner(self, document: Document | None, say: Callable[[str], str]) -> Contact | None:
        if document and document.owner:
            return Contact(name=person_name(self._store, document.owner), role=say("document owner"))
        return self._contact("isms_manager", say)

    def _contact(self, role: str, say: Callable[[str], str]) -> Contact | None:
        if not role:
            return None
        person = person_with_role(self._store, role)
        return Contact(name=person.name if person else "", role=say(_ROLE_NAMES.get(role, role)))


_ROLE_NAMES = {"isms_manager": "ISMS manager"}
_REFUSED = {
    "legal_verdict": "I give no legal verdicts. I can quote what the law's notes say it depends on; counsel decides.",
    "hide_evidence": "I do not help to hide, invent or back-date evidence. An honest gap costs less than a false record; talk to the ISMS manager.",
    "override_safety": "I do not help to get around a safety or protective function. Stop, and talk to the shift lead and the safety engineer.",
    "personal_data": "I do not give out personal data of colleagues. The data protection officer can say what you may have.",
    "attack_help": "I do not help to attack systems or to get around rights. If you have found a weakness, report it to the ISMS manager.",
    "instructions": "I take no orders from a question: my rules, my role and your rights stay as they are. Ask what you want to know.",
    "off_topic": "This is outside what I know: information security, its standards, and this plant's rules.",
}
_STANDING = {
    "expired": "A document whose review is overdue says",
    "draft": "A draft that nobody has approved says",
    "in_review": "A text that is still in review says",
    "changes_requested": "A text that was sent back for changes says",
    "retired": "A retired document said",
}
_SHORT_PART = 4
_POINTS_BACK = re.compile(
    r"\b(it|that|this|they|them|those|its|there|da|dort|dabei|daran|das|dies\w*|dafür|davon|damit|dazu|es|er|sie)\b", re.IGNORECASE
)
_MINE = re.compile(
    r"\b(my|mine|(to|for|with|by) me|i own|am i|i am|do i (own|owe|still have)|have i|"
    r"(do|must) i (still )?(have )?(to )?(approve|review|sign(?! in\b)|close|acknowledge)|"
    r"meine?[rnms]?|(von|für|bei|auf|an) mich|(von|bei|zu) mir|mir (zugewiesen|gehör\w*)|bin ich|habe ich|muss ich noch)\b",
    re.IGNORECASE,
)
"""Asks for rows of the asker's own; other questions say `I` only because a person asks them."""
_LISTS_MINE = re.compile(r"\W*(show|list|give|zeige?|liste|nenne?)?( me| mir)?( all| alle)? ?(my|meine?[rnms]?)\b", re.IGNORECASE)
"""Asks for rows of the asker's own and for nothing else, so that it must be known who asks."""
_ASKS_YES_OR_NO = re.compile(
    r"\W*((when|how(?! many)|why|where|wann|wie(?! viele)|warum) (?=do|does|can|must|should|may|will|muss|kann|darf|soll|geh))?"
    r"(do(?= my)|does|is|may|can|could|should|must|will|darf|kann|soll|muss|wird|ist|hat|gehen|geht)\b(?! i\b| ich\b)",
    re.IGNORECASE,
)
"""Asks whether, or when and how something happens, and says `my` only because a person asks it."""
_ABOUT_US = re.compile(r"\b(we|our|us|i|my|me|here|wir|uns|unsere?[rnms]?|ich|mein\w*|mir|mich|bei uns)\b", re.IGNORECASE)
_ABOUT_STANDARD = re.compile(
    r"\b(standards?|norm|iso|iec|annex|anhang|control|clause|klausel|auditors?|auditor\w*|certification body|zertifizier\w*|27001|27002|42001|62443|nist|"
    r"shall|requirement|anforderung\w*|gdpr|dsgvo|nis ?2|ai act|ki-verordnung|cra|tisax)\b",
    re.IGNORECASE,
)
_OF_STANDARD = re.compile(
    r"\b(the (standard|norm|law)|(die|der|laut|nach|im) (norm|gesetz)|iso|iec|annex|anhang|27001|27002|42001|62443|nist|gdpr|dsgvo|nis ?2|ai act)\b",
    re.IGNORECASE,
)
"""Names a standard or a law; what is read only in part as a register question asks rather for that."""
_ASKS_FOR_DUTY = re.compile(r"\b(needs?|needed|ha(ve|s) to|must|should|brauch\w*|muss|müssen|soll\w*)\b", re.IGNORECASE)
"""Asks what has to be, not what is there."""
_METHOD = re.compile(
    r"\b(acceptance threshold|risk appetite|risk acceptance (level|criteri\w+)|accept\w* (a |the )?(risk|score)|risikoakzeptanz\w*|akzeptanzschwelle|risikoappetit|"
    r"(closing|closure) times?|(how long|by when|deadline|days).{0,40}\b(close|fix|correct)\b.{0,40}\b(major|minor|nonconformit\w+|finding|observation)|"
    r"\b(major|minor|nonconformit\w+|findings?|abweichung\w*|feststellung\w*)\b.{0,40}\b(close[ds]?|closing|deadline|frist|schließ\w*|abgestellt|behoben|erledigt))\b",
    re.IGNORECASE,
)


_ASKS = r"who|how|what|when|where|which|why|wer|wie|was|wann|wo|welche\w*|warum|bis wann"
_ASKS_WHETHER = (
    r"(?:do|does|is|are|can|must|may|should|muss|darf|dürfen|kann|ist|sind|brauche?n?)\s+"
    r"(?:i|we|you|he|she|it|they|there|this|that|the|an?|our|my|ich|wir|man|er|sie|es|der|die|das|den|eine?n?|unsere?)"
)
"""A question that begins with its verb: `the box that is locked and may not be opened` stays one."""
_NEXT_QUESTION = re.compile(
    rf"(?<=\?)\s+(?=\w[^?]*\?|(?:{_ASKS}|{_ASKS_WHETHER})\b)|[,;]?\s+(?:and|und)\s+(?=(?:{_ASKS}|{_ASKS_WHETHER})\b)", re.IGNORECASE
)


def _parts(question: str) -> list[str]:
    """The question's parts when it asks several things, else the question itself; a remark stays with the part before it."""
    long_enough = [piece.strip() for piece in _NEXT_QUESTION.split(question) if len(piece.split()) >= 3]
    return long_enough[:3] if len(long_enough) > 1 else [question]


_ASKS_ON = re.compile(r"(which|welche\w*|whose|wessen)\b", re.IGNORECASE)
"""Asks for a choice, and of what stands in the part before: `which approvals do I need`."""


def _leans_back(part: str) -> bool:
    """True for a part that is not understood without the one before it: `and where are they`."""
    return len(part.split()) <= _SHORT_PART + bool(_ASKS_ON.match(part)) or (
        len(part.split()) <= 2 * _SHORT_PART and bool(_POINTS_BACK.search(part))
    )


def _spread(found: Sequence[Found], limit: int) -> list[Found]:
    """The best sentences, at most two of one passage, so that a second place is heard too."""
    out: list[Found] = []
    for one in found:
        same = sum(other.passage.id == one.passage.id for other in out)
        if same < 2 and one.score >= found[0].score * _NEARLY:
            out.append(one)
        if len(out) == limit:
            break
    return out


def _best_of_documents(found: Sequence[Found], limit: int) -> list[Found]:
    """The best sentence of each document, while it is nearly as good as the best of all."""
    best: dict[str, Found] = {}
    for one in found:
        if one.score >= found[0].score * _NEARLY:
            best.setdefault(one.passage.source_id, one)
    return list(best.values())[:limit]


def _section(found: Found) -> str:
    """The heading that a sentence of a document stands under, after a comma; empty where the title says it."""
    last = found.passage.heading.rsplit(" > ", 1)[-1]
    return f", {last}" if found.document and last and last not in found.document.title else ""


def _rendered(result: catalogue.CatalogueResult) -> list[str]:
    return [" | ".join(cell for cell in row if cell) for row in result.rows]
