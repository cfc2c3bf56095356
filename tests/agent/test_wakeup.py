"""The pause of the heartbeat loop."""

from __future__ import annotations

from microsip_manager.agent.wakeup import Wakeup


def test_it_ends_by_itself_and_says_go_on() -> None:
    assert Wakeup().wait(0) is False


def test_a_ring_cuts_it_short_once() -> None:
    wakeup = Wakeup()

    wakeup.ring()

    assert wakeup.wait(60) is False
    assert wakeup.wait(0) is False


def test_after_a_stop_there_is_no_more_waiting() -> None:
    wakeup = Wakeup()

    wakeup.stop()

    assert wakeup.wait(60) is True
    wakeup.ring()
    assert wakeup.wait(60) is True
