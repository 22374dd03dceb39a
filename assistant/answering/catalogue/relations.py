"""What belongs to what, in a question: an id and its counterparts elsewhere, entries with several or none, threats and what helps."""

import re
from dataclasses import replace

from assistant.answering.catalogue import tags
from assistant.answering.catalogue.asked import group_of, other_conditions, ours, query_of
from assistant.answering.catalogue.named import NOUNS, OWN, editions, is_beside, own_framework, target_of
from assistant.answering.catalogue.papers import AI_SPECIFIC
from assistant.answering.catalogue.query import STANDARD_KINDS, THREATS, CatalogueQuery, Condition, run
from assistant.answering.catalogue.wording import ANY_CASE, alternatives, any_of, compiled, ids_in, leftover, search, stem_of, words
from knowledge import controls
from knowledge.controls import AI, ATLAS, CSF, IEC, ISO_2013, ISO_2022, Control, Spelled


def relation(text: str, language: str) -> CatalogueQuery | None:
    found = [one for one in ids_in(text) if one.form != "unclear"]
    target = target_of(text) or (ATLAS if search(r"\b(?:threats?|attacks?|bedrohungen|angriffe)\b", text) and found else None)
    if above := _above(text, found):
        return query_of(above.framework, (above.kind,), [group_of("id", "is", above.id)], text, language)
    if not found:
        return _topic(text, target, language) or _unlinked(text, target, language)
    if not _relates(text, found, target) or _lies_below(text, found, target) or (any_of("plant").search(text) and not target):
        return None
    if target and _is_its_edition(text, found[0], target):
        return None
    if all(_homes(one) <= _parts(target) for one in found):
        target = None
    target = target or _implied(text, found)
    if target is None:
        return None
    sources = [entry for one in found for entry in _sources(text, one, target)]
    if not sources or any(entry.framework == target for entry in sources):
        return None
    sources_of = _sources_in(text, sources, target)
    extra = [(condition,) for condition in tags.conditions(text)] if target == ISO_2022 else []
    below = group_of("id", "under", *functions) if target == CSF and (functions := _functions(text)) else None
    where = [sources_of, *([below] if below else []), *extra]
    query = query_of(target, _linked_kinds(text, target), where, text, language)
    # People say controls and mean clauses too, requirements and foundational ones: where none or more are related, those are shown.
    narrow = run(query).total and (target not in ("iec62443", *IEC) or search(r"\bsrs?\b|system|grundlegend|foundational", text))
    wide = replace(query, kinds=_every_kind(target))
    return query if narrow or run(wide).total == run(query).total else wide


def _is_its_edition(text: str, one: Spelled, framework: str) -> bool:
    """Whether the framework only says which edition an id is of, rightly or not; a control of 2013 beside another is translated."""
    if framework not in (ISO_2022, ISO_2013, AI) or stem_of("corresponding").search(text):
        return False
    translated = any(entry.kind == "control" for entry in controls.catalogue().readings(one, ISO_2013))
    return not translated and bool(is_beside(text, one, framework) or search(r"\b(?:gibt es|gibts|is there|are there|exists?)\b", text))


def _parts(framework: str | None) -> set[str]:
    return set(IEC) if framework == "iec62443" else {framework} if framework else set()


def _homes(one: Spelled) -> set[str]:
    """The frameworks that have an id; one that none has is at home nowhere in particular."""
    return {entry.framework for entry in controls.catalogue().readings(one)} or {""}


def _sources_in(text: str, sources: list[Control], target: str) -> tuple[Condition, ...]:
    """The condition of a relation; a domain of 2013 also leads to the new controls that the guide sets beside it."""
    ids = tuple(entry.source_id for entry in sources)
    if target != ISO_2022 or any(entry.framework != ISO_2013 or entry.kind != "domain" for entry in sources):
        return group_of("id", "maps", *ids)
    added = Condition("id", "added", ids)
    if search(_BESIDE, text):
        return (added,)
    return (Condition("id", "maps", ids), added) if search(_TODAY, text) else group_of("id", "maps", *ids)


