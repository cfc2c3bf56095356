"""Tells browsers to come over TLS from now on (HSTS), where that harms nobody else.

A browser takes it for the whole name, all ports of it. Only a server on the port of https itself may say so: on any
other the name may be a machine's on which other services speak plain HTTP.
"""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HTTPS_PORT = 443
HEADER = (b"strict-transport-security", b"max-age=2592000")
"""A month: long enough to protect, short enough to be undone."""


class StrictTransport:
    """Adds the header to answers over TLS. Only browsers that trust the certificate obey it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["scheme"] != "https":
            await self._app(scope, receive, send)
            return

        async def send_with_it(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), HEADER]}
            await send(message)

        await self._app(scope, receive, send_with_it)
