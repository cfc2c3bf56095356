"""When a heartbeat goes out."""

from __future__ import annotations

from dataclasses import replace

from microsip_manager.agent.boundaries import CLOSED, PhoneView, Trouble
from microsip_manager.agent.watch import Mode, Say, Watch, looked, stopped, unheard
from microsip_manager.wire.phone_state import PhoneState, Registration

OPEN = PhoneView(running=True, dnd=False, extension="485")
IN_DND = replace(OPEN, dnd=True)
HUNG = PhoneView(running=True, dnd=None, extension="485", trouble=Trouble.HUNG)


def beats(*looks: tuple[float, PhoneView]) -> list[bool]:
    """For each look, at these seconds, whether a heartbeat goes out."""
    watch, sent = Watch(), []
    for at, view in looks:
        watch, say = looked(watch, view, at, interval=7)
        sent.append(say is Say.HEARTBEAT)
    return sent


def test_while_microsip_is_closed_there_are_none() -> None:
    assert beats((0, CLOSED), (7, CLOSED), (100, CLOSED)) == [False, False, False]


def test_the_first_goes_out_when_it_is_opened_and_then_one_every_interval() -> None:
    assert beats((0, CLOSED), (1, OPEN), (2, OPEN), (7.9, OPEN), (8, OPEN), (14.9, OPEN), (15, OPEN)) == [
        False, True, False, False, True, False, True,
    ]  # fmt: skip


def test_a_change_of_dnd_is_told_at_once_and_the_interval_starts_anew() -> None:
    assert beats((0, OPEN), (3, IN_DND), (7, IN_DND), (10, IN_DND)) == [True, True, False, True]


def test_a_change_of_the_account_is_told_at_once() -> None:
    assert beats((0, OPEN), (1, replace(OPEN, extension="486"))) == [True, True]


def test_another_state_of_the_phone_is_told_at_once() -> None:
    registered = replace(OPEN, phone=PhoneState(registration=Registration.REGISTERED))
    failed = replace(OPEN, phone=PhoneState(registration=Registration.FAILED))
    again = replace(OPEN, phone=PhoneState(registration=Registration.FAILED))

    assert beats((0, registered), (1, failed), (2, again), (3, registered)) == [True, True, False, True]


def test_while_hung_the_last_known_dnd_counts() -> None:
    watch, _ = looked(Watch(), IN_DND, 0, 7)

    watch, at_once = looked(watch, HUNG, 1, 7)
    watch, later = looked(watch, HUNG, 7, 7)

    assert (watch.known_dnd, at_once, later) == (True, Say.NOTHING, Say.HEARTBEAT)


def test_what_was_known_before_a_close_is_forgotten() -> None:
    watch, _ = looked(Watch(), IN_DND, 0, 7)
    watch, _ = looked(watch, CLOSED, 1, 7)
    watch, say = looked(watch, HUNG, 2, 7)

    assert say is Say.HEARTBEAT
    assert watch.known_dnd is False


def test_it_is_awake_while_microsip_runs_and_asleep_while_it_is_closed() -> None:
    watch, modes = Watch(), []
    for at, view in enumerate((CLOSED, OPEN, IN_DND, HUNG, CLOSED, CLOSED, OPEN)):
        watch, _ = looked(watch, view, at, 7)
        modes.append(watch.mode)

    assert modes == [Mode.ASLEEP, Mode.AWAKE, Mode.AWAKE, Mode.AWAKE, Mode.ASLEEP, Mode.ASLEEP, Mode.AWAKE]


def test_one_farewell_goes_out_when_microsip_is_closed() -> None:
    watch, said = Watch(), []
    for at, view in enumerate((CLOSED, OPEN, CLOSED, CLOSED)):
        watch, say = looked(watch, view, at, 7)
        said.append(say)

    assert said == [Say.NOTHING, Say.HEARTBEAT, Say.FAREWELL, Say.NOTHING]


def test_an_agent_that_ends_says_farewell_only_when_it_is_awake() -> None:
    awake, _ = looked(Watch(), OPEN, 0, 7)

    assert stopped(awake) == (Watch(), Say.FAREWELL)
    assert stopped(Watch()) == (Watch(), Say.NOTHING)


def test_a_heartbeat_that_nobody_took_is_repeated_when_the_link_says() -> None:
    watch, _ = looked(Watch(), OPEN, 0, 7)
    watch = unheard(watch, again_at=2.5)

    watch, early = looked(watch, OPEN, 2.4, 7)
    watch, then = looked(watch, OPEN, 2.5, 7)

    assert (early, then, watch.due) == (Say.NOTHING, Say.HEARTBEAT, 9.5)
    assert unheard(Watch(), again_at=1) == Watch()
