"""The panel in a real browser: Chromium, a server, and agents with simulated MicroSIPs."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.fleet.processes import ROOT, Server, SimulatedAgent

CHROMIUM = shutil.which("chromium")

KEEP_SCREENSHOTS = "KEEP_SCREENSHOTS"
"""A variable of the environment: with it, what `keep` is given is kept."""

SCREENSHOTS = ROOT / "build" / "screenshots"

PageOf = Callable[..., Page]
"""`page_of(language="en", theme="light", width=1440)`: a page of a visitor of his own."""

HEIGHTS = {390: 844, 1280: 800, 1440: 900, 1920: 1080, 2880: 1620}
LOCALES = {"en": "en-US", "ru": "ru-RU"}


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One for all tests here; of the package, for tests that follow may want an event loop of their own."""
    if CHROMIUM is None:
        pytest.skip("there is no chromium on this machine; `python run.py test --all` asks for it")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="package")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with NIKITA (extension 100) and OLGA, who have had some calls this morning."""
    server = Server.start(tmp_path_factory.mktemp("server"), HEARTBEAT_INTERVAL="1")
    agents = [
        SimulatedAgent.start(tmp_path_factory.mktemp(name), server, name, HEARTBEAT_INTERVAL="1")
        for name in ("NIKITA", "OLGA")
    ]
    yield server
    codes = [agent.running.stop() for agent in agents]
    assert (*codes, server.running.stop()) == (0, 0, 0)
    assert "Traceback" not in server.running.said()


@pytest.fixture
def page_of(browser: Browser, office: Server) -> Iterator[PageOf]:
    """Opens pages; whatever one of them has to complain about in its console fails the test."""
    complaints: list[str] = []
    with ExitStack() as contexts:

        def open_page(language: str = "en", theme: str = "light", width: int = 1440) -> Page:
            context = browser.new_context(
                base_url=office.url,
                viewport={"width": width, "height": HEIGHTS[width]},
                color_scheme="dark" if theme == "dark" else "light",
                locale=LOCALES[language],
                timezone_id="Europe/Moscow",
                reduced_motion="reduce",
            )
            contexts.callback(context.close)
            page = context.new_page()
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda message: complaints.extend(_complaint(message)))
            return page

        yield open_page
    assert complaints == []


def keep(page: Page, name: str) -> None:
    """A picture of the whole page, if those are wanted."""
    if KEEP_SCREENSHOTS in os.environ:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SCREENSHOTS / f"{re.sub(r'[^0-9A-Za-z=.-]+', '_', name)}.png", full_page=True)


def _complaint(message: ConsoleMessage) -> list[str]:
    if "Failed to load resource" in message.text and "/api/" in message.location["url"]:
        return []  # an answer that is a problem; the page says it in its own words
    return [f"{message.type}: {message.text}"] if message.type in ("error", "warning") else []
