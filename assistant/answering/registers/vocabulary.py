"""What words of a question may mean: the words of the registers from their descriptions, and those of `words.yaml`."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import permutations
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from rapidfuzz import process
from rapidfuzz.distance import OSA

from assistant.answering.registers.query import DATES, codes_of, kind_of
from knowledge import language
from knowledge.registers import REGISTERS, Register
from knowledge.registers.columns import Column, Kind, Words

WORDS = Path(__file__).with_name("words.yaml")
GUIDANCE, GERMAN = (Path(language.__file__).with_name(name) for name in ("guidance", "german.tsv"))
_LOOSE, _APART = (2, 3), 6
"""How many words of a phrase may stand in any order, and within how many words of the question."""
_BENT = re.compile(r"(?P<high>hohe[mnrs]?)|mittlere[mnrs]?")
_DENIED = ("not", "never", "nicht", "nie")
_ALONE = ("overdue", "review_overdue", "expired")
"""Computed columns whose words also say something of other columns, and so count only as they stand."""
_TOKEN = re.compile(r"[^\W_]+(?:[.&/][^\W_]+)*", re.UNICODE)


class Sense(NamedTuple):
    """One meaning of a phrase. `what` is register, column, code, late, row or cue; `noun` says that it is a thing one can count."""

    what: str
    register: str = ""
    column: str = ""
    values: tuple[str, ...] = ()
    noun: bool = False
    plural: bool = False


Key = tuple[str, ...]


@dataclass(eq=False)
class Lexicon:
    """Phrases, as stems, with what they may mean."""

    senses: dict[Key, list[Sense]] = field(default_factory=lambda: defaultdict(list))
    longest: dict[tuple[str, str], int] = field(default_factory=dict)
    """Tokens of the longest phrase that begins with a stem, by language and stem."""
    words: set[str] = field(default_factory=set)
    """Every single word as it is written, folded: what a misspelt word may have been."""
    stems: set[tuple[str, str]] = field(default_factory=set)
    """(language, stem) of each."""

    def add(self, phrase: str, sense: Sense, tongues: Iterable[str] = ("en", "de"), small: bool = False) -> None:
        """Take up a phrase; one or two small words say nothing, unless they are a cue or meant to: `hängt ab von` does."""
        tokens = tokens_of(phrase)
        empty = sense.what == "column" or (sense.what == "code" and sense.column not in ("state", "status"))
        if not tokens or (empty and not small and len(tokens) < 3 and fillers().issuperset(tokens)):
            return
        self.words.update(tokens)
        self.stems.update((tongue, stem(token, tongue)) for token in tokens for tongue in tongues)
        for key in [(tongue, *(stem(token, tongue) for token in tokens)) for tongue in tongues] + [("", *tokens)]:
            self.longest[key[0], key[1]] = max(self.longest.get((key[0], key[1]), 0), len(tokens))
            if sense not in self.senses[key]:
                self.senses[key].append(sense)

    def add_loosely(self, phrase: str, sense: Sense, tongue: str) -> None:
        """Take up the words of a phrase that say something, in either order: `in SPS schreiben`, `schreiben in die SPS`."""
        content = [stem(token, tongue) for token in tokens_of(phrase) if token not in fillers()]
        if len(set(content)) in _LOOSE:
            for order in permutations(content):
                if sense not in self.senses[("~", tongue, *order)]:
                    self.senses[("~", tongue, *order)].append(sense)

    def knows(self, word: str) -> bool:
        """Whether it is, in whatever form, a word of a phrase."""
        return word in self.words or any((tongue, stem(word, tongue)) in self.stems for tongue in ("en", "de"))

    def at(self, tokens: list[str], place: int) -> tuple[int, list[Sense]]:
        """(number of tokens, senses) of the longest phrase that begins there; (0, []) without one."""
        loose = self._loosely_at(tokens, place)
        first = tokens[place]
        begun = (self.longest.get((tongue, stem(first, tongue) if tongue else first), 0) for tongue in ("", "en", "de"))
        for length in range(min(max(begun), len(tokens) - place), 0, -1):
            some = tokens[place : place + length]
            stems = [(tongue, *(stem(token, tongue) for token in some)) for tongue in ("en", "de")]
            # A word as it is written before words that only share its stem: `confidentiality` is not `confidential`.
            found = self.senses.get(("", *some)) or [sense for key in stems for sense in self.senses.get(key, ())]
            if length > 1 and ("", *some) not in self.senses and self._parts(first, found):
                continue
            if found and length >= loose[0]:
                return length, list(dict.fromkeys(found))
        return loose

    def _parts(self, first: str, found: Sequence[Sense]) -> bool:
        """Whether a phrase that is only nearly so said is two things: `risks assessed` are risks, `contracts end` the end of contracts."""
        rows = {sense.register for sense in self.senses.get(("", first), ()) if sense.what == "register" and sense.plural}
        return bool(rows) and (any(sense.register in rows for sense in found) or all(sense.what in ("code", "register") for sense in found))

    def _loosely_at(self, tokens: list[str], place: int) -> tuple[int, list[Sense]]:
        """The same for the words of a phrase with nothing but small words between them."""
        content = [at for at in range(place, min(place + _APART, len(tokens))) if tokens[at] not in fillers()]
        for number in reversed(_LOOSE):
            some = content[:number]
            if len(some) == number and some[0] == place:
                keys = [("~", tongue, *(stem(tokens[at], tongue) for at in some)) for tongue in ("en", "de")]
                if found := [sense for key in keys for sense in self.senses.get(key, ())]:
                    return some[-1] - place + 1, list(dict.fromkeys(found))
        return 0, []


def tokens_of(text: str) -> list[str]:
    """The words of a text, folded: no case, no accents, `ue` like `ü`; hyphens part words."""
    return [fold(match.group()) for match in _TOKEN.finditer(text)]


@lru_cache(maxsize=50_000)
def fold(word: str) -> str:
    """A word in the form in which words are compared."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(letter))
    return plain.replace("ae", "a").replace("oe", "o").replace("ue", "u")


