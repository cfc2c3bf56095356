"""The certificate of the server's authority, for agents that know its fingerprint."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Response

from microsip_manager.server import openapi
from microsip_manager.server.tls.keeper import TlsKeeper
from microsip_manager.wire.paths import AUTHORITY
from microsip_manager.wire.problems import ProblemCode

PEM = "application/x-pem-file"


def authority_router(tls: TlsKeeper) -> APIRouter:
    router = APIRouter(tags=["access"])

    @router.get(
        AUTHORITY,
        summary="The certificate of the server's private authority",
        description="Believe it only when its SHA-256 fingerprint is the one you were told: `microsip-manager tls "
        "show` shows it. A server with a certificate of the company's has none of its own to hand out.",
        response_class=Response,
        responses=_responses(),
    )
    async def authority() -> Response:
        if tls.authority is None:
            raise HTTPException(404)
        return Response(tls.authority, media_type=PEM)

    return router


def _responses() -> openapi.Responses:
    found = openapi.responses("The certificate as PEM.", {}, "", ProblemCode.NOT_FOUND)
    found[200]["content"] = {PEM: {"schema": {"type": "string"}, "example": "-----BEGIN CERTIFICATE-----\n…"}}
    return found
