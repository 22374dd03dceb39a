"""What kind a file is: told by its content and held against its name; archives are weighed before anything parses them."""

import codecs
import re
import zipfile
from pathlib import Path, PurePosixPath

from knowledge.errors import UnreadableDocument

FILE_BYTES = 50 * 1024 * 1024
ENTRIES = 2_000
INFLATED_BYTES = 200 * 1024 * 1024
RATIO = 100
_RATIO_COUNTS_FROM = 1024 * 1024
"""Below this an entry may be inflated by any ratio: an empty sheet's XML packs very well and harms nobody."""

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "html": "text/html",
    "markdown": "text/markdown",
    "text": "text/plain",
    "csv": "text/csv",
}
_NAMED = {
    ".pdf": "pdf",
    ".docx": "docx",
    ".xlsx": "xlsx",
    ".pptx": "pptx",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "text",
    ".text": "text",
    ".rst": "text",
    ".csv": "csv",
}
_SAID = {
    "pdf": "a PDF",
    "docx": "a Word document",
    "xlsx": "an Excel workbook",
    "pptx": "a PowerPoint presentation",
    "html": "an HTML page",
    "markdown": "Markdown",
    "text": "plain text",
    "csv": "CSV",
}
_READABLE = "PDF, DOCX, XLSX, PPTX, HTML, Markdown or text"
_PARTS = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx", "ppt/presentation.xml": "pptx"}
_MACRO_NAMES = (".docm", ".xlsm", ".pptm", ".dotm", ".xltm", ".potm", ".ppsm", ".xlsb")
_SIGNATURES = (
    (b"\x89PNG", "a picture; type or scan its text into a document"),
    (b"\xff\xd8\xff", "a picture; type or scan its text into a document"),
    (b"GIF8", "a picture; type or scan its text into a document"),
    (b"{\\rtf", "an RTF file; save it as DOCX"),
    (b"\x1f\x8b", "a compressed file; unpack it"),
    (b"7z\xbc\xaf", "a compressed archive; unpack it"),
    (b"Rar!", "a compressed archive; unpack it"),
    (b"MZ", "a program; only documents are loaded"),
    (b"\x7fELF", "a program; only documents are loaded"),
    (b"From ", "a mailbox; save the message's text or its attachment"),
)


def kind_of(path: Path) -> str:
    """The kind of a file, a key of MEDIA_TYPES. Raises UnreadableDocument, with what to do, for one that is refused."""
    size = path.stat().st_size
    if size == 0:
        raise UnreadableDocument(path.name, "the file is empty; save it again or take it out of the folder")
    if size > FILE_BYTES:
        raise UnreadableDocument(path.name, f"it is {size / 1024 / 1024:.0f} MB; the limit is 50 MB, so split it or take out its pictures")
    with path.open("rb") as file:
        head = file.read(4096)
    named = _NAMED.get(path.suffix.lower())
    found = _by_content(path, head, named)
    if path.suffix.lower() in _MACRO_NAMES:
        raise UnreadableDocument(path.name, "it is a kind of file for macros; save it without macros as DOCX, XLSX or PPTX")
    if found == "text" and named in ("markdown", "text", "csv"):
        return named
    if found == "text" and named == "html" and re.search(rb"<[a-zA-Z!/]", head.replace(b"\x00", b"")):
        return "html"
    if path.suffix and named is None:
        raise UnreadableDocument(path.name, f"files named {path.suffix} are not read; save it as {_READABLE}")
    if named not in (None, found):
        wrong = f"its name ends in {path.suffix}, but its content is {_SAID[found]}"
        raise UnreadableDocument(path.name, f"{wrong}; give it the right ending or save it again as {_SAID[named or found]}")
    return found


def _by_content(path: Path, head: bytes, named: str | None) -> str:
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        what = "it is an old Office file (.doc, .xls, .ppt) or protected with a password"
        raise UnreadableDocument(path.name, f"{what}; save it as DOCX, XLSX, PPTX or PDF without password")
    if head.startswith(b"PK\x03\x04"):
        return _office_kind(path)
    if head.startswith(b"%PDF-") or (named == "pdf" and b"%PDF-" in head[:1024]):
        return "pdf"
    for signature, what in _SIGNATURES:
        if head.startswith(signature):
            raise UnreadableDocument(path.name, f"its content is {what}")
    if _is_binary(head):
        raise UnreadableDocument(path.name, f"its content is neither a document nor text; it is damaged, or no {_READABLE}")
    start = head.decode("utf-16" if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "latin-1", "replace")
    start = re.sub(r"^(?:\ufeff|ï»¿|\s|<\?xml[^>]*>|<!--.*?-->)+", "", start, flags=re.DOTALL)
    return "html" if re.match(r"<(?:!doctype\s+html|html|head|body)\b", start, re.IGNORECASE) else "text"


def _is_binary(head: bytes) -> bool:
    """Whether these are not the bytes of a text: NUL outside UTF-16, or control characters."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return False
    control = sum(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in head)
    return b"\x00" in head or control > len(head) / 100


def _office_kind(path: Path) -> str:
    """docx, xlsx or pptx, after every part has been inflated once and counted. Raises UnreadableDocument."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            kind = _parts_kind(path, entries)
            _weigh(path, archive, entries)
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, RuntimeError, zipfile.zlib.error) as error:  # type: ignore[attr-defined]
        raise UnreadableDocument(path.name, "it is damaged; open it in Office and save it again") from error
    return kind


def _parts_kind(path: Path, entries: list[zipfile.ZipInfo]) -> str:
    names = [entry.filename for entry in entries]
    if len(names) > ENTRIES:
        raise UnreadableDocument(path.name, f"it has {len(names)} parts; the limit is {ENTRIES}, so save it again as PDF")
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise UnreadableDocument(path.name, "it is encrypted; save it without password")
    if len(set(names)) < len(names) or any(".." in PurePosixPath(name.replace("\\", "/")).parts or name.startswith("/") for name in names):
        raise UnreadableDocument(path.name, "its parts have names that no Office program gives; save it again in Office")
    if any(PurePosixPath(name).name.lower() in ("vbaproject.bin", "vbadata.xml") for name in names):
        raise UnreadableDocument(path.name, "it holds macros; save it without macros as DOCX, XLSX or PPTX")
    kinds = {kind for part, kind in _PARTS.items() if part in names}
    if len(kinds) == 1:
        return kinds.pop()
    if "mimetype" in names or "xl/workbook.bin" in names:
        raise UnreadableDocument(path.name, "it is an OpenDocument or binary Office file; save it as DOCX, XLSX or PPTX")
    raise UnreadableDocument(path.name, "it is an archive and no document; unpack it into the folder")


def _weigh(path: Path, archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> None:
    """Inflate and count: sizes in an archive's directory are what its maker says. Entity declarations are refused on the way."""
    total = 0
    for entry in entries:
        size = 0
        with archive.open(entry) as part:
            while chunk := part.read(256 * 1024):
                if size == 0 and _declares(chunk):
                    what = f"its part {entry.filename} declares a document type, as no Office program does"
                    raise UnreadableDocument(path.name, f"{what}; save it again in Office")
                size += len(chunk)
                total += len(chunk)
                if total > INFLATED_BYTES or size > max(_RATIO_COUNTS_FROM, RATIO * entry.compress_size):
                    what = "it grows beyond all measure when unpacked (a zip bomb, or a very large document)"
                    raise UnreadableDocument(path.name, f"{what}; save it again or split it")


def _declares(chunk: bytes) -> bool:
    start = chunk[:65536].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return start.startswith(b"<") and (b"<!DOCTYPE" in start or b"<!ENTITY" in start)
