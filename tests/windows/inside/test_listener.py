"""The server's port on the event loop of Windows, which tells the first byte of a connection in its own way."""

from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path

import pytest

from microsip_manager.clock import SystemClock
from microsip_manager.server.connections import Connections, Place
from microsip_manager.server.listener import Listener
from tests.tls.house import context, house


class Scheme(asyncio.Protocol):
    """Answers anything with the scheme over which it came."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        assert isinstance(self._transport, asyncio.Transport)
        self._transport.write(b"https" if self._transport.get_extra_info("sslcontext") else b"http")
        self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._place.leave()


def unchecked() -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    return made


async def answer(port: int, tls: ssl.SSLContext | None, pause: float = 0.0) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls)
    await asyncio.sleep(pause)
    writer.write(b"?")
    found = await reader.read()
    writer.close()
    return found


async def talk(ours: ssl.SSLContext, seconds_before_a_byte: float) -> tuple[bytes, bytes, int]:
    port = socket.create_server(("127.0.0.1", 0))
    connections = Connections(SystemClock(), 10, 10)
    listener = Listener([port], connections, Scheme, lambda: ours, patience=5.0)
    listener.start()
    number = port.getsockname()[1]
    try:
        plain = await answer(number, None, seconds_before_a_byte)
        tls = await answer(number, unchecked())
        while connections.count:
            await asyncio.sleep(0.01)
    finally:
        listener.close()
        port.close()
        await listener.wait_closed()
    return plain, tls, connections.count


@pytest.mark.parametrize("pause", [0.0, 0.3])
def test_both_are_told_apart_by_the_first_byte(tmp_path: Path, pause: float) -> None:
    ours = context(house(tmp_path))

    assert asyncio.run(asyncio.wait_for(talk(ours, pause), 20)) == (b"http", b"https", 0)


def test_who_says_nothing_is_let_go() -> None:
    async def say_nothing() -> bytes:
        port = socket.create_server(("127.0.0.1", 0))
        connections = Connections(SystemClock(), 10, 10)
        listener = Listener([port], connections, Scheme, lambda: None, patience=0.3)
        listener.start()
        reader, writer = await asyncio.open_connection("127.0.0.1", port.getsockname()[1])
        try:
            return await reader.read()
        finally:
            writer.close()
            listener.close()
            port.close()
            await listener.wait_closed()

    assert asyncio.run(asyncio.wait_for(say_nothing(), 20)) == b""
