"""Identifiers in a question: where they stand, which readings they have, and what is to be said about each.

Looked up before anything is ranked: an id of 2013 is translated, an ambiguous one is answered for each reading,
one that does not exist is said not to.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import yaml

from knowledge import controls, language
from knowledge.controls import AI, ATLAS, CSF, ISO_2013, ISO_2022, NAMES, Control, Spelled
from knowledge.errors import BadKnowledge

EITHER = "iso27001"
"""ISO/IEC 27001 named without its edition."""
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


# --- words around ids ------------------------------------------------------------------------------------------

_WORDS = Path(__file__).with_name("identifiers.yaml")


@cache
def _words(name: str) -> str:
    """The lines of a list of `identifiers.yaml` as one group of alternatives. Raises BadKnowledge when the file cannot be read."""
    try:
        return "(?:" + "|".join(yaml.safe_load(_WORDS.read_text(encoding="utf-8"))[name].split("\n")) + ")"
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise BadKnowledge(f"{_WORDS.name}: cannot be read as YAML ({error})") from error


def _any_case(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


# --- which edition ---------------------------------------------------------------------------------------------

_EDITIONS = (
    (_any_case(rf"(?:27001|27002)\s?[:/-]\s?2013|\b2013(?:er|s)?\b|\b{_words('old')}\b"), ISO_2013),
    (_any_case(rf"(?:27001|27002)\s?[:/-]\s?2022|\b2022(?:er|s)?\b|\b{_words('current')}\b"), ISO_2022),
    (_any_case(r"\b2700[12]\b(?!\s?[:/-]?\s?20\d\d)"), EITHER),
    (_any_case(r"\b42001(?:\s?:\s?2023)?\b|\bKI-?Norm\b|\bAI (?:management (?:system )?)?standard\b"), AI),
    (_any_case(r"\b62443(?:-\d-\d)?\b"), "iec62443"),
    (_any_case(r"\b(?:nist|csf)\b"), CSF),
    (_any_case(r"\batlas\b"), ATLAS),
)
_BETWEEN_BEFORE = re.compile(
    r"[\s,:(\"'–-]*(?:(?:20\d\d|edition|ausgabe|standard|norm|version|annex|anhang|a|control|clause|iso|of|the|der|des|ist|is|was|war)\b[\s,:(\"'’–-]*){0,3}$",
    re.IGNORECASE,
)
_BETWEEN_AFTER = re.compile(
    r"^[\s,:()\"'–-]*(?:(?:of|in|from|under|the|der|des|aus|nach|von|iso|iec|iso/iec|to|edition|standard|annex|anhang|a|27001|27002)\b[\s,:(/\"'–-]*){0,5}$",
    re.IGNORECASE,
)
_CORRESPONDING = _any_case(rf"\b{_words('corresponding')}\b")


_EXISTS = _any_case(r"\b(?:gibt es|gibts|is there|are there|exists?|existier\w+)\b")


def _edition(text: str, start: int, end: int) -> tuple[str | None, bool]:
    """(framework named for the id, whether it stands right beside it and so shuts out the others)."""
    named = sorted((match.start(), match.end(), framework) for pattern, framework in _EDITIONS for match in pattern.finditer(text))
    for begin, stop, framework in named:
        beside = (stop <= start and _BETWEEN_BEFORE.match(text[stop:start])) or (begin >= end and _BETWEEN_AFTER.match(text[end:begin]))
        if beside:
            return framework, not (_CORRESPONDING.search(text) and begin >= end)
    others = {framework for _, _, framework in named if framework != EITHER}
    return (others.pop(), bool(_EXISTS.search(text))) if len(others) == 1 else (None, False)


# --- what is not an id -----------------------------------------------------------------------------------------

_UNIT = _any_case(rf"^\s?(?:%|‰|°|€|\$|£|(?:{_words('unit')}|(?-i:A))\b)")
_NOT_BEFORE = _any_case(
    rf"(?:(?<![^\W_])(?:{_words('other')}|{_words('place')})\.?\s*(?:is|ist|of|von|was|war|:|=|>=?|<=?|nr\.?|no\.?|number|nummer)?|[#@=<>≥≤+×*$€£])\s*$"
)
_PLACE_BEFORE = _any_case(rf"(?<![^\W_]){_words('place')}\s*$")
_CHANGES = _any_case(rf"\b{_words('changes')}\b")
_DATE_BEFORE = _any_case(
    r"\b(?:am|vom|zum|ab|bis|seit|on|by|until|till|before|vor|nach|montag|dienstag|mittwoch|donnerstag|freitag|mo|di|mi|do|"
    r"fr)\.?,?\s*(?:dem|den)?\s*$"
)
_COMPANY_NUMBER = r"(?-i:[A-Z]{2,4}-[A-Z]{2,4}-\d+)"
_PAPER = _words("paper")
_OF_PAPER = _any_case(
    rf"^[,)]?\s*(?:of|in|from|der|des|dem|im|in der|in dem|aus|aus der|aus dem|unserer|unseres|von|vom|our|"
    rf"the)\s+(?:[\w'’-]+\s+){{0,4}}?(?:{_PAPER}\b|{_COMPANY_NUMBER})"
)
_OF_STANDARD = _any_case(r"\b(?:iso|iec|2700[12]|42001|62443|nist|standard|norm|annex|anhang)\b")
_BESIDE_STANDARD = _any_case(r"^\s*\(?(?:(?:of|in|from|der|des|aus|von|im)\s+)?(?:the\s+|der\s+)?(?:iso(?:/iec)?[ -]?)?2700[12]\b")
_AFTER_PAPER = _any_case(rf"(?:{_COMPANY_NUMBER}(?:\s*[@v]\s?[\d.]+)?|\b{_PAPER}),?\s*(?:in\s+|under\s+|unter\s+)?$")
_LEAD = _any_case(_words("lead"))
_ARTICLE = _any_case(r"the|our|de[rnm]|die|das|unsere?|eine?")
_SHEET = _any_case(rf"^\s*{_words('sheet')}\b")
_PRINTED = _any_case(r"\b(?:print\w*|(?:aus)?druck\w*|gedruckt\w*|scan\w*|paper|papier)\b")
_PLACE = _any_case(r"(?:\b(?:din|format|audi|autobahn|size|größe)|-)\s*$")
_FOREIGN = _any_case(r"\b(?:pci(?:[ -]dss)?|cis|soc ?2|tisax|owasp|bsi|itil|cobit)\b")
"""Standards that the catalogue does not hold number their parts alike."""


_JOINT = _any_case(r"\s*(?:,|;|/|&|\+|-|–|and|und|or|oder|to|bis|than|als)\s*")


def find(question: str) -> list[Mention]:
    """Every id in the question, in order; numbers that are versions, dates, amounts or a company's own sections are left out."""
    text = controls.fold(question)
    found: list[Mention] = []
    left_out: Spelled | None = None
    for one in controls.spelled(text):
        edition, beside = _edition(text, one.start, one.end)
        readings, status = _read(one, edition, beside)
        goes_on = left_out and one.form == "bare" and _JOINT.fullmatch(text[left_out.end : one.start])
        listed = one.form == "bare" and one.cue == "list"
        unknown = one.form == "bare" and not readings and not beside
        if goes_on or unknown or (not listed and _something_else(text, one, beside, bool(readings))):
            left_out = one
            continue
        normal = readings[0].id if one.form == "bare" and readings else one.id
        found.append(Mention(question[one.start : one.end], one.start, one.end, normal, edition, tuple(readings), status, one.form))
    return _with_ranges(found, question)


