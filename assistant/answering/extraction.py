"""Sentences that answer: search company text and standards apart, and choose what to quote, word for word."""

import math
import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from itertools import islice
from operator import mul

from sqlalchemy import bindparam
from sqlalchemy.orm import defer, load_only
from sqlmodel import col, select

from assistant.answering import cues
from knowledge import language, orders
from knowledge.index import Hit, Index, PartMatch
from knowledge.index.keyword import Concept
from knowledge.index.parts import all_stems
from knowledge.index.question import Question
from knowledge.index.ranking import VOTES
from knowledge.registers import Document, DocumentVersion, Passage, Store

COMPANY = frozenset({"document", "licensed"})
ROWS = frozenset({"register"})
STANDARDS = frozenset({"control", "question", "note"})
_QUOTED = STANDARDS - {"question"}
_PASSAGES = 16
_SENTENCES = 24
_OF_ROWS = 6
_NEAR = 12
_SOURCES = 4

# Weights of a sentence's parts, and of a passage's fit; set with the development questions of evals/cases.
_LATE, _COVERED, _CUE, _PASSAGE = 0.55, 0.3, 0.08, 0.4
_ASIDES, _ABOUT_ITSELF = 0.3, 0.06
_ANSWERABLE = {"base": -1.4, "refused": -5.9, "covered": 2.8, "late": 1.0, "unspoken": -4.0}
_LEANS = (0.1, 0.45)
PLAINLY_SPOKEN_OF = 1.7
_SPOKEN_OF = {"off_topic": 1.5, "no_record": PLAINLY_SPOKEN_OF}
"""Coverage and match of the company's text together (`spoken_of`) from which a harmless reason for silence gives way."""
_ASKING = 0.3
"""Weight of words that ask a standard for something beside those of the subject."""
_TAMPERED = 0.6
_AT_LENGTH = 0.15
"""What the document whose passages fit best together gains: it deals with the matter, where another only names it."""
_HEARD = 0.12
"""What a source gains, for a follow-up, by having been quoted in the answer before."""
_FIT_COVERED, _FIT_COSINE, _FIT_LATE = 0.35, 0.35, 0.3
_ALONE, _ALONE_OF_ANOTHER_KIND, _ALONE_COVERED = 0.9, 1.05, 0.5
"""`Found.alone` from which a sentence is quoted where nothing explains it, the second without the kind of answer asked for; set with the questions of document types."""


@dataclass(frozen=True)
class Found:
    """A sentence or table row that may answer; `start` and `end` count in the passage's text, `hit` is how that was found.

    `alone` is how well it answers by itself, without the passage around it: 0 to about 1.5.
    """

    passage: Passage
    start: int
    end: int
    score: float
    hit: Hit
    document: Document | None = None
    version: DocumentVersion | None = None
    alone: float = 0.0

    @property
    def fit(self) -> float:
        """How well its passage fits the question, 0-1."""
        return fit(self.hit)

    @property
    def quote(self) -> str:
        """The sentence, exactly as it stands in the passage."""
        return self.passage.text[self.start : self.end]

    def standing(self, today: date) -> str:
        """`approved`, `expired`, or the state of a version that is not approved."""
        if self.version is None:
            return "approved"
        if self.version.state != "approved":
            return self.version.state
        return "expired" if self.version.next_review and self.version.next_review < today else "approved"


def fit(hit: Hit) -> float:
    """How well a passage fits the question, 0-1, comparable over searches."""
    return _FIT_COVERED * hit.coverage + _FIT_COSINE * max(hit.cosine, 0) + _FIT_LATE * max(hit.late, 0)


