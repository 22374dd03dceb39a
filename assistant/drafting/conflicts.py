"""Contradictions between approved documents, and between them, the Statement of Applicability and the registers, each with both quotes.

A sentence that rules something is read as: what it is about, what kind of value it sets, and the value. Two that are about the same and set different values
of one kind contradict each other. Rules find them; a chat model may only strike pairs out, never add one.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from assistant.drafting.statements import Registers
from knowledge import language
from knowledge.registers import Document, DocumentVersion, Passage, queries
from knowledge.registers.rights import Actor

_ALIKE = 0.5
"""Share of the weight of both sentences' words that they have in common, from which they are about the same."""
_HEADED = 0.4
"""Weight of a word that stands in the heading alone."""


@dataclass(frozen=True)
class Statement:
    """A sentence that sets a value: `kind` says of what sort, `value` is it in one form, `words` what it is about with their weight."""

    source_id: str
    title: str
    heading: str
    quote: str
    url: str
    kind: str
    value: str
    shown: str
    words: frozenset[str]
    near: frozenset[str]


@dataclass(frozen=True)
class Conflict:
    """Two statements that cannot both hold, and how sure that is, 0-1."""

    kind: str
    one: Statement
    other: Statement
    likeness: float

    def told(self) -> str:
        """In a sentence: what differs, and both quotes with their places."""
        first = f"{self.one.title} says “{self.one.quote}”"
        return f"{_KINDS[self.kind]}: {self.one.shown} against {self.other.shown}. {first}; {self.other.title} says “{self.other.quote}”."


_KINDS = {
    "retention": "How long something is kept differs",
    "interval": "How often something is done differs",
    "deadline": "The time limit differs",
    "limit": "The number differs",
    "role": "Who does or decides it differs",
    "permission": "One allows what the other forbids",
    "place": "The named system differs",
    "implemented": "A document says it is done, the Statement of Applicability does not",
    "excluded": "A document rules what the Statement of Applicability excludes",
    "method": "A document and the risk method in force differ",
}

# --- values ---------------------------------------------------------------------------------------------------------------

