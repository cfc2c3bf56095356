"""Under which names and addresses a server is called."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from microsip_manager.tls.errors import BadCertificate

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_LABEL = "[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(\*\.)?{_LABEL}(\.{_LABEL})*")

# Documentation addresses (RFC 5737, 3849): a route to them exists wherever there is one to the world, and nothing is
# sent to find it.
_FAR_AWAY = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))


@dataclass(frozen=True)
class Names:
    """In lower case, foreign letters as DNS writes them (`xn--…`); each once."""

    dns: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.dns or self.addresses)

    def __str__(self) -> str:
        return " ".join((*self.dns, *map(str, self.addresses)))

    def with_more(self, more: Self) -> Names:
        return Names(
            tuple(dict.fromkeys((*self.dns, *more.dns))), tuple(dict.fromkeys((*self.addresses, *more.addresses)))
        )

    def has(self, host: str) -> bool:
        """Whether a certificate with these is good for this host."""
        try:
            return ipaddress.ip_address(host) in self.addresses
        except ValueError:
            pass
        name = host.lower().rstrip(".")
        return name in self.dns or f"*.{name.partition('.')[2]}" in self.dns


def names_of(given: Iterable[str]) -> Names:
    """Sorts what was given into names and addresses; raises `BadCertificate` for what is neither."""
    dns: list[str] = []
    addresses: list[Address] = []
    for text in given:
        try:
            addresses.append(ipaddress.ip_address(text.strip().strip("[]")))
        except ValueError:
            dns.append(_name(text))
    return Names().with_more(Names(tuple(dns), tuple(addresses)))


def check_address(text: str) -> str:
    """The text, if it is an address; raises `BadCertificate`."""
    if names_of([text]).dns:
        raise BadCertificate(f"{text!r} is no address")
    return text


def names_of_this_machine() -> Names:
    """Its own names, and its addresses as far as the system tells them."""
    computer = socket.gethostname()
    found = ["localhost", "127.0.0.1", "::1"]
    for name in (computer, socket.getfqdn()):
        try:
            found.append(_name(name))
        except BadCertificate:
            continue  # nobody can call it by such a name
    found += _addresses_of(computer)
    return names_of(found)


def _addresses_of(computer: str) -> list[str]:
    found: list[str] = []
    for family, far in _FAR_AWAY:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((far, 9))
                found.append(probe.getsockname()[0])
        except OSError:
            continue  # a machine without this family, or without a way out
    try:
        known = [str(entry[4][0]) for entry in socket.getaddrinfo(computer, None, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        known = []
    # An address that is good on one cable only (fe80::…%eth0) stands in no certificate.
    return [address for address in found + known if "%" not in address and not address.startswith("fe80:")]


def _name(text: str) -> str:
    name = text.strip().rstrip(".").lower()
    try:
        name = name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        name = ""
    if len(name) > 253 or not _NAME.fullmatch(name):
        raise BadCertificate(f"{text!r} is neither a host name nor an address")
    return name
