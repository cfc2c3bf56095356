"""A web page of another site in an administrator's browser does nothing."""

from __future__ import annotations

import pytest

from microsip_manager.server.identity.cookies import csrf_token
from microsip_manager.server.identity.rights import RIGHTS, Right
from microsip_manager.server.services import Services
from tests.server.identity.people import Browser, browser, set_up, told

CHANGING = [
    (method, path.format(hostname="NIKITA", name="Sales", id="0" * 32, delivery_id="msg_0"))
    for (method, path), right in RIGHTS.items()
    if method not in ("GET", "HEAD", "WEBSOCKET") and right is not Right.ANYONE
]


@pytest.fixture
def anna(services: Services) -> Browser:
    return set_up(services)


@pytest.mark.parametrize(("method", "path"), CHANGING)
def test_whatever_changes_something_needs_the_token_of_the_session(anna: Browser, method: str, path: str) -> None:
    assert told(anna.http.request(method, path)) == (403, "csrf")


@pytest.mark.parametrize("shown", ["", "guessed", "é"])
def test_another_token_is_none(anna: Browser, shown: str) -> None:
    answer = anna.http.request("DELETE", "/api/session", headers={b"X-CSRF-Token": shown.encode()})

    assert told(answer) == (403, "csrf")
    assert anna.who is not None


def test_the_token_of_another_session_is_none(services: Services, anna: Browser) -> None:
    other = browser(services)
    other.sign_in("anna")
    assert other.csrf != anna.csrf

    answer = anna.http.delete("/api/session", headers={"X-CSRF-Token": other.csrf})

    assert told(answer) == (403, "csrf")


def test_reading_needs_no_token(anna: Browser) -> None:
    assert anna.http.get("/api/clients").status_code == 200
    assert anna.http.get("/openapi.json").status_code == 200


def test_a_page_of_another_site_is_refused_with_every_token(anna: Browser) -> None:
    foreign = {"Origin": "http://evil.example", "X-CSRF-Token": anna.csrf}

    assert told(anna.http.delete("/api/session", headers=foreign)) == (403, "foreign-origin")
    sign_in = anna.http.post("/api/session", json={"name": "mallory"}, headers={"Origin": "http://evil.example"})
    assert told(sign_in) == (403, "foreign-origin")


def test_a_program_with_a_token_needs_no_other(anna: Browser, services: Services) -> None:
    token = anna.ask("POST", "/api/tokens", {"name": "script", "role": "admin"}).json()["token"]

    answer = browser(services).http.put(
        "/api/groups/Sales", json={"members": []}, headers={"Authorization": f"Bearer {token}"}
    )

    assert answer.status_code == 200


def test_it_gives_nothing_of_the_secret_away() -> None:
    assert "secret" not in csrf_token("mms_secret")
    assert csrf_token("mms_secret") == csrf_token("mms_secret") != csrf_token("mms_secreT")
