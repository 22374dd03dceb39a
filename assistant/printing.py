"""Markdown and tables to DOCX, PDF and XLSX, with the company's header: how a document leaves the house.

pandoc reads the Markdown and typst sets the PDF, both out of Python packages and closed off: no file, address or program is reached from a text.
"""

import io
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

_READ = "markdown-raw_html-raw_tex-raw_attribute-tex_math_dollars-citations-yaml_metadata_block-implicit_figures"
_CLOSED = ["--sandbox", f"--lua-filter={Path(__file__).with_suffix('.lua')}"]
_WIDE = 7
"""Columns from which a page lies on its side."""
_GREY, _ACCENT = "E7ECEF", "1F4E5F"
_OPEN = re.compile(r"\[to decide: [^\]]*\]")


@dataclass(frozen=True)
class Revision:
    """One line of the revision history."""

    version: str
    day: date | None
    author: str
    change: str
    approver: str


@dataclass(frozen=True)
class Head:
    """What stands on every page and on top of the first."""

    company: str
    number: str
    title: str
    version: str
    state: str
    classification: str
    owner: str
    approver: str
    approved_on: date | None
    next_review: date | None
    printed_on: date
    revisions: Sequence[Revision] = ()
    language: str = "en"


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook: notes above, a table with filters below. `fills` colours cells by (row, column), from 0, as RRGGBB."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Any]]
    notes: Sequence[str] = ()
    fills: Mapping[tuple[int, int], str] = field(default_factory=dict)


Form = Callable[[str, Head], bytes]
"""A text and its head to a file."""


def docx(text: str, head: Head) -> bytes:
    """The document as DOCX, with header, footer, page numbers and revision history."""
    import docx as word
    import pypandoc
    from docx.enum.section import WD_ORIENT

    made = pypandoc.convert_text(_whole(text, head), "docx", format=_READ, outputfile="-", extra_args=_CLOSED)
    document = word.Document(io.BytesIO(made))
    _styles(document)
    for table in document.tables:
        _grid(table)
    section = document.sections[0]
    if _is_wide(text):
        section.orientation, section.page_width, section.page_height = WD_ORIENT.LANDSCAPE, section.page_height, section.page_width
    section.header.is_linked_to_previous = section.footer.is_linked_to_previous = False
    section.header.paragraphs[0].text = _header(head)
    footer = section.footer.paragraphs[0]
    footer.text = f"{_footer(head)}   "
    for part in ("Page ", "PAGE", " of ", "NUMPAGES"):
        _field(footer, part) if part.isupper() else footer.add_run(part)
    for paragraph in (section.header.paragraphs[0], footer):
        for run in paragraph.runs:
            run.font.size = word.shared.Pt(8)
    properties = document.core_properties
    properties.title, properties.author, properties.subject = head.title, head.company, f"{head.number} {head.version}"
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def pdf(text: str, head: Head) -> bytes:
    """The document as PDF, with the same header, footer and history."""
    import pypandoc
    import typst

    body = pypandoc.convert_text(_whole(text, head), "typst", format=_READ, extra_args=[*_CLOSED, "--wrap=none"])
    values = {"header": _header(head), "footer": _footer(head), "title": head.title}
    source = _PAGE.format(
        flipped="true" if _is_wide(text) else "false",
        language=head.language,
        **{key: json.dumps(value, ensure_ascii=False) for key, value in values.items()},
    )
    return bytes(typst.compile((source + body).encode()))


