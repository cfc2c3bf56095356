"""Desired DND of all clients: wishes are taken, stored, carried out when the PC is there, and ended on time.

`wish` decides what follows; here are the clock, the database and the commands. One step at a time for each client, so
that a newer wish waits for the command of an older one and comes after it. What is done next follows only from what is
stored: a step that cannot be stored is not taken.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial

from msgspec import structs

from microsip_manager.clock import Clock
from microsip_manager.server import wish as rules
from microsip_manager.server.audit.audit_log import AuditLog
from microsip_manager.server.blocking import in_thread_of
from microsip_manager.server.boundaries import EventBus, WishStore
from microsip_manager.server.errors import NotReady, UnknownClient
from microsip_manager.server.fleet import Fleet, Turn
from microsip_manager.server.wish import AWAY, Become, Mind, Rest, Seen, Send, Wish
from microsip_manager.wire.clients import ClientState
from microsip_manager.wire.commands import DndAnswer, DndOutcome
from microsip_manager.wire.desired import ClientWish, Order, WishEnd, WishState
from microsip_manager.wire.events import ClientChanged, Event
from microsip_manager.wire.names import hostname_key
from microsip_manager.wire.phone import PhoneStatus

log = logging.getLogger(__name__)

PAUSE = 0.25
"""Seconds between two looks at what is due: next to nothing to the user of a PC that returns, and to this machine."""

AT_ONCE = 100
"""Clients that are attended to at the same time."""

TROUBLE_PAUSE = 5.0
"""Seconds after which a step is tried again that could not be stored, or failed by a defect."""

UNHEARD_PAUSE = 1.0
"""Seconds after which it is looked again whether a client has been heard since this server started."""

NOW = 0.0
"""A moment that is always due."""

Wait = Callable[[float], Awaitable[bool]]
"""Sleeps for so many seconds; True when it is time to stop."""


class Wishes:
    """Everything here runs on the event loop and leaves the database to a thread of its own."""

    def __init__(
        self, fleet: Fleet, store: WishStore, clock: Clock, bus: EventBus, audit: AuditLog | None = None
    ) -> None:
        self._fleet = fleet
        self._store = store
        self._clock = clock
        self._audit = audit
        self._wishes: dict[str, Wish] = {}
        self._minds: dict[str, Mind] = {}
        self._due: dict[str, float] = {}
        """When a wish is looked at next, on the monotonic clock."""
        self._locks: dict[str, asyncio.Lock] = {}
        self._unheard: dict[str, datetime] = {}
        """When each client was last heard that has not been heard since this server started."""
        self._writer = ThreadPoolExecutor(1, "wishes-writer")
        bus.subscribe(self._hear)

    def restore(self, wishes: list[Wish]) -> None:
        """Take over the wishes that are stored. What is known of the clients is from before, too."""
        for client in self._fleet.clients():
            if client.status is not PhoneStatus.OFFLINE:
                self._unheard[hostname_key(client.hostname)] = client.last_seen
        for wish in wishes:
            self._keep(hostname_key(wish.hostname), wish)

    async def set_dnd(self, hostname: str, order: Order, turn: Turn | None = None) -> DndAnswer:
        """Switch DND, and keep the wish if it asks for more than that. The command is sent inside `turn`.

        Raises `UnknownClient`, and `NotReady` when the wish cannot be stored. When DND cannot be switched and is not to
        be queued, the answer says why, and the wish before this one holds on.
        """
        known = self._fleet.client(hostname).hostname
        key = hostname_key(known)
        async with self._turn(key):
            older = self._wishes.get(key)
            if older is None and order.is_plain:
                return await self._fleet.set_dnd(known, order.enabled, turn)
            seen = self._seen(key)
            wish = rules.begun(order, older, seen, known, uuid.uuid4().hex, self._clock.now())
            if order.queue_for is not None and not seen.running:
                return await self._queued(key, wish, older)
            return await self._set_now(key, wish, older, seen, turn)

    def client(self, hostname: str) -> ClientState:
        """The client as last known, with its wish; raises `UnknownClient`."""
        return self._fleet.client(hostname)

    async def cancel(self, hostname: str) -> ClientWish:
        """End the wish of a client now, as if its time was over; raises `UnknownClient` and `NotReady`."""
        key = hostname_key(self._fleet.client(hostname).hostname)
        async with self._turn(key):
            wish = self._wishes.get(key)
            if wish is not None and wish.state is not WishState.ENDING:
                await self._commit(key, rules.ending(wish, WishEnd.CANCELLED, self._clock.now()))
                await self._proceed(key)
        return await self.of(hostname)

    async def of(self, hostname: str) -> ClientWish:
        """The wish of a client and those that ended; raises `UnknownClient` and `NotReady`."""
        client = self._fleet.client(hostname)
        ended = await in_thread_of(self._writer, partial(self._store.ended, client.hostname))
        wish = self._wishes.get(hostname_key(client.hostname))
        shown = rules.shown(wish) if wish is not None else None
        return ClientWish(client.hostname, shown, [rules.shown_ended(each) for each in ended])

    async def keep_up(self, wait: Wait) -> None:
        """Attend to what is due, each client for itself, until `wait` says stop."""
        tasks: dict[str, asyncio.Task[None]] = {}
        while not await wait(PAUSE):
            tasks = {key: task for key, task in tasks.items() if not task.done()}
            for key in self._due_now():
                if key not in tasks and len(tasks) < AT_ONCE:
                    tasks[key] = asyncio.create_task(self._attend(key))
        for task in tasks.values():
            # What was under way is stored as such, and the next start takes it up.
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)

    async def attend(self) -> None:
        """Attend once to everything that is due now."""
        for key in self._due_now():
            await self._attend(key)

    def close(self) -> None:
        """End the thread, once what it is at is done."""
        self._writer.shutdown()

    def _hear(self, event: Event) -> None:
        if not isinstance(event, ClientChanged):
            return
        key = hostname_key(event.client.hostname)
        if key not in self._wishes:
            return
        if event.client.status is PhoneStatus.OFFLINE:
            self._minds[key] = Mind()  # it may be back before anybody looks
        self._due[key] = NOW

    async def _queued(self, key: str, wish: Wish, older: Wish | None) -> DndAnswer:
        await self._commit(key, wish, *self._replaced(older))
        log.info("%s: DND %s is queued", wish.hostname, _on_off(wish.enabled))
        return _told(DndAnswer(wish.hostname, DndOutcome.QUEUED, None, "the PC is off, or MicroSIP closed"), wish)

    async def _set_now(self, key: str, wish: Wish, older: Wish | None, seen: Seen, turn: Turn | None) -> DndAnswer:
        # It is stored before the command goes out: a server that dies in between still knows what it may have done.
        sent = rules.sent(wish, seen, self._clock.now())
        await self._commit(key, sent, *self._replaced(older))
        after, answer = await self._switch(key, wish, sent, wish.enabled, turn)
        if after.cause is WishEnd.FAILED:
            failed = rules.ended(structs.replace(sent, detail=after.detail), WishEnd.FAILED, self._clock.now())
            await self._commit(key, *((older, failed) if older is not None else (failed,)))
            return answer
        await self._commit(key, after)
        if wish.queued_until is not None and not answer.outcome.is_success:
            return _told(structs.replace(answer, outcome=DndOutcome.QUEUED), after)
        return _told(answer, after)

    async def _attend(self, key: str) -> None:
        """Take every step that follows now for one client."""
        async with self._turn(key):
            try:
                await self._proceed(key)
            except NotReady as error:
                log.error("%s: its wish waits: %s", key, error)
                self._due[key] = self._clock.monotonic() + TROUBLE_PAUSE
            except Exception:
                # One wish at fault must not keep the others waiting.
                log.exception("%s: its wish waits after an error", key)
                self._due[key] = self._clock.monotonic() + TROUBLE_PAUSE

    async def _proceed(self, key: str) -> None:
        while (wish := self._wishes.get(key)) is not None:
            seen, now, ticks = self._seen(key), self._clock.now(), self._clock.monotonic()
            mind = self._minds[key] = rules.saw(self._minds[key], wish, seen, ticks)
            match rules.follows(wish, mind, seen, now, ticks):
                case Rest(at):
                    self._fleet.show_desired(wish.hostname, rules.shown(wish))  # in case the client was new
                    self._due[key] = min(at, ticks + UNHEARD_PAUSE) if key in self._unheard else at
                    return
                case Become(after):
                    await self._commit(key, after)
                case Send(sent, enabled):
                    if sent != wish:
                        await self._commit(key, sent)
                    after, _ = await self._switch(key, wish, sent, enabled)
                    await self._commit(key, after)

    async def _switch(
        self, key: str, before: Wish, sent: Wish, enabled: bool, turn: Turn | None = None
    ) -> tuple[Wish, DndAnswer]:
        """Send the command; gives the wish after it, and the answer."""
        mind = self._minds[key]
        answer = await self._fleet.set_dnd(sent.hostname, enabled, turn)
        if self._minds.get(key) is mind:  # else the client was away meanwhile, which counts for more
            self._minds[key] = rules.tried(mind, sent, answer.outcome.is_success, self._clock.monotonic())
        return rules.answered(before, sent, answer, self._clock.now()), answer

    async def _commit(self, key: str, *wishes: Wish) -> None:
        """Store these, and remember what was stored; raises `NotReady`, and nothing has changed then."""
        changed = [wish for wish in wishes if wish != self._wishes.get(key)]
        if not changed:
            return
        await in_thread_of(self._writer, partial(self._store.write, *changed))
        for wish in changed:
            if wish.ended_at is not None:
                log.info("%s: wish for DND %s ended: %s", wish.hostname, _on_off(wish.enabled), _cause(wish))
                if self._audit is not None:
                    ended = {"wanted": wish.enabled, "ended": _cause(wish)}
                    self._audit.tell("wishes", "wish ended", hostname=wish.hostname, after=ended)
        living = [wish for wish in wishes if wish.ended_at is None]
        if living:
            self._keep(key, living[0])
        else:
            self._forget(key)

    def _replaced(self, older: Wish | None) -> list[Wish]:
        return [rules.ended(older, WishEnd.REPLACED, self._clock.now())] if older is not None else []

    def _keep(self, key: str, wish: Wish) -> None:
        before = self._wishes.get(key)
        if before is None or before.id != wish.id or (wish.state is WishState.ENDING and before.state != wish.state):
            self._minds[key] = Mind()  # its end is not to wait for the pauses between the commands of its time
        self._wishes[key] = wish
        self._due[key] = NOW
        self._fleet.show_desired(wish.hostname, rules.shown(wish))

    def _forget(self, key: str) -> None:
        wish = self._wishes.pop(key, None)
        self._minds.pop(key, None)
        self._due.pop(key, None)
        if wish is not None:
            self._fleet.show_desired(wish.hostname, None)

    def _due_now(self) -> list[str]:
        ticks = self._clock.monotonic()
        return [key for key, at in self._due.items() if at <= ticks]

    def _seen(self, key: str) -> Seen:
        """What the client reports, if it was heard since this server started."""
        try:
            client = self._fleet.client(key)
        except UnknownClient:
            return AWAY
        if self._unheard.get(key) == client.last_seen and client.status is not PhoneStatus.OFFLINE:
            return AWAY
        self._unheard.pop(key, None)
        return Seen(client.status is not PhoneStatus.OFFLINE, client.status is PhoneStatus.DND)

    def _turn(self, key: str) -> asyncio.Lock:
        found = self._locks.get(key)
        if found is None:
            found = self._locks[key] = asyncio.Lock()
        return found


def _told(answer: DndAnswer, wish: Wish) -> DndAnswer:
    return structs.replace(answer, wish=rules.shown(wish)) if wish.ended_at is None else answer


def _cause(wish: Wish) -> str:
    return wish.cause.value if wish.cause is not None else ""


def _on_off(enabled: bool) -> str:
    return "on" if enabled else "off"
