"""What sentences rule: what each is about, what kind of value it sets, and the value; the ground on which contradictions are found."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from knowledge import language

Value = tuple[float, ...] | frozenset[str]
"""Numbers that the value may stand for (five working days are five days or seven), or words and names."""


@dataclass(frozen=True)
class Ruling:
    """A sentence, table row or row of a register that sets a value of a `kind`.

    `words` say what it is about, `near` what its heading and title are about, `names` are the systems and numbered things in it;
    `unit` is what is counted or done: two rulings whose units have nothing in common are about different things.
    """

    source_id: str
    title: str
    heading: str
    quote: str
    url: str
    kind: str
    value: Value
    shown: str
    words: frozenset[str]
    near: frozenset[str]
    names: frozenset[str]
    unit: frozenset[str]

    @property
    def registered(self) -> bool:
        """Whether a register says it, not a document."""
        return not self.source_id.startswith("doc:")

    def differs(self, other: "Ruling") -> bool:
        """Whether the other sets another value."""
        if isinstance(self.value, tuple):
            return not any(abs(a - b) <= 0.05 * max(a, b) for a in self.value for b in other.value if isinstance(b, float))
        if self.kind == "place":
            return not self.value & frozenset(other.value)
        return not (self.value <= frozenset(other.value) or frozenset(other.value) <= self.value)


@dataclass(frozen=True)
class Place:
    """Where sentences stand; `near` are the words of heading and title."""

    source_id: str
    title: str
    heading: str
    url: str
    tongue: str

    @property
    def near(self) -> frozenset[str]:
        """What heading and title are about."""
        return topic(f"{self.heading} {self.title}", self.tongue)


# --- words ----------------------------------------------------------------------------------------------------------------

_ACTIONS = """
review recertify recertification certify check inspect verify examine reassess assess evaluate reviewer examination assessment evaluation inspection
test exercise drill rehearse rehearsal trial
train training awareness instruct instruction brief briefing course teach
report notify inform tell alert notification announce
revoke disable remove withdraw block lock deactivate terminate suspend removal
restore recover recovery restoration
patch install update deploy rollout upgrade installation
rotate renew replace renewal
close closure conclude
decide decision
approve authorise authorize release permit grant approval approver authorisation sign consent permission
delete erase destroy wipe dispose shred deletion destruction disposal overwrite
backup export snapshot
scan
return
answer reply respond response
enable activate unlock
own owner responsible responsibility ownership
""".strip().split("\n")
"""What is done: a line is one deed in its words."""

_SAME = """
record log list book register protocol minutes documentation journal
staff employee personnel worker colleague workforce people
supplier vendor provider contractor integrator
notebook laptop computer pc
phone smartphone mobile
leaver leave departure leaving exit resign depart
password passphrase
picture photo photograph image photography
camera cctv surveillance
stick usb
incident event
fault failure error
plan programme
visitor guest
head manager lead leader chief leadership
right access
treat accept treatment acceptance tolerate
vulnerability weakness
discover discovery notice detect detection aware
affected concerned
""".strip().split("\n")

_CANON = {
    language.stem(word, "en"): (mark + line.split()[0] if mark else language.stem(line.split()[0], "en"))
    for mark, lines in (("", _SAME), ("@", _ACTIONS))
    for line in lines
    for word in line.split()
}


def _group(words: str) -> frozenset[str]:
    return frozenset(_CANON.get(stem, stem) for stem in (language.stem(word, "en") for word in words.split()))


_CONTRASTS = [
    _group(line)
    for line in (
        "critical high medium low normal moderate",
        "major minor observation opportunity",
        "internal external",
        "staff visitor supplier customer applicant",
        "full incremental",
        "paper electronic",
        "administrator user operator visitor",
        "office production",
        "public internal confidential",
        "server notebook phone stick camera controller plc robot hmi firewall",
        "request approval report",
    )
]
_RECORDS = _group("backup record incident training contract footage right")
_CONTRASTS.append(_RECORDS)
_SPECIAL = _group(
    "administrator privileged critical emergency high confidential strictly temporary major external service remote exception exceptional"
)
_SAYS_NOTHING = frozenset(
    language.stem(word, "en")
    for word in (
        "must may shall should can is are be been kept keep keeps retained retention stored store held within least most every each once twice after before until latest day days week weeks "
        "month months year years hour hours minute minutes quarter quarters second daily weekly monthly quarterly yearly annually annual working calendar business time times long period regularly "
        "decides decided allowed permitted forbidden prohibited never only always also all any plant company document documents rule rules following applies apply done carried carry out place takes take "
        "least maximum minimum per through per use used make made give given new one two three item whose both own every least required procedure policy part case section form number type name come comes gets whoever anyone result results follow january february march april june july august september october november december monday tuesday wednesday thursday friday saturday sunday"
    ).split()
) - {"own"}


_PHRASES = [
    (re.compile(pattern, re.IGNORECASE), word)
    for pattern, word in (
        (r"\S+@\S+|https?://\S+|(?-i:\b[A-Z]{1,4}(?:-[A-Z]{1,4})+-\d+\b)", " "),  # addresses, numbers of documents and forms
        (r"\binformation technology\b|(?-i:\bIT\b)", "infotech"),
        (r"\binformation\b", " "),  # it has the stem of inform
        (r"\b(?:without (?:undue )?delay|immediately|promptly|at once|unverzüglich|sofort|umgehend)\b", " "),
        (r"\brecordings?\b|\baufzeichnung(?:en)?(?= (?:der|von) (?:\w*sitzung|video|kamera))", "footage"),  # it has the stem of records
        (r"\b(?:multi|two|second|2|zwei)[- ]?(?:factor|faktor)(?:[- ]?auth\w*)?|\bMFA\b|\b2FA\b", "multifactor"),
        (r"\b(?:sign|log)-?(?:ins?|on|ons)\b", "login"),
        (
            r"\b(?:people|persons?|employees?|staff|those|anyone|somebody) who (?:leaves?|departs?|has left|have left)\b|\b(?:outgoing|departing|leaving|former) (?:staff|employees?|people)\b",
            "leaver",
        ),
        (r"\btells?\b", "report"),
        (r"\bback(?:s|ed|ing)?[- ]up\b", "backup"),
        (r"\be-?learnings?\b|\btraining courses?\b", "training"),
        (r"\bbesuch(?:en|t)\b(?= (?:an|die|eine|alle|jede))", " "),  # to attend, not a visit
        (r"\bservice providers?\b|\bthird[- ]part(?:y|ies)\b", "supplier"),
        (r"\b(?:memory|usb|flash|thumb)[- ](?:sticks?|drives?|keys?)\b", "stick"),
        (r"\b(?:video surveillance|surveillance cameras?|cctv)\b", "camera"),
    )
]
"""Expressions that stand for one word, or for nothing."""


@lru_cache(maxsize=50_000)
def topic(text: str, tongue: str) -> frozenset[str]:
    """What a text is about: English stems with words of one meaning made one; words of ruling and of time say nothing of it."""
    for pattern, word in _PHRASES:
        text = pattern.sub(word, text)
    english = language.the_glossary().gloss(text) if tongue == "de" else text
    found = (stem for stem in language.stems(english, "en") if not stem.isdigit())
    return frozenset(_CANON.get(stem, stem) for stem in found if len(stem) > 1 and (stem in _CANON or stem not in _SAYS_NOTHING))


def contrast(one: Ruling, other: Ruling) -> bool:
    """Whether the two name things that exclude each other: high and low, employees and visitors, two different systems."""
    if one.names and other.names and not one.names & other.names and one.kind != "place":
        return True
    for group in _CONTRASTS:
        here, there = one.words & group, other.words & group
        if group is _RECORDS:  # what a table lists, its heading says
            here = here or (one.near & group if " | " in one.quote else here)
            there = there or (other.near & group if " | " in other.quote else there)
        if here and there and not here & there:
            return True
    return False


def special(one: Ruling, other: Ruling) -> bool:
    """Whether one alone speaks of a special case, such as the accounts of administrators."""
    here, there = one.words & _SPECIAL, other.words & _SPECIAL
    return bool((here - other.words - other.near) or (there - one.words - one.near))


# --- values ---------------------------------------------------------------------------------------------------------------

_NUMBERS = {
    word: float(number)
    for line in (
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen",
        "ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn",
    )
    for number, word in enumerate(line.split(), 1)
} | {"a": 1, "an": 1, "eine": 1, "einem": 1, "einen": 1, "einer": 1, "eines": 1, "twenty": 20, "zwanzig": 20, "thirty": 30, "dreißig": 30, "sixty": 60, "ninety": 90}  # fmt: skip
_UNITS = {
    r"seconds?|sekunden?": 1 / 86400, r"min(?:ute)?s?|minuten?": 1 / 1440, r"hours?|stunden?": 1 / 24, r"shifts?|schicht(?:en)?": 1 / 3,
    r"days?|(?:kalender)?tage?n?": 1, r"(?:arbeits|werk)tage?n?": 1, r"weeks?|wochen?": 7, r"months?|monate?n?": 30.42, r"quarters?|quartale?n?": 91.25,
    r"years?|jahre?n?": 365,
}  # fmt: skip
_UNIT = "|".join(_UNITS)
_COUNT = r"\d+(?:[.,]\d+)?|" + "|".join(sorted(_NUMBERS, key=len, reverse=True))
_SPAN = re.compile(rf"\b(?P<n>{_COUNT})[\s-]+(?P<work>working |business |calendar |full |volle[nr]? )?(?P<unit>{_UNIT})\b", re.IGNORECASE)
_EVERY = re.compile(
    rf"\b(?:every|each|all?e|jede[nrsm]?|once (?:a|an|per|in|every)|(?P<twice>twice|zweimal) (?:a|an|per|im|pro|je)|einmal (?:im|pro|je|in der)|at intervals of|im abstand von|per)"
    rf"\s+(?:(?P<n>{_COUNT})[\s-]+)?(?:calendar |working )?(?P<unit>{_UNIT})\b",
    re.IGNORECASE,
)
_ADVERBS = {
    "daily": 1, "nightly": 1, "weekly": 7, "fortnightly": 14, "monthly": 30.42, "quarterly": 91.25, "half-yearly": 182.5, "yearly": 365, "annually": 365, "annual": 365,
    "täglich": 1, "wöchentlich": 7, "monatlich": 30.42, "vierteljährlich": 91.25, "halbjährlich": 182.5, "jährlich": 365, "biannually": 182.5, "every other week": 14,
    "every second year": 730, "every other year": 730, "alle zwei jahre": 730, "every second month": 60.8,
}  # fmt: skip
_ADVERB = re.compile(rf"(?<![-\w])({'|'.join(sorted(_ADVERBS, key=len, reverse=True))})(?:e[nrms]?)?\b", re.IGNORECASE)
_KEEPS = re.compile(
    r"\b(kept|keeps?|retain\w*|retention|stored|archiv\w*|stays?|hold|held|aufbewahr\w*|aufzubewahren|gespeichert|vorgehalten|behalten|bleiben|gelöscht nach|deleted after|erased after|overwritten after|destroyed after)\b",
    re.IGNORECASE,
)
_LIMITS = re.compile(
    r"\b(within|at the latest|latest|no later than|not later than|deadline|time limit|inside|innerhalb|binnen|spätestens|frist|not longer than|up to|at most|after|nach|before|ahead|vorher|notice|limit|valid|gültig|gilt|lasts?)\b",
    re.IGNORECASE,
)
_SAME_DAY = re.compile(r"\b(?:on|am) (?:the )?(?:same|selben|gleichen) (?:working )?(?:day|tag|arbeitstag)\b", re.IGNORECASE)
_LAST_DAY = re.compile(
    r"\b(?:on|by|at the end of|am|zum) (?:the |their |his or her )?(?:last|letzten) (?:working |contract )?(?:day|arbeitstag|tag)\b",
    re.IGNORECASE,
)
_AMOUNT = re.compile(
    r"(?P<how>\b(?:at least|a minimum of|minimum(?: length)?(?: of)?|no fewer than|mindestens|at most|a maximum of|maximum|no more than|höchstens|maximal|after|nach|exactly|genau|up to|bis zu|length of|have|haben|has|hat|needs?|requires?|target)\s+)?"
    rf"(?<![-./\w])(?P<n>\d+(?:[.,]\d+)?|{'|'.join(sorted((w for w, number in _NUMBERS.items() if number > 1), key=len, reverse=True))})\s*(?P<noun>%|(?:[a-zäöüß]+ )?[A-Za-zäöüßÄÖÜ]{{4,}})",
    re.IGNORECASE,
)
_SCORE = re.compile(
    r"\b(?:scores?|points|values?|threshold|risks?|punktzahl|risikowert|schwelle|wert)\b(?:(?!impact|auswirkung)[^.;|]){0,30}?\b(?P<from>from|ab|of)?\s?(?P<how>up to|at most|above|over|below|under|bis|über|unter)?\s?(?P<n>\d{1,2})(?P<more> or (?:more|higher|above)| oder (?:mehr|höher))?(?! ?(?:"
    + _UNIT
    + r"|%|percent|per cent))\b",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"\b(?:hall|line|zone|level|tier|class|stage|section|chapter|clause|annex|article|step|page|room|building|version|form|number|no\.|"
    r"halle|linie|stufe|abschnitt|kapitel|seite|raum|gebäude|nr\.) [A-Z]?\d+(?:\.\d+)*",
    re.IGNORECASE,
)
"""Numbers that name a thing and count nothing."""
_STRENGTH = re.compile(r"\b(TLS|AES|RSA|SHA|SSH|WPA)[- ]?(\d+(?:\.\d+)?)", re.IGNORECASE)
_HEADS = (
    r"manager|officer|lead|leader|engineer|owner|auditor|director|administrator|supervisor|coordinator|controller|custodian|guard|foreman|reception|gatehouse|"
    r"team|department|board|committee|council|desk|management|ciso|cio|dpo|ceo|leiter(?:in)?s?|leitung|[a-zäöüß]*leiter(?:in)?s?|[a-zäöüß]*leitung|[a-zäöüß]*beauftragte[rn]?|[a-zäöüß]*verantwortliche[rn]?|"
    r"schichtführer|meister|geschäftsführung|geschäftsführer|betriebsrat|abteilung|[a-zäöüß]*eigner|eigentümer"
)
_LINKS = "an?|the|each|every|and|or|of|to|by|from|for|with|who|that|is|are|as|der|die|das|dem|den|und|oder|von|ein|eine|einen|mit|an|zu|nur|only|vom|zum|zur|im|am|wird|werden|must|may"
_ONE_ROLE = rf"(?:(?:the )?head of (?:the )?[\w-]+(?: (?!may|must|and|or|is)[a-z]+(?= (?:approve|decide|release)))?|(?:(?!(?:{_LINKS})\b)[\w-]+ ){{0,2}}(?:{_HEADS})\b(?: (?:IT|OT|HR|ISMS|KI|der [A-Z]\w+))?)"
_WHO = rf"{_ONE_ROLE}(?:(?:,| and| or| und| oder| together with| gemeinsam mit)+ (?:the |der |die |dem )?{_ONE_ROLE})*"
_ROLE = re.compile(rf"\b{_ONE_ROLE}", re.IGNORECASE)
_DOES = (
    r"approves?|authori[sz]es?|releases?|permits?|grants?|signs?|decides?|accepts?|reviews?|owns?|orders?|assigns?|appoints?|issues?|revokes?|enables?|activates?|unlocks?|leads?(?! to)|chairs?|declares?|classif(?:y|ies)|maintains?|conducts?|"
    r"genehmigt|bewilligt|entscheidet|prüft|akzeptiert|ordnet|vergibt|gibt(?=.{1,80}\bfrei\b)|verantwortet|unterschreibt"
)
_DONE = r"approved|authori[sz]ed|released|permitted|granted|signed(?: off)?|decided|accepted|reviewed|owned|ordered|assigned|appointed|issued|revoked|enabled|activated|unlocked|led|chaired|declared|classified|maintained|conducted|genehmigt|freigegeben|bewilligt|entschieden|geprüft|akzeptiert|vergeben|unterschrieben|angeordnet"
_ACTIVE = re.compile(
    rf"\b(?P<who>{_WHO})\s+(?:alone |only |must |may |then |also |shall |can |allein |darf |muss )*(?P<does>{_DOES})\b", re.IGNORECASE
)
_PASSIVE = re.compile(rf"\b(?P<does>{_DONE})\s+(?:in writing |only |alone )?by\s+(?:the |an? |each )?(?P<who>{_WHO})", re.IGNORECASE)
_VON = re.compile(
    rf"\b(?:von|vom|durch)\s+(?:der |dem |den |die |einer |einem )?(?P<who>{_WHO})\s+(?:schriftlich )?(?P<does>{_DONE})\b", re.IGNORECASE
)
_ANSWERS = re.compile(
    rf"\b(?P<who>{_WHO})\s+(?:is|are|ist|sind)\s+(?:the )?(?P<does>responsible|accountable|verantwortlich|zuständig|owner of)\b|"
    rf"\b(?P<does2>approval|authorisation|consent|permission|decision|genehmigung|freigabe|zustimmung) (?:of|by|from|durch|von) (?:the |den |die |der |dem )?(?P<who2>{_WHO})",
    re.IGNORECASE,
)
_WHO_HEADS = re.compile(
    r"\b(owner|responsible(?! for)|approves?|approver|approved by|approval|decides?|decision|reviewer|released? by|releases|verantwortlich|zuständig|freigabe|genehmigung|genehmigt|entscheidet|accepts?|who accepts)\b",
    re.IGNORECASE,
)
_FORBIDS = re.compile(
    r"\b(must not|may not|shall not|cannot be|is not allowed|are not allowed|not permitted|forbidden|prohibited|banned|never|not be used|nobody may|no \w+ may|darf nicht|dürfen nicht|darf kein\w*|dürfen keine|verboten|untersagt|nicht (?:erlaubt|gestattet|zulässig|zugelassen|benutzt|verwendet)|(?:darf|dürfen)\b[^.;]{1,60}\bnicht)\b",
    re.IGNORECASE,
)
_ALLOWS = re.compile(
    r"\b(may(?! not)(?! have)(?! contain)(?! affect)(?! touch)(?! lead)|is allowed|are allowed|permitted|is acceptable|darf|dürfen|erlaubt|gestattet|zulässig|zugelassen)\b",
    re.IGNORECASE,
)
_OPTIONAL = re.compile(
    r"\b(need not|needs? no|not required|not necessary|not mandatory|optional|voluntary|without (?:approval|escort|registration)|muss nicht|müssen nicht|nicht (?:erforderlich|nötig|notwendig)|freiwillig|brauch(?:t|en) (?:nicht|kein\w*))\b",
    re.IGNORECASE,
)
_REQUIRED = re.compile(
    r"\b(must(?! not)|shall(?! not)|required|mandatory|obligatory|always|muss(?! nicht)|müssen(?! nicht)|erforderlich|pflicht|verpflichtend|zwingend)\b",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"\b(unless|except|without|before|until|outside|other than|ohne|ausser|außer|es sei denn|bevor|bis|only|nur)\b", re.IGNORECASE
)
_SYSTEM_NAME = re.compile(r"\b(?:[A-Z][a-z]+[A-Z]\w+|[A-Z]{2,}-\d+)\b")
_NOT_THERE = re.compile(r"\b(?:not|never|nicht) (?:in|on|via|through|auf|im|über) (?:the )?[A-Z]\S+")
_SYSTEM = re.compile(
    r"\b(?i:recorded|stored|kept|logged|filed|documented|opened|entered|saved|archived|managed|registered|requested|made|done|reported|run|runs|goes|held|tracked|raised|"
    r"gespeichert|abgelegt|erfasst|dokumentiert|gemeldet|beantragt|eingetragen)\b[^.;|,]{0,40}?\b(?i:in|on|into|with|via|through|over|auf|im|über) (?:the )?(?P<name>[A-Z]\w+(?:-\d+)?)"
    r"|\b(?i:in|im|auf|über|durch|via) (?P<name2>[A-Z]\w+(?:-\d+)?) (?i:gespeichert|abgelegt|erfasst|dokumentiert|gemeldet|beantragt|eingetragen|geführt)"
)
_NAME = re.compile(
    r"\b([A-Z][a-z]+[A-Z]\w+|(?<!-)[A-Z]{2,}-\d+|[A-Z]\d{1,3}|(?i:hall|line|zone|level|tier|class|stage|halle|linie|stufe) [A-Z]?\d+)\b"
)
_TAIL = re.compile(
    r"\s*(?:,? (?:so that|because|in order to|damit|weil|since)\b.*|,? (?:according to|as described in|see|gemäß|siehe|nach) (?-i:[A-Z]{2})[\w-]+.*|\([^)]*\))",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r";\s+|,\s+(?:and|but|while|whereas|und|aber|während)\s+|\s+and (?:are|is) ")
_WHERE = re.compile(r"\b(where|place|location|stored in|kept in|system used|ort|ablage|ablageort|recorded in)\b", re.IGNORECASE)
_RHYTHM = re.compile(r"\b(how often|interval|frequency|turnus|häufigkeit|rhythm|cycle)\b", re.IGNORECASE)
_HISTORY = re.compile(r"\b(revision|version|change history|änderungs)", re.IGNORECASE)


_NO_SYSTEM = frozenset("annex section form hall table chapter class level zone line building room german english".split())


@dataclass(frozen=True)
class _Set:
    """A value that a piece of text sets, and the part of it that is therefore not topic."""

    kind: str
    value: Value
    shown: str
    unit: frozenset[str] = frozenset()


def _number(text: str) -> float:
    return float(text.replace(",", ".")) if text[:1].isdigit() else _NUMBERS[text.lower()]


def _days(match: re.Match[str]) -> tuple[float, ...]:
    unit, number = match["unit"].lower(), _number(match["n"] or "1")
    size = next(days for pattern, days in _UNITS.items() if re.fullmatch(pattern, unit))
    working = (
        "work" in (match.groupdict().get("work") or "")
        or "business" in (match.groupdict().get("work") or "")
        or unit[:4] in ("arbe", "werk")
    )
    return (number * size, number * 1.4) if working else (number * size,)


def _times(text: str) -> Iterator[_Set]:
    every = [
        _Set("interval", tuple(days / (2 if match["twice"] else 1) for days in _days(match)), match[0]) for match in _EVERY.finditer(text)
    ]
    taken = " ".join(one.shown for one in every)
    every += [_Set("interval", (float(_ADVERBS[match[1].lower()]),), match[0]) for match in _ADVERB.finditer(text) if match[0] not in taken]
    spans = [(match, _days(match)) for match in _SPAN.finditer(text) if match[0] not in taken]
    for match, days in spans:
        before, after = text[max(match.start() - 90, 0) : match.start()], text[match.end() : match.end() + 30]
        if _KEEPS.search(re.split(r"[,;](?! )|, (?=(?:is|are|and|but)\b)", before)[-1]) or _KEEPS.search(after.split(",")[0]):
            yield _Set("retention", days, match[0])
        elif _RHYTHM.search(before):
            yield _Set("interval", days, match[0])
        elif _LIMITS.search(before[-40:]) or _LIMITS.search(after.split(",")[0]):
            yield _Set("deadline", days, match[0])
    for pattern, day in ((_SAME_DAY, 1.0), (_LAST_DAY, 0.0)):
        if told := pattern.search(text):
            yield _Set("deadline", (day,), told[0])
    yield from every


def _amounts(text: str, tongue: str) -> Iterator[_Set]:
    for match in _AMOUNT.finditer(_NUMBERED.sub("", text)):
        noun = match["noun"]
        if not re.search(rf"\b(?:{_UNIT})\b", noun, re.IGNORECASE) and (unit := frozenset({"%"}) if noun == "%" else topic(noun, tongue)):
            yield _Set(
                "limit", (_number(match["n"]),), f"{match['n']} {noun}", frozenset({"%"}) if "cent" in unit or "prozent" in unit else unit
            )
    for match in _SCORE.finditer(text):
        number = float(match["n"]) - (1 if match["more"] or (match["from"] or "").lower() in ("from", "ab") else 0)
        yield _Set("limit", (number,), match[0], frozenset({"score"}))
    for match in _STRENGTH.finditer(text):
        yield _Set("limit", (float(match[2]),), match[0], frozenset({match[1].lower()}))


def _role(who: str, does: str, tongue: str) -> _Set:
    english = language.the_glossary().gloss(who) if tongue == "de" else re.sub(r"\bIT\b", "infotech", who)
    value = frozenset(_CANON.get(stem, stem) for stem in language.stems(english, "en"))
    return _Set(
        "role",
        value,
        who.strip(),
        topic({"gibt": "approve", "ordnet": "order"}.get(does.lower(), does), tongue if does.isalpha() else "en"),
    )


def _roles(text: str, tongue: str) -> Iterator[_Set]:
    for pattern in (_ACTIVE, _PASSIVE, _VON, _ANSWERS):
        for match in pattern.finditer(text):
            who, does = (match["who"], match["does"]) if match["who"] else (match["who2"], match["does2"])
            made = _role(who, does, tongue)
            if made.value and made.unit:
                yield made


def _permissions(text: str) -> Iterator[_Set]:
    if not _CONDITION.search(text):
        if match := _FORBIDS.search(text):
            yield _Set("permission", frozenset({"forbidden"}), match[0])
        elif match := _ALLOWS.search(text):
            yield _Set("permission", frozenset({"allowed"}), match[0])
    if match := _OPTIONAL.search(text):
        yield _Set("duty", frozenset({"optional"}), match[0])
    elif match := _REQUIRED.search(text):
        yield _Set("duty", frozenset({"required"}), match[0])


def _places(text: str, tongue: str) -> Iterator[_Set]:
    found = [match["name"] or match["name2"] for match in _SYSTEM.finditer(text)]
    if named := [name for name in found if _SYSTEM_NAME.fullmatch(name) or (tongue == "en" and name.lower() not in _NO_SYSTEM)]:
        everything = {*named, *_SYSTEM_NAME.findall(_NOT_THERE.sub("", text))}
        yield _Set("place", frozenset(name.lower() for name in everything), ", ".join(named))


def _set_by(text: str, tongue: str) -> Iterator[_Set]:
    yield from _times(text)
    yield from _amounts(text, tongue)
    yield from _roles(text, tongue)
    yield from _permissions(text)
    yield from _places(text, tongue)


# --- rulings --------------------------------------------------------------------------------------------------------------


def read(text: str, place: Place) -> Iterator[Ruling]:
    """What the sentences and table rows of a text rule."""
    if _HISTORY.search(place.heading.rsplit(" > ", 1)[-1]):
        return
    before = ""
    for start, end in language.sentence_spans(text):
        sentence = text[start:end]
        yield from _of_row(sentence, place) if " | " in sentence else _of_sentence(sentence, place, before)
        before = sentence


def _of_sentence(sentence: str, place: Place, earlier: str) -> Iterator[Ruling]:
    before, short = "", replace(place, heading=f"{place.heading} {earlier}")
    for clause in _CLAUSE.split(_TAIL.sub("", sentence)):
        for one in _rulings(list(_set_by(clause, place.tongue)), clause, sentence, place, before):
            # a short sentence goes on about what the one before it was about
            yield one if len(one.words) > 2 else replace(one, near=one.near | short.near)
        before = before or clause


def _of_row(row: str, place: Place) -> Iterator[Ruling]:
    cells = [(head.strip(), value.strip()) for head, _, value in (cell.partition(": ") for cell in row.split(" | "))]
    named = next((place_ for place_, (_, value) in enumerate(cells) if re.search(r"[^\W\d_]{3}", value)), 0)
    about = cells[named][1]
    place = replace(place, heading=f"{place.heading} {cells[named][0]}")
    told = max((value for head, value in cells[named + 1 :] if not _WHERE.search(head)), key=len, default="")
    if len(told.split()) > 6:
        about = f"{about}: {told}"
    for head, value in cells[named + 1 :]:
        if _WHERE.search(head):
            if names := [match[0] for match in _SYSTEM_NAME.finditer(value)]:
                yield from _rulings(
                    [_Set("place", frozenset(name.lower() for name in (*names, *value.split(", "))), value)], cells[named][1], row, place
                )
        elif _WHO_HEADS.search(head) and (who := re.match(_WHO, value, re.IGNORECASE)):
            yield from _rulings([_role(who[0], head, place.tongue)], cells[named][1], row, place)
        else:
            long = len(value.split()) > 6
            sets = [one for one in _set_by(f"{head}: {value}", place.tongue) if long or one.kind not in ("permission", "duty", "place")]
            yield from _rulings(sets, value if long else f"{about} {head} {value}", row, place)


def _rulings(sets: Sequence[_Set], about: str, quote: str, place: Place, before: str = "") -> Iterator[Ruling]:
    systems = [one.shown for one in sets if one.kind == "place"]
    for one in sets:
        bare = _without(_until(about, one.shown, one.kind), [one.shown, *systems])
        words = _about(bare, place.tongue)
        if len(words) < 3 and before:  # a clause without a subject of its own goes on about that of the one before
            bare = f"{before} {bare}"
            words = _about(bare, place.tongue)
        if len(words) < 2:
            words = topic(bare, place.tongue) - (one.value if isinstance(one.value, frozenset) else frozenset())
        names = frozenset(match.lower() for match in _NAME.findall(bare))
        unit = one.unit or (
            _deeds(words) or _deeds(place.near) if one.kind in ("interval", "deadline", "place", "permission", "duty") else one.unit
        )
        if words:
            yield Ruling(
                place.source_id,
                place.title,
                place.heading,
                quote,
                place.url,
                one.kind,
                one.value,
                one.shown,
                words,
                place.near,
                names,
                unit,
            )


def _about(text: str, tongue: str) -> frozenset[str]:
    """What a text is about, whoever does it."""
    return topic(_ROLE.sub(" ", text), tongue)


def _deeds(words: frozenset[str]) -> frozenset[str]:
    return frozenset(word for word in words if word[0] == "@")


def _until(text: str, shown: str, kind: str) -> str:
    """The text up to the comma after a value, or up to the value that says how long something is kept: what follows is about something else."""
    if shown not in text:
        return text
    end = text.find(shown) + len(shown)
    if kind == "retention" and len(text[: end - len(shown)].split()) > 4:
        return text[:end]
    comma = text.find(",", end)
    return text if comma < 0 else text[:comma]


def _without(text: str, parts: Iterable[str]) -> str:
    for part in parts:
        text = text.replace(part, " ")
    return text
