"""The agent's HTTP API on port 8084: its health, the state of MicroSIP, and the switch for DND."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from microsip_manager import __version__
from microsip_manager.agent.boundaries import Softphone
from microsip_manager.agent.reports import Identity
from microsip_manager.wire import paths
from microsip_manager.wire.codec import BadMessage, encode
from microsip_manager.wire.commands import COMMAND_LIMIT, SetDnd, decode_set_dnd
from microsip_manager.wire.host_header import names_this_machine, own_names
from microsip_manager.wire.names import hostname_key
from microsip_manager.wire.problems import CONTENT_TYPE, Problem, ProblemCode, dnd_problem, problem

log = logging.getLogger(__name__)

OWN_NAMES = own_names(socket.gethostname())

ENABLED = {"true": True, "1": True, "false": False, "0": False}

CODE_OF_HTTP_STATUS = {
    HTTPStatus.NOT_FOUND: ProblemCode.NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED: ProblemCode.METHOD_NOT_ALLOWED,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ProblemCode.TOO_LARGE,
}


class Refused(Exception):
    """The request is answered with this problem."""

    def __init__(self, code: ProblemCode, detail: str) -> None:
        super().__init__(detail)
        self.problem = problem(code, detail)


def create_agent_app(
    phone: Softphone,
    identity: Identity,
    *,
    may_call: Callable[[str], bool],
    known_dnd: Callable[[], bool] = lambda: False,
    applied: Callable[[], None] = lambda: None,
) -> Flask:
    """The agent as a WSGI application.

    `may_call` judges the address of a caller, `known_dnd` is the last DND state that could be read, and `applied` is
    called after a command was carried out.
    """
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = COMMAND_LIMIT

    @app.before_request
    def check_caller() -> None:
        _check_caller(may_call)

    @app.get(paths.AGENT_HEALTH)
    def health() -> Response:
        return _answer(
            {
                "status": "ok",
                "hostname": identity.hostname,
                "agent_version": __version__,
                "simulated": identity.simulated,
            }
        )

    @app.get(paths.AGENT_STATUS)
    def status() -> Response:
        return _answer(identity.status(phone.look(), known_dnd()))

    @app.post(paths.AGENT_SET_DND)
    def set_dnd() -> Response:
        command = _set_dnd_command()
        _check_addressee(command, identity.hostname)
        answer = identity.answer(phone.set_dnd(command.enabled))
        log.info("%s: set DND %s: %s", identity.hostname, _on_off(command.enabled), answer.outcome.value)
        applied()
        return _answer(answer) if answer.outcome.is_success else _problem_answer(dnd_problem(answer))

    _register_errors(app, identity.hostname)
    return app


def _register_errors(app: Flask, hostname: str) -> None:
    @app.errorhandler(Refused)
    def refused(error: Refused) -> Response:
        return _problem_answer(error.problem)

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
        code = CODE_OF_HTTP_STATUS.get(status, ProblemCode.BAD_MESSAGE)
        response = _problem_answer(problem(code, _words(status, error)))
        allowed = error.get_response().headers.get("Allow")
        if allowed:
            response.headers["Allow"] = allowed
        return response

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        log.error("%s: %s %s failed", hostname, request.method, request.path, exc_info=error)
        return _problem_answer(
            problem(ProblemCode.INTERNAL, "The agent met an error; its log on the PC has the details.")
        )


def _check_caller(may_call: Callable[[str], bool]) -> None:
    # A page in the browser of this PC reaches the agent by the loopback address; it must not switch the phone.
    if "Origin" in request.headers or request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
        raise Refused(ProblemCode.FOREIGN_ORIGIN, "The agent does not serve web pages in a browser.")
    if not names_this_machine(request.host, OWN_NAMES):
        raise Refused(ProblemCode.FOREIGN_ORIGIN, "The agent answers only to the names and addresses of this PC.")
    if not may_call(request.remote_addr or ""):
        raise Refused(
            ProblemCode.NOT_ALLOWED,
            f"The agent serves only this PC and the servers in its API_SERVERS; {request.remote_addr} is neither.",
        )


def _set_dnd_command() -> SetDnd:
    """The command in the query (`?enabled=true`) or in the body (JSON)."""
    asked = request.args.getlist("enabled")
    body = request.get_data()
    if not asked:
        try:
            return decode_set_dnd(body)
        except BadMessage as error:
            where = "" if body else '; send `?enabled=true` or a JSON body such as {"enabled": true}'
            raise Refused(ProblemCode.BAD_MESSAGE, f"{error}{where}") from None
    if body or len(asked) > 1:
        raise Refused(ProblemCode.BAD_MESSAGE, "Expected `enabled` once, in the query or in the body")
    enabled = ENABLED.get(asked[0].lower())
    if enabled is None:
        raise Refused(ProblemCode.BAD_MESSAGE, "Expected `true`, `false`, `1` or `0` - at `?enabled`")
    return SetDnd(enabled)


def _check_addressee(command: SetDnd, hostname: str) -> None:
    if command.hostname is not None and hostname_key(command.hostname) != hostname_key(hostname):
        raise Refused(
            ProblemCode.WRONG_CLIENT, f"The command is for {command.hostname}, but this is the agent of {hostname}."
        )


def _answer(message: object) -> Response:
    return Response(encode(message), content_type="application/json")


def _problem_answer(told: Problem) -> Response:
    return Response(told.encode(), status=told.status, content_type=CONTENT_TYPE)


def _words(status: HTTPStatus, error: Any) -> str:
    match status:
        case HTTPStatus.NOT_FOUND:
            return f"The agent has no {request.path}."
        case HTTPStatus.METHOD_NOT_ALLOWED:
            return f"{request.path} does not take {request.method}."
        case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return f"The body has more than {COMMAND_LIMIT} bytes."
        case _:
            return f"The request cannot be understood: {error.name}"


def _on_off(enabled: bool) -> str:
    return "on" if enabled else "off"
