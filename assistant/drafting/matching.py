"""Which asset a sentence speaks of: its words held against names, kinds, places and descriptions of the register."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from statistics import median
from typing import Any

from assistant.drafting.vocabulary import VERSION, Vocabulary, Word, kind_of, stems
from knowledge.registers.rights import Actor

_WHOLE = 1.5
"""How much more an asset counts whose whole name is said than one of whose name no word is."""
_CALLED = 0.85
"""Share of its name from which an asset is called by it: all of it, half of it perhaps in another language."""
_LEFT_OUT = 0.5
"""What a word for its kind counts that a name has and the sentence leaves out."""
_AIMED = 2.5
"""How much more an asset counts of a kind at which the feared threat is aimed."""
_RETIRED = 0.6
"""What an asset of a retired AI system counts of what it would otherwise."""
_ENOUGH = 3.4
"""What has to be said of an asset beside its kind, times how far it is ahead: about one word of its description that few others have."""
_AHEAD = 2.0
"""How far ahead counts at most."""
_NEAR = 0.25
"""What nearness in meaning counts beside the words, of which the asset that answers to most has 1."""
_NO_MORE = 0.85
"""What an asset counts of which the sentence says no more than its kind."""
_CLEARLY, _SAME = 1.02, 1.1
"""How far the best asset is ahead of the next one to be taken unasked, and how far parts of an AI system may be ahead of it that are all the same."""

OF_AI = frozenset(
    {"production_ai_model", "training_dataset", "feature_pipeline", "serving_infrastructure", "edge_ai_device", "cloud_ai_service"}
)
"""Classes of assets that are parts of AI systems."""
_SPEAKSOF_AI = re.compile(
    r"""\b(?:ai|ki(?:-\w+)?|bots?)\b|\bmodel(?:s|le?n?|ls)?\b|\b\w*modell(?:e|en|s)?\b|\b(?:re)?train(?:ing|ed|s\b|iert)|\w+training|\blabel|\bannotat|\binferen|\bneural|\bneuronal|\bweights\b
    |\bgewichte\b|\bclassifi|\bpredict|\bvorhersag|\bforecast|\w*prognose|\bassistant\b|\bassistent|\bchatbot|\brecommend|\w*datensatz\b|\bdata\s?sets?\b""",
    re.IGNORECASE | re.VERBOSE,
)


Alike = Callable[[str, Iterable[str], Actor], Mapping[str, float]]
"""A sentence, ids of rows and who asks, to how near what is written of each row comes to the sentence in meaning."""


@dataclass(frozen=True)
class Match:
    """An asset and how well it answers to the sentence; `ai_system` is the one that it belongs to, if any.

    `named` where its id is said; `told` is what words say of it that are not those for a kind of assets.
    """

    asset: Mapping[str, Any]
    ai_system: Mapping[str, Any] | None
    share: float
    named: bool = False
    told: float = 0.0


def assets(
    sentence: str,
    rows: Sequence[Mapping[str, Any]],
    systems: Sequence[Mapping[str, Any]],
    names: Mapping[str, str],
    aims: Mapping[str, float] | None = None,
    alike: Mapping[str, float] | None = None,
) -> list[Match]:
    """The assets that the sentence may speak of, best first.

    `names` are those of sites, zones and suppliers by id, `aims` how well a class of asset fits what is feared, 0-1, `alike` how near
    what is written of an asset comes in meaning, by id.
    """
    belongs = _belonging(systems)
    vocabulary = Vocabulary(rows, belongs, names)
    asked, ids = vocabulary.read(sentence), set(re.findall(r"[\w-]+", sentence.lower()))
    called, told = _called(rows, asked, vocabulary), _sums(vocabulary.told(word) for word in asked)
    heard = {id_: worth * _by_name(called[id_]) for id_, worth in _sums(vocabulary.heard(word) for word in asked).items()}
    most, near = max(heard.values(), default=0.0) or 1.0, _nearness(alike or {})
    found = []
    for row in rows:
        id_, system = str(row["id"]), belongs.get(row["id"])
        share = heard.get(id_, 0.0) / most + _NEAR * near.get(id_, 0.0)
        share *= 1 + (_AIMED - 1) * _fit(row, system, called[id_], aims or {})
        share *= _NO_MORE + (1 - _NO_MORE) * min(told.get(id_, 0.0) / _ENOUGH, 1.0)
        if system and _is_retired(system):
            share *= _RETIRED
        if share or id_.lower() in ids:
            found.append(Match(row, system, share, id_.lower() in ids, inf if called[id_] >= _CALLED else told.get(id_, 0.0)))
    return sorted(found, key=lambda match: (not match.named, -match.share, str(match.asset["id"])))


def of_ai(match: Match | None, sentence: str) -> bool | None:
    """Whether an asset is a part of an AI system; None where no asset is known, AI reads from it, or AI is spoken of in the sentence or in what is written of it."""
    if match is None:
        return None
    if match.asset["asset_class"] in OF_AI:
        return True
    told = " ".join(str(match.asset.get(name) or "") for name in ("name", "description", "scope_reason"))
    told = f"{told} {sentence}"
    return None if match.ai_system or _SPEAKSOF_AI.search(told) else False


def sure(matches: Sequence[Match]) -> Match | None:
    """The best asset where it is plainly meant; None where somebody has to be asked."""
    if not matches:
        return None
    best, rest = matches[0], matches[1:]
    if best.named:
        return None if any(match.named for match in rest) else best
    rival = next((match for match in rest if _rival(match, best)), None)
    meant = best if rival is None or best.share >= rival.share * _CLEARLY else _whole_of(best, rival, matches)
    other = next((match.share for match in rest if not _related(match, best)), 0.0)
    ahead = min(meant.share / other, _AHEAD) if meant and other else _AHEAD
    return meant if meant and meant.told * ahead >= _ENOUGH else None


def _rival(match: Match, best: Match) -> bool:
    """False for one of which little is said, and for one that is related to the best one."""
    return match.told >= _ENOUGH / 2 and not _related(match, best)


def _related(match: Match, best: Match) -> bool:
    """True for another part of the same AI system, and for something that the best one stands on, of another class.

    Of such the one that fits better is meant, and no harm is done if it is the other.
    """
    same = best.ai_system is not None and (match.ai_system == best.ai_system or _named_after(match, best.ai_system))
    same |= match.ai_system is not None and _named_after(best, match.ai_system)
    linked = match.asset["id"] in (best.asset.get("depends_on") or ()) or best.asset["id"] in (match.asset.get("depends_on") or ())
    return (same or linked) and match.asset["asset_class"] != best.asset["asset_class"]


def _named_after(match: Match, system: Mapping[str, Any]) -> bool:
    """True for the interface or panel of an AI system, which has its name in front."""
    return str(match.asset["name"]).lower().startswith(f"{system['name']} ".lower())


def _whole_of(best: Match, rival: Match, matches: Sequence[Match]) -> Match | None:
    """The AI system's own asset where its parts are all the same to the sentence, as the boxes that it runs on."""
    if best.ai_system is None or rival.ai_system != best.ai_system:
        return None
    own = next((match for match in matches if match.asset["id"] == best.ai_system["asset"]), None)
    return own if own and own.share * _SAME >= best.share else None


