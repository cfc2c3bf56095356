"""Signing in and out, and how long a session lasts."""

from __future__ import annotations

import asyncio

import pytest

from microsip_manager.server.identity.credentials import Credentials
from microsip_manager.server.identity.sessions import MOST_OF_USER, known_sessions
from microsip_manager.server.services import Services
from tests.fakes.clock import HandClock
from tests.fakes.people_stores import MemorySessionStore, MemoryUserStore
from tests.fakes.services import fake_services
from tests.server.conftest import caller_of
from tests.server.identity.people import OTHER, PASSWORD, browser, make_user, set_up, told

HOUR = 3600.0


def test_who_signs_in_is_known_by_a_cookie_that_no_script_reads(services: Services) -> None:
    set_up(services)
    anna = browser(services)

    answer = anna.sign_in("Anna")

    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("microsip=mms_")
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    assert "Domain" not in cookie
    assert answer.headers["cache-control"] == "no-store"
    assert anna.who == answer.json()
    assert anna.cookie not in answer.text


def test_over_tls_the_cookie_is_for_tls_and_this_host_only(services: Services) -> None:
    set_up(services)
    anna = browser(services)
    anna.http.base_url = "https://127.0.0.1:8083"

    cookie = anna.sign_in("anna").headers["set-cookie"]

    assert cookie.startswith("__Host-microsip=mms_")
    assert "Secure" in cookie.split("; ")
    assert anna.who is not None
    secret = cookie.partition("=")[2].partition(";")[0]
    over_http = caller_of(services).get("/api/session", headers={"Cookie": f"__Host-microsip={secret}"})
    assert over_http.status_code == 401
    planted = caller_of(services).get("https://127.0.0.1:8083/api/session", headers={"Cookie": f"microsip={secret}"})
    assert planted.status_code == 401


def test_it_says_who_one_is_and_when_the_session_ends(services: Services, clock: HandClock) -> None:
    anna = set_up(services)
    clock.forward(HOUR)

    who = anna.who

    assert who is not None
    assert {key: who[key] for key in ("kind", "name", "role", "groups", "second_factor")} == {
        "kind": "user",
        "name": "anna",
        "role": "admin",
        "groups": [],
        "second_factor": False,
    }
    assert (who["idle_ends_at"], who["ends_at"]) == ("2026-03-02T17:00:00Z", "2026-03-03T08:00:00Z")


def test_programs_and_an_open_server_are_told_who_they_are_too(services: Services) -> None:
    api = caller_of(services)
    assert api.get("/api/session").json()["kind"] == "open"

    token = api.post("/api/tokens", json={"name": "wall", "role": "viewer"}).json()["token"]
    who = api.get("/api/session", headers={"Authorization": f"Bearer {token}"}).json()

    assert (who["kind"], who["name"], who["role"], who["csrf_token"]) == ("token", "wall", "viewer", None)


@pytest.mark.parametrize("planted", ["mms_planted_by_mallory", "", "мой".encode()])
def test_the_session_before_signing_in_is_never_the_one_after(services: Services, planted: str | bytes) -> None:
    """Session fixation: whoever plants a cookie in a browser knows nothing of the session that begins there."""
    set_up(services)
    victim = caller_of(services)
    raw = planted.encode() if isinstance(planted, str) else planted

    answer = victim.post(
        "/api/session",
        json={"name": "anna", "password": PASSWORD},
        headers={b"Cookie": b"microsip=" + raw},
    )

    assert answer.status_code == 201
    assert answer.headers["set-cookie"].partition("=")[2].encode().partition(b";")[0] != raw
    attacker = caller_of(services).get("/api/session", headers={b"Cookie": b"microsip=" + raw})
    assert attacker.status_code == 401


def test_each_sign_in_has_a_session_of_its_own_and_ends_the_one_before_in_this_browser(services: Services) -> None:
    anna, attacker = set_up(services), browser(services)
    before = anna.cookie

    assert anna.sign_in("anna").status_code == 201

    assert anna.cookie != before
    attacker.http.cookies.set("microsip", before)
    assert attacker.who is None


def test_an_old_cookie_is_no_credential_and_no_hindrance(services: Services) -> None:
    set_up(services)
    anna = browser(services)
    anna.http.cookies.set("microsip", "mms_of_yesterday")

    assert told(anna.http.get("/api/clients")) == (401, "not-signed-in")
    assert anna.http.get("/healthz").status_code == 200
    assert browser(services).sign_in("anna").status_code == 201


def test_a_wrong_token_is_refused_beside_a_good_cookie(services: Services) -> None:
    anna = set_up(services)

    answer = anna.http.get("/api/clients", headers={"Authorization": "Bearer mmt_guessed"})

    assert told(answer) == (401, "not-signed-in")


def test_signing_out_ends_this_session_only(services: Services) -> None:
    anna, elsewhere = set_up(services), browser(services)
    elsewhere.sign_in("anna")
    cookie = anna.cookie

    answer = anna.ask("DELETE", "/api/session")

    assert answer.status_code == 200
    assert "Max-Age=0" in answer.headers["set-cookie"]
    anna.http.cookies.set("microsip", cookie)
    assert anna.who is None
    assert elsewhere.who is not None


