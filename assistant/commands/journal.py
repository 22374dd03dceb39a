"""The journal on the command line: verified against anchors, which are signed heads of the chain kept beside the database.

A chain alone does not show that its end was cut off or that all of it was written anew; a head noted earlier in another
place does. Each line of `journal-anchors.txt` is such a head: date, count, hash, and a signature by the installation's key.
"""

import hashlib
import hmac
import sys
from datetime import date, datetime
from pathlib import Path

from assistant import identity
from assistant.app import Records
from assistant.config import Settings
from knowledge.errors import JournalBroken
from knowledge.registers import Store, journal, rights

ANCHORS = "journal-anchors.txt"


def verify(settings: Settings, file: Path | None = None, anchors: Path | None = None) -> int:
    """Exit status 0 where the journal, or an export of it, is whole, else 1; what was found is printed.

    It only reads, so it also runs while another process owns the data folder.
    """
    if file:
        verdict = journal.verify_export(file)
    else:
        known = _known(anchors or settings.data / ANCHORS, identity.pepper(settings.data / "secrets"), asked_for=anchors is not None)
        verdict = _look(settings, known)
    if not verdict.whole:
        print(f"journal: {verdict.problem}. Keep the database as it is, and compare it with a backup.", file=sys.stderr)
        return 1
    print(f"journal: whole, {verdict.count} entries, head {verdict.hash or '-'}")
    return 0


def anchor(settings: Settings) -> int:
    """Exit status 0 after the head was printed and noted; a journal that is not whole is not anchored."""
    path, key = settings.data / ANCHORS, identity.pepper(settings.data / "secrets")
    verdict = _look(settings, _known(path, key, asked_for=False))
    if not verdict.whole:
        print(f"journal: {verdict.problem}. It is not anchored.", file=sys.stderr)
        return 1
    line = _line(settings.moment(), verdict, key)
    with path.open("a", encoding="utf-8") as out:
        out.write(f"{line}\n")
    print(line)
    return 0


def export(settings: Settings, file: Path, until: date, as_: str | None) -> None:
    """Entries up to a day are in the file and out of the database. Raises NotAllowed, JournalBroken."""
    with Records(settings, "annexa journal") as records:
        actor = identity.asker(records.store, as_)
        rights.demand(actor, "read", rights.JOURNAL)
        gone = journal.export(records.store, file, until, actor.person_id or actor.role, settings.moment())
    print(
        f"{file}: {gone} entries up to {until}. The rest of the journal still verifies; keep the file as long as the certificate's cycle."
    )
    anchor(settings)


def _look(settings: Settings, anchors: list[tuple[int, str]]) -> journal.Verdict:
    store = Store(settings.url)
    try:
        store.demand_schema()
        with store.read() as session:
            return journal.verify(session, anchors)
    finally:
        store.close()


def _line(at: datetime, verdict: journal.Verdict, key: bytes) -> str:
    facts = f"{at.isoformat(timespec='seconds')} {verdict.count} {verdict.hash or '-'}"
    return f"{facts} {hmac.new(key, facts.encode(), hashlib.sha256).hexdigest()}"


def _known(path: Path, key: bytes, asked_for: bool) -> list[tuple[int, str]]:
    """(count, hash) of every anchor in a file. Raises JournalBroken for a line that this installation did not sign."""
    if not path.exists() and not asked_for:
        return []
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise JournalBroken(f"{path}: the anchors cannot be read ({error}).") from error
    found = []
    for number, line in enumerate(lines, 1):
        facts, _, signature = line.rpartition(" ")
        words = facts.split(" ")
        if len(words) != 3 or not hmac.compare_digest(signature, hmac.new(key, facts.encode(), hashlib.sha256).hexdigest()):
            raise JournalBroken(f"{path}, line {number}: this installation did not sign that anchor; compare with the copy kept elsewhere.")
        if int(words[1]):
            found.append((int(words[1]), words[2]))
    return found
