"""How often signing in has failed, and for how long nobody may try again. In memory, and bounded."""

from __future__ import annotations

import ipaddress
import math
from collections import OrderedDict
from dataclasses import dataclass

from microsip_manager.clock import Clock
from microsip_manager.server.errors import TooManyAttempts

FREE = 4
"""Failures without any wait; from the next one on each doubles it."""

LONGEST_FOR_ADDRESS = 900.0
LONGEST_FOR_NAME = 60.0
"""Shorter: who only knows a name shall not keep its owner out for long."""

FORGOTTEN_AFTER = 3600.0
MOST_REMEMBERED = 10_000


def neighbourhood(address: str) -> str:
    """What counts as one address: of IPv6 the network of a site, for each machine in it may choose among 2^64."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.IPv6Network((found.packed, 64), strict=False))


@dataclass
class _Failures:
    count: int = 0
    last: float = 0.0
    closed_until: float = 0.0


class _Book:
    """The failures of names, or of addresses. The one that was quiet for longest makes room."""

    def __init__(self, longest: float) -> None:
        self._longest = longest
        self._of: OrderedDict[str, _Failures] = OrderedDict()

    def wait(self, key: str, now: float) -> float:
        found = self._of.get(key)
        return max(0.0, found.closed_until - now) if found else 0.0

    def add(self, key: str, now: float) -> None:
        found = self._of.pop(key, None)
        if found is None or found.last + FORGOTTEN_AFTER <= now:
            found = _Failures()
        found.count, found.last = found.count + 1, now
        over = found.count - FREE
        if over > 0:
            found.closed_until = now + min(2.0 ** min(over - 1, 20), self._longest)
        self._of[key] = found
        while len(self._of) > MOST_REMEMBERED:
            self._of.popitem(last=False)

    def take_back(self, key: str, now: float) -> None:
        if found := self._of.get(key):
            found.count, found.closed_until = found.count - 1, now

    def forget(self, key: str) -> None:
        self._of.pop(key, None)


class Attempts:
    """Every attempt counts as failed from its beginning, or many at once would all be free."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._names = _Book(LONGEST_FOR_NAME)
        self._addresses = _Book(LONGEST_FOR_ADDRESS)
        self._homes: OrderedDict[tuple[str, str], None] = OrderedDict()
        """Names, and addresses from which they have signed in: strangers do not keep them out there."""

    def begin(self, name: str, address: str) -> None:
        """Raises `TooManyAttempts`, which counts for nothing; else `take_back` or `succeeded` follows, or it failed."""
        now, address = self._clock.monotonic(), neighbourhood(address)
        wait = self._addresses.wait(address, now)
        if (name, address) not in self._homes:
            wait = max(wait, self._names.wait(name, now))
        if wait > 0:
            raise TooManyAttempts(math.ceil(wait))
        self._names.add(name, now)
        self._addresses.add(address, now)

    def take_back(self, name: str, address: str) -> None:
        """It was neither right nor wrong."""
        now = self._clock.monotonic()
        self._names.take_back(name, now)
        self._addresses.take_back(neighbourhood(address), now)

    def succeeded(self, name: str, address: str) -> None:
        """The failures of an address stay: who has one account must not try others for free."""
        address = neighbourhood(address)
        self._names.forget(name)
        self._addresses.take_back(address, self._clock.monotonic())
        self._homes[name, address] = None
        self._homes.move_to_end((name, address))
        while len(self._homes) > MOST_REMEMBERED:
            self._homes.popitem(last=False)
