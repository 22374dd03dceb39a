"""A cited source opened: the passage marked in its place, the document's state in words, and nothing for those who may not read it."""

import copy
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlmodel import select

from assistant.app import App
from assistant.phrases import phrases
from assistant.web.sources import STANDING, document_lines, standing
from knowledge import controls
from knowledge.registers import Document, DocumentVersion, Passage
from tests.web import moved, passage_of, person, soup, visitor


def test_the_passage_is_marked_in_its_document(app: App) -> None:
    passage = passage_of(app, "IS-PRO-05", "18 months")
    page = soup(moved(visitor(app, demo=True), "").get(f"/sources/{passage.id}").text)
    assert "".join(mark.text for mark in page.select("mark")) == passage.text
    assert page.select_one("#cited").name == "p"  # type: ignore[union-attr]
    text = page.select_one(".text")
    assert text
    assert "maintenance lead" in text.text, "the rest of the document stands around it"
    assert [tag.text for tag in text.select("h2, h3, h4, h5")] == [
        "Backup of machine programs",
        "1 Scope",
        "2 Rules",
        "2.1 How long programs are kept",
        "2.2 Who restores",
    ]


def test_the_head_says_what_the_document_is(app: App) -> None:
    passage = passage_of(app, "IS-PRO-05", "18 months")
    head = soup(moved(visitor(app, demo=True), "").get(f"/sources/{passage.id}").text).select_one(".source")
    assert head
    for words in (
        "IS-PRO-05",
        "Approved and current",
        "2.1",
        "4 March 2025, Mira Voss",
        "4 March 2099",
        "Ada Kern",
        "2 Rules › 2.1 How long programs are kept",
    ):
        assert words in head.text


def test_the_quote_is_marked_more_strongly_inside_the_passage(app: App) -> None:
    passage = passage_of(app, "IS-PRO-05", "18 months")
    at = passage.start + passage.text.index("The copy")
    page = soup(moved(visitor(app, demo=True), "").get(f"/sources/{passage.id}?start={at}&end={at + len('The copy lies')}").text)
    assert [mark.text for mark in page.select("mark.quote")] == ["The copy lies"]
    assert "".join(mark.text for mark in page.select("mark")) == passage.text


@pytest.mark.parametrize(
    "query", ["?start=9&end=3", "?start=-1&end=x", "?start=&end=5", "?start=0&end=999999999", "?start=٣&end=٤", "?start=1e9&end=2"]
)
def test_offsets_that_mean_nothing_leave_the_page_right(app: App, query: str) -> None:
    passage = passage_of(app, "IS-POL-02")
    reply = visitor(app).get(f"/sources/{passage.id}{query}")
    assert reply.status_code == 200
    assert "".join(mark.text for mark in soup(reply.text).select("mark")) == passage.text


@pytest.mark.parametrize(
    ("number", "english", "german"),
    [
        ("IS-DRA-01", "Draft: nobody has approved it", "Entwurf: von niemandem freigegeben"),
        ("IS-OLD-04", "Approved, but its review is overdue", "Freigegeben, aber die Überprüfung ist überfällig"),
        ("IS-PRO-05", "Approved and current", "Freigegeben und gültig"),
    ],
)
def test_the_state_is_said_in_words_in_both_languages(app: App, number: str, english: str, german: str) -> None:
    path = f"/sources/{passage_of(app, number).id}"
    assert english in moved(visitor(app, demo=True), "").get(path).text
    assert german in moved(visitor(app, "de", demo=True), "").get(path).text


def test_a_review_date_counts_from_the_fixed_moment(app: App) -> None:
    path = f"/sources/{passage_of(app, 'IS-OLD-04').id}"
    assert "Approved and current" in moved(visitor(app, demo=True, now=datetime(2020, 1, 1, tzinfo=UTC)), "").get(path).text


@pytest.mark.parametrize(
    ("state", "current", "replaced", "next_review", "expected"),
    [
        ("approved", True, True, date(2026, 3, 2), "approved"),
        ("approved", True, True, date(2026, 3, 1), "expired"),
        ("approved", True, True, None, "approved"),
        ("draft", True, True, date(2020, 1, 1), "draft"),
        ("in_review", True, True, None, "in_review"),
        ("changes_requested", True, True, None, "changes_requested"),
        ("retired", True, True, None, "retired"),
        ("approved", False, True, None, "superseded"),
        ("approved", False, False, date(2020, 1, 1), "withdrawn"),
    ],
)
def test_how_far_a_version_can_be_relied_on(state: str, current: bool, replaced: bool, next_review: date | None, expected: str) -> None:
    version = DocumentVersion(number="X", version="1", state=state, current=current, next_review=next_review)
    newest = DocumentVersion(number="X", version="2") if replaced else None
    assert standing(version, newest, date(2026, 3, 2)) == expected
    for tongue in ("en", "de"):
        assert phrases(tongue)(STANDING[expected])


