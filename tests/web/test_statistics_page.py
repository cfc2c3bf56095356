"""The statistics: what the charts show is what the server counts, in the time zone that was asked for."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.fleet.processes import Server
from tests.web.calls import call, report
from tests.web.conftest import PageOf

pytestmark = pytest.mark.slow

MONDAY_NIGHT = "2020-03-02T22:30:00+00:00"
"""In Moscow it is Tuesday, half past one."""


@pytest.fixture(scope="module", autouse=True)
def _calls(office: Server) -> None:
    report(
        office,
        call("1", started_at=MONDAY_NIGHT, duration=600),
        call("2", started_at=MONDAY_NIGHT, direction="missed", duration=0, key=2),
        call("3", started_at=MONDAY_NIGHT, direction="rejected_by_dnd", duration=0, key=3, hostname="OLGA"),
    )
    requests.put(f"{office.url}/api/groups/Sales", json={"members": ["nikita"]}, timeout=30).raise_for_status()


def table_of(page: Page, chart: str) -> list[list[str]]:
    """The rows of the table below a chart."""
    rows: list[list[str]] = page.locator(f"[data-chart={chart}] table").evaluate(
        "table => [...table.rows].map(row => [...row.cells].map(cell => cell.textContent))"
    )
    return rows


def tiles(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(
        "Object.fromEntries([...document.querySelectorAll('[data-tile]')]"
        ".map(tile => [tile.dataset.tile, tile.querySelector('dd').textContent]))"
    )
    return found


def test_a_call_counts_in_the_weekday_and_hour_of_the_time_zone(page_of: PageOf) -> None:
    page = page_of()
    page.goto("/statistics?from=2020-03-01&to=2020-03-04&tz=Europe/Moscow")
    expect(page.locator("#of")).to_have_text("Mar 1, 2020 – Mar 4, 2020, Europe/Moscow")

    heat = {row[0]: row[1:] for row in table_of(page, "heat")[1:]}
    assert heat["Tue"][1] == "3"
    assert sum(int(number) for row in heat.values() for number in row) == 3

    page.get_by_label("Time zone").fill("UTC")
    page.get_by_label("Time zone").press("Enter")
    expect(page.locator("#of")).to_contain_text("UTC")

    heat = {row[0]: row[1:] for row in table_of(page, "heat")[1:]}
    assert heat["Mon"][22] == "3"


def test_figures_charts_and_tables_say_the_same(page_of: PageOf) -> None:
    page = page_of()
    page.goto("/statistics?from=2020-03-02&to=2020-03-03&tz=UTC")
    expect(page.locator("[data-tile=total] dd")).to_have_text("3")

    assert tiles(page) == {"total": "3", "answered": "1", "missed": "1", "lost": "1", "talk": "10 min", "mean": "10:00"}
    assert table_of(page, "outcomes") == [
        ["Day", "Answered", "Missed", "Lost to DND"],
        ["Mar 2", "1", "1", "1"],
        ["Mar 3", "0", "0", "0"],
    ]
    assert table_of(page, "talk-chart")[1] == ["Mar 2", "10:00"]
    assert table_of(page, "by-hour")[23] == ["22", "1", "0", "1", "1", "0"]


def test_the_choice_is_kept_in_the_address(page_of: PageOf) -> None:
    page = page_of()
    page.goto("/statistics")
    expect(page.locator("#figures")).to_be_visible()

    page.get_by_label("7 days").check()
    page.get_by_label("Client").select_option("OLGA")
    page.wait_for_url("**/statistics?period=week&hostname=OLGA")
    page.reload()

    expect(page.get_by_label("7 days")).to_be_checked()
    expect(page.get_by_label("Client")).to_have_value("OLGA")


def test_time_in_status_is_told_per_person_and_per_group(page_of: PageOf) -> None:
    page = page_of()
    page.goto("/statistics")
    expect(page.locator("[data-chart=by-group] canvas")).to_be_visible()

    assert {"NIKITA", "OLGA"} <= {row[0] for row in table_of(page, "by-person")}
    assert [row[0] for row in table_of(page, "by-group")] == ["Group", "Sales"]


def test_what_the_server_does_not_take_is_said_in_its_words(page_of: PageOf) -> None:
    page = page_of()
    page.goto("/statistics?from=2020-03-04&to=2020-03-01&tz=UTC")

    expect(page.locator("#problem")).to_contain_text("from: must be before `to`")
    expect(page.locator("#figures")).to_be_hidden()
