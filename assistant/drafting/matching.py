"""Which asset a sentence speaks of: its words held against names, kinds, places and descriptions of the register."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rapidfuzz import fuzz, process

from knowledge import language
from knowledge.registers import REGISTERS

_NAME, _KIND, _PLACE, _TOLD, _WHY = 3.0, 1.2, 1.4, 1.2, 0.8
"""What a word of the sentence is worth in a name, in what kind of thing it is, in where it stands, in the description, and in why it is in scope."""
_LATE, _SECOND = 0.2, 0.5
"""What the last word of a sentence counts less than the first, and what the second part of a compound counts beside the first."""
_SYSTEM = 0.8
"""Share of its AI system's words that an asset inherits."""
_WHOLE = 1.5
"""How much more an asset counts whose whole name is said than one of whose name no word is."""
_LEFT_OUT = 0.5
"""What a word for its kind counts that a name has and the sentence leaves out."""
_AIMED = 3.0
"""How much more an asset counts of a kind at which the feared threat is aimed."""
_RETIRED = 0.6
"""What an asset of a retired AI system counts of what it would otherwise."""
_SURE, _CLEARLY = 0.18, 1.05
"""Share of the sentence's weight that the best asset holds, and how far it is ahead of the next one, to be taken unasked."""
_MEANT = 84
"""Likeness in per cent from which an unknown word is read as a misspelt one of the register."""
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=\d)")
_VERSION = re.compile(r"\b(?:v\d[\w.]*|\d+\.\d[\w.]*)\b|\([^)]*\)")


@dataclass(frozen=True)
class Match:
    """An asset and how well it answers to the sentence; `ai_system` is the one that it belongs to, if any.

    `named` where its id is said; `any_of_kind` where the sentence says no more of it than of the others of its kind.
    """

    asset: Mapping[str, Any]
    ai_system: Mapping[str, Any] | None
    share: float
    named: bool = False
    any_of_kind: bool = False


def assets(
    sentence: str,
    rows: Sequence[Mapping[str, Any]],
    systems: Sequence[Mapping[str, Any]],
    names: Mapping[str, str],
    aims: Mapping[str, float] | None = None,
) -> list[Match]:
    """The assets that the sentence may speak of, best first.

    `names` are those of sites, zones and suppliers by id, `aims` how well a class of asset fits what is feared, 0-1.
    """
    belongs = _belonging(systems)
    weights = {row["id"]: _words_of(row, belongs.get(row["id"]), names) for row in rows}
    counted = Counter(word for some in weights.values() for word in some)
    kinds = Counter(row["asset_class"] for row in rows)
    in_names = Counter(word for row in rows for word in {*_stems(str(row["name"]))})
    asked = _asked(sentence, counted)
    rarity = {word: math.log(1 + len(weights) / number) for word, number in counted.items()}
    whole = sum(max((rarity.get(word, 0.0) * share for word, share in one.items()), default=0.0) for one in asked) * _NAME or 1.0
    said = set(re.findall(r"[\w-]+", sentence.lower()))
    found = []
    for row in rows:
        words, id_ = weights[row["id"]], str(row["id"])
        score = sum(_heard(one, words, rarity) * (1 - _LATE * place / len(asked)) for place, one in enumerate(asked))
        named = _named(row, asked, in_names)
        own = {word for word, share in _stems(str(row["name"])).items() if share == 1 and in_names[word] == 1}
        score *= 1 + (_WHOLE - 1) * named
        if _verbatim(row, sentence):
            score *= _WHOLE
        score *= 1 + (_AIMED - 1) * (aims or {}).get(str(row["asset_class"] or ""), 0.0)
        if (belongs.get(id_) or {}).get("lifecycle_phase") == "retired":
            score *= _RETIRED
        if score or id_.lower() in said:
            found.append(
                Match(
                    row,
                    belongs.get(id_),
                    score / whole,
                    id_.lower() in said,
                    kinds[row["asset_class"]] > 1 and named < 1 and _only_kind(words, asked, own),
                )
            )
    return sorted(found, key=lambda match: (not match.named, -match.share, str(match.asset["id"])))


def sure(matches: Sequence[Match]) -> Match | None:
    """The best asset where it is plainly meant; None where somebody has to be asked."""
    if not matches:
        return None
    best, rest = matches[0], matches[1:]
    if best.named:
        return None if any(match.named for match in rest) else best
    rival = next((match for match in rest if _rival(match, best)), None)
    plain = best.share >= _SURE and not best.any_of_kind and (rival is None or best.share >= rival.share * _CLEARLY)
    return best if plain else None


def _rival(match: Match, best: Match) -> bool:
    """False for another part of the same AI system: the one that fits better is meant, and no harm is done if it is the other."""
    same = best.ai_system is not None and match.ai_system == best.ai_system
    return not same or match.asset["asset_class"] == best.asset["asset_class"]


