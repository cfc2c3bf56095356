"""`POST /api/heartbeat`, taken out in front of FastAPI's router: it is asked a thousand times for every other call."""

from __future__ import annotations

from collections.abc import Awaitable

from starlette.types import ASGIApp, Receive, Scope, Send

from microsip_manager.server.asgi import read_body, send_problem
from microsip_manager.server.errors import ManagerError
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.heartbeat_memory import HeartbeatMemory
from microsip_manager.server.identity.caller import OPEN
from microsip_manager.server.identity.clones import Clones
from microsip_manager.server.identity.own_client import check_own_client
from microsip_manager.server.traffic import Traffic
from microsip_manager.wire.codec import BadMessage
from microsip_manager.wire.heartbeat import HEARTBEAT_LIMIT
from microsip_manager.wire.paths import HEARTBEAT
from microsip_manager.wire.problems import ProblemCode, problem

ACCEPTED = b'{"status":"ok"}'
_START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(ACCEPTED)).encode())],
}
_BODY = {"type": "http.response.body", "body": ACCEPTED}


class HeartbeatDoor:
    """Takes heartbeats to the fleet and passes everything else on."""

    def __init__(self, app: ASGIApp, fleet: Fleet, clones: Clones, traffic: Traffic) -> None:
        self._app = app
        self._fleet = fleet
        self._clones = clones
        self._traffic = traffic
        self._read = HeartbeatMemory()

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        # Not `async`: it hands on what is to be awaited, which saves each request a coroutine.
        if scope["type"] != "http" or scope["path"] != HEARTBEAT:
            return self._app(scope, receive, send)
        if scope["method"] != "POST":
            refusal = problem(ProblemCode.METHOD_NOT_ALLOWED, "Heartbeats are sent by POST.")
            return send_problem(send, refusal, (b"allow", b"POST"))
        return self._take(scope, receive, send)

    async def _take(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            message = await receive()
            body: bytes = message.get("body", b"")
            if message.get("more_body") or len(body) > HEARTBEAT_LIMIT:  # never so with an agent's heartbeat
                body = await read_body(receive, HEARTBEAT_LIMIT, message)
            beat, caller = self._read(body), scope["caller"]
            if caller is not OPEN:
                check_own_client(caller, beat.hostname)
                beat = self._clones.heard(caller, beat)
            self._fleet.record(beat, scope["client"][0])
            self._traffic.heartbeats += 1
        except BadMessage as error:
            await send_problem(send, problem(ProblemCode.BAD_MESSAGE, str(error)))
        except ManagerError as error:
            await send_problem(send, problem(error.code, str(error)))
        else:
            await send(_START)
            await send(_BODY)
