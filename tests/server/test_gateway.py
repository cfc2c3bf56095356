"""The one place that decides how a command travels, and keeps the log of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import nullcontext

import pytest

from microsip_manager.server.errors import AgentSilent
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.gateway import Gateway
from microsip_manager.server.ways import Reply, Request
from microsip_manager.wire.clients import ClientState
from microsip_manager.wire.command_log import PENDING, CommandRecord
from tests.fakes.clock import HandClock
from tests.server.conftest import beat_of

APPLIED = Reply(200, b'{"outcome":"applied"}')


class FakeWay:
    def __init__(self, name: str, *, open: bool = True) -> None:
        self.name = name
        self.open = open
        self.reply: Reply | AgentSilent = APPLIED
        self.asked: list[Request] = []
        self.at_once = 0
        self.most_at_once = 0
        self.late: list[Callable[[Reply], None]] = []
        self.hangs = False

    def reaches(self, client: ClientState) -> bool:
        return self.open

    async def ask(self, client: ClientState, request: Request, late: Callable[[Reply], None]) -> Reply:
        self.asked.append(request)
        self.late.append(late)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(3600 if self.hangs else 0)
        self.at_once -= 1
        if isinstance(self.reply, AgentSilent):
            raise self.reply
        return self.reply


@pytest.fixture
def link() -> FakeWay:
    return FakeWay("link")


@pytest.fixture
def http() -> FakeWay:
    return FakeWay("http")


@pytest.fixture
def log() -> list[CommandRecord]:
    return []


@pytest.fixture
def gateway(link: FakeWay, http: FakeWay, log: list[CommandRecord], clock: HandClock) -> Gateway:
    return Gateway([link, http], log.append, clock, 0.2)


@pytest.fixture
def client(fleet: Fleet) -> ClientState:
    fleet.record(beat_of("NIKITA"), "192.0.2.17")
    return fleet.client("NIKITA")


def command(gateway: Gateway, client: ClientState) -> Reply:
    return asyncio.run(gateway.command(client, "set_dnd on", "/api/set_dnd", b"{}"))


def test_a_command_goes_over_the_link_and_nowhere_else(
    gateway: Gateway, client: ClientState, link: FakeWay, http: FakeWay
) -> None:
    assert command(gateway, client) == APPLIED
    assert (len(link.asked), http.asked) == (1, [])


def test_a_link_that_does_not_answer_is_not_tried_again_by_port(
    gateway: Gateway, client: ClientState, link: FakeWay, http: FakeWay
) -> None:
    link.reply = AgentSilent("it did not answer", in_time=False)

    with pytest.raises(AgentSilent):
        command(gateway, client)

    assert http.asked == [], "the agent may be at it still: a second command would be carried out twice"


def test_without_a_link_it_goes_to_the_port(
    gateway: Gateway, client: ClientState, link: FakeWay, http: FakeWay
) -> None:
    link.open = False

    command(gateway, client)

    assert (link.asked, len(http.asked)) == ([], 1)


@pytest.mark.usefixtures("asked_from_192_0_2_10")
def test_a_command_is_recorded_with_issuer_deadline_and_one_result(
    gateway: Gateway, client: ClientState, log: list[CommandRecord], clock: HandClock
) -> None:
    command(gateway, client)

    begun, ended = log
    assert (begun.outcome, begun.ended_at, begun.issuer) == (PENDING, None, "192.0.2.10")
    assert (ended.id, ended.outcome, ended.way, ended.command) == (begun.id, "applied", "link", "set_dnd on")
    assert (ended.deadline - ended.asked_at).total_seconds() == 0.2


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (Reply(200, b"{}"), "ok"),
        (Reply(409, b'{"code":"denied","outcome":"denied"}'), "denied"),
        (Reply(404, b'{"code":"unknown-setting"}'), "unknown-setting"),
        (Reply(500, b"<html>"), "500"),
        (AgentSilent("off"), "unreachable"),
        (AgentSilent("slow", in_time=False), "timeout"),
    ],
)
def test_every_end_has_a_name(
    gateway: Gateway,
    client: ClientState,
    link: FakeWay,
    log: list[CommandRecord],
    reply: Reply | AgentSilent,
    outcome: str,
) -> None:
    link.reply = reply
    with nullcontext() if isinstance(reply, Reply) else pytest.raises(AgentSilent):
        command(gateway, client)

    assert log[-1].outcome == outcome


def test_a_late_answer_is_recorded_beside_the_result(
    gateway: Gateway, client: ClientState, link: FakeWay, log: list[CommandRecord]
) -> None:
    link.reply = AgentSilent("slow", in_time=False)
    with pytest.raises(AgentSilent):
        command(gateway, client)

    link.late[0](APPLIED)

    assert (log[-1].outcome, log[-1].late) == ("timeout", "applied")


def test_a_question_does_not_wait_behind_a_command(gateway: Gateway, client: ClientState, link: FakeWay) -> None:
    async def both() -> int:
        link.hangs = True
        hanging = asyncio.create_task(gateway.command(client, "set_dnd on", "/api/set_dnd", b"{}"))
        while not link.asked:
            await asyncio.sleep(0)
        link.hangs = False
        await gateway.question(client, "/api/status")
        hanging.cancel()
        return len(link.asked)

    assert asyncio.run(both()) == 2


def test_a_command_that_is_called_off_is_recorded_so(
    gateway: Gateway, client: ClientState, link: FakeWay, log: list[CommandRecord]
) -> None:
    async def call_off() -> None:
        link.hangs = True
        hanging = asyncio.create_task(gateway.command(client, "set_dnd on", "/api/set_dnd", b"{}"))
        while not link.asked:
            await asyncio.sleep(0)
        hanging.cancel()
        await asyncio.gather(hanging, return_exceptions=True)

    asyncio.run(call_off())
    assert log[-1].outcome == "interrupted"
