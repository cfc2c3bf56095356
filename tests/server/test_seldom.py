"""The same thing is not logged again and again, and nobody fills the log with invented names."""

from __future__ import annotations

from microsip_manager.server.seldom import EVERY, MOST, Seldom


def test_of_each_it_is_told_once_a_minute() -> None:
    seldom = Seldom()

    told = [seldom.may_tell(about, now) for about, now in (("a", 0.0), ("a", 59.9), ("b", 59.9), ("a", EVERY))]

    assert told == [True, False, True, True]


def test_of_more_than_a_thousand_in_a_minute_nothing_is_told_until_there_is_room_again() -> None:
    seldom = Seldom()

    assert all(seldom.may_tell(f"invented {number}", number / MOST) for number in range(MOST))
    assert not seldom.may_tell("one more", 1.0)
    assert seldom.may_tell("one more", EVERY + 1.0)
