"""Word documents to blocks: the body in its order, headings by style, numbers as Word counts them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docx import Document
from docx.oxml.ns import qn

from knowledge.reading.blocks import RUN_IN, Block, Content, one_line, table_rows
from knowledge.reading.docx_numbers import Numbering
from knowledge.reading.headings import CLAUSE, as_heading, is_contents_line, line_block, settle

_HEADING = re.compile(r"^(?:heading|überschrift|titre|berschrift)\s*(\d)", re.IGNORECASE)
_TITLE = ("title", "titel")
_CONTENTS = re.compile(r"^(?:toc|verzeichnis|inhaltsverzeichnis|table of figures)\b", re.IGNORECASE)
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_ALTERNATE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"
_LEFT_OUT = frozenset((*map(qn, ("w:del", "w:moveFrom", "w:pPr", "w:rPr", "w:sectPr", "w:object", "w:txbxContent")), _FALLBACK))
_AROUND = frozenset(map(qn, ("w:sdt", "w:sdtContent", "w:ins", "w:customXml", "w:moveTo")))
_HIDDEN_REMARK = "hidden text was left out"
_DELETED_REMARK = "tracked deletions were left out and tracked insertions kept; accept or reject the changes"
_DECORATION = re.compile(r"^[\W_]+$")


def read(path: Path) -> Content:
    """Headings, paragraphs, items and table rows of a document, its text boxes included, its headers and footers not."""
    document = Document(str(path))
    body = _Body(document)
    body.walk(document.element.body)
    if body.unseen:
        body.remarks.append(_HIDDEN_REMARK)
    if any(True for _ in document.element.body.iter(qn("w:del"), qn("w:moveFrom"))):
        body.remarks.append(_DELETED_REMARK)
    return Content(
        settle(body.blocks, frozenset(body.fixed)),
        title=one_line(document.core_properties.title or ""),
        remarks=body.remarks,
        unseen=body.unseen,
    )


class _Styles:
    """What the styles of a document say, asked by id and followed to what they are based on."""

    def __init__(self, document: Any) -> None:
        root = document.part._styles_part.element if hasattr(document.part, "_styles_part") else None
        self._by_id = {style.get(qn("w:styleId")): style for style in root.iter(qn("w:style"))} if root is not None else {}
        paragraphs = ((key, style) for key, style in self._by_id.items() if style.get(qn("w:type")) == "paragraph")
        self.default = next((key for key, style in paragraphs if style.get(qn("w:default")) == "1"), None)

    def chain(self, style_id: str | None) -> Iterator[Any]:
        """The style's element, then those it is based on."""
        seen = set()
        while style_id in self._by_id and style_id not in seen:
            seen.add(style_id)
            yield self._by_id[style_id]
            based = self._by_id[style_id].find(qn("w:basedOn"))
            style_id = based.get(qn("w:val")) if based is not None else None

    def names(self, style_id: str | None) -> list[str]:
        """The names of a style and of its bases."""
        names = [style.find(qn("w:name")) for style in self.chain(style_id)]
        return [name.get(qn("w:val"), "") for name in names if name is not None]

    def says(self, style_id: str | None, part: str, tag: str) -> Any:
        """The first element `tag` below `part` (w:rPr or w:pPr) in the chain, else None."""
        for style in self.chain(style_id):
            properties = style.find(qn(part))
            if properties is not None and (found := properties.find(qn(tag))) is not None:
                return found
        return None


