"""A question read as a catalogue query, or None when it is about something else: the plant, its registers, how to do a thing.

Precision comes first: a question needs something to select by, and every word of it must select, ask or be a filler of `words.yaml`.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any

from rapidfuzz import fuzz

from assistant.answering.catalogue import tags
from assistant.answering.catalogue.query import STANDARD_KINDS, THREATS, CatalogueQuery, Condition
from assistant.answering.catalogue.wording import (
    AMENDED,
    ANY_CASE,
    alternatives,
    any_of,
    compiled,
    concerns_catalogue,
    ids_in,
    leftover,
    prepared,
    search,
    stem_of,
    without_ids,
    words,
)
from knowledge import controls
from knowledge.controls import AI, ATLAS, CSF, IEC, ISO_2013, ISO_2022, LISTS, Control, Spelled

_POLITE = re.compile(
    r"^\W*(?:(?:hi|hey|hello|hallo|moin|servus|guten tag|good (?:morning|day)|please|kindly|bitte|ok(?:ay)?|well|and|und|also|quick question|"
    r"kurze frage|so|sorry|entschuldigung|team|all|mal|just|for (?:the|my|an) (?:audit|report|file|slides?)|für (?:das|den) (?:audit|bericht))\b[\s,:!.-]*|"
    r"(?:can|could|would|will) (?:you|we|someone|anyone|i)\b|(?:be able|mind) to\b|"
    r"(?:kannst|könntest|würdest|magst) du\b|(?:kann|könnte) (?:mir|ich|man|jemand)\b|(?:können|könnten|würden) sie\b|"
    r"(?:do|does|did) (?:you|anyone|anybody|someone) know|(?:weißt|weisst) du|wissen sie|weiß jemand|i(?: am|'m| was)? (?:just )?(?:wondering|wonder|looking for|interested in)\b|"
    r"i(?: would|'d)? (?:need|want|like|have)(?: to (?:see|know|have|get|ask|check))?\b|let me (?:know|see)|"
    r"ich (?:brauche|bräuchte|möchte|will|hätte gern[e]?|suche|wüsste gern[e]?|würde gern[e]?)(?: wissen| sehen| haben)?\b[\s,]*|"
    r"(?:tell|sag(?:en)?|erkläre?n?|verrate?n?) (?:me|us|mir|uns)[\s,]*|(?:mir|uns|bitte|if|ob)\b[\s,]*|(?:sagen|nennen|verraten|wissen|check|zeigen|auflisten)[\s,]+)\s*",
    ANY_CASE,
)
_PURPOSE = compiled(
    r"\s*,?\s*\b(?:for|für|fürs|zum|to go (?:in|on))\s+(?:(?:a|an|the|my|our|our next|den|die|das|eine[nr]?|mein\w*|unser\w*)\s+)?(?:internal |external |internes? )?"
    r"(?:slides?|reports?|audits?|auditor|presentation|meeting|management review|trainings?|workbook|poster|folien?|bericht|präsentation|schulung|excel|excel sheet|sheet)\b\s*"
    r"(?=[.?!]?$)"
)
_WHY = re.compile(
    r"^\W*(?:how (?!many)|why|who(?!se)|when|where|wie (?!viel|hei(?:ß|ss)en)|warum|wieso|wer|wann|wo\b|"
    r"can|kann|may|darf|must|muss|should|soll)\b",
    ANY_CASE,
)
_DOES = re.compile(r"^\W*(?:do|does) ", ANY_CASE)
_LISTING = r"which|welche[rnms]?|list|liste|listet|show|zeige?|nenne?|name|give|gib|all|alle|any|every|count|enumerate|ones"
_EDITIONS = (
    (
        r"\b(?:27001|27002)\s?:\s?2013\b|\b2013(?:er|s)?\b|\b(?:old|former|alte[nrms]?|frühere[nrms]?)\s+"
        r"(?:(?=a\.?\s?\d)|edition|standard|norm|domains?|domänen?|bereiche?|controls?|ma(?:ß|ss)nahmen?|numbers?|ids?|nummern?|annex(?: a)? (?:controls?|ids?|numbers?))\b",
        ISO_2013,
    ),
    (r"\b(?:27001|27002)\s?:\s?2022\b|\b2022(?:er|s)?\b", ISO_2022),
    (r"\b42001(?:er)?\b", AI),
    (
        r"\b62443-3-3\b|\bsystem requirements?\b|\bsystemanforderungen\b|\bfoundational requirements?\b|\bgrundlegende[nr]? anforderungen\b|\bgrundanforderungen\b|\bsrs\b|\bsr(?!\s?\d)\b|\bfrs\b",
        "iec62443-3-3",
    ),
    (r"\b62443-2-1\b", "iec62443-2-1"),
    (r"\b62443-3-2\b|\bzcrs\b", "iec62443-3-2"),
    (r"\b62443(?!-\d)\b", "iec62443"),
    (r"\b(?:nist(?:[ -]csf)?|csf)\b|\bsubcategor(?:y|ies)\b|\bunterkategorien?\b", CSF),
    (r"\batlas\b|\bmitre\b", ATLAS),
)
_OWN = {framework: pattern for pattern, framework in _EDITIONS}
_NOUNS = {
    ISO_2022: {
        "subclause": r"sub-?clauses?|clauses?|abschnitten?|unterabschnitten?|klauseln?|kapiteln?",
        "control": r"controls?|ma(?:ß|ss)nahmen?",
    },
    ISO_2013: {"domain": r"domains?|bereiche?", "objective": r"objectives?|ziele?", "control": r"controls?|ma(?:ß|ss)nahmen?"},
    ATLAS: {
        "mitigation": r"mitigations?|gegenma(?:ß|ss)nahmen?",
        "technique": r"techni(?:ques?|k|ken)|attacks?|angriffe?|threats?|bedrohungen",
    },
    CSF: {
        "subcategory": r"subcategor(?:y|ies)|unterkategorien?",
        "category": r"categor(?:y|ies)|kategorien?",
        "function": r"functions?|funktionen",
    },
    "iec62443-3-3": {
        "foundational-requirement": r"foundational requirements?|grundlegende[nr]? anforderungen?|grundanforderungen|frs(?!\s?\d)",
        "requirement": r"requirements?|srs?|anforderungen",
    },
}
"""What the entries of a framework are called, by kind; the first kind that is named is listed."""


def parse(question: str, language: str) -> CatalogueQuery | None:
    """The exact query that a question about the catalogue asks for; None when it is no such question."""
    text = prepared(question)
    if not concerns_catalogue(text):
        return None
    while text != (shorter := _POLITE.sub("", text)):
        text = shorter
    counts = any_of("counts").search(text)
    if _WHY.search(text) and not counts and not _asks_the_standard(text):
        return None
    text, foreign = _without_foreign(_PURPOSE.sub("", text))
    readers = (_documents, _attributes, _relation, _threats, _selection)
    for read in (_attributes,) if _DOES.search(text) and not counts else readers:
        if query := read(text, language):
            query = replace(query, unused=(*foreign, *_unread(text, query)))
            return query if query.where or not foreign else None
    return None


def _asks_the_standard(text: str) -> bool:
    """Whether how and where ask for a relation or for clauses: `how does A.5.12 map to 42001`, `where is documented information required`."""
    named = ids_in(text) and (_editions(text) or any(one.id.count(".") == 3 for one in ids_in(text)))
    related = named and stem_of("corresponding").search(text)
    return bool((related or (search(r"^\W*(?:where|wo)\b", text) and search(DOCUMENTED, text))) and not _ours(text))


_LEADING_IN = (
    r"(?:[\s,]*\b(?:and|or|und|oder|that|which|die|are|is|sind|ist|also|auch|only|mapped|linked|related|connected|correspond\w*|equivalent|relevant|"
    r"required|demanded|needed|for|to|by|with|in|of|from|under|per|into|on|gemäß|laut|nach|nötig|verlang\w*|forder\w*|entsprech\w*|entspricht|"
    r"zugeordnet|mit|bezug|hinsichtlich|bezüglich|regarding|context|relation|view|bei|unter|von|für|zu|zur|in|im|auf|der|dem|den|des|the|according|wants?|demands?|requires?|does|do)\b)*\s*"
)
_BEHIND = r"(?:\s+(?:criteria|controls?|requirements?|require[sd]?|demands?|compliance|certification|anforderungen|standards?|kriterien|verlangt|fordert|v?\d[\d.]*))*"


def _without_foreign(text: str) -> tuple[str, tuple[str, ...]]:
    """The text without the standards that the catalogue does not hold and the words that lead to them, and those standards."""
    named = tuple(match.group().strip() for match in any_of("foreign").finditer(text))
    if not named:
        return text, ()
    return compiled(rf"{_LEADING_IN}\b{any_of('foreign').pattern}{_BEHIND}").sub(" ", text).strip(), named


def _unread(text: str, query: CatalogueQuery) -> tuple[str, ...]:
    """What a question names of frameworks and attribute values that its query does not hold."""
    held = str(query.where) + query.framework + "".join(query.show) + query.by
    named = [match.group() for start, framework, match in _editions(text) if framework not in held and framework != ISO_2022]
    values = [
        text[tag.start : tag.end]
        for tag in tags.tags(text)
        if tag.value not in held and tag.field not in held and tag.field != "security_domains"
    ]
    if query.framework == "documents" or any(
        condition.field in ("id", "guide_threat", "guide_group", "title")
        for group in query.where
        for condition in group
        if condition.operator in ("under", "is", "contains")
    ):
        values = []
    verbs = (
        []
        if tags.tags(text) and query.show
        else [
            match.group()
            for match in compiled(r"\b(?:identify|detect|respond|recover|wiederherstellen|reagieren)\b").finditer(text)
            if not any(tag.start <= match.start() < tag.end for tag in tags.tags(text))
        ]
    )
    return tuple(dict.fromkeys([*named, *values, *verbs]))


def _ours(text: str) -> bool:
    """Whether the question is about the company, not about the standard."""
    text = re.sub(tags.attribute("security_properties"), " ", text, flags=ANY_CASE)  # the I of `C, I or A` is not a person
    return bool(any_of("ours").search(re.sub(r"\b(?:give|show|tell) (?:me|us)\b|\bzeige? (?:mir|uns)\b", "", text, flags=ANY_CASE)))


def _query(framework: str, kinds: tuple[str, ...], where: list[tuple[Condition, ...]], text: str, language: str) -> CatalogueQuery:
    return CatalogueQuery(framework, kinds, tuple(where), **_shape(text), language=language)


def _one(field: str, operator: str, *values: str) -> tuple[Condition, ...]:
    """A group of one condition."""
    return (Condition(field, operator, values),)


# --- documents and records -------------------------------------------------------------------------------------

_ONLY_IF = r"only if|if applicable|applicable control|wenn anwendbar|nur\b.{0,20}\bwenn|sofern|falls anwendbar|nur bei"
_AI_SPECIFIC = r"\b(?:ai|ki|ml)[- ]?(?:specific|spezifisch\w*|related)\b"


def _documents(text: str, language: str) -> CatalogueQuery | None:
    if not any_of("papers").search(text) or not _demands(text):
        return None
    if search(r"\b(?:our|unser\w*|overdue|missing|draft|approved|fehlen\w*|überfällig\w*|owner)\b", text):
        return None
    if _clauses_asked(text):
        below = _id_conditions(text, ISO_2022) or []
        demanded = "no" if any_of("not").search(text) else "yes"
        where = [_one("documented_information_required", "is", demanded), *((one,) for one in below)]
        return _query(ISO_2022, ("subclause",), where, text, language)
    kinds, where = _paper_kinds(text), []
    found = [one for one in ids_in(text) if one.form in ("clause", "annex", "bare")]
    if found:
        readings = [entry for one in found for entry in controls.catalogue().readings(one) if entry.framework in (ISO_2022, AI)]
        if not readings:
            return None
        names = [("42001:" if entry.framework == AI else "") + entry.id for entry in readings]
        below_ids = [child.id for entry in readings for child in controls.catalogue().within(entry) if child.framework == ISO_2022]
        where.append(_one("reference", "is", *dict.fromkeys([*names, *below_ids])))
        if any(entry.kind in ("control", "theme") for entry in readings) and not search(_AI_SPECIFIC, text):
            kinds = ["control document", "control record"]
    return _query("documents", tuple(kinds), where, text, language)


DOCUMENTED = r"\bdocumented information|\bdokumentierte\w* information"


def _clauses_asked(text: str) -> bool:
    """Whether the clauses are asked for that demand papers, not the papers."""
    noun = r"(?:sub-?clauses?|clauses?|abschnitten?|unterabschnitten?|klauseln|kapiteln?|sections|chapters|parts|teile)"
    asked = rf"\b(?:which|what|how many|welche\w*|wie ?viele|list(?: all| the)?|all|alle)(?: \w+)? {noun}\b|^\W*{noun}\b(?! \d)|^\W*(?:where|wo)\b"
    return bool(search(asked, text))


def _demands(text: str) -> bool:
    """Whether papers are asked for that a standard demands, be it only for a clause that is named."""
    demanded = any_of("demanded").search(text) or search(_ONLY_IF, text) or search(_AI_SPECIFIC, text)
    asked = any_of("asks").search(text) or re.match(rf"\W*(?:mandatory|required|pflichtdok|{any_of('papers').pattern})", text, ANY_CASE)
    if (demanded and asked) or (search(DOCUMENTED, text) and _clauses_asked(text) and not _ours(text)):
        return True
    named = [one for one in ids_in(text) if one.form in ("clause", "annex", "bare")]
    wanted = r"\b(?:needs?|wants?|asks? for|calls? for|braucht|brauche|will|for|zu|für|bei|has|have|hat)\b"
    rest = re.sub(rf"{any_of('papers').pattern}|{wanted}", " ", text, flags=ANY_CASE)
    return bool(named and search(wanted, text) and not _ours(text) and not leftover(rest))


def _paper_kinds(text: str) -> list[str]:
    if search(_AI_SPECIFIC, text):
        return ["AI-specific document"]
    kinds = ["clause document", "clause record"]
    of_controls = search(r"\bcontrols?\b|\bma(?:ß|ss)nahmen\b|annex|anhang", text) and not search(r"\bclauses?\b|abschnitt|klausel", text)
    if search(_ONLY_IF, text) or of_controls:
        kinds = ["control document", "control record"]
    if search(r"\brecords?\b|aufzeichnung", text) and not search(r"\bdocuments?\b|\bdocs?\b|dokument|docs|unterlagen", text):
        kinds = [kind for kind in kinds if kind.endswith("record")]
    return kinds


# --- attributes of a control that is named ---------------------------------------------------------------------


def _attributes(text: str, language: str) -> CatalogueQuery | None:
    """A table of the attributes asked for, as in `is A.8.13 preventive or corrective`; the control is named by id or by title."""
    if _ours(text) or _target(text) not in (None, ISO_2022):
        return None
    if search(r"\b(?:controls|ma(?:ß|ss)nahmen|clauses|requirements)\b(?!\s+A\b)", text) and stem_of("corresponding").search(text):
        return None
    if len(ids_in(text)) > 1 and (tags.tags(text) or _NEW.search(text)) and _chooses(text):
        return None
    if any(condition.operator == "between" for condition in _id_conditions(text, ISO_2022) or []):
        return None
    if not _asked_fields(text):
        return None
    entries = [entry for one in ids_in(text) if (entry := _control_of_2022(one))]
    rest = text
    if not entries and not ids_in(text):
        titled, rest = _titled(text)
        entries = [titled] if titled else []
    fields = _asked_fields(rest)
    if not entries or not fields or len(entries) < len(ids_in(text)):
        return None
    if leftover(tags.without_tags(rest)) or any_of("plant").search(tags.without_tags(rest)) or any_of("papers").search(rest):
        return None
    kinds = tuple(dict.fromkeys(entry.kind for entry in entries))
    where = (_one("id", "is", *dict.fromkeys(entry.id for entry in entries)),)
    return CatalogueQuery(ISO_2022, kinds, where, show=tuple(fields), language=language)


def _chooses(text: str) -> bool:
    """Whether some of the ids named are asked for, not what each is."""
    return bool(
        search(r"\b(?:which|welche[rns]?|how many|wie ?viele)\s+(?:of|von|ones?|are|is|sind|ist|controls?|do|has|have|haben|davon)\b", text)
    )


def _control_of_2022(one: Spelled) -> Control | None:
    readings = controls.catalogue().readings(one) if one.form != "unclear" else []
    return next((entry for entry in readings if entry.framework == ISO_2022 and entry.kind in ("control", "subclause")), None)


@cache
def _titles() -> tuple[tuple[Control, str], ...]:
    controls_2022 = controls.catalogue().entries(ISO_2022, "control")
    return tuple((entry, title.lower()) for entry in controls_2022 for title in dict.fromkeys((entry.title, entry.title_de)))


def _whole(title: str, text: str) -> int:
    """Where the title stands in the text as whole words; -1 where it does not."""
    at = text.find(title)
    inside = at > 0 and text[at - 1].isalnum() or text[at + len(title) : at + len(title) + 1].isalnum()
    return -1 if at < 0 or inside else at


def _titled(text: str) -> tuple[Control | None, str]:
    """The control whose title stands in a question about its attributes, and the question without it."""
    lowered = text.lower()
    spans = [(at, at + len(title), entry) for entry, title in _titles() if (at := _whole(title, lowered)) >= 0]
    if not spans:
        near = [
            (entry, fuzz.partial_ratio_alignment(title, lowered, score_cutoff=92))
            for entry, title in _titles()
            if 12 <= len(title) <= len(lowered)
        ]
        spans = [(found.dest_start, found.dest_end, entry) for entry, found in near if found]
    start, end, best = max(spans, key=lambda one: one[1] - one[0], default=(0, 0, None))
    span = (start, end)
    rest = text[: span[0]] + " " + text[span[1] :]
    named = tags.named_attributes(rest)
    kind_of = search(r"\b(?:type|kind|sort|art)s?\s+(?:of|von)\s*$", text[: span[0]])
    sure = any_of("entry").search(rest) or search(r"\b2022\b|\battribut", rest)
    return (best, rest) if (named and not kind_of) or sure else (None, text)


def _asked_fields(text: str) -> list[str]:
    """The columns that a question about one control asks for."""
    fields = dict.fromkeys([*tags.named_attributes(text), *(tag.field for tag in tags.tags(text))])
    if not fields and search(r"\battribut\w*|\btags\b|\bmerkmale?\b", text):
        return ["theme", *LISTS, "new_in_2022"]
    if search(r"\bnew(?:ly)?\b|\bneue?[nrms]?\b", text):
        fields["new_in_2022"] = None
    if search(AMENDED, text):
        fields["changed_by_amd1_2024"] = None
    return list(fields)


# --- what belongs to what --------------------------------------------------------------------------------------


def _relation(text: str, language: str) -> CatalogueQuery | None:
    found = [one for one in ids_in(text) if one.form != "unclear"]
    target = _target(text) or (ATLAS if search(r"\b(?:threats?|attacks?|bedrohungen|angriffe)\b", text) and found else None)
    if not found:
        return _topic(text, target, language) or _unlinked(text, target, language)
    if not _relates(text, found, target) or _lies_below(text, found, target) or (any_of("plant").search(text) and not target):
        return None
    target = target or _implied(text, found)
    if target is None:
        return None
    sources = [entry for one in found for entry in _sources(text, one, target)]
    if not sources or any(entry.framework == target for entry in sources):
        return None
    sources_of = _sources_in(text, sources, target)
    extra = [(condition,) for condition in tags.conditions(text)] if target == ISO_2022 else []
    below = _one("id", "under", *functions) if target == CSF and (functions := _functions(text)) else None
    return _query(target, _linked_kinds(text, target), [sources_of, *([below] if below else []), *extra], text, language)


def _sources_in(text: str, sources: list[Control], target: str) -> tuple[Condition, ...]:
    """The condition of a relation; a domain of 2013 also leads to the new controls that the guide sets beside it."""
    ids = tuple(entry.source_id for entry in sources)
    if target != ISO_2022 or any(entry.framework != ISO_2013 or entry.kind != "domain" for entry in sources):
        return _one("id", "maps", *ids)
    added = Condition("id", "added", ids)
    if search(_BESIDE, text):
        return (added,)
    return (Condition("id", "maps", ids), added) if search(_TODAY, text) else _one("id", "maps", *ids)


_BESIDE = r"\bnew\b|\bneue?[nrms]?\b|\badd(?:s|ed)?\b|\bguide\b|leitfaden|ergänz|hinzu"
_TODAY = r"\b(?:now|today|nowadays|currently|these days|heute|jetzt|inzwischen|mittlerweile|aktuell)\b"


def _functions(text: str) -> list[str]:
    """The functions of NIST CSF that a question narrows its subcategories to."""
    found = []
    for entry in controls.catalogue().entries(CSF, "function"):
        short = re.search(rf"(?<![\w.]){entry.id}(?![\w.])", text)
        named = search(
            rf"\b(?:functions?|funktion)\s+(?:of\s+)?{entry.title}\b|\b{entry.title}\s+(?:function|funktion)\b|\b(?:in|only|nur|under)\s+{entry.title}\b",
            text,
        )
        found += [entry.id] if short or named else []
    return found


def _relates(text: str, found: list[Spelled], target: str | None) -> bool:
    """Whether a relation is asked for: with a word for it, or with an id and the name of another framework's entries."""
    if stem_of("corresponding").search(text) or _ORIGIN.search(text):
        return True
    if search(rf"{_TODAY}|{_BESIDE}", text) and any(_own(text, one) == ISO_2013 for one in found):
        return True
    entry = any_of("entry").search(text) or search(r"\b(?:numbers?|ids?|nummern?|threats?|attacks?|angriffe|bedrohungen)\b", text)
    if not target or not (entry or target in (CSF, ATLAS, "iec62443", *IEC)):
        return False
    parts = IEC if target == "iec62443" else (target,)
    own = any(controls.catalogue().readings(one, part) for one in found for part in parts)
    joined = search(
        r"\b(?:for|to|zu|für|with|mit|behind|hinter|near)\s+(?:control\s+|clause\s+|ma(?:ß|ss)nahme\s+)?$", text[: found[0].start]
    )
    return bool((joined or not own) and (any_of("asks").search(text) or not leftover(text)))


