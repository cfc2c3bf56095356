"""The one door: who calls, and whether they may. Every request and every link passes here before anything else."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from microsip_manager.server.asgi import send_problem
from microsip_manager.server.errors import ManagerError, NotAllowed, NotSignedIn
from microsip_manager.server.identity.caller import ADDRESS, CALLER, NOBODY, OPEN, Caller
from microsip_manager.server.identity.credentials import Credentials
from microsip_manager.server.identity.own_groups import OwnGroups
from microsip_manager.server.identity.rights import Endpoint, Endpoints, Right, has
from microsip_manager.server.issuer import ISSUER
from microsip_manager.server.protected_mode import ProtectedMode

SIGN_IN = "Sign in, or send a token: Authorization: Bearer mmt_..."
SIGN_IN_HEADER = (b"www-authenticate", b'Bearer realm="MicroSIP Manager"')
POLICY_VIOLATION = 1008


class Guard:
    """Wraps the application. It finds `caller` and `endpoint` (an `Endpoint` or None) in the scope."""

    def __init__(self, app: ASGIApp, credentials: Credentials, own: OwnGroups, protected: ProtectedMode) -> None:
        self._app = app
        self._credentials = credentials
        self._own = own
        self._protected = protected
        self._endpoints = Endpoints()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        try:
            caller = self._caller(scope)
            method = scope["method"] if scope["type"] == "http" else "WEBSOCKET"
            endpoint = self._endpoints.find(method, scope["path"])
            self._check(caller, endpoint)
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

    def _caller(self, scope: Scope) -> Caller:
        """Raises `ForeignOrigin`, `ProtectedFromOthers` and `NotSignedIn`."""
        self._protected.check_origin(scope)
        if not self._credentials.required:
            self._protected.check(scope)
            return OPEN
        for name, value in scope["headers"]:
            if name == b"authorization":
                found = self._credentials.find_bearer(value)
                if found is None:
                    raise NotSignedIn("The token is not known, has expired or was revoked.")
                return found.caller
        return NOBODY

    def _check(self, caller: Caller, endpoint: Endpoint | None) -> None:
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
    else:
        await send_problem(send, error.problem())
