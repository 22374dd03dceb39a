"""Files that are refused, and what may not happen while one is parsed."""

import contextlib
import os
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from docx import Document
from openpyxl import Workbook

from knowledge.errors import UnreadableDocument
from knowledge.reading import Reader, seconds_for


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader() as one:
        yield one


def a_docx(path: Path) -> None:
    document = Document()
    document.add_paragraph("The gate is locked.")
    document.save(str(path))


def zipped(path: Path, parts: dict[str, bytes], flags: int = 0) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    if flags:
        data = path.read_bytes().replace(b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00" + struct.pack("<H", flags))
        path.write_bytes(data)


def changed(path: Path, part: str, change: Callable[[bytes], bytes]) -> None:
    """Rewrite one part of an Office file."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = change(parts[part])
    zipped(path, parts)


def lying_bomb(path: Path) -> None:
    """A part of 300 MB whose directory entry says that it has 10 bytes."""
    zipped(path, {"word/document.xml": b"\x00" * 300_000_000})
    path.write_bytes(path.read_bytes().replace(struct.pack("<L", 300_000_000), struct.pack("<L", 10)))


def entity_docx(path: Path) -> None:
    a_docx(path)
    bomb = b'<!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]>'
    changed(path, "word/document.xml", lambda data: data.replace(b"?>", b"?>" + bomb, 1))


def circular_pdf(path: Path) -> None:
    """A PDF whose tree of pages is its own branch and declares a million pages."""
    parts = [b"1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n", b"2 0 obj\n<</Type/Pages/Kids[2 0 R 2 0 R]/Count 1000000>>\nendobj\n"]
    path.write_bytes(b"%PDF-1.7\n" + b"".join(parts) + b"trailer\n<</Root 1 0 R/Size 3>>\nstartxref\n0\n%%EOF\n")


HOSTILE: list[tuple[str, Callable[[Path], object], str]] = [
    ("empty.pdf", lambda path: path.write_bytes(b""), "the file is empty"),
    ("huge.txt", lambda path: path.write_bytes(b"a" * (50 * 1024 * 1024 + 1)), "it is 50 MB; the limit is 50 MB"),
    ("policy.pdf", a_docx, "its name ends in .pdf, but its content is a Word document; give it the right ending"),
    ("policy.docx", lambda path: path.write_text("Just words."), "its name ends in .docx, but its content is plain text"),
    ("policy.txt", lambda path: path.write_text("<!DOCTYPE html><p>x</p>"), "its content is an HTML page"),
    ("policy.md", lambda path: path.write_bytes(b"%PDF-1.7\n"), "its content is a PDF"),
    ("old.doc", lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600), "old Office file"),
    ("closed.docx", lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600), "protected with a password"),
    ("macro.docx", lambda path: zipped(path, {"word/document.xml": b"<a/>", "word/vbaProject.bin": b"x"}), "it holds macros"),
    ("macro.xlsm", lambda path: zipped(path, {"xl/workbook.xml": b"<a/>"}), "save it without macros"),
    ("text.odt", lambda path: zipped(path, {"mimetype": b"application/vnd.oasis.opendocument.text"}), "OpenDocument"),
    ("files.zip", lambda path: zipped(path, {"a.txt": b"a"}), "it is an archive and no document; unpack it"),
    ("both.docx", lambda path: zipped(path, {"word/document.xml": b"<a/>", "xl/workbook.xml": b"<a/>"}), "an archive and no document"),
    ("bomb.docx", lambda path: zipped(path, {"word/document.xml": b"\x00" * 30_000_000}), "grows beyond all measure"),
    ("many.docx", lambda path: zipped(path, {f"word/{number}.xml": b"" for number in range(2001)}), "it has 2001 parts; the limit is 2000"),
    ("lying.docx", lying_bomb, "it is damaged|grows beyond"),
    ("climbing.docx", lambda path: zipped(path, {"word/document.xml": b"<a/>", "../../evil.sh": b"x"}), "that no Office program gives"),
    ("locked.docx", lambda path: zipped(path, {"word/document.xml": b"<a/>"}, flags=1), "it is encrypted"),
    ("entities.docx", entity_docx, "its part word/document.xml declares a document type"),
    ("broken.docx", lambda path: path.write_bytes(b"PK\x03\x04" + b"\x00" * 200), "it is damaged; open it in Office"),
    ("hollow.xlsx", lambda path: zipped(path, {"xl/workbook.xml": b"<a/>"}), "it is damaged and cannot be read"),
    ("hollow.pptx", lambda path: zipped(path, {"ppt/presentation.xml": b"<a/>"}), "it is damaged and cannot be read"),
    ("noise.txt", lambda path: path.write_bytes(bytes(range(256)) * 20), "neither a document nor text"),
    ("latin.txt", lambda path: path.write_bytes(b"\x81\x8d\x8f\x90\x9d ok" * 20), "not text in UTF-8, UTF-16 or CP1252"),
    ("cyrillic.txt", lambda path: path.write_bytes("Правила".encode("koi8-r") * 3 + b"\x81"), "not text in UTF-8, UTF-16 or CP1252"),
    ("late.txt", lambda path: path.write_bytes(b"a" * 5000 + b"\x00\x01"), "no text; save it as UTF-8"),
    ("photo.png", lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n" + zlib.compress(b"x")), "its content is a picture"),
    ("photo.pdf", lambda path: path.write_bytes(b"\xff\xd8\xff\xe0" + b"x" * 50), "its content is a picture"),
    ("letter.rtf", lambda path: path.write_bytes(b"{\\rtf1 x}"), "an RTF file; save it as DOCX"),
    ("data.json", lambda path: path.write_text("{}"), "files named .json are not read"),
    ("circle.pdf", circular_pdf, "damaged|no text"),
    ("blank.txt", lambda path: path.write_text(" \n\n "), "there is no text in it"),
    ("hidden.html", lambda path: path.write_text("<html><p hidden>x</p></html>"), "there is no text in it"),
]


@pytest.mark.parametrize(("name", "make", "reason"), HOSTILE, ids=[name for name, _, _ in HOSTILE])
def test_a_hostile_file_is_refused_by_name_and_reason(
    reader: Reader, tmp_path: Path, name: str, make: Callable[[Path], object], reason: str
) -> None:
    make(tmp_path / name)

    with pytest.raises(UnreadableDocument, match=reason) as caught:
        reader.read(tmp_path / name)

    assert caught.value.path == name


def test_the_worker_lives_on_after_hostile_files(reader: Reader, tmp_path: Path) -> None:
    a_docx(tmp_path / "good.docx")

    assert [block.text for block in reader.read(tmp_path / "good.docx").blocks] == ["The gate is locked."]


def test_a_file_that_is_not_there_is_refused(reader: Reader, tmp_path: Path) -> None:
    with pytest.raises(UnreadableDocument, match=r"gone\.pdf: there is no such file"):
        reader.read(tmp_path / "gone.pdf")


def test_an_upload_without_an_ending_is_told_by_its_content(reader: Reader, tmp_path: Path) -> None:
    a_docx(tmp_path / "4f1c")

    assert reader.read(tmp_path / "4f1c").media_type.endswith("wordprocessingml.document")


def test_an_external_entity_of_a_page_is_not_followed(reader: Reader, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("canary-7731")
    entity = f'<!DOCTYPE html [<!ENTITY x SYSTEM "file://{tmp_path}/secret">]>'
    page = f'<?xml version="1.0"?>{entity}<html><body><p>Seen: &x; end.</p></body></html>'
    (tmp_path / "page.xhtml").write_text(page)

    assert not any("canary" in block.text for block in reader.read(tmp_path / "page.xhtml").blocks)


def test_deeply_nested_markup_is_read_or_refused_quickly(reader: Reader, tmp_path: Path) -> None:
    (tmp_path / "deep.html").write_text("<html>" + "<div>" * 100_000 + "x")
    (tmp_path / "deep.md").write_text(">" * 50_000 + " x\n\n" + "- " * 5_000 + "y\n")
    begun = time.monotonic()

    for name in ("deep.html", "deep.md"):
        with contextlib.suppress(UnreadableDocument):
            reader.read(tmp_path / name)
    (tmp_path / "next.md").write_text("The next file is read.")
    assert reader.read(tmp_path / "next.md").blocks
    assert time.monotonic() - begun < 60


def test_a_sheet_that_declares_a_million_empty_cells_is_read_for_what_it_holds(reader: Reader, tmp_path: Path) -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(("Record", "Years"))
    book.active.append(("Logs", 3))
    book.active.cell(1_048_576, 1, "far away")
    book.save(tmp_path / "wide.xlsx")
    changed(tmp_path / "wide.xlsx", "xl/worksheets/sheet1.xml", lambda data: data.replace(b"A1:B1048576", b"A1:XFD1048576"))

    assert [block.text for block in reader.read(tmp_path / "wide.xlsx").blocks][1:] == ["Record: Logs | Years: 3"]


# --- the worker ------------------------------------------------------------------------------------------------


def worker(tmp_path: Path, body: str) -> tuple[str, ...]:
    """A command that starts a worker of ours with this in place of its parser."""
    script = tmp_path / "worker.py"
    loop = "for line in sys.stdin:\n    name = os.path.basename(json.loads(line)['path'])"
    script.write_text(f"import sys, os, json, time\n{loop}\n    {body}\n")
    return (sys.executable, str(script))


ANSWER = (
    "print(json.dumps({'reading': {'blocks': [['text', str(os.getpid()), 0, None, '']], 'metadata': {}, 'title': '', "
    "'media_type': 'text/plain', 'remarks': [], 'unseen': []}}), flush=True)"
)


def test_a_hanging_worker_is_killed_and_the_next_file_read(tmp_path: Path) -> None:
    for name in ("hang.txt", "good.txt"):
        (tmp_path / name).write_text("x")
    command = worker(tmp_path, f"time.sleep(60) if name == 'hang.txt' else None; {ANSWER}")
    with Reader(command=command, patience=0.05) as reader:
        first = reader.read(tmp_path / "good.txt").blocks[0].text
        begun = time.monotonic()
        with pytest.raises(UnreadableDocument, match=r"hang\.txt: reading it took longer than 20 seconds; split it"):
            reader.read(tmp_path / "hang.txt")
        assert time.monotonic() - begun < 10
        second = reader.read(tmp_path / "good.txt").blocks[0].text

    assert first != second
    with pytest.raises(ProcessLookupError):
        os.kill(int(first), 0)


def test_a_worker_that_dies_takes_only_its_file_along(tmp_path: Path) -> None:
    for name in ("crash.txt", "good.txt"):
        (tmp_path / name).write_text("x")
    command = worker(tmp_path, f"os._exit(139) if name == 'crash.txt' else None; {ANSWER}")
    with Reader(command=command) as reader:
        with pytest.raises(UnreadableDocument, match=r"crash\.txt: it broke the reading process"):
            reader.read(tmp_path / "crash.txt")
        assert reader.read(tmp_path / "good.txt").blocks


def test_the_same_worker_reads_all_files(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text("x")
    with Reader(command=worker(tmp_path, ANSWER)) as reader:
        assert len({reader.read(tmp_path / "good.txt").blocks[0].text for _ in range(3)}) == 1


def test_more_pages_are_given_more_time(tmp_path: Path) -> None:
    assert [seconds_for(pages) for pages in (0, 10, 100, 10_000_000)] == [20, 23, 50, 300]
    (tmp_path / "long.txt").write_text("x")
    command = worker(tmp_path, f"print(json.dumps({{'pages': 900}}), flush=True); time.sleep(1.5); {ANSWER}")

    with Reader(command=command, patience=0.05) as reader:
        assert reader.read(tmp_path / "long.txt").blocks


def test_the_real_worker_loads_neither_models_nor_the_index() -> None:
    listing = "import knowledge.reading.worker, knowledge.reading.pdf, knowledge.reading.docx, sys; print(' '.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True).stdout.split()
    assert not {"torch", "numpy", "chromadb", "knowledge.index", "knowledge.registers"} & set(loaded)


ACTS = ["open('made', 'w')", "__import__('socket').create_connection(('127.0.0.1', 9))", "__import__('os').system('true')"]


@pytest.mark.parametrize("act", ACTS)
def test_a_parser_can_neither_write_nor_connect_nor_start_a_program(tmp_path: Path, act: str) -> None:
    (tmp_path / "a.txt").write_text("Some words.")
    script = tmp_path / "worker.py"
    script.write_text(
        f"from knowledge.reading import text, worker\ndef read(path):\n    {act}\n    raise SystemExit\ntext.read = read\nworker.main()\n"
    )
    with Reader(command=(sys.executable, str(script))) as reader, pytest.raises(UnreadableDocument, match="PermissionError"):
        reader.read(tmp_path / "a.txt")
    assert not (tmp_path / "made").exists()


def test_a_parser_that_wants_too_much_memory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Some words.")
    script = tmp_path / "worker.py"
    script.write_text("from knowledge.reading import text, worker\ntext.read = lambda path: bytearray(2 * 1024**3)\nworker.main()\n")

    with Reader(command=(sys.executable, str(script))) as reader, pytest.raises(UnreadableDocument, match="more than 1 GB of memory"):
        reader.read(tmp_path / "a.txt")


def test_the_worker_learns_no_secret(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    known = "PATH HOME LANG LC_ALL LC_CTYPE LD_LIBRARY_PATH TMPDIR VIRTUAL_ENV PYTHONPATH"
    command = worker(tmp_path, f"assert set(os.environ) <= set('{known}'.split()); {ANSWER}")

    with Reader(command=command) as reader:
        assert reader.read(tmp_path / "a.txt").blocks
