"""Files of people and of other tools loaded into registers: counts, refusals, forms, dangers."""

import json
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from sqlmodel import select

from assistant.exchange import Options, Report, import_file, plant
from knowledge.errors import NotAllowed, UnreadableDocument
from knowledge.registers import REGISTERS, JournalEntry, Store, journal, queries
from knowledge.registers.rights import INSTALLATION
from tests.records import ADA, JON, MIRA, NOW, a_risk, a_store, an_asset, somebody, writing


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    (tmp_path / "data").mkdir()
    made = a_store(tmp_path / "data")
    yield made
    made.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def load(store: Store, folder: Path, name: str, content: str | bytes | list[list[Any]], ending: str = ".csv", **options: Any) -> Report:
    """The report after a file with that content was loaded; rows of lists become a workbook."""
    path = folder / f"in{ending}"
    if isinstance(content, list):
        book = Workbook()
        for row in content:
            book.active.append(row)
        book.save(folder / "in.xlsx")
        path = folder / "in.xlsx"
    else:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return import_file(store, options.pop("actor", MIRA), name, path, NOW, Options(**options))


def rows(store: Store, name: str) -> list[dict[str, Any]]:
    with store.read() as session:
        return queries.values_of(session, INSTALLATION, REGISTERS[name], queries.rows(session, INSTALLATION, name))


def counts(report: Report) -> tuple[int, int, int, int]:
    return report.new, report.changed, report.unchanged, report.refused


def entries(store: Store) -> int:
    with store.read() as session:
        assert journal.verify(session).whole
        return len(session.exec(select(JournalEntry)).all())


def refusals(report: Report) -> list[tuple[int, str, str, str]]:
    return [(one.row, one.column, one.value, one.reason) for one in report.refusals]


# --- counts and transactions -------------------------------------------------------------------------------------


def test_a_dry_run_counts_and_changes_nothing(store: Store, folder: Path) -> None:
    text = "id,name,class\nA-001,Press,plc\n,Camera,edge AI device\n"
    before = entries(store)
    report = load(store, folder, "asset", text, dry_run=True)
    assert counts(report) == (2, 0, 0, 0) and not report.saved
    assert rows(store, "asset") == [] and entries(store) == before


def test_a_second_time_nothing_changes(store: Store, folder: Path) -> None:
    text = "id,name,class\nA-001,Press,plc\n,Camera,edge AI device\n,Camera,hmi\n"
    assert counts(load(store, folder, "asset", text)) == (3, 0, 0, 0)
    before = entries(store)
    assert counts(load(store, folder, "asset", text)) == (0, 0, 3, 0)
    assert entries(store) == before


def test_a_part_of_the_columns_changes_only_that(store: Store, folder: Path) -> None:
    with writing(store) as book:
        book.create("asset", an_asset(id="A-001", firmware="1.0", audience="role:isms_manager"))
        book.create("asset", an_asset(id="A-002", name="Press"))
    report = load(store, folder, "asset", "id,firmware,audience\nA-001,2.0,\nA-002,,\n")
    assert counts(report) == (0, 1, 1, 0)
    one, _ = rows(store, "asset")
    assert (one["name"], one["firmware"], one["audience"]) == ("Weld camera", "2.0", "role:isms_manager")


def test_one_bad_row_keeps_all_out_unless_it_is_skipped(store: Store, folder: Path) -> None:
    text = "id,name,class,owner\nA-001,Press,plc,ada@plant.example\nA-002,,plc,\nA-003,Robot,spaceship,nobody\n"
    before = entries(store)
    report = load(store, folder, "asset", text)
    assert counts(report) == (1, 0, 0, 2) and not report.saved and entries(store) == before
    found = refusals(report)
    assert (3, "name", "", "it is empty; fill it in") in found
    assert (4, "owner", "nobody", "nobody has that e-mail, id or name; add the person first") in found
    assert next(reason for row, column, value, reason in found if (row, column, value) == (4, "class", "spaceship")).startswith(
        "allowed are "
    )
    assert load(store, folder, "asset", text, skip_bad=True).saved
    assert [row["id"] for row in rows(store, "asset")] == ["A-001"]
    assert entries(store) == before + 1


def test_rows_may_name_rows_further_down_and_by_their_name(store: Store, folder: Path) -> None:
    text = "id,name,class,depends_on\nA-001,Press,plc,A-002|Camera\nA-002,Robot,plc,A-001\n,Camera,hmi,\n"
    assert counts(load(store, folder, "asset", text)) == (3, 0, 0, 0)
    assert [row["depends_on"] for row in rows(store, "asset")] == [["A-002", "A-003"], ["A-001"], []]
    assert counts(load(store, folder, "asset", text)) == (0, 0, 3, 0)


