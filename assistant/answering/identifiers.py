"""Identifiers in a question: where they stand, which readings they have, and what is to be said about each.

Looked up before anything is ranked: an id of 2013 is translated, an ambiguous one is answered for each reading,
one that does not exist is said not to.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge import controls
from knowledge.controls import AI, ATLAS, CSF, ISO_2013, ISO_2022, NAMES, Control, Spelled

FOUND, WITHDRAWN, AMBIGUOUS, UNKNOWN, UNCLEAR = "found", "withdrawn", "ambiguous", "unknown", "unclear"


@dataclass(frozen=True)
class Mention:
    """An id in a question: its span there, how it is written properly, the edition named with it, and what it can mean."""

    text: str
    start: int
    end: int
    id: str
    edition: str | None
    readings: tuple[Control, ...]
    status: str
    form: str


@dataclass(frozen=True)
class Statement:
    """A sentence of ours and the entries of the catalogue it rests on."""

    text: str
    source_ids: tuple[str, ...]


# --- which edition ---------------------------------------------------------------------------------------------

_EDITIONS = (
    (re.compile(r"(?:27001|27002)\s?[:/-]\s?2013|\b2013(?:er|s)?\b", re.IGNORECASE), ISO_2013),
    (
        re.compile(
            r"\b(?:old|previous|former|withdrawn|superseded)\s+(?:edition|standard|version|iso|numbering|annex|norm|27001|clause|"
            r"control|number|id|section)\b",
            re.IGNORECASE,
        ),
        ISO_2013,
    ),
    (
        re.compile(
            r"\b(?:alte[nrms]?|vorherige[nrms]?|frühere[nrms]?)\s+(?:norm|ausgabe|fassung|version|standard|iso|nummerierung|27001|"
            r"nummer|abschnitt|kapitel|maßnahme|klausel)\b",
            re.IGNORECASE,
        ),
        ISO_2013,
    ),
    (re.compile(r"(?:27001|27002)\s?[:/-]\s?2022|\b2022(?:er|s)?\b", re.IGNORECASE), ISO_2022),
    (
        re.compile(r"\b(?:new|current|neue[nrms]?|aktuelle[nrms]?)\s+(?:edition|standard|version|norm|ausgabe|fassung)\b", re.IGNORECASE),
        ISO_2022,
    ),
    (re.compile(r"\b42001(?:\s?:\s?2023)?\b|\bKI-?Norm\b|\bAI management (?:system )?standard\b", re.IGNORECASE), AI),
    (re.compile(r"\b62443(?:-\d-\d)?\b"), "iec62443"),
    (re.compile(r"\b(?:nist|csf)\b", re.IGNORECASE), CSF),
    (re.compile(r"\batlas\b", re.IGNORECASE), ATLAS),
)
_BETWEEN_BEFORE = re.compile(
    r"[\s,:(\"'–-]*(?:(?:20\d\d|edition|ausgabe|standard|norm|version|annex|anhang|a|control|clause|iso|of|the|der|des|ist|is|was|war)\b[\s,:(\"'’–-]*){0,3}$",
    re.IGNORECASE,
)
_BETWEEN_AFTER = re.compile(
    r"^[\s,:()\"'–-]*(?:(?:of|in|from|under|the|der|des|aus|nach|von|iso|iec|iso/iec|to|edition|standard|annex|anhang|a|27001|27002)\b[\s,:(/\"'–-]*){0,5}$",
    re.IGNORECASE,
)
_CORRESPONDING = re.compile(
    r"correspond|equivalent|counterpart|\bmap|\brelat|\bmatch|\bmerge|replace|became|becomes|successor|predecessor|\bcompar|"
    r"entsprech|entspricht|pendant|gegenstück|zugeordnet|zuordn|abbild|vorgänger|nachfolger|ersetz|gehör|zusammengef|aufgegangen|"
    r"\bwurde\b|verwandt",
    re.IGNORECASE,
)


def _edition(text: str, start: int, end: int) -> tuple[str | None, bool]:
    """(framework named for the id, whether it stands right beside it and so shuts out the others)."""
    named = sorted((match.start(), match.end(), framework) for pattern, framework in _EDITIONS for match in pattern.finditer(text))
    for begin, stop, framework in named:
        beside = (stop <= start and _BETWEEN_BEFORE.match(text[stop:start])) or (begin >= end and _BETWEEN_AFTER.match(text[end:begin]))
        if beside:
            return framework, not (_CORRESPONDING.search(text) and begin >= end)
    others = {framework for _, _, framework in named}
    return (others.pop(), False) if len(others) == 1 else (None, False)


# --- what is not an id -----------------------------------------------------------------------------------------

_UNIT = re.compile(
    r"^\s?(?:%|‰|°|€|\$|£|(?:percent|prozent|euro|eur|usd|dollars?|mio|million(?:en)?|tsd|k?w|kwh|mw|bar|psi|m?v|volts?|a|ma|k?hz|mhz|"
    r"ghz|[kmgt]i?b|[kmgt]bit|mbps|"
    r"mm|cm|m|km|µm|kg|g|t|nm|l|ms|s|sec(?:onds?)?|sekunden?|min(?:utes?|uten)?|h|hours?|stunden?|days?|tagen?|weeks?|wochen?|months?|"
    r"monaten?|years?|jahren?|"
    r"uhr|a\.m|p\.m|am|pm|o'clock|points?|punkten?|degrees?|grad|celsius|fach|times|zoll|inch|stück|pieces|units|times)\b)",
    re.IGNORECASE,
)
_NOT_BEFORE = re.compile(
    r"(?:\b(?:version(?:en|s)?|v|ver|release|rev(?:ision)?|firmware|build|patch|tls|ssl|dtls|python|java|php|node|windows|linux|"
    r"ubuntu|debian|kernel|openssl|openssh|usb|hdmi|"
    r"bluetooth|http|cvss|cvssv3|csf|atlas|wpa|smb|tia|portal|wincc|step|codesys|log4j|pytorch|tensorflow|numpy|cuda|ip|port|score|"
    r"scores|average|mean|schnitt|mittel|wert|faktor|factor|"
    r"value|temperature|temperatur|price|preis|costs?|kosten|rate|line|linie|halle|hall|table|tabelle|figure|fig|abbildung|bild|"
    r"opc(?:\s*ua)?(?:\s+part|\s+teil)?|opc-?ua|part|teil|"
    r"at|um|gegen|ca|etwa|seit|since|ungefähr|dated|datum|row|zeile|room|raum|gebäude|building|item|task|ticket|sprint|slide|folie|"
    r"page|seite|ausgang|eingang|output|input|din|audi|"
    r"autobahn|format|size|größe|isbn|lot|charge|model|modell|typ|type|baureihe|robot|roboter|maschine|machine)\.?\s*(?:is|ist|of|von|"
    r"was|war|:|=|>=?|<=?|nr\.?|no\.?|number|nummer)?|[#@=<>≥≤+×*$€£])\s*$",
    re.IGNORECASE,
)
_DATE_BEFORE = re.compile(
    r"\b(?:am|vom|zum|ab|bis|seit|on|by|until|till|before|vor|nach|montag|dienstag|mittwoch|donnerstag|freitag|mo|di|mi|do|"
    r"fr)\.?,?\s*(?:dem|den)?\s*$",
    re.IGNORECASE,
)
_COMPANY_NUMBER = r"[A-Z]{2,4}-[A-Z]{2,4}-\d+"
_PAPER = (
    r"(?:[\w-]*(?:procedures?|polic(?:y|ies)|manuals?|instructions?|handbooks?|contracts?|agreements?|documents?|guidelines?|plans?|"
    r"reports?|sla|concepts?|specifications?|spec|"
    r"verfahren(?:s|sanweisung)?|anweisung(?:en)?|richtlinien?|handbuch(?:s|es)?|vertrag(?:s|es)?|dokuments?|konzepts?|anleitung|"
    r"berichts?|lastenhefts?|pflichtenhefts?|leitlinie|prozessbeschreibung)|va|aa)"
)
_OF_PAPER = re.compile(
    rf"^[,)]?\s*(?:of|in|from|der|des|dem|im|in der|in dem|aus|aus der|aus dem|unserer|unseres|von|vom|our|"
    rf"the)\s+(?:[\w'’-]+\s+){{0,4}}?(?:{_PAPER}\b|(?-i:{_COMPANY_NUMBER}))",
    re.IGNORECASE,
)
_OF_STANDARD = re.compile(r"\b(?:iso|iec|2700[12]|42001|62443|nist|standard|norm|annex|anhang)\b", re.IGNORECASE)
_AFTER_PAPER = re.compile(rf"(?:(?-i:{_COMPANY_NUMBER})(?:\s*[@v]\s?[\d.]+)?|{_PAPER}),?\s*(?:in\s+|under\s+|unter\s+)?$", re.IGNORECASE)
_LEAD = frozenset(
    [
        "what",
        "what's",
        "s",
        "whats",
        "is",
        "are",
        "about",
        "does",
        "do",
        "on",
        "for",
        "in",
        "under",
        "to",
        "of",
        "and",
        "or",
        "mean",
        "means",
        "say",
        "says",
        "explain",
        "explains",
        "describe",
        "show",
        "define",
        "requires",
        "require",
        "per",
        "according",
        "meet",
        "meets",
        "meeting",
        "satisfy",
        "satisfies",
        "with",
        "versus",
        "vs",
        "between",
        "than",
        "implement",
        "implementing",
        "cover",
        "covers",
        "covered",
        "regarding",
        "re",
        "see",
        "cf",
        "from",
        "tell",
        "was",
        "ist",
        "sind",
        "bedeutet",
        "heißt",
        "heisst",
        "sagt",
        "fordert",
        "verlangt",
        "erkläre",
        "erklär",
        "erkläre",
        "zu",
        "nach",
        "gemäß",
        "gemaess",
        "laut",
        "für",
        "fuer",
        "unter",
        "mit",
        "und",
        "oder",
        "von",
        "vom",
        "zwischen",
        "erfüllt",
        "erfüllen",
        "umsetzen",
        "betrifft",
        "deckt",
        "steht",
        "unser",
        "unsere",
        "our",
        "the",
        "der",
        "die",
        "das",
        "den",
        "dem",
        "zur",
        "zum",
        "regelt",
        "regeln",
        "siehe",
        "wegen",
        "bei",
        "hinter",
        "against",
        "gegenüber",
        "as",
        "iso",
        "27001",
        "2022",
        "2013",
        "42001",
        "27001:2022",
        "27001:2013",
        "iec",
        "iso/iec",
        "standard",
        "norm",
        "edition",
        "control",
        "controls",
        "clauses",
        "requirement",
        "requirements",
        "id",
        "number",
        "nummer",
        "old",
        "new",
        "alte",
        "neue",
        "wer",
        "how",
        "wie",
        "why",
        "warum",
        "if",
        "wenn",
        "kennst",
        "know",
        "address",
        "addresses",
        "evidence",
        "nachweis",
        "nachweise",
        "nachweisen",
        "owner",
        "owns",
        "risk",
        "risks",
    ]
)
_PAPER_SIZE = re.compile(r"^\s*(?:paper|papier|page|sheet|seite|blatt|format|plakat|poster|size|größe|drucker|printer)", re.IGNORECASE)


def find(question: str) -> list[Mention]:
    """Every id in the question, in order; numbers that are versions, dates, amounts or a company's own sections are left out."""
    text = controls.fold(question)
    found: list[Mention] = []
    last: Spelled | None = None
    for one in controls.spelled(text):
        one = _inherited(text, one, last)
        edition, beside = _edition(text, one.start, one.end)
        if _something_else(text, one, beside):
            continue
        readings, status = _read(one, edition, beside)
        if one.form == "bare" and not readings and not beside:
            continue
        found.append(
            Mention(question[one.start : one.end], one.start, one.end, _normal(one, readings), edition, tuple(readings), status, one.form)
        )
        last = one
    return found


