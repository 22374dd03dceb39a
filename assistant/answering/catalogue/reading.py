"""A question read as a catalogue query, or None when it is about something else: the plant, its registers, how to do a thing.

Precision comes first: a question needs something to select by, and every word of it must select, ask or be a filler of `words.yaml`.
"""

import re
from typing import Any

from rapidfuzz import fuzz

from assistant.answering.catalogue import tags
from assistant.answering.catalogue.query import STANDARD_KINDS, THREATS, CatalogueQuery, Condition
from assistant.answering.catalogue.wording import ANY_CASE, alternatives, any_of, leftover, prepared, search, stem_of, without_ids, words
from knowledge import controls
from knowledge.controls import AI, ATLAS, CSF, IEC, ISO_2013, ISO_2022, LISTS, Control, Spelled

_POLITE = re.compile(
    r"^\W*(?:(?:hi|hey|hello|hallo|please|bitte|ok|quick question|kurze frage|so)\b[\s,:!-]*|(?:can|could|would) you\b|"
    r"(?:kannst|könntest) du\b|"
    r"können sie\b|do you know|weißt du|i(?: would|'d)? (?:need|want|like)(?: to (?:see|know|have|get))?\b|"
    r"ich (?:brauche|bräuchte|möchte|will|hätte gern[e]?)(?: wissen)?\b[\s,]*|(?:tell|sag) (?:me|mir)[\s,]*)\s*",
    ANY_CASE,
)
_WHY = re.compile(
    r"^\W*(?:how (?!many)|why|who|when|where|wie (?!viel|hei(?:ß|ss)en)|warum|wieso|wer|wann|wo\b|"
    r"can|kann|may|darf|must|muss|should|soll)\b",
    ANY_CASE,
)
_DOES = re.compile(r"^\W*(?:do|does) ", ANY_CASE)
_LISTING = r"which|welche[rnms]?|list|liste|listet|show|zeige?|nenne?|name|give|gib|all|alle|any|every|count|enumerate|ones"
_EDITIONS = (
    (
        r"\b(?:27001|27002)\s?:\s?2013\b|\b2013(?:er|s)?\b|\b(?:old|former|alte[nrms]?|frühere[nrms]?)\s+"
        r"(?:edition|standard|norm|controls?|ma(?:ß|ss)nahmen?|numbers?|ids?|nummern?|annex(?: a)? (?:controls?|ids?|numbers?))\b",
        ISO_2013,
    ),
    (r"\b(?:27001|27002)\s?:\s?2022\b|\b2022(?:er|s)?\b", ISO_2022),
    (r"\b42001(?:er)?\b", AI),
    (r"\b62443-3-3\b|\bsystem requirements?\b|\bsrs\b|\bsr(?!\s?\d)\b|\bfrs\b", "iec62443-3-3"),
    (r"\b62443-2-1\b", "iec62443-2-1"),
    (r"\b62443-3-2\b|\bzcrs\b", "iec62443-3-2"),
    (r"\b62443(?!-\d)\b", "iec62443"),
    (r"\b(?:nist|csf)\b|\bsubcategor(?:y|ies)\b|\bunterkategorien?\b", CSF),
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
        "foundational-requirement": r"foundational requirements?|frs(?!\s?\d)",
        "requirement": r"requirements?|srs?|anforderungen",
    },
}
"""What the entries of a framework are called, by kind; the first kind that is named is listed."""


def parse(question: str, language: str) -> CatalogueQuery | None:
    """The exact query that a question about the catalogue asks for; None when it is no such question."""
    text = prepared(question)
    while text != (shorter := _POLITE.sub("", text)):
        text = shorter
    counts = any_of("counts").search(text)
    if _WHY.search(text) and not counts:
        return None
    readers = (_documents, _attributes, _relation, _threats, _selection)
    for read in (_attributes,) if _DOES.search(text) and not counts else readers:
        if query := read(text, language):
            return query
    return None


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
    if search(r"\b(?:which|how many|welche\w*|wie ?viele) (?:sub-?clauses?|clauses?|abschnitte|unterabschnitte|klauseln|kapitel)\b", text):
        below = _id_conditions(text, ISO_2022) or []
        return _query(
            ISO_2022, ("subclause",), [_one("documented_information_required", "is", "yes"), *((one,) for one in below)], text, language
        )
    kinds, where = _paper_kinds(text), []
    found = [one for one in controls.spelled(text) if one.form in ("clause", "annex", "bare")]
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