def test_a_row_that_fails_late_leaves_nothing_behind(store: Store, folder: Path) -> None:
    text = "id,name,class,depends_on\nA-001,Press,plc,A-002|A-999\nA-002,Robot,plc,\n"
    report = load(store, folder, "asset", text, skip_bad=True)
    assert counts(report) == (1, 0, 0, 1) and [row["id"] for row in rows(store, "asset")] == ["A-002"]


def test_the_same_id_twice_and_a_taken_out_id_are_refused(store: Store, folder: Path) -> None:
    with writing(store) as book:
        book.create("asset", an_asset(id="A-007"))
        book.retire("asset", "A-007", "sold")
    report = load(store, folder, "asset", "id,name,class\nA-001,Press,plc\nA-001,Robot,plc\nA-007,Old,plc\n")
    assert [(row, value) for row, _, value, _ in refusals(report)] == [(3, "A-001"), (4, "A-007")]
    assert "row 2 has that id already" in report.refusals[0].reason


def test_measurements_are_added_and_never_changed(store: Store, folder: Path) -> None:
    with writing(store) as book:
        book.create("kpi", {"name": "Uptime"})
    assert counts(load(store, folder, "measurement", 'kpi,date,value,note\nKPI-001,2026-01-31,"99,5",\nUptime,2026-02-28,"98,1",\n')) == (
        2,
        0,
        0,
        0,
    )
    report = load(store, folder, "measurement", 'kpi,date,value,note\nKPI-001,2026-01-31,"99,5",\nKPI-001,2026-01-31,"97,5",\n')
    assert counts(report) == (0, 0, 1, 1) and "give the newer one a note" in report.refusals[0].reason
    assert counts(load(store, folder, "measurement", 'kpi,date,value,note\nKPI-001,2026-01-31,"97,5",corrected\n')) == (1, 0, 0, 0)


# --- rights ------------------------------------------------------------------------------------------------------


def test_rights_hold_in_files_too(store: Store, folder: Path) -> None:
    with writing(store) as book:
        book.create("risk", a_risk(owner="P-002"))
        book.create("risk", a_risk(owner="P-001"))
    with pytest.raises(NotAllowed, match="site: the role visitor"):
        load(store, folder, "site", "name\nHere\n", actor=somebody("visitor"))
    report = load(store, folder, "risk", "ref_id,current_impact\nR-001,2\nR-002,2\n", actor=ADA)
    assert [one.row for one in report.refusals] == [3] and counts(report)[1] == 1
    assert load(store, folder, "risk", "ref_id,name,description\n,New,x\n", actor=JON).refused == 1


# --- scores and scales -------------------------------------------------------------------------------------------

RISK = "ref_id,name,inherent_proba,inherent_impact,inherent_level\n"


def test_a_score_is_checked_and_never_stored(store: Store, folder: Path) -> None:
    assert counts(load(store, folder, "risk", f"{RISK}R-001,One,3,4,12\nR-002,Two,3,4,High\n")) == (2, 0, 0, 0)
    report = load(store, folder, "risk", f"{RISK}R-003,Three,3,4,15\nR-004,Four,,4,15\n")
    assert refusals(report)[0] == (
        2, "inherent_level", "15", "likelihood times impact is 12; one of the three is wrong (a score is worked out, never stored)",
    )  # fmt: skip
    assert refusals(report)[1][3].startswith("there is a score, but likelihood or impact is empty")
    assert load(store, folder, "risk", "ref_id,inherent_level\nR-001,9\n").refusals[0].value == "9"


@pytest.mark.parametrize(
    ("likelihoods", "levels"),
    [
        (("Low", "Medium", "High"), (2, 4, 5)),
        (("niedrig", "mittel", "hoch"), (2, 4, 5)),
        (("Very low", "Low", "High"), (1, 2, 4)),
        (("Rare", "Possible", "Almost certain"), (1, 3, 5)),
        (("sehr gering", "mittel", "sehr hoch"), (1, 3, 5)),
        (("1", "3", "5"), (1, 3, 5)),
    ],
)
def test_names_of_levels_become_levels(store: Store, folder: Path, likelihoods: tuple[str, ...], levels: tuple[int, ...]) -> None:
    text = RISK + "".join(f"R-{n:03d},Risk {n},{name},3,\n" for n, name in enumerate(likelihoods, 1))
    report = load(store, folder, "risk", text)
    assert [row["inherent_likelihood"] for row in rows(store, "risk")] == list(levels)
    told = {name: level for name, level in zip(likelihoods, levels, strict=True) if name != str(level)}
    assert report.scale.get("likelihood", {}) == told


