"""The browser of `bench panel`: Debian's Chromium, without a window, driven by Playwright."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.errors import CannotMeasure
from benchmarks.panel_office import NAME, PASSWORD, Office

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

WATCH = Path(__file__).with_name("panel_watch.js")
WIDTH, HEIGHT = 1440, 900
SHOWN_WITHIN = 60_000
"""Milliseconds."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Raises `CannotMeasure` where there is none."""
    program = shutil.which("chromium")
    if program is None:
        raise CannotMeasure("there is no chromium on this machine. On Debian: apt-get install chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise CannotMeasure("Playwright is missing: `python run.py bench panel` installs it") from None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


def signed_in(browser: Browser, office: Office) -> Any:
    """What a browser keeps of somebody who has signed in, for others like it."""
    context = _context(browser, office)
    page = context.new_page()
    page.goto("/sign-in")
    page.locator("[name=name]").fill(NAME)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.locator("#leave").wait_for()
    state = context.storage_state()
    context.close()
    return state


def opened_board(browser: Browser, office: Office, state: Any, clients: int) -> Page:
    """The board of a browser that has nothing of it in its cache, once it shows everybody."""
    page = _context(browser, office, state).new_page()
    page.add_init_script(path=WATCH)
    page.goto("/")
    page.wait_for_function(
        "count => noted.rows && document.querySelector('[data-count=all] b').textContent === String(count)",
        arg=clients,
        timeout=SHOWN_WITHIN,
    )
    return page


def megabytes_of_heap(page: Page) -> float:
    """What the page's scripts hold, without what nothing refers to any more."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used: float = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return used / 1e6


def _context(browser: Browser, office: Office, state: Any = None) -> BrowserContext:
    screen: ViewportSize = {"width": WIDTH, "height": HEIGHT}
    return browser.new_context(base_url=office.url, viewport=screen, locale="en-US", storage_state=state)