def leaning(company: Sequence[Found], standard: Sequence[Sequence[Found]]) -> int:
    """Documents of the company that are heard before the standard, 0 to 2: the more, the better they fit than the standard."""
    ours = max((found.hit.late for found in company[:3]), default=0.0) + 0.25 * max(
        (found.hit.coverage for found in company[:1]), default=0.0
    )
    theirs = max((some[0].hit.cosine for some in standard[:3]), default=0.0) + 0.5 * max(
        (some[0].hit.coverage for some in standard[:1]), default=0.0
    )
    return sum(ours - 0.5 * theirs > least for least in _LEANS)


def answerable(company: Sequence[Found], refused: float, reason: str, question: str = "", tongue: str = "en") -> bool:
    """True where the sources may hold an answer, so that they are quoted.

    `refused` is how far the question leans to what is not answered, and `reason` why it likely is not (`intents`). Logistic
    regression over development questions of three companies: how a question is asked says most, then whether the company's documents
    speak in its words, and of the very thing that is asked for. The fit of the standards and the number of words add nothing beside
    them. What the company itself wrote about is neither off topic nor without a record.
    """
    if spoken_of(company) >= _SPOKEN_OF.get(reason, math.inf) or (
        reason == "no_record" and any(tells(one, question, _STATES) for one in company[:3])
    ):
        return True
    covered = company[0].hit.coverage if company else 0.0
    late = max((found.hit.late for found in company[:5]), default=0.0)
    signs = {"base": 1.0, "refused": refused, "covered": covered, "late": late, "unspoken": _unspoken(company[:5], question, tongue)}
    return sum(_ANSWERABLE[name] * sign for name, sign in signs.items()) >= 0


def _unspoken(company: Sequence[Found], question: str, tongue: str) -> bool:
    """True where no word for a thing that the question asks for stands near the sentences that fit best: `how many cameras hang there`."""
    things = [] if cues.about_standard(question) else cues.things_asked_for(question, tongue)
    if not things:
        return False
    spoken = {stem for found in company for stem in all_stems(f"{found.passage.heading} {found.passage.text}", found.passage.language)}
    return any(spoken.isdisjoint(all_stems(thing, tongue)) for thing in things)


def spoken_of(company: Sequence[Found]) -> float:
    """How plainly the company's documents speak of what is asked, 0 to about 2: the best passage's coverage and the best token match."""
    return (company[0].hit.coverage if company else 0.0) + max((found.hit.late for found in company[:5]), default=0.0)


def nearest(company: Sequence[Found], standard: Sequence[Sequence[Found]]) -> list[Found]:
    """What comes nearest without answering: the best of two documents of the company, and of one clause, control or note."""
    best: dict[str, Found] = {}
    for found in company:
        best.setdefault(found.passage.source_id, found)
    return [*list(best.values())[:2], *(some[0] for some in standard[:1])]


def from_company(store: Store, index: Index, question: Question, audiences: Collection[str], heard: Collection[str] = ()) -> list[Found]:
    """Sentences of the company's documents, best first; those of a source `heard` before count a little more."""
    hits = index.search(question, audiences, COMPANY, _PASSAGES)
    passages = index.passages([hit.passage_id for hit in hits])
    versions, documents = _origins(store, passages.values())
    suspects = {id_ for id_, passage in passages.items() if passage.version_id in versions and versions[passage.version_id].tampered}
    gained = {source: _AT_LENGTH * share + _HEARD * (source in heard) for source, share in _at_length(hits).items()}
    found = [
        replace(
            one,
            score=one.score + gained[one.hit.source_id],
            document=documents.get(versions[one.passage.version_id].number),
            version=versions[one.passage.version_id],
        )
        for one in _sentences(question, hits, passages, index.match_parts(question, list(passages.values())), suspects)
        if one.passage.version_id in versions
    ]
    return sorted((_distrusted(one) for one in found), key=lambda one: -one.score)


