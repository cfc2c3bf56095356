"""Telephone commands: which are commands, and that nothing but a number passes for a number."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from microsip_manager.wire.codec import BadMessage
from microsip_manager.wire.telephone import (
    NUMBER_LIMIT,
    TelephoneAction,
    TelephoneCommand,
    check_digits,
    check_number,
    decode_telephone_answer,
    decode_telephone_command,
)


def decoded(**fields: object) -> TelephoneCommand:
    return decode_telephone_command(json.dumps(fields).encode())


@pytest.mark.parametrize("number", ["101", "+74950000042", "*21*486#", "0", "1" * NUMBER_LIMIT])
def test_a_number_is_digits_stars_and_hashes_perhaps_after_a_plus(number: str) -> None:
    assert decoded(action="dial", number=number) == TelephoneCommand(TelephoneAction.DIAL, number=number)


@pytest.mark.parametrize(
    "number",
    [
        "", " ", "+", "++1", "1+1", "101 ", " 101", "101 Hello", "101\n", "101\r\n", "101\t5", "101\0", "101\u00a05",
        "101,55", "101%20Hello", "101;x", "/answer", "/password:x", "msip:hold", "tel:101", "sip:101@pbx", "a@b",
        '"101"', "1-1", "(495)1", "1.1", "1/1", "ten", "\u0661\u0662", "\uff11", "1" * (NUMBER_LIMIT + 1),
    ],
)  # fmt: skip
def test_nothing_else_is_a_number(number: str) -> None:
    for action in ("dial", "transfer"):
        with pytest.raises(BadMessage, match=r"\$\.number"):
            decoded(action=action, number=number)


@given(st.text())
@example("101\n")
def test_whatever_passes_is_made_of_harmless_characters(text: str) -> None:
    for check in (check_number, check_digits):
        try:
            check(text)
        except ValueError:
            continue
        assert set(text) <= set("+0123456789*#")


@pytest.mark.parametrize("digits", ["", "1,2", "12?", "+1", "1 2", "12\n", "A", "1" * 33])
def test_tones_are_digits_stars_and_hashes(digits: str) -> None:
    assert decoded(action="dtmf", digits="1*#").digits == "1*#"

    with pytest.raises(BadMessage, match=r"\$\.digits"):
        decoded(action="dtmf", digits=digits)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"action": "dial"}, "number"),
        ({"action": "transfer"}, "number"),
        ({"action": "dtmf"}, "digits"),
        ({"action": "dtmf", "number": "1", "digits": "1"}, "number"),
        ({"action": "dial", "number": "1", "digits": "1"}, "digits"),
        ({"action": "answer", "number": "101"}, "number"),
        ({"action": "close", "digits": "1"}, "digits"),
        ({"action": "reset"}, "action"),
        ({"action": "hold", "hostname": "a/b"}, "hostname"),
        ({"action": "dial", "numbr": "101"}, "numbr"),
    ],
)
def test_an_action_has_what_it_needs_and_nothing_else(fields: dict[str, str], field: str) -> None:
    with pytest.raises(BadMessage, match=field):
        decoded(**fields)


def test_an_answer_that_would_deceive_a_screen_is_refused() -> None:
    with pytest.raises(BadMessage, match=r"\$\.detail"):
        decode_telephone_answer(b'{"hostname": "NIKITA", "action": "dial", "outcome": "taken", "detail": "\\u001b[2J"}')
