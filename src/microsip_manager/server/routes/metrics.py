"""`GET /metrics`, for Prometheus."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from prometheus_client.exposition import choose_encoder

from microsip_manager.server import openapi
from microsip_manager.server.metrics import Sources, registry_of
from microsip_manager.wire.paths import METRICS

TEXT = "text/plain"
EXAMPLE = """# HELP microsip_clients Clients by status.
# TYPE microsip_clients gauge
microsip_clients{status="online"} 38.0
"""


def metrics_router(sources: Sources) -> APIRouter:
    router = APIRouter(tags=["health"])
    registry = registry_of(sources)

    @router.get(
        METRICS,
        summary="Figures for Prometheus",
        description="In its text format, or as OpenMetrics for who accepts that. No figure is of one PC or person.",
        response_class=Response,
        responses=_responses(),
    )
    async def metrics(request: Request) -> Response:
        # Not on a thread: what it reads belongs to the event loop.
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(registry), headers={"content-type": content_type})

    return router


def _responses() -> openapi.Responses:
    found = openapi.responses("All figures.", {}, "")
    found[200]["content"] = {TEXT: {"schema": {"type": "string"}, "example": EXAMPLE}}
    return found
