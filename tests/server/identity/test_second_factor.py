"""The second factor: begun, confirmed, asked for once per code, removed, reset."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microsip_manager.server.identity.totp import new_secret, step_of
from microsip_manager.server.services import Services
from tests.fakes.clock import HandClock
from tests.server.identity.people import PASSWORD, Browser, browser, make_user, set_up, told

SOME_MOMENT = HandClock().now()


def code_of(secret: str, clock: HandClock, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(clock.now() + timedelta(seconds=30 * steps))


@pytest.fixture
def anna(services: Services) -> Browser:
    return set_up(services)


@pytest.fixture
def secret(anna: Browser, clock: HandClock) -> str:
    """Of a second factor that is asked for; the code of this moment is used up."""
    found = str(anna.ask("POST", "/api/session/totp").json()["secret"])
    answer = anna.ask("PUT", "/api/session/totp", {"code": code_of(found, clock)})
    assert answer.status_code == 200, answer.text
    return found


def test_the_secret_comes_with_what_an_authenticator_reads(anna: Browser) -> None:
    answer = anna.ask("POST", "/api/session/totp")

    assert answer.headers["cache-control"] == "no-store"
    uri = urlsplit(answer.json()["uri"])
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert parse_qs(uri.query)["secret"] == [answer.json()["secret"]]


def test_it_is_asked_for_only_once_it_was_confirmed(services: Services, anna: Browser, clock: HandClock) -> None:
    anna.ask("POST", "/api/session/totp")
    assert told(anna.ask("PUT", "/api/session/totp", {"code": "000000"})) == (401, "second-factor")

    assert browser(services).sign_in("anna").status_code == 201
    assert anna.who is not None
    assert anna.who["second_factor"] is False


def test_signing_in_asks_for_the_code(services: Services, secret: str, clock: HandClock) -> None:
    clock.forward(30)
    anna = browser(services)

    assert told(anna.sign_in("anna")) == (401, "second-factor")
    assert told(anna.sign_in("anna", code="000000")) == (401, "second-factor")
    assert told(anna.sign_in("anna", "wrong", code=code_of(secret, clock))) == (401, "wrong-password")
    assert anna.sign_in("anna", code=code_of(secret, clock)).status_code == 201
    assert anna.who is not None
    assert anna.who["second_factor"] is True


def test_who_does_not_know_the_password_does_not_learn_of_the_second_factor(services: Services, secret: str) -> None:
    assert told(browser(services).sign_in("anna", "wrong")) == (401, "wrong-password")


def test_a_code_is_good_once(services: Services, secret: str, clock: HandClock) -> None:
    used_to_confirm = code_of(secret, clock)
    assert told(browser(services).sign_in("anna", code=used_to_confirm)) == (401, "second-factor")
    clock.forward(30)
    code = code_of(secret, clock)

    assert browser(services).sign_in("anna", code=code).status_code == 201
    assert told(browser(services).sign_in("anna", code=code)) == (401, "second-factor")


@pytest.mark.parametrize(("steps", "comes_in"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_the_clock_of_a_phone_may_be_one_step_off(
    services: Services, secret: str, clock: HandClock, steps: int, comes_in: bool
) -> None:
    clock.forward(120)

    answer = browser(services).sign_in("anna", code=code_of(secret, clock, steps))

    assert (answer.status_code == 201) is comes_in


def test_after_a_code_of_the_next_step_the_one_of_this_step_is_used_up(
    services: Services, secret: str, clock: HandClock
) -> None:
    clock.forward(120)
    assert browser(services).sign_in("anna", code=code_of(secret, clock, 1)).status_code == 201

    assert told(browser(services).sign_in("anna", code=code_of(secret, clock))) == (401, "second-factor")


def test_guessing_codes_with_the_right_password_slows_down(services: Services, secret: str, clock: HandClock) -> None:
    guesser = browser(services, "127.0.0.2")

    answers = []
    for number in range(8):
        guesser.sign_in("anna")  # without a code, which neither counts nor forgives
        answers.append(guesser.sign_in("anna", code=f"{number:06}").status_code)

    assert answers == [401] * 5 + [429] * 3


def test_a_second_one_is_not_begun_over_the_first(anna: Browser, secret: str) -> None:
    assert told(anna.ask("POST", "/api/session/totp")) == (422, "bad-message")
    assert told(anna.ask("PUT", "/api/session/totp", {"code": "123456"})) == (422, "bad-message")


def test_removing_it_takes_the_password(services: Services, anna: Browser, secret: str) -> None:
    assert told(anna.ask("DELETE", "/api/session/totp", {"password": "wrong"})) == (401, "wrong-password")
    assert told(browser(services).sign_in("anna")) == (401, "second-factor")

    assert anna.ask("DELETE", "/api/session/totp", {"password": PASSWORD}).status_code == 200

    assert browser(services).sign_in("anna").status_code == 201


def test_an_administrator_resets_it_for_who_lost_the_phone(services: Services, anna: Browser, clock: HandClock) -> None:
    make_user(anna, "boris")
    boris = browser(services)
    boris.sign_in("boris")
    secret = boris.ask("POST", "/api/session/totp").json()["secret"]
    boris.ask("PUT", "/api/session/totp", {"code": code_of(secret, clock)})
    listed = {user["name"]: user["second_factor"] for user in anna.ask("GET", "/api/users").json()}
    assert listed == {"anna": False, "boris": True}

    anna.ask("PATCH", "/api/users/boris", {"reset_second_factor": True})

    assert browser(services).sign_in("boris").status_code == 201


def test_no_answer_tells_the_secret_again(anna: Browser, secret: str) -> None:
    assert secret not in anna.ask("GET", "/api/session").text + anna.ask("GET", "/api/users").text


@given(st.text(max_size=16))
def test_what_is_not_the_code_of_about_now_is_none(code: str) -> None:
    secret = new_secret()
    good = {pyotp.TOTP(secret).at(SOME_MOMENT + timedelta(seconds=30 * steps)) for steps in (-1, 0, 1)}

    step = step_of(secret, code, SOME_MOMENT)

    assert (step is not None) == ("".join(code.split()) in good)
