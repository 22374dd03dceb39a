"""Words: language of a text, sentences, stems, and the glossary that carries German and jargon to English.

The default encoder knows English only. A German text is therefore read through its *gloss*: the English words
that the glossary gives for its words and for the parts of its compounds.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path

import Stemmer
import yaml
from rapidfuzz import fuzz, process

from knowledge.errors import BadKnowledge

GLOSSARIES = (Path(__file__).with_name("glossary.yaml"), Path(__file__).with_name("everyday.yaml"))
GERMAN = Path(__file__).with_name("german.tsv")
"""Frequent German words and those of shop floor and office, each with its English meanings, or none where it carries no meaning."""

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
    werde werden wie wieder will wir wird wirst wo wofür womit woran worauf wozu wurde wurden zu zum zur zwar zwischen darf dürfen denn halt
    andere anderen anderer anderes ab per seit wegen nächste nächsten nächster mal bitte eigentlich gibt geht machen mache macht jemand jemanden""".split()
)
_GERMAN_HINTS = frozenset(
    """der die das und ist nicht wie wer was wo wann warum welche welcher welches muss müssen darf dürfen kann wir uns bei für auf mit von
    ein eine einen einem einer im am verlangt fordert zum zur sind wird werden haben hat ich es oder wenn nach den dem des auch nur bis über soll sollen
    gibt gilt bitte unsere unser wurde sein kein keine mein meine als aus vor aufs ans ins ums fürs vors beim wenns gibts hats ists obs ne nem nen ner
    schon jetzt noch mal weil aber wieder zu vom ihr sie er unserem unseren mich mir dir du da hier""".split()
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


_IRREGULAR = {
    form: verb
    for verb, forms in (
        line.split(maxsplit=1)
        for line in """wear wore worn|keep kept|hold held|write wrote written|break broke broken|steal stole stolen|lose lost|send sent
        leave left|buy bought|bring brought|teach taught|pay paid|tell told|find found|give gave given|take took taken|make made|run ran
        choose chose chosen|speak spoke spoken|drive drove driven|freeze froze frozen|forget forgot forgotten|throw threw thrown|know knew known
        draw drew drawn|show shown|see saw seen|sell sold|spend spent|build built|lend lent|lead led|meet met|sit sat|stand stood
        understand understood|withdraw withdrew withdrawn|begin began begun|bear bore born borne|catch caught|think thought|fight fought|seek sought
        mean meant|deal dealt|feel felt|fall fell fallen|grow grew grown|fly flew flown|hide hid hidden|bite bit bitten|win won
        overwrite overwrote overwritten|undertake undertook undertaken|oversee oversaw overseen|rewrite rewrote rewritten|wake woke woken""".replace(
            "\n", "|"
        ).split("|")
        if len(line.split()) > 1
    )
    for form in forms.split()
}
_stemmers = {"en": Stemmer.Stemmer("english"), "de": Stemmer.Stemmer("german")}


@lru_cache(maxsize=200_000)
def stem(word: str, language: str) -> str:
    """The stem of one lower-case word; an irregular English form has that of its verb."""
    return _stemmers[language].stemWord(_IRREGULAR.get(word, word) if language == "en" else word)


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
_JOINTS = ("", "s", "es", "n", "en", "er", "e", "-")
_SHORTEST_PART = 4
"""Letters of an everyday word that may be part of a compound; terms of the domain may be shorter (KI, Tor)."""
_ALIKE = 88
"""Likeness in per cent from which an unknown German word is read as a misspelt known one."""
_UMLAUTS = (("ae", "ä"), ("oe", "ö"), ("ue", "ü"))
_PREFIXES = frozenset("ab an auf aus bei ein fest frei her hin los mit nach raus rein um vor weg weiter wieder zu zurück zusammen".split())


# What a German small word says in English. Keywords leave it out, but the encoder reads sentences: without them
# `Keiner weiß, wer das darf` is `knowledge`, and what is denied reads like what is so.
_SMALL_WORDS = {
    german: english
    for english, *others in map(
        str.split,
        """no kein keine keinem keinen keiner keines|not nicht|nobody niemand niemanden niemandem|nothing nichts|never nie niemals|without ohne
        who wer wem wen|whose wessen|what was|when wann|where wo|why warum wieso weshalb|how wie|which welche welcher welches welchen welchem
        may darf dürfen|must muss müssen|can kann können|could könnte könnten|should soll sollen sollte|will wird werden|does tut
        is ist|are sind|was war wurde|were waren wurden|has hat|have haben habe hab|had hatte hatten|if wenn falls|or oder|and und|but aber
        because weil|that dass|than als|the der die das den dem des|a ein eine einen einem einer eines|this dies diese dieser dieses diesen diesem
        I ich|me mich mir|my mein meine meinem meinen meiner|we wir uns|our unser unsere unserem unseren unserer|you du dich dir man ihr euch
        he er ihn ihm|his sein seine seinen seinem seiner|she sie|it es|they ihnen|their ihre ihren ihrem ihrer
        somebody jemand jemanden jemandem|something etwas|all alle allen aller alles|every jede jeder jedes jeden jedem
        other andere anderen anderer anderes|with mit|for für|from von vom|in im|on auf|at am beim bei|to zu zum zur|by durch|about über
        under unter|until bis|after nach|before vor|since seit|only nur|also auch|still noch|already schon|now jetzt|here hier|there da dort""".replace(
            "\n", "|"
        ).split("|"),
    )
    for german in others
}


@dataclass(eq=False)
class Glossary:
    """Terms and what they mean in English; German terms also as parts of compounds."""

    meanings: dict[str, dict[str, list[str]]] = field(default_factory=lambda: {"de": {}, "en": {}})
    phrases: dict[str, dict[tuple[str, ...], list[str]]] = field(default_factory=lambda: {"de": {}, "en": {}})
    empty: set[str] = field(default_factory=set)
    """German words that carry no meaning of their own (gar, wohl, hätte)."""
    _parts: set[str] = field(default_factory=set)
    _by_shape: dict[tuple[str, int], list[str]] = field(default_factory=dict)

    def add(self, term: str, language: str, means: list[str], everyday: bool = False) -> None:
        """Take up one entry; a term of several words is found as a phrase. An everyday word gives way to what is known."""
        parts = tuple(stem(word, language) for word in words(term))
        if len(parts) > 1:
            known = self.phrases[language].setdefault(parts, [])
        elif everyday and parts[0] in self.meanings[language]:
            return
        elif not means:
            self.empty.add(term)
            return
        else:
            known = self.meanings[language].setdefault(parts[0], [])
            if language == "de":
                self._by_shape.setdefault((parts[0][0], len(parts[0])), []).append(parts[0])
                if not everyday or len(parts[0]) >= _SHORTEST_PART:
                    self._parts.add(parts[0])
        known.extend(meaning for meaning in means if meaning not in known)

    @lru_cache(maxsize=50_000)  # noqa: B019  one glossary lives as long as the process
    def means(self, word: str, language: str = "de") -> tuple[str, ...]:
        """English meanings of one word; an unknown German one is taken apart as a compound, or read as the word it misspells."""
        word = word.lower()
        if word in (GERMAN_STOP if language == "de" else ENGLISH_STOP):
            return ()  # `sich` and `Sicherheit` have the same stem
        found = self.meanings[language].get(stem(word, language))
        if found:
            return tuple(found)
        if language == "en" or word in self.empty or len(word) < 5 or not word.replace("-", "").isalpha():
            return ()
        for spelling in (word, _with_umlauts(word)):
            if found := self.meanings["de"].get(stem(spelling, "de")):
                return tuple(found)
            if 7 <= len(spelling) <= _LONGEST_COMPOUND and (parts := self._split(spelling, 3)):
                return tuple(meaning for part in parts for meaning in self.meanings["de"][part][:2])
        return tuple(self.meanings["de"].get(self._mended(word), ()))

    def _mended(self, word: str) -> str:
        """The known German stem that the word most likely misspells, or nothing."""
        if len(word) < 6 or len(word) > _LONGEST_COMPOUND:
            return ""
        bare = stem(word, "de")
        near = [known for length in (-1, 0, 1) for known in self._by_shape.get((bare[0], len(bare) + length), ())]
        found = process.extractOne(bare, near, scorer=fuzz.ratio, score_cutoff=_ALIKE)
        return found[0] if found else ""

    def _split(self, word: str, most: int) -> list[str]:
        """Stems of the fewest known parts that make up the word, joining letters dropped; else []."""
        best: list[str] = []
        for cut in range(3, len(word) - 2):
            first = self._part(word[:cut])
            rest = first and self._rest(word[cut:].lstrip("-"), most - 1)
            if rest and (not best or (len(rest), -min(map(len, [first, *rest]))) < (len(best) - 1, -min(map(len, best)))):
                best = [first, *rest]
        return best

    def _rest(self, word: str, most: int) -> list[str]:
        last = stem(word, "de")
        if last in self._parts:
            return [last]
        return self._split(word, most) if most > 1 else []

    def _part(self, head: str) -> str:
        """The known stem that a compound's part stands for, with one of the joining letters or none; else nothing."""
        for joint in _JOINTS:
            bare = head[: len(head) - len(joint)] if joint else head
            if head.endswith(joint) and len(bare) >= 3 and (known := stem(bare, "de")) in self._parts:
                return known
        return ""

    def expand(self, text: str, language: str) -> list[str]:
        """English words and phrases that the terms in the text stand for, in the order of the text."""
        found: list[str] = []
        for word, meanings in self._phrases_in(words(text), language):
            found.extend(meanings or self.means(word, language))
        return found

    def gloss(self, text: str) -> str:
        """A German text in English words, term by term, small words too; what the glossary does not know stays as it is."""
        out: list[str] = []
        for word, meanings in self._phrases_in(self._joined(words(text)), "de"):
            out.extend(meanings[:1] or self._glossed(word))
        return " ".join(out)

    def _phrases_in(self, tokens: Sequence[str], language: str) -> Iterator[tuple[str, list[str]]]:
        """The first word of each known phrase with what the phrase means, and each word between them with nothing; the longest phrases count."""
        bare = [stem(token, language) for token in tokens]
        position = 0
        while position < len(tokens):
            for length in range(min(4, len(tokens) - position), 1, -1):
                if meanings := self.phrases[language].get(tuple(bare[position : position + length])):
                    yield tokens[position], meanings
                    position += length
                    break
            else:
                yield tokens[position], []
                position += 1

    def _glossed(self, word: str) -> list[str]:
        if word in _SMALL_WORDS:
            return [_SMALL_WORDS[word]]
        meaning = list(self.means(word))
        exact = stem(word, "de") in self.meanings["de"]
        return meaning[:1] if exact else meaning or ([] if self.says_nothing(word) else [word])

    def says_nothing(self, word: str) -> bool:
        """True for a German word that carries no meaning of its own."""
        return word in GERMAN_STOP or word in self.empty

    def _joined(self, tokens: list[str]) -> list[str]:
        """The words with a separable verb put together again: `nimmt den PC mit` is read as `mitnimmt den PC`."""
        for end in range(len(tokens) - 1, 1, -1):
            if tokens[end] not in _PREFIXES:
                continue
            for start in range(end - 2, max(end - 9, -1), -1):
                if not self.says_nothing(tokens[start]) and stem(tokens[end] + tokens[start], "de") in self.meanings["de"]:
                    return [*tokens[:start], tokens[end] + tokens[start], *tokens[start + 1 : end], *tokens[end + 1 :]]
        return tokens


def _with_umlauts(word: str) -> str:
    for plain, umlaut in _UMLAUTS:
        word = word.replace(plain, umlaut)
    return word


@cache
def the_glossary() -> Glossary:
    """Domain terms of `glossary.yaml`, everyday words of `everyday.yaml`, and the German ones of `german.tsv`.

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
    for number, line in enumerate(GERMAN.read_text("utf-8").splitlines(), 1):
        term, tab, means = line.partition("\t")
        if not tab:
            raise BadKnowledge(f"{GERMAN.name}: line {number} needs a word, a tab and its meanings parted by semicolons: {line!r}")
        glossary.add(term, "de", [meaning.strip() for meaning in means.split(";") if meaning.strip()], everyday=True)
    return glossary
