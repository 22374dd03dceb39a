"""Text that gives orders to a machine that reads it, as somebody plants it in a document: it is data here, never followed, and never quoted as a rule.

An order is told by its grammar: somebody calls a machine, or lays down what whoever reads the text shall answer, hide, send or believe. Sentences
about machines, prompts and instructions are no orders, nor is an example that stands in quotation marks. The rules are those of `orders.yaml`.
Whatever hides an order from a person's eye, or from a search, is undone first; what is quoted of a text stays as it was written.
"""

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from itertools import chain, islice, product
from pathlib import Path
from typing import NamedTuple

import yaml

from knowledge import language

RULES = Path(__file__).with_name("orders.yaml")
_ALL = 1_000
"""As many sentences as a paragraph may have."""
_COUNTS = {"two": 2, "zwei": 2, "three": 3, "drei": 3, "four": 4, "vier": 4}
_WINDOW, _STEP = 600, 400
"""A longer sentence is read in pieces that overlap, so that no text takes long to read."""

# How letters are disguised: as ones of other scripts, as digits, set apart, in base64.
_TWINS = str.maketrans(
    "АВЕКМНОРСТХУІЈЅаекорсухіјѕԁԛԝһӏѵмтнвпгΑΒΕΖΗΙΚΜΝΟΡΤΥΧαορνικτυχεω",
    "ABEKMHOPCTXYIJSaekopcyxijsdqwhlvmthbnrABEZHIKMNOPTYXaopviktuxew",
)
_LATIN = re.compile(r"LATIN (?:\w+ )*?LETTER (?:[\w-]+ )*?([A-Z])(?: WITH .*)?")
_DIGITS = {"0": "o", "1": "il", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s"}
_WITH_DIGITS = re.compile(r"[^\W_]*(?:[013457@$][^\W\d_]|[^\W\d_][013457@$])[\w@$]*")
_APART = re.compile(r"(?<![^\W_])(?:(?:[^\W_] {1,3}){4,}|(?:[^\W_][._*·-]){2,})[^\W_](?![^\W_])")
_ENCODED = re.compile(r"[A-Za-z0-9+/]{24,}")

_PUNCTUATION = re.compile(r"\s*([.,:;!?()\[\]|\"*>–—]|(?<=\s)-(?=\s))(?=\s|$|[\"(])\s*|\s*([(\[\"*|])\s*")
_QUOTES = str.maketrans("“”„«»‟", '""""""', "`")
_QUOTED = re.compile(r'"[^"]*"')
_AFTER_A_BREAK = "".join(
    ("(?:", "|".join(rf"(?<={one} )" for one in (r"[.,:;!?(\[\"*>–—-]", *" and, und, or, oder, then, so, but".split(","))), ")")
)


class _Rules(NamedTuple):
    """The patterns of `orders.yaml`, and every word that stands in it."""

    orders: re.Pattern[str]
    elsewhere: re.Pattern[str]
    telling: re.Pattern[str]
    markers: re.Pattern[str]
    announces: re.Pattern[str]
    closes: re.Pattern[str]
    points_back: re.Pattern[str]
    mentions: re.Pattern[str]
    attacks: re.Pattern[str]
    words: frozenset[str]


@cache
def _rules() -> _Rules:
    given = yaml.safe_load(RULES.read_text("utf-8"))
    words: dict[str, str] = {}
    for name, pattern in given["words"].items():
        words[name] = rf"(?:(?<!\w)(?:{_filled(pattern, words)})(?!\w))"
    rules = {name: [_filled(line, words) for line in lines.splitlines()] for name, lines in given["rules"].items()}
    every = " ".join([*words.values(), *chain(*rules.values())])
    known = {*re.findall(r"[a-z]{2,}", every), *language.ENGLISH_STOP, *map(_marks_off, language.GERMAN_STOP)}
    return _Rules(
        orders=_any_of(rules.values(), words),
        elsewhere=re.compile("|".join(words[name] for name in ("rest", "all_said", "unbound"))),
        telling=re.compile(words["telling"]),
        markers=re.compile("|".join(given["markers"].splitlines())),
        **{name: re.compile(given[name]) for name in ("announces", "closes", "points_back", "mentions", "attacks")},
        words=frozenset(known),
    )


def _any_of(rules: Iterable[Sequence[str]], words: Mapping[str, str]) -> re.Pattern[str]:
    """One pattern for all: those that begin with a clause, whose beginning is looked for once, and those that begin with any word."""
    beginning = _beginning(words)
    clauses = "|".join(rule.removeprefix(beginning) for rule in chain(*rules) if rule.startswith(beginning))
    others = "|".join(rule for rule in chain(*rules) if not rule.startswith(beginning))
    return re.compile(rf"{beginning}(?:{clauses})|(?<!\S)(?:{others})")


def _filled(pattern: str, words: Mapping[str, str]) -> str:
    """The rule with its lists put in, and its signs for gaps and beginnings of clauses written out."""
    pattern = re.sub(r"\{([a-z_]+)\}", lambda match: words[match[1]], pattern.replace("\n", "|"))
    pattern = pattern.replace(" ...", r" (?:\S+ ){0,16}?").replace(" ..", r" (?:\S+ ){0,8}?")
    return pattern.replace("^^", _beginning(words)) if "^^" in pattern else pattern


def _beginning(words: Mapping[str, str]) -> str:
    return f"{_AFTER_A_BREAK}(?:{words['filler']} )*"


# --- what is read ---------------------------------------------------------------------------------------------------------


def plain(text: str) -> str:
    """The text as an eye takes it: small Latin letters without marks, for signs that look like them; nothing hidden in it."""
    if text.isascii():
        return text.lower()
    return _marks_off(language.clean(text).translate(_TWINS))


def _marks_off(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character if character < "\x80" else _latin(character) for character in apart if not unicodedata.combining(character))


@cache
def _latin(character: str) -> str:
    """The Latin letter whose variant a character is by its name, such as a small capital; any other as it is."""
    match = _LATIN.fullmatch(unicodedata.name(character, ""))
    return match[1].lower() if match else character


def _undisguised(text: str) -> str:
    """The plain text with words put together that are written letter by letter, and digits read as the letters they stand for."""
    text = _APART.sub(lambda match: " ".join(_parted(re.sub(r"[\W_]", "", match[0]))), text)
    return _WITH_DIGITS.sub(lambda match: _spelled(match[0]), text)


def _spelled(word: str) -> str:
    """The word of the rules that somebody writes with digits for letters, else the word as it is."""
    ways = product(*(_DIGITS.get(character, character) for character in word))
    return next((one for way in islice(ways, 64) if (one := "".join(way)) in _rules().words), word)


def _parted(letters: str) -> list[str]:
    """A run of letters as the words of the rules in it, and single letters between them."""
    best: list[tuple[float, int]] = [(0, 0)]
    for end in range(1, len(letters) + 1):
        ways = [(best[start][0] + 0.8, start) for start in range(max(0, end - 16), end - 1) if letters[start:end] in _rules().words]
        best.append(min([(best[end - 1][0] + 1, end - 1), *ways]))
    out, end = [], len(letters)
    while end:
        out.append(letters[best[end][1] : end])
        end = best[end][1]
    return out[::-1]


def _spaced(text: str) -> str:
    """The text with its punctuation set apart, as the rules read it."""
    apart = _PUNCTUATION.sub(lambda match: f" {match[1] or match[2]} ", text.replace("<!--", " : ").translate(_QUOTES))
    return f". {' '.join(apart.split())} ."


# --- what is told ---------------------------------------------------------------------------------------------------------


def addresses_assistants(text: str) -> bool:
    """True for text with a sentence in it that gives orders to a machine that reads it."""
    return any(_is_order(text[start:end]) for start, end in language.sentence_spans(text))


@lru_cache(maxsize=10_000)
def spans(text: str) -> tuple[tuple[int, int], ...]:
    """(start, end) of each sentence that gives such an order, or that belongs to one in its paragraph; of the next, where the order ends its own."""
    found: list[tuple[int, int]] = []
    reached, announced, order, belongs = 0, 0, False, False
    for start, end in language.sentence_spans(text):
        if "\n" in text[reached:start]:
            announced, belongs = announced * order, False
        reached, sentence = end, text[start:end]
        order = _is_order(sentence)
        belongs = order or announced > 0 or (belongs and bool(_rules().points_back.search(plain(sentence))))
        announced = _announced(sentence) if order else max(announced - 1, 0)
        if belongs:
            found.append((start, end))
    return tuple(found)


def harmless(text: str) -> str:
    """The text without such orders and what belongs to them: what a model, or a comparison of rules, may read of it."""
    kept, reached = [], 0
    for start, end in spans(text):
        kept.append(text[reached:start])
        reached = end
    return "".join([*kept, text[reached:]])


@lru_cache(maxsize=50_000)
def _is_order(sentence: str) -> bool:
    """Whether a sentence, or a cell of a row of a table, gives an order."""
    if len(sentence) > _WINDOW:
        return any(_is_order(sentence[start : start + _WINDOW]) for start in range(0, len(sentence), _STEP))
    if " | " in sentence:
        cells = sentence.split(" | ")
        return any(map(_is_order, [*cells, *(cell.partition(": ")[2] for cell in cells)]))
    rules, shown = _rules(), plain(sentence)
    if rules.markers.search(shown) or any(map(_is_order, _decoded(sentence))):
        return True
    text = _without_examples(_spaced(_undisguised(shown)))
    return any(map(rules.orders.search, {text, text.replace("_", " ")}))


def _without_examples(text: str) -> str:
    """The sentence without what it quotes as an example, or tells of an attack."""
    rules = _rules()
    outside = _QUOTED.sub("", text)
    if outside != text and rules.mentions.search(outside):
        text = outside
    head, colon, _ = text.partition(" : ")
    return head if colon and rules.attacks.search(head) else text


def _decoded(sentence: str) -> list[str]:
    """What stands in base64 in a sentence, where it is text."""
    out = []
    for match in _ENCODED.finditer(sentence):
        try:
            text = base64.b64decode(match[0] + "=" * (-len(match[0]) % 4)).decode()
        except (binascii.Error, UnicodeDecodeError):
            continue
        if text.isprintable() and " " in text:
            out.append(text)
    return out


def _announced(sentence: str) -> int:
    """How many of the sentences after an order belong to it: as many as it announces, and all where it has nothing to say itself."""
    rules, shown = _rules(), plain(sentence)
    text = _spaced(_undisguised(shown))
    if match := rules.announces.search(text):
        return _COUNTS.get(match["count"], _ALL if match["many"] else 1)
    speechless = rules.elsewhere.search(text) and not rules.telling.search(text)
    opens = rules.markers.search(shown) and not rules.closes.search(shown)
    return _ALL if speechless or opens or text.endswith(": .") else 0
