"""A crowd of callers on keep-alive connections, each with one request under way (no pipelining), to 127.0.0.1 only."""

from __future__ import annotations

import re
import selectors
import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice

from benchmarks.errors import CannotMeasure

MOST_REQUESTS = 1_000_000
PATIENCE = 10.0
"""Seconds without any answer after which the server counts as stuck."""

_CHUNK = 1 << 20
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)


@dataclass(frozen=True)
class Load:
    """What the callers saw."""

    seconds: float
    latencies: list[float]
    """From sending a request to the last byte of its answer, in the order of the answers."""


def apply_load(
    port: int,
    requests: Iterator[bytes],
    *,
    connections: int,
    seconds: float = 60.0,
    count: int = MOST_REQUESTS,
    tick: Callable[[], None] = lambda: None,
) -> Load:
    """Send requests until the time or the count is used up, then wait for what is under way.

    Each caller sends its next request as soon as it has its answer, so the server always has work. `tick` is called
    often. Raises `CannotMeasure` when an answer is not 200 or none comes.
    """
    with ExitStack() as stack:
        callers = [HttpCaller(stack.enter_context(connected(port))) for _ in range(connections)]
        return keep_busy(callers, islice(requests, count), seconds, tick)


def keep_busy(
    callers: Sequence[Caller], requests: Iterator[bytes], seconds: float, tick: Callable[[], None] = lambda: None
) -> Load:
    """Let these callers send requests until the time or the requests are used up, and wait for what is under way."""
    latencies: list[float] = []
    with selectors.DefaultSelector() as ready:
        for caller in callers:
            ready.register(caller.socket, selectors.EVENT_READ, caller)
        began = time.perf_counter()
        until = began + seconds
        under_way = sum(caller.ask(next(requests, None)) for caller in callers)
        while under_way:
            for caller in _with_news(ready):
                if not caller.hear():
                    continue
                now = time.perf_counter()
                latencies.append(now - caller.asked_at)
                under_way -= 1
                if now < until:
                    under_way += caller.ask(next(requests, None))
            tick()
        return Load(time.perf_counter() - began, latencies)


class Caller(ABC):
    """One connection."""

    __slots__ = ("asked_at", "socket")

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.asked_at = 0.0

    def ask(self, request: bytes | None) -> bool:
        """Send a request. False when there is none left."""
        if request is None:
            return False
        self.asked_at = time.perf_counter()
        if self.socket.send(request) != len(request):
            raise CannotMeasure("a request did not fit into the socket's buffer")
        return True

    @abstractmethod
    def hear(self) -> bool:
        """Take what has arrived. True when the answer is complete."""


class HttpCaller(Caller):
    """Asks by HTTP."""

    __slots__ = ("_awaited",)

    def __init__(self, connection: socket.socket) -> None:
        super().__init__(connection)
        self._awaited = 0
        """Bytes of the present answer still to come; 0 before its beginning."""

    def hear(self) -> bool:
        """Take what has arrived. True when the answer is complete."""
        data = self.socket.recv(_CHUNK)
        if not self._awaited:
            self._awaited = _length_of_answer(data)
        self._awaited -= len(data)
        if self._awaited and not data:
            raise CannotMeasure("the server closed the connection in the middle of an answer")
        return self._awaited == 0


def _length_of_answer(data: bytes) -> int:
    """Bytes of the whole answer that begins with `data`. uvicorn writes its headers in one piece."""
    end = data.find(b"\r\n\r\n")
    length = _LENGTH.search(data, 0, end + 2)
    if not data.startswith(b"HTTP/1.1 200 ") or end < 0 or length is None:
        raise CannotMeasure(f"the server answered {data[:500]!r}")
    return end + 4 + int(length[1])


def _with_news(ready: selectors.BaseSelector) -> list[Caller]:
    events = ready.select(PATIENCE)
    if not events:
        raise CannotMeasure(f"the server gave no answer for {PATIENCE:.0f} s")
    return [key.data for key, _ in events]


def connected(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setblocking(False)
    return connection