@lru_cache(maxsize=50_000)
def stem(word: str, tongue: str) -> str:
    """The stem of a folded word; `hohe` and `mittlere` are forms that no stemmer knows."""
    if tongue == "de" and (known := _BENT.fullmatch(word)):
        return "hoch" if known["high"] else "mittel"
    return word if any(letter.isdigit() for letter in word) else language.stem(word, tongue)


@cache
def cues() -> dict[str, Any]:
    """The lists of `words.yaml`."""
    return dict(yaml.safe_load(WORDS.read_text(encoding="utf-8")))


@cache
def fillers() -> frozenset[str]:
    """Words that say nothing about what is wanted: those of `words.yaml`, and the pronouns, articles and particles of both languages."""
    empty = (line.partition("\t") for line in GERMAN.read_text(encoding="utf-8").splitlines())
    grammar = {*language.ENGLISH_STOP, *language.GERMAN_STOP, *(word for word, _, meaning in empty if not meaning.strip())}
    said = (*cues()["fillers"].split(), *(grammar - restricting()))
    return frozenset(token for word in said for token in tokens_of(word))


@cache
def restricting() -> frozenset[str]:
    """Small words that say something nevertheless, as they are written."""
    return frozenset(cues()["restricting"].split())


@cache
def blocked() -> frozenset[str]:
    """Words that make it a question about something else."""
    return frozenset(token for word in cues()["blocked"].split() for token in tokens_of(word))


@lru_cache(maxsize=50_000)
def spelt_right(word: str) -> bool:
    """Whether it is a word that our own texts use, in whatever form: `interval` is no misspelt `internal`."""
    return any((tongue, stem(word, tongue)) in _ordinary() for tongue in ("en", "de"))


