"""The words of questions about the catalogue: what `words.yaml` lists, as patterns; misspelt ones put right; what is left over."""

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from assistant.answering import identifiers
from knowledge import controls
from knowledge.controls import Spelled
from knowledge.errors import BadKnowledge
from knowledge.language import the_glossary

WORDS = Path(__file__).with_name("words.yaml")
ANY_CASE = re.IGNORECASE
LIKE = 86


@cache
def words() -> dict[str, Any]:
    """The lists of `words.yaml`. Raises BadKnowledge when the file cannot be read."""
    try:
        return dict(yaml.safe_load(WORDS.read_text(encoding="utf-8")))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise BadKnowledge(f"{WORDS.name}: cannot be read as YAML ({error})") from error


def alternatives(lines: str) -> str:
    """The lines of a list as one group of alternatives."""
    return "(?:" + "|".join(lines.split("\n")) + ")"


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """The pattern, case aside; kept, because Python keeps but 512 and a question is held against more."""
    return re.compile(pattern, ANY_CASE)


@cache
def any_of(name: str) -> re.Pattern[str]:
    """A pattern for the whole words of a list."""
    return re.compile(rf"\b{alternatives(words()[name])}\b", ANY_CASE)


@cache
def stem_of(name: str) -> re.Pattern[str]:
    """A pattern for the word beginnings of a list, anywhere."""
    return re.compile(alternatives(words()[name]), ANY_CASE)


def search(pattern: str, text: str) -> re.Match[str] | None:
    """Where the pattern stands in the text, case aside."""
    return compiled(pattern).search(text)


@lru_cache(maxsize=64)
def ids_in(text: str) -> tuple[Spelled, ...]:
    """The ids that stand in the text, bare numbers where they are ids; a question is asked for them many times."""
    found = controls.spelled(text)
    if any_of("entry").search(text) or compiled(r"20(?:13|22)|2700[12]|42001|62443|csf").search(text):
        return tuple(found)
    numbers = {one.start for one in identifiers.find(text)} if any(one.form == "bare" for one in found) else set()
    return tuple(one for one in found if one.form != "bare" or one.start in numbers)


def concerns_catalogue(text: str) -> bool:
    """Whether anything in the text could be of the catalogue; most questions of staff are not, and cost no more than this."""
    return bool(_cues().search(text))


@cache
def _cues() -> re.Pattern[str]:
    names = [alternatives(words()[name]) for name in ("entry", "papers", "tagged", "threats_named")]
    values = [pattern for _, _, pattern in words()["tags"]]
    return compiled(rf"\d|\b(?:{'|'.join([*names, *values, *map(alternatives, words()['attributes'].values())])})\b")


def prepared(question: str) -> str:
    """The question as it is read: plain letters, misspelt words of the catalogue mended, compounds parted, names of standards short."""
    text = _mended(_plainly(controls.fold(question).strip()))
    text = re.sub(
        r"(?<=\w)[-‐–](?=(?:controls?|ma(?:ß|ss)nahmen?|anforderungen|(?:unter)?kategorien|techniken|"
        r"nummern)\b)",
        " ",
        text,
        flags=ANY_CASE,
    )
    text = re.sub(r"\b(csf|27001|27002|62443-\d-\d)\s?(?:v(?:ersion)?\s?)?[ :]\s?(?:2\.0)\b", r"\1", text, flags=ANY_CASE)
    text = re.sub(r"\bannex-a\b|\banhang-a\b", "annex a", text, flags=ANY_CASE)
    text = _COMPOUND.sub(_parted, text)
    if re.search(r"\bCIA\b", text):  # `the C of CIA, no I and no A`
        text = re.sub(r"\b[CIA]\b(?!\.?\s?\d)", lambda match: _LETTERS[match.group()], re.sub(r"\s+(?:of|in|von) (?:the )?CIA\b", "", text))
    return _PART_OF.sub(r"\1 clause \2", text)


_COMPOUND = re.compile(r"\b([^\W\d_]{4,}?)-?(ma(?:ß|ss)nahmen?|controls?)\b", ANY_CASE)


def _parted(match: re.Match[str]) -> str:
    """A compound as two words where its first part is a value: Verfügbarkeitsmaßnahmen. Of Korrekturmaßnahmen it is none: those are in a register."""
    value, noun = match.groups()
    whole = next((part for part in (value, value.removesuffix("s")) if _is_value(part)), "")
    return f"{whole} {noun}" if whole else match.group()


@cache
def _is_value(word: str) -> bool:
    stems = (word, f"{word}e")
    return any(compiled(pattern).fullmatch(one) for _, _, pattern in words()["tags"] for one in stems) or bool(
        compiled(r"personal|physik|technik|technologie|organisation").fullmatch(word)
    )


