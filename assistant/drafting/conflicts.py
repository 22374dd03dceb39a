"""Contradictions between approved documents, and between them, the Statement of Applicability and the registers, each with both quotes.

Two rulings that are about the same and set different values of one kind contradict each other. Rules find them; a chat model may only
strike pairs out, never add one.
"""

import json
import logging
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from pydantic import BaseModel
from sqlmodel import Session, col, select

from assistant import addresses, prompts
from assistant.drafting import rulings
from assistant.drafting.rulings import Place, Ruling
from assistant.drafting.statements import Registers, SoaRow, statement_of_applicability
from assistant.errors import ModelFailed
from assistant.llm import ChatModel
from knowledge import language
from knowledge.registers import Document, DocumentVersion, Passage, queries
from knowledge.registers.rights import Actor

log = logging.getLogger(__name__)
_ALIKE = {
    "retention": 0.54,
    "interval": 0.54,
    "deadline": 0.6,
    "limit": 0.55,
    "role": 0.58,
    "permission": 0.53,
    "duty": 0.55,
    "place": 0.55,
}
"""How alike two rulings of a kind are, 0-1, from which they are about the same."""
_HEADED = 0.6
"""Weight of a word that the other has in its heading or title alone."""
_EVIDENCE = 6.0
"""Weight of the words in common, from which they are as sure as they look; two rare words have twice as much."""
_NAMED = 0.85
"""What remains where one alone names a system: the other may be the rule, and this the exception."""
_RAREST = 6
"""Words of a ruling, the rarest, by which others are looked up; at most `_CROWD` rulings share such a word."""
_CROWD = 150

KINDS = {
    "retention": "How long something is kept differs",
    "interval": "How often something is done differs",
    "deadline": "The time limit differs",
    "limit": "The number differs",
    "role": "Who does or decides it differs",
    "permission": "One allows what the other forbids",
    "duty": "One requires what the other leaves open",
    "place": "The named system differs",
    "implemented": "A document says it is done, the Statement of Applicability does not",
    "missing": "A document says it is not done, the Statement of Applicability says it is",
    "excluded": "A document rules what the Statement of Applicability excludes",
}


@dataclass(frozen=True)
class Side:
    """One of the two that contradict each other: the value, and the quote with its place."""

    source_id: str
    title: str
    heading: str
    quote: str
    url: str
    shown: str


@dataclass(frozen=True)
class Conflict:
    """Two statements that cannot both hold, and how sure that is, 0-1."""

    kind: str
    one: Side
    other: Side
    likeness: float
    struck: bool = False
    """Whether a chat model, as a second reader, sees no contradiction in it."""

    def as_plain(self) -> dict[str, Any]:
        """The conflict as JSON can carry it."""
        return asdict(self)


def find(registers: Registers) -> list[Conflict]:
    """Every contradiction found in what the actor may read, the surest first."""
    said = documents(registers.session, registers.actor)
    found = [
        *between([*said, *rows(registers)]),
        *with_statement(statement_of_applicability(registers), passages_of(registers.session, registers.actor)),
    ]
    return sorted(found, key=lambda conflict: (-conflict.likeness, conflict.one.quote))


# --- what is compared -----------------------------------------------------------------------------------------------------


def passages_of(session: Session, actor: Actor) -> list[tuple[Passage, Document]]:
    """The approved, current passages of the company that the actor may read."""
    found = session.exec(
        select(Passage, Document)
        .join(DocumentVersion, col(DocumentVersion.id) == Passage.version_id)
        .join(Document, col(Document.number) == DocumentVersion.number)
        .where(Passage.kind == "document", Passage.current, DocumentVersion.state == "approved")
        .order_by(col(Passage.source_id), col(Passage.ordinal))
    ).all()
    numbers = queries.visible_ids(session, actor, "document", {document.number for _, document in found})
    return [(passage, document) for passage, document in found if document.number in numbers]


def documents(session: Session, actor: Actor) -> list[Ruling]:
    """What the documents that the actor may read rule."""
    return [one for passage, document in passages_of(session, actor) for one in rulings.read(passage.text, _place(passage, document))]


