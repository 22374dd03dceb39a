"""How a register speaks of its assets, and how a sentence does: words with all that they may stand for."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise, product
from typing import Any

from rapidfuzz import fuzz, process

from knowledge import controls, language
from knowledge.registers import REGISTERS

NAME = 3.0
_KIND, _PLACE, _TOLD, _WHY = 1.2, 1.4, 1.2, 0.8
"""What a word of the sentence is worth in a name, in what kind of thing it is, in where it stands, in the description, and in why it is in scope."""
_SYSTEM = 0.8
"""Share of its AI system's words that an asset inherits."""
_LATE, _CONSEQUENCE = 0.2, 0.7
"""What the last word of a sentence counts less than the first, and what one counts of which only the consequence speaks."""
_GLOSSED, _MAYBE, _PART, _NUMBERED = 0.8, 0.6, 0.4, 0.9
"""What an English meaning of a German word, a rarer one, a part of a name written together, and a code for `cell three` count beside the word itself."""
_PHRASE, _WHICH, _ROUTE = 0.3, 0.7, 0.5
"""What two words count beside each of them where the register has them side by side too; what a kind counts of which the word before says which one it is;
and what a word counts of the way by which something comes."""
_SECOND = 0.5
"""What the second part of a compound counts beside the first."""
_OTHERWISE = 0.8
"""What another name for a thing counts beside the one that the register has."""
_LENGTH = 0.5
"""The root of its number of words by which each word of a long name counts less."""
_MEANT = 84
"""Likeness in per cent from which an unknown word is read as a misspelt one of the register."""
_LONGEST_RUN, _SHORTEST_JOINED, _SHORTEST_PART, _LONGEST_RANGE = 3, 4, 5, 200
"""Words that may be written as one, letters that such a one has at least, and a part of a compound, and numbers of a range that are told one by one."""

VERSION = re.compile(r"\b(?:v\d[\w.]*|\d+\.\d[\w.]*)\b|\([^)]*\)")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=\d)")
_RANGE = re.compile(r"\b([A-Z]{1,4}-?)(\d{1,3})\s*(?:to|bis|through|-|–|\.\.)\s*(?:\1)?(\d{1,3})\b")
_LETTERED = re.compile(r"([^\W\d_]{3,})[\s;:,(]+([A-Z]{1,4})-?\d{1,3}\b")
_CONSEQUENTLY = re.compile(
    r"""\bso,?\s+(?:that|dass)\b | \bsodass\b | ,\s+so\b(?!\s+\w+\s+that\b) | \bso\s+(?:the|a|an|our|no|nobody|it|they|we|all|(?-i:[A-Z])) | \buntil\b
    | ,\s+(?:damit|bis|danach|wodurch|leading\s+to)\b | \b(?:and|und)\s+(?:then|dann)\b | \bon\s+(?:the|its|their)\s+way\s+to\b | \bauf\s+dem\s+weg\s+(?:zu|in|nach)""",
    re.IGNORECASE | re.VERBOSE,
)
"""Where a sentence turns from what happens to what follows from it, or to where something was going."""
_BY_WAY_OF = re.compile(
    r"\b(?:via|over|through|by\s+way\s+of|über|durch|mittels)\s+(?:(?:the|a|an|our|das|den|die|der|dem|einen?|eine)\s+)?[\w-]+",
    re.IGNORECASE,
)
"""The way by which something comes: it is not what is struck, if anything else is."""
_NUMBERS = {
    word: str(number)
    for number, words in enumerate(
        "one eins|two zwei|three drei|four vier|five fünf|six sechs|seven sieben|eight acht|nine neun|ten zehn|eleven elf|twelve zwölf".split(
            "|"
        ),
        1,
    )
    for word in words.split()
}
_PLACES = ("line", "location", "host", "customer", "origin", "version", "url_alias")
_NAMED_PLACES = ("site", "zone", "supplier")


@dataclass(frozen=True)
class Word:
    """A word of a sentence: the stems it may stand for, with what each counts, how much it weighs by its place, and whether it only tells what follows or by which way."""

    stems: Mapping[str, float]
    weight: float = 1.0
    follows: bool = False

    def without(self, some: Collection[str]) -> "Word":
        """The word less some of the stems that it may stand for."""
        return Word({stem: share for stem, share in self.stems.items() if stem not in some}, self.weight, self.follows)