_LETTERS = {"C": "confidentiality", "I": "integrity", "A": "availability"}
_PART_OF = re.compile(
    r"\b((?:sub[- ]?clauses?|subsections?|unterabschnitten?|unterkapiteln?)\s+"
    r"(?:does\s+|has\s+|hat\s+)?(?:of|under|in|from|von|unter|zu|aus)?)\s*"
    r"(\d{1,2}(?:\.\d{1,2})*)\b",
    ANY_CASE,
)


def _plainly(text: str) -> str:
    """The text with the loose names of standards, themes and the like put as the catalogue puts them."""
    for pattern, plain in words()["plainly"]:
        text = compiled(rf"(?<!\w)(?:{pattern})(?!\w)" if plain[-1] not in " ." else rf"(?<!\w)(?:{pattern})").sub(plain, text)
    return text


def _mended(text: str) -> str:
    """The text with misspelt words of the catalogue put right; words that are spelt right or far off stay."""
    return _LONG_WORD.sub(lambda match: _meant(match.group().lower()) or match.group(), text)


_LONG_WORD = re.compile(r"[^\W\d_]{5,}")


@lru_cache(maxsize=4096)
def _meant(word: str) -> str:
    """The word of the catalogue that a misspelt one is meant to be; empty where it is right as it stands."""
    known, real = _vocabulary()
    near = known.get(word[0], ())
    if word in near or word in real:
        return ""
    found = process.extractOne(word, near, scorer=fuzz.ratio, score_cutoff=76, processor=None)
    return found[0] if found and _misspells(word, found[0]) else ""


def _misspells(word: str, known: str) -> bool:
    """One slip of the keys in a word of six letters or more, two in a long one; in a shorter one only letters that changed places."""
    slips = OSA.distance(word, known)
    if max(len(word), len(known)) < 6:
        return slips == 1 and sorted(word) == sorted(known)
    return slips == 1 or (slips == 2 and len(word) >= 9 and fuzz.ratio(word, known) >= LIKE)


@cache
def _vocabulary() -> tuple[dict[str, tuple[str, ...]], frozenset[str]]:
    """The words that may be meant, by first letter, and those that are right though they look like one."""
    known: dict[str, tuple[str, ...]] = {}
    for word in words()["known"].split():
        known[word[0]] = (*known.get(word[0], ()), word)
    return known, frozenset(words()["real"].split())


AMENDED = r"amend(?:ment|ed|s)\b|\bamd\b|\bänderung (?:1|von 2024|2024)|\b2024er\b|klimawandel|climate change|\bclimate\b"
_CHANGED = compiled(
    r"\b(?:chang\w+|modif\w+|(?:neu )?formuliert\w*|affect\w*|amended|alter\w*|touch\w*|updat\w+|revis\w+|edit(?:ed)?|concern\w*|hit|impact\w*|"
    r"reworded|changes?|änderung\w*|adjust\w*|amend|"
    r"(?:ge|ver)änder\w*|betroffen\w*|betrifft|angepasst\w*|berühr\w*|erweitert\w*|ergänzt\w*|überarbeitet\w*|angefasst\w*|"
    r"aktualisiert\w*)\b"
)


def leftover(text: str) -> list[str]:
    """Words that neither select nor ask: with one of them the question is about more than the catalogue holds."""
    if search(AMENDED, text):
        text = _CHANGED.sub(" ", text)
    for names in words()["attributes"].values():
        text = compiled(rf"\b{alternatives(names)}\b").sub(" ", text)
    rest = any_of("not").sub(" ", any_of("tagged").sub(" ", any_of("only").sub(" ", without_ids(text))))
    return [word for word in re.findall(r"[^\W\d_]{2,}", any_of("filler").sub(" ", rest)) if not the_glossary().says_nothing(word.lower())]


def without_ids(text: str) -> str:
    """The text without its ids and without the words of their titles, which people like to add."""
    titles: set[str] = set()
    for one in sorted(ids_in(text), key=lambda one: -one.start):
        text = text[: one.start] + " " + text[one.end :]
        for entry in controls.catalogue().readings(one):
            titles |= set(re.findall(r"[^\W\d_]{4,}", f"{entry.title} {entry.title_de}".lower()))
    if not titles:
        return text
    plain = any_of("filler")

    def without(match: re.Match[str]) -> str:
        word = match.group()
        if plain.fullmatch(word) or not process.extractOne(word.lower(), titles, scorer=fuzz.ratio, score_cutoff=LIKE):
            return word
        return " "

    return re.sub(r"[^\W\d_]{4,}", without, text)