def _at_length(hits: Sequence[Hit]) -> dict[str, float]:
    """How far the passages that were found, best first, speak for each of their documents together, 0-1: each next one of a document less."""
    said: defaultdict[str, list[float]] = defaultdict(list)
    for hit in hits:
        said[hit.source_id].append(hit.score)
    votes = {source: sum(map(mul, scores, VOTES)) for source, scores in said.items()}
    most = max(votes.values(), default=1.0)
    return {source: vote / most for source, vote in votes.items()}


def from_rows(index: Index, question: Question, audiences: Collection[str], least: float) -> list[Found]:
    """The best sentences that stand in rows of the registers which fit as well as that at `least`, best first."""
    hits = [hit for hit in index.search(question, audiences, ROWS, _PASSAGES) if fit(hit) >= least]
    passages = index.passages([hit.passage_id for hit in hits])
    found = _sentences(question, hits, passages, index.match_parts(question, list(passages.values())), frozenset())
    return list(islice((one for one in found if may_be_quoted(one.passage, one.start, one.end)), _OF_ROWS))


def after(found: Found) -> Found | None:
    """The sentence that follows in the same passage, which often gives the rule for what the first one names."""
    following = next((span for span in language.sentence_spans(found.passage.text) if span[0] >= found.end), None)
    if following is None:
        return None
    after_it = replace(found, start=following[0], end=following[1])
    trusted = found.version is not None and not found.version.tampered
    return after_it if (_says_something(after_it.quote) if trusted else may_be_quoted(found.passage, *following)) else None


def from_standards(
    index: Index,
    question: Question,
    audiences: Collection[str],
    heard: Collection[str] = (),
    within: Collection[str] | None = None,
) -> list[list[Found]]:
    """For each of the best clauses, controls and notes its sentences, best first; the best source first.

    Sources `heard` before count a little more; `within` leaves no others.
    """
    if within is None:
        near = index.search_sources(question, audiences, STANDARDS, _NEAR, frameworks(question.text))
        weighed = [replace(hit, score=hit.score * (1 + _HEARD)) if hit.source_id in heard else hit for hit in near]
        weighed.sort(key=lambda hit: -hit.score)
        hits = _most_particular([hit for hit in weighed if not hit.source_id.startswith("refuse:")][: _SOURCES + 2])[:_SOURCES]
    else:
        hits = index.search_texts(question, audiences, STANDARDS, _SOURCES, within=within)
    readable = index.passages_of([hit.source_id for hit in hits], audiences, _QUOTED)
    matches = index.match_parts(question, readable)
    out = []
    for hit in hits:
        passages = {passage.id: passage for passage in readable if passage.source_id == hit.source_id}
        same = [replace(hit, passage_id=id_) for id_ in passages]
        if found := _sentences(question, same, passages, matches, frozenset()):
            out.append(found)
    return out


def to_the_point(question: Question) -> Question:
    """The question, in which words that ask anything of a standard (`which evidence does an auditor want`) count less than its subject."""
    asking = cues.stems_of_asking()

    def asks(concept: Concept) -> bool:
        return not asking.isdisjoint(concept.alternatives[0][0].split())

    if not cues.about_standard(question.text) or all(asks(concept) for concept in question.concepts):
        return question
    return replace(question, concepts=tuple(replace(one, weight=one.weight * _ASKING) if asks(one) else one for one in question.concepts))


def _most_particular(hits: Sequence[Hit]) -> list[Hit]:
    """The hits without a clause, such as 9.3, one of whose parts, such as 9.3.2, was found as well."""
    return [hit for hit in hits if not any(other.source_id.startswith(f"{hit.source_id}.") for other in hits)]


def tampered_near(company: Sequence[Found], quoted: int) -> list[Found]:
    """Of the `quoted` sentences that would be the first if no document were distrusted, those of documents that hold orders to assistants."""
    trusted = sorted(company, key=lambda found: -found.score / (_TAMPERED if found.version and found.version.tampered else 1))
    return [found for found in trusted[:quoted] if found.version and found.version.tampered]


