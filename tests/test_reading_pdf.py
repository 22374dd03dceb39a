"""PDF files made here: wrapped and cut words, page ends, running heads, columns, tables, missing text layers."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    ListFlowable,
    PageBreak,
    PageTemplate,
    Paragraph,
    SimpleDocTemplate,
    Table,
    TableStyle,
)

from knowledge.errors import UnreadableDocument
from knowledge.language import sentences
from knowledge.reading import Block, Reader

STYLES = getSampleStyleSheet()
BODY, HEADING = STYLES["BodyText"], STYLES["Heading2"]
RULES = [
    "The owner of a system reviews every account at least once a quarter and signs the result in the ticket.",
    "A right that nobody confirms is withdrawn within five working days, and the person is told the reason.",
    "Remote sessions of integrators run only through the jump host, are recorded, and end with the approved window.",
    "The shift lead may stop an AI inspection at any time without asking, and tells the control room afterwards.",
    "Backups of controller programs are compared with the running program every quarter by the maintenance lead.",
    "An exception has an owner, a reason, a compensating measure and an end date not later than twelve months ahead.",
    "Whoever notices a lost badge, a found storage device or an open cabinet reports it within thirty minutes.",
]


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader() as one:
        yield one


def texts(blocks: Sequence[Block], *kinds: str) -> list[str]:
    return [block.text for block in blocks if block.kind in kinds]


def running_head(canvas: Canvas, document: Any) -> None:
    canvas.saveState()
    canvas.setFont("Helvetica", 8)
    canvas.drawString(60, 815, "Plant AG - Access Control Policy - Internal")
    canvas.drawString(60, 25, "IS-POL-03, version 2.3")
    canvas.drawRightString(535, 25, f"Page {document.page} of 12")
    canvas.restoreState()


def twelve_pages(path: Path) -> list[str]:
    """Twelve pages of sections; every sentence that they hold."""
    story: list[Flowable] = [Paragraph("Access Control Policy", STYLES["Title"])]
    expected: list[str] = []
    for section in range(1, 25):
        story.append(Paragraph(f"{section} Rules for area {section}", HEADING))
        for number in range(1, 9):
            rules = [rule.replace("quarter", f"quarter of area {section}") for rule in RULES[number % 3 : number % 3 + 4]]
            story.append(Paragraph(" ".join(rules), BODY))
            expected.extend(rules)
    SimpleDocTemplate(str(path), pagesize=A4).build(story, onFirstPage=running_head, onLaterPages=running_head)
    return expected


def test_twelve_pages_come_out_as_their_sentences(reader: Reader, tmp_path: Path) -> None:
    expected = twelve_pages(tmp_path / "policy.pdf")

    reading = reader.read(tmp_path / "policy.pdf")

    found = [sentence for text in texts(reading.blocks, "text") for sentence in sentences(text)]
    assert found == expected
    assert texts(reading.blocks, "heading")[1:] == [f"{section} Rules for area {section}" for section in range(1, 25)]
    assert reading.blocks[0] == Block("heading", "Access Control Policy", 1, 1)
    assert max(block.page or 0 for block in reading.blocks) >= 11
    assert not any("Internal" in block.text or "of 12" in block.text for block in reading.blocks)


def drawn(path: Path, pages: Sequence[Sequence[tuple[float, float, str]]], *, font: str = "Helvetica", size: float = 10) -> None:
    """A PDF with these words at these places."""
    canvas = Canvas(str(path), pagesize=A4)
    for page in pages:
        canvas.setFont(font, size)
        for x, y, text in page:
            canvas.drawString(x, y, text)
        canvas.showPage()
    canvas.save()


def wrapped(lines: Sequence[str], *, x: float = 60, top: float = 780) -> list[tuple[float, float, str]]:
    return [(x, top - 12 * number, line) for number, line in enumerate(lines)]


@pytest.mark.parametrize(
    ("lines", "whole"),
    [
        (["The owner reviews all rights and docu-", "ments the result in the ticket system."], "documents the result"),
        (["Risk-based checks are made; the risk-", "based plan is approved by the board."], "the risk-based plan"),
        (["Die Ein-", "und Ausgänge werden kontrolliert."], "Die Ein- und Ausgänge"),
        (["Der Beauftragte für IT-", "Sicherheit prüft die Anlage."], "IT-Sicherheit prüft"),
        (["Die Daten-", "schleuse prüft jeden Stick."], "Datenschleuse prüft"),
        (["A non-", "conformity is recorded."], "A non-conformity is"),
    ],
)
def test_words_cut_at_a_line_end_are_put_together(reader: Reader, tmp_path: Path, lines: list[str], whole: str) -> None:
    drawn(tmp_path / "cut.pdf", [wrapped(lines)])

    found = reader.read(tmp_path / "cut.pdf").blocks

    assert len(found) == 1
    assert whole in found[0].text


def test_a_paragraph_over_a_page_end_is_one(reader: Reader, tmp_path: Path) -> None:
    first = ["This paragraph begins on the first page, where it fills the line to its end and then"]
    first.append("goes on with the duty that the shift lead and the")
    second = ["Maintenance lead share, which is to lock the cabinet and to", "sign for its key.", "Here another paragraph begins."]
    first = [f"Filling line {number} of the page says nothing but reaches the margin like all others do." for number in range(40)] + first
    drawn(tmp_path / "over.pdf", [wrapped(first), wrapped([second[0].lower(), *second[1:]])])

    blocks = reader.read(tmp_path / "over.pdf").blocks

    joined = next(block for block in blocks if "shift lead and the maintenance lead share" in block.text)
    assert joined.page == 1
    assert any(block.text == "Here another paragraph begins." and block.page == 2 for block in blocks)


def test_two_columns_are_read_one_after_the_other(reader: Reader, tmp_path: Path) -> None:
    story = [Paragraph(" ".join(RULES), BODY) for _ in range(7)]
    frames = [Frame(50, 50, 240, 740), Frame(305, 50, 240, 740)]
    BaseDocTemplate(str(tmp_path / "columns.pdf"), pagesize=A4, pageTemplates=[PageTemplate(frames=frames)]).build(story)

    blocks = reader.read(tmp_path / "columns.pdf").blocks

    assert [sentence for block in blocks for sentence in sentences(block.text)] == RULES * 7
    assert {block.kind for block in blocks} == {"text"}


def test_tables_are_rows_with_their_header_also_with_wrapped_cells(reader: Reader, tmp_path: Path) -> None:
    rows = [(f"K{number}", RULES[number % 7], f"Z{number}") for number in range(1, 6)]
    bold = ParagraphStyle("bold", parent=BODY, fontName="Helvetica-Bold")
    cells = [[Paragraph(text, bold) for text in ("Conduit", "Condition", "Zone")]]
    cells.extend([Paragraph(text, BODY) for text in row] for row in rows)
    style = TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("GRID", (0, 0), (-1, -1), 0.5, colors.black)])
    story = [Paragraph("4 Conduits", HEADING), Table(cells, colWidths=[70, 280, 70], style=style), Paragraph(RULES[0], BODY)]
    SimpleDocTemplate(str(tmp_path / "table.pdf"), pagesize=A4).build(story)

    blocks = reader.read(tmp_path / "table.pdf").blocks

    assert texts(blocks, "heading") == ["4 Conduits"]
    assert texts(blocks, "row") == [f"Conduit: {a} | Condition: {b} | Zone: {c}" for a, b, c in rows]
    assert texts(blocks, "text") == [RULES[0]]


def test_a_justified_paragraph_with_bold_words_stays_one(reader: Reader, tmp_path: Path) -> None:
    justified = ParagraphStyle("justified", parent=BODY, alignment=4)
    marked = [rule.replace("at ", "<b>at</b> ").replace("the ", "<i>the</i> ") for rule in RULES]
    SimpleDocTemplate(str(tmp_path / "just.pdf"), pagesize=A4).build([Paragraph(" ".join(marked), justified)] * 2)

    assert [block.text for block in reader.read(tmp_path / "just.pdf").blocks] == [" ".join(RULES)] * 2


def test_cells_drawn_on_one_line_are_told_apart_by_their_gap(reader: Reader, tmp_path: Path) -> None:
    cells = [("Role", "Task"), ("Shift lead", "approves every session"), ("Vendor", "works in the approved window")]
    canvas = Canvas(str(tmp_path / "cells.pdf"), pagesize=A4)
    for row, texts_of_row in enumerate(cells):
        for column, text in enumerate(texts_of_row):
            words = canvas.beginText(60 + 120 * column, 700 - 15 * row)
            words.setFont("Helvetica-Bold" if row == 0 else "Helvetica", 10)
            words.textOut(text)
            canvas.drawText(words)
    canvas.save()

    assert texts(reader.read(tmp_path / "cells.pdf").blocks, "row") == [f"Role: {role} | Task: {task}" for role, task in cells[1:]]


def test_bullets_and_numbers_drawn_by_themselves_are_items(reader: Reader, tmp_path: Path) -> None:
    bullets = ListFlowable([Paragraph(f"{rule} {rule}", BODY) for rule in RULES[:3]], bulletType="bullet")
    numbers = ListFlowable([Paragraph(rule, BODY) for rule in RULES[3:5]], bulletType="1", bulletFormat="%s.")
    story = [Paragraph(RULES[6], BODY), bullets, Paragraph(RULES[5], BODY), numbers]
    SimpleDocTemplate(str(tmp_path / "list.pdf"), pagesize=A4).build(story)

    blocks = reader.read(tmp_path / "list.pdf").blocks

    assert [(block.kind, block.number, block.text) for block in blocks] == [
        ("text", "", RULES[6]),
        *(("item", "", f"{rule} {rule}") for rule in RULES[:3]),
        ("text", "", RULES[5]),
        ("item", "1", f"1. {RULES[3]}"),
        ("item", "2", f"2. {RULES[4]}"),
    ]


def test_headings_are_told_by_number_or_type_and_clauses_are_not(reader: Reader, tmp_path: Path) -> None:
    story = [
        Paragraph("Remote Access Standard", STYLES["Title"]),
        Paragraph("General", STYLES["Heading2"]),
        Paragraph(RULES[0], BODY),
        Paragraph("<b>Exceptions</b>", BODY),
        Paragraph(RULES[5], BODY),
        Paragraph("4.2 Reviews", BODY),
        Paragraph(f"4.2.1 {RULES[1]}", BODY),
        Paragraph("(a) the name of the owner;", BODY),
        Paragraph("(b) the end date.", BODY),
        Paragraph("1 Scope ............................ 3", BODY),
    ]
    SimpleDocTemplate(str(tmp_path / "standard.pdf"), pagesize=A4).build(story)

    blocks = reader.read(tmp_path / "standard.pdf").blocks

    assert [(block.kind, block.level, block.number, block.text) for block in blocks] == [
        ("heading", 1, "", "Remote Access Standard"),
        ("heading", 2, "", "General"),
        ("text", 0, "", RULES[0]),
        ("heading", 9, "", "Exceptions"),
        ("text", 0, "", RULES[5]),
        ("heading", 2, "4.2", "4.2 Reviews"),
        ("text", 0, "4.2.1", f"4.2.1 {RULES[1]}"),
        ("item", 1, "a", "(a) the name of the owner;"),
        ("item", 1, "b", "(b) the end date."),
    ]


def test_pages_without_text_are_named_and_the_rest_is_read(reader: Reader, tmp_path: Path) -> None:
    drawn(tmp_path / "mixed.pdf", [wrapped(["The gate is locked."]), [], [], wrapped(["The key is signed for."]), []])

    reading = reader.read(tmp_path / "mixed.pdf")

    assert texts(reading.blocks, "text") == ["The gate is locked.", "The key is signed for."]
    assert len(reading.remarks) == 1
    assert reading.remarks[0].startswith("pages 2-3, 5 have no text layer and could not be read; if they are scans, run text recognition")


def test_a_scan_is_refused_and_says_what_to_do(reader: Reader, tmp_path: Path) -> None:
    drawn(tmp_path / "scan.pdf", [[], [], []])

    with pytest.raises(UnreadableDocument, match=r"scan\.pdf: pages 1-3 have no text layer: .* run text recognition"):
        reader.read(tmp_path / "scan.pdf")


def encrypted(path: Path, password: str) -> None:
    canvas = Canvas(str(path), encrypt=StandardEncryption(password, ownerPassword="owner", strength=128))
    canvas.drawString(60, 700, "The gate is locked.")
    canvas.save()


def test_a_password_is_needed_or_not(reader: Reader, tmp_path: Path) -> None:
    encrypted(tmp_path / "open.pdf", "")
    encrypted(tmp_path / "closed.pdf", "secret")

    assert texts(reader.read(tmp_path / "open.pdf").blocks, "text") == ["The gate is locked."]
    with pytest.raises(UnreadableDocument, match="protected with a password; save it without one"):
        reader.read(tmp_path / "closed.pdf")


@pytest.mark.parametrize(
    "harm",
    [lambda data: data[: len(data) // 2], lambda data: b"%PDF-1.7\n" + b"garbage " * 50, lambda data: data.replace(b"/Kids", b"/Kidz")],
    ids=["cut", "garbage", "no pages"],
)
def test_a_damaged_pdf_is_read_or_refused_but_never_breaks_the_next(reader: Reader, tmp_path: Path, harm: Callable[[bytes], bytes]) -> None:
    drawn(tmp_path / "good.pdf", [wrapped(["The gate is locked."])])
    (tmp_path / "bad.pdf").write_bytes(harm((tmp_path / "good.pdf").read_bytes()))

    with pytest.raises(UnreadableDocument, match=r"bad\.pdf: .*(save|OCR)"):
        reader.read(tmp_path / "bad.pdf")
    assert texts(reader.read(tmp_path / "good.pdf").blocks, "text") == ["The gate is locked."]


def test_a_page_break_keeps_paragraphs_apart_that_end(reader: Reader, tmp_path: Path) -> None:
    story = [Paragraph(RULES[0], BODY), PageBreak(), Paragraph(RULES[1], BODY)]
    SimpleDocTemplate(str(tmp_path / "two.pdf"), pagesize=A4).build(story)

    assert [(block.page, block.text) for block in reader.read(tmp_path / "two.pdf").blocks] == [(1, RULES[0]), (2, RULES[1])]