def _belonging(systems: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """asset -> the AI system that it is, feeds or carries; where there are several, the one that it is counts."""
    out: dict[str, Mapping[str, Any]] = {}
    shared = Counter(id_ for system in systems for id_ in (*system["data_sources"], *system["deployed_on"]))
    for system in systems:
        out |= {id_: system for id_ in (*system["data_sources"], *system["deployed_on"]) if shared[id_] == 1 and id_ not in out}
    return out | {system["asset"]: system for system in systems if system["asset"]}


def _words_of(row: Mapping[str, Any], system: Mapping[str, Any] | None, names: Mapping[str, str]) -> dict[str, float]:
    """The words that an asset answers to, each with its weight."""
    code = str(row["asset_class"] or "")
    places = " ".join(str(row.get(name) or "") for name in ("line", "location", "host", "customer", "origin", "version"))
    places += " " + " ".join(names.get(str(row.get(name) or ""), "") for name in ("site", "zone", "supplier"))
    told = [(row["name"], _NAME), (_kind(code), _KIND), (places, _PLACE), (row["description"], _TOLD), (row.get("scope_reason"), _WHY)]
    if system is not None:
        told += [(system[name], _SYSTEM * weight) for name, weight in (("name", _NAME), ("purpose", _TOLD), ("description", _TOLD))]
    out: dict[str, float] = defaultdict(float)
    for text, weight in told:
        for word, share in _stems(str(text or "")).items():
            out[word] = max(out[word], weight * share)
    return out


def _heard(one: Mapping[str, float], words: Mapping[str, float], rarity: Mapping[str, float]) -> float:
    """What a word of the sentence, with all that it may stand for, is worth to an asset that answers to these words."""
    worth = sorted((rarity[word] * share * words[word] for word, share in one.items() if word in words), reverse=True)
    return sum(worth[:1]) + _SECOND * sum(worth[1:2])


def _only_kind(words: Mapping[str, float], asked: Sequence[Mapping[str, float]], own: set[str]) -> bool:
    """True where every word that the asset answers to is one for a kind of assets, and none stands in its name alone."""
    kind = _kinds() - own
    return all(word in kind for one in asked for word in one if word in words)


def _named(row: Mapping[str, Any], asked: Sequence[Mapping[str, float]], in_names: Mapping[str, int]) -> float:
    """Share of an asset's name that the sentence says; its version may be left out, and at half the cost a word for its kind that several share."""
    kind = _stems(_kind(str(row["asset_class"] or "")))
    total = heard = 0.0
    for part in filter(None, (_stems(word) for word in _VERSION.sub(" ", str(row["name"])).split())):
        said = max((one.get(word, 0.0) for one in asked for word in part), default=0.0)
        shared = all(word in kind and in_names[word] > 2 for word in part)
        total, heard = total + (_LEFT_OUT if shared and not said else 1.0), heard + said
    return heard / total if total else 0.0


def _verbatim(row: Mapping[str, Any], sentence: str) -> bool:
    """True where the sentence says the name letter by letter."""
    name = _VERSION.sub(" ", str(row["name"])).strip().lower()
    return len(name) > 2 and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", sentence.lower()) is not None


@lru_cache(maxsize=1)
def _kinds() -> frozenset[str]:
    """The words for all kinds of assets."""
    return frozenset(word for code in _LIKE for word in _stems(_kind(code)))


@lru_cache(maxsize=100)
def _kind(code: str) -> str:
    kinds = REGISTERS["asset"].by_name["asset_class"].codes
    return f"{' '.join(kinds[code].all()) if kinds and code in kinds else code} {_LIKE.get(code, '')}"


_LIKE = {
    "production_ai_model": "network weights inspection camera vision prediction algorithm",
    "training_dataset": "images pictures labels annotations samples training retraining learning records",
    "feature_pipeline": "preprocessing intake script",
    "serving_infrastructure": "server deployment registry",
    "edge_ai_device": "box inference device at the line",
    "api_endpoint": "call key request gateway",
    "data_storage": "share drive archive backup registry",
    "network": "switch firewall office",
    "development_environment": "notebook workstation build laptop developer",
    "monitoring": "dashboard log alarm logs",
    "plc": "program set point robot cell",
    "hmi": "screen panel display",
    "scada": "control room",
    "historian": "process data measurements time series",
    "ot_network": "zone conduit switch",
    "cloud_ai_service": "cloud vendor chat assistant language model chatbot",
    "supplier_service": "remote maintenance integrator vendor",
}
"""Further words that people use for a kind of asset; German ones are read through their meaning."""
_ACTS = frozenset(
    """use find get make let see run bring come put keep give show turn try start stop call know part take
    copi steal sell leak download replac swap exchang chang manipul alter poison flood""".split()
)
"""What happens in any sentence, and tells no asset."""
_GLOSSED, _PART = 0.8, 0.4
"""What an English meaning of a German word, and a part of a name written together, count beside the word itself."""


def _asked(sentence: str, known: Iterable[str]) -> list[Mapping[str, float]]:
    """For each word of a sentence the stems that it may stand for, with what each counts; a misspelt one stands for one of the register."""
    words, tongue = set(known), language.language_of(sentence)
    found: list[Mapping[str, float]] = []
    for word in language.WORD.findall(sentence):
        stems = _stems(word, tongue)
        if len(word) > 4 and stems and not any(one in words for one in stems):
            near = process.extractOne(
                word.lower(), [one for one in words if one[0] == word[0].lower()], scorer=fuzz.ratio, score_cutoff=_MEANT
            )
            stems = {near[0]: near[1] / 100} if near else {}
        found.append(stems)
    return [one for one in found if one]


@lru_cache(maxsize=20_000)
def _stems(text: str, tongue: str = "") -> Mapping[str, float]:
    """Stems of a text with what each counts: of `WeldEye` its parts too, and of a German text its meaning in English."""
    tongue = tongue or language.language_of(text)
    stop = _ACTS | language.ENGLISH_STOP | (language.GERMAN_STOP if tongue == "de" else frozenset())
    found: dict[str, float] = {}
    for part in _CAMEL.sub(" ", text).split():
        found |= dict.fromkeys(language.stems(part, "en") if len(part) > 1 else [], _PART)
    if tongue == "de":
        found |= dict.fromkeys(language.stems(language.the_glossary().gloss(text), "en"), _GLOSSED)
        found |= dict.fromkeys(language.stems(text, "de"), 1.0)
    found |= {language.stem(word, "en"): 1.0 for word in language.words(text)}
    return {word: share for word, share in found.items() if word not in stop and (len(word) > 1 or word.isdigit())}
