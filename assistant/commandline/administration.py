"""People, tokens, and the journal of every change."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from assistant import config, identity
from assistant.commandline.options import As

person_cli = typer.Typer(no_args_is_help=True, help="People and what they may read.")
token_cli = typer.Typer(no_args_is_help=True, help="Tokens for the REST interface.")
journal_cli = typer.Typer(no_args_is_help=True, help="The journal of every change: verify it, anchor it, keep it.")


@person_cli.command("add")
def person_add(
    name: str,
    email: str,
    role: Annotated[str, typer.Option(help="staff, owner, isms_manager, approver, auditor or admin.")] = "staff",
    department: str = "",
    slack_id: Annotated[str, typer.Option(help="Slack member id, such as U0123.")] = "",
) -> None:
    """Add a person."""
    with _store() as app:
        person = identity.add_person(app.store, name, email, role, department=department, slack_id=slack_id or None)
        print(f"{person.id} {person.name} <{person.email}> {person.role}")


@person_cli.command("grant")
def person_grant(email: str, label: Annotated[str, typer.Argument(help="Audience label, such as role:isms_manager.")]) -> None:
    """Let a person read what carries an audience label."""
    with _store() as app:
        identity.grant(app.store, email, label)
        print(f"{email} may read {label}")


@person_cli.command("password")
def person_password(
    email: str,
    from_stdin: Annotated[bool, typer.Option("--stdin", help="Read the password from standard input instead of making a link.")] = False,
) -> None:
    """Print a link with which the person sets a password, once, within a day; or set the one that is read."""
    with _store() as app:
        if from_stdin:
            app.accounts.set_password(email, sys.stdin.readline().rstrip("\n"), app.settings.moment())
            print(f"{email} has a new password and is signed out everywhere")
            return
        address = app.settings.public_url.rstrip("/") or f"http://{app.settings.host}:{app.settings.port}"
        print(f"{address}/sign-in/first/{app.accounts.link(email, app.settings.moment())}")


@token_cli.command("create")
def token_create(email: str, name: Annotated[str, typer.Argument(help="What the token is for.")]) -> None:
    """Create an API token; it is shown once."""
    with _store() as app:
        print(identity.create_token(app.store, app.secrets, email, name))


@journal_cli.command("verify")
def journal_verify(
    file: Annotated[Path | None, typer.Option(help="Verify this export instead of the database.")] = None,
    anchors: Annotated[Path | None, typer.Option(help="Anchors kept elsewhere; the data folder's own without it.")] = None,
) -> None:
    """Say whether the journal is whole, or name the first entry that was altered, is missing or stands in another place."""
    from assistant.commands.journal import verify

    sys.exit(verify(config.load(), file, anchors))


@journal_cli.command("anchor")
def journal_anchor() -> None:
    """Print count and head of the journal, and note them in the data folder: keep the line in a second place too."""
    from assistant.commands.journal import anchor

    sys.exit(anchor(config.load()))


@journal_cli.command("export")
def journal_export(
    file: Annotated[Path, typer.Argument(help="A new file, one entry a line.")],
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The last day that goes out.")],
    as_: As = "",
) -> None:
    """Write old entries to a file and take them out of the database; the rest still verifies."""
    from assistant.commands.journal import export

    export(config.load(), file, until.date(), as_ or None)


def _store() -> Any:
    from assistant.app import Records

    return Records(config.load(), "annexa person")