_BESIDE = r"\bnew\b|\bneue?[nrms]?\b|\badd(?:s|ed)?\b|\bguide\b|leitfaden|ergänz|hinzu"


_TODAY = r"\b(?:now|today|nowadays|currently|these days|heute|jetzt|inzwischen|mittlerweile|aktuell)\b"


def _functions(text: str) -> list[str]:
    """The functions of NIST CSF that a question narrows its subcategories to."""
    found = []
    for entry in controls.catalogue().entries(CSF, "function"):
        short = re.search(rf"(?<![\w.]){entry.id}(?![\w.])", text)
        named = search(
            rf"\b(?:functions?|funktion)\s+(?:of\s+)?{entry.title}\b|\b{entry.title}\s+(?:function|funktion)\b|\b(?:in|only|nur|"
            rf"under)\s+{entry.title}\b",
            text,
        )
        found += [entry.id] if short or named else []
    return found


def _relates(text: str, found: list[Spelled], target: str | None) -> bool:
    """Whether a relation is asked for: with a word for it, or with an id and the name of another framework's entries."""
    if stem_of("corresponding").search(text) or _ORIGIN.search(text):
        return True
    if search(rf"{_TODAY}|{_BESIDE}", text) and any(_is_old(text, one) for one in found):
        return True
    entry = any_of("entry").search(text) or search(r"\b(?:numbers?|ids?|nummern?|threats?|attacks?|angriffe|bedrohungen)\b", text)
    if not target:
        return bool(entry and not leftover(text) and all(one.id.startswith("AML") for one in found))
    parts = IEC if target == "iec62443" else (target,)
    own = any(controls.catalogue().readings(one, part) for one in found for part in parts)
    joined = search(
        r"\b(?:for|to|zu|für|with|mit|behind|hinter|near)\s+(?:control\s+|clause\s+|ma(?:ß|ss)nahme\s+)?$", text[: found[0].start]
    )
    sought = entry or joined or target in (CSF, ATLAS, "iec62443", *IEC)
    asked = sought and any_of("asks").search(text)
    return bool((joined or not own) and (asked or ((sought or target != ISO_2013) and not leftover(text))))


def _above(text: str, found: list[Spelled]) -> Control | None:
    """The group that an id belongs to, where a question asks for it: `which FR does SR 3.4 belong to`."""
    readings = controls.catalogue().readings(found[0], own_framework(text, found[0])) if len(found) == 1 else []
    for entry in readings:
        for kind, noun in NOUNS.get(entry.framework, {}).items():
            above = entry if kind != entry.kind and search(rf"\b(?:which|what|welche[rsnm]?)\s+(?:{noun})\b", text) else None
            while above and above.kind != kind:
                above = controls.catalogue().get(above.framework, above.parent_id) if above.parent_id else None
            if above and search(r"\bbelongs?\b|\bgehört\b|\bin\b|\bpart of\b|\bunder\b", text) and not leftover(text):
                return above
    return None


def _is_old(text: str, one: Spelled) -> bool:
    """Whether an id is of 2013, because the question says so or no other standard has it."""
    homes = {entry.framework for entry in controls.catalogue().readings(one)}
    return own_framework(text, one) == ISO_2013 or homes == {ISO_2013}


def _lies_below(text: str, found: list[Spelled], target: str | None) -> bool:
    """Whether entries of the id's own framework are asked for, as in `which requirements belong to FR 1`: no relation, but its children."""
    homes = [entry.framework for entry in controls.catalogue().readings(found[0])]
    noun = r"\b(?:requirements?|srs|anforderungen|subcategor(?:y|ies)|unterkategorien?|categor(?:y|ies)|kategorien?)\b"
    own = bool(homes) and homes[0] in (*IEC, CSF) and target in (None, *homes)
    children = search(rf"{noun}|\bbelong|\bgehör", text) and not search(r"\b(?:controls?|ma(?:ß|ss)nahmen?|2700[12])\b", text)
    return own and bool(children)