def _belonging(systems: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """asset -> the AI system that it is, feeds or carries; where there are several, the one that it is counts.

    A retired system lies in an archive, which is not its own.
    """
    out: dict[str, Mapping[str, Any]] = {}
    used = [(system, (*system["data_sources"], *(() if _is_retired(system) else system["deployed_on"]))) for system in systems]
    shared = Counter(id_ for _, ids in used for id_ in ids)
    for system, ids in used:
        out |= {id_: system for id_ in ids if shared[id_] == 1 and id_ not in out}
    return out | {system["asset"]: system for system in systems if system["asset"]}


def _is_retired(system: Mapping[str, Any]) -> bool:
    """Whether an AI system is out of use."""
    return bool(system.get("lifecycle_phase") == "retired")


def _by_name(called: float) -> float:
    """How much more an asset counts of whose name the sentence says so much."""
    return (1 + (_WHOLE - 1) * called) * (_WHOLE if called >= _CALLED else 1)


def _fit(row: Mapping[str, Any], system: Mapping[str, Any] | None, called: float, aims: Mapping[str, float]) -> float:
    """How well an asset fits what is feared: by its class, and wholly where it is called by its name.

    The name of an AI system may mean its data or its box as well; there what is feared tells.
    """
    if called >= _CALLED and not (system and system["asset"] == row["id"]):
        return 1.0
    return aims.get(str(row["asset_class"] or ""), 0.0)


def _sums(some: Iterable[Mapping[str, float]]) -> dict[str, float]:
    out: dict[str, float] = defaultdict(float)
    for one in some:
        for id_, value in one.items():
            out[id_] += value
    return out


def _nearness(alike: Mapping[str, float]) -> dict[str, float]:
    """How near each asset comes in meaning: 1 for the nearest, 0 for one in the middle of all."""
    middle, most = (median(alike.values()), max(alike.values())) if alike else (0.0, 0.0)
    return {id_: max(value - middle, 0.0) / (most - middle or 1.0) for id_, value in alike.items()}


def _called(rows: Sequence[Mapping[str, Any]], asked: Sequence[Word], vocabulary: Vocabulary) -> dict[Any, float]:
    """Share of each asset's name that the sentence says; none where it is said as part of the longer name of another."""
    said = {row["id"]: _named(row, asked, vocabulary) for row in rows}
    whole = [places for share, places in said.values() if share >= _CALLED]
    return {id_: 0.0 if any(places < longer for longer in whole) else share for id_, (share, places) in said.items()}


def _named(row: Mapping[str, Any], asked: Sequence[Word], vocabulary: Vocabulary) -> tuple[float, frozenset[int]]:
    """(share of an asset's name that the sentence says in what happens, less where it is scattered; places of the words that say it).

    Its version may be left out, and at half the cost a word for its kind that several names share.
    """
    kind = stems(kind_of(str(row["asset_class"] or "")))
    total = heard = 0.0
    places = set()
    for part in map(stems, VERSION.sub(" ", str(row["name"])).split()):
        told = {
            place: max((word.stems.get(stem, 0.0) * share for stem, share in part.items()), default=0.0)
            for place, word in enumerate(asked)
            if not word.follows
        }
        said = max(told.values(), default=0.0)
        shared = all(stem in kind and vocabulary.in_names[stem] > 2 for stem in part)
        total, heard = total + (_LEFT_OUT if shared and not said else 1.0), heard + said
        places |= {place for place, share in told.items() if share == said > 0}
    if not places:
        return 0.0, frozenset()
    together = min(1.0, 1.5 * len(places) / (max(places) - min(places) + 1))
    return together * heard / total, frozenset(places)
