"""A customer's questionnaire to a proposed answer a row, from approved facts; what nobody has recorded stays blank.

Whether something is done is read from the Statement of Applicability, how it is done from approved documents. A rule in a document alone says that it is
decided, not that it is carried out.
"""

import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from assistant import verification
from assistant.drafting.filling import implementation
from assistant.drafting.sources import Source
from assistant.drafting.statements import Registers
from knowledge import controls, language
from knowledge.errors import UnreadableDocument

Verdict = Literal["yes", "partly", "no", "needs information"]
Controls = Callable[[str], list[tuple[str, float]]]
"""A question to source ids of Annex A controls that it is about, best first, with how well they fit, 0-1."""

_FITS, _PLAINLY = 0.6, 0.65
"""Fit from which a control is what a question is about, and from which its state alone answers without a document that does."""
_BY_STATUS: dict[str, Verdict] = {"implemented": "yes", "under review": "yes", "partly": "partly", "planned": "no", "not started": "no"}
"""What the state in the Statement of Applicability says; whatever has no evidence or was never checked says nothing."""
_QUESTION = re.compile(r"question|requirement|\bcontrol\b|criteri|frage|anforderung|prüfpunkt|description", re.IGNORECASE)
_ANSWER = re.compile(r"answer|response|yes\s*/\s*no|complian(t|ce)|\bstatus\b|antwort|erfüllt|ja\s*/\s*nein", re.IGNORECASE)
_COMMENT = re.compile(
    r"comment|remark|explanation|detail|evidence|justification|kommentar|bemerkung|erläuterung|begründung|nachweis", re.IGNORECASE
)
_ASKS = re.compile(
    r"\?\s*$|^(do|does|is|are|have|has|how|what|which|who|when|where|describe|provide|please|haben|hat|ist|sind|gibt|wie|wer|was|wann|werden|wird|verfügt|existier)\b",
    re.IGNORECASE,
)
_OPEN = re.compile(
    r"^(how|what|which|who|when|where|describe|provide|please|list|wie|wer|was|wann|welche|beschreiben|nennen)\b", re.IGNORECASE
)
_NEGATED = re.compile(r"\b(not|no|never|none|without|cannot|lack\w*|nicht|kein\w*|nie|niemals|ohne|fehl\w*)\b|n['’]t\b", re.IGNORECASE)
_HISTORY = re.compile(
    r"\b(ever|have you had|has .{0,40}(occurred|happened)|suffered|experienced|in the (last|past)|jemals|hatten sie|gab es|in den letzten|im letzten|erlitten)\b",
    re.IGNORECASE,
)
_PROOF = re.compile(
    r"\b(certifi\w*|attest\w*|accredit\w*|soc\s?[123]|pci|tisax|hipaa|fedramp|c5|insurance|insured|zertifi\w*|\w*versicher\w*|akkredit\w*|testat\w*)\b",
    re.IGNORECASE,
)
"""Papers and past events: whether there are any stands in no control."""
_FORBIDS = re.compile(
    r"\b(forbid\w*|forbidden|prohibit\w*|ban(s|ned)?|prevent\w*|disallow\w*|block(s|ed)?|(not|never) (be )?(allowed|permitted|used|shared|connected)|must not|may not|no one|nobody|verbiet\w*|verboten|untersag\w*"
    r"|(dürfen|darf)\b.*\b(nicht|kein\w*)|(nicht|kein\w*)\b.*\b(erlaubt|gestattet|zulässig)|unzulässig)\b",
    re.IGNORECASE,
)
_POLICY = re.compile(
    r"\b(allow(s|ed)?|permit(s|ted)?|may (staff|employees|users|people|visitors|suppliers)|can (staff|employees|users|anyone|visitors|suppliers)|shared (accounts?|logins?|passwords?)|default passwords?|generic accounts?"
    r"|erlaub\w*|gestatte\w*|zulässig|dürfen|darf)\b|" + _FORBIDS.pattern,
    re.IGNORECASE,
)
"""Questions after a rule, to which yes may be the worse answer."""
_ONLY = re.compile(r"\b(only|except|unless|nur|außer|ausgenommen|ausnahme\w*)\b", re.IGNORECASE)
_EVERY = re.compile(r"\b(all|every|each|always|any|alle[nrsm]?|jede[nrsm]?|immer|stets|sämtliche)\b", re.IGNORECASE)
_WORDS = {
    "en": {"yes": "Yes", "partly": "Partly", "no": "No", "needs information": ""},
    "de": {"yes": "Ja", "partly": "Teilweise", "no": "Nein", "needs information": ""},
}
MOST_QUESTIONS = 200
"""Questions that are answered in one request."""
_SCAN = 30
"""Rows of a sheet in which its heads are looked for."""


