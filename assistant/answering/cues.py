"""What single words of a question tell, whatever it is about: whom it concerns, what it points back to, how many questions it is.

`frames.py` tells what is forbidden by the way it is put; here nothing is refused.
"""

import re
from functools import cache

from knowledge import language

_SHORT_PART = 4
_POINTS_BACK = re.compile(
    r"\b(it|that|this|they|them|those|its|there|da|dort|dabei|daran|das|dies\w*|dafür|davon|damit|dazu|es|er|sie)\b", re.IGNORECASE
)
_MINE = re.compile(
    r"\b(my|mine|(to|for|with|by) me|i own|am i|i am|do i (own|owe|still have)|have i|"
    r"(do|must) i (still )?(have )?(to )?(approve|review|sign(?! in\b)|close|acknowledge)|"
    r"meine?[rnms]?|(von|für|bei|auf|an) mich|(von|bei|zu) mir|mir (zugewiesen|gehör\w*)|bin ich|habe ich|muss ich noch)\b",
    re.IGNORECASE,
)
_LISTS_MINE = re.compile(r"\W*(show|list|give|zeige?|liste|nenne?)?( me| mir)?( all| alle)? ?(my|meine?[rnms]?)\b", re.IGNORECASE)
_ASKS_YES_OR_NO = re.compile(
    r"\W*((when|how(?! many)|why|where|wann|wie(?! viele)|warum) (?=do|does|can|must|should|may|will|muss|kann|darf|soll|geh))?"
    r"(do(?= my)|does|is|may|can|could|should|must|will|darf|kann|soll|muss|wird|ist|hat|gehen|geht)\b(?! i\b| ich\b)",
    re.IGNORECASE,
)
_ABOUT_US = re.compile(r"\b(we|our|us|i|my|me|here|wir|uns|unsere?[rnms]?|ich|mein\w*|mir|mich|bei uns)\b", re.IGNORECASE)
_ABOUT_STANDARD = re.compile(
    r"\b(standards?|norm|iso|iec|annex|anhang|control|clause|klausel|auditors?|auditor\w*|certification body|zertifizier\w*|27001|27002|42001|62443|nist|"
    r"shall|requirement|anforderung\w*|gdpr|dsgvo|nis ?2|ai act|ki-verordnung|cra|tisax)\b",
    re.IGNORECASE,
)
_OF_STANDARD = re.compile(
    r"\b(the (standard|norm|law)|(die|der|laut|nach|im) (norm|gesetz)|iso|iec|annex|anhang|27001|27002|42001|62443|nist|gdpr|dsgvo|nis ?2|ai act)\b",
    re.IGNORECASE,
)
_ASKS_FOR_DUTY = re.compile(r"\b(needs?|needed|ha(ve|s) to|must|should|brauch\w*|muss|müssen|soll\w*)\b", re.IGNORECASE)
_METHOD = re.compile(
    r"\b(acceptance threshold|risk appetite|risk acceptance (level|criteri\w+)|accept\w* (a |the )?(risk|score)|risikoakzeptanz\w*|akzeptanzschwelle|risikoappetit|"
    r"(closing|closure) times?|(how long|by when|deadline|days).{0,40}\b(close|fix|correct)\b.{0,40}\b(major|minor|nonconformit\w+|finding|observation)|"
    r"\b(major|minor|nonconformit\w+|findings?|abweichung\w*|feststellung\w*)\b.{0,40}\b(close[ds]?|closing|deadline|frist|schließ\w*|abgestellt|behoben|erledigt))\b",
    re.IGNORECASE,
)
_ASKS = r"who|how|what|when|where|which|why|wer|wie|was|wann|wo|welche\w*|warum|bis wann"
_ASKS_WHETHER = (
    r"(?:do|does|is|are|can|must|may|should|muss|darf|dürfen|kann|ist|sind|brauche?n?)\s+"
    r"(?:i|we|you|he|she|it|they|there|this|that|the|an?|our|my|ich|wir|man|er|sie|es|der|die|das|den|eine?n?|unsere?)"
)
"""A question that begins with its verb: `the box that is locked and may not be opened` stays one."""
_NEXT_QUESTION = re.compile(
    rf"(?<=\?)\s+(?=\w[^?]*\?|(?:{_ASKS}|{_ASKS_WHETHER})\b)|[,;]?\s+(?:and|und)\s+(?=(?:{_ASKS}|{_ASKS_WHETHER})\b)", re.IGNORECASE
)
_ASKS_ON = re.compile(r"(which|welche\w*|whose|wessen)\b", re.IGNORECASE)
"""Asks for a choice, and of what stands in the part before: `which approvals do I need`."""

