"""The tokens by which agents come in."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from microsip_manager.server import openapi
from microsip_manager.server.asgi import read_body
from microsip_manager.server.audit.deed import note
from microsip_manager.server.error_responses import json_response
from microsip_manager.server.identity.join_tokens import JoinTokens
from microsip_manager.wire.enrolment import (
    ENROL_LIMIT,
    CreatedJoinToken,
    JoinTokenState,
    NewJoinToken,
    decode_new_join_token,
)
from microsip_manager.wire.paths import JOIN_TOKENS
from microsip_manager.wire.problems import ProblemCode

Id = Annotated[
    str, Path(pattern="^[0-9a-f]{32}$", description="Of the token.", examples=[openapi.EXAMPLE_JOIN_TOKEN["id"]])
]
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": openapi.ref(NewJoinToken),
                "example": {"name": "office in Kazan", "uses": 40, "hours": 48},
            }
        },
    }
}
EXAMPLE_CREATED = {"join_token": "mmj_(some hundred letters, digits, - and _)", "about": openapi.EXAMPLE_JOIN_TOKEN}


def join_tokens_router(tokens: JoinTokens) -> APIRouter:
    router = APIRouter(tags=["access"])

    @router.get(
        JOIN_TOKENS,
        summary="List the join tokens",
        description="Never the tokens themselves: they are shown once, when they are made.",
        response_class=Response,
        responses=openapi.responses(
            "All join tokens, the oldest first; those that are used up or have expired, too.",
            {"type": "array", "items": openapi.ref(JoinTokenState)},
            [openapi.EXAMPLE_JOIN_TOKEN],
            ProblemCode.NOT_READY,
        ),
    )
    async def list_join_tokens() -> Response:
        return json_response(await tokens.all())

    @router.post(
        JOIN_TOKENS,
        summary="Make a join token",
        description="One text, by which agents find the servers and are let in. The answer is the only place where it "
        "is shown.",
        status_code=201,
        response_class=Response,
        openapi_extra=BODY,
        responses=openapi.responses(
            "The token, and what is known of it.",
            openapi.ref(CreatedJoinToken),
            EXAMPLE_CREATED,
            ProblemCode.BAD_MESSAGE,
            ProblemCode.TOO_LARGE,
            ProblemCode.NOT_READY,
            status=201,
        ),
    )
    async def make_join_token(request: Request) -> Response:
        wish = decode_new_join_token(await read_body(request.receive, ENROL_LIMIT))
        made = await tokens.make(wish)
        note(after=made.about, target=made.about.id)
        answer = json_response(made, 201)
        answer.headers["cache-control"] = "no-store"
        return answer

    @router.delete(
        JOIN_TOKENS + "/{id}",
        summary="Revoke a join token",
        description="Nobody comes in by it any more. Agents that have come in stay.",
        response_class=Response,
        responses=openapi.responses(
            "The token as it was.",
            openapi.ref(JoinTokenState),
            openapi.EXAMPLE_JOIN_TOKEN,
            ProblemCode.UNKNOWN_TOKEN,
            ProblemCode.BAD_MESSAGE,
            ProblemCode.NOT_READY,
        ),
    )
    async def revoke_join_token(id: Id) -> Response:
        revoked = await tokens.revoke(id)
        note(before=revoked)
        return json_response(revoked)

    return router
