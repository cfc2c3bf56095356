"""How many commands begin at the same moment."""

from __future__ import annotations

import asyncio


class Slots:
    """Lets so many begin at once. Whoever takes longer than `patience` goes on without a slot.

    So a PC that is off, whose connection fails only after seconds, holds up nobody for longer than `patience`, and yet
    no more than `width` commands per `patience` are sent into the network.
    """

    def __init__(self, width: int, patience: float) -> None:
        self._free = asyncio.Semaphore(width)
        self._patience = patience

    async def take(self) -> Slot:
        """Wait for a slot; it is the caller's to give back."""
        await self._free.acquire()
        return Slot(self._free, self._patience)


class Slot:
    """Given back when its time is up, or before by whoever took it."""

    __slots__ = ("_free", "_timer")

    def __init__(self, free: asyncio.Semaphore, patience: float) -> None:
        self._free: asyncio.Semaphore | None = free
        self._timer = asyncio.get_running_loop().call_later(patience, self._give_back)

    def give_back(self) -> None:
        self._timer.cancel()
        self._give_back()

    def _give_back(self) -> None:
        free, self._free = self._free, None
        if free is not None:
            free.release()
