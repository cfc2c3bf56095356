"""Who looks at a page of the panel."""

from __future__ import annotations

from starlette.requests import Request

from microsip_manager.server.identity.caller import Caller, CallerKind
from microsip_manager.server.identity.cookies import csrf_token, session_secret
from microsip_manager.web.panel import Visitor


def visitor_of(request: Request) -> Visitor:
    caller: Caller = request.scope["caller"]
    secret = session_secret(request.scope) if caller.kind is CallerKind.USER else None
    return Visitor(
        name=caller.name,
        role=caller.role.value if caller.role else "",
        csrf=csrf_token(secret) if secret is not None else "",
        is_open=caller.kind is CallerKind.OPEN,
    )