_NUMBERS = {
    word: number
    for words in (
        "one two three four five six seven eight nine ten eleven twelve",
        "ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
    )
    for number, word in enumerate(words.split(), 1)
} | {
    "a": 1,
    "an": 1,
    "eine": 1,
    "einem": 1,
    "einen": 1,
    "einer": 1,
    "eines": 1,
    "twenty": 20,
    "thirty": 30,
    "ninety": 90,
    "fourteen": 14,
    "fifteen": 15,
}
_UNITS = {
    "minute": 1 / 1440, "hour": 1 / 24, "day": 1.0, "week": 7.0, "month": 30.0, "quarter": 91.0, "year": 365.0, "shift": 1 / 3, "second": 1 / 86400,
    "sekunde": 1 / 86400, "stunde": 1 / 24, "tag": 1.0, "arbeitstag": 1.4, "werktag": 1.2, "woche": 7.0, "monat": 30.0, "quartal": 91.0, "jahr": 365.0, "schicht": 1 / 3,
}  # fmt: skip
_UNIT = r"seconds?|minutes?|hours?|days?|weeks?|months?|quarters?|years?|shifts?|sekunden?|stunden?|minuten?|(?:arbeits|werk|kalender)?tage?n?|wochen?|monate?n?|quartale?n?|jahre?n?|schicht(?:en)?"
_COUNT = r"\d+(?:[.,]\d+)?|" + "|".join(sorted(_NUMBERS, key=len, reverse=True))
_SPAN = re.compile(rf"\b({_COUNT})[\s-]+(?:working |calendar |business |full |volle[nr]? )?({_UNIT})\b", re.IGNORECASE)
_EVERY = re.compile(rf"\b(?:every|each|once (?:a|per)|alle|jede[nrs]?|einmal (?:im|pro|je))\s+(?:({_COUNT})\s+)?({_UNIT})\b", re.IGNORECASE)
_ADVERBS = {
    "daily": 1, "weekly": 7, "fortnightly": 14, "monthly": 30, "quarterly": 91, "half-yearly": 182, "twice a year": 182, "yearly": 365, "annually": 365, "annual": 365,
    "täglich": 1, "wöchentlich": 7, "monatlich": 30, "vierteljährlich": 91, "halbjährlich": 182, "jährlich": 365, "biannually": 182,
}  # fmt: skip
_ADVERB = re.compile(rf"\b({'|'.join(sorted(_ADVERBS, key=len, reverse=True))})(?:e[nrms]?)?\b", re.IGNORECASE)
_KEEPS = re.compile(
    r"\b(kept|keep|keeps|retain\w*|retention|stored? for|archived?|aufbewahr\w*|aufzubewahren|gespeichert|archiviert|vorgehalten|behalten|gelöscht nach|deleted after|erased after)\b",
    re.IGNORECASE,
)
_LIMITS = re.compile(
    r"\b(within|at the latest|no later than|not later than|deadline|inside|innerhalb|binnen|spätestens|bis zu|not longer than|up to|after|nach)\b",
    re.IGNORECASE,
)
_AMOUNT = re.compile(
    r"\b(?:at least|minimum(?: of)?|no fewer than|mindestens|at most|maximum(?: of)?|no more than|höchstens|after|nach|exactly|genau)\s+(\d+|"
    + "|".join(_NUMBERS)
    + r")\s+([a-zäöüß]{4,})",
    re.IGNORECASE,
)
_ROLE = re.compile(
    r"\b(?P<who>(?:[A-ZÄÖÜ]{2,4} |[a-zäöüß-]+ ){0,2}(?:manager|officer|lead|leader|engineer|owner|auditor|head|director|administrator|supervisor|leiter(?:in)?|leitung|beauftragte[r]?|verantwortliche[r]?|schichtführer|meister|team|department|board))\s+"
    r"(?:alone |only |must |then |also )?(?P<does>approves?|decides?|releases?|authori[sz]es?|accepts?|grants?|signs?|orders?|gibt\b.{1,60}\bfrei|entscheidet|genehmigt|bewilligt|unterschreibt)\b"
    r"|\b(?P<done>approved|decided|released|authori[sz]ed|granted|signed|accepted|genehmigt|freigegeben|entschieden)\s+(?:only |alone )?(?:by|von|durch)\s+(?:the |der |die |dem |den )?(?P<by>(?:[A-Z]{2,4} |[\w-]+ ){0,2}(?:manager|officer|lead|leader|engineer|owner|auditor|head|director|administrator|supervisor|leiter(?:in)?|leitung|beauftragten?|verantwortlichen?|team|department|board))",
    re.IGNORECASE,
)
_FORBIDS = re.compile(
    r"\b(must not|may not|is not allowed|are not allowed|not permitted|forbidden|prohibited|never|no \w+ may|darf nicht|dürfen nicht|darf kein\w*|verboten|untersagt|nicht (?:erlaubt|gestattet|zulässig))\b",
    re.IGNORECASE,
)
_ALLOWS = re.compile(r"\b(may|is allowed|are allowed|permitted|can be|darf|dürfen|erlaubt|gestattet|zulässig)\b", re.IGNORECASE)
_SYSTEM = re.compile(
    r"\b(?:in|on|to|at|auf|im|in der|into|with|over|mit|über)\s+(?:the )?([A-Z][a-z]+[A-Z]\w+|[A-Z]{2,}-\d+|[A-Z]{2,}-[A-Z]{2,}-?\d*)\b"
)
_CONDITION = re.compile(r"\b(unless|except|only if|provided|ausser|außer|es sei denn|nur wenn|sofern)\b", re.IGNORECASE)


