"""The commands. Each parses, calls one function, prints; exit status 2 for usage, 1 for a failed job."""

import logging
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

import typer

from assistant import config, identity
from knowledge.errors import AnnexaError

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="ISO/IEC 27001 answers with quotes, for a factory that runs AI.",
)
person_cli = typer.Typer(no_args_is_help=True, help="People and what they may read.")
token_cli = typer.Typer(no_args_is_help=True, help="Tokens for the REST interface.")
cli.add_typer(person_cli, name="person")
cli.add_typer(token_cli, name="token")
journal_cli = typer.Typer(no_args_is_help=True, help="The journal of every change: verify it, anchor it, keep it.")
cli.add_typer(journal_cli, name="journal")
draft_cli = typer.Typer(no_args_is_help=True, help="Drafts of risk entries and documents, for people to approve.")
cli.add_typer(draft_cli, name="draft")

calendar_cli = typer.Typer(no_args_is_help=True, help="Secret addresses of calendars: make one, take them back.")
cli.add_typer(calendar_cli, name="calendar")
audit_cli = typer.Typer(no_args_is_help=True, help="Audits: the rehearsal, and the pack of what an auditor asks for.")
cli.add_typer(audit_cli, name="audit")

As = Annotated[str, typer.Option("--as", help="Who asks: an e-mail, an id, or a role.")]


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
        _usage("ask: give a question or --batch FILE, one of both.")
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
        _usage("import: give a file, or --columns to see what may stand in one.")
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


@draft_cli.command("risk")
def draft_risk(
    sentence: Annotated[str, typer.Argument(help="What could happen, and to what.")],
    as_: As = "",
    asset: Annotated[str, typer.Option(help="The asset's id, where the sentence leaves it open.")] = "",
    keep: Annotated[bool, typer.Option("--keep", help="Make a proposal of it.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on one line.")] = False,
) -> None:
    """Draft a complete risk entry from a sentence."""
    from assistant.commands.drafts import risk

    risk(config.load(), sentence, as_ or None, asset, keep, as_json)


