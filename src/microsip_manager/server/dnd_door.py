"""`POST /api/clients/{hostname}/set_dnd`, taken out in front of FastAPI, whose way there costs more than the command.

To find the route and read its one parameter took a good quarter of the server's time for a command over a link. The
route stays registered: it is in the document, and it answers what this door does not understand.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from microsip_manager.server.error_responses import error_response, is_expected
from microsip_manager.wire.names import HOSTNAME_LIMIT

Switch = Callable[[Request, str], Awaitable[Response]]
"""What answers a request to switch DND of the client of that hostname."""

_BEFORE, _BEHIND = "/api/clients/", "/set_dnd"


class DndDoor:
    """Has DND of one client switched and passes everything else on."""

    def __init__(self, app: ASGIApp, switch: Switch) -> None:
        self._app = app
        self._switch = switch

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        # Not `async`, as the door of the heartbeats.
        hostname = _hostname_in(scope)
        if hostname is None:
            return self._app(scope, receive, send)
        return self._take(hostname, scope, receive, send)

    async def _take(self, hostname: str, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = await self._switch(Request(scope, receive), hostname)
        except Exception as error:
            await error_response(error)(scope, receive, send)
            if not is_expected(error):
                raise  # uvicorn logs it with its traceback, as it does with those of FastAPI
        else:
            await response(scope, receive, send)


def _hostname_in(scope: Scope) -> str | None:
    """Whose DND is to be switched; None for any other request, and for a hostname that no client can have."""
    if scope["type"] != "http" or scope["method"] != "POST":
        return None
    path: str = scope["path"]
    if not path.endswith(_BEHIND) or not path.startswith(_BEFORE):
        return None
    hostname = path[len(_BEFORE) : -len(_BEHIND)]
    return hostname if 1 <= len(hostname) <= HOSTNAME_LIMIT and "/" not in hostname else None
