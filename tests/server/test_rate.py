"""How often somebody may ask."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from microsip_manager.server.rate import Rates


def test_a_burst_is_taken_and_then_so_many_a_second() -> None:
    rates = Rates(burst=3, per_second=2)

    assert [rates.wait("anna", 0.0) for _ in range(5)] == [0, 0, 0, 0.5, 0.5]
    assert rates.wait("anna", 0.5) == 0
    assert rates.wait("anna", 0.5) == 0.5


def test_one_caller_is_not_held_back_for_another() -> None:
    rates = Rates(burst=1, per_second=1)
    rates.wait("anna", 0.0)

    assert rates.wait("boris", 0.0) == 0
    assert rates.wait("anna", 0.0) == 1


def test_what_was_refused_does_not_count() -> None:
    rates = Rates(burst=1, per_second=1)
    rates.wait("anna", 0.0)
    for _ in range(100):
        rates.wait("anna", 0.5)

    assert rates.wait("anna", 1.0) == 0


def test_only_so_many_are_remembered_the_quiet_ones_go_first() -> None:
    rates = Rates(burst=1, per_second=0.001, most=2)
    for who in ("anna", "boris", "clara"):
        rates.wait(who, 0.0)

    assert len(rates) == 2
    assert rates.wait("clara", 1.0) > 0
    assert rates.wait("anna", 1.0) == 0


@given(st.lists(st.floats(0, 10), min_size=1, max_size=200))
def test_never_more_than_the_burst_and_the_rate_are_taken(pauses: list[float]) -> None:
    rates, now, taken = Rates(burst=5, per_second=3), 0.0, 0
    for pause in pauses:
        now += pause
        taken += rates.wait("anna", now) == 0

    assert taken <= 5 + 3 * now + 1e-6
