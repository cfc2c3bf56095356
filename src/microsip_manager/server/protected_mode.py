"""Who may speak with the server at all until there are accounts: its own machine, and no foreign web page."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from microsip_manager.server.asgi import send_problem
from microsip_manager.wire.host_header import is_address, names_this_machine, own_names
from microsip_manager.wire.problems import ProblemCode, problem

PROTECTED = (
    "This server is in protected mode: without accounts it serves its own machine only. On a network where "
    "everybody may control every phone, start it with OPEN_NETWORK=1 to serve all addresses."
)
_PROXY_HEADERS = frozenset((b"x-forwarded-for", b"forwarded", b"x-real-ip"))
_LOOKED_AT = _PROXY_HEADERS | {b"host", b"origin"}


class ProtectedMode:
    """Wraps the application; refuses with 403 and one sentence on what to do."""

    def __init__(self, app: ASGIApp, open_network: bool, has_key: Callable[[str], bool] = lambda path: False) -> None:
        """`has_key` says of a path that whoever knows it may read it, from wherever."""
        self._app = app
        self._has_key = has_key
        self._open_network = open_network
        self._own_names = own_names(socket.gethostname())
        self._own_hosts: set[bytes] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or (refusal := self._refusal(scope)) is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await send_problem(send, problem(*refusal))

    def _refusal(self, scope: Scope) -> tuple[ProblemCode, str] | None:
        host = origin = b""
        proxied = False
        for name, value in scope["headers"]:
            if name not in _LOOKED_AT:
                continue
            if name == b"host":
                host = value
            elif name == b"origin":
                origin = value
            else:
                proxied = True
        if not self._open_network and not self._comes_with_key(scope):
            if proxied or not _from_this_machine(scope):
                return ProblemCode.PROTECTED_MODE, PROTECTED
            # A web page elsewhere can give its own name this machine's address (DNS rebinding).
            if host not in self._own_hosts and not self._is_own_host(host):
                return ProblemCode.FOREIGN_ORIGIN, (
                    "In protected mode the server answers only to its own names: call it by its address, "
                    "such as http://127.0.0.1:8083."
                )
        if origin and origin.partition(b"://")[2] != host:
            return ProblemCode.FOREIGN_ORIGIN, "A web page of another site must not use this server."
        return None

    def _comes_with_key(self, scope: Scope) -> bool:
        return scope["type"] == "http" and scope["method"] == "GET" and self._has_key(scope["path"])

    def _is_own_host(self, host: bytes) -> bool:
        if not names_this_machine(host.decode("latin-1"), self._own_names):
            return False
        if len(self._own_hosts) < 100:
            self._own_hosts.add(host)
        return True


def _from_this_machine(scope: Scope) -> bool:
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