def workbook(sheets: Iterable[Sheet], head: Head) -> bytes:
    """The sheets as XLSX, heads frozen, filters on; no cell is a formula."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    book = Workbook()
    book.remove(book.active)
    book.properties.title, book.properties.creator = f"{head.number} {head.title}", head.company
    for sheet in sheets:
        page = book.create_sheet(sheet.title[:31])
        lines = [f"{head.company}: {head.title}", f"{_header(head)}; {_footer(head)}", *sheet.notes, ""]
        for number, line in enumerate(lines, 1):
            page.cell(number, 1, line).data_type = "s"
        page.cell(1, 1).font = Font(bold=True, size=14, color=_ACCENT)
        top = len(lines) + 1
        for column, name in enumerate(sheet.heads, 1):
            cell = page.cell(top, column, name)
            cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor=_GREY)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        for place, row in enumerate(sheet.rows):
            for column, value in enumerate(row, 1):
                cell = page.cell(top + 1 + place, column, value)
                if isinstance(value, str):
                    cell.data_type = "s"  # a text that begins with = is no formula
                cell.alignment = Alignment(wrap_text=True, vertical="top")
                if colour := sheet.fills.get((place, column - 1)):
                    cell.fill = PatternFill("solid", fgColor=colour)
        for column, name in enumerate(sheet.heads, 1):
            longest = max((len(str(row[column - 1] or "")) for row in sheet.rows), default=0)
            page.column_dimensions[get_column_letter(column)].width = min(max(len(name) + 3, longest * 1.1, 8), 60)
        page.freeze_panes = page.cell(top + 1, 1)
        if sheet.rows:
            page.auto_filter.ref = f"A{top}:{get_column_letter(len(sheet.heads))}{top + len(sheet.rows)}"
        page.page_setup.orientation, page.page_setup.fitToWidth, page.page_setup.fitToHeight = "landscape", 1, 0
        page.sheet_properties.pageSetUpPr.fitToPage = True
        page.print_title_rows = f"{top}:{top}"
        page.oddHeader.left.text, page.oddFooter.left.text, page.oddFooter.right.text = (
            _header(head).replace("&", "&&"),
            _footer(head).replace("&", "&&"),
            "Page &P of &N",
        )
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _whole(text: str, head: Head) -> str:
    """Title, the block of facts, the text, and the revision history, as Markdown."""
    facts = [
        ("Number", head.number), ("Version", head.version), ("Status", head.state.replace("_", " ")), ("Classification", head.classification),
        ("Owner", head.owner), ("Approved by", head.approver), ("Approved on", _day(head.approved_on)), ("Next review", _day(head.next_review)),
    ]  # fmt: skip
    rows = [f"| {_cell(name)} | {_cell(value) or '-'} |" for name, value in facts]
    history = [
        f"| {' | '.join(_cell(part) or ' ' for part in (one.version, _day(one.day), one.author, one.change, one.approver))} |"
        for one in head.revisions
    ]
    parts = [f"# {_cell(head.title)}", "\n".join(["| Document | |", "|---|------|", *rows]), text.strip()]
    if history:
        parts += [
            "## Revision history",
            "\n".join(["| Version | Date | Author | Change | Approved by |", "|---|---|---|------|---|", *history]),
        ]
    return _proportioned("\n\n".join(parts)) + "\n"


_RULE = re.compile(r"^\|(?:\s*:?-+:?\s*\|)+\s*$")
_CELLS = re.compile(r"(?<!\\)\|")
_FULL, _PEN, _PADDING = 80, 16, 2
"""Dashes from which pandoc draws a table over the whole page, what a hand needs to write in, and the space beside a word."""
_BREAKS = re.compile(r"[\s,|/]+|-(?!\d)")
"""Where a line may end within a cell: not in an id or a date."""


def _proportioned(text: str) -> str:
    """The text with the columns of its tables as wide as what stands in them asks for, and flush left; a form is as wide as the page."""
    lines = text.splitlines()
    for place, line in enumerate(lines):
        if _RULE.match(line) and place:
            end = next((at for at in range(place, len(lines)) if not lines[at].startswith("|")), len(lines))
            head, *rows = [_CELLS.split(row)[1:-1] for row in (lines[place - 1], *lines[place + 1 : end])]
            columns = [[row[column] for row in rows if column < len(row)] for column in range(len(head))]
            widths = [_width([name, *cells]) for name, cells in zip(head, columns, strict=True)]
            by_hand = [not any(cell.strip() for cell in cells) for cells in columns]
            if rows and any(by_hand):
                widths = [max(width, _PEN) if blank else width for width, blank in zip(widths, by_hand, strict=True)]
                widths = [width * -(-_FULL // sum(widths)) for width in widths]
            lines[place] = "|" + "|".join(":" + "-" * width for width in widths) + "|"
    return "\n".join(lines)


def _width(cells: Sequence[str]) -> int:
    """How wide a column is drawn, in dashes: the root of its longest cell's length weighs long texts down, its longest word holds it open."""
    longest = max((len(cell.strip()) for cell in cells), default=1)
    word = max((len(word) for cell in cells for word in _BREAKS.split(cell)), default=1)
    return max(4, min(word, 24) + _PADDING, round(3 * longest**0.5))


