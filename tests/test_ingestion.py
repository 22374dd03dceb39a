"""Files to documents: only what changed is read, old versions stay, what is gone goes, and a killed process costs nothing."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlmodel import col, select

from knowledge import ingestion
from knowledge.errors import UnreadableDocument
from knowledge.index import Index
from knowledge.ingestion import Report
from knowledge.registers import Document, DocumentVersion, Passage, Store
from tests.builders import WordEncoder, a_document, a_plant, a_store

EVERYTHING = frozenset({"public", "staff", "role:isms_manager"})
BACKUPS = "# Backup\n\n## 3 Retention\n\nBackups of the PLC programs are kept for {} days.\n"
STANDARD = (
    "# A standard of our own making\n\n## A.5.15 Access control\n\nOur wording of the rule on access stands here for the test.\n\n"
    "## A.8.13 Information backup\n\nOur wording of the rule on backup copies stands here for the test.\n\n"
    "## 6.1.2 Information security risk assessment\n\nOur wording on the assessment of risks stands here for the test.\n\n## Foreword\n\nOur wording of a foreword stands here.\n"
)


@dataclass
class Records:
    """Records and a folder of documents, and what the reading processes were asked to read."""

    documents: Path
    store: Store
    encoder: WordEncoder = field(default_factory=WordEncoder)

    def __post_init__(self) -> None:
        self.index = Index(self.store, self.encoder)  # type: ignore[arg-type]
        self.index.open()

    def ingest(self, path: Path | None = None, licensed: str | None = None) -> Report:
        return ingestion.ingest(self.store, self.index, path or self.documents, licensed=licensed)

    def ask(self, question: str, audiences: frozenset[str] = EVERYTHING) -> list[Passage]:
        """The passages found, best first."""
        ids = [hit.passage_id for hit in self.index.search(self.index.read(question), audiences, limit=100)]
        with self.store.read() as session:
            rows = {row.id: row for row in session.exec(select(Passage).where(col(Passage.id).in_(ids)))}
        return [rows[id_] for id_ in ids]

    def versions(self, number: str) -> list[tuple[str, bool]]:
        with self.store.read() as session:
            rows = session.exec(select(DocumentVersion).where(DocumentVersion.number == number).order_by(col(DocumentVersion.id))).all()
        return [(row.version, row.current) for row in rows]

    def numbers(self) -> set[str]:
        """Numbers of the documents that have a current version."""
        with self.store.read() as session:
            return set(session.exec(select(DocumentVersion.number).where(DocumentVersion.current)).all())


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    documents = tmp_path / "our documents, 2026"
    documents.mkdir()
    made = Records(documents, a_store(tmp_path / "data"))
    yield made
    made.store.close()


def said(reasons: Sequence[tuple[str, str]]) -> dict[str, str]:
    return dict(reasons)


def test_folder_with_spaces_in_its_name_is_loaded_whole(records: Records) -> None:
    a_plant(records.documents)
    report = records.ingest()
    assert len(report.loaded) == 9 and not report.refused and report.passages == len(records.index)
    assert records.ask("Who wears an orange vest?")[0].source_id == "doc:PHY-02@1.0"


def test_unchanged_files_are_neither_read_nor_embedded_again(records: Records) -> None:
    a_plant(records.documents)
    records.ingest()
    records.encoder.encoded.clear()
    report = records.ingest()
    assert not report.loaded and len(report.unchanged) == 9 and report.passages == 0
    assert records.encoder.encoded == []


def test_changed_file_becomes_a_new_version_and_the_old_one_is_kept(records: Records) -> None:
    a_document(records.documents, "PRO-05", BACKUPS.format(90), version="1.0")
    records.ingest()
    a_document(records.documents, "PRO-05", BACKUPS.format(60), version="2.0")
    assert records.ingest().loaded == ["PRO-05.md"]
    assert records.versions("PRO-05") == [("1.0", False), ("2.0", True)]
    found = records.ask("How long are backups kept?")
    assert [(passage.source_id, "60 days" in passage.text) for passage in found] == [("doc:PRO-05@2.0", True)]
    with records.store.read() as session:
        old = session.exec(select(Passage).where(Passage.source_id == "doc:PRO-05@1.0")).one()
        text = session.exec(select(DocumentVersion.text).where(DocumentVersion.id == old.version_id)).one()
    assert text[old.start : old.end] == old.text and "90 days" in old.text


def test_every_stored_passage_is_the_text_of_its_version_at_its_place(records: Records) -> None:
    a_plant(records.documents)
    records.ingest()
    with records.store.read() as session:
        rows = session.exec(select(Passage, DocumentVersion).join(DocumentVersion)).all()
    assert rows and all(version.text[passage.start : passage.end] == passage.text for passage, version in rows)


def test_text_changed_without_a_new_version_number_is_found_as_it_is_now(records: Records) -> None:
    a_document(records.documents, "PRO-05", BACKUPS.format(90))
    records.ingest()
    a_document(records.documents, "PRO-05", BACKUPS.format(30))
    records.ingest()
    assert ["30 days" in passage.text for passage in records.ask("How long are backups kept?")] == [True]
    assert records.versions("PRO-05") == [("1.0", False), ("1.0", True)]


def test_document_that_was_restricted_is_no_longer_found_by_staff(records: Records) -> None:
    a_document(records.documents, "PRO-05", BACKUPS.format(90), audience="staff")
    records.ingest()
    assert records.ask("How long are backups kept?", frozenset({"staff"}))
    a_document(records.documents, "PRO-05", BACKUPS.format(90), audience="role:isms_manager")
    records.ingest()
    assert records.ask("How long are backups kept?", frozenset({"staff"})) == []
    assert records.ask("How long are backups kept?")


def test_document_whose_file_is_gone_is_taken_out(records: Records) -> None:
    a_document(records.documents, "PRO-05", BACKUPS.format(90))
    a_document(records.documents, "PHY-02", "# Visitors\n\nVisitors wear an orange vest.\n")
    records.ingest()
    (records.documents / "PRO-05.md").unlink()
    assert records.ingest().removed == ["PRO-05.md"]
    assert {passage.source_id for passage in records.ask("How long are backups kept?")} == {"doc:PHY-02@1.0"}
    assert records.versions("PRO-05") == [("1.0", False)]
    assert records.ingest().removed == []


def test_document_that_comes_back_is_found_again(records: Records) -> None:
    a_document(records.documents, "PRO-05", BACKUPS.format(90))
    records.ingest()
    (records.documents / "PRO-05.md").unlink()
    records.ingest()
    records.encoder.encoded.clear()
    a_document(records.documents, "PRO-05", BACKUPS.format(90))
    assert records.ingest().loaded == ["PRO-05.md"]
    assert records.encoder.encoded == [] and len(records.ask("How long are backups kept?")) == 1


def test_loading_one_file_leaves_the_others_alone(records: Records) -> None:
    a_plant(records.documents)
    records.ingest()
    report = records.ingest(records.documents / "PRO-05.md")
    assert report.unchanged == ["PRO-05.md"] and report.removed == [] and len(records.numbers()) == 9


def test_moved_and_renamed_file_stays_the_document_of_its_number(records: Records) -> None:
    path = a_document(records.documents, "PRO-05", BACKUPS.format(90))
    records.ingest()
    (records.documents / "old").mkdir()
    path.rename(records.documents / "old" / "backup rules.md")
    report = records.ingest()
    assert report.removed == [] and records.numbers() == {"PRO-05"}
    assert len(records.ask("How long are backups kept?")) == 1
    with records.store.read() as session:
        assert session.get(Document, "PRO-05").path.endswith("backup rules.md")  # type: ignore[union-attr]
    assert records.ingest().loaded == []


def test_renamed_file_without_a_number_replaces_the_old_name(records: Records) -> None:
    path = records.documents / "backup.md"
    path.write_text(BACKUPS.format(90))
    records.ingest()
    path.rename(records.documents / "backups.md")
    records.ingest()
    assert records.numbers() == {"backups"} and len(records.ask("How long are backups kept?")) == 1


def test_file_that_changes_its_number_does_not_leave_the_old_one_behind(records: Records) -> None:
    path = a_document(records.documents, "PRO-05", BACKUPS.format(90))
    records.ingest()
    path.write_text(path.read_text().replace("number: PRO-05", "number: PRO-06").replace("90 days", "60 days"))
    records.ingest()
    assert records.numbers() == {"PRO-06"}
    assert ["60 days" in passage.text for passage in records.ask("How long are backups kept?")] == [True]


def test_number_that_another_file_has_is_refused_by_both_names(records: Records) -> None:
    a_document(records.documents, "PRO-05", BACKUPS.format(90))
    copy = records.documents / "copy of PRO-05.md"
    copy.write_text((records.documents / "PRO-05.md").read_text().replace("90", "60"))
    report = records.ingest()
    assert report.loaded == ["PRO-05.md"]
    assert "PRO-05" in said(report.refused)["copy of PRO-05.md"] and "another number" in said(report.refused)["copy of PRO-05.md"]
    assert ["90 days" in passage.text for passage in records.ask("How long are backups kept?")] == [True]


def test_refused_files_are_named_with_their_reason_and_the_rest_is_loaded(records: Records) -> None:
    a_plant(records.documents)
    (records.documents / "empty.md").write_bytes(b"")
    (records.documents / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing that follows")
    (records.documents / "only headings.md").write_text("# One\n\n## Two\n")
    (records.documents / "odd.md").write_text("---\nstate: finished\n---\n# One\n\nSome text.\n")
    report = records.ingest()
    assert len(report.loaded) == 9
    assert set(said(report.refused)) == {"empty.md", "broken.pdf", "only headings.md", "odd.md"}
    assert "finished" in said(report.refused)["odd.md"] and "no text" in said(report.refused)["only headings.md"]
    assert len(records.ingest().unchanged) == 9


def test_file_that_breaks_keeps_its_last_good_version(records: Records) -> None:
    path = a_document(records.documents, "PRO-05", BACKUPS.format(90))
    records.ingest()
    path.write_bytes(b"")
    assert said(records.ingest().refused)
    assert records.versions("PRO-05") == [("1.0", True)] and records.ask("How long are backups kept?")


def test_side_file_gives_the_metadata_and_its_change_counts(records: Records) -> None:
    (records.documents / "backup.txt").write_text("Backups of the PLC programs are kept for 90 days.\n")
    side = records.documents / "backup.txt.yaml"
    side.write_text('number: PRO-05\ntitle: Backup Procedure\nversion: "3"\naudience: public\n')
    assert records.ingest().loaded == ["backup.txt"]
    [passage] = records.ask("How long are backups kept?", frozenset({"public"}))
    assert (passage.source_id, passage.heading) == ("doc:PRO-05@3", "Backup Procedure")
    side.write_text('number: PRO-05\ntitle: Backup Procedure\nversion: "4"\naudience: staff\n')
    assert records.ingest().loaded == ["backup.txt"]
    assert records.ask("How long are backups kept?", frozenset({"public"})) == []
    assert records.versions("PRO-05") == [("3", False), ("4", True)]


def test_new_title_is_searchable_at_once(records: Records) -> None:
    a_document(records.documents, "PRO-05", BACKUPS.format(90), title="Procedure")
    a_document(records.documents, "PHY-02", "# Visitors\n\nVisitors wear an orange vest.\n")
    records.ingest()
    a_document(records.documents, "PRO-05", BACKUPS.format(90), title="Zirconium handbook")
    records.ingest()
    [hit] = records.index.search(records.index.read("zirconium handbook"), EVERYTHING, limit=1)
    assert hit.source_id == "doc:PRO-05@1.0" and hit.coverage > 0.9 and hit.cosine > 0.3


def test_hidden_files_are_left_alone(records: Records) -> None:
    a_document(records.documents, "PRO-05", BACKUPS.format(90))
    (records.documents / ".git").mkdir()
    (records.documents / ".git" / "notes.md").write_text("# Notes\n\nNothing to see.\n")
    (records.documents / ".draft.md").write_text("# Notes\n\nNothing to see.\n")
    assert records.ingest().loaded == ["PRO-05.md"]


def test_path_that_is_not_there_is_an_error_that_names_it(records: Records) -> None:
    with pytest.raises(UnreadableDocument, match="nowhere: there is no such file or folder"):
        records.ingest(records.documents / "nowhere")


def test_licensed_copy_is_cut_by_clause_and_control(records: Records) -> None:
    path = records.documents / "bought standard.md"
    path.write_text(STANDARD)
    records.ingest(path, licensed="iso27001-2022")
    with records.store.read() as session:
        rows = session.exec(select(Passage)).all()
    assert {row.source_id for row in rows} == {f"licensed:iso27001-2022:{id_}" for id_ in ("A.5.15", "A.8.13", "6.1.2", "text")} and {
        row.kind for row in rows
    } == {"licensed"}
    assert records.ask("wording of the rule on backup copies")[0].source_id == "licensed:iso27001-2022:A.8.13"


def test_licensed_copy_is_never_shown_to_who_may_not_read_it(records: Records) -> None:
    path = records.documents / "bought standard.md"
    path.write_text(STANDARD)
    (records.documents / "bought standard.md.yaml").write_text("audience: role:isms_manager\n")
    records.ingest(path, licensed="iso27001-2022")
    assert records.ask("wording of the rule on access", frozenset({"public", "staff"})) == []
    assert records.ask("wording of the rule on access")
    assert records.index.search_sources(records.index.read("wording on access"), frozenset({"public", "staff"}), ["licensed"]) == []


def test_loading_the_company_folder_does_not_take_out_licensed_copies(records: Records, tmp_path: Path) -> None:
    bought = tmp_path / "bought.md"
    bought.write_text(STANDARD)
    records.ingest(bought, licensed="iso27001-2022")
    a_plant(records.documents)
    assert records.ingest().removed == []
    assert records.ask("wording of the rule on access")[0].kind == "licensed"


KILLED = """
import sys
from pathlib import Path
from knowledge import ingestion
from knowledge.index import Index
from tests.builders import WordEncoder, a_store

store = a_store(Path(sys.argv[2]))
index = Index(store, WordEncoder())
index.open()
ingestion.ingest(store, index, Path(sys.argv[1]), progress=lambda what, done, total: print(what, done, flush=True))
"""


@pytest.mark.parametrize("moment", ["reading 2", "reading 7", "indexing 3"])
def test_killed_process_loses_nothing_and_doubles_nothing(tmp_path: Path, moment: str) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    a_plant(documents)
    command = [sys.executable, "-c", KILLED, str(documents), str(tmp_path / "data")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]) as process:
        assert process.stdout
        assert any(line.strip() == moment for line in process.stdout)
        process.kill()
    records = Records(documents, a_store(tmp_path / "data"))
    report = records.ingest()
    assert len(report.loaded) + len(report.unchanged) == 9 and not report.refused
    assert len(records.numbers()) == 9
    with records.store.read() as session:
        passages = session.exec(select(Passage)).all()
    assert len(passages) == len(records.index) == 13 and all(passage.current for passage in passages)
    for passage in passages:
        assert passage.id in {found.id for found in records.ask(passage.text)[:3]}
    records.store.close()
