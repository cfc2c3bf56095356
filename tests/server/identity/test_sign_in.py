"""Who guesses, learns nothing and gets slower; who forgot nothing, comes in."""

from __future__ import annotations

import asyncio

import pytest
from argon2 import PasswordHasher

from microsip_manager.server.errors import ManagerError, TooBusy
from microsip_manager.server.identity.attempts import neighbourhood
from microsip_manager.server.identity.passwords import Passwords
from microsip_manager.server.services import Services
from tests.fakes.clock import HandClock
from tests.fakes.people_stores import MemoryUserStore
from tests.fakes.services import QUICK, fake_services
from tests.server.identity.people import PASSWORD, browser, make_user, set_up, told


class WatchedPasswords(Passwords):
    """Remembers what was checked, and may have no place left."""

    def __init__(self) -> None:
        super().__init__(QUICK)
        self.checked: list[str | None] = []
        self.full = False

    async def matches(self, password: str, kept: str | None) -> bool:
        if self.full:
            raise TooBusy(2)
        self.checked.append(kept)
        return await super().matches(password, kept)


@pytest.mark.parametrize(("name", "password"), [("nobody", PASSWORD), ("disabled", PASSWORD), ("anna", "wrong")])
def test_unknown_disabled_and_wrong_look_the_same(services: Services, name: str, password: str) -> None:
    admin = set_up(services)
    make_user(admin, "disabled")
    admin.ask("PATCH", "/api/users/disabled", {"disabled": True})

    answer = browser(services).sign_in(name, password)

    assert answer.status_code == 401
    assert answer.json() == {
        "code": "wrong-password",
        "title": "Unauthorized",
        "status": 401,
        "detail": "The name or the password is wrong.",
    }
    assert "set-cookie" not in answer.headers


def test_unknown_and_disabled_users_cost_as_much_as_a_wrong_password(clock: HandClock) -> None:
    passwords = WatchedPasswords()
    services = fake_services(clock=clock, passwords=passwords)
    admin = set_up(services)
    make_user(admin, "disabled")
    admin.ask("PATCH", "/api/users/disabled", {"disabled": True})
    passwords.checked.clear()

    for name in ("nobody", "disabled", "anna"):
        browser(services).sign_in(name, "a wrong one")

    assert [kept is None for kept in passwords.checked] == [True, True, False]


def test_from_the_fifth_failure_on_each_doubles_the_wait(services: Services, clock: HandClock) -> None:
    set_up(services)
    guesser = browser(services, "127.0.0.2")

    for _ in range(4):
        assert told(guesser.sign_in("anna", "wrong")) == (401, "wrong-password")
    waits = []
    for _ in range(5):
        assert told(guesser.sign_in("anna", "wrong")) == (401, "wrong-password")
        refused = guesser.sign_in("anna")
        assert told(refused) == (429, "too-many-attempts")
        waits.append(int(refused.headers["retry-after"]))
        clock.forward(waits[-1])

    assert waits == [1, 2, 4, 8, 16]
    assert guesser.sign_in("anna").status_code == 201


def test_nobody_spends_an_attempt_by_asking_too_early(services: Services, clock: HandClock) -> None:
    set_up(services)
    guesser = browser(services, "127.0.0.2")
    for _ in range(5):
        guesser.sign_in("anna", "wrong")

    for _ in range(100):
        assert guesser.sign_in("anna").headers["retry-after"] == "1"


def test_spraying_one_password_over_many_names_slows_the_address_down(services: Services, clock: HandClock) -> None:
    admin = set_up(services)
    sprayer, somebody = browser(services, "127.0.0.2"), browser(services, "127.0.0.3")
    for name in ("clara", "dora"):
        make_user(admin, name)

    answers = [sprayer.sign_in(name, "Spring is coming").status_code for name in ("adam", "bert", "clara", "dora", "x")]

    assert answers == [401] * 5
    assert told(sprayer.sign_in("emil", "Spring is coming")) == (429, "too-many-attempts")
    assert somebody.sign_in("clara").status_code == 201


