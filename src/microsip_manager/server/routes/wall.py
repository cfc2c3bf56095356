"""What wallboards read."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from microsip_manager.server import openapi
from microsip_manager.server.routes.endless import EventStream
from microsip_manager.server.routes.parameters import check_names
from microsip_manager.server.wall_feed import WallFeed
from microsip_manager.wire.paths import WALL
from microsip_manager.wire.problems import ProblemCode

EXAMPLE = """retry: 3000

event: snapshot
data: {"event":"snapshot","clients":[{"hostname":"NIKITA","groups":["Sales"],"state":"free",\
"since":"2026-03-02T08:15:30.123456Z"}]}

event: changes
data: {"event":"changes","clients":[{"hostname":"NIKITA","groups":["Sales"],"state":"call",\
"since":"2026-03-02T08:16:02Z"}]}

"""


def wall_router(wall: WallFeed) -> APIRouter:
    router = APIRouter(tags=["events"])

    @router.get(
        WALL,
        summary="Follow who can take a call",
        description="Server-sent events, without end, for wallboards: names, groups, states and since when; no number, "
        "no extension and no address. First `snapshot`, and again when the groups have changed; then `changes`, once a "
        "second at most; a comment while nothing happens; `end` when the server ends it.",
        response_class=Response,
        responses=_answers(),
    )
    async def follow(request: Request) -> Response:
        check_names(request, ())
        groups_of = await wall.groups_of()
        return EventStream(wall.place, wall.stream(groups_of), request.scope["still_welcome"])

    return router


def _answers() -> openapi.Responses:
    errors = (ProblemCode.BAD_MESSAGE, ProblemCode.TOO_MANY_READERS, ProblemCode.NOT_READY)
    found = openapi.responses("", {}, None, *errors)
    found[200] = {
        "description": "Events, until the reader leaves or the server ends the stream.",
        "content": {"text/event-stream": {"schema": {"type": "string"}, "example": EXAMPLE}},
    }
    return found
