"""On whose behalf the server acts at this moment."""

from __future__ import annotations

from contextvars import ContextVar

from starlette.types import ASGIApp, Receive, Scope, Send

ISSUER: ContextVar[str] = ContextVar("issuer", default="server")
"""The address of a caller, or the part of the server that acts by itself. Tasks inherit it from who starts them."""


class IssuerOf:
    """Wraps the application; until there are accounts, a caller is known by its address."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["client"]:
            ISSUER.set(scope["client"][0])
        await self._app(scope, receive, send)
