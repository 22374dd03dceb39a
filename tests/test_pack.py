"""The audit pack: what is missing first, of what the reader may read, as an archive whose index holds the hashes of its files."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pypdf
import pytest

from assistant.assurance.auditing import archive, pack, selection, shortfalls
from assistant.assurance.auditing.archive import PackExists
from assistant.assurance.auditing.pack import Pack, Section
from assistant.assurance.auditing.selection import Look
from knowledge.errors import NoSuchRow, NotAllowed
from knowledge.registers import Document, DocumentVersion, Store
from knowledge.registers.rights import INSTALLATION, Actor
from tests.records import CONTEXT, MIRA, NOW, TODAY, a_risk, a_store, somebody, writing

LONG_AGO = NOW - timedelta(days=500)
AUDIT = "AU-2026-009"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A plant with an audit from outside a year ago, and the next one in a month; the journal is older than both."""
    made = a_store(tmp_path)
    keep(made, "isms", LONG_AGO, name="Information security management system of Lindwerk", climate_decided_on="2025-01-01")
    keep(
        made,
        "audit",
        LONG_AGO,
        id="AU-2025-001",
        type="stage_2",
        title="Stage 2",
        status="done",
        start_date="2025-04-01",
        end_date="2025-04-04",
    )
    keep(made, "audit", LONG_AGO, id=AUDIT, type="surveillance_1", title="Surveillance 1", start_date="2026-06-10", end_date="2026-06-11")
    yield made
    made.close()


def keep(store: Store, register: str, at: datetime = NOW, **given: Any) -> str:
    with writing(store, INSTALLATION, at) as book:
        return str(book.create(register, given).id)


def made_for(store: Store, actor: Actor = MIRA, language: str = "en", folder: Path = Path("/nonexistent")) -> Pack:
    with store.read() as session:
        return pack.make(Look(session, actor, CONTEXT, language), AUDIT, "Mira Voss", NOW, folder)


def section(made: Pack, name: str) -> Section:
    return next(one for one in made.sections if one.name == name)


def cells(made: Pack, name: str) -> list[tuple[str, ...]]:
    return [line for _, line in section(made, name).rows]


def names(made: Pack) -> dict[str, tuple[str, ...]]:
    return {one.name: one.ids for one in made.missing}


# --- what is missing ---------------------------------------------------------------------------------------------


def an_audit(**more: Any) -> dict[str, Any]:
    return {"id": "AU-1", "type": "internal", "status": "done", "start_date": None, "end_date": "2026-03-01", **more}


def looked_at(**rows: list[dict[str, Any]]) -> set[str]:
    return {
        one.name
        for one in shortfalls.shortfalls(lambda register: rows.get(register, []), {"id": "AU-9", "start_date": "2026-06-10"}, TODAY)
    }


REVIEW = {"id": "MR-1", "state": "done", "held_on": "2026-02-01"}
FINDING = {"id": "F-1", "grade": "minor", "open": True, "audit": None}
ACTION = {"id": "CA-1", "finding": "F-1", "overdue": False, "state": "closed", "evidence": ["EV-1"], "effectiveness_result": "works"}
LINE = {
    "id": "A.8.13",
    "applicable": True,
    "last_checked": "2026-03-01",
    "implementation_status": "implemented",
    "evidence": ["EV-1"],
    "exclusion_reason": "",
}
RISK = {
    "id": "R-1",
    "category": "data",
    "treatment": "modify",
    "owner": "P-1",
    "acceptance": "none",
    "overdue": False,
    "assessed_on": "2026-02-01",
    "accepted_at": None,
}
SYSTEM = {"id": "AI-1", "lifecycle_phase": "operation", "in_scope": True, "review_overdue": False, "owner": "P-1"}
SUPPLIER = {"id": "SUP-1", "critical": True, "ai_vendor": False, "last_assessment": "2026-01-01"}


