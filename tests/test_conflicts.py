"""Contradictions between documents, the Statement of Applicability and the registers: what is found, what is not, and who may see it."""

import json
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assistant import llm
from assistant.app import App
from assistant.config import Settings
from assistant.drafting import conflicts, values
from assistant.drafting.conflicts import Conflict
from assistant.drafting.statements import Registers
from knowledge import passages
from knowledge.embedding import Encoder
from knowledge.reading import Block, Reader, markdown
from knowledge.registers import Document, DocumentVersion, Store
from knowledge.registers.derived import STANDARD, Context
from knowledge.registers.rights import INSTALLATION, Actor
from tests.peers.model import ModelPeer, model_peer
from tests.records import ADA, MIRA, a_store, writing
from tests.web import person, soup

ENCODE = Encoder().encode_documents
SAMPLE = Path(conflicts.__file__).parents[2] / "knowledge" / "sample_plant" / "documents"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = a_store(tmp_path)
    yield made
    made.close()


def take_up(
    store: Store, number: str, said: str | Sequence[Block], *, title: str = "Rules", tongue: str = "en", audience: str = "staff"
) -> None:
    """An approved document of that text, or of blocks that were read."""
    text, pieces = passages.cut(markdown.of_text(number, said).blocks if isinstance(said, str) else said)
    with store.write() as session:
        session.add(Document(number=number, title=title, language=tongue, audience=audience))
        session.flush()
        version = DocumentVersion(number=number, version="1", text=text)
        session.add(version)
        session.flush()
        session.add_all(
            passages.make(f"doc:{number}@1", "document", pieces, tongue=tongue, audience=audience, title=title, version_id=version.id)
        )


def listed(store: Store, actor: Actor = INSTALLATION) -> list[Conflict]:
    with store.read() as session:
        return conflicts.find(Registers(session, actor, Context(STANDARD, date(2026, 11, 24))), ENCODE)


def found(store: Store, actor: Actor = INSTALLATION) -> list[Conflict]:
    return [conflict for conflict in listed(store, actor) if conflict.sure]


CONTRADICTIONS = [
    ("retention", "Visitor lists are kept for 3 months.", "en", "The list of visitors is destroyed after one year."),
    ("retention", "Backups of the recipe server are kept for 90 days.", "de", "Sicherungen des Rezeptservers werden 30 Tage aufbewahrt."),
    ("interval", "Firewall rules are reviewed every quarter.", "en", "The firewall rules are checked once a year by the head of IT."),
    ("interval", "All employees attend the security training annually.", "de", "Alle Beschäftigten besuchen alle zwei Jahre eine Sicherheitsschulung."),
    ("deadline", "A lost badge is blocked within one hour.", "en", "Lost badges are blocked within two working days."),
    ("deadline", "Accounts of leavers are disabled on the last working day.", "en", "The accounts of a leaver are disabled within 5 days."),
    ("limit", "A password has at least 12 characters.", "en", "Passwords are at least 14 characters long."),
    ("limit", "3.3 After five failed logins an account is locked.", "en", "4.1 After ten failed logins the account is locked."),
    ("limit", "The vibration light of the press turns red from 7.1 mm/s.", "de", "Die Ampel für Schwingung der Presse wird ab 9,0 mm/s rot."),
    ("interval", "The test set runs through the press camera at the start of each shift.", "de", "Der Testsatz läuft montags durch die Kamera der Presse."),
    ("deadline", "Rejected labels are shredded on the day of rejection.", "en", "Rejected labels are shredded within four working days."),
    ("role", "A remote session on the press is opened by the head of IT.", "en", "A remote session on the press is opened by the shift lead."),
    ("permission", "Drawings of presses are not handed to any outside firm.", "en", "Drawings of presses may be handed to an outside firm."),
    ("limit", "An account is locked after five failed logins.", "en", "After 10 failed logins the account is locked."),
    ("role", "The maintenance lead approves remote access of vendors.", "en", "Remote access of vendors is approved by the head of IT."),
    ("role", "The plant manager releases a stopped press.", "de", "Die Schichtleitung gibt eine gestoppte Presse frei."),
    ("permission", "Private memory sticks may be used on the press panels.", "en", "Private memory sticks are forbidden on press panels."),
    ("duty", "An escort is required for cleaners in the server room.", "en", "For cleaners in the server room an escort is not required."),
    ("place", "Requests for firewall changes are recorded in DeskLine.", "en", "A request for a firewall change is recorded in ChangeBook."),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "one", "tongue", "other"), CONTRADICTIONS)
