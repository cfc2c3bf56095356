"""What the fleet can ask of an agent, in the words of the agent's HTTP API, whichever way it travels."""

from __future__ import annotations

from typing import TypeVar

from msgspec import structs

from microsip_manager.server.errors import AgentRefused, AgentSilent
from microsip_manager.server.gateway import Gateway
from microsip_manager.server.ways import Reply
from microsip_manager.wire import paths
from microsip_manager.wire.clients import AgentStatus, ClientState, decode_agent_status
from microsip_manager.wire.codec import BadMessage, Decoder, encode
from microsip_manager.wire.commands import DndAnswer, DndOutcome, SetDnd, decode_dnd_answer
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
from microsip_manager.wire.problems import CODE_OF_OUTCOME, CODE_OF_TELEPHONE, Problem, ProblemCode, decode_problem
from microsip_manager.wire.telephone import TelephoneAnswer, TelephoneCommand, TelephoneOutcome, decode_telephone_answer

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


class AgentQuestions:
    """The `AgentLink` that asks through the gateway."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def status(self, client: ClientState) -> AgentStatus:
        reply = await self._gateway.question(client, paths.AGENT_STATUS)
        return _understood(client, reply, decode_agent_status)

    async def set_dnd(self, client: ClientState, enabled: bool) -> DndAnswer:
        order = encode(SetDnd(enabled, hostname=client.hostname))
        try:
            reply = await self._gateway.command(
                client, f"set_dnd {'on' if enabled else 'off'}", paths.AGENT_SET_DND, order
            )
            if (failed := _failed_dnd(client, reply)) is not None:
                return failed
            return _understood(client, reply, decode_dnd_answer)
        except AgentSilent as silence:
            outcome = DndOutcome.UNREACHABLE if silence.in_time else DndOutcome.TIMEOUT
            return DndAnswer(client.hostname, outcome, None, str(silence))

    async def telephone(self, client: ClientState, command: TelephoneCommand) -> TelephoneAnswer:
        order = encode(structs.replace(command, hostname=client.hostname))
        name = f"telephone {command.action.value}"
        try:
            reply = await self._gateway.command(client, name, paths.AGENT_TELEPHONE, order)
            if (failed := _failed_telephone(client, command, reply)) is not None:
                return failed
            return _understood(client, reply, decode_telephone_answer)
        except AgentSilent as silence:
            outcome = TelephoneOutcome.UNREACHABLE if silence.in_time else TelephoneOutcome.TIMEOUT
            return TelephoneAnswer(client.hostname, command.action, outcome, str(silence))

    async def get_setting(self, client: ClientState, wish: GetSetting) -> SettingsAnswer:
        order = encode(structs.replace(wish, hostname=client.hostname))
        reply = await self._gateway.command(
            client, "get_setting", paths.AGENT_GET_SETTING, order, SETTINGS_ANSWER_LIMIT
        )
        _check_refusal(reply)
        return _understood(client, reply, decode_settings_answer)

    async def display_message(self, client: ClientState, message: DisplayMessage) -> MessageAnswer:
        order = encode(structs.replace(message, hostname=client.hostname))
        reply = await self._gateway.command(client, "display_message", paths.AGENT_DISPLAY_MESSAGE, order)
        if (refused := _message_not_shown(client, reply)) is not None:
            return refused
        return _understood(client, reply, decode_message_answer)

    async def message(self, client: ClientState, id: str) -> MessageReport:
        reply = await self._gateway.question(client, f"{paths.AGENT_MESSAGES}/{id}")
        _check_refusal(reply)
        return _understood(client, reply, decode_message_report)


def _understood(client: ClientState, reply: Reply, decode: Decoder[Answer]) -> Answer:
    if reply.status != 200:
        found = _problem_in(reply.body)
        in_time = found is None or found.code != ProblemCode.TIMEOUT.value
        raise AgentSilent(f"the agent refused: {_detail_of(reply)}", in_time=in_time)
    try:
        answer = decode(reply.body)
    except BadMessage as error:
        raise AgentSilent(f"what answers at {client.address} is not an agent of this system: {error}") from None
    if hostname_key(answer.hostname) != hostname_key(client.hostname):
        raise AgentSilent(f"another client, {answer.hostname}, answers at {client.address} now")
    return answer


def _failed_dnd(client: ClientState, reply: Reply) -> DndAnswer | None:
    """The answer inside an agent's problem, if the problem tells of a DND outcome."""
    found = None if reply.status == 200 else _problem_in(reply.body)
    if found is None or found.outcome not in {outcome.value for outcome in CODE_OF_OUTCOME}:
        return None
    return DndAnswer(client.hostname, DndOutcome(found.outcome), found.dnd, found.detail[:500])


def _failed_telephone(client: ClientState, command: TelephoneCommand, reply: Reply) -> TelephoneAnswer | None:
    """The answer inside an agent's problem, if the problem tells of the outcome of a telephone command."""
    found = None if reply.status == 200 else _problem_in(reply.body)
    if found is None or found.outcome not in {outcome.value for outcome in CODE_OF_TELEPHONE}:
        return None
    return TelephoneAnswer(client.hostname, command.action, TelephoneOutcome(found.outcome), _detail_of(reply))


def _check_refusal(reply: Reply) -> None:
    """Raise `AgentRefused` when the agent understood the question and has a reason not to answer it."""
    found = None if reply.status == 200 else _problem_in(reply.body)
    if found is not None and found.code in PASSED_ON:
        raise AgentRefused(ProblemCode(found.code), _detail_of(reply))


def _message_not_shown(client: ClientState, reply: Reply) -> MessageAnswer | None:
    """The answer inside an agent's problem, if it tells that a message is not shown."""
    found = None if reply.status == 200 else _problem_in(reply.body)
    if found is None or found.code != ProblemCode.MESSAGE_NOT_SHOWN.value or found.id is None:
        return None
    return MessageAnswer(client.hostname, found.id, MessageOutcome.NOT_SHOWN, _detail_of(reply))


def _detail_of(reply: Reply) -> str:
    found = _problem_in(reply.body)
    return found.detail[:300] if found and found.detail.isprintable() else f"HTTP status {reply.status}"


def _problem_in(body: bytes) -> Problem | None:
    try:
        return decode_problem(body)
    except BadMessage:
        return None
