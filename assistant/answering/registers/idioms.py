"""Ways of speaking, put plainly before the words of a question are read: greetings and thanks, what the answer is for, verbs that German parts, and
turns whose words mean something else alone.
"""

import re

_POLITE = re.compile(
    r"^\W*(?:(?:hi|hey|hello|hallo|moin|guten (?:tag|morgen)|please|bitte|ok|okay|so|and now|quick question|kurze frage)\W+)*"
    r"(?:(?:can|could|would|will) (?:you|someone|somebody|anyone|anybody) (?:please |kindly )*(?=show|give|list|tell|name|find)|"
    r"(?:kannst du|können sie|könntest du|könnten sie|kann (?:mir |uns )?(?:jemand|wer|einer)|könnte (?:mir |uns )?(?:jemand|wer|einer)) (?:mir |uns )?(?:bitte )?(?:mal )?|"
    r"(?:i|we)(?:'d)? (?:need|want|would like|like)(?: to (?:see|know|have|get))?\b|(?:ich|wir) (?:brauche|bräuchte|möchte|will|hätte gerne?|suche|benötige)n?\b|(?:brauche|bräuchte|möchte|hätte|suche|benötige)n? (?:ich|wir)\b(?: gerne?)?)(?: bitte)?",
    re.IGNORECASE,
)
_PURPOSE = re.compile(
    r"^\W*(?:(?:hi|hey|hello|hallo|moin|guten (?:tag|morgen|abend)|good (?:morning|afternoon)|dear \w+|liebe[rs]? \w+)\W+)?(?:für|zu[mr]?|for|to prepare|ahead of)\b[^.?!;]{3,70}?(?=\b(?:bräuchten?|brauchen?|hätten?|benötigen?|möchten?|suchen?) (?:ich|wir)\b|\b(?:i|we)(?:'d)? (?:need|want|would like|like|am looking|are looking)\b)",
    re.IGNORECASE,
)
"""What the answer is for: `for the report to the board I need ...`."""
_THANKS = re.compile(
    r"\W*(?:\b(?:many )?thanks\b|\bthank you\b|\bthx\b|\bcheers\b|\b(?:best|kind) regards\b|\b(?:vielen|besten|herzlichen) dank\b|\bdanke\b|\b(?:viele|liebe|beste|schöne) grüße\b|\bmfg\b|\blg\b|\bvg\b)[^.?!;]{0,40}\W*$",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"^\W*(?:hi|hey|hello|hallo|moin|servus|guten (?:tag|morgen|abend)|good (?:morning|afternoon|evening)|dear \w+|liebe[rs]? \w+)(?: (?:all|there|team|everyone|everybody|zusammen))?(?:\s*[,!.:–-]+\s*|\s+)(?=\w)",
    re.IGNORECASE,
)
_REASON = re.compile(
    r"(?<=\?)\s+(?=[^.?!]*\b(?:needs?|wants?|asks? for|braucht|brauchen|will|möchte)\b)[^.?!]{8,100}[.!]?\s*$", re.IGNORECASE
)
"""A sentence after the question that says who needs the answer: `...? Purchasing needs it for the budget.`"""
_TELL = re.compile(
    r"^\W*(?:tell|say|sagt?|sage|sagen|verrate?)\b(?: (?:me|us|mir|uns))?(?: bitte| please)?,?\s+(?=(?:when|who|whose|which|what|how|where|wann|wer|wem|wessen|welche\w*|was|wie|wo|bis)\b)",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"[,.;?!–-]\s*(?P<aside>(?:and |und |or |oder )?(?:can|could|should|shall|may|kann|können|könnten|sollen|sollten|dürfen) (?:we|i|they|man|wir|ich|die|das) [^,.;?!]{3,60})\W*$",
    re.IGNORECASE,
)
"""A second question at the end of what may be done about the rows: `..., can we close those?`."""
_TO_ME = re.compile(r"\b(?:show|give|tell|list|send|zeige?|gib|nenne?|sage?) (?:me|us|mir|uns)\b", re.IGNORECASE)
_PARTED = re.compile(
    r"\b(?P<verb>läuft|laufen|lief|liefen|steht|stehen|hängt|hängen) (?P<between>[^.?!;]*?)\b(?P<particle>ab|aus|an)(?=\W*$|\W+(?:und|oder|aber)\b|\s*[,;(])",
    re.IGNORECASE,
)
"""A German verb whose first part stands at the end: `laufen dieses Jahr ab`."""
_FINISHED = "(?:reached|done|finished|completed|closed|implemented|erreicht|fertig|erledigt|abgeschlossen|geschlossen|umgesetzt|beendet)"
_SAID_OTHERWISE = (
    (re.compile(r"\b(?P<verb>is|are|was|were|do|does|did|has|have|had|could|would|should)nt\b", re.IGNORECASE), r"\g<verb>n't"),
    (re.compile(r"\b(?:nich|nit|ned)\b", re.IGNORECASE), "nicht"),
    (re.compile(r"\bheuer\b", re.IGNORECASE), "dieses Jahr"),
    (re.compile(r"\s*(?:>=|≥|=>)\s*(?=\d)"), " at least "),
    (re.compile(r"\s*(?:<=|≤|=<)\s*(?=\d)"), " at most "),
    (re.compile(r"\s*(?:>|\b(?:größer|höher))\s*(?=\d)", re.IGNORECASE), " more than "),
    (re.compile(r"\s*(?:<|\b(?:kleiner|niedriger|geringer))\s*(?=\d)", re.IGNORECASE), " less than "),
    (re.compile(r"(?<=\d)\+(?!\w)"), " or more"),
    (
        re.compile(rf"\bh(?:ä|ae)tten? (?P<what>[^.?!;]*?)\b{_FINISHED} (?:sein |werden )?(?:m(?:ü|ue)ssen|sollen)\b", re.IGNORECASE),
        r"überfällig \g<what>",
    ),
    (re.compile(r"\bh(?:ä|ae)tten? (?P<what>[^.?!;]*?)\b(?:m(?:ü|ue)ssen|sollen)\b", re.IGNORECASE), r"überfällig \g<what>"),
    (re.compile(r"\b(?:should|ought to) have (?:already |long )?been\b", re.IGNORECASE), "overdue"),
    (re.compile(rf"\bshould be (?:{_FINISHED}|(?P<what>\w+)) (?:by now|already)\b", re.IGNORECASE), r"overdue \g<what>"),
    (re.compile(rf"\bshould (?:already|long) be (?:{_FINISHED}|(?P<what>\w+))\b", re.IGNORECASE), r"overdue \g<what>"),
    (re.compile(rf"\b(?:{_FINISHED}|(?P<what>\w+)) (?:sein|haben|werden) (?:müss|muess|soll)ten\b", re.IGNORECASE), r"überfällig \g<what>"),
    (
        re.compile(
            r",? (?:es )?(?:aber|but) (?:(?:noch )?nicht (?:sind|ist|haben)|are not|is not|aren't|isn't|have not|haven't)(?: yet)?(?=\W*$)",
            re.IGNORECASE,
        ),
        "",
    ),
    (
        re.compile(
            r"^\W*(?:muss|soll) ich (?:\w+ )?noch (?P<what>[^.?!;,]*?)\b(?:machen|absolvieren|erledigen|abschließen|nachholen|bestätigen|lesen)\b",
            re.IGNORECASE,
        ),
        r"meine offenen \g<what>",
    ),
    (
        re.compile(
            r"^\W*(?:do i still (?:have|need) to|have i still got to|must i still) (?:do|take|complete|finish|attend|pass|confirm|read) (?:any |an? |the |another )?",
            re.IGNORECASE,
        ),
        "my open ",
    ),
    (
        re.compile(
            r"(?:=|\b(?:equal to|equals|same as|above|below|over|under|higher than|lower than|gleich|über|unter))\s*(?:the |dem |das )?(?P<pair>current|inherent|residual)\b(?: one)?(?! (?:score|risk|rating|level|likelihood|impact))",
            re.IGNORECASE,
        ),
        r"\g<0> score",
    ),
    (
        re.compile(
            r"\b(?P<what>entschieden|festgelegt|decided|settled|agreed),? (?:wie|how) (?:wir|we|man|to|they|sie)\b[^.?!;,]*", re.IGNORECASE
        ),
        r"\g<what>",
    ),
    (
        re.compile(r"\b(?:offen|unklar|open|unclear),?(?: ist| is)?,? (?:wie|how) (?:wir|we|man|to|they|sie)\b[^.?!;,]*", re.IGNORECASE),
        "nicht entschieden",
    ),
    (
        re.compile(r"\b(?:missed|verpasste\w*|versäumte\w*) (?=(?:\w+ )?(?:deadlines?|dates?|\w*termin\w*|\w*frist\w*)\b)", re.IGNORECASE),
        "overdue ",
    ),
    (re.compile(r"\b(?:kommt|kommen|taucht|tauchen)\b(?P<between>.*?) (?:vor|auf)(?=\W*$)", re.IGNORECASE), r"\g<between>"),
    (
        re.compile(
            r"\b(?:what(?: else)?|which \w+|was|welche \w+) (?:(?:would |will |could )?(?:is|are|goes?|be|fails?|stops?|breaks?|steht|stehen|fällt|fallen|ist|sind)\b)[^.?!;]{0,30}?,? (?:if|when|once|wenn|falls|sobald) (?:the |die |der |das )?(?P<what>[^.?!;,]{2,50}?) (?:fails?|is down|goes down|dies|is dead|stops|breaks|ausfällt|ausfallen|steht|weg ist|tot ist|down ist)\b",
            re.IGNORECASE,
        ),
        r"what depends on \g<what>",
    ),
    (
        re.compile(
            r"^\W*(?P<what>[^.?!;,=]{2,50}?) (?:is )?(?:dead|down|offline|tot|ausgefallen)\b\s*(?:=|,|-|–|:|\?|;|\.)\s*(?:what|was)(?: \w+){0,4}\b[^?]*\?",
            re.IGNORECASE,
        ),
        r"what depends on \g<what>?",
    ),
    (re.compile(r"(?<=\w)\s*=\s*(?=\w)"), " equal to "),
    (re.compile(r"\band why(?=\W*$)", re.IGNORECASE), "and the reason"),
    (re.compile(r"\bund (?:warum|wieso|weshalb)(?=\W*$)", re.IGNORECASE), "und der Grund"),
    (
        re.compile(r"^\W*was (?:muss|müssen|soll) (?P<who>(?!ich\b|man\b|wir\b)[^.?!;,]{2,30}?) noch \w+", re.IGNORECASE),
        r"offen von \g<who>",
    ),
    (re.compile(r"^\W*what does (?P<who>(?!one\b)[^.?!;,]{2,30}?) still (?:have|need) to \w+", re.IGNORECASE), r"open of \g<who>"),
    (re.compile(r"\b(?:gelten|gilt|counts?|classed|rated|listed|marked|eingestuft|bewertet) (?=(?:als|as)\b)", re.IGNORECASE), ""),
    (re.compile(r"\b(?P<as>als|as) (?P<what>[^.?!;,]{3,40}?) (?:gelten|gilt|counts?)\b", re.IGNORECASE), r"\g<as> \g<what>"),
    (
        re.compile(r"^\W*bis wann (?:gilt|gelten|ist|sind)\b(?P<what>[^.?!;]*?)(?: noch)?(?: gültig)?(?=\W*$)", re.IGNORECASE),
        r"wann endet\g<what>",
    ),
    (re.compile(r"\b(?:weder|neither) (?P<one>[^.?!;]*?)\b(?:noch|nor)\b", re.IGNORECASE), r"nicht \g<one> und nicht"),
    (re.compile(r"\W*\b(?:i mean|mein(?:e|te)? ich|ich meine?)\b", re.IGNORECASE), ""),
)
"""Ways of speaking whose words mean something else alone: what should have been done is late, what counts as critical is."""
_WHOLE = {
    "läuft": "{}laufen",
    "laufen": "{}laufen",
    "lief": "{}gelaufen",
    "liefen": "{}gelaufen",
    "hängt": "hängt {} von",
    "hängen": "hängt {} von",
    "steht": "{}steht",
    "stehen": "{}stehen",
}


def plainly(question: str) -> tuple[str, str]:
    """(the question put plainly, what it asks besides of what may be done about the rows)."""
    text = bare(question)
    aside = _ASIDE.search(text)
    text = text[: aside.start()] if aside else text
    text = _TO_ME.sub(lambda match: match[0].split()[0], text)
    for pattern, plain in _SAID_OTHERWISE:
        text = pattern.sub(plain, text)
    text = _PARTED.sub(lambda match: f"{_WHOLE[match['verb'].lower()].format(match['particle'].lower())} {match['between']}", text)
    return text, aside["aside"] if aside else ""


def bare(question: str) -> str:
    """The question without what is said to whoever is asked: greeting, thanks, `could you tell me`, and what the answer is for."""
    text = _THANKS.sub("", question)
    return _TELL.sub("", _POLITE.sub("", _PURPOSE.sub("", _GREETING.sub("", _REASON.sub("", text)))))