def _place(passage: Passage, document: Document) -> Place:
    return Place(passage.source_id, f"{document.number} {document.title}", passage.heading, f"/sources/{passage.id}", passage.language)


_ROWS = (
    ("asset", "log_retention", "Logs of {name} are kept for {value}."),
    ("asset", "retention", "{name} are kept for {value}."),
    ("ai_system", "log_retention", "Logs of {name} are kept for {value}."),
    ("ai_system", "recovery_hours", "{name} is restored within {value} hours."),
)
"""Columns of registers that rule something, and the sentence that says it."""


def rows(registers: Registers) -> list[Ruling]:
    """What rows of registers rule, in sentences of the same kind as those of documents."""
    said = [
        (register, row, sentence.format(name=row["name"], value=row[column]))
        for register, column, sentence in _ROWS
        for row in registers.rows(register)
        if row.get(column)
    ]
    said += [
        ("kpi", row, f"{row['name']}: target {'at most' if row['direction'] == 'down' else 'at least'} {row['target']} {row['unit']}.")
        for row in registers.rows("kpi")
    ]
    said += [
        (
            "supplier",
            row,
            f"Critical suppliers are assessed every {(_day(row['next_assessment']) - _day(row['last_assessment'])).days} days.",
        )
        for row in registers.rows("supplier")
        if row["critical"] and row["next_assessment"] and row["last_assessment"]
    ]
    offices = defaultdict(list)
    for row in registers.rows("governance_role"):
        offices[row["owner"]].append(row["name"])
    said += [
        (register, row, f"The {' and the '.join(offices[row['owner']])} is the owner of {row['name']}.")
        for register in ("asset", "ai_system")
        for row in registers.rows(register)
        if offices.get(row.get("owner"))
    ]
    out = [
        one
        for register, row, sentence in said
        for one in rulings.read(
            sentence, Place(f"row:{register}:{row['id']}", f"{row['id']} {row['name']}", "", addresses.row(register, row["id"]), "en")
        )
    ]
    return out + _method(registers)


def _method(registers: Registers) -> list[Ruling]:
    method = registers.context.method
    said = [f"{grade.replace('_', ' ')} nonconformities are closed within {days} days." for grade, days in method.deadlines.items()]
    said += [f"{band.replace('_', ' ')} risks are treated within {days} days." for band, days in method.treatment_days.items()]
    said.append(f"Risks with a score up to {method.threshold} are accepted.")
    place = Place("risk_method", f"Risk method {method.name}", "", "/risk-method", "en")
    return [one for sentence in said for one in rulings.read(sentence.capitalize(), place)]


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


# --- pairs ----------------------------------------------------------------------------------------------------------------


def between(said: Sequence[Ruling]) -> list[Conflict]:
    """The contradictions among rulings of different sources: for each ruling the one of another source that is most about the same, where its value differs."""
    idf = _weights(said)
    best: dict[tuple[int, str], tuple[float, int]] = {}
    for first, second in _candidates(said, idf):
        likeness = _likeness(said[first], said[second], idf)
        for here, there in ((first, second), (second, first)):
            key = (here, said[there].source_id)
            # of two that are equally alike the one that agrees stands
            known = best.get(key, (0.0, here))[0]
            if likeness > known or (likeness == known > 0 and not said[here].differs(said[there])):
                best[key] = (likeness, there)
    by_quote = defaultdict(list)
    for ruling in said:
        by_quote[ruling.source_id, ruling.quote, ruling.kind].append(ruling)
    found: dict[tuple[str, str], Conflict] = {}
    for (here, _), (likeness, there) in best.items():
        one, other = said[here], said[there]
        if likeness < _ALIKE[one.kind] or best.get((there, one.source_id), (0, -1))[1] != here or _agree_elsewhere(one, other, by_quote):
            continue
        pair = (min(one.quote, other.quote), max(one.quote, other.quote))
        if pair not in found or found[pair].likeness < likeness:
            found[pair] = Conflict(one.kind, _side(one), _side(other), round(likeness, 2))
    return list(found.values())


