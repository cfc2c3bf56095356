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
        self._taken: deque[Slot] = deque()
        """In the order in which their time is up. Those given back before stay until they are the first."""
        self._timer: asyncio.TimerHandle | None = None
        """For the first of them: one for each would cost as much as all else here."""

    async def take(self) -> Slot:
        """Wait for a slot; it is the caller's to give back."""
        loop = asyncio.get_running_loop()
        if self._free:
            self._free -= 1
        else:
            await self._handed_over(loop.create_future())
        slot = Slot(self._give_back, loop.time() + self._patience)
        self._taken.append(slot)
        self._look_again(loop)
        return slot

    def _look_again(self, loop: asyncio.AbstractEventLoop) -> None:
        while self._taken and self._taken[0].is_back:
            self._taken.popleft()
        if self._timer is None and self._taken:
            self._timer = loop.call_at(self._taken[0].until, self._take_back, loop)

    def _take_back(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take back the slots whose time is up."""
        self._timer = None
        now = loop.time()
        while self._taken and self._taken[0].until <= now:
            self._taken.popleft().give_back()
        self._look_again(loop)

    async def _handed_over(self, turn: asyncio.Future[None]) -> None:
        # Not asyncio's semaphore, which at each release looks through all whom it has woken and who had no turn yet.
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

    __slots__ = ("_return", "until")

    def __init__(self, give_back: Callable[[], None], until: float) -> None:
        self._return: Callable[[], None] | None = give_back
        self.until = until
        """When its time is up, by the event loop's clock."""

    @property
    def is_back(self) -> bool:
        return self._return is None

    def give_back(self) -> None:
        give_back, self._return = self._return, None
        if give_back is not None:
            give_back()