def _days(count: str, unit: str) -> float:
    number = float(count.replace(",", ".")) if count[:1].isdigit() else float(_NUMBERS[count.lower()])
    unit = unit.lower()
    size = next((days for name, days in _UNITS.items() if unit == name or (unit.startswith(name[:5]) and len(unit) <= len(name) + 2)), 1.0)
    return number * size


def _values(sentence: str) -> Iterator[tuple[str, str, str, str]]:
    """(kind, value in one form, value as it stands, the part of the sentence that is no longer topic)."""
    spans = [(match[0], _days(match[1], match[2])) for match in _SPAN.finditer(sentence)]
    every = [(match[0], _days(match[1] or "1", match[2])) for match in _EVERY.finditer(sentence)]
    every += [(match[0], float(_ADVERBS[match[1].lower()])) for match in _ADVERB.finditer(sentence)]
    if _KEEPS.search(sentence):
        yield from (("retention", f"{days:.2f}", shown, shown) for shown, days in spans)
    elif _LIMITS.search(sentence) and not every:
        yield from (("deadline", f"{days:.2f}", shown, shown) for shown, days in spans)
    yield from (("interval", f"{days:.0f}", shown, shown) for shown, days in every)
    for match in _AMOUNT.finditer(sentence):
        if not re.fullmatch(_UNIT, match[2], re.IGNORECASE):
            number = match[1] if match[1].isdigit() else str(_NUMBERS[match[1].lower()])
            yield "limit", f"{number} {language.stem(match[2].lower(), 'en')}", match[0], match[1]
    for match in _ROLE.finditer(sentence):
        who = (match["who"] or match["by"]).strip()
        yield "role", " ".join(language.stems(who, "en")), who, who
    for match in _SYSTEM.finditer(sentence):
        yield "place", match[1], match[1], match[1]
    if not _CONDITION.search(sentence):
        if match := _FORBIDS.search(sentence):
            yield "permission", "forbidden", match[0], match[0]
        elif match := _ALLOWS.search(sentence):
            yield "permission", "allowed", match[0], match[0]


# --- statements -----------------------------------------------------------------------------------------------------------


def statements(session: Session, actor: Actor) -> list[Statement]:
    """What the approved, current documents that the actor may read rule, sentence by sentence."""
    rows = session.exec(
        select(Passage, Document, DocumentVersion)
        .join(DocumentVersion, col(DocumentVersion.id) == Passage.version_id)
        .join(Document, col(Document.number) == DocumentVersion.number)
        .where(Passage.kind == "document", Passage.current, DocumentVersion.state == "approved")
        .order_by(col(Passage.source_id), col(Passage.ordinal))
    ).all()
    numbers = queries.visible_ids(session, actor, "document", {document.number for _, document, _ in rows})
    return [one for passage, document, _ in rows if document.number in numbers for one in _of_passage(passage, document)]


def _of_passage(passage: Passage, document: Document) -> Iterator[Statement]:
    heading = _topic(passage.heading.rsplit(" > ", 1)[-1], passage.language)
    for start, end in language.sentence_spans(passage.text):
        sentence = passage.text[start:end]
        for kind, value, shown, valued in _values(sentence):
            words = _topic(sentence.replace(valued, " "), passage.language)
            if len(words) >= 2:
                title = f"{document.number} {document.title}"
                yield Statement(
                    passage.source_id, title, passage.heading, sentence, f"/sources/{passage.id}", kind, value, shown, words, heading
                )


def _topic(text: str, tongue: str) -> frozenset[str]:
    """What a text is about, as English stems; words of ruling and of time say nothing of it."""
    english = language.the_glossary().gloss(text) if tongue == "de" else text
    return frozenset(stem for stem in language.stems(english, "en") if stem not in _SAYS_NOTHING and not stem.isdigit())


_SAYS_NOTHING = frozenset(
    language.stem(word, "en")
    for word in (
        "must may shall should can is are be been kept keep keeps retained retention stored held within least most every each once after before until latest day days week weeks "
        "month months year years hour hours minute minutes quarter quarters daily weekly monthly quarterly yearly annually working calendar time times approved approves approve "
        "decides decided allowed permitted forbidden prohibited never only always also all any plant company document documents rule rules following applies apply done carried out"
    ).split()
)