def test_a_scale_file_says_what_foreign_levels_mean(store: Store, folder: Path) -> None:
    scale = folder / "scale.json"
    scale.write_text(json.dumps({"likelihood": {"Now and then": 3}, "impact": {"Ouch": 5}}), "utf-8")
    load(store, folder, "risk", f"{RISK}R-001,One,now and then,ouch,15\n", scale=scale)
    assert (rows(store, "risk")[0]["inherent_likelihood"], rows(store, "risk")[0]["inherent_impact"]) == (3, 5)
    scale.write_text('{"likelihood": {"a": 9}}', "utf-8")
    with pytest.raises(UnreadableDocument, match="likelihood, 'a': a level is a whole number from 1 to 5"):
        load(store, folder, "risk", f"{RISK}R-001,One,a,2,\n", scale=scale)


def test_a_level_beyond_five_in_a_plain_file_is_a_mistake(store: Store, folder: Path) -> None:
    report = load(store, folder, "risk", f"{RISK}R-001,One,6,4,\n")
    assert refusals(report) == [(2, "inherent_proba", "6", "write a whole number from 1 to 5")]


# --- forms -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-12-31", "2026-12-31"), ("31.12.2026", "2026-12-31"), ("1.2.2026", "2026-02-01"), ("12/31/2026", "2026-12-31"),
        ("31/12/2026", "2026-12-31"), ("31 Dec 2026", "2026-12-31"), ("31-Dec-2026", "2026-12-31"), ("31. Dezember 2026", "2026-12-31"),
        ("December 31, 2026", "2026-12-31"), ("46387", "2026-12-31"), ("2026/12/31", "2026-12-31"), ("5/5/2026", "2026-05-05"),
        ("31.12.2026 14:30", "2026-12-31"),
    ],
)  # fmt: skip
def test_dates_are_read_as_people_write_them(store: Store, folder: Path, written: str, day: str) -> None:
    load(store, folder, "risk", f'ref_id,name,review_date\nR-001,One,"{written}"\n')
    assert rows(store, "risk")[0]["review_date"] == day


def test_a_date_with_two_readings_is_decided_by_the_column_or_refused_with_both(store: Store, folder: Path) -> None:
    report = load(store, folder, "risk", "ref_id,name,review_date\nR-001,One,03/04/2026\n")
    assert refusals(report) == [(2, "review_date", "03/04/2026", "it can be 2026-04-03 or 2026-03-04; write one of them")]
    load(store, folder, "risk", "ref_id,name,review_date\nR-001,One,03/04/2026\nR-002,Two,12/31/2026\n")
    assert rows(store, "risk")[0]["review_date"] == "2026-03-04"
    assert load(store, folder, "risk", "ref_id,review_date\nR-001,31.02.2026\n").refusals[0].reason.startswith("there is no such day")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        (["1.234,5"], 1234.5), (["1,234.5"], 1234.5), (["0,5"], 0.5), (["12,25"], 12.25), (["1.5"], 1.5), (["1.234"], 1.234),
        (["1.234", "0,5"], 1234.0), (["1,234", "0.5"], 1234.0), (["-3"], -3.0), (["1 234,5"], 1234.5),
    ],
)  # fmt: skip
def test_numbers_are_read_in_english_and_german_form(store: Store, folder: Path, column: list[str], value: float) -> None:
    load(store, folder, "kpi", "id;name;target\n" + "".join(f"KPI-{n:03d};K{n};{text}\n" for n, text in enumerate(column, 1)))
    assert rows(store, "kpi")[0]["target"] == value


def test_a_number_with_two_readings_is_refused_with_both(store: Store, folder: Path) -> None:
    report = load(store, folder, "kpi", "id;name;target\nKPI-001;K;1,234\n")
    assert refusals(report) == [(2, "target", "1,234", "it can be 1234 or 1.234; write 1234, or 1.234 with a point")]
    assert counts(load(store, folder, "asset", "id;name;class;development_cost\nA-001;P;plc;410.000\n")) == (1, 0, 0, 0)
    assert rows(store, "asset")[0]["development_cost"] == 410_000


@pytest.mark.parametrize(
    ("word", "value"), [("ja", True), ("Nein", False), ("x", True), ("1", True), ("0", False), ("TRUE", True), ("", None)]
)
def test_yes_and_no(store: Store, folder: Path, word: str, value: bool | None) -> None:
    load(store, folder, "asset", f"id,name,class,in_scope\nA-001,P,plc,{word}\n")
    assert rows(store, "asset")[0]["in_scope"] is value


@pytest.mark.parametrize("who", ["ada@plant.example", "Ada Kern (ada@plant.example)", "Ada Kern <ADA@plant.example>", "ada kern", "P-002"])
def test_people_are_known_by_mail_and_name(store: Store, folder: Path, who: str) -> None:
    load(store, folder, "asset", f"id,name,class,owner\nA-001,P,plc,{who}\n")
    assert rows(store, "asset")[0]["owner"] == "P-002"


