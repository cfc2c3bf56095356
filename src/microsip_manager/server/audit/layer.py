"""The one place where requests become rows: around the guard, so that its refusals are there as well.

What is written follows from the table of rights: every endpoint that is not in `OF_AGENTS` and does more than
look is audited, so a new one cannot be forgotten.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Hashable
from http import HTTPStatus
from itertools import count

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from microsip_manager.clock import Clock
from microsip_manager.server.audit.audit_log import AuditLog
from microsip_manager.server.audit.deed import NOTE, OK, Deed, Note
from microsip_manager.server.identity.caller import NOBODY, Caller, CallerKind
from microsip_manager.server.identity.rights import Endpoint
from microsip_manager.server.traffic import Traffic
from microsip_manager.wire.codec import BadMessage
from microsip_manager.wire.paths import AUDIT, CALLS, EVENTS, HEARTBEAT, LINK
from microsip_manager.wire.problems import CONTENT_TYPE, ProblemCode, decode_problem

SAFE = frozenset(("GET", "HEAD", "OPTIONS"))

READS = frozenset((("GET", CALLS), ("GET", EVENTS), ("GET", AUDIT)))
"""What is audited though it only looks: it shows who called whom, or takes the log itself away."""

OF_AGENTS = frozenset((("POST", HEARTBEAT), ("WEBSOCKET", LINK), ("POST", CALLS)))
"""What agents say all day long; it is kept elsewhere, and here only when it is refused, or said by somebody else."""

REFUSED = frozenset((HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS))
BROKEN_OFF = "broken-off"
"""The outcome of a request that ended without an answer."""

_PROBLEM = CONTENT_TYPE.encode()
_OK = 200
"""As an integer: Python compares it with a member of an enum in three times the time."""


class Audit:
    """Wraps the whole application."""

    def __init__(self, app: ASGIApp, audit: AuditLog, clock: Clock, traffic: Traffic) -> None:
        self._app = app
        self.log = audit
        self.clock = clock
        self.traffic = traffic
        # Chance once, then numbers: asking the system for chance each time costs too much.
        self._run = secrets.token_hex(8)
        self._numbers = count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        request = _Request(self, scope, send)
        if scope["path"] == HEARTBEAT:
            # Nothing is noted on its way, and whoever breaks off leaves no trace.
            await self._app(scope, receive, request.send_of_heartbeat)
            return
        NOTE.set(request)
        try:
            await self._app(scope, receive, request.send)
        finally:
            request.end()

    def next_id(self) -> str:
        return f"{self._run}{next(self._numbers):012x}"


class _Request(Note):
    """One request on its way out. Every heartbeat makes one, so it costs next to nothing to make."""

    _status: int | None = None
    _outcome = ""
    _wanted = False
    _is_problem = False
    _done = False
    _id = ""

    def __init__(self, audit: Audit, scope: Scope, send: Send) -> None:
        self._audit = audit
        self._scope = scope
        self._send = send

    def send(self, message: Message) -> Awaitable[None]:
        # No coroutine of its own around the one that sends.
        kind = message["type"]
        if kind == "http.response.start":
            self._starts(message)
        elif self._wanted and kind == "http.response.body":
            if self._is_problem and not self._outcome:
                self._outcome = _code_in(message.get("body", b""))
            if not message.get("more_body", False):
                self._record()
        elif kind == "websocket.close" and not self._done and self._status is None:
            self._status, self._outcome, self._wanted = HTTPStatus.FORBIDDEN, ProblemCode.NOT_ALLOWED.value, True
            self._audit.traffic.refused[HTTPStatus.FORBIDDEN] += 1
            self._record()
        elif kind == "websocket.accept":
            self._done = True
        return self._send(message)

    def send_of_heartbeat(self, message: Message) -> Awaitable[None]:
        """As `send`, and the short way for what is taken: that is no matter for the log, whoever says it."""
        if self._done:
            return self._send(message)
        if message.get("status") == _OK:
            self._done = True
            return self._send(message)
        return self.send(message)

    def end(self) -> None:
        """The application has nothing more to say."""
        if self._done:
            return
        endpoint: Endpoint | None = self._scope.get("asked")
        if self._wanted or (self._status is None and _is_audited(endpoint, None, self._scope)):
            self._record()

    def _starts(self, message: Message) -> None:
        self._status = message["status"]
        endpoint: Endpoint | None = self._scope.get("asked")
        self._wanted = _is_audited(endpoint, self._status, self._scope)
        if not self._wanted:
            self._done = True
            return
        if self._status in REFUSED:
            self._audit.traffic.refused[self._status] += 1
        self._id = self._audit.next_id()
        headers = message.get("headers", ())
        self._is_problem = any(name == b"content-type" and value.startswith(_PROBLEM) for name, value in headers)
        message["headers"] = [*headers, (b"x-request-id", self._id.encode())]
        if endpoint is not None and (endpoint.method, endpoint.path) == ("GET", EVENTS) and not self._is_problem:
            self._record()  # it has no end

    def _record(self) -> None:
        if self._done:
            return
        self._done = True
        scope, audit = self._scope, self._audit.log
        caller: Caller = self.who or scope.get("caller", NOBODY)
        endpoint: Endpoint | None = scope.get("asked")
        failed = self._status is None or self._status >= HTTPStatus.BAD_REQUEST
        method = scope.get("method", "WEBSOCKET")
        deed = Deed(
            at=self._audit.clock.now(),
            who=caller,
            # Never the path as it came: it may hold a key.
            what=f"{endpoint.method} {endpoint.path}" if endpoint is not None else f"{method} (unknown path)",
            address=scope["client"][0] if scope.get("client") else "",
            hostname=(endpoint.hostname or "") if endpoint is not None else "",
            target=self.target or (endpoint.target if endpoint is not None else ""),
            before=self.before,
            after=self.after,
            numbers=self.numbers,
            status=self._status,
            outcome=(self._outcome or _of(self._status)) if failed else OK,
            request_id=self._id,
        )
        if failed:
            audit.take_refusal(_kind_of_refusal(deed), deed)
        elif method in SAFE:
            audit.take_read((_who(deed), deed.what, deed.hostname, deed.numbers, str(deed.after)), deed)
        else:
            audit.take(deed)


def _is_audited(endpoint: Endpoint | None, status: int | None, scope: Scope) -> bool:
    if status in REFUSED:
        return True
    if endpoint is None:
        return False
    if (name := (endpoint.method, endpoint.path)) in OF_AGENTS:
        return scope.get("caller", NOBODY).kind in (CallerKind.USER, CallerKind.TOKEN)
    return endpoint.method not in SAFE or name in READS


def _kind_of_refusal(deed: Deed) -> Hashable:
    """What counts as the same. Of somebody unknown only the address: paths and names are theirs to invent."""
    if deed.who.kind is CallerKind.NOBODY:
        return deed.address, deed.outcome
    return _who(deed), deed.what, deed.hostname, deed.outcome


def _who(deed: Deed) -> Hashable:
    return deed.who.kind, deed.who.id, deed.who.name, deed.address


def _code_in(body: bytes) -> str:
    try:
        return decode_problem(body).code
    except BadMessage:
        return ""


def _of(status: int | None) -> str:
    return BROKEN_OFF if status is None else f"http-{status}"
