"""Metadata of a document: from the front matter of a Markdown file, or from a file beside it."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from knowledge.errors import BadMetadata
from knowledge.reading.blocks import one_line

STATES = ("draft", "in_review", "approved", "retired")
_AUDIENCE = re.compile(r"public|staff|(?:role|department|person):\S(?:.*\S)?")
_EVERYBODY = re.compile(
    r"(?:all|every(?:body|one)|alle)(?: (?:staff|employees|personnel|mitarbeiter\w*|beschäftigten?))?|employees|mitarbeiter\w*|internal|intern",
    re.IGNORECASE,
)
_GERMAN_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_SIDE_FILE_BYTES = 64 * 1024


@dataclass(frozen=True)
class Metadata:
    """What is known of a document beside its text; None where nobody has said so."""

    number: str | None = None
    title: str | None = None
    version: str | None = None
    state: str | None = None
    approved_on: date | None = None
    next_review: date | None = None
    owner: str | None = None
    approver: str | None = None
    audience: str | None = None
    language: str | None = None


FIELDS = tuple(field.name for field in fields(Metadata))
_DATES = ("approved_on", "next_review")


def side_file(path: Path) -> Path:
    """Where the metadata of a file stands: `NAME.EXT.yaml` beside it."""
    return path.with_name(f"{path.name}.yaml")


def metadata(path: Path, front: Mapping[str, Any] | None) -> tuple[Metadata, list[str]]:
    """(metadata, remarks) from front matter and side file. Raises BadMetadata with the file, the field and what is allowed.

    A side file is written for this product and has its fields alone. Front matter is also written for others, whose fields are left out.
    """
    values: dict[str, Any] = {}
    remarks: list[str] = []
    ours = _of_ours(path.name, front or {}, remarks)
    for name, found in ((path.name, ours), (side_file(path).name, _side_values(path))):
        for field, value in _checked(name, found or {}, remarks).items():
            if values.setdefault(field, value) != value:
                both = f"{field} is {value} here and {values[field]} in the front matter of {path.name}"
                raise BadMetadata(name, f"{both}; say it in one of them")
    return Metadata(**values), remarks


def _of_ours(name: str, front: Mapping[Any, Any], remarks: list[str]) -> dict[Any, Any]:
    """The fields of front matter without those of other tools; one that is nearly ours stays, and is refused: `audence` would let everybody read."""
    folded = {str(field).strip().lower(): value for field, value in front.items()}
    others = [field for field in folded if not get_close_matches(field, FIELDS, n=1, cutoff=0.8)]
    if others:
        remarks.append(f"left out of its front matter: {', '.join(others)}; fields of a document are {', '.join(FIELDS)}")
    return {field: value for field, value in folded.items() if field not in others}


class _Loader(yaml.SafeLoader):
    """Leaves decimal numbers as they are written: versions 1.10 and 1.1 are two."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in resolvers if not tag.endswith(":float")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def mapping_of(name: str, text: str) -> Any:
    """The value of a YAML text. Raises BadMetadata for one that is broken, or that uses anchors, which can grow without end."""
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
            raise BadMetadata(name, "its metadata uses a YAML alias (*name); write the value out")
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - it is a safe loader
    except ValueError as error:
        raise BadMetadata(name, f"a date in its metadata is impossible ({error}); write dates as YYYY-MM-DD") from error
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else ""
        form = "write one `field: value` a line and quote values that hold a colon"
        raise BadMetadata(name, f"its metadata is not YAML{where}; {form}") from error


def _side_values(path: Path) -> Mapping[str, Any] | None:
    side = side_file(path)
    if not side.is_file():
        return None
    if side.stat().st_size > _SIDE_FILE_BYTES:
        raise BadMetadata(side.name, "it is larger than 64 KB; keep only the fields " + ", ".join(FIELDS))
    try:
        text = side.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadMetadata(side.name, "it is not UTF-8 text; save it as UTF-8") from error
    values = mapping_of(side.name, text)
    if values is not None and not isinstance(values, dict):
        raise BadMetadata(side.name, "it must hold one `field: value` a line; fields are " + ", ".join(FIELDS))
    return values


def _checked(name: str, values: Mapping[Any, Any], remarks: list[str]) -> dict[str, Any]:
    """The values in their types. Raises BadMetadata for a field or value that is not allowed."""
    out: dict[str, Any] = {}
    for field, value in values.items():
        if field not in FIELDS:
            raise BadMetadata(name, f"{field!r} is no field of a document; fields are {', '.join(FIELDS)}")
        if value is None or value == "":
            continue
        out[field] = _day(name, field, value) if field in _DATES else _line(name, field, value)
    if "state" in out:
        out["state"] = re.sub(r"[\s-]+", "_", out["state"].lower())
    if _EVERYBODY.fullmatch(out.get("audience", "")):
        out["audience"] = "staff"
    if out.get("state", STATES[0]) not in STATES:
        raise BadMetadata(name, f"state is {out['state']!r}; allowed are {', '.join(STATES)}")
    if not _AUDIENCE.fullmatch(out.get("audience", "staff")):
        raise BadMetadata(name, f"audience is {out['audience']!r}; allowed are public, staff, role:NAME, department:NAME, person:E-MAIL")
    if out.get("language", "en") not in ("de", "en"):
        remarks.append(f"language {out.pop('language')} is not known, only de and en are; the language of the text is used")
    return out


def _day(name: str, field: str, value: Any) -> date:
    if type(value) is date:
        return value
    try:
        if match := _GERMAN_DAY.fullmatch(str(value).strip()):
            return date(int(match[3]), int(match[2]), int(match[1]))
        return date.fromisoformat(str(value).strip())
    except ValueError as error:
        raise BadMetadata(name, f"{field} is {value!r}; write a date as YYYY-MM-DD") from error


def _line(name: str, field: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | date):
        raise BadMetadata(name, f"{field} must be one line of text; it is {type(value).__name__}")
    if not (text := one_line(str(value))):
        raise BadMetadata(name, f"{field} is empty; leave the line out or fill it")
    return text


def plain(known: Metadata) -> dict[str, str | None]:
    """The metadata as values that JSON can carry."""
    return {name: str(value) if value is not None else None for name, value in asdict(known).items()}


def from_plain(values: Mapping[str, str | None]) -> Metadata:
    """The metadata that `plain` wrote."""
    return Metadata(**{name: date.fromisoformat(value) if value and name in _DATES else value for name, value in values.items()})  # type: ignore[arg-type]
