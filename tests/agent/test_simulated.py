"""The simulated MicroSIP behaves as a real one would."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from microsip_manager.agent.boundaries import CLOSED, PhoneView, Trouble
from microsip_manager.agent.simulated import SimulatedPhone
from microsip_manager.agent.simulated_calls import SimulatedCalls
from microsip_manager.wire.commands import DndOutcome
from microsip_manager.wire.phone_state import NO_CALL, CallState, Direction, PhoneState, Registration


@pytest.fixture
def phone() -> SimulatedPhone:
    return SimulatedPhone("485", wait=lambda _: None)


def test_it_shows_what_a_look_at_it_shows(phone: SimulatedPhone) -> None:
    quiet = PhoneState(registration=Registration.REGISTERED, call=NO_CALL, microsip_version="3.22.3")

    assert phone.look() == PhoneView(running=True, dnd=False, extension="485", phone=quiet)


def test_dnd_is_switched_once_and_stays(phone: SimulatedPhone) -> None:
    outcomes = [phone.set_dnd(wanted).outcome for wanted in (True, True, False)]

    assert outcomes == [DndOutcome.APPLIED, DndOutcome.ALREADY, DndOutcome.APPLIED]


def test_its_user_can_click_and_close_and_open_it(phone: SimulatedPhone) -> None:
    phone.click_by_hand()
    assert phone.look().dnd is True

    phone.close()
    phone.click_by_hand()
    assert phone.look() == CLOSED
    assert phone.set_dnd(True).outcome is DndOutcome.NOT_RUNNING

    phone.open()
    assert phone.look().dnd is True


@pytest.mark.parametrize(
    ("arrange", "trouble", "outcome", "words"),
    [
        (SimulatedPhone.freeze, Trouble.HUNG, DndOutcome.HUNG, "does not answer"),
        (SimulatedPhone.elevate, Trouble.DENIED, DndOutcome.DENIED, "administrator"),
        (lambda phone: phone.deny("all"), Trouble.NO_BUTTON, DndOutcome.UNSUPPORTED, "denyIncoming is 'all'"),
    ],
)
def test_each_trouble_is_shown_and_answered(
    phone: SimulatedPhone,
    arrange: Callable[[SimulatedPhone], None],
    trouble: Trouble,
    outcome: DndOutcome,
    words: str,
) -> None:
    arrange(phone)

    view, result = phone.look(), phone.set_dnd(True)

    assert (view.running, view.trouble) == (True, trouble)
    assert result.outcome is outcome
    assert words in view.detail
    assert words in result.detail


def test_a_click_that_met_a_frozen_one_happens_at_the_thaw_and_is_not_doubled(phone: SimulatedPhone) -> None:
    phone.freeze_at_the_next_click()
    assert phone.set_dnd(True).outcome is DndOutcome.HUNG

    phone.thaw()

    assert phone.look().dnd is True
    assert phone.set_dnd(True).outcome is DndOutcome.ALREADY


class Desk:
    """A simulated phone with calls, at a time moved by hand."""

    def __init__(self, folder: Path) -> None:
        self.time = 1_700_000_000.0
        self.phone = SimulatedPhone("485", calls=SimulatedCalls(folder / "phone.ini", "485", now=lambda: self.time))

    @property
    def shown(self) -> PhoneState:
        state = self.phone.look().phone
        assert state is not None
        return state


def test_a_call_is_shown_while_it_rings_and_from_its_answer_on(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.phone.ring("+7495", "Olga")
    ringing = desk.shown.call
    desk.time += 5
    desk.phone.answer()
    talking = desk.shown.call
    desk.phone.hang_up()

    assert (ringing.state, ringing.direction, ringing.number) == (CallState.RINGING, Direction.INCOMING, "+7495")
    assert (talking.state, talking.since) == (CallState.IN_CALL, datetime.fromtimestamp(1_700_000_005, UTC))
    assert desk.shown.call == NO_CALL


def test_who_is_dialled_is_in_a_call_from_then_on(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.phone.dial("486")
    dialled = desk.shown.call
    desk.time += 5
    desk.phone.answer()

    assert (dialled.state, dialled.direction) == (CallState.IN_CALL, Direction.OUTGOING)
    assert desk.shown.call == dialled


@pytest.mark.parametrize(
    "arrange",
    [
        lambda phone: phone.register(Registration.FAILED, "Not Found"),
        SimulatedPhone.forward,
        SimulatedPhone.click_by_hand,
        SimulatedPhone.close,
    ],
)
def test_it_does_not_ring_when_it_is_not_registered_forwards_or_is_in_dnd(
    tmp_path: Path, arrange: Callable[[SimulatedPhone], None]
) -> None:
    desk = Desk(tmp_path)

    arrange(desk.phone)

    assert desk.phone.ring("486") is False


def test_what_its_user_and_its_server_do_is_shown(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.phone.register(Registration.FAILED, "Not Found")
    desk.phone.leave_desk()
    desk.phone.forward()
    desk.phone.dial("486")

    assert desk.shown == PhoneState(
        registration=Registration.FAILED,
        registration_text="Not Found",
        call=NO_CALL,
        away=True,
        forwarding=True,
        forwards_after=0,
        microsip_version="3.22.3",
    )
