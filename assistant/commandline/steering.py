"""Key figures, the management review, and the programme of twelve months."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from assistant import config
from assistant.commandline.options import As, Day, Enter, Keep, Tongue

kpi_cli = typer.Typer(no_args_is_help=True, help="Key figures: measured from the registers, once a day.")
review_cli = typer.Typer(no_args_is_help=True, help="The management review: inputs from the registers, printed form.")
programme_cli = typer.Typer(no_args_is_help=True, help="The programme of twelve months.")


@kpi_cli.command("measure")
def kpi_measure(
    at: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day; today without it.")] = None, as_: As = ""
) -> None:
    """Measure the computed key figures and append the values; a second time on one day changes nothing."""
    from assistant.commands.steering import measure

    measure(config.load(), at.date() if at else None, as_ or None)


@kpi_cli.command("list")
def kpi_list(as_: As = "") -> None:
    """Print each key figure with its last value and how it stands."""
    from assistant.commands.steering import list_kpis

    list_kpis(config.load(), as_ or None)


@review_cli.command("inputs")
def review_inputs(
    keep: Keep = False,
    review: Annotated[str, typer.Option(help="The review's id; the next planned one without it.")] = "",
    lang: Tongue = "en",
    as_: As = "",
) -> None:
    """Print the inputs of the management review as the registers hold them today."""
    from assistant.commands.steering import review as run

    run(config.load(), keep, review, lang, as_ or None)


@review_cli.command("print")
def review_print(
    review: Annotated[str, typer.Argument(help="The review's id.")],
    file: Annotated[Path, typer.Argument(help="A file that ends in .docx or .pdf.")],
    lang: Tongue = "en",
    as_: As = "",
) -> None:
    """Write a management review with its inputs and decisions."""
    from assistant.commands.steering import print_review

    print_review(config.load(), review, file, lang, as_ or None)


@review_cli.command("lessons")
def review_lessons(keep: Keep = False, as_: As = "") -> None:
    """Print lessons of incidents, audits and unanswered questions that are not in the improvement log yet."""
    from assistant.commands.steering import lessons

    lessons(config.load(), keep, as_ or None)


@programme_cli.command("start")
def programme_start(day: Day, keep: Keep = False, enter: Enter = False, lang: Tongue = "en", as_: As = "") -> None:
    """Print the twelve months from the gap analysis to the certificate, from a start date."""
    from assistant.commands.steering import start

    start(config.load(), day.date(), keep, enter, lang, as_ or None)


@programme_cli.command("show")
def programme_show(
    month: Annotated[int | None, typer.Option(min=1, max=36, help="Only tasks of this month.")] = None, as_: As = ""
) -> None:
    """Print the tasks with what the registers show of them."""
    from assistant.commands.steering import show_programme

    show_programme(config.load(), month, as_ or None)


@programme_cli.command("move")
def programme_move(task: Annotated[str, typer.Argument(help="The task's id.")], due: Day, keep: Keep = False, as_: As = "") -> None:
    """Print which tasks move when one is due on another day."""
    from assistant.commands.steering import move_task

    move_task(config.load(), task, due.date(), keep, as_ or None)
