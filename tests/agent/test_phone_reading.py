"""From looks at MicroSIP's windows to the state of the phone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from microsip_manager.agent.answering import Answering, read_answering
from microsip_manager.agent.calls_section import CallEntry
from microsip_manager.agent.phone_reading import Glance, IniSays, Reading, caller_in, read_phone
from microsip_manager.agent.status_text import Language
from microsip_manager.wire.phone_state import (
    NO_CALL,
    UNKNOWN_CALL,
    CallNow,
    CallState,
    Direction,
    PhoneState,
    Registration,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
BOX = "Olga <486@pbx.example>\r\nSomeAgent 1.0\r\n\r\nTo: 485@pbx.example\r\n"
INCOMING, OUTGOING = Direction.INCOMING, Direction.OUTGOING
ENGLISH = Language({})


def after(*glances: Glance, ini: IniSays | None = None, seconds: int = 1) -> Reading:
    """What is known after these looks, one a second from noon on."""
    reading = Reading()
    for number, glance in enumerate(glances):
        at = NOON + timedelta(seconds=number * seconds)
        reading = read_phone(reading, glance, ini or IniSays(), "3.22.3", ENGLISH, at)
    return reading


def bar(text: str | None, *callers: str, end: bool = False) -> Glance:
    return Glance(text, end_shown=end, callers=callers)


def state(*glances: Glance, ini: IniSays | None = None) -> PhoneState:
    return after(*glances, ini=ini).state


def test_a_quiet_phone_is_registered_and_idle() -> None:
    assert state(bar("Online")) == PhoneState(
        registration=Registration.REGISTERED, call=NO_CALL, microsip_version="3.22.3"
    )


def test_away_and_forwarding_are_seen() -> None:
    assert state(bar("Away")).away is True
    assert state(bar("Away"), bar("Online")).away is False
    assert state(bar("Call Forwarding"), ini=IniSays(answering=Answering(forwarding="button"))).forwarding is True


# --- registration


def test_during_a_call_the_registration_is_that_of_before() -> None:
    talking = after(bar("Online"), bar("Connected 0:01", end=True))
    ended = after(bar("Online"), bar("Connected 0:01", end=True), bar("Connection Failed"))

    assert (talking.state.registration, talking.registration_is_old) == (Registration.REGISTERED, True)
    assert (ended.state.registration, ended.registration_is_old) == (Registration.FAILED, False)


def test_a_call_that_was_there_first_leaves_the_registration_unknown() -> None:
    assert state(bar("Connected 5:00", end=True)).registration is Registration.UNKNOWN


def test_connecting_is_the_call_while_there_is_one() -> None:
    assert state(bar("Online"), bar("Connecting...")).registration is Registration.CONNECTING
    assert state(bar("Online"), bar("Connecting...", end=True)).registration is Registration.REGISTERED
    assert state(bar("Online"), bar("Session Expired", end=True)).registration is Registration.REGISTERED


def test_a_failure_and_unknown_words_come_as_microsip_shows_them() -> None:
    assert state(bar("Not Found")).registration_text == "Not Found"
    unknown = state(bar("Заблокирован\x07" + "x" * 99))
    assert (unknown.registration, unknown.registration_text) == (
        Registration.UNKNOWN,
        "Заблокирован\N{REPLACEMENT CHARACTER}" + "x" * 35,
    )
    assert state(bar("Not Found"), bar("Online")).registration_text == ""


def test_a_window_that_does_not_answer_changes_nothing() -> None:
    hung = after(bar("Away"), bar(None))

    assert hung.state == state(bar("Away"))
    assert hung.registration_is_old is True


# --- calls


def test_it_rings_while_there_is_an_incoming_call_box() -> None:
    assert state(bar("Online"), bar("Incoming Call", BOX)).call == CallNow(
        CallState.RINGING, NOON + timedelta(seconds=1), INCOMING, "486"
    )
    assert state(bar(None, "")).call == CallNow(CallState.RINGING, NOON, INCOMING, "")


def test_an_answered_call_keeps_who_called_and_begins_with_the_answer() -> None:
    ringing, talking = bar("Incoming Call", BOX), bar("Connected 0:00", end=True)

    assert state(ringing, ringing, talking).call == CallNow(
        CallState.IN_CALL, NOON + timedelta(seconds=2), INCOMING, "486"
    )


def test_a_dialled_call_keeps_its_number_and_its_beginning() -> None:
    looks = [bar("Online"), bar("Calling 101 ...", end=True), bar("Ringing", end=True), bar("Connected 0:00", end=True)]

    for count in (2, 3, 4):
        assert state(*looks[:count]).call == CallNow(CallState.IN_CALL, NOON + timedelta(seconds=1), OUTGOING, "101")


def test_the_clock_of_a_call_is_no_news() -> None:
    looks = [bar(f"Connected 0:{second:02}", end=True) for second in range(10)]

    assert len({state(*looks[: count + 1]).call.since for count in range(10)}) == 1


def test_a_call_that_was_there_first_began_when_its_clock_says() -> None:
    assert state(bar("Connected 5:00", end=True)).call.since == NOON - timedelta(minutes=5)
    assert state(bar("Hold 0:09 / 1:00:00", end=True)).call.since == NOON - timedelta(hours=1)


def test_who_is_in_a_call_that_was_there_first_stands_in_the_list_of_calls() -> None:
    entry = CallEntry(3, "486@pbx.example", "Olga", 0, int(NOON.timestamp()) - 310, 0, "")
    over = CallEntry(3, "486", "Olga", 0, int(NOON.timestamp()) - 310, 9, "Call Ended")
    talking = bar("Connected 5:00", end=True)

    call = state(talking, ini=IniSays(newest=entry)).call
    assert (call.direction, call.number) == (OUTGOING, "486")
    assert state(talking, ini=IniSays(newest=over)).call.number == ""
    assert (
        state(talking, ini=IniSays(newest=CallEntry(4, "487", "", 1, int(NOON.timestamp()), 0, ""))).call.number == ""
    )


def test_a_second_call_is_another_one_even_when_no_look_fell_between() -> None:
    first = [bar("Calling 101 ...", end=True), bar("Connected 0:30", end=True)]

    again = state(*first, bar("Connected 0:01", end=True)).call
    dialled = state(*first, bar("Calling 102 ...", end=True)).call

    assert again == CallNow(CallState.IN_CALL, NOON + timedelta(seconds=1))
    assert dialled == CallNow(CallState.IN_CALL, NOON + timedelta(seconds=2), OUTGOING, "102")


def test_a_call_that_knocks_does_not_replace_the_one_under_way() -> None:
    call = state(bar("Calling 101 ...", end=True), bar("Incoming Call", BOX, end=True)).call

    assert (call.state, call.number) == (CallState.IN_CALL, "101")


def test_a_call_that_ended_leaves_nothing() -> None:
    assert state(bar("Connected 0:30", end=True), bar("Online")).call is NO_CALL


def test_windows_alone_tell_of_a_call_where_no_text_can_be_read() -> None:
    assert state(bar(None, end=True)).call.state is CallState.IN_CALL
    assert state(bar(None)).call is NO_CALL
    several = IniSays(answering=Answering(single_call=False))
    assert state(bar(None), ini=several).call is UNKNOWN_CALL
    assert state(bar("Online"), ini=several).call is NO_CALL
    assert state(bar("Ringing"), ini=several).call.state is CallState.IN_CALL


def test_no_state_keeps_an_old_call_alive() -> None:
    talking = bar("Connected 0:30", end=True)

    assert [state(talking, bar(None, end=end)).call.state for end in (True, False)] == [
        CallState.IN_CALL,
        CallState.IDLE,
    ]


@pytest.mark.parametrize(
    ("box", "caller"),
    [
        (BOX, "486"),
        ("486@pbx.example\r\n", "486"),
        ("sip:+7495@pbx", "+7495"),
        ('"<x>" <487@pbx>\n', "487"),
        ("Ольга@pbx", "?????"),
        ("9" * 300, "9" * 48),
        ("\r\n\r\nTo: 485", ""),
        ("", ""),
        ("<", "<"),
        (">", ">"),
        ("a>", "a>"),
    ],
)
def test_the_caller_is_read_from_the_first_line_of_the_box(box: str, caller: str) -> None:
    assert caller_in(box) == caller


# --- what becomes of the next call


@pytest.mark.parametrize(
    ("settings", "aa", "auto_answer", "answers_after"),
    [
        ({}, False, False, None),
        ({}, True, True, 0),
        ({}, None, False, None),
        ({"AA": "1"}, None, True, 0),
        ({"AA": "1"}, False, False, None),
        ({"autoAnswer": "all"}, None, True, 0),
        ({"autoAnswer": "all", "autoAnswerDelay": "4"}, None, True, 4),
        ({"autoAnswer": "all", "autoAnswerNumber": "48?"}, None, True, None),
        ({"autoAnswer": "header"}, True, False, None),
        ({"autoAnswer": ""}, True, False, None),
    ],
)
def test_auto_answer_acts_always_or_by_its_button(
    settings: dict[str, str], aa: bool | None, auto_answer: bool, answers_after: int | None
) -> None:
    ini = IniSays(answering=read_answering(settings.get))

    found = state(Glance("Online", auto_answer=aa), ini=ini)

    assert (found.auto_answer, found.answers_after) == (auto_answer, answers_after)


def test_where_the_button_is_not_seen_the_text_tells_of_auto_answer() -> None:
    assert state(bar("Online (Auto Answer)")).answers_after == 0


@pytest.mark.parametrize(
    ("settings", "fwd", "forwarding", "forwards_after"),
    [
        ({}, True, False, None),
        ({"forwarding": "button", "forwardingNumber": "500"}, True, True, 0),
        ({"forwarding": "button", "forwardingNumber": "500"}, False, False, None),
        ({"forwarding": "button", "forwardingNumber": "500", "FWD": "1"}, None, True, 0),
        ({"forwarding": "all", "forwardingNumber": "500", "forwardingDelay": "20"}, None, True, 20),
        ({"forwarding": "all"}, None, True, None),
    ],
)
def test_forwarding_acts_always_or_by_its_button(
    settings: dict[str, str], fwd: bool | None, forwarding: bool, forwards_after: int | None
) -> None:
    ini = IniSays(answering=read_answering(settings.get))

    found = state(Glance("Online", forwarding=fwd), ini=ini)

    assert (found.forwarding, found.forwards_after) == (forwarding, forwards_after)


@pytest.mark.parametrize(
    ("settings", "call_waiting"),
    [
        ({}, True),
        ({"callWaiting": "0"}, False),
        ({"maxConcurrentCalls": "1"}, False),
        ({"maxConcurrentCalls": "2"}, True),
    ],
)
def test_a_second_call_may_be_taken_or_not(settings: dict[str, str], call_waiting: bool) -> None:
    assert state(bar("Online"), ini=IniSays(answering=read_answering(settings.get))).call_waiting is call_waiting


@pytest.mark.parametrize("delay", ["-1", "x", "", "99999999999999", "1e3"])
def test_an_odd_delay_is_none(delay: str) -> None:
    assert read_answering({"autoAnswerDelay": delay}.get).answer_delay == 0


def test_what_else_the_ini_says_is_told() -> None:
    found = state(bar("Online"), ini=IniSays("всё", read_answering({"volumeRing": "0"}.get)))

    assert (found.deny_incoming, found.rings_silently) == ("other", True)
