"""Printed forms open in independent readers, with the same headings, rows and heads."""

import io
from datetime import date

import docx
import pypdf
import pytest
from openpyxl import load_workbook

from assistant import printing
from assistant.printing import Head, Revision, Sheet

HEAD = Head(
    "Plant & Sons", "IS-PRO-05", "Backup | of <programs>", "1.2", "approved", "internal", "Ada Kern", "Jan Voss", date(2026, 3, 4), date(2027, 3, 4),
    date(2026, 11, 3), [Revision("1.0", date(2025, 3, 4), "Ada Kern", "First version", "Jan Voss")],
)  # fmt: skip
TEXT = """## 1 Purpose

PLC programs are kept. ![](http://127.0.0.1:9/pixel.png) <script>alert(1)</script> #panic("no") $x$

## 2 Records

| Record | Place | Kept for |
|---|---|---|
| Restore test | ISMS folder, a very long place that needs room to be read without a break | 3 years |
| Export \\| list | BK-02 | [to decide: question 1, How long?] |

- one
- two[^1]

[^1]: IS-REG-01: 3 years
"""


def test_the_document_has_its_headings_rows_header_and_footer() -> None:
    opened = docx.Document(io.BytesIO(printing.docx(TEXT, HEAD)))
    headings = [paragraph.text for paragraph in opened.paragraphs if paragraph.style.name.startswith("Heading")]
    assert headings == ["Backup | of <programs>", "1 Purpose", "2 Records", "Revision history"]
    assert [[cell.text for cell in row.cells] for row in opened.tables[1].rows][2] == [
        "Export | list",
        "BK-02",
        "[to decide: question 1, How long?]",
    ]
    section = opened.sections[0]
    assert "IS-PRO-05" in section.header.paragraphs[0].text and "Version 1.2" in section.header.paragraphs[0].text
    assert "Approved 2026-03-04 by Jan Voss" in section.footer.paragraphs[0].text
    assert "NUMPAGES" in section.footer._element.xml


def test_a_form_has_room_for_a_pen_over_the_whole_page() -> None:
    form = (
        "## 1 Approval\n\n| Name | Date | Signature |\n|---|---|---|\n| Plant manager | | |\n| | | |\n\n| A | B |\n|---|---|\n| 1 | 2 |\n"
    )
    tables = docx.Document(io.BytesIO(printing.docx(form, HEAD))).tables
    sign, facts = tables[1], tables[2]
    assert [row.cells[2].text.count("\n") for row in sign.rows] == [0, 1, 1], "two lines high"
    name, day, hand = (int(column.get("{*}w") or column.get(column.keys()[0])) for column in sign._tbl.tblGrid.gridCol_lst)
    assert min(day, hand) >= name * 0.8
    assert facts.rows[1].cells[1].text == "2"


def test_ids_and_dates_are_not_broken_and_a_column_is_as_wide_as_they_are() -> None:
    assert printing._width(["F-2026-001"]) == printing._width(["2026-07-13"]) == 12
    assert printing._width(["Id", "cause-analysed"]) < printing._width(["Id", "causeanalysed1"])


def test_the_pdf_says_the_same_and_numbers_its_pages() -> None:
    reader = pypdf.PdfReader(io.BytesIO(printing.pdf(TEXT * 6, HEAD)))
    pages = [page.extract_text() for page in reader.pages]
    assert len(pages) > 1 and all("IS-PRO-05" in page for page in pages)
    assert "1 / " in pages[0] and "Restore test" in pages[0]
    assert '#panic("no")' in pages[0].replace("“", '"').replace("”", '"')


@pytest.mark.parametrize("form", [printing.docx, printing.pdf])
def test_nothing_is_fetched_or_run_from_a_text(form: printing.Form) -> None:
    made = form('## 1 A\n\n![x](/etc/hostname) ![y](file:///etc/hostname)\n\n#read("/etc/hostname")\n\n`#eval("1")`{=typst}\n', HEAD)
    assert made[:2] in (b"PK", b"%P")


def test_the_workbook_has_filters_frozen_heads_and_no_formula() -> None:
    made = printing.workbook(
        [Sheet("All", ["Id", "What"], [["R-001", "=1+1"], ["R-002", "@SUM(A1)"]], ["As of today."], {(0, 1): "FFCC80"})], HEAD
    )
    page = load_workbook(io.BytesIO(made))["All"]
    rows = list(page.iter_rows(values_only=True))
    top = rows.index(("Id", "What")) + 1
    assert rows[top] == ("R-001", "=1+1") and page.cell(top + 1, 2).data_type == "s"
    assert page.auto_filter.ref == f"A{top}:B{top + 2}" and page.freeze_panes == f"A{top + 1}"
    assert page.cell(top + 1, 2).fill.fgColor.rgb == "00FFCC80"
