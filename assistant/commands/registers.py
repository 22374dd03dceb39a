"""Registers on the command line: files in and out, and what is printed about them.

Without --as whoever holds the data folder acts, who may do everything; with it rights are asked as everywhere.
"""

import json
from dataclasses import asdict
from pathlib import Path

from assistant import exchange, identity
from assistant.app import Records
from assistant.config import Settings
from assistant.exchange import Options, Refusal, Report, oscal
from assistant.owner import listening, post
from knowledge.errors import WrongSchema
from knowledge.registers import Store, risk_method
from knowledge.registers.derived import Context
from knowledge.registers.rights import INSTALLATION, Actor

_SHOWN = 100


def load(settings: Settings, register: str, path: Path, options: Options, as_: str | None, as_json: bool) -> int:
    """Exit status 0 when every row could be taken, else 1; the report is printed. `all` loads a folder.

    While another process owns the data folder and listens, that one loads the file.
    """
    if owner := listening(settings):
        asked = {**asdict(options), "scale": str(options.scale.resolve()) if options.scale else None, "as": as_}
        replies = post(owner, "/api/import", {"register": register, "path": str(path.resolve()), **asked})
        reports = [Report(**{**reply, "refusals": [Refusal(**one) for one in reply["refusals"]]}) for reply in replies]
    else:
        with Records(settings, "annexa import") as app:
            reports = exchange.load(app.store, _actor(app.store, as_), register, path, settings.moment(), options)
    for report in reports:
        print(json.dumps(asdict(report), ensure_ascii=False) if as_json else text_of(report))
    return 0 if all(report.ok for report in reports) else 1


def write(settings: Settings, register: str, path: Path, as_: str | None) -> None:
    """Write a register, an OSCAL document, or with `all` a folder of every register. It only reads, so it also runs beside a server."""
    store = Store(settings.url)
    try:
        if settings.on_one_machine and not (settings.data / "annexa.db").exists():
            raise WrongSchema(f"{settings.data}: there is no plant yet; make it with annexa init, or set ANNEXA_DATA.")
        actor = _actor(store, as_)
        with store.read() as session:
            context = Context(risk_method.current(session), settings.moment().date())
        if register in oscal.FORMS:
            print(f"{path}: {oscal.write(store, actor, register, path, settings.moment())}")
        elif register == exchange.ALL:
            counts = exchange.export_all(store, actor, path, context)
            print(f"{path}: {sum(counts.values())} rows of {len(counts)} registers")
        else:
            print(f"{path}: {exchange.export_file(store, actor, register, path, context)} rows of {register}")
    finally:
        store.close()


def columns(register: str) -> None:
    """Print the plain header of a register, then the allowed values of each column."""
    print("\n".join(exchange.allowed_values(register)))


def text_of(report: Report) -> str:
    """The report as lines: counts, what was done with them, the scale that was used, remarks, refusals."""
    done = "dry run, nothing written" if report.dry_run else "saved" if report.saved else "nothing was saved"
    counts = f"{report.new} new, {report.changed} changed, {report.unchanged} unchanged, {report.refused} refused"
    lines = [f"{report.register} from {report.file}: {counts}; {done}"]
    for side, levels in report.scale.items():
        lines.append(f"scale    {side}: {', '.join(f'{name} = {level}' for name, level in levels.items())}")
    lines += [f"remark   {remark}" for remark in report.remarks]
    lines += [f"refused  {refusal}" for refusal in report.refusals[:_SHOWN]]
    if len(report.refusals) > _SHOWN:
        lines.append(f"refused  and {len(report.refusals) - _SHOWN} more; --json lists them all")
    if report.refused and not report.saved and not report.dry_run:
        lines.append("Correct these rows and load the file again, or leave them out with --skip-bad.")
    return "\n".join(lines)


def _actor(store: Store, as_: str | None) -> Actor:
    return identity.asker(store, as_) if as_ else INSTALLATION
