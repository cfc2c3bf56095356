"""Webhooks: who is called when something happens, and what became of each call."""

from __future__ import annotations

import enum
from typing import Annotated

from msgspec import Meta, Raw, Struct

from microsip_manager.wire.codec import Decoder
from microsip_manager.wire.events import EventKind
from microsip_manager.wire.moment import Moment

URL_LIMIT = 2000

WEBHOOK_LIMIT = 16384
"""Bytes of a new webhook; more is refused."""

WebhookId = Annotated[
    str, Meta(pattern="^[0-9a-f]{32}$", examples=["3a0d5c7be81f4e0c9b2d6f5e4a7c1d88"], description="Made by the server")
]
DeliveryId = Annotated[
    str,
    Meta(
        pattern="^msg_[0-9a-f]{32}$",
        examples=["msg_9c2f6a1e0b7d4c3f8e5a9d0b1c2e3f40"],
        description="As in the header `webhook-id`, and the same at each repeat",
    ),
]
Url = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=URL_LIMIT,
        description="`http` or `https`; no private address unless WEBHOOK_NETWORKS names it",
        examples=["https://hooks.example/phones"],
    ),
]
Kinds = Annotated[list[EventKind], Meta(max_length=10, description="Which events; empty: all, also of kinds to come")]


class NewWebhook(Struct, frozen=True, forbid_unknown_fields=True):
    """`POST /api/webhooks`."""

    url: Url
    kinds: Kinds = []


class Webhook(Struct, frozen=True):
    """Somebody who is called."""

    id: WebhookId
    url: str
    kinds: Kinds
    created_at: Moment
    waiting: Annotated[int, Meta(description="Deliveries that are still to be made")] = 0
    dead: Annotated[int, Meta(description="Deliveries that were given up")] = 0
    lost: Annotated[int, Meta(description="Events not taken in, because too many deliveries waited already")] = 0


class CreatedWebhook(Struct, frozen=True):
    """A new webhook. The secret is shown here and never again."""

    id: WebhookId
    url: str
    kinds: Kinds
    created_at: Moment
    secret: Annotated[str, Meta(description="Base64 behind `whsec_`: the key of the signatures")]


class DeliveryState(enum.Enum):
    WAITING = "waiting"
    """It will be made at `next_at`, or soon after."""
    DELIVERED = "delivered"
    """The receiver answered with a status of 200 to 299."""
    DEAD = "dead"
    """Given up after 24 hours."""


class Delivery(Struct, frozen=True):
    """One event on its way to one receiver."""

    id: DeliveryId
    kind: Annotated[str, Meta(description="Of the event, or `hello`, the first one of a new webhook")]
    state: DeliveryState
    attempts: int
    created_at: Moment
    next_at: Moment | None
    """When it is tried next; null when that is over."""
    last_at: Moment | None
    """When it was tried last; null before the first time."""
    last_status: int | None
    """The HTTP status of the last answer; null when there was none."""
    detail: str
    """Why the last attempt failed, in words."""


class WebhookBody(Struct, frozen=True):
    """What a receiver gets."""

    type: str
    timestamp: Moment
    """Of the event, not of the attempt."""
    data: Raw
    """The event, as the stream of events has it."""


HELLO = "hello"
"""The type of the first delivery of a new webhook, which shows at once whether the receiver is reached."""

decode_new_webhook = Decoder(NewWebhook)