def _lies_below(text: str, found: list[Spelled], target: str | None) -> bool:
    """Whether entries of the id's own framework are asked for, as in `which requirements belong to FR 1`: no relation, but its children."""
    homes = [entry.framework for entry in controls.catalogue().readings(found[0])]
    noun = r"\b(?:requirements?|srs|anforderungen|subcategor(?:y|ies)|unterkategorien?|categor(?:y|ies)|kategorien?)\b"
    own = bool(homes) and homes[0] in (*IEC, CSF) and target in (None, *homes)
    return own and bool(search(noun, text)) and not search(r"\b(?:controls?|ma(?:ß|ss)nahmen?)\b", text)


def _target(text: str) -> str | None:
    """The framework whose entries are asked for: the one named, and where two are named the one beside the asking word."""
    owned = {start for one in ids_in(text) for start, _, _ in _own_editions(text, one)}
    named = [framework for start, framework, _ in _editions(text) if start not in owned]
    return named[0] if named else ATLAS if search(r"\btechniques?\b|\btechniken\b|\bmitigations?\b", text) else None


@lru_cache(maxsize=64)
def _editions(text: str) -> list[tuple[int, str, re.Match[str]]]:
    """The frameworks that the text names, in order, with where."""
    found = [(match.start(), framework, match) for pattern, framework in _EDITIONS for match in compiled(pattern).finditer(text)]
    return sorted(found, key=lambda one: one[0])