_ASKS_FOR = (
    r"how many|which|whose|what (?:kinds? of |sorts? of |type of )?|what(?:'s| is| are| was| were) (?:the|our|his|her|their)|"
    r"wie ?viele?|welche[rsnm]?|was für (?:ein(?:e[nmrs]?)? )?|was ist (?:der|die|das|unser\w*)|"
    r"wie (?:heißt|heißen|lautet|lauten|(?:hoch|groß|alt) (?:ist|sind)) (?:der|die|das|den|unser\w*)"
)
_AFTER_IT = (
    r"is|are|was|were|do|does|did|has|have|had|may|must|can|could|should|shall|will|would|of|in|on|at|for|to|from|by|with|we|i|you|they|he|she|the|an?|our|"
    r"my|this|that|these|those|there|per|and|or|when|if|before|after|ist|sind|war|hat|haben|hatte\w*|wird|werden|darf|dürfen|muss|müssen|soll\w*|kann|können|"
    r"gilt|gelten|von|vom|in|im|an|am|auf|bei|beim|für|zu|zum|zur|mit|wir|ich|man|der|die|das|den|dem|des|ein\w*|unser\w*|und|oder|wenn|gibt|geht"
)
_THING = re.compile(rf"\b(?:{_ASKS_FOR})\s+((?:(?!(?:{_AFTER_IT})\b)[\w-]+\s*){{1,4}})", re.IGNORECASE)
_NO_THING = re.compile(
    r"\b(control|clause|rule|law|requirement|standard|norm|article|paragraph|measure|section|part|evidence|proof|record|document|mistake|risk|threat|attack|"
    r"technique|way|kind|sort|type|thing|time|day|hour|minute|week|month|year|second|percent|step|people|person|one|ok|consequence|"
    r"maßnahme|klausel|regel|gesetz|anforderung|vorgabe|kapitel|abschnitt|nachweis|beleg|dokument|aufzeichnung|fehler|risik|angriff|bedrohung|"
    r"mal|sekunde|minute|stunde|tag|woche|monat|jahr|prozent|schritt|leute|person|frist|abstand)\w*",
    re.IGNORECASE,
)
"""What a rule or a source is called, units, and people: an answer need not say these words."""

_HOW_STANDARDS_ARE_ASKED = (
    "standard norm iso iec annex control clause requirement require demand want ask say state expect auditor assessor audit inspector evidence proof prove "
    "see show mistake error typical usual common cover concern apply deal need accept look check satisfied breach break violate miss fail chapter section "
    "paragraph rule number",
    "norm standard iso iec anhang control kontrolle klausel anforderung anforderungen fordert fordern verlangt verlangen will wollen sagt sagen steht stehen "
    "erwartet auditor auditoren prüfer prüft audit nachweis nachweise beleg belege sehen zeigen fehler typisch typische üblich üblichen gilt greift betrifft "
    "kapitel abschnitt maßnahme maßnahmen vorgabe regel regeln verstößt verstoß fehlt scheitern",
)
"""English and German words of a question to a standard that are in such questions on any subject."""


def points_back(question: str) -> bool:
    """True where a word stands for something that was said before: `how often is that checked`."""
    return bool(_POINTS_BACK.search(question))


def asks_of_own(question: str) -> bool:
    """True where it asks for rows of the asker's own; other questions say `I` only because a person asks them."""
    return bool(_MINE.search(question))


def lists_own(question: str) -> bool:
    """True where it asks for rows of the asker's own and for nothing else, so that it must be known who asks."""
    return bool(_LISTS_MINE.match(question))


def asks_whether(question: str) -> bool:
    """True where it asks last whether, or when and how something happens, and says `my` only because a person asks it."""
    return bool(_ASKS_YES_OR_NO.match(parts(question)[-1].rpartition(". ")[2]))


def about_us(question: str) -> bool:
    """True where it asks what holds in this company."""
    return bool(_ABOUT_US.search(question))


def about_standard(question: str) -> bool:
    """True where it asks what a standard, a law or their auditors want."""
    return bool(_ABOUT_STANDARD.search(question))


def names_standard(question: str) -> bool:
    """True where it names a standard or a law; what is read only in part as a register question asks rather for that."""
    return bool(_OF_STANDARD.search(question))


def asks_for_duty(question: str) -> bool:
    """True where it asks what has to be, not what is there."""
    return bool(_ASKS_FOR_DUTY.search(question))


def asks_for_method(question: str) -> bool:
    """True where it asks for a value of the company's own method, such as its acceptance threshold; no standard sets one."""
    return bool(_METHOD.search(question)) and not about_standard(question)


def parts(question: str) -> list[str]:
    """The question's parts when it asks several things, else the question itself; a remark stays with the part before it."""
    long_enough = [piece.strip() for piece in _NEXT_QUESTION.split(question) if len(piece.split()) >= 3]
    return long_enough[:3] if len(long_enough) > 1 else [question]


def leans_back(part: str) -> bool:
    """True for a part that is not understood without the one before it: `and where are they`."""
    return len(part.split()) <= _SHORT_PART + bool(_ASKS_ON.match(part)) or (len(part.split()) <= 2 * _SHORT_PART and points_back(part))


def things_asked_for(question: str, tongue: str) -> list[str]:
    """What the answer has to be about: `cameras` in `how many cameras hang at the gate`; empty where it asks for a rule, a time or a person."""
    named = [match[1].split() for match in _THING.finditer(question)]
    if tongue == "de":
        named = [[word for word in words if word[0].isupper()] or words[:1] for words in named]
    return [thing for thing in map(" ".join, named) if not _NO_THING.search(thing)]


@cache
def stems_of_asking() -> frozenset[str]:
    """Stems that say that something is asked of a standard, and not what."""
    english, german = (words.split() for words in _HOW_STANDARDS_ARE_ASKED)
    return frozenset({language.stem(word, "en") for word in (*english, *german)} | {language.stem(word, "de") for word in german})
