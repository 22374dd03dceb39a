"""Ordinary IT and OT risks: the catalogue of general threats, which one a sentence fears, and the entry that follows from it."""

from collections import Counter
from collections.abc import Iterator

import pytest

from assistant.drafting import threats
from assistant.drafting.drafter import Drafter
from assistant.drafting.likeness import Likeness
from assistant.drafting.risks import RiskDraft
from assistant.drafting.threats import Near
from knowledge import controls, language, standards
from knowledge.errors import RowRefused
from knowledge.index.question import Question
from knowledge.registers import Store, queries
from tests.records import ADA, MIRA, NOW, a_store, writing

AMONG_ALL = Likeness([*standards.threat_examples(), *standards.general_examples()], None)
OF_GUIDE = Likeness(standards.threat_examples(), None)


def near(sentence: str) -> Near:
    """What a sentence comes near by its words alone."""
    asked = Question(sentence, language.language_of(sentence), sentence, (), None, None, None)
    return Near((), OF_GUIDE.of(asked), AMONG_ALL.of(asked))


# --- the catalogue -----------------------------------------------------------------------------------------------------------


def test_every_general_threat_is_whole() -> None:
    written = controls.general_threats()
    for entry in controls.catalogue().general_threats():
        assert entry.title and entry.title_de and entry.attribute("seen")[0] in ("often", "seldom")
        assert set(entry.attribute("security_properties_hit")) <= {"confidentiality", "integrity", "availability", "law"}
        assert len(entry.attribute("controls_27001_2022")) >= 5 and entry.attribute("ids_62443")
        assert all("{about}" in entry.attribute(name)[0] for name in ("consequence", "consequence_de"))
        assert all(len(written[entry.id]["examples"][tongue]) >= 12 for tongue in ("en", "de"))
        assert sum(threats._naming(entry.id).search(one) is not None for one in written[entry.id]["examples"]["en"]) >= 3


def test_no_example_stands_twice() -> None:
    examples = [*standards.threat_examples(), *standards.general_examples()]
    assert max(Counter(one.text for one in examples).values()) == 1


def test_the_guide_keeps_its_nine_threats() -> None:
    catalogue = controls.catalogue()
    nine = {name for row in catalogue.threats() for name in row.attribute("guide_threat")}
    assert len(nine) == 9 and {name for one in catalogue.general_threats() for name in one.attribute("on_ai")} < nine
    assert not {one.id for one in catalogue.general_threats()} & {row.id for row in catalogue.threats()}


# --- which one is meant --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "title"),
    [
        ("ransomware on the filler's control computer", "Malware and ransomware"),
        ("ein Trojaner sperrt die Brauereisteuerung", "Malware and ransomware"),
        ("the login of the cellar master is known to everybody", "Misuse of accounts and rights"),
        ("der Einkauf fällt auf eine gefälschte Rechnung herein", "Phishing and fraud"),
        ("the VPN of the bottling firm is never switched off", "Remote access left open"),
        ("der Laptop des Brauers bleibt im Zug liegen", "Loss or theft of devices and media"),
        ("the brewing sheet is sent to the wrong customer", "Disclosure by mistake"),
        ("ein Besucher verstellt absichtlich die Pasteurisierung", "Sabotage and tampering with machines"),
        ("the operator enters the wrong temperature by mistake", "Wrong operation or setting"),
        ("nach einem Update der Etikettierer läuft nichts mehr", "Failed change or update"),
        ("there is no backup of the recipes", "Loss of data without a usable backup"),
        ("Stromausfall im Gärkeller", "Failure of power, cooling or lines"),
        ("a fire in the bottle store", "Fire, water and forces of nature"),
        ("der einzige Kollege, der die Abfüllung programmieren kann, geht in Rente", "Loss of people and their knowledge"),
        ("the maker of the capper goes bankrupt", "Failure of a supplier or service"),
        ("wir versäumen eine gesetzliche Meldefrist", "Breach of law or contract"),
    ],
)
def test_an_ordinary_risk_has_its_own_threat(sentence: str, title: str) -> None:
    told = threats.recognise(sentence, near(sentence), "plc", of_ai=False)
    assert told and told.family == title and told.entry and told.entry.framework == controls.THREAT