def _implied(text: str, found: list[Spelled]) -> str | None:
    """The framework a relation leads to when none is named: the other edition, or 2022 for everything else."""
    own = own_framework(text, found[0])
    if own and own != ISO_2022:
        return ISO_2022
    readings = controls.catalogue().readings(found[0])
    if _ORIGIN.search(text) and readings and readings[0].framework == ISO_2022:
        return ISO_2013
    homes = {entry.framework for one in found for entry in controls.catalogue().readings(one)}
    return ISO_2022 if homes and ISO_2022 not in homes else None


_ORIGIN = compiled(
    r"predecessor|merged (?:into|from)|vorgänger|hervorgegangen|zusammengef|zusammengel|aufgegangen in|replaces?\b|originat|"
    r"derive|comes? from|"
    r"made (?:up )?(?:of|from)|stammt|entstanden|gebildet|\bold (?:ones|controls?|numbers?|ids?)|\balte[nr]? "
)


def _sources(text: str, one: Spelled, target: str) -> list[Control]:
    """The reading that a relation starts from: that of the framework named beside it, else 2022 first, never the target's own.

    A technique of which the catalogue holds the parts only is all of them.
    """
    readings = controls.catalogue().readings(one, own_framework(text, one))
    others = [entry for entry in readings if entry.framework != target and not (target == "iec62443" and entry.framework in IEC)]
    return others if one.id.startswith("AML") else others[:1]


def _linked_kinds(text: str, target: str) -> tuple[str, ...]:
    """The kinds that the question names; both controls and clauses, techniques and mitigations where it names neither."""
    if target not in (ISO_2022, ISO_2013, AI, ATLAS):
        return STANDARD_KINDS[target]
    nouns = NOUNS[ATLAS if target == ATLAS else ISO_2022]
    pairs = {kind: nouns[kind] for kind in (("technique", "mitigation") if target == ATLAS else ("control", "subclause"))}
    named = tuple(kind for kind, pattern in pairs.items() if search(rf"\b(?:{pattern})\b", text))
    return named or _every_kind(target)


def _every_kind(target: str) -> tuple[str, ...]:
    """All that a relation may lead to in a framework."""
    if target == ATLAS:
        return ("mitigation", "technique")
    if target in ("iec62443", *IEC):
        return ("requirement", "foundational-requirement")
    return ("subclause", "control") if target in (ISO_2022, ISO_2013, AI) else STANDARD_KINDS[target]


def _topic(text: str, target: str | None, language: str) -> CatalogueQuery | None:
    """A shared topic of ISO/IEC 27001 and IEC 62443, as in `which 62443 requirements belong to access control`."""
    asked = any_of("asks").search(text) and (stem_of("corresponding").search(text) or any_of("entry").search(text))
    if target not in ("iec62443", *IEC) or not asked or any_of("plant").search(text):
        return None
    lowered = text.lower()
    found = [topic for topic in controls.catalogue().topics() if topic.lower() in lowered]
    found = found or [topic for word, topic in words()["topics"].items() if word in lowered]
    return query_of(target, ("requirement",), [group_of("topic", "topic", found[0])], text, language) if found else None


_PREDECESSORS = r"(?:(?:(?:2013(?:er)?|old|alte[nr]?)\s+)?predecessors?|vorgänger\w*|precursors?|ancestors?|forerunners?|(?:2013(?:er)?|old|alte[nr]?)\s+(?:controls?|ones?|ma(?:ß|ss)nahmen?|equivalents?|counterparts?|entsprechung\w*|pendants?))"
_SUCCESSORS = r"(?:successors?|nachfolger\w*|places|(?:2022(?:er)?|new|neue[nr]?|current)\s+(?:controls?|ones?|ma(?:ß|ss)nahmen?))"