_TO_ID = r"[\s:,(]*(?:annex(?: a)?|anhang(?: a)?|control|ma(?:ß|ss)nahme|domain|domäne|bereich|edition|version|ausgabe|fassung|number|nummer)?\s*$"
_FROM_ID = (
    r"^[\s(]*(?:domain|domäne|control|ma(?:ß|ss)nahme|bereich)?\s*(?:of|from|der|des|von|aus(?: der)?|in)?\s*(?:the|der|dem)?\s*(?:old|alte[nr]?)?\s*"
    r"(?:edition|version|standard|norm|ausgabe|fassung)?\s*(?:of|von)?\s*(?:iso(?:/iec)?)?\s*$"
)


def _own_editions(text: str, one: Spelled) -> Iterator[tuple[int, str, re.Match[str]]]:
    """The mentions of a framework that stand beside an id of it and so belong to the id."""
    for start, framework, match in _editions(text):
        if not controls.catalogue().readings(one, framework):
            continue
        before = (
            match.end() <= one.start
            and search(_TO_ID, text[match.end() : one.start])
            and not text[match.end() : one.start].strip(" :,(").startswith(("of", "for", "to"))
        )
        gap = text[one.end : start] if start >= one.end else ""
        after = (
            start >= one.end
            and compiled(_FROM_ID).fullmatch(gap)
            and not (stem_of("corresponding").search(text) and search(r"\bin\b", gap) and framework != ISO_2013)
        )
        if (before and compiled(_TO_ID).fullmatch(text[match.end() : one.start])) or after:
            yield start, framework, match


