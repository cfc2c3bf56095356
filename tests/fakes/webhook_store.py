"""A `WebhookStore` in memory, which can be told to fail. `tests/contracts` holds it to what the real one does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from msgspec import structs

from microsip_manager.server.errors import StoreFailed
from microsip_manager.server.webhook_book import Counts, KeptDelivery, KeptWebhook
from microsip_manager.wire.webhooks import DeliveryState


class MemoryWebhookStore:
    def __init__(self) -> None:
        self._webhooks: dict[str, KeptWebhook] = {}
        self._deliveries: list[KeptDelivery] = []
        self._lost: Counter[str] = Counter()
        self._last = 0
        self.fails_with: str | None = None

    def webhooks(self) -> list[KeptWebhook]:
        self._check()
        return sorted(self._webhooks.values(), key=lambda webhook: (webhook.created_at, webhook.id))

    def add(self, webhook: KeptWebhook, first: KeptDelivery) -> None:
        self._check()
        self._webhooks[webhook.id] = webhook
        self.keep([first])

    def remove(self, id: str) -> None:
        self._check()
        self._webhooks.pop(id, None)
        self._deliveries = [each for each in self._deliveries if each.webhook_id != id]

    def counts(self) -> dict[str, Counts]:
        self._check()
        states = Counter((each.webhook_id, each.state) for each in self._deliveries)
        return {
            id: Counts(states[id, DeliveryState.WAITING], states[id, DeliveryState.DEAD], self._lost[id])
            for id in self._webhooks
        }

    def lose(self, id: str, events: int) -> None:
        self._check()
        self._lost[id] += events

    def keep(self, deliveries: Sequence[KeptDelivery]) -> None:
        self._check()
        for delivery in deliveries:
            if delivery.webhook_id in self._webhooks:
                self._last += 1
                self._deliveries.append(structs.replace(delivery, number=self._last))

    def change(self, delivery: KeptDelivery) -> None:
        self._check()
        self._deliveries = [
            structs.replace(delivery, number=each.number) if each.id == delivery.id else each
            for each in self._deliveries
        ]

    def with_due(self, now: datetime) -> list[str]:
        self._check()
        return list({each.webhook_id for each in self._deliveries if _is_due(each, now)})

    def due(self, webhook_id: str, now: datetime, most: int) -> list[KeptDelivery]:
        self._check()
        return [each for each in self._deliveries if each.webhook_id == webhook_id and _is_due(each, now)][:most]

    def delivery(self, webhook_id: str, id: str) -> KeptDelivery | None:
        self._check()
        found = [each for each in self._deliveries if (each.webhook_id, each.id) == (webhook_id, id)]
        return found[0] if found else None

    def page(self, webhook_id: str, state: DeliveryState | None, before: int | None, most: int) -> list[KeptDelivery]:
        self._check()
        found = [
            each
            for each in reversed(self._deliveries)
            if each.webhook_id == webhook_id
            and state in (None, each.state)
            and (before is None or each.number < before)
        ]
        return found[:most]

    def purge(self, state: DeliveryState, before: datetime, most: int) -> int:
        self._check()
        old = [each for each in self._deliveries if each.state is state and each.created_at < before][:most]
        self._deliveries = [each for each in self._deliveries if each not in old]
        return len(old)

    def _check(self) -> None:
        if self.fails_with:
            raise StoreFailed(self.fails_with)


def _is_due(delivery: KeptDelivery, now: datetime) -> bool:
    return delivery.state is DeliveryState.WAITING and delivery.next_at is not None and delivery.next_at <= now
