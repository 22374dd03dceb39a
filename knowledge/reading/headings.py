"""Headings and numbered clauses, told from the words of a line alone."""

import re
from collections.abc import Iterable
from dataclasses import replace

from knowledge.reading.blocks import Block

_WORDS = 16
_LENGTH = 120
_ROMAN = r"(?:X{0,3}(?:IX|IV|V?I{1,3}|V)|X{1,3})"
_NUMBER = re.compile(
    rf"""^(?:
        (?P<word>(?:annex|appendix|anhang|anlage|section|abschnitt|chapter|kapitel|part|teil|article|artikel|art\.|clause|klausel)\s+
            (?P<of>\d{{1,3}}(?:\.\d{{1,3}})*[a-z]?|[A-Z]|{_ROMAN}))(?:\s*[:.–—-])?
      | (?P<paragraph>§\s*\d{{1,3}}[a-z]?)\.?
      | (?P<code>(?:SR|CR|FR|ZCR)\s\d{{1,2}}(?:\.\d{{1,2}})?)(?:\s*[:–—-])?
      | (?P<control>[A-Z]{{2}}(?:\.[A-Z]{{2}})?-\d{{1,2}}(?:\(\d{{1,2}}\))?)(?:\s*[:–—-])?
      | (?P<annex>[A-Z](?:\.\d{{1,3}})+)\.?(?:\s*[:–—-])?
      | (?P<decimal>\d{{1,3}}(?:\.\d{{1,3}})*[a-z]?)(?P<mark>[.:)]?)(?:\s+[–—-])?
      | (?P<roman>{_ROMAN})\.
      | (?P<letter>[A-Z])\.
    )\s+(?P<title>\S.*)$""",
    re.VERBOSE | re.IGNORECASE,
)
_CASED = ("code", "control", "annex", "roman", "letter")
_STRONG = frozenset("shall must should muss müssen soll sollen sollte darf dürfen sollten".split())
_WEAK = frozenset("is are will was were may can has have ist sind wird werden kann können wurde wurden hat haben".split())
_QUESTION = frozenset("who what when where how why which wer was wann wo wie warum welche welcher welches wozu".split())
_UNITS = frozenset(
    """day days week weeks month months year years hour hours minute minutes second seconds percent gb mb tb kb mm cm km kg bar volt euro
    eur usd
    tag tage tagen woche wochen monat monate monaten jahr jahre jahren stunde stunden minute minuten sekunde sekunden prozent uhr
    january february march april may june july august september october november december januar februar märz mai juni juli oktober
    dezember""".split()
)
_ABBREVIATED = re.compile(r"\b(?:a\.m|p\.m|etc|Co|Inc|Ltd|z\.\s?B|usw|ff|u\.\s?a)\.$")
_CONTENTS = re.compile(r"(?:\.\s?){4,}\s*\d{0,4}$|…{2,}\s*\d{0,4}$|_{4,}\s*\d{1,4}$")
BULLET = re.compile(r"^(?:[•◦▪▫■□●○‣⁃∙·➢►▶✓✔❖\uf0b7\uf0a7\uf0d8]|[-–—*+](?=\s)|o(?=\s+[A-ZÄÖÜ]))\s*(?=\S)")
LETTERED = re.compile(rf"^(?:\((?:[a-z]{{1,2}}|\d{{1,2}}|{_ROMAN.lower()})\)|(?:[a-z]|{_ROMAN.lower()})\)|\d{{1,2}}\)|[a-z]\.)\s+(?=\S)")
CLAUSE = re.compile(r"^(?P<number>[A-Z](?:\.\d{1,3})+|\d{1,3}(?:\.\d{1,3})+[a-z]?|§\s*\d{1,3}[a-z]?|\d{1,3}(?=\.\s))[.:)]?\s+(?=\S)")


def as_heading(line: str) -> tuple[str, str, int] | None:
    """(number, title, level) of a line that is only a numbered title, else None.

    The level follows from the number: `4` and `§ 7` and `IV.` are 1, `4.2.1` and `A.5.15` are 3. A line that ends like a
    sentence or reads like one is a clause, not a heading; lettered lines, `a) ...`, are items whatever they say.
    """
    line = " ".join(line.split())
    match = _NUMBER.match(line)
    if not match or len(line) > _LENGTH or " | " in line or is_contents_line(line):
        return None
    kind = next(name for name in ("word", "paragraph", "code", "control", "annex", "decimal", "roman", "letter") if match[name])
    if kind in _CASED and match[kind] != match[kind].upper():
        return None
    title = match["title"].rstrip(":").strip()
    if not _is_title(title) or not _fits(kind, match[kind], match["mark"], title):
        return None
    return " ".join(match[kind].split()), title, _level(kind, match)


