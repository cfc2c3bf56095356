"""`POST /api/display_message` and `GET /api/messages/{id}` of the agent."""

from __future__ import annotations

import logging

from flask import Flask, Response, request

from microsip_manager.agent.http_answers import Refused, answer, check_addressee, problem_answer
from microsip_manager.agent.http_turns import Turns
from microsip_manager.agent.message_board import MessageBoard
from microsip_manager.agent.reports import Identity
from microsip_manager.wire import paths
from microsip_manager.wire.codec import BadMessage
from microsip_manager.wire.messages import DisplayMessage, MessageAnswer, MessageOutcome, decode_display_message
from microsip_manager.wire.problems import ProblemCode, message_problem

log = logging.getLogger(__name__)


def add_messages(app: Flask, board: MessageBoard, identity: Identity, turns: Turns) -> None:
    """Add the routes to the application."""

    @app.post(paths.AGENT_DISPLAY_MESSAGE)
    def display_message() -> Response:
        message = _message()
        check_addressee(message.hostname, identity.hostname)
        turns.check()
        note = board.show(message)
        told = MessageAnswer(identity.hostname, note.id, note.outcome, note.detail)
        log.info("%s: message %s: %s", identity.hostname, told.id, told.outcome.value)
        if told.outcome is MessageOutcome.NOT_SHOWN:
            return problem_answer(message_problem(told))
        return answer(told)

    @app.get(f"{paths.AGENT_MESSAGES}/<id>")
    def message(id: str) -> Response:
        note = board.note(id)
        if note is None:
            raise Refused(ProblemCode.UNKNOWN_MESSAGE, "The agent knows no message with this id, or no longer.")
        return answer(identity.message(note))


def _message() -> DisplayMessage:
    try:
        return decode_display_message(request.get_data())
    except BadMessage as error:
        raise Refused(ProblemCode.BAD_MESSAGE, str(error)) from None
