"""Key figures, management review, programme and improvement log on the command line. Without --as the ISMS manager's role asks."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from assistant import printing
from assistant.answering import threads
from assistant.app import Records
from assistant.assurance.plant import writing
from assistant.assurance.steering import improvements, kpis, programme, progress, reviews
from assistant.commands.cycle import ROLE, SOURCE, asker, kept, looking, proposed
from assistant.config import Settings
from assistant.owner import listening, post
from knowledge.errors import NoSuchRow, UnreadableDocument
from knowledge.registers import Store

_MONTH = timedelta(days=31)


def measure(settings: Settings, at: date | None, who: str | None) -> None:
    """Measure the computed key figures of a day and append them; print what was measured, left out, and misses its limit."""
    if owner := listening(settings):
        reply = post(owner, "/api/kpis/measurements", {"at": at.isoformat() if at else None, "as": who or ROLE})
        lines = [
            _line(one["kpi"], one["name"], one["value"], one["numerator"], one["denominator"], one["verdict"], one["query"])
            for one in reply["appended"]
        ]
        left = [f"{id_}: {reason}" for id_, reason in reply["left_out"].items()]
        missed = [f"! {one['title']}: {one['gap']}" for one in reply["missed"]]
        print("\n".join([*lines, *left, *missed, *_proposed(reply["proposed"]), f"{len(lines)} measured"]))
        return
    with Records(settings, "annexa kpi measure") as app:
        with writing(app.store, asker(app.store, who), settings.moment(), SOURCE) as (book, plant):
            report = kpis.measure(book, plant, at or plant.today)
            proposals = kpis.propose(book, report.missed)
    for one in report.appended:
        print(
            _line(
                one.kpi,
                one.name,
                one.measured.value or 0,
                one.measured.numerator,
                one.measured.denominator,
                one.verdict,
                one.measured.query,
            )
        )
    for id_, reason in report.left_out:
        print(f"{id_}: {reason}")
    for seen in report.missed:
        print(f"! {seen.title}: {seen.gap}")
    print("".join(f"{line}\n" for line in _proposed(proposals)), end="")
    print(f"{len(report.appended)} measured")


def _proposed(ids: Sequence[str]) -> list[str]:
    return [f"Proposed as findings, for the ISMS manager to decide: {', '.join(ids)}"] if ids else []


def list_kpis(settings: Settings, who: str | None) -> None:
    """Print each key figure with its last value and how it stands."""
    with looking(settings, who) as plant:
        for one in kpis.lines(plant):
            value = f"{one.last.value:g} {one.kpi.unit} on {one.last.measured_on}" if one.last else "never measured"
            target = f"target {one.kpi.target:g}" if one.kpi.target is not None else "no target set"
            print(f"{one.kpi.id} {one.kpi.name}: {value}, {target}: {one.verdict.replace('_', ' ')} ({one.kpi.measure or 'imported'})")


def review(settings: Settings, keep: bool, into: str, tongue: str, who: str | None) -> None:
    """Print the inputs of the management review; with `keep` propose them for a review."""
    if keep and (owner := listening(settings)):
        print(
            f"proposed: {', '.join(post(owner, '/api/management-reviews/inputs', {'review': into, 'lang': tongue, 'as': who or ROLE})['ids'])}"
        )
        return
    gaps = _gaps(settings)
    with looking(settings, who) as plant:
        found = reviews.inputs(plant, None, gaps, tongue)
        as_of = plant.today
    for one in found:
        print(f"{one.clause} {one.title}\n  {one.told(tongue, as_of)}")
    if keep:
        with proposed(settings, who, "management_review") as (book, plant):
            print(f"proposed: {reviews.propose(book, plant, gaps, tongue, into)}")


def print_review(settings: Settings, id_: str, path: Path, tongue: str, who: str | None) -> None:
    """Write a review as DOCX or PDF. Raises NoSuchRow, UnreadableDocument."""
    if path.suffix.lower() not in (".docx", ".pdf"):
        raise UnreadableDocument(path, "a review is written as a document; name a file that ends in .docx or .pdf")
    gaps = _gaps(settings)
    with looking(settings, who) as plant:
        row = plant.row("management_review", id_)
        if row is None:
            raise NoSuchRow("management_review", id_)
        text, head = reviews.printed(plant, row, gaps, tongue)
    path.write_bytes((printing.docx if path.suffix.lower() == ".docx" else printing.pdf)(text, head))
    print(f"{path}: {row.id} {row.title}")


def lessons(settings: Settings, keep: bool, who: str | None) -> None:
    """Print the lessons that are not in the improvement log yet; with `keep` propose them."""
    if keep and (owner := listening(settings)):
        print(f"proposed: {', '.join(post(owner, '/api/lessons', {'as': who or ROLE})['ids']) or 'nothing new'}")
        return
    gaps = _gaps(settings)
    with looking(settings, who) as plant:
        found = improvements.lessons(plant, gaps)
    for one in found:
        print(f"{one.origin}: {one.title}{f' [{one.source}]' if one.source else ''}")
    if keep:
        with proposed(settings, who, "improvement") as (book, plant):
            print(f"proposed: {', '.join(improvements.propose(book, plant, found, plant.today)) or 'nothing new'}")


def start(settings: Settings, day: date, keep: bool, enter: bool, tongue: str, who: str | None) -> None:
    """Print the twelve months from a day; with `keep` propose the tasks, with `enter` write them under the person's rights."""
    if (keep or enter) and (owner := listening(settings)):
        reply = post(owner, "/api/programme", {"start": day.isoformat(), "keep": keep, "enter": enter, "lang": tongue, "as": who or ROLE})
        print(f"{'entered' if enter else 'proposed'}: {', '.join(reply['ids']) or 'nothing new'}")
        return
    with looking(settings, who) as plant:
        planned = programme.plan(plant, day)
        for one in planned:
            after = f" after {', '.join(one.template.after)}" if one.template.after else ""
            print(f"{one.start} to {one.due}  {one.template.named(tongue)} ({plant.name(one.owner) or 'nobody'}){after}")
    if keep or enter:
        with kept(settings, who) if enter else proposed(settings, who, "programme_task") as (book, plant):
            ids = (programme.begin if enter else programme.propose)(book, plant, planned, tongue)
        print(f"{'entered' if enter else 'proposed'}: {', '.join(ids) or 'nothing new'}")
    else:
        print("Nothing was written; --keep makes proposals of it, --enter the tasks themselves.")


