"""How a question is put, beside what it is about: a request for a forbidden act, a question for the rule, or talk of something else.

`Is it allowed to bridge a light curtain` and `how do I bridge a light curtain` share nearly all their words. Words and
vectors (`intents`) cannot well tell them apart; who asks for what can.
"""

import re
from functools import cache
from pathlib import Path

import yaml

from assistant.answering import cues
from knowledge import language
from knowledge.errors import BadKnowledge

_WORDS = Path(__file__).with_name("frames.yaml")
_ACTS = ("override_safety", "hide_evidence", "attack_help")
"""Reasons that name an act and what it is done to; the other two are told by one word."""
_TOLD = ("legal_verdict", "personal_data")
# In the units of `Intent.refused`; set with examples and ways of asking that the reading had not learnt from.
_FORBIDDEN, _RULE, _REQUEST, _NO_REQUEST, _NOTHING_DONE = 0.45, -0.3, 0.1, -0.1, -0.2
_FOREIGN, _OF_THE_TRADE = 0.35, -0.3
_FOLDED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "’": "'"})


@cache
def _lists() -> dict[str, re.Pattern[str]]:
    """The lists of `frames.yaml`. Raises BadKnowledge when the file cannot be read."""
    try:
        lists = yaml.safe_load(_WORDS.read_text(encoding="utf-8"))
        plain = {name: lines.replace("\n", "|") for name, lines in lists.items()}
        return {
            name: re.compile(lines if name in ("rule", "request") else rf"\b(?:{lines})\b", re.IGNORECASE) for name, lines in plain.items()
        }
    except (OSError, ValueError, yaml.YAMLError, re.error) as error:
        raise BadKnowledge(f"{_WORDS.name}: cannot be read as lists of expressions ({error})") from error


def asks_for_rule(question: str) -> bool:
    """True for `may I`, `what happens if`, `which control`: it asks what holds, whatever it is about."""
    return bool(_lists()["rule"].search(_plain(question)))


def forbidden(question: str) -> str:
    """The reason why a request is not helped with, empty where it is none: it names the act, and does not ask what holds."""
    text = _plain(question)
    if _lists()["rule"].search(text):
        return ""
    asked = _lists()["request"].search(text)
    for reason in _ACTS if asked else ():
        if _lists()[f"{reason}_act"].search(text) and _lists()[f"{reason}_object"].search(text):
            return reason
    asking = _asking(text)
    return next((reason for reason in _TOLD if _lists()[f"{reason}_act"].search(asking)), "")


def foreign(question: str) -> bool:
    """True where a word of what is asked belongs to everyday life: recipes, weather, sport, pay and holidays, school."""
    return bool(_lists()["foreign"].search(_asking(_plain(question))))


def shift(question: str, reason: str) -> tuple[float, str]:
    """(how much further a question leans to a refusal by the way it is put, the reason); `reason` is what its words and vector say."""
    if named := forbidden(question):
        return _FORBIDDEN, named
    if reason in (*_ACTS, *_TOLD):
        if asks_for_rule(question) or (reason == "personal_data" and cues.asks_of_own(question)):
            return _RULE, reason
        if _lists()["request"].search(_plain(question)):
            return _REQUEST, reason
    of_the_trade = _lists()["core"].search(_plain(question))
    if not of_the_trade and foreign(question):
        return _FOREIGN, reason if reason in (*_ACTS, *_TOLD) else "off_topic"
    if reason in _ACTS:
        told = any(_lists()[f"{reason}_{part}"].search(_plain(question)) for part in ("act", "object"))
        return _NO_REQUEST if told else _NOTHING_DONE, reason
    return (_OF_THE_TRADE if of_the_trade and reason == "off_topic" else 0.0), reason


def _asking(text: str) -> str:
    """The sentences that ask or request, without what is told before and after: `the coffee machine broke. May I go on?`."""
    sentences = re.split(r"(?<=[.!?])\s+", text)
    return (
        " ".join(one for one in sentences if one.endswith("?") or any(_lists()[name].search(one) for name in ("rule", "request"))) or text
    )


def _plain(question: str) -> str:
    return " ".join(language.clean(question).lower().translate(_FOLDED).split())