def _own(text: str, one: Spelled) -> str | None:
    """The framework named right beside an id."""
    return next((framework for _, framework, _ in _own_editions(text, one)), None)


def _implied(text: str, found: list[Spelled]) -> str | None:
    """The framework a relation leads to when none is named: the other edition, or 2022 for everything else."""
    own = _own(text, found[0])
    if own and own != ISO_2022:
        return ISO_2022
    readings = controls.catalogue().readings(found[0])
    if _ORIGIN.search(text):
        return ISO_2013 if readings and readings[0].framework == ISO_2022 else None
    homes = {entry.framework for one in found for entry in controls.catalogue().readings(one)}
    return ISO_2022 if homes and ISO_2022 not in homes else None


_ORIGIN = compiled(
    r"predecessor|merged (?:into|from)|vorgänger|hervorgegangen|zusammengef|zusammengel|aufgegangen in|replaces?\b|originat|derive|comes? from|"
    r"made (?:up )?(?:of|from)|stammt|entstanden|gebildet|\bold (?:ones|controls?|numbers?|ids?)|\balte[nr]? "
)


def _sources(text: str, one: Spelled, target: str) -> list[Control]:
    """The reading that a relation starts from: that of the framework named beside it, else 2022 first, never the target's own.

    A technique of which the catalogue holds the parts only is all of them.
    """
    readings = controls.catalogue().readings(one, _own(text, one))
    others = [entry for entry in readings if entry.framework != target and not (target == "iec62443" and entry.framework in IEC)]
    return others if one.id.startswith("AML") else others[:1]


