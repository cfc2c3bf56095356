"""Serves the agent's HTTP API with waitress, in threads of its own."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import BaseWSGIServer, create_server
from waitress.task import ErrorTask, WSGITask

from microsip_manager.agent.environ_keys import READ_AT, SENDER_LEFT
from microsip_manager.wire.commands import COMMAND_LIMIT
from microsip_manager.wire.problems import CONTENT_TYPE, Problem, ProblemCode, problem

THREADS = 2
"""A command may take seconds while MicroSIP hangs, and a question should not wait for it. More would cost memory."""

POLL_SECONDS = 0.25
"""How long the port may take to notice that it shall close."""

BODY_LIMIT = 4 * COMMAND_LIMIT
"""Above this waitress refuses before the body has come; up to it the application does."""


class Listener:
    """Serves a WSGI application on listening sockets, which it owns from now on."""

    def __init__(self, app: Callable[..., Any], sockets: list[socket.socket], monotonic: Callable[[], float]) -> None:
        self.port: int = sockets[0].getsockname()[1]
        self._map: dict[int, Any] = {}
        self._server = create_server(
            app,
            map=self._map,
            sockets=sockets,
            threads=THREADS,
            ident=None,
            channel_timeout=30,
            max_request_body_size=BODY_LIMIT,
            max_request_header_size=COMMAND_LIMIT,
        )
        for served in self._map.values():
            if isinstance(served, BaseWSGIServer):
                served.channel_class = _channel(monotonic)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="agent-port", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def ask_to_stop(self) -> None:
        self._stopped.set()

    def stop(self) -> None:
        """Close the port and all connections; may be called more than once."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            wasyncore.loop(timeout=POLL_SECONDS, use_poll=True, map=self._map, count=1)
        self._server.task_dispatcher.shutdown()
        with contextlib.suppress(OSError):
            wasyncore.close_all(self._map)


class _AsProblem:
    """An error of waitress's own (a header too long, a body too large), told as every other error of the agent."""

    def __init__(self, error: Any) -> None:
        self._told = _problem_of(error.code, error.reason)

    def to_response(self, _ident: object = None) -> tuple[str, list[tuple[str, str]], bytes]:
        return f"{self._told.status} {self._told.title}", [("Content-Type", CONTENT_TYPE)], self._told.encode()


def _problem_of(status: int, reason: str) -> Problem:
    if status == 413:
        return problem(ProblemCode.TOO_LARGE, f"The body has more than {COMMAND_LIMIT} bytes.")
    if status >= 500:
        return problem(ProblemCode.INTERNAL, "The agent met an error; its log on the PC has the details.")
    return problem(ProblemCode.BAD_MESSAGE, f"The request cannot be understood: {reason}")


class _ProblemTask(ErrorTask):
    def execute(self) -> None:
        request: Any = self.request  # its stub names another class
        request.error = _AsProblem(request.error)
        super().execute()


class _TimedTask(WSGITask):
    def get_environment(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environment()
        request: Any = self.request
        environ[READ_AT] = request.read_at
        environ[SENDER_LEFT] = partial(_has_left, self.channel)
        return environ


def _has_left(channel: HTTPChannel) -> bool:
    """Whether the other side has closed the connection; waitress itself would not look before it has answered."""
    if channel.socket is None:
        return True
    try:
        return not channel.socket.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:
        return True


def _channel(monotonic: Callable[[], float]) -> type[HTTPChannel]:
    """Channels that note when a request had been read: it may wait for a thread, and then for its turn."""

    class Parser(HTTPRequestParser):
        def parse_header(self, header_plus: bytes) -> None:
            self.read_at = monotonic()
            super().parse_header(header_plus)

    class Channel(HTTPChannel):
        task_class = _TimedTask
        error_task_class = _ProblemTask
        parser_class = Parser

    return Channel