@pytest.mark.parametrize("between", ["|", ";", ",", "\n", " | "])
def test_lists_are_split_at_every_usual_sign(store: Store, folder: Path, between: str) -> None:
    with writing(store) as book:
        for name in ("Press", "Robot", "Camera, left"):
            book.create("asset", an_asset(name=name))
    load(store, folder, "risk", f'ref_id,name,assets\nR-001,One,"A-001{between}robot"\nR-002,Two,"Camera, left"\n')
    assert [row["assets"] for row in rows(store, "risk")] == [["A-001", "A-002"], ["A-003"]]


def test_codes_are_read_by_their_names_in_both_languages(store: Store, folder: Path) -> None:
    load(store, folder, "risk", "ref_id,name,treatment,category\nR-001,One,Mitigate,Daten\nR-002,Two,akzeptieren,OT\n")
    assert [(row["treatment"], row["category"]) for row in rows(store, "risk")] == [("modify", "data"), ("retain", "ot")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encodings_and_delimiters_are_recognised(store: Store, folder: Path, encoding: str, delimiter: str) -> None:
    text = f'Name{delimiter}Klasse{delimiter}Beschreibung\r\nPresse Süd{delimiter}SPS{delimiter}"Zeile 1\nZeile ""2"""\r\n'
    assert counts(load(store, folder, "asset", text.encode(encoding))) == (1, 0, 0, 0)
    (row,) = rows(store, "asset")
    assert (row["name"], row["asset_class"], row["description"]) == ("Presse Süd", "plc", 'Zeile 1\nZeile "2"')


def test_headings_fold_case_and_signs_and_a_typing_error_is_said(store: Store, folder: Path) -> None:
    assert counts(load(store, folder, "asset", "ID,NAME,Class,Purdue level\nA-1,P,plc,2\n")) == (1, 0, 0, 0)
    with pytest.raises(UnreadableDocument, match=r"the heading 'ownr' is unknown; if you mean owner, write that"):
        load(store, folder, "asset", "id,name,class,ownr\nA-2,P,plc,x\n")
    assert load(store, folder, "asset", "id,name,class,zzz\nA-1,P,plc,x\n").remarks == ["unknown headings, left out: zzz"]
    with pytest.raises(UnreadableDocument, match="both mean name"):
        load(store, folder, "asset", "id,name,Name,class\nA-2,P,Q,plc\n")
    with pytest.raises(UnreadableDocument, match="no row names columns of the register asset"):
        load(store, folder, "asset", "foo,bar\n1,2\n")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "there is no table in it"),
        ("id,name,class\n", "there are no rows below its headings"),
        ('id,name,class\nA-1,"P"x,plc\n', "line 2: .*put quotes around a whole cell"),
        (b"PK\x03\x04rest", "its content is an Excel workbook or an archive"),
        (b"\xd0\xcf\x11\xe0rest", "an old or protected Office file"),
    ],
)
def test_a_damaged_text_is_refused(store: Store, folder: Path, content: str | bytes, reason: str) -> None:
    with pytest.raises(UnreadableDocument, match=reason):
        load(store, folder, "asset", content)


def test_a_row_with_too_many_cells_is_refused(store: Store, folder: Path) -> None:
    report = load(store, folder, "asset", "id,name,class\nA-1,Press, big,plc\n")
    assert report.refused == 1 and "it has 4 cells, the headings are 3" in report.refusals[0].reason


def test_every_fault_of_a_row_is_reported_at_once(store: Store, folder: Path) -> None:
    head = "ref_id,name,current_proba,current_impact,current_level,treatment,assets,annex_a_controls,review_date\n"
    report = load(store, folder, "risk", head + "R-1,One,9,2,7,explode,A-999,A.99.1,2026-02-30\nR-2,Two,3,2,6,explode,A-999,,31/31/2026\n")
    columns = [(one.row, one.column) for one in report.refusals]
    assert sorted(columns) == sorted(
        [(2, name) for name in ("current_level", "current_proba", "treatment", "assets", "annex_a_controls", "review_date")]
        + [(3, name) for name in ("treatment", "assets", "review_date")]
    )
    assert all(one.value and one.reason for one in report.refusals) and not report.saved


def test_common_german_headings_and_short_years_are_read(store: Store, folder: Path) -> None:
    text = "Nr.;Bezeichnung;Eintrittswahrscheinlichkeit brutto;Behandlung;Verantwortlich;Termin\nR-1;Säure;3;vermindern;ada@plant.example;31.12.26\n"
    assert counts(load(store, folder, "risk", text.encode("cp1252"))) == (1, 0, 0, 0)
    [row] = rows(store, "risk")
    assert (row["id"], row["name"], row["treatment"], row["owner"], row["due_date"]) == ("R-1", "Säure", "modify", "P-002", "2026-12-31")