@cache
def _ordinary() -> frozenset[tuple[str, str]]:
    """(language, stem) of the words of our guidance and of the German word list."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(GUIDANCE.rglob("*.md"))]
    tokens = Counter(token for text in texts for token in tokens_of(text))
    english = {token for token, times in tokens.items() if times > 1}
    german = {fold(line.split("\t")[0]) for line in GERMAN.read_text(encoding="utf-8").splitlines()}
    return frozenset({("en", stem(word, "en")) for word in english} | {("de", stem(word, "de")) for word in german})


@cache
def described() -> Lexicon:
    """The words of every register, column and code, and of `words.yaml`."""
    lexicon = Lexicon()
    for found in REGISTERS.values():
        _words(lexicon, found.words, Sense("register", found.name, noun=True))
        for column in found.columns:
            _words(lexicon, column.words, Sense("column", found.name, column.name))
            for phrase in (*_shorter(column), *phrases_of(column)[len(column.words.all()) :]):
                lexicon.add(phrase, Sense("column", found.name, column.name))
            if kind_of(found, column) is Kind.BOOLEAN and column.name not in _ALONE:
                also = also_called(found, column)
                for tongue, phrases in (("en", [*column.words.en, *also]), ("de", [*column.words.de, *also])):
                    for phrase in (*phrases, *_without_modal(phrases)):
                        lexicon.add_loosely(phrase, Sense("column", found.name, column.name), tongue)
            for code, words in (codes_of(found, column) or {}).items():
                _words(lexicon, words, Sense("code", found.name, column.name, (code,), noun=column.name in ("asset_class", "grade")))
                for phrase in words.all():
                    if tokens_of(phrase)[0] in _DENIED and len(tokens_of(phrase)) == 2:
                        lexicon.add_loosely(phrase, Sense("code", found.name, column.name, (code,)), "en" if phrase in words.en else "de")
                if "open" in words.en:
                    for phrase in cues()["outstanding"].split("|"):
                        lexicon.add(phrase, Sense("code", found.name, column.name, (code,)))
                if column.name in ("type", "kind"):
                    _kinds(lexicon, found, words, Sense("code", found.name, column.name, (code,), noun=True))
        if late := _late(found):
            for phrase in cues()["late"].split("|"):
                lexicon.add(phrase, late)
                lexicon.add_loosely(phrase, late, "en")
    for place, phrases in cues()["columns"].items():
        register, column = place.split(".")
        for phrase in phrases.split("|"):
            lexicon.add(phrase, Sense("column", register, column), small=True)
    for place, families in cues()["families"].items():
        register, column = place.split(".")
        for phrases, codes in families.items():
            words = Words.of(phrases, phrases)
            sense = Sense("code", register, column, tuple(codes))
            _words(lexicon, words, sense)
            for phrase in words.en:
                for tongue in ("en", "de") if " " in phrase and "/" not in phrase else ():
                    lexicon.add_loosely(phrase, sense, tongue)
    for name, phrases in cues().items():
        if name not in (
            "families",
            "columns",
            "doing",
            "deeds",
            "countries",
            "regions",
            "outstanding",
            "fillers",
            "restricting",
            "blocked",
            "listing",
            "late",
        ):
            for phrase in phrases.split("|"):
                for form in [phrase, *(phrase + ending for ending in "mnrs" if phrase.endswith("te"))]:
                    lexicon.add(form, Sense("cue", column=name), ())
    for register, phrases in cues()["doing"].items():
        for phrase in phrases.split("|"):
            lexicon.add(phrase, Sense("cue", register, "doing"))
    for column, phrases in cues()["deeds"].items():
        for phrase in phrases.split("|"):
            lexicon.add(phrase, Sense("cue", column="deed", values=(column,)), ("de",))
    for word in cues()["listing"].split():
        lexicon.add(word, Sense("cue", column="listing"), ())
    return lexicon


def _kinds(lexicon: Lexicon, found: Register, words: Words, sense: Sense) -> None:
    """Add those words of a type that hold the register's own: a `customer audit` is a thing that one can count, a `customer` is none."""
    own = set(tokens_of(found.words.label()))
    for phrase in words.all():
        if own & set(tokens_of(phrase)):
            lexicon.add(phrase, sense)


def _words(lexicon: Lexicon, words: Words, sense: Sense) -> None:
    """Add singular and plural; a code whose words have both is a thing that one can count."""
    for tongue, phrases in (("en", words.en), ("de", words.de)):
        for both in phrases:
            singular, _, plural = both.removesuffix("/r").partition("/")
            noun = sense.noun or bool(plural)
            lexicon.add(singular, sense._replace(noun=noun), (tongue,))
            if plural and plural != singular:
                lexicon.add(plural, sense._replace(noun=noun, plural=True), (tongue,))


def _without_modal(phrases: Iterable[str]) -> list[str]:
    return [re.sub(r"^(?:may|can|darf|kann|in|im) ", "", phrase) for phrase in phrases]


def _shorter(column: Column) -> Iterator[str]:
    """`expires` of `expires on`, `assessment` of `last assessment`."""
    for phrase in phrases_of(column):
        if column.kind is Kind.BOOLEAN:
            yield from _without_modal([phrase])
        elif column.kind in DATES:
            yield re.sub(r" (?:on|at|am)$", "", phrase)
            yield re.sub(r"^(?:last|next|letzte|nächste|zuletzt) ", "", phrase)


DUE = (
    "due_date",
    "next_review",
    "review_date",
    "next_assessment",
    "next_due",
    "rotation_due",
    "access_review_due",
    "expires_on",
    "valid_until",
)
"""Columns that say until when something is to be done, the most telling first."""
EXPIRY = ("acceptance_expires", "expires_on", "contract_end", "valid_until")
"""Columns that say when a row ends, the most telling first."""


def stems(word: str) -> tuple[str, str]:
    """A word's stems in both languages."""
    return stem(word, "en"), stem(word, "de")


def all_there(phrase: str, words: Sequence[str]) -> bool:
    """Whether each word of a phrase is among the words, in whatever form."""
    there = {stemmed for word in words for stemmed in (word, *stems(word))}
    return all({word, *stems(word)} & there for word in tokens_of(phrase))