@dataclass(frozen=True)
class Proposed:
    """The proposed answer to one question: a verdict with the words and sources behind it; `ask` says what is missing where it needs information."""

    question: str
    verdict: Verdict
    text: str
    sources: tuple[Source, ...]
    ask: str = ""


@dataclass
class Sheet:
    """Where the questions of a sheet stand: rows and columns count from 1, 0 is a column that is not there."""

    name: str
    question: int
    answer: int
    comment: int
    rows: list[tuple[int, str]] = field(default_factory=list)


def answer(registers: Registers, question: str, says: Sequence[Source], about: Sequence[tuple[str, float]]) -> Proposed:
    """The answer that approved facts give. `says` are sentences of approved documents that answer, `about` the controls it is about."""
    recorded = {row["id"]: row for row in registers.rows("control_status")}
    entry, fit = next(((found, fit) for id_, fit in about if fit >= _FITS and (found := controls.catalogue().by_source(id_))), (None, 0.0))
    row = recorded.get(entry.id, {}) if entry else {}
    sources = list(says[:2])
    status = implementation(row) if row else "never checked"
    verdict = _verdict(question, says, row, status, fit)
    if entry and row and not _POLICY.search(question):
        proof = f", evidence {', '.join(row['evidence'])}" if row.get("evidence") else ""
        sources.append(
            Source(f"row:{entry.id}", "register", f"{entry.id} {entry.title}", f"{status}{proof}", f"/registers/control_status/{entry.id}")
        )
    if verdict == "needs information":
        return Proposed(question, verdict, "", tuple(sources), _missing(entry, row, status, says))
    told = " ".join(f"{one.quote} ({one.title})" for one in says[:2])
    state = "" if _OPEN.match(question) or _POLICY.search(question) else _state(entry, row, status)
    return Proposed(question, verdict, f"{told} {state}".strip(), tuple(sources))


def _verdict(question: str, says: Sequence[Source], row: Any, status: str, fit: float) -> Verdict:
    """What may be said; wherever the facts do not plainly carry it, a person answers."""
    quotes = " ".join(one.quote for one in says[:2])
    if _OPEN.match(question):
        return "yes" if says else "needs information"
    if _NEGATED.search(question) or _HISTORY.search(question) or _PROOF.search(question) or not _numbers(question) <= _numbers(quotes):
        return "needs information"
    if _POLICY.search(question):
        return _ruled(question, says)
    if row.get("applicable") is not True or not (says or fit >= _PLAINLY):
        return "needs information"
    if _EVERY.search(question) and not _EVERY.search(quotes):
        return "partly" if status in ("implemented", "under review", "partly") else "needs information"
    return _BY_STATUS.get(status, "needs information")


def _ruled(question: str, says: Sequence[Source]) -> Verdict:
    """Whether something unwelcome is allowed: what the first rule about it says; a question whether it is forbidden is the other way round."""
    rule = next((one.quote for one in says[:2] if verification.words_stand(question, one.quote)), "")
    if not _FORBIDS.search(rule):
        return "needs information"
    if _ONLY.search(rule):
        return "partly"
    return "yes" if _FORBIDS.search(question) else "no"


