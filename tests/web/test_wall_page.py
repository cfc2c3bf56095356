"""The wallboard: a link for a screen, which tells who is free and nothing more, and can be taken back."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import expect

from tests.fleet.processes import PATIENCE, ROOT, Running, Server, wait_for
from tests.web.accounts import set_up, sign_in
from tests.web.axe import violations
from tests.web.conftest import PageOf

pytestmark = pytest.mark.slow

COUNT = 60
SOON = PATIENCE * 1000


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Sixty PCs that are there, of a server without accounts."""
    folder = tmp_path_factory.mktemp("lobby")
    server = Server.start(folder, HEARTBEAT_INTERVAL="1")
    options = ["--server", server.url, "--clients", str(COUNT), "--speed", "0"]
    crowd = Running.start(
        [sys.executable, "-m", "microsip_manager.cli", "simulate", *options],
        folder / "crowd.log",
        {"PYTHONPATH": str(ROOT / "src"), "HEARTBEAT_INTERVAL": "1"},
    )
    wait_for("all PCs", lambda: sum(one["status"] == "online" for one in server.get("/api/clients")) == COUNT)
    yield server
    assert (crowd.stop(), server.running.stop()) == (0, 0)
    assert "Traceback" not in server.running.said()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server.lasting(tmp_path_factory.mktemp("guarded")) as server:
        server.beat("NIKITA")
        set_up(server)
        yield server


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_it_is_sound(page_of: PageOf, language: str, theme: str, width: int) -> None:
    page = page_of(language, theme, width)
    page.goto("/wall")

    expect(page.locator("[data-column=free] li").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if language == "en":
        assert violations(page) == []


def test_it_follows_what_happens_and_turns_its_pages(page_of: PageOf, office: Server) -> None:
    page = page_of()
    page.clock.install()
    page.goto("/wall")
    expect(page.locator("[data-column=free] h2 b")).to_have_text("60")
    first = page.locator("[data-column=free] li b").first.inner_text()
    shown = page.locator("[data-column=free] li").count()
    assert 5 < shown < COUNT

    page.clock.run_for(11_000)
    expect(page.locator("[data-column=free] .wall-page")).to_contain_text("Page 2 of")
    expect(page.locator("[data-column=free] li b").first).not_to_have_text(first)

    office.set_dnd("SIM-00042", True)
    expect(page.locator("[data-column=dnd] li b")).to_have_text("SIM-00042", timeout=SOON)
    expect(page.locator("[data-column=free] h2 b")).to_have_text("59")
    office.set_dnd("SIM-00042", False)


def test_a_link_is_made_shows_no_number_and_is_revoked(page_of: PageOf, guarded: Server) -> None:
    admin = page_of()
    sign_in(admin, f"{guarded.url}/tokens")
    admin.get_by_role("button", name="Make a wallboard link").click()
    admin.get_by_role("button", name="Make", exact=True).click()
    expect(admin.locator("#made")).to_be_visible()
    link = admin.locator("#secret").inner_text()
    assert link.startswith(f"{guarded.url}/wall#mmt_")

    screen = page_of()
    screen.goto(link)
    expect(screen.locator("[data-column=free] li b")).to_have_text("NIKITA")
    assert "485" not in screen.locator("body").inner_text()
    admin.locator("#made button.main").click()
    row = admin.locator("#tokens tr", has_text="Wallboard")
    row.get_by_role("button").click()
    row.get_by_role("button").click()
    expect(row).to_have_count(0)

    expect(screen.locator("#refused")).to_be_visible(timeout=SOON)
    token = link.partition("#")[2]
    shown = {"Authorization": f"Bearer {token}"}
    assert requests.get(f"{guarded.url}/api/wall", headers=shown, timeout=30).status_code == 401
    assert token not in guarded.running.said()


def test_it_says_when_the_connection_is_lost(page_of: PageOf, office: Server) -> None:
    page = page_of()
    page.goto("/wall")
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")

    page.context.set_offline(True)
    assert office.running.stop() == 0

    expect(page.locator("#connection")).to_have_text("No connection, trying again")
    office.running = Server.start(office.folder, office.port, **office.env).running
    page.context.set_offline(False)
    expect(page.locator("#connection")).to_have_attribute("data-state", "live", timeout=SOON)
