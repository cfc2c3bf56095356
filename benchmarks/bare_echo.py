"""The least an agent could do: `python -m benchmarks.bare_echo PORT` says back what the bare server tells it."""

from __future__ import annotations

import asyncio
import sys

from websockets.asyncio.client import connect

from benchmarks.bare_server import RELAY


async def echo(port: int) -> None:
    async with connect(f"ws://127.0.0.1:{port}{RELAY}", compression=None) as link:
        print("ready", flush=True)
        async for text in link:
            await link.send(text)


if __name__ == "__main__":
    asyncio.run(echo(int(sys.argv[1])))
