"""The server's signed requests at the agent's own application, and answers that somebody in between has made."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime

import httpx2
import pytest

from microsip_manager.agent.callers import everybody, this_pc_only
from microsip_manager.agent.http_api import create_agent_app
from microsip_manager.agent.message_board import MessageBoard
from microsip_manager.agent.reports import Identity
from microsip_manager.agent.server_clock import DATE_LAG, ServerClock
from microsip_manager.agent.signed_requests import SignedRequests
from microsip_manager.agent.simulated_screen import SimulatedScreen
from microsip_manager.server.agent_questions import AgentQuestions
from microsip_manager.server.errors import AgentSilent
from microsip_manager.server.gateway import Gateway
from microsip_manager.server.http_agent_link import HttpAgentLink, agent_client
from microsip_manager.settings.declared import AGENT_NETWORKS
from microsip_manager.wire.clients import AgentStatus, ClientState
from microsip_manager.wire.commands import DndAnswer, DndOutcome
from microsip_manager.wire.phone import PhoneStatus
from microsip_manager.wire.signature import SIGNATURE
from tests.fakes.clock import HandClock
from tests.fakes.softphone import ScriptedPhone

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
NETWORKS = AGENT_NETWORKS.read(AGENT_NETWORKS.default)
SERVER = "10.0.0.1"
KEY, OTHER_KEY = b"k" * 32, b"x" * 32


@dataclass(frozen=True)
class Told:
    """An answer on its way."""

    status: int
    body: bytes
    shown: str | None
    """Its signature."""

    def arriving(self) -> httpx2.Response:
        """As a stream, as answers from a network do."""

        async def content() -> AsyncIterator[bytes]:
            yield self.body

        headers = {SIGNATURE: self.shown} if self.shown is not None else {}
        return httpx2.Response(self.status, content=content(), headers=headers)


Between = Callable[[Told], Told]


def client(hostname: str = "NIKITA", address: str = "10.0.0.17", port: int = 8084) -> ClientState:
    return ClientState(hostname, "485", PhoneStatus.ONLINE, NOON, NOON, address, port, "0.1.0", False)


class Office:
    """A server, NIKITA's agent, and somebody between them who may do what he likes."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.keys: dict[str, bytes] = {"NIKITA": KEY}
        """What the server keeps."""
        self.agents_keys = [KEY]
        self.may_call = this_pc_only
        self.phone = ScriptedPhone()
        self.board = MessageBoard(SimulatedScreen(), self.clock)
        self.server_clock = ServerClock(self.clock)
        self.server_clock.heard(format_datetime(self.clock.now(), usegmt=True), self.clock.monotonic())
        self.clock.forward(DATE_LAG + 1)
        self.requests: list[httpx2.Request] = []
        self.between: Between = lambda answer: answer
        signed = SignedRequests("NIKITA", lambda: self.agents_keys, self.server_clock, self.clock, lambda: None)
        self.http = create_agent_app(
            self.phone, self.board, Identity("NIKITA"), may_call=lambda address: self.may_call(address), signed=signed
        ).test_client()

    def carry(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        return self.between(self.at_the_agent(request)).arriving()

    def at_the_agent(self, request: httpx2.Request) -> Told:
        answer = self.http.open(
            request.url.raw_path.decode(),
            method=request.method,
            data=request.content,
            headers=dict(request.headers),
            environ_base={"REMOTE_ADDR": SERVER},
        )
        return Told(answer.status_code, answer.data, answer.headers.get(SIGNATURE))

    def set_dnd(self, whom: ClientState | None = None) -> DndAnswer:
        async def ask() -> DndAnswer:
            async with agent_client(1.0, httpx2.MockTransport(self.carry)) as http:
                return await self._questions(http).set_dnd(whom or client(), True)

        return asyncio.run(ask())

    def status(self) -> AgentStatus:
        async def ask() -> AgentStatus:
            async with agent_client(1.0, httpx2.MockTransport(self.carry)) as http:
                return await self._questions(http).status(client())

        return asyncio.run(ask())

    def _questions(self, http: httpx2.AsyncClient) -> AgentQuestions:
        link = HttpAgentLink(http, NETWORKS, self.clock, lambda whom: self.keys.get(whom.hostname))
        return AgentQuestions(Gateway([link], lambda _: None, self.clock, 1.0))


@pytest.fixture
def office() -> Iterator[Office]:
    made = Office()
    yield made
    made.board.stop()


def test_what_the_server_signs_the_agent_carries_out_and_its_answer_is_believed(office: Office) -> None:
    assert office.set_dnd() == DndAnswer("NIKITA", DndOutcome.APPLIED, True)
    assert office.status().hostname == "NIKITA"

    assert office.phone.commands == [True]
    assert len({request.headers[SIGNATURE] for request in office.requests}) == 2


def test_a_failure_that_the_agent_signs_is_believed_too(office: Office) -> None:
    office.phone.error = ZeroDivisionError()

    assert "the agent refused: The agent met an error" in office.set_dnd().detail


def with_another_body(answer: Told) -> Told:
    changed = replace(answer, body=answer.body.replace(b'"dnd":true', b'"dnd":false'))
    assert changed != answer
    return changed


def with_another_status(answer: Told) -> Told:
    return replace(answer, status=503)


def without_signature(answer: Told) -> Told:
    return replace(answer, shown=None)


def with_the_signature_of_nothing(answer: Told) -> Told:
    return replace(answer, shown="v1=" + "0" * 64)


@pytest.mark.parametrize(
    "forge", [with_another_body, with_another_status, without_signature, with_the_signature_of_nothing]
)
def test_an_answer_that_somebody_has_changed_is_not_believed(office: Office, forge: Between) -> None:
    office.between = forge

    told = office.set_dnd()

    assert (told.outcome, told.dnd) == (DndOutcome.UNREACHABLE, None)
    assert "the answer from 10.0.0.17, port 8084 is not signed by this client's agent" in told.detail


def test_the_answer_to_an_earlier_request_is_not_believed(office: Office) -> None:
    kept: list[Told] = []

    def keep(answer: Told) -> Told:
        kept.append(answer)
        return kept[0]

    office.between = keep
    assert office.status().hostname == "NIKITA"

    with pytest.raises(AgentSilent, match="not signed"):
        office.status()


def test_a_request_that_somebody_repeats_is_not_carried_out_twice(office: Office) -> None:
    office.set_dnd()

    assert office.at_the_agent(office.requests[0]).status == 403
    assert office.phone.commands == [True]


def test_a_refusal_without_a_signature_is_told_as_what_it_is(office: Office) -> None:
    office.agents_keys = [OTHER_KEY]

    told = office.set_dnd()

    assert "not signed by this client's agent; it says: The signature is not one of NIKITA's server" in told.detail
    assert office.phone.commands == []


def test_what_another_pc_gets_it_does_not_carry_out(office: Office) -> None:
    office.keys["OLGA"] = KEY

    assert "it says: The signature is not one of NIKITA's server" in office.set_dnd(client("OLGA")).detail
    assert office.phone.commands == []


def test_an_agent_without_a_key_is_asked_without_a_signature(office: Office) -> None:
    office.keys.clear()
    assert "The agent serves its own PC" in office.set_dnd().detail

    office.may_call = everybody
    assert office.set_dnd().outcome is DndOutcome.APPLIED
    assert not any(SIGNATURE in request.headers for request in office.requests)


@pytest.mark.parametrize(
    ("whom", "why"),
    [
        (client(address="8.8.8.8"), "outside AGENT_NETWORKS"),
        (client(address="169.254.169.254"), "not the address of a PC"),
        (client(port=22), "at port 22"),
    ],
)
def test_where_no_agent_can_be_nobody_is_asked(office: Office, whom: ClientState, why: str) -> None:
    told = office.set_dnd(whom)

    assert told.outcome is DndOutcome.UNREACHABLE
    assert why in told.detail
    assert office.requests == []