def test_signing_out_everywhere_ends_all(services: Services) -> None:
    anna, elsewhere = set_up(services), browser(services)
    elsewhere.sign_in("anna")
    make_user(anna, "boris")
    boris = browser(services)
    boris.sign_in("boris")

    assert elsewhere.ask("DELETE", "/api/session/all").status_code == 200

    assert (anna.who, elsewhere.who) == (None, None)
    assert boris.who is not None


def test_a_session_ends_after_eight_idle_hours(services: Services, clock: HandClock) -> None:
    anna = set_up(services)

    clock.forward(8 * HOUR - 1)
    assert anna.http.get("/api/clients").status_code == 200
    clock.forward(1)

    assert anna.who is None


def test_each_use_puts_the_idle_end_off_but_not_the_last_one(services: Services, clock: HandClock) -> None:
    anna = set_up(services)

    for _ in range(3):
        clock.forward(7 * HOUR)
        assert anna.who is not None
        asyncio.run(services.people.last_uses.write())
    clock.forward(3 * HOUR - 1)
    assert anna.who is not None
    asyncio.run(services.people.last_uses.write())
    clock.forward(1)

    assert anna.who is None


def test_what_time_has_ended_is_removed(clock: HandClock) -> None:
    store = MemorySessionStore()
    services = fake_services(clock=clock, session_store=store)
    anna = set_up(services)
    clock.forward(8 * HOUR)

    asyncio.run(services.people.last_uses.write())

    assert store.kept == {}
    assert anna.who is None


def test_only_the_digest_of_a_session_is_kept_and_it_survives_a_restart(clock: HandClock) -> None:
    users, sessions = MemoryUserStore(), MemorySessionStore()
    anna = set_up(fake_services(clock=clock, user_store=users, session_store=sessions))
    assert anna.cookie not in repr(sessions.kept)

    restarted = browser(fake_services(clock=clock, user_store=users, session_store=sessions))
    restarted.http.cookies.set("microsip", anna.cookie)

    who = restarted.who
    assert who is not None
    assert (who["name"], who["csrf_token"]) == ("anna", anna.csrf)


def test_another_server_on_the_database_follows_when_it_looks(clock: HandClock) -> None:
    users, sessions = MemoryUserStore(), MemorySessionStore()
    first = fake_services(clock=clock, user_store=users, session_store=sessions)
    second = Credentials(clock, lambda: known_sessions(sessions, users), has_accounts=users.any)
    anna = set_up(first)
    second.load()
    assert second.required
    secret = anna.cookie
    assert second.find(secret) is not None

    anna.ask("DELETE", "/api/session")
    second.load()

    assert second.find(secret) is None
    assert second.required


def test_nobody_has_sessions_without_end(services: Services, clock: HandClock) -> None:
    set_up(services)
    browsers = [browser(services) for _ in range(MOST_OF_USER + 1)]

    for one in browsers:
        clock.forward(1)
        assert one.sign_in("anna").status_code == 201

    assert [one.who is not None for one in browsers] == [False] + [True] * MOST_OF_USER


def test_a_new_password_ends_all_sessions_but_begins_one_here(services: Services) -> None:
    anna, elsewhere = set_up(services), browser(services)
    elsewhere.sign_in("anna")
    before = anna.cookie

    answer = anna.ask("POST", "/api/session/password", {"password": PASSWORD, "new_password": OTHER})

    assert answer.status_code == 200
    assert anna.cookie != before
    assert anna.who == answer.json()
    assert elsewhere.who is None
    assert browser(services).sign_in("anna").status_code == 401
    assert browser(services).sign_in("anna", OTHER).status_code == 201


def test_the_password_is_asked_for_before_it_is_changed(services: Services) -> None:
    anna = set_up(services)

    wrong = anna.ask("POST", "/api/session/password", {"password": "a guess", "new_password": OTHER})
    short = anna.ask("POST", "/api/session/password", {"password": PASSWORD, "new_password": "short"})

    assert told(wrong) == (401, "wrong-password")
    assert told(short) == (422, "bad-message")
    assert browser(services).sign_in("anna").status_code == 201


def test_a_program_has_no_password_and_no_second_factor(services: Services) -> None:
    anna = set_up(services)
    token = anna.ask("POST", "/api/tokens", {"name": "script", "role": "admin"}).json()["token"]
    script = caller_of(services)
    shown = {"Authorization": f"Bearer {token}"}

    body = {"password": PASSWORD, "new_password": OTHER}
    assert told(script.post("/api/session/password", json=body, headers=shown)) == (403, "not-allowed")
    assert told(script.post("/api/session/totp", headers=shown)) == (403, "not-allowed")
    assert told(script.delete("/api/session/all", headers=shown)) == (403, "not-allowed")


def test_a_secret_of_a_session_is_no_token(services: Services) -> None:
    """Else a page that gets hold of it could leave the cookie out, and with it the proof of its page."""
    anna = set_up(services)

    answer = caller_of(services).get("/api/clients", headers={"Authorization": f"Bearer {anna.cookie}"})

    assert told(answer) == (401, "not-signed-in")
