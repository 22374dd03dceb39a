"""What sentences rule: what each is about, and the value that it sets; the ground on which contradictions are found."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from assistant.drafting.topics import english, topic
from assistant.drafting.values import KEEPS, ROLE, Value, office, values
from knowledge import language


@dataclass(frozen=True)
class Place:
    """Where sentences stand."""

    source_id: str
    title: str
    heading: str
    url: str
    tongue: str
    names: frozenset[str] = frozenset()
    """Proper names of the collection."""


@dataclass(frozen=True)
class Ruling:
    """A sentence, table row or row of a register that sets a value; `about` is what is left of it in English when the value is taken out."""

    place: Place
    quote: str
    value: Value
    shown: str
    about: str
    context: str
    """Heading and title, and the sentence before where this one goes on about what that was about; in English."""
    words: frozenset[str]
    near: frozenset[str]
    names: frozenset[str]

    @property
    def source_id(self) -> str:
        return self.place.source_id

    @property
    def kind(self) -> str:
        """What kind of value it sets."""
        return self.value.kind

    @property
    def registered(self) -> bool:
        """Whether a register says it, not a document."""
        return not self.source_id.startswith("doc:")


_CONTRASTS = [
    [frozenset(language.stem(word, "en") for word in side.split("/")) for side in line.split()]
    for line in (
        "critical major high medium low minor normal moderate observation opportunity",
        "internal external",
        "employee/staff/personnel visitor/guest supplier/vendor customer applicant",
        "full incremental",
        "paper electronic",
        "administrator user operator visitor",
        "office production",
        "public internal confidential",
        "server laptop/notebook phone/smartphone stick/usb camera controller/plc robot firewall gateway console/panel printer",
        "request approval report",
        "backup/save log",
        "save/copy restore/recover/rehearse",
    )
]
"""Things that exclude each other, each by its names."""


def contrast(one: Ruling, other: Ruling) -> bool:
    """Whether the two name things that exclude each other: high and low, employees and visitors, hall 1 and hall 4.

    A table row is often no more than a name: what it does not say, its heading and title do.
    """
    if one.names and other.names and not one.names & other.names:
        return True
    return any(here and there and not here & there for here, there in zip(_sides(one), _sides(other), strict=True))


def _sides(one: Ruling) -> Iterator[frozenset[int]]:
    """Which of the things of each contrast a ruling names."""
    for group in _CONTRASTS:
        named = frozenset(place for place, side in enumerate(group) if side & one.words)
        yield named or (frozenset(place for place, side in enumerate(group) if side & one.near) if " | " in one.quote else frozenset())


# --- rulings --------------------------------------------------------------------------------------------------------------

_NAME = re.compile(
    r"\b([A-Z][a-z]+[A-Z]\w+|(?<!-)[A-Z]{2,}-\d+|[A-Z]\d{1,3}|(?i:hall|line|zone|level|tier|class|stage|halle|linie|stufe) (?:[A-Z]\b|[A-Z]?\d+))\b"
)
_TAIL = re.compile(
    r"\s*(?:,? (?:so that|because|in order to|damit|weil|since (?!\w+ \d{4}))\b.*|,? (?:according to|as described in|see|gemäß|siehe|nach) (?-i:[A-Z]{2})[\w-]+.*|\([^)]*\))",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"^\W*(?:§ ?)?(?:\d+(?:\.\d+)+\.?|\d+[.)]|[a-z][.)]|\([a-z\d]+\))\s+(?=[^\W\d_])")
"""The number of a clause before its sentence, which counts nothing."""
_CLAUSE = re.compile(r"[;:]\s+|,\s+(?:and|but|while|whereas|und|aber|während)\s+|\s+and (?:are|is) ")
_WHERE = re.compile(r"\b(?:where|place|location|stored in|kept in|system used|ort|ablage|ablageort|recorded in)\b", re.IGNORECASE)
_MEASURED = re.compile(r"(?:collected|reported|measured|reporting|measurement|erhoben|berichtet|gemessen)(?: \w+)?", re.IGNORECASE)
"""Head of the column that tells how often a figure is reported: that is not how often the thing is done."""
_TIMES = frozenset({"interval", "deadline", "retention"})
_A_DOCUMENT = re.compile(r"[A-Z]{1,4}(?:-[A-Z]{1,4})*-\d+")
_OFTEN = re.compile(r"\b(?:how often|interval|frequency|cycle|turnus|häufigkeit|rhythm\w*)\b", re.IGNORECASE)
_PERIOD = re.compile(r"\b(?:period|duration|how long|time|term|\w*frist|\w*dauer|zeitraum|wie lange)\b", re.IGNORECASE)
_WHO_HEADS = re.compile(
    r"\b(?:owner|approves?|approver|approved by|approval|decides?|decision|reviewer|released? by|releases|verantwortlich|zuständig|freigabe|genehmigung|genehmigt|entscheidet|accepts?|who accepts)\b",
    re.IGNORECASE,
)
_HISTORY = re.compile(r"\b(?:revision|version|change history|änderungs)", re.IGNORECASE)
_NOT_NOW = re.compile(
    r"\b(?:were|was|had been|used to|formerly|until 20\d\d|in 20\d\d|before the \w+|bisher|früher|wurden?|foreseen|intention|planned|geplant|vorgesehen)\b[^.;]*\b20\d\d\b|\b20\d\d\b[^.;]*\b(?:were|was|had been|wurden?|foreseen|intention|planned|geplant|vorgesehen)\b",
    re.IGNORECASE,
)
"""What was the rule once, or is to be one day."""
_GOES_ON = re.compile(
    r"^(?:it|they|this|these|that|those|he|she|sie|er|es|dies\w*|diese|sie|danach|fällt|its|their)\b|\b(?:it|they|these|sie)\b",
    re.IGNORECASE,
)


def read(text: str, place: Place) -> Iterator[Ruling]:
    """What the sentences and table rows of a text rule."""
    if _HISTORY.search(place.heading.rsplit(" > ", 1)[-1]):
        return
    before = ""
    for start, end in language.sentence_spans(text):
        sentence = text[start:end]
        if " | " in sentence:
            yield from _of_row(sentence, place)
        elif not _NOT_NOW.search(sentence):
            yield from _of_sentence(sentence, place, before)
        before = sentence


def _of_sentence(sentence: str, place: Place, earlier: str) -> Iterator[Ruling]:
    said = _TAIL.sub("", _NUMBERED.sub("", sentence))
    clauses = [clause for clause in _CLAUSE.split(said) if clause.strip()]
    for number, clause in enumerate(clauses):
        before = " ".join(clauses[:number]) if len(clause.split()) < 9 or _GOES_ON.search(clause) else ""
        if not number and (len(clause.split()) < 6 or _GOES_ON.match(clause)):
            before = earlier
        for value in values(clause, place.tongue, place.names):
            yield _ruling(value, clause, before, sentence, place)


def _of_row(row: str, place: Place) -> Iterator[Ruling]:
    """What the cells say of the thing in the first one; the head of a column counts as far as it says more than that a value follows."""
    cells = [(head.strip(), value.strip()) for head, _, value in (cell.partition(": ") for cell in row.split(" | "))]
    named = next((place_ for place_, (_, value) in enumerate(cells) if re.search(r"[^\W\d_]{3}", value)), 0)
    heading, thing = (re.sub(r"^[\d.]+ ", "", text) for text in (place.heading.rsplit(" > ", 1)[-1], cells[named][1]))
    about = f"{heading}: {thing}"  # what is done with the thing, the heading says
    if len(thing.split()) > 5:  # a whole clause may stand in the first cell, and set a value itself
        yield from (_ruling(value, thing, "", row, place) for value in values(thing, place.tongue, place.names) if value.kind in _TIMES)
    told = max((value for head, value in cells[named + 1 :] if not _WHERE.search(head)), key=len, default="")
    told = told if len(told.split()) > 6 else ""
    for head, value in cells[named + 1 :]:
        if _WHERE.search(head) and not _A_DOCUMENT.fullmatch(value):
            yield _ruling(
                Value("place", len(about) + 1, len(about) + 1 + len(value), words=_names_of(value, place.tongue)),
                f"{about} {value}",
                told,
                row,
                place,
            )
            continue
        if _MEASURED.fullmatch(head):
            continue
        short = len(value.split()) < 7
        for clause in [value] if short else re.split(r"[;,.] ", value):
            text = f"{about} {head}: {clause}"
            said = f"{about} {head if topic(head, place.tongue) else ''} "
            for one in values(text, place.tongue, place.names):
                if one.start < len(text) - len(clause) or (one.kind in ("permission", "duty", "place") and short):
                    continue
                kind = _as_headed(one.kind, head, place)
                moved = len(said) - len(text) + len(clause)
                yield _ruling(
                    replace(one, kind=kind, start=one.start + moved, end=one.end + moved),
                    said + clause,
                    told if told != value else "",
                    row,
                    place,
                )
            if _WHO_HEADS.search(head) and (who := ROLE.match(clause)):
                yield _ruling(
                    Value("role", len(said), len(said) + who.end(), words=office(who[0], place.tongue)), said + clause, told, row, place
                )


def _as_headed(kind: str, head: str, place: Place) -> str:
    """What kind of value a time in a cell is: the head of its column tells, and for a mere period what the table is about."""
    if kind == "deadline" and _OFTEN.search(head):
        return "interval"
    if kind == "deadline" and _PERIOD.search(head) and KEEPS.search(f"{place.heading} {place.title}"):
        return "retention"
    return kind


def _names_of(text: str, tongue: str) -> frozenset[str]:
    names = frozenset(name.lower() for name in re.findall(r"\b[A-Z]\w+", text))
    return names or topic(text, tongue)


def _ruling(value: Value, clause: str, before: str, quote: str, place: Place) -> Ruling:
    bare = f"{clause[: value.start]} {_rest(clause, value)}" if value.kind not in ("permission", "duty") else clause
    # a clause without a subject of its own goes on about that of the one before
    if before and (len(topic(bare, place.tongue, place.names)) < 3):
        bare, before = f"{before} {bare}", ""
    words = topic(ROLE.sub(" ", bare) if value.kind != "role" else bare, place.tongue, place.names)
    names = frozenset(match.lower() for match in _NAME.findall(bare)) | (frozenset(re.findall(r"\w+", bare)) & place.names)
    near = topic(f"{place.heading} {place.title} {before}", place.tongue, place.names)
    context = f"{place.heading.rsplit(' > ', 1)[-1]} {before}"
    shown = clause[value.start : value.end]
    return Ruling(
        place,
        quote,
        value,
        shown,
        english(bare, place.tongue, place.names),
        english(context, place.tongue, place.names),
        words,
        near,
        names,
    )


def _rest(clause: str, value: Value) -> str:
    """What follows a value up to the next comma: beyond it something else is said."""
    return clause[value.end :].split(",")[0] if len(clause[: value.start].split()) > 3 else clause[value.end :]
