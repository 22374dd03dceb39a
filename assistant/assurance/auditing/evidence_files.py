"""Files of evidence in the data folder, by the hash of their content."""

from hashlib import sha256
from pathlib import Path

from sqlmodel import Session, select

from knowledge.registers import Document, DocumentVersion


def held(folder: Path, digest: str, bought: frozenset[str]) -> bytes | str:
    """The content of the file with that hash; else why it is not there, empty where the row names none."""
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        return ""
    if digest in bought:
        return "licensed"
    path = next((path for path in (folder / digest, folder / digest[:2] / digest) if path.is_file()), None)
    if path is None:
        return "absent"
    content = path.read_bytes()
    return content if sha256(content).hexdigest() == digest else "damaged"


def licensed(session: Session) -> frozenset[str]:
    """Hashes of the files of licensed texts: they never leave."""
    wanted = select(DocumentVersion.file_hash).join(Document).where(Document.kind == "licensed")
    return frozenset(session.exec(wanted).all())


def suffix(link: str) -> str:
    """The ending of a file's name, where it is one."""
    ending = Path(link.split("?")[0]).suffix.lower()
    return ending if 1 < len(ending) < 6 and ending[1:].isalnum() and ending.isascii() else ""
