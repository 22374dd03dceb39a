"""Reminders, and the calendars that show the same days."""

import sys
from datetime import datetime
from typing import Annotated

import typer

from assistant import config
from assistant.commandline.options import Json

calendar_cli = typer.Typer(no_args_is_help=True, help="Secret addresses of calendars: make one, take them back.")


def remind(
    at: Annotated[datetime | None, typer.Option(help="What would go out at this moment (UTC); goes with --dry-run.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would go out and why; send nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Send the reminders that are due, or show them."""
    from assistant.commands.reminders import remind as send

    sys.exit(send(config.load(), at, dry_run, as_json))


def worker() -> None:
    """Send reminders as they fall due, in a process of its own."""
    from assistant.waking import worker as work

    work(config.load())


@calendar_cli.command("link")
def calendar_link(
    who: Annotated[str, typer.Argument(help="Whose calendar: an e-mail or an id.")],
    plan: Annotated[bool, typer.Option("--plan", help="The plan (audits, reviews, programme) as this person may read it.")] = False,
) -> None:
    """Print a new secret address of a person's calendar."""
    from assistant.commands.reminders import calendar_link as make

    make(config.load(), who, plan)


@calendar_cli.command("revoke")
def calendar_revoke(
    who: Annotated[str, typer.Argument(help="Whose calendar: an e-mail or an id.")],
    plan: Annotated[bool, typer.Option("--plan", help="The addresses of the plan that this person gave out.")] = False,
) -> None:
    """Take back every address of a person's calendar."""
    from assistant.commands.reminders import calendar_revoke as take_back

    take_back(config.load(), who, plan)
