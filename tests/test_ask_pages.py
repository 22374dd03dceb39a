"""The page where one asks: with and without JavaScript, in both languages, in the demo."""

import re
from pathlib import Path

import pytest

from assistant.app import App
from assistant.phrases import phrases
from assistant.web import rendering
from tests.web import FIXED, ask, events, moved, person, soup, token_of, visitor

KEPT = "How long are PLC programs kept?"
VAULT = "Who holds the keys of the zirconium vault?"


def test_the_first_page_offers_a_labelled_question_field(app: App) -> None:
    page = soup(visitor(app).get("/").text)
    assert page.html
    assert page.html["lang"] == "en"
    assert page.select_one("label[for=question]")
    assert page.select_one("textarea#question")
    assert not page.select("[style], script:not([src]), [onclick]"), "nothing inline: the content policy would refuse it"
    assert all(str(tag.get("src") or tag.get("href")).startswith(("/", "#", "?")) for tag in page.select("[src], link[href], a[href]"))


@pytest.mark.parametrize(
    ("accepted", "tongue"),
    [
        ("de-DE,de;q=0.9,en;q=0.8", "de"),
        ("en", "en"),
        ("fr, de;q=0.5, en;q=0.4", "de"),
        ("pl", "en"),
        ("", "en"),
        ("de;q=x, en;q=0.2", "en"),
    ],
)
def test_the_page_speaks_the_browsers_language(app: App, accepted: str, tongue: str) -> None:
    page = soup(visitor(app, accepted).get("/").text)
    assert page.html
    assert page.html["lang"] == tongue
    label = page.select_one("label[for=question]")
    assert label
    assert label.text == {"de": "Ihre Frage", "en": "Your question"}[tongue]


def test_the_address_can_ask_for_the_other_language(app: App) -> None:
    page = soup(visitor(app).get("/?lang=de").text)
    assert page.html
    assert page.html["lang"] == "de"


def test_an_answer_shows_claims_with_marks_and_their_sources_below(app: App) -> None:
    reply = ask(moved(visitor(app, demo=True), ""), KEPT)
    page = soup(reply.text)
    assert reply.status_code == 200
    quotes = [quote.text for quote in page.select(".sources blockquote")]
    assert "PLC programs are kept for 18 months after the machine was scrapped." in quotes
    listed = {str(item["value"]) for item in page.select(".sources li")}
    assert {mark.text.strip("[]") for mark in page.select(".claim a.mark")} == listed
    for mark in page.select(".claim a.mark"):
        assert page.select_one(str(mark["href"])), "each mark leads to its source"
    origin = page.select_one(".sources .origin")
    assert origin
    assert "IS-PRO-05 Backup of machine programs, version 2.1" in origin.text
    section = page.select_one(".sources .section")
    assert section
    assert "2.1 How long programs are kept" in section.text
    said = page.select_one(".asof")
    assert said
    assert "(UTC)" in said.text
    assert "confidence: " in page.select_one(".state").text  # type: ignore[union-attr]


def test_the_link_of_a_source_opens_the_quote_marked(app: App) -> None:
    client = moved(visitor(app, demo=True), "")
    page = soup(ask(client, KEPT).text)
    link = page.select_one(".sources .origin a")
    quote = page.select_one(".sources blockquote")
    assert link
    assert quote
    source = soup(client.get(str(link["href"])).text)
    assert "".join(mark.text for mark in source.select("mark.quote")) == quote.text


def test_a_finding_can_be_raised_from_an_answer_with_what_was_asked_and_cited(app: App) -> None:
    client = moved(visitor(app, demo=True), "")
    begun = soup(ask(client, KEPT).text).select_one("article a[href^='/findings/raise']")
    assert begun
    form = soup(client.get(str(begun["href"])).text)
    assert form.select_one("[name=title]")["value"] == KEPT  # type: ignore[index]
    assert "doc:IS-PRO-05@2.1" in str(form.select_one("[name=sources]")["value"])  # type: ignore[index]
    assert not soup(ask(visitor(app), KEPT).text).select("article a[href^='/findings/raise']"), "a visitor raises nothing"


def test_a_question_in_german_is_answered_on_a_german_page(app: App) -> None:
    page = soup(ask(moved(visitor(app, "en", demo=True), ""), "Wer gibt die Fernwartung der Schweißzellen frei?").text)
    assert page.html
    assert page.html["lang"] == "de"
    assert "Quellen" in page.select_one(".sources h3").text  # type: ignore[union-attr]
    link = page.select_one(".sources .origin a")
    assert link
    assert "lang=de" in str(link["href"]), "the source opens in German too"
    assert not page.select(".sources blockquote[lang=de]"), "a quote in the page's language needs no mark"