def _numbers(text: str) -> set[str]:
    return set(re.findall(r"\d+(?:[.,]\d+)*", text))


def _state(entry: controls.Control | None, row: Any, status: str) -> str:
    if entry is None or not row:
        return ""
    checked = f", last checked {row['last_checked']}" if row.get("last_checked") else ""
    return f"{entry.title}: {status}{checked}."


def _missing(entry: controls.Control | None, row: Any, status: str, says: Sequence[Source]) -> str:
    if entry is None:
        return "No control was found that this is about; the ISMS manager answers it."
    if row.get("applicable") is False:
        return f"{entry.id} {entry.title} is excluded: {row.get('exclusion_reason') or 'without a reason'}."
    quoted = f" A document says: {says[0].quote} ({says[0].title})" if says else ""
    return f"{entry.id} {entry.title}: {status}.{quoted}"


# --- files ---------------------------------------------------------------------------------------------------------------


def pasted(text: str) -> list[str]:
    """The questions of a text that was pasted: a line each; numbers and bullets before them are left out."""
    lines = (re.sub(r"^\s*(?:[-*•]|\(?\d+(?:\.\d+)*[.)]?)\s+", "", line).strip() for line in text.splitlines())
    return [line for line in lines if len(line.split()) > 2]


def read(path: Path) -> list[Sheet]:
    """Where the questions of a workbook or CSV stand. Raises UnreadableDocument where none are found."""
    found = [sheet for name, rows in _tables(path) if (sheet := _layout(name, rows))]
    if not found:
        raise UnreadableDocument(path, "no column of questions was found; name one Question, and one Answer")
    return found


def write(path: Path, out: Path, sheets: Sequence[Sheet], answers: dict[tuple[str, int], Proposed]) -> int:
    """Number of rows that were answered, after the file was written again with answers and comments in it; every other cell stays as it was.

    An answer that a person has typed already stays. A missing column for answers or comments is added at the right.
    """
    if path.suffix.lower() == ".csv":
        return _write_csv(path, out, sheets[0], answers)
    from openpyxl import load_workbook

    book = load_workbook(path, keep_vba=False)
    count = 0
    for sheet in sheets:
        page = book[sheet.name]
        last = page.max_column
        answer_at = sheet.answer or last + 1
        comment_at = sheet.comment or max(last, answer_at) + 1
        top = sheet.rows[0][0] - 1
        for column, given, title in ((answer_at, sheet.answer, "Answer"), (comment_at, sheet.comment, "Comment")):
            if not given and top >= 1:
                page.cell(top, column, title)
        for row, _ in sheet.rows:
            made = answers.get((sheet.name, row))
            if made and _fill(page, row, answer_at, comment_at, made):
                count += 1
    book.save(out)
    return count


def _fill(page: Any, row: int, answer_at: int, comment_at: int, made: Proposed) -> bool:
    from openpyxl.cell import MergedCell

    word, text = _cells(made)
    if not word or page.cell(row, answer_at).value not in (None, ""):
        return False
    for column, value in ((answer_at, word), (comment_at, text)):
        cell = page.cell(row, column)
        if cell.value in (None, "") and not isinstance(cell, MergedCell):
            cell.value, cell.data_type = value, "s"
    return True