def find(registers: Registers) -> list[Conflict]:
    """Every contradiction found, the surest first."""
    made = statements(registers.session, registers.actor)
    found = [*_between_documents(made), *_with_statement_of_applicability(registers, made), *_with_method(registers, made)]
    return sorted(found, key=lambda conflict: (-conflict.likeness, conflict.one.quote))


def _between_documents(made: Sequence[Statement]) -> Iterator[Conflict]:
    count = Counter(word for one in {(s.source_id, s.quote): s for s in made}.values() for word in one.words)
    size = max(sum(count.values()) and len({(one.source_id, one.quote) for one in made}), 1)
    idf = {word: math.log(1 + size / number) for word, number in count.items()}
    by_word: dict[tuple[str, str], list[int]] = defaultdict(list)
    seen: set[tuple[str, str]] = set()
    for place, one in enumerate(made):
        shared: Counter[int] = Counter()
        for word in one.words:
            for other in by_word[one.kind, word]:
                shared[other] += 1
        for other, number in shared.items():
            rival = made[other]
            pair = (min(one.quote, rival.quote), max(one.quote, rival.quote))
            if number < 2 or pair in seen or one.value == rival.value or one.source_id == rival.source_id:
                continue
            if _same_values(one, rival, made):
                continue
            likeness = _likeness(one, rival, idf)
            if likeness >= _ALIKE:
                seen.add(pair)
                yield Conflict(one.kind, rival, one, round(likeness, 2))
        for word in one.words:
            by_word[one.kind, word].append(place)


def _same_values(one: Statement, other: Statement, made: Sequence[Statement]) -> bool:
    """Whether one sentence also sets the other's value: it then tells of both and contradicts nothing."""
    return any(
        third.kind == one.kind and {third.quote, third.value} in ({one.quote, other.value}, {other.quote, one.value}) for third in made
    )


def _likeness(one: Statement, other: Statement, idf: dict[str, float]) -> float:
    """Weight of the words that both have over the weight of all; a word that one has in its heading alone counts a little for both."""

    def weight(words: Iterable[str]) -> float:
        return sum(idf.get(word, 1.0) for word in words)

    both = one.words & other.words
    headed = ((one.words - both) & other.near) | ((other.words - both) & one.near)
    whole = weight(one.words | other.words)
    return (weight(both) + _HEADED * weight(headed)) / (whole or 1.0) + 0.05 * bool(one.near & other.near)


def _with_statement_of_applicability(registers: Registers, made: Sequence[Statement]) -> Iterator[Conflict]:
    """Documents that carry out a control which the statement excludes, or that say it is done where the register says it is not."""
    return iter(())


def _with_method(registers: Registers, made: Sequence[Statement]) -> Iterator[Conflict]:
    """Closing times and thresholds that differ from the method in force."""
    method = registers.context.method
    where = Statement(
        "register:risk_method", f"Risk method {method.name}", "", "", "/risk-method", "method", "", "", frozenset(), frozenset()
    )
    for one in made:
        if one.kind != "deadline":
            continue
        for grade, days in method.deadlines.items():
            closes = re.search(
                rf"\b{grade.split('_')[0]}\b[^.|]{{0,60}}\b(closed?|closing|abgeschlossen)\b|\b(closed?|closing)\b[^.|]{{0,60}}\b{grade.split('_')[0]}\b",
                one.quote,
                re.IGNORECASE,
            )
            if closes and abs(float(one.value) - days) >= 1:
                told = Statement(
                    where.source_id,
                    where.title,
                    "",
                    f"{grade}: {days} days",
                    where.url,
                    "method",
                    str(days),
                    f"{days} days",
                    frozenset(),
                    frozenset(),
                )
                yield Conflict("method", one, told, 0.9)