def _distrusted(found: Found) -> Found:
    """The same sentence, ranked lower when its document holds orders to assistants: somebody tampers with it."""
    return replace(found, score=found.score * _TAMPERED) if found.version and found.version.tampered else found


_NAMED = (
    (re.compile(r"\b62443|\bzones? and conduits?\b|\bsl[- ]?[1-4]\b", re.IGNORECASE), "iec62443"),
    (re.compile(r"\b42001\b|\bai management\b|\bki-management", re.IGNORECASE), "iso42001"),
    (re.compile(r"\b2700[12]\b|\bannex a\b|\banhang a\b|\bclauses?\b|\bisms\b", re.IGNORECASE), "iso27001-2022"),
    (
        re.compile(r"\bwhat (kind|sort) of attack|\batlas\b|\btechnique\b|\bwas für ein angriff|\bangriffs?(art|technik)\b", re.IGNORECASE),
        "atlas",
    ),
    (
        re.compile(
            r"\b(ai act|ki-verordnung|ki-vo|nis-?2|cra|cyber resilience|machinery regulation|maschinenverordnung|data act|gdpr|dsgvo|betrvg|tisax|law|"
            r"gesetz\w*|works council|betriebsrat\w*|certification body|certificate|zertifikat\w*|zertifizier\w*|stage [12]|surveillance|überwachungsaudit\w*)\b",
            re.IGNORECASE,
        ),
        "law",
    ),
)
_UNNAMED = {"iso42001": 0.93, "iec62443": 0.9, "atlas": 0.9, "law": 0.93}
_NAMED_WEIGHT = 1.3


def frameworks(question: str) -> dict[str, float]:
    """Weight of sources by the beginning of their id: more for what the question names, a little less for what it does not."""
    return _UNNAMED | {prefix: _NAMED_WEIGHT for pattern, prefix in _NAMED if pattern.search(question)}


def _sentences(
    question: Question,
    hits: Sequence[Hit],
    passages: Mapping[str, Passage],
    matches: Mapping[str, Sequence[PartMatch]],
    suspects: Collection[str],
) -> list[Found]:
    """The best sentences that may be quoted; passages that are no `suspects` were looked through for orders when they came in, or are our own."""
    top = max((hit.score for hit in hits), default=1.0)
    cue, facet = cue_of(question.text), _facet(question.text)
    scored = []
    for hit in hits:
        passage = passages.get(hit.passage_id)
        if passage is None:
            continue
        spans = language.sentence_spans(passage.text)
        heading, *parts = matches[passage.id]
        section = passage.heading.rpartition(" > ")[2]
        place = _FACET * (section == facet) - _off_the_point(section, question.text)
        for (start, end), part in zip(spans, parts, strict=True):
            score = _score(part, heading) + _CUE * bool(cue and cue.search(part.text)) + _PASSAGE * hit.score / top + place
            scored.append(Found(passage, start, end, score, hit, alone=part.late + _ALONE_COVERED * part.covered))
    scored.sort(key=lambda one: -one.score)
    quotable = (
        one
        for one in scored
        if (may_be_quoted(one.passage, one.start, one.end) if one.passage.id in suspects else _says_something(one.quote))
    )
    return list(islice(quotable, _SENTENCES))


_HEAD_OF_A_DOCUMENT = re.compile(
    r"\b(approved (on|by)|next review|document number|freigegeben (am|von)|nächste prüfung|geltungsbeginn)\b.*\|.*|^(version|revision): .*\|",
    re.IGNORECASE,
)


def may_be_quoted(passage: Passage, start: int, end: int) -> bool:
    """False for a sentence that gives orders to assistants or belongs to such an order, and for one that says nothing when it stands alone.

    All of a section belongs to an order that stands in its heading.
    """
    if not _says_something(passage.text[start:end]) or orders.addresses_assistants(passage.heading.replace(" > ", "\n")):
        return False
    return not any(first <= start < last for first, last in orders.spans(passage.text))


