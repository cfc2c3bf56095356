"""How many commands begin at the same moment, without waiting for any."""

from __future__ import annotations

import asyncio

from microsip_manager.server.slots import Slot, Slots

LONG = 3600.0


async def turn() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


def test_a_slot_that_is_given_back_goes_to_whoever_waits_longest() -> None:
    async def talk() -> None:
        slots = Slots(1, LONG)
        first = await slots.take()
        second, third = (asyncio.create_task(slots.take()) for _ in range(2))
        await turn()
        assert not second.done()

        first.give_back()
        await turn()
        assert (second.done(), third.done()) == (True, False)

        (await second).give_back()
        (await third).give_back()
        (await slots.take()).give_back()

    asyncio.run(talk())


def test_whoever_takes_too_long_goes_on_without_its_slot_and_gives_it_back_once() -> None:
    async def talk() -> None:
        slots = Slots(1, 0.0)
        slow = await slots.take()

        quick = await asyncio.wait_for(slots.take(), 1)
        slow.give_back()
        quick.give_back()
        quick.give_back()

        held = Slots(1, LONG)
        slot = await held.take()
        slot.give_back()
        slot.give_back()
        taken: list[Slot] = [await held.take()]
        waiting = asyncio.create_task(held.take())
        await turn()
        assert not waiting.done(), "one slot, however often it was given back"
        taken[0].give_back()
        (await waiting).give_back()

    asyncio.run(talk())


def test_all_whose_time_is_up_go_on_without_their_slots() -> None:
    async def talk() -> None:
        slots = Slots(2, 0.01)
        quick, slow, slower = await slots.take(), await slots.take(), asyncio.create_task(slots.take())
        quick.give_back()
        await slower

        others = [await asyncio.wait_for(slots.take(), 1) for _ in range(4)]

        for slot in (slow, *others):
            slot.give_back()

    asyncio.run(talk())


def test_who_is_cancelled_while_waiting_takes_no_slot() -> None:
    async def talk() -> None:
        slots = Slots(1, LONG)
        first = await slots.take()
        waiting, woken, last = (asyncio.create_task(slots.take()) for _ in range(3))
        await turn()

        waiting.cancel()
        first.give_back()  # this wakes the second, unless it is cancelled in the same moment
        woken.cancel()
        await turn()

        assert woken.cancelled()
        (await asyncio.wait_for(last, 1)).give_back()
        (await asyncio.wait_for(slots.take(), 1)).give_back()

    asyncio.run(talk())
