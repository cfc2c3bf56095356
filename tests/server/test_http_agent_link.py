"""The link to an agent's own port: every way an answer can be, and every way it can be missing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import httpx2
import pytest

from microsip_manager.server.errors import AgentSilent
from microsip_manager.server.http_agent_link import HttpAgentLink, agent_client
from microsip_manager.wire.clients import AgentStatus, ClientState
from microsip_manager.wire.codec import encode
from microsip_manager.wire.commands import COMMAND_LIMIT, DndAnswer, DndOutcome, decode_set_dnd
from microsip_manager.wire.phone import PhoneStatus
from microsip_manager.wire.problems import ProblemCode, dnd_problem, problem

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def nikita(address: str = "192.0.2.17") -> ClientState:
    return ClientState("NIKITA", "485", PhoneStatus.ONLINE, NOON, NOON, address, 8084, "0.1.0", False)


def set_dnd(handler: Callable[[httpx2.Request], httpx2.Response], client: ClientState | None = None) -> DndAnswer:
    async def ask() -> DndAnswer:
        async with agent_client(1.0, httpx2.MockTransport(handler)) as http:
            return await HttpAgentLink(http, 1.0).set_dnd(client or nikita(), True)

    return asyncio.run(ask())


def status(handler: Callable[[httpx2.Request], httpx2.Response]) -> AgentStatus:
    async def ask() -> AgentStatus:
        async with agent_client(1.0, httpx2.MockTransport(handler)) as http:
            return await HttpAgentLink(http, 1.0).status(nikita())

    return asyncio.run(ask())


def answer(status: int, body: bytes, **headers: str) -> httpx2.Response:
    """An answer that arrives as a stream, as answers from a network do."""

    async def arriving() -> AsyncIterator[bytes]:
        yield body

    return httpx2.Response(status, content=arriving(), headers=headers)


def applied(hostname: str) -> httpx2.Response:
    return answer(200, encode(DndAnswer(hostname, DndOutcome.APPLIED, True)))


def test_the_order_names_whom_it_is_for() -> None:
    seen: list[httpx2.Request] = []

    def agent(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return applied("NIKITA")

    assert set_dnd(agent).outcome is DndOutcome.APPLIED
    assert str(seen[0].url) == "http://192.0.2.17:8084/api/set_dnd"
    assert decode_set_dnd(seen[0].content).hostname == "NIKITA"


def test_an_ipv6_address_is_put_in_brackets() -> None:
    def agent(request: httpx2.Request) -> httpx2.Response:
        assert request.url.host == "2001:db8::17"
        return applied("NIKITA")

    assert set_dnd(agent, nikita("2001:db8::17")).outcome is DndOutcome.APPLIED


def test_an_outcome_inside_a_problem_is_the_answer() -> None:
    told = DndAnswer("NIKITA", DndOutcome.HUNG, None, "MicroSIP does not answer")

    got = set_dnd(lambda _: answer(503, dnd_problem(told).encode()))

    assert got == told


def no_route(request: httpx2.Request) -> httpx2.Response:
    raise httpx2.ConnectError("no route", request=request)


def nobody(request: httpx2.Request) -> httpx2.Response:
    raise httpx2.ConnectTimeout("nobody", request=request)


def slow(request: httpx2.Request) -> httpx2.Response:
    raise httpx2.ReadTimeout("slow", request=request)


def torn(request: httpx2.Request) -> httpx2.Response:
    raise httpx2.RemoteProtocolError("torn", request=request)


@pytest.mark.parametrize(
    ("agent", "outcome", "said"),
    [
        (no_route, DndOutcome.UNREACHABLE, "no connection to 192.0.2.17, port 8084"),
        (nobody, DndOutcome.UNREACHABLE, "the PC may be off"),
        (slow, DndOutcome.TIMEOUT, "did not answer within 1 s"),
        (torn, DndOutcome.UNREACHABLE, "RemoteProtocolError"),
        (lambda _: applied("OLGA"), DndOutcome.UNREACHABLE, "another client, OLGA, answers at 192.0.2.17 now"),
        (lambda _: answer(200, b"<html>"), DndOutcome.UNREACHABLE, "is not an agent"),
        (lambda _: answer(200, b"x" * (COMMAND_LIMIT + 1)), DndOutcome.UNREACHABLE, "larger"),
        (
            lambda _: answer(403, problem(ProblemCode.NOT_ALLOWED, "not my server").encode()),
            DndOutcome.UNREACHABLE,
            "the agent refused: not my server",
        ),
        (lambda _: answer(302, b"", location="http://192.0.2.66"), DndOutcome.UNREACHABLE, "302"),
        (
            lambda _: answer(200, b'{"hostname":"NIKITA","outcome":"great","dnd":true}'),
            DndOutcome.UNREACHABLE,
            "Invalid enum value 'great'",
        ),
    ],
)
def test_whatever_goes_wrong_has_an_outcome_and_a_reason(
    agent: Callable[[httpx2.Request], httpx2.Response], outcome: DndOutcome, said: str
) -> None:
    got = set_dnd(agent)

    assert got.outcome is outcome
    assert got.dnd is None
    assert said in got.detail


def test_a_hostile_reason_does_not_reach_screens_or_logs() -> None:
    hostile = problem(ProblemCode.NOT_ALLOWED, "\x1b[2Jowned\nline").encode()

    got = set_dnd(lambda _: answer(403, hostile))

    assert got.detail == "the agent refused: HTTP status 403"


def test_a_status_of_another_pc_is_not_taken_for_this_one() -> None:
    other = AgentStatus("OLGA", "486", PhoneStatus.ONLINE, True, False, "0.1.0")

    with pytest.raises(AgentSilent, match="another client, OLGA"):
        status(lambda _: answer(200, encode(other)))