def _side(one: Ruling) -> Side:
    return Side(one.source_id, one.title, one.heading, one.quote, one.url, one.shown)


def _agree_elsewhere(one: Ruling, other: Ruling, by_quote: Mapping[tuple[str, str, str], Sequence[Ruling]]) -> bool:
    """Whether one's sentence also sets the other's value: it then tells of both and contradicts nothing."""
    return any(
        not third.differs(stays)
        for here, stays in ((one, other), (other, one))
        for third in by_quote[here.source_id, here.quote, here.kind]
    )


def _weights(said: Sequence[Ruling]) -> dict[str, float]:
    """How telling each word is: the fewer rulings have it, the more."""
    by_quote: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in said:
        by_quote[one.source_id, one.quote] |= one.words
    count = Counter(word for words in by_quote.values() for word in words)
    size = len(by_quote) + 50
    return {word: math.log(size / (number + 1)) + 0.3 for word, number in count.items()}


def _candidates(said: Sequence[Ruling], idf: Mapping[str, float]) -> Iterator[tuple[int, int]]:
    """Pairs of rulings of one kind and different sources that share one of their rarest words."""
    by_word: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, one in enumerate(said):
        rarest = sorted(one.words, key=lambda word: (-idf[word], word))[:_RAREST]
        near = {other for word in rarest for other in by_word[one.kind, word][-_CROWD:]}
        for other in sorted(near):
            if said[other].source_id != one.source_id and not (said[other].registered and one.registered):
                yield other, place
        for word in rarest:
            by_word[one.kind, word].append(place)


def _likeness(one: Ruling, other: Ruling, idf: Mapping[str, float]) -> float:
    """How far two rulings are about the same, 0-1: the share of each one's words that the other has, a word in its heading counting less."""
    if one.unit and other.unit and not one.unit & other.unit:
        return 0.0
    if rulings.contrast(one, other):
        return 0.0
    both = one.words & other.words
    headed = (one.words & other.near) | (other.words & one.near)
    shared = len(both | headed) + (one.kind == "limit" and bool(one.unit & other.unit)) + bool(one.names & other.names)
    if (
        not both
        or (one.registered and not one.words <= other.words | other.near)
        or (other.registered and not other.words <= one.words | one.near)
    ):
        return 0.0
    sure = (1.0 if shared > 1 else 0.6) * (0.6 if rulings.special(one, other) else 1.0)
    if one.kind != "place" and bool(one.names) != bool(other.names) and not (one.names | other.names) & (one.near | other.near):
        sure *= _NAMED
    weight = sum(idf[word] for word in both) + _HEADED * sum(idf[word] for word in headed - both)
    weight += sum(idf.get(word, 0.0) for word in one.unit & other.unit if one.kind == "limit")
    sure *= min(1.0, weight / _EVIDENCE)
    return math.sqrt(_share(one, other, idf) * _share(other, one, idf)) * sure


def _share(one: Ruling, other: Ruling, idf: Mapping[str, float]) -> float:
    lacking = [word for word in one.words if word not in other.words and word not in other.near]
    has = sum(idf[word] * (1.0 if word in other.words else _HEADED) for word in one.words if word not in lacking)
    headed = sum(idf[word] * (1.0 - _HEADED) for word in one.words & other.near - other.words)
    # the name of a system beside what it is says little: another name would have set the two apart
    return has / (has + headed + sum(idf[word] * (0.5 if word in one.names else 1.0) for word in lacking) or 1.0)


# --- second reader --------------------------------------------------------------------------------------------------------

_AT_ONCE = 20
"""Pairs that a model reads in one call."""


class Struck(BaseModel):
    """Numbers of the pairs in which a model sees no contradiction."""

    strike: list[int]