def test_a_network_of_ipv6_is_one_address(services: Services, clock: HandClock) -> None:
    set_up(services)

    async def guess(host: str) -> str:
        try:
            await services.people.door.checked("nobody", "wrong", host, "")
        except ManagerError as error:
            return error.code.value
        raise AssertionError("nobody came in")

    for number in range(5):
        assert asyncio.run(guess(f"2001:db8:0:1::{number}")) == "wrong-password"
    clock.forward(0.5)

    assert asyncio.run(guess("2001:db8:0:1:ffff::1")) == "too-many-attempts"
    assert neighbourhood("2001:db8:0:2::1") != neighbourhood("2001:db8:0:1::1")
    assert neighbourhood("::ffff:192.0.2.1") == neighbourhood("192.0.2.1")
    assert neighbourhood("::ffff:192.0.2.2") != neighbourhood("192.0.2.1")
    assert neighbourhood("") == ""


def test_an_own_account_does_not_buy_free_guesses_at_others(services: Services, clock: HandClock) -> None:
    admin = set_up(services)
    make_user(admin, "mallory")
    mallory = browser(services, "127.0.0.2")

    answers = []
    for name in ("a", "b", "c", "d", "e"):
        answers.append(mallory.sign_in(name, "wrong").status_code)
        answers.append(mallory.sign_in("mallory").status_code)

    assert answers[-1] == 429


def test_guessing_from_many_addresses_slows_the_account_down_but_not_its_owner(
    services: Services, clock: HandClock
) -> None:
    set_up(services)
    for number in range(10):
        browser(services, f"127.0.0.{number + 10}").sign_in("anna", "wrong")

    assert told(browser(services, "127.0.0.99").sign_in("anna")) == (429, "too-many-attempts")
    assert browser(services).sign_in("anna").status_code == 201


def test_the_wait_for_an_account_has_an_end_and_failures_are_forgotten(services: Services, clock: HandClock) -> None:
    set_up(services)
    for number in range(40):
        browser(services, f"127.0.1.{number}").sign_in("anna", "wrong")
        clock.forward(60)
    clock.forward(3600)

    fresh = browser(services, "127.0.0.99")
    assert [fresh.sign_in("anna", "wrong").status_code for _ in range(4)] == [401] * 4
    assert fresh.sign_in("anna").status_code == 201


def test_many_guesses_at_once_are_not_all_free(services: Services) -> None:
    set_up(services)

    async def at_once() -> list[str]:
        door = services.people.door
        guesses = (door.checked("anna", "wrong", "192.0.2.1", "") for _ in range(15))
        return [type(one).__name__ for one in await asyncio.gather(*guesses, return_exceptions=True)]

    outcomes = asyncio.run(at_once())

    assert outcomes.count("WrongPassword") == 5
    assert outcomes.count("TooManyAttempts") == 10


def test_where_too_many_sign_in_nobody_has_failed(clock: HandClock) -> None:
    passwords = WatchedPasswords()
    services = fake_services(clock=clock, passwords=passwords)
    set_up(services)
    anna = browser(services, "127.0.0.2")
    passwords.full = True

    for _ in range(10):
        answer = anna.sign_in("anna")
        assert (told(answer), answer.headers["retry-after"]) == ((503, "too-busy"), "2")
    passwords.full = False

    assert anna.sign_in("anna").status_code == 201


def test_a_password_kept_with_older_parameters_is_kept_anew(clock: HandClock) -> None:
    users = MemoryUserStore()
    set_up(fake_services(clock=clock, user_store=users))
    stronger = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    newer = fake_services(clock=clock, user_store=users, passwords=Passwords(stronger))

    assert browser(newer).sign_in("anna").status_code == 201

    kept = users.user("anna")
    assert kept is not None
    assert not stronger.check_needs_rehash(kept.password)
    assert browser(newer).sign_in("anna").status_code == 201


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"name": "anna"}',
        b'{"name": "anna", "password": ""}',
        b'{"name": "anna", "password": "' + b"x" * 257 + b'"}',
        b'{"name": "an\\nna", "password": "x"}',
        b'{"name": "anna", "password": {"$ne": null}}',
        b"\xff\xfe",
    ],
)
def test_what_is_no_sign_in_is_said_so(services: Services, body: bytes) -> None:
    set_up(services)

    assert told(browser(services).http.post("/api/session", content=body)) == (422, "bad-message")


def test_a_body_without_end_is_not_read(services: Services) -> None:
    set_up(services)

    answer = browser(services).http.post("/api/session", content=b" " * 20_000)

    assert told(answer) == (413, "too-large")