def test_a_common_heading_gives_way_to_a_plainer_one(store: Store, folder: Path) -> None:
    report = load(store, folder, "risk", "Nr,ref_id,name\n1,R-7,One\n")
    assert (rows(store, "risk")[0]["id"], report.remarks) == ("R-7", ["unknown headings, left out: Nr"])


def test_an_owner_is_taken_from_the_e_mail_beside_an_empty_cell_and_nobody_is_refused(store: Store, folder: Path) -> None:
    load(store, folder, "risk", "ref_id,name,owner,owner_email\nR-1,One,,ada@plant.example\n")
    assert rows(store, "risk")[0]["owner"] == "P-002"
    report = load(store, folder, "risk", "ref_id,name,owner,owner_email\nR-2,Two,,nobody@plant.example\n")
    assert refusals(report)[0][:3] == (2, "owner_email", "nobody@plant.example")


def test_two_headings_of_one_tool_for_the_same_column_are_no_mistake(store: Store, folder: Path) -> None:
    load(
        store, folder, "programme_task", "ref_id,name,task_date,next_occurrence\nT-1,Review,2026-06-01,2026-09-01\nT-2,Audit,2026-07-01,\n"
    )
    assert [row["due_date"] for row in rows(store, "programme_task")] == ["2026-09-01", "2026-07-01"]


# --- workbooks ---------------------------------------------------------------------------------------------------


def test_a_workbook_gives_dates_numbers_and_formula_values(store: Store, folder: Path) -> None:
    content = [["Our risks"], [], ["ref_id", "name", "review_date", "accepted_at", "inherent_proba", "inherent_impact"]]
    content.append(["R-001", "One", date(2026, 12, 31), datetime(2026, 1, 2, 3, 4), 3.0, 4])
    assert load(store, folder, "risk", content).refusals[0].reason == "say who accepted the risk"
    content[2][3], content[3][3] = "due_date", 46387
    assert counts(load(store, folder, "risk", content)) == (1, 0, 0, 0)
    (row,) = rows(store, "risk")
    assert (row["review_date"], row["due_date"], row["inherent_likelihood"]) == ("2026-12-31", "2026-12-31", 3)


def workbook(folder: Path, *sheets: tuple[str, list[list[Any]]], **change: Any) -> Path:
    book = Workbook()
    book.remove(book.active)
    for title, content in sheets:
        sheet = book.create_sheet(title)
        for row in content:
            sheet.append(row)
        if title in change.get("hidden", ()):
            sheet.sheet_state = "hidden"
        for cells in change.get("merged", ()):
            sheet.merge_cells(cells)
    book.save(folder / "book.xlsx")
    return folder / "book.xlsx"


ASSETS = [["id", "name", "class"], ["A-001", "Press", "plc"]]


def test_the_sheet_that_fits_is_taken_and_a_choice_is_asked_for(store: Store, folder: Path) -> None:
    path = workbook(folder, ("Notes", [["Hello"]]), ("Assets", ASSETS))
    assert import_file(store, MIRA, "asset", path, NOW).remarks == ["read from the sheet 'Assets'"]
    path = workbook(folder, ("One", ASSETS), ("Two", ASSETS))
    with pytest.raises(UnreadableDocument, match="several sheets could be the register asset: 'One', 'Two'; say which with --sheet"):
        import_file(store, MIRA, "asset", path, NOW)
    assert counts(import_file(store, MIRA, "asset", path, NOW, Options(sheet="two"))) == (0, 0, 1, 0)
    path = workbook(folder, ("Notes", [["Hello"]]), ("Assets", ASSETS), hidden=("Assets",))
    with pytest.raises(UnreadableDocument, match="the sheet 'Assets' is hidden"):
        import_file(store, MIRA, "asset", path, NOW)


def test_what_a_workbook_hides_is_said(store: Store, folder: Path) -> None:
    with pytest.raises(UnreadableDocument, match=r"has merged cells \(A2:A3\)"):
        import_file(store, MIRA, "asset", workbook(folder, ("A", [*ASSETS, ["", "Robot", "plc"]]), merged=["A2:A3"]), NOW)
    titled = [["Our assets"], *ASSETS]
    assert import_file(store, MIRA, "asset", workbook(folder, ("A", titled), merged=["A1:C1"]), NOW).saved, "a title may span its columns"
    with pytest.raises(UnreadableDocument, match="cell B2 holds a formula that was never computed"):
        import_file(store, MIRA, "asset", workbook(folder, ("A", [ASSETS[0], ["A-001", "=1+1", "plc"]])), NOW)


