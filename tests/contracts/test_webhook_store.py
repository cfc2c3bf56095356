"""What every `WebhookStore` promises, the fake included."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec import structs

from microsip_manager.server.boundaries import WebhookStore
from microsip_manager.server.sql_store import SqlStore
from microsip_manager.server.sql_webhook_store import SqlWebhookStore
from microsip_manager.server.webhook_book import Counts, KeptDelivery, KeptWebhook
from microsip_manager.server.webhooks import delivery_of
from microsip_manager.wire.events import EventKind
from microsip_manager.wire.webhooks import DeliveryState
from tests.fakes.webhook_store import MemoryWebhookStore

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[WebhookStore]:
    if request.param == "memory":
        yield MemoryWebhookStore()
        return
    with closing(SqlStore(f"sqlite:///{tmp_path}/webhooks.db")) as opened:
        yield SqlWebhookStore(opened.engine)


def webhook(id: str, *kinds: EventKind, at: datetime = NOON) -> KeptWebhook:
    return KeptWebhook(id, f"https://{id}.example/", frozenset(kinds), "whsec_AAAA", at)


def made(webhook_id: str, kind: str = "client", at: datetime = NOON) -> KeptDelivery:
    return delivery_of(webhook_id, kind, b'{"type":"client"}', at)


def seen(store: WebhookStore, webhook_id: str) -> list[KeptDelivery]:
    return [structs.replace(each, number=0) for each in store.page(webhook_id, None, None, 100)]


def test_a_webhook_comes_back_as_it_was_the_oldest_first(store: WebhookStore) -> None:
    young, old = webhook("a", at=NOON + HOUR), webhook("b", EventKind.CALL, EventKind.CLIENT)
    store.add(young, made("a"))
    store.add(old, made("b"))

    assert store.webhooks() == [old, young]


def test_a_delivery_comes_back_as_it_was_and_as_it_becomes(store: WebhookStore) -> None:
    first, second = made("a"), made("a")
    store.add(webhook("a"), first)
    store.keep([second])

    changed = structs.replace(
        second,
        state=DeliveryState.DEAD,
        attempts=13,
        next_at=None,
        last_at=NOON + HOUR,
        last_status=500,
        detail="the receiver answered with HTTP status 500",
    )
    store.change(changed)

    assert seen(store, "a") == [changed, first]
    found = store.delivery("a", second.id)
    assert found is not None
    assert structs.replace(found, number=0) == changed
    assert store.delivery("b", second.id) is None


def test_a_webhook_goes_with_its_deliveries_and_leaves_the_others(store: WebhookStore) -> None:
    store.add(webhook("a"), made("a"))
    store.add(webhook("b"), made("b"))

    store.remove("a")
    store.keep([made("a")])
    store.remove("nobody")

    assert [each.id for each in store.webhooks()] == ["b"]
    assert (seen(store, "a"), len(seen(store, "b"))) == ([], 1)


def test_what_is_due_comes_in_the_order_in_which_it_was_made(store: WebhookStore) -> None:
    first, second, later, done = (made("a") for _ in range(4))
    store.add(webhook("a"), first)
    store.add(webhook("b"), structs.replace(made("b"), next_at=NOON + HOUR))
    store.keep([second, structs.replace(later, next_at=NOON + HOUR)])
    store.keep([structs.replace(done, state=DeliveryState.DELIVERED, next_at=None)])

    assert store.with_due(NOON) == ["a"]
    assert [each.id for each in store.due("a", NOON, 10)] == [first.id, second.id]
    assert [each.id for each in store.due("a", NOON, 1)] == [first.id]
    assert sorted(store.with_due(NOON + HOUR)) == ["a", "b"]


def test_it_counts_what_waits_what_is_dead_and_what_was_lost(store: WebhookStore) -> None:
    store.add(webhook("a"), made("a"))
    store.keep([made("a"), structs.replace(made("a"), state=DeliveryState.DEAD, next_at=None)])
    store.add(webhook("b"), structs.replace(made("b"), state=DeliveryState.DELIVERED, next_at=None))
    store.lose("a", 3)
    store.lose("a", 4)

    assert store.counts() == {"a": Counts(2, 1, 7), "b": Counts()}


def test_pages_are_newest_first_and_of_one_state_if_wanted(store: WebhookStore) -> None:
    sent = [made("a") for _ in range(5)]
    store.add(webhook("a"), sent[0])
    store.keep(sent[1:])
    store.change(structs.replace(sent[2], state=DeliveryState.DEAD, next_at=None))

    first = store.page("a", None, None, 2)
    rest = store.page("a", None, first[-1].number, 10)

    assert [each.id for each in [*first, *rest]] == [each.id for each in reversed(sent)]
    assert [each.id for each in store.page("a", DeliveryState.DEAD, None, 10)] == [sent[2].id]


def test_old_ones_of_a_state_are_removed_a_few_at_a_time(store: WebhookStore) -> None:
    store.add(webhook("a"), made("a"))
    over = [structs.replace(made("a", at=NOON + n * HOUR), state=DeliveryState.DELIVERED) for n in range(4)]
    store.keep(over)

    assert [store.purge(DeliveryState.DELIVERED, NOON + 3 * HOUR, 2) for _ in range(3)] == [2, 1, 0]
    assert [each.state for each in seen(store, "a")] == [DeliveryState.DELIVERED, DeliveryState.WAITING]
