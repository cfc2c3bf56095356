"""The one table from what went wrong to HTTP: every error leaves as RFC 9457 problem details."""

from __future__ import annotations

import logging

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from microsip_manager.server.errors import ManagerError
from microsip_manager.wire.codec import BadMessage, encode
from microsip_manager.wire.problems import CONTENT_TYPE, Problem, ProblemCode, problem

log = logging.getLogger(__name__)

_METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")

_CODE_OF_STATUS = {404: ProblemCode.NOT_FOUND, 405: ProblemCode.METHOD_NOT_ALLOWED}


def json_response(message: object, status: int = 200) -> Response:
    return Response(encode(message), status, media_type="application/json")


def problem_response(answer: Problem, headers: dict[str, str] | None = None) -> Response:
    return Response(answer.encode(), answer.status, headers, media_type=CONTENT_TYPE)


def is_expected(error: Exception) -> bool:
    """False when it is a defect of the server."""
    return isinstance(error, (ManagerError, BadMessage))


def error_response(error: Exception) -> Response:
    """The answer to what our own code raised."""
    if isinstance(error, ManagerError):
        headers = {"Retry-After": str(error.retry_after)} if error.retry_after is not None else None
        return problem_response(error.problem(), headers)
    if isinstance(error, BadMessage):
        return problem_response(problem(ProblemCode.BAD_MESSAGE, str(error)))
    detail = "The server met an error of its own; its log has the details."
    return problem_response(problem(ProblemCode.INTERNAL, detail))


def install(app: FastAPI) -> None:
    """Make the application answer its errors this way."""

    @app.exception_handler(ManagerError)
    @app.exception_handler(BadMessage)
    async def expected(_: Request, error: Exception) -> Response:
        return error_response(error)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return problem_response(problem(ProblemCode.BAD_MESSAGE, f"{where}: {first['msg']}"))

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        code = _CODE_OF_STATUS.get(error.status_code, ProblemCode.BAD_MESSAGE)
        detail = {
            ProblemCode.NOT_FOUND: "There is nothing at this path; /docs lists what there is.",
            ProblemCode.METHOD_NOT_ALLOWED: f"{request.method} is not for this path; see /docs.",
        }.get(code, error.detail)
        headers = dict(error.headers or {})
        if code is ProblemCode.METHOD_NOT_ALLOWED:
            headers["Allow"] = ", ".join(sorted(_methods_for(request)))
        return problem_response(problem(code, detail), headers)

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> Response:
        # Starlette sends this answer and raises the error again, so uvicorn logs it with its traceback.
        return error_response(error)


def _methods_for(request: Request) -> list[str]:
    """All methods of this path: each is a route of its own, and Starlette tells only those of the first."""
    routes = request.app.routes
    return [
        method
        for method in _METHODS
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes)
    ]
