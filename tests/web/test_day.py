"""How a day of one client is divided into bands: the module itself, in the browser."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.web.conftest import PageOf

pytestmark = pytest.mark.slow

BANDS = """async ([changes, standing, start, end]) => {
    const { bandsOf } = await import(`${document.body.dataset.static}/js/day.js`);
    return bandsOf(changes, standing, start, end).map(({ status, from, to }) => [status, from, to]);
}"""


def at(milliseconds: int, after: str) -> dict[str, str]:
    return {"after": after, "at": f"1970-01-01T00:00:00.{milliseconds:03}Z"}


@pytest.fixture
def page(page_of: PageOf) -> Page:
    opened = page_of()
    opened.goto("/calls")
    return opened


@pytest.mark.parametrize(
    ("changes", "standing", "bands"),
    [
        ([], None, []),
        ([], "dnd", [["dnd", 100, 200]]),
        ([at(150, "online")], None, [["online", 150, 200]]),
        ([at(150, "online")], "offline", [["offline", 100, 150], ["online", 150, 200]]),
        ([at(100, "dnd"), at(150, "dnd")], "online", [["dnd", 100, 150], ["dnd", 150, 200]]),
        ([at(250, "online")], "dnd", [["dnd", 100, 200]]),
    ],
)
def test_a_status_lasts_until_the_next(page: Page, changes: list[Any], standing: str | None, bands: list[Any]) -> None:
    assert page.evaluate(BANDS, [changes, standing, 100, 200]) == bands
