"""Who looks at a page of the panel."""

from __future__ import annotations

from starlette.requests import Request

from microsip_manager.server.identity.caller import Caller
from microsip_manager.web.panel import Visitor


def visitor_of(request: Request) -> Visitor:
    caller: Caller = request.scope["caller"]
    return Visitor(caller.name, caller.role.value if caller.role else "")
