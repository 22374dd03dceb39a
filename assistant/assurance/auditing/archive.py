"""The audit pack on paper and as one archive: PDF, index with hashes, a file for each row, and the files of evidence."""

import csv
import io
import json
import os
import re
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from hashlib import sha256
from html import escape
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

from assistant import printing
from assistant.assurance.auditing.pack import Pack, Section
from assistant.printing import Head
from knowledge.errors import AnnexaError

_FIXED = (1980, 1, 1, 0, 0, 0)
"""The time of every file inside, so that the same pack is the same archive."""
ON_PAPER = 1_000
"""How many rows of a list stand on paper; the archive holds all of them."""
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~^$@])")
_WEIGHTS = {
    1: ("A certificate hangs on it", "Daran hängt das Zertifikat"),
    2: ("A finding is likely", "Eine Feststellung ist wahrscheinlich"),
    3: ("To be tidied up", "Aufzuräumen"),
}
_STYLE = (
    "body{font:15px/1.5 sans-serif;margin:2em auto;max-width:70em;padding:0 1em}table{border-collapse:collapse;width:100%}"
    "td,th{border:1px solid #9aa5ab;padding:.3em .5em;text-align:left;vertical-align:top}th{background:#e7ecef}code{word-break:break-all}"
)


class PackExists(AnnexaError):
    """There is a file in the place of the pack, and nobody said that it may be replaced."""


def pdf(pack: Pack) -> bytes:
    """The pack as PDF, what is missing on its first page."""
    return printing.pdf(markdown(pack), head(pack))


def markdown(pack: Pack) -> str:
    """The pack as text: for whom and as of when, what is missing, then the lists.

    Of a long list the first rows, and how many stand in the archive alone: nobody reads ten thousand lines on paper.
    """
    german = pack.language == "de"
    count, digest = pack.journal
    told = (
        f"Erstellt für {pack.asker}, mit dem, was diese Person lesen darf; Stand {pack.moment}; Journal: {count} Einträge, Kopf {digest or '–'}."
        if german
        else f"Made for {pack.asker}, of what that person may read; as of {pack.moment}; journal: {count} entries, head {digest or '–'}."
    )
    parts = [plain(told), plain(pack.since), f"## {pack.word('missing')}", *_missing(pack)]
    for number, section in enumerate(pack.sections, 1):
        parts += [f"## {number} {section.title}"]
        parts += [plain(section.note)] if section.note and section.note != pack.since else []
        parts += [_table(section)] if section.rows else [pack.word("nothing").capitalize() + "."]
        parts += [plain(told) for told in [left_out(pack, number, section)] if told]
    return "\n\n".join(parts)


def left_out(pack: Pack, number: int, section: Section) -> str:
    """What is said of a list that is too long for paper and page, the section of that number: how many rows are missing, and where they stand; else nothing."""
    whole = len(section.rows)
    return pack.word("further").format(n=whole - ON_PAPER, whole=whole, file=_list_name(number, section)) if whole > ON_PAPER else ""


def head(pack: Pack) -> Head:
    """What stands on every page."""
    title = ("Auditmappe" if pack.language == "de" else "Audit pack") + f": {pack.audit['title']}"
    return Head(
        pack.company, str(pack.audit["id"]), title, pack.as_of.date().isoformat(), "from the registers", "confidential", pack.asker, "", None, None,
        pack.as_of.date(), language=pack.language,
    )  # fmt: skip


def archive(pack: Pack) -> bytes:
    """The pack as a zip: the same bytes for the same pack. Every file but the two indexes stands in them with its SHA-256."""
    files = contents(pack)
    listed = [(name, row, content) for name, (row, content) in sorted(files.items())]
    lines = [(name, row, len(content), sha256(content).hexdigest()) for name, row, content in listed]
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(("file", "row", "bytes", "sha256"))
    writer.writerows((_cell(name), _cell(row), size, digest) for name, row, size, digest in lines)
    whole = {name: content for name, _, content in listed}
    whole["index.csv"] = table.getvalue().encode()
    whole["index.html"] = _index(pack, lines).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name in sorted(whole):
            entry = zipfile.ZipInfo(name, _FIXED)
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, 0o644 << 16, 3
            made.writestr(entry, whole[name])
    return out.getvalue()


def contents(pack: Pack) -> dict[str, tuple[str, bytes]]:
    """name -> (id of the row it belongs to, content) of everything but the indexes."""
    files: dict[str, tuple[str, bytes]] = {"audit-pack.pdf": (str(pack.audit["id"]), pdf(pack))}
    taken: set[str] = set()
    for number, section in enumerate(pack.sections, 1):
        files[_list_name(number, section)] = ("", _csv(section))
    for (register, id_), row in pack.records.items():
        told = json.dumps(row, ensure_ascii=False, indent=1, sort_keys=True, default=str)
        files[_free(taken, f"records/{register}", f"{id_}.json")] = (id_, told.encode())
    for file in pack.files:
        files[_free(taken, "evidence", file.name)] = (file.row, file.content)
    return files


