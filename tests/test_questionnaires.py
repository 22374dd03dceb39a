"""A customer's questionnaire: answered from approved facts, blank where there are none, and the file otherwise left as it was."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font, PatternFill

from assistant.drafting import questionnaire_files, questionnaire_worker, questionnaires
from assistant.drafting.questionnaires import Proposed
from assistant.drafting.sources import Source
from assistant.drafting.statements import Registers
from knowledge.errors import UnreadableDocument
from knowledge.registers import Store
from knowledge.registers.derived import Context
from knowledge.registers.rights import INSTALLATION
from tests.records import CONTEXT, a_store, writing
from tests.register_web import a_web_plant, browser
from tests.web import soup

RULES = {
    "mfa": "Multi-factor authentication is required for every remote access.",
    "sticks": "Private USB sticks must not be connected to machines.",
    "sticks_de": "Private USB-Sticks dürfen nicht an Anlagen angeschlossen werden.",
    "shared": "Shared accounts are only permitted on the panels of line 1 and are not allowed elsewhere.",
    "logs": "Logs are kept for 12 months.",
    "patch": "Critical patches are installed within 30 days.",
    "laptops": "The hard disks of office laptops are encrypted.",
    "restore": "Die Wiederherstellung wird jedes Quartal getestet.",
}
# question, rule that a document gives, control that it is about with its fit, verdict
ASKED = [
    ("Is multi-factor authentication used for remote access?", "mfa", ("A.8.5", 0.8), "yes"),
    ("Do you back up your data?", "", ("A.8.13", 0.8), "yes"),
    ("Do you use secure log-on?", "", ("A.8.5", 0.62), "needs information"),
    ("Do you filter web access?", "", ("A.8.23", 0.8), "partly"),
    ("Do you mask data?", "", ("A.8.11", 0.8), "no"),
    ("Is source code protected?", "", ("A.8.4", 0.8), "needs information"),
    ("Do you outsource development under contract?", "", ("A.8.30", 0.8), "needs information"),
    ("Do you monitor physical premises?", "", ("A.7.4", 0.8), "needs information"),
    ("Do you classify information?", "", ("A.5.12", 0.9), "needs information"),
    ("Do you feed the office cat?", "", ("A.8.5", 0.3), "needs information"),
    ("Do you allow private USB sticks?", "sticks", ("A.7.10", 0.8), "no"),
    ("Is the use of private USB sticks permitted?", "sticks", ("A.7.10", 0.8), "no"),
    ("Are private USB sticks prohibited?", "sticks", ("A.7.10", 0.8), "yes"),
    ("Erlauben Sie private USB-Sticks?", "sticks_de", ("A.7.10", 0.8), "no"),
    ("Dürfen Besucher private USB-Sticks benutzen?", "sticks_de", ("A.7.10", 0.8), "no"),
    ("Do you allow shared accounts?", "shared", ("A.8.5", 0.8), "partly"),
    ("Do you allow private cars on site?", "sticks", ("A.7.4", 0.8), "needs information"),
    ("Do you allow shared accounts?", "", ("A.8.5", 0.9), "needs information"),
    ("Are there remote accesses without multi-factor authentication?", "mfa", ("A.8.5", 0.8), "needs information"),
    ("Don't you back up your data?", "", ("A.8.13", 0.9), "needs information"),
    ("Gibt es keine Datensicherung?", "", ("A.8.13", 0.9), "needs information"),
    ("How long do you keep logs?", "logs", ("A.8.15", 0.8), "yes"),
    ("How many people work for you?", "", ("A.8.5", 0.7), "needs information"),
    ("Do you install critical patches within 7 days?", "patch", ("A.8.5", 0.8), "needs information"),
    ("Do you install critical patches within 30 days?", "patch", ("A.8.5", 0.8), "yes"),
    ("Have you had a breach in the last three years?", "", ("A.8.5", 0.8), "needs information"),
    ("Do you hold a SOC 2 report?", "", ("A.8.5", 0.8), "needs information"),
    ("Haben Sie eine Cyberversicherung?", "", ("A.8.5", 0.8), "needs information"),
    ("Are the disks of all laptops encrypted?", "laptops", ("A.8.5", 0.8), "partly"),
    ("Werden Wiederherstellungen getestet?", "restore", ("A.8.13", 0.8), "yes"),
]
CONTROLS = (
    ("A.8.5", "implemented", True), ("A.8.13", "implemented", True), ("A.8.23", "partly", True), ("A.8.11", "not_started", False),
    ("A.8.4", "implemented", False), ("A.7.10", "implemented", True), ("A.8.15", "implemented", True),
)  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    made = a_store(tmp_path_factory.mktemp("plant"))
    with writing(made, INSTALLATION) as book:
        book.create("evidence", {"id": "EV-001", "title": "Record", "control": ["A.8.5"], "supports_date": "2026-04-01"})
        for id_, status, proven in CONTROLS:
            row = {"id": id_, "applicable": True, "implementation_status": status, "last_checked": "2026-04-01"}
            book.create("control_status", row | ({"evidence": ["EV-001"]} if proven else {}))
        reason = "Nobody outside develops software for the lines in scope."
        book.create("control_status", {"id": "A.8.30", "applicable": False, "exclusion_reason": reason})
    yield made
    made.close()


def answered(store: Store, question: str, rule: str = "", about: tuple[str, float] = ("A.8.5", 0.0)) -> Proposed:
    says = [Source("doc:IS-1@1", "document", "IS-1 Rules", RULES[rule], "/sources/1")] if rule else []
    with store.read() as session:
        registers = Registers(session, INSTALLATION, Context(CONTEXT.method, CONTEXT.today))
        return questionnaires.answer(registers, question, says, [(f"iso27001-2022:{about[0]}", about[1])])


@pytest.mark.parametrize(("question", "rule", "about", "verdict"), ASKED)
def test_a_question_is_answered_as_far_as_facts_carry_it(
    store: Store, question: str, rule: str, about: tuple[str, float], verdict: str
) -> None:
    made = answered(store, question, rule, about)
    assert made.verdict == verdict
    assert bool(made.text) == (verdict != "needs information") and bool(made.ask) == (verdict == "needs information")


def test_an_answer_cites_the_document_and_the_register(store: Store) -> None:
    made = answered(store, ASKED[0][0], "mfa", ("A.8.5", 0.8))
    assert [source.source_id for source in made.sources] == ["doc:IS-1@1", "row:A.8.5"]
    assert RULES["mfa"] in made.text and "implemented" in made.text and "2026-04-01" in made.text


def test_what_is_excluded_is_said_to_the_person_who_is_asked(store: Store) -> None:
    assert "Nobody outside develops" in answered(store, "Do you outsource development?", about=("A.8.30", 0.9)).ask


# --- files ---------------------------------------------------------------------------------------------------------------


def a_workbook(path: Path) -> Path:
    book = Workbook()
    page = book.active
    page.title = "Security"
    page["A1"], page["A1"].font = "Supplier self-assessment", Font(bold=True, size=16)
    page.merge_cells("A1:D1")
    page.append(["No.", "Question", "Answer", "Comment"])
    for row in (
        [1, "Do you encrypt laptops?", None, None],
        [2, "Do you test your backups?", "Yes, by hand", None],
        [3, "Do you have a mascot at all?", None, "ask marketing"],
    ):
        page.append(row)
    page["E3"], page["B3"].fill = "=A3*2", PatternFill("solid", fgColor="FFEE00")
    page.column_dimensions["B"].width = 61
    german = book.create_sheet("Fragen")
    german.append(["Frage", "Antwort", "Bemerkung"])
    german.append(["Werden Notebooks bei Ihnen verschlüsselt?", None, None])
    book.create_sheet("Legend").append(["Colours", "mean nothing"])
    book.save(path)
    return path


def yes(question: str, text: str = "Disks are encrypted.") -> Proposed:
    return Proposed(question, "yes", text, ())


def filled(path: Path, out: Path, text: str = "Disks are encrypted.") -> int:
    sheets = questionnaire_files.read(path)
    answers = {
        (sheet.name, row): Proposed(question, "needs information", "", (), "?") if "mascot" in question else yes(question, text)
        for sheet in sheets
        for row, question in sheet.rows
    }
    return questionnaire_files.write(path, out, sheets, {place: questionnaires.cells(made) for place, made in answers.items()})


def test_a_workbook_gets_its_answers_and_keeps_everything_else(tmp_path: Path) -> None:
    path = a_workbook(tmp_path / "asked.xlsx")
    assert [(sheet.name, sheet.question, sheet.answer, sheet.comment, len(sheet.rows)) for sheet in questionnaire_files.read(path)] == [
        ("Security", 2, 3, 4, 3),
        ("Fragen", 1, 2, 3, 1),
    ]
    assert filled(path, tmp_path / "out.xlsx") == 2
    before, after = load_workbook(path), load_workbook(tmp_path / "out.xlsx")
    page = after["Security"]
    assert [page[cell].value for cell in ("C3", "D3", "C4", "C5", "D5")] == [
        "Yes",
        "Disks are encrypted.",
        "Yes, by hand",
        None,
        "ask marketing",
    ]
    assert [after["Fragen"][cell].value for cell in ("B2", "C2")] == ["Ja", "Disks are encrypted."]
    assert page["E3"].value == "=A3*2" and page["B3"].fill.fgColor.rgb == before["Security"]["B3"].fill.fgColor.rgb
    assert page.column_dimensions["B"].width == 61 and [str(one) for one in page.merged_cells.ranges] == ["A1:D1"]
    assert page["A1"].font.b and after.sheetnames == before.sheetnames
    changed = {
        (name, cell.coordinate)
        for name in after.sheetnames
        for row in after[name].iter_rows()
        for cell in row
        if cell.value != before[name][cell.coordinate].value
    }
    assert changed == {("Security", "C3"), ("Security", "D3"), ("Fragen", "B2"), ("Fragen", "C2")}


def test_an_answer_that_looks_like_a_formula_stays_text(tmp_path: Path) -> None:
    path = a_workbook(tmp_path / "asked.xlsx")
    filled(path, path, "=HYPERLINK(1)")
    assert load_workbook(path)["Security"]["D3"].data_type == "s"


def test_a_merged_answer_cell_and_a_missing_comment_column_are_written_all_the_same(tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(["Question", "Response"])
    book.active.append(["Do you encrypt laptops?", None, None])
    book.active.merge_cells("B2:C2")
    book.save(tmp_path / "asked.xlsx")
    assert filled(tmp_path / "asked.xlsx", tmp_path / "asked.xlsx") == 1
    page = load_workbook(tmp_path / "asked.xlsx").active
    assert page["B2"].value == "Yes" and page["D2"].value == "Disks are encrypted." and page["D1"].value == "Comment"


def test_a_csv_with_semicolons_gets_its_answers(tmp_path: Path) -> None:
    path = tmp_path / "asked.csv"
    path.write_text("Nr;Frage;Antwort\n1;Werden Notebooks bei Ihnen verschlüsselt?;\n2;Gibt es ein Maskottchen (mascot)?;\n", "utf-8")
    assert filled(path, path, "=Platten") == 1
    assert path.read_text("utf-8").splitlines()[1].split(";") == ["1", "Werden Notebooks bei Ihnen verschlüsselt?", "Ja", "'=Platten"]


def test_pasted_questions_lose_their_numbers() -> None:
    assert questionnaires.pasted("1. Do you encrypt laptops?\n- Do you test backups?\n\nThanks\n(3) Is there a policy?") == [
        "Do you encrypt laptops?",
        "Do you test backups?",
        "Is there a policy?",
    ]


@pytest.mark.parametrize(
    ("name", "content"), [("empty.csv", b""), ("broken.xlsx", b"PK no"), ("notes.pdf", b"%PDF"), ("prose.csv", b"a,b\n1,2\n")]
)
def test_a_file_without_questions_is_refused_by_name(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableDocument, match=name):
        questionnaire_files.read(tmp_path / name)


# --- from outside ----------------------------------------------------------------------------------------------------------


def test_an_uploaded_workbook_comes_back_with_answers_and_its_other_cells(tmp_path: Path) -> None:
    content = a_workbook(tmp_path / "asked.xlsx").read_bytes()
    sheets = questionnaire_worker.read(content, "asked.xlsx")
    assert sheets == questionnaire_files.read(tmp_path / "asked.xlsx")
    cells = {(sheet.name, row): ("Yes", "=SUM(A1)") for sheet in sheets for row, _ in sheet.rows}
    (tmp_path / "back.xlsx").write_bytes(questionnaire_worker.filled(content, "asked.xlsx", sheets, cells))
    before, after = (load_workbook(tmp_path / name)["Legend"]["A1"].value for name in ("asked.xlsx", "back.xlsx"))
    assert before == after == "Colours"
    page = load_workbook(tmp_path / "back.xlsx")[sheets[0].name]
    assert {cell.data_type for row in page.iter_rows() for cell in row if cell.value == "=SUM(A1)"} == {"s"}


def a_bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (40 * 1024 * 1024))
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("bomb.xlsx", a_bomb(), "grows beyond all measure"),
        ("old.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 600, "old Office file"),
        ("text.xlsx", b"Do you encrypt laptops?", "its content is plain text"),
        ("broken.xlsx", b"PK\x03\x04" + b"0" * 600, "damaged"),
        ("empty.csv", b"", "empty"),
        ("none.csv", b"a;b\n1;2\n", "no column of questions"),
    ],
)
def test_an_upload_that_is_no_questionnaire_is_refused_with_what_to_do(name: str, content: bytes, told: str) -> None:
    with pytest.raises(UnreadableDocument, match=told):
        questionnaire_worker.read(content, name)


def test_the_page_shows_answers_with_their_sources_and_gives_the_file_back(tmp_path: Path) -> None:
    with a_web_plant(tmp_path) as app:
        client = browser(app, "staff")
        token = soup(client.get("/questionnaire").text).select_one("input[name=token]")
        assert token
        sent = {"token": str(token["value"])}
        asked = ("../../etc/our list.csv", "Question;Answer\nIs the use of cryptography ruled?;\nDo you have a mascot on site?;\n")
        shown = client.post("/questionnaire", data={**sent, "step": "show"}, files={"file": asked})
        assert shown.status_code == 200 and "mascot" in shown.text
        kept = {field["name"]: field["value"] for field in soup(shown.text).select("form input[type=hidden]")}
        back = client.post("/questionnaire", data={**kept, "step": "file"})
        assert back.text.startswith("Question;Answer") and "our list-answered.csv" in back.headers["content-disposition"]
        assert back.headers["x-content-type-options"] == "nosniff"
        pasted = client.post("/questionnaire", data={**sent, "step": "show", "text": "1. Do you encrypt laptops?"})
        assert "Do you encrypt laptops?" in soup(pasted.text).select("td")[1].text
        assert client.post("/questionnaire", data={"step": "show", "text": "Do you encrypt?"}).status_code == 403
        refused = client.post("/questionnaire", data=sent, files={"file": ("a.exe", b"MZ")})
        assert refused.status_code == 422 and "a.exe" in refused.text
