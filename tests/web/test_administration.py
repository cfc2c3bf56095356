"""The pages of administrators and of one's own account, on a server with accounts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
import requests
from playwright.sync_api import Page, expect

from tests.fleet.processes import Server
from tests.web.accounts import PASSWORD, set_up, sign_in
from tests.web.axe import violations
from tests.web.conftest import PageOf, keep

pytestmark = pytest.mark.slow

READY = {
    "/join": "#no-pending:not(:empty)",
    "/agents": "#none:not([hidden]), #agents tbody tr",
    "/people": "#users tbody tr",
    "/tokens": "#none:not([hidden]), #tokens tbody tr",
    "/audit": "#rows tbody tr",
    "/server": "#facts dd",
    "/account": "#begin:not([hidden])",
}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server.lasting(tmp_path_factory.mktemp("guarded")) as server:
        server.beat("NIKITA")
        requests.put(f"{server.url}/api/groups/Sales", json={"members": ["NIKITA"]}, timeout=30).raise_for_status()
        set_up(server)
        yield server


@pytest.fixture
def admin(page_of: PageOf) -> Page:
    page = page_of()
    sign_in(page, "/people")
    return page


def code_of(uri: str) -> str:
    return pyotp.TOTP(parse_qs(urlsplit(uri).query)["secret"][0]).now()


def make_person(page: Page, name: str, role: str) -> None:
    page.goto("/people")
    page.get_by_role("button", name="New person").click()
    page.locator("[name=name]").fill(name)
    page.get_by_role("radio", name=role).check()
    page.locator("#edit [name=password]").fill(PASSWORD)
    page.locator("#edit [name=password]").press("Enter")
    expect(page.locator("#edit")).to_be_hidden()
    expect(page.locator("#users tr", has_text=name)).to_be_visible()


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_they_are_sound(page_of: PageOf, language: str, theme: str, width: int) -> None:
    page = page_of(language, theme, width)
    sign_in(page, "/account")
    for path, ready in READY.items():
        page.goto(path)
        expect(page.locator(ready).first).to_be_visible()
        keep(page, f"{path}-{language}-{theme}-{width}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        if (language, theme, width) in (("en", "light", 1440), ("en", "dark", 390)):
            assert violations(page) == [], path


@pytest.mark.parametrize("path", ["/people", "/tokens"])
def test_their_sheets_are_sound(admin: Page, path: str) -> None:
    admin.goto(path)
    admin.locator("#new").click()
    admin.get_by_role("radio", name="Operator").check()

    expect(admin.get_by_role("checkbox", name="Sales")).to_be_attached()
    assert violations(admin) == []


def test_a_person_is_made_changed_and_removed(admin: Page, page_of: PageOf) -> None:
    make_person(admin, "olga", "Operator")
    row = admin.locator("#users tr", has_text="olga")
    row.get_by_role("button").click()
    admin.get_by_role("checkbox", name="Sales").check()
    admin.locator("#edit button.main").click()
    expect(row).to_contain_text("Sales")

    hers = page_of()
    sign_in(hers, "/", "olga")
    expect(hers.get_by_role("link", name="Administration")).to_have_count(0)
    assert hers.request.get("/people").status == 403
    hers.goto("/account")

    row.get_by_role("button").click()
    admin.get_by_role("checkbox", name="Disabled").check()
    admin.locator("#edit button.main").click()
    expect(row).to_contain_text("Disabled")
    hers.reload()
    expect(hers.get_by_role("heading", name="Sign in")).to_be_visible()

    row.get_by_role("button").click()
    admin.get_by_role("button", name="Remove").click()
    admin.get_by_role("button", name="Remove").click()
    expect(row).to_have_count(0)


def test_the_last_administrator_stays_and_the_sheet_says_why(admin: Page) -> None:
    admin.locator("#users tr", has_text="admin").get_by_role("button").click()
    admin.get_by_role("radio", name="Viewer").check()
    admin.locator("#edit button.main").click()

    expect(admin.locator("#edit-error")).to_contain_text("administrator")
    expect(admin.locator("#edit")).to_be_visible()


def test_a_token_is_shown_once_works_and_is_revoked(admin: Page, office: Server) -> None:
    admin.goto("/tokens")
    admin.get_by_role("button", name="New token").click()
    admin.get_by_label("What is it for?").fill("nightly report")
    admin.get_by_label("30 days").check()
    admin.get_by_role("button", name="Make", exact=True).click()
    expect(admin.locator("#made")).to_be_visible()
    token = admin.locator("#secret").inner_text()
    assert re.fullmatch(r"mmt_[\w-]{43}", token)
    shown = {"Authorization": f"Bearer {token}"}
    assert requests.get(f"{office.url}/api/clients", headers=shown, timeout=30).status_code == 200

    admin.get_by_role("button", name="Close").last.click()
    admin.reload()
    row = admin.locator("#tokens tr", has_text="nightly report")
    expect(row).to_contain_text("Viewer")
    expect(row).not_to_contain_text("Never")
    assert token not in admin.content()
    row.get_by_role("button").click()
    expect(row.get_by_role("button")).to_contain_text("Click again")
    row.get_by_role("button").click()

    expect(row).to_have_count(0)
    assert requests.get(f"{office.url}/api/clients", headers=shown, timeout=30).status_code == 401


def test_the_audit_log_is_filtered_kept_in_the_address_taken_away_and_verified(admin: Page) -> None:
    make_person(admin, "pavel", "Viewer")
    admin.goto("/audit")
    admin.get_by_label("What").fill("POST /api/users")
    admin.get_by_role("button", name="Show", exact=True).click()
    row = admin.locator("#rows tbody tr", has_text="pavel")
    expect(row).to_have_count(1)
    row.locator("summary").click()
    expect(row.locator("pre")).to_contain_text('"viewer"')
    assert PASSWORD not in admin.content()

    admin.reload()
    expect(admin.get_by_label("What")).to_have_value("POST /api/users")
    expect(row).to_have_count(1)
    with admin.expect_download() as download:
        admin.get_by_text("CSV of these rows").click()
    assert "pavel" in Path(download.value.path()).read_text(encoding="utf-8-sig")

    admin.get_by_role("button", name="Verify the log").click()
    expect(admin.locator("#verdict")).to_contain_text("The chain of the log holds")
    assert violations(admin) == []


def test_the_server_tells_how_it_is(admin: Page) -> None:
    admin.goto("/server")

    expect(admin.locator("#health")).to_contain_text("All is well")
    expect(admin.locator("#facts")).to_contain_text("1 in all")


def test_a_password_and_a_second_factor_of_ones_own(admin: Page, page_of: PageOf) -> None:
    make_person(admin, "irina", "Viewer")
    page = page_of()
    sign_in(page, "/account", "irina")
    page.get_by_label("Password until now").fill(PASSWORD)
    page.get_by_label("New password").fill("four other words instead")
    page.get_by_label("The same password once more").fill("four other words instead")
    page.get_by_role("button", name="Change the password").click()
    expect(page.locator("#toasts")).to_contain_text("The password is changed")

    page.get_by_role("button", name="Set up a second factor").click()
    expect(page.locator("#secret")).not_to_be_empty()
    uri = page.locator("#uri").get_attribute("href") or ""
    assert uri.startswith("otpauth://totp/")
    page.get_by_label("Code, six digits").fill(code_of(uri))
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator("#factor-state")).to_contain_text("authenticator")
    assert violations(page) == []

    admin.reload()
    admin.locator("#users tr", has_text="irina").get_by_role("button").click()
    admin.get_by_role("checkbox", name="Reset the second factor").check()
    admin.locator("#edit button.main").click()
    expect(admin.locator("#users tr", has_text="irina")).to_contain_text("No")
    page.reload()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_signing_out_everywhere_means_every_browser(admin: Page, page_of: PageOf) -> None:
    make_person(admin, "vera", "Viewer")
    here, there = page_of(), page_of()
    for page in (here, there):
        sign_in(page, "/account", "vera")

    here.get_by_role("button", name="Sign out everywhere").click()
    here.get_by_role("button", name="Click again").click()

    expect(here.get_by_role("heading", name="Sign in")).to_be_visible()
    there.reload()
    expect(there.get_by_role("heading", name="Sign in")).to_be_visible()
