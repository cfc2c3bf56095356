"""Under which addresses this server can be reached, as far as it can know."""

from __future__ import annotations

import socket

ELSEWHERE = "192.0.2.1"
"""An address that nobody has. Nothing is sent to it: the system only says by which of its own it would."""


def own_servers(port: int, scheme: str = "http") -> list[str]:
    """The address by which this machine reaches its network, and its name; loopback when it has no network."""
    address = _own_address()
    if address is None:
        return [f"{scheme}://127.0.0.1:{port}"]
    name = socket.gethostname()
    hosts = [address] if name in ("", "localhost") or not name.isascii() else [address, name]
    return [f"{scheme}://{host}:{port}" for host in hosts]


def _own_address() -> str | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((ELSEWHERE, 9))
        except OSError:
            return None
        address: str = probe.getsockname()[0]
    return address