@draft_cli.command("document")
def draft_document(
    type_: Annotated[str, typer.Argument(metavar="TYPE", help="A type of document by name or id; annexa draft types lists them.")],
    as_: As = "",
    subject: Annotated[str, typer.Option("--for", help="The AI system, asset, site or supplier that it is for.")] = "",
    number: Annotated[str, typer.Option(help="Its number; without one the next that is free.")] = "",
    answer: Annotated[list[str] | None, typer.Option(help="An answer to one of its questions, KEY=TEXT; may be given again.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep it as a document in state draft.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write it to this Markdown file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on one line.")] = False,
) -> None:
    """Draft a document from its type, the registers and the approved documents."""
    from assistant.commands.drafts import document

    answers = dict(
        text.split("=", 1) if "=" in text else _usage(f"draft document: --answer {text}: write KEY=TEXT") for text in answer or ()
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


@cli.command()
def conflicts(as_: As = "", as_json: Annotated[bool, typer.Option("--json", help="Print JSON on one line.")] = False) -> None:
    """List contradictions between documents, and between them, the Statement of Applicability and the registers."""
    from assistant.commands.drafts import conflicts as show

    show(config.load(), as_ or None, as_json)


@cli.command()
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
        _usage("statement: name the workbook to write, or --keep.")
    if file:
        write(config.load(), name, file, as_ or None)
    if keep:
        keep_statement(config.load(), name, number, as_ or None)


@cli.command()
def questionnaire(
    file: Annotated[Path, typer.Argument(help="The customer's questionnaire (.xlsx or .csv).")],
    out: Annotated[Path | None, typer.Option(help="Write it here; without this the file itself gets its answers.")] = None,
    as_: As = "",
) -> None:
    """Propose answers to a customer's security questionnaire; what nobody has recorded stays blank."""
    from assistant.commands.drafts import questionnaire as fill

    fill(config.load(), file, out, as_ or None)


@cli.command()
def remind(
    at: Annotated[datetime | None, typer.Option(help="What would go out at this moment (UTC); goes with --dry-run.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would go out and why; send nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on one line.")] = False,
) -> None:
    """Send the reminders that are due, or show them."""
    from assistant.commands.reminders import remind as send

    sys.exit(send(config.load(), at, dry_run, as_json))


@cli.command()
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


@cli.command()
def readiness(
    check: Annotated[str, typer.Argument(help="With --answer: the check that is answered, by its name.")] = "",
    as_: As = "",
    group: Annotated[str, typer.Option(help="One group of checks only, such as technical.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on one line.")] = False,
    given: Annotated[str, typer.Option("--answer", help="yes or no, where the registers cannot tell.")] = "",
    proof: Annotated[str, typer.Option(help="With --answer: what was looked at, when, and where it lies.")] = "",
) -> None:
    """Ask the registers what an auditor asks: counts by group and what to do first, without a verdict."""
    from assistant.commands.readiness import answer, show

    if bool(check) != bool(given):
        _usage("readiness: name the check and give --answer yes or no with --proof, or neither.")
    if check:
        answer(config.load(), check, given, proof, as_ or None)
    else:
        show(config.load(), as_ or None, group, as_json)


tasks_cli = typer.Typer(
    no_args_is_help=True, help="Tasks of corrective actions in the tracker: file them, follow them, settle what is in doubt."
)
cli.add_typer(tasks_cli, name="tasks")
_AsOwner = Annotated[str, typer.Option("--as", help="Who does it: an e-mail, an id, or a role. Without it, whoever holds the data folder.")]


@tasks_cli.command("file")
def tasks_file(as_: _AsOwner = "", as_json: Annotated[bool, typer.Option("--json", help="Print JSON on one line.")] = False) -> None:
    """File every accepted, open action that has no task, and tell the tracker what has changed here."""
    from assistant.commands.tasks import run

    sys.exit(run(config.load(), "file", as_ or None, as_json))


@tasks_cli.command("sync")
def tasks_sync(as_: _AsOwner = "", as_json: Annotated[bool, typer.Option("--json", help="Print JSON on one line.")] = False) -> None:
    """Take over what was changed in the tracker, then do what `file` does."""
    from assistant.commands.tasks import run

    sys.exit(run(config.load(), "sync", as_ or None, as_json))


@tasks_cli.command("list")
def tasks_list(as_: _AsOwner = "", as_json: Annotated[bool, typer.Option("--json", help="Print JSON on one line.")] = False) -> None:
    """List open actions with their tasks, what is in doubt or failed first, and what to do about it."""
    from assistant.commands.tasks import show

    show(config.load(), as_ or None, as_json)


@tasks_cli.command("settle")
def tasks_settle(
    action: Annotated[str, typer.Argument(help="The action's id, such as CA-2026-011.")],
    key: Annotated[str, typer.Option("--is", help="Its task was made, and is called this in the tracker.")] = "",
    again: Annotated[bool, typer.Option("--again", help="It was not made, or what stood in the way is gone: do it again.")] = False,
    as_: _AsOwner = "",
) -> None:
    """Say what became of a task that is in doubt, or have what failed done again."""
    from assistant.commands.tasks import settle

    if bool(key) == again:
        _usage("tasks settle: give --is KEY or --again, one of both.")
    settle(config.load(), action, key or None, as_ or None)


# --- findings and corrective actions ------------------------------------------------------------------------------

finding_cli = typer.Typer(no_args_is_help=True, help="Findings: raise one, list them.")
cli.add_typer(finding_cli, name="finding")
action_cli = typer.Typer(no_args_is_help=True, help="Corrective actions and their steps.")
cli.add_typer(action_cli, name="action")


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
def action_list(as_: As = "", as_json: Annotated[bool, typer.Option("--json", help="Print JSON on one line.")] = False) -> None:
    """List the actions that are not closed, with how old they are."""
    from assistant.commands.actions import listed

    listed(config.load(), as_ or None, as_json)


@action_cli.command("show")
def action_show(
    id_: Annotated[str, typer.Argument(metavar="ID", help="Such as CA-2026-011.")],
    as_: As = "",
    out: Annotated[Path | None, typer.Option(help="Write its 8D report to this file (.docx, .pdf or .md).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on one line.")] = False,
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

    values = dict(text.split("=", 1) if "=" in text else _usage(f"action move: --set {text}: write COLUMN=VALUE") for text in set_ or ())
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


# --- people -------------------------------------------------------------------------------------------------------


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


@audit_cli.command("rehearse")
def audit_rehearse(
    clause: Annotated[str, typer.Option(help="Only this part: 9, 9.2, A.8 or A.8.13.")] = "",
    theme: Annotated[str, typer.Option(help="Only this theme, such as plc, release or night.")] = "",
    lang: Annotated[str, typer.Option(help="en or de.")] = "en",
    as_: As = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON on one line.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write the whole report as .md, .docx or .pdf.")] = None,
) -> None:
    """Ask what a certification auditor asks, and say what is answered, stale and missing, with what proves it."""
    from assistant.commands.audits import rehearse

    rehearse(config.load(), clause, theme, _language(lang), as_ or None, as_json, out)


@audit_cli.command("pack")
def audit_pack(
    audit: Annotated[str, typer.Argument(help="The audit's id, such as AU-2026-003.")],
    out: Annotated[Path, typer.Option(help="Folder for the zip and the PDF.")] = Path(),
    lang: Annotated[str, typer.Option(help="en or de.")] = "en",
    as_: As = "",
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
) -> None:
    """Write what an auditor asks for before an audit, what is missing first: a zip with index and hashes, and a PDF."""
    from assistant.commands.audits import pack

    pack(config.load(), audit, out, _language(lang), as_ or None, force)


def _language(lang: str) -> str:
    if lang not in ("en", "de"):
        _usage(f"--lang {lang}: choose en or de.")
    return lang


# --- certification cycle, audit programme, key figures, management review, programme ---------------------------------

cycle_cli = typer.Typer(help="The certification cycle and the internal audit programme.")
kpi_cli = typer.Typer(no_args_is_help=True, help="Key figures: measured from the registers, once a day.")
review_cli = typer.Typer(no_args_is_help=True, help="The management review: inputs from the registers, printed form.")
programme_cli = typer.Typer(no_args_is_help=True, help="The programme of twelve months.")
for _group, _name in ((cycle_cli, "cycle"), (kpi_cli, "kpi"), (review_cli, "review"), (programme_cli, "programme")):
    cli.add_typer(_group, name=_name)
Day = Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="A day, as 2027-03-01.")]
Keep = Annotated[bool, typer.Option("--keep", help="Make proposals of it, for a person to decide.")]
Enter = Annotated[bool, typer.Option("--enter", help="Write the rows, under the rights of the person named with --as.")]
Tongue = Annotated[Literal["en", "de"], typer.Option("--lang", help="The language of what is made.")]


@cycle_cli.callback(invoke_without_command=True)
def cycle_default(context: typer.Context, as_: As = "") -> None:
    """Print when each audit has to be and what is planned."""
    if context.invoked_subcommand is None:
        from assistant.commands.cycle import show

        show(config.load(), as_ or None, False)


@cycle_cli.command("show")
def cycle_show(as_: As = "", as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON on one line.")] = False) -> None:
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


def _store() -> Any:
    from assistant.app import Records

    return Records(config.load(), "annexa person")


def _usage(message: str) -> NoReturn:
    print(message, file=sys.stderr)
    raise SystemExit(2)


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
