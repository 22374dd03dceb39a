"""Pictures as SVG, made here and without scripts: a timeline of bars, and the course of a key figure.

Every bar carries its words, and states differ in outline as well as in colour, so that a print in grey can be read. Text is drawn in
`currentColor`: it follows the page, and is black where the picture stands alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape

_COLOURS = {"done": "#7fb58f", "running": "#6aa5b8", "planned": "#a9c4cf", "late": "#d98c82", "open": "#c9cfd1"}
_DASHED = ("planned", "open")
_MONTHS = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "de": ("Jan", "Feb", "Mär", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez"),
}
_WIDTH, _LABELS, _LINE, _TOP = 960, 270, 24, 34
_LONGEST_LABEL = 48


@dataclass(frozen=True)
class Bar:
    """One line of a timeline: its words, from when to when, and `mark`, the day that is planned in it. `state` is a key of the colours."""

    label: str
    start: date
    end: date
    state: str = "open"
    words: str = ""
    mark: date | None = None
    group: str = ""


@dataclass(frozen=True)
class Point:
    """One value of a key figure on one day."""

    day: date
    value: float


def timeline(bars: Sequence[Bar], today: date, title: str, tongue: str = "en") -> str:
    """A timeline with a line a bar, months above, today as a line; empty text without bars."""
    if not bars:
        return ""
    first = min(bar.start for bar in bars).replace(day=1)
    last = max(max(bar.end, bar.mark or bar.end) for bar in bars) + timedelta(days=15)
    days = max((last - first).days, 1)

    def x(day: date) -> float:
        return round(_LABELS + (_WIDTH - _LABELS) * (day - first).days / days, 1)

    lines, y, group = [], _TOP, ""
    for bar in bars:
        if bar.group != group:
            group = bar.group
            lines.append(_text(4, y + 17, group, 'font-weight="bold"'))
            y += _LINE
        lines.append(_bar(bar, x(bar.start), x(bar.end + timedelta(days=1)), x(bar.mark) if bar.mark else None, y))
        y += _LINE
    height = y + 8
    grid = _months(first, last, x, height, tongue)
    now = ""
    if first <= today <= last:
        now = f'<line x1="{x(today)}" y1="18" x2="{x(today)}" y2="{height}" stroke="#b3261e" stroke-width="1.5"/>'
        now += _text(x(today) + 3, 28, "heute" if tongue == "de" else "today", 'font-style="italic"')
    name = escape(title, quote=True)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="100%" role="img" aria-label="{name}" '
        f'font-family="Arial, Liberation Sans, sans-serif" font-size="11"><title>{name}</title>{grid}{"".join(lines)}{now}</svg>'
    )


def course(points: Sequence[Point], target: float | None, title: str) -> str:
    """The course of a key figure with its target as a dashed line; empty text with fewer than two values."""
    if len(points) < 2:
        return ""
    values = [point.value for point in points] + ([target] if target is not None else [])
    low, high = min(values), max(values)
    spread, first = (high - low) or 1.0, points[0].day
    days = max((points[-1].day - first).days, 1)

    def place(point: Point) -> str:
        return f"{4 + 172 * (point.day - first).days / days:.1f},{36 - 32 * (point.value - low) / spread:.1f}"

    aim = ""
    if target is not None:
        y = f"{36 - 32 * (target - low) / spread:.1f}"
        aim = f'<line x1="4" y1="{y}" x2="176" y2="{y}" stroke="#b3261e" stroke-width="1" stroke-dasharray="4 3"/>'
    path = " ".join(place(point) for point in points)
    end = place(points[-1]).split(",")
    name = escape(title, quote=True)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 180 40" width="180" height="40" role="img" aria-label="{name}"><title>{name}</title>'
        f'{aim}<polyline points="{path}" fill="none" stroke="currentColor" stroke-width="1.5"/><circle cx="{end[0]}" cy="{end[1]}" r="2.5" fill="currentColor"/></svg>'
    )


def _bar(bar: Bar, left: float, right: float, mark: float | None, y: int) -> str:
    width = max(right - left, 3)
    dashed = ' stroke-dasharray="3 2"' if bar.state in _DASHED else ""
    drawn = (
        f'<rect x="{left}" y="{y + 5}" width="{width:.1f}" height="14" rx="2" fill="{_COLOURS.get(bar.state, _COLOURS["open"])}" '
        f'stroke="#3b4a50" stroke-width="{2 if bar.state == "late" else 0.7}"{dashed}><title>{escape(f"{bar.label}: {bar.words}")}</title></rect>'
    )
    diamond = ""
    if mark is not None:
        diamond = f'<path d="M{mark} {y + 3}l7 9l-7 9l-7 -9z" fill="#1f4e5f" stroke="#fff" stroke-width="0.7"/>'
    label = bar.label if len(bar.label) <= _LONGEST_LABEL else f"{bar.label[: _LONGEST_LABEL - 1]}…"
    room = _WIDTH - right
    words = _text(right + 6, y + 16, bar.words) if bar.words and len(bar.words) * 6 < room else ""
    if bar.words and not words and left - _LABELS > len(bar.words) * 6:
        words = _text(left - 6, y + 16, bar.words, 'text-anchor="end"')
    return _text(10, y + 16, label) + drawn + diamond + words


def _months(first: date, last: date, x: object, height: int, tongue: str) -> str:
    assert callable(x)
    lines = []
    names = _MONTHS.get(tongue, _MONTHS["en"])
    step = 1 if (last - first).days < 500 else 3
    for day in _firsts(first, last):
        at = x(day)
        if (day.month - 1) % step or at > _WIDTH - 30:
            continue
        lines.append(f'<line x1="{at}" y1="18" x2="{at}" y2="{height}" stroke="#8a979c" stroke-width="0.4"/>')
        lines.append(_text(at + 2, 14, f"{names[day.month - 1]} {day.year}" if day.month == 1 or day == first else names[day.month - 1]))
    return "".join(lines)


def _firsts(first: date, last: date) -> Iterable[date]:
    day = first
    while day <= last:
        yield day
        day = (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def _text(x: float, y: float, text: str, more: str = "") -> str:
    return f'<text x="{x}" y="{y}" fill="currentColor" {more}>{escape(text)}</text>'
