"""Which frameworks and ids a question names: whose entries are asked for, which mention belongs to an id, what lies below a group."""

import re
from collections.abc import Iterator
from functools import lru_cache

from assistant.answering.catalogue import tags
from assistant.answering.catalogue.asked import IN_BOTH, NEW, NOT_IN_2013
from assistant.answering.catalogue.query import STANDARD_KINDS, Condition
from assistant.answering.catalogue.wording import AMENDED, ANY_CASE, compiled, ids_in, search, stem_of, without_ids
from knowledge import controls
from knowledge.controls import AI, ATLAS, CSF, IEC, ISO_2013, ISO_2022, Control, Spelled

_EDITIONS = (
    (
        r"\b(?:27001|27002)\s?:\s?2013\b|\b2013(?:er|s)?\b|\b(?:old|former|alte[nrms]?|frühere[nrms]?)\s+"
        r"(?:(?=a\.?\s?\d)|iso|edition|standard|norm|domains?|domänen?|bereiche?|controls?|ma(?:ß|ss)nahmen?|numbers?|ids?|nummern?|"
        r"annex(?: a)? (?:controls?|ids?|numbers?))\b",
        ISO_2013,
    ),
    (r"\b(?:27001|27002)\s?:\s?2022\b|\b2022(?:er|s)?\b", ISO_2022),
    (r"\b42001(?:er)?\b", AI),
    (
        r"\b62443-3-3\b|\bsystem requirements?\b|\bsystemanforderungen\b|\bfoundational requirements?\b|"
        r"\bgrundlegende[nr]? anforderungen\b|\bgrundanforderungen\b|\bsrs\b|\bsr(?!\s?\d)\b|\bfrs\b",
        "iec62443-3-3",
    ),
    (r"\b62443-2-1\b", "iec62443-2-1"),
    (r"\b62443-3-2\b|\bzcrs\b", "iec62443-3-2"),
    (r"\b62443(?!-\d)\b", "iec62443"),
    (r"\b(?:nist(?:[ -]csf)?|csf)\b|\bsubcategor(?:y|ies)\b|\bunterkategorien?\b", CSF),
    (r"\batlas\b|\bmitre\b", ATLAS),
)


OWN = {framework: pattern for pattern, framework in _EDITIONS}


NOUNS = {
    ISO_2022: {
        "subclause": r"sub-?clauses?|sub-?sections?|clauses?|abschnitten?|unterabschnitten?|klauseln?|kapiteln?",
        "control": r"controls?|ma(?:ß|ss)nahmen?",
    },
    ISO_2013: {
        "domain": r"domains?|domänen?|bereiche?",
        "objective": r"(?:control )?objectives?|ziele?",
        "control": r"controls?|ma(?:ß|ss)nahmen?",
    },
    AI: {
        "group": r"(?:control )?groups?|gruppen?",
        "subclause": r"clauses?|abschnitten?|klauseln?|kapiteln?",
        "control": r"controls?|ma(?:ß|ss)nahmen?",
    },
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
        "foundational-requirement": r"foundational requirements?|grundlegende[nr]? anforderungen?|grundanforderungen|frs?(?!\s?\d)",
        "requirement": r"requirements?|srs?|anforderungen",
    },
}
"""What the entries of a framework are called, by kind; the first kind that is named is listed."""


MAIN_CLAUSES = r"\bmain clauses?\b|\bhaupt(?:abschnitte?n?|kapiteln?|klauseln?)\b"


def chooses(text: str) -> bool:
    """Whether some of the ids named are asked for, not what each is."""
    return bool(
        search(
            r"\b(?:which|welche[rns]?|how many|wie ?viele)\s+(?:of|von|ones?|are|is|sind|ist|controls?|do|has|have|haben|"
            r"davon)\b",
            text,
        )
    )


def target_of(text: str) -> str | None:
    """The framework whose entries are asked for: the one named, and where two are named the one beside the asking word."""
    found = ids_in(text)
    owned = {start for one in found for start, _, _ in _own_editions(text, one)}
    if named := [framework for start, framework, _ in editions(text) if start not in owned]:
        return named[0]
    if search(r"\btechniques?\b|\btechniken\b|\bmitigations?\b", text):
        return ATLAS
    foreign = found and not any(controls.catalogue().readings(one, ISO_2022) for one in found)
    plain = search(r"\b2700[12]\b", text) if foreign else None
    return ISO_2022 if plain and not any(_gap(text, one, plain) for one in found) else None