def without(mentions: Sequence[Mention], question: str) -> str:
    """What a question says besides the ids that it names."""
    for mention in reversed(mentions):
        question = question[: mention.start] + question[mention.end :]
    return question


def _inherited(text: str, one: Spelled, last: Spelled | None) -> Spelled:
    """A bare number in a list takes its form from the one before: `A.8.15 and 8.16`, `clauses 4.1 to 10.2`."""
    if one.form != "bare" or last is None or last.form not in ("annex", "clause"):
        return one
    if not re.fullmatch(r"\s*(?:,|/|&|\+|-|–|,?\s*(?:and|und|or|oder|to|bis|through|sowie|vs\.?|versus))\s*", text[last.end : one.start]):
        return one
    return Spelled(one.start, one.end, f"A.{one.id}" if last.form == "annex" else one.id, last.form, "list")


def _something_else(text: str, one: Spelled, beside: bool) -> bool:
    before, after = text[: one.start], text[one.end :]
    if one.form == "code":
        return False
    if one.form == "unclear":
        return bool(
            _PAPER_SIZE.match(after) or re.search(r"(?:\bdin|\bformat|\baudi|\bautobahn|\bsize|\bgröße|-)\s*$", before, re.IGNORECASE)
        )
    if one.form == "annex":
        spelled_small = text[one.start] in "aA" and text[one.start : one.start + 2] in ("a ", "A ")
        electric = re.search(r"\b(?:ausgang|eingang|output|input|adresse|address)\s*$", before, re.IGNORECASE)
        return bool(electric or (spelled_small and _UNIT.match(after)))
    if (paper := _OF_PAPER.match(after)) and not _OF_STANDARD.search(paper.group()):
        return True
    if one.form == "clause":
        return one.cue != "list" and not one.cue.startswith(("clause", "sub", "norm", "klausel")) and bool(_AFTER_PAPER.search(before))
    return _bare_is_something_else(before, after, one, beside)