def _linked_kinds(text: str, target: str) -> tuple[str, ...]:
    """The kinds that the question names; both controls and clauses, techniques and mitigations where it names neither."""
    if target not in (ISO_2022, ISO_2013, AI, ATLAS):
        return STANDARD_KINDS[target]
    nouns = _NOUNS[ATLAS if target == ATLAS else ISO_2022]
    pairs = {kind: nouns[kind] for kind in (("technique", "mitigation") if target == ATLAS else ("control", "subclause"))}
    named = tuple(kind for kind, pattern in pairs.items() if search(rf"\b(?:{pattern})\b", text))
    return named or tuple(pairs)[::-1]


def _topic(text: str, target: str | None, language: str) -> CatalogueQuery | None:
    """A shared topic of ISO/IEC 27001 and IEC 62443, as in `which 62443 requirements belong to access control`."""
    asked = any_of("asks").search(text) and (stem_of("corresponding").search(text) or any_of("entry").search(text))
    if target not in ("iec62443", *IEC) or not asked or any_of("plant").search(text):
        return None
    lowered = text.lower()
    found = [topic for topic in controls.catalogue().topics() if topic.lower() in lowered]
    found = found or [topic for word, topic in words()["topics"].items() if word in lowered]
    return _query(target, ("requirement",), [_one("topic", "topic", found[0])], text, language) if found else None


_SEVERAL = r"(?:two|several|more than one|multiple|zwei|mehrere\w*|mehr als eine[rnm]?)\s+(?:\w+\s+){0,2}"
_LINKS = (
    (ISO_2013, ISO_2022, "links", rf"\bsplit|aufgeteilt|aufgespalten|{_SEVERAL}(?:successors?|nachfolger)"),
    (ISO_2022, ISO_2013, "links", rf"\bmerge|zusammengef|zusammengel|{_SEVERAL}(?:predecessors?|vorgänger|controls? of 2013)"),
    (ISO_2022, ISO_2013, "unlinked", r"\b{not_}\b(?:\s+\w+){{0,2}}\s+(?:predecessors?|vorgänger\w*|precursors?)"),
    (ISO_2013, ISO_2022, "unlinked", r"\b{not_}\b(?:\s+\w+){{0,2}}\s+(?:successors?|nachfolger\w*)"),
)
"""Entries of the first framework that have several (links), or none (unlinked), in the second."""
_COUNTERPART = r"counterparts?|mapping|mapped|\bmaps?\b|links?|linked|equivalents?|entsprech|entspricht|pendant|gegenstück|zuordnung|zugeordnet|correspond|relat|match|unmapped|verknüpf|abgebildet"


def _unlinked(text: str, target: str | None, language: str) -> CatalogueQuery | None:
    """Entries without, or with several, counterparts elsewhere: new, split and merged controls."""
    if not any_of("asks").search(text) and not any_of("entry").match(text.split(" ")[-1]) and len(text.split()) > 12:
        return None
    if not (any_of("entry").search(text) or target) or _ours(text) or any_of("plant").search(text):
        return None
    not_ = alternatives(words()["not"])
    for framework, other, operator, pattern in _LINKS:
        if search(pattern.format(not_=not_) if operator == "unlinked" else pattern, text):
            return _linking(framework, [_one(other, operator, "2" if operator == "links" else "-")], text, language)
    named = list(dict.fromkeys(framework for _, framework, _ in _editions(text) if framework != ISO_2022))
    if not named or not search(_COUNTERPART, text):
        return None
    if len(named) == 1 and search(rf"(?:{_OWN[named[0]]}).*\b27001\b", text):
        denied = search(rf"\b{not_}\b|unmapped", text)
        return _query(
            named[0], STANDARD_KINDS[named[0]], [_one(ISO_2022, "unlinked" if denied else "links", "-" if denied else "1")], text, language
        )
    where, begin = [], 0
    for start, framework, match in _editions(text):
        if framework in named:
            denied = search(rf"\b{not_}\b|unmapped", tags.without_tags(text[begin:start]).replace("not only", ""))
            where.append(_one(framework, "unlinked" if denied else "links", "-" if denied else "1"))
            begin = match.end()
    return _linking(ISO_2022, where, text, language)


