"""Honest agents in one process, each with its own key and connection: how long does the server take for a heartbeat?

Run as a program: the address of the server and the agents come as a line of JSON. From then on each line that comes is
answered by the seconds of all heartbeats since the one before; the end of the input is the end.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from microsip_manager.server.link_protocol import framed
from microsip_manager.wire.codec import encode
from microsip_manager.wire.heartbeat import Heartbeat
from microsip_manager.wire.link import Beat, Report
from tests.fleet.flood.requests import heartbeat, upgrade

EVERY = 0.25
"""Seconds between two heartbeats of an agent, with which it stays below its rate."""

NEVER = 5.0
"""Seconds after which no answer is waited for any more."""

AGAIN = 0.2
"""Seconds before an agent whose connection was lost makes another one."""

Exchange = Callable[[], Awaitable[None]]


class Measured:
    """What one kind of agents has measured since it was asked last."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.began: dict[object, float] = {}
        self.failures: deque[str] = deque(maxlen=5)
        self.failed = 0

    def taken(self) -> dict[str, Any]:
        """Those under way count with what they have taken so far."""
        now = time.perf_counter()
        found = self.seconds + [now - began for began in self.began.values()]
        said = {"seconds": sorted(found), "failed": self.failed, "why": list(self.failures)}
        self.seconds, self.failed = [], 0
        self.failures.clear()
        return said


class Agent:
    """Beats for ever; a connection that was lost is made anew, and that time counts as well."""

    def __init__(self, address: tuple[str, int], key: str, hostname: str, *, linked: bool, measured: Measured) -> None:
        self._address = address
        self._key = key
        self._beat = Heartbeat(hostname, "485", 0)
        self._linked = linked
        self._measured = measured
        self._connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def run(self, begin: float) -> None:
        await asyncio.sleep(begin)
        due = time.perf_counter()
        while True:
            await self._measure()
            due = max(due + EVERY, time.perf_counter() - EVERY)
            await asyncio.sleep(max(0.0, due - time.perf_counter()))

    async def _measure(self) -> None:
        measured, began = self._measured, time.perf_counter()
        measured.began[self] = began
        while True:
            try:
                async with asyncio.timeout(NEVER):
                    await (self._over_link() if self._linked else self._over_http())
                break
            except (OSError, EOFError, ValueError) as error:  # TimeoutError is an OSError
                measured.failed += 1
                measured.failures.append(f"{type(error).__name__}: {error}")
                await self._drop()
        del measured.began[self]
        measured.seconds.append(time.perf_counter() - began)

    async def _drop(self) -> None:
        if self._connection is not None:
            self._connection[1].transport.abort()
            self._connection = None
        await asyncio.sleep(AGAIN)

    async def _over_http(self) -> None:
        if self._connection is None:
            self._connection = await asyncio.open_connection(*self._address)
        reader, writer = self._connection
        writer.write(heartbeat(self._key, encode(self._beat)))
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise ValueError(head.partition(b"\r\n")[0].decode())
        await reader.readexactly(len(b'{"status":"ok"}'))

    async def _over_link(self) -> None:
        said = encode(Beat())
        if self._connection is None:
            self._connection = await asyncio.open_connection(*self._address)
            reader, writer = self._connection
            writer.write(upgrade(self._key))
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 101"):
                raise ValueError(head.partition(b"\r\n")[0].decode())
            said = encode(Report(self._beat))
        reader, writer = self._connection
        writer.write(masked(said))
        kind, length = await reader.readexactly(2)
        text = await reader.readexactly(length)
        if kind != 0x81 or b"heard" not in text:
            raise ValueError(f"not heard: {text!r}")


def masked(text: bytes) -> bytes:
    """The frame in which an agent sends this short text; with this mask it stays as it is."""
    plain = framed(text)
    start = len(plain) - len(text)
    return plain[:1] + bytes((plain[1] | 0x80,)) + plain[2:start] + bytes(4) + text


async def main() -> None:
    loop = asyncio.get_running_loop()
    told = json.loads(await loop.run_in_executor(None, sys.stdin.readline))
    address, agents = (told["host"], told["port"]), told["agents"]
    measured = {"http": Measured(), "link": Measured()}
    running = [
        asyncio.create_task(
            Agent(
                address,
                one["key"],
                one["name"],
                linked=one["linked"],
                measured=measured["link" if one["linked"] else "http"],
            ).run(EVERY * number / len(agents))
        )
        for number, one in enumerate(agents)
    ]
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps({kind: one.taken() for kind, one in measured.items()}), flush=True)
    for task in running:
        task.cancel()


if __name__ == "__main__":
    asyncio.run(main())