def _free(taken: set[str], folder: str, name: str) -> str:
    """A path that no other file has: ids that differ only in marks that stand in no name, or in capital letters, are two rows."""
    paths = (f"{folder}/{f'{number}-' if number else ''}{_safe(name)}" for number in count())
    found = next(path for path in paths if path.casefold() not in taken)
    taken.add(found.casefold())
    return found


def summary(pack: Pack) -> dict[str, Any]:
    """The pack without its files: for whom, as of when and of which journal, what is missing, how long its lists are."""
    missing = [
        {"weight": one.weight, "text": one.said(pack.language), "register": one.register, "ids": list(one.ids)} for one in pack.missing
    ]
    return {
        "audit": str(pack.audit["id"]), "name": f"{name_of(pack)}.zip", "asker": pack.asker, "as_of": pack.as_of.isoformat(),
        "journal_count": pack.journal[0], "journal_head": pack.journal[1], "since": pack.since, "missing": missing,
        "lists": {one.name: len(one.rows) for one in pack.sections}, "rows": len(pack.records), "evidence_files": len(pack.files),
    }  # fmt: skip


def write(files: Mapping[Path, bytes], force: bool = False) -> None:
    """The files whole in their places, or none of them. Raises PackExists where something is there and `force` was not said."""
    for path in files:
        refuse_existing(path, force)
    written: dict[Path, Path] = {}
    try:
        for path, content in files.items():
            written[path] = _beside(path, content)
        for path, whole in written.items():
            whole.replace(path)
    finally:
        for whole in written.values():
            whole.unlink(missing_ok=True)


def _beside(path: Path, content: bytes) -> Path:
    """A file with that content, on the disk, under a passing name in the same folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def refuse_existing(path: Path, force: bool) -> None:
    """Nothing where the place is free, or may be written anew. Raises PackExists."""
    if path.exists() and not force:
        raise PackExists(f"{path}: there is a file already; name another folder, or say --force to replace it.")


def name_of(pack: Pack) -> str:
    """`audit-pack-AU-2026-003-2026-11-24`, without an ending."""
    return f"audit-pack-{_safe(str(pack.audit['id']))}-{pack.as_of.date().isoformat()}"


def _missing(pack: Pack) -> list[str]:
    german = pack.language == "de"
    if not pack.missing:
        return ["Die Regeln finden nichts, was fehlt." if german else "The rules find nothing that is missing."]
    out = []
    for weight, names in _WEIGHTS.items():
        some = [one for one in pack.missing if one.weight == weight]
        if some:
            out += [f"**{names[int(german)]}**", "\n".join(f"- {plain(one.said(pack.language))}" for one in some)]
    return out


def _list_name(number: int, section: Section) -> str:
    return f"lists/{number:02d}-{section.name}.csv"


def _table(section: Section) -> str:
    rows = [section.heads, *(cells for _, cells in section.rows[:ON_PAPER])]
    lines = [f"| {' | '.join(plain(cell) or ' ' for cell in row)} |" for row in rows]
    return "\n".join([lines[0], f"|{'---|' * len(section.heads)}", *lines[1:]])


def _csv(section: Section) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for row in (section.heads, *(cells for _, cells in section.rows)):
        writer.writerow([_cell(cell) for cell in row])
    return out.getvalue().encode("utf-8-sig")


def _cell(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _index(pack: Pack, lines: Sequence[tuple[str, str, int, str]]) -> str:
    german = pack.language == "de"
    heads = ("Datei", "Eintrag", "Byte", "SHA-256") if german else ("File", "Row", "Bytes", "SHA-256")
    rows = "\n".join(
        f'<tr><td><a href="{escape(quote(name))}">{escape(name)}</a></td><td>{escape(row)}</td><td>{size}</td><td><code>{digest}</code></td></tr>'
        for name, row, size, digest in lines
    )
    missing = "\n".join(f"<li>{escape(one.said(pack.language))}</li>" for one in pack.missing)
    count, digest = pack.journal
    made = (
        "Erstellt für {}, Stand {}, Journal {} Einträge, Kopf {}" if german else "Made for {}, as of {}, journal {} entries, head {}"
    ).format(pack.asker, pack.moment, count, digest or "–")
    title = head(pack).title
    return (
        f'<!doctype html>\n<html lang="{pack.language}"><head><meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style></head><body>\n'
        f"<h1>{escape(title)}</h1><p>{escape(made)}.</p><p>{escape(pack.since)}</p>\n<h2>{escape(pack.word('missing'))}</h2><ul>\n{missing}\n</ul>\n"
        f"<table><thead><tr>{''.join(f'<th>{one}</th>' for one in heads)}</tr></thead><tbody>\n{rows}\n</tbody></table></body></html>\n"
    )


def plain(text: str) -> str:
    """A text as it stands, on one line, with nothing in it that Markdown would read."""
    return _SPECIAL.sub(r"\\\1", " ".join(str(text).split()))


def _safe(name: str) -> str:
    """A name that leads to no other folder."""
    return re.sub(r"[^\w.-]+", "_", name).lstrip(".") or "_"