@lru_cache(maxsize=50_000)
def _says_something(text: str) -> bool:
    """False for fragments, for mere references, and for rows of the block that a document begins or ends with."""
    if len(text.split()) < 4 or _only_refers(text) or _says_nothing(text):
        return False
    return not (" | " in text and _HEAD_OF_A_DOCUMENT.search(text))


_BETWEEN_NAMES = frozenset("the and for of on in at und der die das für von im am des".split())


def _says_nothing(text: str) -> bool:
    """True for a name or title standing alone, and for a row of heads or of names and short values: there is no verb in it."""
    if " | " in text:
        return ": " not in text and all(len(cell.split()) <= 2 for cell in text.split(" | "))
    plain = [word for word in re.findall(r"[^\W\d_]+", text) if word[0].islower() and word not in _BETWEEN_NAMES]
    return not plain and ":" not in text and text[-1:] not in ".!?"


_REFERENCE = re.compile(
    r"\b[A-Z]{2,}(-[A-Z]{2,})+-\d+\b|\b(ISO|IEC|NIST|DIN|EN|HIPAA|HITRUST|SOC|CFR)\b[ /]?|§ ?[\d.]+|\bA\.\d[\d.]*|\b\d+(\.\w+)+(\(\w+\))*|\b\d{4,}(:\d{4})?"
)
_REFERS = re.compile(
    r"^(further|see( also)?|refer to|related( \w+)?|references?|cf\.?|siehe( auch)?|vgl\.?|weitere|mitgeltend\w*)\b.{0,40}?[:\s]",
    re.IGNORECASE,
)
_REFERRING = 0.3


def _only_refers(text: str) -> bool:
    """True for a sentence that names other documents or paragraphs and says nothing of its own: a list of them."""
    rest, found = _REFERENCE.subn(" ", text)
    if not found:
        return False
    words = [word for word in language.words(rest) if len(word) > 2]
    return found >= _REFERRING * (found + len(words)) or (found >= 2 and bool(_REFERS.match(text)) and len(words) < 4 * found)


_ASIDE = re.compile(
    r"\b(references?|related (documents?|policies|standards)|applicable standards|(revision|change|version|document) (history|control)|"
    r"table of contents|mitgeltende\w*|verweise|änderungs\w+|literatur)\b",
    re.IGNORECASE,
)
_OF_ITSELF = re.compile(
    r"\b(purpose|scope|introduction|overview|background|objectives?|zweck|ziel|geltungsbereich|anwendungsbereich|einleitung|überblick)\b",
    re.IGNORECASE,
)
_ASKS_ABOUT_IT = re.compile(
    r"\b(purpose|scope|appl(y|ies)|cover(s|ed)?|include[sd]?|goal|aim|objectives?|about|why|zweck|ziele?|geltungsbereich|anwendungsbereich|"
    r"gilt|gelten|betrifft|umfasst|warum|wozu|gehör\w*)\b",
    re.IGNORECASE,
)


_ASKS_WHAT_WAS = re.compile(
    r"\b(since when|what (was|has) (it )?(before|changed)|before that|previous(ly)?|last (change|version|revision)|changed|history|used to be|"
    r"seit wann|vorher|früher|geändert|änderung\w*|letzte (version|fassung|änderung))\b",
    re.IGNORECASE,
)
"""Asks for what the history of a document tells."""


