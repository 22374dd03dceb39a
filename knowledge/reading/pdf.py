"""PDF to blocks: lines put together to paragraphs, running heads dropped, headings and table rows told by place and type."""

from collections.abc import Callable
from pathlib import Path

from pypdf import PdfReader
from pypdf.errors import FileNotDecryptedError

from knowledge.errors import UnreadableDocument
from knowledge.reading.blocks import Content, one_line
from knowledge.reading.headings import settle
from knowledge.reading.pdf_lines import Line, lines_of, without_running_lines
from knowledge.reading.pdf_paragraphs import blocks_of

_ENCRYPTED = "it is protected with a password; save it without one"


def read(path: Path, pages: Callable[[int], None]) -> Content:
    """Blocks with their page. Calls `pages` as soon as their number is known. Raises UnreadableDocument for a scan."""
    reader = PdfReader(path, strict=False)
    if reader.is_encrypted and not reader.decrypt(""):
        raise UnreadableDocument(path.name, _ENCRYPTED)
    try:
        count = len(reader.pages)
    except FileNotDecryptedError as error:
        raise UnreadableDocument(path.name, _ENCRYPTED) from error
    pages(count)
    lines = [lines_of(page, number) for number, page in enumerate(reader.pages, 1)]
    remarks = _without_text(path, lines)
    blocks, fixed = blocks_of(without_running_lines(lines))
    title = one_line(str(reader.metadata.title or "")) if reader.metadata else ""
    return Content(settle(blocks, fixed), title=title if " " in title else "", remarks=remarks)


def _without_text(path: Path, lines: list[list[Line]]) -> list[str]:
    """A remark that names the pages without text. Raises UnreadableDocument when that is every page."""
    empty = [number for number, page in enumerate(lines, 1) if not page]
    if not empty:
        return []
    said = f"page{'s' if len(empty) > 1 else ''} {ranges(empty)} {'have' if len(empty) > 1 else 'has'} no text layer"
    if len(empty) == len(lines):
        raise UnreadableDocument(path.name, f"{said}: it is a scan or a drawing; run text recognition (OCR) on it first")
    return [f"{said} and could not be read; if they are scans, run text recognition (OCR) on the file"]


def ranges(numbers: list[int]) -> str:
    """`1-3, 7` for 1, 2, 3, 7."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)