def test_sentences_that_set_different_values_of_the_same_contradict_each_other(
    store: Store, kind: str, one: str, tongue: str, other: str
) -> None:
    take_up(store, "A-1", one)
    take_up(store, "B-1", other, tongue=tongue)
    [conflict] = found(store)
    assert conflict.kind == kind and {conflict.one.quote, conflict.other.quote} == {one, other}


COMPATIBLE = [
    ("Visitor lists are kept for 3 months.", "Visitor lists are kept for one quarter."),
    ("Critical findings are closed within 10 days.", "Minor findings are closed within 90 days."),
    ("The shift lead approves remote access of vendors.", "The shift lead and the head of IT approve remote access of vendors."),
    ("The firewall of hall 1 is reviewed every quarter.", "The firewall of hall 4 is reviewed every year."),
    ("Backups of PressNet are kept for 60 days.", "Logs of PressNet are kept for 12 months."),
    ("Visitors must not enter the server room without an escort.", "Visitors may enter the server room."),
    ("The 36 presses have a camera.", "On the 14 presses of hall 2 a camera is cleaned."),
    ("Lists are kept for 3 years.", "Recordings are kept for 72 hours."),
    ("The recipe server is saved every night.", "The restore of the recipe server is rehearsed once a year."),
]


@pytest.mark.parametrize("pairs", [COMPATIBLE, *([pair] for pair in COMPATIBLE)])
def test_sentences_that_can_both_hold_do_not(store: Store, pairs: list[tuple[str, str]]) -> None:
    """Alone and among others: how many rulings of a kind there are is one of the signs."""
    take_up(store, "A-1", "\n\n".join(one for one, _ in pairs))
    take_up(store, "B-1", "\n\n".join(other for _, other in pairs))
    assert [(conflict.one.quote, conflict.other.quote) for conflict in found(store)] == []


TAKEN_FOR_THE_SAME = [
    ("Restore tickets are kept in DeskLine for 3 years.", "Incident tickets are kept in DeskLine for 6 years."),
    ("Administrator passwords have at least 18 characters.", "A password has at least 12 characters."),
    ("Recordings of sessions are kept for 90 days.", "Records of sessions in the training room are kept for 3 years."),
]


@pytest.mark.parametrize(("one", "other"), TAKEN_FOR_THE_SAME)
def test_what_a_single_word_tells_apart_is_a_known_false_alarm(store: Store, one: str, other: str) -> None:
    """Both hold, and rules before knew it; the signs weigh all that the two share above the word that parts them. Mended, it belongs above."""
    take_up(store, "A-1", one)
    take_up(store, "B-1", other)
    assert [(conflict.one.quote, conflict.other.quote) for conflict in found(store)] == [(one, other)]


def test_what_may_speak_of_the_same_thing_is_worth_a_look_and_comes_after_the_contradictions(store: Store) -> None:
    take_up(store, "A-1", "Visitor lists are kept for 3 months.\n\nCritical findings are closed within 10 days.")
    take_up(store, "B-1", "The list of visitors is destroyed after one year.")
    made = listed(store)
    assert [conflict.sure for conflict in made] == [True, False]
    assert made[1].one.quote == "Critical findings are closed within 10 days." and made[1].other.source_id == "risk_method"


def test_a_table_row_is_about_its_first_cell_not_about_where_the_record_lies(store: Store) -> None:
    head = "| Record | Where kept | Retention |\n|---|---|---|\n"
    take_up(store, "A-1", f"{head}| Restore tests | DeskLine | 3 years |\n| Access reviews | DeskLine | 2 years |\n")
    take_up(store, "B-1", f"{head}| Exercise reports | DeskLine | 6 years |\n| Restore tests | DeskLine | 5 years |\n")
    [conflict] = found(store)
    assert {conflict.one.shown, conflict.other.shown} == {"3 years", "5 years"}


def test_a_period_in_a_retention_schedule_is_how_long_something_is_kept(store: Store) -> None:
    take_up(store, "A-1", "Trend curves of furnace W3 stay in the archive for 15 years.")
    take_up(
        store,
        "B-1",
        "| Record | Where | Period |\n|---|---|---|\n| Trend curves of furnace W3 | archive | 5 years |\n",
        title="Retention schedule",
    )
    [conflict] = found(store)
    assert conflict.kind == "retention" and {conflict.one.shown, conflict.other.shown} == {"15 years", "5 years"}