@lru_cache(maxsize=64)
def editions(text: str) -> list[tuple[int, str, re.Match[str]]]:
    """The frameworks that the text names, in order, with where."""
    found = [(match.start(), framework, match) for pattern, framework in _EDITIONS for match in compiled(pattern).finditer(text)]
    return sorted(found, key=lambda one: one[0])


_TO_ID = (
    r"[\s:,(]*(?:annex(?: a)?|anhang(?: a)?|control|ma(?:ß|ss)nahme|domain|domäne|bereich|edition|version|ausgabe|fassung|"
    r"number|nummer)?\s*$"
)


_FROM_ID = (
    r"^[\s(]*(?:domain|domäne|control|ma(?:ß|ss)nahme|bereich)?\s*(?:of|from|der|des|von|aus(?: der)?|in)?\s*(?:the|der|"
    r"dem)?\s*(?:old|alte[nr]?)?\s*"
    r"(?:edition|version|standard|norm|ausgabe|fassung)?\s*(?:of|von)?\s*(?:iso(?:/iec)?)?\s*$"
)


def _own_editions(text: str, one: Spelled) -> Iterator[tuple[int, str, re.Match[str]]]:
    """The mentions of a framework that stand beside an id of it and so belong to the id."""
    return (named for named in _beside(text, one) if controls.catalogue().readings(one, named[1]))


def is_beside(text: str, one: Spelled, framework: str) -> bool:
    """Whether an edition is named right beside an id, as its own, whether or not it has the id."""
    return any(named == framework for _, named, _ in _beside(text, one))


def _beside(text: str, one: Spelled) -> Iterator[tuple[int, str, re.Match[str]]]:
    for start, framework, match in editions(text):
        sought = start > one.start and stem_of("corresponding").search(text) and search(r"\bin\b", text[one.end : start])
        if _gap(text, one, match) and not (sought and framework != ISO_2013):
            yield start, framework, match


def _gap(text: str, one: Spelled, named: re.Match[str]) -> bool:
    """Whether nothing but words that join the two stands between an id and the name of a standard."""
    if named.end() <= one.start:
        return bool(compiled(_TO_ID).fullmatch(text[named.end() : one.start]))
    return bool(compiled(_FROM_ID).fullmatch(text[one.end : named.start()]))


def own_framework(text: str, one: Spelled) -> str | None:
    """The framework named right beside an id."""
    return next((framework for _, framework, _ in _own_editions(text, one)), None)


def listed(text: str) -> tuple[str, tuple[str, ...]]:
    """The framework and the kinds that a question lists."""
    framework = target_of(text) or ISO_2022
    if search(rf"{NOT_IN_2013}|{IN_BOTH}", text) or search(
        rf"{AMENDED}|\bnew\b.{{0,20}}2022|2022.{{0,20}}\bnew\b|neu\w*\s+(?:in|controls|ma(?:ß|ss)nahmen)", text
    ):
        framework = ISO_2022
    if framework == "iec62443" and search(r"foundational|grundlegende", text):
        framework = "iec62443-3-3"
    controls_named = search(r"\bcontrols?\b|\bma(?:ß|ss)nahmen?\b", text)
    if framework == ISO_2022:
        if search(MAIN_CLAUSES, text):
            return framework, ("clause",)
        if search(AMENDED, text) and search(r"\bannex(?: a)?\b|\banhang\b", text):
            return framework, ("control",)
        if not controls_named and search(rf"\b(?:{NOUNS[ISO_2022]['subclause']})\b", text):
            return framework, ("subclause",)
        return framework, ("subclause", "control") if search(AMENDED, text) else STANDARD_KINDS[framework]
    kind = _kind_named(text, framework)
    return framework, (kind,) if kind else STANDARD_KINDS[framework]


def _kind_named(text: str, framework: str) -> str | None:
    """The kind of entry that the question names first, besides the one that says what an id is: `controls in domain A.15`."""
    for one in reversed(ids_in(text)):
        text = (
            compiled(r"\b(?:domain|domäne|bereich|objective|ziel|group|gruppe|function|funktion|category|kategorie)\s+$").sub(
                " ", text[: one.start]
            )
            + text[one.start :]
        )
    named = [(match.start(), kind) for kind, pattern in NOUNS.get(framework, {}).items() if (match := search(rf"\b(?:{pattern})\b", text))]
    return min(named, key=lambda one: one[0])[1] if named else None


