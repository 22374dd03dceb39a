"""Which asset a sentence speaks of: its words held against names, kinds, places and descriptions of the register."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from knowledge import language
from knowledge.registers import REGISTERS

_NAME, _KIND, _PLACE, _TOLD = 3.0, 1.6, 1.4, 1.0
"""What a word of the sentence is worth in a name, in what kind of thing it is, in where it stands, and in the description."""
_SYSTEM = 0.8
"""Share of its AI system's words that an asset inherits."""
_SURE, _CLEARLY = 0.3, 1.15
"""Share of the sentence's weight that the best asset holds, and how far it is ahead of the next one of another kind, to be taken unasked."""
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=\d)")


@dataclass(frozen=True)
class Match:
    """An asset and how much of the sentence it answers to, 0-1; `ai_system` is the one that it belongs to, if any."""

    asset: Mapping[str, Any]
    ai_system: Mapping[str, Any] | None
    share: float


def assets(sentence: str, rows: Sequence[Mapping[str, Any]], systems: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> list[Match]:
    """The assets that the sentence may speak of, best first. `names` are those of sites, zones and suppliers by id."""
    belongs = _belonging(systems)
    weights = {row["id"]: _words_of(row, belongs.get(row["id"]), names) for row in rows}
    counted = Counter(word for some in weights.values() for word in some)
    asked = _asked(sentence)
    idf = {word: math.log(1 + len(weights) / (1 + counted[word])) for word in asked if counted[word]}
    whole = sum(idf.values()) * _NAME or 1.0
    found = []
    for row in rows:
        words = weights[row["id"]]
        score = sum(idf[word] * words[word] for word in idf if word in words)
        if row["id"].lower() in sentence.lower().split():
            score = whole
        if score:
            found.append(Match(row, belongs.get(row["id"]), min(1.0, score / whole)))
    return sorted(found, key=lambda match: (-match.share, match.asset["id"]))


def sure(matches: Sequence[Match]) -> Match | None:
    """The best asset where it is plainly meant; None where somebody has to be asked."""
    if not matches or matches[0].share < _SURE:
        return None
    best = matches[0]
    rival = next((match for match in matches[1:] if match.ai_system != best.ai_system or best.ai_system is None), None)
    return best if rival is None or best.share >= rival.share * _CLEARLY else None


def _belonging(systems: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """asset -> the AI system that it is, feeds or carries; where there are several, the one that it is counts."""
    out: dict[str, Mapping[str, Any]] = {}
    shared = Counter(id_ for system in systems for id_ in (*system["data_sources"], *system["deployed_on"]))
    for system in systems:
        out |= {id_: system for id_ in (*system["data_sources"], *system["deployed_on"]) if shared[id_] == 1 and id_ not in out}
    return out | {system["asset"]: system for system in systems if system["asset"]}


def _words_of(row: Mapping[str, Any], system: Mapping[str, Any] | None, names: Mapping[str, str]) -> dict[str, float]:
    """The words that an asset answers to, each with its weight."""
    kinds = REGISTERS["asset"].by_name["asset_class"].codes
    code = str(row["asset_class"] or "")
    kind = " ".join(kinds[code].all()) if kinds and code in kinds else code
    places = " ".join(str(row.get(name) or "") for name in ("line", "location", "host", "customer", "origin", "version"))
    places += " " + " ".join(names.get(str(row.get(name) or ""), "") for name in ("site", "zone", "supplier"))
    out: dict[str, float] = defaultdict(float)
    for text, weight in ((row["name"], _NAME), (f"{kind} {_LIKE.get(code, '')}", _KIND), (places, _PLACE), (row["description"], _TOLD)):
        for word in _stems(str(text or "")):
            out[word] = max(out[word], weight)
    if system is not None:
        for text, weight in ((system["name"], _NAME), (system["purpose"], _TOLD), (system["description"], _TOLD)):
            for word in _stems(str(text or "")):
                out[word] = max(out[word], _SYSTEM * weight)
    return out


_LIKE = {
    "production_ai_model": "network weights inspection camera vision prediction algorithm Gewichte Kamera Vorhersage",
    "training_dataset": "images pictures labels annotations samples retraining learning records Bilder Labels Etiketten Annotationen Nachtraining Lerndaten",
    "feature_pipeline": "preprocessing intake script Vorverarbeitung",
    "serving_infrastructure": "server deployment registry",
    "edge_ai_device": "box inference device at the line Gerät Kasten",
    "api_endpoint": "call key request gateway Abfrage Schlüssel",
    "data_storage": "share drive archive backup registry Laufwerk Archiv Sicherung Ablage",
    "network": "switch firewall office Büronetz",
    "development_environment": "notebook workstation build laptop developer Entwickler",
    "monitoring": "dashboard log alarm logs Protokoll",
    "plc": "program set point robot cell Steuerungsprogramm Sollwert Roboter Zelle",
    "hmi": "screen panel display Bildschirm",
    "scada": "control room Leitstand",
    "historian": "process data measurements time series Prozessdaten Messwerte",
    "ot_network": "zone conduit switch Zelle",
    "cloud_ai_service": "cloud vendor chat assistant language model Sprachmodell Assistent Chatbot",
    "supplier_service": "remote maintenance integrator vendor Fernwartung Dienstleister",
}
"""Further words for a kind of asset that people use for it."""


def _asked(sentence: str) -> set[str]:
    """The stems of a sentence, a German one's in English too."""
    found = set(_stems(sentence))
    if language.language_of(sentence) == "de":
        found |= set(language.stems(language.the_glossary().gloss(sentence), "en"))
    return found


def _stems(text: str) -> list[str]:
    whole = f"{text} {_CAMEL.sub(' ', text)}"
    return [*language.stems(whole, "en"), *language.stems(whole, "de")]
