"""Tables and OSCAL in and out: files of people and other tools to rows, and rows to files that load back unchanged."""

from assistant.exchange.exporting import allowed_values, export_all, export_file
from assistant.exchange.importing import Options, Refusal, Report, import_file

__all__ = ["Options", "Refusal", "Report", "allowed_values", "export_all", "export_file", "import_file"]
