"""Stored cross-site scripting, tried on every page: texts made to run are on the screen as texts and as nothing else.

Each page is also opened without its content security policy, which would stop a script that had got into it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from microsip_manager.server.identity.digests import new_secret
from microsip_manager.web.panel import DOORS, PAGES
from microsip_manager.wire.enrolment import AGENT_KEY_PREFIX
from tests.fleet.processes import Server
from tests.web.accounts import PASSWORD
from tests.web.hostile import MARK, NAME, SHORT, TEXT, hostile_agent, store_everywhere, watched_page

pytestmark = pytest.mark.slow

PATH = f"/client/{quote(NAME, safe='')}"
OPEN = {
    "/?view=cards": "#rows .card .name",
    "/?view=table": "#rows .row .name",
    PATH: "#hostname",
    f"{PATH}9": "#unknown h1",
    "/calls": "#calls tbody tr .of-client",
    "/statistics": "[data-chart=by-person] td",
    "/groups": "#list .tile h2",
    "/schedules": "#list .tile h2",
    "/wall": "[data-column] li b",
}
"""By path, what shows a hostile text there on a server without accounts."""

GUARDED = {
    "/people": "#users tbody",
    "/tokens": "#tokens tbody",
    "/audit": "#rows tbody",
    "/account": "#who-title",
    "/server": ".visitor",
    "/join": "#pending tbody",
    "/agents": "#agents tbody",
}
NOTHING_STORED = {"/sign-in", "/setup"}


@pytest.fixture(params=[True, False], ids=["with the policy", "without it"])
def policy(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@contextmanager
def server_with_hostile_texts(folder: Path) -> Iterator[Server]:
    """Its heartbeats are so rare that nobody falls silent."""
    with hostile_agent() as port:
        server = Server.start(folder, HEARTBEAT_INTERVAL="600")
        try:
            store_everywhere(server, port)
            yield server
        finally:
            code = server.running.stop()
    assert code == 0
    assert "Traceback" not in server.running.said()


@pytest.fixture(scope="module")
def open_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with server_with_hostile_texts(tmp_path_factory.mktemp("open")) as server:
        yield server


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Its people and agents have hostile names, and so will its tokens."""
    with server_with_hostile_texts(tmp_path_factory.mktemp("guarded")) as server:

        def post(path: str, **body: object) -> dict[str, str]:
            answer = requests.post(f"{server.url}{path}", json=body, timeout=30)
            assert answer.ok, answer.text
            return dict(answer.json())

        token = post("/api/join-tokens", name=NAME, servers=[server.url])["join_token"]
        post("/api/setup", name=NAME, password=PASSWORD)
        agent = {"hostname": NAME, "session_user": NAME}
        post("/api/agents/enrol", key=new_secret(AGENT_KEY_PREFIX), join_token=token, **agent)
        post("/api/agents/ask", key=new_secret(AGENT_KEY_PREFIX), **agent)
        yield server


def open_everything(page: Page) -> None:
    """What is folded up, and the sheet of the first thing that can be changed."""
    for details in page.locator("details:visible").all():
        details.locator("summary").click()
    for button in page.locator("main .tile button, #users tbody button, #pending tbody button").all()[:1]:
        button.click()


def sign_in(page: Page) -> None:
    page.goto("/sign-in")
    page.locator("[name=name]").fill(NAME)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    expect(page.locator("#leave")).to_be_visible()


def test_every_page_of_the_panel_is_tried() -> None:
    tried = {path.partition("?")[0] for path in {**OPEN, **GUARDED}} | NOTHING_STORED

    assert tried - {one for one in tried if one.startswith("/client/")} | {"/client/{hostname}"} == {*PAGES, *DOORS}


@pytest.mark.parametrize(
    "path", OPEN, ids=["cards", "table", "client", "unknown", "calls", "statistics", "groups", "schedules", "wall"]
)
def test_on_the_pages_of_the_fleet_it_is_text(browser: Browser, open_server: Server, path: str, policy: bool) -> None:
    with watched_page(browser, open_server, policy=policy) as (page, watch):
        page.goto(path)
        expect(page.locator(OPEN[path]).filter(has_text=MARK).first).to_be_attached()
        open_everything(page)

        assert watch.look(page) == []


