"""Drafts of risks and documents, statements, and the answers to a customer's questionnaire."""

from pathlib import Path
from typing import Annotated

import typer

from assistant import config
from assistant.commandline.options import As, Json, usage

draft_cli = typer.Typer(no_args_is_help=True, help="Drafts of risk entries and documents, for people to approve.")


@draft_cli.command("risk")
def draft_risk(
    sentence: Annotated[str, typer.Argument(help="What could happen, and to what.")],
    as_: As = "",
    asset: Annotated[str, typer.Option(help="The asset's id, where the sentence leaves it open.")] = "",
    threat: Annotated[str, typer.Option(help="The threat's id or name, where the sentence leaves it open: GT-04, AML.T0020.")] = "",
    keep: Annotated[bool, typer.Option("--keep", help="Make a proposal of it.")] = False,
    as_json: Json = False,
) -> None:
    """Draft a complete risk entry from a sentence."""
    from assistant.commands.drafts import risk

    risk(config.load(), sentence, as_ or None, asset, threat, keep, as_json)


@draft_cli.command("document")
def draft_document(
    type_: Annotated[str, typer.Argument(metavar="TYPE", help="A type of document by name or id; annexa draft types lists them.")],
    as_: As = "",
    subject: Annotated[str, typer.Option("--for", help="The AI system, asset, site, supplier or audit that it is for.")] = "",
    number: Annotated[str, typer.Option(help="Its number; without one the next that is free.")] = "",
    answer: Annotated[list[str] | None, typer.Option(help="An answer to one of its questions, KEY=TEXT; may be given again.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep it as a document in state draft.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write it to this Markdown file.")] = None,
    as_json: Json = False,
) -> None:
    """Draft a document from its type, the registers and the approved documents."""
    from assistant.commands.drafts import document

    answers = dict(
        text.split("=", 1) if "=" in text else usage(f"draft document: --answer {text}: write KEY=TEXT") for text in answer or ()
    )
    document(config.load(), type_, subject, number, answers, as_ or None, keep, out, as_json)


@draft_cli.command("section")
def draft_section(
    number: Annotated[str, typer.Argument(help="The document's number, such as IS-PRO-11.")],
    section: Annotated[str, typer.Argument(help="The section's number or title.")],
    instruction: Annotated[str, typer.Argument(help="What is wanted: an answer, fewer rows, another row; with a chat model anything.")],
    as_: As = "",
    take: Annotated[bool, typer.Option("--take", help="Put it into the text at once; without this it stays a suggestion.")] = False,
) -> None:
    """Draft one section of a document in work again; the others stay as they are."""
    from assistant.commands.drafts import section as again

    again(config.load(), number, section, instruction, as_ or None, take)


@draft_cli.command("questions")
def draft_questions(
    number: Annotated[str, typer.Argument(help="One document's number; without one all that are in work.")] = "", as_: As = ""
) -> None:
    """List what is still to be decided in drafts, by the person who can answer."""
    from assistant.commands.drafts import questions

    questions(config.load(), number, as_ or None)


@draft_cli.command("types")
def draft_types() -> None:
    """List the types of documents that can be drafted."""
    from assistant.drafting.types import document_types

    for one in document_types().values():
        print(f"{one.name:<40} {one.id}  {one.kind:<9} {one.title}")


def conflicts(as_: As = "", as_json: Json = False) -> None:
    """List contradictions between documents, and between them, the Statement of Applicability and the registers."""
    from assistant.commands.drafts import conflicts as show

    show(config.load(), as_ or None, as_json)


def statement(
    name: Annotated[str, typer.Argument(help="soa, plan, risks or gaps.")],
    file: Annotated[Path | None, typer.Argument(help="The workbook to write (.xlsx).")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep soa or plan as the next version of its document, to be approved.")] = False,
    number: Annotated[str, typer.Option(help="With --keep: the document's number, where it has none yet.")] = "",
    as_: As = "",
) -> None:
    """Write the Statement of Applicability, the risk treatment plan, the risk register or the gap analysis; or keep it as a document."""
    from assistant.commands.drafts import keep_statement
    from assistant.commands.drafts import statement as write

    if not keep and not file:
        usage("statement: name the workbook to write, or --keep.")
    if file:
        write(config.load(), name, file, as_ or None)
    if keep:
        keep_statement(config.load(), name, number, as_ or None)


def questionnaire(
    file: Annotated[Path, typer.Argument(help="The customer's questionnaire (.xlsx or .csv).")],
    out: Annotated[Path | None, typer.Option(help="Write it here; without this the file itself gets its answers.")] = None,
    as_: As = "",
) -> None:
    """Propose answers to a customer's security questionnaire; what nobody has recorded stays blank."""
    from assistant.commands.drafts import questionnaire as fill

    fill(config.load(), file, out, as_ or None)