@pytest.mark.parametrize(("name", "good", "bad"), [
    ("audit.none", {"audit": [an_audit()]}, {"audit": [an_audit(end_date="2025-03-01"), an_audit(status="planned")]}),
    ("review.none", {"management_review": [REVIEW]}, {"management_review": [{**REVIEW, "held_on": "2025-01-01"}]}),
    ("review.after", {"management_review": [REVIEW]}, {"management_review": [{**REVIEW, "state": "planned", "held_on": "2026-06-30"}]}),
    ("certificate.over", {"certificate": [{"id": "C", "standard": "ISO", "suspended": False, "expires_on": "2027-01-01"}]}, {"certificate": [{"id": "C", "standard": "ISO", "suspended": True, "expires_on": None}]}),
    ("climate.none", {"isms": [{"climate_decided_on": "2025-01-01"}]}, {"isms": [{"climate_decided_on": None}]}),
    ("major.open", {"finding": [FINDING]}, {"finding": [{**FINDING, "grade": "major"}]}),
    ("action.overdue", {"corrective_action": [ACTION]}, {"corrective_action": [{**ACTION, "overdue": True}]}),
    ("finding.bare", {"finding": [FINDING], "corrective_action": [ACTION]}, {"finding": [FINDING]}),
    ("finding.open", {"finding": [FINDING]}, {"finding": [{**FINDING, "audit": "AU-1"}], "audit": [an_audit(type="stage_2")]}),
    ("action.unproved", {"corrective_action": [ACTION]}, {"corrective_action": [{**ACTION, "evidence": []}]}),
    ("action.own", {"corrective_action": [{**ACTION, "owner": "P-1", "reviewer": "P-2"}]}, {"corrective_action": [{**ACTION, "owner": "P-1", "reviewer": "P-1"}]}),
    ("soa.old", {"control_status": [LINE], "risk": [RISK]}, {"control_status": [LINE], "risk": [{**RISK, "assessed_on": "2026-04-01"}]}),
    ("soa.unchecked", {"control_status": [LINE]}, {"control_status": [{**LINE, "last_checked": None}]}),
    ("soa.unproved", {"control_status": [LINE]}, {"control_status": [{**LINE, "evidence": []}]}),
    ("soa.excluded", {"control_status": [LINE]}, {"control_status": [{**LINE, "applicable": False}]}),
    ("evidence.expired", {"evidence": [{"id": "EV", "expired": False, "expires_on": None}]}, {"evidence": [{"id": "EV", "expired": True, "expires_on": "2026-01-01"}]}),
    ("evidence.expiring", {"evidence": [{"id": "EV", "expired": False, "expires_on": "2026-06-10"}]}, {"evidence": [{"id": "EV", "expired": False, "expires_on": "2026-06-09"}]}),
    ("risk.untreated", {"risk": [RISK]}, {"risk": [{**RISK, "treatment": "", "owner": None}]}),
    ("risk.half", {"risk": [RISK]}, {"risk": [{**RISK, "treatment": ""}]}),
    ("risk.accepted", {"risk": [RISK]}, {"risk": [{**RISK, "acceptance": "void"}]}),
    ("risk.overdue", {"risk": [RISK]}, {"risk": [{**RISK, "overdue": True}]}),
    ("ai.scope", {"ai_system": [SYSTEM]}, {"ai_system": [{**SYSTEM, "in_scope": None}]}),
    ("ai.review", {"ai_system": [SYSTEM]}, {"ai_system": [{**SYSTEM, "owner": None}]}),
    ("release.bare", {"release": [{"id": "R", "state": "deployed", "change": "CH", "approver": "P"}]}, {"release": [{"id": "R", "state": "deployed", "change": None, "approver": "P"}]}),
    ("incident.lesson", {"incident": [{"id": "I", "ai_incident": True, "status": "closed", "lesson": "x"}]}, {"incident": [{"id": "I", "ai_incident": True, "status": "closed", "lesson": ""}]}),
    ("supplier.assessed", {"supplier": [SUPPLIER]}, {"supplier": [{**SUPPLIER, "last_assessment": None}]}),
    ("document.late", {"document": [{"number": "D", "state": "approved", "next_review": "2026-06-01"}]}, {"document": [{"number": "D", "state": "approved", "next_review": "2026-05-03"}]}),
    ("kpi.silent", {"kpi": [{"id": "K"}], "measurement": [{"kpi": "K", "measured_on": "2026-04-01"}]}, {"kpi": [{"id": "K"}], "measurement": [{"kpi": "K", "measured_on": "2026-01-01"}]}),
    ("objective.late", {"objective": [{"id": "O", "overdue": False}]}, {"objective": [{"id": "O", "overdue": True}]}),
    ("programme.late", {"programme_task": [{"id": "T", "overdue": False}]}, {"programme_task": [{"id": "T", "overdue": True}]}),
])  # fmt: skip
def test_a_rule_says_what_is_missing_and_nothing_where_it_is_there(name: str, good: Any, bad: Any) -> None:
    assert name not in looked_at(**good)
    assert name in looked_at(**bad)