class _Body:
    """Blocks of a body, built while walking it."""

    def __init__(self, document: Any) -> None:
        self.blocks: list[Block] = []
        self.fixed: list[int] = []
        self.remarks: list[str] = []
        self.unseen: list[str] = []
        self._styles = _Styles(document)
        self._numbering = Numbering(document)

    def walk(self, parent: Any) -> None:
        for child in parent:
            if child.tag == qn("w:p"):
                self._paragraph(child)
            elif child.tag == qn("w:tbl"):
                self._table(child)
            elif child.tag in _AROUND and not _is_contents(child):
                self.walk(child)

    def _paragraph(self, paragraph: Any) -> None:
        style = _value(paragraph, "w:pPr", "w:pStyle") or self._styles.default
        names = self._styles.names(style)
        text = one_line(self._text(paragraph, style))
        marker = self._marker(paragraph, style) if text else None
        if text and not (any(_CONTENTS.match(name) for name in names) or is_contents_line(text)) and not _DECORATION.match(text):
            self._add(paragraph, style, names, text, marker)
        for box in paragraph.iter(qn("w:txbxContent")):
            if not any(parent.tag in (_FALLBACK, qn("w:txbxContent")) for parent in box.iterancestors()):
                self.walk(box)

    def _add(self, paragraph: Any, style: str | None, names: list[str], text: str, marker: str | None) -> None:
        whole = f"{marker} {text}" if marker else text
        if level := self._heading_level(paragraph, style, names):
            found = as_heading(whole)
            self.fixed.append(len(self.blocks))
            self.blocks.append(Block("heading", whole, level, None, found[0] if found else (marker or "").rstrip(".)")))
        elif marker is None:
            self._unmarked(paragraph, style, names, text)
        elif marker and (self._is_clause(marker, whole) or (as_heading(whole) and self._is_bold(paragraph, style))):
            self.blocks.append(line_block(whole))
        else:
            depth = int(self._numbering.place(paragraph, self._styles, style)[1]) + 1
            self.blocks.append(Block("item", whole, depth, None, (marker or "").strip("().")))

    @staticmethod
    def _is_clause(marker: str, whole: str) -> bool:
        """Whether Word's number is that of a clause, `4.2.1` or `§ 7`, and not of a list."""
        return marker.startswith("§") or (CLAUSE.match(whole) is not None and "." in marker.rstrip("."))

    def _unmarked(self, paragraph: Any, style: str | None, names: list[str], text: str) -> None:
        block = line_block(text)
        if block.kind == "text" and any(name.lower().startswith(("list", "liste", "aufzähl")) for name in names):
            block = Block("item", text, 1)
        elif block.kind == "text" and _could_be_title(text) and self._is_bold(paragraph, style):
            self.fixed.append(len(self.blocks))
            block = Block("heading", text, RUN_IN)
        self.blocks.append(block)

    def _heading_level(self, paragraph: Any, style: str | None, names: list[str]) -> int:
        outline = _value(paragraph, "w:pPr", "w:outlineLvl")
        if outline is None and (found := self._styles.says(style, "w:pPr", "w:outlineLvl")) is not None:
            outline = found.get(qn("w:val"))
        if outline is not None and outline.isdigit() and int(outline) < 9:
            return int(outline) + 1
        for name in names:
            if match := _HEADING.match(name):
                return int(match[1])
            if name.lower() in _TITLE:
                return 1
        return 0

    def _marker(self, paragraph: Any, style: str | None) -> str | None:
        """The number or letter that Word prints before the paragraph; empty for a bullet, None where it counts nothing."""
        return self._numbering.next(*self._numbering.place(paragraph, self._styles, style))

    def _is_bold(self, paragraph: Any, style: str | None) -> bool:
        """Whether every word of a paragraph is bold."""
        runs = [run for run in paragraph.iter(qn("w:r")) if "".join(text.text or "" for text in run.iter(qn("w:t"))).strip()]
        return bool(runs) and all(self._says(run, style, "w:b") for run in runs)

    def _says(self, run: Any, style: str | None, tag: str) -> bool:
        """Whether a switch such as w:b or w:vanish is on for a run: its own word, its style's, its paragraph style's."""
        properties = run.find(qn("w:rPr"))
        found = properties.find(qn(tag)) if properties is not None else None
        if found is None:
            found = self._styles.says(_value(run, "w:rPr", "w:rStyle"), "w:rPr", tag)
        if found is None:
            found = self._styles.says(style, "w:rPr", tag)
        return found is not None and found.get(qn("w:val"), "1") not in ("0", "false", "off", "none")

    def _text(self, element: Any, style: str | None) -> str:
        """The words of a paragraph as printed: no hidden text, no field codes, no tracked deletions, no text boxes."""
        parts: list[str] = []
        for child in element:
            if child.tag in _LEFT_OUT:
                continue
            if child.tag == qn("w:r") and (self._says(child, style, "w:vanish") or self._says(child, style, "w:webHidden")):
                self.unseen.extend(filter(None, [one_line("".join(text.text or "" for text in child.iter(qn("w:t"))))]))
            elif child.tag == qn("w:t"):
                parts.append(child.text or "")
            elif child.tag in (qn("w:tab"), qn("w:br"), qn("w:cr"), qn("w:ptab")):
                parts.append(" ")
            elif child.tag == qn("w:noBreakHyphen"):
                parts.append("-")
            elif child.tag not in (qn("w:drawing"), qn("w:pict"), _ALTERNATE):
                parts.append(self._text(child, style))
        return "".join(parts)

    # --- tables ------------------------------------------------------------------------------------------------

    def _table(self, table: Any) -> None:
        rows = list(_inside(table, "w:tr"))
        cells = [list(_inside(row, "w:tc")) for row in rows]
        if cells and max(len(row) for row in cells) == 1:
            for row in cells:
                for cell in row:
                    self.walk(cell)
            return
        texts = [self._cell_texts(row) for row in cells]
        first = rows[0] if rows else None
        said = first is not None and first.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None
        named = len(rows) > 1 and (said or self._names_columns(cells))
        self.blocks.extend(table_rows(texts, header=True if named else None))

    def _names_columns(self, cells: list[list[Any]]) -> bool:
        """Whether only the first row of a table is bold."""
        filled = [[p for cell in row for p in cell.iter(qn("w:p")) if one_line(self._text(p, None))] for row in cells[:2]]
        bold = [[self._is_bold(paragraph, None) for paragraph in row] for row in filled]
        return bool(bold[0]) and all(bold[0]) and not all(bold[1])

    def _cell_texts(self, row: list[Any]) -> list[str]:
        """One text a column; a cell over several columns stands in the first, the lower part of a merged one is empty."""
        texts: list[str] = []
        for cell in row:
            merged = cell.find(f"{qn('w:tcPr')}/{qn('w:vMerge')}")
            below = merged is not None and merged.get(qn("w:val"), "continue") == "continue"
            words = (self._text(p, _value(p, "w:pPr", "w:pStyle") or self._styles.default) for p in cell.iter(qn("w:p")))
            texts.append("" if below else " ".join(filter(None, map(one_line, words))))
            span = _value(cell, "w:tcPr", "w:gridSpan")
            texts.extend([""] * (min(int(span), 64) - 1 if span and span.isdigit() else 0))
        return texts


def _could_be_title(text: str) -> bool:
    return len(text.split()) <= 12 and not text.endswith((".", ";", ",", ":"))


def _inside(parent: Any, tag: str) -> Iterator[Any]:
    """Children of that tag, also inside content controls and tracked insertions."""
    for child in parent:
        if child.tag == qn(tag):
            yield child
        elif child.tag in _AROUND:
            yield from _inside(child, tag)


def _is_contents(control: Any) -> bool:
    """Whether a content control holds the table of contents."""
    galleries = control.iterfind(f"{qn('w:sdtPr')}//{qn('w:docPartGallery')}")
    return any("contents" in gallery.get(qn("w:val"), "").lower() for gallery in galleries)


def _value(element: Any, properties: str, tag: str) -> str | None:
    """The w:val of a property, None where it is not set."""
    found = element.find(f"{qn(properties)}/{qn(tag)}")
    return found.get(qn("w:val")) if found is not None else None
