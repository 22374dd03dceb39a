"""The only place that builds things: settings, store, index, model, and what answers with them."""

import hashlib
import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Self

from assistant import llm
from assistant.accounts import Accounts
from assistant.answering import Answerer, extraction
from assistant.answering.shape import Answer, Claim
from assistant.answering.shape import Citation as Cited
from assistant.assurance.auditing import pack, questions, rehearsal
from assistant.assurance.auditing.pack import Pack
from assistant.assurance.auditing.rehearsal import Quote, Report
from assistant.assurance.auditing.selection import Citation, Look
from assistant.assurance.reminding.answers import Links
from assistant.assurance.reminding.calendars import CalendarLinks
from assistant.assurance.reminding.delivery import Channels, Delivery
from assistant.assurance.tracking.tasks import Tasks
from assistant.config import Settings
from assistant.contributions import Contributions
from assistant.drafting.drafter import Drafter
from assistant.drafting.life import Published
from assistant.drafting.likeness import NEAREST, Likeness
from assistant.drafting.sources import Source
from assistant.drafting.threats import Near
from assistant.errors import WrongSettings
from assistant.identity import PUBLIC, STAFF, Asker, pepper
from assistant.ownership import Ownership
from connectors import board, github, jira, mail, slack, webhook
from connectors.base import Tracker
from knowledge import controls, ingestion, language, row_passages, standards
from knowledge.embedding import Encoder
from knowledge.index import Index
from knowledge.index.question import Question
from knowledge.registers import Store, queries, rights, risk_method
from knowledge.registers.derived import Context
from knowledge.registers.rights import Actor

log = logging.getLogger(__name__)

Progress = Callable[[str, int, int], None]
_MANY = 1_000
"""Rows after which the index's caches are written anew; after fewer, the next start has little to make again."""


