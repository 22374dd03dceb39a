"""Documents and records that the standards demand, in a question: the papers themselves, or the clauses that demand them."""

import re

from assistant.answering.catalogue import tags
from assistant.answering.catalogue.asked import group_of, other_conditions, ours, query_of
from assistant.answering.catalogue.named import id_conditions
from assistant.answering.catalogue.query import CatalogueQuery
from assistant.answering.catalogue.wording import ANY_CASE, any_of, ids_in, leftover, search
from knowledge import controls
from knowledge.controls import AI, ISO_2022

_ONLY_IF = r"only if|if applicable|applicable control|wenn anwendbar|nur\b.{0,20}\bwenn|sofern|falls anwendbar|nur bei"


AI_SPECIFIC = r"\b(?:ai|ki|ml)[- ]?(?:specific|spezifisch\w*|related)\b"


def documents(text: str, language: str) -> CatalogueQuery | None:
    if not any_of("papers").search(text) or not _demands(text):
        return None
    if search(r"\b(?:our|unser\w*|overdue|missing|draft|approved|fehlen\w*|überfällig\w*|owner)\b", text):
        return None
    if _about_more(text):
        return None
    if _clauses_asked(text):
        below = id_conditions(text, ISO_2022) or []
        demanded = "no" if any_of("not").search(text) else "yes"
        where = [
            group_of("documented_information_required", "is", demanded),
            *((one,) for one in (*other_conditions(text, ISO_2022), *below)),
        ]
        return query_of(ISO_2022, ("subclause",), where, text, language)
    kinds, where = _paper_kinds(text), []
    found = [one for one in ids_in(text) if one.form in ("clause", "annex", "bare")]
    if found:
        readings = [entry for one in found for entry in controls.catalogue().readings(one) if entry.framework in (ISO_2022, AI)]
        if not readings:
            return None
        names = [("42001:" if entry.framework == AI else "") + entry.id for entry in readings]
        below_ids = [child.id for entry in readings for child in controls.catalogue().within(entry) if child.framework == ISO_2022]
        where.append(group_of("reference", "is", *dict.fromkeys([*names, *below_ids])))
        if any(entry.kind in ("control", "theme") for entry in readings) and not search(AI_SPECIFIC, text):
            of_clause = kinds if any(entry.kind in ("clause", "subclause") for entry in readings) else []
            kinds = [*of_clause, "control document", "control record"]
    return query_of("documents", tuple(kinds), where, text, language)


def _about_more(text: str) -> bool:
    """Whether something is named besides papers, the demand for them, and ids: the documents of a trade or of a machine."""
    said = (
        any_of("papers").pattern,
        any_of("demanded").pattern,
        _ONLY_IF,
        AI_SPECIFIC,
        r"\bneed(?:ed|s)?\b|\bnötig\w*|\bbenötigt\w*|\bapplicable\b|\banwendbar\w*|\bapplies\b",
    )
    return bool(leftover(re.sub("|".join(said), " ", tags.without_tags(text), flags=ANY_CASE)))


DOCUMENTED = r"\bdocumented information|\bdokumentierte\w* information"


def _clauses_asked(text: str) -> bool:
    """Whether the clauses are asked for that demand papers, not the papers."""
    noun = r"(?:sub-?clauses?|clauses?|abschnitten?|unterabschnitten?|klauseln|kapiteln?|sections|chapters|parts|teile)"
    asked = (
        rf"\b(?:which|what|how many|welche\w*|wie ?viele|list(?: all| the)?|all|alle)(?: \w+)? {noun}\b|^\W*{noun}\b(?! \d)|"
        rf"^\W*(?:where|wo)\b"
    )
    return bool(search(asked, text))


def _demands(text: str) -> bool:
    """Whether papers are asked for that a standard demands, be it only for a clause that is named."""
    demanded = any_of("demanded").search(text) or search(_ONLY_IF, text) or search(AI_SPECIFIC, text)
    asked = any_of("asks").search(text) or re.match(
        rf"\W*(?:{AI_SPECIFIC}|mandatory|required|pflichtdok|{any_of('papers').pattern})", text, ANY_CASE
    )
    of_standard = search(DOCUMENTED, text) and (_clauses_asked(text) or (any_of("asks").search(text) and ids_in(text)))
    if (demanded and asked) or (of_standard and not ours(text)):
        return True
    named = [one for one in ids_in(text) if one.form in ("clause", "annex", "bare")]
    wanted = r"\b(?:needs?|wants?|asks? for|calls? for|belongs? (?:to|with)|gehör\w* zu|goe?s? with|braucht|brauche|will|for|zu|für|bei|has|have|hat)\b"
    rest = re.sub(rf"{any_of('papers').pattern}|{any_of('demanded').pattern}|{wanted}", " ", text, flags=ANY_CASE)
    return bool(named and search(wanted, text) and not ours(text) and not leftover(rest))


def _paper_kinds(text: str) -> list[str]:
    if search(AI_SPECIFIC, text):
        return ["AI-specific document"]
    kinds = ["clause document", "clause record"]
    of_controls = search(r"\bcontrols?\b|\bma(?:ß|ss)nahmen\b|annex|anhang", text) and not search(r"\bclauses?\b|abschnitt|klausel", text)
    if search(_ONLY_IF, text) or of_controls:
        kinds = ["control document", "control record"]
    if search(r"\brecords?\b|aufzeichnung", text) and not search(r"\bdocuments?\b|\bdocs?\b|dokument|docs|unterlagen", text):
        kinds = [kind for kind in kinds if kind.endswith("record")]
    return kinds