def repacked(path: Path, name: str, content: bytes) -> Path:
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("xl/vbaProject.bin", b"x", "it holds macros"),
        ("xl/externalLinks/externalLink1.xml", b"<externalLink/>", "it takes values from 1 other workbook"),
        ("xl/media/bomb.bin", b"0" * 210 * 1024 * 1024, "zip bomb"),
    ],
)
def test_a_dangerous_workbook_is_refused(store: Store, folder: Path, name: str, content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableDocument, match=reason):
        import_file(store, MIRA, "asset", repacked(workbook(folder, ("A", ASSETS)), name, content), NOW)


def test_a_used_range_of_a_million_rows_is_read_to_its_end(store: Store, folder: Path) -> None:
    book = Workbook()
    for row in ASSETS:
        book.active.append(row)
    book.active.cell(1_048_576, 1).number_format = "0.00"
    book.save(folder / "long.xlsx")
    assert counts(import_file(store, MIRA, "asset", folder / "long.xlsx", NOW)) == (1, 0, 0, 0)


def test_other_files_are_refused(store: Store, folder: Path) -> None:
    (folder / "in.ods").write_bytes(b"x")
    (folder / "in.xlsx").write_bytes(b"PK\x03\x04broken")
    for name, reason in (
        ("in.ods", "tables are read from CSV, XLSX and Markdown"),
        ("in.xlsx", "damaged"),
        ("none.csv", "there is no such file"),
    ):
        with pytest.raises(UnreadableDocument, match=reason):
            import_file(store, MIRA, "asset", folder / name, NOW)


# --- files of other tools ----------------------------------------------------------------------------------------

