"""Carries out what a server asks over the link: by the agent's own HTTP API, without HTTP between."""

from __future__ import annotations

import io
import sys
from http import HTTPStatus
from typing import Any, NamedTuple

from msgspec import Raw

from microsip_manager.agent.environ_keys import READ_AT
from microsip_manager.agent.on_demand import WsgiApp
from microsip_manager.wire.codec import BadMessage
from microsip_manager.wire.commands import COMMAND_SECONDS, decode_dnd_answer
from microsip_manager.wire.link import NO_BODY, Answer, Ask
from microsip_manager.wire.paths import AGENT_SET_DND
from microsip_manager.wire.problems import Problem, ProblemCode, problem

OWN = "127.0.0.1"
"""A server this agent has chosen itself may ask what this PC may ask."""


class Deadline(NamedTuple):
    """Until when a request may be carried out."""

    read_at: float
    """When, on the agent's monotonic clock, it was read."""
    seconds: float
    """How long it had then."""


def answer(app: WsgiApp, ask: Ask, until: Deadline | None = None) -> Answer:
    """What the API answers to the request; a command is not carried out past its deadline, if that is known."""
    told: list[str] = []

    def start_response(status: str, headers: object, exc_info: object = None) -> Any:
        told.append(status)
        return lambda _: None

    parts = app(_environ(ask) | (_time(until) if until else {}), start_response)
    try:
        body = b"".join(parts)
    finally:
        if hasattr(parts, "close"):
            parts.close()
    return Answer(ask.id, int(told[0].split()[0]), Raw(body))


def switched(ask: Ask, answer: Answer) -> bool | None:
    """What DND is after this answer; None when the command was another one, or did not succeed."""
    if answer.status != HTTPStatus.OK or (ask.method, ask.path) != ("POST", AGENT_SET_DND):
        return None
    try:
        return decode_dnd_answer(bytes(answer.body)).dnd
    except BadMessage:
        return None


def too_late(ask: Ask) -> Answer:
    """The answer to a request that arrived after its deadline."""
    return _refusal(
        ask, problem(ProblemCode.TIMEOUT, "It reached the agent after its deadline and was not carried out.")
    )


def too_many(ask: Ask) -> Answer:
    return _refusal(ask, problem(ProblemCode.NOT_READY, "The agent is at too many other requests."))


def failed(ask: Ask) -> Answer:
    return _refusal(ask, problem(ProblemCode.INTERNAL, "The agent met an error; its log on the PC has the details."))


def _refusal(ask: Ask, told: Problem) -> Answer:
    return Answer(ask.id, told.status, Raw(told.encode()))


def _time(until: Deadline) -> dict[str, Any]:
    return {READ_AT: until.read_at, f"HTTP_{COMMAND_SECONDS.upper().replace('-', '_')}": str(until.seconds)}


def _environ(ask: Ask) -> dict[str, Any]:
    """The request as WSGI (PEP 3333) has it."""
    body = bytes(ask.body)
    body = b"" if body == NO_BODY else body
    return {
        "REQUEST_METHOD": ask.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": ask.path,
        "QUERY_STRING": "",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_NAME": OWN,
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": OWN,
        "HTTP_HOST": OWN,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