_RANGE = _any_case(r"\s*(?:-|–|to|through|until|bis(?: zu[rm]?)?)\s*(?:(?:clause|control|abschnitt|kapitel|ma(?:ß|ss)nahme)\s*)?")
_LONGEST_RANGE = 12
"""Entries of a range that are explained one by one; of a longer one its ends are."""


def _with_ranges(found: Sequence[Mention], question: str) -> list[Mention]:
    """The mentions, and between the ends of a range what lies there: A.8.21 in `A.8.20 to A.8.22`. Its place is the word that joins the two."""
    out: list[Mention] = []
    for one in found:
        before = out[-1] if out else None
        if before and before.readings and one.readings and _RANGE.fullmatch(question[before.end : one.start]):
            middle = controls.catalogue().between(before.readings[0], one.readings[0])
            place = replace(before, text=question[before.end : one.start], start=before.end, end=one.start)
            status = FOUND if before.status == AMBIGUOUS else before.status
            for entry in middle if len(middle) <= _LONGEST_RANGE else ():
                out.append(replace(place, id=entry.id, readings=(entry,), status=status))
        out.append(one)
    return out


def without(mentions: Sequence[Mention], question: str) -> str:
    """What a question says besides the ids that it names."""
    for mention in reversed(mentions):
        question = question[: mention.start] + question[mention.end :]
    return question


_ASKING = _any_case(_words("asking"))


def says_more(mentions: Sequence[Mention], question: str) -> bool:
    """True where a question says anything besides the ids that it names and the words with which one asks about an id."""
    rest = language.words(without(mentions, question))
    return any(len(word) > 1 and word not in language.ENGLISH_STOP | language.GERMAN_STOP and not _ASKING.fullmatch(word) for word in rest)


