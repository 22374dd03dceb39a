"""Attributes of the controls of 2022 in a question: the values it names, with their not, only, both and or; the attributes it asks for."""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import pairwise
from typing import NamedTuple

from assistant.answering.catalogue.query import Condition
from assistant.answering.catalogue.wording import ANY_CASE, alternatives, any_of, compiled, search, words

PLAIN_WORDS = ("schützen", "schutz", "erkennen", "erkennung", "wiederherstellen", "wiederherstellung", "reaktion", "identifizierung")
"""German writes every noun with a capital, so that a capital does not make a name of these."""
ADJECTIVES = ("control_type", "theme")


class Tag(NamedTuple):
    """A value that the text names."""

    start: int
    end: int
    field: str
    value: str


@lru_cache(maxsize=256)
def tags(text: str) -> tuple[Tag, ...]:
    """Every value that the text names, in order."""
    found = set(_plain_tags(text)) | set(_named_tags(text))
    whole = (one for one in found if not any(_inside(one, other) for other in found))
    return tuple(sorted(whole))


def _inside(one: Tag, other: Tag) -> bool:
    """Whether a value is but a part of a longer one: protection in information protection."""
    return other.start <= one.start and one.end <= other.end and one.end - one.start < other.end - other.start


def _plain_tags(text: str) -> Iterator[Tag]:
    if not _any_tag().search(text):
        return
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
            noun = compiled(r"\s+(?:controls?|(?P<german>ma(?:ß|ss)nahmen))\b").match(text[match.end() :])
            before_noun = noun and (match.start() > 0 or noun["german"])  # `Identify controls that` begins with an order
            beside = search(r"[+&/=]\s*$", text[: match.start()]) or compiled(r"\s*[+&/]").match(text[match.end() :])
            doing = value != "Protect" and _doing(text, match)
            if beside or doing or licensed or as_name or quoted or before_noun or (tagged and not property_):
                yield Tag(match.start(), match.end(), field, value)


def _doing(text: str, match: re.Match[str]) -> bool:
    """Whether a concept is what controls do or are for, without an object: `controls that help to detect`, `physical, detect`."""
    before, after = text[: match.start()], text[match.end() :]
    alone = search(r"[,;]\s*$", before) and compiled(r"\s*(?:[,;]|$)").match(after) and search(r"\b(?:controls?|ma(?:ß|ss)nahmen?)\b", text)
    return bool(alone or (search(_CONTROLS_DO, before) and compiled(_NO_OBJECT).match(after)))


_CONTROLS_DO = (
    r"\b(?:controls?|ma(?:ß|ss)nahmen?|ones)\b[\s,]*(?:(?:that|which|die|welche|are|sind|just|only|nur|solely|help|helps|helfen|serve|dien\w*|meant|"
    r"intended|made|there|used|to|for|in|zum|zur|beim?|dem|der|das|both|also|auch|cover\w*|support\w*|address\w*|abdecken|unterstützen|identify\w*|detect\w*|respond\w*|recover\w*|erkennen|reagieren|"
    r"wiederherstellen|and|or|und|oder)\s+)*$"
)
_NO_OBJECT = r"\s*(?:$|[?.!,]|\b(?:and|or|und|oder|but|helfen|dienen|sind|too|also|only|in the|per)\b)"


@cache
def _patterns(name: str) -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    return tuple((field, value, re.compile(rf"\b(?:{pattern})\b", ANY_CASE)) for field, value, pattern in words()[name])


@cache
def _any_tag() -> re.Pattern[str]:
    return compiled(rf"\b(?:{'|'.join(pattern for _, _, pattern in words()['tags'])})\b")


@cache
def attribute(field: str) -> str:
    """A pattern for the names of an attribute itself: property, Eigenschaft."""
    return rf"\b{alternatives(words()['attributes'][field])}\b"


def named_attributes(text: str) -> list[str]:
    """The attributes that the text speaks of by name."""
    return [field for field in words()["attributes"] if search(attribute(field), text)]


def without_tags(text: str, named: bool = True) -> str:
    """The text with a blank for each value it names."""
    for tag in reversed(tags(text) if named else tuple(sorted(set(_plain_tags(text))))):
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
    return [*out, *([_condition(text, group)] if group else []), *_amounts(text)]


def _amounts(text: str) -> Iterator[Condition]:
    """Conditions on how many values an attribute has: `more than one type`, `genau zwei Eigenschaften`."""
    for field in ("control_type", "security_properties", "cybersecurity_concepts", "operational_capabilities", "security_domains"):
        for operator, number in amounts(text, attribute(field)):
            yield Condition(field, operator, (number,))


