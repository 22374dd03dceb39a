"""What words tell: the English stems of a text that say what it is about, and the proper names of a collection."""

import re
from collections.abc import Iterable
from functools import lru_cache

from knowledge import language

WEEKDAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag"
MONTH = r"january|february|march|april|may|june|july|august|september|october|november|december|januar|februar|märz|mai|juni|juli|oktober|dezember"
SEASON = r"spring|summer|autumn|fall|winter|frühjahr|frühling|sommer|herbst"
_CALENDAR = re.compile(rf"(?:{WEEKDAY}|{MONTH}|{SEASON}|christmas|easter|german|english|european|germany|europe)s?", re.IGNORECASE)
_SAYS_NOTHING = frozenset(
    language.stem(word, "en")
    for word in (
        "must may shall should can is are be been kept keep keeps retained retain retention stored store held within least most every each once twice after before until latest day days week weeks "
        "month months year years hour hours minute minutes quarter quarters second daily weekly monthly quarterly yearly annually annual working calendar business time times long period regularly "
        "decides decided allowed permitted forbidden prohibited never only always also all any plant company document documents rule rules following applies apply done carried carry out place takes take "
        "maximum minimum per through use used make made give given one two three item whose both own required procedure policy part case section form number type name come comes gets whoever anyone result results follow where often"
    ).split()
)
"""Words of ruling and of time: they tell what kind of value is set, not of what."""


def english(text: str, tongue: str, names: frozenset[str] = frozenset()) -> str:
    """The text in English words, a German one by the glossary; proper names stay as they are."""
    text = " ".join(text.split())
    if tongue != "de":
        return text
    gloss = language.the_glossary().gloss
    between, said = "", []
    for piece in re.split(r"(\w+)", text):
        if piece in names:
            said += [gloss(between), piece]
            between = ""
        else:
            between += piece
    return " ".join(part for part in (*said, gloss(between)) if part)


@lru_cache(maxsize=50_000)
def topic(text: str, tongue: str, names: frozenset[str] = frozenset()) -> frozenset[str]:
    """What a text is about: the English stems of its words; words of ruling and of time say nothing of it."""
    found = language.stems(english(text, tongue, names), "en")
    return frozenset(stem for stem in found if len(stem) > 1 and not stem.isdigit() and stem not in _SAYS_NOTHING)


def proper_names(texts: Iterable[str]) -> frozenset[str]:
    """The words that English texts of a collection always write with a capital, inside sentences too: systems, sites, firms, people."""
    inside: set[str] = set()
    small: set[str] = set()
    for text in texts:
        inside |= set(re.findall(r"(?<=[a-z,] )[A-Z]\w{3,}", text))
        small |= set(re.findall(r"\b[a-z]\w+", text))
    return frozenset(word for word in inside if word.lower() not in small and not word.isupper() and not _CALENDAR.fullmatch(word))