def _phrase(one: Word, other: Word) -> Word:
    """Two words that follow each other, as one that stands for both."""
    singles = [[(stem, share) for stem, share in word.stems.items() if share >= _MAYBE and " " not in stem] for word in (one, other)]
    both = {_side_by_side(a, b): min(x, y) for (a, x), (b, y) in product(*singles) if a != b}
    return Word(both, min(one.weight, other.weight), one.follows or other.follows)


def _side_by_side(one: str, other: str) -> str:
    return f"{one} {other}"


class Vocabulary:
    """The words that each asset of a register answers to, and how many of their names have one, `in_names`."""

    def __init__(self, rows: Sequence[Mapping[str, Any]], belongs: Mapping[str, Mapping[str, Any]], names: Mapping[str, str]) -> None:
        self._own = {str(row["id"]): _own_words(row, belongs.get(row["id"]), names) for row in rows}
        self._kinds = {str(row["id"]): stems(kind_of(str(row["asset_class"] or ""))) for row in rows}
        classes = Counter(str(row["asset_class"]) for row in rows)
        self._alone = {str(row["id"]): str(row["asset_class"]) for row in rows if classes[str(row["asset_class"])] == 1}
        self.in_names = Counter(word for row in rows for word in stems(str(row["name"])))
        self._owned = Counter(word for some in self._own.values() for word in some)
        self._known = self._owned.keys() | {word for some in self._kinds.values() for word in some}
        self._letters = _letters_of(rows)

    def heard(self, word: Word) -> dict[str, float]:
        """Id of an asset -> what a word of a sentence, with all that it may stand for, is worth to it."""
        worth: dict[str, list[float]] = defaultdict(list)
        for stem, share in word.stems.items():
            for id_, value in self._worth(stem).items():
                worth[id_].append(share * value)
        return {id_: word.weight * (max(some) + _SECOND * sum(sorted(some)[-2:-1])) for id_, some in worth.items()}

    def told(self, word: Word) -> dict[str, float]:
        """The same, less what is said of its kind; where it is the only one of its kind, less what is also said of other kinds."""
        heard, beside, out = self.heard(word), self.heard(word.without(kind_words())), {}
        for id_, value in heard.items():
            kind, alone = self._kinds[id_], self._alone.get(id_)
            said = [stem for stem in word.stems if stem in kind and not (alone and _kinds_with(stem) <= {alone})]
            ours = self.heard(word.without(said)).get(id_, 0.0) if said else value
            out[id_] = ours if alone else (ours + beside.get(id_, 0.0)) / 2
        return out

    def _worth(self, stem: str) -> dict[str, float]:
        """Id -> worth of a word: more where few assets have it of their own or by their kind, less where all of information security uses it."""
        out = self._of_its_kind(*stem.split(" ")) if " " in stem else {}
        if stem not in self._known:
            return out
        of_kind = {id_: _KIND * some[stem] for id_, some in self._kinds.items() if stem in some}
        own = {id_: some[stem] for id_, some in self._own.items() if stem in some}
        all_, rarely, usually = len(self._own), _telling(stem), len(of_kind.keys() | own.keys())
        out |= {id_: weight * rarely * math.log(1 + all_ / usually) for id_, weight in of_kind.items()}
        for id_, weight in own.items():
            out[id_] = max(out.get(id_, 0.0), weight * rarely * math.log(1 + all_ / len(own)))
        return out

    def _of_its_kind(self, which: str, kind: str) -> dict[str, float]:
        """The worth of two words of which the second says what kind of thing it is and the first which of them: `furnace model`."""
        return {
            id_: _WHICH * value for id_, value in self._worth(which).items() if kind in self._kinds[id_] and which not in self._kinds[id_]
        }

    def read(self, sentence: str) -> list[Word]:
        """The words of a sentence; one that is misspelt, written apart or numbered stands for the one of the register."""
        tongue = language.language_of(sentence)
        turn = match.start() if (match := _CONSEQUENTLY.search(sentence)) else len(sentence)
        found: list[tuple[int, Mapping[str, float]]] = []
        before: list[Mapping[str, float]] = []
        for start, run in self._runs(sentence):
            before.append(self._meant(run, before, tongue))
            if before[-1]:
                found.append((start, before[-1]))
        late = _LATE / max(len(found), 1)
        ways = [match.span() for match in _BY_WAY_OF.finditer(sentence)]
        said = []
        for place, (start, some) in enumerate(found):
            way, follows = any(first < start < last for first, last in ways), start > turn
            weight = (1 - late * place) * (_CONSEQUENCE if follows else 1) * (_ROUTE if way else 1)
            said.append(Word(some, weight, follows or way))
        return said + [pair for one, other in pairwise(said) if (pair := _phrase(one, other)).stems]

    def _runs(self, sentence: str) -> Iterator[tuple[int, list[str]]]:
        """(where it starts, its words) of each word, or of several that the register writes as one."""
        words = [(match.start(), match.group()) for match in language.WORD.finditer(sentence)]
        place = 0
        while place < len(words):
            lengths = range(min(_LONGEST_RUN, len(words) - place), 1, -1)
            some = next((n for n in lengths if self._is_joined(word for _, word in words[place : place + n])), 1)
            yield words[place][0], [word for _, word in words[place : place + some]]
            place += some

    def _is_joined(self, words: Iterable[str]) -> bool:
        return _joined("".join(words)) in self._known

    def _meant(self, run: Sequence[str], before: Sequence[Mapping[str, float]], tongue: str) -> Mapping[str, float]:
        """The stems that a word stands for, or a run of words that are written as one; `before` are those of the words before it."""
        word = run[0]
        found = dict(stems(" ".join(run), tongue))
        if len(run) > 1 or not any(stem in self._known for stem in found):
            keys = (_joined("".join(run)), _joined("+" + word))
            if key := next((key for key in keys if key in self._known), None):
                return {key: 1.0} | found
        if number := _NUMBERS.get(word.lower(), word if word.isdigit() else ""):
            codes = {f"{letters}{number}" for letters in self._abbreviated(before)}
            return ({number: 1.0} if word.isdigit() else {}) | {code: _NUMBERED for code in codes if code in self._known}
        if len(word) > 4 and found and not any(stem in self._known for stem, share in found.items() if share > _PART):
            if tongue == "de" and (parts := self._parts(word.lower())):
                return found | parts
            alike = (one for one in self._known if one[0] == word[0].lower())
            near = process.extractOne(word.lower(), alike, scorer=fuzz.ratio, score_cutoff=_MEANT)
            meanings = language.stems(" ".join(language.the_glossary().means(word, "en")), "en") if tongue == "en" else ()
            return found | {near[0]: near[1] / 100} if near else found | dict.fromkeys(meanings, _MAYBE)
        return found

    def _parts(self, word: str) -> dict[str, float]:
        """The words of the register that a German compound begins or ends with."""
        cuts = range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1)
        parts = {stem: _MAYBE for cut in cuts for part in (word[:cut], word[cut:]) for stem in stems(part, "de")}
        return {stem: share for stem, share in parts.items() if stem in self._known}

    def _abbreviated(self, before: Sequence[Mapping[str, float]]) -> Iterator[str]:
        """The letters that may stand for the thing before a number: those of the register for its noun, or its words' initials."""
        if before:
            yield from (letters for stem in before[-1] for letters in self._letters.get(stem, ()))
            yield from (first[0] + second[0] for some in before[-2:-1] for first in some for second in before[-1])


