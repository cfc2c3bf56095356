"""Coming in and going out: the first set-up, signing in, signing out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.fleet.processes import PATIENCE, Server
from tests.web.axe import violations
from tests.web.conftest import PageOf

pytestmark = pytest.mark.slow

PASSWORD = "correct horse battery staple"


@pytest.fixture
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A new server, of which NIKITA has been heard."""
    with Server.lasting(tmp_path_factory.mktemp("new")) as server:
        server.beat("NIKITA")
        yield server


def test_from_the_first_start_to_the_board_and_out_again(page_of: PageOf) -> None:
    page = page_of()
    page.goto("/")
    page.get_by_role("link", name="Set it up").click()
    expect(page.get_by_role("heading", name="Set this server up")).to_be_visible()
    assert violations(page) == []
    page.get_by_label("Password, at least 12 characters").fill(PASSWORD)
    page.get_by_label("The same password once more").fill("another one altogether")
    page.get_by_role("button", name="Make the administrator").click()
    expect(page.get_by_role("alert")).to_have_text("The two passwords differ.")
    page.get_by_label("The same password once more").fill(PASSWORD)
    page.get_by_role("button", name="Make the administrator").click()
    page.get_by_role("link", name="Board").or_(page.locator("#leave")).first.wait_for()

    stranger = page_of()
    stranger.goto("/?text=nik")
    expect(stranger.get_by_role("heading", name="Sign in")).to_be_visible()
    assert violations(stranger) == []
    stranger.get_by_label("Name").fill("admin")
    stranger.get_by_label("Password").fill("not this one")
    stranger.get_by_role("button", name="Sign in").click()
    expect(stranger.get_by_role("alert")).not_to_be_empty()
    stranger.get_by_label("Password").fill(PASSWORD)
    stranger.get_by_role("button", name="Sign in").click()
    expect(stranger.locator("[data-key=nikita] .name")).to_have_text("NIKITA")
    assert stranger.url.endswith("/?text=nik")
    expect(stranger.locator("#connection")).to_have_attribute("data-state", "live")

    # In another tab of the same browser; the open board notices with the next word of its stream.
    other = stranger.context.new_page()
    other.goto("/")
    other.get_by_role("button", name="Sign out").click()
    expect(other.get_by_role("heading", name="Sign in")).to_be_visible()

    expect(stranger.get_by_role("heading", name="Sign in")).to_be_visible(timeout=PATIENCE * 1000)