@pytest.mark.parametrize(
    ("sentence", "family"),
    [
        ("somebody slips false labels into the training pictures", threats.POISONING),
        ("a rival queries the inspection night after night and trains a copy of the model", threats.EXTRACTION),
        ("Reflexfolie täuscht die Kamera der Flaschenprüfung", threats.INPUTS),
        ("aus den Prognosen lassen sich die Rezepturen zurückrechnen", threats.INVERSION),
        ("a data scientist takes the weights along to his new employer", threats.INSIDER),
    ],
)
@pytest.mark.parametrize("of_ai", [True, None])
def test_what_is_done_to_ai_stays_a_threat_of_the_guide(sentence: str, family: str, of_ai: bool | None) -> None:
    told = threats.recognise(sentence, near(sentence), "production_ai_model" if of_ai else "", of_ai)
    assert told and told.family == family


def test_the_same_deed_is_of_the_guide_at_an_ai_system_and_general_elsewhere() -> None:
    sentence = "ransomware encrypts it and it no longer answers"
    at_ai = threats.recognise(sentence, near(sentence), "serving_infrastructure", of_ai=True)
    elsewhere = threats.recognise(sentence, near(sentence), "plc", of_ai=False)
    assert at_ai and at_ai.family == threats.DENIAL
    assert elsewhere and elsewhere.family == "Malware and ransomware"


@pytest.mark.parametrize(
    "sentence",
    [
        "the price of steel rises and we lose the order",
        "the summer party is on Friday",
        "next year our customers order less",
        "Hopfen und Malz werden immer teurer",
    ],
)
def test_a_sentence_that_fits_none_is_asked_about_with_the_three_nearest(sentence: str) -> None:
    assert threats.recognise(sentence, near(sentence), "plc", of_ai=False) is None
    assert len({one.family for one in threats.nearest(sentence, near(sentence))}) == 3


def test_the_name_of_a_thing_does_not_name_what_happens_to_it() -> None:
    sentence = "a fire in the room of the backup server"
    told = threats.recognise(sentence, near(sentence), "data_storage", of_ai=False, thing="Backup server BK-02")
    assert told and told.family == "Fire, water and forces of nature" and told.said


def test_at_an_ai_system_a_general_threat_has_to_be_named() -> None:
    named, vague = "the backup of the pictures was never restored", "they are gone and will not come back"
    told = threats.recognise(named, near(named), "training_dataset", of_ai=True)
    assert told and told.family == "Loss of data without a usable backup" and told.said
    told = threats.recognise(vague, near(vague), "training_dataset", of_ai=True)
    assert told is None or told.entry is None or told.entry.framework != controls.THREAT


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("gt-01", "Malware and ransomware"),
        ("Schadsoftware und Erpressung", "Malware and ransomware"),
        ("Model inversion", threats.INVERSION),
        ("AML.T0020", threats.POISONING),
    ],
)
def test_a_threat_is_named_by_id_or_name(name: str, family: str) -> None:
    assert threats.named(name).family == family


# --- the entry -------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    made = a_store(tmp_path_factory.mktemp("plant"))
    with writing(made) as book:
        needs = {"confidentiality": 3, "integrity": 4, "availability": 4, "owner": "P-002"}
        for id_, name, kind in (
            ("A-001", "Filler controller", "plc"),
            ("A-002", "Light curtain of the palletiser", "other"),
            ("A-003", "Recipe server", "data_storage"),
            ("A-004", "Brewery historian", "historian"),
        ):
            book.create("asset", {"id": id_, "name": name, "asset_class": kind, **needs})
        book.create("data_flow", {"id": "DF-001", "name": "Recipes to the filler", "from_asset": "A-003", "to_plc": True, "writes": True})
        book.create("evidence", {"id": "EV-001", "title": "Scan report", "control": ["A.8.7"], "supports_date": "2026-04-01"})
        status = {"applicable": True, "implementation_status": "implemented", "last_checked": "2026-04-01"}
        book.create("control_status", {"id": "A.8.7", **status, "evidence": ["EV-001"]})
    yield made
    made.close()