_REPLACES = r"\b(?:replac|ersetz|absorb|swallow|merge|bundle|bündel|unite|vereinen|combin)|\bfass(?:t|en)\b|\bput together\b"
"""What a control of 2022 does with those of 2013, which then need no noun: `replace exactly two of 2013`."""
_SEVERAL = r"(?:two|several|more than one|multiple|zwei|mehrere\w*|mehr als eine[rnm]?)\s+(?:\w+\s+){0,2}"


_LINKS = (
    (
        ISO_2013,
        ISO_2022,
        "most -",
        rf"{tags.MOST}\s+(?:successors?|nachfolger)|\bsplit (?:up )?(?:the )?most|am (?:meisten|stärksten) aufge(?:teilt|spalten)",
    ),
    (ISO_2022, ISO_2013, "most -", rf"{tags.MOST}\s+(?:(?:2013(?:er)?|old|alten?)\s+)?(?:{_PREDECESSORS}|controls of 2013)"),
    (
        ISO_2013,
        ISO_2022,
        "links 2",
        rf"\bsplit\b(?! (?:over|across|by))|\bsplits\b|aufgeteilt|aufgespalten|{_SEVERAL}(?:successors?|nachfolger)",
    ),
    (
        ISO_2022,
        ISO_2013,
        "links 2",
        rf"\bmerge|put together|combined from|consolidat|zusammengef|zusammengel|{_SEVERAL}(?:predecessors?|vorgänger|controls? of 2013)",
    ),
    (ISO_2022, ISO_2013, "unlinked -", rf"\b{{not_}}\b(?:\s+\w+){{0,2}}\s+{_PREDECESSORS}"),
    (
        ISO_2013,
        ISO_2022,
        "unlinked -",
        r"\bdropped\b|\bersatzlos|\bwithout (?:a )?replacement|\bweggefallen|\b{not_}\b(?:\s+\w+){0,2}\s+(?:successors?|nachfolger\w*)",
    ),
)
"""Entries of the first framework that have several (links), none (unlinked), one or the most in the second."""


_COUNTERPART = (
    r"counterparts?|mapping|mapped|\bmaps?\b|links?|linked|equivalents?|entsprech|entspricht|pendant|gegenstück|"
    r"zuordnung|zugeordnet|correspond|relat|match|unmapped|verknüpf|abgebildet|\b(?:not|nicht)\s+(?:\w+\s+)?in\b"
)


def _unlinked(text: str, target: str | None, language: str) -> CatalogueQuery | None:
    """Entries without, or with several, counterparts elsewhere: new, split and merged controls."""
    if not any_of("asks").search(text) and not any_of("entry").match(text.split(" ")[-1]) and len(text.split()) > 12:
        return None
    if not (any_of("entry").search(text) or target) or ours(text) or any_of("plant").search(text):
        return None
    not_ = alternatives(words()["not"])
    for framework, other, amount, pattern in _LINKS:
        if search(pattern.replace("{not_}", not_), text):
            return _linking(framework, [group_of(other, *amount.split())], text, language)
    for framework, other, noun in ((ISO_2022, ISO_2013, _PREDECESSORS), (ISO_2013, ISO_2022, _SUCCESSORS)):
        noun = rf"(?:{noun}|(?:2013(?:er)?|old|former|alte[nr]?|frühere\w*)\b)" if other == ISO_2013 and search(_REPLACES, text) else noun
        if several := next(tags.amounts(text, noun), None):
            return _linking(framework, [group_of(other, *several)], text, language)
    if amounts := _amounts(text):
        return _linking(ISO_2022, amounts, text, language)
    named = list(dict.fromkeys(framework for _, framework, _ in editions(text) if framework != ISO_2022))
    if not named or not search(rf"{_COUNTERPART}|\b{not_}\s+(?:any\s+|a\s+)?(?:{'|'.join(OWN[name] for name in named)})", text):
        return None
    if len(named) == 1 and search(rf"(?:{OWN[named[0]]}).*\b27001\b", text):
        denied = search(rf"\b{not_}\b|unmapped", text)
        return query_of(
            named[0],
            STANDARD_KINDS[named[0]],
            [group_of(ISO_2022, "unlinked" if denied else "links", "-" if denied else "1")],
            text,
            language,
        )
    where, begin = [], 0
    for start, framework, match in editions(text):
        if framework in named:
            denied = search(rf"\b{not_}\b|unmapped", tags.without_tags(text[begin:start]).replace("not only", ""))
            most = search(rf"\b{tags.MOST}\b", text[begin:start])
            where.append(group_of(framework, *("unlinked -" if denied else "most -" if most else "links 1").split()))
            begin = match.end()
    return _linking(ISO_2022, where, text, language)


