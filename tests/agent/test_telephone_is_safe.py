"""Whatever passes for a telephone command is understood by every MicroSIP as just that, never as something else."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from microsip_manager.agent.telephone import Version, words_for
from microsip_manager.wire.telephone import NEEDS_DIGITS, NEEDS_NUMBER, TelephoneAction
from tests.fakes.microsip_commands import (
    KNOWN_VERSIONS,
    MEANT,
    PIECES,
    SCHEMES,
    WORDS,
    WORDS_WITH_MORE,
    command_of,
    understood,
)

WORDS_OF_MICROSIP = [*WORDS, *WORDS_WITH_MORE, *SCHEMES, "msip:", "/reset", "/resetnoask", "/exit", "/i:x.ini"]
TEXTS = st.one_of(
    st.text(),
    st.text("0123456789*#+", max_size=34),
    # A number with one thing in it that does not belong there.
    st.tuples(st.text("012*#+"), st.sampled_from(PIECES) | st.characters(), st.text("012*#+")).map("".join),
    # Texts that mean something to MicroSIP are likelier here than chance has them.
    st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=6).map("".join),
)


@settings(max_examples=1500)
@given(st.sampled_from(sorted(MEANT, key=lambda action: action.value)), TEXTS, st.sampled_from(KNOWN_VERSIONS))
@example(TelephoneAction.DIAL, "101\n", (3, 22, 3))
@example(TelephoneAction.DIAL, "101 Hello", (3, 14, 0))
@example(TelephoneAction.DIAL, "101%20Hello", (3, 22, 3))
@example(TelephoneAction.TRANSFER, "101 /password:x", (3, 22, 3))
def test_it_is_understood_as_what_it_is_meant_for(action: TelephoneAction, text: str, version: Version) -> None:
    check(action, text, version)


def check(action: TelephoneAction, text: str, version: Version) -> None:
    """Refused, not sent, or understood as meant."""
    command = command_of(action, text)
    words = words_for(command, version) if command else None
    if words is not None:
        assert understood(words, version) == MEANT[action].format(text)


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("at", [0, 1, 3])
def test_so_is_a_number_with_something_else_at_any_place(piece: str, at: int) -> None:
    for action in NEEDS_NUMBER | NEEDS_DIGITS:
        for version in KNOWN_VERSIONS:
            check(action, "101"[:at] + piece + "101"[at:], version)


@pytest.mark.parametrize("word", WORDS_OF_MICROSIP)
@pytest.mark.parametrize("more", ["", "101", " 101", "101 Hello"])
def test_no_word_of_microsip_passes_for_a_number_or_tones(word: str, more: str) -> None:
    for action in NEEDS_NUMBER | NEEDS_DIGITS:
        assert command_of(action, word + more) is None


@pytest.mark.parametrize("version", KNOWN_VERSIONS)
@pytest.mark.parametrize("action", MEANT)
def test_every_action_is_understood_or_not_sent(action: TelephoneAction, version: Version) -> None:
    command = command_of(action, "12")
    assert command is not None

    words = words_for(command, version)

    assert words is None or understood(words, version) == MEANT[action].format("12")


@pytest.mark.parametrize(
    ("text", "version", "expected"),
    [
        ("101", (3, 22, 3), "dial 101"),
        ("101 Hello there", (3, 22, 3), "message 101 Hello there"),
        ("tel:101%20Hello", (3, 22, 3), "message 101 Hello"),
        ("/hangup", (3, 22, 3), "dial /hangup"),
        ("/hangupincoming", (3, 20, 5), "dial /hangupincoming"),
        ("msip:micunmute", (3, 20, 5), "dial micunmute"),
        ("msip:/password:x", (3, 22, 3), "password x"),
        ('"/answer"', (3, 22, 3), "answer"),
        ("/answer", (3, 14, 0), "dial /answer"),
        ("/account:2 /password:x", (3, 22, 3), "account 2 /password:x"),
        ("101\0 Hello", (3, 22, 3), "dial 101"),
        ("  ", (3, 22, 3), ""),
    ],
)
def test_the_model_takes_texts_for_what_microsip_does(text: str, version: Version, expected: str) -> None:
    assert understood(text, version) == expected
