"""The stream of events, as browsers and `curl` read it: server-sent events."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response

from microsip_manager.server import openapi
from microsip_manager.server.errors import NotAllowed
from microsip_manager.server.event_feed import EventFeed
from microsip_manager.server.event_query import EventQuery
from microsip_manager.server.identity.caller import CALLER
from microsip_manager.server.identity.own_groups import OwnGroups
from microsip_manager.server.privacy.sight import sight_of
from microsip_manager.server.routes.endless import EventStream
from microsip_manager.server.routes.parameters import check_names
from microsip_manager.wire.events import EventKind
from microsip_manager.wire.identity import Role
from microsip_manager.wire.names import HOSTNAME_LIMIT, hostname_key
from microsip_manager.wire.paths import EVENTS
from microsip_manager.wire.phone import PhoneStatus
from microsip_manager.wire.problems import ProblemCode

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
        "Phone numbers are masked as in the list of calls. Events of agents are for administrators: others do not get "
        "them, and are refused when they ask for this kind.",
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
        agents = CALLER.get().role is Role.ADMIN
        if EventKind.AGENT in kinds and not agents:
            raise NotAllowed("Events of agents are for administrators.")
        query = EventQuery(frozenset(kinds), frozenset(map(hostname_key, hostnames)), frozenset(statuses), agents)
        # As the groups are now: whoever is given another group, or is taken from one, sees so with the next stream.
        sight = await sight_of(CALLER.get(), own)
        return EventStream(feed.place, feed.stream(query, last_id, sight), request.scope["still_welcome"])

    return router


def _answers() -> openapi.Responses:
    found = openapi.responses("", {}, None, ProblemCode.BAD_MESSAGE, ProblemCode.TOO_MANY_READERS)
    found[200] = {
        "description": "Events, until the reader leaves or the server ends the stream.",
        "content": {"text/event-stream": {"schema": {"type": "string"}, "example": openapi.EXAMPLE_EVENTS}},
    }
    return found
