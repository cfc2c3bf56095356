"""The simulated MicroSIP carries telephone commands out, and refuses them, as a real one would."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from microsip_manager.agent.microsip_ini import read_ini
from microsip_manager.agent.simulated import SimulatedPhone
from microsip_manager.agent.simulated_calls import SimulatedCalls
from microsip_manager.wire.phone_state import NO_CALL, CallNow, Direction, Registration
from microsip_manager.wire.telephone import TelephoneAction, TelephoneCommand, TelephoneOutcome
from tests.fakes.clock import HandClock

DIAL = TelephoneCommand(TelephoneAction.DIAL, number="101")
ANSWER, HANG_UP, HOLD, MUTE, UNMUTE, START, CLOSE = (
    TelephoneCommand(TelephoneAction(name))
    for name in ("answer", "hang_up", "hold", "mute", "unmute", "start", "close")
)
TAKEN = TelephoneOutcome.TAKEN


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def phone(tmp_path: Path, clock: HandClock) -> SimulatedPhone:
    calls = SimulatedCalls(tmp_path / "sim.ini", "485", now=lambda: clock.now().timestamp())
    return SimulatedPhone("485", calls=calls, wait=lambda _: None)


def entries(phone: SimulatedPhone) -> list[tuple[str, int, int]]:
    [files] = phone.files()
    calls = read_ini(files.ini.read_bytes(), "cp1251").calls
    return [(call.number, call.type, call.duration) for call in calls]


def call_of(phone: SimulatedPhone) -> CallNow:
    shown = phone.look().phone
    assert shown is not None
    return shown.call


def outcome(phone: SimulatedPhone, command: TelephoneCommand) -> TelephoneOutcome:
    return phone.telephone(command).outcome


def test_a_dialled_call_stands_in_the_list_and_a_hang_up_ends_it(phone: SimulatedPhone, clock: HandClock) -> None:
    assert outcome(phone, DIAL) is TAKEN
    phone.answer()
    clock.forward(seconds=30)

    assert outcome(phone, HANG_UP) is TAKEN
    assert entries(phone) == [("101", 0, 30)]


def test_a_dialled_call_shows_until_it_is_hung_up(phone: SimulatedPhone) -> None:
    outcome(phone, DIAL)
    dialled = call_of(phone)
    outcome(phone, HANG_UP)

    assert (dialled.direction, dialled.number) == (Direction.OUTGOING, "101")
    assert call_of(phone) == NO_CALL


def test_the_other_side_ends_a_call_on_hold(phone: SimulatedPhone) -> None:
    phone.dial("486")
    phone.answer()
    outcome(phone, HOLD)
    phone.hang_up()

    assert (phone.line.on_hold, call_of(phone)) == (False, NO_CALL)


def test_the_refusal_shows_what_the_status_bar_would(phone: SimulatedPhone) -> None:
    phone.register(Registration.FAILED, "Not Found")

    assert "'Not Found'" in phone.telephone(DIAL).detail


def test_a_ringing_call_is_answered_but_not_hung_up(phone: SimulatedPhone, clock: HandClock) -> None:
    phone.ring("486")
    assert outcome(phone, HANG_UP) is TAKEN
    assert outcome(phone, ANSWER) is TAKEN
    clock.forward(seconds=5)
    phone.hang_up()

    assert entries(phone) == [("486", 1, 5)]


def test_hold_toggles_and_mute_does_not(phone: SimulatedPhone) -> None:
    phone.dial("486")
    phone.answer()

    seen = []
    for command in (HOLD, MUTE, HOLD, MUTE, UNMUTE):
        assert outcome(phone, command) is TAKEN
        seen.append((phone.line.on_hold, phone.line.muted))

    assert seen == [(True, False), (True, True), (False, True), (False, True), (False, False)]


def test_tones_go_into_a_call_and_a_transfer_ends_it(phone: SimulatedPhone) -> None:
    tones = TelephoneCommand(TelephoneAction.DTMF, digits="1#")
    outcome(phone, tones)
    phone.dial("486")
    phone.answer()
    outcome(phone, tones)
    outcome(phone, TelephoneCommand(TelephoneAction.TRANSFER, number="102"))
    assert phone.line.tones == "1#"

    assert outcome(phone, DIAL) is TAKEN  # the line is free again


@pytest.mark.parametrize(
    ("arrange", "expected"),
    [
        (SimulatedPhone.close, TelephoneOutcome.NOT_RUNNING),
        (SimulatedPhone.elevate, TelephoneOutcome.DENIED),
        (SimulatedPhone.freeze, TelephoneOutcome.HUNG),
        (lambda phone: phone.register(Registration.CONNECTING), TelephoneOutcome.NOT_REGISTERED),
        (lambda phone: phone.dial("486"), TelephoneOutcome.IN_CALL),
        (lambda phone: phone.ring("486"), TelephoneOutcome.IN_CALL),
    ],
)
def test_a_number_that_cannot_be_dialled_now_is_refused_with_the_reason(
    phone: SimulatedPhone, arrange: Callable[[SimulatedPhone], object], expected: TelephoneOutcome
) -> None:
    arrange(phone)

    told = phone.telephone(DIAL)

    assert told.outcome is expected
    assert told.detail
    phone.thaw()
    phone.open()
    assert ("101", 0, 0) not in entries(phone)


def test_it_starts_and_closes_once(phone: SimulatedPhone) -> None:
    outcomes = [outcome(phone, command) for command in (START, CLOSE, CLOSE, START)]

    assert outcomes == [
        TelephoneOutcome.ALREADY,
        TelephoneOutcome.DONE,
        TelephoneOutcome.ALREADY,
        TelephoneOutcome.DONE,
    ]
    assert phone.look().running


@pytest.mark.parametrize(
    ("arrange", "expected"),
    [(SimulatedPhone.elevate, TelephoneOutcome.DENIED), (SimulatedPhone.freeze, TelephoneOutcome.HUNG)],
)
def test_one_that_cannot_be_closed_goes_on(
    phone: SimulatedPhone, arrange: Callable[[SimulatedPhone], None], expected: TelephoneOutcome
) -> None:
    arrange(phone)

    assert outcome(phone, CLOSE) is expected
    assert phone.look().running