def drafted(store: Store, sentence: str, asset: str = "", threat: str = "") -> RiskDraft:
    return a_drafter(store).risk(MIRA, sentence, asset, threat)


def a_drafter(store: Store) -> Drafter:
    return Drafter(store, lambda *_: [], near, lambda _: [], lambda _: None, lambda: NOW)


def test_an_ordinary_risk_is_drafted_as_completely_as_one_of_ai(store: Store) -> None:
    made = drafted(store, "ransomware could encrypt the filler controller")
    assert (made.asset, made.threat, made.family, made.category, made.ai_system) == ("A-001", "GT-01", "Malware and ransomware", "ot", None)
    assert made.statement.endswith("so Filler controller stands still or does what others want until it is built anew.")
    assert [one.id for one in made.existing] == ["A.8.7"] and made.planned and made.planned[0].id == "A.8.13"
    assert "GT-01, often seen in plants: 3" in made.inherent.likelihood.reason
    assert "SR 3.2" in made.iec62443 and "T0847" in made.attack_ics and "A.8.13" in made.annex_a


def test_a_german_entry_says_the_threat_and_its_consequence_in_german(store: Store) -> None:
    made = drafted(store, "Ein Trojaner verschlüsselt den Brewery historian")
    assert made.name == "Schadsoftware und Erpressung: Brewery historian"
    assert "Die Folge: Brewery historian steht still" in made.statement and "in Werken oft gesehen" in made.inherent.likelihood.reason


def test_an_accepted_entry_keeps_its_general_threat_in_the_register(store: Store) -> None:
    proposal = a_drafter(store).propose(ADA, drafted(store, "ransomware could encrypt the filler controller"))
    with writing(store) as book:
        book.decide(proposal, True)
    with store.read() as session:
        row = queries.get(session, MIRA, "risk", queries.get(session, MIRA, "proposal", proposal).row_id)
        assert queries.values(session, MIRA, row)["threats"] == ["GT-01"]


@pytest.mark.parametrize(
    ("sentence", "asset", "level"),
    [
        ("the operator enters a wrong value by mistake", "A-001", 4),
        ("a disk dies", "A-001", 3),
        ("somebody bridges it on purpose", "A-002", 5),
        ("somebody manipulates the recipes on purpose", "A-003", 4),
        ("somebody manipulates the trends on purpose", "A-004", 1),
    ],
)
def test_people_are_in_danger_where_a_machine_is_reached_or_a_protection_fails(store: Store, sentence: str, asset: str, level: int) -> None:
    safety = drafted(store, sentence, asset).inherent.impact["safety"]
    assert safety.level == level and (level == 1 or safety.facts)


def test_a_broken_duty_counts_for_the_law(store: Store) -> None:
    made = drafted(store, "we miss the legal deadline for reporting to the authority", "A-003")
    assert made.family == "Breach of law or contract" and made.inherent.impact["law"].level == 3


def test_an_unclear_threat_is_asked_for_and_nothing_is_said_of_controls(store: Store) -> None:
    made = drafted(store, "the summer party takes place beside the filler controller")
    assert (made.asset, made.family, made.threat, made.annex_a, made.existing, made.planned) == ("A-001", "", "", [], [], [])
    assert len(made.asked_threats) == 3 and "[to decide: what follows from it]" in made.statement
    with pytest.raises(RowRefused, match="which threat"):
        a_drafter(store).propose(ADA, made)
    chosen = drafted(store, made.sentence, threat="GT-10")
    assert chosen.family == "Entry of strangers" and chosen.existing == [] and chosen.annex_a[0] == "A.7.2"


def test_a_threat_that_is_none_is_refused(store: Store) -> None:
    with pytest.raises(RowRefused, match="no such threat"):
        drafted(store, "something befalls the filler controller", threat="GT-99")