FOREIGN = [
    (
        "CISO Assistant assets", "asset",
        "ref_id,name,description,domain,type,asset_class\nX1,Press,Big,Plant,SP,plc\n",
        {"id": "X1", "name": "Press", "asset_class": "plc"},
    ),
    (
        "CISO Assistant risks", "risk",
        "ref_id,name,description,inherent_proba,inherent_impact,inherent_level,existing_controls,current_proba,current_impact,current_level,"
        "additional_controls,residual_proba,residual_impact,residual_level,treatment,assets\n"
        "R.1,Fire,It burns,High,High,High,Alarm|Guard,Medium,High,Medium,Sprinkler,Low,Medium,Low,mitigate,\n",
        {"id": "R.1", "inherent_likelihood": 5, "current_likelihood": 4, "residual_likelihood": 2, "residual_impact": 4, "treatment": "modify", "existing_controls": "Alarm|Guard"},
    ),
    (
        "CISO Assistant risk export", "risk",
        "\ufeffref_id;assets;threats;name;description;existing_applied_controls;current_impact;current_proba;current_risk;additional_controls;"
        "residual_impact;residual_proba;residual_risk;treatment;strength_of_knowledge\n"
        "R.1;;Arson;Fire;It burns;Alarm;Very high;Low;Medium;Sprinkler;Low;Very low;Low;open;--\n",
        {"current_impact": 5, "current_likelihood": 2, "residual_likelihood": 1, "treatment": "", "threats": ["Arson"], "existing_controls": "Alarm"},
    ),
    (
        "CISO Assistant applied controls", "programme_task",
        "name,description,category,csf_function,ref_id,status,priority,effort,control_impact,link,start_date,eta,expiry_date,observation,"
        "filtering_labels,reference_control,cost_amortization_period,cost_build_fixed,cost_build_people_days,cost_run_fixed,cost_run_people_days\n"
        "Sprinkler,Wet,physical,protect,C1,in_progress,1,M,3,,2026-01-01,2026-05-01,,Soon,,,,5000,,,\n",
        {"id": "C1", "name": "Sprinkler", "state": "running", "due_date": "2026-05-01", "budget": 5000, "notes": "Wet\nSoon"},
    ),
    (
        "CISO Assistant findings", "finding",
        "ref_id,name,description,severity,status,filtering_labels,asset\nF1,Open port,Port 21,high,identified,,\n",
        {"id": "F1", "title": "Open port", "gap": "Port 21", "grade": "major"},
    ),
    (
        "CISO Assistant policies", "document",
        "ref_id,name,description,domain,status,link\nPOL-1,Access policy,x,Plant,active,\n",
        {"number": "POL-1", "title": "Access policy", "state": "approved"},
    ),
    (
        "CISO Assistant exceptions", "compensating_measure",
        "ref_id,name,description,domain,status,severity,expiration_date,observation\nE1,Old PLC,No patch,Plant,approved,high,2026-12-31,vendor gone\n",
        {"title": "Old PLC", "expires_on": "2026-12-31", "instead_of": "vendor gone"},
    ),
    (
        "CISO Assistant vulnerabilities", "finding",
        "ref_id,name,description,status,severity,assets,filtering_labels\nV1,CVE,Bad,potential,medium,,\n",
        {"id": "V1", "grade": "minor"},
    ),
    (
        "CISO Assistant incidents", "incident",
        "ref_id,name,description,domain,status,severity,detection\nI1,Leak,Data out,Plant,ongoing,major,internal\n",
        {"title": "Leak", "status": "contained", "severity": "high", "incident_class": "internal"},
    ),
    (
        "CISO Assistant threats", "threat_note",
        "ref_id,name,description,domain\nT1,Poisoning,Labels altered,Plant\n",
        {"title": "Poisoning", "note": "Labels altered", "noted_on": "2026-05-04"},
    ),
    (
        "CISO Assistant tasks", "programme_task",
        "ref_id,name,description,folder,is_recurrent,task_date,schedule_frequency,schedule_interval,schedule_days_of_week,schedule_weeks_of_month,"
        "schedule_months_of_year,schedule_end_date,schedule_occurrences,schedule_overdue_behavior,next_occurrence_status,enabled,assigned_to,"
        "assets,applied_controls,evidences,compliance_assessments,risk_assessments,findings_assessment,link\n"
        "T1,Review,All,Plant,False,2026-06-01,,,,,,,,,pending,True,ada@plant.example,,,,,,,\n",
        {"name": "Review", "due_date": "2026-06-01", "state": "open", "owner": "P-002"},
    ),
    (
        "CISO Assistant audit", "control_status",
        "urn,ref_id,name,description,typical_evidence,annotation,compliance_result,extended_result,requirement_progress,score,observations\n"
        "urn:x,A.8.24,Cryptography,,,,partially_compliant,,in_progress,2,Half done\n",
        {"id": "A.8.24", "implementation_status": "partly", "applicable": True, "how": "Half done"},
    ),
    (
        "Hyperproof", "risk",
        "ID,Name,Description,Owner,Response,Category,Inherent Likelihood,Rationale for Likelihood,Inherent Impact,Rationale for Impact,Tolerance\n"
        "H1,Fire,It burns,Ada Kern (ada@plant.example),Transfer,Operational,2,Rare here,5,All gone,3\n",
        {"id": "H1", "owner": "P-002", "treatment": "share", "category": "classic", "likelihood_reason": "Rare here", "impact_reason": "All gone"},
    ),
    (
        "RiskVision", "risk",
        "Permanent Id,Risk Category,Risk Description,Inherent Likelihood,Inherent Impact,Inherent Risk Score,Residual Likelihood,Residual Impact,"
        "Residual Risk Score,Risk Response1,Response1 Title,Response1 Startdate,Response1 Enddate,Response1 Status\n"
        "RV1,Security,Fire in hall 3. It burns.,7,4,28,3,2,6,Mitigate,Sprinkler,01/02/2026,12/31/2026,Open\n",
        {"id": "RV1", "name": "Fire in hall 3", "inherent_likelihood": 4, "inherent_impact": 2, "residual_likelihood": 2, "due_date": "2026-12-31", "additional_controls": "Sprinkler"},
    ),
    (
        "OpenGRC", "risk",
        "code,name,description,status,inherent_likelihood,inherent_impact,inherent_risk,residual_likelihood,residual_impact,residual_risk,department,"
        "scope,is_active,created_at,updated_at\nRISK-001,Fire,It burns,Not Assessed,4,5,20,2,3,6,IT,Plant,1,2026-01-01,2026-01-02\n",
        {"id": "RISK-001", "inherent_impact": 5, "residual_impact": 3},
    ),
    (
        "Vanta", "risk",
        "Description,Category,Likelihood,Impact,Notes\nFire in hall 3,Security,2,5,Ask the fire brigade\n",
        {"name": "Fire in hall 3", "current_likelihood": 2, "current_impact": 5, "justification": "Ask the fire brigade"},
    ),
    (
        "our own", "risk",
        ",".join(REGISTERS["risk"].header) + "\n"
        "R-001,Fire,It burns,4,5,20,Alarm,3,4,12,Sprinkler,2,3,6,modify,,ada@plant.example,ada@plant.example,AML.T0020,Dry wood,,A.8.24|A.5.1,,,operation,2026-09-01,,,ot,\n",
        {"owner": "P-002", "annex_a_controls": ["A.5.1", "A.8.24"], "category": "ot", "threats": ["AML.T0020"]},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "expected"), [case[1:] for case in FOREIGN], ids=[case[0] for case in FOREIGN])
def test_files_of_other_tools_load_as_they_are(store: Store, folder: Path, name: str, text: str, expected: dict[str, Any]) -> None:
    report = load(store, folder, name, text)
    assert counts(report) == (1, 0, 0, 0), report
    assert not [remark for remark in report.remarks if remark.startswith("unknown")]
    (row,) = rows(store, name)
    assert {key: row[key] for key in expected} == expected
    assert counts(load(store, folder, name, text)) == (0, 0, 1, 0)


