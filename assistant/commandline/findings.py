"""Findings, corrective actions, and their tasks in the tracker."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from assistant import config
from assistant.commandline.options import As, AsOwner, Json, usage

finding_cli = typer.Typer(no_args_is_help=True, help="Findings: raise one, list them.")
action_cli = typer.Typer(no_args_is_help=True, help="Corrective actions and their steps.")
tasks_cli = typer.Typer(
    no_args_is_help=True, help="Tasks of corrective actions in the tracker: file them, follow them, settle what is in doubt or gone."
)


@finding_cli.command("raise")
def finding_raise(
    title: Annotated[str, typer.Argument(help="What it is called.")],
    as_: As = "",
    requirement: Annotated[list[str] | None, typer.Option(help="The clause or control that is not met; may be given again.")] = None,
    seen: Annotated[str, typer.Option(help="What was looked at, where, when, how many of how many.")] = "",
    gap: Annotated[str, typer.Option(help="What the requirement asks for and what is different.")] = "",
    grade: Annotated[str, typer.Option(help="major, minor, observation, opportunity or area_of_concern.")] = "minor",
    site: Annotated[str, typer.Option(help="The site's id.")] = "",
    asset: Annotated[str, typer.Option(help="The asset's id.")] = "",
    audit: Annotated[str, typer.Option(help="The audit's id.")] = "",
) -> None:
    """Record a finding, or propose it where the person may not record one."""
    from assistant.assurance.seen import Seen
    from assistant.commands.findings import raise_

    raise_(config.load(), Seen(title, tuple(requirement or ()), seen, gap, grade, site=site, asset=asset, audit=audit), as_ or None)


@finding_cli.command("list")
def finding_list(as_: As = "") -> None:
    """List findings with their actions, and proposals that wait."""
    from assistant.commands.findings import listed

    listed(config.load(), as_ or None)


@action_cli.command("list")
def action_list(as_: As = "", as_json: Json = False) -> None:
    """List the actions that are not closed, with how old they are."""
    from assistant.commands.actions import listed

    listed(config.load(), as_ or None, as_json)


@action_cli.command("show")
def action_show(
    id_: Annotated[str, typer.Argument(metavar="ID", help="Such as CA-2026-011.")],
    as_: As = "",
    out: Annotated[Path | None, typer.Option(help="Write its 8D report to this file (.docx, .pdf or .md).")] = None,
    as_json: Json = False,
) -> None:
    """Show an action in its eight steps, and what each next step lacks."""
    from assistant.commands.actions import show

    show(config.load(), id_, as_ or None, out, as_json)


@action_cli.command("move")
def action_move(
    id_: Annotated[str, typer.Argument(metavar="ID", help="Such as CA-2026-011.")],
    state: Annotated[
        str, typer.Argument(help="contained, cause_analysed, action_planned, action_done, effectiveness_reviewed, closed, reopened.")
    ],
    as_: As = "",
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="What is filled in with the step, COLUMN=VALUE; may be given again.")
    ] = None,
) -> None:
    """Take a step; what is missing for it is said, all of it."""
    from assistant.commands.actions import move

    values = dict(text.split("=", 1) if "=" in text else usage(f"action move: --set {text}: write COLUMN=VALUE") for text in set_ or ())
    move(config.load(), id_, state, values, as_ or None)


@action_cli.command("extend")
def action_extend(
    id_: Annotated[str, typer.Argument(metavar="ID", help="Such as CA-2026-011.")],
    due: Annotated[str, typer.Argument(help="The later day, YYYY-MM-DD.")],
    reason: Annotated[str, typer.Option(help="Why more time is needed.")] = "",
    as_: Annotated[str, typer.Option("--as", help="Who approves it; not the owner.")] = "",
) -> None:
    """Approve a later due day, with a reason."""
    from assistant.commands.actions import extend

    extend(config.load(), id_, due, reason, as_ or None)


@action_cli.command("accept")
def action_accept(id_: Annotated[str, typer.Argument(metavar="ID", help="Such as CA-2026-011.")], as_: As = "") -> None:
    """Accept an action: from then on it is to have its task."""
    from assistant.commands.actions import accept

    accept(config.load(), id_, as_ or None)


@tasks_cli.command("file")
def tasks_file(as_: AsOwner = "", as_json: Json = False) -> None:
    """File every accepted, open action that has no task, and tell the tracker what has changed here."""
    from assistant.commands.tasks import run

    sys.exit(run(config.load(), "file", as_ or None, as_json))


@tasks_cli.command("sync")
def tasks_sync(as_: AsOwner = "", as_json: Json = False) -> None:
    """Take over what was changed in the tracker, then do what `file` does."""
    from assistant.commands.tasks import run

    sys.exit(run(config.load(), "sync", as_ or None, as_json))


@tasks_cli.command("list")
def tasks_list(as_: AsOwner = "", as_json: Json = False) -> None:
    """List open actions with their tasks, what is in doubt or failed first, and what to do about it."""
    from assistant.commands.tasks import show

    show(config.load(), as_ or None, as_json)


@tasks_cli.command("settle")
def tasks_settle(
    action: Annotated[str, typer.Argument(help="The action's id, such as CA-2026-011.")],
    key: Annotated[str, typer.Option("--is", help="Its task was made, and is called this in the tracker.")] = "",
    again: Annotated[bool, typer.Option("--again", help="It was not made, or what stood in the way is gone: do it again.")] = False,
    as_: AsOwner = "",
) -> None:
    """Say what became of a task that is in doubt; have what failed done again, or a task that is gone filed anew."""
    from assistant.commands.tasks import settle

    if bool(key) == again:
        usage("tasks settle: give --is KEY or --again, one of both.")
    settle(config.load(), action, key or None, as_ or None)
