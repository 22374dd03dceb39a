"""Tables and OSCAL in and out: files of people and other tools to rows, and rows to files that load back unchanged."""

from datetime import datetime
from pathlib import Path

from assistant.exchange import oscal, plant
from assistant.exchange.exporting import allowed_values, export_all, export_file
from assistant.exchange.importing import Options, Refusal, Report, import_file
from knowledge.errors import UnreadableDocument
from knowledge.registers import Store
from knowledge.registers.rights import Actor

__all__ = ["ALL", "Options", "Refusal", "Report", "allowed_values", "export_all", "export_file", "import_file", "load"]

ALL = "all"
"""Every register, as a folder with a file for each."""


def load(store: Store, actor: Actor, register: str, path: Path, now: datetime, options: Options) -> list[Report]:
    """What became of the rows of a file, an OSCAL form or a folder: one report a register. Raises as `import_file`."""
    if register in oscal.FORMS:
        return [oscal.load(store, actor, register, path, now, options)]
    if register == ALL:
        if not path.is_dir():
            raise UnreadableDocument(path, "give a folder with a file for each register, as annexa export all FOLDER writes it")
        return plant.load(store, actor, path, now, options)
    return [import_file(store, actor, register, path, now, options)]
