"""What administrators do with users, and what becomes of live sessions."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from microsip_manager.server.errors import WrongPassword
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.identity.people_stores import KeptSession
from microsip_manager.server.services import Services
from tests.fakes.agent_link import FakeAgents
from tests.fakes.clock import HandClock
from tests.fakes.people_stores import MemorySessionStore, MemoryUserStore
from tests.fakes.services import fake_services
from tests.server.conftest import beat_of
from tests.server.identity.people import OTHER, PASSWORD, Browser, browser, make_user, set_up, told


@pytest.fixture
def anna(services: Services) -> Browser:
    return set_up(services)


@pytest.fixture
def boris(services: Services, anna: Browser) -> Browser:
    make_user(anna, "Boris")
    signed_in = browser(services)
    assert signed_in.sign_in("boris").status_code == 201
    return signed_in


def test_users_are_listed_by_name_without_what_nobody_is_told(anna: Browser, boris: Browser) -> None:
    listed = anna.ask("GET", "/api/users")

    assert [(user["name"], user["role"], user["disabled"]) for user in listed.json()] == [
        ("anna", "admin", False),
        ("Boris", "viewer", False),
    ]
    assert "argon2" not in listed.text
    assert PASSWORD not in listed.text


def test_only_administrators_manage_users(anna: Browser, boris: Browser) -> None:
    assert told(boris.ask("GET", "/api/users")) == (403, "not-allowed")
    body = {"name": "mallory", "password": PASSWORD, "role": "admin"}
    assert told(boris.ask("POST", "/api/users", body)) == (403, "not-allowed")
    assert told(boris.ask("PATCH", "/api/users/boris", {"role": "admin"})) == (403, "not-allowed")


def test_a_name_is_taken_in_any_spelling(anna: Browser) -> None:
    answer = anna.ask("POST", "/api/users", {"name": "ANNA", "password": PASSWORD, "role": "viewer"})

    assert told(answer) == (409, "user-exists")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"password": "short"}, "$.password"),
        ({"role": "metrics"}, "$.role"),
        ({"role": "viewer", "groups": ["Sales"]}, "$.groups"),
        ({"name": "../admin"}, "$.name"),
        ({"name": "a\u202eb"}, "$.name"),
        ({"is_admin": True}, "is_admin"),
    ],
)
def test_what_is_wrong_with_a_user_is_named(anna: Browser, change: dict[str, object], named: str) -> None:
    body = {"name": "boris", "password": PASSWORD, "role": "operator"} | change

    answer = anna.ask("POST", "/api/users", body)

    assert told(answer) == (422, "bad-message")
    assert named in answer.json()["detail"]


def test_a_passphrase_needs_no_digits_and_no_signs(anna: Browser) -> None:
    body = {"name": "clara", "password": "четыре простых слова", "role": "viewer"}

    assert anna.ask("POST", "/api/users", body).status_code == 201


def test_the_same_letters_from_another_keyboard_are_the_same_password(services: Services, anna: Browser) -> None:
    composed, decomposed = "ёлка ёлка ёлка", "е\u0308лка е\u0308лка е\u0308лка"
    anna.ask("POST", "/api/users", {"name": "clara", "password": composed, "role": "viewer"})

    assert browser(services).sign_in("clara", decomposed).status_code == 201


def test_a_new_role_counts_at_once_in_live_sessions(anna: Browser, boris: Browser) -> None:
    assert boris.ask("GET", "/api/users").status_code == 403

    assert anna.ask("PATCH", "/api/users/boris", {"role": "admin"}).json()["role"] == "admin"
    assert boris.ask("GET", "/api/users").status_code == 200

    anna.ask("PATCH", "/api/users/boris", {"role": "viewer"})
    assert boris.ask("GET", "/api/users").status_code == 403


def test_new_groups_count_at_once_in_live_sessions(
    anna: Browser, boris: Browser, fleet: Fleet, agents: FakeAgents
) -> None:
    fleet.record(beat_of("NIKITA"), "192.0.2.17")
    anna.ask("PUT", "/api/groups/Sales", {"members": ["NIKITA"]})
    anna.ask("PATCH", "/api/users/boris", {"role": "operator", "groups": ["Support"]})
    switch = "/api/clients/NIKITA/set_dnd?enabled=true"
    assert told(boris.ask("POST", switch)) == (403, "not-allowed")

    anna.ask("PATCH", "/api/users/boris", {"groups": ["SALES"]})

    assert boris.ask("POST", switch).status_code == 200


def test_groups_leave_with_the_role_that_had_them(anna: Browser) -> None:
    make_user(anna, "clara", "operator", groups=["Sales"])

    assert anna.ask("PATCH", "/api/users/clara", {"disabled": False}).json()["groups"] == ["Sales"]
    assert anna.ask("PATCH", "/api/users/clara", {"role": "viewer"}).json()["groups"] == []
    assert told(anna.ask("PATCH", "/api/users/clara", {"groups": ["Sales"]})) == (422, "bad-message")


@pytest.mark.parametrize("change", [{"disabled": True}, {"password": OTHER}, {"reset_second_factor": True}])
def test_what_shuts_somebody_out_ends_the_sessions_at_once(
    anna: Browser, boris: Browser, change: dict[str, object]
) -> None:
    assert boris.who is not None

    assert anna.ask("PATCH", "/api/users/boris", change).status_code == 200

    assert boris.who is None
    assert anna.who is not None


def test_a_disabled_user_does_not_come_in_until_enabled_again(services: Services, anna: Browser) -> None:
    make_user(anna, "boris")
    anna.ask("PATCH", "/api/users/boris", {"disabled": True})
    assert told(browser(services).sign_in("boris")) == (401, "wrong-password")

    anna.ask("PATCH", "/api/users/boris", {"disabled": False})

    assert browser(services).sign_in("boris").status_code == 201


def test_a_removed_user_is_out_at_once_and_the_name_is_free(services: Services, anna: Browser, boris: Browser) -> None:
    assert anna.ask("DELETE", "/api/users/BORIS").json()["name"] == "Boris"

    assert boris.who is None
    assert told(anna.ask("DELETE", "/api/users/boris")) == (404, "unknown-user")
    assert told(anna.ask("PATCH", "/api/users/boris", {"disabled": True})) == (404, "unknown-user")
    make_user(anna, "boris")
    assert boris.who is None


def test_the_last_administrator_cannot_be_removed_demoted_or_disabled(anna: Browser) -> None:
    make_user(anna, "clara", "admin")
    anna.ask("PATCH", "/api/users/clara", {"disabled": True})

    for method, body in (("DELETE", None), ("PATCH", {"role": "operator"}), ("PATCH", {"disabled": True})):
        assert told(anna.ask(method, "/api/users/anna", body)) == (409, "last-admin")

    assert anna.who is not None
    anna.ask("PATCH", "/api/users/clara", {"disabled": False})
    assert anna.ask("DELETE", "/api/users/anna").status_code == 200


def test_who_is_disabled_while_the_password_is_checked_does_not_come_in(clock: HandClock) -> None:
    users, sessions = MemoryUserStore(), MemorySessionStore()
    services = fake_services(clock=clock, user_store=users, session_store=sessions)
    make_user(set_up(services), "boris")
    boris = users.user("boris")
    assert boris is not None
    had = len(sessions.kept)

    async def disabled_meanwhile() -> None:
        await services.people.door.checked("boris", PASSWORD, "192.0.2.1", "")
        users.change("boris", lambda one: replace(one, disabled=True))
        await services.people.sessions.begin(boris)

    with pytest.raises(WrongPassword):
        asyncio.run(disabled_meanwhile())
    assert len(sessions.kept) == had


def test_a_session_of_a_user_who_is_gone_is_no_credential(clock: HandClock) -> None:
    users, sessions = MemoryUserStore(), MemorySessionStore()
    sessions.add(KeptSession(b"digest", "nobody", clock.now(), clock.now()))

    services = fake_services(clock=clock, user_store=users, session_store=sessions)

    assert len(services.credentials) == 0
