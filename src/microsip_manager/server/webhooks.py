"""Who is called when something happens: adding, showing and removing webhooks, and looking at their deliveries."""

from __future__ import annotations

import logging
import secrets
import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from msgspec import Raw, structs

from microsip_manager.clock import Clock
from microsip_manager.server.blocking import in_thread
from microsip_manager.server.boundaries import Receivers, WebhookStore
from microsip_manager.server.errors import (
    BadRequest,
    NotReady,
    ReceiverFailed,
    TooManyWebhooks,
    UnknownDelivery,
    UnknownWebhook,
)
from microsip_manager.server.webhook_book import Counts, KeptDelivery, KeptWebhook
from microsip_manager.server.webhook_schedule import PATIENCE
from microsip_manager.server.webhook_signature import secret_of
from microsip_manager.wire.codec import encode
from microsip_manager.wire.events import EventKind
from microsip_manager.wire.webhooks import (
    HELLO,
    CreatedWebhook,
    Delivery,
    DeliveryState,
    NewWebhook,
    Webhook,
    WebhookBody,
)

log = logging.getLogger(__name__)

MOST = 50
"""Webhooks. Each may have a few calls under way at the same time."""

SECRET_BYTES = 32

Found = TypeVar("Found")


class Webhooks:
    """Everything here runs on the event loop and leaves the database to threads."""

    def __init__(self, store: WebhookStore, receivers: Receivers, clock: Clock, *, most: int = MOST) -> None:
        self._store = store
        self._receivers = receivers
        self._clock = clock
        self._most = most
        self._kept: dict[str, KeptWebhook] = {}

    def restore(self, kept: Iterable[KeptWebhook]) -> None:
        """Take over what is in the database."""
        self._kept = {webhook.id: webhook for webhook in kept}

    def wanting(self, kind: EventKind) -> list[KeptWebhook]:
        return [webhook for webhook in self._kept.values() if webhook.wants(kind)]

    def get(self, id: str) -> KeptWebhook:
        """Raises `UnknownWebhook`."""
        try:
            return self._kept[id]
        except KeyError:
            raise UnknownWebhook(id) from None

    async def all(self) -> list[Webhook]:
        """The oldest first; raises `NotReady`."""
        counts = await in_thread(self._store.counts)
        return [webhook.shown(counts.get(webhook.id, Counts())) for webhook in self._kept.values()]

    async def add(self, new: NewWebhook) -> CreatedWebhook:
        """Raises `BadRequest` for a URL that may not be called, `TooManyWebhooks` and `NotReady`."""
        try:
            await self._receivers.check(new.url)
        except ReceiverFailed as failure:
            raise BadRequest(f"url: {failure}") from None
        if len(self._kept) >= self._most:
            raise TooManyWebhooks(self._most)
        now = self._clock.now()
        webhook = KeptWebhook(
            uuid.uuid4().hex, new.url, frozenset(new.kinds), secret_of(secrets.token_bytes(SECRET_BYTES)), now
        )
        hello = delivery_of(webhook.id, HELLO, body_of(HELLO, now, b"{}"), now)
        self._kept[webhook.id] = webhook
        try:
            await in_thread(self._store.add, webhook, hello)
        except NotReady:
            del self._kept[webhook.id]
            raise
        log.info("webhook %s added", webhook.id)
        shown = webhook.shown(Counts())
        return CreatedWebhook(webhook.id, webhook.url, shown.kinds, now, webhook.secret)

    async def remove(self, id: str) -> None:
        """Forget a webhook and all its deliveries; raises `UnknownWebhook` and `NotReady`."""
        self.get(id)
        await in_thread(self._store.remove, id)
        self._kept.pop(id, None)
        log.info("webhook %s removed", id)

    async def deliveries(
        self, id: str, state: DeliveryState | None, before: int | None, most: int
    ) -> list[KeptDelivery]:
        """The newest deliveries with a number below `before`; raises `UnknownWebhook` and `NotReady`."""
        self.get(id)
        return await in_thread(self._store.page, id, state, before, most)

    async def redeliver(self, id: str, delivery_id: str) -> Delivery:
        """Make a delivery once more, whatever became of it, for another 24 hours.

        Raises `UnknownWebhook`, `UnknownDelivery` and `NotReady`.
        """
        self.get(id)
        found = await in_thread(self._store.delivery, id, delivery_id)
        if found is None:
            raise UnknownDelivery(delivery_id)
        now = self._clock.now()
        again = structs.replace(
            found, state=DeliveryState.WAITING, attempts=0, next_at=now, give_up_at=now + PATIENCE, detail=""
        )
        await in_thread(self._store.change, again)
        return again.shown()


def body_of(kind: str, at: datetime, data: bytes) -> bytes:
    return encode(WebhookBody(kind, at, Raw(data)))


def delivery_of(webhook_id: str, kind: str, body: bytes, now: datetime) -> KeptDelivery:
    """A delivery to be made as soon as possible."""
    return KeptDelivery(f"msg_{uuid.uuid4().hex}", webhook_id, kind, body, now, now + PATIENCE, now)
