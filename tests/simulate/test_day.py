"""The story of a PC: the same for the same seed, in order, and like an office."""

from __future__ import annotations

from itertools import takewhile

from microsip_manager.simulate.day import BEGIN, DAY, HOUR, Happening, What, happenings


def days(number: int, count: int = 1, seed: int = 485) -> list[Happening]:
    return list(takewhile(lambda one: one.at < count * DAY, happenings(seed, number)))


def test_the_same_seed_tells_the_same_story_and_another_one_another() -> None:
    assert days(7) == days(7)
    assert days(7) != days(7, seed=486)
    assert days(7) != days(8)


def test_a_story_goes_on_in_order_from_day_to_day() -> None:
    for number in range(50):
        story = days(number, count=3)

        assert story == sorted(story, key=lambda one: one.at)
        assert {int(one.at // DAY) for one in story} == {0, 1, 2}


def test_nearly_everybody_is_at_work_when_a_simulation_begins() -> None:
    there = 0
    for number in range(300):
        before = [one.what for one in days(number) if one.at < BEGIN]
        there += before.count(What.OPEN) > before.count(What.CLOSE)

    assert there > 280


def test_an_office_telephones_all_day_and_some_of_it_goes_wrong() -> None:
    told = [one for number in range(300) for one in days(number)]

    assert 15 < sum(one.what is What.CALL for one in told) / 300 < 60
    assert {one.what for one in told} == set(What)
    assert sum(one.what is What.CLOSE and one.at > 16 * HOUR for one in told) > 250