def _something_else(text: str, one: Spelled, beside: bool, exists: bool) -> bool:
    before, after = text[: one.start], text[one.end :]
    if re.search(r"\d\s\d", text[one.start : one.end]) and _UNIT.match(after):
        return True
    if one.form == "code":
        everyday = one.id.split(" ")[0] in controls.EVERYDAY or not (exists or "." in one.id)
        return everyday and not _OF_STANDARD.search(text) and _everyday(before, after, one, exists)
    if one.form == "unclear":
        return bool(_SHEET.match(after) or _PRINTED.search(text) or _PLACE.search(before)) or not _asked_about(before, plainly=True)
    if one.form == "annex":
        spelled_small = text[one.start] in "aA" and text[one.start : one.start + 2] in ("a ", "A ")
        named = one.cue not in ("", "slip") or beside or _OF_STANDARD.search(text)
        somewhere = (not named and _PLACE_BEFORE.search(before)) or (not (named or exists) and _NOT_BEFORE.search(before))
        return bool(somewhere or (spelled_small and _UNIT.match(after)))
    if (paper := _OF_PAPER.match(after)) and not _OF_STANDARD.search(paper.group()):
        return True
    if one.form == "clause":
        return one.cue != "list" and not one.cue.startswith(("clause", "sub", "norm", "klausel")) and bool(_AFTER_PAPER.search(before))
    return _bare_is_something_else(before, after, one, beside)


def _everyday(before: str, after: str, one: Spelled, exists: bool) -> bool:
    """Whether `NET 4.8` or `DATA 1` is no requirement: it is one where it exists down to its part, or stands alone in a question."""
    if _UNIT.match(after):
        return True
    following = re.search(r"[^\W_]+", after)
    plain = following is None or bool(_LEAD.fullmatch(following.group()))
    return not (_asked_about(before) and (plain or (exists and "." in one.id and before.strip() and not _NOT_BEFORE.search(before))))


def _asked_about(before: str, plainly: bool = False) -> bool:
    """Whether what follows is what a question is about: it begins with it, or leads to it; plainly is without an article."""
    words = re.findall(r"[^\s,;:()\"'„“?!]+", before)
    return not words or bool(_LEAD.fullmatch(words[-1]) and not (plainly and _ARTICLE.fullmatch(words[-1])))


def _bare_is_something_else(before: str, after: str, one: Spelled, beside: bool) -> bool:
    if _UNIT.match(after) or _NOT_BEFORE.search(before) or _AFTER_PAPER.search(before) or _FOREIGN.search(before):
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
    if _CHANGES.search(before + after):
        return True
    return not (_asked_about(before) or _BESIDE_STANDARD.match(after))


def _read(one: Spelled, edition: str | None, beside: bool) -> tuple[list[Control], str]:
    catalogue = controls.catalogue()
    if one.form == "unclear":
        return [], UNCLEAR
    every = catalogue.readings(one)
    if edition == EITHER and one.form != "code":
        every = [reading for reading in every if reading.framework in (ISO_2022, ISO_2013)]
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
        if beside and not (edition == ISO_2022 and one.id.count(".") == 3):  # a number of three parts is translated, whatever is said
            return [], UNKNOWN
    if not every:
        return [], UNKNOWN
    if {reading.framework for reading in every} == {ISO_2013}:
        return every, WITHDRAWN
    return every, AMBIGUOUS if len(every) > 1 else FOUND


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
    statements = [_of_reading(reading, language) for reading in mention.readings]
    for reading in mention.readings:
        statements += _of_mapping(reading, language)
    if " RE " in mention.id:
        statements.append(_of_enhancement(mention, german))
    if mention.id.startswith("CR "):
        statements.insert(0, _of_component(mention, german))
    return statements


def _of_reading(reading: Control, language: str) -> Statement:
    german = language == "de"
    kind = _KINDS.get(reading.kind, ("the requirement", "die Anforderung"))[german]
    standard, title = NAMES[reading.framework], _quoted(reading, german)
    if reading.framework == ISO_2013 and reading.kind in ("control", "objective", "domain"):
        return _of_withdrawn(reading, language)
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


def _of_withdrawn(reading: Control, language: str) -> Statement:
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


def _of_component(mention: Mention, german: bool) -> Statement:
    """That a requirement is one of IEC 62443-4-2; its number is that of the system requirement it is derived from."""
    base = mention.readings[0].id
    said = (
        f"{mention.id} ist eine Komponentenanforderung aus IEC 62443-4-2, die der Katalog nicht führt; die Systemanforderung dazu ist {base}."
        if german
        else f"{mention.id} is a component requirement of IEC 62443-4-2, which the catalogue does not hold; its system requirement is {base}."
    )
    return Statement(said, tuple(reading.source_id for reading in mention.readings))


def _of_unknown(mention: Mention, german: bool) -> list[Statement]:
    """That it does not exist, where its group ends, and what the id is elsewhere when another edition has it."""
    where = {EITHER: "ISO/IEC 27001", **NAMES}.get(mention.edition or "")
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
        statements += [_of_reading(entry, language), *_of_mapping(entry, language)]
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
