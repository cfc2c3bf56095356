"""A telephone command on its way to an agent's own port: it goes out once, and its outcome is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx2
import pytest

from microsip_manager.server.http_agent_link import HttpAgentLink, agent_client
from microsip_manager.wire.codec import encode
from microsip_manager.wire.problems import ProblemCode, problem, telephone_problem
from microsip_manager.wire.telephone import (
    TelephoneAction,
    TelephoneAnswer,
    TelephoneCommand,
    TelephoneOutcome,
    decode_telephone_command,
)
from tests.server.test_http_agent_link import answer, nikita, nobody, slow, torn

DIAL = TelephoneCommand(TelephoneAction.DIAL, number="101")


def dial(agent: Callable[[httpx2.Request], httpx2.Response]) -> tuple[TelephoneAnswer, list[httpx2.Request]]:
    """The answer, and the requests that the agent got."""
    seen: list[httpx2.Request] = []

    def watched(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return agent(request)

    async def ask() -> TelephoneAnswer:
        async with agent_client(1.0, httpx2.MockTransport(watched)) as http:
            return await HttpAgentLink(http, 1.0).telephone(nikita(), DIAL)

    return asyncio.run(ask()), seen


def told(outcome: TelephoneOutcome, hostname: str = "NIKITA") -> TelephoneAnswer:
    return TelephoneAnswer(hostname, TelephoneAction.DIAL, outcome, "in words")


def test_the_order_names_whom_it_is_for() -> None:
    got, [request] = dial(lambda _: answer(200, encode(told(TelephoneOutcome.TAKEN))))

    assert got == told(TelephoneOutcome.TAKEN)
    assert str(request.url) == "http://192.0.2.17:8084/api/telephone"
    assert decode_telephone_command(request.content) == TelephoneCommand(
        TelephoneAction.DIAL, number="101", hostname="NIKITA"
    )


def test_an_outcome_inside_a_problem_is_the_answer() -> None:
    refused = told(TelephoneOutcome.NOT_REGISTERED)

    got, _ = dial(lambda _: answer(409, telephone_problem(refused).encode()))

    assert got == refused


@pytest.mark.parametrize(
    ("agent", "outcome", "said"),
    [
        (nobody, TelephoneOutcome.UNREACHABLE, "the PC may be off"),
        (torn, TelephoneOutcome.UNREACHABLE, "failed: RemoteProtocolError"),
        (slow, TelephoneOutcome.TIMEOUT, "did not answer within 1 s"),
        (
            lambda _: answer(404, problem(ProblemCode.NOT_FOUND, "The agent has no /api/telephone.").encode()),
            TelephoneOutcome.UNREACHABLE,
            "the agent refused: The agent has no /api/telephone.",
        ),
        (lambda _: answer(200, b"{}"), TelephoneOutcome.UNREACHABLE, "is not an agent of this system"),
        (
            lambda _: answer(200, encode(told(TelephoneOutcome.TAKEN, "OLGA"))),
            TelephoneOutcome.UNREACHABLE,
            "another client, OLGA",
        ),
    ],
)
def test_without_a_usable_answer_the_reason_is_told_and_nothing_is_sent_twice(
    agent: Callable[[httpx2.Request], httpx2.Response], outcome: TelephoneOutcome, said: str
) -> None:
    got, seen = dial(agent)

    assert got.outcome is outcome
    assert said in got.detail
    assert len(seen) == 1
