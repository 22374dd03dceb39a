"""A title, or words of one, in a question: which entry is called so, what number it has, whether there is one about it."""

import re

from assistant.answering.catalogue import tags
from assistant.answering.catalogue.asked import group_of, ours
from assistant.answering.catalogue.named import OWN, listed
from assistant.answering.catalogue.query import CatalogueQuery, Condition
from assistant.answering.catalogue.wording import ANY_CASE, any_of, compiled, ids_in, search
from knowledge import controls
from knowledge.controls import Control

_NOUN = (
    r"(?P<noun>controls?|ma(?:ß|ss)nahmen?|(?:sub-?)?clauses?|abschnitte?|klauseln?|(?:system )?requirements?|anforderung(?:en)?|srs?|"
    r"subcategor(?:y|ies)|unterkategorien?|mitigations?)"
)
_ABOUT = r"(?:about|on|for|covering|covers?|regelt|behandelt|concerning|dealing with|deals? with|zu[rm]?|für|über|called|named|titled|namens|mit dem titel)"
_A = r"(?:the|a|an|any|der|die|das|den|dem|eine[nrms]?|ein|what|which|welche[nrms]?)"
_OF_WHICH = r"(?:[\w:-]+\s+){0,2}?"
_FRAMES = tuple(
    compiled(rf"^\W*(?:(?:please|find|show|give me|tell me)\s+)*{frame}[\s?.!]*$")
    for frame in (
        rf"(?:{_A}\s+){_OF_WHICH}{_NOUN}\s+(?:(?:is|was|are|were|ist|war|hei(?:ß|ss)t|hie(?:ß|ss)|that is)\s+)?"
        rf"(?:(?:{_ABOUT}|hei(?:ß|ss)t|hie(?:ß|ss)|has the title|hat den titel)\s+)(?P<title>.+)",
        rf"(?:what(?:'s| is)|wie ist|was ist)\s+(?:the|die)\s+(?:number|id|nummer)\s+(?:of|der|von)\s+(?:{_A}\s+)?(?P<title>.+?)\s+{_NOUN}",
        rf"(?:{_A}\s+){_OF_WHICH}{_NOUN}\s+(?:is|ist|hei(?:ß|ss)t)\s+(?P<title>.+)",
        rf"(?:what|which|welche)\s+(?:number|id|nummer)\s+(?:is|has|does|hat|ist)\s+(?:{_A}\s+)?{_NOUN}\s+(?:{_ABOUT}\s+)?(?P<title>.+?)(?:\s+have)?",
        rf"(?:what(?:'s| is| are)\s+|wie ist\s+|was ist\s+)?(?:{_A}\s+)?(?:control\s+|annex a\s+)?(?:number|id|nummer|identifier)\s+(?:is\s+)?(?:of|for|has|does|hat|trägt|von|der|des)\s+(?:{_A}\s+)?{_OF_WHICH}"
        rf"(?:{_NOUN}\s+)?(?:{_ABOUT}\s+)?(?P<title>.+?)(?:\s+(?:have|has|got|control|clause))?",
        rf"(?:is|are|gibt|gibts|was|does|hat|enthält|has)\s+(?:there|es|the standard|the annex|die norm|der anhang|(?:iso(?:/iec)?\s*)?27001)?"
        rf"\s*(?:have\s+|contain\s+)?(?:{_A}\s+){_OF_WHICH}{_NOUN}\s+(?:{_ABOUT}\s+)(?P<title>.+)",
    )
)
"""The ways to ask for an entry by its title; the title is what remains."""

_STANDARD = compiled(
    rf"[\s,]+(?:in|of|under|from|von|aus|der|im)\s+(?:the\s+|der\s+)?(?:annex a|anhang a|iso\S*|{'|'.join(OWN.values())}).*$"
)


def titled(text: str, language: str) -> CatalogueQuery | None:
    """The entries whose title a question gives; where not one entry is asked for the title has to be whole."""
    if ids_in(_STANDARD.sub("", text)) or ours(text) or any_of("plant").search(text):
        return None
    for frame in _FRAMES:
        if named := frame.match(text):
            title = _STANDARD.sub("", named["title"]).strip(" ?.!\"'„“”»«").lower()
            title = re.sub(rf"^(?:{_A}|called|named|topic|thema)\s+", "", title, flags=ANY_CASE)
            framework, kinds = listed(text)
            found = _called(
                controls.catalogue().entries(framework),
                kinds,
                title,
                bool(named["noun"]) and not named["noun"].lower().endswith(("s", "n")),
            )
            if found:
                return CatalogueQuery(framework, kinds, ((found,),), language=language)
    return None


def _called(entries: list[Control], kinds: tuple[str, ...], title: str, loosely: bool) -> Condition | None:
    """The condition that finds the entries of a title: the whole of it before a part, a part before its words."""
    among = [entry for entry in entries if entry.kind in kinds]
    whole = [entry.id for entry in among if title in (entry.title.lower(), entry.title_de.lower())]
    if whole:
        return group_of("id", "is", *whole)[0]
    if not loosely or len(title) < 4 or tags.tags(title) or not re.search(r"[^\W\d_]{4,}", any_of("filler").sub(" ", title)):
        return None
    for part in (title, title.removesuffix("s"), title.removesuffix("n")):
        if any(search(rf"\b{re.escape(part)}", f"{entry.title} {entry.title_de}") for entry in among):
            return Condition("title", "contains", (part,))
    words = re.findall(r"[^\W\d_]{3,}", title)
    held = [entry.id for entry in among if all(search(rf"\b{word}", f"{entry.title} {entry.title_de}") for word in words)]
    return group_of("id", "is", *held)[0] if held and len(words) > 1 else None
