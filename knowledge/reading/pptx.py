"""PowerPoint presentations to blocks: a heading a slide, its texts and tables, the speaker's notes."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pptx import Presentation
from pptx.enum.shapes import MSO_SHAPE_TYPE

from knowledge.reading.blocks import Block, Content, one_line, table_rows
from knowledge.reading.headings import BULLET, as_heading

_MOST = 0.6
"""Share of the slides on which a text has to stand to be a header or footer."""


def read(path: Path) -> Content:
    """Slides in their order, `page` being the slide's number; hidden slides are left out with a remark."""
    deck = Presentation(str(path))
    blocks: list[Block] = []
    remarks: list[str] = []
    for number, slide in enumerate(deck.slides, 1):
        if slide.element.get("show") in ("0", "false"):
            remarks.append(f"the hidden slide {number} was left out")
            continue
        blocks.extend(_slide(slide, number))
    return Content(_without_running(blocks), title=one_line(deck.core_properties.title or ""), remarks=remarks)


def _without_running(blocks: Sequence[Block]) -> list[Block]:
    """The blocks without headers and footers that were drawn as plain text boxes: the same words, numbers aside, on most slides."""
    slides = len({block.page for block in blocks})
    seen = Counter(mask for mask, _ in {(_mask(block), block.page) for block in blocks if block.kind == "text"})
    return [block for block in blocks if block.kind != "text" or seen[_mask(block)] < max(3, _MOST * slides)]


def _mask(block: Block) -> str:
    return re.sub(r"\d+", "#", block.text.lower())


def _slide(slide: Any, number: int) -> list[Block]:
    title = slide.shapes.title
    words = one_line(title.text_frame.text) if title is not None and title.has_text_frame else ""
    found = as_heading(words)
    texts = [block for shape in _flat(slide.shapes) if title is None or shape.shape_id != title.shape_id for block in _shape(shape, number)]
    notes = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
    texts.extend(Block("text", text, page=number) for text in (_paragraphs(notes) if notes is not None else ()))
    if not texts and not words:
        return []
    return [Block("heading", words or f"Slide {number}", 1, number, found[0] if found else ""), *texts]


def _flat(shapes: Iterable[Any]) -> Iterable[Any]:
    """Shapes and the shapes of groups, in drawing order."""
    for shape in shapes:
        if shape.shape_type == MSO_SHAPE_TYPE.GROUP:
            yield from _flat(shape.shapes)
        else:
            yield shape


def _shape(shape: Any, number: int) -> list[Block]:
    if getattr(shape, "has_table", False) and shape.has_table:
        rows = [[cell.text_frame.text if not cell.is_spanned else "" for cell in row.cells] for row in shape.table.rows]
        return table_rows(rows, header=True if shape.table.first_row and len(rows) > 1 else None, page=number)
    if not shape.has_text_frame:
        return []
    holds = shape.placeholder_format.type.name if shape.is_placeholder and shape.placeholder_format.type is not None else ""
    if holds in ("SLIDE_NUMBER", "FOOTER", "DATE"):
        return []
    blocks = []
    for paragraph in shape.text_frame.paragraphs:
        if text := one_line(_text(paragraph)):
            item = holds in ("BODY", "OBJECT") or paragraph.level > 0 or BULLET.match(text)
            blocks.append(Block("item" if item else "text", BULLET.sub("", text), paragraph.level + 1 if item else 0, number))
    return blocks


def _paragraphs(frame: Any) -> list[str]:
    return [text for paragraph in frame.paragraphs if (text := one_line(_text(paragraph)))]


def _text(paragraph: Any) -> str:
    return str(paragraph.text).replace("\v", " ")