def test_every_rule_has_such_a_pair() -> None:
    [marks] = [mark for mark in test_a_rule_says_what_is_missing_and_nothing_where_it_is_there.pytestmark if mark.name == "parametrize"]  # type: ignore[attr-defined]
    assert {case[0] for case in marks.args[1]} | {"month.empty"} == set(shortfalls.SAID)


def test_an_empty_month_is_named_and_the_running_one_is_not() -> None:
    walked = [{"walked_on": str(date(2025 + (month > 12), (month - 1) % 12 + 1, 15))} for month in range(6, 17) if month != 9]
    [empty] = [
        one
        for one in shortfalls.shortfalls(lambda register: walked if register == "walk_through" else [], {}, TODAY)
        if one.name == "month.empty"
    ]
    assert empty.ids == ("2025-09",)


# --- the pack ----------------------------------------------------------------------------------------------------


def test_what_hangs_on_the_certificate_stands_first(store: Store) -> None:
    keep(store, "finding", grade="major", title="Leavers keep rights", audit="AU-2025-001")
    made = made_for(store)
    weights = [one.weight for one in made.missing]
    assert weights == sorted(weights) and weights[0] == 1
    text = archive.markdown(made)
    assert text.index("What is missing") < text.index("No internal audit was completed") < text.index("1 Earlier findings")
    assert "Daran hängt das Zertifikat" in archive.markdown(made_for(store, language="de"))


def test_earlier_findings_stand_with_each_of_their_actions(store: Store) -> None:
    finding = keep(store, "finding", grade="minor", title="Rules without owner", audit="AU-2025-001", requirement=["A.8.20"])
    keep(
        store,
        "corrective_action",
        finding=finding,
        title="Owners named",
        owner="ada@plant.example",
        due_date="2026-04-01",
        state="reported",
    )
    [line] = cells(made_for(store), "findings")
    assert line[:4] == (finding, "minor nonconformity", "Rules without owner", "A.8.20")
    assert line[5:] == ("reported", "2026-04-01 !")


def test_changed_risks_show_their_old_and_their_new_level(store: Store) -> None:
    old = keep(store, "risk", LONG_AGO, **a_risk())
    keep(store, "risk", LONG_AGO, **a_risk(name="Untouched"))
    new = keep(store, "risk", **a_risk(name="Stolen weights"))
    with writing(store, INSTALLATION) as book:
        book.change("risk", old, {"current_likelihood": 5, "treatment": "retain"})
    with writing(store, INSTALLATION) as book:
        book.change("risk", old, {"current_likelihood": 2})
    assert cells(made_for(store), "risks") == [
        (old, "Poisoned images", "score", "12", "8"),
        (old, "Poisoned images", "treatment", "modify", "retain"),
        (new, "Stolen weights", "new", "", ""),
    ]


def test_changes_of_the_statement_of_applicability_since_the_last_audit_are_listed(store: Store) -> None:
    keep(store, "control_status", LONG_AGO, id="A.8.11", applicable=False, exclusion_reason="No personal data")
    with writing(store, INSTALLATION) as book:
        book.change("control_status", "A.8.11", {"applicable": True, "exclusion_reason": ""})
    assert cells(made_for(store), "soa") == [
        ("A.8.11", "A.8.11", "applicable", "no", "yes"),
        ("A.8.11", "A.8.11", "reason for exclusion", "No personal data", ""),
    ]


