"""The commands. Each parses, calls one function, prints; exit status 2 for usage, 1 for a failed job.

Those that ask, load and serve stand here, the others in `assistant/commandline`.
"""

import logging
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from assistant import config
from assistant.commandline import administration, audits, drafting, findings, reminders, steering
from assistant.commandline.options import As, usage
from knowledge.errors import AnnexaError

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="ISO/IEC 27001 answers with quotes, for a factory that runs AI.",
)


@cli.command()
def init() -> None:
    """Make an empty plant in the data folder."""
    from assistant.app import App
    from assistant.commands.terminal import progress

    with progress() as show, App(config.load(), "annexa init", show) as app:
        print(f'{app.settings.data}: ready, {len(app.index)} passages of standards. Next: annexa ingest FOLDER, then annexa ask "..."')


@cli.command()
def demo() -> None:
    """Load the sample plant, ask it five questions, and say how to go on."""
    from assistant.demo import run

    run(config.load(demo=True, data=Path(os.environ.get("ANNEXA_DATA", "data/demo"))))


@cli.command()
def ask(
    question: Annotated[str, typer.Argument(help="The question, in your own words.")] = "",
    as_: As = "",
    thread: Annotated[str, typer.Option(help="Go on with this conversation.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one Answer as JSON on one line and nothing else.")] = False,
    batch: Annotated[
        Path | None, typer.Option(help="Ask every line of a file: plain text, or a JSON object with question, as, thread.")
    ] = None,
) -> None:
    """Ask, and get an answer made of quotes."""
    from assistant.commands.terminal import ask_batch, ask_one

    if bool(question) == bool(batch):
        usage("ask: give a question or --batch FILE, one of both.")
    settings = config.load()
    if batch:
        ask_batch(settings, batch, as_ or None)
    else:
        ask_one(settings, question, as_ or None, thread or None, as_json)


@cli.command()
def ingest(
    path: Annotated[Path, typer.Argument(help="A file, or a folder that is loaded whole.")],
    licensed: Annotated[bool, typer.Option("--licensed", help="This is the company's bought copy of a standard.")] = False,
    framework: Annotated[str, typer.Option(help="With --licensed: which standard it is.")] = "iso27001-2022",
) -> None:
    """Load documents; unchanged ones cost nothing, what is gone is taken out."""
    from assistant.commands.terminal import ingest as load

    sys.exit(load(config.load(), path, framework if licensed else None))


@cli.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = -1,
    tls_cert: Annotated[Path | None, typer.Option(help="Certificate chain (PEM); needed beyond loopback.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its private key (PEM).")] = None,
) -> None:
    """Web page, REST, and Slack where its tokens are set, in one process."""
    from assistant.serving import serve as run

    given: dict[str, Any] = {"host": host} if host else {}
    run(config.load(**given, **({"port": port} if port >= 0 else {})), tls_cert, tls_key)


@cli.command()
def slack() -> None:
    """Answer in Slack alone, over Socket Mode."""
    from assistant.serving import serve_slack

    serve_slack(config.load())


@cli.command()
def reindex() -> None:
    """Make the index again from the database; embeds only what this encoder has not read yet."""
    from assistant.commands.terminal import reindex as make_again

    make_again(config.load())


@cli.command()
def doctor() -> None:
    """Check the installation and say what is wrong."""
    from assistant.commands.doctor import examine

    sys.exit(examine(config.load()))


@cli.command("import")
def import_(
    register: Annotated[str, typer.Argument(help="A register such as risk, an OSCAL form such as oscal-poam, or all.")],
    file: Annotated[Path | None, typer.Argument(help="CSV, XLSX or Markdown; JSON for OSCAL; a folder for all.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count and check, write nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON on one line.")] = False,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave refused rows out instead of refusing the file.")] = False,
    scale: Annotated[Path | None, typer.Option(help="JSON from the levels of another scale to 1-5.")] = None,
    sheet: Annotated[str, typer.Option(help="The sheet of a workbook that holds the register.")] = "",
    as_: Annotated[
        str, typer.Option("--as", help="Who loads it: an e-mail, an id, or a role. Without it, whoever holds the data folder.")
    ] = "",
    columns: Annotated[bool, typer.Option("--columns", help="Print the header and the allowed values instead.")] = False,
) -> None:
    """Load a table into a register: all rows or none, a second time without a change."""
    from assistant.commands import registers
    from assistant.exchange import Options

    if columns:
        return registers.columns(register)
    if file is None:
        usage("import: give a file, or --columns to see what may stand in one.")
    options = Options(dry_run=dry_run, skip_bad=skip_bad, scale=scale, sheet=sheet)
    sys.exit(registers.load(config.load(), register, file, options, as_ or None, as_json))


@cli.command()
def export(
    register: Annotated[str, typer.Argument(help="A register such as risk, an OSCAL form such as oscal-catalog, or all.")],
    file: Annotated[Path, typer.Argument(help="The file to write, by its ending CSV or XLSX; JSON for OSCAL; a folder for all.")],
    as_: Annotated[str, typer.Option("--as", help="Only what this person or role may read. Without it, everything.")] = "",
) -> None:
    """Write a register to a file that loads back unchanged."""
    from assistant.commands.registers import write

    write(config.load(), register, file, as_ or None)


for _command in (
    drafting.conflicts,
    drafting.statement,
    drafting.questionnaire,
    reminders.remind,
    reminders.worker,
    audits.readiness,
):
    cli.command()(_command)
for _name, _group in {
    "person": administration.person_cli,
    "token": administration.token_cli,
    "journal": administration.journal_cli,
    "draft": drafting.draft_cli,
    "calendar": reminders.calendar_cli,
    "audit": audits.audit_cli,
    "tasks": findings.tasks_cli,
    "finding": findings.finding_cli,
    "action": findings.action_cli,
    "cycle": audits.cycle_cli,
    "kpi": steering.kpi_cli,
    "review": steering.review_cli,
    "programme": steering.programme_cli,
}.items():
    cli.add_typer(_group, name=_name)


def main() -> None:
    """Run a command; an error that a person can act on is one sentence, not a traceback."""
    level = os.environ.get("ANNEXA_LOG_LEVEL", "warning").upper()
    known = level in logging.getLevelNamesMapping()  # a wrong one is listed with the other wrong settings
    logging.basicConfig(level=level if known else logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        cli()
    except AnnexaError as error:
        print(error, file=sys.stderr)
        raise SystemExit(2 if isinstance(error, config.WrongSettings) else 1) from error
    except KeyboardInterrupt:
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
