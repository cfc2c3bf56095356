"""The board as a supervisor uses it, over an office of sixty simulated PCs."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Locator, Page, expect

from tests.fleet.processes import PATIENCE, Running, Server, wait_for
from tests.web.conftest import PageOf

pytestmark = pytest.mark.slow

COUNT = 60
SOON = PATIENCE * 1000
"""Milliseconds; what has to happen outside the browser too."""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """SIM-00000 to SIM-00059, at their desks and with nothing to do."""
    folder = tmp_path_factory.mktemp("crowded")
    server = Server.start(folder, HEARTBEAT_INTERVAL="1")
    options = ["--server", server.url, "--clients", str(COUNT), "--speed", "0"]
    crowd = Running.start(
        [sys.executable, "-m", "microsip_manager.cli", "simulate", *options],
        folder / "crowd.log",
        {"PYTHONPATH": "src", "HEARTBEAT_INTERVAL": "1"},
    )
    _wait_for_all(server)
    yield server
    assert (crowd.stop(), server.running.stop()) == (0, 0)
    assert "Traceback" not in server.running.said()


@pytest.fixture
def board(page_of: PageOf, office: Server) -> Page:
    """Of an office where everybody can take a call."""
    requests.post(f"{office.url}/api/clients/set_dnd", json={"all": True, "enabled": False}, timeout=30)
    page = page_of()
    page.goto("/")
    expect(count_of(page, "free")).to_have_text(str(COUNT), timeout=SOON)
    return page


def _wait_for_all(server: Server) -> None:
    wait_for("all PCs", lambda: sum(one["status"] == "online" for one in server.get("/api/clients")) == COUNT)


def count_of(page: Page, name: str) -> Locator:
    return page.locator(f"[data-count={name}] b")


def card(page: Page, number: int) -> Locator:
    return page.locator(f"[data-key=sim-{number:05}]")


def test_filters_stay_in_the_address_over_a_reload(board: Page, office: Server) -> None:
    office.set_dnd("SIM-00013", True)
    expect(count_of(board, "dnd")).to_have_text("1")

    board.locator("[data-count=dnd]").click()
    expect(board.locator("#shown")).to_have_text("1 client of 60")
    board.locator("#text").fill("sim-0001")
    board.locator("[data-count=all]").click()
    expect(board.locator("#shown")).to_have_text("10 clients of 60")
    board.get_by_label("Table", exact=True).check()

    board.reload()

    expect(board.locator("#shown")).to_have_text("10 clients of 60")
    expect(board.locator("#text")).to_have_value("sim-0001")
    expect(board.locator("#rows .row").first).to_be_visible()
    board.locator("[data-count=dnd]").click()
    board.reload()
    expect(board.locator("#shown")).to_have_text("1 client of 60")
    expect(card(board, 13).locator(".word")).to_have_text("DND")


def test_forty_are_selected_switched_seen_to_turn_and_brought_back(board: Page, office: Server) -> None:
    board.locator("#text").fill("sim-0000")
    expect(board.locator("#shown")).to_have_text("10 clients of 60")
    board.locator("#select-all").click()
    board.locator("#text").fill("")
    card(board, 10).click()
    card(board, 38).click(modifiers=["Shift"])
    card(board, 39).click()
    expect(board.locator("#chosen")).to_have_text("40 selected")

    board.locator("[data-act=dnd-on]").click()
    expect(board.locator("#effect")).to_have_text("Of 60 who can take a call now, 20 will remain.")
    board.get_by_label("30 minutes").check()
    board.locator("#order-reason input").fill("Training")
    board.locator("#order-send").click()

    expect(board.locator("#results-title")).to_have_text("Done: 40 of 40 clients", timeout=SOON)
    expect(count_of(board, "dnd")).to_have_text("40", timeout=SOON)
    board.evaluate("scrollTo(0, 0)")
    expect(card(board, 0).locator(".note")).to_have_text(re.compile(r"^DND until .+ · Training$"))
    assert office.status_of("SIM-00039") == "dnd"

    board.locator("#undo").click()

    expect(board.locator("#results-title")).to_have_text("Done: 40 of 40 clients", timeout=SOON)
    expect(count_of(board, "free")).to_have_text("60", timeout=SOON)
    assert office.status_of("SIM-00039") == "online"


def test_undo_brings_a_wish_back_with_its_end_and_its_reason(board: Page, office: Server) -> None:
    url = f"{office.url}/api/clients/SIM-00005/set_dnd"
    requests.post(url, json={"enabled": True, "for": "2h", "reason": "Lunch"}, timeout=30).raise_for_status()
    expect(card(board, 5).locator(".note")).to_contain_text("Lunch")
    before = office.get("/api/clients/SIM-00005")["desired"]["until"]
    card(board, 5).click()
    board.locator("[data-act=dnd-off]").click()
    board.locator("#order-send").click()
    expect(count_of(board, "free")).to_have_text("60", timeout=SOON)

    board.locator("#undo").click()

    expect(card(board, 5).locator(".note")).to_contain_text("Lunch", timeout=SOON)
    assert office.get("/api/clients/SIM-00005")["desired"]["until"] == before


def test_who_is_selected_and_hidden_is_told_before_the_order(board: Page) -> None:
    card(board, 3).click()
    card(board, 4).click()
    board.locator("#text").fill("sim-00003")
    expect(board.locator("#shown")).to_have_text("1 client of 60")

    board.locator("[data-act=dnd-on]").click()

    expect(board.locator("#unseen")).to_have_text("1 of them is not shown by the filters now.")


def test_a_wish_is_seen_to_begin_and_to_end(board: Page, office: Server) -> None:
    url = f"{office.url}/api/clients/SIM-00021/set_dnd"

    requests.post(url, json={"enabled": True, "for": "2s", "reason": "Break"}, timeout=30).raise_for_status()

    expect(card(board, 21)).to_have_attribute("data-state", "dnd")
    expect(card(board, 21).locator(".note")).to_contain_text("Break")
    expect(card(board, 21)).to_have_attribute("data-state", "online", timeout=SOON)
    expect(card(board, 21).locator(".note")).to_be_empty()


def test_results_and_selection_do_not_cover_each_other(board: Page) -> None:
    card(board, 0).click()
    board.keyboard.press("m")
    board.locator("#order-text textarea").fill("Hello")
    board.locator("#order-send").click()
    expect(board.locator("#results")).to_be_visible()

    bar, panel = board.locator("#actions").bounding_box(), board.locator("#results").bounding_box()

    assert bar is not None
    assert panel is not None
    assert bar["x"] + bar["width"] <= panel["x"]


def test_all_of_it_goes_by_the_keyboard(board: Page, office: Server) -> None:
    board.keyboard.press("/")
    board.keyboard.type("sim-0004")
    expect(board.locator("#shown")).to_have_text("10 clients of 60")
    board.keyboard.press("Escape")
    board.keyboard.press("ArrowRight")
    board.keyboard.press("ArrowRight")
    expect(board.locator("#active .name")).to_have_text("SIM-00041")
    expect(board.locator("#board")).to_have_attribute("aria-activedescendant", "active")
    board.keyboard.press(" ")
    expect(board.locator("#chosen")).to_have_text("1 selected")
    board.keyboard.press("Shift+ArrowRight")
    expect(board.locator("#chosen")).to_have_text("2 selected")

    board.keyboard.press("d")
    expect(board.locator("#order")).to_be_visible()
    board.locator("#order-reason input").focus()
    board.keyboard.press("Enter")
    expect(board.locator("#order")).to_be_hidden()

    expect(board.locator("#results-title")).to_have_text("Done: 2 of 2 clients", timeout=SOON)
    expect(count_of(board, "dnd")).to_have_text("2", timeout=SOON)
    assert office.status_of("SIM-00042") == "dnd"
    board.locator("#board").focus()
    board.keyboard.press("Escape")
    expect(board.locator("#actions")).to_be_hidden()


def test_two_supervisors_see_what_the_other_one_does(board: Page, page_of: PageOf) -> None:
    other = page_of("ru")
    other.goto("/?view=table")
    expect(count_of(other, "free")).to_have_text("60")

    card(board, 7).click()
    board.keyboard.press("d")
    board.locator("#order-send").click()
    expect(card(other, 7)).to_have_attribute("data-state", "dnd", timeout=SOON)

    other.locator("#text").fill("sim-00007")
    card(other, 7).locator(".state").click()
    other.keyboard.press("f")
    other.locator("#order-send").click()
    expect(card(board, 7)).to_have_attribute("data-state", "online", timeout=SOON)


def test_the_board_is_right_again_after_a_restart_of_the_server(board: Page, office: Server) -> None:
    expect(board.locator("#connection")).to_have_attribute("data-state", "live")
    board.evaluate("window.stayed = true")
    assert office.running.stop() == 0
    expect(board.locator("#connection")).to_have_attribute("data-state", "lost")
    expect(board.locator("#connection")).to_contain_text("No connection")

    office.running = Server.start(office.folder, office.port, **office.env).running
    # The server knows the PCs from before; the agents come again at their own pace.
    wait_for("the PC is linked again", lambda: office.set_dnd("SIM-00030", True).get("outcome") == "applied")

    expect(board.locator("#connection")).to_have_attribute("data-state", "live", timeout=SOON)
    expect(count_of(board, "free")).to_have_text("59", timeout=SOON)
    expect(card(board, 30)).to_have_attribute("data-state", "dnd", timeout=SOON)
    assert board.evaluate("window.stayed")
