"""The words for each command and version, and when a number is not sent."""

from __future__ import annotations

import pytest
from msgspec import structs

from microsip_manager.agent.phone_reading import Reading
from microsip_manager.agent.telephone import Line, Version, line_of, refused_to_dial, unsupported, words_for
from microsip_manager.wire.phone_state import NO_CALL, CallNow, CallState, PhoneState, Registration
from microsip_manager.wire.telephone import TelephoneAction, TelephoneCommand, TelephoneOutcome

NEW: Version = (3, 22, 3)
FREE = Line(registered=True, in_call=False, single_mode=True, shows="Online")

ARGUMENTS = {
    TelephoneAction.DIAL: {"number": "+7495"},
    TelephoneAction.TRANSFER: {"number": "102"},
    TelephoneAction.DTMF: {"digits": "1#"},
}
EVERY = {action: TelephoneCommand(action, **ARGUMENTS.get(action, {})) for action in TelephoneAction}
NOT_SENT = {TelephoneAction.START, TelephoneAction.CLOSE}


def known_to(version: Version | None) -> set[str]:
    return {action.value for action, command in EVERY.items() if words_for(command, version) is not None}


def test_the_words_of_the_newest_version() -> None:
    assert {action.value: words_for(command, NEW) for action, command in EVERY.items()} == {
        "dial": "+7495",
        "answer": "/answer",
        "hang_up": "/hangupall",
        "hold": "msip:hold",
        "mute": "msip:micmute",
        "unmute": "msip:micunmute",
        "transfer": "/transfer:102",
        "dtmf": "/dtmf:1#",
        "start": None,
        "close": None,
    }


def test_a_version_is_sent_only_what_it_is_known_to_understand() -> None:
    all_of_them = {action.value for action in set(TelephoneAction) - NOT_SENT}

    assert known_to((3, 22, 3)) == known_to((3, 99, 0)) == known_to((3, 21, 6)) == all_of_them
    assert known_to((3, 21, 5)) == known_to((3, 20, 5)) == all_of_them - {"mute", "unmute"}
    assert known_to((3, 20, 4)) == known_to((3, 14, 0)) == {"hang_up"}
    assert known_to((3, 13, 9)) == known_to((4, 0, 0)) == known_to(None) == set()


@pytest.mark.parametrize(
    ("version", "why"),
    [
        ((3, 20, 5), "MicroSIP 3.20.5 is not known to understand it; 3.21.6 is the first that does"),
        ((4, 0, 1), "MicroSIP 4.0.1 is newer than what is known here"),
        (None, "Windows does not tell the version of this MicroSIP"),
    ],
)
def test_the_reason_names_the_version(version: Version | None, why: str) -> None:
    result = unsupported(TelephoneAction.MUTE, version)

    assert (result.outcome, result.detail) == (TelephoneOutcome.UNSUPPORTED, why)


def test_a_free_and_registered_line_dials() -> None:
    assert refused_to_dial(FREE) is None


def test_what_is_not_known_to_be_registered_would_keep_the_number_for_later() -> None:
    result = refused_to_dial(Line(registered=False, in_call=False, single_mode=True, shows="Connecting..."))

    assert result is not None
    assert (result.outcome, "Connecting..." in result.detail) == (TelephoneOutcome.NOT_REGISTERED, True)


@pytest.mark.parametrize(("single_mode", "refused"), [(True, True), (False, False)])
def test_a_call_is_in_the_way_in_single_mode_only(single_mode: bool, refused: bool) -> None:
    result = refused_to_dial(Line(registered=False, in_call=True, single_mode=single_mode, shows="Connected 0:07"))

    assert (result is not None and result.outcome is TelephoneOutcome.IN_CALL) is refused
    assert (result is None) is not refused


def test_the_line_is_what_was_read_of_the_phone() -> None:
    ready = PhoneState(registration=Registration.REGISTERED, call=NO_CALL)
    rings = structs.replace(ready, call=CallNow(CallState.RINGING))

    assert line_of(Reading(ready), "Online", single_mode=True) == FREE
    assert line_of(Reading(rings), "Incoming Call", single_mode=False) == Line(
        registered=True, in_call=True, single_mode=False, shows="Incoming Call"
    )


@pytest.mark.parametrize(
    "reading",
    [
        Reading(PhoneState(registration=Registration.CONNECTING, call=NO_CALL)),
        Reading(PhoneState(registration=Registration.REGISTERED, call=NO_CALL), registration_is_old=True),
        Reading(),
    ],
)
def test_a_registration_that_cannot_be_seen_now_is_none(reading: Reading) -> None:
    assert not line_of(reading, "", single_mode=True).registered
