"""What every reading of a question shares: whether it is about the company, how its list is cut, ordered and counted, what is new."""

import re
from typing import Any

from assistant.answering.catalogue import tags
from assistant.answering.catalogue.query import CatalogueQuery, Condition
from assistant.answering.catalogue.wording import AMENDED, ANY_CASE, alternatives, any_of, compiled, search, words
from knowledge.controls import ISO_2022

LISTING = r"which|welche[rnms]?|list|liste|listet|show|zeige?|nenne?|name|give|gib|all|alle|any|every|count|zähl\w*|enumerate|ones"


def ours(text: str) -> bool:
    """Whether the question is about the company, not about the standard."""
    text = re.sub(tags.attribute("security_properties"), " ", text, flags=ANY_CASE)  # the I of `C, I or A` is not a person
    return bool(any_of("ours").search(re.sub(r"\b(?:give|show|tell) (?:me|us)\b|\bzeige? (?:mir|uns)\b", "", text, flags=ANY_CASE)))


def query_of(framework: str, kinds: tuple[str, ...], where: list[tuple[Condition, ...]], text: str, language: str) -> CatalogueQuery:
    return CatalogueQuery(framework, kinds, tuple(where), **shape_of(text), language=language)


def group_of(field: str, operator: str, *values: str) -> tuple[Condition, ...]:
    """A group of one condition."""
    return (Condition(field, operator, values),)


def other_conditions(text: str, framework: str) -> list[Condition]:
    if framework != ISO_2022:
        return []
    not_ = alternatives(words()["not"])
    if search(AMENDED, text):
        untouched = search(rf"\b{not_}\b|unchanged|untouched|unverändert", text)
        return [Condition("changed_by_amd1_2024", "is", ("no" if untouched else "yes",))]
    if search(IN_BOTH, text):
        return [Condition("new_in_2022", "is", ("no",))]
    if search(NOT_IN_2013, text):
        return [Condition("new_in_2022", "is", ("yes",))]
    if NEW.search(text):
        negated = search(rf"\b{not_}\s+(?:(?!only|just|purely|nur|rein)\w+\s+){{0,5}}(?:new|neu)", text) and not search(
            rf"\b(?:new|neu\w*)\b.*\b{not_}\b", text
        )
        return [Condition("new_in_2022", "is", ("no" if negated else "yes",))]
    return []


NOT_IN_2013 = (
    r"\b2013\b.{0,15}(?:\bnot|n't)\s+(?:yet\s+)?(?:have|know|contain|include|list)\b|"
    r"\b(?:gab|existier\w+|vorhanden|enthalten)\b.{0,25}\b2013\w*\b.{0,15}\bnicht\b|\b2013\w*\b.{0,10}\bnicht\b|\bnicht\b.{0,20}\b2013\b|"
    r"\bnew\b.{0,25}\b(?:compared|versus|vs|since|against|over)\b.{0,15}\b2013\b|"
    r"\bneu\w*\b.{0,20}\b(?:gegenüber|seit|vergleich)\b.{0,15}\b2013\b|"
    r"(?:\bnot|n't)\b.{0,15}\b(?:exist\w*|part|contained|included|present|in|there)\b.{0,20}\b2013\b|\bunknown (?:to|in) (?:the )?2013\b"
)


IN_BOTH = (
    r"\b(?:already|schon|bereits)\b.{0,25}\b2013\b|\b2013\b.{0,15}\b(?:already|schon|bereits)\b|"
    r"\b(?:carried|taken) over\b|\b(?:aus|from|of) 2013.{0,10}(?:übernommen|kept)\b"
)
NEW = compiled(
    r"(?:came|come|comes|kam|kamen) (?:along )?(?:with|mit)\b|\bnew(?:ly|comers?)?\b|\bneue?[nrms]?\b|\bneu hinzu\w*|\badded\b|\bintroduced\b|\b(?:hin|da)zugekommen\w*|\b(?:came|come|"
    r"coming) in\b|\bneuerung\w*|\bkam(?:en)? (?:2022 )?(?:neu|hin|da)zu|"
    r"\bfirst appeared\b|\bdid(?:n't| not) exist\b|\bneuzugäng|(?:\bnot|n't) (?:there|around|part of it) before\b|"
    r"\b(?:vorher|zuvor|früher|bisher) (?:noch )?nicht\b|\b(?:erstmals|erstmalig)\b"
)


