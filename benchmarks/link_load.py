"""Agents at their links, as cheap as they can be: texts made beforehand, byte for byte as they travel."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from benchmarks.errors import CannotMeasure
from benchmarks.load import PATIENCE, Caller, connected
from benchmarks.requests import beat_of
from microsip_manager.wire.codec import encode
from microsip_manager.wire.link import SUBPROTOCOL, Beat, Report
from microsip_manager.wire.paths import LINK

SHORT_TEXT = 126
"""From this length on a frame tells it in another way, which no text here needs."""

_MASK = bytes(4)
"""A mask of zeros is as good as any other to the server, and leaves the text readable."""


def frame(text: bytes) -> bytes:
    """The text as a client sends it."""
    if len(text) < SHORT_TEXT:
        return b"\x81" + bytes([0x80 | len(text)]) + _MASK + text
    return b"\x81" + bytes([0x80 | SHORT_TEXT]) + len(text).to_bytes(2) + _MASK + text


BEAT = frame(encode(Beat()))


class LinkCaller(Caller):
    """Says a text over its link and hears the answer to it."""

    __slots__ = ()

    def hear(self) -> bool:
        data = self.socket.recv(4096)
        if len(data) < 2 or data[0] != 0x81 or data[1] >= SHORT_TEXT:
            raise CannotMeasure(f"the server sent {data[:100]!r} over a link")
        return len(data) == data[1] + 2


@contextmanager
def links(port: int, count: int) -> Iterator[list[LinkCaller]]:
    """So many PCs at their links; each has made its first report."""
    with ExitStack() as stack:
        callers = []
        for number in range(count):
            connection = stack.enter_context(connected(port))
            _shake_hands(connection, port)
            connection.setblocking(True)
            caller = LinkCaller(connection)
            caller.ask(frame(encode(Report(beat_of(number)))))
            caller.hear()
            connection.setblocking(False)
            callers.append(caller)
        yield callers


def _shake_hands(connection: socket.socket, port: int) -> None:
    connection.settimeout(PATIENCE)
    connection.sendall(
        f"GET {LINK} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Protocol: {SUBPROTOCOL}\r\n\r\n".encode()
    )
    answer = b""
    while b"\r\n\r\n" not in answer:
        piece = connection.recv(4096)
        answer += piece
        if not piece:
            break
    if not answer.startswith(b"HTTP/1.1 101 "):
        raise CannotMeasure(f"the server opened no link: {answer[:200]!r}")
