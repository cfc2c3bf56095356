"""The agent's port: opening it, and telling clearly when it is taken."""

from __future__ import annotations

import errno
import socket
import sys
from collections.abc import Iterable, Sequence

from microsip_manager.agent.errors import UnusableSystem

EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - servers must reach the agent; http_api refuses everyone else
LOOPBACK = ("127.0.0.1", "::1")

WINDOWS_ADDRESS_IN_USE = (10048, 10013)
"""WSAEADDRINUSE, and WSAEACCES, which Windows says when the other program has the port exclusively."""


def listening_sockets(addresses: Iterable[str], port: int) -> list[socket.socket]:
    """Sockets that hear this port (0: a free one) at these addresses; raises `UnusableSystem` when it is taken."""
    sockets: list[socket.socket] = []
    for address in addresses:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        try:
            sockets.append(_listening(family, address, port))
        except OSError as error:
            if family is socket.AF_INET6 and sockets and not _is_taken(error):
                continue  # a machine without IPv6 is fine with IPv4 alone
            for opened in sockets:
                opened.close()
            raise UnusableSystem(_why(error, address, port)) from None
        port = sockets[0].getsockname()[1]
    return sockets


def _listening(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":
            # Without it Windows lets a second program take the same port and steal the requests.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family is socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((address, port))
        sock.listen(64)
    except OSError:
        sock.close()
        raise
    return sock


def _is_taken(error: OSError) -> bool:
    return error.errno == errno.EADDRINUSE or error.errno in WINDOWS_ADDRESS_IN_USE


def _why(error: OSError, address: str, port: int) -> str:
    if _is_taken(error):
        return f"port {port} is taken, perhaps by another agent; AGENT_PORT sets another one"
    return f"port {port} cannot be opened at {address}: {error.strerror}; AGENT_PORT sets another one"


def addresses_to_hear(configured: Sequence[str], *, others: bool) -> Sequence[str]:
    """Where to listen: at this PC alone unless `others` may call; `configured` none means everywhere."""
    if not others:
        return LOOPBACK
    return configured or EVERY_ADDRESS