def _demands(text: str) -> bool:
    """Whether papers are asked for that a standard demands, be it only for a clause that is named."""
    demanded = any_of("demanded").search(text) or search(_ONLY_IF, text) or search(_AI_SPECIFIC, text)
    asked = any_of("asks").search(text) or re.match(r"\W*(?:mandatory|required|pflichtdok)", text, ANY_CASE)
    if demanded and asked:
        return True
    named = [one for one in controls.spelled(text) if one.form in ("clause", "annex", "bare")]
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
    if any(condition.operator == "between" for condition in _id_conditions(text, ISO_2022) or []):
        return None
    entries = [entry for one in controls.spelled(text) if (entry := _control_of_2022(one))]
    rest = text
    if not entries and not controls.spelled(text):
        titled, rest = _titled(text)
        entries = [titled] if titled else []
    fields = _asked_fields(rest)
    if not entries or not fields or len(entries) < len(controls.spelled(text)):
        return None
    if leftover(tags.without_tags(rest)) or any_of("plant").search(tags.without_tags(rest)) or any_of("papers").search(rest):
        return None
    kinds = tuple(dict.fromkeys(entry.kind for entry in entries))
    where = (_one("id", "is", *dict.fromkeys(entry.id for entry in entries)),)
    return CatalogueQuery(ISO_2022, kinds, where, show=tuple(fields), language=language)


def _control_of_2022(one: Spelled) -> Control | None:
    readings = controls.catalogue().readings(one) if one.form != "unclear" else []
    return next((entry for entry in readings if entry.framework == ISO_2022 and entry.kind in ("control", "subclause")), None)


def _titled(text: str) -> tuple[Control | None, str]:
    """The control whose title stands in a question about its attributes, and the question without it."""
    lowered, best, span = text.lower(), None, (0, 0)
    for entry in controls.catalogue().entries(ISO_2022, "control"):
        for title in (entry.title.lower(), entry.title_de.lower()):
            found = search(rf"\b{re.escape(title)}\b", lowered) if title in lowered else None
            near = None if found or len(title) < 12 else fuzz.partial_ratio_alignment(title, lowered, score_cutoff=92)
            start, end = found.span() if found else (near.dest_start, near.dest_end) if near and len(title) <= len(lowered) else (0, 0)
            if end - start > span[1] - span[0]:
                best, span = entry, (start, end)
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
    if search(r"amendment|\bamd\b|climate|klimawandel", text):
        fields["changed_by_amd1_2024"] = None
    return list(fields)


# --- what belongs to what --------------------------------------------------------------------------------------


def _relation(text: str, language: str) -> CatalogueQuery | None:
    found = [one for one in controls.spelled(text) if one.form != "unclear"]
    target = _target(text) or (ATLAS if search(r"\b(?:threats?|attacks?|bedrohungen|angriffe)\b", text) and found else None)
    if not found:
        return _topic(text, target, language) or _unlinked(text, target, language)
    if not _relates(text, found, target) or _lies_below(text, found, target) or (any_of("plant").search(text) and not target):
        return None
    target = target or _implied(text, found)
    if target is None:
        return None
    sources = [entry for one in found if (entry := _source(one, target))]
    if not sources or any(entry.framework == target for entry in sources):
        return None
    extra = [(condition,) for condition in tags.conditions(text)] if target == ISO_2022 else []
    where = [_one("id", "maps", *(entry.source_id for entry in sources)), *extra]
    return _query(target, _linked_kinds(text, target), where, text, language)