def show_programme(settings: Settings, month: int | None, who: str | None) -> None:
    """Print the tasks, of one month or all, with what the registers show of them."""
    with looking(settings, who) as plant:
        more = progress.evidence(plant)
        for one in plant.rows("programme_task"):
            if month is not None and one.month != month:
                continue
            found = progress.shown(plant, one, more)
            late = ", overdue" if one.overdue else ""
            print(f"{one.id} {one.name}: {one.state}{late}, {one.start_date} to {one.due_date}")
            if found:
                print(f"    registers: {found.state}: {found.proof}")
                print("".join(f"    not met: {reason.proof}\n" for reason in found.against), end="")
            if warning := programme.hurried(one):
                print(f"    ! {warning}")


def move_task(settings: Settings, task: str, due: date, keep: bool, who: str | None) -> None:
    """Print what moves with a task; with `keep` propose the new dates."""
    if keep and (owner := listening(settings)):
        print(
            f"proposed: {', '.join(post(owner, '/api/programme/moves', {'task': task, 'due': due.isoformat(), 'keep': True, 'as': who or ROLE})['proposals'])}"
        )
        return
    with looking(settings, who) as plant:
        if plant.row("programme_task", task) is None:
            raise NoSuchRow("programme_task", task)
        shifts = programme.moved(plant.rows("programme_task"), task, due)
    print(
        "\n".join(f"{one.task} {one.name}: {one.start} to {one.due} -> {one.to_start} to {one.to_due}" for one in shifts)
        or "Nothing has to move."
    )
    if keep:
        with kept(settings, who) as (book, plant):
            print(f"proposed: {', '.join(programme.propose_moves(book, shifts, programme.because(plant, task, due)))}")


def _gaps(settings: Settings) -> list[str]:
    """Questions of the last month that no source answered."""
    store = Store(settings.url)
    try:
        return threads.unanswered(store, settings.moment() - _MONTH)
    finally:
        store.close()


def _line(id_: str, name: str, value: float, numerator: float | None, denominator: float | None, verdict: str, query: str) -> str:
    parts = f" ({numerator:g} of {denominator:g})" if numerator is not None and denominator else ""
    return f"{id_} {name}: {value:g}{parts}, {verdict.replace('_', ' ')}  {query}"
