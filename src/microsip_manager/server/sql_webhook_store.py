"""Webhooks and their deliveries in a SQL database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from microsip_manager.server.sql_access import reading, writing
from microsip_manager.server.tables import webhook_deliveries_table, webhooks_table
from microsip_manager.server.webhook_book import Counts, KeptDelivery, KeptWebhook
from microsip_manager.wire.events import EventKind
from microsip_manager.wire.webhooks import DeliveryState

_W, _D = webhooks_table.c, webhook_deliveries_table.c
_WAITING, _DEAD = DeliveryState.WAITING.value, DeliveryState.DEAD.value


class SqlWebhookStore:
    """The real `WebhookStore`, in a database whose tables are up to date (`SqlStore` sees to that)."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def webhooks(self) -> list[KeptWebhook]:
        with reading(self._engine) as connection:
            rows = connection.execute(sa.select(webhooks_table).order_by(_W.created_at, _W.id)).all()
        return [_webhook(row) for row in rows]

    def add(self, webhook: KeptWebhook, first: KeptDelivery) -> None:
        with writing(self._engine) as connection:
            connection.execute(webhooks_table.insert(), _webhook_row(webhook))
            connection.execute(webhook_deliveries_table.insert(), _row(first))

    def remove(self, id: str) -> None:
        with writing(self._engine) as connection:
            connection.execute(webhook_deliveries_table.delete().where(_D.webhook_id == id))
            connection.execute(webhooks_table.delete().where(_W.id == id))

    def counts(self) -> dict[str, Counts]:
        counted = (
            sa.select(_D.webhook_id, _D.state, sa.func.count())
            .where(_D.state.in_([_WAITING, _DEAD]))
            .group_by(_D.webhook_id, _D.state)
        )
        with reading(self._engine) as connection:
            found = {(id, state): count for id, state, count in connection.execute(counted)}
            lost = connection.execute(sa.select(_W.id, _W.lost)).all()
        return {id: Counts(found.get((id, _WAITING), 0), found.get((id, _DEAD), 0), count) for id, count in lost}

    def lose(self, id: str, events: int) -> None:
        with writing(self._engine) as connection:
            connection.execute(webhooks_table.update().where(_W.id == id).values(lost=_W.lost + events))

    def keep(self, deliveries: Sequence[KeptDelivery]) -> None:
        with writing(self._engine) as connection:
            there = set(connection.scalars(sa.select(_W.id)))
            if rows := [_row(delivery) for delivery in deliveries if delivery.webhook_id in there]:
                connection.execute(webhook_deliveries_table.insert(), rows)

    def change(self, delivery: KeptDelivery) -> None:
        row = _row(delivery)
        with writing(self._engine) as connection:
            connection.execute(webhook_deliveries_table.update().where(_D.id == delivery.id).values(row))

    def with_due(self, now: datetime) -> list[str]:
        due = sa.select(_D.webhook_id).where(_D.state == _WAITING, _D.next_at <= now).distinct()
        with reading(self._engine) as connection:
            return list(connection.scalars(due))

    def due(self, webhook_id: str, now: datetime, most: int) -> list[KeptDelivery]:
        chosen = sa.select(webhook_deliveries_table).where(
            _D.webhook_id == webhook_id, _D.state == _WAITING, _D.next_at <= now
        )
        return self._deliveries(chosen.order_by(_D.number).limit(most))

    def delivery(self, webhook_id: str, id: str) -> KeptDelivery | None:
        chosen = sa.select(webhook_deliveries_table).where(_D.webhook_id == webhook_id, _D.id == id)
        return next(iter(self._deliveries(chosen)), None)

    def page(self, webhook_id: str, state: DeliveryState | None, before: int | None, most: int) -> list[KeptDelivery]:
        chosen = sa.select(webhook_deliveries_table).where(_D.webhook_id == webhook_id)
        if state is not None:
            chosen = chosen.where(_D.state == state.value)
        if before is not None:
            chosen = chosen.where(_D.number < before)
        return self._deliveries(chosen.order_by(_D.number.desc()).limit(most))

    def purge(self, state: DeliveryState, before: datetime, most: int) -> int:
        old = sa.select(_D.number).where(_D.state == state.value, _D.created_at < before).limit(most)
        with writing(self._engine) as connection:
            return connection.execute(webhook_deliveries_table.delete().where(_D.number.in_(old))).rowcount

    def _deliveries(self, chosen: sa.Select[Any]) -> list[KeptDelivery]:
        with reading(self._engine) as connection:
            return [_delivery(row) for row in connection.execute(chosen)]


def _webhook_row(webhook: KeptWebhook) -> dict[str, object]:
    return {
        "id": webhook.id,
        "url": webhook.url,
        "kinds": " ".join(sorted(kind.value for kind in webhook.kinds)),
        "secret": webhook.secret,
        "created_at": webhook.created_at,
        "lost": 0,
    }


def _webhook(row: sa.Row[Any]) -> KeptWebhook:
    kinds = frozenset(EventKind(kind) for kind in row.kinds.split())
    return KeptWebhook(row.id, row.url, kinds, row.secret, row.created_at)


def _row(delivery: KeptDelivery) -> dict[str, object]:
    return {
        "id": delivery.id,
        "webhook_id": delivery.webhook_id,
        "kind": delivery.kind,
        "body": delivery.body,
        "created_at": delivery.created_at,
        "give_up_at": delivery.give_up_at,
        "next_at": delivery.next_at,
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "last_at": delivery.last_at,
        "last_status": delivery.last_status,
        "detail": delivery.detail,
    }


def _delivery(row: sa.Row[Any]) -> KeptDelivery:
    return KeptDelivery(
        row.id,
        row.webhook_id,
        row.kind,
        row.body,
        row.created_at,
        row.give_up_at,
        row.next_at,
        DeliveryState(row.state),
        row.attempts,
        row.last_at,
        row.last_status,
        row.detail,
        row.number,
    )