def _write_csv(path: Path, out: Path, sheet: Sheet, answers: dict[tuple[str, int], Proposed]) -> int:
    text, dialect = _csv(path)
    rows = [list(row) for row in csv.reader(io.StringIO(text), dialect)]
    width = max(len(row) for row in rows)
    answer_at = sheet.answer or width + 1
    comment_at = sheet.comment or max(width, answer_at) + 1
    count = 0
    for number, row in enumerate(rows, 1):
        row += [""] * (max(answer_at, comment_at) - len(row)) if (sheet.name, number) in answers or number == sheet.rows[0][0] - 1 else []
        if number == sheet.rows[0][0] - 1:
            row[answer_at - 1] = row[answer_at - 1] or "Answer"
            row[comment_at - 1] = row[comment_at - 1] or "Comment"
        made = answers.get((sheet.name, number))
        word, comment = _cells(made) if made else ("", "")
        if word and not row[answer_at - 1]:
            row[answer_at - 1] = word
            row[comment_at - 1] = row[comment_at - 1] or _safe(comment)
            count += 1
    made_text = io.StringIO(newline="")
    csv.writer(made_text, dialect).writerows(rows)
    out.write_text(made_text.getvalue(), "utf-8", newline="")
    return count


def _cells(made: Proposed) -> tuple[str, str]:
    """(answer, comment): a question that asks how is answered by the words themselves."""
    if made.verdict != "needs information" and _OPEN.match(made.question):
        return made.text, ""
    return _WORDS[language.language_of(made.question)][made.verdict], made.text


def _safe(text: str) -> str:
    return f"'{text}" if text[:1] in "=+-@\t\r" else text


def _tables(path: Path) -> list[tuple[str, list[list[str]]]]:
    if path.suffix.lower() == ".csv":
        text, dialect = _csv(path)
        return [("", [list(row) for row in csv.reader(io.StringIO(text), dialect)])]
    if path.suffix.lower() != ".xlsx":
        raise UnreadableDocument(path, "a questionnaire is a workbook (.xlsx) or a CSV file; paste anything else as text")
    from openpyxl import load_workbook

    try:
        book = load_workbook(path, read_only=True, data_only=True)
        return [
            (page.title, [[str(cell if cell is not None else "") for cell in row] for row in page.iter_rows(values_only=True)])
            for page in book.worksheets
        ]
    except Exception as error:  # openpyxl raises whatever the damaged part makes it raise
        raise UnreadableDocument(path, f"it cannot be read as a workbook ({type(error).__name__})") from error


def _csv(path: Path) -> tuple[str, Any]:
    from knowledge.reading.text import decoded

    text = decoded(path)
    try:
        return text, csv.Sniffer().sniff(text[:8000], ",;\t|")
    except csv.Error:
        return text, csv.excel


def _layout(name: str, rows: Sequence[Sequence[str]]) -> Sheet | None:
    """The columns of a sheet: by its heads, else the column in which most cells ask something."""
    for number, row in enumerate(rows[:_SCAN], 1):
        if question := _head(row, _QUESTION, rows[number : number + 20]):
            sheet = Sheet(name, question, _head(row, _ANSWER, ()), _head(row, _COMMENT, ()))
            sheet.rows = [
                (place, cells[question - 1].strip())
                for place, cells in enumerate(rows[number:], number + 1)
                if _is_question(cells, question)
            ]
            if sheet.rows:
                return sheet
    asked = {
        column: [place for place, row in enumerate(rows, 1) if len(row) >= column and _ASKS.search(row[column - 1].strip())]
        for column in range(1, 30)
    }
    column = max(asked, key=lambda one: len(asked[one]))
    if len(asked[column]) < 2:
        return None
    return Sheet(name, column, 0, 0, [(place, rows[place - 1][column - 1].strip()) for place in asked[column]])


def _head(row: Sequence[str], wanted: re.Pattern[str], below: Sequence[Sequence[str]]) -> int:
    """The column with such a head; of several the one with the longest texts below."""
    columns = [place for place, cell in enumerate(row, 1) if 0 < len(cell.split()) <= 6 and wanted.search(cell)]
    if not columns:
        return 0
    return max(columns, key=lambda one: sum(len(cells[one - 1]) for cells in below if len(cells) >= one)) if below else columns[0]


def _is_question(cells: Sequence[str], column: int) -> bool:
    return len(cells) >= column and len(cells[column - 1].split()) > 2
