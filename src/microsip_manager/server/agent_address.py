"""Where the server calls agents: in the networks of AGENT_NETWORKS, at ports that programs of users have. Pure.

The address is always the one a heartbeat came from; the port is all that an agent can choose.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from microsip_manager.server.webhook_address import Network, plain_address

NEVER = tuple(
    map(
        ipaddress.ip_network,
        (
            "0.0.0.0/8",
            "169.254.0.0/16",
            "224.0.0.0/4",
            "240.0.0.0/4",
            "::/128",
            "fe80::/10",
            "ff00::/8",
            # Where clouds tell a machine its secrets, beside 169.254.169.254.
            "100.100.100.200/32",
            "168.63.129.16/32",
            "192.0.0.192/32",
            "fd00:ec2::254/128",
            "fd20:ce::254/128",
        ),
    )
)
"""No agent is at home there, whatever the setting says."""

FIRST_PORT = 1024
"""Below are the services of the system itself."""


def why_not_called(address: str, port: int, networks: Sequence[Network]) -> str:
    """For people; empty when an agent there may be called."""
    if not address:
        return "no heartbeat has told its address"
    try:
        plain = plain_address(ipaddress.ip_address(address))
    except ValueError:
        return f"{address} is not an address"
    # Only a link-local address has a zone.
    if "%" in address or any(plain in network for network in NEVER):
        return f"the server calls no agent at {address}, which is not the address of a PC"
    if not any(plain in network for network in networks):
        return f"the server calls no agent at {address}, which is outside AGENT_NETWORKS"
    if port < FIRST_PORT:
        return f"the server calls no agent at port {port}; AGENT_PORT must be {FIRST_PORT} or higher"
    return ""