# --- the register's side ----------------------------------------------------------------------------------------------------


def _own_words(row: Mapping[str, Any], system: Mapping[str, Any] | None, names: Mapping[str, str]) -> dict[str, float]:
    """The words that an asset answers to beside those for its kind, each with its weight; a supplier's name in its own is a place."""
    named = " ".join(names.get(str(row.get(name) or ""), "") for name in _NAMED_PLACES)
    places = " ".join(str(row.get(name) or "") for name in _PLACES) + " " + named
    told = [
        (row["name"], NAME),
        (places, _PLACE),
        (row.get("description"), _TOLD),
        (row.get("scope_reason"), _WHY),
    ]
    if system is not None:
        told += [(system.get(name), _SYSTEM * weight) for name, weight in (("name", NAME), ("purpose", _TOLD), ("description", _TOLD))]
    out: dict[str, float] = defaultdict(float)
    elsewhere = stems(named)
    for text, weight in told:
        length = 1.0 if weight < NAME * _SYSTEM else _of_name(text)
        for word, share in stems(_spelled_out(str(text or ""))).items():
            out[word] = max(out[word], share * (min(weight * length, _PLACE) if word in elsewhere else weight * length))
        for pair in _pairs(str(text or "")):
            out[pair] = max(out[pair], _PHRASE * weight * length)
    for ring in _rings():
        said = max((out[word] for word in ring if word in out), default=0.0)
        out |= {word: max(out.get(word, 0.0), _OTHERWISE * said) for word in ring if said}
    for name in (row["name"], row.get("url_alias"), system and system["name"]):
        for word in _written_together(str(name or "")):
            out[word] = max(out[word], NAME * (_SYSTEM if system and name == system["name"] else 1))
    return out


