"""Options that several commands take, and what is said when one is wrong."""

import sys
from datetime import datetime
from typing import Annotated, Literal, NoReturn

import typer

As = Annotated[str, typer.Option("--as", help="Who asks: an e-mail, an id, or a role.")]
AsOwner = Annotated[str, typer.Option("--as", help="Who does it: an e-mail, an id, or a role. Without it, whoever holds the data folder.")]
Day = Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="A day, as 2027-03-01.")]
Enter = Annotated[bool, typer.Option("--enter", help="Write the rows, under the rights of the person named with --as.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on one line.")]
Keep = Annotated[bool, typer.Option("--keep", help="Make proposals of it, for a person to decide.")]
Tongue = Annotated[Literal["en", "de"], typer.Option("--lang", help="The language of what is made.")]


def usage(message: str) -> NoReturn:
    """Say what is wrong with how a command was called, and end with status 2."""
    print(message, file=sys.stderr)
    raise SystemExit(2)
