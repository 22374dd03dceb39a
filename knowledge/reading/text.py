"""Plain text and CSV to blocks; text of any kind to characters."""

import codecs
import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path

from knowledge.errors import UnreadableDocument
from knowledge.reading.blocks import Block, Content, one_line, table_rows
from knowledge.reading.headings import BULLET, CLAUSE, LETTERED, as_heading, is_contents_line, line_block, settle

_UNDERLINE = re.compile(r"^(=|-|~|\*|#)\1{3,}$")


def decoded(path: Path) -> str:
    """The characters of a text file in UTF-8, UTF-16 or CP1252. Raises UnreadableDocument for anything else."""
    data = path.read_bytes()
    try:
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return data.decode("utf-16")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise UnreadableDocument(path.name, "it is not text in UTF-8, UTF-16 or CP1252; save it as UTF-8") from error
    if not _plausible(text):
        raise UnreadableDocument(path.name, "it is not text in UTF-8, UTF-16 or CP1252, or it is damaged; save it as UTF-8")
    return text


def _plausible(text: str) -> bool:
    """Whether a text read as CP1252 looks like words: letters and marks, few control and odd characters."""
    odd = sum(1 for char in text if ord(char) > 127 and not char.isalpha() and char not in "€‚„…‘’“”•–—™§°«»©®±²³´µ·¹º¼½¾¿¡\xa0¢£¥")
    control = sum(1 for char in text if ord(char) < 32 and char not in "\t\n\r\f")
    return (odd + control) * 20 <= len(text)


def read(path: Path) -> Content:
    """Paragraphs, headings and items of a plain text; wrapped lines are joined."""
    text = decoded(path)
    if "\x00" in text:
        raise UnreadableDocument(path.name, "it holds bytes that are no text; save it as UTF-8")
    blocks: list[Block] = []
    for paragraph in re.split(r"\n\s*\n", text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n")):
        blocks.extend(_paragraph_blocks([line.rstrip() for line in paragraph.split("\n") if line.strip()]))
    return Content(settle(blocks))


def read_csv(path: Path) -> Content:
    """Rows of a table of values set apart by comma, semicolon or tab."""
    text = decoded(path)
    try:
        dialect: type[csv.Dialect] | str = csv.Sniffer().sniff(text[:8192], ",;\t|")
    except csv.Error:
        dialect = "excel"
    try:
        rows = list(csv.reader(io.StringIO(text), dialect))
    except csv.Error as error:
        raise UnreadableDocument(path.name, f"it is no table of values ({error}); save it again as CSV or XLSX") from error
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    return Content(table_rows(filled, header=len(filled) > 1))


def _paragraph_blocks(lines: Sequence[str]) -> list[Block]:
    """Blocks of lines that no blank line parts: underlined headings, items, rows, else one wrapped paragraph."""
    if len(lines) > 1 and _UNDERLINE.match(lines[1].strip()) and not _UNDERLINE.match(lines[0].strip()):
        title = one_line(lines[0])
        found = as_heading(title)
        level = found[2] if found else 1 if lines[1].strip()[0] == "=" else 2
        return [Block("heading", title, level, None, found[0] if found else ""), *_paragraph_blocks(lines[2:])]
    groups: list[list[str]] = []
    widest = max((len(line) for line in lines), default=0)
    for line in lines:
        bare = line.strip()
        if _UNDERLINE.match(bare) or is_contents_line(bare):
            continue
        begins = bool(BULLET.match(bare) or LETTERED.match(bare) or CLAUSE.match(bare) or as_heading(bare))
        ended = bool(groups) and (as_heading(" ".join(groups[-1])) is not None or _is_short(groups[-1][-1], bare, widest))
        if not groups or begins or ended:
            groups.append([bare])
        else:
            groups[-1].append(bare)
    blocks = [line_block(one_line(join(group))) for group in groups if one_line(join(group))]
    if len(blocks) == 1 and len(lines) == 1 and blocks[0].kind == "text" and is_capital_title(blocks[0].text):
        return [Block("heading", blocks[0].text, 1)]
    return blocks


def _is_short(line: str, following: str, widest: int) -> bool:
    """Whether the line ended on purpose: the next word would still have fitted, and it ends like a sentence or list line."""
    room = widest - len(line)
    word = len(following.split()[0])
    return (widest > 40 and room > word + 12) or (line.endswith((".", ":", ";")) and room > word + 1)


def is_capital_title(text: str) -> bool:
    """Whether a line is a title in capitals, like `ACCESS CONTROL`."""
    letters = [char for char in text if char.isalpha()]
    return len(letters) >= 4 and text == text.upper() and len(text.split()) <= 10 and not text.endswith((".", ";", ","))


def join(lines: Sequence[str], known: frozenset[str] = frozenset()) -> str:
    """Lines as one text. A word cut at the line's end is put together; `known` are words that are written with a hyphen."""
    out = ""
    for line in lines:
        line = line.strip()
        if not out:
            out = line
        elif out.endswith("\u00ad"):
            out = out[:-1] + line
        elif re.search(r"[^\W\d_]-$", out):
            out = _rejoined(out, line, known)
        elif out.endswith(("/", "-")) and not out.endswith((" /", " -")):
            out += line
        else:
            out += " " + line
    return out


_KEPT_HYPHEN = frozenset("non self well third high low long short real multi cross risk need role cloud on off two one so up co e".split())


def _rejoined(out: str, line: str, known: frozenset[str]) -> str:
    """Text that ends in a hyphen and the line after it."""
    first = line.split()[0] if line.split() else ""
    last = out.split()[-1][:-1]
    if first.lower().strip(",.;") in ("und", "oder", "bzw", "and", "or", "sowie", "to"):
        return f"{out} {line}"
    whole = f"{last}-{first}".strip("\"'“”„().,;:").lower()
    keeps = not first[:1].islower() or whole in known or last.lower().strip('("“„') in _KEPT_HYPHEN or "-" in last
    return out + line if keeps else out[:-1] + line
