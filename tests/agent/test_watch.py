"""When a heartbeat goes out."""

from __future__ import annotations

from dataclasses import replace

from microsip_manager.agent.boundaries import CLOSED, PhoneView, Trouble
from microsip_manager.agent.watch import Watch, looked

OPEN = PhoneView(running=True, dnd=False, extension="485")
IN_DND = replace(OPEN, dnd=True)
HUNG = PhoneView(running=True, dnd=None, extension="485", trouble=Trouble.HUNG)


def beats(*looks: tuple[float, PhoneView]) -> list[bool]:
    """For each look, at these seconds, whether a heartbeat goes out."""
    watch, sent = Watch(), []
    for at, view in looks:
        watch, beat = looked(watch, view, at, interval=7)
        sent.append(beat)
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


def test_while_hung_the_last_known_dnd_counts() -> None:
    watch, _ = looked(Watch(), IN_DND, 0, 7)

    watch, at_once = looked(watch, HUNG, 1, 7)
    watch, later = looked(watch, HUNG, 7, 7)

    assert (watch.known_dnd, at_once, later) == (True, False, True)


def test_what_was_known_before_a_close_is_forgotten() -> None:
    watch, _ = looked(Watch(), IN_DND, 0, 7)
    watch, _ = looked(watch, CLOSED, 1, 7)
    watch, beat = looked(watch, HUNG, 2, 7)

    assert beat
    assert watch.known_dnd is False
