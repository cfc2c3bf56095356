"""The memory for what was carried out already."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from microsip_manager.agent.seen_nonces import MOST_NONCES, SeenNonces

requests = st.lists(st.tuples(st.integers(0, 20), st.sampled_from("abcdefgh")), max_size=200)


@given(requests, st.integers(1, 10))
def test_nothing_is_new_twice_in_whatever_order_it_comes(sent: list[tuple[int, str]], most: int) -> None:
    seen = SeenNonces(most)
    new = [each for each in sent if seen.is_new(*each)]

    assert len(new) == len(set(new))
    assert len(seen) <= most


@given(st.lists(st.integers(0, 20), unique=True, max_size=9))
def test_while_there_is_room_all_that_differ_are_new(times: list[int]) -> None:
    seen = SeenNonces(10)

    assert all(seen.is_new(time, "a") for time in times)


def test_a_flood_does_not_grow_it_and_lets_nothing_old_in() -> None:
    seen = SeenNonces()

    assert all(seen.is_new(number // 100, f"{number:032x}") for number in range(10 * MOST_NONCES))

    assert len(seen) == MOST_NONCES
    assert not seen.is_new(0, "f" * 32), "it may have been one of those that were forgotten"
    assert seen.is_new(10 * MOST_NONCES, "f" * 32)
