"""The loop that attends to the wishes of all clients."""

from __future__ import annotations

import asyncio

import pytest

from microsip_manager.server.fleet import Fleet
from microsip_manager.server.wishes import Wishes
from microsip_manager.wire.clients import ClientState
from microsip_manager.wire.commands import DndAnswer, DndOutcome
from microsip_manager.wire.desired import WishState
from tests.fakes.agent_link import FakeAgents
from tests.fakes.wish_store import MemoryWishStore
from tests.server.conftest import beat_of
from tests.server.wished_pc import order

ROUNDS = 2000
"""Of a loop that ends much earlier when all is well."""


class SomeHang(FakeAgents):
    """The agent of OLGA takes commands and answers nothing; that of PAVEL makes a defect of ours show."""

    async def set_dnd(self, client: ClientState, enabled: bool) -> DndAnswer:
        if client.hostname == "OLGA":
            await asyncio.Event().wait()
        if client.hostname == "PAVEL":
            raise RuntimeError("a defect")
        return await super().set_dnd(client, enabled)


@pytest.fixture
def agents() -> FakeAgents:
    return SomeHang()


def test_a_client_that_does_not_answer_and_a_defect_keep_no_other_client_waiting(
    fleet: Fleet, wishes: Wishes, agents: FakeAgents, wish_store: MemoryWishStore, caplog: pytest.LogCaptureFixture
) -> None:
    names = ("OLGA", "PAVEL", "NIKITA")
    rounds = iter(range(ROUNDS))

    async def wait(_: float) -> bool:
        await asyncio.sleep(0.001)
        return agents.dnd.get("NIKITA", False) or next(rounds, None) is None

    async def scene() -> None:
        for name in names:
            fleet.record(beat_of(name, running=False), "192.0.2.17")
            assert (await wishes.set_dnd(name, order(lasts=60, queue_for=600))).outcome is DndOutcome.QUEUED
        for name in names:
            fleet.record(beat_of(name), "192.0.2.17")
        await wishes.keep_up(wait)

    asyncio.run(scene())

    assert agents.dnd == {"NIKITA": True}
    assert "PAVEL: its wish waits after an error".lower() in caplog.text.lower()
    # What was under way is taken up by the next server.
    assert {wish.hostname: wish.state for wish in wish_store.current()}["OLGA"] is WishState.SETTING