def id_conditions(text: str, framework: str) -> list[Condition] | None:
    """Conditions on ids: a group or a range; None when a single entry is named, for that is explained, not listed."""
    found = [one for one in ids_in(text) if one.form in ("annex", "clause", "code")]
    if not found:
        group = _group_named(text, framework)
        return [Condition("id", "under", (group.id,))] if group else []
    if len(found) == 1 and re.match(r"\s*(?:to|through|bis|[-–])\s*\d", text[found[0].end :]):
        return None
    numbers = tuple(_theme_of(text, one) or one.id for one in found)
    between = text[found[0].end : found[1].start] if len(found) == 2 else ""
    home = own_framework(text, found[0]) or framework
    groups = all(_is_group(number, home) for number in numbers)
    together = search(r"\b(?:and|und)\b", between) and not search(r"\bbetween|zwischen", text)
    if search(r"\b(?:to|through|until|and|bis|und)\b|[-–]", between) and not together:
        return None if groups else [Condition("id", "between", numbers)]
    if groups:
        return [Condition("id", "under", numbers)]
    return [Condition("id", "is", numbers)] if len(found) > 1 and (tags.tags(text) or NEW.search(text)) and chooses(text) else None


def exists(framework: str, id_: str) -> bool:
    """Whether a framework, or a part of it, has an entry of that id."""
    return any(controls.catalogue().get(name, id_) for name in (IEC if framework == "iec62443" else (framework,)))


def _theme_of(text: str, one: Spelled) -> str:
    """The theme that is meant by the number of its section: `controls in section 8`; empty for any other id."""
    theme = controls.catalogue().get(ISO_2022, f"A.{one.id}")
    asked = one.form == "clause" and one.cue.startswith(("section", "chapter", "kap", "abschnitt")) and search(_CONTROLS, text)
    return theme.id if theme and asked and not search(NOUNS[ISO_2022]["subclause"], text[: one.start]) else ""


_CONTROLS = rf"\b(?:{NOUNS[ISO_2022]['control']})\b"


def _is_group(id_: str, framework: str) -> bool:
    """Whether an id has entries below it in the first framework that has it, the one asked for before the others."""
    catalogue = controls.catalogue()
    homes = (catalogue.get(name, id_) for name in (framework, ISO_2022, ISO_2013, AI, *IEC, CSF))
    return any(len(catalogue.within(entry)) > 1 for entry in [next(filter(None, homes), None)] if entry)


def _group_named(text: str, framework: str) -> Control | None:
    """The group of another framework whose title, or for a function of NIST CSF whose letters, the question gives."""
    parts: tuple[str, ...] = () if framework in (ISO_2022, ATLAS) else IEC if framework == "iec62443" else (framework,)
    below = r"\b(?:under|in|of|below|unter|aus|von|belong(?:s|ing)? to|gehören zu|within|about|zu|for|für|functions?|funktion)\b"
    for entry in (entry for name in parts for entry in controls.catalogue().entries(name)):
        names = [entry.title, entry.title_de, *([entry.id] if entry.kind == "function" else [])]
        for name in names:
            found = search(rf"(?<!\w){re.escape(name)}(?!\w)", text)
            if found and search(below, text[: found.start()]) and len(controls.catalogue().within(entry)) > 1:
                return entry if len(name) > 2 or found.group().isupper() else None
    return None


def without_group_titles(text: str, ids: list[Condition]) -> str:
    """The text without the title of a group that it names, by id or not."""
    text = without_ids(text)
    for value in (value for one in ids for value in one.values):
        for name in (CSF, *IEC, AI, ISO_2013):
            if entry := controls.catalogue().get(name, value):
                pattern = "|".join(re.escape(word) for word in (entry.title, entry.title_de, entry.id))
                text = re.sub(rf"(?<!\w)(?:{pattern})(?!\w)", " ", text, flags=ANY_CASE)
    return text


def home_of(text: str, ids: Condition, framework: str, kinds: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The framework that the ids belong to when none is named, and what is listed of it."""
    names = (framework, ISO_2022, ISO_2013, AI, *IEC, CSF)
    home = next((name for name in names if controls.catalogue().get(name, ids.values[0])), framework)
    if home == ISO_2022 and not ids.values[0].startswith("A."):
        return home, ("subclause",)
    if home == ISO_2022 and kinds == ("subclause",):
        return home, STANDARD_KINDS[home]
    if home == framework and kinds:
        return home, kinds
    kind = _kind_named(without_ids(text), home)
    return home, (kind,) if kind else STANDARD_KINDS[home]
