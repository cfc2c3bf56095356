"""How the server itself is."""

from __future__ import annotations

from fastapi import APIRouter, Response

from microsip_manager import __version__
from microsip_manager.clock import Clock
from microsip_manager.server import openapi
from microsip_manager.server.audit.audit_log import AuditLog
from microsip_manager.server.error_responses import json_response
from microsip_manager.server.event_feed import EventFeed
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.identity.join_tokens import JoinTokens
from microsip_manager.server.link_hub import LinkHub
from microsip_manager.server.recorder import Recorder
from microsip_manager.wire.paths import SERVER
from microsip_manager.wire.server_state import ServerState

EXAMPLE = {
    "version": "1.0.0",
    "started_at": "2026-03-02T08:00:00Z",
    "now": "2026-03-02T08:15:00Z",
    "trouble": None,
    "clients": 40,
    "links": 38,
    "readers": 3,
    "servers": ["http://172.16.99.12:8083", "http://manager:8083"],
}


def server_router(
    clock: Clock,
    fleet: Fleet,
    hub: LinkHub,
    events: EventFeed,
    recorder: Recorder,
    audit: AuditLog,
    join_tokens: JoinTokens,
) -> APIRouter:
    router = APIRouter(tags=["health"])
    started = clock.now()

    @router.get(
        SERVER,
        summary="Show how the server is",
        response_class=Response,
        responses=openapi.responses("Its version, its database, who is connected.", openapi.ref(ServerState), EXAMPLE),
    )
    async def show_server() -> Response:
        trouble = recorder.trouble or audit.trouble
        return json_response(
            ServerState(
                version=__version__,
                started_at=started,
                now=clock.now(),
                trouble=None if trouble is None else str(trouble),
                clients=fleet.size,
                links=len(hub),
                readers=events.readers,
                servers=join_tokens.servers(),
            )
        )

    return router
