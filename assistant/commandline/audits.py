"""What an auditor asks, the pack that answers it, and the certification cycle with its internal audits."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from assistant import config
from assistant.commandline.options import As, Day, Enter, Json, Keep, Tongue, usage

audit_cli = typer.Typer(no_args_is_help=True, help="Audits: the rehearsal, and the pack of what an auditor asks for.")
cycle_cli = typer.Typer(help="The certification cycle and the internal audit programme.")


def readiness(
    check: Annotated[str, typer.Argument(help="With --answer: the check that is answered, by its name.")] = "",
    as_: As = "",
    group: Annotated[str, typer.Option(help="One group of checks only, such as technical.")] = "",
    as_json: Json = False,
    given: Annotated[str, typer.Option("--answer", help="yes or no, where the registers cannot tell.")] = "",
    proof: Annotated[str, typer.Option(help="With --answer: what was looked at, when, and where it lies.")] = "",
) -> None:
    """Ask the registers what an auditor asks: counts by group and what to do first, without a verdict."""
    from assistant.commands.readiness import answer, show

    if bool(check) != bool(given):
        usage("readiness: name the check and give --answer yes or no with --proof, or neither.")
    if check:
        answer(config.load(), check, given, proof, as_ or None)
    else:
        show(config.load(), as_ or None, group, as_json)


@audit_cli.command("rehearse")
def audit_rehearse(
    clause: Annotated[str, typer.Option(help="Only this part: 9, 9.2, A.8 or A.8.13.")] = "",
    theme: Annotated[str, typer.Option(help="Only this theme, such as plc, release or night.")] = "",
    lang: Tongue = "en",
    as_: As = "",
    as_json: Json = False,
    out: Annotated[Path | None, typer.Option(help="Write the whole report as .md, .docx or .pdf.")] = None,
) -> None:
    """Ask what a certification auditor asks, and say what is answered, stale and missing, with what proves it."""
    from assistant.commands.audits import rehearse

    rehearse(config.load(), clause, theme, lang, as_ or None, as_json, out)


@audit_cli.command("pack")
def audit_pack(
    audit: Annotated[str, typer.Argument(help="The audit's id, such as AU-2026-003.")],
    out: Annotated[Path, typer.Option(help="Folder for the zip and the PDF.")] = Path(),
    lang: Tongue = "en",
    as_: As = "",
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
) -> None:
    """Write what an auditor asks for before an audit, what is missing first: a zip with index and hashes, and a PDF."""
    from assistant.commands.audits import pack

    pack(config.load(), audit, out, lang, as_ or None, force)


@cycle_cli.callback(invoke_without_command=True)
def cycle_default(context: typer.Context, as_: As = "") -> None:
    """Print when each audit has to be and what is planned."""
    if context.invoked_subcommand is None:
        from assistant.commands.cycle import show

        show(config.load(), as_ or None, False)


@cycle_cli.command("show")
def cycle_show(as_: As = "", as_json: Json = False) -> None:
    """Print when each audit has to be and what is planned."""
    from assistant.commands.cycle import show

    show(config.load(), as_ or None, as_json)


@cycle_cli.command("move")
def cycle_move(
    audit: Annotated[
        Literal["decision", "stage_1", "stage_2", "surveillance_1", "surveillance_2", "recertification"],
        typer.Argument(help="Which audit, or the decision."),
    ],
    to: Day,
    keep: Keep = False,
    as_: As = "",
) -> None:
    """Print which planned audits move when one is put on another day."""
    from assistant.commands.cycle import move

    move(config.load(), audit, to.date(), keep, as_ or None)


@cycle_cli.command("plan")
def cycle_plan(
    per_year: Annotated[int, typer.Option(min=1, max=4, help="Internal audits a year.")] = 2,
    keep: Keep = False,
    enter: Enter = False,
    as_: As = "",
) -> None:
    """Print internal audits that cover every clause and applicable control in the cycle."""
    from assistant.commands.cycle import plan

    plan(config.load(), per_year, keep, enter, as_ or None)


@cycle_cli.command("coverage")
def cycle_coverage(
    never: Annotated[bool, typer.Option("--uncovered", help="Only what no internal audit looks at.")] = False, as_: As = ""
) -> None:
    """Print which audits look at which clause or control."""
    from assistant.commands.cycle import covered

    covered(config.load(), as_ or None, never)


@cycle_cli.command("sample")
def cycle_sample(
    audit: Annotated[str, typer.Argument(help="The audit's id.")],
    seed: Annotated[str, typer.Option(help="The same seed draws the same rows; the audit's id without one.")] = "",
    keep: Keep = False,
    as_: As = "",
) -> None:
    """Draw samples for an audit."""
    from assistant.commands.cycle import sample

    sample(config.load(), audit, seed, keep, as_ or None)


@cycle_cli.command("clone")
def cycle_clone(audit: Annotated[str, typer.Argument(help="The audit's id.")], start: Day, title: str = "", as_: As = "") -> None:
    """Copy an audit with its questions, all of them unchecked."""
    from assistant.commands.cycle import clone

    clone(config.load(), audit, start.date(), title, as_ or None)
