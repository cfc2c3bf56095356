"""Commands that have ended are events, for the stream and for webhooks."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress

import pytest

from microsip_manager.server.agent_questions import AgentQuestions
from microsip_manager.server.command_news import CommandNews
from microsip_manager.server.errors import AgentSilent
from microsip_manager.server.event_feed import EventFeed
from microsip_manager.server.event_query import EventQuery
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.gateway import Gateway
from microsip_manager.server.local_bus import LocalBus
from microsip_manager.wire.clients import ClientState
from microsip_manager.wire.codec import encode
from microsip_manager.wire.command_log import CommandRecord
from microsip_manager.wire.events import CommandEnded, Event, EventKind
from microsip_manager.wire.messages import DisplayMessage
from microsip_manager.wire.phone_settings import GetSetting
from microsip_manager.wire.telephone import TelephoneAction, TelephoneCommand
from tests.fakes.clock import HandClock
from tests.server.conftest import beat_of
from tests.server.test_gateway import APPLIED, FakeWay


@pytest.fixture
def way() -> FakeWay:
    return FakeWay("link")


@pytest.fixture
def told(bus: LocalBus) -> list[CommandRecord]:
    found: list[CommandRecord] = []

    def hear(event: Event) -> None:
        if isinstance(event, CommandEnded):
            found.append(event.command)

    bus.subscribe(hear)
    return found


@pytest.fixture
def recorded() -> list[CommandRecord]:
    return []


@pytest.fixture
def gateway(way: FakeWay, recorded: list[CommandRecord], bus: LocalBus, clock: HandClock) -> Gateway:
    return Gateway([way], CommandNews(recorded.append, bus), clock, 0.2)


@pytest.fixture
def nikita(fleet: Fleet) -> ClientState:
    fleet.record(beat_of("NIKITA"), "192.0.2.17")
    return fleet.client("NIKITA")


@pytest.mark.usefixtures("asked_from_192_0_2_10")
def test_a_command_is_told_once_when_it_has_ended(
    gateway: Gateway, nikita: ClientState, told: list[CommandRecord], recorded: list[CommandRecord]
) -> None:

    asyncio.run(gateway.command(nikita, "set_dnd on", "/api/set_dnd", b"{}"))

    assert told == recorded[1:]
    [command] = told
    assert (command.hostname, command.command, command.issuer) == ("NIKITA", "set_dnd on", "192.0.2.10")
    assert (command.outcome, command.late) == ("applied", "")


def test_a_late_answer_is_told_beside_the_outcome(
    gateway: Gateway, nikita: ClientState, way: FakeWay, told: list[CommandRecord]
) -> None:
    way.reply = AgentSilent("slow", in_time=False)
    with pytest.raises(AgentSilent):
        asyncio.run(gateway.command(nikita, "set_dnd on", "/api/set_dnd", b"{}"))

    way.late[0](APPLIED)

    assert [(command.outcome, command.late) for command in told] == [("timeout", ""), ("timeout", "applied")]
    assert told[0].id == told[1].id


def test_neither_texts_nor_numbers_nor_names_of_settings_are_told(
    gateway: Gateway, nikita: ClientState, told: list[CommandRecord]
) -> None:
    agents = AgentQuestions(gateway)

    async def ask() -> None:
        with suppress(AgentSilent):
            await agents.telephone(nikita, TelephoneCommand(TelephoneAction.DIAL, "5550199"))
        with suppress(AgentSilent):
            await agents.display_message(nikita, DisplayMessage(text="5550199", title="5550199"))
        with suppress(AgentSilent):
            await agents.get_setting(nikita, GetSetting(names=["5550199"]))

    asyncio.run(ask())

    assert [command.command for command in told] == ["telephone dial", "display_message", "get_setting"]
    assert b"5550199" not in encode(told)


def test_the_stream_tells_only_the_commands_that_are_asked_for(
    gateway: Gateway, nikita: ClientState, fleet: Fleet, bus: LocalBus
) -> None:
    feed = EventFeed(fleet, bus)
    fleet.record(beat_of("OLGA"), "192.0.2.18")

    async def follow() -> bytes:
        query = EventQuery(kinds=frozenset({EventKind.COMMAND}), client_keys=frozenset({"nikita"}))
        async with asyncio.timeout(10), aclosing(feed.stream(query)) as stream:
            assert await anext(stream)
            assert b'"clients":[]' in await anext(stream)
            fleet.record(beat_of("NIKITA", dnd=True), "192.0.2.17")
            await gateway.command(fleet.client("OLGA"), "set_dnd on", "/api/set_dnd", b"{}")
            await gateway.command(nikita, "set_dnd off", "/api/set_dnd", b"{}")
            return await anext(stream)

    chunk = asyncio.run(follow())

    assert chunk.count(b"\nevent: command\n") == 1
    assert b'"command":"set_dnd off"' in chunk
