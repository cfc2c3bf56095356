"""A phone in a few words."""

from __future__ import annotations

import pytest

from microsip_manager.cli.phone_words import phone_words
from microsip_manager.wire.phone_state import NO_CALL, CallNow, CallState, Direction, Registration, ShownPhone


@pytest.mark.parametrize(
    ("phone", "words"),
    [
        (None, ""),
        (ShownPhone(), ""),
        (ShownPhone(registration=Registration.REGISTERED, call=NO_CALL), ""),
        (ShownPhone(registration=Registration.WRONG_PASSWORD), "wrong password"),
        (ShownPhone(call=CallNow(CallState.IN_CALL, None, Direction.INCOMING, "…45")), "in call ← …45"),
        (ShownPhone(call=CallNow(CallState.IN_CALL, None, Direction.OUTGOING)), "in call →"),
        (ShownPhone(call=CallNow(CallState.RINGING)), "ringing"),
        (
            ShownPhone(registration=Registration.FAILED, forwarding=True, auto_answer=True, away=True, copies=2),
            "not registered, forwarding, auto answer, away, 2 MicroSIPs",
        ),
    ],
)
def test_only_what_is_worth_a_word_is_said(phone: ShownPhone | None, words: str) -> None:
    assert phone_words(phone) == words
