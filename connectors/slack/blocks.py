"""A Reply as Slack's blocks, within Slack's limits. Only our own addresses become links; all other text stays text."""

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from connectors.base import Citation, Reply

SECTION, BLOCKS = 3000, 50
MESSAGE = 12_500
"""Bytes of all blocks of a message. Slack refuses at about 13,200 characters, which it does not document."""
_NAME, _ADDRESS = 150, 1000
_STEPS = (
    (40_000, 2400, 40),
    (40_000, 700, 40),
    (6000, 700, 20),
    (6000, 240, 20),
    (3000, 240, 12),
    (1200, 160, 6),
    (400, 80, 3),
)
"""Characters of the text, characters of a quote, and number of citations: the first step that Slack will take is used."""
_MARK = re.compile(r" ?\[(\d+)\]")


@dataclass(frozen=True)
class Drawn:
    """A message: `text` for notifications, search and screen readers, `blocks` for the eye."""

    text: str
    blocks: list[dict[str, Any]]


def drawn(reply: Reply, public_url: str) -> Drawn:
    """The reply as a message that Slack takes, shortened where it must be.

    Raises ValueError for a reply that says nothing.
    """
    if not any(part.strip() for part in (*reply.paragraphs, *reply.notes)):
        raise ValueError("the reply is empty: a reply needs a paragraph or a note")
    blocks: list[dict[str, Any]] = []
    for version in _ever_shorter(reply):
        blocks = _blocks(version, public_url)
        if len(blocks) <= BLOCKS and len(json.dumps(blocks, ensure_ascii=False).encode()) <= MESSAGE:
            break
    return Drawn(_fallback(blocks), blocks)


def sentence(text: str) -> Drawn:
    """One sentence of ours as a message."""
    return Drawn(escaped(text), [section(escaped(text))])


def _ever_shorter(reply: Reply) -> Iterator[Reply]:
    """The reply whole where it fits the first step, then shorter and shorter; a citation goes with its mark."""
    text = "\n\n".join(clean(paragraph) for paragraph in reply.paragraphs).strip()
    notes = tuple(clean(note) for note in reply.notes if note.strip())
    for number, (characters, quoted, citations) in enumerate(_STEPS):
        lead = clip(text, characters)
        marked = {int(mark) for mark in _MARK.findall(lead)}
        kept = [citation for citation in reply.citations if lead == text or citation.number in marked][:citations]
        gone = {citation.number for citation in reply.citations} - {citation.number for citation in kept}
        shorter = tuple(replace(citation, quote=clip(clean(citation.quote), quoted)) for citation in kept)
        whole = lead == text and not gone and all(clean(old.quote) == new.quote for old, new in zip(kept, shorter, strict=True))
        yield replace(
            reply,
            paragraphs=(_MARK.sub(lambda match, gone=gone: "" if int(match[1]) in gone else match[0], lead),),  # type: ignore[misc]
            citations=shorter,
            notes=notes if number == 0 and whole else (clip("\n".join(notes), characters // 4), clip(reply.shortened, _NAME)),
        )


def _blocks(reply: Reply, public_url: str) -> list[dict[str, Any]]:
    lead = [section(escaped(piece)) for piece in _pieces("\n\n".join(reply.paragraphs), SECTION)]
    sources = [section(_source(citation, public_url)) for citation in reply.citations]
    notes = "\n".join(note for note in reply.notes if note)
    return [*lead, *sources, *({"type": "context", "elements": [_mrkdwn(escaped(piece))]} for piece in _pieces(notes, SECTION))]


def _source(citation: Citation, public_url: str) -> str:
    """`[n]`, title and section on the first line, then the quote; the link comes first so that no quote can swallow it."""
    title = escaped(clip(_line(citation.title), _NAME))
    address = _address(citation.url, public_url)
    where = [f"<{address}|{title}>" if address else title, escaped(clip(_line(citation.locator), _NAME))]
    if not address:
        where.append(escaped(clip(_line(citation.url), _NAME)))
    head = f"[{citation.number}] " + " · ".join(part for part in where if part)
    quoted = "\n".join(f"> {escaped(line)}" for line in citation.quote.split("\n")) if citation.quote else ""
    return f"{head}\n{quoted}".strip()


def _address(url: str, public_url: str) -> str:
    """The address that opens a source, or nothing where it is not below our own or we have none."""
    if not (public_url and url.startswith("/")):
        return ""
    address = public_url.rstrip("/") + quote(url, safe="/?=&#%:@,;+!~.-_")
    return address.replace("&", "&amp;") if len(address) <= _ADDRESS else ""


def _fallback(blocks: list[dict[str, Any]]) -> str:
    """The texts of the first blocks, as many as a section's length holds."""
    texts = [block["text"]["text"] if block["type"] == "section" else block["elements"][0]["text"] for block in blocks]
    taken = texts[:1]
    for text in texts[1:]:
        if sum(map(len, taken)) + len(taken) + len(text) > SECTION:
            break
        taken.append(text)
    return "\n".join(taken)


def section(text: str) -> dict[str, Any]:
    """A block of text."""
    return {"type": "section", "text": _mrkdwn(text)}


def _mrkdwn(text: str) -> dict[str, Any]:
    """`verbatim`: Slack makes no links and no mentions out of what looks like one."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


# --- text ------------------------------------------------------------------------------------------------------


def clean(text: str) -> str:
    """The text without control, bidirectional and other invisible characters; line ends stay."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return "".join(char for char in text if char == "\n" or unicodedata.category(char) not in ("Cc", "Cf", "Cs")).strip()


def _line(text: str) -> str:
    return " ".join(clean(text).split())


def escaped(text: str) -> str:
    """The text so that Slack finds no mention, link or channel in it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _length(text: str) -> int:
    """Length as the strictest reader counts: escaped, in UTF-16 units, each line with its quote sign."""
    return len(escaped(text).encode("utf-16-le")) // 2 + 2 * text.count("\n")


def clip(text: str, limit: int) -> str:
    """The text, or as much of it as the limit holds with a mark of omission."""
    return text if _length(text) <= limit else text[: _cut(text, limit - 4)].rstrip() + " […]"


def _pieces(text: str, limit: int) -> Iterator[str]:
    """The text in pieces within the limit, cut between paragraphs, lines or words where one ends in the second half."""
    while _length(text) > limit:
        end = _cut(text, limit)
        yield text[:end].rstrip()
        text = text[end:].lstrip()
    if text:
        yield text


def _cut(text: str, limit: int) -> int:
    end = min(len(text), limit)
    while (over := _length(text[:end]) - limit) > 0:
        end -= max(1, over // 5)
    for gap in ("\n\n", "\n", " "):
        if (place := text.rfind(gap, end // 2, end)) > 0:
            return place
    return max(end, 1)
