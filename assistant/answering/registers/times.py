"""Spans of time in a question, English and German, as days: `within 30 days`, `since March`, `bis Ende des Monats`, `before the audit`."""

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twelve": 12,
    "ein": 1, "eine": 1, "einer": 1, "einem": 1, "einen": 1, "eines": 1, "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6, "sieben": 7, "acht": 8,
    "neun": 9, "zehn": 10, "zwölf": 12,
}  # fmt: skip
SOON = 30
"""Days that `soon` means; the answer says the dates."""
NUMBER = rf"(?:\d+|{'|'.join(sorted(NUMBERS, key=len, reverse=True))})"
_MONTHS = (
    "january|januar|jan", "february|februar|feb", "march|märz", "april|apr", "may|mai", "june|juni|jun", "july|juli|jul", "august|aug", "september|sept|sep",
    "october|oktober|oct|okt", "november|nov", "december|dezember|dec|dez",
)  # fmt: skip
_MONTH = "|".join(sorted("|".join(_MONTHS).split("|"), key=len, reverse=True))
_FEASTS = {"christmas eve|heiligabend": (12, 24), "christmas|weihnachten": (12, 25), "new year.?s eve|silvester": (12, 31)}
_SEASONS = {"spring|frühling|frühjahr": 3, "summer|sommer": 6, "autumn|herbst": 9, "winter": 12}
"""The months with which seasons begin; each lasts three."""
_WEEKDAYS = (
    "monday|montag",
    "tuesday|dienstag",
    "wednesday|mittwoch",
    "thursday|donnerstag",
    "friday|freitag",
    "saturday|samstag|sonnabend",
    "sunday|sonntag",
)
_UNITS = {
    "half": "half(?: a)? years?|halbe[nrs]? jahre?s?|halbjahre?n?s?",
    "day": "days?|tage?n?", "week": "weeks?|wochen?", "month": "months?|monate?n?s?", "quarter": "quarters?|quartale?n?s?", "year": "years?|jahre?n?s?",
}  # fmt: skip
_UNIT = "|".join(f"(?P<{name}>{words})" for name, words in _UNITS.items())
_COUNT = rf"(?:(?P<n>{NUMBER}) (?:{_UNIT})|(?P<half_a_year>half a year))"
_PARTS = {"start": "start|beginning|anfang|beginn", "middle": "middle|mid|mitte", "end": "end|ende"}
_PART = "|".join(f"(?P<{name}>{words})" for name, words in _PARTS.items())
_PART_OF_MONTH = rf"(?:the )?(?:{_PART})(?: of| des| vom)?[ -](?P<part_month>{_MONTH})\b(?: (?P<part_year>20\d\d))?"
_DAY = rf"{_PART_OF_MONTH}|(?:the |dem )?(?P<season>{'|'.join(_SEASONS)})\b(?: (?P<season_year>20\d\d))?|(?P<feast>{'|'.join(_FEASTS)})|(?P<today>today|now|heute|jetzt)|(?P<iso>\d{{4}}-\d\d-\d\d)|(?P<de>\d{{1,2}}\.\d{{1,2}}\.\d{{4}})|(?:(?P<first>\d{{1,2}})(?:\.|st|nd|rd|th)? )?(?P<month>{_MONTH})\b\.?(?: (?P<dayof>\d{{1,2}})(?:st|nd|rd|th)?(?!\d),?)?(?: (?P<y>20\d\d))?|(?P<year_only>20\d\d)"


_PLAIN_DAY = "(?:" + re.sub(r"\?P<\w+>", "?:", _DAY) + ")"
_STILL = re.compile(r"\b(?:noch|still|later|(?:rest|remainder) of)\b(?: \w+){0,2}\s*$")


@dataclass(frozen=True)
class Span:
    """A span of time where it stands in the text: first and last day, None where it is open. `unsigned` may lie ahead or behind."""

    start: int
    end: int
    low: date | None
    high: date | None
    unsigned: tuple[str, int] | None = None
    """Unit and number, such as ("month", 6)."""
    rest: bool = False
    """Whether only what is left of it is meant: `still this year`."""
    yearless: bool = False
    """Whether its months were named without a year."""

    def ahead(self, today: date) -> "Span":
        """The same next year, where its months were named without a year and are over."""
        if not self.yearless or self.high is None or self.high >= today:
            return self
        return replace(self, low=self.low and _away(self.low, "year", 1), high=_away(self.high, "year", 1))

    def behind(self, today: date) -> "Span":
        """The same a year ago, where its months were named without a year and are still to come: what has happened cannot lie there."""
        if not self.yearless or (self.low or self.high or today) <= today:
            return self
        return replace(self, low=self.low and _away(self.low, "year", -1), high=self.high and _away(self.high, "year", -1))

    def signed(self, past: bool, today: date) -> "Span":
        """The same with a direction: back from today for what has happened, else ahead."""
        if not self.unsigned:
            return self
        unit, count = self.unsigned
        low, high = (_away(today, unit, -count), today) if past else (today, _away(today, unit, count))
        return Span(self.start, self.end, low, high)


