"""What people write in cells, in the form in which the registers take it: dates, numbers, lists, people.

Some forms have two readings (3/4/2026, 1,234). The other rows of the column decide; where they do not, the value is
refused with both readings, because a guess would be stored as a fact.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from knowledge.registers.columns import Column, Kind
from knowledge.registers.values import BadValue

_EPOCH = date(1899, 12, 30)
"""Day 0 of Excel's calendar, as it stands for all days after February 1900."""
_SERIAL = re.compile(r"[2-7]\d{4}(?:\.\d+)?")
_DOTTED = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4}|\d{2})")
_SLASHED = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})")
_WORDED = re.compile(r"(\d{1,2})\.?[\s-]*([A-Za-zäÄ]{3,9})\.?,?[\s-]*(\d{4})")
_MONTH_FIRST = re.compile(r"([A-Za-zäÄ]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
_TIME = re.compile(r"(.+?)[ ,T]+(\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(?:\s*Uhr)?\s*(Z|[+-]\d{2}:\d{2})?")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ].*)?")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar jänner", "feb february februar", "mar march mär märz mrz", "apr april", "may mai", "jun june juni", "jul july juli",
            "aug august", "sep sept september", "oct october okt oktober", "nov november", "dec december dez dezember",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip
_NUMBER = re.compile(r"[+-]?[\d.,'\s]+(?:[eE][+-]?\d+)?")
_PLAIN_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_PERSON = re.compile(r"(?P<name>[^<(\[]*)[<(\[]\s*(?:mailto:)?(?P<email>[^\s@<>()]+@[^\s@<>()]+)\s*[>)\]]")


@dataclass(frozen=True)
class Habit:
    """How a column is written, as far as its unambiguous values show it."""

    day_first: bool | None = None
    comma: bool | None = None


def habit(column: Column, texts: Iterable[str]) -> Habit:
    """How the dates and numbers of a column are written; None where no value decides, or they contradict each other."""
    if column.kind in (Kind.DATE, Kind.DATETIME):
        votes = {vote for text in texts if (match := _SLASHED.match(text.strip())) and (vote := _day_first(match)) is not None}
        return Habit(day_first=votes.pop() if len(votes) == 1 else None)
    if column.kind is Kind.DECIMAL:
        votes = {vote for text in texts if (vote := _comma(text)) is not None}
        return Habit(comma=votes.pop() if len(votes) == 1 else None)
    return Habit()


def plain(column: Column, text: str, how: Habit) -> str:
    """The text in the form of the registers, where its kind has one. Raises BadValue for a value with two readings."""
    if column.kind is Kind.DATE:
        return _day(text, how)
    if column.kind is Kind.DATETIME:
        return _moment(text, how)
    if column.kind in (Kind.INTEGER, Kind.DECIMAL):
        return number(text, column.kind is Kind.INTEGER, how)
    if column.kind is Kind.PERSON:
        return person(text)
    return text


def person(text: str) -> str:
    """The e-mail of `First Last (email)` or `First Last <email>`, else the text as it is."""
    match = _PERSON.fullmatch(text.strip())
    return match["email"] if match else text.strip()


def number(text: str, whole: bool, how: Habit = Habit()) -> str:
    """A number with a point for its fraction and nothing between thousands; text that is none stays as it is."""
    bare = re.sub(r"[\s\u00a0\u202f']", "", text.strip().removesuffix("€").removesuffix("%"))
    if (_PLAIN_NUMBER.fullmatch(bare) and not (whole or how.comma)) or not _NUMBER.fullmatch(bare):
        return bare if _PLAIN_NUMBER.fullmatch(bare) else text.strip()
    grouped = bool(re.fullmatch(r"[+-]?\d{1,3}(?:[.,]\d{3})+", bare)) and not bare.lstrip("+-").startswith("0")
    if grouped and whole and len(set(re.findall(r"[.,]", bare))) == 1:
        return re.sub(r"[.,]", "", bare)
    comma = _comma(bare)
    if comma is None:
        comma = how.comma
    if comma is None and "," in bare:
        left = bare.replace(",", "")
        raise BadValue(f"it can be {left} or {bare.replace(',', '.')}; write {left}, or {bare.replace(',', '.')} with a point")
    return bare.replace(".", "").replace(",", ".") if comma else bare.replace(",", "")


def _comma(text: str) -> bool | None:
    """Whether the comma begins the fraction (12,5 and 1.234,5); None where that cannot be told (1,234 and 1.234)."""
    bare = re.sub(r"[\s\u00a0\u202f']", "", text.strip())
    signs = re.findall(r"[.,]", bare)
    if not signs or not _NUMBER.fullmatch(bare):
        return None
    if len(set(signs)) == 2:
        return signs[-1] == ","
    if len(signs) > 1:  # 1.234.567 and 1,234,567
        return signs[0] == "."
    before, after = re.split(r"[.,]", bare.lstrip("+-"), maxsplit=1)
    if len(after) != 3 or before in ("", "0") or len(before) > 3:
        return signs[0] == ","
    return None


def _day(text: str, how: Habit) -> str:
    text = text.strip()
    if _ISO.fullmatch(text):
        return text
    if _SERIAL.fullmatch(text):
        return (_EPOCH + timedelta(days=int(float(text)))).isoformat()
    if match := _DOTTED.fullmatch(text):
        return _made(match[3] if len(match[3]) == 4 else f"20{match[3]}", match[2], match[1])
    if match := _YEAR_FIRST.fullmatch(text):
        return _made(match[1], match[2], match[3])
    if match := _SLASHED.fullmatch(text):
        return _slashed(match, how)
    if match := _WORDED.fullmatch(text):
        return _made(match[3], str(_MONTHS.get(match[2].casefold(), 0)), match[1])
    if match := _MONTH_FIRST.fullmatch(text):
        return _made(match[3], str(_MONTHS.get(match[1].casefold(), 0)), match[2])
    if match := _TIME.fullmatch(text):
        return _day(match[1], how)
    return text


def _slashed(match: re.Match[str], how: Habit) -> str:
    day_first = _day_first(match)
    if day_first is None:
        day_first = how.day_first
    if day_first is None and match[1] != match[2]:
        one, other = _made(match[3], match[2], match[1]), _made(match[3], match[1], match[2])
        raise BadValue(f"it can be {one} or {other}; write one of them")
    return _made(match[3], match[2], match[1]) if day_first is not False else _made(match[3], match[1], match[2])


def _day_first(match: re.Match[str]) -> bool | None:
    first, second = int(match[1]), int(match[2])
    return None if first <= 12 and second <= 12 else first > 12


def _made(year: str, month: str, day: str) -> str:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        raise BadValue("there is no such day; write a date as YYYY-MM-DD") from None


def _moment(text: str, how: Habit) -> str:
    text = text.strip()
    if _ISO.fullmatch(text):
        return text
    if _SERIAL.fullmatch(text) and "." in text:
        seconds = round(float(text) % 1 * 86_400)
        return f"{_day(text, how)}T{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    if match := _TIME.fullmatch(text):
        hour, _, rest = match[2].partition(":")
        return f"{_day(match[1], how)}T{int(hour):02d}:{rest}{match[3] or ''}"
    return _day(text, how)
