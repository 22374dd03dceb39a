"""Questions about the registers: what they are read as, what the asker may see of the answer, and how SQL finds it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langchain_openai import ChatOpenAI
from pydantic import ValidationError

from assistant.answering.registers import (
    Condition,
    Reading,
    RegisterQuery,
    Registers,
    Unclear,
    canonical,
    read,
    selection,
    times,
    vocabulary,
)
from assistant.llm import ChatModel
from knowledge.errors import BadKnowledge
from knowledge.registers import REGISTERS, Store
from knowledge.registers.rights import Actor
from tests import engines
from tests.builders import Plant, WordEncoder, a_plant_to_ask
from tests.engines import Engine
from tests.peers.model import ModelPeer, model_peer
from tests.records import ADA, MIRA, TODAY, a_risk, a_store, an_asset, somebody, writing

STAFF = somebody("staff")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Iterator[Store]:
    """A plant with a few rows, one of them for the ISMS manager alone."""
    store = a_store(tmp_path_factory.mktemp("plant"), engine)
    fill(store)
    yield store
    store.close()


def fill(store: Store) -> None:
    with writing(store) as book:
        book.create("site", {"id": "S-001", "name": "Lindgrund"})
        book.create("site", {"id": "S-002", "name": "Brenova"})
        book.create(
            "supplier",
            {"id": "SUP-001", "name": "Korvik Automation GmbH", "contract_end": "2027-01-31", "critical": "yes", "country": "DE"},
        )
        book.create("supplier", {"id": "SUP-002", "name": "Secretive AG", "audience": "role:isms_manager"})
        for number, name, kind, more in (
            (1, "Edge box E1", "edge AI device", {"location": "hall 3", "site": "S-001"}),
            (2, "Edge box E2", "edge AI device", {"location": "hall 1", "site": "S-001", "supplier": "SUP-001"}),
            (3, "PLC of W1", "PLC", {"location": "hall 3", "site": "S-002", "owner": "P-003", "supplier": "SUP-001"}),
            (4, "Firewall FW-OT-1", "network", {}),
        ):
            book.create("asset", an_asset(id=f"A-{number:03d}", name=name, **{"class": kind}, **more))
        book.create(
            "machine_identity", {"id": "MI-001", "name": "Key of E1", "kind": "certificate", "expires_on": "2026-06-10", "asset": "A-001"}
        )
        book.create("ai_system", {"id": "AI-001", "name": "WeldEye", "asset": "A-001", "writes_plc": "yes", "owner": "P-002"})
        book.create("risk", a_risk(id="R-001", assets="A-001", annex_a_controls="A.5.19", ai_system="AI-001", site="S-001"))
        book.create("risk", a_risk(id="R-002", name="Stopped line", current_likelihood=5, assets="A-003", owner="P-003", category="ot"))
        book.create(
            "risk", a_risk(id="R-003", name="Nobody's", current_likelihood=1, residual_likelihood=1, owner="", treatment="", assets="A-002")
        )
        book.create("risk", a_risk(id="R-004", name="Insider", audience="role:isms_manager", owner="", assets="A-001", site="S-001"))
        book.create(
            "audit",
            {"id": "AU-2026-001", "type": "internal", "title": "Internal audit", "start_date": TODAY - timedelta(30), "status": "done"},
        )
        book.create("audit", {"id": "AU-2026-002", "type": "surveillance_1", "title": "Surveillance", "start_date": TODAY + timedelta(40)})
        book.create("finding", {"id": "F-2026-001", "grade": "major", "title": "Leavers", "audit": "AU-2026-001", "site": "S-001"})
        book.create("finding", {"id": "F-2026-002", "grade": "minor", "title": "Labels", "audit": "AU-2026-001", "site": "S-002"})
        for number, finding, state, due in ((1, 1, "action_planned", -3), (2, 2, "reported", 10), (3, 2, "closed", -9)):
            book.create(
                "corrective_action",
                {"id": f"CA-2026-{number:03d}", "finding": f"F-2026-{finding:03d}", "title": f"Action {number}", "state": state, "due_date": TODAY + timedelta(due), "owner": "P-002"},
            )  # fmt: skip
        book.create(
            "control_status",
            {"id": "A.5.19", "applicable": "yes", "implementation_status": "implemented", "owner": "P-002", "last_checked": "2026-02-01"},
        )
        book.create("control_status", {"id": "A.5.20", "applicable": "yes", "implementation_status": "partly"})
        book.create("control_status", {"id": "A.7.4", "applicable": "no", "exclusion_reason": "no rooms"})


def query_of(store: Store, question: str, actor: Actor = STAFF, before: RegisterQuery | None = None) -> RegisterQuery:
    found = Registers(store).parse(question, actor, TODAY, before)
    assert isinstance(found, Reading) and not found.unused, (question, found)
    return found.query


def ids(store: Store, query: RegisterQuery, actor: Actor = STAFF) -> list[str]:
    with store.read() as session:
        return selection.ids(session, actor, query)


@pytest.mark.parametrize(
    ("english", "german", "found"),
    [
        ("which risks have no owner?", "Welche Risiken haben keinen Eigentümer?", ["R-003"]),
        ("Ada's risks", "Risiken von Ada", ["R-001"]),
        ("list our edge boxes", "Liste unsere Edge-Boxen", ["A-001", "A-002"]),
        ("edge boxes in hall 3", "Edge-Boxen in Halle 3", ["A-001"]),
        ("which assets are at Brenova?", "Welche Assets stehen in Brenova?", ["A-003"]),
        ("which AI systems can write to a PLC?", "Welche KI-Systeme dürfen in eine SPS schreiben?", ["AI-001"]),
        ("risks with a score of at least 12", "Risiken mit einem Wert von mindestens 12", ["R-001", "R-002"]),
        ("very high risks", "sehr hohe Risiken", ["R-002"]),
        ("top 2 risks", "die 2 höchsten Risiken", ["R-002", "R-001"]),
        ("risks without treatment", "Risiken ohne Behandlung", ["R-003"]),
        ("which risks are linked to A.5.19?", "Welche Risiken sind mit A.5.19 verknüpft?", ["R-001"]),
        ("risks for A-003", "Risiken zu A-003", ["R-002"]),
        ("which risks concern WeldEye?", "Welche Risiken betreffen WeldEye?", ["R-001"]),
        ("which risks touch Korvik?", "Welche Risiken betreffen Korvik?", ["R-002", "R-003"]),
        ("risks that concern PLCs", "Risiken zu SPS", ["R-002"]),
        ("overdue corrective actions", "überfällige Korrekturmaßnahmen", ["CA-2026-001"]),
        ("which actions are due within 30 days?", "Welche Maßnahmen sind in den nächsten 30 Tagen fällig?", ["CA-2026-002"]),
        ("which actions are due before the audit?", "Welche Maßnahmen sind vor dem Audit fällig?", ["CA-2026-001", "CA-2026-002"]),
        ("actions for majors", "Maßnahmen zu Hauptabweichungen", ["CA-2026-001"]),
        ("which majors are open?", "Welche Hauptabweichungen sind offen?", ["F-2026-001"]),
        ("when is the next audit?", "Wann ist das nächste Audit?", ["AU-2026-002"]),
        ("which audit was last?", "Welches Audit war das letzte?", ["AU-2026-001"]),
        ("which controls are not implemented?", "Welche Controls sind nicht umgesetzt?", ["A.5.20"]),
        ("which controls were never checked?", "Welche Controls wurden nie geprüft?", ["A.5.20"]),
        ("which edge boxes have no supplier?", "Welche Edge-Boxen haben keinen Lieferanten?", ["A-001"]),
        ("critical suppliers whose contract ends within 400 days", "kritische Lieferanten", ["SUP-001"]),
        ("which risks have neither an owner nor a treatment", "Risiken, die weder Eigentümer noch Behandlung haben", ["R-003"]),
        ("actions that should be done by 31 Dec", "Welche Maßnahmen sollen bis Silvester erledigt werden?", ["CA-2026-001", "CA-2026-002"]),
        ("controls nobody has ever checked", "Controls, die noch niemand geprüft hat", ["A.5.20", "A.7.4"]),
        ("wich riks have no ownr", "welche Risken haben keinen Eigentuemer", ["R-003"]),
    ],
)
def test_a_question_finds_exactly_its_rows_in_both_languages(store: Store, english: str, german: str, found: list[str]) -> None:
    assert ids(store, query_of(store, english)) == found
    assert ids(store, query_of(store, german)) == found


@pytest.mark.parametrize(
    "question",
    [
        "how do we assess risks?", "who approves a supplier?", "what is a major nonconformity?", "what must an asset inventory contain?",
        "Wie bewerten wir Risiken?", "Wer genehmigt einen Lieferanten?", "Was ist ein Restrisiko?", "Darf ich eine Edge-Box anschließen?",
        "how many days do we have to close a minor?", "what does A.5.19 ask for?", "hello", "",
        "what makes an asset critical?", "what to do about overdue actions", "do we need a risk for every asset?", "what are people controls?",
        "muss ich ein Risiko bewerten lassen?", "was tun wir bei überfälligen Maßnahmen?",
    ],
)  # fmt: skip
def test_a_question_about_a_rule_is_left_to_the_documents(store: Store, question: str) -> None:
    assert Registers(store).parse(question, STAFF, TODAY) is None


@pytest.mark.parametrize(
    ("question", "form"),
    [
        ("which supplier has the most assets?", "register asset | by supplier | first 1"),
        ("Welcher Standort hat die meisten Feststellungen?", "register finding | by site | first 1"),
        ("who has the most open actions", "register corrective_action | where open is yes | by owner | first 1"),
        ("how many edge boxes are at which site", "register asset | where asset_class is edge_ai_device | by site | count"),
        ("Wie viele Maßnahmen hat jeder Verantwortliche?", "register corrective_action | by owner | count"),
    ],
)
def test_rows_are_counted_for_each_value_however_it_is_asked(store: Store, question: str, form: str) -> None:
    assert canonical(query_of(store, question)) == f"{form} | on {TODAY}"


def test_the_most_are_those_of_somebody_and_all_who_have_as_many(store: Store) -> None:
    with store.read() as session:
        found = selection.run(session, STAFF, query_of(store, "which supplier has the most assets?"))
        sites = selection.run(session, STAFF, query_of(store, "which site has the most findings?"))
    assert (found.groups, sites.groups) == ([("SUP-001", 2)], [("S-001", 1), ("S-002", 1)])


def test_a_second_value_that_cannot_hold_too_is_told(store: Store) -> None:
    found = Registers(store).parse("very high low risks", STAFF, TODAY)
    assert isinstance(found, Reading) and found.unused


def test_mine_is_the_askers_and_a_stranger_is_asked_who_they_are(store: Store) -> None:
    assert ids(store, query_of(store, "my risks", ADA), ADA) == ["R-001"]
    assert isinstance(Registers(store).parse("my risks", STAFF, TODAY), Unclear)


def test_a_word_that_is_not_used_is_told(store: Store) -> None:
    found = Registers(store).parse("which risks without owner are purple?", STAFF, TODAY)
    assert isinstance(found, Reading) and found.unused == ("purple",)


@pytest.mark.parametrize(
    ("first", "then", "found"),
    [
        ("which assets are edge boxes?", "and in hall 3?", ["A-001"]),
        ("welche Risiken haben einen Wert von mindestens 2?", "und davon ohne Eigentümer?", ["R-003"]),
        ("which corrective actions are open?", "only the overdue ones", ["CA-2026-001"]),
        ("Ada's risks", "and Jon's?", ["R-002"]),
    ],
)
def test_a_follow_up_changes_the_query_before(store: Store, first: str, then: str, found: list[str]) -> None:
    assert ids(store, query_of(store, then, before=query_of(store, first))) == found


@pytest.mark.parametrize(
    ("english", "german", "found"),
    [
        ("risks scoring between 12 and 15", "Risiken mit einem Wert zwischen 12 und 15", ["R-001"]),
        ("all assets except PLCs", "alle Assets außer SPS", ["A-001", "A-002", "A-004"]),
        ("who owns the risks on WeldEye?", "Wer ist für die Risiken von WeldEye zuständig?", ["R-001"]),
        ("risks of Ada or Jon", "Risiken von Ada oder Jon", ["R-001", "R-002"]),
        ("risks owned by nobody", "Risiken, die niemandem gehören", ["R-003"]),
        ("untreated risks", "unbehandelte Risiken", ["R-003"]),
        ("AI systems that are allowed to write to the PLC", "KI-Systeme, die in die SPS schreiben", ["AI-001"]),
        ("can you please list the edge boxes without a supplier", "ich brauche bitte die Edge-Boxen ohne Lieferanten", ["A-001"]),
        ("controls not checked in the last year", "Controls, die seit einem Jahr nicht geprüft wurden", ["A.5.20", "A.7.4"]),
    ],
)
def test_what_people_say_in_passing_changes_nothing_and_what_selects_is_used(
    store: Store, english: str, german: str, found: list[str]
) -> None:
    assert ids(store, query_of(store, english)) == found
    assert ids(store, query_of(store, german)) == found


@pytest.mark.parametrize(
    ("question", "form"),
    [
        (
            "Welche Maßnahmen sind seit mehr als 30 Tagen überfällig?",
            "where due_date at_most 2026-04-04 | where open is yes | where overdue is yes",
        ),
        ("Welche Zertifikate laufen 2027 ab?", "register certificate | where expires_on between 2027-01-01 or 2027-12-31"),
        ("suppliers not assessed in the last 12 months", "register supplier | where last_assessment not_since 2025-05-04"),
        ("compensating measures that expire soon", "where expires_on between 2026-05-04 or 2026-06-03"),
        ("models released in the last quarter", "register release | where deployed_on"),
        ("releases not yet approved", "register release | where approved_on empty"),
        ("assets with availability 4 or 5", "register asset | where availability is 4 or 5"),
        ("documents due for review", "register document | where next_review at_most 2026-05-04"),
        ("who has not done the training", "register training | where state not done | show owner"),
        ("which employees have not acknowledged POL-1", "register acknowledgement | where done_on empty"),
        ("documents owned by Ada", "register document | where owner contains Ada or"),
        ("welche SPSen haben wir", "register asset | where asset_class is plc"),
        ("was steht in Halle 3", "register asset | where location contains"),
        ("Wie viele Auditoren haben wir?", "register person | where role is auditor | count"),
        (
            "KI-Systeme, die nicht in Betrieb, sondern in Entwicklung sind",
            "where lifecycle_phase not operation | where lifecycle_phase is development",
        ),
        ("schwere Vorfälle", "register incident | where severity is critical"),
        ("welche Zugänge hätten längst geprüft werden müssen?", "register access_path | where review_date at_most 2026-05-03"),
        ("welche Risiken müssen in den nächsten 30 Tagen behandelt werden?", "where due_date between 2026-05-04 or 2026-06-03"),
        ("audits that start still this year", "register audit | where start_date between 2026-05-04 or 2026-12-31"),
        ("incidents between 2026-03-01 and 2026-03-31", "register incident | where detected_at between 2026-03-01 or 2026-03-31"),
        ("risks whose residual score equals the current score", "register risk | where residual_score same_as current_score"),
        ("actions closed after their due date", "where closed_on more_than due_date"),
        ("Risiken mit Score >= 12", "register risk | where current_score at_least 12"),
        ("which corrective action is overdue the longest", "where overdue is yes | sort due_date | first 1"),
        ("firewall rules that never expire", "register firewall_rule | where expires_on empty"),
        ("improvements from incidents", "register improvement | where @incident filled"),
        ("was hat Ada noch an Maßnahmen offen? Korrekturmaßnahmen mein ich", "where owner is P-002"),
        ("größtes Restrisiko, welches ist das?", "register risk | show residual_score | sort -residual_score | first 1"),
        ("Was ist das höchste Restrisiko in Brenova?", "where site is S-002 | show residual_score | sort -residual_score | first 1"),
        ("risks without owner and treatment", "register risk | where owner empty | where treatment empty"),
        ("how many incidents happened this year", "register incident | where detected_at between 2026-01-01 or 2026-12-31 | count"),
        ("incidents from 1 to 20 March", "where detected_at between 2026-03-01 or 2026-03-20"),
        ("risks that name threat T0886", "register risk | where threats is T0886"),
        ("wann läuft der Vertrag mit Korvik aus", "register supplier | where id is SUP-001 | show contract_end"),
        ("which contracts run out from now to the end of July? suppliers i mean", "where contract_end between 2026-05-04 or 2026-07-31"),
        ("Lieferantenverträge, die zwischen Januar und Ende März auslaufen", "where contract_end between 2027-01-01 or 2027-03-31"),
        ("suppliers outside the EU", "register supplier | where country filled | where country not DE"),
        ("risks sitting at 4 or worse", "register risk | where current_score at_least 4"),
        ("risks that won't get any better, i.e. residual = current", "register risk | where residual_score same_as current_score"),
        ("grave risks, worst first", "where band is high or very_high | sort -current_score | on"),
        ("edge units - how many per plant", "register asset | where asset_class is edge_ai_device | by site"),
        ("Assets mit Integrität 5 und Verfügbarkeit mindestens 4", "where integrity is 5 | where availability at_least 4"),
        ("FW-OT-1 is down, what else is affected?", "register asset | where depends_on is A-004"),
        ("welche Assets hängen von FW-OT-1 ab", "register asset | where depends_on is A-004"),
        ("who is on the hook for A.5.19?", "register control_status | where id is A.5.19 | show owner"),
        ("physical controls with zero evidence", "register control_status | where id contains A.7. | where evidence empty"),
        ("accounts nobody has used since end of March, can we close those?", "register access_path | where last_used not_since 2026-03-31"),
        ("Zugänge, die seit Ende März keiner mehr benutzt hat", "register access_path | where last_used not_since 2026-03-31"),
        ("welche Änderungsanträge warten noch auf die Freigabe", "register change | where state is requested"),
        ("bei wie vielen Risiken ist noch nix entschieden, wie wir sie behandeln", "register risk | where treatment empty | count"),
        ("Risiken, deren Termin verstrichen ist", "register risk | where due_date at_most 2026-05-03"),
        ("missed treatment deadlines (risks)", "register risk | where due_date at_most 2026-05-03"),
        (
            "Guten Tag, für den Bericht bräuchte ich bitte die Ziele, die längst erreicht sein müssten. Danke",
            "register objective | where overdue is yes",
        ),
        ("Risiken, die schon bewertet sein sollten", "register risk | where review_date at_most 2026-05-03"),
        ("zones with a target level, but achieved is blank", "register zone | where target_level filled | where achieved_level empty"),
        ("seit wann ist WeldEye live", "register ai_system | where id is AI-001 | show started_on"),
        ("incidents with an intruder since spring", "where access_violation is yes | where detected_at at_least 2026-03-01"),
        ("wozu verpflichten uns Kunden?", "register obligation | where kind is customer"),
        ("closed actions that were too late", "where state is closed | where closed_on more_than due_date"),
        ("in which risks does AML.T0010 turn up", "register risk | where @control is AML.T0010 or atlas:AML.T0010."),
        ("open actions older than half a year", "where open is yes | where reported_on at_most 2025-11-04"),
        ("vendor assessments where the exit still isnt agreed", "register vendor_assessment | where exit_agreed is no"),
        ("which controls did we look at in 2025", "register control_status | where last_checked between 2025-01-01 or 2025-12-31"),
        ("incidents detected before november", "register incident | where detected_at at_most 2025-10-31"),
        (
            "bei welchem Risiko ist die Überprüfung am längsten überfällig",
            "where review_date at_most 2026-05-03 | sort review_date | first 1",
        ),
        ("wer hat wie viele offene Maßnahmen", "register corrective_action | where open is yes | by owner"),
        ("last mgmt review", "where held_on at_most 2026-05-04 | sort -held_on | first 1"),
        (
            "Hello, could someone tell me which actions are overdue? The board needs it for the budget. Many thanks",
            "register corrective_action | where overdue is yes",
        ),
    ],
)
def test_everyday_wording_is_read_as_it_is_meant(store: Store, question: str, form: str) -> None:
    found = Registers(store).parse(question, STAFF, TODAY)
    assert isinstance(found, Reading) and form in canonical(found.query)


@pytest.mark.parametrize(
    ("question", "unused"),
    [
        ("risks of Ada without treatment or with a score above 12", "or"),
        ("what share of our risks is high?", "share of"),
        ("average of the high risks", "average"),
        ("evidence from Korvik", "from Korvik"),
        ("risks with a very high residual risk", "very high"),
        ("risks of Ada at the residual score", "residual score"),
        ("the newest assets", "newest"),
        ("which major findings came from the last audit?", "last"),
        ("open actions, should we close those?", "should we close those"),
    ],
)
def test_what_a_query_cannot_say_is_told(store: Store, question: str, unused: str) -> None:
    found = Registers(store).parse(question, ADA, TODAY)
    assert isinstance(found, Reading) and unused in found.unused


@pytest.mark.parametrize("question", ["which assets are older than five years", "assets in X-999"])
def test_what_selects_but_is_in_no_column_gives_no_rows(store: Store, question: str) -> None:
    assert Registers(store).parse(question, ADA, TODAY) is None


def test_a_word_for_the_rows_of_two_registers_means_those_that_there_are(store: Store) -> None:
    assert query_of(store, "Welche Zertifikate laufen im Juni ab?").entity == "machine_identity"
    assert query_of(store, "Welche Zertifikate laufen im Juli ab?").entity == "certificate"


def test_a_question_after_one_row_may_point_back_to_it(store: Store) -> None:
    before = query_of(store, "what is AI-001?")
    assert ids(store, query_of(store, "Welche Risiken gibt es dazu?", before=before)) == ["R-001"]


def test_who_reads_only_own_rows_is_told_so(store: Store) -> None:
    asked = Registers(store)
    everybody, own = query_of(store, "trainings not done"), query_of(store, "my trainings", ADA)
    assert asked.shows_only_own(everybody, STAFF) and not asked.shows_only_own(everybody, MIRA)
    assert not asked.shows_only_own(own, ADA)


def test_a_word_of_our_own_texts_is_no_misspelt_word_of_the_registers(store: Store) -> None:
    assert vocabulary.spelt_right("interval") and not vocabulary.spelt_right("intrenal")
    assert Registers(store).parse("what interval applies to internal audits?", STAFF, TODAY) is None


# --- rights ----------------------------------------------------------------------------------------------------


def test_a_restricted_row_is_in_no_list_count_or_group(store: Store) -> None:
    for actor, number in ((STAFF, 3), (MIRA, 4)):
        with store.read() as session:
            assert selection.run(session, actor, query_of(store, "how many risks do we have?", actor)).total == number
            grouped = selection.run(session, actor, query_of(store, "risks per site", actor))
        assert dict(grouped.groups)["S-001"] == number - 2
    assert "R-004" not in ids(store, query_of(store, "risks for A-001"))


def test_a_hidden_row_answers_like_one_that_does_not_exist(store: Store) -> None:
    hidden, absent = (Registers(store).run(query_of(store, f"what is {id_}?"), STAFF, "en") for id_ in ("R-004", "R-404"))
    assert hidden.total == absent.total == 0 and not hidden.lines
    assert hidden.sentence.replace("R-004", "R-404") == absent.sentence


def test_the_name_of_a_hidden_row_is_not_known(store: Store) -> None:
    assert Registers(store).parse("when does the Secretive contract end?", STAFF, TODAY) is None
    assert isinstance(Registers(store).parse("when does the Secretive contract end?", MIRA, TODAY), Reading)


def test_a_link_to_a_hidden_row_counts_as_none(store: Store) -> None:
    with writing(store) as book:
        book.create("asset", an_asset(id="A-090", name="Odd box", supplier="SUP-002"))
    without = query_of(store, "which assets have no supplier?")
    assert "A-090" in ids(store, without) and "A-090" not in ids(store, without, MIRA)
    with writing(store) as book:
        book.retire("asset", "A-090", "test is over")


# --- the query -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("register", sorted(REGISTERS))
def test_rows_of_every_register_are_asked_for_in_an_order(store: Store, register: str) -> None:
    """Every register has an oldest and a newest row; without a number or a day to come it has no highest and no next one, and nothing breaks."""
    english, german = REGISTERS[register].words.plural("en"), REGISTERS[register].words.plural("de")
    asked = [f"the oldest {english}", f"die neuesten {german}", f"the next {english}", f"the five highest {english}"]
    read = [Registers(store).parse(question, MIRA, TODAY) for question in asked]
    assert all(isinstance(one, Reading) for one in read[:2])
    for one in read:
        if isinstance(one, Reading):
            Registers(store).run(one.query, MIRA, "en")


@pytest.mark.parametrize(
    "question", ["the last 500 incidents", "top 0 risks", "sort the assets by depends on", "equal to high risks of Nobodytown"]
)
def test_an_order_that_no_query_can_have_breaks_nothing(store: Store, question: str) -> None:
    found = Registers(store).parse(question, MIRA, TODAY)
    assert not (isinstance(found, Reading) and found.whole)


_KNOWN = sorted({" ".join(key[1:]) for key in vocabulary.described().senses if not key[0]})
_SMALL = [
    "12",
    "at least",
    ">=",
    "before november",
    "last year",
    "nächste Woche",
    "R-001",
    "A.8.24",
    "?",
    ",",
    "or",
    "whose",
    "per",
    "than",
    "von",
    "Mira",
]


@given(st.lists(st.sampled_from(_KNOWN) | st.sampled_from(_SMALL), min_size=1, max_size=9), st.booleans())
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_words_and_their_order_a_question_is_read_or_left(store: Store, words: list[str], follows: bool) -> None:
    before = query_of(store, "which risks are high?") if follows else None
    found = Registers(store).parse(" ".join(words), MIRA, TODAY, before)
    if isinstance(found, Reading):
        assert read(canonical(found.query)) == found.query
        Registers(store).run(found.query, MIRA, "en")


@given(
    st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=20), min_size=1, max_size=3),
    st.sampled_from(["is", "not", "contains"]),
    st.booleans(),
    st.sampled_from(["", "current_score", "-review_date"]),
    st.none() | st.integers(1, 100),
)
def test_the_formform_is_read_back_as_the_same_query(values: list[str], operator: Any, counts: bool, sort: str, first: int | None) -> None:
    query = RegisterQuery(
        entity="risk", where=(Condition(field="name", operator=operator, values=tuple(values)),), counts=counts, sort=sort, first=first, today=TODAY
    )  # fmt: skip
    assert read(canonical(query)) == query


@pytest.mark.parametrize(
    "wrong",
    [
        {"entity": "secrets"},
        {"entity": "risk", "where": [{"field": "password", "operator": "filled"}]},
        {"entity": "risk", "where": [{"field": "treatment", "operator": "is", "values": ["explode"]}]},
        {"entity": "risk", "where": [{"field": "review_date", "operator": "at_most", "values": ["soon"]}]},
        {"entity": "risk", "where": [{"field": "current_score", "operator": "at_least", "values": ["1; drop table risk"]}]},
        {"entity": "risk", "where": [{"field": "assets.owner.name", "operator": "is", "values": ["x"]}]},
        {"entity": "risk", "sort": "1 desc"},
        {"entity": "risk", "by": "assets"},
    ],
)
def test_what_no_register_has_never_reaches_sql(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        RegisterQuery.model_validate({**wrong, "today": TODAY})


def test_a_text_that_is_no_query_is_said_to_be_none() -> None:
    with pytest.raises(BadKnowledge, match="no register query"):
        read("register risk | where owner | on 2026-01-01")


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("in the next 30 days", 0, 30), ("in den nächsten zwei Wochen", 0, 14), ("last 10 days", -10, 0), ("since 2026-04-01", -33, None),
        ("bis 31.12.2026", None, 241), ("this month", -3, 27), ("diese Woche", 0, 6), ("before 2026-06-01", None, 27), ("today", 0, 0),
    ],
)  # fmt: skip
def test_a_span_of_time_is_days(text: str, low: int | None, high: int | None) -> None:
    span = times.find(f"risks due {text}", TODAY)[0]
    assert (span.low, span.high) == tuple(None if days is None else TODAY + timedelta(days) for days in (low, high))


# --- how SQL finds it --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "question",
    [
        "which risks have a score of at least 15?", "top 5 risks", "which risks are linked to A.5.19?", "risks for A-001", "Ada's risks",
        "overdue corrective actions", "edge boxes at Brenova", "risks that concern PLCs at Brenova", "which actions are due within 30 days?", "what is R-001?",
    ],
)  # fmt: skip
def test_a_large_table_is_searched_and_never_scanned(store: Store, question: str) -> None:
    query = query_of(store, question)
    with store.read() as session:
        plan = engines.plan(session, selection.page(session, STAFF, query))
    scanned = [line for line in plan if line.startswith("SCAN") and line.split()[1] in REGISTERS | {"link": None}]
    assert not scanned, plan


# --- the whole answer --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    documents = tmp_path_factory.mktemp("documents")
    (documents / "risk.md").write_text("# Risk\n\n## 1 Assessment\n\nRisks are assessed once a year by their owner.\n", "utf-8")
    with a_plant_to_ask(documents, tmp_path_factory.mktemp("data"), WordEncoder()) as plant:  # type: ignore[arg-type]
        with writing(plant.store, somebody("installation")) as book:
            for name, role in (("Mira Voss", "isms_manager"), ("Ada Kern", "owner"), ("Jon Brandt", "approver")):
                book.create("person", {"name": name, "email": f"{name.split()[0].lower()}@plant.example", "role": role})
        fill(plant.store)
        yield plant


def test_an_answer_is_a_sentence_with_its_day_a_table_and_rows_that_can_be_opened(plant: Plant) -> None:
    answer = plant.ask("which risks have no owner?", STAFF, now=f"{TODAY}T09:00:00Z")
    assert answer.status == "answered" and answer.table and answer.table.total == 1 and answer.table.rows[0][:2] == ["R-003", "Nobody's"]
    assert TODAY.isoformat() in answer.claims[0].text and "1 risk" in answer.claims[0].text
    cited = answer.citations[0]
    assert (cited.kind, cited.source_id, cited.url) == ("register", "row:R-003", "/sources/row:R-003")
    assert ids(plant.store, read(cited.locator.section)) == ["R-003"] and "R-003" in cited.quote


def test_an_empty_result_says_what_was_searched(plant: Plant) -> None:
    answer = plant.ask("Welche Risiken in Brenova haben keinen Eigentümer?", STAFF)
    assert answer.table is None and "keine Risiken" in answer.claims[0].text and "Brenova" in answer.claims[0].text


def test_a_single_row_is_told_with_the_rows_one_link_away(plant: Plant) -> None:
    answer = plant.ask("what is R-001?", STAFF)
    cited = [citation.source_id for citation in answer.citations]
    assert cited[0] == "row:R-001" and {"row:A-001", "row:AI-001"} <= set(cited)


def test_a_thread_goes_on_with_the_rows_it_spoke_of(plant: Plant) -> None:
    first = plant.ask("which assets are edge boxes?", STAFF)
    then = plant.ask("and in hall 3?", STAFF, thread=first.thread)
    assert then.table and [row[0] for row in then.table.rows] == ["A-001"]


def test_a_half_understood_question_is_answered_with_a_warning(plant: Plant) -> None:
    answer = plant.ask("which risks without owner are purple?", STAFF)
    assert answer.status == "partial" and "purple" in answer.gaps[0]


class Scripted:
    """A chat model that always replies the same."""

    def __init__(self, reply: dict[str, Any]) -> None:
        self._reply = json.dumps(reply)

    def stream(self, _messages: Any) -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(text=self._reply)


def a_model(reply: dict[str, Any]) -> ChatModel:
    return ChatModel("scripted", Scripted(reply), 5)


def test_a_chat_model_reads_what_rules_leave_over_and_is_checked_the_same_way(plant: Plant) -> None:
    question = "which risks without owner are purple?"
    where = [{"field": "treatment", "operator": "empty", "values": []}]
    good = a_model({"query": {"entity": "risk", "where": where, "today": TODAY.isoformat()}})
    assert plant.ask(question, STAFF, good).status == "answered"
    bad = a_model({"query": {"entity": "risk", "where": [{"field": "sql", "operator": "is", "values": ["1"]}], "today": TODAY.isoformat()}})
    assert plant.ask(question, STAFF, bad).status == "partial"


@contextmanager
def asked_over_http(reply: str | dict[str, Any]) -> Iterator[tuple[ModelPeer, ChatModel]]:
    with model_peer() as peer:
        peer.scripts = [reply]
        yield peer, ChatModel("peer", ChatOpenAI(model="peer", base_url=peer.url, api_key="none", max_retries=0), 5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "reply",
    [
        "select * from risk; drop table risk",
        '{"query": {"entity": "salaries", "today": "2026-05-04"}}',
        '{"query": {"entity": "risk", "where": [{"field": "password", "operator": "is", "values": ["x"]}], "today": "2026-05-04"}}',
        '{"query": {"entity": "risk", "where": [{"field": "name", "operator": "like", "values": ["%"]}], "today": "2026-05-04"}}',
        '{"query": {"entity": "risk", "where": [], "sql": "delete from risk", "today": "2026-05-04"}}',
        '{"query": {"entity": "risk", "sort": "name; drop table risk", "today": "2026-05-04"}}',
        '{"query": {"entity": "risk", "where": [{"field": "treatment", "operator": "is", "values": ["pray"]}], "today": "2026-05-04"}}',
        "I think there are three of them.",
        "",
        {"status": 500},
        {"text": '{"query": {"entity": "ri', "cut": 1},
    ],
)
def test_what_a_model_makes_up_over_http_is_not_run_and_the_rules_answer(plant: Plant, reply: Any) -> None:
    with asked_over_http(reply) as (peer, model):
        answer = plant.ask("which risks without owner are purple?", STAFF, model)
    assert peer.requests and answer.status == "partial" and "purple" in answer.gaps[0]
    assert answer.table and [row[0] for row in answer.table.rows] == ["R-003"]


def test_a_row_that_a_model_invents_is_said_to_be_none(plant: Plant) -> None:
    where = [{"field": "assets", "operator": "is", "values": ["A-999"]}]
    with asked_over_http(json.dumps({"query": {"entity": "risk", "where": where, "today": TODAY.isoformat()}})) as (_, model):
        answer = plant.ask("which risks without owner are purple?", STAFF, model)
    assert answer.status == "partial" and "A-999" in answer.gaps[0]


def test_an_id_that_names_no_row_is_said_to_name_none(plant: Plant) -> None:
    answer = plant.ask("findings of audit AU-2031-007", STAFF)
    assert answer.status == "partial" and "AU-2031-007" in answer.gaps[0]
