"""A rehearsal as text to read and print: counts, what is missing first with what to prepare and whom to ask, then every answer."""

from collections.abc import Iterator
from datetime import date

from assistant.assurance.auditing.archive import plain
from assistant.assurance.auditing.questions import ASKED, THEMES, requirements
from assistant.assurance.auditing.rehearsal import Answered, Count, Report
from assistant.printing import Head
from knowledge.registers.columns import Words

WORDS: dict[str, Words] = {
    "title": Words.of("Rehearsal of the audit", "Generalprobe des Audits"),
    "made": Words.of(
        "Asked for {asker}, of what that person may read, as of {moment} (UTC): {total} questions, {answered} answered, {stale} stale, {missing} missing; {cited} can show a source.",
        "Gefragt für {asker}, mit dem, was diese Person lesen darf, Stand {moment} (UTC): {total} Fragen, {answered} beantwortet, {stale} veraltet, {missing} ohne Antwort; {cited} können eine Quelle zeigen.",
    ),
    "prepare": Words.of("To prepare, what is missing first", "Vorzubereiten, Fehlendes zuerst"),
    "by clause": Words.of("By clause and control", "Nach Kapitel und Control"),
    "by theme": Words.of("By theme", "Nach Thema"),
    "answers": Words.of("All questions with their answers", "Alle Fragen mit ihren Antworten"),
    "asked": Words.of("usually asked", "gefragt wird meist"),
    "ask": Words.of("ask here", "hier fragen"),
    "good": Words.of("A good answer shows", "Eine gute Antwort zeigt"),
    "next": Words.of("Asked next", "Danach gefragt"),
    "answered": Words.of("answered", "beantwortet"),
    "stale": Words.of("stale", "veraltet"),
    "missing": Words.of("missing", "fehlt"),
    "cited": Words.of("with a source", "mit Quelle"),
    "part": Words.of("Part", "Teil"),
    "all": Words.of("Questions", "Fragen"),
}  # fmt: skip


def markdown(report: Report) -> str:
    """The whole report."""

    def word(name: str) -> str:
        return WORDS[name].label(report.language)

    parts = [plain(made(report)), f"## {word('prepare')}"]
    parts += [_answer(one, report.language) for one in report.missing_first()]
    titles = requirements()
    by_part = [(f"{part} {titles.get(part, '')}".strip(), count) for part, count in report.by_part().items()]
    by_theme = [(THEMES[theme].label(report.language), count) for theme, count in report.by_theme().items()]
    parts += [f"## {word('by clause')}", _counts(by_part, report.language), f"## {word('by theme')}", _counts(by_theme, report.language)]
    parts += [f"## {word('answers')}", *(_answer(one, report.language) for one in report.answers if one.outcome == "answered")]
    return "\n\n".join(parts)


def head(report: Report, company: str, today: date) -> Head:
    """What stands on every page of the printed report."""
    title = WORDS["title"].label(report.language)
    return Head(
        company, "rehearsal", title, report.as_of.date().isoformat(), "from the registers", "confidential", report.asker, "", None, None, today,
        language=report.language,
    )  # fmt: skip


def made(report: Report) -> str:
    """For whom, as of when, and how it came out."""
    count = report.count()
    return WORDS["made"].label(report.language).format(
        asker=report.asker, moment=f"{report.as_of:%Y-%m-%d %H:%M}", total=count.total, answered=count.answered, stale=count.stale,
        missing=count.missing, cited=count.cited,
    )  # fmt: skip


def terminal(report: Report) -> str:
    """The report as plain lines: what is missing first, then the counts by clause and theme."""
    language = report.language
    lines = [made(report), ""]
    for one in report.missing_first():
        lines += [*_lines(one, language), ""]
    for part, count in (*report.by_part().items(), *((THEMES[theme].label(language), count) for theme, count in report.by_theme().items())):
        if part.count(".") < 1 or part in ("A.5", "A.6", "A.7", "A.8"):
            figures = ", ".join(
                f"{WORDS[name].label(language)} {getattr(count, name)}" for name in ("answered", "stale", "missing", "cited")
            )
            lines.append(f"{part:<34}{figures}")
    return "\n".join(lines)


def whom(one: Answered, language: str) -> str:
    """Who is usually asked, and who answers for it here."""
    usual = f"{WORDS['asked'].label(language)}: {ASKED[one.question.who].label(language)}"
    return f"{usual}; {WORDS['ask'].label(language)}: {one.contact}" if one.contact else usual


def _lines(one: Answered, language: str) -> Iterator[str]:
    ids = ", ".join(one.question.requirements)
    yield f"{WORDS[one.outcome].label(language).upper()}  {ids}  {one.question.text(language)}"
    yield f"    {whom(one, language)}"
    for proof in one.proofs:
        if proof.outcome != "answered":
            yield f"    - {proof.said}" + "".join(f"; {cited.title}" for cited in proof.citations)
    yield f"    {WORDS['good'].label(language)}: {one.question.good(language)}"


def _answer(one: Answered, language: str) -> str:
    ids = ", ".join(one.question.requirements)
    lines = [
        f"**{plain(ids)}: {plain(one.question.text(language))}**",
        f"{WORDS[one.outcome].label(language)}; {plain(whom(one, language))}",
        "\n".join(_proofs(one)),
        f"*{WORDS['good'].label(language)}:* {plain(one.question.good(language))} *{WORDS['next'].label(language)}:* {plain(one.question.follow_up(language))}",
    ]
    return "\n\n".join(line for line in lines if line)


def _proofs(one: Answered) -> Iterator[str]:
    for proof in one.proofs:
        yield f"- {plain(proof.said)}"
        for cited in proof.citations:
            quoted = f": “{plain(cited.quote)}”" if cited.quote else ""
            yield f"    - {plain(cited.title)}{quoted}"


def _counts(rows: list[tuple[str, Count]], language: str) -> str:
    names = ("all", "answered", "stale", "missing", "cited")
    lines = [
        f"| {WORDS['part'].label(language)} | {' | '.join(WORDS[name].label(language) for name in names)} |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {plain(part)} | {count.total} | {count.answered} | {count.stale} | {count.missing} | {count.cited} |" for part, count in rows
    ]
    return "\n".join(lines)