def test_a_version_that_was_replaced_says_so(app: App) -> None:
    with app.store.write() as session:
        session.add(Document(number="OLD-1", title="Crane checks", audience="public"))
        session.flush()
        for version, current in (("1", False), ("2", True)):
            row = DocumentVersion(
                number="OLD-1", version=version, text="Cranes are checked.", current=current, next_review=date(2099, 1, 1)
            )
            session.add(row)
            session.flush()
            id_ = f"{version}" * 20
            session.add(
                Passage(
                    id=id_,
                    source_id=f"doc:OLD-1@{version}",
                    kind="document",
                    version_id=row.id,
                    end=19,
                    text="Cranes are checked.",
                    audience="public",
                    hash=id_,
                    current=current,
                )
            )
    first = visitor(app).get(f"/sources/{'1' * 20}").text
    assert "Superseded by a newer version" in first
    assert "Version 2 has taken its place." in first
    assert "Approved and current" in visitor(app).get(f"/sources/{'2' * 20}").text


def test_a_document_that_was_restricted_later_is_closed_by_old_links_too(app: App) -> None:
    with app.store.write() as session:
        session.add(Document(number="SEC-1", title="Fence", audience="role:isms_manager"))
        session.flush()
        row = DocumentVersion(number="SEC-1", version="1", text="The fence hums.", current=False)
        session.add(row)
        session.flush()
        session.add(
            Passage(
                id="c" * 20,
                source_id="doc:SEC-1@1",
                kind="document",
                version_id=row.id,
                end=15,
                text="The fence hums.",
                audience="public",
                hash="c" * 20,
                current=False,
            )
        )
    assert visitor(app).get(f"/sources/{'c' * 20}").status_code == 404
    assert person(app, "mira.voss@plant.example").get(f"/sources/{'c' * 20}").status_code == 200


def test_what_one_may_not_read_looks_like_what_does_not_exist(app: App) -> None:
    secret, absent = passage_of(app, "IS-CON-09").id, "0" * 20
    with app.store.read() as session:
        leading = session.exec(select(Passage.id).where(Passage.kind == "question")).first()
    for client in (
        visitor(app),
        person(app, "emil.sorg@plant.example"),
        person(app, "ines.wahl@plant.example"),
        person(app, "tom.reuter@plant.example"),
    ):
        client.get("/")
        replies = [
            client.get(f"/sources/{id_}") for id_ in (secret, absent, leading, "iso27001-2022:A.8.99", "doc:IS-CON-09@1", "%E2%80%AE", "..")
        ]
        assert {reply.status_code for reply in replies[:6]} == {404}
        assert len({_without_tokens(reply.text) for reply in replies[:6]}) == 1
        assert len({tuple(sorted(name for name in reply.headers)) for reply in replies[:6]}) == 1
    assert person(app, "mira.voss@plant.example").get(f"/sources/{secret}").status_code == 200


def _without_tokens(text: str) -> str:
    page = copy.copy(soup(text))
    for field in page.select("input[name=token]"):
        field.decompose()
    return str(page)


def test_markup_in_a_document_stays_text(app: App) -> None:
    text = moved(visitor(app, demo=True), "").get(f"/sources/{passage_of(app, 'IS-DRA-01').id}").text
    assert "&lt;b&gt;stand still&lt;/b&gt;" in text
    assert "<b>" not in text


def test_a_german_document_on_an_english_page_is_marked_as_german(app: App) -> None:
    path = f"/sources/{passage_of(app, 'IS-VA-11').id}"
    page = soup(moved(visitor(app, demo=True), "").get(path).text)
    assert page.html
    assert page.html["lang"] == "en"
    assert page.select_one("h1[lang=de]")
    assert page.select_one(".text[lang=de]")
    assert not soup(moved(visitor(app, "de", demo=True), "").get(path).text).select(".text[lang]")


