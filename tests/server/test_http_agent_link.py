"""The link to an agent's own port: every way an answer can be, and every way it can be missing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from ipaddress import ip_network

import httpx2
import pytest

from microsip_manager.server.agent_questions import AgentQuestions
from microsip_manager.server.errors import AgentRefused, AgentSilent
from microsip_manager.server.gateway import Gateway
from microsip_manager.server.http_agent_link import HttpAgentLink, agent_client
from microsip_manager.wire.clients import AgentStatus, ClientState
from microsip_manager.wire.codec import encode
from microsip_manager.wire.commands import COMMAND_LIMIT, DndAnswer, DndOutcome, decode_set_dnd
from microsip_manager.wire.messages import (
    DisplayMessage,
    MessageAnswer,
    MessageOutcome,
    MessageReport,
    MessageState,
    decode_display_message,
)
from microsip_manager.wire.phone import PhoneStatus
from microsip_manager.wire.phone_settings import (
    SETTINGS_ANSWER_LIMIT,
    GetSetting,
    SettingsAnswer,
    SettingValue,
    decode_get_setting,
)
from microsip_manager.wire.problems import STATUS_OF, ProblemCode, dnd_problem, message_problem, problem
from tests.fakes.clock import HandClock

NETWORKS = [ip_network("192.0.2.0/24"), ip_network("2001:db8::/32")]
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def nikita(address: str = "192.0.2.17") -> ClientState:
    return ClientState("NIKITA", "485", PhoneStatus.ONLINE, NOON, NOON, address, 8084, "0.1.0", False)


def asking(http: httpx2.AsyncClient) -> AgentQuestions:
    clock = HandClock()
    return AgentQuestions(Gateway([HttpAgentLink(http, NETWORKS, clock)], lambda _: None, clock, 1.0))


def set_dnd(handler: Callable[[httpx2.Request], httpx2.Response], client: ClientState | None = None) -> DndAnswer:
    async def ask() -> DndAnswer:
        async with agent_client(1.0, httpx2.MockTransport(handler)) as http:
            return await asking(http).set_dnd(client or nikita(), True)

    return asyncio.run(ask())


def status(handler: Callable[[httpx2.Request], httpx2.Response]) -> AgentStatus:
    async def ask() -> AgentStatus:
        async with agent_client(1.0, httpx2.MockTransport(handler)) as http:
            return await asking(http).status(nikita())

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


def test_less_than_all_the_time_is_spent_on_connecting() -> None:
    seen: list[httpx2.Request] = []

    def agent(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return applied("NIKITA")

    set_dnd(agent)

    assert seen[0].extensions["timeout"]["connect"] == pytest.approx(0.5), "of one second"


def test_a_command_says_how_long_it_is_waited_for_less_what_connecting_may_take() -> None:
    seen: list[httpx2.Request] = []

    def agent(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return applied("NIKITA")

    set_dnd(agent)
    with pytest.raises(AgentSilent):
        status(agent)

    assert [request.headers.get("command-seconds") for request in seen] == ["0.500", None]


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


ID = "0f3c2a9d5b7e4c18a6d2e0f493b7c581"
Handler = Callable[[httpx2.Request], httpx2.Response]


def settings(handler: Handler) -> SettingsAnswer:
    async def ask() -> SettingsAnswer:
        async with agent_client(1.0, httpx2.MockTransport(handler)) as http:
            return await asking(http).get_setting(nikita(), GetSetting(name="DND"))

    return asyncio.run(ask())


def display(handler: Handler) -> MessageAnswer:
    async def ask() -> MessageAnswer:
        async with agent_client(1.0, httpx2.MockTransport(handler)) as http:
            return await asking(http).display_message(nikita(), DisplayMessage("Hello", id=ID))

    return asyncio.run(ask())


def report(handler: Handler) -> MessageReport:
    async def ask() -> MessageReport:
        async with agent_client(1.0, httpx2.MockTransport(handler)) as http:
            return await asking(http).message(nikita(), ID)

    return asyncio.run(ask())


def test_settings_are_asked_for_by_the_name_of_the_pc() -> None:
    told = SettingsAnswer("NIKITA", "x.ini", "Settings", {"DND": SettingValue(True, "1")})
    seen: list[httpx2.Request] = []

    def agent(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return answer(200, encode(told))

    assert settings(agent) == told
    assert str(seen[0].url) == "http://192.0.2.17:8084/api/get_setting"
    assert decode_get_setting(seen[0].content) == GetSetting(name="DND", hostname="NIKITA")


def test_an_answer_with_many_settings_is_taken_and_an_endless_one_is_not() -> None:
    many = {f"k{number}": SettingValue(True, "x" * 255) for number in range(300)}
    told = SettingsAnswer("NIKITA", "x.ini", "Settings", many)
    assert len(encode(told)) > COMMAND_LIMIT

    assert settings(lambda _: answer(200, encode(told))) == told
    with pytest.raises(AgentSilent, match="larger"):
        settings(lambda _: answer(200, b"x" * (SETTINGS_ANSWER_LIMIT + 1)))


@pytest.mark.parametrize("code", [ProblemCode.UNKNOWN_SETTING, ProblemCode.NOT_RUNNING, ProblemCode.INI_UNREADABLE])
def test_a_refusal_of_an_agent_is_told_as_it_says(code: ProblemCode) -> None:
    with pytest.raises(AgentRefused, match="in words") as refusal:
        settings(lambda _: answer(STATUS_OF[code].value, problem(code, "in words").encode()))

    assert refusal.value.code is code


def test_a_command_that_the_agent_left_undone_at_its_deadline_has_timed_out() -> None:
    late = problem(ProblemCode.TIMEOUT, "Its turn came after its deadline.").encode()

    with pytest.raises(AgentSilent, match="after its deadline") as silence:
        settings(lambda _: answer(504, late))
    assert not silence.value.in_time
    assert set_dnd(lambda _: answer(504, late)).outcome is DndOutcome.TIMEOUT


def test_an_agent_that_is_too_old_is_silent_with_its_reason() -> None:
    with pytest.raises(AgentSilent, match="has no /api/get_setting"):
        settings(lambda _: answer(404, problem(ProblemCode.NOT_FOUND, "The agent has no /api/get_setting.").encode()))


def test_an_agent_that_tells_a_secret_is_not_believed() -> None:
    told = b'{"hostname":"NIKITA","ini":"x","section":"A","settings":{"p":{"present":true,"secret":true,"value":"s"}}}'

    with pytest.raises(AgentSilent, match="not an agent"):
        settings(lambda _: answer(200, told))


@pytest.mark.parametrize("outcome", [MessageOutcome.SHOWN, MessageOutcome.QUEUED])
def test_a_message_goes_out_with_its_id_and_whom_it_is_for(outcome: MessageOutcome) -> None:
    told = MessageAnswer("NIKITA", ID, outcome)

    def agent(request: httpx2.Request) -> httpx2.Response:
        assert decode_display_message(request.content) == DisplayMessage("Hello", id=ID, hostname="NIKITA")
        return answer(200, encode(told))

    assert display(agent) == told


def test_a_message_not_shown_is_an_answer() -> None:
    told = MessageAnswer("NIKITA", ID, MessageOutcome.NOT_SHOWN, "20 messages wait already")

    assert display(lambda _: answer(503, message_problem(told).encode())) == told


def test_what_became_of_a_message_is_asked_for_by_its_id() -> None:
    told = MessageReport("NIKITA", ID, MessageState.ANSWERED, "OK", NOON, NOON, NOON)

    def agent(request: httpx2.Request) -> httpx2.Response:
        assert (request.method, request.url.path) == ("GET", f"/api/messages/{ID}")
        return answer(200, encode(told))

    assert report(agent) == told


def test_a_message_the_agent_has_forgotten_is_unknown() -> None:
    with pytest.raises(AgentRefused, match="no longer"):
        report(lambda _: answer(404, problem(ProblemCode.UNKNOWN_MESSAGE, "not known, or no longer").encode()))


def test_a_button_with_a_hostile_label_does_not_reach_a_screen() -> None:
    told = MessageReport("NIKITA", ID, MessageState.ANSWERED, "OK", NOON, NOON, NOON)
    hostile = encode(told).replace(b'"OK"', b'"\\u202eKO"')

    with pytest.raises(AgentSilent, match="not an agent"):
        report(lambda _: answer(200, hostile))
