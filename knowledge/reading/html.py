"""HTML to blocks: what a reader sees, without scripts, styles and hidden elements."""

import re
from pathlib import Path

from bs4 import BeautifulSoup
from bs4.element import Comment, NavigableString, PageElement, Tag

from knowledge.reading.blocks import Block, Content, one_line, table_rows
from knowledge.reading.headings import as_heading, line_block, settle
from knowledge.reading.text import decoded

_UNSEEN = [*"script style noscript template svg iframe object embed canvas head nav input select button textarea".split()]
_BLOCK = frozenset(
    """address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr
    html li main ol p pre section summary table ul""".split()
)
_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|(?:font-size|opacity)\s*:\s*0(?![.\d]*[1-9])", re.IGNORECASE)
_HIDDEN_REMARK = "text that a reader does not see (hidden elements) was left out"


def read(path: Path) -> Content:
    """Headings, paragraphs, items and table rows of a page, and its title."""
    soup = BeautifulSoup(decoded(path), "lxml")
    title = one_line(soup.title.get_text()) if soup.title else ""
    remarks: list[str] = []
    unseen: list[str] = []
    return Content(settle(_blocks(soup, remarks, unseen)), title=title, remarks=remarks, unseen=unseen)


def blocks_of(markup: str, remarks: list[str], unseen: list[str]) -> list[Block]:
    """Blocks of a piece of HTML inside another format; what it holds that nobody sees is added to `unseen`."""
    return _blocks(BeautifulSoup(markup, "lxml"), remarks, unseen)


def _blocks(soup: BeautifulSoup, remarks: list[str], unseen: list[str]) -> list[Block]:
    unseen.extend(one_line(comment) for comment in soup.find_all(string=lambda text: isinstance(text, Comment)))
    for element in soup(_UNSEEN):
        element.decompose()
    hidden = [element for element in soup.find_all(True) if element.has_attr("hidden") or _HIDING.search(str(element.get("style", "")))]
    if any(element.get_text(strip=True) for element in hidden) and _HIDDEN_REMARK not in remarks:
        remarks.append(_HIDDEN_REMARK)
    for element in hidden:
        unseen.append(one_line(element.get_text(" ")))
        element.extract()
    blocks: list[Block] = []
    _walk(soup, blocks, 0)
    return blocks


def _walk(parent: Tag, blocks: list[Block], depth: int) -> None:
    """Add the blocks of an element. Words between block elements make a paragraph; `depth` counts the lists around."""
    words: list[str] = []

    def flush() -> None:
        if text := one_line("".join(words)):
            blocks.append(Block("item", text, depth) if depth else line_block(text))
        words.clear()

    for child in parent.children:
        if isinstance(child, Tag) and (child.name in _BLOCK or child.find(_is_block)):
            flush()
            _element(child, blocks, depth)
        else:
            words.append(_text(child))
    flush()


def _is_block(tag: Tag) -> bool:
    return tag.name in _BLOCK


def _element(element: Tag, blocks: list[Block], depth: int) -> None:
    if re.fullmatch("h[1-6]", element.name):
        if text := one_line(_text(element)):
            found = as_heading(text)
            blocks.append(Block("heading", text, int(element.name[1]), None, found[0] if found else ""))
    elif element.name == "table":
        _table(element, blocks)
    else:
        _walk(element, blocks, depth + (element.name in ("ul", "ol")))


def _table(table: Tag, blocks: list[Block]) -> None:
    rows = [row for row in table.find_all("tr") if row.find_parent("table") is table]
    cells = [[cell for cell in row.find_all(["td", "th"]) if cell.find_parent("tr") is row] for row in rows]
    if cells and max(len(row) for row in cells) <= 1:
        for row in cells:
            for cell in row:
                _walk(cell, blocks, 0)
        return
    named = bool(cells and cells[0]) and all(cell.name == "th" for cell in cells[0])
    blocks.extend(table_rows([[_text(cell) for cell in row] for row in cells], header=True if named else None))


def _text(node: PageElement) -> str:
    """The words of an element, a line break and a nested block set apart by a space."""
    if isinstance(node, NavigableString):
        return "" if isinstance(node, Comment) or type(node) is not NavigableString else str(node)
    parts: list[str] = []
    for child in [node, *node.descendants] if isinstance(node, Tag) else []:
        if type(child) is NavigableString:
            parts.append(str(child))
        elif isinstance(child, Tag) and (child.name in _BLOCK or child.name in ("br", "td", "th", "tr")):
            parts.append(" ")
    return "".join(parts)
