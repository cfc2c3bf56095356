"""The least an agent could do: `python -m benchmarks.bare_echo PORT` says back what the bare server tells it."""

from __future__ import annotations

import asyncio
import sys

from websockets.asyncio.client import connect

from benchmarks.bare_server import RELAY


async def echo(port: int) -> None:
    # Without pings: the bare server hears texts alone, and the first ping, after 20 s, would end the relay.
    async with connect(f"ws://127.0.0.1:{port}{RELAY}", compression=None, ping_interval=None) as link:
        print("ready", flush=True)
        async for text in link:
            await link.send(text)


if __name__ == "__main__":
    asyncio.run(echo(int(sys.argv[1])))
