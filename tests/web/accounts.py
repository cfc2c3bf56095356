"""A server with an administrator, for the pages that only such a one sees."""

from __future__ import annotations

import requests
from playwright.sync_api import Page, expect

from tests.fleet.processes import Server

NAME, PASSWORD = "admin", "correct horse battery staple"


def set_up(server: Server) -> None:
    answer = requests.post(f"{server.url}/api/setup", json={"name": NAME, "password": PASSWORD}, timeout=30)
    answer.raise_for_status()


def sign_in(page: Page, path: str, name: str = NAME, password: str = PASSWORD) -> None:
    """Open this page, by way of the door; whatever language it has."""
    page.goto(path)
    page.locator("[name=name]").fill(name)
    page.locator("[name=password]").fill(password)
    page.locator("[name=password]").press("Enter")
    expect(page.locator("#leave")).to_be_visible()
