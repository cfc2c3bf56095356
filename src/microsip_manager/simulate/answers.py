"""What a simulated PC answers to the requests of a server.

The frequent ones are answered here, for thousands of PCs in one process. Everything else is answered by the agent's own
HTTP API, built for the moment around the simulated MicroSIP, so a new command needs nothing here.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime

from msgspec import Raw

from microsip_manager.agent import link_commands
from microsip_manager.agent.message_board import MessageBoard, Note
from microsip_manager.agent.simulated_screen import SimulatedScreen
from microsip_manager.clock import SystemClock
from microsip_manager.simulate.pc import SimulatedPc
from microsip_manager.wire import paths
from microsip_manager.wire.codec import BadMessage, encode
from microsip_manager.wire.commands import decode_set_dnd
from microsip_manager.wire.link import Answer, Ask
from microsip_manager.wire.messages import (
    DisplayMessage,
    MessageAnswer,
    MessageOutcome,
    MessageState,
    decode_display_message,
)
from microsip_manager.wire.names import hostname_key
from microsip_manager.wire.problems import Problem, ProblemCode, dnd_problem, problem

READS_FOR = 20.0
"""Seconds after which the person presses the first button of a message."""

Handler = Callable[[SimulatedPc, Ask, datetime], Answer]


class _Refused(Exception):
    def __init__(self, told: Problem) -> None:
        super().__init__(told.detail)
        self.problem = told


def quick_answer(pc: SimulatedPc, ask: Ask, now: datetime) -> Answer | None:
    """The answer to one of the frequent requests; None for the others."""
    handler = _QUICK.get((ask.method, ask.path))
    if handler is None and ask.method == "GET" and ask.path.startswith(f"{paths.AGENT_MESSAGES}/"):
        handler = _message
    if handler is None:
        return None
    try:
        return handler(pc, ask, now)
    except BadMessage as error:
        return _problem(ask, problem(ProblemCode.BAD_MESSAGE, str(error)))
    except _Refused as refusal:
        return _problem(ask, refusal.problem)


def full_answer(pc: SimulatedPc, ask: Ask) -> Answer:
    """What the agent's own API answers; takes some milliseconds."""
    from microsip_manager.agent.http_api import create_agent_app

    board = MessageBoard(SimulatedScreen(), SystemClock(), pc.identity.hostname)
    app = create_agent_app(pc.phone, board, pc.identity, may_call=lambda _: True)
    return link_commands.answer(app, ask)


def _status(pc: SimulatedPc, ask: Ask, now: datetime) -> Answer:
    return _answer(ask, pc.identity.status(pc.phone.look(), False))


def _set_dnd(pc: SimulatedPc, ask: Ask, now: datetime) -> Answer:
    command = decode_set_dnd(bytes(ask.body))
    _check_addressee(pc, command.hostname)
    told = pc.identity.answer(pc.phone.set_dnd(command.enabled))
    return _answer(ask, told) if told.outcome.is_success else _problem(ask, dnd_problem(told))


def _display_message(pc: SimulatedPc, ask: Ask, now: datetime) -> Answer:
    """It is shown at once, and answered after a while."""
    message: DisplayMessage = decode_display_message(bytes(ask.body))
    _check_addressee(pc, message.hostname)
    id = message.id or uuid.uuid4().hex
    pc.keep_message(id, message.buttons[0], now)
    return _answer(ask, MessageAnswer(pc.identity.hostname, id, MessageOutcome.SHOWN))


def _message(pc: SimulatedPc, ask: Ask, now: datetime) -> Answer:
    id = ask.path.rpartition("/")[2]
    if id not in pc.messages:
        told = problem(ProblemCode.UNKNOWN_MESSAGE, "The agent knows no message with this id, or no longer.")
        raise _Refused(told)
    button, shown = pc.messages[id]
    note = Note(id, shown, MessageState.SHOWN, shown_at=shown)
    if (now - shown).total_seconds() >= READS_FOR:
        note = Note(id, shown, MessageState.ANSWERED, button, shown_at=shown, ended_at=now)
    return _answer(ask, pc.identity.message(note))


_QUICK: dict[tuple[str, str], Handler] = {
    ("GET", paths.AGENT_STATUS): _status,
    ("POST", paths.AGENT_SET_DND): _set_dnd,
    ("POST", paths.AGENT_DISPLAY_MESSAGE): _display_message,
}


def _check_addressee(pc: SimulatedPc, meant: str | None) -> None:
    own = pc.identity.hostname
    if meant is not None and hostname_key(meant) != hostname_key(own):
        told = f"The command is for {meant}, but this is the agent of {own}."
        raise _Refused(problem(ProblemCode.WRONG_CLIENT, told))


def _answer(ask: Ask, message: object) -> Answer:
    return Answer(ask.id, 200, Raw(encode(message)))


def _problem(ask: Ask, told: Problem) -> Answer:
    return Answer(ask.id, told.status, Raw(told.encode()))