def amounts(text: str, noun: str) -> Iterator[tuple[str, str]]:
    """The operator and number of each amount of a noun that the text names."""
    if search(rf"\b{MOST}\s+(?:(?:different|distinct|verschiedene\w*)\s+)?{noun}", text):
        yield "most", "-"
    for match in compiled(
        rf"\b{_AMOUNT}\s+(?:of\s+|von\s+)?(?:the\s+|den\s+)?(?:(?:different|distinct|verschiedene\w*|unterschiedliche\w*)\s+)?{noun}"
    ).finditer(text):
        number = _as_number(match["number"])
        more, less = match["more"], match["less"]
        if match["all"] and search(rf"\b{_not()}\b\s*$", text[: match.start()]):
            yield "atmost", str(number - 1)
            continue
        if match["several"]:
            yield "atleast", "2"
        elif more or match["ormore"]:
            yield "atleast", str(number + (" than" in more.lower() or " als" in more.lower() if more else 0))
        elif less:
            yield "atmost", str(number - (" than" in less.lower() or " als" in less.lower()))
        elif match["exact"] or match["one"] or (number > 1 and not match["all"]):
            yield "exactly", str(number)
        elif match["all"]:
            yield "atleast", str(number)


MOST = r"(?:most|(?:largest|highest|greatest) number of|meisten|größte anzahl(?: an| von)?)"
_AMOUNT = (
    r"(?:(?P<several>several|multiple|various|mehrere\w*)|"
    r"(?:(?P<more>more than|at least|mehr als|mindestens|wenigstens)|(?P<less>fewer than|less than|at most|no more than|"
    r"weniger als|höchstens)|"
    r"(?P<exact>exactly|precisely|just|only|genau|exakt|nur)|(?P<all>all|alle[nr]?))?\s*(?:(?P<one>(?:a |an? only |eine? )?(?:single|"
    r"einzige[nrms]?))|(?P<number>\d|{numbers}))"
    r"(?P<ormore>\s+(?:or more|oder mehr))?)"
).replace("{numbers}", "|".join(["eine?[nrm]?", *words()["numbers"]]))


def _as_number(word: str | None) -> int:
    return int(word) if word and word.isdigit() else words()["numbers"].get((word or "one").lower(), 1)


def _joins(text: str, one: Tag, other: Tag) -> bool:
    """Whether two neighbouring values belong to one condition: of one attribute, joined by and, or, nor."""
    between = re.sub(r"[\"'„“”»«]", " ", text[one.end : other.start])
    limits = f"{_not()}|{_only()}"
    joined = re.fullmatch(
        rf"[\s,;]*(?:and|or|und|oder|nor|noch|with|mit|but|aber|sowie|as well as|als auch|also|auch|plus|&|/|\+|,|\s)*\s*"
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
    near = _reach_of_not(before)
    if search(rf"\b{_not()}\b[\s-]*(?:\w+\s+)?{_only()}[\s-]+{_JOINT}$", near) and field != "theme":
        return Condition(field, "beyond", values)
    if re.search(rf"\b{_not()}\b[\s-]*(?:\w+\s+){{0,2}}$", near, ANY_CASE) and re.match(rf"[\s-]*{_only()}\b", after, ANY_CASE):
        return Condition(field, "beyond", values)
    if len(values) > 1 and search(
        rf"\b{_not()}\b[\s-]*(?:\w+\s+){{0,2}}(?:both|all|all three|beides?|alle|alle drei)\s+(?:of\s+|von\s+)?$", near
    ):
        return Condition(field, "misses", values)
    denied = re.match(rf"\s+(?:\w+\s+)?{_not()}\s+{_PRESENT}", after, ANY_CASE) and not tags(after)
    if denied or search(rf"\b{_not()}\b[\s-]*(?:(?!new|neu)\w+\s+){{0,3}}$", near):
        return Condition(field, "lacks", values)
    exclusive = (
        search(rf"\b{_only()}[\s-]+{_JOINT}$", before)
        or search(rf"\b{_only()}\s+{_VERBS}$", near)
        or re.match(rf"[\s-]*(?:\w+\s+){{0,2}}{_only()}\b", _reach_of_only(after), ANY_CASE)
    )
    if exclusive and field != "theme":
        return Condition(field, "only", values)
    joined = search(r"\b(?:and|und|sowie|als auch|as well as|plus|with|mit)\b|&|\+", between) and not search(r"\b(?:or|oder)\b", between)
    both = bool(joined or re.match(r"\W*(?:all )?(?:together|at once|at the same time|zusammen|zugleich|gleichzeitig)\b", after, ANY_CASE))
    if len(values) > 1 and field != "theme" and both:
        return Condition(field, "all", values)
    return Condition(field, "is", values)


_JOINT = (
    r"(?:\w+ed (?:as |with )?)?(?:(?:for|für|die|den|der|das|as|to|the|mit|zum|zur|vom|of|"
    + "|".join(alternatives(names) for names in words()["attributes"].values())
    + r")\s+){0,3}"
)
_VERBS = r"(?:(?!and\b|und\b|controls?|ma(?:ß|ss)nahmen?|ones?|list|show|those|which|that|who|die\b)\w+\s+){0,3}"
_PRESENT = r"(?:appear|occur|listed|mentioned|present|there|included|tagged|marked|vor|dabei|enthalten|genannt|erwähnt|gehör|zu tun|to do)"


def _reach_of_only(after: str) -> str:
    """The text behind a value as far as an only that follows it reaches: no further than the next value or break."""
    return re.split(r"[,;:]", after[: min((tag.start for tag in tags(after)), default=len(after))])[0]


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