def _linking(framework: str, where: list[tuple[Condition, ...]], text: str, language: str) -> CatalogueQuery:
    """A query on counterparts, narrowed by the attributes that are named."""
    if framework == ISO_2022:
        found = [
            one
            for one in tags.conditions(text)
            if one.operator != "lacks" or search(rf"{alternatives(words()['not'])}\s+(?:\w+ed\s+)?$", text[: tags.tags(text)[0].start])
        ]
        where = [
            *tags.grouped(text, found),
            *((one,) for one in _other_conditions(text, framework) if not any(c.field == ISO_2013 for g in where for c in g)),
            *where,
        ]
    return _query(framework, ("control",), where, text, language)


# --- threats ---------------------------------------------------------------------------------------------------

_ATTACKS = r"\b(?:attacks?|threats?|techniques?|angriffe?|angriffstechniken|bedrohungen|techniken)\b"


def _threats(text: str, language: str) -> CatalogueQuery | None:
    if search(r"\b(?:our|unser\w*|implemented|umgesetzt\w*|open|offen\w*|status|owner)\b", text):
        return None
    terms = [term for term, pattern in words()["threats"].items() if term in THREATS and search(rf"\b(?:{pattern})\b", text)]
    if search(_ATTACKS, text) and not search(r"\b(?:controls?|ma(?:ß|ss)nahmen?|requirements?|anforderungen)\b", text):
        listed = _techniques(text, terms, language)
        if listed:
            return listed
    if not any_of("entry").search(text) or not (any_of("asks").search(text) or len(text.split()) <= 9):
        return None
    listed_by_technique = search(r"\btechni(?:que|k)", text)
    against = any_of("against").search(text) or stem_of("corresponding").search(text)
    if not terms or not (against or listed_by_technique):
        return None
    target = _target(text) or ISO_2022
    if target == ATLAS and not listed_by_technique:
        target = ISO_2022
    if target not in (ISO_2022, AI, ATLAS, "iec62443", *IEC):
        return None
    extra = [(condition,) for condition in tags.conditions(text)] if target == ISO_2022 else []
    return _query(target, STANDARD_KINDS[target], [_one("threat", "answers", *terms), *extra], text, language)


def _techniques(text: str, terms: list[str], language: str) -> CatalogueQuery | None:
    """The attacks of a threat, of a group of threats, or on a security property."""
    known = dict.fromkeys(value for threat in controls.catalogue().threats() for value in threat.attribute("guide_threat"))
    groups = [threat for threat in known if any(threat.lower().startswith(term) for term in terms)]
    where = [_one("guide_threat", "is", *groups)] if groups else []
    where += [_one("guide_group", "is", "AI-specific")] if search(_AI_SPECIFIC, text) else []
    where += [_one("guide_group", "is", "traditional applied to AI")] if search(r"\btraditional|\btraditionell|\bklassisch", text) else []
    for condition in tags.conditions(text):
        if condition.field == "security_properties":
            where.append(_one("security_properties_hit", condition.operator, *condition.values))
    patterns = [words()["threats"][term] for term in terms] + [
        _ATTACKS,
        _AI_SPECIFIC,
        r"\b(?:ai|ki|systems?|ip|models?|modelle?|training data)\b",
    ]
    rest = re.sub(
        "|".join(patterns) + r"|\b(?:hit|hits|affect\w*|treffen|trifft|traditional\w*|traditionell\w*|klassisch\w*|applied|about)\b",
        " ",
        text,
        flags=ANY_CASE,
    )
    if not where or _ours(text) or any_of("plant").search(text) or leftover(tags.without_tags(rest)):
        return None
    return _query(ATLAS, ("technique",), where, text, language)


# --- selection by attributes, ids and titles -------------------------------------------------------------------


_CSF_GROUPS = rf"\b(?:{_NOUNS[CSF]['category']}|{_NOUNS[CSF]['function']})\b"
"""Categories and functions are those of NIST CSF only where a function of it is named as well."""


def _selection(text: str, language: str) -> CatalogueQuery | None:
    if any_of("plant").search(tags.without_tags(text)) or _ours(text):
        return None
    framework, kinds = _listed(text)
    of_csf = not _target(text) and search(_CSF_GROUPS, text) and not search(r"\b(?:controls?|ma(?:ß|ss)nahmen?)\b", text)
    framework, kinds = _listed(f"csf {text}") if of_csf else (framework, kinds)
    ids = _id_conditions(text, framework)
    if ids is None or (of_csf and not ids):
        return None
    if ids and not _target(text):
        framework, kinds = _home(text, ids[0], framework, kinds)
    found = tags.conditions(text) if framework == ISO_2022 and "control" in kinds else []
    others = _other_conditions(text, framework)
    titles = _title_words(text)
    groups = [*tags.grouped(text, found), *((one,) for one in others)]
    groups += [_one("title", "contains", *titles)] if titles else []
    groups += [(one,) for one in ids]
    if not any_of("entry").search(text):
        return _query(framework, kinds, groups, text, language) if _elliptic(text, found, others, ids) else None
    wanted = _lists(text, found, ids, titles) if groups else _lists_all(text)
    return _query(framework, kinds, groups, text, language) if wanted else None