def _bare_is_something_else(before: str, after: str, one: Spelled, beside: bool) -> bool:
    if _UNIT.match(after) or _NOT_BEFORE.search(before) or _AFTER_PAPER.search(before):
        return True
    if re.match(r"^\.?\d|^\.(?=\s*\S)(?!\s+[A-ZÄÖÜ])", after) or (
        (more := re.match(r"\s*(?:-|–|bis|to|and|und)\s*\d+(?:[.,:]\d+)?", after)) and _UNIT.match(after[more.end() :])
    ):
        return True
    parts = [int(part) for part in one.id.split(".")]
    dated = len(parts) == 2 and 1 <= parts[0] <= 31 and 1 <= parts[1] <= 12
    if dated and (after.startswith(".") or _DATE_BEFORE.search(before)):
        return True
    if beside or not before.strip():
        return False
    previous = re.findall(r"[^\s,;:()\"'„“?!]+", before)
    return not previous or previous[-1].lower() not in _LEAD


def _read(one: Spelled, edition: str | None, beside: bool) -> tuple[list[Control], str]:
    catalogue = controls.catalogue()
    if one.form == "unclear":
        return [], UNCLEAR
    every = catalogue.readings(one)
    if one.form == "code":
        return every, FOUND if every else UNKNOWN
    if edition in (ISO_2022, ISO_2013, AI):
        mine = catalogue.readings(one, edition)
        if edition == ISO_2013 and one.form == "clause" and not mine:
            mine = catalogue.readings(one, ISO_2022)  # a clause that is not listed as moved kept its number
        if one.form == "bare" and edition == ISO_2022:
            mine = [reading for reading in every if reading.framework == ISO_2022] or mine
        if mine and (beside or edition != ISO_2022):
            return mine, WITHDRAWN if mine[0].framework == ISO_2013 else AMBIGUOUS if len(mine) > 1 else FOUND
        if beside:
            return [], UNKNOWN
    if not every:
        return [], UNKNOWN
    if {reading.framework for reading in every} == {ISO_2013}:
        return every, WITHDRAWN
    return every, AMBIGUOUS if len(every) > 1 else FOUND


