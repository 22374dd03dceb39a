"""Processes side by side on PostgreSQL and a Chroma server: what one of them writes the others find, without a restart."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from assistant.config import Settings
from knowledge import standards
from knowledge.index import Index
from knowledge.registers import Passage, Store
from tests import engines
from tests.builders import WordEncoder, a_document, a_store, keep_passages, some_passages

ROOT = Path(__file__).parents[1]
PUBLIC = frozenset({"public"})
TEXT = "The zirconium vault opens only with the two keys of the works council."
OTHER = "Backups of the PLC programs are kept for 90 days on the backup server."


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = a_store(tmp_path, engines.postgres())
    yield made
    made.close()


def an_index(store: Store, encoder: WordEncoder | None = None) -> Index:
    index = Index(store, encoder or WordEncoder())  # type: ignore[arg-type]
    index.open()
    return index


def found(index: Index, text: str, audiences: frozenset[str] = PUBLIC) -> dict[str, float]:
    """Cosine by passage id."""
    return {hit.passage_id: round(hit.cosine, 2) for hit in index.search(index.read(text), audiences)}


def change(store: Store, passage: Passage, **values: object) -> None:
    with store.write() as session:
        row = session.get(Passage, passage.id)
        assert row
        for name, value in values.items():
            setattr(row, name, value)


def test_a_passage_added_by_another_process_is_found(store: Store) -> None:
    index = an_index(store)
    assert found(index, TEXT) == {}
    adding = (
        "import sys; from knowledge.registers import Store; from tests.test_side_by_side import *; "
        "store = Store(sys.argv[1]); index = an_index(store); index.add(keep_passages(store, some_passages([TEXT])))"
    )
    subprocess.run([sys.executable, "-c", adding, store.url], cwd=ROOT, check=True, timeout=120)
    assert list(found(index, TEXT).values()) == [1.0]


def test_words_of_a_passage_are_found_before_its_vector_is_there_and_embedding_is_left_to_its_process(store: Store) -> None:
    reader, writer = WordEncoder(), an_index(store)
    index = an_index(store, reader)
    index.add(keep_passages(store, some_passages([OTHER])))
    reader.encoded.clear()
    [late] = some_passages([TEXT])
    late.id, late.source_id = "late", "doc:LATE@1"
    keep_passages(store, [late])
    assert found(index, TEXT)["late"] == 0.0 and reader.encoded == []
    writer.add([late])
    assert found(index, TEXT)["late"] == 1.0 and reader.encoded == []


def test_what_another_process_takes_out_hides_or_rewords_is_so_here_too(store: Store) -> None:
    index = an_index(store)
    [passage] = keep_passages(store, some_passages([TEXT]))
    assert set(found(index, TEXT)) == {passage.id}
    change(store, passage, audience="role:isms_manager")
    assert found(index, TEXT) == {} and set(found(index, TEXT, frozenset({"role:isms_manager"}))) == {passage.id}
    change(store, passage, audience="public", text=OTHER, hash="another")
    an_index(store)
    assert found(index, OTHER) == {passage.id: 1.0} and index.passages([passage.id])[passage.id].text == OTHER
    with store.write() as session:
        session.delete(session.get(Passage, passage.id))
    assert found(index, OTHER) == {} and len(index) == 0


def test_two_that_write_at_once_lose_nothing_and_embed_the_same_text_once(store: Store) -> None:
    indexes = [an_index(store) for _ in range(2)]

    def load(number: int) -> None:
        for part in range(5):
            made = some_passages([TEXT, f"{OTHER} Part {part} of {number}."])
            for place, passage in enumerate(made):
                passage.id = f"{number}-{part}-{place}"
            indexes[number].add(keep_passages(store, made))

    threads = [threading.Thread(target=load, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    everything = {f"{number}-{part}-{place}" for number in range(2) for part in range(5) for place in range(2)}
    for index in indexes:
        assert {hit.passage_id for hit in index.search(index.read(f"{TEXT} {OTHER}"), PUBLIC, limit=100)} == everything


def test_two_that_start_at_once_on_an_empty_database_both_do(tmp_path: Path) -> None:
    stores = [Store(engines.postgres().url(tmp_path)) for _ in range(2)]
    failed: list[BaseException] = []

    def start(store: Store) -> None:
        try:
            store.migrate()
            standards.synchronise(store)
        except BaseException as error:  # told to the test below
            failed.append(error)

    threads = [threading.Thread(target=start, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
        assert failed == []
    for store in stores:
        store.close()


@pytest.mark.parametrize(
    ("database", "chroma", "owned"),
    [
        ("", "", True),
        ("postgresql+psycopg://h/d", "", True),
        ("", "http://h:8000", True),
        ("postgresql+psycopg://h/d", "http://h:8000", False),
    ],
)
def test_a_data_folder_is_owned_unless_both_servers_are_set(database: str, chroma: str, owned: bool) -> None:
    assert Settings(database_url=database, chroma_url=chroma).on_one_machine is owned


def test_web_ingest_postgres_and_chroma_as_the_compose_file_starts_them(tmp_path: Path, shipped: Path) -> None:
    url = engines.postgres().take_copy(tmp_path, shipped / "annexa.db")
    own = {name: value for name, value in os.environ.items() if not name.startswith(("ANNEXA_", "SLACK_"))}
    settings = {"ANNEXA_DATABASE_URL": url, "ANNEXA_CHROMA_URL": engines.chroma(), "PYTHONPATH": str(ROOT)}

    def environment(process: str) -> dict[str, str]:
        return own | settings | {"ANNEXA_DATA": str(tmp_path / process)}

    serve = [sys.executable, "-m", "assistant", "serve", "--port", "0"]
    with subprocess.Popen(serve, env=environment("web"), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as web:
        assert web.stdout
        try:
            said = next(line for line in web.stdout if "Annexa answers at" in line)
            address = said.split()[3].rstrip("/")
            (tmp_path / "documents").mkdir()
            a_document(tmp_path / "documents", "POL-77", f"# Vault\n\n## 1 Keys\n\n{TEXT}\n", audience="public")
            loading = [sys.executable, "-m", "assistant", "ingest", str(tmp_path / "documents")]
            done = subprocess.run(loading, env=environment("ingest"), capture_output=True, text=True, timeout=600, check=False)
            assert done.returncode == 0, done.stderr
            reply = httpx.post(f"{address}/api/ask", json={"question": "Who holds the keys of the zirconium vault?"}, timeout=60)
            assert reply.status_code == 200 and "zirconium vault" in json.dumps(reply.json()["citations"]), reply.text
        finally:
            web.send_signal(signal.SIGINT)
            web.wait(30)
