"""Levels of other scales to 1-5: by a scale file, else by names and sizes that are common; rounded up, never down."""

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path

from knowledge.errors import UnreadableDocument
from knowledge.registers.columns import fold

SIDES = ("likelihood", "impact")
_NAMED = {
    "likelihood": (
        ("very low", "low", "medium", "high", "very high"),
        ("sehr niedrig", "niedrig", "mittel", "hoch", "sehr hoch"),
        ("sehr gering", "gering", "mittel", "hoch", "sehr hoch"),
        ("rare", "unlikely", "possible", "likely", "almost certain"),
        ("very unlikely", "unlikely", "possible", "likely", "very likely"),
        ("improbable", "remote", "occasional", "probable", "frequent"),
        ("sehr unwahrscheinlich", "unwahrscheinlich", "möglich", "wahrscheinlich", "sehr wahrscheinlich"),
        ("selten", "unwahrscheinlich", "möglich", "wahrscheinlich", "fast sicher"),
        ("low", "medium", "high"),
        ("niedrig", "mittel", "hoch"),
        ("gering", "mittel", "hoch"),
        ("unlikely", "possible", "likely"),
        ("unwahrscheinlich", "möglich", "wahrscheinlich"),
        ("low", "medium", "high", "critical"),
        ("unlikely", "possible", "likely", "certain"),
    ),
    "impact": (
        ("very low", "low", "medium", "high", "very high"),
        ("sehr niedrig", "niedrig", "mittel", "hoch", "sehr hoch"),
        ("sehr gering", "gering", "mittel", "hoch", "sehr hoch"),
        ("negligible", "minor", "moderate", "major", "severe"),
        ("insignificant", "minor", "moderate", "major", "catastrophic"),
        ("negligible", "minor", "moderate", "major", "critical"),
        ("vernachlässigbar", "gering", "mittel", "hoch", "kritisch"),
        ("unbedeutend", "gering", "spürbar", "kritisch", "katastrophal"),
        ("low", "medium", "high"),
        ("niedrig", "mittel", "hoch"),
        ("gering", "mittel", "hoch"),
        ("minor", "moderate", "major"),
        ("low", "medium", "high", "critical"),
        ("minor", "significant", "important", "critical"),
        ("niedrig", "mittel", "hoch", "kritisch"),
    ),
}
"""Scales by their names, lowest first. The shortest that has every name of a file is taken: low, medium, high is a 3x3 matrix."""
_UNSET = ("", "--", "-", "n/a", "not rated", "undefined")

Scale = Mapping[str, int]
"""From a foreign value, folded, to 1-5."""


def from_file(path: Path) -> dict[str, Scale]:
    """The scale file: for likelihood and impact, each foreign value as text to 1-5. Raises UnreadableDocument."""
    try:
        written = json.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError) as error:
        raise UnreadableDocument(path.name, f"the scale file cannot be read as JSON ({error})") from error
    if not isinstance(written, dict) or not written or set(written) - set(SIDES):
        raise UnreadableDocument(path.name, 'a scale file looks like {"likelihood": {"Very low": 1}, "impact": {"Minor": 2}}')
    for side, levels in written.items():
        for name, level in levels.items() if isinstance(levels, dict) else [("", 0)]:
            if isinstance(level, bool) or not isinstance(level, int) or not 1 <= level <= 5:
                raise UnreadableDocument(path.name, f"{side}, {name!r}: a level is a whole number from 1 to 5")
    return {side: {fold(name): level for name, level in levels.items()} for side, levels in written.items()}


def size(side: str, texts: Iterable[str]) -> int:
    """Levels of the smallest known scale that has all these names; 0 where there is none, or no name."""
    names = _names(texts)
    return min((len(scale) for scale in _NAMED[side] if names <= set(scale)), default=0) if names else 0


def told(side: str, texts: Iterable[str], ten: bool, given: Scale | None, levels: int = 0) -> Scale:
    """How the values of one side of a file become 1-5; empty where they are 1-5 already, or nobody can tell.

    `ten` says that numbers run from 0 to 10; `levels` is the size of the matrix, as the other side shows it. What `given` does
    not name is read as without it.
    """
    texts = list(texts)
    values = {fold(text) for text in texts}
    found: dict[str, int] = {}
    if names := _names(texts) - set(given or {}):
        fitting = [scale for scale in _NAMED[side] if names <= set(scale)]
        for scale in sorted(fitting, key=lambda scale: (len(scale) < levels, len(scale)))[:1]:
            found.update({name: math.ceil(place * 5 / len(scale)) for place, name in enumerate(scale, 1)})
    if ten:
        numbers = {value: number for value in values if (number := _number(value)) is not None and 0 <= number <= 10}
        found.update({value: max(1, math.ceil(number / 2)) for value, number in numbers.items()})
    return {**found, **(given or {})}


def level(text: str, scale: Scale) -> str:
    """The level that a foreign value stands for, else the value; nothing for a value that says that nobody has judged."""
    key = fold(text)
    if key in scale:
        return str(scale[key])
    return "" if key in {fold(unset) for unset in _UNSET} else text


def _names(texts: Iterable[str]) -> set[str]:
    """The values that are names of levels."""
    return {value for value in map(fold, texts) if _number(value) is None} - {fold(text) for text in _UNSET}


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None
