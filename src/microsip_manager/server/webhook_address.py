"""Which addresses a webhook may lead to: not into the own network, unless a setting names it. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Receiver:
    """Where a URL leads to."""

    scheme: str
    host: str
    port: int
    target: str
    """Path and query."""

    @property
    def authority(self) -> str:
        """Host and port as the header `Host` has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def receiver_of(url: str) -> Receiver:
    """What a URL says; raises `ValueError`, with a reason for people, for one that cannot be a webhook's."""
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise ValueError("expected a URL of printable ASCII characters; write others percent-encoded or in Punycode")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("expected a URL with a host and, if need be, a port from 1 to 65535") from None
    if parts.scheme not in _PORTS:
        raise ValueError("expected a URL that begins with http:// or https://")
    if parts.username is not None or parts.password is not None:
        raise ValueError("expected a URL without a user name and a password")
    if not parts.hostname or "%" in parts.hostname:
        raise ValueError("expected a URL with the name or the address of a host")
    if port == 0:
        raise ValueError("expected a port from 1 to 65535")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Receiver(parts.scheme, parts.hostname, port or _PORTS[parts.scheme], target)


def may_be_called(address: str, networks: Sequence[Network]) -> bool:
    """True for an address of the public internet, and for one in these networks."""
    plain = plain_address(ipaddress.ip_address(address.partition("%")[0]))
    if any(plain in network for network in networks):
        return True
    return plain.is_global and not (plain.is_multicast or plain.is_reserved or plain.is_unspecified)


def plain_address(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address that an IPv6 address stands for, if it does: a gateway would go there."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None) or address
