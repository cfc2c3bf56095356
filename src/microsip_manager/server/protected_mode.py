"""Whom the server serves as long as there are no accounts: its own machine. And never a foreign web page."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable

from starlette.types import Scope

from microsip_manager.server.errors import ForeignOrigin, ProtectedFromOthers
from microsip_manager.tls.names import Names
from microsip_manager.wire.host_header import host_of, is_address, names_this_machine, own_names

PROTECTED = (
    "This server is in protected mode: without accounts it serves its own machine only. On a network where "
    "everybody may control every phone, start it with OPEN_NETWORK=1 to serve all addresses."
)
_PROXY_HEADERS = frozenset((b"x-forwarded-for", b"forwarded", b"x-real-ip"))

Headers = dict[bytes, bytes]
"""Those of a request, by their names in lower case."""


class ProtectedMode:
    """Judges requests by where they come from and whom they call."""

    def __init__(
        self,
        open_network: bool,
        has_key: Callable[[str], bool] = lambda path: False,
        certified: Callable[[], Names] = Names,
    ) -> None:
        """`has_key` says of a path that whoever knows it may read it, from wherever.

        `certified` are the names in the server's certificate.
        """
        self._has_key = has_key
        self._certified = certified
        self._open_network = open_network
        self._own_names = own_names(socket.gethostname())
        self._own_hosts: set[bytes] = set()

    def check_origin(self, scope: Scope, headers: Headers) -> bytes:
        """The host that is called; raises `ForeignOrigin` for a web page of another site."""
        host, origin = headers.get(b"host", b""), headers.get(b"origin")
        if origin:
            scheme, _, own = origin.partition(b"://")
            # A page that came in the clear, and may be anybody's, is another site than ours over TLS.
            if own != host or (scheme != b"https" and scope["scheme"] in ("https", "wss")):
                raise ForeignOrigin("A web page of another site must not use this server.")
        return host

    def check_host(self, host: bytes) -> None:
        """Raises `ForeignOrigin` unless the server is called by an address or one of its names."""
        if host not in self._own_hosts and not self._is_own_host(host):
            raise ForeignOrigin(
                "The server answers to its addresses, its own names and those in its certificate; "
                "`microsip-manager tls init --name NAME` on the server adds one."
            )

    def check(self, scope: Scope, headers: Headers) -> None:
        """Raises `ProtectedFromOthers` and `ForeignOrigin` with one sentence on what to do."""
        if self._open_network or self._comes_with_key(scope):
            return
        if not _PROXY_HEADERS.isdisjoint(headers) or not from_this_machine(scope):
            raise ProtectedFromOthers(PROTECTED)
        host = headers.get(b"host", b"")
        # A web page elsewhere can give its own name this machine's address (DNS rebinding).
        if host not in self._own_hosts and not self._is_own_host(host):
            raise ForeignOrigin(
                "In protected mode the server answers only to its own names: call it by its address, "
                "such as http://127.0.0.1:8083."
            )

    def _comes_with_key(self, scope: Scope) -> bool:
        return scope["type"] == "http" and scope["method"] == "GET" and self._has_key(scope["path"])

    def _is_own_host(self, host: bytes) -> bool:
        name = host.decode("latin-1")
        if not names_this_machine(name, self._own_names) and not self._certified().has(host_of(name)):
            return False
        if len(self._own_hosts) < 100:
            self._own_hosts.add(host)
        return True


def from_this_machine(scope: Scope) -> bool:
    """True for loopback, and when both ends of the connection have one address: the machine calls itself."""
    client, server = scope.get("client"), scope.get("server")
    if client is None:
        return False
    address: str = client[0]
    return (
        address == "127.0.0.1"
        or (server is not None and address == server[0])
        or (is_address(address) and ipaddress.ip_address(address).is_loopback)
    )
