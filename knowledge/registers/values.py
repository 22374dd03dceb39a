"""Whether a value may stand in a column, and its form in the database: numbers as numbers, codes as codes, ids as ids."""

import json
import math
import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from knowledge import controls
from knowledge.registers.columns import Column, Kind

Resolve = Callable[[str, str], str | None]
"""(register, what was written) to the id of the row that is meant, or None."""

_AUDIENCE = re.compile(r"public|staff|(?:role|department|person):\S(?:.*\S)?")
_HALF = re.compile("[\ud800-\udfff]")
_ID = re.compile(r"[^\s|;,]+(?: [^\s|;,]+)*")
_YES = {"true", "yes", "y", "1", "x", "ja", "j", "wahr"}
_NO = {"false", "no", "n", "0", "nein", "falsch"}
_LINE, _TEXT = 1_000, 100_000
NONE = (
    "none", "no", "plain", "plaintext", "cleartext", "unencrypted", "not encrypted", "-", "keine", "nein", "klartext", "unverschlüsselt",
)  # fmt: skip
"""What people write where there is nothing."""
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
"""Days that a row may hold: whatever is reckoned from one of them is a day too. 9999-12-31, which other systems write for "no end", is none."""


class BadValue(ValueError):
    """The value cannot stand there; the text says what may."""


def checked(column: Column, value: Any, resolve: Resolve) -> Any:
    """The value as the database keeps it; a list of ids for lists. Raises BadValue with what is allowed."""
    if value is None or (isinstance(value, str) and not value.strip()) or value in ([], ()):
        if column.required and not column.default:
            raise BadValue("it is empty; fill it in")
        return column.default
    return _CHECKS[column.kind](column, value, resolve)


def kept(column: Column, value: Any, resolve: Resolve) -> Any:
    """`checked`, for a row and not for a condition: a day is one of these centuries. Raises BadValue."""
    found = checked(column, value, resolve)
    day = found.date() if isinstance(found, datetime) else found
    if isinstance(day, date) and not plausible(day):
        raise BadValue(f"write a day from {FIRST_DAY} to {LAST_DAY}, or leave it empty where there is none")
    return found


def plausible(day: date) -> bool:
    """Whether a day is one that a row may hold."""
    return FIRST_DAY <= day <= LAST_DAY


def storable(text: str) -> bool:
    """Whether a database can hold the text: PostgreSQL takes no NUL, and no database takes half of a surrogate pair."""
    return "\x00" not in text and not _HALF.search(text)


def checked_id(value: Any) -> str:
    """An id that a file or a person gives. Raises BadValue."""
    text = str(value).strip()
    if len(text) > 64 or not _ID.fullmatch(text):
        raise BadValue("an id has up to 64 characters and none of | ; or comma")
    if not text.isprintable():
        raise BadValue("an id has no characters that cannot be seen; type it again")
    return text


def plain(value: Any) -> Any:
    """The value as JSON can carry it: dates and moments in ISO form."""
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else list(value) if isinstance(value, tuple) else value


def control_label(source_id: str) -> str:
    """How a control's source id is written in files: `A.8.24` for the edition in force, the whole id for others."""
    framework, _, id_ = source_id.partition(":")
    return id_ if framework in (controls.ISO_2022, controls.ATLAS, controls.THREAT) else source_id


def _text(column: Column, value: Any, _resolve: Resolve) -> str:
    if column.name == "audience" and not _AUDIENCE.fullmatch(str(value)):
        raise BadValue("allowed are public, staff, role:NAME, department:NAME, person:E-MAIL")
    if not isinstance(value, str | int | float | date):
        raise BadValue(f"write text, not {type(value).__name__}")
    text = str(value).replace("\x00", "").strip()
    if not storable(text):
        raise BadValue("it holds half of a character; type it again")
    if column.kind is Kind.TEXT:
        text = " ".join(text.split())
    limit = _LINE if column.kind is Kind.TEXT else _TEXT
    if len(text) > limit:
        raise BadValue(f"it has {len(text)} characters; the limit is {limit}")
    return text


def _texts(column: Column, value: Any, resolve: Resolve) -> str:
    return _text(column, "|".join(_split(value, r"[|\n]")), resolve)


def _number(column: Column, value: Any, _resolve: Resolve) -> float | int:
    whole = column.kind is Kind.INTEGER
    try:
        number = float(value) if not isinstance(value, bool) else math.nan
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number) or (whole and number != int(number)) or abs(number) > 1e15:
        raise BadValue(f"write a {'whole ' if whole else ''}number{_range(column)}")
    if (column.low is not None and number < column.low) or (column.high is not None and number > column.high):
        raise BadValue(f"write a {'whole ' if whole else ''}number{_range(column)}")
    return int(number) if whole else number