def _lists_all(text: str) -> bool:
    """Whether a question that selects by nothing asks for all entries of a kind, or their number."""
    asked = (
        any_of("counts").search(text)
        or search(r"^\W*(?:what are|was sind|welches sind)\b", text)
        or _shape(text).get("by")
        or (_target(text) and search(r"\b(?:in|of|von|aus)\b", text))
        or search(r"\b(?:are there|exist|gibt es)\b", text)
        or re.match(r"\W*(?:please )?(?:list|show|name|give|liste|zeige?|nenne?)\b", text, ANY_CASE)
    )
    if tags.named_attributes(text) and not _shape(text).get("by") and (_target(text) or ISO_2022) == ISO_2022:
        return False  # something of that attribute is asked for that was not understood
    return bool(asked) and not leftover(text) and not tags.tags(text)


def _lists(text: str, found: list[Condition], ids: list[Condition], titles: list[str]) -> bool:
    """Whether a question with a word for entries and something to select by asks for a list and nothing else."""
    if not any_of("asks").search(text) and len(text.split()) > 9 and not any_of("entry").search(" ".join(text.split()[:3])):
        return False
    rest = _without_group_titles(text, ids)
    if (ids or not titles) and leftover(tags.without_tags(rest)):
        return False
    if ids and ids[0].operator == "under" and not found:
        below = rf"\b(?:{_LISTING}|subcategories|unterkategorien|srs|categories|kategorien|how many|wie ?viele?|anzahl|"
        below += r"the|in|under|of|below|unter|aus|von|within|belong\w*|gehören)\b"
        return bool(search(below, text))
    return True


def _elliptic(text: str, found: list[Condition], others: list[Condition], ids: list[Condition]) -> bool:
    """Whether a question without a word for entries asks for some all the same: `new and physical?`, `which ones are in A.7`.

    Nouns such as availability are topics of their own, so they need the name of their attribute or a word such as tagged.
    """
    rest = tags.without_tags(_without_group_titles(text, ids))
    if leftover(rest) or any_of("papers").search(text) or not (found or ids or others):
        return False
    if not (found or ids):
        return bool(search(r"amendment|\bamd\b|\bänderung", text) and any_of("asks").search(text))
    if any(one.operator in ("between", "is") for one in ids):
        return True
    fields = {condition.field for condition in found}
    cue = any_of("tagged").search(rest) or fields & set(tags.named_attributes(rest))
    listing = any_of("counts").search(text) or search(rf"\b(?:{_LISTING})\b", text)
    fragment = not re.match(r"\W*(?:what|what's|was|is|ist|are|sind|define|explain|the|der|die|das)\b", text, ANY_CASE)
    if any(condition.values == ("People",) for condition in found) and not (cue and "theme" in fields):
        return False
    if ids and not found:
        spelled = ids_in(text)
        before = text[: spelled[0].start] if spelled else text
        below = r"\b(?:in|under|unter|below|unterhalb|inside|zu|to)\b" + (r"\W*(?:the\s+)?$" if spelled else "")
        return bool(
            search(r"\b(?:ones|everything|alles|all|alle|what|was|welche|which|how many|wie ?viele)\b", before) and search(below, before)
        )
    if cue:
        return bool(listing or fragment)
    several = len(found) + len(others) > 1 or any(condition.operator in ("only", "all") for condition in found)
    alone = any(condition.operator == "only" and condition.field == "security_properties" for condition in found)
    return bool((alone and fragment) or (fields & set(tags.ADJECTIVES) and (listing or (fragment and several))))


def _listed(text: str) -> tuple[str, tuple[str, ...]]:
    """The framework and the kinds that a question lists."""
    framework = _target(text) or ISO_2022
    if search(_NOT_IN_2013, text) or search(
        rf"{AMENDED}|\bnew\b.{{0,20}}2022|2022.{{0,20}}\bnew\b|neu\w*\s+(?:in|controls|ma(?:ß|ss)nahmen)", text
    ):
        framework = ISO_2022
    if framework == "iec62443" and search(r"foundational|grundlegende", text):
        framework = "iec62443-3-3"
    controls_named = search(r"\bcontrols?\b|\bma(?:ß|ss)nahmen?\b", text)
    if framework == ISO_2022:
        if not controls_named and search(rf"\b(?:{_NOUNS[ISO_2022]['subclause']})\b", text):
            return framework, ("subclause",)
        return framework, ("subclause", "control") if search(AMENDED, text) else STANDARD_KINDS[framework]
    kind = _kind_named(text, framework)
    return framework, (kind,) if kind else STANDARD_KINDS[framework]


def _kind_named(text: str, framework: str) -> str | None:
    """The kind of entry that the question names first, besides the one that says what an id is: `controls in domain A.15`."""
    for one in reversed(ids_in(text)):
        text = (
            compiled(r"\b(?:domain|domäne|bereich|objective|ziel|function|funktion|category|kategorie)\s+$").sub(" ", text[: one.start])
            + text[one.start :]
        )
    named = [(match.start(), kind) for kind, pattern in _NOUNS.get(framework, {}).items() if (match := search(rf"\b(?:{pattern})\b", text))]
    return min(named, key=lambda one: one[0])[1] if named else None


def _other_conditions(text: str, framework: str) -> list[Condition]:
    if framework != ISO_2022:
        return []
    not_ = alternatives(words()["not"])
    if search(AMENDED, text):
        untouched = search(rf"\b{not_}\b|unchanged|untouched|unverändert", text)
        return [Condition("changed_by_amd1_2024", "is", ("no" if untouched else "yes",))]
    if search(_NOT_IN_2013, text):
        return [Condition("new_in_2022", "is", ("yes",))]
    if _NEW.search(text):
        negated = search(rf"\b{not_}\s+(?:(?!only|just|purely|nur|rein)\w+\s+){{0,5}}(?:new|neu)", text) and not search(
            rf"\b(?:new|neu\w*)\b.*\b{not_}\b", text
        )
        return [Condition("new_in_2022", "is", ("no" if negated else "yes",))]
    return []


