"""A web page of another site, and one that has given its own name the server's address, on every endpoint there is.

The browser is an administrator's, with a live session, and even shows the token of it.
"""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient

from microsip_manager.server.identity.rights import RIGHTS
from microsip_manager.server.services import Services
from microsip_manager.server.tls.plain_http import NO_SECRET
from tests.server.conftest import caller_of
from tests.server.identity.people import Browser, set_up, told

pytestmark = pytest.mark.thorough

ROWS = sorted(row for row in RIGHTS if row[0] not in ("WEBSOCKET", "HEAD"))
TELLING = [row for row in ROWS if row[0] != "GET" or row[1] not in NO_SECRET]
"""Those that have a secret to tell or something to change."""


@pytest.fixture
def anna(services: Services) -> Browser:
    return set_up(services)


def where(path: str) -> str:
    path = re.sub(r"\{\w*id\}", "0" * 32, path.replace("{hostname}", "NIKITA"))
    return re.sub(r"\{\w+\}", "Sales", path)


def test_no_page_of_another_site_reaches_any_endpoint(anna: Browser) -> None:
    for method, path in ROWS:
        for origin in ("http://evil.example", "https://127.0.0.1:8083.evil.example", "null", "http://127.0.0.1:8084"):
            headers = {"Origin": origin, "X-CSRF-Token": anna.csrf}

            assert told(anna.http.request(method, where(path), headers=headers)) == (403, "foreign-origin"), path
    assert anna.who is not None


REBOUND = (
    "evil.example",
    "evil.example:8083",
    "127.0.0.1.evil.example:8083",
    "localhost.evil.example",
    "127.0.0.1@evil",
)


@pytest.mark.parametrize("host", REBOUND)
def test_a_name_that_was_pointed_here_reaches_nothing_with_a_session(anna: Browser, host: str) -> None:
    for method, path in TELLING:
        # For the browser it is the page's own site.
        headers = {"Host": host, "Origin": f"http://{host}", "X-CSRF-Token": anna.csrf}

        assert told(anna.http.request(method, where(path), headers=headers)) == (403, "foreign-origin"), path


@pytest.mark.parametrize("host", REBOUND)
def test_nor_before_there_are_accounts(services: Services, host: str) -> None:
    api: TestClient = caller_of(services)
    for method, path in ROWS:
        if path.startswith("/directory/"):
            continue  # it has its key in the path
        assert told(api.request(method, where(path), headers={"Host": host})) == (403, "foreign-origin"), path


def test_a_form_of_another_site_has_no_way_to_prove_its_page(anna: Browser) -> None:
    """What a form can send without asking the browser first: no header of ours, and a body of three kinds."""
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = anna.http.post("/api/users", content=b'{"name": "eve"}', headers={"Content-Type": kind})

        assert told(answer) == (403, "csrf")
