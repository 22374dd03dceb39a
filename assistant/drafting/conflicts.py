"""Contradictions between approved documents, and between them, the Statement of Applicability and the registers, each with both quotes.

Two rulings that are about the same and set different values of one kind contradict each other. Rules find them; a chat model may only
strike pairs out, never add one.
"""

import json
import logging
import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from pydantic import BaseModel
from sqlmodel import Session, col, select

from assistant import addresses, prompts
from assistant.drafting import rulings, topics
from assistant.drafting.rulings import Place, Ruling
from assistant.drafting.statements import Registers, SoaRow, statement_of_applicability
from assistant.errors import ModelFailed
from assistant.llm import ChatModel
from knowledge import controls, language, orders, standards
from knowledge.controls import ISO_2022
from knowledge.embedding import Encoded
from knowledge.registers import Document, DocumentVersion, Passage, queries
from knowledge.registers.rights import Actor

log = logging.getLogger(__name__)

Encode = Callable[[Sequence[Sequence[str]]], Iterable[tuple[int, Encoded]]]
"""Texts, each as its parts, to (place, the text encoded) in any order."""

_WEIGHTS = (4.31, 2.74, 5.01, -1.0)
_BIAS = -1.54
"""What each sign of a pair weighs, in the order of `Signs`; fitted by `evals.conflict_weights` over all of its sets but seats, so
that there are five false alarms on 100 pages."""
_SURE, _WORTH_A_LOOK = 0.5, 0.1
"""Likeness from which a pair is a contradiction; and from which about every fifth is one."""
_EVIDENCE = 6.0
"""Weight of the words in common from which more of them add nothing; two rare words have twice as much."""
_HEADED = 0.6
"""Weight of a word that the other has in its heading or title alone."""
_NEAREST = 12
"""Rulings, the most alike, that each is compared with."""
_NEIGHBOURS = 4
"""How many of the most alike tell how alike a ruling is to others anyway."""
_UNRELATED, _FEW = 0.3, 20
"""Likeness of two sentences that have the field alone in common, and rulings of a kind in a short manual: what is counted on where there are fewer."""

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

    @property
    def sure(self) -> bool:
        """Whether it is a contradiction; else it is worth a look, because people word the same thing in too many ways."""
        return self.likeness >= _SURE

    def as_plain(self) -> dict[str, Any]:
        """The conflict as JSON can carry it."""
        return {**asdict(self), "sure": self.sure}


