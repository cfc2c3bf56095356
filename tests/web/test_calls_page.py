"""The list of calls: its filters, its pages, and its CSV."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.fleet.processes import Server
from tests.web.calls import call, report
from tests.web.conftest import PageOf

pytestmark = pytest.mark.slow

DAYS = timedelta(days=40)
"""Before all that happens in the office."""


@pytest.fixture(scope="module", autouse=True)
def _calls(office: Server) -> None:
    report(office, *(call(f"{7000 + number}", DAYS + timedelta(minutes=number), key=number) for number in range(205)))
    report(office, call("7999", DAYS, hostname="OLGA", direction="missed", duration=0))


def test_filters_are_kept_over_a_reload_and_by_the_back_button(page_of: PageOf) -> None:
    page = page_of()
    page.goto("/calls")
    expect(page.locator("#calls tbody tr")).to_have_count(100)

    page.get_by_label("Client").fill("olga")
    page.get_by_label("Other side").fill("7999")
    page.get_by_label("Kind").select_option("missed")

    expect(page.locator("#shown")).to_have_text("1 call")
    page.reload()
    expect(page.locator("#shown")).to_have_text("1 call")
    expect(page.get_by_label("Client")).to_have_value("olga")
    expect(page.get_by_label("Kind")).to_have_value("missed")

    page.go_back()
    expect(page.locator("#calls tbody tr")).to_have_count(100)
    expect(page.get_by_label("Client")).to_have_value("")


def test_moments_are_those_of_the_clock_on_the_wall(page_of: PageOf, office: Server) -> None:
    page = page_of()
    page.goto("/calls?from=2020-05-04T09:00:00.000Z&to=2020-05-04T10:00:00.000Z")

    expect(page.get_by_label("From", exact=True)).to_have_value("2020-05-04T12:00")
    expect(page.locator("#shown")).to_have_text("No call matches these filters")
    report(office, call("485", started_at="2020-05-04T09:30:00+00:00", key=900))
    expect(page.locator("#newer")).to_have_text("1 newer call: show")

    page.locator("#newer").click()

    expect(page.locator("#shown")).to_have_text("1 call")
    expect(page.locator("#calls time")).to_contain_text("12:30:00")


def test_pages_follow_one_another_without_a_gap(page_of: PageOf) -> None:
    page = page_of()
    page.goto("/calls?hostname=NIKITA&min_duration=61&extension=100")
    seen: list[str] = []
    for _ in range(10):
        expect(page.locator("#calls tbody tr").first).to_be_visible()
        seen += page.locator("#calls .of-other-side b").all_text_contents()
        if page.locator("#older").is_hidden():
            break
        address, first = page.url, page.locator("#calls tbody tr").first.text_content() or ""
        page.locator("#older").click()
        expect(page.locator("#calls tbody tr").first).not_to_have_text(first)
        assert page.url != address

    assert [number for number in seen if number.startswith("7")] == [str(7000 + number) for number in range(205)]
    page.locator("#newest").click()
    expect(page.locator("#calls .of-other-side b").first).to_have_text(seen[0])


def test_the_csv_has_the_calls_of_the_filters(page_of: PageOf) -> None:
    page = page_of()
    page.goto("/calls?hostname=OLGA&number=7999")
    expect(page.locator("#shown")).to_have_text("1 call")

    with page.expect_download() as download:
        page.get_by_text("CSV of these calls").click()

    lines = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert download.value.suggested_filename == "calls.csv"
    assert len(lines) == 2
    assert "7999" in lines[1]
