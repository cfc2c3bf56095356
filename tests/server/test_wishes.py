"""Desired DND, with one PC, its user, and a server that can be killed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

import pytest

from microsip_manager.server.errors import NotReady, UnknownClient
from microsip_manager.server.wish import ENFORCE_EVERY, SAVED_AFTER
from microsip_manager.wire.commands import DndAnswer, DndOutcome
from microsip_manager.wire.desired import Desired, WishEnd, WishState
from tests.server.wished_pc import NAME, WishedPc, order

MINUTES = 60.0
HOURS = 3600.0


@pytest.fixture
def pc() -> Iterator[WishedPc]:
    made = WishedPc()
    yield made
    made.close()


def how_it_ended(pc: WishedPc) -> WishEnd:
    return pc.ended[0].ended


def left(pc: WishedPc) -> tuple[bool, Desired | None]:
    """DND, and the wish for it."""
    return pc.button, pc.desired


def test_a_plain_command_leaves_no_wish_and_writes_nothing(pc: WishedPc) -> None:
    answer = pc.wish(order())

    assert answer.outcome is DndOutcome.APPLIED
    assert (pc.desired, pc.stored.writes) == (None, 0)


def test_dnd_for_a_while_is_on_and_then_off(pc: WishedPc) -> None:
    pc.wish(order(lasts=30 * MINUTES, reason="lunch"))
    assert pc.desired is not None
    assert (pc.desired.state, pc.desired.reason) == (WishState.HELD, "lunch")
    assert pc.desired.until == pc.clock.start + timedelta(minutes=30)

    pc.later(30 * MINUTES - 1)
    assert pc.button is True
    pc.later(2)

    assert pc.button is False
    pc.later(SAVED_AFTER)
    assert (pc.desired, how_it_ended(pc)) == (None, WishEnd.TIME_OVER)


def test_dnd_that_was_on_before_is_off_after_a_while_of_dnd(pc: WishedPc) -> None:
    pc.click()

    pc.wish(order(lasts=60))
    pc.later(61)

    assert pc.button is False


@pytest.mark.parametrize("before", [True, False])
def test_a_while_without_dnd_ends_as_it_was_before(pc: WishedPc, before: bool) -> None:
    if before:
        pc.click()

    pc.wish(order(False, lasts=60))
    assert pc.button is False
    pc.later(61)

    assert pc.button is before


def test_a_while_without_dnd_ends_as_it_was_before_the_wish_that_it_replaced(pc: WishedPc) -> None:
    pc.wish(order(lasts=600))
    pc.wish(order(False, lasts=60))

    pc.later(61)

    assert pc.button is False


def test_a_pc_that_is_off_is_a_plain_failure_and_nothing_is_queued(pc: WishedPc) -> None:
    pc.power_off()

    answer = pc.wish(order(lasts=60))
    pc.power_on()
    pc.later(10)

    assert answer.outcome is DndOutcome.UNREACHABLE
    assert (pc.button, pc.desired, how_it_ended(pc)) == (False, None, WishEnd.FAILED)


def test_a_queued_wish_is_set_when_the_pc_returns_and_lasts_from_then_on(pc: WishedPc) -> None:
    pc.power_off()
    pc.later(30)

    answer = pc.wish(order(lasts=60, queue_for=8 * HOURS))
    assert answer.outcome is DndOutcome.QUEUED
    assert pc.desired is not None
    assert (pc.desired.state, pc.desired.until, pc.desired.lasts) == (WishState.QUEUED, None, 60)
    pc.later(7 * HOURS, step=60)
    pc.power_on()
    pc.later(1)
    assert pc.button is True

    pc.later(70)
    assert left(pc) == (False, None)


def test_what_fails_only_because_the_pc_has_just_gone_is_queued_too(pc: WishedPc) -> None:
    pc.power_off()

    answer = pc.wish(order(lasts=60, queue_for=8 * HOURS))

    assert (answer.outcome, answer.detail) == (DndOutcome.QUEUED, "the PC is off")


def test_a_plain_wish_that_was_queued_is_over_once_it_is_set(pc: WishedPc) -> None:
    pc.power_off()
    pc.later(30)
    pc.wish(order(queue_for=8 * HOURS))

    pc.power_on()
    pc.later(1)

    assert (pc.button, pc.desired, how_it_ended(pc)) == (True, None, WishEnd.APPLIED)


def test_a_wish_whose_queue_is_over_never_fires(pc: WishedPc) -> None:
    pc.power_off()
    pc.later(30)
    pc.wish(order(lasts=60, queue_for=600))

    pc.later(601)
    assert how_it_ended(pc) is WishEnd.EXPIRED
    pc.power_on()
    pc.later(10)

    assert pc.sent == []


def test_a_wish_whose_queue_ends_while_the_server_is_down_never_fires(pc: WishedPc) -> None:
    pc.power_off()
    pc.later(30)
    pc.wish(order(lasts=60, queue_for=600))
    pc.crash()

    pc.later(601)
    pc.power_on()
    pc.boot()
    pc.later(10)

    assert pc.sent == []


def test_a_wish_that_would_end_before_the_pc_returns_never_fires(pc: WishedPc) -> None:
    pc.power_off()
    pc.later(30)
    pc.wish(order(until=pc.clock.now() + timedelta(minutes=5), queue_for=8 * HOURS))

    pc.later(301)
    pc.power_on()
    pc.later(10)

    assert pc.sent == []


def test_a_pc_that_is_off_at_the_end_is_switched_back_when_it_returns(pc: WishedPc) -> None:
    pc.wish(order(lasts=60))
    pc.later(10)
    pc.power_off()
    pc.later(600)
    assert pc.desired is not None
    assert pc.desired.state is WishState.ENDING

    pc.power_on()
    assert pc.button is True
    pc.later(1)
    assert pc.button is False
    pc.later(SAVED_AFTER)

    assert pc.desired is None


def test_a_newer_wish_takes_the_place_of_an_older_one(pc: WishedPc) -> None:
    pc.wish(order(lasts=60))
    pc.wish(order(lasts=600))

    pc.later(500)
    assert pc.button is True
    assert how_it_ended(pc) is WishEnd.REPLACED
    pc.later(101)

    assert pc.button is False


def test_a_plain_command_ends_the_wish_before_it(pc: WishedPc) -> None:
    pc.wish(order(lasts=60))
    pc.wish(order())

    pc.later(100)

    assert left(pc) == (True, None)


def test_a_newer_wish_that_fails_leaves_the_older_one(pc: WishedPc) -> None:
    pc.wish(order(lasts=60))
    pc.close_microsip()

    answer = pc.wish(order(lasts=600))
    assert answer.outcome is DndOutcome.NOT_RUNNING
    pc.open_microsip()
    pc.later(10)
    assert pc.button is True
    pc.later(60)

    assert left(pc) == (False, None)


def test_a_queued_wish_that_expires_still_switches_back_what_the_one_before_it_had_set(pc: WishedPc) -> None:
    pc.wish(order(lasts=600))
    pc.later(10)
    pc.power_off()
    pc.later(30)
    pc.wish(order(lasts=60, queue_for=60))

    pc.later(100)
    pc.power_on()
    pc.later(10)

    assert left(pc) == (False, None)


def test_a_user_who_clicks_wins(pc: WishedPc) -> None:
    pc.wish(order(lasts=600))
    pc.later(10)

    pc.click()
    pc.later(10)

    assert (pc.button, pc.desired, how_it_ended(pc)) == (False, None, WishEnd.BY_USER)
    pc.click()
    pc.later(1000)
    assert pc.button is True
    assert len(pc.sent) == 1


def test_a_heartbeat_that_was_overtaken_by_the_command_is_no_click(pc: WishedPc) -> None:
    pc.wish(order(lasts=600))
    pc.button = False
    pc.tell()
    pc.button = True
    pc.later(1)
    pc.tell()

    pc.later(10)

    assert pc.desired is not None
    assert pc.desired.state is WishState.HELD


def test_an_enforced_wish_is_set_again_but_not_all_the_time(pc: WishedPc) -> None:
    pc.wish(order(lasts=600, enforce=True))
    for _ in range(60):
        if pc.button:
            pc.click()
        pc.later(1)

    pauses = [after.ticks - before.ticks for before, after in pairwise(pc.sent)]
    assert len(pc.sent) > 5
    assert min(pauses) >= ENFORCE_EVERY
    pc.later(10)
    assert pc.button is True


def test_microsip_that_lost_dnd_by_a_kill_gets_it_again(pc: WishedPc) -> None:
    pc.wish(order(lasts=600))
    pc.later(2)
    pc.kill_microsip()
    pc.later(2)

    pc.open_microsip()
    assert pc.button is False
    pc.later(1)

    assert pc.button is True


def test_microsip_that_lost_dnd_and_is_back_before_anybody_looks_gets_it_again(pc: WishedPc) -> None:
    pc.wish(order(lasts=600))
    pc.later(2)

    pc.kill_microsip()
    pc.open_microsip()
    pc.later(10)

    assert pc.button is True
    assert pc.desired is not None


def test_microsip_that_lost_dnd_while_the_server_was_down_gets_it_again(pc: WishedPc) -> None:
    pc.wish(order(lasts=600))
    pc.later(2)
    pc.crash()
    pc.kill_microsip()
    pc.open_microsip()

    pc.boot()
    pc.later(3)

    assert pc.button is True
    assert pc.desired is not None


def test_a_wish_ends_on_time_although_the_server_was_down(pc: WishedPc) -> None:
    pc.wish(order(lasts=60))
    pc.later(10)
    pc.crash()
    pc.later(100)

    pc.boot()
    pc.later(2)
    assert pc.button is False
    pc.later(SAVED_AFTER)

    assert (pc.desired, how_it_ended(pc)) == (None, WishEnd.TIME_OVER)


def test_a_click_is_still_a_click_after_a_restart_of_the_server(pc: WishedPc) -> None:
    pc.wish(order(lasts=600))
    pc.later(2)
    pc.crash()
    pc.boot()
    pc.later(10)

    pc.click()
    pc.later(3)

    assert (pc.button, how_it_ended(pc)) == (False, WishEnd.BY_USER)


def test_a_command_whose_answer_was_lost_still_ends_on_time(pc: WishedPc) -> None:
    pc.answers_lost = 1

    assert pc.wish(order(lasts=60)).outcome is DndOutcome.TIMEOUT
    assert pc.button is True
    pc.later(70)

    assert left(pc) == (False, None)


def test_a_wish_is_stored_before_its_command_goes_out(pc: WishedPc) -> None:
    pc.stored.fails_with = "disk full"

    with pytest.raises(NotReady, match="disk full"):
        pc.wish(order(lasts=60))

    assert pc.sent == []
    assert pc.desired is None


def test_a_wish_waits_while_the_database_takes_nothing_and_goes_on_then(pc: WishedPc) -> None:
    pc.wish(order(lasts=60))
    pc.stored.fails_with = "disk full"
    pc.later(70)
    assert pc.button is True

    pc.stored.fails_with = None
    pc.later(20)

    assert left(pc) == (False, None)


def test_cancelling_ends_a_wish_as_its_time_would(pc: WishedPc) -> None:
    pc.wish(order(enforce=True))

    pc.cancel()
    assert pc.button is False
    pc.later(SAVED_AFTER + 1)

    assert (pc.button, pc.desired, how_it_ended(pc)) == (False, None, WishEnd.CANCELLED)


def test_microsip_that_lost_the_end_of_a_wish_by_a_kill_gets_it_again(pc: WishedPc) -> None:
    pc.wish(order(lasts=60))
    pc.later(61)
    assert pc.button is False
    pc.kill_microsip()
    pc.later(2)

    pc.open_microsip()
    assert pc.button is True
    pc.later(10)

    assert left(pc) == (False, None)


def test_a_click_right_after_the_end_is_the_users(pc: WishedPc) -> None:
    pc.wish(order(lasts=60))
    pc.later(61)

    pc.click()
    pc.later(20)

    assert left(pc) == (True, None)


def test_a_wish_for_dnd_off_is_off_at_the_end_although_microsip_had_lost_it(pc: WishedPc) -> None:
    pc.wish(order(lasts=600))
    pc.later(10)
    pc.wish(order(False, lasts=60))
    pc.kill_microsip()
    pc.later(70)

    pc.open_microsip()
    assert pc.button is True
    pc.later(10)

    assert left(pc) == (False, None)


def test_cancelling_what_waits_for_a_pc_forgets_it(pc: WishedPc) -> None:
    pc.power_off()
    pc.later(30)
    pc.wish(order(queue_for=600))

    pc.cancel()
    pc.power_on()
    pc.later(10)

    assert (pc.sent, pc.desired) == ([], None)


def test_cancelling_nothing_is_harmless(pc: WishedPc) -> None:
    pc.cancel()

    assert pc.sent == []


def test_somebody_who_sets_the_clock_forward_ends_a_wish_within_a_minute(pc: WishedPc) -> None:
    pc.wish(order(lasts=8 * HOURS))
    pc.later(5)

    pc.clock.somebody_sets_the_wall_clock(timedelta(hours=9))
    pc.later(70)

    assert left(pc) == (False, None)


def test_a_newer_wish_waits_for_the_command_of_the_older_one_and_comes_after_it(pc: WishedPc) -> None:
    async def both() -> list[DndAnswer]:
        older = asyncio.ensure_future(pc.service.set_dnd(NAME, order(lasts=60)))
        await asyncio.sleep(0)
        newer = asyncio.ensure_future(pc.service.set_dnd(NAME, order(False)))
        return [await older, await newer]

    answers = pc.run(both())
    pc.later(100)

    assert [answer.outcome for answer in answers] == [DndOutcome.APPLIED, DndOutcome.APPLIED]
    assert [sent.enabled for sent in pc.sent] == [True, False]
    assert left(pc) == (False, None)


def test_a_newer_wish_that_comes_while_a_queued_one_is_being_set_wins(pc: WishedPc) -> None:
    pc.power_off()
    pc.later(30)
    pc.wish(order(lasts=600, queue_for=600))
    pc.power_on()

    async def both() -> None:
        attending = asyncio.ensure_future(pc.service.attend())
        await asyncio.sleep(0)
        await pc.service.set_dnd(NAME, order(False, lasts=60))
        await attending

    pc.run(both())
    pc.later(5)

    assert pc.desired is not None
    assert (pc.button, pc.desired.enabled) == (False, False)
    assert how_it_ended(pc) is WishEnd.REPLACED


def test_nobody_makes_a_wish_for_an_unknown_client(pc: WishedPc) -> None:
    with pytest.raises(UnknownClient):
        pc.run(pc.service.set_dnd("OLGA", order()))


def test_a_client_that_is_not_known_at_the_start_shows_its_wish_when_it_comes(pc: WishedPc) -> None:
    pc.power_off()
    pc.later(30)
    pc.wish(order(queue_for=600))
    pc.crash()
    pc.clients._clients.clear()
    pc.boot()

    pc.power_on()
    pc.later(2)

    assert (pc.button, how_it_ended(pc)) == (True, WishEnd.APPLIED)
    assert pc.fleet.client(NAME).hostname == NAME
