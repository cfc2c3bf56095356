"""Which `Host` a request may name. A web page elsewhere can give its own name a local address (DNS rebinding)."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection


def host_of(header: str) -> str:
    """The host in a `Host` header, in lower case and without port and brackets."""
    lowered = header.strip().lower()
    if lowered.startswith("["):
        return lowered[1:].partition("]")[0]
    return lowered.partition(":")[0]


def is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def own_names(computer: str) -> frozenset[str]:
    """The names under which a computer of this name may be called, beside its addresses."""
    name = computer.lower()
    return frozenset({"localhost", name, name.partition(".")[0]})


def names_this_machine(header: str, names: Collection[str]) -> bool:
    """True for an address and for one of the machine's own `names`."""
    host = host_of(header)
    return host in names or is_address(host)
