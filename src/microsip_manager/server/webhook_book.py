"""What is kept of webhooks and their deliveries. Pure."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from microsip_manager.wire.events import EventKind
from microsip_manager.wire.webhooks import Delivery, DeliveryState, Webhook


class KeptWebhook(Struct, frozen=True):
    id: str
    url: str
    kinds: frozenset[EventKind]
    """Empty: all."""
    secret: str
    created_at: datetime

    def wants(self, kind: EventKind) -> bool:
        return not self.kinds or kind in self.kinds

    def shown(self, counts: Counts) -> Webhook:
        """Without the secret."""
        kinds = sorted(self.kinds, key=lambda kind: kind.value)
        return Webhook(self.id, self.url, kinds, self.created_at, counts.waiting, counts.dead, counts.lost)


class Counts(Struct, frozen=True):
    """Deliveries of one webhook."""

    waiting: int = 0
    dead: int = 0
    lost: int = 0


class KeptDelivery(Struct, frozen=True):
    id: str
    webhook_id: str
    kind: str
    body: bytes
    created_at: datetime
    give_up_at: datetime
    next_at: datetime | None
    state: DeliveryState = DeliveryState.WAITING
    attempts: int = 0
    last_at: datetime | None = None
    last_status: int | None = None
    detail: str = ""
    number: int = 0
    """Given by the store; it grows."""

    def shown(self) -> Delivery:
        return Delivery(
            self.id,
            self.kind,
            self.state,
            self.attempts,
            self.created_at,
            self.next_at,
            self.last_at,
            self.last_status,
            self.detail,
        )
