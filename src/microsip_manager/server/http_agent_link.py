"""Speaks with an agent over HTTP on its own port, at the address its heartbeats come from."""

from __future__ import annotations

import asyncio
from typing import TypeVar

import httpx2
from msgspec import structs

from microsip_manager.server.errors import AgentRefused, AgentSilent
from microsip_manager.wire import paths
from microsip_manager.wire.clients import AgentStatus, ClientState, decode_agent_status
from microsip_manager.wire.codec import BadMessage, Decoder, encode
from microsip_manager.wire.commands import COMMAND_LIMIT, DndAnswer, DndOutcome, SetDnd, decode_dnd_answer
from microsip_manager.wire.messages import (
    DisplayMessage,
    MessageAnswer,
    MessageOutcome,
    MessageReport,
    decode_message_answer,
    decode_message_report,
)
from microsip_manager.wire.names import hostname_key
from microsip_manager.wire.phone_settings import (
    SETTINGS_ANSWER_LIMIT,
    GetSetting,
    SettingsAnswer,
    decode_settings_answer,
)
from microsip_manager.wire.problems import (
    CODE_OF_OUTCOME,
    CODE_OF_TELEPHONE,
    Problem,
    ProblemCode,
    decode_problem,
)
from microsip_manager.wire.telephone import (
    TelephoneAnswer,
    TelephoneCommand,
    TelephoneOutcome,
    decode_telephone_answer,
)

CONNECT_TIMEOUT = 3.0
"""Seconds. A PC that is off gives no answer at all, and a PC in the same company connects in milliseconds."""

PASSED_ON = {
    code.value
    for code in (
        ProblemCode.NOT_RUNNING,
        ProblemCode.UNKNOWN_SETTING,
        ProblemCode.INI_UNREADABLE,
        ProblemCode.UNKNOWN_MESSAGE,
    )
}
"""Problems of an agent that its server tells as its own."""

Answer = TypeVar("Answer", AgentStatus, DndAnswer, SettingsAnswer, MessageAnswer, MessageReport, TelephoneAnswer)


def agent_client(timeout: float, transport: httpx2.AsyncBaseTransport | None = None) -> httpx2.AsyncClient:
    """An HTTP client that goes nowhere but where it is told: no proxy from the environment, no redirects."""
    return httpx2.AsyncClient(
        timeout=httpx2.Timeout(timeout, connect=min(CONNECT_TIMEOUT, timeout), pool=timeout),
        # A connection kept open to a PC that has gone to sleep would fail the next command.
        limits=httpx2.Limits(max_connections=500, max_keepalive_connections=0),
        trust_env=False,
        follow_redirects=False,
        transport=transport,
    )


class HttpAgentLink:
    """The `AgentLink` that needs an open port on the PC."""

    def __init__(self, http: httpx2.AsyncClient, timeout: float) -> None:
        self._http = http
        self._timeout = timeout

    async def status(self, client: ClientState) -> AgentStatus:
        response, body = await self._ask(client, "GET", paths.AGENT_STATUS, b"")
        return _understood(client, response, body, decode_agent_status)

    async def set_dnd(self, client: ClientState, enabled: bool) -> DndAnswer:
        order = encode(SetDnd(enabled, hostname=client.hostname))
        try:
            response, body = await self._ask(client, "POST", paths.AGENT_SET_DND, order)
            if (failed := _failed_dnd(client, response, body)) is not None:
                return failed
            return _understood(client, response, body, decode_dnd_answer)
        except AgentSilent as silence:
            outcome = DndOutcome.UNREACHABLE if silence.in_time else DndOutcome.TIMEOUT
            return DndAnswer(client.hostname, outcome, None, str(silence))

    async def telephone(self, client: ClientState, command: TelephoneCommand) -> TelephoneAnswer:
        order = encode(structs.replace(command, hostname=client.hostname))
        try:
            response, body = await self._ask(client, "POST", paths.AGENT_TELEPHONE, order)
            if (failed := _failed_telephone(client, command, response, body)) is not None:
                return failed
            return _understood(client, response, body, decode_telephone_answer)
        except AgentSilent as silence:
            outcome = TelephoneOutcome.UNREACHABLE if silence.in_time else TelephoneOutcome.TIMEOUT
            return TelephoneAnswer(client.hostname, command.action, outcome, str(silence))

    async def get_setting(self, client: ClientState, wish: GetSetting) -> SettingsAnswer:
        order = encode(structs.replace(wish, hostname=client.hostname))
        response, body = await self._ask(client, "POST", paths.AGENT_GET_SETTING, order, SETTINGS_ANSWER_LIMIT)
        _check_refusal(response, body)
        return _understood(client, response, body, decode_settings_answer)

    async def display_message(self, client: ClientState, message: DisplayMessage) -> MessageAnswer:
        order = encode(structs.replace(message, hostname=client.hostname))
        response, body = await self._ask(client, "POST", paths.AGENT_DISPLAY_MESSAGE, order)
        if (refused := _message_not_shown(client, response, body)) is not None:
            return refused
        return _understood(client, response, body, decode_message_answer)

    async def message(self, client: ClientState, id: str) -> MessageReport:
        response, body = await self._ask(client, "GET", f"{paths.AGENT_MESSAGES}/{id}", b"")
        _check_refusal(response, body)
        return _understood(client, response, body, decode_message_report)

    async def _ask(
        self, client: ClientState, method: str, path: str, content: bytes, limit: int = COMMAND_LIMIT
    ) -> tuple[httpx2.Response, bytes]:
        """The agent's answer, all of it within the time-out and the size limit; raises `AgentSilent`."""
        where = f"{client.address}, port {client.port}"
        headers = {"content-type": "application/json"} if content else {}
        try:
            async with (
                asyncio.timeout(self._timeout),
                self._http.stream(method, _url(client, path), content=content, headers=headers) as response,
            ):
                return response, await _limited(response, limit)
        except httpx2.ConnectTimeout:
            raise AgentSilent(f"nothing answers at {where}; the PC may be off or a firewall in between") from None
        except (TimeoutError, httpx2.TimeoutException):
            raise AgentSilent(
                f"the agent at {where} did not answer within {self._timeout:g} s", in_time=False
            ) from None
        except httpx2.ConnectError:
            raise AgentSilent(f"no connection to {where}: no agent runs there") from None
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise AgentSilent(f"the connection to {where} failed: {type(error).__name__}") from None


