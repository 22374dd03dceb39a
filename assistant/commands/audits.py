"""Audits on the command line: the rehearsal and the audit pack, printed or written to files."""

import json
from pathlib import Path

from assistant import addresses, identity, printing
from assistant.app import App, Records
from assistant.assurance.auditing import archive, rehearsal_text
from assistant.commands.terminal import progress
from assistant.config import Settings
from assistant.owner import fetch, listening
from knowledge.errors import UnreadableDocument

ENDINGS = (".md", ".docx", ".pdf")
FORMS = ("zip", "pdf")


def rehearse(settings: Settings, clause: str, theme: str, language: str, who: str | None, as_json: bool, out: Path | None) -> None:
    """Ask what an auditor asks; print what is missing first and the counts, or write the whole report."""
    if out and out.suffix.lower() not in ENDINGS:
        raise UnreadableDocument(out, f"the report is written as one of {', '.join(ENDINGS)}")
    asked = {"clause": clause, "theme": theme, "lang": language, "as": who or "isms_manager"}
    if owner := listening(settings):
        content = fetch(owner, "/api/audits/rehearsal", {**asked, "form": out.suffix[1:].lower() if out else "json" if as_json else "text"})
    else:
        with progress() as show, App(settings, "annexa audit rehearse", show) as app:
            asker = identity.asker(app.store, who or "isms_manager")
            report = app.rehearse(asker, clause, theme, language, lambda done, total: show("asking", done, total))
            if as_json or not out:
                content = (json.dumps(report.as_plain(), ensure_ascii=False) if as_json else rehearsal_text.terminal(report)).encode()
            else:
                text, head = rehearsal_text.markdown(report), rehearsal_text.head(report, app.company(asker), settings.today())
                content = {".docx": printing.docx, ".pdf": printing.pdf}.get(out.suffix.lower(), _markdown)(text, head)
    if out:
        archive.write({out: content}, force=True)
    print(f"{out}: {len(content)} bytes" if out else content.decode())


def pack(settings: Settings, audit: str, folder: Path, language: str, who: str | None, force: bool) -> None:
    """Write the audit pack into a folder, as a zip and as PDF, and print what is missing first."""
    if owner := listening(settings):
        path, asked = f"/api/audits/{addresses.part(audit)}/pack", {"lang": language, "as": who or "isms_manager"}
        told = json.loads(fetch(owner, path, {**asked, "form": "json"}))
        made = {form: fetch(owner, path, {**asked, "form": form}) for form in FORMS}
    else:
        with Records(settings, "annexa audit pack") as app:
            found = app.audit_pack(identity.asker(app.store, who or "isms_manager"), audit, language)
        told, made = archive.summary(found), {"zip": archive.archive(found), "pdf": archive.pdf(found)}
    paths = {form: (folder / told["name"]).with_suffix(f".{form}") for form in FORMS}
    archive.write({paths[form]: made[form] for form in FORMS}, force)
    for one in told["missing"]:
        print(f"{one['weight']}  {one['text']}")
    print(f"{paths['zip']}: {len(told['lists'])} lists, {told['rows']} rows, {told['evidence_files']} files of evidence; {paths['pdf']}")


def _markdown(text: str, head: printing.Head) -> bytes:
    return f"# {head.title}\n\n{text}\n".encode()
