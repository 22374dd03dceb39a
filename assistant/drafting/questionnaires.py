"""A customer's questionnaire to a proposed answer a row, from approved facts; what nobody has recorded stays blank.

Whether something is done is read from the Statement of Applicability, how it is done from approved documents. A rule in a document alone says that it is
decided, not that it is carried out.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from assistant import addresses, verification
from assistant.drafting.filling import implementation
from assistant.drafting.sources import Source
from assistant.drafting.statements import Registers
from knowledge import controls, language

Verdict = Literal["yes", "partly", "no", "needs information"]
Controls = Callable[[str], list[tuple[str, float]]]
"""A question to source ids of Annex A controls that it is about, best first, with how well they fit, 0-1."""

_FITS, _PLAINLY = 0.6, 0.65
"""Fit from which a control is what a question is about, and from which its state alone answers without a document that does."""
_BY_STATUS: dict[str, Verdict] = {"implemented": "yes", "under review": "yes", "partly": "partly", "planned": "no", "not started": "no"}
"""What the state in the Statement of Applicability says; whatever has no evidence or was never checked says nothing."""
_OPEN = re.compile(
    r"^(how|what|which|who|when|where|describe|provide|please|list|wie|wer|was|wann|welche|beschreiben|nennen)\b", re.IGNORECASE
)
_NEGATED = re.compile(r"\b(not|no|never|none|without|cannot|lack\w*|nicht|kein\w*|nie|niemals|ohne|fehl\w*)\b|n['’]t\b", re.IGNORECASE)
_HISTORY = re.compile(
    r"\b(ever|have you had|has .{0,40}(occurred|happened)|suffered|experienced|in the (last|past)|jemals|hatten sie|gab es|in den letzten|im letzten|erlitten)\b",
    re.IGNORECASE,
)
_PROOF = re.compile(
    r"\b(certifi\w*|attest\w*|accredit\w*|soc\s?[123]|pci|tisax|hipaa|fedramp|c5|insurance|insured|zertifi\w*|\w*versicher\w*|akkredit\w*|testat\w*)\b",
    re.IGNORECASE,
)
"""Papers and past events: whether there are any stands in no control."""
_FORBIDS = re.compile(
    r"\b(forbid\w*|forbidden|prohibit\w*|ban(s|ned)?|prevent\w*|disallow\w*|block(s|ed)?|(not|never) (be )?(allowed|permitted|used|shared|connected)|must not|may not|no one|nobody|verbiet\w*|verboten|untersag\w*"
    r"|(dürfen|darf)\b.*\b(nicht|kein\w*)|(nicht|kein\w*)\b.*\b(erlaubt|gestattet|zulässig)|unzulässig)\b",
    re.IGNORECASE,
)
_POLICY = re.compile(
    r"\b(allow(s|ed)?|permit(s|ted)?|may (staff|employees|users|people|visitors|suppliers)|can (staff|employees|users|anyone|visitors|suppliers)|shared (accounts?|logins?|passwords?)|default passwords?|generic accounts?"
    r"|erlaub\w*|gestatte\w*|zulässig|dürfen|darf)\b|" + _FORBIDS.pattern,
    re.IGNORECASE,
)
"""Questions after a rule, to which yes may be the worse answer."""
_ONLY = re.compile(r"\b(only|except|unless|nur|außer|ausgenommen|ausnahme\w*)\b", re.IGNORECASE)
_EVERY = re.compile(r"\b(all|every|each|always|any|alle[nrsm]?|jede[nrsm]?|immer|stets|sämtliche)\b", re.IGNORECASE)
_WORDS = {
    "en": {"yes": "Yes", "partly": "Partly", "no": "No", "needs information": ""},
    "de": {"yes": "Ja", "partly": "Teilweise", "no": "Nein", "needs information": ""},
}
MOST_QUESTIONS = 200
"""Questions that are answered in one request."""


@dataclass(frozen=True)
class Proposed:
    """The proposed answer to one question: a verdict with the words and sources behind it; `ask` says what is missing where it needs information."""

    question: str
    verdict: Verdict
    text: str
    sources: tuple[Source, ...]
    ask: str = ""


def answer(registers: Registers, question: str, says: Sequence[Source], about: Sequence[tuple[str, float]]) -> Proposed:
    """The answer that approved facts give. `says` are sentences of approved documents that answer, `about` the controls it is about."""
    recorded = {row["id"]: row for row in registers.rows("control_status")}
    entry, fit = next(((found, fit) for id_, fit in about if fit >= _FITS and (found := controls.catalogue().by_source(id_))), (None, 0.0))
    row = recorded.get(entry.id, {}) if entry else {}
    sources = list(says[:2])
    status = implementation(row) if row else "never checked"
    verdict = _verdict(question, says, row, status, fit)
    if entry and row and not _POLICY.search(question):
        proof = f", evidence {', '.join(row['evidence'])}" if row.get("evidence") else ""
        sources.append(
            Source(
                f"row:{entry.id}", "register", f"{entry.id} {entry.title}", f"{status}{proof}", addresses.row("control_status", entry.id)
            )
        )
    if verdict == "needs information":
        return Proposed(question, verdict, "", tuple(sources), _missing(entry, row, status, says))
    told = " ".join(f"{one.quote} ({one.title})" for one in says[:2])
    state = "" if _OPEN.match(question) or _POLICY.search(question) else _state(entry, row, status)
    return Proposed(question, verdict, f"{told} {state}".strip(), tuple(sources))


def _verdict(question: str, says: Sequence[Source], row: Any, status: str, fit: float) -> Verdict:
    """What may be said; wherever the facts do not plainly carry it, a person answers."""
    quotes = " ".join(one.quote for one in says[:2])
    if _OPEN.match(question):
        return "yes" if says else "needs information"
    if _NEGATED.search(question) or _HISTORY.search(question) or _PROOF.search(question) or not _numbers(question) <= _numbers(quotes):
        return "needs information"
    if _POLICY.search(question):
        return _ruled(question, says)
    if row.get("applicable") is not True or not (says or fit >= _PLAINLY):
        return "needs information"
    if _EVERY.search(question) and not _EVERY.search(quotes):
        return "partly" if status in ("implemented", "under review", "partly") else "needs information"
    return _BY_STATUS.get(status, "needs information")


def _ruled(question: str, says: Sequence[Source]) -> Verdict:
    """Whether something unwelcome is allowed: what the first rule about it says; a question whether it is forbidden is the other way round."""
    rule = next((one.quote for one in says[:2] if verification.words_stand(question, one.quote)), "")
    if not _FORBIDS.search(rule):
        return "needs information"
    if _ONLY.search(rule):
        return "partly"
    return "yes" if _FORBIDS.search(question) else "no"


def _numbers(text: str) -> set[str]:
    return set(re.findall(r"\d+(?:[.,]\d+)*", text))


def _state(entry: controls.Control | None, row: Any, status: str) -> str:
    if entry is None or not row:
        return ""
    checked = f", last checked {row['last_checked']}" if row.get("last_checked") else ""
    return f"{entry.title}: {status}{checked}."


def _missing(entry: controls.Control | None, row: Any, status: str, says: Sequence[Source]) -> str:
    if entry is None:
        return "No control was found that this is about; the ISMS manager answers it."
    if row.get("applicable") is False:
        return f"{entry.id} {entry.title} is excluded: {row.get('exclusion_reason') or 'without a reason'}."
    quoted = f" A document says: {says[0].quote} ({says[0].title})" if says else ""
    return f"{entry.id} {entry.title}: {status}.{quoted}"


def pasted(text: str) -> list[str]:
    """The questions of a text that was pasted: a line each; numbers and bullets before them are left out."""
    lines = (re.sub(r"^\s*(?:[-*•]|\(?\d+(?:\.\d+)*[.)]?)\s+", "", line).strip() for line in text.splitlines())
    return [line for line in lines if len(line.split()) > 2]


def cells(made: Proposed) -> tuple[str, str]:
    """(answer, comment) as they are written: a question that asks how is answered by the words themselves."""
    if made.verdict != "needs information" and _OPEN.match(made.question):
        return made.text, ""
    return _WORDS[language.language_of(made.question)][made.verdict], made.text
