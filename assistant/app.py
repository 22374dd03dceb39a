"""The only place that builds things: settings, store, index, model, and what answers with them."""

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Self

from assistant import llm
from assistant.accounts import Accounts
from assistant.answering import Answerer, extraction
from assistant.config import Settings
from assistant.drafting.drafter import Drafter
from assistant.drafting.life import Published
from assistant.drafting.sources import Source
from assistant.identity import PUBLIC, STAFF, Asker
from assistant.ownership import Ownership
from knowledge import controls, ingestion, row_passages, standards
from knowledge.embedding import Encoder
from knowledge.index import Index
from knowledge.registers import Store
from knowledge.registers.rights import Actor

Progress = Callable[[str, int, int], None]


class Records:
    """The database alone, for commands that need no index; takes the data folder as `App` does."""

    def __init__(self, settings: Settings, command: str) -> None:
        self.settings = settings
        self.ownership = Ownership(settings.data, command) if settings.on_one_machine else None
        try:
            self.store = Store(settings.url)
            self.store.migrate()
        except BaseException:
            self._release()
            raise

    @property
    def secrets(self) -> Path:
        """Folder of the installation's own keys."""
        return self.settings.data / "secrets"

    @cached_property
    def accounts(self) -> Accounts:
        """Passwords and sessions of browsers."""
        return Accounts(self.store, self.secrets)

    def close(self) -> None:
        """Give back the database and the data folder."""
        self.store.close()
        self._release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _release(self) -> None:
        if self.ownership:
            self.ownership.release()


class App(Records):
    """Everything one process works with: database, index and answers; `with App(...) as app:` closes it."""

    def __init__(self, settings: Settings, command: str = "annexa", progress: Progress | None = None) -> None:
        model = llm.connect(settings)
        super().__init__(settings, command)
        try:
            self.index = Index(self.store, Encoder(settings.encoder), settings.data / "index", settings.chroma_url or None)
            self._open(progress)
        except BaseException:
            self.close()
            raise
        self.answerer = Answerer(self.store, self.index, settings, model)
        self.model = model
        self.drafter = Drafter(self.store, self._company_says, self._threats, self._take_up, settings.moment)

    def ingest(self, path: Path, licensed: str | None = None, progress: Progress | None = None) -> ingestion.Report:
        """Load a file or folder and write the index's caches."""
        report = ingestion.ingest(self.store, self.index, path, licensed=licensed, progress=progress)
        if report.loaded or report.removed:
            self.index.save()
        return report

    def index_rows(self, progress: Progress | None = None) -> int:
        """Number of passages that came or went after rows were written; the index then finds the prose in them."""
        fresh, gone = row_passages.synchronise(self.store)
        if gone:
            self.index.remove(gone)
        if fresh:
            self.index.add(fresh, (lambda done, total: progress("indexing", done, total)) if progress else None)
        if fresh or gone:
            self.index.save()
        return len(fresh) + len(gone)

    def _company_says(self, question: str, actor: Actor) -> list[Source]:
        """What approved documents say, as drafts cite it; the product itself reads what staff may read."""
        asker = actor if isinstance(actor, Asker) else STAFF
        return [
            Source(one.source_id, one.kind, one.title, one.quote, one.url, one.version, one.locator.section)
            for one in self.answerer.company_says(question, asker)
        ]

    def _threats(self, sentence: str) -> list[tuple[str, float]]:
        """Techniques of ATLAS that a sentence may speak of, best first; what ships is for everybody."""
        read = self.index.read(sentence)
        hits = self.index.search_sources(read, PUBLIC, extraction.STANDARDS, 10, {"atlas": 1.0, "": 0.0})
        return [(hit.source_id, hit.score) for hit in hits if hit.source_id.startswith(controls.ATLAS)]

    def _take_up(self, published: Published) -> None:
        self.index.remove(published.gone)
        self.index.add(published.fresh)
        self.index.save()

    def _open(self, progress: Progress | None) -> None:
        """Bring the texts that ship with the product up to date, then the index to the state of SQL."""
        fresh, gone = standards.synchronise(self.store, self.settings.data / "index" / "standards")
        self.index.open((lambda done, total: progress("indexing", done, total)) if progress else None)
        if fresh or gone:
            self.index.save()
