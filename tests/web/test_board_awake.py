"""What the board does while nobody touches it: it wakes up right, and shows trouble from another tab."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from tests.fleet.processes import Server
from tests.web.conftest import PageOf

pytestmark = pytest.mark.slow

SLEPT = 40_000
"""Milliseconds: longer than the server is ever silent."""

HIDE = """hidden => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with NIKITA and OLGA, who are not waited for."""
    with Server.lasting(tmp_path_factory.mktemp("quiet"), HEARTBEAT_INTERVAL="600") as server:
        server.beat("NIKITA")
        server.beat("OLGA")
        yield server


@pytest.fixture
def board(page_of: PageOf, office: Server) -> Page:
    """Both can take a call, by a clock that the test moves."""
    office.beat("NIKITA", 0)
    page = page_of()
    page.clock.install()
    page.goto("/?view=cards")
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    expect(page.locator("[data-key=nikita]")).to_have_attribute("data-state", "online")
    page.evaluate("window.stayed = true")
    return page


def test_a_connection_that_died_in_sleep_is_replaced_without_a_reload(board: Page, office: Server) -> None:
    asked: list[str] = []

    def note(route: Route) -> None:
        asked.append(route.request.headers.get("last-event-id", ""))
        route.continue_()

    board.route("**/api/events*", note)
    board.evaluate(HIDE, True)
    board.clock.fast_forward(SLEPT)
    office.beat("NIKITA", 1)
    board.evaluate(HIDE, False)
    board.clock.run_for(2000)

    expect(board.locator("[data-key=nikita]")).to_have_attribute("data-state", "dnd")
    expect(board.locator("#connection")).to_have_attribute("data-state", "live")
    assert len(asked) == 1
    assert asked[0] != ""  # it went on where it was, without a snapshot
    assert board.evaluate("window.stayed")


def test_a_short_look_away_keeps_the_connection(board: Page) -> None:
    asked: list[str] = []
    board.on("request", lambda request: asked.append(request.url))

    board.evaluate(HIDE, True)
    board.clock.fast_forward(5000)
    board.evaluate(HIDE, False)
    board.clock.run_for(2000)

    assert [url for url in asked if "/api/events" in url] == []


def test_a_stream_that_is_silent_for_too_long_is_taken_for_dead(board: Page, office: Server) -> None:
    """The server lets itself be heard each 15 seconds of its own clock; on the page's clock it is silent."""
    with board.expect_request("**/api/events*"):
        board.clock.run_for(SLEPT)

    board.clock.run_for(2000)
    expect(board.locator("#connection")).to_have_attribute("data-state", "live")
    office.beat("OLGA", 1)
    board.clock.run_for(500)
    expect(board.locator("[data-key=olga]")).to_have_attribute("data-state", "dnd")
    office.beat("OLGA", 0)


def test_the_title_and_the_icon_of_the_tab_show_trouble_and_its_end(board: Page, office: Server) -> None:
    icon = board.locator("#favicon")
    calm = board.title()
    assert str(icon.get_attribute("href")).endswith("/icons/calm.svg")

    office.beat("OLGA", 1)
    board.clock.run_for(500)
    expect(board.locator("[data-count=dnd] b")).to_have_text("1")
    assert board.title() == calm
    board.clock.fast_forward(3_700_000)  # an hour and more in DND that nobody asked for
    board.clock.run_for(31_000)

    expect(board.locator("[data-count=trouble] b")).to_have_text("1")
    expect(board).to_have_title(f"(1) {calm}")
    assert str(icon.get_attribute("href")).endswith("/icons/trouble.svg")

    office.beat("OLGA", 0)
    board.clock.run_for(40_000)
    expect(board).to_have_title(calm)
    assert str(icon.get_attribute("href")).endswith("/icons/calm.svg")


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_sheet_of_keys_opens_by_its_key_and_closes_by_escape(page_of: PageOf, language: str) -> None:
    page = page_of(language)
    page.goto("/?view=cards")
    expect(page.locator("[data-key=nikita]")).to_be_visible()

    page.keyboard.press("/")
    page.keyboard.type("?")
    expect(page.locator("#help-sheet")).to_be_hidden()  # in a field it is a letter
    expect(page.locator("#text")).to_have_value("?")
    page.keyboard.press("Escape")
    page.keyboard.press("?")

    expect(page.locator("#help-sheet")).to_be_visible()
    assert page.locator("#help-sheet kbd").count() > 10
    page.keyboard.press("d")
    expect(page.locator("#order")).to_be_hidden()  # it belongs to the sheet, not to the page behind it
    page.keyboard.press("Escape")
    expect(page.locator("#help-sheet")).to_be_hidden()