def _is_title(title: str) -> bool:
    """Whether these words could stand over a section."""
    tokens = title.split()
    bare = [token.strip(".,;:()\"'“”„").lower() for token in tokens]
    if not bare or len(tokens) > _WORDS or (title[-1] in ".;,!" and not _ABBREVIATED.search(title)):
        return False
    if not title[0].isalnum() and title[0] not in "(\"“„'":
        return False
    if bare[0] in _QUESTION or title.endswith("?"):
        return True
    return not (len(tokens) >= 5 and _STRONG & set(bare[1:])) and not (len(tokens) >= 7 and _WEAK & set(bare[1:]))


def _fits(kind: str, number: str, mark: str | None, title: str) -> bool:
    """Whether number and title belong together: no quantity, date, address or amount."""
    first = title.split()[0].strip(".,;:()").lower()
    if kind == "control":
        return title == title.upper() or "." in number
    if kind == "letter":
        return (title[0].isupper() and len(title.split()) > 1) or first in ("scope", "purpose", "roles", "zweck", "geltungsbereich")
    if kind != "decimal":
        return title[0].isupper() or title[0].isdigit() or title[0] in "(\"“„'"
    parts = number.rstrip("abcdefghijklmnopqrstuvwxyz").split(".")
    if any(int(part) > 99 for part in parts) or any(part.startswith("0") and len(part) > 1 for part in parts[1:]) or mark == ")":
        return False
    if first in _UNITS or len(parts) > 6:
        return False
    return title[0].isupper() or (title[0] in "(\"“„'" and title[1:2].isupper()) or (len(parts) > 2 and not title[0].isdigit())


def _level(kind: str, match: re.Match[str]) -> int:
    if kind == "word":
        return match["of"].count(".") + 1
    if kind == "letter":
        return 2
    if kind == "code":
        return 3 if "." in match["code"] else 2
    return int(kind == "control") + match[kind].count(".") + 1


def is_contents_line(line: str) -> bool:
    """Whether this is a line of a table of contents, `4.2 Reviews ........ 12`."""
    return bool(_CONTENTS.search(line.rstrip()))


def line_block(text: str, *, page: int | None = None) -> Block:
    """The block that a paragraph is, by its words: heading, item, numbered clause or text. The text is clean already."""
    if found := as_heading(text):
        return Block("heading", text, found[2], page, found[0])
    if bullet := BULLET.match(text):
        return Block("item", text[bullet.end() :], 1, page)
    if lettered := LETTERED.match(text):
        return Block("item", text, 1, page, lettered[0].strip().strip("()."))
    clause = CLAUSE.match(text)
    if clause and clause["number"].isdigit():
        return Block("item", text, 1, page, clause["number"])
    return Block("text", text, 0, page, " ".join(clause["number"].split()) if clause else "")


def settle(blocks: Iterable[Block], fixed: frozenset[int] = frozenset()) -> list[Block]:
    """The same blocks, with short numbered list items, which look like headings of level 1, made into items.

    `1. Switch off`, `2. Lock the gate` are steps when they follow each other with nothing between, begin again at 1 below
    a section, or continue such a list. `fixed` are the places of headings that style or type has proved.
    """
    out = list(blocks)
    section, listed = 0, 0
    for place, block in enumerate(out):
        plain = block.kind == "heading" and block.number.isdigit() and block.level == 1
        if not plain:
            listed = listed if block.kind == "item" and not block.number.isdigit() else 0
            if block.kind == "heading" and block.number and block.number.split(".")[0].isdigit():
                section = int(block.number.split(".")[0])
            continue
        number = int(block.number)
        if place in fixed:
            section, listed = number, 0
            continue
        following = out[place + 1] if place + 1 < len(out) else None
        in_run = following is not None and following.kind == "heading" and following.number == str(number + 1) and place + 1 not in fixed
        if in_run or number <= section or (listed == number - 1 and listed):
            out[place] = replace(block, kind="item", level=1)
            listed = number
        else:
            section, listed = number, 0
    return out
