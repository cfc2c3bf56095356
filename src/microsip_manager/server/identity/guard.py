"""The one door: who calls, and whether they may. Every request and every link passes here before anything else."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from microsip_manager.server.asgi import send_problem
from microsip_manager.server.errors import ManagerError, NotAllowed, NotSignedIn, TooManyRequests
from microsip_manager.server.identity.caller import ADDRESS, CALLER, NOBODY, OPEN, Caller
from microsip_manager.server.identity.credentials import Credentials
from microsip_manager.server.identity.own_groups import OwnGroups
from microsip_manager.server.identity.rights import Endpoint, Endpoints, Right, has
from microsip_manager.server.issuer import ISSUER
from microsip_manager.server.limits import Limits
from microsip_manager.server.protected_mode import ProtectedMode

SIGN_IN = "Sign in, or send a token: Authorization: Bearer mmt_..."
SIGN_IN_HEADER = (b"www-authenticate", b'Bearer realm="MicroSIP Manager"')
POLICY_VIOLATION = 1008


class Guard:
    """Wraps the application. It finds `caller` and `endpoint` (an `Endpoint` or None) in the scope."""

    def __init__(
        self, app: ASGIApp, credentials: Credentials, own: OwnGroups, protected: ProtectedMode, limits: Limits
    ) -> None:
        self._app = app
        self._credentials = credentials
        self._own = own
        self._protected = protected
        self._limits = limits
        self._endpoints = Endpoints()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        try:
            caller = self._known(scope)
            method = scope["method"] if scope["type"] == "http" else "WEBSOCKET"
            endpoint = self._endpoints.find(method, scope["path"])
            if caller is not OPEN:  # who may do everything, as often as it likes: most heartbeats come from there
                self._check(scope, caller, endpoint)
                if endpoint is not None and endpoint.right is Right.ACT and caller.groups:
                    await self._own.check(caller, endpoint.hostname or "")
        except ManagerError as error:
            await _refuse(scope, send, error)
            return
        scope["caller"], scope["endpoint"] = caller, endpoint
        address = scope["client"][0] if scope["client"] else ""
        CALLER.set(caller)
        ADDRESS.set(address)
        ISSUER.set(address if caller is OPEN else caller.issuer)
        await self._app(scope, receive, send)

    def _known(self, scope: Scope) -> Caller:
        """The caller; raises as `_caller` does, and `TooManyRequests` for an address that goes on guessing."""
        try:
            return self._caller(scope)
        except NotSignedIn:
            self._limits.check_stranger(scope)
            raise

    def _caller(self, scope: Scope) -> Caller:
        """Raises `ForeignOrigin`, `ProtectedFromOthers` and `NotSignedIn`."""
        # Of a header that comes twice the last one counts, for all who look.
        headers = dict(scope["headers"])
        self._protected.check_origin(headers)
        if not self._credentials.required:
            self._protected.check(scope, headers)
            return OPEN
        shown = headers.get(b"authorization")
        if shown is None:
            return NOBODY
        kind, _, secret = shown.partition(b" ")
        found = self._credentials.find(secret.strip()) if kind.lower() == b"bearer" else None
        if found is None:
            raise NotSignedIn("The token is not known, has expired or was revoked.")
        return found.caller

    def _check(self, scope: Scope, caller: Caller, endpoint: Endpoint | None) -> None:
        """Raises `NotSignedIn`, `NotAllowed` and `TooManyRequests`."""
        if caller is NOBODY and (endpoint is None or endpoint.right is not Right.ANYONE):
            self._limits.check_stranger(scope)
        self._check_right(caller, endpoint)
        self._limits.check(caller)

    def _check_right(self, caller: Caller, endpoint: Endpoint | None) -> None:
        """What is not in the table is shown to nobody; to others the application says that there is nothing."""
        right = endpoint.right if endpoint is not None else Right.SIGNED_IN
        if has(caller, right):
            return
        if caller is NOBODY:
            raise NotSignedIn(SIGN_IN)
        role = caller.role.value if caller.role else caller.kind.value
        raise NotAllowed(f"The role {role} does not reach so far.")


async def _refuse(scope: Scope, send: Send, error: ManagerError) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": POLICY_VIOLATION})
    elif isinstance(error, NotSignedIn):
        await send_problem(send, error.problem(), SIGN_IN_HEADER)
    elif isinstance(error, TooManyRequests):
        await send_problem(send, error.problem(), (b"retry-after", str(error.wait).encode()))
    else:
        await send_problem(send, error.problem())