def find(registers: Registers, encode: Encode) -> list[Conflict]:
    """Every contradiction found in what the actor may read, the surest first, and then what is worth a look."""
    said = documents(registers.session, registers.actor)
    found = [
        *between([*said, *rows(registers)], encode),
        *with_statement(statement_of_applicability(registers), passages_of(registers.session, registers.actor), encode),
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
    found = passages_of(session, actor)
    names = topics.proper_names(passage.text for passage, _ in found if passage.language == "en")
    return [one for passage, document in found for one in rulings.read(orders.harmless(passage.text), _place(passage, document, names))]


def _place(passage: Passage, document: Document, names: frozenset[str] = frozenset()) -> Place:
    title = f"{document.number} {document.title}"
    return Place(passage.source_id, title, passage.heading, f"/sources/{passage.id}", passage.language, names)


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
    said += [("supplier", row, _assessed(row)) for row in registers.rows("supplier") if row["next_assessment"] and row["last_assessment"]]
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


def _assessed(supplier: Mapping[str, Any]) -> str:
    days = (_day(supplier["next_assessment"]) - _day(supplier["last_assessment"])).days
    months = round(days / 30.42)
    often = f"{months} months" if abs(days - 30.42 * months) < 4 else f"{days} days"
    kind = " ".join(
        filter(None, ("critical" if supplier["critical"] else "", "suppliers", supplier["tier"] and f"of class {supplier['tier']}"))
    )
    return f"{supplier['name']}, one of the {kind}, is assessed every {often}."


def _method(registers: Registers) -> list[Ruling]:
    method = registers.context.method
    said = [f"{grade.replace('_', ' ')} nonconformities are closed within {days} days." for grade, days in method.deadlines.items()]
    said += [f"{band.replace('_', ' ')} risks are treated within {days} days." for band, days in method.treatment_days.items()]
    said.append(f"Risks with a score up to {method.threshold} are accepted.")
    said += [f"{rated} is rated in {len(method.likelihood)} steps." for rated in ("Likelihood", "Impact")]
    place = Place("risk_method", f"Risk method {method.name}", "", "/risk-method", "en")
    return [one for sentence in said for one in rulings.read(sentence.capitalize(), place)]


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


# --- pairs ----------------------------------------------------------------------------------------------------------------


class Signs(NamedTuple):
    """What tells whether two rulings, which set a value of one kind, are about the same.

    `shared` is the part of each one's words that the other has, `weight` how telling these words are; `alone` how much more alike the
    encoder finds the two than either and its other neighbours; `crowd` is the logarithm of how many set a value of that kind: among more
    of them two are alike by chance more often.
    """

    shared: float
    weight: float
    alone: float
    crowd: float


@dataclass(frozen=True)
class Pair:
    """Two rulings of different sources by their places in the list, and the signs that they are about the same."""

    one: int
    other: int
    signs: Signs

    @property
    def likeness(self) -> float:
        """How sure it is that they are about the same, 0-1."""
        return 1 / (1 + math.exp(-_BIAS - sum(weight * sign for weight, sign in zip(_WEIGHTS, self.signs, strict=True))))


def between(said: Sequence[Ruling], encode: Encode) -> list[Conflict]:
    """The contradictions among rulings of different sources, and the pairs that are worth a look."""
    found: dict[tuple[str, str], Conflict] = {}
    for likeness, pair in about_the_same(said, [(pair.likeness, pair) for pair in pairs(said, encode)]):
        one, other = said[pair.one], said[pair.other]
        quotes = (min(one.quote, other.quote), max(one.quote, other.quote))
        if likeness >= _WORTH_A_LOOK and (quotes not in found or found[quotes].likeness < likeness):
            found[quotes] = Conflict(one.kind, _side(one), _side(other), round(likeness, 2))
    return list(found.values())


def about_the_same(said: Sequence[Ruling], made: Iterable[tuple[float, Pair]]) -> Iterator[tuple[float, Pair]]:
    """The pairs whose values differ and of which each is for the other what its source says most nearly of the same.

    Of two that are equally near the one that agrees stands. A sentence that sets the other's value too tells of both, and contradicts nothing.
    """
    best: dict[tuple[int, str], tuple[float, bool, Pair]] = {}
    for likeness, pair in made:
        agrees = not said[pair.one].value.differs(said[pair.other].value)
        for here, there in ((pair.one, pair.other), (pair.other, pair.one)):
            key = (here, said[there].source_id)
            if key not in best or (likeness, agrees) > best[key][:2]:
                best[key] = (likeness, agrees, pair)
    by_quote = defaultdict(list)
    for ruling in said:
        by_quote[ruling.source_id, ruling.quote, ruling.kind].append(ruling.value)
    for (here, source), (likeness, agrees, pair) in best.items():
        one, other = said[pair.one], said[pair.other]
        if here != pair.one or source != other.source_id or agrees or best[pair.other, one.source_id][2] is not pair:
            continue
        told = [(third, stays) for side, stays in ((one, other), (other, one)) for third in by_quote[side.source_id, side.quote, side.kind]]
        if all(third.differs(stays.value) for third, stays in told):
            yield likeness, pair


def pairs(said: Sequence[Ruling], encode: Encode) -> Iterator[Pair]:
    """Pairs of rulings of different sources that set a value of one kind, each with those that the encoder finds most like it."""
    if not said:
        return
    vectors = _vectors(said, encode)
    sources = np.array([one.source_id for one in said])
    usual = _usual(said, vectors, sources)
    weights = _weights(said)
    groups = defaultdict(list)
    for place, one in enumerate(said):
        groups[one.kind, one.value.unit].append(place)
    for group in groups.values():
        places = np.array(group)
        alike = vectors[places] @ vectors[places].T
        alike[sources[places][:, None] == sources[places]] = -1.0
        nearest = np.argsort(-alike, axis=1)[:, :_NEAREST]
        near = {(min(at, to), max(at, to)) for at, row in enumerate(nearest) for to in row if alike[at, to] > -1.0}
        for at, to in sorted(near):
            here, there, likeness = group[at], group[to], alike[at, to]
            one, other = said[here], said[there]
            if (one.registered and other.registered) or rulings.contrast(one, other):
                continue
            alone = 2 * likeness - _without(usual[here], likeness) - _without(usual[there], likeness)
            shared, weight = _words(one, other, weights)
            yield Pair(here, there, Signs(shared, weight, float(alone), math.log(max(len(group), _FEW))))


def _vectors(said: Sequence[Ruling], encode: Encode) -> np.ndarray:
    """The vector of each ruling, read under its heading and without its value."""
    texts = [(one.context or "-", one.about or "-") for one in said]
    distinct = sorted(set(texts))
    made = {distinct[place]: encoded.vector for place, encoded in encode(distinct)}
    return np.array([made[text] for text in texts])


def _usual(said: Sequence[Ruling], vectors: np.ndarray, sources: np.ndarray) -> np.ndarray:
    """How alike each ruling is to the sentences of other sources that it is most like, the best first; a sentence counts once."""
    quotes: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, one in enumerate(said):
        quotes[one.source_id, one.quote].append(place)
    starts = np.cumsum([0, *(len(places) for places in quotes.values())][:-1])
    order = [place for places in quotes.values() for place in places]
    out = np.full((len(said), _NEIGHBOURS + 1), _UNRELATED, np.float32)
    for start in range(0, len(said), 512):
        rows = slice(start, start + 512)
        alike = np.where(sources[rows][:, None] == sources[order], 0.0, vectors[rows] @ vectors[order].T)
        best = -np.sort(-np.maximum.reduceat(alike, starts, axis=1), axis=1)[:, : _NEIGHBOURS + 1]
        out[rows, : best.shape[1]] = np.maximum(best, _UNRELATED)
    return out


def _without(usual: np.ndarray, alike: float) -> float:
    """Mean likeness to the nearest but the one that is `alike`."""
    others = usual[np.abs(usual - alike) > 1e-5][:_NEIGHBOURS]
    return float(others.sum()) / _NEIGHBOURS


def _side(one: Ruling) -> Side:
    return Side(one.source_id, one.place.title, one.place.heading, one.quote, one.place.url, one.shown)


def _weights(said: Sequence[Ruling]) -> dict[str, float]:
    """How telling each word is: the fewer sentences have it, the more."""
    by_quote: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in said:
        by_quote[one.source_id, one.quote] |= one.words
    count = Counter(word for words in by_quote.values() for word in words)
    size = len(by_quote) + 50
    return {word: math.log(size / (number + 1)) + 0.3 for word, number in count.items()}


def _words(one: Ruling, other: Ruling, weights: Mapping[str, float]) -> tuple[float, float]:
    """(the part of each one's words that the other has, how telling these are), both 0-1."""
    parts = [
        sum(weights[word] * (1.0 if word in other.words else _HEADED) for word in one.words & (other.words | other.near))
        / (sum(weights[word] for word in one.words) or 1.0)
        for one, other in ((one, other), (other, one))
    ]
    return math.sqrt(parts[0] * parts[1]), min(1.0, sum(weights[word] for word in one.words & other.words) / _EVIDENCE)


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
_OUGHT = re.compile(
    r"\b(?:must|may|can|needs?|has to|have to|required|if|unless|when|muss|müssen|darf|dürfen|falls|wenn|sofern)\b", re.IGNORECASE
)
_MISSES = re.compile(rf"\b(?:not yet|not|never|noch nicht|nicht|nie)\b[^.;|]{{0,25}}?{_CLAIMS.pattern}", re.IGNORECASE)
_ABOUT = 0.4
"""How alike a sentence and the title of the control that is nearest to it are at least."""
_MEANT = 0.9
"""The same for a sentence that tells what is done without a word such as implemented, with the likeness to our text on the control added."""
_TELLS = 6
"""Words that such a sentence has at least."""
_NOT_DONE = frozenset({"not started", "planned"})


def with_statement(soa: Sequence[SoaRow], said: Sequence[tuple[Passage, Document]], encode: Encode) -> list[Conflict]:
    """Documents that rule a control which the statement excludes, that say it is done where the statement says it is not begun, or the other way round."""
    sentences = [(sentence, passage, document) for passage, document in said for sentence in language.sentences(passage.text)]
    undone = [row for row in soa if row.applicable is not False and row.status in _NOT_DONE]
    claims = [one for one in sentences if _CLAIMS.search(one[0])]
    about = _nearest(soa, [topics.english(sentence, passage.language) for sentence, passage, _ in claims], encode)
    pairs = [(row, one) for row, one in zip(about, claims, strict=True) if row and row.applicable is not False]
    pairs += [
        (row, one) for row in soa if row.applicable is False or row.status in _NOT_DONE for one in sentences if _rules_on(row, *one[:2])
    ]
    made = [(_against(row, one[0]), row, one) for row, one in pairs]
    told = [one for one in sentences if _tells(one[0])] if undone else []
    meant = _meant(soa, [topics.english(sentence, passage.language) for sentence, passage, _ in told], encode)
    made += [("implemented", row, one) for row, one in zip(meant, told, strict=True) if row in undone]
    found: dict[tuple[str, str, str], Conflict] = {}
    for kind, row, (sentence, passage, document) in made:
        if kind and row:
            place = _place(passage, document)
            one = Side(place.source_id, place.title, place.heading, sentence, place.url, "")
            found.setdefault((kind, row.control, document.number), Conflict(kind, one, _in_statement(row), 0.7))
    return list(found.values())


def _tells(sentence: str) -> bool:
    """Whether a sentence tells what is done: it denies, plans and demands nothing."""
    return len(sentence.split()) > _TELLS and not any(pattern.search(sentence) for pattern in (_DENIES, _PLANS, _OUGHT))


def _meant(soa: Sequence[SoaRow], sentences: Sequence[str], encode: Encode) -> list[SoaRow | None]:
    """The control whose title and text are most like each sentence; None where none is much."""
    if not sentences:
        return []
    names, starts, vectors = _controls(encode)
    rows = {row.control: row for row in soa}
    alike = _encoded([(sentence,) for sentence in sentences], encode) @ vectors.T
    titles, texts = alike[:, : len(names)], np.maximum.reduceat(alike[:, len(names) :], starts, axis=1)
    best = (titles + texts).argmax(axis=1)
    sure = (titles + texts).max(axis=1) >= _MEANT
    return [rows.get(names[place]) if enough else None for place, enough in zip(best.tolist(), sure.tolist(), strict=True)]


@lru_cache(maxsize=2)
def _controls(encode: Encode) -> tuple[list[str], list[int], np.ndarray]:
    """(the controls of Annex A, where the texts of each begin, the vectors of their titles and then of their texts)."""
    by_control: dict[str, list[str]] = defaultdict(list)
    for passage in standards.standard_passages():
        framework, _, control = passage.source_id.partition(":")
        if framework == ISO_2022 and passage.kind == "control" and control.startswith("A."):
            by_control[control].append(passage.text)
    starts = np.cumsum([0, *(len(texts) for texts in by_control.values())][:-1]).tolist()
    titles = [found.title for control in by_control if (found := controls.catalogue().get(ISO_2022, control))]
    return list(by_control), starts, _encoded([(text,) for text in (*titles, *chain(*by_control.values()))], encode)


def _encoded(texts: Sequence[Sequence[str]], encode: Encode) -> np.ndarray:
    made = dict(encode(texts))
    return np.array([made[place].vector for place in range(len(texts))])


def _nearest(soa: Sequence[SoaRow], sentences: Sequence[str], encode: Encode) -> list[SoaRow | None]:
    """The control of all in the statement whose title is most like each sentence; None where none is."""
    if not sentences or not soa:
        return [None] * len(sentences)
    vectors = _encoded([(text,) for text in (*(row.title for row in soa), *sentences)], encode)
    alike = vectors[len(soa) :] @ vectors[: len(soa)].T
    return [soa[int(row.argmax())] if row.max() >= _ABOUT else None for row in alike]


def _rules_on(row: SoaRow, sentence: str, passage: Passage) -> bool:
    """Whether a sentence, with its heading, has the words of a control's title, or stands under the better part of it."""
    title = topics.topic(row.title, "en")
    heading = topics.topic(passage.heading.rsplit(" > ", 1)[-1], passage.language)
    words = topics.topic(sentence, passage.language)
    return len(title) > 1 and bool((title & words and title <= words | heading) or _names(heading, title))


def _names(heading: frozenset[str], title: frozenset[str]) -> bool:
    """Whether a heading is the better part of a control's title: `Clear desk` of `Clear desk and clear screen`."""
    return len(heading) > 1 and heading <= title and len(heading) >= 0.6 * len(title)


def _against(row: SoaRow, sentence: str) -> str:
    """The kind of conflict between what the statement says of a control and a sentence about it; empty for none."""
    denies, plans = bool(_DENIES.search(sentence)), bool(_PLANS.search(sentence))
    if row.applicable is False:
        return "" if denies else "excluded"
    if row.status in _NOT_DONE and not denies and not plans and (_CLAIMS.search(sentence) or _does(row, sentence)):
        return "implemented"
    if row.status.startswith("implemented") and _MISSES.search(sentence):
        return "missing"
    return ""


def _does(row: SoaRow, sentence: str) -> bool:
    """Whether a sentence tells with all words of a control's title what is done, and not what has to be: `test data are masked`."""
    title = topics.topic(row.title, "en")
    return len(title) > 1 and title <= topics.topic(sentence, language.language_of(sentence)) and not _OUGHT.search(sentence)


def _in_statement(row: SoaRow) -> Side:
    state = f"excluded: {row.exclusion_reason}" if row.applicable is False else row.status
    title = f"{row.control} {row.title}"
    return Side(f"row:control_status:{row.control}", title, "", f"{title}: {state}", addresses.row("control_status", row.control), state)
