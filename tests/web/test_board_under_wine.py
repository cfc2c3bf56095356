"""From the supervisor's browser to the button in MicroSIP's window and back: the real agent in Windows Python."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.fleet.processes import PATIENCE, Running, Server, wait_for
from tests.fleet.wine import WineAgent, start_microsip
from tests.web.accounts import NAME, PASSWORD, sign_in
from tests.web.conftest import PageOf
from tests.windows.standin.handle import StandIn
from tests.windows.testbed import WineTestbed

pytestmark = [pytest.mark.wine, pytest.mark.slow]

CROWD = 20
SOON = PATIENCE * 1000
"""Milliseconds; what has to happen outside the browser too."""

AT_ONCE = 3000
"""Milliseconds: the agent looks once a second, and what it saw goes over its link."""


@pytest.fixture(scope="module")
def testbed() -> Iterator[WineTestbed]:
    with WineTestbed() as started:
        yield started


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with accounts, and simulated PCs that came in by its join token."""
    folder = tmp_path_factory.mktemp("mixed")
    server = Server.start(folder, HEARTBEAT_INTERVAL="1")
    wish = {"name": NAME, "password": PASSWORD}
    token = requests.post(f"{server.url}/api/setup", json=wish, timeout=30).json()["join_token"]
    server.env["JOIN_TOKEN"] = token  # for the agents that the tests start
    options = ["--server", server.url, "--clients", str(CROWD), "--speed", "0", "--join"]
    crowd = Running.start(
        [sys.executable, "-m", "microsip_manager.cli", "simulate", *options],
        folder / "crowd.log",
        {"PYTHONPATH": "src", "HEARTBEAT_INTERVAL": "1", "JOIN_TOKEN": token},
    )
    yield server
    assert (crowd.stop(), server.running.stop()) == (0, 0)
    assert "Traceback" not in server.running.said()


@pytest.fixture(scope="module")
def microsip(testbed: WineTestbed, office: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    """NIKITA's, with its agent beside it."""
    agent = WineAgent(testbed, office, "NIKITA", JOIN_TOKEN=office.env["JOIN_TOKEN"])
    started = start_microsip(testbed, tmp_path_factory.mktemp("desk") / "MicroSIP")
    try:
        wait_for("NIKITA is linked", lambda: "linked to https://" in agent.said())
        started.registration("online")
        yield started
    finally:
        started.close()
        agent.kill()
    assert "Traceback" not in agent.log()


@pytest.fixture
def board(page_of: PageOf, office: Server, microsip: StandIn) -> Page:
    page = page_of()
    sign_in(page, f"{office.url}/")
    expect(page.locator("[data-count=free] b")).to_have_text(str(CROWD + 1), timeout=SOON)
    return page


def test_dnd_goes_from_the_board_to_the_window_and_from_the_window_to_the_board(board: Page, microsip: StandIn) -> None:
    board.locator("#text").fill("nikita")
    expect(board.locator("#shown")).to_have_text(f"1 client of {CROWD + 1}")
    card = board.locator("[data-key=nikita]")
    expect(card.locator(".extension")).to_have_text("485")
    card.click()

    board.locator("[data-act=dnd-on]").click()
    board.locator("#order-reason input").fill("Training")
    board.locator("#order-send").click()
    expect(board.locator("#results-title")).to_have_text("Done: 1 of 1 client", timeout=SOON)

    assert (microsip.state().dnd, microsip.state().clicks) == (True, 1)
    expect(card).to_have_attribute("data-state", "dnd", timeout=AT_ONCE)
    expect(card.locator(".note")).to_contain_text("Training")

    microsip.click()

    assert microsip.state().dnd is False
    expect(card).to_have_attribute("data-state", "online", timeout=AT_ONCE)
    expect(card.locator(".note")).to_be_empty()


def test_a_call_that_rings_in_the_window_rings_on_the_board(board: Page, microsip: StandIn) -> None:
    card = board.locator("[data-key=nikita]")

    microsip.ring("84950000045", "Olga")
    expect(card).to_have_attribute("data-state", "ringing", timeout=AT_ONCE)
    expect(card.locator(".call")).to_contain_text("45")

    microsip.answer()
    expect(card).to_have_attribute("data-state", "in_call", timeout=AT_ONCE)
    microsip.remote_hangup()
    expect(card).to_have_attribute("data-state", "online", timeout=AT_ONCE)
