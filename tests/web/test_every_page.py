"""Every page in both languages, both themes and two widths: no complaints, nothing sticks out, axe finds nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
import requests
from playwright.sync_api import expect

from microsip_manager.wire.calls import CallDirection
from tests.fleet.processes import Server
from tests.web.axe import violations
from tests.web.calls import call, report
from tests.web.conftest import PageOf, keep

pytestmark = pytest.mark.slow

READY = {
    "/?view=cards": "#rows .card",
    "/?view=table": "#rows .row",
    "/groups": "#list .tile",
    "/schedules": "#list .tile",
    "/client/NIKITA": "#client:not([hidden]) #timeline svg[role=img]",
    "/client/NOBODY": "#unknown:not([hidden])",
    "/calls?extension=777": "#calls tbody tr",
    "/join": "#no-tokens:not(:empty)",
    "/agents": "#none:not([hidden])",
    "/statistics?period=week": ".chart canvas",
}
"""By path, what is there once the page shows what it has."""


@pytest.fixture(scope="module", autouse=True)
def _calls(office: Server) -> None:
    report(
        office,
        *(
            call("+74950000042", timedelta(hours=hour), key=hour, extension="777", direction=kind.value, name="Анна")
            for hour, kind in enumerate([*CallDirection, *CallDirection])
        ),
    )
    office.set_dnd("OLGA", True)
    requests.put(f"{office.url}/api/groups/Sales", json={"members": ["NIKITA", "OLGA"]}, timeout=30).raise_for_status()
    lunch = {
        "group": "Sales",
        "days": ["mon"],
        "start": "13:00",
        "end": "14:00",
        "tz": "Europe/Moscow",
        "reason": "Lunch",
    }
    requests.put(f"{office.url}/api/schedules/Lunch", json=lunch, timeout=30).raise_for_status()


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("path", READY)
def test_it_is_sound(page_of: PageOf, path: str, language: str, theme: str, width: int) -> None:
    page = page_of(language, theme, width)

    page.goto(path)
    expect(page.locator(READY[path]).first).to_be_attached()
    for details in page.locator("details:visible").all():
        details.locator("summary").click()

    keep(page, f"{path}-{language}-{theme}-{width}")
    assert page.locator("html").get_attribute("lang") == language
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # What axe looks at is the same in every language, and takes it two seconds: each theme once, and each width.
    if (language, theme, width) in (("en", "light", 1440), ("en", "dark", 390)):
        assert violations(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("act", ["dnd-on", "dnd-off", "message"])
def test_the_sheet_of_an_order_is_sound(page_of: PageOf, act: str, theme: str) -> None:
    page = page_of(theme=theme)
    page.goto("/?view=cards")
    page.locator("[data-key=nikita]").click()

    page.locator(f"[data-act={act}]").click()

    expect(page.locator("#order")).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize("path", ["/groups", "/schedules"])
def test_the_sheets_of_groups_and_schedules_are_sound(page_of: PageOf, path: str) -> None:
    page = page_of()
    page.goto(path)

    page.locator("#list .tile button").first.click()

    expect(page.locator("#edit")).to_be_visible()
    assert violations(page) == []
