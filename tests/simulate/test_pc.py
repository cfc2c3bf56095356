"""What happens to a simulated PC, and what comes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from microsip_manager.simulate.day import What
from microsip_manager.simulate.pc import SimulatedPc
from microsip_manager.wire.calls import CallDirection

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@pytest.fixture
def pc() -> SimulatedPc:
    made = SimulatedPc("SIM-00001", 1, 100)
    happen(made, What.BOOT, What.OPEN)
    return made


def happen(pc: SimulatedPc, *all_that: What) -> None:
    for what in all_that:
        pc.happen(what, NOW)


def test_microsip_cannot_be_started_on_a_pc_that_is_off(pc: SimulatedPc) -> None:
    happen(pc, What.CLOSE, What.SHUT_DOWN, What.OPEN)

    assert not pc.is_reachable
    assert not pc.beat().running


def test_a_cut_keeps_the_pc_from_being_reached_until_it_is_mended(pc: SimulatedPc) -> None:
    happen(pc, What.CUT)
    assert not pc.is_reachable

    happen(pc, What.MEND)
    assert pc.is_reachable


def test_a_call_is_told_when_it_has_ended(pc: SimulatedPc) -> None:
    assert pc.happen(What.CALL, NOW) is None

    call = pc.happen(What.HANG_UP, NOW + timedelta(seconds=90))

    assert call is not None
    assert (call.hostname, call.duration, call.ended) == ("SIM-00001", 90, True)
    assert pc.happen(What.HANG_UP, NOW) is None


def test_closing_microsip_ends_the_call(pc: SimulatedPc) -> None:
    happen(pc, What.CALL)

    assert pc.happen(What.CLOSE, NOW) is not None


def test_dnd_turns_a_caller_away(pc: SimulatedPc) -> None:
    happen(pc, What.CLICK)

    call = pc.happen(What.CALL, NOW)

    assert call is not None
    assert call.direction is CallDirection.REJECTED_BY_DND


def test_two_calls_have_two_ids(pc: SimulatedPc) -> None:
    first, second = (
        [pc.happen(What.CALL, NOW), pc.happen(What.HANG_UP, NOW + timedelta(seconds=1))][1] for _ in range(2)
    )

    assert first is not None
    assert second is not None
    assert first.id != second.id
