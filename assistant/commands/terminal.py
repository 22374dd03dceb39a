"""The command line's side: ask the process that owns the data folder, or open it; and print what comes back."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from assistant import identity
from assistant.answering.shape import Answer
from assistant.app import App
from assistant.config import Settings
from assistant.owner import listening, post
from assistant.ownership import Holder
from assistant.phrases import phrases
from knowledge.errors import AnnexaError, UnreadableDocument

Ask = Callable[[str, str | None, str | None], Answer]


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """A function that draws (what, done, total) as bars on the error stream, so that printed answers stay clean."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=not console.is_terminal) as bars:
        tasks: dict[str, Any] = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total)
            bars.update(tasks[what], completed=done, total=total)

        yield show


@contextmanager
def asking(settings: Settings) -> Iterator[Ask]:
    """A function that asks: over the process that owns the data folder while one listens, else in this process."""
    if owner := listening(settings):
        yield lambda question, who, thread: _ask_owner(owner, question, who, thread)
        return
    with progress() as show:
        app = App(settings, "annexa ask", show)
    with app:
        yield lambda question, who, thread: app.ask(question, identity.asker(app.store, who), thread)


def ask_one(settings: Settings, question: str, who: str | None, thread: str | None, as_json: bool) -> None:
    """Ask one question and print its answer."""
    with asking(settings) as ask:
        answer = ask(question, who, thread)
    print(answer.model_dump_json() if as_json else text_of(answer))


def ask_batch(settings: Settings, path: Path, who: str | None) -> None:
    """Ask every line of a file; one line of JSON comes out for each that goes in, failures included."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableDocument(path, f"cannot be read as a text file ({error})") from error
    with asking(settings) as ask:
        for number, line in enumerate(lines, 1):
            if line.strip():
                print(_line(ask, line, who, number), flush=True)


def _line(ask: Ask, line: str, who: str | None, number: int) -> str:
    try:
        row = json.loads(line) if line.lstrip().startswith("{") else {"question": line}
        return ask(str(row["question"]), row.get("as") or who, row.get("thread") or None).model_dump_json()
    except (json.JSONDecodeError, KeyError) as error:
        return json.dumps({"error": f"line {number}: not a question and not an object with `question` ({error})"})
    except AnnexaError as error:
        return json.dumps({"error": f"line {number}: {error}"})
    except Exception as error:  # one line out for one line in, whatever happens
        return json.dumps({"error": f"line {number}: {type(error).__name__}"})


def ingest(settings: Settings, path: Path, licensed: str | None) -> int:
    """Load documents and print what became of each; 1 when something was refused."""
    if owner := listening(settings):
        report = post(owner, "/api/ingest", {"path": str(path.resolve()), "licensed": licensed})
    else:
        with progress() as show, App(settings, "annexa ingest", show) as app:
            done = app.ingest(path, licensed, show)
        report = {**vars(done)}
    print(
        f"{len(report['loaded'])} loaded, {len(report['unchanged'])} unchanged, {len(report['removed'])} removed, {len(report['refused'])} refused; {report['passages']} new passages"
    )
    for name, reason in report["refused"]:
        print(f"refused  {name}: {reason}")
    for name, remark in report["remarks"]:
        print(f"remark   {name}: {remark}")
    return 1 if report["refused"] else 0


def reindex(settings: Settings) -> None:
    """Make the index again; vectors that SQL holds are used, so that nothing is embedded twice."""
    with progress() as show, App(settings, "annexa reindex", show) as app:
        app.reindex(show)
        print(f"{len(app.index)} passages indexed with {settings.encoder}")


def text_of(answer: Answer) -> str:
    """An answer as plain text; each citation on a line of its own that begins with its number in brackets."""
    say = phrases(answer.language)
    lines = [" ".join([claim.text, *(f"[{n}]" for n in claim.citations[:8])]) for claim in answer.claims]
    if answer.table:
        lines += ["", *_table(answer.table.columns, answer.table.rows)]
    lines += answer.gaps
    if answer.contact:
        lines.append(f"{say('Ask')}: {' · '.join(part for part in (answer.contact.name, answer.contact.role) if part)}")
    if answer.citations:
        lines.append("")
    for citation in answer.citations:
        place = [citation.title]
        if citation.version:
            place.append(say("version {version}").format(version=citation.version))
        place.append(citation.locator.section)
        if citation.locator.page:
            place.append(say("page {page}").format(page=citation.locator.page))
        lines.append(f"[{citation.n}] {', '.join(part for part in place if part)}  {citation.url}")
    zone = datetime.now().astimezone().tzinfo
    lines += [
        "",
        f"{say(answer.status)} · {say('confidence')}: {say(answer.confidence)} · {say('as of')} {answer.as_of.astimezone(zone):%Y-%m-%d %H:%M %Z} · {answer.took_ms} ms",
    ]
    return "\n".join(lines)


def _table(columns: list[str], rows: list[list[str]]) -> list[str]:
    widths = [min(48, max(len(str(row[i])) for row in [columns, *rows])) for i in range(len(columns))]
    return ["  ".join(str(cell)[:48].ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in [columns, *rows]]


def _ask_owner(owner: Holder, question: str, who: str | None, thread: str | None) -> Answer:
    return Answer.model_validate(post(owner, "/api/ask", {"question": question, "as": who, "thread": thread}))
