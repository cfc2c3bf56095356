"""The agent of one simulated PC without a link: plain heartbeats, and a port of its own that answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlsplit

from msgspec import Raw

from microsip_manager.simulate.answers import full_answer, quick_answer
from microsip_manager.simulate.pc import SimulatedPc
from microsip_manager.simulate.plan import Counts
from microsip_manager.tls.trust import Trust
from microsip_manager.wire import paths
from microsip_manager.wire.codec import encode
from microsip_manager.wire.commands import COMMAND_LIMIT
from microsip_manager.wire.heartbeat import Heartbeat
from microsip_manager.wire.link import Answer, Ask

PATIENCE = 7.0
HEAD_LIMIT = 65536


class PlainAgent:
    """Begins with `tell`. All of it belongs to the thread of the event loop; `now` is the PC's clock."""

    def __init__(
        self,
        pc: SimulatedPc,
        server: str,
        interval: float,
        counts: Counts,
        now: Callable[[], datetime],
        trust: Trust,
    ) -> None:
        self._pc = pc
        self._server = urlsplit(server)
        self._interval = interval
        self._counts = counts
        self._now = now
        self._trust = trust
        self._news = asyncio.Event()
        self._living: asyncio.Task[None] | None = None
        self._said: Heartbeat | None = None
        """The last heartbeat that the server has taken."""
        self._connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    def tell(self) -> None:
        """Something has happened at the PC."""
        self._news.set()
        if self._living is None:
            self._living = asyncio.get_running_loop().create_task(self._live())

    async def stop(self) -> None:
        if self._living is not None:
            self._living.cancel()
            await asyncio.gather(self._living, return_exceptions=True)

    async def _live(self) -> None:
        port = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=HEAD_LIMIT)
        self._pc.identity = replace(self._pc.identity, port=port.sockets[0].getsockname()[1])
        try:
            while True:
                self._news.clear()
                if self._pc.is_reachable:
                    await self._beat()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._news.wait(), self._interval)
        finally:
            self._hang_up()
            port.close()

    async def _beat(self) -> None:
        beat = self._pc.beat()
        if not beat.running and (self._said is None or not self._said.running):
            return  # it has said farewell, and sleeps
        try:
            async with asyncio.timeout(PATIENCE):
                await self._post(encode(beat))
        except (OSError, ValueError, asyncio.IncompleteReadError):  # TimeoutError is one of the first
            self._hang_up()
            self._counts.lost += 1
            self._count(None)
        else:
            self._counts.beats += 1
            self._count(beat)

    def _count(self, said: Heartbeat | None) -> None:
        self._counts.connected += (said is not None) - (self._said is not None)
        self._said = said

    async def _post(self, body: bytes) -> None:
        is_tls = self._server.scheme == "https"
        host, port = self._server.hostname or "", self._server.port or (443 if is_tls else 80)
        if self._connection is None:
            context = self._trust.context() if is_tls else None
            self._connection = await asyncio.open_connection(host, port, ssl=context)
        reader, writer = self._connection
        shown = f"Authorization: {self._pc.authorization}\r\n" if self._pc.authorization else ""
        writer.write(
            f"POST {paths.HEARTBEAT} HTTP/1.1\r\nHost: {host}:{port}\r\n{shown}Content-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(_length_in(head))
        if b" 200 " not in head.split(b"\r\n", 1)[0]:
            raise ValueError(head)

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection[1].close()
            self._connection = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer a server's requests, as long as the PC is there."""
        try:
            while self._pc.is_reachable:
                head = await reader.readuntil(b"\r\n\r\n")
                method, path, _ = head.split(b"\r\n", 1)[0].decode("ascii").split(" ")
                body = await reader.readexactly(min(_length_in(head), COMMAND_LIMIT))
                answer = await self._answer(Ask("", method, path, 0.0, Raw(body)))
                writer.write(
                    f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}\r\n"
                    f"Content-Type: application/json\r\nContent-Length: {len(answer.body)}\r\n\r\n".encode()
                    + bytes(answer.body)
                )
                await writer.drain()
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # whoever asked has gone, or speaks something else
        finally:
            writer.close()

    async def _answer(self, ask: Ask) -> Answer:
        self._counts.commands += 1
        before = self._pc.beat()
        answer = quick_answer(self._pc, ask, self._now())
        if answer is None:
            answer = await asyncio.to_thread(full_answer, self._pc, ask)
        if self._pc.beat() != before:
            self.tell()
        return answer


def _length_in(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0