def _normal(one: Spelled, readings: list[Control]) -> str:
    return readings[0].id if one.form == "bare" and readings else one.id


# --- what is said ----------------------------------------------------------------------------------------------

_KINDS = {
    "theme": ("the theme", "das Thema"),
    "clause": ("the clause", "der Abschnitt"),
    "subclause": ("the clause", "der Abschnitt"),
    "control": ("the control", "die Maßnahme"),
    "domain": ("the domain", "der Bereich"),
    "objective": ("the objective", "das Ziel"),
    "group": ("the group of controls", "die Gruppe von Maßnahmen"),
    "subgroup": ("the subgroup of controls", "die Untergruppe von Maßnahmen"),
    "function": ("the function", "die Funktion"),
    "category": ("the category", "die Kategorie"),
    "subcategory": ("a subcategory of", "eine Unterkategorie von"),
    "technique": ("the technique", "die Technik"),
    "mitigation": ("the mitigation", "die Gegenmaßnahme"),
    "program-element": ("the security program element", "das Element des Sicherheitsprogramms"),
    "foundational-requirement": ("the foundational requirement", "die grundlegende Anforderung"),
    "requirement-group": ("the group of requirements", "die Gruppe von Anforderungen"),
    "constraint": ("the common constraint", "die allgemeine Randbedingung"),
}


