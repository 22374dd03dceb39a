"""Is a claim what its quote says? Held against each other word by word; a doubt decides for the quote."""

import re

from knowledge import language
from knowledge.orders import addresses_assistants

_NUMBER_WORDS = {
    word: str(number)
    for words in (
        "zero one two three four five six seven eight nine ten eleven twelve",
        "null ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
    )
    for number, word in enumerate(words.split())
    if word not in {"one", "ein"}
}
_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")
_IDENTIFIER = re.compile(r"\b(?=\w*[A-ZÄÖÜ0-9])[A-Za-z]+[-.]?\d[\w.-]*|\b[A-ZÄÖÜ]{2,}\w*\b|\b[A-Z][a-z]+[A-Z]\w*")
_CAPITALISED = re.compile(r"(?<![.!?:“\"]\s)(?<!^)\b[A-ZÄÖÜ][a-zäöüß]{2,}\b")
_MODALS = {
    "must": re.compile(
        r"\b(must|shall|ha(ve|s) to|needs? to|required?|obliged|mandatory|muss|müssen|hat zu|haben zu|verpflichtet|pflicht)\b",
        re.IGNORECASE,
    ),
    "may": re.compile(r"\b(may|can|allowed|permitted|darf|dürfen|kann|können|erlaubt|zulässig)\b", re.IGNORECASE),
    "should": re.compile(r"\b(should|ought|recommended|sollte[n]?|empfohlen)\b", re.IGNORECASE),
    "not": re.compile(
        r"\b(not|no|never|none|nobody|without|cannot|forbidden|prohibited|n't|nicht|kein\w*|nie|niemals|niemand|ohne|verboten|untersagt)\b|n't\b",
        re.IGNORECASE,
    ),
    "only": re.compile(r"\b(only|solely|exclusively|nur|ausschließlich|lediglich)\b", re.IGNORECASE),
    "all": re.compile(r"\b(all|every|each|always|any|alle[nrsm]?|jede[nrsm]?|immer|stets)\b", re.IGNORECASE),
}
_MARKUP = re.compile(r"[<>{}`*_#|]|^\s*[=+@-]|\n")
_STANDS = re.compile(
    r"\b(in place|implement\w*|effective\w*|protected|secured|compliant|mitigat\w*|umgesetzt|wirksam|eingeführt|vorhanden|geschützt|abgesichert|konform)\b",
    re.IGNORECASE,
)
_SCORES = re.compile(r"\b(score|likelihood|impact|level|band|priority|wert|stufe|wahrscheinlichkeit|auswirkung|priorität)\b", re.IGNORECASE)
_ORDERS = re.compile(
    r"\b(assistants?|instructions?|prompts?|approv\w*|accept\w*|reject\w*|ignor\w*|assistent\w*|anweisung\w*|genehmig\w*|akzeptier\w*|freigeb\w*)\b",
    re.IGNORECASE,
)
_LINK = re.compile(r"https?:|www\.|\]\(|<[^>]*>|!\[")


def span_of(quote: str, text: str) -> tuple[int, int] | None:
    """(start, end) in the text of the whole sentence or row in which the quote stands, or None when it does not stand there.

    Compared after Unicode normalisation and with white space folded; letters, digits and punctuation must agree.
    """
    wanted = " ".join(language.clean(quote).split())
    if len(wanted) < 8:
        return None
    folded = " ".join(text.split())
    if len(folded) != len(text):
        positions = [
            position
            for position, character in enumerate(text)
            if not character.isspace() or (position and not text[position - 1].isspace())
        ]
    else:
        positions = list(range(len(text)))
    place = "".join(" " if text[position].isspace() else text[position] for position in positions).find(wanted)
    if place < 0:
        return None
    start, end = positions[place], positions[place + len(wanted) - 1] + 1
    spans = language.sentence_spans(text)
    first = next((span for span in spans if span[0] <= start < span[1]), None)
    return first if first and end <= first[1] else None


def supported(claim: str, quote: str) -> bool:
    """True when every number, date, identifier, name and every must, may, only, all and not of the claim stands in the quote too."""
    if not adds_nothing(claim, quote):
        return False
    for pattern in _MODALS.values():
        if bool(pattern.search(claim)) and not pattern.search(quote):
            return False
    if bool(_MODALS["not"].search(quote)) != bool(_MODALS["not"].search(claim)):
        return False
    return words_stand(claim, quote)


def adds_nothing(claim: str, source: str) -> bool:
    """True when the claim has no link, and no number, date, identifier or name that does not stand in the source."""
    there = source.lower()
    known = all(name.lower() in there for name in _IDENTIFIER.findall(claim))
    return not _LINK.search(claim) and _numbers(claim) <= _numbers(source) and known and _names_stand(claim, source)


def duties_spelled(text: str) -> str:
    """The text with one word, such as `dutynot`, in the place of each must, may, should, not, only and all, to compare where they stand."""
    for name, pattern in _MODALS.items():
        text = pattern.sub(f" duty{name} ", text)
    return text


def claims_standing(text: str) -> bool:
    """True for words that say that something is in place, works or protects."""
    return bool(_STANDS.search(text))


def speaks_of_scores(text: str) -> bool:
    """True for words about a score, a level or a priority: they come from the risk method, never from a model."""
    return bool(_SCORES.search(text))


def harmless(text: str, known: str) -> bool:
    """True for words of a model without markup, and without figures, names, scores or orders that are not in what is `known`."""
    told = known.lower()
    orders, scores = ([word for word in pattern.findall(text) if word.lower() not in told] for pattern in (_ORDERS, _SCORES))
    return not (orders or scores or _MARKUP.search(text) or addresses_assistants(text)) and adds_nothing(text, known)


def _numbers(text: str) -> set[str]:
    found = {match.strip(".,") for match in _NUMBER.findall(text)}
    return found | {_NUMBER_WORDS[word] for word in language.words(text) if word in _NUMBER_WORDS}


def _names_stand(claim: str, quote: str) -> bool:
    """Capitalised words inside the claim stand in the quote; in German, where nouns have capitals, a known noun is no name."""
    glossary, there = language.the_glossary(), quote.lower()
    german = language.language_of(claim) == "de"
    for name in _CAPITALISED.findall(claim):
        if name.lower() not in there and not (german and glossary.means(name)):
            return False
    return True


def words_stand(claim: str, quote: str) -> bool:
    """At least half of the claim's words are the quote's words, or mean one of them."""
    return share_known(claim, quote) >= 0.5


def share_known(claim: str, quote: str) -> float:
    """The share of the claim's words, 0-1, that are the quote's words or mean one of them; 0 for a claim that says nothing."""
    tongue = language.language_of(claim)
    glossary = language.the_glossary()
    there = set(language.stems(quote, "en")) | set(language.stems(quote, "de"))
    claimed = [word for word in language.words(claim) if word not in language.ENGLISH_STOP | language.GERMAN_STOP]
    known = 0
    for word in claimed:
        meant = {stem for meaning in glossary.means(word, tongue) for stem in language.stems(meaning, "en")}
        known += bool({language.stem(word, "en"), language.stem(word, "de")} & there or meant & there)
    return known / len(claimed) if claimed else 0.0