def _range(column: Column) -> str:
    if column.low is None:
        return ""
    return f" from {column.low:g} to {column.high:g}" if column.high is not None else f" from {column.low:g} on"


def _date(_column: Column, value: Any, _resolve: Resolve) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip()[:10] if "T" in str(value) else str(value).strip())
    except ValueError:
        raise BadValue("write a date as YYYY-MM-DD") from None


def _moment(_column: Column, value: Any, _resolve: Resolve) -> datetime:
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadValue("write a moment as YYYY-MM-DDTHH:MM:SSZ, or a date as YYYY-MM-DD") from None


def _boolean(_column: Column, value: Any, _resolve: Resolve) -> bool:
    word = str(value).strip().casefold()
    if word in _YES | _NO:
        return word in _YES
    raise BadValue("write yes or no")


def _code(column: Column, value: Any, _resolve: Resolve) -> str:
    codes = column.codes
    assert codes is not None
    meant = codes.meant(str(value))
    if meant is None:
        raise BadValue(f"allowed are {', '.join(codes)}")
    if len(meant) > 100:
        raise BadValue(f"it is too long for a code; usual are {', '.join(codes)}")
    return meant


def _link(column: Column, value: Any, resolve: Resolve) -> str:
    found = resolve(column.register, str(value).strip())
    if found is None:
        if column.kind is Kind.PERSON:
            raise BadValue("nobody has that e-mail, id or name; add the person first")
        raise BadValue(f"there is no such {column.register.replace('_', ' ')}; write the id of one that exists")
    return found


def _links(column: Column, value: Any, resolve: Resolve) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_link(column, one, resolve) for one in _split(value, r"[|\n;,]")))


def _controls(column: Column, value: Any, _resolve: Resolve) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_control(column, one) for one in _split(value, r"[|\n;,]" if not column.lenient else r"[|\n;]")))


def _control(column: Column, written: str) -> str:
    if found := _source_id(written, column.frameworks):
        return found
    if not column.lenient:
        raise BadValue(_unknown_control(written, column))
    return _text(Column(Kind.TEXT, column.words), written, lambda _register, _id: None)


@lru_cache(maxsize=10_000)
def _source_id(written: str, frameworks: tuple[str, ...]) -> str | None:
    catalogue = controls.catalogue()
    whole = (catalogue.get(framework, written.strip()) for framework in frameworks)
    if direct := catalogue.by_source(written) or next(filter(None, whole), None):
        return direct.source_id
    readings = (found[0].source_id for framework in frameworks if (found := catalogue.look_up(written, framework)))
    return next(readings, None)


def _unknown_control(written: str, column: Column) -> str:
    old = controls.look_up(written, controls.ISO_2013)
    if old and controls.ISO_2022 in column.frameworks:
        new = ", ".join(entry.id for entry in controls.successors(old[0].id))
        return f"{written} is an id of the withdrawn edition of 2013; today it is {new or 'gone'}: write that"
    return f"{written} is no control of {' or '.join(column.frameworks)}; write an id such as A.8.24"


def _split(value: Any, between: str) -> list[str]:
    """The parts of a text, or of every text of a list: what separates parts in files never stands inside one."""
    texts: Iterable[Any] = value if isinstance(value, list | tuple | set | frozenset) else (value,)
    return [part for text in texts for piece in re.split(between, str(text)) if (part := piece.strip())]


def _never(_column: Column, value: Any, _resolve: Resolve) -> Any:
    raise BadValue("it is worked out and never written; leave it out")


_CHECKS: dict[Kind, Callable[[Column, Any, Resolve], Any]] = {
    Kind.TEXT: _text,
    Kind.LONG: _text,
    Kind.TEXTS: _texts,
    Kind.INTEGER: _number,
    Kind.DECIMAL: _number,
    Kind.DATE: _date,
    Kind.DATETIME: _moment,
    Kind.BOOLEAN: _boolean,
    Kind.CODE: _code,
    Kind.PERSON: _link,
    Kind.LINK: _link,
    Kind.LINKS: _links,
    Kind.CONTROLS: _controls,
    Kind.COMPUTED: _never,
}


def canonical(value: Any) -> str:
    """The value as JSON in one form only: keys sorted, no spaces, for hashing."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
