"""The DND rule: read, compare, click only if different, read back."""

from __future__ import annotations

import threading

import pytest

from microsip_manager.agent.dnd import SHOWS_WITHIN, DndSwitch
from microsip_manager.agent.errors import NoDndButton, PhoneDenied, PhoneError, PhoneGone
from microsip_manager.wire.commands import DndOutcome
from tests.fakes.clock import HandClock
from tests.fakes.softphone_button import ClickFate, UnkindButton


@pytest.fixture
def button() -> UnkindButton:
    return UnkindButton(HandClock())


@pytest.fixture
def switch(button: UnkindButton) -> DndSwitch:
    return DndSwitch(button, button.clock.monotonic, button.pass_time)


def test_a_button_in_another_state_is_clicked_and_read_back(button: UnkindButton, switch: DndSwitch) -> None:
    result = switch.set(True)

    assert result.outcome is DndOutcome.APPLIED
    assert result.dnd is True
    assert button.history == ["read off", "click", "read on"]


def test_a_button_in_the_wanted_state_is_left_alone(button: UnkindButton, switch: DndSwitch) -> None:
    button.on = True

    result = switch.set(True)

    assert result.outcome is DndOutcome.ALREADY
    assert button.history == ["read on"]


def test_a_change_that_shows_a_little_later_is_waited_for(button: UnkindButton, switch: DndSwitch) -> None:
    button.fate = ClickFate(after=0.4)

    assert switch.set(True).outcome is DndOutcome.APPLIED
    assert button.history.count("click") == 1


def test_a_click_without_effect_is_a_timeout_and_not_repeated(button: UnkindButton, switch: DndSwitch) -> None:
    button.fate = ClickFate(lost=True)
    before = button.clock.monotonic()

    result = switch.set(True)

    assert result.outcome is DndOutcome.TIMEOUT
    assert result.dnd is False
    assert "did not change" in result.detail
    assert button.history.count("click") == 1
    assert button.clock.monotonic() - before < SHOWS_WITHIN + 0.2


def test_a_click_of_the_user_at_the_same_moment_is_not_hidden(button: UnkindButton, switch: DndSwitch) -> None:
    take_click = button.click

    def both_click() -> None:
        button.user_clicks()
        take_click()

    button.click = both_click  # type: ignore[method-assign] # the moment between read and click is not otherwise reached

    result = switch.set(True)

    assert result.outcome is DndOutcome.TIMEOUT
    assert result.dnd is False
    assert button.on is False


def test_a_hung_microsip_is_told_and_nothing_is_clicked(button: UnkindButton, switch: DndSwitch) -> None:
    button.freeze(30)

    result = switch.set(True)

    assert result.outcome is DndOutcome.HUNG
    assert result.dnd is None
    assert button.history == ["unanswered read"]


def hang_at_the_click(button: UnkindButton, switch: DndSwitch, seconds: float = 10) -> None:
    """Leave a click in doubt: MicroSIP answered the read and froze at the click."""
    take_click = button.click

    def freeze_and_click() -> None:
        button.freeze(seconds)
        take_click()

    button.click = freeze_and_click  # type: ignore[method-assign] # the same
    assert switch.set(True).outcome is DndOutcome.HUNG
    del button.click  # back to the method


def test_a_late_click_is_not_doubled(button: UnkindButton, switch: DndSwitch) -> None:
    hang_at_the_click(button, switch)
    button.pass_time(10)

    result = switch.set(True)

    assert result.outcome is DndOutcome.ALREADY
    assert button.on is True
    assert "click" not in button.history


def test_a_late_click_that_comes_after_the_first_answer_is_waited_for(button: UnkindButton, switch: DndSwitch) -> None:
    button.fate = ClickFate(after=1.0)
    hang_at_the_click(button, switch)
    button.pass_time(10)

    assert switch.set(True).outcome is DndOutcome.ALREADY
    assert button.on is True


def test_a_click_that_was_taken_just_before_a_freeze_is_in_doubt_too(button: UnkindButton, switch: DndSwitch) -> None:
    button.fate = ClickFate(after=1.375)
    button.later(0.3, lambda: button.freeze(1.05))
    assert switch.set(True).outcome is DndOutcome.HUNG

    result = switch.set(False)

    assert (result.outcome, button.on, button.outstanding) == (DndOutcome.APPLIED, False, 0)


def test_while_a_click_is_in_doubt_no_other_one_goes_out(button: UnkindButton, switch: DndSwitch) -> None:
    hang_at_the_click(button, switch, seconds=60)
    button.history.clear()

    outcomes = [switch.set(wanted).outcome for wanted in (True, False, True)]

    assert outcomes == [DndOutcome.HUNG] * 3
    assert set(button.history) == {"unanswered read"}


def test_a_doubtful_click_that_was_lost_does_not_block_the_phone_for_good(
    button: UnkindButton, switch: DndSwitch
) -> None:
    button.fate = ClickFate(lost=True)
    hang_at_the_click(button, switch)
    button.pass_time(10)
    button.fate = ClickFate()

    assert switch.set(True).outcome is DndOutcome.APPLIED
    assert button.on is True


def test_once_resolved_a_doubt_costs_nothing_more(button: UnkindButton, switch: DndSwitch) -> None:
    hang_at_the_click(button, switch)
    button.pass_time(10)
    switch.set(True)
    before = button.clock.monotonic()

    switch.set(False)

    assert button.clock.monotonic() - before < 0.2


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (PhoneDenied("Windows refused"), DndOutcome.DENIED),
        (PhoneGone("closed"), DndOutcome.NOT_RUNNING),
        (NoDndButton("denyIncoming is 'all'"), DndOutcome.UNSUPPORTED),
    ],
)
def test_each_obstacle_has_its_outcome_and_keeps_its_words(
    button: UnkindButton, switch: DndSwitch, error: PhoneError, outcome: DndOutcome
) -> None:
    button.error = error

    result = switch.set(True)

    assert (result.outcome, result.dnd, result.detail) == (outcome, None, str(error))


def test_two_opposite_commands_at_once_are_both_carried_out_one_after_the_other(
    button: UnkindButton, switch: DndSwitch
) -> None:
    start = threading.Barrier(2)
    outcomes: dict[bool, DndOutcome] = {}

    def command(enabled: bool) -> None:
        start.wait()
        outcomes[enabled] = switch.set(enabled).outcome

    threads = [threading.Thread(target=command, args=(enabled,)) for enabled in (True, False)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert outcomes[True] is DndOutcome.APPLIED
    assert outcomes[False] in (DndOutcome.APPLIED, DndOutcome.ALREADY)
    assert button.on is (outcomes[False] is DndOutcome.ALREADY)