def test_what_a_row_does_not_say_its_heading_and_title_do(store: Store) -> None:
    take_up(store, "A-1", "| System | Kept for |\n|---|---|\n| Furnace controllers | 180 days |\n", title="Backup")
    take_up(store, "B-1", "| System | Kept for |\n|---|---|\n| Furnace controllers | 12 months |\n", title="Logs")
    assert found(store) == []


def test_whoever_decides_is_read_by_whatever_name() -> None:
    [value] = [
        one for one in values.values("The shift electrician decides whether the line starts again", "en", frozenset()) if one.kind == "role"
    ]
    assert value.words == values.office("shift electrician", "en")
    assert not [one for one in values.values("only after a documented release", "en", frozenset()) if one.kind == "role"]


def test_what_nobody_does_without_something_is_required_and_contradicts_what_may_do_without_it(store: Store) -> None:
    take_up(store, "A-1", "Nobody enters the server room without an escort.")
    take_up(store, "B-1", "Cleaners may enter the server room unescorted.")
    assert [conflict.kind for conflict in listed(store)] == ["duty"]


def test_a_proper_name_is_not_translated(store: Store) -> None:
    take_up(store, "A-1", "The programs are copied to Doppelboden every night, and Doppelboden is copied to tape.")
    take_up(store, "B-1", "Die Programme werden jeden Freitag auf Doppelboden gesichert.", tongue="de")
    with store.read() as session:
        [ruling] = [one for one in conflicts.documents(session, INSTALLATION) if one.source_id.startswith("doc:B-1")]
    assert "Doppelboden" in ruling.about


def test_each_supplier_is_held_against_its_own_rhythm(store: Store) -> None:
    with writing(store) as book:
        book.create(
            "supplier",
            {
                "name": "Kolbrand",
                "tier": "B",
                "critical": False,
                "owner": "P-002",
                "last_assessment": "2025-11-03",
                "next_assessment": "2026-11-03",
            },
        )
    take_up(store, "A-1", "Kolbrand, like other suppliers of class B, is assessed every two years.")
    [conflict] = found(store)
    assert {conflict.one.shown, conflict.other.shown} == {"every two years", "every 12 months"}


def test_program_backups_of_the_sample_plant_are_kept_for_two_different_times(store: Store) -> None:
    with Reader() as reader:
        for name in ("IS-PRO-05-backup-and-restore.md", "OT-WI-07-backup-plc-programs-planthist.md"):
            reading = reader.read(SAMPLE / name)
            take_up(store, str(reading.metadata.number), reading.blocks, title=str(reading.metadata.title))
    told = {(conflict.one.shown, conflict.other.shown, conflict.kind) for conflict in found(store) if "PLC" in conflict.one.quote}
    assert told & {("90 days", "30 days", "retention"), ("30 days", "90 days", "retention")}


def test_a_row_of_a_register_contradicts_a_document(store: Store) -> None:
    with writing(store) as book:
        book.create("asset", {"name": "PressNet", "class": "network", "owner": "P-002", "log_retention": "12 months"})
    take_up(store, "A-1", "Logs of PressNet are kept for 30 days.")
    [conflict] = found(store)
    assert {conflict.one.url, conflict.other.url} > {"/registers/asset/A-001"} and conflict.kind == "retention"


def test_a_document_contradicts_the_risk_method_in_force(store: Store) -> None:
    take_up(store, "A-1", f"Risks with a score of up to {STANDARD.threshold + 3} are accepted.")
    [conflict] = found(store)
    assert conflict.kind == "limit" and "risk_method" in {conflict.one.source_id, conflict.other.source_id}


@pytest.mark.parametrize(
    ("state", "sentence", "kind"),
    [
        ({"applicable": True, "implementation_status": "not_started"}, "Data masking is in place for all test systems.", "implemented"),
        ({"applicable": True, "implementation_status": "not_started"}, "Data masking will be introduced for all test systems.", ""),
        ({"applicable": True, "implementation_status": "not_started"}, "Personal data in test copies are masked by a script.", "implemented"),
        ({"applicable": True, "implementation_status": "not_started"}, "Personal data in test copies must be masked.", ""),
        (
            {"applicable": True, "implementation_status": "not_started"},
            "Names and addresses of persons are anonymised by a script in every copy of the data.",
            "implemented",
        ),
        ({"applicable": True, "implementation_status": "implemented"}, "Data masking is not yet implemented in the test systems.", "missing"),
        ({"applicable": True, "implementation_status": "implemented"}, "Data masking is in place for all test systems.", ""),
        ({"applicable": False, "exclusion_reason": "No personal data is copied into test systems"}, "Data masking is done by the test lead.", "excluded"),
        ({"applicable": False, "exclusion_reason": "No personal data is copied into test systems"}, "Data masking does not apply.", ""),
    ],
)  # fmt: skip
def test_a_document_is_compared_with_the_statement_of_applicability(store: Store, state: dict[str, Any], sentence: str, kind: str) -> None:
    with writing(store) as book:
        book.create("control_status", {"id": "A.8.11", "last_checked": "2026-10-01", **state})
    take_up(store, "A-1", sentence)
    assert [conflict.kind for conflict in found(store)] == ([kind] if kind else [])