def test_new_ai_systems_come_first_and_old_vendor_events_stay_out(store: Store) -> None:
    keep(store, "ai_system", LONG_AGO, name="WeldEye", lifecycle_phase="operation", started_on="2024-01-01")
    keep(store, "ai_system", LONG_AGO, name="CastVision", lifecycle_phase="operation", started_on="2025-09-01")
    keep(store, "supplier", LONG_AGO, name="Old cloud", ai_vendor=True, contract_start="2023-01-01", contract_end="2026-01-31")
    made = made_for(store)
    assert [(line[1], line[-1]) for line in cells(made, "ai")] == [("CastVision", "new"), ("WeldEye", "")]
    assert [line[1:] for line in cells(made, "vendors")] == [("Old cloud", "yes", "contract ended", "2026-01-31")]


def test_a_journal_younger_than_the_last_audit_is_said_and_what_was_loaded_is_not_called_new(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    keep(store, "audit", id="AU-2025-001", type="stage_2", title="Stage 2", status="done", end_date="2025-04-04")
    keep(store, "audit", id=AUDIT, type="surveillance_1", title="Surveillance 1", start_date="2026-06-10")
    keep(store, "risk", **a_risk())
    made = made_for(store)
    store.close()
    assert "The journal begins on 2026-05-04" in made.since and cells(made, "risks") == []


def test_the_pack_says_for_whom_when_in_which_zone_and_as_of_which_entry(store: Store) -> None:
    made = made_for(store)
    assert made.moment == "2026-05-04 11:30 (Europe/Berlin)" and made.company == "Lindwerk"
    assert made.journal[0] > 0 and len(made.journal[1]) == 64
    text = archive.markdown(made)
    assert "Made for Mira Voss" in text and made.journal[1] in text


# --- rights ------------------------------------------------------------------------------------------------------


def test_restricted_rows_are_in_the_pack_of_those_alone_who_hold_the_label(store: Store) -> None:
    keep(store, "incident", title="Insider suspicion", detected_at="2026-03-01T08:00", audience="department:legal")
    keep(store, "finding", grade="major", title="Hidden major", audience="department:legal")
    for actor, there in ((MIRA, False), (somebody("admin"), False), (somebody("auditor", None, "department:legal"), True)):
        made = made_for(store, actor)
        content = b"".join(content for _, content in archive.contents(made).values()) + archive.markdown(made).encode()
        assert (b"Insider suspicion" in content, b"Hidden major" in content) == (there, there), actor.role
        assert ("major.open" in names(made)) is there


@pytest.mark.parametrize("role", ["staff", "owner", "approver"])
def test_who_may_not_read_the_journal_gets_no_pack(store: Store, role: str) -> None:
    with pytest.raises(NotAllowed):
        made_for(store, somebody(role))


def test_an_audit_that_is_not_there_is_said_to_be(store: Store) -> None:
    with store.read() as session, pytest.raises(NoSuchRow):
        pack.make(Look(session, MIRA, CONTEXT), "AU-1999-001", "Mira", NOW, Path())


# --- files -------------------------------------------------------------------------------------------------------


def put(folder: Path, content: bytes, nested: bool = False) -> str:
    digest = sha256(content).hexdigest()
    path = folder / digest[:2] / digest if nested else folder / digest
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return digest


def test_files_of_evidence_are_inside_by_the_id_of_their_row(store: Store, tmp_path: Path) -> None:
    files = tmp_path / "files"
    one = keep(store, "evidence", title="Restore test", file_hash=put(files, b"minutes: 42"), link="restore.PDF", control=["A.8.13"])
    other = keep(store, "evidence", title="Review", file_hash=put(files, b"signed", nested=True), link="../../etc/passwd")
    lost = keep(store, "evidence", title="Gone", file_hash="0" * 64)
    changed = keep(store, "evidence", title="Changed", file_hash=put(files, b"first"))
    (files / sha256(b"first").hexdigest()).write_bytes(b"second")
    keep(store, "evidence", title="Ticket", link="DeskLine 48117")
    bought = put(files, b"a bought standard")
    with store.write() as session:
        session.add(Document(number="ISO", title="ISO", kind="licensed"))
        session.flush()
        session.add(DocumentVersion(number="ISO", version="1", file_hash=bought))
    licensed = keep(store, "evidence", title="Copy of the standard", file_hash=bought)
    made = made_for(store, folder=files)
    assert {(file.row, file.name, file.content) for file in made.files} == {(one, f"{one}.pdf", b"minutes: 42"), (other, other, b"signed")}
    where = {line[0]: line[-1] for line in cells(made, "evidence")}
    assert where[lost] == "file is not in the data folder" and where[changed] == "file does not match its hash"
    assert where[licensed] == "licensed text, stays in the company" and "DeskLine 48117" in where.values()
    assert b"a bought standard" not in archive.archive(made)


def test_the_archive_opens_and_its_index_holds_the_hash_of_every_file(store: Store, tmp_path: Path) -> None:
    finding = keep(store, "finding", grade="minor", title="=HYPERLINK(1) | <b>", audit="AU-2025-001")
    keep(store, "evidence", title="Test", file_hash=put(tmp_path, b"x"), link="x.txt")
    content = archive.archive(made_for(store, folder=tmp_path))
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        assert opened.testzip() is None
        held = {name: opened.read(name) for name in opened.namelist()}
        assert {entry.date_time for entry in opened.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert list(held) == sorted(held) and all(not name.startswith(("/", ".")) and ".." not in name for name in held)
    lines = list(csv.DictReader(io.StringIO(held["index.csv"].decode())))
    assert {line["file"] for line in lines} == set(held) - {"index.csv", "index.html"}
    assert all(sha256(held[line["file"]]).hexdigest() == line["sha256"] and len(held[line["file"]]) == int(line["bytes"]) for line in lines)
    assert {line["row"] for line in lines if line["file"] == f"records/finding/{finding}.json"} == {finding}
    assert json.loads(held[f"records/finding/{finding}.json"])["title"] == "=HYPERLINK(1) | <b>"
    assert "'=HYPERLINK" in held["lists/01-findings.csv"].decode("utf-8-sig")
    assert all(line["sha256"] in held["index.html"].decode() for line in lines)


def test_a_long_list_is_whole_in_the_archive_and_says_on_paper_what_it_leaves_out(store: Store) -> None:
    size = selection.AT_ONCE + 8
    with writing(store, INSTALLATION, NOW) as book:
        rows = [{"id": f"EV-{number:04}", "title": f"Log {number}", "supports_date": "2026-04-01"} for number in range(1, size + 1)]
        ids = [str(book.create("evidence", row).id) for row in rows]
    made = made_for(store)
    assert [line[0] for line in cells(made, "evidence")] == ids
    assert {id_ for register, id_ in made.records if register == "evidence"} == set(ids)
    with zipfile.ZipFile(io.BytesIO(archive.archive(made))) as opened:
        [name] = [name for name in opened.namelist() if name.endswith("-evidence.csv")]
        assert [line.split(",")[0] for line in opened.read(name).decode("utf-8-sig").splitlines()[1:]] == ids
    text = archive.markdown(made).replace("\\", "")
    assert f"{size - archive.ON_PAPER} of the {size} rows are left out here; all of them stand in the archive, in {name}" in text
    assert ids[archive.ON_PAPER - 1] in text and ids[archive.ON_PAPER] not in text


def test_the_same_pack_is_the_same_archive(store: Store) -> None:
    assert archive.archive(made_for(store)) == archive.archive(made_for(store))


def test_the_pdf_opens_and_says_what_is_missing_on_its_first_page(store: Store) -> None:
    keep(store, "incident", title="Cracks | *missed* [over] #night", detected_at="2026-03-01T08:00", ai_incident=True)
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(archive.pdf(made_for(store)))).pages]
    assert len(pages) >= 2 and "No internal audit was completed" in pages[0] and AUDIT in pages[0]
    assert "Cracks | *missed* [over] #night" in " ".join(" ".join(pages).split())


def test_a_pack_replaces_nothing_unasked_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    path = tmp_path / "out" / "pack.zip"
    archive.write({path: b"one"})
    with pytest.raises(PackExists, match="--force"):
        archive.write({path.with_suffix(".pdf"): b"new", path: b"two"})
    assert path.read_bytes() == b"one" and not path.with_suffix(".pdf").exists(), "both or none"
    archive.write({path: b"two"}, force=True)
    assert path.read_bytes() == b"two" and [one.name for one in path.parent.iterdir()] == ["pack.zip"]
