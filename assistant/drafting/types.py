"""The types of documents that can be drafted: one file a type, its front matter and its skeleton.

`knowledge/document_types/README.md` says what may stand in one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from knowledge import controls
from knowledge.errors import BadKnowledge

FOLDER = Path(controls.__file__).with_name("document_types")
KINDS = ("policy", "procedure", "plan", "standard", "report", "form")
SUBJECTS = ("", "site", "asset", "ai_system", "supplier", "audit")
COMMANDS = ("table", "count", "value", "said", "controls", "method", "soa")
BUILT_IN = ("company", "number", "version", "owner", "approver", "today", "subject", "subject_id", "subject_owner")
PLACE = re.compile(r"\{\{\s*(.+?)\s*\}\}")
_FRONT = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
_FIELDS = {
    "id", "title", "title_de", "kind", "prefix", "controls", "owner_role", "review_months", "about", "classification", "audience", "questions"
}  # fmt: skip
_ASKED = {"ask", "who", "suggest"}


@dataclass(frozen=True)
class Question:
    """What a person has to decide before the document is complete: the question, who can answer it, and a usual answer."""

    key: str
    ask: str
    who: str
    suggest: str = ""


@dataclass(frozen=True)
class Section:
    """A part of a skeleton: its heading and the Markdown below it, with places to be filled."""

    heading: str
    body: str


@dataclass(frozen=True)
class DocumentType:
    """A type of document. `name` is its file's name; `about` the register whose row a draft may be for."""

    name: str
    id: str
    title: str
    title_de: str
    kind: str
    prefix: str
    controls: tuple[str, ...]
    owner_role: str
    review_months: int
    about: str
    classification: str
    audience: str
    questions: Mapping[str, Question]
    sections: tuple[Section, ...]


@cache
def document_types() -> dict[str, DocumentType]:
    """Every type by its name, in the order of the names. Raises BadKnowledge naming file and place."""
    found = [read(path) for path in sorted(FOLDER.glob("*.md")) if path.name != "README.md"]
    return {one.name: one for one in found}


def document_type(name: str) -> DocumentType:
    """The type of that name or id (`DOC-047`). Raises BadKnowledge with the names there are."""
    known = document_types()
    wanted = name.strip().lower()
    for one in known.values():
        if wanted in (one.name, one.id.lower()):
            return one
    raise BadKnowledge(f"{name}: there is no such type of document; there are {', '.join(known)}.")


def read(path: Path) -> DocumentType:
    """The type that a file describes. Raises BadKnowledge naming the file and what is wrong."""
    text = path.read_text("utf-8")
    match = _FRONT.match(text)
    front = yaml.safe_load(match[1]) if match else None
    if not match or not isinstance(front, dict):
        raise BadKnowledge(f"{path.name}: begin with front matter between two lines of ---.")
    if wrong := sorted(front.keys() - _FIELDS):
        raise BadKnowledge(f"{path.name}: {', '.join(wrong)} is not a field of a document type; there are {', '.join(sorted(_FIELDS))}.")
    try:
        questions = {key: _question(key, given) for key, given in (front.get("questions") or {}).items()}
        made = DocumentType(
            name=path.stem,
            id=str(front["id"]),
            title=str(front["title"]),
            title_de=str(front["title_de"]),
            kind=str(front["kind"]),
            prefix=str(front["prefix"]),
            controls=tuple(front.get("controls") or ()),
            owner_role=str(front["owner_role"]),
            review_months=int(front["review_months"]),
            about=str(front.get("about") or ""),
            classification=str(front.get("classification") or "internal"),
            audience=str(front.get("audience") or "staff"),
            questions=questions,
            sections=tuple(_sections(text[match.end() :])),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadKnowledge(f"{path.name}: {error} is missing or not in its form.") from error
    if problems := list(_problems(made)):
        raise BadKnowledge(f"{path.name}: {'; '.join(problems)}.")
    return made


def _question(key: str, given: Any) -> Question:
    if not isinstance(given, dict) or given.keys() - _ASKED or not {"ask", "who"} <= given.keys():
        raise ValueError(f"question {key} (it has ask, who and perhaps suggest)")
    return Question(key, str(given["ask"]), str(given["who"]), str(given.get("suggest") or ""))


def _sections(text: str) -> list[Section]:
    parts = re.split(r"^## +(.+)$", text, flags=re.MULTILINE)
    return [Section(heading.strip(), body.strip("\n")) for heading, body in zip(parts[1::2], parts[2::2], strict=True)]


def _problems(made: DocumentType) -> list[str]:
    """What does not hold together, as sentences."""
    problems = []
    if made.kind not in KINDS:
        problems.append(f"kind {made.kind} is none of {', '.join(KINDS)}")
    if made.about not in SUBJECTS:
        problems.append(f"about {made.about} is none of {', '.join(one for one in SUBJECTS if one)}")
    known = controls.catalogue()
    problems += [f"there is no control {id_}" for id_ in made.controls if known.by_source(source_of(id_)) is None]
    used = {place for section in made.sections for place in PLACE.findall(section.body)}
    keys = {place for place in used if place.split()[0] not in COMMANDS}
    problems += [f"{{{{{key}}}}} is neither a question nor built in" for key in sorted(keys - made.questions.keys() - set(BUILT_IN))]
    problems += [f"question {key} is not used" for key in sorted(made.questions.keys() - keys)]
    problems += [
        f"the title {section.heading} holds a place, which is filled in text alone"
        for section in made.sections
        if PLACE.search(section.heading)
    ]
    if not made.sections:
        problems.append("there is no section; a section begins with ## and its title")
    return problems


def source_of(id_: str) -> str:
    """The source id of a control as types and files write it: `A.8.24` is that of the edition in force, `iso42001:A.8.4` names its framework."""
    return id_ if ":" in id_ else f"{controls.ISO_2022}:{id_}"