def _relates(text: str, found: list[Spelled], target: str | None) -> bool:
    """Whether a relation is asked for: with a word for it, or with an id and the name of another framework's entries."""
    if stem_of("corresponding").search(text):
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
    named = sorted((match.start(), framework) for pattern, framework in _EDITIONS for match in re.finditer(pattern, text, ANY_CASE))
    return named[0][1] if named else ATLAS if search(r"\btechniques?\b|\btechniken\b|\bmitigations?\b", text) else None


def _implied(text: str, found: list[Spelled]) -> str | None:
    """The framework a relation leads to when none is named: the other edition, or 2022 for everything else."""
    if search(r"predecessor|merged into|vorgänger|hervorgegangen|zusammengef|zusammengel|aufgegangen in|replaces?\b", text):
        readings = controls.catalogue().readings(found[0])
        return ISO_2013 if readings and readings[0].framework == ISO_2022 else None
    homes = {entry.framework for one in found for entry in controls.catalogue().readings(one)}
    return ISO_2022 if homes and ISO_2022 not in homes else None


def _source(one: Spelled, target: str) -> Control | None:
    """The reading that a relation starts from: 2022 first, never the target's own."""
    readings = controls.catalogue().readings(one)
    others = [entry for entry in readings if entry.framework != target and not (target == "iec62443" and entry.framework in IEC)]
    return others[0] if others else None


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


_SEVERAL = r"(?:two|several|more than one|multiple|zwei|mehrere\w*)\s+(?:\w+\s+)?"
_LINKS = (
    (ISO_2013, ISO_2022, "links", rf"\bsplit|aufgeteilt|aufgespalten|{_SEVERAL}(?:successors?|nachfolger)"),
    (ISO_2022, ISO_2013, "links", rf"\bmerge|zusammengef|zusammengel|{_SEVERAL}(?:predecessors?|vorgänger|controls? of 2013)"),
    (ISO_2022, ISO_2013, "unlinked", r"\b{not_}\b(?:\s+\w+){{0,2}}\s+(?:predecessors?|vorgänger\w*|precursors?)"),
    (ISO_2013, ISO_2022, "unlinked", r"\b{not_}\b(?:\s+\w+){{0,2}}\s+(?:successors?|nachfolger\w*)"),
)
"""Entries of the first framework that have several (links), or none (unlinked), in the second."""
_NO_COUNTERPART = (
    r"\b{not_}\b(?:\s+\w+){{0,3}}\s+(?:counterparts?|mappings?|links?|equivalents?|"
    r"entsprechung\w*|pendants?|gegenstück\w*|zuordnung\w*)|unmapped"
)


def _unlinked(text: str, target: str | None, language: str) -> CatalogueQuery | None:
    """Entries without, or with several, counterparts elsewhere: new, split and merged controls."""
    if not any_of("asks").search(text) or not (any_of("entry").search(text) or target) or _ours(text) or any_of("plant").search(text):
        return None
    not_ = alternatives(words()["not"])
    for framework, other, operator, pattern in _LINKS:
        if search(pattern.format(not_=not_) if operator == "unlinked" else pattern, text):
            return _query(framework, ("control",), [_one(other, operator, "2" if operator == "links" else "-")], text, language)
    named = [framework for pattern, framework in _EDITIONS if framework != ISO_2022 and search(pattern, text)]
    if len(named) == 1 and search(_NO_COUNTERPART.format(not_=not_), text):
        if search(rf"{_OWN[named[0]]}.*\b27001\b", text):
            return _query(named[0], STANDARD_KINDS[named[0]], [_one(ISO_2022, "unlinked", "-")], text, language)
        return _query(ISO_2022, ("control",), [_one(named[0], "unlinked", "-")], text, language)
    return None


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
        or _shape(text).get("by")
        or (_target(text) and search(r"\b(?:in|of|von|aus)\b", text))
        or search(r"\b(?:are there|exist|gibt es)\b", text)
        or re.match(r"\W*(?:please )?(?:list|show|name|give|liste|zeige?|nenne?)\b", text, ANY_CASE)
    )
    return bool(asked) and not leftover(text) and not tags.tags(text)


