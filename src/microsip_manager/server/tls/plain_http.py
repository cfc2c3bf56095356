"""Who may do without TLS once there are accounts: the machine itself, and what is no secret."""

from __future__ import annotations

from collections.abc import Callable

from starlette.types import Scope

from microsip_manager.server.errors import NeedsTls
from microsip_manager.server.identity.rights import Endpoint
from microsip_manager.server.protected_mode import from_this_machine
from microsip_manager.wire.host_header import host_of

NO_SECRET = frozenset(("/healthz", "/readyz", "/api/ca.pem", "/directory/{key}/directory.json"))
"""What neither takes nor gives credentials, so that it may come in the clear, by any name.

MicroSIP, which reads the phonebook, knows no private authority.
"""


class PlainHttp:
    """`has_certificate` says whether the server speaks TLS at all at the moment."""

    def __init__(
        self,
        allowed: bool,
        has_certificate: Callable[[], bool],
        is_here: Callable[[Scope], bool] = from_this_machine,
    ) -> None:
        self._allowed = allowed
        self._has_certificate = has_certificate
        self._is_here = is_here

    def check(self, scope: Scope, host: bytes) -> None:
        """Raises `NeedsTls` when this request has to come over TLS. `host` is what it calls the server."""
        if self._allowed or scope["scheme"] in ("https", "wss") or self._is_here(scope):
            return
        if not self._has_certificate():
            raise NeedsTls(
                "There are accounts, so other machines have to use TLS, and this server has no certificate yet: "
                "run `microsip-manager tls init` on it."
            )
        address = _https(scope, host)
        is_page = scope["type"] == "http" and scope["method"] in ("GET", "HEAD") and not _is_api(scope["path"])
        raise NeedsTls(f"Use {address} instead: passwords and tokens must not travel in the clear.", address, is_page)


def is_no_secret(endpoint: Endpoint | None) -> bool:
    return endpoint is not None and endpoint.method == "GET" and endpoint.path in NO_SECRET


def _is_api(path: str) -> bool:
    return path == "/api" or path.startswith("/api/")


def _https(scope: Scope, host: bytes) -> str:
    """The address of the same over TLS, on the same port."""
    header = host.decode("latin-1")
    name, port = host_of(header), header.rpartition("]")[2].partition(":")[2]
    if not (port.isascii() and port.isdigit()):
        port = str(scope["server"][1])
    # Put together anew: what else a header may say, such as `here:1@elsewhere`, leads nobody anywhere.
    address = f"https://{f'[{name}]' if ':' in name else name}:{port}"
    if _is_api(scope["path"]) or scope["type"] != "http":
        return address
    query = f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else ""
    return f"{address}{scope['raw_path'].decode('latin-1')}{query}"