_FACETS = {
    "Evidence": re.compile(
        r"\b(evidence|proofs?|prove|(auditors?|assessors?|inspectors?)\b.{0,30}\b(see|ask|look|want|check|show)|show (the |an? )?(auditor|assessor)|"
        r"nachweis\w*|belege?n?|(auditor\w*|prüfer\w*)\b.{0,40}\b(sehen|zeigen|fragt|fragen|schaut|prüft|will|wollen)|(sieht|fragt|will|prüft) (der|ein|die) (auditor|prüfer)\w*)\b",
        re.IGNORECASE,
    ),
    "Mistakes": re.compile(
        r"\b(mistakes?|pitfalls?|go(es)? wrong|went wrong|done wrong|fail at|typically fails?|fehler|schief|falsch gemacht|scheiter\w*|fallen|stolper\w*)\b",
        re.IGNORECASE,
    ),
    "Practice": re.compile(
        r"\b(in practice|good practice|best practice|how (do|can|should|would) (we|i|you|one|a plant) (implement|do|put|set up|introduce|meet|fulfil)|"
        r"praxis|umsetz\w*|setz\w* (wir|man|ich)\b.{0,60}\bum)\b",
        re.IGNORECASE,
    ),
}
_FACET = 0.12
"""What a sentence of our guidance gains where the question asks for what its section is about: the evidence, the usual mistakes, the practice."""


def _facet(question: str) -> str:
    return next((section for section, asked in _FACETS.items() if asked.search(question)), "")


def _off_the_point(section: str, question: str) -> float:
    """What a sentence loses by standing in a section of references or history, or in one on what its document is for."""
    if _ASIDE.search(section):
        return _ABOUT_ITSELF if _ASKS_WHAT_WAS.search(question) else _ASIDES
    return _ABOUT_ITSELF if _OF_ITSELF.search(section) and not _ASKS_ABOUT_IT.search(question) else 0.0


def _score(part: PartMatch, heading: PartMatch) -> float:
    covered = max(part.covered, min(1.0, part.covered + 0.5 * heading.covered) if part.covered else 0.0)
    return _LATE * part.late + _COVERED * covered


_DURATION = re.compile(
    r"\b(\d+|one|two|three|four|five|six|seven|ten|twelve|ein|eine|zwei|drei|vier|fünf|zehn|zwölf)[\s-]*(working |calendar |full |volle )?"
    r"(seconds?|minutes?|hours?|days?|weeks?|months?|years?|shifts?|sekunden?|minuten?|stunden?|(arbeits|kalender|werk)?tage?n?|wochen?|monate?n?|jahre?n?)\b"
    r"|\b(daily|weekly|monthly|quarterly|half-yearly|yearly|annually|immediately|at once|same day|täglich\w*|wöchentlich\w*|monatlich\w*|"
    r"vierteljährlich\w*|halbjährlich\w*|jährlich\w*|sofort|unverzüglich|am selben tag|every (shift|day|week|month|quarter|year))\b",
    re.IGNORECASE,
)
_PERSON = re.compile(
    r"\b(manager|lead|leader|head|owner|officer|engineer|auditor|supervisor|team|board|director|administrator|council|department|counsel|"
    r"leiter\w*|leitung|verantwortliche\w*|beauftragte\w*|schichtf\w+|meister\w*|abteilung|betriebsrat|instandhaltung)\b",
    re.IGNORECASE,
)
_AMOUNT = re.compile(r"\d")
_PERMISSION = re.compile(
    r"\b(may|must not|not allowed|allowed|only|forbidden|prohibited|never|without|permitted|no one|nobody|darf|dürfen|nicht|nur|verboten|erlaubt|untersagt|niemals)\b",
    re.IGNORECASE,
)
_CUES = (
    (re.compile(r"\b(how (long|often|fast|quickly|soon)|how many (days|hours|minutes|weeks|months|years)|when|by when|deadline|within|"
                r"wie (lange|oft|schnell)|wann|bis wann|ab wann|frist\w*|innerhalb)\b", re.IGNORECASE), _DURATION),
    (re.compile(r"\b(who|whom|whose|wer|wem|wen)\b", re.IGNORECASE), _PERSON),
    (re.compile(r"\b(how (many|much|high|large|big)|limit|threshold|score|wie (viele?|hoch|groß)|schwelle|grenze)\b", re.IGNORECASE), _AMOUNT),
    (re.compile(r"\b(may|can|allowed|permitted|ok to|okay|darf|dürfen|erlaubt|verboten|kann ich|can i)\b", re.IGNORECASE), _PERMISSION),
)  # fmt: skip


