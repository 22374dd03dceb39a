"""The values that a piece of text sets: times, numbers, who decides, what is allowed or required, and where something is kept."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.drafting.topics import MONTH, SEASON, WEEKDAY, english, topic
from knowledge import language


@dataclass(frozen=True)
class Value:
    """What a piece of text sets: one `kind` of value, as numbers (five working days are five days or seven) or as words.

    `bound` tells a least or a most from an exact value; `unit` is what is counted. `start` and `end` are its place in the text.
    """

    kind: str
    start: int
    end: int
    numbers: tuple[float, ...] = ()
    words: frozenset[str] = frozenset()
    bound: str = ""
    unit: str = ""

    def differs(self, other: "Value") -> bool:
        """Whether the two cannot both hold."""
        if self.words or other.words:
            return not self.words & other.words
        if self.bound == "least" and not other.bound:
            return all(b < a * 0.95 for a in self.numbers for b in other.numbers)
        if other.bound == "least" and not self.bound:
            return other.differs(self)
        return not any(abs(a - b) <= 0.05 * max(a, b) for a in self.numbers for b in other.numbers)


def values(text: str, tongue: str, names: frozenset[str]) -> Iterator[Value]:
    """The values that a clause sets."""
    rhythms = list(_rhythms(text))
    yield from rhythms
    yield from _spans(text, rhythms)
    yield from _amounts(text, tongue)
    yield from _roles(text, tongue)
    yield from _permissions(text)
    yield from _systems(text, names)


# --- times ----------------------------------------------------------------------------------------------------------------

_NUMBERS = {
    word: float(number)
    for line in (
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty",
        "ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn zwanzig",
        "first second third fourth fifth sixth seventh eighth ninth tenth",
        "erst zweit dritt viert fünft sechst siebt acht neunt zehnt",
    )
    for number, word in enumerate(line.split(), 1)
} | {"a": 1, "an": 1, "half a": 0.5, "half": 0.5, "halb": 0.5, "other": 2, "thirty": 30, "dreißig": 30, "forty": 40, "vierzig": 40, "fifty": 50,
     "fünfzig": 50, "sixty": 60, "sechzig": 60, "seventy": 70, "eighty": 80, "ninety": 90, "neunzig": 90, "hundred": 100}  # fmt: skip
_UNITS = {
    r"sec(?:ond)?s?|sekunden?": 1 / 86400, r"min(?:ute)?s?|minuten?": 1 / 1440, r"hours?|hrs?|stunden?": 1 / 24, r"shifts?|schicht(?:en)?": 1 / 3,
    r"days?|(?:kalender|arbeits|werk)?tag(?:en?|es)?|nights?|n[aä]chte?": 1, r"weeks?|(?:arbeits)?wochen?": 7, r"fortnights?": 14, r"months?|monat(?:en?|s)?": 30.42,
    r"quarters?|quartal(?:en?|s)?|vierteljahr(?:en?|s)?": 91.25, r"half[- ]years?|halbjahr(?:en?|s)?": 182.5, r"years?|(?:kalender|geschäfts)?jahr(?:en?|es)?": 365,
}  # fmt: skip
_ADVERBS = {"daily|nightly|täglich|nächtlich": 1, "weekly|wöchentlich|wöchig": 7, "fortnightly": 14, "monthly|monatlich|monatig": 30.42, "quarterly|vierteljährlich|quartalsweise": 91.25,
            "half-yearly|halfyearly|semi-annual|semi-annually|biannually|halbjährlich": 182.5, "yearly|annually|annual|jährlich|jährig": 365, "hourly|stündlich": 1 / 24, "tägig": 1}  # fmt: skip
_U = "|".join(_UNITS)
_C = r"\d+(?:[.,]\d+)?|(?:" + "|".join(sorted(_NUMBERS, key=len, reverse=True)) + r")(?:e[nrms]?)?"
_CAL = (
    r"(?:(?:further|additional|full|whole|calendar|working|business|weitere[nrs]?|volle[nrs]?|consecutive|aufeinanderfolgende[nrs]?)[ -])*"
)
_EACH = r"every|each|all(?:e[nr]?)|jede[nrsm]?|in each|per|once (?:a|an|per|in|every|each)|einmal (?:im|pro|je|in der|am|alle|jede[snrm]?)|at intervals of|im abstand von|(?:a|an|im|pro|je|in der) (?=rhythmus)"
_TIMES = rf"(?P<times>once|twice|thrice|einmal|zweimal|dreimal|viermal|(?:{_C})[ -]?(?:times|mal)) (?:in )?(?:a|an|per|each|every|im|pro|je|in der|am|the)"
_YEARLY = rf"{MONTH}|{SEASON}"
_AND = r"(?:(?:,| and| und|, and)(?: every| each| jede[nrms]?)? "
_LISTED = re.compile(r",? (?:and|und) |, ")
_RHYTHM = re.compile(
    rf"\b(?:(?:{_TIMES}|(?P<each>{_EACH}))\s+(?:(?P<n>{_C})[\s-]+)?{_CAL}(?P<unit>{_U})"
    rf"|(?:(?P<an>{_C})[ -]?)?(?P<adverb>{'|'.join(_ADVERBS)})(?:e[nrms]?)?"
    rf"|(?:every|each|jede[nrms]?)\s+(?:working )?(?:(?P<weekday>(?:{WEEKDAY}){_AND}(?:{WEEKDAY}))*)|(?P<yearly>(?:{_YEARLY}){_AND}(?:{_YEARLY}))*)|(?P<daily>morning|evening|morgen|abend))|(?:on )?(?P<weekdays>(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days|(?:mon|diens|mittwoch|donners|frei|sams|sonn)(?:tag)?s)(?:(?:,| and| und) \w+days|(?:,| und) \w+tags)*))\b",
    re.IGNORECASE,
)
_SPAN = re.compile(
    rf"\b(?P<n>{_C})(?:[\s-]+|(?<=\d))(?P<work>{_CAL})(?P<unit>{_U})\b|\b(?:end of|ende) (?:the|der|des|dieser|this|that)(?: same| working| next)* (?P<end>{_U})\b"
    rf"|\b(?:the|am|on) (?P<same>same|very|last|selben|gleichen|letzten)(?: working| contract)* (?P<of>day|\w*tag)\b"
    rf"|\b(?:(?:on|by) the|am) (?P<on>day|tag) (?:of|de[rs])\b",
    re.IGNORECASE,
)
_LEAST = re.compile(
    r"\b(?:at least|no(?:t)? less than|no(?:t)? fewer than|minimum(?: of)?|mindestens|wenigstens|nicht weniger als)\W*$", re.IGNORECASE
)
_ARTICLE = re.compile(r"an?|ein(?:e[nrms]?)?", re.IGNORECASE)
_LASTS = re.compile(
    r"\b(?:within|after|for|in|than|by|least|most|every|latest|of|binnen|nach|innerhalb|für|spätestens|about|Kept for:|: ?)\s*(?:an? |the |der |von )?$",
    re.IGNORECASE,
)
"""What stands before `a year` where a length is meant, and not one of several years."""
KEEPS = re.compile(
    r"\b(?:ke(?:ep|pt)\w*|retain\w*|retention|stor(?:e|ed|age)|archiv\w*|preserv\w*|stays?|rests?|remains?|hold|held|available|"
    r"aufbewahr\w*|aufzubewahren|aufgehoben|hebt|gespeichert|vorgehalten|behalten|bleib\w*)\b",
    re.IGNORECASE,
)
_ERASES = re.compile(
    r"\b(?:eras\w+|delet\w+|overwrit\w+|destroy\w*|thrown away|throws? away|discard\w*|wip(?:ed?|es)|shred\w*|remov(?:ed?|es)|purg\w+|dispos\w+|cleared|disappears?|"
    r"gelöscht|löscht|löschen|überschrieben|vernichtet|entfernt|entsorgt|geschreddert|verschwinde\w*)\b",
    re.IGNORECASE,
)
_FOR = re.compile(r"\bfor(?: another| a further| at least| up to| the next)?\W*$", re.IGNORECASE)
_AFTER = re.compile(r"\b(?:after|nach)(?: another| further| weiteren)?\W*$", re.IGNORECASE)


def _number(text: str) -> float:
    if re.fullmatch(r"\d{1,3}[.,]\d{3}", text):  # thousands
        return float(text.replace(",", "").replace(".", ""))
    if text[:1].isdigit():
        return float(text.replace(",", "."))
    word = text.lower()
    return next(_NUMBERS[word[: len(word) - cut]] for cut in range(4) if word[: len(word) - cut] in _NUMBERS)


def _size(unit: str) -> float:
    return next(days for pattern, days in _UNITS.items() if re.fullmatch(pattern, unit, re.IGNORECASE))


def _working(text: str) -> bool:
    return bool(re.search(r"working|business|arbeitstag|werktag", text, re.IGNORECASE))


def _rhythms(text: str) -> Iterator[Value]:
    for match in _RHYTHM.finditer(text):
        if match["adverb"]:
            size = next(days for words, days in _ADVERBS.items() if match["adverb"].lower() in words.split("|"))
            days = size * (_number(match["an"]) if match["an"] else 1)
        elif match["unit"]:
            times = {"once": 1, "twice": 2, "thrice": 3, "einmal": 1, "zweimal": 2, "dreimal": 3, "viermal": 4}
            often = match["times"] and (times.get(match["times"].lower()) or _number(re.split(r"[ -]|mal", match["times"])[0]))
            days = _size(match["unit"]) * (_number(match["n"]) if match["n"] else 1) / (often or 1)
        else:
            days = (
                7 / len(_LISTED.split(match["weekday"] or match["weekdays"]))
                if match["weekday"] or match["weekdays"]
                else 365 / len(_LISTED.split(match["yearly"]))
                if match["yearly"]
                else 1
            )
        yield Value("interval", match.start(), match.end(), (days,))


def _spans(text: str, taken: Sequence[Value]) -> Iterator[Value]:
    keeps, erases = KEEPS.search(text), _ERASES.search(text)
    for match in _SPAN.finditer(text):
        if any(one.start <= match.start() < one.end for one in taken):
            continue
        if match["n"] and _ARTICLE.fullmatch(match["n"]) and not _LASTS.search(text[: match.start()]):
            continue
        if match["same"]:
            numbers: tuple[float, ...] = (0.0,) if match["same"].lower() in ("last", "letzten") else (1.0,)
        elif match["on"]:
            numbers = (1.0,)
        elif match["end"]:
            numbers = (_size(match["end"]),)
        else:
            days = _number(match["n"]) * _size(match["unit"])
            numbers = (days, days * 1.4) if _working(match[0]) else (days,)
        before = text[: match.start()]
        bound = "least" if _LEAST.search(before) else ""
        # what is erased after a time is kept for it; what is erased within a time is a duty with a time limit
        since = re.match(r" (?:after|nach|from|ab)\b", text[match.end() :])
        lasts = keeps or _FOR.search(before) or re.match(r" old\b", text[match.end() :]) or (erases and (_AFTER.search(before) or since))
        yield Value("retention" if lasts else "deadline", match.start(), match.end(), numbers, bound=bound)
        if lasts and since:  # an account that stays open for two weeks after the last day is closed within them
            yield Value("deadline", match.start(), match.end(), numbers, bound=bound)


# --- amounts --------------------------------------------------------------------------------------------------------------

_NAMES_A_THING = re.compile(
    r"\b(?:hall|line|zone|level|tier|class|stage|section|chapter|clause|annex|article|step|steps|page|room|building|version|form|number|no\.|group|item|clauses|"
    r"halle|linie|stufe|abschnitt|kapitel|seite|raum|gebäude|nr\.|gruppe|schritt) [A-Z]?\d+(?:\.\d+)*(?:\s?(?:to|bis|-|and)\s?\d+)?|\b(?:19[5-9]|20[0-3])\d\b(?! bits?)|\b\d{1,2}:\d\d\b|\b\d{1,2}\.\d\d(?= ?(?:uhr|h\b|o'clock))|\b[A-Z]+-?\d+(?:-\d+)*",
    re.IGNORECASE,
)
"""Numbers that name a thing or a moment and count nothing."""
_AMOUNT = re.compile(
    rf"(?<![-./\w])(?P<n>\d+(?:[.,]\d+)?|(?:{'|'.join(sorted((w for w, number in _NUMBERS.items() if number > 2), key=len, reverse=True))}))(?:\s|(?<=\d))(?P<noun>%|percent|per cent|prozent|(?:[a-zäöüß]+ )?[A-Za-zäöüßÄÖÜ]{{3,}})",
    re.IGNORECASE,
)
_MEASURE = re.compile(
    r"(?:\b(?:scores?|points|threshold|confidence|konfidenz|probability|punktzahl|risikowert|schwelle|wahrscheinlichkeit)\b[^.;|:\d]{0,30}? (?P<n>\d{1,3}(?:[.,]\d+)?)|\b(?P<n2>0[.,]\d+))"
    r"(?P<more> or (?:more|higher|above)| oder (?:mehr|höher)| and (?:above|higher))?"
    rf"(?![\d%]|[.,]\d|[ -](?:%|percent|prozent|right|{_U})\b| %)",
    re.IGNORECASE,
)
_MEASURED = re.compile(
    r"(?<![-./\w])(?P<n>\d+(?:[.,]\d+)?) ?(?P<unit>°C|mm/s|m/s|[mck]?m|[kM]?W|kWh|m?A|k?V|[kMG]?Hz|[kMGT]B|k?g|m?l|bar|mbar|dB|lux|rpm|€|EUR|euros?)(?![\w/])"
)
"""An amount in a unit of measure."""
_SAME_UNIT = {"level": "step", "stage": "step", "grade": "step", "point": "score", "euro": "€", "eur": "€"}
_SPOKEN_OF = re.compile(
    r"\b(?:the|all|our|these|those|there (?:are|is)|alle[nr]?|unsere[nr]?|die|den|der|diese[nr]?|gibt es)\s*$", re.IGNORECASE
)
"""What stands before a number of things that are there, and of which no rule is made: `the 36 machines`."""
_STRENGTH = re.compile(r"\b(TLS|AES|SHA|SSH|WPA|RSA)[- ]?(\d+(?:\.\d+)?)", re.IGNORECASE)


def _amounts(text: str, tongue: str) -> Iterator[Value]:
    bare = _NAMES_A_THING.sub(lambda match: " " * len(match[0]), text)
    taken = []
    for match in _MEASURE.finditer(bare):
        place = "n" if match["n"] else "n2"
        taken.append(match.start(place))
        yield Value("limit", match.start(place), match.end(place), (_number(match[place]) - bool(match["more"]),), unit="score")
    for match in _STRENGTH.finditer(text):
        taken.append(match.start(2))
        yield Value("limit", match.start(2), match.end(2), (float(match[2]),), unit=match[1].lower())
    for match in _MEASURED.finditer(bare):
        taken.append(match.start("n"))
        unit = _SAME_UNIT.get(match["unit"].lower().rstrip("s"), match["unit"])
        yield Value("limit", match.start("n"), match.end("n"), (_number(match["n"]),), bound=_bound(bare[: match.start()]), unit=unit)
    for match in _AMOUNT.finditer(bare):
        noun = match["noun"]
        if (
            match.start("n") in taken
            or _SPOKEN_OF.search(bare[: match.start()])
            or re.fullmatch(rf"(?:{_U})(?: \w+)?|\w+ (?:{_U})", noun, re.IGNORECASE)
        ):
            continue
        if unit := "%" if re.match(r"%|per ?cent|prozent", noun, re.IGNORECASE) else _counted(noun, tongue):
            yield Value("limit", match.start(), match.end("n"), (_number(match["n"]),), bound=_bound(bare[: match.start()]), unit=unit)


def _bound(before: str) -> str:
    return "least" if _LEAST.search(before) else ""


def _counted(noun: str, tongue: str) -> str:
    """The stem of what is counted: `attempt` of `failed attempts`; empty where the words say nothing."""
    said = topic(noun, tongue)
    stems = [stem for stem in language.stems(english(noun, tongue), "en") if stem in said]
    return _SAME_UNIT.get(stems[-1], stems[-1]) if stems else ""


# --- roles ----------------------------------------------------------------------------------------------------------------

_OFFICES = (
    r"managers?|officers?|leads?|leaders?|engineers?|owners?|auditors?|directors?|administrators?|supervisors?|coordinators?|custodians?|guards?|foreman|foremen|reception|gatehouse|porter|head|"
    r"team|department|board|committee|council|desk|helpdesk|management|ciso|cio|dpo|ceo|hr|purchasing|\w*leiter(?:in)?s?|\w*leitung|\w*beauftragte[rn]?|\w*verantwortliche[rn]?|"
    r"\w*führer(?:in)?s?|\w*meister(?:in)?s?|geschäftsführung|betriebsrat|\w*abteilung|\w*eigner|\w*eigentümer|einkauf|pforte"
)
_LINKS = r"an?|the|each|every|and|or|of|to|by|from|for|with|who|whom|that|which|is|are|as|if|when|unless|after|before|because|than|has|have|der|die|das|dem|den|des|und|oder|von|ein|eine|einen|einer|einem|mit|an|zu|nur|only|vom|zum|zur|im|am|in|wird|werden|must|may|can|gibt|durch|bei|our|their|its"
ROLE = re.compile(
    rf"\b(?:(?:department )?heads? of (?:the )?(?:[\w-]+(?: (?:security|technology|resources|protection|management|automation|department))?)|(?:(?!(?:{_LINKS})\b)[\w-]+ ){{0,2}}(?:{_OFFICES})\b(?! (?:system|review|plan|process|report|meeting)s?\b)(?: (?:IT|OT|HR|ISMS|KI|Personal|der [A-Z]\w+))?)",
    re.IGNORECASE,
)
_DECIDES = re.compile(
    r"\b(?:approv\w+|authori[sz]\w+|releas\w+|permit\w*|permission|grant\w*|sign(?:s|ed)?(?: off)?|decid\w+|decision|accept\w*|own(?:s|ed)?|owner of|order(?:s|ed)|assign\w*|appoint\w*|issu(?:e|es|ed)|enabl\w+|activat\w+|unlock\w*|"
    r"leads|led by|chair\w*|declar\w+|classif\w+|agrees?|consents?|allow(?:s|ed)|responsib\w+|accountable|answerable|belongs|genehmig\w*|bewillig\w*|entscheid\w*|akzeptier\w*|ordnet|angeordnet|vergibt|vergeben|frei|freigegeben|freigabe|zustimmung|verantwort\w*|"
    r"unterschr\w+|zuständig|review(?:s|ed)|prüft|geprüft|conduct(?:s|ed)|maintain(?:s|ed)|revok\w+)\b",
    re.IGNORECASE,
)


_ACTS = "approve|authori[sz]e|release|permit|grant|sign|decide|accept|order|allow|agree|consent"
_WHOEVER = re.compile(
    rf"\b(?i:the|an?|each|every) ((?:[a-z-]+ ){{0,2}}[a-z-]+)(?= (?:alone )?(?:(?:{_ACTS})s|(?:must|shall|may) (?:{_ACTS}))\b)"
)
"""Whoever decides, by whatever name, where a sentence says so outright."""


def _roles(text: str, tongue: str) -> Iterator[Value]:
    act = _DECIDES.search(text)
    if not act:
        yield from _agents(text, tongue)
        return
    if not (found := list(ROLE.finditer(text))):
        if who := _WHOEVER.search(text):
            yield Value("role", who.start(1), who.end(1), words=office(who[1], tongue))
        return
    by = [
        match
        for match in found
        if re.search(
            r"\b(?:by|from|of|to|von|vom|durch|belongs to)(?: the| an?| each| der| dem| den| die| einer| einem)?\s$",
            text[: match.start()],
            re.IGNORECASE,
        )
        and match.start() > act.start() - 60
    ]
    subject = [match for match in found if match.start() < act.start()][:1]
    passive = re.search(r"\b(?:is|are|be|been|wird|werden|ist|sind)\b[^,;]{0,40}$", text[: act.end()])
    told = [one for one in by if re.search(r"\b(?:by|from|to|von|vom|durch)\b[\w ]{0,8}$", text[: one.start()])] or subject or found
    if passive and by:
        told = by
    if told:
        words = frozenset().union(*(office(match[0], tongue) for match in told))
        if words:
            yield Value("role", min(one.start() for one in told), max(one.end() for one in told), words=words)


_DONE_BY = re.compile(
    r"\b(?:is|are|be|been|wird|werden|ist|sind)\b[^,;]{0,60}?\b(?:by|through|von|vom|durch) (?:the |an? |each |der |dem |den |die |einer |einem )?$",
    re.IGNORECASE,
)
"""What stands before the one by whom something is done."""


def _agents(text: str, tongue: str) -> Iterator[Value]:
    for match in ROLE.finditer(text):
        if _DONE_BY.search(text[: match.start()]) and (words := office(match[0], tongue)):
            yield Value("role", match.start(), match.end(), words=words)
            return


def office(who: str, tongue: str) -> frozenset[str]:
    """The office as one word, whichever way round it is said: `head of IT` and `IT lead` are the same."""
    english = language.the_glossary().gloss(who) if tongue == "de" else re.sub(r"\bIT\b", "infotech", who)
    stems = sorted({"lead" if stem in _LEADS else stem for stem in language.stems(english, "en")})
    return frozenset({" ".join(stems)}) if stems else frozenset()


_LEADS = frozenset(language.stem(word, "en") for word in "head manager lead leader chief leadership management director".split())


# --- what may, must and must not --------------------------------------------------------------------------------------------

_NO_BAN = (
    r"(?:required|need(?:ed)?|necessary|mandatory|asked|demanded|called|expected|obliged|affected|covered|included|concerned|known|meant|given|taken|enough|"
    r"appl(?:y|ied)|require|have|count|affect|contain|mean|matter|replace|depend|include|cover|concern|hold|work|know|say|want|expect|ask)\b"
)
"""What is said not to be so, and no ban: something is not needed, does not apply."""
_FORBIDS = re.compile(
    rf"\b(?:must not|may not|shall not|can ?not|(?:is|are) not (?!{_NO_BAN})(?:to be|\w+(?:ed|en|wn|ought|ade|ut|ent)\b)|do(?:es)? not (?!{_NO_BAN})\w+|not permitted|forbidden|prohibited|banned|never|not be used|nobody(?! else)|no one(?! else)|no [a-z]+(?: [a-z]+)? (?:may|goes?|gets?|is|are)|(?:takes?|gets?|have|has|receives?|uses?|makes?|brings?|carr(?:y|ies)) no [a-z]+|darf nicht|dürfen nicht|darf kein\w*|dürfen keine|"
    r"verboten|untersagt|niemand(?! (?:sonst|ander))|nicht (?:erlaubt|gestattet|zulässig|zugelassen|benutzt|verwendet)|(?:darf|dürfen)\b[^.;]{1,60}\bnicht)\b",
    re.IGNORECASE,
)
_ALLOWS = re.compile(
    r"\b(?:(?-i:may)(?! not)(?! have)(?! contain)(?! affect)(?! touch)(?! lead)|(?:is|are) allowed|permitted|acceptable|darf|dürfen|erlaubt|gestattet|zulässig|zugelassen|can(?! ?not))\b",
    re.IGNORECASE,
)
_OPTIONAL = re.compile(
    r"\b(?:need not|needs? no|not required|not necessary|not mandatory|optional|voluntary|without (?:approval|escort|registration|consent|permission|supervision|asking|being \w+)|unaccompanied|unescorted|unsupervised|not (?:asked for|demanded|called for)|by (?:themselves|himself|herself|oneself)|on (?:their|his|her|one's) own(?: authority)?|ohne (?:dass|Begleitung|Genehmigung|Zustimmung|Rückfrage|Anmeldung|Aufsicht|zu fragen)|muss nicht|müssen nicht|nicht (?:erforderlich|nötig|notwendig)|freiwillig|brauch(?:t|en) (?:nicht|kein\w*))\b",
    re.IGNORECASE,
)
_REQUIRED = re.compile(
    r"\b(?:must(?! not)|shall(?! not)|required|mandatory|obligatory|always|muss(?! nicht)|müssen(?! nicht)|erforderlich|pflicht|verpflichtend|zwingend|immer)\b",
    re.IGNORECASE,
)
_UNLESS = re.compile(r"\b(?:unless|without|before|until|ohne|es sei denn|bevor|bis)\b", re.IGNORECASE)
_CONDITION = re.compile(
    r"\b(?:unless|except|(?<!with or )without|before|until|outside (?:of|the|these|working|office|normal)|other than|ohne|ausser|außer|es sei denn|bevor|bis|only|nur)\b",
    re.IGNORECASE,
)
_RESTRICTED = re.compile(
    r"\b(?:unless|except|until|outside (?:of|the|these|working|office|normal)|other than|ausser|außer|es sei denn|bevor|only|nur)\b",
    re.IGNORECASE,
)
"""What makes a permission one for some cases alone; a customer without an account may do something as well as any."""


def _permissions(text: str) -> Iterator[Value]:
    for pattern, word, condition in ((_FORBIDS, "forbidden", _CONDITION), (_ALLOWS, "allowed", _RESTRICTED)):
        if match := pattern.search(text):
            if not condition.search(text):
                yield Value("permission", match.start(), match.end(), words=frozenset({word}))
            break
    denied = _FORBIDS.search(text)  # what nobody does without, or before, something makes that a duty
    for pattern, word in ((_UNLESS, "required"),) if denied else ((_OPTIONAL, "optional"), (_REQUIRED, "required")):
        if match := pattern.search(text):
            yield Value("duty", match.start(), match.end(), words=frozenset({word}))
            break


# --- systems --------------------------------------------------------------------------------------------------------------

_RECORDED = (
    r"records|stores|keeps|logs|files|documents|enters|saves|archives|recorded|stored|kept|logged|filed|documented|opened|entered|saved|archived|managed|registered|requested|reported|held|tracked|raised|written|run|runs|proven|"
    r"gespeichert|abgelegt|erfasst|dokumentiert|gemeldet|beantragt|eingetragen|nachgewiesen|geführt"
)
_IN = re.compile(
    rf"\b(?i:{_RECORDED})\b[^.;|,]{{0,60}}?\b(?i:in|on|into|with|via|through|over|of|auf|im|über) (?:the )?(?P<name>[A-Z]\w+(?:-\d+)?)(?!-)|\b(?i:in|im|auf|über|durch|via) (?P<name2>[A-Z]\w+(?:-\d+)?) (?i:{_RECORDED})"
)
_CODED = re.compile(r"[A-Z][a-zäöüß]+[A-Z]\w+|[A-Z]{2,}-\d+")
"""A name that is one by its spelling."""
_NOT_THERE = re.compile(r"\b(?:not|never|nicht) (?:in|on|via|through|auf|im|über) (?:the )?[A-Z]\S+")


_MEDIUM = re.compile(
    rf"\b(?:{_RECORDED})\b[^.;|,]{{0,20}}?\b(?:in|on|into|auf|im) (?:(?:the|an?|einem?|einer|dem|der) )?(?P<what>(?:[\w-]+ ){{0,2}}?(?:paper|spreadsheet|\w*book|list|folder|binder|safe|cabinet|drive|share|papier|tabelle|ordner|tresor|schrank|laufwerk)\b)",
    re.IGNORECASE,
)
"""What things are kept in that has no name of its own."""


def _systems(text: str, names: frozenset[str]) -> Iterator[Value]:
    bare = _NOT_THERE.sub(lambda match: " " * len(match[0]), text)
    if (medium := _MEDIUM.search(bare)) and not _IN.search(bare):
        yield Value("place", medium.start("what"), medium.end("what"), words=frozenset({medium["what"].split()[-1].lower()}))
    for match in _IN.finditer(bare):
        group = "name" if match["name"] else "name2"
        if match[group] in names or _CODED.fullmatch(match[group]):
            others = [one[0].lower() for one in re.finditer(r"[A-Z]\w+(?:-\d+)?", bare) if one[0] in names or _CODED.fullmatch(one[0])]
            yield Value("place", match.start(group), match.end(group), words=frozenset({match[group].lower(), *others}))
