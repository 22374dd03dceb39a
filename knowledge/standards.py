"""What a fresh installation answers from: guidance, threats, and notes on law, made into passages.

Each file of `guidance/` and `notes/` is one source: front matter with the ways people ask about it, then short sections.
The questions become passages of their own: they lead to the source and are never quoted.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from sqlmodel import col, select

from knowledge import controls, language, orders, passages
from knowledge.errors import BadKnowledge
from knowledge.reading import Block
from knowledge.registers import DocumentVersion, Passage, Store

GUIDANCE = Path(__file__).with_name("guidance")
NOTES = Path(__file__).with_name("notes")
REFUSALS = Path(__file__).with_name("refusals")
THREATS, THREAT = Path(__file__).with_name("threat_examples.yaml"), "threat:"


@dataclass(frozen=True)
class Note:
    """What a note on law or a scheme rests on: the day it was right, what it depends on, whom to ask."""

    source_id: str
    title: str
    as_of: str
    depends_on: str
    ask: str


def standard_passages() -> list[Passage]:
    """Every passage that ships with the product. Raises BadKnowledge naming the file that is not in its form."""
    return [*_guidance(), *_threats(), *_notes(), *_refusals()]


def refusals() -> list[dict[str, Any]]:
    """Reasons not to answer, as written: reason, contact, and by language examples, and questions near to them that are answered."""
    return [_yaml(path.read_text("utf-8"), path.name) for path in sorted(REFUSALS.glob("*.yaml"))]


def threat_examples() -> list[Passage]:
    """Sentences that speak of a threat of the guide, with `THREAT` and its name as their source: to learn from, not to be found."""
    by_threat = _yaml(THREATS.read_text("utf-8"), THREATS.name)
    return _examples(by_threat)


def general_examples() -> list[Passage]:
    """The same for the general threats, by their ids, and for what is no threat to information at all."""
    return _examples({id_: entry["examples"] for id_, entry in controls.general_threats().items()})


def _examples(by_threat: dict[str, dict[str, list[str]]]) -> list[Passage]:
    return [passage for threat, by_language in by_threat.items() for passage in _asked(f"{THREAT}{threat}", by_language, "threat")]


def note(source_id: str) -> Note | None:
    """The note with that id."""
    return _note_index().get(source_id)


def synchronise(store: Store, remembered: Path | None = None) -> tuple[list[Passage], list[str]]:
    """(passages that are new or read anew, ids of those that are gone) after the store holds exactly what ships.

    A German passage, the company's too, is read anew where the glossary gives it other English words than before; the company's documents are
    looked through for orders to assistants by the rules that ship now.

    The file `remembered` says which files of this package the store was last brought to the state of: as long as neither
    they nor the store's passages change, nothing is parsed.
    """
    with store.turn():
        return _synchronise(store, remembered)


def _synchronise(store: Store, remembered: Path | None) -> tuple[list[Passage], list[str]]:
    with store.read() as session:
        there = set(session.exec(select(Passage.id).where(col(Passage.version_id).is_(None), Passage.kind != "register")).all())
    shipped = _digest_of_files()
    if remembered and remembered.exists() and remembered.read_text("utf-8") == f"{shipped} {_digest(there)}":
        return [], []
    wanted = {passage.id: passage for passage in standard_passages()}
    gone = sorted(there - wanted.keys())
    fresh = [passage for id_, passage in wanted.items() if id_ not in there]
    with store.write() as session:
        for start in range(0, len(gone), 500):
            for passage in session.exec(select(Passage).where(col(Passage.id).in_(gone[start : start + 500]))):
                session.delete(passage)
        session.add_all(fresh)
        session.flush()
        for passage in session.exec(select(Passage).where(Passage.language == "de")):
            if passage.hash != (read := passages.hash_of(passage)):
                passage.hash = read
                fresh.append(passage)
        for version in session.exec(select(DocumentVersion).where(DocumentVersion.current)):
            version.tampered |= orders.addresses_assistants(version.text)
    if remembered:
        remembered.parent.mkdir(parents=True, exist_ok=True)
        remembered.write_text(f"{shipped} {_digest(wanted)}", "utf-8")
    return fresh, gone


def _digest(ids: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()


def _digest_of_files() -> str:
    """Of everything in this package that passages are made of, the rules that cut them included."""
    digest = hashlib.sha256()
    here = Path(__file__).parent
    for path in sorted(path for suffix in ("md", "yaml", "csv", "tsv", "py") for path in here.rglob(f"*.{suffix}")):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(here)} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _guidance() -> Iterator[Passage]:
    for path in sorted(GUIDANCE.glob("*/*.md")):
        front, body = _read(path)
        control = controls.catalogue().get(path.parent.name, str(front.get("id")))
        if control is None:
            raise BadKnowledge(f"{path.name}: {path.parent.name} has no {front.get('id')}")
        yield from _of_file(path, front, body, control.source_id, "control", f"{control.title} ({control.id})")


def _notes() -> Iterator[Passage]:
    for path in sorted(NOTES.glob("*.md")):
        front, body = _read(path)
        yield from _of_file(path, front, body, str(front["id"]), "note", str(front["title"]))


def _of_file(path: Path, front: dict[str, Any], body: str, source_id: str, kind: str, title: str) -> Iterator[Passage]:
    _, pieces = passages.cut(_blocks(body))
    if not pieces:
        raise BadKnowledge(f"{path.name}: there is no text under its headings")
    yield from passages.make(source_id, kind, pieces, tongue="en", audience="public", title=title)
    asked = front.get("questions") or {}
    if not isinstance(asked, dict):
        raise BadKnowledge(f"{path.name}: questions must list `en` and `de`")
    yield from _asked(source_id, asked)


def _asked(source_id: str, by_language: dict[str, list[str]], kind: str = "question") -> Iterator[Passage]:
    for tongue, lines in by_language.items():
        texts = [language.clean(str(line)) for line in lines]
        pieces = [passages.Piece("", None, 0, len(text), text) for text in texts]
        yield from passages.make(source_id, kind, pieces, tongue=str(tongue), audience="public")


def _refusals() -> Iterator[Passage]:
    for entry in refusals():
        yield from _asked(f"refuse:{entry['reason']}", entry["examples"], "example")
        yield from _asked(f"answer:{entry['reason']}", entry["answered"], "example")


def _threats() -> Iterator[Passage]:
    grouped: dict[str, list[str]] = {}
    titles: dict[str, str] = {}
    for threat in controls.catalogue().threats():
        titles[threat.source_id] = f"{threat.title} ({threat.id})"
        grouped.setdefault(threat.source_id, []).extend(_threat_lines(threat))
    for source_id, lines in grouped.items():
        _, pieces = passages.cut([Block("text", line) for line in dict.fromkeys(lines)])
        yield from passages.make(source_id, "control", pieces, tongue="en", audience="public", title=titles[source_id])


def _threat_lines(threat: controls.Control) -> list[str]:
    names = "; ".join(threat.attribute("controls_27001_2022"))
    return [
        threat.text,
        f"{threat.attribute('guide_threat')[0]} in the form of {threat.title} ({threat.id}) is answered by these controls of ISO/IEC 27001:2022: {names}.",
    ]


def _note_index() -> dict[str, Note]:
    if not _notes_by_id:
        for path in sorted(NOTES.glob("*.md")):
            front, _ = _read(path)
            made = Note(*(str(front[key]) for key in ("id", "title", "as_of", "depends_on", "ask")))
            _notes_by_id[made.source_id] = made
    return _notes_by_id


_notes_by_id: dict[str, Note] = {}


def _read(path: Path) -> tuple[dict[str, Any], str]:
    match = re.match(r"---\n(.*?)\n---\n(.*)", path.read_text("utf-8"), re.DOTALL)
    if not match:
        raise BadKnowledge(f"{path.name}: needs front matter between two lines of ---")
    return _yaml(match[1], path.name), match[2]


def _yaml(text: str, name: str) -> Any:
    try:
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  a safe loader, in C
    except yaml.YAMLError as error:
        raise BadKnowledge(f"{name}: this is not YAML ({error})") from error


def _blocks(body: str) -> Sequence[Block]:
    out = []
    for line in body.splitlines():
        if line.startswith("## "):
            out.append(Block("heading", language.clean(line[3:]), 1))
        elif line.strip():
            out.append(Block("text", language.clean(line)))
    return out
