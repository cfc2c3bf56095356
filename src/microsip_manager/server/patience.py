"""How long a client may keep the server waiting."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Patience:
    """Seconds, and bytes."""

    first_byte: float = 10.0
    """And as long again for the TLS handshake."""
    head: float = 10.0
    """From the begin of a request, or of the connection, to the end of its headers."""
    body: float = 30.0
    """From there to the end of the body; the largest takes 9 s over one Mbit/s."""
    reader: float = 60.0
    """Without taking any of what is sent to it."""
    head_bytes: int = 32_768
    look_every: float = 1.0
    """So much later than at its end a time-out may be noticed."""


USUAL = Patience()


class Waited(Protocol):
    def kept_waiting(self) -> None:
        """The time is over."""
        ...


class Deadlines:
    """For those that are waited for, which are few; belongs to the thread of the event loop."""

    def __init__(self) -> None:
        self._by_whom: dict[Waited, float] = {}

    def __len__(self) -> int:
        return len(self._by_whom)

    def expect(self, who: Waited, at: float) -> None:
        """Something has to come from it until then."""
        self._by_whom[who] = at

    def came(self, who: Waited) -> None:
        self._by_whom.pop(who, None)

    def look(self, now: float) -> None:
        for who in [who for who, at in self._by_whom.items() if at <= now]:
            del self._by_whom[who]
            who.kept_waiting()

    async def keep(self, look_every: float) -> None:
        """Look again and again, until it is cancelled."""
        while True:
            await asyncio.sleep(look_every)
            self.look(asyncio.get_running_loop().time())
