"""The tokens that programs show instead of signing in."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from microsip_manager.server import openapi
from microsip_manager.server.asgi import read_body
from microsip_manager.server.audit.deed import note
from microsip_manager.server.error_responses import json_response
from microsip_manager.server.identity.api_tokens import ApiTokens
from microsip_manager.wire.commands import COMMAND_LIMIT
from microsip_manager.wire.identity import CreatedToken, NewToken, Token, decode_new_token
from microsip_manager.wire.paths import TOKENS
from microsip_manager.wire.problems import ProblemCode

Id = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="Of the token.", examples=[openapi.EXAMPLE_TOKEN["id"]])]
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": openapi.ref(NewToken),
                "example": {"name": "nightly report", "role": "viewer", "expires_at": "2099-03-02T08:00:00Z"},
            }
        },
    }
}
EXAMPLE_CREATED = {"token": "mmt_(43 letters, digits, - and _)", "about": openapi.EXAMPLE_TOKEN}


def tokens_router(tokens: ApiTokens) -> APIRouter:
    router = APIRouter(tags=["access"])

    @router.get(
        TOKENS,
        summary="List the tokens of programs",
        description="Never the tokens themselves: they are shown once, when they are made.",
        response_class=Response,
        responses=openapi.responses(
            "All tokens, the oldest first.",
            {"type": "array", "items": openapi.ref(Token)},
            [openapi.EXAMPLE_TOKEN],
            ProblemCode.NOT_READY,
        ),
    )
    async def list_tokens() -> Response:
        return json_response(await tokens.all())

    @router.post(
        TOKENS,
        summary="Make a token for a program",
        description="The answer is the only place where the token is shown. The first one ends protected mode: "
        "from then on every request needs a token or a signed-in user.",
        status_code=201,
        response_class=Response,
        openapi_extra=BODY,
        responses=openapi.responses(
            "The token, and what is known of it.",
            openapi.ref(CreatedToken),
            EXAMPLE_CREATED,
            ProblemCode.BAD_MESSAGE,
            ProblemCode.TOO_LARGE,
            ProblemCode.NOT_READY,
            status=201,
        ),
    )
    async def make_token(request: Request) -> Response:
        wish = decode_new_token(await read_body(request.receive, COMMAND_LIMIT))
        token = await tokens.make(wish)
        note(after=token.about, target=token.about.id)
        made = json_response(token, 201)
        made.headers["cache-control"] = "no-store"
        return made

    @router.delete(
        TOKENS + "/{id}",
        summary="Revoke a token",
        description="At once on this server, and within half a minute on others that share its database.",
        response_class=Response,
        responses=openapi.responses(
            "The token as it was.",
            openapi.ref(Token),
            openapi.EXAMPLE_TOKEN,
            ProblemCode.UNKNOWN_TOKEN,
            ProblemCode.BAD_MESSAGE,
            ProblemCode.NOT_READY,
        ),
    )
    async def revoke_token(id: Id) -> Response:
        token = await tokens.revoke(id)
        note(before=token)
        return json_response(token)

    return router