def phrases_of(column: Column) -> list[str]:
    """The words of a column; a `Prüfung` of dates is an `Überprüfung` too, and the other way round; what is `geprüft` is `überprüft`."""
    words = list(column.words.all())
    if column.kind not in DATES:
        return words
    other = [
        re.sub(rf"\b{one}", two, word)
        for one, two in (("Prüfung", "Überprüfung"), ("Überprüfung", "Prüfung"), ("geprüft", "überprüft"))
        for word in words
    ]
    return list(dict.fromkeys(words + other))


def also_called(found: Register, column: Column) -> list[str]:
    """What else people call a column, of `words.yaml`."""
    said: str = cues()["columns"].get(f"{found.name}.{column.name}", "")
    return said.split("|") if said else []


def columns_named(found: Register, words: Sequence[str]) -> list[str]:
    """Columns all of whose words are among the words, though other words may stand between; of the longest phrases, at most three."""
    hits: list[tuple[int, str]] = []
    for column in found.columns:
        if column.name in (found.id_name, "audience", "source", "revision"):
            continue
        sizes = [
            len(tokens)
            for phrase in (*phrases_of(column), *also_called(found, column))
            if (tokens := tokens_of(phrase))
            and len(phrase) > 1
            and (len(tokens) > 2 or not fillers().issuperset(tokens))
            and all_there(phrase, words)
        ]
        if sizes:
            hits.append((max(sizes), column.name))
    best = max((size for size, _ in hits), default=0)
    return [name for size, name in hits if size == best][:3]


def dates_named(found: Register, words: Sequence[str]) -> list[str]:
    """The date that a short word for it names, at most one: `patched` for `patched on`."""
    dated = [column for column in found.columns if column.kind in DATES]
    return [
        column.name
        for column in dated
        if any(len(tokens_of(one)) and all_there(one, words) for one in (*_shorter(column), *also_called(found, column)))
    ][:1]


def label_of(found: Register) -> str:
    """The column by which people know a row: its name or title, else its first line of text that must be there."""
    known = next((name for name in ("name", "title") if name in found.by_name), "")
    return known or next((column.name for column in found.required), found.id_name)


def due_column(found: Register) -> str:
    """The column that says until when something is to be done; empty where none does."""
    return next((name for name in DUE if name in found.by_name), "")


def _late(found: Register) -> Sense | None:
    """What `overdue` means for a register: what it works out itself, else that its date lies before today."""
    ends = ("expired",) if due_column(found) in EXPIRY else ()
    computed = next((name for name in ("overdue", "review_overdue", *ends) if name in found.by_name), "")
    if computed:
        return Sense("column", found.name, computed)
    return Sense("late", found.name, due_column(found)) if due_column(found) else None


def smallest(token: str) -> str:
    """The small word that a short misspelt one was, `have` for `hav`; the token itself where none is near."""
    if not 2 < len(token) < 6:
        return token
    near = process.extractOne(token, sorted(word for word in fillers() if len(word) > 3), scorer=OSA.distance, score_cutoff=1)
    return near[0] if near and near[0][0] == token[0] else token


_NO_VOWEL = re.compile(r"[bcdfghjklmnpqrstvwxz]{4,6}")


@lru_cache(maxsize=10_000)
def written_out(token: str) -> str:
    """The word of the registers' names that an abbreviation without vowels stands for, `mgmt` for `management`; empty where none does, or several do."""
    if not _NO_VOWEL.fullmatch(token):
        return ""
    letters = re.compile(".*".join(token))
    found = {word for word in _common_words() if len(word) > len(token) + 2 and letters.fullmatch(word)}
    return next(iter(found)) if len(found) == 1 else ""


@lru_cache(maxsize=10_000)
def mended(token: str, lexicons: tuple[Lexicon, ...]) -> str:
    """The known word that a misspelt one most likely was; the token itself where none is near."""
    if len(token) < 4 or any(letter.isdigit() for letter in token):
        return token
    known = _all_words(lexicons) if len(token) > 4 else _common_words()
    near = process.extract(token, known, scorer=OSA.distance, score_cutoff=1 if len(token) < 8 else 2, limit=None)
    return min((word for word, _, _ in near if word[0] == token[0]), key=lambda word: OSA.distance(word, token), default=token)


@cache
def _common_words() -> tuple[str, ...]:
    """Names of registers, the words for an owner and those that ask for a list: what a short word may have been."""
    named = [
        words
        for found in REGISTERS.values()
        for words in (found.words, found.by_name["owner"].words if "owner" in found.by_name else found.words)
    ]
    registers = {word for words in named for phrase in words.all() for word in tokens_of(phrase)}
    return tuple(sorted(word for word in registers | set(tokens_of(cues()["listing"])) if len(word) > 3))


@lru_cache(maxsize=8)
def _all_words(lexicons: tuple[Lexicon, ...]) -> tuple[str, ...]:
    return tuple(sorted({word for one in lexicons for word in one.words if len(word) > 4}))
