"""The numbers that Word prints before paragraphs, which the text of a document does not hold."""

import re
from collections import defaultdict
from typing import Any

from docx.oxml.ns import qn

_ROMAN = ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


class Numbering:
    """Counts the numbered paragraphs of one document in their order."""

    def __init__(self, document: Any) -> None:
        try:
            root = document.part.numbering_part.element
        except (KeyError, NotImplementedError, AttributeError):
            root = None
        self._levels: dict[str, dict[int, tuple[str, str, int]]] = {}
        self._abstract: dict[str, str] = {}
        self._counts: dict[str, dict[int, int]] = defaultdict(dict)
        if root is not None:
            self._learn(root)

    def _learn(self, root: Any) -> None:
        abstract = {item.get(qn("w:abstractNumId")): _levels(item) for item in root.iter(qn("w:abstractNum"))}
        for number in root.iter(qn("w:num")):
            of = number.find(qn("w:abstractNumId"))
            key = of.get(qn("w:val")) if of is not None else None
            if key is None or key not in abstract:
                continue
            levels = dict(abstract[key])
            restarts = False
            for override in number.iter(qn("w:lvlOverride")):
                level, start = int(override.get(qn("w:ilvl"), 0)), override.find(qn("w:startOverride"))
                if start is not None and level in levels:
                    levels[level] = (*levels[level][:2], int(start.get(qn("w:val"), 1)))
                    restarts = True
            self._levels[number.get(qn("w:numId"))] = levels
            # Lists of one abstract numbering count on from each other, unless one says where it starts.
            self._abstract[number.get(qn("w:numId"))] = f"num {number.get(qn('w:numId'))}" if restarts else key

    def place(self, paragraph: Any, styles: Any, style: str | None) -> tuple[str | None, int]:
        """(list id, level) of a paragraph, from itself or its style; (None, 0) where it is in no list."""
        own = paragraph.find(f"{qn('w:pPr')}/{qn('w:numPr')}")
        found = own if own is not None else styles.says(style, "w:pPr", "w:numPr")
        if found is None:
            return None, 0
        number, level = found.find(qn("w:numId")), found.find(qn("w:ilvl"))
        list_id = number.get(qn("w:val")) if number is not None else None
        if list_id is None and own is not None and (inherited := styles.says(style, "w:pPr", "w:numPr")) is not None:
            number = inherited.find(qn("w:numId"))
            list_id = number.get(qn("w:val")) if number is not None else None
        return (list_id if list_id != "0" else None), int(level.get(qn("w:val"), 0)) if level is not None else 0

    def next(self, list_id: str | None, level: int) -> str | None:
        """The number of the next paragraph of a list, as printed; empty for a bullet, None outside lists."""
        levels = self._levels.get(list_id or "")
        if levels is None or level not in levels:
            return None
        style, pattern, start = levels[level]
        counts = self._counts[self._abstract[list_id or ""]]
        counts[level] = counts.get(level, start - 1) + 1
        for deeper in [key for key in counts if key > level]:
            del counts[deeper]
        if style in ("bullet", "none"):
            return ""

        def shown(match: re.Match[str]) -> str:
            place = int(match[1]) - 1
            of = levels.get(place, ("decimal", "", 1))
            return _written(counts.get(place, of[2]), of[0])

        return re.sub(r"%(\d)", shown, pattern).strip()


def _levels(abstract: Any) -> dict[int, tuple[str, str, int]]:
    """Level to (number format, pattern such as `%1.%2`, first number)."""
    levels = {}
    for level in abstract.iter(qn("w:lvl")):
        values = {tag: level.find(qn(tag)) for tag in ("w:numFmt", "w:lvlText", "w:start")}
        format_, text, start = (item.get(qn("w:val"), "") if item is not None else "" for item in values.values())
        levels[int(level.get(qn("w:ilvl"), 0))] = (format_ or "decimal", text, int(start) if start.isdigit() else 1)
    return levels


def _written(number: int, style: str) -> str:
    if style in ("lowerLetter", "upperLetter"):
        letters = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 % 4 + 1)
        return letters.upper() if style == "upperLetter" else letters
    if style in ("lowerRoman", "upperRoman"):
        letters = roman(number)
        return letters.upper() if style == "upperRoman" else letters
    return f"{number:02d}" if style == "decimalZero" else str(number)


def roman(number: int) -> str:
    """A number up to 399 in small Roman letters, larger ones in digits."""
    if not 0 < number < 400:
        return str(number)
    out, number = "c" * (number // 100), number % 100
    for value, letters in ((90, "xc"), (50, "l"), (40, "xl"), *_ROMAN):
        out, number = out + letters * (number // value), number % value
    return out