def shape_of(text: str) -> dict[str, Any]:
    """How the list is cut, ordered, counted: the fields by, sort, first and count of a query."""
    shape: dict[str, Any] = {"count": bool(any_of("counts").search(text))}
    for field in words()["attributes"]:
        if search(
            rf"\b(?:by|per|for (?:each|every)|grouped by|nach|pro|je|in each|in jedem|(?:distribut|verteil|split|spread)\w*.{{0,40}}\b(?:auf|over|across|among))\s+"
            rf"(?:the\s+|der\s+|die\s+)?(?:{'|'.join(words()['numbers'])})?\s*{tags.attribute(field)}",
            text,
        ):
            shape["by"] = field
            shape["count"] = shape["count"] or (
                bool(search(_SHARED_OUT, text)) and not search(r"\b(?:list|show|liste|zeige?|nenne?|sort\w*|order\w*)\b", text)
            )
        if search(rf"\b(?:has|have|hat|haben|does|do)\s+(?:each|every|jede[srm]?)\s+{tags.attribute(field)}", text):
            shape |= {"by": field, "count": True}
        if search(
            rf"^\W*(?:which|welche[rs]?)\s+{tags.attribute(field)}\s+(?:has|hat|holds|umfasst)\s+(?:the\s+|die\s+)?(?:{tags.MOST}|fewest|wenigsten)\b",
            text,
        ):
            shape |= {"by": field, "count": True}
        if search(
            rf"^\W*(?:{LISTING}|what|how many|wie ?viele)\s+(?:(?:the|die|all|are|sind)\s+)*(?:{_FULL_NAMES})\b(?!.*\b(?:of|has|have|does|hat|haben|von) a\W?\d)",
            text,
        ) and search(tags.attribute(field), text):
            shape |= {"by": field, "count": True}
    for group, pattern in _GROUPS.items():
        if not shape.get("by") and search(rf"\b(?:per|for each|in each|by|pro|je)\s+(?:{pattern})\b", text):
            shape |= {"by": group, "count": True}
    if search(r"alphabetic\w*|sorted by title|sort by title|order(?:ed)? by title|by title|alphabetisch|nach titel", text):
        shape["sort"] = "title"
    elif search(r"descending|reverse|absteigend|rückwärts", text):
        shape["sort"] = "-id"
    numbers = words()["numbers"]
    first = search(r"\b(?:first|top|ersten?|(?P<last>last|letzten?))\s+(?P<number>\d{1,3}|" + "|".join(numbers) + r")\b", text)
    if first:
        number = first["number"].lower()
        shape |= {"first": int(number) if number.isdigit() else numbers[number]} | ({"sort": "-id"} if first["last"] else {})
    elif end := search(rf"\b(?:first|erste\w?|(?P<last>last|letzte\w?))\s+(?:\w+\s+)?{_ONE}", text):
        shape |= {"first": 1, "count": False} | ({"sort": "-id"} if end["last"] else {})
    return shape


_FULL_NAMES = (
    r"control types|ma(?:ß|ss)nahmen-?arten|annex a themes|control themes|themes (?=.*\bannex)|security properties|cybersecurity concepts|"
    r"operational capabilities|security domains|betriebliche\w* fähigkeiten|sicherheitsdomänen|themen (?=.*\banhang)"
)
"""An attribute's full name, as one asks for its values: `which operational capabilities are there`."""
_GROUPS = {
    "group": r"frs?|foundational requirements?|grundlegende\w* anforderung\w*|functions?|funktion\w*|main clauses?|hauptabschnitt\w*|2013 domains?|groups?|gruppen?",
    "parent": r"categor(?:y|ies)|kategorien?|objectives?",
}
"""What entries of another framework are counted by: what stands at the top of them, or right above them."""
_SHARED_OUT = r"\b(?:per|for (?:each|every)|pro|je|break\w*|verteil\w*|distribut\w*|split|spread)\b"
_ONE = r"(?:control|ma(?:ß|ss)nahme|(?:sub-?)?clause|klausel|one)\b"
