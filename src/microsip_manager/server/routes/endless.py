"""Answers without end: streams of events, for whoever stays welcome."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractContextManager, aclosing

from fastapi.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

log = logging.getLogger(__name__)

STALL = 60.0
"""Seconds for which a reader may take nothing at all before its connection is closed."""


class NotWelcome(Exception):
    """What the reader showed at the beginning does not count any more."""


class EventStream(StreamingResponse):
    """Holds a place for as long as it is sent, which is until its reader is not welcome any more."""

    def __init__(
        self,
        place: Callable[[], AbstractContextManager[None]],
        events: AsyncGenerator[bytes],
        still_welcome: Callable[[], bool],
    ) -> None:
        self._place = place
        self._still_welcome = still_welcome
        self._events = events
        # A proxy that collects answers before it passes them on would make news old.
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        super().__init__(self._events, headers=headers, media_type="text/event-stream")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._place():
            await super().__call__(scope, receive, send)

    async def stream_response(self, send: Send) -> None:
        async def send_in_time(message: Message) -> None:
            if message["type"] == "http.response.body" and not self._still_welcome():
                await send({"type": "http.response.body", "body": b"", "more_body": False})
                raise NotWelcome
            async with asyncio.timeout(STALL):
                await send(message)

        try:
            async with aclosing(self._events):
                await super().stream_response(send_in_time)
        except TimeoutError:
            # No last event for this one: it would wait behind all that the reader does not take.
            log.info("a reader of the events has taken nothing for %.0f s and is dropped", STALL)
        except NotWelcome:
            log.info("a reader of the events has signed out, or its token was revoked, and hears no more")
