"""What a client was asked, by whom, and what became of it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Response

from microsip_manager.clock import Clock
from microsip_manager.server import openapi
from microsip_manager.server.error_responses import json_response
from microsip_manager.server.errors import NotReady, StoreFailed
from microsip_manager.server.fleet import Fleet
from microsip_manager.server.recorder import Recorder
from microsip_manager.server.routes.clients import Hostname
from microsip_manager.server.routes.parameters import MOMENT, moment_of
from microsip_manager.wire.command_log import CommandRecord
from microsip_manager.wire.problems import ProblemCode

MOST = 500

Before = Annotated[
    str | None,
    Query(
        max_length=40,
        description=f"Only what was asked before this moment; {MOMENT}.",
        examples=["2026-03-02T09:00:00Z"],
    ),
]
Limit = Annotated[int, Query(ge=1, le=MOST, description="At most so many.")]


def command_log_router(fleet: Fleet, recorder: Recorder, clock: Clock) -> APIRouter:
    router = APIRouter(tags=["commands"])

    @router.get(
        "/api/clients/{hostname}/commands",
        summary="List what a client was asked",
        description="The newest first. Every command has an id, an issuer, a deadline and one outcome; `pending` "
        "while it is under way. An answer after the deadline is told in `late` and changes nothing else.",
        response_class=Response,
        responses=openapi.responses(
            "The commands, the newest first.",
            openapi.list_of(CommandRecord),
            [openapi.EXAMPLE_COMMAND],
            ProblemCode.UNKNOWN_CLIENT,
            ProblemCode.BAD_MESSAGE,
            ProblemCode.NOT_READY,
        ),
    )
    async def commands(hostname: Hostname, before: Before = None, limit: Limit = 100) -> Response:
        client = fleet.client(hostname)
        newest = moment_of("before", before) or clock.now() + timedelta(days=1)
        try:
            found = await asyncio.to_thread(recorder.commands, client.hostname, newest, limit)
        except StoreFailed as failure:
            raise NotReady(f"The database does not answer: {failure}") from failure
        return json_response(found)

    return router