_NOT_IN_2013 = (
    r"\b(?:gab|existier\w+|vorhanden|enthalten)\b.{0,25}\b2013\w*\b.{0,15}\bnicht\b|\b2013\w*\b.{0,10}\bnicht\b|\bnicht\b.{0,20}\b2013\b|"
    r"\b(?:not|n't)\b.{0,15}\b(?:exist\w*|part|contained|included|present|in|there)\b.{0,20}\b2013\b|\bunknown (?:to|in) (?:the )?2013\b"
)
_NEW = compiled(
    r"\bnew(?:ly|comers?)?\b|\bneue?[nrms]?\b|\bneu hinzu\w*|\badded\b|\bintroduced\b|\b(?:hin|da)zugekommen\w*|\b(?:came|come|coming) in\b|\bkam(?:en)? (?:2022 )?(?:neu|hin|da)zu|"
    r"\bfirst appeared\b|\bdid(?:n't| not) exist\b|\bneuzugäng"
)


# --- what lies below an id -------------------------------------------------------------------------------------


def _id_conditions(text: str, framework: str) -> list[Condition] | None:
    """Conditions on ids: a group or a range; None when a single entry is named, for that is explained, not listed."""
    found = [one for one in ids_in(text) if one.form in ("annex", "clause", "code")]
    if not found:
        group = _group_named(text, framework)
        return [Condition("id", "under", (group.id,))] if group else []
    numbers = tuple(one.id for one in found)
    between = text[found[0].end : found[1].start] if len(found) == 2 else ""
    together = search(r"\b(?:and|und)\b", between) and not search(r"\bbetween|zwischen", text)
    if search(r"\b(?:to|through|until|and|bis|und)\b|[-–]", between) and not together:
        return None if all(map(_is_group, numbers)) else [Condition("id", "between", numbers)]
    if all(map(_is_group, numbers)):
        return [Condition("id", "under", numbers)]
    return [Condition("id", "is", numbers)] if len(found) > 1 and (tags.tags(text) or _NEW.search(text)) and _chooses(text) else None


def _is_group(id_: str) -> bool:
    catalogue = controls.catalogue()
    return any(len(catalogue.within(entry)) > 1 for name in (ISO_2022, ISO_2013, AI, *IEC, CSF) if (entry := catalogue.get(name, id_)))


def _group_named(text: str, framework: str) -> Control | None:
    """The group of another framework whose title, or for a function of NIST CSF whose letters, the question gives."""
    parts: tuple[str, ...] = () if framework in (ISO_2022, ATLAS) else IEC if framework == "iec62443" else (framework,)
    below = r"\b(?:under|in|of|below|unter|aus|von|belong(?:s|ing)? to|gehören zu|within|about|zu|for|für)\b"
    for entry in (entry for name in parts for entry in controls.catalogue().entries(name)):
        names = [entry.title, entry.title_de, *([entry.id] if entry.kind == "function" else [])]
        for name in names:
            found = search(rf"(?<!\w){re.escape(name)}(?!\w)", text)
            if found and search(below, text[: found.start()]) and len(controls.catalogue().within(entry)) > 1:
                return entry if len(name) > 2 or found.group().isupper() else None
    return None


def _without_group_titles(text: str, ids: list[Condition]) -> str:
    """The text without the title of a group that it names, by id or not."""
    text = without_ids(text)
    for value in (value for one in ids for value in one.values):
        for name in (CSF, *IEC, AI, ISO_2013):
            if entry := controls.catalogue().get(name, value):
                pattern = "|".join(re.escape(word) for word in (entry.title, entry.title_de, entry.id))
                text = re.sub(rf"(?<!\w)(?:{pattern})(?!\w)", " ", text, flags=ANY_CASE)
    return text


def _home(text: str, ids: Condition, framework: str, kinds: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The framework that the ids belong to when none is named, and what is listed of it."""
    names = (framework, ISO_2022, ISO_2013, AI, *IEC, CSF)
    home = next((name for name in names if controls.catalogue().get(name, ids.values[0])), framework)
    if home == ISO_2022 and not ids.values[0].startswith("A."):
        return home, ("subclause",)
    if home == ISO_2022 and kinds == ("subclause",):
        return home, STANDARD_KINDS[home]
    if home == framework:
        return home, kinds
    kind = _kind_named(without_ids(text), home)
    return home, (kind,) if kind else STANDARD_KINDS[home]


_TITLE, _QUOTE = r"(?:title|name|heading|titel|namen?|bezeichnung)s?", r"[\"'„“”»«]?"
_HAVE = r"(?:contain\w*|mention\w*|includ\w*|with|says?|enth\w*|mit|having|has|have|haben|erwähnen|nennen|vorkomm\w*|steht)"
_WORD = rf"(?:(?:the (?:word|term)s?|das wort|den begriff)\s+)?{_QUOTE}([^\W\d_][\w-]+){_QUOTE}"
_IN_TITLE = rf"\s+(?:in|im)\s+(?:their|its|the|ihrem|ihren|dem)?\s*{_TITLE}\b"


def _title_words(text: str) -> list[str]:
    """Words that the title shall contain."""
    for pattern in (rf"{_TITLE}\b.{{0,25}}?\b{_HAVE}\s+{_WORD}", rf"{_HAVE}\s+{_WORD}(?:\s+\w+)?{_IN_TITLE}", rf"{_WORD}{_IN_TITLE}"):
        if named := search(pattern, text):
            return [named[1].lower()]
    return []


# --- the shape of the list -------------------------------------------------------------------------------------


def _shape(text: str) -> dict[str, Any]:
    """How the list is cut, ordered, counted: the fields by, sort, first and count of a query."""
    shape: dict[str, Any] = {"count": bool(any_of("counts").search(text))}
    for field in words()["attributes"]:
        if search(rf"\b(?:by|per|for each|grouped by|nach|pro|je|in each|in jedem)\s+(?:the\s+|der\s+)?{tags.attribute(field)}", text):
            shape["by"] = field
    if search(r"alphabetic\w*|sorted by title|sort by title|order(?:ed)? by title|by title|alphabetisch|nach titel", text):
        shape["sort"] = "title"
    elif search(r"descending|reverse|absteigend|rückwärts", text):
        shape["sort"] = "-id"
    numbers = words()["numbers"]
    first = search(r"\b(?:first|top|ersten?)\s+(\d{1,3}|" + "|".join(numbers) + r")\b", text)
    if first:
        shape["first"] = int(first[1]) if first[1].isdigit() else numbers[first[1].lower()]
    return shape
