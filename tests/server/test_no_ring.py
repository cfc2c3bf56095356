"""Why it does not ring, in one sentence."""

from __future__ import annotations

import pytest

from microsip_manager.server import no_ring
from microsip_manager.server.no_ring import no_ring_reason
from microsip_manager.wire.phone import PhoneStatus
from microsip_manager.wire.phone_state import NO_CALL, CallNow, CallState, PhoneState, Registration

READY = PhoneState(registration=Registration.REGISTERED, call=NO_CALL)
TALKING = CallNow(CallState.IN_CALL)


@pytest.mark.parametrize("offline", [no_ring.CLOSED, no_ring.UNHEARD])
def test_offline_says_what_is_known_of_it(offline: str) -> None:
    assert no_ring_reason(PhoneStatus.OFFLINE, None, offline) == offline


def test_offline_without_more_leaves_it_open() -> None:
    assert no_ring_reason(PhoneStatus.OFFLINE, None) == "MicroSIP is closed, or the PC is off."


@pytest.mark.parametrize(
    "phone",
    [
        None,
        PhoneState(),
        READY,
        PhoneState(registration=Registration.REGISTERED, call=TALKING),
        PhoneState(deny_incoming="domain"),
        PhoneState(auto_answer=True, forwarding=True),
        PhoneState(auto_answer=True, answers_after=5, forwarding=True, forwards_after=20),
    ],
)
def test_a_phone_that_takes_calls_or_of_which_nothing_else_is_known_would_ring(phone: PhoneState | None) -> None:
    assert no_ring_reason(PhoneStatus.ONLINE, phone) == ""


@pytest.mark.parametrize(
    ("phone", "reason"),
    [
        (PhoneState(registration=Registration.CONNECTING), "it is connecting to its telephone server."),
        (PhoneState(registration=Registration.WRONG_PASSWORD), "the telephone server does not take its password."),
        (PhoneState(registration=Registration.FAILED), "its telephone server does not answer or refuses."),
        (PhoneState(registration=Registration.FAILED, registration_text="Not Found"), "not registered: Not Found."),
        (PhoneState(registration=Registration.NONE), "it has no active account with a telephone server."),
        (PhoneState(call=TALKING, call_waiting=False), "no second one."),
        (PhoneState(call=CallNow(CallState.RINGING), call_waiting=False), "no second one."),
        (PhoneState(deny_incoming="all"), "denyIncoming is 'all'."),
        (PhoneState(forwarding=True, forwards_after=0), "forwards every call at once."),
        (PhoneState(auto_answer=True, answers_after=0), "answers every call at once by itself."),
        (PhoneState(rings_silently=True), "the volume of the ringing is 0."),
    ],
)
def test_each_reason_has_its_words(phone: PhoneState, reason: str) -> None:
    assert no_ring_reason(PhoneStatus.ONLINE, phone).endswith(reason)


def test_the_first_obstacle_that_a_call_meets_is_named() -> None:
    worst = PhoneState(
        registration=Registration.NONE, deny_incoming="all", forwards_after=0, answers_after=0, rings_silently=True
    )

    assert no_ring_reason(PhoneStatus.DND, worst) == "Do Not Disturb is on."
    assert "not registered" in no_ring_reason(PhoneStatus.ONLINE, worst)


def test_whatever_the_state_the_reason_is_one_sentence() -> None:
    told = {
        no_ring_reason(status, PhoneState(registration=registration, registration_text="Busy Here"))
        for status in PhoneStatus
        for registration in Registration
    }

    assert all(reason == "" or (reason.endswith(".") and reason[0].isupper()) for reason in told)