def test_a_restricted_document_is_compared_only_for_those_who_may_read_it(store: Store) -> None:
    take_up(store, "A-1", "Visitor lists are kept for 3 months.")
    take_up(store, "B-1", "Visitor lists are kept for one year.", audience="role:isms_manager")
    assert len(found(store, MIRA)) == 1
    assert found(store, ADA) == []


@pytest.mark.parametrize(
    ("text", "kind", "days"),
    [
        ("The rules are reviewed every spring and every autumn.", "interval", 182.5),
        ("the three-monthly comparison of forecast and orders", "interval", 91.26),
        ("Die Sicherung läuft dreimal pro Woche.", "interval", 7 / 3),
        ("Programs are saved every Friday.", "interval", 7),
        ("Notes are thrown away after a year.", "retention", 365),
        ("It is reported before the end of the shift.", "deadline", 1 / 3),
        ("The lists are deleted within 30 days.", "deadline", 30),
        ("The request states an end date, at most twelve months ahead.", "deadline", 365.04),
    ],
)
def test_times_are_read_in_the_ways_people_write_them(text: str, kind: str, days: float) -> None:
    assert [(one.kind, pytest.approx(one.numbers[0])) for one in values.values(text, "en", frozenset())] == [(kind, days)]


def test_a_least_and_what_is_longer_both_hold(store: Store) -> None:
    take_up(store, "A-1", "Logs of the servers are kept for at least six months.")
    take_up(store, "B-1", "Logs of the servers are kept for one year.")
    assert found(store) == []


# --- second reader --------------------------------------------------------------------------------------------------------


@pytest.fixture
def peer() -> Iterator[ModelPeer]:
    with model_peer() as made:
        yield made


def read_again(store: Store, peer: ModelPeer, script: Any) -> list[Conflict]:
    take_up(store, "A-1", "Visitor lists are kept for 3 months.\n\nA lost badge is blocked within one hour.")
    take_up(store, "B-1", "Visitor lists are kept for one year.\n\nA lost badge is blocked within two days.")
    model = llm.connect(Settings(model="openai:scripted", model_url=peer.url, model_key="key", model_timeout=20))
    assert model
    peer.scripts = [script]
    return conflicts.read_again(found(store), model)


def test_a_chat_model_strikes_a_pair_out_and_what_it_says_besides_changes_nothing(store: Store, peer: ModelPeer) -> None:
    made = read_again(store, peer, '{"strike": [0, 7, -1], "pairs": [{"kind": "role"}]}')
    assert [conflict.struck for conflict in made] == [False, True]
    sent = json.loads(peer.requests[0]["messages"][-1]["content"])["pairs"]
    assert [pair["pair"] for pair in sent] == [0, 1] and made[1].one.quote in (sent[0]["one"], sent[0]["other"])


@pytest.mark.parametrize("script", ["I see none.", '{"strike": "all"}', {"status": 500}])
def test_without_a_reply_in_the_asked_form_every_pair_stands(store: Store, peer: ModelPeer, script: Any) -> None:
    assert [conflict.struck for conflict in read_again(store, peer, script)] == [False, False]


# --- REST and page --------------------------------------------------------------------------------------------------------


def test_contradictions_come_over_rest_and_on_the_page_of_documents(app: App) -> None:
    client = person(app, "mira.voss@plant.example")
    made = client.get("/api/conflicts").json()["conflicts"]
    assert all({"kind", "one", "other", "likeness", "sure", "struck"} == set(one) for one in made)
    assert soup(client.get("/documents").text).find("a", href=lambda link: link and "conflicts=yes" in link)
    page = client.get("/documents?conflicts=yes", headers={"Accept-Language": "de"}).text
    assert f"{len(made)} Widersprüche gefunden" in page
