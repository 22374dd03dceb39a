"""Questions about the catalogue as exact queries: `parse` reads one, `run` answers it, `run_canonical` checks the answer again."""

from assistant.answering.catalogue.query import CatalogueQuery, CatalogueResult, Condition, run, run_canonical
from assistant.answering.catalogue.reading import parse

__all__ = ["CatalogueQuery", "CatalogueResult", "Condition", "parse", "run", "run_canonical"]
