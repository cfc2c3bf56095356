"""The first set-up of a server."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from microsip_manager.server import openapi
from microsip_manager.server.asgi import read_body
from microsip_manager.server.audit.deed import note
from microsip_manager.server.error_responses import json_response
from microsip_manager.server.identity.setup import FirstSetUp
from microsip_manager.server.protected_mode import ProtectedMode
from microsip_manager.wire.commands import COMMAND_LIMIT
from microsip_manager.wire.paths import SETUP
from microsip_manager.wire.people import SetUp, SetUpServer, decode_set_up
from microsip_manager.wire.problems import ProblemCode


def setup_router(setup: FirstSetUp) -> APIRouter:
    router = APIRouter(tags=["access"])
    # Also with OPEN_NETWORK=1: the first one to find a new server must not become its administrator.
    own_machine = ProtectedMode(open_network=False)

    @router.post(
        SETUP,
        summary="Make the first administrator",
        description="Once, as long as there is neither a user nor a token, and from the server's own machine only. "
        "From then on every request needs credentials.",
        status_code=201,
        response_class=Response,
        openapi_extra=openapi.body(SetUpServer, {"name": "anna", "password": "correct horse battery staple"}),
        responses=openapi.responses(
            "The administrator, and what agents enrol with; it is not shown again.",
            openapi.ref(SetUp),
            {"user": openapi.EXAMPLE_ADMIN, "join_token": "(what agents enrol with)"},
            ProblemCode.BAD_MESSAGE,
            ProblemCode.TOO_LARGE,
            ProblemCode.SET_UP_ALREADY,
            ProblemCode.TOO_BUSY,
            ProblemCode.NOT_READY,
            status=201,
        ),
    )
    async def set_up(request: Request) -> Response:
        own_machine.check(request.scope, dict(request.scope["headers"]))
        wish = decode_set_up(await read_body(request.receive, COMMAND_LIMIT))
        done = await setup.set_up(wish)
        note(after=done.user)
        made = json_response(done, 201)
        made.headers["cache-control"] = "no-store"
        return made

    return router
