"""The page where one asks, in a real browser: by keyboard alone, with scripts and without, up to the quote marked in its document."""

import os
import shutil
import socket
import threading
from collections.abc import Iterator

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect, sync_playwright

from assistant.app import App
from assistant.web import create
from tests import engines

BADGE = "Which badge do visitors wear on the shop floor?"
PATIENCE = 60_000
"""Milliseconds; the first question of a process also learns the intents."""
CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="module")
def address(app: App) -> Iterator[str]:
    """Where a server answers over the session's App."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create(app), log_level="warning"))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium. Skips the test where there is none; on the build machine it fails it."""
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if path is None:
        engines.missing("Chromium is not installed: none of " + ", ".join(CHROMIUM) + " is on the PATH")
    unconfined = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium does not confine itself as root
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=unconfined)
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A tab in which no script may fail and nothing may be refused by the page's own policy."""
    tab = browser.new_page(locale="en-GB")
    tab.set_default_timeout(PATIENCE)
    faults: list[str] = []
    tab.on("pageerror", lambda error: faults.append(str(error)))
    tab.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    yield tab
    tab.close()
    assert faults == []


def focused(page: Page, selector: str) -> bool:
    return bool(page.evaluate("selector => document.activeElement.matches(selector)", selector))


def shows_the_quote_marked(page: Page, quote: str) -> None:
    """The page is the source's, scrolled to the passage, with exactly the quote marked."""
    expect(page.locator("#cited")).to_be_in_viewport()
    assert "".join(page.locator("mark.quote").all_text_contents()) == quote


def test_one_asks_by_keyboard_alone_and_opens_the_quote_marked_in_its_document(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator("#question")).to_be_focused()
    page.keyboard.type(BADGE)
    page.keyboard.press("Enter")
    expect(page.locator("article.answer.answered .claim").first).to_contain_text("yellow badge")
    assert page.url == address and focused(page, "article.answer"), "the answer came without a new page, and is read next"
    expect(page.locator("#question")).to_have_value("")
    quote = page.locator(".sources blockquote").first.inner_text()
    for _ in range(10):
        page.keyboard.press("Tab")
        if focused(page, ".sources .origin a"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/sources/**")
    shows_the_quote_marked(page, quote)


def test_an_example_is_asked_at_a_click_and_the_mark_of_a_claim_leads_to_its_source(page: Page, address: str) -> None:
    page.goto(address)
    page.locator("#examples button").first.click()
    mark = page.locator("article.answer .claim a.mark").first
    mark.click()
    expect(page.locator(str(mark.get_attribute("href")))).to_be_in_viewport()
    expect(page.locator("#examples")).to_have_count(0)


def test_without_javascript_one_asks_and_opens_the_quote_too(browser: Browser, address: str) -> None:
    with browser.new_context(java_script_enabled=False, locale="en-GB") as plain:
        page = plain.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(address)
        page.get_by_label("Your question").fill(BADGE)
        page.get_by_role("button", name="Ask", exact=True).click()
        expect(page.locator("article.answer.answered .claim").first).to_contain_text("yellow badge")
        quote = page.locator(".sources blockquote").first.inner_text()
        page.locator(".sources .origin a").first.click()
        shows_the_quote_marked(page, quote)