MARKDOWN = [
    (
        "risk",
        "| Risk ID | Risk Description | Threat | Weakness | Likelihood | Impact | Risk Level | Treatment option | Treatment controls | Treatment rationale "
        "| Residual Risk | Owner | Status | AI Specificity |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n"
        "| R-01 | Labels altered | Poisoning | Open share | 3 | 4 | 12 | Mitigate | A.8.24, A.5.1 | Cheap | Low | Ada Kern | Open | Direct |\n",
        {
            "id": "R-01",
            "name": "Labels altered",
            "threats": ["Poisoning"],
            "current_likelihood": 3,
            "annex_a_controls": ["A.5.1", "A.8.24"],
        },
    ),
    (
        "corrective_action",
        "| Action ID | Source | Description | Owner | Due date | Status | Notes |\n|---|---|---|---|---|---|---|\n"
        "| CA-1 | Audit | Lock the \\| door | Ada Kern | 2026-06-01 | Open | soon |\n",
        {"id": "CA-1", "title": "Lock the | door", "due_date": "2026-06-01", "state": "reported", "owner": "P-002"},
    ),
    (
        "ai_system",
        "| AI System ID | Name | Owner | Purpose | Deployment Context | Risk Level | Status | Last reviewed | Impact Assessment Link | Notes |\n"
        "|---|---|---|---|---|---|---|---|---|---|\n| AI-1 | WeldEye | Ada Kern | Weld check | Edge | High | Active | 2026-01-01 | x.md | new |\n",
        {"id": "AI-1", "hosting": "Edge", "lifecycle_phase": "operation", "last_review": "2026-01-01", "impact_assessment": "x.md"},
    ),
]


@pytest.mark.parametrize(("name", "text", "expected"), MARKDOWN)
def test_markdown_tables_load_too(store: Store, folder: Path, name: str, text: str, expected: dict[str, Any]) -> None:
    whole = f"# A register\n\nSome words.\n\n{text}\n## Another table\n\n| Term | Meaning |\n|---|---|\n| a | b |\n"
    assert counts(load(store, folder, name, whole, ".md")) == (1, 0, 0, 0)
    (row,) = rows(store, name)
    assert {key: row[key] for key in expected} == expected


# --- a whole plant -----------------------------------------------------------------------------------------------


def test_a_folder_loads_in_the_order_of_what_names_what(store: Store, folder: Path) -> None:
    files = folder / "plant"
    (files / "details").mkdir(parents=True)
    (files / "zone.csv").write_text("id,name,site,boundary_devices\nZ-001,Office,S-001,A-001\n", "utf-8")
    (files / "asset.csv").write_text("id,name,class,zone,rotation_due\nA-001,Gateway,network,Z-001,today+3m\n", "utf-8")
    (files / "details" / "asset.csv").write_text("id,firmware,backup_on\nA-001,2.1,today-35\n", "utf-8")
    (files / "site.csv").write_text("id,name\nS-001,Here\n", "utf-8")
    (files / "incident.csv").write_text("id,title,detected_at\nINC-2026-001,Leak,today-3T03:30\n", "utf-8")
    assert [counts(report) for report in plant.load(store, INSTALLATION, files, NOW)] == [(1, 0, 0, 0)] * 4
    (asset,), (zone,), (incident,) = rows(store, "asset"), rows(store, "zone"), rows(store, "incident")
    assert (asset["zone"], asset["rotation_due"], asset["backup_on"], asset["firmware"]) == ("Z-001", "2026-08-04", "2026-03-30", "2.1")
    assert (zone["boundary_devices"], incident["detected_at"]) == (["A-001"], "2026-05-01T03:30:00Z")
    (files / "site.csv").write_text("id,name\nS-001,There\nS-002,\n", "utf-8")
    with pytest.raises(UnreadableDocument, match=r"site.csv, row 3, name: it is empty"):
        plant.load(store, INSTALLATION, files, NOW)
    assert [row["name"] for row in rows(store, "site")] == ["Here"]


def test_a_folder_tells_its_files_by_name_and_which_were_left_out(store: Store, folder: Path) -> None:
    files = folder / "plant"
    files.mkdir()
    (files / "site.csv").write_text("id,name\nS-001,Here\n", "utf-8")
    (files / "risk_riskvision.csv").write_text("Permanent Id,Risk Description\n1,Flood\n", "utf-8")
    (report,) = plant.load(store, INSTALLATION, files, NOW)
    assert report.file == "site.csv"
    assert report.remarks == ["left out: risk_riskvision.csv: no register has that name; load each with annexa import REGISTER FILE"]


def test_relative_dates_are_for_the_sample_plant_only(store: Store, folder: Path) -> None:
    assert load(store, folder, "risk", "ref_id,name,review_date\nR-001,One,today-3\n").refused == 1
