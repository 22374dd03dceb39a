"""Attributes of the controls of 2022 in a question: the values it names, with their not, only, both and or; the attributes it asks for."""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import pairwise
from typing import NamedTuple

from assistant.answering.catalogue.query import Condition
from assistant.answering.catalogue.wording import ANY_CASE, alternatives, any_of, search, words

PLAIN_WORDS = ("schützen", "schutz", "erkennen", "erkennung", "wiederherstellen", "wiederherstellung", "reaktion", "identifizierung")
"""German writes every noun with a capital, so that a capital does not make a name of these."""
ADJECTIVES = ("control_type", "theme")


class Tag(NamedTuple):
    """A value that the text names."""

    start: int
    end: int
    field: str
    value: str


def tags(text: str) -> list[Tag]:
    """Every value that the text names, in order."""
    return sorted(set(_plain_tags(text)) | set(_named_tags(text)))


@lru_cache(maxsize=100)
def _plain_tags(text: str) -> tuple[Tag, ...]:
    return tuple(_plain(text))


def _plain(text: str) -> Iterator[Tag]:
    capability = search(rf"{attribute('operational_capabilities')}|tagged|physical_security", text)
    domain = search(attribute("security_domains"), text)
    for field, value, pattern in _patterns("tags"):
        for match in pattern.finditer(text):
            if value == "Physical" and capability and re.match(r"[ _-](?:security|sicherheit)\b", text[match.end() :], ANY_CASE):
                yield Tag(match.start(), match.end(), "operational_capabilities", "Physical_security")
            elif value == "Governance" and domain and not capability:
                yield Tag(match.start(), match.end(), "security_domains", "Governance_and_Ecosystem")
            else:
                yield Tag(match.start(), match.end(), field, value)


def _named_tags(text: str) -> Iterator[Tag]:
    """Values that are everyday words: they count beside the name of an attribute, as a name, or before `controls`."""
    concept = search(attribute("cybersecurity_concepts") + r"|\bfunctions?\b|\bfunktion\b|\bcsf\b|\bcyber", text)
    domain = search(attribute("security_domains"), text)
    tagged = any_of("tagged").search(without_tags(text, named=False))
    property_ = search(attribute("security_properties"), text) or any(tag.field == "security_properties" for tag in _plain_tags(text))
    for field, value, pattern in _patterns("named_tags"):
        licensed = domain if field == "security_domains" else concept
        if value == "Protect" and domain and not concept:
            continue
        for match in pattern.finditer(text):
            word = match.group()
            as_name = match.start() > 0 and word[0].isupper() and word.lower() not in PLAIN_WORDS
            quoted = text[: match.start()].endswith(("'", '"', "„", "“", "»", "«"))
            before_noun = match.start() > 0 and re.match(r"\s+(?:controls?|ma(?:ß|ss)nahmen)\b", text[match.end() :], ANY_CASE)
            if licensed or as_name or quoted or before_noun or (tagged and not property_):
                yield Tag(match.start(), match.end(), field, value)


@cache
def _patterns(name: str) -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    return tuple((field, value, re.compile(rf"\b(?:{pattern})\b", ANY_CASE)) for field, value, pattern in words()[name])


@cache
def attribute(field: str) -> str:
    """A pattern for the names of an attribute itself: property, Eigenschaft."""
    return rf"\b{alternatives(words()['attributes'][field])}\b"


def named_attributes(text: str) -> list[str]:
    """The attributes that the text speaks of by name."""
    return [field for field in words()["attributes"] if search(attribute(field), text)]


def without_tags(text: str, named: bool = True) -> str:
    """The text with a blank for each value it names."""
    for tag in reversed(tags(text) if named else sorted(set(_plain_tags(text)))):
        text = text[: tag.start] + " " + text[tag.end :]
    return text


# --- conditions ------------------------------------------------------------------------------------------------


def conditions(text: str) -> list[Condition]:
    """Conditions on attributes, with the not, only and both that stand before or after them."""
    out: list[Condition] = []
    group: list[Tag] = []
    for tag in tags(text):
        if group and not _joins(text, group[-1], tag):
            out.append(_condition(text, group))
            group = []
        group.append(tag)
    return out + ([_condition(text, group)] if group else [])


def _joins(text: str, one: Tag, other: Tag) -> bool:
    """Whether two neighbouring values belong to one condition: of one attribute, joined by and, or, nor."""
    between = text[one.end : other.start]
    limits = f"{_not()}|{_only()}"
    joined = re.fullmatch(
        rf"[\s,;]*(?:and|or|und|oder|nor|noch|but|aber|sowie|as well as|als auch|also|auch|plus|&|/|\+|,|\s)*\s*"
        rf"(?:{limits})?[\s-]*(?:also|auch)?\s*",
        between,
        ANY_CASE,
    )
    apart = search(rf"\b(?:{limits})[\s-]*$", between) and not search(r"\b(?:nor|noch)\s*$", between)
    return one.field == other.field and bool(joined) and not apart


def _condition(text: str, group: list[Tag]) -> Condition:
    field, values = group[0].field, tuple(dict.fromkeys(tag.value for tag in group))
    before, after = text[: group[0].start], text[group[-1].end :]
    between = " ".join(text[one.end : other.start] for one, other in pairwise(group))
    not_only = search(r"\bnot only\s*$|\bnicht nur\s*$", before)
    if not not_only and search(rf"\b{_not()}\b[\s-]*(?:\w+\s+){{0,2}}$", _reach_of_not(before)):
        return Condition(field, "lacks", values)
    exclusive = search(rf"\b{_only()}[\s-]+(?:\w+ed (?:as |with )?)?(?:for |für |die |as |to |the )?$", before)
    exclusive = exclusive or re.match(rf"[\s-]*{_only()}\b", after, ANY_CASE)
    if exclusive and not not_only and field != "theme":
        return Condition(field, "only", values)
    both = search(r"\b(?:and|und|sowie|als auch|as well as|plus)\b|&|\+", between) and not search(r"\b(?:or|oder)\b", between)
    if len(values) > 1 and field != "theme" and both:
        return Condition(field, "all", values)
    return Condition(field, "is", values)


def _reach_of_not(before: str) -> str:
    """The end of the text before a value as far as a not reaches: no further than the last value."""
    return before[max((tag.end for tag in tags(before)), default=0) :]


def _not() -> str:
    return alternatives(words()["not"])


def _only() -> str:
    return alternatives(words()["only"])


def grouped(text: str, found: list[Condition]) -> list[tuple[Condition, ...]]:
    """Groups of conditions; values of two attributes joined by `or` are one group."""
    spans = tags(text)
    two = len(found) == 2 == len(spans) and spans[0].field != spans[1].field
    if two and search(r"\b(?:or|oder)\b", text[spans[0].end : spans[1].start]):
        return [tuple(found)]
    return [(condition,) for condition in found]
