"""What the routes of the agent have in common: answers, refusals, and whom a command is for."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from microsip_manager.wire.codec import encode
from microsip_manager.wire.commands import COMMAND_LIMIT
from microsip_manager.wire.names import hostname_key
from microsip_manager.wire.problems import CONTENT_TYPE, Problem, ProblemCode, problem

log = logging.getLogger(__name__)

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


def answer(message: object) -> Response:
    return Response(encode(message), content_type="application/json")


def problem_answer(told: Problem) -> Response:
    return Response(told.encode(), status=told.status, content_type=CONTENT_TYPE)


def check_addressee(meant: str | None, hostname: str) -> None:
    """Refuse a command that names another PC."""
    if meant is not None and hostname_key(meant) != hostname_key(hostname):
        raise Refused(ProblemCode.WRONG_CLIENT, f"The command is for {meant}, but this is the agent of {hostname}.")


def register_errors(app: Flask, hostname: str) -> None:
    """Make the application answer its errors as problems."""

    @app.errorhandler(Refused)
    def refused(error: Refused) -> Response:
        return problem_answer(error.problem)

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
        code = CODE_OF_HTTP_STATUS.get(status, ProblemCode.BAD_MESSAGE)
        response = problem_answer(problem(code, _words(status, error)))
        allowed = error.get_response().headers.get("Allow")
        if allowed:
            response.headers["Allow"] = allowed
        return response

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        log.error("%s: %s %s failed", hostname, request.method, request.path, exc_info=error)
        return problem_answer(
            problem(ProblemCode.INTERNAL, "The agent met an error; its log on the PC has the details.")
        )


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
