"""The one door: who calls, and whether they may. Every request and every link passes here before anything else."""

from __future__ import annotations

from collections.abc import Awaitable
from functools import partial
from urllib.parse import quote

from starlette.types import ASGIApp, Receive, Scope, Send

from microsip_manager.server.asgi import send_problem, send_redirect
from microsip_manager.server.errors import ManagerError, NeedsTls, NoCsrfToken, NotAllowed, NotSignedIn
from microsip_manager.server.identity.caller import ADDRESS, CALLER, NOBODY, OPEN, Caller, CallerKind
from microsip_manager.server.identity.cookies import proves_its_page, session_secret
from microsip_manager.server.identity.credentials import Credentials, secret_in
from microsip_manager.server.identity.digests import digest
from microsip_manager.server.identity.own_groups import OwnGroups
from microsip_manager.server.identity.rights import Endpoint, Endpoints, Right, has
from microsip_manager.server.limits import Limits
from microsip_manager.server.protected_mode import Headers, ProtectedMode
from microsip_manager.server.tls.plain_http import PlainHttp, is_no_secret
from microsip_manager.web.panel import PAGES, SIGN_IN
from microsip_manager.wire.paths import HEARTBEAT

HOW_TO = "Sign in, or send a token: Authorization: Bearer mmt_..."
SIGN_IN_HEADER = (b"www-authenticate", b'Bearer realm="MicroSIP Manager"')
POLICY_VIOLATION = 1008

_USER = CallerKind.USER


class Guard:
    """Wraps the application.

    It finds `caller` and `endpoint` (an `Endpoint` or None) in the scope, and `still_welcome`: answers without end ask
    it before they say more, for what was shown at their beginning may have been taken back.
    """

    def __init__(
        self,
        app: ASGIApp,
        credentials: Credentials,
        own: OwnGroups,
        protected: ProtectedMode,
        plain_http: PlainHttp,
        limits: Limits,
    ) -> None:
        self._app = app
        self._credentials = credentials
        self._own = own
        self._protected = protected
        self._plain_http = plain_http
        self._limits = limits
        self._endpoints = Endpoints()
        self._heartbeat = self._endpoints.find("POST", HEARTBEAT)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        # Not `async`: it hands on what is to be awaited, which saves each request a coroutine.
        if scope["type"] == "lifespan":
            return self._app(scope, receive, send)
        method = scope["method"] if scope["type"] == "http" else "WEBSOCKET"
        # Into the scope before anything is refused, for the audit log; Starlette has `endpoint` for itself later.
        endpoint = scope["endpoint"] = scope["asked"] = self._endpoints.find(method, scope["path"])
        try:
            # Of a header that comes twice the last one counts, for all who look.
            headers = dict(scope["headers"])
            host = self._protected.check_origin(scope, headers)
            if self._credentials.required and not is_no_secret(endpoint):
                self._protected.check_host(host)
                self._plain_http.check(scope, host)
            caller, shown = self._caller(scope, headers, endpoint)
            scope["caller"] = caller
            if caller is not OPEN:  # who may do everything, as often as it likes: most heartbeats come from there
                self._check(scope, caller, endpoint)
        except ManagerError as error:
            return _refuse(scope, send, error, endpoint)
        if endpoint is self._heartbeat:  # its door finds in the scope all that it asks for
            return self._app(scope, receive, send)
        scope["still_welcome"] = partial(self._still_welcome, shown)
        CALLER.set(caller)
        ADDRESS.set(scope["client"][0] if scope["client"] else "")
        if caller.groups and endpoint is not None and endpoint.right is Right.ACT:
            return self._on_own(endpoint.hostname or "", scope, receive, send)
        return self._app(scope, receive, send)

    async def _on_own(self, hostname: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Go on where the client named is in a group of the caller."""
        try:
            await self._own.check(scope["caller"], hostname)
        except ManagerError as error:
            await _refuse(scope, send, error, scope["asked"])
        else:
            await self._app(scope, receive, send)

    def _caller(self, scope: Scope, headers: Headers, endpoint: Endpoint | None) -> tuple[Caller, bytes | None]:
        """The caller, and the secret that it showed, as in an `Authorization` header.

        Raises `ForeignOrigin`, `ProtectedFromOthers`, `NotSignedIn`, `NoCsrfToken`, and `TooManyRequests` for an
        address that goes on guessing.
        """
        if not self._credentials.required:
            self._protected.check(scope, headers)
            return OPEN, None
        shown = headers.get(b"authorization")
        if shown is None:
            return self._in_session(scope, endpoint)
        found = self._credentials.find_bearer(shown)
        # A session is no token: it comes in its cookie, with the proof of its page.
        if found is None or found.caller.kind is _USER:
            self._limits.check_stranger(scope)
            raise NotSignedIn("The token is not known, has expired or was revoked.")
        return found.caller, shown

    def _in_session(self, scope: Scope, endpoint: Endpoint | None) -> tuple[Caller, bytes | None]:
        """Whose browser it is. An old cookie is no credential: its owner must be able to reach the sign-in page."""
        secret = session_secret(scope)
        found = self._credentials.find(secret) if secret is not None else None
        if secret is None or found is None or found.caller.kind is not _USER:
            return NOBODY, None
        # What anybody may do needs no proof: who signs in again does not know the token of the session before.
        if not (endpoint is not None and endpoint.right is Right.ANYONE) and not proves_its_page(scope, secret):
            raise NoCsrfToken
        return found.caller, b"Bearer " + secret.encode()

    def _still_welcome(self, shown: bytes | None) -> bool:
        return self._credentials.holds(digest(secret_in(shown)) if shown is not None else None)

    def _check(self, scope: Scope, caller: Caller, endpoint: Endpoint | None) -> None:
        """Raises `NotSignedIn`, `NotAllowed` and `TooManyRequests`."""
        # What is not in the table is shown to nobody; to others the application says that there is nothing.
        right = endpoint.right if endpoint is not None else Right.SIGNED_IN
        if has(caller, right):
            if caller is NOBODY:
                self._limits.check_visitor(scope)
            else:
                self._limits.check(caller)
            return
        if caller is NOBODY:
            self._limits.check_stranger(scope)
            raise NotSignedIn(HOW_TO)
        role = caller.role.value if caller.role else caller.kind.value
        raise NotAllowed(f"The role {role} does not reach so far.")


async def _refuse(scope: Scope, send: Send, error: ManagerError, endpoint: Endpoint | None) -> None:
    is_page = endpoint is not None and endpoint.path in PAGES
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": POLICY_VIOLATION})
    elif isinstance(error, NotSignedIn) and is_page:
        await _send_to_sign_in(scope, send)
    elif isinstance(error, NeedsTls) and error.is_page:
        await send_redirect(send, error.address)
    elif isinstance(error, NotSignedIn):
        await send_problem(send, error.problem(), SIGN_IN_HEADER)
    elif error.retry_after is not None:
        await send_problem(send, error.problem(), (b"retry-after", str(error.retry_after).encode()))
    else:
        await send_problem(send, error.problem())


async def _send_to_sign_in(scope: Scope, send: Send) -> None:
    """A browser that wants a page comes back to it from there."""
    wanted = scope["path"] + (f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else "")
    where = f"{SIGN_IN}?next={quote(wanted, safe='')}".encode()
    headers = [(b"location", where), (b"content-length", b"0"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 303, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