def find(text: str, today: date, audit: date | None = None) -> list[Span]:
    """The spans in a text, none overlapping, in order. `audit` is the day on which the next audit begins."""
    out: list[Span] = []
    for span in _found(text.lower(), today, audit):
        if all(span.end <= other.start or span.start >= other.end for other in out):
            out.append(span)
    return sorted(out, key=lambda span: span.start)


def number(word: str) -> int:
    """A whole number in digits or words."""
    return int(word) if word.isdigit() else NUMBERS[word.lower()]


def _found(text: str, today: date, audit: date | None) -> Iterator[Span]:
    if audit:
        for match in re.finditer(
            r"\b(?:before|until|by|vor|bis)(?: zu[mr])? (?:the |our |dem |unserem )?(?:next |nächsten )?(?:surveillance |überwachungs|external )?-?audits?\b",
            text,
        ):
            yield Span(*match.span(), None, audit - timedelta(days=1))
    for match in re.finditer(
        rf"\b(?P<way>in the next|over the next|in the coming|next|within the next|within the last|within|in the last|over the last|in the past|last|past|in less than|"
        rf"in den nächsten|in den kommenden|nächsten|nächste|kommenden|innerhalb der nächsten|innerhalb von|innerhalb|binnen|in den letzten|letzten|vergangenen|in)"
        rf" {_COUNT}\b",
        text,
    ):
        way = match["way"]
        back, ahead = re.search("last|past|letzt|vergang", way), re.search("next|coming|nächst|komm|less|^in$", way)
        unsigned = Span(*match.span(), None, None, _count(match))
        yield unsigned.signed(bool(back), today) if back or ahead else unsigned
    for match in re.finditer(
        rf"\b(?P<more>for more than|by more than|more than|longer than|older than|for over|by over|over|for|seit mehr als|seit über|um mehr als|mehr als|länger als|älter als|seit) {_COUNT}(?: ago| old| alt)?\b",
        text,
    ):
        unit, count = _count(match)
        yield Span(*match.span(), None, _away(today, unit, -count))
    for match in re.finditer(r"\b(?:soon|shortly|in the near future|bald|demnächst|in kürze|in nächster zeit)\b", text):
        yield Span(*match.span(), today, today + timedelta(days=SOON))
    for match in re.finditer(rf"\b(?:in|over|within|during) the (?:last|past) (?:{_UNIT})\b", text):
        yield Span(*match.span(), _away(today, _unit(match), -1), today)
    for match in re.finditer(
        rf"\b(?:in |during |of |(?P<since>since|seit) )?(?P<which>this|current|next|coming|last|previous|diese[rnms]?|aktuelle[nrms]?|laufende[nrms]?|nächste[rnms]?|kommende[rnms]?|letzte[rnms]?|vorige[rnms]?) (?:{_UNIT})\b",
        text,
    ):
        step = 1 if re.match("next|coming|nächst|komm", match["which"]) else -1 if re.match("last|prev|letzt|vorig", match["which"]) else 0
        first, last = _calendar(_unit(match), step, today)
        if match["half"] and step:
            # Nobody who says so thinks of January or July.
            first, last = sorted((today, _away(today, "half", step)))
        yield Span(*match.span(), first, None if match["since"] else last, rest=not step and _is_rest(text, match))
    yield from _from_one_day_to_another(text, today)
    for match in re.finditer(rf"\b(?P<way>since|from|after|seit|ab|nach)\s(?:{_PART_OF_MONTH})", text):
        yield _placed(match, _part_of_month(match, today))
    for match in re.finditer(
        r"\b(?:by |before |until |bis (?:zum )?|vor )?(?:the )?(?:end|ende) (?:of |des |der |dieses |dieser )?(?:the |this )?(?P<u>week|month|quarter|year|woche|monats|quartals|jahres)\b",
        text,
    ):
        unit = {"woche": "week", "monats": "month", "quartals": "quarter", "jahres": "year"}.get(match["u"], match["u"])
        yield Span(*match.span(), None, _calendar(unit, 0, today)[1])
    for match in re.finditer(
        rf"\b(?:by |before |until |bis (?:zum )?|vor )?(?:the )?(?:end|ende) (?:of )?(?P<month>{_MONTH})(?: (?P<y>20\d\d))?\b", text
    ):
        month = _month(match["month"])
        year = int(match["y"]) if match["y"] else today.year + (month < today.month)
        yield Span(*match.span(), None, date(year, month, calendar.monthrange(year, month)[1]))
    for match in re.finditer(
        r"\b(?:by |before |until |bis (?:zum )?|vor (?:dem )?)(?:the )?(?P<u>week|month|quarter|year|wochen|monats|quartals|jahres)[- ]?(?:end|ende|schluss)\b",
        text,
    ):
        unit = {"wochen": "week", "monats": "month", "quartals": "quarter", "jahres": "year"}.get(match["u"], match["u"])
        yield Span(*match.span(), None, _calendar(unit, 0, today)[1])
    yield from _days_of_one_month(text, today)
    for word, shift in (("today|heute", 0), ("tomorrow|morgen", 1), ("yesterday|gestern", -1)):
        for match in re.finditer(rf"\b(?:{word})\b", text):
            day = today + timedelta(days=shift)
            yield Span(*match.span(), day, day)
    for match in re.finditer(
        rf"\b(?P<way>since|after|from|before|by|until|till|within|in|on|during|for|für|seit dem|seit|nach dem|nach|ab|vor dem|vor|bis zum|bis|im jahr|im|am|of)\s(?:{_DAY})\b",
        text,
    ):
        if (dated := _day(match, today)) is not None:
            yield _placed(match, dated)
    yield from _bare_days(text, today)
    for match in re.finditer(r"(?<![\w:.-])20[2-4]\d(?![\w:-])", text):
        year = int(match[0])
        yield Span(*match.span(), date(year, 1, 1), date(year, 12, 31))


