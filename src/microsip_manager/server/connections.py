"""How many connections there are, in all and by address. Too many are refused before anything is read of them."""

from __future__ import annotations

import ipaddress
import logging
from collections import Counter
from collections.abc import Callable

from microsip_manager.clock import Clock
from microsip_manager.server.rate import Rates
from microsip_manager.server.seldom import Seldom

log = logging.getLogger(__name__)

SECONDS_TO_OPEN_ALL = 5.0
"""An address may at once open twice what it may hold, and then as many as it may hold in so many seconds, for ever.
Agents come back together after a restart, each with a connection or two, and scripts open one for each request."""

KEPT_FOR_THIS_MACHINE = 50
"""Places in the total that only the machine itself takes, so that its administrator can still look what is wrong."""


class Place:
    """One connection's place in the count."""

    __slots__ = ("_connections", "address")

    def __init__(self, connections: Connections, address: str) -> None:
        self._connections: Connections | None = connections
        self.address = address

    def leave(self) -> None:
        """The connection is gone; may be said more than once."""
        if self._connections is not None:
            self._connections.left(self.address)
            self._connections = None


class Connections:
    """Belongs to the thread of the event loop. The machine itself is bound by the total alone."""

    def __init__(
        self, clock: Clock, total: int, per_address: int, is_here: Callable[[str], bool] | None = None
    ) -> None:
        self._clock = clock
        self._total = total
        self._per_address = per_address
        self._is_here = is_here or is_loopback
        self._by_address: Counter[str] = Counter()
        self._opened = Rates(2 * per_address, per_address / SECONDS_TO_OPEN_ALL)
        self._lines = Seldom()
        self.count = 0

    def enter(self, address: str) -> Place | None:
        """A place for one more; None when there is none for this address."""
        here = self._is_here(address)
        if self.count >= self._total + (KEPT_FOR_THIS_MACHINE if here else 0):
            self.complain("", "%d connections are open, and no more are taken", self.count)
            return None
        if not here and self._by_address[address] >= self._per_address:
            self.complain(
                address,
                "%s holds %d connections, and no more are taken from it (CONNECTIONS_PER_ADDRESS)",
                address,
                self._per_address,
            )
            return None
        if not here and self._opened.wait(address, self._clock.monotonic()):
            self.complain(address, "%s opens connections too fast, and some are not taken", address)
            return None
        self.count += 1
        self._by_address[address] += 1
        return Place(self, address)

    def left(self, address: str) -> None:
        self.count -= 1
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]

    def complain(self, about: str, line: str, *arguments: object) -> None:
        """Log a warning about this address, at most once a minute."""
        if self._lines.may_tell(about, self._clock.monotonic()):
            log.warning(line, *arguments)


def is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address.partition("%")[0]).is_loopback
    except ValueError:
        return False
