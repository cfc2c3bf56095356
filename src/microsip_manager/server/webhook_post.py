"""Takes events in for the webhooks that want them, and delivers them.

An event is in the database within a second and delivered from there, so a restart forgets nothing. Each receiver has
calls of its own under way, a few at most: one that is slow or dead holds no other up.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec import structs

from microsip_manager import __version__
from microsip_manager.clock import Clock
from microsip_manager.server.boundaries import EventBus, Receivers, WebhookStore
from microsip_manager.server.errors import ReceiverFailed, StoreFailed, UnknownWebhook
from microsip_manager.server.webhook_book import Counts, KeptDelivery, KeptWebhook
from microsip_manager.server.webhook_schedule import next_try, rest_of
from microsip_manager.server.webhook_signature import signed_headers
from microsip_manager.server.webhooks import Webhooks, body_of, delivery_of
from microsip_manager.wire.codec import encode
from microsip_manager.wire.events import Event, kind_of
from microsip_manager.wire.webhooks import DeliveryState

log = logging.getLogger(__name__)

PAUSE = 0.5
"""Seconds between two steps: what a crash of the server may lose of the events."""

HEARD_LIMIT = 20_000
"""Deliveries kept while the database takes none; the oldest go first."""

WAITING_LIMIT = 10_000
"""Deliveries that may wait for one receiver; what comes then is counted as lost."""

AT_ONCE = 4
"""Calls under way to one receiver."""

BATCH = 20
"""Deliveries taken from the database at a time."""

KEPT = {DeliveryState.DELIVERED: timedelta(days=3), DeliveryState.DEAD: timedelta(days=30)}
PURGE_EVERY, PURGE_STEP = 60.0, 500

Wait = Callable[[float], Awaitable[bool]]
"""Sleeps for so many seconds; True when it is time to stop."""


class Heard(NamedTuple):
    webhook_id: str
    kind: str
    body: bytes
    at: datetime


class WebhookPost:
    """Everything here runs on the event loop and leaves the database to threads."""

    def __init__(
        self,
        webhooks: Webhooks,
        store: WebhookStore,
        receivers: Receivers,
        clock: Clock,
        bus: EventBus,
        *,
        waiting_limit: int = WAITING_LIMIT,
    ) -> None:
        self._webhooks = webhooks
        self._store = store
        self._receivers = receivers
        self._clock = clock
        self._waiting_limit = waiting_limit
        self._heard: deque[Heard] = deque(maxlen=HEARD_LIMIT)
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._failures: Counter[str] = Counter()
        self._rests_until: dict[str, float] = {}
        self._purged_at = clock.monotonic()
        self._in_trouble = False
        bus.subscribe(self._hear)

    async def keep_going(self, wait: Wait) -> None:
        """Take in and deliver until `wait` says stop; what is heard by then is written."""
        while not await wait(PAUSE):
            await self.step()
        for task in self._under_way.values():
            task.cancel()
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)
        await self._told(self._take_in)

    async def step(self) -> None:
        """Write what was heard, begin what is due, forget what is old."""
        await self._told(self._take_in)
        await self._told(self._begin)
        if self._clock.monotonic() - self._purged_at >= PURGE_EVERY:
            await self._told(self._purge)

    async def settled(self) -> None:
        """Wait for the calls that are under way."""
        await asyncio.gather(*self._under_way.values())

    def _hear(self, event: Event) -> None:
        kind = kind_of(event)
        if not (wanting := self._webhooks.wanting(kind)):
            return
        now = self._clock.now()
        body = body_of(kind.value, now, encode(event))
        self._heard.extend(Heard(webhook.id, kind.value, body, now) for webhook in wanting)

    async def _take_in(self) -> None:
        if not self._heard:
            return
        heard = list(self._heard)
        self._heard.clear()
        try:
            counts = await asyncio.to_thread(self._store.counts)
            fitting, lost = _fitting(heard, counts, self._waiting_limit)
            await asyncio.to_thread(
                self._store.keep, [delivery_of(one.webhook_id, one.kind, one.body, one.at) for one in fitting]
            )
        except StoreFailed:
            self._heard.extendleft(reversed(heard))
            raise
        for webhook_id, count in lost.items():
            log.warning("webhook %s: %d events lost, too many wait already", webhook_id, count)
            await asyncio.to_thread(self._store.lose, webhook_id, count)

    async def _begin(self) -> None:
        for webhook_id in await asyncio.to_thread(self._store.with_due, self._clock.now()):
            resting = self._clock.monotonic() < self._rests_until.get(webhook_id, 0.0)
            if webhook_id not in self._under_way and not resting:
                self._under_way[webhook_id] = asyncio.create_task(self._serve(webhook_id))

    async def _serve(self, webhook_id: str) -> None:
        """Make the deliveries that are due to one receiver, until none is left or one fails."""
        try:
            await self._told(lambda: self._deliver_all(self._webhooks.get(webhook_id)))
        except UnknownWebhook:
            pass  # removed meanwhile
        finally:
            del self._under_way[webhook_id]

    async def _deliver_all(self, webhook: KeptWebhook) -> None:
        while due := await asyncio.to_thread(self._store.due, webhook.id, self._clock.now(), BATCH):
            for start in range(0, len(due), AT_ONCE):
                few = due[start : start + AT_ONCE]
                if not all(await asyncio.gather(*(self._deliver(webhook, each) for each in few))):
                    self._rest(webhook.id)
                    return
                self._failures.pop(webhook.id, None)

    def _rest(self, webhook_id: str) -> None:
        self._failures[webhook_id] += 1
        self._rests_until[webhook_id] = self._clock.monotonic() + rest_of(self._failures[webhook_id])

    async def _deliver(self, webhook: KeptWebhook, delivery: KeptDelivery) -> bool:
        """One attempt, written down. True if the receiver took it."""
        status, detail = None, ""
        try:
            status = await self._receivers.post(webhook.url, self._headers(webhook, delivery), delivery.body)
        except ReceiverFailed as failure:
            detail = str(failure)
        taken = status is not None and 200 <= status < 300
        if status is not None and not taken:
            detail = f"the receiver answered with HTTP status {status}"
        after = _tried(delivery, taken, status, detail, self._clock.now())
        if after.state is DeliveryState.DEAD:
            log.warning("webhook %s: %s given up: %s", webhook.id, delivery.id, detail)
        await asyncio.to_thread(self._store.change, after)
        return taken

    def _headers(self, webhook: KeptWebhook, delivery: KeptDelivery) -> dict[str, str]:
        # Signed anew at each attempt: a receiver refuses an old timestamp.
        timestamp = int(self._clock.now().timestamp())
        return {
            "content-type": "application/json",
            "user-agent": f"microsip-manager/{__version__}",
            **signed_headers(webhook.secret, delivery.id, timestamp, delivery.body),
        }

    async def _purge(self) -> None:
        now = self._clock.now()
        gone = [
            await asyncio.to_thread(self._store.purge, state, now - kept, PURGE_STEP) for state, kept in KEPT.items()
        ]
        if max(gone) < PURGE_STEP:
            self._purged_at = self._clock.monotonic()

    async def _told(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do it; a database that fails is told once, and another try comes with the next step."""
        try:
            await work()
        except StoreFailed as failure:
            if not self._in_trouble:
                log.error("webhooks cannot be served at present: %s", failure)
            self._in_trouble = True
        else:
            self._in_trouble = False


def _fitting(heard: Sequence[Heard], counts: dict[str, Counts], limit: int) -> tuple[list[Heard], Counter[str]]:
    """What may wait still, and how much of the rest is lost to each webhook."""
    waiting = Counter({id: count.waiting for id, count in counts.items()})
    fitting: list[Heard] = []
    lost: Counter[str] = Counter()
    for one in heard:
        if waiting[one.webhook_id] < limit:
            waiting[one.webhook_id] += 1
            fitting.append(one)
        else:
            lost[one.webhook_id] += 1
    return fitting, lost


def _tried(delivery: KeptDelivery, taken: bool, status: int | None, detail: str, now: datetime) -> KeptDelivery:
    """The delivery after an attempt."""
    attempts = delivery.attempts + 1
    chance = random.random()  # noqa: S311 - it spreads attempts, and keeps nothing secret
    next_at = None if taken else next_try(attempts, now, delivery.give_up_at, chance)
    waiting = DeliveryState.WAITING if next_at else DeliveryState.DEAD
    return structs.replace(
        delivery,
        state=DeliveryState.DELIVERED if taken else waiting,
        attempts=attempts,
        next_at=next_at,
        last_at=now,
        last_status=status,
        detail=detail,
    )
