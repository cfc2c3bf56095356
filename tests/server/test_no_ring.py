"""Why it does not ring, in one sentence."""

from __future__ import annotations

import pytest

from microsip_manager.server.no_ring import CLOSED, RINGS, UNHEARD, NoRing, no_ring
from microsip_manager.wire.clients import NoRingCode
from microsip_manager.wire.phone import PhoneStatus
from microsip_manager.wire.phone_state import NO_CALL, CallNow, CallState, PhoneState, Registration

READY = PhoneState(registration=Registration.REGISTERED, call=NO_CALL)
TALKING = CallNow(CallState.IN_CALL)


@pytest.mark.parametrize("offline", [CLOSED, UNHEARD])
def test_offline_says_what_is_known_of_it(offline: NoRing) -> None:
    assert no_ring(PhoneStatus.OFFLINE, None, offline) == offline


def test_offline_without_more_leaves_it_open() -> None:
    assert no_ring(PhoneStatus.OFFLINE, None).text == "MicroSIP is closed, or the PC is off."


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
    assert no_ring(PhoneStatus.ONLINE, phone) == RINGS


@pytest.mark.parametrize(
    ("phone", "reason", "code"),
    [
        (
            PhoneState(registration=Registration.CONNECTING),
            "it is connecting to its telephone server.",
            NoRingCode.CONNECTING,
        ),
        (
            PhoneState(registration=Registration.WRONG_PASSWORD),
            "the telephone server does not take its password.",
            NoRingCode.WRONG_PASSWORD,
        ),
        (
            PhoneState(registration=Registration.FAILED),
            "its telephone server does not answer or refuses.",
            NoRingCode.NOT_REGISTERED,
        ),
        (
            PhoneState(registration=Registration.FAILED, registration_text="Not Found"),
            "not registered: Not Found.",
            NoRingCode.NOT_REGISTERED,
        ),
        (
            PhoneState(registration=Registration.NONE),
            "it has no active account with a telephone server.",
            NoRingCode.NO_ACCOUNT,
        ),
        (PhoneState(call=TALKING, call_waiting=False), "no second one.", NoRingCode.NO_SECOND_CALL),
        (PhoneState(call=CallNow(CallState.RINGING), call_waiting=False), "no second one.", NoRingCode.NO_SECOND_CALL),
        (PhoneState(deny_incoming="all"), "denyIncoming is 'all'.", NoRingCode.DENIES_ALL),
        (PhoneState(forwarding=True, forwards_after=0), "forwards every call at once.", NoRingCode.FORWARDED),
        (PhoneState(auto_answer=True, answers_after=0), "answers every call at once by itself.", NoRingCode.ANSWERED),
        (PhoneState(rings_silently=True), "the volume of the ringing is 0.", NoRingCode.SILENT),
    ],
)
def test_each_reason_has_its_words_and_its_code(phone: PhoneState, reason: str, code: NoRingCode) -> None:
    found = no_ring(PhoneStatus.ONLINE, phone)

    assert found.text.endswith(reason)
    assert found.code is code


def test_the_first_obstacle_that_a_call_meets_is_named() -> None:
    worst = PhoneState(
        registration=Registration.NONE, deny_incoming="all", forwards_after=0, answers_after=0, rings_silently=True
    )

    assert no_ring(PhoneStatus.DND, worst).text == "Do Not Disturb is on."
    assert "not registered" in no_ring(PhoneStatus.ONLINE, worst).text


def test_whatever_the_state_the_reason_is_one_sentence() -> None:
    told = {
        no_ring(status, PhoneState(registration=registration, registration_text="Busy Here")).text
        for status in PhoneStatus
        for registration in Registration
    }

    assert all(reason == "" or (reason.endswith(".") and reason[0].isupper()) for reason in told)
