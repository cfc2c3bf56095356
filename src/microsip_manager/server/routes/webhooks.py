"""Webhooks: who is called when something happens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Path, Query, Request, Response

from microsip_manager.server import openapi
from microsip_manager.server.asgi import read_body
from microsip_manager.server.audit.deed import note
from microsip_manager.server.error_responses import json_response
from microsip_manager.server.routes.parameters import check_names
from microsip_manager.server.webhooks import Webhooks
from microsip_manager.wire.codec import encode
from microsip_manager.wire.events import EventKind
from microsip_manager.wire.paths import WEBHOOKS
from microsip_manager.wire.problems import ProblemCode
from microsip_manager.wire.webhooks import (
    WEBHOOK_LIMIT,
    CreatedWebhook,
    Delivery,
    DeliveryState,
    NewWebhook,
    Webhook,
    decode_new_webhook,
)

USUAL, MOST = 100, 1000
"""Deliveries on a page when nothing is said, and at most."""

LARGEST = 2**31 - 1

PARAMETERS = ("state", "limit", "before")

Id = Annotated[
    str, Path(pattern="^[0-9a-f]{32}$", description="Of the webhook.", examples=[openapi.EXAMPLE_WEBHOOK["id"]])
]
DeliveryId = Annotated[
    str,
    Path(pattern="^msg_[0-9a-f]{32}$", description="Of the delivery.", examples=[openapi.EXAMPLE_DELIVERY["id"]]),
]
State = Annotated[DeliveryState | None, Query(description="Only in this state.", examples=["dead"])]
Limit = Annotated[int, Query(ge=1, le=MOST, description="At most so many deliveries.")]
Before = Annotated[
    int | None, Query(ge=1, le=LARGEST, description="Where the page before ended: taken from its `Link`.")
]
OK = {"type": "object", "properties": {"status": {"const": "ok"}}, "required": ["status"]}


def webhooks_router(webhooks: Webhooks) -> APIRouter:
    router = APIRouter(tags=["webhooks"])

    @router.post(
        WEBHOOKS,
        summary="Add a webhook",
        description="From now on the URL is called by POST for each event of the kinds asked for, and first with a "
        "`hello`. The answer alone shows the secret that signs the calls.",
        response_class=Response,
        openapi_extra=openapi.body(NewWebhook, {"url": openapi.EXAMPLE_WEBHOOK["url"], "kinds": ["client"]}),
        responses=openapi.responses(
            "Added.",
            openapi.ref(CreatedWebhook),
            openapi.EXAMPLE_CREATED_WEBHOOK,
            ProblemCode.BAD_MESSAGE,
            ProblemCode.TOO_LARGE,
            ProblemCode.TOO_MANY_WEBHOOKS,
            ProblemCode.NOT_READY,
        ),
    )
    async def add_webhook(request: Request) -> Response:
        webhook = await webhooks.add(decode_new_webhook(await read_body(request.receive, WEBHOOK_LIMIT)))
        note(after=_told(webhook.url, webhook.kinds), target=webhook.id)
        return json_response(webhook)

    @router.get(
        WEBHOOKS,
        summary="List the webhooks",
        response_class=Response,
        responses=openapi.responses(
            "The oldest first.",
            openapi.list_of(Webhook),
            [openapi.EXAMPLE_WEBHOOK],
            ProblemCode.NOT_READY,
        ),
    )
    async def list_webhooks() -> Response:
        return json_response(await webhooks.all())

    @router.delete(
        f"{WEBHOOKS}/{{id}}",
        summary="Remove a webhook",
        description="With all its deliveries, also those that wait.",
        response_class=Response,
        responses=openapi.responses(
            "Removed.",
            OK,
            {"status": "ok"},
            ProblemCode.UNKNOWN_WEBHOOK,
            ProblemCode.BAD_MESSAGE,
            ProblemCode.NOT_READY,
        ),
    )
    async def remove_webhook(id: Id) -> Response:
        kept = webhooks.get(id)
        note(before=_told(kept.url, sorted(kept.kinds, key=lambda kind: kind.value)))
        await webhooks.remove(id)
        return json_response({"status": "ok"})

    @router.get(
        f"{WEBHOOKS}/{{id}}/deliveries",
        summary="List the deliveries of a webhook",
        description="Newest first. Delivered ones are kept for 3 days, dead ones for 30. When there are more, the "
        "header `Link` leads to the next page.",
        response_class=Response,
        responses=openapi.paged(
            "The deliveries.",
            openapi.ref(Delivery),
            openapi.EXAMPLE_DELIVERY,
            ProblemCode.UNKNOWN_WEBHOOK,
            ProblemCode.BAD_MESSAGE,
            ProblemCode.NOT_READY,
        ),
    )
    async def list_deliveries(
        request: Request, id: Id, state: State = None, limit: Limit = USUAL, before: Before = None
    ) -> Response:
        check_names(request, PARAMETERS)
        # One more than shown tells whether there is another page.
        found = await webhooks.deliveries(id, state, before, limit + 1)
        headers = {"link": _next(request, id, found[limit - 1].number)} if len(found) > limit else {}
        shown = [delivery.shown() for delivery in found[:limit]]
        return Response(encode(shown), headers=headers, media_type="application/json")

    @router.post(
        f"{WEBHOOKS}/{{id}}/deliveries/{{delivery_id}}/redeliver",
        summary="Make a delivery once more",
        description="Whatever became of it; it keeps its id, and is tried for another 24 hours.",
        response_class=Response,
        responses=openapi.responses(
            "It waits again.",
            openapi.ref(Delivery),
            {**openapi.EXAMPLE_DELIVERY, "attempts": 0, "detail": ""},
            ProblemCode.UNKNOWN_WEBHOOK,
            ProblemCode.UNKNOWN_DELIVERY,
            ProblemCode.BAD_MESSAGE,
            ProblemCode.NOT_READY,
        ),
    )
    async def redeliver(id: Id, delivery_id: DeliveryId) -> Response:
        delivery = await webhooks.redeliver(id, delivery_id)
        note(after={"state": delivery.state, "kind": delivery.kind})
        return json_response(delivery)

    return router


def _told(url: str, kinds: Sequence[EventKind]) -> dict[str, object]:
    """For the audit log: of the URL only the host, for the rest of it is often a secret."""
    return {"host": urlsplit(url).hostname, "kinds": kinds}


def _next(request: Request, id: str, number: int) -> str:
    """The header `Link`, relative to the address the caller used."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "before"]
    return f'<{WEBHOOKS}/{id}/deliveries?{urlencode([*kept, ("before", number)])}>; rel="next"'
