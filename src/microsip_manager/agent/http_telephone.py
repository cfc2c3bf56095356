"""`POST /api/telephone` of the agent."""

from __future__ import annotations

import logging
from collections.abc import Callable

from flask import Flask, Response, request

from microsip_manager.agent.boundaries import Softphone
from microsip_manager.agent.http_answers import Refused, answer, check_addressee, problem_answer
from microsip_manager.agent.http_turns import Turns
from microsip_manager.agent.reports import Identity
from microsip_manager.logs import masked
from microsip_manager.wire import paths
from microsip_manager.wire.codec import BadMessage
from microsip_manager.wire.problems import ProblemCode, telephone_problem
from microsip_manager.wire.telephone import TelephoneCommand, decode_telephone_command

log = logging.getLogger(__name__)


def add_telephone(app: Flask, phone: Softphone, identity: Identity, applied: Callable[[], None], turns: Turns) -> None:
    """Add the route to the application. `applied` is called after a command was carried out."""

    @app.post(paths.AGENT_TELEPHONE)
    def telephone() -> Response:
        command = _command()
        check_addressee(command.hostname, identity.hostname)
        with turns.turn():
            told = identity.telephone(command.action, phone.telephone(command))
        # The tones of `dtmf` are left out: they may be a PIN.
        log.info(
            "%s: telephone %s %s: %s",
            identity.hostname,
            command.action.value,
            masked(command.number or "-"),
            told.outcome.value,
        )
        applied()
        return answer(told) if told.outcome.is_success else problem_answer(telephone_problem(told))


def _command() -> TelephoneCommand:
    try:
        return decode_telephone_command(request.get_data())
    except BadMessage as error:
        raise Refused(ProblemCode.BAD_MESSAGE, str(error)) from None
