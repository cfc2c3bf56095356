"""Which server is asked: decisions about values, with chance at its two ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microsip_manager.agent.server_choice import (
    Choice,
    Pace,
    again_at,
    failed,
    first_choice,
    has_better,
    nobody_took,
    pace_of,
    probed_well,
    to_ask,
    to_probe,
    took,
)

PACE = Pace(first=1, longest=14, probe=10, return_after=60)
FIRST, SECOND, THIRD = 0, 1, 2


def with_second() -> Choice:
    """Three servers, of which the first failed and the second serves."""
    return took(failed(first_choice(3), FIRST, 0, PACE, 0), SECOND)


def test_at_first_they_are_asked_in_the_order_of_the_list() -> None:
    assert to_ask(first_choice(3), 0, PACE) == [FIRST, SECOND, THIRD]


def test_the_one_that_serves_comes_first_and_those_that_failed_last() -> None:
    assert to_ask(with_second(), 100, PACE) == [SECOND, THIRD, FIRST]


def test_while_nobody_serves_back_off_is_kept() -> None:
    choice = nobody_took(failed(first_choice(2), FIRST, 0, PACE, 0))

    assert to_ask(choice, 0.9, PACE) == [SECOND]
    assert to_ask(choice, 1, PACE) == [FIRST, SECOND]


@pytest.mark.parametrize(("chance", "pauses"), [(0, [1, 2, 4, 8, 14, 14]), (1, [0.5, 1, 2, 4, 7, 7])])
def test_back_off_doubles_up_to_its_limit_and_chance_halves_it_at_most(chance: float, pauses: list[float]) -> None:
    choice, found = first_choice(1), []
    for _ in pauses:
        choice = failed(choice, FIRST, 100, PACE, chance)
        found.append(again_at(choice) - 100)

    assert found == pauses


def test_a_thousand_failures_do_not_overflow() -> None:
    choice = first_choice(1)
    for _ in range(2000):
        choice = failed(choice, FIRST, 0, PACE, 0)

    assert again_at(choice) == PACE.longest


def test_a_success_forgets_the_failures() -> None:
    choice = failed(took(failed(first_choice(1), FIRST, 0, PACE, 0), FIRST), FIRST, 10, PACE, 0)

    assert again_at(choice) == 11


def test_only_better_servers_are_probed_and_the_best_first() -> None:
    choice = took(first_choice(3), THIRD)

    assert to_probe(choice, 0) == FIRST
    assert to_probe(probed_well(choice, FIRST, 0, PACE, 0), 0) == SECOND
    assert to_probe(took(choice, FIRST), 0) is None


def test_nobody_is_probed_while_nobody_serves() -> None:
    assert to_probe(nobody_took(took(first_choice(2), SECOND)), 0) is None


@pytest.mark.parametrize(("chance", "held"), [(0, 60), (1, 90)])
def test_a_better_server_is_returned_to_after_its_time_of_health(chance: float, held: float) -> None:
    choice = with_second()
    for at in range(100, 100 + int(held) + 1, 5):
        choice = probed_well(choice, FIRST, at, PACE, chance)
        expected = FIRST if at - 100 >= held else SECOND
        assert to_ask(choice, at, PACE)[0] == expected, at


def test_the_health_of_yesterday_does_not_count() -> None:
    choice = probed_well(with_second(), FIRST, 0, PACE, 0)

    assert to_ask(choice, 60, PACE)[0] == SECOND
    assert to_ask(probed_well(choice, FIRST, 60, PACE, 0), 60, PACE)[0] == SECOND


def test_the_pace_of_the_usual_heartbeat() -> None:
    assert pace_of(7, 60) == Pace(first=1, longest=14, probe=10.5, return_after=60)


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["took", "failed", "probed", "nobody"]),
        st.integers(0, 2),
        st.floats(0, 100),
        st.floats(0, 1),
    )
)


@given(EVENTS)
def test_whatever_happens_somebody_is_asked_soon(events: list[tuple[str, int, float, float]]) -> None:
    choice, now = first_choice(3), 0.0
    for kind, place, passed, chance in events:
        now += passed
        match kind:
            case "took":
                choice = took(choice, place)
            case "failed":
                choice = failed(choice, place, now, PACE, chance)
            case "probed":
                choice = probed_well(choice, place, now, PACE, chance)
            case _:
                choice = nobody_took(choice)

        asked = to_ask(choice, now, PACE)
        assert len(set(asked)) == len(asked)
        assert asked or again_at(choice) - now <= PACE.longest
        assert not choice.serving or set(asked) == {FIRST, SECOND, THIRD}


def test_a_link_leaves_a_server_only_for_a_better_one_that_has_proven_itself() -> None:
    choice = with_second()
    assert not has_better(choice, SECOND, 100, PACE), "the first has only failed"

    for now in range(100, 171, 10):
        choice = probed_well(choice, FIRST, now, PACE, 0)

    assert has_better(choice, SECOND, 170, PACE)
    assert not has_better(choice, FIRST, 170, PACE)
    assert has_better(took(choice, THIRD), SECOND, 170, PACE), "wherever other messages went meanwhile"
    assert not has_better(nobody_took(failed(with_second(), SECOND, 100, PACE, 0)), SECOND, 120, PACE)