def test_a_guidance_passage_stands_marked_among_all_sections_of_its_control(app: App) -> None:
    with app.store.read() as session:
        rows = session.exec(
            select(Passage).where(Passage.source_id == "iso27001-2022:A.8.24", Passage.kind == "control").order_by("ordinal")
        ).all()  # type: ignore[arg-type]
    page = soup(visitor(app).get(f"/sources/{rows[1].id}").text)
    assert page.select_one("h1").text == "A.8.24 Use of cryptography"  # type: ignore[union-attr]
    assert "ISO/IEC 27001:2022" in page.select_one(".number").text  # type: ignore[union-attr]
    assert "".join(mark.text for mark in page.select("mark")) == rows[1].text.replace("\n", "")
    shown = page.select_one(".text").text  # type: ignore[union-attr]
    places = [shown.index(row.text.split("\n")[0]) for row in rows]
    assert places == sorted(places)


def test_a_controls_page_names_what_it_took_over_and_what_is_related(app: App) -> None:
    page = soup(visitor(app).get("/sources/iso27001-2022:A.8.24").text)
    related = page.select_one(".relatives")
    assert related
    assert "Took over from ISO/IEC 27001:2013" in related.text
    assert "A.10.1.1" in related.text
    for link in related.select("a"):
        assert visitor(app).get(str(link["href"])).status_code == 200
    german = soup(visitor(app, "de").get("/sources/iso27001-2022:A.8.24").text)
    assert controls.look_up("A.8.24")[0].title_de in german.select_one("h1").text  # type: ignore[union-attr]
    assert german.select_one(".text[lang=en]")


@pytest.mark.parametrize("framework", list(controls.NAMES))
def test_entries_of_every_framework_have_a_page(app: App, framework: str) -> None:
    client = visitor(app)
    entries = controls.catalogue().entries(framework)
    for entry in (entries[0], entries[len(entries) // 2], entries[-1]):
        page = soup(client.get(f"/sources/{entry.source_id}").text)
        assert page.select_one("h1").text.strip() == f"{entry.id} {entry.title}".strip()  # type: ignore[union-attr]


def test_a_withdrawn_control_names_its_successors(app: App) -> None:
    page = soup(visitor(app).get("/sources/iso27001-2013:A.12.4.1").text)
    assert "Withdrawn; today in ISO/IEC 27001:2022" in page.text
    assert page.select_one("a[href='/sources/iso27001-2022%3AA.8.15']")


def test_a_note_on_law_says_its_day_and_whom_to_ask(app: App) -> None:
    with app.store.read() as session:
        note = session.exec(select(Passage).where(Passage.kind == "note")).first()
    assert note
    page = soup(visitor(app).get(f"/sources/{note.id}").text)
    assert "State of the law" in page.text
    assert "not legal advice" in page.text
    assert page.select("mark")


def test_the_catalogue_lists_every_framework_and_its_entries(app: App) -> None:
    client = visitor(app)
    page = soup(client.get("/catalogue").text)
    links = [str(link["href"]) for link in page.select("main a")]
    assert len(links) == len(controls.NAMES)
    listed = soup(client.get("/catalogue/iso27001-2022").text)
    assert len(listed.select("main li a")) == len(controls.catalogue().entries("iso27001-2022"))
    assert client.get("/catalogue/none").status_code == 404


def test_a_line_in_no_passage_is_a_heading() -> None:
    text = "Title\nOne rule.\nIt goes on.\nPart\nTwo rules."
    pieces = [_piece("Title", text, "One rule.\nIt goes on."), _piece("Title > Part", text, "Two rules.")]
    lines = document_lines(text, pieces, range(pieces[0].start, pieces[0].end), range(6, 9))
    assert [("".join(part.text for part in line.segments), line.level) for line in lines] == [
        ("Title", 1),
        ("One rule.", 0),
        ("It goes on.", 0),
        ("Part", 2),
        ("Two rules.", 0),
    ]
    assert [(part.text, part.mark) for part in lines[1].segments] == [("One", "quote"), (" rule.", "passage")]
    assert [line.opens for line in lines] == [False, True, False, False, False]


def _piece(heading: str, text: str, part: str) -> Passage:
    start = text.index(part)
    return Passage(id="", source_id="", kind="document", heading=heading, start=start, end=start + len(part), text=part, hash="")


def test_no_file_is_served_raw(app: App) -> None:
    client = visitor(app)
    for path in ("/static/../security.py", "/static/%2e%2e/security.py", "/files/x", f"/sources/{Path('backup.md')}"):
        assert client.get(path).status_code == 404
