"""A question read as a catalogue query, or None when it is about something else: the plant, its registers, how to do a thing.

Precision comes first: a question needs a word for entries of a standard, a word that asks for a list or a number,
and something to select by.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from rapidfuzz import fuzz, process

from assistant.answering.catalogue.query import STANDARD_KINDS, THREATS, CatalogueQuery, Condition
from knowledge import controls
from knowledge.controls import AI, ATLAS, CSF, IEC, ISO_2013, ISO_2022, Control, Spelled

_I = re.IGNORECASE

# (field, value, words); a German ending follows a stem by \w*. Words of a tag stand for it only in a question about entries.
_TAGS: tuple[tuple[str, str, str], ...] = (
    ("control_type", "Preventive", r"preventive|preventative|präventiv\w*|praeventiv\w*|vorbeugend\w*"),
    ("control_type", "Detective", r"detective|detektiv\w*|aufdeckend\w*|erkennende[nrs]?"),
    ("control_type", "Corrective", r"corrective|korrektiv\w*|korrigierend\w*"),
    ("security_properties", "Confidentiality", r"confidentiality|vertraulichkeit"),
    ("security_properties", "Integrity", r"integrity|integrität|integritaet"),
    ("security_properties", "Availability", r"availability|verfügbarkeit|verfuegbarkeit"),
    ("theme", "Organizational", r"organi[sz]ational|organisatorisch\w*"),
    ("theme", "People", r"people|personnel|personal(?:bezogene\w*|maßnahmen|-maßnahmen|thema)?|personenbezogene\w*"),
    ("theme", "Physical", r"physical|physisch\w*|physikalisch\w*"),
    ("theme", "Technological", r"technological|technical|technologisch\w*|technisch\w*"),
    ("operational_capabilities", "Governance", r"governance(?!\s+(?:and|und))"),
    ("operational_capabilities", "Asset_management", r"asset[ _-]management"),
    ("operational_capabilities", "Information_protection", r"information[ _-]protection"),
    ("operational_capabilities", "Human_resource_security", r"human[ _-]resources?[ _-]security|personalsicherheit"),
    ("operational_capabilities", "Physical_security", r"physical_security"),
    (
        "operational_capabilities",
        "System_and_network_security",
        r"system[ _-](?:and|&)[ _-]network[ _-]security|system-? und netz(?:werk)?sicherheit",
    ),
    ("operational_capabilities", "Application_security", r"application[ _-]security|anwendungssicherheit"),
    ("operational_capabilities", "Secure_configuration", r"secure[ _-]configuration|sichere konfiguration"),
    (
        "operational_capabilities",
        "Identity_and_access_management",
        r"identity[ _-](?:and|&)[ _-]access[ _-]management|iam|identitäts- und zugriffsmanagement",
    ),
    (
        "operational_capabilities",
        "Threat_and_vulnerability_management",
        r"threat[ _-](?:and|&)[ _-]vulnerability[ _-]management|bedrohungs- und schwachstellenmanagement",
    ),
    ("operational_capabilities", "Continuity", r"continuity|kontinuität"),
    (
        "operational_capabilities",
        "Supplier_relationships_security",
        r"suppliers?[ _-]relationships?(?:[ _-]security)?|lieferantenbeziehungen",
    ),
    ("operational_capabilities", "Legal_and_compliance", r"legal[ _-](?:and|&)[ _-]compliance|recht und compliance"),
    ("operational_capabilities", "Information_security_event_management", r"(?:information[ _-]security[ _-])?event[ _-]management"),
    ("operational_capabilities", "Information_security_assurance", r"(?:information[ _-]security[ _-])?assurance"),
    ("security_domains", "Governance_and_Ecosystem", r"governance[ _-](?:and|und|&)[ _-](?:ecosystem|ökosystem)"),
    ("security_domains", "Defence", r"defen[cs]e"),
    ("security_domains", "Resilience", r"resilience|resilienz"),
)
# Everyday words too: they are tags only where the question says which kind of attribute it means, or writes them as a name.
_NAMED_TAGS: tuple[tuple[str, str, str, str], ...] = (
    ("cybersecurity_concepts", "Identify", r"identify|identifizieren", r"concept|konzept|function|funktion|csf|cybersecurity"),
    ("cybersecurity_concepts", "Protect", r"protect|schützen", r"concept|konzept|function|funktion|cybersecurity"),
    ("cybersecurity_concepts", "Detect", r"detect|erkennen", r"concept|konzept|function|funktion|cybersecurity"),
    ("cybersecurity_concepts", "Respond", r"respond|reagieren", r"concept|konzept|function|funktion|cybersecurity"),
    ("cybersecurity_concepts", "Recover", r"recover|wiederherstellen", r"concept|konzept|function|funktion|cybersecurity"),
    ("security_domains", "Protection", r"protection|schutz", r"domain|domäne"),
)
_ENTRY = re.compile(
    r"\b(?:controls?|ma(?:ß|ss)nahmen?|clauses?|abschnitten?|klauseln?|kapiteln?|requirements?|anforderungen|annex|anhang|"
    r"techni(?:que|k)(?:s|en)?|mitigations?|gegenma(?:ß|ss)nahmen|"
    r"subcategor(?:y|ies)|unterkategorien?|srs?|zcrs?|domains?|objectives?|2013er|2022er|42001er)\b",
    _I,
)
_ASKS = re.compile(
    r"\b(?:which|what|list|show|give|name|display|enumerate|count|how many|number of|all|find|tell me|print|any|is there|are there|"
    r"welche[rnms]?|was|wie ?viele?|liste|listet?|auflisten|"
    r"zeige?|nenne?|gib|alle|anzahl|aufzählen|zähle?|gibt es|sind)\b",
    _I,
)
_COUNTS = re.compile(r"\b(?:how many|number of|count|wie ?viele?|anzahl|zähle?)\b", _I)
_PLANT = re.compile(
    r"\b(?:implemented|implementation status|open|overdue|owner|owners|owned|status|assigned|planned|excluded|failed|passed|tested|"
    r"audited|sampled|not done|missing|done|gaps?|risks?|r-\d+|a-\d+|"
    r"umgesetzt\w*|offen\w*|überfällig\w*|verantwortlich\w*|eigentümer\w*|ausgeschlossen\w*|geprüft\w*|fehlen\w*|erledigt\w*|risik\w*|"
    r"findings?|feststellung\w*|soa|statement of applicability|"
    r"anwendbarkeitserklärung|evidence|nachweise?|last|letzte\w*|incidents?\s+(?:this|last)|tasks?|actions?|corrective actions?|"
    r"korrekturma(?:ß|ss)nahmen?|lines?|linie|halle|machines?|plant|werk)\b",
    _I,
)
_OURS = re.compile(r"\b(?:we|our|ours|us|my|i|me(?! (?:all|the|a|which))|wir|uns|unser\w*|mein\w*|ich)\b", _I)
_HOW = re.compile(
    r"^\W*(?:how (?!many)|why|who|when|where|wie (?!viel)|warum|wer|wann|wo\b|can|kann|may|darf|must|muss|should|soll|do |does )", _I
)
_CORRESPONDING = re.compile(
    r"correspond|equivalent|counterpart|\bmap|\brelat|\bmatch|\bmerge|replace|became|become|successor|predecessor|\blink|\btouch|"
    r"belong|\bconnect|\bcover|\bsplit|mitigat|"
    r"entsprech|entspricht|pendant|gegenstück|zugeordnet|zuordn|abbild|vorgänger|nachfolger|ersetz|gehör|zusammengef|zusammengel|"
    r"aufgegangen|verknüpf|verbunden|betreff|berühr|verwandt|passen|passt|hervorgegangen",
    _I,
)
_FRAMEWORKS = (
    (
        r"\b(?:27001|27002)\s?:\s?2013\b|\b2013(?:er|s)?\b|\b(?:old|alte[nrms]?)\s+(?:edition|standard|norm|controls?|ma(?:ß|ss)nahmen)\b",
        ISO_2013,
    ),
    (r"\b(?:27001|27002)\s?:\s?2022\b|\b2022(?:er|s)?\b", ISO_2022),
    (r"\b42001(?:er)?\b", AI),
    (r"\b62443-3-3\b|\bsystem requirements?\b", "iec62443-3-3"),
    (r"\b62443-2-1\b", "iec62443-2-1"),
    (r"\b62443-3-2\b", "iec62443-3-2"),
    (r"\b62443(?!-\d)\b", "iec62443"),
    (r"\b(?:nist|csf)\b", CSF),
    (r"\batlas\b|\bmitre\b", ATLAS),
)
_DEMANDED = (
    r"mandatory|required?|requires|obligatory|compulsory|demand(?:ed|s)?|must have|have to (?:have|keep|write)|"
    r"vorgeschrieben\w*|verpflichtend\w*|pflicht\w*|gefordert\w*|fordern|verlang\w*|zwingend\w*|erforderlich\w*|notwendig\w*"
)
_PAPERS = re.compile(
    r"\b(?:documents?|documentation|documented information|records?|dokument\w*|aufzeichnung\w*|unterlagen|pflichtdokument\w*)\b", _I
)
_NOT = r"(?:not|non|nor|neither|never|no|without|except|excluding|aren'?t|isn'?t|don'?t|doesn'?t|nicht|kein\w*|ohne|außer|weder|noch)"
_ONLY = r"(?:only|solely|exclusively|purely|just|nur|ausschlie(?:ß|ss)lich|rein|lediglich)"


def parse(question: str, language: str) -> CatalogueQuery | None:
    """The exact query that a question about the catalogue asks for; None when it is no such question."""
    text = _mended(controls.fold(question).strip())
    if _HOW.search(text) and not _COUNTS.search(text):
        return None
    for read in (_documents, _relation, _threats, _selection):
        if query := read(text, language):
            return query
    return None


# --- documents and records -------------------------------------------------------------------------------------


def _documents(text: str, language: str) -> CatalogueQuery | None:
    if not _PAPERS.search(text):
        return None
    demanded = re.search(rf"\b(?:{_DEMANDED})\b", text, _I)
    only_if = re.search(
        r"only if|if applicable|applicable control|wenn anwendbar|nur\b.{0,20}\bwenn|sofern|falls anwendbar|nur bei", text, _I
    )
    specific = re.search(r"\b(?:ai|ki|ml)[- ]?(?:specific|spezifisch\w*|related)\b", text, _I)
    if not (demanded or only_if or specific) or not (_ASKS.search(text) or re.match(r"\W*(?:mandatory|required|pflichtdok)", text, _I)):
        return None
    if re.search(r"\b(?:our|unser\w*|overdue|missing|draft|approved|fehlen\w*|überfällig\w*|owner)\b", text, _I):
        return None
    if re.search(
        r"\bwhich (?:clauses?|sub-?clauses?)\b|\bwelche\w* (?:abschnitte|klauseln|kapitel)\b|how many clauses|"
        r"wie ?viele (?:abschnitte|klauseln)",
        text,
        _I,
    ):
        return CatalogueQuery(
            ISO_2022, ("subclause",), ((Condition("documented_information_required", "is", ("yes",)),),), **_shape(text), language=language
        )
    kinds = ["clause document", "clause record"]
    controls_only = re.search(r"\bcontrols?\b|\bma(?:ß|ss)nahmen\b|annex|anhang", text, _I) and not re.search(
        r"\bclauses?\b|abschnitt|klausel", text, _I
    )
    if only_if or controls_only:
        kinds = ["control document", "control record"]
    if specific:
        kinds = ["AI-specific document"]
    named_records, named_documents = (
        re.search(r"\brecords?\b|aufzeichnung", text, _I),
        re.search(r"\bdocuments?\b|dokument|unterlagen", text, _I),
    )
    if named_records and not named_documents and not specific:
        kinds = [kind for kind in kinds if kind.endswith("record")]
    where: list[tuple[Condition, ...]] = []
    found = [one for one in controls.spelled(text) if one.form in ("clause", "annex", "bare")]
    if found:
        readings = [entry for one in found for entry in controls.catalogue().readings(one) if entry.framework in (ISO_2022, AI)]
        if not readings:
            return None
        names = [("42001:" if entry.framework == AI else "") + entry.id for entry in readings]
        below = [child.id for entry in readings for child in controls.catalogue().within(entry) if child.framework == ISO_2022]
        where.append((Condition("reference", "is", tuple(dict.fromkeys([*names, *below]))),))
        if any(entry.kind == "control" for entry in readings) and not specific:
            kinds = ["control document", "control record"]
    return CatalogueQuery("documents", tuple(kinds), tuple(where), **_shape(text), language=language)


# --- what belongs to what --------------------------------------------------------------------------------------


def _relation(text: str, language: str) -> CatalogueQuery | None:
    found = [one for one in controls.spelled(text) if one.form != "unclear"]
    target = _target(text)
    if not found:
        return _topic(text, target, language) or _unlinked(text, target, language)
    asked = _CORRESPONDING.search(text) or (target and _ASKS.search(text) and _ENTRY.search(text))
    if not asked or (_PLANT.search(text) and not target):
        return None
    if target is None:
        target = _implied(text, found)
    if target is None:
        return None
    sources = [entry for one in found if (entry := _source(one, target))]
    if not sources or any(entry.framework == target for entry in sources):
        return None
    kinds = _linked_kinds(text, target)
    condition = Condition("id", "maps", tuple(entry.source_id for entry in sources))
    extra = tuple((condition,) for condition in _tag_conditions(text)) if target == ISO_2022 else ()
    return CatalogueQuery(target, kinds, ((condition,), *extra), **_shape(text), language=language)


def _target(text: str) -> str | None:
    """The framework whose entries are asked for: the one named, and where two are named the one beside the asking word."""
    named = sorted((match.start(), framework) for pattern, framework in _FRAMEWORKS for match in re.finditer(pattern, text, _I))
    return named[0][1] if named else ATLAS if re.search(r"\btechniques?\b|\btechniken\b|\bmitigations?\b", text, _I) else None


def _implied(text: str, found: list[Spelled]) -> str | None:
    """The framework a relation leads to when none is named: the other edition, or 2022 for everything else."""
    if re.search(r"predecessor|merged into|vorgänger|hervorgegangen|zusammengef|zusammengel|aufgegangen in|replaces?\b", text, _I):
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
    pairs = (
        {"control": r"\bcontrols?\b|\bma(?:ß|ss)nahmen?\b", "subclause": r"\bclauses?\b|\babschnitte?n?\b|\bklauseln?\b"}
        if target in (ISO_2022, ISO_2013, AI)
        else {"technique": r"\btechni(?:que|k)", "mitigation": r"\bmitigations?\b|\bgegenma(?:ß|ss)nahmen?\b"}
        if target == ATLAS
        else {}
    )
    named = tuple(kind for kind, words in pairs.items() if re.search(words, text, _I))
    return named or tuple(pairs)[::-1] or STANDARD_KINDS[target]


def _topic(text: str, target: str | None, language: str) -> CatalogueQuery | None:
    """A shared topic of ISO/IEC 27001 and IEC 62443, as in `which 62443 requirements belong to access control`."""
    if (
        target not in ("iec62443", *IEC)
        or not (_ASKS.search(text) and (_CORRESPONDING.search(text) or _ENTRY.search(text)))
        or _PLANT.search(text)
    ):
        return None
    german = {"zugangssteuerung": "Access control", "zugriff": "Access control", "betriebssicherheit": "Operations security", "vorfall": "Incident management",  # noqa: E501
              "kontinuität": "Business continuity", "risikobeurteilung": "Risk assessment"}  # fmt: skip
    lowered = text.lower()
    topics = [topic for topic in controls.catalogue().topics() if topic.lower() in lowered]
    topics = topics or [topic for word, topic in german.items() if word in lowered]
    if not topics:
        return None
    return CatalogueQuery(target, ("requirement",), ((Condition("topic", "topic", (topics[0],)),),), **_shape(text), language=language)


def _unlinked(text: str, target: str | None, language: str) -> CatalogueQuery | None:
    """Entries without, or with several, counterparts elsewhere: new, split and merged controls."""
    if not (_ASKS.search(text) and (_ENTRY.search(text) or target)) or _OURS.search(text) or _PLANT.search(text):
        return None
    shape = _shape(text)
    if re.search(
        r"\bsplit|aufgeteilt|aufgespalten|(?:two|several|more than one|zwei|mehrere)\s+(?:\w+\s+)?(?:successors?|nachfolger)", text, _I
    ):
        return CatalogueQuery(ISO_2013, ("control",), ((Condition(ISO_2022, "links", ("2",)),),), **shape, language=language)
    if re.search(
        r"\bmerge|zusammengef|zusammengel|(?:several|more than one|two|mehrere\w*|zwei)\s+(?:\w+\s+)?(?:predecessors?|vorgänger|"
        r"controls? of 2013)",
        text,
        _I,
    ):
        return CatalogueQuery(ISO_2022, ("control",), ((Condition(ISO_2013, "links", ("2",)),),), **shape, language=language)
    if re.search(rf"\b{_NOT}\b(?:\s+\w+){{0,2}}\s+(?:predecessors?|vorgänger\w*|precursors?)", text, _I):
        return CatalogueQuery(ISO_2022, ("control",), ((Condition(ISO_2013, "unlinked", ("-",)),),), **shape, language=language)
    if re.search(rf"\b{_NOT}\b(?:\s+\w+){{0,2}}\s+(?:successors?|nachfolger\w*)", text, _I):
        return CatalogueQuery(ISO_2013, ("control",), ((Condition(ISO_2022, "unlinked", ("-",)),),), **shape, language=language)
    if re.search(
        rf"\b{_NOT}\b(?:\s+\w+){{0,3}}\s+(?:counterparts?|mappings?|links?|equivalents?|entsprechung\w*|pendants?|gegenstück\w*|"
        rf"zuordnung\w*)|unmapped",
        text,
        _I,
    ):
        named = [framework for pattern, framework in _FRAMEWORKS if re.search(pattern, text, _I)]
        others = [framework for framework in named if framework != ISO_2022]
        if len(others) == 1:
            return CatalogueQuery(ISO_2022, ("control",), ((Condition(others[0], "unlinked", ("-",)),),), **shape, language=language)
    return None


# --- threats ---------------------------------------------------------------------------------------------------

_AGAINST = re.compile(
    r"\b(?:against|protects? from|mitigat\w*|counter(?:s|act)?|help\w*|answers?|address\w*|gegen|vor|hilft|helfen|schützen|prevent\w*|"
    r"stop\w*)\b",
    _I,
)
_THREAT_WORDS = (
    ("prompt injection", r"prompt[- ]injections?|prompt-?injektion"),
    (
        "training data poisoning",
        r"(?:training )?data(?:set)?[- ]poisoning|poisoned (?:training )?data|vergiftete\w* (?:trainings)?daten|"
        r"(?:trainings)?datenvergiftung|data poison",
    ),
    ("model poisoning", r"model[- ]poisoning|poisoned models?|modellvergiftung|vergiftete\w* modelle?"),
    ("model extraction", r"model (?:extraction|theft|stealing)|stealing (?:of )?(?:the |a )?models?|modell(?:diebstahl|extraktion)"),
    ("model inversion", r"model[- ]inversion|modellinversion|membership inference"),
    ("adversarial inputs", r"adversarial (?:inputs?|examples?|attacks?|data|images?)|adversariale\w*|gegnerische eingaben|evasion"),
    ("api abuse", r"api[- ]abuse|api-?missbrauch"),
    ("denial of service", r"denial[- ]of[- ]service|\bdos\b|dienstverweigerung"),
    ("insider threats", r"insider(?:s| threats?|bedrohung\w*)?|innentäter\w*"),
    (
        "unauthorized access",
        r"unauthori[sz]ed access to (?:the )?(?:ai )?models?|unbefugte\w* zugriff\w* auf (?:das |die )?(?:ki-)?modelle?",
    ),
    ("data breaches", r"data breach(?:es)?(?: of training data)?|datenpannen? bei trainingsdaten"),
    ("jailbreak", r"jail ?breaks?|jailbreaking"),
    ("backdoor", r"backdoors?|hintertür\w*"),
    ("data leakage", r"(?:llm )?data leakage|exfiltration"),
    ("phishing", r"phishing"),
)


def _threats(text: str, language: str) -> CatalogueQuery | None:
    if not (_ENTRY.search(text) and _ASKS.search(text)) or re.search(
        r"\b(?:our|unser\w*|implemented|umgesetzt\w*|open|offen\w*|status|owner)\b", text, _I
    ):
        return None
    terms = [term for term, words in _THREAT_WORDS if term in THREATS and re.search(rf"\b(?:{words})\b", text, _I)]
    listed = re.search(r"\btechni(?:que|k)", text, _I)
    if not terms or not (_AGAINST.search(text) or _CORRESPONDING.search(text) or listed):
        return None
    target = _target(text) or ISO_2022
    if target == ATLAS and not listed:
        target = ISO_2022
    if target not in (ISO_2022, AI, ATLAS, "iec62443", *IEC):
        return None
    where = [(Condition("threat", "answers", tuple(terms)),), *((condition,) for condition in _tag_conditions(text))]
    return CatalogueQuery(
        target, STANDARD_KINDS[target], tuple(where if target == ISO_2022 else where[:1]), **_shape(text), language=language
    )


# --- selection by attributes, ids and titles -------------------------------------------------------------------


def _selection(text: str, language: str) -> CatalogueQuery | None:
    entry = _ENTRY.search(text)
    if not entry or _PLANT.search(_without_tags(text)):
        return None
    shape = _shape(text)
    framework, kinds = _listed(text)
    conditions = _tag_conditions(text) if framework == ISO_2022 and "control" in kinds else []
    groups = [*_alternatives(text, conditions), *((one,) for one in _other_conditions(text, framework))]
    titles = _title_words(text)
    if titles:
        groups.append((Condition("title", "contains", tuple(titles)),))
    ids = _id_conditions(text)
    if ids is None:
        return None
    groups += [(one,) for one in ids]
    ours = _OURS.search(re.sub(r"\b(?:give|show|tell) (?:me|us)\b|\bzeige? (?:mir|uns)\b|\bkannst du mir\b", "", text, flags=_I))
    if ours:
        return None
    asks = _ASKS.search(text)
    if not groups:
        bare = _COUNTS.search(text) or re.match(r"\W*(?:please )?(?:list|show|name|give|liste|zeige?|nenne?)\b", text, _I)
        if not bare or _leftover(text):
            return None
    elif (
        (not asks and len(text.split()) > 9)
        or (not titles and not ids and _leftover(text))
        or (
            ids
            and ids[0].operator == "under"
            and not conditions
            and not re.search(r"\b(?:list|show|all|how many|which|liste|zeige?|alle|wie ?viele?|welche\w*|anzahl|count|the)\b", text, _I)
        )
        or (ids and _leftover(text))
    ):
        return None
    return CatalogueQuery(framework, kinds, tuple(groups), **shape, language=language)


def _listed(text: str) -> tuple[str, tuple[str, ...]]:
    framework = _target(text) or ISO_2022
    if re.search(r"amendment|amd|änderung 1|\bnew\b.{0,20}2022|2022.{0,20}\bnew\b|neu\w*\s+(?:in|controls|ma(?:ß|ss)nahmen)", text, _I):
        framework = ISO_2022
    if (
        framework == ISO_2022
        and re.search(r"\b(?:sub-?clauses?|clauses?|abschnitten?|klauseln?|kapiteln?)\b", text, _I)
        and not re.search(r"\bcontrols?\b|\bma(?:ß|ss)nahmen?\b", text, _I)
    ):
        return framework, ("subclause",)
    if framework == ISO_2022 and re.search(r"amendment|\bamd", text, _I):
        return framework, ("subclause", "control")
    if framework == ISO_2013 and re.search(r"\bdomains?\b|\bbereiche?\b", text, _I):
        return framework, ("domain",)
    if framework == ISO_2013 and re.search(r"\bobjectives?\b|\bziele?\b", text, _I):
        return framework, ("objective",)
    if framework == ATLAS and re.search(r"\bmitigations?\b|gegenma", text, _I):
        return framework, ("mitigation",)
    if framework == "iec62443-3-3" and re.search(r"foundational", text, _I):
        return framework, ("foundational-requirement",)
    if framework == "iec62443" and re.search(r"foundational", text, _I):
        return "iec62443-3-3", ("foundational-requirement",)
    return framework, STANDARD_KINDS[framework]


def _tags(text: str) -> Iterator[tuple[int, int, str, str]]:
    """(start, end, field, value) of each attribute that the text names."""
    for field, value, words in _TAGS:
        for match in re.finditer(rf"\b(?:{words})\b", text, _I):
            if value == "Physical" and _names_capability(text) and re.match(r"[ _-](?:security|sicherheit)\b", text[match.end() :], _I):
                yield match.start(), match.end(), "operational_capabilities", "Physical_security"
                continue
            if value == "Governance" and re.search(r"domain|domäne", text, _I):
                yield match.start(), match.end(), "security_domains", "Governance_and_Ecosystem"
                continue
            yield match.start(), match.end(), field, value
    for field, value, words, kind in _NAMED_TAGS:
        for match in re.finditer(rf"\b(?:{words})\b", text, _I):
            as_name = (
                match.start() > 0
                and match.group()[0].isupper()
                and (match.group().lower() not in ("schützen", "schutz", "erkennen") or field == "")
            )
            before_noun = re.match(r"\s+(?:controls?|ma(?:ß|ss)nahmen)\b", text[match.end() :], _I) and match.start() > 0
            if re.search(kind, text, _I) or as_name or before_noun:
                yield match.start(), match.end(), field, value


def _names_capability(text: str) -> bool:
    return bool(re.search(r"capabilit|fähigkeit|tagged|physical_security", text, _I))


def _tag_conditions(text: str) -> list[Condition]:
    """Conditions on attributes, with the not, only and both that stand before or after them."""
    found = sorted(set(_tags(text)))
    out: list[Condition] = []
    group: list[tuple[int, int, str, str]] = []
    for tag in found:
        if (
            group
            and (
                tag[2] != group[-1][2]
                or not re.fullmatch(
                    rf"[\s,;]*(?:and|or|und|oder|nor|noch|but|aber|sowie|as well as|als auch|also|auch|&|/|,|\s)*\s*(?:{_NOT}|"
                    rf"{_ONLY})?[\s-]*(?:also|auch)?\s*",
                    text[group[-1][1] : tag[0]],
                    _I,
                )
            )
        ) or (
            group
            and re.search(rf"\b(?:{_NOT}|{_ONLY})[\s-]*$", text[group[-1][1] : tag[0]], _I)
            and not re.search(r"\b(?:nor|noch)\s*$", text[group[-1][1] : tag[0]], _I)
        ):
            out += _grouped(text, group)
            group = []
        group.append(tag)
    return out + (_grouped(text, group) if group else [])


def _grouped(text: str, group: list[tuple[int, int, str, str]]) -> list[Condition]:
    """The condition of neighbouring tags of one kind."""
    field, values = group[0][2], tuple(dict.fromkeys(tag[3] for tag in group))
    before, after = text[: group[0][0]], text[group[-1][1] :]
    between = " ".join(text[one[1] : other[0]] for one, other in pairwise(group))
    if re.search(rf"\b{_NOT}\b[\s-]*(?:\w+\s+){{0,2}}$", _clause_of(before), _I) and not re.search(
        r"\bnot only\s*$|\bnicht nur\s*$", before, _I
    ):
        return [Condition(field, "lacks", values)]
    exclusive = re.search(rf"\b{_ONLY}[\s-]+(?:for |für |die |as |to )?$", before, _I) or re.match(rf"[\s-]*{_ONLY}\b", after, _I)
    if exclusive and not re.search(r"\bnot only\s*$|\bnicht nur\s*$", before, _I) and field != "theme":
        return [Condition(field, "only", values)]
    if (
        len(values) > 1
        and field != "theme"
        and (re.search(r"\b(?:and|und|sowie|als auch|as well as)\b|&", between, _I) and not re.search(r"\b(?:or|oder)\b", between, _I))
    ):
        return [Condition(field, "all", values)]
    return [Condition(field, "is", values)]


def _clause_of(before: str) -> str:
    """The end of the text before a tag as far as a not reaches: no further than the last tag."""
    last = max((end for _, end, _, _ in _tags(before)), default=0)
    return before[last:]


def _alternatives(text: str, conditions: list[Condition]) -> list[tuple[Condition, ...]]:
    """Groups of conditions; two kinds of attribute joined by `or` are one group."""
    spans = sorted(set(_tags(text)))
    if (
        len(conditions) == 2
        and len(spans) == 2
        and spans[0][2] != spans[1][2]
        and re.search(r"\b(?:or|oder)\b", text[spans[0][1] : spans[1][0]], _I)
    ):
        return [tuple(conditions)]
    return [(condition,) for condition in conditions]


def _other_conditions(text: str, framework: str) -> list[Condition]:
    out: list[Condition] = []
    if framework != ISO_2022:
        return out
    if re.search(r"amendment|\bamd\b|klimawandel|climate", text, _I):
        out.append(Condition("changed_by_amd1_2024", "is", ("yes",)))
    elif re.search(r"\bnew(?:ly)?\b|\bneue?[nrms]?\b|\bneu hinzu\w*|\badded\b|\bintroduced\b|\bhinzugekommen\w*", text, _I):
        negated = re.search(rf"\b{_NOT}\s+(?:\w+\s+)?(?:new|neu)", text, _I)
        out.append(Condition("new_in_2022", "is", ("no" if negated else "yes",)))
    return out


def _id_conditions(text: str) -> list[Condition] | None:
    """Conditions on ids: a prefix or a range; None when a single entry is named, for that is explained, not listed."""
    found = [one for one in controls.spelled(text) if one.form in ("annex", "clause", "bare", "code")]
    found = [one for one in found if one.form != "bare"]
    if not found:
        return []
    if len(found) == 2 and re.search(r"\b(?:to|through|until|and|bis|und)\b|[-–]", text[found[0].end : found[1].start], _I):
        numbers = [one.id for one in found]
        if re.search(r"\b(?:and|und)\b", text[found[0].end : found[1].start], _I) and not re.search(r"\bbetween|zwischen", text, _I):
            return [Condition("id", "under", tuple(numbers))] if all(_is_group(one.id) for one in found) else None
        if all(_is_group(one) for one in numbers):
            return None
        return [Condition("id", "between", (numbers[0], numbers[1]))]
    if all(_is_group(one.id) for one in found):
        return [Condition("id", "under", tuple(one.id for one in found))]
    return None


def _is_group(id_: str) -> bool:
    catalogue = controls.catalogue()
    return any(len(catalogue.within(entry)) > 1 for name in (ISO_2022, ISO_2013, AI, *IEC, CSF) if (entry := catalogue.get(name, id_)))


def _title_words(text: str) -> list[str]:
    """Words that the title shall contain."""
    named = (
        re.search(
            r"(?:title|name|heading|titel|namen?|bezeichnung)s?\b.{0,25}?\b(?:contain\w*|mention\w*|includ\w*|with|says?|enth\w*|mit|"
            r"has|have|vorkomm\w*|steht)\s+(?:the (?:word|term)\s+|das wort\s+|den begriff\s+)?"
            r"[\"'„“»]?([^\W\d_][\w-]+)",
            text,
            _I,
        )
        or re.search(
            r"(?:contain\w*|mention\w*|includ\w*|with|enthalten|erwähnen|haben|nennen|having|have)\s+(?:the (?:word|term)s?\s+|"
            r"das wort\s+|den begriff\s+)?[\"'„“»]?([^\W\d_][\w-]+)[\"'“”«]?\s+(?:\w+\s+){0,1}(?:in|im)\s+(?:their|its|the|ihrem|ihren|dem)?\s*(?:title|name|titel|namen?)",  # noqa: E501
            text,
            _I,
        )
        or re.search(
            r"[\"'„“»]?([^\W\d_][\w-]+)[\"'“”«]?\s+(?:in|im)\s+(?:their|its|the|ihrem|ihren|dem)?\s*(?:title|titel|name|namen)\b", text, _I
        )
    )
    return [named[1].lower()] if named else []


# --- the shape of the list -------------------------------------------------------------------------------------

_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
            "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6, "sieben": 7, "acht": 8, "neun": 9, "zehn": 10}  # fmt: skip
_BY = {
    "theme": r"themes?|thema|themen",
    "control_type": r"(?:control )?types?|arten?|typ(?:en)?|ma(?:ß|ss)nahmenart(?:en)?",
    "security_properties": r"(?:security )?propert(?:y|ies)|eigenschaft(?:en)?",
    "cybersecurity_concepts": r"(?:cybersecurity )?concepts?|konzept(?:en)?",
    "operational_capabilities": r"(?:operational )?capabilit(?:y|ies)|fähigkeit(?:en)?",
    "security_domains": r"(?:security )?domains?|domänen?",
}


def _shape(text: str) -> dict[str, Any]:
    """How the list is cut, ordered, counted: the fields by, sort, first and count of a query."""
    shape: dict[str, Any] = {"count": bool(_COUNTS.search(text))}
    for field, words in _BY.items():
        if re.search(rf"\b(?:by|per|for each|grouped by|nach|pro|je|in each|in jedem)\s+(?:the\s+|der\s+)?(?:{words})\b", text, _I):
            shape["by"] = field
    if re.search(r"alphabetic\w*|sorted by title|sort by title|order(?:ed)? by title|by title|alphabetisch|nach titel", text, _I):
        shape["sort"] = "title"
    elif re.search(r"descending|reverse|absteigend|rückwärts", text, _I):
        shape["sort"] = "-id"
    first = re.search(r"\b(?:first|top|ersten?)\s+(\d{1,3}|" + "|".join(_NUMBERS) + r")\b", text, _I)
    if first:
        shape["first"] = int(first[1]) if first[1].isdigit() else _NUMBERS[first[1].lower()]
    return shape


# --- words -----------------------------------------------------------------------------------------------------

_KNOWN = sorted(
    {
        "controls", "control", "clauses", "requirements", "preventive", "detective", "corrective", "confidentiality", "integrity", "availability", "organizational",  # noqa: E501
        "organisational", "people", "physical", "technological", "governance", "resilience", "defence", "defense", "continuity", "mandatory", "documents", "document",  # noqa: E501
        "records", "amendment", "predecessor", "predecessors", "successor", "successors", "corresponds", "correspond", "mapped", "techniques", "mitigations",  # noqa: E501
        "maßnahmen", "maßnahme", "präventiv", "präventive", "präventiven", "detektiv", "detektive", "detektiven", "korrektiv", "korrektive", "korrektiven",  # noqa: E501
        "organisatorisch", "organisatorische", "organisatorischen", "physisch", "physische", "physischen", "technologisch", "technologische", "technologischen",  # noqa: E501
        "vertraulichkeit", "integrität", "verfügbarkeit", "abschnitte", "anforderungen", "vorgänger", "nachfolger", "dokumente", "aufzeichnungen", "verpflichtend", "welche",  # noqa: E501
        "merged", "split", "poisoning", "injection", "extraction", "inversion", "adversarial", "equivalent", "counterpart", "entspricht", "entsprechen", "which",  # noqa: E501
        "identify", "protect", "detect", "respond", "recover", "domains", "domain", "related", "relate", "threat", "vulnerability", "management", "capability", "theme",  # noqa: E501
    }
)  # fmt: skip
_REAL = frozenset(
    [
        "prevention",
        "preventing",
        "detection",
        "detecting",
        "correction",
        "correcting",
        "corrected",
        "corrections",
        "organization",
        "organisation",
        "organizations",
        "technology",
        "technologies",
        "physically",
        "protects",
        "protected",
        "protection",
        "recovery",
        "response",
        "responses",
        "available",
        "confidential",
        "documented",
        "documentation",
        "recorded",
        "record",
        "amended",
        "integrated",
        "contract",
        "contracts",
        "controlled",
        "controller",
        "controllers",
        "controlling",
        "manage",
        "manager",
        "managed",
        "managing",
        "relation",
        "relations",
        "related",
        "relative",
        "resilient",
        "defend",
        "governs",
        "threats",
        "capabilities",
        "injected",
        "extract",
        "poison",
        "poisoned",
        "required",
        "requirement",
        "entsprechung",
        "entsprechungen",
        "entsprechende",
        "entsprechender",
        "domaine",
        "themes",
        "titled",
        "mapping",
        "maps",
        "people's",
        "personal",
        "person",
        "correspondence",
        "corresponding",
        "equivalently",
        "clause",
        "recorder",
        "detector",
        "detectors",
        "identity",
        "identifies",
        "identified",
        "kontrolle",
        "organisatorischer",
        "organisatorisches",
        "physischer",
        "physisches",
        "technologischer",
        "technologisches",
        "preventative",
        "präventiver",
        "präventives",
        "detektiver",
        "korrektiver",
        "dokument",
        "dokumentierte",
        "dokumentiert",
        "anforderung",
        "abschnitt",
        "aufzeichnung",
        "verfügbar",
        "vertraulich",
        "integer",
        "prevents",
        "prevent",
        "detects",
        "corrects",
        "correct",
        "directive",
        "splits",
        "merge",
        "merges",
        "match",
        "relates",
    ]
)


def _mended(text: str) -> str:
    """The text with misspelt words of the catalogue put right; words that are spelt right or far off stay."""

    def mend(match: re.Match[str]) -> str:
        word = match.group().lower()
        if len(word) < 6 or word in _KNOWN or word in _REAL:
            return match.group()
        found = process.extractOne(word, _KNOWN, scorer=fuzz.ratio, score_cutoff=86)
        return found[0] if found and found[0][0] == word[0] and found[0] != word else match.group()

    return re.sub(r"[^\W\d_]{5,}", mend, text)


def _without_tags(text: str) -> str:
    for start, end, _, _ in sorted(_tags(text), reverse=True):
        text = text[:start] + " " + text[end:]
    return text


_FILLER = re.compile(
    r"\b(?:which|what|whats|list|show|give|name|display|enumerate|count|how|many|number|all|find|tell|me|us|print|any|is|are|there|"
    r"the|a|an|of|in|on|for|to|and|or|not|non|but|only|just|both|"
    r"neither|nor|no|without|except|also|that|those|with|have|has|had|having|do|does|did|can|cover(?:s|ing)?|ensure|preserve|you|"
    r"please|as|at|from|by|per|each|under|it|its|their|they|was|were|be|been|than|other|"
    r"exactly|exclusively|solely|purely|see|see|need|currently|total|entries|entry|theme[sd]?|types?|tag(?:ged|s)?|attributes?|"
    r"attribute|concepts?|propert(?:y|ies)|capabilit(?:y|ies)|operational|cybersecurity|"
    r"security|information|domains?|category|categories|classified|marked|labelled|labeled|called|considered|belong(?:ing|s)?|within|"
    r"across|between|through|until|iso|iec|isms|standard|norm|edition|version|"
    r"controls?|clauses?|sub-?clauses?|requirements?|annex|annexa|new|newly|added|introduced|first|top|last|amendment|amd|climate|"
    r"sorted|sort|order(?:ed)?|alphabetically|descending|"
    r"reverse|grouped|group|title|titles|id|ids|exist|exists|support|supports|serve[sd]?|concern(?:ing|s)?|contain(?:s|ed)?|"
    r"include[sd]?|comprise|included|"
    r"protect(?:s|ing)?|detect|respond|recover|identify|technical|objectives?|foundational|system|technique[sn]?|techniken|"
    r"mitigations?|subcategor(?:y|ies)|"
    r"welche[rnms]?|wie|viele|wieviele?|liste|listet?|auf|zeige?|nenne?|gib|mir|alle[nrs]?|anzahl|zähle?|gibt|es|sind|ist|die|der|das|"
    r"den|dem|des|ein|eine[nrms]?|in|im|von|vom|für|zu|zum|zur|und|oder|nicht|nur|sowohl|als|auch|"
    r"weder|noch|kein\w*|ohne|außer|aber|bitte|mit|haben|hat|bei|aus|nach|pro|je|nach|ausschließlich|rein|lediglich|zugleich|"
    r"gleichzeitig|maßnahmen?|massnahmen?|abschnitte?n?|klauseln?|kapiteln?|anforderungen|"
    r"anhang|neue?[nrms]?|neu|hinzugekommen\w*|seit|since|ersten?|änderung|durch|thema|themen|art|arten|typ|typen|eigenschaft(?:en)?|"
    r"konzept(?:en)?|fähigkeit(?:en)?|betriebliche\w*|domänen?|merkmal|attribut(?:en)?|"
    r"wurden|wurde|worden|werden|wird|kamen|norm|ausgabe|fassung|enthält|umfasst|dienen|dient|betreffen|betrifft|gehören|gehört|"
    r"sortiert|alphabetisch|titel|beim|personal|bereich|bereiche|ziele?|klimawandel|sicherheit|"
    r"mir|dienen|unterstützen|schützen|wieviel|hinzu|dazu|sich|man|so|einem|einer|there's|what's|\d{1,5}(?:er|s)?|[a-z]|one|two|three|"
    r"four|five|six|seven|eight|nine|ten|zwei|drei|vier|fünf|zehn|nist|csf|atlas|mitre|respectively)\b",
    _I,
)


def _leftover(text: str) -> list[str]:
    """Words that neither select nor ask: with one of them the question is about more than the catalogue holds."""
    rest = _without_tags(text)
    if re.search(r"amendment|\bamd\b", text, _I):
        rest = re.sub(r"\b(?:changed|modified|affected|amended|altered|geändert\w*|betroffen\w*)\b", " ", rest, flags=_I)
    for one in sorted(controls.spelled(rest), key=lambda one: -one.start):
        rest = rest[: one.start] + " " + rest[one.end :]
    return re.findall(r"[^\W\d_]{2,}", _FILLER.sub(" ", rest))
