"""Who may call the agent without a signature: its own PC, unless LOCAL_API_OPEN lets everybody."""

from __future__ import annotations

import ipaddress


def this_pc_only(address: str) -> bool:
    """True for a loopback address, an IPv4 one also when it comes in IPv6 clothes."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return (mapped or found).is_loopback


def everybody(address: str) -> bool:
    return True
