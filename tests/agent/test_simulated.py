"""The simulated MicroSIP behaves as a real one would."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from microsip_manager.agent.boundaries import CLOSED, PhoneView, Trouble
from microsip_manager.agent.simulated import SimulatedPhone
from microsip_manager.wire.commands import DndOutcome


@pytest.fixture
def phone() -> SimulatedPhone:
    return SimulatedPhone("485", wait=lambda _: None)


def test_it_shows_what_a_look_at_it_shows(phone: SimulatedPhone) -> None:
    assert phone.look() == PhoneView(running=True, dnd=False, extension="485")


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
