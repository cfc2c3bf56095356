"""What a picture would show: nothing is cut off, covered or squeezed, with long names and in the longer language."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
import requests
from playwright.sync_api import Locator, Page, expect

from tests.fleet.processes import Server
from tests.web.accounts import set_up, sign_in
from tests.web.conftest import PageOf

pytestmark = pytest.mark.slow

LONG = "Конференц-зал на третьем этаже (большой)"
NO_PASSWORD = {"registration": "wrong_password", "call": {"state": "idle"}}

CUT = "cells => cells.filter(cell => cell.scrollHeight > cell.clientHeight + 1).map(cell => cell.textContent)"
LINES = """lines => lines.filter(line => line.textContent.trim() && line.clientHeight &&
    line.clientHeight < parseFloat(getComputedStyle(line).fontSize)).map(line => line.textContent)"""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with accounts and six PCs; on two of them MicroSIP does not ring, for a reason of two lines."""
    with Server.lasting(tmp_path_factory.mktemp("long"), HEARTBEAT_INTERVAL="600") as server:
        for number, hostname in enumerate((LONG, "NIKITA", "OLGA", "PAVEL", "ANNA", "BORIS")):
            beat = {"hostname": hostname, "extension": "485", "status": 0}
            if number < 2:
                beat["phone"] = NO_PASSWORD
            requests.post(f"{server.url}/api/heartbeat", json=beat, timeout=30).raise_for_status()
        members = {"members": [LONG, "NIKITA"]}
        group = f"{server.url}/api/groups/Отдел по работе с ключевыми клиентами"
        requests.put(group, json=members, timeout=30).raise_for_status()
        set_up(server)
        yield server


def within(page: Page, locator: Locator) -> bool:
    box = locator.bounding_box()
    return box is not None and box["x"] >= 0 and box["x"] + box["width"] <= page.evaluate("innerWidth")


@pytest.mark.parametrize("width", [390, 1280, 1440, 1920])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_everything_of_the_header_is_within_the_window(page_of: PageOf, language: str, width: int) -> None:
    page = page_of(language, width=width)
    sign_in(page, "/")
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")

    for tool in ("#language", "#theme", ".visitor", "#leave", "#connection"):
        assert within(page, page.locator(tool)), tool
    leave = page.locator("#leave").bounding_box()
    assert leave is not None
    assert leave["height"] < 45  # one line
    if width > 390:
        assert page.locator(".top nav").evaluate("nav => nav.scrollWidth <= nav.clientWidth")


@pytest.mark.parametrize("width", [390, 1440, 2880])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_no_line_of_a_card_is_squeezed(page_of: PageOf, language: str, width: int) -> None:
    page = page_of(language, width=width)
    sign_in(page, "/?view=cards")
    expect(page.locator(".card[data-state=trouble] .note").first).to_be_visible()

    assert page.locator(".card").evaluate_all(CUT) == []
    assert page.locator(".card .name, .card .about, .card .note, .card .state").evaluate_all(LINES) == []


@pytest.mark.parametrize("width", [1280, 1920])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_columns_of_the_wallboard_stand_beside_each_other(page_of: PageOf, language: str, width: int) -> None:
    page = page_of(language, width=width)
    sign_in(page, "/")
    page.goto("/wall")
    expect(page.locator("[data-column=trouble] li")).to_have_count(2)

    columns = [box for box in (one.bounding_box() for one in page.locator(".wall-column:visible").all()) if box]

    assert len(columns) == 4
    assert all(one["x"] + one["width"] <= other["x"] for one, other in pairwise(columns))
    assert page.locator(".wall-column").evaluate_all("all => all.every(one => one.scrollWidth <= one.clientWidth)")
