"""Both ends of a fan-out by NATS: `python -m benchmarks.nats_peers respond|ask PORT COUNT`.

`respond` is so many PCs, each with a connection and a subject of its own, that answer what they are asked. `ask` asks
all of them at once for each line it reads, and writes how many seconds that took. Both write `ready` first, and end
when there is nothing more to read.
"""

from __future__ import annotations

import asyncio
import sys
import time

import nats
import uvloop
from nats.aio.client import Client
from nats.aio.msg import Msg

from microsip_manager.open_files import allow_many_connections
from microsip_manager.wire.codec import encode
from microsip_manager.wire.commands import DndAnswer, DndOutcome, SetDnd, decode_dnd_answer, decode_set_dnd

AT_ONCE = 50
"""Connections that are opened at the same time."""

PATIENCE = 10.0


async def respond(port: int, count: int) -> None:
    connecting = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> Client:
        async with connecting:
            peer = await nats.connect(f"nats://127.0.0.1:{port}")

        async def answer(message: Msg) -> None:
            enabled = decode_set_dnd(message.data).enabled
            await message.respond(encode(DndAnswer(_hostname(number), DndOutcome.APPLIED, enabled)))

        await peer.subscribe(_subject(number), cb=answer)
        await peer.flush()
        return peer

    peers = await asyncio.gather(*(one(number) for number in range(count)))
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await asyncio.gather(*(peer.close() for peer in peers))


async def ask(port: int, count: int) -> None:
    peer = await nats.connect(f"nats://127.0.0.1:{port}")
    print("ready", flush=True)
    enabled = False
    while await asyncio.to_thread(sys.stdin.readline):
        enabled = not enabled
        order = encode(SetDnd(enabled))
        began = time.perf_counter()
        answers = await asyncio.gather(
            *(peer.request(_subject(number), order, timeout=PATIENCE) for number in range(count))
        )
        for answer in answers:
            decode_dnd_answer(answer.data)
        print(time.perf_counter() - began, flush=True)
    await peer.close()


def _subject(number: int) -> str:
    return f"clients.{number}.set_dnd"


def _hostname(number: int) -> str:
    return f"SIM-{number:05}"


if __name__ == "__main__":
    allow_many_connections()
    # The server measured beside them and its simulated PCs run on uvloop, too.
    uvloop.run((respond if sys.argv[1] == "respond" else ask)(int(sys.argv[2]), int(sys.argv[3])))
