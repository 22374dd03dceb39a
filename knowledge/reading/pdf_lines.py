"""The lines of a PDF page with their place and type, and those that repeat on every page."""

import re
from collections import Counter
from dataclasses import dataclass, replace
from math import hypot
from typing import Any

from pypdf import PageObject
from pypdf.generic._font import Font

from knowledge.language import clean

_PAGE_NUMBER = re.compile(
    r"^\W*(?:(?:page|seite|p\.|s\.)\s*)?(?:\d{1,4}|[ivxl]{1,6})(?:\s*(?:/|of|von|\|)\s*\d{1,4})?\W*$|.*\b(?:page|seite)\s+\d{1,4}(?:\s*(?:/|of|von)\s*\d{1,4})?\W*$",
    re.IGNORECASE,
)
_MARKER = re.compile(
    r"[•◦▪■□●○‣⁃∙·➢►▶✓✔–—\-\uf0b7\uf0a7]|o|\(?(?:\d{1,2}|[a-zA-Z]|[ivx]{1,4})[.)]"
    r"|§\s*\d{1,3}|(?:[A-Z]\.)?\d{1,2}(?:\.\d{1,2}){1,5}\.?"
)
_FOLIO = re.compile(r"^(\d{1,4})\s|\s(\d{1,4})$")
_EDGE = 3
"""Lines at the top and at the bottom of a page among which running heads are looked for."""
_AVERAGE_GLYPH = 0.5
"""Width of a letter in ems where only its number is known."""


@dataclass(frozen=True)
class Line:
    """Text at a place: `x` and `y` of its start in points from the lower left corner, type size, bold or not."""

    text: str
    x: float
    y: float
    size: float
    bold: bool
    page: int
    width: float


def lines_of(page: PageObject, number: int) -> list[Line]:
    """The lines of a page in the order in which it draws them."""
    lines: list[Line] = []
    fonts: dict[int, Font | None] = {}
    open_line = False

    def visit(text: str, cm: list[float], tm: list[float], font: dict[str, Any] | None, size: float) -> None:
        nonlocal open_line
        parts = text.split("\n")
        scale = hypot(tm[2], tm[3]) * hypot(cm[2], cm[3])
        x, y = tm[4] * cm[0] + tm[5] * cm[2] + cm[4], tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
        for place, part in enumerate(parts):
            if part.strip():
                height = round(abs(size * scale), 1) or 1.0
                line = Line(part, x, y - place * height * 1.2, height, _is_bold(font), number, _width(part, font, fonts) * height)
                if open_line and place == 0 and lines and _continues(lines[-1], line):
                    lines[-1] = _longer(lines[-1], line)
                else:
                    lines.append(line)
            if place < len(parts) - 1:
                open_line = False
        open_line = open_line if not text else not text.endswith("\n")

    page.extract_text(visitor_text=visit)
    return _marked([tidy for tidy in (replace(line, text=_soft(line.text)) for line in lines) if tidy.text])


def _marked(lines: list[Line]) -> list[Line]:
    """The lines, with a bullet or number that was drawn by itself put before the text beside it."""
    out: list[Line] = []
    for line in lines:
        last = out[-1] if out else None
        if last and _MARKER.fullmatch(last.text) and abs(last.y - line.y) < line.size * 0.8 and 0 < line.x - last.x < line.size * 8:
            out[-1] = replace(line, text=f"{last.text} {line.text}")
        else:
            out.append(line)
    return out


def _continues(line: Line, more: Line) -> bool:
    """Whether words stand on the same line and not in the next cell of a table."""
    return abs(line.y - more.y) < more.size * 0.6 and more.x - line.x - line.width < more.size * 0.9


def _longer(line: Line, more: Line) -> Line:
    """A line with what stands on after it in another type; the type of the longer part counts."""
    leading = line if len(line.text.strip()) >= len(more.text.strip()) else more
    width = max(more.x + more.width - line.x, line.width)
    return Line(line.text + more.text, line.x, line.y, leading.size, line.bold and more.bold, line.page, width)


def _width(text: str, font: Any, fonts: dict[int, Font | None]) -> float:
    """Width of a text in ems, by the font's own measures where it has good ones."""
    if id(font) not in fonts:
        try:
            fonts[id(font)] = Font.from_font_resource(font)
        except Exception:  # fonts of damaged files raise anything; the text is still good
            fonts[id(font)] = None
    measured = fonts[id(font)]
    return measured.get_text_width(text.strip()) / 1000 if measured else len(text.strip()) * _AVERAGE_GLYPH


def _soft(text: str) -> str:
    """The text clean, but with a soft hyphen at its end, by which a cut word is known; 7F is a bullet in the fonts of PDF."""
    return clean(text.replace("\x7f", "•")) + ("\u00ad" if text.rstrip().endswith("\u00ad") else "")


def _is_bold(font: dict[str, Any] | None) -> bool:
    name = str((font or {}).get("/BaseFont", "")).lower()
    return any(word in name for word in ("bold", "black", "heavy", "semibold", "demi"))


def without_running_lines(pages: list[list[Line]]) -> list[Line]:
    """The lines of all pages without headers, footers and page numbers."""
    seen: Counter[str] = Counter()
    for page in pages:
        seen.update({mask for line in _edge_lines(page) for mask in _masks(line)})
    filled = sum(bool(page) for page in pages)
    enough = max(2, filled * 0.4) if filled > 3 else max(2, filled)
    running = {mask for mask, count in seen.items() if count >= enough and filled > 1}
    out: list[Line] = []
    for page in pages:
        dropped = {id(line) for line in _edge_lines(page) if not running.isdisjoint(_masks(line)) or _PAGE_NUMBER.match(line.text)}
        out.extend(line for line in page if id(line) not in dropped)
    return out


def _masks(line: Line) -> list[str]:
    """What stays the same from page to page: the words and the height without the numbers, and where the page number stands."""
    height = round(line.y / 8)
    number = _FOLIO.search(line.text)
    masks = [f"{re.sub(r'[0-9]+', '#', line.text.lower())}@{height}"]
    return [*masks, f"{int(number[1] or number[2]) - line.page}@{height}"] if number else masks


def _edge_lines(page: list[Line]) -> list[Line]:
    """The lines that stand highest and lowest, by height on the page and not by order."""
    heights = sorted({round(line.y) for line in page}, reverse=True)
    few = len(heights) <= 2 * _EDGE
    edge = {*heights[: len(heights) // 3 + 1], *heights[-1:]} if few else {*heights[:_EDGE], *heights[-_EDGE:]}
    return [line for line in page if round(line.y) in edge]