def _from_one_day_to_another(text: str, today: date) -> Iterator[Span]:
    """`between 1 March and 15 April`, `from now to the end of January`: the second day is the next one after the first."""
    for match in re.finditer(
        rf"\b(?:between|from|zwischen|von|vom)(?: the| dem)? (?P<one>{_PLAIN_DAY})(?: (?:and|to|until|till|und|bis)(?: the| dem| zum)? |\s?[-–]\s?)(?P<two>{_PLAIN_DAY})",
        text,
    ):
        one, two = (re.match(rf"(?P<way>on) (?:{_DAY})$", f"on {match[name]}") for name in ("one", "two"))
        first, last = (one and _day(one, today)), (two and _day(two, today))
        if two and first and last and last[1] < first[0]:
            last = _day(two, date(today.year + 1, 1, 1))
        if first and last and first[0] <= last[1]:
            yield Span(*match.span(), first[0], last[1], yearless=not re.search(r"\d{4}|now|today|heute|jetzt", match[0]))


def _days_of_one_month(text: str, today: date) -> Iterator[Span]:
    """`vom 1. bis 20. Dezember`, `1-20 December 2026`: the month is said once."""
    for match in re.finditer(
        rf"\b(?:(?:between|from|zwischen|von|vom)(?: the| dem)? )?(?P<one>\d{{1,2}})(?:\.|st|nd|rd|th)?(?: (?:and|to|until|till|und|bis)(?: the| dem| zum)? |\s?[-–]\s?)(?P<two>\d{{1,2}}(?:\.|st|nd|rd|th)? (?:{_MONTH})\b(?: 20\d\d)?)",
        text,
    ):
        last = re.match(rf"(?P<way>on) (?:{_DAY})$", f"on {match['two']}")
        if last and (day := _day(last, today)) and 0 < int(match["one"]) <= day[1].day:
            yield Span(*match.span(), day[0].replace(day=int(match["one"])), day[1])


def _bare_days(text: str, today: date) -> Iterator[Span]:
    """`next Sunday`, and `6 Dec` without a word before it."""
    for place, words in enumerate(_WEEKDAYS):
        for match in re.finditer(
            rf"\b(?:(?P<until>by|until|till|bis(?: zum)?) |on |am )?(?:(?P<said>this|next|coming|diese[nrms]?|nächste[nrms]?|kommende[nrms]?) )?(?:{words})\b",
            text,
        ):
            day = today + timedelta(days=(place - today.weekday() - 1) % 7 + 1)
            if match["until"] or match["said"]:
                yield Span(*match.span(), None if match["until"] else day, day)
    # `2 may fail` is no day.
    for match in re.finditer(rf"\b\d{{1,2}}(?:\.|st|nd|rd|th)? (?!may\b)(?:{_MONTH})\b\.?(?: 20\d\d)?", text):
        plain = re.match(rf"(?P<way>on) (?:{_DAY})$", f"on {match[0]}")
        if plain and (dated := _day(plain, today)):
            yield Span(*match.span(), *dated)


def _is_rest(text: str, match: re.Match[str]) -> bool:
    """Whether only what is left of a span is meant: `still this year`, `dieses Jahr noch`."""
    return bool(_STILL.search(text[: match.start()]) or re.match(r"\s+noch\b", text[match.end() :]))


