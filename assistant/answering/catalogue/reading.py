"""A question read as a catalogue query, or None when it is about something else: the plant, its registers, how to do a thing.

Precision comes first: a question needs something to select by, and every word of it must select, ask or be a filler of `words.yaml`.
"""

import re
from dataclasses import replace
from functools import cache

from rapidfuzz import fuzz

from assistant.answering.catalogue import tags
from assistant.answering.catalogue.asked import IN_BOTH, LISTING, NEW, NOT_IN_2013, group_of, other_conditions, ours, query_of, shape_of
from assistant.answering.catalogue.named import (
    MAIN_CLAUSES,
    NOUNS,
    OWN,
    chooses,
    editions,
    exists,
    home_of,
    id_conditions,
    listed,
    own_framework,
    target_of,
    without_group_titles,
)
from assistant.answering.catalogue.papers import DOCUMENTED, documents
from assistant.answering.catalogue.query import CatalogueQuery, Condition, run
from assistant.answering.catalogue.relations import relation, threats
from assistant.answering.catalogue.titles import titled
from assistant.answering.catalogue.wording import (
    AMENDED,
    ANY_CASE,
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
from knowledge.controls import CSF, ISO_2022, LISTS, Control, Spelled

_POLITE = re.compile(
    r"^\W*(?:(?:hi|hey|hello|hallo|moin|servus|guten tag|good (?:morning|day)|please|kindly|bitte|ok(?:ay)?|quick question|"
    r"kurze frage|so|sorry|entschuldigung|for (?:the|my|an) (?:audit|report|file|slides?)|für (?:das|den) (?:audit|bericht))\b[\s,:!.-]*|"
    r"(?:can|could|would|will) (?:you|someone|anyone)\b|(?:can|could|may) (?:i|we) (?:have|see|get)\b|"
    r"(?:kannst|könntest|würdest|magst) du\b|(?:kann|könnte) (?:mir|ich|man|jemand)\b|(?:können|könnten|würden) sie\b|"
    r"(?:do|does|did) (?:you|anyone|anybody|someone) know|(?:weißt|weisst) du|wissen sie|weiß jemand|i(?: am|'m|"
    r" was)? (?:just )?(?:wondering|wonder|looking for|interested in)\b|"
    r"i(?: would|'d)? (?:need|want|like)(?: to (?:see|know|have|get|ask|check))?\b|let me (?:know|see)|"
    r"ich (?:brauche|bräuchte|möchte|will|hätte gern[e]?|suche|wüsste gern[e]?|würde gern[e]?)(?: wissen| sehen| haben)?\b[\s,]*|"
    r"(?:tell|sag(?:en)?|erkläre?n?|verrate?n?) (?:me|us|mir|uns)[\s,]*|(?:mir|uns|bitte|if|ob)\b[\s,]*|(?:sagen|nennen|"
    r"verraten|wissen|check|zeigen|auflisten)[\s,]+)\s*",
    ANY_CASE,
)


_PREAMBLE = compiled(r"^[^?\d]*[.;:!]\s+(?=(?:which|what|how many|list|show|name|give|welche\w*|wie ?viele|liste|zeige?|nenne?)\b)")
_PURPOSE = compiled(
    r"\s*,?\s*\b(?:for|für|fürs|zum|to go (?:in|on))\s+(?:(?:a|an|the|my|our|our next|den|die|das|eine[nr]?|mein\w*|"
    r"unser\w*)\s+)?(?:internal |external |internes? )?"
    r"(?:slides?|reports?|audits?|auditor|presentation|meeting|management review|trainings?|workbook|poster|folien?|bericht|"
    r"präsentation|schulung|excel|excel sheet|sheet)\b\s*"
    r"(?=[.?!]?$)"
)


_WHY = re.compile(
    r"^\W*(?:how (?!many|(?:are|do) (?:\w+ ){0,3}(?:distributed|split|spread))|why|who(?!se)|when|where|wie (?!viel|hei(?:ß|ss)en|(?:\w+ ){0,3}verteil)|warum|wieso|wer|wann|wo\b|"
    r"can|kann|may|darf|must|muss|should|soll)\b",
    ANY_CASE,
)


_SIDE_BY_SIDE = compiled(r"\b(?:vs|versus|compared (?:to|with)|im vergleich|verglichen mit)\b")
"""Two editions beside each other: a query lists of one."""


_DOES = re.compile(r"^\W*(?:do|does) ", ANY_CASE)


def parse(question: str, language: str) -> CatalogueQuery | None:
    """The exact query that a question about the catalogue asks for; None when it is no such question."""
    text = prepared(question)
    if not concerns_catalogue(text) or (_SIDE_BY_SIDE.search(text) and len({name for _, name, _ in editions(text)}) > 1):
        return None
    while text != (shorter := _POLITE.sub("", text)):
        text = shorter
    before = _PREAMBLE.match(text)
    if before and not (
        tags.tags(before.group()) or editions(before.group()) or search(AMENDED, before.group()) or NEW.search(before.group())
    ):
        text = text[before.end() :]
    counts = any_of("counts").search(text)
    if _WHY.search(text) and not counts and not _asks_the_standard(text):
        return None
    text, foreign = _without_foreign(_PURPOSE.sub("", text))
    readers = (documents, titled, _attributes, relation, threats, _selection)
    for read in (documents, titled, _attributes) if _DOES.search(text) and not counts else readers:
        if query := read(text, language):
            query = replace(query, unused=(*foreign, *_unread(text, query)))
            return query if (query.where or not foreign) and _keeps_its_not(text, query) else None
    return None


def _asks_the_standard(text: str) -> bool:
    """Whether how and where ask for a relation or for clauses: `how does A.5.12 map to 42001`, `where is a document required`."""
    named = ids_in(text) and (editions(text) or any(one.id.count(".") == 3 for one in ids_in(text)))
    related = named and stem_of("corresponding").search(text)
    return bool((related or (search(r"^\W*(?:where|wo)\b", text) and search(DOCUMENTED, text))) and not ours(text))


_LEADING_IN = (
    r"(?:[\s,]*\b(?:and|or|und|oder|that|which|die|are|is|sind|ist|also|auch|only|mapped|linked|related|connected|correspond\w*|"
    r"equivalent|relevant|"
    r"required|demanded|needed|for|to|by|with|in|of|from|under|per|into|on|gemäß|laut|nach|nötig|verlang\w*|forder\w*|"
    r"entsprech\w*|entspricht|"
    r"zugeordnet|mit|bezug|hinsichtlich|bezüglich|regarding|context|relation|view|bei|unter|von|für|zu|zur|in|im|auf|der|dem|"
    r"den|des|the|according|wants?|demands?|requires?|does|do)\b)*\s*"
)


_BEHIND = (
    r"(?:\s+(?:criteria|controls?|requirements?|require[sd]?|demands?|compliance|certification|anforderungen|standards?|"
    r"kriterien|verlangt|fordert|v?\d[\d.]*))*"
)


def _without_foreign(text: str) -> tuple[str, tuple[str, ...]]:
    """The text without the standards that the catalogue does not hold and the words that lead to them, and those standards."""
    named = tuple(match.group().strip() for match in any_of("foreign").finditer(text))
    if not named:
        return text, ()
    return compiled(rf"{_LEADING_IN}\b{any_of('foreign').pattern}{_BEHIND}").sub(" ", text).strip(), named


def _keeps_its_not(text: str, query: CatalogueQuery) -> bool:
    """Whether a not of the question stands in the query as well: without it the answer would be the opposite."""
    if query.show or not any_of("not").search(_NOT_ONLY.sub(" ", without_ids(text))):
        return True
    held = [condition for group in query.where for condition in group]
    return any(
        one.operator in ("lacks", "misses", "beyond", "unlinked", "atmost") or one.field == "new_in_2022" or one.values == ("no",)
        for one in held
    )


_NOT_ONLY = compiled(r"\bno(?:t|n)\s+(?:only|just|more|less|fewer)\b|\bnicht nur\b|\bno\.|\bnon-")


def _unread(text: str, query: CatalogueQuery) -> tuple[str, ...]:
    """What a question names of frameworks and attribute values that its query does not hold."""
    held = str(query.where) + query.framework + "".join(query.show) + query.by
    named = [
        match.group()
        for _, framework, match in editions(text)
        if framework not in held and framework != ISO_2022 and not search(rf"{NOT_IN_2013}|{IN_BOTH}", match.string)
    ]
    conditions = [condition for group in query.where for condition in group]
    called = any(one.field == "id" and one.operator == "is" for one in conditions) and len(conditions) == 1
    if (
        called
        or query.show
        or query.framework == "documents"
        or any(one.field in ("guide_threat", "guide_group", "title") for one in conditions)
    ):
        return tuple(dict.fromkeys(named))
    rest = without_group_titles(text, [one for one in conditions if one.field == "id" and one.operator == "under"])
    tagged = tags.tags(rest)
    values = [rest[tag.start : tag.end] for tag in tagged if tag.value not in held]
    verbs = [match for match in _CONCEPTS.finditer(rest) if not any(tag.start <= match.start() < tag.end for tag in tagged)]
    return tuple(dict.fromkeys([*named, *values, *(match.group() for match in verbs), *_left_aside(tags.without_tags(rest), conditions)]))


_WHERE_IT_STANDS = compiled(
    r"\b(?:our|my|the|this|an?|some|unser\w*|mein\w*|de[rnms]|die|das|eine?\w*)?\s*(?:old|alte\w*)?\s*"
    r"\b(?:contracts?|agreements?|suppliers?|customers?|reports?|files?|papers?|documents?|polic(?:y|ies)|soa|letters?|vertr[aä]ge?\w*|liefer\w*|kunden?\w*|"
    r"bericht\w*|unterlagen?|dokument\w*|richtlinie\w*|lastenheft\w*|schreiben)\b"
    r"|\b(?:cit(?:e[sd]?|ing)|quot(?:e[sd]?|ing)|nam(?:e[sd]?|ing)|refer(?:s|red|ring)?|mention(?:s|ed)?|say(?:s|ing)?|said|stands?|found|wrote|written|"
    r"nenn\w*|zitier\w*|verweis\w*|steht|erwähn\w*|beruf\w*|our|unser\w*)\b"
)
"""In which paper somebody came across an id: it changes nothing about what belongs to the id."""


def _left_aside(text: str, conditions: list[Condition]) -> list[str]:
    """Words that neither select nor ask; in a shared topic its own name is one of the conditions."""
    if any(one.operator == "topic" for one in conditions):
        return []
    if any(one.operator == "maps" for one in conditions):
        text = _WHERE_IT_STANDS.sub(" ", text)
    asked = leftover(_SAID.sub(" ", text))
    return [word for word in leftover(text) if word in asked]


_SAID = compiled(
    "|".join(
        [
            *(any_of(name).pattern for name in ("papers", "demanded", "against", "counts", "asks", "entry", "threats_named")),
            rf"\w*{stem_of('corresponding').pattern}\w*",
            *(rf"\b(?:{pattern})\b" for pattern in words()["threats"].values()),
            *OWN.values(),
            *(rf"\b(?:{pattern})\b" for nouns in NOUNS.values() for pattern in nouns.values()),
            r"\b(?:unchanged|untouched|unverändert\w*|specific|spezifisch\w*|result\w*|unmapped)\b",
        ]
    )
)
"""What is no condition in a question and yet had its part in how it was read."""


_CONCEPTS = compiled(r"\b(?:identify|detect|respond|recover|wiederherstellen|reagieren)\b")


def _attributes(text: str, language: str) -> CatalogueQuery | None:
    """A table of the attributes asked for, as in `is A.8.13 preventive or corrective`; the control is named by id or by title."""
    if ours(text) or target_of(text) not in (None, ISO_2022):
        return None
    if search(r"\b(?:controls|ma(?:ß|ss)nahmen|clauses|requirements)\b(?!\s+A\b)", text) and stem_of("corresponding").search(text):
        return None
    if len(ids_in(text)) > 1 and (tags.tags(text) or NEW.search(text)) and chooses(text):
        return None
    if any(condition.operator == "between" for condition in id_conditions(text, ISO_2022) or []):
        return None
    if not _asked_fields(text) or (not ids_in(text) and search(rf"{_LISTED_CONTROLS}|\bones\b", text)):
        return None
    entries = [entry for one in ids_in(text) if (entry := _control_of_2022(one))]
    rest = text
    if not entries and not ids_in(text):
        titled, rest = _titled(text)
        entries = [titled] if titled else []
    fields = _asked_fields(rest)
    if not entries or not fields or len(entries) < len(ids_in(text)):
        return None
    if (
        leftover(_COMPARED.sub(" ", tags.without_tags(rest)))
        or any_of("plant").search(tags.without_tags(rest))
        or any_of("papers").search(rest)
    ):
        return None
    kinds = tuple(dict.fromkeys(entry.kind for entry in entries))
    where = (group_of("id", "is", *dict.fromkeys(entry.id for entry in entries)),)
    return CatalogueQuery(ISO_2022, kinds, where, show=tuple(fields), language=language)


_COMPARED = compiled(r"\b(?:shares?|differ\w*|same|d(?:en|ie|as)selben?|gleich\w*|compare|unterschied\w*|unterscheiden)\b")


_LISTED_CONTROLS = (
    r"^\W*(?:(?:all|every|list|show|name|give|which|what|welche|alle|nenne?|zeige?)\s+(?:\w+\s+){0,2})?(?:controls|ma(?:ß|ss)nahmen)\b"
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
    inside = (at > 0 and text[at - 1].isalnum()) or text[at + len(title) : at + len(title) + 1].isalnum()
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


_CSF_GROUPS = rf"\b(?:{NOUNS[CSF]['category']}|{NOUNS[CSF]['function']})\b"
"""Categories and functions are those of NIST CSF only where a function of it is named as well."""


def _selection(text: str, language: str) -> CatalogueQuery | None:
    if any_of("plant").search(tags.without_tags(text)) or ours(text):
        return None
    framework, kinds = listed(text)
    of_csf = not target_of(text) and search(_CSF_GROUPS, text) and not search(r"\b(?:controls?|ma(?:ß|ss)nahmen?)\b", text)
    framework, kinds = listed(f"csf {text}") if of_csf else (framework, kinds)
    ids = id_conditions(text, framework)
    if ids is None or (of_csf and not ids):
        return None
    if ids and not target_of(text):
        own = own_framework(text, ids_in(text)[0]) if ids_in(text) else None
        framework, kinds = home_of(text, ids[0], own or framework, kinds if own in (None, ISO_2022) else ())
    if any(one.operator == "under" and not any(exists(framework, value) for value in one.values) for one in ids):
        return None
    found = tags.conditions(text) if framework == ISO_2022 and "control" in kinds else []
    others = other_conditions(text, framework)
    titles = _title_words(text)
    groups = [*tags.grouped(text, found), *((one,) for one in others)]
    groups += [group_of("title", "contains", *titles)] if titles else []
    groups += [(one,) for one in ids]
    if not any_of("entry").search(text):
        return query_of(framework, kinds, groups, text, language) if _elliptic(text, found, others, ids) else None
    if not (_lists(text, found, ids, titles) if groups else _lists_all(text)):
        return None
    query = query_of(framework, kinds, groups, text, language)
    # What has nothing below it is explained, not listed.
    return None if len(groups) == len(ids) == 1 and not run(query).total else query


def _lists_all(text: str) -> bool:
    """Whether a question that selects by nothing asks for all entries of a kind, or their number."""
    asked = (
        any_of("counts").search(text)
        or search(r"^\W*(?:what are|was sind|welches sind)\b", text)
        or shape_of(text).get("by")
        or shape_of(text).get("first")
        or (target_of(text) and search(r"\b(?:in|of|von|aus)\b", text))
        or search(rf"\b(?:are there|exist|gibt es)\b|{MAIN_CLAUSES}", text)
        or re.match(r"\W*(?:please )?(?:list|show|name|give|liste|zeige?|nenne?)\b", text, ANY_CASE)
    )
    if tags.named_attributes(text) and not shape_of(text).get("by") and (target_of(text) or ISO_2022) == ISO_2022:
        return False  # something of that attribute is asked for that was not understood
    return bool(asked) and not leftover(text) and not tags.tags(text)


def _lists(text: str, found: list[Condition], ids: list[Condition], titles: list[str]) -> bool:
    """Whether a question with a word for entries and something to select by asks for a list and nothing else."""
    if not any_of("asks").search(text) and len(text.split()) > 9 and not any_of("entry").search(" ".join(text.split()[:3])):
        return False
    rest = without_group_titles(text, ids)
    if (ids or not titles) and leftover(tags.without_tags(rest)):
        return False
    if ids and ids[0].operator == "under" and not found:
        below = rf"\b(?:{LISTING}|subcategories|unterkategorien|requirements|anforderungen|srs|categories|kategorien|how many|wie ?viele?|anzahl|"
        below += r"the|in|under|of|below|unter|aus|von|within|belong\w*|gehören)\b|\b(?:controls|ma(?:ß|ss)nahmen)\W*$"
        return bool(search(below, text))
    return True


def _elliptic(text: str, found: list[Condition], others: list[Condition], ids: list[Condition]) -> bool:
    """Whether a question without a word for entries asks for some all the same: `new and physical?`, `which ones are in A.7`.

    Nouns such as availability are topics of their own, so they need the name of their attribute or a word such as tagged.
    """
    rest = tags.without_tags(without_group_titles(text, ids))
    if leftover(rest) or any_of("papers").search(text) or not (found or ids or others):
        return False
    if not (found or ids):
        return bool(search(AMENDED, text) and any_of("asks").search(text))
    if any(one.operator in ("between", "is") for one in ids):
        return True
    fields = {condition.field for condition in found}
    cue = any_of("tagged").search(rest) or fields & set(tags.named_attributes(rest))
    listing = any_of("counts").search(text) or search(rf"\b(?:{LISTING})\b", text) or (others and search(r"^\W*(?:what|was)\b", text))
    fragment = not re.match(r"\W*(?:what|what's|was|is|ist|are|sind|define|explain|the|der|die|das)\b", text, ANY_CASE)
    people = any(condition.values == ("People",) for condition in found) and not search(r"\bpersonenbezogen", text)
    if people and not (cue and "theme" in fields):
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


_TITLE, _QUOTE = r"(?:title|name|heading|titel|namen?|bezeichnung)s?", r"[\"'„“”»«]?"


_HAVE = r"(?:contain\w*|mention\w*|includ\w*|with|says?|enth\w*|mit|having|has|have|haben|erwähnen|nennen|vorkomm\w*|steht)"


_WORD = rf"(?:(?:the (?:word|term)s?|das wort|den begriff)\s+)?{_QUOTE}([^\W\d_][\w-]+){_QUOTE}"


_IN_TITLE = rf"\s+(?:in|im)\s+(?:their|its|the|ihrem|ihren|dem)?\s*{_TITLE}\b"


def _title_words(text: str) -> list[str]:
    """Words that the title shall contain."""
    for pattern in (
        rf"{_HAVE}\s+(?:the (?:word|term)|das wort|den begriff)\s+{_QUOTE}([^\W\d_][\w-]+){_QUOTE}",
        rf"{_TITLE}\b.{{0,25}}?\b{_HAVE}\s+{_WORD}",
        rf"{_HAVE}\s+{_WORD}(?:\s+\w+)?{_IN_TITLE}",
        rf"{_WORD}{_IN_TITLE}",
    ):
        if named := search(pattern, text):
            return [named[1].lower()]
    return []