def read_again(found: Sequence[Conflict], model: ChatModel) -> list[Conflict]:
    """The same conflicts, those struck out at the end: a model may doubt what rules found, never add to it or change it. Without a reply nothing is struck."""
    out: list[Conflict] = []
    for start in range(0, len(found), _AT_ONCE):
        some = found[start : start + _AT_ONCE]
        pairs = [
            {"pair": number, "differs": KINDS[one.kind], "one": one.one.quote, "other": one.other.quote} for number, one in enumerate(some)
        ]
        try:
            struck = set(model.reply(prompts.CONFLICTS, json.dumps({"pairs": pairs}, ensure_ascii=False), Struck).strike)
        except ModelFailed as error:
            log.warning("no second reading of contradictions: %s", error)
            struck = set()
        out += [replace(one, struck=number in struck) for number, one in enumerate(some)]
    return sorted(out, key=lambda conflict: conflict.struck)


# --- Statement of Applicability -------------------------------------------------------------------------------------------


_DENIES = re.compile(
    r"\b(not|no|never|none|nothing|nicht|nie|kein\w*|without|ohne|excluded|ausgeschlossen|missing|lacking|fehlt)\b", re.IGNORECASE
)
_PLANS = re.compile(
    r"\b(will|shall|should|planned|plans? to|intends?|going to|by the end of|until|not yet|soll|sollen|geplant|noch nicht|künftig)\b",
    re.IGNORECASE,
)
_CLAIMS = re.compile(
    r"\b(in place|implemented|established|in operation|in force|in use|active|introduced|carried out|applied|completed|exists?|(?:is|are|has been|have been) (?:used|done|performed|set up)|"
    r"umgesetzt|eingeführt|vorhanden|in Betrieb|im Einsatz|eingerichtet|in Kraft|angewendet|abgeschlossen)\b",
    re.IGNORECASE,
)
_MISSES = re.compile(rf"\b(?:not yet|not|never|noch nicht|nicht|nie)\b[^.;|]{{0,25}}?{_CLAIMS.pattern}", re.IGNORECASE)
_NOT_DONE = frozenset({"not started", "planned"})


def with_statement(soa: Iterable[SoaRow], said: Iterable[tuple[Passage, Document]]) -> list[Conflict]:
    """Documents that rule a control which the statement excludes, that say it is done where the statement says it is not begun, or the other way round."""
    by_title = {row: rulings.topic(row.title, "en") for row in soa}
    rows_by_word = defaultdict(list)
    for row, words in by_title.items():
        if len(words) > 1:
            for word in words if row.applicable is False else {min(words)}:
                rows_by_word[word].append(row)
    found: dict[tuple[str, str, str], Conflict] = {}
    for passage, document in said:
        heading = rulings.topic(passage.heading.rsplit(" > ", 1)[-1], passage.language)
        for sentence in language.sentences(passage.text):
            words = rulings.topic(sentence, passage.language)
            for row in (row for word in words | heading for row in rows_by_word[word]):
                about = words | heading if row.applicable is False and by_title[row] & words else words
                if (by_title[row] <= about or (row.applicable is False and _names(heading, by_title[row]))) and (
                    kind := _against(row, sentence)
                ):
                    place = _place(passage, document)
                    one = Side(place.source_id, place.title, place.heading, sentence, place.url, "")
                    found.setdefault((kind, row.control, document.number), Conflict(kind, one, _in_statement(row), 0.7))
    return list(found.values())


def _names(heading: frozenset[str], title: frozenset[str]) -> bool:
    """Whether a heading is the better part of a control's title: `Clear desk` of `Clear desk and clear screen`."""
    return len(heading) > 1 and heading <= title and len(heading) >= 0.6 * len(title)


def _against(row: SoaRow, sentence: str) -> str:
    """The kind of conflict between what the statement says of a control and a sentence about it; empty for none."""
    denies, plans = bool(_DENIES.search(sentence)), bool(_PLANS.search(sentence))
    if row.applicable is False:
        return "" if denies else "excluded"
    if row.status in _NOT_DONE and not denies and not plans and _CLAIMS.search(sentence):
        return "implemented"
    if row.status.startswith("implemented") and _MISSES.search(sentence):
        return "missing"
    return ""


def _in_statement(row: SoaRow) -> Side:
    state = f"excluded: {row.exclusion_reason}" if row.applicable is False else row.status
    title = f"{row.control} {row.title}"
    return Side(f"row:control_status:{row.control}", title, "", f"{title}: {state}", addresses.row("control_status", row.control), state)
