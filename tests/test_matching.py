"""Assets found by the words of a sentence, and threats told by what is done: on plants that are not the sample plant."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from assistant.drafting import matching, threats
from assistant.drafting.matching import Match

MILL = Path(__file__).parents[1] / "evals" / "cases" / "paper_mill"


def an_asset(id_: str, name: str, kind: str, description: str = "", **more: Any) -> dict[str, Any]:
    return {"id": id_, "name": name, "asset_class": kind, "description": description, **more}


def a_system(id_: str, name: str, asset: str, purpose: str, sources: tuple[str, ...] = (), on: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"id": id_, "name": name, "asset": asset, "purpose": purpose, "description": "", "data_sources": sources, "deployed_on": on}


BREWERY = (
    an_asset("A-001", "CapGuard 2.1", "production_ai_model", "Finds crooked crown caps on line 2"),
    an_asset("A-002", "CapGuard picture store", "training_dataset", "Photos of bottle necks with verdicts"),
    an_asset("A-003", "Füllstandsmodell Linie 1", "production_ai_model", "Erkennt unterfüllte Flaschen am Röntgen"),
    an_asset("A-004", "Röntgenaufnahmen Linie 1", "training_dataset", "Aufnahmen der Flaschen mit Etiketten der Laborantinnen"),
    an_asset("A-005", "Inference PC line 2", "edge_ai_device", "Runs CapGuard beside the capper", line="line 2"),
    an_asset("A-006", "BrewBot", "cloud_ai_service", "Language model that answers questions of the cellar staff", supplier="SUP-1"),
    an_asset("A-007", "Forecast gateway", "api_endpoint", "Sends orders to the sales forecast and fetches numbers", supplier="SUP-2"),
    an_asset("A-008", "Mash controller", "plc", "Controls temperatures in the mash tun"),
    an_asset("A-009", "Filler controller", "plc", "Controls the rotary filler of line 1"),
    an_asset("A-010", "Recipe vault", "data_storage", "Recipes and yeast strains of all beers"),
    an_asset("A-011", "NAS-7", "data_storage", "Backup of controller programs and pictures"),
    an_asset("A-012", "Packaging historian", "historian", "Counts, stops and temperatures of packaging"),
)
SYSTEMS = (
    a_system("AI-001", "CapGuard", "A-001", "Camera inspection of crown caps", ("A-002",), ("A-005",)),
    a_system("AI-002", "FillSense", "A-003", "Rejects bottles that are not full", ("A-004",)),
    a_system("AI-003", "BrewBot", "A-006", "Answers questions of staff"),
)


def found(sentence: str, rows: Any = BREWERY) -> list[Match]:
    return matching.assets(
        threats.befallen(sentence), rows, SYSTEMS, {"SUP-1": "Hopfen Cloud", "SUP-2": "Absatz AI"}, threats.aims(sentence, threats.Near())
    )


@pytest.mark.parametrize(
    ("sentence", "asset"),
    [
        ("someone slips manipulated pictures into the CapGuard training store", "A-002"),
        ("the photos of the bottle necks could be poisoned", "A-002"),
        ("Jemand verfälscht die Röntgenaufnahmen, mit denen das Füllstandsmodell lernt", "A-004"),
        ("x-ray pictures of line 1 get wrong labels before retraining", "A-004"),
        ("a sticker on the bottle makes CapGuard pass crooked caps", "A-001"),
        ("Mit einem Aufkleber wird CapGard getäuscht", "A-001"),
        ("unterfüllte Flaschen werden absichtlich so präpariert, dass die Erkennung nichts merkt", "A-003"),
        ("the inference PC of line 2 is flooded with pictures until it stops", "A-005"),
        ("staff talk BrewBot into ignoring its rules", "A-006"),
        ("Die Cloud von Hopfen fällt aus und der Chatbot antwortet nicht", "A-006"),
        ("the api key of the forecast gateway lies in a script", "A-007"),
        ("a brewer who leaves copies the recipes and sells them to a rival", "A-010"),
        ("Ein gekündigter Brauer nimmt die Rezepte mit", "A-010"),
        ("someone reprograms the mash controler", "A-008"),
        ("A-009 could be overwritten from a strange notebook", "A-009"),
        ("pictures leak from NAS-7", "A-011"),
    ],
)
def test_the_asset_that_a_sentence_speaks_of_is_found(sentence: str, asset: str) -> None:
    match = matching.sure(found(sentence))
    assert match and match.asset["id"] == asset


@pytest.mark.parametrize(
    "sentence",
    [
        "someone reprograms the controller",
        "our training data could be poisoned",
        "the model could be stolen",
        "Jemand könnte die KI austricksen",
        "the coffee machine of the canteen breaks down",
        "",
    ],
)
def test_an_asset_that_is_not_plain_is_asked_for(sentence: str) -> None:
    assert matching.sure(found(sentence)) is None


WORKSHOP = (
    an_asset("A-001", "GluePoint 4", "production_ai_model", "Judges beads of glue at assembly cells Q1 to Q6"),
    an_asset("A-002", "Cell controllers Q1 to Q3", "plc", "Controllers of assembly cells Q1, Q2 and Q3"),
    an_asset("A-003", "Cell controller Q4", "plc", "Controller of assembly cell Q4"),
    an_asset("A-004", "GluePoint image share", "training_dataset", "Images with labels"),
    an_asset("A-005", "IX-SRV-7", "serving_infrastructure", "Server of GluePoint"),
    an_asset("A-006", "Parts gateway", "api_endpoint", "Result of every part", url_alias="glue-verdicts"),
    an_asset("A-007", "Desk of Nordwall", "supplier_service", "Creates and closes accounts", supplier="SUP-1"),
    an_asset("A-008", "Alarm watch at Nordwall", "monitoring", "Collects logs", supplier="SUP-1"),
    an_asset("A-009", "Panel of line PM2", "hmi"),
    an_asset("A-010", "Panel of line PM3", "hmi"),
    an_asset("A-011", "Log archive", "historian"),
)


@pytest.mark.parametrize(
    ("sentence", "asset"),
    [
        ("somebody reprograms the controller of assembly cell four", "A-003"),
        ("Die Steuerung der Montagezelle 2 wird überschrieben", "A-002"),
        ("the panel of paper machine two is left open", "A-009"),
        ("IXSRV7 is flooded with pictures", "A-005"),
        ("Glue Point is tricked with a sticker", "A-001"),
        ("wrong labels get into the GluePoint image share", "A-004"),
        ("a script calls glue-verdicts all night", "A-006"),
        ("Nordwall opens an account that nobody asked for", "A-007"),
        ("the historian is encrypted by a blackmailer", "A-011"),
        ("the panel of line PM3 is smashed, so IX-SRV-7 has to be used by hand", "A-010"),
        ("somebody reprograms the controller of assembly cell 3 over IX-SRV-7", "A-002"),
    ],
)
def test_spellings_numbers_places_and_consequences_are_read_as_people_mean_them(sentence: str, asset: str) -> None:
    rows = matching.assets(sentence, WORKSHOP, (), {"SUP-1": "Nordwall"}, threats.aims(sentence, threats.Near()))
    match = matching.sure(rows)
    assert match and match.asset["id"] == asset


def test_nearness_in_meaning_tells_between_what_words_leave_open() -> None:
    sentence = "a stranger opens the panel of the line"
    open_ = matching.assets(sentence, WORKSHOP, (), {})
    near = {row["id"]: 0.9 if row["id"] == "A-010" else 0.2 for row in WORKSHOP}
    assert matching.sure(open_) is None and matching.assets(sentence, WORKSHOP, (), {}, {}, near)[0].asset["id"] == "A-010"


def the_mill(name: str) -> list[dict[str, Any]]:
    with (MILL / "registers" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [{**row, "description": row.get("description", "")} for row in csv.DictReader(file)]


def test_most_assets_of_a_mill_with_a_sparse_register_are_found_by_words_alone() -> None:
    details = {row["id"]: row for row in the_mill("details/asset")}
    assets = [{**row, **details.get(row["id"], {}), "asset_class": row["class"]} for row in the_mill("asset")]
    systems = [{**row, **{name: row[name].split("|") for name in ("data_sources", "deployed_on")}} for row in the_mill("ai_system")]
    names = {row["id"]: row["name"] for name in ("site", "supplier") for row in the_mill(name)}
    cases = [json.loads(line) for line in (MILL / "sentences.jsonl").read_text("utf-8").splitlines()]
    right = 0
    for case in cases:
        found = matching.assets(threats.befallen(case["sentence"]), assets, systems, names, threats.aims(case["sentence"], threats.Near()))
        match = matching.sure(found)
        right += match.asset["id"] in case["asset"] if match else not case["asset"]
    assert right >= 0.9 * len(cases)


def test_an_empty_register_has_no_asset() -> None:
    assert found("someone could poison the pictures", ()) == [] and matching.sure([]) is None


def test_an_id_that_is_said_outranks_every_name() -> None:
    assert found("A-012: CapGuard training pictures are swapped for photos of caps")[0].asset["id"] == "A-012"


def test_two_assets_named_by_their_ids_are_asked_for() -> None:
    assert matching.sure(found("A-008 and A-009 could be reprogrammed")) is None


@pytest.mark.parametrize(
    ("sentence", "family"),
    [
        ("a rival asks the service so long that he can rebuild our detector", threats.EXTRACTION),
        ("Fremde kopieren die Gewichte vom Industrie-PC", threats.EXTRACTION),
        ("false labels get into the samples for the next training", threats.POISONING),
        ("Jemand schleust verfälschte Aufnahmen in das Nachtraining ein", threats.POISONING),
        ("reflecting foil dazzles the camera and the reject is overlooked", threats.INPUTS),
        ("der Bot wird mit einem versteckten Befehl in einer PDF gesteuert", threats.INPUTS),
        ("from the answers one could infer whether a customer's parts were in the training", threats.INVERSION),
        ("Aus den Ausgaben lässt sich die Rezeptur rekonstruieren", threats.INVERSION),
        ("the token of the cloud service stands in a notebook", threats.ABUSE),
        ("über die Schnittstelle entstehen auf unsere Kosten tausende Anfragen", threats.ABUSE),
        ("an old login of a service firm still opens the registry", threats.ACCESS),
        ("ein fremdes Modell wird ohne Freigabe eingespielt, das Passwort kennt jeder", threats.ACCESS),
        ("a laptop with customer pictures is stolen from a car", threats.BREACH),
        ("Trainingsbilder liegen auf einem offenen Laufwerk und gelangen nach draußen", threats.BREACH),
        ("too many requests bring the inference server down", threats.DENIAL),
        ("der Server ist überlastet und die Linie steht", threats.DENIAL),
        ("a disgruntled developer takes the weights with him", threats.INSIDER),
        ("ein Kollege verkauft unsere Zeichnungen", threats.INSIDER),
        ("the photos of the bottle necks are visible to everybody in the brewery", threats.BREACH),
        ("the classifier is readable for the whole office", threats.ACCESS),
        ("der Hersteller schreibt die Vorhersagen mit und baut sich daraus ein eigenes Modell", threats.EXTRACTION),
        ("der Braumeister rechnet aus den Vorschlägen unsere Hefe zurück", threats.INVERSION),
        ("a rival rebuilds the forecast from its answers", threats.EXTRACTION),
    ],
)
def test_the_threat_is_told_by_what_is_done_to_what(sentence: str, family: str) -> None:
    told = threats.recognise(sentence, threats.Near())
    assert told and told.family == family and told.said
    assert told.entry is not None and family in told.entry.attribute("guide_threat")


def test_a_thing_that_is_taken_is_told_from_its_class_where_words_do_not_say() -> None:
    sentence = "CapGuard ends up at a rival"
    families = [
        told.family for kind in ("production_ai_model", "training_dataset") if (told := threats.recognise(sentence, threats.Near(), kind))
    ]
    assert families == [threats.EXTRACTION, threats.BREACH]


def test_a_sentence_that_fears_nothing_known_has_no_threat() -> None:
    assert threats.recognise("the summer party is on Friday", threats.Near()) is None


def test_who_acts_is_not_what_is_acted_on_unless_it_is_part_of_a_compound() -> None:
    assert "Schichtleiter" not in threats.befallen("Ein Schichtleiter verkauft Rezepte")
    assert "Administratorkonto" in threats.befallen("Jemand legt ein Administratorkonto an")


def test_an_archive_belongs_to_no_retired_system_that_lies_in_it() -> None:
    old = a_system("AI-009", "OldCap", "A-013", "Predecessor of CapGuard", on=("A-010",)) | {"lifecycle_phase": "retired"}
    rows = (*BREWERY, an_asset("A-013", "OldCap 1.0", "production_ai_model"))
    match = matching.sure(matching.assets("someone steals recipes from the recipe vault", rows, (*SYSTEMS, old), {}))
    assert match and match.asset["id"] == "A-010" and match.ai_system is None
