"""What people say in a conversation about drafts: answers to open questions, kept as suggestions, and the list of who can answer what.

"For IS-PRO-11: the retention of camera images is 30 days" is an answer; so is "3: 30 days" after the list of its questions. It is shown
back, and enters the text once somebody who may write in the document says yes, here or on the document's page.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from assistant.answering import threads
from assistant.answering.shape import Answer, Citation, Claim, Table
from assistant.drafting import marks, open_points
from assistant.drafting.drafter import Drafter
from assistant.drafting.open_points import Asked
from assistant.drafting.suggestions import Suggestion
from assistant.identity import Asker
from assistant.phrases import phrases
from knowledge import language
from knowledge.errors import AnnexaError, NoSuchRow, RowRefused
from knowledge.registers import Store, Turn

_NUMBER = r"[A-Za-z]{1,8}(?:-[A-Za-z]{1,8})*-\d{1,4}"
_FOR = re.compile(rf"^\s*(?:(?:for|to|in|on|für|zu|bei)\s+)?(?P<number>{_NUMBER})\s*[:,]\s*(?P<said>\S.*)$", re.IGNORECASE | re.DOTALL)
_LIST = re.compile(
    r"\b(?:open|unanswered)\s+questions?\b|\bquestions?\b.{0,30}\b(?:open|to\s+answer)\b|\boffenen?\s+fragen\b|\bfragen\b.{0,30}\b(?:offen|beantworten)\b",
    re.IGNORECASE,
)
_MINE = re.compile(r"\b(?:my|i|me|mine|meine?n?|ich|mich|mir)\b", re.IGNORECASE)
_OF_DRAFTS = re.compile(
    rf"\b(?:drafts?|documents?|procedures?|polic(?:y|ies)|answer|entw[uü]rfen?|dokument\w*|verfahren|beantworten)\b|\b{_NUMBER}\b",
    re.IGNORECASE,
)
_YES = re.compile(
    r"^\W*(?:yes|ja|ok|okay|take (?:it|them)|übernehmen)\b[\s,]*(?:please|bitte|put it in|take it|take them|übernehmen)?\W*$", re.IGNORECASE
)
_NO = re.compile(r"^\W*(?:no|nein|drop (?:it|them)|verwerfen)\W*$", re.IGNORECASE)
_ASKS = re.compile(
    r"\?\s*$|^\s*(?:who|what|when|where|why|how|which|whom|is|are|wer|was|wann|wo|warum|wie|welche[rsn]?|wem|wen|ist|sind)\b", re.IGNORECASE
)
_LISTED, _SUGGESTED = "open questions of", "suggested for"
_MOST = 40


@dataclass(frozen=True)
class _Said:
    """A message with where it was said."""

    text: str
    asker: Asker
    tongue: str
    earlier: Sequence[Turn]


@dataclass(frozen=True)
class _Told:
    """What is said back; `understood` is what a following message leans on."""

    understood: str
    lines: tuple[str, ...]
    about: tuple[Asked, ...] = ()
    table: Table | None = None
    follow_ups: tuple[str, ...] = ()
    done: bool = False


class Contributions:
    """Takes up what people say about drafts; `taken_up` is None for everything else."""

    def __init__(self, store: Store, drafter: Drafter, clock: Callable[[], datetime]) -> None:
        self._store, self._drafter, self._clock = store, drafter, clock

    def taken_up(self, text: str, asker: Asker, thread: str | None, channel: str) -> Answer | None:
        """What became of a message that answers an open question, or asks which there are. Raises NotAllowed for a foreign thread."""
        cleaned = language.clean(text[:8_000])
        if thread is None and not _FOR.match(cleaned) and not _LIST.search(cleaned):
            return None
        thread_id, earlier = threads.open_thread(self._store, thread, asker, channel)
        before = earlier[-1].understood if earlier else ""
        last = Answer.model_validate_json(earlier[-1].answer).language if earlier else None
        tongue = last if last and len(cleaned.split()) <= 3 else language.language_of(cleaned)
        try:
            told = self._told(_Said(cleaned, asker, tongue, earlier), before)
        except NoSuchRow:
            return None  # not a document that they know of: a question like any other
        except AnnexaError as error:
            reasons = [problem.reason for problem in error.problems] if isinstance(error, RowRefused) else [str(error)]
            told = _Told(before, tuple(reasons))
        if told is None:
            return None
        answer = self._answer(told, thread_id, tongue)
        threads.keep(self._store, answer, text, told.understood, asker, channel, answer.as_of, begun=thread is not None)
        return answer

    def _told(self, said: _Said, before: str) -> _Told | None:
        if before.startswith(_SUGGESTED) and (_YES.match(said.text) or _NO.match(said.text)):
            return self._decided(said, before)
        if (match := _FOR.match(said.text)) and not _ASKS.search(match["said"]):
            return self._answered(said, match["number"].upper(), match["said"])
        if _LIST.search(said.text) and (_OF_DRAFTS.search(said.text) or _MINE.search(said.text)):
            return self._listed(said)
        if before.startswith((_LISTED, _SUGGESTED)) and not _ASKS.search(said.text):
            number = next(iter(before.removeprefix(_LISTED).removeprefix(_SUGGESTED).split()), "")
            return self._answered(said, number, said.text, must=False) if number else None
        return None

    def _listed(self, said: _Said) -> _Told | None:
        say = phrases(said.tongue)
        number = next(iter(re.findall(rf"\b{_NUMBER}\b", said.text)), "").upper()
        found = self._drafter.open_questions(said.asker, number)
        if _MINE.search(said.text):
            found = [one for one in found if said.asker.person_id and one.point.person_id == said.asker.person_id]
        if not found:
            return _Told("", (say("No question of a draft is open there."),), done=True)
        rows = [
            [one.document, str(one.number), one.point.question, one.point.person]
            for some in open_points.by_person(found).values()
            for one in some
        ]
        table = Table(columns=[say("Document"), say("No."), say("Question"), say("Who can answer")], rows=rows[:_MOST], total=len(rows))
        documents = list(dict.fromkeys(one.document for one in found))
        hint = say("Answer with its number, such as: for {document}: 1: 30 days").format(document=documents[0])
        return _Told(f"{_LISTED} {documents[0] if len(documents) == 1 else ''}".strip(), (hint,), table=table)

    def _answered(self, said: _Said, number: str, text: str, must: bool = True) -> _Told | None:
        """The suggestion of what was answered, shown back; which question is meant is asked where that is open, if it `must` be an answer."""
        say = phrases(said.tongue)
        asked = {one.number: one for one in self._drafter.open_questions(said.asker, number)}
        if not asked:
            return (
                _Told("", (say("No question of a draft is open there."),), done=True)
                if must and self._in_work(said.asker, number)
                else None
            )
        given: dict[int, str] = {}
        for line in filter(None, (part.strip() for part in re.split(r"\n|;\s", text))):
            numbers, answer = open_points.meant(line, {place: one.point for place, one in asked.items()})
            if len(numbers) != 1 or not answer:
                return self._which(said, [asked[place] for place in numbers] or list(asked.values())) if must else None
            given[numbers[0]] = answer
        about = tuple(asked[place] for place in given)
        answers = {one.point.key: given[one.number] for one in about}
        blank = Suggestion(0, text, "", "", origin="person", answers=answers)
        made = self._drafter.suggest(said.asker, about[0].version_id, blank)
        told = [
            say("{document}, question {n}: “{answer}” is suggested.").format(document=number, n=one.number, answer=given[one.number])
            for one in about
        ]
        may = self._drafter.may_write(said.asker, about[0].version_id)
        told.append(
            say("Say yes to put it into the draft.") if may else say("Somebody who may write in the document takes it or drops it.")
        )
        ups = (say("Yes"), say("No")) if may else ()
        return _Told(f"{_SUGGESTED} {number} {about[0].version_id} {made.id} {made.digest}", tuple(told), about, follow_ups=ups)

    def _in_work(self, asker: Asker, number: str) -> bool:
        try:
            return bool(self._drafter.in_work(asker, number))
        except (NoSuchRow, RowRefused):
            return False

    def _which(self, said: _Said, some: Sequence[Asked]) -> _Told:
        say = phrases(said.tongue)
        rows = [[str(one.number), one.point.question, one.point.person] for one in some]
        table = Table(columns=[say("No."), say("Question"), say("Who can answer")], rows=rows[:_MOST], total=len(rows))
        hint = say("Which question does that answer? Say its number, such as: for {document}: 1: 30 days").format(document=some[0].document)
        return _Told(f"{_LISTED} {some[0].document}", (hint,), table=table)

    def _decided(self, said: _Said, before: str) -> _Told:
        say = phrases(said.tongue)
        number, version, suggestion, digest = before.removeprefix(_SUGGESTED).split()
        if _NO.match(said.text):
            self._drafter.drop(said.asker, int(version), int(suggestion))
            return _Told("", (say("Dropped; {document} stays as it is.").format(document=number),), done=True)
        self._drafter.take_now(said.asker, int(version), int(suggestion), digest)
        left = len(self._drafter.open_questions(said.asker, number))
        told = say("It stands in the draft of {document} now; {n} questions are open there.").format(document=number, n=left)
        return _Told(f"{_LISTED} {number}", (told,), done=True)

    def _answer(self, told: _Told, thread: str, tongue: str) -> Answer:
        """The shape of every answer; what is said of a draft's question cites the mark that stands in its text."""
        citations = [
            Citation(
                n=place, source_id=f"doc:{one.document}", kind="document", title=f"{one.document} {one.title}",
                quote=marks.to_decide(one.number, one.point.told or one.point.question), url=f"/versions/{one.version_id}#suggestions",
            )
            for place, one in enumerate(told.about, 1)
        ]  # fmt: skip
        claims = [Claim(text=line, citations=[place]) for place, line in enumerate(told.lines[: len(citations)], 1)]
        return Answer(
            id=threads.new_id(), thread=thread, status="answered" if told.done else "clarify", language=tongue,  # type: ignore[arg-type]
            claims=claims, citations=citations, table=told.table, confidence="high", gaps=list(told.lines[len(citations) :]),
            follow_ups=list(told.follow_ups), as_of=self._clock(),
        )  # fmt: skip
