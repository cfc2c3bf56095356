"""The stream of events, as browsers and `curl` read it: server-sent events."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from microsip_manager.server import openapi
from microsip_manager.server.event_feed import EventFeed
from microsip_manager.server.event_query import EventQuery
from microsip_manager.server.identity.caller import CALLER
from microsip_manager.server.identity.own_groups import OwnGroups
from microsip_manager.server.privacy.sight import Sight, sight_of
from microsip_manager.server.routes.parameters import check_names
from microsip_manager.wire.events import EventKind
from microsip_manager.wire.names import HOSTNAME_LIMIT, hostname_key
from microsip_manager.wire.paths import EVENTS
from microsip_manager.wire.phone import PhoneStatus
from microsip_manager.wire.problems import ProblemCode

log = logging.getLogger(__name__)

STALL = 60.0
"""Seconds for which a reader may take nothing at all before its connection is closed."""

MOST_HOSTNAMES = 100

PARAMETERS = ("kind", "hostname", "status")

Kinds = Annotated[
    list[EventKind],
    Query(alias="kind", max_length=10, description="Only events of this kind; may be repeated.", examples=[["client"]]),
]
Hostnames = Annotated[
    list[Annotated[str, Query(max_length=HOSTNAME_LIMIT)]],
    Query(
        alias="hostname",
        max_length=MOST_HOSTNAMES,
        description="Only of this PC; may be repeated. Upper and lower case are the same.",
        examples=[["NIKITA"]],
    ),
]
Statuses = Annotated[
    list[PhoneStatus],
    Query(
        alias="status",
        max_length=10,
        description="Of the events of clients, only those of clients that come into this status or leave it; "
        "may be repeated.",
        examples=[["dnd"]],
    ),
]
LastId = Annotated[
    str | None,
    Header(
        alias="Last-Event-ID",
        max_length=100,
        description="The id of the last event received: the stream goes on behind it, without a snapshot. "
        "When the server no longer knows it, there is a snapshot.",
        examples=["1f0c9a3e-1027"],
    ),
]


def events_router(feed: EventFeed, own: OwnGroups) -> APIRouter:
    router = APIRouter(tags=["events"])

    @router.get(
        EVENTS,
        summary="Follow what happens",
        description="Server-sent events, without end. First `snapshot` with the clients, then an event for each "
        "thing that happens, with an id to go on from; a comment while nothing does; `end` when the server ends it. "
        "Phone numbers are masked as in the list of calls.",
        response_class=Response,
        responses=_answers(),
    )
    async def follow(
        request: Request,
        kinds: Kinds = [],  # noqa: B006 - FastAPI makes a new one for each request
        hostnames: Hostnames = [],  # noqa: B006
        statuses: Statuses = [],  # noqa: B006
        last_id: LastId = None,
    ) -> Response:
        check_names(request, PARAMETERS)
        query = EventQuery(frozenset(kinds), frozenset(map(hostname_key, hostnames)), frozenset(statuses))
        # As the groups are now: whoever is given another group, or is taken from one, sees so with the next stream.
        sight = await sight_of(CALLER.get(), own)
        return EventStream(feed, query, last_id, sight, request.scope["still_welcome"])

    return router


class NotWelcome(Exception):
    """What the reader showed at the beginning does not count any more."""


class EventStream(StreamingResponse):
    """Holds a place in the feed for as long as it is sent, which is until its reader is not welcome any more."""

    def __init__(
        self,
        feed: EventFeed,
        query: EventQuery,
        last_id: str | None,
        sight: Sight,
        still_welcome: Callable[[], bool],
    ) -> None:
        self._feed = feed
        self._still_welcome = still_welcome
        self._events = feed.stream(query, last_id, sight)
        # A proxy that collects answers before it passes them on would make news old.
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        super().__init__(self._events, headers=headers, media_type="text/event-stream")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._feed.place():
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


def _answers() -> openapi.Responses:
    found = openapi.responses("", {}, None, ProblemCode.BAD_MESSAGE, ProblemCode.TOO_MANY_READERS)
    found[200] = {
        "description": "Events, until the reader leaves or the server ends the stream.",
        "content": {"text/event-stream": {"schema": {"type": "string"}, "example": openapi.EXAMPLE_EVENTS}},
    }
    return found