def explain(mention: Mention, language: str) -> list[Statement]:
    """Sentences about what an id is in each reading, with the successors or predecessors of a mapped one; 2022 first."""
    german = language == "de"
    if mention.status == UNCLEAR:
        number = mention.id[1:]
        row = f"A-{int(number):03d}"
        said = (
            f"{mention.text} kann der Wert {row} im Verzeichnis oder A.{number} einer Norm sein: Welches ist gemeint?"
            if german
            else f"{mention.text} can be the asset {row} of the register or A.{number} of a standard: which one do you mean?"
        )
        return [Statement(said, ())]
    if mention.status == UNKNOWN:
        return _of_unknown(mention, german)
    statements = [_of_reading(mention, reading, language) for reading in mention.readings]
    for reading in mention.readings:
        statements += _of_mapping(reading, language)
    if " RE " in mention.id:
        statements.append(_of_enhancement(mention, german))
    return statements


def _of_reading(mention: Mention, reading: Control, language: str) -> Statement:
    german = language == "de"
    kind = _KINDS.get(reading.kind, ("the requirement", "die Anforderung"))[german]
    standard, title = NAMES[reading.framework], _quoted(reading, german)
    if reading.framework == ISO_2013 and reading.kind in ("control", "objective", "domain"):
        return _of_withdrawn(mention, reading, language)
    if reading.framework == ISO_2013:
        said = (
            f"In {standard} (zurückgezogen) war {reading.id} {kind} {title}."
            if german
            else f"In {standard} (withdrawn), {reading.id} was {kind} {title}."
        )
        return Statement(said, (reading.source_id,))
    said = f"In {standard} ist {reading.id} {kind} {title}." if german else f"In {standard}, {reading.id} is {kind} {title}."
    if reading.attribute("new_in_2022") == ("yes",):
        said = said[:-1] + (", neu in dieser Ausgabe." if german else ", new in that edition.")
    if reading.attribute("changed_by_amd1_2024") == ("yes",):
        said = said[:-1] + (", geändert durch Amendment 1:2024." if german else ", changed by Amendment 1:2024.")
    return Statement(said, (reading.source_id,))


def _of_withdrawn(mention: Mention, reading: Control, language: str) -> Statement:
    german = language == "de"
    next_ones = controls.successors(reading.id)
    named = _listed(next_ones, language)
    ids = (reading.source_id, *(entry.source_id for entry in next_ones))
    title = _quoted(reading, german)
    if reading.kind == "control":
        if german:
            follow = f"Nachfolger ist {named}" if len(next_ones) == 1 else f"Nachfolger sind {named}"
            return Statement(f"{reading.id} {title} ist eine Nummer der Ausgabe 2013 und zurückgezogen; {follow}.", ids)
        follow = f"its successor is {named}" if len(next_ones) == 1 else f"its successors are {named}"
        return Statement(f"{reading.id} {title} is a 2013 number and withdrawn; {follow}.", ids)
    if german:
        kind = {"objective": "das Ziel", "domain": "der Bereich"}[reading.kind]
        return Statement(
            f"In ISO/IEC 27001:2013 (zurückgezogen) war {reading.id} {kind} {title}; Nachfolger seiner Maßnahmen: {named}.", ids
        )
    follow = "successor of its controls is" if len(next_ones) == 1 else "successors of its controls are"
    return Statement(f"In ISO/IEC 27001:2013 (withdrawn), {reading.id} was the {reading.kind} {title}; the {follow} {named}.", ids)


def _of_mapping(reading: Control, language: str) -> list[Statement]:
    german, catalogue = language == "de", controls.catalogue()
    if reading.framework == ISO_2022 and reading.kind == "control" and (before := controls.predecessors(reading.id)):
        ids = (reading.source_id, *(entry.source_id for entry in before))
        named = _listed(before, language)
        said = (
            f"{reading.id} tritt an die Stelle von {named} der Ausgabe 2013."
            if german
            else f"{reading.id} takes the place of {named} of the 2013 edition."
        )
        return [Statement(said, ids)]
    if reading.kind == "domain" and (new := [entry for id_ in catalogue.added(reading.id) if (entry := catalogue.get(ISO_2022, id_))]):
        ids = (reading.source_id, *(entry.source_id for entry in new))
        named = _listed(new, language)
        said = (
            f"Neu in 2022 und vom Leitfaden dem Bereich {reading.id} zur Seite gestellt: {named}."
            if german
            else f"New in 2022 and set beside domain {reading.id} by the guide: {named}."
        )
        return [Statement(said, ids)]
    if reading.kind == "subclause":
        other = ISO_2013 if reading.framework == ISO_2022 else ISO_2022
        moved = [link.target for link in controls.catalogue().mappings(reading.source_id) if link.target.startswith(f"{other}:")]
        ends = [entry for target in moved if (entry := controls.catalogue().by_source(target))]
        return [_of_moved(reading, ends, language)] if ends else []
    return []