def _lists(text: str, found: list[Condition], ids: list[Condition], titles: list[str]) -> bool:
    """Whether a question with a word for entries and something to select by asks for a list and nothing else."""
    if not any_of("asks").search(text) and len(text.split()) > 9:
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
    if leftover(rest) or any_of("papers").search(text) or not (found or ids):
        return False
    fields = {condition.field for condition in found}
    cue = any_of("tagged").search(rest) or fields & set(tags.named_attributes(rest))
    listing = any_of("counts").search(text) or search(rf"\b(?:{_LISTING})\b", text)
    fragment = not re.match(r"\W*(?:what|what's|was|is|ist|are|sind|define|explain|the|der|die|das)\b", text, ANY_CASE)
    if any(condition.values == ("People",) for condition in found) and not (cue and "theme" in fields):
        return False
    if ids and not found:
        spelled = controls.spelled(text)
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
    if search(r"amendment|amd|änderung 1|\bnew\b.{0,20}2022|2022.{0,20}\bnew\b|neu\w*\s+(?:in|controls|ma(?:ß|ss)nahmen)", text):
        framework = ISO_2022
    if framework == "iec62443" and search(r"foundational", text):
        framework = "iec62443-3-3"
    controls_named = search(r"\bcontrols?\b|\bma(?:ß|ss)nahmen?\b", text)
    if framework == ISO_2022:
        if not controls_named and search(rf"\b(?:{_NOUNS[ISO_2022]['subclause']})\b", text):
            return framework, ("subclause",)
        return framework, ("subclause", "control") if search(r"amendment|\bamd", text) else STANDARD_KINDS[framework]
    for kind, pattern in _NOUNS.get(framework, {}).items():
        if search(rf"\b(?:{pattern})\b", text):
            return framework, (kind,)
    return framework, STANDARD_KINDS[framework]


def _other_conditions(text: str, framework: str) -> list[Condition]:
    if framework != ISO_2022:
        return []
    if search(r"amendment|\bamended\b|\bamd\b|klimawandel|climate", text):
        return [Condition("changed_by_amd1_2024", "is", ("yes",))]
    if search(r"\bnew(?:ly)?\b|\bneue?[nrms]?\b|\bneu hinzu\w*|\badded\b|\bintroduced\b|\bhinzugekommen\w*", text):
        negated = search(rf"\b{alternatives(words()['not'])}\s+(?:\w+\s+)?(?:new|neu)", text)
        return [Condition("new_in_2022", "is", ("no" if negated else "yes",))]
    return []


# --- what lies below an id -------------------------------------------------------------------------------------


def _id_conditions(text: str, framework: str) -> list[Condition] | None:
    """Conditions on ids: a group or a range; None when a single entry is named, for that is explained, not listed."""
    found = [one for one in controls.spelled(text) if one.form in ("annex", "clause", "code")]
    if not found:
        group = _group_named(text, framework)
        return [Condition("id", "under", (group.id,))] if group else []
    numbers = tuple(one.id for one in found)
    between = text[found[0].end : found[1].start] if len(found) == 2 else ""
    together = search(r"\b(?:and|und)\b", between) and not search(r"\bbetween|zwischen", text)
    if search(r"\b(?:to|through|until|and|bis|und)\b|[-–]", between) and not together:
        return None if all(map(_is_group, numbers)) else [Condition("id", "between", numbers)]
    return [Condition("id", "under", numbers)] if all(map(_is_group, numbers)) else None


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
    named = [kind for kind, pattern in _NOUNS.get(home, {}).items() if search(rf"\b(?:{pattern})\b", without_ids(text))]
    return home, tuple(named[:1]) or STANDARD_KINDS[home]


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
