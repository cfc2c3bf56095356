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
"""A variable of the environment: with it, what each test has last seen is kept."""

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
def page_of(browser: Browser, office: Server, request: pytest.FixtureRequest) -> Iterator[PageOf]:
    """Opens pages; whatever one of them has to complain about in its console fails the test."""
    complaints: list[str] = []
    with ExitStack() as contexts:
        opened: list[Page] = []

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
            opened.append(page)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda message: complaints.extend(_complaint(message)))
            return page

        yield open_page
        if KEEP_SCREENSHOTS in os.environ:
            _keep(opened, request.node.name)
    assert complaints == []


def _keep(pages: list[Page], test: str) -> None:
    """The pages as the test leaves them."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for number, page in enumerate(pages, 1):
        page.screenshot(path=SCREENSHOTS / f"{re.sub(r'[^0-9A-Za-zА-яё=.-]+', '_', test)}-{number}.png", full_page=True)


def _complaint(message: ConsoleMessage) -> list[str]:
    if "Failed to load resource" in message.text and "/api/" in message.location["url"]:
        return []  # an answer that is a problem; the page says it in its own words
    return [f"{message.type}: {message.text}"] if message.type in ("error", "warning") else []
