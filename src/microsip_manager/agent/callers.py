"""Who may call the agent: this machine and its servers, until signed requests take over."""

from __future__ import annotations

import ipaddress
import logging
import socket
import threading
from collections.abc import Callable, Iterable, Sequence
from urllib.parse import urlsplit

from microsip_manager.clock import Clock

log = logging.getLogger(__name__)

KEEP_SECONDS = 300.0
"""How long addresses once looked up are believed."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def look_up(host: str) -> Iterable[str]:
    """The addresses of a host; raises `OSError`."""
    return (str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM))


def is_own(address: str) -> bool:
    """True for an address of this machine: the system lets nobody bind to another one."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True


class Callers:
    """Decides by the address a request comes from. Any thread may ask."""

    def __init__(
        self,
        servers: Sequence[str],
        clock: Clock,
        look_up: Callable[[str], Iterable[str]] = look_up,
        is_own: Callable[[str], bool] = is_own,
    ) -> None:
        self._hosts = list(dict.fromkeys(urlsplit(server).hostname or "" for server in servers))
        self._clock = clock
        self._look_up = look_up
        self._is_own = is_own
        self._lock = threading.Lock()
        self._known: frozenset[Address] = frozenset()
        self._known_until = float("-inf")

    def may_call(self, address: str) -> bool:
        caller = _address(address)
        if caller is None:
            return False
        return caller.is_loopback or caller in self._addresses() or self._is_own(str(caller))

    def _addresses(self) -> frozenset[Address]:
        with self._lock:
            if self._clock.monotonic() >= self._known_until:
                self._known = frozenset(found for host in self._hosts for found in self._addresses_of(host))
                self._known_until = self._clock.monotonic() + KEEP_SECONDS
            return self._known

    def _addresses_of(self, host: str) -> list[Address]:
        try:
            return [found for text in self._look_up(host) if (found := _address(text))]
        except (OSError, UnicodeError) as error:
            log.warning("%s has no address at the moment, so its calls are refused: %s", host, error)
            return []


def _address(text: str) -> Address | None:
    """The address, an IPv4 one also when it comes in IPv6 clothes."""
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found
