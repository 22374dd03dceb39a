"""Words: language of a text, sentences, stems, and the glossary that carries German and jargon to English.

The default encoder knows English only. A German text is therefore read through its *gloss*: the English words
that the glossary gives for its words and for the parts of its compounds.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path

import Stemmer
import yaml

from knowledge.errors import BadKnowledge

GLOSSARIES = (Path(__file__).with_name("glossary.yaml"), Path(__file__).with_name("everyday.yaml"))

WORD = re.compile(r"[^\W_]+(?:[./-](?=\d)[^\W_]+)*", re.UNICODE)
_HIDDEN = re.compile(
    "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\U000e0000-\U000e007f\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
)

ENGLISH_STOP = frozenset(
    """a about above after again all also am an and any are as at be because been before being below between both but by can
    could did do does doing down during each few for from further get gets go got had has have having he her here hers him his how
    i if in into is it its just let may me might more most must my no nor not now of off on once only or other our ours out over own
    please same shall she should so some such tell than that the their them then there these they this those through to too
    under until up us very was we were what when where which while who whom whose why will with would you your yours s t don ll ve re
    need needs someone somebody something anyone anybody anything want wants know say says said thing things it's what's""".split()
)
GERMAN_STOP = frozenset(
    """aber alle allem allen aller alles als also am an auch auf aus bei beim bin bis bist da damit dann das dass dasselbe dazu dein dem den
    denn der des dich die dies diese diesem diesen dieser dieses dir doch dort du durch ein eine einem einen einer eines er es etwas euch
    euer für gegen hab habe haben hat hatte hier hin hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im in indem ins ist ja jede jedem
    jeden jeder jedes jetzt kann kein keine keinem keinen keiner können könnte man mein meine meinem meinen meiner mich mir mit muss müssen
    nach nicht noch nun nur ob oder ohne sein seine seinem seinen seiner sich sie sind so soll sollen sollte sondern sonst über um und uns
    unser unsere unserem unseren unserer unter vom von vor war waren was weil weiter welche welchem welchen welcher welches wenn wer wem wen
    werde werden wie wieder will wir wird wirst wo wofür womit woran worauf wozu wurde wurden zu zum zur zwar zwischen darf dürfen denn
    andere anderen anderer anderes ab per seit wegen nächste nächsten nächster mal bitte eigentlich gibt geht machen mache macht jemand jemanden""".split()
)
_GERMAN_HINTS = frozenset(
    """der die das und ist nicht wie wer was wo wann warum welche welcher welches muss müssen darf dürfen kann wir uns bei für auf mit von
    ein eine einen einem einer im am verlangt fordert zum zur sind wird werden haben hat ich es oder wenn nach den dem des auch nur bis über soll sollen
    gibt gilt bitte unsere unser wurde sein kein keine mein meine als aus vor""".split()
)
_ENGLISH_HINTS = frozenset(
    """the and is are not how who what where when why which must may can we us for on with of a an to do does if our my you your be it this that
    should has have from by or at as i there any need allowed after before without will their they""".split()
)


def clean(text: str) -> str:
    """The text in Unicode form NFKC, without hidden characters and with white space folded; line ends stay.

    Tag characters, zero-width marks and bidirectional controls can hide instructions from a reader.
    """
    text = _HIDDEN.sub("", unicodedata.normalize("NFKC", text.replace("\r\n", "\n").replace("\r", "\n")))
    return "\n".join(" ".join(line.split()) for line in text.split("\n")).strip()


def words(text: str) -> list[str]:
    """The words of a text in lower case; `A.8.24`, `2.4/5` and `AES-256` stay whole."""
    if text.isascii():
        return WORD.findall(text.lower())  # the same, three times as quick
    return [match.group().lower() for match in WORD.finditer(unicodedata.normalize("NFKC", text))]


def language_of(text: str) -> str:
    """`de` or `en`: whichever's small words stand in the text; English where neither does."""
    found = words(text)
    german = sum(word in _GERMAN_HINTS for word in found) + sum(1 for word in found if set(word) & set("äöüß"))
    english = sum(word in _ENGLISH_HINTS for word in found)
    if german != english:
        return "de" if german > english else "en"
    return "de" if sum(_is_german(word) for word in found if len(word) > 4) > len(found) / 3 else "en"


def _is_german(word: str) -> bool:
    """True for a word that the glossary knows as German and English does not use too, as it does firewall."""
    meanings = the_glossary().means(word)
    return bool(meanings) and word not in " ".join(meanings).lower().split()


_stemmers = {"en": Stemmer.Stemmer("english"), "de": Stemmer.Stemmer("german")}


@lru_cache(maxsize=200_000)
def stem(word: str, language: str) -> str:
    """The stem of one lower-case word."""
    return _stemmers[language].stemWord(word)


def stems(text: str, language: str) -> list[str]:
    """Stems of the words that carry meaning, in order; a word the language calls a stop word is left out."""
    stop = GERMAN_STOP if language == "de" else ENGLISH_STOP
    return [stem(word, language) for word in words(text) if word not in stop]


# --- sentences -------------------------------------------------------------------------------------------------