class Records:
    """The database alone, for commands that need no index; takes the data folder as `App` does."""

    def __init__(self, settings: Settings, command: str) -> None:
        self.settings = settings
        self.ownership = Ownership(settings.data, command) if settings.on_one_machine else None
        try:
            self.store = Store(settings.url)
            self.store.migrate()
            row_passages.follow(self.store)
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

    @cached_property
    def channels(self) -> Channels:
        """How people are reached: by mail, in Slack, as far as they are set up. Raises ConnectorError for an address that cannot be used."""
        settings = self.settings
        options = mail.Options(settings.smtp_url, settings.mail_from, settings.smtp_user, settings.smtp_password)
        tokens = settings.slack_bot_token and settings.slack_app_token
        chat = slack.Options(settings.slack_bot_token, settings.slack_app_token, settings.slack_api_url, settings.public_url)
        return Channels(mail.connect(options) if settings.smtp_url else None, slack.connect(chat) if tokens else None)

    @cached_property
    def links(self) -> Links:
        """Addresses under which the reader of a mail answers."""
        return Links(pepper(self.secrets), self.settings.public_url)

    @property
    def address(self) -> str:
        """Where our pages are: what is set, else this machine."""
        return self.settings.public_url.rstrip("/") or f"http://{self.settings.host}:{self.settings.port}"

    @cached_property
    def calendar_links(self) -> CalendarLinks:
        """Secret addresses of calendars."""
        return CalendarLinks(pepper(self.secrets))

    @cached_property
    def delivery(self) -> Delivery:
        """What plans and sends reminders."""
        return Delivery(self.store, self.channels, self.links.to, self.settings.public_url, self.settings.reminder_steps)

    @cached_property
    def drafter(self) -> Drafter:
        """Drafts from the registers alone: without an index no document is quoted, and no threat or control is found by its words."""
        return Drafter(
            self.store,
            _says_nothing,
            lambda _: Near(),
            lambda _: [],
            lambda _published: None,
            self.settings.moment,
        )

    @cached_property
    def tasks(self) -> Tasks:
        """The tasks of corrective actions in the tracker that is set."""
        plant = hashlib.sha256(b"tasks" + pepper(self.secrets)).hexdigest()[:12]
        return Tasks(self.store, _tracker(self.settings), self.settings.moment, self.address, plant)

    def rehearse(
        self, asker: Asker, clause: str = "", theme: str = "", language: str = "en", progress: Callable[[int, int], None] | None = None
    ) -> Report:
        """The questions of an audit, answered from what the asker may read. Raises NotAllowed, BadKnowledge for an unknown clause or theme."""
        rights.demand_overview(asker, "rehearsal")
        asked, now = questions.chosen(clause, theme), self.settings.moment()
        with self.store.read() as session:
            look = Look(session, asker, Context(risk_method.current(session), now.date()), language)
            return rehearsal.rehearse(
                asked,
                lambda question: self.quotes(question, asker),
                look,
                asker.name or asker.role,
                now,
                progress or (lambda done, total: None),
            )

    def audit_pack(self, asker: Asker, audit: str, language: str = "en") -> Pack:
        """What an auditor asks for before an audit, of what the asker may read. Raises NotAllowed, NoSuchRow."""
        rights.demand_overview(asker, f"pack of {audit}")
        now = self.settings.moment()
        with self.store.read() as session:
            look = Look(session, asker, Context(risk_method.current(session), now.date()), language)
            return pack.make(look, audit, asker.name or asker.role, now, self.settings.data / "files")

    def company(self, asker: Asker) -> str:
        """The company's name, as the register of the ISMS says it."""
        with self.store.read() as session:
            row = next(iter(queries.rows(session, asker, "isms")), None)
        return row.name.rsplit(" of ", 1)[-1] if row else ""

    def quotes(self, question: str, asker: Asker) -> list[Quote]:
        """What the company's documents say to a question; nothing without an index."""
        return []

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
        self._rows, self._closing = threading.Event(), threading.Event()
        self._background: threading.Thread | None = None
        self._last_read: Question | None = None
        super().__init__(settings, command)
        try:
            encoder = Encoder(settings.encoder)
            self.index = Index(self.store, encoder, settings.data / "index", settings.chroma_url or None)
            self._open(progress)
            row_passages.follow(self.store, self.index, self._rows.set)
        except BaseException:
            self.close()
            raise
        self.answerer = Answerer(self.store, self.index, settings, model)
        self.drafter = Drafter(
            self.store, self._company_says, self._threats, self._about, self._take_up, settings.moment, model,
            settings.model_inside or settings.model_restricted, self._alike, encoder.encode_documents,
        )  # fmt: skip
        self.contributions = Contributions(self.store, self.drafter, settings.moment)

    def ask(
        self,
        question: str,
        asker: Asker,
        thread: str | None = None,
        channel: str = "",
        tell: Callable[[Claim, list[Cited]], None] | None = None,
    ) -> Answer:
        """The answer to what somebody says, the same for every way in; an answer to a draft's open question is taken up as a suggestion."""
        return self.contributions.taken_up(question, asker, thread, channel) or self.answerer.ask(question, asker, thread, channel, tell)

    def ingest(self, path: Path, licensed: str | None = None, progress: Progress | None = None) -> ingestion.Report:
        """Load a file or folder and write the index's caches."""
        report = ingestion.ingest(self.store, self.index, path, licensed=licensed, progress=progress)
        if report.loaded or report.removed:
            self.index.save()
        return report

    def reindex(self, progress: Progress | None = None) -> None:
        """Make the passages of rows and the whole index again from the database; what this encoder has read is not embedded again."""
        row_passages.synchronise(self.store)
        self.index.rebuild((lambda done, total: progress("indexing", done, total)) if progress else None)

    def embed_rows(self, progress: Progress | None = None) -> None:
        """Make the vectors of rows that wait for them, and write the index's caches."""
        self.index.embed_waiting((lambda done, total: progress("vectors", done, total)) if progress else None)
        self.index.save()

    def embed_in_background(self) -> None:
        """From now on make the vectors of rows beside everything else, until the App is closed; how far it is stands in the log."""
        self._background = threading.Thread(target=self._embed_until_closed, name="vectors", daemon=True)
        self._background.start()

    def close(self) -> None:
        """Give back the database and the data folder."""
        self._closing.set()
        if self._background:
            self._rows.set()
            self._background.join()
        super().close()

    def _embed_until_closed(self) -> None:
        while not self._closing.is_set():
            many = self.index.waiting >= _MANY
            try:
                self.index.embed_waiting(lambda done, total: log.info("vectors of rows: %d of %d", done, total), self._closing.is_set)
                if many:
                    self.index.save()
            except Exception:  # the thread stays; what waits is found by its words
                log.exception("vectors of rows could not be made; the next change of a row, or the next start, tries again")
            self._rows.wait()
            self._rows.clear()

    def quotes(self, question: str, asker: Asker) -> list[Quote]:
        """Sentences of the company's own documents that plainly answer, with their standing; a bought text is nobody's rule, and stays here."""
        return [
            Quote(Citation(one.source_id, f"{one.title} {one.version}".strip(), one.quote, one.url), standing)
            for one, standing in self.answerer.company_quotes(question, asker)
            if one.kind == "document"
        ]

    def _company_says(self, questions: Sequence[str], actor: Actor) -> list[list[Source]]:
        """What approved documents say to each question, as drafts cite it; the product itself reads what staff may read."""
        asker = actor if isinstance(actor, Asker) else STAFF
        return [
            [
                Source(one.source_id, one.kind, one.title, one.quote, one.url, one.version, one.locator.section, alone)
                for one, alone in found
            ]
            for found in self.answerer.company_says(questions, asker)
        ]

    def _threats(self, sentence: str) -> Near:
        """What a sentence comes near among techniques and threats; what ships is for everybody."""
        read = self._read(sentence)
        hits = self.index.search_sources(read, PUBLIC, extraction.STANDARDS, 50, {"atlas": 1.0, "": 0.0})
        techniques = [(hit.source_id, hit.score) for hit in hits if hit.source_id.startswith(controls.ATLAS)]
        of_guide, among_all = self._likeness
        return Near(techniques, of_guide.of(read), among_all.of(read))

    @cached_property
    def _likeness(self) -> tuple[Likeness, Likeness]:
        """What the examples of threats teach, those of the guide alone and with the general ones, learnt at the first draft."""
        of_guide = standards.threat_examples()
        every = [*of_guide, *standards.general_examples()]
        vectors = self.index.vectors_beside(every)
        return Likeness(of_guide, vectors if vectors is None else vectors[: len(of_guide)]), Likeness(every, vectors, NEAREST)

    def _alike(self, sentence: str, ids: Iterable[str], actor: Actor) -> dict[str, float]:
        """How near what is written of some rows comes to a sentence in meaning, by their ids, for those that the actor may read."""
        found = self.index.nearness(self._read(sentence), [f"row:{id_}" for id_ in ids], actor.audiences, extraction.ROWS)
        return {source.removeprefix("row:"): cosine for source, cosine in found.items()}

    def _read(self, sentence: str) -> Question:
        """The sentence as the index reads it; the last one is kept, for a draft looks for two things by it."""
        last = self._last_read
        if last is None or last.text != language.clean(sentence):
            last = self._last_read = self.index.read(sentence)
        return last

    def _about(self, question: str) -> list[tuple[str, float]]:
        """Controls of Annex A that a question is about, best first, with how well they fit: what ships is for everybody."""
        read = self.index.read(question)
        hits = self.index.search_sources(read, PUBLIC, extraction.STANDARDS, 10, {f"{controls.ISO_2022}:A.": 1.0, "": 0.0})
        return [(hit.source_id, (hit.cosine + hit.late) / 2) for hit in hits if hit.source_id.startswith(f"{controls.ISO_2022}:A.")]

    def _take_up(self, published: Published) -> None:
        self.index.remove(published.gone)
        self.index.add(published.fresh)
        self.index.save()

    def _open(self, progress: Progress | None) -> None:
        """Bring the texts that ship with the product up to date, then the index to the state of SQL."""
        fresh, gone = standards.synchronise(self.store, self.settings.data / "index" / "standards")
        if not row_passages.there(self.store):
            row_passages.synchronise(self.store)
        self.index.open((lambda done, total: progress("indexing", done, total)) if progress else None)
        if fresh or gone:
            self.index.save()


def _says_nothing(questions: Sequence[str], actor: Actor) -> list[list[Source]]:
    return [[] for _ in questions]


def _tracker(settings: Settings) -> Tracker:
    """The tracker that is set, with whom nothing was spoken yet. Raises WrongSettings where it lacks a setting."""
    if settings.tracker_faults:
        raise WrongSettings("These settings are wrong:\n" + "\n".join(settings.tracker_faults))
    if settings.tracker == "jira":
        named = jira.Options(settings.jira_url, settings.tracker_project, settings.jira_token, settings.jira_user, settings.jira_issue_type)
        return jira.connect(named)
    if settings.tracker == "github":
        return github.connect(github.Options(settings.tracker_project, settings.github_token, settings.github_url))
    if settings.tracker == "webhook":
        return webhook.connect(webhook.Options(settings.webhook_url, settings.webhook_secret))
    return board.connect(board.Options())
