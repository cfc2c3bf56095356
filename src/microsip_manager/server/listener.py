"""The server's port: HTTP and HTTPS together, told apart by the first byte of a connection.

No web server here: who speaks HTTP is given. So it runs, and can be tried, on every event loop and system.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import ssl
import struct
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress

from microsip_manager.server.connections import Connections, Place

log = logging.getLogger(__name__)

TLS_HANDSHAKE = b"\x16"
"""The first byte of every TLS connection, and of no HTTP request."""

AT_ONCE = 20
"""Connections accepted in one go, before others of the event loop have their turn: each may want a TLS handshake."""

REST = 1.0
"""Seconds without accepting when the system gives no more sockets."""

NO_MORE_SOCKETS = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)

_LEAVE_AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER: the end of the connection is a reset, of which nothing stays behind here."""


class Listener:
    """Accepts, looks at the first byte, and hands over. Has the verbs of an `asyncio.Server` for its end."""

    def __init__(
        self,
        sockets: Sequence[socket.socket],
        connections: Connections,
        make_protocol: Callable[[Place], asyncio.Protocol],
        context: Callable[[], ssl.SSLContext | None],
        *,
        patience: float,
    ) -> None:
        """`patience` is for the first byte, and then again for the TLS handshake, in seconds."""
        self._sockets = sockets
        self._connections = connections
        self._make_protocol = make_protocol
        self._context = context
        self._patience = patience
        self._accepting: list[asyncio.Task[None]] = []
        self._arriving: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        for listening in self._sockets:
            listening.setblocking(False)
            self._accepting.append(asyncio.create_task(self._accept(listening)))

    def close(self) -> None:
        """Accept nothing any more, and forget those that have said nothing yet."""
        for task in (*self._accepting, *self._arriving):
            task.cancel()

    async def wait_closed(self) -> None:
        await asyncio.gather(*self._accepting, *self._arriving, return_exceptions=True)

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                self._take(*await loop.sock_accept(listening))
                for _ in range(AT_ONCE):
                    self._take(*listening.accept())
                await asyncio.sleep(0)  # to wait for one that is there already lets nobody else have a turn
            except (BlockingIOError, InterruptedError):
                continue  # that was all for now
            except OSError as error:
                if error.errno in NO_MORE_SOCKETS:
                    self._connections.complain("", "no connections are accepted for the moment: %s", error.strerror)
                    await asyncio.sleep(REST)
                elif listening.fileno() < 0:
                    return  # it was closed
                else:
                    await asyncio.sleep(0)  # that one connection ended before it was accepted

    def _take(self, connection: socket.socket, address: tuple[str, int]) -> None:
        place = self._connections.enter(address[0])
        if place is None:
            with suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LEAVE_AT_ONCE)
            connection.close()
            return
        connection.setblocking(False)
        # Not every event loop does it for what it did not accept itself, and an answer goes out in two pieces.
        with suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        task = asyncio.get_running_loop().create_task(self._hand_over(connection, place))
        self._arriving.add(task)
        task.add_done_callback(self._arriving.discard)

    async def _hand_over(self, connection: socket.socket, place: Place) -> None:
        """From the first byte to the protocol, which has the place from then on."""
        try:
            context = await self._context_for(connection)
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: self._make_protocol(place),
                connection,
                ssl=context,
                ssl_handshake_timeout=self._patience if context is not None else None,
            )
        except OSError as error:  # TimeoutError and ssl.SSLError are some
            # Any scanner of ports can bring this about, so it is nothing to warn of.
            log.debug("%s: no connection came of it: %s", place.address, error)
            connection.close()
            place.leave()
        except BaseException:
            connection.close()
            place.leave()
            raise

    async def _context_for(self, connection: socket.socket) -> ssl.SSLContext | None:
        """Raises `OSError` when nothing comes, or TLS where there is no certificate."""
        async with asyncio.timeout(self._patience):
            first = await _first_byte(connection)
        if first != TLS_HANDSHAKE:
            return None
        context = self._context()
        if context is None:
            raise ConnectionAbortedError("it speaks TLS, and there is no certificate")
        return context


async def _first_byte(connection: socket.socket) -> bytes:
    """The first byte, which stays where it is; raises `OSError`, for an end without a byte too."""
    while True:
        try:
            first = connection.recv(1, socket.MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            await _readable(connection)
            continue
        if not first:
            raise ConnectionAbortedError("it said nothing")
        return first


async def _readable(connection: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    if sys.platform == "win32":
        # Its event loop tells of no readiness, but a read of nothing ends only when there is something.
        await loop.sock_recv(connection, 0)
        return
    readable = loop.create_future()
    loop.add_reader(connection, _arrived, readable)
    try:
        await readable
    finally:
        loop.remove_reader(connection)


def _arrived(readable: asyncio.Future[None]) -> None:
    if not readable.done():
        readable.set_result(None)
