"""How many commands begin at the same moment."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable


class Slots:
    """Lets so many begin at once. Whoever takes longer than `patience` goes on without a slot.

    So a PC that is off, whose connection fails only after seconds, holds up nobody for longer than `patience`, and yet
    no more than `width` commands per `patience` are sent into the network.
    """

    def __init__(self, width: int, patience: float) -> None:
        self._free = width
        self._patience = patience
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def take(self) -> Slot:
        """Wait for a slot; it is the caller's to give back."""
        if self._free:
            self._free -= 1
        else:
            await self._handed_over()
        return Slot(self._give_back, self._patience)

    async def _handed_over(self) -> None:
        # Not asyncio's semaphore, which at each release looks through all whom it has woken and who had no turn yet.
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._give_back()
            raise

    def _give_back(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():  # else whoever waited was cancelled
                turn.set_result(None)
                return
        self._free += 1


class Slot:
    """Given back when its time is up, or before by whoever took it."""

    __slots__ = ("_return", "_timer")

    def __init__(self, give_back: Callable[[], None], patience: float) -> None:
        self._return: Callable[[], None] | None = give_back
        self._timer = asyncio.get_running_loop().call_later(patience, self._give_back)

    def give_back(self) -> None:
        self._timer.cancel()
        self._give_back()

    def _give_back(self) -> None:
        give_back, self._return = self._return, None
        if give_back is not None:
            give_back()