@lru_cache(maxsize=10_000)
def _pairs(text: str) -> frozenset[str]:
    """Every two words of a text that stand side by side, as one."""
    words = [tuple(stem for stem, share in stems(word).items() if share >= _MAYBE and " " not in stem) for word in language.words(text)]
    told = [word for word in words if word]
    return frozenset(_side_by_side(a, b) for one, other in pairwise(told) for a in one for b in other)


def _of_name(name: str) -> float:
    """What one word tells of a name: all of it where it is the only one."""
    number = sum(bool(stems(word)) for word in VERSION.sub(" ", name).split())
    return max(number, 1) ** -_LENGTH


@lru_cache(maxsize=10_000)
def _spelled_out(text: str) -> str:
    """The text with every number of a range: `M1 to M3` names M2 too."""

    def each(match: re.Match[str]) -> str:
        first, last = int(match[2]), int(match[3])
        if not first < last <= first + _LONGEST_RANGE:
            return match[0]
        return " ".join(f"{match[1]}{number:0{len(match[2])}d}" for number in range(first, last + 1))

    return _RANGE.sub(each, text)


@lru_cache(maxsize=10_000)
def _written_together(name: str) -> frozenset[str]:
    """The words of a name, and each two that stand side by side, without the marks inside them: `SRV-AI-02` is `srvai02` too."""
    words = VERSION.sub(" ", name).split()
    some = [word if stems(word) else "" for word in words]
    numbered = [one + other for one, other in pairwise(some) if one and other.isdigit()]
    apart = [f"+{one}{other}" for one, other in pairwise(some) if one and other]
    return frozenset(one for word in (*some, *numbered, *apart) if len(one := _joined(word)) > _SHORTEST_JOINED)


def _joined(text: str) -> str:
    """A key of its own, so that it is not taken for the stem of a word; one with a plus stands apart in the register."""
    return ("+" if text.startswith("+") else "=") + re.sub(r"[\W_]+", "", text.lower())


def _letters_of(rows: Sequence[Mapping[str, Any]]) -> Mapping[str, set[str]]:
    """Stem of a noun -> the letters that stand for it in codes: W of a cell where the register says `weld cell W1`."""
    out: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        for name in ("name", "description", "line", "location"):
            for noun, letters in _lettered(str(row.get(name) or "")):
                for stem in stems(noun):
                    out[stem].add(letters)
    return out