def _cell(text: str) -> str:
    return re.sub(r"([\\|<>`*_])", r"\\\1", " ".join(str(text).split()))


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _header(head: Head) -> str:
    return f"{head.company}  |  {head.number}  |  Version {head.version}  |  {head.classification}"


def _footer(head: Head) -> str:
    printed = f"printed {head.printed_on.isoformat()}"
    if head.state == "approved":
        return f"Approved {_day(head.approved_on)} by {head.approver}; {printed}, uncontrolled when printed"
    return f"{head.state.replace('_', ' ').capitalize()}, not approved; {printed}"


def _is_wide(text: str) -> bool:
    return any(line.count("|") - line.count("\\|") > _WIDE for line in text.splitlines() if line.startswith("|"))


def _styles(document: Any) -> None:
    from docx.enum.text import WD_COLOR_INDEX
    from docx.shared import Pt, RGBColor

    for name, size in (
        ("Normal", 10),
        ("Body Text", 10),
        ("First Paragraph", 10),
        ("Compact", 9),
        ("Heading 1", 18),
        ("Heading 2", 13),
        ("Heading 3", 11),
    ):
        if name in document.styles:
            font = document.styles[name].font
            font.name, font.size = "Arial", Pt(size)
            if name.startswith("Heading"):
                font.color.rgb = RGBColor.from_string(_ACCENT)
    cells = (cell for table in document.tables for row in table.rows for cell in row.cells)
    for paragraph in (*document.paragraphs, *(paragraph for cell in cells for paragraph in cell.paragraphs)):
        if _OPEN.search(paragraph.text):
            for run in paragraph.runs:
                run.font.highlight_color = WD_COLOR_INDEX.YELLOW


def _grid(table: Any) -> None:
    """Lines around every cell, a grey head that is repeated on each page, and the full width of the page."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    borders = OxmlElement("w:tblBorders")
    for edge in ("top", "left", "bottom", "right", "insideH", "insideV"):
        line = OxmlElement(f"w:{edge}")
        for name, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", "9AA5AB")):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
    table._tbl.tblPr.append(borders)
    table.autofit = True
    if table.rows:
        first = table.rows[0]._tr.get_or_add_trPr()
        repeat = OxmlElement("w:tblHeader")
        repeat.set(qn("w:val"), "true")
        first.append(repeat)
        for cell in table.rows[0].cells:
            shade = OxmlElement("w:shd")
            for name, value in (("val", "clear"), ("color", "auto"), ("fill", _GREY)):
                shade.set(qn(f"w:{name}"), value)
            cell._tc.get_or_add_tcPr().append(shade)


def _field(paragraph: Any, name: str) -> None:
    """A field such as the number of the page, which the reader's program fills in."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    run = paragraph.add_run()
    for kind, text in (("begin", ""), ("", name), ("end", "")):
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        else:
            part.text = text
        run._r.append(part)


_PAGE = """#let horizontalrule = line(length: 100%, stroke: 0.5pt + gray)
#set document(title: {title}, date: none)
#set page(paper: "a4", flipped: {flipped}, margin: (x: 2cm, top: 2.6cm, bottom: 2.2cm),
  header: [#set text(8pt, fill: luma(90)); #({header}) #v(-6pt) #line(length: 100%, stroke: 0.5pt + luma(150))],
  footer: [#set text(8pt, fill: luma(90)); #grid(columns: (1fr, auto), ({footer}), context counter(page).display("1 / 1", both: true))])
#set text(10pt, lang: "{language}", font: ("Liberation Sans", "Arial", "DejaVu Sans", "Libertinus Serif"))
#set par(justify: false, leading: 0.6em)
#set table(stroke: 0.5pt + luma(160), inset: 5pt, fill: (_, y) => if y == 0 {{ rgb("#E7ECEF") }})
#show heading: set text(fill: rgb("#1F4E5F"))
#show heading: set block(above: 1.3em, below: 0.7em)
#show heading.where(level: 1): set text(19pt)
#show heading.where(level: 2): set text(13pt)
#show figure: set block(breakable: true)
#show figure: set align(left)
#show table: set text(8.5pt)
#show table: set par(justify: false)
#show regex("\\\\[to decide: [^\\\\]]*\\\\]"): it => highlight(fill: yellow, it)
"""