_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|cf|vs|approx|incl|excl|no|nos|art|para|sec|fig|tab|vol|max|min|dr|prof|mr|mrs|ms|st|dept|ext|resp|"
    r"z\.\s?b|d\.\s?h|u\.\s?a|i\.\s?d\.\s?r|i\.\s?o|n\.\s?i\.\s?o|o\.\s?ä|usw|ggf|bzw|ca|nr|abs|str|inkl|evtl|vgl|bspw|sog|u|z|d|i|b|h)|"
    r"(?:^|\s)[A-Z]|(?:^|\s)\d{1,3}(?:\.\d{1,3})*)\.$",
    re.IGNORECASE,
)
_LONGEST_ABBREVIATION = 24
_BREAK = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+(?=[\"'“‘„(\[]?[^\W_])")


@lru_cache(maxsize=10_000)
def sentence_spans(text: str) -> tuple[tuple[int, int], ...]:
    """(start, end) of each sentence; a line never shares a sentence with the next, and a table row is one."""
    spans, offset = [], 0
    for line in text.split("\n"):
        start = 0
        if " | " not in line:
            for match in _BREAK.finditer(line):
                near = max(start - 1, match.start() - _LONGEST_ABBREVIATION, 0)
                if _ABBREVIATION.search(line, near, match.start()) or line[match.end()].islower():
                    continue
                spans.append((offset + start, offset + match.start() + len(match.group().rstrip())))
                start = match.end()
        if line[start:].strip():
            spans.append((offset + start, offset + len(line)))
        offset += len(line) + 1
    return tuple(spans)


def sentences(text: str) -> list[str]:
    """The sentences and table rows of a text, in order."""
    return [text[start:end] for start, end in sentence_spans(text)]


# --- glossary --------------------------------------------------------------------------------------------------


_LONGEST_COMPOUND = 60
"""Letters of a word that is still taken apart; trying all cuts of a longer one costs more than it tells."""


@dataclass(eq=False)
class Glossary:
    """Terms and what they mean in English; German terms also as parts of compounds."""

    meanings: dict[str, dict[str, list[str]]] = field(default_factory=lambda: {"de": {}, "en": {}})
    phrases: dict[str, dict[tuple[str, ...], list[str]]] = field(default_factory=lambda: {"de": {}, "en": {}})

    def add(self, term: str, language: str, means: list[str]) -> None:
        """Take up one entry; a term of several words is found as a phrase."""
        parts = tuple(stem(word, language) for word in words(term))
        if len(parts) == 1:
            known = self.meanings[language].setdefault(parts[0], [])
        else:
            known = self.phrases[language].setdefault(parts, [])
        known.extend(meaning for meaning in means if meaning not in known)

    @lru_cache(maxsize=50_000)  # noqa: B019  one glossary lives as long as the process
    def means(self, word: str, language: str = "de") -> tuple[str, ...]:
        """English meanings of one word; a German compound is taken apart when it is not in the glossary whole."""
        word = word.lower()
        if word in (GERMAN_STOP if language == "de" else ENGLISH_STOP):
            return ()  # `sich` and `Sicherheit` have the same stem
        found = self.meanings[language].get(stem(word, language))
        if found:
            return tuple(found)
        if language == "de" and 7 <= len(word) <= _LONGEST_COMPOUND:
            return tuple(self._of_compound(word))
        return ()

    def _of_compound(self, word: str) -> list[str]:
        parts = self._split(word, 3)
        return [meaning for part in parts for meaning in self.meanings["de"].get(part, [])[:2]]

    def _split(self, word: str, depth: int) -> list[str]:
        """Stems of the fewest known parts that make up the word, joining letters (s, es, n, en, er, e) dropped; else []."""
        known = self.meanings["de"]
        if stem(word, "de") in known:
            return [stem(word, "de")]
        if depth == 0:
            return []
        for cut in range(len(word) - 3, 2, -1):
            head, tail = word[:cut], word[cut:].lstrip("-")
            for joint in ("", "s", "es", "n", "en", "er", "e", "-"):
                bare = head[: len(head) - len(joint)] if joint else head
                if not head.endswith(joint) or len(bare) < 3:
                    continue
                if (first := stem(bare, "de")) in known and (rest := self._split(tail, depth - 1)):
                    return [first, *rest]
        return []

    def expand(self, text: str, language: str) -> list[str]:
        """English words and phrases that the terms in the text stand for, in the order of the text."""
        found: list[str] = []
        tokens = words(text)
        bare = [stem(token, language) for token in tokens]
        position = 0
        while position < len(tokens):
            for length in range(min(4, len(tokens) - position), 1, -1):
                if meaning := self.phrases[language].get(tuple(bare[position : position + length])):
                    found.extend(meaning)
                    position += length
                    break
            else:
                found.extend(self.means(tokens[position], language))
                position += 1
        return found

    def gloss(self, text: str) -> str:
        """A German text in English words, term by term; what the glossary does not know stays as it is."""
        out: list[str] = []
        tokens = words(text)
        bare = [stem(token, "de") for token in tokens]
        position = 0
        while position < len(tokens):
            for length in range(min(4, len(tokens) - position), 1, -1):
                if meaning := self.phrases["de"].get(tuple(bare[position : position + length])):
                    out.append(meaning[0])
                    position += length
                    break
            else:
                token = tokens[position]
                meaning = list(self.means(token))
                exact = self.meanings["de"].get(bare[position])
                out.extend(meaning[:1] if exact else meaning or ([] if token in GERMAN_STOP else [token]))
                position += 1
        return " ".join(out)


@cache
def the_glossary() -> Glossary:
    """Domain terms of `glossary.yaml` and everyday words of `everyday.yaml`.

    Raises BadKnowledge for an entry that lacks term, language or meaning.
    """
    glossary = Glossary()
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for path in GLOSSARIES:
        for number, entry in enumerate(yaml.load(path.read_text("utf-8"), Loader=loader) or [], 1):  # noqa: S506  a safe loader, in C
            try:
                glossary.add(str(entry["term"]), entry["language"], [str(meaning) for meaning in entry["means"]])
            except (KeyError, TypeError) as error:
                raise BadKnowledge(f"{path.name}: entry {number} needs term, language (de or en) and means: {entry!r}") from error
    return glossary