def _of_moved(reading: Control, ends: list[Control], language: str) -> Statement:
    ids = (reading.source_id, *(entry.source_id for entry in ends))
    this, there = ("2022", "2013") if reading.framework == ISO_2022 else ("2013", "2022")
    named = _listed(ends, language)
    if language == "de":
        return Statement(f"{reading.id} der Ausgabe {this} entspricht {named} in der Ausgabe {there}.", ids)
    return Statement(f"{reading.id} of the {this} edition corresponds to {named} in the {there} edition.", ids)


def _of_enhancement(mention: Mention, german: bool) -> Statement:
    base, _, number = mention.id.partition(" RE ")
    said = (
        f"RE {number} ist eine Erweiterung von {base}; der Katalog führt nur die Grundanforderung."
        if german
        else f"RE {number} is an enhancement of {base}; the catalogue holds the base requirement only."
    )
    return Statement(said, tuple(reading.source_id for reading in mention.readings))


def _of_unknown(mention: Mention, german: bool) -> list[Statement]:
    """That it does not exist, where its group ends, and what the id is elsewhere when another edition has it."""
    where = {ISO_2022: "ISO/IEC 27001:2022", ISO_2013: "ISO/IEC 27001:2013", AI: "ISO/IEC 42001:2023"}.get(mention.edition or "")
    if mention.form == "code":
        where = _home_of_code(mention.id)
    if where == NAMES[ATLAS]:  # of ATLAS the catalogue holds a choice
        where = "der Auswahl aus MITRE ATLAS, die der Katalog führt" if german else "the choice from MITRE ATLAS that the catalogue holds"
    name = (("Abschnitt " if german else "Clause ") if mention.form == "clause" else "") + mention.id
    if german:
        said = f"{name} gibt es nicht" + (f" in {where}" if where else " in einer Norm des Katalogs")
    else:
        said = f"{name} does not exist" + (f" in {where}" if where else " in any standard of the catalogue")
    last = _last_sibling(mention)
    if last:
        group = last.parent_id or NAMES[last.framework]
        said += f": {group} endet mit {last.id} {last.named('de')}" if german else f": {group} ends with {last.id} {last.title}"
    statements = [Statement(said + ".", (last.source_id,) if last else ())]
    elsewhere = (
        [entry for entry in controls.look_up(mention.id) if entry.framework != mention.edition] if where and mention.form != "code" else []
    )
    language = "de" if german else "en"
    for entry in elsewhere:
        statements += [_of_reading(mention, entry, language), *_of_mapping(entry, language)]
    return statements


def _home_of_code(id_: str) -> str:
    if id_.startswith("AML"):
        return NAMES[ATLAS]
    if "." in id_.split(" ")[0]:
        return NAMES[CSF]
    part = {"SR": "iec62443-3-3", "FR": "iec62443-3-3", "ZCR": "iec62443-3-2"}.get(id_.split(" ")[0], "iec62443-2-1")
    return NAMES[part]


def _last_sibling(mention: Mention) -> Control | None:
    catalogue = controls.catalogue()
    if mention.form == "code" and mention.id.startswith(("AML", "GV", "ID", "PR", "DE", "RS", "RC")):
        return None
    if mention.form == "code":
        home = next(key for key, title in NAMES.items() if title == _home_of_code(mention.id))
        group = re.sub(r"^SR (\d+).*", r"FR \1", mention.id) if mention.id.startswith("SR") else mention.id.rpartition(".")[0]
        siblings = [entry for entry in catalogue.entries(home) if entry.parent_id == group]
        return siblings[-1] if siblings else None
    framework = mention.edition if mention.edition in (ISO_2013, AI) else ISO_2013 if mention.id.count(".") == 3 else ISO_2022
    siblings = [entry for entry in catalogue.entries(framework) if entry.parent_id and entry.parent_id == mention.id.rpartition(".")[0]]
    return siblings[-1] if siblings else None


def _quoted(reading: Control, german: bool) -> str:
    return f"„{reading.title_de}“" if german else f'"{reading.title}"'


def _listed(entries: list[Control], language: str) -> str:
    named = [f"{entry.id} {entry.named(language)}" for entry in entries]
    if len(named) < 2:
        return "".join(named)
    return ", ".join(named[:-1]) + (" und " if language == "de" else " and ") + named[-1]
