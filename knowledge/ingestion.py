"""Files to documents: read, compare by content, keep versions, take out what is gone.

Each file is one transaction; embedding follows after the commit, and what a killed process left unembedded is made up
for when the index is opened.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from knowledge import controls, language, orders, passages
from knowledge.errors import UnreadableDocument
from knowledge.index import Index
from knowledge.passages import Piece
from knowledge.reading import Metadata, Reader, Reading, side_file
from knowledge.registers import Document, DocumentVersion, Passage, Store
from knowledge.registers.rows import utc_now

_TOGETHER = 2_000
"""Passages embedded in one go: enough to sort by length, little enough to show progress."""


@dataclass
class Report:
    """What became of the files: names by outcome, refusals and remarks with their reason."""

    loaded: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    remarks: list[tuple[str, str]] = field(default_factory=list)
    passages: int = 0


@dataclass(frozen=True)
class _File:
    path: Path
    name: str
    hash: str


def ingest(
    store: Store,
    index: Index,
    root: Path,
    *,
    licensed: str | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Report:
    """Bring the store to the state of a file or folder. `licensed` names the framework whose bought text this is.

    Damaged and refused files are reported by name and reason, and the rest is loaded. Raises UnreadableDocument when
    there is nothing at the path.
    """
    root = root.resolve()
    report = Report()
    files = [_fingerprint(path, root) for path in _files(root)]
    todo, moved = _changed(store, files, root, licensed, report, index)
    pending: list[Passage] = []
    with Reader() as reader:
        for number, file in enumerate(todo, 1):
            if progress:
                progress("reading", number, len(todo))
            try:
                fresh, gone = _load(store, reader.read(file.path), file, licensed, report)
            except UnreadableDocument as error:
                report.refused.append((file.name, error.reason))
                continue
            report.loaded.append(file.name)
            index.remove(gone)
            pending.extend(fresh)
            if len(pending) >= _TOGETHER:
                _index(index, pending, progress)
                pending = []
    _index(index, pending, progress)
    _take_out(store, moved, report, index, root)
    return report


def _index(index: Index, fresh: Sequence[Passage], progress: Callable[[str, int, int], None] | None) -> None:
    if fresh:
        index.add(fresh, (lambda done, total: progress("indexing", done, total)) if progress else None)


def _files(root: Path) -> list[Path]:
    if root.is_file():
        return [root]
    if not root.is_dir():
        raise UnreadableDocument(root, "there is no such file or folder")
    inside = (path for path in sorted(root.rglob("*")) if path.is_file())
    return [path for path in inside if not _is_side_file(path) and not any(part.startswith(".") for part in path.relative_to(root).parts)]


def _is_side_file(path: Path) -> bool:
    return path.suffix == ".yaml" and path.with_suffix("").exists()


def _fingerprint(path: Path, root: Path) -> _File:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    if side_file(path).exists():
        digest.update(side_file(path).read_bytes())
    name = path.name if path == root else str(path.relative_to(root))
    return _File(path, name, digest.hexdigest())


def _changed(
    store: Store, files: Sequence[_File], root: Path, licensed: str | None, report: Report, index: Index
) -> tuple[list[_File], list[str]]:
    """(files that must be read, old paths of those that were moved); the unchanged are noted.

    Documents whose file is gone are taken out, a moved one only after its new place was read: its number may stay.
    """
    kind = "licensed" if licensed else "document"
    with store.read() as session:
        rows = session.exec(
            select(Document.path, DocumentVersion.file_hash)
            .join(DocumentVersion, col(DocumentVersion.number) == Document.number)
            .where(DocumentVersion.current, Document.kind == kind)
        ).all()
        bought = set(session.exec(select(Document.path).where(Document.kind == "licensed")).all())
    if not licensed:  # a licensed copy that lies among the company's documents stays licensed
        files = [file for file in files if str(file.path) not in bought]
    known = {path: hash_ for path, hash_ in rows if path}
    todo = [file for file in files if known.get(str(file.path)) != file.hash]
    report.unchanged = [file.name for file in files if known.get(str(file.path)) == file.hash]
    there = {str(file.path) for file in files}
    gone = [path for path in known if path not in there and _below(Path(path), root)]
    moved_to = {file.hash for file in todo}
    _take_out(store, [path for path in gone if known[path] not in moved_to], report, index, root)
    return todo, [path for path in gone if known[path] in moved_to]


def _below(path: Path, root: Path) -> bool:
    return path != root and root in path.parents


def _take_out(store: Store, paths: Sequence[str], report: Report, index: Index, root: Path) -> None:
    """Take out the documents that these paths still belong to."""
    for path in paths:
        with store.write() as session:
            gone = _retire(session, select(Document).where(Document.path == path))
        index.remove(gone)
        if gone:
            report.removed.append(str(Path(path).relative_to(root)))


def _retire(session: Session, documents: SelectOfScalar[Document]) -> list[str]:
    """Ids of the passages that no longer count, after these documents lost their file."""
    gone = []
    for document in session.exec(documents).all():
        gone += _supersede(session, document.number)
        document.path, document.changed_at = "", utc_now()
        session.add(document)
    return gone


def _supersede(session: Session, number: str) -> list[str]:
    """Ids of the passages that no longer count, after the current version of a document became an old one."""
    gone = []
    for version in session.exec(select(DocumentVersion).where(DocumentVersion.number == number, DocumentVersion.current)):
        version.current = False
        session.add(version)
        for passage in session.exec(select(Passage).where(Passage.version_id == version.id)):
            passage.current = False
            session.add(passage)
            gone.append(passage.id)
    return gone


def _load(store: Store, reading: Reading, file: _File, licensed: str | None, report: Report) -> tuple[list[Passage], list[str]]:
    text, pieces = passages.cut(reading.blocks)
    if not pieces:
        raise UnreadableDocument(file.name, "there is no text in it below its headings")
    meta = reading.metadata
    number = meta.number or (f"{licensed}:{file.path.stem}" if licensed else file.path.stem)
    with store.write() as session:
        document = session.get(Document, number)
        if document and document.path and document.path != str(file.path) and Path(document.path).exists():
            raise UnreadableDocument(
                file.name, f"its number {number} is that of {Path(document.path).name}; give one of them another number"
            )
        gone = _retire(session, select(Document).where(Document.path == str(file.path), Document.number != number))
        gone += _supersede(session, number)
        document = document or Document(number=number, title="")
        _describe(document, meta, file, text, licensed)
        session.add(document)
        session.flush()
        version = _version(session, document, meta, file, text, reading)
        session.add(version)
        session.flush()
        fresh = _passages(document, version, pieces, licensed)
        there = _stored(session, [passage.id for passage in fresh])
        fresh = [session.merge(passage) if passage.id in there else passage for passage in fresh]
        session.add_all(fresh)
    report.passages += len(fresh)
    report.remarks.extend((file.name, remark) for remark in reading.remarks)
    if version.tampered:
        report.remarks.append((file.name, "it holds text that gives orders to assistants; that text is never quoted, look at it"))
    return fresh, gone  # also of a passage whose text stayed: its audience or heading may have changed


def _stored(session: Session, ids: Sequence[str]) -> set[str]:
    """Those of the ids that the store has, current or not."""
    found: set[str] = set()
    for start in range(0, len(ids), 500):
        found.update(session.exec(select(Passage.id).where(col(Passage.id).in_(ids[start : start + 500]))))
    return found


def _describe(document: Document, meta: Metadata, file: _File, text: str, licensed: str | None) -> None:
    document.title = meta.title or file.path.stem
    document.kind, document.framework = ("licensed", licensed) if licensed else ("document", "")
    document.owner = meta.owner or ""
    document.audience = meta.audience or "staff"
    document.language = meta.language or language.language_of(text[:5000])
    document.path = str(file.path)
    document.changed_at = utc_now()


def _version(session: Session, document: Document, meta: Metadata, file: _File, text: str, reading: Reading) -> DocumentVersion:
    return DocumentVersion(
        number=document.number,
        version=meta.version or "1",
        state=meta.state or "approved",
        approved_on=_day(meta.approved_on),
        next_review=_day(meta.next_review),
        approver=meta.approver or "",
        file_name=file.path.name,
        file_hash=file.hash,
        text=text,
        tampered=any(map(orders.addresses_assistants, [text, *reading.unseen])),
        remarks="\n".join(reading.remarks),
    )


def _day(value: date | str | None) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _passages(document: Document, version: DocumentVersion, pieces: Sequence[Piece], licensed: str | None) -> list[Passage]:
    if not licensed:
        return passages.make(
            f"doc:{document.number}@{version.version}",
            "document",
            pieces,
            tongue=document.language,
            audience=document.audience,
            title=document.title,
            version_id=version.id,
        )
    by_source: dict[str, list[Piece]] = {}
    for piece in pieces:
        by_source.setdefault(_licensed_source(licensed, piece), []).append(piece)
    return [
        passage
        for source_id, some in by_source.items()
        for passage in passages.make(
            source_id, "licensed", some, tongue=document.language, audience=document.audience, title=document.title, version_id=version.id
        )
    ]


def _licensed_source(framework: str, piece: Piece) -> str:
    """`licensed:<framework>:<id>` of the clause or control that the nearest heading, else the text's first words, names."""
    for line in (*reversed(piece.heading.split(" > ")), piece.text[:60]):
        for control in controls.catalogue().leading(line, framework):
            return f"licensed:{framework}:{control.id}"
    return f"licensed:{framework}:text"