def test_a_quote_in_another_language_is_marked_with_it(app: App) -> None:
    page = soup(ask(visitor(app), "Was fordert die Maßnahme A.8.13?").text)
    assert page.html
    assert page.html["lang"] == "de"
    assert page.select(".sources blockquote[lang=en]")
    assert page.select(".claim .said[lang=en]")


def test_a_visitor_is_answered_from_public_text_alone(app: App) -> None:
    client = visitor(app)
    assert "18 months" not in ask(client, KEPT).text
    assert "yellow badge" in ask(client, "Which badge do visitors wear on the shop floor?").text


def test_a_conversation_goes_on_through_the_hidden_field(app: App) -> None:
    client = moved(visitor(app, demo=True), "")
    thread = soup(ask(client, KEPT).text).select_one("#ask input[name=thread]")
    assert thread
    assert thread["value"]
    page = soup(ask(client, "And who restores them?", thread=str(thread["value"])).text)
    assert page.select_one("#ask input[name=thread]")["value"] == thread["value"]  # type: ignore[index]
    assert "maintenance lead" in page.select_one(".answer").text  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("question", "message"),
    [("", "Write a question first."), ("  \u200b ", "Write a question first."), ("x" * 4001, "The question is too long")],
)
def test_a_question_that_cannot_be_taken_comes_back_with_the_reason_beside_it(app: App, question: str, message: str) -> None:
    reply = ask(visitor(app), question)
    page = soup(reply.text)
    assert reply.status_code == 422
    assert message in page.select_one("#fault").text  # type: ignore[union-attr]
    assert "fault" in page.select_one("#question")["aria-describedby"]  # type: ignore[index, operator]


def test_what_one_types_comes_back_as_text(app: App) -> None:
    reply = ask(visitor(app), "<script>alert(1)</script> & <img src=x onerror=alert(2)>?")
    assert "<script>alert" not in reply.text
    assert "<img src=x" not in reply.text
    assert "<script>alert(1)</script>" in soup(reply.text).select_one(".asked").text  # type: ignore[union-attr]


def test_markup_in_a_document_is_shown_as_text(app: App) -> None:
    reply = ask(moved(visitor(app, demo=True), ""), "When may inspection drones fly in hall 9?")
    assert "&lt;b&gt;stand still&lt;/b&gt; &amp; the lights" in reply.text
    assert "A draft that nobody has approved" in reply.text


def test_a_silence_links_the_nearest_sources(app: App) -> None:
    browser = visitor(app)
    links = soup(ask(browser, "What is the serial number of the firewall?").text).select(".gap a")
    assert links and all(link.text and browser.get(str(link["href"])).status_code == 200 for link in links)


def test_a_table_is_a_table(app: App) -> None:
    page = soup(ask(visitor(app), "Which controls are new in the 2022 edition?").text)
    assert len(page.select("table tbody tr")) == 11
    assert "11 of 11 rows" in page.select_one("caption").text  # type: ignore[union-attr]
    assert page.select("th[scope=col]")


def test_the_stream_shows_each_claim_and_ends_with_the_same_answer_as_the_page(app: App) -> None:
    client = moved(visitor(app, demo=True), "")
    reply = client.post("/ask/stream", data={"question": KEPT, "token": token_of(client)})
    assert reply.headers["content-type"].startswith("text/event-stream")
    heard = events(reply.text)
    assert [name for name, _ in heard] == ["status", *["claim"] * (len(heard) - 2), "done"]
    assert len(heard) > 2
    streamed, whole = soup(heard[-1][1]["html"]), soup(ask(client, KEPT).text)
    assert [tag.text for tag in streamed.select(".claim, blockquote")] == [tag.text for tag in whole.select(".claim, blockquote")]
    assert heard[-1][1]["thread"]


def test_a_foreign_conversation_is_refused_on_page_and_stream(app: App) -> None:
    thread = person(app, "mira.voss@plant.example").post("/api/ask", json={"question": KEPT}).json()["thread"]
    client = visitor(app)
    assert ask(client, "And then?", thread=thread).status_code == 403
    client.headers["Accept-Language"] = "de"
    heard = events(client.post("/ask/stream", data={"question": "And then?", "thread": thread, "token": token_of(client)}).text)
    assert [name for name, _ in heard] == ["status", "error"]
    assert heard[1][1]["status"] == 403
    assert heard[1][1]["detail"].startswith("Ein solches Gespräch von Ihnen gibt es nicht")


