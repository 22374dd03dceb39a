"""Markdown to blocks, through the tokens of markdown-it-py."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from knowledge.reading import html
from knowledge.reading.blocks import RUN_IN, Block, Content, is_form, one_line, table_rows
from knowledge.reading.headings import as_heading, line_block, settle
from knowledge.reading.metadata import mapping_of
from knowledge.reading.text import decoded

_FRONT = re.compile(r"\A---[ \t]*\n(.*?)(?:\n(?:---|\.\.\.)[ \t]*(?:\n|\Z))", re.DOTALL)
_TASK = re.compile(r"^\[[ xX]\]\s+")


def read(path: Path) -> Content:
    """Headings, paragraphs, items and table rows of a Markdown file, and its front matter."""
    return of_text(path.name, decoded(path))


def of_text(name: str, text: str) -> Content:
    """The same of a text; `name` is what an error calls it."""
    front, body = _front_matter(name, text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\n"))
    reader = _Tokens()
    reader.walk(MarkdownIt("commonmark", {"html": True}).enable("table").parse(body))
    return Content(settle(reader.blocks, frozenset(reader.fixed)), remarks=reader.remarks, front=front, unseen=reader.unseen)


def _front_matter(name: str, text: str) -> tuple[dict[str, Any] | None, str]:
    """(the values of the front matter, the text below it). A rule at the top that is no front matter stays text."""
    if not (match := _FRONT.match(text)):
        return None, text
    values = mapping_of(name, match[1])
    return (values, text[match.end() :]) if isinstance(values, dict) else (None, text)


class _Tokens:
    """Blocks from a flat list of tokens; keeps where it stands: list depth, table, quote."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.remarks: list[str] = []
        self.unseen: list[str] = []
        self.fixed: list[int] = []
        self._markers: list[str] = []
        self._first = False
        self._rows: list[list[str]] = []

    def walk(self, tokens: Sequence[Token]) -> None:
        for place, token in enumerate(tokens):
            self.unseen.extend(one_line(child.content) for child in token.children or () if child.content.startswith("<!--"))
            if token.type == "list_item_open":
                self._markers.append(token.info)
                self._first = True
            elif token.type == "list_item_close":
                self._markers.pop()
            elif token.type == "heading_open":
                self._heading(int(token.tag[1]), tokens[place + 1])
            elif token.type == "inline" and tokens[place - 1].type == "paragraph_open":
                self._paragraph(token, _lone_item(tokens, place))
            elif token.type in ("fence", "code_block"):
                self.blocks.extend(Block("text", line) for line in map(one_line, token.content.split("\n")) if line)
            elif token.type == "html_block":
                self.blocks.extend(html.blocks_of(token.content, self.remarks, self.unseen))
            else:
                self._table(token, tokens[place - 1] if place else None)

    def _heading(self, level: int, inline: Token) -> None:
        if text := _inline_text(inline):
            found = as_heading(text)
            self.fixed.append(len(self.blocks))
            self.blocks.append(Block("heading", text, level, None, found[0] if found else ""))

    def _paragraph(self, inline: Token, lone: bool) -> None:
        text = _TASK.sub("", _inline_text(inline))
        if not text:
            return
        if self._markers:
            marker = self._markers[-1]
            if lone and marker and as_heading(f"{marker}. {text}"):
                self.blocks.append(line_block(f"{marker}. {text}"))
            else:
                self.blocks.append(Block("item", text, len(self._markers), None, marker if self._first else ""))
            self._first = False
        elif _is_bold(inline) and len(text.split()) <= 12 and not text.endswith((".", ";", ",")) and not as_heading(text):
            self.fixed.append(len(self.blocks))
            self.blocks.append(Block("heading", text, RUN_IN))
        else:
            block = line_block(text)
            self.blocks.append(replace(block, level=1) if block.kind == "item" else block)

    def _table(self, token: Token, before: Token | None) -> None:
        if token.type == "table_open":
            self._rows = []
        elif token.type == "tr_open":
            self._rows.append([])
        elif token.type == "inline" and before is not None and before.type in ("th_open", "td_open"):
            self._rows[-1].append(_inline_text(token))
        elif token.type == "table_close":
            # A Markdown table cannot do without a first row: people leave it empty, or begin a form in it.
            self.blocks.extend(table_rows(self._rows, header=any(self._rows[0]) and not is_form(self._rows)))


def _lone_item(tokens: Sequence[Token], place: int) -> bool:
    """Whether the paragraph is the one item of an ordered list: `1. Purpose` over a text of its own."""
    return (
        place >= 3
        and place + 3 < len(tokens)
        and tokens[place - 3].type == "ordered_list_open"
        and tokens[place + 2].type == "list_item_close"
        and tokens[place + 3].type == "ordered_list_close"
    )


def _inline_text(inline: Token) -> str:
    """The words that a reader sees; comments and tags are left out."""
    parts = []
    for child in inline.children or []:
        if child.type in ("text", "code_inline", "text_special"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif child.type == "image":
            parts.append("".join(part.content for part in child.children or []))
        elif child.type == "html_inline" and child.content.lower().startswith("<br"):
            parts.append(" ")
    return one_line("".join(parts))


def _is_bold(inline: Token) -> bool:
    children = [child for child in inline.children or [] if child.type != "text" or child.content.strip()]
    kinds = [child.type for child in children]
    return len(kinds) >= 3 and kinds[0] == "strong_open" and kinds.index("strong_close") == len(kinds) - 1
