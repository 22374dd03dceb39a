"""Every type of document renders from the sample plant without a chat model, complete or marked."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import Session

from assistant.demo import PLANT, load_people
from assistant.drafting import documents, marks, types
from assistant.drafting.drafter import Drafter
from assistant.drafting.sources import Source
from assistant.drafting.threats import Near
from assistant.drafting.types import DocumentType
from assistant.exchange import plant
from assistant.identity import EVERYBODY, Asker
from knowledge import controls, publishing
from knowledge.errors import BadKnowledge
from knowledge.registers import Document, Store, risk_method, sqlite_url
from knowledge.registers.derived import Context
from knowledge.registers.rights import INSTALLATION, Actor
from tests.records import a_store

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
TYPES = types.document_types()
CLAIMS = re.compile(r"\b(is|are|has been|have been) (already )?(fully )?(implemented|in place|operational|established)\b", re.IGNORECASE)
"""What a skeleton never says: that something is done stands in the registers."""


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    store = Store(sqlite_url(tmp_path_factory.mktemp("types") / "annexa.db"))
    store.migrate()
    load_people(store, PLANT / "people.csv")
    with store.write() as writing:  # the registers name the documents, whose texts do not matter here
        for number in {"-".join(path.name.split("-")[:3]) for path in (PLANT / "documents").iterdir()}:
            writing.add(Document(number=number, title=number))
    plant.load(store, INSTALLATION, PLANT / "registers", NOW)
    with store.read() as opened:
        yield opened
    store.close()


def drafted(session: Session, kind: DocumentType, **more: str) -> documents.Draft:
    context = Context(risk_method.current(session), NOW.date())
    return documents.draft(session, INSTALLATION, context, lambda _question: [], kind, **more)


@pytest.mark.parametrize("name", TYPES)
def test_a_type_renders_with_every_section_filled_or_marked(session: Session, name: str) -> None:
    made = drafted(session, TYPES[name])
    assert "{{" not in made.text and "}}" not in made.text
    for section in re.split(r"^## ", made.text, flags=re.MULTILINE)[1:]:
        assert len(section.split("\n", 1)[1].split()) >= 3, section
    numbers = {int(number) for number in re.findall(r"\[\^(\d+)\]", made.text)}
    assert numbers == set(range(1, len(made.sources) + 1))
    assert len(re.findall(r"\[to decide: question \d+, ", made.text)) == len(made.open_points)
    assert all(point.person_id for point in made.open_points), "each question names the person who can answer"


@pytest.mark.parametrize("name", TYPES)
def test_a_type_claims_nothing_as_done(name: str) -> None:
    assert not [section.heading for section in TYPES[name].sections if CLAIMS.search(section.body)]


def test_every_document_and_record_of_the_catalogue_has_a_type() -> None:
    assert {entry.id for entry in controls.catalogue().documents()} == {kind.id for kind in TYPES.values()}


def test_no_two_types_share_a_paragraph() -> None:
    seen: dict[str, str] = {}
    for name, kind in TYPES.items():
        for section in kind.sections:
            for paragraph in section.body.split("\n\n"):
                words = paragraph.split()
                if len(words) >= 12 and not paragraph.startswith("{{"):
                    assert seen.setdefault(" ".join(words), name) == name, paragraph


def test_answers_fill_the_draft_and_leave_the_other_questions_open(session: Session) -> None:
    kind = TYPES["corrective-action-procedure"]
    made = drafted(session, kind)
    again = documents.draft(
        session,
        INSTALLATION,
        Context(risk_method.current(session), NOW.date()),
        lambda _: [],
        kind,
        answers={"retention": "7 years | {{owner}}"},
    )
    assert "7 years \\| { {owner}}" in again.text
    assert len(again.open_points) == len(made.open_points) - 1


def test_what_approved_documents_say_is_quoted_with_its_source(session: Session) -> None:
    quote = Source("doc:IS-PRO-05@2.0", "document", "IS-PRO-05 Backup", "Copies are kept for 90 days.", "/sources/x", "2.0")
    kind = next(kind for kind in TYPES.values() if "{{said " in "".join(section.body for section in kind.sections))
    context = Context(risk_method.current(session), NOW.date())
    made = documents.draft(session, INSTALLATION, context, lambda _question: [quote], kind)
    assert "> Copies are kept for 90 days. (IS-PRO-05 Backup)[^" in made.text
    assert quote in made.sources


def test_a_rule_is_told_with_the_question_it_answers_and_what_only_comes_near_is_left_to_whoever_decides(session: Session) -> None:
    kind, context = TYPES["corrective-action-procedure"], Context(risk_method.current(session), NOW.date())
    row = "No.: 7 | Record type: Corrective actions | Retention: 6 years"
    kept = Source("doc:IS-REG-01@2.0", "document", "IS-REG-01 Retention", row, "/sources/x")
    near = replace(kept, quote="Cases are kept.", alone=False)

    def asked(answer: Source) -> documents.Draft:
        return documents.draft(session, INSTALLATION, context, lambda question: [answer] if "closed cases" in question else [], kind)

    made, unsure = asked(kept), asked(near)
    assert (
        "How many years are closed cases kept? Approved today: “Record type: Corrective actions; Retention: 6 years” (IS-REG-01"
        in made.text
    )
    point = next(point for point in made.open_points if point.key == "retention")
    number = made.open_points.index(point) + 1
    assert marks.to_decide(number, point.told) in made.text and point.question == "How many years are closed cases kept?"
    assert "6 years" not in marks.answered(made.text, number, "10 years"), "the rule goes with the question once somebody has decided"
    assert "Cases are kept." not in unsure.text
    assert near in [point.hint for point in unsure.open_points]


def test_who_took_part_in_what_stands_in_no_document_for_everybody(session: Session) -> None:
    kind, context = TYPES["training-and-awareness-records"], Context(risk_method.current(session), NOW.date())
    body = "{{table training | id, title, owner | HR}}\n\n{{count training?state=done}} done"
    open_to_all, few = (
        replace(kind, sections=(types.Section("Trainings", body),), audience=audience) for audience in ("staff", "role:isms_manager")
    )
    keeper = Asker(person_id="P-001", role="isms_manager", audiences=EVERYBODY | {"role:isms_manager"})
    for made, column in ((open_to_all, False), (few, True)):
        text = documents.draft(session, keeper, context, lambda _: [], made).text
        assert ("Participant" in text) is column and "Security training for office posts" in text
    text = documents.draft(session, Asker(person_id="P-009"), context, lambda _: [], open_to_all).text
    assert "Security training" not in text and "0" not in text.split("## 2")[0] and "of others are not shown" in text


def test_a_draft_for_one_audit_holds_that_audit_alone(session: Session) -> None:
    made = drafted(session, TYPES["internal-audit-report"], subject="AU-2026-001")
    assert made.title == "Internal audit results: Internal audit of the year"
    findings = marks.section(made.text, "Findings").body
    assert "F-2026-001" in findings and "F-2026-007" not in findings, "the findings of others stand in their own reports"


def test_the_day_of_the_draft_can_be_a_condition_and_controls_stand_with_their_titles(session: Session) -> None:
    text = drafted(session, TYPES["risk-treatment-plan"]).text
    assert "Shutdown at the end of the year" in text and "Window for FurnaceTune 1.3" not in text, "a window that is over helps no action"
    assert "| A.8.28 Secure coding |" in text
    means = marks.section(drafted(session, TYPES["statement-of-applicability"]).text, "Reason and means of each applicable control").body
    assert means.index("| A.5.2 ") < means.index("| A.5.10 ") < means.index("| A.8.1 ")


def test_a_day_that_is_kept_as_a_moment_is_told_as_a_day(session: Session) -> None:
    remaining = marks.section(drafted(session, TYPES["risk-treatment-results"]).text, "What remains, and who carries it").body
    assert "Acceptance expires" in remaining and "00:00" not in remaining


def test_a_row_with_markdown_in_it_stays_text(session: Session) -> None:
    assert marks.one_line("a | b\n## {{soa}} <script> [^1]") == "a \\| b ## { {soa}} \\<script\\> [ ^1]"


@pytest.mark.parametrize(
    ("front", "message"),
    [
        ("id: DOC-043\n", "is missing"),
        ("colour: red\n", "colour is not a field"),
    ],
)
def test_a_file_that_is_not_in_its_form_is_named_with_what_is_wrong(tmp_path: Path, front: str, message: str) -> None:
    path = tmp_path / "odd.md"
    path.write_text(f"---\n{front}---\n## Purpose\n\nText.\n", "utf-8")
    with pytest.raises(BadKnowledge, match=f"odd.md: .*{message}"):
        types.read(path)


def test_the_hash_of_an_approved_text_depends_on_its_title() -> None:
    assert publishing.content_hash("a", "text") != publishing.content_hash("b", "text")


def test_a_title_with_a_place_in_it_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "odd.md"
    kept = types.FOLDER / "corrective-action-procedure.md"
    path.write_text(kept.read_text("utf-8").replace("## Purpose", "## Purpose on {{today}}"), "utf-8")
    with pytest.raises(BadKnowledge, match="filled in text alone"):
        types.read(path)


def test_a_document_for_all_quotes_nothing_that_only_its_writer_may_read() -> None:
    keeper = Asker(person_id="P-001", role="isms_manager", audiences=EVERYBODY | {"role:isms_manager"})
    assert documents.reader(keeper, "staff").audiences == EVERYBODY
    assert documents.reader(keeper, "role:isms_manager").audiences == EVERYBODY | {"role:isms_manager"}
    assert documents.reader(INSTALLATION, "staff").audiences == EVERYBODY


def test_what_finds_quotes_searches_as_the_readers_of_the_document(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    searched: list[frozenset[str]] = []

    def find(questions: Sequence[str], actor: Actor) -> list[list[Source]]:
        searched.append(actor.audiences)
        return [[] for _ in questions]

    drafter = Drafter(store, find, lambda _: Near(), lambda _: [], lambda _: None, lambda: NOW)
    drafter.document(
        Asker(person_id="P-001", role="isms_manager", audiences=EVERYBODY | {"role:isms_manager"}), "corrective-action-procedure"
    )
    store.close()
    assert searched and set(searched) == {EVERYBODY}