def test_a_form_without_its_token_is_refused(app: App) -> None:
    client = visitor(app)
    assert client.post("/", data={"question": KEPT}).status_code == 403
    assert client.post("/", data={"question": KEPT, "token": token_of(visitor(app))}).status_code == 403, "nor with that of another browser"
    assert client.post("/ask/stream", data={"question": KEPT}).status_code == 403


def test_the_demo_says_so_and_lets_one_be_somebody_else(app: App) -> None:
    client = visitor(app, demo=True)
    page = soup(client.get("/").text)
    assert "Sample plant" in page.select_one(".demo").text  # type: ignore[union-attr]
    mira = next(option for option in page.select("#person option") if "Mira Voss" in option.text)
    assert "the works council" not in ask(client, VAULT).text, "staff may not read it"
    moved(client, str(mira["value"]))
    chosen = soup(client.get("/").text).select_one("#person option[selected]")
    assert chosen
    assert "Mira Voss" in chosen.text
    assert "the works council" in ask(client, VAULT).text
    moved(client, "visitor")
    assert "18 months" not in ask(client, KEPT).text


def test_outside_the_demo_nobody_chooses_who_to_be(app: App) -> None:
    client = visitor(app)
    assert not soup(client.get("/").text).select("#person")
    assert client.post("/person", data={"as": "P-001", "token": token_of(client)}).status_code == 404


def test_the_demos_choice_is_worth_nothing_outside_the_demo_or_when_altered(app: App) -> None:
    inside = moved(visitor(app, demo=True), "P-001")
    outside = visitor(app)
    outside.cookies.set("annexa", inside.cookies["annexa"])
    assert "the works council" not in ask(outside, VAULT).text
    forged = visitor(app, demo=True)
    payload, _, rest = inside.cookies["annexa"].partition(".")
    forged.cookies.set("annexa", f"{payload[:-2]}AA.{rest}")
    assert "the works council" not in ask(forged, VAULT).text


def test_a_person_who_does_not_exist_cannot_be_chosen(app: App) -> None:
    client = visitor(app, demo=True)
    assert client.post("/person", data={"as": "P-999", "token": token_of(client)}).status_code == 422


@pytest.mark.parametrize("path", ["/", "/sources/iso27001-2022:A.8.24", "/nothing"])
def test_every_page_says_when_the_moment_is_fixed(app: App, path: str) -> None:
    assert "The moment is fixed for this installation: 2 March 2026, 08:00 (UTC)" in visitor(app, now=FIXED).get(path).text
    assert "The moment is fixed" not in visitor(app).get(path).text


def test_a_person_sees_the_moment_in_their_time_zone(app: App) -> None:
    page = soup(ask(moved(visitor(app, demo=True), "P-002"), KEPT).text)
    assert "(Europe/Berlin)" in page.select_one(".asof").text  # type: ignore[union-attr]


@pytest.mark.parametrize("path", ["/static/annexa.css", "/static/ask.js", "/static/annexa.svg"])
def test_what_pages_need_is_served_from_here(app: App, path: str) -> None:
    reply = visitor(app).get(path)
    assert reply.status_code == 200
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert "http://" not in reply.text.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in reply.text


@pytest.mark.parametrize(
    "kind",
    ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "multipart/form-data", "text/plain", "application/json"],
)
@pytest.mark.parametrize(
    "content",
    [
        b"question=%ff%fe&token=%00",
        b'--x\r\nContent-Disposition: form-data; name="question"\r\n\r\n\xff\xfe\r\n--x--\r\n',
        b"\x00\xff",
        b"--x",
    ],
)
def test_a_form_that_is_broken_is_refused_with_a_page(app: App, kind: str, content: bytes) -> None:
    reply = visitor(app).post("/", content=content, headers={"Content-Type": kind})
    assert reply.status_code in {400, 403, 415, 422}
    assert soup(reply.text).select_one("main h1")


def test_every_phrase_of_the_pages_has_german_words() -> None:
    templates = Path(rendering.__file__).with_name("templates")
    said = {
        phrase
        for path in templates.rglob("*.html")
        for phrase in re.findall(r"""say\((?:"([^"]+)"|'([^']+)')\)""", path.read_text("utf-8"))
        for phrase in phrase
        if phrase
    }
    assert len(said) > 40
    same = {"Asset", "Audit", "Auditor", "Audits", "Demo", "Journal", "Phase", "Register", "Status", "Text", "Text (Markdown)", "Version"}
    german = phrases("de")
    assert not [phrase for phrase in said - same if german(phrase) == phrase]