def _amounts(text: str) -> list[tuple[Condition, ...]]:
    """Conditions on how many entries of another framework belong to a control: `more than five CSF subcategories`, `the most SRs`."""
    found = []
    for framework, name in OWN.items():
        if framework not in (ISO_2022, ISO_2013):
            noun = rf"(?:{name})(?:\s+(?:{'|'.join(NOUNS.get(framework, {}).values()) or 'requirements'}))?"
            found += [group_of(framework, *amount) for amount in tags.amounts(text, noun)]
    return found


def _linking(framework: str, where: list[tuple[Condition, ...]], text: str, language: str) -> CatalogueQuery:
    """A query on counterparts, narrowed by the attributes that are named."""
    if framework == ISO_2022:
        named = tags.tags(text)
        denied = named and search(rf"{alternatives(words()['not'])}\s+(?:\w+ed\s+)?$", text[: named[0].start])
        found = [one for one in tags.conditions(text) if one.operator != "lacks" or denied]
        new = [] if any(one.field == ISO_2013 for group in where for one in group) else other_conditions(text, framework)
        where = [*tags.grouped(text, found), *((one,) for one in new), *where]
    return query_of(framework, ("control",), where, text, language)


_ATTACKS = r"\b(?:attacks?|threats?|techniques?|angriffe?|angriffstechniken|bedrohungen|techniken)\b"


def threats(text: str, language: str) -> CatalogueQuery | None:
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
    target = target_of(text) or ISO_2022
    if target == ATLAS and not listed_by_technique:
        target = ISO_2022
    if target not in (ISO_2022, AI, ATLAS, "iec62443", *IEC):
        return None
    extra = [(condition,) for condition in tags.conditions(text)] if target == ISO_2022 else []
    return query_of(target, STANDARD_KINDS[target], [group_of("threat", "answers", *terms), *extra], text, language)


def _techniques(text: str, terms: list[str], language: str) -> CatalogueQuery | None:
    """The attacks of a threat, of a group of threats, or on a security property."""
    known = dict.fromkeys(value for threat in controls.catalogue().threats() for value in threat.attribute("guide_threat"))
    groups = [threat for threat in known if any(threat.lower().startswith(term) for term in terms)]
    where = [group_of("guide_threat", "is", *groups)] if groups else []
    where += [group_of("guide_group", "is", "AI-specific")] if search(AI_SPECIFIC, text) else []
    where += (
        [group_of("guide_group", "is", "traditional applied to AI")] if search(r"\btraditional|\btraditionell|\bklassisch", text) else []
    )
    for condition in tags.conditions(text):
        if condition.field == "security_properties":
            where.append(group_of("security_properties_hit", condition.operator, *condition.values))
    patterns = [words()["threats"][term] for term in terms] + [
        _ATTACKS,
        AI_SPECIFIC,
        r"\b(?:ai|ki|systems?|ip|models?|modelle?|training data)\b",
    ]
    rest = re.sub(
        "|".join(patterns)
        + r"|\b(?:hit|hits|threaten\w*|bedroh\w*|affect\w*|treffen|trifft|traditional\w*|traditionell\w*|klassisch\w*|applied|about)\b",
        " ",
        text,
        flags=ANY_CASE,
    )
    if not where or ours(text) or any_of("plant").search(text) or leftover(tags.without_tags(rest)):
        return None
    return query_of(ATLAS, ("technique",), where, text, language)