def _placed(match: re.Match[str], days: tuple[date, date]) -> Span:
    way = match["way"].split()[0]
    low, high = days
    yearless = bool(match["month"] and not match["y"]) if "month" in match.re.groupindex else False
    if way in ("since", "from", "seit", "ab"):
        return Span(*match.span(), low, None, yearless=yearless)
    if way in ("after", "nach"):
        return Span(*match.span(), high + timedelta(days=1), None, yearless=yearless)
    if way in ("before", "vor"):
        return Span(*match.span(), None, low - timedelta(days=1), yearless=yearless)
    return Span(*match.span(), None if way in ("by", "until", "till", "bis") else low, high, yearless=yearless)


def _day(match: re.Match[str], today: date) -> tuple[date, date] | None:
    """First and last day of a date, a month or a year; a month without a year is the last one for `since`, else the next."""
    try:
        if match["iso"] or match["de"]:
            day = date.fromisoformat(match["iso"]) if match["iso"] else date(*(int(part) for part in reversed(match["de"].split("."))))
            return day, day
        if match["today"]:
            return today, today
        if match["feast"]:
            feast = next(day for words, day in _FEASTS.items() if re.fullmatch(words, match["feast"]))
            day = date(today.year + (feast < (today.month, today.day)), *feast)
            return day, day
        if match["part_month"]:
            return _part_of_month(match, today)
        if match["season"]:
            return _season(match, today)
        if match["year_only"]:
            return date(int(match["year_only"]), 1, 1), date(int(match["year_only"]), 12, 31)
        month = _month(match["month"])
        year = int(match["y"]) if match["y"] else _year(match["way"], month, today)
        if day_of := match["first"] or match["dayof"]:
            day = date(year, month, int(day_of))
            return day, day
        return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
    except ValueError:
        return None


def _part_of_month(match: re.Match[str], today: date) -> tuple[date, date]:
    """First and last day of what is called the beginning, the middle or the end of a month: a third of it, the end its last day."""
    month = _month(match["part_month"])
    year = int(match["part_year"]) if match["part_year"] else _year(match["way"], month, today)
    last = calendar.monthrange(year, month)[1]
    first, end = {"start": (1, 10), "middle": (11, 20), "end": (last, last)}[next(name for name in _PARTS if match[name])]
    return date(year, month, first), date(year, month, end)


def _season(match: re.Match[str], today: date) -> tuple[date, date]:
    """First and last day of a season."""
    month = next(month for words, month in _SEASONS.items() if re.fullmatch(words, match["season"]))
    year = int(match["season_year"]) if match["season_year"] else _year(match["way"], month, today)
    end = month + 2
    last = year + end // 13, (end - 1) % 12 + 1
    return date(year, month, 1), date(*last, calendar.monthrange(*last)[1])


def _month(word: str) -> int:
    return next(place for place, words in enumerate(_MONTHS, 1) if word in words.split("|"))


def _year(way: str, month: int, today: date) -> int:
    """The year of a month that is named without one: the last such month for `since`, the next for `by`, else this year's."""
    if way.split()[0] in ("since", "seit") and month > today.month:
        return today.year - 1
    ahead = way in ("before", "by", "until", "till", "vor", "bis", "bis zum", "vor dem") and month < today.month
    return today.year + ahead


def _unit(match: re.Match[str]) -> str:
    return next(name for name in _UNITS if match[name])


def _count(match: re.Match[str]) -> tuple[str, int]:
    """Unit and number of a span such as `6 months`."""
    return ("half", 1) if match["half_a_year"] else (_unit(match), number(match["n"]))


def _away(today: date, unit: str, count: int) -> date:
    """The day that lies so many units from today: the same day of another month, or its last where it is shorter."""
    if unit in ("day", "week"):
        return today + timedelta(days=count * (7 if unit == "week" else 1))
    months = today.year * 12 + today.month - 1 + count * {"month": 1, "quarter": 3, "half": 6, "year": 12}[unit]
    year, month = months // 12, months % 12 + 1
    return date(year, month, min(today.day, calendar.monthrange(year, month)[1]))


def _calendar(unit: str, step: int, today: date) -> tuple[date, date]:
    """First and last day of this, the next or the last day, week, month, quarter or year."""
    if unit == "day":
        return today + timedelta(days=step), today + timedelta(days=step)
    if unit == "week":
        monday = today - timedelta(days=today.weekday()) + timedelta(weeks=step)
        return monday, monday + timedelta(days=6)
    if unit == "year":
        return date(today.year + step, 1, 1), date(today.year + step, 12, 31)
    size = {"quarter": 3, "half": 6}.get(unit, 1)
    first = (today.year * 12 + today.month - 1) // size * size + step * size
    last = first + size - 1
    return date(first // 12, first % 12 + 1, 1), date(last // 12, last % 12 + 1, calendar.monthrange(last // 12, last % 12 + 1)[1])