@lru_cache(maxsize=10_000)
def _lettered(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((noun, letters.lower()) for noun, letters in _LETTERED.findall(text))


# --- words ------------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=20_000)
def stems(text: str, tongue: str = "") -> Mapping[str, float]:
    """Stems of a text with what each counts: of `WeldEye` its parts too, and of a German text its meaning in English."""
    tongue = tongue or language.language_of(text)
    stop = _ACTS | _HOW | language.ENGLISH_STOP | (language.GERMAN_STOP if tongue == "de" else frozenset())
    found: dict[str, float] = {}
    for part in _CAMEL.sub(" ", text).split():
        found |= dict.fromkeys(language.stems(part, "en") if len(part) > 1 else [], _PART)
    if tongue == "de":
        meanings = (meaning for word in language.words(text) for meaning in language.the_glossary().means(word))
        found |= dict.fromkeys(language.stems(" ".join(meanings), "en"), _MAYBE)
        english = language.stems(language.the_glossary().gloss(text), "en")
        found |= dict.fromkeys([*english, *(_side_by_side(one, other) for one, other in pairwise(english))], _GLOSSED)
        found |= dict.fromkeys(language.stems(text, "de"), 1.0)
    found |= {language.stem(word, "en"): 1.0 for word in language.words(text) if word not in stop}
    return {word: share for word, share in found.items() if word not in stop and (len(word) > 1 or word.isdigit())}


@lru_cache(maxsize=100)
def kind_of(code: str) -> str:
    """The words that people use for a class of assets."""
    kinds = REGISTERS["asset"].by_name["asset_class"].codes
    return f"{' '.join(kinds[code].all()) if kinds and code in kinds else code} {_LIKE.get(code, '')}"


@cache
def kind_words() -> frozenset[str]:
    """The words for all kinds of assets."""
    return frozenset(word for code in _LIKE for word in stems(kind_of(code)))


@lru_cache(maxsize=20_000)
def _kinds_with(stem: str) -> frozenset[str]:
    """The classes for which a word is used."""
    return frozenset(code for code in REGISTERS["asset"].by_name["asset_class"].codes or () if stem in stems(kind_of(code)))


@lru_cache(maxsize=20_000)
def _telling(stem: str) -> float:
    """Share of its weight that a word keeps: one that the catalogue of controls and threats uses often says little of an asset."""
    return 1 / (1 + math.log1p(_usual()[stem]) / 4)


@cache
def _rings() -> tuple[tuple[str, ...], ...]:
    """The stems of the names that one thing has."""
    return tuple(tuple(language.stems(names, "en")) for names in _CALLED_TOO)


@cache
def _usual() -> Counter[str]:
    """How many entries of the catalogue use a word."""
    entries = (entry for framework in controls.NAMES if framework != controls.THREAT for entry in controls.catalogue().entries(framework))
    return Counter(stem for entry in entries for stem in set(language.stems(entry.text, "en")))


_LIKE = {
    "production_ai_model": "network weights inspection camera vision prediction algorithm",
    "training_dataset": "images pictures labels annotations samples training retraining learning records",
    "feature_pipeline": "preprocessing intake script",
    "serving_infrastructure": "server deployment registry",
    "edge_ai_device": "box inference device at the line",
    "api_endpoint": "call key request gateway",
    "data_storage": "share drive archive backup registry",
    "network": "switch firewall office",
    "development_environment": "notebook workstation build laptop developer",
    "monitoring": "dashboard log alarm logs",
    "plc": "program set point robot cell",
    "hmi": "screen panel display",
    "scada": "control room",
    "historian": "process data measurements time series",
    "ot_network": "zone conduit switch",
    "cloud_ai_service": "cloud vendor",
    "supplier_service": "remote maintenance integrator vendor",
}
"""Further words that people use for a kind of asset; German ones are read through their meaning."""
_CALLED_TOO = (
    "assistant chatbot chat bot llm",
    "notebook laptop computer",
    "truck forklift vehicle shuttle",
    "robot manipulator",
    "camera lens",
    "panel screen display",
)
"""Things that people call by one of several names, whichever the register has."""
_ACTS = frozenset(
    """use find get make let see run bring come put keep give show leav sit hang turn try start stop call know part take lie stand stay
    copi steal sell leak download replac swap exchang chang manipul alter poison flood attack encrypt delet forward""".split()
)
"""What happens in any sentence, and tells no asset."""
_HOW = frozenset(
    """old new late last first next good bad wrong right fals true everi each full empti big small long short high low whole still alway never often
    since alon togeth alreadi own same differ single doubl secret open few mani much two three four everyon everybodi nobodi anyth noth year month week day night hour minut time way""".split()
)
"""How, how much and when, which is said of anything."""