def cue_of(question: str) -> re.Pattern[str] | None:
    """What a sentence has that answers this kind of question: a span of time, a role, a number, a permission."""
    for asked, answer in _CUES:
        if asked.search(question):
            return answer
    return None


def stands_alone(found: Found, question: str) -> bool:
    """True where the sentence answers by itself, so that it may stand in a document with nothing around it.

    It speaks of what is asked, more plainly where it lacks the kind of answer (`cue_of`), and is whole: no line that a list follows, no item of one,
    nothing that a document says of itself.
    """
    cue, quote = cue_of(question), found.quote.strip()
    least = _ALONE if cue is None or cue.search(quote) else _ALONE_OF_ANOTHER_KIND
    if found.alone < least or _off_the_point(found.passage.heading, question):
        return False
    return not quote.endswith((":", ";", ",")) and not quote[:1].islower()


_TELLS = 0.65
"""Share of a question's words that a row has to hold before it is quoted on something that is hardly recorded anywhere."""


_ATTRIBUTE = re.compile(
    r"\b(name|brand|model|version|serial|address|price|colour|color|size|birthday|marke|adresse|seriennummer|preis|farbe|größe)\b",
    re.IGNORECASE,
)
"""Something that a text either states in that word or does not state."""
_SAYS_SOMETHING = 3
"""Words that a question has at least: `and how often` alone is covered by nearly anything."""
_STATES = 0.85
"""The same for a sentence of a document that is asked for what is hardly written down."""


def tells(found: Found, question: str, covered: float = _TELLS) -> bool:
    """True where a text speaks of nearly all that is asked, and holds the kind of answer: a number for how many, a role for who."""
    cue, named = cue_of(question), _ATTRIBUTE.search(question)
    if (named and named.group().lower() not in found.passage.text.lower()) or len(language.stems(question, "en")) < _SAYS_SOMETHING:
        return False
    return found.hit.coverage >= covered and (cue is None or cue.search(found.quote) is not None)


def contradiction(one: Found, other: Found) -> bool:
    """True when two sentences of different documents give different spans of time for what looks like the same thing."""
    if one.document is None or other.document is None or one.document.number == other.document.number:
        return False
    first, second = _spans_of_time(one.quote), _spans_of_time(other.quote)
    if not first or not second or first & second or {unit for _, unit in first}.isdisjoint(unit for _, unit in second):
        return False
    a, b = (set(language.stems(_DURATION.sub(" ", found.quote), found.passage.language)) for found in (one, other))
    return len(a & b) >= 3 and len(a & b) / max(min(len(a), len(b)), 1) >= 0.4


def _spans_of_time(text: str) -> set[tuple[str, str]]:
    return {(match[1].lower(), match[3].lower()[:3]) for match in _DURATION.finditer(text) if match[1]}


def _origins(store: Store, passages: Collection[Passage]) -> tuple[dict[int | None, DocumentVersion], dict[str, Document]]:
    with store.read() as session:
        rows = session.exec(_ORIGINS, params={"ids": list({passage.version_id for passage in passages})}).all()
    return {version.id: version for version, _ in rows}, {document.number: document for _, document in rows}


_ORIGINS = (
    select(DocumentVersion, Document)
    .options(
        load_only(Document.number, Document.title, Document.owner, Document.audience, Document.language),  # type: ignore[arg-type]
        defer(DocumentVersion.text),  # type: ignore[arg-type]
        defer(DocumentVersion.loaded_at),  # type: ignore[arg-type]
    )
    .join(Document, col(Document.number) == DocumentVersion.number)
    .where(col(DocumentVersion.id).in_(bindparam("ids", expanding=True)))
)
