"""Is the server alive, and is it ready to work."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from microsip_manager.server import openapi
from microsip_manager.server.audit.audit_log import AuditLog
from microsip_manager.server.errors import NotReady
from microsip_manager.server.recorder import Recorder
from microsip_manager.wire.codec import encode
from microsip_manager.wire.problems import ProblemCode

OK: dict[str, Any] = {"type": "object", "properties": {"status": {"const": "ok"}}, "required": ["status"]}


def health_router(recorder: Recorder, audit: AuditLog) -> APIRouter:
    router = APIRouter(tags=["health"])

    @router.get(
        "/healthz",
        summary="Alive?",
        response_class=Response,
        responses=openapi.responses("The process answers.", OK, {"status": "ok"}),
    )
    async def alive() -> Response:
        return _ok()

    @router.get(
        "/readyz",
        summary="Ready?",
        response_class=Response,
        responses=openapi.responses(
            "The process answers and the database takes changes.", OK, {"status": "ok"}, ProblemCode.NOT_READY
        ),
    )
    async def ready() -> Response:
        trouble = recorder.trouble or audit.trouble
        if trouble is not None:
            raise NotReady(f"The database takes no changes: {trouble}")
        return _ok()

    return router


def _ok() -> Response:
    return Response(encode({"status": "ok"}), media_type="application/json")
