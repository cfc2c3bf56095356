"""How many commands begin at the same moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager


class Slots:
    """Lets so many begin at once. Whoever takes longer than `patience` goes on without a slot.

    So a PC that is off, whose connection fails only after seconds, holds up nobody for longer than `patience`, and yet
    no more than `width` commands per `patience` are sent into the network.
    """

    def __init__(self, width: int, patience: float) -> None:
        self._free = asyncio.Semaphore(width)
        self._patience = patience

    @asynccontextmanager
    async def slot(self) -> AsyncGenerator[None]:
        await self._free.acquire()
        given_back = False

        def give_back() -> None:
            nonlocal given_back
            if not given_back:
                given_back = True
                self._free.release()

        timer = asyncio.get_running_loop().call_later(self._patience, give_back)
        try:
            yield
        finally:
            timer.cancel()
            give_back()