def _url(client: ClientState, path: str) -> str:
    host = f"[{client.address.replace('%', '%25')}]" if ":" in client.address else client.address
    return f"http://{host}:{client.port}{path}"


async def _limited(response: httpx2.Response, limit: int) -> bytes:
    body = b""
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > limit:
            raise AgentSilent("the agent's answer is larger than an answer can be")
    return body


def _understood(client: ClientState, response: httpx2.Response, body: bytes, decode: Decoder[Answer]) -> Answer:
    if response.status_code != 200:
        raise AgentSilent(f"the agent refused: {_detail_of(response, body)}")
    try:
        answer = decode(body)
    except BadMessage as error:
        raise AgentSilent(f"what answers at {client.address} is not an agent of this system: {error}") from None
    if hostname_key(answer.hostname) != hostname_key(client.hostname):
        raise AgentSilent(f"another client, {answer.hostname}, answers at {client.address} now")
    return answer


def _failed_dnd(client: ClientState, response: httpx2.Response, body: bytes) -> DndAnswer | None:
    """The answer inside an agent's problem, if the problem tells of a DND outcome."""
    found = None if response.status_code == 200 else _problem_in(body)
    if found is None or found.outcome not in {outcome.value for outcome in CODE_OF_OUTCOME}:
        return None
    return DndAnswer(client.hostname, DndOutcome(found.outcome), found.dnd, found.detail[:500])


def _failed_telephone(
    client: ClientState, command: TelephoneCommand, response: httpx2.Response, body: bytes
) -> TelephoneAnswer | None:
    """The answer inside an agent's problem, if the problem tells of the outcome of a telephone command."""
    found = None if response.status_code == 200 else _problem_in(body)
    if found is None or found.outcome not in {outcome.value for outcome in CODE_OF_TELEPHONE}:
        return None
    return TelephoneAnswer(client.hostname, command.action, TelephoneOutcome(found.outcome), _detail_of(response, body))


def _check_refusal(response: httpx2.Response, body: bytes) -> None:
    """Raise `AgentRefused` when the agent understood the question and has a reason not to answer it."""
    found = None if response.status_code == 200 else _problem_in(body)
    if found is not None and found.code in PASSED_ON:
        raise AgentRefused(ProblemCode(found.code), _detail_of(response, body))


def _message_not_shown(client: ClientState, response: httpx2.Response, body: bytes) -> MessageAnswer | None:
    """The answer inside an agent's problem, if it tells that a message is not shown."""
    found = None if response.status_code == 200 else _problem_in(body)
    if found is None or found.code != ProblemCode.MESSAGE_NOT_SHOWN.value or found.id is None:
        return None
    return MessageAnswer(client.hostname, found.id, MessageOutcome.NOT_SHOWN, _detail_of(response, body))


def _detail_of(response: httpx2.Response, body: bytes) -> str:
    found = _problem_in(body)
    return found.detail[:300] if found and found.detail.isprintable() else f"HTTP status {response.status_code}"


def _problem_in(body: bytes) -> Problem | None:
    try:
        return decode_problem(body)
    except BadMessage:
        return None
