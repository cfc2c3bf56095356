"""Events on their way to the receivers of webhooks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from microsip_manager.server.fleet import Fleet
from microsip_manager.server.local_bus import LocalBus
from microsip_manager.server.webhook_post import AT_ONCE, KEPT, WebhookPost
from microsip_manager.server.webhook_signature import signed_headers
from microsip_manager.server.webhooks import Webhooks
from microsip_manager.wire.command_log import CommandRecord
from microsip_manager.wire.events import CommandEnded, EventKind
from microsip_manager.wire.webhooks import CreatedWebhook, Delivery, DeliveryState, NewWebhook
from tests.fakes.clock import HandClock
from tests.fakes.receivers import FakeReceivers
from tests.fakes.webhook_store import MemoryWebhookStore
from tests.server.conftest import beat_of

URL, OTHER = "https://hooks.example/phones", "https://other.example/"
HERE = "127.0.0.1"


class Office:
    """A server with webhooks, one step at a time."""

    def __init__(
        self,
        store: MemoryWebhookStore,
        receivers: FakeReceivers,
        clock: HandClock,
        bus: LocalBus,
        *,
        waiting_limit: int = 100,
    ) -> None:
        self.webhooks = Webhooks(store, receivers, clock)
        self.webhooks.restore(store.webhooks())
        self.post = WebhookPost(self.webhooks, store, receivers, clock, bus, waiting_limit=waiting_limit)

    async def add(self, url: str = URL, *kinds: EventKind) -> CreatedWebhook:
        """A webhook whose hello is over."""
        created = await self.webhooks.add(NewWebhook(url, list(kinds)))
        await self.step()
        return created

    async def step(self) -> None:
        await self.post.step()
        await self.post.settled()

    async def deliveries(self, id: str) -> list[Delivery]:
        return [each.shown() for each in await self.webhooks.deliveries(id, None, None, 100)]


@pytest.fixture
def office(webhook_store: MemoryWebhookStore, receivers: FakeReceivers, clock: HandClock, bus: LocalBus) -> Office:
    return Office(webhook_store, receivers, clock, bus)


def in_a_loop(test: Callable[[], Awaitable[None]]) -> None:
    async def in_time() -> None:
        async with asyncio.timeout(10):
            await test()

    asyncio.run(in_time())


def test_a_new_webhook_is_greeted_and_then_told_what_it_wants(
    office: Office, receivers: FakeReceivers, fleet: Fleet
) -> None:
    async def day() -> None:
        await office.add(URL, EventKind.CLIENT)
        await office.add(OTHER, EventKind.CALL)
        fleet.record(beat_of("NIKITA"), HERE)
        await office.step()

    in_a_loop(day)

    assert [(url, json.loads(body)["type"]) for url, _, body in receivers.calls] == [
        (URL, "hello"),
        (OTHER, "hello"),
        (URL, "client"),
    ]
    told = json.loads(receivers.calls[-1][2])
    assert told["timestamp"] == "2026-03-02T08:00:00Z"
    assert (told["data"]["event"], told["data"]["client"]["hostname"]) == ("client", "NIKITA")


def test_who_wants_commands_is_told_how_they_ended(office: Office, receivers: FakeReceivers, bus: LocalBus) -> None:
    async def day() -> None:
        await office.add(URL, EventKind.COMMAND)
        await office.add(OTHER, EventKind.CLIENT)
        at = datetime(2026, 3, 2, 8, tzinfo=UTC)
        bus.publish(CommandEnded(CommandRecord("1", "NIKITA", "set_dnd on", HERE, "link", at, at, "applied", at)))
        await office.step()

    in_a_loop(day)

    [(url, _, body)] = receivers.calls[2:]
    assert (url, json.loads(body)["data"]["command"]["outcome"]) == (URL, "applied")


def test_a_call_is_signed_with_the_secret_that_was_shown(office: Office, receivers: FakeReceivers) -> None:
    secrets: list[str] = []

    async def day() -> None:
        secrets.append((await office.add()).secret)

    in_a_loop(day)

    [(_, headers, body)] = receivers.calls
    signed = signed_headers(secrets[0], headers["webhook-id"], int(headers["webhook-timestamp"]), body)
    assert headers.items() >= signed.items()
    assert headers["content-type"] == "application/json"


def test_what_fails_is_tried_again_under_the_same_id_until_it_is_taken(
    office: Office, receivers: FakeReceivers, clock: HandClock
) -> None:
    async def day() -> None:
        receivers.answers[URL] = 500
        created = await office.add()
        [failed] = await office.deliveries(created.id)
        assert (failed.state, failed.attempts, failed.last_status) == (DeliveryState.WAITING, 1, 500)
        assert failed.detail == "the receiver answered with HTTP status 500"

        await office.step()
        assert len(receivers.calls) == 1
        receivers.answers[URL] = 204
        clock.forward(6)
        await office.step()

        [taken] = await office.deliveries(created.id)
        assert (taken.state, taken.attempts, taken.last_status) == (DeliveryState.DELIVERED, 2, 204)
        assert (taken.next_at, taken.detail) == (None, "")

    in_a_loop(day)
    assert len({headers["webhook-id"] for _, headers, _ in receivers.calls}) == 1
    assert len({headers["webhook-timestamp"] for _, headers, _ in receivers.calls}) == 2


def test_what_nobody_takes_for_a_day_is_dead_and_can_be_made_once_more(
    office: Office, receivers: FakeReceivers, clock: HandClock
) -> None:
    async def days() -> None:
        receivers.answers[URL] = 0
        created = await office.add()
        for _ in range(25):
            clock.forward(3600)
            await office.step()
        [dead] = await office.deliveries(created.id)
        assert (dead.state, dead.next_at, dead.detail) == (DeliveryState.DEAD, None, "no answer within 10 s")
        tried = len(receivers.calls)
        assert 10 <= tried <= 14
        assert [(each.waiting, each.dead) for each in await office.webhooks.all()] == [(0, 1)]

        receivers.answers[URL] = 200
        await office.webhooks.redeliver(created.id, dead.id)
        clock.forward(60)
        await office.step()

        [taken] = await office.deliveries(created.id)
        assert (taken.id, taken.state) == (dead.id, DeliveryState.DELIVERED)

    in_a_loop(days)


def test_a_restart_forgets_neither_the_webhooks_nor_what_waits(
    office: Office, webhook_store: MemoryWebhookStore, receivers: FakeReceivers, clock: HandClock, fleet: Fleet
) -> None:
    async def before() -> None:
        receivers.answers[URL] = 0
        await office.add()
        fleet.record(beat_of("NIKITA"), HERE)
        stop = iter([True])

        async def wait(_: float) -> bool:
            return next(stop)

        await office.post.keep_going(wait)

    async def after() -> None:
        receivers.answers[URL] = 200
        clock.forward(60)
        await Office(webhook_store, receivers, clock, LocalBus()).step()

    in_a_loop(before)
    assert [json.loads(body)["type"] for _, _, body in receivers.calls] == ["hello"]
    in_a_loop(after)
    assert [json.loads(body)["type"] for _, _, body in receivers.calls] == ["hello", "hello", "client"]


def test_a_receiver_that_hangs_holds_no_other_up_and_is_called_a_few_times_at_once(
    office: Office, receivers: FakeReceivers, fleet: Fleet
) -> None:
    async def day() -> None:
        await office.add(URL)
        await office.add(OTHER)
        receivers.calls.clear()
        receivers.hold[URL] = asyncio.Event()
        for number in range(10):
            fleet.record(beat_of(f"PC-{number}"), HERE)
        while len(receivers.called()) < 10 + AT_ONCE:
            await office.post.step()

        assert sorted(set(receivers.called())) == [URL, OTHER]
        assert receivers.called().count(OTHER) == 10
        assert receivers.called().count(URL) == AT_ONCE
        receivers.hold[URL].set()
        await office.post.settled()
        assert receivers.called().count(URL) == 10

    in_a_loop(day)


def test_a_receiver_that_fails_is_left_alone_for_a_while(
    office: Office, receivers: FakeReceivers, clock: HandClock, fleet: Fleet
) -> None:
    async def day() -> None:
        await office.add()
        receivers.answers[URL] = 500
        for number in range(3 * AT_ONCE):
            fleet.record(beat_of(f"PC-{number}"), HERE)
        receivers.calls.clear()

        await office.step()
        await office.step()
        assert len(receivers.calls) == AT_ONCE
        clock.forward(2)
        await office.step()
        assert len(receivers.calls) == 2 * AT_ONCE

    in_a_loop(day)


def test_what_too_many_wait_for_is_lost_and_counted(
    webhook_store: MemoryWebhookStore, receivers: FakeReceivers, clock: HandClock, bus: LocalBus, fleet: Fleet
) -> None:
    office = Office(webhook_store, receivers, clock, bus, waiting_limit=3)

    async def day() -> None:
        receivers.answers[URL] = 0
        await office.add()
        for number in range(10):
            fleet.record(beat_of(f"PC-{number}"), HERE)
        await office.step()

        assert [(each.waiting, each.lost) for each in await office.webhooks.all()] == [(3, 8)]

    in_a_loop(day)


def test_while_the_database_fails_nothing_is_lost_and_it_is_told_once(
    office: Office,
    webhook_store: MemoryWebhookStore,
    receivers: FakeReceivers,
    fleet: Fleet,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def day() -> None:
        await office.add()
        fleet.record(beat_of("NIKITA"), HERE)
        webhook_store.fails_with = "the disk is full"
        for _ in range(3):
            await office.step()
        webhook_store.fails_with = None
        fleet.record(beat_of("OLGA"), HERE)
        await office.step()

    in_a_loop(day)

    assert [json.loads(body)["data"].get("client", {}).get("hostname") for _, _, body in receivers.calls] == [
        None,
        "NIKITA",
        "OLGA",
    ]
    assert caplog.text.count("webhooks cannot be served at present: the disk is full") == 1


def test_a_webhook_that_is_removed_is_called_no_more(office: Office, receivers: FakeReceivers, fleet: Fleet) -> None:
    async def day() -> None:
        created = await office.add()
        fleet.record(beat_of("NIKITA"), HERE)
        await office.webhooks.remove(created.id)
        await office.step()
        fleet.record(beat_of("OLGA"), HERE)
        await office.step()

    in_a_loop(day)

    assert len(receivers.calls) == 1


def test_old_deliveries_are_forgotten(office: Office, clock: HandClock) -> None:
    async def days() -> None:
        created = await office.add()
        clock.forward((KEPT[DeliveryState.DELIVERED] - timedelta(minutes=1)).total_seconds())
        await office.step()
        assert len(await office.deliveries(created.id)) == 1
        clock.forward(120)
        await office.step()
        assert await office.deliveries(created.id) == []

    in_a_loop(days)


def test_no_secret_and_no_address_goes_into_the_log(
    office: Office, receivers: FakeReceivers, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "microsip_manager")
    secrets: list[str] = []

    async def day() -> None:
        receivers.answers[URL] = 0
        created = await office.add()
        secrets.append(created.secret)
        await office.webhooks.remove(created.id)

    in_a_loop(day)

    assert secrets[0] not in caplog.text
    assert "hooks.example" not in caplog.text
    assert "added" in caplog.text