def test_what_a_hostile_agent_answers_is_text(browser: Browser, open_server: Server, policy: bool) -> None:
    with watched_page(browser, open_server, policy=policy) as (page, watch):
        page.goto(PATH)
        page.locator("#settings-form button").click()
        expect(page.locator("#settings td", has_text=MARK).first).to_be_attached()
        page.locator("#message-form textarea").fill(TEXT)
        page.locator("#message-form button").click()
        expect(page.locator("#message-form .outcome")).to_contain_text(MARK)
        page.locator("#dnd-form button[value=on]").click()
        expect(page.locator("#dnd-form .outcome")).to_contain_text("does not react")

        assert watch.look(page) == []


def test_in_orders_and_their_results_it_is_text(browser: Browser, open_server: Server, policy: bool) -> None:
    with watched_page(browser, open_server, policy=policy) as (page, watch):
        page.goto("/?view=cards")
        page.locator("#text").fill(MARK)
        page.locator("#select-all").click()
        page.locator("[data-act=message]").click()
        page.locator("#order-text textarea").fill(TEXT)
        page.locator("#order-send").click()
        expect(page.locator("#results-list li", has_text=MARK).first).to_be_attached()

        assert watch.look(page) == []


def test_on_the_pages_of_administrators_it_is_text(browser: Browser, guarded: Server, policy: bool) -> None:
    with watched_page(browser, guarded, policy=policy) as (page, watch):
        sign_in(page)
        page.goto("/people")
        expect(page.locator("#new")).to_be_enabled()
        page.locator("#new").click()
        page.locator("#edit [name=name]").fill(f"{NAME} {policy}")
        page.get_by_role("radio", name="Operator").check()
        page.get_by_role("checkbox", name=NAME).check()
        page.locator("#edit [name=password]").fill(PASSWORD)
        page.locator("#edit [name=password]").press("Enter")
        expect(page.locator("#users tbody tr")).not_to_have_count(1)
        page.goto("/tokens")
        expect(page.locator("#new")).to_be_enabled()
        page.locator("#new").click()
        page.locator("#edit [name=name]").fill(NAME)
        page.locator("#edit button.main").click()
        expect(page.locator("#made-text")).to_contain_text(MARK)
        assert watch.look(page) == []
        for path, shown in GUARDED.items():
            page.goto(path)
            expect(page.locator(shown)).to_contain_text(MARK)
            open_everything(page)

            assert watch.look(page) == [], path


@pytest.mark.parametrize("path", ["/", "/wall", "/calls", "/audit"])
def test_to_administrators_the_fleet_shows_it_as_text_too(browser: Browser, guarded: Server, path: str) -> None:
    with watched_page(browser, guarded, policy=False) as (page, watch):
        sign_in(page)
        page.goto(path)
        expect(page.locator("body")).to_contain_text(MARK)

        assert watch.look(page) == []


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example/", "/.//evil.example/", "/\\evil.example", "https://evil.example/", "javascript:pwned()", TEXT],
)
def test_a_link_to_the_sign_in_leads_nowhere_else(browser: Browser, guarded: Server, wanted: str) -> None:
    with watched_page(browser, guarded, policy=False) as (page, watch):
        page.goto(f"/sign-in?next={quote(wanted, safe='')}")
        page.locator("[name=name]").fill(NAME)
        page.locator("[name=password]").fill(PASSWORD)
        with page.expect_navigation():
            page.locator("[name=password]").press("Enter")

        assert page.url.startswith(f"{guarded.url}/")
        assert watch.look(page) == []


@pytest.mark.parametrize("text", [NAME, SHORT, TEXT])
def test_the_watch_would_notice(browser: Browser, open_server: Server, text: str, policy: bool) -> None:
    with watched_page(browser, open_server, policy=policy) as (page, watch):
        page.goto("/groups")
        page.evaluate("text => document.querySelector('main').insertAdjacentHTML('beforeend', text)", text)
        page.wait_for_function("document.querySelector('img[src=x]').complete")
        found = watch.look(page)

        assert any("element" in one for one in found)
        assert ("a script ran" in found) is not policy
        assert any("Policy" in one for one in found) is policy
