"""The Markdown of a draft: its sections, its tables, the marks of what is still to be decided and of what it rests on."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from knowledge.errors import Problem, RowRefused
from knowledge.registers.open_questions import MARK
from knowledge.registers.open_questions import asked_in as asked_in

OPEN = "[to decide:"
_SOURCE = re.compile(r"\[\^(\d+)\]")
_HEADING = re.compile(r"^## +(.+)$", re.MULTILINE)
_NUMBER = re.compile(r"^\d+[.)]?\s+")
_PLACE_IN_A_LIST = re.compile(r"^(?:\d+[.)]\s+|(?:No|Nr)\.?: \d+ \| )")


class Section(NamedTuple):
    """A section of a text: its heading, what stands below it, and where that stands."""

    heading: str
    body: str
    start: int
    end: int


def sections(markdown: str) -> list[Section]:
    """The sections of a text, in order; what stands before the first heading has none."""
    found = list(_HEADING.finditer(markdown))
    starts = [(match[1].strip(), match.end()) for match in found]
    if markdown[: found[0].start() if found else None].strip():
        starts.insert(0, ("", 0))
    ends = [match.start() for match in found][-len(starts) + 1 :] if len(starts) > 1 else []
    return [_section(markdown, heading, start, end) for (heading, start), end in zip(starts, [*ends, len(markdown)], strict=True)]


def _section(markdown: str, heading: str, start: int, end: int) -> Section:
    raw = markdown[start:end]
    body = raw.strip("\n")
    begins = start + len(raw) - len(raw.lstrip("\n")) if body else start
    return Section(heading, body, begins, begins + len(body))


def section(markdown: str, wanted: str) -> Section:
    """The section of that number, title, or both. Raises RowRefused with the sections there are."""
    known = sections(markdown)
    plain = wanted.strip().casefold()
    for one in known:
        number = (_NUMBER.match(one.heading) or [""])[0].strip(" .)")
        if plain and plain in (one.heading.casefold(), title(one.heading).casefold(), number):
            return one
    raise RowRefused([Problem("document", "", "section", wanted, f"name a section; there are {', '.join(one.heading for one in known)}")])


def title(heading: str) -> str:
    """`Records` of `7 Records`."""
    return _NUMBER.sub("", heading)


def with_body(markdown: str, found: Section, body: str) -> str:
    """The text with another body in a section; every other character as it was."""
    return markdown[: found.start] + body.strip("\n") + markdown[found.end :]


# --- what is still to be decided --------------------------------------------------------------------------------------


def to_decide(number: int, question: str = "") -> str:
    """The mark of an open point: with its question where it is first missed, then with its number alone."""
    return f"[to decide: question {number}, {question.replace(']', ')')}]" if question else f"[to decide: question {number}]"


def answered(markdown: str, number: int, text: str) -> str:
    """The text with an answer in the place of a question's marks; the note below a table that told the question goes."""
    told = one_line(text)
    kept = re.sub(rf"(?:^|\n)- \[to decide: question {number}, [^\]]*\](?=\n|$)", "", markdown) if _in_table(markdown, number) else markdown
    return re.sub(rf"\[to decide: question {number}(?:, [^\]]*)?\]", lambda _: told, kept)


def _in_table(markdown: str, number: int) -> bool:
    mark = to_decide(number)
    return any(mark in line for line in markdown.split("\n") if line.startswith("|"))


def notes_below_tables(body: str) -> str:
    """The body with questions told below the table whose cells miss an answer, and only their numbers in the cells."""
    out: list[str] = []
    for block in re.split(r"\n{2,}", body):
        asked = list(dict.fromkeys((int(match[1]), match[2]) for match in MARK.finditer(block) if match[2]))
        if not block.startswith("|") or not asked:
            out.append(block)
            continue
        out.append(MARK.sub(lambda match: to_decide(int(match[1])), block))
        out.append("\n".join(f"- {to_decide(number, question)}" for number, question in asked))
    return "\n\n".join(out)


# --- what it rests on ---------------------------------------------------------------------------------------------------


def source_mark(number: int) -> str:
    """The mark of a source."""
    return f"[^{number}]"


def noted_once(text: str) -> str:
    """The text with one footnote a source: where it is cited again stands the footnote's number alone."""
    places: dict[str, int] = {}

    def mark(match: re.Match[str]) -> str:
        if match[1] in places:
            return f"^{places[match[1]]}^"
        places[match[1]] = len(places) + 1
        return match[0]

    return _SOURCE.sub(mark, text)


def without_sources(text: str) -> str:
    """The text without the numbers of its sources: how it is approved, printed and quoted."""
    return _SOURCE.sub("", text)


def renumbered(text: str, sources: dict[int, int], questions: dict[int, int]) -> str:
    """The text with other numbers of sources and questions; those that are not named stay."""
    moved = _SOURCE.sub(lambda match: source_mark(sources.get(int(match[1]), int(match[1]))), text)
    return MARK.sub(lambda match: to_decide(questions.get(int(match[1]), int(match[1])), match[2] or ""), moved)


# --- lines ----------------------------------------------------------------------------------------------------------------


def table(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    rows = [heads, ["---"] * len(heads), *lines]
    return "\n".join("| " + " | ".join(str(cell) or " " for cell in row) + " |" for row in rows)


def readable(quote: str) -> str:
    """A quote on one line, without the number of its place; a row of a table, whose cells a stored text parts by bars, as people write one down."""
    return one_line(re.sub(r"\.? \| ", "; ", _PLACE_IN_A_LIST.sub("", quote)))


def one_line(text: str) -> str:
    """The text on one line, with nothing in it that Markdown or a skeleton would read as its own."""
    flat = " ".join(text.split())
    return re.sub(r"([\\|<>`])", r"\\\1", flat).replace("{{", "{ {").replace("[^", "[ ^")
