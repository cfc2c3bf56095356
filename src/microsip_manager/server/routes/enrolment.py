"""How agents come in, and change their keys."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from msgspec import Struct

from microsip_manager.server import openapi
from microsip_manager.server.asgi import read_body
from microsip_manager.server.audit.deed import note
from microsip_manager.server.error_responses import json_response
from microsip_manager.server.identity.agents import Agents
from microsip_manager.server.identity.caller import ADDRESS, CALLER
from microsip_manager.server.identity.enrolment import Enrolment
from microsip_manager.wire.enrolment import (
    ENROL_LIMIT,
    Asked,
    AskToJoin,
    Enrol,
    Enrolled,
    NewKey,
    decode_ask_to_join,
    decode_enrol,
    decode_new_key,
)
from microsip_manager.wire.paths import AGENT_KEY, ASK_TO_JOIN, ENROL
from microsip_manager.wire.problems import ProblemCode

EXAMPLE_KEY = "mma_" + "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
EXAMPLE_ENROLLED = {
    "id": openapi.EXAMPLE_AGENT["id"],
    "name": "NIKITA",
    "servers": ["http://172.16.99.12:8083", "http://172.16.99.31:8083"],
}
ERRORS = (ProblemCode.BAD_MESSAGE, ProblemCode.TOO_LARGE, ProblemCode.NOT_READY)


def enrolment_router(agents: Agents, enrolment: Enrolment) -> APIRouter:
    router = APIRouter(tags=["agents"])

    @router.post(
        ENROL,
        summary="Come in by a join token",
        description="An agent that repeats it with the key it has is told once more who it is, and no use of the "
        "token is taken.",
        response_class=Response,
        openapi_extra=_body(Enrol, {"join_token": "mmj_...", "key": EXAMPLE_KEY, "hostname": "NIKITA"}),
        responses=openapi.responses(
            "Who the agent is from now on.",
            openapi.ref(Enrolled),
            EXAMPLE_ENROLLED,
            ProblemCode.JOIN_TOKEN_REFUSED,
            *ERRORS,
        ),
    )
    async def enrol(request: Request) -> Response:
        wish = decode_enrol(await read_body(request.receive, ENROL_LIMIT))
        enrolled = await enrolment.enrol(wish, ADDRESS.get())
        # What it calls itself, and what it is called here.
        note(before={"hostname": wish.hostname}, after={"id": enrolled.id, "name": enrolled.name}, target=enrolled.id)
        return json_response(enrolled)

    @router.post(
        ASK_TO_JOIN,
        summary="Ask to be let in without a join token",
        description="To be repeated, about once a minute, until an administrator has said yes or no. Nobody is asked "
        "for longer than a day.",
        response_class=Response,
        openapi_extra=_body(AskToJoin, {"key": EXAMPLE_KEY, "hostname": "NIKITA"}),
        responses=openapi.responses(
            "What has become of it.",
            openapi.ref(Asked),
            {"state": "waiting", "code": "K7WQ2M", "enrolled": None},
            ProblemCode.TOO_MANY_WAITING,
            *ERRORS,
        ),
    )
    async def ask_to_join(request: Request) -> Response:
        wish = decode_ask_to_join(await read_body(request.receive, ENROL_LIMIT))
        asked = await enrolment.ask(wish, ADDRESS.get())
        note(after={"hostname": wish.hostname, "state": asked.state, "code": asked.code})
        return json_response(asked)

    @router.post(
        AGENT_KEY,
        summary="Change the key of an agent",
        description="Sent by the agent with the key it has. That one is good until the new one was used.",
        response_class=Response,
        openapi_extra=_body(NewKey, {"key": EXAMPLE_KEY}),
        responses=openapi.responses(
            "Who the agent is, as before.", openapi.ref(Enrolled), EXAMPLE_ENROLLED, ProblemCode.UNKNOWN_AGENT, *ERRORS
        ),
    )
    async def change_key(request: Request) -> Response:
        wish = decode_new_key(await read_body(request.receive, ENROL_LIMIT))
        about = await agents.take_new_key(CALLER.get(), wish.key)
        note(before={"key": "the one it shows"}, after={"key": "a new one, once it is used"}, target=about.id)
        return json_response(Enrolled(about.id, about.name))

    return router


def _body(message: type[Struct], example: dict[str, Any]) -> dict[str, Any]:
    content = {"application/json": {"schema": openapi.ref(message), "example": example}}
    return {"requestBody": {"required": True, "content": content}}
